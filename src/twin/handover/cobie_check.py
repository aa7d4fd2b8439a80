"""COBie workbooks held against their rules: each finding says sheet, row, column and what to do."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, cast

from csdi.feature import FieldType
from csdi.finding import Finding
from twin.handover.books import Book, Sheet, address
from twin.handover.cells import Cell, Formula, Unreadable, text_of, value_of
from twin.handover.cobie_rules import INSTRUCTION, NOTHING, CobieRules, CobieSheet, Rows, cobie_rules, names_of
from twin.handover.plans import fault

_EMAIL = re.compile(r"[^@\s,;<>]+@[^@\s,;<>]+\.[^@\s,;<>.]{2,}")
_NO_SHEET = frozenset({"", "n/a"})
_MOST = 10_000
_DATES = ("CreatedOn",)


@dataclass
class CobieReport:
    """What was found in a workbook.

    Attributes:
        sheets: rows of each sheet that there is.
        rows: what the sheets say, for an import; the number of each row in its sheet is under `#`.
        columns: sheet -> number of each of its columns, from 1.
    """

    findings: list[Finding] = field(default_factory=list)
    sheets: dict[str, int] = field(default_factory=dict)
    rows: Rows = field(default_factory=dict)
    columns: dict[str, dict[str, int]] = field(default_factory=dict)
    left_out: int = 0

    @property
    def errors(self) -> int:
        """How many errors there are."""
        return sum(1 for one in self.findings if one.severity == "error") + self.left_out

    def to_dict(self) -> dict[str, Any]:
        """The JSON form."""
        return {"valid": not self.errors, "errors": self.errors, "warnings": sum(1 for one in self.findings if one.severity == "warning"),
                "sheets": self.sheets, "findings": [one.to_dict() for one in self.findings], "findings_left_out": self.left_out}


def check_cobie(book: Book, rules: CobieRules | None = None) -> CobieReport:
    """Hold a workbook against the rules."""
    return _Checking(book, rules or cobie_rules()).run()


class _Checking:
    def __init__(self, book: Book, rules: CobieRules) -> None:
        self._book, self._rules = book, rules
        self.report = CobieReport()
        self._names: dict[str, dict[str, int]] = {}
        self._at = self.report.columns

    def run(self) -> CobieReport:
        """Read all sheets, then judge their rows."""
        for name, wanted in self._rules.sheets.items():
            self._read(name, wanted)
        if self._book.sheet(INSTRUCTION) is None:
            self._tell("cobie-sheet-missing", f"there is no sheet '{INSTRUCTION}'", INSTRUCTION, severity="warning")
        for name, wanted in self._rules.sheets.items():
            if name in self.report.rows:
                for row in self.report.rows[name]:
                    self._judge(wanted, row)
                self._unique(wanted)
        return self.report

    def _read(self, name: str, wanted: CobieSheet) -> None:
        sheet = self._book.sheet(name)
        if sheet is None or not sheet.rows:
            self._tell("cobie-sheet-missing", f"there is no sheet '{name}'" if sheet is None else f"sheet '{name}' has no heading", name,
                       severity="error" if wanted.least else "warning", cure="add the sheet with its heading")
            return
        at = self._heading(sheet, wanted)
        rows = [{column: row[place - 1] if place <= len(row) else None for column, place in at.items()} | {"#": number}
                for number, row in enumerate(sheet.rows[1:], 2) if any(text_of(cell).strip() for cell in row)]
        self.report.rows[name], self.report.sheets[name], self._at[name] = rows, len(rows), at
        self._names[name] = {}
        for row in rows:
            self._names[name].setdefault(_folded(row.get(wanted.name_column)), cast(int, row["#"]))
        if len(rows) < wanted.least:
            self._tell("cobie-sheet-empty", f"sheet '{name}' has no rows", name, cure=f"at least {wanted.least}")
        if sheet.merged:
            self._tell("sheet-cell-merged", f"cells {sheet.merged[0]} are merged", name, cure="take the merge back")

    def _heading(self, sheet: Sheet, wanted: CobieSheet) -> dict[str, int]:
        there = {text_of(cell).strip().casefold(): at for at, cell in reversed(list(enumerate(sheet.rows[0], 1)))}
        at = {column: there[name.casefold()] for column in wanted.columns for name in reversed(wanted.called(column))
              if name.casefold() in there}
        for column in wanted.columns:
            if column not in at:
                self._tell("cobie-column-missing", f"column '{column}' is missing", wanted.name, 1, column,
                           severity="error" if column in wanted.required else "warning", cure="add it in its place")
        if list(at.values()) != sorted(at.values()):
            self._tell("cobie-column-order", "the columns are not in their order", wanted.name, 1, severity="warning",
                       cure=", ".join(wanted.columns[:6]) + " ...")
        return at

    def _judge(self, wanted: CobieSheet, row: Mapping[str, Any]) -> None:
        for column in self._at[wanted.name]:
            cell: Cell = row.get(column)
            said = text_of(cell).strip()
            if isinstance(cell, Formula):
                self._at_cell("sheet-formula", "a formula is no value", wanted.name, row, column, said, "write the value itself")
            elif not said:
                if column in wanted.required:
                    self._at_cell("cobie-value-missing", f"{column} is missing", wanted.name, row, column, "",
                                  f"fill it; {NOTHING} where it is not known")
            elif said.casefold() != NOTHING or column == wanted.name_column:
                for code, message, cure in self._cell_faults(wanted, column, cell, said):
                    self._at_cell(code, message, wanted.name, row, column, said, cure)
        for of_sheet, of_row in wanted.about:
            self._about(wanted, row, of_sheet, of_row)

    def _cell_faults(self, wanted: CobieSheet, column: str, cell: Cell, said: str) -> Iterator[tuple[str, str, str]]:
        kind = "date" if column in _DATES else "contact" if column == "CreatedBy" else wanted.types.get(column, "")
        if kind == "email" and not _EMAIL.fullmatch(said):
            yield "cobie-email-invalid", f"{column}: '{said[:60]}' is no e-mail address", "name@company.example"
        if kind == "number" and not _reads(cell, FieldType.NUMBER):
            yield "cobie-number-invalid", f"{column}: '{said[:60]}' is no number", "a number without a unit"
        if kind == "date" and not _is_date(cell, said):
            yield "cobie-date-invalid", f"{column}: '{said[:60]}' is no date", "2027-01-31 or 2027-01-31T12:00:00"
        if kind == "contact" and said.casefold() not in self._names.get("Contact", {}):
            yield "cobie-reference-missing", f"{column}: there is no Contact '{said[:60]}'", "add the Contact"
        if (target := wanted.refs.get(column)) and _folded(said) not in self._names.get(target, {}):
            yield "cobie-reference-missing", f"{column}: there is no {target} '{said[:60]}'", f"add the {target}, or correct the name"
        if target := wanted.lists.get(column):
            known = self._names.get(target, {})
            for name in names_of(said, known) if _folded(said) not in known else ():
                if _folded(name) not in known:
                    yield ("cobie-reference-missing", f"{column}: there is no {target} '{name[:60]}'",
                           f"add the {target}, or correct the name")
        if (pick := wanted.picks.get(column)) and said.casefold() not in {one.casefold() for one in self._rules.picks[pick]}:
            yield ("cobie-value-unlisted", f"{column}: '{said[:60]}' is not in the list {pick}",
                   f"one of {', '.join(self._rules.picks[pick][:12])}")

    def _about(self, wanted: CobieSheet, row: Mapping[str, Any], of_sheet: str, of_row: str) -> None:
        sheet, name = text_of(row.get(of_sheet)).strip(), text_of(row.get(of_row)).strip()
        if sheet.casefold() in _NO_SHEET or name.casefold() in _NO_SHEET:
            return
        target = next((one for one in self._rules.sheets if one.casefold() == sheet.casefold()), "")
        known = self._names.get(target, {})
        if not target:
            self._at_cell("cobie-reference-missing", f"{of_sheet}: there is no sheet '{sheet[:40]}'", wanted.name, row, of_sheet, sheet,
                          "name a sheet")
            return
        for one in [name] if _folded(name) in known else names_of(name, known):
            if _folded(one) not in known:
                self._at_cell("cobie-reference-missing", f"{of_row}: there is no {target} '{one[:60]}'", wanted.name, row, of_row, one,
                              f"add the {target}, or correct the name")

    def _unique(self, wanted: CobieSheet) -> None:
        seen: dict[tuple[str, ...], int] = {}
        for row in self.report.rows[wanted.name]:
            key = tuple(_folded(row.get(column)) for column in wanted.key)
            if any(key) and (first := seen.setdefault(key, int(row["#"]))) != row["#"]:
                self._at_cell("cobie-key-twice", f"{' + '.join(wanted.key)} is that of row {first}", wanted.name, row, wanted.key[0],
                              text_of(row.get(wanted.key[0])), "give each row a name of its own")

    def _at_cell(self, code: str, message: str, sheet: str, row: Mapping[str, Any], column: str, measured: str, cure: str) -> None:
        severity = "warning" if code == "cobie-value-unlisted" else "error"
        self._tell(code, message, sheet, int(row["#"]), column, severity=severity, measured=measured, cure=cure)

    def _tell(self, code: str, message: str, sheet: str, row: int = 0, column: str = "", *, severity: Any = "error", measured: str = "",
              cure: str = "") -> None:
        if len(self.report.findings) >= _MOST:
            self.report.left_out += severity == "error"
            return
        place = self._at.get(sheet, {}).get(column)
        self.report.findings.append(fault(code, message, sheet, row, column, address(row, place) if row and place else "",
                                          severity=severity,
                                          measured=measured, cure=cure))


def _folded(cell: Cell) -> str:
    return " ".join(text_of(cell).split()).casefold()


def _reads(cell: Cell, kind: FieldType) -> bool:
    try:
        value_of(cell, kind)
    except Unreadable:
        return False
    return True


def _is_date(cell: Cell, said: str) -> bool:
    if isinstance(cell, (date, datetime)):
        return True
    try:
        datetime.fromisoformat(said)
    except ValueError:
        return _reads(cell, FieldType.DATE)
    return True
