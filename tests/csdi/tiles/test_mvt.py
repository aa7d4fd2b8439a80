"""Mapbox Vector Tiles: what other libraries read from them, byte by byte and as geometries."""

from __future__ import annotations

from typing import Any

import mapbox_vector_tile
import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from csdi.tiles import mvt, varint
from csdi.tiles.grid import BUFFER, EXTENT, LINE, POINT, POLYGON, drawn

ROOM = 10_000_000


def identity(points: Any) -> Any:
    return points


def made(*shapes: str | shapely.Geometry | None, ids: list[str] | None = None, budget: int = ROOM, **columns: list[Any]) -> mvt.Layer:
    geometries = np.array([shapely.from_wkt(s) if isinstance(s, str) else s for s in shapes] + [None], object)[:-1]
    return mvt.layer("things", ids or [str(i) for i in range(len(shapes))], columns, drawn(geometries, identity), budget)


def read(layer: mvt.Layer) -> list[dict[str, Any]]:
    if not layer.body:
        return []
    decoded = mapbox_vector_tile.decode(layer.body, default_options={"y_coord_down": True, "geojson": True})
    assert list(decoded) == ["things"]
    assert decoded["things"]["extent"] == EXTENT
    assert decoded["things"]["version"] == 2
    found: list[dict[str, Any]] = decoded["things"]["features"]
    return found


def shape(feature: dict[str, Any]) -> shapely.Geometry:
    return shapely.geometry.shape(feature["geometry"])


@given(st.lists(st.integers(0, 2**64 - 1), max_size=50))
def test_varints_are_those_of_protocol_buffers(numbers: list[int]) -> None:
    expected = b"".join(varint.one(n) for n in numbers)
    assert varint.encoded(np.array(numbers, np.uint64)).tobytes() == expected
    assert varint.one(300) == b"\xac\x02"


def test_zigzag_is_that_of_protocol_buffers() -> None:
    assert varint.zigzag(np.array([0, -1, 1, -2, 2147483647, -2147483648])).tolist() == [0, 1, 2, 3, 4294967294, 4294967295]


@pytest.mark.parametrize("wkt,commands", [
    # the examples of the specification, section 4.3.5
    ("POINT (25 17)", [9, 50, 34]),
    ("MULTIPOINT ((5 7), (3 2))", [17, 10, 14, 3, 9]),
    ("LINESTRING (2 2, 2 10, 10 10)", [9, 4, 4, 18, 0, 16, 16, 0]),
    ("MULTILINESTRING ((2 2, 2 10, 10 10), (1 1, 3 5))", [9, 4, 4, 18, 0, 16, 16, 0, 9, 17, 17, 10, 4, 8]),
])
def test_commands_are_those_of_the_specification(wkt: str, commands: list[int]) -> None:
    (some,) = drawn(np.array([shapely.from_wkt(wkt)], object), identity)
    assert mvt.commands(some).tokens.tolist() == commands


def test_rings_are_closed_and_turn_as_the_specification_says() -> None:
    polygon = shapely.Polygon([(0, 0), (10, 0), (10, 10), (0, 10)], [[(2, 2), (2, 8), (8, 8), (8, 2)]])
    for given_ in (polygon, shapely.orient_polygons(polygon, exterior_cw=True), shapely.MultiPolygon([polygon, shapely.box(20, 20, 30, 30)])):
        (some,) = drawn(np.array([given_], object), identity)
        rings = walked(mvt.commands(some).tokens.tolist())
        areas = [surveyed(ring) for ring in rings]
        assert [area > 0 for area in areas] == [True, False, True][:len(rings)]
        assert all(len(ring) == 4 for ring in rings)


def walked(tokens: list[int]) -> list[list[tuple[int, int]]]:
    """Rings of drawing commands, read by the rules of the specification; every step of a line has a length."""
    rings, x, y, i = [], 0, 0, 0
    while i < len(tokens):
        command, count = tokens[i] & 7, tokens[i] >> 3
        i += 1
        if command == 7:
            assert count == 1
            continue
        if command == 1:
            assert count == 1
            rings.append([])
        for _ in range(count):
            dx, dy = ((n >> 1) ^ -(n & 1) for n in tokens[i:i + 2])
            assert command == 1 or (dx, dy) != (0, 0)
            x, y, i = x + dx, y + dy, i + 2
            rings[-1].append((x, y))
    return rings


def surveyed(ring: list[tuple[int, int]]) -> float:
    return sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in zip(ring, ring[1:] + ring[:1], strict=True)) / 2


def test_values_keep_their_types() -> None:
    values: list[Any] = ["機場客運大樓 😀", "", 0, 17, -5, 2**53, -2**62, True, False, 0.1, -2.5, 1e300, 100.0, None]
    features = read(made(*["POINT (1 1)"] * len(values), value=values))
    assert [f["properties"].get("value") for f in features] == values
    assert [type(f["properties"].get("value")) for f in features] == [type(v) for v in values]
    assert "value" not in features[-1]["properties"]


def test_equal_values_are_written_once_and_different_types_are_not_mixed() -> None:
    layer = made(*["POINT (1 1)"] * 4, a=[1, 1.0, True, 1], b=["機", "機", "機", "機"])
    assert layer.body.count("機".encode()) == 1
    assert [(type(f["properties"]["a"]), f["properties"]["b"]) for f in read(layer)] == [(int, "機"), (float, "機"), (bool, "機"), (int, "機")]


def test_numbers_of_features_are_ids_or_hashes_that_javascript_keeps_exactly() -> None:
    ids = ["7", "0", "007", "a:1", "a:2", "", "9" * 20, "①"]
    found = [f["id"] for f in read(made(*["POINT (1 1)"] * len(ids), ids=ids))]
    assert found[:2] == [7, 0]
    assert len(set(found)) == len(ids)
    assert all(2**52 <= number < 2**53 for number in found[2:])
    assert found == [mvt.numbered(id) for id in ids]


def test_a_collection_appears_under_every_kind_with_the_same_number() -> None:
    nested = "GEOMETRYCOLLECTION (POINT (1 1), GEOMETRYCOLLECTION (POINT (2 2), LINESTRING (0 0, 5 5)), POLYGON ((0 0, 9 0, 9 9, 0 0)))"
    layer = made("POINT (3 3)", nested, "POINT (4 4)", "GEOMETRYCOLLECTION EMPTY", name=["a", "b", "c", "d"])
    features = read(layer)
    assert [(f["id"], f["properties"]["name"], f["geometry"]["type"]) for f in features] == [
        (0, "a", "Point"), (1, "b", "MultiPoint"), (1, "b", "LineString"), (1, "b", "Polygon"), (2, "c", "Point")]
    assert layer.features == 3


def test_nothing_is_an_empty_layer() -> None:
    assert made() == mvt.Layer(b"")
    assert made(None, "POINT EMPTY", "POLYGON EMPTY", "POINT (9999 9999)", "MULTIPOLYGON EMPTY") == mvt.Layer(b"")


def test_a_budget_is_kept_by_what_comes_first_and_values_of_others_are_left_out() -> None:
    count = 2000
    names = [f"name of thing {i}" for i in range(count)]
    shapes = [f"POINT ({i % 4096} {i // 4096})" for i in range(count)]
    whole = made(*shapes, name=names)
    for budget in (0, 50, 100, 1000, 20_000, len(whole.body) - 1, len(whole.body), ROOM):
        layer = made(*shapes, name=names, budget=budget)
        assert len(layer.body) <= budget
        features = read(layer)
        assert [f["properties"]["name"] for f in features] == names[:layer.features]
        assert (layer.last + 1, layer.features) == (len(features), len(features))
        assert layer.whole == (layer.features == count)
        if features:
            assert budget - len(layer.body) < 150 or layer.features == count
            assert f"thing {layer.features}".encode() + b'"' not in layer.body
    assert made(*shapes, name=names, budget=len(whole.body) + 8) == whole


def test_what_leaves_the_tile_is_cut_at_the_buffer() -> None:
    layer = made("POLYGON ((-9000 -9000, 9000 -9000, 9000 9000, -9000 9000, -9000 -9000))", "LINESTRING (-500 2000, 9000 2000)",
                 "MULTIPOINT ((10 10), (9000 9000))", "POINT (-64 4160)", "POINT (-65 0)")
    polygon, line, points, corner = read(layer)
    low, high = -BUFFER, EXTENT + BUFFER
    assert shape(polygon).bounds == (low, low, high, high)
    assert shape(line).bounds == (low, 2000, high, 2000)
    assert shapely.get_coordinates(shape(points)).tolist() == [[10, 10]]
    assert shapely.get_coordinates(shape(corner)).tolist() == [[low, high]]


@pytest.mark.parametrize("wkt,kind,size", [
    ("POLYGON ((5.1 5.1, 5.2 5.1, 5.2 5.2, 5.1 5.1))", "Polygon", 1.0),
    ("POLYGON ((5.1 5.1, 95.1 5.1, 95.1 5.2, 5.1 5.1))", "Polygon", 1.0),
    ("LINESTRING (5.1 5.1, 5.2 5.2)", "LineString", 1.0),
    ("MULTILINESTRING ((5.1 5.1, 5.2 5.2), (7 7, 9 7))", "LineString", 2.0),
])
def test_what_is_smaller_than_a_unit_stays_visible(wkt: str, kind: str, size: float) -> None:
    (feature,) = read(made(wkt))
    assert feature["geometry"]["type"] == kind
    found = shape(feature)
    assert found.is_valid
    assert (found.area if kind == "Polygon" else found.length) >= size


COORDINATE = st.floats(-300, EXTENT + 300, allow_nan=False).map(lambda x: round(x, 9))
NEAR = st.floats(0, 12, allow_nan=False).map(lambda x: round(x, 9))
ROUND, ROUND_NEAR = st.integers(-300 * 64, (EXTENT + 300) * 64).map(lambda n: n / 64), st.integers(0, 12 * 64).map(lambda n: n / 64)


@st.composite
def polygons(draw: st.DrawFn) -> shapely.Geometry:
    """Valid and invalid polygons, large and as small as the grid."""
    place = draw(st.sampled_from([COORDINATE, NEAR]))
    ring = draw(st.lists(st.tuples(place, place), min_size=3, max_size=40))
    holes = draw(st.lists(st.lists(st.tuples(place, place), min_size=3, max_size=6), max_size=2))
    found = shapely.Polygon(ring, holes)
    return draw(st.sampled_from([found, shapely.make_valid(found, method="structure"), shapely.MultiPolygon([found, shapely.box(50, 50, 60, 60)])]))


@settings(max_examples=400, suppress_health_check=[HealthCheck.too_slow])
@given(polygons())
def test_polygons_are_valid_after_rounding_and_wound_as_the_specification_says(polygon: shapely.Geometry) -> None:
    note(polygon.wkt)
    for some in drawn(np.array([polygon], object), identity):
        if some.kind != POLYGON:
            continue
        assert shapely.is_valid(some.shapes).all()
        assert (shapely.area(some.shapes) > 0).all()
        assert (shapely.get_coordinates(some.shapes) == np.rint(shapely.get_coordinates(some.shapes))).all()
        for part in shapely.get_parts(some.shapes):
            assert part.exterior.is_ccw
            assert not any(hole.is_ccw for hole in part.interiors)
        rings = walked(mvt.commands(some).tokens.tolist())
        assert all(len(ring) >= 3 and surveyed(ring) != 0 for ring in rings)
        low, high = -BUFFER, EXTENT + BUFFER
        assert all(low <= value <= high for ring in rings for point in ring for value in point)


@pytest.mark.parametrize("wkt", [
    "POLYGON ((0 0, 5e-324 1e-300, 1e-200 0, 0 0))", "POLYGON ((0 1e-310, 5000 1, 1 5000, 1e-310 0, 0 1e-310))",
    "POLYGON ((0 1, 0 0, 1 0, 0 0, 0 1), (0 1, 0 0, -65 0, 1 1, 0 66, 0 0, 0 1), (0 1, 0 0, 0 0, 0 0, 0 1))",
    "MULTIPOLYGON (((1 1, 1 1, 1 1, 1 1)), ((4159.9 4159.9, 9999 4159.95, 4159.9 4160, 4159.9 4159.9)))",
    "POLYGON ((1e15 1e15, -1e15 1e15, 0 -1e15, 1e15 1e15))"])
def test_polygons_that_hardly_are_any_break_nothing(wkt: str) -> None:
    for feature in read(made(wkt)):
        assert shape(feature).is_valid
        assert shape(feature).area >= 0.5


@settings(max_examples=200)
@given(st.lists(st.tuples(ROUND, ROUND), min_size=3, max_size=30), st.lists(st.tuples(ROUND_NEAR, ROUND_NEAR), min_size=2, max_size=8))
def test_outlines_stay_within_one_unit(far: list[tuple[float, float]], near: list[tuple[float, float]]) -> None:
    window = shapely.box(0, 0, EXTENT, EXTENT)
    for line in (shapely.LineString(far), shapely.LineString(near)):
        expected = shapely.intersection(line, window)
        if expected.length < 1:
            continue
        (some,) = drawn(np.array([line], object), identity)
        assert some.kind == LINE
        along = shapely.points(shapely.get_coordinates(shapely.segmentize(expected, expected.length / 200)))
        assert shapely.distance(some.shapes[0], along).max() <= 1.0
        for point in shapely.get_parts(shapely.points(shapely.get_coordinates(some.shapes[0]))):
            assert line.distance(point) <= 0.71


def test_kinds_are_those_of_the_specification() -> None:
    assert (POINT, LINE, POLYGON) == (1, 2, 3)
