"""Edges beside and across a centre line, from which planes rise: what surfaces of runways are drawn with."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from csdi.limits.patch import Plane
from csdi.limits.runway import Runway

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Edge:
    """A line on the ground from which a plane rises sideways: stations, distances from the centre line, levels at its two ends.

    Stations are metres outwards from `origin` on the ruler, in direction `sign`.
    """

    runway: Runway
    origin: float
    sign: float
    stations: tuple[float, float]
    halves: tuple[float, float]
    levels: tuple[float, float]

    def place(self, station: float, across: float) -> Floats:
        """(2,) east, north; `across` to the left of the direction of the stations."""
        return self.runway.place(self.origin + self.sign * station, self.sign * across)

    def between(self) -> Plane:
        """The plane between this edge and the same one on the other side of the centre line."""
        (near, far), (low, high) = self.stations, self.halves
        corners = np.array([self.place(near, -low), self.place(far, -high), self.place(far, high), self.place(near, low)])
        rise = (self.levels[1] - self.levels[0]) / (far - near)
        return plane(corners, self.runway.along * self.sign * rise, self.place(near, 0.0), self.levels[0])

    def rising(self, slope: float, top: float) -> Iterator[Plane]:
        """The two planes that rise from this edge, and from that on the other side, to the level `top`, where they start below it."""
        edge = self._below(top)
        if edge is None:
            return
        (near, far), (low, high) = edge.stations, edge.halves
        reach = [(top - level) / slope for level in edge.levels]
        along, spread = (edge.levels[1] - edge.levels[0]) / (far - near), (high - low) / (far - near)
        for side in (1.0, -1.0):
            corners = np.array([edge.place(near, side * low), edge.place(far, side * high), edge.place(far, side * (high + reach[1])),
                                edge.place(near, side * (low + reach[0]))])
            gradient = self.sign * (self.runway.along * (along - slope * spread) + self.runway.across * side * slope)
            yield plane(corners, gradient, edge.place(near, side * low), edge.levels[0])

    def _below(self, top: float) -> Edge | None:
        """The part of the edge that lies below a level."""
        first, last = self.levels
        if first >= top and last >= top:
            return None
        shares = [0.0, 1.0]
        if (first < top) != (last < top):
            shares[int(last >= top)] = (top - first) / (last - first)

        def cut(pair: tuple[float, float]) -> tuple[float, float]:
            return pair[0] + (pair[1] - pair[0]) * shares[0], pair[0] + (pair[1] - pair[0]) * shares[1]

        return Edge(self.runway, self.origin, self.sign, cut(self.stations), cut(self.halves), cut(self.levels))

    def turned(self) -> Edge:
        """The edge of what begins there and leads away behind the origin: the same stations in the other direction."""
        return replace(self, sign=-self.sign)

    def raised(self, height: float) -> Edge:
        """The same edge, higher by so many metres."""
        return replace(self, levels=(self.levels[0] + height, self.levels[1] + height))


def plane(corners: Floats, gradient: Floats, place: Floats, level: float) -> Plane:
    """A plane over corners in either order; two corners at one place are one."""
    kept = corners[np.linalg.norm(corners - np.roll(corners, 1, axis=0), axis=1) > 1e-9]
    x, y = kept[:, 0] - kept[0, 0], kept[:, 1] - kept[0, 1]
    turned = float(np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y))
    return Plane(kept if turned > 0 else kept[::-1].copy(), np.asarray(gradient, np.float64), np.array([*place, level]))


def beside(runway: Runway, half: float, start: float, stop: float) -> Iterator[Edge]:
    """Edges along the runway at one distance from the centre line, cut where the levels' profile bends."""
    stations, levels = runway.profile
    cuts = [start, *(float(one) for one in stations if start < one < stop), stop]
    for near, far in pairwise(cuts):
        yield Edge(runway, 0.0, 1.0, (near, far), (half, half),
                    (float(np.interp(near, stations, levels)), float(np.interp(far, stations, levels))))


def sections(start: Edge, given: Iterable[tuple[float, float, float]]) -> Iterator[Edge]:
    """Edges one after another outwards, the first from where `start` begins, each of (length, rise, spread to a side), per metre."""
    station, half, level = start.stations[0], start.halves[0], start.levels[0]
    for length, slope, divergence in given:
        far, wide, high = station + length, half + length * divergence, level + length * slope
        yield replace(start, stations=(station, far), halves=(half, wide), levels=(level, high))
        station, half, level = far, wide, high


def inner_edge(runway: Runway, end: int, before: float, width: float) -> Edge:
    """Where a surface of landings begins: `before` metres in front of a landing threshold, at its level, to both sides of the centre line.

    Stations of what follows it run towards where aircraft come from; negative ones lie behind the threshold.
    """
    sign, level = -1.0 if end == 0 else 1.0, runway.ends[end].threshold_mpd
    return Edge(runway, runway.threshold(end), sign, (before, before), (width / 2, width / 2), (level, level))
