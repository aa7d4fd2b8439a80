"""Vector tiles over HTTP: found by their links, right in every grid, cheap to ask for again, and no request that breaks them."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import mapbox_vector_tile
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from csdi.bootstrap import open_services
from csdi.collection import Collection
from csdi.feature import Feature, Field, Schema
from csdi.settings import read_settings
from csdi.tiles import SETS
from csdi.tiles.draw import BUDGET
from ogc_api import vector_tiles
from ogc_api.app import create_app
from tests.ogc_api.site import client as served

REL = "http://www.opengis.net/def/rel/ogc/1.0/"
LAYERS = ("lots.gpkg", "roads.geojson", "manholes.shp", "aerial.tif", "assets.csv")
EACH = pytest.mark.parametrize("grid", [grid.id for grid in SETS])


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    with served(tmp_path_factory.mktemp("tiles"), layers=LAYERS) as made:
        yield made


def get(client: TestClient, path: str, **parameters: Any) -> Any:
    answer = client.get(path, params=parameters)
    assert answer.status_code == 200, answer.text
    return answer.json()


def link(document: Any, rel: str, media: str = "application/json") -> str:
    found = [one for one in document["links"] if one["rel"] == rel and one["type"] == media]
    assert len(found) == 1, (rel, document["links"])
    return str(found[0]["href"])


def layers(body: bytes) -> dict[str, Any]:
    return dict(mapbox_vector_tile.decode(body, default_options={"y_coord_down": True})) if body else {}


@EACH
@pytest.mark.parametrize("root", ["/ogc", "/ogc/collections/roads"])
def test_a_client_that_follows_links_comes_to_tiles(client: TestClient, root: str, grid: str) -> None:
    listed = get(client, link(get(client, root, f="json"), REL + "tilesets-vector"))
    chosen = next(t for t in listed["tilesets"] if t["tileMatrixSetURI"].endswith(grid))
    assert chosen["dataType"] == "vector"
    described = get(client, link(chosen, "self"))
    scheme = get(client, link(described, REL + "tiling-scheme"))
    assert (scheme["id"], scheme["uri"], scheme["crs"]) == (grid, described["tileMatrixSetURI"], described["crs"])
    template = link(described, "item", "application/vnd.mapbox-vector-tile")
    level = min(12, len(scheme["tileMatrices"]) - 1)
    limit = next(one for one in described["tileMatrixSetLimits"] if one["tileMatrix"] == str(level))
    assert {one["tileMatrix"] for one in described["tileMatrixSetLimits"]} == {one["id"] for one in scheme["tileMatrices"]}
    rows, columns = range(limit["minTileRow"], limit["maxTileRow"] + 1), range(limit["minTileCol"], limit["maxTileCol"] + 1)
    found = 0
    for row in rows[::max(1, len(rows) // 20)]:
        for column in columns[::max(1, len(columns) // 40)]:
            path = template.replace("{tileMatrix}", str(level)).replace("{tileRow}", str(row)).replace("{tileCol}", str(column))
            answer = client.get(path)
            assert answer.status_code == 200
            assert answer.headers["content-type"] == "application/vnd.mapbox-vector-tile"
            found += len(layers(answer.content).get("roads", {"features": []})["features"])
    assert found > 0


def test_metadata_names_layers_with_their_properties(client: TestClient) -> None:
    described = get(client, "/ogc/collections/lots/tiles/WebMercatorQuad")
    (layer,) = described["layers"]
    assert (layer["id"], layer["dataType"], layer["geometryDimension"]) == ("lots", "vector", 2)
    tile = layers(client.get("/ogc/collections/lots/tiles/WebMercatorQuad/0/0/0").content)["lots"]["features"][0]
    assert set(tile["properties"]) <= set(layer["propertiesSchema"]["properties"])
    west, south = described["boundingBox"]["lowerLeft"]
    assert 12_660_000 < west < 12_700_000
    assert 2_540_000 < south < 2_560_000
    low = get(client, "/ogc/collections/lots/tiles/HK1980Grid")["boundingBox"]
    assert low["orderedAxes"] == ["N", "E"]
    assert low["lowerLeft"][0] > 815_000
    assert low["lowerLeft"][1] < 815_000
    everything = get(client, "/ogc/tiles/WorldCRS84Quad")
    assert {"lots", "roads", "manholes", "lots-4326"} <= {one["id"] for one in everything["layers"]}


def test_what_the_conformance_suite_of_tiles_asks(client: TestClient) -> None:
    """ets-ogcapi-tiles10 1.2: links with `f=json`, a registered or own URI for every grid, items of the list of grids, 404 outside."""
    for page in (get(client, "/ogc", f="json"), *get(client, "/ogc/collections", f="json")["collections"]):
        for one in page["links"]:
            if one["rel"].startswith(REL + "tilesets-vector"):
                assert "/tiles" in one["href"]
                assert "f=json" in one["href"]
                assert all("tileMatrixSetURI" in tileset for tileset in get(client, one["href"])["tilesets"])
    grids = get(client, "/ogc/tileMatrixSets")["tileMatrixSets"]
    assert all(any(one["rel"] == "item" and one["type"] == "application/json" and grid["id"] in one["href"] for one in grid["links"])
               for grid in grids)
    declared = get(client, "/ogc/conformance")["conformsTo"]
    spec = "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/"
    assert {spec + name for name in ("core", "tileset", "tilesets-list", "dataset-tilesets", "geodata-tilesets", "mvt", "geojson", "oas30")} \
        <= set(declared)
    assert client.get("/ogc/tiles/WebMercatorQuad/0/2147483647/2147483647").status_code == 404


def test_tilejson_is_what_map_libraries_read(client: TestClient) -> None:
    answer = client.get("/ogc/collections/roads/tiles/WebMercatorQuad", params={"f": "tilejson"})
    assert answer.headers["content-type"] == "application/vnd.mapbox.tilejson+json"
    document = answer.json()
    assert document["tilejson"] == "3.0.0"
    assert (document["minzoom"], document["maxzoom"]) == (0, 19)
    (layer,) = document["vector_layers"]
    assert layer["id"] == "roads"
    assert layer["fields"]["id"] == "String"
    (url,) = document["tiles"]
    assert "roads" in layers(client.get(url.replace("{z}", "0").replace("{y}", "0").replace("{x}", "0")).content)
    assert client.get("/ogc/tiles/WebMercatorQuad", params={"f": "tilejson", "collections": "roads,lots"}).json()["tiles"][0].endswith(
        "{z}/{y}/{x}?f=mvt&collections=lots,roads")
    assert client.get("/ogc/collections/roads/tiles/HK1980Grid", params={"f": "tilejson"}).status_code == 404


def test_ids_in_tiles_are_ids_of_items_and_chinese_is_intact(client: TestClient) -> None:
    tile = layers(client.get("/ogc/collections/roads/tiles/WebMercatorQuad/0/0/0").content)["roads"]["features"]
    assert len(tile) == 32
    for feature in tile[:5]:
        item = get(client, f"/ogc/collections/roads/items/{feature['properties']['id']}")
        assert {k: v for k, v in item["properties"].items() if v is not None} == {
            k: v for k, v in feature["properties"].items() if k != "id"}
        assert any("\u4e00" <= c <= "\u9fff" for c in feature["properties"]["name_tc"])


def test_a_dataset_tile_has_a_layer_for_each_collection_that_is_chosen(client: TestClient) -> None:
    whole = layers(client.get("/ogc/tiles/WebMercatorQuad/8/111/208").content)
    assert {"lots", "roads", "manholes"} <= set(whole)
    two = client.get("/ogc/tiles/WebMercatorQuad/8/111/208", params={"collections": "roads,lots"})
    assert set(layers(two.content)) == {"lots", "roads"}
    single = client.get("/ogc/collections/roads/tiles/WebMercatorQuad/8/111/208")
    assert layers(two.content)["roads"] == layers(single.content)["roads"]
    assert get(client, "/ogc/tiles/WebMercatorQuad", collections="roads")["layers"][0]["id"] == "roads"


@EACH
def test_geojson_tiles_say_the_same_as_vector_tiles(client: TestClient, grid: str) -> None:
    limit = next(one for one in get(client, f"/ogc/collections/lots/tiles/{grid}")["tileMatrixSetLimits"] if one["tileMatrix"] == "6")
    path = f"/ogc/collections/lots/tiles/{grid}/6/{limit['minTileRow']}/{limit['minTileCol']}"
    answer = client.get(path, params={"f": "json"})
    assert answer.headers["content-type"] == "application/geo+json"
    vector = layers(client.get(path).content).get("lots", {"features": []})["features"]
    assert {f["id"] for f in answer.json()["features"]} == {f["properties"]["id"] for f in vector}
    assert client.get(path, headers={"accept": "application/geo+json"}).json() == answer.json()


def test_what_has_not_changed_is_not_sent_again(client: TestClient) -> None:
    path = "/ogc/collections/manholes/tiles/WebMercatorQuad/0/0/0"
    first = client.get(path)
    assert first.headers["tile-features"] == "914;complete=?1"
    assert "max-age" in first.headers["cache-control"]
    assert first.headers["content-encoding"] == "gzip"
    for sent in (first.headers["etag"], first.headers["etag"].removeprefix("W/"), f'"other", {first.headers["etag"]}', "*"):
        again = client.get(path, headers={"if-none-match": sent})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == first.headers["etag"]
    assert client.get(path, headers={"if-none-match": '"other"'}).content == first.content


@pytest.mark.parametrize("accepted,zipped", [("gzip", True), ("br, gzip;q=0.5", True), ("identity", False), ("", False),
                                             ("deflate, gzip", True)])
def test_tiles_are_compressed_for_those_who_take_it(client: TestClient, accepted: str, zipped: bool) -> None:
    path = "/ogc/collections/manholes/tiles/WebMercatorQuad/0/0/0"
    with client.stream("GET", path, headers={"accept-encoding": accepted}) as answer:
        raw = b"".join(answer.iter_raw())
    assert (answer.headers.get("content-encoding") == "gzip") is zipped
    assert layers(gzip.decompress(raw) if zipped else raw)["manholes"]["features"]


def test_an_empty_tile_is_empty_and_no_error(client: TestClient) -> None:
    limits = next(one for one in get(client, "/ogc/collections/lots/tiles/WebMercatorQuad")["tileMatrixSetLimits"] if one["tileMatrix"] == "18")
    path = f"/ogc/collections/lots/tiles/WebMercatorQuad/18/{limits['minTileRow']}/{limits['minTileCol']}"
    answer = client.get(path)
    assert (answer.status_code, answer.content, answer.headers["tile-features"]) == (200, b"", "0;complete=?1")
    assert get(client, path, f="json")["features"] == []


@pytest.mark.parametrize("path,status", [
    ("/ogc/tileMatrixSets/Nothing", 404), ("/ogc/collections/lots/tiles/Nothing", 404), ("/ogc/collections/lots/tiles/Nothing/0/0/0", 404),
    ("/ogc/collections/nothing/tiles", 404), ("/ogc/collections/nothing/tiles/WebMercatorQuad/0/0/0", 404),
    ("/ogc/collections/lots/tiles/WebMercatorQuad/25/0/0", 404), ("/ogc/collections/lots/tiles/WebMercatorQuad/3/8/0", 404),
    ("/ogc/collections/lots/tiles/WebMercatorQuad/3/0/8", 404), ("/ogc/collections/lots/tiles/WebMercatorQuad/3/-1/0", 404),
    ("/ogc/collections/lots/tiles/WebMercatorQuad/a/0/0", 404), ("/ogc/collections/lots/tiles/WebMercatorQuad/٣/0/0", 404),
    ("/ogc/collections/lots/tiles/WebMercatorQuad/3/2147483647/2147483647", 404), ("/ogc/collections/lots/tiles/WebMercatorQuad/3/1.5/0", 404),
    ("/ogc/tiles/WebMercatorQuad/0/0/1", 404), ("/ogc/collections/lots/tiles/WebMercatorQuad/14/0/0", 404), ("/ogc/tiles/HK1980Grid/9/0/0", 404), ("/ogc/collections/lots/tiles/WebMercatorQuad/0/0/0?f=png", 400),
    ("/ogc/collections/lots/tiles/WebMercatorQuad/0/0/0?colour=red", 400), ("/ogc/collections/lots/tiles/WebMercatorQuad?f=xml", 400),
    ("/ogc/tiles/WebMercatorQuad/0/0/0?collections=lots,nothing", 400), ("/ogc/tiles?collections=", 400), ("/ogc/tileMatrixSets?x=1", 400),
])
def test_what_is_not_there_is_named(client: TestClient, path: str, status: int) -> None:
    answer = client.get(path)
    assert answer.status_code == status, answer.text
    problem = answer.json()
    assert problem["detail"]
    assert problem["remedy"]


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(grid=st.sampled_from([grid.id for grid in SETS]), level=st.integers(-2, 30), row=st.integers(-2, 2**31), column=st.integers(-2, 2**31),
       form=st.sampled_from(["mvt", "json", ""]), id=st.sampled_from(["lots", "roads", "lots-4326", "aerial"]))
def test_no_address_breaks_the_server(client: TestClient, grid: str, level: int, row: int, column: int, form: str, id: str) -> None:
    side = max(1, 2**max(level, 0))
    for r, c in ((row, column), (row % side, column % side)):
        answer = client.get(f"/ogc/collections/{id}/tiles/{grid}/{level}/{r}/{c}", params={"f": form} if form else {})
        assert answer.status_code in (200, 404), answer.text


def hundred(id: str, count: int, text: str = "") -> tuple[Collection, list[Feature]]:
    schema = Schema((Field("text"),), "point")
    from shapely import Point
    return (Collection(id, {"en": id}, schema, storage_crs="EPSG:2326"),
            [Feature(f"{id}:{i}", Point(811_000 + i, 818_000), {"text": f"{text}{i}"}) for i in range(count)])


def test_a_full_dataset_tile_is_shared_fairly(tmp_path: Path) -> None:
    settings = read_settings(home=tmp_path, store="memory:")
    with open_services(settings) as services:
        with services.store.transaction() as change:
            for id, count, text in (("large", 4000, "x" * 150), ("larger", 5000, "y" * 150), ("small", 100, "z")):
                change.replace(*hundred(id, count, text))
        with TestClient(create_app(settings, services)) as client:
            answer = client.get("/ogc/tiles/WebMercatorQuad/0/0/0", headers={"accept-encoding": "identity"})
            assert len(answer.content) <= BUDGET
            assert answer.headers["tile-features"].endswith("complete=?0")
            found = {name: len(layer["features"]) for name, layer in layers(answer.content).items()}
            assert found["small"] == 100
            assert abs(found["large"] - found["larger"]) < 30
            assert client.get("/ogc/collections/small/tiles/WebMercatorQuad/0/0/0").headers["tile-features"] == "100;complete=?1"
            json = client.get("/ogc/collections/large/tiles/WebMercatorQuad/0/0/0", params={"f": "json"}).json()
            assert "numberMatched" not in json
            assert 0 < json["numberReturned"] < 4000


def test_a_published_change_is_seen_and_private_tiles_are_private(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vector_tiles, "CHECK_S", 0.0)
    settings = read_settings(home=tmp_path, store="memory:", token="secret")
    with open_services(settings) as services:
        with services.store.transaction() as change:
            change.replace(*hundred("things", 3))
        with TestClient(create_app(settings, services)) as client:
            path = "/ogc/collections/things/tiles/HK1980Grid/0/0/0"
            first = client.get(path)
            assert len(layers(first.content)["things"]["features"]) == 3
            with services.store.transaction() as change:
                change.write("things", hundred("things", 5)[1])
            second = client.get(path, headers={"if-none-match": first.headers["etag"]})
            assert len(layers(second.content)["things"]["features"]) == 5
            from dataclasses import replace
            with services.store.transaction() as change:
                change.describe(replace(services.store.collection("things"), public=False))
            assert client.get(path).status_code == 404
            assert client.get("/ogc/tiles/HK1980Grid/0/0/0").content == b""
            allowed = client.get(path, headers={"authorization": "Bearer secret"})
            assert allowed.headers["cache-control"].startswith("private")
            assert client.get(path).status_code == 404
            with services.store.transaction() as change:
                change.drop("things")
            assert client.get(path, headers={"authorization": "Bearer secret"}).status_code == 404


def test_a_table_without_places_has_no_tiles(tmp_path: Path) -> None:
    settings = read_settings(home=tmp_path, store="memory:")
    with open_services(settings) as services:
        with services.store.transaction() as change:
            change.replace(Collection("table", {"en": "Table"}, Schema((Field("a"),), "")), [Feature("1", None, {"a": "b"})])
        with TestClient(create_app(settings, services)) as client:
            assert client.get("/ogc/collections/table/tiles").status_code == 404
            assert not [one for one in client.get("/ogc/collections/table?f=json").json()["links"] if "tiles" in one["href"]]
            assert client.get("/ogc/tiles/WebMercatorQuad/0/0/0").content == b""
