"""Rooms, doors and stairs of a model, as its rows and shapes show them; frame of the model, metres."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from bim.indoor.doors import Door, gate_between, gate_of, read_door
from bim.indoor.graph import Gate, IndoorGraph, Mode, Point, Room, Stair
from bim.indoor.machines import escalator, floors_behind, heading_of, is_lift_door, lift, machine_of, walkway
from bim.indoor.stairs import walking_line
from bim.shapes import Shapes
from bim.siteplan import outline_of
from bim.tables import ModelTables
from csdi.feature import Feature

Floats = NDArray[np.float64]
_OUTDOORS = frozenset({"EXTERNAL", "GFA"})
"""Kinds of spaces that are no rooms."""
_DOORS = ("IfcDoor",)
_WALLS = ("IfcWall", "IfcCurtainWall", "IfcWindow", "IfcPlate", "IfcColumn", "IfcBuildingElementProxy", "IfcDoor")
_STAIRS = ("IfcStair", "IfcRamp", "IfcStairFlight", "IfcRampFlight")
_RAMPS = ("IfcRamp", "IfcRampFlight")
_NOT_WALKED = ("IfcRailing", "IfcMember", "IfcBeam", "IfcColumn")
_OPEN_M = 0.6
"""Least width of an opening between rooms that touch."""
_TOUCHING_M = 0.02
_GAP_M = 0.5
"""Rooms that lie farther apart are not open to each other."""
_SAME_FLOOR_M = 0.3
_RISER_M = 0.35
_LEVEL_M = 0.06
_NEAR_STAIR_M = 1.5
_FAR_M = 1.5
"""How far beyond a door a room may begin where there is none nearer."""


@dataclass(frozen=True)
class Indoors:
    """What a model says of ways inside it.

    Attributes:
        doors: GlobalId -> its gate, of every door that leads into a room.
        openings: gates where rooms are open to each other.
        stairs: stairs, ramps, and where they were asked for, machines.
        lost_doors, lost_rooms, lost_stairs: GlobalId -> why a door, a space, a stair or machine is not part of the graph.
        widths: GlobalId of a door -> metres across, as drawn.
        proofs: GlobalId of a door -> `boundaries` where the model says which spaces it bounds, `footprints` where they were seen.
    """

    graph: IndoorGraph
    doors: Mapping[str, Gate]
    lost_doors: Mapping[str, str]
    lost_rooms: Mapping[str, str]
    openings: Sequence[Gate] = ()
    stairs: Sequence[Stair] = ()
    lost_stairs: Mapping[str, str] = field(default_factory=dict)
    widths: Mapping[str, float] = field(default_factory=dict)
    proofs: Mapping[str, str] = field(default_factory=dict)


def read_indoors(tables: ModelTables, shapes: Shapes, space_shapes: Shapes, *, machines: bool = False) -> Indoors:
    """The indoor graph of a model: rooms from spaces, gates from doors and from open sides, stairs and ramps with their slope.

    Args:
        machines: whether lifts, escalators and moving walkways are ways too.
    """
    lost_rooms: dict[str, str] = {}
    rooms = _rooms(tables.parts["spaces"], space_shapes, lost_rooms)
    elements = tables.parts["elements"]
    walls = _Walls(shapes, _keys(elements, _WALLS) if rooms else ())
    doors = _doors(elements, shapes, rooms)
    lost_stairs: dict[str, str] = {}
    stairs = _stairs(elements, shapes, rooms, walls, lost_stairs)
    if machines:
        stairs += _machines(tables, shapes, rooms, list(doors.gates.values()), lost_stairs)
    openings = _open_sides(rooms, walls, _virtual(elements))
    graph = IndoorGraph(rooms, [*doors.gates.values(), *openings], stairs)
    lost_rooms.update((key, "no door or open side leads out of it") for key in graph.without_gate())
    return Indoors(graph, doors.gates, doors.lost, lost_rooms, openings, stairs, lost_stairs, doors.widths, doors.proofs)


def _keys(rows: Iterable[Feature], classes: Sequence[str]) -> list[str]:
    """GlobalIds of the rows of classes, and of those that older schemas split off (IfcDoorStandardCase)."""
    return [str(row.properties["global_id"]) for row in rows
            if str(row.properties["ifc_class"]).removesuffix("StandardCase").removesuffix("ElementedCase") in classes]


def _rooms(rows: Sequence[Feature], space_shapes: Shapes, lost: dict[str, str]) -> list[Room]:
    indoors = [str(row.properties["global_id"]) for row in rows if row.properties.get("predefined_type") not in _OUTDOORS]
    corners = space_shapes.corners(set(indoors))
    rooms = []
    for key in indoors:
        shape = outline_of(corners[key]).on_grid if key in corners else None
        if shape is None or shapely.area(shape) < 1e-3:
            lost[key] = "the space has no shape"
            continue
        levels = corners[key][:, :, 2]
        rooms.append(Room(key, shape, float(levels.min()), float(levels.max())))
    return rooms


@dataclass(frozen=True)
class _Doors:
    gates: dict[str, Gate] = field(default_factory=dict)
    lost: dict[str, str] = field(default_factory=dict)
    widths: dict[str, float] = field(default_factory=dict)
    proofs: dict[str, str] = field(default_factory=dict)


def _doors(elements: Sequence[Feature], shapes: Shapes, rooms: Sequence[Room]) -> _Doors:
    """The gates of doors; and why others are none."""
    found, keys = _Doors(), _keys(elements, _DOORS)
    rows, corners = {str(row.properties["global_id"]): row for row in elements}, shapes.corners(set(keys))
    for key in keys:
        if key not in corners:
            found.lost[key] = "the door has no shape"
            continue
        door = read_door(key, corners[key])
        found.widths[key] = door.width
        gate, found.proofs[key] = _gate(door, rows[key].properties.get("bounds") or (), rooms)
        if gate is None:
            found.lost[key] = "no room of its level lies within 1.5 m of the door"
        else:
            found.gates[key] = gate
    return found


def _gate(door: Door, bounds: Iterable[Mapping[str, Any]], rooms: Sequence[Room]) -> tuple[Gate | None, str]:
    """The gate of a door and how it was found: between the spaces that it bounds, else between the rooms that are seen beside it."""
    outside = {str(one["space"]): bool(one["outside"]) for one in bounds}
    said = [room for room in rooms if room.key in outside]
    if len(said) == 1 and outside[said[0].key]:
        return gate_of(door, said, _FAR_M) or _entry(door, said[0]), "boundaries"
    if len(said) >= 2:
        gate = gate_of(door, said)
        if gate is not None and len(gate.sides) == 2:
            return gate, "boundaries"
        one, other = sorted(said, key=lambda room: float(shapely.distance(room.shape, shapely.Point(door.middle))))[:2]
        return gate_between(door, one, other), "boundaries"
    return gate_of(door, rooms) or gate_of(door, rooms, _FAR_M), "footprints"


def _entry(door: Door, room: Room) -> Gate:
    return Gate(door.key, gate_between(door, room, room).sides[:1])


class _Walls:
    """What one cannot walk through, in plan and between two levels.

    Attributes:
        any: whether the model shows anything of the kind.
    """

    def __init__(self, shapes: Shapes, keys: Sequence[str]) -> None:
        corners = shapes.corners(set(keys))
        self._outlines = np.array([outline_of(one).on_grid for one in corners.values()], dtype=object)
        self._levels = np.array([(one[:, :, 2].min(), one[:, :, 2].max()) for one in corners.values()]).reshape(-1, 2)
        self._tree = shapely.STRtree(self._outlines)
        self.any = bool(len(self._outlines))

    def across(self, shape: BaseGeometry, level: float) -> NDArray[np.object_]:
        """Outlines of the walls that meet a shape and are there 1 m over a level."""
        near = self._tree.query(shape, predicate="intersects")
        low, high = self._levels[near].T
        return np.asarray(self._outlines[near[(low < level + 1.0) & (high > level + 1.0)]])


def _virtual(elements: Sequence[Feature]) -> set[frozenset[str]]:
    """Pairs of spaces between which the model says there is nothing but a line."""
    bounds = (row.properties.get("bounds") or () for row in elements if row.properties["ifc_class"] == "IfcVirtualElement")
    return {frozenset(spaces) for some in bounds if len(spaces := {str(one["space"]) for one in some}) == 2}


def _open_sides(rooms: Sequence[Room], walls: _Walls, virtual: Set[frozenset[str]]) -> list[Gate]:
    """Gates where rooms of one floor lie side by side and no wall stands between them, or the model says that nothing does.

    In a model that shows no walls, only where it says so.
    """
    shapes = np.array([room.shape for room in rooms], dtype=object)
    pairs = shapely.STRtree(shapes).query(shapes, predicate="dwithin", distance=_GAP_M).T if len(shapes) else ()
    gates = []
    for one, other in ((rooms[a], rooms[b]) for a, b in pairs if a < b):
        if abs(one.floor - other.floor) > _SAME_FLOOR_M:
            continue
        sides = _open_parts(one, other, walls) if walls.any else []
        if not sides and {one.key, other.key} in virtual:
            sides = [shapely.shortest_line(one.shape, other.shape)]
        gates += [_open_gate(one, other, side) for side in sides]
    return gates


def _open_parts(one: Room, other: Room, walls: _Walls) -> list[BaseGeometry]:
    """The parts of a room's edge that face another room, with nothing in the gap between the two."""
    gap = float(shapely.distance(one.shape, other.shape)) + _TOUCHING_M
    facing = shapely.intersection(shapely.boundary(one.shape), shapely.buffer(other.shape, gap))
    for wall in walls.across(shapely.buffer(facing, gap), max(one.floor, other.floor)):
        facing = shapely.difference(facing, shapely.buffer(wall, gap))
    lines = [part for part in shapely.get_parts(facing) if part.geom_type == "LineString"]
    whole = shapely.line_merge(shapely.multilinestrings(lines))
    return [part for part in shapely.get_parts(whole) if shapely.length(part) >= _OPEN_M]


def _open_gate(one: Room, other: Room, side: BaseGeometry) -> Gate:
    middle = shapely.line_interpolate_point(np.array([side]), 0.5, normalized=True)[0]
    (east, north), (beyond_east, beyond_north) = shapely.get_coordinates(shapely.shortest_line(middle, other.shape)).tolist()
    return Gate("", ((one.key, (east, north, one.floor)), (other.key, (beyond_east, beyond_north, other.floor))))


def _stair_corners(elements: Sequence[Feature], shapes: Shapes) -> dict[str, Floats]:
    """GlobalId -> triangles of every stair and ramp with its flights and landings, without what is held on to."""
    rows = {str(row.properties["global_id"]): row for row in elements}
    stairs = _keys(elements, _STAIRS)
    parts = {key: [part for part in rows[key].properties.get("parts") or () if part in rows
                   and rows[part].properties["ifc_class"] not in _NOT_WALKED] for key in stairs}
    inner = {part for some in parts.values() for part in some}
    corners = shapes.corners({key for key in stairs if key not in inner} | inner)
    wholes = {key: [corners[one] for one in (key, *parts[key]) if one in corners] for key in stairs if key not in inner}
    return {key: np.concatenate(some) for key, some in wholes.items() if some}


def _stairs(elements: Sequence[Feature], shapes: Shapes, rooms: Sequence[Room], walls: _Walls, lost: dict[str, str]) -> list[Stair]:
    """Stairs and ramps; why others are none, and which lead nowhere."""
    ramps = set(_keys(elements, _RAMPS))
    corners, found = _stair_corners(elements, shapes), []
    for key, some in corners.items():
        stair = _stair(key, some, rooms, walls, Mode.RAMP if key in ramps else Mode.STAIR)
        if stair is None:
            lost[key] = "its shape shows neither steps nor a slope"
            continue
        found.append(stair)
        if len({room for _, room, _ in stair.landings}) < 2:
            lost[key] = "it does not lead from one room to another"
    inner = {part for row in elements for part in row.properties.get("parts") or ()}
    lost.update((key, "it has no shape") for key in _keys(elements, _STAIRS) if key not in corners and key not in inner)
    return found


def _machines(tables: ModelTables, shapes: Shapes, rooms: Sequence[Room], gates: Sequence[Gate], lost: dict[str, str]) -> list[Stair]:
    """Lifts, escalators and moving walkways; why others are none."""
    every = {str(row.properties["global_id"]): row.properties for row in tables.parts["elements"]}
    modes = {key: mode for key, row in every.items() if (mode := machine_of(row)) is not None}
    doors = list(shapes.corners({key for key, row in every.items() if is_lift_door(row)} if modes else set()).values())
    corners, found = shapes.corners(set(modes)), []
    outer = [gate for gate in gates if len(gate.sides) == 1]
    storeys = {str(row.properties["global_id"]): row.properties.get("storey") for row in tables.parts["spaces"]}
    for key, mode in modes.items():
        row, way = every[key], None
        if key in corners and mode is Mode.LIFT:
            served = set(row.get("referenced_in") or ())
            stops = [room for room in rooms if storeys.get(room.key) in served] + floors_behind(doors, corners[key], rooms)
            way = lift(key, corners[key], rooms, outer, stops)
        elif key in corners:
            way = (escalator if mode is Mode.ESCALATOR else walkway)(key, corners[key], rooms, heading_of(row.get("psets") or {}))
        if way is None:
            lost[key] = "it does not lead from one room to another" if key in corners else "it has no shape"
        else:
            found.append(way)
    return found


def _stair(key: str, corners: Floats, rooms: Sequence[Room], walls: _Walls, mode: Mode) -> Stair | None:
    line = walking_line(corners)
    if line is None:
        return None
    landings = []
    for at, point in enumerate(line):
        reach = _RISER_M if at in (0, len(line) - 1) else _LEVEL_M
        found = _landing(point, [room for room in rooms if abs(room.floor - point[2]) <= reach], walls)
        if found is not None:
            landings.append((at, *found))
    return Stair(key, line, tuple(landings), mode)


def _landing(point: Floats, rooms: Sequence[Room], walls: _Walls) -> tuple[str, Point] | None:
    """The room that a point of a stair lies in, else the nearest that no wall stands before."""
    place = shapely.Point(point[:2])
    ways = sorted(((float(shapely.distance(place, room.shape)), number) for number, room in enumerate(rooms)))
    for away, number in ways:
        room = rooms[number]
        way = shapely.shortest_line(place, room.shape)
        if away <= _NEAR_STAIR_M and (away == 0.0 or not len(walls.across(way, room.floor))):
            east, north = shapely.get_coordinates(way)[-1].tolist()
            return room.key, (east, north, room.floor)
    return None


