"""Columns of all models, kept: in memory as long as a version stands, and as files for other processes and the next start."""

from __future__ import annotations

import contextlib
import random
import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from csdi import history
from csdi.blobs import Blobs
from csdi.errors import CsdiError
from csdi.feature import Feature
from csdi.history import AsOf
from csdi.query import Query
from csdi.store.base import Reader, has_collection, scan
from ogc_api.twin_columns import STATE_FIELDS, ModelColumns, read_columns, state_of
from ogc_api.twin_packed import packed, unpacked

_LOOK_S = 3.0
_MOST_PAST = 2_000_000
"""Elements of past versions whose columns stay in memory."""
_KEPT_VALUES = 24
_MOST_ANSWERS = 128
_LARGEST_ANSWER = 4_000_000


class KeptColumns:
    """Columns of all models that were asked for, as long as their version stands. Safe to use from many threads."""

    def __init__(self, blobs: Blobs | None = None) -> None:
        self._blobs = blobs
        self._models: dict[str, ModelColumns] = {}
        self._past: OrderedDict[tuple[str, str], ModelColumns] = OrderedDict()
        self._values: OrderedDict[tuple[str, str, str], Any] = OrderedDict()
        self._answers: OrderedDict[tuple[tuple[str, ...], str], bytes] = OrderedDict()
        self._locks: dict[str, threading.Lock] = {}
        self._guard = threading.Lock()
        self._rows: tuple[int, list[Feature]] = (-1, [])
        self._rows_then: tuple[int, AsOf | None, list[Feature]] = (-1, None, [])

    def all(self, store: Reader, as_of: AsOf | None = None) -> list[ModelColumns]:
        """Those of every model, by id; with `as_of`, of every model that there was then, in the version of then."""
        if as_of is None:
            return [self._of(store, row) for row in self._listed(store)]
        return self._as_they_were(store, self._listed_then(store, as_of))

    def warm(self, store: Reader, stop: threading.Event) -> None:
        """Reads what is missing, in an order of its own, so that several processes do not read the same; ends early when told so."""
        rows = self._listed(store)
        for row in random.sample(rows, len(rows)):
            if stop.is_set():
                return
            self._of(store, row).said  # noqa: B018

    def one(self, store: Reader, model: str, as_of: AsOf | None = None) -> ModelColumns:
        """Those of one model, in the version of then with `as_of`. Raises CollectionMissing, FeatureMissing."""
        if as_of is None:
            return self._of(store, store.feature("models", model))
        (found,) = self._as_they_were(store, [history.feature(store, store.collection("models"), model, as_of)])
        return found

    def derived(self, columns: ModelColumns, name: str, make: Callable[[], Any]) -> Any:
        """Something made from the columns of one state, the latest of them kept."""
        key = (columns.model, columns.state, name)
        with self._guard:
            if key in self._values:
                self._values.move_to_end(key)
                return self._values[key]
        made = make()
        with self._guard:
            self._values[key] = made
            while len(self._values) > _KEPT_VALUES:
                self._values.popitem(last=False)
        return made

    def answered(self, models: list[ModelColumns], asked: str, make: Callable[[], bytes]) -> bytes:
        """An answer that follows from the states of some models and from what was asked, the latest of them kept."""
        key = (tuple(f"{one.model} {one.state}" for one in models), asked)
        with self._guard:
            if key in self._answers:
                self._answers.move_to_end(key)
                return self._answers[key]
        made = make()
        if len(made) <= _LARGEST_ANSWER:
            with self._guard:
                self._answers[key] = made
                while len(self._answers) > _MOST_ANSWERS:
                    self._answers.popitem(last=False)
        return made

    def _listed(self, store: Reader) -> list[Feature]:
        """The models by id; listed again when anything in the store has changed."""
        change, rows = store.change(), self._rows
        if rows[0] == change:
            return rows[1]
        found = [*scan(store, "models", Query(fields=STATE_FIELDS, geometry=False))] if has_collection(store, "models") else []
        found.sort(key=lambda row: row.id)
        with self._guard:
            self._rows = (change, found)
            for gone in self._models.keys() - {row.id for row in found}:
                del self._models[gone]
        return found

    def _listed_then(self, store: Reader, as_of: AsOf) -> list[Feature]:
        """The models that there were, by id; the latest list is kept while nothing changes."""
        change, rows = store.change(), self._rows_then
        if rows[:2] == (change, as_of):
            return rows[2]
        listed = history.scan_as_of(store, "models", Query(fields=STATE_FIELDS, geometry=False), as_of)
        found = sorted(listed, key=lambda row: row.id) if has_collection(store, "models") else []
        self._rows_then = change, as_of, found
        return found

    def _as_they_were(self, store: Reader, rows: list[Feature]) -> list[ModelColumns]:
        """Columns of models in the versions of these rows, which may still be the present ones."""
        present = {row.id: state_of(row) for row in self._listed(store)}
        return [self._of(store, row) if present.get(row.id) == state_of(row) else self._of_past(store, row) for row in rows]

    def _of_past(self, store: Reader, row: Feature) -> ModelColumns:
        """The columns of a version that is no longer the present one."""
        key = row.id, state_of(row)
        with self._guard:
            lock = self._locks.setdefault(" ".join(key), threading.Lock())
        with lock:
            known = self._past.get(key)
            if known is None:
                version = int(row.properties.get("version") or 1)
                known = self._filed(row.id, key[1], version) or self._read(store, row.id, key[1], version)
            with self._guard:
                self._past[key] = known
                self._past.move_to_end(key)
                while len(self._past) > 1 and sum(one.size for one in self._past.values()) > _MOST_PAST:
                    self._past.popitem(last=False)
        return known

    def _of(self, store: Reader, row: Feature) -> ModelColumns:
        state = state_of(row)
        with self._guard:
            lock = self._locks.setdefault(row.id, threading.Lock())
        with lock:
            known = self._models.get(row.id)
            if known is None or known.state != state:
                known = self._filed(row.id, state) or self._read(store, row.id, state)
                with self._guard:
                    self._models[row.id] = known
        return known

    def _filed(self, model: str, state: str, version: int | None = None) -> ModelColumns | None:
        """The columns that some process left; None where there are none of this state."""
        if self._blobs is None:
            return None
        try:
            found = unpacked(self._blobs.get(_name(model, version)))
        except (CsdiError, ValueError):
            return None
        return found if (found.model, found.state, found.version) == (model, state, version) else None

    def _read(self, store: Reader, model: str, state: str, version: int | None = None) -> ModelColumns:
        made = read_columns(store, model, state, version)
        if self._blobs is not None:
            with contextlib.suppress(CsdiError):  # a disk that is full keeps nobody from reading
                self._blobs.put_named(_name(model, version), packed(made), replace=True)
        return made


def _name(model: str, version: int | None) -> str:
    return f"columns/{model}.npz" if version is None else f"columns/{model}@{version}.npz"


class Warmer:
    """Reads columns in the background as soon as there are models without, so that nobody has to wait for them."""

    def __init__(self, kept: KeptColumns, store: Reader) -> None:
        self._kept, self._store = kept, store
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="columns", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Ends after the model that is being read."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        seen = -1
        while not self._stop.wait(_LOOK_S):
            with contextlib.suppress(CsdiError):  # a store that is away now is asked again
                change = self._store.change()
                if change != seen:
                    self._kept.warm(self._store, self._stop)
                    seen = change
