"""Connections to PostgreSQL: a pool, transactions that see one state, and the driver's errors as ours."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import Connection
from psycopg_pool import ConnectionPool, PoolClosed, PoolTimeout

from csdi.errors import QueryError, StoreError, StoreUnavailable
from csdi.store.postgis import setup

_CONNECT_S = 10
_WAIT_S = 30.0
_READ = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
_POOL_SIZE = 16
_HELD_SIZE = 8
"""Connections set aside for those who read slowly: as many as do that at once, the others are not hindered."""


class Connections:
    """The connections of one store in one process. Made again in a child after a fork."""

    def __init__(self, url: str) -> None:
        self._url = url
        self.shown_url = _without_password(url)
        self._guard = threading.Lock()
        self._closed = False
        self._pools: dict[bool, tuple[int, ConnectionPool[Connection[Any]]]] = {}
        with self._named_errors(), psycopg.connect(url, autocommit=True, connect_timeout=_CONNECT_S) as connection:
            connection.execute("SET client_min_messages = warning")
            setup.prepare(connection)
            self._search_path = setup.search_path(connection)

    @contextmanager
    def reading(self) -> Iterator[Connection[Any]]:
        """A connection inside a transaction that sees one committed state, that of its first question."""
        with self._transaction(_READ) as connection:
            yield connection

    @contextmanager
    def holding(self, *, held: bool = False) -> Iterator[Connection[Any]]:
        """As `reading`, and the state is that of now; where it is `held` for long, by a connection set aside for that."""
        with self._transaction(f"{_READ}; SELECT 1", held=held) as connection:
            yield connection

    @contextmanager
    def single(self) -> Iterator[Connection[Any]]:
        """A connection outside of a transaction: each statement sees the newest committed state, and none has to be ended."""
        with self._named_errors(), self._connected().connection() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection[Any]]:
        """A connection in a transaction that commits at the end; one writer of all machines at a time."""
        with self._transaction("BEGIN") as connection:
            connection.execute("SELECT pg_advisory_xact_lock(%s)", (setup.LOCK,))
            yield connection

    def close(self) -> None:
        """Close every connection of this process."""
        with self._guard:
            self._closed = True
            for process, pool in self._pools.values():
                if process == os.getpid():
                    pool.close()
            self._pools.clear()

    @contextmanager
    def _transaction(self, begin: str, *, held: bool = False) -> Iterator[Connection[Any]]:
        with self._named_errors(), self._connected(held=held).connection() as connection:
            connection.execute(begin.encode())
            try:
                yield connection
                connection.execute(b"COMMIT")
            except BaseException:
                if not connection.broken:
                    connection.execute(b"ROLLBACK")
                raise

    def _connected(self, *, held: bool = False) -> ConnectionPool[Connection[Any]]:
        with self._guard:
            if self._closed:
                raise StoreUnavailable(f"the store {self.shown_url} is closed")
            process, pool = self._pools.get(held, (0, None))
            if pool is None or process != os.getpid():
                options = {"autocommit": True, "connect_timeout": _CONNECT_S}
                pool = ConnectionPool(self._url, kwargs=options, min_size=0, max_size=_HELD_SIZE if held else _POOL_SIZE, timeout=_WAIT_S,
                                      open=True, configure=self._configure, max_idle=60.0)
                self._pools[held] = (os.getpid(), pool)
            return pool

    def _configure(self, connection: Connection[Any]) -> None:
        connection.execute(f"SET search_path = {self._search_path}".encode())
        connection.execute(b"SET timezone = 'UTC'")
        connection.execute(b"SET jit = off")  # to compile a question takes longer than most answers, and so does to start workers
        connection.execute(b"SET parallel_setup_cost = 100000")
        connection.execute(b"SET client_min_messages = warning")

    @contextmanager
    def _named_errors(self) -> Iterator[None]:
        """PostgreSQL's errors as ours, without the password."""
        try:
            yield
        except (psycopg.OperationalError, PoolTimeout, PoolClosed) as error:
            raise StoreUnavailable(f"the store {self.shown_url} cannot be reached: {_first_line(error)}",
                                   remedy="check that the server runs, the address and the password") from error
        except psycopg.errors.UndefinedTable:
            raise
        except (psycopg.DataError, psycopg.errors.InternalError_) as error:
            raise QueryError(f"the query cannot be computed: {_first_line(error)}",
                             remedy="check the arithmetic, patterns and geometries of the filter") from error
        except psycopg.Error as error:
            raise StoreError(f"{self.shown_url}: {_first_line(error)}") from error


def _without_password(url: str) -> str:
    parts = urlsplit(url)
    user, _, host = parts.netloc.rpartition("@")
    return urlunsplit(parts._replace(netloc=f"{user.partition(':')[0]}@{host}" if user else host, query="", fragment=""))


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0]
