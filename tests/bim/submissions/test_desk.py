"""Submissions at the desk: who sees and does what, and decisions that outlast a version as long as their object does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from bim.submissions.checking import Checking
from bim.submissions.desk import Desk
from bim.submissions.found import Found
from bim.submissions.keeping import Register
from bim.submissions.states import State
from bim.submissions.submission import Submission, SubmittedModel
from csdi.access import Principal, Role
from csdi.errors import AccessDenied, Conflict, NotFound, ValueInvalid
from csdi.store import Store, open_store

ANN, BOB, ROY = Principal("ann", Role.APPLICANT), Principal("bob", Role.APPLICANT), Principal("roy", Role.REVIEWER)
MODEL = SubmittedModel("tower", "architecture", "tower.ifc", "0" * 64, 10)


@pytest.fixture
def store() -> Iterator[Store]:
    opened = open_store("memory:")
    yield opened
    opened.close()


def found(key: str, content: str = "c", severity: str = "error") -> Found:
    """A finding."""
    return Found(key, content, "tower", f"R-{key}", f"R-{key}", severity, {"en": f"{key} is wrong"}, place=(811000.0, 818000.0, 12.0))


def checked(store: Store, id: str, *findings: Found) -> Submission:
    """The submission after an audit that found these."""
    job = f"job-{id}"
    Desk(store, ANN).lead(id, "submitted")
    Checking(store).begin(id, job)
    return Checking(store).end(id, job, {"tower": {"digest": "d", "result": "checked"}}, list(findings))


def draft(store: Store) -> str:
    """The id of a draft with a model."""
    id = Desk(store, ANN).create({"title": "Tower", "stage": "construction", "lot": "TCTL 30"}).id
    Desk(store, ANN).put_model(id, MODEL)
    return id


def told(store: Store, id: str) -> dict[str, tuple[str, str]]:
    """Key of a finding -> (status, decision)."""
    return {row.properties["key"]: (row.properties["status"], row.properties["decision"]) for row in Desk(store, ROY).findings(id)}


def decide(store: Store, id: str, key: str, choice: str, reason: str = "") -> None:
    """A reviewer's decision."""
    row = next(row for row in Desk(store, ROY).findings(id) if row.properties["key"] == key)
    Desk(store, ROY).decide(id, row.id, {"choice": choice, "reason": reason})


def test_strangers_know_nothing_of_a_submission_and_the_public_may_not_ask(store: Store) -> None:
    id = draft(store)
    with pytest.raises(NotFound):
        Desk(store, BOB).submission(id)
    with pytest.raises(AccessDenied):
        Desk(store, Principal("public")).submissions()
    assert not Desk(store, BOB).submissions()
    assert [one.id for one in Desk(store, ROY).submissions(project="")] == [id]


def test_a_draft_needs_a_title_and_a_model_and_names_both_when_they_are_missing(store: Store) -> None:
    id = Desk(store, ANN).create({}).id
    with pytest.raises(Conflict) as raised:
        Desk(store, ANN).lead(id, "submitted")
    assert len(raised.value.data["missing"]) == 2


def test_what_was_submitted_cannot_be_changed_and_a_reviewer_changes_no_draft(store: Store) -> None:
    id = draft(store)
    with pytest.raises(AccessDenied):
        Desk(store, ROY).change(id, {"title": "Mine"})
    Desk(store, ANN).lead(id, "submitted")
    with pytest.raises(Conflict):
        Desk(store, ANN).put_model(id, MODEL)


def test_findings_are_new_then_persist_then_are_solved(store: Store) -> None:
    first = draft(store)
    checked(store, first, found("a"), found("b"))
    assert told(store, first) == {"a": ("new", ""), "b": ("new", "")}
    second = Desk(store, ANN).next_version(first).id
    assert checked(store, second, found("b"), found("c")).version == 2
    assert told(store, second) == {"a": ("solved", ""), "b": ("persisting", ""), "c": ("new", "")}
    assert Register(store).submission(first).state is State.SUPERSEDED
    third = Desk(store, ANN).next_version(second).id
    checked(store, third, found("a"))
    assert told(store, third) == {"a": ("new", ""), "b": ("solved", ""), "c": ("solved", "")}


def test_a_waiver_outlasts_a_version_until_its_element_changes_and_what_must_be_fixed_must_be_fixed(store: Store) -> None:
    first = draft(store)
    checked(store, first, found("a"), found("b"), found("c"))
    decide(store, first, "a", "waive", "agreed with the airport")
    decide(store, first, "b", "waive", "temporary")
    decide(store, first, "c", "must-fix")
    second = Desk(store, ANN).next_version(first).id
    checked(store, second, found("a"), found("b", "moved"), found("c", "moved"))
    assert told(store, second) == {"a": ("persisting", "waive"), "b": ("persisting", "lapsed"), "c": ("persisting", "must-fix")}
    with pytest.raises(ValueInvalid):
        decide(store, second, "b", "waive")
    with pytest.raises(AccessDenied):
        Desk(store, ANN).decide(second, next(Desk(store, ANN).findings(second)).id, {"choice": "accept"})


def test_an_approval_needs_all_errors_decided_and_all_parties_heard(store: Store) -> None:
    id = draft(store)
    checked(store, id, found("a"), found("b", severity="warning"))
    Desk(store, ROY).put_party(id, {"name": "fire", "title": "Fire services"})
    Desk(store, ROY).put_party(id, {"name": "late", "deadline": "2020-01-01T00:00:00Z"})
    Desk(store, ROY).lead(id, "in-review")
    with pytest.raises(Conflict) as raised:
        Desk(store, ROY).lead(id, "approved")
    assert raised.value.data["missing"] == ["nothing is decided on 1 errors", "Fire services has not answered"]
    decide(store, id, "a", "accept")
    Desk(store, ROY).answer(id, "fire", "objects", "no hydrant")
    with pytest.raises(Conflict, match="Fire services objects"):
        Desk(store, ROY).lead(id, "approved")
    Desk(store, ROY).answer(id, "fire", "agrees")
    assert Desk(store, ROY).lead(id, "approved").state is State.APPROVED


def test_an_approved_version_counts_until_the_next_one_is_approved(store: Store) -> None:
    first = draft(store)
    checked(store, first)
    Desk(store, ROY).lead(first, "in-review")
    Desk(store, ROY).lead(first, "approved")
    second = Desk(store, ANN).next_version(first).id
    with pytest.raises(Conflict):
        Desk(store, ANN).next_version(first)
    checked(store, second)
    assert Register(store).submission(first).state is State.APPROVED
    Desk(store, ROY).lead(second, "in-review")
    Desk(store, ROY).lead(second, "approved")
    assert Register(store).submission(first).state is State.SUPERSEDED


def test_a_party_with_a_principal_is_spoken_for_by_nobody_else(store: Store) -> None:
    id = draft(store)
    checked(store, id)
    Desk(store, ROY).put_party(id, {"name": "fire", "principal": "fay"})
    Desk(store, ROY).lead(id, "in-review")
    with pytest.raises(AccessDenied):
        Desk(store, ROY).answer(id, "fire", "agrees")
    assert Desk(store, Principal("fay", Role.REVIEWER)).answer(id, "fire", "agrees").parties[0].opinion == "agrees"


def test_an_audit_that_was_given_up_changes_nothing_any_more(store: Store) -> None:
    id = draft(store)
    Desk(store, ANN).lead(id, "submitted")
    Checking(store).begin(id, "job-1")
    Desk(store, ANN).lead(id, "draft")
    with pytest.raises(Conflict):
        Checking(store).end(id, "job-1", {}, [found("a")])
    Desk(store, ANN).lead(id, "submitted")
    Checking(store).begin(id, "job-2")
    Checking(store).failed(id, "job-1", {})
    assert Register(store).submission(id).state is State.CHECKING


@pytest.mark.parametrize("given", [{"title": 5}, {"stage": "ruin"}, {"packs": ["nowhere"]}, {"packs": "common"}, {"titel": "x"},
                                   {"title": "x" * 5000}, {"lot": "\x00"}])
def test_particulars_that_cannot_be_are_refused_by_name(store: Store, given: dict[str, object]) -> None:
    with pytest.raises(ValueInvalid) as raised:
        Desk(store, ANN).create(given)
    assert raised.value.data["field"] in given


def test_a_submission_reads_back_as_it_was_written(store: Store) -> None:
    one = Register(store).submission(draft(store))
    assert Submission.from_dict(one.to_dict()) == one
    assert replace(one, title="Other").mark != one.mark
