"""The site as it stood: old versions of models stay viewable, and the root tileset shows those of a moment."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from csdi.bootstrap import Services, open_services
from csdi.errors import BlobMissing
from csdi.jobs import StepContext
from csdi.layers import LayerOptions, add_layers
from csdi.settings import read_settings
from ogc_api.app import create_app
from tests.ogc_api.site import SMALL
from tests.ogc_api.test_tiles3d import followed
from twin import tasks
from twin.city import City, Remainder, replaced
from twin.gltf_reader import read_glb
from twin.verify import inspect_tileset
from twin.versions import versions_of

SITE = "/tiles3d/site/tileset.json"


def add(path: Path, job: str, model: str = "mep") -> Any:
    with open_services(read_settings()) as services:
        args = {"model": model, "file": path.name, "blob": services.blobs.put_file(path), "title": {}}
    taken = tasks.take_in(args, StepContext(job=job, previous=None))
    made = tasks.make_tiles(args, StepContext(job=job, previous=taken))
    tasks.publish(args, StepContext(job=job, previous=made))


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    """A model in three versions, each with another tileset."""
    folder = tmp_path_factory.mktemp("past")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CSDI_HOME", str(folder / "home"))
        text = (SMALL / "terminal-mep.ifc").read_text()
        for number in (1, 2, 3):
            changed, count = re.subn(r"(IFCPIPESEGMENT\('[^']+',[^,]*,)'[^']*'", rf"\1'pipe of version {number}'", text, count=1)
            assert count == 1
            (folder / "mep.ifc").write_text(changed)
            add(folder / "mep.ifc", f"job-{number}")
        with open_services(read_settings()) as opened:
            yield opened


@pytest.fixture(scope="module")
def client(services: Services) -> Iterator[TestClient]:
    with TestClient(create_app(services.settings, services), raise_server_exceptions=False) as made:
        yield made


def shown(client: TestClient, when: str = "") -> list[str]:
    document = client.get(SITE, params={"datetime": when} if when else {}).json()
    return [child["content"]["uri"] for child in document["root"].get("children", [])]


def test_each_moment_shows_the_version_that_held_then(client: TestClient, services: Services) -> None:
    third, second, first = versions_of(services.store, "mep")
    assert len({one["tileset"] for one in (first, second, third)}) == 3
    for one in (first, second, third):
        assert shown(client, one["valid_from"]) == [f"/{one['tileset']}"]
    assert shown(client) == shown(client, "2999-01-01") == shown(client, "../..") == [f"/{third['tileset']}"]
    assert shown(client, f"{first['valid_from']}/{second['valid_from']}") == [f"/{second['tileset']}"]


def test_before_everything_the_site_is_empty_but_valid(client: TestClient) -> None:
    answer = client.get(SITE, params={"datetime": "1999-12-31"})
    assert answer.status_code == 200
    assert "children" not in answer.json()["root"]


def test_tiles_of_every_version_are_whole(client: TestClient, services: Services) -> None:
    def read(name: str) -> bytes:
        answer = client.get(f"/tiles3d/{name.removeprefix('tiles3d/')}")
        assert answer.status_code == 200
        return answer.content
    for one in versions_of(services.store, "mep"):
        found = inspect_tileset(read, one["tileset"])
        assert found.findings == []
        assert found.triangles > 0


@pytest.fixture(scope="module")
def beside(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Services, TestClient]]:
    """A model and a city in which some buildings are the same as it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CSDI_HOME", str(tmp_path_factory.mktemp("beside")))
        add(SMALL / "carpark.ifc", "one", "carpark")
        with open_services(read_settings()) as opened:
            list(add_layers(opened.store, opened.blobs, SMALL / "city_buildings.gpkg"))
            with TestClient(create_app(opened.settings, opened), raise_server_exceptions=False) as made:
                yield opened, made


def buildings(client: TestClient, when: str = "") -> tuple[str, list[str]]:
    """The city's tileset in the site, and ids of the buildings that a client finds by following it."""
    (address,) = (uri for uri in shown(client, when) if "/city/" in uri)
    return address, [row["id"] for _, data in followed(client, address) for row in read_glb(data).table]


def test_the_site_never_shows_a_model_and_the_building_that_it_replaces(beside: tuple[Services, TestClient]) -> None:
    services, client = beside
    collection = services.store.collection("city_buildings")
    gone = set(replaced(services.store, services.blobs, collection))
    whole, everything = buildings(client, "1999-01-01")
    part, left = buildings(client)
    assert gone
    assert set(left) == set(everything) - gone
    assert len(left) == len(set(left)) == collection.count - len(gone)
    assert (whole, client.get(whole).headers["cache-control"]) == ("/tiles3d/city/city_buildings/tileset.json", "no-cache")
    assert client.get(part).headers["cache-control"] == "public, max-age=31536000, immutable"


def test_what_is_left_of_a_city_goes_with_its_city(beside: tuple[Services, TestClient]) -> None:
    services, client = beside
    address, _ = buildings(client)
    name = address.lstrip("/")
    for count in (1, 2):
        (result,) = add_layers(services.store, services.blobs, SMALL / "city_buildings.gpkg", LayerOptions(title={"en": f"Town {count}"}))
        assert result.result in ("published", "replaced")
        with services.store.transaction() as change:
            change.describe(replace(services.store.collection("city_buildings"), title={"en": f"City {count}"}))
        assert address != buildings(client)[0]
        assert services.blobs.exists(name) == (count == 1)


def test_a_city_of_replaced_buildings_alone_is_valid_and_empty(services: Services) -> None:
    (result,) = add_layers(services.store, services.blobs, SMALL / "city_buildings.gpkg")
    assert result.error is None
    city = City.of(services, services.store.collection("city_buildings"), None)
    plan = city.plan()
    left = Remainder.of(city, plan, [id for ids in plan.tiles.values() for id in ids])
    assert left is not None
    left.build()
    folder = left.tileset.rpartition("/")[0]
    assert not [name for name in services.blobs.names(folder) if name.endswith(".glb")]
    with pytest.raises(BlobMissing):
        left.tile((0, 0, 0))
    assert Remainder.of(city, plan, ["somewhere else"]) is None


@pytest.mark.parametrize("params", [{"datetime": "yesterday"}, {"datetime": ""}, {"moment": "2026-01-01"}])
def test_what_is_no_moment_is_refused(client: TestClient, params: dict[str, str]) -> None:
    assert client.get(SITE, params=params).status_code == 400
