"""Distances to edges by height, and the ground under an outline."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from bim.siteplan import clip_between, ground_under, nearest_edge, places_under
from tests.bim.siteplan.solids import FAR, box

ROAD = shapely.LineString([(FAR[0] - 100, FAR[1]), (FAR[0] + 100, FAR[1])])
LANE = shapely.LineString([(FAR[0] + 30, FAR[1] - 100), (FAR[0] + 30, FAR[1] + 100)])


def test_the_nearest_edge_and_place() -> None:
    found = nearest_edge(FAR + box((0, 4.25, 0), (20, 15, 12)), [ROAD, LANE])
    assert found is not None
    assert (found.distance_m, found.edge) == (pytest.approx(4.25, abs=1e-3), 0)
    assert found.place[1] == pytest.approx(FAR[1] + 4.25, abs=1e-3)


def test_only_the_part_between_two_levels_counts() -> None:
    """A leaning wall: 2 m away at 0, 8 m away at 12, so 5 m away at 6."""
    wall = FAR + np.array([[[0, 2, 0], [10, 2, 0], [10, 8, 12]], [[0, 2, 0], [10, 8, 12], [0, 8, 12.0]]])
    upper = nearest_edge(wall, [ROAD], 6.0, 100.0)
    lower = nearest_edge(wall, [ROAD], 0.0, 6.0)
    assert upper is not None
    assert lower is not None
    assert (upper.distance_m, lower.distance_m) == (pytest.approx(5.0, abs=1e-3), pytest.approx(2.0, abs=1e-3))
    assert upper.place[2] == pytest.approx(6.0, abs=1e-3)
    assert nearest_edge(wall, [ROAD], 12.5, 100.0) is None


def test_a_body_over_the_edge_has_no_distance() -> None:
    found = nearest_edge(FAR + box((0, -1, 0), (20, 15, 12)), [ROAD])
    assert found is not None
    assert found.distance_m == 0.0


def test_slices_keep_their_area() -> None:
    corners = box((0, 0, 0), (2, 3, 4))
    sides = clip_between(corners, 1.0, 2.5)
    area = np.linalg.norm(np.cross(sides[:, 1] - sides[:, 0], sides[:, 2] - sides[:, 0]), axis=1).sum() / 2
    assert area == pytest.approx(2 * (2 + 3) * 1.5)
    assert len(clip_between(corners, 5.0, 6.0)) == 0


def test_the_ground_under_an_outline() -> None:
    """A plane that rises to the east by 1 in 10: its extremes are at the corners."""
    outline = shapely.box(FAR[0], FAR[1], FAR[0] + 20, FAR[1] + 10)
    places = places_under(outline)
    found = ground_under(places, 5 + 0.1 * (places[:, 0] - FAR[0]))
    assert (found.lowest, found.highest) == (pytest.approx(5.0), pytest.approx(7.0))
    assert found.highest_at[0] == pytest.approx(FAR[0] + 20)
    assert len(places) < 400
