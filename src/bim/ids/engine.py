"""A model checked by an IDS: each specification finds what it applies to, and asks it for what it requires."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from bim.finding import Finding, few
from bim.ids import document as doc
from bim.ids.audit import specification_findings
from bim.ids.checks import Verdicts, ask, candidates
from bim.ids.columns import Columns, Mask, Subjects
from bim.ids.document import Cardinality, Ids, Specification
from bim.ids.result import Failure, IdsOutcome, IdsResult, RequirementResult, SpecificationResult
from bim.ids.sentences import Reason, required
from bim.ifc import Entity, Model, value_of

KEPT = 50
"""How many failures of a requirement are listed."""


def check(ids: Ids, model: Model, *, kept: int = KEPT) -> IdsResult:
    """What each specification says of a model.

    A specification that is itself faulty is `invalid` and not run; it makes the whole document `invalid`, and so does a fault in the
    structure of the file, with which nothing is run. One for other IFC versions than the model's is not applicable; but where all are, they
    are run all the same, and a warning says so: a document must not pass for being for another version.

    Args:
        kept: how many failures of a requirement are listed; the counts are always true.
    """
    engine = _Engine(ids, model, kept)
    results = tuple(engine.result(one) for one in ids.specifications)
    faulty = any(finding.severity == "error" for finding in engine.findings)
    failed = any(one.outcome is IdsOutcome.FAIL for one in results)
    outcome = IdsOutcome.INVALID if faulty else IdsOutcome.FAIL if failed else IdsOutcome.PASS
    unmet = [finding for one in results for finding in _unmet(one, ids.name, model.name)]
    findings = (*engine.findings, *few(engine.columns.findings, model.name), *unmet)
    return IdsResult(ids.name, model.name, ids.info.get("title", ""), outcome, results, findings)


class _Engine:
    def __init__(self, ids: Ids, model: Model, kept: int) -> None:
        self.columns = Columns(model)
        self.findings: list[Finding] = list(ids.findings)
        self._ids = ids
        self._model = model
        self._kept = kept
        self._broken = any(finding.severity == "error" for finding in ids.findings)
        self._any_version = not any(model.schema in one.versions for one in ids.specifications)
        if self._any_version and not self._broken:
            self.findings.append(_other_version(ids, model))

    def result(self, one: Specification) -> SpecificationResult:
        """What one specification says."""
        faults = specification_findings(one, self._ids.name)
        self.findings += faults
        if self._broken or any(fault.severity == "error" for fault in faults):
            return _result(one, IdsOutcome.INVALID)
        if self._model.schema not in one.versions and not self._any_version:
            return _result(one, IdsOutcome.NOT_APPLICABLE)
        subjects = self._applicable(one)
        if one.usage is Cardinality.PROHIBITED:
            return self._forbidden(one, subjects)
        if not len(subjects):
            needed = one.usage is Cardinality.REQUIRED
            return _result(one, IdsOutcome.FAIL, reason=Reason("none").sentence) if needed else _result(one, IdsOutcome.NOT_APPLICABLE)
        return self._required(one, subjects)

    def _applicable(self, one: Specification) -> Subjects:
        subjects = candidates(self.columns, one.applicability)
        for facet in one.applicability:
            whole_class = isinstance(facet, doc.EntityFacet) and facet.predefined is None
            if len(subjects) and not whole_class:
                subjects = subjects.where(ask(self.columns, facet, subjects).matched)
        return subjects

    def _forbidden(self, one: Specification, subjects: Subjects) -> SpecificationResult:
        """None may be there; those that are, are listed as failures of one requirement."""
        if not len(subjects):
            return _result(one, IdsOutcome.PASS)
        failures = tuple(self._failure(entity, Reason("exists")) for entity in subjects.entities[:self._kept])
        made = RequirementResult(Reason("exists").sentence, Cardinality.PROHIBITED, "", IdsOutcome.FAIL, 0, len(subjects), failures)
        return _result(one, IdsOutcome.FAIL, len(subjects), 0, (made,))

    def _required(self, one: Specification, subjects: Subjects) -> SpecificationResult:
        passed = np.ones(len(subjects), dtype=np.bool_)
        made = []
        for facet in one.requirements:
            verdicts = ask(self.columns, facet, subjects)
            met = verdicts.passed(facet.cardinality)
            passed &= met
            made.append(self._requirement(facet, verdicts, met, subjects))
        outcome = IdsOutcome.PASS if passed.all() else IdsOutcome.FAIL
        return _result(one, outcome, len(subjects), int(passed.sum()), tuple(made))

    def _requirement(self, facet: doc.Facet, verdicts: Verdicts, met: Mask, subjects: Subjects) -> RequirementResult:
        unmet = np.flatnonzero(~met)
        forbidden = Reason("prohibited") if facet.cardinality is Cardinality.PROHIBITED else None
        failures = tuple(self._failure(subjects.entities[at], forbidden or verdicts.why(at)) for at in unmet[:self._kept].tolist())
        outcome = IdsOutcome.FAIL if len(unmet) else IdsOutcome.PASS
        return RequirementResult(required(facet), facet.cardinality, facet.instructions, outcome, int(met.sum()), len(unmet), failures)

    def _failure(self, one: Entity, reason: Reason) -> Failure:
        global_id, name = value_of(one, "GlobalId"), value_of(one, "Name")
        return Failure(one.id(), global_id if isinstance(global_id, str) else "", one.is_a(), name if isinstance(name, str) else "", reason)


def _other_version(ids: Ids, model: Model) -> Finding:
    named = " ".join(dict.fromkeys(version for one in ids.specifications for version in one.versions))
    return Finding("IDS-022", "warning", f"no specification of {ids.name} is for {model.schema}; they are checked all the same", model.name,
                   model.schema, named, f"give a model of {named}, or add {model.schema} to ifcVersion")


def _result(one: Specification, outcome: IdsOutcome, applicable: int = 0, passed: int = 0, requirements: tuple[RequirementResult, ...] = (),
            reason: dict[str, str] | None = None) -> SpecificationResult:
    return SpecificationResult(one.number, one.name, one.identifier, one.description, one.instructions, outcome, applicable, passed,
                               applicable - passed, requirements, reason)


def _unmet(one: SpecificationResult, file: str, model: str) -> Iterator[Finding]:
    """A Finding for each requirement that is not met."""
    data = {"ids": file, "specification": one.number}
    if one.reason:
        yield Finding("IDS-021", "error", f"{one.name}: {one.reason['en']}", model, "0", "1 or more", one.instructions,
                      data | {"text": one.reason})
    for number, asked in enumerate(one.requirements, 1):
        if asked.failed:
            particulars = {"requirement": number, "text": asked.text, "subjects": [failure.global_id for failure in asked.failures]}
            yield Finding("IDS-020", "error", f"{one.name}: {asked.failed} of {one.applicable} do not meet: {asked.text['en']}", model,
                          str(asked.failed), "0", asked.instructions or one.instructions, data | particulars)
