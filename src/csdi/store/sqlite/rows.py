"""Rows of the GeoPackage as Features."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from csdi.feature import Feature, Field, FieldType
from csdi.filter.instants import rfc3339_of
from csdi.store.base import Columns
from csdi.store.sqlite import blob


def features_of(fields: list[Field], rows: list[tuple[Any, ...]], *, shape: bool) -> list[Feature]:
    """Features from rows of id, fields and, last, geometry."""
    if not rows:
        return []
    columns = list(zip(*rows, strict=True))
    geometries = blob.decoded(columns[-1]) if shape else [None] * len(rows)
    converted = [_values(field, column) for field, column in zip(fields, columns[1:len(fields) + 1], strict=True)]
    names = [field.name for field in fields]
    properties = [dict(zip(names, values, strict=True)) for values in zip(*converted, strict=True)] if fields else [
        {} for _ in rows]
    return [Feature(*parts) for parts in zip(columns[0], geometries, properties, strict=True)]


def columns_of(fields: list[Field], rows: list[tuple[Any, ...]], *, more: bool) -> Columns:
    """The same rows side by side."""
    columns: list[Any] = list(zip(*rows, strict=True)) if rows else [()] * (len(fields) + 2)
    properties = {field.name: _values(field, column) for field, column in zip(fields, columns[1:], strict=False)}
    return Columns(columns[0], blob.decoded(columns[-1]), properties, more)


def _values(field: Field, column: tuple[Any, ...]) -> list[Any] | tuple[Any, ...]:
    convert = _CONVERTERS.get(field.type)
    if convert is None:
        return column
    return [None if value is None else convert(value) for value in column] if None in column else list(map(convert, column))


def time_of(stored: str) -> str:
    """A stored time as `Feature` has it."""
    return rfc3339_of(stored.removesuffix("Z"))


_CONVERTERS: dict[FieldType, Callable[[Any], Any]] = {
    FieldType.BOOLEAN: bool, FieldType.JSON: json.loads, FieldType.NUMBER: float, FieldType.DATETIME: time_of}
