"""What looking for faults costs: the share of `csdi layers add` that goes into csdi.placement, CPU seconds, median of five runs.

    python benchmarks/bench_placement.py [FILE ...]

Without files: the sample layers with the most features, and 100 000 points with grid columns made on the spot.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import shapely

from csdi import layers, placement
from csdi.blobs import Blobs
from csdi.formats import vector
from csdi.store import open_store

SAMPLE = Path(__file__).parents[1] / "sample_models" / "small"
RUNS = 5


class Clock:
    """CPU seconds spent in the functions that it was laid around."""

    def __init__(self) -> None:
        self.spent = 0.0

    def around(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function, timed."""
        def timed(*args: Any, **kwargs: Any) -> Any:
            begin = time.process_time()
            try:
                return function(*args, **kwargs)
            finally:
                self.spent += time.process_time() - begin
        return timed


def points(folder: Path, count: int = 100_000) -> Path:
    """Points all over Hong Kong with their grid coordinates in two columns."""
    rng = np.random.default_rng(0)
    x, y = rng.uniform(805_000, 860_000, count), rng.uniform(805_000, 845_000, count)
    path = folder / "points.gpkg"
    with warnings.catch_warnings(action="ignore"):
        pyogrio.raw.write(path, shapely.to_wkb(shapely.points(x, y)), [x, y, np.array([f"水泵 {i}" for i in range(count)])],
                          ["easting", "northing", "name"], crs="EPSG:2326", geometry_type="Point")
    return path


def share(path: Path, folder: Path) -> tuple[int, float, float]:
    """(features, CPU seconds of the whole, of that csdi.placement) of publishing one file into an empty store."""
    clock = Clock()
    plain = placement.Watch.look, placement.Watch.take, placement.judged, vector._first_rows
    placement.Watch.look, placement.Watch.take = clock.around(plain[0]), clock.around(plain[1])  # type: ignore[method-assign]
    placement.judged, vector._first_rows = clock.around(plain[2]), clock.around(plain[3])
    try:
        begin = time.process_time()
        with tempfile.TemporaryDirectory(dir=folder) as home:
            store = open_store(f"sqlite:///{home}/site.gpkg")
            results = list(layers.add_layers(store, Blobs(f"file://{home}/blobs"), path))
            store.close()
        return sum(r.count for r in results), time.process_time() - begin, clock.spent
    finally:
        placement.Watch.look, placement.Watch.take, placement.judged, vector._first_rows = plain  # type: ignore[method-assign]


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        own = [SAMPLE / "manholes.shp", SAMPLE / "city_buildings.gpkg", SAMPLE / "utilities.gpkg", points(folder)]
        files = [Path(name) for name in sys.argv[1:]] or own
        print(f"{'file':28} {'features':>9} {'whole, CPU s':>13} {'faults, CPU s':>14} {'share':>7}")
        for path in files:
            runs = [share(path, folder) for _ in range(RUNS)]
            whole, spent = (statistics.median(run[i] for run in runs) for i in (1, 2))
            print(f"{path.name:28} {runs[0][0]:>9} {whole:>13.3f} {spent:>14.3f} {spent / whole:>7.1%}")


if __name__ == "__main__":
    main()
