"""Handover over HTTP, on the sample's services: spreadsheets, bulk edits, COBie and IFC."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import ifcopenshell
import ifcopenshell.util.element
import openpyxl
import pytest
from starlette.testclient import TestClient

from csdi.jobs import StepContext
from tests.ogc_api.test_assets import EDITOR, ITEMS, registered
from twin.handover import bulk, bulk_desk


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    with registered(tmp_path_factory.mktemp("handover")) as made:
        yield made


def book_of(client: TestClient, **params: str) -> tuple[Any, Any, dict[str, int]]:
    answer = client.get("/api/handover/assets", params=params)
    assert answer.status_code == 200, answer.text
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    return book, book["assets"], {str(cell.value): int(cell.column or 0) for cell in book["assets"][2]}


def saved(book: Any) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def take(client: TestClient, body: bytes, **params: str) -> Any:
    return client.post("/api/handover/imports", params={"file": "a.xlsx", **params}, content=body, headers=EDITOR)


def test_a_spreadsheet_goes_out_is_looked_at_and_comes_in_once(client: TestClient) -> None:
    book, page, at = book_of(client, filter="asset_class = 'pump'", lang="zh-Hans")
    assert page.cell(1, at["serial"]).value == "序列号"
    tag = page.cell(3, at["tag"]).value
    page.cell(3, at["condition"]).value = 2
    page.cell(4, at["warranty_end"]).value = "soon"
    seen = take(client, saved(book))
    assert seen.status_code == 201, seen.text
    preview = seen.json()["preview"]
    assert (preview["counts"]["changed"], preview["counts"]["error"], preview["cells"]) == (1, 1, 1)
    assert client.get(f"/api/assets/{tag}").json()["condition"] is None
    at_token = f"/api/handover/imports/{seen.json()['token']}"
    page_of = client.get(at_token, headers=EDITOR | {"Accept": "text/html"}, params={"lang": "zh-Hant"})
    assert "儲存格" in page_of.text
    assert "sheet-value-unreadable" in page_of.text
    refused = client.post(f"{at_token}/apply", headers=EDITOR)
    assert (refused.status_code, refused.json()["code"]) == (422, "asset-invalid")
    done = client.post(f"{at_token}/apply", headers=EDITOR, json={"leave_out": True, "why": "survey"})
    assert done.status_code == 200, done.text
    assert client.get(f"/api/assets/{tag}").json()["condition"] == 2
    assert client.get(f"/api/assets/{tag}/history", headers=EDITOR).json()["entries"][0]["why"] == "survey"
    assert client.post(f"{at_token}/apply", headers=EDITOR).status_code == 404


def test_only_an_editor_hands_in(client: TestClient) -> None:
    for method, path in (("POST", "/api/handover/imports?file=a.xlsx"), ("POST", "/api/handover/bulk"),
                         ("GET", "/api/handover/imports/" + "0" * 32),
                         ("GET", "/api/handover/cobie?model=mep"), ("GET", "/api/handover/models/mep.ifc"),
                         ("POST", "/api/handover/cobie/checks?file=a.xlsx")):
        assert client.request(method, path, content=b"{}" if method == "POST" else None).status_code == 403, path


def test_a_bulk_edit_is_looked_at_and_stopped_when_the_register_changes(client: TestClient) -> None:
    asked: dict[str, Any] = {"filter": "asset_class = 'sensor'", "set": {"criticality": 5}}
    seen = client.post("/api/handover/bulk", headers=EDITOR, json=asked).json()
    count = client.get("/ogc/collections/asset-register/items", params={"filter": asked["filter"], "limit": 1}).json()["numberMatched"]
    assert seen["preview"]["counts"]["changed"] == count > 0
    other = client.post("/api/handover/bulk", headers=EDITOR, json=asked).json()
    assert client.post(f"/api/handover/imports/{seen['token']}/apply", headers=EDITOR).status_code == 200
    stale = client.post(f"/api/handover/imports/{other['token']}/apply", headers=EDITOR)
    assert (stale.status_code, stale.json()["code"]) == (409, "conflict")
    assert client.post("/api/handover/bulk", headers=EDITOR, json={"filter": "", "set": {"condition": 1}}).status_code == 400
    assert client.post("/api/handover/bulk", headers=EDITOR, json={"filter": "tag = 'x'", "set": {"tag": "y"}}).status_code == 400


def test_cobie_goes_out_is_right_and_comes_in_unchanged(client: TestClient) -> None:
    answer = client.get("/api/handover/cobie", params={"model": "mep", "author": "fm@site.example"}, headers=EDITOR)
    assert answer.status_code == 200, answer.text
    report = client.post("/api/handover/cobie/checks", params={"file": "a.xlsx"}, content=answer.content, headers=EDITOR).json()
    assert (report["valid"], report["warnings"]) == (True, 0)
    seen = take(client, answer.content, kind="cobie").json()
    assert {kind: n for kind, n in seen["preview"]["counts"].items() if n} == {"unchanged": report["sheets"]["Component"]}
    assert client.delete(f"/api/handover/imports/{seen['token']}", headers=EDITOR).status_code == 204


def test_the_model_carries_what_the_register_says(client: TestClient) -> None:
    answer = client.get("/api/handover/models/mep.ifc", headers=EDITOR)
    assert answer.status_code == 200, answer.text
    pump = client.get("/ogc/collections/asset-register/items", params={"filter": "asset_class = 'pump'", "limit": 1}).json()["features"][0]
    model = ifcopenshell.file.from_string(answer.text)
    found = ifcopenshell.util.element.get_psets(model.by_guid(pump["properties"]["global_id"]))["CSDI_Asset"]
    assert (found["AssetCode"], found["AssetId"]) == (pump["properties"]["tag"], pump["id"])


@pytest.mark.parametrize("body, code, status", [
    (b"", "file-empty", 400), (b"\xd0\xcf\x11\xe0 old", "format-unknown", 415), (b"PK\x03\x04 no zip", "file-broken", 400),
    (b"a\0b", "format-unknown", 415)])
def test_what_is_no_spreadsheet_is_said_so(client: TestClient, body: bytes, code: str, status: int) -> None:
    answer = take(client, body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_a_bulk_edit_of_many_is_a_job_with_its_progress_and_is_taken_back(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "CHUNK", 2)
    monkeypatch.setattr(bulk_desk, "CHUNK", 2)
    context = StepContext(user="editor")
    others = {"filter": "asset_class <> 'pump'", "limit": 1000}
    before = {one["id"]: one["properties"].get("condition") for one in client.get(ITEMS, params=others).json()["features"]}
    asked = client.post("/api/handover/bulk", headers=EDITOR, json={"filter": others["filter"], "set": {"condition": 4}})
    assert (asked.status_code, asked.json()["state"]) == (202, "looking")
    at = f"/api/handover/imports/{asked.json()['token']}"
    assert client.post(f"{at}/apply", headers=EDITOR).status_code == 404
    bulk_desk.run_look({"token": asked.json()["token"]}, context)
    seen = client.get(at, headers=EDITOR).json()
    assert (seen["state"], seen["preview"]["counts"]["changed"]) == ("ready", len(before))
    begun = client.post(f"{at}/apply", headers=EDITOR, json={"why": "survey"})
    assert (begun.status_code, begun.json()["state"]) == (202, "applying")
    bulk_desk.run_apply({"token": asked.json()["token"]}, context)
    done = client.get(at, headers=EDITOR).json()
    assert (done["state"], done["result"]["changed"], done["result"]["refused_chunks"]) == ("done", len(before), 0)
    assert client.post(f"{at}/apply", headers=EDITOR).status_code == 404
    back = client.post("/api/handover/bulk", headers=EDITOR, json={"take_back": done["result"]["batch"]}).json()
    bulk_desk.run_look({"token": back["token"]}, context)
    client.post(f"/api/handover/imports/{back['token']}/apply", headers=EDITOR)
    bulk_desk.run_apply({"token": back["token"]}, context)
    assert {one["id"]: one["properties"].get("condition") for one in client.get(ITEMS, params=others).json()["features"]} == before
    assert client.post("/api/handover/bulk", headers=EDITOR, json={"take_back": "0" * 32}).status_code == 404


def test_a_bulk_edit_stops_where_other_assets_answer_by_now(client: TestClient) -> None:
    asked = client.post("/api/handover/bulk", headers=EDITOR, json={"filter": "asset_class = 'pump'", "set": {"supplier": "Acme"}}).json()
    pump = client.get(ITEMS, params={"filter": "asset_class = 'pump'", "limit": 1}).json()["features"][0]["id"]
    tag = client.get(f"/api/assets/{pump}")
    client.patch(f"/api/assets/{pump}", headers=EDITOR | {"If-Match": tag.headers["etag"]}, json={"asset_class": "fan"})
    refused = client.post(f"/api/handover/imports/{asked['token']}/apply", headers=EDITOR)
    assert (refused.status_code, refused.json()["went"]) == (409, 1)
