"""Decisions on findings: they hold for the next version of a submission too, as long as what they were made on is as it was."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from bim.submissions.found import Found
from bim.submissions.submission import text
from csdi.errors import ValueInvalid


class Choice(StrEnum):
    """What can be decided on a finding."""

    ACCEPT = "accept"
    """The finding is right, and nothing needs to be done."""
    WAIVE = "waive"
    """The rule does not count here, for a reason that is given."""
    MUST_FIX = "must-fix"
    """The next version has to be without it."""


@dataclass(frozen=True, slots=True)
class Decision:
    """A decision on one finding of a series of submissions.

    Attributes:
        key: of the finding: rule, model and element.
        content: digest of what the decision was made on; with another content it holds no longer.
        submission: in which version it was made.
        at: RFC 3339.
    """

    series: str
    key: str
    content: str
    choice: Choice
    reason: str
    by: str
    at: str
    submission: str

    def holds_for(self, found: Found) -> bool:
        """Whether the finding is what was decided on. What must be fixed must be fixed however it looks now."""
        return self.key == found.key and (self.choice is Choice.MUST_FIX or self.content == found.content)


def read_choice(given: Any) -> tuple[Choice, str]:
    """Choice and reason from their JSON form.

    Raises:
        ValueInvalid: no such choice, or a waiver without a reason.
    """
    if not isinstance(given, Mapping) or set(given) - {"choice", "reason"}:
        raise ValueInvalid("a decision has a choice and a reason", field="choice")
    try:
        choice = Choice(given.get("choice", ""))
    except ValueError:
        raise ValueInvalid(f"'{str(given.get('choice'))[:60]}' cannot be decided", field="choice",
                           remedy=f"one of {', '.join(Choice)}") from None
    return choice, text(given.get("reason", ""), "reason", needed=choice is Choice.WAIVE)


def standing(found: Found, decision: Decision | None) -> dict[str, Any]:
    """What a finding's row says of the decision on it; a decision that holds no longer is told as `lapsed`."""
    if decision is None:
        return {"decision": "", "decision_reason": "", "decided_by": "", "decided_at": None}
    said = str(decision.choice) if decision.holds_for(found) else "lapsed"
    return {"decision": said, "decision_reason": decision.reason, "decided_by": decision.by, "decided_at": decision.at}
