"""The contract of every store: a Collection remembers where its latest changes lay."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
import shapely

from csdi.collection import Change, Collection
from csdi.feature import Field
from csdi.filter import parse
from csdi.store import Store
from tests.contract.stores import EVERY_TYPE, another, collection, door, fill, store, store_url

__all__ = ["another", "store", "store_url"]

Box = tuple[float, float, float, float]
GRID = {"schema": replace(EVERY_TYPE, geometry="polygon"), "storage_crs": "EPSG:2326"}


def square(x: float, size: float = 10) -> shapely.Geometry:
    return shapely.box(800_000 + x, 820_000, 800_000 + x + size, 820_000 + size)


def box(west: float, east: float) -> Box:
    return (800_000 + west, 820_000, 800_000 + east, 820_010)


def made(store: Store) -> Collection:
    return fill(store, [door(i, geometry=square(100 * i)) for i in range(10)], collection(**GRID))


def latest(store: Store) -> Change:
    return store.collection("doors").changes[-1]


def test_each_change_says_where_it_was_before_and_after(store: Store) -> None:
    first = made(store)
    with store.transaction() as change:
        change.write("doors", [door(20, geometry=square(5000))])
    assert latest(store).area == pytest.approx(box(5000, 5010), abs=0.2)
    with store.transaction() as change:
        change.write("doors", [door(3, geometry=square(2000))])
    assert latest(store).area == pytest.approx(box(300, 2010), abs=0.2)
    with store.transaction() as change:
        change.delete("doors", ids=["d1", "d2"])
    assert latest(store).area == pytest.approx(box(100, 210), abs=0.2)
    with store.transaction() as change:
        change.delete("doors", parse("name IS NULL"), ["d4"])
    assert latest(store).area == pytest.approx(box(400, 410), abs=0.2)
    now = store.collection("doors")
    assert [c.version for c in now.changes] == [*range(first.version, now.version + 1)]
    assert (now.changes[-1].version, now.changes[-1].at) == (now.version, now.updated)


def test_areas_are_never_smaller_than_the_change(store: Store) -> None:
    made(store)
    with store.transaction() as change:
        change.write("doors", [door(5, geometry=square(500.123456789, 0.001))])
    area = latest(store).area
    assert area is not None
    assert area[0] <= 800_500
    assert area[2] >= 800_510


def test_what_has_no_place_changes_no_area(store: Store) -> None:
    made(store)
    with store.transaction() as change:
        change.write("doors", [door(30, geometry=None)])
    assert latest(store).area is None
    with store.transaction() as change:
        change.delete("doors", ids=["nobody"])
    assert latest(store).area is None
    before = store.collection("doors")
    with store.transaction() as change:
        change.describe(replace(before, title={"en": "Other"}, changes=(), schema=replace(before.schema, fields=(
            *before.schema.fields, Field("colour")))))
    now = store.collection("doors")
    assert now.changes == (*before.changes, Change(before.version + 1, now.changes[-1].at, None))


def test_a_replaced_collection_remembers_nothing_of_the_one_before(store: Store) -> None:
    before = made(store)
    again = made(store)
    assert again.version > before.version
    assert {c.version for c in again.changes} & {c.version for c in before.changes} == set()
    with store.transaction() as change:
        change.drop("doors")
    anew = made(store)
    assert all((c.version, c.at) not in {(o.version, o.at) for o in again.changes} for c in anew.changes)


def test_only_the_latest_are_remembered(store: Store) -> None:
    made(store)
    for i in range(40):
        with store.transaction() as change:
            change.write("doors", [door(i, geometry=square(i))])
    now = store.collection("doors")
    assert len(now.changes) == 32
    assert [c.version for c in now.changes] == [*range(now.version - 31, now.version + 1)]


def test_others_see_the_same_changes(store: Store, another: Callable[[], Store]) -> None:
    made(store)
    with store.transaction() as change:
        change.write("doors", [door(1, geometry=square(7))])
    assert another().collection("doors").changes == store.collection("doors").changes
