"""Rules of the register: what they choose, and what is said of a file that is wrong."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bim.ifc import derived_classes
from csdi.errors import FileBroken, PathMissing, ValueInvalid
from twin.register.rule_files import default_rules, read_rules
from twin.register.rules import AssetClass, Described, Match
from twin.register.values import chinese, converted, day, later, short, years

RULES = default_rules()


def chosen(ifc_class: str, name: str = "", *, predefined: str = "", type_class: str = "", schema: str = "IFC4", **more: Any) -> str:
    found = RULES.class_of(Described({"ifc_class": ifc_class, "name": name, "predefined_type": predefined, **more}, schema, type_class))
    return found.key if found else ""


@pytest.mark.parametrize("element, expected", [
    (("IfcPump", "P"), "pump"), (("IfcPump", "Fire Pump 01"), "fire-pump"), (("IfcPump", "消防泵 1"), "fire-pump"), (("IfcWall", "Pump wall"), ""),
    (("IfcFlowMovingDevice", "Umwälzpumpe"), "pump"), (("IfcFlowMovingDevice", "Ventilator"), "fan"), (("IfcFlowMovingDevice", "X"), "equipment"),
    (("IfcDoor", "Door 1"), "door"), (("IfcDoor", "Fire Door 7"), "fire-door"), (("IfcDoor", "Automatic sliding"), "automatic-door"),
    (("IfcFlowTerminal", "M_Grab Bars:8370"), ""), (("IfcFlowTerminal", "M_Toilet-Domestic"), "sanitary-terminal"),
    (("IfcBuildingElementProxy", "Boarding Bridge N5"), "boarding-bridge"), (("IfcBuildingElementProxy", "Lamp post 7"), "lamp-post"),
    (("IfcBuildingElementProxy", "Something"), ""), (("IfcPipeSegment", "Pipe with valve"), ""), (("IfcDuctFitting", "Damper bend"), ""),
    (("IfcFurniture", "Seat"), "furniture"), (("IfcDistributionChamberElement", ""), "manhole")])
def test_class_and_words_choose(element: tuple[str, str], expected: str) -> None:
    assert chosen(*element) == expected


@pytest.mark.parametrize("properties, expected", [
    ({"CPset_BGT": {"objecttype": "paal", "plus-type": "lichtmast"}}, "lamp-post"), ({"Other": {"Category": "Lighting Fixtures"}}, "light-fixture"),
    ({"Other": {"Family": "Pump - Base mounted", "System Type": "Chilled water"}}, "pump"), ({"AC": {"Bauteil-Typ": "Heizkörper"}}, "space-heater"),
    ({"資料": {"設備類型": "水泵"}}, "pump"), ({"Other": {"Fire Rating Type": "pump"}}, ""), ({"Other": {"System Type": "Pumped drainage"}}, ""),
    ({"Other": {"Category": 7, "Type": "pump " * 40}}, ""), ({"Other": {"Comments": "near the pump"}}, "")])
def test_properties_that_say_what_a_thing_is_choose_too(properties: dict[str, dict[str, Any]], expected: str) -> None:
    assert chosen("IfcBuildingElementProxy", "G0772.c4c3", psets=properties) == expected


def test_names_of_classifications_choose_too() -> None:
    assert chosen("IfcBuildingElementProxy", "X", classifications=[{"code": "Pr_65_53", "name": "Pumps"}]) == "pump"


@pytest.mark.parametrize("schema", ["IFC2X3", "IFC4", "IFC4X3_ADD2"])
def test_all_equipment_has_a_class(schema: str) -> None:
    """All distribution elements, but for segments and fittings; equipment that is nothing else last."""
    fittings = derived_classes(schema, "IfcFlowSegment") | derived_classes(schema, "IfcFlowFitting")
    declared = derived_classes(schema, "IfcDistributionElement")
    without = {name for name in declared if not chosen(name, schema=schema)}
    assert without == fittings - {"IFCCONVEYORSEGMENT", "IFCJUNCTIONBOX"}
    plain = {"IFCDISTRIBUTIONELEMENT", "IFCDISTRIBUTIONFLOWELEMENT", "IFCDISTRIBUTIONCONTROLELEMENT", "IFCENERGYCONVERSIONDEVICE",
             "IFCFLOWCONTROLLER", "IFCFLOWMOVINGDEVICE", "IFCFLOWSTORAGEDEVICE", "IFCFLOWTERMINAL"}
    assert {name for name in declared if chosen(name, schema=schema) == "equipment"} <= plain | {"IFCLIQUIDTERMINAL"}


@pytest.mark.parametrize("predefined, expected", [("ELEVATOR", "lift"), ("ESCALATOR", "escalator"), ("MOVINGWALKWAY", "moving-walkway")])
def test_a_predefined_type_decides_before_a_word(predefined: str, expected: str) -> None:
    assert chosen("IfcTransportElement", "電梯", predefined=predefined) == expected


def test_the_class_of_the_type_counts_where_the_element_only_says_flow_terminal() -> None:
    assert chosen("IfcFlowTerminal", "T", type_class="IfcSanitaryTerminalType", schema="IFC2X3") == "sanitary-terminal"
    assert chosen("IfcEnergyConversionDevice", "C", type_class="IfcChillerType", schema="IFC2X3") == "chiller"


def test_the_system_gives_the_discipline() -> None:
    def category(**more: Any) -> str:
        element = Described({"ifc_class": "IfcPump", "name": "P", "systems": more.get("systems")}, "IFC4", "", more.get("types", frozenset()))
        found = RULES.class_of(element)
        assert found is not None
        return RULES.category_of(found, element)
    assert category() == "hvac"
    assert category(types=frozenset({"DOMESTICCOLDWATER"})) == "plumbing"
    assert category(systems=[{"name": "污水排放系統"}]) == "drainage"
    assert category(systems=[{"name": "Sprinkler Main"}]) == "fire"


def test_every_class_is_called_in_three_languages_and_has_a_code_of_its_own() -> None:
    assert all(set(one.names) == {"en", "zh-Hant", "zh-Hans"} for one in RULES.classes.values())
    assert len({one.code for one in RULES.classes.values()}) == len(RULES.classes)


def rules_of(tmp_path: Path, text: str) -> Any:
    file = tmp_path / "mine.yaml"
    file.write_text(text, encoding="utf-8")
    return read_rules(file)


OWN = """extends: default
tag: "{site}-{code}-{number:03d}"
attributes:
  grip: {en: Grip, zh-Hant: 手柄, zh-Hans: 手柄, type: string, from: [Own.Grip]}
classes:
  handle:
    names: {en: Handle, zh-Hant: 門柄, zh-Hans: 门把手}
    category: architectural
    code: HDL
    attributes: [grip]
    required: [grip]
    match:
      - {select: 'IfcDoor, Own.Grip="steel"'}
"""


def test_codes_of_classes_are_of_tables_that_have_products_or_systems_and_the_first_level_of_omniclass() -> None:
    rules = default_rules()
    coded = [one for one in rules.classes.values() if one.uniclass]
    assert len(coded) > 50
    assert [one.key for one in coded if not re.fullmatch(r"(Pr|Ss)(_\d\d){2,4}", one.uniclass)] == []
    assert [one.key for one in rules.classes.values() if one.omniclass and not re.fullmatch(r"23-\d\d 00 00", one.omniclass)] == []
    known = {key: rules.classes[key].uniclass for key in ("pump", "fan", "air-handling-unit", "chiller", "boiler", "lift", "damper", "sprinkler")}
    assert known == {"pump": "Pr_65_53", "fan": "Pr_65_67_29", "air-handling-unit": "Pr_60_65_03", "chiller": "Pr_60_60_13",
                     "boiler": "Pr_60_60_08", "lift": "Ss_80_50_60", "damper": "Pr_65_65_24", "sprinkler": "Pr_70_55_97_84"}


def test_ones_own_file_comes_before_the_programs(tmp_path: Path) -> None:
    own = rules_of(tmp_path, OWN)
    assert own.tag == "{site}-{code}-{number:03d}"
    element = Described({"ifc_class": "IfcDoor", "psets": {"Own": {"Grip": "steel"}}}, "IFC4")
    assert own.class_of(element).key == "handle"
    assert own.class_of(Described({"ifc_class": "IfcPump"}, "IFC4")).key == "pump"


def test_without_extends_a_file_stands_alone(tmp_path: Path) -> None:
    own = rules_of(tmp_path, "categories: {a: {en: A, zh-Hant: 甲, zh-Hans: 甲}}\n")
    assert own.class_of(Described({"ifc_class": "IfcPump"}, "IFC4")) is None


@pytest.mark.parametrize("change, line, field", [
    (("category: architectural", "category: nothing"), 8, "classes.handle.category"), (("zh-Hans: 门把手", "de: Griff"), 7, "classes.handle.names.zh-Hans"),
    (("code: HDL", "code: 5"), 9, "classes.handle.code"), (("attributes: [grip]", "attributes: [grap]"), 10, "classes.handle.attributes"),
    (("required: [grip]", "required: [other]"), 11, "classes.handle.required"), (("match:", "matches:"), 12, "classes.handle.matches"),
    (("IfcDoor, Own", "IfcDoor,, = Own"), 13, "classes.handle.match.0.select"), (("type: string", "type: text"), 4, "attributes.grip.type"),
    (("[Own.Grip]", "[Grip]"), 4, "attributes.grip.from.0"), (("{number:03d}", "1"), 2, "tag"), (("{site}", "{site.__class__}"), 2, "tag"),
    (("{site}", "{colour}"), 2, "tag"), (("extends: default", "extends: other"), 1, "extends"), (("tag:", "tags:"), 2, "tags"),
    (("select:", "among:"), 13, "classes.handle.match.0.among")])
def test_what_is_wrong_is_said_with_file_line_and_field(tmp_path: Path, change: tuple[str, str], line: int, field: str) -> None:
    with pytest.raises(ValueInvalid, match=rf"mine.yaml: line {line}: {field.replace('.', '[.]')}"):
        rules_of(tmp_path, OWN.replace(*change))


def test_what_is_no_yaml_or_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileBroken, match="line 1"):
        rules_of(tmp_path, "a: [")
    with pytest.raises(PathMissing):
        read_rules(tmp_path / "none.yaml")


@pytest.mark.parametrize("said, type, expected", [
    ("12.5 kW", "number", 12.5), ("12,5", "number", 12.5), (True, "number", None), ("x", "number", None), (float("inf"), "number", None),
    ("yes", "boolean", True), ("否", "boolean", False), ("perhaps", "boolean", None), (7.6, "integer", 8), ([5], "number", 5),
    ("2026-01-31T10:00:00", "date", "2026-01-31"), ("31/01/2026", "date", "2026-01-31"), ("2026-02-30", "date", None),
    (1769817600, "date", "2026-01-31"), (["a", "b"], "string", "a, b")])
def test_a_stated_value_is_read_as_its_type(said: Any, type: str, expected: Any) -> None:
    assert converted(said, type) == expected


@pytest.mark.parametrize("said, expected", [("P5Y6M", 5.5), ("P2W", 0.0383), (10, 10), (157_788_000, 5.0), ("P", None), (-1, None), ("20 years", 20)])
def test_years_of_a_duration(said: Any, expected: float | None) -> None:
    assert years(said) == expected


def test_small_words() -> None:
    assert later("2024-02-29", 1) == "2025-02-28"
    assert later("2024-11-30", 0.25) == "2025-02-28"
    assert day("0") is None
    assert chinese("Pump P-01 冷水泵 (北)") == "冷水泵 北"
    assert (short("Passenger Terminal 1"), short("L2"), short("")) == ("PT1", "L2", "")


def test_elements_that_differ_in_numbers_alone_are_of_one_class_unless_rules_read_numbers() -> None:
    rules = default_rules()
    for name in ("Fire Pump 01", "Fire Pump 2", "Pump P-101 冷水泵", "Pump P-7 冷水泵"):
        plain = Described({"ifc_class": "IfcPump", "name": name}, "IFC4")
        alone = next((one for one, match in rules._candidates(plain) if match.fits(plain)), None)
        assert rules.class_of(plain) is alone
    numbered = replace(rules, classes={
        "two": AssetClass("two", {"en": "Two"}, "hvac", "TWO", (Match(ifc=("IfcPump",), words=("type 2",)),)),
        "any": AssetClass("any", {"en": "Any"}, "hvac", "ANY", (Match(ifc=("IfcPump",)),))}, _by_kind={}, _classes={})
    found = [numbered.class_of(Described({"ifc_class": "IfcPump", "name": f"Pump type {n}"}, "IFC4")) for n in (1, 2, 3, 2)]
    assert [one.key for one in found if one is not None] == ["any", "two", "any", "two"]
