"""The embedded store: a GeoPackage file, its present state, states that are held, and changes."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import unquote

from csdi.crs import HeightModel
from csdi.errors import SettingsInvalid, StoreUnavailable
from csdi.store.base import Capabilities, Reader, Transaction
from csdi.store.sqlite.connections import Connections
from csdi.store.sqlite.reader import SqliteReader
from csdi.store.sqlite.repair import is_stale
from csdi.store.sqlite.writer import SqliteTransaction


class SqliteStore(SqliteReader):
    """Features in one GeoPackage file, in WAL mode."""

    def __init__(self, url: str, heights: HeightModel | None = None) -> None:
        self._path = _path_of(url)
        self._connections = Connections(self._path)
        super().__init__(self._connections.reading, heights, {})
        self._seen = threading.local()
        self.change()

    @property
    def url(self) -> str:
        """`sqlite:///` and the absolute path."""
        return f"sqlite:///{self._path}"

    @property
    def capabilities(self) -> Capabilities:
        """Everything, in one file."""
        return Capabilities(persistent=True, many_processes=True, spatial_index=True, full_text=True)

    def change(self) -> int:
        """See `Reader.change`. Most calls read one word of shared memory."""
        db = self._connections.reader()
        version = db.execute("PRAGMA data_version").fetchone()[0]
        known: tuple[sqlite3.Connection, int, int] | None = getattr(self._seen, "change", None)
        if known is None or known[0] is not db or known[1] != version:
            if is_stale(db):
                self._catch_up()
            change = int(db.execute("SELECT change FROM csdi_state").fetchone()[0])
            version = db.execute("PRAGMA data_version").fetchone()[0]
            self._seen.change = known = (db, version, change)
        return known[2]

    @contextmanager
    def snapshot(self, *, held: bool = False) -> Iterator[Reader]:  # noqa: ARG002
        """See `Store.snapshot`; a state that is held costs a connection, and space in the log of changes."""
        with self._connections.holding() as reading:
            yield SqliteReader(reading, self._heights, self._layouts)

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """See `Store.transaction`."""
        with self._connections.writing() as db:
            work = SqliteTransaction(db)
            yield work
            work.finish()

    def close(self) -> None:
        """Close every connection of this process."""
        self._connections.close()

    def _catch_up(self) -> None:
        """Take in what another program edited in the file; if somebody is writing now, that is done later."""
        with suppress(StoreUnavailable), self._connections.writing(wait_s=1.0) as db:
            work = SqliteTransaction(db)
            work.repair()
            work.finish()


def _path_of(url: str) -> Path:
    rest = url.removeprefix("sqlite:")
    path = unquote(rest.removeprefix("//").partition("?")[0])
    if path.startswith("//"):
        path = path[1:]
    if not path.strip("/"):
        raise SettingsInvalid(f"the store URL '{url}' names no file", field="CSDI_STORE", value=url,
                              remedy="write sqlite:///absolute/path/site.gpkg")
    return Path(path).absolute()
