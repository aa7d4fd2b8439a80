"""Terms: a filter bound to one Schema. Every node has a type, and only a small set of operators is left.

Operators of `Call`: and or not, = <> < <= > >=, in, isnull, like, casei accenti, + - * / % div ^, day_start day_end,
s_intersects and its seven siblings, a_equals a_contains a_containedby a_overlaps, and near (geometry, lowest and highest level of
the Feature, a Place, metres). BETWEEN, intervals and the functions of time are lowered to these.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from csdi.feature import Field, FieldType


class Type(StrEnum):
    """What a term yields, besides NULL."""

    BOOLEAN = "boolean"
    STRING = "string"
    NUMBER = "number"
    DATE = "date"
    DATETIME = "datetime"
    ARRAY = "array"
    GEOMETRY = "geometry"
    PLACE = "place"


TYPE_OF = {FieldType.STRING: Type.STRING, FieldType.INTEGER: Type.NUMBER, FieldType.NUMBER: Type.NUMBER,
           FieldType.BOOLEAN: Type.BOOLEAN, FieldType.DATE: Type.DATE, FieldType.DATETIME: Type.DATETIME,
           FieldType.JSON: Type.ARRAY}

SPATIAL = frozenset({"s_intersects", "s_disjoint", "s_equals", "s_touches", "s_crosses", "s_within", "s_contains",
                     "s_overlaps"})
NEAR = "near"
ARRAYS = frozenset({"a_equals", "a_contains", "a_containedby", "a_overlaps"})
COMPARISONS = frozenset({"=", "<>", "<", "<=", ">", ">="})
ARITHMETIC = frozenset({"+", "-", "*", "/", "%", "div", "^"})


@dataclass(frozen=True, slots=True)
class Column:
    """A property. `field` is None for the Feature's own id and geometry."""

    name: str
    type: Type
    field: Field | None = None


@dataclass(frozen=True, slots=True)
class Constant:
    """A value: dates and times as keys, arrays as lists, geometries as shapely objects in the storage CRS, places as `nearness.Place`."""

    value: Any
    type: Type


@dataclass(frozen=True, slots=True)
class Call:
    """An operator with its arguments."""

    name: str
    args: tuple[Term, ...]
    type: Type = Type.BOOLEAN


Term = Column | Constant | Call

ID = Column("id", Type.STRING)
GEOMETRY = Column("geometry", Type.GEOMETRY)


def conjuncts(term: Term | None) -> Iterator[Term]:
    """What must hold, all of it."""
    if isinstance(term, Call) and term.name == "and":
        for arg in term.args:
            yield from conjuncts(arg)
    elif term is not None:
        yield term


def both(*terms: Term | None) -> Term | None:
    """The conjunction of the terms that are given; None for none."""
    given = [term for term in terms if term is not None]
    flat = [part for term in given for part in (term.args if isinstance(term, Call) and term.name == "and" else (term,))]
    return flat[0] if len(flat) == 1 else Call("and", tuple(flat)) if flat else None


def columns(term: Term | None) -> Iterator[Column]:
    """Every property that a term mentions."""
    if isinstance(term, Column):
        yield term
    elif isinstance(term, Call):
        for arg in term.args:
            yield from columns(arg)
