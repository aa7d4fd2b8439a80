"""Maintenance over HTTP: what strangers, readers, technicians and managers can do, and what they see."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterator
from typing import Any

import pytest
from icalendar import Calendar
from openapi_spec_validator import validate
from PIL import Image
from starlette.testclient import TestClient

from csdi.bootstrap import open_services
from csdi.settings import read_settings
from ogc_api.app import create_app
from tests.twin.maintenance.site import stocked

EDITOR = {"authorization": "Bearer let-me-in"}
READER, TOM = {"authorization": "Bearer rita"}, {"authorization": "Bearer tom"}


@pytest.fixture
def client(tmp_path: Any) -> Iterator[TestClient]:
    tokens = tmp_path / "tokens"
    tokens.write_text("".join(f"{name} reader {hashlib.sha256(name.encode()).hexdigest()}\n" for name in ("rita", "tom")))
    settings = read_settings(home=tmp_path / "home", token="let-me-in", tokens=str(tokens))
    with open_services(settings) as services:
        stocked(services.store)
        with TestClient(create_app(settings, services), raise_server_exceptions=False, follow_redirects=False) as made:
            yield made


def raised(client: TestClient, **said: Any) -> dict[str, Any]:
    answer = client.post("/api/work-orders", json={"title": "Seal leaks 軸封漏水", "asset": "B-PUMP-1", **said}, headers=EDITOR)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found | {"etag": answer.headers["etag"]}


def photo(colour: str = "blue") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (80, 60), colour).save(out, "JPEG")
    return out.getvalue()


def test_an_order_goes_from_a_label_to_its_end(client: TestClient) -> None:
    url = client.get("/api/asset-labels/B-PUMP-1?f=json", headers=READER).json()["url"]
    page = client.get(url, headers={"accept-language": "zh-HK,zh;q=0.9"})
    assert page.status_code == 200
    assert "水泵一號" in page.text
    assert "報告故障" in page.text
    sent = client.post(url, data={"text": "漏水", "contact": "9123", "language": "zh-Hant"}, files={"photo": ("a.jpg", photo(), "image/jpeg")})
    assert sent.status_code == 303, sent.text
    receipt = client.get(sent.headers["location"])
    assert "已收到" in receipt.text
    (order,) = client.get("/api/work-orders?state=reported", headers=READER).json()["orders"]
    assert order["title"] == "漏水"
    kept = client.get(f"/api/work-orders/{order['id']}/attachments/{order['attachments'][0]['sha256']}", headers=READER)
    assert kept.headers["content-type"] == "image/jpeg"
    etag = client.get(f"/api/work-orders/{order['id']}", headers=EDITOR).headers["etag"]
    for who, state, said in ((EDITOR, "assigned", {"assignee": "tom"}), (TOM, "in-progress", {}), (TOM, "done", {"remedy": "換軸封"}),
                             (EDITOR, "closed", {})):
        answer = client.post(f"/api/work-orders/{order['id']}/state", json={"state": state, **said}, headers={**who, "if-match": etag})
        assert answer.status_code == 200, answer.text
        etag = answer.headers["etag"]
    assert "換軸封" in client.get(sent.headers["location"]).text
    history = client.get(f"/api/work-orders/{order['id']}/history", headers=READER).json()["entries"]
    assert [one["what"] for one in history] == ["added", "order-assigned", "order-in-progress", "order-done", "order-closed"]


def test_strangers_see_no_orders_and_readers_raise_none(client: TestClient) -> None:
    order = raised(client)
    for path in ("/api/work-orders", f"/api/work-orders/{order['id']}", "/api/inspections", "/api/maintenance-plans", "/api/checklists",
                 "/api/asset-labels/B-PUMP-1", "/api/asset-labels", "/api/work-orders/figures", "/api/work-orders?f=csv",
                 "/ogc/collections/work-orders/items"):
        assert client.get(path).status_code in (401, 403, 404), path
    assert client.post("/api/work-orders", json={"title": "x"}, headers=READER).status_code == 403
    assert client.get("/ogc/collections/fault-reports/items", headers=EDITOR).status_code in (403, 404)


def test_a_change_says_which_state_it_changes(client: TestClient) -> None:
    order = raised(client)
    path = f"/api/work-orders/{order['id']}"
    assert client.patch(path, json={"priority": "low"}, headers=EDITOR).status_code == 428
    first = client.patch(path, json={"priority": "low"}, headers={**EDITOR, "if-match": order["etag"]})
    second = client.patch(path, json={"priority": "urgent"}, headers={**EDITOR, "if-match": order["etag"]})
    assert (first.status_code, second.status_code, second.json()["code"]) == (200, 412, "precondition-failed")
    assert client.get(path, headers=READER).json()["priority"] == "low"
    assert client.get(path, headers={**READER, "if-none-match": first.headers["etag"]}).status_code == 304


def test_lists_are_narrowed(client: TestClient) -> None:
    raised(client)
    raised(client, asset="B-PUMP-2", due_at="2020-01-01", title="late")
    ask = lambda query: [one["title"] for one in client.get(f"/api/work-orders?{query}", headers=READER).json()["orders"]]  # noqa: E731
    assert ask("overdue=1") == ["late"] == ask("location=b/b2") == ask("asset=a-000000000002") == ask("asset=B-PUMP-2")
    assert ask("asset=nothing") == []
    assert len(ask("location=b")) == 2 == len(ask("state=backlog")) == len(ask("since=2020-01-01"))
    assert ask("state=done,closed") == [] == ask("until=2020-01-01")
    assert client.get("/api/work-orders?colour=red", headers=READER).status_code == 400


def test_too_many_reports_are_answered_with_when_to_come_again(client: TestClient) -> None:
    url = client.get("/api/asset-labels/B-PUMP-1?f=json", headers=READER).json()["url"]
    answers = [client.post(url, data={"text": f"{n}"}) for n in range(6)]
    assert [answer.status_code for answer in answers] == [303] * 5 + [429]
    assert answers[-1].headers["retry-after"] == "3600"
    assert "Too many reports" in answers[-1].text


def test_programs_that_fill_in_everything_tell_nothing(client: TestClient) -> None:
    url = client.get("/api/asset-labels/B-PUMP-1?f=json", headers=READER).json()["url"]
    assert client.post(url, data={"text": "buy", "website": "http://spam"}).status_code == 303
    assert client.get("/api/work-orders", headers=READER).json()["numberMatched"] == 0


def test_a_form_that_cannot_be_taken_keeps_what_was_typed(client: TestClient) -> None:
    url = client.get("/api/asset-labels/B-PUMP-1?f=json", headers=READER).json()["url"]
    answer = client.post(url, data={"text": "水泵<b>", "contact": "x" * 300, "language": "zh-Hans"})
    assert answer.status_code == 400
    assert "水泵&lt;b&gt;" in answer.text
    assert "联系方式太长" in answer.text
    answer = client.post(url, data={"text": "x"}, files={"photo": ("a.svg", b"<svg onload='alert(1)'/>", "image/svg+xml")})
    assert answer.status_code == 415
    assert client.get("/a/000000000000").status_code == 404
    client.delete("/api/asset-labels/B-PUMP-1", headers=EDITOR)
    assert client.get(url).status_code == 404


def test_inspections_open_orders_and_plans_raise_them(client: TestClient) -> None:
    kept = client.post("/api/inspections/photos?name=seal.jpg", content=photo(), headers=TOM).json()
    answers = {"noise": True, "seal": False, "bearing": 50, "condition": 3}
    found = client.post("/api/inspections", json={"asset": "B-PUMP-1", "checklist": "pump", "answers": answers, "attachments": [kept]},
                        headers=EDITOR)
    assert found.status_code == 201, found.text
    (order,) = found.json()["orders"]
    assert client.get(f"/api/work-orders/{order}", headers=READER).json()["origin"] == "inspection"
    assert client.get(f"/api/inspections/{found.json()['id']}/attachments/{kept['sha256']}", headers=READER).content[:2] == b"\xff\xd8"
    plans = client.post("/api/maintenance-plans/usual", headers=EDITOR).json()["plans"]
    assert len(plans) == 2
    assert client.post("/api/maintenance-plans/generate", headers=EDITOR).json()["orders"] == []
    path = f"/api/maintenance-plans/{plans[0]['id']}"
    changed = client.patch(path, json={"starts_on": "2026-01-01"}, headers={**EDITOR, "if-match": client.get(path, headers=EDITOR).headers["etag"]})
    assert changed.status_code == 200, changed.text
    assert len(client.post("/api/maintenance-plans/generate", headers=EDITOR).json()["orders"]) == 2
    assert client.post("/api/maintenance-plans/generate", headers=EDITOR).json()["orders"] == []
    look = client.get("/api/maintenance-plans/upcoming", headers=READER).json()
    assert {one["plan"] for one in look["planned"]} <= {one["id"] for one in plans}


def test_figures_export_import_and_calendar(client: TestClient) -> None:
    raised(client, assignee="tom")
    figures = client.get("/api/work-orders/figures", headers=READER).json()
    assert figures["backlog"]["count"] == 1
    assert client.get("/api/work-orders/figures?f=csv", headers=READER).text.startswith("month,reported")
    data = client.get("/api/work-orders?f=csv", headers=READER).content
    assert next(iter(csv.DictReader(io.StringIO(data.decode("utf-8-sig")))))["title"] == "Seal leaks 軸封漏水"
    taken = client.post("/api/work-orders/import?system=maximo", content=data, headers=EDITOR).json()
    assert taken["same"] == 1
    feed = client.post("/api/calendar-feeds", json={"assignee": "tom"}, headers=TOM).json()
    calendar = client.get(feed["url"])
    assert calendar.headers["content-type"].startswith("text/calendar")
    assert len(Calendar.from_ical(calendar.content).walk("VTODO")) == 1
    assert client.delete(f"/api/calendar-feeds/{feed['id']}", headers=READER).status_code == 403
    assert client.delete(f"/api/calendar-feeds/{feed['id']}", headers=TOM).status_code == 204
    assert client.get(feed["url"]).status_code == 404


def test_labels_are_pictures_and_sheets(client: TestClient) -> None:
    assert client.get("/api/asset-labels/B-PUMP-1", headers=READER).content.startswith(b"<svg")
    assert client.get("/api/asset-labels/B-PUMP-1?f=png", headers=READER).content.startswith(b"\x89PNG")
    assert client.get("/api/asset-labels?asset_class=pump&f=html", headers=READER).text.count("B-PUMP-") == 2
    assert client.get("/api/asset-labels?tags=B-PUMP-1&size=small", headers=READER).content.startswith(b"%PDF")
    assert client.get("/api/asset-labels?asset_class=rocket", headers=READER).status_code == 400


def test_webhooks_are_for_editors_and_told_of_changes(client: TestClient) -> None:
    assert client.post("/api/work-orders/webhooks", json={"url": "https://example.org/x"}, headers=READER).status_code == 403
    assert client.post("/api/work-orders/webhooks", json={"url": "ftp://example.org/x"}, headers=EDITOR).status_code == 400
    made = client.post("/api/work-orders/webhooks", json={"url": "https://example.org/x"}, headers=EDITOR).json()
    assert made["secret"]
    assert "secret" not in client.get("/api/work-orders/webhooks", headers=EDITOR).json()["webhooks"][0]
    raised(client)
    (job,) = client.get("/api/jobs", headers=EDITOR).json()["jobs"]
    assert job["kind"] == "submission-tell"
    assert client.delete(f"/api/work-orders/webhooks/{made['id']}", headers=EDITOR).status_code == 204
    raised(client)
    assert len(client.get("/api/jobs", headers=EDITOR).json()["jobs"]) == 1


def test_all_of_it_is_described_in_openapi(client: TestClient) -> None:
    described = client.get("/api/openapi").json()
    validate(described)
    assert described["paths"]["/work-orders/{id}/state"]["post"]["summary"] == "Lead an order to another state."
