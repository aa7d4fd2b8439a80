"""Evaluating: a bound filter on one Feature in Python, with SQL's three-valued logic."""

from __future__ import annotations

import json
import math
import operator
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry

from csdi.feature import Field, FieldType
from csdi.filter import instants, nearness
from csdi.filter.terms import ARITHMETIC, ARRAYS, COMPARISONS, GEOMETRY, ID, NEAR, SPATIAL, Call, Column, Constant, Term, Type


@dataclass(frozen=True, slots=True)
class Row:
    """What a filter sees of a Feature: geometry in the storage CRS, properties as a store keeps them."""

    id: str
    geometry: BaseGeometry | None
    properties: Mapping[str, Any]


Evaluator = Callable[[Row], Any]


def matches(term: Term) -> Callable[[Row], bool]:
    """A function that says whether a Feature fulfils the condition; unknown is no."""
    evaluator = evaluate(term)
    return lambda row: evaluator(row) is True


def evaluate(term: Term) -> Evaluator:
    """A function that yields the value of a term for a Feature, None for NULL."""
    if isinstance(term, Constant):
        value = term.value
        return lambda _row: value
    if isinstance(term, Column):
        return _column(term)
    args = [evaluate(arg) for arg in term.args]
    if term.name in ("and", "or"):
        return _junction(args, decisive=term.name == "or")
    if term.name == "isnull":
        return lambda row: args[0](row) is None
    if term.name == "in":
        return _member(args[0], args[1:])
    if term.name in SPATIAL:
        return _spatial(term, args)
    if term.name == NEAR:
        place, metres = (arg.value for arg in term.args[3:] if isinstance(arg, Constant))
        return nearness.near(place, metres, args[:3])
    return _strict(_FUNCTIONS[term.name], args)


def casei(text: str) -> str:
    """The text without differences of case."""
    return text.casefold()


def accenti(text: str) -> str:
    """The text without accents."""
    bare = "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))
    return unicodedata.normalize("NFC", bare)


def like(text: str, pattern: str) -> bool:
    r"""Whether the text fits the pattern: % any run, _ any one character, \ takes the next one literally."""
    return _like_pattern(pattern).fullmatch(text) is not None


def divide(a: float, b: float) -> float | None:
    """Quotient; None for division by zero."""
    return a / b if b else None


def whole_divide(a: float, b: float) -> float | None:
    """Quotient without its fraction; None for division by zero."""
    return float(math.trunc(a / b)) if b else None


def modulo(a: float, b: float) -> float | None:
    """Remainder with the sign of the dividend; None for division by zero."""
    return math.fmod(a, b) if b else None


def power(a: float, b: float) -> float | None:
    """Power; None where it is not a real number."""
    try:
        result = float(a) ** float(b)
    except (OverflowError, ZeroDivisionError):
        return None
    return result if isinstance(result, float) else None


def arrays(name: str, a: Any, b: Any) -> bool | None:
    """A comparison of two arrays as sets; None where one is not an array."""
    if not isinstance(a, list) or not isinstance(b, list):
        return None
    first, second = {_member_key(item) for item in a}, {_member_key(item) for item in b}
    answers = {"a_equals": first == second, "a_contains": first >= second, "a_containedby": first <= second,
            "a_overlaps": bool(first & second)}
    return answers[name]


def spatial(name: str, a: BaseGeometry, b: BaseGeometry) -> bool:
    """A relation of two geometries in one CRS, in two dimensions."""
    return bool(getattr(shapely, name[2:])(a, b))


def derived(field: Field, properties: Mapping[str, Any]) -> Any:
    """The value of a derived field: what lies at its path, if it has the field's type; times as keys."""
    value: Any = properties
    for step in field.path:
        if not isinstance(value, Mapping):
            return None
        value = value.get(step)
    match field.type:
        case FieldType.STRING:
            return value if isinstance(value, str) else None
        case FieldType.BOOLEAN:
            return value if isinstance(value, bool) else None
        case FieldType.INTEGER:
            return value if isinstance(value, int) and not isinstance(value, bool) else None
        case FieldType.NUMBER:
            return value if isinstance(value, int | float) and not isinstance(value, bool) else None
        case FieldType.JSON:
            return value
    return _derived_time(field.type, value)


def _derived_time(type_: FieldType, value: Any) -> str | None:
    if not isinstance(value, str):
        return None
    try:
        key = instants.datetime_key(value)
    except ValueError:
        return None
    return key[:10] if type_ is FieldType.DATE else key


def _column(column: Column) -> Evaluator:
    if column is ID or column == ID:
        return lambda row: row.id
    if column == GEOMETRY:
        return lambda row: row.geometry
    field, name = column.field, column.name
    if field is not None and field.path:
        return lambda row: derived(field, row.properties)
    if column.type is Type.DATETIME:
        return lambda row: None if (value := row.properties.get(name)) is None else instants.key_of(value)
    return lambda row: row.properties.get(name)


def _junction(args: list[Evaluator], *, decisive: bool) -> Evaluator:
    """AND (decided by a false) or OR (decided by a true)."""
    def value(row: Row) -> bool | None:
        unknown = False
        for arg in args:
            found = arg(row)
            if found is decisive:
                return bool(found)
            unknown = unknown or found is None
        return None if unknown else not decisive
    return value


def _member(value: Evaluator, items: list[Evaluator]) -> Evaluator:
    def found(row: Row) -> bool | None:
        wanted = value(row)
        if wanted is None:
            return None
        given = [item(row) for item in items]
        if wanted in given:
            return True
        return None if None in given else False
    return found


def _spatial(term: Call, args: list[Evaluator]) -> Evaluator:
    for arg in term.args:
        if isinstance(arg, Constant):
            shapely.prepare(arg.value)
    name = term.name
    return _strict(lambda a, b: spatial(name, a, b), args)


def _strict(function: Callable[..., Any], args: list[Evaluator]) -> Evaluator:
    """NULL in, NULL out."""
    def value(row: Row) -> Any:
        given = [arg(row) for arg in args]
        return None if any(item is None for item in given) else function(*given)
    return value


@lru_cache(maxsize=256)
def _like_pattern(pattern: str) -> re.Pattern[str]:
    parts = re.findall(r"\\.|.", pattern, re.DOTALL)
    wild = {"%": ".*", "_": "."}
    return re.compile("".join(wild.get(p) or re.escape(p[1:] if p[0] == "\\" and len(p) > 1 else p) for p in parts),
                      re.DOTALL)


def _member_key(item: Any) -> Any:
    if isinstance(item, bool) or item is None:
        return (type(item).__name__, item)
    return item if isinstance(item, str | int | float) else json.dumps(item, sort_keys=True)


def _finite(function: Callable[[Any, Any], Any]) -> Callable[[Any, Any], float | None]:
    def value(a: Any, b: Any) -> float | None:
        return float(function(float(a), float(b)))
    return value


_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "not": operator.not_, "=": operator.eq, "<>": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt,
    ">=": operator.ge, "like": like, "casei": casei, "accenti": accenti, "+": _finite(operator.add),
    "-": _finite(operator.sub), "*": _finite(operator.mul), "/": divide, "div": whole_divide, "%": modulo, "^": power,
    "day_start": instants.day_start, "day_end": instants.day_end,
    **{name: lambda a, b, name=name: arrays(name, a, b) for name in ARRAYS},
}
assert set(_FUNCTIONS) >= ARITHMETIC | COMPARISONS
