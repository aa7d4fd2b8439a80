"""What the CQL2 try-out of a Collection offers: its properties with real values, and filters made from them that find something."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median_low
from typing import Any

from csdi.collection import Collection
from csdi.crs import transform
from csdi.errors import CsdiError
from csdi.feature import Feature, Field, FieldType
from csdi.filter import Expression, Instant, Items, Literal, Op, Property, parse_text, to_text
from csdi.query import Query
from csdi.store.base import Reader

LOOKED_AT = 200
"""Features whose values are looked at."""
SHOWN = 6
"""Values of each property that are shown."""
LONGEST = 60
"""Characters of the longest value that is shown or filtered by."""
MOST = 9
"""Filters that are offered."""
_NUMBERS = (FieldType.INTEGER, FieldType.NUMBER)
_TIMES = (FieldType.DATE, FieldType.DATETIME)
_NAME = re.compile(r'"([A-Za-z_]\w*)"')


@dataclass(frozen=True, slots=True)
class Tried:
    """A property that filters may name.

    Attributes:
        spelled: its name as CQL2 text has it.
        values: some of its values as CQL2 text, most frequent first.
    """

    name: str
    spelled: str
    title: str
    type: str
    unit: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Tryout:
    """What the page shows."""

    properties: tuple[Tried, ...]
    filters: tuple[str, ...]


def tryout(reader: Reader, collection: Collection, language: str) -> Tryout:
    """The try-out of a Collection, from its first Features."""
    features = reader.search(collection.id, Query(limit=LOOKED_AT, count=False)).features
    fields = [f for f in collection.schema if f.type is not FieldType.JSON]
    values = {f.name: _values(f, features) for f in fields}
    properties = tuple(Tried(f.name, spelled(Property(f.name)), f.title.get(language) or f.title.get("en") or "", str(f.type), f.unit,
                             tuple(spelled(_literal(f, value)) for value in values[f.name][:SHOWN])) for f in fields)
    wanted = dict.fromkeys(one if isinstance(one, str) else spelled(one) for one in _filters(collection, fields, values, features))
    return Tryout(properties, tuple(wanted)[:MOST])


def spelled(expression: Expression) -> str:
    """The expression as CQL2 text, without the quotes around names where it means the same without them.

    >>> spelled(Op("=", (Property("floor"), Literal(2)))), spelled(Property("and"))
    ('floor = 2', '"and"')
    """
    quoted = to_text(expression)
    bare = _NAME.sub(r"\1", quoted)
    whole, plain = (f"({text}) = 1" if isinstance(expression, Property) else text for text in (quoted, bare))
    try:
        return bare if parse_text(plain) == parse_text(whole) else quoted
    except CsdiError:
        return quoted


def _values(field: Field, features: Sequence[Feature]) -> list[Any]:
    """Distinct values that are short enough to be shown, most frequent first."""
    seen = Counter(value for one in features if (value := one.properties.get(field.name)) is not None
                   and value != "" and len(str(value)) <= LONGEST)
    return [value for value, _ in seen.most_common()]


def _literal(field: Field, value: Any) -> Expression:
    return Instant(str(value)) if field.type in _TIMES else Literal(value)


def _filters(collection: Collection, fields: Sequence[Field], values: dict[str, list[Any]],
             features: Sequence[Feature]) -> Iterator[Expression | str]:
    """Filters of every kind that the data allow, the simple ones first; each is true of at least one Feature."""
    by_kind = [(f, values[f.name]) for f in fields if values[f.name]]
    texts = [pair for pair in by_kind if pair[0].type is FieldType.STRING]
    numbers = [pair for pair in by_kind if pair[0].type in _NUMBERS]
    times = [pair for pair in by_kind if pair[0].type in _TIMES]
    texts.sort(key=lambda pair: len(pair[1]) == len(features))  # names that no two share come last
    yield from _of_texts(texts)
    yield from _of_numbers(numbers)
    if times:
        field, found = times[0]
        yield Op(">=", (Property(field.name), _literal(field, median_low(sorted(found)))))
    if near := _near(collection, features):
        yield near
    yield from _together(texts, numbers, features)
    if empty := next((f for f in fields if any(one.properties.get(f.name) is None for one in features) and not f.path), None):
        yield Op("isnull", (Property(empty.name),))


def _of_texts(texts: Sequence[tuple[Field, list[Any]]]) -> Iterator[Expression]:
    for field, found in texts[:1]:
        yield Op("=", (Property(field.name), Literal(found[0])))
        if len(found) > 1:
            yield Op("in", (Property(field.name), Items((Literal(found[0]), Literal(found[1])))))
    for field, found in texts[-1:]:
        start = str(found[0])[:1 if ord(str(found[0])[0]) > 0x2E80 else 3]
        if not set(start) & set("%_\\"):
            yield Op("like", (Property(field.name), Literal(f"{start}%")))


def _of_numbers(numbers: Sequence[tuple[Field, list[Any]]]) -> Iterator[Expression]:
    for field, found in numbers[:2]:
        yield Op(">=", (Property(field.name), Literal(median_low(sorted(found)))))
    for field, found in numbers[:1]:
        ranked = sorted(found)
        yield Op("between", (Property(field.name), Literal(ranked[len(ranked) // 4]), Literal(ranked[-1 - len(ranked) // 4])))


def _near(collection: Collection, features: Sequence[Feature]) -> str:
    """Features that meet the box around the first one, in CRS84."""
    shape = next((one.geometry for one in features if one.geometry is not None and not one.geometry.is_empty), None)
    if shape is None:
        return ""
    west, south, east, north = transform(collection.storage_crs, "OGC:CRS84").bbox(shape.bounds)[:4]
    margin = 0.0005
    around = ", ".join(f"{number:.6f}" for number in (west - margin, south - margin, east + margin, north + margin))
    return f"S_INTERSECTS(geometry, BBOX({around}))"


def _together(texts: Sequence[tuple[Field, list[Any]]], numbers: Sequence[tuple[Field, list[Any]]],
              features: Sequence[Feature]) -> Iterator[Expression]:
    """Two conditions that one Feature meets."""
    for (text, found), (number, _) in zip(texts[:1], numbers[:1], strict=False):
        measured = [one.properties.get(number.name) for one in features if one.properties.get(text.name) == found[0]]
        if known := [value for value in measured if value is not None]:
            yield Op("and", (Op("=", (Property(text.name), Literal(found[0]))), Op("<=", (Property(number.name), Literal(max(known))))))
