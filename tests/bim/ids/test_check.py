"""Models checked by an IDS: each facet by each cardinality, on instances written for it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bim.ids import IdsOutcome
from tests.bim.ids.documents import WALL, attribute, checked, document, prop, read, restricted, said, simple, specification

G = "'000000000000000000000{}'"
MILLIMETRES = ("#1=IFCPROJECT('0000000000000000000001',$,$,$,$,$,$,$,#2)", "#2=IFCUNITASSIGNMENT((#3,#4,#5,#6))",
               "#3=IFCSIUNIT(*,.LENGTHUNIT.,.MILLI.,.METRE.)", "#4=IFCSIUNIT(*,.MASSUNIT.,$,.GRAM.)",
               "#5=IFCSIUNIT(*,.THERMODYNAMICTEMPERATUREUNIT.,$,.DEGREE_CELSIUS.)", "#6=IFCSIUNIT(*,.AREAUNIT.,$,.SQUARE_METRE.)")


def wall(number: int, name: str = "$", kind: str = "IFCWALL", rest: str = ",$,$,$,$,$,$") -> str:
    return f"#{number}={kind}('{number:022d}',$,{name}{rest})"


def described(*properties: str, group: str = "Foo_Bar") -> tuple[str, ...]:
    """A wall with one set of properties."""
    parts = [f"#{20 + at}={one}" for at, one in enumerate(properties)]
    held = ",".join(f"#{20 + at}" for at in range(len(properties)))
    return (*MILLIMETRES, wall(10), f"#11=IFCPROPERTYSET('0000000000000000000011',$,'{group}',$,({held}))",
            "#12=IFCRELDEFINESBYPROPERTIES('0000000000000000000012',$,$,$,(#10),#11)", *parts)


def single(value: str, unit: str = "$", name: str = "Foo") -> str:
    return f"IFCPROPERTYSINGLEVALUE('{name}',$,{value},{unit})"


def value(*constraints: tuple[str, str], base: str = "double") -> str:
    return restricted("value", base, *constraints)


def equals(text: str) -> str:
    return simple("value", text)


@pytest.mark.parametrize("stated, cardinality, wanted, outcome", [
    ("'A'", "required", "A", "pass"), ("'B'", "required", "A", "fail"), ("''", "required", "", "fail"), ("$", "required", "", "fail"),
    ("'A'", "required", "", "pass"), ("$", "optional", "A", "pass"), ("''", "optional", "A", "fail"), ("'B'", "optional", "A", "fail"),
    ("$", "prohibited", "", "pass"), ("''", "prohibited", "", "fail"), ("'A'", "prohibited", "A", "fail"), ("'B'", "prohibited", "A", "pass"),
    ("$", "prohibited", "A", "pass")])
def test_an_attribute(tmp_path: Path, stated: str, cardinality: str, wanted: str, outcome: str) -> None:
    assert said(tmp_path, attribute("Name", equals(wanted) if wanted else "", cardinality), wall(10, stated)) == outcome


def test_an_attribute_with_a_length_is_compared_in_metres(tmp_path: Path) -> None:
    storey = "<entity><name><simpleValue>IFCBUILDINGSTOREY</simpleValue></name></entity>"
    model = (*MILLIMETRES, "#10=IFCBUILDINGSTOREY('0000000000000000000010',$,$,$,$,$,$,$,$,3500.)")
    assert said(tmp_path, attribute("Elevation", equals("3.5")), *model, applicability=storey) == "pass"
    assert said(tmp_path, attribute("Elevation", equals("3500")), *model, applicability=storey) == "fail"


@pytest.mark.parametrize("map_unit, eastings", [("#7", "819000"), ("$", "819")])
def test_a_map_conversion_is_in_the_unit_of_its_crs(tmp_path: Path, map_unit: str, eastings: str) -> None:
    conversion = "<entity><name><simpleValue>IFCMAPCONVERSION</simpleValue></name></entity>"
    model = (*MILLIMETRES, "#7=IFCSIUNIT(*,.LENGTHUNIT.,$,.METRE.)", f"#8=IFCPROJECTEDCRS('EPSG:2326',$,$,$,$,$,{map_unit})",
             "#10=IFCMAPCONVERSION(#9,#8,819000.,812000.,0.,1.,0.,0.001)", "#9=IFCGEOMETRICREPRESENTATIONCONTEXT($,'Model',3,$,#11,$)",
             "#11=IFCAXIS2PLACEMENT3D(#12,$,$)", "#12=IFCCARTESIANPOINT((0.,0.,0.))")
    assert said(tmp_path, attribute("Eastings", equals(eastings)), *model, applicability=conversion) == "pass"
    assert said(tmp_path, attribute("Scale", equals("0.001")), *model, applicability=conversion) == "pass"


@pytest.mark.parametrize("stated, data_type, wanted, outcome", [
    (single("IFCLABEL('x')"), "IFCLABEL", equals("x"), "pass"), (single("IFCTEXT('x')"), "IFCLABEL", equals("x"), "fail"),
    (single("IFCLABEL('')"), "IFCLABEL", "", "fail"), (single("$"), "", "", "fail"), (single("IFCLOGICAL(.U.)"), "IFCLOGICAL", "", "fail"),
    (single("IFCLOGICAL(.T.)"), "IFCLOGICAL", equals("true"), "pass"), (single("IFCBOOLEAN(.F.)"), "IFCBOOLEAN", equals("false"), "pass"),
    (single("IFCLENGTHMEASURE(2500.)"), "IFCLENGTHMEASURE", equals("2.5"), "pass"),
    (single("IFCPOSITIVELENGTHMEASURE(2500.)"), "IFCPOSITIVELENGTHMEASURE", equals("2.5"), "pass"),
    (single("IFCPOSITIVELENGTHMEASURE(2500.)"), "IFCLENGTHMEASURE", equals("2.5"), "fail"),
    (single("IFCMASSMEASURE(2500.)"), "IFCMASSMEASURE", equals("2.5"), "pass"),
    (single("IFCTHERMODYNAMICTEMPERATUREMEASURE(20.)"), "IFCTHERMODYNAMICTEMPERATUREMEASURE", equals("293.15"), "pass"),
    (single("IFCLENGTHMEASURE(2.5)", "#7"), "IFCLENGTHMEASURE", equals("2.5"), "pass"), (single("IFCREAL(2.5)"), "IFCREAL", equals("2.5"), "pass"),
    (single("IFCREAL(5.)"), "IFCREAL", value(("minExclusive", "2"), ("maxInclusive", "5")), "pass"),
    (single("IFCREAL(2.)"), "IFCREAL", value(("minExclusive", "2"), ("maxInclusive", "5")), "fail"),
    ("IFCPROPERTYLISTVALUE('Foo',$,(IFCLABEL('x'),IFCLABEL('y')),$)", "IFCLABEL", equals("y"), "pass"),
    ("IFCPROPERTYLISTVALUE('Foo',$,(IFCLENGTHMEASURE(1000.),IFCLENGTHMEASURE(3000.)),$)", "IFCLENGTHMEASURE", value(("minInclusive", "2")), "fail"),
    ("IFCPROPERTYLISTVALUE('Foo',$,(IFCLENGTHMEASURE(2000.),IFCLENGTHMEASURE(3000.)),$)", "IFCLENGTHMEASURE", value(("minInclusive", "2")), "pass"),
    ("IFCPROPERTYENUMERATEDVALUE('Foo',$,(IFCLABEL('x')),$)", "IFCLABEL", value(("enumeration", "x"), ("enumeration", "z"), base="string"), "pass"),
    ("IFCPROPERTYENUMERATEDVALUE('Foo',$,(IFCLABEL('y')),$)", "IFCLABEL", value(("pattern", "x.*"), base="string"), "fail"),
    ("IFCPROPERTYENUMERATEDVALUE('Foo',$,$,$)", "IFCLABEL", "", "fail"),
    ("IFCPROPERTYTABLEVALUE('Foo',$,(IFCLABEL('x')),(IFCLENGTHMEASURE(1000.)),$,$,$,$)", "IFCLENGTHMEASURE", equals("1"), "pass"),
    ("IFCPROPERTYTABLEVALUE('Foo',$,(IFCLABEL('x')),(IFCLENGTHMEASURE(1000.)),$,$,$,$)", "IFCREAL", "", "fail"),
    ("IFCPROPERTYREFERENCEVALUE('Foo',$,$,#1)", "", "", "fail"), ("IFCCOMPLEXPROPERTY('Foo',$,'u',(#99))", "", "", "fail")])
def test_a_property(tmp_path: Path, stated: str, data_type: str, wanted: str, outcome: str) -> None:
    model = (*described(stated), "#7=IFCSIUNIT(*,.LENGTHUNIT.,$,.METRE.)", "#99=IFCPROPERTYSINGLEVALUE('Baz',$,IFCLABEL('x'),$)")
    assert said(tmp_path, prop("Foo_Bar", "Foo", data_type, wanted), *model) == outcome


@pytest.mark.parametrize("lower, upper, point, wanted, outcome", [
    (3, 4, None, "range", "pass"), (None, 4, None, "range", "fail"), (3, None, None, "range", "fail"), (2, 3, None, "range", "fail"),
    (3, 5, None, "range", "pass"), (2, 4, None, "3", "pass"), (2, 4, None, "2", "pass"), (2, None, None, "2", "pass"), (None, 2, None, "2", "pass"),
    (2, 4, None, "5", "fail"), (None, 4, None, "5", "fail"), (None, None, None, "range", "fail"), (None, None, None, "3", "fail"),
    (2, None, None, "", "pass"), (1, 5, 3, "3", "pass"), (1, 5, 3, "2", "fail")])
def test_a_bounded_property(tmp_path: Path, lower: float | None, upper: float | None, point: float | None, wanted: str, outcome: str) -> None:
    bounds = ",".join("$" if one is None else f"IFCLENGTHMEASURE({one * 1000.})" for one in (upper, lower))
    stated = f"IFCPROPERTYBOUNDEDVALUE('Foo',$,{bounds},$,{'$' if point is None else f'IFCLENGTHMEASURE({point * 1000.})'})"
    asked = value(("minExclusive", "2"), ("maxInclusive", "5")) if wanted == "range" else equals(wanted) if wanted else ""
    assert said(tmp_path, prop("Foo_Bar", "Foo", "IFCLENGTHMEASURE", asked), *described(stated)) == outcome


@pytest.mark.parametrize("stated, cardinality, data_type, outcome", [
    (single("IFCLABEL('x')"), "optional", "IFCLABEL", "pass"), (single("IFCTEXT('x')"), "optional", "IFCLABEL", "fail"),
    (single("$"), "optional", "IFCLABEL", "pass"), (single("IFCLABEL('x')", name="Other"), "optional", "IFCLABEL", "pass"),
    (single("IFCLABEL('x')"), "prohibited", "", "fail"), (single("$"), "prohibited", "", "fail"),
    (single("IFCLABEL('x')", name="Other"), "prohibited", "", "pass")])
def test_a_property_that_need_not_or_must_not_be(tmp_path: Path, stated: str, cardinality: str, data_type: str, outcome: str) -> None:
    assert said(tmp_path, prop("Foo_Bar", "Foo", data_type, cardinality=cardinality), *described(stated)) == outcome


def test_a_quantity_is_a_property_of_its_measure(tmp_path: Path) -> None:
    model = (*MILLIMETRES, wall(10), "#11=IFCELEMENTQUANTITY('0000000000000000000011',$,'Foo_Bar',$,$,(#12))", "#12=IFCQUANTITYLENGTH('Foo',$,$,42.,$)",
             "#13=IFCRELDEFINESBYPROPERTIES('0000000000000000000013',$,$,$,(#10),#11)")
    assert said(tmp_path, prop("Foo_Bar", "Foo", "IFCLENGTHMEASURE", equals("0.042")), *model) == "pass"
    assert said(tmp_path, prop("Foo_Bar", "Foo", "IFCAREAMEASURE"), *model) == "fail"


def test_a_set_of_the_schema_itself_has_its_attributes_as_properties(tmp_path: Path) -> None:
    model = ("#10=IFCDOOR('0000000000000000000010',$,$,$,$,$,$,$,$,$,$,$,$)",
             "#11=IFCDOORPANELPROPERTIES('0000000000000000000011',$,'Panel',$,$,.SWINGING.,$,.LEFT.,$)",
             "#12=IFCRELDEFINESBYPROPERTIES('0000000000000000000012',$,$,$,(#10),#11)")
    door = "<entity><name><simpleValue>IFCDOOR</simpleValue></name></entity>"
    assert said(tmp_path, prop("Panel", "PanelOperation", "IFCLABEL", equals("SWINGING")), *model, applicability=door) == "pass"
    assert said(tmp_path, prop("Panel", "PanelWidth"), *model, applicability=door) == "fail"


TYPED = ("#30=IFCWALLTYPE('0000000000000000000030',$,$,$,$,(#31),$,$,'Mine',.USERDEFINED.)",
         "#31=IFCPROPERTYSET('0000000000000000000031',$,'Foo_Bar',$,(#32,#33))", "#32=IFCPROPERTYSINGLEVALUE('Foo',$,IFCLABEL('type'),$)",
         "#33=IFCPROPERTYSINGLEVALUE('Only',$,IFCLABEL('type'),$)", "#34=IFCRELDEFINESBYTYPE('0000000000000000000034',$,$,$,(#10),#30)")


def test_what_a_type_states_is_that_of_its_occurrences_unless_they_state_it(tmp_path: Path) -> None:
    own = described(single("IFCLABEL('own')"))
    assert said(tmp_path, prop("Foo_Bar", "Foo", "IFCLABEL", equals("own")), *own, *TYPED) == "pass"
    assert said(tmp_path, prop("Foo_Bar", "Only", "IFCLABEL", equals("type")), *own, *TYPED) == "pass"
    assert said(tmp_path, prop("Foo_Bar", "Foo", "IFCLABEL", equals("type")), wall(10), *TYPED) == "pass"


@pytest.mark.parametrize("wanted, outcome", [("Mine", "pass"), ("USERDEFINED", "pass"), ("mine", "fail"), ("SHEAR", "fail")])
def test_a_predefined_type_is_that_of_the_type_object(tmp_path: Path, wanted: str, outcome: str) -> None:
    requirement = f"<entity>{simple('name', 'IFCWALL')}{simple('predefinedType', wanted)}</entity>"
    assert said(tmp_path, requirement, wall(10), *TYPED) == outcome


def test_a_class_of_ifc2x3_is_told_by_the_type_object(tmp_path: Path) -> None:
    fan = "<entity><name><simpleValue>IFCFAN</simpleValue></name></entity>"
    model = ("#10=IFCFLOWMOVINGDEVICE('0000000000000000000010',$,'F',$,$,$,$,$)", "#11=IFCFLOWMOVINGDEVICE('0000000000000000000011',$,$,$,$,$,$,$)",
             "#12=IFCFANTYPE('0000000000000000000012',$,$,$,$,$,$,$,$,.TUBEAXIAL.)", "#13=IFCRELDEFINESBYTYPE('0000000000000000000013',$,$,$,(#10),#12)")
    ids = read(tmp_path, document(specification(attribute("Name"), fan, "IFC2X3")))
    result = checked(tmp_path, ids, *model, schema="IFC2X3")
    assert (result.outcome, result.specifications[0].applicable) == (IdsOutcome.PASS, 1)


LAYERS = ("#40=IFCMATERIAL('Brick',$,'masonry')", "#41=IFCMATERIALLAYER(#40,100.,$,'Outer',$,'finish',$)", "#42=IFCMATERIALLAYERSET((#41),'Wall set',$)",
          "#43=IFCMATERIALLAYERSETUSAGE(#42,.AXIS2.,.POSITIVE.,0.,$)", "#44=IFCRELASSOCIATESMATERIAL('0000000000000000000044',$,$,$,({}),#43)")


@pytest.mark.parametrize("wanted, outcome", [("Brick", "pass"), ("masonry", "pass"), ("Outer", "pass"), ("finish", "pass"), ("Wall set", "pass"),
                                             ("Steel", "fail"), ("brick", "fail")])
def test_a_material_goes_by_every_name_and_category_in_it(tmp_path: Path, wanted: str, outcome: str) -> None:
    layers = [line.format("#10") for line in LAYERS]
    assert said(tmp_path, f"<material>{equals(wanted)}</material>", wall(10), *layers) == outcome
    on_type = [line.format("#30") for line in LAYERS]
    assert said(tmp_path, f"<material>{equals(wanted)}</material>", wall(10), *TYPED, *on_type) == outcome
    opposite = {"pass": "fail", "fail": "pass"}[outcome]
    assert said(tmp_path, f'<material cardinality="prohibited">{equals(wanted)}</material>', wall(10), *layers) == opposite


def test_a_material_that_need_not_be(tmp_path: Path) -> None:
    optional = f'<material cardinality="optional">{equals("Steel")}</material>'
    assert said(tmp_path, optional, wall(10)) == "pass"
    assert said(tmp_path, optional, wall(10), *(line.format("#10") for line in LAYERS)) == "fail"
    assert said(tmp_path, "<material/>", wall(10)) == "fail"


CODES = ("#50=IFCCLASSIFICATION($,$,$,'Uniclass',$,$,$)", "#51=IFCCLASSIFICATIONREFERENCE($,'EF_25',$,#50,$,$)",
         "#52=IFCCLASSIFICATIONREFERENCE($,'EF_25_10',$,#51,$,$)", "#53=IFCRELASSOCIATESCLASSIFICATION('0000000000000000000053',$,$,$,(#10),#52)",
         "#54=IFCCLASSIFICATION($,$,$,'OmniClass',$,$,$)", "#55=IFCCLASSIFICATIONREFERENCE($,'23-1',$,#54,$,$)",
         "#56=IFCRELASSOCIATESCLASSIFICATION('0000000000000000000056',$,$,$,(#10),#55)")


@pytest.mark.parametrize("system, code, outcome", [
    ("Uniclass", "EF_25_10", "pass"), ("Uniclass", "EF_25", "pass"), ("Uniclass", "23-1", "fail"), ("OmniClass", "23-1", "pass"), ("Uniclass", "", "pass"),
    ("Master", "", "fail"), ("uniclass", "EF_25", "fail")])
def test_a_classification_matches_system_and_code_of_one_reference(tmp_path: Path, system: str, code: str, outcome: str) -> None:
    requirement = f"{equals(code) if code else ''}{simple('system', system)}"
    assert said(tmp_path, f"<classification>{requirement}</classification>", wall(10), *CODES) == outcome
    assert said(tmp_path, f"<classification>{requirement}</classification>", wall(10)) == "fail"
    if code:
        optional = f'<classification cardinality="optional">{requirement}</classification>'
        assert said(tmp_path, optional, wall(10)) == "pass"
        assert said(tmp_path, optional, wall(10), *CODES) == outcome


def test_a_material_can_be_classified(tmp_path: Path) -> None:
    material = "<entity><name><simpleValue>IFCMATERIAL</simpleValue></name></entity>"
    model = ("#40=IFCMATERIAL('Brick',$,$)", *CODES[:3], "#57=IFCEXTERNALREFERENCERELATIONSHIP($,$,#52,(#40))")
    assert said(tmp_path, f"<classification>{simple('system', 'Uniclass')}</classification>", *model, applicability=material) == "pass"


WHOLES = ("#60=IFCBUILDINGSTOREY('0000000000000000000060',$,$,$,$,$,$,$,$,$)", "#61=IFCBUILDING('0000000000000000000061',$,$,$,$,$,$,$,$,$,$,$)",
          "#62=IFCRELAGGREGATES('0000000000000000000062',$,$,$,#61,(#60))",
          "#63=IFCRELCONTAINEDINSPATIALSTRUCTURE('0000000000000000000063',$,$,$,(#10),#60)",
          "#64=IFCGROUP('0000000000000000000064',$,$,$,$)", "#65=IFCSYSTEM('0000000000000000000065',$,$,$,'Cold')",
          "#66=IFCRELASSIGNSTOGROUP('0000000000000000000066',$,$,$,(#10),$,#64)", "#67=IFCRELASSIGNSTOGROUP('0000000000000000000067',$,$,$,(#64),$,#65)",
          "#68=IFCOPENINGELEMENT('0000000000000000000068',$,$,$,$,$,$,$,$)", "#69=IFCRELVOIDSELEMENT('0000000000000000000069',$,$,$,#10,#68)",
          "#70=IFCWINDOW('0000000000000000000070',$,$,$,$,$,$,$,$,$,$,$,$)", "#71=IFCRELFILLSELEMENT('0000000000000000000071',$,$,$,#68,#70)")


@pytest.mark.parametrize("part, relation, whole, outcome", [
    ("IFCWALL", "IFCRELCONTAINEDINSPATIALSTRUCTURE", "IFCBUILDINGSTOREY", "pass"), ("IFCWALL", "IFCRELCONTAINEDINSPATIALSTRUCTURE", "IFCBUILDING", "fail"),
    ("IFCWALL", "", "IFCBUILDING", "pass"), ("IFCWALL", "IFCRELAGGREGATES", "IFCBUILDING", "fail"), ("IFCBUILDINGSTOREY", "IFCRELAGGREGATES", "IFCBUILDING", "pass"),
    ("IFCWALL", "IFCRELASSIGNSTOGROUP", "IFCGROUP", "pass"), ("IFCWALL", "IFCRELASSIGNSTOGROUP", "IFCSYSTEM", "pass"),
    ("IFCWINDOW", "IFCRELVOIDSELEMENT IFCRELFILLSELEMENT", "IFCWALL", "pass"), ("IFCWINDOW", "", "IFCBUILDINGSTOREY", "pass"),
    ("IFCWINDOW", "IFCRELNESTS", "IFCWALL", "fail"), ("IFCBUILDING", "", "IFCBUILDINGSTOREY", "fail")])
def test_a_part_knows_its_wholes_near_and_far(tmp_path: Path, part: str, relation: str, whole: str, outcome: str) -> None:
    kind = f"<entity>{simple('name', part)}</entity>"
    inner = f"<entity>{simple('name', whole)}</entity>"
    by = f'relation="{relation}"' if relation else ""
    assert said(tmp_path, f"<partOf {by}>{inner}</partOf>", wall(10), *WHOLES, applicability=kind) == outcome
    opposite = {"pass": "fail", "fail": "pass"}[outcome]
    assert said(tmp_path, f'<partOf cardinality="prohibited" {by}>{inner}</partOf>', wall(10), *WHOLES, applicability=kind) == opposite


def test_parts_in_a_circle_end(tmp_path: Path) -> None:
    model = (wall(10), wall(11), "#12=IFCRELAGGREGATES('0000000000000000000012',$,$,$,#10,(#11))", "#13=IFCRELAGGREGATES('0000000000000000000013',$,$,$,#11,(#10))")
    assert said(tmp_path, f"<partOf><entity>{simple('name', 'IFCSLAB')}</entity></partOf>", *model) == "fail"


@pytest.mark.parametrize("occurs, there, outcome", [
    (("1", "unbounded"), False, "fail"), (("0", "unbounded"), False, "pass"), (("0", "0"), False, "pass"), (("0", "0"), True, "fail")])
def test_a_specification_binds_by_its_occurrence(tmp_path: Path, occurs: tuple[str, str], there: bool, outcome: str) -> None:
    ids = read(tmp_path, document(specification("" if occurs[1] == "0" else attribute("Name"), occurs=occurs)))
    model = wall(10) if there else wall(10, kind="IFCSLAB")
    assert checked(tmp_path, ids, model).outcome == outcome


def test_another_version_is_not_applicable_unless_all_are(tmp_path: Path) -> None:
    other = specification(attribute("Description"), versions="IFC2X3")
    both = checked(tmp_path, read(tmp_path, document(other, specification(attribute("Name")))), wall(10, "'A'"))
    assert [one.outcome for one in both.specifications] == [IdsOutcome.NOT_APPLICABLE, IdsOutcome.PASS]
    alone = checked(tmp_path, read(tmp_path, document(other)), wall(10, "'A'"))
    assert (alone.outcome, alone.findings[0].code) == (IdsOutcome.FAIL, "IDS-022")


def test_one_faulty_specification_makes_the_document_invalid_and_leaves_the_others(tmp_path: Path) -> None:
    ids = read(tmp_path, document(specification(attribute("Colour")), specification(attribute("Name"))))
    result = checked(tmp_path, ids, wall(10))
    assert result.outcome is IdsOutcome.INVALID
    assert [one.outcome for one in result.specifications] == [IdsOutcome.INVALID, IdsOutcome.FAIL]


def test_counts_are_true_however_few_failures_are_listed(tmp_path: Path) -> None:
    ids = read(tmp_path, document(specification(attribute("Name", equals("A")) + attribute("Description"))))
    result = checked(tmp_path, ids, *(wall(10 + at, "'A'" if at < 3 else "'B'") for at in range(10)), kept=2)
    (made,) = result.specifications
    assert (made.applicable, made.passed, made.failed) == (10, 0, 10)
    assert [(one.passed, one.failed, len(one.failures)) for one in made.requirements] == [(3, 7, 2), (0, 10, 2)]
    assert len({finding.code for finding in result.findings}) == 1


def test_a_failure_is_told_in_three_languages(tmp_path: Path) -> None:
    ids = read(tmp_path, document(specification(prop("Foo_Bar", "Foo", "IFCLABEL", equals("x")))))
    told = json.loads(json.dumps(checked(tmp_path, ids, *described(single("IFCLABEL('y')"))).to_dict()))
    failure = told["specifications"][0]["requirements"][0]["failures"][0]
    assert (failure["class"], failure["GlobalId"], failure["code"]) == ("IfcWall", f"{10:022d}", "property-value")
    assert failure["reason"] == {"en": "Foo_Bar.Foo is y, not x", "zh-Hant": "Foo_Bar.Foo 為 y，而非 x", "zh-Hans": "Foo_Bar.Foo 为 y，而非 x"}


@pytest.mark.parametrize("applicability, count", [
    (attribute("Name", value(("pattern", "A.*"), base="string")).replace(' cardinality="required"', ""), 2),
    (WALL + prop("Foo_Bar", "Foo").replace(' cardinality="required"', ""), 1), (prop("Foo_Bar", "Foo").replace(' cardinality="required"', ""), 1),
    (f"<partOf><entity>{simple('name', 'IFCSLAB')}</entity></partOf>", 0), (f"<entity>{restricted('name', 'string', ('pattern', 'IFC(WALL|SLAB)'))}</entity>", 3)])
def test_what_a_specification_applies_to_is_found_by_any_facet(tmp_path: Path, applicability: str, count: int) -> None:
    ids = read(tmp_path, document(specification("", applicability, occurs=("0", "unbounded"))))
    result = checked(tmp_path, ids, *described(single("IFCLABEL('y')")), wall(80, "'A1'"), wall(81, "'A2'", "IFCSLAB"))
    assert result.specifications[0].applicable == count


def test_a_property_that_cannot_be_read_does_not_stop_the_check(tmp_path: Path) -> None:
    model = (*described(single("IFCLABEL('y')")), wall(80), "#82=IFCRELDEFINESBYPROPERTIES('0000000000000000000082',$,$,$,(#80),#3)",
             "#83=IFCPROPERTYSET('0000000000000000000083',$,'Foo_Bar',$,(#80,$))", "#84=IFCRELDEFINESBYPROPERTIES('0000000000000000000084',$,$,$,(#80),#83)")
    ids = read(tmp_path, document(specification(prop("Foo_Bar", "Foo"))))
    (made,) = checked(tmp_path, ids, *model).specifications
    assert (made.applicable, made.passed) == (2, 1)


@pytest.mark.parametrize("name, stated, outcome", [("Name", "'UNKNOWN'", "pass"), ("Name", "'A'", "fail")])
def test_unknown_is_a_word_like_others_where_nothing_is_logical(tmp_path: Path, name: str, stated: str, outcome: str) -> None:
    assert said(tmp_path, attribute(name, equals("UNKNOWN")), wall(10, stated)) == outcome


def test_an_unknown_logical_is_no_value(tmp_path: Path) -> None:
    curve = "<entity><name><simpleValue>IFCBSPLINECURVEWITHKNOTS</simpleValue></name></entity>"
    points = "#1=IFCCARTESIANPOINT((0.,0.))"
    stated = "#10=IFCBSPLINECURVEWITHKNOTS(1,(#1,#1),.UNSPECIFIED.,{},.F.,(2,2),(0.,1.),.UNSPECIFIED.)"
    for logical, outcome in ((".U.", "fail"), (".T.", "pass")):
        assert said(tmp_path, attribute("ClosedCurve"), points, stated.format(logical), applicability=curve) == outcome
