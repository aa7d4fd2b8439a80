"""The register of assets over HTTP, on the sample's services and terminal."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

import sample_models
from csdi.bootstrap import open_services
from csdi.jobs import StepContext
from csdi.settings import read_settings
from ogc_api.app import create_app
from tests.taking_in import take_in
from twin.register.following import run

MODEL = Path(sample_models.__file__).parent / "small" / "terminal-mep.ifc"
EDITOR = {"Authorization": "Bearer secret"}
ITEMS = "/ogc/collections/asset-register/items"


def publish(services: Any, file: Path, job: str) -> Any:
    return take_in(services, file, "mep", job)


@contextmanager
def registered(home: Path) -> Iterator[TestClient]:
    """The application over a site whose register knows the sample's services."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CSDI_HOME", str(home))
        patch.setenv("CSDI_TOKEN", "secret")
        settings = read_settings()
        with open_services(settings) as services:
            publish(services, MODEL, "job-1")
            run({"sources": ["mep"], "public": True}, StepContext(user="ann"))
            with TestClient(create_app(settings, services), raise_server_exceptions=False) as made:
                yield made


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    with registered(tmp_path_factory.mktemp("assets")) as made:
        yield made


@pytest.fixture
def pump(client: TestClient) -> dict[str, Any]:
    found = client.get(ITEMS, params={"filter": "asset_class = 'pump'", "limit": 1}).json()["features"][0]
    return dict(client.get(f"/api/assets/{found['id']}").json())


def send(client: TestClient, method: str, path: str, body: Any = None, etag: str = "", **headers: str) -> Any:
    """A request of an editor, on the state that the asset of the path has now unless another is given."""
    if not etag and "If-Match" not in headers:
        at = "/".join(path.split("/")[:4]).split("?")[0]
        headers["If-Match"] = client.get(at).headers.get("etag", "")
    elif etag:
        headers["If-Match"] = etag
    return client.request(method, path, json=body, headers={**EDITOR, **{k: v for k, v in headers.items() if v}})


def test_anybody_reads_a_public_register_by_id_tag_and_words(client: TestClient, pump: dict[str, Any]) -> None:
    assert client.get(f"/api/assets/{pump['tag']}").json()["id"] == pump["id"]
    found = client.get(ITEMS, params={"q": "水泵", "limit": 100}).json()["features"]
    assert pump["id"] in {one["id"] for one in found}


def test_an_asset_comes_with_all_that_belongs_to_it(pump: dict[str, Any]) -> None:
    assert pump["template"]["names"]["zh-Hant"] == "水泵"
    assert [one["kind"] for one in pump["location_chain"]][:3] == ["site", "building", "storey"]
    assert pump["devices"][0]["id"] == pump["device"]


def test_only_an_editor_changes_it(client: TestClient, pump: dict[str, Any]) -> None:
    for answer in (client.patch(f"/api/assets/{pump['id']}", json={"name": "x"}), client.post("/api/assets", json={"asset_class": "pump"}),
                   client.delete(f"/api/assets/{pump['id']}"), client.post("/api/assets/build"), client.get("/api/asset-proposals"),
                   client.get(f"/api/assets/{pump['id']}/history")):
        assert answer.status_code == 403, answer.text


def test_a_change_says_which_state_it_changes(client: TestClient, pump: dict[str, Any]) -> None:
    path = f"/api/assets/{pump['id']}"
    tag = client.get(path).headers["etag"]
    assert client.patch(path, json={"condition": 2}, headers=EDITOR).status_code == 428
    first = send(client, "PATCH", path + "?why=seen", {"condition": 2}, tag)
    assert (first.status_code, first.json()["condition"]) == (200, 2)
    second = send(client, "PATCH", path, {"condition": 3}, tag)
    assert (second.status_code, second.json()["code"]) == (412, "precondition-failed")
    last = client.get(f"{path}/history", headers=EDITOR).json()["entries"][0]
    assert (last["who"], last["why"], last["after"]) == ("editor", "seen", {"condition": 2})


def test_what_it_cannot_be_is_a_problem_with_findings(client: TestClient, pump: dict[str, Any]) -> None:
    answer = send(client, "PATCH", f"/api/assets/{pump['id']}", {"condition": 9, "warranty_end": "soon"})
    assert (answer.status_code, answer.json()["code"]) == (422, "asset-invalid")
    assert {one["code"] for one in answer.json()["findings"]} == {"asset-value-invalid"}
    assert len(answer.json()["findings"]) == 2


@pytest.mark.parametrize("method, collection", [("PATCH", "asset-register"), ("DELETE", "asset-register"), ("PATCH", "asset-locations")])
def test_the_items_of_the_register_are_changed_by_its_own_door_alone(client: TestClient, pump: dict[str, Any], method: str, collection: str) -> None:
    id = pump["id"] if collection == "asset-register" else pump["location"]
    answer = client.request(method, f"/ogc/collections/{collection}/items/{id}", json={"properties": {"name": "x"}}, headers=EDITOR)
    assert answer.status_code == 405, answer.text
    assert "/api/asset" in answer.json()["remedy"]


def test_an_asset_of_ones_own_is_made_placed_and_retired(client: TestClient, pump: dict[str, Any]) -> None:
    made = client.post("/api/assets", headers=EDITOR, json={
        "asset_class": "fire-extinguisher", "location": pump["location"], "geometry": {"type": "Point", "coordinates": [113.92, 22.31]}})
    assert made.status_code == 201, made.text
    path = made.headers["location"].removeprefix("http://testserver")
    assert client.get(f"{ITEMS}/{made.json()['id']}").json()["geometry"]["coordinates"] == [113.92, 22.31]
    gone = send(client, "DELETE", path)
    assert (gone.status_code, gone.json()["status"]) == (200, "retired")


@pytest.mark.parametrize("geometry", [{"type": "Point"}, {"type": "Point", "coordinates": [811000, 819000]}, "POINT (1 2)", 5,
                                      {"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]]}])
def test_a_geometry_that_is_none_is_refused(client: TestClient, geometry: Any) -> None:
    answer = client.post("/api/assets", headers=EDITOR, json={"asset_class": "pump", "geometry": geometry})
    assert (answer.status_code, answer.json()["code"]) == (400, "value-invalid")


def test_as_of_answers_the_state_of_then(client: TestClient, pump: dict[str, Any]) -> None:
    path, moment = f"/api/assets/{pump['id']}", pump["valid_from"]
    send(client, "PATCH", path, {"description": "another state"})
    assert client.get(path, params={"datetime": moment}).json()["description"] == pump["description"]
    item = client.get(f"{ITEMS}/{pump['id']}", params={"datetime": moment}).json()["properties"]
    assert item["description"] == pump["description"]
    listed = client.get(ITEMS, params={"datetime": moment, "filter": f"tag = '{pump['tag']}'"}).json()["features"]
    assert [one["properties"]["description"] for one in listed] == [pump["description"]]
    assert client.get(f"{ITEMS}/{pump['id']}").json()["properties"]["description"] == "another state"
    assert client.get(f"/ogc/collections/asset-locations/items/{pump['location']}", params={"datetime": moment}).status_code == 200


def test_restoring_brings_a_state_back(client: TestClient, pump: dict[str, Any]) -> None:
    path = f"/api/assets/{pump['id']}"
    number = client.get(f"{path}/history", headers=EDITOR).json()["entries"][0]["number"]
    send(client, "PATCH", path, {"name": "Wrong"})
    assert send(client, "POST", f"{path}/restore", {"to": str(number)}).json()["name"] == pump["name"]
    assert send(client, "POST", f"{path}/restore", {}).status_code == 400


def test_a_device_is_replaced_and_the_one_before_is_kept(client: TestClient, pump: dict[str, Any]) -> None:
    path = f"/api/assets/{pump['id']}"
    now = send(client, "POST", f"{path}/device", {"manufacturer": "New", "serial": "N-1", "installed_on": "2026-05-01"}).json()
    assert (now["serial"], len(now["devices"])) == ("N-1", len(pump["devices"]) + 1)
    assert send(client, "POST", f"{path}/device", {"colour": "red"}).status_code == 422


def test_a_link_and_a_file_are_attached_read_and_removed(client: TestClient, pump: dict[str, Any]) -> None:
    path = f"/api/assets/{pump['id']}"
    assert send(client, "POST", f"{path}/documents", {"title": "Evil", "url": "javascript:alert(1)"}).status_code == 400
    send(client, "POST", f"{path}/documents", {"title": "Manual", "type": "manual", "url": "https://example.org/manual.pdf"})
    upload = client.post("/api/uploads", headers={**EDITOR, "Tus-Resumable": "1.0.0", "Upload-Length": "5",
                                                  "Upload-Metadata": "filename bWFudWFsLnR4dA=="})
    assert upload.status_code == 201, upload.text
    client.patch(upload.headers["location"], content=b"hello", headers={
        **EDITOR, "Tus-Resumable": "1.0.0", "Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"})
    now = send(client, "POST", f"{path}/documents", {"title": "Sheet", "upload": upload.headers["location"]})
    assert now.status_code == 200, now.text
    documents = {one["title"]: one for one in now.json()["documents"]}
    file = client.get(f"{path}/documents/{documents['Sheet']['id']}")
    assert (file.content, file.headers["x-content-type-options"]) == (b"hello", "nosniff")
    left = send(client, "DELETE", f"{path}/documents/{documents['Sheet']['id']}")
    assert [one["title"] for one in left.json()["documents"]] == ["Manual"]


def test_a_place_of_ones_own_holds_assets_and_is_counted(client: TestClient, pump: dict[str, Any]) -> None:
    made = client.post("/api/asset-locations", headers=EDITOR, json={"name": "Cage 備件倉", "parent": pump["location"]})
    assert made.status_code == 201, made.text
    place = f"/api/asset-locations/{made.json()['id']}"
    send(client, "PATCH", f"/api/assets/{pump['id']}", {"location": made.json()["id"]})
    assert client.get(place).json()["total_count"] == 1
    assert send(client, "PATCH", place, {"name": "Cage"}).json()["name"] == "Cage"
    assert send(client, "PATCH", place, {"parent": None}).status_code == 422
    send(client, "PATCH", f"/api/assets/{pump['id']}", {"location": pump["location"]})


def test_rules_are_told_in_three_languages(client: TestClient) -> None:
    rules = client.get("/api/assets/rules").json()
    assert all(set(one["names"]) == {"en", "zh-Hant", "zh-Hans"} for one in rules["classes"])


def test_the_description_names_every_path(client: TestClient) -> None:
    told = client.get("/api/assets/openapi").json()
    assert "/assets/{id}" in told["paths"]


def test_what_is_not_there_is_not_found(client: TestClient) -> None:
    for path in ("/api/assets/a-none", "/api/assets/NO-TAG", "/api/asset-locations/l-none"):
        assert client.get(path).status_code == 404
    assert client.post("/api/assets/build", headers=EDITOR, json={"sources": ["nothing"]}).status_code == 404


def test_a_new_version_of_the_model_proposes_and_an_editor_decides(client: TestClient, tmp_path: Path) -> None:
    text = MODEL.read_text()
    file = tmp_path / "terminal-mep.ifc"
    assert "Chilled Water Pump 01" in text
    file.write_text(text.replace("'Chilled Water Pump 01", "'Chilled Water Pump 77"))
    answer = publish(client.app.state.services, file, "job-2")  # type: ignore[attr-defined]
    assert answer["register"]["proposals"] == 1
    (found,) = client.get("/api/asset-proposals", headers=EDITOR).json()["proposals"]
    assert (found["kind"], list(found["after"])) == ("changed", ["name"])
    decided = client.post("/api/asset-proposals/decisions", headers=EDITOR, json={"proposals": [found["id"]], "decision": "accept"})
    assert decided.json()["proposals"][0]["state"] == "accepted"
    assert client.get(f"/api/assets/{found['asset']}").json()["name"].startswith("Chilled Water Pump 77")
    again = client.post("/api/asset-proposals/decisions", headers=EDITOR, json={"proposals": [found["id"]], "decision": "reject"})
    assert again.status_code == 409
