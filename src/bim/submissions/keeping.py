"""Where submissions are kept: as Features, with every change and its entry in the audit trail in one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from bim.submissions.decisions import Choice, Decision
from bim.submissions.schemas import (
    DECISIONS,
    FINDINGS,
    HOOKS,
    SUBMISSIONS,
    TRAIL,
    collections,
    entry_of,
    entry_row,
    submission_of,
    submission_row,
)
from bim.submissions.submission import Submission
from bim.submissions.trail import BEGIN, Entry, seal
from csdi.errors import CollectionMissing, FeatureMissing, NotFound
from csdi.extent import rfc3339
from csdi.feature import Feature
from csdi.filter import Expression, Literal, Op, Property
from csdi.query import Query, Sort
from csdi.store import Store, Transaction, scan
from csdi.store.base import has_collection


class Register:
    """The submissions of a site, in its store."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def submission(self, id: str) -> Submission:
        """One submission. Raises NotFound."""
        try:
            return submission_of(self.store.feature(SUBMISSIONS, id))
        except (CollectionMissing, FeatureMissing):
            raise NotFound(f"there is no submission '{id}'", remedy="list the submissions to see their ids", submission=id) from None

    def submissions(self, where: Expression | None = None, limit: int = 100, offset: int = 0) -> list[Submission]:
        """Submissions, the one that was changed last first."""
        return [submission_of(row) for row in self.rows(SUBMISSIONS, where, (Sort("changed", True), Sort("id", True)), limit, offset)]

    def version(self, series: str, number: int) -> Submission | None:
        """One version of a series; None where there is none."""
        found = self.submissions(both(equals("series", series), equals("version", number)), 1)
        return found[0] if found else None

    def findings(self, submission: str, where: Expression | None = None) -> Iterator[Feature]:
        """Rows of findings, by id."""
        if self.exists():
            yield from scan(self.store, FINDINGS, Query(filter=both(equals("submission", submission), where)))

    def some_findings(self, submission: str, where: Expression | None, limit: int, offset: int) -> tuple[list[Feature], int]:
        """A page of the rows of findings, and how many match."""
        if not self.exists():
            return [], 0
        page = self.store.search(FINDINGS, Query(filter=both(equals("submission", submission), where), limit=limit, offset=offset))
        return list(page.features), page.matched or 0

    def decisions(self, series: str) -> dict[str, Decision]:
        """Key of a finding -> the decision on it."""
        if not self.exists():
            return {}
        rows = scan(self.store, DECISIONS, Query(filter=equals("series", series)))
        return {row.properties["key"]: decision_of(row) for row in rows}

    def trail(self, submission: str = "") -> Iterator[Entry]:
        """Entries of the audit trail in their order, all or those of one submission."""
        if self.exists():
            where = equals("submission", submission) if submission else None
            yield from (entry_of(row) for row in scan(self.store, TRAIL, Query(filter=where, sort=(Sort("number"),))))

    @property
    def head(self) -> Entry | None:
        """The last entry of the audit trail."""
        rows = self.rows(TRAIL, None, (Sort("number", True),), 1)
        return entry_of(rows[0]) if rows else None

    def hooks(self, submission: str) -> list[Feature]:
        """Webhooks of a submission and of the whole site."""
        return self.rows(HOOKS, Op("or", (equals("submission", submission), equals("submission", ""))), (), 1000)

    def rows(self, id: str, where: Expression | None, sort: tuple[Sort, ...] = (), limit: int = 100, offset: int = 0) -> list[Feature]:
        """Features of one of the Collections; none before the first submission."""
        if not self.exists():
            return []
        query = Query(filter=where, sort=sort, limit=limit, offset=offset, count=False)
        return list(self.store.search(id, query).features)

    def exists(self) -> bool:
        """Whether anything was ever submitted."""
        return has_collection(self.store, SUBMISSIONS)

    @contextmanager
    def writing(self, who: str) -> Iterator[Writing]:
        """Changes by one principal, kept together at the end of the block or not at all."""
        with self.store.transaction() as change:
            for one in collections():
                if not has_collection(self.store, one.id):
                    change.create(one)
            yield Writing(self, change, who)


class Writing:
    """Changes in one transaction; each is told to the audit trail."""

    def __init__(self, register: Register, change: Transaction, who: str) -> None:
        self.change = change
        self.now = rfc3339(datetime.now(UTC))
        self._who = who
        self._head = register.head

    def put(self, one: Submission, what: str, particulars: Mapping[str, Any]) -> Submission:
        """Keep a submission as it is now; `what` happened is noted."""
        one = replace(one, changed=self.now)
        self.change.write(SUBMISSIONS, [submission_row(one)])
        self.note(what, one.id, particulars)
        return one

    def decide(self, one: Decision) -> None:
        """Keep a decision in place of an earlier one on the same finding."""
        self.change.write(DECISIONS, [Feature(f"{one.series}.{one.key}", None, {
            "series": one.series, "key": one.key, "content": one.content, "choice": str(one.choice), "reason": one.reason, "by": one.by,
            "at": one.at, "submission": one.submission})])

    def findings(self, submission: str, rows: Iterable[Feature]) -> None:
        """Keep these findings of a submission in place of all that it had."""
        self.change.delete(FINDINGS, filter=equals("submission", submission))
        self.change.write(FINDINGS, rows)

    def note(self, what: str, submission: str, particulars: Mapping[str, Any]) -> Entry:
        """Add an entry to the audit trail."""
        number, previous = (self._head.number + 1, self._head.digest) if self._head else (1, BEGIN)
        bare = Entry(number, self.now, self._who, what, submission, particulars, previous)
        self._head = replace(bare, digest=seal(bare))
        self.change.write(TRAIL, [entry_row(self._head)])
        return self._head


def equals(name: str, value: str | int) -> Expression:
    """The condition that a property has a value."""
    return Op("=", (Property(name), Literal(value)))


def both(first: Expression, second: Expression | None) -> Expression:
    """The condition that both hold."""
    return first if second is None else Op("and", (first, second))


def decision_of(row: Feature) -> Decision:
    """The decision that was kept."""
    p = row.properties
    return Decision(p["series"], p["key"], p["content"], Choice(p["choice"]), p["reason"], p["by"], p["at"], p["submission"])
