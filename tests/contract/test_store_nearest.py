"""The contract of every store: what is near a place in three dimensions, and what is nearest to it."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
import shapely

from csdi.crs import transform
from csdi.errors import FilterInvalid
from csdi.extent import BBox
from csdi.feature import Feature, Field, FieldType, Schema
from csdi.filter import Literal, Op, Property, Shape, parse
from csdi.filter.nearness import Solid
from csdi.query import Query, Sort
from csdi.store import Store
from tests.contract.stores import collection, fill, store, store_url

__all__ = ["store", "store_url"]

LEVELLED = Schema((Field("kind", indexed=True), Field("name", text=True), Field("storey", indexed=True),
                   Field("low", FieldType.NUMBER), Field("high", FieldType.NUMBER)), "polygon", levels=("low", "high"))
FLAT = replace(LEVELLED, levels=None)
SOLID = replace(LEVELLED, geometry="point", has_z=True, levels=None)
Numbers = tuple[float, float, float, float, float, float]


def scattered(count: int, seed: int = 7, *, kinds: tuple[str, ...] = ("pump", "fan", "fan", "fan", "valve")) -> tuple[list[Feature], list[Numbers]]:
    """Boxes in a block of 60 x 60 x 30 m at the terminal, some without heights or geometry, with their six numbers."""
    chance = np.random.default_rng(seed)
    features, boxes = [], []
    for number in range(count):
        x, y, z = 809_000 + 60 * chance.random(), 819_000 + 60 * chance.random(), 5 + 30 * chance.random()
        width, depth, height = chance.uniform(0.05, 3.0, 3)
        known = number % 17 != 3
        shape = None if number % 23 == 5 else shapely.box(x, y, x + width, y + depth)
        features.append(Feature(f"a{number}", shape, {
            "kind": kinds[number % len(kinds)], "name": "冷卻水泵" if number % 5 == 0 else "fan", "storey": f"L{number % 3}",
            "low": z if known else None, "high": z + height if known else None}))
        boxes.append((x, y, z if known else -math.inf, x + width, y + depth, z + height if known else math.inf))
    return features, boxes


def gap(a: Numbers, b: Numbers) -> float:
    """Metres between two boxes, in the plainest way."""
    return math.sqrt(sum(max(0.0, b[i] - a[i + 3], a[i] - b[i + 3]) ** 2 for i in range(3)))


def shape_of(place: Numbers) -> Shape:
    return Shape(shapely.LineString([place[:3], place[3:]]), "EPSG:2326")


def near(place: Numbers, metres: float) -> Op:
    return Op("near", (Property("geometry"), shape_of(place), Literal(metres)))


PLACES: list[Numbers] = [(809_030, 819_030, 20, 809_030, 819_030, 20), (809_010, 819_050, 5, 809_022.5, 819_051, 9),
                         (809_900, 819_000, 100, 809_900, 819_000, 100), (809_029.111, 819_031.777, 6.5, 809_029.111, 819_031.777, 6.5)]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("metres", [0, 0.5, 7.25, 880])
def test_near_goes_by_boxes_with_heights(store: Store, place: Numbers, metres: float) -> None:
    features, boxes = scattered(300)
    fill(store, features, collection("assets", LEVELLED, storage_crs="EPSG:2326"))
    expected = {f.id for f, box in zip(features, boxes, strict=True) if f.geometry is not None and gap(box, place) <= metres}
    found = store.search("assets", Query(filter=near(place, metres), limit=1000))
    assert {f.id for f in found.features} == expected
    assert found.matched == len(expected)


def test_what_has_no_geometry_is_neither_near_nor_far(store: Store) -> None:
    features, boxes = scattered(100)
    features.append(Feature("empty", shapely.Polygon(), {}))
    fill(store, features, collection("assets", LEVELLED, storage_crs="EPSG:2326"))
    far = store.search("assets", Query(filter=Op("not", (near(PLACES[0], 20),)), limit=1000))
    assert {f.id for f in far.features} == {f.id for f, box in zip(features, boxes, strict=False)
                                            if f.geometry is not None and gap(box, PLACES[0]) > 20}


def test_a_hair_decides_as_the_geometry_says_not_the_index(store: Store) -> None:
    """Indexes of 32-bit numbers know a place at Chek Lap Kok to a millimetre; distances are those of the geometries."""
    metres = [9.9999, 9.99999, 10.0, 10.00001, 10.0001, 10.003]
    features = [Feature(f"m{i}", shapely.box(811_234.567 + far, 819_876.543, 811_300 + far, 819_877), {"low": 6.0, "high": 7.0})
                for i, far in enumerate(metres)]
    fill(store, features, collection("assets", LEVELLED, storage_crs="EPSG:2326"))
    place = (811_234.567, 819_876.6, 6.5) * 2
    found = store.search("assets", Query(filter=near(place, 10.000001), limit=10))  # 10 m as numbers of 64 bits have it
    assert {f.id for f in found.features} == {"m0", "m1", "m2"}
    assert [f.id for f, _ in store.nearest("assets", Query(limit=4), Solid(*place))] == ["m0", "m1", "m2", "m3"]


def test_near_joins_other_conditions(store: Store) -> None:
    features, boxes = scattered(300)
    fill(store, features, collection("assets", LEVELLED, storage_crs="EPSG:2326"))
    condition = Op("and", (near(PLACES[0], 15), parse("kind = 'pump' AND storey = 'L1'")))
    expected = [f.id for f, box in zip(features, boxes, strict=True) if f.geometry is not None and gap(box, PLACES[0]) <= 15
                and f.properties["kind"] == "pump" and f.properties["storey"] == "L1"]
    assert expected
    first = store.search("assets", Query(filter=condition, limit=1, sort=(Sort("name"),)))
    assert first.matched == len(expected)
    either = Op("or", (near(PLACES[2], 1), parse("kind = 'pump'")))
    assert store.count("assets", Query(filter=either)) == sum(f.properties["kind"] == "pump" for f in features)


@pytest.mark.parametrize("place", PLACES)
def test_the_nearest_come_first(store: Store, place: Numbers) -> None:
    features, boxes = scattered(300)
    fill(store, features, collection("assets", LEVELLED, storage_crs="EPSG:2326"))
    ranked = sorted((gap(box, place), n) for n, (f, box) in enumerate(zip(features, boxes, strict=True)) if f.geometry is not None)
    found = store.nearest("assets", Query(limit=20), Solid(*place))
    assert [f.id for f, _ in found] == [f"a{n}" for _, n in ranked[:20]]
    assert [d for _, d in found] == pytest.approx([d for d, _ in ranked[:20]], abs=1e-9)
    assert len(store.nearest("assets", Query(limit=1000), Solid(*place))) == len(ranked)
    assert store.nearest("assets", Query(limit=0), Solid(*place)) == []


@pytest.mark.parametrize("asked", [Query(filter=parse("kind = 'pump'"), limit=7), Query(filter=parse("kind = 'pump' AND low > 12"), limit=7),
                                   Query(text="水泵", limit=7), Query(filter=parse("low > 12"), text="水泵", limit=7),
                                   Query(bbox=BBox(809_010, 819_010, 809_040, 819_040, crs="EPSG:2326"), limit=7)])
def test_the_nearest_of_those_that_answer_a_question(store: Store, asked: Query) -> None:
    features, boxes = scattered(200)
    fill(store, features, collection("assets", LEVELLED, storage_crs="EPSG:2326"))
    place, answering = PLACES[1], {f.id for f in store.search("assets", replace(asked, limit=1000)).features}
    ranked = sorted((gap(box, place), n) for n, (f, box) in enumerate(zip(features, boxes, strict=True))
                    if f.geometry is not None and f.id in answering)
    assert len(ranked) > 7
    assert [f.id for f, _ in store.nearest("assets", asked, Solid(*place))] == [f"a{n}" for _, n in ranked[:7]]


def test_the_nearest_show_what_is_wanted_of_them(store: Store) -> None:
    fill(store, scattered(10)[0], collection("assets", LEVELLED, storage_crs="EPSG:2326"))
    [(found, _)] = store.nearest("assets", Query(limit=1, fields=("kind",), geometry=False), Solid(*PLACES[0]))
    assert found.geometry is None
    assert list(found.properties) == ["kind"]


def test_heights_may_come_from_points_or_be_nowhere(store: Store) -> None:
    points = [Feature(f"p{n}", shapely.Point(809_000, 819_000, 10.0 * n), {}) for n in range(5)]
    fill(store, points, collection("solid", SOLID, storage_crs="EPSG:2326"))
    place = Solid(809_003, 819_000, 24, 809_003, 819_000, 24)
    assert [(f.id, round(d, 6)) for f, d in store.nearest("solid", Query(limit=2), place)] == [("p2", 5.0), ("p3", round(math.sqrt(45), 6))]
    assert store.count("solid", Query(filter=near(place.numbers, 5.0))) == 1
    fill(store, scattered(50)[0], collection("flat", FLAT, storage_crs="EPSG:2326"))
    expected = sum(f.geometry is not None and f.geometry.distance(shapely.Point(809_030, 819_030)) <= 9 for f in scattered(50)[0])
    assert expected
    assert store.count("flat", Query(filter=near((809_030, 819_030, 500) * 2, 9))) == expected


def test_a_place_may_be_given_in_longitude_and_latitude(store: Store) -> None:
    fill(store, [Feature("hkia", shapely.box(809_000, 819_000, 809_010, 819_010), {"low": 5.0, "high": 8.0})],
         collection("assets", LEVELLED, storage_crs="EPSG:2326"))
    lon, lat = transform("EPSG:2326", "OGC:CRS84").geometry(shapely.Point(809_020, 819_005)).coords[0]
    assert store.count("assets", Query(filter=parse(f"NEAR(geometry, POINT Z({lon} {lat} 6), 10.01)"))) == 1
    assert store.count("assets", Query(filter=parse(f"NEAR(geometry, POINT Z({lon} {lat} 6), 9.99)"))) == 0
    assert store.count("assets", Query(filter=parse(f"NEAR(geometry, POINT Z({lon} {lat} 18), 13)"))) == 0


def test_metres_are_metres_in_degrees_too(store: Store) -> None:
    """Rows kept in longitude and latitude are as far as the same ones on the grid of Hong Kong, but for how their boxes are turned."""
    features, _ = scattered(300)
    to_degrees = transform("EPSG:2326", "OGC:CRS84")
    points = [replace(f, geometry=None if f.geometry is None else shapely.Point(f.geometry.bounds[:2])) for f in features]
    fill(store, points, collection("grid", replace(LEVELLED, geometry="point"), storage_crs="EPSG:2326"))
    turned = [replace(f, geometry=None if f.geometry is None else to_degrees.geometry(f.geometry)) for f in points]
    fill(store, turned, collection("degrees", replace(LEVELLED, geometry="point")))
    for place in (p for p in PLACES if p[:3] == p[3:]):
        at = Solid.around(to_degrees.geometry(shapely.Point(place[:2])), place[2])
        assert at is not None
        on_grid, in_degrees = (store.nearest(id, Query(limit=30), solid) for id, solid in (("grid", Solid(*place)), ("degrees", at)))
        assert [d for _, d in in_degrees] == pytest.approx([d for _, d in on_grid], rel=2e-4, abs=0.002)
        steps = np.diff([d for _, d in on_grid])
        within = on_grid[int(np.argmax(steps))][1] + float(max(steps)) / 2
        found, same = ({f.id for f in store.search(id, Query(filter=near(place, within), limit=500)).features} for id in ("degrees", "grid"))
        assert found == same


@pytest.mark.parametrize("wrong", ["NEAR(geometry, 'pump', 10)", "NEAR(geometry, POINT(114 22))", "NEAR(name, POINT(114 22), 5)",
                                   "NEAR(geometry, POINT(114 22), low)"])
def test_near_says_what_it_takes(store: Store, wrong: str) -> None:
    fill(store, [], collection("assets", LEVELLED, storage_crs="EPSG:2326"))
    with pytest.raises(FilterInvalid):
        store.count("assets", Query(filter=parse(wrong)))


@pytest.mark.parametrize("where", ["high >= 12 AND low <= 18", "low < 9", "high > 30.5", "low = 12.25", "high <= 8 AND low >= 20", "NOT low <= 18"])
def test_conditions_on_levels_in_a_box_are_those_of_the_fields(store: Store, where: str) -> None:
    features = scattered(300)[0]
    features.append(Feature("upside", shapely.box(809_030, 819_030, 809_031, 819_031), {"low": 25.0, "high": 12.25}))
    features.append(Feature("half", shapely.box(809_030, 819_030, 809_031, 819_031), {"low": 12.25, "high": None}))
    fill(store, features, collection("assets", LEVELLED, storage_crs="EPSG:2326"))
    box = BBox(809_005, 819_005, 809_050, 819_050, crs="EPSG:2326")
    everywhere = {f.id for f in store.search("assets", Query(filter=parse(where), limit=1000)).features}
    inside = {f.id for f in store.search("assets", Query(bbox=box, limit=1000)).features}
    found = store.search("assets", Query(bbox=box, filter=parse(where), limit=1000))
    assert {f.id for f in found.features} == everywhere & inside
    assert found.matched == len(everywhere & inside) == store.count("assets", Query(bbox=box, filter=parse(where)))


def test_the_nearest_in_degrees_without_heights(store: Store) -> None:
    """Where an index goes by degrees, or by boxes that are a little larger, the nearest are those in metres all the same."""
    chance = np.random.default_rng(4)
    places = [(114.0 + dx, 22.3 + dy) for dx, dy in chance.normal(0, 0.0002, (400, 2))]
    fill(store, [Feature(f"p{i}", shapely.Point(x, y), {}) for i, (x, y) in enumerate(places)],
         collection("assets", replace(FLAT, geometry="point"), storage_crs="OGC:CRS84"))
    west, north = 102_968.6, 110_750.8  # metres of a degree there
    by_hand = sorted((math.hypot((x - 114.0) * west, (y - 22.3) * north), f"p{i}") for i, (x, y) in enumerate(places))[:25]
    found = store.nearest("assets", Query(limit=25), Solid(114.0, 22.3, 0, 114.0, 22.3, 0))
    assert [metres for _, metres in found] == pytest.approx([metres for metres, _ in by_hand], rel=1e-3)
    assert [feature.id for feature, _ in found] == [id for _, id in by_hand]


@pytest.mark.parametrize("count", [1, 5, 20])
def test_the_nearest_of_many_in_one_place_are_found(store: Store, count: int) -> None:
    """Sixty lights one above the other, of which no height is known: in degrees, where the index is off by metres."""
    features = [Feature(f"a{number:02}", shapely.Point(-87.64, 41.87), {"kind": "lamp"}) for number in range(60)]
    fill(store, features, collection("assets", replace(LEVELLED, geometry="point")))
    place = Solid.around(shapely.Point(-87.64, 41.87))
    assert place is not None
    found = store.nearest("assets", Query(limit=count), place)
    assert len(found) == count
    assert all(metres == 0.0 for _, metres in found)


@pytest.mark.parametrize("text", ["", "水泵", "fan"])
@pytest.mark.parametrize("where", ["storey = 'L1'", "storey = 'L1' AND kind = 'pump'", "kind = 'fan' AND high > 12", "name = 'fan'"])
@pytest.mark.parametrize("boxed", [False, True])
def test_text_conditions_and_a_box_are_counted_and_listed_alike(store: Store, text: str, where: str, boxed: bool) -> None:
    features = scattered(300)[0]
    fill(store, features, collection("assets", LEVELLED, storage_crs="EPSG:2326"))
    box = BBox(809_005, 819_005, 809_050, 819_050, crs="EPSG:2326") if boxed else None
    test = parse(where)
    passing = {f.id for f in store.search("assets", Query(filter=test, limit=1000)).features}
    expected = [f for f in features if f.id in passing and text in f.properties["name"]
                and (box is None or (f.geometry is not None and f.geometry.intersects(shapely.box(*box.xy))))]
    asked = Query(filter=test, text=text, bbox=box, limit=7)
    page = store.search("assets", asked)
    assert [f.id for f in page.features] == [f.id for f in expected[:7]]
    assert page.matched == store.count("assets", asked) == store.search_json("assets", asked).matched == len(expected)
    by_high = store.search("assets", replace(asked, sort=(Sort("high", descending=True), Sort("storey"))))
    assert by_high.matched == len(expected)
    assert [f.properties["high"] for f in by_high.features] == sorted(
        (f.properties["high"] for f in expected), key=lambda high: math.inf if high is None else -high)[:7]
    assert dict(store.counts("assets", ["kind", "storey"], asked)) == Counter((f.properties["kind"], f.properties["storey"]) for f in expected)


@pytest.mark.parametrize("counted", [(), (("kind",),), (("kind", "storey"),)])
@pytest.mark.parametrize("kind", ["valve", "fan", "nothing"])
def test_the_nearest_of_a_kind_are_the_same_whatever_is_counted(store: Store, counted: tuple[tuple[str, ...], ...], kind: str) -> None:
    features, boxes = scattered(200)
    fill(store, features, collection("assets", replace(LEVELLED, counted=counted), storage_crs="EPSG:2326"))
    by_hand = sorted(gap(box, PLACES[1]) for f, box in zip(features, boxes, strict=True)
                     if f.geometry is not None and f.properties["kind"] == kind)[:9]
    found = store.nearest("assets", Query(filter=parse(f"kind = '{kind}'"), limit=9), Solid(*PLACES[1]))
    assert [metres for _, metres in found] == pytest.approx(by_hand)
    assert all(feature.properties["kind"] == kind for feature, _ in found)
