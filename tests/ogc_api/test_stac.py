"""STAC as pystac reads it: every object valid, every link and asset there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import orjson
import pystac
import pytest
import shapely
from pystac.stac_io import DefaultStacIO
from starlette.testclient import TestClient

from bim.schemas import models_collection
from csdi.bootstrap import open_services
from csdi.feature import Feature
from csdi.layers import LayerOptions, add_layers
from csdi.settings import read_settings
from ogc_api.app import create_app
from tests.ogc_api.site import SMALL

TOWER = shapely.box(113.91, 22.29, 113.92, 22.30)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    with open_services(read_settings(home=tmp_path_factory.mktemp("stac"))) as services:
        for name in ("lots.gpkg", "aerial.tif", "terrain.tif"):
            (result,) = add_layers(services.store, services.blobs, SMALL / name, LayerOptions())
            assert result.result == "published", result.error
        with services.store.transaction() as change:
            change.create(replace(models_collection()))
            said = {"name": "機場客運大樓", "added": "2024-05-01T00:00:00Z", "schema": "IFC4", "placement": "georeferenced", "elements": 9}
            change.write("models", [Feature("tower", TOWER, said | {"title": {"zh-Hant": "機場客運大樓"}}), Feature("local", None, {
                "name": "local", "placement": "local", "added": "2024-05-01T00:00:00Z"})])
        with TestClient(create_app(services.settings, services), raise_server_exceptions=False) as made:
            yield made


@pytest.fixture
def catalog(client: TestClient) -> pystac.Catalog:
    class OverClient(DefaultStacIO):
        """Reads from the application itself."""

        def read_text_from_href(self, href: str) -> str:
            parts = urlsplit(href)
            answer = client.get(f"{parts.path}?{parts.query}" if parts.query else parts.path)
            assert answer.status_code == 200, answer.text
            return str(answer.text)

    return pystac.Catalog.from_file("http://testserver/ogc/stac", stac_io=OverClient())


def items_of(client: TestClient, id: str, root: pystac.Catalog | None = None) -> list[Any]:
    document = client.get(f"/ogc/stac/collections/{id}/items").json()
    return [pystac.Item.from_dict(one, root=root) for one in document["features"]]


def test_pystac_reads_the_catalogue_and_finds_it_valid(client: TestClient, catalog: pystac.Catalog) -> None:
    catalog.validate()
    children = list(catalog.get_children())
    assert {one.id for one in children} == {"aerial", "terrain", "models"}
    for child in children:
        assert isinstance(child, pystac.Collection)
        child.validate()
        found = items_of(client, child.id, catalog)
        assert found
        for item in found:
            item.stac_extensions = []  # whose schemas are elsewhere
            item.validate()
            assert item.collection_id == child.id


def test_assets_are_there_and_where_the_item_says(client: TestClient) -> None:
    for id in ("aerial", "terrain"):
        (item,) = items_of(client, id)
        for asset in item.assets.values():
            parts = urlsplit(asset.href)
            answer = client.get(f"{parts.path}?{parts.query}" if parts.query else parts.path)
            assert answer.status_code == 200, asset.href
            assert answer.headers["content-type"] == asset.media_type
        box = client.get(f"/ogc/collections/{id}", params={"f": "json"}).json()["extent"]["spatial"]["bbox"][0]
        assert item.bbox == pytest.approx([box[0], box[1], box[-2], box[-1]] if len(box) == 4 else [box[0], box[1], box[3], box[4]], abs=1e-6)


def test_models_are_items_with_their_report_even_without_a_place(client: TestClient) -> None:
    tower, local = sorted(items_of(client, "models"), key=lambda one: one.id != "tower")
    assert tower.properties["title"] == "機場客運大樓"
    assert shapely.geometry.shape(tower.geometry).equals(TOWER)
    assert local.geometry is None
    assert client.get(urlsplit(tower.assets["report"].href).path, params={"f": "json"}).status_code == 200
    assert client.get("/ogc/stac/collections/models/items/tower").json()["id"] == "tower"
    page = client.get("/ogc/stac/collections/models/items", params={"limit": "1"}).json()
    following = next(link["href"] for link in page["links"] if link["rel"] == "next")
    assert client.get(following).json()["features"][0]["id"] != page["features"][0]["id"]


@pytest.mark.parametrize(("path", "status"), [("collections/lots", 404), ("collections/nothere", 404), ("collections/models/items/nothere", 404),
                                              ("collections/models/items?filter=x", 400), ("collections/models/items?limit=x", 400)])
def test_what_is_not_there_is_not_found(client: TestClient, path: str, status: int) -> None:
    assert client.get(f"/ogc/stac/{path}").status_code == status


SEARCH = "/ogc/stac/search"


def test_pages_of_a_search_give_every_item_once(client: TestClient) -> None:
    for limit in (1, 2, 3, 4, 9):
        seen, answer = [], client.post(SEARCH, json={"limit": limit}).json()
        while True:
            assert answer["numberMatched"] == 4
            seen += [(one["collection"], one["id"]) for one in answer["features"]]
            following = [link for link in answer["links"] if link["rel"] == "next"]
            if not following:
                break
            assert answer["numberReturned"] == limit
            answer = client.post(SEARCH, json=following[0]["body"]).json()
        assert sorted(seen) == [("aerial", "1"), ("models", "local"), ("models", "tower"), ("terrain", "1")], limit


def test_parameters_and_json_ask_the_same(client: TestClient) -> None:
    place = {"type": "Point", "coordinates": [113.915, 22.295]}
    for said, found in (({"ids": ["tower"], "collections": ["models", "aerial"]}, ["tower"]), ({"bbox": [113.9, 22.28, 113.915, 22.295]}, None),
                        ({"intersects": place}, None), ({"datetime": "2024-05-01T00:00:00Z"}, ["local", "tower"]), ({"ids": []}, [])):
        by_json = client.post(SEARCH, json=said).json()
        as_text = {name: ",".join(map(str, value)) if isinstance(value, list) else orjson.dumps(value).decode() if isinstance(value, dict) else value
                   for name, value in said.items()}
        by_parameters = client.get(SEARCH, params=as_text).json()
        assert by_json["features"] == by_parameters["features"]
        names = sorted(one["id"] for one in by_json["features"])
        assert names == found if found is not None else "tower" in names
        assert "local" not in names or "datetime" in said, "what has no place is nowhere"


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"limit":0}', b'{"limit":true}', b'{"limit":"1"}', b'{"bbox":[1,2,3]}', b'{"bbox":["a",1,2,3]}',
                                  b'{"bbox":[0,1,2,null]}', b'{"ids":"a"}', b'{"ids":[1]}', b'{"datetime":"soon"}', b'{"datetime":7}',
                                  b'{"token":"x"}', b'{"token":7}', b'{"collections":{}}', b'{"intersects":[]}', b'{"intersects":{"type":"Point"}}',
                                  b'{"bbox":[0,0,1,1],"intersects":{"type":"Point","coordinates":[0,0]}}', b'{"filter":"x"}'])
def test_a_search_that_is_wrong_is_refused(client: TestClient, body: bytes) -> None:
    answer = client.post(SEARCH, content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400, answer.text


def test_who_may_not_read_finds_nothing(client: TestClient) -> None:
    services = client.app.state.services  # type: ignore[attr-defined]
    hidden = services.store.collection("models")
    with services.store.transaction() as change:
        change.describe(replace(hidden, public=False))
    try:
        assert client.post(SEARCH, json={}).json()["numberMatched"] == 2
        assert client.post(SEARCH, json={"ids": ["tower"]}).json()["features"] == []
    finally:
        with services.store.transaction() as change:
            change.describe(hidden)
