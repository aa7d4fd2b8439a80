"""COBie workbooks written: every sheet with its columns in order, instructions and lists."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from csdi.feature import FieldType
from twin.handover.cobie_rules import INSTRUCTION, PICK_LISTS, CobieRules, CobieSheet, Rows, cobie_rules
from twin.handover.printing import Printed, PrintedSheet, to_xlsx

_SAID = (("Title", "COBie"), ("Version", "2"), ("Release", "4"), ("Status", "IFC4"), ("Region", "Hong Kong"),
         ("Facility", ""), ("Heights", "metres above the Hong Kong Principal Datum (EPSG:5738)"),
         ("Coordinates", "HK1980 Grid (EPSG:2326): X is easting, Y is northing, in metres"),
         ("Unknown values", "n/a"), ("Keys", "Component: AssetIdentifier, then ExtIdentifier, then Name"))


def write_cobie(path: Path, rows: Rows) -> Path:
    """Write the rows of all sheets as xlsx. Raises ValueInvalid where a value does not fit into a cell."""
    return to_xlsx(path, _sheets(rows, cobie_rules()))


def _sheets(rows: Rows, rules: CobieRules) -> Iterator[PrintedSheet]:
    facility = next((str(row["Name"]) for row in rows.get("Facility", ())), "")
    said = [(name, facility if name == "Facility" else value) for name, value in _SAID]
    yield PrintedSheet(INSTRUCTION, [Printed(("Instruction",), width=24), Printed(("Text",), width=80)], said)
    for name, sheet in rules.sheets.items():
        yield PrintedSheet(name, [_printed(sheet, column) for column in sheet.columns], _cells(sheet, rows.get(name, ())))
    longest = max(map(len, rules.picks.values()))
    yield PrintedSheet(PICK_LISTS, [Printed((name,)) for name in rules.picks],
                       [[values[at] if at < len(values) else None for values in rules.picks.values()] for at in range(longest)])


def _printed(sheet: CobieSheet, column: str) -> Printed:
    kind = FieldType.NUMBER if sheet.types.get(column) == "number" or column == "Value" else FieldType.STRING
    return Printed((column,), kind, width=24 if column in (sheet.name_column, "Description") else 16)


def _cells(sheet: CobieSheet, rows: Any) -> Iterator[list[Any]]:
    row: Mapping[str, Any]
    for row in rows:
        yield [row.get(column) for column in sheet.columns]
