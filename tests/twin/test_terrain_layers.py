"""Terrain of published height models: real ones sampled back, and what is wrong with others."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import rasterio
from rasterio.transform import from_origin
from starlette.testclient import TestClient

from csdi import crs
from csdi.bootstrap import Services, open_services
from csdi.layers import add_layers
from csdi.settings import read_settings
from ogc_api.app import create_app
from tests.corpus import corpus
from twin.elevation import terrain_of
from twin.ellipsoid import Array
from twin.quantized_mesh import decode, heights_on
from twin.terrain import TerrainSource, layer_json, terrain_tile, tile_bounds

SMALL = Path(__file__).parents[2] / "sample_models" / "small"
EAST, NORTH = 811_000.0, 820_500.0


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    with open_services(read_settings(home=tmp_path / "home")) as opened:
        yield opened


def published(services: Services, path: Path) -> TerrainSource:
    (result,) = add_layers(services.store, services.blobs, path)
    assert result.result == "published", result.error
    found = terrain_of(services)
    assert found is not None
    return found.source


def written(path: Path, heights: Array, pixel: float = 20.0, nodata: float | None = -9999.0) -> Path:
    """A height model in EPSG:2326 with its north-west corner at the site."""
    with rasterio.open(path, "w", driver="GTiff", height=heights.shape[0], width=heights.shape[1], count=1, dtype="float32",
                       crs="EPSG:2326", transform=from_origin(EAST, NORTH, pixel, pixel), nodata=nodata) as target:
        target.write(heights.astype("float32"), 1)
    return path


def surface(source: TerrainSource, lonlat: Array, z: int) -> Array:
    """Ellipsoidal heights of the published terrain."""
    tiles, result = np.floor((lonlat + np.array([180, 90])) / (180 / 2**z)).astype(int), np.full(len(lonlat), np.nan)
    for x, y in np.unique(tiles, axis=0).tolist():
        mine = (tiles == (x, y)).all(axis=1)
        result[mine] = heights_on(decode(terrain_tile(source, z, x, y), tile_bounds(z, x, y)), lonlat[mine])
    return result


def inland(source: TerrainSource, count: int) -> Array:
    """(count, 2) random places with known ground all around, in a corner of the model that is unlike its mirrors."""
    west, south, east, north = source.bounds
    places = np.random.default_rng(11).uniform((west, south), (west + 0.4 * (east - west), south + 0.7 * (north - south)), (40 * count, 2))
    step = 1.5 * source.resolution_m / 111_320
    around = [source.sample(places + np.array([dx * step, dy * step])) for dx in (-1, 0, 1) for dy in (-1, 0, 1)]
    return np.asarray(places[np.isfinite(around).all(axis=0) & (np.ptp(around, axis=0) > 0)][:count])


@pytest.mark.parametrize("name", ["sample", "lantau_dtm_36m_2326.tif"])
def test_real_height_models_come_back_within_what_is_stated(services: Services, name: str) -> None:
    path = SMALL / "terrain.tif" if name == "sample" else corpus("gis", name)
    source = published(services, path)
    places = inland(source, 500)
    assert len(places) == 500
    true = source.sample(places) + services.heights.undulation(places[:, 0], places[:, 1])
    found = surface(source, places, source.deepest_level)
    assert np.abs(found - true).max() <= source.accuracy_m
    west, south, east, north = source.bounds
    for mirrored in (np.column_stack([west + east - places[:, 0], places[:, 1]]), np.column_stack([places[:, 0], south + north - places[:, 1]])):
        other = source.sample(mirrored)
        known = np.isfinite(other)
        assert np.abs(found - other - services.heights.undulation(places[:, 0], places[:, 1]))[known].max() > 10 * source.accuracy_m, \
            "a mirrored terrain would not pass for the right one"


def test_what_is_stated_is_in_the_description(services: Services) -> None:
    source = published(services, SMALL / "terrain.tif")
    document = layer_json(source, version="7", attribution="Survey")
    assert document["extras"] == {"accuracy_m": round(source.accuracy_m, 3), "heights": "hk"}
    assert (document["attribution"], document["version"]) == ("Survey", "7")


@pytest.mark.parametrize("shape", [(1, 1), (1, 40), (40, 1), (2, 2)])
def test_a_coverage_of_few_pixels_is_ground_there(services: Services, tmp_path: Path, shape: tuple[int, int]) -> None:
    source = published(services, written(tmp_path / "dtm.tif", np.full(shape, 42.0), 200.0))
    middle = crs.transform("EPSG:2326", crs.CRS84).points([[EAST + 100 * shape[1], NORTH - 100 * shape[0]]])
    found = surface(source, middle, source.deepest_level)
    assert found[0] == pytest.approx(42 + float(services.heights.undulation(*middle[0])), abs=0.3)


@pytest.mark.parametrize("nothing", [-9999.0, np.nan])
def test_holes_are_sea_and_no_number_is_broken(services: Services, tmp_path: Path, nothing: float) -> None:
    heights = np.fromfunction(lambda row, column: 20 + row + 0.3 * column, (60, 90))
    heights[20:40, 30:60] = nothing
    source = published(services, written(tmp_path / "dtm.tif", heights, nodata=nothing))
    hole = crs.transform("EPSG:2326", crs.CRS84).points([[EAST + 45 * 20, NORTH - 30 * 20]])
    assert surface(source, hole, source.deepest_level)[0] == pytest.approx(float(services.heights.undulation(*hole[0])), abs=0.3)
    for z, ranges in enumerate(layer_json(source)["available"]):
        if z > 5:
            (span,) = ranges
            for x in range(span["startX"], span["endX"] + 1):
                for y in range(span["startY"], span["endY"] + 1):
                    data = terrain_tile(source, z, x, y)
                    assert np.isfinite(np.frombuffer(data[:88], "<f8", 3)).all()
                    assert np.isfinite(np.frombuffer(data[32:88], "<f8")).all()
                    assert np.isfinite(decode(data, tile_bounds(z, x, y)).positions).all()
        if z == 12:
            break


def test_one_pixel_among_holes_lifts_nothing_else(services: Services, tmp_path: Path) -> None:
    heights = np.full((30, 30), -9999.0)
    heights[0, 0] = 5.0
    source = published(services, written(tmp_path / "dtm.tif", heights))
    middle = crs.transform("EPSG:2326", crs.CRS84).points([[EAST + 300, NORTH - 300]])
    assert surface(source, middle, source.deepest_level)[0] == pytest.approx(float(services.heights.undulation(*middle[0])), abs=0.3)


def test_beyond_the_edge_lies_the_sea_on_the_ellipsoid(services: Services, tmp_path: Path) -> None:
    source = published(services, written(tmp_path / "dtm.tif", np.full((50, 50), 80.0)))
    across = crs.transform("EPSG:2326", crs.CRS84).points([[EAST + offset, NORTH - 500] for offset in (-150.0, -60.0, 60.0, 150.0)])
    found = surface(source, across, source.deepest_level) - services.heights.undulation(across[:, 0], across[:, 1])
    assert found == pytest.approx([0, 0, 80, 80], abs=0.5)


def test_tiles_over_http_are_those_of_the_description(services: Services) -> None:
    published(services, SMALL / "terrain.tif")
    with TestClient(create_app(services.settings, services)) as client:
        document = client.get("/terrain/layer.json").json()
        for z, (span,) in enumerate(document["available"]):
            address = document["tiles"][0].format(z=z, x=span["startX"], y=span["endY"], version=document["version"])
            answer = client.get(f"/terrain/{address}")
            assert answer.status_code == 200
            assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
            assert np.isfinite(decode(answer.content, tile_bounds(z, span["startX"], span["endY"])).positions).all()
        last = document["available"][-1][0]
        assert client.get(f"/terrain/{document['maxzoom']}/{last['endX'] + 1}/{last['endY']}.terrain").status_code == 404
