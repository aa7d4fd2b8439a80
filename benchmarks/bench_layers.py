"""A layer of some hundred megabytes published with bounded memory: `python benchmarks/bench_layers.py [MB] [gpkg|geojsons]`."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pyogrio
import shapely

BATCH = 20_000
_PUBLISH = """
import json, resource, sys
from pathlib import Path
from csdi.blobs import Blobs
from csdi.layers import add_layers
from csdi.store import open_store
store = open_store(f"sqlite:///{sys.argv[2]}/site.gpkg")
(result,) = add_layers(store, Blobs(f"file://{sys.argv[2]}/blobs"), Path(sys.argv[1]))
print(json.dumps({"result": result.result, "count": result.count, "seconds": round(result.seconds, 1),
                  "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024}))
"""


def generate(path: Path, megabytes: int) -> int:
    """Polygons of 24 corners with Chinese names until the file is large enough; gives how many."""
    rng, rows = np.random.default_rng(1), 0
    driver, crs = ("GPKG", "EPSG:2326") if path.suffix == ".gpkg" else ("GeoJSONSeq", "EPSG:4326")
    low, high, size = ((805000, 805000), (860000, 845000), 20.0) if driver == "GPKG" else ((113.9, 22.2), (114.3, 22.5), 2e-4)
    while not path.exists() or path.stat().st_size < megabytes << 20:
        shapes = shapely.buffer(shapely.points(rng.uniform(low, high, (BATCH, 2))), size, quad_segs=6)
        names = np.array([f"建築物 {rows + i}" for i in range(BATCH)], dtype=object)
        pyogrio.raw.write(path, geometry=shapely.to_wkb(shapes), field_data=[names, rng.uniform(0, 99, BATCH)], fields=["name", "height"],
                          crs=crs, geometry_type="Polygon", driver=driver, append=rows > 0)
        rows += BATCH
    return rows


def main() -> int:
    """Prints one line of JSON; 1 when more than 400 MB were needed."""
    megabytes, suffix = int(sys.argv[1]) if len(sys.argv) > 1 else 300, sys.argv[2] if len(sys.argv) > 2 else "gpkg"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"large.{suffix}"
        rows = generate(path, megabytes)
        start = time.perf_counter()
        run = subprocess.run([sys.executable, "-c", _PUBLISH, str(path), folder], check=True, capture_output=True, text=True)
        said = json.loads(run.stdout)
        print(json.dumps({"file_mb": path.stat().st_size >> 20, "rows": rows, **said, "wall_s": round(time.perf_counter() - start, 1)}))
    return int(said["peak_mb"] > 400 or said["count"] != rows)


if __name__ == "__main__":
    raise SystemExit(main())
