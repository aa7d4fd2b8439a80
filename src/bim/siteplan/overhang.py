"""Overhang: how far, where and with what area a body reaches over the edge of a lot."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from bim.siteplan.bodies import Place, height_at, hull_of, outline_of, plan_pieces

Floats = NDArray[np.float64]
_CLOSE_M = 1e-4
"""The longest overhang is found to this; what reaches out by less is inside."""
_ROUNDS = 40
_MOST_CELLS = 200_000


@dataclass(frozen=True, slots=True)
class Overhang:
    """What of a body lies outside a lot.

    Attributes:
        area_m2: of the outline outside.
        longest_m: greatest distance of any point of it from the lot; `place` is that point.
    """

    area_m2: float
    longest_m: float
    place: Place


def overhang(corners: Floats, lot: BaseGeometry) -> Overhang | None:
    """What of triangles (m, 3, 3) lies outside a lot; None where nothing does.

    Args:
        lot: polygon or multipolygon, same frame as the corners.

    The hull decides where it can; only the triangles that reach out are looked at one by one.
    """
    origin = np.floor(corners.reshape(-1, 3)[:, :2].mean(axis=0))
    near = shapely.transform(shapely.force_2d(lot), lambda xy: xy - origin)
    wider = shapely.buffer(near, _CLOSE_M, join_style="mitre")
    shapely.prepare(wider)
    local = corners - [*origin, 0.0]
    if shapely.covers(wider, hull_of(local)):
        return None
    out = local[~shapely.covers(wider, plan_pieces(local))]
    if not len(out):
        return None
    longest, place = farthest(out[:, :, :2], near)
    if longest <= _CLOSE_M:
        return None
    outline = outline_of(out)
    area = shapely.area(shapely.difference(outline.shape, shapely.transform(near, lambda xy: xy - outline.origin)))
    return Overhang(float(area), longest, (float(place[0] + origin[0]), float(place[1] + origin[1]), height_at(out, place)))


def farthest(cells: Floats, shape: BaseGeometry) -> tuple[float, Floats]:
    """The point of triangles (m, 3, 2) that is farthest from a polygon: (distance, (2,) point), to 0.1 mm.

    Branch and bound. Over a triangle no point is farther from the polygon than the farthest corner is from any convex part of it,
    since the distance to a convex set is a convex function; so triangles whose bound is no better than the best corner are dropped,
    and the others are cut in four. Where one straight edge is nearest all over, the bound is met at once.
    """
    parts = shapely.get_parts(shapely.constrained_delaunay_triangles(shape))
    tree = shapely.STRtree(parts)
    best, place = -1.0, np.zeros(2)
    for _ in range(_ROUNDS):
        points = shapely.points(cells)
        away = np.asarray(shapely.distance(points, shape))
        at = np.unravel_index(np.argmax(away), away.shape)
        if away[at] > best:
            best, place = float(away[at]), cells[at]
        nearest = tree.nearest(shapely.points(cells.mean(axis=1)))
        bound = np.asarray(shapely.distance(points, parts[nearest][:, None])).max(axis=1)
        cells = _quartered(cells[bound > best + _CLOSE_M])
        if not len(cells) or len(cells) > _MOST_CELLS:
            break
    return best, place


def _quartered(cells: Floats) -> Floats:
    a, b, c = cells[:, 0], cells[:, 1], cells[:, 2]
    ab, bc, ca = (a + b) / 2, (b + c) / 2, (c + a) / 2
    return np.concatenate([np.stack(corners, axis=1) for corners in ((a, ab, ca), (ab, b, bc), (ca, bc, c), (ab, bc, ca))])
