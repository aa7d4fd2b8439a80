"""Values of rasters over frames and at points, against a plane and against GDAL."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import rasterio
from affine import Affine
from hypothesis import given
from hypothesis import strategies as st

from csdi.coverages.frame import Frame
from csdi.coverages.sampling import at_points, cut
from csdi.crs import CRS84, WEB_MERCATOR, crs, transform
from tests.csdi.coverages.rasters import COLUMNS, ORIGIN, PIXEL, ROWS, bilinear_by_gdal, centres, opened, plane, write, write_plane

EAST, NORTH = ORIGIN[0] + COLUMNS * PIXEL, ORIGIN[1] + ROWS * PIXEL
TURNED = Affine.translation(811_000, 821_000) * Affine.rotation(-30) * Affine.scale(8, -12)
FLIPPED = Affine(PIXEL, 0, ORIGIN[0], 0, PIXEL, ORIGIN[1])


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_plane(tmp_path_factory.mktemp("rasters") / "plane.tif")


@given(st.lists(st.tuples(st.floats(ORIGIN[0] + PIXEL / 2, EAST - PIXEL / 2), st.floats(ORIGIN[1] + PIXEL / 2, NORTH - PIXEL / 2)), min_size=1, max_size=20))
def test_values_at_points_are_those_of_the_plane(path: Path, places: list[tuple[float, float]]) -> None:
    xy = np.array(places)
    with opened(path) as coverage:
        found = at_points(coverage, xy, coverage.fields)[0]
    np.testing.assert_allclose(found, plane(xy[:, 0], xy[:, 1]), atol=1e-6)


def test_values_at_points_are_those_that_gdal_finds_between_pixels_of_rough_ground(tmp_path: Path) -> None:
    rng = np.random.default_rng(7)
    path = write(tmp_path / "rough.tif", rng.uniform(0, 900, (1, ROWS, COLUMNS)))
    xy = np.column_stack([rng.uniform(ORIGIN[0] + 20, EAST - 20, 40), rng.uniform(ORIGIN[1] + 20, NORTH - 20, 40)])
    with opened(path) as coverage:
        found = at_points(coverage, xy, coverage.fields)[0]
    np.testing.assert_allclose(found, bilinear_by_gdal(path, [tuple(one) for one in xy.tolist()]), atol=1e-3)


def test_beside_the_raster_nothing_is_known_and_at_its_edge_the_outermost_pixels_count(path: Path) -> None:
    with opened(path) as coverage:
        found = at_points(coverage, np.array([[ORIGIN[0] - 0.01, 821_000], [EAST + 0.01, 821_000], [ORIGIN[0], 821_005], [EAST, 821_005]]),
                          coverage.fields)[0]
    assert np.isnan(found[:2]).all()
    np.testing.assert_allclose(found[2:], plane([ORIGIN[0] + 5, EAST - 5], [821_005, 821_005]), atol=1e-6)


def test_next_to_a_hole_the_pixel_counts_in_which_a_point_lies(tmp_path: Path) -> None:
    path = write_plane(tmp_path / "hole.tif", nodata=-9999.0, hole=(slice(50, 60), slice(100, 110)))
    west = ORIGIN[0] + 100 * PIXEL
    y = NORTH - 55 * PIXEL + 3
    with opened(path) as coverage:
        inside, beside, far = at_points(coverage, np.array([[west + 1, y], [west - 1, y], [west - 11, y]]), coverage.fields)[0]
    assert np.isnan(inside)
    assert beside == pytest.approx(plane(west - 5, NORTH - 54.5 * PIXEL))
    assert far == pytest.approx(plane(west - 11, y))


@pytest.mark.parametrize("affine", [TURNED, FLIPPED])
def test_rasters_that_do_not_lie_upright_give_the_values_of_their_places(tmp_path: Path, affine: Affine) -> None:
    path = write_plane(tmp_path / "turned.tif", affine=affine)
    x, y = centres(affine, COLUMNS, ROWS)
    some = np.random.default_rng(3).integers(1, min(COLUMNS, ROWS) - 2, (50, 2))
    xy = np.column_stack([x[some[:, 0], some[:, 1]] + 1.7, y[some[:, 0], some[:, 1]] - 2.1])
    with opened(path) as coverage:
        np.testing.assert_allclose(at_points(coverage, xy, coverage.fields)[0], plane(xy[:, 0], xy[:, 1]), atol=1e-6)
        frame = coverage.shape.frame
        found = cut(coverage, frame, coverage.fields)
    gx, gy = np.meshgrid(frame.x, frame.y)
    away = found.known[0] & np.roll(found.known[0], 2, 0) & np.roll(found.known[0], -2, 0) & np.roll(found.known[0], 2, 1) & np.roll(found.known[0], -2, 1)
    assert away.mean() > 0.3
    np.testing.assert_allclose(found.values[0][away], plane(gx, gy)[away], atol=1e-6)


def test_a_window_of_whole_pixels_holds_the_raster_s_own_numbers(path: Path) -> None:
    with opened(path) as coverage, rasterio.open(path) as source:
        frame = coverage.shape.frame.part((17, 40, 5, 9))
        found = cut(coverage, frame, coverage.fields)
        assert (found.values == source.read(window=((5, 9), (17, 40)))).all()
    assert found.known.all()


def test_joined_pixels_are_means(path: Path) -> None:
    with opened(path) as coverage:
        frame = coverage.shape.frame.scaled(7, 3)
        found = cut(coverage, frame, coverage.fields)
    x, y = np.meshgrid(frame.x, frame.y)
    np.testing.assert_allclose(found.values[0], plane(x, y), atol=0.01 * PIXEL * 0.03)  # within a hundredth of a pixel


@pytest.mark.parametrize("target", [CRS84, crs("EPSG:4326"), WEB_MERCATOR, crs("EPSG:4490")])
@pytest.mark.parametrize("columns", [37, 700])
def test_in_another_crs_every_pixel_has_the_value_of_its_place(path: Path, target: object, columns: int) -> None:
    reference = crs(target)  # type: ignore[arg-type]
    box = transform("EPSG:2326", reference).bbox((ORIGIN[0] + 100, ORIGIN[1] + 100, EAST - 100, NORTH - 100))
    frame = Frame.over(reference, (box[0], box[1], box[2], box[3]), columns, columns)
    with opened(path) as coverage:
        found = cut(coverage, frame, coverage.fields)
    x, y = np.meshgrid(frame.x, frame.y)
    there = transform(reference, "EPSG:2326").points(np.column_stack([x.ravel(), y.ravel()]))
    inner = (there > np.array(ORIGIN) + 100).all(axis=1) & (there < (EAST - 100, NORTH - 100)).all(axis=1)
    assert found.known[0].ravel()[inner].all()
    np.testing.assert_allclose(found.values[0].ravel()[inner], plane(there[:, 0], there[:, 1])[inner], atol=1e-3)


def test_a_frame_that_reaches_beyond_the_raster_knows_nothing_there(path: Path) -> None:
    frame = Frame.over(crs("EPSG:2326"), (ORIGIN[0] - 1003, ORIGIN[1], ORIGIN[0] + 997, ORIGIN[1] + 1000), 20, 10)
    with opened(path) as coverage:
        known = cut(coverage, frame, coverage.fields).known[0]
    assert not known[:, :10].any()
    assert known[:, 11:].all()


def test_classes_are_never_mixed(tmp_path: Path) -> None:
    classes = np.random.default_rng(1).choice(np.array([10, 200], "uint8"), (1, ROWS, COLUMNS))
    path = write(tmp_path / "classes.tif", classes)
    with opened(path) as coverage:
        found = cut(coverage, coverage.shape.frame.scaled(2.7, 2.7), coverage.fields)
        elsewhere = Frame.over(CRS84, transform("EPSG:2326", CRS84).bbox(coverage.shape.box)[:4], 90, 80)  # type: ignore[arg-type]
        carried = cut(coverage, elsewhere, coverage.fields)
        points = at_points(coverage, np.random.default_rng(2).uniform(ORIGIN, (EAST, NORTH), (200, 2)), coverage.fields)
    assert set(np.unique(found.values)) == {10, 200}
    assert set(np.unique(carried.values[carried.known])) == {10, 200}
    assert set(np.unique(points)) == {10, 200}


def test_longitudes_of_a_raster_from_0_to_360_are_found_from_west_of_greenwich(tmp_path: Path) -> None:
    values = np.tile(np.arange(360, dtype="float32") + 0.5, (180, 1))[None]
    path = write(tmp_path / "world.tif", values, affine=Affine(1, 0, 0, 0, -1, 90), epsg=4326)
    with opened(path) as coverage:
        found = at_points(coverage, np.array([[-30.0, 10.0], [30.0, 10.0], [-170.25, 0.0]]), coverage.fields)[0]
    np.testing.assert_allclose(found, [330, 30, 189.75])
