"""COBie: out of the register complete and closed, back in unchanged, and held against its rules."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
import pytest

import sample_models
from bim.intake import intake
from bim.schemas import bim_collections
from csdi.errors import NotFound, ValueInvalid
from csdi.feature import Feature
from csdi.store import Store
from tests.corpus import corpus
from twin.handover.books import read_book
from twin.handover.cobie_book import write_cobie
from twin.handover.cobie_check import CobieReport, check_cobie
from twin.handover.cobie_export import cobie_rows
from twin.handover.cobie_import import take_cobie
from twin.handover.cobie_rules import cobie_rules
from twin.handover.cobie_scope import scope_of
from twin.handover.pages import report_page
from twin.handover.plans import Plan, insist
from twin.register.building import build_model
from twin.register.editing import Editor
from twin.register.keeping import Register
from twin.register.rules import Rules
from twin.register.schemas import ASSETS

AUTHOR = "fm@site.example"
SAMPLE = Path(sample_models.__file__).parent / "small" / "terminal-mep.ifc"
FILES = ("arch-office-a-ifc2x3.ifc", "geo-duplex-georeferenced-ifc2x3.ifc", "arch-fzk-haus-ifc4.ifc", "mep-hvac-heating-ifc4.ifc",
         "arch-kit-edc-spaceboundaries-ifc4.ifc")


def written(register: Register, rules: Rules, path: Path, **scope: str) -> Path:
    return write_cobie(path, cobie_rows(register.store, rules, scope_of(register.store, **scope), AUTHOR))


def checked(path: Path) -> CobieReport:
    return check_cobie(read_book(path))


def taken(register: Register, rules: Rules, path: Path) -> Plan:
    return take_cobie(register.trying("ann"), rules, checked(path))


@pytest.mark.parametrize("name", [*FILES, "sample"])
def test_every_required_sheet_is_there_all_references_are_closed_and_it_comes_back_unchanged(name: str, store: Store, rules: Rules,
                                                                                             tmp_path: Path) -> None:
    read = intake(SAMPLE if name == "sample" else corpus("ifc", name), model="m")
    with store.transaction() as change:
        for collection in bim_collections():
            change.replace(collection, read.tables.parts.get(collection.id, []))
        change.write("models", [Feature("m", None, {"name": name, "schema": read.scan["schema"], "version": 1, "sha256": "0" * 64})])
    register = Register(store)
    build_model(register, rules, "m", "ann")
    path = written(register, rules, tmp_path / "c.xlsx", model="m")
    report = checked(path)
    assert report.findings == []
    assert openpyxl.load_workbook(path, read_only=True).sheetnames == list(cobie_rules().order)
    assert report.sheets["Component"] == register.count(ASSETS) > 0
    for sheet, wanted in cobie_rules().sheets.items():
        assert report.sheets[sheet] >= wanted.least
        assert list(report.columns[sheet]) == list(wanted.columns)
    plan = taken(register, rules, path)
    assert ({kind: n for kind, n in plan.counts.items() if n}, plan.faults) == ({"unchanged": register.count(ASSETS)}, [])


def full(register: Register, rules: Rules) -> str:
    """The pump, with all that COBie can carry; gives its id."""
    (pump, other) = (one for one in register.rows(ASSETS) if one.properties["asset_class"] == "pump")
    with register.writing("ann") as writing:
        editor = Editor(writing, rules)
        editor.change(pump.id, {
            "condition": 2, "cost": 1200.5, "currency": "HKD", "supplier": "Pearl, Ltd", "installed_on": "2026-01-15", "warranty_end": "2028-01-20",
            "description": "In the plant room", "parent": other.id, "properties": {"power": 5500, "note": "=1+1"},
            "spare_parts": [{"name": "Seal", "number": "S-1", "supplier": "Seals 有限公司"}],
            "documents": [{"id": "f-1", "title": "Manual", "url": "https://docs.example/1", "type": "manual"}]})
        editor.create({"asset_class": "fire-extinguisher", "name": "By hand", "location": pump.properties["location"]})
    return pump.id


def test_what_people_wrote_goes_out_and_comes_back(register: Register, rules: Rules, tmp_path: Path) -> None:
    full(register, rules)
    path = written(register, rules, tmp_path / "c.xlsx")
    report = checked(path)
    assert report.findings == []
    assert {name: report.sheets[name] for name in ("Assembly", "Spare", "Document", "System", "Zone")} == {
        "Assembly": 2, "Spare": 1, "Document": 1, "System": 1, "Zone": 0}
    assert {row["Company"] for row in report.rows["Contact"]} >= {"Kowloon Pumps", "Pearl, Ltd", "Seals 有限公司"}
    plan = taken(register, rules, path)
    assert (set(plan.counts), plan.faults) == ({"unchanged"}, []), plan.to_dict()


def test_changes_made_in_the_workbook_are_the_changes_of_the_plan(register: Register, rules: Rules, tmp_path: Path) -> None:
    pump = full(register, rules)
    book = openpyxl.load_workbook(written(register, rules, tmp_path / "c.xlsx"))
    page = book["Component"]
    at = {str(cell.value): int(cell.column or 0) for cell in page[1]}
    row = next(one for one in range(2, page.max_row + 1) if page.cell(one, at["AssetIdentifier"]).value == pump)
    page.cell(row, at["SerialNumber"]).value = "SN-NEW"
    page.cell(row, at["InstallationDate"]).value = "2026-02-01T00:00:00"
    attributes = book["Attribute"]
    condition = next(line for line in attributes.iter_rows(min_row=2) if line[0].value == "condition")
    condition[6].value = 9
    new = page.max_row + 1
    for name, value in {"Name": "NEW-1", "CreatedBy": AUTHOR, "CreatedOn": "2026-11-01T00:00:00", "TypeName": page.cell(row, at["TypeName"]).value,
                        "Space": page.cell(row, at["Space"]).value, "Description": "A new one", "ExtObject": "IfcPump"}.items():
        page.cell(new, at[name]).value = value
    book.save(tmp_path / "d.xlsx")
    plan = taken(register, rules, tmp_path / "d.xlsx")
    assert (plan.counts["new"], plan.counts["error"]) == (1, 1)
    (broken,) = (one for one in plan.outcomes if one.kind == "error")
    assert {one.column for one in broken.changes} >= {"serial", "installed_on"}
    assert [one.data["sheet"] for one in broken.findings] == ["Component"]
    condition[6].value = 3
    book.save(tmp_path / "e.xlsx")
    with register.writing("ann", "handover") as writing:
        done = take_cobie(writing, rules, checked(tmp_path / "e.xlsx"))
        insist(done, leave_out=False)
    now = register.row(ASSETS, pump).properties
    assert (now["serial"], now["installed_on"], now["condition"]) == ("SN-NEW", "2026-02-01", 3)
    made = register.asset("NEW-1").properties
    assert (made["asset_class"], made["manufacturer"], made["location"], made["name"]) == ("pump", "Kowloon Pumps", now["location"], "NEW-1")


def spoiled(path: Path, sheet: str, column: str, value: Any, row: int = 2) -> Path:
    book = openpyxl.load_workbook(path)
    page = book[sheet]
    at = {str(cell.value): int(cell.column or 0) for cell in page[1]}
    page.cell(row, at[column]).value = value
    book.save(path)
    return path


def line(book: Any, sheet: str, **values: Any) -> None:
    """Adds a row to a sheet of a workbook."""
    page = book[sheet]
    number = page.max_row + 1
    usual = {"CreatedBy": AUTHOR, "CreatedOn": "2026-11-01T00:00:00", "ExtSystem": "Another program"}
    for cell in list(page[1]):
        page.cell(number, cell.column).value = (usual | values).get(str(cell.value))


def test_documents_and_spare_parts_are_taken_in_and_rows_without_a_place_are_told(register: Register, rules: Rules, tmp_path: Path) -> None:
    pump = full(register, rules)
    book = openpyxl.load_workbook(written(register, rules, tmp_path / "c.xlsx"))
    row = next(one for one in checked(tmp_path / "c.xlsx").rows["Component"] if one["AssetIdentifier"] == pump)
    about = {"Stage": "As Built", "ApprovalBy": "Information Only", "SheetName": "Component", "RowName": row["Name"]}
    line(book, "Document", Name="Test sheet", Category="Test", Directory="https://docs.example/pumps/", File="p 1.pdf", **about)
    line(book, "Document", Name="Handbook", Category="manual", Directory="https://docs.example/1", File="n/a", **about)
    line(book, "Document", Name="Type data", Category="Data", Directory="M/04", File="d.pdf",
         **about | {"SheetName": "Type", "RowName": row["TypeName"]})
    line(book, "Document", Name="Of the floor", Category="Plan", Directory="M", File="f.pdf",
         **about | {"SheetName": "Facility", "RowName": book["Facility"].cell(2, 1).value})
    line(book, "Spare", Name="Bearing", Category="Part", TypeName=row["TypeName"], Suppliers=AUTHOR, PartNumber="B-7")
    line(book, "Spare", Name="Shaft seal", Category="Part", TypeName=row["TypeName"], Suppliers=AUTHOR, PartNumber="S-1")
    line(book, "Issue", Name="Noise", Type="Other", Risk="Low", Chance="Low", Impact="Low", SheetName1="Component", RowName1=row["Name"],
         Description="Loud", Owner=AUTHOR, Mitigation="None")
    book.save(tmp_path / "d.xlsx")
    report = checked(tmp_path / "d.xlsx")
    assert [one for one in report.findings if one.severity == "error"] == []
    looked = taken(register, rules, tmp_path / "d.xlsx")
    assert [(one.code, one.severity, one.data["sheet"], one.measured) for one in looked.faults] == [
        ("cobie-rows-not-taken", "note", "Issue", "1"), ("cobie-rows-not-taken", "note", "Document", "1")]
    with register.writing("ann", "handover") as writing:
        insist(take_cobie(writing, rules, report), leave_out=False, digest=looked.digest)
    now = register.row(ASSETS, pump).properties
    assert [(one["title"], one.get("url"), one.get("location"), one.get("file")) for one in now["documents"]] == [
        ("Manual", "https://docs.example/1", None, None), ("Test sheet", "https://docs.example/pumps/p%201.pdf", None, None),
        ("Type data", None, "M/04", "d.pdf")]
    assert [(one["name"], one["number"]) for one in now["spare_parts"]] == [("Seal", "S-1"), ("Bearing", "B-7")]
    again = taken(register, rules, tmp_path / "d.xlsx")
    assert not any(one.changes for one in again.outcomes if one.id == pump)
    back = taken(register, rules, written(register, rules, tmp_path / "e.xlsx"))
    assert (set(back.counts), back.faults) == ({"unchanged"}, [])


def test_columns_that_others_call_otherwise_are_read(register: Register, rules: Rules, tmp_path: Path) -> None:
    path = written(register, rules, tmp_path / "c.xlsx")
    book = openpyxl.load_workbook(path)
    others = {"Contact": {"ExternalSystem": "ExtSystem", "ExternalObject": "ExtObject", "ExternalIdentifier": "ExtIdentifier"},
              "Facility": {"CurrencyUnit": "CostUnit"},
              "Type": {"WarrantyGuarantorLabor": "WarrantyGuarantorLabour", "WarrantyDurationLabor": "WarrantyDurationLabour", "Color": "Colour"}}
    for sheet, names in others.items():
        for cell in book[sheet][1]:
            cell.value = names.get(str(cell.value), cell.value)
    book.save(path)
    report = checked(path)
    assert report.findings == []
    assert {sheet: list(report.columns[sheet]) for sheet in others} == {sheet: list(cobie_rules().sheets[sheet].columns) for sheet in others}
    assert taken(register, rules, path).faults == []


@pytest.mark.parametrize("sheet, column, value, code", [
    ("Component", "TypeName", "Nothing", "cobie-reference-missing"), ("Component", "Space", "Nowhere", "cobie-reference-missing"),
    ("Component", "InstallationDate", "soon", "cobie-date-invalid"), ("Component", "Description", None, "cobie-value-missing"),
    ("Contact", "Email", "nobody", "cobie-email-invalid"), ("Floor", "Elevation", "high", "cobie-number-invalid"),
    ("Type", "AssetType", "Hovering", "cobie-value-unlisted"), ("Attribute", "RowName", "Nothing", "cobie-reference-missing"),
    ("Component", "Name", "=1+1", "sheet-formula"), ("Type", "CreatedBy", "x@y.example", "cobie-reference-missing")])
def test_each_rule_finds_its_fault_in_its_cell(register: Register, rules: Rules, tmp_path: Path, sheet: str, column: str, value: Any,
                                               code: str) -> None:
    report = checked(spoiled(written(register, rules, tmp_path / "c.xlsx"), sheet, column, value))
    found = next(one for one in report.findings if one.code == code and one.data["column"] == column)
    assert (found.data["sheet"], found.data["row"]) == (sheet, 2)
    assert found.data["cell"].endswith("2")
    assert found.cure


def test_keys_sheets_and_columns_that_are_missing_or_twice(register: Register, rules: Rules, tmp_path: Path) -> None:
    path = written(register, rules, tmp_path / "c.xlsx")
    book = openpyxl.load_workbook(path)
    book["Component"].cell(3, 1).value = book["Component"].cell(2, 1).value
    del book["Floor"]
    book["Space"].delete_cols(5)
    book.save(path)
    codes = {one.code for one in checked(path).findings}
    assert codes >= {"cobie-key-twice", "cobie-sheet-missing", "cobie-column-missing"}
    page = report_page("<c>.xlsx", checked(path).to_dict(), "zh-Hant")
    assert "&lt;c&gt;" in page
    assert "cobie-key-twice" in page
    assert 'lang="zh-Hant"' in page


def test_a_facility_that_is_not_there_or_not_said(register: Register) -> None:
    with pytest.raises(NotFound):
        scope_of(register.store, building="Elsewhere")
    with pytest.raises(NotFound):
        scope_of(register.store, model="nothing")
    assert scope_of(register.store).name == "Passenger Terminal 1"


def test_an_empty_store_says_what_to_do(store: Store) -> None:
    with pytest.raises(ValueInvalid, match="build"):
        scope_of(store)
