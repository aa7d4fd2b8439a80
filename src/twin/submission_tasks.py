"""The jobs of submissions: the audit, the publication of what is approved, and telling those who want to know.

Each step may run twice: audits are kept under what they were made from, and what was published is not published again.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import orjson

from bim.audit import Audited, Plan, audit
from bim.intake import Intake
from bim.packs import read_pack
from bim.receive import Limits, received
from bim.submissions.checking import Checking
from bim.submissions.desk import Check, Desk, unchecked
from bim.submissions.found import Found, findings_of
from bim.submissions.hooks import SIGNATURE_HEADER, signature
from bim.submissions.keeping import Register, equals
from bim.submissions.schemas import HOOKS
from bim.submissions.states import State
from bim.submissions.submission import Submission, SubmittedModel
from bim.versions.fingerprint import Fingerprint, read_states
from csdi.blobs import Blobs
from csdi.bootstrap import Services, open_services
from csdi.collection import Collection, Kind
from csdi.errors import BlobMissing, CollectionMissing, Conflict, CsdiError, FeatureMissing, NotFound, SourceUnavailable
from csdi.jobs import JSON, StepContext
from csdi.layers import slug
from csdi.outgoing import Outgoing
from csdi.settings import read_settings
from twin import submission_preview, tasks
from twin.site_ground import SiteGround
from twin.versions import model_row

FORMAT = 1
"""Grows when an audit that is kept can no longer be used."""
_TOOLS = ("csdi", "ifcopenshell", "shapely", "numpy")
PAUSES_S = (2.0, 10.0, 60.0, 300.0)
"""Waits before the tries that follow the first one."""
_LONGEST_ANSWER = 64_000
_TIMEOUT_S = 15.0
Json = dict[str, Any]


def lead(services: Services, desk: Desk, id: str, wanted: str, reason: str = "", check: Check = unchecked) -> Submission:
    """Lead a submission to another state (`Desk.lead`), with the jobs that follow from it.

    Raises:
        NotFound, AccessDenied, ValueInvalid, Conflict: see `Desk.lead`.
    """
    before = desk.submission(id)
    if before.state is State.SUBMITTED and wanted == State.SUBMITTED and not before.job:
        check(before)  # the server went down between the submission and its job
        one = before
    else:
        one = desk.lead(id, wanted, reason, check)
    if one.state is State.SUBMITTED:
        one = _queue_audit(services, one)
    elif one.state is State.APPROVED:
        one = _queue_publication(services, one)
    elif before.state in (State.SUBMITTED, State.CHECKING) and before.job:
        services.jobs.cancel(before.job)
    if one.state is State.WITHDRAWN:
        submission_preview.drop(services.blobs, one)
    announce(services, one, "state-changed")
    if one.previous and (before := desk.register.submission(one.previous)).state is State.SUPERSEDED:
        announce(services, before, "state-changed")
    return one


def attach(services: Services, desk: Desk, id: str, path: Path) -> Submission:
    """The draft with the model of a file, named as the file is; in place of one of its name.

    Raises:
        NotFound, AccessDenied, Conflict: see `Desk.put_model`.
        CsdiError: the file is no IFC file, or larger than is taken.
    """
    with received(path, Limits(bytes=services.settings.upload_limit_mb << 20)):
        pass
    return desk.put_model(id, SubmittedModel(slug(path.stem), "", path.name, services.blobs.put_file(path), path.stat().st_size))


def announce(services: Services, one: Submission, event: str) -> list[str]:
    """Queue what is told to the webhooks of a submission and of the site; gives the ids of the jobs."""
    document: dict[str, JSON] = {"event": event, "submission": one.id, "series": one.series, "version": one.version,
                                 "state": str(one.state),
                                 "at": one.changed}
    return [services.jobs.submit(tasks.SUBMISSION_TELL, {"hook": row.id, "document": document}, user=f"webhook-{row.id}",
                                 key=f"{row.id}.{one.mark}.{event}") for row in Register(services.store).hooks(one.id)]


def _queue_audit(services: Services, one: Submission) -> Submission:
    job = services.jobs.submit(tasks.SUBMISSION_CHECK, {"submission": one.id}, user=one.applicant, key=f"{one.id}.{one.changed}",
                               limit_s=4 * 3600.0)
    return Checking(services.store).queued(one.id, job)


def _queue_publication(services: Services, one: Submission) -> Submission:
    job = services.jobs.submit(tasks.SUBMISSION_PUBLISH, {"submission": one.id}, user=one.applicant, key=one.id, limit_s=4 * 3600.0)
    return Checking(services.store).publishing(one.id, job)


def check(args: Json, context: StepContext) -> JSON:
    """The step that audits all models of a submission. Raises Conflict where that was given up meanwhile."""
    with open_services(read_settings()) as services:
        checking = Checking(services.store)
        one = checking.begin(args["submission"], context.job)
        reports: dict[str, Json] = {}
        found: list[Found] = []
        others: list[tuple[str, str]] = []
        for number, model in enumerate(one.models):
            kept = _audited(services, one, model, others, _part(context, model.name, number, len(one.models)))
            reports[model.name] = kept["told"]
            others += [(model.name, str(kept["told"]["intake"]))] if kept["told"].get("intake") else []
            found += findings_of(kept["report"], model.name, kept["states"])
        ended = checking.end(one.id, context.job, reports, found)
        announce(services, ended, "state-changed")
        submission_preview.queue_all(services, ended)
    digests: dict[str, JSON] = {name: str(told["digest"]) for name, told in reports.items()}
    return {"submission": one.id, "digests": digests, "findings": len(found)}


def give_up(args: Mapping[str, Any], context: StepContext) -> JSON:
    """The step after a failure: the submission is a draft again, and its trail says why."""
    with open_services(read_settings()) as services:
        error: Any = context.previous or {}
        Checking(services.store).failed(args["submission"], context.job, error)
        announce(services, Register(services.store).submission(args["submission"]), "audit-failed")
    return None


def publish(args: Json, context: StepContext) -> JSON:
    """The step that brings the models of an approved submission into the twin. Raises Conflict where it is no longer approved."""
    with open_services(read_settings()) as services:
        one = Register(services.store).submission(args["submission"])
        if one.state is not State.APPROVED:
            raise Conflict(f"'{one.id}' is {one.state}: nothing of it is published", submission=one.id)
    versions: dict[str, int] = {}
    for number, model in enumerate(one.models):
        versions[model.name] = _published(model, _part(context, model.name, number, len(one.models)))
    with open_services(read_settings()) as services:
        announce(services, Checking(services.store).published(one.id, versions), "published")
        for version_of_it in Register(services.store).submissions(equals("series", one.series), 1000):
            submission_preview.drop(services.blobs, version_of_it)
    return {"submission": one.id, "versions": {**versions}}


def tell(args: Json, context: StepContext) -> JSON:  # noqa: ARG001
    """The step that posts a document to a webhook, again and again over some minutes where it does not arrive.

    Raises:
        SourceUnavailable: it did not arrive.
        ValueInvalid: the address lies inside this network.
    """
    settings = read_settings()
    with open_services(settings) as services:
        try:
            hook = services.store.feature(args.get("hooks", HOOKS), args["hook"]).properties
        except (CollectionMissing, FeatureMissing):
            return {"told": False, "reason": "the webhook was removed"}
    body = orjson.dumps(args["document"], option=orjson.OPT_SORT_KEYS)
    with Outgoing(internal=settings.outgoing_internal, timeout_s=_TIMEOUT_S, limit_bytes=_LONGEST_ANSWER, redirects=0) as client:
        for tries, pause in enumerate((*PAUSES_S, None), 1):
            try:
                client.post(hook["url"], body, "application/json", {SIGNATURE_HEADER: signature(hook["secret"], int(time.time()), body)})
            except SourceUnavailable:
                if pause is None:
                    raise
                time.sleep(pause)
            else:
                return {"told": True, "tries": tries}
    return None


def report_of(blobs: Blobs, one: Submission, model: str) -> Json:
    """The whole report of the audit of a model. Raises NotFound."""
    if model not in one.reports:
        raise NotFound(f"'{one.id}' has no report on '{model}'", submission=one.id, remedy="submit it, and wait for its audit")
    found: Json = _kept(blobs, str(one.reports[model]["blob"]))["report"]
    return found


def plan_of(one: Submission) -> Plan:
    """What a submission is judged by: all normative rules, the schema, and the rule packs that it names."""
    return Plan(packs=tuple(read_pack(name) for name in one.packs), workers=2)


def tools() -> dict[str, str]:
    """Name -> version of what judges."""
    return {name: version(name) for name in _TOOLS}


def _part(context: StepContext, name: str, number: int, count: int) -> StepContext:
    """The context of the work on one of several models: its own place for what is kept between, and its share of the progress."""
    def report(progress: Any) -> None:
        share = None if progress.fraction is None else (number + progress.fraction) / count
        context.report(replace(progress, fraction=share, message=progress.message or name))
    return replace(context, job=f"{context.job}-{number}" if context.job else "", report=report)


def _audited(services: Services, one: Submission, model: SubmittedModel, others: Sequence[tuple[str, str]], context: StepContext) -> Json:
    """The audit of a model; one of the same file, rules, site and tools is taken from where it is kept.

    Args:
        others: the models of the submission that were read before it, which it must not clash with.
    """
    plan = plan_of(one)
    name = f"audits/{_key(model, plan, [_site(services), *map(list, others)])}.json"
    try:
        return _kept(services.blobs, name)
    except BlobMissing:
        made = _audit(services, one, model, plan, others, context)
    made["told"] |= {"digest": made["report"]["digest"], "outcome": made["report"]["outcome"], "result": made["report"]["result"],
                    "blob": name, "packs": made["report"]["packs"], "tools": tools()}
    services.blobs.put_named(name, orjson.dumps(made), replace=True)
    return made


def _audit(services: Services, one: Submission, model: SubmittedModel, plan: Plan, others: Sequence[tuple[str, str]],
           context: StepContext) -> Json:
    """A new audit of a model; shapes of what is as it was in the version before are taken from its audit."""
    limits = Limits(bytes=services.settings.upload_limit_mb << 20)
    ground = SiteGround(services.store, services.blobs, _is_seen, frozenset(other.name for other in one.models), others)
    with services.blobs.file(model.sha256, Path(model.file).suffix.lower()) as path, _before(services, one, model) as before:
        done = audit(path, plan, name=model.file, ground=ground, before=before, limits=limits,
                     progress=lambda stage, now, total: context.progress(stage, done=now, total=total or None))
        report = done.report.to_dict()
        named = {found.global_id for found in findings_of(report, model.name)} - {""}
        states = {key: value for key, value in _states(done, path, limits).items() if key in named} if named else {}
    return {"report": report, "states": states, "told": {"intake": _keep_intake(services.blobs, model, done)}}


def _keep_intake(blobs: Blobs, model: SubmittedModel, done: Audited) -> str:
    """Keep what was read of a model for the audit of its next version; gives where, "" where no shapes were made."""
    if done.read is None:
        return ""
    place = f"audits/intakes/{model.sha256}"
    with blobs.new_folder(place) as folder:
        done.read.save(folder)
    return place


@contextmanager
def _before(services: Services, one: Submission, model: SubmittedModel) -> Iterator[Intake | None]:
    """What the audit of the version before has read of a model; None where there is none, or it was not kept."""
    with ExitStack() as stack:
        found = None
        with suppress(CsdiError):
            previous = Register(services.store).submission(one.previous) if one.previous else one
            place = previous.reports.get(model.name, {}).get("intake")
            if place:
                found = Intake.load(stack.enter_context(services.blobs.folder(str(place))), graph=True)
        yield found


def _states(done: Audited, path: Path, limits: Limits) -> Mapping[str, int]:
    """GlobalId -> digest of the element in the file; none where the file could not be read."""
    if done.report.result != "checked":
        return {}
    if done.read is not None and done.read.fingerprint is not None:
        return done.read.fingerprint.digests
    try:
        with received(path, limits) as plain:
            return Fingerprint(read_states(plain, done.report.schema)).digests
    except CsdiError:
        return {}


def _is_seen(collection: Collection) -> bool:
    """Whether models are held against it: what everybody sees of the site."""
    return collection.public and collection.kind is not Kind.SYSTEM


def _site(services: Services) -> list[list[str | int | None]]:
    """The state of the site that models are held against."""
    seen = sorted(filter(_is_seen, services.store.collections()), key=lambda one: one.id)
    return [[one.id, one.version, one.updated.isoformat() if one.updated else None] for one in seen]


def _key(model: SubmittedModel, plan: Plan, site: list[Any]) -> str:
    """What an audit depends on."""
    said = [FORMAT, site, model.sha256, model.file, [pack.to_dict() for pack in plan.packs],
            plan.normative, plan.express, plan.geometry, tools()]
    return hashlib.sha256(orjson.dumps(said, option=orjson.OPT_SORT_KEYS)).hexdigest()


def _kept(blobs: Blobs, name: str) -> Json:
    found: Json = orjson.loads(blobs.get(name))
    return found


def _published(model: SubmittedModel, context: StepContext) -> int:
    """The version that a model has in the twin once it is published; what an earlier run of this job published stays."""
    args: Json = {"model": model.name, "file": model.file, "blob": model.sha256, "title": {}}
    with open_services(read_settings()) as services:
        row = model_row(services.store, model.name)
    if row is None or row.get("job") != context.job or not context.job:
        for step in (tasks.take_in, tasks.make_tiles, tasks.publish):
            context = replace(context, previous=step(args, context))
        with open_services(read_settings()) as services:
            row = model_row(services.store, model.name)
    return int((row or {}).get("version") or 0)
