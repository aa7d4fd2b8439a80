"""OGC API - Styles as a part of the API: the styles of every Collection, read and put."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from csdi.collection import Collection
from ogc_api.openapi.components import formats
from ogc_api.openapi.part import Part, answers, get, ref
from ogc_api.style_documents import MEDIA

Json = dict[str, Any]
_TAG = "styles"
_TEXT: Json = {"type": "string"}
_SPEC = "http://www.opengis.net/spec/ogcapi-styles-1/1.0/conf"
CONFORMS = tuple(f"{_SPEC}/{name}" for name in ("core", "mapbox-styles", "sld-10"))
"""Styles are managed below each Collection, not below `/styles` as the class `manage-styles` has it."""
_BODIES: dict[str, Json] = {
    MEDIA["mapbox"]: ref("schemas", "mapboxStyle"), "application/json": ref("schemas", "mapboxStyle"),
    MEDIA["sld"].partition(";")[0]: _TEXT}

SCHEMAS: dict[str, Json] = {
    "styles": {"type": "object", "required": ["styles"], "properties": {"default": _TEXT, "styles": {"type": "array", "items": {
        "type": "object", "required": ["id", "links"], "properties": {"id": _TEXT, "title": _TEXT, "links": {
            "type": "array", "items": ref("schemas", "link")}}}}}},
    "mapboxStyle": {"type": "object", "required": ["version", "sources", "layers"], "properties": {
        "version": {"type": "integer", "enum": [8]}, "sources": {"type": "object"},
        "layers": {"type": "array", "items": {"type": "object"}}}},
}


def _paths(collections: Sequence[Collection]) -> Json:
    lang, id = ref("parameters", "lang"), ref("parameters", "styleId")
    known = {"304": {"description": "The style is as the client has it."}}
    site = {"/styles": get(_TAG, "styles", "Styles of everything", [formats("json"), lang],
                           answers("The styles.", {"application/json": ref("schemas", "styles")}, found=False)),
            "/styles/{styleId}": get(_TAG, "style", "A style of everything", [id, formats(*MEDIA), lang],
                                     answers("The style.", {MEDIA["mapbox"]: ref("schemas", "mapboxStyle"), MEDIA["sld"]: _TEXT}) | known)}
    return site | dict(path for collection in collections for path in _of(collection))


def _of(collection: Collection) -> Iterator[tuple[str, Json]]:
    root, title, lang = f"/collections/{collection.id}/styles", collection.title_in("en"), ref("parameters", "lang")
    yield root, get(_TAG, f"styles_{collection.id}", f"{title}: styles", [formats("json"), lang],
                    answers("The styles.", {"application/json": ref("schemas", "styles")}))
    id = ref("parameters", "styleId")
    read = get(_TAG, f"style_{collection.id}", f"{title}: a style", [id, formats(*MEDIA), lang],
               answers("The style.", {MEDIA["mapbox"]: ref("schemas", "mapboxStyle"), MEDIA["sld"]: _TEXT})
               | {"304": {"description": "The style is as the client has it."}})
    problems = {status: answer for status, answer in answers("", {}).items() if status != "200"}
    done = {"204": {"description": "Done."}} | problems
    too_much = {"413": {"description": "The body is too long."}, "415": {"description": "Styles are not read from this media type."}}
    yield f"{root}/{{styleId}}", read | {
        "put": {"tags": [_TAG], "operationId": f"putStyle_{collection.id}", "summary": f"{title}: put a style", "parameters": [id],
                "requestBody": {"required": True, "content": {media: {"schema": schema} for media, schema in _BODIES.items()}},
                "responses": done | too_much},
        "delete": {"tags": [_TAG], "operationId": f"deleteStyle_{collection.id}", "summary": f"{title}: forget a style that was put",
                   "parameters": [id], "responses": done}}


PART = Part(CONFORMS, _paths, SCHEMAS, {}, (_TAG, "How collections are drawn: OGC API - Styles."))
