"""Versions of a Model in the store: what ends goes into the history, what is new begins, the rest stays untouched."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson

from bim.intake import Intake
from bim.plans import plans_collection
from bim.schemas import bim_collections
from bim.versions.compare import Comparison, compare
from csdi.blobs import Blobs
from csdi.collection import Collection
from csdi.errors import CollectionExists, CsdiError, NotFound
from csdi.feature import Feature
from csdi.filter import Literal, Op, Property
from csdi.history import VALID_FROM, begun, ended, history_id, history_of
from csdi.query import Query
from csdi.store.base import Reader, Store, Transaction, scan

CHANGES_KEPT = 500
"""Changes of a version that are kept with its model; all of them are in a file of their own."""

CHANGES = "changes.json"
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Delta:
    """What a version changes in the rows of its model.

    Attributes:
        base: what it was compared with, as the model's row names it.
        begun: Collection id -> ids of rows that are new or other than before.
        gone: Collection id -> ids of rows that are no longer there.
    """

    base: str
    begun: Mapping[str, frozenset[str]]
    gone: Mapping[str, frozenset[str]]

    @classmethod
    def between(cls, base: str, old: Intake, new: Intake, found: Comparison) -> Delta:
        """From one intake to the next; what changed in its shape alone begins as well."""
        begun, gone = {}, {}
        changed = {(change.part, change.key) for change in found.changes}
        for part, rows in new.tables.parts.items():
            before = {row.id: row for row in old.tables.parts[part]}
            begun[part] = frozenset(row.id for row in rows if (part, row.properties["global_id"]) in changed
                                    or not same_row(before.get(row.id), row))
            gone[part] = frozenset(before.keys() - {row.id for row in rows})
        return cls(base, begun, gone)

    def save(self, path: Path) -> None:
        """As JSON."""
        ids = {name: {part: sorted(ids) for part, ids in getattr(self, name).items()} for name in ("begun", "gone")}
        path.write_bytes(orjson.dumps({"base": self.base, **ids}))

    @classmethod
    def load(cls, path: Path) -> Delta | None:
        """What `save` wrote; None when there is nothing."""
        if not path.exists():
            return None
        whole = orjson.loads(path.read_bytes())
        return cls(whole["base"], *({part: frozenset(ids) for part, ids in whole[name].items()} for name in ("begun", "gone")))


@dataclass(frozen=True, slots=True)
class Before:
    """The present version of a model while the next one is read.

    Attributes:
        kept: name of the folder in the blobs that it is kept in.
        text: its file as it was given; None where that is an archive.
    """

    kept: str
    intake: Intake
    text: Path | None


@contextmanager
def before_of(store: Store, blobs: Blobs, model: str) -> Iterator[Before | None]:
    """The model's present version; None where there is none, or not enough was kept of it."""
    row = model_row(store, model) or {}
    with ExitStack() as stack:
        found = None
        with suppress(CsdiError):
            if row.get("kept"):
                folder = stack.enter_context(blobs.folder(row["kept"]))
                read = Intake.load(folder, graph=True)
                plain = str(row.get("file") or "").lower().endswith(".ifc")
                found = Before(row["kept"], read, stack.enter_context(blobs.file(row["sha256"])) if plain else None)
        yield found


def model_row(store: Store, model: str) -> Mapping[str, Any] | None:
    """The properties of a model's own Feature; None where there is none."""
    try:
        return store.feature("models", model).properties
    except NotFound:
        return None


def compared(base: str, old: Intake, new: Intake, folder: Path) -> Comparison:
    """The comparison of a version with the one before; it and the delta of the rows are written into the folder."""
    found = compare(old, new)
    (folder / CHANGES).write_bytes(orjson.dumps(found.to_dict()))
    Delta.between(base, old, new, found).save(folder / "delta.json")
    return found


def model_collections() -> tuple[Collection, ...]:
    """All Collections that have rows of building models: their tables, and the plans drawn from them."""
    return (*bim_collections(), plans_collection())


def ensure_collections(store: Store, *, histories: bool = False) -> None:
    """Make the Collections of building models that are not there yet, with their histories on demand; give older ones new fields."""
    there = {collection.id: collection for collection in store.collections()}
    for wanted in model_collections():
        for collection in (wanted, history_of(wanted)) if histories or history_id(wanted.id) in there else (wanted,):
            if collection.id not in there:
                _create(store, collection)
            elif any(field.name not in there[collection.id].schema for field in collection.schema):
                with store.transaction() as change:
                    change.describe(collection)


@dataclass(frozen=True, slots=True)
class Succession:
    """One version of a model that follows another in the store.

    Attributes:
        number: of the new version.
        moment: when it begins.
        old: the model's row as it is; None for its first version.
        same_file: whether it is the file of the present version again; then nothing ends.
    """

    model: str
    number: int
    moment: datetime
    old: Mapping[str, Any] | None
    same_file: bool

    @property
    def ends_something(self) -> bool:
        """Whether something ends: there is a version before, of another file."""
        return self.old is not None and not self.same_file

    @classmethod
    def of(cls, store: Store, model: str, sha256: str) -> Succession:
        """The version that a file of this digest would be; the present one, since when it has held, where it is the file of that."""
        old = model_row(store, model)
        same = old is not None and old.get("sha256") == sha256
        number = int((old or {}).get("version") or (1 if old else 0)) + (not same)
        since = (old or {}).get(VALID_FROM) if same else None
        return cls(model, number, datetime.fromisoformat(since) if since else datetime.now(UTC), old, same)

    def write(self, store: Store, change: Transaction, part: str, rows: list[Feature], delta: Delta | None) -> None:
        """Rows of one Collection: those that end, then those that begin.

        Args:
            delta: what changes; None where that is not known and all rows are replaced.
        """
        if delta is None:
            if self.ends_something:
                change.write(history_id(part), ended(self._present(store, part), self.number - 1, self.moment))
            change.delete(part, filter=of_model(self.model))
            change.write(part, begun(rows, self.number, self.moment))
            return
        begins, goes = delta.begun.get(part, frozenset()), delta.gone.get(part, frozenset())
        if begins or goes:
            if self.ends_something:
                change.write(history_id(part), ended(self._some(store, part, begins | goes), self.number - 1, self.moment))
            if goes:
                change.delete(part, ids=goes)
            change.write(part, begun((row for row in rows if row.id in begins), self.number, self.moment))

    def _present(self, store: Store, part: str) -> Iterator[Feature]:
        return scan(store, part, Query(filter=of_model(self.model)))

    def _some(self, store: Store, part: str, ids: Iterable[str]) -> Iterator[Feature]:
        for id in sorted(ids):
            try:
                yield store.feature(part, id)
            except NotFound:
                continue


def of_model(id: str) -> Op:
    """The test of rows of one model."""
    return Op("=", (Property("model"), Literal(id)))


def changes_of(folder: Path, blobs: Blobs) -> Json | None:
    """What is kept with the model of its comparison with the version before; None where there was none.

    All of it goes into a blob, under a name by content.
    """
    path = folder / CHANGES
    if not path.exists():
        return None
    data = path.read_bytes()
    whole = orjson.loads(data)
    blob = f"changes/{hashlib.sha256(data).hexdigest()[:32]}.json"
    blobs.put_named(blob, data)
    return {"causes": whole["causes"], "counts": whole["counts"], "changes": whole["changes"][:CHANGES_KEPT],
            "change_count": len(whole["changes"]), "blob": blob}


def versions_of(store: Store, model: str) -> list[Json]:
    """All versions of a model, the newest first. Raises FeatureMissing."""
    rows = _rows(store, model)
    made: list[Json] = [{"version": row.get("version") or 1, "file": row.get("file"), "sha256": row.get("sha256"),
             "valid_from": row.get("valid_from") or row.get("added"), "valid_to": row.get("valid_to"), "elements": row.get("elements"),
             "crs": row.get("crs"), "tileset": row.get("tileset"), "changes": (row.get("changes") or {}).get("counts"),
             "causes": (row.get("changes") or {}).get("causes")} for row in rows]
    return sorted(made, key=lambda one: -int(one["version"] or 0))


def stored_changes(store: Store, blobs: Blobs, model: str, version: int = 0) -> Json:
    """What changed in a version of a model (0: the present one) since the one before.

    Raises:
        FeatureMissing: no such model.
        NotFound: no such version, or the first one, or nothing was kept of it.
    """
    rows = _rows(store, model)
    row = next((row for row in rows if (row.get("version") or 1) == (version or rows[0].get("version") or 1)), None)
    kept = row.get("changes") if row is not None else None
    if row is None or not kept:
        raise NotFound(f"nothing is kept of what changed in version {version or 'now'} of {model}", model=model,
                       remedy=f"csdi models versions {model} lists the versions; the first one has nothing to be compared with")
    whole = orjson.loads(blobs.get(kept["blob"])) if kept.get("blob") and blobs.exists(kept["blob"]) else kept
    return {"model": model, "version": row.get("version"), **{name: whole[name] for name in ("causes", "counts", "changes")}}


def states_of(store: Reader, model: str) -> list[Feature]:
    """A model's own Feature as it is, then as it was in each version that ended. Raises FeatureMissing."""
    states = [store.feature("models", model)]
    ended_rows = Query(filter=Op("=", (Property("feature"), Literal(model))))
    with suppress(NotFound):
        states += scan(store, history_id("models"), ended_rows)
    return states


def _rows(store: Store, model: str) -> list[Json]:
    """The model's rows, the present one first. Raises FeatureMissing."""
    return [dict(feature.properties) for feature in states_of(store, model)]


def same_row(old: Feature | None, new: Feature) -> bool:
    """Whether two rows say the same of the same place."""
    return old is new or (old is not None and old.properties == new.properties and old.geometry == new.geometry)


def _create(store: Store, collection: Collection) -> None:
    try:
        with store.transaction() as change:
            change.create(collection)
    except CollectionExists:
        return
