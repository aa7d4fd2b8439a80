"""The contract of every store: counts by values, which are kept for the combinations of fields that a Schema names."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from csdi.errors import QueryError, ValueInvalid
from csdi.feature import Feature
from csdi.filter import parse
from csdi.query import Query
from csdi.store import Store
from tests.contract.stores import EVERY_TYPE, another, collection, door, fill, store, store_url, varied

__all__ = ["another", "store", "store_url"]

COUNTED = (("name",), ("floor", "open"), ("name", "open", "floor"), ("built",))
KEPT = replace(EVERY_TYPE, counted=COUNTED)


def counted(features: dict[str, Feature], fields: tuple[str, ...], test: Callable[[dict[str, Any]], bool] = lambda _: True) -> Counter[Any]:
    """The same by hand."""
    return Counter(tuple(f.properties[name] for name in fields) for f in features.values() if test(dict(f.properties)))


def check(store: Store, features: dict[str, Feature]) -> None:
    """Every way to count is right for the Features that are there."""
    for fields in (*COUNTED, ("open",), ("floor",), ("note",), ("floor", "note"), ("open", "name")):
        found = store.counts("doors", fields)
        assert dict(found) == counted(features, fields), fields
        assert found == sorted(found, key=lambda one: (-one[1], [(value is None, 0 if value is None else value) for value in one[0]]))
    assert dict(store.values("doors", "floor")) == {key[0]: n for key, n in counted(features, ("floor",)).items()}
    where = Query(filter=parse("open = TRUE AND floor >= 0"))
    fits = counted(features, ("name",), lambda p: p["open"] is True and p["floor"] is not None and p["floor"] >= 0)
    assert dict(store.counts("doors", ["name"], where)) == fits
    assert store.count("doors", where) == sum(fits.values())
    assert store.search("doors", replace(where, limit=1)).matched == sum(fits.values())
    assert store.search_json("doors", replace(where, limit=1)).matched == sum(fits.values())
    assert store.count("doors", Query(filter=parse("floor IS NULL OR NOT open"))) == sum(counted(
        features, (), lambda p: p["floor"] is None or p["open"] is False).values())


@pytest.mark.parametrize("schema", [KEPT, EVERY_TYPE])
def test_counts_follow_every_change(store: Store, schema: Any) -> None:
    now = {f.id: f for f in varied(300)}
    fill(store, list(now.values()), collection(schema=schema))
    check(store, now)
    chance = random.Random(3)
    for step in range(12):
        others = {f.id: f for f in varied(500, seed=step + 10) if chance.random() < 0.1}
        gone = [id for id in now if chance.random() < 0.1]
        with store.transaction() as change:
            change.write("doors", others.values())
            now |= others
            assert change.delete("doors", ids=gone) == sum(now.pop(id, None) is not None for id in gone)
            change.delete("doors", parse("floor = -3 AND open = TRUE"))
        now = {id: f for id, f in now.items() if (f.properties["floor"], f.properties["open"]) != (-3, True)}
    check(store, now)


def test_a_change_that_fails_counts_nothing(store: Store) -> None:
    now = {f.id: f for f in varied(50)}
    fill(store, list(now.values()), collection(schema=KEPT))
    with pytest.raises(ZeroDivisionError), store.transaction() as change:
        change.write("doors", varied(90, seed=5))
        raise ZeroDivisionError
    check(store, now)


def test_other_combinations_may_be_counted_later(store: Store) -> None:
    now = {f.id: f for f in varied(120)}
    fill(store, list(now.values()))
    for named in (COUNTED, (("open",),), ()):
        with store.transaction() as change:
            change.describe(replace(store.collection("doors"), schema=replace(EVERY_TYPE, counted=named)))
            change.write("doors", [door(1, floor=2, open=True)])
        now["d1"] = door(1, floor=2, open=True)
        assert store.collection("doors").schema.counted == named
        check(store, now)


def test_counts_are_those_of_the_collection_that_took_the_place(store: Store) -> None:
    fill(store, varied(80), collection(schema=KEPT))
    now = {f.id: f for f in varied(40, seed=2)}
    fill(store, list(now.values()), collection(schema=KEPT))
    check(store, now)
    with store.transaction() as change:
        change.drop("doors")
        change.create(collection(schema=KEPT))
        change.write("doors", list(now.values())[:7])
    check(store, dict(list(now.items())[:7]))


def test_many_small_changes_leave_few_rows_behind(store: Store, another: Callable[[], Store]) -> None:
    """The counts are summed up now and then; somebody who reads meanwhile sees the right ones."""
    reading = another()
    fill(store, [door(n, floor=n % 3, open=True) for n in range(30)], collection(schema=KEPT))
    for step in range(220):
        with store.transaction() as change:
            change.write("doors", [door(step % 30, floor=step % 5, open=step % 2 == 0, name="泵")])
        if step % 20 == 0:
            assert sum(n for _, n in reading.counts("doors", ["floor", "open"])) == 30
    assert dict(store.counts("doors", ["floor"])) == Counter((step % 5,) for step in range(190, 220))


@pytest.mark.parametrize("name", ["psets", "seen", "fire", "nothing"])
def test_only_what_has_plain_values_is_counted(store: Store, name: str) -> None:
    with pytest.raises(ValueInvalid, match="counted"):
        fill(store, [], collection(schema=replace(EVERY_TYPE, counted=((name,),))))


def test_arrays_and_geometries_have_no_counts(store: Store) -> None:
    fill(store, varied(5))
    for field in ("psets", "geometry"):
        with pytest.raises(QueryError):
            store.counts("doors", ["open", field])
