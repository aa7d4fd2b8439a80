"""Boxes hold every point they should, and axis order is the authority's at the edge alone."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from csdi.crs import CRS, CRS84, CRS84H, ECEF, HK80, HK80_HKPD, WEB_MERCATOR, from_authority_order, to_authority_order, transform
from csdi.errors import OutsideAreaOfUse, ValueInvalid

REFERENCES = [HK80, CRS84, CRS("EPSG:4326"), WEB_MERCATOR, CRS("EPSG:4547"), CRS("EPSG:4611"), CRS("EPSG:32650"), CRS("EPSG:8433")]
shares = st.tuples(*(st.floats(0, 1) for _ in range(6)))


def box_of(shares_of_territory: tuple[float, ...]) -> tuple[float, float, float, float]:
    west, east = sorted(799000 + 69000 * share for share in shares_of_territory[:2])
    south, north = sorted(799000 + 49000 * share for share in shares_of_territory[2:4])
    return west, south, east, north


@pytest.mark.parametrize("source", REFERENCES, ids=str)
@pytest.mark.parametrize("target", REFERENCES, ids=str)
@given(shares)
def test_a_box_holds_its_points_in_every_pair_of_crss(source: CRS, target: CRS, share: tuple[float, ...]) -> None:
    box = transform(HK80, source).bbox(box_of(share))
    inside = np.array([[box[0] + share[4] * (box[2] - box[0]), box[1] + share[5] * (box[3] - box[1])],
                       [box[0], box[1] + share[5] * (box[3] - box[1])], [box[0] + share[4] * (box[2] - box[0]), box[3]]])
    moved = transform(source, target).points(np.clip(inside, box[:2], box[2:]))
    found = transform(source, target).bbox(box)
    assert (moved >= found[:2]).all()
    assert (moved <= found[2:]).all()


@given(shares, st.floats(-50, 900))
def test_a_box_with_heights_holds_its_points(share: tuple[float, ...], height: float) -> None:
    west, south, east, north = box_of(share)
    box = (west, south, -60.0, east, north, 1000.0)
    point = [(west + share[4] * (east - west), south + share[5] * (north - south), height)]
    for target in (CRS84H, ECEF, HK80, CRS84):
        found = np.array(transform(HK80_HKPD, target).bbox(box))
        moved = transform(HK80_HKPD, target).points(np.clip(point, box[:3], box[3:]))[0]
        assert (found[:3] <= moved).all()
        assert (moved <= found[3:]).all()


def test_a_box_is_not_much_larger_than_it_must_be() -> None:
    grid = (810000.0, 818000.0, 813000.0, 820000.0)
    back = transform(CRS84, HK80).bbox(transform(HK80, CRS84).bbox(grid))
    assert np.abs(np.subtract(back, grid)).max() < 6.0


def test_the_same_crs_gives_the_same_box() -> None:
    assert transform(HK80, HK80).bbox((1.0, 2.0, 3.0, 4.0)) == (1.0, 2.0, 3.0, 4.0)


def test_a_box_of_the_whole_world_holds_hong_kong() -> None:
    for source, world in ((CRS84, (-180, -90, 180, 90)), (WEB_MERCATOR, (-3e7, -3e7, 3e7, 3e7)),
                          (CRS84, (113.0, -90, -66.0, 90))):
        west, south, east, north = transform(source, HK80).bbox(world)
        assert west < 799000 < 868000 < east
        assert south < 799000 < 848000 < north


def test_a_box_far_away_is_refused() -> None:
    with pytest.raises(OutsideAreaOfUse):
        transform(CRS84, HK80).bbox((-10, 40, 10, 60))


@pytest.mark.parametrize("box", [(1.0, 2.0, 3.0), (1.0, 2.0, 3.0, float("nan")), (0.0, 0.0, float("inf"), 1.0)])
def test_what_is_no_box_is_refused(box: tuple[float, ...]) -> None:
    with pytest.raises(ValueInvalid):
        transform(CRS84, HK80).bbox(box)


def test_a_box_across_the_antimeridian_comes_out_crossing_it() -> None:
    pacific = CRS("EPSG:3832")
    west, south, east, north = transform(pacific, CRS84).bbox((2e6, -1e6, 5e6, 1e6))
    assert west > east
    assert (round(west, 2), round(east, 2)) == (167.97, -165.08)
    again = transform(CRS84, pacific).bbox((west, south, east, north))
    np.testing.assert_allclose(again, (2e6, -1e6, 5e6, 1e6), atol=1.0)


def test_a_box_around_the_pole_has_all_longitudes() -> None:
    west, south, east, north = transform("EPSG:3031", CRS84).bbox((-1e6, -1e6, 1e6, 1e6))
    assert (west, south, east) == (-180.0, -90.0, 180.0)
    assert -78 < north < -76


@pytest.mark.parametrize("reference", [*REFERENCES, HK80_HKPD, CRS84H], ids=str)
def test_axis_order_is_undone_by_the_way_back(reference: CRS) -> None:
    points = np.array([[1.0, 2.0], [3.0, 4.0]])
    np.testing.assert_array_equal(from_authority_order(to_authority_order(points, reference), reference), points)


def test_the_grid_has_northing_first_at_the_edge() -> None:
    point = shapely.Point(812000, 819000, 5)
    assert to_authority_order(point, HK80).wkt == "POINT Z (819000 812000 5)"
    assert to_authority_order(point, CRS84).wkt == "POINT Z (812000 819000 5)"
    assert to_authority_order((1.0, 2.0, 3.0, 4.0), HK80) == (2.0, 1.0, 4.0, 3.0)
    assert to_authority_order((1.0, 2.0, 3.0, 4.0, 5.0, 6.0), HK80) == (2.0, 1.0, 3.0, 5.0, 4.0, 6.0)
    assert to_authority_order(np.array([[1.0, 2.0, 3.0]]), HK80_HKPD).tolist() == [[2.0, 1.0, 3.0]]
    shapes = to_authority_order(np.array([shapely.Point(1, 2), None, shapely.Point(1, 2, 3)], dtype=object), HK80)
    assert [shape and shape.wkt for shape in shapes] == ["POINT (2 1)", None, "POINT Z (2 1 3)"]
