"""Layers of other servers: three protocols, page by page, on after a break, nothing from inside the network unasked."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import shapely

from csdi.blobs import Blobs
from csdi.errors import ValueInvalid
from csdi.layers import LayerOptions, LayerResult, add_layers, add_remote, due, refresh, seconds_of, versions_of
from csdi.layers.services.arcgis import geometry
from csdi.query import Query
from csdi.store import Store, open_store
from tests import loopback

ROWS = 2345
Answer = tuple[int, str, bytes]


class Remote:
    """A small server of all three protocols, which breaks when told to."""

    def __init__(self) -> None:
        self.base, self.asked, self.break_at = "", list[str](), -1
        self.rows = ROWS
        self.form = "application/json"

    def answer(self, path: str, said: dict[str, str]) -> Answer:
        self.asked.append(path)
        pages = [one for one in self.asked if "/items" in one or "/query" in one or "GetFeature" in one]
        if len(pages) == self.break_at:
            return 500, "text/plain", b"broken"
        if "/FeatureServer" in path:
            return self.json(self.arcgis(urlsplit(path).path, said))
        if path.startswith("/wfs"):
            return self.wfs(said)
        return self.json(self.oapif(urlsplit(path).path, said))

    def json(self, body: Any) -> Answer:
        return 200, "application/json", json.dumps(body).encode()

    def point(self, i: int) -> tuple[float, float]:
        return 811000.0 + i, 819000.25 + i

    def oapif(self, path: str, said: dict[str, str]) -> Any:
        described = {"id": "lamps", "title": "路燈", "itemType": "feature", "crs": ["http://www.opengis.net/def/crs/EPSG/0/2326"],
                     "storageCrs": "http://www.opengis.net/def/crs/EPSG/0/2326", "links": [{"rel": "items", "href": "items"}]}
        if path == "/api":
            return {"links": []}
        if path.endswith("/collections"):
            return {"collections": [described, {"id": "dtm", "itemType": "coverage", "links": []}]}
        if path.endswith("/lamps"):
            return described
        assert said["crs"].endswith("2326")
        start, limit = int(said.get("offset", 0)), 500
        rows = [{"type": "Feature", "id": f"lamp.{i}", "properties": {"name": f"路燈 {i}", "n": i},
                 "geometry": {"type": "Point", "coordinates": list(reversed(self.point(i)))}}
                for i in range(start, min(start + limit, self.rows))]
        links = [{"rel": "next", "type": "application/geo+json", "href": f"items?crs={said['crs']}&offset={start + limit}"}] \
            if start + limit < self.rows else []
        return {"type": "FeatureCollection", "features": rows, "links": [
            {**link, "href": f"{self.base}{path}?{link['href'].partition('?')[2]}"} for link in links], "numberMatched": self.rows}

    def arcgis(self, path: str, said: dict[str, str]) -> Any:
        if path.endswith("/FeatureServer"):
            return {"layers": [{"id": 0, "name": "Lamps"}], "tables": []}
        if path.endswith("/0"):
            return {"id": 0, "name": "Lamps", "type": "Feature Layer", "objectIdField": "FID", "maxRecordCount": 500, "fields": [
                {"name": "FID", "type": "esriFieldTypeOID"}, {"name": "name", "type": "esriFieldTypeString"},
                {"name": "seen", "type": "esriFieldTypeDate"},
                {"name": "kind", "type": "esriFieldTypeInteger", "domain": {"type": "codedValue", "codedValues": [
                    {"code": 1, "name": "高桿燈"}]}}]}
        if said.get("returnCountOnly"):
            return {"count": self.rows}
        after = 0 if said["where"] == "1=1" else int(said["where"].partition(">")[2])
        ids = range(after + 1, min(after + 500, self.rows) + 1)
        rows = [{"attributes": {"FID": i, "name": f"路燈 {i - 1}", "seen": 1763683200000, "kind": 1},
                 "geometry": dict(zip("xy", self.point(i - 1), strict=True))} for i in ids]
        return {"spatialReference": {"wkid": 102140, "latestWkid": 2326}, "features": rows, "exceededTransferLimit": after + 500 < self.rows}

    def wfs(self, said: dict[str, str]) -> Answer:
        if said["request"] == "GetCapabilities":
            return 200, "text/xml", f"""<wfs:WFS_Capabilities version="2.0.0" xmlns:wfs="http://www.opengis.net/wfs/2.0"
              xmlns:ows="http://www.opengis.net/ows/1.1"><ows:OperationsMetadata><ows:Operation name="GetFeature">
              <ows:Parameter name="outputFormat"><ows:AllowedValues><ows:Value>{self.form}</ows:Value></ows:AllowedValues>
              </ows:Parameter></ows:Operation></ows:OperationsMetadata><wfs:FeatureTypeList><wfs:FeatureType>
              <wfs:Name>town:lamps</wfs:Name><wfs:Title>路燈</wfs:Title><wfs:DefaultCRS>urn:ogc:def:crs:EPSG::2326</wfs:DefaultCRS>
              </wfs:FeatureType></wfs:FeatureTypeList></wfs:WFS_Capabilities>""".encode()
        start = int(said["startIndex"])
        ids = range(start, min(start + 500, self.rows))
        if "json" in self.form:
            return self.json({"type": "FeatureCollection", "numberMatched": self.rows, "features": [
                {"type": "Feature", "id": f"lamps.{i}", "properties": {"name": f"路燈 {i}"},
                 "geometry": {"type": "Point", "coordinates": self.point(i)}} for i in ids]})
        members = "".join(f"""<wfs:member><t:lamps gml:id="lamps.{i}"><t:name>路燈 {i}</t:name><t:geom>
            <gml:Point gml:id="g{i}" srsName="urn:ogc:def:crs:EPSG::2326"><gml:pos>{self.point(i)[1]} {self.point(i)[0]}</gml:pos></gml:Point>
            </t:geom></t:lamps></wfs:member>""" for i in ids)
        return 200, "text/xml", f"""<wfs:FeatureCollection numberMatched="{self.rows}" numberReturned="{len(ids)}"
            xmlns:wfs="http://www.opengis.net/wfs/2.0" xmlns:gml="http://www.opengis.net/gml/3.2" xmlns:t="http://town"
            >{members}</wfs:FeatureCollection>""".encode()


@pytest.fixture
def remote() -> Iterator[Remote]:
    made = Remote()

    class Site(loopback.Handler):
        def get(self) -> None:
            status, media, body = made.answer(self.path, dict(parse_qsl(urlsplit(self.path).query)))
            self.answer(status, body, {"Content-Type": media})

    with loopback.serving(Site) as made.base:
        yield made


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store(f"sqlite:///{tmp_path}/site.gpkg")


@pytest.fixture
def add(store: Store, tmp_path: Path) -> Callable[..., list[LayerResult]]:
    def run(url: str, *, internal: bool = True, **options: Any) -> list[LayerResult]:
        return list(add_remote(store, Blobs(f"file://{tmp_path}/blobs"), url, tmp_path / "spool", LayerOptions(**options),
                               internal=internal))
    return run


PLACES = {"oapif landing page": "/api", "oapif collection": "/api/collections/lamps", "oapif items": "/api/collections/lamps/items",
          "arcgis service": "/x/FeatureServer", "arcgis layer": "/x/FeatureServer/0", "wfs": "/wfs",
          "wfs type": "/wfs?service=WFS&typeNames=town:lamps"}


@pytest.mark.parametrize("kind", PLACES)
def test_a_remote_layer_is_published_whole_with_the_coordinates_of_its_source(
        store: Store, add: Callable[..., list[LayerResult]], remote: Remote, kind: str) -> None:
    (result,) = add(remote.base + PLACES[kind])
    assert (result.result, result.count, result.crs) == ("published", ROWS, "EPSG:2326"), result.error
    assert not result.findings
    (found,) = store.search(result.collection, Query(text="路燈 2000")).features
    assert found.geometry == shapely.Point(remote.point(2000))
    assert store.collection(result.collection).provenance["source"].startswith(remote.base)


def test_a_wfs_that_writes_only_gml_is_read_in_the_axis_order_of_its_crs(
        store: Store, add: Callable[..., list[LayerResult]], remote: Remote) -> None:
    remote.form, remote.rows = "application/gml+xml; version=3.2", 700
    (result,) = add(f"{remote.base}/wfs")
    assert (result.result, result.count, result.crs) == ("published", 700, "EPSG:2326"), result.error
    assert store.feature(result.collection, "lamps.650").geometry == shapely.Point(remote.point(650))


@pytest.mark.parametrize("kind", ["oapif collection", "arcgis layer", "wfs"])
def test_what_was_read_before_a_break_is_not_asked_for_again(
        store: Store, add: Callable[..., list[LayerResult]], remote: Remote, kind: str) -> None:
    remote.break_at = 4
    (broken,) = add(remote.base + PLACES[kind])
    assert (broken.result, broken.error and broken.error.code) == ("refused", "source-unavailable")
    assert not store.collections()
    read, remote.break_at = len(remote.asked), -1
    (result,) = add(remote.base + PLACES[kind])
    assert (result.result, result.count) == ("published", ROWS)
    fetched = [one for one in remote.asked[read:] if "/items" in one or "/query" in one or "GetFeature" in one]
    assert len(fetched) <= 3
    assert store.count(result.collection, Query()) == ROWS


def test_ids_dates_and_codes_of_arcgis_are_kept(store: Store, add: Callable[..., list[LayerResult]], remote: Remote) -> None:
    (result,) = add(f"{remote.base}/x/FeatureServer/0")
    found = store.feature(result.collection, "7").properties
    assert (found["seen"], found["kind"], found["kind_text"]) == ("2025-11-21T00:00:00Z", 1, "高桿燈")


@pytest.mark.parametrize("kind", ["oapif collection", "arcgis layer", "wfs"])
def test_addresses_inside_the_network_are_not_asked(add: Callable[..., list[LayerResult]], remote: Remote, kind: str) -> None:
    (result,) = add(remote.base + PLACES[kind], internal=False)
    assert (result.result, result.error and result.error.code) == ("refused", "value-invalid")
    assert not remote.asked


def test_a_layer_over_the_limit_is_refused_and_not_kept(add: Callable[..., list[LayerResult]], remote: Remote, tmp_path: Path) -> None:
    (result,) = add(f"{remote.base}/x/FeatureServer/0", limit_mb=0)
    assert result.error
    assert result.error.code == "file-too-large"
    assert not list((tmp_path / "spool").rglob("*.geojsons"))


def test_holes_of_esri_rings_belong_to_the_ring_around_them() -> None:
    def ring(x: float, size: float, hole: bool = False) -> list[list[float]]:
        around = [[x, x], [x, x + size], [x + size, x + size], [x + size, x], [x, x]]
        return around[::-1] if hole else around
    found = geometry({"rings": [ring(0, 10), ring(20, 10), ring(22, 2, True)]})
    assert found.equals(shapely.union(shapely.box(0, 0, 10, 10), shapely.box(20, 20, 30, 30).difference(shapely.box(22, 22, 24, 24))))


def test_a_refresh_keeps_titles_and_history_and_comes_when_it_is_due(
        store: Store, add: Callable[..., list[LayerResult]], remote: Remote, tmp_path: Path) -> None:
    remote.rows = 20
    (first,) = add(f"{remote.base}/wfs", id="lamps", title={"zh-Hant": "路燈"}, refresh_every_s=3600)
    assert first.result == "published", first.error
    now = datetime.now(UTC)
    assert (due(store, now), due(store, now + timedelta(hours=2))) == ([], ["lamps"])
    remote.rows = 21
    result = refresh(store, Blobs(f"file://{tmp_path}/blobs"), "lamps", tmp_path / "spool", internal=True)
    assert (result.result, result.count) == ("published", 21), result.error
    kept = store.collection("lamps")
    assert (kept.title, kept.details["refresh_every"]) == ({"zh-Hant": "路燈"}, 3600)
    assert [(v["version"], v["began"], v["ended"]) for v in versions_of(store, "lamps")] == [(1, 20, 0), (2, 1, 0)]


def test_a_layer_from_a_file_cannot_be_refreshed(store: Store, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("name,lat,lon\na,22.3,113.9\n")
    blobs = Blobs(f"file://{tmp_path}/blobs")
    list(add_layers(store, blobs, tmp_path / "a.csv"))
    with pytest.raises(ValueInvalid, match="came from a file"):
        refresh(store, blobs, "a", tmp_path / "spool")


@pytest.mark.parametrize("text", ["30s", "h", "1.5h", "24", "-1d"])
def test_a_time_span_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueInvalid):
        seconds_of(text)
