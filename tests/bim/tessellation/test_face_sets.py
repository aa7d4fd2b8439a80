import numpy as np
import pytest

from bim.tessellation.body import Refused
from bim.tessellation.face_sets import polygonal, triangular
from bim.tessellation.topology import signed_volume, surface_area

from .solids import CUBE_FACES, box

CUBE = box((0, 0, 0), (1, 2, 3))


def test_polygons_over_a_point_list_make_a_solid_and_know_their_face():
    body, face = polygonal(CUBE.vertices, [[f] for f in CUBE_FACES], 1e-5)
    assert body.closed
    assert signed_volume(body.vertices, body.triangles) == pytest.approx(6)
    areas = [surface_area(body.vertices, body.triangles[face == k]) for k in range(6)]
    assert areas == pytest.approx([2, 2, 3, 6, 3, 6])


def test_points_written_twice_are_one():
    doubled = np.concatenate([CUBE.vertices, CUBE.vertices])
    faces = [[[corner + 8 * (k % 2) for corner in f]] for k, f in enumerate(CUBE_FACES)]
    body, _ = polygonal(doubled, faces, 1e-5)
    assert body.closed
    assert len(body.vertices) == 8


def test_a_face_with_voids_covers_the_rest():
    points = np.array([[0, 0, 0], [4, 0, 0], [4, 4, 0], [0, 4, 0], [1, 1, 0], [2, 1, 0], [2, 2, 0], [1, 2, 0]], float)
    body, face = polygonal(points, [[[0, 1, 2, 3], [4, 5, 6, 7]]], 1e-5)
    assert surface_area(body.vertices, body.triangles) == pytest.approx(15)
    assert not body.closed
    assert set(face) == {0}


def test_triangles_inside_out_are_turned_and_know_their_number():
    body, number = triangular(CUBE.vertices, CUBE.triangles[:, ::-1].astype(np.int64), 1e-5)
    assert body.closed
    assert signed_volume(body.vertices, body.triangles) == pytest.approx(6)
    assert number.tolist() == list(range(12))


def test_a_triangle_without_area_is_left_out_and_the_numbers_stay_right():
    given = np.array([[0, 1, 2], [3, 3, 4], [1, 2, 5]])
    body, number = triangular(np.random.default_rng(3).normal(size=(6, 3)), given, 1e-5)
    assert number.tolist() == [0, 2]
    assert len(body.triangles) == 2


@pytest.mark.parametrize("bad", [8, -1])
def test_an_index_without_a_point_is_refused(bad):
    with pytest.raises(Refused, match="face-set:index"):
        triangular(CUBE.vertices, np.array([[0, 1, bad]]), 1e-5)
    with pytest.raises(Refused, match="face-set:index"):
        polygonal(CUBE.vertices, [[[0, 1, bad]]], 1e-5)


def test_a_polygon_that_crosses_itself_is_refused():
    with pytest.raises(Refused, match="crosses-itself"):
        polygonal(np.array([[0, 0, 0], [1, 1, 0], [1, 0, 0], [0, 1, 0.0]]), [[[0, 1, 2, 3]]], 1e-5)


def test_no_faces_no_body():
    assert len(polygonal(np.zeros((0, 3)), [], 1e-5)[0].triangles) == 0


def test_a_point_that_is_no_number_is_refused():
    with pytest.raises(Refused, match="point:not-finite"):
        triangular(np.array([[0, 0, 0], [1, 0, 0], [np.nan, 1, 0]]), np.array([[0, 1, 2]]), 1e-5)
