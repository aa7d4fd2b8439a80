"""Functions of time: each becomes comparisons of the starts and ends of two spans."""

from __future__ import annotations

from dataclasses import dataclass

from csdi.errors import FilterInvalid
from csdi.filter.instants import day_end, day_start
from csdi.filter.terms import Call, Constant, Term, Type

_RELATIONS: dict[str, tuple[str, tuple[tuple[str, str, str], ...]]] = {
    "t_after": ("and", (("s", ">", "e"),)),
    "t_before": ("and", (("e", "<", "s"),)),
    "t_contains": ("and", (("s", "<", "s"), ("e", ">", "e"))),
    "t_disjoint": ("or", (("e", "<", "s"), ("s", ">", "e"))),
    "t_during": ("and", (("s", ">", "s"), ("e", "<", "e"))),
    "t_equals": ("and", (("s", "=", "s"), ("e", "=", "e"))),
    "t_finishedby": ("and", (("s", "<", "s"), ("e", "=", "e"))),
    "t_finishes": ("and", (("s", ">", "s"), ("e", "=", "e"))),
    "t_intersects": ("and", (("s", "<=", "e"), ("e", ">=", "s"))),
    "t_meets": ("and", (("e", "=", "s"),)),
    "t_metby": ("and", (("s", "=", "e"),)),
    "t_overlappedby": ("and", (("s", ">", "s"), ("s", "<", "e"), ("e", ">", "e"))),
    "t_overlaps": ("and", (("s", "<", "s"), ("e", ">", "s"), ("e", "<", "e"))),
    "t_startedby": ("and", (("s", "=", "s"), ("e", ">", "e"))),
    "t_starts": ("and", (("s", "=", "s"), ("e", "<", "e"))),
}
"""Name -> how the comparisons join, and each: start or end of the first span, operator, start or end of the second."""

TEMPORAL = frozenset(_RELATIONS)
_INSTANTS_TOO = frozenset({"t_after", "t_before", "t_disjoint", "t_equals", "t_intersects"})


@dataclass(frozen=True, slots=True)
class Span:
    """From start to end, both included; an instant starts where it ends."""

    start: Term
    end: Term
    is_instant: bool = False


def relate(name: str, first: Span, second: Span) -> Term:
    """The function of time as comparisons.

    Raises:
        FilterInvalid: an instant where the function wants intervals.
    """
    if name not in _INSTANTS_TOO and (first.is_instant or second.is_instant):
        raise FilterInvalid(f"{name.upper()} compares two intervals, not instants", remedy="write INTERVAL(start, end)",
                            field="filter")
    if Type.DATETIME in {end.type for span in (first, second) for end in (span.start, span.end)}:
        first, second = _as_times(first), _as_times(second)
    how, comparisons = _RELATIONS[name]
    calls = tuple(Call(op, (_bound(first, a), _bound(second, b))) for a, op, b in comparisons)
    return calls[0] if len(calls) == 1 else Call(how, calls)


def _bound(span: Span, which: str) -> Term:
    return span.start if which == "s" else span.end


def _as_times(span: Span) -> Span:
    return Span(moment(span.start, end=False), moment(span.end, end=True), span.is_instant)


def moment(term: Term, *, end: bool) -> Term:
    """A date as the first or the last moment of its day; a time as it is."""
    if term.type is Type.DATETIME:
        return term
    if isinstance(term, Constant):
        return Constant((day_end if end else day_start)(term.value), Type.DATETIME)
    return Call("day_end" if end else "day_start", (term,), Type.DATETIME)
