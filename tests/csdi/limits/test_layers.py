"""Runways and restricted heights from layers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import shapely

from csdi.errors import ValueInvalid
from csdi.feature import Feature
from csdi.limits import Bodies, limit_surfaces, penetrations, read_runways, surfaces_of, table_sets
from sample_models.gis_runways import runways as sample_runways
from sample_models.layout import Layout
from tests.csdi.limits.hkia import RUNWAYS
from tests.csdi.limits.test_surfaces import box


def pavement(**properties: Any) -> Feature:
    """Due east, 3 000 m by 60 m, with its corners in an order that starts anywhere."""
    shape = shapely.Polygon([(803000.0, 820030.0), (800000.0, 820030.0), (800000.0, 819970.0), (803000.0, 819970.0)])
    return Feature("r", shape, {"designator": "09/27", "elevation_mpd": 10.0, **properties})


def test_a_pavement_gives_ends_and_levels() -> None:
    (runway,), level = read_runways([pavement(threshold_high_mpd=12.0, displaced_low_m=100, code_number=3, code_letter="D")])
    assert np.allclose([end.end for end in runway.ends], [(800000.0, 820000.0), (803000.0, 820000.0)])
    assert [(end.designator, end.level, end.displaced_m) for end in runway.ends] == [("09", 10.0, 100.0), ("27", 12.0, 0.0)]
    assert (runway.code, runway.letter, level) == (3, "D", 12.0)


def test_designators_in_the_other_order_are_put_right() -> None:
    (runway,), _ = read_runways([pavement(designator="27/09")])
    assert [end.designator for end in runway.ends] == ["09", "27"]
    assert runway.ends[0].end[0] == pytest.approx(800000.0)


@pytest.mark.parametrize(("properties", "said"), [({"designator": "north"}, "designators"), ({"elevation_mpd": None}, "level of end 09"),
                                                  ({"approach": "by ear"}, "by ear")])
def test_what_is_missing_is_named(properties: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueInvalid, match=said):
        read_runways([pavement(**properties)])


@pytest.mark.parametrize("shape", [None, shapely.Point(800000.0, 820000.0), shapely.Polygon()])
def test_what_has_no_length_is_no_runway(shape: Any) -> None:
    with pytest.raises(ValueInvalid, match="neither a line nor an area"):
        read_runways([Feature("r", shape, {"designator": "09/27", "elevation_mpd": 10.0})])


def test_a_level_that_is_no_number_is_missing() -> None:
    with pytest.raises(ValueInvalid, match="level of end 09"):
        read_runways([pavement(elevation_mpd=float("nan"))])


def test_the_sample_sites_runways_are_those_of_hkia() -> None:
    layer = sample_runways(Layout(1.0))
    rows = [Feature(str(i), shape, {name: column[i] for name, column in layer.fields.items()}) for i, shape in enumerate(layer.shapes)]
    runways, level = read_runways(rows)
    assert {runway.name for runway in runways} == {runway.name for runway in RUNWAYS}
    ends = {end.designator: end.end for runway in runways for end in runway.ends}
    assert all(np.hypot(*np.subtract(ends[end.designator], end.end)) < 2.0 for runway in RUNWAYS for end in runway.ends)
    assert surfaces_of(runways, table_sets()["icao-annex14-ols"], level)


def test_a_restricted_height_limits_what_stands_in_its_polygon_and_nothing_beside() -> None:
    shape = shapely.Polygon([(0, 0), (100, 0), (100, 100), (50, 20), (0, 100)])
    surfaces = limit_surfaces([Feature("AHR-1", shape, {"limit_mpd": 30.0}), Feature("AHR-2", shape, {"limit_mpd": None})], "limit_mpd")
    bodies = Bodies.of([box(50.0, 10.0, 0.0, 31.5), box(50.0, 60.0, 0.0, 99.0), box(10.0, 50.0, 0.0, 29.0)])
    found = penetrations(bodies, surfaces)
    assert [(one.body, one.surface.end, one.depth_m) for one in found] == [(0, "AHR-1", pytest.approx(1.5))]
