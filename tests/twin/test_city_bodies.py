"""Bodies as they are: CityJSON and glTF files published as layers are seen with their own roofs."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from csdi import crs
from csdi.bootstrap import Services, open_services
from csdi.errors import FileBroken
from csdi.formats.solids import Solids, read_solids, triangulated
from csdi.layers import add_layers
from csdi.settings import read_settings
from twin.city import City, is_city
from twin.ellipsoid import Array, geodetic
from twin.gltf_reader import read_glb

EAST, NORTH = 811_000, 819_000
HOUSE = [[0, 0, 5], [10, 0, 5], [10, 8, 5], [0, 8, 5], [0, 0, 9], [10, 0, 9], [10, 8, 9], [0, 8, 9], [0, 4, 12], [10, 4, 12]]
"""Corners of a house with a gable roof, metres from the site, and mPD."""
SHELL = [[[0, 3, 2, 1]], [[0, 1, 5, 4]], [[2, 3, 7, 6]], [[1, 2, 6, 9, 5]], [[3, 0, 4, 8, 7]], [[4, 5, 9, 8]], [[7, 8, 9, 6]]]


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    with open_services(read_settings(home=tmp_path / "home")) as opened:
        yield opened


def cityjson(**more: Any) -> dict[str, Any]:
    return {"type": "CityJSON", "version": "2.0", "transform": {"scale": [0.001] * 3, "translate": [EAST, NORTH, 0]},
            "metadata": {"referenceSystem": "https://www.opengis.net/def/crs/EPSG/0/2326"},
            "vertices": [[1000 * n for n in place] for place in HOUSE],
            "CityObjects": {"house": {"type": "Building", "attributes": {"name": "Gable"},
                                      "geometry": [{"type": "Solid", "lod": "2.2", "boundaries": [SHELL]}]}} | more}


def drawn(services: Services, id: str) -> tuple[list[dict[str, Any]], Array, Array]:
    """Rows, corners (longitude, latitude, ellipsoidal height) and areas of what is seen of a layer."""
    collection = services.store.collection(id)
    assert is_city(collection)
    city = City.of(services, collection, None)
    plan = city.plan()
    decoded = [read_glb(city.tile(plan, key)) for key in plan.tiles]
    parts = [part for one in decoded for part in one.drawn]
    corners = np.concatenate([part.positions[part.triangles] for part in parts])
    areas = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1) / 2
    return [row for one in decoded for row in one.table], geodetic(plan.frame.to_ecef(corners.reshape(-1, 3))), areas


def expected(services: Services) -> Array:
    places = np.array(HOUSE, dtype=float) + np.array([EAST, NORTH, 0])
    return crs.transform("EPSG:2326+5738", crs.WGS84_3D, heights=services.heights).points(places)


def furthest(found: Array, wanted: Array) -> float:
    """Metres from any wanted place to the nearest that was found."""
    return float(np.linalg.norm((found[:, None] - wanted[None]) * (102_900, 110_700, 1), axis=2).min(axis=0).max())


SURFACE = 80 + 2 * 40 + 2 * (32 + 12) + 2 * 50.0
"""Floor, long walls, gables, roof; square metres."""


@pytest.mark.parametrize("sequence", [False, True])
def test_a_cityjson_solid_keeps_its_roof(services: Services, tmp_path: Path, sequence: bool) -> None:
    document = cityjson()
    path = tmp_path / ("town.city.jsonl" if sequence else "town.city.json")
    if sequence:
        feature = {"type": "CityJSONFeature", "id": "house", "CityObjects": document["CityObjects"], "vertices": document["vertices"]}
        path.write_text(json.dumps(document | {"CityObjects": {}, "vertices": []}) + "\n" + json.dumps(feature))
    else:
        path.write_text(json.dumps(document))
    (result,) = add_layers(services.store, services.blobs, path)
    assert result.result == "published", result.error
    (row,), corners, areas = drawn(services, result.collection)
    assert row["name"] == "Gable"
    assert (row["base"], row["top"]) == (5.0, 12.0)
    assert furthest(corners, expected(services)) < 0.01
    assert areas.sum() == pytest.approx(SURFACE, abs=0.5)


def test_holes_in_faces_of_any_direction_stay_open() -> None:
    wall = np.array([[0, 0, 0], [10, 0, 0], [10, 0, 6], [0, 0, 6]], dtype=float)
    window = np.array([[2, 0, 2], [2, 0, 4], [5, 0, 4], [5, 0, 2]], dtype=float)
    for turn in (np.eye(3), np.array([[0, -1, 0], [1, 0, 0], [0, 0, 1.0]]), np.array([[1, 0, 0], [0, 0, -1], [0, 1, 0.0]]),
                 np.array([[0.6, -0.8, 0], [0.48, 0.36, 0.8], [-0.64, -0.48, 0.6]])):
        made = triangulated([[wall @ turn + (EAST, NORTH, 5), window @ turn + (EAST, NORTH, 5)]])
        across = np.cross(made[:, 1] - made[:, 0], made[:, 2] - made[:, 0]) / 2
        assert np.linalg.norm(across, axis=1).sum() == pytest.approx(60 - 6)
        assert np.allclose(across.sum(axis=0), -54 * turn[1], atol=1e-6), "all look the way of the outer ring"


def test_faces_without_area_give_nothing() -> None:
    line = np.array([[0, 0, 0], [1, 0, 0], [2, 0, 0]], dtype=float)
    assert triangulated([[line], [line[:2]], []]).shape == (0, 3, 3)


def test_solids_come_back_from_their_file(tmp_path: Path) -> None:
    one, other = np.arange(18.0).reshape(2, 3, 3), np.arange(9.0).reshape(1, 3, 3)
    path = tmp_path / "solids"
    path.write_bytes(Solids.of("id", [("a", one), ("none", one[:0]), ("水泵房", other), ("a", other)]).to_bytes())
    found = read_solids(path)
    assert (found.field, list(found.places)) == ("id", ["a", "水泵房"])
    for name, triangles in (("a", one), ("水泵房", other)):
        kept = found.named(name)
        assert kept is not None
        assert (kept == triangles).all()
    assert found.named("none") is None
    path.write_bytes(b"\x05")
    with pytest.raises(FileBroken):
        read_solids(path)


def test_a_gltf_sheet_stands_as_it_is(services: Services, tmp_path: Path) -> None:
    """Axes of the sheets of the Lands Department: easting, height, minus northing."""
    faces = [triangle for (face,) in SHELL for triangle in ([face[0], face[k], face[k + 1]] for k in range(1, len(face) - 1))]
    places = np.array(HOUSE, dtype="<f4")
    points = np.stack([places[:, 0], places[:, 2], -places[:, 1]], axis=1).astype("<f4")
    indices = np.array(faces, dtype="<u2").tobytes()
    inner = points.tobytes() + indices + b"\0" * (-len(indices) % 4)
    document = {
        "asset": {"version": "2.0"}, "scene": 0, "scenes": [{"nodes": [0]}],
        "nodes": [{"name": "house", "mesh": 0, "translation": [EAST, 0, -NORTH]}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0}, "indices": 1}]}],
        "accessors": [{"bufferView": 0, "componentType": 5126, "count": len(points), "type": "VEC3",
                       "min": points.min(axis=0).tolist(), "max": points.max(axis=0).tolist()},
                      {"bufferView": 1, "componentType": 5123, "count": 3 * len(faces), "type": "SCALAR"}],
        "bufferViews": [{"buffer": 0, "byteLength": points.nbytes}, {"buffer": 0, "byteOffset": points.nbytes, "byteLength": len(indices)}],
        "buffers": [{"byteLength": len(inner)}]}
    text = json.dumps(document).encode()
    text += b" " * (-len(text) % 4)
    (tmp_path / "11-SW-4C.glb").write_bytes(
        struct.pack("<4sIIII", b"glTF", 2, 28 + len(text) + len(inner), len(text), 0x4E4F534A) + text + struct.pack("<II", len(inner), 0x004E4942) + inner)
    (result,) = add_layers(services.store, services.blobs, tmp_path / "11-SW-4C.glb")
    assert result.result == "published", result.error
    (row,), corners, areas = drawn(services, result.collection)
    assert (row["name"], row["base"], row["top"]) == ("house", 5.0, 12.0)
    assert furthest(corners, expected(services)) < 0.02
    assert areas.sum() == pytest.approx(SURFACE, abs=0.5)


def test_objects_without_faces_do_not_disturb_the_others(services: Services, tmp_path: Path) -> None:
    broken = {"type": "Building", "geometry": [{"type": "MultiSurface", "lod": "1", "boundaries": [[[0, 1, 1]]]}]}
    (tmp_path / "mixed.city.json").write_text(json.dumps(cityjson(flat=broken, empty={"type": "Building"})))
    (result,) = add_layers(services.store, services.blobs, tmp_path / "mixed.city.json")
    assert result.result == "published", result.error
    city = City.of(services, services.store.collection(result.collection), None)
    plan = city.plan()
    assert plan.count == 1
    assert {one.code for one in plan.findings} == {"CTY-002"}
