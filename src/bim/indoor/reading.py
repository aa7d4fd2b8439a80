"""Rooms, doors and stairs of a model, as its rows and shapes show them; frame of the model, metres."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from bim.indoor.doors import gate_of, read_door
from bim.indoor.graph import Gate, IndoorGraph, Point, Room, Stair
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


@dataclass(frozen=True)
class Indoors:
    """What a model says of ways inside it.

    Attributes:
        doors: GlobalId -> its gate, of every door that leads into a room.
        lost_doors, lost_rooms: GlobalId -> why a door or space is not part of the graph.
    """

    graph: IndoorGraph
    doors: Mapping[str, Gate]
    lost_doors: Mapping[str, str]
    lost_rooms: Mapping[str, str]


def read_indoors(tables: ModelTables, shapes: Shapes, space_shapes: Shapes) -> Indoors:
    """The indoor graph of a model: rooms from spaces, gates from doors and from open sides, stairs and ramps with their slope."""
    lost_rooms: dict[str, str] = {}
    rooms = _rooms(tables.parts["spaces"], space_shapes, lost_rooms)
    elements = tables.parts["elements"]
    walls = _Walls(shapes, _keys(elements, _WALLS))
    doors, lost_doors = _doors(elements, shapes, rooms)
    stairs = [stair for key, corners in _stair_corners(elements, shapes).items() if (stair := _stair(key, corners, rooms, walls))]
    graph = IndoorGraph(rooms, [*doors.values(), *_open_sides(rooms, walls)], stairs)
    lost_rooms.update((key, "no door or open side leads out of it") for key in graph.without_gate())
    return Indoors(graph, doors, lost_doors, lost_rooms)


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


def _doors(elements: Sequence[Feature], shapes: Shapes, rooms: Sequence[Room]) -> tuple[dict[str, Gate], dict[str, str]]:
    """The gates of doors; and why others are none."""
    keys = _keys(elements, _DOORS)
    found, lost = {}, {}
    corners = shapes.corners(set(keys))
    for key in keys:
        gate = gate_of(read_door(key, corners[key]), rooms) if key in corners else None
        if gate is None:
            lost[key] = "the door leads into no room" if key in corners else "the door has no shape"
        else:
            found[key] = gate
    return found, lost


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


def _open_sides(rooms: Sequence[Room], walls: _Walls) -> list[Gate]:
    """Gates where rooms of one floor lie side by side and no wall stands between them; none in a model that shows no walls."""
    if not walls.any:
        return []
    shapes = np.array([room.shape for room in rooms], dtype=object)
    pairs = shapely.STRtree(shapes).query(shapes, predicate="dwithin", distance=_GAP_M).T if len(shapes) else ()
    gates = []
    for one, other in ((rooms[a], rooms[b]) for a, b in pairs if a < b):
        if abs(one.floor - other.floor) <= _SAME_FLOOR_M:
            gates += [_open_gate(one, other, side) for side in _open_parts(one, other, walls)]
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


def _stair(key: str, corners: Floats, rooms: Sequence[Room], walls: _Walls) -> Stair | None:
    line = walking_line(corners)
    if line is None:
        return None
    landings = []
    for at, point in enumerate(line):
        reach = _RISER_M if at in (0, len(line) - 1) else _LEVEL_M
        found = _landing(point, [room for room in rooms if abs(room.floor - point[2]) <= reach], walls)
        if found is not None:
            landings.append((at, *found))
    return Stair(key, line, tuple(landings))


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


