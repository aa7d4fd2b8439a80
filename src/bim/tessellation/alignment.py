"""Alignment curves: horizontal lines, arcs and clothoids under vertical lines, arcs and parabolas, evaluated at many stations at once.

Lines, circular arcs and clothoids all have a curvature that is linear in arc length, so that one Gauss-Legendre rule gives
the position on any of them: x(s) = integral of cos(a t + b t^2 / 2), y(s) of the sine.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from bim.tessellation.body import Refused
from bim.tessellation.instances import Ref, Typed
from bim.tessellation.source import reference

if TYPE_CHECKING:
    from bim.tessellation.source import Source

Floats = NDArray[np.float64]
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(24)
_END_SLACK = 1e-3
_TURN_PER_PIECE = 1.0


@dataclass(frozen=True, slots=True)
class Stations:
    """A curve at given distances along it.

    Attributes:
        points: (n, 3).
        along, left, up: (n, 3) unit vectors: the tangent with its grade, the horizontal to the left, and the third.
        bend: (n,) largest curvature there, horizontal or vertical, 1 / length unit.
    """

    points: Floats
    along: Floats
    left: Floats
    up: Floats
    bend: Floats


@dataclass(frozen=True, slots=True)
class Horizontal:
    """Segments in plan: start point, heading and curvature k + rate * s of each, and the distance where it begins."""

    begin: Floats
    origin: Floats
    heading: Floats
    curvature: Floats
    rate: Floats
    length: float

    def at(self, distance: Floats) -> tuple[Floats, Floats, Floats]:
        """((n, 2) points, (n,) headings in radians, (n,) curvatures) at distances along."""
        row = np.clip(np.searchsorted(self.begin, distance, side="right") - 1, 0, len(self.begin) - 1)
        s = distance - self.begin[row]
        k, rate, heading = self.curvature[row], self.rate[row], self.heading[row]
        turned = np.abs(k * s) + np.abs(rate) * s * s / 2
        pieces = max(1, math.ceil(float(turned.max(initial=0.0)) / _TURN_PER_PIECE))
        points = self.origin[row].copy()
        for piece in range(pieces):
            low, width = s * piece / pieces, s / pieces
            t = low[:, None] + width[:, None] * (_NODES + 1) / 2
            angle = heading[:, None] + k[:, None] * t + rate[:, None] * t * t / 2
            points += np.column_stack([np.cos(angle) @ _WEIGHTS, np.sin(angle) @ _WEIGHTS]) * (width / 2)[:, None]
        return points, heading + k * s + rate * s * s / 2, k + rate * s


@dataclass(frozen=True, slots=True)
class Vertical:
    """Segments of the profile: distance where each begins, height and slope angle there, and its form.

    `kind` 0 is a line, 1 a circle of `curvature` (positive: a sag), 2 a parabola whose second derivative is `curvature`.
    """

    begin: Floats
    height: Floats
    angle: Floats
    curvature: Floats
    kind: NDArray[np.int64]

    def at(self, distance: Floats) -> tuple[Floats, Floats, Floats]:
        """(heights, grades, curvatures), each (n,), at distances along the horizontal."""
        row = np.clip(np.searchsorted(self.begin, distance, side="right") - 1, 0, len(self.begin) - 1)
        d, angle, k, kind = distance - self.begin[row], self.angle[row], self.curvature[row], self.kind[row]
        grade = np.tan(angle)
        height = self.height[row] + grade * d
        slope = grade.copy()
        parabola = kind == 2
        height[parabola] += k[parabola] * d[parabola] ** 2 / 2
        slope[parabola] += k[parabola] * d[parabola]
        arc = kind == 1
        sine = np.sin(angle[arc]) + k[arc] * d[arc]
        if (np.abs(sine) >= 1).any():
            raise Refused("alignment:beyond-arc")
        turned = np.arcsin(sine)
        height[arc] = self.height[row][arc] + (np.cos(angle[arc]) - np.cos(turned)) / k[arc]
        slope[arc] = np.tan(turned)
        return height, slope, np.where(kind == 0, 0.0, np.abs(k))


@dataclass(frozen=True, slots=True)
class Alignment:
    """A curve in space by its plan and its profile, or by the points of a polyline."""

    horizontal: Horizontal
    vertical: Vertical | None

    def at(self, distance: Sequence[float] | Floats) -> Stations:
        """The curve at distances along its plan, in the file's length unit.

        Raises:
            Refused: beyond its ends, or malformed.
        """
        d = np.asarray(distance, dtype=np.float64)
        last = self.horizontal.length
        if d.size and (not np.isfinite(d).all() or d.min() < -_END_SLACK or d.max() > last + _END_SLACK):
            raise Refused("alignment:beyond-end")
        d = np.clip(d, 0.0, last)
        plan, heading, bend = self.horizontal.at(d)
        height, grade, arch = (np.zeros(len(d)),) * 3 if self.vertical is None else self.vertical.at(d)
        along = np.column_stack([np.cos(heading), np.sin(heading), grade]) / np.sqrt(1 + grade * grade)[:, None]
        left = np.column_stack([-np.sin(heading), np.cos(heading), np.zeros(len(d))])
        return Stations(np.column_stack([plan, height]), along, left, np.cross(along, left), np.maximum(np.abs(bend), arch))

    def breaks(self) -> Floats:
        """Distances where a segment of plan or profile begins."""
        more = [] if self.vertical is None else [self.vertical.begin]
        return np.unique(np.concatenate([self.horizontal.begin, *more]))


def alignment_of(source: Source, id: int) -> Alignment:
    """The alignment of an IfcGradientCurve, or of an IfcCompositeCurve of curve segments; made once.

    Raises:
        Refused: another curve, cant, or a segment that is not built here.
    """
    known = source.cache.setdefault("alignments", {})
    if id not in known:
        known[id] = _made(source, id)
    found: Alignment = known[id]
    return found


def _made(source: Source, id: int) -> Alignment:
    kind, args = source.class_of(id), source.args(id)
    if kind == "IFCGRADIENTCURVE":
        base = reference(args[2], "curve")
        if source.class_of(base) != "IFCCOMPOSITECURVE":
            raise Refused(f"alignment:{source.class_of(base) or 'missing'}")
        return Alignment(_horizontal(source, source.args(base)[0]), _vertical(source, args[0]))
    if kind == "IFCCOMPOSITECURVE":
        return Alignment(_horizontal(source, args[0]), None)
    raise Refused(f"alignment:{kind or 'missing'}")


def _horizontal(source: Source, segments: Any) -> Horizontal:
    rows = [_plan_segment(source, segment) for segment in segments or []]
    rows = [row for row in rows if row[-1] > 0]
    if not rows:
        raise Refused("alignment:empty")
    table = np.array(rows)
    begin = np.concatenate([[0.0], np.cumsum(table[:-1, 5])])
    return Horizontal(begin, table[:, :2], table[:, 2], table[:, 3], table[:, 4], float(table[:, 5].sum()))


def _plan_segment(source: Source, id: int) -> tuple[float, float, float, float, float, float]:
    """x, y, heading, curvature, its rate and the length of a segment of the plan."""
    placement, start, length, parent = _segment(source, id)
    sign = 1.0 if length >= 0 else -1.0
    kind, args = source.class_of(parent), source.args(parent)
    curvature = rate = 0.0
    if kind == "IFCCIRCLE":
        curvature = sign / float(args[1])
    elif kind == "IFCCLOTHOID":
        constant = float(args[1])
        rate = 1.0 / (constant * abs(constant))
        curvature = sign * start * rate
    elif kind != "IFCLINE":
        raise Refused(f"alignment-segment:{kind or 'missing'}")
    return placement[0, 3], placement[1, 3], math.atan2(placement[1, 0], placement[0, 0]), curvature, rate, abs(length)


def _vertical(source: Source, segments: Any) -> Vertical:
    rows = [row for segment in segments or [] if (row := _profile_segment(source, segment)) is not None]
    if not rows:
        raise Refused("alignment:empty")
    table = np.array(sorted(rows))
    return Vertical(table[:, 0], table[:, 1], table[:, 2], table[:, 3], table[:, 4].astype(np.int64))


def _profile_segment(source: Source, id: int) -> tuple[float, float, float, float, float] | None:
    """Distance, height, slope angle, curvature and form of a segment of the profile; None for the closing one of no length."""
    placement, start, length, parent = _segment(source, id)
    if abs(length) < 1e-9:
        return None
    angle = math.atan2(placement[1, 0], placement[0, 0])
    kind, args = source.class_of(parent), source.args(parent)
    where = float(placement[0, 3]), float(placement[1, 3]), angle
    if kind == "IFCLINE":
        return *where, 0.0, 0.0
    if kind == "IFCCIRCLE":
        return *where, (1.0 if length >= 0 else -1.0) / float(args[1]), 1.0
    if kind == "IFCPOLYNOMIALCURVE":
        return *where, _second_derivative(args, start, math.tan(angle)), 2.0
    raise Refused(f"profile-segment:{kind or 'missing'}")


def _second_derivative(args: list[Any], start: float, grade: float) -> float:
    """Of y = c0 + c1 x + c2 x^2, whose tangent at `start` must be that of the placement."""
    x, y = args[1], args[2]
    plain = isinstance(x, list) and isinstance(y, list) and [float(v) for v in x] == [0.0, 1.0] and len(y) == 3
    if not plain or abs(float(y[1]) + 2 * float(y[2]) * start - grade) > 1e-6:
        raise Refused("profile-segment:polynomial")
    return 2.0 * float(y[2])


def _segment(source: Source, id: int) -> tuple[Floats, float, float, int]:
    """Placement (4, 4), start, length and parent curve of an IfcCurveSegment."""
    if source.class_of(id) != "IFCCURVESEGMENT":
        raise Refused(f"alignment-segment:{source.class_of(id) or 'missing'}")
    _transition, placement, start, length, parent = source.args(id)[:5]
    return source.axes(reference(placement, "placement")), _measure(start), _measure(length), reference(parent, "curve")


def _measure(value: Any) -> float:
    if isinstance(value, Typed):
        if value.name == "IFCPARAMETERVALUE":
            raise Refused("alignment:parameter")
        value = value.value
    if not isinstance(value, int | float):
        raise Refused("alignment:measure")
    return float(value)


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
    return LinearPoint(reference(curve, "curve"), _measure(distance), left, up, along)


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
        except (Refused, TypeError, ValueError, IndexError):
            continue
        by_curve.setdefault(point.curve, []).append((id, point))
    found: dict[int, Floats] = {}
    for curve, located in by_curve.items():
        try:
            at = alignment_of(source, curve).at([point.distance for _, point in located])
            for row, (id, point) in enumerate(located):
                found[id] = _turned(source, id, point, at, row)
        except (Refused, TypeError, ValueError, IndexError):
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
    if not isinstance(axis, Ref) and not isinstance(ref, Ref):
        matrix = np.eye(4)
        matrix[:3, 0], matrix[:3, 1], matrix[:3, 2], matrix[:3, 3] = along, left, up, origin
        return matrix
    z = source.direction(axis) if isinstance(axis, Ref) else up
    return frame(origin, z, source.direction(ref) if isinstance(ref, Ref) else along)
