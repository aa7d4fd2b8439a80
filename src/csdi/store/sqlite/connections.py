"""Connections to the GeoPackage: one per thread for reading, one for writing, and the checks when a file is opened."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path

from csdi.errors import StoreError, StoreIncompatible, StoreUnavailable
from csdi.store.sqlite import functions, gpkg

_READ_WAIT_S = 15.0
_WRITE_WAIT_S = 600.0

_writers: dict[str, threading.RLock] = {}
_writers_guard = threading.Lock()


class Connections:
    """The connections of one store in one process. Made again in a child after a fork."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._mine = threading.local()
        self._all: list[sqlite3.Connection] = []
        self._spares: list[tuple[int, sqlite3.Connection]] = []
        self._guard = threading.Lock()
        self._closed = False
        self._write: tuple[int, sqlite3.Connection] | None = None
        with _writers_guard:
            self._writing = _writers.setdefault(str(path), threading.RLock())
        self._prepare_file()

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """This thread's connection, inside a transaction that sees one committed state."""
        connection = self.reader()
        with _named_errors(self._path):
            connection.execute("BEGIN")
            try:
                yield connection
            finally:
                connection.rollback()

    @contextmanager
    def holding(self) -> Iterator[Callable[[], AbstractContextManager[sqlite3.Connection]]]:
        """A connection that stays in one transaction, whichever threads use it one after the other, until the end of the context."""
        connection = self._spare()
        with _named_errors(self._path):
            connection.execute("BEGIN")
            try:
                connection.execute("SELECT change FROM csdi_state").fetchone()  # the state is chosen by the first question
                yield lambda: _named(connection, self._path)
            finally:
                if not self._closed:
                    connection.rollback()
                    self._spares.append((os.getpid(), connection))

    def _spare(self) -> sqlite3.Connection:
        """A connection for reading that is in nobody's hands; the latest that was given back."""
        if self._closed:
            raise StoreUnavailable(f"the store {self._path} is closed")
        with suppress(IndexError):
            while True:
                process, connection = self._spares.pop()
                if process == os.getpid():
                    return connection
        connection = self._connect(_READ_WAIT_S)
        connection.execute("PRAGMA query_only = ON")
        return connection

    def reader(self) -> sqlite3.Connection:
        """This thread's connection for reading."""
        if self._closed:
            raise StoreUnavailable(f"the store {self._path} is closed")
        known: tuple[int, sqlite3.Connection] | None = getattr(self._mine, "connection", None)
        if known is None or known[0] != os.getpid():
            connection = self._connect(_READ_WAIT_S)
            connection.execute("PRAGMA query_only = ON")
            self._mine.connection = known = (os.getpid(), connection)
        return known[1]

    @contextmanager
    def writing(self, wait_s: float = _WRITE_WAIT_S) -> Iterator[sqlite3.Connection]:
        """The writing connection between BEGIN IMMEDIATE and COMMIT; one writer of all processes at a time.

        Raises:
            StoreUnavailable: another process has been writing for `wait_s` seconds.
        """
        with self._writing, _named_errors(self._path):
            if self._closed:
                raise StoreUnavailable(f"the store {self._path} is closed")
            if self._write is None or self._write[0] != os.getpid():
                self._write = (os.getpid(), self._connect(_WRITE_WAIT_S))
                self._write[1].execute("PRAGMA temp_store = FILE")  # to index a large table, all of it is sorted
            connection = self._write[1]
            if connection.in_transaction:
                raise StoreError("a transaction is open already in this thread", remedy="use the open one")
            connection.execute(f"PRAGMA busy_timeout = {int(1000 * wait_s)}")
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    def close(self) -> None:
        """Close every connection of this process."""
        with self._guard:
            self._closed = True
            for connection in self._all:
                connection.close()
            self._all.clear()

    def _connect(self, wait_s: float) -> sqlite3.Connection:
        try:
            connection = sqlite3.connect(self._path, timeout=wait_s, isolation_level=None, check_same_thread=False,
                                         cached_statements=256)
        except sqlite3.Error as error:
            raise _unavailable(self._path, error) from error
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA case_sensitive_like = ON")
        connection.execute("PRAGMA temp_store = MEMORY")
        connection.execute("PRAGMA cache_size = -32768")
        connection.execute("PRAGMA mmap_size = 2147418112")
        connection.execute("PRAGMA journal_size_limit = 67108864")
        functions.register(connection)
        with self._guard:
            self._all.append(connection)
        return connection

    def _prepare_file(self) -> None:
        """Make the file, or check that it is ours."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise _unavailable(self._path, error) from error
        if self._path.is_dir():
            raise StoreUnavailable(f"{self._path} is a directory, not a store", remedy="name a file ending in .gpkg",
                                   file=str(self._path))
        new = not self._path.exists() or self._path.stat().st_size == 0
        with _named_errors(self._path):
            connection = self._connect(_READ_WAIT_S)
            try:
                if new:
                    _make(connection)
                else:
                    _check(connection, self._path)
                connection.execute("PRAGMA journal_mode = WAL").fetchone()
            finally:
                with self._guard:
                    self._all.remove(connection)
                connection.close()


def _make(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA journal_mode = WAL").fetchone()
    connection.execute("BEGIN IMMEDIATE")
    if not _has_table(connection, "csdi_state"):  # another process may have been first
        gpkg.make_empty(connection)
    connection.execute("COMMIT")


def _check(connection: sqlite3.Connection, path: Path) -> None:
    if not _has_table(connection, "gpkg_contents"):
        if not connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
            _make(connection)
            return
        raise StoreIncompatible(f"{path} is a SQLite database, but not a GeoPackage", file=str(path),
                                remedy="name another file; a missing one is made")
    if not _has_table(connection, "csdi_state"):
        raise StoreIncompatible(f"{path} is a GeoPackage, but not a store of this server", file=str(path),
                                remedy="name another file as the store, then add this one with `csdi layers add`")
    version = connection.execute("SELECT version FROM csdi_state").fetchone()[0]
    if version != gpkg.STORE_VERSION:
        raise StoreIncompatible(f"{path} has version {version} of the store's tables, this program knows {gpkg.STORE_VERSION}",
                                file=str(path), remedy="use the program version that wrote it, or make a new store")


def _has_table(connection: sqlite3.Connection, name: str) -> bool:
    found = connection.execute("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", (name,)).fetchone()
    return found is not None


@contextmanager
def _named(connection: sqlite3.Connection, path: Path) -> Iterator[sqlite3.Connection]:
    """The connection as it is, with its errors as ours."""
    with _named_errors(path):
        yield connection


@contextmanager
def _named_errors(path: Path) -> Iterator[None]:
    """SQLite's errors as ours."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorname in ("SQLITE_NOTADB", "SQLITE_CORRUPT"):
            raise StoreUnavailable(f"{path} is not a SQLite database, or is damaged: {error}", file=str(path),
                                   remedy="name another file, or restore this one from a backup") from error
        if error.sqlite_errorname.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
            raise StoreUnavailable(f"{path} is being written by another process for too long", file=str(path),
                                   remedy="try again when the other import is done") from error
        if error.sqlite_errorname.startswith(("SQLITE_CANTOPEN", "SQLITE_READONLY", "SQLITE_IOERR", "SQLITE_FULL")):
            raise _unavailable(path, error) from error
        raise StoreError(f"{path}: {error}", file=str(path)) from error


def _unavailable(path: Path, error: Exception) -> StoreUnavailable:
    return StoreUnavailable(f"the store {path} cannot be opened or written: {error}", file=str(path),
                            remedy="check that the folder exists, has space left and may be written")
