"""Breaches of a schema by what they breach: the first of each are told one by one, the others counted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from bim.finding import Finding, Severity

TOLD = 10
_SHOWN = 160
_RECORDED = {
    "EXP-001": ("error", "write the instance as the STEP format and the schema say"),
    "EXP-002": ("error", "give the attribute a value of its type"),
    "EXP-003": ("error", "fill in the attribute"),
    "EXP-004": ("error", "use a subclass"),
    "EXP-005": ("error", "complete or correct the relationships of the instance"),
    "EXP-006": ("error", "write the 128 bits of a UUID in base 64"),
    "EXP-007": ("error", "give each rooted instance a GlobalId of its own"),
    "EXP-008": ("error", "correct what the rule speaks of"),
    "EXP-009": ("note", ""),
    "EXP-010": ("error", "write the header as ISO 10303-21 says"),
    "EXP-011": ("warning", "check the file again with a longer limit"),
}
"""Code -> severity and cure."""


@dataclass(slots=True)
class Tally:
    """Breaches by code and by what is breached.

    Attributes:
        name: how Findings call the file.
        found: (code, attribute or rule) -> the first Findings.
        counts: (code, attribute or rule) -> how many there are.
    """

    name: str
    found: dict[tuple[str, str], list[Finding]] = field(default_factory=dict)
    counts: dict[tuple[str, str], int] = field(default_factory=dict)

    def add(self, code: str, what: str, message: str, instance: Any = None, *, measured: str = "", expected: str = "") -> None:
        """One breach.

        Args:
            what: the attribute or rule, `IfcWall.CorrectPredefinedType`.
            instance: an instance of the engine, or None for the file.
        """
        key = (code, what)
        self.counts[key] = self.counts.get(key, 0) + 1
        told = self.found.setdefault(key, [])
        if len(told) < TOLD:
            severity, cure = _RECORDED[code]
            told.append(Finding(code, _severity(severity), message[:_SHOWN], self._subject(instance), measured[:_SHOWN], expected[:_SHOWN],
                                cure, {"what": what} if what else {}))

    def merge(self, other: Tally) -> None:
        """Adds what another part of the same file gave."""
        for key, told in other.found.items():
            mine = self.found.setdefault(key, [])
            mine += told[:max(0, TOLD - len(mine))]
            self.counts[key] = self.counts.get(key, 0) + other.counts[key]

    def findings(self) -> list[Finding]:
        """All that is told, by code; what is beyond the first of each is one Finding with its number."""
        return [finding for key in sorted(self.found) for finding in self._told(key)]

    def _told(self, key: tuple[str, str]) -> Iterable[Finding]:
        yield from self.found[key]
        if (rest := self.counts[key] - len(self.found[key])) > 0:
            first = self.found[key][0]
            yield replace(first, message=f"{rest} more such as: {first.message}", subject=self.name, measured=str(rest), expected="",
                          data={**first.data, "count": rest})

    def _subject(self, instance: Any) -> str:
        if instance is None:
            return self.name
        try:
            key = getattr(instance, "GlobalId", None)
        except (RuntimeError, TypeError):
            key = None
        return " > ".join(filter(None, [self.name, f"#{instance.id()}", key if isinstance(key, str) else ""]))


def _severity(word: str) -> Severity:
    return "error" if word == "error" else "note" if word == "note" else "warning"
