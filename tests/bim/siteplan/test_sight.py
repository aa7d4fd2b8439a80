"""Sight lines past bodies, walls and hills."""

from __future__ import annotations

import time

import numpy as np
import pytest
import shapely

from bim.siteplan import newly_blocked, prism, terrain_triangles
from tests.bim.siteplan.solids import FAR, box

EYE = FAR + np.array([0, 0, 60])


def ground_points(*x: float) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    return FAR + np.array([[one, 0.0, 0.0] for one in x])


def test_the_shadow_of_a_wall_has_the_length_that_similar_triangles_give() -> None:
    """A wall 20 m high at 100 m, seen from 60 m: the ground is hidden from 100 to 150 m."""
    wall = FAR + box((100, -30, 0), (100.5, 30, 20))
    x = np.array([50, 99, 101, 140, 149.9, 151.5, 200.0])
    found = newly_blocked(EYE, ground_points(*x), [FAR + box((0, 50, 0), (9, 59, 9)), wall])
    assert found.seen.all()
    assert found.body.tolist() == [-1, -1, 1, 1, 1, -1, -1]
    assert found.places[3] == pytest.approx(FAR + np.array([100, 0, 60 - 60 * 100 / 140]), abs=1e-3)


def test_what_is_hidden_already_is_not_lost() -> None:
    old, new = FAR + box((50, -30, 0), (51, 30, 40)), FAR + box((100, -30, 0), (101, 30, 20))
    found = newly_blocked(EYE, ground_points(140, 160), [new], standing=[old])
    assert (found.seen.tolist(), found.body.tolist()) == ([False, True], [-1, -1])


def test_a_hill_hides_and_flat_ground_does_not_hide_itself() -> None:
    x, y = FAR[0] + np.arange(-10.0, 400, 10), FAR[1] + np.arange(-50.0, 51, 10)
    hill = np.where(np.abs(x - FAR[0] - 100) < 1, 30.0, 0.0)
    found = newly_blocked(EYE, ground_points(60, 150, 300), [], ground=[terrain_triangles(x, y, np.tile(hill, (len(y), 1)))], ground_step_m=10)
    assert found.seen.tolist() == [True, False, True]


def test_cells_of_unknown_ground_are_left_out() -> None:
    heights = np.zeros((4, 5))
    heights[1, 1] = np.nan
    assert len(terrain_triangles(np.arange(5.0), np.arange(4.0), heights)) == 2 * 12 - 6


def test_a_prism_is_as_high_and_wide_as_its_polygon() -> None:
    shape = shapely.Polygon([(0, 0), (10, 0), (10, 6), (0, 6)], [[(2, 2), (4, 2), (4, 4), (2, 4)]])
    corners = prism(shape, 1.0, 5.0)
    area = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1).sum() / 2
    assert area == pytest.approx(60 - 4 + 4 * (32 + 8))


def test_many_sight_lines_are_quick() -> None:
    rng = np.random.default_rng(3)
    targets = FAR + np.column_stack([rng.uniform(500, 4000, 100_000), rng.uniform(-2000, 2000, 100_000), np.zeros(100_000)])
    bodies = [FAR + box((x, y, 0), (x + 20, y + 20, 15)) for x in range(300, 3000, 300) for y in range(-2000, 2000, 200)]
    began = time.process_time()
    newly_blocked(EYE, targets, bodies)
    assert time.process_time() - began < 5
