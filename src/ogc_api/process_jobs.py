"""Routes of jobs of processes: the list, the status, the results, and dismissal."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from itertools import islice
from typing import Any
from urllib.parse import urlencode

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from csdi.access import Action, Principal, may
from csdi.bootstrap import Services
from csdi.errors import BlobMissing, FeatureMissing, JobDismissed, JobFailed, JobMissing, ResultsNotReady, ValueInvalid
from csdi.extent import Interval
from csdi.jobs import Job, State
from csdi.processes.description import JSON_MEDIA, Json
from csdi.processes.outcome import is_dismissed, kept, mark_dismissed
from csdi.processes.status import kinds, process_of, status_info
from csdi.processes.tasks import request_of
from ogc_api import pages
from ogc_api.edge import in_thread, ogc_base, only, principal_of, services_of, wants_html
from ogc_api.methods import Methods
from ogc_api.processes import read_limit
from ogc_api.results import answer

MOST, USUAL = 1000, 100
_PAGE = 500
_ID = re.compile(r"[a-z0-9.-]{1,200}")
_FILTERS = ("limit", "offset", "type", "processID", "status", "datetime", "minDuration", "maxDuration")


async def job_list(request: Request) -> Response:
    """Jobs, newest first; everybody sees those of the public, readers see all."""
    only(request, "json", "html", also=_FILTERS)
    limit = read_limit(request, MOST) if "limit" in request.query_params else USUAL
    offset = int(_number(request, "offset") or 0)
    wanted = _Wanted(request)
    found = await in_thread(lambda: list(islice(wanted.jobs(services_of(request), principal_of(request)), offset, offset + limit + 1)))
    base = ogc_base(request)
    document = {"jobs": [status_info(job, base) for job in found[:limit]],
                "links": _links(request, f"{base}/jobs", offset + limit if len(found) > limit else None)}
    return _document(request, "jobs", document)


async def status(request: Request) -> Response:
    """The status of a job."""
    only(request, "json", "html")
    return _document(request, "job", status_info(await in_thread(_visible, *_who(request)), ogc_base(request)))


async def dismiss(request: Request) -> Response:
    """Stop a job that has not ended, and forget the results of one that has; afterwards it is gone."""
    only(request)
    job = await in_thread(_dismissed, *_who(request))
    return Response(orjson.dumps(status_info(job, ogc_base(request))), media_type=JSON_MEDIA)


async def results(request: Request) -> Response:
    """The results of a job in the form that its request asked for."""
    only(request, "json")
    return await in_thread(_results, request, *_who(request))


async def result(request: Request) -> Response:
    """The raw value of one output of a job."""
    only(request)
    services, principal, id = _who(request)
    found: Any = (await in_thread(_successful, services, principal, id)).result
    name = request.path_params["output"]
    if name not in found["outputs"]:
        raise FeatureMissing(f"the job has no output '{name}'", field=name, remedy=f"it has {', '.join(found['outputs']) or 'none'}")
    one = kept(found)[name]
    return Response(await in_thread(one.data, services.blobs), media_type=one.media)


class _Wanted:
    """Which jobs a request asks for.

    Raises:
        ValueInvalid: naming the parameter.
    """

    def __init__(self, request: Request) -> None:
        many = request.query_params
        self._processes = _several(many.getlist("processID"))
        self._states = [_state(text) for text in _several(many.getlist("status"))]
        self._some = all(text == "process" for text in _several(many.getlist("type")))
        interval = Interval.parse(many["datetime"]) if "datetime" in many else Interval()
        self._created = (interval.start, interval.end)
        self._least, self._longest = _number(request, "minDuration"), _number(request, "maxDuration")

    def jobs(self, services: Services, principal: Principal) -> Iterator[Job]:
        """Those that the principal may see, newest first; dismissed ones only when asked for."""
        states = self._states or [state for state in State if state is not State.DISMISSED]
        wanted = kinds([id for id in self._processes if process_of(f"process-{id}")] if self._processes else None)
        user = None if may(principal, Action.SEE_JOBS) else principal.id
        for offset in range(0, 10**9, _PAGE) if self._some else ():
            page = services.jobs.jobs(user=user, kind=wanted, state=states, created=self._created, limit=_PAGE, offset=offset)
            yield from (job for job in page if self._lasts(job))
            if len(page) < _PAGE:
                return

    def _lasts(self, job: Job) -> bool:
        if self._least is None and self._longest is None:
            return True
        if job.started is None:
            return False
        lasted = ((job.finished or datetime.now(UTC)) - job.started).total_seconds()
        return (self._least or 0) <= lasted <= (self._longest if self._longest is not None else float("inf"))


def _who(request: Request) -> tuple[Services, Principal, str]:
    return services_of(request), principal_of(request), request.path_params["id"]


def _visible(services: Services, principal: Principal, id: str) -> Job:
    """A job of a process that the principal may see; its own and, for readers, everybody's.

    Raises:
        JobMissing: there is none.
        JobDismissed: there was one.
    """
    if not _ID.fullmatch(id):
        raise JobMissing(f"there is no job {id!r}", remedy="ids of jobs are lower case letters, digits, dots and hyphens")
    try:
        job = services.jobs.job(id)
    except JobMissing:
        if is_dismissed(id, services.blobs):
            raise _gone(id) from None
        raise
    if not process_of(job.kind) or not (job.user == principal.id or may(principal, Action.SEE_JOBS)):
        raise JobMissing(f"there is no job {id}", job=id, remedy="ended jobs are deleted after a while")
    if job.state is State.DISMISSED:
        raise _gone(id)
    return job


def _gone(id: str) -> JobDismissed:
    return JobDismissed(f"job {id} was dismissed", job=id)


def _dismissed(services: Services, principal: Principal, id: str) -> Job:
    job = _visible(services, principal, id)
    if job.ended:
        mark_dismissed(id, services.blobs)
        services.blobs.drop_folder(str((job.args or {})["folder"]))
        services.jobs.delete(id)
    else:
        services.jobs.cancel(id)
    return replace(job, state=State.DISMISSED, error=None, result=None, finished=job.finished or datetime.now(UTC))


def _successful(services: Services, principal: Principal, id: str) -> Job:
    """A job with results. Raises ResultsNotReady, what made it fail, or as `_visible`."""
    job = _visible(services, principal, id)
    if not job.ended:
        raise ResultsNotReady(f"job {id} is {job.state}", job=id, remedy="look at its status, and ask again when it is successful")
    if job.state is State.FAILED:
        raise job.failure() or JobFailed(f"job {id} failed", job=id)
    return job


def _results(request: Request, services: Services, principal: Principal, id: str) -> Response:
    job = _successful(services, principal, id)
    found: Any = job.result
    root = f"{ogc_base(request)}/jobs/{id}/results"
    try:
        return answer(request, request_of(job.args or {}, services.blobs), kept(found), services.blobs, root)
    except BlobMissing:
        raise JobMissing(f"the results of job {id} are no longer kept", job=id) from None


def _state(text: str) -> State:
    try:
        return State(text)
    except ValueError:
        raise ValueInvalid(f"status '{text}' is not known", field="status", value=text, remedy=f"one of {', '.join(State)}") from None


def _several(stated: list[str]) -> list[str]:
    """Values that are given several times, or with commas between them."""
    return [part.strip() for text in stated for part in text.split(",") if part.strip()]


def _number(request: Request, name: str) -> int | None:
    if name not in request.query_params:
        return None
    text = request.query_params[name]
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise ValueInvalid(f"{name} is a whole number from 0 on, not '{text}'", field=name, value=text)
    return int(text)


def _links(request: Request, here: str, following: int | None) -> list[Json]:
    kept = [(name, value) for name, value in request.query_params.multi_items() if name not in ("f", "offset")]

    def href(*more: tuple[str, str]) -> str:
        asked = urlencode([*kept, *more])
        return f"{here}?{asked}" if asked else here
    links: list[Json] = [{"href": href(), "rel": "self", "type": JSON_MEDIA, "title": "This document"},
                         {"href": href(("f", "html")), "rel": "alternate", "type": "text/html", "title": "This document as HTML"}]
    if following is not None:
        links.append({"href": href(("offset", str(following))), "rel": "next", "type": JSON_MEDIA, "title": "Next page"})
    return links


def _document(request: Request, template: str, document: Mapping[str, Any]) -> Response:
    if wants_html(request):
        return pages.page(request, template, ogc_base(request), document=document)
    return Response(orjson.dumps(document), media_type=JSON_MEDIA, headers={"Cache-Control": "no-store"})


def routes() -> list[BaseRoute]:
    """Everything below `/ogc/jobs`."""
    return [Route("/ogc/jobs", Methods(GET=job_list)), Route("/ogc/jobs/{id}", Methods(GET=status, DELETE=dismiss)),
            Route("/ogc/jobs/{id}/results", Methods(GET=results)), Route("/ogc/jobs/{id}/results/{output}", Methods(GET=result))]
