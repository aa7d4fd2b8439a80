"""OGC API - Common and Features as a part of the API: its classes, and its paths for the live catalogue."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from csdi.collection import Collection
from csdi.feature import Field, FieldType
from ogc_api.jsonfg import API_CONFORMANCE
from ogc_api.jsonfg import MEDIA as JSONFG
from ogc_api.openapi import transactions
from ogc_api.openapi.components import HTML, PARAMETERS, SCHEMAS, formats, parameter
from ogc_api.openapi.part import Part, answers, get, ref
from ogc_api.parameters import KNOWN, MAX_ZOOM, crs_of
from ogc_api.renditions import FILES
from ogc_api.schemas import MEDIA as SCHEMA

Json = dict[str, Any]
_SPEC = "http://www.opengis.net/spec"
_TAG = "features"
_JSON, _GEOJSON, _JSONLD = "application/json", "application/geo+json", "application/ld+json"
_OPENAPI = "application/vnd.oai.openapi+json;version=3.0"
_INT64 = {"minimum": -(2**63), "maximum": 2**63 - 1}
_TYPES: dict[FieldType, Json] = {
    FieldType.STRING: {"type": "string"}, FieldType.INTEGER: {"type": "integer", "format": "int64"} | _INT64,
    FieldType.NUMBER: {"type": "number", "format": "double"}, FieldType.BOOLEAN: {"type": "boolean"},
    FieldType.DATE: {"type": "string", "format": "date"}, FieldType.DATETIME: {"type": "string", "format": "date-time"},
}

CONFORMS = (
    *(f"{_SPEC}/ogcapi-common-1/1.0/conf/{name}" for name in ("core", "landing-page", "json", "html", "oas30")),
    f"{_SPEC}/ogcapi-common-2/1.0/conf/collections",
    *(f"{_SPEC}/ogcapi-features-1/1.0/conf/{name}" for name in ("core", "geojson", "html", "oas30")),
    f"{_SPEC}/ogcapi-features-2/1.0/conf/crs",
    *(f"{_SPEC}/ogcapi-features-3/1.0/conf/{name}" for name in ("queryables", "queryables-query-parameters", "filter", "features-filter")),
    *(f"{_SPEC}/ogcapi-features-5/1.0/conf/{name}" for name in ("schemas", "core-roles-features", "queryables")),
    *API_CONFORMANCE,
    *(f"{_SPEC}/cql2/1.0/conf/{name}" for name in (
        "cql2-text", "cql2-json", "basic-cql2", "advanced-comparison-operators", "case-insensitive-comparison",
        "accent-insensitive-comparison", "basic-spatial-functions", "basic-spatial-functions-plus", "spatial-functions",
        "temporal-functions", "property-property", "arithmetic")),
)


_SIMPLER = (
    parameter("zoom-level", "Geometries as simple as half a pixel of this level of WebMercatorQuad allows.",
              {"type": "number", "minimum": 0, "maximum": MAX_ZOOM}),
    parameter("max-allowable-offset", "Geometries that are at most this far from what they were, in units of the answer's CRS; 0 as they "
              "are. Of this and `zoom-level` the finer holds.", {"type": "number", "minimum": 0, "maximum": 1e9}))
_PAGED = ("limit", "offset", "cursor", "resulttype")
"""Parameters that only pages have."""


def _paths(collections: Sequence[Collection]) -> Json:
    rendered = [formats("json", "jsonld", "html"), ref("parameters", "lang")]
    return {
        "/": get(_TAG, "getLandingPage", "The landing page", rendered,
                 answers("Links to everything.", _as("landingPage", _JSON, _JSONLD) | HTML, found=False)),
        "/conformance": get(_TAG, "getConformance", "What this API conforms to", [formats("json", "html"), ref("parameters", "lang")],
                            answers("URIs of conformance classes.", _as("confClasses", _JSON) | HTML, found=False)),
        "/openapi": get(_TAG, "getApi", "This document", [formats("json", "html"), ref("parameters", "lang")],
                        answers("The API in OpenAPI 3.0.", _as("openapi", _OPENAPI) | HTML, found=False)),
        "/functions": get(_TAG, "getFunctions", "The functions that filters may use", [formats("json"), ref("parameters", "lang")],
                          answers("Functions.", _as("functions", _JSON), found=False)),
        "/collections": get(_TAG, "getCollections", "All collections", rendered,
                            answers("Collections.", _as("collections", _JSON, _JSONLD) | HTML, found=False)),
    } | dict(path for collection in collections for path in _of(collection))


def _of(collection: Collection) -> Iterator[tuple[str, Json]]:
    root, title, lang = f"/collections/{collection.id}", collection.title_in("en"), ref("parameters", "lang")
    id = f"_{collection.id}"
    crs = {"Content-Crs": {"description": "URI of the CRS of the coordinates, in angle brackets.", "schema": {"type": "string"}}}
    yield root, get(_TAG, f"describe{id}", f"{title}: what it is", [formats("json", "jsonld", "html"), lang],
                    answers("The collection.", _as("collection", _JSON, _JSONLD) | HTML))
    for name, text in (("schema", "The properties of items"), ("queryables", "What a filter may name"),
                       ("sortables", "What items can be sorted by")):
        yield f"{root}/{name}", get(_TAG, f"{name}{id}", f"{title}: {text[0].lower()}{text[1:]}", [formats("json", "html"), lang],
                                    answers(f"{text}.", _as("jsonSchema", SCHEMA) | HTML))
    files: Json = {made.media: {"type": "string", "format": "binary"} for made in FILES.values()}
    shape = "The CRS of the answer."
    yield f"{root}/items", get(
        _TAG, f"items{id}", f"{title}: items",
        [*_selection(collection), *_conditions(collection), _crs("crs", shape, collection),
         formats("json", "geojson", "jsonfg", "html", *FILES)],
        answers("A page of items.", _as("featureCollection", _GEOJSON, JSONFG) | HTML | files, headers=crs)) \
        | transactions.on_items(collection)
    whole = [one for one in _selection(collection) if one.get("$ref", "").rpartition("/")[2] not in _PAGED]
    default = {"description": "The CRS of the answer; without it that of the data for files, and longitude, latitude for GeoJSON."}
    yield f"{root}/download", get(
        _TAG, f"download{id}", f"{title}: all items as a file",
        [*whole, *_conditions(collection), _crs("crs", shape, collection) | default, formats(*FILES, "json", "geojson", "jsonfg")],
        answers("The items.", _as("featureCollection", _GEOJSON, JSONFG) | files, headers=crs | transactions.ETAG)
        | {"304": {"description": "The items are as the client has them."}})
    yield f"{root}/items/{{featureId}}", get(
        _TAG, f"item{id}", f"{title}: one item",
        [parameter("featureId", "Id of the item.", {"type": "string", "minLength": 1}, of="path"),
         _crs("crs", shape, collection), *_SIMPLER, formats("json", "geojson", "jsonfg", "html"), lang],
        answers("The item.", _as("feature", _GEOJSON, JSONFG) | HTML, headers=crs | transactions.ETAG)
        | {"304": {"description": "The item is as the client has it."}}) | transactions.on_item(collection)


def _as(schema: str, *media: str) -> Json:
    return {one: {"type": "object"} if one == _JSONLD else ref("schemas", schema) for one in media}


def _crs(name: str, description: str, collection: Collection) -> Json:
    return parameter(name, f"{description} Without it longitude, latitude.", _one_of([known.uri for known in crs_of(collection)]))


def _one_of(values: Sequence[str]) -> Json:
    return {"type": "string", "enum": list(values)}


def _some_of(values: Sequence[str]) -> Json:
    return {"type": "array", "minItems": 1, "items": _one_of(values)}


def _selection(collection: Collection) -> Iterator[Json]:
    """The parameters that every Collection has, with this one's CRSs and properties."""
    for name in PARAMETERS:
        if not name.startswith("filter") or collection.schema.fields:
            yield ref("parameters", name)
    yield _crs("bbox-crs", "The CRS of `bbox`, in its authority's order of axes.", collection)
    yield _crs("filter-crs", "The CRS of geometries in `filter`, in its authority's order of axes.", collection)
    if names := [f.name for f in collection.schema.stored if "," not in f.name]:
        yield parameter("properties", "The properties that items come with.", _some_of(names))
        yield parameter("exclude-properties", "The properties that items come without.", _some_of(names))
    yield from _SIMPLER
    if names := [f.name for f in collection.schema if f.type in _TYPES and "," not in f.name and f.name[0] not in "+-"]:
        keys = [sign + name for name in names for sign in ("", "-")]
        yield parameter("sortby", "The properties to sort by, with a minus for descending.", _some_of(keys))


def _conditions(collection: Collection) -> Iterator[Json]:
    """A parameter for each property that can be compared with a value."""
    for one in collection.schema:
        if one.type in _TYPES and one.name not in KNOWN:
            yield parameter(one.name, _about(one), _TYPES[one.type])


def _about(field: Field) -> str:
    title = field.title.get("en") or field.name
    return f"Items whose property {title} is this."


PART = Part(CONFORMS, _paths, SCHEMAS, PARAMETERS, (_TAG, "Collections and their items: OGC API - Features."))
