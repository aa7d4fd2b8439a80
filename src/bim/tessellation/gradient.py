"""Profiles of alignments: heights over the distance along the plan."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from bim.tessellation.body import Refused
from bim.tessellation.segments import Segment, segments_of
from bim.tessellation.transitions import Graph, Laws

if TYPE_CHECKING:
    from bim.tessellation.source import Source

Floats = NDArray[np.float64]
LINE, ARC, PARABOLA, OTHER = range(4)
_NEWTON = 40
_NO_LENGTH = 1e-9


class Form(Protocol):
    """A segment of a profile that is neither line, arc nor parabola."""

    def at(self, d: Floats) -> tuple[Floats, Floats, Floats]:
        """Heights above its first point, grades and curvatures at horizontal distances from it."""
        ...


@dataclass(frozen=True, slots=True)
class Turned:
    """A polynomial from x0, turned about that point by `tilt` radians."""

    graph: Graph
    x0: float
    tilt: float

    def at(self, d: Floats) -> tuple[Floats, Floats, Floats]:
        """See `Form`."""
        return self.graph.over(self.x0, self.tilt, d)


@dataclass(frozen=True, slots=True)
class Bent:
    """A curve by its curvature that leaves at `angle`; the arc length over a distance is found by Newton."""

    laws: Laws
    angle: float

    def at(self, d: Floats) -> tuple[Floats, Floats, Floats]:
        """See `Form`."""
        row, angle = np.zeros(len(d), np.int64), np.full(len(d), self.angle)
        s = d / math.cos(self.angle)
        for _ in range(_NEWTON):
            way, steep = self.laws.moved(row, s, angle), angle + self.laws.turned(row, s)
            if (np.abs(steep) >= math.pi / 2).any():
                raise Refused("alignment:beyond-arc")
            step = (way[:, 0] - d) / np.cos(steep)
            s = s - step
            if np.abs(step).max(initial=0.0) < 1e-11 * (1.0 + float(np.abs(d).max(initial=0.0))):
                return way[:, 1], np.tan(steep), self.laws.curvature(row, s)
        raise Refused("profile-segment:steep")


@dataclass(frozen=True, slots=True)
class Vertical:
    """Segments of the profile: distance where each begins, height and slope angle there, and its form.

    Attributes:
        curvature: of an arc (positive: a sag), or the second derivative of a parabola.
        kind: LINE, ARC, PARABOLA or OTHER.
        others: row -> form of those that are OTHER.
        end: distance beyond which the last one surely does not reach.
    """

    begin: Floats
    height: Floats
    angle: Floats
    curvature: Floats
    kind: NDArray[np.int64]
    others: Mapping[int, Form] = field(default_factory=dict)
    end: float = math.inf

    def at(self, distance: Floats, *, ahead: bool = False) -> tuple[Floats, Floats, Floats]:
        """(heights, grades, curvatures), each (n,), at distances along the plan; where two segments meet, of the one behind."""
        row = rows(self.begin, distance, ahead=ahead)
        d, angle, k, kind = distance - self.begin[row], self.angle[row], self.curvature[row], self.kind[row]
        grade = np.tan(angle)
        height = self.height[row] + grade * d
        slope = grade.copy()
        parabola = kind == PARABOLA
        height[parabola] += k[parabola] * d[parabola] ** 2 / 2
        slope[parabola] += k[parabola] * d[parabola]
        arc = kind == ARC
        sine = np.sin(angle[arc]) + k[arc] * d[arc]
        if (np.abs(sine) >= 1).any():
            raise Refused("alignment:beyond-arc")
        turned = np.arcsin(sine)
        height[arc] = self.height[row][arc] + (np.cos(angle[arc]) - np.cos(turned)) / k[arc]
        slope[arc] = np.tan(turned)
        bend = np.where(kind == LINE, 0.0, np.abs(k))
        for other, form in self.others.items():
            at = row == other
            if at.any():
                rise, slope[at], curved = form.at(d[at])
                height[at], bend[at] = self.height[other] + rise, np.abs(curved)
        return height, slope, bend


def rows(begin: Floats, distance: Floats, *, ahead: bool = False) -> NDArray[np.int64]:
    """(n,) index of the segment that governs at each distance: where two meet the one behind, unless `ahead`."""
    found = np.searchsorted(begin, distance, side="right" if ahead else "left") - 1
    return np.clip(found, 0, len(begin) - 1).astype(np.int64)


def vertical_of(source: Source, ids: Any) -> Vertical:
    """The profile of an IfcGradientCurve's segments. Raises Refused."""
    segments = sorted(segments_of(source, ids), key=lambda one: (one.placement[0, 3], abs(one.length) < _NO_LENGTH))
    long = [one for one in segments if abs(one.length) >= _NO_LENGTH]
    if not long:
        raise Refused("alignment:empty")
    end = max(segments[-1].placement[0, 3], long[-1].placement[0, 3] + abs(long[-1].length))
    forms = [_form(one) for one in long]
    table = np.array([[one.placement[0, 3], one.placement[1, 3], one.heading] for one in long])
    if (np.abs(table[:, 2]) >= math.pi / 2).any():
        raise Refused("profile-segment:backwards")
    return Vertical(table[:, 0], table[:, 1], table[:, 2], np.array([form[1] for form in forms]),
                    np.array([form[0] for form in forms], dtype=np.int64),
                    {row: form[2] for row, form in enumerate(forms) if form[2] is not None}, float(end))


def _form(segment: Segment) -> tuple[int, float, Form | None]:
    """Kind, curvature and form of a segment."""
    if segment.kind == "IFCLINE":
        return LINE, 0.0, None
    if segment.kind == "IFCCIRCLE":
        return ARC, (1.0 if segment.length >= 0 else -1.0) / float(segment.args[1]), None
    if segment.kind == "IFCPOLYNOMIALCURVE":
        graph = segment.graph()
        tilt = segment.heading - math.atan(graph.slope(segment.start))
        if len(graph.terms) <= 3 and abs(tilt) < 1e-7:
            return PARABOLA, 2.0 * (*graph.terms, 0.0, 0.0, 0.0)[2], None
        return OTHER, 0.0, Turned(graph, segment.start, tilt if abs(tilt) >= 1e-7 else 0.0)
    law = segment.law() if segment.other is None else None
    if law is None:
        raise Refused(f"profile-segment:{segment.kind or 'missing'}")
    return OTHER, 0.0, Bent(Laws.of([law]), segment.heading)
