"""Areas swept along a directrix whose orientation a fixed direction governs.

ISO 16739-1:2024, IfcFixedReferenceSweptAreaSolid: at every point the profile lies in the plane normal to the directrix, its x axis
along the projection of the fixed reference onto that plane. IfcDirectrixDerivedReferenceSweptAreaSolid: the same, and where the
directrix rolls (by cant) the profile rolls with it, counted from the start of the directrix.
IfcSurfaceCurveSweptAreaSolid: the reference is the normal of the surface.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from bim.tessellation import lofts
from bim.tessellation.alignment import Alignment, Directrix, Path, alignment_of, stations
from bim.tessellation.body import Body, Refused, joined
from bim.tessellation.curves import is_closed, path_of
from bim.tessellation.instances import Ref, Typed
from bim.tessellation.source import reference

if TYPE_CHECKING:
    from bim.tessellation.source import Builder, Source

Floats = NDArray[np.float64]
_PARALLEL = 1e-6
_EVALUATED = ("IFCGRADIENTCURVE", "IFCSEGMENTEDREFERENCECURVE", "IFCOFFSETCURVEBYDISTANCES")


def fixed_reference(source: Source, id: int) -> Body:
    """IfcFixedReferenceSweptAreaSolid. Raises Refused."""
    args = source.args(id)
    return _swept(source, args, source.direction(reference(args[5], "direction")), rolls=False)


def derived_reference(source: Source, id: int) -> Body:
    """IfcDirectrixDerivedReferenceSweptAreaSolid. Raises Refused."""
    args = source.args(id)
    return _swept(source, args, source.direction(reference(args[5], "direction")), rolls=True)


def surface_curve(source: Source, id: int) -> Body:
    """IfcSurfaceCurveSweptAreaSolid on a plane, whose normal is the reference. Raises Refused."""
    args = source.args(id)
    surface = reference(args[5], "surface")
    if source.class_of(surface) != "IFCPLANE":
        raise Refused(f"sweep-surface:{source.class_of(surface) or 'missing'}")
    plane = source.axes(reference(source.args(surface)[0], "placement"))
    return _swept(source, args, plane[:3, 2], rolls=False)


def _swept(source: Source, args: list[Any], fixed: Floats, *, rolls: bool) -> Body:
    area, position, directrix, start, end = args[:5]
    id = reference(directrix, "curve")
    curve, closed = _directrix(source, id)
    begin, last = _range(source, id, curve, start, end)
    profile = source.profile(reference(area, "profile"))
    distance = stations(curve, begin, last, source.sagitta, float(np.abs(profile.box).max()))
    closed = closed and begin == 0.0 and last == curve.length
    made = []
    for part in profile.parts:
        own = distance
        if rolls:
            points, _, before, _ = _standing(curve, own, part.points, fixed, closed=closed, rolls=rolls)
            own = lofts.untwisted(own, points, before, source.sagitta)
        points = lofts.mitred(*_standing(curve, own, part.points, fixed, closed=closed, rolls=rolls))
        made.append(lofts.ring(points[:-1], part) if closed else lofts.solid(points, part, part))
    body = joined(made)
    return body.placed(source.axes(position)) if isinstance(position, Ref) else body


def _standing(curve: Directrix, distance: Floats, ring: Floats, fixed: Floats, *, closed: bool, rolls: bool) -> tuple[Floats, ...]:
    """Sections (n, k, 3) square to the way in, points of the curve, the way in and the way out, (n, 3) each."""
    at, ahead = curve.at(distance), curve.at(distance, ahead=True).along
    before = at.along.copy()
    before[0], ahead[-1] = (before[-1], ahead[0]) if closed else (ahead[0], before[-1])
    x = _across(before, fixed)
    y = np.cross(before, x)
    if rolls:
        roll = (_roll(curve, distance) - _roll(curve, np.zeros(1)))[:, None]
        x, y = x * np.cos(roll) + y * np.sin(roll), y * np.cos(roll) - x * np.sin(roll)
    rings = np.broadcast_to(ring, (len(distance), *ring.shape))
    return lofts.placed(rings, at.points, x, y), at.points, before, ahead


def _directrix(source: Source, id: int) -> tuple[Directrix, bool]:
    """An alignment curve, or the polyline of another curve; and whether it ends where it begins."""
    if source.class_of(id) in _EVALUATED:
        return alignment_of(source, id), False
    return Path.of(path_of(source, id)), is_closed(source, id)


def _across(along: Floats, fixed: Floats) -> Floats:
    """(n, 3) unit vectors: a direction projected onto the planes normal to the tangents."""
    x = fixed - along * (along @ fixed)[:, None]
    length = np.linalg.norm(x, axis=1, keepdims=True)
    if (length < _PARALLEL).any():
        raise Refused("sweep:parallel-reference")
    return np.asarray(x / length)


def _roll(curve: Directrix, distance: Floats) -> Floats:
    """Radians by which a directrix with cant leans to its left at these distances, seen along it clockwise positive."""
    if not isinstance(curve, Alignment) or curve.cant is None:
        return np.zeros(len(distance))
    return np.asarray(-np.arcsin(curve.cant.at(distance)[2]), np.float64)


def _range(source: Source, id: int, curve: Directrix, start: Any, end: Any) -> tuple[float, float]:
    """Distances of the trims. 0 to 1 is what exporters write for the whole of any curve."""
    first, last = _distance(source, id, curve, start, 0.0), curve.length
    if not (first == 0.0 and _parameter(end) == 1.0):
        last = _distance(source, id, curve, end, last)
    if not 0 <= first < last <= curve.length * (1 + 1e-9):
        raise Refused("sweep:trim")
    return first, min(last, curve.length)


def _parameter(value: Any) -> float | None:
    """A trim that is a parameter, not a length."""
    if isinstance(value, Typed):
        return float(value.value) if value.name == "IFCPARAMETERVALUE" else None
    return None if value is None else float(value)


def _distance(source: Source, id: int, curve: Directrix, value: Any, default: float) -> float:
    """Distance of a trim: a length, a parameter of a polyline, or of the end of a composite curve."""
    number = _parameter(value)
    if number is None:
        return default if value is None else float(value.value)
    if number == 0:
        return 0.0
    kind = source.class_of(id)
    if kind == "IFCPOLYLINE" and isinstance(curve, Path) and 0 < number <= len(curve.begin) - 1 == len(source.args(id)[0]) - 1:
        return float(np.interp(number, np.arange(len(curve.begin)), curve.begin))
    if kind == "IFCCOMPOSITECURVE" and number == len(source.args(id)[0]):
        return curve.length
    raise Refused("sweep:trim")


BUILDERS: dict[str, Builder] = {"IFCFIXEDREFERENCESWEPTAREASOLID": fixed_reference,
                                "IFCDIRECTRIXDERIVEDREFERENCESWEPTAREASOLID": derived_reference,
                                "IFCSURFACECURVESWEPTAREASOLID": surface_curve}
