"""From what a model says of ways inside it to its network: ids, names, widths and exits put to the graph."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from bim.georeference import Georeference
from bim.indoor.exits import exits_of
from bim.indoor.graph import IndoorGraph, Mode
from bim.indoor.network import MODES, Loss, Network, Passage, Space
from bim.indoor.reading import Indoors, read_indoors
from bim.shapes import Shapes
from bim.tables import ModelTables
from csdi.crs import HK80, Transform, crs, transform
from csdi.errors import CrsError, ValueInvalid
from csdi.feature import Feature

Rows = Mapping[str, Feature]
SITE_CRS = "EPSG:2326+5738"
"""HK1980 Grid, east first, and heights above Principal Datum, metres."""
_HEIGHTS = "EPSG:5738"
_GRID_FROM, _GRID_TO = (780_000.0, 780_000.0), (890_000.0, 880_000.0)
"""Around all of Hong Kong, easting and northing: what is moved to places beyond is not on this grid."""
_CLEAR = ("ClearWidth", "clearwidth", "Clear Width")
_OCCUPANTS = ("OccupancyNumber", "OccupancyNumberPeak", "DesignOccupancy", "NumberOfOccupants")


def model_network(tables: ModelTables, shapes: Shapes, space_shapes: Shapes, georeference: Georeference, model: str) -> Network:
    """The network of one model, on HK1980 Grid and mPD where it has its place there, else in its own frame."""
    indoors = read_indoors(tables, shapes, space_shapes, machines=True)
    return network_of(indoors, tables, georeference, model)


def network_of(indoors: Indoors, tables: ModelTables, georeference: Georeference, model: str) -> Network:
    """As `model_network`, from what has been read."""
    rows = {str(row.properties["global_id"]): row for row in tables.parts["elements"]}
    rooms = {str(row.properties["global_id"]): row for row in tables.parts["spaces"]}
    graph = indoors.graph
    frame = _Frame.of(georeference, graph.places)
    passages = _Passages(indoors, rows, model)
    numbers = {key: number for number, key in enumerate(graph.rooms)}
    edges = graph.edges
    return Network(
        frame.points(graph.places), np.array([numbers.get(room, -1) for room in graph.room_of()], np.int32),
        np.array([edge.one for edge in edges], np.int32), np.array([edge.other for edge in edges], np.int32),
        np.array([edge.length for edge in edges], np.float64), np.array([MODES.index(edge.mode) for edge in edges], np.int8),
        np.array([_through(edge.mode, edge.key, passages, numbers) for edge in edges], np.int32),
        np.array([edge.heading for edge in edges], np.int8),
        [_space(rooms[key], model, frame, graph.rooms[key].shape, graph.rooms[key].floor) for key in graph.rooms],
        passages.all, [frame.shape(room.shape) for room in graph.rooms.values()], passages.of_points(graph),
        list(_losses(indoors, rows, rooms, model)), SITE_CRS if frame.georeference is not None else "")


def _through(mode: Mode, key: str, passages: _Passages, spaces: Mapping[str, int]) -> int:
    return -1 if key in spaces else passages.number(key, mode)


@dataclass(frozen=True)
class _Frame:
    """From the model's frame to that of the network."""

    georeference: Georeference | None
    way: Transform | None = None

    @classmethod
    def of(cls, georeference: Georeference, places: NDArray[np.float64]) -> _Frame:
        """To the frame of the site where its CRS leads there from these places, else the model's own; heights without a datum are mPD."""
        if not georeference.placed:
            return cls(None)
        heights = georeference.vertical_crs
        source = georeference.crs if heights in ("", _HEIGHTS) else f"{georeference.crs}+{heights.removeprefix('EPSG:')}"
        try:
            if crs(source) == HK80:
                return cls(georeference)
            made = cls(georeference, transform(source, HK80 if source == georeference.crs else SITE_CRS))
            moved = made.points(places)
            return made if ((moved[:, :2] >= _GRID_FROM) & (moved[:, :2] <= _GRID_TO)).all() else cls(None)
        except (CrsError, ValueInvalid):
            return cls(None)

    def points(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        if self.georeference is None or not len(points):
            return points
        moved = self.georeference.to_crs(points)
        if self.way is None:
            return moved
        placed = self.way.points(moved)
        return np.column_stack([placed[:, :2], placed[:, 2] if placed.shape[1] > 2 else moved[:, 2]])

    def shape(self, shape: BaseGeometry, level: float = 0.0) -> BaseGeometry:
        if self.georeference is None:
            return shape
        return shapely.transform(shape, lambda xy: self.points(np.column_stack([xy, np.full(len(xy), level)]))[:, :2])

    def level(self, level: float) -> float:
        return float(self.points(np.array([[0.0, 0.0, level]]))[0, 2])


class _Passages:
    """The passages of a model, numbered: doors, stairs and machines by GlobalId, openings by their place in the list."""

    def __init__(self, indoors: Indoors, rows: Rows, model: str) -> None:
        boarded = {(room, point) for stair in indoors.stairs if stair.mode is Mode.LIFT for _, room, point in stair.landings}
        outer = {key: gate for key, gate in indoors.doors.items() if len(gate.sides) > 1 or gate.sides[0] not in boarded}
        exits = set(exits_of(outer, rows)[0])
        self.all = [_door(rows[key], model, indoors, is_exit=key in exits, is_outer=key in outer) for key in indoors.doors]
        self._numbers = {key: number for number, key in enumerate(indoors.doors)}
        for stair in indoors.stairs:
            self._numbers[stair.key] = len(self.all)
            self.all.append(_passage(rows[stair.key], model, stair.mode))
        self._open = len(self.all)
        if indoors.openings:
            self.all.append(Passage(f"{model}:open", "", Mode.WALK, model))

    def number(self, key: str, mode: Mode) -> int:
        """The number of a passage; of an opening, whose key is empty, that of all of them."""
        return self._numbers[key] if key else self._open if mode is Mode.DOOR else -1

    def of_points(self, graph: IndoorGraph) -> dict[int, int]:
        """Points of the graph that belong to doors."""
        gates = ((number, graph.gate_of(number)) for number in range(graph.size[0]))
        return {number: self._numbers[key] for number, key in gates if key}


def _passage(row: Feature, model: str, mode: Mode) -> Passage:
    said = row.properties
    return Passage(f"{model}:{said['global_id']}", str(said.get("name") or ""), mode, model, str(said["ifc_class"]),
                   str(said.get("storey_name") or ""), str(said.get("long_name") or ""), accessible=_said(said, ("HandicapAccessible",)))


def _door(row: Feature, model: str, indoors: Indoors, *, is_exit: bool, is_outer: bool) -> Passage:
    said, key = row.properties, str(row.properties["global_id"])
    clear = _metres(_said(said, _CLEAR)) or _stated_width(said) or indoors.widths.get(key)
    return Passage(f"{model}:{key}", str(said.get("name") or ""), Mode.DOOR, model, str(said["ifc_class"]),
                   str(said.get("storey_name") or ""), str(said.get("long_name") or ""),
                   round(clear, 4) if clear else None, is_exit, is_outer and len(indoors.doors[key].sides) == 1,
                   _said(said, ("HandicapAccessible",)), indoors.proofs.get(key, ""))


def _stated_width(said: Mapping[str, Any]) -> float | None:
    for quantities in (said.get("quantities") or {}).values():
        if isinstance(quantities, Mapping) and _metres(quantities.get("Width")):
            return _metres(quantities["Width"])
    return None


def _metres(value: Any) -> float | None:
    """A length that a door may have; None for all else."""
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) and 0.2 <= value <= 50 else None


def _said(row: Mapping[str, Any], names: Iterable[str]) -> Any:
    """The first property of one of these names."""
    sets = [one for one in (row.get("psets") or {}).values() if isinstance(one, Mapping)]
    return next((one[name] for name in names for one in sets if one.get(name) is not None), None)


def _space(row: Feature, model: str, frame: _Frame, shape: BaseGeometry, floor: float) -> Space:
    said = row.properties
    people = _said(said, _OCCUPANTS)
    return Space(f"{model}:{said['global_id']}", str(said.get("name") or ""), str(said.get("long_name") or ""), model,
                 str(said.get("storey") or ""), str(said.get("storey_name") or ""), frame.level(floor),
                 round(float(shapely.area(shape)), 3),
                 float(people) if isinstance(people, (int, float)) and not isinstance(people, bool) and people >= 0 else None)


def _losses(indoors: Indoors, rows: Rows, rooms: Rows, model: str) -> Iterable[Loss]:
    kinds = (("door", indoors.lost_doors, rows), ("space", indoors.lost_rooms, rooms), ("stair", indoors.lost_stairs, rows))
    for kind, some, names in kinds:
        for key, reason in some.items():
            yield Loss(f"{model}:{key}", str(names[key].properties.get("name") or "") if key in names else "", kind, reason)
