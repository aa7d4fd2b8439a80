"""Keeping the catalogue: one Record for every Collection that anybody may see, in step with it, and edited in one transaction."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as Late
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from csdi.catalogue.derive import derive, described
from csdi.catalogue.document import edited, from_document, to_document
from csdi.catalogue.features import CATALOGUE, catalogue_collection, of_feature, overlaid, parts_of, to_feature
from csdi.catalogue.record import Record, every_word
from csdi.collection import Collection
from csdi.errors import CollectionMissing, FeatureMissing
from csdi.extent import rfc3339
from csdi.feature import Feature
from csdi.filter import parse_text
from csdi.query import Query
from csdi.store.base import Reader, Store, Transaction, scan

_LOG = logging.getLogger("csdi")

PUSHED = ("title", "description", "keywords", "licence")
"""What a Collection says of itself as well; an edited Record changes both."""


@dataclass(frozen=True, slots=True)
class Steps:
    """What is to be done so that Records and Collections agree.

    Attributes:
        write: Records that are missing or no longer true.
        remove: ids of Records whose Collection is gone, or is not for everybody any more.
        describe: Collections that do not yet say what people wrote into their Records.
    """

    write: list[Feature]
    remove: list[str]
    describe: list[Collection]

    def __bool__(self) -> bool:
        return bool(self.write or self.remove or self.describe)


def bring_in_step(store: Store) -> int:
    """Make the Records agree with the Collections; gives how many Records changed. Does not write where nothing changed."""
    if exists(store) and not steps(store):
        return 0
    with store.transaction() as change:
        if not exists(store):
            change.create(catalogue_collection())
        due = steps(store)
        _take(change, due)
    return len(due.write) + len(due.remove)


def exists(store: Reader) -> bool:
    """Whether the catalogue has been made."""
    try:
        store.collection(CATALOGUE)
    except CollectionMissing:
        return False
    return True


def steps(store: Reader) -> Steps:
    """What `bring_in_step` would do now."""
    kept = {f.id: f for f in scan(store, CATALOGUE, Query(filter=parse_text("collection IS NOT NULL")))} if exists(store) else {}
    shown = {c.id: c for c in store.collections() if described(c)}
    due = Steps([], [id for id in kept if id not in shown], [])
    for id, collection in shown.items():
        try:
            _add_steps(due, collection, kept.get(id))
        except Exception:  # one Collection that cannot be described must not take the catalogue from all others
            _LOG.exception("collection %s has no record, or an old one", id)
    return due


def _add_steps(due: Steps, collection: Collection, before: Feature | None) -> None:
    base, changes = _base(collection, before), parts_of(before)[1] if before else {}
    after = to_feature(base, changes)
    if before is None or before.properties["digest"] != after.properties["digest"]:
        due.write.append(after)
    pushed = _pushed(of_feature(after))
    if pushed != _own(collection):
        due.describe.append(replace(collection, **pushed))


def record_feature(store: Reader, id: str) -> Feature:
    """The Feature of a Record. Raises FeatureMissing."""
    try:
        return store.feature(CATALOGUE, id)
    except (CollectionMissing, FeatureMissing):
        raise FeatureMissing(f"there is no record '{id}'", remedy="see:  csdi records list", record=id) from None


def record(store: Reader, id: str) -> Record:
    """A Record, with what people changed. Raises FeatureMissing."""
    return of_feature(record_feature(store, id))


def change_record(store: Store, id: str, given: Mapping[str, Any], *, replace_all: bool,
                  check: Callable[[str, str], None] | None = None) -> Feature:
    """Edit a Record and, where it is a Collection's, what that says of itself; all at once, or not at all.

    Args:
        given: the parts to change, as `csdi.catalogue.document` describes them.
        replace_all: what is not given follows from the data again; else it stays.
        check: is called with the digest of the Record as it is and its id, and raises where that is not what the caller saw.

    Raises:
        FeatureMissing, ValueInvalid: naming the part; and what `check` raises.
    """
    with store.transaction() as change:
        before = record_feature(store, id)
        if check:
            check(str(before.properties["digest"]), id)
        base, old = parts_of(before)
        kept = edited(base, {name: value for name, value in old.items() if name != "updated"}, given, replace=replace_all)
        if kept:
            kept["updated"] = rfc3339(datetime.now(UTC))
        after = to_feature(from_document(base), kept)
        change.write(CATALOGUE, [after])
        _push(store, change, of_feature(after))
    return after


def _take(change: Transaction, due: Steps) -> None:
    if due.remove:
        change.delete(CATALOGUE, ids=due.remove)
    change.write(CATALOGUE, due.write)
    for collection in due.describe:
        change.describe(collection)


def _push(store: Reader, change: Transaction, after: Record) -> None:
    if after.collection:
        collection = store.collection(after.collection)
        if _pushed(after) != _own(collection):
            change.describe(replace(collection, **_pushed(after)))


def _base(collection: Collection, before: Feature | None) -> Record:
    """What the data say, where what people wrote into the Record and then went to the Collection does not count as the data's."""
    derived = derive(collection)
    if before is None:
        return derived
    base, changes = parts_of(before)
    said, own, document = _pushed(overlaid(base, changes)), _own(collection), to_document(derived)
    for name in PUSHED:
        if name in changes and said[name] == own[name]:
            document[name] = base.get(name)
    return from_document({name: value for name, value in document.items() if value is not None})


def _pushed(after: Record) -> dict[str, Any]:
    return {"title": dict(after.title), "description": dict(after.description), "keywords": every_word(after.keywords),
            "licence": after.licence}


def _own(collection: Collection) -> dict[str, Any]:
    return {"title": dict(collection.title) or {"en": collection.id}, "description": dict(collection.description),
            "keywords": tuple(collection.keywords), "licence": collection.licence}


class Keeper:
    """Keeps a store's catalogue in step for readers: looks when the store changed, works beside them, and never holds them long.

    One long publication must not hold up those who read the catalogue: after `wait_s` they get it as it last was.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._seen = -1
        self._working: Future[None] | None = None
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="catalogue")

    def catch_up(self, wait_s: float = 2.0) -> bool:
        """Whether the catalogue is as the Collections are now."""
        if self._store.change() == self._seen:
            return True
        with self._lock:
            if self._working is None or self._working.done():
                self._working = self._worker.submit(self._work)
            working = self._working
        try:
            working.result(wait_s)
        except Late:
            return False
        return self._store.change() == self._seen

    def close(self) -> None:
        """End when the work that was begun is done."""
        self._worker.shutdown(cancel_futures=True)

    def _work(self) -> None:
        try:
            for _ in range(3):
                change = self._store.change()
                if not bring_in_step(self._store):
                    self._seen = change
                    return
        except Exception:  # readers get the catalogue as it last was
            _LOG.warning("the catalogue could not be brought in step with the collections", exc_info=True)
