"""The contract of every store: what goes in comes out, questions are answered alike, changes are whole."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from csdi.collection import Collection, Kind
from csdi.errors import (
    CollectionExists,
    CollectionMissing,
    CursorInvalid,
    FeatureMissing,
    FilterInvalid,
    PropertyUnknown,
    QueryError,
    ValueInvalid,
)
from csdi.extent import BBox, Interval
from csdi.feature import Feature, Field, FieldType, Schema
from csdi.filter import bind, matches, parse
from csdi.filter.evaluate import Row
from csdi.query import Query, Sort
from csdi.store import Store, scan
from tests.contract.stores import EVERY_TYPE, another, as_geojson, collection, door, fill, nothing, store, store_url, varied

__all__ = ["another", "store", "store_url"]


def ids(store: Store, query: Query, id: str = "doors") -> list[str]:
    return [f.id for f in store.search(id, replace(query, limit=1000)).features]


# What goes in comes out

EXACT = {
    "name": "機場客運大樓", "note": "", "floor": 2**53 + 1, "height": 0.1 + 0.2, "open": False, "built": "2024-02-29",
    "seen": "2024-05-01T08:00:00.250Z", "psets": {"層": [1, 2.5, None, True, "水泵", {"深": 2**60, "e": 1e-300}]}, "tags": [],
}



def test_a_whole_number_of_a_number_field_stays_a_number_in_json(store: Store) -> None:
    schema = Schema((Field("area", FieldType.NUMBER), Field("floors", FieldType.INTEGER)), "point")
    with store.transaction() as change:
        change.replace(Collection("rooms", {}, schema), [Feature("1", shapely.Point(0, 0), {"area": 100.0, "floors": 3})])
    body = store.search_json("rooms", Query()).body
    assert b'"area":100.0' in body.replace(b" ", b"")
    assert b'"floors":3' in body.replace(b" ", b"")
    assert b'"floors":3.' not in body.replace(b" ", b"")


def test_properties_come_back_as_they_went_in(store: Store) -> None:
    fill(store, [door(1, **EXACT)])
    assert store.feature("doors", "d1").properties == EXACT
    assert store.search("doors", Query()).features[0].properties == EXACT
    written = as_geojson(store, "doors", Query())[0]
    assert written["properties"] == EXACT
    assert (written["type"], written["id"]) == ("Feature", "d1")


@pytest.mark.parametrize("field,value", [
    ("floor", -(2**63)), ("floor", 2**63 - 1), ("height", 5e-324), ("height", 1.7976931348623157e308), ("height", -0.0),
    ("name", "a\nb\t\"c\" \\ 'd' % _ {} é 😀"), ("psets", [1.0, 1, 2**70, "x" * 3000]), ("psets", "text"), ("psets", 0),
    ("psets", False), ("seen", "0001-01-01T00:00:00Z"), ("seen", "9999-12-31T23:59:59.999999Z"), ("built", "0001-01-01"),
])
def test_extreme_values_come_back(store: Store, field: str, value: Any) -> None:
    fill(store, [door(1, **{field: value})])
    assert store.feature("doors", "d1").properties[field] == value
    assert as_geojson(store, "doors", Query())[0]["properties"][field] == value


def test_times_come_back_in_utc(store: Store) -> None:
    fill(store, [door(1, seen="2024-05-01T16:00:00+08:00"), door(2, seen="2024-05-01T08:00:00")])
    assert {f.properties["seen"] for f in store.search("doors", Query()).features} == {"2024-05-01T08:00:00Z"}


def test_missing_properties_come_back_as_null(store: Store) -> None:
    fill(store, [Feature("d1", None, {"name": "水泵"})])
    assert store.feature("doors", "d1").properties == nothing() | {"name": "水泵"}


@pytest.mark.parametrize("wkt", [
    "POINT (113.9 22.3)", "POINT Z (113.9 22.3 5.25)", "LINESTRING Z (1 2 3, 4 5 6)", "POLYGON ((0 0, 1 0, 1 1, 0 0))",
    "MULTIPOLYGON (((0 0, 1 0, 1 1, 0 0)), ((5 5, 6 5, 6 6, 5 5)))", "GEOMETRYCOLLECTION (POINT (1 2), LINESTRING (0 0, 1 1))",
    "POINT EMPTY", "POLYGON EMPTY", "GEOMETRYCOLLECTION EMPTY", "MULTIPOINT ((0 0), (1 1))",
])
def test_geometries_come_back(store: Store, wkt: str) -> None:
    shape = shapely.from_wkt(wkt)
    schema = replace(EVERY_TYPE, has_z=True)
    fill(store, [door(1, geometry=shape)], collection(schema=schema))
    found = store.feature("doors", "d1").geometry
    assert found is not None
    assert found.wkt == shape.wkt
    shown = as_geojson(store, "doors", Query())[0]["geometry"]
    assert shown["type"] == shape.geom_type


def test_storage_coordinates_keep_their_bits_and_json_is_crs84(store: Store) -> None:
    shape = shapely.Point(811234.123456789, 819876.987654321, 7.125)
    schema = replace(EVERY_TYPE, geometry="point", has_z=True)
    fill(store, [door(1, geometry=shape)], collection(schema=schema, storage_crs="EPSG:2326+5738", vertical_crs="EPSG:5738"))
    assert shapely.get_coordinates(store.feature("doors", "d1").geometry, include_z=True).tolist() == [
        [811234.123456789, 819876.987654321, 7.125]]
    lon, lat, z = as_geojson(store, "doors", Query())[0]["geometry"]["coordinates"]
    assert (round(lon, 3), round(lat, 3), z) == (113.934, 22.318, 7.125)
    box = store.collection("doors").extent.bbox
    assert box is not None
    assert box.crs == "OGC:CRS84"
    assert box.minz == box.maxz == 7.125
    assert box.minx == pytest.approx(lon, abs=1e-6)


def test_single_geometries_become_collections_where_those_are_declared(store: Store) -> None:
    schema = replace(EVERY_TYPE, geometry="multipolygon")
    fill(store, [door(1, geometry=shapely.box(0, 0, 1, 1))], collection(schema=schema))
    found = store.feature("doors", "d1").geometry
    assert found is not None
    assert found.geom_type == "MultiPolygon"


def test_a_collection_without_geometry(store: Store) -> None:
    fill(store, [door(1, geometry=None, name="x")], collection(schema=replace(EVERY_TYPE, geometry="")))
    assert store.feature("doors", "d1").geometry is None
    assert as_geojson(store, "doors", Query())[0]["geometry"] is None
    assert store.count("doors", Query(bbox=BBox(-180, -90, 180, 90))) == 0
    assert store.collection("doors").extent.bbox is None


HARD_NAMES = ["id", "fid", "geom", "ID_1", "a b", "100%", "{}", "select", "水泵", "it's", "a.b", "geometry", "?", "%s", "k0"]


def test_property_names_are_free(store: Store) -> None:
    schema = Schema(tuple(Field(n, indexed=True, text=True) for n in HARD_NAMES))
    values = {n: f"value of {n}" for n in HARD_NAMES}
    fill(store, [Feature("x", shapely.Point(1, 2), values)], collection(schema=schema))
    assert store.search("doors", Query()).features[0].properties == values
    assert as_geojson(store, "doors", Query())[0]["properties"] == values
    for name in HARD_NAMES:
        test = parse(f"""{json.dumps(name, ensure_ascii=False)} = '{values[name].replace("'", "''")}'""")
        assert store.count("doors", Query(filter=test, sort=(Sort(name),))) == 1
        assert store.values("doors", name) == [(values[name], 1)]


@pytest.mark.parametrize("id", ["gpkg_contents", "sqlite_master", "csdi_state", "rtree_a_geom", "select", "a-b", "pg_class"])
def test_collection_ids_are_free(store: Store, id: str) -> None:
    fill(store, [door(1, name="水泵")], collection(id))
    assert [c.id for c in store.collections()] == [id]
    assert store.count(id, Query(text="水泵", bbox=BBox(113, 22, 115, 23))) == 1
    with store.transaction() as change:
        change.drop(id)
    assert store.collections() == []


def test_a_hundred_and_fifty_properties(store: Store) -> None:
    schema = Schema(tuple(Field(f"p{n}", FieldType.NUMBER if n % 2 else FieldType.JSON) for n in range(150)))
    values = {f"p{n}": n / 7 if n % 2 else {"a": {"b": {}}} for n in range(150)}
    fill(store, [Feature("x", None, values)], collection(schema=schema))
    assert as_geojson(store, "doors", Query())[0]["properties"] == values


@pytest.mark.parametrize("properties,field", [
    ({"height": float("nan")}, "height"), ({"height": float("inf")}, "height"), ({"height": "2"}, "height"),
    ({"floor": 2**63}, "floor"), ({"floor": 1.5}, "floor"), ({"floor": True}, "floor"), ({"name": 5}, "name"),
    ({"name": "a\x00b"}, "name"), ({"name": "\ud800"}, "name"), ({"open": 1}, "open"), ({"built": "2024-13-01"}, "built"),
    ({"seen": "yesterday"}, "seen"), ({"psets": {"a": float("nan")}}, "psets"), ({"psets": {"a": "\x00"}}, "psets"),
    ({"psets": {1, 2}}, "psets"), ({"unknown": 1}, "unknown"), ({"fire": "FRR60"}, "fire"),
])
def test_values_that_do_not_fit_are_refused_by_name(store: Store, properties: dict[str, Any], field: str) -> None:
    fill(store, [door(1)])
    with pytest.raises(ValueInvalid) as refused, store.transaction() as change:
        change.write("doors", [door(2), door(3, **properties)])
    assert refused.value.data["field"] == field
    assert "d3" in refused.value.message
    assert ids(store, Query()) == ["d1"]


@pytest.mark.parametrize("geometry,schema", [
    (shapely.Point(1, 2, 3), {}), (shapely.Point(1, 2), {"geometry": "polygon"}), (shapely.Point(1, 2), {"geometry": ""}),
    (shapely.Point(float("nan"), 2), {}), (shapely.LineString([(0, 0, 1), (1, 1, float("inf"))]), {"has_z": True}),
])
def test_geometries_that_do_not_fit_are_refused(store: Store, geometry: Any, schema: dict[str, Any]) -> None:
    with pytest.raises(ValueInvalid) as refused:
        fill(store, [door(7, geometry=geometry)], collection(schema=replace(EVERY_TYPE, **schema)))
    assert "d7" in refused.value.message
    assert store.collections() == []


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=4), inner, max_size=3), max_leaves=6)
properties = st.fixed_dictionaries({
    "name": st.none() | st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=12), "note": st.none(),
    "floor": st.none() | st.integers(-(2**63), 2**63 - 1), "open": st.none() | st.booleans(),
    "height": st.none() | st.floats(allow_nan=False, allow_infinity=False),
    "built": st.none() | st.dates().map(str), "psets": json_values, "tags": json_values,
    "seen": st.none() | st.datetimes().map(lambda d: d.isoformat(timespec="milliseconds" if d.microsecond % 1000 == 0 else
                                                                 "microseconds").removesuffix(".000") + "Z"),
})


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(properties, min_size=1, max_size=5))
def test_any_properties_come_back(store: Store, rows: list[dict[str, Any]]) -> None:
    fill(store, [Feature(f"f{n}", None, row) for n, row in enumerate(rows)])
    assert [f.properties for f in store.search("doors", Query()).features] == rows
    assert [one["properties"] for one in as_geojson(store, "doors", Query())] == rows


# Changes

def test_an_empty_store(store: Store) -> None:
    assert store.collections() == []
    with pytest.raises(CollectionMissing):
        store.collection("doors")
    with pytest.raises(CollectionMissing):
        store.search("doors", Query())


def test_a_collection_is_described_as_it_was_created(store: Store) -> None:
    made = collection(kind=Kind.BIM, description={"en": "All doors"}, keywords=("door", "門"), licence="CC0", public=False,
                      attribution="us", provenance={"file": "a.ifc"}, details={"n": 1}, vertical_crs="EPSG:5738")
    with store.transaction() as change:
        change.create(made)
    found = store.collection("doors")
    assert replace(found, updated=None) == made
    assert found.updated is not None
    assert abs((found.updated - datetime.now(UTC)).total_seconds()) < 60
    with pytest.raises(CollectionExists), store.transaction() as change:
        change.create(made)


def test_writing_inserts_and_replaces_by_id(store: Store) -> None:
    fill(store, [door(1, name="old"), door(2, name="kept")])
    with store.transaction() as change:
        assert change.write("doors", [door(1, name="new", geometry=shapely.Point(50, 50)), door(3), door(3, name="last")]) == 3
    assert store.count("doors", Query()) == store.collection("doors").count == 3
    assert ids(store, Query()) == ["d1", "d2", "d3"]
    assert store.feature("doors", "d3").properties["name"] == "last"
    assert ids(store, Query(bbox=BBox(49, 49, 51, 51))) == ["d1"]
    assert ids(store, Query(text="new")) == ["d1"]
    assert ids(store, Query(text="old")) == []
    assert ids(store, Query(bbox=BBox(113, 22, 114, 23))) == ["d2", "d3"]


def test_a_feature_may_lose_its_geometry(store: Store) -> None:
    fill(store, [door(1), door(2)])
    with store.transaction() as change:
        change.write("doors", [door(1, geometry=None)])
    assert ids(store, Query(bbox=BBox(113, 22, 114, 23))) == ["d2"]
    assert as_geojson(store, "doors", Query())[0]["geometry"] is None


def test_many_features_at_once(store: Store) -> None:
    many = [door(n, name=f"door {n}", geometry=shapely.Point(n / 100, 0)) for n in range(12_000)]
    fill(store, many[:100])
    with store.transaction() as change:
        assert change.write("doors", iter(many)) == 12_000
    assert store.collection("doors").count == 12_000
    assert store.count("doors", Query(bbox=BBox(10, -1, 19.995, 1))) == 1000
    assert [f.id for f in scan(store, "doors", page=5000)] == [f"d{n}" for n in range(12_000)]
    box = store.collection("doors").extent.bbox
    assert box is not None
    assert box.xy == pytest.approx((0, 0, 119.99, 0), abs=1e-4)


def test_deleting_by_filter_and_ids(store: Store) -> None:
    fill(store, [door(n, floor=n % 3, name="水泵") for n in range(9)])
    with store.transaction() as change:
        assert change.delete("doors", parse("floor = 0"), ids=["d0", "d1", "d3"]) == 2
        assert change.delete("doors", ids=["d1", "nobody"]) == 1
        assert change.delete("doors", parse("floor = 2")) == 3
    assert ids(store, Query()) == ["d4", "d6", "d7"]
    assert ids(store, Query(text="水泵")) == ["d4", "d6", "d7"]
    assert ids(store, Query(bbox=BBox(113, 22, 114, 23))) == ["d4", "d6", "d7"]
    assert store.collection("doors").count == 3
    with store.transaction() as change:
        assert change.delete("doors") == 3
    assert store.collection("doors").extent.bbox is None
    assert store.collection("doors").count == 0


def test_extent_and_count_follow_the_features(store: Store) -> None:
    schema = replace(EVERY_TYPE, time="built", time_end="seen")
    fill(store, [door(1, built="2020-01-01", seen="2021-01-01T00:00:00Z", geometry=shapely.Point(1, 1))], collection(schema=schema))
    with store.transaction() as change:
        change.write("doors", [door(2, built="2019-01-01", seen="2024-01-01T00:00:00Z", geometry=shapely.Point(9, 5))])
    extent = store.collection("doors").extent
    assert extent.bbox is not None
    assert extent.bbox.xy == pytest.approx((1, 1, 9, 5), abs=1e-5)
    assert extent.interval == Interval.parse("2019-01-01T00:00:00Z/2024-01-01T00:00:00Z")
    with store.transaction() as change:
        change.delete("doors", ids=["d2"])
    extent = store.collection("doors").extent
    assert extent.bbox is not None
    assert extent.bbox.xy == pytest.approx((1, 1, 1, 1), abs=1e-5)
    assert extent.interval == Interval.parse("2020-01-01T00:00:00Z/2021-01-01T00:00:00Z")
    with store.transaction() as change:
        change.write("doors", [door(3, built="2020-02-01")])
    assert store.collection("doors").extent.interval == Interval.parse("2020-01-01T00:00:00Z/..")


def test_replacing_forgets_what_was_there(store: Store) -> None:
    fill(store, [door(1, name="水泵")])
    version = store.collection("doors").version
    schema = Schema((Field("other", FieldType.INTEGER),), geometry="point")
    fill(store, [Feature("x", shapely.Point(811000, 819000), {"other": 5})], collection(schema=schema, storage_crs="EPSG:2326"))
    found = store.collection("doors")
    assert (found.schema, found.count, found.storage_crs) == (schema, 1, "EPSG:2326")
    assert found.version > version
    assert store.feature("doors", "x").properties == {"other": 5}
    with pytest.raises(FeatureMissing):
        store.feature("doors", "d1")


def test_a_failed_transaction_changes_nothing(store: Store) -> None:
    fill(store, [door(1, name="水泵")])
    before, change_before = store.collection("doors"), store.change()
    with pytest.raises(RuntimeError, match="stop"), store.transaction() as change:
        change.write("doors", [door(1, name="other"), door(2)])
        change.create(collection("windows"))
        change.delete("doors", ids=["d1"])
        change.replace(collection(), [door(9)])
        raise RuntimeError("stop")
    assert store.collection("doors") == before
    assert store.feature("doors", "d1").properties["name"] == "水泵"
    assert [c.id for c in store.collections()] == ["doors"]
    assert store.change() == change_before
    fill(store, [door(5)])
    assert ids(store, Query()) == ["d5"]


def test_a_transaction_spans_collections_and_sees_itself(store: Store) -> None:
    with store.transaction() as change:
        change.create(collection("a"))
        change.write("a", [door(1), door(2)])
        change.write("a", [door(2, floor=5)])
        assert change.delete("a", parse("floor = 5")) == 1
        change.create(collection("b"))
        change.drop("b")
        change.replace(collection("a"), [door(3)])
        change.write("a", [door(4)])
        change.describe(collection("a", keywords=("x",)))
        assert store.collections() == []
    assert [c.id for c in store.collections()] == ["a"]
    assert ids(store, Query(), "a") == ["d3", "d4"]
    assert store.collection("a").keywords == ("x",)
    assert ids(store, Query(bbox=BBox(113, 22, 114, 23)), "a") == ["d3", "d4"]


def test_describing_adds_fields_and_words(store: Store) -> None:
    fill(store, [door(1, name="水泵", note="風機", psets={"a": {"b": "deep"}})])
    fields = tuple(replace(f, text=f.name == "note", indexed=f.name == "height") for f in EVERY_TYPE.fields)
    added = (Field("id", FieldType.INTEGER, indexed=True), Field("deep", path=("psets", "a", "b"), indexed=True))
    with store.transaction() as change:
        change.describe(replace(collection(), schema=replace(EVERY_TYPE, fields=fields + added), title={"en": "New"}))
    assert store.collection("doors").title == {"en": "New"}
    assert store.feature("doors", "d1").properties["id"] is None
    assert ids(store, Query(text="風機")) == ["d1"]
    assert ids(store, Query(text="水泵")) == []
    assert ids(store, Query(filter=parse("deep = 'deep'"))) == ["d1"]
    with store.transaction() as change:
        change.write("doors", [Feature("d1", None, {"id": 7, "note": "泵"})])
    assert ids(store, Query(filter=parse("id = 7"), text="泵")) == ["d1"]


@pytest.mark.parametrize("change", [
    lambda c: replace(c, storage_crs="EPSG:2326"),
    lambda c: replace(c, schema=replace(c.schema, fields=c.schema.fields[1:])),
    lambda c: replace(c, schema=replace(c.schema, fields=(replace(c.schema.fields[0], type=FieldType.INTEGER), *c.schema.fields[1:]))),
    lambda c: replace(c, schema=replace(c.schema, geometry="point")),
])
def test_describing_does_not_take_away(store: Store, change: Callable[[Any], Any]) -> None:
    fill(store, [door(1)])
    with pytest.raises(ValueInvalid), store.transaction() as transaction:
        transaction.describe(change(collection()))


def test_what_is_missing_is_named(store: Store) -> None:
    fill(store, [])
    with pytest.raises(FeatureMissing, match="nobody"):
        store.feature("doors", "nobody")
    for act in (lambda t: t.drop("nowhere"), lambda t: t.write("nowhere", []), lambda t: t.delete("nowhere"),
                lambda t: t.describe(collection("nowhere"))):
        with pytest.raises(CollectionMissing, match="nowhere"), store.transaction() as transaction:
            act(transaction)


def test_change_grows_with_every_commit(store: Store) -> None:
    seen = [store.change()]
    for n in range(3):
        fill(store, [door(n)])
        seen.append(store.change())
    assert seen == sorted(set(seen))
    assert store.change() == seen[-1]


# Questions

def test_limit_offset_and_count(store: Store) -> None:
    fill(store, [door(n) for n in range(10)])
    page = store.search("doors", Query(limit=3, offset=4))
    assert [f.id for f in page.features] == ["d4", "d5", "d6"]
    assert page.matched == 10
    assert page.next
    assert store.search("doors", Query(limit=10)).next == ""
    assert store.search("doors", Query(limit=0)).features == []
    assert store.search("doors", Query(limit=0)).matched == 10
    assert store.search("doors", Query(count=False)).matched is None
    assert store.search("doors", Query(offset=99)).features == []
    assert store.count("doors", Query(limit=1, offset=5)) == 10


def test_only_the_wanted_properties_and_no_geometry(store: Store) -> None:
    fill(store, [door(1, name="a", floor=2)])
    query = Query(fields=("floor", "name"), geometry=False)
    found = store.search("doors", query).features[0]
    assert found.properties == {"name": "a", "floor": 2}
    assert found.geometry is None
    shown = as_geojson(store, "doors", query)[0]
    assert (shown["properties"], shown["geometry"]) == ({"name": "a", "floor": 2}, None)
    assert as_geojson(store, "doors", Query(fields=()))[0]["properties"] == {}
    with pytest.raises(PropertyUnknown):
        store.search("doors", Query(fields=("nothing",)))


SORTS = [(), (Sort("floor"),), (Sort("floor", True),), (Sort("name"), Sort("height", True)), (Sort("name", True), Sort("floor")),
         (Sort("seen"),), (Sort("seen", True), Sort("built")), (Sort("open"), Sort("built", True)), (Sort("id", True),),
         (Sort("fire"), Sort("width", True)), (Sort("checked", True),), (Sort("smart"),)]


@pytest.mark.parametrize("sort", SORTS)
def test_pages_visit_each_feature_once_in_order(store: Store, sort: tuple[Sort, ...]) -> None:
    features = varied(60)
    fill(store, features)
    whole = ids(store, Query(sort=sort))
    query, paged = Query(sort=sort, limit=7), []
    while True:
        page = store.search("doors", query)
        as_json = store.search_json("doors", lambda _, query=query: query)  # type: ignore[misc]
        assert [one["id"] for one in as_geojson(store, "doors", query)] == [f.id for f in page.features]
        assert (as_json.next, as_json.matched, as_json.returned) == (page.next, 60, len(page.features))
        assert page.matched == 60
        paged += [f.id for f in page.features]
        if not page.next:
            break
        query = query.after(page.next)
    assert paged == whole
    assert sorted(whole) == sorted(f.id for f in features)
    assert whole == _ordered_by_hand(features, sort)


def _ordered_by_hand(features: list[Feature], sort: tuple[Sort, ...]) -> list[str]:
    from csdi.filter.bind import column_of
    from csdi.filter.evaluate import evaluate
    rows = [Row(f.id, f.geometry, f.properties) for f in features]
    for one in reversed(sort):
        value = evaluate(column_of(EVERY_TYPE, one.field))
        known = [r for r in rows if value(r) is not None]
        rows = sorted(known, key=value, reverse=one.descending) + [r for r in rows if value(r) is None]
    return [r.id for r in rows]


def test_paging_while_features_come_and_go(store: Store) -> None:
    fill(store, [door(n, floor=n % 5) for n in range(40)])
    query, seen, number = Query(sort=(Sort("floor"),), limit=6), list[str](), 100
    while True:
        page = store.search("doors", query)
        seen += [f.id for f in page.features]
        if not page.next:
            break
        with store.transaction() as change:
            change.write("doors", [door(number, floor=0), door(number + 1, floor=4)])
            change.delete("doors", ids=[page.features[-1].id])
        number, query = number + 2, query.after(page.next)
    assert len(seen) == len(set(seen))
    assert set(seen) >= {f"d{n}" for n in range(40)}


def test_cursors_of_others_are_refused(store: Store) -> None:
    fill(store, [door(n) for n in range(5)])
    cursor = store.search("doors", Query(limit=2, sort=(Sort("floor"),))).next
    for query in (Query(limit=2, cursor=cursor), Query(sort=(Sort("name"),), cursor=cursor), Query(cursor="rubbish"),
                  Query(cursor="é")):
        with pytest.raises(CursorInvalid):
            store.search("doors", query)


BOXES = [
    (BBox(113.9005, 22, 113.9025, 23), ["d1", "d2"]),
    (BBox(113.901, 22.3, 113.902, 22.3), ["d1", "d2"]),
    (BBox(0, 0, 1, 1), []),
    (BBox(-180, -90, 180, 90), ["d0", "d1", "d2", "d3", "d4"]),
    (BBox(170, -90, -170, 90), []),
    (BBox(-170, -90, 170, 90, crs="OGC:CRS84"), ["d0", "d1", "d2", "d3", "d4"]),
    (BBox(100, -90, 90, 90), ["d0", "d1", "d2", "d3", "d4"]),
    (BBox(113.9035, 22, -170, 23), ["d4"]),
    (BBox(-180, -90, 180, 90, crs="EPSG:4326"), ["d0", "d1", "d2", "d3", "d4"]),
    (BBox(807800, 817900, 808100, 817950, crs="EPSG:2326"), ["d1", "d2", "d3"]),
    (BBox(-2e7, -2e7, 2e7, 2e7, crs="EPSG:3857"), ["d0", "d1", "d2", "d3", "d4"]),
]


@pytest.mark.parametrize("storage_crs", ["OGC:CRS84", "EPSG:2326"])
@pytest.mark.parametrize("box,expected", BOXES)
def test_boxes_in_any_crs(store: Store, storage_crs: str, box: BBox, expected: list[str]) -> None:
    from csdi.crs import transform
    shapes = [transform("OGC:CRS84", storage_crs).geometry(shapely.Point(113.9 + n * 0.001, 22.3)) for n in range(5)]
    fill(store, [door(n, geometry=shape) for n, shape in enumerate(shapes)] + [door(8, geometry=None), door(9, geometry=shapely.Point())],
         collection(storage_crs=storage_crs))
    if box.minx == 113.901 and storage_crs != "OGC:CRS84":
        box = BBox(113.9009999, 22.2999999, 113.9020001, 22.3000001)
    assert ids(store, Query(bbox=box)) == expected


def test_boxes_meet_geometries_not_their_envelopes(store: Store) -> None:
    diagonal = shapely.LineString([(0, 0), (10, 10)])
    fill(store, [door(1, geometry=diagonal), door(2, geometry=shapely.box(0, 0, 10, 10))])
    assert ids(store, Query(bbox=BBox(6, 1, 9, 4))) == ["d2"]
    assert ids(store, Query(bbox=BBox(4, 4, 5, 5))) == ["d1", "d2"]
    assert ids(store, Query(bbox=BBox(10, 10, 11, 11))) == ["d1", "d2"]
    assert ids(store, Query(bbox=BBox(10.0000001, 10.0000001, 11, 11))) == []


def test_heights_of_a_box(store: Store) -> None:
    schema = replace(EVERY_TYPE, has_z=True)
    made = collection(schema=schema, storage_crs="EPSG:2326+5738", vertical_crs="EPSG:5738")
    at = (811000.0, 819000.0)
    shapes = [shapely.Point(*at, 5.0), shapely.LineString([(*at, 8.0), (at[0] + 1, at[1], 20.0)]), shapely.Point(*at)]
    fill(store, [door(n, geometry=shape) for n, shape in enumerate(shapes)], made)

    def found(low: float, high: float, crs: str = "EPSG:2326+5738") -> list[str]:
        return ids(store, Query(bbox=BBox(810000, 818000, 812000, 820000, low, high, crs)))
    assert found(0, 6) == ["d0", "d2"]
    assert found(5, 5) == ["d0", "d2"]
    assert found(5.0001, 7) == ["d2"]
    assert found(10, 11) == ["d1", "d2"]
    assert found(-5, 100) == ["d0", "d1", "d2"]
    ellipsoidal = BBox(113.9, 22.2, 114.0, 22.4, 1.2, 1.6, "OGC:CRS84h")
    assert ids(store, Query(bbox=ellipsoidal)) == ["d0", "d2"]


def test_levels_give_heights_to_footprints(store: Store) -> None:
    schema = Schema((Field("base", FieldType.NUMBER), Field("top", FieldType.NUMBER)), geometry="polygon", levels=("base", "top"))
    made = collection(schema=schema, vertical_crs="EPSG:5738")
    levels = [(0.0, 4.5), (4.5, 9.0), (None, None), (7.0, None)]
    fill(store, [Feature(f"d{n}", shapely.box(113, 22, 114, 23), {"base": b, "top": t}) for n, (b, t) in enumerate(levels)], made)

    def found(low: float, high: float, crs: str = "OGC:CRS84") -> list[str]:
        return ids(store, Query(bbox=BBox(113.95, 22.3, 113.96, 22.31, low, high, crs)))
    assert found(0, 1) == ["d0", "d2"]
    assert found(4.5, 4.5) == ["d0", "d1", "d2"]
    assert found(6.9, 7.1) == ["d1", "d2", "d3"]
    assert found(-1.9, -1.4, "OGC:CRS84h") == ["d0", "d2"]
    extent = store.collection("doors").extent.bbox
    assert extent is not None
    assert (extent.minz, extent.maxz) == (0.0, 9.0)


def test_heights_of_unknown_datum_are_refused(store: Store) -> None:
    fill(store, [door(1, geometry=shapely.Point(1, 2, 3))], collection(schema=replace(EVERY_TYPE, has_z=True)))
    with pytest.raises(QueryError, match="datum"):
        store.search("doors", Query(bbox=BBox(0, 0, 9, 9, 0, 9, "OGC:CRS84h")))
    assert ids(store, Query(bbox=BBox(0, 0, 9, 9, 0, 9))) == ["d1"]


def test_flat_collections_take_solid_boxes(store: Store) -> None:
    fill(store, [door(1)])
    assert ids(store, Query(bbox=BBox(113, 22, 114, 23, 500, 600, "OGC:CRS84h"))) == ["d1"]


@pytest.mark.parametrize("interval,expected", [
    ("2024-05-01/2024-05-01", ["d0", "d1", "d3", "d4"]), ("../2024-04-30", ["d1", "d3"]), ("2024-05-02/..", ["d1", "d2", "d3", "d4"]),
    ("2024-05-01T12:00:00Z", ["d1", "d3", "d4"]), ("2030-01-01/..", ["d1", "d3", "d4"]), ("../..", ["d0", "d1", "d2", "d3", "d4"]),
])
def test_intervals(store: Store, interval: str, expected: list[str]) -> None:
    schema = replace(EVERY_TYPE, time="seen", time_end="checked_out", fields=(*EVERY_TYPE.fields, Field("checked_out", FieldType.DATETIME)))
    rows = [("2024-05-01T08:00:00Z", "2024-05-01T09:00:00Z"), (None, None), ("2024-05-02T00:00:00Z", "2024-05-03T00:00:00Z"),
            ("2024-01-01T00:00:00Z", None), ("2024-05-01T10:00:00Z", "2031-01-01T00:00:00Z")]
    fill(store, [Feature(f"d{n}", None, {"seen": a, "checked_out": b}) for n, (a, b) in enumerate(rows)], collection(schema=schema))
    assert ids(store, Query(interval=Interval.parse(interval))) == expected


def test_days_meet_the_times_within(store: Store) -> None:
    fill(store, [door(1, built="2024-05-01"), door(2, built="2024-05-02")], collection(schema=replace(EVERY_TYPE, time="built")))
    assert ids(store, Query(interval=Interval.parse("2024-05-01T23:00:00Z"))) == ["d1"]
    assert ids(store, Query(interval=Interval.parse("2024-05-01T23:00:00Z/2024-05-02T01:00:00Z"))) == ["d1", "d2"]


@pytest.mark.parametrize("text,expected", [
    ("水泵", ["d0", "d1", "d4"]), ("水 泵", ["d0", "d1", "d3", "d4"]), ("水泵房", ["d1"]), ("泵水", []), ("機場", ["d2"]), ("机场", ["d2"]),
    ("机場客運大楼", ["d2"]), ("pump", ["d0", "d5"]), ("ＰＵＭＰ", ["d0", "d5"]), ("pump room", ["d5"]), ("P-101", ["d0"]), ("P-1", ["d0"]),
    ("cafe", ["d5"]), ("café", ["d5"]), ("水泵 P-101", ["d0"]), ("nothing", []), ("!!!", []), ("\"水泵\" OR *", []), ("   ", None),
])
def test_text_in_any_writing(store: Store, text: str, expected: list[str] | None) -> None:
    fill(store, [door(0, name="水泵 Pump P-101"), door(1, name="冷卻水泵房"), door(2, name="機場客運大樓", note="Terminal"),
                 door(3, name="水", note="泵"), door(4, note="消防水泵"), door(5, name="Pump Room", note="Café"), door(6)])
    assert ids(store, Query(text=text)) == (expected if expected is not None else [f"d{n}" for n in range(7)])


def test_everything_at_once(store: Store) -> None:
    fill(store, [door(n, name="水泵" if n % 2 else "風機", floor=n % 3, seen=f"2024-05-{n + 1:02}T00:00:00Z") for n in range(20)],
         collection(schema=replace(EVERY_TYPE, time="seen")))
    query = Query(bbox=BBox(113.9, 22, 113.9115, 23), text="水泵", filter=parse("floor in (0, 1)"),
                  interval=Interval.parse("2024-05-03/.."),
                  sort=(Sort("floor", True),), limit=2)
    page = store.search("doors", query)
    assert ([f.id for f in page.features], page.matched) == (["d7", "d3"], 3)
    assert [f.id for f in store.search("doors", query.after(page.next)).features] == ["d9"]


def test_facets(store: Store) -> None:
    fill(store, [door(n, name=["a", "b", None][n % 3], open=n % 2 == 0, seen="2024-05-01T08:00:00Z" if n else None) for n in range(7)])
    assert store.values("doors", "name") == [("a", 3), ("b", 2), (None, 2)]
    assert store.values("doors", "name", limit=1) == [("a", 3)]
    assert store.values("doors", "open", Query(filter=parse("name = 'a'"))) == [(True, 2), (False, 1)]
    assert store.values("doors", "seen") == [("2024-05-01T08:00:00Z", 6), (None, 1)]
    with pytest.raises(PropertyUnknown):
        store.values("doors", "nothing")


FILTERS = [
    "name = '水泵'", "name <> '水泵'", "NOT name = '水泵'", "name > 'Z'", "name like 'p%'", "name like 'a_b'", r"name like 'a\_b'",
    r"name like '100\%'", "casei(name) = casei('PUMP')", "casei(name) like casei('P%')", "accenti(name) = accenti('Zahler')",
    "name in ('水泵', 'Pump', '')", "NOT name in ('水泵', 'Pump')", "name is null", "name is not null", "name = note", "note >= name",
    "floor = 9007199254740993", "floor > 1", "floor between -3 and 1", "floor not between 0 and 1", "floor + 1 = 2", "floor * 2 > 3",
    "floor / 2 = 0.5", "floor % 2 = 1", "floor div 2 = 1", "floor ^ 2 = 4", "1 / floor > 0", "floor - height > 1", "height = 0.1",
    "height > 0.15", "height <= floor", "-floor = 3", "open", "NOT open", "open = true", "open <> false", "open = TRUE AND floor = 1",
    "open OR floor = 1", "NOT (open OR floor = 1)", "built = DATE('2024-02-29')", "built < DATE('2024-01-01')", "built = '2024-02-29'",
    "seen > TIMESTAMP('2024-05-01T08:00:00Z')", "seen = TIMESTAMP('2024-05-01T16:00:00.5+08:00')", "seen >= DATE('2024-05-01')",
    "seen in (TIMESTAMP('2024-05-01T08:00:00.00025Z'))", "built < seen", "t_before(built, seen)", "t_after(seen, DATE('2024-05-01'))",
    "t_intersects(seen, INTERVAL('2024-05-01', '2024-05-01'))", "t_during(INTERVAL(built, seen), INTERVAL('..', '..'))",
    "t_disjoint(built, INTERVAL('2000-01-01', '..'))", "t_equals(built, DATE('2007-01-01'))", "NOT t_equals(built, DATE('2007-01-01'))",
    "s_intersects(geometry, BBOX(113.2, 22.1, 114.5, 22.7))", "NOT s_intersects(geom, BBOX(113.2, 22.1, 114.5, 22.7))",
    "s_disjoint(geometry, POINT(113.5 22.25))", "s_within(geometry, BBOX(112, 21, 116, 24))", "s_contains(geometry, POINT(113.5 22.25))",
    "s_equals(geometry, POLYGON((113 22, 114 22, 114 22.5, 113 22.5, 113 22)))", "s_touches(geometry, POINT(113 22.2))",
    "s_crosses(geometry, LINESTRING(112 22.2, 116 22.2))", "s_overlaps(geometry, BBOX(113.5, 22.1, 116, 23))", "geometry is null",
    "s_intersects(geometry, POLYGON EMPTY)",
    "s_intersects(geometry, BBOX(113.2, 22.1, 114.5, 22.7)) OR floor = 1", "a_contains(tags, ('a'))",
    "a_containedBy(tags, ('a', 'b', 'c'))",
    "a_overlaps(tags, (1, 'a'))", "a_equals(tags, ('b', 'a'))", "NOT a_contains(tags, ('a'))", "a_contains(tags, (true))", "tags is null",
    "fire = 'FRR60'", "fire is null", "width >= 0.9", "width = 1", "smart", "smart = false", "checked = TIMESTAMP('2024-05-01T08:00:00Z')",
    "checked is null", "id = 'd7'", "id in ('d1', 'd2', 'nobody')", "id > 'd50'", "'a' = 'a'", "1 = 2", "TRUE", "name = 'a''b'",
    "psets is null", "NOT (name = '水泵' AND floor = 1)", "floor = 1 AND NOT name = 'pump' AND height > 0 OR open = false",
]


@pytest.mark.parametrize("storage_crs", ["OGC:CRS84", "EPSG:2326"])
def test_filters_mean_the_same_everywhere(store: Store, storage_crs: str) -> None:
    from csdi.crs import transform
    move = transform("OGC:CRS84", storage_crs)
    features = [replace(f, geometry=None if f.geometry is None else move.geometry(f.geometry)) for f in varied(150)]
    made = fill(store, features, collection(storage_crs=storage_crs))
    wrong = {}
    for text in FILTERS:
        if storage_crs != "OGC:CRS84" and ("116" in text or "112" in text):
            continue
        condition = matches(bind(parse(text), EVERY_TYPE, storage_crs, made.extent.bbox))
        expected = [f.id for f in features if condition(Row(f.id, f.geometry, f.properties))]
        if (found := ids(store, Query(filter=parse(text)))) != expected:
            wrong[text] = (found, expected)
    assert not wrong


@pytest.mark.parametrize("text,expected", [
    ("s_intersects(geometry, BBOX(-180, -90, 180, 90))", ["d1", "d2"]), ("s_within(geometry, BBOX(-180, -90, 180, 90))", ["d1", "d2"]),
    ("s_disjoint(geometry, BBOX(-180, -90, 180, 90))", []), ("s_disjoint(geometry, BBOX(0, 0, 10, 10))", ["d1", "d2"]),
    ("s_contains(BBOX(100, 22, 180, 90), geometry)", ["d1", "d2"]), ("s_intersects(geometry, BBOX(170, -90, -170, 90))", []),
])
def test_literals_may_reach_beyond_the_storage_crs(store: Store, text: str, expected: list[str]) -> None:
    fill(store, [door(n, geometry=shapely.Point(811000 + n, 819000)) for n in (1, 2)], collection(storage_crs="EPSG:2326"))
    assert ids(store, Query(filter=parse(text))) == expected


@pytest.mark.parametrize("text,error", [
    ("nothing = 1", PropertyUnknown), ("Name = 'x'", PropertyUnknown), ("floor = 'one'", FilterInvalid), ("name = 5", FilterInvalid),
    ("name AND open", FilterInvalid), ("floor + name = 1", FilterInvalid), ("open > true", FilterInvalid), ("psets = 'x'", FilterInvalid),
    ("built = 'soon'", FilterInvalid), ("s_intersects(name, POINT(1 2))", FilterInvalid), ("t_during(built, seen)", FilterInvalid),
    ("frobnicate(name)", FilterInvalid), ("name like note", FilterInvalid), (r"name like 'x\'", FilterInvalid),
    ("name in (1)", FilterInvalid),
    ("t_after(name, built)", FilterInvalid), ("a_contains(name, ('a'))", FilterInvalid), ("geometry = 5", FilterInvalid),
    ("t_after(built, INTERVAL('2024-01-02', '2024-01-01'))", FilterInvalid), ("floor", FilterInvalid),
])
def test_filters_that_make_no_sense_are_refused(store: Store, text: str, error: type[Exception]) -> None:
    fill(store, [door(1)])
    with pytest.raises(error):
        store.search("doors", Query(filter=parse(text)))


def test_sorting_by_what_has_no_order_is_refused(store: Store) -> None:
    fill(store, [door(1)])
    for name in ("psets", "geometry"):
        with pytest.raises(QueryError):
            store.search("doors", Query(sort=(Sort(name),)))
    with pytest.raises(PropertyUnknown):
        store.search("doors", Query(sort=(Sort("nothing"),)))


names = st.sampled_from(["name", "note"])
texts = st.sampled_from(["'水泵'", "'Pump'", "''", "'a_b'", "'é'"])
comparison = st.sampled_from(["=", "<>", "<", "<=", ">", ">="])
number = st.sampled_from(["floor", "height", "0", "1", "2.5", "(floor + 1)", "(height * 2)", "width"])
moment = st.sampled_from(["built", "seen", "checked", "DATE('2007-01-01')", "TIMESTAMP('2024-05-01T08:00:00Z')"])
atom = (st.tuples(names, comparison, texts).map(" ".join) | st.tuples(names, comparison, names).map(" ".join)
        | st.tuples(number, comparison, number).map(" ".join) | st.tuples(moment, comparison, moment).map(" ".join)
        | st.sampled_from(["open", "smart", "name is null", "width is null", "a_overlaps(tags, ('a', 1))", "seen is not null",
                           "s_intersects(geometry, BBOX(113.2, 22.1, 114.5, 22.7))", "name like '%p%'", "casei(note) in ('pump')"]))
conditions = st.recursive(atom, lambda inner: inner.map(lambda a: f"NOT ({a})")
                          | st.tuples(inner, st.sampled_from(["AND", "OR"]), inner).map(
                              lambda t: f"({t[0]}) {t[1]} ({t[2]})"), max_leaves=6)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=conditions)
def test_any_filter_means_what_python_says(store: Store, text: str) -> None:
    # Beyond 2^53 whole numbers meet fractions as doubles in PostgreSQL and exactly in Python.
    features = [replace(f, properties={**f.properties, "floor": f.properties["floor"] and f.properties["floor"] % 100})
                for f in varied(40, seed=7)]
    if not store.collections():
        fill(store, features)
    condition = matches(bind(parse(text), EVERY_TYPE, extent=store.collection("doors").extent.bbox))
    assert ids(store, Query(filter=parse(text))) == [f.id for f in features if condition(Row(f.id, f.geometry, f.properties))]


@pytest.mark.parametrize("shape", [None, shapely.Point(114.1, 22.3, 5), shapely.Point(114.1, 22.3), shapely.Point(),
                                   shapely.GeometryCollection([shapely.LineString([(114.1, 22.3, 1), (114.2, 22.3, 2)])])])
def test_a_ready_made_feature_says_what_the_feature_says(store: Store, shape: shapely.Geometry | None) -> None:
    features = [replace(feature, geometry=shape) for feature in varied(3)]
    made = fill(store, features, collection(schema=Schema(EVERY_TYPE.fields, has_z=True)))
    seen: list[Collection] = []
    for feature in (store.feature("doors", one.id) for one in features):
        ready = store.feature_json("doors", feature.id, seen.append)
        assert json.loads(ready.properties) == feature.properties
        assert json.loads(ready.body) == as_geojson(store, "doors", Query(filter=parse(f"id = '{feature.id}'")))[0]
        assert ready.wkb == (None if feature.geometry is None else shapely.to_wkb(feature.geometry, byte_order=1, flavor="iso"))
        assert ready.collection == seen[-1] == store.collection(made.id)
    with pytest.raises(FeatureMissing):
        store.feature_json("doors", "nobody", seen.append)
    with pytest.raises(CollectionMissing):
        store.feature_json("windows", "1", seen.append)


@pytest.mark.parametrize(("limit", "offset", "matched"), [(0, 0, 4), (3, 0, 4), (4, 0, 4), (5, 0, 4), (3, 2, 4), (3, 9, 4)])
def test_how_many_match_does_not_depend_on_the_page(store: Store, limit: int, offset: int, matched: int) -> None:
    fill(store, [door(n, floor=n) for n in range(9)])
    query = Query(filter=parse("floor > 4"), limit=limit, offset=offset)
    assert (store.search("doors", query).matched, store.search_json("doors", query).matched) == (matched, matched)
    following = store.search("doors", replace(query, limit=3, offset=0)).next
    last = replace(query, limit=3, offset=0).after(following)
    assert (store.search("doors", last).matched, store.search_json("doors", last).matched) == (matched, matched)
    uncounted = replace(query, count=False)
    assert (store.search("doors", uncounted).matched, store.search_json("doors", uncounted).matched) == (None, None)


def test_what_is_known_of_a_collection_is_renewed_when_another_process_changes_it(store: Store, another: Callable[[], Store]) -> None:
    fill(store, [door(1)])
    assert store.search_json("doors", Query()).matched == 1
    other = another()
    with other.transaction() as change:
        change.replace(collection(schema=Schema((Field("colour"),), "point")), [Feature("a", None, {"colour": "red"})])
    asked: list[Collection] = []

    def ask(found: Collection) -> Query:
        asked.append(found)
        found.schema.field("colour")
        return Query()

    assert json.loads(store.search_json("doors", ask).body)["properties"] == {"colour": "red"}
    assert "colour" in asked[-1].schema
    with other.transaction() as change:
        change.delete("doors")
    assert store.search_json("doors", Query()).matched == 0
    with pytest.raises(FeatureMissing):
        store.feature_json("doors", "a", asked.append)
    with other.transaction() as change:
        change.drop("doors")
    with pytest.raises(CollectionMissing):
        store.search_json("doors", Query())
