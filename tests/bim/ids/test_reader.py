"""Reading an IDS: what is no IDS is refused with its line, and a fault in the structure is told where it stands."""

from __future__ import annotations

from pathlib import Path

import pytest

from bim.ids import audit, read_ids
from bim.ids.xml import LARGEST_BYTES
from csdi.errors import CsdiError, FileBroken, FileEmpty, FileTooLarge, FormatUnknown, PathIsDirectory, PathMissing
from tests.bim.ids.documents import WALL, attribute, document, prop, read, simple, specification

GOOD = document(specification(attribute("Name")))
BOMB = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><ids>&b;</ids>'


@pytest.mark.parametrize("content, error", [
    ("", FileEmpty), (" \n ", FileEmpty), ("hello", FormatUnknown), ("GIF89a\x00", FormatUnknown), ("<html/>", FormatUnknown), ("<ids/>", FormatUnknown),
    ('<ids xmlns="http://example.org/other"/>', FormatUnknown), (GOOD[:-20], FileBroken), (GOOD.replace("</info>", ""), FileBroken), (BOMB, FileBroken),
    ('<!DOCTYPE ids SYSTEM "file:///etc/passwd"><ids/>', FileBroken), ('<?xml version="1.0" encoding="nowhere"?><ids/>', FileBroken),
    ("<a>" * 5000 + "</a>" * 5000, FileBroken)])
def test_what_is_no_document_is_refused(tmp_path: Path, content: str, error: type[CsdiError]) -> None:
    with pytest.raises(error) as caught:
        read(tmp_path, content)
    assert caught.value.remedy
    assert caught.value.data["file"] == "t.ids"


def test_a_broken_line_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileBroken) as caught:
        read(tmp_path, GOOD.replace("<info>", "<info"))
    assert caught.value.data["line"] == 3


def test_a_file_that_is_not_there_a_folder_and_a_huge_one_are_refused(tmp_path: Path) -> None:
    with pytest.raises(PathMissing):
        read_ids(tmp_path / "none.ids")
    with pytest.raises(PathIsDirectory):
        read_ids(tmp_path)
    with (tmp_path / "huge.ids").open("wb") as file:
        file.truncate(LARGEST_BYTES + 1)
    with pytest.raises(FileTooLarge):
        read_ids(tmp_path / "huge.ids")


def test_a_document_with_other_prefixes_and_encodings_is_the_same(tmp_path: Path) -> None:
    text = GOOD.replace("<", "<i:").replace("<i:/", "</i:").replace("<i:?", "<?").replace("xmlns=", "xmlns:i=").replace("UTF-8", "UTF-16")
    (tmp_path / "t.ids").write_bytes(text.encode("utf-16"))
    found = read_ids(tmp_path / "t.ids")
    assert not found.findings
    assert found.specifications[0].name == "S"


STRUCTURE = {
    "no title": GOOD.replace("<title>T</title>", ""),
    "two titles": GOOD.replace("<title>T</title>", "<title>T</title><title>U</title>"),
    "an author without address": GOOD.replace("<title>T</title>", "<title>T</title><author>me</author>"),
    "a date that is none": GOOD.replace("<title>T</title>", "<title>T</title><date>31.1.2026</date>"),
    "head out of order": GOOD.replace("<title>T</title>", "<author>a@b.c</author><title>T</title>"),
    "no specification": document(),
    "no name": GOOD.replace(' name="S"', ""),
    "no version": GOOD.replace(' ifcVersion="IFC4"', ""),
    "an unknown version": GOOD.replace('"IFC4"', '"IFC4X3"'),
    "an empty version": GOOD.replace('"IFC4"', '" "'),
    "no applicability": GOOD.replace("applicability", "applies"),
    "an unknown facet": document(specification("<colour/>")),
    "a facet of another namespace": document(specification('<attribute xmlns="http://example.org/x"/>')),
    "an unknown attribute": GOOD.replace("<requirements>", '<requirements minOccurs="1">'),
    "an unknown cardinality": document(specification(attribute("Name", cardinality="forbidden"))),
    "a cardinality in applicability": document(specification(attribute("Name"), attribute("Name", cardinality="required"))),
    "an optional whole": document(specification(f'<partOf cardinality="optional">{WALL}</partOf>')),
    "an unknown relation": document(specification(f'<partOf relation="IFCRELCONNECTS">{WALL}</partOf>')),
    "a lower-case relation": document(specification(f'<partOf relation="IfcRelAggregates">{WALL}</partOf>')),
    "a whole without a class": document(specification('<partOf relation="IFCRELNESTS"/>')),
    "a name without a value": document(specification("<attribute><name/></attribute>")),
    "a bare word": document(specification("<attribute><name>Name</name></attribute>")),
    "two values": document(specification(f"<attribute><name>{simple('simpleValue', 'x')}<simpleValue>a</simpleValue></name></attribute>")),
    "a property without a name": document(specification(f"<property>{simple('propertySet', 'A')}</property>")),
    "a property with the old name": document(specification(f"<property>{simple('propertySet', 'A')}{simple('name', 'B')}</property>")),
    "a classification without a system": document(specification(f"<classification>{simple('value', 'A')}</classification>")),
    "applicability out of order": document(specification("", prop("A", "B").replace(' cardinality="required"', "") + WALL)),
    "two classes": document(specification("", WALL + WALL)),
    "a value with an attribute": GOOD.replace("<simpleValue>", '<simpleValue base="x">'),
    "a title with an attribute": GOOD.replace("<title>", '<title name="x">'),
    "text in a constraint": document(specification(
        '<attribute><name><xs:restriction base="xs:string"><xs:pattern value="N.*">x</xs:pattern></xs:restriction></name></attribute>')),
    "a constraint without a value": document(specification(
        '<attribute><name><xs:restriction base="xs:string"><xs:pattern/></xs:restriction></name></attribute>')),
}


@pytest.mark.parametrize("text", STRUCTURE.values(), ids=STRUCTURE.keys())
def test_a_fault_in_the_structure_is_an_error_with_its_line(tmp_path: Path, text: str) -> None:
    found = [finding for finding in audit(read(tmp_path, text)) if finding.severity == "error"]
    assert found
    assert all(finding.data["line"] >= 1 and finding.cure for finding in found)


@pytest.mark.parametrize("occurs, valid", [(("1", "unbounded"), True), (("0", "unbounded"), True), (("0", "0"), True), (("1", "1"), False),
                                           (("0", "1"), False), (("2", "unbounded"), False), (("1", "0"), False), (("x", "unbounded"), False)])
def test_three_ways_to_occur_are_allowed(tmp_path: Path, occurs: tuple[str, str], valid: bool) -> None:
    found = audit(read(tmp_path, document(specification(attribute("Name") if occurs[1] != "0" else "", occurs=occurs))))
    assert {finding.code for finding in found} == (set() if valid else {"IDS-002"})


def test_a_number_of_occurrences_that_is_not_stated_is_taken_with_a_warning(tmp_path: Path) -> None:
    (found,) = audit(read(tmp_path, GOOD.replace(' maxOccurs="unbounded"', "")))
    assert (found.code, found.severity) == ("IDS-002", "warning")


def test_a_document_of_another_version_is_read_with_a_warning(tmp_path: Path) -> None:
    location = ('xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="http://standards.buildingsmart.org/IDS '
                'http://standards.buildingsmart.org/IDS/{}/ids.xsd" xmlns:xs=')
    for version, severities in (("1.0", []), ("0.9.7", ["warning"])):
        found = read(tmp_path, GOOD.replace("xmlns:xs=", location.format(version)))
        assert [finding.severity for finding in found.findings] == severities
