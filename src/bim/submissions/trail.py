"""The audit trail: entries that are only ever added, each sealed with the digest of the one before."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from csdi.errors import FileBroken

BEGIN = "0" * 64
"""What stands for the digest before the first entry."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened.

    Attributes:
        number: 1, 2, ... without gaps.
        time: RFC 3339, UTC.
        who: id of the principal, or `gateway`.
        what: `submission-created`, `state-changed`, ...
        submission: id of the one that it concerns, "" for none.
        particulars: JSON.
        previous: digest of the entry before, `BEGIN` for the first.
        digest: SHA-256, hex, over all the rest (`seal`).
    """

    number: int
    time: str
    who: str
    what: str
    submission: str = ""
    particulars: Mapping[str, Any] = field(default_factory=dict)
    previous: str = BEGIN
    digest: str = ""

    def to_dict(self) -> dict[str, Any]:
        """The JSON form, which is a line of an export."""
        return {"number": self.number, "time": self.time, "who": self.who, "what": self.what, "submission": self.submission,
                "particulars": dict(self.particulars), "previous": self.previous, "digest": self.digest}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a look at a trail gives.

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


def seal(entry: Entry) -> str:
    """The digest of an entry: SHA-256, hex, over its JSON form with sorted keys and without the digest."""
    said = {key: value for key, value in entry.to_dict().items() if key != "digest"}
    return hashlib.sha256(orjson.dumps(said, option=orjson.OPT_SORT_KEYS)).hexdigest()


def verify(entries: Iterable[Entry], head: str = "") -> Verdict:
    """Whether the entries are one unbroken chain from the first on.

    Args:
        head: a digest that must be among them, as a signed report or a witness keeps it: a trail that was cut off at its end is
            in itself a trail.
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


def lines(entries: Iterable[Entry]) -> Iterator[bytes]:
    """JSON lines, one for each entry."""
    return (orjson.dumps(entry.to_dict()) + b"\n" for entry in entries)


def read_lines(text: bytes) -> Iterator[Entry]:
    """Entries of an export. Raises FileBroken with the line that is none."""
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            yield Entry(**orjson.loads(line))
        except (orjson.JSONDecodeError, TypeError) as error:
            raise FileBroken(f"line {number} is no entry of an audit trail: {error}", line=number,
                             remedy="export it again:  csdi audit trail") from None


def _fault(entry: Entry, number: int, previous: str) -> str:
    if entry.number != number:
        return f"entry {number} is missing: the next one is {entry.number}"
    if entry.previous != previous:
        return "it does not follow on the entry before"
    if seal(entry) != entry.digest:
        return "it was changed: its digest is another"
    return ""
