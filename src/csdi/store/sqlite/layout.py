"""Layout: which tables and columns of the GeoPackage hold a Collection."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from csdi.collection import Collection
from csdi.crs import crs
from csdi.feature import Field, FieldType, Schema
from csdi.store.counted import Counts, counted_fields
from csdi.store.nearness import METRES_PER_DEGREE
from csdi.store.sql import quoted

_RESERVED = ("sqlite_", "gpkg_", "rtree_", "csdi_")
_SQL = (
    "add all alter and as autoincrement between case check collate commit constraint create default deferrable delete distinct drop else "
    "escape except exists foreign from group having in index insert intersect into is isnull join limit not nothing notnull null on or "
    "order primary references returning select set table then to transaction union unique update using values when where")
"""Words that cannot name a table without quotation marks."""
_SIDES = ("geojson", "boxes", "words", "counts")
_PARTS = ("rowid", "node", "parent", "data", "idx", "content", "docsize", "config")
"""What the virtual tables of SQLite keep their rows in: their name and one of these."""
_COLUMN_TYPES = {FieldType.STRING: "TEXT", FieldType.INTEGER: "INTEGER", FieldType.NUMBER: "DOUBLE",
                 FieldType.BOOLEAN: "BOOLEAN", FieldType.DATE: "DATE", FieldType.DATETIME: "DATETIME", FieldType.JSON: "TEXT"}
_OFFSETS = {"EPSG:2326": (800_000.0, 800_000.0)}
_GEOGRAPHIC_OFFSET = (114.0, 22.0)


@dataclass(frozen=True, slots=True)
class Layout:
    """Names inside the file.

    Attributes:
        table: the feature table, named as the Collection wherever a name needs no quotation marks: other programs forget them.
        id: column of the Feature's id.
        geometry: column of the geometry, "" without geometry.
        columns: field -> column.
        whole: whether the side table of texts holds the properties too; in files from before it did not.
        offset: what is taken off x and y in our own index of boxes, so that its 32-bit numbers stay exact to millimetres.
        scale: what they are then multiplied by: degrees become about as long as the metres of heights, else the index would go by
            heights alone; 1 in files from before.
    """

    collection: Collection
    table: str
    id: str
    geometry: str
    columns: dict[str, str]
    offset: tuple[float, float]
    whole: bool = True
    scale: float = 1.0

    @classmethod
    def of(cls, collection: Collection, taken: Iterable[str] = ()) -> Layout:
        """The layout of a new Collection beside the tables `taken`: its own fields keep their names, ours step aside."""
        names = {f.name.casefold() for f in collection.schema}
        plain = collection.id.replace("-", "_")
        table = _free_table(f"c_{plain}" if plain.startswith(_RESERVED) or plain in _SQL.split() else plain, taken)
        reference = crs(collection.storage_crs)
        offset = _GEOGRAPHIC_OFFSET if reference.is_geographic else _OFFSETS.get(reference.horizontal.code, (0.0, 0.0))
        geometry = _free("geom", names) if collection.schema.geometry else ""
        columns = {f.name: f.name if f.name.casefold() not in ("fid", "rowid", "oid", "_rowid_") else f.name + "_1"
                   for f in collection.schema}
        return cls(collection, table, _free("id", names), geometry, columns, offset,
                   scale=METRES_PER_DEGREE if reference.is_geographic else 1.0)

    @classmethod
    def from_text(cls, collection: Collection, text: str) -> Layout:
        """The layout that `text` wrote."""
        d: dict[str, Any] = json.loads(text)
        return cls(collection, d["table"], d["id"], d["geometry"], d["columns"], (d["offset"][0], d["offset"][1]), d.get("whole", False),
                   d.get("scale", 1.0))

    @property
    def text(self) -> str:
        """JSON of the names."""
        return json.dumps({"table": self.table, "id": self.id, "geometry": self.geometry, "columns": self.columns,
                           "offset": self.offset, "whole": self.whole, "scale": self.scale}, ensure_ascii=False)

    def extended(self, collection: Collection) -> Layout:
        """The layout after fields were added."""
        taken = {name.casefold() for name in (*self.columns.values(), self.id, self.geometry, "fid")}
        columns = dict(self.columns)
        for field in collection.schema:
            if field.name not in columns:
                columns[field.name] = _free(field.name, taken)
                taken.add(columns[field.name].casefold())
        return replace(self, collection=collection, columns=columns)

    @property
    def schema(self) -> Schema:
        """The Collection's schema."""
        return self.collection.schema

    @property
    def rtree(self) -> str:
        """The standard two-dimensional index."""
        return f"rtree_{self.table}_{self.geometry}"

    @property
    def boxes(self) -> str:
        """Our index of boxes with heights; "" where there are no heights."""
        return f"csdi_boxes_{self.table}" if self.geometry and (self.schema.has_z or self.schema.levels) else ""

    @property
    def texts(self) -> str:
        """GeoJSON geometries in CRS84 and, where `whole`, all stored properties as JSON; "" without geometry."""
        return f"csdi_geojson_{self.table}" if self.geometry else ""

    @property
    def words(self) -> str:
        """The full-text index; "" where no field is full text."""
        return f"csdi_words_{self.table}" if any(f.text for f in self.schema.stored) else ""

    @property
    def counts(self) -> Counts | None:
        """The table of counts; None where nothing is counted."""
        if not self.schema.counted:
            return None
        columns = {name: quoted(self.columns[name]) for name in counted_fields(self.schema)}
        return Counts(quoted(self.counts_table), quoted(self.table), f"csdi_counted_{self.table}", columns, self.schema.counted)

    @property
    def counts_table(self) -> str:
        """Name of the table of counts, whether or not it is there."""
        return f"csdi_counts_{self.table}"

    def column_type(self, field: Field) -> str:
        """SQL type of a field's column."""
        return _COLUMN_TYPES[field.type]


def _free(name: str, taken: set[str]) -> str:
    """The name, or the first of name_1, name_2, ... that is not taken."""
    free, number = name, 0
    while free.casefold() in taken:
        number += 1
        free = f"{name}_{number}"
    return free


def _free_table(name: str, taken: Iterable[str]) -> str:
    """The name, or the first of name_1, name_2, ... whose tables, present and to come, do not meet those of the tables `taken`."""
    known = {one for other in taken for one in _tables_of(other.casefold())}
    free, number = name, 0
    while not known.isdisjoint(_tables_of(free)):
        number += 1
        free = f"{name}_{number}"
    return free


def _tables_of(table: str) -> Iterator[str]:
    """The names that a feature table and its side tables may ever have."""
    yield table
    for side in _SIDES:
        yield f"csdi_{side}_{table}"
        yield from (f"csdi_{side}_{table}_{part}" for part in _PARTS)
