"""Cells of spreadsheets: what is harmless text, and which value of a field a cell stands for."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime, time
from math import isfinite
from typing import Any

import orjson

from csdi.feature import FieldType
from twin.register.values import day

LONGEST = 32_767
"""Characters of a cell."""
_RISKY = ("=", "+", "-", "@", "\t", "\r", "\n")
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?")
_GROUPED = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?")
_CALLED = re.compile(r"[+\-]?[\d\s()./\-]*")
_SHIELDED = re.compile(r"'+[=+\-@\t\r\n]")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?Z?)?|\d{1,2}[/.]\d{1,2}[/.]\d{4}|\d{8}")
_CHINESE_DATE = re.compile(r"(\d{4})年(\d{1,2})月(\d{1,2})[日號号]")
_ASIAN_DATE = re.compile(r"(\d{4})[/.](\d{1,2})[/.](\d{1,2})")
_YES, _NO = frozenset({"true", "yes", "y", "1", "是", "有"}), frozenset({"false", "no", "n", "0", "否", "無", "无"})


class Quoted(str):
    """Text that whoever wrote it marked as text."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Formula:
    """What a spreadsheet would calculate."""

    text: str


Cell = str | int | float | bool | date | datetime | time | Formula | None


class Unreadable(ValueError):
    """A cell that stands for no value of its field; the text says what it would have to be."""

    def __init__(self, wanted: str, code: str = "sheet-value-unreadable", cure: str = "") -> None:
        super().__init__(wanted)
        self.code, self.cure = code, cure or f"write {wanted}"


def is_formula(text: str) -> bool:
    """Whether a spreadsheet that is given this text could run it; numbers and telephone numbers are harmless."""
    return text.startswith(_RISKY) and not _NUMBER.fullmatch(text) and not _CALLED.fullmatch(text)


def shielded(value: Any) -> str:
    """Text for a CSV that no spreadsheet calculates: an apostrophe leads what could be a formula; `unshielded` takes it away."""
    said = "" if value is None else str(value)
    risky = said.startswith(_RISKY) and not _NUMBER.fullmatch(said)
    return f"'{said}" if risky or _SHIELDED.match(said) else said


def unshielded(text: str) -> str:
    """The text that was led by an apostrophe; any other text as it is."""
    return Quoted(text[1:]) if _SHIELDED.match(text) else text


def narrow(text: str) -> str:
    """Text with full-width digits, letters and signs as plain ones, without blanks around it."""
    return unicodedata.normalize("NFKC", text).strip()


def text_of(cell: Cell) -> str:
    """A cell as text, "" where it is empty: 12.0 is `12`, a date is ISO 8601."""
    if cell is None:
        return ""
    if isinstance(cell, Formula):
        return cell.text
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat()
    if isinstance(cell, (date, time)):
        return cell.isoformat()
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    return str(cell)


def value_of(cell: Cell, type: FieldType) -> Any:
    """The value of a field that a cell stands for; None for an empty cell. Raises Unreadable."""
    if isinstance(cell, str) and not isinstance(cell, Quoted) and not cell.strip():
        return None
    if cell is None:
        return None
    return _READERS.get(type, _string)(cell)


def _string(cell: Cell) -> str:
    if isinstance(cell, bool):
        return "true" if cell else "false"
    said = text_of(cell)
    return str(said) if isinstance(cell, Quoted) else said.strip()


def _number(cell: Cell) -> float | int:
    if isinstance(cell, (int, float)) and not isinstance(cell, bool) and isfinite(cell):
        return int(cell) if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1 << 53 else cell
    said = narrow(text_of(cell)) if isinstance(cell, str) else ""
    if _GROUPED.fullmatch(said):
        said = said.replace(",", "")
    if not _NUMBER.fullmatch(said):
        raise Unreadable("a number such as 12.5, without a unit")
    found = float(said)
    if not isfinite(found):
        raise Unreadable("a number that is finite")
    return int(found) if found.is_integer() and abs(found) < 1 << 53 else found


def _integer(cell: Cell) -> int:
    try:
        found = _number(cell)
    except Unreadable:
        found = 0.5
    if not isinstance(found, int):
        raise Unreadable("a whole number")
    return found


def _date(cell: Cell) -> str:
    """ISO 8601, or day/month/year as Hong Kong writes it, or 2027年1月31日, or a date cell."""
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    said = narrow(cell) if isinstance(cell, str) else ""
    for form in (_CHINESE_DATE, _ASIAN_DATE):
        if found := form.fullmatch(said):
            said = f"{int(found[1]):04d}-{int(found[2]):02d}-{int(found[3]):02d}"
    made = day(said) if _DATE.fullmatch(said) else None
    if made is None:
        raise Unreadable("a date such as 2027-01-31 or 31/01/2027")
    return made


def _boolean(cell: Cell) -> bool:
    said = narrow(text_of(cell)).casefold()
    if said not in _YES | _NO:
        raise Unreadable("true or false")
    return said in _YES


def _json(cell: Cell) -> Any:
    try:
        return orjson.loads(text_of(cell))
    except orjson.JSONDecodeError:
        raise Unreadable("JSON: an object or a list") from None


_READERS = {FieldType.NUMBER: _number, FieldType.INTEGER: _integer, FieldType.DATE: _date, FieldType.BOOLEAN: _boolean,
            FieldType.JSON: _json}
