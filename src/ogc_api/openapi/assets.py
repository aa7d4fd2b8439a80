"""The register of assets as a part that is described by itself, below `/api`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from csdi.collection import Collection
from ogc_api.openapi.components import parameter
from ogc_api.openapi.part import Part, ref
from twin.register.schemas import LOCATION_KINDS, PROPOSAL_KINDS, PROPOSAL_STATES, STATUSES

Json = dict[str, Any]
_TAG = "assets"
_TEXT: Json = {"type": "string"}
_NUMBER: Json = {"type": "integer", "minimum": 0}
_ANY: Json = {"type": "object"}
_READ = {"400": "invalid", "403": "denied", "404": "missing", "500": "fault", "503": "unavailable"}
_LEVEL: Json = {"type": "number", "nullable": True}


def _object(properties: Json, *required: str) -> Json:
    return {"type": "object", "properties": properties, **({"required": list(required)} if required else {})}


_NAMES = ("tag", "name", "name_zh", "description", "asset_class", "category", "location", "parent", "element", "manufacturer", "product",
          "serial", "supplier", "currency")
_FIELDS: Json = dict.fromkeys(_NAMES, _TEXT) | {
    "status": {"type": "string", "enum": list(STATUSES)}, "condition": {"type": "integer", "minimum": 1, "maximum": 5},
    "criticality": {"type": "integer", "minimum": 1, "maximum": 5}, "cost": {"type": "number"}, "properties": _ANY,
    "installed_on": {"type": "string", "format": "date"}, "warranty_end": {"type": "string", "format": "date"},
    "expected_life_years": {"type": "number"}}
SCHEMAS: dict[str, Json] = {
    "assetFields": _object(_FIELDS),
    "newAsset": _object(_FIELDS | {"geometry": _ANY}, "asset_class"),
    "asset": _object({"id": _TEXT, "tag": _TEXT, "revision": _NUMBER, "children": {"type": "array", "items": _ANY},
                      "devices": {"type": "array", "items": _ANY}, "location_chain": {"type": "array", "items": _ANY}}, "id", "revision"),
    "assetDevice": _object(dict.fromkeys(("manufacturer", "product", "serial", "installed_on", "removed_on", "warranty_end"), _TEXT) | {
        "condition": {"type": "integer"}, "run_hours": {"type": "number"}}),
    "assetDocument": _object(dict.fromkeys(("title", "type", "url", "upload"), _TEXT), "title"),
    "assetEntries": _object({"entries": {"type": "array", "items": _ANY}}, "entries"),
    "assetRestore": _object({"to": {"type": "string", "description": "Number of an entry, or a date or time."}}, "to"),
    "assetProposals": _object({"proposals": {"type": "array", "items": _ANY}, "numberReturned": _NUMBER, "numberMatched": _NUMBER}),
    "assetDecision": _object({"proposals": {"type": "array", "items": _TEXT, "minItems": 1}, "reason": _TEXT,
                              "decision": {"type": "string", "enum": ["accept", "reject"]}}, "proposals", "decision"),
    "assetRules": _object({"classes": {"type": "array", "items": _ANY}, "categories": {"type": "array", "items": _ANY}}),
    "assetBuild": _object({"sources": {"type": "array", "items": _TEXT}, "public": {"type": "boolean"}}),
    "assetJob": _object({"job": _TEXT}, "job"),
    "assetPlace": _object({"name": _TEXT, "name_zh": _TEXT, "parent": _TEXT, "kind": {"type": "string", "enum": list(LOCATION_KINDS)},
                           "level": _LEVEL, "geometry": _ANY}, "name"),
}
_ID = parameter("id", "Id or tag of the asset.", {"type": "string", "minLength": 1}, of="path")
_PLACE = parameter("id", "Id of the location.", {"type": "string", "minLength": 1}, of="path")
_DOCUMENT = parameter("document", "Id of the document.", {"type": "string", "minLength": 1}, of="path")
_WHY = parameter("why", "Why it is changed; kept in the history.", _TEXT)
_IF_MATCH = parameter("If-Match", "Entity tag of the state that is changed.", _TEXT, of="header")


def _operation(id: str, summary: str, answer: str, status: str = "200", asks: Sequence[Json] = (), sends: str = "") -> Json:
    done: Json = {status: {"description": summary + ".", "content": {"application/json": {"schema": ref("schemas", answer)}}}}
    problems = {code: ref("responses", name) for code, name in _READ.items()}
    more: Json = {"requestBody": {"required": True, "content": {"application/json": {"schema": ref("schemas", sends)}}}} if sends else {}
    if _IF_MATCH in asks:
        problems |= {code: {"description": said} for code, said in (
            ("409", "It cannot be done now."), ("412", "It is no longer in that state."), ("428", "If-Match is missing."))}
    if sends:
        problems |= {"413": {"description": "The body is too long."}, "422": {"description": "Values that an asset cannot have."}}
    return {"tags": [_TAG], "operationId": id, "summary": summary, "parameters": list(asks), "responses": done | problems} | more


def _edit(id: str, summary: str, sends: str = "", more: Sequence[Json] = ()) -> Json:
    return _operation(id, summary, "asset", asks=[_ID, *more, _WHY, _IF_MATCH], sends=sends)


def _paths(_: Sequence[Collection]) -> Json:
    this = "/assets/{id}"
    moment = parameter("datetime", "As it was at this time.", _TEXT)
    asked = [parameter("state", "State of the proposals.", {"type": "string", "enum": list(PROPOSAL_STATES)}),
             parameter("kind", "Kind of the proposals.", {"type": "string", "enum": list(PROPOSAL_KINDS)}),
             parameter("model", "The model that they are about.", _TEXT), parameter("asset", "The asset that they are about.", _TEXT),
             parameter("limit", "How many.", _NUMBER), parameter("offset", "How many to skip.", _NUMBER)]
    file: Json = {"tags": [_TAG], "operationId": "getAssetDocument", "summary": "A file of an asset", "parameters": [_ID, _DOCUMENT],
                  "responses": {"200": {"description": "Its bytes.", "content": {"application/octet-stream": {
                      "schema": {"type": "string", "format": "binary"}}}}} | {code: ref("responses", name) for code, name in _READ.items()}}
    return {
        "/assets": {"post": _operation("createAsset", "A new asset", "asset", "201", [_WHY], "newAsset")},
        "/assets/rules": {"get": _operation("getAssetRules", "Classes of assets with their templates", "assetRules")},
        "/assets/build": {"post": _operation("buildAssets", "Build the register from models and layers", "assetJob", "202",
                                             sends="assetBuild")},
        this: {"get": _operation("getAsset", "An asset with all that belongs to it", "asset", asks=[_ID, moment]),
               "patch": _edit("changeAsset", "Change an asset by a merge patch", "assetFields"),
               "delete": _edit("retireAsset", "Retire an asset")},
        f"{this}/device": {"post": _edit("replaceAssetDevice", "Install another device", "assetDevice")},
        f"{this}/restore": {"post": _edit("restoreAsset", "Bring an earlier state back", "assetRestore")},
        f"{this}/history": {"get": _operation("getAssetHistory", "All that happened to an asset", "assetEntries", asks=[_ID])},
        f"{this}/documents": {"post": _edit("addAssetDocument", "Add a document", "assetDocument")},
        f"{this}/documents/{{document}}": {"get": file, "delete": _edit("removeAssetDocument", "Remove a document", more=[_DOCUMENT])},
        "/asset-proposals": {"get": _operation("listAssetProposals", "Proposals of new versions", "assetProposals", asks=asked)},
        "/asset-proposals/decisions": {"post": _operation("decideAssetProposals", "Accept or reject proposals", "assetProposals",
                                                          sends="assetDecision")},
        "/asset-locations": {"post": _operation("createAssetLocation", "A new location", "assetPlace", "201", [_WHY], "assetPlace")},
        "/asset-locations/{id}": {"get": _operation("getAssetLocation", "A location", "assetPlace", asks=[_PLACE]),
                                  "patch": _operation("changeAssetLocation", "Change a location", "assetPlace",
                                                      asks=[_PLACE, _WHY, _IF_MATCH], sends="assetPlace")}}


PART = Part((), _paths, SCHEMAS, {}, (_TAG, "The register of assets."))
