"""Succession: a layer that is published again; rows that stay keep their id and their beginning, the others go into the history.

A row stays when nothing in it changed. Where the source gives ids, rows are told by them; where it only numbers its rows, they
are told by what they hold, since a row that comes in between gives all after it another number.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import orjson
import shapely

from csdi.collection import Collection
from csdi.errors import CollectionMissing
from csdi.extent import rfc3339
from csdi.feature import Feature, Field, FieldType, Schema
from csdi.finding import Finding
from csdi.history import LAST_VERSION, PRESENT_FIELDS, SINCE_VERSION, VALID_FROM, begun, ended, history_id, history_of
from csdi.query import Query, Sort
from csdi.store.base import Reader, Transaction, scan

_STAMPS = frozenset(f.name for f in PRESENT_FIELDS)
Rows = Callable[[], Iterator[Feature]]


@dataclass(slots=True)
class _Old:
    """What is known of the present rows: content and beginning by id."""

    digests: dict[str, bytes] = field(default_factory=dict)
    since: dict[str, tuple[int, str]] = field(default_factory=dict)
    version: int = 1


@dataclass(frozen=True, slots=True)
class Succession:
    """What becomes of a Collection when a layer takes its place.

    Attributes:
        version: of the layer afterwards.
        began, gone: how many rows begin, and ids of those that end.
        findings: why there is no history, where there is none.
    """

    collection: Collection
    version: int
    moment: datetime
    began: int
    gone: frozenset[str]
    findings: tuple[Finding, ...]
    _ids: Mapping[int, str]
    _since: Mapping[str, tuple[int, str]]
    _before: Collection | None

    def write(self, store: Reader, change: Transaction, features: Iterable[Feature]) -> int:
        """Put what ends into the history, and the new state in the place of the present; gives its count."""
        if self._before is None:
            self._forget(store, change)
            return change.replace(self.collection, features)
        if self.gone:
            history = _history(store, change, self._before, self.collection)
            leaving = (one for one in scan(store, self._before.id) if one.id in self.gone)
            said = (_stamped(one, self._since[one.id]) for one in leaving)
            change.write(history.id, _fitting(ended(said, self.version - 1, self.moment), history.schema))
        return change.replace(self.collection, self._continued(features))

    def _forget(self, store: Reader, change: Transaction) -> None:
        if _there(store, history_id(self.collection.id)):
            change.drop(history_id(self.collection.id))

    def _continued(self, features: Iterable[Feature]) -> Iterator[Feature]:
        for at, one in enumerate(features):
            id = self._ids.get(at, one.id)
            own = Feature(id, one.geometry, one.properties)
            if id in self._since and id not in self.gone:
                yield _stamped(own, self._since[id])
            else:
                yield next(begun([own], self.version, self.moment))


def succession(store: Reader, collection: Collection, rows: Rows, moment: datetime, *, keyed: bool) -> Succession:
    """How a layer follows the one of the same id.

    Args:
        rows: the new rows; asked for once here, and read again when written, in the same order.
        keyed: whether the ids of rows are the source's own, the same each time.
    """
    before = _there(store, collection.id)
    if before is None:
        return Succession(collection, 1, moment, collection.count, frozenset(), (), {}, {}, None)
    why = _unlike(before, collection)
    if why:
        note = Finding("history-ended", "warning", f"the layer's history begins anew: {why}", collection.id,
                       cure="publish it in the same CRS to keep what was")
        return Succession(collection, 1, moment, collection.count, frozenset(), (note,), {}, {}, None)
    old = _old(store, before)
    kept, ids, began = _matched(old, rows(), keyed)
    gone = frozenset(old.digests) - kept
    version = old.version + bool(began or gone)
    clashes = {name.casefold() for name in _STAMPS}
    fields = tuple(f for f in collection.schema.fields if f.name.casefold() not in clashes)
    schema = replace(collection.schema, fields=(*fields, *PRESENT_FIELDS))
    return Succession(replace(collection, schema=schema), version, moment, began, gone, (), ids, old.since, before)


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
                    "count": found.collection.count, "began": found.began, "ended": len(found.gone)}]


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


def _old(store: Reader, before: Collection) -> _Old:
    found = _Old()
    start = str(before.provenance.get("published") or (rfc3339(before.updated) if before.updated else ""))
    for one in scan(store, before.id):
        since = int(one.properties.get(SINCE_VERSION) or 1)
        found.digests[one.id] = digest(one)
        found.since[one.id] = (since, str(one.properties.get(VALID_FROM) or start))
        found.version = max(found.version, since)
    if _there(store, history_id(before.id)):
        page = store.search(history_id(before.id), Query(sort=(Sort(LAST_VERSION, descending=True),), limit=1, count=False))
        for one in page.features:
            found.version = max(found.version, int(one.properties[LAST_VERSION]) + 1)
    return found


def _matched(old: _Old, rows: Iterator[Feature], keyed: bool) -> tuple[set[str], dict[int, str], int]:
    """(old ids that stay, ids of new rows that are not their own, how many begin)."""
    if keyed:
        same = [old.digests.get(row.id) == digest(row) and row.id for row in rows]
        return {id for id in same if id}, {}, sum(not id for id in same)
    by_content: dict[bytes, list[str]] = {}
    for id, content in old.digests.items():
        by_content.setdefault(content, []).append(id)
    for ids in by_content.values():
        ids.reverse()
    kept, names, new = set(), dict[int, str](), list[tuple[int, str]]()
    for at, row in enumerate(rows):
        ids = by_content.get(digest(row), [])
        if ids:
            names[at] = ids.pop()
            kept.add(names[at])
        else:
            new.append((at, row.id))
    return kept, names | _named(new, kept), len(new)


def _named(new: list[tuple[int, str]], taken: set[str]) -> dict[int, str]:
    """Ids of rows that begin: their own where they are free, else numbers behind all others."""
    used, found = set(taken), dict[int, str]()
    last = max((int(id) for id in (*taken, *(id for _, id in new)) if id.isdigit()), default=0)
    for at, id in new:
        if id in used:
            last += 1
            id = str(last)
        used.add(id)
        found[at] = id
    return found


def digest(row: Feature) -> bytes:
    """What a row holds, in 16 bytes: its geometry, whether single or of many parts, and its properties without nulls and stamps."""
    said = {name: _plain(value) for name, value in row.properties.items() if value is not None and name not in _STAMPS}
    made = hashlib.blake2b(orjson.dumps(said, option=orjson.OPT_SORT_KEYS), digest_size=16)
    if row.geometry is not None:
        coordinates = shapely.get_coordinates(row.geometry, include_z=bool(row.geometry.has_z))
        made.update(row.geometry.geom_type.removeprefix("Multi").encode())
        made.update(coordinates.tobytes())
    return made.digest()


def _plain(value: Any) -> Any:
    """Numbers and times in one spelling."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return int(value)
    if isinstance(value, str) and len(value) > 18 and value[10:11] == "T" and value.endswith("Z"):
        try:
            return datetime.fromisoformat(value).isoformat()
        except ValueError:
            return value
    return value


def _stamped(row: Feature, since: tuple[int, str]) -> Feature:
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
