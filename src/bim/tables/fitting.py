"""Fitting: a row holds what its Collection can keep; what an instance states against its schema is left out and found."""

from __future__ import annotations

import math
from functools import cache
from typing import Any

from bim.schemas import bim_collections
from csdi.feature import FieldType
from csdi.store.values import misfit

Row = dict[str, Any]
Unfit = tuple[str, str]
"""A field of a row, `part_of.name`, and why its value does not fit."""


def fitted(row: Row) -> tuple[Row, list[Unfit]]:
    """The row with every value that its field cannot hold set to null, in lists and objects the smallest part that does not fit."""
    if _fits(row):
        return row, []
    kinds = _kinds()
    wrong = {name: why for name, value in row.items() if (why := misfit(value, kinds.get(name, FieldType.JSON)))}
    kept = dict(row)
    unfit: list[Unfit] = []
    for name, why in wrong.items():
        if kinds.get(name, FieldType.JSON) is FieldType.JSON:
            kept[name] = _json(row[name], name, unfit)
        else:
            kept[name] = None
            unfit.append((name, why))
    return kept, unfit


def _fits(row: Row) -> bool:
    """Whether every value fits; text and JSON are tried all together, as nearly all rows fit."""
    kinds = _kinds()
    together: list[Any] = []
    for name, value in row.items():
        if value is None:
            continue
        kind = kinds.get(name, FieldType.JSON)
        if kind is FieldType.JSON or (kind is FieldType.STRING and isinstance(value, str)):
            together.append(value)
        elif misfit(value, kind):
            return False
    return not misfit(together, FieldType.JSON)


@cache
def _kinds() -> dict[str, FieldType]:
    """Field -> type; a name has one type in all Collections of parts of a model."""
    return {field.name: field.type for one in bim_collections() if one.id != "models" for field in one.schema.stored}


def _json(value: Any, path: str, unfit: list[Unfit]) -> Any:
    """The value with null for every part that JSON does not have; what these are is added to `unfit`."""
    if isinstance(value, dict):
        return {_named(name, path, unfit): _json(part, f"{path}.{name}", unfit) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_json(part, f"{path}[{at}]", unfit) for at, part in enumerate(value)]
    if why := _why(value):
        unfit.append((path, why))
        return None
    return value


def _named(name: Any, path: str, unfit: list[Unfit]) -> str:
    """The name as text that can be kept."""
    if why := misfit(name, FieldType.STRING):
        unfit.append((f"the name of a part of {path}", why))
        return str(name).replace("\x00", "").encode(errors="replace").decode()
    return str(name)


def _why(value: Any) -> str:
    if isinstance(value, float):
        return "" if math.isfinite(value) else "is not a finite number"
    if isinstance(value, str):
        return misfit(value, FieldType.STRING)
    return misfit(value, FieldType.JSON)
