"""OGC API - Features Part 5 schemas and Part 3 queryables of a Collection, as JSON Schema 2020-12."""

from __future__ import annotations

from typing import Any

from csdi.collection import Collection
from csdi.feature import Field, FieldType
from csdi.history import SINCE_VERSION, VALID_FROM, is_versioned

MEDIA = "application/schema+json"
_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_TYPES: dict[FieldType, dict[str, Any]] = {
    FieldType.STRING: {"type": "string"}, FieldType.INTEGER: {"type": "integer"}, FieldType.NUMBER: {"type": "number"},
    FieldType.BOOLEAN: {"type": "boolean"}, FieldType.DATE: {"type": "string", "format": "date"},
    FieldType.DATETIME: {"type": "string", "format": "date-time"}, FieldType.JSON: {"type": ["object", "array"]},
}


def schema(collection: Collection, base: str, language: str = "en") -> dict[str, Any]:
    """What an item of the Collection looks like: its properties and its geometry."""
    document = _document(collection, f"{base}/collections/{collection.id}/schema", collection.schema.stored, language)
    if "id" not in document["properties"]:
        document["properties"] = {"id": {"type": "string", "title": "Id", "x-ogc-role": "id", "readOnly": True}} | document["properties"]
    kept = (SINCE_VERSION, VALID_FROM) if is_versioned(collection) else ()
    for name in kept:
        document["properties"][name]["readOnly"] = True
    return document | {"required": [f.name for f in collection.schema.stored if f.required], "additionalProperties": False}


def sortables(collection: Collection, base: str, language: str = "en") -> dict[str, Any]:
    """What items of the Collection can be sorted by."""
    fields = tuple(f for f in collection.schema if f.type is not FieldType.JSON)
    document = _document(collection, f"{base}/collections/{collection.id}/sortables", fields, language)
    document["properties"].pop("geometry", None)
    return document | {"additionalProperties": False}


def queryables(collection: Collection, base: str, language: str = "en") -> dict[str, Any]:
    """What a filter on the Collection may name; nothing else is accepted."""
    return _document(collection, f"{base}/collections/{collection.id}/queryables", tuple(collection.schema), language) | {
        "additionalProperties": False}


def field_schema(field: Field, language: str = "en") -> dict[str, Any]:
    """A field as JSON Schema, with its title, unit, and closed values."""
    described: dict[str, Any] = dict(_TYPES[field.type])
    if field.title:
        described["title"] = field.title.get(language) or field.title.get("en") or next(iter(field.title.values()))
    if field.description:
        described["description"] = field.description
    if field.unit:
        described |= {"x-ogc-unit": field.unit, "x-ogc-unitLang": "UCUM"}
    if field.enum:
        described["enum"] = list(field.enum)
    return described


def _document(collection: Collection, id: str, fields: tuple[Field, ...], language: str) -> dict[str, Any]:
    properties: dict[str, Any] = {}
    if collection.schema.geometry:
        kind = collection.schema.geometry
        properties["geometry"] = {"title": "Geometry", "x-ogc-role": "primary-geometry",
                                  "format": "geometry-any" if kind in ("geometry", "geometrycollection") else f"geometry-{kind}"}
    for sequence, field in enumerate(fields, start=1):
        properties[field.name] = field_schema(field, language) | {"x-ogc-propertySeq": sequence} | _role(collection, field)
    return {"$schema": _DIALECT, "$id": id, "type": "object", "title": collection.title_in(language), "properties": properties}


def _role(collection: Collection, field: Field) -> dict[str, str]:
    shape = collection.schema
    if field.name == shape.time:
        return {"x-ogc-role": "primary-interval-start" if shape.time_end else "primary-instant"}
    return {"x-ogc-role": "primary-interval-end"} if shape.time_end and field.name == shape.time_end else {}
