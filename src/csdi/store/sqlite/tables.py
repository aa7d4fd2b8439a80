"""Tables of one Collection: made, indexed, extended and dropped, inside an open transaction."""

from __future__ import annotations

import sqlite3

from csdi.feature import Field, FieldType
from csdi.store.pairs import is_indexed, pairs
from csdi.store.sql import quoted
from csdi.store.sqlite import gpkg
from csdi.store.sqlite.dialect import SqliteDialect, comparable, derived_value
from csdi.store.sqlite.layout import Layout

_NEW_ID = "DEFAULT (lower(hex(randomblob(8))))"  # for rows that are drawn in QGIS


def create(connection: sqlite3.Connection, layout: Layout) -> None:
    """The feature table, its index of envelopes and our side tables, all empty; `finish` completes them."""
    columns = [f"fid INTEGER PRIMARY KEY NOT NULL, {quoted(layout.id)} TEXT NOT NULL UNIQUE {_NEW_ID}"]
    if layout.geometry:
        columns.append(f"{quoted(layout.geometry)} {layout.schema.geometry.upper()}")
    columns += [_column(layout, field) for field in layout.schema]
    connection.execute(f"CREATE TABLE {quoted(layout.table)} ({', '.join(columns)})")
    if layout.geometry:
        connection.execute(f"CREATE VIRTUAL TABLE {quoted(layout.rtree)} USING rtree(id, minx, maxx, miny, maxy)")
        connection.execute(f"CREATE TABLE {quoted(layout.texts)} (fid INTEGER PRIMARY KEY, geometry TEXT, properties TEXT)")
    if layout.boxes:
        connection.execute(f"CREATE VIRTUAL TABLE {quoted(layout.boxes)} "
                           "USING rtree(fid, x0, x1, y0, y1, z0, z1, +low, +high)")
    create_words(connection, layout)
    create_counts(connection, layout)
    gpkg.register(connection, layout)


def finish(connection: sqlite3.Connection, layout: Layout) -> None:
    """Indexes on columns and the triggers, after the first Features."""
    create_indexes(connection, layout)
    recount(connection, layout)
    if layout.geometry:
        gpkg.create_rtree_triggers(connection, layout)
    gpkg.create_watch_triggers(connection, layout)


def create_words(connection: sqlite3.Connection, layout: Layout) -> None:
    """The full-text index; its tokens are cut by `csdi.store.words`, blanks between them."""
    if layout.words:
        connection.execute(f"CREATE VIRTUAL TABLE {quoted(layout.words)} USING fts5(body, tokenize = 'ascii')")


def create_counts(connection: sqlite3.Connection, layout: Layout) -> None:
    """The table of counts, empty; one that was there is dropped."""
    connection.execute(f"DROP TABLE IF EXISTS {quoted(layout.counts_table)}")
    if layout.counts:
        for statement in layout.counts.create({name: layout.column_type(layout.schema.field(name)) for name in layout.counts.columns}):
            connection.execute(statement)


def recount(connection: sqlite3.Connection, layout: Layout) -> None:
    """All that is counted, anew."""
    for statement in layout.counts.refill() if layout.counts else ():
        connection.execute(statement)


def create_indexes(connection: sqlite3.Connection, layout: Layout) -> None:
    """The indexes that the schema wants, where they are not there; those that it does not want any more are dropped."""
    wanted = {_index_name("csdi_index", layout, field): comparable(layout, field)
              for field in layout.schema if is_indexed(layout.schema, field)}
    for lead, *others in pairs(layout.schema, is_plain, lambda _: True):
        columns = [quoted(layout.columns[field.name]) for field in (lead, *others)]  # of times too: what is compared comes from them
        wanted[_index_name("csdi_pair", layout, lead, *others)] = ", ".join(columns)
    there = connection.execute("SELECT name FROM sqlite_master WHERE type = 'index' AND tbl_name = ? AND (name GLOB 'csdi_index_*' "
                               "OR name GLOB 'csdi_pair_*')", (layout.table,)).fetchall()
    for (name,) in there:
        if name not in wanted:
            connection.execute(f"DROP INDEX {quoted(name)}")
    for name, indexed in wanted.items():
        connection.execute(f"CREATE INDEX IF NOT EXISTS {quoted(name)} ON {quoted(layout.table)} ({indexed})")


def is_plain(field: Field) -> bool:
    """Whether a column is compared as it is: then an index that it leads is asked without its rows."""
    return field.type is not FieldType.DATETIME or bool(field.path)


def add_column(connection: sqlite3.Connection, layout: Layout, field: Field) -> None:
    """A column for a new field."""
    connection.execute(f"ALTER TABLE {quoted(layout.table)} ADD COLUMN {_column(layout, field)}")


def rewrite_properties(connection: sqlite3.Connection, layout: Layout) -> None:
    """The properties of all rows as text anew, after fields were added."""
    if layout.texts and layout.whole:
        properties = SqliteDialect(layout).properties_json(list(layout.schema.stored))
        connection.execute(f"UPDATE {quoted(layout.texts)} AS g SET properties = "
                           f"(SELECT {properties} FROM {quoted(layout.table)} f WHERE f.fid = g.fid)")


def drop(connection: sqlite3.Connection, layout: Layout) -> None:
    """Everything of a Collection."""
    gpkg.unregister(connection, layout)
    tables = [layout.table, layout.texts, layout.boxes, layout.words, layout.rtree if layout.geometry else "",
              layout.counts_table if layout.counts else ""]
    for table in filter(None, tables):
        connection.execute(f"DROP TABLE {quoted(table)}")


def _column(layout: Layout, field: Field) -> str:
    column = f"{quoted(layout.columns[field.name])} {layout.column_type(field)}"
    return f"{column} GENERATED ALWAYS AS ({derived_value(layout, field)}) VIRTUAL" if field.path else column


def _index_name(kind: str, layout: Layout, *fields: Field) -> str:
    return "_".join((kind, layout.table, *(layout.columns[field.name] for field in fields)))
