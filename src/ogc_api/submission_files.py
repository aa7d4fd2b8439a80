"""Reports, BCF and changes of submitted models over HTTP, and the rule packs that a submission can name."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from bim.packs import read_pack, shipped
from bim.reports.rules import rule_infos
from bim.submissions.desk import Desk
from csdi.access import Action, require
from ogc_api.calls import being_made
from ogc_api.edge import in_thread, only, principal_of, services_of
from ogc_api.etags import etag, is_known
from ogc_api.methods import Handler, Methods
from ogc_api.site import json_response
from twin import tasks
from twin.submission_files import Wanted

MEDIA = {"report.html": "text/html; charset=utf-8", "report.pdf": "application/pdf", "findings.bcf": "application/octet-stream",
         "changes.json": "application/json"}


def file(request: Request) -> Response:
    """`GET .../models/{name}/files/{file}?in=zh-Hant`: the file, or 202 with the job that makes it; then one asks again.

    Raises:
        NotFound: no such submission, model or file. AccessDenied, ValueInvalid.
    """
    only(request, "json", also=("in",))
    services, parts = services_of(request), request.path_params
    desk = Desk(services.store, principal_of(request))
    wanted = Wanted.of(desk.register, desk.submission(parts["id"]), parts["name"], parts["file"], request.query_params.get("in", ""))
    if services.blobs.exists(wanted.blob):
        tag = etag(wanted.blob.split("/")[1][:32])
        headers = {"ETag": tag, "Cache-Control": "private, no-cache", "Vary": "Authorization", "X-Content-Type-Options": "nosniff",
                   "Content-Disposition": f'attachment; filename="{wanted.model.name}-{wanted.file}"'}
        if is_known(request.headers.get("if-none-match", ""), tag):
            return Response(status_code=304, headers=headers)
        return Response(services.blobs.get(wanted.blob), headers=headers, media_type=MEDIA[wanted.file])
    args = {"submission": wanted.submission.id, "model": wanted.model.name, "file": wanted.file, "option": wanted.option}
    job = services.jobs.submit(tasks.SUBMISSION_FILE, args, user=desk.principal.id, key=wanted.blob)
    return being_made(services.jobs.job(job))


def packs(request: Request) -> Response:
    """`GET /api/rule-packs`: the packs that a submission can name, and what is said of each rule, those of the standard too."""
    only(request, "json")
    require(principal_of(request), Action.SUBMIT)
    return json_response(_told())


@cache
def _told() -> dict[str, Any]:
    """The packs that come with this program, which do not change while it runs."""
    found = [read_pack(name) for name in shipped()]
    return {"packs": [{"id": one.id, "version": one.version, "title": dict(one.title), "rules": len(one.rules)} for one in found],
            "rules": {id: {"title": dict(rule.title), "chapter": rule.chapter, "clause": rule.clause, "source": rule.source}
                      for id, rule in rule_infos(found).items()}}


def _handler(work: Callable[[Request], Response]) -> Handler:
    async def handle(request: Request) -> Response:
        return await in_thread(work, request)
    return handle


def routes() -> list[BaseRoute]:
    """What is had of submissions as files."""
    return [Route("/api/submissions/{id}/models/{name}/files/{file}", Methods(GET=_handler(file))),
            Route("/api/rule-packs", Methods(GET=_handler(packs)))]
