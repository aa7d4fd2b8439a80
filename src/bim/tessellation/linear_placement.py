"""Placements by distance along a curve, all of a file at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bim.tessellation.alignment import Stations, alignment_of
from bim.tessellation.body import Refused
from bim.tessellation.instances import Ref
from bim.tessellation.segments import measure
from bim.tessellation.source import reference

if TYPE_CHECKING:
    from bim.tessellation.source import Source

Floats = NDArray[np.float64]
_MALFORMED = (Refused, TypeError, ValueError, IndexError)


@dataclass(frozen=True, slots=True)
class LinearPoint:
    """An IfcPointByDistanceExpression: distance along a curve and offsets to the left, up and along."""

    curve: int
    distance: float
    left: float
    up: float
    along: float


def linear_point(source: Source, id: int) -> LinearPoint:
    """Reads an IfcPointByDistanceExpression. Raises Refused."""
    if source.class_of(id) != "IFCPOINTBYDISTANCEEXPRESSION":
        raise Refused(f"linear-point:{source.class_of(id) or 'missing'}")
    distance, lateral, vertical, longitudinal, curve = source.args(id)[:5]
    left, up, along = (float(offset or 0.0) for offset in (lateral, vertical, longitudinal))
    return LinearPoint(reference(curve, "curve"), measure(distance), left, up, along)


def linear_axes(source: Source, id: int) -> Floats:
    """(4, 4) of an IfcAxis2PlacementLinear: x along the curve, y to its left, unless directions are given.

    A direction that is given is one of the curve's own coordinates, not relative to its tangent. All such placements of a file
    are evaluated at once, when the first is asked for.

    Raises:
        Refused: as `alignment_of`.
    """
    known = source.cache.get("linear")
    if known is None:
        known = source.cache["linear"] = _all_linear(source)
    if id not in known:
        point = _located(source, id)
        known[id] = _turned(source, id, point, alignment_of(source, point.curve).at([point.distance]), 0)
    found: Floats = known[id]
    return found


def _all_linear(source: Source) -> dict[int, Floats]:
    """Those that can be read and lie on a curve that can be evaluated."""
    by_curve: dict[int, list[tuple[int, LinearPoint]]] = {}
    for id in source.instances.of("IFCAXIS2PLACEMENTLINEAR"):
        try:
            point = _located(source, id)
        except _MALFORMED:
            continue
        by_curve.setdefault(point.curve, []).append((id, point))
    found: dict[int, Floats] = {}
    for curve, located in by_curve.items():
        try:
            at = alignment_of(source, curve).at([point.distance for _, point in located])
            for row, (id, point) in enumerate(located):
                found[id] = _turned(source, id, point, at, row)
        except _MALFORMED:
            continue
    return found


def _located(source: Source, id: int) -> LinearPoint:
    return linear_point(source, reference(source.args(id)[0], "location"))


def _turned(source: Source, id: int, point: LinearPoint, at: Stations, row: int) -> Floats:
    """The placement on one of the stations."""
    from bim.tessellation.placements import frame
    axis, ref = source.args(id)[1:3]
    along, left, up = at.along[row], at.left[row], at.up[row]
    origin = at.points[row] + point.left * left + point.up * up + point.along * along
    if not np.isfinite(origin).all():
        raise Refused("linear-point:not-finite")
    if not isinstance(axis, Ref) and not isinstance(ref, Ref):
        matrix = np.eye(4)
        matrix[:3, 0], matrix[:3, 1], matrix[:3, 2], matrix[:3, 3] = along, left, up, origin
        return matrix
    z = source.direction(axis) if isinstance(axis, Ref) else up
    return frame(origin, z, source.direction(ref) if isinstance(ref, Ref) else along)
