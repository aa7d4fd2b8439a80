"""Questions about assets over HTTP: the lean form, the processes, and who may ask."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from bim.schemas import bim_collections
from csdi.bootstrap import open_services
from csdi.settings import read_settings
from ogc_api.app import create_app
from tests.twin.register.conftest import element, rows
from twin.register.building import build_model
from twin.register.keeping import Register
from twin.register.rule_files import default_rules

TOKEN = {"Authorization": "Bearer secret"}
LINE = "LINESTRING(113.9 22.3, 113.9002 22.3)"


def served(folder: Any, *, public: bool) -> Iterator[TestClient]:
    """A server with a small register."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CSDI_HOME", str(folder))
        patch.setenv("CSDI_TOKEN", "secret")
        settings, parts = read_settings(), rows()
        parts["elements"].append(element("P3", "IfcPump", "水泵三", 5.0))
        with open_services(settings) as services:
            with services.store.transaction() as change:
                for collection in bim_collections():
                    change.replace(collection, parts.get(collection.id, []))
            build_model(Register(services.store), default_rules(), "m", "ann", public=public)
            with TestClient(create_app(settings, services), raise_server_exceptions=False) as made:
                yield made


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    yield from served(tmp_path_factory.mktemp("open"), public=True)


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    yield from served(tmp_path_factory.mktemp("closed"), public=False)


def find(client: TestClient, **said: Any) -> dict[str, Any]:
    answer = client.get("/api/assets/find", params=said)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def elements(found: dict[str, Any]) -> list[str]:
    return [str(one["element"]) for one in found["assets"]]


def run(client: TestClient, process: str, headers: dict[str, str] | None = None, **inputs: Any) -> Any:
    return client.post(f"/ogc/processes/{process}/execution", json={"inputs": inputs}, headers=headers or {})


def test_plain_criteria_find_assets(client: TestClient) -> None:
    assert set(elements(find(client, asset_class="pump"))) == {"m:P1", "m:P2", "m:P3"}
    assert elements(find(client, text="水 泵", manufacturer="Kowloon Pumps")) == ["m:P1"]
    assert elements(find(client, filter="in_space('R1') AND asset_class = 'pump'", sortby="-tag"))
    assert find(client, asset_class="chiller") == {"assets": [], "matched": 0, "next": ""}


@pytest.mark.parametrize("text", ["水泵", "水 泵", "水\u3000泵"])
def test_every_pump_answers_to_its_chinese_name(client: TestClient, text: str) -> None:
    assert set(elements(find(client, text=text))) == {"m:P1", "m:P2", "m:P3"}


def test_pages_follow_one_another(client: TestClient) -> None:
    whole, seen, cursor = find(client, sortby="tag"), list[str](), ""
    while True:
        page = find(client, sortby="tag", limit=2, cursor=cursor, count="false")
        assert page["matched"] is None
        seen, cursor = seen + elements(page), page["next"]
        if not cursor:
            break
    assert seen == elements(whole)
    assert len(seen) == whole["matched"] == 5


def test_the_nearest_come_with_their_distances(client: TestClient) -> None:
    near = find(client, of="113.9,22.3,6", nearest=3, asset_class="pump")
    assert elements(near) == ["m:P1", "m:P3", "m:P2"]
    assert [one["distance"] for one in near["assets"]] == pytest.approx([0.0, 5.0, 40.0], abs=0.05)
    around = find(client, of="113.9,22.3,6", within=10)
    assert "m:P2" not in elements(around)
    assert "m:P3" in elements(around)


def test_facets_count_what_is_found(client: TestClient) -> None:
    made = client.get("/api/assets/facets").json()
    assert made["matched"] == 5
    assert {one["value"]: one["count"] for one in made["facets"]["asset_class"]}["pump"] == 3
    narrow = client.get("/api/assets/facets", params={"text": "水泵", "facet": "status"}).json()
    assert set(narrow["facets"]) == {"status"}
    assert narrow["matched"] == sum(one["count"] for one in narrow["facets"]["status"]) == 3


@pytest.mark.parametrize("said", [{"colour": "red"}, {"within": "near"}, {"within": "5"}, {"sortby": "colour"}, {"warranty_before": "soon"},
                                  {"along": "a line"}, {"filter": "tag ="}, {"facet": "tag"}, {"limit": "-1"}, {"cursor": "x"}])
def test_what_cannot_be_asked_is_named(client: TestClient, said: dict[str, str]) -> None:
    answer = client.get("/api/assets/facets" if "facet" in said else "/api/assets/find", params=said)
    assert answer.status_code == 400, answer.text
    assert answer.json()["detail"]


def test_a_place_that_is_not_there_is_not_found(client: TestClient) -> None:
    assert client.get("/api/assets/find", params={"of": "NOTHING", "within": 5}).status_code == 404


@pytest.mark.parametrize("path", ["/api/assets/find", "/api/assets/facets"])
def test_strangers_do_not_ask_a_closed_register(closed: TestClient, path: str) -> None:
    refused = closed.get(path)
    assert refused.status_code in (403, 404)
    assert "pump" not in refused.text
    assert closed.get(path, headers=TOKEN).json()["matched"] == 5


@pytest.mark.parametrize(("process", "inputs", "expected"), [
    ("asset-find", {"text": "水泵", "storey": "L2"}, {"m:P1", "m:P2", "m:P3"}),
    ("asset-nearest", {"of": "113.9,22.3,6", "asset_class": "pump", "limit": 2}, {"m:P1", "m:P3"}),
    ("asset-along", {"along": LINE, "corridor": 2, "asset_class": "pump"}, {"m:P1", "m:P3"}),
    ("asset-sight", {"of": f"{113.9 + 3 / 103_000},22.300005,6", "sees": 50, "asset_class": "pump"}, {"m:P3"})])
def test_processes_answer_as_the_lean_form_does(client: TestClient, closed: TestClient, process: str, inputs: dict[str, Any],
                                                expected: set[str]) -> None:
    answer = run(client, process, **inputs)
    assert answer.status_code == 200, answer.text
    made = answer.json()
    assert set(elements(made.get("assets") if isinstance(made.get("assets"), dict) else made)) == expected
    refused = run(closed, process, **inputs)
    assert refused.status_code in (401, 403, 404)
    assert "m:P1" not in refused.text
    assert run(closed, process, TOKEN, **inputs).status_code == 200


def test_functions_are_listed_for_filters(client: TestClient) -> None:
    names = {one["name"] for one in client.get("/ogc/functions").json()["functions"]}
    assert {"near", "in_lot", "has_finding", "sees"} <= {name.lower() for name in names}


def ordered(client: TestClient, sortby: str) -> list[dict[str, Any]]:
    return list(find(client, sortby=sortby, limit=100)["assets"])


@pytest.mark.parametrize("sortby", ["tag", "-tag", "name", "-name", "easting", "-easting"])
def test_an_offset_begins_where_the_list_has_that_row(client: TestClient, sortby: str) -> None:
    rows = ordered(client, sortby)
    page = find(client, sortby=sortby, limit=2, offset=1)
    assert page["assets"] == rows[1:3]
    assert page["matched"] == len(rows)
    assert find(client, sortby=sortby, limit=2, cursor=page["next"])["assets"] == rows[3:5]
    assert find(client, sortby=sortby, limit=2, offset=1000)["assets"] == []


@pytest.mark.parametrize("sortby", ["tag", "-tag", "name", "-name", "manufacturer", "-manufacturer"])
def test_a_position_is_that_of_the_first_row_that_begins_so(client: TestClient, sortby: str) -> None:
    rows = [str(row[sortby.lstrip("-")] or "") for row in ordered(client, sortby)]
    for text in {row[:n] for row in rows for n in (1, 3, len(row))} - {""}:
        told = client.get("/api/assets/position", params={"sortby": sortby, "at": text}).json()
        assert told == {"position": next(n for n, row in enumerate(rows) if row.startswith(text)), "matched": len(rows)}, text


def test_a_position_of_numbers_days_and_small_letters(client: TestClient) -> None:
    rows = ordered(client, "easting")
    third = client.get("/api/assets/position", params={"sortby": "easting", "at": str(rows[2]["easting"])}).json()
    assert third["position"] == next(n for n, row in enumerate(rows) if row["easting"] == rows[2]["easting"])
    tags = [row["tag"] for row in ordered(client, "tag")]
    assert client.get("/api/assets/position", params={"at": tags[2].lower()}).json()["position"] == 2
    assert client.get("/api/assets/position", params={"sortby": "tag", "at": "\U0010fffd"}).json()["position"] == len(tags)
    for wrong in ({"sortby": "easting", "at": "east"}, {"sortby": "warranty_end", "at": "May"}, {"sortby": "tag"},
                  {"sortby": "tag,name", "at": "x"}, {"sortby": "easting", "at": "nan"}):
        assert client.get("/api/assets/position", params=wrong).status_code == 400, wrong


def test_a_cursor_and_an_offset_exclude_each_other(client: TestClient) -> None:
    page = find(client, limit=2)
    assert client.get("/api/assets/find", params={"cursor": page["next"], "offset": 3}).status_code == 400
