"""Books: spreadsheets read with care, as xlsx or CSV. The only door to openpyxl for reading."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.utils import get_column_letter

from csdi.errors import ArchiveHostile, CsdiError, FileBroken, FileEmpty, FileTooLarge, FormatUnknown
from csdi.formats.encodings import detected
from twin.handover.cells import LONGEST, Cell, Formula, Quoted, unshielded

MOST_ROWS, MOST_COLUMNS, MOST_SHEETS = 200_000, 500, 200
MOST_CELLS = 12_000_000
"""Cells with something in them, of a whole book."""
MOST_UNPACKED = 1 << 30
"""Bytes of an xlsx file unpacked."""
_RATIO, _PARTS = 100, 5000
_RATIO_COUNTS_FROM = 100 << 20
_OLE = b"\xd0\xcf\x11\xe0"
_MACROS = (".xlsm", ".xltm", ".xlsb", ".xls")
_MERGED = re.compile(rb"<(?:\w+:)?mergeCell\s[^>]*?ref=\"([A-Z0-9:]{3,40})\"")
_DECLARED = re.compile(rb"<!(?:DOCTYPE|ENTITY)|<\0!\0(?:D\0O\0C\0T|E\0N\0T)", re.IGNORECASE)
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet.

    Attributes:
        rows: the cells of each row from row 1; rows end where nothing follows.
        merged: ranges of merged cells, such as `B2:C4`.
    """

    name: str
    rows: list[tuple[Cell, ...]]
    hidden: bool = False
    merged: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Book:
    """A spreadsheet: its sheets in order; a CSV is one sheet.

    Attributes:
        kind: `xlsx` or `csv`.
        encoding: of a CSV, as Python names it.
    """

    sheets: tuple[Sheet, ...]
    kind: str
    encoding: str = ""
    notes: tuple[str, ...] = field(default=())

    def sheet(self, name: str) -> Sheet | None:
        """The sheet of a name, letters as they may be; None where there is none."""
        return next((one for one in self.sheets if one.name.strip().casefold() == name.casefold()), None)


def address(row: int, column: int) -> str:
    """What a spreadsheet calls a cell; both count from 1."""
    return f"{get_column_letter(column)}{row}"


def read_book(path: Path, name: str = "") -> Book:
    """A spreadsheet.

    Args:
        name: of the file at home, where `path` has another one.

    Raises:
        FormatUnknown: no spreadsheet, or one with macros or a password.
        FileEmpty, FileBroken: nothing in it; damaged.
        ArchiveHostile: an xlsx that would unpack to far too much, or declares entities.
        FileTooLarge: more rows, columns or cells than a book may have.
    """
    name = name or path.name
    with path.open("rb") as source:
        head = source.read(8)
    if not head:
        raise FileEmpty(f"{name} is empty", file=name)
    if head.startswith(_OLE) or name.lower().endswith(_MACROS):
        raise FormatUnknown(f"{name}: only xlsx without macros and without a password, and CSV, can be read", file=name,
                            remedy="save it as Excel Workbook (.xlsx) or as CSV UTF-8")
    try:
        return _xlsx(path, name) if head.startswith(b"PK") else _csv(path, name)
    except CsdiError:
        raise
    except RecursionError:
        raise ArchiveHostile(f"{name}: nested too deeply", file=name) from None
    except Exception as error:  # openpyxl lets through what its many readers stumble on
        raise FileBroken(f"{name}: cannot be read as a spreadsheet: {str(error)[:200]}", file=name,
                         remedy="open it in a spreadsheet program and save it again") from None


def _xlsx(path: Path, name: str) -> Book:
    _judge(path, name)
    with path.open("rb") as source:
        book = openpyxl.load_workbook(source, read_only=True, data_only=False, keep_links=False)
        sheets, left = [], MOST_CELLS
        for one in book.worksheets[:MOST_SHEETS]:
            rows, used = _rows(one, name, left)
            left -= used
            sheets.append(Sheet(str(one.title), rows, one.sheet_state != "visible", tuple(_merged(one))))
    return Book(tuple(sheets), "xlsx")


def _judge(path: Path, name: str) -> None:
    """Refuse what is no plain workbook before anything of it is parsed."""
    with zipfile.ZipFile(path) as archive:
        parts = archive.infolist()
        size = sum(part.file_size for part in parts)
        far = size > _RATIO_COUNTS_FROM and size > _RATIO * max(path.stat().st_size, 1)
        if size > MOST_UNPACKED or far or len(parts) > _PARTS:
            raise ArchiveHostile(f"{name}: would unpack to {size >> 20} MB in {len(parts)} parts", file=name, limit=MOST_UNPACKED,
                                 remedy="split it in several files")
        names = [part.filename.lower() for part in parts]
        if "xl/workbook.xml" not in names:
            raise FormatUnknown(f"{name} is a zip archive, but no xlsx workbook", file=name, remedy="save it as Excel Workbook (.xlsx)")
        if any("vbaproject" in part or "/macrosheets/" in part for part in names):
            raise FormatUnknown(f"{name} contains macros", file=name, remedy="save it as Excel Workbook (.xlsx) without macros")
        for part in parts:
            if part.filename.lower().endswith((".xml", ".rels")):
                with archive.open(part) as source:
                    if _DECLARED.search(source.read(4096)):
                        raise ArchiveHostile(f"{name}: {part.filename} declares entities", file=name, remedy="save it again")


def _rows(sheet: Any, name: str, left: int) -> tuple[list[tuple[Cell, ...]], int]:
    sheet.reset_dimensions()
    made: list[tuple[Cell, ...]] = []
    used = filled = 0
    for cells in sheet.iter_rows(max_col=MOST_COLUMNS + 1):
        row = _trimmed([_cell(cell) for cell in cells])
        if len(row) > MOST_COLUMNS:
            raise FileTooLarge(f"{name}: sheet '{sheet.title}' has more than {MOST_COLUMNS} columns", limit=MOST_COLUMNS,
                               remedy="leave out what is not needed")
        made.append(row)
        if row:
            used, filled = used + len(row), len(made)
        if filled > MOST_ROWS or used > left or len(made) > (1 << 20):
            raise FileTooLarge(f"{name}: a sheet has at most {MOST_ROWS} rows, a book {MOST_CELLS} cells", limit=MOST_ROWS,
                               remedy="split it in several files")
    return made[:filled], used


def _cell(cell: Any) -> Cell:
    value = cell.value
    if value is None:
        return None
    if cell.data_type == "f" or (not isinstance(value, (str, int, float, bool)) and hasattr(value, "ref")):
        return Formula(str(getattr(value, "text", None) or value))
    if isinstance(value, str):
        return Quoted(value) if value[:1] in "=+-@\t\r\n'" and cell.has_style and cell.style_array.quotePrefix else value[:LONGEST]
    return value  # type: ignore[no-any-return]


def _trimmed(row: list[Cell]) -> tuple[Cell, ...]:
    end = len(row)
    while end and (row[end - 1] is None or row[end - 1] == ""):
        end -= 1
    return tuple(row[:end])


def _merged(sheet: Any) -> Iterator[str]:
    """Ranges of merged cells, which stand behind the cells in the text of a sheet."""
    rest = b""
    with sheet._get_source() as source:
        while chunk := source.read(_CHUNK):
            text = rest + chunk
            end = 0
            for found in _MERGED.finditer(text):
                yield found[1].decode()
                end = found.end()
            rest = text[max(end, len(text) - 200):]


def _csv(path: Path, name: str) -> Book:
    raw = path.read_bytes()
    encoding = detected(raw)
    if b"\0" in raw and encoding != "utf-16":
        raise FormatUnknown(f"{name} is neither a spreadsheet nor a CSV", file=name, remedy="send xlsx or CSV")
    text = raw.decode("utf-8-sig" if encoding == "utf-8" else encoding)
    csv.field_size_limit(1 << 20)
    made: list[tuple[Cell, ...]] = []
    filled = used = 0
    for row in csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True):
        cells = _trimmed([unshielded(cell) if cell else None for cell in row])
        made.append(cells)
        used += len(cells)
        filled = len(made) if cells else filled
        if len(made) > MOST_ROWS or used > MOST_CELLS or len(cells) > MOST_COLUMNS:
            raise FileTooLarge(f"{name}: a CSV has at most {MOST_ROWS} rows and {MOST_COLUMNS} columns", limit=MOST_ROWS,
                               remedy="split it in several files")
    return Book((Sheet(Path(name).stem, made[:filled]),), "csv", encoding)


def _delimiter(text: str) -> str:
    """Comma, semicolon or tab: what stands most often in the first line."""
    first = text.lstrip("\r\n").split("\n", 1)[0]
    return max(",;\t", key=first.count)
