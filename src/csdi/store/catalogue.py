"""The catalogue: the description of a Collection as one JSON document, as stores keep it, and what may change in it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from csdi.collection import Change, Collection, Kind
from csdi.crs import crs
from csdi.errors import ValueInvalid
from csdi.extent import BBox, Extent, Interval, rfc3339
from csdi.feature import Field, FieldType, Schema

Box = tuple[float, float, float, float]

_REMEMBERED = 32
"""Changes that are remembered."""
_KEPT_AS_THEY_ARE = ("title", "description", "provenance", "details")


def to_document(collection: Collection) -> str:
    """JSON of all that a Collection says of itself."""
    bbox, interval = collection.extent.bbox, collection.extent.interval
    return json.dumps({
        **{name: dict(getattr(collection, name)) for name in _KEPT_AS_THEY_ARE},
        "id": collection.id, "kind": collection.kind.value, "keywords": list(collection.keywords),
        "licence": collection.licence, "attribution": collection.attribution, "public": collection.public,
        "storage_crs": collection.storage_crs, "vertical_crs": collection.vertical_crs,
        "schema": _schema_document(collection.schema), "version": collection.version, "count": collection.count,
        "bbox": bbox and {"numbers": bbox.numbers, "crs": bbox.crs}, "interval": interval and interval.text,
        "updated": collection.updated and rfc3339(collection.updated),
        "changes": [[change.version, rfc3339(change.at), change.area] for change in collection.changes],
    }, ensure_ascii=False, separators=(",", ":"))


def from_document(text: str) -> Collection:
    """The Collection that `to_document` wrote."""
    d = json.loads(text)
    bbox = BBox.of(d["bbox"]["numbers"], d["bbox"]["crs"]) if d["bbox"] else None
    interval = _interval(d["interval"]) if d["interval"] else None
    return Collection(
        id=d["id"], title=d["title"], schema=_schema(d["schema"]), storage_crs=d["storage_crs"],
        vertical_crs=d["vertical_crs"], kind=Kind(d["kind"]), description=d["description"], keywords=tuple(d["keywords"]),
        licence=d["licence"], attribution=d["attribution"], provenance=d["provenance"], details=d["details"],
        extent=Extent(bbox, interval), public=d["public"], version=d["version"], count=d["count"],
        updated=d["updated"] and datetime.fromisoformat(d["updated"]), changes=tuple(map(_change, d.get("changes", ()))))


def begun(collection: Collection, version: int = 0) -> Collection:
    """The Collection as it is kept when it has no Features yet. Raises CrsError for a CRS that does not resolve."""
    reference = crs(collection.storage_crs)
    if collection.vertical_crs:
        crs(collection.vertical_crs)
    if reference.is_vertical or reference.is_geocentric:
        raise ValueInvalid(f"collection {collection.id}: {reference.code} cannot be a storage CRS", field="storage_crs",
                           remedy="use a CRS with longitude and latitude, or easting and northing")
    _check_schema(collection)
    json.loads(to_document(collection))
    return replace(collection, extent=Extent(), count=0, version=version, updated=datetime.now(UTC), changes=())


def described(old: Collection, new: Collection) -> Collection:
    """The new description over the kept state (extent, count) of the old one.

    Raises:
        ValueInvalid: a field is taken away or changes its type, or the CRS changes.
    """
    _check_schema(new)
    names = {f.name: f for f in new.schema}
    for field in old.schema:
        now = names.get(field.name)
        if now is None or (now.type, now.path) != (field.type, field.path):
            raise ValueInvalid(f"collection {old.id}: property '{field.name}' cannot be removed or change its type",
                               field="schema", remedy="replace the collection with its features")
    for field in new.schema.stored:
        if field.required and field.name not in old.schema and old.count:
            raise ValueInvalid(f"collection {old.id}: the new property '{field.name}' cannot be required, features lack it",
                               field="schema")
    fixed = ("storage_crs", "vertical_crs")
    if any(getattr(old, n) != getattr(new, n) for n in fixed) or _shape(old.schema) != _shape(new.schema):
        raise ValueInvalid(f"collection {old.id}: its CRS, geometry type and levels cannot change", field="schema",
                           remedy="replace the collection with its features")
    return changed(replace(new, extent=old.extent, count=old.count, version=old.version, changes=old.changes), None)


def changed(collection: Collection, area: Box | None) -> Collection:
    """The Collection in its next version, after a change of the Features in an area (see `Change.area`)."""
    version, now = collection.version + 1, datetime.now(UTC)
    return replace(collection, version=version, updated=now, changes=(*collection.changes, Change(version, now, area))[-_REMEMBERED:])


def forgotten(collection: Collection) -> Collection:
    """The Collection without its past: what changes now may lie anywhere."""
    return replace(collection, changes=())


def _shape(schema: Schema) -> tuple[Any, ...]:
    return schema.geometry, schema.has_z, schema.levels


def _check_schema(collection: Collection) -> None:
    schema, names = collection.schema, {f.name: f for f in collection.schema.stored}
    for role in filter(None, (schema.time, schema.time_end)):
        if role not in names or names[role].type not in (FieldType.DATE, FieldType.DATETIME):
            raise ValueInvalid(f"collection {collection.id}: its time '{role}' is not a stored date or time", field="schema")
    for role in schema.levels or ():
        if role not in names or names[role].type not in (FieldType.NUMBER, FieldType.INTEGER):
            raise ValueInvalid(f"collection {collection.id}: its level '{role}' is not a stored number", field="schema")
    for name in (name for combination in schema.counted for name in combination):
        if name not in names or names[name].type in (FieldType.JSON, FieldType.DATETIME):
            raise ValueInvalid(f"collection {collection.id}: '{name}' cannot be counted", field="schema",
                               remedy="count by stored text, whole numbers, truth values and dates")
    for field in schema:
        if field.path and (field.path[0] not in names or names[field.path[0]].type is not FieldType.JSON
                           or len(field.path) < 2 or any('"' in step or "\x00" in step for step in field.path)):
            raise ValueInvalid(f"collection {collection.id}: the path of '{field.name}' does not lead into a JSON property",
                               field="schema", value="/".join(field.path))


def _change(written: list[Any]) -> Change:
    version, at, area = written
    return Change(version, datetime.fromisoformat(at), tuple(area) if area else None)


def _schema_document(schema: Schema) -> dict[str, Any]:
    return {"geometry": schema.geometry, "has_z": schema.has_z, "time": schema.time, "time_end": schema.time_end,
            "levels": schema.levels, "fields": [_field_document(f) for f in schema]} | (
                {"counted": schema.counted} if schema.counted else {})


def _field_document(field: Field) -> dict[str, Any]:
    whole = {"name": field.name, "type": field.type.value, "title": dict(field.title), "description": field.description,
             "unit": field.unit, "required": field.required, "indexed": field.indexed, "text": field.text,
             "enum": list(field.enum), "path": list(field.path)}
    return {key: value for key, value in whole.items() if value or key in ("name", "type")}


def _schema(d: dict[str, Any]) -> Schema:
    fields = tuple(Field(name=f["name"], type=FieldType(f["type"]), title=f.get("title", {}),
                         description=f.get("description", ""), unit=f.get("unit", ""), required=f.get("required", False),
                         indexed=f.get("indexed", False), text=f.get("text", False), enum=tuple(f.get("enum", ())),
                         path=tuple(f.get("path", ()))) for f in d["fields"])
    return Schema(fields, d["geometry"], d["has_z"], d["time"], d["time_end"], tuple(d["levels"]) if d["levels"] else None,
                  tuple(map(tuple, d.get("counted", ()))))


def _interval(text: str) -> Interval:
    start, end = text.split("/")
    return Interval(*(None if part == ".." else datetime.fromisoformat(part) for part in (start, end)))
