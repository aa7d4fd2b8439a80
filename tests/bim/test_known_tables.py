"""Documents, ports, assemblies and units of a small file in which every answer is known."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bim.ifc import open_model, readable
from bim.tables import ModelTables, extract_tables

HEAD = ("ISO-10303-21;\nHEADER;\nFILE_DESCRIPTION((''),'2;1');\nFILE_NAME('','',(''),(''),'','','');\nFILE_SCHEMA(('IFC4'));\nENDSEC;\nDATA;\n")
STATEMENTS = r"""
#1=IFCPROJECT('0000000000000000000001',$,'P',$,$,$,$,$,#2);
#2=IFCUNITASSIGNMENT((#3,#4,#5,#6));
#3=IFCSIUNIT(*,.LENGTHUNIT.,.MILLI.,.METRE.);
#4=IFCSIUNIT(*,.THERMODYNAMICTEMPERATUREUNIT.,$,.DEGREE_CELSIUS.);
#5=IFCDERIVEDUNIT((#7,#8),.VOLUMETRICFLOWRATEUNIT.,$);
#6=IFCMONETARYUNIT('HKD');
#7=IFCDERIVEDUNITELEMENT(#9,3);
#8=IFCDERIVEDUNITELEMENT(#10,-1);
#9=IFCSIUNIT(*,.LENGTHUNIT.,.DECI.,.METRE.);
#10=IFCSIUNIT(*,.TIMEUNIT.,$,.SECOND.);
#20=IFCPUMP('0000000000000000000020',$,'\X2\6C346CF5\X0\ P-1',$,$,$,$,'T20',.CIRCULATOR.);
#21=IFCPIPESEGMENT('0000000000000000000021',$,'pipe',$,$,$,$,$,$);
#22=IFCDISTRIBUTIONPORT('0000000000000000000022',$,'out',$,$,$,$,.SOURCE.,.PIPE.,.CHILLEDWATER.);
#23=IFCDISTRIBUTIONPORT('0000000000000000000023',$,'in',$,$,$,$,.SINK.,.PIPE.,.CHILLEDWATER.);
#24=IFCRELNESTS('0000000000000000000024',$,$,$,#20,(#22));
#25=IFCRELNESTS('0000000000000000000025',$,$,$,#21,(#23));
#26=IFCRELCONNECTSPORTS('0000000000000000000026',$,$,$,#22,#23,$);
#27=IFCVALVE('0000000000000000000027',$,'valve',$,$,$,$,$,$);
#28=IFCRELCONNECTSELEMENTS('0000000000000000000028',$,$,$,$,#21,#27);
#30=IFCELEMENTASSEMBLY('0000000000000000000030',$,'skid',$,$,$,$,$,$,$);
#31=IFCRELAGGREGATES('0000000000000000000031',$,$,$,#30,(#20,#27));
#40=IFCDOCUMENTINFORMATION('D-7','Manual',$,'https://example.org/D-7',$,$,$,$,$,$,$,$,$,$,$,$,$);
#41=IFCDOCUMENTREFERENCE($,$,$,'page 3',#40);
#42=IFCRELASSOCIATESDOCUMENT('0000000000000000000042',$,$,$,(#20),#41);
#50=IFCPROPERTYSINGLEVALUE('Length',$,IFCLENGTHMEASURE(2500.),$);
#51=IFCPROPERTYSINGLEVALUE('Supply',$,IFCTHERMODYNAMICTEMPERATUREMEASURE(7.),$);
#52=IFCPROPERTYSINGLEVALUE('Flow',$,IFCVOLUMETRICFLOWRATEMEASURE(12.),$);
#53=IFCPROPERTYSINGLEVALUE('Price',$,IFCMONETARYMEASURE(1000.),$);
#54=IFCPROPERTYSINGLEVALUE('Bore',$,IFCPOSITIVELENGTHMEASURE(4.),#60);
#55=IFCPROPERTYBOUNDEDVALUE('Range',$,IFCLENGTHMEASURE(30.),IFCLENGTHMEASURE(10.),$,$);
#56=IFCPROPERTYSINGLEVALUE('Count',$,IFCCOUNTMEASURE(3.),$);
#57=IFCCOMPLEXPROPERTY('Motor',$,'use',(#58));
#58=IFCPROPERTYSINGLEVALUE('Power',$,IFCPOWERMEASURE(1500.),$);
#59=IFCPROPERTYSET('0000000000000000000059',$,'Set',$,(#50,#51,#52,#53,#54,#55,#56,#57));
#60=IFCCONVERSIONBASEDUNIT(#61,.LENGTHUNIT.,'INCH',#62);
#61=IFCDIMENSIONALEXPONENTS(1,0,0,0,0,0,0);
#62=IFCMEASUREWITHUNIT(IFCLENGTHMEASURE(0.0254),#63);
#63=IFCSIUNIT(*,.LENGTHUNIT.,$,.METRE.);
#64=IFCRELDEFINESBYPROPERTIES('0000000000000000000064',$,$,$,(#20),#59);
#70=IFCPUMPTYPE('0000000000000000000070',$,'type',$,$,(#71),$,$,$,.CIRCULATOR.);
#71=IFCPROPERTYSET('0000000000000000000071',$,'Set',$,(#72,#73));
#72=IFCPROPERTYSINGLEVALUE('Length',$,IFCLABEL('long'),$);
#73=IFCPROPERTYSINGLEVALUE('Depth',$,IFCLENGTHMEASURE(40.),$);
#74=IFCRELDEFINESBYTYPE('0000000000000000000074',$,$,$,(#20),#70);
"""


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> ModelTables:
    path: Path = tmp_path_factory.mktemp("known") / "known.ifc"
    path.write_text(HEAD + STATEMENTS + "ENDSEC;\nEND-ISO-10303-21;\n")
    with readable(path, "IFC4") as (plain, _):
        return extract_tables(open_model(plain, "IFC4"), "m")


def row(tables: ModelTables, number: int) -> dict[str, Any]:
    key = f"{number:022d}"
    return dict(next(f.properties for f in tables.elements if f.properties["global_id"] == key))


def test_documents_are_read_through_their_references(tables: ModelTables) -> None:
    assert row(tables, 20)["documents"] == [
        {"id": "D-7", "name": "Manual", "description": "page 3", "location": "https://example.org/D-7", "on": "object"}]


def test_ports_say_where_they_lead(tables: ModelTables) -> None:
    (port,) = row(tables, 20)["ports"]
    assert (port["flow"], port["system"]) == ("SOURCE", "CHILLEDWATER")
    assert port["connected"] == [{"port": f"{23:022d}", "element": f"{21:022d}"}]
    assert {(c["id"], c["by"], c["flow"]) for c in row(tables, 21)["connected_to"]} == {
        (f"{20:022d}", "port", "SINK"), (f"{27:022d}", "IfcRelConnectsElements", None)}
    assert (row(tables, 22)["role"], row(tables, 22)["port_of"]) == ("port", f"{20:022d}")


def test_assemblies_know_their_parts_and_parts_their_assembly(tables: ModelTables) -> None:
    assert row(tables, 30)["parts"] == [f"{20:022d}", f"{27:022d}"]
    assert row(tables, 20)["part_of"] == {"id": f"{30:022d}", "class": "IfcElementAssembly", "name": "skid"}


@pytest.mark.parametrize("name, value, unit, stated, stated_unit", [
    ("Length", 2.5, "m", 2500.0, "mm"), ("Supply", 280.15, "K", 7.0, "°C"), ("Flow", 0.012, "m3/s", 12.0, "dm3/s"),
    ("Price", 1000.0, "HKD", 1000.0, "HKD"), ("Bore", 0.1016, "m", 4.0, "INCH"), ("Depth", 0.04, "m", 40.0, "mm"),
    ("Range", {"lower": 0.01, "upper": 0.03}, "m", {"lower": 10.0, "upper": 30.0}, "mm"), ("Motor.Power", 1500.0, "W", 1500.0, "W"),
])
def test_values_with_units_are_kept_both_ways(tables: ModelTables, name: str, value: Any, unit: str, stated: Any, stated_unit: str) -> None:
    measure = row(tables, 20)["measures"]["Set"][name]
    assert measure["value"] == pytest.approx(value)
    assert (measure["unit"], measure["stated"], measure["stated_unit"]) == (unit, stated, stated_unit)


def test_what_has_no_unit_is_no_measure(tables: ModelTables) -> None:
    found = row(tables, 20)
    assert "Count" not in found["measures"]["Set"]
    assert found["psets"]["Set"]["Count"] == 3.0
    assert found["psets"]["Set"]["Length"] == 2500.0
    assert found["name"] == "水泵 P-1"
