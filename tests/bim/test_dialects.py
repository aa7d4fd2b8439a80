"""Files of schemas that the engine does not know, instance by instance in one that it does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import ifcopenshell
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bim.dialects import DIALECTS, classes_of, rewritten
from bim.dialects.facts import GONE
from bim.dialects.recipes import SOURCES, TAKEN_UP
from bim.dialects.values import attributes, kind, split
from bim.encoding import escaped
from bim.finding import Finding
from bim.ifc import class_names, open_model, read_as, readable
from bim.scan import scan
from csdi.errors import SchemaUnsupported
from tests.bim.corpus import corpus_file

ROOT = "'2O2Fr$t4X7Zf8NOew3FLOH',$,'水泵',$"
"""GlobalId, owner history, name and description of an object."""
HEAD = ("ISO-10303-21;\nHEADER;\nFILE_DESCRIPTION((''),'2;1');\nFILE_NAME('','',(''),(''),'','','');\n"
        "FILE_SCHEMA(('IFC4X3_ADD2'));\nENDSEC;\nDATA;\n")


def told(schema: str, *statements: str) -> tuple[Any, tuple[Finding, ...]]:
    """The engine's file of these statements as the dialect rewrites them, and the Findings."""
    text, _ = escaped((HEAD + "\n".join(statements) + "\nENDSEC;\nEND-ISO-10303-21;\n").encode())
    made, findings = rewritten(text, DIALECTS[schema], name="a.ifc")
    return ifcopenshell.file.from_string(made.decode()), findings


def codes(findings: tuple[Finding, ...]) -> set[str]:
    return {finding.code for finding in findings}


@pytest.mark.parametrize("schema", sorted(DIALECTS))
def test_every_order_names_attributes_of_the_target_or_ones_that_went(schema: str) -> None:
    dialect = DIALECTS[schema]
    for name, (shared, names) in dialect.orders.items():
        target = attributes(dialect.target, dialect.classes.get(name, name))
        assert target, name
        known = {a.name for a in target}
        assert shared <= len(target)
        assert not {n for n in names if n not in known and n not in GONE}, name
        assert not {a.name for a in target[:shared]} & set(names), name


@pytest.mark.parametrize("schema", sorted(DIALECTS))
def test_lost_and_renamed_classes_are_not_in_the_target(schema: str) -> None:
    dialect = DIALECTS[schema]
    names = {entity.name() for entity in ifcopenshell.schema_by_name(dialect.target).entities() if not entity.is_abstract()}
    assert not dialect.lost & names
    assert not set(dialect.classes) & names
    assert set(dialect.classes.values()) <= names
    assert "IFCWALL" in classes_of(dialect)
    assert not any(new not in items for name, table in dialect.enumerators.items() for new in table.values()
                   if (items := ifcopenshell.schema_by_name(dialect.target).declaration_by_name(name).enumeration_items()))


def test_a_triangulated_face_set_of_ifc4x3_keeps_its_closed_and_its_normals() -> None:
    file, findings = told("IFC4X3", "#1=IFCCARTESIANPOINTLIST3D(((0.,0.,0.),(1.,0.,0.),(0.,1.,0.)),$);",
                          "#2=IFCTRIANGULATEDFACESET(#1,.T.,((0.,0.,1.)),((1,2,3)),$);")
    faces = file.by_id(2)
    assert faces.Closed is True
    assert faces.Normals == ((0.0, 0.0, 1.0),)
    assert faces.CoordIndex == ((1, 2, 3),)
    assert codes(findings) == {"SCH-003"}


def test_values_that_are_in_the_new_order_already_are_left_alone() -> None:
    statement = "#2=IFCTRIANGULATEDFACESET(#1,((0.,0.,1.)),.T.,((1,2,3)),$);"
    file, findings = told("IFC4X3", "#1=IFCCARTESIANPOINTLIST3D(((0.,0.,0.),(1.,0.,0.),(0.,1.,0.)),$);", statement)
    assert file.by_id(2).Closed is True
    assert findings == ()


@pytest.mark.parametrize("scales, expected", [
    ("$,$,$", ("IfcMapConversion", None)), ("2.,$,$", ("IfcMapConversion", 2.0)), ("1.,1.,1.", ("IfcMapConversion", 1.0)),
    ("0.5,0.5,2.", ("IfcMapConversionScaled", 1.0)),
])
@pytest.mark.parametrize("schema", ["IFC4X3", "IFC4X3_TC1", "IFC4X3_RC3", "IFC4X3_RC4"])
def test_scales_by_axis_become_a_scale_or_factors(schema: str, scales: str, expected: tuple[str, float | None]) -> None:
    file, _ = told(schema, "#1=IFCGEOMETRICREPRESENTATIONCONTEXT($,'Model',3,$,$,$);", "#2=IFCPROJECTEDCRS('EPSG:2326',$,$,$,$,$,$);",
                   f"#3=IFCMAPCONVERSION(#1,#2,800000.,820000.,5.,1.,0.,{scales});")
    operation = file.by_id(3)
    assert (operation.is_a(), operation.Scale) == expected
    assert operation.Eastings == 800000.0
    if operation.is_a("IfcMapConversionScaled"):
        assert (operation.FactorX, operation.FactorY, operation.FactorZ) == (0.5, 0.5, 2.0)


def test_a_geographic_crs_of_add1_has_its_unit_as_angle_unit() -> None:
    file, _ = told("IFC4X3_ADD1", "#1=IFCSIUNIT(*,.PLANEANGLEUNIT.,$,.RADIAN.);", "#2=IFCGEOGRAPHICCRS('EPSG:4326',$,$,$,#1);")
    assert file.by_id(2).AngleUnit.Name == "RADIAN"
    assert file.by_id(2).HeightUnit is None


def test_an_interference_of_ifc4x3_keeps_its_words_in_place() -> None:
    file, _ = told("IFC4X3", f"#1=IFCRELINTERFERESELEMENTS({ROOT},#2,#3,$,#4,'crosses',.F.);",
                   f"#2=IFCWALL({ROOT},$,$,$,$,$);", f"#3=IFCWALL({ROOT},$,$,$,$,$);", f"#4=IFCSPATIALZONE({ROOT},$,$,$,$,$);")
    relation = file.by_id(1)
    assert (relation.InterferenceType, relation.ImpliedOrder, relation.InterferenceSpace.id()) == ("crosses", False, 4)


@pytest.mark.parametrize("schema", ["IFC4X3", "IFC4X3_TC1", "IFC4X3_ADD1"])
def test_enumerators_that_were_renamed_are_read_as_what_they_became(schema: str) -> None:
    file, findings = told(schema, f"#1=IFCRAILWAYPART({ROOT},$,$,$,$,$,.LONGITUDINAL.,.TRACKSTRUCTURE.);")
    assert file.by_id(1).PredefinedType == "TRACK"
    assert "TRACKSTRUCTURE" in findings[-1].message


def test_an_unknown_enumerator_becomes_the_users_own_word() -> None:
    file, findings = told("IFC4X3_RC2", f"#1=IFCSIGNAL({ROOT},$,$,$,$,.SEMAPHORE.);")
    assert (file.by_id(1).PredefinedType, file.by_id(1).ObjectType) == ("USERDEFINED", "SEMAPHORE")
    assert codes(findings) == {"SCH-003", "SCH-005"}


@pytest.mark.parametrize("kind_of_part, expected", [
    ("IFCBRIDGEPARTTYPEENUM(.DECK.),.LONGITUDINAL.", ("IfcBridgePart", "DECK", "LONGITUDINAL")),
    ("IFCRAILWAYPARTTYPEENUM(.PLAINTRACKSUPESTRUCTURE.),.VERTICAL.", ("IfcRailwayPart", "PLAINTRACK", "VERTICAL")),
    ("IFCMARINEPARTTYPEENUM(.STORAGE.),.REGION.", ("IfcMarinePart", "STORAGEAREA", "REGION")),
    ("$,$", ("IfcFacilityPartCommon", None, "NOTDEFINED")),
])
@pytest.mark.parametrize("schema", ["IFC4X3_RC1", "IFC4X3_RC2", "IFC4X3_RC3", "IFC4X3_RC4"])
def test_a_part_of_a_facility_gets_the_class_of_its_type(schema: str, kind_of_part: str, expected: tuple[str, str | None, str]) -> None:
    file, _ = told(schema, f"#1=IFCFACILITYPART({ROOT},$,$,$,$,.ELEMENT.,{kind_of_part});")
    part = file.by_id(1)
    assert (part.is_a(), part.PredefinedType, part.UsageType) == expected
    assert (part.Name, part.CompositionType) == ("水泵", "ELEMENT")


@pytest.mark.parametrize("schema", ["IFC4X3_RC1", "IFC4X3_RC2"])
def test_a_bridge_part_of_the_drafts_has_its_type_and_usage_the_other_way_round(schema: str) -> None:
    file, _ = told(schema, f"#1=IFCBRIDGEPART({ROOT},$,$,$,$,$,IFCBRIDGEPARTTYPEENUM(.PIER.),.VERTICAL.);")
    assert (file.by_id(1).PredefinedType, file.by_id(1).UsageType) == ("PIER", "VERTICAL")


@pytest.mark.parametrize("schema", ["IFC4X3_RC3", "IFC4X3_RC4"])
@pytest.mark.parametrize("name, expected", [("IFCSOLIDSTRATUM", "SOLID"), ("IFCVOIDSTRATUM", "VOID"), ("IFCWATERSTRATUM", "WATER")])
def test_strata_keep_what_they_are(schema: str, name: str, expected: str) -> None:
    file, _ = told(schema, f"#1={name}({ROOT},$,$,$,'T1');")
    assert (file.by_id(1).is_a(), file.by_id(1).PredefinedType, file.by_id(1).Tag) == ("IfcGeotechnicalStratum", expected, "T1")


def test_what_moves_on_its_own_is_a_vehicle() -> None:
    file, _ = told("IFC4X3_RC4", f"#1=IFCTRANSPORTELEMENT({ROOT},$,$,$,$,IFCTRANSPORTELEMENTNONFIXEDTYPEENUM(.VEHICLEAIR.));",
                   f"#2=IFCTRANSPORTELEMENT({ROOT},$,$,$,$,IFCTRANSPORTELEMENTFIXEDTYPEENUM(.ESCALATOR.));")
    assert (file.by_id(1).is_a(), file.by_id(1).PredefinedType) == ("IfcVehicle", "VEHICLEAIR")
    assert (file.by_id(2).is_a(), file.by_id(2).PredefinedType) == ("IfcTransportElement", "ESCALATOR")


@pytest.mark.parametrize("schema, name", [("IFC4X3_RC2", "IFCPAVEMENT"), ("IFC4X3_RC1", "IFCKERB"), ("IFC4X3", "IFCKERB")])
def test_a_yes_or_no_without_a_place_is_reported_and_not_read_as_a_type(schema: str, name: str) -> None:
    file, findings = told(schema, f"#1={name}({ROOT},$,$,$,'T',.T.);")
    assert file.by_id(1).PredefinedType is None
    assert file.by_id(1).Tag == "T"
    assert "SCH-005" in codes(findings)


def test_the_curves_of_rc2_get_their_values_in_order() -> None:
    file, _ = told("IFC4X3_RC2", "#1=IFCCURVESEGMENT(.CONTINUOUS.,#5,IFCLENGTHMEASURE(7.),#6);", "#2=IFCGRADIENTCURVE(#3,(#1),$);",
                   "#3=IFCCOMPOSITECURVE((#1),.F.);", "#4=IFCCARTESIANPOINT((0.,0.));", "#5=IFCAXIS2PLACEMENT2D(#4,$);",
                   "#6=IFCCLOTHOID(#5,3.);")
    segment, gradient = file.by_id(1), file.by_id(2)
    assert (segment.Placement.id(), segment.SegmentLength.wrappedValue, segment.ParentCurve.id()) == (5, 7.0, 6)
    assert (gradient.BaseCurve.id(), [s.id() for s in gradient.Segments], gradient.SelfIntersect) == (3, [1], False)


@pytest.mark.parametrize("schema", ["IFC4X2", "IFC4X3_RC1"])
def test_a_distance_along_a_curve_becomes_a_linear_axis_placement(schema: str) -> None:
    file, _ = told(schema, "#1=IFCLINEARPLACEMENT($,#3,#2,#4,$);", "#2=IFCDISTANCEEXPRESSION(12.5,1.,-2.,$,.T.);",
                   "#3=IFCPOLYLINE((#5,#6));", "#4=IFCORIENTATIONEXPRESSION(#7,#8);", "#5=IFCCARTESIANPOINT((0.,0.,0.));",
                   "#6=IFCCARTESIANPOINT((9.,0.,0.));", "#7=IFCDIRECTION((0.,1.,0.));", "#8=IFCDIRECTION((0.,0.,1.));")
    placement = file.by_id(1).RelativePlacement
    point = placement.Location
    assert placement.Axis.DirectionRatios == (0.0, 0.0, 1.0)
    assert (point.DistanceAlong.wrappedValue, point.OffsetLateral, point.OffsetVertical, point.BasisCurve.id()) == (12.5, 1.0, -2.0, 3)


def test_a_linear_placement_with_its_cartesian_one_becomes_that() -> None:
    file, _ = told("IFC4X1", "#1=IFCLINEARPLACEMENT(#3,#2,$,#4);", "#2=IFCDISTANCEEXPRESSION(12.5,$,$,$,.T.);",
                   "#3=IFCPOLYLINE((#5,#5));", "#4=IFCAXIS2PLACEMENT3D(#5,$,$);", "#5=IFCCARTESIANPOINT((1.,2.,3.));")
    placement = file.by_id(1)
    assert placement.is_a() == "IfcLocalPlacement"
    assert placement.RelativePlacement.Location.Coordinates == (1.0, 2.0, 3.0)


def test_sections_at_distances_stand_at_axis_placements() -> None:
    file, _ = told("IFC4X2", "#1=IFCSECTIONEDSOLIDHORIZONTAL(#3,(#7,#7),(#2,#4),.T.);", "#2=IFCDISTANCEEXPRESSION(0.,$,$,$,$);",
                   "#3=IFCPOLYLINE((#5,#6));", "#4=IFCDISTANCEEXPRESSION(9.,$,$,$,$);", "#5=IFCCARTESIANPOINT((0.,0.,0.));",
                   "#6=IFCCARTESIANPOINT((9.,0.,0.));", "#7=IFCRECTANGLEPROFILEDEF(.AREA.,$,$,1.,1.);")
    positions = file.by_id(1).CrossSectionPositions
    assert [p.Location.DistanceAlong.wrappedValue for p in positions] == [0.0, 9.0]
    assert {p.Location.BasisCurve.id() for p in positions} == {3}


def test_styles_are_named_without_an_assignment_between() -> None:
    file, findings = told("IFC4X2", "#1=IFCSTYLEDITEM($,(#2),$);", "#2=IFCPRESENTATIONSTYLEASSIGNMENT((#3,IFCNULLSTYLE(.NULL.)));",
                          "#3=IFCSURFACESTYLE('blue',.BOTH.,(#4));", "#4=IFCSURFACESTYLESHADING(#5,$);", "#5=IFCCOLOURRGB($,0.,0.,1.);")
    assert [style.Name for style in file.by_id(1).Styles] == ["blue"]
    assert "SCH-004" not in codes(findings)


def test_styles_of_doors_become_types() -> None:
    file, _ = told("IFC4X2", f"#1=IFCDOORSTYLE({ROOT},$,$,$,'T',.SINGLE_SWING_LEFT.,.WOOD.,.T.,.F.);",
                   f"#2=IFCWINDOWSTYLE({ROOT},$,$,$,'T',.WOOD.,.SINGLE_PANEL.,.T.,.F.);",
                   f"#3=IFCPROXY({ROOT},$,$,$,.PRODUCT.,'P');")
    assert (file.by_id(1).is_a(), file.by_id(1).OperationType, file.by_id(1).Tag) == ("IfcDoorType", "SINGLE_SWING_LEFT", "T")
    assert (file.by_id(2).is_a(), file.by_id(2).PartitioningType) == ("IfcWindowType", "SINGLE_PANEL")
    assert (file.by_id(3).is_a(), file.by_id(3).Tag) == ("IfcBuildingElementProxy", "P")


def test_what_has_no_counterpart_is_left_out_by_name() -> None:
    file, findings = told("IFC4X1", "#1=IFCALIGNMENTCURVE(#2,$,$);", "#2=IFCALIGNMENT2DCANT($,(#3));",
                          f"#4=IFCALIGNMENT({ROOT},$,$,$,#1,$);")
    lost = {finding.data["class"]: finding.data["count"] for finding in findings if finding.code == "SCH-004"}
    assert lost == {"IfcAlignmentCurve": 1, "IfcAlignment2DCant": 1}
    assert file.by_id(4).Name == "水泵"


def test_a_class_whose_values_fit_nothing_is_left_out_by_name() -> None:
    file, findings = told("IFC4X3_RC3", "#1=IFCCIRCLE('not a placement',$,5.);")
    assert len(list(file)) == 0
    assert [f.code for f in findings] == ["SCH-004"] * len(findings)
    assert findings


def test_text_in_strings_and_comments_is_not_taken_for_instances() -> None:
    file, findings = told("IFC4X3_RC4", f"#1=IFCWALL({ROOT},'#9=IFCPLANT(1);',$,$,'it''s',$);", "/* #8=IFCSINE(#1); */")
    assert file.by_id(1).ObjectType == "#9=IFCPLANT(1);"
    assert file.by_id(1).Tag == "it's"
    assert "SCH-004" not in codes(findings)


def test_gaps_at_the_end_are_filled() -> None:
    file, _ = told("IFC4X1", f"#1=IFCANNOTATION({ROOT},$,$,$);", "#2=IFCDERIVEDUNIT((),.MASSDENSITYUNIT.,$);", "#3=IFCGRIDPLACEMENT(#4,$);",
                   "#4=IFCVIRTUALGRIDINTERSECTION((),());")
    assert file.by_id(1).PredefinedType is None
    assert file.by_id(3).PlacementLocation.id() == 4


@given(st.lists(st.recursive(st.sampled_from(["$", "#12", "'a,(b''c)'", ".T.", "1.5E-3", "IFCLABEL('x')"]),
                             lambda inner: st.lists(inner, max_size=3).map(lambda v: "(" + ",".join(v) + ")")), max_size=6))
def test_splitting_gives_back_the_values(values: list[str]) -> None:
    assert [v.decode() for v in split(" , ".join(values).encode())] == values


@given(st.sampled_from(sorted(DIALECTS)), st.data())
def test_values_of_any_number_and_kind_are_rewritten_or_left_out(schema: str, data: st.DataObject) -> None:
    dialect = DIALECTS[schema]
    name = data.draw(st.sampled_from(sorted({*dialect.orders, *dialect.classes, *dialect.lost, *SOURCES, *TAKEN_UP})))
    value = st.sampled_from(["$", "*", "#2", "'x'", ".T.", ".DECK.", "1.5", "(#2,#3)", "()", "IFCLABEL('x')", "IFCROADPARTTYPEENUM(.SHOULDER.)"])
    values = data.draw(st.lists(value, max_size=14))
    text = HEAD + f"#1={name.upper()}({','.join(values)});\n#2=IFCDISTANCEEXPRESSION(1.);\nENDSEC;\nEND-ISO-10303-21;\n"
    made, findings = rewritten(text.encode(), dialect)
    file = ifcopenshell.file.from_string(made.decode())
    if f"#1={name.upper()}(".encode() not in made:
        assert findings or name in TAKEN_UP
    for entity in file:
        assert len(entity) == len(attributes(dialect.target, entity.is_a()))


def test_kinds_of_values() -> None:
    assert [kind(v) for v in (b"$", b"#1", b"'a'", b".T.", b".STATION.", b"-1.", b"(1)", b"IFCREAL(1.)", b'"0A"')] == [
        "", "reference", "string", "logical", "enumeration", "number", "list", "typed", "binary"]


@pytest.mark.parametrize("schema", ["IFC2X_FINAL", "IFC2X2_FINAL", "IFC2X2", "IFC2X4_RC4", "IFC5", "AUTOMOTIVE_DESIGN"])
def test_a_schema_that_is_not_read_says_what_to_export(schema: str) -> None:
    with pytest.raises(SchemaUnsupported) as refused:
        read_as(schema, name="a.ifc")
    assert "export as IFC" in str(refused.value.remedy)


@pytest.mark.corpus
@pytest.mark.parametrize("name, products", [
    ("tricky-ifc4x2-bridge-georeferenced", 181), ("geo-earthworks-12d-ifc4x3rc3-epsg7856", 8),
    ("infra-alignments-sierrasoft-ifc4x3-epsg2056", 1087),
])
def test_real_files_of_other_schemas_load_whole(name: str, products: int, tmp_path: Path) -> None:
    path = corpus_file(f"ifc/{name}.ifc")
    scanned = scan(path, known=class_names)
    assert "STP-003" not in {f.code for f in scanned.findings}
    with readable(path, scanned.schema) as (plain, findings):
        model = open_model(plain, scanned.schema)
        assert len(model.of("IfcProduct")) == products
        assert not codes(findings) & {"SCH-004", "SCH-005"}
        assert all(len(item.Styles) for item in model.of("IfcStyledItem"))
