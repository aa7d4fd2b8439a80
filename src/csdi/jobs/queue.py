"""The port to jobs: what the web, the command line and tests hold. It submits and looks; it never runs a job."""

from __future__ import annotations

import hashlib
import json
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from csdi.errors import Conflict, JobMissing, StoreUnavailable, ValueInvalid
from csdi.jobs.database import (
    JOBS_QUEUE,
    PROGRESS_EVENT,
    STATES,
    VERSION,
    WORKFLOW,
    job_from,
    open_client,
    prepare,
    reachable,
    statuses,
)
from csdi.jobs.job import JSON, Job, Progress, State
from csdi.jobs.slots import SERVER, slots_of
from csdi.jobs.task import KIND

if TYPE_CHECKING:
    from dbos import WorkflowStatus

ARGS_LIMIT = 1_000_000
"""Bytes of JSON that the arguments of a job may have."""

DEFAULT_PRIORITY = 100

_POLL_FIRST_S, _POLL_MOST_S = 0.05, 0.5
_PATIENCE_S = 60.0
_SWEEP_BATCH = 500


class Jobs:
    """The jobs of one installation, by the URL of their database; safe to share between threads.

    Every method raises `StoreUnavailable` when the database is out of reach for 30 s.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._slots = slots_of(url)
        prepare(url)
        self._client = open_client(url)

    def close(self) -> None:
        """Let go of the database connections."""
        self._client.destroy()

    def __enter__(self) -> Jobs:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def submit(
        self,
        kind: str,
        args: Mapping[str, JSON],
        *,
        user: str,
        key: str | None = None,
        limit_s: float = 3600.0,
        priority: int | None = None,
    ) -> str:
        """Put a job into the queue and return its id at once.

        Args:
            kind: name of the task. A worker that does not know it ends the job as failed.
            args: JSON that goes to every step: ids, keys and paths, never contents.
            user: whose job it is. Users take turns: one cannot occupy a whole worker while another waits.
            key: names the piece of work, per user and kind: while a job of this key waits, runs or has succeeded, its
                id is returned and no other is made. After a failed or dismissed one, a new job is made.
            limit_s: seconds from the start until the job ends as failed with the reason `time limit`.
            priority: among the jobs of the user, lower runs first; the default is 100.

        Raises:
            ValueInvalid: the kind is no name, or `args` are not JSON or over `ARGS_LIMIT` bytes.
        """
        if not KIND.fullmatch(kind):
            raise ValueInvalid(f"job kind {kind!r}: lower case letters, digits and hyphens only", field="kind")
        clean = _as_json(args)
        with reachable(self._url):
            job_id = f"{kind}.{uuid.uuid4().hex}" if key is None else self._id_for_key(kind, user, key)
            self._client.enqueue(
                {
                    "workflow_name": WORKFLOW,
                    "queue_name": JOBS_QUEUE,
                    "workflow_id": job_id,
                    "app_version": VERSION,
                    "authenticated_user": user,
                    "queue_partition_key": user or "-",
                    "priority": DEFAULT_PRIORITY if priority is None else priority,
                },
                kind,
                clean,
                limit_s,
            )
        return job_id

    def job(self, id: str) -> Job:
        """One job with its arguments, progress and result. Raises `JobMissing`."""
        with reachable(self._url):
            return self._job(self._status(id, load=True))

    def jobs(
        self,
        *,
        user: str | None = None,
        kind: str | Sequence[str] | None = None,
        state: State | Sequence[State] | None = None,
        created: tuple[datetime | None, datetime | None] = (None, None),
        limit: int = 100,
        offset: int = 0,
        with_args: bool = False,
    ) -> list[Job]:
        """Jobs of these kinds and states that were made in a span of time, newest first.

        They come without results, without arguments unless these are asked for, and the running ones with their progress.
        """
        kinds = [kind] if isinstance(kind, str) else kind
        states = [state] if isinstance(state, State) else state
        if any(not KIND.fullmatch(one) for one in kinds or ()) or [] in (kinds, states):
            return []
        with reachable(self._url):
            found = self._client.list_workflows(
                user=user,
                workflow_id_prefix=None if kinds is None else [f"{one}." for one in kinds],
                status=None if states is None else [status for one in states for status in statuses(one)],
                start_time=None if created[0] is None else created[0].isoformat(),
                end_time=None if created[1] is None else created[1].isoformat(),
                name=WORKFLOW,
                limit=limit,
                offset=offset,
                sort_desc=True,
                load_input=with_args,
                load_output=False,
            )
            return [self._job(status) if status.status == "PENDING" else job_from(status) for status in found]

    def cancel(self, id: str) -> None:
        """Dismiss a job; its process is killed within about a second. No effect on one that has ended.

        Raises:
            JobMissing: there is no such job.
        """
        with reachable(self._url):
            if not STATES[self._status(id).status].ended:
                self._client.cancel_workflow(id, cancel_children=True)

    def delete(self, id: str) -> None:
        """Forget a job that has ended.

        Raises:
            JobMissing: there is no such job.
            Conflict: it has not ended.
        """
        with reachable(self._url):
            status = self._status(id)
            if not STATES[status.status].ended:
                raise Conflict(f"job {id} is {STATES[status.status]}", remedy="cancel it first", job=id)
            self._client.delete_workflow(id, delete_children=True)

    def wait(
        self, id: str, *, timeout_s: float | None = None, on_progress: Callable[[Progress], None] | None = None
    ) -> Job:
        """Wait until a job has ended and return it; after `timeout_s` return it as it is then (see `Job.ended`).

        `on_progress` is called when the progress has changed. A database that is away for less than a minute is
        waited for. Raises `JobMissing`.
        """
        ends_at = None if timeout_s is None else time.monotonic() + timeout_s
        told: Progress | None = None
        away_since: float | None = None
        pause = _POLL_FIRST_S
        while True:
            try:
                job = self.job(id)
                away_since = None
            except StoreUnavailable:
                away_since = away_since or time.monotonic()
                if time.monotonic() - away_since > _PATIENCE_S:
                    raise
            else:
                if on_progress is not None and job.progress is not None and job.progress != told:
                    told = job.progress
                    on_progress(told)
                if job.ended or (ends_at is not None and time.monotonic() >= ends_at):
                    return job
            time.sleep(pause)
            pause = min(1.2 * pause, _POLL_MOST_S)

    def sweep(self, older_than: timedelta) -> int:
        """Delete the jobs that ended longer ago than this; returns how many."""
        before = (datetime.now(UTC) - older_than).isoformat()
        ended = [status for status, state in STATES.items() if state.ended]
        swept = 0
        with reachable(self._url):
            while True:
                found = self._client.list_workflows(
                    status=ended,
                    name=WORKFLOW,
                    completed_before=before,
                    limit=_SWEEP_BATCH,
                    load_input=False,
                    load_output=False,
                )
                if not found:
                    return swept
                self._client.delete_workflows([status.workflow_id for status in found], delete_children=True)
                swept += len(found)

    def worker_alive(self) -> bool:
        """True while a permanent worker lives anywhere (one that runs until idle does not count)."""
        return any(name.startswith(SERVER) for name in self._slots.held())

    def idle(self) -> bool:
        """True when no job waits or runs."""
        with reachable(self._url):
            return not self._client.list_workflows(
                status=statuses(State.ACCEPTED) + statuses(State.RUNNING),
                limit=1,
                load_input=False,
                load_output=False,
            )

    def executors(self) -> set[str]:
        """Names of the slots, dead or alive, that have claimed jobs which have not ended."""
        with reachable(self._url):
            running = self._client.list_workflows(
                status=statuses(State.RUNNING), load_input=False, load_output=False
            )
        return {status.executor_id for status in running if status.executor_id}

    def _job(self, status: WorkflowStatus) -> Job:
        told: dict[str, Any] | None = self._client.get_event(status.workflow_id, PROGRESS_EVENT, timeout_seconds=0)
        return job_from(status, None if told is None else Progress(**told))

    def _status(self, id: str, *, load: bool = False) -> WorkflowStatus:
        found = self._client.list_workflows(workflow_ids=[id], load_input=load, load_output=load)
        if not found:
            raise JobMissing(f"there is no job {id}", remedy="ended jobs are deleted after a while", job=id)
        return found[0]

    def _id_for_key(self, kind: str, user: str, key: str) -> str:
        """The id that this key leads to: of the living or successful job of the key, else the next one."""
        digest = hashlib.sha256("\0".join((user, key)).encode()).hexdigest()[:24]
        before = self._client.list_workflows(
            workflow_id_prefix=f"{kind}.{digest}.", load_input=False, load_output=False
        )
        tries = {int(status.workflow_id.rpartition(".")[2]): STATES[status.status] for status in before}
        last = max(tries, default=0)
        over = tries.get(last) in (None, State.FAILED, State.DISMISSED)
        return f"{kind}.{digest}.{last + 1 if over else last}"


def _as_json(args: Mapping[str, JSON]) -> dict[str, JSON]:
    try:
        text = json.dumps(args, ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise ValueInvalid(f"job arguments are not JSON: {error}", field="args") from None
    if len(text.encode()) > ARGS_LIMIT:
        raise ValueInvalid(
            f"job arguments have {len(text.encode())} bytes, the limit is {ARGS_LIMIT}",
            remedy="put the content into a blob and pass its key",
            field="args",
            limit=ARGS_LIMIT,
        )
    clean: dict[str, JSON] = json.loads(text)
    return clean
