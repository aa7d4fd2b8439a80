import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bim.tessellation.body import Body, Refused, joined
from bim.tessellation.booleans import Margins, intersected, subtracted, trimmed, united
from bim.tessellation.topology import is_closed, signed_volume, surface_area

from .solids import box, turned

METRES = Margins.of(1.0, 1e-5)
MAP = np.array([816_000.0, 836_000.0, 5.0])


def volume(body: Body) -> float:
    return signed_volume(body.vertices, body.triangles)


def test_a_door_is_cut_out_of_a_wall():
    wall, door = box((0, 0, 0), (5, 0.2, 3)), box((1, -1, 0), (2, 1, 2))
    cut = subtracted(wall, [door], METRES)
    assert cut.closed
    assert is_closed(cut.triangles.astype(np.int64), len(cut.vertices))
    assert volume(cut) == pytest.approx(5 * 0.2 * 3 - 1 * 0.2 * 2, rel=1e-4)


@pytest.mark.parametrize("short", [1e-6, -1e-6, 1e-5, 0.0])
def test_an_opening_that_ends_a_hair_inside_the_wall_leaves_no_skin(short):
    wall = turned(box((0, 0, 0), (5, 0.2, 3)), 0.3)
    window = turned(box((1, short, 1), (2, 0.2 - short, 2)), 0.3)
    cut = subtracted(wall, [window], METRES)
    assert surface_area(cut.vertices, cut.triangles) == pytest.approx(2 * (15 - 1) + 2 * 0.2 * 8 + 4 * 0.2, rel=1e-3)


def test_an_opening_in_map_coordinates_leaves_no_skin():
    wall, window = box((0, 0, 0), (5, 0.2, 3)), box((1, 1e-6, 1), (2, 0.2 - 1e-6, 2))
    there = np.eye(4)
    there[:3, 3] = MAP
    cut = subtracted(wall.placed(there), [window.placed(there)], METRES)
    assert surface_area(cut.vertices, cut.triangles) == pytest.approx(2 * (15 - 1) + 2 * 0.2 * 8 + 4 * 0.2, rel=1e-3)


def test_openings_that_nearly_touch_leave_no_membrane_between_them():
    wall = box((0, 0, 0), (5, 0.2, 3))
    cut = subtracted(wall, [box((1, -1, 0), (2, 1, 1)), box((1, -1, 1 + 1e-6), (2, 1, 2))], METRES)
    assert surface_area(cut.vertices, cut.triangles) == pytest.approx(2 * (15 - 2) + 0.2 * (5 + 5 - 1 + 3 + 3 + 2 + 2 + 1), rel=1e-3)


def test_a_wall_eaten_whole_by_its_opening_is_an_empty_body():
    cut = subtracted(box((0, 0, 0), (1, 1, 1)), [box((1e-6, 1e-6, 1e-6), (1 - 1e-6, 1, 1))], METRES)
    assert cut.triangles.shape == (0, 3)
    assert cut.vertices.shape == (0, 3)


def test_an_opening_beside_the_wall_changes_nothing_even_of_an_open_shell():
    wall = box((0, 0, 0), (5, 0.2, 3))
    shell = Body(wall.vertices, wall.triangles[2:], False)
    assert subtracted(shell, [box((9, 9, 9), (10, 10, 10))], METRES) is shell


def test_an_open_shell_cannot_be_cut():
    wall = box((0, 0, 0), (5, 0.2, 3))
    with pytest.raises(Refused, match="operand-not-manifold"):
        subtracted(Body(wall.vertices, wall.triangles[2:], False), [box((1, -1, 0), (2, 1, 2))], METRES)


def test_an_operand_whose_faces_share_no_vertices_is_welded():
    wall = box((0, 0, 0), (5, 0.2, 3))
    soup = Body(wall.vertices[wall.triangles.reshape(-1)], np.arange(36, dtype=np.int32).reshape(-1, 3))
    assert volume(subtracted(soup, [box((1, -1, 0), (2, 1, 2))], METRES)) == pytest.approx(2.6, rel=1e-4)


def test_an_operand_turned_inside_out_still_cuts():
    door = box((1, -1, 0), (2, 1, 2))
    inside_out = Body(door.vertices, door.triangles[:, ::-1], True)
    assert volume(subtracted(box((0, 0, 0), (5, 0.2, 3)), [inside_out], METRES)) == pytest.approx(2.6, rel=1e-4)


def test_triangles_of_the_host_keep_their_style_and_cut_faces_have_none():
    wall = box((0, 0, 0), (5, 0.2, 3))
    up = np.ptp(wall.vertices[wall.triangles][:, :, 2], axis=1) == 0
    coloured = Body(wall.vertices, wall.triangles, True, np.where(up, 7, 9).astype(np.int64))
    cut = subtracted(coloured, [box((1, -1, 1), (2, 1, 2))], METRES)
    areas = {int(style): surface_area(cut.vertices, cut.triangles[cut.style_of == style]) for style in np.unique(cut.style_of)}
    assert areas == pytest.approx({7: 2 * 5 * 0.2, 9: 2 * (15 - 1) + 2 * 0.6, 0: 4 * 0.2}, rel=1e-3)


def test_the_union_has_no_inner_walls():
    both = united([box((0, 0, 0), (2, 1, 1)), box((1, 0, 0), (3, 1, 1))], METRES)
    assert volume(both) == pytest.approx(3)
    assert surface_area(both.vertices, both.triangles) == pytest.approx(14)


def test_the_intersection_with_nothing_is_empty():
    assert len(intersected([box((0, 0, 0), (1, 1, 1)), box((2, 0, 0), (3, 1, 1))], METRES).triangles) == 0


@settings(max_examples=40, deadline=None)
@given(st.floats(-1, 1), st.floats(-1, 1), st.floats(-1, 1), st.floats(-0.6, 0.6))
def test_the_two_sides_of_a_plane_make_up_the_whole(x, y, z, at):
    normal = np.array([x, y, z])
    if np.linalg.norm(normal) < 0.1:
        return
    host, point = box((0, 0, 0), (1, 2, 3)), np.array([0.5, 1, 1.5]) + at * normal
    parts = [trimmed(host, side * normal, point, METRES) for side in (1, -1)]
    assert sum(volume(part) for part in parts) == pytest.approx(6, rel=1e-3)
    assert all(is_closed(part.triangles.astype(np.int64), len(part.vertices)) for part in parts if len(part.triangles))


def test_a_plane_through_the_middle_halves_a_box():
    half = trimmed(box((0, 0, 0), (2, 1, 1)), np.array([3.0, 0, 0]), np.array([0.5, 7, 7]), METRES)
    assert volume(half) == pytest.approx(1.5)
    assert half.vertices[:, 0].min() == pytest.approx(0.5)


def test_a_plane_in_a_face_takes_all_or_nothing():
    host = box((0, 0, 0), (2, 1, 1))
    assert trimmed(host, np.array([0, 0, -1.0]), np.array([0, 0, 1 - 1e-6]), METRES) is host
    assert len(trimmed(host, np.array([0, 0, 1.0]), np.array([0, 0, 1 - 1e-6]), METRES).triangles) == 0


def test_margins_follow_the_length_unit():
    millimetres = Margins.of(0.001, 0.01)
    wall, window = box((0, 0, 0), (5000, 200, 3000)), box((1000, 1e-3, 1000), (2000, 200 - 1e-3, 2000))
    cut = subtracted(wall, [window], millimetres)
    assert volume(cut) == pytest.approx(14 * 0.2 * 1e9, rel=1e-3)
    assert millimetres.growth == pytest.approx(0.1)


def test_a_host_of_two_separate_boxes_is_cut_in_both():
    host = joined([box((0, 0, 0), (1, 1, 1)), box((2, 0, 0), (3, 1, 1))])
    assert volume(subtracted(host, [box((0.5, -1, -1), (2.5, 2, 2))], METRES)) == pytest.approx(1)
