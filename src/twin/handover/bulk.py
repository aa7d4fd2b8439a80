"""Bulk edits: the same values for all Assets that answer a question, in chunks; each is made as it was looked at, or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Any, Protocol

from csdi.access import Action, Principal, may
from csdi.blobs import Blobs
from csdi.errors import AssetInvalid, Conflict, NotFound, ValueInvalid
from csdi.filter import Literal, Op, Property
from csdi.query import Query
from csdi.store.base import Reader, has_collection, scan
from twin.handover.columns import LOCKED
from twin.handover.plans import CellChange, Outcome, Plan, Planner, Tally, Wish, faults_of, insist
from twin.questions.expanding import Asker
from twin.questions.finding import Criteria, query_of
from twin.register.editing import Editor
from twin.register.entries import Entry
from twin.register.keeping import Register, Writing, equals
from twin.register.rules import Rules
from twin.register.schemas import ASSETS, CHANGES, REVISION

CHUNK = 2000
"""Assets that are changed in one transaction."""
MOST = 1_000_000
"""Assets that one bulk edit may change."""
_MOST_REFUSED = 100

Json = dict[str, Any]
Selection = list[tuple[str, int]]
"""Assets with the revision at which each was looked at."""
Progress = Callable[[int, int], None]


class Work(Protocol):
    """A bulk edit, chunk by chunk.

    Attributes:
        chunks: how many there are.
    """

    @property
    def chunks(self) -> int: ...  # noqa: D102

    def plan(self, writing: Writing, chunk: int) -> Plan:
        """What chunk number `chunk`, from 0, comes to in a block of changes."""
        ...


def question_of(reader: Reader, principal: Principal, criteria: Criteria, blobs: Blobs | None = None) -> Query:
    """The question of a bulk edit to the register; sight goes by the shapes in `blobs`, without them by boxes.

    Raises ValueInvalid, FilterInvalid; ValueInvalid where nothing at all is asked.
    """
    if criteria == Criteria():
        raise ValueInvalid("a bulk edit says which assets it is for", field="filter", remedy="such as asset_class = 'pump'")
    asker = Asker(reader, lambda collection: may(principal, Action.READ, collection), blobs)
    return replace(query_of(criteria, asker), fields=(REVISION, "tag"), count=False)


def chosen(reader: Reader, asked: Query) -> Selection:
    """The Assets that answer, by their tags. Raises ValueInvalid where they are more than `MOST`."""
    found = sorted((str(row.properties.get("tag") or ""), row.id, int(row.properties.get(REVISION) or 0))
                   for row in scan(reader, ASSETS, asked))
    if len(found) > MOST:
        raise ValueInvalid(f"{len(found)} assets are more than the {MOST} of one edit", field="filter", remedy="choose fewer")
    return [(id, revision) for _, id, revision in found]


def wanted_of(said: Mapping[str, Any]) -> Json:
    """The fields that a merge patch sets, members of `properties` one by one.

    Raises:
        ValueInvalid: nothing is set, or what every Asset has of its own.
    """
    wanted = dict(_flat(said))
    if not wanted:
        raise ValueInvalid("nothing is set", field="set", remedy="such as condition=3")
    if own := sorted(name for name in wanted if name in LOCKED or name in ("tag", "serial", "element", "device")):
        raise ValueInvalid(f"'{own[0]}' is not set for many assets at once", field=own[0], remedy="each has its own")
    return wanted


@dataclass(frozen=True, slots=True)
class Setting:
    """The same values for each Asset of a selection.

    Attributes:
        wanted: field -> value, None takes it away; see `wanted_of`.
    """

    rules: Rules
    selection: Selection
    wanted: Mapping[str, Any]

    @property
    def chunks(self) -> int:
        """How many chunks there are."""
        return -(-len(self.selection) // CHUNK)

    def plan(self, writing: Writing, chunk: int) -> Plan:
        """What a chunk comes to; an Asset at another revision is a conflict."""
        rows = self.selection[chunk * CHUNK:(chunk + 1) * CHUNK]
        return Planner(Editor(writing, self.rules), "changed").take(Wish(0, id, self.wanted, revision=at) for id, at in rows)


@dataclass(frozen=True, slots=True)
class TakingBack:
    """What a bulk edit changed, as it was before; the last chunk first."""

    rules: Rules
    batches: Sequence[str]

    @classmethod
    def of(cls, register: Register, rules: Rules, batch: str) -> TakingBack:
        """Of a bulk edit by its name. Raises NotFound."""
        begun = Op("and", (Op(">=", (Property("batch"), Literal(f"{batch}/"))), Op("<", (Property("batch"), Literal(f"{batch}0")))))
        found = register.store.values(CHANGES, "batch", Query(filter=begun), MOST) if has_collection(register.store, CHANGES) else []
        if not found:
            raise NotFound(f"there is no bulk edit '{batch[:60]}'", remedy="the history of an asset names those that changed it")
        return cls(rules, sorted((str(name) for name, _ in found), reverse=True))

    @property
    def chunks(self) -> int:
        """How many chunks there are."""
        return len(self.batches)

    def plan(self, writing: Writing, chunk: int) -> Plan:
        """What a chunk comes to; an Asset that says something else by now is a conflict."""
        editor, plan = Editor(writing, self.rules), Plan()
        entries = sorted(writing.register.batch(self.batches[chunk]), key=lambda one: (one.asset, -one.number))
        for asset, own in groupby(entries, lambda one: one.asset):
            plan.note(_taken_back(editor, asset, list(own)))
        return plan


def look(register: Register, who: str, work: Work, progress: Progress = lambda _done, _all: None) -> Tally:
    """What a bulk edit would come to; nothing is kept."""
    made = Tally()
    for chunk in range(work.chunks):
        made.add(work.plan(register.trying(who), chunk))
        progress(chunk + 1, work.chunks)
    return made


@dataclass
class Making:
    """A bulk edit that is made.

    Attributes:
        batch: its name; that of a chunk, which its entries carry, has the number behind a slash.
        digests: of the plans that were looked at, chunk by chunk.
        leave_out: whether rows that cannot be taken are left out; else one of them stops its chunk.
        changed: Assets that were changed.
        refused: chunks that were not made: the first 100, each with `assets` and `error`.
    """

    batch: str
    digests: Sequence[str]
    leave_out: bool = False
    changed: int = 0
    left: int = 0
    refused: list[Json] = field(default_factory=list)
    refused_chunks: int = 0

    def make(self, register: Register, who: str, why: str, work: Work, progress: Progress = lambda _done, _all: None) -> Making:
        """Make all chunks that are as they were looked at. A chunk that was made before, by a run that broke off, is not made twice.

        Raises:
            AssetInvalid, Conflict: as `insist`, where there is one chunk and it cannot be made.
        """
        for chunk in range(work.chunks):
            try:
                self._chunk(register, who, why, work, chunk)
            except (AssetInvalid, Conflict) as error:
                if work.chunks == 1:
                    raise
                self._refuse(chunk, error)
            progress(chunk + 1, work.chunks)
        return self

    def to_dict(self) -> Json:
        """The JSON form."""
        return {"batch": self.batch, "changed": self.changed, "left_out": self.left, "refused_chunks": self.refused_chunks,
                "refused": self.refused}

    def _chunk(self, register: Register, who: str, why: str, work: Work, chunk: int) -> None:
        name = f"{self.batch}/{chunk:05d}"
        with register.writing(who, why, batch=name) as writing:
            done = register.count(CHANGES, equals("batch", name))
            if done:
                self.changed += len({entry.asset for entry in register.batch(name)})
                return
            plan = work.plan(writing, chunk)
            insist(plan, leave_out=self.leave_out, digest=self.digests[chunk])
        self.changed += plan.counts["changed"]
        self.left += plan.broken

    def _refuse(self, chunk: int, error: AssetInvalid | Conflict) -> None:
        self.refused_chunks += 1
        if len(self.refused) < _MOST_REFUSED:
            self.refused.append({"chunk": chunk, "error": {"code": error.code, "message": error.message, "remedy": error.remedy}})


def _taken_back(editor: Editor, asset: str, entries: list[Entry]) -> Outcome:
    """One Asset with its device as they were before these entries, the last of which comes first."""
    row = editor.writing.find(ASSETS, asset)
    tag = str(row.properties.get("tag") or "") if row is not None else ""
    changes = tuple(CellChange(name, "", now, (entry.before or {}).get(name)) for entry in entries if entry.collection == ASSETS
                    for name, now in (entry.after or {}).items() if name not in LOCKED)
    try:
        editor.take_back(entries)
    except (AssetInvalid, Conflict) as error:
        kind = "conflict" if isinstance(error, Conflict) else "error"
        return Outcome(0, kind, asset, tag, changes, tuple(faults_of(error, Wish(0, asset, {}))))
    return Outcome(0, "changed", asset, tag, changes)


def _flat(said: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in said.items():
        if name == "properties" and isinstance(value, Mapping):
            yield from ((f"properties.{key}", one) for key, one in value.items())
        else:
            yield name, value
