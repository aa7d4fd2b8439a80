"""Views of the twin as BCF viewpoints and back: places to the millimetre, what is shown element by element."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from starlette.testclient import TestClient

from bim.bcf import read_bcf
from bim.georeference import Georeference
from csdi.bootstrap import Services, open_services
from csdi.settings import read_settings
from ogc_api.app import create_app
from tests.corpus import corpus
from tests.ogc_api.site import SMALL
from tests.ogc_api.test_twin_tree import add
from twin.ellipsoid import enu_matrix
from twin.model_place import ModelPlace

VIEWPOINTS = "/api/twin/viewpoints"
MODEL = "carpark"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    """A model on the grid, and one without a place."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CSDI_HOME", str(tmp_path_factory.mktemp("viewpoints")))
        with open_services(read_settings()) as opened:
            add(opened, SMALL / "carpark.ifc", MODEL)
            add(opened, corpus("bcf", "IFCs", "Architectural.ifc"), "architectural")
            yield opened


@pytest.fixture(scope="module")
def client(services: Services) -> Iterator[TestClient]:
    with TestClient(create_app(services.settings, services), raise_server_exceptions=False) as made:
        yield made


def eye(client: TestClient) -> dict[str, Any]:
    """A perspective camera beside the car park that looks north-east and down."""
    west, south, _, _ = client.get("/api/twin/versions").json()["models"][MODEL][0]["bbox"]
    frame = enu_matrix(west, south, 40.0)
    ahead = np.array([0.6, 0.64, -0.48])
    up = np.array([0.0, 0.0, 1.0]) - ahead * -0.48
    return {"position": frame[:3, 3].tolist(), "direction": (frame[:3, :3] @ ahead).tolist(),
            "up": (frame[:3, :3] @ (up / np.linalg.norm(up))).tolist(), "fov": 47.5, "aspect": 1.6}


def written(client: TestClient, **more: Any) -> bytes:
    answer = client.post(VIEWPOINTS, json={"model": MODEL, "title": "A pipe in the way", "camera": eye(client), **more})
    assert answer.status_code == 200, answer.text
    return answer.content


def seen(client: TestClient, archive: bytes, **params: str) -> dict[str, Any]:
    answer = client.post(f"{VIEWPOINTS}/read", content=archive, params=params)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def ids_of(client: TestClient, model: str = MODEL) -> list[str]:
    found: list[str] = client.get(f"/api/twin/models/{model}/ids").json()["ids"]
    return found


def degrees_between(one: list[float], other: list[float]) -> float:
    return float(np.degrees(np.arctan2(np.linalg.norm(np.cross(one, other)), np.dot(one, other))))


@pytest.mark.parametrize("version", ["2.1", "3.0"])
def test_a_view_comes_back_from_its_archive_as_it_was(client: TestClient, version: str) -> None:
    camera = eye(client)
    plane = {"position": (np.array(camera["position"]) + 30 * np.array(camera["direction"])).tolist(), "direction": camera["up"]}
    selection = ids_of(client)[:3]
    archive = written(client, version=version, planes=[plane], selection=selection, snapshot=base64.b64encode(PNG).decode())
    found = seen(client, archive)
    assert (found["model"], found["version"], found["count"]) == (MODEL, version, 1)
    (view,) = found["topics"][0]["viewpoints"]
    assert np.linalg.norm(np.subtract(view["camera"]["position"], camera["position"])) < 0.001
    assert degrees_between(view["camera"]["direction"], camera["direction"]) < 0.001
    assert degrees_between(view["camera"]["up"], camera["up"]) < 0.001
    assert view["camera"]["fov"] == pytest.approx(camera["fov"])
    assert np.linalg.norm(np.subtract(view["planes"][0]["position"], plane["position"])) < 0.001
    assert degrees_between(view["planes"][0]["direction"], plane["direction"]) < 0.001
    assert sorted(view["selection"]) == sorted(selection)
    assert base64.b64decode(view["snapshot"].split(",")[1]) == PNG


def test_an_orthogonal_view_keeps_its_height(client: TestClient) -> None:
    camera = {**eye(client), "height": 24.5}
    (view,) = seen(client, written(client, camera=camera, version="3.0"))["topics"][0]["viewpoints"]
    assert view["camera"]["fov"] is None
    assert view["camera"]["height"] == pytest.approx(24.5, abs=1e-6)
    assert view["camera"]["aspect"] == pytest.approx(1.6)


def test_the_archive_stands_in_the_model_s_own_coordinates(client: TestClient, services: Services) -> None:
    """Against the affine map that the georeference says, followed by the published transformation to the ellipsoid."""
    from csdi import crs
    from twin.ellipsoid import geodetic
    camera = eye(client)
    view = read_bcf(written(client)).topics[0].viewpoints[0].view
    assert view is not None
    assert view.camera is not None
    affine = Georeference.read(dict(services.store.feature("models", MODEL).properties["georeference"])).affine
    grid = affine[:3, :3] @ np.array(view.camera.view_point) + affine[:3, 3]
    to_grid = crs.transform(crs.WGS84_3D, "EPSG:2326+5738", heights=services.heights)
    assert grid == pytest.approx(to_grid.points(geodetic(np.array([camera["position"]])))[0], abs=0.001)


def test_what_is_hidden_is_written_element_by_element(client: TestClient) -> None:
    ids = ids_of(client)
    hidden = [f"class/id={MODEL}:{id}" for id in ids[:2]]
    (view,) = seen(client, written(client, hidden=hidden))["topics"][0]["viewpoints"]
    assert (view["default"], sorted(view["exceptions"])) == (True, sorted(ids[:2]))
    (view,) = seen(client, written(client, only=hidden))["topics"][0]["viewpoints"]
    assert (view["default"], sorted(view["exceptions"])) == (False, sorted(ids[:2]))
    (view,) = seen(client, written(client))["topics"][0]["viewpoints"]
    assert (view["default"], view["exceptions"]) == (True, [])


@pytest.mark.parametrize(("case", "default"), [
    ("v3.0/Visualization/Single visible wall/single visible wall.bcf", False),
    ("v2.1/Visualization/single invisible wall/case.bcf", True),
])
def test_viewpoints_of_others_find_their_model_and_elements(client: TestClient, services: Services, case: str, default: bool) -> None:
    archive = corpus("bcf", *case.split("/")).read_bytes()
    found = seen(client, archive)
    (view,) = found["topics"][0]["viewpoints"]
    assert found["model"] == "architectural"
    assert view["default"] is default
    assert set(view["exceptions"]) <= set(ids_of(client, "architectural"))
    stated = read_bcf(archive).topics[0].viewpoints[0].view
    assert stated is not None
    assert stated.camera is not None
    place = ModelPlace.of(services.store.feature("models", "architectural"), services.heights,
                          tuple(client.get("/api/site").json()["centre"]))
    back = place.from_earth(np.array([view["camera"]["position"]]))[0]
    assert back == pytest.approx(np.array(stated.camera.view_point), abs=0.001)


def test_a_file_s_name_is_enough_to_know_the_model(client: TestClient) -> None:
    archive = corpus("bcf", "v2.0", "Visualization", "Clippingplane", "Clippingplane.bcfzip").read_bytes()
    found = seen(client, archive)
    assert found["model"] == "architectural.ifc".removesuffix(".ifc")
    assert len(found["topics"][0]["viewpoints"][0]["planes"]) == 1


@pytest.mark.parametrize("change", [
    {"model": "nobody"}, {"model": None}, {"title": ""}, {"camera": None}, {"snapshot": "AAAA"}, {"snapshot": "no base64!"},
    {"planes": [{"position": [1, 2], "direction": [0, 0, 1]}]}, {"hidden": ["no-such-tree"]}, {"planes": "all"},
])
def test_a_view_that_says_too_little_is_refused(client: TestClient, change: dict[str, Any]) -> None:
    answer = client.post(VIEWPOINTS, json={"model": MODEL, "title": "x", "camera": eye(client), **change})
    assert answer.status_code in (400, 404), answer.text
    assert answer.json()["code"]


@pytest.mark.parametrize("field", ["position", "direction", "fov"])
def test_a_camera_of_nonsense_is_refused(client: TestClient, field: str) -> None:
    for value in ("x", [0, 0, 0], 1e400, None):
        answer = client.post(VIEWPOINTS, content=f'{{"model": "{MODEL}", "title": "x", "camera": {_with(eye(client), field, value)}}}')
        assert answer.status_code == 400, (field, value, answer.text)


def _with(camera: dict[str, Any], field: str, value: Any) -> str:
    import json
    return json.dumps({**camera, field: value})


def test_what_is_no_archive_is_refused_by_name(client: TestClient) -> None:
    answer = client.post(f"{VIEWPOINTS}/read", content=b"PK nonsense")
    assert answer.status_code >= 400
    assert answer.json()["code"] == "format-unknown"
