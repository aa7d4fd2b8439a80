"""STAC as a part of the API: the catalogue, its Collections and their Items."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from csdi.collection import Collection
from ogc_api.openapi.components import formats, parameter
from ogc_api.openapi.part import Part, answers, get, ref
from ogc_api.stac_documents import GEOJSON, offered

Json = dict[str, Any]
_TAG = "stac"
_TEXT: Json = {"type": "string"}
_LINKS: Json = {"type": "array", "items": {"$ref": "#/components/schemas/link"}}
SCHEMAS: dict[str, Json] = {
    "stacDocument": {"type": "object", "required": ["type", "stac_version", "id", "description", "links"], "properties": {
        "type": {"type": "string", "enum": ["Catalog", "Collection"]}, "stac_version": _TEXT, "id": _TEXT, "description": _TEXT,
        "links": _LINKS}},
}


def _paths(collections: Sequence[Collection]) -> Json:
    root = get(_TAG, "getStacCatalog", "Rasters and models as a STAC catalogue", [formats("json"), ref("parameters", "lang")],
               answers("The catalogue.", {"application/json": ref("schemas", "stacDocument")}, found=False))
    return {"/stac": root} | dict(path for one in offered(collections) for path in _of(one))


def _of(collection: Collection) -> Iterator[tuple[str, Json]]:
    root, title, lang = f"/stac/collections/{collection.id}", collection.title_in("en"), ref("parameters", "lang")
    yield root, get(_TAG, f"stacCollection_{collection.id}", f"{title} in STAC", [formats("json"), lang],
                    answers("The collection.", {"application/json": ref("schemas", "stacDocument")}))
    some = [ref("parameters", name) for name in ("limit", "bbox", "datetime", "cursor")]
    yield f"{root}/items", get(_TAG, f"stacItems_{collection.id}", f"{title}: STAC items", [*some, formats("json"), lang],
                               answers("A page of items.", {GEOJSON: ref("schemas", "featureCollection")}))
    id = parameter("featureId", "Id of the item.", {"type": "string", "minLength": 1}, of="path")
    yield f"{root}/items/{{featureId}}", get(_TAG, f"stacItem_{collection.id}", f"{title}: one STAC item", [id, formats("json"), lang],
                                             answers("The item.", {GEOJSON: ref("schemas", "feature")}))


PART = Part((), _paths, SCHEMAS, {}, (_TAG, "Rasters and building models with their files: STAC."))
