"""Rendering: fragments as statements of the driver."""

from __future__ import annotations

from typing import Any

from psycopg import Connection, Cursor

from csdi.store.sql import MARK, Fragment


def run(connection: Connection[Any], fragment: Fragment, *, binary: bool = False) -> Cursor[Any]:
    """Execute a fragment; values are bound."""
    if not fragment.params:
        return connection.execute(fragment.text.encode(), binary=binary)
    return connection.execute(fragment.text.replace("%", "%%").replace(MARK, "%s").encode(), fragment.params, binary=binary)
