"""Drawing: the plans of all storeys of a model as Features, from its rows and shapes."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from bim.footprints import boxes_of
from bim.georeference import Georeference
from bim.plans.cutting import sections, treads
from bim.plans.doors import swing
from bim.plans.kinds import SEEN, Kind, kind_of
from bim.shapes import Shapes
from bim.siting import on_earth
from bim.tables import ModelTables
from csdi.feature import Feature

CUT_M = 1.2
"""Height of the cut over the floor."""
_FOOT_M = 0.3
"""What stands on a floor may begin so much below it, and what rises through from below ends above it."""
_SPLIT_LEVEL_M = 2.0
"""Storeys of one building that are nearer than this lie beside each other, not above."""
_PARTS = ("IfcBuildingElementPart", "IfcPlate", "IfcMember", "IfcSlab")
_CHINESE = re.compile("[\u3400-\u9fff]")


@dataclass(frozen=True, slots=True)
class _Floor:
    """A storey: its row, the building that it is in, the height of its floor in the model's frame, metres."""

    row: Feature
    building: Any
    floor: float

    @property
    def key(self) -> str:
        return str(self.row.properties["global_id"])


@dataclass(frozen=True, slots=True)
class _Drawn:
    """One thing in one plan, or a part of it."""

    floor: _Floor
    row: Feature
    kind: Kind
    shape: BaseGeometry
    part: str = ""


def storey_plans(tables: ModelTables, shapes: Shapes, georeference: Georeference, model: str,
                 only: Set[str] | None = None) -> list[Feature]:
    """What the plans of all storeys show, each thing once per storey; CRS84. Nothing for a model without a place.

    Walls, columns and so on are cut 1.2 m over the floor of their storey, and of every storey of their building that they rise
    through; stairs, furniture and equipment are seen from above; doors have their swing where the model says how they open.

    Args:
        only: GlobalIds of elements and spaces to draw; None for all.
    """
    if not georeference.placed or not tables.storeys:
        return []
    floors = [_Floor(row, row.properties["building"], float(row.properties["elevation"] or 0.0)) for row in tables.storeys]
    elements = [row for row in tables.elements if row.properties["role"] == "element"
                and (only is None or row.properties["global_id"] in only)]
    things = _Things(elements, shapes, floors)
    cut = list(things.cut())
    placed = on_earth([one.shape for one in cut], georeference)
    whole = [*_spaces(tables.spaces, floors, only), *things.outlines(), *(
        replace(one, shape=shape) for one, shape in zip(cut, placed, strict=True) if shape is not None and not shape.is_empty)]
    return [_feature(model, one, georeference) for one in whole]


def _kind(row: Feature) -> Kind | None:
    """How an element is drawn: parts of walls, stairs and so on like their whole."""
    p = row.properties
    own = kind_of(str(p["ifc_class"]))
    whole = str((p.get("part_of") or {}).get("class") or "")
    if own is not None and whole and str(p["ifc_class"]) in _PARTS:
        of_whole = kind_of(whole)
        return of_whole if of_whole not in (None, Kind.STRUCTURE, Kind.EQUIPMENT) else own
    return own


class _Things:
    """The elements of a model with the heights that their shapes reach."""

    def __init__(self, elements: Iterable[Feature], shapes: Shapes, floors: Sequence[_Floor]) -> None:
        self._shapes, self._floors = shapes, floors
        self._rows = {str(row.properties["global_id"]): row for row in elements}
        self._parts: dict[str, list[int]] = defaultdict(list)
        for number, placement in enumerate(shapes.placements):
            if placement.element in self._rows:
                self._parts[placement.element].append(number)
        self._levels: NDArray[np.float64] = boxes_of(shapes)[:, :, 2]
        self._kinds = {key: kind for key in self._parts if (kind := _kind(self._rows[key])) is not None}
        self._reach = _reach(shapes, self._levels.tolist())
        self._by_key = {floor.key: floor for floor in floors}

    def cut(self) -> Iterator[_Drawn]:
        """Everything that is cut, the swings of doors and the treads of stairs, storey by storey."""
        cut = self._kinds
        for floor in self._floors:
            height = floor.floor + CUT_M
            keys = [key for key, kind in cut.items() if kind not in SEEN and self._is_cut(key, floor)]
            numbers = [number for key in keys for number in self._parts[key]
                       if self._levels[number, 0] < height <= self._levels[number, 1]]
            found = sections(self._shapes, dict.fromkeys(numbers, height))
            for key in keys:
                parts = [found[number] for number in self._parts[key] if number in found]
                if parts:
                    yield _Drawn(floor, self._rows[key], cut[key], parts[0] if len(parts) == 1 else shapely.union_all(parts))
        yield from self._details()

    def _details(self) -> Iterator[_Drawn]:
        kinds = self._kinds
        wanted = {key for key, kind in kinds.items() if kind in (Kind.DOOR, Kind.STAIR)}
        for key, corners in self._shapes.corners(wanted).items():
            row = self._rows[key]
            floor = self._by_key.get(str(row.properties["storey"]))
            if floor is None:
                continue
            door = kinds[key] is Kind.DOOR
            shape = swing(row.properties.get("operation"), corners) if door else treads(corners)
            if shape is not None:
                yield _Drawn(floor, row, Kind.DOOR_SWING if door else Kind.TREAD, shape, ":swing" if door else ":treads")

    def outlines(self) -> Iterator[_Drawn]:
        """What stands on its floor, below the cut, from above; CRS84 as in its row."""
        for key, kind in self._kinds.items():
            row = self._rows[key]
            floor = self._by_key.get(str(row.properties["storey"]))
            low, high = self._reach[key]
            if floor is not None and kind in SEEN and row.geometry is not None and low < floor.floor + CUT_M and high > floor.floor:
                yield _Drawn(floor, row, kind, row.geometry)

    def _is_cut(self, key: str, floor: _Floor) -> bool:
        """Whether an element is cut in the plan of a storey: its own, or one that it rises through from below."""
        own = self._rows[key].properties
        if own["storey"] == floor.key:
            return True
        if own["building"] is not None and own["building"] != floor.building:
            return False
        home = self._by_key.get(str(own["storey"]))
        if home is not None and abs(home.floor - floor.floor) < _SPLIT_LEVEL_M:
            return False
        low, high = self._reach[key]
        return low < floor.floor + _FOOT_M and high > floor.floor + CUT_M


def _reach(shapes: Shapes, levels: Iterable[tuple[float, float]]) -> dict[str, tuple[float, float]]:
    """GlobalId -> lowest and highest level of all its shapes, model frame."""
    found: dict[str, tuple[float, float]] = {}
    for placement, (low, high) in zip(shapes.placements, levels, strict=True):
        known = found.get(placement.element, (low, high))
        found[placement.element] = min(known[0], low), max(known[1], high)
    return found


def _spaces(spaces: Iterable[Feature], floors: Sequence[_Floor], only: Set[str] | None) -> Iterator[_Drawn]:
    homes = {floor.key: floor for floor in floors}
    for row in spaces:
        floor = homes.get(str(row.properties["storey"]))
        if floor is not None and row.geometry is not None and (only is None or row.properties["global_id"] in only):
            yield _Drawn(floor, row, Kind.SPACE, row.geometry)


def _feature(model: str, one: _Drawn, georeference: Georeference) -> Feature:
    p, storey = one.row.properties, one.floor.row.properties
    name, name_zh = _names(p)
    level = georeference.affine[2, 2] * one.floor.floor + georeference.affine[2, 3] if georeference.has_hkpd_heights else None
    return Feature(f"{model}:{one.floor.key}:{p['global_id']}{one.part}", one.shape, {
        "model": model, "storey": one.floor.key, "storey_name": storey["storey_name"] or storey["name"],
        "level": None if level is None else round(float(level), 4), "kind": one.kind.value, "element": one.row.id,
        "ifc_class": p["ifc_class"], "name": name, "name_zh": name_zh, "area": p.get("area") if one.kind is Kind.SPACE else None,
    })


def _names(p: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """A name, and the one of name, long name and description that is in Chinese."""
    said = [str(p[name]) for name in ("long_name", "name", "description") if p.get(name)]
    return (p.get("name") or p.get("long_name")), next((text for text in said if _CHINESE.search(text)), None)
