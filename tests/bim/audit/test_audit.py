"""The audit of a file: what is asked for is judged, what cannot be read is refused with its line, the report can be repeated."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bim.audit import Plan, audit
from bim.check import Outcome
from bim.children import Children, Lost
from csdi.errors import PathMissing, ValueInvalid
from ogc_api.cli import app
from tests.bim.corpus import corpus_file
from tests.bim.small import Small
from tests.corpus import corpus

ONE_RULE = Plan(rules=frozenset({"GRF005"}), express=False)


def test_only_what_is_named_is_judged() -> None:
    report = audit(corpus_file("ifc/geo-grf005-pass-feet-ifc4x3-epsg2240.ifc"), ONE_RULE).report
    assert [(rule.rule, rule.outcome) for rule in report.rules] == [("GRF005", Outcome.PASS)]
    assert report.result == "checked"


def test_a_report_is_the_same_each_time_but_for_its_times() -> None:
    path = corpus_file("ifc/geo-duplex-georeferenced-ifc2x3.ifc")
    first, second = (audit(path, Plan(express=False)).report for _ in range(2))
    assert first.digest == second.digest
    assert first.digest != audit(path, ONE_RULE).report.digest


def test_a_rule_nobody_knows_is_told_before_anything_is_read() -> None:
    with pytest.raises(ValueInvalid, match="XYZ999"):
        Plan(rules=frozenset({"XYZ999"}))


def test_a_file_that_is_not_there_is_an_error_and_no_report(tmp_path: Path) -> None:
    with pytest.raises(PathMissing):
        audit(tmp_path / "none.ifc", ONE_RULE)


def test_a_broken_file_is_refused_with_its_line_and_passes_nothing(tmp_path: Path) -> None:
    path = Small(extra="#9999=IFCWALL('x',$,\n").write(tmp_path)
    report = audit(path, ONE_RULE).report
    assert report.result == "refused"
    assert report.outcome == Outcome.FAIL
    assert [rule.outcome for rule in report.rules] == [Outcome.NOT_CHECKED]
    assert report.error is not None
    assert report.error["line"] > 1


def test_the_schema_rule_judges_a_schema_that_is_not_read(tmp_path: Path) -> None:
    path = Small(schema="IFC1X9").write(tmp_path)
    report = audit(path, Plan(rules=frozenset({"IFC101", "GRF005"}), express=False)).report
    assert {rule.rule: rule.outcome for rule in report.rules} == {"IFC101": Outcome.FAIL, "GRF005": Outcome.NOT_CHECKED}


def test_the_command_prints_one_document(tmp_path: Path) -> None:
    path = corpus("ifc-rules", "GRF", "grf005")
    file = sorted(path.glob("fail-*.ifc"))[0]
    done = CliRunner().invoke(app, ["check", str(file), "--rule", "grf005", "--json"])
    answer = json.loads(done.stdout)
    assert (answer["file"], answer["ids"]) == (str(file), [])
    assert [(rule["id"], rule["outcome"]) for rule in answer["rules"]] == [("GRF005", "fail")]
    assert answer["rules"][0]["findings"][0]["message"]
    assert done.exit_code == 0
    assert CliRunner().invoke(app, ["check", str(file), "--rule", "GRF005", "--json", "--exit-code"]).exit_code == 12


def test_children_share_what_is_open_and_harm_nobody() -> None:
    held = list(range(1000))
    with Children(workers=2, limit_s=1.0) as children:
        children.start("sum", lambda: sum(held))
        children.start("raises", lambda: 1 / 0)
        children.start("dies", lambda: os._exit(3))
        children.start("hangs", lambda: time.sleep(60))
        found = children.results()
    assert found["sum"] == sum(held)
    assert "ZeroDivisionError" in found["raises"].reason
    assert found["dies"] == Lost("the process died")
    assert "1 s" in found["hangs"].reason


def test_an_ids_is_judged_beside_the_rules_and_a_broken_one_is_invalid(tmp_path: Path) -> None:
    case = corpus("ids", "entity", "pass-a_matching_entity_should_pass.ids")
    broken = tmp_path / "broken.ids"
    broken.write_text("<ids")
    report = audit(case.with_suffix(".ifc"), Plan(ids=(case, broken), normative=False, express=False)).report
    assert [one["outcome"] for one in report.ids] == ["pass", "invalid"]
    assert report.ids[0]["specifications"][0]["applicable"] == 1


def test_an_ids_that_is_not_there_is_told_before_anything_is_read(tmp_path: Path) -> None:
    with pytest.raises(PathMissing, match=r"none\.ids"):
        Plan(ids=(tmp_path / "none.ids",))


def test_the_schema_and_its_rules_are_judged_too(tmp_path: Path) -> None:
    bad = Small(extra="#900=IFCPROPERTYSET('00000000000000000000P1',$,'P',$,(#901,#902));\n"
                      "#901=IFCPROPERTYSINGLEVALUE('Same',$,$,$);\n#902=IFCPROPERTYSINGLEVALUE('Same',$,$,$);\n").write(tmp_path)
    judged = {rule.rule: rule for rule in audit(bad, Plan(normative=False, workers=1)).report.rules}
    assert judged["EXPRESS"].outcome == Outcome.FAIL
    assert any("UniquePropertyNames" in finding.message for finding in judged["EXPRESS"].findings)


def test_an_audit_with_nothing_but_breaches_of_practice_warns(tmp_path: Path) -> None:
    report = audit(Small().write(tmp_path), Plan(rules=frozenset({"GEM052"}), express=False)).report
    assert [rule.outcome for rule in report.rules] == [Outcome.FAIL]
    assert report.outcome == Outcome.WARNING


def test_layers_given_as_files_are_the_ground(tmp_path: Path) -> None:
    (tmp_path / "limits.geojson").write_text(json.dumps({
        "type": "FeatureCollection", "features": [{"type": "Feature", "properties": {"limit": 8.0}, "geometry": {
            "type": "Polygon", "coordinates": [[[113.9, 22.2], [114.0, 22.2], [114.0, 22.4], [113.9, 22.4], [113.9, 22.2]]]}}]}))
    (tmp_path / "pack" / "rules").mkdir(parents=True)
    (tmp_path / "pack" / "pack.yaml").write_text("id: p\nversion: '1'\n")
    (tmp_path / "pack" / "rules" / "r.yaml").write_text(
        "id: AHR-1\ntitle: too high\nselect: IfcElement\nmeasure: {op: height_above, layer: limits, z: limit}\nrequire: {max: 0}\n")
    model = Small().write(tmp_path)
    asked = ["check", str(model), "--pack", str(tmp_path / "pack"), "--json"]
    answer = json.loads(CliRunner().invoke(app, [*asked, "--layer", f"limits={tmp_path / 'limits.geojson'}"]).stdout)
    assert [(one["outcome"], [round(f["data"]["value"], 3) for f in one["findings"]]) for one in answer["rules"]] == [("fail", [1.0])]
    assert json.loads(CliRunner().invoke(app, asked).stdout)["rules"][0]["outcome"] == "not_checked"
