from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta

import pytest
from icalendar import Calendar

from csdi.errors import FileBroken, NotFound, ValueInvalid
from csdi.feature import Feature
from csdi.store import Store, open_store
from tests.twin.maintenance.site import READER, orders, plans, stocked
from twin.maintenance.calendars import Calendars
from twin.maintenance.exchange import take_csv, to_csv
from twin.maintenance.figures import figures
from twin.maintenance.labels import Label, label_of, qr_svg, sheet_html
from twin.maintenance.schemas import ORDERS
from twin.register.keeping import Register


@pytest.fixture
def store() -> Store:
    return stocked(open_store("memory:"))


NOW = datetime(2026, 3, 31, tzinfo=UTC)


def order(number: int, **said: object) -> Feature:
    usual = {"number": f"WO-2026-{number:06d}", "state": "open", "priority": "normal", "origin": "fault", "asset": "a-1",
             "reported_at": (NOW - timedelta(days=10)).isoformat(), "due_at": (NOW + timedelta(days=1)).isoformat()}
    return Feature(f"wo-{number}", None, {**usual, **said})


def at(hours: float) -> str:
    return (NOW - timedelta(days=10) + timedelta(hours=hours)).isoformat()


def test_figures_are_what_one_counts_by_hand() -> None:
    rows = [order(1), order(2, due_at=(NOW - timedelta(hours=5)).isoformat(), priority="urgent", location_path="s/b/1", asset_class="pump"),
            order(3, state="closed", started_at=at(2), done_at=at(10)),
            order(4, state="done", started_at=at(4), done_at=at(30), reopened=1, reported_at=at(0), due_at=at(20), labour_minutes=90),
            order(5, state="done", origin="plan", done_at=at(50)), order(6, state="cancelled"),
            order(7, asset="a-2", reported_at=at(0)), order(8, asset="a-2", reported_at=at(100))]
    found = figures(rows, NOW)
    assert found["backlog"]["count"] == 4
    assert found["backlog"]["by_priority"] == {"emergency": 0, "urgent": 1, "normal": 3, "low": 0}
    assert found["overdue"] == {"count": 1, "median_late_h": 5.0}
    assert found["repairs"] == {"count": 2, "mttr_h": 20.0, "median_h": 20.0, "response_h": 3.0, "in_time_share": 0.5,
                                "first_time_share": 0.5}
    assert found["planned_share"] == 0.333
    assert found["labour_h"] == 1.5
    assert found["mtbf_h"] == pytest.approx((0 + 100) / 2, abs=0.01)
    assert found["by_location"]["s"] == found["by_location"]["b"] == found["by_location"]["1"] == {"backlog": 1, "overdue": 1, "done": 0}
    assert found["months"][-1] == {"month": "2026-03", "reported": 8, "done": 3, "mttr_h": 20.0}
    assert len(found["months"]) == 12


def test_figures_of_nothing_are_empty_and_not_wrong() -> None:
    found = figures([], NOW)
    assert found["backlog"]["count"] == 0
    assert found["repairs"]["mttr_h"] is None
    assert found["planned_share"] is None


def test_a_calendar_holds_orders_and_what_plans_ask_for_and_reads_as_icalendar(store: Store) -> None:
    made = orders(store).raise_order({"asset": "B-PUMP-1", "title": "漏水；seal, \\ leaks", "assignee": "tom"})
    plans(store).add({"title": "月檢", "asset_class": "fan", "rule": "FREQ=MONTHLY", "starts_on": "2026-01-15"})
    calendars = Calendars(orders(store), plans(store))
    key = calendars.add({"assignee": "tom", "language": "zh-Hant"}, READER)["key"]
    everything = calendars.add({}, READER)["key"]
    now = datetime.now(UTC)
    todo, = Calendar.from_ical(calendars.feed(key, now)).walk("VTODO")
    assert str(todo["summary"]).endswith("漏水；seal, \\ leaks")
    assert todo["uid"] == f"{made.id}@csdi"
    assert todo["due"].dt.utcoffset() == timedelta(hours=8)
    assert 11 <= len(Calendar.from_ical(calendars.feed(everything, now)).walk("VEVENT")) <= 13
    with pytest.raises(NotFound):
        calendars.feed("guess", now)
    calendars.drop(calendars.feeds(READER)[0]["id"], READER)
    assert len(calendars.feeds(READER)) == 1


def test_the_key_of_a_calendar_is_not_in_the_store(store: Store) -> None:
    key = Calendars(orders(store), plans(store)).add({}, READER)["key"]
    assert all(key not in f"{row.id}{row.properties}" for row in Register(store).every("work-feeds"))


def test_an_export_is_taken_in_unchanged(store: Store) -> None:
    orders(store).raise_order({"asset": "B-PUMP-1", "title": "=cmd|' /C calc'!A0", "assignee": "-5"})
    orders(store).raise_order({"title": "水泵\n漏水, \"quoted\""})
    data = to_csv(Register(store).every(ORDERS))
    assert b"'=cmd" in data
    taken = take_csv(orders(store), data, "maximo")
    assert (taken.added, taken.changed, taken.same, taken.errors) == ([], [], 2, [])


def sheet(*rows: dict[str, object]) -> bytes:
    out = io.StringIO()
    writer = csv.DictWriter(out, list(dict.fromkeys(name for row in rows for name in row)))
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def test_another_system_s_orders_are_known_by_its_ids(store: Store) -> None:
    data = sheet({"WONUM": "M-1", "DESCRIPTION": "Fan noisy", "asset_tag": "B-FAN-3", "state": "in-progress"},
                 {"WONUM": "M-2", "DESCRIPTION": "", "asset_tag": ""}, {"WONUM": "M-3", "DESCRIPTION": "x", "asset_tag": "NO-SUCH"},
                 {"WONUM": "", "DESCRIPTION": "x"})
    names = {"external_id": "WONUM", "title": "DESCRIPTION"}
    first = take_csv(orders(store), data, "maximo", names)
    assert len(first.added) == 1
    assert [(one["row"], one["code"]) for one in first.errors] == [
        (3, "value-invalid"), (4, "not-found"), (5, "value-invalid")]
    assert first.errors[0]["column"] == "DESCRIPTION"
    assert take_csv(orders(store), data, "maximo", names).added == []
    assert orders(store).order(first.added[0]).properties["state"] == "in-progress"
    done = take_csv(orders(store), sheet({"WONUM": "M-1", "state": "done"}), "maximo", names)
    assert done.changed == first.added
    assert done.errors == []


def test_an_order_that_was_changed_here_meanwhile_is_a_conflict(store: Store) -> None:
    made = orders(store).raise_order({"title": "old"})
    number, revision = made.properties["number"], made.properties["revision"]
    orders(store).change(made.id, {"title": "ours"})
    data = sheet({"number": number, "revision": revision, "title": "theirs"})
    assert take_csv(orders(store), data, "m").conflicts[0]["fields"] == ["title"]
    assert orders(store).order(made.id).properties["title"] == "ours"
    assert take_csv(orders(store), data, "m", theirs=True).changed == [number]


def test_what_is_no_csv_is_refused(store: Store) -> None:
    for data in (b"\xff\xfe\x00", b'number,title\n"x'):
        with pytest.raises(FileBroken):
            take_csv(orders(store), data, "m")
    with pytest.raises(ValueInvalid):
        take_csv(orders(store), b"a,b\n1,2\n", "m")


def test_labels_say_the_tag_and_both_names_and_codes_lead_to_the_page(store: Store) -> None:
    label = label_of(Register(store).asset("B-PUMP-1").properties, "http://x/a/abc")
    assert label.lines[:3] == ("B-PUMP-1", "pump 1", "水泵一號")
    html = sheet_html([label, Label("http://x/a/2", ("<script>",))] * 20, "small")
    assert html.count("class=\"page\"") == 1
    assert "&lt;script&gt;" in html
    assert "<script>" not in html
    assert qr_svg("http://x/a/abc").startswith(b"<svg")
    with pytest.raises(ValueInvalid):
        sheet_html([label], "giant")
    with pytest.raises(ValueInvalid):
        sheet_html([])


