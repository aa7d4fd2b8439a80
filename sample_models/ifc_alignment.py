"""The taxiway's alignment: straight, clothoid, arc, clothoid, straight; two gradients and the arc between them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from sample_models.ifc_step import Ref, enum, typed
from sample_models.ifc_writer import Model, Vector
from sample_models.layout import Layout, Point

_STEPS_PER_METRE = 1.0
Kind = Literal["LINE", "CLOTHOID", "CIRCULARARC"]


@dataclass(frozen=True)
class Piece:
    """A horizontal piece: curvature goes evenly from `start_curvature` to `end_curvature`, left positive."""

    kind: Kind
    station: float
    length: float
    start_curvature: float
    end_curvature: float
    start: Point
    direction: float


@dataclass(frozen=True)
class Grade:
    """A vertical piece over stations; its gradient goes from one value to the other along a circle."""

    station: float
    length: float
    start_height: float
    start_gradient: float
    end_gradient: float

    @property
    def radius(self) -> float:
        """Radius of the circle; infinite for a constant gradient."""
        turn = math.sin(math.atan(self.end_gradient)) - math.sin(math.atan(self.start_gradient))
        return self.length / abs(turn) if turn else math.inf

    def height(self, station: float) -> float:
        """Height at a station of this piece."""
        along = station - self.station
        if math.isinf(self.radius):
            return self.start_height + self.start_gradient * along
        sign = 1.0 if self.end_gradient > self.start_gradient else -1.0
        sine = math.sin(math.atan(self.start_gradient)) + sign * along / self.radius
        start = math.atan(self.start_gradient)
        return self.start_height - sign * self.radius * (math.sqrt(1 - sine * sine) - math.cos(start))


@dataclass(frozen=True)
class Alignment:
    """Plan in model metres, heights in model metres; stations from 0."""

    start: Point
    direction: float
    layout: Layout

    @cached_property
    def pieces(self) -> tuple[Piece, ...]:
        """Horizontal pieces in order."""
        x = self.layout
        bend = 1.0 / x.TAXIWAY_RADIUS_M
        plan: tuple[tuple[Kind, float, float, float], ...] = (
            ("LINE", x.TAXIWAY_STRAIGHT_M, 0.0, 0.0), ("CLOTHOID", x.TAXIWAY_CLOTHOID_M, 0.0, bend),
            ("CIRCULARARC", x.TAXIWAY_ARC_M, bend, bend), ("CLOTHOID", x.TAXIWAY_CLOTHOID_M, bend, 0.0),
            ("LINE", 40.0, 0.0, 0.0),
        )  # fmt: skip
        made: list[Piece] = []
        station, at, direction = 0.0, self.start, self.direction
        for kind, length, k0, k1 in plan:
            piece = Piece(kind, station, length, k0, k1, at, direction)
            made.append(piece)
            at, direction = _advance(piece, length)
            station += length
        return tuple(made)

    @property
    def length(self) -> float:
        """Total length in plan."""
        return self.pieces[-1].station + self.pieces[-1].length

    @cached_property
    def grades(self) -> tuple[Grade, ...]:
        """Vertical pieces in order: up half a percent to the bridge, over it, and down."""
        up = Grade(0.0, 60.0, 6.2, 0.005, 0.005)
        over = Grade(60.0, 100.0, up.height(60.0), 0.005, -0.005)
        down = Grade(160.0, self.length - 160.0, over.height(160.0), -0.005, -0.005)
        return up, over, down

    def at(self, station: float, left: float = 0.0, up: float = 0.0) -> Vector:
        """Point at a station, offset to the left and upwards."""
        piece = next(p for p in reversed(self.pieces) if p.station <= station + 1e-9)
        (x, y), direction = _advance(piece, station - piece.station)
        grade = next(g for g in reversed(self.grades) if g.station <= station + 1e-9)
        return x - math.sin(direction) * left, y + math.cos(direction) * left, grade.height(station) + up

    def direction_at(self, station: float) -> float:
        """Direction of travel in plan, radians counter-clockwise from model x."""
        piece = next(p for p in reversed(self.pieces) if p.station <= station + 1e-9)
        return _advance(piece, station - piece.station)[1]


def _advance(piece: Piece, along: float) -> tuple[Point, float]:
    """Point and direction after `along` metres of a piece, by Simpson's rule on its linear curvature."""
    slope = (piece.end_curvature - piece.start_curvature) / piece.length

    def direction(s: float) -> float:
        return piece.direction + piece.start_curvature * s + slope * s * s / 2

    steps = 2 * max(1, math.ceil(abs(along) * _STEPS_PER_METRE))
    h = along / steps
    weights = [1 if i in (0, steps) else 4 if i % 2 else 2 for i in range(steps + 1)]
    x = sum(w * math.cos(direction(i * h)) for i, w in enumerate(weights)) * h / 3
    y = sum(w * math.sin(direction(i * h)) for i, w in enumerate(weights)) * h / 3
    return (piece.start[0] + x, piece.start[1] + y), direction(along)


class AlignmentWriter:
    """Writes the alignment: what it means, what it looks like, and places along it."""

    def __init__(self, model: Model, alignment: Alignment) -> None:
        self.model, self.alignment = model, alignment
        self._plan = self._plan_curve()
        self.curve = self._gradient_curve()
        placement = model.place(model.site.placement, 0.0, 0.0)
        shapes = [model.add("IFCSHAPEREPRESENTATION", model.axis, name, kind, [curve]) for name, kind, curve in (
            ("FootPrint", "Curve2D", self._plan), ("Axis", "Curve3D", self.curve))]  # fmt: skip
        shape = model.add("IFCPRODUCTDEFINITIONSHAPE", None, None, shapes)
        self.ref = model.rooted("IFCALIGNMENT", "alignment", "Taxiway K centre line", "滑行道中心線", None, placement, shape, None)
        model.relate("aggregated", model.project, self.ref)
        self._nest(self.ref, "layouts", [self._horizontal(placement), self._vertical(placement)])
        self.placement = placement

    def place(self, station: float, left: float = 0.0, up: float = 0.0) -> Ref:
        """IfcLinearPlacement at a station, with its Cartesian fallback."""
        m = self.model
        distance = m.add("IFCPOINTBYDISTANCEEXPRESSION", typed("IFCLENGTHMEASURE", float(station)), float(left), float(up),
                         None, self.curve)  # fmt: skip
        axes = m.add("IFCAXIS2PLACEMENTLINEAR", distance, None, None)
        angle = self.alignment.direction_at(station)
        fallback = m.axes(self.alignment.at(station, left, up), (0.0, 0.0, 1.0), (math.cos(angle), math.sin(angle), 0.0))
        return m.add("IFCLINEARPLACEMENT", self.placement, axes, fallback)

    def _nest(self, whole: Ref, key: str, parts: Sequence[Ref]) -> None:
        self.model.rooted("IFCRELNESTS", f"alignment/{key}", None, None, whole, list(parts))

    # --- meaning ----------------------------------------------------------------------------------------------

    def _horizontal(self, placement: Ref) -> Ref:
        m = self.model
        segments = []
        for i, p in enumerate((*self.alignment.pieces, self._end_piece())):
            radii = [1.0 / k if k else 0.0 for k in (p.start_curvature, p.end_curvature)]
            design = m.add("IFCALIGNMENTHORIZONTALSEGMENT", None, None, m.point(*p.start), p.direction, *radii, p.length,
                           None, enum(p.kind))  # fmt: skip
            segments.append(self._segment(f"horizontal/{i}", f"H{i + 1}", placement, design))
        ref = m.rooted("IFCALIGNMENTHORIZONTAL", "alignment/horizontal", "Horizontal", None, None, placement, None)
        self._nest(ref, "horizontal/segments", segments)
        return ref

    def _end_piece(self) -> Piece:
        """The zero-length piece that ends a layout."""
        end = self.alignment.at(self.alignment.length)
        return Piece("LINE", self.alignment.length, 0.0, 0.0, 0.0, (end[0], end[1]),
                     self.alignment.direction_at(self.alignment.length))  # fmt: skip

    def _end_grade(self) -> Grade:
        last = self.alignment.grades[-1]
        end = self.alignment.length
        return Grade(end, 0.0, last.height(end), last.end_gradient, last.end_gradient)

    def _vertical(self, placement: Ref) -> Ref:
        m = self.model
        segments = []
        for i, g in enumerate((*self.alignment.grades, self._end_grade())):
            straight = math.isinf(g.radius)
            design = m.add("IFCALIGNMENTVERTICALSEGMENT", None, None, g.station, g.length, g.start_height, g.start_gradient,
                           g.end_gradient, None if straight else g.radius,
                           enum("CONSTANTGRADIENT" if straight else "CIRCULARARC"))  # fmt: skip
            segments.append(self._segment(f"vertical/{i}", f"V{i + 1}", placement, design))
        ref = m.rooted("IFCALIGNMENTVERTICAL", "alignment/vertical", "Vertical", None, None, placement, None)
        self._nest(ref, "vertical/segments", segments)
        return ref

    def _segment(self, key: str, name: str, placement: Ref, design: Ref) -> Ref:
        return self.model.rooted("IFCALIGNMENTSEGMENT", f"alignment/{key}", name, None, None, placement, None, design)

    # --- shape ------------------------------------------------------------------------------------------------

    def _plan_curve(self) -> Ref:
        pieces = [*self.alignment.pieces, self._end_piece()]
        segments = [self._plan_segment(p, last=p is pieces[-1]) for p in pieces]
        return self.model.add("IFCCOMPOSITECURVE", segments, False)

    def _plan_segment(self, piece: Piece, *, last: bool) -> Ref:
        start, parent = 0.0, self._line()
        if piece.kind == "CIRCULARARC":
            parent = self.model.add("IFCCIRCLE", self._axes((0.0, 0.0), 0.0), 1.0 / piece.start_curvature)
        elif piece.kind == "CLOTHOID":
            change = piece.length * (piece.end_curvature - piece.start_curvature)
            constant = math.copysign(piece.length / math.sqrt(abs(change)), change)
            parent = self.model.add("IFCCLOTHOID", self._axes((0.0, 0.0), 0.0), constant)
            start = -piece.length if piece.end_curvature == 0.0 else 0.0
        return self._curve_segment(piece.start, piece.direction, start, piece.length, parent, last=last)

    def _gradient_curve(self) -> Ref:
        grades = [*self.alignment.grades, self._end_grade()]
        segments = [self._grade_segment(g, last=g is grades[-1]) for g in grades]
        return self.model.add("IFCGRADIENTCURVE", segments, False, self._plan, None)

    def _grade_segment(self, grade: Grade, *, last: bool) -> Ref:
        first, second = math.atan(grade.start_gradient), math.atan(grade.end_gradient)
        at = (grade.station, grade.start_height)
        if math.isinf(grade.radius):
            return self._curve_segment(at, first, 0.0, grade.length / math.cos(first), self._line(), last=last)
        quarter = math.pi * (1.5 if second > first else 0.5)
        circle = self.model.add("IFCCIRCLE", self._axes((0.0, 0.0), 0.0), grade.radius)
        return self._curve_segment(at, first, grade.radius * (first + quarter), grade.radius * (second - first), circle, last=last)

    def _curve_segment(self, at: Point, direction: float, start: float, length: float, parent: Ref, *, last: bool) -> Ref:
        how = enum("DISCONTINUOUS" if last else "CONTSAMEGRADIENT")
        return self.model.add("IFCCURVESEGMENT", how, self._axes(at, direction), typed("IFCLENGTHMEASURE", float(start)),
                              typed("IFCLENGTHMEASURE", float(length)), parent)  # fmt: skip

    def _axes(self, at: Point, direction: float) -> Ref:
        m = self.model
        along = m.direction(math.cos(direction), math.sin(direction))
        return m.shared("IFCAXIS2PLACEMENT2D", m.point(*at), along)

    def _line(self) -> Ref:
        m = self.model
        vector = m.shared("IFCVECTOR", m.direction(1.0, 0.0), 1.0)
        return m.shared("IFCLINE", m.point(0.0, 0.0), vector)
