"""Plans of alignments: points, headings and curvatures over the distance along them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from bim.tessellation.body import Refused
from bim.tessellation.gradient import rows
from bim.tessellation.instances import Typed
from bim.tessellation.segments import Segment, read, segments_of
from bim.tessellation.source import reference
from bim.tessellation.transitions import Graph, Law, Laws

if TYPE_CHECKING:
    from bim.tessellation.source import Source

Floats = NDArray[np.float64]
_MEET_M = 0.01


@dataclass(frozen=True, slots=True)
class Horizontal:
    """Segments in plan: where each begins along it, its first point and heading, and its curvature.

    Attributes:
        begin: (m,) distances; origin: (m, 2); heading: (m,) radians.
        laws: curvature of each segment by the distance from its first point.
        length: of all.
        graphs: row -> polynomial curve, arc length on it where the segment begins; those have no law.
    """

    begin: Floats
    origin: Floats
    heading: Floats
    laws: Laws
    length: float
    graphs: Mapping[int, tuple[Graph, float]] = field(default_factory=dict)

    def at(self, distance: Floats, *, ahead: bool = False) -> tuple[Floats, Floats, Floats]:
        """((n, 2) points, (n,) headings in radians, (n,) curvatures) at distances along; where two segments meet, of the one behind."""
        row = rows(self.begin, distance, ahead=ahead)
        s, heading = distance - self.begin[row], self.heading[row]
        points = self.origin[row] + self.laws.moved(row, s, heading)
        angle, bend = heading + self.laws.turned(row, s), self.laws.curvature(row, s)
        for other, (graph, start) in self.graphs.items():
            at = row == other
            if at.any():
                way, turned, bend[at] = graph.at(start, s[at])
                c, n = math.cos(self.heading[other]), math.sin(self.heading[other])
                points[at] = self.origin[other] + way @ np.array([[c, n], [-n, c]])
                angle[at] = self.heading[other] + turned
        return points, angle, bend


def horizontal_of(source: Source, ids: Any) -> Horizontal:
    """The plan of an IfcCompositeCurve's segments. Raises Refused."""
    near = _MEET_M / source.length_m
    segments = [one for one in read(segments_of(source, ids), lambda one, after: _meets(one, after, near)) if abs(one.length) > 0]
    if not segments:
        raise Refused("alignment:empty")
    laws = [one.law() for one in segments]
    graphs = {row: (_graph(one), one.start) for row, one in enumerate(segments) if laws[row] is None}
    lengths = np.array([abs(one.length) for one in segments])
    return Horizontal(np.concatenate([[0.0], np.cumsum(lengths[:-1])]), np.array([one.placement[:2, 3] for one in segments]),
                      np.array([one.heading for one in segments]), Laws.of([law or Law() for law in laws]), float(lengths.sum()), graphs)


def _graph(segment: Segment) -> Graph:
    if segment.length < 0 or segment.abscissas:
        raise Refused("alignment-segment:polynomial")
    return segment.graph()


def _meets(segment: Segment, after: Segment, near: float) -> bool:
    """Whether a segment ends where the next one begins."""
    law = segment.law()
    if law is None:
        return True
    row, s = np.zeros(1, np.int64), np.array([abs(segment.length)])
    try:
        end = segment.placement[:2, 3] + Laws.of([law]).moved(row, s, np.array([segment.heading]))[0]
    except Refused:
        return False
    return math.dist(end, after.placement[:2, 3]) < near


def indexed_plan(source: Source, id: int) -> Horizontal | None:
    """The plan of an IfcIndexedPolyCurve with arcs whose points lie in the plane z = 0; None for another one. Raises Refused."""
    listed, segments = [*source.args(id), None, None][:2]
    points = source.point_list(reference(listed, "points"))
    if not segments or not any(isinstance(one, Typed) and one.name == "IFCARCINDEX" for one in segments):
        return None
    if points.shape[1] == 3 and points[:, 2].any():
        raise Refused("alignment:arc-in-space")
    pieces = [piece for one in segments for piece in _pieces(points[:, :2], one)]
    lengths = np.array([piece[3] for piece in pieces])
    if not lengths.all():
        raise Refused("curve:no-length")
    return Horizontal(np.concatenate([[0.0], np.cumsum(lengths[:-1])]), np.array([piece[0] for piece in pieces]),
                      np.array([piece[1] for piece in pieces]), Laws.of([Law((piece[2],)) for piece in pieces]), float(lengths.sum()))


def _pieces(points: Floats, segment: Any) -> list[tuple[Floats, float, float, float]]:
    """First point, heading, curvature and length of the lines or the arc of an index."""
    if not isinstance(segment, Typed):
        raise Refused("curve:segment")
    index = np.array(segment.value, dtype=np.int64) - 1
    if index.min() < 0 or index.max() >= len(points):
        raise Refused("curve:index")
    corners = points[index]
    if segment.name == "IFCARCINDEX" and (arc := _arc(corners)) is not None:
        return [arc]
    steps = np.diff(corners[[0, 2]] if segment.name == "IFCARCINDEX" else corners, axis=0)
    return [(corner, math.atan2(step[1], step[0]), 0.0, math.hypot(*step)) for corner, step in zip(corners, steps, strict=False)]


def _arc(corners: Sequence[Floats] | Floats) -> tuple[Floats, float, float, float] | None:
    """The arc through three points; None where they lie on a line. Its curvature is 4 times the triangle's area over its sides."""
    a, b, c = corners
    ab, bc, ac = b - a, c - b, c - a
    area = ab[0] * ac[1] - ab[1] * ac[0]
    sides = math.hypot(*ab) * math.hypot(*bc) * math.hypot(*ac)
    if abs(area) <= 1e-9 * sides ** (2 / 3):
        return None
    curvature = 2.0 * area / sides
    half = math.asin(min(1.0, abs(curvature) * math.hypot(*ac) / 2))
    if float(ab @ bc) < 0:
        half = math.pi - half
    turn = 2 * half
    return a, math.atan2(ac[1], ac[0]) - math.copysign(half, area), curvature, turn / abs(curvature)
