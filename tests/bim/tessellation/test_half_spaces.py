import numpy as np
import pytest

from bim.tessellation.body import Refused
from bim.tessellation.booleans import Margins
from bim.tessellation.half_spaces import HalfSpace, combined, prism
from bim.tessellation.topology import is_closed, signed_volume, surface_area

from .solids import box

METRES = Margins.of(1.0, 1e-5)
UP, ORIGIN = np.array([0, 0, 1.0]), np.zeros(3)
WALL = box((0, 0, 0), (5, 0.2, 3))


def volume(body):
    return signed_volume(body.vertices, body.triangles)


def test_difference_takes_the_side_that_the_normal_points_away_from():
    cut = HalfSpace(np.array([0, 0, 1.0]), UP).taken_from(WALL, METRES)
    assert cut.vertices[:, 2].min() == pytest.approx(1)
    assert volume(cut) == pytest.approx(2)


def test_intersection_keeps_the_side_of_the_material():
    assert volume(HalfSpace(np.array([0, 0, 1.0]), UP).kept_of(WALL, METRES)) == pytest.approx(1)


def test_a_gable_is_cut_by_two_sloping_planes():
    slope = np.array([1.0, 0, 1.0]) / np.sqrt(2)
    right = HalfSpace(np.array([2.5, 0, 3.0]), -slope)
    left = HalfSpace(np.array([2.5, 0, 3.0]), -slope * [-1, 1, 1])
    gable = left.taken_from(right.taken_from(WALL, METRES), METRES)
    assert volume(gable) == pytest.approx((5 * 3 - 2.5 * 2.5) * 0.2)


def test_a_bounded_half_space_only_cuts_inside_its_boundary():
    boundary = np.array([[1, -1], [2, -1], [2, 1], [1, 1.0]])
    notch = HalfSpace(np.array([0, 0, 2.0]), -UP, boundary, np.eye(4))
    cut = notch.taken_from(WALL, METRES)
    assert volume(cut) == pytest.approx(3 - 1 * 0.2 * 1, rel=1e-4)
    assert cut.vertices[:, 2].max() == pytest.approx(3)


def test_a_boundary_may_run_clockwise_and_stand_on_its_side():
    sideways = np.array([[0, 0, 1, 0], [1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 0, 1.0]])  # local z along x, local x along y
    boundary = np.array([[-1, 2], [-1, 9], [1, 9], [1, 2.0]])[::-1]
    notch = HalfSpace(np.array([4.0, 0, 0]), np.array([-1.0, 0, 0]), boundary, sideways)
    assert volume(notch.taken_from(WALL, METRES)) == pytest.approx(3 - 1 * 0.2 * 1, rel=1e-4)


def test_a_concave_boundary_is_cut_as_it_is():
    corner = np.array([[0, 0], [2, 0], [2, 1], [1, 1], [1, 2], [0, 2.0]])
    slab = box((0, 0, 0), (4, 4, 0.5))
    cut = HalfSpace(ORIGIN, -UP, corner, np.eye(4)).taken_from(slab, METRES)
    assert volume(cut) == pytest.approx((16 - 3) * 0.5, rel=1e-4)


def test_a_prism_is_closed_and_faces_outwards():
    ring = np.array([[0, 0], [1, 0], [2, 0], [2, 1], [1, 1], [1, 2], [0, 2], [0, 0.0]])
    body = prism(ring, -1, 2)
    assert is_closed(body.triangles.astype(np.int64), len(body.vertices))
    assert volume(body) == pytest.approx(9)
    assert surface_area(body.vertices, body.triangles) == pytest.approx(2 * 3 + 8 * 3)


@pytest.mark.parametrize("ring, reason", [
    ([[0, 0], [1, 1], [1, 0], [0, 1]], "boundary-crosses-itself"),
    ([[0, 0], [1, 1], [0, 0]], "boundary-degenerate"),
])
def test_a_boundary_that_is_no_polygon_is_refused(ring, reason):
    with pytest.raises(Refused, match=reason):
        prism(np.array(ring, float), 0, 1)


def test_a_union_with_a_half_space_is_refused():
    with pytest.raises(Refused, match="boolean:UNION"):
        combined("UNION", WALL, HalfSpace(ORIGIN, UP), METRES)
