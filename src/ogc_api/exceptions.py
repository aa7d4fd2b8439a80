"""Errors of OGC API - Processes: the exception types that the standard names, in the media type that the client asked for."""

from __future__ import annotations

import orjson
from starlette.requests import Request
from starlette.responses import Response

from csdi import errors
from ogc_api.problems import MEDIA, describe, status_of

_TYPES = "http://www.opengis.net/def/exceptions/ogcapi-processes-1/1.0"
TYPE: dict[type[errors.CsdiError], str] = {
    errors.ProcessMissing: f"{_TYPES}/no-such-process",
    errors.JobMissing: f"{_TYPES}/no-such-job",
    errors.JobDismissed: f"{_TYPES}/no-such-job",
    errors.ResultsNotReady: f"{_TYPES}/result-not-ready",
    errors.ValueInvalid: f"{_TYPES}/invalid-parameter-value",
}
_LATER_S = "10"


def concerns(request: Request) -> bool:
    """Whether a request is one of this standard."""
    return request.url.path.startswith(("/ogc/processes", "/ogc/jobs"))


def exception(request: Request, error: errors.CsdiError) -> Response:
    """The answer for an error."""
    body = describe(error)
    body["type"] = TYPE.get(type(error), body["type"])
    headers = {"Retry-After": _LATER_S} if isinstance(error, errors.Busy) else {}
    if status_of(error) == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return Response(orjson.dumps(body, default=str), status_of(error), headers, _media(request))


def _media(request: Request) -> str:
    """`application/json` for those who ask for exactly that, as the standard's schemas have it."""
    accept = request.headers.get("accept", "")
    return "application/json" if "application/json" in accept and MEDIA not in accept else MEDIA
