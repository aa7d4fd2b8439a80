"""Which room something is in: as the model says, else by where it is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import shapely

from bim.networks.model import Element
from csdi.blobs import Blobs
from csdi.crs import CRS84, HK80, transform
from csdi.errors import CrsError
from csdi.query import Query
from csdi.store.base import Store, has_collection, scan
from twin.register.kept_rooms import KeptRooms

_ABOVE_M = 1.0
"""How far above a room's top, or below its floor, something may be that hangs in its ceiling or stands in its floor."""

Json = dict[str, Any]


@dataclass(frozen=True)
class Rooms:
    """The rooms of all models.

    Attributes:
        known: name, storey and so on by feature id.
        tree: over the footprints in CRS84, with `ids` and `levels` (n, 2: floor and top, mPD) in its order.
        kept: by which elements of models without a place find their room; None where no shapes are at hand.
    """

    known: Mapping[str, Json]
    tree: shapely.STRtree
    ids: tuple[str, ...]
    levels: np.ndarray[Any, np.dtype[np.float64]]
    kept: KeptRooms | None = None
    _beside: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, store: Store, blobs: Blobs | None = None) -> Rooms:
        """All rooms in the store; with `blobs`, where shapes of models are kept, rooms by these too."""
        fields = ("name", "long_name", "storey_name", "building", "base_level", "top_level", "model", "global_id")
        rows = list(scan(store, "spaces", Query(fields=fields))) if has_collection(store, "spaces") else []
        shaped = [row for row in rows if row.geometry is not None and row.properties.get("base_level") is not None
                  and row.properties.get("top_level") is not None]
        told = {"name": "name", "long_name": "long_name", "storey": "storey_name", "building": "building"}
        known = {row.id: {"id": row.id, **{name: row.properties.get(field) or "" for name, field in told.items()}} for row in rows}
        levels = np.array([(row.properties["base_level"], row.properties["top_level"]) for row in shaped], dtype=np.float64).reshape(-1, 2)
        tree = shapely.STRtree([row.geometry for row in shaped if row.geometry is not None])
        return cls(known, tree, tuple(row.id for row in shaped), levels, None if blobs is None else KeptRooms(store, blobs))

    def around(self, elements: Iterable[Element], placed: frozenset[str]) -> dict[str, tuple[str, ...]]:
        """Feature id of each element -> rooms: as the model states, else the one around its centre; else none. In models without a place
        that is told by their shapes."""
        every = list(elements)
        stated = {one.id: tuple(room for room in one.spaces if room in self.known) for one in every}
        left = [one for one in every if not stated[one.id] and one.at is not None and one.model in placed]
        apart = [one for one in every if not stated[one.id] and one.model not in placed]
        return {**stated, **self._by_place(left), **self._by_shape(apart)}

    def _by_shape(self, elements: list[Element]) -> dict[str, tuple[str, ...]]:
        """As `around`, of elements of models without a place; what was found stays known."""
        fresh: dict[str, set[str]] = {}
        for one in elements:
            if one.id not in self._beside:
                fresh.setdefault(one.model, set()).add(one.global_id)
        for model, keys in fresh.items():
            found = self.kept.of(model, keys) if self.kept is not None else {}
            self._beside.update({f"{model}:{key}": (f"{model}:{found[key]}",) if key in found else () for key in keys})
        return {one.id: rooms for one in elements if (rooms := self._beside.get(one.id)) and rooms[0] in self.known}

    def _by_place(self, elements: list[Element]) -> dict[str, tuple[str, ...]]:
        if not elements or not self.ids:
            return {}
        at = np.array([one.at for one in elements], dtype=np.float64)
        try:
            flat = transform(HK80, CRS84).points(at[:, :2])
        except CrsError:
            return {}
        which, rooms = self.tree.query(shapely.points(flat), predicate="intersects")
        made: dict[str, tuple[float, str]] = {}
        for one, room in zip(which.tolist(), rooms.tolist(), strict=True):
            low, high = self.levels[room]
            beyond = max(low - at[one, 2], at[one, 2] - high, 0.0)
            if beyond <= _ABOVE_M and (elements[one].id not in made or beyond < made[elements[one].id][0]):
                made[elements[one].id] = (beyond, self.ids[room])
        return {id: (room,) for id, (_, room) in made.items()}
