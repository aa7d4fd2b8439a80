"""Lines of sight over a height grid: which pixels an observer sees, worked out ray by ray around the observer.

Along each ray the steepest view so far is kept; a pixel is seen when the view to it is no less steep than everything
nearer on the two rays beside it, interpolated between them. Rays are a quarter of a pixel apart at the farthest
distance, steps along them half a pixel long.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from csdi.formats.grid import Grid

Floats = NDArray[np.float64]
EARTH_M = 6_371_000.0
_SAMPLES = 2_000_000
"""Heights taken at once."""
_EVEN_M = 1e-4
"""What is hidden by less than this is seen: rounding of heights and between rays."""
_NOTHING = -1e9
"""Slope of the horizon where nothing is nearer."""


@dataclass(frozen=True, slots=True)
class Sight:
    """Who looks, and how.

    Attributes:
        x, y: the observer, in the plane of the grid, metres.
        eye: height of the eye, metres in the datum of the grid.
        target: height of what is looked for above the ground, metres.
        radius: how far to look, metres.
        curvature: share of the Earth's curvature that counts: 1 - refraction, 0 for a flat Earth.
    """

    x: float
    y: float
    eye: float
    target: float
    radius: float
    curvature: float

    def drop(self, distance: Floats) -> Floats:
        """How far the ground falls away at a distance, metres: d² (1 - k) / 2R."""
        return self.curvature * distance**2 / (2 * EARTH_M)


def seen(grid: Grid, sight: Sight, progress: Callable[[float], None] = lambda _: None) -> NDArray[np.bool_]:
    """(rows, columns) of the pixels that the observer sees; never one without a height or beyond the radius.

    Args:
        grid: heights on a plane in metres, with square pixels along the axes.
    """
    rows, columns = np.indices(grid.values.shape).reshape(2, -1)
    offsets = grid.centres(rows, columns) - [sight.x, sight.y]
    distances = np.hypot(offsets[:, 0], offsets[:, 1])
    heights = grid.values.ravel()
    looked = np.flatnonzero(np.isfinite(heights) & (distances <= sight.radius))
    found = np.zeros(len(heights), dtype=bool)
    step = min(grid.pixel) / 2
    near = looked[distances[looked] < step]
    found[near] = True
    far = looked[distances[looked] >= step]
    slopes = (heights[far] + sight.target - sight.drop(distances[far]) - sight.eye) / distances[far]
    rays = max(8, math.ceil(4 * math.pi * sight.radius / step))
    turn = np.arctan2(offsets[far, 1], offsets[far, 0]) / (2 * math.pi) % 1.0 * rays
    order = np.argsort(turn, kind="stable")
    far, slopes, turn = far[order], slopes[order], turn[order]
    steps = math.ceil(sight.radius / step)
    batch = max(1, _SAMPLES // steps)
    for first in range(0, rays, batch):
        begin, end = np.searchsorted(turn, [first, first + batch])
        if begin < end:
            angles = np.arange(first, min(first + batch, rays) + 1, dtype=np.float64) * (2 * math.pi / rays)
            horizon = _horizons(grid, sight, angles, steps, step)
            away = distances[far[begin:end]]
            found[far[begin:end]] = slopes[begin:end] >= _beside(horizon, turn[begin:end] - first, away / step) - _EVEN_M / away
        progress(min(1.0, (first + batch) / rays))
    return found.reshape(grid.values.shape)


def _horizons(grid: Grid, sight: Sight, angles: Floats, steps: int, step: float) -> Floats:
    """(rays, steps + 1) steepest view over the first 0, 1, 2... steps of each ray; minus infinity before the first."""
    along = np.arange(1, steps + 1, dtype=np.float64) * step
    x = sight.x + np.cos(angles)[:, None] * along
    y = sight.y + np.sin(angles)[:, None] * along
    heights = grid.at(np.column_stack([x.ravel(), y.ravel()])).reshape(len(angles), steps)
    slopes = (heights - sight.drop(along) - sight.eye) / along
    steepest = np.maximum.accumulate(np.where(np.isfinite(slopes), slopes, _NOTHING), axis=1)
    return np.column_stack([np.full(len(angles), _NOTHING), steepest])


def _beside(horizon: Floats, turn: Floats, steps: Floats) -> Floats:
    """(n,) steepest view before a pixel: `turn` in rays from the first of these, `steps` from the observer."""
    before = np.clip(np.ceil(steps - 1e-9).astype(np.int64) - 1, 0, horizon.shape[1] - 1)
    ray = np.clip(np.floor(turn).astype(np.int64), 0, len(horizon) - 2)
    share = turn - ray
    between: Floats = horizon[ray, before] * (1 - share) + horizon[ray + 1, before] * share
    return between
