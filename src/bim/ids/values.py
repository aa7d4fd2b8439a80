"""Whether a value of a model is one that an IDS allows: text, numbers with their tolerance, truth values, times."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from functools import lru_cache

from bim.ids.document import Value
from bim.ids.pattern import PatternInvalid, pattern

Plain = str | bool | int | float
"""A value of a model: text, truth, whole number, or number in SI units."""

TOLERANCE = 1e-6
"""A number is the same as x up to `TOLERANCE * |x| + TOLERANCE` from it (IDS implementers' documentation, Precision).

The limit itself counts as the same, as in the official test cases, with room for the rounding of binary numbers.
"""

_ROUNDING = 1e-9

_LEXICAL = {
    "anyURI": re.compile(r"\S+"),
    "boolean": re.compile(r"true|false|0|1"),
    "date": re.compile(r"\d{4}-\d{2}-\d{2}(Z|[+-]\d{2}:\d{2})?"),
    "dateTime": re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})?"),
    "double": re.compile(r"[-+]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][-+]?[0-9]+)?|NaN|[+-]?INF"),
    "duration": re.compile(r"[-+]?P(?=.)(\d+Y)?(\d+M)?(\d+W)?(\d+D)?(T(?=\d)(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?"),
    "integer": re.compile(r"[+-]?\d+"),
    "string": re.compile(r"[\s\S]*"),
    "time": re.compile(r"\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})?"),
}
_DURATION = re.compile(r"(-?)\+?P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?")
_SECONDS = (31_556_952.0, 2_629_746.0, 604_800.0, 86_400.0, 3600.0, 60.0, 1.0)
"""In a mean Gregorian year, a twelfth of it, a week, a day, an hour, a minute and a second."""

BOUNDS = ("minInclusive", "maxInclusive", "minExclusive", "maxExclusive")
"""Constraints that span a range."""

LENGTHS = ("length", "minLength", "maxLength")
"""Constraints on the number of characters."""

_WITHIN: dict[str, Callable[[float, float], bool]] = {
    "minInclusive": lambda value, bound: value >= bound, "maxInclusive": lambda value, bound: value <= bound,
    "minExclusive": lambda value, bound: value > bound, "maxExclusive": lambda value, bound: value < bound,
}
_LONG: dict[str, Callable[[int, int], bool]] = {
    "length": lambda count, limit: count == limit, "minLength": lambda count, limit: count >= limit,
    "maxLength": lambda count, limit: count <= limit,
}


def is_written_as(text: str, base: str) -> bool:
    """Whether a text is one of an XML base type (`double`, without prefix); of a base that is not known, every text is."""
    form = _LEXICAL.get(base)
    if form is None:
        return True
    if form.fullmatch(text) is None:
        return False
    return base not in ("date", "dateTime", "time") or _moment(text) is not None


def bases() -> tuple[str, ...]:
    """The XML base types that a restriction can have."""
    return tuple(_LEXICAL)


def same_number(value: float, wanted: float) -> bool:
    """Whether two numbers are the same within `TOLERANCE`."""
    return value == wanted or abs(value - wanted) <= (TOLERANCE * abs(wanted) + TOLERANCE) * (1.0 + _ROUNDING)


@dataclass(frozen=True, slots=True)
class Allowed:
    """The values that one parameter of a facet allows."""

    value: Value

    def name(self, text: str) -> bool:
        """Whether it allows a name: of a class, set, property, attribute, system or material."""
        return self.holds(text)

    def among(self, names: frozenset[str]) -> frozenset[str]:
        """Which of some names it allows."""
        literals = self.value.literals
        known = names.intersection(literals) if literals else names
        return frozenset(one for one in known if self.holds(one))

    def holds(self, plain: Plain) -> bool:
        """Whether it allows a value."""
        value = self.value
        if value.simple is not None:
            return _is(plain, value.simple)
        kinds = {kind for kind, _ in value.constraints}
        return bool(kinds) and all(self._within(plain, kind) for kind in kinds)

    @property
    def spans(self) -> bool:
        """Whether it is a range, which all values of a list must keep."""
        return any(kind in BOUNDS for kind, _ in self.value.constraints)

    def _within(self, plain: Plain, kind: str) -> bool:
        limits = self.value.of(kind)
        if kind == "enumeration":
            return any(_is(plain, limit) for limit in limits)
        if kind == "pattern":
            return isinstance(plain, str) and any(_fits(plain, limit) for limit in limits)
        if kind in BOUNDS:
            return all(_bounded(plain, kind, limit) for limit in limits)
        if kind in LENGTHS:
            text = plain if isinstance(plain, str) else str(plain)
            return all(_whole(limit) is not None and _LONG[kind](len(text), int(limit)) for limit in limits)
        return all(_digits(plain, kind, limit) for limit in limits) if kind != "whiteSpace" else True


@lru_cache(maxsize=1 << 14)
def allowed(value: Value) -> Allowed:
    """The values that a parameter allows, made once."""
    return Allowed(value)


def _is(plain: Plain, wanted: str) -> bool:
    if isinstance(plain, str):
        return plain == wanted
    if isinstance(plain, bool):
        return wanted in (("true", "1") if plain else ("false", "0"))
    number = _number(wanted)
    if number is None:
        return False
    return plain == number if isinstance(plain, int) else same_number(plain, number)


def _fits(text: str, wanted: str) -> bool:
    try:
        return pattern(wanted).matches(text)
    except PatternInvalid:
        return False


def _bounded(plain: Plain, kind: str, limit: str) -> bool:
    if isinstance(plain, bool):
        return False
    value, bound = (_moment(plain), _moment(limit)) if isinstance(plain, str) else (float(plain), _number(limit))
    return value is not None and bound is not None and _WITHIN[kind](value, bound)


def _digits(plain: Plain, kind: str, limit: str) -> bool:
    """Whether a number has no more digits than a limit, all of them or those behind the point."""
    if isinstance(plain, str | bool) or _whole(limit) is None:
        return False
    try:
        stated = Decimal(repr(plain)).normalize().as_tuple()
    except InvalidOperation:
        return False
    exponent = stated.exponent if isinstance(stated.exponent, int) else 0
    behind = max(0, -exponent)
    return (behind if kind == "fractionDigits" else max(len(stated.digits) + max(0, exponent), behind)) <= int(limit)


def _whole(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() else None


@lru_cache(maxsize=1 << 12)
def _number(text: str) -> float | None:
    if _LEXICAL["double"].fullmatch(text) is None:
        return None
    return float(text.replace("INF", "inf"))


@lru_cache(maxsize=1 << 12)
def _moment(text: str) -> float | None:
    """Where a date, time or duration stands among those of its kind, in seconds; None for another text."""
    span = _DURATION.fullmatch(text)
    if span is not None and len(text.lstrip("+-")) > 1:
        parts = [float(part or 0) for part in span.groups()[1:]]
        length = sum(part * seconds for part, seconds in zip(parts, _SECONDS, strict=True))
        return -length if span[1] else length
    try:
        if "T" in text or " " in text:
            return (datetime.fromisoformat(text).replace(tzinfo=None) - datetime(1, 1, 1)).total_seconds()
        if ":" in text and "-" not in text[:8]:
            clock = time.fromisoformat(text)
            return clock.hour * 3600.0 + clock.minute * 60.0 + clock.second + clock.microsecond * 1e-6
        return date.fromisoformat(text[:10]).toordinal() * 86_400.0
    except ValueError:
        return None
