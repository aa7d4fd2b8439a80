"""Exports of the site over HTTP: indoor maps, CityJSON, glTF with names, and what moves; read by the programs that they are for."""

from __future__ import annotations

import io
import json
import struct
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import mapbox_vector_tile  # type: ignore[import-untyped]
import numpy as np
import pytest
import shapely
from starlette.testclient import TestClient

from csdi.bootstrap import Services, open_services
from csdi.collection import Collection
from csdi.crs import transform
from csdi.feature import Feature, Field, FieldType, Schema
from csdi.jobs import StepContext
from csdi.layers import LayerOptions, add_layers
from csdi.settings import read_settings
from csdi.store.base import scan
from ogc_api.app import create_app
from tests.ogc_api.site import SMALL
from tests.twin.glb_validation import validated
from twin import tasks
from twin.export.imdf import check

MODEL = "terminal-arch"
START = datetime(2026, 5, 1, 8, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    home = tmp_path_factory.mktemp("exports") / "home"
    with pytest.MonkeyPatch.context() as patch, open_services(read_settings(home=home)) as opened:
        patch.setenv("CSDI_HOME", str(home))
        args = {"model": MODEL, "file": f"{MODEL}.ifc", "blob": opened.blobs.put_file(SMALL / f"{MODEL}.ifc"), "title": {}}
        taken = tasks.take_in(args, StepContext(job=MODEL, previous=None))
        tasks.publish(args, StepContext(job=MODEL, previous=tasks.make_tiles(args, StepContext(job=MODEL, previous=taken))))
        for name in ("city_buildings.gpkg", "terrain.tif"):
            (result,) = add_layers(opened.store, opened.blobs, SMALL / name, LayerOptions())
            assert result.result == "published", result.error
        _vehicles(opened)
        yield opened


def _vehicles(services: Services) -> None:
    """Two buses, one position a minute, on HK1980 Grid with heights in mPD; rows in no order of time."""
    def field(name: str, kind: FieldType) -> Field:
        return Field(name, kind, {"en": name})
    fields = (field("vehicle_id", FieldType.STRING), field("time", FieldType.DATETIME), field("speed", FieldType.NUMBER))
    layer = Collection("apron-buses", {"en": "Apron buses"}, Schema(fields, geometry="point", has_z=True), "EPSG:2326", vertical_crs="EPSG:5738")
    rows = [Feature(f"{bus}-{minute}", shapely.Point(811_000 + 60 * minute, 819_000 + 20 * bus, 6.5 + bus),
                    {"vehicle_id": f"BUS-{bus}", "time": (START + timedelta(minutes=minute)).isoformat(), "speed": 1.0 * minute})
            for minute in (3, 0, 2, 1) for bus in (1, 2)]
    with services.store.transaction() as change:
        change.create(layer)
        change.write(layer.id, rows)


@pytest.fixture(scope="module")
def client(services: Services) -> Iterator[TestClient]:
    with TestClient(create_app(services.settings, services), raise_server_exceptions=False) as made:
        yield made


def got(client: TestClient, path: str, **asked: Any) -> bytes:
    answer = client.get(path, params=asked)
    assert answer.status_code == 200, answer.text[:500]
    return bytes(answer.content)


@pytest.fixture(scope="module")
def indoor(client: TestClient) -> dict[str, list[dict[str, Any]]]:
    data = got(client, "/api/exports/imdf", model=MODEL)
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        assert json.loads(file.read("manifest.json"))["version"] == "1.0.0"
        return {name.removesuffix(".geojson"): json.loads(file.read(name))["features"] for name in file.namelist() if name.endswith("geojson")}


def test_an_indoor_map_has_every_room_door_and_level(services: Services, indoor: dict[str, list[dict[str, Any]]]) -> None:
    assert check(indoor) == []
    assert len(indoor) == 16
    rooms = list(scan(services.store, "spaces"))
    named = {one["properties"]["name"]["en"] for one in indoor["unit"] if one["properties"]["name"]}
    assert {row.properties["name"] for row in rooms} <= named
    doors = [row for row in scan(services.store, "elements") if row.properties["ifc_class"] == "IfcDoor"]
    assert len(indoor["opening"]) == len(doors)
    assert [(one["properties"]["ordinal"], one["properties"]["name"]["en"]) for one in indoor["level"]] == [
        (-1, "B1"), (0, "GF"), (1, "L1"), (2, "L2"), (3, "L3")]
    assert indoor["venue"][0]["properties"]["category"] == "airport"
    assert indoor["venue"][0]["properties"]["name"] == {"en": "Passenger Terminal 1", "zh-Hant": "一號客運大樓", "zh-Hans": "一号客运大楼"}


def test_names_lead_to_airport_categories(indoor: dict[str, list[dict[str, Any]]]) -> None:
    def categories(type: str, word: str) -> set[str]:
        return {one["properties"]["category"] for one in indoor[type] if word in (one["properties"]["name"] or {}).get("en", "")}
    assert categories("unit", "Female Toilet") == {"restroom.female"}
    assert categories("amenity", "Baggage Reclaim") == {"baggageclaim"}
    assert categories("amenity", "Gate Lounge") == {"boardinggate"}
    assert categories("fixture", "Check-in Counter") == {"checkin.desk"}
    assert categories("fixture", "Reclaim Belt") == {"baggagecarousel"}
    assert {one["properties"]["category"] for one in indoor["geofence"]} == {"postsecurity", "presecurity"}
    assert {one["properties"]["category"] for one in indoor["relationship"]} == {"stairs", "elevator", "escalator"}


def test_ids_of_an_indoor_map_stay_the_same(client: TestClient) -> None:
    assert got(client, "/api/exports/imdf", model=MODEL) == got(client, f"/ogc/collections/models/items/{MODEL}/imdf")


@pytest.mark.parametrize(("type", "harm", "code"), [
    ("unit", lambda one: one["properties"].update(level_id="00000000-0000-5000-8000-000000000000"), "IMD-004"),
    ("unit", lambda one: one["properties"].update(category="palace"), "IMD-003"),
    ("unit", lambda one: one["properties"].pop("restriction"), "IMD-002"),
    ("level", lambda one: one["properties"].update(ordinal=None), "IMD-002"),
    ("opening", lambda one: one["geometry"].update(coordinates=[[113.9, 22.3], [113.90001, 22.3]]), "IMD-007"),
    ("fixture", lambda one: one["geometry"].update(coordinates=[[[113.9, 22.3], [113.901, 22.3], [113.901, 22.301], [113.9, 22.3]]]), "IMD-006"),
    ("section", lambda one: one["geometry"].update(type="Polygon", coordinates=[[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]]), "IMD-005"),
    ("venue", lambda one: one.update(id="terminal"), "IMD-001"),
])
def test_the_check_finds_what_is_wrong(indoor: dict[str, list[dict[str, Any]]], type: str, harm: Any, code: str) -> None:
    spoilt = json.loads(json.dumps(indoor))
    harm(spoilt[type][0])
    assert code in {one.code for one in check(spoilt)}


def test_the_process_gives_the_same_archive(client: TestClient) -> None:
    answer = client.post("/ogc/processes/export-imdf/execution", json={"inputs": {"model": [MODEL]}, "response": "raw"})
    assert answer.status_code == 200, answer.text[:400]
    with zipfile.ZipFile(io.BytesIO(answer.content)) as file:
        assert "unit.geojson" in file.namelist()


def test_the_site_is_one_cityjson_on_the_grid(services: Services, client: TestClient, tmp_path: Path) -> None:
    path = tmp_path / "site.city.json"
    path.write_bytes(got(client, "/api/exports/site", terrain="true", spacing="25"))
    program = ("import sys; from cjio import cityjson; m = cityjson.reader(open(sys.argv[1], encoding='utf-8'), ignore_duplicate_keys=False); "
               "print(m.get_version(), m.get_epsg())")
    said = subprocess.run([sys.executable, "-c", program, str(path)], capture_output=True, text=True, check=True, timeout=100).stdout.split()
    document = json.loads(path.read_bytes())
    assert said == ["2.0", "2326"]
    kinds = {one["type"] for one in document["CityObjects"].values()}
    assert {"Building", "BuildingStorey", "BuildingRoom", "BuildingConstructiveElement", "TINRelief"} <= kinds
    corners = np.array(document["vertices"]) * document["transform"]["scale"] + document["transform"]["translate"]
    assert corners[:, 0].min() > 800_000
    assert corners[:, 1].max() < 830_000
    _shells_are_those_of_the_footprints(services, document, corners)


def _shells_are_those_of_the_footprints(services: Services, document: dict[str, Any], corners: np.ndarray) -> None:
    grid = transform(services.store.collection("city_buildings").storage_crs, "EPSG:2326")
    seen = 0
    for row in scan(services.store, "city_buildings"):
        made = document["CityObjects"].get(f"city_buildings:{row.id}")
        if made is None or row.geometry is None:
            continue
        surfaces = made["geometry"][0]["boundaries"]
        used = corners[sorted({corner for surface in surfaces for ring in surface for corner in ring})]
        assert [*used[:, :2].min(axis=0), *used[:, :2].max(axis=0)] == pytest.approx(grid.geometry(row.geometry).bounds, abs=0.01)
        assert (used[:, 2].min(), used[:, 2].max()) == pytest.approx((made["attributes"]["base_level"], made["attributes"]["top_level"]), abs=0.002)
        assert _volume(surfaces, corners) == pytest.approx(row.geometry.area * np.ptp(used[:, 2]), rel=1e-3)
        seen += 1
    assert seen > 50


def _volume(surfaces: list[list[list[int]]], corners: np.ndarray) -> float:
    """That a closed shell with outward faces holds; holes are rings the other way round."""
    origin, total = corners.mean(axis=0), 0.0
    for surface in surfaces:
        for ring in surface:
            a, b, c = corners[ring[0]] - origin, corners[ring[1:-1]] - origin, corners[ring[2:]] - origin
            total += float(np.einsum("j,ij->", a, np.cross(b, c))) / 6
    return total


def test_a_sequence_has_the_same_objects_line_by_line(client: TestClient) -> None:
    whole = json.loads(got(client, f"/api/exports/models/{MODEL}", f="cityjson"))
    first, *lines = [json.loads(line) for line in got(client, f"/api/exports/models/{MODEL}", f="cityjsonseq").splitlines()]
    assert (first["type"], first["CityObjects"], first["vertices"]) == ("CityJSON", {}, [])
    assert {id for line in lines for id in line["CityObjects"]} == set(whole["CityObjects"])
    for line in lines:
        assert line["type"] == "CityJSONFeature"
        used = {corner for one in line["CityObjects"].values() for shape in one.get("geometry", ()) for surface in shape["boundaries"]
                for ring in surface for corner in ring}
        assert used == set(range(len(line["vertices"])))


@pytest.mark.parametrize("frame", ["grid", "enu"])
def test_a_gltf_names_its_elements_where_they_are(services: Services, client: TestClient, tmp_path: Path, frame: str) -> None:
    data = got(client, f"/api/exports/models/{MODEL}", f="gltf", storey="L3", filter="has_shape = true", frame=frame)
    (said,) = validated({"part.glb": data}, tmp_path)
    assert said["errors"] == 0, said["messages"]
    document = json.loads(data[20:20 + struct.unpack_from("<I", data, 12)[0]])
    root = document["nodes"][document["scenes"][0]["nodes"][0]]
    nodes = [document["nodes"][child] for child in root["children"]]
    rows = {row.id: row for name in ("elements", "spaces") for row in scan(services.store, name)
            if row.properties["storey_name"] == "L3" and row.properties["has_shape"]}
    assert {node["extras"]["id"] for node in nodes} == set(rows)
    assert all(node["name"] == (rows[node["extras"]["id"]].properties["name"] or node["extras"]["global_id"]) for node in nodes)
    if frame == "grid":
        for node in nodes:
            _lies_where_its_row_says(document, node, rows[node["extras"]["id"]].properties["box"], root["extras"]["origin"])
    else:
        assert (root["extras"]["longitude"], root["extras"]["latitude"]) == pytest.approx((113.93, 22.315), abs=0.01)


def _lies_where_its_row_says(document: dict[str, Any], node: dict[str, Any], box: list[float], origin: list[float]) -> None:
    low, high = np.full(3, np.inf), np.full(3, -np.inf)
    for part in [node, *(document["nodes"][child] for child in node.get("children", ()))]:
        if "mesh" not in part:
            continue
        matrix = np.array(part.get("matrix", np.eye(4).ravel())).reshape(4, 4).T
        for primitive in document["meshes"][part["mesh"]]["primitives"]:
            reach = document["accessors"][primitive["attributes"]["POSITION"]]
            ends = np.array([reach["min"], reach["max"]])
            corners = np.array([[ends[i, 0], ends[j, 1], ends[k, 2], 1] for i in (0, 1) for j in (0, 1) for k in (0, 1)]) @ matrix.T
            low, high = np.minimum(low, corners[:, :3].min(axis=0)), np.maximum(high, corners[:, :3].max(axis=0))
    assert (low[2] + origin[2], high[2] + origin[2]) == pytest.approx((box[2], box[5]), abs=0.02)
    assert (low[:2] + origin[:2] <= np.array(box[:2]) + 0.02).all()
    assert (high[:2] + origin[:2] >= np.array(box[3:5]) - 0.02).all()


def test_ids_and_a_box_choose_elements(services: Services, client: TestClient) -> None:
    doors = [row for row in scan(services.store, "elements") if row.properties["ifc_class"] == "IfcDoor"][:3]
    found = json.loads(got(client, f"/api/exports/models/{MODEL}", f="geojson", ids=",".join(row.id for row in doors)))
    assert {one["id"] for one in found["features"]} == {row.id for row in doors}
    assert doors[0].geometry is not None
    west, south, east, north = doors[0].geometry.bounds
    near = json.loads(got(client, f"/api/exports/models/{MODEL}", f="geojson", bbox=f"{west},{south},{east},{north}"))
    assert doors[0].id in {one["id"] for one in near["features"]}
    assert len(near["features"]) < 100


def test_points_with_times_become_tracks(services: Services, client: TestClient) -> None:
    clock, *buses = json.loads(got(client, "/api/exports/layers/apron-buses/czml", interpolation="lagrange"))
    assert clock["clock"]["interval"] == "2026-05-01T08:00:00.000Z/2026-05-01T08:03:00.000Z"
    assert [one["id"] for one in buses] == ["BUS-1", "BUS-2"]
    position = buses[0]["position"]
    assert (position["interpolationAlgorithm"], position["interpolationDegree"]) == ("LAGRANGE", 3)
    table = np.array(position["cartographicDegrees"]).reshape(-1, 4)
    assert table[:, 0].tolist() == [0, 60, 120, 180]
    back = transform("OGC:CRS84h", "EPSG:2326+5738", heights=services.heights).points(table[:, 1:])
    assert back == pytest.approx(np.array([[811_000 + 60 * k, 819_020, 7.5] for k in range(4)]), abs=0.02)
    assert buses[0]["availability"] == clock["clock"]["interval"]


def test_a_route_is_walked_from_its_beginning_to_its_end(client: TestClient) -> None:
    asked = {"from": "Check-in Hall North", "to": "Baggage Basement South", "at": "2026-05-01T08:00:00Z"}
    clock, walker = json.loads(got(client, "/api/exports/route", **asked))
    table = np.array(walker["position"]["cartographicDegrees"]).reshape(-1, 4)
    assert (np.diff(table[:, 0]) > 0).all()
    assert table[-1, 0] == pytest.approx(walker["properties"]["seconds"], abs=1.0)
    assert np.ptp(table[:, 3]) == pytest.approx(15.5 + 6.0, abs=0.5)
    assert clock["clock"]["currentTime"] == "2026-05-01T08:00:00.000Z"


@pytest.mark.parametrize(("path", "asked", "status"), [
    (f"/api/exports/models/{MODEL}", {"f": "dwg"}, 400), (f"/api/exports/models/{MODEL}", {"f": "gltf", "frame": "moon"}, 400),
    (f"/api/exports/models/{MODEL}", {"f": "imdf", "storey": "L1"}, 400), (f"/api/exports/models/{MODEL}", {"bbox": "a,b"}, 400),
    ("/api/exports/models/none", {}, 404), ("/api/exports/imdf", {"model": "none"}, 404), ("/api/exports/layers/none/czml", {}, 404),
    ("/api/exports/layers/terrain/czml", {}, 400), ("/api/exports/layers/apron-buses/czml", {"time": "nothing"}, 400),
    ("/api/exports/layers/apron-buses/czml", {"interpolation": "magic"}, 400), ("/api/exports/layers/apron-buses/czml", {"step": "x"}, 400),
    ("/api/exports/site", {"spacing": "0.1", "terrain": "true"}, 400), ("/api/exports/site", {"city": "maybe"}, 400),
    ("/api/exports/route", {}, 400), ("/api/exports/route", {"from": "nowhere at all"}, 404),
])
def test_what_cannot_be_exported_is_refused_with_a_reason(client: TestClient, path: str, asked: dict[str, str], status: int) -> None:
    answer = client.get(path, params=asked)
    assert answer.status_code == status, answer.text
    assert answer.json()["code"]


def test_storey_plans_are_a_collection_like_any_other(client: TestClient) -> None:
    found = json.loads(got(client, "/ogc/collections/storey-plans/items", filter="storey_name = 'L1' AND kind = 'wall'", limit=500))
    assert found["features"]
    assert {one["properties"]["kind"] for one in found["features"]} == {"wall"}
    west, south, _, _ = shapely.from_geojson(json.dumps(found["features"][0]["geometry"])).bounds
    column, row = int((west + 180) / 360 * 2**15), int((1 - np.arcsinh(np.tan(np.radians(south))) / np.pi) / 2 * 2**15)
    tile = got(client, f"/ogc/collections/storey-plans/tiles/WebMercatorQuad/15/{row}/{column}", f="mvt")
    (layer,) = mapbox_vector_tile.decode(tile).values()
    assert "wall" in {one["properties"]["kind"] for one in layer["features"]}
