"""The stages of an audit in their order: receive, scan, open; then rules, IDS, schema and shapes beside each other."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

from bim import normative
from bim.audit.plan import Plan
from bim.audit.report import Report, Stage
from bim.check import Judgement, Outcome, judged, not_checked
from bim.children import Children, Lost
from bim.express import NOT_ENDED, check_express
from bim.finding import Finding
from bim.georeference import resolve
from bim.ids import check, read_ids
from bim.ifc import Model, class_names, open_model, read_as, readable
from bim.intake import Intake, intake
from bim.packs import Ground, NoGround, Subject
from bim.packs import judge as judge_rules
from bim.receive import DEFAULT_LIMITS, Limits, received
from bim.scan import Scan, scan
from bim.tables import ModelTables, extract_tables
from bim.units import project_units
from csdi.errors import InputError, PathIsDirectory, PathMissing, SchemaUnsupported

Progress = Callable[[str, int, int], None]
"""Told (stage, done, total); an exception raised in it stops the audit."""

STAGES = ("receive", "scan", "open", "rules", "ids", "express", "shapes", "packs")
EXPRESS = "EXPRESS"
"""Id of the judgement on the schema and its where-rules."""
_SCHEMA_RULE = "IFC101"
_TOOLS = ("csdi", "ifcopenshell")


@dataclass(frozen=True, slots=True)
class Audited:
    """An audit, with what was read on the way.

    Attributes:
        read: the intake; None where no rule needed shapes, or the file was refused.
    """

    report: Report
    read: Intake | None = None


def audit(path: Path, plan: Plan, *, name: str = "", ground: Ground | None = None, before: Intake | None = None,
          limits: Limits = DEFAULT_LIMITS, progress: Progress = lambda _stage, _done, _total: None) -> Audited:
    """Judges one IFC file.

    Args:
        name: how messages call the file; its own name by default.
        ground: the layers of the site; without them, rules about them are not checked.
        before: the version of the model before; shapes of what is as it was are taken from it.
        progress: told the stage and how far it is.

    A file that cannot be read at all gives a report with `result` refused; nothing is raised for what is wrong inside it.

    Raises:
        PathMissing, PathIsDirectory: there is no file.
    """
    run = _Run(Path(path), name or Path(path).name, plan, ground or NoGround(), before, limits, progress)
    try:
        with received(run.path, limits) as plain:
            return run.received(plain)
    except (PathMissing, PathIsDirectory):
        raise
    except InputError as error:
        return Audited(run.refused(error))


class _Run:
    """One audit in progress: its stages and their clock."""

    def __init__(self, path: Path, name: str, plan: Plan, ground: Ground, before: Intake | None, limits: Limits,
                 progress: Progress) -> None:
        self.path = path
        self._name, self._plan, self._ground, self._before = name, plan, ground, before
        self._limits, self._progress = limits, progress
        self._stages: list[Stage] = []
        self._scan: Scan | None = None
        self._has_unit = True

    def received(self, plain: Path) -> Audited:
        self._stages.append(Stage("receive", Outcome.PASS))
        with self._stage("scan") as found:
            scanned = self._scan = scan(plain, name=self._name, known=class_names)
            read_as(scanned.schema, name=self._name, line=scanned.schema_line)
            found += scanned.findings
        with readable(plain, scanned.schema) as (opened, notes):
            with self._stage("open") as found:
                model = open_model(opened, scanned.schema, name=self._name)
                unitless = _without_unit(model)
                found += [*notes, *unitless]
            self._has_unit = not unitless
            with Children(max(1, self._plan.workers), self._plan.limit_s) as children:
                return self._opened(plain, opened, model, scanned, children)

    def _opened(self, plain: Path, opened: Path, model: Model, scanned: Scan, children: Children) -> Audited:
        if wanted := self._plan.normative_ids:
            children.start("rules", lambda: normative.judge(model, wanted, path=opened, declared=scanned.schema))
        if files := self._plan.all_ids_files:
            children.start("ids", lambda: [_ids_answer(file, model) for file in files])
        with self._schema(opened, scanned) as schema:
            own, read = self._packs(plain, model, scanned)
            results = children.results(lambda name: self._progress(name, 1, 1))
        judgements = [*schema, *self._normative(results.get("rules"), wanted), *own]
        return Audited(self._report("checked", scanned, judgements, self._ids(results.get("ids"), files)), read)

    @contextmanager
    def _schema(self, opened: Path, scanned: Scan) -> Iterator[list[Judgement]]:
        """The schema and its where-rules, beside what is done meanwhile: one judgement when that is over, none where they are not asked."""
        found: list[Judgement] = []
        if not self._plan.express:
            yield found
            return
        with ThreadPoolExecutor(1) as pool:
            work = pool.submit(check_express, opened, name=self._name, workers=self._plan.workers, limit_s=self._plan.limit_s,
                               rules=self._plan.where_rules)
            yield found
            findings = work.result()
        lost = [one for one in findings if one.code == NOT_ENDED]
        found.append(not_checked(EXPRESS, lost[0].message) if lost and len(lost) == len(findings)
                     else judged(EXPRESS, scanned.entities, findings))

    def _packs(self, plain: Path, model: Model, scanned: Scan) -> tuple[list[Judgement], Intake | None]:
        rules = list(self._plan.pack_rules())
        if not rules:
            return [], None
        subject, read = self._subject(plain, model, scanned)
        with self._stage("packs"):
            return judge_rules(rules, subject), read

    def _ids(self, result: Any, files: Sequence[Path]) -> list[dict[str, Any]]:
        if isinstance(result, Lost):
            return [_unread(file, "fail", result.reason) for file in files]
        return list(result or ())

    def _normative(self, result: Any, wanted: Sequence[str]) -> list[Judgement]:
        if isinstance(result, Lost):
            return [not_checked(id, result.reason) for id in wanted]
        return list(result or ())

    def _subject(self, plain: Path, model: Model, scanned: Scan) -> tuple[Subject, Intake | None]:
        """What the rules of the packs look at; shapes only where one of them needs them."""
        plan = self._plan
        if plan.needs_shapes and self._has_unit:
            with self._stage("shapes") as found:
                read = intake(plain, model="model", name=self._name, workers=plan.workers, time_limit_s=plan.limit_s, before=self._before,
                              progress=self._progress, limits=self._limits)
                found += [one for one in read.findings if not one.code.startswith("STP-")]
            return Subject(scanned, model, _in_order(read), read.shapes, read.space_shapes, read.georeference, self._ground,
                           read.touched), read
        tables = extract_tables(model, "model")
        return Subject(scanned, model, tables, georeference=resolve(model), ground=self._ground), None

    def refused(self, error: InputError) -> Report:
        """The report of a file that cannot be read: nothing of it passes."""
        stage = STAGES[len(self._stages)]
        finding = Finding(f"refused-{error.code}", "error", error.message, self._name, cure=error.remedy,
                          data={key: value for key, value in error.data.items() if isinstance(value, (str, int, float))})
        self._stages.append(Stage(stage, Outcome.FAIL, (finding,), error.message))
        reason = f"the file cannot be read: {error.message}"
        asked = [*([EXPRESS] if self._plan.express else []), *self._plan.normative_ids, *(rule.id for rule in self._plan.pack_rules())]
        judgements = [not_checked(id, reason) for id in asked]
        if isinstance(error, SchemaUnsupported) and _SCHEMA_RULE in asked:
            judgements[asked.index(_SCHEMA_RULE)] = judged(_SCHEMA_RULE, 1, [replace(finding, code=_SCHEMA_RULE)])
        ids = [_unread(file, "fail", reason) for file in self._plan.all_ids_files]
        return self._report("refused", self._scan, judgements, ids, error)

    def _report(self, result: str, scanned: Scan | None, judgements: Iterable[Judgement], ids: Iterable[dict[str, Any]],
                error: InputError | None = None) -> Report:
        sha256, schema = (scanned.sha256, scanned.schema) if scanned else (_digest(self.path), "")
        return Report(self._name, sha256, schema, result, tuple(self._stages), tuple(judgements), tuple(ids),
                      tuple(pack.to_dict() for pack in self._plan.packs), {name: version(name) for name in _TOOLS},
                      error.to_dict() if error else None)

    @contextmanager
    def _stage(self, name: str) -> Iterator[list[Finding]]:
        """A stage, whose findings are put into the list; it is told, and timed, even where it ends in an error."""
        self._progress(name, 0, 0)
        found: list[Finding] = []
        started = time.perf_counter()
        yield found
        outcome = judged(name, 1, found).outcome
        self._stages.append(Stage(name, outcome, tuple(found), seconds=time.perf_counter() - started))


def _in_order(read: Intake) -> ModelTables:
    """The tables with their rows in the order of the file, whatever was taken over from the version before."""
    if read.fingerprint is None:
        return read.tables
    order = {key: number for number, key in enumerate(read.fingerprint.states.keys)}
    last = len(order)
    return replace(read.tables, **{name: sorted(rows, key=lambda row: order.get(row.id.partition(":")[2], last))  # type: ignore[arg-type]
                                   for name, rows in read.tables.parts.items()})


def _ids_answer(file: Path, model: Model) -> dict[str, Any]:
    """What one IDS file says of the model; one that cannot be read is invalid."""
    try:
        return {**check(read_ids(file), model).to_dict(), "file": str(file)}
    except InputError as error:
        return _unread(file, "invalid", error.message)


def _unread(file: Path, outcome: str, reason: str) -> dict[str, Any]:
    return {"file": str(file), "outcome": outcome, "reason": reason, "specifications": []}


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _without_unit(model: Model) -> list[Finding]:
    if "LENGTHUNIT" in project_units(model).scales:
        return []
    return [Finding("UNI-001", "error", "the project names no length unit, so no length in it can be known", model.name,
                    expected="an IfcUnitAssignment with a LENGTHUNIT", cure="export it with its units")]
