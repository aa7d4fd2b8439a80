"""One million points through our transforms and through bare pyproj on the same array: `python benchmarks/bench_crs.py`."""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable

import numpy as np
import pyproj

from csdi.crs import transform

POINTS = 1_000_000
ROUNDS = 5


def seconds(run: Callable[[], object]) -> float:
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def compare(target: str, columns: int) -> dict[str, float | str]:
    """Median seconds of both, in turns so that a busy machine hurts both alike."""
    rng = np.random.default_rng(2326)
    points = rng.uniform((799000, 799000, -50), (868000, 848000, 950), (POINTS, 3))[:, :columns].copy()
    ours = transform("EPSG:2326", target)
    bare = pyproj.Transformer.from_crs("EPSG:2326", target, always_xy=True)
    difference = np.abs(ours.points(points[:1000]) - np.stack(bare.transform(*points[:1000].T), axis=1)).max()
    pairs = [(seconds(lambda: ours.points(points)), seconds(lambda: np.stack(bare.transform(*points.T), axis=1)))
             for _ in range(ROUNDS)]
    mine, theirs = (statistics.median(side) for side in zip(*pairs, strict=True))
    return {"from": "EPSG:2326", "to": target, "points": POINTS, "ours_s": round(mine, 3), "pyproj_s": round(theirs, 3),
            "ratio": round(mine / theirs, 3), "largest_difference": float(difference)}


def main() -> int:
    results = [compare("OGC:CRS84", 2), compare("EPSG:4978", 3)]
    for result in results:
        print(json.dumps(result))
    return 0 if all(float(result["ratio"]) <= 1.10 for result in results) else 1


if __name__ == "__main__":
    sys.exit(main())
