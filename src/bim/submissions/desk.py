"""The desk: all that people and the program can do with submissions, each in one transaction and by one policy."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Protocol, TypeVar
from uuid import uuid4

from bim.packs import shipped
from bim.submissions.decisions import Decision, read_choice, standing
from bim.submissions.keeping import Register, Writing, both, equals
from bim.submissions.readiness import check_ready
from bim.submissions.schemas import FINDINGS, found_of
from bim.submissions.states import ANSWERABLE, DECIDABLE, EDITABLE, Actor, State, check_change
from bim.submissions.submission import (
    MOST,
    Comment,
    Document,
    Submission,
    SubmittedModel,
    party_of,
    text,
    with_particulars,
)
from bim.submissions.trail import Entry
from csdi.access import Action, Principal, may, require
from csdi.errors import AccessDenied, CollectionMissing, Conflict, FeatureMissing, NotFound, ValueInvalid
from csdi.feature import Feature
from csdi.filter import Expression
from csdi.store import Store


class Named(Protocol):
    """A part of a submission that has a name in it."""

    @property
    def name(self) -> str:
        """Part of its address."""
        ...


File = TypeVar("File", bound=Named)
Check = Callable[[Submission], None]
"""Looks at the submission as it is, before a change; what it raises goes through."""


def unchecked(_: Submission) -> None:
    """No condition on the state that a change is made on."""


class Desk:
    """The submissions of a site, for one principal.

    Every method raises NotFound where there is no such submission, or the principal may not know of it, and AccessDenied where it
    may not do this.
    """

    def __init__(self, store: Store, principal: Principal) -> None:
        self.register = Register(store)
        self.principal = principal

    def submissions(self, *, state: str = "", project: str = "", series: str = "", limit: int = 100, offset: int = 0) -> list[Submission]:
        """Those that the principal may see, the one that was changed last first: its own, and for reviewers all."""
        require(self.principal, Action.SUBMIT)
        asked = {"state": state, "project": project, "series": series,
                 "applicant": "" if may(self.principal, Action.REVIEW) else self.principal.id}
        where: Expression | None = None
        for name, value in asked.items():
            where = both(equals(name, value), where) if value else where
        return self.register.submissions(where, limit, offset)

    def submission(self, id: str) -> Submission:
        """One submission."""
        require(self.principal, Action.SUBMIT)
        found = self.register.submission(id)
        if found.applicant != self.principal.id and not may(self.principal, Action.REVIEW):
            raise NotFound(f"there is no submission '{id}'", submission=id, remedy="list the submissions to see yours")
        return found

    def findings(self, id: str, where: Expression | None = None) -> Iterator[Feature]:
        """Findings of a submission, rows of the Collection `findings`."""
        return self.register.findings(self.submission(id).id, where)

    def some_findings(self, id: str, where: Expression | None, limit: int, offset: int = 0) -> tuple[list[Feature], int]:
        """A page of the findings of a submission, and how many there are in all."""
        return self.register.some_findings(self.submission(id).id, where, limit, offset)

    def trail(self, id: str) -> Iterator[Entry]:
        """What happened to a submission, the oldest first."""
        return self.register.trail(self.submission(id).id)

    def create(self, given: Mapping[str, Any]) -> Submission:
        """A new draft with these particulars. Raises ValueInvalid."""
        require(self.principal, Action.SUBMIT)
        id = f"s-{uuid4().hex[:16]}"
        with self.register.writing(self.principal.id) as write:
            made = with_particulars(Submission(id, id, self.principal.id, write.now, write.now), given, tuple(shipped()))
            return write.put(made, "submission-created", {"title": made.title})

    def next_version(self, id: str) -> Submission:
        """A draft that follows on this submission: its particulars and documents, and its models until they are replaced.

        Raises:
            Conflict: it was not yet checked, or a next version is there already.
        """
        with self.register.writing(self.principal.id) as write:
            old = self._own(id)
            if old.state not in ANSWERABLE:
                raise Conflict(f"a submission that is {old.state} has no next version", state=str(old.state),
                               remedy="wait for its audit, or change it while it is a draft")
            if (later := self.register.version(old.series, old.version + 1)) and later.state is not State.WITHDRAWN:
                raise Conflict(f"'{later.id}' is the next version already", submission=later.id, remedy="change that one")
            last = max(one.version for one in self.register.submissions(equals("series", old.series), 1000))
            made = replace(old, id=f"s-{uuid4().hex[:16]}", version=last + 1, previous=old.id, created=write.now, state=State.DRAFT,
                           models=tuple(replace(one, published=0) for one in old.models), comments=(), job="", reports={}, publication="",
                           parties=tuple(replace(one, opinion="", comment="", answered="") for one in old.parties))
            return write.put(made, "version-created", {"previous": old.id, "version": made.version})

    def change(self, id: str, given: Mapping[str, Any], check: Check = unchecked) -> Submission:
        """Other particulars of a draft. Raises ValueInvalid, Conflict."""
        return self._edit(id, check, "particulars-changed", {"fields": sorted(given)},
                          lambda one: with_particulars(one, given, tuple(shipped())))

    def put_model(self, id: str, model: SubmittedModel, check: Check = unchecked) -> Submission:
        """A model of a draft, in place of one of its name. Raises ValueInvalid, Conflict."""
        said = {"name": model.name, "sha256": model.sha256, "file": model.file}
        return self._edit(id, check, "model-added", said, lambda one: replace(one, models=_put(one.models, model)))

    def put_document(self, id: str, document: Document, check: Check = unchecked) -> Submission:
        """A document of a draft, in place of one of its name. Raises ValueInvalid, Conflict."""
        said = {"name": document.name, "sha256": document.sha256, "file": document.file}
        return self._edit(id, check, "document-added", said, lambda one: replace(one, documents=_put(one.documents, document)))

    def drop(self, id: str, part: str, name: str, check: Check = unchecked) -> Submission:
        """A draft without one of its `models` or `documents`. Raises NotFound, Conflict."""
        def without(one: Submission) -> Submission:
            changed = replace(one, models=_but(one.models, name)) if part == "models" else replace(one, documents=_but(one.documents, name))
            if changed == one:
                raise NotFound(f"'{id}' has no '{name}' among its {part}", submission=id)
            return changed
        return self._edit(id, check, f"{part[:-1]}-removed", {"name": name}, without)

    def lead(self, id: str, wanted: str, reason: str = "", check: Check = unchecked) -> Submission:
        """Lead a submission to another state.

        Raises:
            ValueInvalid: no such state, or a return without a reason.
            Conflict: nothing leads there from its state, or it is not ready for that; says what is missing.
        """
        state = _state(wanted)
        said = text(reason, "reason", needed=state is State.RETURNED)
        with self.register.writing(self.principal.id) as write:
            old = self.submission(id)
            check(old)
            check_change(old.state, state, self._actors(old))
            check_ready(old, state, list(self.register.findings(id)) if state is State.APPROVED else [])
            one = self._moved(write, replace(old, job="") if state in (State.DRAFT, State.SUBMITTED) else old, state, said)
            before = self.register.submission(old.previous) if old.previous else None
            if before and state in (State.SUBMITTED, State.APPROVED):
                self._supersede(write, before, one, approved=state is State.APPROVED)
            return one

    def put_party(self, id: str, given: Mapping[str, Any], check: Check = unchecked) -> Submission:
        """A party that reviews: `name`, `title`, `principal`, `deadline`. What a party of that name has answered stays.

        Raises:
            ValueInvalid: naming the field.
        """
        require(self.principal, Action.REVIEW)
        party = party_of(given)
        with self.register.writing(self.principal.id) as write:
            old = self.submission(id)
            check(old)
            was = next((one for one in old.parties if one.name == party.name), party)
            party = replace(party, opinion=was.opinion, comment=was.comment, answered=was.answered)
            said = {"party": party.name, "principal": party.principal, "deadline": party.deadline}
            return write.put(replace(old, parties=_put(old.parties, party)), "party-set", said)

    def drop_party(self, id: str, name: str, check: Check = unchecked) -> Submission:
        """The submission without a party. Raises NotFound."""
        require(self.principal, Action.REVIEW)
        with self.register.writing(self.principal.id) as write:
            old = self.submission(id)
            check(old)
            kept = _but(old.parties, name)
            if len(kept) == len(old.parties):
                raise NotFound(f"'{id}' has no party '{name}'", submission=id)
            return write.put(replace(old, parties=kept), "party-removed", {"party": name})

    def answer(self, id: str, party: str, opinion: str, comment: str = "", check: Check = unchecked) -> Submission:
        """What a party says: it `agrees` or `objects`, the latter with a reason. Raises ValueInvalid, Conflict."""
        require(self.principal, Action.REVIEW)
        if opinion not in ("agrees", "objects"):
            raise ValueInvalid(f"'{opinion[:60]}' is no opinion", field="opinion", remedy="agrees or objects")
        said = text(comment, "comment", needed=opinion == "objects")
        with self.register.writing(self.principal.id) as write:
            old = self.submission(id)
            check(old)
            found = next((one for one in old.parties if one.name == party), None)
            if found is None:
                raise NotFound(f"'{id}' has no party '{party}'", submission=id)
            if found.principal not in ("", self.principal.id):
                raise AccessDenied(f"{self.principal.id} does not speak for '{party}'", remedy=f"ask as {found.principal}")
            if old.state is not State.IN_REVIEW:
                raise Conflict(f"a submission that is {old.state} is not in review", state=str(old.state), remedy="lead it to in-review")
            answered = replace(found, opinion=opinion, comment=said, answered=write.now)
            parties = tuple(answered if one.name == party else one for one in old.parties)
            return write.put(replace(old, parties=parties), "party-answered", {"party": party, "opinion": opinion, "comment": said})

    def comment(self, id: str, said: str) -> Submission:
        """A comment on a submission, by its applicant or a reviewer. Raises ValueInvalid."""
        words = text(said, "text", needed=True)
        with self.register.writing(self.principal.id) as write:
            old = self.submission(id)
            added = Comment(self.principal.id, write.now, words)
            return write.put(replace(old, comments=(*old.comments, added)), "comment-added", {"text": words})

    def decide(self, id: str, finding: str, given: Any, check: Check = unchecked) -> Feature:
        """A decision on one finding; gives its row. It holds in the next versions while what it was made on stays as it is.

        Raises:
            ValueInvalid: no such choice, or a waiver without a reason.
            Conflict: the submission is in no state to decide in, or the finding is solved.
        """
        require(self.principal, Action.REVIEW)
        choice, reason = read_choice(given)
        with self.register.writing(self.principal.id) as write:
            one = self.submission(id)
            check(one)
            row = self.finding(id, finding)
            if one.state not in DECIDABLE or row.properties["status"] == "solved":
                why = f"a submission that is {one.state}" if one.state not in DECIDABLE else "a finding that is solved"
                raise Conflict(f"nothing is decided on {why}", state=str(one.state))
            found = found_of(row)
            made = Decision(one.series, found.key, found.content, choice, reason, self.principal.id, write.now, id)
            write.decide(made)
            changed = Feature(row.id, row.geometry, {**row.properties, **standing(found, made)})
            write.change.write(FINDINGS, [changed])
            write.put(one, "finding-decided", {"finding": row.id, "rule": found.rule, "choice": str(choice), "reason": reason})
            return changed

    def finding(self, id: str, finding: str) -> Feature:
        """One finding of a submission. Raises NotFound."""
        self.submission(id)
        try:
            row = self.register.store.feature(FINDINGS, finding)
        except (CollectionMissing, FeatureMissing):
            row = None
        if row is None or row.properties["submission"] != id:
            raise NotFound(f"'{id}' has no finding '{finding}'", submission=id, finding=finding)
        return row

    def _own(self, id: str) -> Submission:
        """The submission, for its applicant."""
        found = self.submission(id)
        if Actor.APPLICANT not in self._actors(found):
            raise AccessDenied(f"'{id}' belongs to {found.applicant}", remedy=f"ask as {found.applicant}")
        return found

    def _actors(self, one: Submission) -> frozenset[Actor]:
        owns = one.applicant == self.principal.id or may(self.principal, Action.OPERATE)
        held = {Actor.APPLICANT: owns, Actor.REVIEWER: may(self.principal, Action.REVIEW)}
        return frozenset(actor for actor, holds in held.items() if holds)

    def _edit(self, id: str, check: Check, what: str, said: Mapping[str, Any], after: Callable[[Submission], Submission]) -> Submission:
        with self.register.writing(self.principal.id) as write:
            old = self._own(id)
            check(old)
            if old.state not in EDITABLE:
                raise Conflict(f"a submission that is {old.state} cannot be changed", state=str(old.state),
                               remedy="begin its next version, or lead it back to draft")
            return write.put(after(old), what, said)

    def _moved(self, write: Writing, one: Submission, state: State, reason: str) -> Submission:
        said = {"from": str(one.state), "to": str(state), **({"reason": reason} if reason else {})}
        return write.put(replace(one, state=state), "state-changed", said)

    def _supersede(self, write: Writing, before: Submission, by: Submission, *, approved: bool) -> None:
        """The version before does not count any more; one that is approved counts until the next one is."""
        if before.state in (State.CHECKED, State.IN_REVIEW, State.RETURNED) or (approved and before.state is State.APPROVED):
            check_change(before.state, State.SUPERSEDED, frozenset({Actor.GATEWAY}))
            self._moved(write, before, State.SUPERSEDED, f"superseded by {by.id}")


def _but(files: tuple[File, ...], name: str) -> tuple[File, ...]:
    return tuple(file for file in files if file.name != name)


def _put(files: tuple[File, ...], one: File) -> tuple[File, ...]:
    others: tuple[File, ...] = _but(files, one.name)
    if len(others) >= MOST:
        raise ValueInvalid(f"a submission has at most {MOST} of these", field="name", remedy="divide it into several submissions")
    return (*others, one)


def _state(wanted: str) -> State:
    try:
        return State(wanted)
    except ValueError:
        raise ValueInvalid(f"there is no state '{wanted[:60]}'", field="state", value=wanted[:60],
                           remedy=f"one of {', '.join(State)}") from None


