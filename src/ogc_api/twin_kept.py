"""Columns of all models, kept: in memory as long as a version stands, and as files for other processes and the next start."""

from __future__ import annotations

import contextlib
import random
import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from csdi.blobs import Blobs
from csdi.errors import CsdiError
from csdi.feature import Feature
from csdi.query import Query
from csdi.store.base import Reader, has_collection, scan
from ogc_api.twin_columns import STATE_FIELDS, ModelColumns, read_columns, state_of
from ogc_api.twin_packed import packed, unpacked

_LOOK_S = 3.0
_KEPT_VALUES = 24
_MOST_ANSWERS = 128
_LARGEST_ANSWER = 4_000_000


class KeptColumns:
    """Columns of all models that were asked for, as long as their version stands. Safe to use from many threads."""

    def __init__(self, blobs: Blobs | None = None) -> None:
        self._blobs = blobs
        self._models: dict[str, ModelColumns] = {}
        self._values: OrderedDict[tuple[str, str, str], Any] = OrderedDict()
        self._answers: OrderedDict[tuple[tuple[str, ...], str], bytes] = OrderedDict()
        self._locks: dict[str, threading.Lock] = {}
        self._guard = threading.Lock()
        self._rows: tuple[int, list[Feature]] = (-1, [])

    def all(self, store: Reader) -> list[ModelColumns]:
        """Those of every model, by id."""
        return [self._of(store, row) for row in self._listed(store)]

    def warm(self, store: Reader, stop: threading.Event) -> None:
        """Reads what is missing, in an order of its own, so that several processes do not read the same; ends early when told so."""
        rows = self._listed(store)
        for row in random.sample(rows, len(rows)):
            if stop.is_set():
                return
            self._of(store, row).said  # noqa: B018

    def one(self, store: Reader, model: str) -> ModelColumns:
        """Those of one model. Raises CollectionMissing, FeatureMissing."""
        return self._of(store, store.feature("models", model))

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

    def _filed(self, model: str, state: str) -> ModelColumns | None:
        """The columns that some process left; None where there are none of this state."""
        if self._blobs is None:
            return None
        try:
            found = unpacked(self._blobs.get(_name(model)))
        except (CsdiError, ValueError):
            return None
        return found if found.state == state and found.model == model else None

    def _read(self, store: Reader, model: str, state: str) -> ModelColumns:
        made = read_columns(store, model, state)
        if self._blobs is not None:
            with contextlib.suppress(CsdiError):  # a disk that is full keeps nobody from reading
                self._blobs.put_named(_name(model), packed(made), replace=True)
        return made


def _name(model: str) -> str:
    return f"columns/{model}.npz"


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
