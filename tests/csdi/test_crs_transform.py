"""Transforms: right against the government's check points, refused where nothing is known, the same in every thread."""

from __future__ import annotations

import csv
import math
import os
import pickle
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from csdi.crs import CRS84, CRS84H, ECEF, HK80, HK80_HKPD, WEB_MERCATOR, WGS84_3D, HeightModel, self_test, transform
from csdi.crs import selftest as selftest_module
from csdi.errors import OutsideAreaOfUse, SelfTestFailed, TransformRefused, ValueInvalid

HKIA = np.array([(810000.0, 819000.0, 10.0), (812345.678, 819012.345, 5.1), (808000.0, 818000.0, -12.5)])
eastings, northings = st.floats(799000, 868000), st.floats(799000, 848000)
heights_m = st.floats(-60, 1000)


def corpus_rows(name: str) -> list[dict[str, str]]:
    folder = Path(os.environ.get("CSDI_CORPUS") or Path(__file__).parents[2].parent / "shared" / "data")
    file = folder / "gis" / name
    if not file.is_file():
        pytest.skip(f"{name} is not here: set CSDI_CORPUS to the data folder")
    with file.open(newline="", encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


def off_m(lonlat: np.ndarray, expected: np.ndarray) -> np.ndarray:
    """Distances in metres between (n, 2) longitudes and latitudes near Hong Kong."""
    scale = np.array([111320.0 * math.cos(math.radians(22.35)), 110750.0])
    return np.linalg.norm((np.asarray(lonlat)[:, :2] - expected) * scale, axis=1)


# Check points


@pytest.mark.corpus
def test_every_government_check_point_is_met_both_ways() -> None:
    rows = corpus_rows("hk1980_checkpoints.csv")
    grid = np.array([(float(r["E_2326"]), float(r["N_2326"])) for r in rows])
    world = np.array([(float(r["lon_wgs84"]), float(r["lat_wgs84"])) for r in rows])
    assert len(rows) == 6
    assert off_m(transform(HK80, CRS84).points(grid), world).max() < 0.002
    assert np.linalg.norm(transform(CRS84, HK80).points(world) - grid, axis=1).max() < 0.002


@pytest.mark.corpus
def test_every_check_point_on_the_hong_kong_datum_is_met() -> None:
    rows = corpus_rows("hk80_geodetic_checkpoints.csv")
    grid = np.array([(float(r["E_2326"]), float(r["N_2326"])) for r in rows])
    dms = np.array([[sum(float(part) / 60**i for i, part in enumerate(r[column].split()))
                     for column in ("lon_hk80_dms", "lat_hk80_dms")] for r in rows])
    off = off_m(transform(HK80, "EPSG:4611").points(grid), dms)
    assert off[0] < 0.16, "printed to 0.01 seconds"
    assert off[1:].max() < 0.0004


@pytest.mark.corpus
def test_facilities_with_two_positions_agree_but_for_the_known_faults() -> None:
    rows = corpus_rows("lcsd_facilities_dual_coords.csv")
    grid = np.array([(float(r["E"]), float(r["N"])) for r in rows])
    off = off_m(transform(HK80, CRS84).points(grid), np.array([(float(r["lon"]), float(r["lat"])) for r in rows]))
    assert len(rows) == 306
    assert np.quantile(off, 0.95) < 0.034
    faults = off[off > 9.0]
    assert len(faults) == 6
    assert faults.max() < 37.5


# What PROJ does by itself


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("source", "target", "epoch"), [("EPSG:2326", "EPSG:4490", None), ("EPSG:2326", "EPSG:7912", 1998.121),
                                                         ("EPSG:2326+5738", "EPSG:8426", None)])
def test_the_default_of_proj_is_303_metres_off_where_ours_is_right(source: str, target: str, epoch: float | None) -> None:
    right = transform(HK80, CRS84).points(HKIA[:, :2])
    bare = np.stack(pyproj.Transformer.from_crs(source, target, always_xy=True).transform(*HKIA.T), axis=1)
    ours = transform(source, target, epoch=epoch)
    assert 302 < off_m(bare, right).min() < 304
    assert off_m(ours.points(HKIA), right).max() < 0.1
    assert ours.operation.accuracy_m == 1.0


@pytest.mark.parametrize(("source", "target"), [("EPSG:2326", "OGC:CRS84"), ("EPSG:2326", "EPSG:4326"), ("EPSG:2326", "EPSG:3857"),
                                                ("EPSG:2326", "EPSG:8427"), ("EPSG:2326", "EPSG:4978"),
                                                ("EPSG:2326", "EPSG:32650"), ("OGC:CRS84", "EPSG:2326")])
def test_where_proj_is_right_we_agree_with_it_to_the_last_digits(source: str, target: str) -> None:
    points = HKIA if source == "EPSG:2326" else transform(HK80, CRS84).points(HKIA)
    bare = np.stack(pyproj.Transformer.from_crs(source, target, always_xy=True).transform(*points[:, :2].T, np.zeros(3)), axis=1)
    points = points * [1, 1, 0]
    np.testing.assert_allclose(transform(source, target).points(points), bare, rtol=0, atol=2e-8)


# What is refused


@pytest.mark.parametrize(("source", "target", "says"), [
    ("EPSG:2326", "EPSG:7912", "0.83 m"), ("EPSG:2326", "EPSG:9990", "29 mm"), ("EPSG:8426", "EPSG:7789", "epoch"),
    ("EPSG:3407", "EPSG:2326", "ballpark"), ("EPSG:4326", "EPSG:3366", "ballpark"),
    ("EPSG:2326+5738", "EPSG:4326+3855", "HKPD"), ("EPSG:2326+5738", "EPSG:4490+5737", "HKPD"),
    ("EPSG:2326", "EPSG:5738", "heights only"), ("EPSG:5738", "EPSG:5737", "HKPD"), ("EPSG:8433+8434", "EPSG:2326+5738", "HKPD"),
    ("EPSG:7789", "EPSG:4283", "")])
def test_what_is_not_known_is_refused(source: str, target: str, says: str) -> None:
    with pytest.raises(TransformRefused) as error:
        transform(source, target)
    assert says in str(error.value)
    assert error.value.data["source"] == source
    assert error.value.data["target"] == target


def test_no_height_model_refuses_ellipsoidal_heights_but_not_positions() -> None:
    none = HeightModel.parse("none")
    with pytest.raises(TransformRefused, match="height model"):
        transform(HK80_HKPD, WGS84_3D, heights=none)
    assert transform(HK80_HKPD, CRS84, heights=none).points(HKIA)[0, 2] == 10.0


def test_a_point_without_an_image_is_named() -> None:
    with pytest.raises(OutsideAreaOfUse) as error:
        transform(CRS84, WEB_MERCATOR).points([(114, 22), (114, 80.0), (114, 95.0)])
    assert error.value.data["index"] == 2


def test_a_wrong_shape_is_refused() -> None:
    with pytest.raises(ValueInvalid):
        transform(HK80, CRS84).points([1.0, 2.0])
    with pytest.raises(ValueInvalid):
        transform(ECEF, CRS84H).points([(1.0, 2.0)])
    with pytest.raises(ValueInvalid):
        transform(HK80_HKPD, ECEF).geometry(shapely.Point(810000, 819000, 5))


# Operations


@pytest.mark.parametrize(("source", "target", "code", "accuracy_m", "height_m"), [
    ("EPSG:2326", "OGC:CRS84", "EPSG:1825", 1.0, None), ("EPSG:2326", "EPSG:8427", "EPSG:9913", 1.0, None),
    ("EPSG:2326", "EPSG:4611", "", 0.0, None), ("EPSG:2326+5738", "EPSG:4979", "EPSG:1825", 1.0, 0.3),
    ("EPSG:2326+5738", "EPSG:8426", "EPSG:9913", 1.0, 0.3), ("EPSG:2326+5738", "EPSG:2326+5739", "", 0.0, 0.0),
    ("EPSG:4547", "EPSG:4490", "", 0.0, None), ("EPSG:2326", "EPSG:4547", "EPSG:1825", 1.0, None),
    ("EPSG:2326", "EPSG:8433", "EPSG:1825 + EPSG:8438", 1.0, None), ("EPSG:28992", "EPSG:4326", "EPSG:4833", 1.0, None),
    ("EPSG:3857", "EPSG:4326", "", 0.0, None)])
def test_a_transform_says_its_operation(source: str, target: str, code: str, accuracy_m: float, height_m: float | None) -> None:
    operation = transform(source, target).operation
    assert (operation.code, operation.accuracy_m, operation.height_accuracy_m) == (code, accuracy_m, height_m)
    assert operation.name
    assert operation.pipeline.startswith("proj=")


def test_an_operation_names_its_grid_but_not_the_folder() -> None:
    document = transform(HK80_HKPD, WGS84_3D).operation.to_dict()
    assert "grids=hk_egm96.gtx multiplier" in document["pipeline"]
    assert document["grid"] == "hk_egm96.gtx"


def test_a_grid_in_a_folder_with_spaces_and_chinese_works(tmp_path: Path) -> None:
    from csdi.crs.heights import default_grid

    folder = tmp_path / "高程 grids"
    folder.mkdir()
    (folder / "g.gtx").write_bytes(default_grid().read_bytes())
    model = HeightModel.parse(f"grid:{folder / 'g.gtx'}")
    change = transform(HK80_HKPD, WGS84_3D, heights=model)
    difference = change.points(HKIA) - transform(HK80_HKPD, WGS84_3D).points(HKIA)
    np.testing.assert_allclose(difference, np.tile([0, 0, 0.579], (3, 1)), atol=1e-9)
    assert str(tmp_path) not in change.operation.to_dict()["pipeline"]


@pytest.mark.parametrize(("source", "target"), [("EPSG:4220", "OGC:CRS84"), ("EPSG:4818", "OGC:CRS84"), ("EPSG:28992", "EPSG:4326"),
                                                ("EPSG:2056", "EPSG:4326"), ("EPSG:3065", "EPSG:4326"), ("EPSG:7856", "EPSG:4326"),
                                                ("EPSG:8433", "EPSG:8431"), ("EPSG:2326", "EPSG:8433")])
def test_the_way_back_is_the_same_operation(source: str, target: str) -> None:
    there, back = transform(source, target), transform(target, source)
    assert sorted(there.operation.code.split(" + ")) == sorted(back.operation.code.split(" + "))
    assert there.operation.accuracy_m == back.operation.accuracy_m
    west, south, east, north = there.source.area_of_use
    middle = transform(CRS84, source).points([((west + east) / 2, (south + north) / 2)])
    off = back.points(there.points(middle)) - middle
    assert np.abs(off).max() < (1e-7 if there.source.is_geographic else 0.02), "large rotations are not undone exactly"


def test_a_missing_grid_is_said_without_a_warning() -> None:
    operation = transform("EPSG:4267", CRS84).operation
    assert "grid" in operation.note
    assert operation.accuracy_m is not None


def test_zones_of_cgcs2000_differ_by_their_number_alone() -> None:
    zone, plain = transform(HK80, "EPSG:4526").points(HKIA), transform(HK80, "EPSG:4547").points(HKIA)
    np.testing.assert_allclose(zone - plain, np.tile([38e6, 0, 0], (3, 1)), atol=1e-6)
    west, east = transform(HK80, "EPSG:4546"), transform(HK80, "EPSG:4548")
    assert west.points(HKIA)[0, 0] > 500000 > east.points(HKIA)[0, 0]


# Epochs


def test_a_gnss_position_of_today_moves_back_to_the_epoch_of_hong_kong() -> None:
    then = transform(CRS84, HK80).points([(113.93, 22.31)])
    today = transform(CRS84, HK80, epoch=2026.9).points([(113.93, 22.31)])
    east, north = (then - today)[0]
    assert 0.75 < math.hypot(east, north) < 0.95
    assert east > 0 > north, "Hong Kong moves to the east-south-east"


@given(st.floats(1990, 2040), eastings, northings)
def test_an_epoch_is_undone_by_the_way_back(epoch: float, east: float, north: float) -> None:
    there, back = transform(HK80, "EPSG:7912", epoch=epoch), transform("EPSG:7912", HK80, epoch=epoch)
    assert np.abs(back.points(there.points([(east, north)])) - (east, north)).max() < 0.001


@pytest.mark.parametrize("epoch", [20265.0, 1.0, math.nan, -math.inf])
def test_an_epoch_that_is_no_year_is_refused(epoch: float) -> None:
    with pytest.raises(ValueInvalid):
        transform(CRS84, HK80, epoch=epoch)


def test_present_frames_agree_with_each_other() -> None:
    of_2014 = transform(HK80_HKPD, "EPSG:7789", epoch=2026.9).points(HKIA)
    of_2020 = transform(HK80_HKPD, "EPSG:9988", epoch=2026.9).points(HKIA)
    assert 0.0005 < np.linalg.norm(of_2014 - of_2020, axis=1).max() < 0.02


def test_itrf96_needs_no_epoch() -> None:
    change = transform(HK80, "EPSG:7907")
    np.testing.assert_allclose(change.points(HKIA), transform(HK80, "EPSG:8427").points(HKIA), atol=1e-12)
    assert "1998.121" in change.operation.note


# Heights that are carried


@pytest.mark.parametrize(("source", "target"), [("EPSG:2326", "OGC:CRS84"), ("EPSG:2326", "OGC:CRS84h"), ("EPSG:2326", "EPSG:4490"),
                                                ("EPSG:2326+5738", "OGC:CRS84"), ("EPSG:2326+5738", "EPSG:3857"),
                                                ("EPSG:2326", "EPSG:2326+5738"), ("EPSG:2326+5738", "EPSG:4326+5738"),
                                                ("EPSG:28992", "EPSG:4326")])
def test_heights_keep_their_bits(source: str, target: str) -> None:
    z = np.array([0.1 + 0.2, -12.5, 957.123456789])
    x, y = (155000.0, 463000.0) if source == "EPSG:28992" else (810000.0, 819000.0)
    points = np.column_stack([np.full(3, x), np.full(3, y), z])
    assert transform(source, target).points(points)[:, 2].tobytes() == z.tobytes()


def test_heights_carried_without_a_datum_are_said_so() -> None:
    assert "nothing of heights" in transform(HK80, CRS84H).operation.note
    assert "stay HKPD" in transform(HK80_HKPD, CRS84).operation.note


def test_a_height_that_is_missing_does_not_lose_the_position() -> None:
    moved = transform(HK80_HKPD, CRS84H).points([(810000, 819000, math.nan), (810000, 819000, 0)])
    assert math.isnan(moved[0, 2])
    np.testing.assert_allclose(moved[0, :2], moved[1, :2], atol=1e-12)


# Shapes, geometries, identity


def test_the_same_crs_gives_the_same_array() -> None:
    assert transform(HK80, 2326).points(HKIA) is HKIA
    assert transform(CRS84, "EPSG:4326").is_identity
    assert transform(WGS84_3D, CRS84H).is_identity


def test_an_empty_array_stays_empty() -> None:
    assert transform(HK80, CRS84).points(np.empty((0, 2))).shape == (0, 2)
    assert transform(HK80_HKPD, ECEF).points(np.empty((0, 3))).shape == (0, 3)


def test_the_input_is_not_changed() -> None:
    before = HKIA.copy()
    transform(HK80_HKPD, ECEF).points(HKIA)
    np.testing.assert_array_equal(before, HKIA)


def test_separate_arrays_broadcast() -> None:
    x, y, z = transform(HK80, CRS84).xy(np.array([[810000.0], [811000.0]]), [819000.0, 820000.0], 5.0)
    assert x.shape == y.shape == z.shape == (2, 2)
    np.testing.assert_array_equal(z, 5.0)


def test_a_flat_point_reaches_the_earths_centre_frame() -> None:
    flat = transform(HK80, ECEF).points([(810000.0, 819000.0)])
    assert flat.shape == (1, 3)
    np.testing.assert_array_equal(flat, transform(HK80, ECEF).points([(810000.0, 819000.0, 0.0)]))


def test_geometries_keep_kind_and_height() -> None:
    shapes = np.array([shapely.box(810000, 819000, 810100, 819100), None, shapely.Point(810000, 819000, 7.5),
                       shapely.from_wkt("GEOMETRYCOLLECTION Z (POINT Z (810000 819000 1))"), shapely.Point()], dtype=object)
    moved = transform(HK80, CRS84).geometry(shapes)
    assert [shape and shape.geom_type for shape in moved] == [shape and shape.geom_type for shape in shapes]
    assert list(shapely.has_z(moved)) == list(shapely.has_z(shapes))
    assert moved[2].z == 7.5
    assert moved[0].equals_exact(transform(HK80, CRS84).geometry(shapes[0]), 0)
    assert shapes[0].bounds[0] == 810000


@given(st.lists(st.tuples(eastings, northings, heights_m), min_size=1, max_size=20))
def test_round_trips_close_to_half_a_millimetre(points: list[tuple[float, float, float]]) -> None:
    xyz = np.array(points)
    for target in ("OGC:CRS84", "OGC:CRS84h", "EPSG:4978", "EPSG:4547", "EPSG:3857", "EPSG:4326+5738", "EPSG:8426"):
        back = transform(target, HK80_HKPD).points(transform(HK80_HKPD, target).points(xyz))
        assert np.abs(back - xyz).max() < 0.0006
    back = transform("EPSG:4611", HK80_HKPD).points(transform(HK80_HKPD, "EPSG:4611").points(xyz))
    assert np.abs(back - xyz).max() < 1e-6


def test_a_flat_position_does_not_depend_on_the_height() -> None:
    tower = np.array([(810000.0, 819000.0, 0.0), (810000.0, 819000.0, 484.0)])
    flat = transform(HK80_HKPD, CRS84).points(tower)
    np.testing.assert_array_equal(flat[0, :2], flat[1, :2])


def test_a_vertical_of_hong_kong_leans_nine_seconds_in_wgs84() -> None:
    tower = np.array([(810000.0, 819000.0, 0.0), (810000.0, 819000.0, 1000.0)])
    solid = transform(HK80_HKPD, CRS84H).points(tower)
    lean_m = off_m(solid[:1], solid[1:, :2])[0]
    assert lean_m == pytest.approx(0.0465, abs=0.003)


@given(eastings, northings, heights_m)
def test_the_inverse_is_the_transform_back(east: float, north: float, height: float) -> None:
    moved = transform(HK80_HKPD, CRS84H).points([(east, north, height)])
    np.testing.assert_allclose(transform(HK80_HKPD, CRS84H).inverse().points(moved),
                               transform(CRS84H, HK80_HKPD).points(moved), rtol=0, atol=1e-7)


def test_threads_share_one_transform() -> None:
    change = transform(HK80_HKPD, CRS84H)
    points = np.random.default_rng(1).uniform((799000, 799000, 0), (868000, 848000, 900), (20000, 3))
    expected = change.points(points)
    with ThreadPoolExecutor(8) as pool:
        for result in pool.map(lambda _: change.points(points), range(32)):
            np.testing.assert_array_equal(result, expected)
        codes = set(pool.map(lambda i: transform("EPSG:2326", f"EPSG:{32601 + i % 60}").target.is_projected, range(240)))
    assert codes == {True}


def test_a_transform_survives_pickling() -> None:
    change = pickle.loads(pickle.dumps(transform(HK80_HKPD, CRS84H)))
    np.testing.assert_array_equal(change.points(HKIA), transform(HK80_HKPD, CRS84H).points(HKIA))


# The self-test


def test_the_self_test_passes() -> None:
    assert all(result.passed for result in self_test())


@pytest.fixture
def lying_check_point() -> Iterator[None]:
    original = selftest_module.CHECK_POINTS
    wrong = selftest_module.CheckPoint("wrong by a decimetre", "EPSG:2326", "EPSG:4611", (836694.15, 819069.80),
                                       (114.178555556, 22.312133333))
    selftest_module.CHECK_POINTS = (*original, wrong)
    yield
    selftest_module.CHECK_POINTS = original


@pytest.mark.usefixtures("lying_check_point")
def test_the_self_test_stops_at_a_wrong_point() -> None:
    with pytest.raises(SelfTestFailed, match="wrong by a decimetre"):
        self_test()
