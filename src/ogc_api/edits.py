"""Edits of single Features: each in one transaction, against the state that the caller saw; histories keep what ends."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace as replace_in
from datetime import UTC, datetime

from csdi.collection import Collection, Kind
from csdi.errors import Conflict, FeatureMissing, ReadOnly
from csdi.feature import Feature
from csdi.history import LAST_VERSION, SINCE_VERSION, begun, ended, history_id, history_of, is_versioned
from csdi.query import Query, Sort
from csdi.store import Store
from csdi.store.base import Reader, Transaction, has_collection
from ogc_api.etags import Conditions, state_of

_REMEDY = {
    Kind.BIM: "these follow from a building model: load a new version of it with `csdi models add`",
    Kind.COVERAGE: "these follow from a raster: publish it again with `csdi layers add`",
    Kind.CATALOGUE: "edit the record of a collection at /ogc/collections/records/items/{id}",
}


_REGISTER = {"asset-register": "edit it at /api/assets/{id}, where each change is checked and kept in its history",
             "asset-devices": "install another device at /api/assets/{id}/device",
             "asset-locations": "edit it at /api/asset-locations/{id}, or load a new version of its model",
             "asset-proposals": "accept or reject it at /api/asset-proposals/decisions"}


def check_editable(collection: Collection) -> None:
    """Do nothing where single Features may be edited. Raises ReadOnly with what to do instead."""
    if collection.id in _REGISTER:
        raise ReadOnly(f"items of '{collection.id}' cannot be edited here", collection=collection.id, remedy=_REGISTER[collection.id])
    if collection.kind is not Kind.LAYER:
        raise ReadOnly(f"items of '{collection.id}' cannot be edited one by one", collection=collection.id,
                       remedy=_REMEDY.get(collection.kind, "this collection is kept by the server"))


def create(store: Store, collection: Collection, feature: Feature) -> Feature:
    """A new Feature, as it is kept. Raises Conflict where its id is taken."""
    with store.transaction() as change:
        if _found(store, collection.id, feature.id) is not None:
            raise Conflict(f"there is an item '{feature.id}' in '{collection.id}' already", feature=feature.id, field="id",
                           remedy="leave the id out to get a new one, or replace the item with PUT")
        return _put(change, store, collection, None, feature)


def change(store: Store, collection: Collection, id: str, conditions: Conditions, after: Callable[[Feature], Feature]) -> Feature:
    """The Feature after a change of what it was, as it is kept.

    Raises:
        FeatureMissing, PreconditionMissing, PreconditionFailed; and what `after` raises.
    """
    with store.transaction() as change:
        before = store.feature(collection.id, id)
        conditions.check(state_of(before), id)
        return _put(change, store, collection, before, after(before))


def replace(store: Store, collection: Collection, conditions: Conditions, feature: Feature) -> tuple[Feature, bool]:
    """(the Feature as it is kept, whether it is new). One that is not there is made where the conditions say that it is new.

    Raises:
        FeatureMissing, PreconditionMissing, PreconditionFailed.
    """
    with store.transaction() as change:
        before = _found(store, collection.id, feature.id)
        if before is not None:
            conditions.check(state_of(before), feature.id)
        elif not conditions.creates:
            raise FeatureMissing(f"there is no feature '{feature.id}' in collection '{collection.id}'", feature=feature.id,
                                 remedy="to make it, send If-None-Match: *")
        return _put(change, store, collection, before, feature), before is None


def delete(store: Store, collection: Collection, id: str, conditions: Conditions) -> None:
    """Remove a Feature; in a Collection with a history it goes there. Raises as `change`."""
    with store.transaction() as change:
        before = store.feature(collection.id, id)
        conditions.check(state_of(before), id)
        if is_versioned(collection):
            _end(change, store, collection, before, _version(store, collection), datetime.now(UTC))
        change.delete(collection.id, ids=[id])


def _put(change: Transaction, store: Reader, collection: Collection, before: Feature | None, after: Feature) -> Feature:
    if is_versioned(collection):
        version, moment = _version(store, collection), datetime.now(UTC)
        if before is not None:
            _end(change, store, collection, before, version, moment)
        (after,) = begun([after], version + 1, moment)
    change.write(collection.id, [after])
    return after


def _end(change: Transaction, store: Reader, collection: Collection, before: Feature, version: int, moment: datetime) -> None:
    history = history_of(collection)
    if not has_collection(store, history.id):
        change.create(history)
    else:
        kept = store.collection(history.id)
        if missing := [field for field in history.schema if field.name not in kept.schema]:
            change.describe(replace_in(kept, schema=replace_in(kept.schema, fields=(*kept.schema.fields, *missing))))
    change.write(history.id, ended([before], version, moment))


def _version(store: Reader, collection: Collection) -> int:
    """The present version of the Collection: the last in which anything began or ended."""
    asked = [(collection.id, SINCE_VERSION)]
    if has_collection(store, history_id(collection.id)):
        asked += [(history_id(collection.id), SINCE_VERSION), (history_id(collection.id), LAST_VERSION)]
    return max((_largest(store, id, field) for id, field in asked), default=0)


def _largest(store: Reader, id: str, field: str) -> int:
    page = store.search(id, Query(sort=(Sort(field, descending=True),), limit=1, fields=(field,), count=False, geometry=False))
    return int(page.features[0].properties.get(field) or 0) if page.features else 0


def _found(store: Reader, id: str, feature_id: str) -> Feature | None:
    try:
        return store.feature(id, feature_id)
    except FeatureMissing:
        return None
