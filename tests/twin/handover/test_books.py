"""Spreadsheets that would do harm, or are none, are refused with a reason."""

from __future__ import annotations

import zipfile
from pathlib import Path

import openpyxl
import pytest

from csdi.errors import ArchiveHostile, CsdiError, FileTooLarge, FormatUnknown
from twin.handover import books
from twin.handover.books import read_book
from twin.handover.cells import Formula, Quoted, is_formula, shielded, unshielded


def workbook(path: Path) -> Path:
    book = openpyxl.Workbook()
    page = book.worksheets[0]
    page.append(["tag", "cost"])
    page.append(["A", "=1+1"])
    page["A3"] = "=text"
    page["A3"].data_type = "s"
    page["A3"].quotePrefix = True
    book.save(path)
    return path


def with_part(path: Path, name: str, data: bytes) -> Path:
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, data)
    return path


def test_formulas_are_seen_and_text_that_is_marked_as_text_is_text(tmp_path: Path) -> None:
    (sheet,) = read_book(workbook(tmp_path / "a.xlsx")).sheets
    assert sheet.rows[1] == ("A", Formula("=1+1"))
    assert sheet.rows[2] == ("=text",)
    assert isinstance(sheet.rows[2][0], Quoted)


@pytest.mark.parametrize("part, data, error", [
    ("xl/vbaProject.bin", b"x", FormatUnknown), ("xl/evil.xml", b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', ArchiveHostile),
    ("xl/bomb.xml", b"\0" * (120 << 20), ArchiveHostile)], ids=["macros", "entities", "bomb"])
def test_macros_entities_and_bombs_are_refused(tmp_path: Path, part: str, data: bytes, error: type[CsdiError]) -> None:
    with pytest.raises(error):
        read_book(with_part(workbook(tmp_path / "a.xlsx"), part, data))


@pytest.mark.parametrize("name, head", [("a.xlsm", b"PK\x03\x04"), ("a.xls", b"x"), ("a.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")])
def test_other_workbooks_are_refused(tmp_path: Path, name: str, head: bytes) -> None:
    (tmp_path / name).write_bytes(head)
    with pytest.raises(FormatUnknown, match="xlsx"):
        read_book(tmp_path / name)


def test_a_sheet_far_down_or_wide_is_refused_in_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(books, "MOST_ROWS", 50)
    book = openpyxl.Workbook()
    book.worksheets[0]["A60"] = "x"
    book.worksheets[0]["A1"] = "x"
    book.save(tmp_path / "a.xlsx")
    with pytest.raises(FileTooLarge):
        read_book(tmp_path / "a.xlsx")
    (tmp_path / "a.csv").write_text(",".join(["x"] * 600))
    with pytest.raises(FileTooLarge):
        read_book(tmp_path / "a.csv")


@pytest.mark.parametrize("text, runs", [
    ("=1+1", True), ("@SUM(A1)", True), ("+A1", True), ("-2+3+cmd|' /C calc'!A0", True), ("\t=1", True), ("-5.5", False), ("+852 2182 8888", False),
    ("-", False), ("plain", False), ("'s", False)])
def test_what_runs_is_told_from_what_does_not_and_shields_come_off(text: str, runs: bool) -> None:
    assert is_formula(text) is runs
    assert not is_formula(shielded(text))
    assert unshielded(shielded(text)) == text
