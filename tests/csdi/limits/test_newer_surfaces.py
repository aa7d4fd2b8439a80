"""Obstacle free and obstacle evaluation surfaces: levels against the tables' own arithmetic."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from csdi.errors import ValueInvalid
from csdi.limits import Runway, RunwayEnd, Surface, surfaces_of, table_sets

EAST, NORTH = 800000.0, 820000.0
RUNWAY = Runway((RunwayEnd("09", (EAST, NORTH), 10.0, approach="precision-2-3"), RunwayEnd("27", (EAST + 3000, NORTH), 10.0)), group="V")


@pytest.fixture(scope="module")
def surfaces() -> dict[str, Surface]:
    """Both sets of a level runway due east, 3 000 m, all at 10 mPD, of design group V."""
    return {one.id: one for name in ("ofs", "oes") for one in surfaces_of([RUNWAY], table_sets()[f"icao-annex14-{name}"], 12.0)}


@pytest.mark.parametrize(("id", "along", "across", "level"), [
    ("approach-09", -60.0, 99.0, 10.0),
    ("approach-09", -60.0 - 1000, 199.0, 10 + 33.3),
    ("approach-09", -60.0 - 1000, 201.0, None),
    ("approach-09", -60.0 - 4501, 0.0, None),
    ("transitional-09-27", 1500.0, 100.0 + 200, 50.0),
    ("transitional-09-27", 1500.0, 100.0 + 301, None),
    ("transitional-09-27", -60.0 - 1000, 200.0 + 50, 43.3 + 10),
    ("inner-approach-09", -60.0 - 1300, 59.0, 10 + 0.0333 * 1300),
    ("inner-approach-09", -60.0 - 1300, 61.0, None),
    ("balked-landing-09", 1800.0 + 1000, 0.0, 43.3),
    ("inner-transitional-09", 500.0, 60 + 30, 10 + 0.333 * 30),
    ("horizontal", 1500.0, 3349.0, 57.0),
    ("horizontal", 1500.0, 3351.0, 72.0),
    ("horizontal", 1500.0, 5351.0, 102.0),
    ("horizontal", 1500.0, 10751.0, None),
    ("straight-in-approach-09-27", 1500.0, 3349.0, 57.0),
    ("straight-in-approach-09-27", 1500.0, 3704.0, 72.0),
    ("straight-in-approach-09-27", -5349.0, 3704.0, 72.0),
    ("straight-in-approach-09-27", 1500.0, 3706.0, None),
    ("precision-approach-09", -60.0 - 3000, 0.0, 70.0),
    ("precision-approach-09", -60.0 - 3000 - 9600, 0.0, 310.0),
    ("precision-approach-09", 400.0, 149.0, 10.0),
    ("precision-approach-09", 400.0, 150.0 + 100, 24.3),
    ("precision-approach-09", 900.0 + 1800 + 10200, 0.0, 310.0),
    ("precision-approach-09", 900.0 + 1800, 150 + 1800 * 0.1748 - 0.1, 55.0),
    ("instrument-departure-27", 3000.0, 149.0, 15.0),
    ("instrument-departure-27", 3000.0 + 3500, 150 + 0.268 * 3500 - 0.1, 15 + 87.5),
    ("instrument-departure-27", 3000.0 + 11801, 0.0, None),
    ("takeoff-climb-27", 3000.0 + 5000, 90 + 0.125 * 5000 - 0.1, 110.0),
    ("takeoff-climb-27", 3000.0 + 10001, 0.0, None),
])
def test_levels_are_those_of_the_tables(surfaces: dict[str, Surface], id: str, along: float, across: float, level: float | None) -> None:
    for side in (1.0, -1.0):
        found = surfaces[id].levels(np.array([[EAST + along, NORTH + side * across]]))[0]
        assert np.isnan(found) if level is None else found == pytest.approx(level, abs=1e-6)


def test_the_two_ends_mirror_each_other(surfaces: dict[str, Surface]) -> None:
    rng = np.random.default_rng(7)
    places = rng.uniform((EAST - 9000, NORTH - 3000), (EAST + 12000, NORTH + 3000), (500, 2))
    mirrored = np.array([2 * EAST + 3000, 2 * NORTH]) - places
    for kind in ("approach", "inner-transitional", "balked-landing", "precision-approach", "instrument-departure", "takeoff-climb"):
        np.testing.assert_allclose(surfaces[f"{kind}-09"].levels(places), surfaces[f"{kind}-27"].levels(mirrored), atol=1e-6)


def test_beside_a_non_precision_approach_the_inner_transitional_surface_stands_upright_first() -> None:
    runway = replace(RUNWAY, ends=(replace(RUNWAY.ends[0], approach="non-precision"), RUNWAY.ends[1]))
    found = {one.id: one for one in surfaces_of([runway], table_sets()["icao-annex14-ofs"], 12.0)}
    assert found["inner-transitional-09"].levels(np.array([[EAST + 500, NORTH + 60.5]]))[0] == pytest.approx(10 + 5 + 0.333 * 0.5)
    assert np.isnan(found["inner-transitional-09"].levels(np.array([[EAST + 1801, NORTH + 60.5]]))[0])
    assert "balked-landing-09" not in found
    assert "balked-landing-27" in found


def test_small_aeroplanes_have_fewer_horizontal_surfaces() -> None:
    def horizontal(group: str) -> list[float]:
        found = surfaces_of([replace(RUNWAY, group=group)], table_sets()["icao-annex14-oes"], 12.0)
        return [patch.lowest for one in found if one.kind == "horizontal" for patch in one.patches]
    assert (horizontal("IIA"), horizontal("IIB"), horizontal("III")) == ([57.0], [57.0, 72.0], [57.0, 72.0, 102.0])


def test_a_code_letter_stands_for_a_design_group_and_nonsense_is_told() -> None:
    assert replace(RUNWAY, group="", letter="C").design_group == "IIC"
    with pytest.raises(ValueInvalid, match="design group"):
        replace(RUNWAY, group="VI")
    with pytest.raises(ValueInvalid, match="design group"):
        replace(RUNWAY, group="", letter="Q")


@pytest.mark.parametrize("id", ["icao-annex14-ols", "icao-annex14-ofs", "icao-annex14-oes"])
@pytest.mark.parametrize("approach", ["non-instrument", "non-precision", "precision-1"])
@pytest.mark.parametrize("code", [1, 2, 3, 4])
def test_every_runway_has_a_row_in_every_set(id: str, approach: str, code: int) -> None:
    for letter in "ABCDEF":
        runway = Runway((replace(RUNWAY.ends[0], approach=approach), RUNWAY.ends[1]), code, letter)
        assert surfaces_of([runway], table_sets()[id], 12.0)
