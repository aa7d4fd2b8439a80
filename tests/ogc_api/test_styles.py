"""Styles over HTTP: a default one that draws what there is, and ones that are put, read back and taken away."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree

import orjson
import pytest
from starlette.testclient import TestClient

from csdi.bootstrap import open_services
from csdi.layers import LayerOptions, add_layers
from csdi.settings import read_settings
from ogc_api.app import create_app
from tests.ogc_api.site import SMALL

EDITOR = {"Authorization": "Bearer t"}
LOTS = "/ogc/collections/lots/styles"
MAPBOX, SLD = "application/vnd.mapbox.style+json", "application/vnd.ogc.sld+xml"
MINE = {"version": 8, "name": "夜", "sources": {"s": {"type": "vector", "tiles": ["https://example.org/{z}/{x}/{y}"]}},
        "layers": [{"id": "b", "type": "background"}, {"id": "l", "type": "line", "source": "s", "source-layer": "lots"}]}
XML = ('<StyledLayerDescriptor version="1.0.0" xmlns="http://www.opengis.net/sld"><NamedLayer><Name>水</Name></NamedLayer>'
       "</StyledLayerDescriptor>")


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    with open_services(read_settings(home=tmp_path_factory.mktemp("styles"), token="t")) as services:
        for name in ("lots.gpkg", "roads.geojson", "stands.geojson", "aerial.tif"):
            (result,) = add_layers(services.store, services.blobs, SMALL / name, LayerOptions())
            assert result.result == "published", result.error
        with TestClient(create_app(services.settings, services), raise_server_exceptions=False) as made:
            yield made


def put(client: TestClient, id: str, body: Any, media: str = MAPBOX, headers: dict[str, str] = EDITOR) -> Any:
    content = body if isinstance(body, bytes) else body.encode() if isinstance(body, str) else orjson.dumps(body)
    return client.put(f"{LOTS}/{id}", content=content, headers=headers | {"Content-Type": media})


@pytest.mark.parametrize(("id", "kinds"), [("lots", {"fill"}), ("roads", {"line"}), ("stands", {"fill", "line", "circle"}), ("aerial", {"raster"})])
def test_the_default_style_draws_tiles_that_are_there(client: TestClient, id: str, kinds: set[str]) -> None:
    listed = client.get(f"/ogc/collections/{id}/styles").json()
    assert listed["default"] == "default"
    (one,) = listed["styles"]
    for link in one["links"]:
        answer = client.get(link["href"])
        assert answer.status_code == 200
        assert answer.headers["content-type"] == link["type"]
    style = client.get(f"/ogc/collections/{id}/styles/default").json()
    assert {layer["type"] for layer in style["layers"]} <= kinds | {"fill-extrusion"}
    assert style["layers"]
    (source,) = style["sources"].values()
    level, row, column = tile_at(source["bounds"], 13)
    tile = client.get(source["tiles"][0].replace("{z}", str(level)).replace("{y}", str(row)).replace("{x}", str(column)))
    assert tile.status_code == 200, tile.text
    assert tile.content


def tile_at(box: list[float], level: int) -> tuple[int, int, int]:
    import math
    lon, lat = (box[0] + box[2]) / 2, math.radians((box[1] + box[3]) / 2)
    return level, int((1 - math.asinh(math.tan(lat)) / math.pi) / 2 * 2**level), int((lon + 180) / 360 * 2**level)


def test_the_default_sld_is_a_styled_layer_descriptor(client: TestClient) -> None:
    answer = client.get(f"{LOTS}/default", headers={"Accept": SLD})
    assert answer.headers["content-type"] == f"{SLD};version=1.0"
    root = ElementTree.fromstring(answer.content)
    assert root.tag == "{http://www.opengis.net/sld}StyledLayerDescriptor"
    assert root.find(".//{http://www.opengis.net/sld}PolygonSymbolizer") is not None
    assert root.findtext(".//{http://www.opengis.net/sld}NamedLayer/{http://www.opengis.net/sld}Name") == "lots"


def test_a_style_that_was_put_comes_back_byte_for_byte_and_goes(client: TestClient) -> None:
    body = orjson.dumps(MINE, option=orjson.OPT_INDENT_2)
    assert put(client, "night", body).status_code == 204
    assert put(client, "night", XML, SLD).status_code == 204
    answer = client.get(f"{LOTS}/night", params={"f": "mapbox"})
    assert answer.content == body
    assert client.get(f"{LOTS}/night", params={"f": "sld"}).text == XML
    assert [one["id"] for one in client.get(LOTS).json()["styles"]] == ["default", "night"]
    assert client.get(f"{LOTS}/night", headers={"If-None-Match": answer.headers["etag"]}).status_code == 304
    assert put(client, "night", MINE).status_code == 204
    assert client.get(f"{LOTS}/night", headers={"If-None-Match": answer.headers["etag"]}).status_code == 200
    assert client.delete(f"{LOTS}/night", headers=EDITOR).status_code == 204
    assert client.get(f"{LOTS}/night").status_code == 404
    assert client.delete(f"{LOTS}/night", headers=EDITOR).status_code == 404


def test_the_default_can_be_put_and_taken_back(client: TestClient) -> None:
    before = client.get(f"{LOTS}/default").json()
    assert put(client, "default", MINE).status_code == 204
    assert client.get(f"{LOTS}/default").json() == MINE
    assert client.delete(f"{LOTS}/default", headers=EDITOR).status_code == 204
    assert client.get(f"{LOTS}/default").json() == before


@pytest.mark.parametrize(("body", "media", "status"), [
    (b"", MAPBOX, 400), (b"{", MAPBOX, 400), ({"version": 7}, MAPBOX, 400), (MINE | {"layers": {}}, MAPBOX, 400), (MINE | {"sources": []}, MAPBOX, 400),
    (MINE | {"layers": [{"id": "x", "type": "none"}]}, MAPBOX, 400), (MINE | {"layers": [{"id": "x", "type": "line", "source": "t"}]}, MAPBOX, 400),
    (MINE | {"layers": [{"id": "x", "type": "background"}] * 2}, MAPBOX, 400), (MINE, "text/css", 415), ("<a", SLD, 400), ("<a/>", SLD, 400),
    (XML.replace("1.0.0", "1.1.0"), SLD, 400), ('<!DOCTYPE a [<!ENTITY b "c">]>' + XML, SLD, 400), (XML.encode("utf-16"), SLD, 400),
    ((b'<?xml version="1.0" encoding="cp037"?>') + ('<!DOCTYPE a [<!ENTITY b "c">]>' + XML.replace("水", "&b;")).encode("cp037"), SLD, 400)])
def test_what_is_no_style_is_refused(client: TestClient, body: Any, media: str, status: int) -> None:
    answer = put(client, "bad", body, media)
    assert answer.status_code == status, answer.text
    assert client.get(f"{LOTS}/bad").status_code == 404


def test_only_those_who_may_edit_put_styles(client: TestClient) -> None:
    assert put(client, "mine", MINE, headers={}).status_code == 403
    assert client.delete(f"{LOTS}/default").status_code == 403
    assert put(client, "..%2Fmine", MINE).status_code in (404, 405)
    assert client.post(f"{LOTS}/x").status_code == 405
    assert client.get("/ogc/collections/nothere/styles").status_code == 404


def test_everything_has_a_style_in_both_forms(client: TestClient) -> None:
    (link,) = [link["href"] for link in client.get("/ogc", params={"f": "json"}).json()["links"] if link["rel"].endswith("/styles")]
    (one,) = client.get(link).json()["styles"]
    found = {answer.headers["content-type"].partition(";")[0]: answer for answer in (client.get(link["href"]) for link in one["links"])}
    style = found[MAPBOX].json()
    assert {layer["source"] for layer in style["layers"]} == {"lots", "roads", "stands", "aerial"}
    assert style["layers"][0]["source"] == "aerial"
    assert len({layer["id"] for layer in style["layers"]}) == len(style["layers"])
    names = [name.text for name in ElementTree.fromstring(found[SLD].content).iter("{http://www.opengis.net/sld}Name") if name.text != "default"]
    assert sorted(filter(None, names)) == ["aerial", "lots", "roads", "stands"]
    assert client.get("/ogc/styles/other").status_code == 404
    assert client.put("/ogc/styles/default", headers=EDITOR).status_code == 405
