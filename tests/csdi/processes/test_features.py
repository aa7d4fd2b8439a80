"""Processes over features, against answers that geometry gives."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import example, given, settings
from hypothesis import strategies as st

from csdi.access import Principal, Role
from csdi.bootstrap import Services
from csdi.crs import transform
from csdi.errors import CollectionMissing, CsdiError, FilterInvalid, PropertyUnknown, ValueInvalid
from tests.csdi.processes.ground import grid, layer, lonlat, run, site


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    with site(tmp_path_factory.mktemp("features")) as opened:
        layer(opened, "lots.gpkg")
        layer(opened, "roads.geojson")
        yield opened


def on_grid(found: Any) -> Any:
    """The geometry of a Feature in CRS84, in HK1980 Grid."""
    return transform("OGC:CRS84", "EPSG:2326").geometry(shapely.geometry.shape(found["geometry"]))


def point(east: float, south: float) -> Any:
    return {"type": "Point", "coordinates": lonlat(east, south)}


SQUARE = {"type": "Polygon", "coordinates": [[grid(0, 100), grid(100, 100), grid(100, 0), grid(0, 0), grid(0, 100)]]}

AREA = {"type": "Polygon", "coordinates": [[grid(50, -10), grid(50, 110), grid(200, 110), grid(200, -10), grid(50, -10)]]}
BOW = {"type": "Polygon", "coordinates": [[[0, 0], [2, 2], [2, 0], [0, 2], [0, 0]]]}


class TestBuffer:
    def test_of_a_point_is_the_polygon_of_its_segments(self, services: Services) -> None:
        (found,) = run(services, "buffer", features=point(0, 0), distance=250, segments=24)["features"]["features"]
        sides = 4 * 24
        assert on_grid(found).area == pytest.approx(sides / 2 * 250**2 * math.sin(2 * math.pi / sides), rel=1e-6)

    def test_of_a_line_with_flat_ends_is_length_times_width(self, services: Services) -> None:
        line = {"type": "LineString", "coordinates": [grid(0, 0), grid(300, 400)]}
        found = run(services, "buffer", features=line, distance=10, cap="flat", crs="EPSG:2326")["features"]
        assert found["coordRefSys"] == "http://www.opengis.net/def/crs/EPSG/0/2326"
        assert shapely.geometry.shape(found["features"][0]["geometry"]).area == pytest.approx(500 * 20, rel=1e-6)

    def test_of_a_square_adds_its_sides_and_a_disc(self, services: Services) -> None:
        (found,) = run(services, "buffer", features=SQUARE, distance=5, segments=128, crs="EPSG:2326")["features"]["features"]
        assert shapely.geometry.shape(found["geometry"]).area == pytest.approx(100**2 + 4 * 100 * 5 + math.pi * 25, rel=1e-5)

    def test_inwards_shrinks_until_nothing_is_left(self, services: Services) -> None:
        def area(distance: float) -> Any:
            (found,) = run(services, "buffer", features=SQUARE, distance=distance, crs="EPSG:2326")["features"]["features"]
            return found["geometry"] and shapely.geometry.shape(found["geometry"]).area
        assert area(-20) == pytest.approx(60**2)
        assert area(-51) is None

    @settings(max_examples=25, deadline=None)
    @given(st.floats(-180, 180), st.floats(-85, 85), st.floats(1, 20_000))
    def test_has_its_distance_anywhere_on_earth(self, services: Services, longitude: float, latitude: float, distance: float) -> None:
        place = {"type": "Point", "coordinates": [longitude, latitude]}
        (found,) = run(services, "buffer", features=place, distance=distance)["features"]["features"]
        edge = shapely.get_coordinates(shapely.geometry.shape(found["geometry"]))
        assert np.abs(edge[:, 0]).max() <= 180
        spots = transform("OGC:CRS84h", "EPSG:4978").points(np.column_stack([edge, np.zeros(len(edge))]))
        (middle,) = transform("OGC:CRS84h", "EPSG:4978").points([[longitude, latitude, 0.0]])
        away = np.linalg.norm(spots - middle, axis=1)[np.abs(edge[:, 0]) < 180 - 1e-7]
        assert away.max() == pytest.approx(distance, rel=1e-4, abs=0.01)

    def test_across_the_antimeridian_is_cut_there(self, services: Services) -> None:
        (found,) = run(services, "buffer", features={"type": "Point", "coordinates": [179.99, -17.0]}, distance=5000)["features"]["features"]
        parts = shapely.get_parts(shapely.geometry.shape(found["geometry"]))
        assert len(parts) == 2
        assert all(part.bounds[2] - part.bounds[0] < 0.1 for part in parts)

    def test_around_a_pole_is_refused(self, services: Services) -> None:
        with pytest.raises(CsdiError, match="pole"):
            run(services, "buffer", features={"type": "Point", "coordinates": [179.0, 89.999]}, distance=5000)

    def test_keeps_ids_and_properties_and_merges_on_request(self, services: Services) -> None:
        two = {"type": "FeatureCollection", "features": [
            {"type": "Feature", "id": "a", "geometry": point(0, 0), "properties": {"name": "水泵"}},
            {"type": "Feature", "id": 7, "geometry": None, "properties": None},
            {"type": "Feature", "id": "b", "geometry": point(10, 0), "properties": {"name": "機場客運大樓"}}]}
        found = run(services, "buffer", features=two, distance=8)["features"]["features"]
        assert [one["id"] for one in found] == ["a", 7, "b"]
        assert found[2]["properties"] == {"name": "機場客運大樓"}
        assert found[1]["geometry"] is None
        (merged,) = run(services, "buffer", features=two, distance=8, dissolve=True)["features"]["features"]
        assert merged["geometry"]["type"] == "Polygon"

    def test_takes_a_collection_with_a_filter(self, services: Services) -> None:
        whole = services.store.collection("lots").count
        found = run(services, "buffer", features={"collection": "lots"}, distance=1)["features"]["features"]
        assert len(found) == whole
        name = services.store.collection("lots").schema.fields[0].name
        value = found[0]["properties"][name]
        text = f"{name} = " + (f"'{value}'" if isinstance(value, str) else str(value))
        some = run(services, "buffer", features={"collection": "lots", "filter": text}, distance=1)["features"]["features"]
        assert some
        assert all(one["properties"][name] == value for one in some)
        one = run(services, "buffer", features={"collection": "lots", "ids": [found[1]["id"]]}, distance=1)["features"]["features"]
        assert [f["id"] for f in one] == [found[1]["id"]]


class TestClip:
    @pytest.mark.parametrize(("keep", "expected"), [("inside", 50 * 100), ("outside", 50 * 100)])
    def test_cuts_a_square_in_half(self, services: Services, keep: str, expected: float) -> None:
        (found,) = run(services, "clip", features=SQUARE, area=AREA, keep=keep, crs="EPSG:2326")["features"]["features"]
        assert shapely.geometry.shape(found["geometry"]).area == pytest.approx(expected)

    def test_what_only_touches_is_left_out(self, services: Services) -> None:
        beside = {"type": "Polygon", "coordinates": [[grid(100, 0), grid(100, 100), grid(150, 100), grid(150, 0), grid(100, 0)]]}
        assert run(services, "clip", features=SQUARE, area=beside, crs="EPSG:2326")["features"]["features"] == []

    def test_inside_and_outside_make_the_whole(self, services: Services) -> None:
        box = services.store.collection("roads").extent.bbox
        assert box
        middle = (box.minx + box.maxx) / 2
        half = {"type": "Polygon", "coordinates": [[[box.minx - 1, box.miny - 1], [middle, box.miny - 1], [middle, box.maxy + 1],
                                                    [box.minx - 1, box.maxy + 1], [box.minx - 1, box.miny - 1]]]}

        def length(found: Any) -> float:
            return sum(on_grid(one).length for one in found["features"]["features"])
        roads = {"collection": "roads"}
        whole = length(run(services, "buffer", features=roads, distance=0.0) | run(
            services, "transform-coordinates", features=roads, target="OGC:CRS84"))
        parts = [length(run(services, "clip", features=roads, area=half, keep=keep)) for keep in ("inside", "outside")]
        assert sum(parts) == pytest.approx(whole, rel=1e-6)
        assert min(parts) > 0

    def test_a_line_is_no_area(self, services: Services) -> None:
        with pytest.raises(ValueInvalid, match="area"):
            run(services, "clip", features=SQUARE, area={"type": "LineString", "coordinates": [grid(0, 0), grid(1, 1)]}, crs="EPSG:2326")


class TestTransform:
    def test_agrees_with_the_published_point_and_says_how(self, services: Services) -> None:
        found = run(services, "transform-coordinates", coordinates=[[835_411.431, 817_266.016]], source="EPSG:2326", target="EPSG:4326")
        assert found["coordinates"][0] == pytest.approx([114.168562005, 22.294313001], abs=2e-8)
        assert found["operation"]["code"] == "EPSG:1825"
        assert found["operation"]["accuracy_m"] > 0

    def test_heights_go_to_the_ellipsoid(self, services: Services) -> None:
        found = run(services, "transform-coordinates", coordinates=[[820_000, 818_000, 5.0]], source="EPSG:2326+5738", target="EPSG:4979")
        assert -4 < found["coordinates"][0][2] < 4
        assert found["operation"]["height_model"]

    def test_of_features_by_reference_knows_their_crs(self, services: Services) -> None:
        found = run(services, "transform-coordinates", features={"collection": "lots"}, target="EPSG:2326")
        assert found["operation"]["name"] == "same CRS"
        assert shapely.geometry.shape(found["features"]["features"][0]["geometry"]).bounds[0] > 800_000

    def test_takes_points_and_features_together_or_tells_only_how(self, services: Services) -> None:
        asked = {"source": "EPSG:2326", "target": "EPSG:4326"}
        found = run(services, "transform-coordinates", coordinates=[grid(0, 0)], features={"type": "Point", "coordinates": grid(0, 0)}, **asked)
        assert found["features"]["features"][0]["geometry"]["coordinates"] == pytest.approx(found["coordinates"][0], abs=1e-8)
        assert set(run(services, "transform-coordinates", **asked)) == {"operation"}

    def test_names_what_is_wrong(self, services: Services) -> None:
        with pytest.raises(ValueInvalid, match="target"):
            run(services, "transform-coordinates", coordinates=[[1, 2]], target="EPSG:0")
        with pytest.raises(ValueInvalid, match="coordinates"):
            run(services, "transform-coordinates", coordinates=[[1, 2], [1, 2, 3]], target="EPSG:2326")


class TestValidate:
    def test_says_what_crosses_where_and_mends_it(self, services: Services) -> None:
        found = run(services, "validate-geometry", features=BOW)
        (finding,) = found["findings"]
        assert (finding["code"], finding["severity"], finding["data"]["location"]) == ("geometry-invalid", "error", [1.0, 1.0])
        assert (found["valid"], found["repaired"]) == (False, 1)
        mended = shapely.geometry.shape(found["features"]["features"][0]["geometry"])
        assert mended.is_valid
        assert mended.area == pytest.approx(2.0)

    def test_a_good_one_has_no_findings(self, services: Services) -> None:
        found = run(services, "validate-geometry", features={"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 0]]]})
        assert (found["valid"], found["findings"], found["repaired"]) == (True, [], 0)

    @pytest.mark.parametrize(("geometry", "code"), [
        ({"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1]]]}, "geometry-unreadable"),
        ({"type": "Point", "coordinates": []}, "geometry-missing"),
        ({"type": "Point", "coordinates": [22.3, 114.2]}, "coordinates-impossible"),
        ({"type": "LineString", "coordinates": [[0, 0], [0, 0], [1, 1]]}, "vertices-repeated"),
        ({"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [1, 0], [0, 0]]]}, "ring-turned"),
        (None, "geometry-missing"),
    ])
    def test_each_fault_is_found(self, services: Services, geometry: Any, code: str) -> None:
        found = run(services, "validate-geometry", features={"type": "Feature", "geometry": geometry, "properties": {}})
        assert [one["code"] for one in found["findings"]] == [code]

    @example([(1, 1), (0, 1), (0, 2), (1, 1), (0, 1), (0, 0)])
    @settings(max_examples=60, deadline=None)
    @given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=3, max_size=9))
    def test_what_it_mends_has_nothing_left_to_find(self, services: Services, ring: list[tuple[int, int]]) -> None:
        found = run(services, "validate-geometry", features={"type": "Polygon", "coordinates": [[*ring, ring[0]]]})
        again = run(services, "validate-geometry", features=found["features"])
        assert {one["code"] for one in again["findings"]} <= {"geometry-missing"}


class TestReference:
    def test_a_collection_that_is_not_there_is_named(self, services: Services) -> None:
        with pytest.raises(CollectionMissing, match="nowhere"):
            run(services, "buffer", features={"collection": "nowhere"}, distance=1)

    def test_a_filter_that_does_not_fit_is_refused(self, services: Services) -> None:
        with pytest.raises(PropertyUnknown):
            run(services, "buffer", features={"collection": "lots", "filter": "colour = 'red'"}, distance=1)
        with pytest.raises(FilterInvalid):
            run(services, "buffer", features={"collection": "lots", "filter": "= ="}, distance=1)

    def test_what_the_public_may_not_read_it_may_not_work_on(self, services: Services) -> None:
        lots = services.store.collection("lots")
        with services.store.transaction() as change:
            change.create(replace(lots, id="secret", public=False))
        asked = {"features": {"collection": "secret"}, "distance": 1}
        with pytest.raises(CollectionMissing):
            run(services, "buffer", **asked)
        assert run(services, "buffer", principal=Principal("editor", Role.EDITOR), **asked)["features"]["features"] == []
