"""3D GeoVolumes over HTTP: every tileset is a volume with a box of three dimensions and a link that leads to it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import numpy as np
import pytest
from starlette.testclient import TestClient

from csdi.bootstrap import open_services
from csdi.jobs import StepContext
from csdi.layers import add_layers
from csdi.settings import read_settings
from ogc_api.app import create_app
from tests.ogc_api.site import SMALL
from twin import tasks
from twin.ellipsoid import geodetic

REL, MEDIA = "[ogc-rel:3d-geovolumes]", "application/3dtiles+json"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    home = tmp_path_factory.mktemp("volumes")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CSDI_HOME", str(home))
        with open_services(read_settings()) as services:
            for name in ("city_buildings.gpkg", "lots.gpkg"):
                (result,) = add_layers(services.store, services.blobs, SMALL / name)
                assert result.result == "published"
            path = SMALL / "carpark.ifc"
            args = {"model": "carpark", "file": path.name, "blob": services.blobs.put_file(path), "title": {"en": "Car park", "zh-Hant": "停車場"}}
        taken = tasks.take_in(args, StepContext(job="one", previous=None))
        made = tasks.make_tiles(args, StepContext(job="one", previous=taken))
        tasks.publish(args, StepContext(job="one", previous=made))
        yield home


@pytest.fixture(scope="module")
def client(home: Path) -> Iterator[TestClient]:
    with TestClient(create_app(read_settings(home=home)), raise_server_exceptions=False) as made:
        yield made


def listed(client: TestClient, **params: str) -> dict[str, Any]:
    answer = client.get("/geovolumes/collections", params=params)
    assert answer.status_code == 200
    return {one["id"]: one for one in answer.json()["collections"]}


def test_the_landing_page_leads_everywhere(client: TestClient) -> None:
    links = {link["rel"]: link for link in client.get("/geovolumes").json()["links"]}
    for rel in ("self", "service-desc", "service-doc", "conformance", "data"):
        answer = client.get(links[rel]["href"])
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith(links[rel]["type"].partition(";")[0])


def test_only_the_classes_that_are_there_are_claimed(client: TestClient) -> None:
    told = client.get("/geovolumes/conformance").json()["conformsTo"]
    assert [uri.rpartition("/")[2] for uri in told if "geovolumes" in uri] == ["core", "3d-tiles"]


def test_every_tileset_is_a_volume_as_it_describes_itself(client: TestClient) -> None:
    found = listed(client)
    assert set(found) == {"site", "model-carpark", "city-city_buildings"}
    for id, one in found.items():
        assert client.get(f"/geovolumes/collections/{id}").json() == one
        assert all(link["rel"] and link["type"] and link["title"] and client.get(link["href"]).status_code == 200 for link in one["links"])
        (tileset,) = [link for link in one["links"] if link["rel"] == REL]
        assert tileset["type"] == MEDIA
        assert client.get(tileset["href"]).json()["asset"]["version"] == "1.1"


def test_boxes_have_three_dimensions_and_hold_what_they_are_said_to_hold(client: TestClient) -> None:
    found = listed(client)
    boxes = {id: one["extent"]["spatial"]["bbox"][0] for id, one in found.items()}
    assert all(one["extent"]["spatial"]["crs"].endswith("/CRS84h") for one in found.values())
    for box in boxes.values():
        assert len(box) == 6
        assert all(low < high for low, high in zip(box[:3], box[3:], strict=True))
        assert (box[0] > 113.8, box[1] > 22.2, box[5] < 200) == (True, True, True)
        assert all(a <= b for a, b in zip(boxes["site"][:3], box[:3], strict=True))
    root = client.get(next(link for link in found["model-carpark"]["links"] if link["rel"] == REL)["href"]).json()["root"]
    matrix, box = np.array(root["transform"]).reshape(4, 4).T, np.array(root["boundingVolume"]["box"])
    lon, lat, height = geodetic((matrix[:3, :3] @ box[:3] + matrix[:3, 3])[None])[0]
    west, south, low, east, north, high = boxes["model-carpark"]
    assert west < lon < east
    assert south < lat < north
    assert low < height < high


def test_a_box_selects_volumes_by_place_and_height(client: TestClient) -> None:
    west, south, low, east, north, high = listed(client)["model-carpark"]["extent"]["spatial"]["bbox"][0]
    assert "model-carpark" in listed(client, bbox=f"{west},{south},{east},{north}")
    assert "model-carpark" in listed(client, bbox=f"{west},{south},{low},{east},{north},{high}")
    assert listed(client, bbox=f"{west},{south},5000,{east},{north},6000") == {}
    assert listed(client, bbox="0,0,1,1") == {}


@pytest.mark.parametrize("query", ["bbox=1,2,3", "bbox=a,b,c,d", "unknown=1"])
def test_what_cannot_be_asked_is_refused(client: TestClient, query: str) -> None:
    assert client.get(f"/geovolumes/collections?{query}").status_code == 400


def test_a_volume_that_is_not_there_is_not_found(client: TestClient) -> None:
    assert client.get("/geovolumes/collections/lots").status_code == 404


def test_titles_are_in_the_language_that_is_asked_for(client: TestClient) -> None:
    found = client.get("/geovolumes/collections/model-carpark", params={"lang": "zh-Hant"}).json()
    assert (found["title"], found["description"]) == ("停車場", "建築模型。")


def test_the_words_of_the_draft_can_be_set(home: Path) -> None:
    settings = read_settings(home=home, geovolumes_rel="http://example.org/volumes", geovolumes_media="application/json+3dtiles")
    with TestClient(create_app(settings)) as client:
        links = client.get("/geovolumes/collections/site").json()["links"]
        assert ("http://example.org/volumes", "application/json+3dtiles") in [(link["rel"], link["type"]) for link in links]


def test_the_api_definition_is_valid(client: TestClient) -> None:
    from openapi_spec_validator import validate
    validate(client.get("/geovolumes/api").json())


def followed(client: TestClient, address: str) -> Iterator[str]:
    """Every address that a tileset names, and those that the tilesets in it name, as a client makes them whole."""
    waiting = [client.get(address).json()["root"]]
    while waiting:
        tile = waiting.pop()
        waiting += tile.get("children", [])
        said = [tile["content"]["uri"]] if "content" in tile else []
        if "implicitTiling" in tile:
            said = [one.format(level=0, x=0, y=0) for one in (*said, tile["implicitTiling"]["subtrees"]["uri"])]
        for uri in said:
            assert "://" not in uri
            whole = urljoin(address, uri)
            yield whole
            if whole.endswith(".json"):
                yield from followed(client, whole)


def test_every_address_in_the_site_lies_below_the_folder_that_a_store_serves(client: TestClient) -> None:
    found = list(followed(client, "/tiles3d/site/tileset.json"))
    assert {Path(address).suffix for address in found} == {".json", ".glb", ".subtree"}
    for address in found:
        assert address.startswith("/tiles3d/")
        assert client.get(address).status_code == 200
