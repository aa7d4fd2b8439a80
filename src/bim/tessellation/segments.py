"""Segments of alignment curves: placement, beginning and length on the parent curve, whatever measure they are written in."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from bim.tessellation.body import Refused
from bim.tessellation.instances import Typed
from bim.tessellation.source import reference
from bim.tessellation.transitions import SPIRALS, Graph, Law, law_of

if TYPE_CHECKING:
    from bim.tessellation.source import Source

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Segment:
    """An IfcCurveSegment.

    Attributes:
        placement: (4, 4) of its first point.
        start: arc length on the parent where it begins.
        length: arc length, negative where it runs against its parent.
        kind, args: class and attributes of the parent curve.
        other: start and length by the other reading, where parameters of a spiral may also be arc lengths.
        abscissas: start and length count along the x axis of a polynomial curve, not along the curve.
    """

    placement: Floats
    start: float
    length: float
    kind: str
    args: list[Any]
    other: tuple[float, float] | None = None
    abscissas: bool = False

    @property
    def heading(self) -> float:
        """Direction of its first point in its plane, radians."""
        return math.atan2(self.placement[1, 0], self.placement[0, 0])

    def law(self) -> Law | None:
        """Its curvature by the distance from its first point; None for a polynomial curve.

        Raises:
            Refused: a class of curve that no alignment is made of.
        """
        sense = 1.0 if self.length >= 0 else -1.0
        law = law_of(self.kind, self.args, abs(self.length))
        if law is None and self.kind != "IFCPOLYNOMIALCURVE":
            raise Refused(f"alignment-segment:{self.kind or 'missing'}")
        if law is not None and law.amplitude and self.start:
            raise Refused("alignment-segment:part-of-a-wave")
        return None if law is None else law.from_point(self.start if len(law.terms) > 1 else 0.0, sense)

    def graph(self) -> Graph:
        """Its polynomial curve. Raises Refused: x is not the parameter itself."""
        x, y = self.args[1], self.args[2]
        if not isinstance(x, list) or not isinstance(y, list) or not y or [float(one) for one in x] != [0.0, 1.0]:
            raise Refused("alignment-segment:polynomial")
        return Graph(tuple(float(one) for one in y))


def segments_of(source: Source, ids: Any) -> list[Segment]:
    """All segments of an alignment curve, those of no length included. Raises Refused."""
    found = [_segment(source, reference(id, "segment")) for id in ids or []]
    if not found:
        raise Refused("alignment:empty")
    return found


def _segment(source: Source, id: int) -> Segment:
    if source.class_of(id) != "IFCCURVESEGMENT":
        raise Refused(f"alignment-segment:{source.class_of(id) or 'missing'}")
    _transition, placement, start, length, parent = source.args(id)[:5]
    curve = reference(parent, "curve")
    kind, args = source.class_of(curve), source.args(curve)
    starts, lengths = _lengths(source, kind, args, start), _lengths(source, kind, args, length)
    other = (starts[-1], lengths[-1]) if len(starts) + len(lengths) > 2 else None
    parametric = any(isinstance(one, Typed) and one.name == "IFCPARAMETERVALUE" for one in (start, length))
    return Segment(source.axes(reference(placement, "placement")), starts[0], lengths[0], kind, args, other,
                   parametric and kind == "IFCPOLYNOMIALCURVE")


def read(segments: list[Segment], meets: Callable[[Segment, Segment], bool]) -> list[Segment]:
    """Segments of which none is ambiguous: of two readings the one by which those that have a following one meet it.

    Raises:
        Refused: `alignment:parameter`: neither does, or both do.
    """
    if not any(one.other for one in segments):
        return segments
    agree = [[one.other is None or meets(reading, after) for one, reading, after in zip(segments, readings, segments[1:], strict=False)]
             for readings in (segments, [_otherwise(one) for one in segments])]
    stated, otherwise = (all(one) for one in agree)
    if stated == otherwise:
        raise Refused("alignment:parameter")
    return [replace(one if stated else _otherwise(one), other=None) for one in segments]


def _otherwise(segment: Segment) -> Segment:
    if segment.other is None:
        return segment
    return replace(segment, start=segment.other[0], length=segment.other[1])


def measure(value: Any) -> float:
    """A length, typed or plain. Raises Refused: a parameter value."""
    if isinstance(value, Typed):
        if value.name == "IFCPARAMETERVALUE":
            raise Refused("alignment:parameter")
        value = value.value
    if not isinstance(value, int | float) or isinstance(value, bool) or not math.isfinite(value):
        raise Refused("alignment:measure")
    return float(value)


def _lengths(source: Source, kind: str, args: list[Any], value: Any) -> tuple[float, ...]:
    """Arc lengths that a measure of a parent curve may mean (ISO 16739-1 gives the parameter of each curve).

    The parameter of a line counts its vector, that of a circle is an angle, that of a clothoid counts |A| sqrt(pi); exporters are
    met that write the arc length of a clothoid as its parameter, so that both are given.
    """
    if not isinstance(value, Typed) or value.name != "IFCPARAMETERVALUE":
        return (measure(value),)
    number = float(value.value)
    if not number:
        return (0.0,)
    if kind == "IFCLINE":
        return (number * float(source.args(reference(args[1], "vector"))[1]),)
    if kind == "IFCCIRCLE":
        return (number * source.angle_rad * float(args[1]),)
    if kind == "IFCCLOTHOID":
        return number * abs(float(args[1])) * math.sqrt(math.pi), number
    if kind in SPIRALS or kind == "IFCPOLYNOMIALCURVE":
        return (number,)
    raise Refused("alignment:parameter")
