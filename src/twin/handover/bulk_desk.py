"""Bulk edits at the desk: looked at and made at once where they are few, by a job where they are many."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from csdi.access import Principal, Role
from csdi.bootstrap import Services, open_services
from csdi.errors import AssetInvalid, Conflict, NotFound
from csdi.jobs import JSON, State, StepContext
from csdi.settings import read_settings
from twin.handover.bulk import CHUNK, Making, Progress, Setting, TakingBack, Work, chosen, look, question_of, wanted_of
from twin.handover.notes import Notes
from twin.questions.finding import Criteria
from twin.register.keeping import Register
from twin.register.rule_files import read_rules
from twin.register.rules import Rules
from twin.register.schemas import ASSETS

LOOK, APPLY = "assets-bulk-look", "assets-bulk-apply"
"""Kinds of jobs, as `twin.tasks` registers them."""

Json = dict[str, Any]


class BulkDesk:
    """Bulk edits of one principal."""

    def __init__(self, services: Services, principal: Principal, register: Register, rules: Rules, notes: Notes) -> None:
        self._services, self._principal, self._register, self._rules, self._notes = services, principal, register, rules, notes

    def look_at(self, criteria: Mapping[str, str], said: Mapping[str, Any], *, wait: bool) -> str:
        """The token of a note of setting fields. Raises ValueInvalid, FilterInvalid."""
        wanted = wanted_of(said)
        asked = question_of(self._register.store, self._principal, Criteria.of_texts(dict(criteria)), self._services.blobs)
        few = wait or self._register.store.count(ASSETS, asked) <= CHUNK
        return self._begin({"kind": "bulk", "criteria": dict(criteria), "wanted": wanted}, few)

    def look_at_taking_back(self, batch: str, *, wait: bool) -> str:
        """The token of a note of taking a bulk edit back. Raises NotFound."""
        work = TakingBack.of(self._register, self._rules, batch)
        return self._begin({"kind": "bulk", "batch": batch}, wait or work.chunks <= 1)

    def run_look(self, token: str, progress: Progress = lambda _done, _all: None) -> None:
        """Look at what a note is for, and keep what was seen. Raises NotFound, ValueInvalid, FilterInvalid."""
        note = self._notes.read(token)
        selection = self._selection(note)
        seen = look(self._register, self._principal.id, self._work({**note, "selection": selection}), progress)
        self._notes.amend(token, {"selection": selection, "digests": seen.digests, "broken": seen.broken, "preview": seen.to_dict()})

    def apply(self, token: str, note: Json, *, leave_out: bool, why: str, wait: bool) -> Json | None:
        """What a bulk edit made; None where a job makes it.

        Raises:
            NotFound: it was applied before, or is not looked at yet.
            AssetInvalid: Assets cannot be changed so, and are not to be left out.
            Conflict: other Assets answer by now, or all changed.
        """
        if "preview" not in note or self.state(note)["state"] not in ("ready", "failed"):
            raise NotFound("there is no such import", remedy="look at it again: its token is used, or not looked at yet")
        if note["broken"] and not leave_out:
            faults = [fault for row in note["preview"]["rows"] for fault in row["findings"] if fault["severity"] == "error"]
            raise AssetInvalid(f"{note['broken']} rows cannot be taken: {faults[0]['message']}", findings=faults,
                               counts=note["preview"]["counts"], remedy="correct them and look again, or leave them out")
        if "asked" not in note:  # else it broke off: what was made of it answers otherwise by now
            self._insist_on_selection(note)
        self._notes.amend(token, {"asked": {"leave_out": leave_out, "why": why}, "job": ""})
        if self._work(note).chunks > 1 and not wait:
            self._notes.amend(token, {"job": self._submit(APPLY, token)})
            return None
        try:
            return self.run_apply(token)
        except (AssetInvalid, Conflict):
            self._notes.drop(token)
            raise

    def run_apply(self, token: str, progress: Progress = lambda _done, _all: None) -> Json:
        """Make what a note is for, and keep what came of it. Raises NotFound, AssetInvalid, Conflict."""
        note = self._notes.read(token)
        made = Making(token, note["digests"], note["asked"]["leave_out"]).make(
            self._register, self._principal.id, note["asked"]["why"], self._work(note), progress)
        result = {**note["preview"], **made.to_dict()}
        self._notes.amend(token, {"result": made.to_dict()})
        return result

    def state(self, note: Json) -> Json:
        """How far a note is; see `Desk.seen`."""
        if "result" in note:
            return {"state": "done"}
        if not note.get("job") or ("preview" in note and "asked" not in note):
            return {"state": "ready"}
        job = self._services.jobs.job(note["job"])
        doing = "applying" if "asked" in note else "looking"
        if job.state in (State.FAILED, State.DISMISSED):
            return {"state": "failed", "job": job.id, "error": dict(job.error or {"message": "dismissed"})}
        told = job.progress
        return {"state": doing, "job": job.id, "done": told.done if told else None, "total": told.total if told else None}

    def _begin(self, note: Json, at_once: bool) -> str:
        token = self._notes.keep(note)
        if at_once:
            try:
                self.run_look(token)
            except BaseException:
                self._notes.drop(token)
                raise
        else:
            self._notes.amend(token, {"job": self._submit(LOOK, token)})
        return token

    def _submit(self, kind: str, token: str) -> str:
        return self._services.jobs.submit(kind, {"token": token}, user=self._principal.id, key=token)

    def _selection(self, note: Json) -> list[tuple[str, int]]:
        if "batch" in note:
            return []
        with self._register.store.snapshot() as reader:
            return chosen(reader, question_of(reader, self._principal, Criteria.of_texts(note["criteria"]), self._services.blobs))

    def _work(self, note: Json) -> Work:
        if "batch" in note:
            return TakingBack.of(self._register, self._rules, note["batch"])
        return Setting(self._rules, [(str(id), int(at)) for id, at in note["selection"]], note["wanted"])

    def _insist_on_selection(self, note: Json) -> None:
        """The same Assets answer as when it was looked at. Raises Conflict."""
        if "batch" in note:
            return
        before, now = {str(id) for id, _ in note["selection"]}, {id for id, _ in self._selection(note)}
        if before != now:
            raise Conflict(f"other assets answer by now: {len(now - before)} came, {len(before - now)} went", came=len(now - before),
                           went=len(before - now), remedy="look at it again, then apply it")


def run_look(args: dict[str, Any], context: StepContext) -> JSON:
    """The step of the job that looks at a bulk edit of many Assets."""
    return _run(args, context, "look")


def run_apply(args: dict[str, Any], context: StepContext) -> JSON:
    """The step of the job that makes a bulk edit of many Assets; a chunk that an earlier run made is not made twice."""
    return _run(args, context, "apply")


def _run(args: dict[str, Any], context: StepContext, stage: str) -> JSON:
    with open_services(read_settings()) as services:
        principal, register = Principal(context.user, Role.EDITOR), Register(services.store)
        desk = BulkDesk(services, principal, register, read_rules(services.settings.asset_rules), Notes(services.blobs, context.user))
        token = str(args["token"])

        def progress(done: int, total: int) -> None:
            context.progress(stage, done=done, total=total)
        if stage == "look":
            desk.run_look(token, progress)
        else:
            desk.run_apply(token, progress)
    return {"token": token}
