from __future__ import annotations

import json
import math
import shutil
import struct
import subprocess
import tracemalloc
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
import shapely
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from shapely import Polygon, box

from csdi import crs
from csdi.bootstrap import Services, open_services
from csdi.collection import Collection
from csdi.errors import BlobMissing
from csdi.feature import Feature, Field, FieldType, Schema
from csdi.layers import add_layers
from csdi.settings import read_settings
from tests.corpus import corpus
from twin.city import City, Plan, Roles, is_city
from twin.city.quadtree import Key, Outlines, Region, quadtree
from twin.city.solids import faces
from twin.city.structures import Maker, Tally
from twin.city.subtrees import subtrees, tiles_of
from twin.elevation import terrain_of
from twin.ellipsoid import Array, geodetic
from twin.gltf_reader import read_glb

SMALL = Path(__file__).parents[2] / "sample_models" / "small"
NUMBER, TEXT = FieldType.NUMBER, FieldType.STRING
LANDSD = Schema((Field("BUILDINGCSUID", TEXT), Field("OFFICIALBUILDINGNAMEEN", TEXT), Field("BUILDINGSTRUCTURETYPE", TEXT),
                 Field("BASEHEIGHT", NUMBER), Field("TOPHEIGHT", NUMBER)), "polygon")
SITE = (811_000.0, 819_000.0)


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    with open_services(read_settings(home=tmp_path)) as opened:
        yield opened


def building(id: str, shape: Any, base: float | None, top: float | None, kind: str = "Tower") -> Feature:
    return Feature(id, shape, {"BUILDINGCSUID": f"C{id}", "OFFICIALBUILDINGNAMEEN": f"House {id}", "BUILDINGSTRUCTURETYPE": kind,
                               "BASEHEIGHT": base, "TOPHEIGHT": top})


def square(column: float, row: float, side: float = 10.0) -> Polygon:
    x, y = SITE[0] + column, SITE[1] + row
    return box(x, y, x + side, y + side)


def published(services: Services, features: Sequence[Feature], schema: Schema = LANDSD, storage: str = "EPSG:2326") -> City:
    with services.store.transaction() as change:
        change.replace(Collection("town", {}, schema, storage), features)
    return City.of(services, services.store.collection("town"), terrain_of(services))


def town(count: int) -> list[Feature]:
    """Rows of houses of many heights."""
    side = math.isqrt(count - 1) + 1
    return [building(f"{n}", square(25.0 * (n % side), 25.0 * (n // side), 8 + n % 7), 5.0, 8.0 + n * 37 % 90) for n in range(count)]


def drawn(plan: Plan, glb: bytes) -> Array:
    """(n, 3) longitude, latitude, ellipsoidal height of all corners of a tile."""
    return geodetic(plan.frame.to_ecef(np.concatenate([part.positions for part in read_glb(glb).drawn])))


def names(glb: bytes, column: str = "id") -> list[str]:
    return [row[column] for row in read_glb(glb).table]


def tile_box(plan: Plan, key: Key) -> tuple[float, float, float, float]:
    west, south, east, north = plan.region.box
    wide, high = (east - west) / 2 ** key[0], (north - south) / 2 ** key[0]
    return west + key[1] * wide, south + key[2] * high, west + (key[1] + 1) * wide, south + (key[2] + 1) * high


def test_a_building_stands_where_its_footprint_is_between_its_levels(services: Services) -> None:
    city = published(services, [building("a", square(0, 0), 6.0, 46.0)])
    plan = city.plan()
    found = drawn(plan, city.tile(plan, (0, 0, 0)))
    ring = shapely.get_coordinates(square(0, 0))[:-1]
    for level in (6.0, 46.0):
        true = crs.transform("EPSG:2326+5738", crs.WGS84_3D, heights=services.heights).points(np.column_stack([ring, np.full(4, level)]))
        apart = np.linalg.norm((found[:, None, :] - true[None]) * (102_900, 110_700, 1), axis=2).min(axis=0)
        assert apart.max() < 0.005
    assert names(city.tile(plan, (0, 0, 0))) == ["a"]
    assert names(city.tile(plan, (0, 0, 0)), "csuid") == ["Ca"]


def test_courtyards_stay_open_and_walls_look_outwards() -> None:
    court = Polygon([(0, 0), (30, 0), (30, 30), (0, 30)], [[(10, 10), (20, 10), (20, 20), (10, 20)]])
    (made,) = Maker(Roles.of(Collection("c", {}, LANDSD)), "EPSG:2326").structures([building("a", court, 0, 12)], Tally())
    solid = faces(made)
    a, b, c = (solid.places[solid.triangles[:, k]] for k in range(3))
    areas = np.cross(b - a, c - a) / 2
    assert areas[areas[:, 2] > 1e-9][:, 2].sum() == pytest.approx(900 - 100)
    assert np.linalg.norm(areas[np.abs(areas[:, 2]) < 1e-9], axis=1).sum() == pytest.approx((120 + 40) * 12)
    volume_of_walls_and_roof = np.einsum("ij,ij->i", a, np.cross(b, c)).sum() / 6
    assert volume_of_walls_and_roof == pytest.approx(800 * 12)


def test_what_cannot_be_built_is_told_and_the_rest_is_built(services: Services) -> None:
    bow = Polygon([(0, 0), (10, 10), (10, 0), (0, 10)])
    bow = shapely.transform(bow, lambda xy: xy + np.array(SITE) + (200, 0))
    line = Polygon([(SITE[0], SITE[1]), (SITE[0] + 9, SITE[1]), (SITE[0] + 3, SITE[1])])
    far = square(0, 1_500_000)
    city = published(services, [
        building("good", square(0, 0), 5, 20), building("bow", bow, 5, 20), building("upside", square(50, 0), 20, 5),
        building("unknown", square(100, 0), 5, None), building("baseless", square(150, 0), None, 30), building("line", line, 5, 20),
        building("none", None, 5, 20), building("far", far, 5, 20), building("sentinel", square(300, 0), 5, 9999)])
    plan = city.plan()
    told = {one.code: one for one in plan.findings}
    assert {code: one.data["ids"] for code, one in told.items()} == {
        "CTY-001": ["bow", "line"], "CTY-002": ["line", "none"], "CTY-003": ["upside"],
        "CTY-004": ["unknown", "sentinel"], "CTY-006": ["baseless"], "CTY-007": ["far"]}
    assert sorted(id for ids in plan.tiles.values() for id in ids) == ["baseless", "bow", "good"]
    assert plan.count == 3


def test_a_missing_base_is_the_lowest_ground_at_the_corners(services: Services) -> None:
    (result,) = add_layers(services.store, services.blobs, SMALL / "terrain.tif")
    assert result.result == "published"
    terrain = terrain_of(services)
    assert terrain is not None
    west, south, east, north = terrain.source.bounds
    middle = crs.transform(crs.CRS84, "EPSG:2326").points([[west + 0.3 * (east - west), south + 0.6 * (north - south)]])[0]
    shape = box(middle[0], middle[1], middle[0] + 40, middle[1] + 25)
    city = published(services, [building("a", shape, None, 300.0)])
    plan = city.plan()
    corners = crs.transform("EPSG:2326", crs.CRS84).points(shapely.get_coordinates(shape))
    lowest = float(terrain.source.sample(corners).min())
    found = drawn(plan, city.tile(plan, (0, 0, 0)))
    assert [one.code for one in plan.findings] == ["CTY-005"]
    assert float(np.ptp(found[:, 2])) == pytest.approx(300.0 - lowest, abs=0.01)


@pytest.mark.parametrize(("fields", "values", "height"), [
    ({"BaseLevel": NUMBER, "RoofLevel": NUMBER}, {"BaseLevel": 4, "RoofLevel": 34}, 30), ({"bldg_height": TEXT}, {"bldg_height": "17.5"}, 17.5),
    ({"building:levels": FieldType.INTEGER}, {"building:levels": 5}, 16), ({"height": NUMBER, "top": NUMBER}, {"height": 8, "top": 30}, 8),
    ({"頂部高程": NUMBER, "底部高程": NUMBER}, {"頂部高程": 25, "底部高程": 5}, 20)])
def test_heights_are_found_by_the_names_that_are_in_use(fields: dict[str, FieldType], values: dict[str, Any], height: float) -> None:
    collection = Collection("c", {}, Schema(tuple(Field(name, kind) for name, kind in fields.items()), "multipolygon"), "EPSG:2326")
    assert is_city(collection)
    (made,) = Maker(Roles.of(collection), "EPSG:2326").structures([Feature("1", square(0, 0), values)], Tally())
    assert made.height == pytest.approx(height)


def test_polygons_without_heights_are_no_city() -> None:
    assert not is_city(Collection("lots", {}, Schema((Field("LOT", TEXT), Field("area", NUMBER)), "polygon")))
    assert not is_city(Collection("masts", {}, Schema((Field("height", NUMBER),), "point")))


def test_every_building_is_in_one_tile_that_holds_it(services: Services) -> None:
    city = published(services, town(3000))
    built = city.build()
    plan = built.plan
    assert built.made == len(plan.tiles) > 4
    assert sorted(id for ids in plan.tiles.values() for id in ids) == sorted(str(n) for n in range(3000))
    for key in plan.tiles:
        glb = city.tile(plan, key)
        assert names(glb) == list(plan.tiles[key])
        found, (west, south, east, north) = drawn(plan, glb), tile_box(plan, key)
        assert (found.min(axis=0) >= (west, south, plan.region.low)).all()
        assert (found.max(axis=0) <= (east, north, plan.region.high)).all()
        assert key[0] == 0 or (key[0] - 1, key[1] // 2, key[2] // 2) in plan.tiles


def test_subtrees_list_exactly_the_tiles(services: Services) -> None:
    city = published(services, town(3000))
    plan = city.plan()
    waiting, found = [(0, 0, 0)], set()
    while waiting:
        root = waiting.pop()
        tiles, below = tiles_of(services.blobs.get(f"{city.folder}/{plan.version}/subtrees/{'/'.join(map(str, root))}.subtree"), root)
        found |= set(tiles)
        waiting += below
    assert found == set(plan.tiles)


def test_subtrees_reach_any_depth() -> None:
    deep = {(level, 2**level * 5 // 8, 2**level * 3 // 8) for level in range(14)}
    written = dict(subtrees(deep))
    waiting, found = [(0, 0, 0)], set()
    while waiting:
        tiles, below = tiles_of(written[waiting[-1]], waiting.pop())
        found |= set(tiles)
        waiting += below
    assert found == deep
    assert len(written) == 3


def test_errors_of_tiles_are_never_less_than_what_is_left_out() -> None:
    random = np.random.default_rng(4)
    corner = random.uniform((113.9, 22.2), (114.1, 22.4), (20_000, 2))
    side = random.exponential(0.0003, (20_000, 2))
    outlines = Outlines(np.concatenate([corner, corner + side], axis=1), np.tile((0.0, 30.0), (20_000, 1)), np.full(20_000, 36))
    tree = quadtree(outlines, Region.around(outlines.boxes, outlines.heights))
    below: dict[Key, float] = {}
    for (level, x, y), drawn_there in tree.tiles.items():
        for up in range(1, level + 1):
            key = (level - up, x >> up, y >> up)
            below[key] = max(below.get(key, 0.0), float(outlines.sizes[drawn_there].max()))
    assert all(tree.error_m / 2 ** key[0] >= size - 1e-3 for key, size in below.items())
    assert max(outlines.triangles[drawn_there].sum() for key, drawn_there in tree.tiles.items() if key not in below) <= 24_000


def test_documents_are_what_the_standard_says(services: Services) -> None:
    folder = corpus("schemas", "3d-tiles-1.1", "schema")
    schemas = {path.name: json.loads(path.read_text()) for path in folder.rglob("*.json")}
    registry: Any = cast(Any, Registry)(retrieve=lambda uri: Resource.from_contents(schemas[uri.rpartition("/")[2]]))

    def faults(name: str, document: Any) -> list[str]:
        return [error.message for error in Draft202012Validator(schemas[name], registry=registry).iter_errors(document)]

    city = published(services, town(1500))
    plan = city.plan()
    document = plan.tileset("x")
    assert faults("tileset.schema.json", document) == []
    assert document["geometricError"] > document["root"]["geometricError"]
    data = services.blobs.get(f"{city.folder}/{plan.version}/subtrees/0/0/0.subtree")
    said = json.loads(data[24:24 + struct.unpack_from("<Q", data, 8)[0]])
    assert faults("subtree.schema.json", said) == []
    assert faults("subtree.schema.json", {}) != []


def test_only_tiles_that_changed_are_made_again(services: Services) -> None:
    features = town(3000)
    first = published(services, features).build()
    changed = replace(features[1234], properties={**features[1234].properties, "TOPHEIGHT": 12.5})
    second = published(services, [changed if one.id == changed.id else one for one in features]).build()
    assert second.plan.version != first.plan.version
    assert second.made <= 3 < second.kept
    assert second.made + second.kept == len(second.plan.tiles)
    third = published(services, features).build()
    with pytest.raises(BlobMissing):
        services.blobs.get(f"tiles3d/city/town/{first.plan.version}/content/0/0/0.glb")
    assert third.plan.digests == first.plan.digests


def test_a_city_in_degrees_is_the_same_city(services: Services) -> None:
    shape = square(0, 0, 30)
    there = published(services, [building("a", shape, 6.0, 46.0)])
    one = drawn(there.plan(), there.tile(there.plan(), (0, 0, 0)))
    degrees = crs.transform("EPSG:2326", crs.CRS84).geometry(np.array([shape], dtype=object))[0]
    again = published(services, [building("a", degrees, 6.0, 46.0)], storage="OGC:CRS84")
    other = drawn(again.plan(), again.tile(again.plan(), (0, 0, 0)))
    assert np.abs(np.sort(one, axis=0) - np.sort(other, axis=0)).max(axis=0) == pytest.approx((0, 0, 0), abs=0.003)


def test_many_footprints_are_planned_in_bounded_memory(services: Services) -> None:
    city = published(services, town(20_000))
    tracemalloc.start()
    plan = city.plan()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert plan.count == 20_000
    assert peak < 60e6
    assert max(map(len, plan.tiles.values())) < 5000


def test_every_tile_passes_the_judge_of_gltf(services: Services, tmp_path: Path) -> None:
    judge, node = Path(__file__).with_name("gltf_validator.mjs"), shutil.which("node")
    if node is None or not (Path(__file__).parents[2] / "web" / "node_modules" / "gltf-validator").exists():
        pytest.skip("the judge of glTF is not installed: npm ci in web/")
    city = published(services, town(3000))
    plan = city.plan()
    files = []
    for number, key in enumerate(plan.tiles):
        files.append(tmp_path / f"{number}.glb")
        files[-1].write_bytes(city.tile(plan, key))
    told = subprocess.run([node, judge, *files], capture_output=True, check=True, text=True, stdin=subprocess.DEVNULL).stdout
    found = [json.loads(line) for line in told.splitlines()]
    assert len(found) == len(files) > 1
    assert [one for one in found if one["errors"] or one["warnings"]] == []


def test_rows_say_what_a_building_is(services: Services) -> None:
    city = published(services, [building("a", square(0, 0), 6.0, 46.5, "Podium")])
    (row,) = read_glb(city.tile(city.plan(), (0, 0, 0))).table
    assert row == {"id": "a", "csuid": "Ca", "name": "House a", "kind": "Podium", "base": 6.0, "top": 46.5, "height": 40.5}


def in_degrees(id: str, lon: float, lat: float) -> Feature:
    return building(id, box(lon, lat, lon + 0.0002, lat + 0.0002), 5.0, 20.0)


def test_a_building_half_a_continent_away_is_left_out_and_told(services: Services) -> None:
    houses = [in_degrees(f"{n}", 4.9 + 0.001 * n, 52.37) for n in range(9)]
    plan = published(services, [*houses, in_degrees("lost", 0.0, 0.0)], storage="EPSG:4326").plan()
    assert {one.code: one.data["ids"] for one in plan.findings} == {"CTY-011": ["lost"]}
    assert plan.count == 9
    assert plan.extent_m < 1_000


def test_a_country_of_towns_is_whole(services: Services) -> None:
    towns = [in_degrees(f"{n}", 4.0 + 0.5 * (n % 4), 51.0 + 0.5 * (n // 4)) for n in range(16)]
    plan = published(services, towns, storage="EPSG:4326").plan()
    assert (plan.count, plan.findings) == (16, ())


def test_what_lies_astray_does_not_decide_how_heights_are_carried(services: Services) -> None:
    city = published(services, [building("a", square(0, 0), 6.0, 46.0), building("lost", box(0, 0, 10, 10), 6.0, 46.0)])
    assert city.plan().source == "EPSG:2326+5738"
