"""Rules against height limits: cranes of the sample site, cranes of every sort, bodies against analytic surfaces."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely

from bim.audit import Plan, audit
from bim.check import Judgement, Outcome
from bim.packs import NoGround, read_pack, shipped
from bim.packs.cranes import Crane, crane_of, envelope
from csdi.extent import BBox
from csdi.feature import Feature
from sample_models.gis_runways import runways
from sample_models.ifc_works import known_cranes
from sample_models.ifc_writer import global_id
from sample_models.layout import Layout
from tests.bim.packs.test_judge import pack

WORKS = Path(__file__).parents[3] / "sample_models" / "small" / "submissions" / "construction-works.ifc"
MM, CM = 1e-3, 1e-2
TC_1 = global_id(WORKS.stem, "crane/TC-1")


class SampleSite(NoGround):
    """The runways of the sample site, and a restricted height over all of it."""

    def layer(self, id: str, _box: BBox | None = None, /) -> Sequence[Feature] | None:
        if id == "plans":
            return [Feature("AHR-1", shapely.box(812000.0, 818000.0, 813000.0, 820000.0), {"limit_mpd": 32.84})]
        layer = runways(Layout(0.1))
        return [Feature(str(i), shape, {name: column[i] for name, column in layer.fields.items()})
                for i, shape in enumerate(layer.shapes)] if id == "runways" else None


def judged(folder: Path, **measure: Any) -> Judgement:
    rule = {"select": "IfcTransportElement", "measure": measure, "require": {"max": 0.0, "tolerance": 0.001}}
    plan = Plan(packs=(pack(folder / "pack", rule),), normative=False, express=False)
    (found,) = audit(WORKS, plan, ground=SampleSite()).report.rules
    return found


def test_the_crane_over_the_approach_is_found_with_its_depth_and_the_other_passes(tmp_path: Path) -> None:
    found = judged(tmp_path, op="surface_penetration")
    high, low = known_cranes(Layout(0.1))
    assert (found.outcome, found.measured) == (Outcome.FAIL, 2)
    (finding,) = found.findings
    assert finding.data["value"] == pytest.approx(high.depth_m, abs=MM)
    place = finding.data["place"]
    assert (place["easting"], place["northing"], place["height"]) == pytest.approx((*high.nearest, high.top_mpd), abs=CM)
    assert finding.data["limit_mpd"] == pytest.approx(high.top_mpd - high.depth_m, abs=MM)
    assert "approach-25L" in str(finding.data)
    assert (finding.data["from"], finding.data["to"]) == ("2026-09-01", "2027-06-30")
    assert finding.data["swept"]["mast"] == pytest.approx(high.mast, abs=CM)
    assert finding.data["swept"]["level_mpd"] == pytest.approx(high.top_mpd, abs=MM)
    assert low.depth_m < 0


def test_the_shipped_rules_find_the_same_crane_and_nothing_else_against_the_sample_site() -> None:
    plan = Plan(packs=(read_pack(shipped()["airport"]),), normative=False, express=False)
    rules = audit(WORKS, plan, ground=SampleSite()).report.rules
    assert {one.rule: [finding.data["global_id"] for finding in one.findings] for one in rules if one.findings} == {
        rule: [TC_1] for rule in ("AIR-011", "AIR-012")}


def test_a_restricted_height_counts_the_whole_circle_too(tmp_path: Path) -> None:
    found = judged(tmp_path, op="height_above", layer="plans", z="limit_mpd")
    (finding,) = found.findings
    assert finding.data["value"] == pytest.approx(32.94 - 32.84, abs=MM)


@pytest.mark.parametrize("tables", ["icao-annex14-ofs", "icao-annex14-oes"])
def test_the_other_sets_measure_it_too(tmp_path: Path, tables: str) -> None:
    found = judged(tmp_path, op="surface_penetration", tables=tables)
    assert found.measured == 2
    assert found.outcome == (Outcome.FAIL if tables.endswith("oes") else Outcome.PASS)


def row(name: str = "", **properties: Any) -> Feature:
    return Feature("x", None, {"name": name, "psets": {"Works": properties}})


@pytest.mark.parametrize(("element", "wanted"), [
    (row("Tower crane TC-1", JibRadius=40, JibHeight=55.5), Crane(40.0, 55.5)),
    (row("TC-1", **{"Jib radius": 40.0, "Jib_Level": 61.0}), Crane(40.0, None, 61.0)),
    (row("塔式起重機 1"), Crane()),
    (row("Mobile crane", SlewFrom=350.0, SlewTo=20, ErectionDate="2026-01-01", RemovalDate="2026-02-01T00:00:00"),
     Crane(slew=(350.0, 20.0), start="2026-01-01", end="2026-02-01")),
    (row("Tower crane", SlewFrom=0, SlewTo=360), Crane()),
    (row("Overhead travelling crane"), None),
    (row("Craneway"), None),
    (row("Crane Road lamp post"), None),
    (row("Crane 3"), Crane()),
    (Feature("x", None, {"name": "K-2", "object_type": "CRANE"}), Crane()),
    (row("Wall"), None),
    (row("Lift", MaximumHeight=30.0), None),
    (row("Tower crane", JibRadius=True, JibHeight=None), Crane()),
])
def test_what_is_a_crane_and_what_it_says(element: Feature, wanted: Crane | None) -> None:
    assert crane_of(element) == wanted


def test_values_with_a_unit_count_in_metres_and_degrees() -> None:
    element = Feature("x", None, {"name": "Tower crane", "psets": {"Works": {"JibRadius": 40_000.0, "SlewFrom": 1.0, "SlewTo": 2.0}},
                                  "measures": {"Works": {"JibRadius": {"value": 40.0, "unit": "m"}, "SlewFrom": {"value": math.pi / 2},
                                                         "SlewTo": {"value": math.pi}}}})
    assert crane_of(element) == Crane(40.0, slew=(90.0, 180.0))


def test_a_crane_that_says_nothing_is_turned_about_its_mast() -> None:
    body = np.array([[[100.0, 200.0, 5.0], [103.0, 204.0, 45.0], [101.0, 200.0, 40.0]]])
    found = envelope(Crane(), np.array([100.0, 200.0, 5.0]), body)
    assert found is not None
    assert (found.radius, found.level) == (5.0, 45.0)
    assert envelope(Crane(), np.array([100.0, 200.0, 5.0]), None) is None
    assert envelope(Crane(30.0, 50.0), np.array([100.0, 200.0, 5.0]), None) is not None


@pytest.mark.parametrize(("slew", "area"), [(None, math.pi * 900), ((90.0, 180.0), math.pi * 225), ((315.0, 45.0), math.pi * 225)])
def test_what_it_sweeps_is_a_disc_or_a_sector_from_bearing_to_bearing(slew: tuple[float, float] | None, area: float) -> None:
    found = envelope(Crane(30.0, 50.0, slew=slew), np.array([100.0, 200.0, 5.0]), None)
    assert found is not None
    corners = found.corners
    assert shapely.union_all([shapely.Polygon(one[:, :2]) for one in corners]).area == pytest.approx(area, rel=1e-4)
    assert (corners[:, :, 2] == 55.0).all()
    middle = corners[:, :, :2].mean(axis=(0, 1)) - found.mast
    if slew is not None:
        bearing = math.degrees(math.atan2(*middle)) % 360
        off = bearing - slew[0] - ((slew[1] - slew[0]) % 360) / 2
        assert (off + 180) % 360 - 180 == pytest.approx(0.0, abs=0.01)
