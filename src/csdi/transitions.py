"""Transitions: which state may follow which, who may lead there, and what is said where nobody may."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

from csdi.errors import AccessDenied, Conflict

State = TypeVar("State", bound=StrEnum)
Actor = TypeVar("Actor", bound=StrEnum)


def check_transition(changes: Mapping[tuple[State, State], frozenset[Actor]], now: State, wanted: State, actors: frozenset[Actor],
                     subject: str) -> None:
    """Do nothing where one of these actors may lead from `now` to `wanted`.

    Args:
        changes: (from, to) -> who may; whatever is not there cannot happen.
        subject: what it is that changes, with its article: `a work order`.

    Raises:
        Conflict: nothing leads from the one to the other; names what does.
        AccessDenied: somebody else may do that.
    """
    allowed = changes.get((now, wanted))
    if allowed is None:
        ways = sorted(str(to) for start, to in changes if start is now)
        raise Conflict(f"{subject} that is {now} cannot become {wanted}", state=str(now), wanted=str(wanted),
                       remedy=f"from here it can become: {', '.join(ways) or 'nothing else'}")
    if not allowed & actors:
        raise AccessDenied(f"only the {' or the '.join(sorted(allowed))} may lead {subject} from {now} to {wanted}",
                           remedy="ask as such a principal", action=str(wanted))
