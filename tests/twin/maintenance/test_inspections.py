from __future__ import annotations

import pytest

from csdi.errors import AccessDenied, Conflict, NotFound, ValueInvalid
from csdi.store import Store, open_store
from tests.twin.maintenance.site import READER, TECHNICIAN, inspections, orders, stocked
from twin.maintenance.agreed import Agreed
from twin.maintenance.schemas import INSPECTIONS, ORDERS
from twin.register.keeping import Register

GOOD = {"noise": True, "seal": True, "bearing": 55, "condition": 2}


@pytest.fixture
def store() -> Store:
    return stocked(open_store("memory:"))


def test_each_failed_item_opens_an_order_that_carries_the_photos(store: Store) -> None:
    photo = {"sha256": "0" * 64, "media": "image/jpeg", "size": 3}
    found = inspections(store).inspect("B-PUMP-1", "pump", {**GOOD, "seal": False, "bearing": 96.5}, attachments=[photo]).properties
    assert (found["outcome"], len(found["orders"])) == ("fail", 2)
    opened = {one["title"]: one for one in (orders(store).order(id).properties for id in found["orders"])}
    assert {one["priority"] for one in opened.values()} == {"urgent"}
    assert any("96.5 Cel" in title and "軸承溫度" in title for title in opened)
    assert all(one["origin"] == "inspection" and one["attachments"] == [photo] for one in opened.values())


def test_a_good_inspection_opens_nothing_and_sets_the_condition(store: Store) -> None:
    found = inspections(store).inspect("B-PUMP-1", "pump", {**GOOD, "condition": 1})
    assert (found.properties["outcome"], found.properties["orders"]) == ("pass", [])
    assert Register(store).asset("B-PUMP-1").properties["condition"] == 1


def test_a_failure_worsens_a_condition_that_nobody_stated(store: Store) -> None:
    inspections(store).inspect("B-FAN-3", "fire", {"access": True, "pressure": False, "seal": True})
    assert Register(store).asset("B-FAN-3").properties["condition"] == 4


def test_answers_must_fit_and_be_complete_and_nothing_is_half_written(store: Store) -> None:
    for answers in ({"noise": True}, {**GOOD, "bearing": "hot"}, {**GOOD, "colour": "red"}, {}):
        with pytest.raises(ValueInvalid):
            inspections(store).inspect("B-PUMP-1", "pump", answers)
    with pytest.raises(NotFound):
        inspections(store).inspect("B-PUMP-1", "rockets", {})
    assert Register(store).count(INSPECTIONS) == Register(store).count(ORDERS) == 0


def test_whoever_is_to_do_the_order_may_inspect_and_others_may_not(store: Store) -> None:
    id = orders(store).raise_order({"asset": "B-PUMP-1", "title": "x", "assignee": "tom"}).id
    assert inspections(store, TECHNICIAN).inspect("B-PUMP-1", "pump", GOOD, order=id).properties["who"] == "tom"
    with pytest.raises(AccessDenied):
        inspections(store, READER).inspect("B-PUMP-1", "pump", GOOD, order=id)
    with pytest.raises(AccessDenied):
        inspections(store, TECHNICIAN).inspect("B-PUMP-1", "pump", GOOD)
    with pytest.raises(Conflict):
        inspections(store, TECHNICIAN).inspect("B-PUMP-2", "pump", GOOD, order=id)


def test_a_site_s_own_checklist_takes_the_place_of_the_shipped_one(store: Store) -> None:
    own = {"id": "pump", "title": {"en": "Our pump", "zh-Hant": "本站水泵"}, "items": [
        {"key": "flow", "title": {"en": "Flow", "zh-Hant": "流量"}, "kind": "number", "low": 5, "unit": "L/s"}]}
    inspections(store).checklist(own)
    assert [one.key for one in Agreed.of(store).checklist("pump").items] == ["flow"]
    assert inspections(store).inspect("B-PUMP-1", "pump", {"flow": 4}).properties["outcome"] == "fail"
    inspections(store).checklist({**own, "items": [{**own["items"][0], "low": 3}]})
    assert inspections(store).inspect("B-PUMP-1", "pump", {"flow": 4}).properties["outcome"] == "pass"


@pytest.mark.parametrize(("change", "field"), [
    ({"items": []}, "items"), ({"title": "Pump"}, "title"), ({"id": "Pump!"}, "id"),
    ({"items": [{"key": "a", "title": {"en": "A"}, "kind": "magic"}]}, "a.kind"),
    ({"items": [{"key": "a", "title": {"en": "A"}, "kind": "choice", "choices": {}}]}, "a.choices"),
    ({"items": [{"key": "a", "title": {"en": "A"}, "kind": "number", "low": "x"}]}, "a.low"),
    ({"items": [{"key": "a", "title": {"fr": "A"}}]}, "a.title"),
    ({"items": [{"key": "a", "title": {"en": "A"}}, {"key": "a", "title": {"en": "B"}}]}, "items")])
def test_a_checklist_that_is_none_is_refused_by_its_field(store: Store, change: dict[str, object], field: str) -> None:
    with pytest.raises(ValueInvalid) as caught:
        inspections(store).checklist({"id": "x", "title": {"en": "X"}, "items": [{"key": "a", "title": {"en": "A"}}], **change})
    assert caught.value.data["field"] == field
