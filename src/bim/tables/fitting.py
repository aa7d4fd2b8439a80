"""Fitting: a row holds what its Collection can keep; what an instance states against its schema is left out and found."""

from __future__ import annotations

import math
from functools import cache
from types import NoneType
from typing import Any

from bim.schemas import bim_collections
from csdi.feature import FieldType
from csdi.store.values import misfit

Row = dict[str, Any]
Unfit = tuple[str, str]
"""A field of a row, `part_of.name`, and why its value does not fit."""
_TEXT = frozenset({str, NoneType})


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
    texts, documents, others = _by_kind(tuple(row))
    said = [row[name] for name in texts]
    if not _TEXT.issuperset(map(type, said)) or any(misfit(row[name], kind) for name, kind in others):
        return False
    return not misfit([said, [row[name] for name in documents]], FieldType.JSON)


@cache
def _by_kind(names: tuple[str, ...]) -> tuple[list[str], list[str], list[tuple[str, FieldType]]]:
    """The names of text, those of JSON, and the others with their types."""
    kinds = {name: _kinds().get(name, FieldType.JSON) for name in names}
    together = (FieldType.STRING, FieldType.JSON)
    texts, documents = ([name for name, kind in kinds.items() if kind is one] for one in together)
    return texts, documents, [(name, kind) for name, kind in kinds.items() if kind not in together]


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
