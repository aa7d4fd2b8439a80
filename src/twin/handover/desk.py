"""The desk of handover: files and bulk edits that are looked at, kept under a token, and applied when somebody says so."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from csdi.access import Action, Principal, require
from csdi.bootstrap import Services
from csdi.errors import ValueInvalid
from twin.handover.books import read_book
from twin.handover.bulk_desk import BulkDesk
from twin.handover.cobie_check import check_cobie
from twin.handover.cobie_import import take_cobie
from twin.handover.importing import take_book
from twin.handover.notes import Notes
from twin.handover.plans import Plan, insist
from twin.register.keeping import Register, Writing
from twin.register.rule_files import read_rules

KINDS = ("assets", "cobie")
"""What a file may be: rows of the register, or COBie."""
_SHOWN = ("kind", "file", "made", "until", "preview", "result")

Json = dict[str, Any]
Work = Callable[[Writing], Plan]


class Desk:
    """What one principal hands in."""

    def __init__(self, services: Services, principal: Principal) -> None:
        require(principal, Action.EDIT)
        self._services, self._principal = services, principal
        self.register, self.rules = Register(services.store), read_rules(services.settings.asset_rules)
        self._notes = Notes(services.blobs, principal.id)
        self._bulk = BulkDesk(services, principal, self.register, self.rules, self._notes)

    def look_at_file(self, path: Path, name: str, kind: str = "assets") -> Json:
        """What importing a file would change; the file is kept, and `token` applies it. Raises as `read_book`, ValueInvalid."""
        if kind not in KINDS:
            raise ValueInvalid(f"'{kind[:20]}' is no kind of import", field="kind", remedy=f"one of {', '.join(KINDS)}")
        plan = self._file_work(path, name, kind)(self.register.trying(self._principal.id))
        return self.seen(self._notes.keep({"kind": kind, "file": name, "digest": plan.digest, "preview": plan.to_dict()}, path))

    def look_at_bulk(self, criteria: Mapping[str, Any], said: Mapping[str, Any], *, wait: bool = True) -> Json:
        """What setting fields of all Assets that answer criteria would change.

        Args:
            wait: whether many Assets are looked at before this ends; else by a job, whose `state` `seen` tells.

        Raises:
            ValueInvalid, FilterInvalid: nothing is asked or set, or too much.
        """
        return self.seen(self._bulk.look_at({name: str(value) for name, value in criteria.items()}, said, wait=wait))

    def look_at_taking_back(self, batch: str, *, wait: bool = True) -> Json:
        """What taking a bulk edit back would change; see `look_at_bulk`. Raises NotFound."""
        return self.seen(self._bulk.look_at_taking_back(batch, wait=wait))

    def seen(self, token: str) -> Json:
        """What was looked at, and how far it is: `state` is looking, ready, applying, done or failed. Raises NotFound."""
        note = self._notes.read(token)
        return {"token": token, **{name: note[name] for name in _SHOWN if name in note}, **self._bulk.state(note)}

    def apply(self, token: str, *, leave_out: bool = False, why: str = "", wait: bool = True) -> Json:
        """Make the changes that were looked at: those of a file all or none, those of a bulk edit chunk by chunk.

        Args:
            leave_out: whether rows that cannot be taken are left out.
            wait: whether many Assets are changed before this ends; else by a job, and the answer is that of `seen`.

        Raises:
            NotFound: the token is not known, or was used.
            AssetInvalid: rows cannot be taken, and are not to be left out.
            Conflict: the register changed, so that something else would happen.
        """
        note = self._notes.read(token)
        if note["kind"] == "bulk":
            result = self._bulk.apply(token, note, leave_out=leave_out, why=why or "bulk edit", wait=wait)
            return self.seen(token) if result is None else result
        with self._services.blobs.file(self._notes.file(token)) as path:
            work = self._file_work(path, note["file"], note["kind"])
            with self.register.writing(self._principal.id, why or f"import of {note['file']}") as writing:
                plan = work(writing)
                insist(plan, leave_out=leave_out, digest=note["digest"])
        self.forget(token)
        return plan.to_dict()

    def forget(self, token: str) -> None:
        """Drop what was looked at. Raises NotFound."""
        self._notes.read(token)
        self._notes.drop(token)

    def _file_work(self, path: Path, name: str, kind: str) -> Work:
        book = read_book(path, name)
        if kind == "assets":
            return lambda writing: take_book(writing, self.rules, book)
        report = check_cobie(book)
        return lambda writing: take_cobie(writing, self.rules, report)
