"""What a rule says of a model: one of six outcomes, with what was measured and what was found."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from bim.finding import Finding


class Outcome(StrEnum):
    """The six things that a rule can say. Nothing passes that was not measured."""

    PASS = "pass"
    FAIL = "fail"
    WARNING = "warning"
    REFER = "refer"
    """A person or another body must decide."""
    NOT_APPLICABLE = "not_applicable"
    """The model has nothing that the rule speaks of."""
    NOT_CHECKED = "not_checked"
    """It could not be measured; `Judgement.reason` says why."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What one rule says of one model.

    Attributes:
        rule: the rule's id, `GRF005` or `AHR-001`.
        measured: how many subjects (instances, pairs, places) were measured.
        reason: why it was not checked, or whom it is referred to.
    """

    rule: str
    outcome: Outcome
    findings: tuple[Finding, ...] = ()
    measured: int = 0
    reason: str = ""

    def __post_init__(self) -> None:
        if self.outcome is Outcome.PASS and not self.measured:
            raise ValueError(f"{self.rule} cannot pass: nothing was measured")

    def to_dict(self) -> dict[str, Any]:
        """The JSON form: `{id, outcome, measured, findings, reason}`."""
        return {"id": self.rule, "outcome": str(self.outcome), "measured": self.measured,
                "findings": [finding.to_dict() for finding in self.findings], **({"reason": self.reason} if self.reason else {})}


def judged(rule: str, measured: int, findings: Iterable[Finding]) -> Judgement:
    """The outcome that follows from what was measured and found: any error fails, else any finding warns, else it passes.

    With nothing measured and nothing found the rule is not applicable.
    """
    found = tuple(findings)
    if any(finding.severity == "error" for finding in found):
        outcome = Outcome.FAIL
    elif found:
        outcome = Outcome.WARNING
    else:
        outcome = Outcome.PASS if measured else Outcome.NOT_APPLICABLE
    return Judgement(rule, outcome, found, measured)


def not_checked(rule: str, reason: str) -> Judgement:
    """The rule could not be measured."""
    return Judgement(rule, Outcome.NOT_CHECKED, reason=reason)
