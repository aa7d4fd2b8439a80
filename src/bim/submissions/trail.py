"""The audit trail: entries that are only ever added, each sealed with the digest of the one before."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from csdi.chain import BEGIN, Verdict, seal, verify
from csdi.errors import FileBroken

__all__ = ["BEGIN", "Entry", "Verdict", "lines", "read_lines", "seal", "verify"]

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
