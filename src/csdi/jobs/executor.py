"""DBOS in the worker process: the one workflow that every job is, and its launch under a slot."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, replace
from typing import Any

from dbos import DBOS, DBOSConfig, DBOSPortableJSONSerializer

from csdi.jobs.database import (
    APPLICATION,
    JOBS_QUEUE,
    PROGRESS_EVENT,
    SHARDS_QUEUE,
    VERSION,
    WORKFLOW,
    leave_logging_to_the_program,
    open_client,
)
from csdi.jobs.job import JSON, Progress
from csdi.jobs.runner import StepFailed, StepRequest, run_child
from csdi.jobs.task import Task, TaskRegistry

_AFTERWARDS_S = 60.0


def configure(url: str, slot: str) -> None:
    """Make this process's DBOS (there is one per process) that of a slot; `launch` or `DBOS.launch` starts it."""
    leave_logging_to_the_program()
    config: DBOSConfig = {
        "name": APPLICATION,
        "system_database_url": url,
        "application_version": VERSION,
        "executor_id": slot,
        "serializer": DBOSPortableJSONSerializer(),
        "sys_db_pool_size": 5,
        "max_executor_threads": 32,
        "log_level": "WARNING",
    }
    DBOS(config=config)


def launch(
    url: str, registry: TaskRegistry, *, at_once: int, poll_s: float, attempts: int, environment: Mapping[str, str] | None
) -> None:
    """Start running jobs, first those that the slot left unfinished.

    A job is a DBOS workflow whose steps are the steps of its task. One user gets all but one of the places of a
    worker, so that another user's job never waits for a long row of the first one's.
    """
    _register(registry, attempts, environment)
    client = open_client(url)
    try:  # before the launch: DBOS would find a queue that is made later only after a second
        client.register_queue(
            JOBS_QUEUE,
            worker_concurrency=at_once,
            partition_worker_concurrency=max(1, at_once - 1),
            polling_interval_sec=poll_s,
        )
        client.register_queue(SHARDS_QUEUE, worker_concurrency=at_once, polling_interval_sec=poll_s)
    finally:
        client.destroy()
    DBOS.launch()


def _register(registry: TaskRegistry, attempts: int, environment: Mapping[str, str] | None) -> None:
    @DBOS.workflow(name=WORKFLOW, max_recovery_attempts=attempts - 1)
    async def job(kind: str, args: dict[str, Any], limit_s: float) -> JSON:
        """No clock, chance or I/O outside of the steps: after a crash this function runs again from its start."""
        task = registry.get(kind)
        if task is None:
            raise StepFailed(_unknown(kind))
        ends_at = await DBOS.run_step_async({"name": "begin"}, _deadline, limit_s)
        previous: JSON = None
        try:
            for number, step in enumerate(task.steps):
                previous = await DBOS.run_step_async(
                    {"name": step, "preemptible": True},
                    _run_step,
                    *(task, number, args, previous, ends_at, environment),
                )
        except Exception as failure:
            error = getattr(failure, "data", None)  # after a crash the failure of a step comes back as DBOS has kept it
            if task.afterwards and isinstance(error, dict) and "code" in error:
                await DBOS.run_step_async(
                    {"name": task.afterwards, "preemptible": True}, _run_afterwards, task, args, error, environment
                )
            raise
        return previous


async def _deadline(limit_s: float) -> float:
    return time.time() + limit_s


async def _run_step(
    task: Task,
    number: int,
    args: Mapping[str, JSON],
    previous: JSON,
    ends_at: float,
    environment: Mapping[str, str] | None,
) -> JSON:
    async def report(progress: Progress) -> None:
        if progress.fraction is not None:
            progress = replace(progress, fraction=(number + progress.fraction) / len(task.steps))
        await DBOS.set_event_async(PROGRESS_EVENT, asdict(progress))

    request = StepRequest(
        step=task.steps[number],
        args=args,
        previous=previous,
        job=DBOS.workflow_id or "",
        kind=task.kind,
        user=DBOS.authenticated_user or "",
        memory_mb=task.memory_mb,
    )
    limit_s = min(task.limit_s, ends_at - time.time())
    return await run_child(request, limit_s=limit_s, report=report, environment=environment)


async def _run_afterwards(
    task: Task, args: Mapping[str, JSON], error: dict[str, JSON], environment: Mapping[str, str] | None
) -> None:
    async def silent(_: Progress) -> None:
        return

    request = StepRequest(
        step=task.afterwards,
        args=args,
        previous=error,
        job=DBOS.workflow_id or "",
        kind=task.kind,
        user=DBOS.authenticated_user or "",
        memory_mb=task.memory_mb,
    )
    with suppress(StepFailed):
        await run_child(request, limit_s=_AFTERWARDS_S, report=silent, environment=environment)


def _unknown(kind: str) -> dict[str, JSON]:
    return {
        "code": "job-failed",
        "message": f"no task of kind {kind} in this worker",
        "remedy": "run a worker of the same version as the program that submitted the job",
        "reason": "unknown kind",
    }
