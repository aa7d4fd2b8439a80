"""Segments of alignment curves: placement, beginning and length on the parent curve, whatever measure they are written in."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from bim.tessellation.body import Refused
from bim.tessellation.instances import Ref, Typed
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
        starts: arc lengths on the parent where it may begin: one, unless a spiral is measured by a parameter.
        length: arc length, negative where it runs against its parent.
        kind, args: class and attributes of the parent curve.
    """

    placement: Floats
    starts: tuple[float, ...]
    length: float
    kind: str
    args: list[Any]

    @property
    def start(self) -> float:
        """Where it begins on its parent."""
        return self.starts[0]

    @property
    def heading(self) -> float:
        """Direction of its first point in its plane, radians."""
        return math.atan2(self.placement[1, 0], self.placement[0, 0])

    def law(self, start: float) -> Law | None:
        """Its curvature by the distance from its first point; None for a polynomial curve.

        Raises:
            Refused: a class of curve that no alignment is made of.
        """
        sense = 1.0 if self.length >= 0 else -1.0
        law = law_of(self.kind, self.args, abs(self.length))
        if law is None and self.kind != "IFCPOLYNOMIALCURVE":
            raise Refused(f"alignment-segment:{self.kind or 'missing'}")
        if law is not None and law.amplitude and start:
            raise Refused("alignment-segment:part-of-a-wave")
        return None if law is None else law.from_point(start if len(law.terms) > 1 else 0.0, sense)

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
    return Segment(source.axes(reference(placement, "placement")), _lengths(source, kind, args, start), _length(source, kind, args, length),
                   kind, args)


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

    The parameter of a line counts its vector, that of a circle is an angle, that of a clothoid counts |A| sqrt(pi); files are
    met that write the arc length of a spiral as a parameter, so that both are given.
    """
    if not isinstance(value, Typed) or value.name != "IFCPARAMETERVALUE":
        return (measure(value),)
    number = float(value.value)
    if not number:
        return (0.0,)
    if kind == "IFCLINE":
        vector = args[1]
        return (number * float(source.args(vector)[1]),) if isinstance(vector, Ref) else ()
    if kind == "IFCCIRCLE":
        return (number * source.angle_rad * float(args[1]),)
    if kind == "IFCCLOTHOID":
        return number * abs(float(args[1])) * math.sqrt(math.pi), number
    if kind in SPIRALS:
        return (number,)
    raise Refused("alignment:parameter")


def _length(source: Source, kind: str, args: list[Any], value: Any) -> float:
    found = _lengths(source, kind, args, value)
    if len(found) != 1:
        raise Refused("alignment:parameter")
    return found[0]
