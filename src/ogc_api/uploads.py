"""Layers that an editor sends over HTTP: the body is the file, a job publishes it."""

from __future__ import annotations

import tempfile
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from csdi import uploads
from csdi.access import Action, require
from csdi.bootstrap import Services
from csdi.cli import RESERVED, job_dict
from csdi.collection import COLLECTION_ID
from csdi.crs import crs
from csdi.errors import FileEmpty, FileTooLarge, ValueInvalid
from csdi.jobs import Job
from csdi.layers import LayerOptions
from ogc_api.edge import in_thread, only, principal_of, services_of
from ogc_api.methods import Methods
from ogc_api.pages import LANGUAGES
from ogc_api.site import json_response

PARAMETERS = ("file", "id", "title", "crs")
BUFFER = 4 << 20
"""Bytes that are received before they are written to the disk."""


async def add(request: Request) -> Response:
    """`POST /api/layers?file=roads.gpkg`: 202 with the job that publishes the layers of the file in the body.

    `id` names the Collection where the file has one layer, `title` is for people, in the language `lang`, and `crs` says what the
    file does not say of itself: `EPSG:2326`.
    """
    principal = principal_of(request)
    require(principal, Action.PUBLISH)
    only(request, "json", also=PARAMETERS)
    file, options = uploads.file_name(request.query_params.get("file", "")), _options(request)
    services = services_of(request)
    with tempfile.TemporaryDirectory(prefix="upload-", dir=services.settings.home) as folder:
        got = await received(request, Path(folder, "body"), services.settings.upload_limit_mb)
        job = await in_thread(_submit, services, got, file, options, principal.id)
    answer = json_response(job_dict(job))
    answer.status_code = 202
    answer.headers["Location"] = f"/api/jobs/{job.id}"
    return answer


def _submit(services: Services, received: Path, file: str, options: LayerOptions, user: str) -> Job:
    blob = uploads.keep(services.blobs, received)
    return services.jobs.job(uploads.submit(services, blob, file, options, user=user))


async def received(request: Request, path: Path, limit_mb: int) -> Path:
    """The body as a file, never more than a part of it in memory.

    Raises:
        FileTooLarge, FileEmpty: before more is read than the limit, or at the end.
    """
    limit, stated = limit_mb << 20, request.headers.get("content-length", "")
    too_large = FileTooLarge(f"a file has at most {limit_mb} MB", limit=limit, remedy="split it, or raise CSDI_UPLOAD_LIMIT_MB")
    if stated.isdigit() and int(stated) > limit:
        raise too_large
    size, waiting = 0, bytearray()
    with path.open("wb") as file:
        async for chunk in request.stream():
            size += len(chunk)
            waiting += chunk
            if size > limit:
                raise too_large
            if len(waiting) >= BUFFER:
                await in_thread(file.write, bytes(waiting))
                waiting.clear()
        await in_thread(file.write, bytes(waiting))
    if not size:
        raise FileEmpty("the body is empty", field="body", remedy="send the file as the body of the request")
    return path


def _options(request: Request) -> LayerOptions:
    """What the parameters say about the layer. Raises ValueInvalid and CrsUnknown."""
    given = request.query_params
    for name in PARAMETERS:
        if len(given.getlist(name)) > 1:
            raise ValueInvalid(f"'{name}' is given twice", field=name)
    title, language = given.get("title", "").strip(), given.get("lang", "en")
    if language not in LANGUAGES:
        raise ValueInvalid(f"there is no language '{language}'", field="lang", value=language, remedy=", ".join(LANGUAGES))
    if given.get("crs"):
        crs(given["crs"])
    if given.get("id") and not COLLECTION_ID.match(given["id"]):
        raise ValueInvalid(f"'{given['id'][:80]}' cannot be a collection id", field="id",
                           remedy="1 to 63 characters of a-z, 0-9, _ and -, starting with a letter")
    return LayerOptions(id=given.get("id", ""), crs=given.get("crs", ""), title={language: title} if title else {}, reserved=RESERVED)


def routes() -> list[BaseRoute]:
    """Where layers are sent to."""
    return [Route("/api/layers", Methods(POST=add))]
