"""Handover over HTTP: spreadsheets out and in, bulk edits, COBie, and models with what the register says."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from csdi.access import Action, require
from csdi.bootstrap import Services
from csdi.errors import ValueInvalid
from csdi.uploads import file_name
from ogc_api.calls import Call, route
from ogc_api.edge import in_thread, only, origin, principal_of, services_of, wants_html
from ogc_api.methods import Methods
from ogc_api.pages import LANGUAGES
from ogc_api.site import json_response
from ogc_api.tus import upload_id, uploads_of
from ogc_api.uploads import received
from twin.handover.books import read_book
from twin.handover.cobie_book import write_cobie
from twin.handover.cobie_check import check_cobie
from twin.handover.cobie_export import cobie_rows
from twin.handover.cobie_scope import author_of, scope_of
from twin.handover.desk import Desk
from twin.handover.exporting import FORMATS, export_assets
from twin.handover.ifc_export import export_ifc
from twin.handover.pages import report_page
from twin.questions.finding import Criteria
from twin.register.rule_files import read_rules

MOST_MB = 100
"""Megabytes of a spreadsheet."""
IFC = "application/x-step"

Json = dict[str, Any]
Work = Callable[[Path, str], Response]


class HandoverCall(Call):
    """One request about handover."""

    @property
    def desk(self) -> Desk:
        """The desk of whoever asks. Raises AccessDenied."""
        return Desk(self.services, self.principal)

    def param(self, name: str) -> str:
        """A parameter, "" where it is not given."""
        return str(self.request.query_params.get(name, "")).strip()

    def language(self) -> str:
        """The language of titles. Raises ValueInvalid."""
        return _language(self.request)

    def file(self, name: str, media: str, write: Callable[[Path], object]) -> Response:
        """A file that is written for this answer alone."""
        folder = tempfile.TemporaryDirectory(prefix="handover-", dir=self.services.settings.home)
        try:
            path = Path(folder.name, "file")
            write(path)
        except BaseException:
            folder.cleanup()
            raise
        return FileResponse(path, filename=name, media_type=media, background=BackgroundTask(folder.cleanup),
                            headers={"Cache-Control": "private, no-store", "Vary": "Authorization"})


def export(call: HandoverCall) -> Response:
    """Assets as a spreadsheet: `format` xlsx or csv, `columns`, `lang`, and any criterion of `/api/assets/find`."""
    own = ("format", "columns", "lang", "f")
    kind = call.param("format") or "xlsx"
    criteria = Criteria.of_texts({name: value for name, value in call.request.query_params.items() if name not in own and value})
    columns = [one.strip() for one in call.param("columns").split(",") if one.strip()]
    rules, language = read_rules(call.services.settings.asset_rules), call.language()

    def write(path: Path) -> None:
        with call.services.store.snapshot() as reader:
            export_assets(reader, rules, call.principal, path, format=kind, criteria=criteria, columns=columns, language=language,
                          blobs=call.services.blobs)
    return call.file(f"assets.{kind}", FORMATS.get(kind, ""), write)


def bulk(call: HandoverCall) -> Response:
    """What setting fields of all Assets that answer a filter would change: `{"filter": "...", "set": {...}}`.

    Or what taking such an edit back would change: `{"take_back": "<batch>"}`. 202 where a job looks at them: they are many.
    """
    desk, given = call.desk, call.fields("filter", "criteria", "set", "take_back")
    if isinstance(given.get("take_back"), str) and len(given) == 1:
        return _seen(call.request, desk.look_at_taking_back(given["take_back"], wait=False))
    criteria, said = given.get("criteria", {}), given.get("set")
    if not isinstance(criteria, dict) or not isinstance(said, dict) or not isinstance(given.get("filter", ""), str):
        raise ValueInvalid("filter is text, set is an object", field="set",
                           remedy='{"filter": "asset_class = \'pump\'", "set": {"condition": 3}}')
    asked = {**criteria, **({"filter": given["filter"]} if given.get("filter") else {})}
    return _seen(call.request, desk.look_at_bulk(asked, said, wait=False))


def show(call: HandoverCall) -> Response:
    """What was looked at, as JSON or as a page."""
    seen = call.desk.seen(call.part("token"))
    if wants_html(call.request) and "preview" in seen:
        return HTMLResponse(report_page(str(seen.get("file") or ""), _faults(seen["preview"]), call.language()))
    return call.answer(seen)


def apply(call: HandoverCall) -> Response:
    """The changes that were looked at, made: `{"leave_out": false, "why": ""}`; 202 where a job makes them."""
    desk, given = call.desk, call.fields("leave_out", "why") if call.body else {}
    leave_out, why = given.get("leave_out", False), given.get("why", "")
    if not isinstance(leave_out, bool) or not isinstance(why, str) or len(why) > 1000:
        raise ValueInvalid("leave_out is true or false, why is text", field="leave_out")
    made = desk.apply(call.part("token"), leave_out=leave_out, why=why, wait=False)
    return call.answer(made, 202 if made.get("state") == "applying" else 200)


def forget(call: HandoverCall) -> Response:
    """Drop what was looked at."""
    call.desk.forget(call.part("token"))
    return Response(status_code=204)


def cobie(call: HandoverCall) -> Response:
    """COBie of a `building` or a `model`; `author` is an e-mail address."""
    only(call.request, "json", also=("building", "model", "author"))
    require(call.principal, Action.READ)
    author, rules = author_of(call.param("author"), call.principal), read_rules(call.services.settings.asset_rules)
    with call.services.store.snapshot() as reader:
        scope = scope_of(reader, call.param("building"), call.param("model"))
        rows = cobie_rows(reader, rules, scope, author)
    return call.file(f"{scope.name[:60] or 'cobie'}.xlsx", FORMATS["xlsx"], lambda path: write_cobie(path, rows))


def model(call: HandoverCall) -> Response:
    """The file of a model, with what the register says of its elements."""
    require(call.principal, Action.READ)
    id = call.part("model")
    return call.file(f"{id}.ifc", IFC, lambda path: export_ifc(call.services.store, call.services.blobs, id, path))


async def take(request: Request) -> Response:
    """`POST /api/handover/imports?file=pumps.xlsx&kind=assets`: what a file would change; 201 with its token.

    The file is the body, or an `upload` that is complete.
    """
    principal = principal_of(request)
    require(principal, Action.EDIT)
    only(request, "json", also=("file", "kind", "upload"))
    kind = request.query_params.get("kind", "assets")
    services = services_of(request)
    return await _with_file(request, lambda path, name: _seen(request, Desk(services, principal).look_at_file(path, name, kind)))


async def check(request: Request) -> Response:
    """`POST /api/handover/cobie/checks?file=t1.xlsx`: a COBie workbook held against its rules, as JSON or as a page."""
    require(principal_of(request), Action.SUBMIT)
    language = _language(request)

    def work(path: Path, name: str) -> Response:
        report = check_cobie(read_book(path, name)).to_dict()
        return HTMLResponse(report_page(name, report, language)) if wants_html(request) else json_response(report)
    return await _with_file(request, work)


async def _with_file(request: Request, work: Work) -> Response:
    """Do the work with the file of the body, or with an upload that is complete."""
    services: Services = services_of(request)
    if request.query_params.get("upload"):
        uploads, upload, owner = uploads_of(request), upload_id(request.query_params["upload"]), principal_of(request).id
        found, path = await in_thread(uploads.upload, upload, owner), await in_thread(uploads.file, upload, owner)
        answer = await in_thread(work, path, found.file)
        await in_thread(uploads.delete, upload, owner)
        return answer
    name = file_name(request.query_params.get("file", ""))
    with tempfile.TemporaryDirectory(prefix="handover-", dir=services.settings.home) as folder:
        path = await received(request, Path(folder, "body"), min(services.settings.upload_limit_mb, MOST_MB))
        return await in_thread(work, path, name)


def _seen(request: Request, seen: Json) -> Response:
    answer = json_response(seen)
    answer.status_code = 202 if seen["state"] == "looking" else 201
    answer.headers["Location"] = f"{origin(request)}/api/handover/imports/{seen['token']}"
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _faults(preview: Json) -> Json:
    """A preview as a report of what is wrong."""
    return {"findings": [*preview["findings"], *(fault for row in preview["rows"] for fault in row["findings"])]}


def _language(request: Request) -> str:
    said = str(request.query_params.get("lang", "en"))
    if said not in LANGUAGES:
        raise ValueInvalid(f"there is no language '{said[:20]}'", field="lang", value=said[:20], remedy=", ".join(LANGUAGES))
    return said


def _route(path: str, **works: Callable[[HandoverCall], Response]) -> BaseRoute:
    return route(f"/api/handover{path}", HandoverCall, works)


def routes() -> list[BaseRoute]:
    """Everything below `/api/handover`."""
    this = "/imports/{token}"
    return [_route("/assets", GET=export), _route("/bulk", POST=bulk), Route("/api/handover/imports", Methods(POST=take)),
            _route(this, GET=show, DELETE=forget), _route(f"{this}/apply", POST=apply), _route("/cobie", GET=cobie),
            Route("/api/handover/cobie/checks", Methods(POST=check)), _route("/models/{model}.ifc", GET=model)]
