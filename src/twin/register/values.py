"""Values of Assets: where a model states them, and what a text stands for."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from fnmatch import translate
from math import isfinite
from typing import Any

_MOST_KNOWN = 2000
_NOTHING: Mapping[str, Any] = {}
_NUMBER = re.compile(r"\s*([-+]?\d+(?:[.,]\d+)?(?:[eE][-+]?\d+)?)\s*(?:[^\d].*)?$", re.DOTALL)
_DURATION = re.compile(r"P(?:(\d+(?:\.\d+)?)Y)?(?:(\d+(?:\.\d+)?)M)?(?:(\d+(?:\.\d+)?)W)?(?:(\d+(?:\.\d+)?)D)?(?:T.*)?$")
_DAY_FIRST = re.compile(r"(\d{1,2})[/.](\d{1,2})[/.](\d{4})$")
_PLACEHOLDERS = frozenset({"", "-", "--", "?", "n/a", "na", "none", "null", "tbc", "tbd", "to be confirmed", "unknown", "undefined",
                           "notdefined", "not defined", "unset", "default", "xxx"})
_YES, _NO = frozenset({"true", "yes", "y", "1", "t", "是", "有"}), frozenset({"false", "no", "n", "0", "f", "否", "無", "无"})
_DAYS_PER_YEAR = 365.25

Row = Mapping[str, Any]


class Statements:
    """Finds what rows state by sources; it remembers where a source lies in rows of the same make."""

    def __init__(self) -> None:
        self._makes: dict[tuple[Any, ...], dict[tuple[str, ...], tuple[tuple[str, str], ...]]] = {}
        self._tests: dict[str, tuple[Callable[[str], Any], Callable[[str], Any]]] = {}
        self._latest: Mapping[str, Any] | None = None
        self._known: dict[tuple[str, ...], tuple[tuple[str, str], ...]] = {}

    def value(self, row: Row, sources: tuple[str, ...]) -> Any:
        """The first value that a row states at one of the sources; None where it states none. Numbers with units are in SI units."""
        psets: Mapping[str, Mapping[str, Any]] = row.get("psets") or _NOTHING
        if psets is not self._latest:
            self._latest, self._known = psets, self._of_make(tuple((name, tuple(values)) for name, values in psets.items()))
        places = self._known.get(sources)
        if places is None:
            places = self._known[sources] = tuple(place for source in sources for place in self._places(source, psets))
        for pset, name in places:
            found = _field(row, name) if not pset else _measured(row, pset, name)
            if not _is_placeholder(found, name):
                return found
        return None

    def _of_make(self, make: tuple[Any, ...]) -> dict[tuple[str, ...], tuple[tuple[str, str], ...]]:
        """Where sources lie in rows of a make."""
        if len(self._makes) >= _MOST_KNOWN:
            self._makes.clear()
        return self._makes.setdefault(make, {})

    def _places(self, source: str, psets: Mapping[str, Mapping[str, Any]]) -> list[tuple[str, str]]:
        if source.startswith("@"):
            return [("", source[1:])]
        if source not in self._tests:
            pset, _, name = source.partition(".")
            self._tests[source] = tuple(re.compile(translate(part), re.IGNORECASE).match for part in (pset, name))  # type: ignore[assignment]
        of_set, of_name = self._tests[source]
        return [(pset, name) for pset, values in psets.items() if of_set(pset) for name in values if of_name(name)]


def converted(value: Any, type: str) -> Any:
    """The value as a type of a template; None where it cannot be one."""
    if isinstance(value, list):
        value = value[0] if len(value) == 1 else ", ".join(map(str, value))
    if isinstance(value, Mapping):
        return None
    if type == "date":
        return day(value)
    if type == "boolean":
        said = str(value).strip().lower()
        return True if said in _YES else False if said in _NO else None
    if type in ("number", "integer"):
        found = number(value)
        return None if found is None else round(found) if type == "integer" else found
    return str(value).strip() or None


def number(value: Any) -> float | int | None:
    """A number, or the one that a text begins with: `12.5 kW`."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, (int, float)):
        return value if isfinite(value) else None
    found = _NUMBER.match(str(value))
    return float(found[1].replace(",", ".")) if found else None


def day(value: Any) -> str | None:
    """A date as ISO 8601 text, from ISO text with or without a time, from day/month/year, or from seconds since 1970."""
    text = str(value).strip()
    try:
        if isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) > 10_000_000:
            return datetime.fromtimestamp(value).date().isoformat()
        if found := _DAY_FIRST.match(text):
            return date(int(found[3]), int(found[2]), int(found[1])).isoformat()
        return date.fromisoformat(text[:10]).isoformat() if len(text) >= 8 else None
    except (ValueError, OverflowError, OSError):
        return None


def years(value: Any) -> float | None:
    """Years of a duration: `P5Y6M` (ISO 8601), a number of years, or of seconds where it is too large for years."""
    if isinstance(value, str) and (found := _DURATION.match(value.strip().upper())) and any(found.groups()):
        y, m, w, d = (float(part or 0) for part in found.groups())
        return round(y + m / 12 + (7 * w + d) / _DAYS_PER_YEAR, 4)
    said = number(value)
    if said is None or said <= 0:
        return None
    return said if said <= 1000 else round(said / 86400 / _DAYS_PER_YEAR, 4)


def later(start: str, by_years: float) -> str:
    """The date so many years after an ISO date."""
    from_day = date.fromisoformat(start)
    months = from_day.month - 1 + round(by_years * 12)
    year, month = from_day.year + months // 12, months % 12 + 1
    for last in (from_day.day, 30, 29, 28):
        try:
            return date(year, month, min(from_day.day, last)).isoformat()
        except ValueError:
            continue
    return start


def slug(text: Any) -> str:
    """A text as a word of an enumeration: `In service` -> `in-service`."""
    return re.sub(r"[\s_]+", "-", str(text).strip().lower())


def chinese(text: str) -> str:
    """The Chinese words of a text; "" for none."""
    return " ".join(re.findall(r"[㐀-鿿豈-﫿]+(?:[0-9A-Za-z\-]*[㐀-鿿豈-﫿]+)*", text))


def short(text: str) -> str:
    """A short form of a name for tags: up to six letters and digits as they are, else initials and numbers: `Gate House 1` -> `GH1`."""
    parts = re.findall(r"\d+|[^\W\d_]+", text)
    joined = "".join(parts)
    if len(joined) <= 6:
        return joined.upper()
    made = "".join(part if part.isdigit() else part[0] if part.isascii() else part[:2] for part in parts)
    return (made if len(made) > 1 else joined)[:8].upper()


def _is_placeholder(value: Any, name: str) -> bool:
    """Whether a value says nothing: it is empty, stands for something to come, or repeats the name of its property, as templates do."""
    if isinstance(value, str):
        said = value.strip().casefold()
        return said in _PLACEHOLDERS or said.replace(" ", "") == name.casefold().replace(" ", "")
    return value is None or value in ([], {})


def _measured(row: Row, pset: str, name: str) -> Any:
    """The value of a property, in SI units where the model states a unit."""
    measure = ((row.get("measures") or {}).get(pset) or {}).get(name)
    if isinstance(measure, Mapping) and measure.get("value") is not None:
        return measure["value"]
    return ((row.get("psets") or {}).get(pset) or {}).get(name)


def _field(row: Row, path: str) -> Any:
    """A field of the row, or a member of what it holds: `materials.name`."""
    name, _, member = path.partition(".")
    found = row.get(name)
    if not member:
        return found
    parts = found if isinstance(found, list) else [found]
    return [one[member] for one in parts if isinstance(one, Mapping) and one.get(member)] or None
