"""What a normative rule is: an id, its titles, and a function that measures a model and tells its faults."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from bim.finding import Finding, Severity
from bim.ifc import Entity
from bim.normative.context import Context

_SOURCE = "https://github.com/buildingSMART/ifc-gherkin-rules/tree/main/features/rules/{part}"
_SEVERITY: dict[str, Severity] = {"practice": "warning", "disabled": "warning"}


@dataclass(frozen=True, slots=True)
class Fault:
    """One breach of a rule.

    Attributes:
        entity: the instance; None for the file itself.
        message: one line for a person.
        measured, expected: what is there and what should be, as text.
        cure: what to do about it.
    """

    entity: Entity | None
    message: str
    measured: str = ""
    expected: str = ""
    cure: str = ""


@dataclass(frozen=True, slots=True)
class Result:
    """How many subjects a rule measured in a model, and what it found there: faults, or Findings that another module made."""

    measured: int
    faults: Iterable[Fault] = ()
    findings: tuple[Finding, ...] = ()


Judge = Callable[[Context], Result]


@dataclass(frozen=True, slots=True)
class Rule:
    """A normative rule.

    Attributes:
        id: functional part and number, `SPS001`.
        kind: `agreement` of implementers, informal `proposition` of the standard, or `critical`; industry `practice` and those that
            buildingSMART has `disabled`, whose breach warns.
        titles: by language: `en`, `zh-Hant`, `zh-Hans`.
        judge: measures a model.
    """

    id: str
    kind: str
    titles: Mapping[str, str]
    judge: Judge

    @property
    def part(self) -> str:
        """The functional part, `SPS`."""
        return self.id[:3]

    @property
    def source(self) -> str:
        """Where the rule's text is published."""
        return _SOURCE.format(part=self.part)

    @property
    def severity(self) -> Severity:
        """Of its findings."""
        return _SEVERITY.get(self.kind, "error")


def told(rule: Rule, context: Context, fault: Fault) -> Finding:
    """The Finding for a fault; its code is the rule's id."""
    model = context.model
    subject = model.name if fault.entity is None else model.subject(fault.entity)
    return Finding(rule.id, rule.severity, fault.message, subject, fault.measured, fault.expected, fault.cure)


@lru_cache(maxsize=32)
def table(name: str) -> tuple[Mapping[str, str], ...]:
    """The rows of a table of this package, by column; its source is stated in docs/normative.md."""
    text = (files("bim.normative") / "tables" / f"{name}.csv").read_text(encoding="utf-8")
    return tuple(csv.DictReader(text.splitlines()))
