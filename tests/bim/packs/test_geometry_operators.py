"""Rules about shapes, clashes and floor areas, on models of cuboids whose answers are known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import shapely

from bim.check import Judgement, Outcome
from bim.clash import Member
from bim.georeference import HK_GRID, HKPD, Georeference
from csdi.extent import BBox
from csdi.feature import Feature
from tests.bim.clash.bodies import box, shapes, turned
from tests.bim.packs.test_judge import judged
from tests.bim.packs.test_site_operators import PUMP, SLAB, E, N, Site, Z
from tests.bim.small import Small

Triple = tuple[float, float, float]
STOREY, ROOM, DUCT = "0000000000000000000004", "000000000000000000000R", "000000000000000000000D"


def body(number: int, entity: str, size: Triple, at: Triple) -> str:
    """A cuboid; `entity` with `{place}` and `{shape}` filled in, as instance `#number*100`."""
    n = number * 100
    x, y, z = (float(value) for value in size)
    return f"""#{n}={entity.format(place=f"#{n + 8}", shape=f"#{n + 5}")};
#{n + 1}=IFCCARTESIANPOINT(({x / 2!r},{y / 2!r}));
#{n + 2}=IFCAXIS2PLACEMENT2D(#{n + 1},$);
#{n + 3}=IFCRECTANGLEPROFILEDEF(.AREA.,$,#{n + 2},{x!r},{y!r});
#{n + 4}=IFCEXTRUDEDAREASOLID(#{n + 3},#7,#40,{z!r});
#{n + 5}=IFCPRODUCTDEFINITIONSHAPE($,$,(#{n + 6}));
#{n + 6}=IFCSHAPEREPRESENTATION(#10,'Body','SweptSolid',(#{n + 4}));
#{n + 7}=IFCCARTESIANPOINT(({float(at[0])!r},{float(at[1])!r},{float(at[2])!r}));
#{n + 8}=IFCLOCALPLACEMENT(#15,#{n + 9});
#{n + 9}=IFCAXIS2PLACEMENT3D(#{n + 7},$,$);
#{n + 10}=IFCRELCONTAINEDINSPATIALSTRUCTURE('CCCCCCCCCCCCCCCCCC{number:04}',$,$,$,(#{n}),#16);
"""


def duct(at: Triple, size: Triple = (0.4, 0.4, 0.4), key: str = DUCT, number: int = 9) -> str:
    return body(number, f"IFCDUCTSEGMENT('{key}',$,'Duct',$,$,{{place}},{{shape}},$,$)", size, at)


def room(size: Triple, stated: float, name: str = "Office") -> str:
    space = body(8, f"IFCSPACE('{ROOM}',$,'R1',$,$,{{place}},{{shape}},'{name}',.ELEMENT.,.INTERNAL.,$)", size, (1, 1, 0.5))
    space = "\n".join(line for line in space.splitlines() if "IFCRELCONTAINED" not in line)
    return space + f"""
#7000=IFCRELAGGREGATES('AAAAAAAAAAAAAAAAAAAAAA',$,$,$,#16,(#800));
#7001=IFCQUANTITYAREA('NetFloorArea',$,$,{stated!r},$);
#7002=IFCELEMENTQUANTITY('QQQQQQQQQQQQQQQQQQQQQQ',$,'Qto_SpaceBaseQuantities',$,$,(#7001));
#7003=IFCRELDEFINESBYPROPERTIES('PPPPPPPPPPPPPPPPPPPPPP',$,$,$,(#800),#7002);
"""


def asked(tmp_path: Path, extra: str, select: str | None, measure: Mapping[str, Any], require: Mapping[str, Any], ground: Any = None,
          **more: Any) -> Judgement:
    rule = {"measure": dict(measure), "require": dict(require), **({"select": select} if select else {})}
    (found,) = judged(tmp_path, rule, model=Small(extra=extra, **more), ground=ground)
    return found


def test_a_sound_shape_is_valid(tmp_path: Path) -> None:
    found = asked(tmp_path, "", "IfcSlab", {"op": "valid_shape"}, {"equals": "valid"})
    assert (found.outcome, found.measured) == (Outcome.PASS, 1)


def test_a_box_in_place_of_a_shape_may_be_asked_for(tmp_path: Path) -> None:
    found = asked(tmp_path, "", "IfcSlab", {"op": "valid_shape", "faults": ["box-only"]}, {"equals": "valid"})
    assert (found.outcome, found.findings[0].measured) == (Outcome.FAIL, "box-only")
    assert found.findings[0].data["items"][0]["volume_m3"] == pytest.approx(30.0)


def test_a_fault_that_is_not_known_is_told(tmp_path: Path) -> None:
    found = asked(tmp_path, "", "IfcSlab", {"op": "valid_shape", "faults": ["ugly"]}, {"equals": "valid"})
    assert found.outcome == Outcome.NOT_CHECKED
    assert "'ugly' is no fault" in found.reason


def test_a_duct_in_a_slab_is_told_with_depth_place_and_the_other(tmp_path: Path) -> None:
    found = asked(tmp_path, duct((7, 2, 0.4)), "IfcDuctSegment", {"op": "clash"}, {"max": 0})
    (finding,) = found.findings
    assert found.outcome == Outcome.FAIL
    assert finding.data["other"] == SLAB
    assert finding.data["value"] == pytest.approx(0.1)
    assert finding.data["volume_m3"] == pytest.approx(0.4 * 0.4 * 0.1)
    place = finding.data["place"]
    assert [place["easting"], place["northing"], place["height"]] == pytest.approx([E + 7.2, N + 2.2, Z + 0.45], abs=1e-3)


def test_what_only_stands_on_a_slab_passes_and_classes_choose_the_others(tmp_path: Path) -> None:
    for name, extra, measure in (("a", "", {"op": "clash"}), ("b", duct((7, 2, 0.4)), {"op": "clash", "against": "IfcWall*"})):
        (tmp_path / name).mkdir()
        found = asked(tmp_path / name, extra, "IfcBuildingElementProxy, IfcDuctSegment", measure, {"max": 0})
        assert found.outcome == Outcome.PASS
        assert found.measured == (2 if extra else 1)


def test_a_clash_of_two_selected_objects_is_told_once(tmp_path: Path) -> None:
    found = asked(tmp_path, duct((7, 2, 0.4)), "IfcSlab, IfcDuctSegment, IfcBuildingElementProxy", {"op": "clash"}, {"max": 0})
    assert len(found.findings) == 1
    assert found.measured == 2  # the pair, and the pump that clashes with nothing


@pytest.mark.parametrize(("gap", "outcome"), [(0.05, Outcome.FAIL), (0.15, Outcome.PASS)])
def test_clearance_is_held_against_the_distance_that_is_asked_for(tmp_path: Path, gap: float, outcome: Outcome) -> None:
    found = asked(tmp_path, duct((3 + gap, 2, 1)), "IfcDuctSegment",
                  {"op": "clearance_between", "distance": 0.1, "against": ["IfcBuildingElement*"]}, {"limit": "at_least"})
    assert found.outcome == outcome
    if found.findings:
        assert found.findings[0].data["value"] == pytest.approx(gap)
        assert found.findings[0].data["other"] == PUMP


def test_a_duplicate_is_counted_on_one_of_the_two(tmp_path: Path) -> None:
    twice = duct((7, 2, 1)) + duct((7, 2, 1), key="000000000000000000000F", number=10)
    found = asked(tmp_path, twice, "IfcDuctSegment", {"op": "duplicate"}, {"max": 0})
    assert [(one.data["other"], one.data["kind"]) for one in found.findings] == [("000000000000000000000F", "duplicate")]
    (tmp_path / "one").mkdir()
    assert asked(tmp_path / "one", duct((7, 2, 1)), "IfcDuctSegment", {"op": "duplicate"}, {"max": 0}).outcome == Outcome.PASS


class Town(Site):
    """A site with one accepted model, a wall on the grid."""

    def __init__(self, west: float) -> None:
        super().__init__()
        wall = shapes({"W": box((west, 0, 0), (west + 0.2, 6, 9))})
        self._accepted = Member("tower", wall, {"W": {"role": "element", "ifc_class": "IfcWall"}},
                                Georeference(HK_GRID, HKPD, turned(0, (E, N, Z))))

    def neighbours(self, box: BBox, /) -> Sequence[Member]:
        assert box.crs == HK_GRID
        return [self._accepted]


@pytest.mark.parametrize(("west", "outcome"), [(9.7, Outcome.FAIL), (10.0, Outcome.PASS)])
def test_models_that_were_accepted_are_compared_on_the_grid(tmp_path: Path, west: float, outcome: Outcome) -> None:
    found = asked(tmp_path, "", "IfcSlab", {"op": "clash", "neighbours": True}, {"max": 0}, Town(west))
    assert found.outcome == outcome
    if found.findings:
        assert (found.findings[0].data["other"], found.findings[0].data["other_model"]) == ("W", "tower")
        assert found.findings[0].data["value"] == pytest.approx(0.2)


def test_without_accepted_models_or_a_place_nothing_passes(tmp_path: Path) -> None:
    measure = {"op": "clash", "neighbours": True}
    found = asked(tmp_path, "", "IfcSlab", measure, {"max": 0}, Site())
    assert (found.outcome, "accepted" in found.reason) == (Outcome.NOT_CHECKED, True)
    (tmp_path / "b").mkdir()
    loose = asked(tmp_path / "b", "", "IfcSlab", measure, {"max": 0}, Town(9.7), georeferenced=False)
    assert loose.outcome == Outcome.NOT_CHECKED


@pytest.mark.parametrize(("stated", "outcome"), [(20.1, Outcome.PASS), (20.3, Outcome.FAIL)])
def test_the_stated_area_of_a_space_is_held_against_its_shape(tmp_path: Path, stated: float, outcome: Outcome) -> None:
    found = asked(tmp_path, room((5, 4, 2.6), stated), "IfcSpace", {"op": "space_area"}, {"limit": "at_most"})
    assert found.outcome == outcome
    if found.findings:
        data = found.findings[0].data
        assert data["measured_m2"] == pytest.approx(20.0)
        assert data["stated_by"] == "Qto_SpaceBaseQuantities.NetFloorArea"
        assert data["limit"] == pytest.approx(0.2)


def test_the_areas_of_a_storey_and_the_classes_of_its_spaces(tmp_path: Path) -> None:
    classes = [{"field": "long_name", "like": "plant*", "class": "exempted", "usable": "no"}]
    for number, (of, wanted) in enumerate((("gross", 20.0), ("accountable", 0.0), ("usable", 0.0))):
        (tmp_path / str(number)).mkdir()
        found = asked(tmp_path / str(number), room((5, 4, 2.6), 20.0, "Plant room"), "IfcBuildingStorey",
                      {"op": "storey_area", "of": of, "classes": classes}, {"equals": wanted, "tolerance": 0.001})
        assert found.outcome == Outcome.PASS, of


def lot(side: float, **fields: float) -> Site:
    return Site(lots=[Feature("LOT-1", shapely.box(E - 1, N - 1, E - 1 + side, N - 1 + side), {"LOTID": "LOT-1", **fields})])


@pytest.mark.parametrize(("op", "wanted"), [("site_coverage", 15.0), ("plot_ratio", 0.15)])
def test_coverage_and_plot_ratio_are_over_the_lot_under_the_model(tmp_path: Path, op: str, wanted: float) -> None:
    found = asked(tmp_path, "", None, {"op": op, "limit_field": "MOST"}, {"limit": "at_most"}, lot(20.0, MOST=wanted / 2))
    (finding,) = found.findings
    assert finding.data["value"] == pytest.approx(wanted)
    assert finding.data["limit"] == pytest.approx(wanted / 2)
    assert finding.data["lot_area_m2"] == pytest.approx(400.0)
    assert finding.data["source"] == "lots LOT-1"


def test_the_area_of_the_lot_may_be_stated(tmp_path: Path) -> None:
    stated = asked(tmp_path, "", None, {"op": "plot_ratio", "lot_area": 30}, {"equals": 2.0, "tolerance": 1e-6}, None, georeferenced=False)
    assert stated.outcome == Outcome.PASS
    (tmp_path / "b").mkdir()
    field = asked(tmp_path / "b", "", None, {"op": "plot_ratio", "area_field": "SQM"}, {"equals": 0.1, "tolerance": 1e-6}, lot(20.0, SQM=600.0))
    assert field.outcome == Outcome.PASS
    (tmp_path / "c").mkdir()
    none = asked(tmp_path / "c", "", None, {"op": "site_coverage"}, {"max": 100}, Site())
    assert (none.outcome, "no layer lots" in none.reason) == (Outcome.NOT_CHECKED, True)


def test_a_storey_or_space_without_a_shape_is_not_checked(tmp_path: Path) -> None:
    found = asked(tmp_path, "#7000=IFCSPACE('000000000000000000000R',$,'R1',$,$,#15,$,$,.ELEMENT.,.INTERNAL.,$);\n"
                            "#7001=IFCRELAGGREGATES('AAAAAAAAAAAAAAAAAAAAAA',$,$,$,#16,(#7000));\n",
                  "IfcSpace", {"op": "space_area"}, {"limit": "at_most"})
    assert (found.outcome, "has no shape" in found.reason) == (Outcome.NOT_CHECKED, True)
