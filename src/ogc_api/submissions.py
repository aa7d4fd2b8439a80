"""Submissions over HTTP: handing in, looking, deciding, reports; every change says which state it was made on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from bim.submissions import signing, trail
from bim.submissions.desk import Check, Desk
from bim.submissions.hooks import add_hook, drop_hook, hooks
from bim.submissions.keeping import both, equals
from bim.submissions.states import State
from bim.submissions.submission import Document, Submission, SubmittedModel, name_of, text
from bim.submissions.summary import summary
from csdi.access import Action, require
from csdi.bootstrap import Services
from csdi.cli import job_dict
from csdi.crs import transform
from csdi.errors import CsdiError, FormatUnknown, JobMissing, NotFound
from csdi.feature import Feature
from csdi.filter import Expression
from csdi.outgoing import checked
from ogc_api.calls import Call, download, route
from ogc_api.edge import in_thread, only, origin
from ogc_api.methods import Methods
from ogc_api.openapi import harvests
from ogc_api.openapi.document import document as described
from ogc_api.openapi.submissions import PART
from ogc_api.openapi.works import part_of
from ogc_api.tus import upload_id, uploads_of
from twin import submission_tasks

USUAL, MOST = 100, 10_000
EVENT_EVERY_S = 0.5
LONGEST_WATCH_S = 3600.0
MODEL_SUFFIXES = (".ifc", ".ifczip")

Json = dict[str, Any]
Work = Callable[["Asked"], Response]


class Asked(Call):
    """One request with its body read, and the desk of who asks."""

    def __init__(self, request: Request, body: bytes) -> None:
        super().__init__(request, body)
        self.desk = Desk(self.services.store, self.principal)

    @property
    def check(self) -> Check:
        """Refuses a change that was meant for another state, or does not say for which (`If-Match`)."""
        conditions = self.conditions
        return lambda one: conditions.check(one.mark, one.id)

    def told(self, one: Submission, status: int = 200) -> Response:
        """A submission as it is now."""
        location = {"Location": f"{origin(self.request)}/api/submissions/{one.id}"} if status == 201 else None
        return self.answer(one.to_dict(), status, one.mark, location)


def many(asked: Asked) -> Response:
    """Submissions that whoever asks may see."""
    only(asked.request, "json", also=("state", "project", "series", "limit", "offset"))
    given = {name: asked.request.query_params.get(name, "") for name in ("state", "project", "series")}
    found = asked.desk.submissions(**given, limit=asked.number("limit", USUAL, MOST), offset=asked.number("offset", 0, 10**8))
    return asked.answer({"submissions": [one.to_dict() for one in found], "numberReturned": len(found)})


def create(asked: Asked) -> Response:
    """A new draft, or with `previous` the next version of a submission."""
    given = asked.document()
    if not given.get("previous"):
        return asked.told(asked.desk.create({name: value for name, value in given.items() if name != "previous"}), 201)
    made = asked.desk.next_version(text(given.pop("previous"), "previous"))
    return asked.told(asked.desk.change(made.id, given) if given else made, 201)


def one(asked: Asked) -> Response:
    """One submission."""
    return asked.told(asked.desk.submission(asked.id))


def change(asked: Asked) -> Response:
    """Other particulars of a draft."""
    return asked.told(asked.desk.change(asked.id, asked.document(), asked.check))


def lead(asked: Asked) -> Response:
    """Lead a submission to another state."""
    given = asked.fields("state", "reason")
    wanted, reason = text(given.get("state", ""), "state", needed=True), text(given.get("reason", ""), "reason")
    return asked.told(submission_tasks.lead(asked.services, asked.desk, asked.id, wanted, reason, asked.check))


def put_model(asked: Asked) -> Response:
    """A model of a draft, from an upload that is complete."""
    given = asked.fields("upload", "discipline")
    discipline = text(given.get("discipline", ""), "discipline")

    def model(name: str, file: str, sha256: str, size: int) -> Submission:
        return asked.desk.put_model(asked.id, SubmittedModel(name, discipline, file, sha256, size), asked.check)
    return _attached(asked, given, model, MODEL_SUFFIXES)


def put_document(asked: Asked) -> Response:
    """A document of a draft, from an upload that is complete."""
    given = asked.fields("upload", "title")
    title = text(given.get("title", ""), "title")
    return _attached(asked, given, lambda name, file, sha256, size: asked.desk.put_document(
        asked.id, Document(name, title, file, sha256, size), asked.check))


def _attached(asked: Asked, given: Json, put: Callable[[str, str, str, int], Submission], suffixes: tuple[str, ...] = ("",)) -> Response:
    """The submission with an uploaded file in it; the upload is used up. Raises FormatUnknown for another suffix."""
    uploads, owner = uploads_of(asked.request), asked.desk.principal.id
    asked.check(asked.desk.submission(asked.id))
    name, id = name_of(asked.part("name")), upload_id(given.get("upload"))
    found, path = uploads.upload(id, owner), uploads.file(id, owner)
    if not found.file.lower().endswith(suffixes):
        raise FormatUnknown(f"'{found.file}' is no building model", remedy=f"one of {', '.join(suffixes)}")
    made = put(name, found.file, asked.services.blobs.put_file(path), found.length)
    uploads.delete(id, owner)
    return asked.told(made)


def drop_model(asked: Asked) -> Response:
    """A draft without one of its models."""
    return asked.told(asked.desk.drop(asked.id, "models", asked.part("name"), asked.check))


def drop_document(asked: Asked) -> Response:
    """A draft without one of its documents."""
    return asked.told(asked.desk.drop(asked.id, "documents", asked.part("name"), asked.check))


def content(asked: Asked) -> Response:
    """The bytes of a model or a document."""
    found = asked.desk.submission(asked.id)
    files: tuple[SubmittedModel | Document, ...] = found.models if "/models/" in asked.request.url.path else found.documents
    file = next((file for file in files if file.name == asked.part("name")), None)
    if file is None:
        raise NotFound(f"'{asked.id}' has no '{asked.part('name')}'", submission=asked.id)
    return download(asked.services.blobs, file.sha256, file.size, file.file)


def comment(asked: Asked) -> Response:
    """A comment on a submission."""
    return asked.told(asked.desk.comment(asked.id, asked.fields("text").get("text", "")), 200)


def put_party(asked: Asked) -> Response:
    """A party that reviews."""
    given = asked.fields("title", "principal", "deadline")
    return asked.told(asked.desk.put_party(asked.id, {**given, "name": asked.part("party")}, asked.check))


def drop_party(asked: Asked) -> Response:
    """The submission without a party."""
    return asked.told(asked.desk.drop_party(asked.id, asked.part("party"), asked.check))


def opinion(asked: Asked) -> Response:
    """What a party says."""
    given = asked.fields("opinion", "comment")
    said = text(given.get("opinion", ""), "opinion")
    return asked.told(asked.desk.answer(asked.id, asked.part("party"), said, given.get("comment", ""), asked.check))


def findings(asked: Asked) -> Response:
    """Findings of a submission."""
    names = ("status", "severity", "rule", "model", "decision", "global_id")
    only(asked.request, "json", also=(*names, "limit", "offset"))
    where: Expression | None = None
    for name in names:
        if (value := asked.request.query_params.get(name)) is not None:
            where = both(equals(name, value), where)
    rows, matched = asked.desk.some_findings(asked.id, where, asked.number("limit", 1000, MOST), asked.number("offset", 0, 10**8))
    return asked.answer({"findings": [_finding(row) for row in rows], "numberMatched": matched, "numberReturned": len(rows)})


def finding(asked: Asked) -> Response:
    """One finding."""
    return asked.answer(_finding(asked.desk.finding(asked.id, asked.part("finding"))))


def decide(asked: Asked) -> Response:
    """A decision on a finding."""
    return asked.answer(_finding(asked.desk.decide(asked.id, asked.part("finding"), asked.document(), asked.check)))


def _finding(row: Feature) -> Json:
    """A finding; its place is in HK1980 Grid and mPD, metres, its position longitude and latitude in degrees."""
    if row.geometry is None:
        return {"id": row.id, **row.properties, "place": None, "position": None}
    at = next(iter(row.geometry.coords))
    position = transform("EPSG:2326", "EPSG:4326").points([at[:2]])[0]
    place = dict(zip(("easting", "northing", "height"), at, strict=False))
    return {"id": row.id, **row.properties, "place": place, "position": position.tolist()}


def signed_report(asked: Asked) -> Response:
    """The signed report of a submission."""
    found = summary(asked.desk.register, asked.desk.submission(asked.id))
    return asked.answer(signing.signed(found, asked.services.settings.signing_key_file))


def model_report(asked: Asked) -> Response:
    """The whole audit of one model."""
    found = submission_tasks.report_of(asked.services.blobs, asked.desk.submission(asked.id), asked.part("name"))
    return asked.answer(found)


def history(asked: Asked) -> Response:
    """What happened to a submission, as JSON lines."""
    return Response(b"".join(trail.lines(asked.desk.trail(asked.id))), media_type="application/x-ndjson",
                    headers={"Cache-Control": "private, no-cache", "Vary": "Authorization"})


def whole_trail(asked: Asked) -> Response:
    """The audit trail of the site, as JSON lines that `csdi audit verify` reads."""
    require(asked.desk.principal, Action.REVIEW)
    return Response(b"".join(trail.lines(asked.desk.register.trail())), media_type="application/x-ndjson",
                    headers={"Cache-Control": "private, no-cache", "Vary": "Authorization"})


def key(asked: Asked) -> Response:
    """The public key that reports are signed with."""
    return asked.answer({"algorithm": signing.ALGORITHM, "key": signing.public_key(asked.services.settings.signing_key_file)})


def progress(asked: Asked) -> Response:
    """How far the audit or the publication of a submission is."""
    return asked.answer(_progress(asked.services, asked.desk, asked.id))


def _progress(services: Services, desk: Desk, id: str) -> Json:
    found = desk.submission(id)
    job = found.publication or found.job
    return {"submission": id, "state": str(found.state), "job": _job(services, job) if job else None}


def _job(services: Services, id: str) -> Json | None:
    try:
        return {name: value for name, value in job_dict(services.jobs.job(id)).items() if name != "result"}
    except JobMissing:
        return None


async def events(request: Request) -> Response:
    """Progress as server-sent events, until there is nothing to wait for."""
    asked = await in_thread(Asked, request, b"")
    first = await in_thread(_progress, asked.services, asked.desk, asked.id)
    return StreamingResponse(_events(asked, first), media_type="text/event-stream",
                             headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})


async def _events(asked: Asked, told: Json) -> AsyncIterator[bytes]:
    yield b"event: progress\ndata: " + orjson.dumps(told) + b"\n\n"
    for _ in range(int(LONGEST_WATCH_S / EVENT_EVERY_S)):
        if not _waits(told):
            return
        await asyncio.sleep(EVENT_EVERY_S)
        try:
            now = await in_thread(_progress, asked.services, asked.desk, asked.id)
        except CsdiError:
            return
        if now != told:
            told = now
            yield b"event: progress\ndata: " + orjson.dumps(told) + b"\n\n"


def _waits(told: Json) -> bool:
    running = bool(told["job"]) and told["job"]["state"] in ("accepted", "running")
    return told["state"] in (State.SUBMITTED, State.CHECKING) or running


def hook_list(asked: Asked) -> Response:
    """Webhooks of a submission, or of the site."""
    return asked.answer({"webhooks": hooks(asked.desk, asked.request.path_params.get("id", ""))})


def create_hook(asked: Asked) -> Response:
    """A new webhook; its secret is told this once."""
    url = text(asked.fields("url").get("url", ""), "url", needed=True)
    return asked.answer(add_hook(asked.desk, asked.request.path_params.get("id", ""), url, checked), 201)


def delete_hook(asked: Asked) -> Response:
    """Tell nothing there any more."""
    drop_hook(asked.desk, asked.request.path_params.get("id", ""), asked.part("hook"))
    return Response(status_code=204)


def api(asked: Asked) -> Response:
    """The description of all this in OpenAPI."""
    parts = [part_of(asked.request.app.routes, ("assets and work", "Assets, what happens to them, and the twin.")), PART, harvests.PART]
    return asked.answer(described(parts, [], f"{origin(asked.request)}/api", "CSDI Twin",
                                  "Submissions, harvests, assets, maintenance and what the web app asks for."))


def _route(path: str, **works: Work) -> Route:
    return route(f"/api{path}", Asked, works)


def routes() -> list[BaseRoute]:
    """Everything about submissions below `/api`."""
    this = "/submissions/{id}"
    return [
        _route("/openapi", GET=api), _route("/signing-key", GET=key), _route("/audit-trail", GET=whole_trail),
        _route("/webhooks", GET=hook_list, POST=create_hook), _route("/webhooks/{hook}", DELETE=delete_hook),
        _route("/submissions", GET=many, POST=create), _route(this, GET=one, PATCH=change), _route(f"{this}/state", POST=lead),
        _route(f"{this}/models/{{name}}", PUT=put_model, DELETE=drop_model, GET=content),
        _route(f"{this}/documents/{{name}}", PUT=put_document, DELETE=drop_document, GET=content),
        _route(f"{this}/models/{{name}}/report", GET=model_report), _route(f"{this}/comments", POST=comment),
        _route(f"{this}/parties/{{party}}", PUT=put_party, DELETE=drop_party), _route(f"{this}/parties/{{party}}/opinion", PUT=opinion),
        _route(f"{this}/findings", GET=findings), _route(f"{this}/findings/{{finding}}", GET=finding),
        _route(f"{this}/findings/{{finding}}/decision", PUT=decide), _route(f"{this}/report", GET=signed_report),
        _route(f"{this}/trail", GET=history), _route(f"{this}/progress", GET=progress), Route(f"/api{this}/events", Methods(GET=events)),
        _route(f"{this}/webhooks", GET=hook_list, POST=create_hook), _route(f"{this}/webhooks/{{hook}}", DELETE=delete_hook)]
