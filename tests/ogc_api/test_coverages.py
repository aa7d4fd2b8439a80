"""OGC API - Coverages over HTTP, read back by GDAL and against known values."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest
import rasterio
from PIL import Image
from rasterio.io import DatasetReader
from starlette.testclient import TestClient

from csdi.crs import transform
from tests.csdi.coverages.rasters import COLUMNS, ORIGIN, PIXEL, ROWS, plane
from tests.ogc_api.rasters import DEGREES, HOLE
from tests.ogc_api.rasters import client as served

EAST, NORTH = ORIGIN[0] + COLUMNS * PIXEL, ORIGIN[1] + ROWS * PIXEL
ROOT = "/ogc/collections"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    with served(tmp_path_factory.mktemp("coverages")) as made:
        yield made


@contextmanager
def raster(client: TestClient, id: str, **params: str) -> Iterator[DatasetReader]:
    """The answer as GDAL reads it."""
    answer = client.get(f"{ROOT}/{id}/coverage", params={name.replace("_", "-"): value for name, value in params.items()})
    assert answer.status_code == 200, answer.text
    with rasterio.open(io.BytesIO(answer.content)) as source:
        yield source


def covjson(client: TestClient, id: str, **params: str) -> dict[str, Any]:
    answer = client.get(f"{ROOT}/{id}/coverage", params={"f": "covjson"} | {name.replace("_", "-"): value for name, value in params.items()})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/prs.coverage+json"
    return dict(answer.json())


def refused(client: TestClient, id: str = "dtm", **params: str) -> dict[str, Any]:
    answer = client.get(f"{ROOT}/{id}/coverage", params={name.replace("_", "-"): value for name, value in params.items()})
    assert answer.status_code == 400, (answer.status_code, answer.text[:300])
    assert answer.headers["content-type"] == "application/problem+json"
    return dict(answer.json())


def test_the_whole_coverage_is_the_raster_with_its_holes(client: TestClient) -> None:
    with raster(client, "dtm") as found:
        assert (found.width, found.height, found.crs.to_epsg()) == (COLUMNS, ROWS, 2326)
        assert tuple(found.bounds) == (ORIGIN[0], ORIGIN[1], EAST, NORTH)
        values = found.read(1, masked=True)
        assert found.nodata == -9999
        assert found.units == ("mPD",)
    expected = np.zeros((ROWS, COLUMNS), bool)
    expected[HOLE] = True
    assert (values.mask == expected).all()
    y, x = np.mgrid[0:ROWS, 0:COLUMNS]
    np.testing.assert_allclose(values[~expected], plane(ORIGIN[0] + (x + 0.5) * PIXEL, NORTH - (y + 0.5) * PIXEL)[~expected], atol=1e-4)


@pytest.mark.parametrize("subset", ["E(810100:810200),N(820300:820450)", "N(820300:820450),E(810100:810200)", "x(810100:810200),Y(820300:820450)",
                                    "Easting(810100.004:810199.996),Northing(820300:820450)"])
def test_a_subset_along_the_borders_of_pixels_is_just_those_pixels(client: TestClient, subset: str) -> None:
    with raster(client, "dtm", subset=subset) as found:
        assert tuple(found.bounds) == (810_100, 820_300, 810_200, 820_450)
        assert (found.width, found.height) == (10, 15)
        np.testing.assert_allclose(found.read(1)[0, 0], plane(810_105, 820_445), atol=1e-4)


def test_open_ends_reach_to_the_edge_of_the_raster_and_one_number_is_one_row(client: TestClient) -> None:
    with raster(client, "dtm", subset="E(*:810100)") as found:
        assert tuple(found.bounds) == (ORIGIN[0], ORIGIN[1], 810_100, NORTH)
    with raster(client, "dtm", subset="N(820305)") as found:
        assert (found.bounds.bottom, found.bounds.top, found.width) == (820_300, 820_310, COLUMNS)


@pytest.mark.parametrize("params", [
    {"bbox": "820300,810100,820450,810200", "bbox_crs": "http://www.opengis.net/def/crs/EPSG/0/2326"},
    {"bbox": "820300,810100,820450,810200", "bbox_crs": "EPSG:2326", "crs": "EPSG:2326"},
    {"subset": "E(810100:810200),N(820300:820450)", "subset_crs": "EPSG:2326"}])
def test_a_box_is_in_the_order_of_axes_of_its_crs(client: TestClient, params: dict[str, str]) -> None:
    with raster(client, "dtm", **params) as found:
        assert tuple(found.bounds) == (810_100, 820_300, 810_200, 820_450)


def test_the_same_place_in_degrees_gives_the_same_pixels_by_every_way_of_writing_it(client: TestClient) -> None:
    west, south, east, north = transform("EPSG:2326", "OGC:CRS84").bbox((811_001, 820_501, 811_499, 820_899))
    for params in ({"bbox": f"{west},{south},{east},{north}"}, {"bbox": f"{south},{west},{north},{east}", "bbox_crs": "EPSG:4326"},
                   {"subset": f"Lat({south}:{north}),Lon({west}:{east})"}, {"subset": f"long({west}:{east}),lat({south}:{north})", "subset_crs": "EPSG:4326"}):
        with raster(client, "dtm", **params) as found:
            assert tuple(found.bounds) == (811_000, 820_500, 811_500, 820_900)


@pytest.mark.parametrize(("crs", "ordered"), [("EPSG:4326", "yx"), ("OGC:CRS84", "xy"), ("EPSG:3857", "xy"), ("EPSG:2326", "yx")])
def test_in_every_crs_values_are_those_of_their_places(client: TestClient, crs: str, ordered: str) -> None:
    found = covjson(client, "dtm", crs=crs, subset="E(810500:810800),N(820500:820700)")
    x, y = (np.linspace(axis["start"], axis["stop"], axis["num"]) for axis in (found["domain"]["axes"][name] for name in "xy"))
    assert found["domain"]["referencing"][0]["coordinates"] == list(ordered)
    values = np.array(found["ranges"]["elevation"]["values"], float).reshape(found["ranges"]["elevation"]["shape"])
    assert values.shape == (len(y), len(x))
    there = transform(crs, "EPSG:2326").points(np.column_stack([axis.ravel() for axis in np.meshgrid(x, y)]))
    np.testing.assert_allclose(values.ravel(), plane(there[:, 0], there[:, 1]), atol=1e-3)


def test_the_answer_says_its_crs_and_its_box_in_the_authority_s_order(client: TestClient) -> None:
    answer = client.get(f"{ROOT}/dtm/coverage", params={"subset": "E(810100:810200),N(820300:820450)"})
    assert answer.headers["content-crs"] == "<http://www.opengis.net/def/crs/EPSG/0/2326>"
    assert answer.headers["content-bbox"] == "820300.0,810100.0,820450.0,810200.0"


def test_a_raster_in_degrees_is_cut_by_latitude_and_longitude(client: TestClient) -> None:
    with raster(client, "degrees", subset="Lat(22.36:22.38),Lon(113.91:113.93)") as found:
        assert (found.width, found.height) == (40, 50)
        np.testing.assert_allclose(tuple(found.bounds), (113.91, 22.36, 113.93, 22.38), atol=1e-9)
        np.testing.assert_allclose(found.read(1)[0, 0], 100 * 113.91025 + 22.3798, atol=1e-6)
    with raster(client, "degrees", bbox="22.36,113.91,22.38,113.93", bbox_crs="EPSG:4326") as found:
        assert (found.width, found.height) == (40, 50)
    assert DEGREES.e < 0


@pytest.mark.parametrize(("params", "size"), [
    ({"scale_factor": "4"}, (75, 50)), ({"scale_factor": "0.5"}, (600, 400)), ({"scale_axes": "E(3),N(2)"}, (100, 100)),
    ({"scale_size": "E(60),N(50)"}, (60, 50)), ({"scale_size": "N(50)"}, (75, 50)), ({"scale_size": "Lon(30),Lat(40)", "crs": "EPSG:4326"}, (30, 40))])
def test_scales(client: TestClient, params: dict[str, str], size: tuple[int, int]) -> None:
    with raster(client, "dtm", **params) as found:
        assert (found.width, found.height) == size
        values = found.read(1, masked=True)
        x, y = found.transform @ (found.width // 3 + 0.5, found.height // 3 + 0.5)
        x, y = (float(n) for n in transform(found.crs.to_wkt(), "EPSG:2326").xy(x, y))
    assert values[found.height // 3, found.width // 3] == pytest.approx(plane(x, y), abs=0.01)


def test_fields_are_chosen_and_ordered(client: TestClient) -> None:
    with raster(client, "photo") as whole, raster(client, "photo", properties="band_3,band_1") as found:
        assert found.count == 2
        assert (found.read() == whole.read((3, 1))).all()
    said = refused(client, "photo", properties="band_9")
    assert "band_1, band_2, band_3" in said["remedy"]


def test_cog_is_a_valid_cloud_optimized_geotiff(client: TestClient) -> None:
    with raster(client, "dtm", f="cog") as found, raster(client, "dtm") as plain:
        assert found.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
        assert (found.read() == plain.read()).all()
        assert found.nodata == plain.nodata


def test_png_holds_bytes_as_they_are_and_a_picture_of_other_numbers(client: TestClient) -> None:
    picture = np.array(Image.open(io.BytesIO(client.get(f"{ROOT}/photo/coverage?f=png").content)))
    with raster(client, "photo") as values:
        assert (picture == np.moveaxis(values.read(), 0, -1)).all()
    picture = np.array(Image.open(io.BytesIO(client.get(f"{ROOT}/dtm/coverage?f=png").content)))
    assert picture.shape == (ROWS, COLUMNS, 4)
    hole = np.zeros((ROWS, COLUMNS), bool)
    hole[HOLE] = True
    assert ((picture[..., 3] == 0) == hole).all()


def test_classes_stay_classes_when_they_are_carried(client: TestClient) -> None:
    found = covjson(client, "classes", crs="EPSG:3857", scale_factor="3")
    values = {value for value in found["ranges"]["band_1"]["values"] if value is not None}
    assert values == {1, 7, 9}
    assert found["ranges"]["band_1"]["dataType"] == "integer"


def test_holes_are_null_in_coverage_json(client: TestClient) -> None:
    left, top = ORIGIN[0] + HOLE[1].start * PIXEL, NORTH - HOLE[0].start * PIXEL
    found = covjson(client, "dtm", subset=f"E({left - 10}:{left + 10}),N({top - 10}:{top + 10})")
    values = found["ranges"]["elevation"]["values"]
    assert [value is None for value in values] == [False, False, False, True]


def test_parameters_say_unit_and_datum(client: TestClient) -> None:
    said = covjson(client, "dtm", scale_factor="50")["parameters"]["elevation"]
    assert said["unit"]["symbol"] == {"value": "m", "type": "http://www.opengis.net/def/uom/UCUM/"}
    assert "Hong Kong Principal Datum" in said["description"]["en"]
    assert "EPSG:5738" in said["description"]["en"]
    assert "香港主水平基準" in said["description"]["zh-Hant"]


@pytest.mark.parametrize(("params", "field", "word"), [
    ({"subset": "Q(1:2)"}, "subset", "axes"), ({"subset": "E(5"}, "subset", "write"), ({"subset": "E(9:5)"}, "subset", "lower"),
    ({"subset": "E(a:b)"}, "subset", "low:high"), ({"subset": "E(1:2),E(3:4)"}, "subset", ""), ({"subset": "E(1:2),Lat(3:4)"}, "subset", "axes"),
    ({"subset": ""}, "subset", "write"), ({"subset": "E(nan:2)"}, "subset", "low:high"), ({"subset": "E(1:2),"}, "subset", "write"),
    ({"subset": "Lat(22:23)", "subset_crs": "EPSG:2326"}, "subset", "E, N"), ({"bbox": "1,2,3"}, "bbox", "minimum"),
    ({"bbox": "1,2,3,x"}, "bbox", "four"), ({"bbox": "114,22,113,23"}, "bbox", "antimeridian"),
    ({"bbox": "113,22,114,23", "subset": "E(1:2)"}, "subset", "once"), ({"crs": "EPSG:99999"}, "crs", "one of"),
    ({"crs": "EPSG:27700"}, "crs", "one of"), ({"scale_factor": "0"}, "scale-factor", "halves"), ({"scale_factor": "x"}, "scale-factor", ""),
    ({"scale_factor": "2", "scale_size": "E(2)"}, "scale-size", "once"), ({"scale_size": "E(0)"}, "scale-size", ""),
    ({"scale_size": "E(1.5)"}, "scale-size", ""), ({"scale_axes": "Q(2)"}, "scale-axes", "axes"), ({"f": "bmp"}, "f", "geotiff"),
    ({"datetime": "yesterday"}, "datetime", "write"), ({"scale_size": "E(90000),N(90000)"}, "scale-factor", "scale-factor="),
    ({"scale_size": "E(2000000000)"}, "scale-size", "at most"), ({"unheard": "1"}, "unheard", "known")])
def test_what_cannot_be_answered_is_refused_with_what_could(client: TestClient, params: dict[str, str], field: str, word: str) -> None:
    said = refused(client, **params)
    assert said["field"] == field
    assert word in said["remedy"]


def test_beside_the_raster_there_is_no_content(client: TestClient) -> None:
    for params in ({"bbox": "10,20,11,21"}, {"subset": "E(700000:700100)"}, {"subset": "Lat(-22:-21),Lon(5:6)"}):
        assert client.get(f"{ROOT}/dtm/coverage", params=params).status_code == 204


def test_a_coverage_without_times_is_about_any_time(client: TestClient) -> None:
    for params in ({"datetime": "2020-01-01/.."}, {"subset": 'time("2020-01-01":"2021-01-01"),E(810000:810100)'}, {"subset": 'time("2020-01-01")'}):
        assert client.get(f"{ROOT}/dtm/coverage", params=params).status_code == 200


def test_a_vector_collection_is_no_coverage(client: TestClient) -> None:
    assert client.get(f"{ROOT}/lots/coverage").status_code == 404
    assert client.get(f"{ROOT}/lots/coverage/schema").status_code == 404
    assert client.get(f"{ROOT}/nothing/coverage").status_code == 404


def test_the_collection_says_its_axes_its_fields_and_where_the_coverage_is(client: TestClient) -> None:
    said = client.get(f"{ROOT}/dtm").json()
    assert said["domainset"]["axisLabels"] == ["N", "E"]
    north, east = said["domainset"]["axes"]
    assert (north["lowerBound"], north["upperBound"], north["cellsCount"], north["resolution"]) == (ORIGIN[1], NORTH, ROWS, PIXEL)
    assert (east["lowerBound"], east["upperBound"], east["cellsCount"]) == (ORIGIN[0], EAST, COLUMNS)
    assert said["rangetype"]["field"][0] | {"label": ""} == {
        "name": "elevation", "label": "", "description": "Height above Hong Kong Principal Datum, metres (mPD, EPSG:5738)", "dataType": "float32",
        "uom": "mPD", "nilValues": [-9999.0]}
    hrefs = {link["href"]: link["type"] for link in said["links"] if link["rel"].endswith("/coverage")}
    for href, media in hrefs.items():
        assert client.get(href.replace("http://testserver", "")).headers["content-type"] == media
    assert len(hrefs) == 2
    listed = {one["id"]: one for one in client.get(ROOT).json()["collections"]}
    assert listed["dtm"]["domainset"] == said["domainset"]
    assert "domainset" not in listed["lots"]


def test_the_schema_lists_the_values(client: TestClient) -> None:
    answer = client.get(f"{ROOT}/dtm/coverage/schema")
    assert answer.headers["content-type"] == "application/schema+json"
    (field,) = answer.json()["properties"].values()
    assert field["x-ogc-unit"] == "m"
    assert field["x-ogc-verticalDatum"] == "http://www.opengis.net/def/crs/EPSG/0/5738"
    assert field["x-ogc-nilValues"] == [-9999.0]
    assert client.get(f"{ROOT}/dtm/coverage/schema", params={"lang": "zh-Hant"}).json()["properties"]["elevation"]["description"].startswith("香港")


def test_accept_chooses_the_rendition(client: TestClient) -> None:
    for accept, media in (("application/prs.coverage+json", "application/prs.coverage+json"), ("application/json", "application/prs.coverage+json"),
                          ("image/png", "image/png"), ("image/tiff", "image/tiff; application=geotiff"), ("*/*", "image/tiff; application=geotiff"),
                          ("text/html,application/xhtml+xml,*/*;q=0.8", "image/tiff; application=geotiff")):
        answer = client.get(f"{ROOT}/dtm/coverage", params={"scale-factor": "10"}, headers={"accept": accept})
        assert answer.headers["content-type"] == media
        assert "Accept" in answer.headers["vary"]


def test_conformance(client: TestClient) -> None:
    declared = client.get("/ogc/conformance").json()["conformsTo"]
    assert "http://www.opengis.net/spec/ogcapi-coverages-1/1.0/conf/core" in declared
    assert "http://www.opengis.net/spec/ogcapi-edr-1/1.1/conf/position" in declared
    assert "http://www.opengis.net/spec/ogcapi-maps-1/1.0/conf/core" in declared
