"""A store that draws vector tiles itself draws them as we do: the same Features, properties and places to one unit."""

from __future__ import annotations

from typing import Any

import mapbox_vector_tile
import numpy as np
import pytest
import shapely

from csdi.collection import Collection
from csdi.feature import Feature, Field, FieldType, Schema
from csdi.store import Store
from csdi.store.base import TileLayer
from csdi.tiles import SETS, TileMatrixSet
from csdi.tiles.draw import Place, draw, draw_layer
from tests.contract.stores import fill, store, store_url

__all__ = ["store", "store_url"]

FIELDS = (Field("name", text=True), Field("階", FieldType.INTEGER), Field("height", FieldType.NUMBER), Field("open", FieldType.BOOLEAN),
          Field("built", FieldType.DATE), Field("seen", FieldType.DATETIME), Field("tags", FieldType.JSON), Field("select"))


def city(kind: str, storage: str, seed: int = 7) -> tuple[Collection, list[Feature]]:
    """Shapes of one kind around the airport, from a centimetre to kilometres; ids of every sort."""
    rng = np.random.default_rng(seed)
    features = []
    for i in range(300):
        x, y = rng.uniform((811_000, 817_000), (815_000, 821_000))
        size = float(np.exp(rng.uniform(np.log(0.01), np.log(3000))))
        ring = [(x + size * c, y + size * s) for c, s in zip(np.cos(np.arange(7)), np.sin(np.arange(7)), strict=True)]
        shape = {"point": shapely.Point(x, y), "linestring": shapely.LineString(ring), "polygon": shapely.Point(x, y).buffer(size, 3),
                 "multipolygon": shapely.MultiPolygon([shapely.box(x, y, x + size, y + size), shapely.box(x - 9, y, x - 8, y + 1)]),
                 "multipoint": shapely.MultiPoint(ring)}[kind]
        ids = (str(i), f"a:{i}", f"0{i}")
        features.append(Feature(ids[i % 3], shape, {
            "name": (None, "機場客運大樓", "", "x" * 200)[i % 4], "階": (None, -5, 0, 2**60)[i % 4], "height": (1.5, 100.0, None, -1e-9)[i % 4],
            "open": (True, False, None)[i % 3], "built": ("2024-02-29", None)[i % 2], "seen": ("2024-05-01T08:00:00Z", "1999-12-31T23:59:59.250Z")[i % 2],
            "tags": ["a"], "select": "1"}))
    if storage != "EPSG:2326":
        from csdi.crs import transform
        move = transform("EPSG:2326", storage)
        features = [Feature(f.id, move.geometry(f.geometry), f.properties) for f in features if f.geometry is not None]
    return Collection("things", {"en": "Things"}, Schema(FIELDS, kind), storage_crs=storage), features


def read(body: bytes) -> dict[int, dict[str, Any]]:
    decoded = mapbox_vector_tile.decode(body, default_options={"y_coord_down": True}) if body else {"things": {"features": []}}
    assert list(decoded) == ["things"]
    found = {f["id"]: f for f in decoded["things"]["features"]}
    assert len(found) == len(decoded["things"]["features"])
    return found


@pytest.mark.parametrize("grid,level", [(SETS[0], 9), (SETS[0], 13), (SETS[0], 16), (SETS[1], 14), (SETS[2], 6), (SETS[2], 9)],
                         ids=lambda value: getattr(value, "id", value))
@pytest.mark.parametrize("kind", ["point", "multipoint", "linestring", "polygon", "multipolygon"])
def test_a_stores_own_layer_is_ours(store: Store, kind: str, grid: TileMatrixSet, level: int, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[TileLayer | None] = []
    own = store.tile_layer
    monkeypatch.setattr(store, "tile_layer", lambda *asked: made.append(own(*asked)) or made[-1])
    for storage in ("EPSG:2326", "OGC:CRS84"):
        collection = fill(store, city(kind, storage)[1], city(kind, storage)[0])
        box = grid.box_of(collection.extent.bbox)
        assert box is not None
        top, bottom, left, right = grid.limits(box, level)
        place = Place.of(grid, level, (top + bottom) // 2, (left + right) // 2)
        body, features, whole = draw_layer(store, collection, place)
        scene = draw(store, collection, place)
        assert scene is not None
        theirs, ours = read(body), read(scene.layer.body)
        assert (features, whole) == (len(theirs), True)
        alike(theirs, ours)
    if store.url.startswith("postgresql"):
        assert level < 12 or made, "asked where an affine transformation will do"
        assert all(made), "and it did draw"


def alike(theirs: dict[int, dict[str, Any]], ours: dict[int, dict[str, Any]]) -> None:
    window = shapely.box(0, 0, 4096, 4096)
    inside = {id for id, f in ours.items() if shapely.geometry.shape(f["geometry"]).intersects(window)}
    assert inside <= set(theirs)
    assert {id for id, f in theirs.items() if shapely.geometry.shape(f["geometry"]).intersects(window)} <= set(ours)
    for id in inside:
        assert theirs[id]["properties"] == ours[id]["properties"]
        assert {k: type(v) for k, v in theirs[id]["properties"].items()} == {k: type(v) for k, v in ours[id]["properties"].items()}
        one, two = (shapely.geometry.shape(f["geometry"]) for f in (theirs[id], ours[id]))
        assert one.geom_type.removeprefix("Multi") == two.geom_type.removeprefix("Multi")
        assert one.is_valid
        for here, there in ((one, two), (two, one)):
            points = shapely.points(shapely.get_coordinates(shapely.intersection(seen(here), window)))
            assert shapely.distance(there, points).max(initial=0.0) <= 2.0, "each is within one unit of the truth"


def seen(shape: shapely.Geometry) -> shapely.Geometry:
    """A geometry without those of its polygons that are hardly larger than a unit: a part may vanish, a Feature may not."""
    large = [part for part in shapely.get_parts(shape) if part.area >= 4] if shape.geom_type == "MultiPolygon" else []
    return shapely.MultiPolygon(large) if large else shapely.Point() if shape.geom_type == "MultiPolygon" else shape
