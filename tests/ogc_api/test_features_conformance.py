"""The abstract tests of OGC API - Features parts 1 and 2, asked of every Collection of a site; `make cite` runs OGC's own suite."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import numpy as np
import pytest
import shapely
from starlette.testclient import TestClient

from csdi.collection import Collection
from csdi.crs import transform
from csdi.feature import Feature, Field, FieldType, Schema
from csdi.store import Store
from tests.ogc_api.site import client as served

GEOJSON = "application/geo+json"
EPSG = "http://www.opengis.net/def/crs/EPSG/0/"
CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
LAYERS = ("lots.gpkg", "roads.geojson", "utilities.gpkg", "districts.geojson", "stands.geojson", "manholes.shp", "terrain.tif")
IDS = ("lots", "roads", "utilities", "districts", "stands", "manholes", "terrain", "lots-4326", "works")
OGC_NAME = r"http://www\.opengis\.net/def/crs/[^/?#]+/[^/?#]+/[^/?#]+|urn:ogc:def:crs,crs:[\w:.]+,crs:[\w:.]+"
BOXES = ((-1.5, 50.0, 1.5, 53.0), (-80.0, -5.0, -70.0, 5.0), (177.0, 65.0, -177.0, 70.0), (-180.0, 85.0, 180.0, 90.0), (-180.0, -90.0, 180.0, -85.0))


def works() -> tuple[Collection, list[Feature]]:
    """Works with a start and an end, one without time and one without place."""
    schema = Schema((Field("name"), Field("start", FieldType.DATETIME), Field("finish", FieldType.DATETIME)), "point", time="start", time_end="finish")
    days = [("2024-01-01", "2024-03-31"), ("2024-03-01", "2024-06-30"), ("2025-01-01", "2025-12-31")]
    rows = [Feature(str(n), shapely.Point(114 + n / 100, 22.3), {"name": f"工程 {n}", "start": f"{a}T00:00:00Z", "finish": f"{b}T00:00:00Z"})
            for n, (a, b) in enumerate(days)]
    return Collection("works", {"en": "Works"}, schema), [
        *rows, Feature("timeless", shapely.Point(114.1, 22.3), {"name": "x"}), Feature("nowhere", None, {"name": "y", "start": "2024-01-01T00:00:00Z"})]


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    with served(tmp_path_factory.mktemp("conformance"), layers=LAYERS) as made:
        store: Store = made.app.state.services.store  # type: ignore[attr-defined]
        with store.transaction() as change:
            change.replace(*works())
            change.replace(Collection("nothing", {"en": "Nothing"}, Schema((Field("name"),), "point")), [])
        yield made


def get(client: TestClient, path: str, status: int = 200, **parameters: Any) -> Any:
    answer = client.get(f"/ogc{path}", params=parameters or None, headers={"accept": GEOJSON})
    assert answer.status_code == status, (path, parameters, answer.text[:300])
    return answer.json()


def link(document: Any, rel: str, media: str) -> dict[str, str]:
    return next(one for one in document["links"] if one["rel"] == rel and one["type"] == media)


def test_the_landing_page_leads_to_definition_conformance_and_data(client: TestClient) -> None:
    page = client.get("/ogc").json()
    for rel, media in (("service-desc", "application/vnd.oai.openapi+json;version=3.0"), ("service-doc", "text/html"),
                       ("conformance", "application/json"), ("data", "application/json"), ("alternate", "text/html")):
        answer = client.get(link(page, rel, media)["href"])
        assert answer.status_code == 200
        assert answer.headers["content-type"].replace(" ", "").startswith(media)


def test_every_collection_is_listed_as_it_describes_itself(client: TestClient) -> None:
    listed = client.get("/ogc/collections").json()
    assert link(listed, "self", "application/json")
    assert link(listed, "alternate", "text/html")
    found = {one["id"]: one for one in listed["collections"]}
    assert set(IDS) <= set(found)
    for id in IDS:
        own = client.get(f"/ogc/collections/{id}").json()
        assert {name: own[name] for name in ("id", "title", "description", "extent")} == {
            name: found[id][name] for name in ("id", "title", "description", "extent")}
        assert client.get(link(own, "items", GEOJSON)["href"], headers={"accept": GEOJSON}).json()["type"] == "FeatureCollection"
        assert all(one.get("rel") and one.get("type") and one.get("href") for one in own["links"])


def test_all_that_is_said_of_a_collection_can_be_read_as_the_suite_reads_it(client: TestClient) -> None:
    """Boxes of four numbers, times with zones, links that say what they are, a CRS list wherever there is a box."""
    for one in client.get("/ogc/collections").json()["collections"]:
        extent = one.get("extent", {})
        assert ("spatial" in extent) == (one["id"] != "nothing"), "the suite converts the box, and no projection knows the poles"
        assert all(len(box) == 4 for box in extent.get("spatial", {"bbox": []})["bbox"])
        for begin, end in extent.get("temporal", {"interval": []})["interval"]:
            assert begin or end, "an interval that is open on both sides says nothing, and the suite cannot read it"
            assert all(datetime.fromisoformat(moment).tzinfo for moment in (begin, end) if moment)
        assert all(link["rel"] and link["type"] and link["href"] for link in one["links"])
        assert {"application/geo+json", "text/html"} <= {link["type"] for link in one["links"] if link["rel"] == "items"}
        if one["itemType"] == "feature":
            assert one["crs"][0] == CRS84
            assert one["storageCrs"] in one["crs"]
            assert all(re.fullmatch(OGC_NAME, name) for name in one["crs"])


def test_a_crs_is_named_in_a_header_by_what_matches_itself_as_a_pattern(client: TestClient) -> None:
    """The suite compares the header Content-Crs with the name in the list as with a regular expression."""
    for id in ("utilities", "works", "lots"):
        for name in client.get(f"/ogc/collections/{id}").json()["crs"]:
            for path in (f"/ogc/collections/{id}/items", f"/ogc/collections/{id}/items/{get(client, f'/collections/{id}/items', limit=1)['features'][0]['id']}"):
                answer = client.get(path, params={"crs": name}, headers={"accept": GEOJSON})
                assert answer.status_code == 200
                assert re.fullmatch(f"<{name}>", answer.headers["content-crs"])


def test_the_extent_as_a_client_rounds_it_finds_everything_in_every_crs_with_east_first(client: TestClient) -> None:
    """A client writes seven decimals, of corners that it converted itself; pages of ten must be the same ten."""
    for id in IDS:
        own = client.get(f"/ogc/collections/{id}").json()
        box = own["extent"]["spatial"]["bbox"][0]
        whole = get(client, f"/collections/{id}/items", limit=10000)
        placed = [shapely.geometry.shape(one["geometry"]) for one in whole["features"] if one["geometry"]]
        assert all(shapely.covers(shapely.box(*box).buffer(1e-9), placed))
        first = get(client, f"/collections/{id}/items", bbox=",".join(f"{number:.7f}" for number in box))
        assert first["numberMatched"] == len(placed)
        corners = transform("OGC:CRS84", "EPSG:3857").points(np.array([box[:2], box[2:]])).ravel()
        converted = get(client, f"/collections/{id}/items", bbox=",".join(f"{number:.7f}" for number in corners), **{"bbox-crs": EPSG + "3857"})
        assert [one["id"] for one in converted["features"]] == [one["id"] for one in first["features"]]
        assert converted["numberMatched"] == len(placed)


def test_parameters_are_defined_as_the_standard_defines_them(client: TestClient) -> None:
    document = client.get("/ogc/openapi").json()
    paths = [path for path in document["paths"] if re.fullmatch("/collections/[^/]+/items", path)]
    assert {f"/collections/{id}/items" for id in IDS} <= set(paths)
    for path in paths:
        defined = {one["name"]: one for one in (resolved(document, given) for given in document["paths"][path]["get"]["parameters"])}
        for name, kind in (("bbox", "array"), ("limit", "integer"), ("datetime", "string")):
            assert (defined[name]["in"], defined[name]["required"], defined[name]["style"], defined[name]["explode"]) == ("query", False, "form", False)
            assert defined[name]["schema"]["type"] == kind
        bbox, limit = defined["bbox"]["schema"], defined["limit"]["schema"]
        assert bbox["items"]["type"] == "number"
        assert [(one["minItems"], one["maxItems"]) for one in bbox["oneOf"]] == [(4, 4), (6, 6)]
        assert 0 < limit["minimum"] <= limit["default"] <= limit["maximum"] < 2**31
        assert not any(one["schema"].get("additionalProperties") for one in defined.values()), "then unknown parameters would be allowed"
        assert len(defined) == len(document["paths"][path]["get"]["parameters"])
    server = document["servers"][0]["url"]
    assert client.get(f"{server}/conformance").status_code == 200


def resolved(document: Any, given: Any) -> Any:
    """A parameter, wherever in the document it is."""
    return document["components"]["parameters"][given["$ref"].rpartition("/")[2]] if "$ref" in given else given


def test_every_property_that_can_be_asked_for_selects(client: TestClient) -> None:
    for id in ("lots", "roads", "stands", "works"):
        first = get(client, f"/collections/{id}/items", limit=1)["features"][0]["properties"]
        asked = {name for name, about in client.get(f"/ogc/collections/{id}/queryables").json()["properties"].items() if about.get("type") in (
            "string", "integer", "number", "boolean")} & {name for name, value in first.items() if value is not None}
        assert asked
        for name in asked:
            value = str(first[name]).lower() if isinstance(first[name], bool) else str(first[name])
            found = get(client, f"/collections/{id}/items", limit=10000, **{name: value})["features"]
            assert found
            assert all(one["properties"][name] == first[name] for one in found)


@pytest.mark.parametrize("id", IDS)
@pytest.mark.parametrize("limit", [1, 7, 100])
def test_pages_keep_the_limit_and_add_up_to_what_matches(client: TestClient, id: str, limit: int) -> None:
    before = datetime.now(UTC) - timedelta(seconds=2)
    page = get(client, f"/collections/{id}/items", limit=limit)
    assert before <= datetime.fromisoformat(page["timeStamp"]) <= datetime.now(UTC) + timedelta(seconds=2)
    seen = [one["id"] for one in page["features"]]
    assert page["numberReturned"] == len(seen) <= limit
    assert {one["rel"] for one in page["links"]} >= {"self", "alternate"}
    while following := [one["href"] for one in page["links"] if one["rel"] == "next"]:
        # As clients do that take a link apart and put it together again, with another limit.
        parts = dict(parse_qsl(urlsplit(following[0]).query)) | {"limit": "10000"}
        page = get(client, f"/collections/{id}/items", **parts)
        seen += [one["id"] for one in page["features"]]
    assert len(seen) == len(set(seen)) == page["numberMatched"]


@pytest.mark.parametrize("id", IDS)
def test_a_box_selects_by_place_anywhere_on_earth(client: TestClient, id: str) -> None:
    west, south, east, north = client.get(f"/ogc/collections/{id}").json()["extent"]["spatial"]["bbox"][0]
    everything = get(client, f"/collections/{id}/items", limit=10000)
    placed = [one["id"] for one in everything["features"] if one["geometry"]]
    found = get(client, f"/collections/{id}/items", limit=10000, bbox=f"{west},{south},{east},{north}")
    assert {one["id"] for one in found["features"]} >= set(placed)
    middle = (west, south, (west + east) / 2, (south + north) / 2)
    chosen = get(client, f"/collections/{id}/items", limit=10000, bbox=",".join(map(str, middle)))["features"]
    inside = {one["id"] for one in everything["features"] if one["geometry"]
              and shapely.intersects(shapely.geometry.shape(one["geometry"]), shapely.box(*middle).buffer(-1e-7))}
    assert inside <= {one["id"] for one in chosen}
    assert all(shapely.intersects(shapely.geometry.shape(one["geometry"]), shapely.box(*middle).buffer(1e-7)) for one in chosen if one["geometry"])
    for box in BOXES:
        assert [one for one in get(client, f"/collections/{id}/items", bbox=",".join(map(str, box)))["features"] if one["geometry"]] == []


@pytest.mark.parametrize(("when", "expected"), [
    ("2024-03-15T00:00:00Z", {"0", "1"}), ("2024-03-15", {"0", "1"}), ("2024-02-12/P2D", {"0"}), ("2024-05-01T00:00:00Z/2025-01-01T00:00:00Z", {"1", "2"}),
    ("2024-02-12T00:00:00Z/P1M6DT12H31M12S", {"0", "1"}), ("../2024-02-01", {"0"}), ("2025-06-01/..", {"2"}), ("/2024-02-01", {"0"}),
    ("2030-01-01", set()),
])
def test_time_selects_what_meets_it_and_what_has_none(client: TestClient, when: str, expected: set[str]) -> None:
    found = {one["id"] for one in get(client, "/collections/works/items", datetime=when)["features"]}
    assert found - {"nowhere"} == expected | {"timeless"}


def test_a_collection_with_nothing_in_it_is_served_like_others(client: TestClient) -> None:
    for form in ("json", "html", "jsonld"):
        assert client.get("/ogc/collections/nothing", params={"f": form}).status_code == 200
    page = get(client, "/collections/nothing/items", bbox="113,22,115,23")
    assert (page["features"], page["numberMatched"], page["numberReturned"]) == ([], 0, 0)


@pytest.mark.parametrize("id", IDS)
def test_what_is_wrong_or_unknown_is_refused(client: TestClient, id: str) -> None:
    for wrong in ({"limit": "unlimited"}, {"unknownQueryParameter17": "1"}, {"bbox": "a,b,c,d"}, {"datetime": "then"}, {"crs": "http://www.opengis.net/def/crs/0"},
                  {"bbox": "5,49,6,50", "bbox-crs": "http://www.opengis.net/def/crs/0"}):
        get(client, f"/collections/{id}/items", 400, **wrong)


@pytest.mark.parametrize("id", IDS)
def test_an_item_is_found_alone_and_leads_back(client: TestClient, id: str) -> None:
    first = get(client, f"/collections/{id}/items", limit=1)["features"][0]
    own = get(client, f"/collections/{id}/items/{first['id']}")
    assert {name: own[name] for name in ("id", "geometry", "properties")} == {name: first[name] for name in ("id", "geometry", "properties")}
    assert link(own, "self", GEOJSON)
    assert link(own, "alternate", "text/html")
    assert link(own, "collection", "application/json")["href"].endswith(f"/collections/{id}")
    get(client, f"/collections/{id}/items/{first['id']}", 400, crs="http://www.opengis.net/def/crs/0")
    get(client, f"/collections/{id}/items/none-such", 404)


@pytest.mark.parametrize("id", IDS)
def test_every_listed_crs_is_served_and_says_so(client: TestClient, id: str) -> None:
    described = client.get(f"/ogc/collections/{id}").json()
    assert described["crs"][0] == CRS84
    assert described["storageCrs"] in described["crs"]
    feature = get(client, f"/collections/{id}/items", limit=1)["features"][0]["id"]
    for uri in described["crs"]:
        for path in (f"/ogc/collections/{id}/items", f"/ogc/collections/{id}/items/{feature}"):
            answer = client.get(path, params={"crs": uri}, headers={"accept": GEOJSON})
            assert answer.status_code == 200
            assert answer.headers["content-crs"] == f"<{uri}>"
    assert client.get(f"/ogc/collections/{id}/items").headers["content-crs"] == f"<{CRS84}>"


@pytest.mark.parametrize("id", IDS)
def test_a_box_in_each_crs_selects_the_same(client: TestClient, id: str) -> None:
    west, south, east, north = client.get(f"/ogc/collections/{id}").json()["extent"]["spatial"]["bbox"][0]
    box = (west - 1e-4, south - 1e-4, (west + east) / 2, north + 1e-4)
    expected = {one["id"] for one in get(client, f"/collections/{id}/items", limit=10000, bbox=",".join(map(str, box)))["features"]}
    for code, swapped in (("4326", True), ("2326", True), ("3857", False), ("4490", True)):
        corners = transform("OGC:CRS84", f"EPSG:{code}").points(np.array([box[:2], box[2:]]))
        sent = (corners[:, ::-1] if swapped else corners).ravel()
        found = get(client, f"/collections/{id}/items", limit=10000, bbox=",".join(f"{n:.9f}" for n in sent), **{"bbox-crs": EPSG + code})
        found_ids = {one["id"] for one in found["features"]}
        assert len(found_ids ^ expected) <= max(1, len(expected) // 50), "edges of a box bend from one CRS to another, by little"
        # A client that takes no note of the order of axes asks for another place; that is no error.
        get(client, f"/collections/{id}/items", bbox=",".join(f"{n:.7f}" for n in corners.ravel()), **{"bbox-crs": EPSG + code})
