"""OWSLib's client for OGC API - Records, and its reader of ISO 19139, on the live server."""

from __future__ import annotations

import pytest
from owslib.etree import etree
from owslib.iso import MD_Metadata
from owslib.ogcapi.records import Records
from owslib.util import openURL

from tests.acceptance.shell import Server


@pytest.fixture(scope="module")
def catalogue(server: Server) -> Records:
    return Records(f"{server.url}/ogc")


def test_the_catalogue_is_found_among_the_collections(catalogue: Records) -> None:
    assert catalogue.records() == ["records"]
    assert "http://www.opengis.net/spec/ogcapi-records-1/1.0/conf/records-api" in catalogue.conformance()["conformsTo"]
    assert "title" in catalogue.collection_queryables("records")["properties"]


def test_records_are_searched_by_text_place_and_filter(catalogue: Records) -> None:
    everything = catalogue.collection_items("records", limit=100)
    assert everything["numberMatched"] == len(catalogue.collections()["collections"]) - 1
    for words in ("建築模型", "建筑模型", "Building models"):
        found = {one["id"] for one in catalogue.collection_items("records", q=words, limit=100)["features"]}
        assert "models" in found
        assert "roads" not in found
    by_place = catalogue.collection_items("records", bbox=[113.8, 22.2, 114.0, 22.4], limit=100)
    assert "roads" in [one["id"] for one in by_place["features"]]
    assert catalogue.collection_items("records", bbox=[0, 0, 1, 1])["numberMatched"] == 0
    filtered = catalogue.collection_items("records", filter="kind = 'coverage'", limit=100)
    assert {one["id"] for one in filtered["features"]} == {"terrain", "aerial"}
    assert catalogue.collection_items("records", type="service")["numberMatched"] == 0


def test_a_record_leads_to_its_data_and_to_iso_metadata(catalogue: Records) -> None:
    record = catalogue.collection_item("records", "roads")
    links = {(link["rel"], link.get("type")): link["href"] for link in record["links"]}
    items = catalogue.collection_items("roads", limit=1)
    assert items["numberMatched"] > 0
    assert links["items", "application/geo+json"].split("?")[0].endswith("/collections/roads/items")
    iso = MD_Metadata(etree.fromstring(openURL(links["alternate", "application/vnd.iso.19139+xml"]).read()))
    assert iso.identifier == "roads"
    assert iso.identification[0].title == record["properties"]["title"]
