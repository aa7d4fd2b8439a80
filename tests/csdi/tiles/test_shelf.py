"""Kept tiles: the same bytes until something changes in their area, and never an old state of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import mapbox_vector_tile
import pytest
import shapely

from csdi.blobs import Blobs
from csdi.collection import Collection
from csdi.feature import Feature, Field, Schema
from csdi.store import Store, open_store
from csdi.tiles import SETS
from csdi.tiles import shelf as shelves
from csdi.tiles.draw import Place
from csdi.tiles.shelf import KeptTile, Shelf

GRID = SETS[2]
SCHEMA = Schema((Field("name"),), "polygon")


def at(easting: float, northing: float, level: int = 7) -> Place:
    row, _, column, _ = GRID.limits((easting, northing, easting, northing), level)
    return Place.of(GRID, level, row, column)


HERE, THERE = at(811_000, 818_000), at(835_000, 825_000)


def house(id: str, easting: float, northing: float, name: str = "屋") -> Feature:
    return Feature(id, shapely.box(easting, northing, easting + 20, northing + 20), {"name": name})


@pytest.fixture(params=["memory", "sqlite", pytest.param("postgis", marks=pytest.mark.postgis)])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    urls = {"memory": "memory:", "sqlite": f"sqlite:///{tmp_path}/site.gpkg"}
    opened = open_store(urls.get(request.param) or str(request.getfixturevalue("postgres_database")))
    yield opened
    opened.close()


@pytest.fixture
def blobs(tmp_path: Path) -> Blobs:
    return Blobs(f"file://{tmp_path}/blobs")


@pytest.fixture
def drawings(monkeypatch: pytest.MonkeyPatch) -> list[Place]:
    """Every tile that is really drawn."""
    drawn: list[Place] = []
    original: Callable[..., Any] = shelves.draw_layer

    def counted(store: Store, collection: Collection, place: Place, *, budget: int) -> Any:
        drawn.append(place)
        return original(store, collection, place, budget=budget)

    monkeypatch.setattr(shelves, "draw_layer", counted)
    return drawn


def publish(store: Store, *features: Feature, schema: Schema = SCHEMA) -> Collection:
    with store.transaction() as change:
        change.replace(Collection("houses", {"en": "Houses"}, schema, storage_crs="EPSG:2326"), features)
    return store.collection("houses")


def names(tile: KeptTile) -> dict[str, str]:
    if not tile.body:
        return {}
    return {f["properties"]["id"]: f["properties"]["name"] for f in mapbox_vector_tile.decode(tile.body)["houses"]["features"]}


def test_a_tile_is_drawn_once(store: Store, blobs: Blobs, drawings: list[Place]) -> None:
    collection = publish(store, house("a", 811_000, 818_000), house("b", 835_000, 825_000))
    first = Shelf(store, blobs, worth_keeping_s=0).tile(collection, HERE)
    assert names(first) == {"a": "屋"}
    again = Shelf(store, blobs, worth_keeping_s=0)
    assert again.at_hand(collection, HERE) == again.tile(collection, HERE) == first
    assert drawings == [HERE]


def test_a_change_elsewhere_leaves_a_tile_as_it_is(store: Store, blobs: Blobs, drawings: list[Place]) -> None:
    shelf = Shelf(store, blobs, worth_keeping_s=0)
    before = publish(store, house("a", 811_000, 818_000), house("b", 835_000, 825_000))
    here, there = shelf.tile(before, HERE), shelf.tile(before, THERE)
    with store.transaction() as change:
        change.write("houses", [house("b", 835_050, 825_000, "新屋"), house("c", 835_100, 825_000)])
        change.delete("houses", ids=["nobody"])
    after = store.collection("houses")
    assert shelf.tile(after, HERE) == here
    assert names(shelf.tile(after, THERE)) == {"b": "新屋", "c": "屋"}
    assert drawings == [HERE, THERE, THERE]
    assert shelf.tile(after, THERE).etag != there.etag


def test_what_moves_away_is_gone_from_where_it_was(store: Store, blobs: Blobs) -> None:
    shelf = Shelf(store, blobs, worth_keeping_s=0)
    before = publish(store, house("a", 811_000, 818_000), house("z", 811_050, 818_000))
    shelf.tile(before, HERE)
    with store.transaction() as change:
        change.write("houses", [house("a", 835_000, 825_000)])
    assert names(shelf.tile(store.collection("houses"), HERE)) == {"z": "屋"}
    with store.transaction() as change:
        change.delete("houses", ids=["z"])
    assert names(shelf.tile(store.collection("houses"), HERE)) == {}


def test_a_change_in_the_buffer_is_a_change_of_the_tile(store: Store, blobs: Blobs) -> None:
    shelf = Shelf(store, blobs, worth_keeping_s=0)
    before = publish(store, house("a", 811_000, 818_000), house("z", 835_000, 825_000))
    old = shelf.tile(before, HERE)
    with store.transaction() as change:
        change.write("houses", [house("b", HERE.box[2] + 5, HERE.box[1] + 100)])  # the buffer is 16 m wide at this level
    new = shelf.tile(store.collection("houses"), HERE)
    assert set(names(new)) == set(names(old)) | {"b"}


def test_a_collection_made_anew_has_no_old_tiles(store: Store, blobs: Blobs) -> None:
    shelf = Shelf(store, blobs, worth_keeping_s=0)
    before = publish(store, house("a", 811_000, 818_000, "old"))
    shelf.tile(before, HERE)
    with store.transaction() as change:
        change.drop("houses")
    after = publish(store, house("a", 811_000, 818_000, "new"))
    assert names(shelf.tile(after, HERE)) == {"a": "new"}


def test_a_new_field_is_seen_at_once(store: Store, blobs: Blobs) -> None:
    shelf = Shelf(store, blobs, worth_keeping_s=0)
    before = publish(store, house("a", 811_000, 818_000))
    old = shelf.tile(before, HERE)
    with store.transaction() as change:
        change.describe(replace(before, title={"en": "Better title"}))
    assert shelf.at_hand(store.collection("houses"), HERE) == old
    with store.transaction() as change:
        change.describe(replace(before, schema=Schema((*SCHEMA.fields, Field("colour")), "polygon")))
    assert shelf.at_hand(store.collection("houses"), HERE) is None


def test_tiles_that_cost_nothing_are_not_kept(store: Store, blobs: Blobs) -> None:
    collection = publish(store, house("a", 811_000, 818_000))
    shelf = Shelf(store, blobs, worth_keeping_s=60)
    assert names(shelf.tile(collection, HERE)) == {"a": "屋"}
    assert list(blobs.names("tiles")) == []


def test_a_damaged_tile_is_drawn_anew(store: Store, blobs: Blobs) -> None:
    collection = publish(store, house("a", 811_000, 818_000))
    shelf = Shelf(store, blobs, worth_keeping_s=0)
    good = shelf.tile(collection, HERE)
    (name,) = blobs.names("tiles")
    for damage in (b"", b"x" * 10, b"y" * 200):
        blobs.put_named(name, damage, replace=True)
        assert shelf.tile(collection, HERE) == good


def test_where_tiles_cannot_be_kept_they_are_served_all_the_same(store: Store, tmp_path: Path) -> None:
    collection = publish(store, house("a", 811_000, 818_000))
    blobs = Blobs(f"file://{tmp_path}/blobs")
    (tmp_path / "blobs" / "tiles").write_text("a file where a folder should be")
    assert names(Shelf(store, blobs, worth_keeping_s=0).tile(collection, HERE)) == {"a": "屋"}


def test_what_is_forgotten_is_gone(store: Store, blobs: Blobs) -> None:
    collection = publish(store, house("a", 811_000, 818_000))
    shelf = Shelf(store, blobs, worth_keeping_s=0)
    shelf.tile(collection, HERE)
    shelf.forget("houses")
    assert shelf.at_hand(collection, HERE) is None
    assert list(blobs.names("tiles")) == []
