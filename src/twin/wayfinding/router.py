"""Shortest ways over a network for a profile: routes, the nearest exit of every space, what is within reach, what is cut off."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise

import numpy as np
import orjson
from numpy.typing import NDArray
from scipy.sparse import bmat, csr_matrix
from scipy.sparse.csgraph import connected_components, dijkstra

from bim.indoor import MODES, Mode, Network
from bim.indoor.sight import places_in, seen_from, shortest
from csdi.errors import ValueInvalid
from twin.wayfinding.profiles import Profile

Floats = NDArray[np.float64]
Numbers = NDArray[np.int32]
_HAIR = 1e-9
"""Ways of no length get this much: 0 means that there is none."""
_STEEP = frozenset({Mode.RAMP, Mode.OUTDOOR})
_KEPT = 16
_FARTHEST_STEP_M = 1.0


@dataclass(frozen=True)
class Place:
    """Where a route begins or ends.

    Attributes:
        point: (3,) in the frame of the network.
        name: what people call it, by language.
        space: number of the space that it lies in, -1 outside.
        links: point of the network -> metres to it, for places that lie in no space; 0 where it is the place itself.
    """

    point: Floats
    name: Mapping[str, str]
    space: int = -1
    links: Mapping[int, float] = field(default_factory=dict)
    id: str = ""


@dataclass(frozen=True)
class Route:
    """The quickest way from a place to one of several.

    Attributes:
        target: which of the places asked for it ends at.
        points: (k, 3) all that it leads through, with both ends.
        rooms: (k,) the space that each point lies in, -1 for none.
        ways: (k - 1,) number of the way between two points, -1 for the first and last steps inside a space.
        spaces: (k - 1,) the space of each, -1 where there is none.
        metres: (k - 1,) length of each.
        seconds: (k - 1,) time of each.
    """

    origin: Place
    target: Place
    points: Floats
    rooms: Numbers
    ways: Numbers
    spaces: Numbers
    metres: Floats
    seconds: Floats


@dataclass(frozen=True)
class Escape:
    """How far it is from a space to the nearest exit.

    Attributes:
        space: its number.
        metres: from where the space is left; infinite where no way leads out.
        exit: number of the passage, -1 without one.
        farthest: from the place in the space that is farthest from it, at a grid of 1 m and all corners; None where it was not asked for.
    """

    space: int
    metres: float
    exit: int
    farthest: float | None = None


@dataclass(frozen=True)
class Costs:
    """A network as one profile finds it.

    Attributes:
        matrix: seconds from point to point.
        metres: the same ways in metres.
        way: of each entry of the matrices, the number of the way.
    """

    matrix: csr_matrix
    metres: csr_matrix
    way: Numbers


class Router:
    """Answers over one network; what a profile makes of it is kept. Safe to share between threads."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self._costs: dict[tuple[bytes, frozenset[str]], Costs] = {}

    @cached_property
    def spaces(self) -> Mapping[str, int]:
        """Id -> number of every space."""
        return {space.id: number for number, space in enumerate(self.network.spaces)}

    @cached_property
    def passages(self) -> Mapping[str, int]:
        """Id -> number of every passage."""
        return {passage.id: number for number, passage in enumerate(self.network.passages)}

    @cached_property
    def _points_of(self) -> list[NDArray[np.int64]]:
        order = np.argsort(self.network.space_of, kind="stable")
        starts = np.searchsorted(self.network.space_of[order], np.arange(len(self.network.spaces) + 1))
        return [order[start:end] for start, end in pairwise(starts)]

    def points_of(self, space: int) -> NDArray[np.int64]:
        """Numbers of the points in a space."""
        return self._points_of[space]

    def costs(self, profile: Profile, closed: Set[str] = frozenset()) -> Costs:
        """The network without what the profile cannot use, and without passages that are closed."""
        key = (orjson.dumps(profile.to_dict()), frozenset(closed))
        found = self._costs.get(key)
        if found is None:
            while len(self._costs) >= _KEPT:
                self._costs.pop(next(iter(self._costs)), None)
            found = self._costs[key] = self._made(profile, closed)
        return found

    def _made(self, profile: Profile, closed: Set[str]) -> Costs:
        seconds, network = self._seconds(profile, closed), self.network
        fits = np.isfinite(seconds)
        there, back = np.flatnonzero(fits & (network.heading >= 0)), np.flatnonzero(fits & (network.heading <= 0))
        way = np.concatenate([there, back])
        starts = np.concatenate([network.one[there], network.other[back]])
        ends = np.concatenate([network.other[there], network.one[back]])
        order = np.lexsort((seconds[way], ends, starts))
        starts, ends, way = starts[order], ends[order], way[order]
        first = np.ones(len(way), bool)
        first[1:] = (starts[1:] != starts[:-1]) | (ends[1:] != ends[:-1])
        starts, ends, way = starts[first], ends[first], way[first]
        size = len(network.points)
        begins = np.searchsorted(starts, np.arange(size + 1))
        return Costs(csr_matrix((seconds[way], ends, begins), shape=(size, size)),
                     csr_matrix((np.maximum(network.length[way], _HAIR), ends, begins), shape=(size, size)), way.astype(np.int32))

    def _seconds(self, profile: Profile, closed: Set[str]) -> Floats:
        """(m,) time of each way, infinite where it cannot be used."""
        network = self.network
        speed = np.array([profile.speeds.get(mode, 0.0) for mode in MODES])[network.mode]
        wait = np.array([profile.waits.get(mode, 0.0) for mode in MODES])[network.mode]
        seconds = np.divide(np.maximum(network.length, _HAIR), speed, out=np.full(len(speed), np.inf), where=speed > 0) + wait
        barred = np.array([*(self._is_barred(number, profile, closed) for number in range(len(network.passages))), False], bool)
        seconds[barred[network.through]] = np.inf
        if math.isfinite(profile.steepest):
            sloping = np.isin(network.mode, [MODES.index(mode) for mode in _STEEP])
            seconds[sloping & (network.steepness() > profile.steepest * (1 + 1e-6))] = np.inf
        return np.asarray(seconds, np.float64)

    def _is_barred(self, number: int, profile: Profile, closed: Set[str]) -> bool:
        passage = self.network.passages[number]
        narrow = passage.mode is Mode.DOOR and passage.width is not None and passage.width < profile.least_door_width_m - _HAIR
        return passage.id in closed or narrow or (profile.accessible and passage.accessible is False)

    def route(self, origin: Place, targets: Sequence[Place], profile: Profile, closed: Set[str] = frozenset()) -> Route | None:
        """The quickest way to whichever target is reached first; None where no way leads to any."""
        costs, pace = self.costs(profile, closed), _pace(profile)
        size = len(self.network.points)
        start = self._links(origin)
        matrix = _with_row(costs.matrix, {number: away / pace for number, away in start.items()})
        away, before = dijkstra(matrix, indices=size, return_predecessors=True)
        best, target, last = math.inf, None, -1
        for bound, at in sorted((self._least(origin, place, away, pace), at) for at, place in enumerate(targets)):
            if bound >= best:
                break
            whole, number = self._reached(origin, targets[at], away, pace)
            if whole < best:
                best, target, last = whole, targets[at], number
        return None if target is None else self._told(origin, target, _path(before, last, size), costs, pace)

    def _links(self, place: Place) -> Mapping[int, float]:
        """Points of the network that are reached straight from a place, and how far they are."""
        if place.space < 0:
            return place.links
        numbers = self.points_of(place.space)
        if not len(numbers):
            return {}
        points = self.network.points[numbers]
        seen = seen_from(self.network.shapes[place.space], place.point[:2], points[:, :2])
        away = np.hypot(*(points[:, :2] - place.point[:2]).T)
        return {int(number): float(far) for number, far, there in zip(numbers, away, seen, strict=True) if there}

    def _least(self, origin: Place, place: Place, away: Floats, pace: float) -> float:
        """No way to a place is shorter than this."""
        if place.space < 0:
            return min((float(away[number]) + far / pace for number, far in place.links.items()), default=math.inf)
        numbers = self.points_of(place.space)
        straight = np.hypot(*(self.network.points[numbers, :2] - place.point[:2]).T) / pace
        through = float(np.min(away[numbers] + straight, initial=math.inf))
        return 0.0 if place.space == origin.space else through

    def _reached(self, origin: Place, target: Place, away: Floats, pace: float) -> tuple[float, int]:
        """Seconds to a place and the last point before it, -1 where it is reached straight from the origin."""
        best = min(((float(away[number]) + far / pace, number) for number, far in self._links(target).items()), default=(math.inf, -1))
        if origin.space >= 0 and origin.space == target.space:
            shape = self.network.shapes[origin.space]
            if seen_from(shape, origin.point[:2], target.point[None, :2])[0]:
                return min(best, (float(np.hypot(*(origin.point - target.point)[:2])) / pace, -1))
        return best

    def _told(self, origin: Place, target: Place, path: list[int], costs: Costs, pace: float) -> Route:
        network, matrix = self.network, costs.matrix
        ends = (_end(origin, path[0] if path else -1, network), _end(target, path[-1] if path else -1, network))
        points = np.array([ends[0], *(network.points[number] for number in path), ends[1]])
        ways = [-1, *(_entry(matrix, costs.way, one, other) for one, other in pairwise(path)), -1][:len(points) - 1]
        inner = [float(matrix[one, other]) for one, other in pairwise(path)]
        first, last = (float(np.linalg.norm(points[at + 1] - points[at])) for at in (0, len(points) - 2))
        metres = [first, *(float(network.length[way]) for way in ways[1:-1]), last][:len(ways)]
        seconds = [first / pace, *inner, last / pace][:len(ways)]
        spaces = [origin.space, *(self._space(one, other) for one, other in pairwise(path)), target.space][:len(ways)]
        rooms = np.array([origin.space, *(int(network.space_of[number]) for number in path), target.space], np.int32)
        return Route(origin, target, points, rooms, np.array(ways, np.int32), np.array(spaces, np.int32), np.array(metres),
                     np.array(seconds))

    def _space(self, one: int, other: int) -> int:
        """The space of a way between two points of it; -1 for one between spaces."""
        space = int(self.network.space_of[one])
        return space if space == self.network.space_of[other] else -1

    def escapes(self, profile: Profile, closed: Set[str] = frozenset(), *, farthest: bool = False) -> list[Escape]:
        """Of every space, the way in metres to the nearest exit. Raises ValueInvalid where the network has no exit."""
        network = self.network
        exits = self.exit_points(closed)
        if not exits:
            raise ValueInvalid("there is no exit: no door is a fire exit or leads outside", field="exit",
                               remedy="say IsExternal or FireExit of doors in the model")
        numbers = np.array(list(exits))
        away, _, source = dijkstra(self.costs(profile, closed).metres.T.tocsr(), indices=numbers, min_only=True, return_predecessors=True)
        return [self._escape(space, away, source, exits, farthest=farthest) for space in range(len(network.spaces))]

    def exit_points(self, closed: Set[str] = frozenset()) -> dict[int, int]:
        """Points of doors that are exits and are not closed -> number of the passage."""
        passages = self.network.passages
        return {point: passage for point, passage in self.network.gates.items()
                if passages[passage].exit and passages[passage].id not in closed}

    def _escape(self, space: int, away: Floats, source: Numbers, exits: Mapping[int, int], *, farthest: bool) -> Escape:
        numbers = self.points_of(space)
        if not len(numbers) or not np.isfinite(away[numbers]).any():
            return Escape(space, math.inf, -1)
        nearest = numbers[int(np.argmin(away[numbers]))]
        whole = self._farthest(space, numbers, away) if farthest else None
        return Escape(space, float(away[nearest]), exits[int(source[nearest])], whole)

    def _farthest(self, space: int, numbers: NDArray[np.int64], away: Floats) -> float:
        shape, some = self.network.shapes[space], numbers[np.isfinite(away[numbers])]
        places, _ = places_in(shape, _FARTHEST_STEP_M)
        found, _ = shortest(shape, places, self.network.points[some, :2], away[some])
        return float(np.max(found[np.isfinite(found)], initial=float(away[some].min())))

    def reach(self, origin: Place, profile: Profile, seconds: float, closed: Set[str] = frozenset()) -> tuple[Floats, float]:
        """(n,) seconds to each point of the network from a place, infinite beyond the limit; and the pace inside spaces."""
        pace = _pace(profile)
        matrix = _with_row(self.costs(profile, closed).matrix, {number: away / pace for number, away in self._links(origin).items()})
        away = dijkstra(matrix, indices=len(self.network.points), limit=seconds)
        return np.asarray(away[:-1]), pace

    def _ways_out(self, closed: Set[str]) -> list[list[int]]:
        """Points of exits that lead outside: those of all models with a place together, those of each other model."""
        groups: dict[str, list[int]] = {}
        for point, number in self.exit_points(closed).items():
            passage = self.network.passages[number]
            if passage.outer:
                groups.setdefault(passage.model if passage.model in self.network.local else "", []).append(point)
        return list(groups.values())

    def cut_off(self, profile: Profile, closed: Set[str] = frozenset()) -> list[int]:
        """Spaces that cannot be reached from most others, or cannot be left: all outside the largest connected part. Exits that
        lead outside lead to one another, where their models have a place."""
        matrix = _with_outside(self.costs(profile, closed).matrix, self._ways_out(closed))
        _, part = connected_components(matrix, directed=True, connection="strong")
        parts = [set(part[self.points_of(space)].tolist()) for space in range(len(self.network.spaces))]
        sizes = np.bincount([one for some in parts for one in some], minlength=1)
        largest = int(np.argmax(sizes))
        return [space for space, some in enumerate(parts) if largest not in some]


def _with_outside(matrix: csr_matrix, groups: Sequence[Sequence[int]]) -> csr_matrix:
    """The matrix with one point more for each group of points, which they lead to and come from."""
    rows = np.repeat(np.arange(len(groups)), [len(group) for group in groups])
    columns = np.array([point for group in groups for point in group], dtype=np.int64)
    out = csr_matrix((np.ones(len(columns)), (rows, columns)), shape=(len(groups), matrix.shape[0]))
    return csr_matrix(bmat([[matrix, out.T], [out, None]]))


def _pace(profile: Profile) -> float:
    return profile.speeds.get(Mode.WALK) or next(iter(profile.speeds.values()))


def _with_row(matrix: csr_matrix, row: Mapping[int, float]) -> csr_matrix:
    """The matrix with one point more, from which these are reached."""
    size = matrix.shape[0] + 1
    data = np.concatenate([matrix.data, np.maximum(np.fromiter(row.values(), float, len(row)), _HAIR)])
    indices = np.concatenate([matrix.indices, np.fromiter(row, np.int64, len(row)).astype(matrix.indices.dtype)])
    return csr_matrix((data, indices, np.append(matrix.indptr, len(data))), shape=(size, size))


def _end(place: Place, number: int, network: Network) -> Floats:
    """Where a route begins or ends: the place, or the point of the network that it stands for."""
    return network.points[number] if place.links.get(number) == 0.0 else place.point


def _path(before: Numbers, last: int, start: int) -> list[int]:
    path: list[int] = []
    while last >= 0 and last != start:
        path.append(int(last))
        last = int(before[last])
    return path[::-1]


def _entry(matrix: csr_matrix, way: Numbers, one: int, other: int) -> int:
    """The number of the way that an entry of the matrix stands for."""
    begin, end = matrix.indptr[one], matrix.indptr[one + 1]
    return int(way[begin + int(np.searchsorted(matrix.indices[begin:end], other))])
