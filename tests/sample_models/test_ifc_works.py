"""The construction works: the same bytes, and cranes that stand as deep in the approach surface as they say."""

from __future__ import annotations

from pathlib import Path

import ifcopenshell
import numpy as np
import pytest

from csdi.feature import Feature
from csdi.limits import read_runways, surfaces_of, table_set
from sample_models.gis_runways import runways
from sample_models.ifc_works import known_cranes, write_submissions
from sample_models.layout import Layout

SMALL = Path(__file__).parents[2] / "sample_models" / "small" / "submissions"


def test_the_committed_works_are_what_the_generator_writes(tmp_path: Path) -> None:
    (path,) = write_submissions(tmp_path, 0.1)
    assert path.read_bytes() == (SMALL / path.name).read_bytes()


@pytest.mark.parametrize("scale", [0.1, 1.0])
def test_the_approach_surface_is_the_lowest_over_each_crane_and_as_deep_as_it_says(scale: float) -> None:
    layer = runways(Layout(scale))
    rows = [Feature(str(i), shape, {name: column[i] for name, column in layer.fields.items()}) for i, shape in enumerate(layer.shapes)]
    surfaces = surfaces_of(read_runways(rows)[0], table_set("icao-annex14-ols"), 8.5)
    for crane in known_cranes(Layout(scale)):
        levels = {one.id: float(one.levels(np.array([crane.nearest]))[0]) for one in surfaces}
        reached = {id: level for id, level in levels.items() if not np.isnan(level)}
        assert min(reached, key=lambda id: reached[id]) == "approach-25L"
        assert crane.top_mpd - reached["approach-25L"] == pytest.approx(crane.depth_m, abs=1e-6)


def test_the_file_says_when_the_cranes_stand() -> None:
    file = ifcopenshell.open(SMALL / "construction-works.ifc")
    cranes = file.by_type("IfcTransportElement")
    assert [one.Tag for one in cranes] == ["TC-1", "TC-2"]
    values = {one.Name: one.NominalValue.wrappedValue for one in file.by_type("IfcPropertySingleValue")}
    assert (values["JibRadius"], values["StartDate"], values["EndDate"]) == (30.0, "2026-09-01", "2027-06-30")
