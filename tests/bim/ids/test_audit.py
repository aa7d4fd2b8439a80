"""What makes an IDS invalid: names, types and values against the IFC schemas, and requirements that nothing can meet."""

from __future__ import annotations

from pathlib import Path

import pytest

from bim.ids import audit
from tests.bim.ids.documents import WALL, attribute, document, prop, read, restricted, simple, specification


def entity(name: str, predefined: str = "") -> str:
    return f"<entity>{name if name.startswith('<') else simple('name', name)}{predefined}</entity>"


def faults(folder: Path, text: str) -> set[str]:
    return {finding.code for finding in audit(read(folder, text)) if finding.severity == "error"}


INVALID = {
    "class unknown": ("IDS-004", specification("", entity("IFCWAL"))),
    "class in mixed case": ("IDS-004", specification("", entity("IfcWall"))),
    "class in lower case": ("IDS-004", specification("", entity("ifcwall"))),
    "class with a blank": ("IDS-004", specification("", entity(" IFCWALL"))),
    "class empty": ("IDS-004", specification("", entity(""))),
    "class abstract": ("IDS-004", specification("", entity("IFCBUILDINGELEMENT"))),
    "class of a later version": ("IDS-004", specification("", entity("IFCCHIMNEY"), "IFC2X3 IFC4")),
    "class of an earlier version": ("IDS-004", specification("", entity("IFCELECTRICALCIRCUIT"), "IFC4")),
    "a type that is no class": ("IDS-004", specification("", entity("IFCLABEL"))),
    "pattern that no class fits": ("IDS-004", specification("", entity(restricted("name", "string", ("pattern", "IFCWAAL.*"))))),
    "lower-case pattern": ("IDS-004", specification("", entity(restricted("name", "string", ("pattern", "IfcWall.*"))))),
    "one of an enumeration unknown": ("IDS-004", specification("", entity(restricted("name", "string", ("enumeration", "IFCWALL"),
                                                                                     ("enumeration", "IFCWAL"))))),
    "class by a range": ("IDS-009", specification("", entity(restricted("name", "double", ("minInclusive", "1"))))),
    "predefined type of a class without": ("IDS-005", specification("", entity("IFCPROJECT", simple("predefinedType", "A")))),
    "predefined type unknown, none of one's own": ("IDS-005", specification("", entity("IFCPERMIT", simple("predefinedType", "A")), "IFC2X3")),
    "attribute unknown": ("IDS-006", specification(attribute("Colour"))),
    "attribute in lower case": ("IDS-006", specification(attribute("name"))),
    "attribute of another class": ("IDS-006", specification(attribute("LongName"))),
    "attribute inverse": ("IDS-006", specification(attribute("IsTypedBy"))),
    "attribute derived": ("IDS-006", specification(attribute("Dimensions"), entity("IFCSIUNIT"))),
    "attribute of no class that a pattern fits": ("IDS-006", specification(attribute("NumberOfRisers"), entity(restricted("name", "string", (
        "pattern", "IFCWALL.*"))))),
    "attribute pattern that fits none": ("IDS-006", specification(f"<attribute>{restricted('name', 'string', ('pattern', 'Nam'))}</attribute>")),
    "attribute of one version only": ("IDS-006", specification(attribute("PredefinedType"), versions="IFC2X3 IFC4")),
    "value of a list": ("IDS-007", specification(attribute("DirectionRatios", simple("value", "1")), entity("IFCDIRECTION"))),
    "value of an instance": ("IDS-007", specification(attribute("OwnerHistory", simple("value", "x")))),
    "value of a select": ("IDS-007", specification(attribute("ValueComponent", simple("value", "1")), entity("IFCMEASUREWITHUNIT"))),
    "whole number with a point": ("IDS-008", specification(attribute("NumberOfRisers", simple("value", "3.0")), entity("IFCSTAIRFLIGHT"))),
    "number with a comma": ("IDS-008", specification(attribute("Elevation", simple("value", "3,5")), entity("IFCBUILDINGSTOREY"))),
    "truth in capitals": ("IDS-008", specification(prop("A", "B", "IFCBOOLEAN", simple("value", "TRUE")))),
    "number in words": ("IDS-008", specification(prop("A", "B", "IFCLENGTHMEASURE", simple("value", "2 m")))),
    "date the wrong way": ("IDS-008", specification(prop("A", "B", "IFCDATE", simple("value", "31.01.2026")))),
    "duration that is none": ("IDS-008", specification(prop("A", "B", "IFCDURATION", simple("value", "1 day")))),
    "bound that is no number": ("IDS-008", specification(prop("A", "B", "IFCREAL", restricted("value", "double", ("minInclusive", "low"))))),
    "length that is no number": ("IDS-008", specification(prop("A", "B", "IFCLABEL", restricted("value", "string", ("maxLength", "-1"))))),
    "text for a number": ("IDS-009", specification(prop("A", "B", "IFCREAL", restricted("value", "string", ("enumeration", "1"))))),
    "number for text": ("IDS-009", specification(prop("A", "B", "IFCLABEL", restricted("value", "double", ("enumeration", "1"))))),
    "pattern on a number": ("IDS-009", specification(prop("A", "B", "IFCREAL", restricted("value", "double", ("pattern", "1.*"))))),
    "range of text": ("IDS-009", specification(prop("A", "B", "IFCLABEL", restricted("value", "string", ("minInclusive", "1"))))),
    "length of a number": ("IDS-009", specification(prop("A", "B", "IFCREAL", restricted("value", "double", ("maxLength", "3"))))),
    "enumeration of truth": ("IDS-009", specification(prop("A", "B", "IFCBOOLEAN", restricted("value", "boolean", ("enumeration", "true"))))),
    "base unknown": ("IDS-009", specification(prop("A", "B", "IFCLABEL", restricted("value", "text", ("enumeration", "1"))))),
    "restriction empty": ("IDS-009", specification(prop("A", "B", "IFCLABEL", restricted("value", "string")))),
    "range empty": ("IDS-009", specification(prop("A", "B", "IFCREAL", restricted("value", "double", ("minInclusive", "2"), ("maxInclusive", "1"))))),
    "range twice": ("IDS-009", specification(prop("A", "B", "IFCREAL", restricted("value", "double", ("minInclusive", "1"), ("minExclusive", "1"))))),
    "material by number": ("IDS-009", specification(f"<material>{restricted('value', 'integer', ('enumeration', '1'))}</material>")),
    "pattern that is none": ("IDS-010", specification(prop("A", "B", "IFCLABEL", restricted("value", "string", ("pattern", "(a"))))),
    "look-ahead": ("IDS-010", specification(f"<attribute>{restricted('name', 'string', ('pattern', '(?=N).*'))}</attribute>")),
    "data type in mixed case": ("IDS-011", specification(prop("A", "B", "IfcLabel"))),
    "data type unknown": ("IDS-011", specification(prop("A", "B", "IFCSTRING"))),
    "data type of a later version": ("IDS-011", specification(prop("A", "B", "IFCDATE"), versions="IFC2X3")),
    "data type that is a class": ("IDS-011", specification(prop("A", "B", "IFCWALL"))),
    "data type that is a choice": ("IDS-011", specification(prop("A", "B", "IFCVALUE"))),
    "value without a data type": ("IDS-012", specification(prop("A", "B", "", simple("value", "1")))),
    "optional property without a type": ("IDS-012", specification(prop("A", "B", cardinality="optional"))),
    "prohibited property with a type": ("IDS-012", specification(prop("A", "B", "IFCLABEL", cardinality="prohibited"))),
    "optional attribute without a value": ("IDS-012", specification(attribute("Name", cardinality="optional"))),
    "optional material without a value": ("IDS-012", specification('<material cardinality="optional"/>')),
    "optional classification without a value": ("IDS-012", specification(f'<classification cardinality="optional">{simple("system", "A")}</classification>')),
    "applies to nothing": ("IDS-012", specification(attribute("Name"), "")),
    "reserved set unknown": ("IDS-013", specification(prop("Pset_Mine", "B"))),
    "property not in its standard set": ("IDS-014", specification(prop("Pset_WallCommon", "Colour"))),
    "standard property of another type": ("IDS-014", specification(prop("Pset_WallCommon", "FireRating", "IFCREAL"))),
    "standard quantity of another type": ("IDS-014", specification(prop("Qto_WallBaseQuantities", "Length", "IFCAREAMEASURE"))),
    "standard set of another class": ("IDS-015", specification(prop("Pset_DoorCommon", "FireRating", "IFCLABEL"))),
    "another class required": ("IDS-015", specification(entity("IFCDOOR"))),
    "a base class required": ("IDS-015", specification(entity("IFCWALL"), entity("IFCWALLSTANDARDCASE"))),
    "properties of a point": ("IDS-015", specification(prop("A", "B"), entity("IFCCARTESIANPOINT"))),
    "forbidden and required": ("IDS-015", specification(attribute("Name"), occurs=("0", "0"))),
    "group that is no group": ("IDS-016", specification(f'<partOf relation="IFCRELASSIGNSTOGROUP">{WALL}</partOf>')),
    "container that is no place": ("IDS-016", specification(f'<partOf relation="IFCRELCONTAINEDINSPATIALSTRUCTURE">{WALL}</partOf>')),
    "whole unknown": ("IDS-004", specification(f'<partOf relation="IFCRELNESTS">{entity("IFCWHOLE")}</partOf>')),
}
VALID = {
    "three versions": specification(attribute("Name"), versions="IFC2X3 IFC4 IFC4X3_ADD2"),
    "a class that a type makes in IFC2X3": specification(prop("A", "B"), entity("IFCAIRTERMINAL"), "IFC2X3 IFC4"),
    "a type object": specification(prop("Pset_WallCommon", "FireRating", "IFCLABEL"), entity("IFCWALLTYPE")),
    "a predefined type of one's own": specification("", entity("IFCWALL", simple("predefinedType", "Mine"))),
    "an enumerated standard property as a label": specification(prop("Pset_WallCommon", "Status", "IFCLABEL")),
    "a standard quantity": specification(prop("Qto_WallBaseQuantities", "Length", "IFCLENGTHMEASURE", restricted("value", "double", ("minExclusive", "0")))),
    "a set of one's own": specification(prop("HKSAR_Wall", "Fire", "IFCLABEL")),
    "a pattern of classes": specification("", entity(restricted("name", "string", ("pattern", "IFC(WALL|SLAB)")))),
    "several patterns": specification(prop("A", "B", "IFCLABEL", restricted("value", "string", ("pattern", "a"), ("pattern", "b")))),
    "a logical": specification(prop("A", "B", "IFCLOGICAL", restricted("value", "string", ("enumeration", "true")))),
    "an enumerated data type": specification(prop("A", "B", "IFCWALLTYPEENUM", simple("value", "SHEAR"))),
    "a place": specification(f'<partOf relation="IFCRELCONTAINEDINSPATIALSTRUCTURE">{entity("IFCBUILDINGSTOREY")}</partOf>'),
    "a system": specification(f'<partOf relation="IFCRELASSIGNSTOGROUP">{entity("IFCSYSTEM")}</partOf>'),
    "forbidden alone": specification("", occurs=("0", "0")),
    "a select that must be there": specification(attribute("ValueComponent"), entity("IFCMEASUREWITHUNIT")),
    "a pattern of dates": specification(prop("A", "B", "IFCDATE", restricted("value", "date", ("pattern", "2026-.*")))),
    "digits of a number": specification(prop("A", "B", "IFCREAL", restricted("value", "double", ("totalDigits", "4"), ("fractionDigits", "2")))),
    "any class": specification(attribute("Name"), f"<material>{simple('value', 'steel')}</material>"),
}


@pytest.mark.parametrize("code, text", INVALID.values(), ids=INVALID.keys())
def test_what_cannot_be_meant_is_invalid(tmp_path: Path, code: str, text: str) -> None:
    assert code in faults(tmp_path, document(text))


@pytest.mark.parametrize("text", VALID.values(), ids=VALID.keys())
def test_what_can_be_meant_is_valid(tmp_path: Path, text: str) -> None:
    assert [finding.message for finding in audit(read(tmp_path, document(text)))] == []


def test_only_the_asked_versions_count(tmp_path: Path) -> None:
    ids = read(tmp_path, document(specification("", entity("IFCCHIMNEY"), "IFC2X3 IFC4")))
    assert not audit(ids, ["IFC4"])
    assert audit(ids, ["IFC2X3"])


def test_a_finding_names_what_is_near(tmp_path: Path) -> None:
    (found,) = audit(read(tmp_path, document(specification("", entity("IfcWall")))))
    assert (found.measured, found.expected, found.data["line"]) == ("IfcWall", "IFCWALL", 4)
