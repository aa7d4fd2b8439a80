"""3D Tiles over HTTP: cities, ranges, conditions, caching, and addresses that an object store can serve."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import brotli
import pytest
from starlette.testclient import TestClient

from csdi.blobs import Blobs
from csdi.bootstrap import Services, open_services
from csdi.layers import LayerOptions, add_layers
from csdi.settings import read_settings
from ogc_api.app import create_app
from tests.ogc_api.site import SMALL
from twin.city import City
from twin.city.subtrees import tiles_of
from twin.elevation import terrain_of
from twin.gltf_reader import read_glb

CITY = "/tiles3d/city/city_buildings"


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    with open_services(read_settings(home=tmp_path_factory.mktemp("city"), token="secret")) as opened:
        for name in ("city_buildings.gpkg", "terrain.tif", "lots.gpkg"):
            (result,) = add_layers(opened.store, opened.blobs, SMALL / name)
            assert result.result == "published"
        yield opened


@pytest.fixture(scope="module")
def client(services: Services) -> Iterator[TestClient]:
    with TestClient(create_app(services.settings, services), raise_server_exceptions=False) as made:
        yield made


def first_tile(client: TestClient) -> str:
    template: str = client.get(f"{CITY}/tileset.json").json()["root"]["content"]["uri"]
    return f"{CITY}/{template.format(level=0, x=0, y=0)}"


def followed(client: TestClient, address: str) -> Iterator[tuple[str, bytes]]:
    """Every content of an implicit tileset, as a client finds it."""
    root = client.get(address).json()["root"]
    base, waiting = address.rpartition("/")[0], [(0, 0, 0)]
    while waiting:
        level, x, y = waiting.pop()
        answer = client.get(f"{base}/" + root["implicitTiling"]["subtrees"]["uri"].format(level=level, x=x, y=y))
        assert answer.status_code == 200
        tiles, below = tiles_of(answer.content, (level, x, y))
        waiting += below
        for key in tiles:
            uri = root["content"]["uri"].format(level=key[0], x=key[1], y=key[2])
            yield uri, client.get(f"{base}/{uri}").content


def test_a_client_that_follows_the_tileset_finds_every_building(client: TestClient, services: Services) -> None:
    found = [row["id"] for _, data in followed(client, f"{CITY}/tileset.json") for row in read_glb(data).table]
    assert len(found) == len(set(found)) == services.store.collection("city_buildings").count


def test_the_root_asks_again_and_its_content_is_for_ever(client: TestClient) -> None:
    root = client.get(f"{CITY}/tileset.json")
    assert root.headers["cache-control"] == "no-cache"
    assert client.get(f"{CITY}/tileset.json", headers={"If-None-Match": root.headers["etag"]}).status_code == 304
    tile = client.get(first_tile(client))
    assert tile.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert tile.headers["content-type"] == "model/gltf-binary"
    again = client.get(first_tile(client), headers={"If-None-Match": f'W/{tile.headers["etag"]}'})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(("header", "part"), [("bytes=0-99", slice(0, 100)), ("bytes=100-", slice(100, None)), ("bytes=-20", slice(-20, None)),
                                              ("bytes=5-999999999", slice(5, None))])
def test_a_range_is_that_part_of_the_file(client: TestClient, header: str, part: slice) -> None:
    whole = client.get(first_tile(client), headers={"Accept-Encoding": "identity"}).content
    answer = client.get(first_tile(client), headers={"Range": header, "Accept-Encoding": "gzip, br"})
    assert (answer.status_code, answer.content) == (206, whole[part])
    assert "content-encoding" not in answer.headers
    start = part.indices(len(whole))[0]
    assert answer.headers["content-range"] == f"bytes {start}-{start + len(whole[part]) - 1}/{len(whole)}"


@pytest.mark.parametrize("header", ["bytes=999999999-", "bytes=-0"])
def test_a_range_beyond_the_end_is_refused(client: TestClient, header: str) -> None:
    size = len(client.get(first_tile(client), headers={"Accept-Encoding": "identity"}).content)
    answer = client.get(first_tile(client), headers={"Range": header})
    assert (answer.status_code, answer.headers["content-range"]) == (416, f"bytes */{size}")


@pytest.mark.parametrize("headers", [{"Range": "bytes=0-9", "If-Range": '"another"'}, {"Range": "lines=0-9"}, {"Range": "bytes=9-3"},
                                     {"Range": "bytes=0-1,4-5"}])
def test_what_is_no_range_of_this_state_gets_the_whole(client: TestClient, headers: dict[str, str]) -> None:
    assert client.get(first_tile(client), headers=headers).status_code == 200


def test_head_tells_what_get_would_send(client: TestClient) -> None:
    plain = {"Accept-Encoding": "identity"}
    head, whole = client.head(first_tile(client), headers=plain), client.get(first_tile(client), headers=plain)
    assert head.status_code == 200
    assert (head.headers["content-length"], head.headers["etag"]) == (str(len(whole.content)), whole.headers["etag"])


@pytest.mark.parametrize(("encoding", "unpack"), [("gzip", gzip.decompress), ("br", brotli.decompress)])
def test_tiles_leave_compressed(client: TestClient, encoding: str, unpack: Any) -> None:
    whole = client.get(first_tile(client), headers={"Accept-Encoding": "identity"}).content
    with client.stream("GET", first_tile(client), headers={"Accept-Encoding": encoding}) as answer:
        sent = b"".join(answer.iter_raw())
        assert answer.headers["content-encoding"] == encoding
    assert unpack(sent) == whole
    assert len(sent) < 0.8 * len(whole)


def test_the_site_has_the_city_in_it(client: TestClient) -> None:
    document = client.get("/tiles3d/site/tileset.json").json()
    assert f"{CITY}/tileset.json" in [child["content"]["uri"] for child in document["root"]["children"]]
    told = client.get("/api/site").json()
    assert told["city"] == [{"collection": "city_buildings", "tileset": f"{CITY}/tileset.json", "replaced": {}}]
    assert told["tileset"] == "/tiles3d/site/tileset.json"


def test_findings_of_a_city_can_be_read(client: TestClient) -> None:
    told = client.get(f"{CITY}/findings.json").json()
    assert told["buildings"] > 0
    assert all(one["code"].startswith("CTY-") for one in told["findings"])


@pytest.mark.parametrize("path", ["/tiles3d/city/lots/tileset.json", "/tiles3d/city/none/tileset.json", f"{CITY}/none/content/0/0/0.glb",
                                  "/tiles3d/city/city_buildings", f"{CITY}/../../../site.gpkg"])
def test_what_is_not_there_is_not_found(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 404


def test_tiles_that_subtrees_do_not_list_are_not_found(client: TestClient) -> None:
    assert client.get(first_tile(client).replace("0/0/0.glb", "9/3/3.glb")).status_code == 404


def test_a_folder_of_blobs_is_the_whole_tileset(services: Services, tmp_path: Path) -> None:
    """What an object store serves: every address is relative to the root document and lies below its prefix."""
    collection = services.store.collection("city_buildings")
    built = City.of(services, collection, terrain_of(services)).build()
    folder = "tiles3d/city/city_buildings"
    blobs: Blobs = services.blobs
    root = json.loads(blobs.get(f"{folder}/tileset.json"))["root"]
    assert not root["content"]["uri"].startswith(("/", "http"))
    waiting, found = [(0, 0, 0)], 0
    while waiting:
        level, x, y = waiting.pop()
        tiles, below = tiles_of(blobs.get(f"{folder}/" + root["implicitTiling"]["subtrees"]["uri"].format(level=level, x=x, y=y)), (level, x, y))
        waiting += below
        for key in tiles:
            name = f"{folder}/" + root["content"]["uri"].format(level=key[0], x=key[1], y=key[2])
            found += len(read_glb(blobs.get(name)).table)
    assert found == built.plan.count == collection.count


def test_a_city_that_is_not_public_is_for_those_who_may_read_it(services: Services, client: TestClient) -> None:
    (result,) = add_layers(services.store, services.blobs, SMALL / "city_buildings.gpkg", LayerOptions(id="secret-town"))
    assert result.result == "published"
    with services.store.transaction() as change:
        change.describe(replace(services.store.collection("secret-town"), public=False))
    known = {"Authorization": "Bearer secret"}
    root = client.get("/tiles3d/city/secret-town/tileset.json", headers=known)
    assert (root.status_code, root.headers["cache-control"]) == (200, "private, no-cache")
    version = root.json()["root"]["content"]["uri"].partition("/")[0]
    for path in (f"{version}/content/0/0/0.glb", f"{version}/subtrees/0/0/0.subtree"):
        assert client.get(f"/tiles3d/city/secret-town/{path}").status_code == 404
        answer = client.get(f"/tiles3d/city/secret-town/{path}", headers=known)
        assert (answer.status_code, answer.headers["cache-control"]) == (200, "private, max-age=31536000, immutable")
    assert client.get("/tiles3d/city/secret-town/tileset.json").status_code == 404
    assert "secret-town" not in client.get("/tiles3d/site/tileset.json").text
