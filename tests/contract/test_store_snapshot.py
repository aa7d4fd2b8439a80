"""The contract of every store: a snapshot is one state, whatever is published while it is held."""

from __future__ import annotations

import threading
import time
from dataclasses import replace

from csdi.collection import Collection
from csdi.feature import Field, Schema
from csdi.query import Query
from csdi.store import Store, open_store
from csdi.store.base import scan
from tests.contract.stores import another, collection, door, fill, store, store_url

__all__ = ["another", "store", "store_url"]


def first(store: Store) -> Collection:
    return fill(store, [door(i, name="old") for i in range(30)])


def succeed(store: Store) -> None:
    """The same Collection with other Features, other fields and another CRS."""
    other = collection(schema=Schema((Field("label"),), "point"), storage_crs="EPSG:2326")
    with store.transaction() as change:
        change.replace(other, [replace(door(i), properties={"label": "new"}) for i in range(7)])


def test_what_is_published_meanwhile_is_not_seen(store: Store) -> None:
    before = first(store)
    with store.snapshot(held=True) as reader:
        pages = scan(reader, "doors", page=4)
        seen = [next(pages)]
        succeed(store)
        assert store.collection("doors").count == 7
        assert reader.collection("doors") == before
        seen += list(pages)
        assert {one.properties["name"] for one in seen} == {"old"}
        assert (len(seen), reader.count("doors", Query()), reader.search_json("doors", Query(limit=50)).returned) == (30, 30, 30)
        assert reader.feature("doors", "d29").properties["name"] == "old"
    assert [one.properties["label"] for one in scan(store, "doors")] == ["new"] * 7


def test_a_collection_that_is_dropped_meanwhile_is_still_there(store: Store) -> None:
    first(store)
    with store.snapshot() as reader:
        with store.transaction() as change:
            change.drop("doors")
        assert reader.collection("doors").count == 30
        assert len(list(scan(reader, "doors"))) == 30
    assert store.collections() == []


def test_questions_inside_a_snapshot_do_not_disturb_those_beside_it(store: Store) -> None:
    first(store)
    with store.snapshot() as one, store.snapshot() as two:
        change = one.change()
        succeed(store)
        assert store.change() > change == one.change() == two.change()
        assert (one.count("doors", Query()), store.count("doors", Query()), two.count("doors", Query())) == (30, 7, 30)


def test_a_snapshot_may_wander_from_thread_to_thread(store: Store) -> None:
    first(store)
    counts: list[int] = []
    with store.snapshot(held=True) as reader:
        for _ in range(3):
            one = threading.Thread(target=lambda: counts.append(len(reader.search("doors", Query(limit=50)).features)))
            one.start()
            one.join()
    assert counts == [30, 30, 30]


def test_who_holds_a_state_keeps_nobody_from_publishing_or_reading(store: Store) -> None:
    first(store)
    with store.snapshot(held=True) as reader:
        assert reader.count("doors", Query()) == 30
        began = time.monotonic()
        for _ in range(3):
            succeed(store)
            assert store.count("doors", Query()) == 7
        assert time.monotonic() - began < 10


def test_tables_that_nobody_reads_any_more_are_dropped(postgres_database: str) -> None:
    store = open_store(postgres_database)
    first(store)
    with store.snapshot(held=True) as reader:
        assert reader.count("doors", Query()) == 30
        succeed(store)
        assert _tables(postgres_database) == 2
    succeed(store)
    assert _tables(postgres_database) == 1
    store.close()


def _tables(url: str) -> int:
    import psycopg
    with psycopg.connect(url) as db:
        (found,) = db.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'csdi' AND tablename NOT IN "
                              "('state', 'collections', 'doomed')").fetchone() or (0,)
    return int(found)
