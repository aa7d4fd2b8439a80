"""Submissions as a part that is described by itself, below `/api`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bim.submissions.decisions import Choice
from bim.submissions.states import State
from bim.submissions.submission import Stage
from csdi.collection import Collection
from ogc_api.openapi import components as shared
from ogc_api.openapi.components import parameter
from ogc_api.openapi.part import Part, ref

Json = dict[str, Any]
_TAG, _UPLOADS = "submissions", "uploads"
_TEXT: Json = {"type": "string"}
_NUMBER: Json = {"type": "integer", "minimum": 0}
_JSON, _LINES, _STREAM = "application/json", "application/x-ndjson", "text/event-stream"


def _object(properties: Json, *required: str) -> Json:
    return {"type": "object", "properties": properties, **({"required": list(required)} if required else {})}


def _texts(*names: str) -> Json:
    return dict.fromkeys(names, _TEXT)


_FILE = _texts("name", "file", "sha256") | {"size": _NUMBER}
_PARTICULARS = _texts("title", "organisation", "project", "lot", "purpose") | {
    "stage": {"type": "string", "enum": [*Stage]}, "packs": {"type": "array", "items": _TEXT}}
SCHEMAS: dict[str, Json] = {
    "particulars": _object(_PARTICULARS | {"previous": _TEXT}),
    "submission": _object(_PARTICULARS | _texts("id", "series", "previous", "applicant", "created", "changed", "job", "publication") | {
        "version": _NUMBER, "state": {"type": "string", "enum": [*State]}, "reports": {"type": "object"},
        "models": {"type": "array", "items": _object(_FILE | {"discipline": _TEXT, "published": _NUMBER})},
        "documents": {"type": "array", "items": _object(_FILE | {"title": _TEXT})},
        "parties": {"type": "array", "items": _object(_texts("name", "title", "principal", "deadline", "opinion", "comment", "answered"))},
        "comments": {"type": "array", "items": _object(_texts("by", "at", "text"))}}, "id", "version", "state"),
    "submissions": _object({"submissions": {"type": "array", "items": ref("schemas", "submission")}, "numberReturned": _NUMBER}),
    "change": _object({"state": {"type": "string", "enum": [*State]}, "reason": _TEXT}, "state"),
    "attachment": _object(_texts("upload", "discipline", "title"), "upload"),
    "comment": _object(_texts("text"), "text"), "party": _object(_texts("title", "principal", "deadline")),
    "opinion": _object({"opinion": {"type": "string", "enum": ["agrees", "objects"]}, "comment": _TEXT}, "opinion"),
    "decision": _object({"choice": {"type": "string", "enum": [*Choice]}, "reason": _TEXT}, "choice"),
    "finding": _object(_texts("id", "submission", "model", "rule", "code", "severity", "status", "message", "message_zh_hant",
                              "message_zh_hans", "global_id", "ifc_class", "measured", "expected", "cure", "decision", "decision_reason",
                              "decided_by", "first_seen") | {
        "place": {"type": "object", "nullable": True}, "data": {"type": "object"},
        "position": {"type": "array", "items": {"type": "number"}, "nullable": True}}),
    "findings": _object({"findings": {"type": "array", "items": ref("schemas", "finding")}, "numberMatched": _NUMBER,
                         "numberReturned": _NUMBER}),
    "signedReport": _object({"report": {"type": "object"}, "signature": _object(_texts("algorithm", "key", "signature"))}),
    "webhook": _object(_texts("id", "submission", "url", "owner", "created", "secret")), "hookRequest": _object(_texts("url"), "url"),
    "progress": _object({"submission": _TEXT, "state": _TEXT, "job": {"type": "object", "nullable": True}}),
    "any": {"type": "object"}, "problem": shared.SCHEMAS["problem"],
}

_MATCH: Json = {"name": "If-Match", "in": "header", "required": True, "schema": _TEXT,
                "description": "The ETag of the submission that the caller saw, or *."}


def _operation(id: str, summary: str, answer: str = "", *, body: str = "", status: str = "200", media: str = _JSON,
               asks: Sequence[Json] = (), matched: bool = False, tag: str = _TAG) -> Json:
    schema: Json = ref("schemas", answer) if answer and media == _JSON else _TEXT
    done: Json = {"description": summary + "."} | ({"content": {media: {"schema": schema}}} if answer else {})
    problems = {"400": "invalid", "403": "denied", "404": "missing", "500": "fault", "503": "unavailable"}
    found: Json = {"tags": [tag], "operationId": id, "summary": summary, "parameters": [*asks, *([_MATCH] if matched else [])],
                   "responses": {status: done} | {code: ref("responses", name) for code, name in problems.items()}}
    if matched or body:
        found["responses"]["409"] = {"description": "It is in no state for that, or something is missing; `missing` says what."}
    if matched:
        found["responses"] |= {"412": {"description": "Somebody else changed it first."},
                               "428": {"description": "The request does not say which state it changes."}}
    return found | ({"requestBody": {"required": True, "content": {_JSON: {"schema": ref("schemas", body)}}}} if body else {})


def _in_path(*names: str) -> list[Json]:
    return [parameter(name, f"Which {name}.", _TEXT, of="path") for name in names]


def _with(names: Sequence[str], **operations: Json) -> Json:
    return {"parameters": _in_path(*names), **operations}


def _paths(collections: Sequence[Collection]) -> Json:  # noqa: ARG001
    page = [parameter("limit", "How many at most.", _NUMBER), parameter("offset", "How many to leave out.", _NUMBER)]
    return {**_of_submissions(page), **_of_reviews(page), **_of_uploads()}


def _of_submissions(page: list[Json]) -> Json:
    this = "/submissions/{id}"
    told: Json = {"answer": "submission", "matched": True}
    chosen = [parameter(name, f"Only those of this {name}.", _TEXT) for name in ("state", "project", "series")]
    files = {
        f"{this}/{kind}/{{name}}": _with(
            ("id", "name"), get=_operation(f"get{word}", f"The file of a {kind[:-1]}", "any", media="application/octet-stream"),
            put=_operation(f"put{word}", f"Put an upload into a draft as a {kind[:-1]}", body="attachment", **told),
            delete=_operation(f"delete{word}", f"Take a {kind[:-1]} out of a draft", **told))
        for kind, word in (("models", "Model"), ("documents", "Document"))}
    return {
        "/submissions": {"get": _operation("getSubmissions", "Submissions that you may see", "submissions", asks=[*chosen, *page]),
                         "post": _operation("createSubmission", "A new draft, or the next version of `previous`", "submission",
                                            body="particulars", status="201")},
        this: _with(("id",), get=_operation("getSubmission", "One submission", "submission"),
                    patch=_operation("changeSubmission", "Change the particulars of a draft", body="particulars", **told)),
        f"{this}/state": _with(("id",), post=_operation("leadSubmission", "Lead it to another state", body="change", **told)),
        **files,
        f"{this}/models/{{name}}/report": _with(("id", "name"), get=_operation("getModelReport", "The whole audit of a model", "any")),
        f"{this}/models/{{name}}/files/{{file}}": _with(("id", "name", "file"), get=_file()),
        **_of_previews(f"{this}/models/{{name}}/preview"),
        f"{this}/progress": _with(("id",), get=_operation("getProgress", "How far its job is", "progress")),
        f"{this}/events": _with(("id",), get=_operation("getEvents", "Progress as server-sent events", "any", media=_STREAM)),
        f"{this}/report": _with(("id",), get=_operation("getSignedReport", "The signed report", "signedReport")),
        f"{this}/trail": _with(("id",), get=_operation("getTrail", "What happened to it, as JSON lines", "any", media=_LINES)),
        f"{this}/webhooks": _with(("id",), get=_operation("getHooks", "Its webhooks", "any"), post=_operation(
            "createHook", "A new webhook; its secret is told this once", "webhook", body="hookRequest", status="201")),
        f"{this}/webhooks/{{hook}}": _with(("id", "hook"), delete=_operation("deleteHook", "Remove a webhook", status="204")),
    }


def _of_previews(this: str) -> Json:
    glb, geojson = "model/gltf-binary", "application/geo+json"
    return {
        this: _with(("id", "name"), get=_operation("getPreview", "A submitted model in three dimensions, and what changes with it", "any")),
        f"{this}/tiles/{{key}}/{{file}}": _with(("id", "name", "key", "file"), get=_operation(
            "getPreviewTile", "A tileset or a tile of a submitted model", "any", media=glb)),
        f"{this}/elements/{{global_id}}": _with(("id", "name", "global_id"), get=_operation(
            "getPreviewElement", "An element of a submitted model, CRS84", "any", media=geojson))}


def _file() -> Json:
    asks = [parameter("in", "A language (en, zh-Hant, zh-Hans) or a version of BCF (2.1, 3.0).", _TEXT)]
    found = _operation("getModelFile", "report.html, report.pdf, findings.bcf, or changes.json since the version before", "any",
                       media="application/octet-stream", asks=asks)
    found["responses"]["202"] = {"description": "A job makes it; ask again after a second.",
                                 "content": {_JSON: {"schema": ref("schemas", "any")}}}
    return found


def _of_reviews(page: list[Json]) -> Json:
    this = "/submissions/{id}"
    told: Json = {"answer": "submission", "matched": True}
    chosen = [parameter(name, f"Only those of this {name}.", _TEXT)
              for name in ("status", "severity", "rule", "model", "decision", "global_id")]
    return {
        f"{this}/comments": _with(("id",), post=_operation("addComment", "Comment on it", "submission", body="comment")),
        f"{this}/parties/{{party}}": _with(("id", "party"), put=_operation("putParty", "A party that reviews", body="party", **told),
                                           delete=_operation("deleteParty", "Remove a party", **told)),
        f"{this}/parties/{{party}}/opinion": _with(("id", "party"), put=_operation(
            "putOpinion", "What a party says", body="opinion", **told)),
        f"{this}/findings": _with(("id",), get=_operation("getFindings", "What was found", "findings", asks=[*chosen, *page])),
        f"{this}/findings/{{finding}}": _with(("id", "finding"), get=_operation("getFinding", "One finding", "finding")),
        f"{this}/findings/{{finding}}/decision": _with(("id", "finding"), put=_operation(
            "decideFinding", "Decide on a finding", "finding", body="decision", matched=True)),
        "/rule-packs": {"get": _operation("getRulePacks", "Rule packs that a submission can name, and all rules", "any")},
        "/audit-trail": {"get": _operation("getAuditTrail", "The audit trail of the site, as JSON lines", "any", media=_LINES)},
        "/signing-key": {"get": _operation("getSigningKey", "The public key that reports are signed with", "any")},
        "/webhooks": {"get": _operation("getSiteHooks", "Webhooks of the site", "any"), "post": _operation(
            "createSiteHook", "A new webhook of the site", "webhook", body="hookRequest", status="201")},
        "/webhooks/{hook}": _with(("hook",), delete=_operation("deleteSiteHook", "Remove a webhook of the site", status="204")),
    }


def _header(name: str, said: str) -> Json:
    return {"name": name, "in": "header", "required": True, "schema": _TEXT, "description": said}


def _of_uploads() -> Json:
    version = _header("Tus-Resumable", "1.0.0")
    return {
        "/uploads": {"post": _operation("createUpload", "Begin an upload (tus 1.0.0)", status="201", tag=_UPLOADS, asks=[
            version, _header("Upload-Length", "Bytes in all."), _header("Upload-Metadata", "`filename` and its value in Base64.")])},
        "/uploads/{id}": _with(
            ("id",), get=_operation("getUpload", "An upload", "any", tag=_UPLOADS),
            patch=_operation("addToUpload", "Send a part", status="204", tag=_UPLOADS,
                             asks=[version, _header("Upload-Offset", "Bytes that are there already.")]),
            delete=_operation("deleteUpload", "Forget an upload", status="204", tag=_UPLOADS, asks=[version])),
    }


PART = Part((), _paths, SCHEMAS, {}, (_TAG, "Submissions, their audits and reviews."))
