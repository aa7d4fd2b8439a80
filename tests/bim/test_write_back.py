"""Property sets written into IFC files: nothing else of a file changes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import ifcopenshell
import ifcopenshell.util.element
import pytest

import sample_models
from bim.intake import intake
from bim.versions.compare import compare
from bim.write_back import write_back
from tests.corpus import corpus

SAMPLE = Path(sample_models.__file__).parent / "small" / "terminal-mep.ifc"
SAID: dict[str, Any] = {"AssetCode": "T1-PMP-0001 冷水泵 𠮷 'quoted' \\", "Condition": 3, "Cost": 12.5e9, "InService": True,
                        "Remarks": "x" * 300}


def psets(text: bytes, key: str) -> dict[str, Any]:
    model = ifcopenshell.file.from_string(text.decode("latin-1"))
    return ifcopenshell.util.element.get_psets(model.by_guid(key), psets_only=True)


@pytest.mark.parametrize("path, kind", [
    (("ifc", "arch-office-a-ifc2x3.ifc"), "IfcDoor"), (("ifc", "mep-hvac-heating-ifc4.ifc"), "IfcValve"), (SAMPLE, "IfcPump"),
    (("ifc", "geo-brienenoord-bridge-ifc4x3-epsg28992.ifc"), "IfcBuiltElement")])
def test_only_properties_change(path: Any, kind: str, tmp_path: Path) -> None:
    source = path if isinstance(path, Path) else corpus(*path)
    model = ifcopenshell.open(str(source))
    chosen = [one.GlobalId for one in model.by_type(kind)][:7]
    assert chosen
    done = write_back(source.read_bytes(), "CSDI_Asset", dict.fromkeys(chosen, SAID))
    assert (done.elements, done.missing) == (len(chosen), ())
    (tmp_path / "new.ifc").write_bytes(done.text)
    old = intake(source, model="m")
    found = compare(old, intake(tmp_path / "new.ifc", model="m"))
    assert {(change.key, str(change.status)) for change in found.changes} == {(key, "changed") for key in chosen}
    assert {name.split(".")[0].split("[")[0] for change in found.changes for name in change.fields} <= {"psets", "measures"}
    for key in chosen:
        after, before = psets(done.text, key), ifcopenshell.util.element.get_psets(model.by_guid(key), psets_only=True)
        own = {name: value for name, value in after.pop("CSDI_Asset").items() if name != "id"}
        kept = {name: value for name, value in before.pop("CSDI_Asset", {}).items() if name != "id"}
        assert own == kept | SAID
        assert after == before


def test_written_twice_the_later_counts_and_the_same_gives_the_same() -> None:
    text = SAMPLE.read_bytes()
    model = ifcopenshell.open(str(SAMPLE))
    key = model.by_type("IfcPump")[0].GlobalId
    once = write_back(text, "Own_Set", {key: {"A": 1, "B": "two"}}).text
    assert once == write_back(text, "Own_Set", {key: {"A": 1, "B": "two"}}).text
    twice = write_back(once, "Own_Set", {key: {"A": 2}}).text
    assert {name: value for name, value in psets(twice, key)["Own_Set"].items() if name != "id"} == {"A": 2, "B": "two"}
    assert len(ifcopenshell.file.from_string(twice.decode()).by_type("IfcRelDefinesByProperties")) == \
        len(model.by_type("IfcRelDefinesByProperties")) + 1


def test_a_set_that_elements_share_is_divided() -> None:
    model = ifcopenshell.open(str(SAMPLE))
    pumps = model.by_type("IfcPump")[:3]
    history = model.by_type("IfcOwnerHistory")
    shared = model.create_entity("IfcPropertySet", ifcopenshell.guid.new(), history[0] if history else None, "Shared", None, [
        model.create_entity("IfcPropertySingleValue", "Old", None, model.create_entity("IfcLabel", "kept"))])
    model.create_entity("IfcRelDefinesByProperties", ifcopenshell.guid.new(), history[0] if history else None, None, None, list(pumps),
                        shared)
    done = write_back(model.to_string().encode(), "Shared", {pumps[0].GlobalId: {"New": 1}, pumps[1].GlobalId: {"Old": "mine"}})
    found = [{name: value for name, value in psets(done.text, one.GlobalId)["Shared"].items() if name != "id"} for one in pumps]
    assert found == [{"Old": "kept", "New": 1}, {"Old": "mine"}, {"Old": "kept"}]


def test_elements_that_are_not_there_are_told() -> None:
    done = write_back(SAMPLE.read_bytes(), "CSDI_Asset", {"0000000000000000000000": {"A": 1}})
    assert (done.elements, done.missing, done.text) == (0, ("0000000000000000000000",), SAMPLE.read_bytes())


TWICE = b"""ISO-10303-21;
HEADER;FILE_DESCRIPTION((''),'2;1');FILE_NAME('','',(''),(''),'','','');FILE_SCHEMA(('IFC4'));ENDSEC;
DATA;
#1=IFCPUMP( '0AWn7SCiPVxutPZyhUdiz6' ,$,'A',$,$,$,$,$,$);
#9=IFCPUMP('0AWn7SCiPVxutPZyhUdiz6',$,'C',$,$,$,$,$,$);
#5=IFCPUMP('0AWn7SCiPVxutPZyhUdiz6',$,'B',$,$,$,$,$,$);
#6=IFCPUMP('longer than it may be at all',$,'D',$,$,$,$,$,$);
#7=IFCPUMP($,$,'E',$,$,$,$,$,$);
ENDSEC;
END-ISO-10303-21;
"""


@pytest.mark.parametrize("key, name", [("0AWn7SCiPVxutPZyhUdiz6", "A"), ("0AWn7SCiPVxutPZyhUdiz6~2", "B"), ("0AWn7SCiPVxutPZyhUdiz6~3", "C"),
                                       ("longer than it may be at all", "D"), ("#7", "E")])
def test_elements_whose_global_id_is_used_again_too_long_or_missing_get_their_own(key: str, name: str) -> None:
    done = write_back(TWICE, "Own_Set", {key: {"A": 1}})
    assert (done.elements, done.missing) == (1, ())
    model = ifcopenshell.file.from_string(done.text.decode())
    assert [pump.Name for pump in model.by_type("IfcPump") if ifcopenshell.util.element.get_pset(pump, "Own_Set")] == [name]
