"""Surfaces around runways: levels against the clauses' own arithmetic, penetrations against analytic bodies."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from csdi.errors import ValueInvalid
from csdi.limits import Bodies, Disc, Patch, Plane, Ring, Runway, RunwayEnd, Surface, penetrations, surfaces_of, table_sets
from tests.csdi.limits.hkia import LEVEL, RUNWAYS

OLS = table_sets()["icao-annex14-ols"]
MM, CM = 1e-3, 1e-2


@pytest.fixture(scope="module")
def level_runway() -> list[Surface]:
    """A runway due east, 3 000 m, all at 10 mPD."""
    runway = Runway((RunwayEnd("09", (800000.0, 820000.0), 10.0), RunwayEnd("27", (803000.0, 820000.0), 10.0)))
    return surfaces_of([runway], OLS, 10.0)


def named(surfaces: list[Surface], id: str) -> Surface:
    return next(one for one in surfaces if one.id == id)


@pytest.mark.parametrize(("id", "along", "across", "level"), [
    ("strip-09-27", 1500.0, 139.0, 10.0),
    ("strip-09-27", -59.0, -139.0, 10.0),
    ("strip-09-27", -61.0, 0.0, None),
    ("approach-09", -60.0, 0.0, 10.0),
    ("approach-09", -59.0, 0.0, None),
    ("approach-09", -1060.0, 0.0, 30.0),
    ("approach-09", -3060.0, 500.0, 70.0),
    ("approach-09", -6660.0, 0.0, 160.0),
    ("approach-09", -15060.0, 2389.0, 160.0),
    ("approach-09", -15060.0, 2391.0, None),
    ("approach-27", 3060.0 + 3600.0, 0.0, 10 + 60 + 600 * 0.025),
    ("transitional-09-27", 1500.0, 140.0 + 100.0, 10 + 14.3),
    ("transitional-09-27", 1500.0, -(140.0 + 45 / 0.143) - 0.1, None),
    ("transitional-09-27", -1060.0, 140 + 150 + 50.0, 30 + 0.143 * 50),
    ("inner-horizontal", 1500.0, 3999.0, 55.0),
    ("inner-horizontal", -60.0 - 3999.0, 0.0, 55.0),
    ("inner-horizontal", 1500.0, 4001.0, None),
    ("conical", 1500.0, 4000.0 + 1000.0, 105.0),
    ("conical", 1500.0, 6000.5, None),
    ("conical", 3060.0 + 3000 + 1200, 4000 + 1600.0, 55 + 0.05 * (np.hypot(4200, 5600) - 4000) if np.hypot(4200, 5600) < 6000 else None),
    ("takeoff-climb-27", 3060.0 + 5000, 0.0, 110.0),
    ("takeoff-climb-27", 3060.0 + 10000, 599.0, 210.0),
    ("takeoff-climb-27", 3060.0 + 10000, 601.0, None),
    ("inner-approach-09", -60.0 - 900.0, 69.0, 28.0),
    ("inner-approach-09", -60.0 - 900.0, 71.0, None),
    ("balked-landing-09", 1800.0 + 1000.0, 0.0, 10 + 33.3),
    ("inner-transitional-09", 500.0, 70.0 + 30.0, 10 + 0.333 * 30),
])
def test_levels_are_those_of_the_tables(level_runway: list[Surface], id: str, along: float, across: float, level: float | None) -> None:
    found = named(level_runway, id).levels(np.array([[800000.0 + along, 820000.0 + across]]))[0]
    assert np.isnan(found) if level is None else found == pytest.approx(level, abs=1e-6)


def test_levels_follow_a_sloping_runway() -> None:
    runway = Runway((RunwayEnd("09", (800000.0, 820000.0), 10.0), RunwayEnd("27", (803000.0, 820000.0), 40.0)))
    surfaces = surfaces_of([runway], OLS, 20.0)
    at = np.array([[801500.0, 820000.0 + 140 + 10]])
    assert named(surfaces, "transitional-09-27").levels(at)[0] == pytest.approx(25 + 1.43)
    assert named(surfaces, "balked-landing-09").levels(np.array([[801800.0, 820000.0]]))[0] == pytest.approx(28.0)


def test_a_displaced_threshold_moves_the_approach_and_not_the_take_off() -> None:
    surfaces = surfaces_of([Runway((RunwayEnd("09", (800000.0, 820000.0), 10.0, displaced_m=300.0),
                                    RunwayEnd("27", (803000.0, 820000.0), 10.0)))], OLS, 10.0)
    assert named(surfaces, "approach-09").levels(np.array([[800240.0 - 1000, 820000.0]]))[0] == pytest.approx(30.0)
    assert named(surfaces, "takeoff-climb-09").levels(np.array([[800000.0 - 60 - 1000, 820000.0]]))[0] == pytest.approx(30.0)


def test_surfaces_of_hkia_meet_where_they_should() -> None:
    surfaces = surfaces_of(RUNWAYS, OLS, LEVEL)
    assert {one.kind for one in surfaces} >= {"approach", "transitional", "inner_horizontal", "conical", "takeoff_climb", "balked_landing"}
    top = named(surfaces, "inner-horizontal")
    assert top.levels(np.array([[811323.6, 819614.9]]))[0] == pytest.approx(53.53)
    cone = named(surfaces, "conical").patches[0]
    assert isinstance(cone, Ring)
    rim = shapely.get_coordinates(shapely.MultiPoint(cone.core).convex_hull.buffer(4000.0, quad_segs=90).exterior)
    assert np.abs(named(surfaces, "conical").levels(rim + (rim - rim.mean(axis=0)) * 1e-6) - 53.53).max() < CM
    transitional = next(one for one in surfaces if one.id == "transitional-07C-25C")
    assert all(np.isfinite(patch.levels(patch.outline.representative_point().coords[0] * np.ones((1, 2)))[0]) and isinstance(patch, Plane)
               for patch in transitional.patches)


def box(east: float, north: float, low: float, high: float, size: float = 10.0) -> np.ndarray:
    """Triangles (12, 3, 3) of an upright box around a place."""
    return prism(np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * size / 2 + [east, north], low, high)


def prism(outline: np.ndarray, low: float, high: float) -> np.ndarray:
    """Triangles of an upright prism."""
    count = len(outline)
    bottom, top = np.column_stack([outline, np.full(count, low)]), np.column_stack([outline, np.full(count, high)])
    faces = []
    for i in range(count):
        j = (i + 1) % count
        faces += [[bottom[i], bottom[j], top[j]], [bottom[i], top[j], top[i]]]
    faces += [[top[0], top[i], top[i + 1]] for i in range(1, count - 1)]
    faces += [[bottom[0], bottom[i + 1], bottom[i]] for i in range(1, count - 1)]
    return np.array(faces)


def only(bodies: np.ndarray, surface: Surface) -> list[tuple[float, tuple[float, float, float]]]:
    return [(one.depth_m, one.place) for one in penetrations(Bodies.of([bodies]), [surface])]


def test_a_box_in_the_approach_is_deepest_at_its_near_side(level_runway: list[Surface]) -> None:
    (depth, place), = only(box(800000.0 - 1060, 820000.0, 5.0, 35.0), named(level_runway, "approach-09"))
    assert depth == pytest.approx(35 - (10 + 0.02 * 995), abs=MM)
    assert place[0] == pytest.approx(800000.0 - 1055, abs=CM)


def test_a_mast_just_below_passes_and_one_that_touches_passes(level_runway: list[Surface]) -> None:
    surface = named(level_runway, "approach-09")
    assert only(box(800000.0 - 1060, 820000.0, 5.0, 29.89), surface) == []
    assert only(box(800000.0 - 1060, 820000.0, 5.0, 29.9), surface) == []
    assert only(box(800000.0 - 1060, 820000.0, 5.0, 29.902), surface)[0][0] == pytest.approx(0.002, abs=1e-6)


def test_what_only_hangs_over_the_side_of_a_surface_counts_where_it_does(level_runway: list[Surface]) -> None:
    """A roof that rises outwards across the side of the inner approach: its highest point lies outside."""
    north = 820000.0 + 70.0
    roof = np.array([[[799500.0, north - 10, 20.0], [799510.0, north - 10, 20.0], [799505.0, north + 20, 80.0]]])
    (depth, place), = only(roof, named(level_runway, "inner-approach-09"))
    assert place[1] == pytest.approx(north, abs=CM)
    assert place[2] == pytest.approx(40.0, abs=MM)
    assert depth == pytest.approx(40 - (10 + 0.02 * (800000 - 60 - place[0])), abs=MM)


def test_a_flat_roof_larger_than_the_surface_counts_at_its_lowest_corner() -> None:
    plane = Plane(np.array([[0.0, 0], [10, 0], [10, 10], [0, 10]]), np.array([0.1, 0.0]), np.array([0.0, 0.0, 5.0]))
    roof = np.array([[[-100.0, -100, 6.0], [200, -100, 6.0], [0, 300, 6.0]]])
    (depth, place), = only(roof, Surface("x", (plane,)))
    assert (depth, place[0]) == (pytest.approx(1.0), pytest.approx(0.0))


def test_a_roof_across_the_cone_is_deepest_along_its_edge() -> None:
    """A level bar that passes the core of a cone: the highest point above it is where it comes nearest."""
    cone = Ring(np.array([[0.0, 0.0]]), 100.0, 300.0, 50.0, 0.05)
    bar = np.array([[[-500.0, 150.0, 60.0], [500.0, 150.0, 60.0], [0.0, 150.0, 59.0]]])
    (depth, place), = only(bar, Surface("conical", (cone,)))
    assert depth == pytest.approx(60 - (50 + 0.05 * 50), abs=MM)
    assert place[0] == pytest.approx(0.0, abs=CM)


def test_a_slope_that_rises_slower_than_the_cone_is_deepest_at_its_inner_rim() -> None:
    cone = Ring(np.array([[0.0, 0.0]]), 100.0, 300.0, 50.0, 0.05)
    slab = np.array([[[50.0, -300.0, 51.0], [250.0, -300.0, 55.0], [150.0, 600.0, 53.0]]])  # rises 2 % to the east
    (depth, place), = only(slab, Surface("conical", (cone,)))
    assert place[:2] == pytest.approx((100.0, 0.0), abs=CM)
    assert depth == pytest.approx(2.0, abs=MM)


triangles = st.lists(st.tuples(st.floats(-400, 400), st.floats(-400, 400), st.floats(40, 90)), min_size=3, max_size=3)
PIECES: tuple[Patch, ...] = (
    Plane(np.array([[-100.0, -50], [150, -80], [200, 90], [-60, 120]]), np.array([0.03, -0.02]), np.array([0.0, 0, 55])),
    Disc(np.array([[0.0, 0], [100, 40]]), 120.0, 55.0),
    Ring(np.array([[0.0, 0], [100, 40], [20, 90]]), 60.0, 250.0, 52.0, 0.05),
    Ring(np.array([[10.0, -20.0]]), 60.0, 250.0, 52.0, 0.25),
)


@settings(max_examples=60, deadline=None)
@given(triangles, st.integers(0, len(PIECES) - 1))
def test_no_sampled_point_is_higher_above_a_piece_than_the_one_that_is_found(triangle: list[tuple[float, float, float]], piece: int) -> None:
    corners = np.array([triangle])
    steps = np.array([(i, j) for i in range(61) for j in range(61 - i)]) / 60
    points = corners[0][0] + steps[:, :1] * (corners[0][1] - corners[0][0]) + steps[:, 1:] * (corners[0][2] - corners[0][0])
    sampled = np.nanmax(points[:, 2] - PIECES[piece].levels(points[:, :2]), initial=-np.inf)
    found = penetrations(Bodies.of([corners]), [Surface("x", (PIECES[piece],))])
    if sampled > 1e-6:
        assert found
        assert found[0].depth_m >= sampled - MM
        place = np.array([found[0].place])
        assert found[0].depth_m == pytest.approx(place[0, 2] - PIECES[piece].levels(place[:, :2])[0], abs=1e-9)


def test_bodies_are_told_apart(level_runway: list[Surface]) -> None:
    bodies = Bodies.of([box(800000.0 - 1060, 820000.0, 5.0, 20.0), box(800000.0 - 1060, 820000.0, 5.0, 35.0), box(801500.0, 821000.0, 5.0, 60.0)])
    found = {(one.body, one.surface.kind) for one in penetrations(bodies, level_runway)}
    assert not any(body == 0 for body, _ in found)
    assert (1, "approach") in found
    assert (2, "inner_horizontal") in found


def test_what_no_table_has_is_told() -> None:
    runway = Runway((RunwayEnd("09", (0.0, 0.0), 0.0, approach="precision-2-3"), RunwayEnd("27", (900.0, 0.0), 0.0)), code=1)
    with pytest.raises(ValueInvalid, match="no row"):
        surfaces_of([runway], OLS, 0.0)
    with pytest.raises(ValueInvalid, match="same place"):
        Runway((RunwayEnd("09", (0.0, 0.0), 0.0), RunwayEnd("27", (0.0, 0.0), 0.0)))
