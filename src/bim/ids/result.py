"""What a check of a model by an IDS gives, ready for JSON."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from bim.finding import Finding
from bim.ids.document import Cardinality
from bim.ids.sentences import Reason, Sentence


class IdsOutcome(StrEnum):
    """What a document, a specification or a requirement says of a model."""

    PASS = "pass"
    FAIL = "fail"
    INVALID = "invalid"
    """The IDS itself cannot be used; the findings say why."""
    NOT_APPLICABLE = "not_applicable"
    """For another IFC version, or the model has nothing that it is for and need not have."""


@dataclass(frozen=True, slots=True)
class Failure:
    """One instance that does not meet a requirement.

    Attributes:
        number: its id in the file.
        global_id: its GlobalId; empty for an instance without one.
        kind: its IFC class.
    """

    number: int
    global_id: str
    kind: str
    name: str
    reason: Reason

    def to_dict(self) -> dict[str, Any]:
        """`{id, GlobalId, class, name, code, data, reason: {language: sentence}}`."""
        return {"id": self.number, "GlobalId": self.global_id, "class": self.kind, "name": self.name, "code": self.reason.code,
                "data": dict(self.reason.data), "reason": self.reason.sentence}


@dataclass(frozen=True, slots=True)
class RequirementResult:
    """What came of one requirement.

    Attributes:
        text: what it asks for, by language.
        passed, failed: how many instances meet it, and how many do not.
        failures: the first of those that do not.
    """

    text: Sentence
    cardinality: Cardinality
    instructions: str
    outcome: IdsOutcome
    passed: int
    failed: int
    failures: tuple[Failure, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The JSON form; `failed` is the true count, however few `failures` are listed."""
        return {"text": self.text, "cardinality": str(self.cardinality), "instructions": self.instructions, "outcome": str(self.outcome),
                "passed": self.passed, "failed": self.failed, "failures": [one.to_dict() for one in self.failures]}


@dataclass(frozen=True, slots=True)
class SpecificationResult:
    """What came of one specification.

    Attributes:
        applicable: how many instances it applies to.
        passed, failed: how many of them meet all requirements, and how many do not.
        reason: why it fails as a whole, or is not applicable, by language; empty otherwise.
    """

    number: int
    name: str
    identifier: str
    description: str
    instructions: str
    outcome: IdsOutcome
    applicable: int = 0
    passed: int = 0
    failed: int = 0
    requirements: tuple[RequirementResult, ...] = ()
    reason: Sentence | None = None

    def to_dict(self) -> dict[str, Any]:
        """The JSON form."""
        return {"number": self.number, "name": self.name, "identifier": self.identifier, "description": self.description,
                "instructions": self.instructions, "outcome": str(self.outcome), "applicable": self.applicable, "passed": self.passed,
                "failed": self.failed, "requirements": [one.to_dict() for one in self.requirements],
                **({"reason": self.reason} if self.reason else {})}


@dataclass(frozen=True, slots=True)
class IdsResult:
    """What a model's check by a document gives.

    Attributes:
        file: the IDS.
        model: how Findings call the model.
        findings: faults of the IDS, then one for each requirement that is not met.
    """

    file: str
    model: str
    title: str
    outcome: IdsOutcome
    specifications: tuple[SpecificationResult, ...]
    findings: tuple[Finding, ...]

    def to_dict(self) -> dict[str, Any]:
        """The JSON form: `{file, model, title, outcome, specifications, findings}`."""
        return {"file": self.file, "model": self.model, "title": self.title, "outcome": str(self.outcome),
                "specifications": [one.to_dict() for one in self.specifications], "findings": [one.to_dict() for one in self.findings]}
