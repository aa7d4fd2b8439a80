"""Columns of Arrow tables as fields: their types, usable names, and values that JSON can hold."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from typing import Any

import pyarrow as pa

from csdi.extent import rfc3339
from csdi.feature import Field, FieldType
from csdi.finding import Finding


def fields_of(info: Mapping[str, Any], arrow: pa.Schema, layer: str) \
        -> tuple[tuple[Field, ...], dict[str, str], tuple[Finding, ...]]:
    """Published fields, their columns, and what had to be renamed or left out."""
    fields: list[Field] = []
    columns: dict[str, str] = {}
    findings: list[Finding] = []
    taken: set[str] = set()
    subtypes = dict(zip(info["fields"], info.get("ogr_subtypes", []), strict=False))
    for column in info["fields"]:
        kind = _field_type(arrow.field(column).type, str(subtypes.get(column, "")))
        if kind is None:
            findings.append(Finding("field-left-out", "warning", f"the binary column '{column}' is not published", layer))
            continue
        name = _free_name(str(column), taken)
        if name != column:
            findings.append(Finding("field-renamed", "note", f"column '{column}' is published as '{name}'", layer))
        taken.add(name.casefold())
        fields.append(Field(name, kind, text=kind is FieldType.STRING))
        columns[name] = str(column)
    return tuple(fields), columns, tuple(findings)


def _free_name(column: str, taken: set[str]) -> str:
    """The column's name, made usable: no control characters or double quotes, at most 63 characters, unlike the others."""
    base = "".join("_" if ord(c) < 32 or c == '"' else c for c in column)[:60].strip() or "field"
    name, n = base, 2
    while name.casefold() in taken:
        name, n = f"{base}_{n}", n + 1
    return name


def _field_type(kind: pa.DataType, subtype: str) -> FieldType | None:
    if subtype == "OFSTJSON" or pa.types.is_nested(kind):
        return FieldType.JSON
    if pa.types.is_boolean(kind):
        return FieldType.BOOLEAN
    if pa.types.is_integer(kind):
        return FieldType.INTEGER
    if pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return FieldType.NUMBER
    if pa.types.is_date(kind):
        return FieldType.DATE
    if pa.types.is_timestamp(kind):
        return FieldType.DATETIME
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        return None
    return FieldType.STRING


def reader_of(field: Field) -> Callable[[Any], Any]:
    """How a value of this field comes from Arrow to JSON-compatible Python."""
    if field.type is FieldType.NUMBER:
        return lambda v: None if v is None or not math.isfinite(v) else float(v)
    if field.type is FieldType.DATETIME:
        return lambda v: None if v is None else _utc(v)
    if field.type in (FieldType.DATE, FieldType.STRING):
        return lambda v: v if v is None or isinstance(v, str) else str(v)
    if field.type is FieldType.JSON:
        return lambda v: _json(v) if isinstance(v, str) else v
    return lambda v: v


def _utc(moment: Any) -> str:
    return rfc3339(moment) if moment.tzinfo else str(moment.isoformat()) + "Z"


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
