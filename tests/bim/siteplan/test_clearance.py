"""Distances in space from bodies to pipes and zones."""

from __future__ import annotations

import math

import numpy as np
import pytest
import shapely

from bim.siteplan import Strand, Strands, nearest_zone
from bim.siteplan.segments import segment_to_triangle
from tests.bim.siteplan.solids import FAR, box, turned

PILE = FAR + box((0, 0, -10), (1, 1, 0))


def pipe(*points: tuple[float, float, float], radius: float = 0.0, wanted: float = 5.0) -> Strand:
    return Strand(FAR + np.array(points), radius, wanted)


def test_a_pipe_beside_a_pile_less_its_radius() -> None:
    found = Strands([pipe((3, -20, -4), (3, 20, -4), radius=0.45)]).nearest(PILE)
    assert found is not None
    assert found.distance_m == pytest.approx(2 - 0.45, abs=1e-3)
    assert found.place[0] == pytest.approx(FAR[0] + 1, abs=1e-3)


def test_a_pipe_that_slants_past_an_edge() -> None:
    """Edge at (1, 1, z), pipe in the plane x + y = 4: the distance is that of two skew lines."""
    found = Strands([pipe((4, 0, -9), (0, 4, -1))]).nearest(PILE)
    assert found is not None
    assert found.distance_m == pytest.approx((4 - 2) / math.sqrt(2), abs=1e-3)


def test_a_pipe_under_a_pile_and_one_through_it() -> None:
    under = Strands([pipe((-5, 0.5, -12), (5, 0.5, -12), radius=0.2)]).nearest(PILE)
    through = Strands([pipe((-5, 0.5, -7), (5, 0.5, -7), radius=0.2)]).nearest(PILE)
    assert under is not None
    assert through is not None
    assert (under.distance_m, through.distance_m) == (pytest.approx(1.8, abs=1e-3), 0.0)
    assert through.place[2] == pytest.approx(-7, abs=1e-3)


def test_a_line_wholly_inside_a_body_has_no_clearance() -> None:
    found = Strands([pipe((0.5, 0.5, -6), (0.5, 0.5, -4), wanted=0.1)]).nearest(PILE)
    assert found is not None
    assert found.distance_m == 0.0


def test_the_worst_against_what_is_asked_for_not_the_nearest() -> None:
    """2.0 m from a cable that needs 0.3 m is well; 4.0 m from a main that needs 4.5 m is not."""
    cable, main = pipe((3, -20, -4), (3, 20, -4), wanted=0.3), pipe((-4, -20, -4), (-4, 20, -4), wanted=4.5)
    found = Strands([cable, main]).nearest(PILE)
    assert found is not None
    assert (found.number, found.distance_m) == (1, pytest.approx(4.0, abs=1e-3))
    assert Strands([cable]).nearest(PILE) is None


def test_random_segments_against_dense_samples() -> None:
    rng = np.random.default_rng(7)
    shares = rng.dirichlet((1, 1, 1), 4000)
    along = np.linspace(0, 1, 200)[:, None]
    for _ in range(25):
        corners, (start, end) = rng.uniform(-2, 2, (1, 3, 3)), rng.uniform(-2, 2, (2, 3))
        away, points = segment_to_triangle(start, end, corners)
        sampled = np.linalg.norm((shares @ corners[0])[:, None] - (start + along * (end - start))[None], axis=2).min()
        assert away[0] <= sampled + 1e-9
        assert away[0] >= sampled - 0.12
        share = np.clip((points[0] - start) @ (end - start) / ((end - start) @ (end - start)), 0, 1)
        assert np.linalg.norm(points[0] - start - share * (end - start)) == pytest.approx(away[0], abs=1e-9)


def test_a_zone_without_levels_is_a_matter_of_plan() -> None:
    zone = shapely.box(FAR[0] + 4, FAR[1] - 10, FAR[0] + 20, FAR[1] + 10)
    found = nearest_zone(PILE, [zone])
    assert found is not None
    assert found.distance_m == pytest.approx(3.0, abs=1e-3)


@pytest.mark.parametrize(("at", "wanted"), [((0, 0, 5), 2.0), ((6, 0, 5), math.hypot(2, 2)), ((6, 5, 1), math.hypot(2, 1)), ((1, 1, 1), 0.0)])
def test_a_zone_with_a_roof(at: tuple[float, float, float], wanted: float) -> None:
    """A prism 4 x 4 x 3 m; a cube of 1 m over it, over its rim, beside its corner, inside it."""
    zone = shapely.box(FAR[0], FAR[1], FAR[0] + 4, FAR[1] + 4)
    found = nearest_zone(FAR + box((0, 0, 0), (1, 1, 1)) + at, [zone], 0.0, 3.0)
    assert found is not None
    assert found.distance_m == pytest.approx(wanted, abs=1e-3)


def test_turned_bodies_give_the_same_distance() -> None:
    """A box turned by 30 degrees about its corner, and a pipe turned with it."""
    corners = turned(box((0, 0, -3), (2, 1, 0)), math.pi / 6)
    axis = turned(np.array([[[2.7, -9, -1], [2.7, 9, -1]]]), math.pi / 6)[0]
    found = Strands([Strand(FAR + axis, 0.1, 2.0)]).nearest(FAR + corners)
    assert found is not None
    assert found.distance_m == pytest.approx(0.6, abs=1e-3)
