"""The states of a work order, and who may lead it from one to the next."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from csdi.transitions import check_transition


class State(StrEnum):
    """Where a work order stands."""

    REPORTED = "reported"
    """Somebody told of a fault; nobody has looked at it yet."""
    OPEN = "open"
    """It is to be done."""
    ASSIGNED = "assigned"
    """Somebody in particular is to do it."""
    IN_PROGRESS = "in-progress"
    """It is being done."""
    ON_HOLD = "on-hold"
    """It waits for something: a part, access, a permit."""
    DONE = "done"
    """Whoever did it says so."""
    CLOSED = "closed"
    """Somebody looked at what was done and is content."""
    CANCELLED = "cancelled"
    """It is not to be done."""


class Actor(StrEnum):
    """As what somebody changes the state of a work order."""

    MANAGER = "manager"
    """May change the register: an editor."""
    ASSIGNEE = "assignee"
    """The one who is to do it."""


_S = State
_MANAGER, _BOTH = frozenset({Actor.MANAGER}), frozenset(Actor)

CHANGES: Mapping[tuple[State, State], frozenset[Actor]] = MappingProxyType({
    (_S.REPORTED, _S.OPEN): _MANAGER, (_S.REPORTED, _S.ASSIGNED): _MANAGER, (_S.REPORTED, _S.CANCELLED): _MANAGER,
    (_S.OPEN, _S.ASSIGNED): _MANAGER, (_S.OPEN, _S.IN_PROGRESS): _MANAGER,
    (_S.ASSIGNED, _S.OPEN): _MANAGER, (_S.ASSIGNED, _S.IN_PROGRESS): _BOTH, (_S.ASSIGNED, _S.ON_HOLD): _BOTH,
    (_S.IN_PROGRESS, _S.ON_HOLD): _BOTH, (_S.IN_PROGRESS, _S.DONE): _BOTH, (_S.IN_PROGRESS, _S.ASSIGNED): _MANAGER,
    (_S.ON_HOLD, _S.IN_PROGRESS): _BOTH,
    (_S.DONE, _S.CLOSED): _MANAGER, (_S.DONE, _S.IN_PROGRESS): _MANAGER,
    **{(state, _S.CANCELLED): _MANAGER for state in (_S.OPEN, _S.ASSIGNED, _S.IN_PROGRESS, _S.ON_HOLD)},
    (_S.CLOSED, _S.OPEN): _MANAGER, (_S.CANCELLED, _S.OPEN): _MANAGER,
})
"""(from, to) -> who may; whatever is not here cannot happen."""

ENDED = frozenset({State.DONE, State.CLOSED, State.CANCELLED})
"""States in which nothing is left to be done."""
BACKLOG = frozenset(State) - ENDED
"""States in which something is left to be done."""


def check_change(now: State, wanted: State, actors: frozenset[Actor]) -> None:
    """Do nothing where one of these actors may lead from `now` to `wanted`. Raises Conflict, AccessDenied."""
    check_transition(CHANGES, now, wanted, actors, "a work order")


def ways(now: State, actors: frozenset[Actor]) -> list[State]:
    """Where these actors may lead to from here, in the order of the states."""
    return [wanted for wanted in State if CHANGES.get((now, wanted), frozenset()) & actors]
