from __future__ import annotations

import math
import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from csdi import crs
from csdi.crs import HeightModel
from csdi.errors import FileBroken, ValueInvalid
from twin.dtm import Dtm
from twin.ellipsoid import Array, ecef, geodetic
from twin.quantized_mesh import TerrainMesh, decode, encode, heights_on
from twin.terrain import TerrainSource, has_tile, layer_json, terrain_tile, tile_bounds

HK = HeightModel.parse("hk")
CORPUS = Path(os.environ.get("CSDI_CORPUS", Path(__file__).parents[3] / "shared" / "data"))
SITE = (811_000.0, 820_500.0)


def relief(x: Array, y: Array) -> Array:
    """Metres mPD by metres from the site's north-west: unlike itself under every mirror and turn."""
    hill = 80 * np.exp(-((x - 900) ** 2 + (y + 400) ** 2) / 60_000)
    knoll = 30 * np.exp(-((x - 300) ** 2 + (y + 1500) ** 2) / 20_000)
    return np.asarray(6 + 0.02 * x + hill + knoll)


def site(pixel: float = 20.0, heights: HeightModel = HK) -> tuple[Dtm, TerrainSource]:
    rows, columns = 100, 140
    x, y = np.meshgrid((np.arange(columns) + 0.5) * pixel, -(np.arange(rows) + 0.5) * pixel)
    dtm = Dtm(relief(x, y), SITE, (pixel, pixel), "EPSG:2326")
    return dtm, TerrainSource(dtm, dtm.bounds, dtm.resolution_m, heights)


def at(source: TerrainSource, lonlat: Array, z: int) -> Array:
    """Ellipsoidal heights of the published terrain."""
    side = 180 / 2**z
    result = np.full(len(lonlat), np.nan)
    tiles = np.floor((lonlat + np.array([180, 90])) / side).astype(int)
    for x, y in np.unique(tiles, axis=0):
        mine = (tiles == (x, y)).all(axis=1)
        bounds = tile_bounds(z, int(x), int(y))
        result[mine] = heights_on(decode(terrain_tile(source, z, int(x), int(y)), bounds), lonlat[mine])
    return result


def test_published_terrain_is_the_dtm_in_place_and_the_right_way_round() -> None:
    _, source = site()
    random = np.random.default_rng(7)
    xy = np.column_stack([random.uniform(60, 2700, 500), random.uniform(-1900, -60, 500)])
    places = np.column_stack([xy + SITE, relief(xy[:, 0], xy[:, 1])])
    true = crs.transform(crs.HK80_HKPD, crs.WGS84_3D, heights=HK).points(places)
    found = at(source, true[:, :2], source.deepest_level)
    tolerance = source.tolerance_m(source.deepest_level)
    assert np.abs(found - true[:, 2]).max() <= tolerance + 0.25, "0.25 m is what bilinear reading of a 20 m grid may cost"
    assert np.std(found) > 10


@pytest.mark.parametrize(("level", "allowed_m"), [(11, 6.0), (12, 3.5), (13, 2.0)])
def test_coarser_levels_are_coarser_but_not_elsewhere(level: int, allowed_m: float) -> None:
    _, source = site()
    xy = np.column_stack([np.linspace(100, 2600, 60), np.linspace(-150, -1800, 60)])
    true = crs.transform(crs.HK80_HKPD, crs.WGS84_3D, heights=HK).points(np.column_stack([xy + SITE, relief(*xy.T)]))
    assert np.abs(at(source, true[:, :2], level) - true[:, 2]).max() <= allowed_m


def test_the_sea_around_lies_at_zero_mpd_on_the_ellipsoid() -> None:
    dtm, source = site()
    west, south, _, north = dtm.bounds
    offshore = np.array([[west - 0.004, (south + north) / 2]])
    undulation = HK.undulation(west, (south + north) / 2)
    assert at(source, offshore, source.deepest_level)[0] == pytest.approx(float(undulation), abs=0.1)
    assert undulation < -3


def test_a_hole_in_the_dtm_is_sea() -> None:
    dtm, _ = site()
    heights = dtm.heights.copy()
    heights[40:60, 60:80] = np.nan
    holed = Dtm(heights, SITE, dtm.pixel, "EPSG:2326")
    middle = crs.transform("EPSG:2326", crs.CRS84).points(np.array([[SITE[0] + 1400, SITE[1] - 1000]]))
    assert np.isnan(holed(middle)).all()
    source = TerrainSource(holed, holed.bounds, 20.0, HeightModel.parse("none"))
    assert at(source, middle, source.deepest_level)[0] == pytest.approx(0.0, abs=0.1)


def test_tiles_are_listed_for_the_globe_then_around_the_site_and_each_has_its_parent() -> None:
    _, source = site()
    document = layer_json(source)
    available = document["available"]
    assert available[0] == [{"startX": 0, "startY": 0, "endX": 1, "endY": 0}]
    assert available[5] == [{"startX": 0, "startY": 0, "endX": 63, "endY": 31}]
    assert document["maxzoom"] == len(available) - 1 == source.deepest_level
    for z in range(6, source.deepest_level + 1):
        (span,) = available[z]
        for x in (span["startX"], span["endX"]):
            for y in (span["startY"], span["endY"]):
                assert has_tile(source, z, x, y)
                assert has_tile(source, z - 1, x // 2, y // 2)
        assert not has_tile(source, z, span["endX"] + 1, span["startY"])
    with pytest.raises(ValueInvalid, match="there is no terrain tile"):
        terrain_tile(source, source.deepest_level + 1, 0, 0)


@pytest.mark.parametrize("z", range(0, 13, 2))
def test_chords_do_not_sink_far_below_the_ellipsoid(z: int) -> None:
    _, source = site(heights=HeightModel.parse("none"))
    side = 180 / 2**z
    x, y = math.floor((112.9 + 180) / side), math.floor((21.9 + 90) / side)
    span = layer_json(source)["available"][z][0]
    x, y = min(max(x, span["startX"]), span["endX"]), min(max(y, span["startY"]), span["endY"])
    mesh = decode(terrain_tile(source, z, x, y), tile_bounds(z, x, y))
    middles = ecef(mesh.positions)[mesh.triangles].mean(axis=1)
    assert geodetic(middles)[:, 2].min() > -77_067 / 2**z / 5


def test_a_tile_faces_up_covers_itself_and_has_a_finite_header() -> None:
    dtm, source = site()
    z = source.deepest_level
    side = 180 / 2**z
    x, y = math.floor((dtm.bounds[0] + 180) / side) + 1, math.floor((dtm.bounds[1] + 90) / side) + 1
    data = terrain_tile(source, z, x, y)
    mesh = decode(data, tile_bounds(z, x, y))
    a, b, c = (mesh.positions[mesh.triangles[:, k]] for k in range(3))
    areas = (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (c[:, 0] - a[:, 0]) * (b[:, 1] - a[:, 1])
    assert (areas > 0).all()
    assert areas.sum() / 2 == pytest.approx(side * side, rel=1e-6)
    for level in (0, z):
        column = 1 if level == 0 else x
        header = np.frombuffer(terrain_tile(source, level, column, 0 if level == 0 else y), "<f8", 3)
        assert np.isfinite(header).all()
        assert np.isfinite(np.frombuffer(terrain_tile(source, level, column, 0 if level == 0 else y)[32:88], "<f8")).all()


def test_neighbours_agree_along_their_common_edge() -> None:
    dtm, source = site()
    z = source.deepest_level
    side = 180 / 2**z
    x, y = math.floor((dtm.bounds[0] + 180) / side) + 1, math.floor((dtm.bounds[1] + 90) / side) + 1
    lon = -180 + (x + 1) * side
    line = np.column_stack([np.full(20, lon), np.linspace(*tile_bounds(z, x, y)[1::2], 22)[1:-1]])
    heights = [heights_on(decode(terrain_tile(source, z, column, y), tile_bounds(z, column, y)), line) for column in (x, x + 1)]
    assert np.abs(heights[0] - heights[1]).max() <= 2 * source.tolerance_m(z)


@settings(max_examples=40, deadline=None)
@given(arrays(np.float64, (24, 3), elements=st.floats(0, 1)), st.floats(-100, 900), st.floats(1, 500))
def test_the_codec_returns_positions_to_its_grid(unit: Array, low: float, span: float) -> None:
    bounds = (113.9, 22.2, 113.95, 22.25)
    positions = np.array([113.9, 22.2, low]) + unit * (0.05, 0.05, span)
    triangles = np.random.default_rng(1).permutation(24).reshape(8, 3)
    again = decode(encode(TerrainMesh(bounds, positions, triangles)), bounds)
    assert len(again.positions) == 24
    assert np.abs(again.positions[again.triangles] - positions[triangles]).max(axis=(0, 1)) == pytest.approx(
        0, abs=max(span / 32_000, 1e-5))


def test_bytes_that_are_no_mesh_are_named() -> None:
    with pytest.raises(FileBroken, match="not a quantized mesh"):
        decode(b"not a mesh", (0, 0, 1, 1))


@pytest.mark.corpus
def test_real_relief_is_published_where_the_dtm_has_it() -> None:
    rasterio = pytest.importorskip("rasterio")
    path = CORPUS / "gis" / "lantau_dtm_36m_2326.tif"
    if not path.is_file():
        pytest.skip(f"{path} is not there; set CSDI_CORPUS")
    with rasterio.open(path) as raster:
        grid, place = raster.read(1), raster.transform
    dtm = Dtm(grid.astype(np.float64), (place.c, place.f), (place.a, -place.e), "EPSG:2326")
    source = TerrainSource(dtm, dtm.bounds, dtm.resolution_m, HK)
    random = np.random.default_rng(3)
    rows, columns = random.integers(40, grid.shape[0] - 40, 120), random.integers(40, grid.shape[1] - 40, 120)
    xy = np.column_stack([place.c + (columns + 0.5) * place.a, place.f + (rows + 0.5) * place.e])
    true = crs.transform(crs.HK80_HKPD, crs.WGS84_3D, heights=HK).points(np.column_stack([xy, grid[rows, columns].astype(float)]))
    off = np.abs(at(source, true[:, :2], source.deepest_level) - true[:, 2])
    assert np.median(off) < 1.5
    assert np.quantile(off, 0.95) < 6, "a 36 m grid on slopes of 40 degrees, read between its points"
