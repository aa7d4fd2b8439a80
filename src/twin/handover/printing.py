"""Books written: xlsx row by row and CSV, in which nothing can be run. The only door to openpyxl for writing."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import orjson
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font, PatternFill, Protection
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from csdi.errors import ValueInvalid
from csdi.feature import FieldType
from twin.handover.cells import LONGEST, is_formula, shielded
from twin.handover.columns import printable

LISTED = "lists"
"""The sheet of the lists that cells choose from."""
_SPARE_ROWS = 10_000
"""Rows below the last one whose cells offer their lists too."""
_FIRST_DAY = date(1900, 3, 1)
"""Spreadsheet programs count earlier days wrongly, or not at all."""
_SHADE, _GREY = "FFDCE6F1", "FF7F7F7F"


@dataclass(frozen=True, slots=True)
class Printed:
    """One column as it is written.

    Attributes:
        headings: its cells in the heading rows.
        choices: name of a list of the book, "" for none.
        locked: whether a spreadsheet program lets nobody change it.
    """

    headings: tuple[str, ...]
    type: FieldType = FieldType.STRING
    choices: str = ""
    locked: bool = False
    width: float = 16


@dataclass(frozen=True, slots=True)
class PrintedSheet:
    """One sheet as it is written; its rows are asked for once.

    Attributes:
        is_protected: whether locked columns are locked, and only they.
    """

    name: str
    columns: Sequence[Printed]
    rows: Iterable[Sequence[Any]]
    is_protected: bool = False


@dataclass(frozen=True, slots=True)
class Lists:
    """The lists that columns choose from, on a sheet of their own: name -> (value, what it is called)."""

    values: dict[str, list[tuple[Any, str]]] = field(default_factory=dict)


def to_xlsx(path: Path, sheets: Iterable[PrintedSheet], lists: Lists | None = None) -> Path:
    """Write a workbook. Raises ValueInvalid where a value is too long for a cell."""
    book = Workbook(write_only=True)
    kept = lists or Lists()
    try:
        for sheet in sheets:
            _sheet(book, sheet, kept)
        if kept.values:
            _lists(book, kept)
        book.save(path)
    finally:
        for one in book.worksheets:
            with suppress(Exception):
                one.close()
    return path


def to_csv(path: Path, sheet: PrintedSheet) -> Path:
    """Write a sheet as CSV in UTF-8 with a byte order mark, as spreadsheet programs want it."""
    with path.open("w", encoding="utf-8-sig", newline="", errors="replace") as out:
        writer = csv.writer(out, lineterminator="\r\n")
        for at in range(_heading_rows(sheet)):
            writer.writerow([shielded(one.headings[at]) for one in sheet.columns])
        for row in sheet.rows:
            writer.writerow([shielded(_text(value)) for value in row])
    return path


def _heading_rows(sheet: PrintedSheet) -> int:
    return len(sheet.columns[0].headings) if sheet.columns else 0


def _sheet(book: Workbook, sheet: PrintedSheet, lists: Lists) -> None:
    page = book.create_sheet(sheet.name)
    headings = _heading_rows(sheet)
    page.freeze_panes = f"A{headings + 1}"
    for at, column in enumerate(sheet.columns, 1):
        dimension = page.column_dimensions[get_column_letter(at)]
        dimension.width = column.width
        if sheet.is_protected:
            dimension.protection = Protection(locked=column.locked)
    if sheet.is_protected:
        _protect(page)
    for at in range(headings):
        page.append([_heading(page, one.headings[at], is_last=at == headings - 1) for one in sheet.columns])
    count = headings
    cells = [_Cell(page, one, is_protected=sheet.is_protected) for one in sheet.columns]
    for row in sheet.rows:
        page.append([cell.holding(value) for cell, value in zip(cells, row, strict=True)])
        count += 1
    for at, column in enumerate(sheet.columns, 1):
        if column.choices in lists.values:
            _offer(page, at, headings + 1, count + _SPARE_ROWS, column.choices, lists)
    if count > headings:
        page.auto_filter.ref = f"A{headings}:{get_column_letter(max(len(sheet.columns), 1))}{count}"


def _protect(page: Any) -> None:
    protection = page.protection
    protection.sheet = True
    for name in ("formatCells", "formatColumns", "formatRows", "insertRows", "sort", "autoFilter"):
        setattr(protection, name, False)


def _heading(page: Any, text: str, *, is_last: bool) -> Any:
    cell = WriteOnlyCell(page, printable(text))
    cell.data_type = "s"
    cell.font = Font(bold=not is_last, color=_GREY if is_last else None)
    cell.fill = PatternFill("solid", fgColor=_SHADE)
    return cell


class _Cell:
    """The cells of one column, one after the other: each is written before the next is asked for."""

    def __init__(self, page: Any, column: Printed, *, is_protected: bool) -> None:
        self._plain, self._quoted, self._date = (WriteOnlyCell(page) for _ in range(3))
        self._type = column.type
        if column.type is FieldType.STRING:
            self._plain.number_format = "@"
        self._date.number_format = "yyyy-mm-dd"
        self._quoted.quotePrefix = True
        if is_protected and not column.locked:
            for one in (self._plain, self._quoted, self._date):
                one.protection = Protection(locked=False)

    def holding(self, value: Any) -> Any:
        """The cell with a value; None for an empty one."""
        if value is None or value == "":
            return None
        if self._type is FieldType.DATE and isinstance(value, str):
            with suppress(ValueError):
                self._date.value = day = date.fromisoformat(value)
                return self._date if day >= _FIRST_DAY else self._text(value)
            return self._text(value)
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            self._plain.value = value
            return self._plain
        return self._text(_text(value))

    def _text(self, text: str) -> Any:
        said = printable(text)
        if len(said) > LONGEST:
            raise ValueInvalid(f"a value of {len(said)} characters does not fit into a cell", field="columns", limit=LONGEST,
                               remedy="leave its column out")
        cell = self._quoted if is_formula(said) or said[:1] == "'" else self._plain
        cell.value = said
        cell.data_type = "s"
        return cell


def _offer(page: Any, column: int, first: int, last: int, name: str, lists: Lists) -> None:
    """Offer the values of a list in the cells of a column; others are refused by the import, with a reason."""
    at = list(lists.values).index(name)
    letter, count = get_column_letter(2 * at + 1), len(lists.values[name])
    offered = DataValidation("list", formula1=f"{LISTED}!${letter}$2:${letter}${count + 1}", allow_blank=True, showErrorMessage=False)
    where = get_column_letter(column)
    offered.add(f"{where}{first}:{where}{min(last, 1 << 20)}")
    page.data_validations.append(offered)


def _lists(book: Workbook, lists: Lists) -> None:
    page = book.create_sheet(LISTED)
    page.protection.sheet = True
    page.append([_heading(page, text, is_last=False) for name in lists.values for text in (name, "")])
    cells = [_Cell(page, Printed(()), is_protected=False) for _ in range(2 * len(lists.values))]
    for row in _side_by_side(lists):
        page.append([cell.holding(value) for cell, value in zip(cells, row, strict=True)])


def _side_by_side(lists: Lists) -> Iterator[list[Any]]:
    longest = max(map(len, lists.values.values()))
    for at in range(longest):
        yield [part for values in lists.values.values() for part in (values[at] if at < len(values) else (None, None))]


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode() if isinstance(value, (dict, list)) else str(value)
