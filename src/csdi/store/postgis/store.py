"""The scale-out store: a PostgreSQL database, its present state, states that are held, and changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

import psycopg
from psycopg import Connection

from csdi.crs import HeightModel
from csdi.errors import StoreError, StoreUnavailable
from csdi.store.base import Capabilities, Reader, Transaction
from csdi.store.postgis.connections import Connections
from csdi.store.postgis.reader import PostgisReader
from csdi.store.postgis.writer import PostgisTransaction, sweep

T = TypeVar("T")


class PostgisStore(PostgisReader):
    """Features in the schema `csdi` of a PostgreSQL database."""

    def __init__(self, url: str, heights: HeightModel | None = None) -> None:
        super().__init__(None, heights, {})
        self._connections = Connections(url)

    @property
    def url(self) -> str:
        """The URL without its password."""
        return self._connections.shown_url

    @property
    def capabilities(self) -> Capabilities:
        """Everything, over many machines."""
        return Capabilities(persistent=True, many_processes=True, spatial_index=True, full_text=True)

    @contextmanager
    def snapshot(self, *, held: bool = False) -> Iterator[Reader]:
        """See `Store.snapshot`. Tables of a state that is held are kept until it is let go."""
        with self._connections.holding(held=held) as db:
            yield PostgisReader(db, self._heights, self._layouts)

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """See `Store.transaction`."""
        with self._connections.writing() as db:
            work = PostgisTransaction(db)
            yield work
            work.finish()
        with suppress(StoreUnavailable), self._connections.single() as db:  # what was committed stands, whatever happens now
            sweep(db)

    def close(self) -> None:
        """Close every connection of this process."""
        self._connections.close()

    def _asked(self, ask: Callable[[Connection[Any]], T], *, whole: bool = True) -> T:
        """The answer from one committed state, or from that of its last statement where it need not be `whole`.

        A table that was replaced between two statements is looked up again.
        """
        for _ in range(3):
            try:
                with self._connections.reading() if whole else self._connections.single() as db:
                    return ask(db)
            except psycopg.errors.UndefinedTable as error:
                last = error
        raise StoreError(f"{self.url}: {last}") from last
