"""Catalogues that are harvested, over HTTP: an editor names one, a job takes in its Records, now and on schedule."""

from __future__ import annotations

from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from csdi import harvesting
from csdi.access import Action, require
from csdi.bootstrap import Services
from csdi.catalogue.harvest import Source, forget, sources
from csdi.catalogue.harvest.keeping import source
from csdi.cli import job_dict
from csdi.errors import ValueInvalid
from csdi.jobs import Job
from csdi.layers import seconds_of
from ogc_api.edge import body_of, in_thread, only, principal_of, services_of
from ogc_api.methods import Methods
from ogc_api.site import json_response

LONGEST = 20_000
"""Bytes of a request."""
_MEMBERS = {"url": str, "kind": str, "id": str, "limit": int, "every": str}


async def listed(request: Request) -> Response:
    """`GET /api/harvests`: what was harvested, and what came of it; for those who may see jobs."""
    require(principal_of(request), Action.SEE_JOBS)
    only(request, "json")
    return json_response({"harvests": await in_thread(sources, services_of(request).store)})


async def add(request: Request) -> Response:
    """`POST /api/harvests` with `{"url", "kind", "id", "limit", "every"}`, of which only `url` must be: 202 with the job.

    `every` is the time between two harvests, as `24h`.
    """
    principal, services = principal_of(request), services_of(request)
    require(principal, Action.PUBLISH)
    only(request)
    asked = _source(await body_of(request, LONGEST, f"the request has at most {LONGEST} bytes"))
    return _accepted(await in_thread(_submitted, services, asked, principal.id))


async def again(request: Request) -> Response:
    """`POST /api/harvests/{id}`: the same source again; 202 with the job."""
    principal, services = principal_of(request), services_of(request)
    require(principal, Action.PUBLISH)
    only(request)
    known = await in_thread(source, services.store, request.path_params["id"])
    return _accepted(await in_thread(_submitted, services, known, principal.id))


async def remove(request: Request) -> Response:
    """`DELETE /api/harvests/{id}`: forget a source and the Records that came from it; 204."""
    require(principal_of(request), Action.WITHDRAW)
    only(request)
    await in_thread(forget, services_of(request).store, request.path_params["id"])
    return Response(status_code=204)


def _submitted(services: Services, asked: Source, user: str) -> Job:
    return services.jobs.job(harvesting.submit(services, asked, user=user))


def _accepted(job: Job) -> Response:
    answer = json_response(job_dict(job))
    answer.status_code = 202
    answer.headers["Location"] = f"/api/jobs/{job.id}"
    return answer


def _source(body: bytes) -> Source:
    """The source that a body describes. Raises ValueInvalid."""
    try:
        said: Any = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise ValueInvalid(f"the body is not JSON: {error}", field="body") from None
    if not isinstance(said, dict) or not said.get("url"):
        raise ValueInvalid("the body names no catalogue", field="url", remedy='send {"url": "https://..."}')
    for name, value in said.items():
        kind = _MEMBERS.get(name)
        if kind is None:
            raise ValueInvalid(f"there is no member '{name}'", field=name, remedy=f"known: {', '.join(_MEMBERS)}")
        if not isinstance(value, kind) or isinstance(value, bool):
            raise ValueInvalid(f"{name} is {'a whole number' if kind is int else 'text'}", field=name, value=str(value)[:200])
    return harvesting.remote(said["url"], said.get("kind", ""), said.get("id", ""), said.get("limit", 100_000),
                             seconds_of(said.get("every", "")))


def routes() -> list[BaseRoute]:
    """The harvests."""
    return [Route("/api/harvests", Methods(GET=listed, POST=add)), Route("/api/harvests/{id}", Methods(POST=again, DELETE=remove))]
