"""Where the register is kept: every change of a row, what it was before and its entry in the history are one transaction."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from csdi import history
from csdi.chain import BEGIN
from csdi.collection import Collection
from csdi.errors import Conflict, NotFound, PreconditionFailed
from csdi.extent import rfc3339
from csdi.feature import Feature
from csdi.filter import Expression, Literal, Op, Property
from csdi.query import Query, Sort
from csdi.store.base import Store, Transaction, has_collection, scan
from twin.register.counting import Spot, Tree, spot_of
from twin.register.entries import Entry, State, difference, entry_of, row_of, sealed_row, state_of
from twin.register.schemas import ASSETS, CHANGES, DERIVED, DEVICES, LOCATIONS, PROPOSALS, REVISION, collections

_BATCH = 2000
_MISSING = {ASSETS: "asset", DEVICES: "device", LOCATIONS: "location", PROPOSALS: "proposal"}


class Register:
    """The register of a site, in its store. Safe to share between threads."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def exists(self) -> bool:
        """Whether a register was ever built or written to."""
        return has_collection(self.store, ASSETS)

    def row(self, collection: str, id: str) -> Feature:
        """One row of one of the Collections. Raises NotFound."""
        try:
            return self.store.feature(collection, id)
        except NotFound:
            raise NotFound(f"there is no {_MISSING.get(collection, 'row')} '{id}'", remedy="csdi assets find  lists what there is",
                           collection=collection, feature=id) from None

    def asset(self, id: str) -> Feature:
        """One Asset, by its id or its tag. Raises NotFound."""
        found = self.rows(ASSETS, equals("tag", id), limit=1) if not id.startswith("a-") else []
        return found[0] if found else self.row(ASSETS, id)

    def rows(self, collection: str, where: Expression | None = None, sort: tuple[Sort, ...] = (), limit: int = 100,
             offset: int = 0) -> list[Feature]:
        """Rows of one of the Collections; none before the register was built."""
        if not has_collection(self.store, collection):
            return []
        return list(self.store.search(collection, Query(filter=where, sort=sort, limit=limit, offset=offset, count=False)).features)

    def every(self, collection: str, where: Expression | None = None, fields: tuple[str, ...] | None = None) -> Iterator[Feature]:
        """All rows that match, page by page; only these fields and no geometry where fields are named."""
        if has_collection(self.store, collection):
            yield from scan(self.store, collection, Query(filter=where, fields=fields, geometry=fields is None))

    def count(self, collection: str, where: Expression | None = None) -> int:
        """How many rows match."""
        return self.store.count(collection, Query(filter=where)) if has_collection(self.store, collection) else 0

    def as_of(self, collection: str, id: str, moment: datetime) -> Feature:
        """A row as it was. Raises NotFound."""
        try:
            return history.feature(self.store, self.store.collection(collection), id, history.AsOf(moment))
        except NotFound:
            raise NotFound(f"there was no {_MISSING.get(collection, 'row')} '{id}' at {rfc3339(moment)}", collection=collection,
                           feature=id, remedy="ask for its history to see when it began") from None

    def entries(self, asset: str = "", *, newest_first: bool = False, limit: int | None = None) -> Iterator[Entry]:
        """Entries of the history in their order, all or those that concern an Asset."""
        if not has_collection(self.store, CHANGES):
            return iter(())
        query = Query(filter=equals("asset", asset) if asset else None, sort=(Sort("number", newest_first),))
        return itertools.islice((entry_of(row) for row in scan(self.store, CHANGES, query)), limit)

    def batch(self, name: str) -> Iterator[Entry]:
        """Entries of one chunk of a bulk edit, in no order."""
        return (entry_of(row) for row in self.every(CHANGES, equals("batch", name)))

    @property
    def head(self) -> Entry | None:
        """The last entry of the history."""
        last = self.rows(CHANGES, sort=(Sort("number", descending=True),), limit=1)
        return entry_of(last[0]) if last else None

    @contextmanager
    def writing(self, who: str, why: str = "", also: Iterable[Collection] = (), *, public: bool = False,
                batch: str = "") -> Iterator[Writing]:
        """Changes by one principal for one reason, kept together at the end of the block or not at all.

        Args:
            also: Collections of others whose rows are changed in the same way; made where they are not there yet. Those with
                `PRESENT_FIELDS` keep a history.
            public: whether the register is open to everybody, where this block makes it.
            batch: what the entries say they have in common with those of other blocks, "" for nothing.
        """
        with self.store.transaction() as change:
            there = {one.id: one for one in self.store.collections()}
            kept = (*collections(public), *also)
            for one in kept:
                for wanted in (one, history.history_of(one)) if history.is_versioned(one) else (one,):
                    _ensure(change, there, wanted)
            writing = Writing(self, change, who, why, {one.id: _stamps(one) for one in kept}, batch)
            yield writing
            writing.close()

    def trying(self, who: str) -> Writing:
        """Changes as `writing` makes them, of which nothing is kept: what they would come to, without holding the store."""
        return Writing(self, _Nowhere(), who, "", {one.id: _stamps(one) for one in collections()})


class _Nowhere:
    """A transaction that keeps nothing."""

    def write(self, id: str, features: Iterable[Feature]) -> int:  # noqa: ARG002
        """Forget Features; gives how many there were."""
        return sum(1 for _ in features)


class Writing:
    """Changes in one transaction. What it wrote itself it sees; others see it when the block has ended."""

    def __init__(self, register: Register, change: Transaction | _Nowhere, who: str, why: str,
                 stamps: Mapping[str, frozenset[str]], batch: str = "") -> None:
        self.register = register
        self.who = who
        self.why = why
        self.batch = batch
        self._change = change
        self._stamps = stamps
        head = register.head
        self._number, self._digest = (head.number, head.digest) if head else (0, BEGIN)
        self.moment = _later(head.at if head else "")
        self.now = rfc3339(self.moment)
        self._known: dict[tuple[str, str], Feature | None] = {}
        self._moved: Counter[Spot] = Counter()
        self._zones: dict[str, str] = {}
        self._tags: dict[str, str] = {}
        self._waiting: dict[str, list[Feature]] = {}

    def find(self, collection: str, id: str) -> Feature | None:
        """A row as it is in this block; None where there is none."""
        key = (collection, id)
        if key not in self._known:
            try:
                self._known[key] = self.register.store.feature(collection, id)
            except NotFound:
                self._known[key] = None
        return self._known[key]

    def tagged(self, tag: str) -> str | None:
        """Id of the Asset with a tag, as it is in this block; None where there is none."""
        written = self._tags.get(tag)
        if written is not None and self.row(ASSETS, written).properties.get("tag") == tag:
            return written
        kept = self.register.rows(ASSETS, equals("tag", tag), limit=1)
        return kept[0].id if kept and self.row(ASSETS, kept[0].id).properties.get("tag") == tag else None

    def row(self, collection: str, id: str) -> Feature:
        """A row as it is in this block. Raises NotFound."""
        found = self.find(collection, id)
        return found if found is not None else self.register.row(collection, id)

    def add(self, collection: str, row: Feature, what: str = "added") -> Feature:
        """A new row, as it is kept. Raises Conflict where its id is taken."""
        if self.find(collection, row.id) is not None:
            raise Conflict(f"there is a {_MISSING.get(collection, 'row')} '{row.id}' already", collection=collection, feature=row.id,
                           remedy="choose another id, or change the one that is there")
        kept = self._begun(collection, row, 1)
        self._put(collection, None, kept, what)
        return self._remembered(collection, kept)

    def fill(self, collection: str, rows: Iterable[Feature], what: str = "added") -> int:
        """Many new rows, streamed; gives how many.

        The caller vouches that their ids are free; this block cannot change them again, except for those of locations.
        """
        count = 0
        for row in rows:
            kept = self._begun(collection, row, 1)
            self._put(collection, None, kept, what)
            if collection == LOCATIONS:
                self._remembered(collection, kept)
            count += 1
        return count

    def edit(self, collection: str, id: str, patch: Mapping[str, Any], what: str = "changed", *, revision: int | None = None,
             to: Callable[[State], State] | None = None) -> Feature:
        """A row after a change, as it is kept; the same row where nothing differs.

        Args:
            patch: field -> its new value; None takes the value away. Fields that are not named stay.
            revision: the state that the change is meant for; None where the caller holds the present one.
            to: gives the whole state that the row is to have, instead of a patch.

        Raises:
            NotFound: there is no such row.
            PreconditionFailed: it is at another revision: somebody else changed it first.
        """
        before = self.row(collection, id)
        at = int(before.properties.get(REVISION) or 0)
        if revision is not None and revision != at:
            raise PreconditionFailed(f"'{id}' is at revision {at}, not {revision}: somebody else changed it first", feature=id,
                                     revision=at, expected=revision, remedy="read it again, then change it")
        old = state_of(collection, before)
        state = to(dict(old)) if to is not None else old | dict(patch)
        state = {name: value for name, value in state.items() if value is not None}
        if state == old:
            return before
        derived = {name: before.properties.get(name) for name in DERIVED.get(collection, ())}
        bare = row_of(id, state)
        kept = self._begun(collection, Feature(id, bare.geometry, {**bare.properties, **derived}), at + 1)
        self._put(collection, before, kept, what)
        return self._remembered(collection, kept)

    def close(self) -> None:
        """Bring the counts of locations up to date, and write what waits."""
        self._count()
        for collection in list(self._waiting):
            self._flush(collection)

    def _remembered(self, collection: str, kept: Feature) -> Feature:
        self._known[(collection, kept.id)] = kept
        if collection == ASSETS and kept.properties.get("tag"):
            self._tags[kept.properties["tag"]] = kept.id
        if collection == LOCATIONS and kept.properties.get("element"):
            self._zones[kept.properties["element"]] = kept.id
        return kept

    def _put(self, collection: str, before: Feature | None, after: Feature, what: str) -> None:
        old, new = state_of(collection, before) if before is not None else None, state_of(collection, after)
        told = difference(old, new) if old is not None else (None, new)
        self._note(collection, after, what, *told)
        if before is not None and history.VALID_FROM in after.properties:
            self._write(history.history_id(collection), next(history.ended([before], _revision(before), self.moment)))
        self._write(collection, after)
        if collection == ASSETS:
            self._shift(before, -1)
            self._shift(after, 1)

    def _begun(self, collection: str, row: Feature, revision: int) -> Feature:
        stamp = {REVISION: revision, history.SINCE_VERSION: revision, history.VALID_FROM: self.now}
        wanted = self._stamps[collection]
        return Feature(row.id, row.geometry, {**row.properties, **{name: value for name, value in stamp.items() if name in wanted}})

    def _note(self, collection: str, row: Feature, what: str, before: State | None, after: State | None) -> None:
        asset = row.id if collection == ASSETS else str(row.properties.get("asset") or "")
        entry = sealed_row(Entry(self._number + 1, self.now, self.who, self.why, what, collection, row.id, asset, before, after,
                                 self._digest, batch=self.batch))
        self._number, self._digest = self._number + 1, entry.properties["digest"]
        self._write(CHANGES, entry)

    def _write(self, collection: str, row: Feature) -> None:
        waiting = self._waiting.setdefault(collection, [])
        waiting.append(row)
        if len(waiting) >= _BATCH:
            self._flush(collection)

    def _flush(self, collection: str) -> None:
        waiting = self._waiting.pop(collection, [])
        if waiting:
            self._change.write(collection, list({row.id: row for row in waiting}.values()))

    def _shift(self, row: Feature | None, by: int) -> None:
        spot = spot_of(row) if row is not None else None
        if spot is not None:
            self._moved[spot] += by

    def _count(self) -> None:
        """Add what came and went to the locations and to all that they lie in."""
        own, total = Tree(lambda id: self.find(LOCATIONS, id), self._zone).counts(self._moved)
        for id in sorted(total):
            row = self.find(LOCATIONS, id)
            if row is not None and (own[id] or total[id]):
                p = row.properties
                counts = {"own_count": (p.get("own_count") or 0) + own[id], "total_count": (p.get("total_count") or 0) + total[id]}
                self._known[(LOCATIONS, id)] = counted = Feature(row.id, row.geometry, {**p, **counts})
                self._write(LOCATIONS, counted)
        self._moved = Counter()

    def _zone(self, element: str) -> Feature | None:
        """The location that a part of a model stands for, as it is in this block."""
        if element not in self._zones:
            kept = self.register.rows(LOCATIONS, equals("element", element), limit=1)
            self._zones[element] = kept[0].id if kept else ""
        return self.find(LOCATIONS, self._zones[element]) if self._zones[element] else None


def equals(name: str, value: str | int) -> Expression:
    """The condition that a property has a value."""
    return Op("=", (Property(name), Literal(value)))


def both(*tests: Expression | None) -> Expression | None:
    """The condition that all hold; None where there is none."""
    given = [test for test in tests if test is not None]
    return None if not given else given[0] if len(given) == 1 else Op("and", tuple(given))


def inside(path: str, field: str = "location_path") -> Expression:
    """The condition that something is in the location of this path, or in one of its child locations."""
    return Op("or", (equals(field, path), Op("like", (Property(field), Literal(f"{path}/%")))))


def _stamps(collection: Collection) -> frozenset[str]:
    return frozenset(name for name in (REVISION, history.SINCE_VERSION, history.VALID_FROM) if name in collection.schema)


def _later(last: str) -> datetime:
    """Now, and in any case later than the last entry: clocks are set back at times."""
    now = datetime.now(UTC)
    return max(now, datetime.fromisoformat(last) + timedelta(microseconds=1)) if last else now


def _revision(row: Feature) -> int:
    return int(row.properties.get(REVISION) or 1)


def _ensure(change: Transaction, there: Mapping[str, Collection], wanted: Collection) -> None:
    """Make a Collection that is not there; give an older one new fields."""
    kept = there.get(wanted.id)
    if kept is None:
        change.create(wanted)
    elif missing := [field for field in wanted.schema if field.name not in kept.schema]:
        change.describe(replace(kept, schema=replace(kept.schema, fields=(*kept.schema.fields, *missing))))
