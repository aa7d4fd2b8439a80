"""Places that people make themselves: a roof area, a car park bay, a store of spare parts."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from csdi.errors import FeatureInvalid
from csdi.feature import Feature
from twin.register.keeping import Writing, inside
from twin.register.schemas import ASSETS, LOCATION_KINDS, LOCATIONS

_FIELDS = ("kind", "name", "name_zh", "parent", "level")


def create_place(writing: Writing, said: Mapping[str, Any], geometry: Any = None) -> Feature:
    """A new location; geometry in CRS84, x = longitude first. Raises FeatureInvalid, NotFound for its parent."""
    _check(said)
    if not said.get("name"):
        raise FeatureInvalid("a location has a name", field="name")
    parent = writing.row(LOCATIONS, said["parent"]) if said.get("parent") else None
    id = f"l-{secrets.token_hex(6)}"
    path = f"{parent.properties['path']}/{id}" if parent is not None else id
    fields = {"kind": "place", **{name: value for name, value in said.items() if value is not None}, "path": path}
    return writing.add(LOCATIONS, Feature(id, geometry, {**fields, "own_count": 0, "total_count": 0}))


def change_place(writing: Writing, id: str, patch: Mapping[str, Any], revision: int | None = None) -> Feature:
    """A location after a change of its names, its kind or its level; it stays where it is in the tree, and its assets repeat its name.

    Raises:
        NotFound, PreconditionFailed: as `Writing.edit`.
        FeatureInvalid: a value that it cannot have.
    """
    _check(patch)
    if "parent" in patch and patch["parent"] != writing.row(LOCATIONS, id).properties.get("parent"):
        raise FeatureInvalid("a location stays where it is in the tree", field="parent",
                             remedy="make a new one there, and give its assets that location")
    if patch.get("name", "x") in (None, ""):
        raise FeatureInvalid("a location has a name", field="name")
    kept = writing.edit(LOCATIONS, id, patch, revision=revision)
    repeat_name(writing, kept)
    return kept


def repeat_name(writing: Writing, place: Feature) -> None:
    """Assets repeat the names of their storey and room."""
    field = f"{place.properties['kind']}_name"
    if field in ("storey_name", "space_name"):
        for row in writing.register.every(ASSETS, inside(place.properties["path"]), ("location_path",)):
            writing.edit(ASSETS, row.id, {field: place.properties["name"]}, "followed")


def _check(said: Mapping[str, Any]) -> None:
    if unknown := sorted(set(said) - set(_FIELDS)):
        raise FeatureInvalid(f"a location has no field '{unknown[0][:60]}'", field=unknown[0][:60], remedy=f"known: {', '.join(_FIELDS)}")
    if said.get("kind", "place") not in LOCATION_KINDS:
        raise FeatureInvalid(f"kind is one of {', '.join(LOCATION_KINDS)}", field="kind", value=str(said["kind"])[:40])
    for name in ("name", "name_zh", "parent"):
        if not isinstance(said.get(name, ""), (str, type(None))) or len(said.get(name) or "") > 400:
            raise FeatureInvalid(f"{name} is text of at most 400 characters", field=name)
    level = said.get("level")
    if level is not None and (isinstance(level, bool) or not isinstance(level, (int, float)) or not -500 <= level <= 5000):
        raise FeatureInvalid("level is a number of metres in mPD", field="level", value=str(level)[:40])

