"""pystac-client on the live server: the catalogue opened, its Collections, and items searched in every way."""

from __future__ import annotations

import urllib.request

import pytest
from pystac_client import Client
from pystac_client.exceptions import APIError

from tests.acceptance.shell import Server


@pytest.fixture(scope="module")
def catalogue(server: Server) -> Client:
    return Client.open(f"{server.url}/ogc/stac")


def ids(catalogue: Client, **asked: object) -> list[str]:
    return [item.id for item in catalogue.search(**asked).items()]  # type: ignore[arg-type]


def test_the_catalogue_and_its_collections(catalogue: Client) -> None:
    assert {one.id for one in catalogue.get_collections()} == {"terrain", "aerial", "models"}
    models = catalogue.get_collection("models")
    assert {item.id for item in models.get_items()} == {"carpark", "terminal-mep"}
    assert models.get_item("carpark").collection_id == "models"


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_items_are_searched(catalogue: Client, method: str) -> None:
    everything = ids(catalogue, method=method)
    assert sorted(everything) == ["1", "1", "carpark", "terminal-mep"]
    assert ids(catalogue, method=method, limit=1) == everything, "page after page"
    assert ids(catalogue, method=method, collections=["models"]) == everything[1:3]
    assert ids(catalogue, method=method, ids=["carpark", "nothing"]) == ["carpark"]
    assert ids(catalogue, method=method, bbox=[113, 22, 115, 23], collections=["aerial", "terrain"]) == ["1", "1"]
    assert ids(catalogue, method=method, bbox=[0, 0, 1, 1]) == []
    assert ids(catalogue, method=method, datetime="2020-01-01/..") == everything
    assert ids(catalogue, method=method, datetime="../2020-01-01") == []
    place = {"type": "Polygon", "coordinates": [[[113, 22], [115, 22], [115, 23], [113, 22]]]}
    assert "1" in ids(catalogue, method=method, intersects=place)
    assert catalogue.search(method=method).matched() == 4
    assert catalogue.search(method=method, collections=["nothere"]).matched() == 0


def test_files_that_items_name_are_there(catalogue: Client) -> None:
    item = next(catalogue.search(collections=["terrain"]).items())
    with urllib.request.urlopen(item.assets["data"].href) as answer:
        assert answer.read(4) == b"II*\x00"


@pytest.mark.parametrize("wrong", [{"bbox": [1, 2, 3]}, {"bbox": [3, 2, 1, 0]}, {"intersects": {"type": "Blob"}}])
def test_what_is_wrong_is_said(catalogue: Client, wrong: dict[str, object]) -> None:
    with pytest.raises(APIError, match=r"bbox|intersects"):
        ids(catalogue, **wrong)
