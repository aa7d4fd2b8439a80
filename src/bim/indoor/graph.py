"""The indoor graph: how far it is on foot through rooms, doors and stairs, in any plane frame in metres with z up."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix, csr_matrix
from scipy.sparse.csgraph import dijkstra
from shapely.geometry.base import BaseGeometry

from bim.indoor.sight import corners_to_turn, places_in, seen_pairs, shortest

Floats = NDArray[np.float64]
Point = tuple[float, float, float]
_FINE = 5
_FINEST_M = 0.02
_UNSEEN = 0.02
"""Share of the places in a room that no way may lead to, for want of precision."""


@dataclass(frozen=True, slots=True)
class Room:
    """A space to walk in.

    Attributes:
        key: GlobalId.
        shape: its floor, polygon or multipolygon.
        floor, top: levels.
    """

    key: str
    shape: BaseGeometry
    floor: float
    top: float


@dataclass(frozen=True, slots=True)
class Gate:
    """A way through a wall.

    Attributes:
        key: GlobalId of the door; "" for a side where two rooms are open to each other.
        sides: room -> the point where it is entered; one room where the other side is outside, or not modelled.
    """

    key: str
    sides: tuple[tuple[str, Point], ...]


class Mode(StrEnum):
    """How one gets along a way."""

    WALK = "walk"
    DOOR = "door"
    STAIR = "stair"
    RAMP = "ramp"
    ESCALATOR = "escalator"
    WALKWAY = "walkway"
    LIFT = "lift"
    BOARDING = "boarding"
    """Into a lift, or out of it."""
    OUTDOOR = "outdoor"
    ENTRANCE = "entrance"
    """Between a door to the outside, or a building's open side, and what is beyond it."""


@dataclass(frozen=True, slots=True)
class Stair:
    """A way that is a line: a stair, a ramp, an escalator, a moving walkway, the shaft of a lift.

    Attributes:
        line: (k, 3) points; of a stair or ramp from the lowest on.
        landings: (number of a point of the line, room, point where the room is entered).
        mode: how one gets along it.
        heading: 1 where one may only go from the first point to the last, -1 for the other way, 0 for both.
    """

    key: str
    line: Floats
    landings: tuple[tuple[int, str, Point], ...] = ()
    mode: Mode = Mode.STAIR
    heading: int = 0


@dataclass(frozen=True, slots=True)
class Travel:
    """The way from the point of a room that is farthest from every exit.

    Attributes:
        distance_m: along the way.
        place: where it begins.
        exit: key of the gate where it ends.
        route: points of the way, the first is `place`.
    """

    distance_m: float
    place: Point
    exit: str
    route: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Edge:
    """A straight way between two points of the graph.

    Attributes:
        one, other: numbers of the points.
        length: metres.
        key: of the room, door or stair that it leads through.
        heading: as of a stair.
    """

    one: int
    other: int
    length: float
    mode: Mode
    key: str
    heading: int = 0


@dataclass
class _Nodes:
    """Points of the graph while it is made: where, in which room, and of which gate."""

    points: list[Point] = field(default_factory=list)
    of_room: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    gate: dict[int, str] = field(default_factory=dict)
    edges: list[Edge] = field(default_factory=list)

    def add(self, point: Point, room: str = "", gate: str = "") -> int:
        number = len(self.points)
        self.points.append(point)
        if room:
            self.of_room[room].append(number)
        if gate:
            self.gate[number] = gate
        return number

    def join(self, one: int, other: int, mode: Mode = Mode.WALK, key: str = "", heading: int = 0) -> None:
        self.edges.append(Edge(one, other, math.dist(self.points[one], self.points[other]), mode, key, heading))


class IndoorGraph:
    """Rooms, gates and stairs as a graph of straight ways.

    Inside a room the ways are exact: from gate to gate, round the corners that stand in between. A person is a point.
    """

    def __init__(self, rooms: Iterable[Room], gates: Sequence[Gate], stairs: Sequence[Stair] = ()) -> None:
        self.rooms: Mapping[str, Room] = {room.key: room for room in rooms}
        nodes = _Nodes()
        for gate in gates:
            numbers = [nodes.add(point, room, gate.key) for room, point in gate.sides if room in self.rooms]
            if len(numbers) == 2:
                nodes.join(numbers[0], numbers[1], Mode.DOOR, gate.key)
        for stair in stairs:
            self._add_stair(nodes, stair)
        for key, room in self.rooms.items():
            self._add_room(nodes, key, room)
        self._nodes = nodes
        self._points = np.array(nodes.points, dtype=np.float64).reshape(-1, 3)
        self._matrix = _matrix(nodes)

    @property
    def size(self) -> tuple[int, int]:
        """How many points and ways it has."""
        return len(self._nodes.points), len(self._nodes.edges)

    def _add_stair(self, nodes: _Nodes, stair: Stair) -> None:
        line = [nodes.add(_point(one)) for one in stair.line]
        for one, other in pairwise(line):
            nodes.join(one, other, stair.mode, stair.key, stair.heading)
        onto = Mode.BOARDING if stair.mode is Mode.LIFT else Mode.WALK
        for at, room, point in stair.landings:
            if room in self.rooms:
                nodes.join(line[at], nodes.add(point, room), onto, stair.key)

    def _add_room(self, nodes: _Nodes, key: str, room: Room) -> None:
        if not nodes.of_room[key]:
            return
        for corner in corners_to_turn(room.shape):
            nodes.add((float(corner[0]), float(corner[1]), room.floor), key)
        numbers = nodes.of_room[key]
        flat = np.array([nodes.points[number][:2] for number in numbers])
        for one, other in seen_pairs(room.shape, flat):
            nodes.edges.append(Edge(numbers[one], numbers[other], float(math.dist(flat[one], flat[other])), Mode.WALK, key))

    @property
    def edges(self) -> Sequence[Edge]:
        """The ways."""
        return self._nodes.edges

    def without_gate(self) -> list[str]:
        """Rooms that nothing leads into or out of."""
        return [key for key in self.rooms if not self._nodes.of_room[key]]

    def to_exits(self, exits: Iterable[str]) -> Ways:
        """The shortest ways from everywhere to the nearest of these gates."""
        wanted = set(exits)
        sources = [number for number, gate in self._nodes.gate.items() if gate in wanted]
        if not sources:
            return Ways(self, np.full(len(self._points), np.inf), np.full(len(self._points), -9999), np.full(len(self._points), -1))
        away, before, source = dijkstra(self._matrix, directed=False, indices=sources, min_only=True, return_predecessors=True)
        return Ways(self, away, before, source)

    def room_of(self) -> list[str]:
        """Of each point, the room that it lies in; "" for points of stairs."""
        found = [""] * len(self._points)
        for room, numbers in self._nodes.of_room.items():
            for number in numbers:
                found[number] = room
        return found

    @property
    def places(self) -> Floats:
        """(n, 3) all points of the graph."""
        return self._points

    def numbers_in(self, room: str) -> list[int]:
        """Points of the graph in a room."""
        return self._nodes.of_room[room]

    def points(self, numbers: Sequence[int]) -> Floats:
        """(n, 3) places of points."""
        return self._points[list(numbers)]

    def gate_of(self, number: int) -> str:
        """Key of the gate that a point belongs to; "" for others."""
        return self._nodes.gate.get(number, "")


@dataclass(frozen=True)
class Ways:
    """Shortest ways to the nearest exit.

    Attributes:
        away: (n,) metres from each point of the graph, infinite where no way leads.
        before: (n,) the next point on the way, negative at its end.
        source: (n,) the point at the exit.
    """

    graph: IndoorGraph
    away: Floats
    before: NDArray[np.int64]
    source: NDArray[np.int64]

    def farthest(self, room: str, step_m: float = 0.5) -> Travel | None:
        """The point of a room that is farthest from the exits; None where no way leads out of it, or of a part of it.

        Corners of the room and a grid of `step_m` are tried, then finer grids about the farthest, down to 2 cm.
        """
        numbers = [number for number in self.graph.numbers_in(room) if np.isfinite(self.away[number])]
        if not numbers:
            return None
        shape = self.graph.rooms[room].shape
        flat, away = self.graph.points(numbers)[:, :2], self.away[numbers]
        places, step = places_in(shape, step_m)
        best, first, place = -1.0, -1, np.zeros(2)
        while True:
            found, via = shortest(shape, places, flat, away)
            if best < 0 and np.isinf(found).mean() > _UNSEEN:
                return None
            at = int(np.argmax(np.where(np.isfinite(found), found, -1.0)))
            if math.isfinite(found[at]) and found[at] > best:
                best, first, place = float(found[at]), numbers[via[at]], places[at]
            if best < 0 or step <= _FINEST_M:
                break
            places, step = places_in(shape, step / _FINE, place, step)[0], step / _FINE
        return None if best < 0 else self._travel(room, best, place, first)

    def _travel(self, room: str, distance: float, place: Floats, first: int) -> Travel:
        start = (float(place[0]), float(place[1]), self.graph.rooms[room].floor)
        numbers = list(self._numbers(first))
        return Travel(distance, start, self.graph.gate_of(int(self.source[first])),
                      (start, *(_point(one) for one in self.graph.points(numbers))))

    def _numbers(self, number: int) -> Iterator[int]:
        while number >= 0:
            yield number
            number = int(self.before[number])


def _matrix(nodes: _Nodes) -> csr_matrix:
    """The shortest of the ways between any two points; ways of no length get a hair, since 0 means none."""
    best: dict[tuple[int, int], float] = {}
    for edge in nodes.edges:
        pair = (min(edge.one, edge.other), max(edge.one, edge.other))
        best[pair] = min(best.get(pair, math.inf), max(edge.length, 1e-9))
    size = len(nodes.points)
    pairs = np.array(list(best), dtype=np.int64).reshape(-1, 2)
    return coo_matrix((np.array(list(best.values())), (pairs[:, 0], pairs[:, 1])), shape=(size, size)).tocsr()


def _point(numbers: Floats) -> Point:
    return float(numbers[0]), float(numbers[1]), float(numbers[2])
