"""Places of Assets: sites, buildings, storeys and spaces of all models as one tree, and where in it an element lies."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from csdi.blobs import Blobs
from csdi.feature import Feature
from csdi.query import Query
from csdi.store.base import Store, has_collection, scan
from twin.register.entries import GEOMETRY, state_of
from twin.register.keeping import Register, equals
from twin.register.kept_rooms import KeptRooms
from twin.register.rooms import Rooms, Space
from twin.register.schemas import LOCATIONS
from twin.register.values import chinese

_KINDS = {"IFCSITE": "site", "IFCBUILDING": "building", "IFCFACILITY": "building", "IFCBRIDGE": "building", "IFCROAD": "building",
          "IFCRAILWAY": "building", "IFCMARINEFACILITY": "building", "IFCBUILDINGSTOREY": "storey", "IFCSPACE": "space"}
_PARTS = ("buildings", "storeys", "spaces", "zones")
_FOLLOWING = ("name", "name_zh", "level", GEOMETRY)
"""Fields of a location that follow its model; the tree of locations stays as it is."""
_NEAR_M = 2000.0
"""Sites of one name that are further apart than this are different ones."""

Row = Mapping[str, Any]


class Places:
    """The tree of locations: those that the register has, and new ones of models that are taken in."""

    def __init__(self, register: Register, blobs: Blobs | None = None) -> None:
        """Args:
            blobs: where shapes of models are kept, by which elements find their room that nothing else tells.
        """
        self._store: Store = register.store
        self._kept = KeptRooms(register.store, blobs) if blobs is not None else None
        self._rows: dict[str, Feature] = {}
        self._by_part: dict[str, str] = {}
        self._by_name: dict[tuple[str, str, str], list[str]] = {}
        self._spaces: list[tuple[str, float, float, Any]] = []
        self._zones: dict[str, list[dict[str, str]]] = {}
        self._areas: dict[str, float] = {}
        self._with_spaces: set[str] = set()
        self._rooms: Rooms | None = None
        for row in register.every(LOCATIONS):
            self._know(row)
        self._know_spaces()

    def take_in(self, model: str) -> list[Feature]:
        """The new locations of a model, parents first; its parts that are known from other models stand for those."""
        made: list[Feature] = []
        for part in self._parts(model):
            if part.id not in self._by_part:
                row = self._row(part)
                twin = self._twin(row)
                if twin is None:
                    made.append(row)
                    self._know(row)
                self._by_part[part.id] = twin or row.id
        self._rooms = None
        return made

    def renewed(self, model: str) -> list[tuple[str, dict[str, Any]]]:
        """Locations that the model drew itself and now names or shapes otherwise, with what is new: (id, patch)."""
        found = []
        for part in self._parts(model):
            row = self._rows.get(self._by_part.get(part.id, ""))
            if row is not None and row.properties.get("element") == part.id:
                now, then = state_of(LOCATIONS, self._row(part)), state_of(LOCATIONS, row)
                patch = {name: now.get(name) for name in _FOLLOWING if now.get(name) != then.get(name)}
                if patch:
                    found.append((row.id, patch))
        return found

    def location(self, id: str) -> Feature | None:
        """A location; None where there is none."""
        return self._rows.get(id)

    def of_part(self, model: str, global_id: str) -> Feature | None:
        """The location that a part of a model's spatial structure stands for."""
        return self._rows.get(self._by_part.get(f"{model}:{global_id}", ""))

    def of(self, rows: Sequence[Feature]) -> list[Feature | None]:
        """The most exact location of each element: the space that it is said to be in, a door that it bounds, or that surrounds it, or
        is beside it in the same model; else its storey, ..."""
        said = [self._said(row.properties) for row in rows]
        for find in (self._bounded, self._around, self._beside):
            wanting = [n for n, found in enumerate(said) if _kind(found) != "space"]
            for n, space in find([rows[n] for n in wanting], [said[n] for n in wanting]):
                said[wanting[n]] = space
        return said

    def chain(self, location: Feature | None) -> dict[str, Feature]:
        """Kind -> the location of this kind that the location is or lies in."""
        path = str(location.properties["path"]).split("/") if location is not None else []
        return {_kind(self._rows[id]): self._rows[id] for id in path if id in self._rows}

    def zones(self, model: str, space: str) -> list[dict[str, str]]:
        """Zones of a space."""
        return self._zones.get(f"{model}:{space}", [])

    def _said(self, p: Row) -> Feature | None:
        named = [p.get("space"), p.get("storey"), *(one.get("id") for one in reversed(p.get("containment") or []))]
        return next((found for one in named if one and (found := self.of_part(p["model"], one)) is not None), None)

    def _bounded(self, rows: list[Feature], _said: list[Feature | None]) -> Iterator[tuple[int, Feature]]:
        """(number of the element, the smallest of the spaces that it bounds) of doors, which belong to the room that they lead to."""
        for n, row in enumerate(rows):
            p = row.properties
            bounded = [found for one in p.get("bounds") or () if (found := self.of_part(p["model"], str(one.get("space")))) is not None]
            if bounded and _is_door(p):
                yield n, min(bounded, key=lambda one: (self._areas.get(str(one.properties["element"]), math.inf), one.id))

    def _beside(self, rows: list[Feature], _said: list[Feature | None]) -> Iterator[tuple[int, Feature]]:
        """(number of the element, the space of its own model around or beside it), by the shapes that were kept."""
        if self._kept is None:
            return
        for model in sorted({str(row.properties["model"]) for row in rows} & self._with_spaces):
            own = {str(row.properties["global_id"]): n for n, row in enumerate(rows) if row.properties["model"] == model}
            found = self._kept.of(model, own.keys(), {key for key, n in own.items() if _is_door(rows[n].properties)})
            for key, space in found.items():
                if (location := self.of_part(model, space)) is not None:
                    yield own[key], location

    def _around(self, rows: list[Feature], said: list[Feature | None]) -> Iterator[tuple[int, Feature]]:
        """(number of the element, the space around it), where there is one; of several the smallest on its own storey comes first."""
        if not self._spaces or not rows:
            return
        if self._rooms is None:
            self._rooms = Rooms([Space(room.id, str(room.properties.get("parent") or ""), low, high, shape.area, shape)
                                 for part, low, high, shape in self._spaces if (room := self._rows.get(self._by_part.get(part, "")))])
        for n, id in self._rooms.around(rows, [own.id if own is not None else "" for own in said]):
            yield n, self._rows[id]

    def _know(self, row: Feature) -> None:
        p = row.properties
        self._rows[row.id] = row
        if p.get("element"):
            self._by_part[p["element"]] = row.id
        self._by_name.setdefault((p.get("parent") or "", p["kind"], _folded(p.get("name"))), []).append(row.id)

    def _know_spaces(self) -> None:
        for row in _rows(self._store, "spaces"):
            p = row.properties
            self._with_spaces.add(str(p["model"]))
            self._areas[row.id] = (p.get("length") or 0.0) * (p.get("width") or 0.0) or p.get("area") or math.inf
            self._zones[row.id] = zones_of(p)
            if row.geometry is not None and p.get("base_level") is not None and p.get("top_level") is not None:
                self._spaces.append((row.id, p["base_level"], p["top_level"], row.geometry))

    def _parts(self, model: str) -> Iterator[Feature]:
        """Parts of the model's spatial structure, parents first."""
        for part in _PARTS:
            rows = list(_rows(self._store, part, model))
            above = {row.properties["global_id"]: _whole(row) for row in rows}
            yield from sorted(rows, key=lambda row: (len(row.properties.get("containment") or ()),
                                                     _depth(row.properties["global_id"], above)))

    def _row(self, part: Feature) -> Feature:
        """A new location for a part of a model."""
        p = part.properties
        id = f"l-{hashlib.sha256(part.id.encode()).hexdigest()[:12]}"
        above = [one.get("id") for one in (*reversed(p.get("containment") or []), p.get("part_of") or {}) if one]
        parent = next((found for one in above if one and (found := self.of_part(p["model"], one)) is not None), None)
        name, long_name = str(p.get("name") or ""), str(p.get("long_name") or "")
        shown = name if long_name in ("", name) else f"{name} {long_name}".strip()
        return Feature(id, part.geometry, {
            "kind": "zone" if "member_count" in p else _KINDS.get(str(p.get("ifc_class")).upper(), "place"),
            "name": shown or str(p.get("ifc_class") or "").removeprefix("Ifc"), "name_zh": chinese(f"{name} {long_name}") or None,
            "parent": parent.id if parent is not None else None, "path": f"{parent.properties['path']}/{id}" if parent is not None else id,
            "level": p.get("base_level"), "storey": p.get("storey"), "element": part.id, "model": p["model"],
            "own_count": 0, "total_count": 0})

    def _twin(self, row: Feature) -> str | None:
        """The location of another model that this is another view of: same name, same kind, in the same place."""
        p = row.properties
        if p["kind"] not in ("site", "building", "storey") or not _folded(p["name"]):
            return None
        same = self._by_name.get((p["parent"] or "", p["kind"], _folded(p["name"])), [])
        return next((id for id in same if self._rows[id].properties.get("model") != p["model"]
                     and (p["parent"] or _are_near(self._rows[id], row))), None)


def _is_door(p: Row) -> bool:
    return str(p.get("ifc_class")).upper().startswith("IFCDOOR")


def zones_of(part: Row) -> list[dict[str, str]]:
    """The zones that a part of a model says it belongs to."""
    return [{"id": str(one.get("id")), "name": str(one.get("name") or "")} for one in part.get("zones") or ()]


def _rows(store: Store, part: str, model: str = "") -> Iterable[Feature]:
    return scan(store, part, Query(filter=equals("model", model) if model else None)) if has_collection(store, part) else ()


def _whole(row: Feature) -> str:
    """GlobalId of what a part of a model is a part of, "" for nothing."""
    return str((row.properties.get("part_of") or {}).get("id") or "")


def _depth(part: str, above: Mapping[str, str]) -> int:
    """How many others a part lies in; parts that lie in each other in a circle come to an end."""
    seen: set[str] = set()
    while above.get(part) and part not in seen:
        seen.add(part)
        part = above[part]
    return len(seen)


def _kind(row: Feature | None) -> str:
    return str(row.properties["kind"]) if row is not None else ""


def _folded(name: Any) -> str:
    return " ".join(str(name or "").casefold().split())


def _are_near(one: Feature, other: Feature) -> bool:
    """Whether two places, both with a position, are near each other; degrees are taken as 111 km."""
    if one.geometry is None or other.geometry is None:
        return False
    return bool(one.geometry.distance(other.geometry) * 111_000 < _NEAR_M)
