"""What a submission needs before it can go on: models to be submitted, decisions and opinions to be approved."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from bim.submissions.decisions import Choice
from bim.submissions.states import State
from bim.submissions.submission import Submission
from csdi.errors import Conflict
from csdi.feature import Feature

_SETTLED = (str(Choice.ACCEPT), str(Choice.WAIVE))


def check_ready(one: Submission, wanted: State, findings: Sequence[Feature]) -> None:
    """Do nothing where the submission has what it needs for the state that is wanted.

    Args:
        findings: rows of its findings; looked at for an approval only.

    Raises:
        Conflict: says all that is missing, with `missing` as data.
    """
    missing = list(_for_submitting(one) if wanted is State.SUBMITTED else _for_approval(one, findings) if wanted is State.APPROVED else ())
    if missing:
        raise Conflict(f"'{one.id}' cannot become {wanted} yet: {'; '.join(missing)}", submission=one.id, missing=missing,
                       remedy="see to that first")


def _for_submitting(one: Submission) -> Iterator[str]:
    if not one.models:
        yield "it has no model"
    if not one.title:
        yield "it has no title"


def _for_approval(one: Submission, findings: Sequence[Feature]) -> Iterator[str]:
    for name, report in one.reports.items():
        if report.get("result") != "checked":
            yield f"the model {name} could not be read"
    alive = [row.properties for row in findings if row.properties["status"] != "solved"]
    if must := sum(row["decision"] == str(Choice.MUST_FIX) for row in alive):
        yield f"{must} findings must be fixed"
    if open_ := sum(row["severity"] == "error" and row["decision"] not in (*_SETTLED, str(Choice.MUST_FIX)) for row in alive):
        yield f"nothing is decided on {open_} errors"
    now = datetime.now(UTC)
    for party in one.unanswered:
        if party.opinion == "objects":
            yield f"{party.title or party.name} objects"
        elif not party.is_late(now):
            yield f"{party.title or party.name} has not answered"
