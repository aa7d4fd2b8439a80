"""Stores between processes: commits are seen, work in progress is not, and a killed writer leaves nothing behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
import shapely

from csdi.errors import StoreUnavailable
from csdi.extent import BBox
from csdi.query import Query
from csdi.store import Store
from tests.contract.stores import another, collection, door, fill, store, store_url

__all__ = ["another", "store", "store_url"]

ROOT = Path(__file__).parents[2]
WRITER = """
import sys, time
from csdi.store import open_store
from tests.contract.stores import collection, door
store = open_store(sys.argv[1])
def features():
    for n in range(20_000):
        yield door(n, name='new')
        if n == 12_000:
            print('half', flush=True)
            sys.stdin.readline()
with store.transaction() as change:
    if sys.argv[2] == 'replace':
        change.replace(collection(), features())
    else:
        change.write('doors', features())
store.close()
print('done', flush=True)
"""


@contextmanager
def halfway(url: str, how: str) -> Iterator[subprocess.Popen[str]]:
    """Another process in the middle of its transaction."""
    process = subprocess.Popen([sys.executable, "-c", WRITER, url, how], cwd=ROOT, text=True, stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE)
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == "half\n"
        yield process
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("how", ["replace", "write"])
def test_a_reader_sees_the_old_until_the_commit_of_another_process(another: Callable[[], Store], store_url: str, how: str) -> None:
    store = another()
    fill(store, [door(n, name="old") for n in range(3)])
    before = store.change()
    with halfway(store_url, how) as process:
        assert [f.properties["name"] for f in store.search("doors", Query()).features] == ["old"] * 3
        assert store.count("doors", Query(text="new")) == 0
        assert store.change() == before
        process.communicate("go on\n")
        assert process.returncode == 0
    assert store.change() > before
    assert store.collection("doors").count == store.count("doors", Query(text="new")) == 20_000
    assert store.count("doors", Query(bbox=BBox(113, 22, 180, 23))) > 3


@pytest.mark.parametrize("how", ["replace", "write"])
def test_a_killed_writer_leaves_the_old(another: Callable[[], Store], store_url: str, how: str) -> None:
    store = another()
    fill(store, [door(n, name="old") for n in range(3)])
    before = store.collection("doors")
    with halfway(store_url, how) as process:
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    for reader in (store, another()):
        assert reader.collection("doors") == before
        assert [f.properties["name"] for f in reader.search("doors", Query()).features] == ["old"] * 3
        assert reader.count("doors", Query(text="new")) == 0
    fill(store, [door(7, name="next")])
    assert another().count("doors", Query(text="next")) == 1


def test_two_openings_see_each_others_collections(store: Store, another: Callable[[], Store]) -> None:
    other = another()
    fill(store, [door(1, name="水泵")])
    assert other.collection("doors").count == 1
    fill(other, [door(2, name="風機")], collection("fans"))
    assert [c.id for c in store.collections()] == ["doors", "fans"]
    with other.transaction() as change:
        change.describe(replace(collection(), title={"en": "Other"}))
    assert store.collection("doors").title == {"en": "Other"}
    with store.transaction() as change:
        change.drop("fans")
    assert [c.id for c in other.collections()] == ["doors"]


def test_changes_of_others_are_noticed(store: Store, another: Callable[[], Store]) -> None:
    other, seen = another(), []
    for n in range(5):
        fill(other if n % 2 else store, [door(n)])
        seen.append(store.change())
        assert other.change() == seen[-1]
    assert seen == sorted(set(seen))


def test_threads_read_while_one_writes(store: Store) -> None:
    fill(store, [door(n, name="v0", geometry=shapely.Point(n, 0)) for n in range(50)])
    stop, faults = threading.Event(), list[str]()

    def read() -> None:
        while not stop.is_set():
            page = store.search("doors", Query(limit=100))
            if len(page.features) != 50 or page.matched != 50 or len({f.properties["name"] for f in page.features}) != 1:
                faults.append(f"{len(page.features)} of {page.matched}")

    with ThreadPoolExecutor(4) as pool:
        readers = [pool.submit(read) for _ in range(4)]
        for version in range(1, 9):
            fill(store, [door(n, name=f"v{version}", geometry=shapely.Point(n, 0)) for n in range(50)])
        stop.set()
        for reader in readers:
            reader.result()
    assert not faults


def test_writers_take_turns(store: Store) -> None:
    with store.transaction() as change:
        change.create(collection())

    def add(thread: int) -> None:
        for n in range(5):
            with store.transaction() as change:
                change.write("doors", [door(thread * 100 + n)])

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(add, range(4)))
    assert store.collection("doors").count == store.count("doors", Query(bbox=BBox(-180, -90, 180, 90))) == 20


def test_a_closed_store_says_so(store: Store) -> None:
    fill(store, [door(1)])
    store.close()
    with pytest.raises(StoreUnavailable):
        store.collection("doors")
    with pytest.raises(StoreUnavailable), store.transaction():
        pass
