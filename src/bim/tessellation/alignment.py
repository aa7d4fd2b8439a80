"""Alignment curves and other directrices, evaluated at many distances at once: point, tangent, left and up.

A gradient curve is its plan under its profile, a segmented reference curve that with cant (ISO 16739-1:2024, 8.9.3). Distances
of all three, and of curves offset from them, run along the plan; those of a polyline along the polyline itself.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from bim.tessellation.body import Refused
from bim.tessellation.cant import Cant, cant_of
from bim.tessellation.gradient import Vertical, rows, vertical_of
from bim.tessellation.instances import Ref
from bim.tessellation.plan import Horizontal, horizontal_of, indexed_plan
from bim.tessellation.segments import measure
from bim.tessellation.source import reference

if TYPE_CHECKING:
    from bim.tessellation.source import Source

Floats = NDArray[np.float64]
_END_SLACK = 1e-3
_MOST = 5000
_STEP = 1e-3
_DEEPEST = 20


@dataclass(frozen=True, slots=True)
class Stations:
    """A curve at given distances along it.

    Attributes:
        points: (n, 3).
        along, left, up: (n, 3) unit vectors: the tangent with its grade, what is to the left (horizontal where there is no cant),
            and the third.
        bend: (n,) largest curvature there, horizontal, vertical or of the cant, 1 / length unit.
    """

    points: Floats
    along: Floats
    left: Floats
    up: Floats
    bend: Floats


class Directrix(Protocol):
    """A curve that things are placed along."""

    @property
    def length(self) -> float:
        """Distance of its end."""
        ...

    def at(self, distance: Sequence[float] | Floats, *, ahead: bool = False) -> Stations:
        """The curve at distances along it, in the file's length unit; at a corner the side behind it, or that ahead.

        Raises:
            Refused: beyond its ends, or malformed.
        """
        ...

    def breaks(self) -> Floats:
        """Distances where a segment begins."""
        ...


@dataclass(frozen=True, slots=True)
class Alignment:
    """A curve in space by its plan, its profile and its cant."""

    horizontal: Horizontal
    vertical: Vertical | None = None
    cant: Cant | None = None

    @property
    def length(self) -> float:
        """Of its plan."""
        return self.horizontal.length

    def at(self, distance: Sequence[float] | Floats, *, ahead: bool = False) -> Stations:
        """See `Directrix`."""
        d = _within(distance, self.length)
        plan, heading, bend = self.horizontal.at(d, ahead=ahead)
        height, grade, arch = (np.zeros(len(d)),) * 3 if self.vertical is None else self._profile(self.vertical, d, ahead)
        bend = np.maximum(np.abs(bend), arch)
        if self.cant is None:
            along, left = _level(heading, grade)
            return Stations(np.column_stack([plan, height]), along, left, np.cross(along, left), bend)
        if d.size and (d.min() < self.cant.begin[0] - _END_SLACK or d.max() > self.cant.end + _END_SLACK):
            raise Refused("cant:beyond-end")
        raised, slope, tilt, curved = self.cant.at(d, ahead=ahead)
        if (np.abs(tilt) >= 1).any():
            raise Refused("cant:steep")
        along, level = _level(heading, grade + slope)
        upright = np.cross(along, level)
        left = level * np.sqrt(1 - tilt * tilt)[:, None] - upright * tilt[:, None]
        return Stations(np.column_stack([plan, height + raised]), along, left, np.cross(along, left), np.maximum(bend, curved))

    def breaks(self) -> Floats:
        """See `Directrix`."""
        parts = [one.begin for one in (self.horizontal, self.vertical, self.cant) if one is not None]
        return np.unique(np.concatenate(parts))

    @staticmethod
    def _profile(vertical: Vertical, d: Floats, ahead: bool) -> tuple[Floats, Floats, Floats]:
        if d.size and (d.min() < vertical.begin[0] - _END_SLACK or d.max() > vertical.end + _END_SLACK):
            raise Refused("profile:beyond-end")
        return vertical.at(d, ahead=ahead)


@dataclass(frozen=True, slots=True)
class Path:
    """A polyline. Its left is horizontal, to the left of the way; a vertical piece has none.

    Attributes:
        points: (m, 3); begin: (m,) distance of each from the first.
    """

    points: Floats
    begin: Floats

    @classmethod
    def of(cls, points: Floats) -> Path:
        """Through (m, 3) points, no two in succession alike."""
        return cls(points, np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))]))

    @property
    def length(self) -> float:
        """Of the polyline."""
        return float(self.begin[-1])

    def at(self, distance: Sequence[float] | Floats, *, ahead: bool = False) -> Stations:
        """See `Directrix`."""
        d = _within(distance, self.length)
        row = rows(self.begin[:-1], d, ahead=ahead)
        steps = np.diff(self.points, axis=0)[row]
        along = steps / np.linalg.norm(steps, axis=1, keepdims=True)
        flat = np.hypot(along[:, 0], along[:, 1])
        if (flat < 1e-6).any():
            raise Refused("alignment:vertical")
        left = np.column_stack([-along[:, 1], along[:, 0], np.zeros(len(d))]) / flat[:, None]
        points = self.points[row] + along * (d - self.begin[row])[:, None]
        return Stations(points, along, left, np.cross(along, left), np.zeros(len(d)))

    def breaks(self) -> Floats:
        """See `Directrix`."""
        return self.begin


@dataclass(frozen=True, slots=True)
class Offset:
    """A curve beside another one; distances are those of the other one (ISO 16739-1, IfcOffsetCurveByDistances).

    Attributes:
        basis: the other one.
        distance, left, up: (m,) distances and offsets in the basis' frame, linear between and constant beyond.
    """

    basis: Directrix
    distance: Floats
    left: Floats
    up: Floats

    @property
    def length(self) -> float:
        """Of the basis."""
        return self.basis.length

    def at(self, distance: Sequence[float] | Floats, *, ahead: bool = False) -> Stations:
        """See `Directrix`. The tangent is that of the offset curve."""
        d = _within(distance, self.length)
        base = self.basis.at(d, ahead=ahead)
        step = min(_STEP, self.length / 4)
        low, high = (np.maximum(d - step, 0.0), d) if not ahead else (d, np.minimum(d + step, self.length))
        low, high = np.where(high - low < step / 2, np.maximum(d - step, 0.0), low), np.where(high - low < step / 2, d + step, high)
        along = self._points(high) - self._points(low)
        along = along / np.linalg.norm(along, axis=1, keepdims=True)
        left = base.left - along * np.einsum("ij,ij->i", base.left, along)[:, None]
        left = left / np.linalg.norm(left, axis=1, keepdims=True)
        return Stations(self._points(d), along, left, np.cross(along, left), base.bend * self._spread(d, base))

    def breaks(self) -> Floats:
        """See `Directrix`."""
        inner = self.distance[(self.distance > 0) & (self.distance < self.length)]
        return np.unique(np.concatenate([self.basis.breaks(), inner]))

    def _points(self, d: Floats) -> Floats:
        base = self.basis.at(d)
        left, up = (np.interp(d, self.distance, one)[:, None] for one in (self.left, self.up))
        found: Floats = base.points + left * base.left + up * base.up
        return found

    def _spread(self, d: Floats, base: Stations) -> Floats:
        """How much a curve further out bends away over the same distance of the basis."""
        out = np.hypot(np.interp(d, self.distance, self.left), np.interp(d, self.distance, self.up))
        return np.asarray(1.0 + base.bend * out, np.float64)


def alignment_of(source: Source, id: int) -> Directrix:
    """The alignment curve, polyline or curve offset from one of these; made once.

    Raises:
        Refused: another curve, or a segment that is not built here.
    """
    known = source.cache.setdefault("alignments", {})
    if id not in known:
        try:
            known[id] = _made(source, id, 0)
        except Refused as refused:
            known[id] = refused
    found: Directrix | Refused = known[id]
    if isinstance(found, Refused):
        raise found
    return found


def _made(source: Source, id: int, depth: int) -> Directrix:
    if depth > _DEEPEST:
        raise Refused("cycle", f"#{id}")
    kind, args = source.class_of(id), source.args(id)
    if kind == "IFCGRADIENTCURVE":
        return Alignment(_plan(source, reference(args[2], "curve")), vertical_of(source, args[0]))
    if kind == "IFCSEGMENTEDREFERENCECURVE":
        base = _made(source, reference(args[2], "curve"), depth + 1)
        if not isinstance(base, Alignment) or base.cant is not None:
            raise Refused("cant:base")
        return Alignment(base.horizontal, base.vertical, cant_of(source, args[0], args[3] if len(args) > 3 else None))
    if kind == "IFCOFFSETCURVEBYDISTANCES":
        return _offset(source, reference(args[0], "curve"), [reference(one, "point") for one in args[1] or []], depth)
    if kind == "IFCPOLYLINE" or (kind == "IFCINDEXEDPOLYCURVE" and indexed_plan(source, id) is None):
        from bim.tessellation.curves import path_of
        return Path.of(path_of(source, id))
    return Alignment(_plan(source, id))


def _plan(source: Source, id: int) -> Horizontal:
    kind = source.class_of(id)
    if kind == "IFCCOMPOSITECURVE":
        return horizontal_of(source, source.args(id)[0])
    found = indexed_plan(source, id) if kind == "IFCINDEXEDPOLYCURVE" else None
    if found is None:
        raise Refused(f"alignment:{kind or 'missing'}")
    return found


def _offset(source: Source, basis: int, points: list[int], depth: int) -> Offset:
    table = []
    for point in points:
        distance, lateral, vertical, longitudinal, curve = source.args(point)[:5]
        if longitudinal or (isinstance(curve, Ref) and int(curve) != basis):
            raise Refused("offset-curve:point")
        table.append([measure(distance), float(lateral or 0.0), float(vertical or 0.0)])
    if not table or any(a[0] >= b[0] for a, b in pairwise(table)):
        raise Refused("offset-curve:order")
    found = np.array(table)
    return Offset(_made(source, basis, depth + 1), found[:, 0], found[:, 1], found[:, 2])


def stations(curve: Directrix, begin: float, end: float, sagitta: float, reach: float = 0.0) -> Floats:
    """Distances from `begin` to `end` between which no chord leaves the curve by more than the sagitta: step = sqrt(8 r sagitta).

    Args:
        reach: how far from the curve things go that are carried along it; those outside a bend have chords longer than its own.
    """
    inner = curve.breaks()
    corners = np.concatenate([[begin], inner[(inner > begin + 1e-9) & (inner < end - 1e-9)], [end]])
    made = [corners[:1]]
    for low, high in pairwise(corners):
        bend = float(curve.at(np.linspace(low, high, 9)).bend.max())
        count = max(1, math.ceil((high - low) * math.sqrt(bend * (1.0 + bend * reach) / (8.0 * sagitta)) - 1e-9))
        if count > _MOST:
            raise Refused("sections:too-many")
        made.append(np.linspace(low, high, count + 1)[1:])
    return np.concatenate(made)


def polyline_of(source: Source, id: int) -> Floats:
    """(n, 3) points along the whole of an alignment curve, no chord further from it than the sagitta. Raises Refused."""
    curve = alignment_of(source, id)
    return curve.at(stations(curve, 0.0, curve.length, source.sagitta)).points


def _within(distance: Sequence[float] | Floats, last: float) -> Floats:
    d = np.asarray(distance, dtype=np.float64)
    if d.size and (not np.isfinite(d).all() or d.min() < -_END_SLACK or d.max() > last + _END_SLACK):
        raise Refused("alignment:beyond-end")
    return np.clip(d, 0.0, last)


def _level(heading: Floats, grade: Floats) -> tuple[Floats, Floats]:
    """Tangents with a grade, and what is horizontally to their left."""
    along = np.column_stack([np.cos(heading), np.sin(heading), grade]) / np.sqrt(1 + grade * grade)[:, None]
    return along, np.column_stack([-np.sin(heading), np.cos(heading), np.zeros(len(heading))])
