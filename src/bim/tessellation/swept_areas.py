"""Areas swept along a directrix whose orientation a fixed direction governs.

ISO 16739-1:2024, IfcFixedReferenceSweptAreaSolid: at every point the profile lies in the plane normal to the directrix, its x axis
along the projection of the fixed reference onto that plane. IfcDirectrixDerivedReferenceSweptAreaSolid: the same, and where the
directrix rolls (by cant) the profile rolls with it, counted from the start of the directrix.
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
    return _swept(source, source.args(id), rolls=False)


def derived_reference(source: Source, id: int) -> Body:
    """IfcDirectrixDerivedReferenceSweptAreaSolid. Raises Refused."""
    return _swept(source, source.args(id), rolls=True)


def _swept(source: Source, args: list[Any], *, rolls: bool) -> Body:
    area, position, directrix, start, end, fixed = args[:6]
    curve, id = _directrix(source, reference(directrix, "curve")), reference(directrix, "curve")
    begin, last = _distance(source, id, curve, start, 0.0), _distance(source, id, curve, end, curve.length)
    if not 0 <= begin < last <= curve.length * (1 + 1e-9):
        raise Refused("sweep:trim")
    profile = source.profile(reference(area, "profile"))
    reach = float(np.abs(profile.box).max())
    distance = stations(curve, begin, min(last, curve.length), source.sagitta, reach)
    at, ahead = curve.at(distance), curve.at(distance, ahead=True).along
    before = at.along.copy()
    before[0], ahead[-1] = ahead[0], before[-1]
    x = _across(before, source.direction(reference(fixed, "direction")))
    y = np.cross(before, x)
    if rolls:
        roll = (_roll(curve, distance) - _roll(curve, np.zeros(1)))[:, None]
        x, y = x * np.cos(roll) + y * np.sin(roll), y * np.cos(roll) - x * np.sin(roll)
    made = []
    for part in profile.parts:
        rings = np.broadcast_to(part.points, (len(distance), *part.points.shape))
        made.append(lofts.solid(lofts.mitred(lofts.placed(rings, at.points, x, y), at.points, before, ahead), part, part))
    body = joined(made)
    return body.placed(source.axes(position)) if isinstance(position, Ref) else body


def _directrix(source: Source, id: int) -> Directrix:
    """An alignment curve, or the polyline of another curve."""
    if source.class_of(id) in _EVALUATED:
        return alignment_of(source, id)
    if is_closed(source, id):
        raise Refused("sweep:closed")
    return Path.of(path_of(source, id))


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


def _distance(source: Source, id: int, curve: Directrix, value: Any, default: float) -> float:
    """Distance of a trim: a length, or a parameter of a polyline or of the very beginning."""
    if value is None:
        return default
    if isinstance(value, Typed) and value.name != "IFCPARAMETERVALUE":
        return float(value.value)
    number = float(value.value if isinstance(value, Typed) else value)
    if number == 0:
        return 0.0
    if isinstance(curve, Path) and source.class_of(id) == "IFCPOLYLINE":
        return float(np.interp(number, np.arange(len(curve.begin)), curve.begin)) if number <= len(curve.begin) - 1 else -1.0
    raise Refused("sweep:trim")


BUILDERS: dict[str, Builder] = {"IFCFIXEDREFERENCESWEPTAREASOLID": fixed_reference,
                                "IFCDIRECTRIXDERIVEDREFERENCESWEPTAREASOLID": derived_reference}
