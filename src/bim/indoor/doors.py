"""Doors: the rooms on their two sides, and where one steps into each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from bim.indoor.graph import Gate, Point, Room

Floats = NDArray[np.float64]
_REACH_M = 1.0
"""How thick a wall may be beyond the door."""
_STEPS = 20
_SQUARE = 0.6
"""A door whose sides are more alike than this stands open, or is drawn with its swing: both directions are tried."""
_SILL_M = 0.5


@dataclass(frozen=True, slots=True)
class Door:
    """A door seen from above.

    Attributes:
        middle: (2,) of its outline.
        ways: directions in which one may go through it, the likeliest first: (unit vector (2,), half its depth that way).
        sill: its lowest level.
        width: of its wide side.
    """

    key: str
    middle: Floats
    ways: tuple[tuple[Floats, float], ...]
    sill: float
    width: float = 0.0


def read_door(key: str, corners: Floats) -> Door:
    """The door whose triangles (m, 3, 3) are these: one goes through it across its narrow side."""
    points = corners.reshape(-1, 3)
    origin = points[0, :2]
    ring = shapely.get_coordinates(shapely.oriented_envelope(shapely.MultiPoint(points[:, :2] - origin)))
    sides = np.diff(ring[:3], axis=0) if len(ring) > 2 else np.vstack([np.diff(ring, axis=0), np.zeros((1, 2))])
    lengths = np.hypot(*sides.T)
    narrow, wide = (0, 1) if lengths[0] < lengths[1] else (1, 0)
    along = sides[wide] / max(lengths[wide], 1e-9)
    across = np.array([-along[1], along[0]])
    ways: tuple[tuple[Floats, float], ...] = ((across, float(lengths[narrow]) / 2),)
    if lengths[narrow] > _SQUARE * lengths[wide]:
        ways += ((along, float(lengths[wide]) / 2),)
    middle = ring[:4].mean(axis=0) if len(ring) > 4 else ring.mean(axis=0)
    return Door(key, middle + origin, ways, float(points[:, 2].min()), float(lengths[wide]))


def gate_of(door: Door, rooms: Sequence[Room], reach_m: float = _REACH_M) -> Gate | None:
    """The gate that a door makes between the rooms on its sides; None where there is no room.

    Args:
        reach_m: how far beyond the door a room may begin.
    """
    level = [room for room in rooms if room.floor - _SILL_M <= door.sill <= min(room.floor + _SILL_M * 2, room.top)]
    near = [room for room in level if shapely.distance(room.shape, shapely.Point(door.middle)) <= door.ways[-1][1] + reach_m]
    best: list[tuple[Room, Point]] = []
    for across, depth in door.ways:
        sides = [_beyond(door, across * sign, depth, near, reach_m) for sign in (1.0, -1.0)]
        found = _apart(sides)
        if len(found) > len(best):
            best = [(room, _step_in(door, room, way, depth)) for room, way in found]
    return Gate(door.key, tuple((room.key, point) for room, point in best)) if best else None


@dataclass(frozen=True)
class _Side:
    """The rooms that lie beyond a door, the one that is entered first first, with how many steps out lie in each."""

    way: Floats
    rooms: Sequence[tuple[Room, int]]


def gate_between(door: Door, one: Room, other: Room) -> Gate:
    """The gate of a door that is known to lead from one room to another, wherever they are drawn: entered at their nearest points."""
    middle = shapely.Point(door.middle)

    def entered(room: Room) -> Point:
        east, north = shapely.get_coordinates(shapely.shortest_line(middle, room.shape))[-1].tolist()
        return east, north, room.floor

    return Gate(door.key, ((one.key, entered(one)), (other.key, entered(other))))


def _beyond(door: Door, way: Floats, depth: float, rooms: Sequence[Room], reach_m: float) -> _Side:
    steps = depth + np.linspace(0.05, reach_m, _STEPS)
    places = shapely.points(door.middle + way * steps[:, None])
    inside = [(room, np.asarray(shapely.intersects(room.shape, places))) for room in rooms]
    met = sorted(((int(np.argmax(here)), number) for number, (_, here) in enumerate(inside) if here.any()))
    return _Side(way, [(inside[number][0], int(inside[number][1].sum())) for _, number in met])


def _apart(sides: Sequence[_Side]) -> list[tuple[Room, Floats]]:
    """The first room on each side; where both sides show the same one, it is on the side where there is more of it."""
    one, other = sides
    if not one.rooms or not other.rooms:
        return [(side.rooms[0][0], side.way) for side in sides if side.rooms]
    if one.rooms[0][0].key != other.rooms[0][0].key:
        return [(side.rooms[0][0], side.way) for side in sides]
    home, away = (one, other) if one.rooms[0][1] >= other.rooms[0][1] else (other, one)
    room = home.rooms[0][0]
    return [(room, home.way), *((further, away.way) for further, _ in away.rooms[1:2])]


def _step_in(door: Door, room: Room, way: Floats, depth: float) -> Point:
    """The point of a room that is reached first on the way through the middle of a door."""
    probe: BaseGeometry = shapely.LineString([door.middle, door.middle + way * (depth + _REACH_M)])
    inside = shapely.intersection(probe, room.shape)
    entry = shapely.shortest_line(shapely.Point(door.middle), inside if not inside.is_empty else room.shape)
    east, north = shapely.get_coordinates(entry)[-1].tolist()
    return east, north, room.floor
