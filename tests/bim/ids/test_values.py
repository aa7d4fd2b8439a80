"""Values against what an IDS allows: equality with its tolerance, ranges without, lengths, digits, truth and time."""

from __future__ import annotations

import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bim.ids.document import Value
from bim.ids.values import allowed, is_written_as, same_number

NUMBERS = st.floats(-1e12, 1e12, allow_nan=False)


def within(*constraints: tuple[str, str], base: str = "double") -> Value:
    return Value(None, base, constraints)


@given(NUMBERS)
def test_a_number_is_itself_and_all_within_the_tolerance(x: float) -> None:
    room = 1e-6 * abs(x) + 1e-6
    assert same_number(x, x)
    assert same_number(x + room * 0.99, x)
    assert same_number(x - room * 0.99, x)
    assert not same_number(x + room * 1.01, x)
    assert not same_number(x - room * 1.01, x)


@given(NUMBERS, NUMBERS)
def test_a_range_holds_exactly_what_lies_in_it(value: float, bound: float) -> None:
    assert allowed(within(("minInclusive", repr(bound)))).holds(value) == (value >= bound)
    assert allowed(within(("maxInclusive", repr(bound)))).holds(value) == (value <= bound)
    assert allowed(within(("minExclusive", repr(bound)))).holds(value) == (value > bound)
    assert allowed(within(("maxExclusive", repr(bound)))).holds(value) == (value < bound)


@given(st.lists(st.text(min_size=1), min_size=1, max_size=5), st.text())
def test_an_enumeration_holds_its_members_and_nothing_else(members: list[str], other: str) -> None:
    made = allowed(within(*(("enumeration", one) for one in members), base="string"))
    assert all(made.holds(one) for one in members)
    assert made.holds(other) == (other in members)


@given(st.text(), st.integers(0, 10), st.integers(0, 10))
def test_a_length_counts_characters(text: str, least: int, most: int) -> None:
    assume(least <= most)
    made = allowed(within(("minLength", str(least)), ("maxLength", str(most)), base="string"))
    assert made.holds(text) == (least <= len(text) <= most)
    assert allowed(within(("length", str(least)), base="string")).holds(text) == (len(text) == least)


@given(st.integers(-10**9, 10**9))
def test_a_whole_number_is_exact(number: int) -> None:
    assert allowed(Value(str(number))).holds(number)
    assert not allowed(Value(str(number + 1))).holds(number)


@pytest.mark.parametrize("value, wanted, held", [
    (True, "true", True), (True, "1", True), (True, "TRUE", False), (False, "false", True), (False, "0", True), (False, "true", False),
    (42, "42", True), (42, "+42", True), (42, "43", False), (42.0, "42", True), (42.0, "4.2E1", True), (42.0, "42,0", False),
    ("42", "42", True), ("42", "42.0", False), ("a", "A", False), ("", "", True)])
def test_a_value_is_compared_by_its_own_type(value: bool | int | float | str, wanted: str, held: bool) -> None:
    assert allowed(Value(wanted)).holds(value) == held


@pytest.mark.parametrize("value, kind, bound, held", [
    ("2026-01-31", "minInclusive", "2026-01-31", True), ("2026-01-30", "minInclusive", "2026-01-31", False),
    ("2026-01-31T12:00:00", "maxExclusive", "2026-01-31T12:00:01", True), ("P1Y", "minExclusive", "P11M", True), ("PT90M", "maxInclusive", "PT1H", False),
    ("-P1D", "maxExclusive", "P0D", True), ("10:30:00", "minInclusive", "10:29:59", True), ("soon", "minInclusive", "2026-01-31", False),
    (True, "minInclusive", "0", False)])
def test_a_range_of_time_goes_by_time(value: str | bool, kind: str, bound: str, held: bool) -> None:
    assert allowed(within((kind, bound), base="date")).holds(value) == held


def test_kinds_of_constraints_hold_together_and_those_of_a_kind_one_by_one() -> None:
    made = allowed(within(("pattern", "A.*"), ("pattern", "B.*"), ("maxLength", "2"), base="string"))
    assert [text for text in ("A", "B1", "A12", "C") if made.holds(text)] == ["A", "B1"]


def test_a_pattern_is_for_text_alone() -> None:
    assert not allowed(within(("pattern", ".*"), base="string")).holds(4.2)


@pytest.mark.parametrize("value, total, fraction", [(123.45, 5, 2), (0.001, 3, 3), (1200.0, 4, 0), (7, 1, 0)])
def test_digits_are_counted(value: float, total: int, fraction: int) -> None:
    assert allowed(within(("totalDigits", str(total)))).holds(value)
    assert not allowed(within(("totalDigits", str(total - 1)))).holds(value)
    assert allowed(within(("fractionDigits", str(fraction)))).holds(value)
    assert fraction == 0 or not allowed(within(("fractionDigits", str(fraction - 1)))).holds(value)


@pytest.mark.parametrize("text, base, fits", [
    ("42", "integer", True), ("42.0", "integer", False), ("", "integer", False), ("4,2", "double", False), (".5", "double", True), ("1e3", "double", True),
    (".", "double", False), ("INF", "double", True), ("true", "boolean", True), ("True", "boolean", False), ("2026-02-30", "date", False),
    ("2026-02-28Z", "date", True), ("P1DT2H", "duration", True), ("P", "duration", False), ("PT", "duration", False), ("a b", "anyURI", False)])
def test_the_writing_of_a_value_is_that_of_its_base(text: str, base: str, fits: bool) -> None:
    assert is_written_as(text, base) == fits


def test_infinity_lies_beyond_every_bound() -> None:
    assert allowed(within(("minInclusive", "1"))).holds(math.inf)
    assert not allowed(within(("maxInclusive", "1e300"))).holds(math.inf)
