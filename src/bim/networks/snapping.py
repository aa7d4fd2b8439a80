"""Connections that nobody stated, inferred where ends meet: marked as such, each with the gap that was bridged."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from scipy.spatial import KDTree

from bim.networks.bodies import Body, Points, Tip
from bim.networks.media import medium_of
from bim.networks.model import Connection, End, Network

TOLERANCE_M = 0.01
"""Gap that is bridged where nothing else is asked for."""


@dataclass(frozen=True, slots=True)
class _Meeting:
    """Two elements that meet, and the gap between them in metres."""

    a: int
    b: int
    gap: float
    port: str = ""
    at: Points | None = None


def snapped(network: Network, bodies: Mapping[str, Body], tolerance: float = TOLERANCE_M) -> Network:
    """The network with connections inferred between elements that meet and are not connected; all of them say `inferred`.

    1. An end of a segment, or a port that leads nowhere, at an end of another one.
    2. An end of a segment on the body of a fitting, valve, piece of equipment or terminal, or on the side of another segment (a tee).
    3. Bodies of what is no segment, where they touch.

    Only what runs in the same carrier is joined, as far as that is known. Nothing is inferred between elements that are connected.

    Args:
        bodies: by feature id; metres, all in one frame, that of `End.at`.
        tolerance: metres between what meets.
    """
    finder = _Finder(network, bodies, tolerance)
    best: dict[frozenset[int], _Meeting] = {}
    for one in (*finder.of_ends(), *finder.on_bodies(), *finder.touching()):
        pair = frozenset((one.a, one.b))
        if pair not in best or one.gap < best[pair].gap:
            best[pair] = one
    first = 1 + max((link.number for link in network.connections), default=-1)
    made = [_connection(network, one, first + number) for number, one in enumerate(best.values())]
    return replace(network, connections=(*network.connections, *made))


def _connection(network: Network, one: _Meeting, number: int) -> Connection:
    carrier = network.elements[one.a].kind.carrier or network.elements[one.b].kind.carrier
    at = None if one.at is None else (float(one.at[0]), float(one.at[1]), float(one.at[2]))
    ends = [End(element, port, medium=medium_of(carrier, network.elements[element].kind, None), at=at)
            for element, port in ((one.a, one.port), (one.b, ""))]
    return Connection(ends[0], ends[1], number, "inferred", round(one.gap * 1000, 1))


class _Finder:
    def __init__(self, network: Network, bodies: Mapping[str, Body], tolerance: float) -> None:
        self.network, self.tolerance = network, tolerance
        self.joined = {frozenset((link.a.element, link.b.element)) for link in network.connections}
        self.bodies = {number: bodies[one.id] for number, one in enumerate(network.elements) if one.id in bodies}
        self._known_ends: dict[int, tuple[Tip, Tip]] = {}
        self.numbers = np.array(list(self.bodies), dtype=np.int64)
        self.low = np.array([body.low for body in self.bodies.values()]).reshape(-1, 3)
        self.high = np.array([body.high for body in self.bodies.values()]).reshape(-1, 3)
        self.tips = self._tips()

    def _tips(self) -> list[tuple[int, str, Tip]]:
        """Ports that lead nowhere, and ends of segments that are not connected on both sides."""
        made = [(end.element, end.port, Tip(np.array(end.at), np.zeros((0, 3)))) for end in self.network.open_ends if end.at is not None]
        known = {element for element, _, _ in made}
        uses: dict[int, int] = defaultdict(int)
        for link in self.network.connections:
            uses[link.a.element] += 1
            uses[link.b.element] += 1
        for number in self.bodies:
            if self._is_segment(number) and number not in known and uses[number] < 2:
                made += [(number, "", tip) for tip in self._ends(number)]
        return made

    def _ends(self, number: int) -> tuple[Tip, Tip]:
        if number not in self._known_ends:
            self._known_ends[number] = self.bodies[number].ends()
        return self._known_ends[number]

    def _is_segment(self, number: int) -> bool:
        return self.network.elements[number].kind.role == "segment"

    def _may_meet(self, a: int, b: int) -> bool:
        one, other = self.network.elements[a], self.network.elements[b]
        if a == b or frozenset((a, b)) in self.joined or "control" in (one.kind.role, other.kind.role):
            return False
        return not one.kind.carrier or not other.kind.carrier or one.kind.carrier == other.kind.carrier

    def of_ends(self) -> list[_Meeting]:
        if len(self.tips) < 2:
            return []
        tree = KDTree(np.array([tip.middle for _, _, tip in self.tips]))
        made = []
        for first, second in sorted(tree.query_pairs(self.tolerance)):
            (a, port, one), (b, _, other) = self.tips[first], self.tips[second]
            if self._may_meet(a, b):
                made.append(_Meeting(a, b, float(np.linalg.norm(one.middle - other.middle)), port, one.middle))
        return made

    def on_bodies(self) -> list[_Meeting]:
        return [_Meeting(element, number, gap, port, tip.middle) for element, port, tip in self.tips
                for number in self._around(tip.middle - tip.radius, tip.middle + tip.radius)
                if self._may_meet(element, number) and (gap := self._gap(tip, number)) <= self.tolerance]

    def _around(self, low: Points, high: Points) -> list[int]:
        """Elements whose box comes within the tolerance of this one."""
        if not len(self.numbers):
            return []
        near = ((self.low <= high + self.tolerance) & (self.high >= low - self.tolerance)).all(axis=1)
        return [int(one) for one in self.numbers[near]]

    def _gap(self, tip: Tip, number: int) -> float:
        """Metres between an end and a body: its middle, or half of its rim, lies on it; on a segment, anywhere but at its ends."""
        body = self.bodies[number]
        if self._is_segment(number):
            return _beside(tip, self._ends(number))
        middle = float(body.distance(tip.middle[None])[0])
        return min(middle, float(np.median(body.distance(tip.rim)))) if len(tip.rim) else middle

    def touching(self) -> list[_Meeting]:
        """Bodies of what is no segment: the nearest two of their corners."""
        made = []
        trees = {number: KDTree(body.corners.reshape(-1, 3)) for number, body in self.bodies.items() if not self._is_segment(number)}
        for number, tree in trees.items():
            body = self.bodies[number]
            for other in self._around(body.low, body.high):
                if other > number and other in trees and self._may_meet(number, other):
                    gaps, _ = tree.query(trees[other].data, distance_upper_bound=self.tolerance)
                    if np.isfinite(gaps).any():
                        made.append(_Meeting(number, other, float(gaps.min())))
        return made


def _beside(tip: Tip, ends: tuple[Tip, Tip]) -> float:
    """Metres between the middle of an end and the skin of a segment, 0 inside it; endless where it lies beyond the segment's ends."""
    first, second = ends
    axis = second.middle - first.middle
    t = float((tip.middle - first.middle) @ axis / max(float(axis @ axis), 1e-12))
    if not 0.0 <= t <= 1.0:
        return float("inf")
    away = float(np.linalg.norm(first.middle + t * axis - tip.middle))
    return max(0.0, away - max(first.radius, second.radius))
