from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from csdi.errors import ValueInvalid
from csdi.store import Store, open_store
from tests.twin.maintenance.site import orders, plans, stocked
from twin.maintenance.schemas import ORDERS
from twin.register.keeping import Register
from twin.register.schemas import ASSETS, DEVICES

NOON = datetime(2026, 3, 10, 4, tzinfo=UTC)


@pytest.fixture
def store() -> Store:
    return stocked(open_store("memory:"))


def test_a_plan_for_an_equipment_type_raises_an_order_for_each_asset_once(store: Store) -> None:
    plans(store).add({"title": "Check 檢查", "asset_class": "pump", "rule": "FREQ=MONTHLY", "starts_on": "2026-03-15", "checklist": "pump",
                      "lead_days": 14})
    first = plans(store).generate(NOON)
    assert len(first.orders) == 2
    assert plans(store).generate(NOON).orders == []
    order = orders(store).order(first.orders[0]).properties
    assert (order["origin"], order["starts_on"], order["due_at"][:10]) == ("plan", "2026-03-15", "2026-03-15")
    assert order["checklist"]["id"] == "pump"


def test_what_is_still_open_is_not_ordered_twice(store: Store) -> None:
    plan = plans(store).add({"title": "x", "asset": "B-FAN-3", "rule": "FREQ=WEEKLY", "starts_on": "2026-03-01", "lead_days": 0})
    (first,) = plans(store).generate(NOON).orders
    later = plans(store).generate(NOON + timedelta(days=7))
    assert (later.orders, later.merged) == ([], 1)
    orders(store).lead(first, "in-progress")
    orders(store).lead(first, "done")
    assert len(plans(store).generate(NOON + timedelta(days=14)).orders) == 1
    assert plans(store).plan(plan.id).properties["done_to"] == "2026-03-24"


def test_weeks_without_a_server_are_caught_up_on_with_one_order(store: Store) -> None:
    plans(store).add({"title": "x", "asset": "B-FAN-3", "rule": "FREQ=DAILY", "starts_on": "2026-01-01", "lead_days": 0})
    made = plans(store).generate(NOON)
    assert len(made.orders) == 1
    assert made.merged == 1
    assert orders(store).order(made.orders[0]).properties["starts_on"] == "2026-03-09"


def test_hours_run_raise_orders_and_a_new_device_begins_at_nought(store: Store) -> None:
    plans(store).add({"title": "Oil", "asset": "B-PUMP-1", "every_hours": 500})
    assert plans(store).generate(NOON).orders == []
    run(store, 599)
    assert plans(store).generate(NOON).orders == []
    run(store, 601)
    (made,) = plans(store).generate(NOON).orders
    orders(store).lead(made, "in-progress")
    orders(store).lead(made, "done")
    run(store, 900)
    assert plans(store).generate(NOON + timedelta(days=1)).orders == []
    run(store, 3)
    assert plans(store).generate(NOON + timedelta(days=2)).orders == []
    run(store, 510)
    assert len(plans(store).generate(NOON + timedelta(days=3)).orders) == 1


def run(store: Store, hours: float) -> None:
    with Register(store).writing("meter") as write:
        write.edit(DEVICES, "d-1", {"run_hours": float(hours)})


def test_retired_assets_and_plans_that_sleep_raise_nothing(store: Store) -> None:
    plan = plans(store).add({"title": "x", "asset_class": "pump", "rule": "FREQ=DAILY", "starts_on": "2026-03-01"})
    with Register(store).writing("test") as write:
        write.edit(ASSETS, "a-000000000001", {"status": "retired"})
    assert plans(store).generate(NOON).assets == 1
    plans(store).change(plan.id, {"active": False})
    assert plans(store).generate(NOON + timedelta(days=90)).assets == 0


def test_usual_plans_are_made_once_for_what_the_register_holds(store: Store) -> None:
    made = plans(store).usual()
    assert {row.properties["asset_class"] for row in made} == {"pump", "fan"}
    assert plans(store).usual() == []


@pytest.mark.parametrize("wrong", ["FREQ=SECONDLY", "FREQ=HOURLY;INTERVAL=1", "weekly", "FREQ=MONTHLY;INTERVAL=0", "FREQ=MONTHLY;BYMONTH=13",
                                   "FREQ=DAILY;UNTIL=20260101", "FREQ=DAILY;" + "BYMONTH=1;" * 40, ""])
def test_rules_that_are_none_or_could_run_away_are_refused(store: Store, wrong: str) -> None:
    with pytest.raises(ValueInvalid) as caught:
        plans(store).add({"title": "x", "asset_class": "pump", "rule": wrong})
    assert caught.value.data["field"] == "rule"
    assert Register(store).count(ORDERS) == 0


def test_a_plan_for_nothing_is_refused(store: Store) -> None:
    for given_ in ({"title": "x", "rule": "FREQ=DAILY"}, {"asset_class": "pump", "rule": "FREQ=DAILY"}, {"title": "x", "asset_class": "pump"}):
        with pytest.raises(ValueInvalid):
            plans(store).add(given_)


@settings(max_examples=25, deadline=None)
@given(interval=st.integers(1, 5), steps=st.lists(st.integers(1, 40), min_size=1, max_size=8))
def test_however_often_it_is_looked_every_day_is_ordered_once(interval: int, steps: list[int]) -> None:
    store = stocked(open_store("memory:"))
    plan = plans(store).add({"title": "x", "asset": "B-FAN-3", "rule": f"FREQ=WEEKLY;INTERVAL={interval}", "starts_on": "2026-03-10",
                             "lead_days": 7})
    now, made, merged = NOON, [], 0
    for step in steps:
        result = plans(store).generate(now)
        made += result.orders
        merged += result.merged
        now += timedelta(days=step)
    assert len(set(made)) == len(made)
    last = date.fromisoformat(plans(store).plan(plan.id).properties["done_to"])
    assert len(made) + merged <= len(plans(store).upcoming(plan, date(2026, 3, 10), last))
