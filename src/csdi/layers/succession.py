"""Succession: a layer that is published again; rows that stay keep their id and their beginning, the others go into the history.

A row stays when nothing in it changed. Where the source gives ids, rows are told by them; where it only numbers its rows, they
are told by what they hold, since a row that comes in between gives all after it another number.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from csdi.collection import Collection
from csdi.errors import CollectionMissing
from csdi.extent import rfc3339
from csdi.feature import Feature, Field, FieldType, Schema
from csdi.finding import Finding
from csdi.history import LAST_VERSION, PRESENT_FIELDS, SINCE_VERSION, VALID_FROM, begun, ended, history_id, history_of
from csdi.layers.continuing import STAMPS, Continuing, Past, Since
from csdi.query import Query, Sort
from csdi.store.base import Reader, Transaction, scan

Rows = Callable[[], Iterator[Feature]]


@dataclass(frozen=True, slots=True)
class Succession:
    """What becomes of a Collection when a layer takes its place.

    Attributes:
        version: of the layer afterwards.
        began, gone: how many rows begin, and how many end.
        findings: why there is no history, where there is none.
    """

    collection: Collection
    version: int
    moment: datetime
    began: int
    gone: int
    findings: tuple[Finding, ...]
    _continuing: Continuing | None
    _before: Collection | None

    def write(self, store: Reader, change: Transaction, features: Iterable[Feature]) -> int:
        """Put what ends into the history, and the new state in the place of the present; gives its count."""
        if self._before is None or self._continuing is None:
            self._forget(store, change)
            return change.replace(self.collection, features)
        if self.gone:
            history = _history(store, change, self._before, self.collection)
            rows = ended(self._leaving(store, self._before, self._continuing), self.version - 1, self.moment)
            change.write(history.id, _fitting(rows, history.schema))
        return change.replace(self.collection, self._continued(self._continuing.told(features)))

    def _leaving(self, store: Reader, before: Collection, continuing: Continuing) -> Iterator[Feature]:
        """The rows that end, with their beginning."""
        for number, (one, stays) in enumerate(zip(scan(store, before.id), continuing.stays, strict=True)):
            if not stays:
                yield _stamped(one, continuing.past.since(number))

    def _forget(self, store: Reader, change: Transaction) -> None:
        if _there(store, history_id(self.collection.id)):
            change.drop(history_id(self.collection.id))

    def _continued(self, rows: Iterable[tuple[Feature, Since | None]]) -> Iterator[Feature]:
        for one, since in rows:
            if since is not None:
                yield _stamped(one, since)
            else:
                yield next(begun([one], self.version, self.moment))


def succession(store: Reader, collection: Collection, rows: Rows, moment: datetime, *, keyed: bool) -> Succession:
    """How a layer follows the one of the same id.

    Args:
        rows: the new rows; asked for once here, and read again when written, in the same order.
        keyed: whether the ids of rows are the source's own, the same each time.
    """
    before = _there(store, collection.id)
    if before is None:
        return Succession(collection, 1, moment, collection.count, 0, (), None, None)
    why = _unlike(before, collection)
    if why:
        note = Finding("history-ended", "warning", f"the layer's history begins anew: {why}", collection.id,
                       cure="publish it in the same CRS to keep what was")
        return Succession(collection, 1, moment, collection.count, 0, (note,), None, None)
    continuing = Past(_old(store, before), keyed=keyed).continued(rows())
    began, gone = continuing.began, continuing.ended
    version = _version(store, before, continuing.past) + bool(began or gone)
    clashes = {name.casefold() for name in STAMPS}
    fields = tuple(f for f in collection.schema.fields if f.name.casefold() not in clashes)
    schema = replace(collection.schema, fields=(*fields, *PRESENT_FIELDS))
    return Succession(replace(collection, schema=schema), version, moment, began, gone, (), continuing, before)


def told(store: Reader, id: str, found: Succession, provenance: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The list of a layer's versions, the latest last, with the one that this succession makes."""
    before = _there(store, id)
    listed = [dict(one) for one in before.details.get("versions", [])] if before and found.version > 1 else []
    kept = [one for one in listed if one["version"] < found.version] if found.began or found.gone else listed
    if kept and kept[-1]["version"] == found.version:
        return kept
    if not kept and found.version > 1 and before is not None:
        kept = [{"version": found.version - 1, "published": before.provenance.get("published", ""), "count": before.count}]
    return [*kept, {"version": found.version, "published": rfc3339(found.moment), "sha256": provenance.get("sha256", ""),
                    "count": found.collection.count, "began": found.began, "ended": found.gone}]


def _there(store: Reader, id: str) -> Collection | None:
    try:
        return store.collection(id)
    except CollectionMissing:
        return None


def _unlike(before: Collection, after: Collection) -> str:
    """Why two Collections cannot have one history, "" when they can."""
    if before.kind != after.kind:
        return f"it was a {before.kind} and is a {after.kind}"
    if before.storage_crs != after.storage_crs:
        return f"its CRS was {before.storage_crs} and is {after.storage_crs}"
    if bool(before.schema.geometry) != bool(after.schema.geometry) or before.schema.has_z != after.schema.has_z:
        return "its geometries are of another kind"
    return ""


def _old(store: Reader, before: Collection) -> Iterator[tuple[Feature, Since]]:
    """The present rows with their beginning."""
    start = str(before.provenance.get("published") or (rfc3339(before.updated) if before.updated else ""))
    for one in scan(store, before.id):
        yield one, (int(one.properties.get(SINCE_VERSION) or 1), str(one.properties.get(VALID_FROM) or start))


def _version(store: Reader, before: Collection, past: Past) -> int:
    """The present version: of the row that began last, or of what ended last."""
    version = past.latest_version
    if _there(store, history_id(before.id)):
        page = store.search(history_id(before.id), Query(sort=(Sort(LAST_VERSION, descending=True),), limit=1, count=False))
        for one in page.features:
            version = max(version, int(one.properties[LAST_VERSION]) + 1)
    return version


def _stamped(row: Feature, since: Since) -> Feature:
    return Feature(row.id, row.geometry, {**row.properties, SINCE_VERSION: since[0], VALID_FROM: since[1]})


def _history(store: Reader, change: Transaction, before: Collection, after: Collection) -> Collection:
    """The Collection of what ended, with every field of both states."""
    there = _there(store, history_id(after.id))
    known = {f.name.casefold(): f for f in (there.schema.fields if there else ())}
    wanted = history_of(after).schema.fields
    fields = [*known.values()]
    for one in (*before.schema.fields, *wanted):
        if one.name.casefold() not in known:
            known[one.name.casefold()] = one
            fields.append(one)
    schema = replace(history_of(after).schema, fields=tuple(fields), geometry="geometry" if after.schema.geometry else "")
    history = replace(history_of(after), schema=schema)
    if there is None:
        change.create(history)
    elif len(fields) > len(there.schema.fields):
        change.describe(replace(there, schema=replace(there.schema, fields=tuple(fields))))
    return history


def _fitting(rows: Iterable[Feature], schema: Schema) -> Iterator[Feature]:
    """Rows with values that the fields of the history can hold; where a column changed its type, the value is left out."""
    fields = {f.name: f for f in schema.fields}
    for row in rows:
        yield Feature(row.id, row.geometry, {name: value for name, value in row.properties.items()
                                             if name in fields and _fits(value, fields[name])})


def _fits(value: Any, known: Field) -> bool:
    if value is None or known.type is FieldType.JSON:
        return True
    if known.type is FieldType.BOOLEAN:
        return isinstance(value, bool)
    if known.type is FieldType.INTEGER:
        return isinstance(value, int) and not isinstance(value, bool)
    if known.type is FieldType.NUMBER:
        return isinstance(value, int | float) and not isinstance(value, bool)
    return isinstance(value, str)
