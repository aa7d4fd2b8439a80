"""Findings: one thing that was found on a subject in a user's model or layer."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Severity = Literal["error", "warning", "note"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found, where, what was measured, and how to cure it.

    Attributes:
        code: stable, three letters of the functional part and a number, such as `GRF-001`.
        severity: error, warning or note.
        message: one line for a person.
        subject: the path to it: `file.ifc > #123 > GlobalId`.
        measured: what is there, as text; empty when nothing was measured.
        expected: what should be there; empty when that cannot be said.
        cure: what to do about it.
        data: machine-readable particulars, JSON-compatible.
    """

    code: str
    severity: Severity
    message: str
    subject: str = ""
    measured: str = ""
    expected: str = ""
    cure: str = ""
    data: dict[str, Any] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """The JSON form; empty parts are left out; `Finding(**finding.to_dict())` is the same finding."""
        return {key: value for key, value in asdict(self).items() if value}

