"""EDR as an API of its own: all that OGC's suite takes for granted of every collection, parameter and answer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV30SpecValidator
from starlette.testclient import TestClient

from tests.ogc_api.rasters import client as served


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    with served(tmp_path_factory.mktemp("edr-root")) as made:
        yield made


@pytest.fixture(scope="module")
def listed(client: TestClient) -> list[dict[str, Any]]:
    return list(client.get("/edr/collections").json()["collections"])


def test_it_lists_the_collections_that_answer_queries_and_no_others(client: TestClient, listed: list[dict[str, Any]]) -> None:
    assert {one["id"] for one in listed} == {"dtm", "photo", "classes", "degrees"}
    for one in listed:
        assert client.get(f"/edr/collections/{one['id']}").json() == one
    for id in ("lots", "nothing", "records"):
        assert client.get(f"/edr/collections/{id}").status_code == 404


def test_the_landing_page_leads_to_everything(client: TestClient) -> None:
    links = client.get("/edr").json()["links"]
    assert {"self", "service-desc", "service-doc", "conformance", "data"} <= {link["rel"] for link in links}
    for link in links:
        answer = client.get(link["href"].replace("http://testserver", ""))
        assert answer.status_code == 200
        assert answer.headers["content-type"].partition(";")[0] == link["type"].partition(";")[0]
    declared = client.get("/edr/conformance").json()["conformsTo"]
    assert "http://www.opengis.net/spec/ogcapi-edr-1/1.0/conf/core" in declared
    assert "http://www.opengis.net/spec/ogcapi-edr-1/1.1/conf/core" in declared
    assert len(set(declared)) == len(declared)


def test_every_collection_says_what_the_suite_looks_for(listed: list[dict[str, Any]]) -> None:
    for one in listed:
        assert any("CRS84" in crs for crs in one["crs"])
        for parameter in one["parameter_names"].values():
            assert parameter["type"] == "Parameter"
            assert parameter["observedProperty"]["label"]
        assert {"self", "alternate", "collection", "data"} <= {link["rel"] for link in one["links"]}
        assert len(one["extent"]["spatial"]["bbox"][0]) == 4
        assert len(one["extent"]["temporal"]["interval"][0]) == 2


def test_every_query_is_answered_as_the_suite_asks_it(client: TestClient, listed: list[dict[str, Any]]) -> None:
    for one in listed:
        west, south, east, north = one["extent"]["spatial"]["bbox"][0]
        x, y = (west + east) / 2, (south + north) / 2
        start, end = ("null" if end is None else end for end in one["extent"]["temporal"]["interval"][0])
        line = f"LINESTRING({x - 1}+{y - 1},{x}+{y},{x + 1}+{y + 1})"
        square = f"POLYGON(({x - 1}+{y - 1},{x + 1}+{y - 1},{x + 1}+{y + 1},{x - 1}+{y + 1},{x - 1}+{y - 1}))"
        name, always = next(iter(one["parameter_names"])), f"&f=CoverageJSON&datetime={start}/{end}"
        for query in (f"position?parameter-name={name}&coords=POINT({x}+{y})&crs={one['crs'][0]}", f"area?parameter-name={name}&coords={square}",
                      f"trajectory?parameter-name={name}&coords={line}", f"corridor?parameter-name={name}&coords={line}&corridor-width=2.0&width-units=m",
                      f"position?coords=POINT({x}+{y})&crs=CRS84", f"cube?bbox={west},{south},{east},{north}"):
            answer = client.get(f"/edr/collections/{one['id']}/{query}{always}")
            assert answer.status_code == 200, answer.text[:300]
            assert answer.json()["type"] == "Coverage"
        for bad in ("position", "area", "trajectory", "cube", "corridor", "radius", "position?coords=", "position?coords=POINT()", "area?coords=POLYGON()",
                    "trajectory?coords=LINESTRINGZM()", "corridor?coords=LINESTRING()"):
            assert client.get(f"/edr/collections/{one['id']}/{bad}").status_code == 400, bad


def test_its_description_is_valid_and_says_of_parameters_what_the_suite_looks_for(client: TestClient) -> None:
    answer = client.get("/edr/openapi")
    assert answer.headers["content-type"] == "application/vnd.oai.openapi+json;version=3.0"
    said = answer.json()
    assert [error.message for error in OpenAPIV30SpecValidator(said).iter_errors()] == []
    assert said["servers"] == [{"url": "http://testserver/edr"}]
    assert {path for path in said["paths"] if path.count("/") == 2} == {f"/collections/{id}" for id in ("dtm", "photo", "classes", "degrees")}
    for path, item in said["paths"].items():
        query = path.rpartition("/")[2]
        if path.count("/") < 3:
            continue
        named = {}
        for one in item["get"]["parameters"]:
            resolved = said["components"]["parameters"][one["$ref"].rpartition("/")[2]] if "$ref" in one else one
            named[resolved["name"]] = resolved
        first = named["bbox" if query == "cube" else "coords"]
        assert (first["in"], first["required"], first["explode"], first["schema"]["type"]) == ("query", True, False, "string")
        for name in ("datetime", "parameter-name", "crs", "f"):
            assert (named[name]["required"], named[name]["style"], named[name]["explode"]) == (False, "form", False)
        assert not {"z", "within", "within-units", "corridor-height"} & set(named)
