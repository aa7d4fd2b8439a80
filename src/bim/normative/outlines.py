"""Outlines: bounds of faces and profiles that must not cross or touch themselves."""

from __future__ import annotations

import numpy as np

from bim.ifc import Entity, value_of
from bim.normative.context import Context, instances_of
from bim.normative.curves import point_table
from bim.normative.loops import Floats, Ints, Loops, crossing
from bim.normative.rule import Fault, Judge, Result
from bim.tessellation.body import Refused


def _face_bounds(context: Context) -> Result:
    """BRP001."""
    return _crossed(context, context.polyloops, "the bound of a face crosses or touches itself")


def _profiles(context: Context) -> Result:
    """SWE001."""
    curves = [(profile, curve) for profile in context.model.of("IfcArbitraryClosedProfileDef")
              for curve in instances_of((value_of(profile, "OuterCurve"), *(value_of(profile, "InnerCurves") or ())))]
    drawn = ((profile.id(), _drawn(context, curve)) for profile, curve in curves)
    return _crossed(context, Loops.of([(id, points) for id, points in drawn if points is not None]),
                    "an outline of the profile crosses or touches itself")


def _drawn(context: Context, curve: Entity) -> Floats | None:
    """(n, 3) polyline of a curve; None where it is of a kind that cannot be drawn here."""
    try:
        return context.source.curve(curve.id())
    except Refused:
        return None


def _tessellated(context: Context) -> Result:
    """TAS001."""
    sets = [(point_table(value_of(one, "Coordinates")), one) for one in context.model.of("IfcPolygonalFaceSet")]
    return _crossed(context, Loops.of([(id, points[at]) for points, one in sets for id, at in polygons(one, len(points))]),
                    "the bound of a tessellated face crosses or touches itself")


def polygons(face_set: Entity, count: int) -> list[tuple[int, Ints]]:
    """Bounds of the faces of a polygonal or triangulated set, holes too: id of the face or of the set, and places of the points from 0.

    Args:
        count: of the points; bounds that refer to others are left out.
    """
    rings = [(face_set.id(), ring) for ring in value_of(face_set, "CoordIndex") or ()]
    for face in instances_of(value_of(face_set, "Faces")):
        rings += [(face.id(), ring) for ring in (value_of(face, "CoordIndex"), *(value_of(face, "InnerCoordIndices") or ()))]
    indirect = np.array(value_of(face_set, "PnIndex") or range(1, count + 1), np.int64) - 1
    places = [(id, np.array(ring, np.int64) - 1) for id, ring in rings]
    known = [(id, indirect[at]) for id, at in places if len(at) and at.min() >= 0 and at.max() < len(indirect)]
    return [(id, at) for id, at in known if at.min() >= 0 and at.max() < count]


def _crossed(context: Context, loops: Loops, message: str) -> Result:
    tolerance = context.precision
    crossed = loops.without_repeats(tolerance).judged(lambda corners: crossing(corners, tolerance))
    faulty = dict.fromkeys(loops.ids[crossed].tolist())
    return Result(len(loops), (Fault(context.model.by_id(id), message, "crossing", "a simple outline", "draw it anew")
                               for id in faulty))


RULES: dict[str, Judge] = {"BRP001": _face_bounds, "SWE001": _profiles, "TAS001": _tessellated}
