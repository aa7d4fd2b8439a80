"""What an audit says of one file, as data that is the same for the same file, rules and tools."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from bim.check import Judgement, Outcome
from bim.finding import Finding

_WORST = (Outcome.FAIL, Outcome.NOT_CHECKED, Outcome.REFER, Outcome.WARNING, Outcome.PASS, Outcome.NOT_APPLICABLE)


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage of the audit.

    Attributes:
        outcome: of what the stage itself found; rules and IDS have outcomes of their own.
        seconds: of wall clock; no part of the digest.
    """

    id: str
    outcome: Outcome
    findings: tuple[Finding, ...] = ()
    reason: str = ""
    seconds: float = 0.0

    def to_dict(self) -> dict[str, Any]:
        """The JSON form."""
        return {"id": self.id, "outcome": str(self.outcome), "findings": [one.to_dict() for one in self.findings],
                **({"reason": self.reason} if self.reason else {}), "seconds": round(self.seconds, 3)}


@dataclass(frozen=True, slots=True)
class Report:
    """The whole audit of one file.

    Attributes:
        result: `checked`, or `refused` where the file cannot be read at all; then `error` says why.
        ids: an answer per IDS file, `{file, outcome: pass|fail|invalid, specifications}`.
        packs: rule packs, `{id, version, digest}`.
        tools: name -> version of what judged.
    """

    file: str
    sha256: str
    schema: str
    result: str
    stages: tuple[Stage, ...]
    rules: tuple[Judgement, ...] = ()
    ids: tuple[Mapping[str, Any], ...] = ()
    packs: tuple[Mapping[str, Any], ...] = ()
    tools: Mapping[str, str] = field(default_factory=dict)
    error: Mapping[str, Any] | None = None

    @property
    def outcome(self) -> Outcome:
        """The worst of all stages, rules and IDS; a rule that fails with warnings alone counts as a warning."""
        said = {stage.outcome for stage in self.stages} | {_weighed(rule) for rule in self.rules}
        said |= {Outcome.PASS if one["outcome"] == "pass" else Outcome.FAIL for one in self.ids}
        return next(one for one in _WORST if one in said or one is Outcome.NOT_APPLICABLE)

    @property
    def digest(self) -> str:
        """SHA-256, hex, of all but the times."""
        return hashlib.sha256(orjson.dumps(_timeless(self._body()), option=orjson.OPT_SORT_KEYS)).hexdigest()

    @property
    def counts(self) -> dict[str, int]:
        """Outcome -> number of rules."""
        return dict(Counter(str(rule.outcome) for rule in self.rules))

    def to_dict(self) -> dict[str, Any]:
        """The JSON form."""
        return {**self._body(), "digest": self.digest}

    def _body(self) -> dict[str, Any]:
        return {"file": self.file, "sha256": self.sha256, "schema": self.schema, "result": self.result, "outcome": str(self.outcome),
                "counts": self.counts, **({"error": dict(self.error)} if self.error else {}),
                "stages": [stage.to_dict() for stage in self.stages], "rules": [rule.to_dict() for rule in self.rules],
                "ids": [dict(one) for one in self.ids], "packs": [dict(one) for one in self.packs], "tools": dict(self.tools)}


def _weighed(rule: Judgement) -> Outcome:
    grave = any(finding.severity == "error" for finding in rule.findings)
    return Outcome.WARNING if rule.outcome is Outcome.FAIL and rule.findings and not grave else rule.outcome


def _timeless(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _timeless(one) for key, one in value.items() if key != "seconds"}
    return [_timeless(one) for one in value] if isinstance(value, list) else value
