"""Importing Assets from a spreadsheet: the rows of a book as wishes, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from openpyxl.utils import range_boundaries

from csdi.feature import Feature
from csdi.finding import Finding
from twin.handover.books import Book, Sheet, address
from twin.handover.cells import Cell, Formula, Quoted, Unreadable, is_formula, narrow, text_of
from twin.handover.columns import ID, Column, Columns, LocationNames, read_cell, same
from twin.handover.plans import Plan, Planner, Wish, fault
from twin.handover.printing import LISTED
from twin.register.editing import Editor
from twin.register.keeping import Writing, equals
from twin.register.rules import Rules
from twin.register.schemas import ASSETS, LOCATIONS, REVISION

_HEADER_WITHIN = 10
_REQUIRED = ("tag", "name", "asset_class", "status")


def take_book(writing: Writing, rules: Rules, book: Book) -> Plan:
    """What the rows of a book come to, made in a block of changes; `Register.trying` gives one of which nothing is kept."""
    reader = _Rows(writing, rules)
    planner = Planner(Editor(writing, rules))
    sheet, heading = reader.sheet_of(book)
    planner.plan.findings += reader.findings
    if sheet is not None and heading is not None and not planner.plan.is_stopped:
        planner.take(reader.wishes(sheet, heading))
    return planner.plan


@dataclass(frozen=True)
class _Heading:
    """The columns of a sheet: row of their names, and column number (from 1) -> column."""

    row: int
    columns: dict[int, Column]

    @property
    def names(self) -> set[str]:
        return {one.name for one in self.columns.values()}


@dataclass
class _Line:
    """One row while it is read: its cells by column, and what is wrong with it."""

    sheet: str
    row: int
    given: dict[str, Cell]
    cells: dict[str, str]
    revision: int | None
    findings: list[Finding] = field(default_factory=list)

    def is_fresh(self, known: Feature) -> bool:
        """Whether it was made from the present state of its Asset, as far as it says."""
        return self.revision is None or self.revision == known.properties.get(REVISION)

    def fault(self, code: str, message: str, column: str, *, measured: str = "", expected: str = "", cure: str = "") -> None:
        """Note what is wrong with a cell."""
        self.findings.append(fault(code, message, self.sheet, self.row, column, self.cells.get(column, ""), measured=measured,
                                   expected=expected, cure=cure))


class _Rows:
    """Reads the rows of one sheet against the register."""

    def __init__(self, writing: Writing, rules: Rules) -> None:
        self._writing, self._columns = writing, Columns(rules)
        self.findings: list[Finding] = []
        self._classes = {narrow(name).casefold(): key for key, one in rules.classes.items() for name in (*one.names.values(), key)}
        self._places: LocationNames | None = None
        self._seen: dict[str, int] = {}

    def sheet_of(self, book: Book) -> tuple[Sheet | None, _Heading | None]:
        """The first sheet that people see with columns of the register; hidden ones are not read."""
        chosen: tuple[Sheet | None, _Heading | None] = (None, None)
        for sheet in book.sheets:
            heading = self._heading(sheet)
            if heading is None or sheet.name == LISTED:
                continue
            if sheet.hidden or chosen[0] is not None:
                why = "it is hidden" if sheet.hidden else f"'{chosen[0].name}' is"  # type: ignore[union-attr]
                self._tell("sheet-not-read", f"sheet '{sheet.name}' is not read: {why}", sheet.name, severity="warning",
                           cure="show it, or put its rows into the other sheet")
            else:
                chosen = sheet, heading
        if chosen[0] is None:
            self._tell("sheet-header-missing", "no sheet names columns of the register in its first rows", book.sheets[0].name
                       if book.sheets else "",
                       cure="keep the heading of an export: id, tag, asset_class ...")
        elif chosen[1] is not None:
            self._judge(chosen[0], chosen[1])
        return chosen

    def wishes(self, sheet: Sheet, heading: _Heading) -> Iterator[Wish]:
        """The rows below the heading that say something."""
        merged = _merged_cells(sheet, heading)
        for number in range(heading.row + 1, len(sheet.rows) + 1):
            row = sheet.rows[number - 1]
            if any(text_of(cell).strip() for cell in row):
                yield self._wish(sheet.name, number, row, heading, merged.get(number, ""))

    def _heading(self, sheet: Sheet) -> _Heading | None:
        """By machine names where a row has them, else by titles."""
        best: tuple[int, int, dict[int, Column]] = (0, 0, {})
        for number, row in enumerate(sheet.rows[:_HEADER_WITHIN], 1):
            found = {at: column for at, cell in enumerate(row, 1)
                     if isinstance(cell, str) and (column := self._columns.find(cell)) is not None}
            exact = sum(1 for at, column in found.items() if str(row[at - 1]).strip() == column.name)
            score = len(found) + exact
            if score > best[0] and {"tag", ID, "global_id", "asset_class"} & {one.name for one in found.values()}:
                best = score, number, found
        return _Heading(best[1], best[2]) if best[0] else None

    def _judge(self, sheet: Sheet, heading: _Heading) -> None:
        names: dict[str, int] = {}
        for at, cell in enumerate(sheet.rows[heading.row - 1], 1):
            column = heading.columns.get(at)
            if column is None and text_of(cell).strip():
                self._tell("sheet-column-unknown", f"column '{text_of(cell)[:60]}' is not one of the register, and is not read", sheet.name,
                           heading.row, at, severity="warning", cure="put particulars of your own into properties.NAME")
            elif column is not None and column.name in names:
                self._tell("sheet-column-twice", f"column '{column.name}' is there twice", sheet.name, heading.row, at, cure="delete one")
            elif column is not None:
                names[column.name] = at

    def _wish(self, sheet: str, number: int, row: tuple[Cell, ...], heading: _Heading, merged: str) -> Wish:
        cells = {column.name: address(number, at) for at, column in heading.columns.items()}
        given = {column.name: row[at - 1] if at <= len(row) else None for at, column in heading.columns.items()}
        line = _Line(sheet, number, given, cells, _revision(given.get(REVISION)))
        if merged:
            line.fault("sheet-cell-merged", f"cells {merged} are merged: what they say of each row is not known", "",
                       cure="take the merge back, and fill every cell")
        known = self._known(line, heading.names)
        said: dict[str, Any] = {}
        for column in heading.columns.values():
            try:
                self._read(column, line, known, said)
            except Unreadable as wrong:
                shown = text_of(given[column.name])
                line.fault(wrong.code, f"{column.name}: {shown[:60] or 'nothing'} is not {wrong}", column.name, measured=shown,
                           expected=str(wrong), cure=wrong.cure)
        return Wish(number, known.id if known else "", said, cells, sheet, line.revision, tuple(line.findings))

    def _read(self, column: Column, line: _Line, known: Feature | None, said: dict[str, Any]) -> None:
        """Put the value of a cell into what its row says. Raises Unreadable."""
        cell, before = line.given[column.name], column.value(known.properties) if known is not None else None
        if _runs(cell) and not (isinstance(cell, str) and same(before, cell)):
            raise Unreadable("a value, no formula", "sheet-formula", "write the value itself; text that begins so is led by an apostrophe")
        if column.locked:
            if known is not None and line.is_fresh(known) and column.name not in (ID, REVISION) and not _shows(column, cell, before):
                raise Unreadable("as it was: the column is only shown", "sheet-cell-locked", "put the old value back")
            return
        value = self._value(column, cell, before)
        if value is None and known is not None and column.name in _REQUIRED:
            raise Unreadable("there: an asset has a tag, a name, a class and a status", "sheet-value-missing", "fill the cell")
        if value is not None or known is not None:
            said[column.name] = value

    def _value(self, column: Column, cell: Cell, before: Any) -> Any:
        if column.name == "asset_class" and isinstance(cell, str):
            return self._classes.get(narrow(cell).casefold(), narrow(cell)) or None
        value = read_cell(column, cell, before)
        if column.name == "location" and value is not None:
            return self.places.id(str(value)) or value
        return value

    @property
    def places(self) -> LocationNames:
        """What locations are called."""
        if self._places is None:
            self._places = LocationNames(self._writing.register.every(LOCATIONS, fields=("name", "path")))
        return self._places

    def _known(self, line: _Line, names: set[str]) -> Feature | None:
        """The Asset of a row: by its id, or by its tag or GlobalId where the sheet has no column of ids."""
        id, by = narrow(text_of(line.given.get(ID))), ID
        row = self._writing.find(ASSETS, id) if id else None
        if id and row is None:
            line.fault("asset-missing", f"there is no asset '{id[:60]}'", ID, measured=id, cure="leave the id empty for a new asset")
        if not id and ID not in names:
            row, by = self._by_name(line.given)
        if row is not None:
            if row.id in self._seen:
                line.fault("sheet-row-twice", f"row {self._seen[row.id]} is about the same asset", by, measured=row.id,
                           cure="leave one of them out")
            self._seen.setdefault(row.id, line.row)
        return row

    def _by_name(self, given: dict[str, Cell]) -> tuple[Feature | None, str]:
        tag, key = text_of(given.get("tag")).strip(), text_of(given.get("global_id")).strip()
        if tag and (id := self._writing.tagged(tag)):
            return self._writing.find(ASSETS, id), "tag"
        rows = self._writing.register.rows(ASSETS, equals("global_id", key), limit=2) if key else []
        return (self._writing.find(ASSETS, rows[0].id), "global_id") if len(rows) == 1 else (None, "tag")

    def _tell(self, code: str, message: str, sheet: str, row: int = 0, column: int = 0, *, severity: Any = "error", cure: str = "") -> None:
        self.findings.append(fault(code, message, sheet, row, "", address(row, column) if row and column else "", severity=severity,
                                   cure=cure))


def _merged_cells(sheet: Sheet, heading: _Heading) -> dict[int, str]:
    """Row -> a range of merged cells that lies in it, below the heading and in its columns."""
    made: dict[int, str] = {}
    for one in sheet.merged:
        left, top, right, bottom = (int(part or 0) for part in range_boundaries(one))
        if bottom > heading.row and any(left <= at <= right for at in heading.columns):
            made |= dict.fromkeys(range(max(top, heading.row + 1), min(bottom, len(sheet.rows)) + 1), one)
    return made


def _revision(cell: Cell) -> int | None:
    said = narrow(text_of(cell))
    return int(said) if said.isascii() and said.isdigit() and len(said) < 10 else None


def _runs(cell: Cell) -> bool:
    """Whether a spreadsheet would calculate what the cell says."""
    return isinstance(cell, Formula) or (isinstance(cell, str) and not isinstance(cell, Quoted) and is_formula(cell))


def _shows(column: Column, cell: Cell, before: Any) -> bool:
    """Whether a cell still says what the register does."""
    try:
        return same(before, read_cell(column, cell, before))
    except Unreadable:
        return text_of(cell).strip() == text_of(before).strip()
