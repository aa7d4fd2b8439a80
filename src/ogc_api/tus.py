"""Resumable uploads over HTTP: tus 1.0.0 with creation, creation with upload, checksum, expiration and termination."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from email.utils import format_datetime

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from csdi.access import Action, require
from csdi.errors import Busy, CsdiError, FormatUnknown, NotFound, ValueInvalid
from csdi.resumable import ALGORITHMS, Upload, Uploads, Writer
from csdi.uploads import file_name
from ogc_api.edge import in_thread, origin, principal_of, services_of
from ogc_api.methods import Methods
from ogc_api.problems import problem
from ogc_api.site import json_response

VERSION = "1.0.0"
EXTENSIONS = "creation,creation-with-upload,checksum,expiration,termination"
PART = "application/offset+octet-stream"
HEADERS = ("Location", "Upload-Offset", "Upload-Length", "Upload-Expires", "Upload-Metadata", "Tus-Resumable", "Tus-Version",
           "Tus-Extension", "Tus-Max-Size", "Tus-Checksum-Algorithm")
"""Headers that a page from elsewhere must be able to read."""
_BUFFER = 4 << 20
_LOCKED = 423

Handler = Callable[[Request], Awaitable[Response]]


def uploads_of(request: Request) -> Uploads:
    """The uploads of this application."""
    state = request.app.state
    if not hasattr(state, "uploads"):
        settings = services_of(request).settings
        state.uploads = Uploads(settings.home / "resumable", limit=settings.upload_limit_mb << 20, quota=settings.upload_quota_mb << 20,
                                keep_s=settings.upload_keep_h * 3600)
    found: Uploads = state.uploads
    return found


def upload_id(given: object) -> str:
    """The id in the address of an upload, whole or in part. Raises ValueInvalid."""
    if not isinstance(given, str) or not given:
        raise ValueInvalid("'upload' is missing", field="upload", remedy="the Location that the upload was made with")
    return given.rstrip("/").rpartition("/")[2]


async def options(request: Request) -> Response:
    """What the server can do."""
    return Response(status_code=204, headers={
        "Tus-Resumable": VERSION, "Tus-Version": VERSION, "Tus-Extension": EXTENSIONS, "Tus-Max-Size": str(uploads_of(request).limit),
        "Tus-Checksum-Algorithm": ",".join(ALGORITHMS)})


async def create(request: Request) -> Response:
    """A new upload: 201 with its Location; with a body, its first part."""
    owner = _owner(request)
    if "upload-defer-length" in request.headers:
        raise ValueInvalid("the length of an upload must be known", field="Upload-Length", remedy="send Upload-Length in bytes")
    length = _number(request, "Upload-Length")
    name = file_name(_metadata(request.headers.get("upload-metadata", "")).get("filename", ""))
    uploads = uploads_of(request)
    made = await in_thread(uploads.begin, owner, name, length)
    headers = {"Location": f"{origin(request)}/api/uploads/{made.id}"}
    if request.headers.get("content-type", "").partition(";")[0].strip() == PART:
        made = await _receive(request, uploads, made.id, owner, 0)
        headers["Upload-Offset"] = str(made.offset)
    return Response(status_code=201, headers={**headers, **_expiry(made)})


async def head(request: Request) -> Response:
    """How far an upload is."""
    found = await in_thread(uploads_of(request).upload, request.path_params["id"], _owner(request))
    name = base64.b64encode(found.file.encode()).decode()
    return Response(status_code=200, headers={"Upload-Offset": str(found.offset), "Upload-Length": str(found.length),
                                              "Upload-Metadata": f"filename {name}", "Cache-Control": "no-store", **_expiry(found)})


async def show(request: Request) -> Response:
    """An upload as JSON; HEAD is answered as tus wants it."""
    if request.method == "HEAD":
        return await head(request)
    found = await in_thread(uploads_of(request).upload, request.path_params["id"], _owner(request))
    answer = json_response(found.to_dict())
    answer.headers["Cache-Control"] = "no-store"
    return answer


async def add(request: Request) -> Response:
    """A part of an upload."""
    owner = _owner(request)
    media = request.headers.get("content-type", "").partition(";")[0].strip()
    if media != PART:
        raise FormatUnknown(f"a part of an upload is not sent as '{media[:60]}'", remedy=f"Content-Type: {PART}")
    now = await _receive(request, uploads_of(request), request.path_params["id"], owner, _number(request, "Upload-Offset"))
    return Response(status_code=204, headers={"Upload-Offset": str(now.offset), **_expiry(now)})


async def delete(request: Request) -> Response:
    """Forget an upload."""
    await in_thread(uploads_of(request).delete, request.path_params["id"], _owner(request))
    return Response(status_code=204)


async def _receive(request: Request, uploads: Uploads, id: str, owner: str, offset: int) -> Upload:
    """The body at the end of an upload; what came before the line broke stays."""
    writing: AbstractContextManager[Writer] = uploads.writing(id, owner, offset, _checksum(request))
    writer = await in_thread(writing.__enter__)
    try:
        await _pump(request, writer)
    finally:
        await in_thread(writing.__exit__, None, None, None)
    return await in_thread(uploads.upload, id, owner)


async def _pump(request: Request, writer: Writer) -> None:
    waiting = bytearray()
    try:
        async for chunk in request.stream():
            waiting += chunk
            if len(waiting) >= _BUFFER:
                await in_thread(writer.write, bytes(waiting))
                waiting.clear()
    except ClientDisconnect:
        pass  # nobody hears the answer; what came is kept
    if waiting:
        await in_thread(writer.write, bytes(waiting))


def _owner(request: Request) -> str:
    principal = principal_of(request)
    require(principal, Action.SUBMIT)
    return principal.id


def _number(request: Request, name: str) -> int:
    said = request.headers.get(name, "")
    if not (said.isascii() and said.isdigit() and len(said) <= 18):
        raise ValueInvalid(f"{name} is no number of bytes", field=name, value=said[:40], remedy=f"send {name}: 1234")
    return int(said)


def _metadata(header: str) -> dict[str, str]:
    """`filename dG93ZXIuaWZj,is_confidential` as names and values. Raises ValueInvalid."""
    found = {}
    for pair in filter(None, (one.strip() for one in header.split(","))):
        name, _, value = pair.partition(" ")
        try:
            found[name] = base64.b64decode(value, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            raise ValueInvalid(f"Upload-Metadata: the value of '{name[:40]}' is no Base64 of UTF-8", field="Upload-Metadata") from None
    return found


def _checksum(request: Request) -> tuple[str, bytes] | None:
    said = request.headers.get("upload-checksum", "")
    if not said:
        return None
    name, _, value = said.partition(" ")
    try:
        return name.lower(), base64.b64decode(value.strip(), validate=True)
    except binascii.Error:
        raise ValueInvalid("Upload-Checksum is not: algorithm, blank, Base64", field="Upload-Checksum") from None


def _expiry(one: Upload) -> dict[str, str]:
    return {"Upload-Expires": format_datetime(datetime.fromtimestamp(one.expires, UTC), usegmt=True)}


def _spoken(handler: Handler, *, versioned: bool = True) -> Handler:
    """The handler, with the version of tus in question and answer, and with the status codes that its clients know."""
    async def handle(request: Request) -> Response:
        said = request.headers.get("tus-resumable", "")
        if (versioned or said) and said != VERSION and request.method != "GET":
            return Response(status_code=412, headers={"Tus-Version": VERSION, "Tus-Resumable": VERSION})
        try:
            answer = await handler(request)
        except CsdiError as error:
            answer = problem(error, _LOCKED if isinstance(error, Busy) else None)
            if isinstance(error, NotFound):
                answer.headers["Cache-Control"] = "no-store"
        answer.headers["Tus-Resumable"] = VERSION
        return answer
    return handle


def routes() -> list[BaseRoute]:
    """Where files are sent in parts."""
    return [Route("/api/uploads", Methods(POST=_spoken(create), OPTIONS=options)),
            Route("/api/uploads/{id}", Methods(GET=_spoken(show), PATCH=_spoken(add), DELETE=_spoken(delete), OPTIONS=options))]
