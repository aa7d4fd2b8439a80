"""Metadata in tiles: a thin property table per tile, strings and enums; everything else is asked of the API."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

Json = dict[str, Any]

STRINGS = ("id", "global_id", "name")
ENUMS = ("ifc_class", "storey")
_NONE = "none"


@dataclass(frozen=True, slots=True)
class Row:
    """What a tile says of one element.

    Attributes:
        id: the Feature id, `model:GlobalId`.
        global_id: the GlobalId as in the file.
        name: its name, "" when it has none.
        ifc_class: such as `IfcWall`.
        storey: the storey that holds it, "" when none does.
    """

    id: str
    global_id: str
    name: str
    ifc_class: str
    storey: str

    @classmethod
    def of(cls, properties: Mapping[str, Any]) -> Row:
        """From an element's properties; missing ones are empty."""
        get = properties.get
        return cls(str(get("id") or ""), str(get("global_id") or ""), str(get("name") or ""), str(get("ifc_class") or ""),
                   str(get("storey") or ""))


@dataclass(frozen=True, slots=True)
class Columns:
    """Which attributes of rows are columns of a table.

    Attributes:
        name: the class of the rows.
        strings, enums, numbers: names of attributes; numbers become 32-bit floats, "" in an enum counts as none.
    """

    name: str
    strings: tuple[str, ...]
    enums: tuple[str, ...]
    numbers: tuple[str, ...] = ()


ELEMENTS = Columns("element", STRINGS, ENUMS)


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of one tile, each with the attributes that the columns name; a feature's number is its place in `rows`."""

    rows: Sequence[Any]
    columns: Columns = ELEMENTS


def table_extension(table: Table, store: Callable[[bytes], int]) -> Json:
    """The body of EXT_structural_metadata; `store` keeps bytes and returns the number of their buffer view."""
    columns = table.columns
    enums = {name: sorted({getattr(row, name) or _NONE for row in table.rows}) for name in columns.enums}
    properties = {name: _string_column([getattr(row, name) for row in table.rows], store) for name in columns.strings}
    for name, values in enums.items():
        number = {value: k for k, value in enumerate(values)}
        column = np.array([number[getattr(row, name) or _NONE] for row in table.rows], dtype=np.uint16)
        properties[name] = {"values": store(column.tobytes())}
    for name in columns.numbers:
        properties[name] = {"values": store(np.array([getattr(row, name) for row in table.rows], dtype="<f4").tobytes())}
    return {"schema": _schema(columns, enums),
            "propertyTables": [{"class": columns.name, "count": len(table.rows), "properties": properties}]}


def _schema(columns: Columns, enums: Mapping[str, Sequence[str]]) -> Json:
    strings: Json = {name: {"type": "STRING", "required": True} for name in columns.strings}
    numbered: Json = {
        name: {"type": "ENUM", "enumType": name, **({"noData": _NONE} if _NONE in values else {"required": True})}
        for name, values in enums.items()
    }
    numbers: Json = {name: {"type": "SCALAR", "componentType": "FLOAT32", "required": True} for name in columns.numbers}
    return {
        "id": "csdi",
        "classes": {columns.name: {"properties": strings | numbered | numbers}},
        "enums": {name: {"valueType": "UINT16", "values": [{"name": v, "value": k} for k, v in enumerate(values)]}
                  for name, values in enums.items()},
    }


def _string_column(values: Sequence[str], store: Callable[[bytes], int]) -> Json:
    """UTF-8 end to end, with the places where each begins."""
    encoded = [value.encode() for value in values]
    offsets = np.concatenate([[0], np.cumsum([len(text) for text in encoded])])
    kind, dtype = ("UINT16", np.uint16) if offsets[-1] < 2**16 else ("UINT32", np.uint32)
    return {"values": store(b"".join(encoded) or b"\0"), "stringOffsets": store(offsets.astype(dtype).tobytes()),
            "stringOffsetType": kind}
