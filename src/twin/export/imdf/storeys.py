"""Storeys as levels: which are the same level, how they are numbered, and what they cover."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from shapely.geometry.base import BaseGeometry

from csdi.feature import Feature
from twin.export.imdf.ground import Ground
from twin.export.imdf.labels import spoken
from twin.export.imdf.parts import id_of

_SAME_M = 1.5
"""Storeys nearer than this have one number."""
_GROUND = re.compile(r"^(?:g|gf|g/f|00|e0)$|ground|地下(?!.*\d)|地面|erdgeschoss|rez|首層|首层", re.IGNORECASE)
_OUTSIDE = frozenset({"EXTERNAL", "GFA"})
_ON_LEVEL = ("furniture", "stair", "ramp", "transport", "equipment", "railing", "wall", "column", "curtain-wall", "structure", "window",
             "door")


@dataclass(frozen=True, slots=True)
class Storey:
    """A level of a building.

    Attributes:
        id: of the row that it is made from; `keys` are GlobalIds of its storeys.
        building: id of the row of its building, else what its building is called.
        ordinal: 0 for the ground, counted up and down.
        rooms: what its spaces are called, together.
        outline: covers all that is on it, CRS84.
    """

    id: str
    keys: frozenset[str]
    name: str
    building: str
    ordinal: int
    rooms: str
    spaces: tuple[Feature, ...]
    outline: BaseGeometry

    @property
    def level(self) -> str:
        """The id of its level."""
        return id_of("level", self.id)


def storeys_of(rows: Mapping[str, Sequence[Feature]], plans: Sequence[Feature], ground: Ground) -> list[Storey]:
    """The storeys that have rooms, from the lowest up."""
    rooms: dict[tuple[str, str], list[Feature]] = defaultdict(list)
    for row in rows["spaces"]:
        p = row.properties
        if row.geometry is not None and row.geometry.area > 0 and p.get("predefined_type") not in _OUTSIDE:
            rooms[str(p["model"]), str(p["storey"])].append(row)
    drawn: dict[tuple[str, str], list[BaseGeometry]] = defaultdict(list)
    for row in plans:
        if row.properties["kind"] in _ON_LEVEL and row.geometry is not None and row.geometry.area > 0:
            drawn[str(row.properties["model"]), str(row.properties["storey"])].append(row.geometry)
    known = [row for row in rows["storeys"] if (row.properties["model"], row.properties["global_id"]) in rooms]
    ordinals = _ordinals(known, rows["storeys"])
    made = []
    for row in sorted(known, key=lambda row: (ordinals[row.id], row.id)):
        key = (str(row.properties["model"]), str(row.properties["global_id"]))
        shapes = [*(one.geometry for one in rooms[key] if one.geometry is not None), *drawn[key], *_stairs(rows["elements"], key)]
        made.append(Storey(row.id, frozenset({key[1]}), str(row.properties["storey_name"] or row.properties["name"] or ordinals[row.id]),
                           _building(row, rows["buildings"]), ordinals[row.id], " ".join(spoken(one.properties) for one in rooms[key]),
                           tuple(rooms[key]), ground.around(shapes, 0.0)))
    return made


def _stairs(elements: Sequence[Feature], key: tuple[str, str]) -> list[BaseGeometry]:
    """Outlines of what leads off a storey."""
    return [row.geometry for row in elements if (row.properties["model"], row.properties["storey"]) == key and row.geometry is not None
            and str(row.properties["ifc_class"]).startswith(("IfcStair", "IfcRamp", "IfcTransport")) and row.geometry.area > 0]


def _building(storey: Feature, buildings: Sequence[Feature]) -> str:
    inside = {one["id"] for one in storey.properties["containment"]}
    return next((row.id for row in buildings if row.properties["ifc_class"] == "IfcBuilding" and row.properties["model"]
                 == storey.properties["model"] and row.properties["global_id"] in inside), str(storey.properties["building"] or "building"))


def _ordinals(used: Sequence[Feature], storeys: Sequence[Feature]) -> dict[str, int]:
    """Row id -> number: 0 for what is called ground, else for the lowest storey at or over the zero of its model."""
    found: dict[str, int] = {}
    models = {row.properties["model"] for row in used}
    for model in models:
        own = sorted((row for row in storeys if row.properties["model"] == model), key=_elevation)
        steps: list[list[Feature]] = []
        for row in own:
            if steps and _elevation(row) - _elevation(steps[-1][0]) < _SAME_M:
                steps[-1].append(row)
            else:
                steps.append([row])
        named = (at for at, step in enumerate(steps) if any(_GROUND.search(str(row.properties["name"] or "").strip()) for row in step))
        above = (at for at, step in enumerate(steps) if _elevation(step[0]) > -_SAME_M)
        zero = next(named, next(above, 0))
        found |= {row.id: at - zero for at, step in enumerate(steps) for row in step}
    return found


def _elevation(row: Feature) -> float:
    return float(row.properties["elevation"] or 0.0)
