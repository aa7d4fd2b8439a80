"""Openings: doors as lines on the outline of a room."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from bim.indoor import Network, Passage
from csdi.feature import Feature
from twin.export.imdf.ground import Ground
from twin.export.imdf.labels import names_of, spoken
from twin.export.imdf.parts import Part, part
from twin.export.imdf.storeys import Storey

_FAR_M = 1.5
_LEAST_M = 0.05
_WAYS = (("SLIDING", "sliding"), ("REVOLVING", "revolving"), ("ROLLINGUP", "shutter"), ("FOLDING", "movablepartition"),
         ("SWING", "swinging"))
"""Words of IfcDoorTypeOperationEnum, and what IMDF calls them."""


class Doors:
    """The doors of models beside their rooms."""

    def __init__(self, elements: Sequence[Feature], spaces: Sequence[Feature], ground: Ground, levels: Mapping[str, Storey]) -> None:
        self._ground, self._levels = ground, levels
        doors = (row for row in elements if str(row.properties["ifc_class"]).startswith("IfcDoor"))
        self._doors = {row.id: row for row in doors if row.geometry is not None}
        self._rooms = {row.id: ground.metres(row.geometry) for row in spaces if row.geometry is not None}

    def openings(self, networks: Sequence[Network]) -> Iterator[Part]:
        """One for each door that leads into a room: through it, or by the middle of the room's outline nearest to it."""
        passages = {one.id: one for network in networks for one in network.passages}
        for id, row in self._doors.items():
            storey = self._levels.get(str(row.properties["storey"]))
            line = self._line(row, storey) if storey is not None else None
            if storey is not None and line is not None:
                shown = self._ground.degrees(line)
                yield part("opening", id, shown, category=_category(passages.get(id), row.properties), door=_door(row.properties),
                           accessibility=["wheelchair"] if _accessible(passages.get(id)) else None, name=names_of(row.properties),
                           display_point=shapely.centroid(shown), level_id=storey.level)

    def _line(self, row: Feature, storey: Storey) -> BaseGeometry | None:
        """The door's width laid onto the outline of the nearest room of its level, metres."""
        assert row.geometry is not None
        ring = shapely.get_coordinates(shapely.oriented_envelope(self._ground.metres(row.geometry)))
        if len(ring) < 5:
            return None
        sides = np.hypot(*np.diff(ring[:3], axis=0).T)
        ends = (ring[:2] + ring[[3, 2]]) / 2 if sides[0] >= sides[1] else (ring[1:3] + ring[[0, 3]]) / 2
        middle = shapely.Point(ends.mean(axis=0))
        bounded = {f"{row.properties['model']}:{one['space']}" for one in row.properties.get("bounds") or ()}
        rooms = [self._rooms[one.id] for one in storey.spaces if one.id in bounded] or [self._rooms[one.id] for one in storey.spaces]
        near = min(rooms, key=lambda room: float(shapely.distance(room, middle)))
        if shapely.distance(near, middle) > _FAR_M:
            return None
        edge = shapely.boundary(near)
        feet = [shapely.get_coordinates(shapely.shortest_line(edge, shapely.Point(end)))[0] for end in ends]
        return shapely.LineString(feet) if np.hypot(*(feet[1] - feet[0])) >= _LEAST_M else None


def _accessible(passage: Passage | None) -> bool:
    return passage is not None and passage.accessible is True


def _category(passage: Passage | None, properties: Mapping[str, Any]) -> str:
    said = spoken(properties).lower()
    if passage is not None and passage.exit:
        return "emergencyexit"
    if any(word in said for word in ("garage", "vehicle", "車輛", "车辆")):
        return "automobile"
    if any(word in said for word in ("plant", "service", "riser", "機房", "管井")):
        return "service"
    return "pedestrian.principal" if passage is not None and passage.outer else "pedestrian"


def _door(properties: Mapping[str, Any]) -> dict[str, Any]:
    way = str((properties.get("operation") or {}).get("type") or "").upper()
    said = f"{spoken(properties)} {properties.get('type_name') or ''}".lower()
    made = " ".join(str(one.get("name") or "") if isinstance(one, dict) else str(one) for one in properties.get("materials") or ()).lower()
    return {"type": next((name for word, name in _WAYS if word in way), "unspecified"),
            "automatic": True if any(word in said for word in ("automatic", "自動", "自动")) else None,
            "material": next((name for name in ("glass", "wood", "metal") if name in made), "metal" if "steel" in made else None)}
