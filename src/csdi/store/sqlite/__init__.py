"""The embedded store: one GeoPackage file, stdlib SQLite, many readers and processes beside one writer."""

from csdi.store.sqlite.store import SqliteStore

__all__ = ["SqliteStore"]
