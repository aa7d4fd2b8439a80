"""Trying a rule pack: every rule on its own samples, and what comes out beside what should."""

from __future__ import annotations

import tempfile
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bim.audit.plan import Plan
from bim.audit.run import audit
from bim.check import Judgement, Outcome
from bim.clash import Member
from bim.ids import audit as audit_ids
from bim.ids import read_ids
from bim.intake import intake
from bim.packs import Pack, Rule
from bim.packs.rule import KINDS
from bim.packs.samples import Samples
from csdi.errors import CsdiError, InputError
from csdi.extent import BBox
from csdi.feature import Feature

_BREACH = {"error": Outcome.FAIL, "warning": Outcome.WARNING, "refer": Outcome.REFER}


@dataclass(frozen=True, slots=True)
class Trial:
    """One rule on one sample.

    Attributes:
        kind: pass, fail or na.
        expected: the outcome that there should be.
        got: the outcome that there is; None where the sample could not be made or read.
        detail: what the rule said, or why there is no outcome.
        found: how many findings there are; a rule of severity `note` tells a breach by these alone.
    """

    rule: str
    kind: str
    sample: str
    expected: Outcome
    got: Outcome | None
    detail: str = ""
    found: int = 0

    @property
    def is_right(self) -> bool:
        """Whether the rule said what it should; a breach must have a finding, and nothing else may."""
        return self.got is self.expected and (self.found > 0) == (self.kind == "fail")

    def to_dict(self) -> dict[str, Any]:
        """The JSON form."""
        return {"rule": self.rule, "kind": self.kind, "sample": self.sample, "expected": str(self.expected),
                "got": str(self.got) if self.got else None, "right": self.is_right, "detail": self.detail}


@dataclass(frozen=True, slots=True)
class Tried:
    """A pack that was tried.

    Attributes:
        untried: rules -> which of pass and fail they have no sample for.
        invalid: IDS files of the pack -> what makes them invalid.
    """

    pack: Pack
    trials: tuple[Trial, ...]
    untried: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    invalid: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def wrong(self) -> tuple[Trial, ...]:
        """What is not as it should be."""
        return tuple(one for one in self.trials if not one.is_right)

    @property
    def is_right(self) -> bool:
        """Whether every rule has a sample that passes and one that fails, and says of each what it should; and every IDS file is valid."""
        return not self.wrong and not self.untried and not self.invalid

    def to_dict(self) -> dict[str, Any]:
        """The JSON form: `{pack, right, trials, untried, invalid}`."""
        return {"pack": self.pack.to_dict(), "right": self.is_right, "trials": [one.to_dict() for one in self.trials],
                "untried": {rule: list(kinds) for rule, kinds in self.untried.items()},
                "invalid": {file: list(why) for file, why in self.invalid.items()}}


def try_pack(pack: Pack, only: frozenset[str] | None = None) -> Tried:
    """Runs the rules of the pack on their samples; each sample is read once for all its rules.

    Args:
        only: ids of rules; all without it.
    """
    rules = [rule for rule in pack.rules if only is None or rule.id in only]
    wanted: dict[str, list[tuple[Rule, str]]] = defaultdict(list)
    for rule in rules:
        for kind in KINDS:
            for name in rule.tests.get(kind, ()):
                wanted[name].append((rule, kind))
    untried = {rule.id: missing for rule in rules if (missing := tuple(kind for kind in KINDS[:2] if not rule.tests.get(kind)))}
    samples = Samples(pack.folder)
    site = _SampleSite(samples)
    with tempfile.TemporaryDirectory() as folder:
        trials = [one for name, asked in wanted.items() for one in _on_sample(pack, samples, site, name, asked, Path(folder))]
    order = {rule.id: number for number, rule in enumerate(rules)}
    return Tried(pack, tuple(sorted(trials, key=lambda one: (order[one.rule], KINDS.index(one.kind), one.sample))), untried,
                 {file.name: why for file in pack.ids if only is None and (why := _faults(file))})


class _SampleSite:
    """The layers around the samples, and the models that stand there."""

    def __init__(self, samples: Samples) -> None:
        self._samples = samples
        self._members: list[Member] | None = None

    def layer(self, id: str, box: BBox | None = None, /) -> Sequence[Feature] | None:
        """See `Ground.layer`."""
        return self._samples.ground.layer(id, box)

    def heights(self, id: str, places: NDArray[np.float64], /) -> NDArray[np.float64] | None:
        """See `Ground.heights`."""
        return self._samples.ground.heights(id, places)

    def neighbours(self, _box: BBox, /) -> Sequence[Member]:
        """The samples that the pack names as neighbours."""
        if self._members is None:
            with tempfile.TemporaryDirectory() as folder:
                reads = [(name, intake(self._samples.write(name, Path(folder)), model="neighbour", workers=1))
                         for name in self._samples.neighbours]
            self._members = [Member.of(name, read.shapes, read.tables.elements, read.georeference) for name, read in reads]
        return self._members


def _faults(file: Path) -> tuple[str, ...]:
    """What makes an IDS file invalid."""
    try:
        return tuple(one.message for one in audit_ids(read_ids(file)) if one.severity == "error")
    except InputError as error:
        return (error.message,)


def _on_sample(pack: Pack, samples: Samples, site: _SampleSite, name: str, asked: list[tuple[Rule, str]], folder: Path) -> list[Trial]:
    plan = Plan(frozenset(rule.id for rule, _ in asked), packs=(pack,), normative=False, express=False, workers=1, limit_s=60.0)
    try:
        report = audit(samples.write(name, folder), plan, ground=site).report
    except CsdiError as error:
        return [Trial(rule.id, kind, name, _expected(rule, kind), None, error.message) for rule, kind in asked]
    said = {one.rule: one for one in report.rules}
    return [_trial(rule, kind, name, said.get(rule.id)) for rule, kind in asked]


def _trial(rule: Rule, kind: str, name: str, said: Judgement | None) -> Trial:
    if said is None:
        return Trial(rule.id, kind, name, _expected(rule, kind), None, "the rule said nothing")
    detail = said.reason or next((f"{one.message} (measured {one.measured}, expected {one.expected})" for one in said.findings), "")
    return Trial(rule.id, kind, name, _expected(rule, kind), said.outcome, detail, len(said.findings))


def _expected(rule: Rule, kind: str) -> Outcome:
    if kind == "na":
        return Outcome.NOT_APPLICABLE
    return _BREACH.get(rule.severity, Outcome.PASS) if kind == "fail" else Outcome.PASS
