"""Files about submitted models that take a while to make: reports for people, BCF, and what changed since the version before."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import orjson

from bim.audit import Report, Stage
from bim.bcf import bytes_of
from bim.check import Judgement, Outcome
from bim.finding import Finding
from bim.intake import Intake, intake
from bim.packs import read_pack
from bim.receive import Limits
from bim.reports import LANGUAGES, Located, bcf_of, document, html_of, pdf_of, pictures
from bim.submissions.keeping import Register
from bim.submissions.submission import Submission, SubmittedModel
from bim.versions.compare import compare
from csdi.bootstrap import Services, open_services
from csdi.errors import NotFound, ValueInvalid
from csdi.jobs import JSON, StepContext
from csdi.settings import read_settings
from twin.submission_tasks import report_of

FORMAT = 1
"""Grows when files that are kept are no longer what would be made."""
BCF_VERSIONS = ("2.1", "3.0")
_PDF_FINDINGS = 60
"""Findings of one rule that a PDF tells."""

OPTIONS: Mapping[str, tuple[str, ...]] = MappingProxyType({
    "report.html": tuple(LANGUAGES), "report.pdf": tuple(LANGUAGES), "findings.bcf": BCF_VERSIONS, "changes.json": ("",)})
"""Name of a file -> what it is made in, the first where nothing is said: languages, versions of BCF."""

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Wanted:
    """One file about one model of a submission.

    Attributes:
        before: the model in the version before, for what changed.
    """

    submission: Submission
    model: SubmittedModel
    file: str
    option: str
    before: SubmittedModel | None = None

    @classmethod
    def of(cls, register: Register, submission: Submission, model: str, file: str, option: str) -> Wanted:
        """The file that these words name.

        Raises:
            NotFound: no such model or file, the model was not audited, or nothing is before it.
            ValueInvalid: it is not made in that.
        """
        found = submission.model(model)
        if found is None or file not in OPTIONS or model not in submission.reports:
            raise NotFound(f"'{submission.id}' has no {file} of '{model}'", submission=submission.id,
                           remedy=f"after the audit there are: {', '.join(OPTIONS)}")
        option = option or OPTIONS[file][0]
        if option not in OPTIONS[file]:
            raise ValueInvalid(f"{file} is not made in '{option[:40]}'", field="in", value=option[:40],
                               remedy=f"one of {', '.join(OPTIONS[file])}")
        before = _before(register, submission, found) if file == "changes.json" else None
        return cls(submission, found, file, option, before)

    @property
    def blob(self) -> str:
        """Where it is kept: a name that depends on all that it is made from."""
        one, model = self.submission, self.model
        said = [FORMAT, one.series, model.name, model.file, model.sha256, one.reports[model.name].get("digest"), self.option,
                self.before.sha256 if self.before else ""]
        return f"submission-files/{hashlib.sha256(orjson.dumps(said)).hexdigest()}/{self.file}"


def _before(register: Register, one: Submission, model: SubmittedModel) -> SubmittedModel:
    found = register.submission(one.previous).model(model.name) if one.previous else None
    if found is None:
        raise NotFound(f"there is no '{model.name}' before '{one.id}'", submission=one.id,
                       remedy="compare a model that the version before has, too")
    return found


def make(args: Json, context: StepContext) -> JSON:
    """The step that makes one file and keeps it."""
    with open_services(read_settings()) as services:
        register = Register(services.store)
        wanted = Wanted.of(register, register.submission(args["submission"]), args["model"], args["file"], args["option"])
        if not services.blobs.exists(wanted.blob):
            context.progress(wanted.file, done=0, total=None)
            services.blobs.put_named(wanted.blob, _MAKERS[wanted.file](services, wanted))
    return {"blob": wanted.blob}


def _html(services: Services, wanted: Wanted) -> bytes:
    report = read_report(report_of(services.blobs, wanted.submission, wanted.model.name))
    with _read(services, wanted.model, report) as read:
        made = document(report, wanted.option, packs=_packs(wanted), tables=read.tables if read else None,
                        pictures=pictures(report, Located(read)) if read else None, when=wanted.submission.changed)
    return html_of(made).encode()


def _pdf(services: Services, wanted: Wanted) -> bytes:
    report = read_report(report_of(services.blobs, wanted.submission, wanted.model.name))
    with _read(services, wanted.model, report) as read:
        made = document(report, wanted.option, packs=_packs(wanted), tables=read.tables if read else None,
                        pictures=pictures(report, Located(read)) if read else None, when=wanted.submission.changed, most=_PDF_FINDINGS)
    return pdf_of(made)


def _bcf(services: Services, wanted: Wanted) -> bytes:
    """Topics keep their ids over all versions of a submission."""
    one = wanted.submission
    report = read_report(report_of(services.blobs, one, wanted.model.name))
    with _read(services, wanted.model, report) as read:
        made = bcf_of(report, when=one.created, located=Located(read) if read else None, packs=_packs(wanted),
                      project_id=f"{one.series}.{wanted.model.name}", version=wanted.option)
    return bytes_of(made, wanted.option)[0]


def _changes(services: Services, wanted: Wanted) -> bytes:
    if wanted.before is None:
        raise NotFound(f"nothing is before '{wanted.submission.id}'", submission=wanted.submission.id)
    with (services.blobs.file(wanted.before.sha256, _suffix(wanted.before)) as old,
          services.blobs.file(wanted.model.sha256, _suffix(wanted.model)) as new):
        limits = Limits(bytes=services.settings.upload_limit_mb << 20)
        first = intake(old, model=wanted.model.name, name=wanted.before.file, limits=limits)
        second = intake(new, model=wanted.model.name, name=wanted.model.file, limits=limits, before=first)
    return orjson.dumps(compare(first, second).to_dict())


_MAKERS: Mapping[str, Callable[[Services, Wanted], bytes]] = MappingProxyType({
    "report.html": _html, "report.pdf": _pdf, "findings.bcf": _bcf, "changes.json": _changes})


@contextmanager
def _read(services: Services, model: SubmittedModel, report: Report) -> Iterator[Intake | None]:
    """The model as it is for viewpoints and pictures; None where its audit could not read it."""
    if report.result != "checked":
        yield None
        return
    with services.blobs.file(model.sha256, _suffix(model)) as path:
        yield intake(path, model=model.name, name=model.file, limits=Limits(bytes=services.settings.upload_limit_mb << 20))


def _suffix(model: SubmittedModel) -> str:
    return Path(model.file).suffix.lower()


def _packs(wanted: Wanted) -> list[Any]:
    return [read_pack(name) for name in wanted.submission.packs]


def read_report(found: Mapping[str, Any]) -> Report:
    """The report of an audit from its JSON form (`Report.to_dict`)."""
    stages = tuple(Stage(one["id"], Outcome(one["outcome"]), _findings(one), one.get("reason", ""), one.get("seconds", 0.0))
                   for one in found["stages"])
    rules = tuple(Judgement(one["id"], Outcome(one["outcome"]), _findings(one), one["measured"], one.get("reason", ""))
                  for one in found["rules"])
    return Report(found["file"], found["sha256"], found["schema"], found["result"], stages, rules, tuple(found["ids"]),
                  tuple(found["packs"]), found["tools"], found.get("error"))


def _findings(one: Mapping[str, Any]) -> tuple[Finding, ...]:
    return tuple(Finding(**finding) for finding in one["findings"])
