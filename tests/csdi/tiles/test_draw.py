"""Tiles of Collections: everything at its place to one unit, in every grid, from every storage CRS, as other readers see it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import mapbox_vector_tile
import numpy as np
import orjson
import pyogrio
import pytest
import shapely

from csdi.collection import Collection
from csdi.crs import transform
from csdi.feature import Feature, Field, FieldType, Schema
from csdi.store import Store, open_store
from csdi.tiles import SETS, TileMatrixSet
from csdi.tiles.draw import BUDGET, Place, draw, draw_layer, id_key
from csdi.tiles.geojson import draw_json
from csdi.tiles.grid import EXTENT
from csdi.tiles.matrix import Box

EACH = pytest.mark.parametrize("grid", SETS, ids=[grid.id for grid in SETS])
SCHEMA = Schema((Field("name"), Field("number", FieldType.INTEGER), Field("documents", FieldType.JSON)), "geometry")


@pytest.fixture
def store() -> Iterator[Store]:
    opened = open_store("memory:")
    yield opened
    opened.close()


def kept(store: Store, features: list[Feature], schema: Schema = SCHEMA, storage: str = "EPSG:2326", id: str = "things") -> Collection:
    with store.transaction() as change:
        change.replace(Collection(id, {"en": id}, schema, storage_crs=storage), features)
    return store.collection(id)


def places(collection: Collection, grid: TileMatrixSet, level: int) -> list[Place]:
    """Every tile of a level that can hold something."""
    box = grid.box_of(collection.extent.bbox)
    assert box is not None
    top, bottom, left, right = grid.limits(box, level)
    return [Place.of(grid, level, row, column) for row in range(top, bottom + 1) for column in range(left, right + 1)]


def tile_at(grid: TileMatrixSet, level: int, point: shapely.Point, storage: str = "EPSG:2326") -> Place:
    """The tile that holds a point."""
    x, y = transform(storage, grid.crs).points([(point.x, point.y)])[0]
    row, _, column, _ = grid.limits((x, y, x, y), level)
    return Place.of(grid, level, row, column)


def read(body: bytes) -> list[dict[str, Any]]:
    if not body:
        return []
    found: list[dict[str, Any]] = mapbox_vector_tile.decode(body, default_options={"y_coord_down": True})["things"]["features"]
    return found


def on_ground(feature: dict[str, Any], place: Place) -> shapely.Geometry:
    """A feature of a tile in the CRS of the grid."""
    scale = (place.box[2] - place.box[0]) / EXTENT
    return shapely.transform(shapely.geometry.shape(feature["geometry"]),
                             lambda units: np.column_stack([place.box[0] + units[:, 0] * scale, place.box[3] - units[:, 1] * scale]))


def blocks(count: int = 60, seed: int = 3) -> list[Feature]:
    """Squares and triangles of 5 to 400 m around the airport, EPSG:2326."""
    chance = np.random.default_rng(seed)
    found = []
    for i in range(count):
        x, y, size = *chance.uniform((808_000, 816_000), (814_000, 821_000)), float(chance.uniform(5, 400))
        ring = [(x, y), (x + size, y + size / 7), (x + size / 3, y + size)] + ([(x - size / 5, y + size / 2)] if i % 2 else [])
        found.append(Feature(str(i), shapely.Polygon(ring), {"name": f"第{i}座", "number": i}))
    return found


@EACH
@pytest.mark.parametrize("storage", ["EPSG:2326", "OGC:CRS84", "EPSG:3857"])
@pytest.mark.parametrize("level", [5, 9, 12])
def test_every_corner_is_where_it_belongs(store: Store, grid: TileMatrixSet, storage: str, level: int) -> None:
    level += 0 if grid.id == "HK1980Grid" else 3
    move, there = transform("EPSG:2326", storage), transform("EPSG:2326", grid.crs)
    originals = {f.id: f for f in blocks()}
    collection = kept(store, [Feature(f.id, move.geometry(f.geometry), f.properties) for f in originals.values() if f.geometry], storage=storage)
    seen = set()
    for place in dict.fromkeys(tile_at(grid, level, f.geometry.centroid) for f in originals.values() if f.geometry):
        unit = (place.box[2] - place.box[0]) / EXTENT
        scene = draw(store, collection, place)
        assert scene is not None
        for feature in read(scene.layer.body):
            true = there.geometry(originals[feature["properties"]["id"]].geometry)
            assert feature["properties"]["name"] == f"第{feature['id']}座"
            drawn = on_ground(feature, place)
            window = shapely.box(*place.box)
            corners = shapely.points(shapely.get_coordinates(shapely.intersection(true, window)))
            assert shapely.distance(drawn, corners).max(initial=0.0) <= unit * 1.01
            vanishing = 1.42 if drawn.area < 1.01 * unit**2 else 1.01
            assert shapely.distance(true, shapely.points(shapely.get_coordinates(drawn))).max() <= unit * vanishing
            seen.add(feature["id"])
    assert len(seen) > 5


@EACH
def test_neighbours_share_their_edge(store: Store, grid: TileMatrixSet) -> None:
    x, y = 811_000.0, 818_000.0
    river = shapely.LineString([(x + 37 * i, y + 900 * np.sin(i / 9)) for i in range(120)])
    lake = shapely.Point(x + 2200, y).buffer(1900, 40)
    collection = kept(store, [Feature("1", river, {}), Feature("2", lake, {})])
    level = 8 if grid.id == "HK1980Grid" else 14
    tiles = {(p.row, p.column): (p, {f["id"]: shapely.geometry.shape(f["geometry"]) for f in read(draw_layer(store, collection, p)[0])})
             for p in places(collection, grid, level)}
    assert len(tiles) > 8
    shared = 0
    for (row, column), (_, here) in tiles.items():
        _, beside = tiles.get((row, column + 1), (None, {}))
        for id in set(here) & set(beside):
            next_door = shapely.transform(beside[id], lambda c: c + np.array([EXTENT, 0]))
            strip = shapely.box(EXTENT - 60, -60, EXTENT + 60, EXTENT + 60)
            one, two = shapely.intersection(here[id], strip), shapely.intersection(next_door, strip)
            for left, right in ((one, two), (two, one)):
                assert shapely.distance(right, shapely.points(shapely.get_coordinates(left))).max(initial=0.0) <= 1.01
            shared += 1
    assert shared > 4


@EACH
def test_gdal_reads_the_same_tile(store: Store, grid: TileMatrixSet, tmp_path: Path) -> None:
    mixed = [Feature("a", shapely.Point(811_500.5, 818_000.25), {"name": "機場", "number": -7}),
             Feature("b", shapely.box(811_000, 817_000, 812_000, 818_500), {"name": "跑道 'B'", "number": 2**40}),
             Feature("c", shapely.LineString([(811_000, 817_000), (812_000, 818_500)]), {"name": None, "number": 0})]
    for feature in mixed:
        assert feature.geometry is not None
        collection = kept(store, [feature])
        level = 6 if grid.id == "HK1980Grid" else 12
        place = tile_at(grid, level, feature.geometry.representative_point())
        file = tmp_path / "0" / "0" / "0.pbf"  # as if it were the tile of the whole world
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(draw_layer(store, collection, place)[0])
        meta, _, wkb, columns = pyogrio.raw.read(file, layer="things")
        found = dict(zip(meta["fields"], (column[0] for column in columns), strict=True))
        assert (found["id"], found.get("name"), found["number"]) == (feature.id, feature.properties["name"], feature.properties["number"])
        scale = (place.box[2] - place.box[0]) / EXTENT
        ground = moved(shapely.from_wkb(wkb[0]), SETS[0].whole, place.box)
        true = shapely.intersection(transform("EPSG:2326", grid.crs).geometry(feature.geometry), shapely.box(*place.box).buffer(scale * 64))
        assert shapely.hausdorff_distance(ground, true) <= 1.5 * scale


def moved(shape: shapely.Geometry, source: Box, target: Box) -> shapely.Geometry:
    """A geometry from one box to another."""
    factor = (target[2] - target[0]) / (source[2] - source[0])
    return shapely.transform(shape, lambda c: (c - source[:2]) * factor + target[:2])


@EACH
def test_geojson_of_a_tile_says_the_same(store: Store, grid: TileMatrixSet) -> None:
    collection = kept(store, [*blocks(20), Feature("mixed", shapely.GeometryCollection(
        [shapely.Point(810_000, 818_000), shapely.box(810_100, 818_000, 810_200, 818_100)]), {"name": "雙", "number": None})])
    level = 7 if grid.id == "HK1980Grid" else 13
    for place in places(collection, grid, level):
        tile, (body, count, whole) = read(draw_layer(store, collection, place)[0]), draw_json(store, [collection], place)
        document = orjson.loads(body)
        ids = {f["properties"]["id"] for f in tile}
        assert whole
        assert {f["id"] for f in document["features"]} == ids
        assert document["numberReturned"] == document["numberMatched"] == count == len(ids)
        for feature in document["features"]:
            shape = shapely.geometry.shape(feature["geometry"])
            back = transform("OGC:CRS84", grid.crs).geometry(shape)
            unit = (place.box[2] - place.box[0]) / EXTENT
            drawn = shapely.union_all([on_ground(f, place) for f in tile if f["properties"]["id"] == feature["id"]])
            assert shapely.distance(drawn, shapely.points(shapely.get_coordinates(back))).max() <= 0.1 * unit + 0.01
            assert "documents" not in feature["properties"]
            assert all(part.exterior.is_ccw for part in shapely.get_parts(shape) if part.geom_type == "Polygon")


def test_a_tile_stays_within_its_budget_and_keeps_the_largest(store: Store) -> None:
    chance = np.random.default_rng(1)
    features = []
    for i, (x, y) in enumerate(chance.uniform((805_000, 812_000), (835_000, 838_000), (9000, 2))):
        size = float(np.exp(chance.normal(3, 1)))
        features.append(Feature(f"h{i}", shapely.box(x, y, x + size, y + size), {"name": f"house number {i} of this long street {i % 7}", "number": i}))
    collection = kept(store, features)
    (place,) = places(collection, SETS[2], 0)
    body, count, whole = draw_layer(store, collection, place)
    assert BUDGET - 300 < len(body) <= BUDGET
    assert not whole
    tile = read(body)
    assert len(tile) == count < 9000
    size = {f.id: f.geometry.length for f in features if f.geometry is not None}
    shown = [size[f["properties"]["id"]] for f in tile]
    assert min(shown) >= max(length for id, length in size.items() if id not in {f["properties"]["id"] for f in tile}) - 1e-6
    assert shown == sorted(shown, reverse=True)
    _, fewer, _ = draw_layer(store, collection, place, budget=50_000)
    assert 0 < fewer < count


def test_more_small_features_than_are_asked_for_first_are_shown_where_there_is_room(store: Store) -> None:
    points = [Feature(str(i), shapely.Point(800_000 + i % 100 * 500, 810_000 + i // 100 * 300), {}) for i in range(10_000)]
    collection = kept(store, points, Schema((), "point"))
    (place,) = places(collection, SETS[2], 0)
    body, count, whole = draw_layer(store, collection, place)
    assert (count, whole) == (10_000, True)
    assert len(body) <= BUDGET


def test_a_field_called_id_keeps_its_name(store: Store) -> None:
    schema = Schema((Field("id"), Field("feature_id")), "point")
    collection = kept(store, [Feature("x1", shapely.Point(811_000, 818_000), {"id": "mine", "feature_id": "too"})], schema)
    assert id_key(collection) == "feature_feature_id"
    place = tile_at(SETS[0], 10, shapely.Point(811_000, 818_000))
    (feature,) = read(draw_layer(store, collection, place)[0])
    assert feature["properties"] == {"id": "mine", "feature_id": "too", "feature_feature_id": "x1"}


def test_heights_play_no_part(store: Store) -> None:
    schema = Schema((), "polygon", has_z=True)
    solid = shapely.Polygon([(811_000, 818_000, 5), (811_900, 818_000, 9), (811_900, 818_900, 7)])
    collection = kept(store, [Feature("1", solid, {})], schema, "EPSG:2326+5738")
    place = tile_at(SETS[0], 11, shapely.Point(811_500, 818_300))
    (feature,) = read(draw_layer(store, collection, place)[0])
    assert shapely.geometry.shape(feature["geometry"]).area > 0


@EACH
def test_data_of_the_whole_world_is_drawn_where_the_grid_reaches(store: Store, grid: TileMatrixSet) -> None:
    shapes = [shapely.box(-180, -90, 180, 90), shapely.Point(0, 90), shapely.LineString([(-180, -85), (180, 89)]), shapely.Point(114.15, 22.3)]
    collection = kept(store, [Feature(str(i), shape, {}) for i, shape in enumerate(shapes)], Schema((), "geometry"), "OGC:CRS84")
    for level in (0, 3):
        body, _, _ = draw_layer(store, collection, tile_at(grid, level, shapely.Point(114.15, 22.3), "OGC:CRS84"))
        ids = {f["properties"]["id"] for f in read(body)}
        assert {"0", "3"} <= ids
        window = next(f for f in read(body) if f["id"] == 0)
        assert shapely.geometry.shape(window["geometry"]).covers(shapely.box(0, 1100, EXTENT, 2900))


def test_nothing_is_drawn_where_nothing_can_be(store: Store) -> None:
    collection = kept(store, [])
    place = Place.of(SETS[0], 0, 0, 0)
    assert draw(store, collection, place) is None
    assert draw_layer(store, collection, place) == (b"", 0, True)
    table = kept(store, [Feature("1", None, {})], Schema((), ""))
    assert draw_layer(store, table, place) == (b"", 0, True)
    assert draw_layer(store, kept(store, blocks(3)), Place.of(SETS[0], 10, 0, 0)) == (b"", 0, True)
