"""The API's description of itself: valid, whole, and true."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV30SpecValidator
from starlette.routing import Route
from starlette.testclient import TestClient

from csdi.store import Store
from tests.ogc_api.site import client as served


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    with served(tmp_path_factory.mktemp("openapi")) as made:
        yield made


@pytest.fixture(scope="module")
def described(client: TestClient) -> dict[str, Any]:
    answer = client.get("/ogc/openapi")
    assert answer.headers["content-type"] == "application/vnd.oai.openapi+json;version=3.0"
    return dict(answer.json())


def nodes(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from nodes(inner)


def test_it_is_valid(described: dict[str, Any]) -> None:
    assert [error.message for error in OpenAPIV30SpecValidator(described).iter_errors()] == []


def test_it_refers_to_nothing_elsewhere_and_all_that_it_refers_to_is_there(described: dict[str, Any]) -> None:
    for node in nodes(described):
        if "$ref" in node and isinstance(node["$ref"], str):
            kind, name = re.fullmatch(r"#/components/(\w+)/(\w[\w.-]*)", node["$ref"]).groups()  # type: ignore[union-attr]
            assert name in described["components"][kind]


def test_every_component_is_used(described: dict[str, Any]) -> None:
    used = {node["$ref"] for node in nodes(described) if isinstance(node.get("$ref"), str)}
    assert {f"#/components/{kind}/{name}" for kind, all_of in described["components"].items() for name in all_of} == used


def test_operations_have_unique_ids_and_a_tag_that_is_explained(described: dict[str, Any]) -> None:
    operations = [operation for item in described["paths"].values() for method, operation in item.items() if method != "parameters"]
    assert len({one["operationId"] for one in operations}) == len(operations)
    assert {tag for one in operations for tag in one["tags"]} == {tag["name"] for tag in described["tags"]}


def test_every_route_is_described_and_every_path_is_a_route(client: TestClient, described: dict[str, Any]) -> None:
    routes = [route for route in client.app.routes if isinstance(route, Route) and route.path.startswith("/ogc")]  # type: ignore[attr-defined]
    patterns = {route.path: route.path_regex for route in routes if route.path not in ("/ogc", "/ogc/{path:path}", "/ogc/{path:path}/")}
    met: set[str] = set()
    for path in described["paths"]:
        concrete = "/ogc" + re.sub(r"\{(z|x|y|[a-zA-Z]*(?:Row|Col|Matrix))\}", "0", path).replace("{", "").replace("}", "")
        hits = [name for name, pattern in patterns.items() if pattern.match(concrete)]
        assert hits, path
        met.add(hits[0])
    assert met == set(patterns)


def test_paths_follow_the_catalogue(client: TestClient, described: dict[str, Any]) -> None:
    ids = {c["id"] for c in client.get("/ogc/collections").json()["collections"]}
    assert {path.split("/")[2] for path in described["paths"] if re.fullmatch(r"/collections/[^/]+", path)} == ids
    store: Store = client.app.state.services.store  # type: ignore[attr-defined]
    stands = store.collection("stands")
    with store.transaction() as change:
        change.create(replace(stands, id="apron"))
    assert "/collections/apron" in client.get("/ogc/openapi").json()["paths"]
    with store.transaction() as change:
        change.drop("apron")
    assert "/collections/apron" not in client.get("/ogc/openapi").json()["paths"]


def test_the_server_is_the_one_that_was_asked(client: TestClient) -> None:
    for host in ("example.org", "other.example.org:8443"):
        answer = client.get("/ogc/openapi", headers={"host": host})
        assert answer.json()["servers"] == [{"url": f"http://{host}/ogc"}]
        assert "base-url.invalid" not in answer.text


def test_properties_are_parameters_and_every_parameter_is_taken(client: TestClient, described: dict[str, Any]) -> None:
    offered = described["paths"]["/collections/lots/items"]["get"]["parameters"]
    named = [described["components"]["parameters"][p["$ref"].rpartition("/")[2]] if "$ref" in p else p for p in offered]
    assert {"LOTID", "NAMETC", "AREASQM", "GRANTDATE"} <= {p["name"] for p in named}
    assert len({p["name"] for p in named}) == len(named)
    samples = {"bbox": "113,22,114,23", "datetime": "2024-01-01/..", "cursor": "", "filter": "AREASQM > 0", "q": "airport",
               "crs": "http://www.opengis.net/def/crs/EPSG/0/2326", "sortby": "-LOTID", "properties": "LOTID,NAMETC",
               "exclude-properties": "LOTID"}
    for one in named:
        schema = one["schema"]
        value = samples[one["name"]] if one["name"] in samples else schema.get("enum", [None])[0] or {"string": "x", "boolean": "true", "array": "1"}.get(schema["type"], "1")
        if schema.get("format") in ("date", "date-time"):
            value = "1995-12-01" + "T00:00:00Z" * (schema["format"] == "date-time")
        assert client.get("/ogc/collections/lots/items", params={one["name"]: value}).status_code == 200, (one["name"], value)
    assert client.get("/ogc/collections/lots/items?LOTNUMBER=CLK-9").json()["numberMatched"] == 1


def test_a_path_that_takes_no_parameters_refuses_them(client: TestClient, described: dict[str, Any]) -> None:
    for path in (path for path, item in described["paths"].items() if "get" in item):
        concrete = "/ogc" + re.sub(r"\{\w+\}", lambda found: "WebMercatorQuad" if "SetId" in found.group() else "0", path)
        answer = client.get(concrete.rstrip("/"), params={"unheard-of": "1"})
        assert answer.status_code == 400, path


def test_methods_that_are_not_offered_are_refused_with_those_that_are(client: TestClient) -> None:
    for path in ("/ogc", "/ogc/collections/lots/schema", "/ogc/openapi"):
        answer = client.post(path)
        assert answer.status_code == 405
        assert "GET" in answer.headers["allow"]
        assert answer.headers["content-type"] == "application/problem+json"


def test_only_what_is_there_is_declared(client: TestClient) -> None:
    declared = client.get("/ogc/conformance").json()["conformsTo"]
    assert "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core" in declared
    assert "http://www.opengis.net/spec/cql2/1.0/conf/cql2-text" in declared
    assert "http://www.opengis.net/spec/ogcapi-features-4/1.0/conf/optimistic-locking-etags" in declared
    assert not [uri for uri in declared if "timestamps" in uri]
    assert client.get("/ogc/conformance").json()["conformsTo"] == declared
    assert len(set(declared)) == len(declared)
