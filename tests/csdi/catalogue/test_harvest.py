"""Harvests from catalogues of every kind: all is taken in, a second time nothing is new, and what went is gone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from csdi.catalogue.features import CATALOGUE
from csdi.catalogue.harvest import HarvestResult, Source, forget, harvest, harvest_again, kind_of, source_id, sources
from csdi.catalogue.keeping import bring_in_step, change_record, record
from csdi.errors import FeatureMissing, PathMissing, SourceUnavailable, ValueInvalid
from csdi.outgoing import Outgoing
from csdi.query import Query
from csdi.store import open_store
from csdi.store.base import Store
from tests.csdi.catalogue.elsewhere import Shelf, serving

WAYS = [("records", "/ogc"), ("csw", "/csw"), ("ckan", "/en-data/api/3/action/package_search"), ("dcat", "/dcat")]


@pytest.fixture(params=["sqlite", pytest.param("postgis", marks=pytest.mark.postgis)])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    opened = open_store(f"sqlite:///{tmp_path / 'site.gpkg'}" if request.param == "sqlite" else request.getfixturevalue("postgres_database"))
    yield opened
    opened.close()


@pytest.fixture
def asker() -> Iterator[Outgoing]:
    with Outgoing(internal=True, tries=1) as made:
        yield made


def count(store: Store, **query: Any) -> int:
    return store.count(CATALOGUE, Query(**query))


@pytest.mark.parametrize(("kind", "path"), WAYS, ids=[kind for kind, _ in WAYS])
def test_a_source_is_taken_in_whole_and_a_second_time_changes_nothing(store: Store, asker: Outgoing, kind: str, path: str) -> None:
    shelf = Shelf()
    with serving(shelf) as base:
        assert kind_of(base + path, asker) == kind
        source = Source("bus", base + path, kind)
        first = harvest(store, source, asker)
        assert (first.added, first.complete, first.refused, first.duplicates) == (250, True, 0, 0), first.findings[:3]
        assert count(store) == 250
        state = {f.id: f.properties for f in store.search(CATALOGUE, Query(limit=1000)).features}
        again = harvest_again(store, "bus", asker)
        assert (again.added, again.changed, again.unchanged, again.removed) == (0, 0, 250, 0)
        assert {f.id: f.properties for f in store.search(CATALOGUE, Query(limit=1000)).features} == state
        shelf.names, shelf.note = [*shelf.names[1:200], "new-one"], "second"
        third = harvest(store, source, asker)
        assert (third.added, third.changed, third.unchanged, third.removed) == (1, 199, 0, 51)
        assert count(store) == 200
    bring_in_step(store)
    assert count(store) == 200


@pytest.mark.parametrize(("kind", "path"), WAYS, ids=[kind for kind, _ in WAYS])
def test_a_source_that_breaks_off_loses_nothing(store: Store, asker: Outgoing, kind: str, path: str) -> None:
    shelf = Shelf()
    with serving(shelf) as base:
        source = Source("bus", base + path, kind)
        harvest(store, source, asker)
        shelf.broken, shelf.note = True, "second"
        result = harvest(store, source, asker)
        assert not result.complete
        assert result.removed == 0
        assert 0 < result.changed < 250
        assert "harvest-incomplete" in [finding.code for finding in result.findings]
        assert count(store) == 250


def one_of(store: Store, asker: Outgoing, kind: str, path: str) -> Any:
    with serving(Shelf(names=["stop-001"])) as base:
        result = harvest(store, Source("bus", base + path, kind), asker)
        assert result.added == 1, result.findings
    (feature,) = store.search(CATALOGUE, Query(limit=2)).features
    return record(store, feature.id), feature, result, base


def test_an_ogc_record_keeps_what_it_says_and_where_it_came_from(store: Store, asker: Outgoing) -> None:
    found, feature, result, base = one_of(store, asker, "records", "/ogc")
    assert found.id == "bus:stop-001"
    assert found.title == {"zh-Hant": "巴士站 stop-001"}
    assert found.keywords == {"en": ("bus",), "zh-Hant": ("巴士",)}
    assert found.topics == ("transportation",)
    assert found.contacts[0].organisation == {"zh-Hant": "運輸署"}
    assert found.contacts[0].role == "publisher"
    assert found.bbox is not None
    assert found.bbox.xy == (114.0, 22.2, 114.1, 22.3)
    assert found.interval is not None
    assert found.interval.text == "2023-01-01T00:00:00Z/.."
    assert [link.href for link in found.links] == ["https://td.example.hk/stop-001.geojson"]
    assert found.origin is not None
    assert (found.origin.source, found.origin.kind, found.origin.identifier) == ("bus", "records", "stop-001")
    assert found.origin.url == f"{base}/ogc/collections/metadata/items/stop-001"
    assert found.origin.harvested is not None
    assert [finding.code for finding in result.findings] == ["record-part-left-out"] * 2
    assert feature.properties["source"] == "bus"


def test_a_csw_gives_iso_in_all_its_languages(store: Store, asker: Outgoing) -> None:
    found, *_ = one_of(store, asker, "csw", "/csw")
    assert found.title == {"en": "Terminal & <apron>", "zh-Hant": "機場客運大樓", "zh-Hans": "机场客运大楼"}
    assert found.description == {"en": "first", "zh-Hant": "說明"}
    assert found.keywords == {"en": ("airport", "terminal"), "zh-Hant": ("機場",)}
    assert found.contacts[0].organisation == {"en": "Airport Authority", "zh-Hant": "機場管理局"}
    assert (found.contacts[0].email, found.contacts[0].role, found.contacts[0].name) == ("gis@example.hk", "publisher", "陳大文")
    assert (found.crs, found.height_datum, found.update_frequency) == ("EPSG:2326", "EPSG:5738", "weekly")
    assert found.licence == "https://data.gov.hk/en/terms-and-conditions"
    assert found.lineage == {"en": "Surveyed in 2023", "zh-Hant": "2023年測量"}
    assert found.quality == {"en": "0.05 m"}
    assert found.place == {"en": "Lantau", "zh-Hant": "大嶼山"}
    assert "https://example.hk/a.zip?x=1&y=2" in [link.href for link in found.links]


def test_a_csw_without_iso_gives_dublin_core_with_latitude_first(store: Store, asker: Outgoing, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = Shelf.csw
    monkeypatch.setattr(Shelf, "csw", lambda self, query: tuple(
        part.replace(b"<ows:Value>http://www.isotc211.org/2005/gmd</ows:Value>", b"") if isinstance(part, bytes) else part
        for part in whole(self, query)))
    found, *_ = one_of(store, asker, "csw", "/csw")
    assert found.title == {"zh-Hant": "機場 & stop-001"}
    assert found.bbox is not None
    assert found.bbox.xy == (113.9, 22.2, 114.0, 22.4)
    assert found.topics == ("transportation",)
    assert found.keywords == {"en": ("airport",)}


def test_a_portal_with_an_api_for_each_language_gives_records_in_all_three(store: Store, asker: Outgoing) -> None:
    found, feature, *_ = one_of(store, asker, "ckan", "/tc-data")
    assert found.title == {"zh-Hant": "巴士站 0", "en": "Bus stop 0", "zh-Hans": "巴士站点 0"}
    assert found.contacts[0].organisation == {"zh-Hant": "運輸署", "en": "Transport Department", "zh-Hans": "运输署"}
    assert found.contacts[1].email == "desk@td.example.hk"
    assert found.update_frequency == "asNeeded"
    assert found.licence == "https://data.gov.hk/en/terms-and-conditions"
    assert [(link.href, link.format, dict(link.title)) for link in found.links] == [
        ("https://td.example.hk/stop-001.csv", "CSV", {"zh-Hant": "表", "en": "Table", "zh-Hans": "表格"})]
    assert found.created is not None
    assert found.bbox is not None
    assert found.bbox.xy == (114.0, 22.0, 115.0, 23.0)
    assert store.search(CATALOGUE, Query(text="公交 站", limit=5)).features == []
    assert store.search(CATALOGUE, Query(text="运输署", limit=5)).features == [feature]


def test_dcat_terms_are_known_by_any_of_their_names(store: Store, asker: Outgoing) -> None:
    found, *_ = one_of(store, asker, "dcat", "/dcat")
    assert found.title == {"zh-Hant": "巴士站 stop-001", "en": "Bus stop stop-001"}
    assert found.contacts[0].organisation == {"zh-Hant": "運輸署"}
    assert found.identifier == "urn:x:stop-001"


def test_our_own_catalogue_as_dcat_is_read_back_whole(store: Store, asker: Outgoing, tmp_path: Path) -> None:
    from csdi.catalogue.renditions import Place, dcat_catalogue
    from tests.csdi.catalogue.examples import TERMINAL
    from tests.csdi.catalogue.test_renditions import COLLECTION, LINKS
    path = tmp_path / "catalogue.jsonld"
    path.write_text(json.dumps(dcat_catalogue(COLLECTION, "CSDI Twin", Place("https://twin.example.hk/ogc"), [(TERMINAL, LINKS)]), ensure_ascii=False))
    assert kind_of(str(path), asker) == "dcat"
    assert harvest(store, Source("file", str(path), "dcat"), asker).added == 1
    (feature,) = store.search(CATALOGUE, Query(limit=2)).features
    found = record(store, feature.id)
    for part in ("title", "description", "keywords", "licence", "rights", "lineage", "update_frequency", "place", "crs", "created", "updated"):
        assert getattr(found, part) == getattr(TERMINAL, part), part
    assert found.bbox is not None
    assert TERMINAL.bbox is not None
    assert found.bbox.xy == TERMINAL.bbox.xy
    assert found.interval == TERMINAL.interval
    assert set(found.topics) == set(TERMINAL.topics)
    assert "gis@example.hk" in [contact.email for contact in found.contacts]
    assert len(found.links) == len([link for link in LINKS if link.rel != "describes"]) + 1


def test_data_json_and_iso_files_are_read(store: Store, asker: Outgoing, tmp_path: Path) -> None:
    data = tmp_path / "data.json"
    data.write_text(json.dumps({"conformsTo": "https://project-open-data.cio.gov/v1.1/schema", "dataset": [{
        "@type": "dcat:Dataset", "identifier": "HK-1", "title": "Piers", "description": "All piers", "keyword": ["pier", "碼頭"], "modified": "2024-02-01",
        "publisher": {"@type": "org:Organization", "name": "Marine Department"}, "contactPoint": {"fn": "Desk", "hasEmail": "mailto:desk@md.example.hk"},
        "spatial": "113.8,22.1,114.5,22.6", "temporal": "2020-01-01/2020-12-31", "accrualPeriodicity": "R/P1M", "license": "https://example.hk/l",
        "distribution": [{"downloadURL": "https://example.hk/p.csv", "mediaType": "text/csv"}]}]}, ensure_ascii=False))
    assert kind_of(str(data), asker) == "dcat"
    assert harvest(store, Source("md", str(data), "dcat"), asker).added == 1
    found = record(store, "md:HK-1")
    assert found.bbox is not None
    assert found.interval is not None
    assert (found.bbox.xy, found.interval.text) == ((113.8, 22.1, 114.5, 22.6), "2020-01-01T00:00:00Z/2020-12-31T23:59:59Z")
    assert (found.update_frequency, found.contacts[1].email) == ("monthly", "desk@md.example.hk")
    assert found.keywords == {"en": ("pier",), "zh-Hant": ("碼頭",)}
    assert found.links[0].type == "text/csv"
    iso = tmp_path / "one.xml"
    iso.write_text(Shelf().iso("pier"))
    assert kind_of(str(iso), asker) == "iso19139"
    assert harvest(store, Source("iso", str(iso), "iso19139"), asker).added == 1
    assert record(store, "iso:pier").title["zh-Hant"] == "機場客運大樓"


def test_text_that_cannot_be_kept_is_left_out_of_what_can(store: Store, asker: Outgoing, monkeypatch: pytest.MonkeyPatch) -> None:
    body = {"type": "FeatureCollection", "features": [{"type": "Feature", "id": "a\ud800\x00b", "geometry": {"type": "Point", "coordinates": [500, 2]},
            "properties": {"title": "Roads\x00\udfff of 大嶼山", "type": "da ta", "description": "x" * 50_000, "keywords": ["a", None, 3, "\x07"],
                           "contacts": [{"name": "陳", "emails": [{"value": "not one"}], "links": [{"href": "javascript:x"}]}, {"roles": ["x"]}],
                           "updated": "yesterday", "created": "2024"},
            "time": {"interval": ["2024-05-01", "2020-01-01"]}, "links": [{"rel": "bad rel", "href": "https://a.hk/"}]}]}
    monkeypatch.setattr(Shelf, "answer", lambda self, path, query, base: (200, "application/json", json.dumps(body).encode()))
    with serving(Shelf()) as base:
        assert harvest(store, Source("bus", base, "records"), asker).added == 1
    found = record(store, "bus:ab")
    assert found.title == {"zh-Hant": "Roads of 大嶼山"}
    assert len(found.description["en"]) == 20_000
    assert [(contact.name, contact.email, contact.url) for contact in found.contacts] == [("陳", "", "")]
    assert (found.bbox, found.interval, found.type, found.updated) == (None, None, "dataset", None)
    assert found.created is not None
    assert found.created.year == 2024
    assert [(link.href, link.rel) for link in found.links] == [("https://a.hk/", "item")]


def test_nothing_inside_the_network_is_asked_for_a_harvest(store: Store) -> None:
    shelf = Shelf()
    with serving(shelf) as base, Outgoing(tries=1) as closed:
        for kind, path in WAYS:
            with pytest.raises(ValueInvalid, match="inside this network"):
                harvest(store, Source("bus", base + path, kind), closed)
        with pytest.raises(ValueInvalid, match="inside this network"):
            kind_of(f"{base}/ogc", closed)
        for url in ("http://169.254.169.254/latest/meta-data", "http://[::1]/csw", "ftp://example.com/x", "http://localhost:22/"):
            with pytest.raises((ValueInvalid, PathMissing)):
                harvest(store, Source("bus", url, "dcat"), closed)
    assert shelf.asked == []
    assert sources(store) == []


def test_a_link_to_the_next_page_does_not_lead_to_files_or_in_circles(store: Store, asker: Outgoing, tmp_path: Path,
                                                                      monkeypatch: pytest.MonkeyPatch) -> None:
    shelf = Shelf(names=["stop-001"])
    plain = Shelf.ogc

    def leading(to: str) -> None:
        def ogc(self: Shelf, path: str, query: dict[str, str], base: str) -> tuple[int, str, bytes]:
            status, media, body = plain(self, path, query, base)
            document = json.loads(body)
            if document.get("type") == "FeatureCollection":
                document["links"] = [{"rel": "next", "href": to}]
            return status, media, json.dumps(document).encode()
        monkeypatch.setattr(Shelf, "ogc", ogc)

    with serving(shelf) as base:
        leading("items?limit=100")
        assert harvest(store, Source("bus", f"{base}/ogc/collections/metadata/items?limit=100", "records"), asker).complete
        for url in ("file:///etc/passwd", "ftp://example.com/", "/etc/passwd\x00", "http://user:secret@example.com/"):
            leading(url)
            result = harvest(store, Source("bus", f"{base}/ogc/collections/metadata/items", "records"), asker)
            assert (result.unchanged, result.complete) == (1, False)
            assert "secret" not in str(result.findings[0].message)
    assert count(store) == 1
    assert harvest_of_file_that_leads_to(store, asker, tmp_path, "file:///etc/passwd").complete is False


def harvest_of_file_that_leads_to(store: Store, asker: Outgoing, folder: Path, place: str) -> HarvestResult:
    path = folder / "catalogue.jsonld"
    path.write_text(json.dumps({"@graph": [{"@id": "urn:x:1", "@type": "dcat:Dataset", "dct:title": "One"}, {"hydra:next": {"@id": place}}]}))
    return harvest(store, Source("file", str(path), "dcat"), asker)


def test_what_people_changed_of_a_harvested_record_stays(store: Store, asker: Outgoing) -> None:
    shelf = Shelf(names=["stop-001"])
    with serving(shelf) as base:
        source = Source("bus", f"{base}/ogc", "records")
        harvest(store, source, asker)
        change_record(store, "bus:stop-001", {"title": {"en": "Bus stops"}, "licence": None}, replace_all=False)
        shelf.note = "second"
        assert harvest(store, source, asker).changed == 1
        found = record(store, "bus:stop-001")
        assert found.title == {"zh-Hant": "巴士站 stop-001", "en": "Bus stops"}
        assert found.description == {"zh-Hant": "second"}
        assert harvest(store, source, asker).unchanged == 1


def test_what_means_the_same_everywhere_is_not_taken_in_twice(store: Store, asker: Outgoing) -> None:
    with serving(Shelf(names=["a", "b"])) as base:
        assert harvest(store, Source("one", f"{base}/dcat", "dcat"), asker).added == 2
        second = harvest(store, Source("two", f"{base}/dcat", "dcat"), asker)
        assert (second.added, second.duplicates) == (0, 2)
        assert harvest(store, Source("three", f"{base}/ogc", "records"), asker).added == 2
    assert count(store) == 4


def test_a_limit_is_kept_and_then_nothing_is_thought_gone(store: Store, asker: Outgoing) -> None:
    with serving(Shelf()) as base:
        harvest(store, Source("bus", f"{base}/ogc", "records"), asker)
        result = harvest(store, Source("bus", f"{base}/ogc", "records", limit=7), asker)
        assert (result.unchanged, result.removed, result.complete) == (7, 0, False)
        exact = harvest(store, Source("bus", f"{base}/ogc", "records", limit=250), asker)
        assert (exact.unchanged, exact.complete) == (250, True)


def test_sources_are_known_and_can_be_forgotten(store: Store, asker: Outgoing) -> None:
    with serving(Shelf(names=["a"])) as base:
        harvest(store, Source("bus", f"{base}/ogc", "records"), asker)
    (kept,) = sources(store)
    assert (kept["id"], kept["kind"], kept["result"]["added"]) == ("bus", "records", 1)
    assert forget(store, "bus") == 1
    assert count(store) == 0
    assert sources(store) == []
    with pytest.raises(FeatureMissing):
        harvest_again(store, "bus", asker)


@pytest.mark.parametrize("kind", ["records", "csw", "ckan", "dcat", "iso19139"])
@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"{}", b'{"type":"FeatureCollection","features":[1,null,{}]}', b"<a", b"<html/>", b"\xff\xfe",
                                  b'<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>', b'{"dataset":[1,{"title":[[]]}]}', b'{"success":true,"result":{"results":[1,{}]}}',
                                  b'{"@graph":[{"@type":"dcat:Dataset"}]}', b"[" * 3000, b'{"collections":[{"itemType":"record"}],"links":3}',
                                  b'{"type":"FeatureCollection","features":[{"id":"\\ud800"}],"links":[{"rel":"next","href":"\\u0000"}]}'])
def test_nonsense_makes_no_record_and_no_fault(store: Store, asker: Outgoing, monkeypatch: pytest.MonkeyPatch, kind: str, body: bytes) -> None:
    monkeypatch.setattr(Shelf, "answer", lambda self, path, query, base: (200, "application/json", body))
    with serving(Shelf()) as base:
        try:
            assert harvest(store, Source("bus", base, kind), asker).added == 0
        except (SourceUnavailable, ValueInvalid):
            bring_in_step(store)
    assert count(store) == 0


@pytest.mark.parametrize(("url", "id"), [("https://data.gov.hk/en-data/api/3/action/package_search", "data-gov-hk-en-data"),
                                         ("https://geo.example.org/catalogue/csw?service=CSW", "geo-example-org-catalogue"),
                                         ("https://www.example.org/ogc/collections/metadata/items", "example-org-ogc-collections-metadata"),
                                         ("/data/catalogue.jsonld", "catalogue"), ("https://資料.hk/", "hk")])
def test_a_source_is_named_after_its_address(url: str, id: str) -> None:
    assert source_id(url) == id
