"""The rules against the files that were made to try them: each file's name says what its rule must say of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bim.check import Judgement, Outcome
from bim.ifc import Model, open_model, readable
from bim.normative import RULES, judge
from bim.scan import scan
from csdi.errors import ValueInvalid
from tests.bim.corpus import corpus_folder

_CORPUS = corpus_folder()
_FOLDERS = sorted(p for p in (_CORPUS / "ifc-rules").glob("*/*") if p.is_dir()) if _CORPUS else []
_SAID = {Outcome.PASS: "pass", Outcome.FAIL: "fail", Outcome.NOT_APPLICABLE: "na"}
_WALL = """ISO-10303-21;
HEADER;
FILE_DESCRIPTION(('ViewDefinition [ReferenceView]'),'2;1');
FILE_NAME('wall.ifc','2026-01-01T00:00:00',(''),(''),'','','');
FILE_SCHEMA(('{schema}'));
ENDSEC;
DATA;
#1=IFCPROJECT('0YvctVUKr0kugbFTf53O9L',$,'P',$,$,$,$,(#2),$);
#2=IFCGEOMETRICREPRESENTATIONCONTEXT($,'Model',3,1.E-5,#3,$);
#3=IFCAXIS2PLACEMENT3D(#4,$,$);
#4=IFCCARTESIANPOINT((0.,0.,0.));
#5=IFCWALL('1YvctVUKr0kugbFTf53O9L',$,'W',$,$,$,$,$,$);
{more}
ENDSEC;
END-ISO-10303-21;
"""


@contextmanager
def opened(path: Path) -> Iterator[tuple[Model, Path, str]]:
    """The model, the text that it was opened from, and the schema that the file states."""
    schema = scan(path).schema
    with readable(path, schema) as (text, _):
        yield open_model(text, schema, name=path.name), text, schema


def judged(folder: Path, more: str = "", *rules: str, schema: str = "IFC4") -> dict[str, Judgement]:
    """What rules say of a model with a wall and more."""
    path = folder / "wall.ifc"
    path.write_text(_WALL.format(schema=schema, more=more))
    with opened(path) as (model, text, declared):
        return {one.rule: one for one in judge(model, rules or None, path=text, declared=declared)}


@pytest.mark.corpus
@pytest.mark.parametrize("folder", _FOLDERS, ids=[folder.name for folder in _FOLDERS])
def test_what_is_said_of_each_file_is_what_its_name_says_and_no_rule_breaks_on_it(folder: Path) -> None:
    rule = folder.name.upper()
    wrong = []
    for path in sorted(folder.glob("*.ifc")):
        with opened(path) as (model, text, declared):
            said = {one.rule: one for one in judge(model, path=text, declared=declared)}
        broken = [f"{one.rule}: {one.reason}" for one in said.values() if one.outcome is Outcome.NOT_CHECKED]
        assert not broken, f"{path.name}: {broken}"
        if _SAID[said[rule].outcome] != path.name.partition("-")[0]:
            wrong.append(f"{path.name}: {said[rule].outcome}, {[one.message for one in said[rule].findings]}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.skipif(not _FOLDERS, reason="the corpus is absent")
def test_there_is_a_rule_for_every_folder_of_files() -> None:
    assert {folder.name.upper() for folder in _FOLDERS} <= RULES.keys()


def test_every_rule_has_titles_in_three_languages_and_a_source() -> None:
    assert len(RULES) == 102
    for id, rule in RULES.items():
        assert rule.id == id
        assert rule.part == id[:3]
        assert set(rule.titles) == {"en", "zh-Hant", "zh-Hans"}
        assert all(rule.titles.values())
        assert rule.source.endswith(f"/{rule.part}")


def test_a_finding_tells_what_where_and_how_to_cure(tmp_path: Path) -> None:
    said = judged(tmp_path, "", "SPS007")["SPS007"]
    assert said.outcome is Outcome.FAIL
    (finding,) = said.findings
    assert (finding.code, finding.severity, finding.subject) == ("SPS007", "error", "wall.ifc > #5 > 1YvctVUKr0kugbFTf53O9L")
    assert finding.message == "IfcWall is in no spatial structure"
    assert finding.cure


def test_a_breach_of_practice_fails_with_a_warning(tmp_path: Path) -> None:
    said = judged(tmp_path, "#6=IFCPROJECT('2YvctVUKr0kugbFTf53O9L',$,'P',$,$,$,$,(#2),$);", "PJS101")["PJS101"]
    assert said.outcome is Outcome.FAIL
    assert {finding.severity for finding in said.findings} == {"warning"}


def test_only_the_rules_that_are_asked_for_are_judged(tmp_path: Path) -> None:
    assert list(judged(tmp_path, "", "SPS007", "PJS000")) == ["PJS000", "SPS007"]
    with pytest.raises(ValueInvalid, match="XYZ001"):
        judged(tmp_path, "", "XYZ001")


def test_without_the_text_the_same_is_said(tmp_path: Path) -> None:
    loop = "#10=IFCCARTESIANPOINT((1.,0.,0.));\n#11=IFCCARTESIANPOINT((0.,1.,0.));\n#12=IFCPOLYLOOP((#4,#10,#11,#10));"
    with_text = judged(tmp_path, loop, "GEM111", "IFC106")
    with opened(tmp_path / "wall.ifc") as (model, _, declared):
        without = {one.rule: one for one in judge(model, ("GEM111", "IFC106"), declared=declared)}
    assert with_text == without
    assert with_text["GEM111"].outcome is Outcome.FAIL
    assert {finding.subject for finding in with_text["IFC106"].findings} == {f"wall.ifc > #{id}" for id in (10, 11, 12)}


def test_the_schema_is_judged_as_the_file_states_it(tmp_path: Path) -> None:
    assert judged(tmp_path, "", "IFC101", schema="IFC4X3")["IFC101"].outcome is Outcome.FAIL
    assert judged(tmp_path, "", "IFC101", schema="IFC4X3_ADD2")["IFC101"].outcome is Outcome.PASS


def test_values_of_a_wrong_class_break_no_rule(tmp_path: Path) -> None:
    more = ("#20=IFCRELAGGREGATES('3YvctVUKr0kugbFTf53O9L',$,$,$,#4,(#5,#2));\n"
            "#21=IFCRELCONTAINEDINSPATIALSTRUCTURE('0ZvctVUKr0kugbFTf53O9L',$,$,$,(#5),$);\n"
            "#22=IFCRELDEFINESBYPROPERTIES('1ZvctVUKr0kugbFTf53O9L',$,$,$,(#5),$);\n"
            "#23=IFCPOLYLINE($);\n#24=IFCPOLYLOOP((#4));\n#25=IFCINDEXEDPOLYCURVE($,$,$);\n"
            "#26=IFCCLOSEDSHELL(());\n#27=IFCFACETEDBREP(#26);\n#28=IFCTRIANGULATEDFACESET($,$,.T.,$,$);\n"
            "#29=IFCUNITASSIGNMENT(());\n#30=IFCCONVERSIONBASEDUNIT($,.LENGTHUNIT.,$,$);")
    said = judged(tmp_path, more)
    broken = {one.rule: one.reason for one in said.values() if one.outcome is Outcome.NOT_CHECKED}
    assert not broken, broken


def test_every_rule_is_documented() -> None:
    told = (Path(__file__).parents[3] / "docs" / "normative.md").read_text(encoding="utf-8")
    assert [id for id in RULES if f"| {id} |" not in told] == []


def test_what_is_nested_in_a_contained_element_needs_no_container(tmp_path: Path) -> None:
    more = ("#10=IFCBUILDINGSTOREY('2YvctVUKr0kugbFTf53O9L',$,'S',$,$,$,$,$,.ELEMENT.,$);\n"
            "#11=IFCRELCONTAINEDINSPATIALSTRUCTURE('3YvctVUKr0kugbFTf53O9L',$,$,$,(#5),#10);\n"
            "#12=IFCVALVE('0ZvctVUKr0kugbFTf53O9L',$,'V',$,$,$,$,$,$);\n")
    assert judged(tmp_path, more, "SPS007")["SPS007"].outcome is Outcome.FAIL
    nested = "#13=IFCRELNESTS('1ZvctVUKr0kugbFTf53O9L',$,$,$,#5,(#12));"
    assert judged(tmp_path, more + nested, "SPS007")["SPS007"].outcome is Outcome.PASS


def test_a_whole_that_is_nested_in_itself_is_hosted_by_nothing(tmp_path: Path) -> None:
    more = ("#12=IFCVALVE('0ZvctVUKr0kugbFTf53O9L',$,'V',$,$,$,$,$,$);\n"
            "#13=IFCRELNESTS('1ZvctVUKr0kugbFTf53O9L',$,$,$,#5,(#12));\n#14=IFCRELNESTS('2ZvctVUKr0kugbFTf53O9L',$,$,$,#12,(#5));")
    said = judged(tmp_path, more, "SPS007")["SPS007"]
    assert len(said.findings) == 2


@pytest.mark.parametrize(("factor", "outcome"), [("914.4", Outcome.PASS), ("914.", Outcome.PASS), ("915.", Outcome.FAIL)])
def test_a_unit_passes_with_its_exact_factor_and_with_the_one_that_the_standard_prints(tmp_path: Path, factor: str, outcome: Outcome) -> None:
    more = ("#10=IFCSIUNIT(*,.LENGTHUNIT.,.MILLI.,.METRE.);\n"
            f"#11=IFCMEASUREWITHUNIT(IFCLENGTHMEASURE({factor}),#10);\n#12=IFCDIMENSIONALEXPONENTS(1,0,0,0,0,0,0);\n"
            "#13=IFCCONVERSIONBASEDUNIT(#12,.LENGTHUNIT.,'Yard',#11);\n#14=IFCUNITASSIGNMENT((#13));\n"
            "#15=IFCPROJECT('2YvctVUKr0kugbFTf53O9L',$,'P',$,$,$,$,(#2),#14);")
    assert judged(tmp_path, more, "PJS001")["PJS001"].outcome is outcome


@pytest.mark.parametrize(("predefined", "outcome"), [("ELECTRICACTUATOR", Outcome.PASS), ("HANDOPERATEDACTUATOR", Outcome.FAIL)])
def test_the_name_of_an_older_set_says_for_which_predefined_type_it_is(tmp_path: Path, predefined: str, outcome: Outcome) -> None:
    owner = ("#20=IFCPERSON($,'x',$,$,$,$,$,$);\n#21=IFCORGANIZATION($,'x',$,$,$);\n#22=IFCPERSONANDORGANIZATION(#20,#21,$);\n"
             "#23=IFCAPPLICATION(#21,'1','x','x');\n#24=IFCOWNERHISTORY(#22,#23,$,.ADDED.,$,$,$,0);\n")
    more = owner + ("#30=IFCPROPERTYSINGLEVALUE('ActuatorInputPower',$,IFCPOWERMEASURE(1.),$);\n"
                    "#31=IFCPROPERTYSET('2YvctVUKr0kugbFTf53O9L',#24,'Pset_ActuatorTypeElectricActuator',$,(#30));\n"
                    f"#32=IFCACTUATORTYPE('3YvctVUKr0kugbFTf53O9L',#24,$,$,$,(#31),$,$,$,.{predefined}.);")
    assert judged(tmp_path, more, "PSE001", schema="IFC2X3")["PSE001"].outcome is outcome


def test_a_shell_of_faces_that_meet_only_in_a_hole_hangs_together(tmp_path: Path) -> None:
    points = [(0, 0), (9, 0), (9, 9), (0, 9), (3, 3), (6, 3), (6, 6), (3, 6)]
    made = "".join(f"#{40 + n}=IFCCARTESIANPOINT(({x}.,{y}.,0.));\n" for n, (x, y) in enumerate(points))
    made += ("#50=IFCPOLYLOOP((#40,#41,#42,#43));\n#51=IFCPOLYLOOP((#44,#45,#46,#47));\n#52=IFCFACEOUTERBOUND(#50,.T.);\n"
             "#53=IFCFACEBOUND(#51,.F.);\n#54=IFCFACEOUTERBOUND(#51,.T.);\n#55=IFCFACE((#52,#53));\n#56=IFCFACE((#54));\n")
    assert judged(tmp_path, made + "#57=IFCOPENSHELL((#55,#56));", "BRP002")["BRP002"].outcome is Outcome.PASS
    apart = made + "#58=IFCFACE((#52));\n#57=IFCOPENSHELL((#58,#56));"
    assert judged(tmp_path, apart, "BRP002")["BRP002"].findings[0].measured == "2 parts"


def test_a_rule_that_is_switched_off_only_warns(tmp_path: Path) -> None:
    assert {id for id, rule in RULES.items() if rule.kind == "disabled"} == {
        "ALB005", "BRP001", "GEM005", "GRF002", "IFC105", "SPS004", "SPS006", "SYS001", "TAS001"}
    crossed = ("#10=IFCCARTESIANPOINT((1.,1.,0.));\n#11=IFCCARTESIANPOINT((1.,0.,0.));\n#12=IFCCARTESIANPOINT((0.,1.,0.));\n"
               "#13=IFCPOLYLOOP((#4,#10,#11,#12));\n")
    assert judged(tmp_path, crossed, "BRP001")["BRP001"].outcome is Outcome.FAIL


def test_numbers_beyond_all_measure_break_no_rule(tmp_path: Path) -> None:
    wild = ("#10=IFCCARTESIANPOINT((1.E300,1.E300,0.));\n#11=IFCCARTESIANPOINT((-1.E300,0.,1.E300));\n#12=IFCPOLYLOOP((#4,#10,#11,#10));\n"
            "#13=IFCFACEOUTERBOUND(#12,.T.);\n#14=IFCFACE((#13));\n#15=IFCCLOSEDSHELL((#14));\n#16=IFCFACETEDBREP(#15);\n"
            "#17=IFCCARTESIANPOINTLIST2D(((0.,0.),(1.E300,1.),(2.E300,0.)));\n#18=IFCINDEXEDPOLYCURVE(#17,(IFCARCINDEX((1,2,3))),$);")
    assert not [one for one in judged(tmp_path, wild).values() if one.outcome is Outcome.NOT_CHECKED]


def test_a_point_that_cannot_be_read_keeps_no_other_from_being_judged(tmp_path: Path) -> None:
    loops = ("#10=IFCCARTESIANPOINT((1.,0.,0.));\n#11=IFCCARTESIANPOINT(('x',0.));\n#12=IFCPOLYLOOP((#4,#10,#11));\n"
             "#13=IFCCARTESIANPOINT((1.,1.,0.));\n#14=IFCPOLYLOOP((#4,#10,#13,#10));\n"
             "#15=IFCFACEOUTERBOUND(#12,.T.);\n#16=IFCFACE((#15));\n#17=IFCOPENSHELL((#16));\n"
             "#18=IFCCARTESIANPOINTLIST3D(((0.,0.,0.),(1.,0.),(1.,1.,0.)));\n#19=IFCTRIANGULATEDFACESET(#18,$,.T.,((1,2,3)),$);")
    said = judged(tmp_path, loops)
    assert not [one for one in said.values() if one.outcome is Outcome.NOT_CHECKED]
    assert [finding.subject for finding in said["GEM111"].findings] == ["wall.ifc > #14"]
