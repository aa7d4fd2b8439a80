"""Submitted models in three dimensions over HTTP, for those who may read the submission and nobody else."""

from __future__ import annotations

import hashlib
import re
from pathlib import PurePosixPath
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from bim.submissions.desk import Desk
from csdi.errors import NotFound
from csdi.jobs import State
from ogc_api.calls import Call, being_made, route
from ogc_api.edge import only
from ogc_api.tiles3d import ASK_AGAIN, MEDIA, PRIVATE, answer
from twin.submission_preview import Preview, queue

_FILE = re.compile(r"[0-9a-f]{32}\.(glb|json)")
_GEOJSON = "application/geo+json"

Json = dict[str, Any]


class Asked(Call):
    """One request about the preview of a model that whoever asks may read."""

    def __init__(self, request: Request, body: bytes) -> None:
        super().__init__(request, body)
        desk = Desk(self.services.store, self.principal)
        self.preview = Preview.of(self.services.store, desk.submission(self.id), self.part("name"))

    @property
    def address(self) -> str:
        """Where its tiles are, on this host."""
        return f"/api/submissions/{self.id}/models/{self.part('name')}/preview/tiles/{self.preview.key}"

    def private(self, body: bytes, media: str, tag: str, cache: str) -> Response:
        """Bytes for whoever asks alone: whole, a range of them, or the word that the client has them already."""
        found = answer(self.request, body, media, tag, cache)
        found.headers.update({"Vary": "Authorization", "X-Content-Type-Options": "nosniff"})
        return found


def preview(asked: Asked) -> Response:
    """A submitted model in three dimensions, with what changes against the twin's version of it; 202 while a job makes that.

    `state`: `ready`, with `tileset` and `spaces` as addresses, `placement`, `bbox` (CRS84), `levels` (mPD), `elements` drawn, `wanted` and
    `shapes`, `found` (GlobalIds of elements that are drawn and that findings name), `accepted` (the twin's version) and `changes` (as of
    versions, with `arrow` in EPSG:4978 metres, and `fields` told with each element), both null where there is none; or `none` with the
    `reason`: `waiting`, `withdrawn`, `published`, `refused`, `no-unit`, `no-shapes`, `gone`.
    """
    only(asked.request, "json")
    blobs, wanted = asked.services.blobs, asked.preview
    told: Json = {"submission": asked.id, "model": wanted.model.name, "submission_version": wanted.submission.version}
    if wanted.obstacle:
        return asked.answer({**told, "state": "none", "reason": wanted.obstacle, "published": wanted.model.published})
    found = wanted.document(blobs)
    if found is not None:
        tiles = {name: f"{asked.address}/{found[name]}" if found.get(name) else None for name in ("tileset", "spaces")}
        return asked.answer({**told, **found, **tiles})
    job = asked.services.jobs.job(queue(asked.services, wanted))
    if job.state is State.SUCCESSFUL and wanted.document(blobs) is None:
        return asked.answer({**told, "state": "none", "reason": "gone"})
    return being_made(job)


def tile(asked: Asked) -> Response:
    """A tileset or a tile of a preview by its name, which follows from its content; in parts where a range is asked for."""
    key, name = asked.part("key"), asked.part("file")
    if asked.preview.obstacle or key != asked.preview.key or not _FILE.fullmatch(name):
        raise NotFound(f"'{asked.id}' has no such tile", submission=asked.id, remedy="ask for the preview again: it may be another now")
    media = MEDIA[PurePosixPath(name).suffix]
    return asked.private(asked.preview.file(asked.services.blobs, name), media, PurePosixPath(name).stem, PRIVATE)


def element(asked: Asked) -> Response:
    """An element or a space of a submitted model as GeoJSON (CRS84), with all that its file says of it, and its `change`."""
    only(asked.request, "json")
    if asked.preview.obstacle or asked.preview.document(asked.services.blobs) is None:
        raise NotFound(f"'{asked.id}' has no preview of '{asked.part('name')}'", submission=asked.id, remedy="ask for the preview first")
    body = asked.preview.row(asked.services.blobs, asked.part("global_id"))
    return asked.private(body, _GEOJSON, hashlib.sha256(body).hexdigest()[:32], f"private, {ASK_AGAIN}")


def routes() -> list[BaseRoute]:
    """Previews below the models of a submission."""
    this = "/api/submissions/{id}/models/{name}/preview"
    return [route(this, Asked, {"GET": preview}), route(f"{this}/tiles/{{key}}/{{file}}", Asked, {"GET": tile}),
            route(f"{this}/elements/{{global_id}}", Asked, {"GET": element})]
