"""Alignment curves of IFC4X1 to IFC4X3_RC1, whose plan and profile have segments of their own, as gradient curves of IFC 4.3.

By the definitions of IfcAlignment2DHorizontalSegment, IfcCurveSegment2D, IfcTransitionCurveSegment2D and
IfcAlignment2DVerticalSegment (IFC4x1): radii with their sense are signed curvatures, positive to the left and in a sag; the
constant of a parabola is its radius at the vertex, so that the second derivative is its inverse.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from typing import Protocol

from bim.dialects.values import kind, split

Values = dict[str, bytes]
SOURCES = ("IfcAlignmentCurve",)
TAKEN_UP = (
    "IfcAlignment2DHorizontal", "IfcAlignment2DHorizontalSegment", "IfcAlignment2DVerSegCircularArc", "IfcAlignment2DVerSegLine",
    "IfcAlignment2DVerSegParabolicArc", "IfcAlignment2DVertical", "IfcCircularArcSegment2D", "IfcLineSegment2D",
    "IfcTransitionCurveSegment2D",
)
_PLAN = ("IfcLineSegment2D", "IfcCircularArcSegment2D", "IfcTransitionCurveSegment2D")
_PROFILE = ("IfcAlignment2DVerSegLine", "IfcAlignment2DVerSegCircularArc", "IfcAlignment2DVerSegParabolicArc")
LOOKED_UP = (*(name.upper() for name in TAKEN_UP), "IFCCARTESIANPOINT", "IFCCONVERSIONBASEDUNIT", "IFCMEASUREWITHUNIT", "IFCSIUNIT",
             "IFCUNITASSIGNMENT")

_PREFIXES = {b".MILLI.": 1e-3, b".CENTI.": 1e-2, b".MICRO.": 1e-6, b".DECI.": 0.1}
_TYPED = re.compile(rb"[A-Z0-9_]+\s*\(\s*([^()]*)\)", re.IGNORECASE)
_STRAIGHT = 1e-12
_SIMPSON = 64


class Instance(Protocol):
    """An instance as text."""

    @property
    def name(self) -> str:
        """Upper-case class."""
        ...

    @property
    def values(self) -> list[bytes]:
        """Its values."""
        ...


class Context(Protocol):
    """The instances of a file, and those that are added; what `bim.dialects.recipes` gives."""

    @property
    def instances(self) -> Mapping[int, Instance]:
        """Those that were looked up."""
        ...

    def at(self, reference: bytes) -> Instance | None:
        """The one that a value refers to."""
        ...

    def add(self, name: str, *values: bytes) -> bytes:
        """A new one; a reference to it."""
        ...


def alignment_curve(instance: Instance, context: Context) -> tuple[str, Values] | None:
    """The gradient curve, or without a profile the plan alone; None where a segment is not one of these."""
    try:
        plan, profile = [*instance.values, b"$"][:2]
        start, segments = _horizontal(context, plan)
        if not kind(profile):
            return "IfcCompositeCurve", {"Segments": _list(segments), "SelfIntersect": b".F."}
        vertical = _one(context, profile, "IfcAlignment2DVertical")
        heights = [_vertical(context, one, start) for one in _references(vertical.values[0])]
    except (ValueError, IndexError, ZeroDivisionError, OverflowError):
        return None
    base = context.add("IfcCompositeCurve", _list(segments), b".F.")
    return "IfcGradientCurve", {"Segments": _list(heights), "SelfIntersect": b".F.", "BaseCurve": base}


def number(value: float) -> bytes:
    """A finite number as STEP writes it. Raises ValueError."""
    if not math.isfinite(value):
        raise ValueError(value)
    mantissa, mark, exponent = f"{float(value)!r}".partition("e")
    return ((mantissa if "." in mantissa else mantissa + ".") + (mark and "E" + exponent)).encode()


def _horizontal(context: Context, reference: bytes) -> tuple[float, list[bytes]]:
    """Distance at the beginning of a plan, and its segments in IFC 4.3."""
    plan = _one(context, reference, "IfcAlignment2DHorizontal")
    radians = _angle_unit(context)
    made: list[bytes] = []
    for one in _references(plan.values[1]):
        segment = _one(context, one, "IfcAlignment2DHorizontalSegment")
        made += _plan_segment(context, _one(context, segment.values[3], *_PLAN), radians)
    return _float(plan.values[0]) if kind(plan.values[0]) else 0.0, made


def _plan_segment(context: Context, geometry: Instance, radians: float) -> list[bytes]:
    point, direction, length_text, *own = geometry.values
    heading, length = _float(direction) * radians, _float(length_text)
    place = context.add("IfcAxis2Placement2D", point, _direction(context, heading))
    if geometry.name == "IFCLINESEGMENT2D":
        return [_segment(context, place, 0.0, length, _line(context))]
    if geometry.name == "IFCCIRCULARARCSEGMENT2D":
        return [_arc(context, place, length, _signed(own[0], own[1]))]
    first, last = _signed(own[0], own[2]), _signed(own[1], own[3])
    if abs(last - first) * length < _STRAIGHT:
        return [_arc(context, place, length, first)]
    form = own[4].strip(b".").decode("ascii", "replace").upper()
    if form == "BIQUADRATICPARABOLA":
        return _helmert(context, place, (point, heading), length, first, last)
    if form not in _TRANSITIONS:
        raise ValueError(form)
    return [_segment(context, place, *_TRANSITIONS[form](context, length, first, last))]


def _arc(context: Context, place: bytes, length: float, curvature: float) -> bytes:
    if abs(curvature) * length < _STRAIGHT:
        return _segment(context, place, 0.0, length, _line(context))
    circle = context.add("IfcCircle", _origin(context), number(1.0 / abs(curvature)))
    return _segment(context, place, 0.0, math.copysign(length, curvature), circle)


def _clothoid(context: Context, length: float, first: float, last: float) -> tuple[float, float, bytes]:
    rate = (last - first) / length
    constant = math.copysign(abs(rate) ** -0.5, rate)
    return first / rate, length, context.add("IfcClothoid", _origin(context), number(constant))


def _bloss(context: Context, length: float, first: float, last: float) -> tuple[float, float, bytes]:
    grown = last - first
    terms = _terms(first, 0.0, 3 * grown / length**2, -2 * grown / length**3)
    return 0.0, length, context.add("IfcThirdOrderPolynomialSpiral", _origin(context), *reversed(terms))


def _cosine(context: Context, length: float, first: float, last: float) -> tuple[float, float, bytes]:
    half = (last - first) / 2
    return 0.0, length, context.add("IfcCosineSpiral", _origin(context), number(-1.0 / half), *_terms(first + half))


def _sine(context: Context, length: float, first: float, last: float) -> tuple[float, float, bytes]:
    grown = last - first
    wave = number(-2 * math.pi / grown)
    return 0.0, length, context.add("IfcSineSpiral", _origin(context), wave, *reversed(_terms(first, grown / length)))


def _cubic(context: Context, length: float, first: float, last: float) -> tuple[float, float, bytes]:
    rate = (last - first) / length
    terms = _list([b"0.", b"0.", b"0.", number(rate / 6)])
    return first / rate, length, context.add("IfcPolynomialCurve", _origin(context), b"(0.,1.)", terms, b"$")


_TRANSITIONS: Mapping[str, Callable[[Context, float, float, float], tuple[float, float, bytes]]] = {
    "CLOTHOIDCURVE": _clothoid, "BLOSSCURVE": _bloss, "COSINECURVE": _cosine, "SINECURVE": _sine, "CUBICPARABOLA": _cubic,
}


def _helmert(context: Context, place: bytes, start: tuple[bytes, float], length: float, first: float, last: float) -> list[bytes]:
    """Two parabolas of curvature that meet half way."""
    grown, half = last - first, length / 2

    def turned(s: float) -> float:
        return first * s + 2 * grown * s**3 / (3 * length**2)

    point = _one(context, start[0], "IfcCartesianPoint")
    x, y = (_float(one) for one in split(point.values[0].strip()[1:-1])[:2])
    x += _integral(lambda s: math.cos(start[1] + turned(s)), half)
    y += _integral(lambda s: math.sin(start[1] + turned(s)), half)
    middle = context.add("IfcCartesianPoint", _list([number(x), number(y)]))
    there = context.add("IfcAxis2Placement2D", middle, _direction(context, start[1] + turned(half)))
    made = []
    for where, begin, terms in ((place, 0.0, _terms(first, 0.0, 2 * grown / length**2)),
                                (there, half, _terms(first - grown, 4 * grown / length, -2 * grown / length**2))):
        spiral = context.add("IfcSecondOrderPolynomialSpiral", _origin(context), *reversed(terms))
        made.append(_segment(context, where, begin, half, spiral))
    return made


def _vertical(context: Context, reference: bytes, start: float) -> bytes:
    segment = _one(context, reference, *_PROFILE)
    distance, length, height, grade = (_float(one) for one in segment.values[3:7])
    angle = math.atan(grade)
    point = context.add("IfcCartesianPoint", _list([number(distance - start), number(height)]))
    place = context.add("IfcAxis2Placement2D", point, _direction(context, angle))
    if segment.name == "IFCALIGNMENT2DVERSEGLINE":
        return _segment(context, place, 0.0, length / math.cos(angle), _line(context))
    curvature = _signed(segment.values[7], b".F." if segment.values[8].upper() == b".T." else b".T.")
    if segment.name == "IFCALIGNMENT2DVERSEGPARABOLICARC":
        curve = context.add("IfcPolynomialCurve", _origin(context), b"(0.,1.)", _list([b"0.", number(grade), number(curvature / 2)]), b"$")
        return _segment(context, place, 0.0, _integral(lambda d: math.hypot(1.0, grade + curvature * d), length), curve)
    return _arc(context, place, (math.asin(math.sin(angle) + curvature * length) - angle) / curvature, curvature)


def _signed(radius: bytes, left: bytes) -> float:
    """Curvature of a radius to the left or to the right; none is straight."""
    value = _float(radius) if kind(radius) else 0.0
    return math.copysign(1.0 / value, 1.0 if left.upper() == b".T." else -1.0) if value > 0 else 0.0


def _segment(context: Context, place: bytes, start: float, length: float, parent: bytes) -> bytes:
    return context.add("IfcCurveSegment", b".CONTINUOUS.", place, b"IFCLENGTHMEASURE(" + number(start) + b")",
                       b"IFCLENGTHMEASURE(" + number(length) + b")", parent)


def _terms(*coefficients: float) -> list[bytes]:
    """Terms of a polynomial spiral, lowest degree first: the length A with sign(A) / |A|^(n + 1) as its coefficient."""
    return [number(math.copysign(abs(one) ** (-1.0 / (degree + 1)), one)) if one else b"$" for degree, one in enumerate(coefficients)]


def _line(context: Context) -> bytes:
    point = context.add("IfcCartesianPoint", b"(0.,0.)")
    return context.add("IfcLine", point, context.add("IfcVector", context.add("IfcDirection", b"(1.,0.)"), b"1."))


def _origin(context: Context) -> bytes:
    return context.add("IfcAxis2Placement2D", context.add("IfcCartesianPoint", b"(0.,0.)"), b"$")


def _direction(context: Context, angle: float) -> bytes:
    return context.add("IfcDirection", _list([number(math.cos(angle)), number(math.sin(angle))]))


def _angle_unit(context: Context) -> float:
    """Radians in one plane angle unit of the project."""
    for assignment in context.instances.values():
        if assignment.name != "IFCUNITASSIGNMENT":
            continue
        for one in _references(assignment.values[0]):
            unit = context.at(one)
            if unit is not None and len(unit.values) > 3 and unit.values[1].upper() == b".PLANEANGLEUNIT.":
                return _radians(context, unit)
    return 1.0


def _radians(context: Context, unit: Instance) -> float:
    if unit.name == "IFCSIUNIT":
        return _PREFIXES.get(unit.values[2].upper(), 1.0)
    factor = _one(context, unit.values[3], "IfcMeasureWithUnit")
    typed, base = _TYPED.fullmatch(factor.values[0]), context.at(factor.values[1])
    return _float(typed[1] if typed else factor.values[0]) * (_radians(context, base) if base is not None else 1.0)


def _one(context: Context, reference: bytes, *names: str) -> Instance:
    """The instance of one of these classes. Raises ValueError."""
    found = context.at(reference)
    if found is None or found.name not in [name.upper() for name in names]:
        raise ValueError(reference)
    return found


def _references(value: bytes) -> list[bytes]:
    if kind(value) != "list":
        raise ValueError(value)
    return split(value.strip()[1:-1])


def _list(values: list[bytes]) -> bytes:
    return b"(" + b",".join(values) + b")"


def _float(value: bytes) -> float:
    typed = _TYPED.fullmatch(value)
    return float(typed[1] if typed else value)


def _integral(function: Callable[[float], float], end: float) -> float:
    """From 0 to `end`, by Simpson's rule."""
    step = end / _SIMPSON
    inner = sum((4 if k % 2 else 2) * function(k * step) for k in range(1, _SIMPSON))
    return (function(0.0) + inner + function(end)) * step / 3
