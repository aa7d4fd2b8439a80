"""Schemas of what OGC API - Common and Features answer, parameters, and problems, in the dialect of OpenAPI 3.0."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ogc_api.openapi.part import ref
from ogc_api.parameters import DEFAULT_LIMIT, MAX_LIMIT, MAX_WHOLE
from ogc_api.problems import MEDIA as PROBLEM

Json = dict[str, Any]
HTML: Json = {"text/html": {"type": "string"}}
"""The rendition for people that every page has."""

_TEXT: Json = {"type": "string"}
_LINKS: Json = {"type": "array", "items": {"$ref": "#/components/schemas/link"}}
_NUMBERS: Json = {"type": "array", "items": {"type": "number"}}


def _object(required: Sequence[str] = (), **properties: Json) -> Json:
    return {"type": "object", "properties": properties} | ({"required": list(required)} if required else {})


SCHEMAS: dict[str, Json] = {
    "link": _object(("href", "rel"), href=_TEXT, rel=_TEXT, type=_TEXT, hreflang=_TEXT, title=_TEXT, length={"type": "integer"}),
    "landingPage": _object(("links",), title=_TEXT, description=_TEXT, links=_LINKS),
    "confClasses": _object(("conformsTo",), conformsTo={"type": "array", "items": _TEXT}),
    "openapi": _object(("openapi", "info", "paths"), openapi=_TEXT, info={"type": "object"}, paths={"type": "object"}),
    "extent": _object(
        spatial=_object(("bbox",), crs=_TEXT, bbox={"type": "array", "minItems": 1, "items": {"type": "array", "minItems": 4, "maxItems": 6,
                                                                                             "items": {"type": "number"}}}),
        temporal=_object(("interval",), trs=_TEXT, interval={"type": "array", "minItems": 1, "items": {
            "type": "array", "minItems": 2, "maxItems": 2, "items": {"type": "string", "format": "date-time", "nullable": True}}})),
    "collection": _object(
        ("id", "links"), id=_TEXT, title=_TEXT, description=_TEXT, keywords={"type": "array", "items": _TEXT}, links=_LINKS,
        extent={"$ref": "#/components/schemas/extent"}, itemType=_TEXT, crs={"type": "array", "items": _TEXT}, storageCrs=_TEXT),
    "collections": _object(("collections", "links"), links=_LINKS,
                           collections={"type": "array", "items": {"$ref": "#/components/schemas/collection"}}),
    "geometry": _object(
        ("type",), coordinates={"type": "array", "items": {}}, geometries={"type": "array", "items": {"type": "object"}},
        type={"type": "string", "enum": ["Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon",
                                         "GeometryCollection"]}) | {"nullable": True},
    "feature": _object(("type", "id", "geometry", "properties"), type={"type": "string", "enum": ["Feature"]}, id=_TEXT,
                       geometry={"$ref": "#/components/schemas/geometry"}, properties={"type": "object", "nullable": True}, links=_LINKS),
    "featureCollection": _object(
        ("type", "features", "links", "numberReturned"), type={"type": "string", "enum": ["FeatureCollection"]}, links=_LINKS,
        features={"type": "array", "items": {"$ref": "#/components/schemas/feature"}}, timeStamp={"type": "string", "format": "date-time"},
        numberMatched={"type": "integer", "minimum": 0}, numberReturned={"type": "integer", "minimum": 0}),
    "jsonSchema": _object(("$schema", "$id", "type", "properties"), **{"$schema": _TEXT, "$id": _TEXT}, type=_TEXT, title=_TEXT,
                          properties={"type": "object"}),
    "functions": _object(("functions",), functions={"type": "array", "items": _object(
        ("name", "returns"), name=_TEXT, description=_TEXT, returns={"type": "array", "items": _TEXT},
        arguments={"type": "array", "items": _object(("type",), title=_TEXT, type={"type": "array", "items": _TEXT})})}),
    "problem": _object(("type", "title", "status", "code", "detail"), type=_TEXT, title=_TEXT, status={"type": "integer"}, code=_TEXT,
                       detail=_TEXT, remedy=_TEXT),
}

_PROBLEMS = {"invalid": "The request asks for something that is not offered, or says it wrongly; the problem names the parameter.",
             "denied": "The token is wrong, or does not allow this.", "missing": "There is nothing here.",
             "fault": "A fault of the server; it was logged.", "unavailable": "The store cannot be reached now."}
RESPONSES: dict[str, Json] = {
    name: {"description": text, "content": {PROBLEM: {"schema": ref("schemas", "problem")}, "text/html": {"schema": _TEXT}}}
    for name, text in _PROBLEMS.items()}


def parameter(name: str, description: str, schema: Json, *, of: str = "query", **more: Any) -> Json:
    """A parameter of a request; in a path it is required."""
    style: Json = {"required": True} if of == "path" else {"required": False, "style": "form", "explode": False}
    return {"name": name, "in": of, "description": description, "schema": schema} | style | more


def formats(*names: str) -> Json:
    """The parameter `f` with these renditions."""
    return parameter("f", "The rendition; without it the Accept header decides.", {"type": "string", "enum": list(names)})


PARAMETERS: dict[str, Json] = {
    "lang": parameter("lang", "Language of titles and pages, else Accept-Language: en, zh-Hant or zh-Hans.", _TEXT),
    "limit": parameter("limit", f"How many items a page has at most, never more than {MAX_LIMIT}; a larger limit is served as that.",
                       {"type": "integer", "minimum": 1, "maximum": MAX_WHOLE, "default": DEFAULT_LIMIT}),
    "offset": parameter("offset", "How many items to skip. Links to the next page use `cursor`, which is equally fast on every page.",
                        {"type": "integer", "minimum": 0, "maximum": MAX_WHOLE, "default": 0}),
    "cursor": parameter("cursor", "Where the page begins, as a link to the next page says it.", {"type": "string", "format": "cursor"}),
    "bbox": parameter("bbox", "Items whose geometry meets this box: minimum x, y and maximum x, y, or with heights minimum x, y, z "
                      "and maximum x, y, z; longitude, latitude in degrees unless `bbox-crs` says otherwise. A box whose first x is "
                      "larger than its second crosses the antimeridian.",
                      _NUMBERS | {"minItems": 4, "maxItems": 6, "oneOf": [{"minItems": 4, "maxItems": 4}, {"minItems": 6, "maxItems": 6}]}),
    "datetime": parameter("datetime", "Items whose time meets this date, time (RFC 3339) or interval: start/end, with `..` for an open "
                          "side, or with an ISO 8601 duration on one side. Items without time match always.",
                          {"type": "string", "format": "datetime-interval"}),
    "q": parameter("q", "Words that all occur in the item, in any language.", _TEXT),
    "filter": parameter("filter", "A condition in CQL2 over what /queryables lists; geometries in longitude, latitude unless `filter-crs` "
                        "says otherwise.", {"type": "string", "format": "cql2-text"}),
    "filter-lang": parameter("filter-lang", "The language of `filter`.",
                             {"type": "string", "enum": ["cql2-text", "cql2-json"], "default": "cql2-text"}),
    "resulttype": parameter("resulttype", "`hits` counts and returns no items.", {"type": "string", "enum": ["results", "hits"]}),
    "skipGeometry": parameter("skipGeometry", "Whether items come without their geometry.", {"type": "boolean", "default": False}),
}
