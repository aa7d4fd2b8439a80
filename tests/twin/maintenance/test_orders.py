from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from csdi.errors import AccessDenied, Conflict, NotFound, PreconditionFailed, ValueInvalid
from csdi.store import Store, open_store
from tests.twin.maintenance.site import EDITOR, READER, TECHNICIAN, orders, stocked
from twin.maintenance.schemas import ORDERS
from twin.maintenance.states import CHANGES, Actor, State, ways
from twin.register.keeping import Register


@pytest.fixture
def store() -> Store:
    return stocked(open_store("memory:"))


def test_an_order_says_what_its_asset_is_and_is_due_by_the_asset_s_criticality(store: Store) -> None:
    made = orders(store).raise_order({"asset": "B-PUMP-1", "title": "Seal leaks 軸封漏水"})
    p = made.properties
    assert (p["state"], p["priority"], p["asset_tag"], p["location_path"]) == ("open", "urgent", "B-PUMP-1", "b/b1")
    assert p["number"].startswith("WO-")
    assert p["device"] == "d-1"
    assert made.geometry is not None
    assert datetime.fromisoformat(p["due_at"]) - datetime.fromisoformat(p["reported_at"]) == timedelta(hours=24)


def test_orders_are_numbered_without_gaps_and_found_by_number(store: Store) -> None:
    made = [orders(store).raise_order({"title": f"{n}"}).properties["number"] for n in range(3)]
    assert [int(number[-6:]) for number in made] == [1, 2, 3]
    assert orders(store).order(made[1]).properties["title"] == "1"


def test_the_assignee_works_and_the_manager_closes(store: Store) -> None:
    manager, technician = orders(store), orders(store, TECHNICIAN)
    id = manager.raise_order({"asset": "B-PUMP-1", "title": "x", "assignee": "tom"}).id
    assert technician.ways(technician.order(id)) == [State.IN_PROGRESS, State.ON_HOLD]
    technician.lead(id, "in-progress")
    technician.labour(id, 25, "took the cover off")
    technician.labour(id, 35)
    technician.use_part(id, "SEAL-40", 2)
    done = technician.lead(id, "done", {"cause": "worn", "remedy": "seal replaced"})
    assert done.properties["labour_minutes"] == 60
    assert done.properties["done_at"] >= done.properties["started_at"]
    with pytest.raises(AccessDenied):
        technician.lead(id, "closed")
    assert manager.lead(id, "closed").properties["closed_at"]
    assert Register(store).asset("B-PUMP-1").properties["spare_parts"][0]["stock"] == 0


def test_nobody_else_works_on_an_order(store: Store) -> None:
    id = orders(store).raise_order({"title": "x", "assignee": "tom"}).id
    for act in (lambda o: o.labour(id, 5), lambda o: o.lead(id, "in-progress"), lambda o: o.change(id, {"title": "y"}),
                lambda o: o.use_part(id, "SEAL-40")):
        with pytest.raises(AccessDenied):
            act(orders(store, READER))
    assert orders(store, READER).comment(id, "是否需要停水？").properties["comments"][0]["by"] == "rita"


def test_parts_that_are_not_in_stock_are_not_used(store: Store) -> None:
    id = orders(store).raise_order({"asset": "B-PUMP-2", "title": "x"}).id
    with pytest.raises(Conflict) as caught:
        orders(store).use_part(id, "SEAL-40", 3)
    assert caught.value.data["stock"] == 2
    assert Register(store).asset("B-PUMP-2").properties["spare_parts"][0]["stock"] == 2
    assert orders(store).order(id).properties.get("parts") is None


def test_what_cannot_follow_is_refused_with_what_can(store: Store) -> None:
    id = orders(store).raise_order({"title": "x"}).id
    with pytest.raises(Conflict) as caught:
        orders(store).lead(id, "closed")
    assert caught.value.remedy == "from here it can become: assigned, cancelled, in-progress"
    with pytest.raises(ValueInvalid):
        orders(store).lead(id, "cancelled")
    with pytest.raises(ValueInvalid):
        orders(store).lead(id, "assigned")
    with pytest.raises(ValueInvalid):
        orders(store).lead(id, "finished")


def test_an_order_that_was_done_and_comes_back_counts_as_reopened(store: Store) -> None:
    id = orders(store).raise_order({"title": "x"}).id
    for state in ("in-progress", "done", "in-progress"):
        again = orders(store).lead(id, state)
    assert (again.properties["reopened"], again.properties.get("done_at")) == (1, None)
    orders(store).lead(id, "done")
    orders(store).lead(id, "closed")
    assert orders(store).lead(id, "open", {"reason": "leaks again"}).properties["reopened"] == 2


def test_a_checklist_is_filled_in_before_an_order_is_done(store: Store) -> None:
    id = orders(store).raise_order({"asset": "B-PUMP-1", "title": "x", "checklist": "pump"}).id
    orders(store).lead(id, "in-progress")
    orders(store).tick(id, {"noise": True, "seal": False})
    with pytest.raises(Conflict) as caught:
        orders(store).lead(id, "done")
    assert caught.value.data["items"] == ["bearing", "condition"]
    orders(store).tick(id, {"bearing": 61.5, "condition": 2})
    done = orders(store).lead(id, "done").properties["checklist"]["items"]
    assert {one["key"]: one.get("good") for one in done} == {"noise": True, "seal": False, "bearing": True, "pressure": None, "condition": True}
    for wrong in ({"noise": "maybe"}, {"bearing": float("nan")}, {"unknown": 1}):
        with pytest.raises(ValueInvalid):
            orders(store).tick(id, wrong)


def test_the_second_of_two_people_gets_a_conflict_and_nothing_is_lost(store: Store) -> None:
    made = orders(store).raise_order({"title": "x"})
    seen = made.properties["revision"]
    orders(store).change(made.id, {"assignee": "ann"}, seen)
    with pytest.raises(PreconditionFailed):
        orders(store).change(made.id, {"assignee": "bob"}, seen)
    assert orders(store).order(made.id).properties["assignee"] == "ann"


def test_bad_fields_are_named(store: Store) -> None:
    for given, field in (({"title": ""}, "title"), ({"title": "x", "priority": "asap"}, "priority"), ({"title": "x", "colour": "red"}, "colour"),
                         ({"title": "x", "due_at": "tomorrow"}, "due_at"), ({"title": "x", "estimate_minutes": True}, "estimate_minutes")):
        with pytest.raises(ValueInvalid) as caught:
            orders(store).raise_order(given)
        assert caught.value.data["field"] == field
    with pytest.raises(NotFound):
        orders(store).raise_order({"title": "x", "asset": "B-PUMP-9"})
    assert Register(store).count(ORDERS) == 0


def test_every_change_of_an_order_is_an_entry_of_the_history(store: Store) -> None:
    id = orders(store).raise_order({"asset": "B-PUMP-1", "title": "x", "assignee": "tom"}).id
    orders(store, TECHNICIAN).lead(id, "in-progress")
    found = [entry for entry in Register(store).entries() if entry.feature == id]
    assert [(entry.what, entry.who) for entry in found] == [("added", EDITOR.id), ("order-in-progress", "tom")]
    assert found[0].asset == "a-000000000001"


def test_every_state_but_the_ends_leads_on_and_managers_can_do_what_assignees_can() -> None:
    for state in State:
        assert ways(state, frozenset({Actor.MANAGER}))
    assert all(Actor.MANAGER in actors for actors in CHANGES.values())
