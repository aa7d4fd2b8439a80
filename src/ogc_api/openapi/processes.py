"""OGC API - Processes as a part of the API: every process with the schema of its own request, and jobs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from csdi.collection import Collection, say
from csdi.jobs import State
from csdi.processes.description import Input, Process
from csdi.processes.registry import PROCESSES
from ogc_api.openapi.components import HTML, formats, parameter
from ogc_api.openapi.part import Part, answers, get, ref
from ogc_api.parameters import MAX_WHOLE
from ogc_api.problems import MEDIA as PROBLEM

Json = dict[str, Any]
_TAG = "processes"
_JSON = "application/json"
_TEXT: Json = {"type": "string"}
_BINARY: Json = {"type": "string", "format": "binary"}
_ANY: Json = {"description": "A value of any type: GeoJSON, a number, a picture."}
_URL: Json = {"type": "string", "pattern": "^https?://[a-z0-9-]{1,40}(\\.[a-z0-9-]{1,40}){0,4}(:[0-9]{1,4})?(/[a-zA-Z0-9._~%?&=/-]*)?$"}
_WHOLE: Json = {"type": "integer", "minimum": 0, "maximum": 999_999_999}
_LINKS: Json = {"type": "array", "items": ref("schemas", "link")}
_TIME: Json = {"type": "string", "format": "date-time"}
_PROCESS_ID = {"type": "string", "enum": list(PROCESSES)}
_STATES: Json = {"type": "string", "enum": [str(state) for state in State]}
_LIMIT: Json = {"type": "integer", "minimum": 1, "maximum": MAX_WHOLE}
_NOT_HERE = {"contentEncoding", "contentMediaType"}
"""Keywords that JSON Schema has and OpenAPI 3.0 has not."""
_NULL: Json = {"enum": [None]}

CONFORMS = tuple(f"http://www.opengis.net/spec/ogcapi-processes-1/1.0/conf/{name}" for name in (
    "core", "ogc-process-description", "json", "html", "oas30", "job-list", "callback", "dismiss"))

_EXCEPTION: Json = {"type": "object", "required": ["type"], "properties": {
    "type": _TEXT, "title": _TEXT, "status": {"type": "integer"}, "code": _TEXT, "detail": _TEXT, "remedy": _TEXT}}
_SUMMARY: Json = {
    "id": _TEXT, "version": _TEXT, "title": _TEXT, "description": _TEXT, "keywords": {"type": "array", "items": _TEXT}, "links": _LINKS,
    "jobControlOptions": {"type": "array", "items": {"type": "string", "enum": ["sync-execute", "async-execute", "dismiss"]}},
    "outputTransmission": {"type": "array", "items": {"type": "string", "enum": ["value", "reference"]}}}


def _object(required: Sequence[str], **properties: Json) -> Json:
    return {"type": "object", "properties": properties} | ({"required": list(required)} if required else {})


SCHEMAS: dict[str, Json] = {
    "exception": _EXCEPTION,
    "processSummary": _object(("id", "version"), **_SUMMARY),
    "processList": _object(("processes", "links"), processes={"type": "array", "items": ref("schemas", "processSummary")}, links=_LINKS),
    "process": _object(("id", "version", "inputs", "outputs"), **_SUMMARY, inputs={"type": "object"}, outputs={"type": "object"}),
    "statusInfo": _object(
        ("jobID", "status", "type"), jobID=_TEXT, processID=_TEXT, type={"type": "string", "enum": ["process"]}, status=_STATES,
        message=_TEXT, progress={"type": "integer", "minimum": 0, "maximum": 100}, created=_TIME, started=_TIME, finished=_TIME,
        updated=_TIME, links=_LINKS),
    "jobList": _object(("jobs", "links"), jobs={"type": "array", "items": ref("schemas", "statusInfo")}, links=_LINKS),
    "subscriber": _object((), successUri=_URL, inProgressUri=_URL, failedUri=_URL) | {"additionalProperties": False},
    "outputRequest": _object((), transmissionMode={"type": "string", "enum": ["value", "reference"], "default": "value"},
                             format={"type": "object"}),
    "inputLink": _object(("href",), href=_URL, type={"type": "string", "pattern": "^[a-z]{1,20}/[a-z0-9.+-]{1,40}$"})
    | {"additionalProperties": False},
    "results": {"type": "object", "additionalProperties": True},
}
PARAMETERS: dict[str, Json] = {
    "processID": parameter("processID", "Id of the process.", _PROCESS_ID, of="path"),
    "jobID": parameter("jobID", "Id of the job.", {"type": "string", "minLength": 1}, of="path"),
    "outputID": parameter("outputID", "Id of an output of the process.", {"type": "string", "minLength": 1}, of="path"),
    "prefer": {"name": "Prefer", "in": "header", "required": False, "schema": _TEXT,
               "description": "`respond-async` makes a job and answers at once (RFC 7240)."},
}


def in_openapi(schema: Any) -> Any:
    """A schema of a process in the dialect of OpenAPI 3.0: what that does not know is left out, base64 is the format `byte`.

    Null beside one other schema becomes `nullable`.
    """
    if isinstance(schema, list):
        return [in_openapi(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    if _NULL in schema.get("anyOf", ()):
        (other,) = (part for part in schema["anyOf"] if part != _NULL)
        return in_openapi(other) | {"nullable": True}
    kept = {name: in_openapi(value) for name, value in schema.items() if name not in _NOT_HERE}
    return kept | ({"format": "byte"} if schema.get("contentEncoding") == "base64" else {})


def _paths(_: Sequence[Collection]) -> Json:
    lang, rendered = ref("parameters", "lang"), formats("json", "html")
    job = ref("parameters", "jobID")
    limit = parameter("limit", "How many processes at most.", _LIMIT)
    return {
        "/processes": get(_TAG, "getProcesses", "All processes", [limit, rendered, lang],
                          _answers("Processes.", {_JSON: ref("schemas", "processList")} | HTML, found=False)),
        "/processes/{processID}": get(_TAG, "getProcessDescription", "One process", [ref("parameters", "processID"), rendered, lang],
                                      _answers("The process.", {_JSON: ref("schemas", "process")} | HTML)),
        **{f"/processes/{one.id}/execution": _execution(one) for one in PROCESSES.values()},
        "/jobs": get(_TAG, "getJobs", "Jobs, newest first", [*_filters(), rendered, lang],
                     _answers("Jobs.", {_JSON: ref("schemas", "jobList")} | HTML, found=False)),
        "/jobs/{jobID}": get(_TAG, "getStatus", "The status of a job", [job, rendered, lang],
                             _answers("The status.", {_JSON: ref("schemas", "statusInfo")} | HTML)) | _dismissal(job),
        "/jobs/{jobID}/results": get(_TAG, "getResult", "The results of a job", [job, formats("json"), lang], _results()),
        "/jobs/{jobID}/results/{outputID}": get(_TAG, "getOutput", "One output of a job", [job, ref("parameters", "outputID")],
                                                _answers("The raw value.", {"*/*": _ANY})),
    }


def _filters() -> list[Json]:
    many = {"style": "form", "explode": False}
    return [
        parameter("type", "The type of jobs.", {"type": "array", "items": {"type": "string", "enum": ["process"]}}) | many,
        parameter("processID", "Jobs of these processes.", {"type": "array", "items": _TEXT}) | many,
        parameter("status", "Jobs that stand so; dismissed ones only when asked for.", {"type": "array", "items": _STATES}) | many,
        parameter("datetime", "Jobs made then.", {"type": "string", "format": "datetime-interval"}),
        parameter("minDuration", "Jobs that ran at least so many seconds.", _WHOLE),
        parameter("maxDuration", "Jobs that ran at most so many seconds.", _WHOLE),
        parameter("limit", "How many jobs a page has at most.", _LIMIT | {"default": 100}),
        parameter("offset", "How many jobs to skip.", _WHOLE | {"default": 0}),
    ]


def _execution(one: Process) -> Json:
    created = {"description": "A job was made; its address is in `Location`.", "content": {_JSON: {"schema": ref("schemas", "statusInfo")}},
               "headers": {"Location": {"description": "Address of the job.", "schema": _TEXT}}}
    return {"post": {
        "tags": [_TAG], "operationId": f"execute.{one.id}", "summary": f"Run: {say(one.title, 'en')}",
        "description": say(one.description, "en"),
        "parameters": [ref("parameters", "prefer")],
        "requestBody": {"required": True, "content": {_JSON: {"schema": _request(one)}}},
        "responses": _results() | {"201": created} | {code: _problem(text) for code, text in (
            ("413", "The body is too large."), ("415", "The body is not JSON."))}}}


def _request(one: Process) -> Json:
    inputs = {given.id: _value(given) for given in one.inputs}
    needed = [given.id for given in one.inputs if given.least]
    outputs = {made.id: ref("schemas", "outputRequest") for made in one.outputs}
    alone = {"additionalProperties": False}
    return _object(["inputs"] if needed else [], inputs=_object(needed, **inputs) | alone, outputs=_object((), **outputs) | alone,
                   response={"type": "string", "enum": ["raw", "document"], "default": "raw"},
                   subscriber=ref("schemas", "subscriber")) | alone


def _value(given: Input) -> Json:
    schema = in_openapi(given.schema)
    qualified = _object(("value",), value=schema, mediaType=_TEXT, encoding=_TEXT) | {"additionalProperties": False}
    return {"anyOf": [schema, qualified, ref("schemas", "inputLink")]} | \
        ({"description": say(given.description, "en")} if given.description else {})


def _results() -> Json:
    made: Json = {_JSON: ref("schemas", "results"), "multipart/related": _BINARY, "*/*": _ANY}
    return _answers("The results, in the form that was asked for.", made) | {
        "204": {"description": "All results are by reference.", "headers": {"Link": {"description": "Addresses.", "schema": _TEXT}}}}


def _dismissal(job: Json) -> Json:
    return {"delete": {"tags": [_TAG], "operationId": "dismiss", "summary": "Dismiss a job, and its results", "parameters": [job],
                       "responses": _answers("The job is dismissed.", {_JSON: ref("schemas", "statusInfo")})}}


def _answers(description: str, content: Json, *, found: bool = True) -> Json:
    """As elsewhere, with the exceptions of this standard, and 410 for jobs that were dismissed."""
    said = answers(description, content, found=found)
    texts = {"400": "The request is wrong; the exception names the input or parameter.", "403": "The token does not allow this.",
             "404": "There is no such process, job, result or collection, or what an input refers to cannot be had.",
             "500": "The process failed, or the server.", "503": "There is no room for this now, or it takes too long to wait for."}
    problems = {code: _problem(text) for code, text in texts.items() if code in said}
    return said | problems | ({"410": _problem("The job was dismissed.")} if found else {})


def _problem(description: str) -> Json:
    return {"description": description, "content": {_JSON: {"schema": ref("schemas", "exception")},
                                                    PROBLEM: {"schema": ref("schemas", "exception")}, "text/html": {"schema": _TEXT}}}


PART = Part(CONFORMS, _paths, SCHEMAS, PARAMETERS, (_TAG, "Calculations on features and rasters, and their jobs: OGC API - Processes."))
