"""OGC API - Records: the catalogue searched, rendered and edited over HTTP."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree as ET

import pytest
import yaml
from starlette.testclient import TestClient

from csdi.bootstrap import open_services
from csdi.layers import LayerOptions, add_layers
from csdi.settings import read_settings
from ogc_api.app import create_app
from tests.ogc_api.site import SMALL
from tests.ogc_api.site import client as served

ROOT = "/ogc/collections/records"
TOKEN = {"Authorization": "Bearer secret", "If-Match": "*"}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A site whose `lots` and `roads` have edited Records."""
    with served(tmp_path_factory.mktemp("records")) as made:
        services = made.app.state.services  # type: ignore[attr-defined]
        from csdi.catalogue.keeping import change_record
        change_record(services.store, "lots", {
            "title": {"en": "Airport lots", "zh-Hant": "機場地段"}, "description": {"en": "Land lots of the airport island", "zh-Hans": "机场岛地段"},
            "keywords": {"en": ["lot", "land use"], "zh-Hant": ["地段"]}, "topics": ["planningCadastre"], "update_frequency": "annually",
            "contacts": [{"organisation": {"en": "Lands Department", "zh-Hant": "地政總署"}, "email": "gis@landsd.example.hk"}],
            "licence": "https://data.gov.hk/en/terms-and-conditions", "extent": {"time": "2020-01-01/2021-12-31"}}, replace_all=False)
        change_record(services.store, "roads", {
            "title": {"zh-Hant": "道路"}, "description": "Roads by the Hong Kong airport", "keywords": {"en": ["road"]}, "update_frequency": "weekly",
            "extent": {"time": "2023-01-01/.."}}, replace_all=False)
        yield made


def ids(client: TestClient, query: str = "", **params: str) -> set[str]:
    answer = client.get(f"{ROOT}/items{query}", params={"limit": "100"} | params)
    assert answer.status_code == 200, answer.text
    return {feature["id"] for feature in answer.json()["features"]}


def test_every_collection_has_a_record_and_its_record_leads_to_it(client: TestClient) -> None:
    listed = {c["id"]: c for c in client.get("/ogc/collections").json()["collections"]}
    assert listed["records"]["itemType"] == "record"
    found = client.get(f"{ROOT}/items?limit=100").json()
    assert {feature["id"] for feature in found["features"]} == set(listed) - {"records"}
    assert found["numberMatched"] == found["numberReturned"] == len(listed) - 1
    for feature in found["features"]:
        for link in feature["links"]:
            if link["href"].startswith("http://testserver") and link["rel"] != "http://www.opengis.net/def/rel/ogc/1.0/tilesets-vector":
                assert client.get(link["href"].removeprefix("http://testserver")).status_code == 200, link


def test_a_collection_leads_to_its_record_in_every_rendition(client: TestClient) -> None:
    links = [link for link in client.get("/ogc/collections/lots").json()["links"] if link["rel"] == "describedby"]
    assert len(links) == 3
    for link in links:
        assert client.get(link["href"].removeprefix("http://testserver")).headers["content-type"].startswith(link["type"])


def test_the_landing_page_and_the_conformance_say_that_there_is_a_catalogue(client: TestClient) -> None:
    links = [link for link in client.get("/ogc?f=json").json()["links"] if link["rel"].endswith("/ogc-catalog")]
    assert [client.get(link["href"].removeprefix("http://testserver")).status_code for link in links] == [200, 200]
    conforms = client.get("/ogc/conformance?f=json").json()["conformsTo"]
    assert "http://www.opengis.net/spec/ogcapi-records-1/1.0/conf/record-core-query-parameters" in conforms


@pytest.mark.parametrize(("q", "found"), [
    ("lots", {"lots", "lots-4326"}), ("機場地段", {"lots"}), ("机场", {"lots"}), ("地段", {"lots"}), ("地政總署", {"lots"}), ("道路", {"roads"}),
    ("Hong Kong airport", {"roads"}), ("airport Hong Kong", set()), ("hong  kong", {"roads"}), ("land use", {"lots"}), ("use land", set()),
    ("道路,地段", {"roads", "lots"}), ("道路，地段", {"roads", "lots"}), ("nothing of the kind", set()), ("道路, nothing", {"roads"}), ("!!!", set()),
    ("", None), (",", None)])
def test_text_finds_records_in_both_languages(client: TestClient, q: str, found: set[str] | None) -> None:
    assert ids(client, q=q) == (ids(client) if found is None else found)


def test_place_time_type_and_ids_narrow_the_answer(client: TestClient) -> None:
    everything = ids(client)
    assert ids(client, bbox="113.8,22.2,114.0,22.4") == everything - {i for i in everything if client.get(f"{ROOT}/items/{i}").json()["geometry"] is None}
    assert ids(client, bbox="0,0,1,1") == set()
    assert {"lots", "roads"} - ids(client, datetime="2022-06-01") == {"lots", "roads"}
    assert {"lots", "roads"} - ids(client, datetime="2024-06-01/..") == {"lots"}
    assert ids(client, type="dataset") == everything
    assert ids(client, type="service") == set()
    assert ids(client, type="service,dataset") == everything
    assert ids(client, ids="lots,roads,none") == {"lots", "roads"}
    assert ids(client, externalIds="x") == set()
    assert ids(client, updateFrequency="weekly") == {"roads"}
    assert ids(client, filter="completeness > 60 AND title LIKE 'Airport%'") == {"lots"}
    assert ids(client, filter="titleHant = '道路'") == {"roads"}
    assert ids(client, filter="S_INTERSECTS(geometry, POINT(113.93 22.31))") <= everything


def test_pages_follow_each_other_and_are_sorted(client: TestClient) -> None:
    seen, link = [], f"{ROOT}/items?limit=2&sortby=-completeness,title&q="
    while link:
        answer = client.get(link.removeprefix("http://testserver")).json()
        seen += answer["features"]
        link = next((one["href"] for one in answer["links"] if one["rel"] == "next"), "")
    assert seen[0]["id"] == "lots"
    scores = [one["properties"]["completeness"]["score"] for one in seen]
    assert scores == sorted(scores, reverse=True)
    assert len({one["id"] for one in seen}) == len(seen) == len(ids(client))


def test_facets_count_over_all_that_match_not_over_the_page(client: TestClient) -> None:
    answer = client.get(f"{ROOT}/items?limit=1&facets=true&lang=zh-Hant").json()
    facets = answer["facets"]
    assert sum(bucket["count"] for bucket in facets["type"]["buckets"]) == answer["numberMatched"] > 1
    assert {"value": "weekly", "count": 1, "title": "每週"} in facets["updateFrequency"]["buckets"]
    assert {"value": "地段", "count": 1} in facets["keywords"]["buckets"]
    assert {bucket["value"] for bucket in facets["storageCrs"]["buckets"]} >= {"EPSG:2326", "EPSG:4326"}
    one = client.get(f"{ROOT}/items?facets=updateFrequency,topics&q=道路").json()["facets"]
    assert [bucket["value"] for bucket in one["updateFrequency"]["buckets"]] == ["weekly"]
    assert one["topics"]["buckets"] == []
    assert "facets" not in client.get(f"{ROOT}/items").json()


@pytest.mark.parametrize("query", ["facets=colour", "q=a&q=b", "crs=http://www.opengis.net/def/crs/EPSG/0/2326",
                                   "f=csv", "f=iso19139", "limit=0", "bbox=1,2", "datetime=x", "titel=x", "sortby=nothing", "filter=colour=1",
                                   "q=a,b,c,d,e,f,g,h,i,j,k", "sortby=keywords", "cursor=abc"])
def test_what_cannot_be_asked_is_refused_by_name(client: TestClient, query: str) -> None:
    answer = client.get(f"{ROOT}/items?{query}")
    assert answer.status_code == 400, answer.text
    assert answer.json()["field"]


def test_a_record_comes_in_the_language_that_is_asked_for(client: TestClient) -> None:
    titles = {lang: client.get(f"{ROOT}/items/lots?lang={lang}").json()["properties"]["title"] for lang in ("en", "zh-Hant", "zh-Hans")}
    assert titles == {"en": "Airport lots", "zh-Hant": "機場地段", "zh-Hans": "機場地段"}
    by_header = client.get(f"{ROOT}/items/lots", headers={"Accept-Language": "zh-HK"})
    assert by_header.json()["properties"]["contacts"][0]["organization"] == "地政總署"
    assert by_header.headers["content-language"] == "zh-Hant"


@pytest.mark.parametrize(("form", "media"), [
    ("json", "application/geo+json"), ("geojson", "application/geo+json"), ("html", "text/html"), ("iso19139", "application/vnd.iso.19139+xml"),
    ("dcat", "application/ld+json"), ("jsonld", "application/ld+json"), ("yaml", "application/yaml")])
def test_a_record_comes_in_every_rendition_by_name_and_by_media_type(client: TestClient, form: str, media: str) -> None:
    named = client.get(f"{ROOT}/items/lots?f={form}")
    assert named.status_code == 200
    assert named.headers["content-type"].startswith(media)
    if form not in ("geojson", "jsonld", "html"):
        assert client.get(f"{ROOT}/items/lots", headers={"Accept": media}).content == named.content


def test_the_renditions_say_the_same(client: TestClient) -> None:
    iso = ET.fromstring(client.get(f"{ROOT}/items/lots?f=iso19139").content)
    assert iso.findtext(".//{*}CI_Citation/{*}title/{*}CharacterString") == "Airport lots"
    assert iso.findtext(".//{*}CI_Citation/{*}title//{*}LocalisedCharacterString") == "機場地段"
    dcat = client.get(f"{ROOT}/items/lots?f=dcat").json()
    assert {"@language": "zh-Hant", "@value": "機場地段"} in dcat["dct:title"]
    document = yaml.safe_load(client.get(f"{ROOT}/items/lots?f=yaml").text)
    assert document["title"] == {"en": "Airport lots", "zh-Hant": "機場地段"}
    page = client.get(f"{ROOT}/items/lots?f=html").text
    embedded = json.loads(page.split('<script type="application/ld+json">')[1].split("</script>")[0])
    assert embedded["name"] == "Airport lots"
    assert embedded == client.get(f"{ROOT}/items/lots?f=jsonld").json()


def test_the_catalogue_as_dcat_lists_every_dataset(client: TestClient) -> None:
    found = client.get(f"{ROOT}/items?f=dcat&limit=100").json()
    assert found["@type"] == "dcat:Catalog"
    assert {one["@id"].rpartition("/")[2] for one in found["dcat:dataset"]} == ids(client)


def test_pages_for_people_search_and_show(client: TestClient) -> None:
    for language, word in (("en", "Airport lots"), ("zh-Hant", "機場地段")):
        page = client.get(f"{ROOT}/items?f=html&lang={language}&q=地段").text
        assert word in page
        assert "Road" not in page
    assert client.get(f"{ROOT}?f=html").status_code == 200
    assert "&lt;script&gt;" in client.get(f"{ROOT}/items?f=html&q=<script>").text


def test_the_catalogue_says_what_it_is_and_what_it_sorts_by(client: TestClient) -> None:
    found = client.get(ROOT).json()
    assert (found["itemType"], found["type"], found["title"]) == ("record", "Catalog", "Catalogue")
    for link in found["links"]:
        assert client.get(link["href"].removeprefix("http://testserver")).status_code == 200, link
    names = client.get(f"{ROOT}/sortables").json()["properties"]
    for name in names:
        assert client.get(f"{ROOT}/items?sortby={name}").status_code == 200
    assert "title" in client.get(f"{ROOT}/queryables").json()["properties"]


def test_the_sitemap_names_the_page_of_every_record(client: TestClient) -> None:
    root = ET.fromstring(client.get("/sitemap.xml").content)
    pages = [one.text or "" for one in root.iter("{http://www.sitemaps.org/schemas/sitemap/0.9}loc")]
    assert len(pages) == len(ids(client))
    assert all(client.get(page.removeprefix("http://testserver")).status_code == 200 for page in pages)
    assert "Sitemap: http://testserver/sitemap.xml" in client.get("/robots.txt").text
    assert [client.get(f"/sitemap.xml?{query}").status_code for query in ("part=1", "part=2", "part=0", "part=x", "page=1")] == [200, 404, 400, 400, 400]


@pytest.fixture
def editable(tmp_path: Any) -> Iterator[TestClient]:
    settings = read_settings(home=tmp_path, token="secret")
    with open_services(settings) as services:
        (result,) = add_layers(services.store, services.blobs, SMALL / "roads.geojson", LayerOptions())
        assert result.result == "published"
        with TestClient(create_app(settings, services), raise_server_exceptions=False) as made:
            yield made


def test_a_record_is_edited_with_its_etag_and_not_over_somebody_elses_edit(editable: TestClient) -> None:
    url = f"{ROOT}/items/roads"
    seen = editable.get(url)
    tag = seen.headers["etag"]
    assert editable.get(url, headers={"If-None-Match": tag}).status_code == 304
    changed = editable.patch(url, json={"title": {"zh-Hant": "道路"}, "lineage": {"en": "Surveyed"}}, headers=TOKEN | {"If-Match": tag})
    assert changed.status_code == 200, changed.text
    assert changed.headers["etag"] != tag
    assert changed.json()["properties"]["lineage"] == "Surveyed"
    late = editable.patch(url, json={"lineage": "bought"}, headers=TOKEN | {"If-Match": tag})
    assert late.status_code == 412
    assert late.json()["code"] == "precondition-failed"
    assert editable.get(f"{url}?lang=zh-Hant").json()["properties"]["title"] == "道路"
    assert editable.get("/ogc/collections/roads?lang=zh-Hant").json()["title"] == "道路"
    assert editable.get(url, headers={"If-None-Match": tag}).status_code == 200


def test_put_replaces_all_edits_and_takes_yaml(editable: TestClient) -> None:
    url = f"{ROOT}/items/roads"
    editable.patch(url, json={"lineage": "old", "update_frequency": "daily"}, headers=TOKEN)
    text = "lineage:\n  zh-Hant: 測量\nkeywords: [道路, roads]\n"
    answer = editable.put(url, content=text, headers=TOKEN | {"Content-Type": "application/yaml"})
    assert answer.status_code == 200, answer.text
    properties = editable.get(url).json()["properties"]
    assert "updateFrequency" not in properties
    assert properties["lineage"].startswith("Published from the file roads.geojson")
    assert editable.get(f"{url}?lang=zh-Hant").json()["properties"]["lineage"] == "測量"
    whole = editable.get(f"{url}?f=yaml").text
    again = editable.put(url, content=whole, headers=TOKEN | {"Content-Type": "application/yaml"})
    assert again.json()["properties"] | {"updated": ""} == properties | {"updated": ""}


@pytest.mark.parametrize(("headers", "body", "status"), [
    ({}, b"{}", 403), ({"Authorization": "Bearer wrong"}, b"{}", 403), ({"Authorization": "Bearer secret"}, b"{}", 428), (TOKEN | {"Content-Type": "text/csv"}, b"a", 415),
    (TOKEN, b"[1]", 400), (TOKEN, b"{", 400), (TOKEN, b"\xff", 400), (TOKEN, b'{"crs": "EPSG:3857"}', 400), (TOKEN, b'{"titel": "x"}', 400),
    (TOKEN, b'{"\\ud800": "x"}', 400), (TOKEN, b'{"title": "\\ud800"}', 400), (TOKEN, b'{"type": "\\udfff"}', 400), (TOKEN, b'{"identifier": "\\ud800"}', 400),
    (TOKEN, b"x: " + b"a" * 1_100_000, 413), (TOKEN, b"a: &a [x]\nb: *a", 400), (TOKEN, b"[" * 5000, 400), (TOKEN | {"If-Match": '"stale"'}, b"{}", 412)])
def test_an_edit_that_may_not_or_cannot_be_is_refused(editable: TestClient, headers: dict[str, str], body: bytes, status: int) -> None:
    before = editable.get(f"{ROOT}/items/roads").headers["etag"]
    for method in ("put", "patch"):
        answer = getattr(editable, method)(f"{ROOT}/items/roads", content=body, headers=headers)
        assert answer.status_code == status, answer.text
        assert answer.headers["content-type"] == "application/problem+json"
    assert editable.get(f"{ROOT}/items/roads").headers["etag"] == before


def test_a_record_that_is_not_there_is_a_404(editable: TestClient) -> None:
    assert editable.get(f"{ROOT}/items/nothing").status_code == 404
    assert editable.put(f"{ROOT}/items/nothing", content=b"{}", headers=TOKEN).status_code == 404
    refused = editable.delete(f"{ROOT}/items/roads", headers=TOKEN)
    assert (refused.status_code, refused.headers["allow"]) == (405, "GET, PUT, PATCH, OPTIONS, HEAD")
    assert editable.post(f"{ROOT}/items", headers=TOKEN, json={}).status_code == 405
    assert set(editable.options(f"{ROOT}/items/roads").headers["allow"].split(", ")) == {"GET", "HEAD", "OPTIONS", "PUT", "PATCH"}
    assert editable.options(f"{ROOT}/items").headers["allow"] == "GET, HEAD, OPTIONS"


def test_empty_parameters_count_for_nothing(client: TestClient) -> None:
    assert ids(client, "?bbox=&datetime=&q=&type=,&ids=&externalIds=,%20&facets=") == ids(client)
    assert client.get(f"{ROOT}/items?limit=").status_code == 200


def test_what_is_published_while_the_server_runs_is_found_at_once(editable: TestClient) -> None:
    services = editable.app.state.services  # type: ignore[attr-defined]
    (result,) = add_layers(services.store, services.blobs, SMALL / "lots.gpkg", LayerOptions(title={"zh-Hant": "地段"}))
    assert result.result == "published"
    assert ids(editable, q="地段") == {"lots"}


def test_an_empty_site_has_an_empty_catalogue(tmp_path: Any) -> None:
    settings = read_settings(home=tmp_path)
    with open_services(settings) as services, TestClient(create_app(settings, services)) as client:
        assert client.get(f"{ROOT}/items").json()["numberMatched"] == 0
        assert client.get(f"{ROOT}/items?f=html").status_code == 200
        assert client.get(f"{ROOT}/items?f=dcat").json()["dcat:dataset"] == []
        assert ET.fromstring(client.get("/sitemap.xml").content).tag.endswith("urlset")
