"""OGC API - Records as a part of the API: the catalogue, its Records, and edits of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from csdi.catalogue.features import CATALOGUE, FACETS
from csdi.catalogue.renditions.links import GEOJSON, ISO, JSONLD
from csdi.collection import Collection
from csdi.feature import FieldType
from ogc_api.openapi import transactions
from ogc_api.openapi.components import HTML, PARAMETERS, formats, parameter
from ogc_api.openapi.part import Part, answers, get, ref
from ogc_api.schemas import MEDIA as SCHEMA

Json = dict[str, Any]
_TAG = "records"
_SPEC = "http://www.opengis.net/spec/ogcapi-records-1/1.0/conf/"
_TEXT: Json = {"type": "string"}
_YAML = "application/yaml"
_BY_LANGUAGE: Json = {"oneOf": [_TEXT, {"type": "object", "additionalProperties": {"type": "string", "nullable": True}}], "nullable": True}
_NAMES: Json = {"type": "array", "items": _TEXT, "minItems": 1}

CONFORMS = tuple(_SPEC + name for name in (
    "record-core", "record-collection", "record-core-query-parameters", "records-api", "sorting", "json", "html", "autodiscovery",
    "searchable-catalog", "searchable-catalog/sorting"))

SCHEMAS: dict[str, Json] = {
    "catalogue": {"type": "object", "required": ["id", "type", "itemType", "links"], "properties": {
        "id": _TEXT, "type": {"type": "string", "enum": ["Catalog"]}, "itemType": {"type": "string", "enum": ["record"]}, "title": _TEXT,
        "description": _TEXT, "links": {"type": "array", "items": ref("schemas", "link")}}},
    "record": {"type": "object", "required": ["id", "type", "time", "geometry", "properties", "links"], "properties": {
        "id": _TEXT, "type": {"type": "string", "enum": ["Feature"]}, "conformsTo": {"type": "array", "items": _TEXT},
        "time": {"type": "object", "nullable": True}, "geometry": ref("schemas", "geometry"),
        "properties": {"type": "object", "properties": {
            "type": _TEXT, "title": _TEXT, "description": _TEXT, "keywords": {"type": "array", "items": _TEXT}, "license": _TEXT,
            "created": {"type": "string", "format": "date-time"}, "updated": {"type": "string", "format": "date-time"},
            "contacts": {"type": "array", "items": {"type": "object"}}, "completeness": {"type": "object"}}},
        "links": {"type": "array", "items": ref("schemas", "link")}}},
    "records": {"type": "object", "required": ["type", "features", "links", "numberReturned"], "properties": {
        "type": {"type": "string", "enum": ["FeatureCollection"]}, "features": {"type": "array", "items": ref("schemas", "record")},
        "links": {"type": "array", "items": ref("schemas", "link")}, "timeStamp": {"type": "string", "format": "date-time"},
        "numberMatched": {"type": "integer", "minimum": 0}, "numberReturned": {"type": "integer", "minimum": 0},
        "facets": {"type": "object", "additionalProperties": {"type": "object", "required": ["type", "property", "buckets"]}}}},
    "recordChanges": {"type": "object", "additionalProperties": False, "properties": {
        **dict.fromkeys(("title", "description", "rights", "lineage", "quality"), _BY_LANGUAGE),
        "type": _TEXT | {"nullable": True}, "licence": _TEXT | {"nullable": True}, "update_frequency": _TEXT | {"nullable": True},
        "height_datum": _TEXT | {"nullable": True}, "epoch": {"type": "number", "nullable": True},
        **{name: {"type": "array", "items": {}, "nullable": True} for name in ("topics", "contacts", "links")},
        "keywords": {"oneOf": [{"type": "array", "items": _TEXT}, {"type": "object"}], "nullable": True},
        "extent": {"type": "object", "nullable": True, "properties": {
            "place": _BY_LANGUAGE, "bbox": {"type": "array", "items": {"type": "number"}, "minItems": 4, "maxItems": 6, "nullable": True},
            "time": _TEXT | {"nullable": True}}},
        **dict.fromkeys(("id", "collection", "kind", "identifier", "crs", "created", "updated"), _TEXT), "origin": {"type": "object"}}},
}


def _paths(collections: Sequence[Collection]) -> Json:
    found = next((c for c in collections if c.id == CATALOGUE), None)
    if found is None:
        return {}
    root, lang = f"/collections/{CATALOGUE}", ref("parameters", "lang")
    return {
        root: get(_TAG, "getCatalogue", "The catalogue", [formats("json", "html"), lang],
                  answers("What it is.", {"application/json": ref("schemas", "catalogue")} | HTML)),
        f"{root}/sortables": get(_TAG, "getRecordSortables", "What records can be sorted by", [formats("json"), lang],
                                 answers("The properties.", {SCHEMA: ref("schemas", "jsonSchema")})),
        f"{root}/items": get(_TAG, "getRecords", "Records", list(_parameters(found)), answers(
            "A page of records.", {GEOJSON: ref("schemas", "records"), JSONLD: {"type": "object"}} | HTML)) | transactions.on_items(found),
        f"{root}/items/{{featureId}}": _record(lang) | transactions.on_item(found),
    }


def _parameters(found: Collection) -> list[Json]:
    shared = [ref("parameters", name) for name in PARAMETERS if name != "q"]
    words = parameter("q", "Search terms in any language, with commas between alternatives; words with blanks between them stand side by "
                      "side.", _TEXT)
    names = [f.name for f in found.schema.stored]
    keys = [sign + f.name for f in found.schema if f.type is not FieldType.JSON for sign in ("", "-")]
    plain = [f.name for f in found.schema if f.type is FieldType.STRING and f.name != "type"]
    return [
        *shared, words, formats("json", "geojson", "html", "dcat"),
        parameter("ids", "Only the records with these ids.", _NAMES),
        parameter("externalIds", "Only the records that have one of these identifiers elsewhere.", _NAMES),
        parameter("type", "Only records of one of these types.", _NAMES),
        parameter("facets", "Count the values of these properties over all that match (an extension): `true` for all of "
                            f"{', '.join(FACETS)}, or some of them.",
                  {"type": "array", "minItems": 1, "items": {"type": "string", "enum": ["true", *FACETS]}, "maxItems": 1}),
        parameter("properties", "The properties that records come with.",
                  {"type": "array", "minItems": 1, "items": {"type": "string", "enum": names}}),
        parameter("sortby", "The properties to sort by, with a minus for descending.",
                  {"type": "array", "minItems": 1, "items": {"type": "string", "enum": keys}}),
        *(parameter(name, f"Records whose {name} is this.", _TEXT) for name in plain),
    ]


def _record(lang: Json) -> Json:
    id = parameter("featureId", "Id of the record.", {"type": "string", "minLength": 1}, of="path")
    read = get(_TAG, "getRecord", "One record", [id, formats("json", "geojson", "html", "dcat", "jsonld", "iso19139", "yaml"), lang],
               answers("The record.", {GEOJSON: ref("schemas", "record"), JSONLD: {"type": "object"}, ISO: _TEXT, _YAML: {}} | HTML,
                       headers=transactions.ETAG) | {"304": {"description": "The record is as the client has it."}})
    return read | {"put": _edit(id, "replaceRecord", "Edit a record: what is not given follows from the data"),
                   "patch": _edit(id, "updateRecord", "Edit a record: what is not given stays; null takes an edit back")}


def _edit(id: Json, operation: str, summary: str) -> Json:
    match = {"name": "If-Match", "in": "header", "description": "The ETag of the record that the caller saw, or *.", "required": False,
             "schema": _TEXT}
    body = {media: {"schema": ref("schemas", "recordChanges")} for media in ("application/json", "application/merge-patch+json", _YAML)}
    problems = {"412": {"description": "Somebody else changed the record first."}, "413": {"description": "The body is too long."},
                "415": {"description": "A record is not read from this media type."},
                "428": {"description": "The request does not say which state of the record it changes."}}
    return {"tags": [_TAG], "operationId": operation, "summary": summary, "parameters": [id, match],
            "requestBody": {"required": True, "content": body},
            "responses": answers("The record as it is now.", {GEOJSON: ref("schemas", "record")}, headers=transactions.ETAG) | problems}


PART = Part(CONFORMS, _paths, SCHEMAS, {}, (_TAG, "The catalogue: OGC API - Records."))
