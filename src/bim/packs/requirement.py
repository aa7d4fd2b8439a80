"""What a rule requires of a measured value: bounds, a set, a pattern, presence; no expressions."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bim.ids.pattern import PatternInvalid, pattern
from bim.packs.measurement import Measurement
from csdi.errors import ValueInvalid

_KEYS = frozenset({"min", "max", "unit", "tolerance", "in", "not_in", "pattern", "present", "equals", "limit", "decimals"})
_LIMITS = ("at_most", "at_least")
_EXACT = 1e-9
_OF_A_DIGIT = 1e-4
"""A number has so many decimals where it lies no farther from them than this part of the last: arithmetic leaves no more behind."""


@dataclass(frozen=True, slots=True)
class Requirement:
    """Bounds that a value must keep.

    Attributes:
        low, high: inclusive bounds; `tolerance` widens both.
        limit: `at_most` or `at_least` of the limit that each measurement brings.
        choices, excluded: texts that it must, or must not be.
        pattern: regular expression of XML Schema for the whole text; it is matched in time that grows with the text alone.
        present: whether there must be a value; None where that does not matter.
        equals: the one value.
        decimals: most decimals that a number may have.
    """

    low: float | None = None
    high: float | None = None
    unit: str = ""
    tolerance: float = 0.0
    limit: str = ""
    choices: frozenset[str] | None = None
    excluded: frozenset[str] = frozenset()
    pattern: str = ""
    present: bool | None = None
    equals: Any = None
    decimals: int | None = None

    def holds(self, found: Measurement) -> bool:
        """Whether the measurement is as required."""
        value = found.value
        if value is None or value == "":
            return self.present is False
        if self.present is False:
            return False
        if isinstance(value, bool):
            return self._is_bare and (self.equals is None or value is self.equals)
        return self._holds_number(float(value), found.limit) if isinstance(value, (int, float)) else self._holds_text(value)

    @property
    def _is_bare(self) -> bool:
        """Whether neither bounds nor texts are required."""
        bounds = self.low is not None or self.high is not None or bool(self.limit) or self.decimals is not None
        return not (bounds or self.pattern or self.excluded or self.choices is not None)

    @property
    def expected(self) -> str:
        """In few words."""
        said = [f">= {self.low:g}" if self.low is not None else "", f"<= {self.high:g}" if self.high is not None else "",
                f"= {self.equals}" if self.equals is not None else "", f"like {self.pattern}" if self.pattern else "",
                f"one of {', '.join(sorted(self.choices)[:10])}" if self.choices is not None else "",
                f"none of {', '.join(sorted(self.excluded)[:10])}" if self.excluded else "",
                self.limit.replace("_", " ") + " the limit" if self.limit else "",
                f"at most {self.decimals} decimals" if self.decimals is not None else ""]
        told = ", ".join(filter(None, said)) + (f" {self.unit}" if self.unit else "")
        return told or ("nothing" if self.present is False else "a value")

    def _holds_number(self, value: float, limit: float | None) -> bool:
        low = limit if self.limit == "at_least" else self.low
        high = limit if self.limit == "at_most" else self.high
        if not math.isfinite(value) or (self.limit and limit is None):
            return False
        if (low is not None and value < low - self.tolerance - _EXACT) or (high is not None and value > high + self.tolerance + _EXACT):
            return False
        if self.decimals is not None and abs(round(value, self.decimals) - value) > _OF_A_DIGIT * 10.0 ** -self.decimals:
            return False
        return self._equals_number(value) and self._is_among(f"{value:.12g}")

    def _equals_number(self, value: float) -> bool:
        if self.equals is None:
            return True
        known = isinstance(self.equals, (int, float)) and not isinstance(self.equals, bool)
        return abs(value - float(self.equals)) <= self.tolerance + _EXACT if known else str(self.equals) == f"{value:.12g}"

    def _holds_text(self, value: str) -> bool:
        if self.low is not None or self.high is not None or self.limit or self.decimals is not None:
            return False
        return (self.equals is None or value == str(self.equals)) and self._is_among(value)

    def _is_among(self, text: str) -> bool:
        if text in self.excluded or (self.choices is not None and text not in self.choices):
            return False
        return not self.pattern or pattern(self.pattern).matches(text)


def read_requirement(given: Any, tables: Mapping[str, frozenset[str]]) -> Requirement:
    """The requirement of a rule file.

    Args:
        tables: name -> values of the pack's tables, for `in: {table: NAME}`.

    Raises:
        ValueInvalid: an unknown key, a bound that is no number, a pattern that does not compile, a table that is not there.
    """
    if not isinstance(given, Mapping):
        raise ValueInvalid("require: a mapping is needed", field="require", value=str(given)[:40], remedy="such as {max: 0.0, unit: m}")
    if unknown := sorted(set(map(str, given)) - _KEYS):
        raise ValueInvalid(f"require: '{unknown[0]}' is not known", field=f"require.{unknown[0]}",
                           remedy=f"one of {', '.join(sorted(_KEYS))}")
    limit = str(given.get("limit", ""))
    if limit and limit not in _LIMITS:
        raise ValueInvalid(f"require.limit: '{limit}' is not known", field="require.limit", value=limit, remedy="at_most or at_least")
    try:
        pattern(str(given.get("pattern", "")))
    except PatternInvalid as error:
        raise ValueInvalid(f"require.pattern: {error}", field="require.pattern", value=given["pattern"],
                           remedy="a regular expression of XML Schema: no anchors, no groups that capture") from error
    return Requirement(_number(given, "min"), _number(given, "max"), str(given.get("unit", "")), _number(given, "tolerance") or 0.0, limit,
                       _choices(given["in"], tables) if "in" in given else None, _choices(given.get("not_in", ()), tables),
                       str(given.get("pattern", "")), _kind(given, "present", bool), _kind(given, "equals", (str, int, float, bool)),
                       _decimals(given))


def _decimals(given: Mapping[str, Any]) -> int | None:
    value = _number(given, "decimals")
    if value is not None and value not in range(13):
        raise ValueInvalid(f"require.decimals: '{value}' is not allowed", field="require.decimals", value=str(value), remedy="0 to 12")
    return None if value is None else int(value)


def _kind(given: Mapping[str, Any], key: str, kind: type | tuple[type, ...]) -> Any:
    value = given.get(key)
    if value is not None and not isinstance(value, kind):
        raise ValueInvalid(f"require.{key}: '{str(value)[:40]}' is not allowed", field=f"require.{key}", value=str(value)[:40],
                           remedy="true or false" if kind is bool else "a text, a number, true or false")
    return value


def _number(given: Mapping[str, Any], key: str) -> float | None:
    value = given.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise ValueInvalid(f"require.{key}: '{value}' is no number", field=f"require.{key}", value=str(value))
    return float(value)


def _choices(given: Any, tables: Mapping[str, frozenset[str]]) -> frozenset[str]:
    if isinstance(given, Mapping):
        name = str(given.get("table", ""))
        if name not in tables:
            raise ValueInvalid(f"require: there is no table '{name}'", field="require.in", value=name,
                               remedy=f"one of {', '.join(sorted(tables)) or 'none'}: tables/NAME.csv in the pack")
        return tables[name]
    if not isinstance(given, (list, tuple)):
        raise ValueInvalid(f"require: '{str(given)[:40]}' is no list", field="require.in", value=str(given)[:40],
                           remedy="a list of texts, or {table: NAME}")
    return frozenset(map(str, given))
