"""Routes as a part that is described by itself, below `/api/routes`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from csdi.collection import Collection
from ogc_api.openapi.components import parameter
from ogc_api.openapi.part import Part, ref

Json = dict[str, Any]
_TAG = "routes"
_TEXT: Json = {"type": "string"}
_NUMBER: Json = {"type": "number"}
_JSON, _GEOJSON, _CSV = "application/json", "application/geo+json", "text/csv"
_PROBLEMS = {"400": "invalid", "403": "denied", "404": "missing", "500": "fault", "503": "unavailable"}
_FEATURES: Json = {"type": "object", "required": ["type", "features"], "properties": {
    "type": {"type": "string", "enum": ["FeatureCollection"]}, "features": {"type": "array", "items": {"type": "object"}}}}
SCHEMAS: dict[str, Json] = {
    "wayFeatures": _FEATURES,
    "wayRoute": {**_FEATURES, "properties": _FEATURES["properties"] | {"route": {"type": "object", "properties": {
        "metres": _NUMBER, "seconds": _NUMBER, "profile": _TEXT, "steps": {"type": "array", "items": _TEXT},
        "levels": {"type": "array", "items": _TEXT}, "from": {"type": "object"}, "to": {"type": "object"}}}}},
    "wayAnswer": {"type": "object"},
    "wayClosure": {"type": "object", "required": ["passage"], "additionalProperties": False, "properties": {
        "passage": _TEXT, "reason": _TEXT, "since": {"type": "string", "format": "date-time"},
        "until": {"type": "string", "format": "date-time"}}},
}
_COMMON = (
    parameter("profile", "Who is on the way: walking, barrier-free, trolley, emergency, or another of the installation.", _TEXT),
    parameter("lang", "Language of instructions and names: en, zh-Hant or zh-Hans.", _TEXT),
    parameter("crs", "CRS84 (longitude, latitude, height above the ellipsoid) or EPSG:2326 (easting, northing, mPD).", _TEXT),
    parameter("at", "The moment whose closures count; now without it.", {"type": "string", "format": "date-time"}),
    parameter("door-width", "Least clear width of doors, metres, in place of the profile's.", _NUMBER),
    parameter("steepest", "Rise over run of the steepest ramp, in place of the profile's.", _NUMBER))
_PLACE = ("Id of a space, element or asset, an asset's tag, the name of a space, easting,northing[,mPD], longitude,latitude[,mPD], ")


def _get(id: str, summary: str, answer: str, asks: Sequence[Json] = (), media: str = _GEOJSON) -> Json:
    schema = ref("schemas", answer) if media != _CSV else _TEXT
    return {"get": {"tags": [_TAG], "operationId": id, "summary": summary, "parameters": list(asks),
                    "responses": {"200": {"description": summary + ".", "content": {media: {"schema": schema}}}} | _problems()}}


def _problems() -> Json:
    return {status: ref("responses", name) for status, name in _PROBLEMS.items()}


def _paths(_: Sequence[Collection]) -> Json:
    begin = parameter("from", _PLACE + "of where it begins.", _TEXT, required=True)
    end = parameter("to", _PLACE + "exit, or class: and an asset class or IFC class, of which the nearest is taken.", _TEXT)
    minutes = parameter("minutes", "How long the way may take; 5 without it.", _NUMBER)
    farthest = parameter("farthest", "Whether to look for the place in each space that is farthest from the exit.", {"type": "boolean"})
    return {
        "/routes": _get("getRoute", "The quickest way from one place to another", "wayRoute", [begin, end, *_COMMON]),
        "/routes/profiles": _get("getRouteProfiles", "The profiles", "wayAnswer", media=_JSON),
        "/routes/evacuation": _get("getEvacuation", "Of every space how far the nearest exit is", "wayFeatures", [farthest, *_COMMON]),
        "/routes/service-area": _get("getServiceArea", "The spaces that are reached in some minutes", "wayFeatures",
                                     [begin, minutes, *_COMMON]),
        "/routes/check": _get("checkWays", "Doors that could not be linked, and spaces that are cut off", "wayAnswer",
                              [parameter("model", "Only of this model.", _TEXT)], _JSON),
        "/routes/network": _get("getWays", "The network as GeoJSON", "wayFeatures", [_COMMON[2]]),
        "/routes/network/points": _get("getWayPoints", "The points of the network", "", media=_CSV),
        "/routes/network/ways": _get("getWayLines", "The ways of the network", "", media=_CSV),
        "/routes/closures": _closures(),
        "/routes/closures/{id}": {"parameters": [parameter("id", "Id of the closure.", _TEXT, of="path")], "delete": {
            "tags": [_TAG], "operationId": "reopenPassage", "summary": "Put a passage into service again", "responses": {
                "200": {"description": "The closure with its end."},
                "412": {"description": "Somebody else changed it first."}} | _problems()}},
    }


def _closures() -> Json:
    asked = {"required": True, "content": {_JSON: {"schema": ref("schemas", "wayClosure")}}}
    return _get("getClosures", "Passages that are out of service", "wayAnswer", [_COMMON[3]], _JSON) | {"post": {
        "tags": [_TAG], "operationId": "closePassage", "summary": "Take a passage out of service", "requestBody": asked,
        "responses": {"201": {"description": "The closure."}, "413": {"description": "The body is too long."}} | _problems()}}


PART = Part((), _paths, SCHEMAS, {}, (_TAG, "Ways through buildings and along the paths outside."))
