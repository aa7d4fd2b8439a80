"""The abstract tests of OGC API - Tiles, asked of the dataset and of each Collection; `make cite` runs OGC's own suite.

That suite asks for links without their query and with an Accept header; so do these tests.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import mapbox_vector_tile
import pytest
from starlette.testclient import TestClient

from csdi.collection import Collection
from csdi.feature import Feature, Schema
from csdi.store import Store
from csdi.tiles import SETS
from tests.cite.suites import SUITES, Subject
from tests.ogc_api.site import client as served

REL = "http://www.opengis.net/def/rel/ogc/1.0/"
JSON = "application/json"
MVT = "application/vnd.mapbox-vector-tile"
OPENAPI = "application/vnd.oai.openapi+json;version=3.0"
REGISTERED = {f"http://www.opengis.net/def/tilematrixset/OGC/1.0/{id}" for id in ("WebMercatorQuad", "WorldCRS84Quad")}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """Layers in several CRSs, a table without geometries, and a Collection with nothing in it."""
    with served(tmp_path_factory.mktemp("tiles"), layers=("lots.gpkg", "roads.geojson", "manholes.shp", "aerial.tif")) as made:
        store: Store = made.app.state.services.store  # type: ignore[attr-defined]
        with store.transaction() as change:
            change.replace(Collection("nothing", {"en": "Nothing"}, Schema((), "point")), [])
            change.replace(Collection("table", {"en": "Table"}, Schema((), "")), [Feature("1", None, {})])
        yield made


def follow(client: TestClient, href: str, accept: str = JSON) -> Any:
    """The JSON document behind a link whose query is dropped."""
    answer = client.get(href.partition("?")[0], headers={"accept": accept})
    assert answer.status_code == 200, (href, answer.text[:200])
    assert answer.headers["content-type"].startswith(accept.partition(";")[0])
    return answer.json()


def links(document: Any, rel: str) -> list[dict[str, Any]]:
    return [one for one in document["links"] if one["rel"] == rel]


def lists(client: TestClient) -> list[str]:
    """Where lists of tilesets are, of vector tiles and of maps: those of the dataset first."""
    pages = [follow(client, "/ogc"), *follow(client, "/ogc/collections")["collections"]]
    return [one["href"] for page in pages for one in page["links"] if one["rel"].startswith(REL + "tilesets-")]


def at(template: str, limits: dict[str, Any], row: int, column: int) -> str:
    return template.replace("{tileMatrix}", limits["tileMatrix"]).replace("{tileRow}", str(row)).replace("{tileCol}", str(column))


def test_the_landing_page_leads_to_tiles_and_to_what_describes_them(client: TestClient) -> None:
    for path in ("/ogc", "/ogc/"):
        page = follow(client, path)
        assert links(page, "data")
        assert links(page, "conformance")
        (described,) = links(page, "service-desc")
        assert described["type"] == OPENAPI
        assert follow(client, described["href"], OPENAPI)["openapi"].startswith("3.0.")
        (vector,) = links(page, REL + "tilesets-vector")
        assert "/tiles?" in vector["href"]
        assert "f=json" in vector["href"]
        (schemes,) = links(page, REL + "tiling-schemes")
        assert follow(client, schemes["href"])["tileMatrixSets"]


def test_every_collection_with_geometries_leads_to_its_tilesets_and_no_other(client: TestClient) -> None:
    for one in follow(client, "/ogc/collections")["collections"]:
        assert bool(links(one, REL + "tilesets-vector")) == (one["id"] != "table")


def test_every_link_of_a_list_of_tilesets_can_be_followed(client: TestClient) -> None:
    for href in lists(client):
        for tileset in follow(client, href)["tilesets"]:
            assert {"dataType", "crs", "tileMatrixSetURI", "links", "title"} <= set(tileset)
            assert links(tileset, "self")[0]["type"] == JSON
            for one in tileset["links"]:
                assert "{" not in one["href"]
                follow(client, one["href"])


def test_a_tileset_says_how_to_ask_for_a_tile(client: TestClient) -> None:
    for href in lists(client):
        for summary in follow(client, href)["tilesets"]:
            tileset = follow(client, links(summary, "self")[0]["href"])
            assert {name: tileset[name] for name in ("dataType", "crs", "tileMatrixSetURI")} == {
                name: summary[name] for name in ("dataType", "crs", "tileMatrixSetURI")}
            templates = links(tileset, "item")
            assert templates
            for one in templates:
                assert re.search(r"/tiles/[^/{]+/\{tileMatrix\}/\{tileRow\}/\{tileCol\}\?f=\w+$", one["href"])
                assert one["templated"] is True
            (scheme,) = links(tileset, REL + "tiling-scheme")
            assert follow(client, scheme["href"])["crs"] == tileset["crs"]


def test_grids_are_described_as_their_standard_asks(client: TestClient) -> None:
    listed = follow(client, "/ogc/tileMatrixSets")["tileMatrixSets"]
    assert {one["id"] for one in listed} == {grid.id for grid in SETS}
    assert {one["uri"] for one in listed} >= REGISTERED
    for one in listed:
        assert [link["type"] for link in links(one, "item")] == [JSON]
        grid = follow(client, links(one, "self")[0]["href"])
        assert (grid["id"], grid["crs"]) == (one["id"], one["crs"])
        cells = []
        for matrix in grid["tileMatrices"]:
            assert {"id", "scaleDenominator", "cellSize", "pointOfOrigin", "tileWidth", "tileHeight", "matrixWidth", "matrixHeight"} <= set(matrix)
            cells.append(matrix["cellSize"])
        assert cells == sorted(cells, reverse=True)


def test_tiles_within_the_limits_are_answered_and_others_refused(client: TestClient) -> None:
    asked = 0
    for href in lists(client):
        if "/map/" in href:
            continue
        for summary in follow(client, href)["tilesets"]:
            tileset = follow(client, links(summary, "self")[0]["href"])
            template = next(one["href"] for one in links(tileset, "item") if one["type"] == MVT)
            for limits in tileset["tileMatrixSetLimits"][:18:4]:
                top, bottom, left, right = (limits[name] for name in ("minTileRow", "maxTileRow", "minTileCol", "maxTileCol"))
                for row, column in ((bottom, left), (top, right)):
                    answer = client.get(at(template, limits, row, column))
                    assert answer.status_code in (200, 204)
                    assert answer.headers["content-type"] == MVT
                for row, column in ((bottom + 1, left), (top - 1, left), (top, right + 1), (top, left - 1), (2**31 - 1, 2**31 - 1)):
                    answer = client.get(at(template, limits, row, column))
                    assert answer.status_code == 404
                    assert answer.json()["remedy"]
                    asked += 1
    assert asked > 200


def test_a_tile_of_a_collection_with_nothing_in_it_is_empty(client: TestClient) -> None:
    assert follow(client, "/ogc/collections/nothing/tiles/WebMercatorQuad")["tileMatrixSetLimits"] == []
    answer = client.get("/ogc/collections/nothing/tiles/WebMercatorQuad/3/2/1")
    assert (answer.status_code, answer.content) == (200, b"")


def test_what_a_tile_shows_lies_in_it(client: TestClient) -> None:
    """Level 0 of WebMercatorQuad is the whole world: nothing of it can lie outside."""
    layers = mapbox_vector_tile.decode(client.get("/ogc/tiles/WebMercatorQuad/0/0/0?f=mvt").content)
    assert {"lots", "roads", "manholes"} <= set(layers)
    for layer in layers.values():
        numbers = re.findall(r"-?\d+", str([one["geometry"]["coordinates"] for one in layer["features"]]))
        assert numbers
        assert all(0 <= int(number) <= layer["extent"] for number in numbers)


def test_operations_are_named_as_the_standard_names_them(client: TestClient) -> None:
    document = follow(client, "/ogc/openapi", OPENAPI)
    named = {item["get"]["operationId"]: path for path, item in document["paths"].items() if "get" in item}
    for kind, root in (("dataset", "/tiles"), ("collection", "/collections/lots/tiles")):
        for operation, rest in (("getTileSetsList", ""), ("getTileSet", "/{tileMatrixSetId}"),
                                ("getTile", "/{tileMatrixSetId}/{tileMatrix}/{tileRow}/{tileCol}")):
            assert root + rest in {path for id, path in named.items() if id.endswith(f".{kind}.vector.{operation}")}


def test_the_suite_is_told_a_tile_that_it_can_ask_for(client: TestClient, tmp_path: Path) -> None:
    suite = next(one for one in SUITES if one.artifact == "ets-ogcapi-tiles10")
    subject = Subject("http://testserver/ogc", lambda path: client.get(f"/ogc{path}").json(), tmp_path)
    assert suite.offered(subject)
    entries = suite.entries(subject)
    assert entries["tilematrixsetdefinitionuri"] in REGISTERED
    assert f"/tiles/{entries['tilematrixsetdefinitionuri'].rpartition('/')[2]}/" in entries["urltemplatefortiles"]
    for row in range(int(entries["mintilerow"]), int(entries["maxtilerow"]) + 1):
        for column in range(int(entries["mintilecol"]), int(entries["maxtilecol"]) + 1):
            tile = at(entries["urltemplatefortiles"], {"tileMatrix": entries["tilematrix"]}, row, column)
            assert "{" not in tile
            assert client.get(tile).status_code == 200
