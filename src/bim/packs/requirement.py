"""What a rule requires of a measured value: bounds, a set, a pattern, presence; no expressions."""

from __future__ import annotations

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
            return self.equals is None or value is self.equals
        return self._holds_number(float(value), found.limit) if isinstance(value, (int, float)) else self._holds_text(value)

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
        if (self.limit and limit is None) or (low is not None and value < low - self.tolerance - _EXACT):
            return False
        if high is not None and value > high + self.tolerance + _EXACT:
            return False
        if self.equals is not None and abs(value - float(self.equals)) > self.tolerance + _EXACT:
            return False
        return self.decimals is None or abs(round(value, self.decimals) - value) <= _OF_A_DIGIT * 10.0 ** -self.decimals

    def _holds_text(self, value: str) -> bool:
        if self.choices is not None and value not in self.choices:
            return False
        if value in self.excluded or (self.equals is not None and value != str(self.equals)):
            return False
        if self.low is not None or self.high is not None or self.limit:
            return False
        return not self.pattern or pattern(self.pattern).matches(value)


def read_requirement(given: Mapping[str, Any], tables: Mapping[str, frozenset[str]]) -> Requirement:
    """The requirement of a rule file.

    Args:
        tables: name -> values of the pack's tables, for `in: {table: NAME}`.

    Raises:
        ValueInvalid: an unknown key, a bound that is no number, a pattern that does not compile, a table that is not there.
    """
    if unknown := sorted(set(given) - _KEYS):
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
                       str(given.get("pattern", "")), given.get("present"), given.get("equals"),
                       None if given.get("decimals") is None else int(given["decimals"]))


def _number(given: Mapping[str, Any], key: str) -> float | None:
    value = given.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ValueInvalid(f"require.{key}: '{value}' is no number", field=f"require.{key}", value=str(value))
    return float(value)


def _choices(given: Any, tables: Mapping[str, frozenset[str]]) -> frozenset[str]:
    if isinstance(given, Mapping):
        name = str(given.get("table", ""))
        if name not in tables:
            raise ValueInvalid(f"require: there is no table '{name}'", field="require.in", value=name,
                               remedy=f"one of {', '.join(sorted(tables)) or 'none'}: tables/NAME.csv in the pack")
        return tables[name]
    return frozenset(map(str, given))
