from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from csdi import crs
from tests.twin.models import T1, Georeference, turned
from twin.ellipsoid import ecef, enu_matrix, geodetic
from twin.frame import LOCAL, Frame, Reprojection, frame_at, method_for, reprojection_of, residual_m

HK = crs.HeightModel.parse("hk")


def reprojection(heights: crs.HeightModel = HK) -> Reprojection:
    return Reprojection(turned(-23.5, T1), "EPSG:2326+5738", heights)


@settings(max_examples=60, deadline=None)
@given(st.floats(-180, 180), st.floats(-89.9, 89.9), st.floats(-500, 9000))
def test_earth_centred_coordinates_go_back_to_where_they_came_from(lon: float, lat: float, height: float) -> None:
    there = ecef(np.array([[lon, lat, height]]))
    back = geodetic(there)
    assert np.abs(ecef(back) - there).max() < 1e-6
    assert back[0, 2] == pytest.approx(height, abs=1e-6)


def test_earth_centred_coordinates_are_those_of_proj() -> None:
    places = np.array([[113.93, 22.31, 6.0], [-71.06, 42.36, 20.0], [0.0, -89.0, 2800.0]])
    assert np.abs(ecef(places) - crs.transform(crs.WGS84_3D, crs.ECEF).points(places)).max() < 1e-6


def test_the_tangent_frame_points_east_north_and_up() -> None:
    frame = Frame("enu", (113.93, 22.31, 2.0))
    places = np.array([[113.93, 22.31, 2.0], [113.94, 22.31, 2.0], [113.93, 22.32, 2.0], [113.93, 22.31, 12.0]])
    here, east, north, up = frame.from_ecef(ecef(places))
    assert np.abs(here).max() < 1e-8
    assert east[0] == pytest.approx(1030, abs=5)
    assert north[1] == pytest.approx(1107, abs=5)
    assert up == pytest.approx([0, 0, 10], abs=1e-8)
    assert np.allclose(frame.to_ecef(frame.from_ecef(ecef(places))), ecef(places), atol=1e-8)
    matrix = enu_matrix(113.93, 22.31, 2.0)[:3, :3]
    assert np.allclose(matrix @ matrix.T, np.eye(3), atol=1e-15)


def test_a_local_frame_is_the_earth_frame_unchanged() -> None:
    points = np.array([[1.0, 2.0, 3.0]])
    assert np.array_equal(LOCAL.to_ecef(points), points)
    assert np.array_equal(LOCAL.from_ecef(points), points)


def test_a_level_of_hkpd_lies_below_the_ellipsoid_by_the_height_model() -> None:
    with_model = reprojection().geodetic(np.zeros((1, 3)))[0]
    without = Reprojection(turned(-23.5, T1), "EPSG:2326", HK).geodetic(np.zeros((1, 3)))[0]
    assert without[2] == pytest.approx(5.1)
    assert with_model[2] == pytest.approx(1.5, abs=0.1)
    assert np.abs(with_model[:2] - without[:2]).max() < 1e-8


@pytest.mark.parametrize(("radius_m", "expected_mm"), [(100, (0.4, 1.2)), (250, (4, 6)), (650, (25, 40))])
def test_one_matrix_is_off_by_the_curve_of_the_earth(radius_m: float, expected_mm: tuple[float, float]) -> None:
    way = reprojection()
    frame = frame_at(way, np.zeros(3))
    (matrix,) = way.affines(frame, np.zeros((1, 3)))
    ring = np.array([[radius_m, 0, 0], [0, radius_m, 0], [-radius_m, 0, 0], [0, -radius_m, 0]], dtype=np.float64)
    off_mm = 1000 * residual_m(way, frame, matrix, ring)
    assert expected_mm[0] < off_mm < expected_mm[1]
    assert method_for(radius_m) == ("matrix" if radius_m <= 250 else "vertices")


def test_a_stack_of_matrices_is_exact_each_at_its_own_point() -> None:
    way = reprojection()
    frame = frame_at(way, np.zeros(3))
    at = np.array([[0, 0, 0], [600, 50, 10], [-600, 20, 30]], dtype=np.float64)
    matrices = way.affines(frame, at)
    placed = np.einsum("kij,kj->ki", matrices[:, :3, :3], at) + matrices[:, :3, 3]
    assert np.abs(placed - way.into(frame, at)).max() < 1e-6
    beside = at + np.array([8.0, -5.0, 3.0])
    near = np.einsum("kij,kj->ki", matrices[:, :3, :3], beside) + matrices[:, :3, 3]
    assert np.abs(near - way.into(frame, beside)).max() < 2e-5


def test_without_a_height_model_hkpd_is_carried_unchanged_and_said() -> None:
    way, findings = reprojection_of(Georeference(), crs.HeightModel.parse("none"), np.zeros((1, 3)))
    assert way is not None
    assert way.source == "EPSG:2326"
    assert way.geodetic(np.zeros((1, 3)))[0, 2] == pytest.approx(5.1)
    assert [finding.code for finding in findings] == ["TIL-001"]


def test_other_countries_have_their_own_crs() -> None:
    georeference = Georeference("EPSG:28992", "", turned(0, (121_687.0, 487_484.0, 3.0)))
    way, findings = reprojection_of(georeference, HK, np.zeros((1, 3)))
    assert way is not None
    assert findings == []
    assert way.geodetic(np.zeros((1, 3)))[0, :2] == pytest.approx([4.9, 52.37], abs=0.02)


def test_a_model_in_a_crs_of_feet_stands_where_its_metres_say() -> None:
    """EPSG:2240 counts in US survey feet; what places a model is in metres."""
    place = np.eye(4)
    place[:2, 3] = 585_336.043, 552_868.987
    georeference = Georeference("EPSG:2240", "", place)
    found, _ = reprojection_of(georeference, HK, np.zeros((1, 3)))
    assert found is not None
    feet = crs.crs("EPSG:2240").unit_to_metre
    expected = crs.transform("EPSG:2240", crs.CRS84).points(np.array([[585_336.043 / feet, 552_868.987 / feet]]))
    assert found.geodetic(np.zeros((1, 3)))[0, :2] == pytest.approx(expected[0, :2], abs=1e-9)
