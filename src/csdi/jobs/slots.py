"""Slots: names that a worker holds under a lease, so that nobody runs the jobs of a living worker, or forgets a dead one's.

DBOS resumes a job when a process with the same executor id starts, and two living processes with one id would run a
step twice. So the id is the name of a slot, and a slot is held by a lock that the system frees when its holder dies:
`flock` on a file beside the SQLite database, a session-level advisory lock in PostgreSQL.
"""

from __future__ import annotations

import fcntl
import os
import re
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from csdi.jobs.database import reachable, sqlite_path

if TYPE_CHECKING:
    import psycopg

SERVER, TEMPORARY = "slot", "temp"
"""Slots of permanent workers, and of those that run until idle."""

SLOT_LIMIT = 256

_NAME = re.compile(rf"({SERVER}|{TEMPORARY})-(\d+)")
_LOCK_CLASS = 0x43534449
"""First key of our advisory locks ("CSDI" in ASCII); the second is the number of the slot."""


def names(kind: str) -> list[str]:
    """All slots of a kind, in the order in which they are tried."""
    return [f"{kind}-{number}" for number in range(SLOT_LIMIT)]


class Lease(Protocol):
    """A slot that this process holds until it releases it or dies."""

    name: str

    def holds(self) -> bool:
        """False when the slot is lost, so that somebody else may have it."""

    def release(self) -> None:
        """Give the slot back; again and again if you like."""


class Slots(Protocol):
    """All slots of one job database."""

    def take(self, names: Iterable[str]) -> Lease | None:
        """Hold the first of these that is free; None when none is. Unknown names are never free."""

    def held(self) -> set[str]:
        """Names of the slots that somebody holds now."""


def slots_of(url: str) -> Slots:
    """The slots of the job database at this URL."""
    path = sqlite_path(url)
    return PostgresSlots(url) if path is None else FileSlots(path)


class FileSlots:
    """Slots as locked files `<database>.<slot>.lock`."""

    def __init__(self, database: Path) -> None:
        self._database = database

    def take(self, names: Iterable[str]) -> Lease | None:
        """See `Slots.take`."""
        for name in names:
            if not _NAME.fullmatch(name):
                continue
            path = self._path(name)
            lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            if _locked(lock, fcntl.LOCK_EX):
                return _FileLease(name, path, lock)
            os.close(lock)
        return None

    def held(self) -> set[str]:
        """See `Slots.held`; it looks by taking a shared lock for a moment."""
        found = set()
        for path in self._database.parent.glob(f"{self._database.name}.*-*.lock"):
            name = path.name.removeprefix(f"{self._database.name}.").removesuffix(".lock")
            with suppress(FileNotFoundError):
                lock = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
                if _NAME.fullmatch(name) and not _locked(lock, fcntl.LOCK_SH):
                    found.add(name)
                os.close(lock)
        return found

    def _path(self, name: str) -> Path:
        return self._database.with_name(f"{self._database.name}.{name}.lock")


class _FileLease:
    def __init__(self, name: str, path: Path, lock: int) -> None:
        self.name = name
        self._path = path
        self._lock: int | None = lock

    def holds(self) -> bool:
        """A lock on a file that was deleted or replaced keeps nobody away."""
        if self._lock is None:
            return False
        try:
            return os.path.samestat(os.stat(self._path), os.fstat(self._lock))
        except FileNotFoundError:
            return False

    def release(self) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


def _locked(file: int, how: int) -> bool:
    try:
        fcntl.flock(file, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


class PostgresSlots:
    """Slots as advisory locks, each held by a connection of its own (which must not go through a pooler)."""

    def __init__(self, url: str) -> None:
        self._url = url

    def take(self, names: Iterable[str]) -> Lease | None:
        """See `Slots.take`."""
        with reachable(self._url):
            connection = self._connect()
            for name in names:
                number = _number(name)
                if number is None:
                    continue
                row = connection.execute("SELECT pg_try_advisory_lock(%s, %s)", (_LOCK_CLASS, number)).fetchone()
                if row == (True,):
                    return _PostgresLease(name, connection)
            connection.close()
        return None

    def held(self) -> set[str]:
        """See `Slots.held`."""
        with reachable(self._url), self._connect() as connection:
            rows = connection.execute(
                "SELECT objid::int FROM pg_locks JOIN pg_database ON pg_database.oid = pg_locks.database"
                " WHERE locktype = 'advisory' AND granted AND classid = %s AND objsubid = 2"
                " AND datname = current_database()",
                (_LOCK_CLASS,),
            ).fetchall()
        return {_name(number) for (number,) in rows}

    def _connect(self) -> psycopg.Connection[Any]:
        import psycopg

        return psycopg.connect(
            self._url,
            autocommit=True,
            application_name="csdi slot",
            connect_timeout=10,
            keepalives_idle=5,
            keepalives_interval=2,
            keepalives_count=3,
            tcp_user_timeout=10_000,
        )


class _PostgresLease:
    def __init__(self, name: str, connection: psycopg.Connection[Any]) -> None:
        self.name = name
        self._connection = connection

    def holds(self) -> bool:
        """The lock lives exactly as long as the session."""
        import psycopg

        try:
            self._connection.execute("SELECT 1")
        except psycopg.Error:
            return False
        return True

    def release(self) -> None:
        """Give the slot back at once: the server notices a closed connection a little later."""
        import psycopg

        with suppress(psycopg.Error):
            self._connection.execute("SELECT pg_advisory_unlock_all()")
        self._connection.close()


def _number(name: str) -> int | None:
    match = _NAME.fullmatch(name)
    if match is None:
        return None
    return 2 * int(match[2]) + (match[1] == TEMPORARY)


def _name(number: int) -> str:
    return f"{TEMPORARY if number % 2 else SERVER}-{number // 2}"
