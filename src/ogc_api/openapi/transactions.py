"""OGC API - Features Part 4 as a part of the API: how items of layers are created, replaced, updated and deleted."""

from __future__ import annotations

from typing import Any

from csdi.collection import Collection, Kind
from ogc_api.feature_bodies import FEATURE_MEDIA, PATCH_MEDIA
from ogc_api.openapi.components import parameter
from ogc_api.openapi.part import Part, answers, ref
from ogc_api.parameters import crs_of

Json = dict[str, Any]
_TAG = "transactions"
_TEXT: Json = {"type": "string"}
_GEOJSON = "application/geo+json"
_SPEC = "http://www.opengis.net/spec/ogcapi-features-4/1.0/conf"
CONFORMS = tuple(f"{_SPEC}/{name}" for name in ("create-replace-delete", "update", "features", "optimistic-locking-etags"))
ETAG: Json = {"ETag": {"description": "Names this state and rendition of the item; send it as If-Match with a change.", "schema": _TEXT}}
_ALLOW: Json = {"Allow": {"description": "The methods.", "schema": _TEXT}}
_LOCATION: Json = {"Location": {"description": "URL of the new item.", "schema": _TEXT}}
_PROBLEMS: dict[str, Json] = {
    "409": {"description": "The id is taken."},
    "412": {"description": "The item is not in the state that the request was made for."},
    "413": {"description": "The body is too long."},
    "415": {"description": "Items are not read from this media type."},
    "422": {"description": "The body cannot be an item of this collection; the problem names the property."},
    "428": {"description": "The request does not say which state of the item it changes."},
}

SCHEMAS: dict[str, Json] = {
    "newFeature": {"type": "object", "required": ["type", "geometry", "properties"], "properties": {
        "type": {"type": "string", "enum": ["Feature"]}, "id": _TEXT, "geometry": ref("schemas", "geometry"),
        "properties": {"type": "object", "nullable": True}}},
    "featurePatch": {"type": "object", "description": "JSON Merge Patch: what is null is taken away, what is not named stays.",
                     "properties": {"geometry": {"type": "object", "nullable": True}, "properties": {"type": "object", "nullable": True}}},
}


def on_items(collection: Collection) -> Json:
    """The operations on the items of a Collection besides reading them."""
    options = _options(collection, "items", [])
    if collection.kind is not Kind.LAYER:
        return options
    made = _as_it_is("The new item.", "201", ETAG | _LOCATION)
    return options | {"post": _operation(collection, "create", "create an item", [_crs(collection)], FEATURE_MEDIA, "newFeature",
                                         made | _problems("409", "413", "415", "422"))}


def on_item(collection: Collection) -> Json:
    """The operations on one item of a Collection besides reading it."""
    id = parameter("featureId", "Id of the item.", {"type": "string", "minLength": 1}, of="path")
    options = _options(collection, "item", [id])
    if collection.kind is not Kind.LAYER:
        return options
    given, changes = [id, _crs(collection), *_conditions()], _problems("412", "413", "415", "422", "428")
    now = _as_it_is("The item as it is now.", "200", ETAG)
    created = {"201": _as_it_is("The new item.", "201", ETAG | _LOCATION)["201"]}
    return options | {
        "put": _operation(collection, "replace", "replace an item, or create it under this id", given, FEATURE_MEDIA, "newFeature",
                          now | created | changes),
        "patch": _operation(collection, "update", "change parts of an item", given, PATCH_MEDIA, "featurePatch", now | changes),
        "delete": {"tags": [_TAG], "operationId": f"delete_{collection.id}", "summary": f"{collection.title_in('en')}: delete an item",
                   "parameters": [id, *_conditions()],
                   "responses": _without_success() | {"204": {"description": "It is gone."}} | _problems("412", "413", "428")},
    }


def _operation(collection: Collection, name: str, summary: str, parameters: list[Json], media: frozenset[str], schema: str,
               responses: Json) -> Json:
    body = {one: {"schema": ref("schemas", schema)} for one in sorted(media)}
    return {"tags": [_TAG], "operationId": f"{name}_{collection.id}", "summary": f"{collection.title_in('en')}: {summary}",
            "parameters": parameters, "requestBody": {"required": True, "content": body}, "responses": responses}


def _options(collection: Collection, of: str, parameters: list[Json]) -> Json:
    return {"options": {"tags": [_TAG], "operationId": f"options_{of}_{collection.id}", "parameters": parameters,
                        "summary": f"{collection.title_in('en')}: the methods of {'an item' if of == 'item' else 'its items'}",
                        "responses": _without_success() | {"200": {"description": "The methods are in Allow.", "headers": _ALLOW}}}}


def _as_it_is(description: str, status: str, headers: Json) -> Json:
    described = answers(description, {_GEOJSON: ref("schemas", "feature")}, headers=headers)
    return {status: described.pop("200"), "204": {"description": "Done, where the client prefers return=minimal."}} | described


def _without_success() -> Json:
    return {status: answer for status, answer in answers("", {}).items() if status != "200"}


def _problems(*statuses: str) -> Json:
    return {status: _PROBLEMS[status] for status in statuses}


def _crs(collection: Collection) -> Json:
    return _header("Content-Crs", "URI of the CRS of the body, in angle brackets, its axes as the authority orders them; without it "
                   "longitude, latitude.", {"type": "string", "enum": [f"<{known.uri}>" for known in crs_of(collection)]})


def _conditions() -> list[Json]:
    return [_header("If-Match", "The ETag of the item that the client saw, or * for any.", _TEXT),
            _header("If-None-Match", "* where the item is to be new.", _TEXT)]


def _header(name: str, description: str, schema: Json) -> Json:
    return {"name": name, "in": "header", "description": description, "required": False, "schema": schema}


PART = Part(CONFORMS, schemas=SCHEMAS, tag=(_TAG, "Changing items: OGC API - Features, Part 4. Needs the token of the installation."))
