"""Runs as tasks of jobs: the process itself, then the callbacks; the same step serves a client that waits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import orjson

from csdi.access import Principal, Role
from csdi.blobs import Blobs
from csdi.bootstrap import Services, open_services
from csdi.jobs import JSON, Job, Progress, State, StepContext, Task
from csdi.processes.callbacks import FAILED, SUCCESS, Newest, tell
from csdi.processes.description import Json, Work
from csdi.processes.inputs import fetched
from csdi.processes.outcome import keep, kept, new_folder, sweep
from csdi.processes.registry import PROCESSES, process
from csdi.processes.request import Request
from csdi.processes.status import kind_of, status_info
from csdi.settings import read_settings

LIMIT_S = 3600.0
MEMORY_MB = 8192
_LARGE = 100_000
"""Bytes of a request from which on it goes into a blob."""
_STEP = "csdi.processes.tasks:execute"
_ANNOUNCE, _LAMENT = "csdi.processes.tasks:announce", "csdi.processes.tasks:lament"

PROCESS_TASKS = tuple(
    task for id in PROCESSES for task in (
        Task(kind_of(id), (_STEP,), limit_s=LIMIT_S, memory_mb=MEMORY_MB),
        Task(kind_of(id, told=True), (_STEP, _ANNOUNCE), limit_s=LIMIT_S, memory_mb=MEMORY_MB, afterwards=_LAMENT)))
"""Two tasks for each process: with callbacks and without."""


def arguments(id: str, request: Request, principal: Principal, base: str, blobs: Blobs) -> dict[str, JSON]:
    """The arguments of a run; a large request goes into a blob. `base` is the URL of the API, for links in callbacks."""
    folder, asked = new_folder(), orjson.dumps(request.to_dict())
    args: dict[str, JSON] = {"process": id, "folder": folder, "user": principal.id, "role": principal.role and str(principal.role),
                             "base": base}
    if len(asked) <= _LARGE:
        return args | {"request": orjson.loads(asked)}
    blobs.put_named(f"{folder}/request.json", asked)
    return args


def request_of(args: Mapping[str, Any], blobs: Blobs) -> Request:
    """The request of a run. Raises BlobMissing."""
    said = args["request"] if "request" in args else orjson.loads(blobs.get(f"{args['folder']}/request.json"))
    return Request.from_dict(said)


def execute(args: Json, context: StepContext) -> JSON:
    """Run the process; gives its outputs as they are kept."""
    with open_services(read_settings()) as services:
        result = run(services, args, context)
        if context.job.endswith("0"):  # about one job in sixteen
            sweep(services.blobs, datetime.now(UTC).date())
    return result


def run(services: Services, args: Mapping[str, Any], context: StepContext) -> JSON:
    """As `execute`, with services that are open."""
    asked, request = process(args["process"]), request_of(args, services.blobs)
    principal = Principal(args["user"], None if args["role"] is None else Role(args["role"]))
    internal = services.settings.outgoing_internal
    with Newest(request.subscriber, internal=internal) as newest:
        def progress(stage: str, fraction: float) -> None:
            context.progress(stage, fraction=fraction)
            newest.put(status_info(_running(context, stage, fraction), args["base"]))

        progress("start", 0.0)
        inputs = fetched(asked, request.inputs, internal=internal)
        found = asked.run(inputs, Work(services, principal, progress))
    return {"outputs": keep(asked, found, request, args["folder"], services.blobs)}


def announce(args: Json, context: StepContext) -> JSON:
    """Tell the subscriber the results; gives on what the process gave."""
    settings, blobs = read_settings(), Blobs(read_settings().blobs_url)
    result: Any = context.previous
    document = {id: one.document(blobs) for id, one in kept(result).items()}
    tell(request_of(args, blobs).subscriber, SUCCESS, document, internal=settings.outgoing_internal)
    return context.previous


def lament(args: Json, context: StepContext) -> JSON:
    """Tell the subscriber that the run failed, and why."""
    settings = read_settings()
    error: Any = context.previous
    failed = replace(_running(context, "", 0.0), state=State.FAILED, error=error, finished=datetime.now(UTC))
    subscriber = request_of(args, Blobs(settings.blobs_url)).subscriber
    tell(subscriber, FAILED, status_info(failed, args["base"]), internal=settings.outgoing_internal)
    return None


def _running(context: StepContext, stage: str, fraction: float) -> Job:
    """The job of a step, as far as the step knows it."""
    return Job(context.job, context.kind, State.RUNNING, context.user, None, None, None, datetime.now(UTC), Progress(fraction, stage))
