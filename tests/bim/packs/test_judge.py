"""Rules as data: what they measure, the outcome that follows, and what is told of a pack that is wrong."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import shapely
import yaml

from bim.audit import Plan, audit
from bim.check import Judgement, Outcome
from bim.packs import NoGround, Pack, read_pack
from bim.packs.measurement import Measurement
from bim.packs.requirement import read_requirement
from csdi.errors import FileBroken, PathMissing, ValueInvalid
from csdi.extent import BBox
from csdi.feature import Feature
from tests.bim.small import Small


def pack(folder: Path, *rules: dict[str, Any], tables: dict[str, str] | None = None) -> Pack:
    """A pack of these rules, each with an id R1, R2... where it has none."""
    (folder / "rules").mkdir(parents=True)
    (folder / "tables").mkdir()
    (folder / "pack.yaml").write_text(yaml.safe_dump({"id": "p", "version": "1.0", "title": {"en": "P"}}))
    for number, rule in enumerate(rules, 1):
        given = {"id": f"R{number}", "title": {"en": "{element}: {value}", "zh-Hant": "{element}：{value}"}, **rule}
        (folder / "rules" / f"{number}.yaml").write_text(yaml.safe_dump(given, allow_unicode=True))
    for name, text in (tables or {}).items():
        (folder / "tables" / f"{name}.csv").write_text(text, encoding="utf-8")
    return read_pack(folder)


def judged(tmp_path: Path, *rules: dict[str, Any], model: Small | None = None, tables: dict[str, str] | None = None,
           ground: Any = None) -> list[Judgement]:
    plan = Plan(packs=(pack(tmp_path / "pack", *rules, tables=tables),), normative=False, express=False)
    return list(audit((model or Small()).write(tmp_path), plan, ground=ground).report.rules)


def outcome(tmp_path: Path, **rule: Any) -> Judgement:
    (found,) = judged(tmp_path, rule)
    return found


def test_a_value_as_required_passes_and_counts_what_was_measured(tmp_path: Path) -> None:
    found = outcome(tmp_path, select="IfcSlab", measure={"op": "attribute", "name": "name"}, require={"equals": "Slab"})
    assert (found.outcome, found.measured) == (Outcome.PASS, 1)


def test_a_value_that_is_not_fails_and_the_finding_tells_all(tmp_path: Path) -> None:
    found = outcome(tmp_path, select="IfcBuildingElementProxy", measure={"op": "attribute", "name": "tag"}, require={"pattern": "Q-[0-9]"},
                    clause={"doc": "X", "ref": "1"})
    (finding,) = found.findings
    assert found.outcome == Outcome.FAIL
    assert finding.message == "水泵 P-1: P-1"
    assert finding.data["texts"]["zh-Hant"] == "水泵 P-1：P-1"
    assert finding.data["global_id"] == "000000000000000000000B"
    assert finding.data["clause"] == {"doc": "X", "ref": "1"}
    assert (finding.code, finding.measured, finding.expected) == ("R1", "P-1", "like Q-[0-9]")


@pytest.mark.parametrize(("severity", "wanted"), [("warning", Outcome.WARNING), ("refer", Outcome.REFER), ("note", Outcome.PASS)])
def test_the_severity_decides_what_a_breach_is(tmp_path: Path, severity: str, wanted: Outcome) -> None:
    assert outcome(tmp_path, select="IfcSlab", measure={"op": "attribute", "name": "name"}, require={"equals": "X"},
                   severity=severity).outcome == wanted


def test_a_model_without_what_the_rule_speaks_of(tmp_path: Path) -> None:
    found = judged(tmp_path, {"select": "IfcDoor", "measure": {"op": "attribute", "name": "name"}},
                   {"select": "IfcDoor", "measure": {"op": "attribute", "name": "name"}, "when_none": "fail"},
                   {"select": "IfcDoor", "measure": {"op": "count"}, "require": {"min": 1}})
    assert [one.outcome for one in found] == [Outcome.NOT_APPLICABLE, Outcome.FAIL, Outcome.FAIL]


def test_what_cannot_be_measured_never_passes(tmp_path: Path) -> None:
    found = judged(tmp_path, {"select": "IfcSlab", "measure": {"op": "height_above", "layer": "limits", "z": "limit"}, "require": {"max": 0}},
                   model=Small(georeferenced=False), ground=NoGround())
    assert (found[0].outcome, found[0].findings) == (Outcome.NOT_CHECKED, ())
    assert "georeference" in found[0].reason


class Site(NoGround):
    """A ground with one layer of restricted heights and one runway."""

    def layer(self, id: str, _box: BBox | None = None, /) -> Sequence[Feature] | None:
        square = shapely.box(811000.0, 818000.0, 813000.0, 820000.0)
        if id == "limits":
            return [Feature("AHR-7", square, {"limit": 8.0})]
        runway = shapely.LineString([(812000.0, 819000.0 - 1060.0), (812000.0, 819000.0 - 4060.0)])
        return [Feature("r", runway, {"designator": "18/36", "elevation_mpd": -15.0})] if id == "runways" else None


def test_bodies_are_held_against_restricted_heights_and_surfaces(tmp_path: Path) -> None:
    """The pump stands on a slab at 6.5 mPD: its top is at 6.5 + 0.5 + 2.0 = 9 mPD, 2 to 3 m north and east of the origin."""
    every = {"select": "IfcBuildingElementProxy, IfcSlab", "require": {"max": 0.0, "tolerance": 0.001}}
    heights, surfaces, missing = judged(
        tmp_path, {**every, "measure": {"op": "height_above", "layer": "limits", "z": "limit"}},
        {**every, "measure": {"op": "surface_penetration", "kinds": ["approach"]}},
        {**every, "measure": {"op": "surface_penetration", "layer": "none"}}, ground=Site())
    (finding,) = heights.findings
    assert heights.outcome == Outcome.FAIL
    assert finding.data["value"] == pytest.approx(1.0, abs=1e-6)
    assert finding.data["limit_mpd"] == 8.0
    assert finding.data["place"]["height"] == pytest.approx(9.0, abs=1e-6)
    depths = {one.data["global_id"]: one.data["value"] for one in surfaces.findings}
    assert depths["000000000000000000000B"] == pytest.approx(9.0 - (-15.0 + 0.02 * (1000 + 2)), abs=1e-3)
    assert missing.outcome == Outcome.NOT_CHECKED


def test_where_no_limit_is_known_nothing_is_judged(tmp_path: Path) -> None:
    (found,) = judged(tmp_path, {"select": "IfcSlab", "measure": {"op": "measure", "name": "elevation"}, "require": {"limit": "at_most"}},
                      {"select": "IfcBuildingStorey", "measure": {"op": "measure", "name": "elevation"}, "require": {"limit": "at_most"}})[1:]
    assert (found.outcome, found.findings) == (Outcome.NOT_CHECKED, ())
    assert "no limit is known" in found.reason


def test_a_rule_about_decimals_tells_all_of_them(tmp_path: Path) -> None:
    found = outcome(tmp_path, select="IfcBuildingStorey", measure={"op": "measure", "name": "elevation"}, require={"decimals": 0},
                    title={"en": "{value}"})
    assert found.outcome == Outcome.PASS
    (fine,) = judged(tmp_path / "fine", {"measure": {"op": "georeference", "field": "easting"}, "require": {"decimals": 3},
                                         "title": {"en": "{value}"}}, model=Small(conversion="812000.00049,819000.,6.5,1.,0.,$"))
    assert fine.findings[0].message == "812000.00049 m"


def test_every_code_of_an_object_is_judged_and_systems_fit_by_part_of_their_name(tmp_path: Path) -> None:
    codes = "".join(f"#{n}=IFCCLASSIFICATIONREFERENCE($,'{code}',$,#70,$,$);#{n + 1}=IFCRELASSOCIATESCLASSIFICATION("
                    f"'0000000000000000000{n}A',$,$,$,(#50),#{n});" for n, code in ((71, "EF_30"), (73, "thirty")))
    model = Small(extra=f"#70=IFCCLASSIFICATION($,$,$,'NBS uniclass 2015',$,$,$);{codes}\n")
    (found, other) = judged(tmp_path, *({"select": "IfcSlab", "measure": {"op": "classification", "system": system},
                                         "require": {"pattern": "EF_[0-9]+"}} for system in ("Uniclass", "OmniClass")), model=model)
    assert (found.measured, [one.measured for one in found.findings]) == (2, ["thirty"])
    assert [one.measured for one in other.findings] == ["nothing"]


def test_tables_give_choices_and_unknown_ones_are_told(tmp_path: Path) -> None:
    found = judged(tmp_path, {"select": "IfcBuilding", "measure": {"op": "attribute", "name": "name"},
                              "require": {"in": {"table": "names"}}}, tables={"names": "name\n機場客運大樓\n"})
    assert found[0].outcome == Outcome.PASS
    with pytest.raises(ValueInvalid, match="no table 'codes'"):
        pack(tmp_path / "other", {"measure": {"op": "count"}, "require": {"in": {"table": "codes"}}})


@pytest.mark.parametrize(("rule", "said"), [
    ({"measure": {"op": "guess"}}, "'guess' is no operator"),
    ({"measure": {"op": "attribute"}}, "measure.name is missing"),
    ({"measure": {"op": "count", "colour": "red"}}, "'measure.colour' is not known"),
    ({"measure": {"op": "count"}, "require": {"maximum": 3}}, "'maximum' is not known"),
    ({"measure": {"op": "count"}, "require": {"max": "three"}}, "no number"),
    ({"measure": {"op": "count"}, "require": {"pattern": "("}}, "require.pattern"),
    ({"measure": {"op": "count"}, "severity": "awful"}, "awful"),
    ({"measure": {"op": "count"}, "select": "IfcWall,, ="}, "selector"),
    ({"measure": {"op": "count"}, "title": {"fr": "x"}}, "title.fr"),
    ({"measure": {"op": "count"}, "extra": 1}, "'extra' is not known"),
])
def test_a_rule_that_is_wrong_names_its_file_and_field(tmp_path: Path, rule: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueInvalid, match=said) as error:
        pack(tmp_path / "p", rule)
    assert "1.yaml" in str(error.value)


def test_the_digest_covers_every_file(tmp_path: Path) -> None:
    first = pack(tmp_path / "p", {"measure": {"op": "count"}})
    (tmp_path / "p" / "tables" / "new.csv").write_text("code\n1\n")
    assert read_pack(tmp_path / "p").digest != first.digest


def test_a_pack_that_is_not_there_or_not_yaml(tmp_path: Path) -> None:
    with pytest.raises(PathMissing):
        read_pack(tmp_path)
    (tmp_path / "pack.yaml").write_text("id: [")
    with pytest.raises(FileBroken, match="line"):
        read_pack(tmp_path)


@pytest.mark.parametrize(("given", "value", "holds"), [
    ({"min": 1, "max": 2}, 2.0, True), ({"min": 1, "max": 2}, 2.1, False), ({"max": 2, "tolerance": 0.2}, 2.1, True),
    ({"equals": True}, False, False), ({"equals": True}, True, True), ({"present": True}, None, False), ({"present": False}, None, True),
    ({"present": False}, "x", False), ({"in": ["a", "b"]}, "b", True), ({"not_in": ["a"]}, "a", False), ({"pattern": "[A-Z]+"}, "AB", True),
    ({"pattern": "[A-Z]+"}, "ABc", False), ({"decimals": 3}, 1.2345, False), ({"decimals": 3}, 812345.123, True), ({"min": 1}, "text", False),
    ({}, "", False), ({}, 0.0, True), ({"equals": "MILLI METRE"}, 5.0, False), ({"equals": "5"}, 5.0, True), ({"equals": True}, 1.0, False),
    ({"pattern": "[0-9]+"}, True, False), ({"in": ["TRUE"]}, True, False), ({"min": 0}, True, False), ({"present": True}, False, True),
    ({"in": ["12"]}, 12.0, True), ({"in": ["12"]}, 13.0, False), ({"pattern": "[A-Z]+"}, 12.0, False), ({"not_in": ["12"]}, 12.0, False),
    ({"min": 0}, float("nan"), False), ({"max": 9}, float("inf"), False), ({}, float("nan"), False), ({"decimals": 3}, 812000.0004, False),
])
def test_requirements(given: dict[str, Any], value: Any, holds: bool) -> None:
    assert read_requirement(given, {}).holds(Measurement("x", value)) is holds


@pytest.mark.parametrize(("direction", "limit", "holds"), [("at_most", 5.0, True), ("at_most", 3.0, False), ("at_least", 3.0, True),
                                                           ("at_least", 5.0, False), ("at_least", None, False)])
def test_a_limit_of_each_place(direction: str, limit: float | None, holds: bool) -> None:
    assert read_requirement({"limit": direction}, {}).holds(Measurement("x", 4.0, limit=limit)) is holds
