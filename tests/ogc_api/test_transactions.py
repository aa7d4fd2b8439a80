"""Items changed over HTTP: by those who may, against the state they saw, in any CRS, on every store."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from csdi.bootstrap import open_services
from csdi.collection import Collection, Kind
from csdi.crs import transform
from csdi.feature import Feature, Field, FieldType, Schema
from csdi.history import PRESENT_FIELDS, history_id
from csdi.layers import add_layers
from csdi.query import Query
from csdi.settings import read_settings
from csdi.store import Store
from ogc_api.app import create_app
from ogc_api.feature_bodies import merged

EPSG = "http://www.opengis.net/def/crs/EPSG/0/"
HK80 = {"Content-Crs": f"<{EPSG}2326>"}
TOKEN = "a-token-of-the-tests"
EDITOR = {"Authorization": f"Bearer {TOKEN}"}
PUMPS = Collection(
    "pumps", {"en": "Pumps", "zh-Hant": "水泵"}, Schema((
        Field("name", text=True), Field("flow", FieldType.NUMBER, unit="m3/h"), Field("count", FieldType.INTEGER),
        Field("built", FieldType.DATE), Field("state", enum=("on", "off")), Field("更多", FieldType.JSON)), "geometry", has_z=True),
    storage_crs="EPSG:2326", vertical_crs="EPSG:5738")
ITEMS = "/ogc/collections/pumps/items"
SQUARE = shapely.box(811000, 818000, 811010, 818020)


def pump(id: str, **properties: Any) -> Feature:
    return Feature(id, SQUARE, {"name": "水泵", "flow": 12.5, "count": 2, "built": "2020-05-01", "state": "on", "更多": {"a": [1, None]}, **properties})


def body(geometry: Any = None, **properties: Any) -> dict[str, Any]:
    return {"type": "Feature", "geometry": geometry, "properties": properties}


@contextmanager
def serving(home: Path, store: str = "") -> Iterator[TestClient]:
    with open_services(read_settings(home=home, store=store, token=TOKEN)) as services:
        with services.store.transaction() as change:
            change.create(PUMPS)
            change.write("pumps", [pump("p1"), pump("p/2~水")])
            change.create(replace(PUMPS, id="dated", schema=replace(PUMPS.schema, fields=(*PUMPS.schema.fields, *PRESENT_FIELDS))))
            change.create(replace(PUMPS, id="parts", kind=Kind.BIM))
        with TestClient(create_app(services.settings, services), raise_server_exceptions=False) as made:
            yield made


@pytest.fixture(params=["sqlite", "postgis"])
def client(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[TestClient]:
    store = request.getfixturevalue("postgres_database") if request.param == "postgis" else ""
    with serving(tmp_path / "home", store) as made:
        yield made


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    with serving(tmp_path_factory.mktemp("transactions")) as made:
        yield made


def send(client: TestClient, method: str, path: str, document: Any = None, headers: dict[str, str] | None = None, media: str = "") -> Any:
    media = media or ("application/merge-patch+json" if method == "PATCH" else "application/geo+json")
    return client.request(method, path, content=orjson.dumps(document) if document is not None else b"",
                          headers=EDITOR | {"Content-Type": media} | (headers or {}))


def store_of(client: TestClient) -> Store:
    found: Store = client.app.state.services.store  # type: ignore[attr-defined]
    return found


def test_a_new_item_is_where_it_was_said_to_be_and_is_found(client: TestClient) -> None:
    ring = [[818000, 811000], [818020, 811000], [818020, 811010], [818000, 811000]]  # northing first, as EPSG:2326 has it
    made = send(client, "POST", ITEMS, body({"type": "Polygon", "coordinates": [ring]}, name="機場客運大樓", flow=1, 更多={"級": [1.5]}), HK80)
    assert made.status_code == 201, made.text
    kept = store_of(client).feature("pumps", made.json()["id"])
    assert shapely.equals_exact(kept.geometry, shapely.Polygon(np.array(ring)[:, ::-1]))
    assert kept.properties["flow"] == 1.0
    assert kept.properties["更多"] == {"級": [1.5]}
    assert kept.properties["state"] is None
    again = client.get(made.headers["location"], params={"crs": f"{EPSG}2326"})
    assert again.json() == made.json()
    assert again.headers["etag"] == made.headers["etag"]
    assert client.get(ITEMS, params={"q": "客運"}).json()["numberMatched"] == 1
    assert client.get(ITEMS).json()["numberMatched"] == 3
    lon, lat = transform("EPSG:2326", "OGC:CRS84").points([[811005.0, 818010.0]])[0]
    assert client.get(ITEMS, params={"bbox": f"{lon - 1e-3},{lat - 1e-3},{lon + 1e-3},{lat + 1e-3}"}).json()["numberMatched"] == 3


def test_of_two_clients_the_second_must_look_again(client: TestClient) -> None:
    first, second = (client.get(f"{ITEMS}/p1").headers["etag"] for _ in range(2))
    assert send(client, "PATCH", f"{ITEMS}/p1", {"properties": {"flow": 20}}, {"If-Match": first}).status_code == 200
    refused = send(client, "PATCH", f"{ITEMS}/p1", {"properties": {"flow": 30}}, {"If-Match": second})
    assert refused.status_code == 412
    assert refused.json()["code"] == "precondition-failed"
    assert refused.json()["remedy"]
    assert store_of(client).feature("pumps", "p1").properties["flow"] == 20
    now = client.get(f"{ITEMS}/p1").headers["etag"]
    assert send(client, "PATCH", f"{ITEMS}/p1", {"properties": {"flow": 30}}, {"If-Match": now}).status_code == 200


def test_of_many_clients_at_once_one_wins(client: TestClient) -> None:
    seen = {"If-Match": client.get(f"{ITEMS}/p1").headers["etag"]}
    statuses: list[int] = []

    def change(flow: int) -> None:
        statuses.append(send(client, "PATCH", f"{ITEMS}/p1", {"properties": {"flow": flow}}, seen).status_code)

    threads = [threading.Thread(target=change, args=(flow,)) for flow in range(100, 108)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [200] + [412] * 7


def test_the_answer_of_a_change_is_the_state_for_the_next_one(client: TestClient) -> None:
    tag = client.get(f"{ITEMS}/p1").headers["etag"]
    for flow in (1, 2.5, 1e22):
        answer = send(client, "PATCH", f"{ITEMS}/p1", {"properties": {"flow": flow, "更多": {"z": 1, "a": flow}}}, {"If-Match": tag})
        assert answer.status_code == 200, answer.text
        tag = answer.headers["etag"]
        assert client.get(f"{ITEMS}/p1").headers["etag"] == tag


def test_a_patch_leaves_the_geometry_bit_for_bit_whatever_the_crs(client: TestClient) -> None:
    before = store_of(client).feature("pumps", "p1").geometry
    answer = send(client, "PATCH", f"{ITEMS}/p1", {"properties": {"name": None, "更多": {"a": None, "b": 1}}}, {"If-Match": "*"})
    assert answer.status_code == 200, answer.text
    after = store_of(client).feature("pumps", "p1")
    assert shapely.to_wkb(after.geometry) == shapely.to_wkb(before)
    assert after.properties["name"] is None
    assert after.properties["更多"] == {"b": 1}
    assert after.properties["count"] == 2


def test_an_item_is_replaced_whole_and_deleted(client: TestClient) -> None:
    place = f"{ITEMS}/p/2~水"
    tag = client.get(place).headers["etag"]
    answer = send(client, "PUT", place, body({"type": "Point", "coordinates": [113.9, 22.3, 5.5]}, name="泵"), {"If-Match": f'"other", {tag}'})
    assert answer.status_code == 200, answer.text
    kept = store_of(client).feature("pumps", "p/2~水")
    assert kept.properties["flow"] is None
    assert shapely.get_z(kept.geometry) == 5.5
    assert send(client, "DELETE", place, headers={"If-Match": tag}).status_code == 412
    assert send(client, "DELETE", place, headers={"If-Match": answer.headers["etag"]}).status_code == 204
    assert client.get(place).status_code == 404
    assert send(client, "DELETE", place, headers={"If-Match": "*"}).status_code == 404


def test_put_makes_an_item_only_when_asked_to(client: TestClient) -> None:
    place = f"{ITEMS}/新"
    assert send(client, "PUT", place, body(name="x")).status_code == 404
    assert send(client, "PUT", place, body(name="x"), {"If-Match": "*"}).status_code == 404
    made = send(client, "PUT", place, body(name="x"), {"If-None-Match": "*"})
    assert made.status_code == 201
    assert client.get(made.headers["location"]).json()["properties"]["name"] == "x"
    assert send(client, "PUT", place, body(name="y"), {"If-None-Match": "*"}).status_code == 412


def test_a_history_keeps_what_edits_end(client: TestClient) -> None:
    items = "/ogc/collections/dated/items"
    made = send(client, "POST", items, body(name="一") | {"id": "d"})
    assert made.json()["properties"]["since_version"] == 1
    patched = send(client, "PATCH", f"{items}/d", {"properties": {"name": "二"}}, {"If-Match": made.headers["etag"]})
    assert patched.json()["properties"]["since_version"] == 2
    assert send(client, "DELETE", f"{items}/d", headers={"If-Match": patched.headers["etag"]}).status_code == 204
    assert client.get(f"{items}/d").status_code == 404
    assert [client.get(f"{items}/d", params={"version": v}).json()["properties"]["name"] for v in (1, 2)] == ["一", "二"]
    again = send(client, "POST", items, body(name="三") | {"id": "d"})
    assert again.json()["properties"]["since_version"] == 3
    assert len(store_of(client).search(history_id("dated"), Query(limit=100)).features) == 2




def test_edits_go_on_where_publications_left_the_history(client: TestClient, tmp_path: Path) -> None:
    services = client.app.state.services  # type: ignore[attr-defined]

    def publish(**more: str) -> None:
        rows = [{"type": "Feature", "id": n, "geometry": {"type": "Point", "coordinates": [113.9, 22.3]},
                 "properties": {"name": f"{n} 號", **more}} for n in range(3)]
        path = tmp_path / "posts.geojson"
        path.write_bytes(orjson.dumps({"type": "FeatureCollection", "features": rows}))
        (result,) = add_layers(services.store, services.blobs, path)
        assert result.result == "published", result.error

    publish()
    publish(colour="紅")
    publish(colour="藍")
    items = "/ogc/collections/posts/items"
    one = client.get(items).json()["features"][0]
    since = one["properties"]["since_version"]
    answer = send(client, "PATCH", f"{items}/{one['id']}", {"properties": {"colour": "綠"}}, {"If-Match": "*"})
    assert answer.status_code == 200, answer.text
    assert answer.json()["properties"]["since_version"] > since
    assert client.get(f"{items}/{one['id']}", params={"version": since}).json()["properties"]["colour"] == "藍"
    assert send(client, "DELETE", f"{items}/{one['id']}", headers={"If-Match": "*"}).status_code == 204
    publish(colour="黑")
    assert {row["properties"]["colour"] for row in client.get(items).json()["features"]} == {"黑"}
    assert client.get(f"{items}/{one['id']}", params={"version": since}).json()["properties"]["colour"] == "藍"


@pytest.mark.parametrize("headers", [{}, {"Authorization": ""}, {"Authorization": "Bearer wrong"}])
def test_the_public_may_not_edit(shared: TestClient, headers: dict[str, str]) -> None:
    for method, path in (("POST", ITEMS), ("PUT", f"{ITEMS}/p1"), ("PATCH", f"{ITEMS}/p1"), ("DELETE", f"{ITEMS}/p1")):
        answer = shared.request(method, path, content=orjson.dumps(body()), headers={"If-Match": "*", "Content-Type": "application/json"} | headers)
        assert answer.status_code == 403, answer.text
    assert shared.get(f"{ITEMS}/p1").status_code == 200


def test_parts_of_models_are_not_edited_one_by_one(shared: TestClient) -> None:
    answer = send(shared, "POST", "/ogc/collections/parts/items", body())
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, HEAD, OPTIONS"
    assert "models add" in answer.json()["remedy"]
    assert shared.options("/ogc/collections/parts/items").headers["allow"] == "GET, HEAD, OPTIONS"


def test_options_name_the_methods(shared: TestClient) -> None:
    assert shared.options(ITEMS).headers["allow"] == "GET, HEAD, OPTIONS, POST"
    of_item = shared.options(f"{ITEMS}/p1")
    assert of_item.headers["allow"] == "GET, HEAD, OPTIONS, PUT, PATCH, DELETE"
    assert "application/merge-patch+json" in of_item.headers["accept-patch"]
    refused = shared.put(ITEMS)
    assert refused.status_code == 405
    assert set(refused.headers["allow"].split(", ")) == {"GET", "HEAD", "OPTIONS", "POST"}


def test_a_change_without_a_condition_is_refused(shared: TestClient) -> None:
    for method, document in (("PUT", body()), ("PATCH", {}), ("DELETE", None)):
        answer = send(shared, method, f"{ITEMS}/p1", document)
        assert answer.status_code == 428, answer.text
        assert answer.json()["field"] == "If-Match"
    for tag in ("W/" + shared.get(f"{ITEMS}/p1").headers["etag"], '"x"'):
        assert send(shared, "PATCH", f"{ITEMS}/p1", {}, {"If-Match": tag}).status_code == 412
    assert send(shared, "PATCH", f"{ITEMS}/p1", {}, {"If-Match": "no tag"}).status_code == 400


def test_a_client_that_has_the_item_is_not_sent_it_again(shared: TestClient) -> None:
    plain, grid = shared.get(f"{ITEMS}/p1"), shared.get(f"{ITEMS}/p1", params={"crs": f"{EPSG}2326"})
    assert plain.headers["etag"] != grid.headers["etag"]
    known = shared.get(f"{ITEMS}/p1", headers={"If-None-Match": f'"x", W/{plain.headers["etag"]}'})
    assert known.status_code == 304
    assert known.content == b""
    assert shared.get(f"{ITEMS}/p1", headers={"If-None-Match": grid.headers["etag"]}).status_code == 200
    assert send(shared, "PATCH", f"{ITEMS}/p1", {}, {"If-Match": grid.headers["etag"]}).status_code == 200, "any rendition names the state"


@pytest.mark.parametrize(("document", "field"), [
    (body(flow="fast"), "flow"), (body(count=1.5), "count"), (body(built="yesterday"), "built"), (body(state="broken"), "state"),
    (body(colour="red"), "colour"), (body(since=1), "since"), ({"type": "Feature", "geometry": None}, "properties"), ({"type": "Point"}, "type"),
    ({"type": "FeatureCollection", "features": []}, "type"), (body() | {"properties": []}, "properties"), (body() | {"id": [1]}, "id"),
    (body(name="\x00"), "name"),
    *((body(shape), "geometry") for shape in (
        "POINT(1 2)", {}, {"type": "Circle"}, {"type": "Point"}, {"type": "Point", "coordinates": [1]}, {"type": "Point", "coordinates": []},
        {"type": "Point", "coordinates": ["114", "22"]}, {"type": "Point", "coordinates": [114, True]}, {"type": "LineString", "coordinates": [[114, 22]]},
        {"type": "Polygon", "coordinates": [[[114, 22], [114.1, 22], [114.1, 22.1]]]},
        {"type": "Polygon", "coordinates": [[[114, 22], [114.1, 22.1], [114.1, 22], [114, 22.1], [114, 22]]]},
        {"type": "Polygon", "coordinates": [[[114, 22], [114.1, 22], [114.1, 22.1], [114, 22.1]]]}, {"type": "Polygon", "coordinates": []},
        {"type": "LineString", "coordinates": [[114, 22], [114, 22, 1]]}, {"type": "MultiPoint", "coordinates": [114, 22]})),
])
def test_what_cannot_be_an_item_is_refused_with_the_name_of_the_part(shared: TestClient, document: Any, field: str) -> None:
    answer = send(shared, "POST", ITEMS, document)
    assert answer.status_code == 422, answer.text
    assert answer.json()["field"] == field


def test_what_cannot_be_read_is_refused(shared: TestClient) -> None:
    assert send(shared, "POST", ITEMS, body(), media="text/plain").status_code == 415
    assert send(shared, "PATCH", f"{ITEMS}/p1", {}, {"If-Match": "*"}, media="application/geo+json").status_code == 415
    assert send(shared, "POST", ITEMS, []).status_code == 400
    assert shared.post(ITEMS, content=b'{"type": "Feature"', headers=EDITOR | {"Content-Type": "application/json"}).status_code == 400
    assert send(shared, "POST", ITEMS, body(), {"Content-Crs": f"<{EPSG}27700>"}).status_code == 400
    assert send(shared, "POST", f"{ITEMS}?crs=x", body()).status_code == 400
    assert send(shared, "POST", ITEMS, body({"type": "Point", "coordinates": [114, 91]})).status_code in (400, 422)
    assert send(shared, "POST", ITEMS, body() | {"id": "p1"}).status_code == 409
    assert send(shared, "PUT", f"{ITEMS}/p1", body() | {"id": "p9"}, {"If-Match": "*"}).status_code == 422
    assert shared.post(ITEMS, content=b" " * (2**24 + 1), headers=EDITOR | {"Content-Type": "application/json"}).status_code == 413


def test_minimal_answers_are_without_content(shared: TestClient) -> None:
    answer = send(shared, "PATCH", f"{ITEMS}/p1", {}, {"If-Match": "*", "Prefer": "return=minimal"})
    assert answer.status_code == 204
    assert answer.headers["preference-applied"] == "return=minimal"


def test_merge_patches_follow_the_examples_of_the_rfc() -> None:
    for target, patch, result in (
            ({"a": "b"}, {"a": "c"}, {"a": "c"}), ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}), ({"a": "b"}, {"a": None}, {}),
            ({"a": ["b"]}, {"a": "c"}, {"a": "c"}), ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
            (["a", "b"], ["c", "d"], ["c", "d"]), ({"e": None}, {"a": 1}, {"e": None, "a": 1}), ([1, 2], {"a": "b", "c": None}, {"a": "b"}),
            ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}})):
        assert merged(target, patch) == result


_JSON = st.recursive(st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
                     lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4), max_leaves=12)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(shape=_JSON | st.fixed_dictionaries({"type": st.sampled_from(["Point", "Polygon", "MultiPolygon", "GeometryCollection", "LineString"]),
                                            "coordinates": _JSON, "geometries": _JSON}), value=_JSON)
def test_no_body_breaks_the_server(shared: TestClient, shape: Any, value: Any) -> None:
    import json
    document = json.dumps(body(shape, 更多=value)).encode("utf-8", "surrogatepass")
    answer = shared.post(ITEMS, content=document, headers=EDITOR | {"Content-Type": "application/json"})
    assert answer.status_code in (201, 400, 422), answer.text
