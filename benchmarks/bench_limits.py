"""What it costs to hold bodies against the surfaces of an airport with three runways: CPU seconds, one run each.

    python benchmarks/bench_limits.py [TRIANGLES]

Bodies of 100 triangles stand anywhere within 5 km of the airport: low ones, most of them below all surfaces, and a city of towers.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from csdi.feature import Feature
from csdi.limits import Bodies, penetrations, read_runways, surfaces_of, table_ids, table_set
from sample_models.gis_runways import runways
from sample_models.layout import Layout

AROUND = np.array([[804_000.0, 814_000.0], [814_000.0, 824_000.0]])
EACH = 100


def bodies(count: int, tallest: float) -> Bodies:
    """Upright prisms, round, 5 to 25 m wide, up to a height, mPD."""
    rng = np.random.default_rng(20)
    angles = np.linspace(0.0, 2 * np.pi, EACH // 4, endpoint=False)
    low = np.column_stack([np.cos(angles), np.sin(angles), np.zeros(len(angles))])
    up = np.array([0.0, 0.0, 1.0])
    high, foot, top = low + up, np.zeros_like(low), np.zeros_like(low) + up
    following = [np.roll(one, -1, axis=0) for one in (low, high)]
    faces = ((low, following[0], following[1]), (low, following[1], high), (top, high, following[1]), (foot, following[0], low))
    unit = np.concatenate([np.stack(face, axis=1) for face in faces])
    size = np.column_stack([*[rng.uniform(2.5, 12.5, count)] * 2, rng.uniform(3.0, tallest, count)])
    place = np.column_stack([rng.uniform(*AROUND, (count, 2)), np.full(count, 5.0)])
    corners = (unit[None] * size[:, None, None] + place[:, None, None]).reshape(-1, 3, 3)
    return Bodies(corners, np.arange(count + 1, dtype=np.int64) * len(unit))


def main(triangles: int) -> None:
    """Print a line for each set of tables and height."""
    layer = runways(Layout(1.0))
    rows = [Feature(str(i), shape, {name: column[i] for name, column in layer.fields.items()}) for i, shape in enumerate(layer.shapes)]
    for tables in table_ids():
        start = time.process_time()
        found_runways, level = read_runways(rows)
        surfaces = surfaces_of(found_runways, table_set(tables), level)
        built = time.process_time() - start
        for tallest in (30.0, 300.0):
            some = bodies(triangles // EACH, tallest)
            start = time.process_time()
            found = penetrations(some, surfaces)
            print(f"{tables}: {len(surfaces)} surfaces ({built:.2f} s to build), {len(some.corners)} triangles of {len(some)} bodies up to "
                  f"{tallest:g} m: {time.process_time() - start:.2f} s, {len(found)} penetrations")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
