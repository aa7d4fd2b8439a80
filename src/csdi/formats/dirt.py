"""Dirt: attribute values that are no values, such as `N/A`, `[np.float64(34.0)]`, broken characters or -1 for not known.

Values are published as they are; what is found is told with counts, examples and ids.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from csdi.feature import Field, FieldType
from csdi.finding import Finding, Severity

_EXAMPLES, _IDS = 3, 20
_MOST = 0.8
"""From this share of numbers or dates on, a column of text is meant to hold nothing else."""


@dataclass(frozen=True, slots=True)
class _Kind:
    """One kind of dirt in text: RE2 pattern, severity, message (count, column), cure."""

    code: str
    pattern: str
    severity: Severity
    message: str
    cure: str


_TEXT = (
    _Kind("attribute-program-text", r"\bnp\.\w+\(|\barray\(|\bobject at 0x|^\s*\[.*\]\s*$|^\s*\{.*\}\s*$", "warning",
          "{n} values of '{column}' are lists or objects of a program, as text", "write one value, or a column of JSON"),
    _Kind("attribute-null-text", r"(?i)^\s*(n/?a|#n/a|null|<null>|none|nan|nil|undefined|#ref!|#value!|#div/0!|-+|\?+)\s*$", "warning",
          "{n} values of '{column}' are words for nothing", "leave the value out"),
    _Kind("attribute-damaged-text", "\ufffd|ï¿½|Ã[\u0080-\u00bf]|â€|[äåæçè][\u0080-\u00bf]{2}", "warning",
          "{n} values of '{column}' have broken characters", "export it again with the right encoding"),
    _Kind("attribute-control-characters", r"[\x01-\x08\x0b\x0c\x0e-\x1f]", "warning",
          "{n} values of '{column}' have control characters", "remove them at the source"),
    _Kind("attribute-blanks", r"^\s+\S|\S\s+$|^\s+$", "note",
          "{n} values of '{column}' begin or end with blanks", "trim them at the source"),
)
_NUMBER = r"^\s*[-+]?(\d{1,3}(,\d{3})+|\d+)(\.\d+)?\s*$"
_DATE = r"^\s*\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])"
_SENTINELS = (-1.0, -9.0, -99.0, -999.0, -9999.0, -99999.0, -32768.0, -2147483648.0)


@dataclass(slots=True)
class _Tally:
    """How often, where, and what."""

    count: int = 0
    ids: list[str] = field(default_factory=list)
    values: list[str] = field(default_factory=list)

    def add(self, hits: pa.Array, values: pa.Array, ids: Sequence[str]) -> None:
        """`hits`: bool for each value; nulls count as no."""
        at = pc.indices_nonzero(hits.fill_null(False))
        self.count += len(at)
        for i in at[:_IDS].to_pylist():
            if len(self.ids) < _IDS:
                self.ids.append(ids[i])
            text = str(values[i].as_py())[:80]
            if len(self.values) < _EXAMPLES and text not in self.values:
                self.values.append(text)


@dataclass(slots=True)
class _Column:
    """What is known of one column so far."""

    total: int = 0
    least: float | None = None
    numbers: int = 0
    dates: int = 0
    tallies: dict[str, _Tally] = field(default_factory=dict)

    def tally(self, name: str) -> _Tally:
        return self.tallies.setdefault(name, _Tally())


class Dirt:
    """Looks at batch after batch of a layer's columns."""

    def __init__(self, fields: Sequence[Field], columns: Mapping[str, str]) -> None:
        """`columns`: field name -> column of the batches."""
        self._fields = [(f, columns[f.name]) for f in fields]
        self._found = {f.name: _Column() for f in fields}

    def look(self, ids: Sequence[str], batch: pa.RecordBatch) -> None:
        """One batch."""
        for known, column in self._fields:
            found, values = self._found[known.name], batch.column(column)
            if pa.types.is_dictionary(values.type):
                values = values.dictionary_decode()
            if known.type is FieldType.STRING and (pa.types.is_string(values.type) or pa.types.is_large_string(values.type)):
                _look_at_text(found, values, ids)
            elif known.type in (FieldType.INTEGER, FieldType.NUMBER):
                _look_at_numbers(found, values.cast(pa.float64(), safe=False), ids)

    def findings(self, subject: str) -> list[Finding]:
        """What was found, column by column."""
        return [finding for known, _ in self._fields for finding in _findings(known.name, self._found[known.name], subject)]


def _look_at_text(found: _Column, values: pa.Array, ids: Sequence[str]) -> None:
    written = pc.match_substring_regex(values, r"\S")
    found.total += pc.sum(written).as_py() or 0
    for kind in _TEXT:
        hits = pc.match_substring_regex(values, kind.pattern)
        if pc.any(hits).as_py():
            found.tally(kind.code).add(hits, values, ids)
    for name, pattern in (("numbers", _NUMBER), ("dates", _DATE)):
        fits = pc.match_substring_regex(values, pattern)
        setattr(found, name, getattr(found, name) + (pc.sum(fits).as_py() or 0))
        odd = found.tally(f"not {name}")
        if len(odd.ids) < _IDS:
            odd.add(pc.and_not(written, fits), values, ids)


def _look_at_numbers(found: _Column, values: pa.Array, ids: Sequence[str]) -> None:
    values = values.filter(pc.is_finite(values)) if pc.any(pc.is_nan(values)).as_py() else values
    found.total += len(values) - values.null_count
    special = pc.is_in(values, pa.array(_SENTINELS))
    if pc.any(special).as_py() and len(values) == len(ids):
        for one in _SENTINELS:
            hits = pc.equal(values, one)
            if pc.any(hits).as_py():
                found.tally(f"{one:g}").add(hits, values, ids)
    least = pc.min(values.filter(pc.invert(special))).as_py()
    if least is not None:
        found.least = least if found.least is None else min(found.least, least)


def _findings(column: str, found: _Column, subject: str) -> list[Finding]:
    said = [_said(kind.code, kind.severity, kind.message, kind.cure, column, found.tallies[kind.code], subject)
            for kind in _TEXT if kind.code in found.tallies]
    for name, code in (("numbers", "attribute-not-a-number"), ("dates", "attribute-not-a-date")):
        fitting = getattr(found, name)
        if found.total >= 5 and _MOST * found.total <= fitting < found.total:
            tally = found.tallies[f"not {name}"]
            tally.count = found.total - fitting
            said.append(_said(code, "warning", f"{{n}} values of '{{column}}' are no {name}, unlike all others",
                              "correct them, or leave them out", column, tally, subject))
    if found.least is not None and found.least >= 0:
        said += [_said("attribute-sentinel", "warning", f"{{n}} values of '{{column}}' are {name}, and no other is below zero",
                       "leave out what is not known", column, tally, subject)
                 for name, tally in found.tallies.items() if name.startswith("-")]
    return said


def _said(code: str, severity: Severity, message: str, cure: str, column: str, tally: _Tally, subject: str) -> Finding:
    return Finding(code, severity, message.format(n=tally.count, column=column), subject, measured=", ".join(tally.values), cure=cure,
                   data={"column": column, "count": tally.count, "examples": list(tally.values), "ids": list(tally.ids)})
