"""Layout: which table and columns of the schema `csdi` hold a Collection."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace

from csdi.collection import Collection
from csdi.crs import crs
from csdi.feature import Field, FieldType, Schema
from csdi.store.counted import Counts, counted_fields
from csdi.store.nearness import METRES_PER_DEGREE
from csdi.store.sql import quoted

_TYPES = {FieldType.STRING: 'text COLLATE "C"', FieldType.INTEGER: "bigint", FieldType.NUMBER: "double precision",
          FieldType.BOOLEAN: "boolean", FieldType.DATE: "date", FieldType.DATETIME: "timestamptz", FieldType.JSON: "json"}
_SYSTEM = ("fid", "ctid", "xmin", "xmax", "cmin", "cmax", "tableoid")
_NAME_BYTES = 59
"""PostgreSQL cuts names at 63 bytes; four are kept for a number behind."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Names inside the database. Every table has `fid`, the row number.

    Attributes:
        table: name without schema; each replacement of a Collection gets a new one, so that readers of the old one go on.
        own: our columns `id geometry head tail low high words` -> their names, which step aside for the Collection's fields.
            `head` and `tail` are the Feature as GeoJSON in CRS84, cut before the value of its properties; tables from before that
            have `geojson`, the geometry alone.
        columns: stored field -> column.
        scale: what x and y of the indexed boxes are multiplied by: degrees become about as long as the metres of heights, else the
            index would go by heights alone; 1 in tables from before.
    """

    collection: Collection
    table: str
    own: dict[str, str]
    columns: dict[str, str]
    scale: float = 1.0

    @classmethod
    def of(cls, collection: Collection, number: int) -> Layout:
        """The layout of a new Collection; `number` is the database's own for this table."""
        table = f"{collection.id[:48]}_{number}"
        fields = {f.name: f.name for f in collection.schema.stored if len(f.name.encode()) <= _NAME_BYTES}
        taken = {name for name in fields if name not in _SYSTEM}
        own = {}
        for role, name in (("id", "id"), ("geometry", "geom"), ("head", "csdi_head"), ("tail", "csdi_tail"),
                           ("low", "csdi_low"), ("high", "csdi_high"), ("words", "csdi_words")):
            own[role] = _free(name, taken)
            taken.add(own[role])
        scale = METRES_PER_DEGREE if crs(collection.storage_crs).is_geographic else 1.0
        return cls(collection, table, own, {}, scale).extended(collection)

    @classmethod
    def from_text(cls, collection: Collection, text: str) -> Layout:
        """The layout that `text` wrote."""
        d = json.loads(text)
        return cls(collection, d["table"], d["own"], d["columns"], d.get("scale", 1.0))

    @property
    def text(self) -> str:
        """JSON of the names."""
        return json.dumps({"table": self.table, "own": self.own, "columns": self.columns, "scale": self.scale}, ensure_ascii=False)

    def extended(self, collection: Collection) -> Layout:
        """The layout with columns for the fields that have none yet."""
        taken, columns = {*self.own.values(), *self.columns.values(), *_SYSTEM}, dict(self.columns)
        for number, field in enumerate(collection.schema.stored):
            if field.name not in columns:
                short = field.name if len(field.name.encode()) <= _NAME_BYTES else f"field_{number}"
                columns[field.name] = _free(short, taken)
                taken.add(columns[field.name])
        return replace(self, collection=collection, columns=columns)

    @property
    def schema(self) -> Schema:
        """The Collection's schema."""
        return self.collection.schema

    @property
    def name(self) -> str:
        """The table with its schema, quoted."""
        return f"csdi.{quoted(self.table)}"

    @property
    def srid(self) -> int:
        """PostGIS's number of the horizontal CRS; 0 where it has none."""
        code = crs(self.collection.storage_crs).horizontal.code
        if code == "OGC:CRS84":
            return 4326
        return int(code.removeprefix("EPSG:")) if code.startswith("EPSG:") else 0

    @property
    def whole(self) -> bool:
        """Whether Features are kept as GeoJSON, too."""
        return "head" in self.own

    @property
    def has_heights(self) -> bool:
        """Whether Features have levels or z."""
        return bool(self.schema.geometry) and (self.schema.has_z or self.schema.levels is not None)

    @property
    def has_words(self) -> bool:
        """Whether a field is full text."""
        return any(f.text for f in self.schema.stored)

    @property
    def counts(self) -> Counts | None:
        """The table of counts; None where nothing is counted."""
        if not self.schema.counted:
            return None
        columns = {name: quoted(self.columns[name]) for name in counted_fields(self.schema)}
        return Counts(self.counts_table, self.name, f"{self.table[-50:]}_counted", columns, self.schema.counted)

    @property
    def counts_table(self) -> str:
        """The table of counts with its schema, quoted, whether or not it is there."""
        return f"csdi.{quoted(f'{self.table[-52:]}_counts')}"

    def column(self, field: Field) -> str:
        """A stored field's column, quoted."""
        return quoted(self.columns[field.name])

    def mine(self, role: str) -> str:
        """One of our own columns, quoted."""
        return quoted(self.own[role])

    def definition(self, field: Field) -> str:
        """A stored field's column with its type."""
        return f"{self.column(field)} {_TYPES[field.type]}"


def _free(name: str, taken: set[str]) -> str:
    """The name, or the first of name_1, name_2, ... that is not taken."""
    free, number = name, 0
    while free in taken:
        number += 1
        free = f"{name}_{number}"
    return free
