"""What the program does with a submission by itself: the beginning and the end of its audit, and of its publication."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from shapely import Point

from bim.submissions.decisions import Decision, standing
from bim.submissions.found import Found, compared
from bim.submissions.keeping import Register, Writing
from bim.submissions.schemas import found_properties
from bim.submissions.states import ANSWERABLE, Actor, State, check_change
from bim.submissions.submission import Submission
from csdi.errors import Conflict
from csdi.feature import Feature
from csdi.store import Store

GATEWAY = "gateway"
"""Who the audit trail names for what the program does by itself."""
_GATEWAY = frozenset({Actor.GATEWAY})
_AUDITED = ANSWERABLE | {State.SUPERSEDED}
"""States that the end of an audit came before."""


class Checking:
    """The audits of a site's submissions. Each step may be taken twice: a job that was killed begins again."""

    def __init__(self, store: Store) -> None:
        self._register = Register(store)

    def queued(self, id: str, job: str) -> Submission:
        """Note which job audits a submission. Nothing happens where it has moved on since."""
        with self._register.writing(GATEWAY) as write:
            one = self._register.submission(id)
            if one.state is not State.SUBMITTED or one.job == job:
                return one
            return write.put(replace(one, job=job), "audit-queued", {"job": job})

    def begin(self, id: str, job: str) -> Submission:
        """The audit of a submission begins.

        Raises:
            NotFound: there is no such submission.
            Conflict: it does not wait for an audit, or another job does that.
        """
        with self._register.writing(GATEWAY) as write:
            one = self._register.submission(id)
            if one.job == job and (one.state is State.CHECKING or one.state in _AUDITED):
                return one
            if one.state is not State.SUBMITTED or one.job not in ("", job):
                raise Conflict(f"'{id}' is {one.state}: this job has nothing to audit", submission=id, state=str(one.state))
            return _moved(write, replace(one, job=job), State.CHECKING, {"job": job})

    def end(self, id: str, job: str, reports: Mapping[str, Mapping[str, Any]], found: Sequence[Found]) -> Submission:
        """The audit has ended: its findings are kept, with what became of those of the version before.

        Args:
            reports: as `Submission.reports`.

        Raises:
            NotFound, Conflict: as `begin`.
        """
        with self._register.writing(GATEWAY) as write:
            one = self._register.submission(id)
            if one.job == job and one.state in _AUDITED:
                return one
            if one.state is not State.CHECKING or one.job != job:
                raise Conflict(f"'{id}' is {one.state}: its audit was given up", submission=id, state=str(one.state))
            rows = list(self._rows(one, found))
            write.findings(id, rows)
            counts = {status: sum(row.properties["status"] == status for row in rows) for status in ("new", "persisting", "solved")}
            digests = {name: report["digest"] for name, report in reports.items()}
            return _moved(write, replace(one, reports=reports), State.CHECKED, {"job": job, "reports": digests, "findings": counts})

    def failed(self, id: str, job: str, error: Mapping[str, Any]) -> None:
        """The audit failed: the submission is a draft again. Nothing happens where another job has taken over."""
        with self._register.writing(GATEWAY) as write:
            one = self._register.submission(id)
            if one.state in (State.SUBMITTED, State.CHECKING) and one.job in ("", job):
                _moved(write, replace(one, job=""), State.DRAFT, {"job": job, "error": dict(error)})

    def publishing(self, id: str, job: str) -> Submission:
        """Note which job publishes the models of an approved submission."""
        with self._register.writing(GATEWAY) as write:
            one = self._register.submission(id)
            return one if one.publication == job else write.put(replace(one, publication=job), "publication-queued", {"job": job})

    def published(self, id: str, versions: Mapping[str, int]) -> Submission:
        """Note under which versions the models of a submission are in the twin."""
        with self._register.writing(GATEWAY) as write:
            one = self._register.submission(id)
            models = tuple(replace(model, published=versions.get(model.name, model.published)) for model in one.models)
            return one if models == one.models else write.put(replace(one, models=models), "models-published", {"versions": dict(versions)})

    def _rows(self, one: Submission, found: Sequence[Found]) -> Iterator[Feature]:
        """Rows of what is found now, and of what is solved since the version before."""
        before = {row.properties["key"]: row for row in self._register.findings(one.previous)} if one.previous else {}
        alive = {key for key, row in before.items() if row.properties["status"] != "solved"}
        status, solved = compared(found, alive)
        decided = self._register.decisions(one.series)
        for this in found:
            old = before.get(this.key) if status[this.key] == "persisting" else None
            yield _row(one, this, status[this.key], old, decided.get(this.key))
        for key in sorted(solved):
            row = before[key]
            yield Feature(_id(one, key), row.geometry, {**row.properties, "submission": one.id, "status": "solved"})


def _row(one: Submission, found: Found, status: str, before: Feature | None, decision: Decision | None) -> Feature:
    first = before.properties["first_seen"] if before else one.id
    return Feature(_id(one, found.key), None if found.place is None else Point(found.place), {
        **found_properties(found), **standing(found, decision), "submission": one.id, "series": one.series, "status": status,
        "first_seen": first})


def _id(one: Submission, key: str) -> str:
    return f"{one.id}.{key[:20]}"


def _moved(write: Writing, one: Submission, state: State, said: Mapping[str, Any]) -> Submission:
    check_change(one.state, state, _GATEWAY)
    return write.put(replace(one, state=state), "state-changed", {"from": str(one.state), "to": str(state), **said})
