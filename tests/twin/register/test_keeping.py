"""What the register keeps of each change, and how it is found again."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
import shapely

from csdi.chain import verify
from csdi.errors import Conflict, NotFound, PreconditionFailed
from csdi.feature import Feature
from csdi.store import Store, open_store
from twin.register.entries import replayed, state_of
from twin.register.keeping import Register
from twin.register.schemas import ASSETS, DEVICES, LOCATIONS, PROPOSALS


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    opened = open_store("memory:" if request.param == "memory" else f"sqlite:///{tmp_path}/store.gpkg")
    yield opened
    opened.close()


@pytest.fixture
def register(store: Store) -> Register:
    made = Register(store)
    with made.writing("ann", "first take") as writing:
        writing.add(LOCATIONS, Feature("l-b", None, {"kind": "building", "name": "T1", "path": "l-b"}))
        writing.add(LOCATIONS, Feature("l-s", shapely.Point(114, 22.3), {"kind": "storey", "name": "L2", "parent": "l-b", "path": "l-b/l-s"}))
        writing.fill(ASSETS, [pump("a-1", "P-1"), pump("a-2", "P-2", location="l-b", location_path="l-b")])
    return made


def pump(id: str, tag: str, location: str = "l-s", location_path: str = "l-b/l-s") -> Feature:
    return Feature(id, shapely.box(114, 22.3, 114.001, 22.301), {
        "tag": tag, "name": f"Pump {tag}", "terms": "水泵", "asset_class": "pump", "status": "in-service", "location": location,
        "location_path": location_path, "cost": 5, "warranty_end": "2027-01-31", "properties": {"Flow": 12.5}})


def test_a_row_begins_with_revision_one_and_is_found_by_its_tag(register: Register) -> None:
    found = register.asset("P-1")
    assert (found.id, found.properties["revision"]) == ("a-1", 1)


def test_counts_of_a_location_include_its_child_locations(register: Register) -> None:
    building, storey = register.row(LOCATIONS, "l-b").properties, register.row(LOCATIONS, "l-s").properties
    assert (building["own_count"], building["total_count"]) == (1, 2)
    assert (storey["own_count"], storey["total_count"]) == (1, 1)


def test_counts_follow_an_asset_that_moves_or_is_retired(register: Register) -> None:
    with register.writing("ann") as writing:
        writing.edit(ASSETS, "a-1", {"location": "l-b", "location_path": "l-b"})
        writing.edit(ASSETS, "a-2", {"status": "retired"})
    building, storey = register.row(LOCATIONS, "l-b").properties, register.row(LOCATIONS, "l-s").properties
    assert (building["own_count"], building["total_count"]) == (1, 1)
    assert (storey["own_count"], storey["total_count"]) == (0, 0)


def test_an_edit_keeps_what_was_before(register: Register) -> None:
    moment = datetime.fromisoformat(register.asset("a-1").properties["valid_from"])
    with register.writing("bob", "moved to stock") as writing:
        writing.edit(ASSETS, "a-1", {"name": "Old pump", "cost": None}, revision=1)
    assert register.asset("a-1").properties["name"] == "Old pump"
    assert register.asset("a-1").properties["cost"] is None
    assert register.as_of(ASSETS, "a-1", moment).properties["cost"] == 5
    last = list(register.entries("a-1"))[-1]
    assert (last.who, last.why, last.before, last.after) == (
        "bob", "moved to stock", {"cost": 5, "name": "Pump P-1"}, {"cost": None, "name": "Old pump"})


def test_an_edit_that_changes_nothing_leaves_no_trace(register: Register) -> None:
    before = register.head
    with register.writing("bob") as writing:
        kept = writing.edit(ASSETS, "a-1", {"name": "Pump P-1"})
    assert kept.properties["revision"] == 1
    assert register.head == before


def test_the_second_of_two_edits_of_one_state_is_refused_and_leaves_nothing(register: Register) -> None:
    with register.writing("ann") as writing:
        writing.edit(ASSETS, "a-1", {"name": "Ann's"}, revision=1)
    with pytest.raises(PreconditionFailed), register.writing("bob") as writing:
        writing.edit(ASSETS, "a-2", {"name": "Bob's"})
        writing.edit(ASSETS, "a-1", {"name": "Bob's"}, revision=1)
    assert register.asset("a-1").properties["name"] == "Ann's"
    assert register.asset("a-2").properties["name"] == "Pump P-2"


def test_two_edits_at_the_same_time_never_both_win(register: Register) -> None:
    start, results = threading.Barrier(2), []

    def edit(who: str) -> None:
        start.wait()
        try:
            with register.writing(who) as writing:
                writing.edit(ASSETS, "a-1", {"name": who}, revision=1)
            results.append(who)
        except PreconditionFailed:
            results.append("refused")
    threads = [threading.Thread(target=edit, args=(who,)) for who in ("ann", "bob")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results)[1] == "refused"
    assert register.asset("a-1").properties["name"] in results


def test_a_block_sees_its_own_changes(register: Register) -> None:
    with register.writing("ann") as writing:
        writing.edit(ASSETS, "a-1", {"name": "x"}, revision=1)
        writing.edit(ASSETS, "a-1", {"name": "y"}, revision=2)
        writing.add(DEVICES, Feature("d-1", None, {"asset": "a-1", "serial": "007"}))
        writing.edit(DEVICES, "d-1", {"removed_on": "2026-01-01"})
        writing.add(PROPOSALS, Feature("p-1", None, {"kind": "new", "asset": "a-1", "state": "open", "after": {"a": 1}}))
    assert register.asset("a-1").properties["revision"] == 3
    assert [entry.what for entry in register.entries("a-1")] == ["added", "changed", "changed", "added", "changed", "added"]


def test_the_history_is_one_chain_and_replays_to_the_rows(register: Register) -> None:
    with register.writing("ann") as writing:
        writing.edit(ASSETS, "a-2", {"name": "Pump 二", "properties": {"Flow": 13, "Head": None}})
    assert verify(register.entries()).broken is None
    states = replayed(register.entries())
    rows = {(collection, row.id): state_of(collection, row) for collection in (ASSETS, LOCATIONS) for row in register.every(collection)}
    assert states == rows


def test_an_id_that_is_taken_or_missing_is_refused(register: Register) -> None:
    with pytest.raises(Conflict, match="already"), register.writing("ann") as writing:
        writing.add(ASSETS, pump("a-1", "P-9"))
    with pytest.raises(NotFound, match="no asset 'a-9'"), register.writing("ann") as writing:
        writing.edit(ASSETS, "a-9", {"name": "x"})


def test_a_register_that_was_never_built_is_empty() -> None:
    register = Register(open_store("memory:"))
    assert not register.exists()
    assert register.rows(ASSETS) == []
    assert list(register.entries()) == []
    assert register.head is None


def test_a_pump_is_found_by_its_chinese_word(register: Register) -> None:
    from csdi.query import Query
    assert register.store.count(ASSETS, Query(text="水泵")) == 2
