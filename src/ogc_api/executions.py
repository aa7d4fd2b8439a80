"""Executions: a process run while the client waits, in a child process that can be killed, or as a job."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request as HttpRequest

from csdi.access import ANYBODY, Principal
from csdi.bootstrap import Services
from csdi.errors import Busy, CsdiError, JobFailed
from csdi.jobs import JSON, Job, Progress, State, StepContext, error_from
from csdi.jobs.runner import StepFailed, StepRequest, run_child
from csdi.jobs.spare import Spare
from csdi.processes.description import Process
from csdi.processes.outcome import Kept, kept
from csdi.processes.request import REFERENCE, Request
from csdi.processes.status import kind_of
from csdi.processes.tasks import MEMORY_MB, arguments, run
from csdi.settings import Settings
from ogc_api.edge import in_thread, ogc_base, principal_of, services_of

AT_ONCE = 2
"""Runs that one web process has going while their clients wait."""
WAITING_MOST = 500
"""Jobs of the public that may wait for a worker."""


@dataclass(frozen=True, slots=True)
class Finished:
    """A run that has ended well; `job` is its id where it was one."""

    outputs: Mapping[str, Kept]
    folder: str
    job: str = ""


async def submit(request: HttpRequest, process: Process, asked: Request) -> Job:
    """Put a run into the queue; gives its job.

    Raises:
        Busy: too many jobs of the public wait.
    """
    services, principal = services_of(request), principal_of(request)
    return await in_thread(_submit, services, principal, process, asked, ogc_base(request))


async def wait_for(request: HttpRequest, process: Process, asked: Request) -> Finished:
    """Run a process while the client waits; as a job where its results have to stay, or somebody is to be told.

    Raises:
        Busy: it takes too long, or there are too many at once.
        CsdiError: what the process itself raises.
    """
    if asked.subscriber or REFERENCE in asked.outputs.values():
        return await in_thread(_by_job, services_of(request), await submit(request, process, asked))
    services, principal = services_of(request), principal_of(request)
    args = await in_thread(arguments, process.id, asked, principal, ogc_base(request), services.blobs)
    folder = str(args["folder"])
    try:
        result: Any = await _direct(request, services, args)
    except CsdiError:
        await in_thread(services.blobs.drop_folder, folder)
        raise
    return Finished(kept(result), folder)


async def forget(request: HttpRequest, finished: Finished) -> None:
    """Delete what a run without a job has left."""
    if not finished.job:
        await in_thread(services_of(request).blobs.drop_folder, finished.folder)


def environment(settings: Settings) -> dict[str, str]:
    """The settings as variables, for a child process."""
    return {f"CSDI_{name.upper()}": str(getattr(settings, name)) for name, field in Settings.model_fields.items()
            if getattr(settings, name) != field.default}


def _submit(services: Services, principal: Principal, process: Process, asked: Request, base: str) -> Job:
    jobs = services.jobs
    if principal == ANYBODY and jobs.jobs(user=principal.id, state=State.ACCEPTED, limit=1, offset=WAITING_MOST - 1):
        raise Busy(f"{WAITING_MOST} jobs are waiting", remedy="try again later")
    args = arguments(process.id, asked, principal, base, services.blobs)
    return jobs.job(jobs.submit(kind_of(process.id, told=bool(asked.subscriber)), args, user=principal.id))


def _by_job(services: Services, job: Job) -> Finished:
    limit_s = services.settings.sync_limit_s
    ended = services.jobs.wait(job.id, timeout_s=limit_s)
    if not ended.ended:
        services.jobs.cancel(job.id)
        raise _too_long(limit_s)
    if ended.state is not State.SUCCESSFUL:
        raise ended.failure() or JobFailed(f"job {job.id} was {ended.state}", job=job.id)
    result: Any = ended.result
    return Finished(kept(result), str((job.args or {})["folder"]), job.id)


async def _direct(request: HttpRequest, services: Services, args: dict[str, JSON]) -> JSON:
    """The result of the step, run without a job; a store that only this process sees has it run here."""
    limit_s, places = services.settings.sync_limit_s, _places(request)
    try:
        await asyncio.wait_for(places.acquire(), limit_s)
    except TimeoutError:
        raise Busy("too many processes run at once", remedy="try again later, or ask with `Prefer: respond-async`") from None
    try:
        if not services.store.capabilities.many_processes:
            return await in_thread(run, services, args, StepContext(user=str(args["user"])))
        step = StepRequest("csdi.processes.tasks:execute", args, None, "", str(args["process"]), str(args["user"]), MEMORY_MB)
        spare = _spare(request)
        child = await spare.take()
        spare.renew()
        return await run_child(step, limit_s=limit_s, report=_silent, child=child)
    except StepFailed as failure:
        if failure.data.get("reason") == "time limit":
            raise _too_long(limit_s) from None
        raise error_from(failure.data) from None
    finally:
        places.release()


def _places(request: HttpRequest) -> asyncio.Semaphore:
    state = request.app.state
    if not hasattr(state, "process_places"):
        state.process_places = asyncio.Semaphore(AT_ONCE)
    places: asyncio.Semaphore = state.process_places
    return places


def _spare(request: HttpRequest) -> Spare:
    state = request.app.state
    if not hasattr(state, "spare"):
        state.spare = Spare(("csdi.processes.tasks",), environment(services_of(request).settings))
    spare: Spare = state.spare
    return spare


async def close(app: Starlette) -> None:
    """End what waits for the next run."""
    if hasattr(app.state, "spare"):
        await app.state.spare.close()
        del app.state.spare


async def _silent(_: Progress) -> None:
    return


def _too_long(limit_s: float) -> Busy:
    return Busy(f"the process takes longer than {limit_s:g} s", remedy="ask with `Prefer: respond-async`", limit_s=limit_s)
