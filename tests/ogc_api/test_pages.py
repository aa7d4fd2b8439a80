"""The API's pages for people: complete, in three languages, from our host alone, and saying what the JSON says."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html import unescape
from typing import Any

import pytest
import shapely
from starlette.testclient import TestClient

from csdi.bootstrap import open_services
from csdi.collection import Collection
from csdi.feature import Feature, Field, FieldType, Schema
from csdi.settings import read_settings
from ogc_api.app import create_app
from ogc_api.words import WORDS
from tests.ogc_api.site import client as served

PAGES = ["", "/conformance", "/collections", "/collections/lots", "/collections/lots/items", "/collections/lots/items/1",
         "/collections/lots/schema", "/collections/lots/queryables", "/openapi", "/collections/terrain", "/collections/utilities/items",
         "/collections/records", "/collections/records/items", "/collections/records/items/lots", "/collections/terrain/items"]


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    with served(tmp_path_factory.mktemp("pages")) as made:
        yield made


def html(client: TestClient, path: str, status: int = 200, **parameters: str) -> str:
    answer = client.get(f"/ogc{path}", params={"f": "html"} | parameters)
    assert answer.status_code == status, answer.text[:500]
    assert answer.headers["content-type"].startswith("text/html")
    return answer.text


@pytest.mark.parametrize("language", WORDS)
@pytest.mark.parametrize("path", PAGES)
def test_every_page_is_there_in_every_language_and_loads_nothing_from_elsewhere(client: TestClient, path: str, language: str) -> None:
    page = html(client, path, lang=language)
    assert f'<html lang="{language}">' in page
    assert WORDS[language]["collections"] in page
    for tag in re.findall(r"<(?:script|img|iframe|link|form)\b[^>]*>", page):
        for address in re.findall(r'(?:src|href|action)="([^"]*)"', tag):
            assert address.startswith(("/", "http://testserver")), tag
    assert "@import" not in page
    assert "url(" not in page
    assert "built-in method" not in page
    assert "Undefined" not in page


def test_a_browser_gets_pages_and_a_program_gets_json(client: TestClient) -> None:
    browser = {"accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "accept-language": "zh-TW,zh;q=0.9"}
    assert '<html lang="zh-Hant">' in client.get("/ogc", headers=browser).text
    assert client.get("/ogc").headers["content-type"].startswith("application/json")


def test_pages_of_items_list_what_the_json_lists_and_follow_the_same_cursor(client: TestClient) -> None:
    page, document = html(client, "/collections/lots/items", limit="7"), client.get("/ogc/collections/lots/items?limit=7").json()
    for _ in range(3):
        shown = re.findall(r'/items/([^"?]+)\?f=html', page)
        assert shown == [f["id"] for f in document["features"]]
        link = re.search(r'<a rel="next" href="([^"]+)"', page)
        assert link
        page = client.get(link.group(1).replace("&amp;", "&")).text
        document = client.get(next(x["href"] for x in document["links"] if x["rel"] == "next")).json()


def test_a_filter_can_be_tried(client: TestClient) -> None:
    assert "38" in html(client, "/collections/lots/items", filter="")
    page = html(client, "/collections/lots/items", 400, filter="colour = 'red'")
    assert "property-unknown" in page


@pytest.mark.parametrize(("path", "status", "code"), [
    ("/collections/none", 404, "collection-missing"), ("/collections/lots/items/none", 404, "feature-missing"), ("/nothing", 404, "feature-missing"),
])
def test_errors_are_pages_too(client: TestClient, path: str, status: int, code: str) -> None:
    assert code in html(client, path, status)


def test_hostile_values_are_shown_and_not_run(tmp_path_factory: pytest.TempPathFactory) -> None:
    evil = "<script>alert('水泵')</script>"
    settings = read_settings(home=tmp_path_factory.mktemp("evil"))
    schema = Schema((Field("name", FieldType.STRING), Field("psets", FieldType.JSON)), "point")
    with open_services(settings) as services:
        with services.store.transaction() as change:
            change.replace(Collection("evil", {"en": evil}, schema),
                           [Feature("a/<b>", shapely.Point(114, 22), {"name": evil, "psets": {evil: {evil: evil}}})])
        with TestClient(create_app(settings, services)) as client:
            for path in ("", "/collections", "/collections/evil", "/collections/evil/items", "/collections/evil/items/a%2F%3Cb%3E"):
                page = html(client, path)
                assert "<script>" not in page
                assert "&lt;script&gt;" in page
            assert "<script>" not in html(client, "/collections/evil/items", 400, filter=evil)


def test_pages_forbid_what_is_not_ours(client: TestClient) -> None:
    for path in ("/ogc?f=html", "/ogc/collections/none?f=html"):
        policy = client.get(path).headers["content-security-policy"]
        assert "default-src 'self'" in policy
        assert "script-src 'self';" in policy


def figure(page: str) -> dict[str, Any]:
    """What the map of a page shows."""
    found = re.search(r"data-figure='([^']*)'", page)
    assert found
    shown: dict[str, Any] = json.loads(unescape(found[1]))
    return shown


@pytest.mark.parametrize("path", ["/collections/lots", "/collections/lots/items/1", "/collections/terrain", "/collections/records/items/lots"])
def test_maps_name_a_style_and_a_picture_that_are_there(client: TestClient, path: str) -> None:
    shown = figure(html(client, path))
    style = client.get(shown["style"]).json()
    assert style["version"] == 8
    picture = client.get(shown["picture"])
    assert picture.headers["content-type"] == "image/png"
    west, south, east, north = shown["box"]
    assert 113 < west < east < 115
    assert 22 < south < north < 23


def test_the_map_of_an_item_is_around_it_whatever_crs_its_coordinates_are_shown_in(client: TestClient) -> None:
    plain = html(client, "/collections/lots/items/1")
    grid = html(client, "/collections/lots/items/1", crs="http://www.opengis.net/def/crs/EPSG/0/2326")
    assert figure(plain)["box"] == figure(grid)["box"]
    assert client.get(figure(plain)["item"]).json()["id"] == "1"


def test_a_layer_over_a_photograph_has_it_below(client: TestClient) -> None:
    assert [one["id"] for one in figure(html(client, "/collections/lots"))["below"]] == ["aerial"]
    assert figure(html(client, "/collections/aerial"))["below"] == []


def test_downloads_of_a_page_are_files(client: TestClient) -> None:
    for path in ("/collections/lots", "/collections/terrain"):
        links = re.findall(r'<a href="([^"]+)" download>', html(client, path))
        assert links
        for link in links:
            assert client.get(unescape(link)).status_code == 200


def test_what_the_portal_asks_is_for_those_who_may_read_it(client: TestClient) -> None:
    used = client.get("/api/collections/lots?lang=zh-Hant").json()
    assert used["count"] == 38
    assert {"qgis", "gdal", "geopandas", "owslib", "maplibre"} <= {one["id"] for one in used["snippets"]}
    assert client.get("/api/collections/none").status_code == 404
    record = client.get("/api/records/lots")
    assert record.json()["document"]["id"] == "lots"
    assert record.headers["etag"]
    assert client.get("/api/records/none").status_code == 404
