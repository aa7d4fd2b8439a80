import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from bim.tessellation.body import Body, joined
from bim.tessellation.topology import compact, is_closed, signed_volume, solid, surface_area, weld, weld_near

from .solids import box

CUBE = box((0, 0, 0), (1, 2, 3))


def soup(body, noise=0.0):
    points = body.vertices[body.triangles.reshape(-1)]
    points = points + np.random.default_rng(1).uniform(-noise, noise, points.shape)
    return Body(points, np.arange(len(points), dtype=np.int32).reshape(-1, 3))


def test_a_box_has_the_volume_and_area_of_its_sides():
    assert signed_volume(CUBE.vertices, CUBE.triangles) == pytest.approx(6)
    assert surface_area(CUBE.vertices, CUBE.triangles) == pytest.approx(22)
    assert is_closed(CUBE.triangles.astype(np.int64), 8)


def test_a_box_without_a_triangle_is_open():
    assert not is_closed(CUBE.triangles[1:].astype(np.int64), 8)
    assert not solid(Body(CUBE.vertices, CUBE.triangles[1:]), 1e-5).closed


def test_nothing_is_not_closed():
    assert not is_closed(np.zeros((0, 3), np.int64), 0)


def test_minus_zero_is_zero_when_points_are_welded():
    assert weld(np.array([[0.0, 1, 2], [-0.0, 1, 2], [0, 1, 2.5]])).tolist() == [0, 0, 2]


@settings(max_examples=60, deadline=None)
@given(arrays(np.float64, st.tuples(st.integers(0, 30), st.just(3)), elements=st.sampled_from([-1.5, 0.0, 0.25, 1e6])))
def test_welding_joins_what_is_equal_and_nothing_else(points):
    to = weld(points)
    assert np.array_equal(points[to], points)
    assert len(np.unique(to)) == len(np.unique(points, axis=0))


@settings(max_examples=60, deadline=None)
@given(arrays(np.float64, (20, 3), elements=st.floats(-0.5e-5, 0.5e-5)))
def test_points_within_the_tolerance_become_one_wherever_the_grid_lies(noise):
    assert len(np.unique(weld_near(noise + np.array([0.1, 20, 816_000]), 1e-5))) == 1


def test_points_farther_apart_stay_apart():
    assert weld_near(np.array([[0, 0, 0], [1e-4, 0, 0]]), 1e-5).tolist() == [0, 1]


@pytest.mark.parametrize("noise", [0.0, 4e-6])
def test_a_soup_of_triangles_becomes_a_solid(noise):
    made = solid(soup(CUBE, noise), 1e-5)
    assert made.closed
    assert len(made.vertices) == 8
    assert signed_volume(made.vertices, made.triangles) == pytest.approx(6, rel=1e-4)


def test_a_solid_inside_out_is_turned():
    assert signed_volume(*(lambda b: (b.vertices, b.triangles))(solid(Body(CUBE.vertices, CUBE.triangles[:, ::-1]), 1e-5))) > 0


def test_faces_that_run_this_way_and_that_are_turned_alike_in_each_part():
    mixed = joined([CUBE, box((5, 0, 0), (6, 1, 1))])
    triangles = mixed.triangles.copy()
    triangles[[0, 3, 4, 13, 20]] = triangles[[0, 3, 4, 13, 20]][:, ::-1]
    made = solid(Body(mixed.vertices, triangles), 1e-5)
    assert made.closed
    assert signed_volume(made.vertices, made.triangles) == pytest.approx(7)


def test_two_boxes_that_share_an_edge_are_closed():
    both = joined([box((0, 0, 0), (1, 1, 1)), box((1, 1, 0), (2, 2, 1))])
    assert solid(both, 1e-5).closed


def test_a_moebius_strip_is_no_solid():
    strip = np.array([[0, 1, 2], [1, 3, 2], [2, 3, 4], [3, 5, 4], [4, 5, 1], [5, 0, 1]], np.int32)
    assert not solid(Body(np.random.default_rng(0).normal(size=(6, 3)), strip), 1e-9).closed


def test_compacting_drops_what_has_no_area_and_keeps_styles_in_step():
    body = Body(np.arange(12.0).reshape(4, 3) ** 2, np.array([[0, 0, 1], [1, 2, 3]], np.int32), False, np.array([5, 6]))
    made = compact(body)
    assert made.triangles.tolist() == [[0, 1, 2]]
    assert made.style_of.tolist() == [6]
