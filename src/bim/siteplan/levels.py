"""Levels: the ground under a body, as a terrain model has it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

Floats = NDArray[np.float64]
_MOST = 40_000


@dataclass(frozen=True, slots=True)
class GroundRange:
    """Heights of the ground under a body.

    Attributes:
        lowest, highest, mean: metres of the height datum.
        lowest_at, highest_at: (east, north).
    """

    lowest: float
    highest: float
    mean: float
    lowest_at: tuple[float, float]
    highest_at: tuple[float, float]


def places_under(outline: BaseGeometry, step_m: float = 1.0) -> Floats:
    """(n, 2) east, north: the corners of an outline, points along its edges and a grid inside it, `step_m` apart or less densely."""
    minx, miny, maxx, maxy = outline.bounds
    step = max(step_m, float(np.sqrt((maxx - minx) * (maxy - miny) / _MOST)), (maxx - minx + maxy - miny) / _MOST)
    x, y = np.meshgrid(np.arange(minx + step / 2, maxx, step), np.arange(miny + step / 2, maxy, step))
    inner = np.column_stack([x.ravel(), y.ravel()])
    shapely.prepare(outline)
    inner = inner[shapely.contains_xy(outline, inner[:, 0], inner[:, 1])]
    return np.concatenate([shapely.get_coordinates(shapely.segmentize(outline, step)), inner])


def ground_under(places: Floats, heights: Floats) -> GroundRange:
    """The range of known heights (n,) at places (n, 2)."""
    low, high = int(np.argmin(heights)), int(np.argmax(heights))
    return GroundRange(float(heights[low]), float(heights[high]), float(heights.mean()),
                       (float(places[low, 0]), float(places[low, 1])), (float(places[high, 0]), float(places[high, 1])))
