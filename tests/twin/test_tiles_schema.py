"""Every document that we publish as 3D Tiles against the published schemas: tilesets, subtrees, metadata."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from csdi.bootstrap import Services, open_services
from csdi.jobs import StepContext
from csdi.layers import add_layers
from csdi.settings import read_settings
from ogc_api.app import create_app
from tests.twin.test_verify import glb_parts
from tests.twin.tiles_schemas import schema_errors
from twin import tasks
from twin.city import City
from twin.city.subtrees import subtrees

SMALL = Path(__file__).parents[2] / "sample_models" / "small"
Json = dict[str, Any]
pytestmark = pytest.mark.corpus


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    """A site with two models, a city beside them, and all their tiles."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CSDI_HOME", str(tmp_path_factory.mktemp("schemas")))
        with open_services(read_settings()) as opened:
            list(add_layers(opened.store, opened.blobs, SMALL / "city_buildings.gpkg"))
            for name in ("carpark", "terminal-structure"):
                args = {"model": name, "file": f"{name}.ifc", "blob": opened.blobs.put_file(SMALL / f"{name}.ifc"), "title": {}}
                taken = tasks.take_in(args, StepContext(job=name, previous=None))
                made = tasks.make_tiles(args, StepContext(job=name, previous=taken))
                tasks.publish(args, StepContext(job=name, previous=made))
            City.of(opened, opened.store.collection("city_buildings"), None).build()
            yield opened


def files(services: Services, suffix: str) -> dict[str, bytes]:
    found = {name: services.blobs.get(name) for name in services.blobs.names("tiles3d") if name.endswith(suffix)}
    assert found
    return found


def subtree_document(data: bytes) -> Json:
    length = struct.unpack_from("<Q", data, 8)[0]
    found: Json = json.loads(data[24:24 + length])
    return found


def test_every_tileset_follows_its_schema(services: Services) -> None:
    with TestClient(create_app(services.settings, services)) as client:
        site = client.get("/tiles3d/site/tileset.json").json()
        before = client.get("/tiles3d/site/tileset.json", params={"datetime": "1999-01-01"}).json()
    assert len(site["root"]["children"]) == 3
    documents = {"site": site, "before everything": before, **{name: json.loads(data) for name, data in files(services, ".json").items()}}
    assert any("groups" in document for document in documents.values())
    assert any("implicitTiling" in document["root"] for document in documents.values())
    assert {name: errors for name, document in documents.items() if (errors := schema_errors(document))} == {}


def test_every_subtree_follows_its_schema(services: Services) -> None:
    made = dict(subtrees([(0, 0, 0), (1, 1, 0), *((level, 0, 0) for level in range(1, 8))], [(0, 0, 0), (7, 0, 0)]))
    documents = [*map(subtree_document, made.values()), *map(subtree_document, files(services, ".subtree").values())]
    assert len(documents) > 2
    assert any("bufferViews" in document for document in documents)
    assert [errors for document in documents if (errors := schema_errors(document, "subtree"))] == []


def test_metadata_of_every_tile_follows_its_schema(services: Services) -> None:
    for name, data in files(services, ".glb").items():
        metadata = glb_parts(data)[0]["extensions"]["EXT_structural_metadata"]
        assert schema_errors(metadata["schema"], "schema") == [], name
        for table in metadata["propertyTables"]:
            assert schema_errors(table, "propertyTable") == [], name


def test_the_schemas_refuse_what_is_wrong() -> None:
    assert schema_errors({"asset": {"version": "1.1"}, "root": {}})
    assert schema_errors({"tileAvailability": {"constant": 2}}, "subtree")
    assert schema_errors({"id": "csdi", "classes": {"a": {"properties": {"b": {"componentType": "FLOAT32"}}}}}, "schema")
    assert schema_errors({"class": "a", "count": 0}, "propertyTable")
