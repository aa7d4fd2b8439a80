"""Layers of some hundred megabytes published with bounded memory: `python benchmarks/bench_layers.py [MB,MB] [format,format]`.

For each format and size, in a process of its own: published, then published again with a thousandth of its rows changed.
One line of JSON each; `peak_mb` is the memory of its own that the process needed at most (Linux), `slope` is how many MB of memory
each further MB of file needs.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import shapely

BATCH = 20_000
DRIVERS: Mapping[str, str] = {"gpkg": "GPKG", "geojson": "GeoJSON", "geojsons": "GeoJSONSeq", "csv": "CSV", "fgb": "FlatGeobuf"}
MOST_MB, MOST_SLOPE = 500, 0.5
"""What the process may need: in all, and of every further MB of file."""
_PUBLISH = """
import json, sys, threading, time
from pathlib import Path
from csdi.blobs import Blobs
from csdi.layers import LayerOptions, add_layers
from csdi.store import open_store
most = [0]

def watch():  # memory of our own: pages of files that are mapped into memory are the system's, and given back when it wants them
    while True:
        with open("/proc/self/status") as status:
            most[0] = max(most[0], *(int(line.split()[1]) for line in status if line.startswith("RssAnon")))
        time.sleep(0.02)

threading.Thread(target=watch, daemon=True).start()
store = open_store(f"sqlite:///{sys.argv[2]}/site.gpkg")
(result,) = add_layers(store, Blobs(f"file://{sys.argv[2]}/blobs"), Path(sys.argv[1]), LayerOptions(id="large", crs=sys.argv[3]))
print(json.dumps({"result": result.result, "count": result.count, "seconds": round(result.seconds, 1),
                  "peak_mb": most[0] // 1024}))
"""


def generate(path: Path, megabytes: int, changed: str = "") -> int:
    """Polygons of 24 corners with Chinese names (CSV: points) until the file is large enough; gives how many rows.

    With `changed`, each thousandth row has that name.
    """
    rng, rows, driver = np.random.default_rng(1), 0, DRIVERS[path.suffix[1:]]
    in_degrees = driver.startswith("GeoJSON")
    low, high, size = ((113.9, 22.2), (114.3, 22.5), 2e-4) if in_degrees else ((805000, 805000), (860000, 845000), 20.0)
    parts = []
    while not rows or _size(path, parts) < megabytes << 20:
        places = rng.uniform(low, high, (BATCH, 2))
        names = np.array([changed if changed and i % 1000 == 0 else f"建築物 {rows + i}" for i in range(BATCH)], dtype=object)
        heights = rng.uniform(0, 99, BATCH)
        rows += BATCH
        if driver == "CSV":
            _write_csv(path, places, names, heights, head=rows == BATCH)
            continue
        shapes = shapely.to_wkb(shapely.buffer(shapely.points(places), size, quad_segs=6))
        if driver in ("GPKG", "GeoJSONSeq"):
            _write(path, driver, shapes, [names, heights], append=rows > BATCH)
        else:
            parts.append((shapes, names, heights))
    if parts:
        _write(path, driver, np.concatenate([p[0] for p in parts]), [np.concatenate([p[i] for p in parts]) for i in (1, 2)])
    return rows


def _size(path: Path, parts: list[Any]) -> int:
    """Bytes of the file, or about what it will have."""
    return len(parts) * BATCH * (1050 if path.suffix == ".geojson" else 600) if parts else path.stat().st_size


def _write(path: Path, driver: str, shapes: Any, columns: list[Any], *, append: bool = False) -> None:
    pyogrio.raw.write(path, geometry=shapes, field_data=columns, fields=["name", "height"], geometry_type="Polygon", driver=driver,
                      crs="EPSG:4326" if driver.startswith("GeoJSON") else "EPSG:2326", append=append)


def _write_csv(path: Path, places: Any, names: Any, heights: Any, *, head: bool) -> None:
    with path.open("a", encoding="utf-8") as file:
        if head:
            file.write("easting,northing,name,height,remarks\n")
        file.writelines(f"{x:.3f},{y:.3f},{name},{height:.3f},{'維修記錄 ' * 20}\n"
                        for (x, y), name, height in zip(places, names, heights, strict=True))


def published(path: Path, folder: str) -> dict[str, Any]:
    """What a process says that publishes the file; `peak_mb` is the memory that it needed at most."""
    start = time.perf_counter()
    stated = "EPSG:2326" if path.suffix == ".csv" else ""
    run = subprocess.run([sys.executable, "-c", _PUBLISH, str(path), folder, stated], check=True, capture_output=True, text=True)
    return {**json.loads(run.stdout), "wall_s": round(time.perf_counter() - start, 1)}


def measure(suffix: str, megabytes: int) -> list[dict[str, Any]]:
    """Published the first and the second time."""
    found = []
    with tempfile.TemporaryDirectory() as folder:
        for run, changed in (("first", ""), ("again", "改建")):
            path = Path(folder) / f"large.{suffix}"
            path.unlink(missing_ok=True)
            rows = generate(path, megabytes, changed)
            said = published(path, folder)
            found.append({"format": suffix, "run": run, "file_mb": path.stat().st_size >> 20, "rows": rows, **said})
            print(json.dumps(found[-1]), flush=True)
    return found


def main() -> int:
    """1 when a file needed more memory than it may, or not all rows came."""
    sizes = [int(one) for one in (sys.argv[1] if len(sys.argv) > 1 else "50,200").split(",")]
    wrong = False
    for suffix in (sys.argv[2] if len(sys.argv) > 2 else ",".join(DRIVERS)).split(","):
        small, large = (measure(suffix, megabytes) for megabytes in (sizes[0], sizes[-1]))
        for one, two in zip(small, large, strict=True):
            slope = (two["peak_mb"] - one["peak_mb"]) / max(two["file_mb"] - one["file_mb"], 1)
            print(json.dumps({"format": suffix, "run": one["run"], "slope": round(slope, 3)}), flush=True)
            wrong |= slope > MOST_SLOPE or two["peak_mb"] > MOST_MB or two["count"] != two["rows"]
    return int(wrong)


if __name__ == "__main__":
    raise SystemExit(main())
