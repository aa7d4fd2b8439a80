"""The store in memory: plain dictionaries behind the same contract; the reference for the others, and for examples."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import shapely

from csdi.collection import Collection
from csdi.crs import HeightModel
from csdi.errors import CollectionExists, CursorInvalid, StoreUnavailable
from csdi.feature import Feature
from csdi.filter.bind import bind, column_of
from csdi.filter.evaluate import Evaluator, Row, evaluate, matches
from csdi.filter.instants import rfc3339_of
from csdi.filter.nearness import Place, Solid
from csdi.filter.terms import Type
from csdi.filter.tree import Expression
from csdi.query import Page, Query, encode_cursor
from csdi.store import catalogue, words
from csdi.store.base import (
    Asking,
    Capabilities,
    Columns,
    JsonFeature,
    JsonPage,
    Reader,
    Sheet,
    TileLayer,
    Transaction,
    collection_missing,
    feature_missing,
    query_of,
    scattered,
)
from csdi.store.geojson import feature_bytes, geometry_texts, json_text
from csdi.store.nearness import ranked, unordered
from csdi.store.plan import Plan, check_facet, plan_of
from csdi.store.region import Region
from csdi.store.summary import Summary, bounds_of
from csdi.store.values import Batch, batches, level_range


@dataclass(frozen=True, slots=True)
class _Held:
    """One Collection with its Features: id -> (row number, Feature). Never changed once committed."""

    collection: Collection
    rows: dict[str, tuple[int, Feature]]
    last: int = 0
    tokens: dict[str, list[str]] = field(default_factory=dict)


class MemoryStore:
    """Features in dictionaries of this process. Readers see the last committed state, writers work on copies."""

    def __init__(self, heights: HeightModel | None = None) -> None:
        self._heights = heights
        self._state: dict[str, _Held] = {}
        self._change = 0
        self._writing = threading.RLock()
        self._open = True

    @property
    def url(self) -> str:
        """Always `memory:`."""
        return "memory:"

    @property
    def capabilities(self) -> Capabilities:
        """Nothing outlives the process."""
        return Capabilities(persistent=False, many_processes=False, spatial_index=False, full_text=True)

    def collections(self) -> list[Collection]:
        """See `Reader.collections`."""
        state = self._committed()
        return [state[id].collection for id in sorted(state)]

    def collection(self, id: str) -> Collection:
        """See `Reader.collection`."""
        return _held(self._committed(), id).collection

    def search(self, id: str, query: Query) -> Page:
        """See `Reader.search`."""
        found, matched, following = self._page(id, query)
        plan = plan_of(self.collection(id), replace(query, cursor=""), self._heights)
        return Page([_shown(feature, plan) for feature in found], matched, following)

    def search_json(self, id: str, query: Asking) -> JsonPage:
        """See `Reader.search_json`."""
        collection = self.collection(id)
        query = query_of(query, collection)
        found, matched, following = self._page(id, query)
        plan = plan_of(collection, replace(query, cursor=""), self._heights)
        texts: list[str | None] = [None] * len(found)
        if query.geometry:
            texts = geometry_texts(_array(found), collection.storage_crs)
        features = [feature_bytes(f, text, plan.fields) for f, text in zip(found, texts, strict=True)]
        return JsonPage(b",".join(features), len(features), matched, following)

    def feature_json(self, id: str, feature_id: str, permit: Callable[[Collection], object]) -> JsonFeature:
        """See `Reader.feature_json`."""
        collection = self.collection(id)
        permit(collection)
        feature = self.feature(id, feature_id)
        fields, shape = list(collection.schema.stored), feature.geometry
        text = geometry_texts(_array([feature]), collection.storage_crs)[0]
        wkb = None if shape is None else shapely.to_wkb(shape, byte_order=1, flavor="iso")
        return JsonFeature(collection, feature_bytes(feature, text, fields), json_text(dict(feature.properties)).encode(), wkb)

    def largest(self, id: str, query: Query) -> Columns:
        """See `Reader.largest`."""
        held = _held(self._committed(), id)
        plan = plan_of(held.collection, replace(query, cursor="", sort=()), self._heights)
        there = plan.impossible or not held.collection.schema.geometry
        found = [] if there else _matching(held, replace(plan, region=None))
        boxes = shapely.bounds(_array([feature for _, feature in found])).reshape(-1, 4)
        west, south, east, north = plan.region.shape.bounds if plan.region else (-np.inf, -np.inf, np.inf, np.inf)
        meets = (boxes[:, 0] <= east) & (boxes[:, 2] >= west) & (boxes[:, 1] <= north) & (boxes[:, 3] >= south)
        chosen = [found[i] for i in np.flatnonzero(meets)]
        size = np.maximum(boxes[meets, 2] - boxes[meets, 0], boxes[meets, 3] - boxes[meets, 1])
        ties = scattered(np.array([row for row, _ in chosen], np.int64))
        features = [chosen[i][1] for i in np.lexsort((ties, -size))[:query.limit]]
        properties = {f.name: [feature.properties.get(f.name) for feature in features] for f in plan.fields}
        return Columns([feature.id for feature in features], _array(features), properties, len(chosen) > query.limit)

    def tile_layer(self, id: str, query: Query, sheet: Sheet) -> TileLayer | None:
        """See `Reader.tile_layer`. It never can."""

    def nearest(self, id: str, query: Query, solid: Solid) -> list[tuple[Feature, float]]:
        """See `Reader.nearest`."""
        held = _held(self._committed(), id)
        plan = plan_of(held.collection, unordered(query), self._heights)
        found = dict(_matching(held, plan))
        nearest = ranked(held.collection.schema, found.items(), Place.of(solid, held.collection.storage_crs))
        return [(_shown(found[row], plan), metres) for metres, row in nearest[:query.limit]]

    def feature(self, id: str, feature_id: str) -> Feature:
        """See `Reader.feature`."""
        found = _held(self._committed(), id).rows.get(feature_id)
        if found is None:
            raise feature_missing(id, feature_id)
        return found[1]

    def count(self, id: str, query: Query) -> int:
        """See `Reader.count`."""
        held = _held(self._committed(), id)
        return len(_matching(held, plan_of(held.collection, replace(query, cursor=""), self._heights)))

    def values(self, id: str, field: str, query: Query | None = None, limit: int = 1000) -> list[tuple[Any, int]]:
        """See `Reader.values`."""
        return [(key[0], n) for key, n in self.counts(id, [field], query, limit)]

    def counts(self, id: str, fields: Sequence[str], query: Query | None = None, limit: int = 100_000) -> list[tuple[tuple[Any, ...], int]]:
        """See `Reader.counts`."""
        held = _held(self._committed(), id)
        columns = [check_facet(column_of(held.collection.schema, field)) for field in fields]
        values = [evaluate(column) for column in columns]
        plan = plan_of(held.collection, replace(query or Query(), cursor=""), self._heights)
        counted = Counter(tuple(value(_row(feature)) for value in values) for _, feature in _matching(held, plan))
        ordered = sorted(counted.items(), key=lambda pair: (-pair[1], [(v is None, v) for v in pair[0]]))
        times = [column.type is Type.DATETIME for column in columns]
        return [(tuple(rfc3339_of(v) if is_time and v else v for v, is_time in zip(key, times, strict=True)), n)
                for key, n in ordered[:limit]]

    def change(self) -> int:
        """See `Reader.change`."""
        return self._change

    @contextmanager
    def snapshot(self, *, held: bool = False) -> Iterator[Reader]:  # noqa: ARG002
        """See `Store.snapshot`."""
        view = MemoryStore(self._heights)
        view._state, view._change = self._committed(), self._change
        yield view

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """See `Store.transaction`."""
        with self._writing:
            work = _MemoryTransaction(dict(self._committed()))
            yield work
            self._state, self._change = work.state, self._change + 1

    def close(self) -> None:
        """Forget everything."""
        self._open = False
        self._state = {}

    def _committed(self) -> dict[str, _Held]:
        if not self._open:
            raise StoreUnavailable("this store is closed")
        return self._state

    def _page(self, id: str, query: Query) -> tuple[list[Feature], int | None, str]:
        held = _held(self._committed(), id)
        plan = plan_of(held.collection, query, self._heights)
        found = _matching(held, plan)
        keys = [evaluate(column) for column, _ in plan.order]
        _sort(found, plan, keys)
        matched = len(found) if query.count else None
        if plan.after is not None:
            found = _after(found, plan, keys)
        page = found[query.offset:query.offset + query.limit]
        following = ""
        if page and len(found) > query.offset + query.limit:
            row, last = page[-1]
            following = encode_cursor(id, query.sort, [*(key(_row(last)) for key in keys), row])
        return [feature for _, feature in page], matched, following


class _MemoryTransaction:
    """Copies of what changes; the store takes them at the end."""

    def __init__(self, state: dict[str, _Held]) -> None:
        self.state = state
        self._mine: set[str] = set()

    def create(self, collection: Collection) -> None:
        """See `Transaction.create`."""
        if collection.id in self.state:
            raise CollectionExists(f"there is a collection '{collection.id}' already", remedy="choose another id, or replace it",
                                   collection=collection.id)
        self._begin(catalogue.begun(collection))

    def describe(self, collection: Collection) -> None:
        """See `Transaction.describe`."""
        held = _held(self.state, collection.id)
        now = catalogue.described(held.collection, collection)
        rows = {id: (n, Feature(id, f.geometry, {**dict.fromkeys(x.name for x in now.schema.stored), **f.properties}))
                for id, (n, f) in held.rows.items()}
        tokens = {id: words.document(now.schema, f.properties) for id, (_, f) in rows.items()}
        self.state[collection.id] = _Held(now, rows, held.last, tokens)
        self._mine.add(collection.id)

    def drop(self, id: str) -> None:
        """See `Transaction.drop`."""
        _held(self.state, id)
        del self.state[id]

    def write(self, id: str, features: Iterable[Feature]) -> int:
        """See `Transaction.write`."""
        held = self._writable(id)
        summary, given = Summary.of(held.collection), 0
        for batch in batches(features, held.collection):
            held = self._add(held, batch, summary)
            given += batch.given
        self.state[id] = replace(held, collection=self._summed(held, summary))
        return given

    def delete(self, id: str, filter: Expression | None = None, ids: Iterable[str] | None = None) -> int:
        """See `Transaction.delete`."""
        held = self._writable(id)
        wanted = None if ids is None else set(ids)
        fits: Callable[[Row], bool] | None = None
        if filter is not None:
            fits = matches(bind(filter, held.collection.schema, held.collection.storage_crs, held.collection.extent.bbox))
        gone = [key for key, (_, f) in held.rows.items()
                if (wanted is None or key in wanted) and (fits is None or fits(_row(f)))]
        summary = Summary.of(held.collection)
        summary.touch(bounds_of(_array([held.rows[key][1] for key in gone])))
        for key in gone:
            del held.rows[key]
            held.tokens.pop(key, None)
        summary.shrunk = bool(gone)
        self.state[id] = replace(held, collection=self._summed(held, summary))
        return len(gone)

    def replace(self, collection: Collection, features: Iterable[Feature]) -> int:
        """See `Transaction.replace`."""
        old = self.state.get(collection.id)
        self._begin(catalogue.begun(collection, old.collection.version + 1 if old else 0))
        return self.write(collection.id, features)

    def _begin(self, collection: Collection) -> None:
        self.state[collection.id] = _Held(collection, {})
        self._mine.add(collection.id)

    def _writable(self, id: str) -> _Held:
        held = _held(self.state, id)
        if id not in self._mine:
            held = replace(held, rows=dict(held.rows), tokens=dict(held.tokens))
            self._mine.add(id)
            self.state[id] = held
        return held

    def _add(self, held: _Held, batch: Batch, summary: Summary) -> _Held:
        schema, last = held.collection.schema, held.last
        for index, key in enumerate(batch.ids):
            old = held.rows.get(key)
            if old is not None:
                summary.shrunk = True
                summary.touch(bounds_of(_array([old[1]])))
            last += old is None
            held.rows[key] = (old[0] if old else last, batch.feature(index))
            held.tokens[key] = words.document(schema, batch.properties[index])
        summary.add(batch)
        return replace(held, last=last)

    def _summed(self, held: _Held, summary: Summary) -> Collection:
        touched = summary.touched
        if summary.shrunk:
            features = [feature for _, feature in held.rows.values()]
            summary = Summary.of(replace(held.collection, extent=type(held.collection.extent)()))
            summary.add(Batch([f.id for f in features], _array(features), [dict(f.properties) for f in features], 0))
        return catalogue.changed(replace(held.collection, extent=summary.extent, count=len(held.rows)), touched)


def _held(state: dict[str, _Held], id: str) -> _Held:
    if id not in state:
        raise collection_missing(id)
    return state[id]


def _array(features: list[Feature]) -> np.ndarray[Any, np.dtype[np.object_]]:
    result = np.empty(len(features), object)
    result[:] = [feature.geometry for feature in features]
    return result


def _row(feature: Feature) -> Row:
    return Row(feature.id, feature.geometry, feature.properties)


def _shown(feature: Feature, plan: Plan) -> Feature:
    properties = {f.name: feature.properties[f.name] for f in plan.fields}
    return Feature(feature.id, feature.geometry if plan.query.geometry else None, properties)


def _matching(held: _Held, plan: Plan) -> list[tuple[int, Feature]]:
    """(row number, Feature) of all that match, in row order."""
    if plan.impossible:
        return []
    found = sorted(held.rows.values(), key=lambda pair: pair[0])
    if plan.region is not None and found:
        inside = _meets(found, plan.region, held.collection)
        found = [pair for pair, hit in zip(found, inside, strict=True) if hit]
    if plan.condition is not None:
        fits = matches(plan.condition)
        found = [pair for pair in found if fits(_row(pair[1]))]
    if plan.phrases is not None:
        phrases = plan.phrases
        found = [pair for pair in found if all(words.contains(held.tokens[pair[1].id], p) for p in phrases)]
    return found


def _meets(found: list[tuple[int, Feature]], region: Region, collection: Collection) -> list[bool]:
    shape = region.shape
    shapely.prepare(shape)
    hits = list(map(bool, shapely.intersects(_array([feature for _, feature in found]), shape)))
    if region.heights is not None:
        low, high = region.heights
        for index, (_, feature) in enumerate(found):
            levels = level_range(feature.geometry, feature.properties, collection.schema) if hits[index] else None
            hits[index] = hits[index] and (levels is None or (levels[0] <= high and levels[1] >= low))
    return hits


def _sort(found: list[tuple[int, Feature]], plan: Plan, keys: list[Evaluator]) -> None:
    """Stable sorts from the last key to the first; row order breaks ties; nulls come last in both directions."""
    for (_, descending), key in reversed(list(zip(plan.order, keys, strict=True))):
        values = {id(pair): key(_row(pair[1])) for pair in found}
        known = [pair for pair in found if values[id(pair)] is not None]
        unknown = [pair for pair in found if values[id(pair)] is None]
        known.sort(key=lambda pair: values[id(pair)], reverse=descending)
        found[:] = known + unknown


def _after(found: list[tuple[int, Feature]], plan: Plan, keys: list[Evaluator]) -> list[tuple[int, Feature]]:
    assert plan.after is not None
    *wanted, last = plan.after
    try:
        return [pair for pair in found
                if _is_after([key(_row(pair[1])) for key in keys], pair[0], wanted, last, plan)]
    except TypeError:
        raise CursorInvalid("this cursor does not belong to this collection and order", field="cursor",
                            value=plan.query.cursor) from None


def _is_after(key: list[Any], row: int, wanted: list[Any], last: int, plan: Plan) -> bool:
    for mine, theirs, (_, descending) in zip(key, wanted, plan.order, strict=True):
        if mine == theirs:
            continue
        if mine is None or theirs is None:
            return mine is None
        return bool(mine < theirs) if descending else bool(mine > theirs)
    return row > last

