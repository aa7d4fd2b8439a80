"""Errors as HTTP answers: a table from error class to status, and problem documents (RFC 9457)."""

from __future__ import annotations

import json
from typing import Any

from starlette.responses import Response

from csdi import errors

STATUS: dict[type[errors.CsdiError], int] = {
    errors.FileTooLarge: 413,
    errors.ChecksumWrong: 460,
    errors.FormatUnknown: 415,
    errors.FeatureInvalid: 422,
    errors.InputError: 400,
    errors.QueryError: 400,
    errors.TransformRefused: 400,
    errors.CrsError: 400,
    errors.JobDismissed: 410,
    errors.NotFound: 404,
    errors.PreconditionFailed: 412,
    errors.Conflict: 409,
    errors.PreconditionMissing: 428,
    errors.ReadOnly: 405,
    errors.AccessDenied: 403,
    errors.StoreUnavailable: 503,
    errors.StoreError: 500,
    errors.SourceUnavailable: 502,
    errors.TooManyRequests: 429,
    errors.Busy: 503,
    errors.JobFailed: 500,
    errors.CsdiError: 500,
}
"""The first class along an error's own line of ancestors that is in the table decides."""

MEDIA = "application/problem+json"


def status_of(error: errors.CsdiError) -> int:
    """The HTTP status of an error."""
    return next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)


def describe(error: errors.CsdiError, status: int | None = None) -> dict[str, Any]:
    """The problem document of an error: what is wrong, where, and what to do; nothing of the machine's own paths."""
    body: dict[str, Any] = {"type": f"about:blank#{error.code}", "title": error.code.replace("-", " ").capitalize(),
                            "status": status or status_of(error), "code": error.code, "detail": error.message,
                            "remedy": error.remedy, "description": str(error)}
    return body | {key: value for key, value in error.data.items() if key not in body and key != "file"}


def problem(error: errors.CsdiError, status: int | None = None) -> Response:
    """The answer for an error."""
    body = describe(error, status)
    headers = {"WWW-Authenticate": "Bearer"} if body["status"] == 401 else {}
    if "retry_after_s" in body:
        headers["Retry-After"] = str(body["retry_after_s"])
    text = json.dumps(body, ensure_ascii=False, default=str)
    return Response(text.encode("utf-8", "replace"), body["status"], headers, MEDIA)
