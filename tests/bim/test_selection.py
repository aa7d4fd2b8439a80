"""Selectors of IfcOpenShell's syntax: ours on rows against the library's own on the file."""

from __future__ import annotations

import ifcopenshell
import ifcopenshell.util.selector
import pytest

from bim.ifc import open_model
from bim.selection import parse_selector
from bim.tables import ModelTables, extract_tables
from csdi.errors import FilterInvalid
from tests.bim.corpus import corpus_file

DUPLEX = "ifc/geo-duplex-georeferenced-ifc2x3.ifc"


@pytest.fixture(scope="module")
def duplex() -> tuple[ifcopenshell.file, ModelTables]:
    path = corpus_file(DUPLEX)
    model = open_model(path, "IFC2X3")
    return model.file, extract_tables(model, "duplex")


@pytest.mark.parametrize("selector", [
    "IfcWall", "IfcWall, IfcSlab", "IfcWall, !IfcWallStandardCase", "IfcSpace, Name=A102", "IfcSpace, Name!=A102",
    'IfcSpace, LongName="Living Room"', "IfcSpace, LongName=/Living.*/", "IfcBeam, Pset_BeamCommon.LoadBearing=TRUE",
    "IfcBeam, Pset_BeamCommon.Span>7.4", "IfcBeam, Pset_BeamCommon./Sp.*/<=7.5", "IfcWall + IfcSpace", 'IfcElement, material="Metal - Steel - 345 MPa"', "IfcSpace, LongName=/Liv/",
    "IfcDoor, Name*=Single", "0BTBFw6f90Nfh9rP1dlXr2", "IfcSpace, !0BTBFw6f90Nfh9rP1dlXr2", 'IfcWall, location="Level 2"',
])
def test_selects_what_the_library_selects(duplex: tuple[ifcopenshell.file, ModelTables], selector: str) -> None:
    file, tables = duplex
    wanted = {one.GlobalId for one in ifcopenshell.util.selector.filter_elements(file, selector)}
    found = {row.properties["global_id"] for row in parse_selector(selector).rows(tables, "IFC2X3")}
    assert found == wanted
    assert found


@pytest.mark.parametrize(("text", "said"), [("", "selects nothing"), ("IfcWall,, Name=", "no class"), ("IfcWall, \"Name", "character"),
                                            ("A.B.C=1", "Set.Property")])
def test_what_is_no_selector_is_told(text: str, said: str) -> None:
    with pytest.raises(FilterInvalid, match=said):
        parse_selector(text)


def test_a_part_of_a_materials_name_selects(duplex: tuple[ifcopenshell.file, ModelTables]) -> None:
    _, tables = duplex
    whole = parse_selector('IfcElement, material="Metal - Steel - 345 MPa"').rows(tables, "IFC2X3")
    assert {row.id for row in whole} <= {row.id for row in parse_selector("IfcElement, material*=Steel").rows(tables, "IFC2X3")}
