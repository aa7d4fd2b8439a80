"""Boxes and intervals: valid by construction, read from what clients send."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from csdi.errors import ValueInvalid
from csdi.extent import BBox, Interval, rfc3339
from csdi.filter.instants import datetime_key, rfc3339_of

numbers = st.floats(-1e6, 1e6, allow_nan=False)


def test_six_numbers_are_lowest_corner_then_highest() -> None:
    box = BBox.of([1, 2, 3, 4, 5, 6])
    assert (box.minx, box.miny, box.minz, box.maxx, box.maxy, box.maxz) == (1, 2, 3, 4, 5, 6)
    assert box.numbers == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize("bad", [[1, 2, 3], [1, 2, 3, 4, 5], [0, 2, 1, 1], [0, 0, 5, 1, 1, 4], [0, 0, float("nan"), 1]])
def test_what_is_no_box_is_refused(bad: list[float]) -> None:
    with pytest.raises(ValueInvalid):
        BBox.of(bad)


@given(numbers, numbers, numbers, numbers)
def test_a_union_holds_both(a: float, b: float, c: float, d: float) -> None:
    one, two = BBox(min(a, b), min(c, d), max(a, b), max(c, d)), BBox(c - 1, a - 1, c + 1, a + 1)
    whole = one.union(two)
    for box in (one, two):
        assert whole.minx <= box.minx
        assert whole.miny <= box.miny
        assert whole.maxx >= box.maxx
        assert whole.maxy >= box.maxy


def test_boxes_of_different_crs_have_no_union() -> None:
    with pytest.raises(ValueInvalid, match="EPSG:2326"):
        BBox(0, 0, 1, 1).union(BBox(0, 0, 1, 1, crs="EPSG:2326"))


@pytest.mark.parametrize(("text", "inside", "outside"), [
    ("2024-05-01", datetime(2024, 5, 1, 23, tzinfo=UTC), datetime(2024, 5, 2, tzinfo=UTC)),
    ("2024-05-01T08:00:00Z/..", datetime(2030, 1, 1, tzinfo=UTC), datetime(2024, 5, 1, 7, tzinfo=UTC)),
    ("../2024-05-01", datetime(1999, 1, 1, tzinfo=UTC), datetime(2024, 5, 2, tzinfo=UTC)),
    ("2024-02-29/P1Y", datetime(2025, 2, 28, tzinfo=UTC), datetime(2025, 2, 28, 1, tzinfo=UTC)),
    ("2018-02-12T00:00:00Z/P1M6DT12H31M12S", datetime(2018, 3, 18, 12, 31, 12, tzinfo=UTC), datetime(2018, 3, 18, 12, 31, 13, tzinfo=UTC)),
    ("P2W/2024-05-15", datetime(2024, 5, 1, tzinfo=UTC), datetime(2024, 4, 30, 23, tzinfo=UTC)),
    ("2024-05-01T08:00:00+08:00", datetime(2024, 5, 1, 0, tzinfo=UTC), datetime(2024, 5, 1, 1, tzinfo=UTC)),
])
def test_datetime_parameters(text: str, inside: datetime, outside: datetime) -> None:
    interval = Interval.parse(text)
    assert interval.contains(inside)
    assert not interval.contains(outside)


@pytest.mark.parametrize("bad", ["yesterday", "", "2024-05-01/2023-01-01", "a/b/c", "2024-13-01", "P1D", "P/2024-05-01", "2024-05-01/PT", "P1D/P1D", "../P1D", "P9999Y/2024-05-01",
                                 "0001-01-01T00:00:00+08:00", "2024-05-01/P1" + "0" * 30 + "D", "2024-05-01/P1" + "0" * 6000 + "D", "2024-05-01/P1D2Y"])
def test_what_is_no_time_is_refused(bad: str) -> None:
    with pytest.raises(ValueInvalid):
        Interval.parse(bad)


@pytest.mark.parametrize(("microsecond", "end"), [(0, ":59Z"), (120_000, ":59.120Z"), (1, ":59.000001Z"), (999_999, ":59.999999Z")])
def test_a_moment_is_written_as_a_store_gives_it_back(microsecond: int, end: str) -> None:
    said = rfc3339(datetime(2026, 11, 21, 8, 30, 59, microsecond, UTC))
    assert said.endswith(end)
    assert rfc3339_of(datetime_key(said)) == said
