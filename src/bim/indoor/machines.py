"""Lifts, escalators and moving walkways: the line one is carried along, and the rooms where one gets on and off."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from bim.indoor.graph import Gate, Mode, Point, Room, Stair
from bim.indoor.stairs import slope_line, walking_line
from bim.siteplan import hull_of

Floats = NDArray[np.float64]
MACHINES: Mapping[str, Mode] = {"ELEVATOR": Mode.LIFT, "ESCALATOR": Mode.ESCALATOR, "MOVINGWALKWAY": Mode.WALKWAY}
"""Predefined or operation type of a transport element -> how it carries people."""
_TRANSPORT = ("IfcTransportElement", "IfcTransportationDevice")
_VAGUE = ("IfcBuildingElementProxy", "IfcFlowTerminal", "IfcDistributionElement", "IfcEquipmentElement")
"""Classes in which programs write what they know no class for, machines among them."""
_CALLED: tuple[tuple[Mode, re.Pattern[str]], ...] = (
    (Mode.WALKWAY, re.compile(r"moving walk|travell?ator|autowalk|rollsteig|fahrsteig|自動行人道|自动人行道", re.I)),
    (Mode.ESCALATOR, re.compile(r"escalator|rolltreppe|fahrtreppe|扶手電梯|扶梯", re.I)),
    (Mode.LIFT, re.compile(r"(?<![a-z])(?<!fork )(?<!scissor )lifts?(?![a-z])|elevator|aufzug|ascenseur|升降機|升降机|電梯|电梯", re.I)))
_DOOR = re.compile(r"door|tür|porte(?![a-z])|門|门", re.I)
_ABOUT = re.compile(r"door|tür|porte(?![a-z])|shaft|schacht|(?<![a-z])pit(?![a-z])|lobby|button|panel|signal|sign(?![a-z])|sill|rail|light|"
                    r"lamp|machine room|門|门|井|槽|按鈕|按钮|燈|灯|大堂", re.I)
"""What is about a machine but is none."""
_DIRECTIONS = frozenset({"direction", "traveldirection", "runningdirection", "movingdirection"})
_NEAR_M = 1.5
_ONE_LEVEL_M = 0.3
_SILL_M = 0.5
_LEAST_RISE_M = 0.5
_REACH_M = 2.5
"""Horizontal way from the end of a machine to where it is left."""


def machine_of(row: Mapping[str, Any]) -> Mode | None:
    """How an element carries people, by its predefined type; by its names where that does not tell. None for what is no machine."""
    if (vague := row["ifc_class"] not in _TRANSPORT) and row["ifc_class"] not in _VAGUE:
        return None
    if not vague and row.get("predefined_type") in MACHINES:
        return MACHINES[row["predefined_type"]]
    said = _said(row)
    return None if vague and _ABOUT.search(said) else next((mode for mode, called in _CALLED if called.search(said)), None)


def is_lift_door(row: Mapping[str, Any]) -> bool:
    """Whether an element is called a door of a lift, in one of the classes of which anything may be."""
    said = _said(row)
    return row["ifc_class"] in (*_VAGUE, "IfcDoor") and bool(_DOOR.search(said) and _CALLED[-1][1].search(said))


def _said(row: Mapping[str, Any]) -> str:
    return " | ".join(str(row.get(name) or "") for name in ("name", "type_name", "object_type"))


def floors_behind(doors: Iterable[Floats], cab: Floats, rooms: Sequence[Room]) -> list[Room]:
    """Rooms before those doors of lifts, triangles (m, 3, 3) each, that stand over or under a cab; levels that its shape need not reach."""
    outline, found = hull_of(cab), []
    for door in doors:
        there, sill = hull_of(door), float(door[:, :, 2].min())
        if shapely.distance(there, outline) <= _NEAR_M:
            found += [room for room in rooms if abs(room.floor - sill) <= _SILL_M and shapely.distance(room.shape, there) <= _NEAR_M]
    return found


def heading_of(psets: Mapping[str, Any]) -> int:
    """1 for up, -1 for down, 0 for both or where nothing is said: a property called direction whose value says so."""
    for properties in psets.values():
        for name, value in properties.items() if isinstance(properties, Mapping) else ():
            if name.lower().replace(" ", "") in _DIRECTIONS and isinstance(value, str):
                word = value.strip().upper()
                return 1 if word.startswith("UP") else -1 if word.startswith("DOWN") else 0
    return 0


def lift(key: str, corners: Floats, rooms: Sequence[Room], gates: Iterable[Gate], stops: Iterable[Room] = ()) -> Stair | None:
    """A lift between the floors that its triangles (m, 3, 3) pass; None where fewer than two have a room beside it.

    On each floor one gets on from the room behind a door to the shaft, else from the room that the lift stands in, else from
    the nearest room within 1.5 m.

    Args:
        gates: doors with a room on one side only, which may lead to the shaft.
        stops: rooms of floors that the model says it serves, whether or not its shape reaches them.
    """
    outline = hull_of(corners)
    low, high = float(corners[:, :, 2].min()), float(corners[:, :, 2].max())
    served = {room.key for room in stops}
    near = [room for room in rooms if (room.key in served or low - _SILL_M <= room.floor <= high - _SILL_M)
            and shapely.distance(room.shape, outline) <= _NEAR_M]
    doors = {room: (point, gate.key) for gate in gates for room, point in gate.sides
             if shapely.distance(outline, shapely.Point(point[:2])) <= _NEAR_M}
    centre = shapely.centroid(outline)
    landings = [_boarded(floor, centre, doors) for floor in _by_floor(near)]
    if len(landings) < 2:
        return None
    line = np.array([(centre.x, centre.y, point[2]) for _, point in landings])
    return Stair(key, line, tuple((at, room, point) for at, (room, point) in enumerate(landings)), Mode.LIFT)


def _by_floor(rooms: Sequence[Room]) -> list[list[Room]]:
    floors: list[list[Room]] = []
    for room in sorted(rooms, key=lambda room: room.floor):
        if floors and room.floor - floors[-1][0].floor <= _ONE_LEVEL_M:
            floors[-1].append(room)
        else:
            floors.append([room])
    return floors


def _boarded(rooms: Sequence[Room], centre: BaseGeometry, doors: Mapping[str, tuple[Point, str]]) -> tuple[str, Point]:
    behind = [(room.key, doors[room.key][0]) for room in rooms if room.key in doors]
    if behind:
        return behind[0]
    room = min(rooms, key=lambda room: (float(shapely.distance(room.shape, centre)), room.key))
    return room.key, _entered(room, centre)


def _entered(room: Room, place: BaseGeometry) -> Point:
    east, north = shapely.get_coordinates(shapely.shortest_line(place, room.shape))[-1].tolist()
    return east, north, room.floor


def escalator(key: str, corners: Floats, rooms: Sequence[Room], heading: int = 0) -> Stair | None:
    """An escalator along the slope or the steps of its triangles (m, 3, 3); None where it does not join two floors."""
    lines = [line for line in (slope_line(corners), walking_line(corners)) if line is not None]
    line = max(lines, key=lambda one: float(np.ptp(one[:, 2])), default=None)
    if line is None or np.ptp(line[:, 2]) < _LEAST_RISE_M:
        return None
    ends = [(at, _left(line[at], rooms)) for at in (0, len(line) - 1)]
    landings = tuple((at, *found) for at, found in ends if found is not None)
    return Stair(key, line, landings, Mode.ESCALATOR, heading) if len({room for _, room, _ in landings}) == 2 else None


def walkway(key: str, corners: Floats, rooms: Sequence[Room], heading: int = 0) -> Stair | None:
    """A moving walkway along the longer axis of its triangles (m, 3, 3), level or nearly so; None where it leads into no room."""
    ring = shapely.get_coordinates(shapely.oriented_envelope(hull_of(corners)))
    if len(ring) < 5:
        return None
    sides = np.hypot(*np.diff(ring, axis=0).T)
    first = 0 if sides[0] < sides[1] else 1
    ends = (ring[first:first + 2].mean(axis=0), ring[first + 2:first + 4].mean(axis=0))
    low = float(corners[:, :, 2].min())
    found = [_left(np.array([*end, low]), rooms) for end in ends]
    if any(one is None for one in found):
        return None
    landings = tuple((at, *one) for at, one in enumerate(found) if one is not None)
    line = np.array([(*end, point[2]) for end, (_, _, point) in zip(ends, landings, strict=True)])
    return Stair(key, line, landings, Mode.WALKWAY, heading)


def _left(point: Floats, rooms: Sequence[Room]) -> tuple[str, Point] | None:
    """The room of this level in which one arrives."""
    place = shapely.Point(point[:2])
    level = [room for room in rooms if abs(room.floor - point[2]) <= _SILL_M and shapely.distance(room.shape, place) <= _REACH_M]
    best = min(level, key=lambda room: (float(shapely.distance(room.shape, place)), room.key), default=None)
    return (best.key, _entered(best, place)) if best is not None else None
