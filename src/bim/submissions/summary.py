"""What the signed report of a submission says: what was judged, by which rules and tools, what was found and decided."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from bim.submissions.keeping import Register
from bim.submissions.submission import Submission
from csdi.extent import rfc3339
from csdi.feature import Feature

FORMAT = "csdi submission report 1"
_SAID = ("id", "series", "version", "previous", "state", "title", "applicant", "organisation", "project", "lot", "purpose", "stage")

_DECIDED = ("model", "rule", "code", "global_id", "message", "status", "decision", "decision_reason", "decided_by", "decided_at")


def summary(register: Register, one: Submission) -> dict[str, Any]:
    """The report to be signed.

    `trail` names the last entry of the audit trail: with it, a trail that is cut off later is found out.
    """
    said = one.to_dict()
    rows = list(register.findings(one.id))
    head = register.head
    return {"format": FORMAT, "issued": rfc3339(datetime.now(UTC)), **{name: said[name] for name in _SAID},
            "models": [_model(one, model) for model in said["models"]],
            "documents": [{name: document[name] for name in ("name", "file", "sha256", "size")} for document in said["documents"]],
            "packs": _distinct(pack for report in one.reports.values() for pack in report.get("packs") or ()),
            "tools": {name: version for report in one.reports.values() for name, version in (report.get("tools") or {}).items()},
            "findings": {name: _counts(rows, name) for name in ("status", "severity", "decision")},
            "decisions": [_decision(row) for row in rows if row.properties["decision"]], "parties": said["parties"],
            "trail": {"entries": head.number if head else 0, "head": head.digest if head else ""}}


def _model(one: Submission, model: dict[str, Any]) -> dict[str, Any]:
    audit = one.reports.get(model["name"], {})
    return {**model, "audit": {name: audit.get(name) for name in ("digest", "outcome", "result")} if audit else None}


def _decision(row: Feature) -> dict[str, Any]:
    return {name: row.properties[name] for name in _DECIDED}


def _counts(rows: Iterable[Feature], name: str) -> dict[str, int]:
    return dict(Counter(str(row.properties[name] or "none") for row in rows))


def _distinct(found: Iterable[Any]) -> list[Any]:
    kept: list[Any] = []
    for one in found:
        if one not in kept:
            kept.append(one)
    return kept
