"""Harvests as a part of what is described below `/api`: other catalogues whose Records are taken in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from csdi.collection import Collection
from ogc_api.openapi.components import parameter
from ogc_api.openapi.part import Part, ref

Json = dict[str, Any]
_TAG = "harvests"
_TEXT: Json = {"type": "string"}
_PROBLEMS = {"400": "invalid", "403": "denied", "404": "missing", "500": "fault", "503": "unavailable"}
SCHEMAS: dict[str, Json] = {
    "harvest": {"type": "object", "additionalProperties": False, "required": ["url"], "properties": {
        "url": _TEXT, "kind": _TEXT, "id": _TEXT, "limit": {"type": "integer", "minimum": 1},
        "every": {"type": "string", "description": "Time between two harvests, as `24h`."}}},
    "harvests": {"type": "object", "required": ["harvests"], "properties": {"harvests": {"type": "array", "items": {"type": "object"}}}},
    "harvestJob": {"type": "object"},
}


def _operation(id: str, summary: str, done: Json, asks: Sequence[Json] = (), **more: Any) -> Json:
    return {"tags": [_TAG], "operationId": id, "summary": summary, "parameters": list(asks),
            "responses": done | {status: ref("responses", name) for status, name in _PROBLEMS.items()}} | more


def _paths(_: Sequence[Collection]) -> Json:
    content = {"application/json": {"schema": ref("schemas", "harvestJob")}}
    started = {"202": {"description": "The job that harvests; its address is in `Location`.", "content": content,
                       "headers": {"Location": {"description": "Address of the job.", "schema": _TEXT}}}}
    known = {"200": {"description": "What was harvested, and what came of it.",
                     "content": {"application/json": {"schema": ref("schemas", "harvests")}}}}
    id = [parameter("id", "Id of the source.", {"type": "string", "minLength": 1}, of="path")]
    asked = {"required": True, "content": {"application/json": {"schema": ref("schemas", "harvest")}}}
    too_long: Json = {"413": {"description": "The body is too long."}}
    return {"/harvests": {"get": _operation("listHarvests", "Sources of Records", known),
                          "post": _operation("addHarvest", "Harvest a catalogue", started | too_long, requestBody=asked)},
            "/harvests/{id}": {"post": _operation("harvestAgain", "Harvest a source again", started, id),
                               "delete": _operation("forgetHarvest", "Forget a source and its Records",
                                                    {"204": {"description": "Done."}}, id)}}


PART = Part((), _paths, SCHEMAS, {}, (_TAG, "Catalogues elsewhere whose Records are taken in."))
