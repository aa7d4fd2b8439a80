"""Tile matrix sets: the registered ones as registered, and every place in the tile that holds it."""

from __future__ import annotations

import morecantile
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from csdi.errors import NotFound
from csdi.extent import BBox
from csdi.tiles import SETS, TileMatrixSet, tile_matrix_set

EACH = pytest.mark.parametrize("grid", SETS, ids=[grid.id for grid in SETS])
HONG_KONG = BBox(113.82, 22.15, 114.45, 22.57)


@pytest.mark.parametrize("id", ["WebMercatorQuad", "WorldCRS84Quad"])
def test_registered_sets_are_as_registered(id: str) -> None:
    ours = tile_matrix_set(id).document()
    registered = morecantile.tms.get(id).model_dump(mode="json", exclude_none=True, by_alias=True)
    for mine, theirs in zip(ours["tileMatrices"], registered["tileMatrices"], strict=False):
        assert mine["scaleDenominator"] == pytest.approx(theirs["scaleDenominator"], rel=1e-9)
        assert mine["cellSize"] == pytest.approx(theirs["cellSize"], rel=1e-9)
        assert mine["pointOfOrigin"] == pytest.approx(theirs["pointOfOrigin"], rel=1e-9)
        assert {k: mine[k] for k in ("id", "tileWidth", "tileHeight", "matrixWidth", "matrixHeight")} == {
            k: theirs[k] for k in ("id", "tileWidth", "tileHeight", "matrixWidth", "matrixHeight")}
    assert ours["orderedAxes"] == registered["orderedAxes"]
    assert ours["uri"] == f"http://www.opengis.net/def/tilematrixset/OGC/1.0/{id}"


def test_another_library_reads_the_hong_kong_grid_and_finds_the_same_tiles() -> None:
    grid = tile_matrix_set("HK1980Grid")
    document = grid.document("https://example.test/tileMatrixSets/HK1980Grid")
    theirs = morecantile.TileMatrixSet.model_validate(document)
    for level, easting, northing in ((0, 800_000, 820_000), (9, 811_234.5, 819_876.5), (15, 836_694.05, 819_069.8)):
        tile = theirs._tile(easting, northing, level)
        west, south, east, north = grid.box(level, tile.y, tile.x)
        assert west - 1 < easting < east + 1
        assert south - 1 < northing < north + 1
        assert theirs.xy_bounds(tile) == pytest.approx((west, south, east, north))


def test_the_hong_kong_grid_writes_northing_first_and_holds_hong_kong() -> None:
    grid = tile_matrix_set("HK1980Grid")
    document = grid.document("u")
    assert document["orderedAxes"] == ["N", "E"]
    assert document["crs"] == "http://www.opengis.net/def/crs/EPSG/0/2326"
    assert all(matrix["pointOfOrigin"] == [880_000.0, 780_000.0] for matrix in document["tileMatrices"])
    assert document["tileMatrices"][9]["cellSize"] == 1.0
    assert document["tileMatrices"][9]["scaleDenominator"] == pytest.approx(1 / 0.00028)
    west, south, east, north = grid.whole
    assert (west, north) == (780_000.0, 880_000.0)
    box = grid.box_of(HONG_KONG)
    assert box is not None
    assert west < box[0] < box[2] < east
    assert south < box[1] < box[3] < north


@EACH
@given(data=st.data())
def test_tiles_cover_the_grid_without_gaps(grid: TileMatrixSet, data: st.DataObject) -> None:
    level = data.draw(st.integers(0, grid.levels - 1))
    matrix = grid.matrix(level)
    row, column = data.draw(st.integers(0, matrix.rows - 1)), data.draw(st.integers(0, matrix.columns - 1))
    west, south, east, north = grid.box(level, row, column)
    middle = ((west + east) / 2, (south + north) / 2)
    assert grid.limits((*middle, *middle), level) == (row, row, column, column)
    if column + 1 < matrix.columns:
        assert grid.box(level, row, column + 1)[0] == pytest.approx(east, abs=matrix.cell * 1e-6)
    if row + 1 < matrix.rows:
        assert grid.box(level, row + 1, column)[3] == pytest.approx(south, abs=matrix.cell * 1e-6)
    if level + 1 < grid.levels:
        assert grid.box(level + 1, 2 * row, 2 * column)[0] == pytest.approx(west, abs=matrix.cell * 1e-6)


@EACH
@pytest.mark.parametrize("level,row,column", [(-1, 0, 0), (99, 0, 0), (0, 1, 0), (0, 0, 2), (3, -1, 0), (3, 0, 8 * 2), (3, 2**31, 0)])
def test_what_is_no_tile_is_not_found(grid: TileMatrixSet, level: int, row: int, column: int) -> None:
    with pytest.raises(NotFound):
        grid.box(level, row, column)


def test_an_unknown_set_is_not_found_and_the_known_ones_are_named() -> None:
    with pytest.raises(NotFound, match="WebMercatorQuad, WorldCRS84Quad, HK1980Grid"):
        tile_matrix_set("GoogleMapsCompatible")


@EACH
def test_extents_of_the_whole_world_and_across_the_antimeridian_are_cut_to_the_grid(grid: TileMatrixSet) -> None:
    whole = grid.whole
    for extent in (BBox(-180, -90, 180, 90), BBox(170, -20, -170, 20), BBox(113.9, 22.3, 113.9, 22.3)):
        box = grid.box_of(extent)
        if grid.id == "HK1980Grid" and extent.minx > extent.maxx:
            continue
        assert box is not None
        assert whole[0] <= box[0] <= box[2] <= whole[2]
        assert whole[1] <= box[1] <= box[3] <= whole[3]
        assert np.isfinite(box).all()
    assert grid.box_of(None) is None


def test_places_far_from_hong_kong_are_not_on_its_grid() -> None:
    assert tile_matrix_set("HK1980Grid").box_of(BBox(-1, 50, 1, 52)) is None
