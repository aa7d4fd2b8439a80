"""Frames: which pixels a box touches, how they are scaled, and when there are too many."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from csdi.coverages.frame import Frame, fitted, require_size
from csdi.coverages.subset import Scale, Subset, frame_of
from csdi.crs import CRS84, crs, transform
from csdi.errors import ValueInvalid
from tests.csdi.coverages.rasters import COLUMNS, ORIGIN, PIXEL, ROWS, opened, write_plane

HK = crs("EPSG:2326")
FRAME = Frame(HK, 1000.0, 2000.0, 10.0, 5.0, 40, 60)


@given(st.integers(0, 39), st.integers(1, 40), st.integers(0, 59), st.integers(1, 60), st.floats(-0.009, 0.009))
def test_a_box_along_the_borders_of_pixels_touches_just_those(left: int, right: int, top: int, bottom: int, rounding: float) -> None:
    if right <= left or bottom <= top:
        return
    box = (1000 + 10 * left + rounding, 2000 - 5 * bottom + rounding / 2, 1000 + 10 * right + rounding, 2000 - 5 * top + rounding / 2)
    assert FRAME.window(box) == (left, right, top, bottom)


def test_a_box_that_reaches_into_a_pixel_takes_it_whole() -> None:
    assert FRAME.window((1009.9, 1990.1, 1020.1, 1999.9)) == (0, 3, 0, 2)


def test_a_point_touches_the_pixel_that_it_lies_in() -> None:
    assert FRAME.window((1015.0, 1996.0, 1015.0, 1996.0)) == (1, 2, 0, 1)
    assert FRAME.window((1400.0, 1700.0, 1400.0, 1700.0)) == (39, 40, 59, 60)


def test_a_box_beside_touches_nothing() -> None:
    assert FRAME.window((900, 1900, 1000, 1990)) is None
    assert FRAME.window((1400, 1900, 1500, 1990)) is None
    assert FRAME.window((1000, 2000, 1100, 2100)) is None


def test_too_many_pixels_are_refused_with_the_scale_that_would_do() -> None:
    with pytest.raises(ValueInvalid) as refused:
        require_size(FRAME.resized(4000, 6000), 1_000_000)
    factor = float(refused.value.remedy.rpartition("=")[2])
    assert (4000 / factor) * (6000 / factor) <= 1_000_000
    assert refused.value.data["limit"] == 1_000_000
    assert require_size(FRAME, 2400) is FRAME


@pytest.mark.parametrize(("columns", "rows", "values"), [(4000, 6000, 1), (4000, 6000, 3), (1, 9_000_000, 1), (9_000_000, 1, 1), (1001, 1000, 1)])
def test_a_frame_of_too_many_pixels_is_fitted_with_larger_ones_over_the_same_box(columns: int, rows: int, values: int) -> None:
    large = FRAME.resized(columns, rows)
    small = fitted(large, 1_000_000, values=values)
    assert small.box == pytest.approx(large.box)
    assert 0.99 * 1_000_000 < small.size * values <= 1_000_000
    if min(columns, rows) > 1:
        assert small.columns / small.rows == pytest.approx(columns / rows, rel=0.01)
    assert fitted(FRAME, FRAME.size) is FRAME


def test_a_scale_keeps_the_box() -> None:
    for scale in (Scale({"x": 3.0, "y": 3.0}), Scale({"x": 0.5}), Scale(counts={"x": 7}), Scale(counts={"x": 7, "y": 2})):
        scaled = scale.applied(FRAME)
        assert scaled.box == pytest.approx(FRAME.box)
    assert (Scale(counts={"x": 20}).applied(FRAME).columns, Scale(counts={"x": 20}).applied(FRAME).rows) == (20, 30)
    assert (Scale({"x": 2.0, "y": 4.0}).applied(FRAME).columns, Scale({"x": 2.0, "y": 4.0}).applied(FRAME).rows) == (20, 15)


def test_a_subset_in_degrees_holds_all_pixels_of_the_grid_that_it_touches(tmp_path: Path) -> None:
    box = transform(HK, CRS84).bbox((ORIGIN[0] + 401, ORIGIN[1] + 203, ORIGIN[0] + 799, ORIGIN[1] + 397))
    with opened(write_plane(tmp_path / "plane.tif")) as coverage:
        frame = frame_of(coverage, Subset(CRS84, (box[0], box[2]), (box[1], box[3])), HK)
        beside = frame_of(coverage, Subset(CRS84, (10.0, 11.0), (20.0, 21.0)), HK)
        half_open = frame_of(coverage, Subset(HK, (ORIGIN[0] + 1000, None)), HK)
        elsewhere = frame_of(coverage, None, CRS84)
    assert beside is None
    assert frame is not None
    assert frame.box[0] <= ORIGIN[0] + 401
    assert frame.box[2] >= ORIGIN[0] + 799
    assert (frame.west - ORIGIN[0]) % PIXEL == 0
    assert half_open is not None
    assert (half_open.columns, half_open.rows) == (COLUMNS - 100, ROWS)
    assert elsewhere is not None
    assert elsewhere.columns == pytest.approx(COLUMNS, rel=0.03)
    assert elsewhere.rows == pytest.approx(ROWS, rel=0.03)
