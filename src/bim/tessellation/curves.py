"""Curves as polylines: every arc is cut so that no chord lies further than a millimetre from it."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from bim.tessellation.body import Refused
from bim.tessellation.instances import Ref, Typed
from bim.tessellation.source import reference
from bim.tessellation.splines import bspline

if TYPE_CHECKING:
    from bim.tessellation.source import Source

Floats = NDArray[np.float64]
_STEP_RAD = 0.5
_FEWEST = 12
_GAP_M = 1e-3
_MOST_POINTS = 200_000


def curve_of(source: Source, id: int) -> Floats:
    """(n, 3) points along a curve; a closed one does not repeat its first point.

    Raises:
        Refused: a class that is not built here, gaps, no length.
    """
    points = path_of(source, id)
    return points[:-1] if _returns(source, points) else points


def is_closed(source: Source, id: int) -> bool:
    """Whether a curve ends where it begins. Raises Refused."""
    return _returns(source, path_of(source, id))


def path_of(source: Source, id: int) -> Floats:
    """(n, 3) points along a curve from its beginning to its end; a closed one ends with its first point. Raises Refused."""
    known = source.cache.setdefault("paths", {})
    if id not in known:
        build = _BUILDERS.get(source.class_of(id))
        if build is None:
            raise Refused(f"curve:{source.class_of(id) or 'missing'}")
        points = _without_repeats(build(source, id), source.precision)
        if len(points) < 2 or len(points) > _MOST_POINTS or not np.isfinite(points).all():
            raise Refused("curve:no-length", f"#{id}")
        known[id] = points
    found: Floats = known[id]
    return found


def arc_steps(radius: float, angle: float, sagitta: float, *, full: bool = False) -> int:
    """Number of chords for an arc (radians): sagitta at most as given, at most 0.5 rad each; a full circle has a multiple of four.

    The sagitta of a chord over an angle a is r (1 - cos(a / 2)).
    """
    step = _STEP_RAD if radius <= sagitta else min(_STEP_RAD, 2.0 * math.acos(1.0 - sagitta / radius))
    if step <= 0 or (2 * math.pi if full else abs(angle)) / step > _MOST_POINTS:
        raise Refused("curve:too-many-points")
    if full:
        return max(_FEWEST, 4 * math.ceil(2.0 * math.pi / step / 4.0))
    return max(1, math.ceil(abs(angle) / step - 1e-9))


def circle_points(radius: float, sagitta: float) -> Floats:
    """(n, 2) points of a full circle about the origin, counter-clockwise, first on the x axis."""
    count = arc_steps(radius, 2 * math.pi, sagitta, full=True)
    angles = np.arange(count) * (2 * math.pi / count)
    return radius * np.column_stack([np.cos(angles), np.sin(angles)])


def through_three(a: Floats, b: Floats, c: Floats, sagitta: float) -> Floats:
    """(n, 3) points of the arc from a through b to c; the straight line where the three lie on one."""
    ab, ac = b - a, c - a
    normal = np.cross(ab, ac)
    size = float(normal @ normal)
    if size < 1e-18 * max(float(ab @ ab), float(ac @ ac), 1e-30) ** 2:
        return np.array([a, b, c])
    centre = a + (float(ac @ ac) * np.cross(np.cross(ab, ac), ab) + float(ab @ ab) * np.cross(ac, np.cross(ab, ac))) / (2.0 * size)
    x, z = a - centre, normal / math.sqrt(size)
    radius = float(np.linalg.norm(x))
    y = np.cross(z, x)
    angle = math.atan2(float((c - centre) @ y), float((c - centre) @ x)) % (2 * math.pi)
    steps = arc_steps(radius, angle, sagitta)
    t = np.linspace(0.0, angle, steps + 1)[:, None]
    points: Floats = centre + np.cos(t) * x + np.sin(t) * y
    points[-1] = c
    return points


def _polyline(source: Source, id: int) -> Floats:
    return source.points([reference(one, "point") for one in source.args(id)[0]])


def _indexed(source: Source, id: int) -> Floats:
    listed, segments = [*source.args(id), None, None][:2]
    points = source.point_list(reference(listed, "points"))
    points = points if points.shape[1] == 3 else np.column_stack([points, np.zeros(len(points))])
    if not segments:
        return points
    parts = []
    for segment in segments:
        if not isinstance(segment, Typed):
            raise Refused("curve:segment")
        index = np.array(segment.value, dtype=np.int64) - 1
        if index.min() < 0 or index.max() >= len(points):
            raise Refused("curve:index")
        corners = points[index]
        parts.append(through_three(corners[0], corners[1], corners[2], source.sagitta) if segment.name == "IFCARCINDEX" else corners)
    return _chained(source, parts)


def _along_alignment(source: Source, id: int) -> Floats:
    from bim.tessellation.alignment import polyline_of
    return polyline_of(source, id)


def _composite(source: Source, id: int) -> Floats:
    parts = []
    segments = source.args(id)[0]
    if segments and source.class_of(segments[0]) == "IFCCURVESEGMENT":
        return _along_alignment(source, id)
    for segment in segments:
        if source.class_of(segment) not in ("IFCCOMPOSITECURVESEGMENT", "IFCREPARAMETRISEDCOMPOSITECURVESEGMENT"):
            raise Refused(f"curve-segment:{source.class_of(segment)}")
        _transition, same, parent = source.args(segment)[:3]
        points = path_of(source, reference(parent, "curve"))
        parts.append(points if same else points[::-1])
    return _chained(source, parts)


def _chained(source: Source, parts: Sequence[Floats]) -> Floats:
    """Parts end to end; a gap of more than a millimetre is refused."""
    if not parts:
        raise Refused("curve:empty")
    made = [parts[0]]
    for part in parts[1:]:
        if np.linalg.norm(part[0] - made[-1][-1]) > _GAP_M / source.length_m:
            raise Refused("curve:gap")
        made.append(part[1:])
    return np.concatenate(made)


def _conic(source: Source, id: int) -> tuple[Floats, float, float]:
    """Frame and semi-axes of a circle or an ellipse."""
    args = source.args(id)
    radii = (float(args[1]), float(args[1])) if source.class_of(id) == "IFCCIRCLE" else (float(args[1]), float(args[2]))
    if min(radii) <= 0:
        raise Refused("curve:radius")
    return source.axes(reference(args[0], "placement")), *radii


def _along_conic(conic: tuple[Floats, float, float], angles: NDArray[Any]) -> Floats:
    frame, a, b = conic
    found: Floats = frame[:3, 3] + np.outer(a * np.cos(angles), frame[:3, 0]) + np.outer(b * np.sin(angles), frame[:3, 1])
    return found


def _full_conic(source: Source, id: int) -> Floats:
    conic = _conic(source, id)
    count = arc_steps(max(conic[1:]), 2 * math.pi, source.sagitta, full=True)
    points = _along_conic(conic, np.linspace(0.0, 2 * math.pi, count + 1))
    points[-1] = points[0]
    return points


def _trimmed(source: Source, id: int) -> Floats:
    basis, first, second, sense, *master = [*source.args(id), None]
    curve = reference(basis, "curve")
    kind = source.class_of(curve)
    by_point = master[0] == "CARTESIAN"
    if kind in ("IFCCIRCLE", "IFCELLIPSE"):
        return _trimmed_conic(source, curve, _trim(first, by_point), _trim(second, by_point), bool(sense))
    if kind == "IFCLINE":
        return _trimmed_line(source, curve, _trim(first, by_point), _trim(second, by_point))
    if kind == "IFCPOLYLINE":
        found = _cut(path_of(source, curve), _polyline_parameter(first), _polyline_parameter(second))
        return found if sense else found[::-1]
    raise Refused(f"trimmed:{kind or 'missing'}")


def _trim(selection: Any, by_point: bool) -> Any:
    """The trim that counts: the parameter, unless points are the master or there is no parameter."""
    points = [one for one in selection if isinstance(one, Ref)]
    parameters = [one.value for one in selection if isinstance(one, Typed) and one.name == "IFCPARAMETERVALUE"]
    order = [*points, *parameters] if by_point else [*parameters, *points]
    if not order:
        raise Refused("trim:empty")
    return order[0]


def _polyline_parameter(selection: Any) -> float:
    found = _trim(selection, False)
    if isinstance(found, Ref):
        raise Refused("trim:polyline-by-point")
    return float(found)


def _trimmed_conic(source: Source, id: int, first: Any, second: Any, sense: bool) -> Floats:
    conic = _conic(source, id)
    begin, end = (_angle(source, conic, one) for one in (first, second))
    full = 2 * math.pi
    turn = (end - begin) % full if sense else -((begin - end) % full)
    if abs(turn) < 1e-9:
        turn = full if sense else -full
    steps = arc_steps(max(conic[1:]), turn, source.sagitta, full=abs(abs(turn) - full) < 1e-9)
    points = _along_conic(conic, begin + np.linspace(0.0, turn, steps + 1))
    if abs(abs(turn) - full) < 1e-9:
        points[-1] = points[0]
    return points


def _angle(source: Source, conic: tuple[Floats, float, float], trim: Any) -> float:
    if not isinstance(trim, Ref):
        return float(trim) * source.angle_rad
    frame, a, b = conic
    local = source.point(trim) - frame[:3, 3]
    return math.atan2(float(local @ frame[:3, 1]) / b, float(local @ frame[:3, 0]) / a)


def _trimmed_line(source: Source, id: int, first: Any, second: Any) -> Floats:
    origin, vector = source.args(id)[:2]
    direction, magnitude = source.args(reference(vector, "vector"))[:2]
    start, step = source.point(origin), source.direction(direction) * float(magnitude)
    return np.array([source.point(t) if isinstance(t, Ref) else start + step * float(t) for t in (first, second)])


def _cut(points: Floats, begin: float, end: float) -> Floats:
    """The part of a polyline between two parameters, which count its segments."""
    begin, end = max(0.0, min(begin, end)), min(len(points) - 1.0, max(begin, end))
    inner = points[math.floor(begin) + 1:math.ceil(end)]
    return np.vstack([_at(points, begin), inner, _at(points, end)])


def _at(points: Floats, t: float) -> Floats:
    row = min(int(t), len(points) - 2)
    return np.asarray(points[row] + (points[row + 1] - points[row]) * (t - row))


def _spline(source: Source, id: int) -> Floats:
    args = source.args(id)
    control = source.points([reference(one, "point") for one in args[1]])
    weights = np.array(args[8], dtype=np.float64) if len(args) > 8 and args[8] else None
    if len(args) < 7:
        raise Refused("curve:spline-without-knots")
    knots = np.repeat(np.array(args[6], dtype=np.float64), np.array(args[5], dtype=np.int64))
    return bspline(int(args[0]), control, knots, weights, source.sagitta)


def _on_surface(source: Source, id: int) -> Floats:
    return path_of(source, reference(source.args(id)[0], "curve"))


def _without_repeats(points: Floats, precision: float) -> Floats:
    if len(points) < 2:
        return points
    keep = np.concatenate([[True], np.linalg.norm(np.diff(points, axis=0), axis=1) > precision])
    return np.asarray(points[keep])


def _returns(source: Source, points: Floats) -> bool:
    return len(points) > 3 and bool(np.linalg.norm(points[0] - points[-1]) <= 10 * source.precision)


_BUILDERS: dict[str, Callable[[Source, int], Floats]] = {
    "IFCPOLYLINE": _polyline, "IFCINDEXEDPOLYCURVE": _indexed, "IFCCOMPOSITECURVE": _composite, "IFC2DCOMPOSITECURVE": _composite,
    "IFCCIRCLE": _full_conic, "IFCELLIPSE": _full_conic, "IFCTRIMMEDCURVE": _trimmed, "IFCBSPLINECURVEWITHKNOTS": _spline,
    "IFCRATIONALBSPLINECURVEWITHKNOTS": _spline, "IFCSURFACECURVE": _on_surface, "IFCSEAMCURVE": _on_surface,
    "IFCINTERSECTIONCURVE": _on_surface, "IFCGRADIENTCURVE": _along_alignment, "IFCSEGMENTEDREFERENCECURVE": _along_alignment,
    "IFCOFFSETCURVEBYDISTANCES": _along_alignment,
}
