"""Setback: the distance in plan from a body, between two levels, to the edges that it must stay away from."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from bim.siteplan.bodies import Place, clip_between, height_at, plan_pieces

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Band:
    """A distance that is required from edges of one class.

    Attributes:
        kind: class of edge, "" for all.
        low, high: the levels between which it holds, metres; may be infinite.
        distance_m: that is required.
    """

    kind: str
    distance_m: float
    low: float = -math.inf
    high: float = math.inf


@dataclass(frozen=True, slots=True)
class Setback:
    """The nearest edge of a body.

    Attributes:
        distance_m: in plan; 0 where the body crosses the edge.
        place: the point of the body that is nearest.
        edge: number of the edge.
    """

    distance_m: float
    place: Place
    edge: int


def nearest_edge(corners: Floats, edges: Sequence[BaseGeometry], low: float = -math.inf, high: float = math.inf) -> Setback | None:
    """The edge that is nearest in plan to the part of triangles (m, 3, 3) with heights from `low` to `high`.

    Args:
        edges: lines (or polygons, whose inside counts too), same frame as the corners.

    Returns:
        None where the body has no such part, or there are no edges.
    """
    part = clip_between(corners, low, high)
    if not len(part) or not edges:
        return None
    origin = np.floor(part.reshape(-1, 3)[:, :2].mean(axis=0))
    local = part - [*origin, 0.0]
    pieces = plan_pieces(local)
    lines = shapely.transform(shapely.force_2d(np.array(edges, dtype=object)), lambda xy: xy - origin)
    (piece, line), (distance,) = _closest(pieces, lines)
    line_to = shapely.shortest_line(pieces[piece], lines[line])
    place = shapely.get_coordinates(line_to)[0]
    height = height_at(local[piece:piece + 1], place)
    return Setback(distance, (float(place[0] + origin[0]), float(place[1] + origin[1]), height), line)


def _closest(pieces: NDArray[np.object_], lines: NDArray[np.object_]) -> tuple[tuple[int, int], tuple[float]]:
    """The pair that is nearest."""
    tree = shapely.STRtree(pieces)
    pairs, distances = tree.query_nearest(lines, return_distance=True, all_matches=False)
    at = int(np.argmin(distances))
    return (int(pairs[1, at]), int(pairs[0, at])), (float(distances[at]),)
