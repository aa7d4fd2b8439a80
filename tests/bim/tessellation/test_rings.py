import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bim.tessellation.rings import Rings, cleaned, normals, triangulated
from bim.tessellation.topology import surface_area


def made(points, faces):
    points = np.array(points, float)
    points = np.column_stack([points, np.zeros(len(points))]) if points.shape[1] == 2 else points
    rings = cleaned(points, Rings.of(faces))
    triangles, face, crossing = triangulated(points, rings)
    return points, triangles, face, crossing


def test_an_empty_list_of_faces_has_no_triangles():
    _, triangles, face, crossing = made(np.zeros((0, 3)), [])
    assert triangles.shape == (0, 3)
    assert len(face) == len(crossing) == 0


def test_a_square_with_a_square_hole_covers_the_difference_whichever_way_the_hole_runs():
    points = [[0, 0], [4, 0], [4, 4], [0, 4], [1, 1], [2, 1], [2, 2], [1, 2]]
    for hole in ([4, 5, 6, 7], [7, 6, 5, 4]):
        points_, triangles, _, crossing = made(points, [[[0, 1, 2, 3], hole]])
        assert surface_area(points_, triangles) == pytest.approx(15)
        assert not crossing.any()


def test_triangles_keep_the_sense_of_the_outer_ring():
    points = [[0, 0], [2, 0], [2, 2], [1, 0.5], [0, 2]]
    for ring in ([0, 1, 2, 3, 4], [4, 3, 2, 1, 0]):
        points_, triangles, _, _ = made(points, [[ring]])
        a, b, c = (points_[triangles[:, k]] for k in range(3))
        expected = np.sign(normals(points_, Rings.of([[ring]]))[0, 2])
        assert (np.sign(np.cross(b - a, c - a)[:, 2]) == expected).all()


def test_corners_on_an_edge_are_kept_and_make_no_flat_triangle():
    points = [[0, 0], [1, 0], [2, 0], [2, 1], [2, 2], [1, 2], [0, 2], [0, 1]]
    points_, triangles, _, _ = made(points, [[list(range(8))]])
    assert set(triangles.reshape(-1)) == set(range(8))
    a, b, c = (points_[triangles[:, k]] for k in range(3))
    assert (np.linalg.norm(np.cross(b - a, c - a), axis=1) > 1e-6).all()


def test_repeated_corners_go_and_a_ring_that_is_no_polygon_takes_its_face_along():
    points = [[0, 0], [1, 0], [1, 1], [1, 1], [0, 0]]
    _, triangles, face, _ = made(points, [[[0, 1, 2, 3, 4]], [[0, 1, 1, 0], [0, 1, 2]]])
    assert len(triangles) == 1
    assert face.tolist() == [0]


def test_faces_come_back_in_their_order_whether_convex_or_not():
    points = [[0, 0], [2, 0], [2, 2], [0, 2], [1, 0.5]]
    _, _, face, _ = made(points, [[[0, 1, 2, 3]], [[0, 1, 2, 4]], [[0, 1, 2]]])
    assert face.tolist() == [0, 0, 1, 1, 2]


def test_a_polygon_that_crosses_itself_is_marked():
    _, _, face, crossing = made([[0, 0], [2, 2], [2, 0], [0, 2], [5, 0], [6, 0], [6, 1]], [[[0, 1, 2, 3]], [[4, 5, 6]]])
    assert crossing[face == 0].all()
    assert not crossing[face == 1].any()


def test_a_five_pointed_star_drawn_in_one_stroke_is_no_convex_polygon():
    angle = np.pi / 2 + np.arange(5) * 4 * np.pi / 5
    _, _, _, crossing = made(np.column_stack([np.cos(angle), np.sin(angle)]), [[list(range(5))]])
    assert crossing.all()


@settings(max_examples=80, deadline=None)
@given(st.lists(st.floats(0.3, 2), min_size=3, max_size=24), st.integers(0, 2 ** 32 - 1))
def test_a_star_shaped_polygon_in_any_plane_far_from_the_origin_covers_its_area(radii, seed):
    count = len(radii)
    angle = 2 * np.pi * np.arange(count) / count
    flat = np.column_stack([np.cos(angle), np.sin(angle)]) * np.array(radii)[:, None]
    after = np.roll(flat, -1, axis=0)
    area = np.sum(flat[:, 0] * after[:, 1] - flat[:, 1] * after[:, 0]) / 2
    base = np.linalg.qr(np.random.default_rng(seed).normal(size=(3, 3)))[0]
    points = np.column_stack([flat, np.zeros(count)]) @ base.T + [816_000, 836_000, 5]
    points_, triangles, _, crossing = made(points, [[list(range(count))]])
    assert surface_area(points_, triangles) == pytest.approx(area, rel=1e-6)
    assert len(triangles) == count - 2
    assert not crossing.any()
