"""The contract of every store: the largest Features in a box, side by side."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import shapely

from csdi.errors import CollectionMissing, PropertyUnknown
from csdi.extent import BBox
from csdi.feature import Feature, Field, FieldType, Schema
from csdi.filter import parse
from csdi.query import Query
from csdi.store import Store
from tests.contract.stores import EVERY_TYPE, collection, door, fill, store, store_url, varied

__all__ = ["store", "store_url"]

SQUARES = replace(EVERY_TYPE, geometry="polygon")


def squares(store: Store, sizes: list[float]) -> None:
    """One square of each size, 100 m apart on the grid of Hong Kong, with its size as `height`."""
    features = [door(i, geometry=shapely.box(800_000 + 100 * i, 820_000, 800_000 + 100 * i + size, 820_000 + size), height=size,
                     name="塔" if size > 10 else "hut", floor=i, open=i % 2 == 0, built="2024-02-29", seen="2024-05-01T08:00:00Z", tags=["a"])
                for i, size in enumerate(sizes)]
    fill(store, features, collection(schema=SQUARES, storage_crs="EPSG:2326"))


def test_the_largest_come_first_and_the_limit_keeps_them(store: Store) -> None:
    squares(store, [5, 50, 20, 1, 80])
    found = store.largest("doors", Query(limit=3))
    assert list(found.ids) == ["d4", "d1", "d2"]
    assert list(found.properties["height"]) == [80, 50, 20]
    assert found.more
    assert not store.largest("doors", Query(limit=5)).more
    assert list(store.largest("doors", Query(limit=0)).ids) == []


def test_values_and_geometries_are_those_of_the_features(store: Store) -> None:
    squares(store, [5, 50, 20])
    found = store.largest("doors", Query(limit=10))
    for index, id in enumerate(found.ids):
        feature = store.feature("doors", id)
        assert {name: values[index] for name, values in found.properties.items()} == feature.properties
        assert {name: type(values[index]) for name, values in found.properties.items()} == {
            name: type(value) for name, value in feature.properties.items()}
        assert shapely.equals_exact(found.geometries[index], feature.geometry, 0.0)


def test_boxes_that_meet_the_box_are_found_even_where_shapes_do_not(store: Store) -> None:
    corner = shapely.Polygon([(800_000, 820_000), (800_100, 820_000), (800_000, 820_100)])
    far = shapely.box(801_000, 820_000, 801_010, 820_010)
    fill(store, [door(1, geometry=corner), door(2, geometry=far)], collection(schema=SQUARES, storage_crs="EPSG:2326"))
    box = BBox(800_090, 820_090, 800_095, 820_095, crs="EPSG:2326")
    assert store.count("doors", Query(bbox=box)) == 0
    assert list(store.largest("doors", Query(bbox=box, limit=10)).ids) == ["d1"]


def test_filter_text_and_fields_apply(store: Store) -> None:
    squares(store, [5, 50, 20, 15])
    found = store.largest("doors", Query(filter=parse("height < 30"), fields=("name", "floor"), limit=2))
    assert (list(found.ids), found.more, list(found.properties)) == (["d2", "d3"], True, ["name", "floor"])
    assert list(store.largest("doors", Query(text="塔", limit=10)).ids) == ["d1", "d2", "d3"]
    assert list(store.largest("doors", Query(text="hut", filter=parse("floor = 1"), limit=10)).ids) == []


def test_of_equal_ones_a_spread_choice_is_kept_that_stays_the_same(store: Store) -> None:
    points = [Feature(f"p{i:04}", shapely.Point(i // 40, i % 40), {}) for i in range(1600)]
    fill(store, points, collection("points", Schema((), "point")))
    found = store.largest("points", Query(limit=200))
    assert list(store.largest("points", Query(limit=200)).ids) == list(found.ids)
    assert found.more
    corners = np.histogram2d(*shapely.get_coordinates(found.geometries).T, bins=2)[0]
    assert corners.min() > 25, "every quarter of the field is represented"


def test_features_without_a_place_are_left_out(store: Store) -> None:
    fill(store, varied(60))
    found = store.largest("doors", Query(limit=100))
    expected = {f.id for f in store.search("doors", Query(limit=100)).features if f.geometry is not None and not f.geometry.is_empty}
    assert set(found.ids) == expected
    assert not found.more
    assert not shapely.is_missing(found.geometries).any()


def test_where_there_is_nothing(store: Store) -> None:
    fill(store, [door(1, geometry=None)], collection("table", replace(EVERY_TYPE, geometry="")))
    empty = store.largest("table", Query(limit=5))
    assert (list(empty.ids), len(empty.geometries), empty.more) == ([], 0, False)
    fill(store, [], collection("nobody"))
    nobody = store.largest("nobody", Query(bbox=BBox(0, 0, 1, 1), limit=5))
    assert (list(nobody.ids), list(nobody.properties["name"]), nobody.more) == ([], [], False)
    with pytest.raises(CollectionMissing):
        store.largest("absent", Query())
    with pytest.raises(PropertyUnknown):
        store.largest("nobody", Query(fields=("colour",)))


def test_a_field_may_have_any_name(store: Store) -> None:
    schema = Schema((Field("size"), Field("tie"), Field("fid", FieldType.INTEGER), Field("id")), "point")
    fill(store, [Feature("x", shapely.Point(1, 2), {"size": "big", "tie": "red", "fid": 7, "id": "y"})], collection("odd", schema))
    found = store.largest("odd", Query(limit=5))
    assert (list(found.ids), {name: values[0] for name, values in found.properties.items()}) == (
        ["x"], {"size": "big", "tie": "red", "fid": 7, "id": "y"})
