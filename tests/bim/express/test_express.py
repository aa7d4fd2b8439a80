"""Files that break their schema in one way each, and what is told of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bim.express import check_express
from bim.express.part import judged_part, opened
from bim.express.tally import TOLD, Tally
from bim.finding import Finding
from tests.bim.corpus import corpus_file
from tests.bim.small import Small

_ROOM = "\nENDSEC;\nEND-ISO"


def _told(path: Path, name: str, parts: int = 1) -> Tally:
    """What is told of a file in so many parts, one after the other."""
    file, tally = opened(path, name)
    for part in range(parts):
        tally.merge(judged_part(file, name, part, parts, rules=True))
    return tally


def _found(folder: Path, damage: Callable[[str], str] = str) -> list[Finding]:
    path = folder / "model.ifc"
    path.write_text(damage(Small(georeferenced=False).text))
    return _told(path, "model.ifc").findings()


def _with(*statements: str) -> Callable[[str], str]:
    return lambda text: text.replace(_ROOM, "\n" + "\n".join(statements) + _ROOM, 1)


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> set[tuple[str, str]]:
    """What is told of the file before it is damaged."""
    return {(one.code, one.message) for one in _found(tmp_path_factory.mktemp("sound"))}


@pytest.mark.parametrize(("damage", "code", "said"), [
    (lambda text: text.replace("IFCCARTESIANPOINT((0.,0.,0.))", "IFCCARTESIANPOINT('here')"), "EXP-002", "IfcCartesianPoint.Coordinates"),
    (lambda text: text.replace(",.LENGTHUNIT.,", ",$,"), "EXP-003", "IfcSIUnit.UnitType"),
    (_with("#900=IFCREPRESENTATIONITEM();"), "EXP-004", "IfcRepresentationItem is abstract"),
    (_with("#900=IFCRELAGGREGATES('0000000000000000000900',$,$,$,#1,(#14));"), "EXP-005", "IfcBuilding.Decomposes"),
    (lambda text: text.replace("'0000000000000000000004'", "'9000000000000000000004'"), "EXP-006", "9000000000000000000004"),
    (lambda text: text.replace("'0000000000000000000004'", "'0000000000000000000003'"), "EXP-007", "the same GlobalId"),
    (_with("#900=IFCPROPERTYENUMERATION('E',(IFCLABEL('a'),IFCREAL(1.)),$);"), "EXP-008", "IfcPropertyEnumeration.WR01"),
    (_with("#900=IFCPROPERTYSINGLEVALUE('P',$,IFCPOSITIVELENGTHMEASURE(-1.),$);"), "EXP-008", "IfcPositiveLengthMeasure.WR1"),
    (_with("#900=IFCPROJECT('0000000000000000000900',$,'Q',$,$,$,$,(#10),#5);"), "EXP-008", "IfcSingleProjectInstance"),
    (lambda text: text.replace("FILE_DESCRIPTION((''),'2;1')", "FILE_DESCRIPTION((),'2;1')"), "EXP-010", "EMPTY LIST"),
    (_with("#900=IFCNOTHING('x');"), "EXP-001", "line 45: Entity with name 'IFCNOTHING'"),
    (_with("#900=IFCAXIS2PLACEMENT3D(#999,$,$);"), "EXP-001", "#999 used by instance #900"),
    (_with("#6=IFCDIRECTION((1.,0.));"), "EXP-001", "Overwriting instance with name #6"),
    (_with("#900=IFCDIRECTION((1.,0.),$);"), "EXP-001", "Expected 1 attribute values, found 2"),
    (lambda text: text[:len(text) // 2], "EXP-008", "IfcSpatialStructureElement.WR41"),
], ids=["type", "missing", "abstract", "inverse", "malformed-id", "used-twice", "where", "type-rule", "global-rule", "header",
        "unknown-class", "dangling", "same-number", "arity", "half"])
def test_each_damage_is_told(tmp_path: Path, sound: set[tuple[str, str]], damage: Callable[[str], str], code: str, said: str) -> None:
    new = [one for one in _found(tmp_path, damage) if (one.code, one.message) not in sound]
    hits = [one for one in new if one.code == code and said in one.message]
    assert hits, [(one.code, one.message) for one in new]
    assert all(one.subject.startswith("model.ifc") for one in hits)


def test_many_of_a_kind_are_told_as_one(tmp_path: Path) -> None:
    many = 3 * TOLD
    found = _found(tmp_path, _with(*(f"#{900 + n}=IFCREPRESENTATIONITEM();" for n in range(many))))
    abstract = [one for one in found if one.code == "EXP-004"]
    assert len(abstract) == TOLD + 1
    assert abstract[-1].data["count"] == many - TOLD


def test_parts_find_together_what_one_finds(tmp_path: Path) -> None:
    path = tmp_path / "model.ifc"
    path.write_text(_with("#900=IFCREPRESENTATIONITEM();", "#901=IFCREPRESENTATIONITEM();",
                          "#902=IFCPROPERTYENUMERATION('E',(IFCLABEL('a'),IFCREAL(1.)),$);")(Small().text))
    alone = _told(path, "model.ifc")
    together = _told(path, "model.ifc", parts=3)
    assert together.counts == alone.counts
    assert {one.subject for one in together.findings()} == {one.subject for one in alone.findings()}


@pytest.mark.corpus
def test_a_real_file_in_several_processes_gives_the_same_twice() -> None:
    path = corpus_file("ifc/tricky-cjk-unicode-ifc2x3.ifc")
    found = check_express(path, workers=2, limit_s=120)
    assert found == check_express(path, workers=2, limit_s=120)
    assert not [one for one in found if one.code == "EXP-011"]
    assert {one.code: one.data.get("what") for one in found} == {
        one.code: one.data.get("what") for one in _told(path, path.name).findings()}


def test_what_does_not_end_in_time_is_not_passed(tmp_path: Path) -> None:
    path = tmp_path / "model.ifc"
    path.write_text(Small().text)
    found = check_express(path, workers=2, limit_s=0.0)
    assert [one.code for one in found] == ["EXP-011", "EXP-011"]
    assert "not ended within 0 s" in found[0].message


def test_a_part_that_dies_is_told(tmp_path: Path) -> None:
    found = check_express(tmp_path / "absent.ifc", workers=1, limit_s=60)
    assert [one.code for one in found] == ["EXP-011"]
    assert "part 1 of 1" in found[0].message
