"""The contract of histories: what ended is answered as it was, in any order, page by page, and the present stays alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import shapely

from csdi.collection import Collection
from csdi.errors import CursorInvalid, FeatureMissing
from csdi.extent import Interval
from csdi.feature import Feature, Field, FieldType, Schema
from csdi.filter import parse_text
from csdi.history import PRESENT_FIELDS, AsOf, begun, ended, feature, history_id, history_of, is_versioned, search
from csdi.query import Query, Sort
from csdi.store import Store
from tests.contract.stores import store, store_url

__all__ = ["store", "store_url"]

PUMPS = Collection("pumps", {"en": "Pumps", "zh-Hant": "水泵"},
                   Schema((Field("name", text=True), Field("power", FieldType.NUMBER), *PRESENT_FIELDS), "point"))
FIRST = datetime(2025, 1, 1, tzinfo=UTC)
SECOND = datetime(2025, 6, 1, tzinfo=UTC)
THIRD = datetime(2026, 1, 1, tzinfo=UTC)


def pump(number: int, power: float | None) -> Feature:
    return Feature(f"site:{number:02}", shapely.Point(number, 0), {"name": f"水泵 {number}", "power": power})


def three_versions(store: Store) -> None:
    """Version 1 has pumps 0 to 9; in version 2 pump 3 is stronger and pump 4 gone; in version 3 pump 10 comes and pump 3 is weak."""
    with store.transaction() as change:
        change.create(PUMPS)
        change.create(history_of(PUMPS))
        change.write("pumps", begun([pump(n, float(n)) for n in range(10)], 1, FIRST))
    succeed(store, 2, SECOND, [pump(3, 30.0)], gone=["site:04"])
    succeed(store, 3, THIRD, [pump(3, None), pump(10, 10.0)])


def succeed(store: Store, version: int, moment: datetime, rows: list[Feature], gone: list[str] | None = None) -> None:
    there = {f.id: f for f in store.search("pumps", Query(limit=100)).features}
    old = [there[id] for id in (*(row.id for row in rows), *(gone or [])) if id in there]
    with store.transaction() as change:
        change.write(history_id("pumps"), ended(old, version - 1, moment))
        change.delete("pumps", ids=gone or [])
        change.write("pumps", begun(rows, version, moment))


def powers(store: Store, as_of: AsOf, **query: object) -> dict[str, float | None]:
    page = search(store, PUMPS, Query(limit=100, **query), as_of)  # type: ignore[arg-type]
    assert page.matched == len(page.features)
    return {f.id: f.properties["power"] for f in page.features}


FIRST_STATE: dict[str, float | None] = {f"site:{n:02}": float(n) for n in range(10)}
SECOND_STATE = {id: power for id, power in FIRST_STATE.items() if id != "site:04"} | {"site:03": 30.0}
THIRD_STATE = SECOND_STATE | {"site:03": None, "site:10": 10.0}


def test_the_present_is_alone_in_its_collection(store: Store) -> None:
    three_versions(store)
    assert is_versioned(store.collection("pumps"))
    assert {f.id: f.properties["power"] for f in store.search("pumps", Query(limit=100)).features} == THIRD_STATE
    assert store.collection("pumps").count == 10


def test_every_version_is_answered_as_it_was(store: Store) -> None:
    three_versions(store)
    assert [powers(store, AsOf(version=n)) for n in (1, 2, 3)] == [FIRST_STATE, SECOND_STATE, THIRD_STATE]
    assert powers(store, AsOf(version=99)) == THIRD_STATE


@pytest.mark.parametrize(("moment", "state"), [
    (FIRST - timedelta(days=1), {}), (FIRST, FIRST_STATE), (SECOND - timedelta(seconds=1), FIRST_STATE), (SECOND, SECOND_STATE),
    (THIRD - timedelta(seconds=1), SECOND_STATE), (THIRD, THIRD_STATE), (THIRD + timedelta(days=400), THIRD_STATE),
])
def test_every_moment_is_answered_as_it_was(store: Store, moment: datetime, state: dict[str, float | None]) -> None:
    three_versions(store)
    assert powers(store, AsOf(moment)) == state


@pytest.mark.parametrize("sort", [(), (Sort("power"),), (Sort("power", descending=True),), (Sort("name", descending=True), Sort("power"))])
@pytest.mark.parametrize("limit", [1, 3, 4, 100])
def test_pages_give_everything_once_and_in_order(store: Store, sort: tuple[Sort, ...], limit: int) -> None:
    three_versions(store)
    whole = search(store, PUMPS, Query(limit=100, sort=sort), AsOf(version=2)).features
    query, seen = Query(limit=limit, sort=sort), []
    while True:
        page = search(store, PUMPS, query, AsOf(version=2))
        seen += page.features
        assert page.matched == 9
        if not page.next:
            break
        query = query.after(page.next)
    assert [f.id for f in seen] == [f.id for f in whole]
    assert {f.id: f.properties["power"] for f in seen} == SECOND_STATE
    if sort and sort[0].field == "power":
        ordered = [f.properties["power"] for f in seen]
        assert ordered == sorted(ordered, reverse=sort[0].descending)


def test_filters_and_boxes_ask_the_state_of_then(store: Store) -> None:
    three_versions(store)
    strong = parse_text("power >= 9")
    assert powers(store, AsOf(version=1), filter=strong) == {"site:09": 9.0}
    assert powers(store, AsOf(version=2), filter=strong) == {"site:03": 30.0, "site:09": 9.0}
    assert powers(store, AsOf(version=3), filter=strong) == {"site:09": 9.0, "site:10": 10.0}


def test_one_feature_is_given_as_it_was(store: Store) -> None:
    three_versions(store)
    assert [feature(store, PUMPS, "site:03", AsOf(version=n)).properties["power"] for n in (1, 2, 3)] == [3.0, 30.0, None]
    assert feature(store, PUMPS, "site:04", AsOf(SECOND - timedelta(days=1))).properties["power"] == 4.0
    with pytest.raises(FeatureMissing):
        feature(store, PUMPS, "site:04", AsOf(SECOND))
    with pytest.raises(FeatureMissing):
        feature(store, PUMPS, "site:10", AsOf(SECOND))


def test_an_interval_asks_for_the_state_at_its_end() -> None:
    assert AsOf.of(Interval(FIRST, SECOND), None) == AsOf(SECOND)
    assert AsOf.of(Interval(FIRST, None), None) is None
    assert AsOf.of(None, 2) == AsOf(version=2)


def test_a_cursor_of_the_present_is_refused(store: Store) -> None:
    three_versions(store)
    following = store.search("pumps", Query(limit=2)).next
    with pytest.raises(CursorInvalid):
        search(store, PUMPS, Query(limit=2, cursor=following), AsOf(version=1))
