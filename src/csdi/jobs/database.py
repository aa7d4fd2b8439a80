"""The job database: its URL, its creation, and the translation between DBOS's rows and our jobs.

Everything here is DBOS's own: tables of a file of their own (SQLite), or the schema `dbos` of the store's database
(PostgreSQL). Values are JSON. DBOS still unpickles a row that says it is pickled, so whoever can write this database
can run code in the workers: the file has mode 0600.
"""

from __future__ import annotations

import fcntl
import logging
import os
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from csdi.errors import SettingsInvalid, StoreUnavailable
from csdi.jobs.job import Job, Progress, State

if TYPE_CHECKING:  # importing DBOS costs 0.4 s, which only those who open the job database should pay
    from dbos import DBOSClient, WorkflowStatus

APPLICATION = "csdi"
VERSION = "jobs-1"
"""The version of our workflow; raised only for one that cannot resume the jobs of the version before."""

WORKFLOW = "job"
JOBS_QUEUE = "jobs"
SHARDS_QUEUE = "shards"
PROGRESS_EVENT = "progress"

STATES: dict[str, State] = {
    "DELAYED": State.ACCEPTED,
    "ENQUEUED": State.ACCEPTED,
    "PENDING": State.RUNNING,
    "SUCCESS": State.SUCCESSFUL,
    "ERROR": State.FAILED,
    "MAX_RECOVERY_ATTEMPTS_EXCEEDED": State.FAILED,
    "CANCELLED": State.DISMISSED,
}


def statuses(state: State) -> list[str]:
    """DBOS's names for a state."""
    return [status for status, meaning in STATES.items() if meaning is state]


def sqlite_path(url: str) -> Path | None:
    """The file of a `sqlite:///path` URL; None for PostgreSQL."""
    if url.startswith("sqlite:///"):
        return Path(url.removeprefix("sqlite:///")).absolute()
    if url.startswith("postgresql://"):
        return None
    raise SettingsInvalid(
        f"job database {url.partition('://')[0]!r}: sqlite:///path or postgresql://... expected",
        remedy="set CSDI_JOBS, or leave it empty",
        field="CSDI_JOBS",
    )


def prepare(url: str) -> None:
    """Create the job database if it is not there, or bring it up to date; idempotent, 40 ms.

    Raises:
        StoreUnavailable: the file or the server cannot be opened.
    """
    from dbos import DBOS

    path = sqlite_path(url)
    with reachable(url):
        if path is not None:
            _prepare_file(path)
        DBOS.migrate(url)


def open_client(url: str) -> DBOSClient:
    """A client of the job database, which must exist. It gives up when the database stays away for 30 s."""
    from dbos import DBOSClient, DBOSPortableJSONSerializer

    leave_logging_to_the_program()
    with reachable(url):
        return DBOSClient(
            system_database_url=url,
            application_name=APPLICATION,
            serializer=DBOSPortableJSONSerializer(),
            retry_connection_errors=False,
        )


def leave_logging_to_the_program() -> None:
    """Give DBOS's logger a silent handler: without one it writes to stderr past the logging of the program."""
    logger = logging.getLogger("dbos")
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())


@contextmanager
def reachable(url: str) -> Iterator[None]:
    """Turn the ways in which a database can be out of reach into `StoreUnavailable`."""
    try:
        yield
    except Exception as error:
        if not _is_outage(error):
            raise
        reason = str(getattr(error, "orig", None) or error).strip().partition("\n")[0]
        raise StoreUnavailable(
            f"job database {_without_password(url)}: {reason}",
            remedy="check CSDI_JOBS and that the database is up",
        ) from error


def _is_outage(error: Exception) -> bool:
    import psycopg
    from sqlalchemy.exc import DBAPIError
    from sqlalchemy.exc import TimeoutError as PoolTimeout

    return isinstance(error, DBAPIError | PoolTimeout | psycopg.Error | sqlite3.Error | OSError)


def job_from(status: WorkflowStatus, progress: Progress | None = None) -> Job:
    """The job that a row of DBOS stands for. Rows loaded without input or output have no args or result."""
    return Job(
        id=status.workflow_id,
        kind=status.workflow_id.partition(".")[0],
        state=STATES[status.status],
        user=status.authenticated_user or "",
        created=_moment(status.created_at),
        started=_moment(status.dequeued_at),
        finished=_moment(status.completed_at),
        updated=_moment(status.updated_at),
        progress=progress,
        result=status.output,
        error=_error_of(status),
        args=status.input["args"][1] if status.input else None,
    )


def _error_of(status: WorkflowStatus) -> Mapping[str, Any] | None:
    if status.status == "MAX_RECOVERY_ATTEMPTS_EXCEEDED":
        return {
            "code": "job-failed",
            "message": f"the worker died {(status.recovery_attempts or 1) - 1} times while it ran this job",
            "remedy": "look at the memory of the machine and the log of the worker, then submit again",
            "reason": "attempts",
        }
    if status.status != "ERROR" or status.error is None:  # lists come without errors
        return None
    data = getattr(status.error, "data", None)
    if isinstance(data, dict) and "code" in data:
        return data
    return {"code": "internal-error", "message": str(status.error), "remedy": ""}


def _moment(milliseconds: int | None) -> datetime | None:
    return None if milliseconds is None else datetime.fromtimestamp(milliseconds / 1000, UTC)


def _prepare_file(path: Path) -> None:
    """An empty file that only its owner may read, in WAL (three times the jobs per second, and readers never wait).

    One process at a time: SQLite does not wait for others when it switches to WAL, it fails. And a file that exists is
    never opened but by SQLite, since closing it would drop the locks that this process holds on it (POSIX).
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    turn = os.open(path.with_name(f"{path.name}.prepare.lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(turn, fcntl.LOCK_EX)
        with suppress(FileExistsError):
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
        with closing(sqlite3.connect(path, timeout=30)) as database:
            if database.execute("PRAGMA journal_mode").fetchone() != ("wal",):
                database.execute("PRAGMA journal_mode=WAL")
    finally:
        os.close(turn)


def _without_password(url: str) -> str:
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{rest.rpartition('@')[2]}"
