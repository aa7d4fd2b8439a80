"""Exports as a part that is described by itself, below `/api/exports`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from csdi.collection import Collection
from ogc_api.openapi.components import parameter
from ogc_api.openapi.part import Part, ref

Json = dict[str, Any]
_TAG = "exports"
_TEXT: Json = {"type": "string"}
_NUMBER: Json = {"type": "number"}
_FLAG: Json = {"type": "boolean"}
_BINARY: Json = {"type": "string", "format": "binary"}
_PROBLEMS = {"400": "invalid", "403": "denied", "404": "missing", "500": "fault", "503": "unavailable"}
_BOX = parameter("bbox", "west,south,east,north in degrees.", _TEXT)
_FILTER = parameter("filter", "CQL2 text or JSON.", _TEXT)
_MODELS = parameter("model", "Id of a model; may come again. All without it.", _TEXT)


def _get(id: str, summary: str, media: Sequence[str], asks: Sequence[Json]) -> Json:
    return {"get": {"tags": [_TAG], "operationId": id, "summary": summary, "parameters": list(asks), "responses": {
        "200": {"description": summary + ".", "content": {one: {"schema": _BINARY} for one in media}}}
        | {status: ref("responses", name) for status, name in _PROBLEMS.items()}}}


def _paths(_: Sequence[Collection]) -> Json:
    formats = ["ifc", "gpkg", "csv", "cityjson", "cityjsonseq", "glb", "gltf", "geojson", "imdf"]
    part = [parameter("model", "Id of the model.", _TEXT, required=True, of="path"),
            parameter("f", "Format.", {"type": "string", "enum": formats, "default": "cityjson"}),
            parameter("storey", "Name or GlobalId; may come again.", _TEXT), parameter("class", "IFC class; may come again.", _TEXT),
            _FILTER, parameter("ids", "GlobalIds or ids of Features, with commas.", _TEXT), _BOX,
            parameter("frame", "Of a glTF.", {"type": "string", "enum": ["grid", "enu"], "default": "grid"})]
    moving = [parameter("collection", "Id of the layer.", _TEXT, required=True, of="path"),
              *(parameter(name, f"Field that says {what}.", _TEXT) for name, what in
                (("track", "what moves"), ("time", "when"), ("name", "what it is called"))), _FILTER, _BOX,
              parameter("interpolation", "Between positions.", {"type": "string", "enum": ["linear", "lagrange", "hermite"]}),
              parameter("trail", "Seconds of the way behind that are drawn.", _NUMBER),
              parameter("step", "Seconds within which one position is enough.", _NUMBER)]
    ground = [parameter("city", "Buildings of layers.", _FLAG), parameter("terrain", "The ground as a TIN.", _FLAG),
              parameter("spacing", "Metres between heights of the ground.", _NUMBER)]
    ways = [parameter("from", "Where the route begins.", _TEXT, required=True),
            parameter("to", "Where it ends; the nearest exit without.", _TEXT), parameter("profile", "Who is on the way.", _TEXT),
            parameter("at", "When it begins.", {"type": "string", "format": "date-time"})]
    seq = parameter("f", "Format.", {"type": "string", "enum": ["cityjson", "cityjsonseq"], "default": "cityjson"})
    return {
        "/exports/models/{model}": _get("exportModel", "A model or a part of it", ["application/octet-stream"], part),
        "/exports/imdf": _get("exportImdf", "The indoor map of models (OGC 20-094)", ["application/zip"], [_MODELS]),
        "/exports/site": _get("exportSite", "The site as CityJSON 2.0", ["application/city+json", "application/city+json-seq"],
                              [seq, _MODELS, _BOX, *ground]),
        "/exports/layers/{collection}/czml": _get("exportTracks", "What moves in a layer of points, as CZML", ["application/json"], moving),
        "/exports/route": _get("exportRoute", "A route as CZML", ["application/json"], ways),
    }


PART = Part((), _paths, {}, {}, (_TAG, "Models, indoor maps, the site and what moves, as files."))


def _indoor(_: Sequence[Collection]) -> Json:
    model = parameter("model", "Id of the model.", _TEXT, required=True, of="path")
    return {"/collections/models/items/{model}/imdf": _get("getIndoorMap", "The indoor map of a model (OGC 20-094)",
                                                           ["application/zip"], [model])}


INDOOR = Part((), _indoor, {}, {}, (_TAG, "Files for other programs."))
"""The indoor map beside a model's item, in the OGC API."""
