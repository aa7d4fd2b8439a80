"""OGC API - EDR over HTTP: values at places against a plane, in every rendition."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from csdi.crs import to_authority_order, transform
from tests.csdi.coverages.rasters import COLUMNS, ORIGIN, PIXEL, ROWS, plane
from tests.ogc_api.rasters import HOLE
from tests.ogc_api.rasters import client as served

EAST, NORTH = ORIGIN[0] + COLUMNS * PIXEL, ORIGIN[1] + ROWS * PIXEL
ROOT = "/ogc/collections"
QUERIES = ("position", "area", "cube", "radius", "trajectory", "corridor")
HK = "http://www.opengis.net/def/crs/EPSG/0/2326"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    with served(tmp_path_factory.mktemp("edr")) as made:
        yield made


def ask(client: TestClient, query: str, id: str = "dtm", **params: str) -> dict[str, Any]:
    answer = client.get(f"{ROOT}/{id}/{query}", params={name.replace("_", "-"): value for name, value in params.items()})
    assert answer.status_code == 200, answer.text[:500]
    return dict(answer.json())


def rows(client: TestClient, query: str, id: str = "dtm", **params: str) -> list[tuple[float, float, float]]:
    """The answer as CSV: x, y and the value, where one is known."""
    answer = client.get(f"{ROOT}/{id}/{query}", params={"f": "csv"} | {name.replace("_", "-"): value for name, value in params.items()})
    assert answer.status_code == 200, answer.text[:500]
    assert answer.headers["content-type"].startswith("text/csv")
    found = list(csv.reader(io.StringIO(answer.text)))
    assert found[0][2:] == ["elevation"]
    return [(float(x), float(y), float(value)) for x, y, value in found[1:] if value]


def refused(client: TestClient, query: str, id: str = "dtm", **params: str) -> dict[str, Any]:
    answer = client.get(f"{ROOT}/{id}/{query}", params={name.replace("_", "-"): value for name, value in params.items()})
    assert answer.status_code == 400, (answer.status_code, answer.text[:300])
    return dict(answer.json())


def lonlat(x: float, y: float) -> tuple[float, float]:
    lon, lat = transform("EPSG:2326", "OGC:CRS84").xy(x, y)
    return float(lon), float(lat)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
@given(st.floats(ORIGIN[0] + 10, EAST - 10), st.floats(ORIGIN[1] + 600, NORTH - 10))
def test_a_position_in_any_crs_has_the_height_of_the_plane_within_a_millimetre(client: TestClient, x: float, y: float) -> None:
    for crs in ("OGC:CRS84", "EPSG:4326", "EPSG:2326", "EPSG:3857"):
        place = to_authority_order(transform("EPSG:2326", crs).points([[x, y]]), crs)[0].tolist()
        found = ask(client, "position", coords=f"POINT({place[0]!r} {place[1]!r})", crs=crs)
        near_hole = HOLE[1].start - 1 <= (x - ORIGIN[0]) / PIXEL <= HOLE[1].stop + 1 and HOLE[0].start - 1 <= (NORTH - y) / PIXEL <= HOLE[0].stop + 1
        if not near_hole:
            assert found["ranges"]["elevation"]["values"][0] == pytest.approx(plane(x, y), abs=1e-3)
        assert found["domain"]["domainType"] == "Point"


def test_a_position_in_a_hole_or_beside_the_raster_has_no_value(client: TestClient) -> None:
    hole = (ORIGIN[0] + (HOLE[1].start + 5) * PIXEL, NORTH - (HOLE[0].start + 5) * PIXEL)
    for x, y in (hole, (ORIGIN[0] - 100, ORIGIN[1]), (EAST + 5000, NORTH)):
        found = ask(client, "position", coords=f"POINT({y} {x})", crs=HK)
        assert found["ranges"]["elevation"]["values"] == [None]
    assert ask(client, "position", coords="POINT(-70 -30)")["ranges"]["elevation"]["values"] == [None]


def test_several_positions_come_in_the_order_asked_in_every_rendition(client: TestClient) -> None:
    places = [(810_500.0, 820_700.0), (812_000.0, 821_500.0), (810_123.0, 821_987.0)]
    coords = "MULTIPOINT(" + ",".join(f"({lonlat(*place)[0]!r} {lonlat(*place)[1]!r})" for place in places) + ")"
    expected = [plane(*place) for place in places]
    assert ask(client, "position", coords=coords)["ranges"]["elevation"]["values"] == pytest.approx(expected, abs=1e-3)
    features = ask(client, "position", coords=coords, f="GeoJSON")["features"]
    assert [one["properties"]["elevation"] for one in features] == pytest.approx(expected, abs=1e-3)
    np.testing.assert_allclose([one["geometry"]["coordinates"] for one in features], [lonlat(*place) for place in places], atol=1e-8)
    assert [value for _, _, value in rows(client, "position", coords=coords)] == pytest.approx(expected, abs=1e-3)


def test_an_area_holds_the_cells_whose_middle_lies_in_it(client: TestClient) -> None:
    area = shapely.Polygon([(810_503, 820_702), (811_111, 820_655), (811_007, 821_204)], [[(810_901, 820_752), (810_953, 820_751), (810_922, 820_853)]])
    turned = shapely.transform(area, lambda xy: xy[:, ::-1])
    found = rows(client, "area", coords=turned.wkt, crs=HK)
    column, row = np.meshgrid(np.arange(COLUMNS), np.arange(ROWS))
    x, y = ORIGIN[0] + (column + 0.5) * PIXEL, NORTH - (row + 0.5) * PIXEL
    expected = {(float(a), float(b)) for a, b in zip(x.ravel(), y.ravel(), strict=True) if area.contains(shapely.Point(a, b))}
    assert {(x, y) for x, y, _ in found} == expected
    for x, y, value in found:
        assert value == pytest.approx(plane(x, y), abs=1e-3)


def test_an_area_smaller_than_a_cell_holds_the_cells_that_it_touches(client: TestClient) -> None:
    found = rows(client, "area", coords="POLYGON((820501 810501,820501 810502,820502 810502,820501 810501))", crs=HK)
    assert [(x, y) for x, y, _ in found] == [(810_505, 820_505)]


def test_an_area_in_degrees_gives_values_of_its_own_grid(client: TestClient) -> None:
    west, south = lonlat(810_500, 820_500)
    coords = f"POLYGON(({west} {south},{west + 0.004} {south},{west + 0.004} {south + 0.003},{west} {south + 0.003},{west} {south}))"
    found = rows(client, "area", coords=coords)
    assert len(found) == pytest.approx(0.004 * 103_000 * 0.003 * 110_800 / PIXEL**2, rel=0.05)
    for lon, lat, value in found[::37]:
        x, y = (float(n) for n in transform("OGC:CRS84", "EPSG:2326").xy(lon, lat))
        assert value == pytest.approx(plane(x, y), abs=1e-3)


def test_a_cube_holds_all_cells_of_its_box_and_heights_leave_others_out(client: TestClient) -> None:
    box = {"bbox": "820500,810500,820600,810700", "crs": HK}
    assert len(rows(client, "cube", **box)) == 200
    low, high = plane(810_600, 820_550) - 0.5, plane(810_600, 820_550) + 0.5
    kept = rows(client, "cube", **box, z=f"{low}/{high}")
    assert 0 < len(kept) < 200
    assert all(low <= value <= high for _, _, value in kept)
    assert kept == rows(client, "cube", bbox=f"820500,810500,{low},820600,810700,{high}", crs=HK)
    assert len(rows(client, "cube", **box, z=f"../{high}")) + len(rows(client, "cube", **box, z=f"{high}/..")) == 200
    found = ask(client, "cube", **box, resolution_x="4", resolution_y="2")
    assert found["ranges"]["elevation"]["shape"] == [2, 4]


def test_a_radius_holds_the_cells_within_that_many_metres(client: TestClient) -> None:
    x, y = 811_503.0, 821_298.0
    for within, units in (("150", "m"), ("0.15", "km"), ("492.1259843", "ft")):
        found = rows(client, "radius", coords=f"POINT({y} {x})", crs=HK, within=within, within_units=units)
        column, row = np.meshgrid(np.arange(COLUMNS), np.arange(ROWS))
        distance = np.hypot(ORIGIN[0] + (column + 0.5) * PIXEL - x, NORTH - (row + 0.5) * PIXEL - y)
        assert len(found) == (distance <= 150).sum()
        assert all(np.hypot(a - x, b - y) <= 150 for a, b, _ in found)
    lon, lat = lonlat(x, y)
    assert len(rows(client, "radius", coords=f"POINT({lon} {lat})", within="150", within_units="m")) == pytest.approx(np.pi * 225, rel=0.05)


def test_a_corridor_holds_the_cells_beside_its_line(client: TestClient) -> None:
    line = shapely.LineString([(810_500, 820_700), (811_500, 820_900), (811_700, 821_600)])
    wkt = shapely.transform(line, lambda xy: xy[:, ::-1]).wkt
    found = rows(client, "corridor", coords=wkt, crs=HK, corridor_width="100", width_units="m", corridor_height="10", height_units="m")
    assert len(found) == pytest.approx(line.length, rel=0.03)
    assert max(line.distance(shapely.Point(x, y)) for x, y, _ in found) <= 50.01
    thin = rows(client, "corridor", coords=wkt, crs=HK, corridor_width="1", width_units="m")
    assert len(thin) >= line.length / PIXEL
    assert max(line.distance(shapely.Point(x, y)) for x, y, _ in thin) < PIXEL


def test_a_line_far_beyond_the_raster_is_followed_where_the_raster_is(client: TestClient) -> None:
    lon, lat = lonlat(811_500, 821_000)
    far = f"LINESTRING({lon - 1} {lat - 1},{lon} {lat},{lon + 1} {lat + 1})"
    assert rows(client, "corridor", coords=far, corridor_width="2", width_units="m", datetime="null/null")
    values = ask(client, "trajectory", coords=far)["ranges"]["elevation"]["values"]
    assert sum(value is not None for value in values) > 100


def test_a_trajectory_has_its_vertices_and_steps_no_longer_than_a_pixel(client: TestClient) -> None:
    found = rows(client, "trajectory", coords="LINESTRING(820700 810500,820700 810600,820901 810600)", crs=HK)
    assert {(810_500, 820_700), (810_600, 820_700), (810_600, 820_901)} <= {(x, y) for x, y, _ in found}
    steps = np.hypot(*np.diff(np.array([(x, y) for x, y, _ in found]), axis=0).T)
    assert steps.max() <= PIXEL + 1e-6
    for x, y, value in found:
        assert value == pytest.approx(plane(x, y), abs=1e-3)


@pytest.mark.parametrize("coords", ["LINESTRINGM(820700 810500 1700000000,820900 810600 1700000060)",
                                    "LINESTRING ZM (820700 810500 3 1700000000,820900 810600 4 1700000060)"])
def test_a_trajectory_with_times_has_its_vertices_at_their_times(client: TestClient, coords: str) -> None:
    found = ask(client, "trajectory", coords=coords, crs=HK)
    assert found["domain"]["domainType"] == "Trajectory"
    assert found["domain"]["axes"]["composite"]["values"] == [["2023-11-14T22:13:20Z", 810_500, 820_700], ["2023-11-14T22:14:20Z", 810_600, 820_900]]
    assert found["ranges"]["elevation"]["values"] == pytest.approx([plane(810_500, 820_700), plane(810_600, 820_900)], abs=1e-3)


def test_beside_the_raster_areas_have_no_content(client: TestClient) -> None:
    for query, params in (("area", {"coords": "POLYGON((0 0,1 0,1 1,0 0))"}), ("cube", {"bbox": "0,0,1,1"}),
                          ("radius", {"coords": "POINT(0 0)", "within": "5", "within-units": "km"}),
                          ("corridor", {"coords": "LINESTRING(0 0,1 1)", "corridor-width": "5", "width-units": "km"})):
        assert client.get(f"{ROOT}/dtm/{query}", params=params).status_code == 204, query


@pytest.mark.parametrize(("query", "params", "field"), [
    *((query, {}, "bbox" if query == "cube" else "coords") for query in QUERIES),
    *((query, {"coords": ""}, "coords") for query in QUERIES if query != "cube"),
    ("position", {"coords": "POINT()"}, "coords"), ("position", {"coords": "POINT EMPTY"}, "coords"), ("position", {"coords": "POINT(nan 1)"}, "coords"),
    ("position", {"coords": "POINT(1e999 1)"}, "coords"), ("position", {"coords": "LINESTRING(1 2,3 4)"}, "coords"),
    ("position", {"coords": "POINT(22.3 113.9)"}, "coords"), ("position", {"coords": "POINT(1 2)", "crs": "EPSG:1"}, "crs"),
    ("position", {"coords": "POINT(1 2)", "parameter_name": "wind"}, "parameter-name"), ("position", {"coords": "POINT(1 2)", "z": "deep"}, "z"),
    ("position", {"coords": "POINT(1 2)", "z": "9/1"}, "z"), ("position", {"coords": "POINT(1 2)", "datetime": "never"}, "datetime"),
    ("position", {"coords": "POINT(1 2)", "f": "xml"}, "f"), ("position", {"coords": "POINT(1 2)", "within": "5"}, "within"),
    ("area", {"coords": "POLYGON()"}, "coords"), ("area", {"coords": "POLYGON((0 0,1 1,2 2,0 0))"}, "coords"), ("area", {"coords": "POINT(1 2)"}, "coords"),
    ("cube", {"bbox": "1,2,3"}, "bbox"), ("cube", {"bbox": "3,2,1,4"}, "bbox"), ("cube", {"bbox": "a,b,c,d"}, "bbox"),
    ("radius", {"coords": "POINT(114 22)"}, "within"), ("radius", {"coords": "POINT(114 22)", "within": "5"}, "within-units"),
    ("radius", {"coords": "POINT(114 22)", "within": "-5", "within_units": "m"}, "within"),
    ("radius", {"coords": "POINT(114 22)", "within": "5", "within_units": "parsec"}, "within-units"),
    ("radius", {"coords": "POINT(114 22)", "within": "5000", "within_units": "km"}, "within"),
    ("corridor", {"coords": "LINESTRING()"}, "coords"), ("corridor", {"coords": "LINESTRING(114 22,115 22)"}, "corridor-width"),
    ("trajectory", {"coords": "LINESTRINGZM()"}, "coords"), ("trajectory", {"coords": "LINESTRINGM(114 22 1e300,114.1 22 2)"}, "coords")])
def test_what_cannot_be_answered_is_refused_and_named(client: TestClient, query: str, params: dict[str, str], field: str) -> None:
    said = refused(client, query, **params)
    assert said["field"] == field


def test_heights_are_asked_only_of_heights(client: TestClient) -> None:
    assert refused(client, "cube", "photo", bbox="113,22,115,23", z="0/10")["field"] == "z"


def test_a_resolution_beyond_what_an_answer_holds_is_refused(client: TestClient) -> None:
    said = refused(client, "cube", bbox="113,22,115,23", resolution_x="50000")
    assert (said["field"], said["limit"]) == ("resolution-x", 1000)


def test_the_collection_says_which_queries_it_answers(client: TestClient) -> None:
    said = client.get(f"{ROOT}/dtm").json()
    assert list(said["data_queries"]) == ["position", "area", "cube", "radius", "trajectory", "corridor"]
    for name, one in said["data_queries"].items():
        variables = one["link"]["variables"]
        assert variables["query_type"] == name
        assert variables["output_formats"] == said["output_formats"] == ["CoverageJSON", "GeoJSON", "CSV"]
        assert all(details["wkt"] for details in variables["crs_details"])
        assert client.get(one["link"]["href"].replace("http://testserver", "")).status_code == 400
    elevation = said["parameter_names"]["elevation"]
    assert elevation["type"] == "Parameter"
    assert elevation["observedProperty"]["label"]
    assert "EPSG:5738" in elevation["description"]
    assert elevation["unit"]["label"] == "metre above Hong Kong Principal Datum"
    low, high = (float(end) for end in said["extent"]["vertical"]["interval"][0])
    assert low < high
    assert "HKPD" in said["extent"]["vertical"]["vrs"]
    assert "http://www.opengis.net/def/crs/OGC/1.3/CRS84" in said["crs"]
    assert "vertical" not in client.get(f"{ROOT}/photo").json()["extent"]
    assert "data_queries" not in client.get(f"{ROOT}/lots").json()


def test_every_output_format_that_is_named_is_given(client: TestClient) -> None:
    for form, media in (("CoverageJSON", "application/prs.coverage+json"), ("GeoJSON", "application/geo+json"), ("CSV", "text/csv; charset=utf-8")):
        answer = client.get(f"{ROOT}/dtm/position", params={"coords": "POINT(113.9 22.3)", "f": form})
        assert answer.headers["content-type"] == media
        assert answer.headers["content-crs"] == "<http://www.opengis.net/def/crs/OGC/1.3/CRS84>"


def test_a_vector_collection_answers_no_queries(client: TestClient) -> None:
    for query in QUERIES:
        assert client.get(f"{ROOT}/lots/{query}", params={"coords": "POINT(114 22)"}).status_code == 404


def test_several_values_of_one_place_come_together(client: TestClient) -> None:
    lon, lat = lonlat(811_000, 821_000)
    found = ask(client, "position", "photo", coords=f"POINT({lon} {lat})", parameter_name="band_2,band_1")
    assert list(found["ranges"]) == ["band_2", "band_1"]
