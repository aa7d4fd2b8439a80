"""Models against the layers of a site: what is measured, where, and what is left unmeasured."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from numpy.typing import NDArray

from bim.check import Judgement, Outcome
from bim.packs import NoGround
from bim.packs.ground import file_ground
from csdi.extent import BBox
from csdi.feature import Feature
from tests.bim.packs.test_ground import geojson, terrain
from tests.bim.packs.test_judge import judged
from tests.bim.small import Small

E, N, Z = 812_000.0, 819_000.0, 6.5
"""Where the small model has its origin: a slab 10 x 6 x 0.5 m, and a pump 1 x 1 x 2 m on it, 2 m from both edges."""
SLAB, PUMP = "000000000000000000000A", "000000000000000000000B"
BOTH = "IfcSlab, IfcBuildingElementProxy"


class Site(NoGround):
    """Layers of features, and a terrain that is a function of east and north."""

    def __init__(self, terrain: Any = None, **layers: Sequence[Feature]) -> None:
        self.layers, self.terrain = layers, terrain

    def layer(self, id: str, box: BBox | None = None, /) -> Sequence[Feature] | None:
        rows = self.layers.get(id)
        if rows is None or box is None:
            return rows
        assert box.crs == "EPSG:2326"
        return [row for row in rows if row.geometry is not None and shapely.intersects(row.geometry, shapely.box(*box.xy))]

    def heights(self, id: str, places: NDArray[np.float64], /) -> NDArray[np.float64] | None:
        return np.asarray(self.terrain(places[:, 0], places[:, 1])) if id == "dtm" and self.terrain else None


def square(west: float, south: float, east: float, north: float) -> shapely.Polygon:
    return shapely.box(E + west, N + south, E + east, N + north)


def line(*points: tuple[float, ...]) -> shapely.LineString:
    return shapely.LineString([(E + x, N + y, *(Z + height for height in rest)) for x, y, *rest in points])


def rule(select: str, measure: Mapping[str, Any], **require: Any) -> dict[str, Any]:
    return {"select": select, "measure": dict(measure), "require": require or {"max": 0.0, "tolerance": 0.001}}


def one(tmp_path: Path, given: dict[str, Any], ground: Any, **more: Any) -> Judgement:
    (found,) = judged(tmp_path, given, ground=ground, **more)
    return found


LOTS = {"lots": [Feature("L1", square(-5, -5, 8.5, 20), {"no": "CLK-1"}), Feature("L2", square(8.5, -5, 100, 20), {"no": "CLK-2"})]}


def test_a_slab_over_the_edge_of_its_lot(tmp_path: Path) -> None:
    found = one(tmp_path, rule(BOTH, {"op": "inside_lot", "layer": "lots"}), Site(**LOTS))
    (finding,) = found.findings
    assert found.outcome == Outcome.FAIL
    assert (finding.data["global_id"], finding.data["other"]) == (SLAB, "L1")
    assert finding.data["value"] == pytest.approx(1.5, abs=1e-3)
    assert finding.data["outside_area_m2"] == pytest.approx(9.0, abs=1e-3)
    assert finding.data["place"]["easting"] == pytest.approx(E + 10, abs=1e-3)
    assert "lots L1" in finding.data["source"]


def test_lots_that_are_named_count_together(tmp_path: Path) -> None:
    named = {"op": "inside_lot", "layer": "lots", "where": {"no": ["CLK-1", "CLK-2"]}}
    assert one(tmp_path, rule(BOTH, named), Site(**LOTS)).outcome == Outcome.PASS


@pytest.mark.parametrize(("measure", "model", "said"), [
    ({"layer": "lots"}, Small(georeferenced=False), "georeference"),
    ({"layer": "parcels"}, Small(), "no layer parcels"),
    ({"layer": "lots", "where": {"no": "X"}}, Small(), "no lot with"),
    ({"layer": "lots"}, Small(conversion="830000.,830000.,6.5,1.,0.,$"), "no lot within"),
])
def test_without_a_lot_nothing_passes(tmp_path: Path, measure: dict[str, Any], model: Small, said: str) -> None:
    found = one(tmp_path, rule(BOTH, {"op": "inside_lot", **measure}), Site(**LOTS), model=model)
    assert found.outcome == Outcome.NOT_CHECKED
    assert said in found.reason


SETBACKS = [{"class": "road", "from_m": 0, "to_m": 1, "distance_m": 2.0}, {"class": "road", "from_m": 1, "distance_m": 5.0},
            {"class": "lane", "distance_m": "1.5"}]


def test_setbacks_by_class_and_height(tmp_path: Path) -> None:
    """The slab is 3 m from the road below 1 m, the pump 3 + 2 = 5 m above it; the lane is 1 m beside the slab."""
    edges = {"edges": [Feature("r", line((-3, -50), (-3, 50)), {"class": "road"}), Feature("l", line((-50, 7), (50, 7)), {"class": "lane"})]}
    measure = {"op": "setback", "layer": "edges", "table": SETBACKS, "base": Z}
    found = one(tmp_path, rule(BOTH, measure, limit="at_least", tolerance=0.001), Site(**edges))
    (finding,) = found.findings
    assert (finding.data["global_id"], finding.data["other"], finding.data["limit"]) == (SLAB, "l", 1.5)
    assert finding.data["value"] == pytest.approx(1.0, abs=1e-3)
    assert finding.data["place"]["northing"] == pytest.approx(N + 6, abs=1e-3)
    assert found.measured == 2


def test_bands_count_from_the_mean_ground(tmp_path: Path) -> None:
    """On ground 1 m lower the pump, 5 m from the road, reaches into a band that asks for 6 m from 3 m on."""
    edges = {"edges": [Feature("r", line((-3, -50), (-3, 50)), {"class": "road"})]}
    measure = {"op": "setback", "layer": "edges", "terrain": "dtm", "table": [{"class": "road", "from_m": 3, "distance_m": 6}]}
    wanted = {"limit": "at_least", "tolerance": 0.001}
    low, high, none = (one(tmp_path / name, rule("IfcBuildingElementProxy", measure, **wanted), Site(terrain, **edges))
                       for name, terrain in (("a", lambda x, _y: x * 0 + Z - 1), ("b", lambda x, _y: x * 0 + Z), ("c", None)))
    assert (low.outcome, high.outcome, none.outcome) == (Outcome.FAIL, Outcome.PASS, Outcome.NOT_CHECKED)
    assert low.findings[0].data["value"] == pytest.approx(5.0, abs=1e-3)


def test_edges_of_lots_from_inside_and_outside(tmp_path: Path) -> None:
    measure = {"op": "setback", "layer": "lots", "table": [{"distance_m": 2}], "where": {"no": "CLK-1"}}
    found = one(tmp_path, rule(BOTH, measure, limit="at_least"), Site(**LOTS))
    values = {finding.data["global_id"]: finding.data["value"] for finding in found.findings}
    assert values == {SLAB: pytest.approx(-1.5, abs=1e-3)}


def test_edges_far_away_are_kept_clear_of_and_none_at_all_are_not(tmp_path: Path) -> None:
    measure = {"op": "setback", "layer": "edges", "table": [{"class": "road", "distance_m": 3}]}
    far, none = (one(tmp_path / name, rule("IfcSlab", measure, limit="at_least"),
                     Site(edges=[Feature("r", line((-away, -50), (-away, 50)), {"class": "road"})]))
                 for name, away in (("far", 40), ("none", 4000)))
    assert (far.outcome, none.outcome) == (Outcome.PASS, Outcome.NOT_CHECKED)
    other = one(tmp_path / "other", rule("IfcSlab", {**measure, "class": "kind"}, limit="at_least"),
                Site(edges=[Feature("r", line((-1, -50), (-1, 50)), {"class": "road"})]))
    assert other.outcome == Outcome.NOT_CHECKED
    assert "these classes" in other.reason


def test_openings_have_no_body_to_measure(tmp_path: Path) -> None:
    opening = """#9101=IFCLOCALPLACEMENT(#15,#7);
#9102=IFCOPENINGELEMENT('00000000000000000000OP',$,'O',$,$,#9101,$,$,.OPENING.);
#9103=IFCRELVOIDSELEMENT('00000000000000000000RV',$,$,$,#50,#9102);
"""
    measure = {"op": "inside_lot", "layer": "lots", "where": {"no": ["CLK-1", "CLK-2"]}}
    assert one(tmp_path, rule("IfcElement", measure), Site(**LOTS), model=Small(extra=opening)).outcome == Outcome.PASS
    bare = one(tmp_path / "bare", rule("IfcOpeningElement", measure), Site(**LOTS), model=Small(extra=opening))
    assert bare.outcome == Outcome.NOT_APPLICABLE


@pytest.mark.parametrize("table", [[], [{"class": "road"}], [{"distance_m": "far"}], "setbacks"])
def test_a_table_that_is_none_is_told(tmp_path: Path, table: Any) -> None:
    found = one(tmp_path, rule(BOTH, {"op": "setback", "layer": "lots", "table": table}, limit="at_least"), Site(**LOTS))
    assert found.outcome == Outcome.NOT_CHECKED
    assert "table" in found.reason


def test_a_table_of_the_pack(tmp_path: Path) -> None:
    edges = {"edges": [Feature("r", line((-3, -50), (-3, 50)), {"class": "road"})]}
    measure = {"op": "setback", "layer": "edges", "table": {"table": "setbacks"}}
    (found,) = judged(tmp_path, rule("IfcSlab", measure, limit="at_least"), ground=Site(**edges),
                      tables={"setbacks": "class,from_m,to_m,distance_m\nroad,,,3.5\n"})
    assert found.findings[0].data["value"] == pytest.approx(3.0, abs=1e-3)


def test_the_lowest_level_against_sloping_ground(tmp_path: Path) -> None:
    """Ground from 5.5 at the west end to 6.5 + 0.1 at x = 11 m."""
    ground = Site(lambda x, _y: 5.5 + 0.1 * (x - E))
    above, too_low = judged(tmp_path, rule("IfcSlab", {"op": "level_against", "terrain": "dtm"}, min=0.0),
                            rule("IfcSlab", {"op": "level_against", "terrain": "dtm", "of": "highest"}, min=0.3), ground=ground)
    (finding,) = too_low.findings
    assert above.outcome == Outcome.PASS
    assert finding.data["value"] == pytest.approx(0.0, abs=1e-3)
    assert finding.data["place"]["easting"] == pytest.approx(E + 10, abs=1e-3)
    assert finding.data["ground_mpd"] == pytest.approx(6.5, abs=1e-3)


def test_ground_that_is_not_known_is_not_measured(tmp_path: Path) -> None:
    holes = Site(lambda x, _y: np.where(x > E + 9, math.nan, 5.0))
    found = one(tmp_path, rule("IfcSlab", {"op": "level_against", "terrain": "dtm"}, min=0.0), holes)
    assert found.outcome == Outcome.NOT_CHECKED
    assert "does not know the ground" in found.reason


def test_levels_against_floods(tmp_path: Path) -> None:
    zones = {"floods": [Feature("f1", square(-9, -9, 1, 1), {"level_mpd": 6.1}), Feature("f2", square(-9, -9, 3, 9), {"level_mpd": 6.9})]}
    measure = {"op": "level_against", "layer": "floods"}
    low, apart = judged(tmp_path, rule("IfcSlab", measure, min=0.0), rule("IfcBuildingElementProxy", measure, min=0.0), ground=Site(**zones))
    (finding,) = low.findings
    assert (finding.data["other"], finding.data["value"]) == ("f2", pytest.approx(-0.4, abs=1e-3))
    assert apart.outcome == Outcome.PASS  # the pump stands 2 m in, at 7.0
    dry = one(tmp_path / "dry", rule("IfcSlab", measure, min=0.0), Site(floods=[Feature("f", square(50, 50, 60, 60), {"level_mpd": 9})]))
    assert dry.outcome == Outcome.NOT_APPLICABLE
    bare = one(tmp_path / "bare", rule("IfcSlab", measure, min=0.0), Site(floods=[Feature("f", square(0, 0, 5, 5), {})]))
    assert bare.outcome == Outcome.NOT_CHECKED


NEEDED = [{"class": "water", "distance_m": 1.0}, {"class": "gas", "distance_m": 3.0}]
PIPES = {"op": "clearance_to", "layer": "pipes", "table": NEEDED, "diameter": "mm"}
AT_LEAST = {"limit": "at_least", "tolerance": 0.001}


def pipe(id: str, kind: str, mm: Any, *points: tuple[float, ...], **more: Any) -> Feature:
    return Feature(id, line(*points), {"class": kind, "mm": mm, **more})


def test_clearance_by_class_less_the_radius(tmp_path: Path) -> None:
    """Under the slab: water 1.5 m deep with 0.3 m radius is 1.2 m clear; gas 3.1 m deep with 0.2 m radius is 2.9 m clear of 3."""
    ground = Site(pipes=[pipe("w", "water", 600, (-20, 3, -1.5), (30, 3, -1.5)), pipe("g", "gas", 400, (5, -20, -3.1), (5, 30, -3.1))])
    found = one(tmp_path, rule("IfcSlab", PIPES, **AT_LEAST), ground)
    (finding,) = found.findings
    assert (finding.data["other"], finding.data["limit"], finding.data["class"]) == ("g", 3.0, "gas")
    assert finding.data["value"] == pytest.approx(2.9, abs=1e-3)
    assert finding.data["place"]["height"] == pytest.approx(Z, abs=1e-3)


def test_pipes_far_away_are_clear(tmp_path: Path) -> None:
    found = one(tmp_path, rule("IfcSlab", PIPES, **AT_LEAST), Site(pipes=[pipe("w", "gas", 600, (-20, 13, -1.5), (30, 13, -1.5))]))
    assert (found.outcome, found.measured) == (Outcome.PASS, 1)


@pytest.mark.parametrize(("feature", "said"), [
    (Feature("p", shapely.LineString([(E + 1, N - 9), (E + 1, N + 9)]), {"class": "gas", "mm": 100}), "no heights"),
    (pipe("p", "steam", 100, (1, -9, -1), (1, 9, -1)), "no clearance is set for 'steam'"),
    (pipe("p", "gas", None, (1, -9, -1), (1, 9, -1)), "no number in mm"),
])
def test_what_is_not_known_of_a_pipe_below_is_not_passed(tmp_path: Path, feature: Feature, said: str) -> None:
    found = one(tmp_path, rule("IfcSlab", PIPES, **AT_LEAST), Site(pipes=[feature]))
    assert found.outcome == Outcome.NOT_CHECKED
    assert said in found.reason


def test_a_depth_below_ground_gives_the_height_of_a_pipe(tmp_path: Path) -> None:
    """Ground at 6.5, axis 2 m under it, radius 0.05."""
    flat = Feature("p", shapely.LineString([(E + 1, N - 9), (E + 1, N + 9)]), {"class": "gas", "mm": 100, "depth": 2.0})
    found = one(tmp_path, rule("IfcSlab", {**PIPES, "depth": "depth", "terrain": "dtm"}, **AT_LEAST),
                Site(lambda x, _y: x * 0 + Z, pipes=[flat]))
    assert found.findings[0].data["value"] == pytest.approx(1.95, abs=1e-3)


def test_a_protection_zone_is_referred(tmp_path: Path) -> None:
    """A tunnel box from -30 to 2 mPD beside the slab at 6.5 mPD: 3 m in plan, 4.5 m above its roof."""
    zones = Site(zones=[Feature("t", square(13, -50, 20, 50), {"top": 2.0, "bottom": -30.0})])
    measure = {"op": "clearance_to", "layer": "zones", "distance": 6.0, "top": "top", "bottom": "bottom"}
    found = one(tmp_path, {**rule("IfcSlab", measure, **AT_LEAST), "severity": "refer"}, zones)
    assert found.outcome == Outcome.REFER
    assert found.findings[0].data["value"] == pytest.approx(math.hypot(3, 4.5), abs=1e-3)
    plan = one(tmp_path / "plan", rule("IfcSlab", {"op": "clearance_to", "layer": "zones", "distance": 6.0}, **AT_LEAST), zones)
    assert plan.findings[0].data["value"] == pytest.approx(3.0, abs=1e-3)


TARGETS = {"targets": [Feature(f"t{x}", shapely.Point(E + x, N + 2.5, 7.0), {}) for x in (1, 4, 12)]}
SEEN = {"op": "visible", "eye": [E - 10, N + 2.5, 9.0], "targets": "targets"}


def test_the_first_object_that_hides_a_target(tmp_path: Path) -> None:
    """From 9 mPD, 10 m west: the pump (2 to 3 m, up to 9 mPD) hides what lies behind it, 4 m and 12 m east."""
    found = one(tmp_path, rule(BOTH, SEEN, max=0), Site(**TARGETS))
    (finding,) = found.findings
    assert (finding.data["global_id"], finding.data["value"], finding.data["other"]) == (PUMP, 2, "t4")
    assert (finding.data["targets"], finding.data["seen_before"], finding.data["features"]) == (3, 3, ["t4", "t12"])
    assert finding.data["place"]["easting"] == pytest.approx(E + 2, abs=1e-3)
    assert finding.data["place"]["height"] == pytest.approx(9 - 2 * 12 / 14, abs=1e-3)


def test_what_stands_in_the_way_already_and_what_cannot_be_seen_at_all(tmp_path: Path) -> None:
    wall = Feature("w", square(-5, -5, -4, 10), {"base_level": 0.0, "top_level": 30.0})
    tower = Feature("tower", square(-11, 0, -9, 5), {"base_level": 0.0, "top_level": 12.0})
    half = Feature("h", square(11, -5, 11.5, 10), {"base_level": 0.0, "top_level": 8.0})
    measure = rule(BOTH, {**SEEN, "obstacles": "buildings"}, max=0)
    hidden = one(tmp_path / "a", measure, Site(**TARGETS, buildings=[wall]))
    assert hidden.outcome == Outcome.NOT_CHECKED
    assert "none of the targets is seen" in hidden.reason
    fewer = one(tmp_path / "b", measure, Site(**TARGETS, buildings=[tower, half]))
    assert fewer.findings[0].data["features"] == ["t4"]


def test_a_grid_of_targets_on_level_ground(tmp_path: Path) -> None:
    """From 6 m above ground, 13 m before its far edge, a pump that is 3 m high hides the ground for 13 m behind that edge."""
    ground = Site(lambda x, _y: x * 0 + 6.0, stands=[Feature("s", square(5, 2, 56, 3), {})],
                  eyes=[Feature("e", shapely.Point(E - 10, N + 2.5), {})])
    measure = {"op": "visible", "eye": "eyes", "eye_height": 6.0, "targets": "stands", "step": 1.0, "terrain": "dtm"}
    (finding,) = one(tmp_path, rule("IfcBuildingElementProxy", measure, max=0), ground).findings
    assert (finding.data["value"], finding.data["seen_before"]) == (11, 51)  # 5.5 m to 15.5 m of the places at 5.5 m to 55.5 m
    assert finding.data["hidden"][-1] == pytest.approx([E + 15.5, N + 2.5, 6.0], abs=1e-3)


@pytest.mark.parametrize(("layers", "more", "said"), [
    ({}, {}, "no layer targets"),
    (TARGETS, {"eye": "towers"}, "no layer towers"),
    (TARGETS, {"obstacles": "buildings"}, "no layer buildings"),
    (TARGETS, {"terrain": "dtm"}, "no terrain dtm"),
    ({"targets": [Feature("t", shapely.Point(E, N), {})]}, {}, "no heights"),
])
def test_sight_that_cannot_be_judged(tmp_path: Path, layers: Any, more: dict[str, Any], said: str) -> None:
    found = one(tmp_path, rule(BOTH, {**SEEN, **more}, max=0), Site(**layers))
    assert found.outcome == Outcome.NOT_CHECKED
    assert said in found.reason


@pytest.mark.parametrize("measure", [
    {"op": "inside_lot", "layer": "lots"}, {"op": "setback", "layer": "lots", "table": [{"distance_m": 1}]},
    {"op": "clearance_to", "layer": "lots", "distance": 1}, {"op": "level_against", "terrain": "dtm"}, SEEN])
@pytest.mark.parametrize("model", [Small(georeferenced=False), Small(crs="'EPSG:32650',$,$,'EPSG:5738',$,$,$"),
                                   Small(crs="'EPSG:2326',$,$,'EPSG:5773',$,$,$")], ids=["none", "utm", "egm96"])
def test_a_model_that_lies_not_on_the_grid_is_never_passed(tmp_path: Path, measure: dict[str, Any], model: Small) -> None:
    ground = Site(lambda x, _y: x * 0, **LOTS, **TARGETS)
    found = one(tmp_path, rule(BOTH, measure, max=1e9), ground, model=model)
    assert (found.outcome, found.measured) == (Outcome.NOT_CHECKED, 0)


def test_files_in_other_coordinates_serve_as_the_ground(tmp_path: Path) -> None:
    """A lot in longitude and latitude, and a terrain model: as exact as on the grid."""
    lots = geojson(tmp_path / "lots.geojson", ("A", E - 98, N - 50))
    with file_ground([("lots", lots), ("dtm", terrain(tmp_path / "dtm.tif"))]) as ground:
        out, low = judged(tmp_path, rule("IfcSlab", {"op": "inside_lot", "layer": "lots"}),
                          rule("IfcSlab", {"op": "level_against", "terrain": "dtm"}, min=1.0), ground=ground)
    assert out.findings[0].data["value"] == pytest.approx(8.0, abs=1e-3)
    assert low.findings[0].data["value"] == pytest.approx(Z - (5 + 1.0), abs=1e-3)
