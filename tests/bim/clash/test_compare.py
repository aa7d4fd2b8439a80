"""Two bodies compared: depth, volume, distance and sameness against what geometry says they are."""

from __future__ import annotations

import numpy as np
import pytest

from bim.clash.compare import _overlap_of_surfaces, distance, is_same, overlap
from bim.clash.scene import Member, Scene
from bim.shapes import Placement, Shapes
from csdi.geometry import Mesh
from tests.bim.clash.bodies import Floats, box, item, joined, shapes, tube, turned

FRAMES = [np.eye(4), turned(33, (812_000.0, 819_000.0, 60.0), 20)]
WALL = box((0, 0, 0), (5, 0.2, 3))


def scene(a: Mesh, b: Mesh, frame: Floats | None = None) -> Scene:
    return Scene([Member("m", shapes({"a": a, "b": b}, frame))])


def placed(frame: Floats, *point: float) -> Floats:
    return np.asarray(frame[:3, :3] @ point + frame[:3, 3])


@pytest.mark.parametrize("frame", FRAMES)
def test_two_cuboids_have_the_depth_volume_and_middle_of_what_they_share(frame: Floats) -> None:
    both = scene(box((0, 0, 0), (1, 1, 1)), box((0.95, 0.5, 0.25), (3, 2, 2)), frame)
    found = overlap(both, 0, 1, 0.001)
    assert found is not None
    assert found.depth_m == pytest.approx(0.05, abs=1e-6)
    assert found.volume_m3 == pytest.approx(0.05 * 0.5 * 0.75, abs=1e-6)
    assert np.linalg.norm(found.point + both.origin - placed(frame, 0.975, 0.75, 0.625)) < 0.15


@pytest.mark.parametrize("frame", FRAMES)
@pytest.mark.parametrize("other", [box((1, 0, 0), (2, 1, 1)), box((1, 0.3, -1), (2, 2, 0.5)), box((1, 1, 0), (2, 2, 1)),
                                   box((1, 1, 1), (2, 2, 2)), box((0.25, 0.25, 1), (0.5, 0.5, 4))])
def test_bodies_that_touch_share_nothing(frame: Floats, other: Mesh) -> None:
    assert overlap(scene(box((0, 0, 0), (1, 1, 1)), other, frame), 0, 1, 0.001) is None


@pytest.mark.parametrize("frame", FRAMES)
def test_open_bodies_that_touch_along_two_faces_share_nothing(frame: Floats) -> None:
    corner = joined(box((0, 0, 0), (1, 2, 2)), box((1, 0, 0), (3, 2, 1)))
    unclosed = Mesh(corner.vertices, corner.triangles[1:])
    both = scene(unclosed, box((1, 0.5, 1), (2, 1.5, 2)), frame)
    assert both.solid(0) is None
    assert overlap(both, 0, 1, 0.001) is None


@pytest.mark.parametrize(("deep", "found"), [(0.0015, False), (0.003, True)])
def test_the_tolerance_decides_what_is_a_touch(deep: float, found: bool) -> None:
    both = scene(box((0, 0, 0), (1, 1, 1)), box((1 - deep, 0, 0), (2, 1, 1)))
    assert (overlap(both, 0, 1, 0.002) is not None) is found


@pytest.mark.parametrize("frame", FRAMES)
@pytest.mark.parametrize("radius", [0.05, 0.3])
def test_a_pipe_through_a_wall_is_as_deep_as_the_lesser_of_both(frame: Floats, radius: float) -> None:
    found = overlap(scene(WALL, tube((2, -1, 1.5), (2, 2, 1.5), radius, 64), frame), 0, 1, 0.002)
    assert found is not None
    assert found.depth_m == pytest.approx(min(2 * radius, 0.2), rel=0.01)
    assert found.volume_m3 == pytest.approx(0.2 * np.pi * radius ** 2, rel=0.01)


@pytest.mark.parametrize("frame", FRAMES)
def test_an_open_pipe_through_a_wall_is_measured_by_its_triangles(frame: Floats) -> None:
    found = overlap(scene(WALL, tube((2, -1, 1.5), (2, 2, 1.5), 0.05, capped=False), frame), 0, 1, 0.002)
    assert found is not None
    assert found.volume_m3 is None
    assert found.depth_m == pytest.approx(0.1, rel=0.02)


def test_a_pipe_that_ends_in_a_wall_that_is_not_closed() -> None:
    hollow = Mesh(WALL.vertices, WALL.triangles[2:])
    found = overlap(scene(hollow, tube((2, -1, 1.5), (2, 0.05, 1.5), 0.1)), 0, 1, 0.002)
    assert found is not None
    assert found.depth_m == pytest.approx(0.05, abs=0.005)


def test_two_sheets_that_cross_clash_and_two_that_meet_at_an_edge_do_not() -> None:
    flat = Mesh(np.array([[0.0, 0, 0], [2, 0, 0], [2, 2, 0], [0, 2, 0]]), np.array([[0, 1, 2], [0, 2, 3]], np.int32))
    upright = Mesh(np.array([[1.0, 0, -1], [1, 2, -1], [1, 2, 1], [1, 0, 1]]), flat.triangles)
    standing = Mesh(upright.vertices + np.array([0.0, 0, 1]), flat.triangles)
    crossed = overlap(scene(flat, upright), 0, 1, 0.002)
    assert crossed is not None
    assert crossed.depth_m == pytest.approx(1.0)
    assert overlap(scene(flat, standing), 0, 1, 0.002) is None


def test_a_body_inside_another_is_as_deep_as_it_is_thick() -> None:
    found = overlap(scene(box((0, 0, 0), (5, 5, 5)), box((2, 2, 2), (3, 2.5, 4))), 0, 1, 0.002)
    assert found is not None
    assert [found.depth_m, found.volume_m3] == pytest.approx([0.5, 1.0])


def test_what_stands_in_the_hollow_of_a_body_shares_nothing_with_it() -> None:
    inner = box((1, 1, 1), (4, 4, 4))
    shell = joined(box((0, 0, 0), (5, 5, 5)), Mesh(inner.vertices, np.ascontiguousarray(inner.triangles[:, ::-1])))
    assert overlap(scene(shell, box((2, 2, 2), (3, 3, 3))), 0, 1, 0.002) is None


def test_bodies_of_one_element_that_overlap_count_once() -> None:
    twin = joined(box((0, 0, 0), (2, 1, 1)), box((1, 0, 0), (3, 1, 1)))
    found = overlap(scene(twin, box((0, 0, 0.5), (3, 1, 2))), 0, 1, 0.002)
    assert found is not None
    assert found.volume_m3 == pytest.approx(1.5)


def test_an_element_of_several_items_is_compared_with_all_of_them() -> None:
    several = Shapes([item(box((0, 0, 0), (1, 1, 1)))],
                     [Placement("a", 0, turned(0)), Placement("a", 0, turned(0, (5, 0, 0))), Placement("b", 0, turned(0, (5.9, 0, 0)))])
    found = overlap(Scene([Member("m", several)]), 0, 1, 0.002)
    assert found is not None
    assert found.depth_m == pytest.approx(0.1)


@pytest.mark.parametrize("frame", FRAMES)
def test_bodies_that_are_flush_on_four_sides_are_as_deep_as_they_overlap(frame: Floats) -> None:
    first = box((0, 0, 0), (1, 1, 1))
    both = scene(Mesh(first.vertices, first.triangles[[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]]), box((0.95, 0, 0), (3, 1, 1)), frame)
    found = overlap(both, 0, 1, 0.002)
    assert found is not None
    assert found.depth_m == pytest.approx(0.05, abs=0.002)


@pytest.mark.parametrize("frame", FRAMES)
def test_a_panel_that_fills_a_hole_touches_its_sides(frame: Floats) -> None:
    sides = (box((0, 0, 0), (1, 0.2, 3)), box((2, 0, 0), (5, 0.2, 3)), box((1, 0, 2), (2, 0.2, 3)))
    wall = joined(*sides, box((1, 0, -0.5), (2, 0.2, 0)))
    both = scene(Mesh(wall.vertices, wall.triangles[:-1]), box((1, 0.05, 0), (2, 0.1, 2)), frame)
    assert overlap(both, 0, 1, 0.002) is None


def test_triangles_and_solids_agree_on_cuboids_that_lie_anyhow() -> None:
    chance = np.random.default_rng(7)
    hits = 0
    for _ in range(150):
        low, size = chance.uniform(-1, 1, (2, 3)), chance.uniform(0.2, 1.5, (2, 3))
        a, b = (box(tuple(low[k]), tuple(low[k] + size[k])).placed(turned(chance.uniform(0, 360), tilt=chance.uniform(0, 90)))
                for k in (0, 1))
        both = scene(a, b)
        solid, faces = overlap(both, 0, 1, 0.002), _overlap_of_surfaces(both, 0, 1, 0.002)
        assert (solid is None) == (faces is None)
        if solid is not None and faces is not None:
            hits += 1
            assert faces.depth_m == pytest.approx(solid.depth_m, rel=0.02, abs=1e-4)
    assert 30 < hits < 130


@pytest.mark.parametrize("frame", FRAMES)
def test_the_distance_of_pipes_side_by_side_is_that_of_their_axes_less_their_radii(frame: Floats) -> None:
    both = scene(tube((0, 0, 0), (10, 0, 0), 0.1, 32), tube((0, 0.5, 0.3), (10, 0.5, 0.3), 0.05, 32), frame)
    found = distance(both, 0, 1, 1.0)
    assert found is not None
    assert found[0] == pytest.approx(np.hypot(0.5, 0.3) - 0.15, abs=0.002)
    assert distance(both, 0, 1, 0.4) is None


@pytest.mark.parametrize(("low", "wanted"), [((1.3, 0.2, 0.2), 0.3), ((1.3, 1.4, 0.2), 0.5), ((1.2, 1.4, 1.4), 0.6)])
def test_the_distance_of_cuboids_over_faces_edges_and_corners(low: tuple[float, float, float], wanted: float) -> None:
    both = scene(box((0, 0, 0), (1, 1, 1)), box(low, (3, 3, 3)))
    found = distance(both, 0, 1, 2.0)
    assert found is not None
    assert found[0] == pytest.approx(wanted)


def test_the_distance_of_edges_that_pass_each_other() -> None:
    ridge = box((-0.5, -3, -0.5), (0.5, 3, 0.5)).placed(_about_y(45))
    across = box((-3, -0.5, -0.5), (3, 0.5, 0.5)).placed(turned(0, (0, 0, 2), 45))
    found = distance(scene(ridge, across), 0, 1, 2.0)
    assert found is not None
    assert found[0] == pytest.approx(2 - np.sqrt(2))


def test_surfaces_that_meet_have_no_distance() -> None:
    found = distance(scene(WALL, tube((2, -1, 1.5), (2, 2, 1.5), 0.05)), 0, 1, 0.1)
    assert found is not None
    assert found[0] == 0.0


def test_the_same_shape_in_other_triangles_is_the_same_and_one_moved_a_little_is_not() -> None:
    body = tube((0, 0, 0), (0, 0, 3), 0.4, 16)
    order = np.random.default_rng(3).permutation(len(body.triangles))
    again = Mesh(body.vertices[::-1].copy(), np.ascontiguousarray((len(body.vertices) - 1 - body.triangles)[order]).astype(np.int32))
    assert is_same(scene(body, again), 0, 1, 0.001)
    assert not is_same(scene(body, Mesh(body.vertices + np.array([0.005, 0, 0]), body.triangles)), 0, 1, 0.001)
    assert not is_same(scene(body, tube((0, 0, 0), (0, 0, 3), 0.4, 16, capped=False)), 0, 1, 0.001)


def _about_y(degrees: float) -> Floats:
    turn = np.deg2rad(degrees)
    matrix = np.eye(4)
    matrix[:3, :3] = [[np.cos(turn), 0, np.sin(turn)], [0, 1, 0], [-np.sin(turn), 0, np.cos(turn)]]
    return matrix
