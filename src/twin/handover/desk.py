"""The desk of handover: files and bulk edits that are looked at, kept under a token, and applied when somebody says so."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson

from csdi.access import Action, Principal, require
from csdi.bootstrap import Services
from csdi.errors import BlobMissing, NotFound, ValueInvalid
from csdi.extent import rfc3339
from twin.handover.books import read_book
from twin.handover.bulk import chosen, set_all
from twin.handover.cobie_check import check_cobie
from twin.handover.cobie_import import take_cobie
from twin.handover.importing import take_book
from twin.handover.plans import Plan, insist
from twin.questions.finding import Criteria
from twin.register.keeping import Register, Writing
from twin.register.rule_files import read_rules

KINDS = ("assets", "cobie")
"""What a file may be: rows of the register, or COBie."""
KEPT_FOR = timedelta(hours=48)
_FOLDER = "handover"
_TOKEN = re.compile(r"[0-9a-f]{32}")

Json = dict[str, Any]
Work = Callable[[Writing], Plan]


class Desk:
    """What one principal hands in."""

    def __init__(self, services: Services, principal: Principal) -> None:
        require(principal, Action.EDIT)
        self._services, self._principal = services, principal
        self.register, self.rules = Register(services.store), read_rules(services.settings.asset_rules)

    def look_at_file(self, path: Path, name: str, kind: str = "assets") -> Json:
        """What importing a file would change; the file is kept, and `token` applies it. Raises as `read_book`, ValueInvalid."""
        if kind not in KINDS:
            raise ValueInvalid(f"'{kind[:20]}' is no kind of import", field="kind", remedy=f"one of {', '.join(KINDS)}")
        plan = self._file_work(path, name, kind)(self.register.trying(self._principal.id))
        return self._kept({"kind": kind, "file": name}, plan, path)

    def look_at_bulk(self, criteria: Mapping[str, Any], said: Mapping[str, Any]) -> Json:
        """What setting fields of all Assets that answer criteria would change. Raises ValueInvalid, FilterInvalid."""
        ids = chosen(self.register.store, self._principal, Criteria.of_texts({name: str(value) for name, value in criteria.items()}))
        plan = set_all(self.register.trying(self._principal.id), self.rules, ids, said)
        return self._kept({"kind": "bulk", "ids": ids, "set": dict(said)}, plan, None)

    def seen(self, token: str) -> Json:
        """What was looked at. Raises NotFound."""
        kept = self._note(token)
        return {"token": token, **{name: kept[name] for name in ("kind", "file", "made", "until", "preview") if name in kept}}

    def apply(self, token: str, *, leave_out: bool = False, why: str = "") -> Json:
        """Make the changes that were looked at, all or none.

        Args:
            leave_out: whether rows that cannot be taken are left out.

        Raises:
            NotFound: the token is not known, or was used.
            AssetInvalid: rows cannot be taken, and are not to be left out.
            Conflict: the register changed, so that something else would happen.
        """
        kept = self._note(token)
        if kept["kind"] == "bulk":
            plan = self._made(lambda writing: set_all(writing, self.rules, kept["ids"], kept["set"]), kept, leave_out, why or "bulk edit")
        else:
            with self._services.blobs.file(f"{_FOLDER}/{token}.file") as path:
                work = self._file_work(path, kept["file"], kept["kind"])
                plan = self._made(work, kept, leave_out, why or f"import of {kept['file']}")
        self.forget(token)
        return plan.to_dict()

    def forget(self, token: str) -> None:
        """Drop what was looked at. Raises NotFound."""
        self._note(token)
        self._drop(token)

    def _made(self, work: Work, kept: Mapping[str, Any], leave_out: bool, why: str) -> Plan:
        with self.register.writing(self._principal.id, why) as writing:
            plan = work(writing)
            insist(plan, leave_out=leave_out, digest=kept["digest"])
        return plan

    def _file_work(self, path: Path, name: str, kind: str) -> Work:
        book = read_book(path, name)
        if kind == "assets":
            return lambda writing: take_book(writing, self.rules, book)
        report = check_cobie(book)
        return lambda writing: take_cobie(writing, self.rules, report)

    def _kept(self, about: Json, plan: Plan, file: Path | None) -> Json:
        self._clear()
        token, now = secrets.token_hex(16), datetime.now(UTC)
        note = {**about, "who": self._principal.id, "made": rfc3339(now), "until": rfc3339(now + KEPT_FOR), "digest": plan.digest,
                "preview": plan.to_dict()}
        if file is not None:
            self._services.blobs.put_named(f"{_FOLDER}/{token}.file", file)
        self._services.blobs.put_named(f"{_FOLDER}/{token}.json", orjson.dumps(note, default=str))
        return self.seen(token)

    def _note(self, token: str) -> Json:
        missing = NotFound("there is no such import", remedy="look at the file again: its token is used, too old, or somebody else's")
        if not _TOKEN.fullmatch(token):
            raise missing
        try:
            kept: Json = orjson.loads(self._services.blobs.get(f"{_FOLDER}/{token}.json"))
        except BlobMissing:
            raise missing from None
        if kept["who"] != self._principal.id or datetime.fromisoformat(kept["until"]) < datetime.now(UTC):
            raise missing
        return kept

    def _drop(self, token: str) -> None:
        for suffix in ("json", "file"):
            with suppress(BlobMissing):
                self._services.blobs.delete(f"{_FOLDER}/{token}.{suffix}")

    def _clear(self) -> None:
        """Drop what nobody came back for."""
        for name in [one for one in self._services.blobs.names(f"{_FOLDER}/") if one.endswith(".json")]:
            with suppress(BlobMissing):
                if datetime.fromisoformat(orjson.loads(self._services.blobs.get(name))["until"]) < datetime.now(UTC):
                    self._drop(Path(name).stem)
