"""One network of several: doors to the outside joined to the rooms of other models, and to the paths outside."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from bim.indoor import MODES, SITE_CRS, Mode, Network, Passage
from bim.indoor.sight import seen_from

Floats = NDArray[np.float64]
_NEIGHBOUR_M = 3.0
"""Two walls and a gap."""
_ONE_FLOOR_M = 0.5
_LANDING_M = 1.5
_SAME_PLACE_M = 0.05
_UP_AND_DOWN = (Mode.STAIR, Mode.RAMP)


@dataclass(frozen=True)
class Path:
    """A line that people walk along outside.

    Attributes:
        id: `collection:feature`.
        line: (k, 3) HK1980 Grid and mPD; height NaN where it is not known.
        heading: as of ways.
    """

    id: str
    name: str
    line: Floats
    mode: Mode = Mode.OUTDOOR
    heading: int = 0
    long_name: str = ""
    accessible: bool | None = None


@dataclass
class _Added:
    """Points, ways and passages that come to a network."""

    network: Network
    points: list[Floats] = field(default_factory=list)
    space_of: list[int] = field(default_factory=list)
    ways: list[tuple[int, int, float, int, int, int]] = field(default_factory=list)
    passages: list[Passage] = field(default_factory=list)

    def point(self, place: Floats, space: int = -1) -> int:
        self.points.append(place)
        self.space_of.append(space)
        return len(self.network.points) + len(self.points) - 1

    def place(self, number: int) -> Floats:
        known = len(self.network.points)
        return np.asarray(self.network.points[number] if number < known else self.points[number - known])

    def join(self, one: int, other: int, mode: Mode, through: int = -1, heading: int = 0) -> None:
        away = float(np.linalg.norm(self.place(one) - self.place(other)))
        self.ways.append((one, other, away, MODES.index(mode), through, heading))

    def passage(self, one: Passage) -> int:
        self.passages.append(one)
        return len(self.network.passages) + len(self.passages) - 1

    def whole(self) -> Network:
        old = self.network
        if not self.points and not self.ways:
            return old
        rows = np.array(self.ways, dtype=np.float64).reshape(-1, 6)
        longer: dict[str, Any] = {name: np.concatenate([getattr(old, name), rows[:, at].astype(getattr(old, name).dtype)])
                                  for at, name in enumerate(("one", "other", "length", "mode", "through", "heading"))}
        return replace(old, points=np.concatenate([old.points, np.array(self.points).reshape(-1, 3)]),
                       space_of=np.concatenate([old.space_of, np.array(self.space_of, np.int32)]),
                       passages=[*old.passages, *self.passages], **longer)


def merged(networks: Sequence[Network]) -> Network:
    """Networks side by side, joined by nothing."""
    points = np.cumsum([0, *(len(one.points) for one in networks)]).tolist()
    spaces = np.cumsum([0, *(len(one.spaces) for one in networks)]).tolist()
    passages = np.cumsum([0, *(len(one.passages) for one in networks)]).tolist()

    def shifted(name: str, by: Sequence[int]) -> NDArray[np.int32]:
        parts = [np.where(getattr(one, name) < 0, -1, getattr(one, name) + start) for one, start in zip(networks, by, strict=False)]
        return np.concatenate([np.zeros(0, np.int32), *parts]).astype(np.int32)

    def stacked(name: str, empty: NDArray[np.generic]) -> NDArray[np.generic]:
        return np.concatenate([empty, *(getattr(one, name) for one in networks)])

    return Network(
        np.concatenate([np.zeros((0, 3)), *(one.points for one in networks)]), shifted("space_of", spaces), shifted("one", points),
        shifted("other", points), np.asarray(stacked("length", np.zeros(0)), np.float64),
        np.asarray(stacked("mode", np.zeros(0, np.int8)), np.int8), shifted("through", passages),
        np.asarray(stacked("heading", np.zeros(0, np.int8)), np.int8), [space for one in networks for space in one.spaces],
        [passage for one in networks for passage in one.passages], [shape for one in networks for shape in one.shapes],
        {point + start: passage + first for one, start, first in zip(networks, points, passages, strict=False)
         for point, passage in one.gates.items()},
        [loss for one in networks for loss in one.losses], SITE_CRS,
        frozenset(name for one in networks if not one.crs for name in _models(one)))


def _models(network: Network) -> set[str]:
    return {one.model for one in network.spaces} | {one.model for one in network.passages}


def joined(networks: Sequence[Network], paths: Sequence[Path] = (), reach_m: float = 60.0, step_m: float = 4.0) -> Network:
    """One network of those of several models and of paths outside; models without a place stand apart.

    A door to the outside leads to a room of another model that begins within 3 m of it on the same level, else to the nearest
    path within `reach_m` in plan and `step_m` in height. A stair that reaches no room of its own model leads to those of others.
    """
    whole = merged(networks)
    placed = _models(whole) - whole.local
    added = _Added(whole)
    rooms = _Rooms(whole, placed)
    outside = []
    for point, passage in _outer_doors(whole, placed):
        found = rooms.near(whole.points[point], whole.passages[passage].model, _NEIGHBOUR_M)
        if found is None:
            outside.append((point, passage))
        else:
            added.join(point, _entered(added, rooms, *found), Mode.ENTRANCE, passage)
    for point, passage in _loose_ends(whole, placed):
        found = rooms.near(whole.points[point], whole.passages[passage].model, _LANDING_M)
        if found is not None:
            added.join(point, _entered(added, rooms, *found), Mode.WALK, passage)
    if paths:
        _Outside(added, paths).join(outside, reach_m, step_m)
    return added.whole()


def _outer_doors(network: Network, models: set[str]) -> Iterator[tuple[int, int]]:
    for point, passage in network.gates.items():
        if network.passages[passage].outer and network.passages[passage].model in models:
            yield point, passage


def _loose_ends(network: Network, models: set[str]) -> Iterator[tuple[int, int]]:
    """Ends of stairs and ramps that lead from no room to another."""
    lost = {loss.id for loss in network.losses if loss.kind == "stair"}
    degree = np.bincount(np.concatenate([network.one, network.other]), minlength=len(network.points))
    for number, passage in enumerate(network.passages):
        if passage.id in lost and passage.mode in _UP_AND_DOWN and passage.model in models:
            mine = network.through == number
            ends = np.unique(np.concatenate([network.one[mine], network.other[mine]]))
            yield from ((int(end), number) for end in ends if degree[end] == 1)


class _Rooms:
    """Rooms of models with a place, found by where they are."""

    def __init__(self, network: Network, models: set[str]) -> None:
        self.network = network
        self.numbers = [number for number, space in enumerate(network.spaces) if space.model in models]
        self.tree = shapely.STRtree([network.shapes[number] for number in self.numbers])

    def near(self, place: Floats, not_in: str, within_m: float) -> tuple[int, Floats] | None:
        """The nearest room of another model on this level, and the place where it is entered."""
        point = shapely.Point(place[:2])
        best: tuple[float, int] | None = None
        for at in self.tree.query(point, predicate="dwithin", distance=within_m).tolist():
            number = self.numbers[at]
            space = self.network.spaces[number]
            if space.model == not_in or abs(space.floor - place[2]) > _ONE_FLOOR_M:
                continue
            away = float(shapely.distance(point, self.network.shapes[number]))
            best = min(best, (away, number)) if best else (away, number)
        if best is None:
            return None
        number = best[1]
        entry = shapely.get_coordinates(shapely.shortest_line(point, self.network.shapes[number]))[-1]
        return number, np.array([*entry, self.network.spaces[number].floor])


def _entered(added: _Added, rooms: _Rooms, space: int, entry: Floats) -> int:
    """A new point in a room, with ways to the points of the room that are seen from it."""
    network = rooms.network
    known = [*np.flatnonzero(network.space_of == space).tolist(),
             *(number + len(network.points) for number, of in enumerate(added.space_of) if of == space)]
    made = added.point(entry, space)
    if known:
        flat = np.array([added.place(number)[:2] for number in known])
        for at in np.flatnonzero(seen_from(network.shapes[space], entry[:2], flat)):
            added.join(made, known[at], Mode.WALK)
    return made


class _Outside:
    """Paths outside as points and ways."""

    def __init__(self, added: _Added, paths: Sequence[Path]) -> None:
        self._added = added
        self._known: dict[tuple[int, ...], int] = {}
        self._segments: list[tuple[int, int, int, Path]] = []
        for path in paths:
            passage = added.passage(Passage(path.id, path.name, path.mode, "", "", "", path.long_name, accessible=path.accessible))
            numbers = [self._vertex(place) for place in path.line]
            for one, other in pairwise(numbers):
                if one != other:
                    self._segments.append((one, other, passage, path))
        self._lines = [shapely.LineString([added.place(one)[:2], added.place(other)[:2]]) for one, other, _, _ in self._segments]

    def _vertex(self, place: Floats) -> int:
        height = 0.0 if np.isnan(place[2]) else place[2]
        key = tuple(np.round(np.array([place[0], place[1], height]) / _SAME_PLACE_M).astype(np.int64).tolist())
        if key not in self._known:
            self._known[key] = self._added.point(np.asarray(place, np.float64))
        return self._known[key]

    def join(self, doors: Sequence[tuple[int, int]], reach_m: float, step_m: float) -> None:
        """Doors to their nearest path; then the paths, cut where doors are joined to them."""
        tree = shapely.STRtree(self._lines)
        lowest = min((float(self._added.place(point)[2]) for point, _ in doors), default=0.0)
        cuts: dict[int, list[tuple[float, int]]] = {}
        for point, passage in doors:
            place = self._added.place(point)
            best = min(((away, number) for number in tree.query(shapely.Point(place[:2]), predicate="dwithin", distance=reach_m).tolist()
                        if (away := self._away(place, number, step_m, lowest)) is not None), default=None)
            if best is None:
                continue
            foot, along = self._foot(place, best[1])
            self._added.join(point, foot, Mode.ENTRANCE, passage)
            if foot not in self._segments[best[1]][:2]:
                cuts.setdefault(best[1], []).append((along, foot))
        for number, (one, other, through, path) in enumerate(self._segments):
            at = one
            for _, foot in sorted(cuts.get(number, ())):
                self._added.join(at, foot, path.mode, through, path.heading)
                at = foot
            self._added.join(at, other, path.mode, through, path.heading)
        self._settle()

    def _away(self, place: Floats, number: int, step_m: float, lowest: float) -> float | None:
        """In plan, to a path that is near in height; one of unknown height is near the lowest doors."""
        foot = self._place_on(place, number)
        off = abs(place[2] - (lowest if np.isnan(foot[2]) else foot[2]))
        return float(np.hypot(*(foot[:2] - place[:2]))) if off <= step_m else None

    def _place_on(self, place: Floats, number: int) -> Floats:
        one, other, _, _ = self._segments[number]
        start, end = self._added.place(one), self._added.place(other)
        along = end[:2] - start[:2]
        share = float(np.clip((place[:2] - start[:2]) @ along / max(float(along @ along), 1e-12), 0.0, 1.0))
        return np.asarray(start + (end - start) * share)

    def _foot(self, place: Floats, number: int) -> tuple[int, float]:
        """The point of a path that is nearest to a place, a new one where none is there yet, and how far along the segment it is."""
        foot, (one, other, _, _) = self._place_on(place, number), self._segments[number]
        start, end = self._added.place(one), self._added.place(other)
        along = float(np.hypot(*(foot[:2] - start[:2])))
        if along <= _SAME_PLACE_M:
            return one, along
        if np.hypot(*(foot[:2] - end[:2])) <= _SAME_PLACE_M:
            return other, along
        if np.isnan(foot[2]):
            foot[2] = place[2]
        return self._added.point(foot), along

    def _settle(self) -> None:
        """Points of unknown height get that of the nearest point outside whose height is known, else 0; lengths follow."""
        added, known = self._added, len(self._added.network.points)
        points = np.array(added.points).reshape(-1, 3)
        lost = np.isnan(points[:, 2])
        if not lost.any():
            return
        if (~lost).any():
            known_places = [shapely.Point(place) for place in points[~lost, :2]]
            nearest = shapely.STRtree(known_places).nearest([shapely.Point(place) for place in points[lost, :2]])
            points[lost, 2] = points[~lost, 2][nearest]
        else:
            points[lost, 2] = 0.0
        added.points = list(points)
        added.ways = [(one, other, float(np.linalg.norm(added.place(one) - added.place(other))) if max(one, other) >= known else length,
                       mode, through, heading) for one, other, length, mode, through, heading in added.ways]


