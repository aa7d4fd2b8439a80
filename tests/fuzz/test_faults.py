"""One fault in a model that is right otherwise: it costs what it must, and nothing beside it."""

from pathlib import Path

import pytest

from bim.intake import Intake, intake
from tests.fuzz import rich

SLAB, PUMP = "000000000000000000000A", "000000000000000000000B"


def read(folder: Path, old: str, new: str, model: str = "placed") -> Intake:
    path = next(one for one in rich.written(folder) if one.stem == model)
    text = path.read_text(encoding="ascii")
    assert text.count(old) == 1, old
    path.write_text(text.replace(old, new), encoding="ascii")
    return intake(path, model="m", workers=1)


def row(made: Intake, key: str) -> dict[str, object]:
    (found,) = [dict(feature.properties) for rows in made.tables.parts.values() for feature in rows if feature.properties["global_id"] == key]
    return found


def test_without_a_fault_all_is_there(tmp_path: Path) -> None:
    made = read(tmp_path, "'Slab'", "'Slab'")
    slab = row(made, SLAB)
    assert (slab["name"], slab["materials"], slab["type_name"], slab["layers"]) == ("Slab", ["Concrete"], "T1", ["Layer1"])
    assert [one["name"] for one in slab["systems"]] == ["水泵"]  # type: ignore[attr-defined]
    assert not [f for f in made.findings if f.code.startswith("SCH")]


@pytest.mark.parametrize("old, new, key, field, lost", [
    ("$,'Slab',$,$,#15", "$,17,$,$,#15", SLAB, "name", None),
    ("$,'Slab',$,$,#15", "$,#60,$,$,#15", SLAB, "name", None),
    ("$,'Slab',$,$,#15", "$,('a','b'),$,$,#15", SLAB, "name", None),
    ("IFCMATERIAL('Concrete'", "IFCMATERIAL(3.5", SLAB, "materials", []),
    ("'P-1',$);", "#40,$);", PUMP, "tag", None),
    ("IFCSYSTEM('00000000000000000000P9',$,'\\X2\\6C346CF5\\X0\\'", "IFCSYSTEM('00000000000000000000P9',$,.T.", "00000000000000000000P9", "name", None),
    ("'D1','Manual'", "#60,'Manual'", SLAB, "documents", None),
])
def test_a_value_of_another_kind_is_left_out_and_said(tmp_path: Path, old: str, new: str, key: str, field: str, lost: object) -> None:
    made = read(tmp_path, old, new)
    findings = [f for f in made.findings if f.code == "SCH-006" and key in f.subject]
    assert any(str(f.data["field"]).startswith(field) for f in findings)
    assert row(made, key)[field] == lost or field == "documents"
    assert made.counts["elements"] == 2
    made.save(tmp_path / "kept")
    assert row(Intake.load(tmp_path / "kept"), key)[field] == row(made, key)[field]


@pytest.mark.parametrize("old, new, field, left", [
    ("(#60,#50),$,#120);", "(#60,#50),$,#112);", "systems", []),
    ("(#60,#50),$,#120);", "(#60,#50),$,'x');", "systems", []),
    ("(#50),#110);", "(#50),#2);", "type_name", None),
    ("(#50,#60),#115);", "(#50,#60),#60);", "materials", []),
    ("(#50,#60),#118);", "(#50,#60),#40);", "classifications", []),
    ("(#50),#131);", "(#50),#40);", "documents", []),
    ("$,$,$,(#50,#60),#16);", "$,$,$,(#50,#60),#40);", "storey", None),
    ("$,$,$,(#50,#60),#16);", "$,$,$,(#50,#60,#40,1.5),#16);", "storey", "0000000000000000000004"),
])
def test_a_reference_to_a_wrong_class_costs_the_reference(tmp_path: Path, old: str, new: str, field: str, left: object) -> None:
    made = read(tmp_path, old, new)
    assert row(made, SLAB)[field] == left
    assert row(made, SLAB)["name"] == "Slab"
    assert [f.code for f in made.findings if f.code.startswith("SCH")] == ["SCH-006"]


@pytest.mark.parametrize("old, new", [
    ("$,(#101,#102,#104,#105));", "$,17);"), ("#105=IFCCOMPLEXPROPERTY('Parts',$,'use',(#101));", "#105=IFCCOMPLEXPROPERTY('Parts',$,'use',(#105));"),
])
def test_a_faulty_property_set_costs_itself(tmp_path: Path, old: str, new: str) -> None:
    made = read(tmp_path, old, new)
    slab = row(made, SLAB)
    assert slab["psets"] == {}
    assert slab["quantities"] == {"Qto_SlabBaseQuantities": {"GrossArea": 60.0}}
    assert slab["materials"] == ["Concrete"]
    (finding,) = [f for f in made.findings if f.code == "SCH-002"]
    assert "00000000000000000000P1" in finding.subject or "#103" in finding.subject


@pytest.mark.parametrize("old, new, code", [
    ("812000.,819000.,6.5", "1.E300,819000.,6.5", "GEO-017"),
    ("812000.,819000.,6.5", "'x',819000.,6.5", "SCH-002"),
    ("812000.,819000.,6.5", "(1.,2.),819000.,6.5", "SCH-002"),
    ("1.E-05,#7,#40);", "1.E-05,#98,#40);\n#98=IFCAXIS2PLACEMENT3D(#99,$,$);\n#99=IFCCARTESIANPOINT((1.E300,0.,0.));", "GEO-017"),
    ("(22,18,0)", "(2000000000,18,0)", "GEO-020"),
    ("(22,18,0)", "('x',18,0)", "SCH-002"),
    ("#7,#40);", "#7,$);\n#41=IFCDIRECTION((1.));", ""),
    ("#40=IFCDIRECTION((0.,0.,1.));", "#40=IFCDIRECTION((0.));", ""),
    ("#11=IFCLOCALPLACEMENT($,#9);", "#11=IFCLOCALPLACEMENT(#11,#9);", ""),
    ("$,$,#11,$,$,.ELEMENT.", "$,$,'x',$,$,.ELEMENT.", ""),
    ("IFCUNITASSIGNMENT((#2,#135,#139))", "IFCUNITASSIGNMENT((#2,'x',#139))", ""),
    ("IFCUNITASSIGNMENT((#2,#135,#139))", "IFCUNITASSIGNMENT(3)", "UNT-001"),
    ("IFCUNITASSIGNMENT((#2,#135,#139))", "IFCUNITASSIGNMENT((#135,#139))", "UNT-001"),
    ("IFCDERIVEDUNIT((#138),.USERDEFINED.,'x')", "IFCDERIVEDUNIT((#138),.USERDEFINED.,#60)", ""),
    ("IFCPLANEANGLEMEASURE(0.0174532925)", "IFCPLANEANGLEMEASURE(-1.)", ""),
    ("'EPSG:2326',$,$,'EPSG:5738'", "3.5,$,$,'EPSG:5738'", ""),
    ("'L1',$,$,#15", "'L1',$,$,#9", ""),
])
def test_a_fault_in_what_says_where_the_model_lies_does_not_stop_it(tmp_path: Path, old: str, new: str, code: str) -> None:
    made = read(tmp_path, old, new)
    assert made.counts["elements"] == 2
    assert not code or code in {f.code for f in made.findings}
    made.save(tmp_path / "kept")


def test_a_fault_that_a_thousand_elements_share_is_told_fifty_times(tmp_path: Path) -> None:
    many = "".join(f"#{n}=IFCWALL('wall{n}',$,{n},$,$,$,$,$,$);\n" for n in range(1000, 2000))
    made = read(tmp_path, "#143=IFCSTYLEDITEM", f"{many}#143=IFCSTYLEDITEM")
    told = [f for f in made.findings if f.code == "SCH-006"]
    assert len(told) == 51
    assert told[-1].data["count"] == 950
    assert told[-1].message.startswith("950 more such as: IfcWall: name is not text")
    assert made.counts["elements"] == 1002


def test_a_storey_beyond_the_earth_is_at_zero_and_said(tmp_path: Path) -> None:
    made = read(tmp_path, "#15=IFCLOCALPLACEMENT(#13,#7);",
                "#15=IFCLOCALPLACEMENT(#13,#98);\n#98=IFCAXIS2PLACEMENT3D(#99,$,$);\n#99=IFCCARTESIANPOINT((0.,0.,1.E30));")
    (storey,) = made.tables.storeys
    assert storey.properties["elevation"] == 0.0
    assert any(f.code == "SCH-006" and f.data["field"] == "elevation" for f in made.findings)
    assert made.result == "loaded_with_losses"
