"""Stairs and ramps: the line that is walked on them, from tread to tread."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
_LEVEL = 0.95
"""A face is trodden on where its normal is so nearly upright."""
_SLOPING = 0.8
_STEEPEST = 0.7
_ONE_PLANE = 0.999
_SAME_TREAD_M = 0.04
_LEAST_TREAD_M2 = 0.04
_HIGHEST_STEP_M = 0.6


def walking_line(corners: Floats) -> Floats | None:
    """(k, 3) middles of the treads and landings of triangles (m, 3, 3), from the lowest on; of a ramp, its two ends; None without any.

    Faces that look up are put together by level. Two flights side by side with treads on one level count as one wide flight.
    """
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    twice = np.linalg.norm(normal, axis=1)
    upright = normal[:, 2] / np.maximum(twice, 1e-12)
    treads = _treads(corners[upright > _LEVEL], twice[upright > _LEVEL] / 2)
    slopes = corners[(upright > _SLOPING) & (upright <= 1 - 1e-5) & (np.ptp(corners[:, :, 2], axis=1) > 0.05)]
    if len(slopes) and len(treads) < 3:
        return _ends(slopes)
    return _longest_run(treads)


def slope_line(corners: Floats) -> Floats | None:
    """(2, 3) lower and upper end of the largest plane of triangles (m, 3, 3) that looks up and slopes; None without one."""
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    twice = np.linalg.norm(normal, axis=1)
    unit = normal / np.maximum(twice, 1e-12)[:, None]
    sloping = (unit[:, 2] > _STEEPEST) & (unit[:, 2] < 1 - 1e-5) & (twice / 2 > _LEAST_TREAD_M2)
    if not sloping.any():
        return None
    unit, some, twice = unit[sloping], corners[sloping], twice[sloping]
    first = int(np.argmax(twice))
    off = np.abs((some[:, 0] - some[first, 0]) @ unit[first])
    return _ends(some[(unit @ unit[first] > _ONE_PLANE) & (off < _SAME_TREAD_M)])


def _treads(corners: Floats, area: Floats) -> Floats:
    """(k, 3) middle of each level that is large enough to stand on, from the lowest on."""
    order = np.argsort(corners[:, :, 2].mean(axis=1))
    corners, area = corners[order], area[order]
    level = corners[:, :, 2].mean(axis=1)
    groups = np.split(np.arange(len(corners)), np.flatnonzero(np.diff(level) > _SAME_TREAD_M) + 1)
    found = [np.average(corners[rows].mean(axis=1), axis=0, weights=area[rows]) for rows in groups
             if len(rows) and area[rows].sum() >= _LEAST_TREAD_M2]
    return np.array(found).reshape(-1, 3)


def _longest_run(treads: Floats) -> Floats | None:
    """The most treads that follow each other without a gap that nobody steps over."""
    if len(treads) < 2:
        return None
    runs = np.split(treads, np.flatnonzero(np.diff(treads[:, 2]) > _HIGHEST_STEP_M) + 1)
    longest = max(runs, key=len)
    return longest if len(longest) > 1 else None


def _ends(slopes: Floats) -> Floats:
    """The middles of the lowest and of the highest edge of a slope."""
    points = np.unique(np.round(slopes.reshape(-1, 3), 6), axis=0)
    low, high = points[:, 2].min(), points[:, 2].max()
    return np.stack([points[points[:, 2] < low + 0.02].mean(axis=0), points[points[:, 2] > high - 0.02].mean(axis=0)])
