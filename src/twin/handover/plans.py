"""Plans: what an import would change, row by row and cell by cell, and the changes themselves, made the same way."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from csdi.errors import AssetInvalid, Conflict, PreconditionFailed
from csdi.feature import Feature
from csdi.finding import Finding
from twin.handover.columns import ATTRIBUTE, same
from twin.register.editing import Editor
from twin.register.entries import State, replayed
from twin.register.keeping import Register
from twin.register.schemas import ASSETS, REVISION

KINDS = ("new", "changed", "unchanged", "conflict", "error")
MOST_TOLD = 1000

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Wish:
    """What one row asks for.

    Attributes:
        row: its number in its sheet, from 1; 0 where it is in none.
        id: of the Asset that it is about; "" for a new one.
        said: column -> value; None takes a value away.
        cells: column -> address of its cell.
        revision: of the state that the row was made from; None where it does not say.
        findings: what is wrong with the row already.
    """

    row: int
    id: str
    said: Mapping[str, Any]
    cells: Mapping[str, str] = field(default_factory=dict)
    sheet: str = ""
    revision: int | None = None
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class CellChange:
    """One value that a row changes."""

    column: str
    cell: str
    old: Any
    new: Any

    def to_dict(self) -> Json:
        """The JSON form."""
        return {"column": self.column, "cell": self.cell, "old": self.old, "new": self.new}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one row: its kind is one of `KINDS`."""

    row: int
    kind: str
    id: str = ""
    tag: str = ""
    changes: tuple[CellChange, ...] = ()
    findings: tuple[Finding, ...] = ()

    def to_dict(self) -> Json:
        """The JSON form."""
        return {"row": self.row, "kind": self.kind, "id": self.id, "tag": self.tag, "changes": [one.to_dict() for one in self.changes],
                "findings": [one.to_dict() for one in self.findings]}


@dataclass
class Plan:
    """All that an import does.

    Attributes:
        outcomes: of all rows that are not `unchanged`.
        counts: rows by kind.
        findings: about the file as a whole; its errors stop all of it.
    """

    outcomes: list[Outcome] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    findings: list[Finding] = field(default_factory=list)

    @property
    def broken(self) -> int:
        """How many rows cannot be taken."""
        return self.counts["error"] + self.counts["conflict"]

    @property
    def is_stopped(self) -> bool:
        """Whether the file as a whole cannot be taken."""
        return any(one.severity == "error" for one in self.findings)

    @property
    def faults(self) -> list[Finding]:
        """All that is wrong, with the file and with its rows, in their order."""
        return [*self.findings, *(fault for one in self.outcomes for fault in one.findings)]

    @property
    def digest(self) -> str:
        """SHA-256 of what it would do: the same for the same file on the same register."""
        told = [[one.row, one.kind, one.id if one.kind != "new" else "", [[c.column, c.old, c.new] for c in one.changes],
                 [fault.code for fault in one.findings]] for one in self.outcomes]
        return hashlib.sha256(orjson.dumps([told, sorted(self.counts.items())], default=str)).hexdigest()

    @property
    def cells(self) -> int:
        """How many values it changes, in rows that are there."""
        return sum(len(one.changes) for one in self.outcomes if one.kind == "changed")

    def note(self, made: Outcome) -> None:
        """Take in what became of a row."""
        self.counts[made.kind] += 1
        if made.kind != "unchanged":
            self.outcomes.append(made)

    def to_dict(self, most: int = MOST_TOLD) -> Json:
        """The JSON form, with at most so many rows; errors and conflicts first."""
        return _told(self.counts, self.cells, self.digest, self.outcomes, most, self.findings)


@dataclass
class Tally:
    """What many plans come to, in bounded memory.

    Attributes:
        digests: of the plans.
        cells: values that change.
        broken_rows, rows: the first rows that cannot be taken, and of the others.
    """

    counts: Counter[str] = field(default_factory=Counter)
    cells: int = 0
    digests: list[str] = field(default_factory=list)
    broken_rows: list[Outcome] = field(default_factory=list)
    rows: list[Outcome] = field(default_factory=list)

    def add(self, plan: Plan) -> None:
        """Take in a plan."""
        self.counts += plan.counts
        self.cells += plan.cells
        self.digests.append(plan.digest)
        for one in plan.outcomes:
            kept = self.broken_rows if one.kind in ("error", "conflict") else self.rows
            if len(kept) < MOST_TOLD:
                kept.append(one)

    @property
    def broken(self) -> int:
        """How many rows cannot be taken."""
        return self.counts["error"] + self.counts["conflict"]

    @property
    def digest(self) -> str:
        """SHA-256 of what they would do."""
        return hashlib.sha256("".join(self.digests).encode()).hexdigest()

    def to_dict(self, most: int = MOST_TOLD) -> Json:
        """The JSON form, as that of a plan."""
        made = _told(self.counts, self.cells, self.digest, [*self.broken_rows, *self.rows], most, ())
        return made | {"rows_left_out": self.counts.total() - self.counts["unchanged"] - len(made["rows"])}


class Planner:
    """Takes wishes one by one, as one editor."""

    def __init__(self, editor: Editor, what: str = "imported") -> None:
        self._editor, self._what = editor, what
        self.plan = Plan()

    def take(self, wishes: Iterable[Wish]) -> Plan:
        """The plan of all wishes; rows whose parent comes further down are tried again at the end."""
        later: list[Wish] = []
        for wish in wishes:
            made = self._taken(wish)
            if made.kind == "error" and any(fault.code == "asset-parent-missing" for fault in made.findings):
                later.append(wish)
            else:
                self.plan.note(made)
        for wish in later:
            self.plan.note(self._taken(wish))
        return self.plan

    def _taken(self, wish: Wish) -> Outcome:
        writing = self._editor.writing
        row = writing.find(ASSETS, wish.id) if wish.id else None
        tag = str((row.properties.get("tag") if row else None) or wish.said.get("tag") or "")
        changes = self._changes(wish, row)
        if any(one.severity == "error" for one in wish.findings):
            return Outcome(wish.row, "error", wish.id, tag, changes, wish.findings)
        if row is None:
            return self._created(wish, tag, changes)
        if not changes:
            return Outcome(wish.row, "unchanged", wish.id, tag)
        if wish.revision is not None and wish.revision != row.properties.get(REVISION):
            base = state_at(writing.register, wish.id, wish.revision)
            changes = tuple(one for one in changes if not same(_at(base, one.column), one.new))
            if not changes:
                return Outcome(wish.row, "unchanged", wish.id, tag)
            return Outcome(wish.row, "conflict", wish.id, tag, changes, (*wish.findings, _conflict(wish, row, base, changes)))
        return self._changed(wish, row, tag, changes)

    def _changes(self, wish: Wish, row: Feature | None) -> tuple[CellChange, ...]:
        before = row.properties if row is not None else {}
        made = []
        for name, value in wish.said.items():
            old = _at(before, name)
            if name == "parent" and isinstance(value, str):
                value = self._editor.writing.tagged(value) or value
            if not same(old, value):
                made.append(CellChange(name, wish.cells.get(name, ""), old, value))
        return tuple(made)

    def _created(self, wish: Wish, tag: str, changes: tuple[CellChange, ...]) -> Outcome:
        try:
            made = self._editor.create(_patch(changes))
        except AssetInvalid as error:
            return Outcome(wish.row, "error", "", tag, changes, (*wish.findings, *faults_of(error, wish)))
        return Outcome(wish.row, "new", made.id, tag, changes, wish.findings)

    def _changed(self, wish: Wish, row: Feature, tag: str, changes: tuple[CellChange, ...]) -> Outcome:
        try:
            self._editor.change(row.id, _patch(changes), int(row.properties.get(REVISION) or 0), self._what)
        except AssetInvalid as error:
            return Outcome(wish.row, "error", row.id, tag, changes, (*wish.findings, *faults_of(error, wish)))
        except PreconditionFailed as error:  # an earlier row of the same file changed it
            return Outcome(wish.row, "conflict", row.id, tag, changes, (*wish.findings, _finding(error.code, error.message, wish, "")))
        return Outcome(wish.row, "changed", row.id, tag, changes, wish.findings)


def insist(plan: Plan, *, leave_out: bool, digest: str = "") -> None:
    """Refuse a plan that may not be carried out.

    Args:
        leave_out: whether rows that cannot be taken are left out; else one of them stops all.
        digest: of the plan that whoever asks has seen; "" for none.

    Raises:
        AssetInvalid: rows or the file are wrong; `findings` says which, `plan` has the counts.
        Conflict: the register changed since then, so that something else would happen.
    """
    if plan.is_stopped or (plan.broken and not leave_out):
        faults = [one for one in plan.faults if one.severity == "error"]
        raise AssetInvalid(f"{plan.broken or 'all'} rows cannot be taken: {faults[0].message}",
                           findings=[one.to_dict() for one in faults[:MOST_TOLD]],
                           counts=dict(plan.counts), remedy="correct them and import again, or leave them out")
    if digest and plan.digest != digest:
        raise Conflict("the register changed since this import was looked at: it would do something else now", expected=digest,
                       value=plan.digest, remedy="look at it again, then apply it")


def state_at(register: Register, id: str, revision: int) -> State:
    """The state of an Asset at one of its revisions; empty where there was none."""
    own = [one for one in register.entries(id) if one.collection == ASSETS and one.feature == id]
    return replayed(own[:max(revision, 0)]).get((ASSETS, id), {})


def fault(code: str, message: str, wish_sheet: str, row: int, column: str, cell: str, *, severity: Any = "error", measured: str = "",
          expected: str = "", cure: str = "") -> Finding:
    """A Finding at a cell."""
    where = f"{wish_sheet}!{cell or row}" if wish_sheet else str(cell or row or "")
    place = {"sheet": wish_sheet, "row": row, "column": column, "cell": cell}
    return Finding(code, severity, message, where, measured[:100], expected, cure, {name: value for name, value in place.items() if value})


def faults_of(error: AssetInvalid | Conflict, wish: Wish) -> Iterator[Finding]:
    """What an error of the register says, at the cells that it is about."""
    said = error.data.get("findings") or [{"code": error.code, "severity": "error", "message": error.message,
                                           "subject": error.data.get("field", ""),
                                           "cure": error.remedy}]
    for one in said:
        if one["severity"] == "error":
            column = str(one.get("subject") or "")
            yield fault(one["code"], one["message"], wish.sheet, wish.row, column, wish.cells.get(column, ""),
                        measured=one.get("measured", ""),
                        expected=one.get("expected", ""), cure=one.get("cure", "") or f"expected: {one.get('expected', '')}")


def _finding(code: str, message: str, wish: Wish, column: str) -> Finding:
    return fault(code, message, wish.sheet, wish.row, column, wish.cells.get(column, ""), cure="export again and repeat the change")


def _conflict(wish: Wish, row: Feature, base: Mapping[str, Any], changes: tuple[CellChange, ...]) -> Finding:
    now = row.properties.get(REVISION)
    both = [one.column for one in changes if not same(_at(base, one.column), one.old)]
    told = f", {', '.join(both)} on both sides" if both else ""
    message = f"the asset is at revision {now}, the row was made from {wish.revision}: it was changed since{told}"
    return _finding("asset-changed-since", message, wish, both[0] if both else changes[0].column)


def _told(counts: Counter[str], cells: int, digest: str, outcomes: Iterable[Outcome], most: int, findings: Iterable[Finding]) -> Json:
    order = {"error": 0, "conflict": 1}
    rows, told = sorted(outcomes, key=lambda one: (order.get(one.kind, 2), one.row)), [one.to_dict() for one in findings]
    return {"counts": {kind: counts[kind] for kind in KINDS}, "cells": cells, "stopped": any(one["severity"] == "error" for one in told),
            "findings": told, "digest": digest, "rows": [one.to_dict() for one in rows[:most]], "rows_left_out": max(0, len(rows) - most)}


def _at(properties: Mapping[str, Any], column: str) -> Any:
    if column.startswith(ATTRIBUTE):
        return (properties.get("properties") or {}).get(column.removeprefix(ATTRIBUTE))
    return properties.get(column)


def _patch(changes: Iterable[CellChange]) -> Json:
    made: Json = {}
    for one in changes:
        if one.column.startswith(ATTRIBUTE):
            made.setdefault("properties", {})[one.column.removeprefix(ATTRIBUTE)] = one.new
        else:
            made[one.column] = one.new
    return made
