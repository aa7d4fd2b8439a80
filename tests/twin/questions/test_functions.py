"""Our functions in filters: what they find is what a plain computation finds, on a register of made-up assets."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import shapely

from benchmarks.asset_world import World, features, world
from csdi.collection import Collection, Kind
from csdi.crs import transform
from csdi.errors import CollectionMissing, FilterInvalid, NotFound
from csdi.feature import Feature, Schema
from csdi.filter import parse
from csdi.filter.nearness import Place, Solid
from csdi.query import Query
from csdi.store import Store, open_store
from tests.services import fresh_database
from twin.questions import specs
from twin.questions.expanding import Asker, expanded
from twin.register.schemas import ASSETS, collections

COUNT = 3000


@pytest.fixture(scope="module")
def made() -> World:
    return world(COUNT)


def url_of(kind: str, request: pytest.FixtureRequest, folder: Path) -> str:
    if kind == "postgis":
        return fresh_database(request.getfixturevalue("postgres_url"))
    return "memory:" if kind == "memory" else f"sqlite:///{folder / 'site.gpkg'}"


@pytest.fixture(scope="module", params=["memory", "sqlite", pytest.param("postgis", marks=pytest.mark.postgis)])
def store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, made: World) -> Iterator[Store]:
    opened = open_store(url_of(request.param, request, tmp_path_factory.mktemp("site")))
    register, *_ = collections(public=True)
    with opened.transaction() as change:
        change.replace(register, features(made))
        change.replace(Collection("lots", {"en": "Lots"}, Schema((), "polygon"), "EPSG:2326", kind=Kind.BIM), [
            Feature("CLK-1", shapely.box(808_000, 818_000, 808_300, 818_200), {}), Feature("bare", None, {})])
    yield opened
    opened.close()


def asker(store: Store, hidden: str = "") -> Asker:
    return Asker(store, lambda collection: collection.id != hidden)


def found(store: Store, text: str, **more: Any) -> set[int]:
    query = expanded(asker(store), store.collection(ASSETS), Query(filter=parse(text), limit=10_000, **more))
    return {int(feature.id[2:], 16) for feature in store.search(ASSETS, query).features}


def solid(made: World, index: int) -> Solid:
    west, south, low, east, north, high = map(float, made.boxes[index])
    return Solid(west, south, low, east, north, high)


def distance(made: World, a: int, b: int) -> float:
    return Place.of(solid(made, a), "OGC:CRS84").distance(solid(made, b))


def tag(store: Store, index: int) -> str:
    return str(store.feature(ASSETS, f"a-{index:012x}").properties["tag"])


@pytest.mark.parametrize("index", [0, 17, 2999])
def test_near_an_asset_by_its_tag(store: Store, made: World, index: int) -> None:
    expected = {other for other in range(COUNT) if distance(made, index, other) <= 40}
    assert len(expected) > 1
    assert found(store, f"near('{tag(store, index)}', 40)") == expected
    assert found(store, f"near('a-{index:012x}', 40) AND NOT near('a-{index:012x}', 10)") == {
        other for other in expected if distance(made, index, other) > 10}


def test_the_nearest_of_those_that_fulfil_the_rest(store: Store, made: World) -> None:
    rest = [other for other in range(COUNT) if made.kind[other] == 0 and made.condition[other] >= 3]
    expected = sorted(rest, key=lambda other: distance(made, 5, other))[:9]
    assert found(store, f"nearest_to('{tag(store, 5)}', 9) AND asset_class = 'luminaire' AND condition >= 3") == set(expected)


def test_along_a_line_in_plan_and_in_space(store: Store, made: World) -> None:
    to_degrees, to_grid = transform("EPSG:2326", "OGC:CRS84"), transform("OGC:CRS84", "EPSG:2326")
    line = to_degrees.geometry(shapely.LineString([(808_000, 818_050), (808_150, 818_100), (808_600, 818_020)]))
    flat = shapely.LineString([(808_000, 818_050), (808_150, 818_100), (808_600, 818_020)])
    shapes = to_grid.geometry(shapely.box(made.boxes[:, 0], made.boxes[:, 1], made.boxes[:, 3], made.boxes[:, 4]))
    gaps = shapely.distance(shapes, flat)
    expected = {int(index) for index in (gaps <= 12).nonzero()[0]}
    unsure = {int(index) for index in (abs(gaps - 12) < 0.002).nonzero()[0]}
    assert len(expected) > 5
    assert found(store, f"along({line.wkt}, 12)") ^ expected <= unsure
    level = 12.0
    solid_line = f"LINESTRING Z({', '.join(f'{x} {y} {level}' for x, y in line.coords)})"
    within = {index for index in expected if made.boxes[index, 2] <= level + 12 and made.boxes[index, 5] >= level - 12}
    assert within < expected
    assert found(store, f"along({solid_line}, 12)") ^ within <= unsure


def test_places_by_name(store: Store, made: World) -> None:
    storey, room = int(made.storey[3]), int(made.room[3])
    on_storey = {other for other in range(COUNT) if made.storey[other] == storey}
    for named in (f"storey-{storey:04d}", f"L{storey:03d}"):
        assert found(store, f"in_storey('{named}')") == on_storey
    assert found(store, f"in_space('space-{room:05d}')") == {other for other in range(COUNT) if made.room[other] == room}
    assert found(store, "in_building('B07')") == {other for other in range(COUNT) if made.building[other] == 7}
    assert found(store, "in_storey('nowhere')") == set()


def test_inside_a_feature_of_a_layer(store: Store, made: World) -> None:
    to_grid = transform("OGC:CRS84", "EPSG:2326")
    shapes = to_grid.geometry(shapely.box(made.boxes[:, 0], made.boxes[:, 1], made.boxes[:, 3], made.boxes[:, 4]))
    expected = {int(i) for i in shapely.intersects(shapes, shapely.box(808_000, 818_000, 808_300, 818_200)).nonzero()[0]}
    assert found(store, "inside('lots', 'CLK-1')") == expected
    with pytest.raises(FilterInvalid, match="no geometry"):
        found(store, "inside('lots', 'bare')")
    with pytest.raises(NotFound):
        found(store, "inside('lots', 'CLK-2')")


def test_in_a_lot_of_a_layer(store: Store) -> None:
    assert found(store, "in_lot('CLK-1')") == found(store, "inside('lots', 'CLK-1')")
    for other in ("bare", "CLK-2"):
        with pytest.raises(NotFound):
            found(store, f"in_lot('{other}')")


def test_what_may_not_be_read_is_not_there(store: Store) -> None:
    query = Query(filter=parse("inside('lots', 'CLK-1')"))
    with pytest.raises(CollectionMissing):
        expanded(asker(store, hidden="lots"), store.collection(ASSETS), query)


def test_the_same_system_and_words(store: Store, made: World) -> None:
    assert found(store, f"same_system('{tag(store, 8)}')") == {other for other in range(COUNT) if made.system[other] == made.system[8]}
    pumps = {other for other in range(COUNT) if made.kind[other] == 18}
    assert pumps
    for written in ("水泵", "水 泵", "pump", "水　泵", "ＰＵＭＰ"):
        assert found(store, f"says('{written}')") == pumps
    lamps = {other for other in range(COUNT) if made.kind[other] == 0}
    assert found(store, "says('灯具')") == found(store, "says('燈具')") == lamps


def test_a_selector_reads_property_sets(store: Store, made: World) -> None:
    assert found(store, 'selected(\'Pset_Duty.Duty=standby, location="L003"\')') == {
        other for other in range(COUNT) if made.duty[other] == 2 and made.storey[other] == 3}


@pytest.mark.parametrize("text", ["near('nothing', 5)", "same_system('nothing')"])
def test_what_is_named_has_to_be_there(store: Store, text: str) -> None:
    with pytest.raises(NotFound, match="nothing"):
        found(store, text)


@pytest.mark.parametrize("text", [
    "near('x')", "near(5, 5)", "in_storey(5)", "nearest_to('a-000000000001', 0)", "nearest_to('a-000000000001', 1.5)", "says(name)",
    "condition = 1 OR says('pump')", "NOT nearest_to('a-000000000001', 5)", "along(POINT(114 22.3), 5)", "along(LINESTRING(113 22,114 22), 0)",
    "sees('a-000000000001', 1000)", "selected('IfcWall,,=')"])
def test_functions_say_what_they_take(store: Store, text: str) -> None:
    with pytest.raises(FilterInvalid):
        found(store, text)


def test_every_function_is_described() -> None:
    described = {one["name"]: one for one in specs.described()}
    assert set(described) == set(specs.SPECS)
    assert all(one["description"] and one["arguments"] for one in described.values())
    assert specs.mentions("In_Storey('L1')")
    assert not specs.mentions("pinside = 1 AND storey = 'in_storeys'")
