"""Straight ways inside a room: what is seen from where, and which corners a way may turn round."""

from __future__ import annotations

import math

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

Floats = NDArray[np.float64]
_HAIR_M = 2e-3
"""Ways may touch walls."""
_SIMPLE_M = (0.01, 0.05, 0.1, 0.25)
_MOST_CORNERS = 200
_MOST_PLACES = 2000
_TOGETHER = 20_000
_STRAIGHT = 1e-3


def corners_to_turn(shape: BaseGeometry) -> Floats:
    """(n, 2) corners of a polygon that stick into it: a shortest way bends nowhere else."""
    found = np.zeros((0, 2))
    for tolerance in _SIMPLE_M:
        simple = shapely.simplify(shape, tolerance)
        rings = [ring for part in shapely.get_parts(simple) for ring in (part.exterior, *part.interiors)]
        found = np.concatenate([_reflex(ring, hole=at > 0) for part in shapely.get_parts(simple)
                                for at, ring in enumerate((part.exterior, *part.interiors))]) if rings else found
        if len(found) <= _MOST_CORNERS:
            break
    return found


def _reflex(ring: BaseGeometry, *, hole: bool) -> Floats:
    points = shapely.get_coordinates(ring)[:-1]
    if shapely.is_ccw(ring) == hole:
        points = points[::-1]
    before, after = points - np.roll(points, 1, axis=0), np.roll(points, -1, axis=0) - points
    turn = before[:, 0] * after[:, 1] - before[:, 1] * after[:, 0]
    size = np.hypot(*before.T) * np.hypot(*after.T)
    return np.asarray(points[turn < -_STRAIGHT * size])


def seen_pairs(shape: BaseGeometry, points: Floats) -> list[tuple[int, int]]:
    """Pairs of points (n, 2) with a straight way inside a polygon."""
    one, other = np.triu_indices(len(points), 1)
    seen = _inside(_room(shape), points[one], points[other])
    return list(zip(one[seen].tolist(), other[seen].tolist(), strict=True))


def shortest(shape: BaseGeometry, places: Floats, points: Floats, away: Floats) -> tuple[Floats, NDArray[np.int64]]:
    """From places (n, 2) straight to the point (m, 2) with the least way in all: (n,) distance, infinite where none is seen; its number.

    Args:
        away: (m,) how much farther it is from each point on.

    The points are tried in the order of the way over them, so that the first that is seen is the best.
    """
    found, via = np.full(len(places), np.inf), np.full(len(places), -1)
    room = _room(shape)
    whole = np.linalg.norm(places[:, None] - points[None], axis=2) + away
    order = np.argsort(whole, axis=1)
    left = np.arange(len(places))
    for rank in range(len(points)):
        number = order[left, rank]
        seen = _inside(room, places[left], points[number])
        done = left[seen]
        found[done], via[done] = whole[done, number[seen]], number[seen]
        left = left[~seen]
        if not len(left):
            break
    return found, via


def places_in(shape: BaseGeometry, step_m: float, around: Floats | None = None, within_m: float = math.inf) -> tuple[Floats, float]:
    """(n, 2) corners of a polygon and a grid in it, and the step of the grid, coarser where the polygon is large.

    Args:
        around: only places within `within_m` of this place along both axes.
    """
    minx, miny, maxx, maxy = shape.bounds
    corners = shapely.get_coordinates(shapely.simplify(shape, _SIMPLE_M[0]))
    if around is not None:
        minx, maxx = max(minx, around[0] - within_m), min(maxx, around[0] + within_m)
        miny, maxy = max(miny, around[1] - within_m), min(maxy, around[1] + within_m)
        corners = corners[(np.abs(corners - around) <= within_m).all(axis=1)]
    step = max(step_m, math.sqrt(max(maxx - minx, 0.0) * max(maxy - miny, 0.0) / _MOST_PLACES))
    x, y = np.meshgrid(np.arange(minx, maxx + step / 2, step), np.arange(miny, maxy + step / 2, step))
    grid = np.column_stack([x.ravel(), y.ravel()])
    shapely.prepare(shape)
    return np.concatenate([corners, grid[shapely.contains_xy(shape, grid[:, 0], grid[:, 1])]]), step


def _room(shape: BaseGeometry) -> BaseGeometry:
    wider: BaseGeometry = shapely.buffer(shape, _HAIR_M, join_style="mitre")
    shapely.prepare(wider)
    return wider


def _inside(room: BaseGeometry, starts: Floats, ends: Floats) -> NDArray[np.bool_]:
    """(n,) whether the straight ways from starts to ends, (n, 2) each, stay inside."""
    found = np.zeros(len(starts), bool)
    for at in range(0, len(starts), _TOGETHER):
        some = slice(at, at + _TOGETHER)
        found[some] = shapely.covers(room, shapely.linestrings(np.stack([starts[some], ends[some]], axis=1)))
    return found


def seen_from(shape: BaseGeometry, place: Floats, points: Floats) -> NDArray[np.bool_]:
    """(n,) which points (n, 2) have a straight way inside a polygon from a place (2,)."""
    return _inside(_room(shape), np.broadcast_to(place, points.shape), points)
