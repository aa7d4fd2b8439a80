"""STAC as a part of the API: the catalogue, its Collections and their Items."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from csdi.collection import Collection
from ogc_api.openapi.components import formats, parameter
from ogc_api.openapi.part import Part, answers, get, ref
from ogc_api.parameters import MAX_WHOLE
from ogc_api.stac_documents import CONFORMS, GEOJSON, offered

Json = dict[str, Any]
_TAG = "stac"
_TEXT: Json = {"type": "string"}
_LINKS: Json = {"type": "array", "items": {"$ref": "#/components/schemas/link"}}
SCHEMAS: dict[str, Json] = {
    "stacDocument": {"type": "object", "required": ["type", "stac_version", "id", "description", "links"], "properties": {
        "type": {"type": "string", "enum": ["Catalog", "Collection"]}, "stac_version": _TEXT, "id": _TEXT, "description": _TEXT,
        "links": _LINKS}},
    "stacCollections": {"type": "object", "required": ["collections", "links"], "properties": {
        "collections": {"type": "array", "items": ref("schemas", "stacDocument")}, "links": _LINKS}},
    "stacSearch": {"type": "object", "additionalProperties": False, "properties": {
        "collections": {"type": "array", "items": _TEXT}, "ids": {"type": "array", "items": _TEXT},
        "bbox": {"type": "array", "format": "box-numbers", "minItems": 4, "maxItems": 6, "items": {"type": "number"}},
        "datetime": {"type": "string", "format": "datetime-interval"}, "intersects": ref("schemas", "geometry"),
        "limit": {"type": "integer", "minimum": 1, "maximum": MAX_WHOLE}, "token": {"type": "string", "format": "cursor"}}},
}
_TOKEN = parameter("token", "Where the page begins: as the `next` link has it.", {"type": "string", "format": "cursor"})


def _paths(collections: Sequence[Collection]) -> Json:
    root = get(_TAG, "getStacCatalog", "Rasters and models as a STAC catalogue", [formats("json"), ref("parameters", "lang")],
               answers("The catalogue.", {"application/json": ref("schemas", "stacDocument")}, found=False))
    listed = get(_TAG, "listStacCollections", "The collections in STAC", [formats("json"), ref("parameters", "lang")],
                 answers("The collections.", {"application/json": ref("schemas", "stacCollections")}, found=False))
    below = dict(path for one in offered(collections) for path in _of(one))
    return {"/stac": root, "/stac/collections": listed, "/stac/search": _search()} | below


def _search() -> Json:
    shared = [ref("parameters", name) for name in ("limit", "bbox", "datetime")]
    own = [parameter("collections", "Ids of collections, with commas between them.", _TEXT),
           parameter("ids", "Ids of items, with commas between them.", _TEXT),
           parameter("intersects", "A GeoJSON geometry in CRS84; not together with bbox.",
                     {"type": "string", "format": "geojson-text"}),
           _TOKEN]
    found = answers("A page of items.", {GEOJSON: ref("schemas", "featureCollection")}, found=False)
    body = {"required": True, "content": {"application/json": {"schema": ref("schemas", "stacSearch")}}}
    too_long: Json = {"413": {"description": "The body is too long."}}
    return get(_TAG, "searchStac", "Search items", [*shared, *own, formats("json"), ref("parameters", "lang")], found) | {
        "post": {"tags": [_TAG], "operationId": "searchStacByDocument", "summary": "Search items with JSON", "requestBody": body,
                 "responses": found | too_long}}


def _of(collection: Collection) -> Iterator[tuple[str, Json]]:
    root, title, lang = f"/stac/collections/{collection.id}", collection.title_in("en"), ref("parameters", "lang")
    yield root, get(_TAG, f"stacCollection_{collection.id}", f"{title} in STAC", [formats("json"), lang],
                    answers("The collection.", {"application/json": ref("schemas", "stacDocument")}))
    some = [*(ref("parameters", name) for name in ("limit", "bbox", "datetime")), _TOKEN]
    yield f"{root}/items", get(_TAG, f"stacItems_{collection.id}", f"{title}: STAC items", [*some, formats("json"), lang],
                               answers("A page of items.", {GEOJSON: ref("schemas", "featureCollection")}))
    id = parameter("featureId", "Id of the item.", {"type": "string", "minLength": 1}, of="path")
    yield f"{root}/items/{{featureId}}", get(_TAG, f"stacItem_{collection.id}", f"{title}: one STAC item", [id, formats("json"), lang],
                                             answers("The item.", {GEOJSON: ref("schemas", "feature")}))


PART = Part(CONFORMS, _paths, SCHEMAS, {}, (_TAG, "Rasters and building models with their files: STAC."))
