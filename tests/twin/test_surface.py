from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from csdi.geometry import Mesh
from tests.twin.models import box, cylinder, item
from twin.refine import refined
from twin.surface import Surface, surfaces


def area(surface: Surface) -> float:
    a, b, c = (surface.positions[surface.triangles[:, k]] for k in range(3))
    return float(np.linalg.norm(np.cross(b - a, c - a), axis=1).sum() / 2)


def longest_edge(surface: Surface) -> float:
    corners = surface.positions[surface.triangles]
    return float(np.linalg.norm(corners - np.roll(corners, -1, axis=1), axis=2).max())


def test_a_box_has_three_normals_at_each_corner_and_a_round_pipe_one_on_its_side() -> None:
    cube, pipe, prism = surfaces([item(box((1, 2, 3))), item(cylinder(1, 2, 24)), item(cylinder(1, 2, 6))])
    assert len(cube.positions) == 24
    assert len(pipe.positions) == 4 * 24
    assert len(prism.positions) == 6 * 6
    side = np.abs(pipe.normals[:, 2]) < 0.5
    assert np.abs(pipe.normals[side][:, :2] - pipe.positions[side][:, :2]).max() < 1e-9


def test_corners_that_were_given_twice_are_smooth_as_well() -> None:
    pipe = cylinder(1, 2, 24)
    soup = Mesh(pipe.vertices[pipe.triangles].reshape(-1, 3), np.arange(3 * len(pipe.triangles), dtype=np.int32).reshape(-1, 3))
    (made,) = surfaces([item(soup)])
    assert len(made.positions) == 4 * 24
    assert not made.is_open


def test_a_sheet_is_open_and_a_box_is_not() -> None:
    whole = box((1, 1, 1))
    sheet = Mesh(whole.vertices, whole.triangles[:-1])
    assert [surface.is_open for surface in surfaces([item(whole), item(sheet)])] == [False, True]


def test_triangles_without_area_and_with_broken_numbers_are_left_out() -> None:
    vertices = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [2, 0, 0], [np.nan, 0, 0], [np.inf, 1, 1]])
    faces = np.array([[0, 1, 2], [0, 1, 3], [0, 0, 1], [0, 1, 4], [1, 2, 5]], dtype=np.int32)
    good, none = surfaces([item(Mesh(vertices, faces)), item(Mesh(np.zeros((0, 3)), np.zeros((0, 3), dtype=np.int32)))])
    assert len(good.triangles) == 1
    assert np.isfinite(good.positions).all()
    assert len(none.triangles) == 0
    assert np.isnan(none.box).all()


def test_items_do_not_share_corners() -> None:
    alone = surfaces([item(box((1, 1, 1)))])[0]
    both = surfaces([item(box((1, 1, 1))), item(box((1, 1, 1)))])
    for surface in both:
        assert np.array_equal(surface.positions, alone.positions)
        assert np.array_equal(surface.triangles, alone.triangles)


@settings(max_examples=30, deadline=None)
@given(st.tuples(*[st.floats(1, 400)] * 3), st.floats(40, 200))
def test_refining_cuts_long_edges_and_changes_nothing_else(size: tuple[float, float, float], limit: float) -> None:
    (plain,) = surfaces([item(box(size))])
    fine = refined(plain, limit)
    assert longest_edge(fine) <= limit
    assert area(fine) == pytest.approx(area(plain))
    assert np.array_equal(fine.box, plain.box)
    directed = np.concatenate([fine.triangles[:, [k, (k + 1) % 3]] for k in range(3)])
    places = np.round(fine.positions[directed], 6).reshape(-1, 6)
    backwards = places[:, [3, 4, 5, 0, 1, 2]]
    assert {tuple(edge) for edge in places} == {tuple(edge) for edge in backwards}, "no gap opens"


def test_what_has_no_long_edge_stays_the_same_object() -> None:
    (plain,) = surfaces([item(box((1, 1, 1)))])
    assert refined(plain) is plain
