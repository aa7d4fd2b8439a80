"""The states of a submission, and who may lead it from one to the next."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from csdi.transitions import check_transition


class State(StrEnum):
    """Where a submission stands."""

    DRAFT = "draft"
    """The applicant still puts it together."""
    SUBMITTED = "submitted"
    """Handed in; it waits for its audit."""
    CHECKING = "checking"
    """The audit runs."""
    CHECKED = "checked"
    """The audit has ended; nobody has looked at it yet."""
    IN_REVIEW = "in-review"
    """The reviewing parties look at it."""
    RETURNED = "returned"
    """The applicant is asked for a better version."""
    APPROVED = "approved"
    """Its models belong to the twin."""
    SUPERSEDED = "superseded"
    """A newer version of it counts."""
    WITHDRAWN = "withdrawn"
    """The applicant took it back."""


class Actor(StrEnum):
    """As what somebody changes the state of a submission."""

    APPLICANT = "applicant"
    REVIEWER = "reviewer"
    GATEWAY = "gateway"
    """The program itself: the audit that begins and ends."""


_S, _A = State, Actor
_OPEN = (_S.CHECKED, _S.IN_REVIEW, _S.RETURNED)

CHANGES: Mapping[tuple[State, State], frozenset[Actor]] = MappingProxyType({
    (_S.DRAFT, _S.SUBMITTED): frozenset({_A.APPLICANT}),
    (_S.SUBMITTED, _S.CHECKING): frozenset({_A.GATEWAY}),
    (_S.CHECKING, _S.CHECKED): frozenset({_A.GATEWAY}),
    (_S.SUBMITTED, _S.DRAFT): frozenset({_A.APPLICANT, _A.GATEWAY}),
    (_S.CHECKING, _S.DRAFT): frozenset({_A.APPLICANT, _A.GATEWAY}),
    (_S.CHECKED, _S.IN_REVIEW): frozenset({_A.REVIEWER}),
    (_S.CHECKED, _S.RETURNED): frozenset({_A.REVIEWER}),
    (_S.IN_REVIEW, _S.RETURNED): frozenset({_A.REVIEWER}),
    (_S.IN_REVIEW, _S.APPROVED): frozenset({_A.REVIEWER}),
    **{(state, _S.SUPERSEDED): frozenset({_A.GATEWAY}) for state in (*_OPEN, _S.APPROVED)},
    **{(state, _S.WITHDRAWN): frozenset({_A.APPLICANT}) for state in (_S.DRAFT, _S.SUBMITTED, _S.CHECKING, *_OPEN)},
})
"""(from, to) -> who may; whatever is not here cannot happen. Back to draft is a check that was cancelled, or that failed."""

ENDS = frozenset({State.SUPERSEDED, State.WITHDRAWN})
"""States that nothing leads out of."""
EDITABLE = frozenset({State.DRAFT})
"""States in which models, documents and particulars may be changed."""
DECIDABLE = frozenset({State.CHECKED, State.IN_REVIEW, State.RETURNED})
"""States in which findings may be decided on."""
ANSWERABLE = frozenset({State.CHECKED, State.IN_REVIEW, State.RETURNED, State.APPROVED})
"""States that a next version may follow."""


def check_change(now: State, wanted: State, actors: frozenset[Actor]) -> None:
    """Do nothing where one of these actors may lead from `now` to `wanted`. Raises Conflict, AccessDenied."""
    check_transition(CHANGES, now, wanted, actors, "a submission")
