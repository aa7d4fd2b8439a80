"""Footprints against lots: what reaches out is found with its length, place and area."""

from __future__ import annotations

import math
import time

import numpy as np
import pytest
import shapely

from bim.siteplan import outline_of, overhang
from tests.bim.siteplan.solids import FAR, box, turned

LOT = shapely.box(FAR[0], FAR[1], FAR[0] + 50, FAR[1] + 40)


def test_inside_and_along_the_edge_is_no_overhang() -> None:
    assert overhang(FAR + box((0, 0, 5), (50, 40, 9)), LOT) is None
    assert overhang(FAR + turned(box((-5, -5, 0), (5, 5, 3)), 0.3) + [20, 20, 0], LOT) is None


def test_a_box_over_one_edge() -> None:
    found = overhang(FAR + box((48, 10, 5), (52.5, 20, 9)), LOT)
    assert found is not None
    assert found.longest_m == pytest.approx(2.5, abs=1e-3)
    assert found.area_m2 == pytest.approx(25.0, abs=1e-3)
    assert found.place[0] == pytest.approx(FAR[0] + 52.5, abs=1e-3)
    assert FAR[1] + 10 - 1e-6 <= found.place[1] <= FAR[1] + 20 + 1e-6
    assert found.place[2] == pytest.approx(9.0)


def test_over_a_corner_the_diagonal_counts() -> None:
    found = overhang(FAR + box((40, 30, 0), (53, 44, 1)), LOT)
    assert found is not None
    assert found.longest_m == pytest.approx(5.0, abs=1e-3)
    assert found.area_m2 == pytest.approx(13 * 14 - 100, abs=1e-3)


def test_a_hole_in_the_lot_that_is_built_over_is_found_in_its_middle() -> None:
    """No corner of the outline outside is away from the lot: the farthest point lies in the middle of the hole."""
    holed = LOT.difference(shapely.box(FAR[0] + 20, FAR[1] + 10, FAR[0] + 30, FAR[1] + 16))
    found = overhang(FAR + box((10, 5, 0), (40, 30, 3)), holed)
    assert found is not None
    assert found.longest_m == pytest.approx(3.0, abs=1e-3)
    assert found.area_m2 == pytest.approx(60.0, abs=1e-3)
    assert found.place[1] == pytest.approx(FAR[1] + 13, abs=1e-3)


def test_beside_a_slanting_edge() -> None:
    lot = shapely.Polygon([(FAR[0], FAR[1]), (FAR[0] + 60, FAR[1]), (FAR[0], FAR[1] + 30)])
    found = overhang(FAR + box((28, 13, 0), (32, 17, 3)), lot)
    assert found is not None
    assert found.longest_m == pytest.approx((32 + 2 * 17 - 60) / math.sqrt(5), abs=1e-3)


def test_a_sheet_that_stands_upright_reaches_out_without_an_area() -> None:
    sheet = FAR + np.array([[[45, 5, 0], [51.25, 5, 0], [51.25, 5, 4]], [[45, 5, 0], [51.25, 5, 4], [45, 5, 4.0]]])
    found = overhang(sheet, LOT)
    assert found is not None
    assert found.longest_m == pytest.approx(1.25, abs=1e-3)
    assert found.area_m2 < 1e-4


def test_far_outside() -> None:
    found = overhang(FAR + box((150, 0, 0), (160, 40, 1)), LOT)
    assert found is not None
    assert (found.longest_m, found.area_m2) == (pytest.approx(110, abs=1e-3), pytest.approx(400, abs=1e-3))


def test_an_outline_is_exact_far_from_the_origin() -> None:
    outline = outline_of(np.concatenate([FAR + turned(box((0, 0, 0), (10, 6, 1)), 0.7), FAR + turned(box((4, 0, 2), (14, 6, 3)), 0.7)]))
    assert shapely.area(outline.shape) == pytest.approx(84.0, abs=1e-3)
    assert outline.on_grid.centroid.x == pytest.approx(FAR[0] + 7 * math.cos(0.7) - 3 * math.sin(0.7), abs=1e-4)


def test_an_outline_of_sheets_that_face_up_and_down_holds_both() -> None:
    up = box((0, 0, 0), (2, 3, 1))[2:4]
    down = (box((5, 0, 0), (7, 3, 1))[2:4])[:, ::-1]
    assert shapely.area(outline_of(FAR + np.concatenate([up, down])).shape) == pytest.approx(12.0, abs=1e-4)


def test_a_detailed_body_is_judged_quickly() -> None:
    """200,000 triangles of which a row reaches out."""
    seats = np.concatenate([box((x * 0.5, y * 0.5, 0), (x * 0.5 + 0.4, y * 0.5 + 0.4, 1)) for x in range(130) for y in range(79)])
    began = time.process_time()
    found = overhang(FAR + seats, LOT)
    assert found is not None
    assert found.longest_m == pytest.approx(129 * 0.5 + 0.4 - 50, abs=1e-3)
    assert time.process_time() - began < 20
