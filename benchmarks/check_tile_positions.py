"""How far are the served tiles of the 1.3 km sample terminal from reprojecting every vertex of its IFC geometry?

Makes the terminal at scale 1, reads it, builds its tiles and decodes every GLB. Each vertex of the geometry is carried to
EPSG:4978 on its own, and its distance to the nearest decoded vertex of the same element is taken. Prints the worst; exits
with 1 above the limit.

usage: python benchmarks/check_tile_positions.py [--scale 1] [--model terminal-arch] [--limit-mm 5]
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from bim.intake import intake  # noqa: E402
from csdi.crs import HeightModel  # noqa: E402
from sample_models import write_models  # noqa: E402
from tests.twin.test_tiler import drawn_by_id, farthest  # noqa: E402
from twin.ellipsoid import ecef  # noqa: E402
from twin.frame import Reprojection  # noqa: E402
from twin.tiler import build_tileset  # noqa: E402


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--model", default="terminal-arch")
    parser.add_argument("--limit-mm", type=float, default=5.0)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = next(p for p in write_models(Path(folder), asked.scale) if p.stem == asked.model)
        read = intake(path, model=asked.model)
    heights = HeightModel.parse("hk")
    files: dict[str, bytes] = {}
    built = build_tileset(read.shapes, [{"id": row.id, **row.properties} for row in read.tables.elements], read.georeference, heights,
                          files.__setitem__)
    way = Reprojection(np.asarray(read.georeference.affine), "EPSG:2326+5738", heights)
    begin, drawn, distances = time.perf_counter(), drawn_by_id(built, files), []
    for placement in read.shapes.placements:
        vertices = read.shapes.items[placement.item].mesh.placed(placement.matrix).vertices
        distances.append(farthest(ecef(way.geodetic(vertices)), np.vstack(drawn[f"{asked.model}:{placement.element}"])))
    box = np.array([read.shapes.items[p.item].mesh.placed(p.matrix).box for p in read.shapes.placements])
    length = float(np.linalg.norm((box[:, 1].max(axis=0) - box[:, 0].min(axis=0))[:2]))
    worst = 1000 * max(distances)
    print(f"{asked.model} at scale {asked.scale:g}: {len(distances)} placements over {length:.0f} m, {built.tiles} tiles")
    print(f"worst vertex {worst:.2f} mm, median {1000 * float(np.median(distances)):.2f} mm "
          f"(limit {asked.limit_mm:g} mm; {time.perf_counter() - begin:.0f} s)")
    sys.exit(worst > asked.limit_mm)


if __name__ == "__main__":
    main()
