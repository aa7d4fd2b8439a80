"""Items over HTTP: the right place in every CRS, pages that visit everything once, and no request that breaks the server."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from csdi.crs import transform
from tests.ogc_api.site import client as served

EPSG = "http://www.opengis.net/def/crs/EPSG/0/"
CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    with served(tmp_path_factory.mktemp("items")) as made:
        yield made


def get(client: TestClient, path: str, **parameters: Any) -> Any:
    answer = client.get(f"/ogc/collections/{path}", params=parameters)
    assert answer.status_code == 200, answer.text
    return answer.json()


def shapes(page: Any) -> Any:
    return np.array([shapely.geometry.shape(f["geometry"]) for f in page["features"]], dtype=object)


def points(page: Any) -> Any:
    return shapely.get_coordinates(shapes(page))


@pytest.mark.parametrize("collection", ["lots", "lots-4326"])
def test_axis_order_is_the_authoritys_whatever_the_storage_crs(client: TestClient, collection: str) -> None:
    lonlat = points(get(client, f"{collection}/items", limit=100))
    latlon = points(get(client, f"{collection}/items", limit=100, crs=EPSG + "4326"))
    northing_easting = points(get(client, f"{collection}/items", limit=100, crs=EPSG + "2326"))
    assert np.allclose(latlon[:, ::-1], lonlat, atol=2e-8)
    expected = transform("OGC:CRS84", "EPSG:2326").points(lonlat)
    assert np.abs(northing_easting[:, ::-1] - expected).max() < 0.003
    assert (northing_easting[:, 1] < 830_000).all(), "easting comes second"


def test_both_copies_are_at_the_same_places_to_the_millimetre(client: TestClient) -> None:
    one, two = (points(get(client, f"{name}/items", limit=1000, crs=EPSG + "2326")) for name in ("lots", "lots-4326"))
    assert np.abs(one - two).max() < 0.001


def test_stored_coordinates_come_back_bit_for_bit_in_their_own_crs(client: TestClient) -> None:
    import pyogrio

    from tests.ogc_api.site import SMALL
    _, _, wkb, _ = pyogrio.raw.read(SMALL / "lots.gpkg")
    given_shapes = shapely.get_coordinates(shapely.from_wkb(wkb))
    assert np.array_equal(points(get(client, "lots/items", limit=1000, crs=EPSG + "2326"))[:, ::-1], given_shapes)


@pytest.mark.parametrize("collection", ["lots", "lots-4326"])
def test_a_box_in_any_crs_selects_the_same_features(client: TestClient, collection: str) -> None:
    plane = [811_000.0, 819_400.0, 811_600.0, 819_900.0]
    west, south, east, north = transform("EPSG:2326", "OGC:CRS84").bbox(tuple(plane))
    grid = get(client, f"{collection}/items", limit=1000, bbox=f"{plane[1]},{plane[0]},{plane[3]},{plane[2]}", **{"bbox-crs": EPSG + "2326"})
    degrees = get(client, f"{collection}/items", limit=1000, bbox=f"{west},{south},{east},{north}")
    swapped = get(client, f"{collection}/items", limit=1000, bbox=f"{south},{west},{north},{east}", **{"bbox-crs": EPSG + "4326"})
    names = [sorted(f["id"] for f in page["features"]) for page in (degrees, swapped)]
    assert names[0] == names[1]
    assert {f["id"] for f in grid["features"]} <= set(names[0])
    assert 0 < grid["numberMatched"] < 38


def test_the_answer_says_its_crs(client: TestClient) -> None:
    assert client.get("/ogc/collections/lots/items").headers["content-crs"] == f"<{CRS84}>"
    assert client.get("/ogc/collections/lots/items", params={"crs": EPSG + "2326"}).headers["content-crs"] == f"<{EPSG}2326>"
    described = get(client, "lots")
    assert described["storageCrs"] == EPSG + "2326"
    assert {CRS84, EPSG + "4326", EPSG + "2326"} <= set(described["crs"])


def test_a_box_with_heights_sees_only_what_is_that_deep(client: TestClient) -> None:
    everything = get(client, "utilities/items", limit=10_000)
    heights = shapely.get_coordinates(shapes(get(client, "utilities/items", limit=10_000, crs=EPSG + "2326")), include_z=True)[:, 2]
    low, high = float(heights.min()), float(heights.max())
    west, south, east, north = 113.0, 22.0, 115.0, 23.0
    above = get(client, "utilities/items", limit=1, bbox=f"{west},{south},{high + 50},{east},{north},{high + 90}")
    around = get(client, "utilities/items", limit=1, bbox=f"{west},{south},{low - 50},{east},{north},{high + 50}")
    assert above["numberMatched"] == 0
    assert around["numberMatched"] == everything["numberMatched"]


@pytest.mark.parametrize("extra", [{}, {"sortby": ""}, {"crs": EPSG + "2326"}])
def test_next_links_visit_every_item_once(client: TestClient, extra: dict[str, str]) -> None:
    names = list(get(client, "lots/queryables")["properties"])
    extra = {"sortby": "-" + next(n for n in names if n != "geometry")} if "sortby" in extra else extra
    page = get(client, "lots/items", limit=7, **extra)
    seen = [f["id"] for f in page["features"]]
    while following := next((link["href"] for link in page["links"] if link["rel"] == "next"), None):
        page = client.get(following).json()
        seen += [f["id"] for f in page["features"]]
    assert len(seen) == len(set(seen)) == page["numberMatched"]


def test_filters_in_text_and_json_agree(client: TestClient) -> None:
    text = get(client, "lots/items", limit=100, filter="S_INTERSECTS(geometry, BBOX(113.9,22.3,113.95,22.33))")
    assert text["numberMatched"] > 0
    box = '{"op":"s_intersects","args":[{"property":"geometry"},{"bbox":[113.9,22.3,113.95,22.33]}]}'
    assert get(client, "lots/items", limit=100, filter=box, **{"filter-lang": "cql2-json"})["numberMatched"] == text["numberMatched"]


def test_an_unknown_property_is_named(client: TestClient) -> None:
    answer = client.get("/ogc/collections/lots/items", params={"filter": "colour = 'red'"})
    assert (answer.status_code, answer.json()["code"]) == (400, "property-unknown")
    assert "colour" in answer.json()["detail"]


@pytest.mark.parametrize(("path", "status"), [
    ("/ogc/collections/none", 404), ("/ogc/collections/none/items", 404), ("/ogc/collections/lots/items/none", 404),
    ("/ogc/nothing", 404), ("/nothing", 404), ("/ogc/collections/lots/items?limit=0", 400), ("/ogc/collections/lots/items?limit=a", 400),
    ("/ogc/collections/lots/items?bbox=1,2,3", 400), ("/ogc/collections/lots/items?bbox=1,2,3,4,5,nan", 400),
    ("/ogc/collections/lots/items?crs=EPSG:1", 400), ("/ogc/collections/lots/items?datetime=yesterday", 400),
    ("/ogc/collections/lots/items?cursor=abc", 400), ("/ogc/collections/lots/items?sortby=none", 400),
    ("/ogc/collections/terrain/map/tiles/WebMercatorQuad/99/0/0.png", 404),
    ("/ogc/collections/lots/map/tiles/WebMercatorQuad/1/0/2.png", 404), ("/tiles3d/none.json", 404), ("/terrain/30/0/0.terrain", 404),
    ("/tiles3d/..%2F..%2Fsite.gpkg", 404), ("/tiles3d/%2e%2e/%2e%2e/jobs.sqlite", 404), ("/api/search?limit=x", 400),
    ("/api/jobs", 403),
])
def test_bad_requests_have_their_status_and_a_problem_document(client: TestClient, path: str, status: int) -> None:
    answer = client.get(path, headers={"accept": "application/json"})
    assert answer.status_code in ({status} | ({400} if "%2" in path else set())), answer.text
    body = answer.json()
    assert body["code"]
    assert body["status"] == answer.status_code
    assert "/tmp" not in answer.text, "nothing of the machine's own paths"


hostile = st.one_of(
    st.text(max_size=40), st.sampled_from(["", "0", "-1", "1e999", "nan", "9" * 40, "'; DROP TABLE lots; --", "%00", "\x00", "../..", "水泵",
                                           "1,2,3,4,5,6", "-180,-90,180,90", "179,-90,-179,90", "1e308,1e308,1e308,1e308", "..", "../..",
                                           "2024-01-01/..", "a = ", "((((", "{}", "[]", "null", "+", "-", ",", "EPSG:2326", EPSG + "2326"]))
PATHS = ["lots/items", "utilities/items", "lots-4326/items", "lots/items/1", "terrain/items", "lots", "lots/queryables", "lots/schema", ""]
PARAMETERS = ["bbox", "bbox-crs", "crs", "datetime", "f", "lang", "limit", "offset", "cursor", "sortby", "properties", "filter", "filter-lang",
              "filter-crs", "skipGeometry", "q", "resulttype", "unknown"]


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(path=st.sampled_from(PATHS), parameters=st.dictionaries(st.sampled_from(PARAMETERS), hostile, max_size=3))
def test_no_request_yields_a_500(client: TestClient, path: str, parameters: dict[str, str]) -> None:
    query = urlencode({name: value.encode("utf-8", "surrogatepass") for name, value in parameters.items()})
    answer = client.get(f"/ogc/collections/{path}?{query}".replace("collections/?", "collections?"))
    assert answer.status_code < 500, (path, parameters, answer.text[:500])


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.characters(blacklist_categories=["Cs"]), min_size=1, max_size=20))
def test_no_item_id_yields_a_500(client: TestClient, id: str) -> None:
    from urllib.parse import quote
    assert client.get(f"/ogc/collections/lots/items/{quote(id, safe='')}").status_code < 500


def test_every_link_from_the_landing_page_leads_somewhere(client: TestClient) -> None:
    todo, seen = ["http://testserver/ogc?f=json"], set()
    while todo:
        url = todo.pop()
        if url in seen or not url.startswith("http://testserver") or len(seen) > 400:
            continue
        seen.add(url)
        answer = client.get(url)
        assert answer.status_code < 400, url
        if "json" in answer.headers["content-type"] and "openapi" not in url:
            body = answer.json()
            links = [*body.get("links", []), *(link for c in body.get("collections", []) for link in c.get("links", []))]
            todo += [link["href"] for link in links if "{" not in link["href"]]
    assert len(seen) > 20


@pytest.mark.parametrize("collection", ["lots", "lots-4326"])
@pytest.mark.parametrize(("code", "uri", "swapped"), [("OGC:CRS84", CRS84, False), ("EPSG:2326", EPSG + "2326", True), ("EPSG:3857", EPSG + "3857", False)])
def test_a_box_without_area_meets_what_it_lies_in(client: TestClient, collection: str, code: str, uri: str, swapped: bool) -> None:
    page = get(client, f"{collection}/items", limit=5)
    for feature in page["features"]:
        inside = shapely.geometry.shape(feature["geometry"]).representative_point()
        ((x, y),) = transform("OGC:CRS84", code).points(np.array([[inside.x, inside.y]]))
        x, y = (y, x) if swapped else (x, y)
        for box in (f"{x:.9f},{y:.9f},{x:.9f},{y:.9f}", f"{x:.9f},{y:.9f},{x + 1e-7:.9f},{y:.9f}"):
            found = get(client, f"{collection}/items", limit=100, bbox=box, **{"bbox-crs": uri})
            assert feature["id"] in [f["id"] for f in found["features"]]
            assert found["numberMatched"] < 5
    for nowhere in ("0,0,0,0", "-1e187,-4e16,-1e16,0", "1e300,1e300,1e301,1e301", "0,0,0,1e-300", "-1e308,0,1e308,0"):
        assert get(client, f"{collection}/items", bbox=nowhere, **{"bbox-crs": uri})["numberMatched"] == 0
    everywhere = get(client, f"{collection}/items", bbox="-1e308,-1e308,1e308,1e308", **{"bbox-crs": uri})
    assert everywhere["numberMatched"] == 38
