"""Chains: entries that are only ever added, each sealed with the digest of the one before."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import orjson

BEGIN = "0" * 64
"""What stands for the digest before the first entry."""


class Link(Protocol):
    """An entry of a chain.

    Attributes:
        number: 1, 2, ... without gaps.
        previous: digest of the entry before, `BEGIN` for the first.
        digest: SHA-256, hex, over all the rest (`seal`).
    """

    @property
    def number(self) -> int: ...  # noqa: D102

    @property
    def previous(self) -> str: ...  # noqa: D102

    @property
    def digest(self) -> str: ...  # noqa: D102

    def to_dict(self) -> Mapping[str, Any]:
        """The JSON form."""
        ...


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a look at a chain gives.

    Attributes:
        entries: how many were right before the first that is not.
        head: digest of the last of these.
        broken: number that the first broken entry has, or should have; None where all are right.
        reason: what is wrong with it.
    """

    entries: int
    head: str
    broken: int | None = None
    reason: str = ""

    def to_dict(self) -> dict[str, Any]:
        """The JSON form."""
        return {"intact": self.broken is None, "entries": self.entries, "head": self.head,
                **({"broken": self.broken, "reason": self.reason} if self.broken is not None else {})}


def seal(entry: Link) -> str:
    """The digest of an entry: SHA-256, hex, over its JSON form with sorted keys and without the digest."""
    said = {key: value for key, value in entry.to_dict().items() if key != "digest"}
    return hashlib.sha256(orjson.dumps(said, option=orjson.OPT_SORT_KEYS)).hexdigest()


def verify(entries: Iterable[Link], head: str = "") -> Verdict:
    """Whether the entries are one unbroken chain from the first on.

    Args:
        head: a digest that must be among them, as a signed report or a witness keeps it: a chain that was cut off at its end is
            in itself a chain.
    """
    number, previous, seen = 0, BEGIN, not head
    for entry in entries:
        reason = _fault(entry, number + 1, previous)
        if reason:
            return Verdict(number, previous, number + 1, reason)
        number, previous = entry.number, entry.digest
        seen = seen or entry.digest == head
    if not seen:
        return Verdict(number, previous, number + 1, f"no entry has the digest {head}: the trail was cut off or written anew")
    return Verdict(number, previous)


def _fault(entry: Link, number: int, previous: str) -> str:
    if entry.number != number:
        return f"entry {number} is missing: the next one is {entry.number}"
    if entry.previous != previous:
        return "it does not follow on the entry before"
    if seal(entry) != entry.digest:
        return "it was changed: its digest is another"
    return ""
