"""The files of the sample site: counts, CRSs, Chinese text, and the same bytes on every run."""

import csv
import hashlib
import json
from pathlib import Path

import numpy as np
import pyogrio
import pytest
import rasterio
import shapely

import sample_models
from sample_models.gis_files import to_crs84
from sample_models.gis_ground import AREA, heights
from sample_models.site import SiteFile, SiteFiles, known_points, read_site, write_layers

CHINESE = {
    "lots": ("NAMETC", "一號客運大樓"),
    "city-buildings": ("OFFICIALBUILDINGNAMETC", "機場鐵路站"),
    "roads": ("name_tc", "機場路"),
    "runways": ("name_tc", "北跑道"),
    "taxiways": ("name_tc", "平行滑行道J"),
    "height-limits": ("name_tc", "內水平面"),
    "manholes": ("NAME_TC", "污水沙井"),
    "districts": ("name_sc", "新岸新市镇"),
    "stands": ("apron_tc", "北停機坪"),
    "utilities": ("name_tc", "食水管"),
}


def vectors(site: SiteFiles) -> list[SiteFile]:
    return [row for row in site.files if row.kind == "vector" and not row.file.endswith(".csv")]


def column(site: SiteFiles, file_id: str, name: str) -> list[str]:
    meta, _, _, columns = pyogrio.raw.read(site.path(file_id), read_geometry=False)
    return list(columns[list(meta["fields"]).index(name)])


def test_each_file_holds_as_many_features_as_the_manifest_says(written: SiteFiles) -> None:
    assert {row.id: pyogrio.read_info(written.path(row.id))["features"] for row in vectors(written)} == {
        row.id: row.count for row in vectors(written)
    }


def test_each_file_states_the_crs_of_the_manifest(written: SiteFiles) -> None:
    stated = {"OGC:CRS84": ("OGC:CRS84", "EPSG:4326"), "EPSG:2326": ("EPSG:2326",)}
    for row in vectors(written):
        assert pyogrio.read_info(written.path(row.id))["crs"] in stated[row.crs], row.file


def test_the_table_has_one_row_per_asset_with_plain_coordinates(written: SiteFiles) -> None:
    with written.path("assets").open(encoding="utf-8", newline="") as source:
        rows = list(csv.DictReader(source))
    west, south, east, north = AREA
    assert len(rows) == next(row.count for row in written.files if row.id == "assets")
    assert all(west < float(row["easting"]) < east and south < float(row["northing"]) < north for row in rows)
    assert rows[0]["name_tc"] == "跑道邊燈1號"


@pytest.mark.parametrize("file_id", CHINESE)
def test_chinese_survives_in_every_format(written: SiteFiles, file_id: str) -> None:
    name, text = CHINESE[file_id]
    assert text in column(written, file_id, name)


def test_the_shapefile_is_big5_on_disk(written: SiteFiles) -> None:
    path = written.path("manholes")
    assert path.with_suffix(".cpg").read_text() == "BIG5"
    assert "污水沙井".encode("big5") in path.with_suffix(".dbf").read_bytes()
    assert "Hong_Kong_1980_Grid" in path.with_suffix(".prj").read_text()


def test_pipes_have_heights_below_the_ground(written: SiteFiles) -> None:
    wkb = pyogrio.raw.read(written.path("utilities"))[2]
    vertices = shapely.get_coordinates(shapely.from_wkb(wkb), include_z=True)
    cover = heights(vertices[:, 0], vertices[:, 1]) - vertices[:, 2]
    assert cover.min() > 0.5
    assert cover.max() < 12


def test_terrain_is_a_tiled_raster_of_ground_heights(written: SiteFiles) -> None:
    with rasterio.open(written.path("terrain")) as raster:
        level = raster.read(1)
        assert raster.crs.to_epsg() == 2326
        assert tuple(raster.bounds) == AREA
        assert raster.dtypes == ("float32",)
        assert raster.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
        assert -1 < level.min() <= 0
        assert np.mean(level == 0) > 0.3
        assert 200 < level.max() < 600
        for name, east, north, height in known_points(written.scale):
            if name.startswith("THR"):
                assert abs(next(raster.sample([(east, north)]))[0] - height) < 0.5, name


def test_the_aerial_image_shows_sea_and_runway_where_they_are(written: SiteFiles) -> None:
    with rasterio.open(written.path("aerial")) as raster:
        sea = np.array(next(raster.sample([(805_400.0, 817_400.0)])), dtype=int)
        runway = np.array(next(raster.sample([(808_200.0, 821_101.6)])), dtype=int)
        assert raster.count == 3
        assert raster.overviews(1)
        assert tuple(raster.bounds) == AREA
    assert sea[2] > sea[0] + 25
    assert runway.max() < 150
    assert np.ptp(runway) < 30


def test_a_second_run_gives_the_same_bytes(written: SiteFiles, tmp_path: Path) -> None:
    again = write_layers(tmp_path, written.scale)
    for path in sorted(written.folder.iterdir()):
        assert path.read_bytes() == (again.folder / path.name).read_bytes(), path.name


def test_writing_over_an_older_site_gives_the_same_bytes(written: SiteFiles) -> None:
    before = written.path("city-buildings").read_bytes()
    write_layers(written.folder, written.scale)
    assert written.path("city-buildings").read_bytes() == before


def test_the_manifest_reads_back(written: SiteFiles) -> None:
    assert read_site(written.folder) == written
    text = json.loads(written.manifest.read_text(encoding="utf-8"))
    assert all(set(row["title"]) == {"en", "zh-Hant", "zh-Hans"} and row["licence"] for row in text["files"])
    assert [path for row in text["files"] for path in [written.folder / row["file"]] if not path.exists()] == []


def test_the_committed_small_site_is_whole_and_current(written: SiteFiles) -> None:
    small = read_site(Path(sample_models.__file__).parent / "small")
    rows = json.loads(small.manifest.read_text(encoding="utf-8"))["files"]
    assert {row["file"]: hashlib.sha256((small.folder / row["file"]).read_bytes()).hexdigest() for row in rows} == {
        row["file"]: row["sha256"] for row in rows
    }
    assert [row for row in small.files if row.kind != "model"] == list(written.files)
    assert {row.kind for row in small.files} == {"raster", "vector", "model"}
    assert sum(path.stat().st_size for path in small.folder.iterdir()) < 5_000_000


def test_progress_goes_from_nothing_to_the_whole(tmp_path: Path) -> None:
    shares: list[float] = []
    write_layers(tmp_path, 0.1, lambda name, share: shares.append(share))
    assert shares == sorted(shares)
    assert shares[0] == 0.0
    assert 0.95 < shares[-1] <= 1.0


def test_longitudes_and_latitudes_agree_with_published_thresholds() -> None:
    """Threshold 07L of the aeronautical information publication: 22 19 17.72 N, 113 52 56.26 E."""
    lon, lat = to_crs84(np.array([[805_918.0, 820_316.0]]))[0]
    assert abs(lon - (113 + 52 / 60 + 56.26 / 3600)) < 2e-6
    assert abs(lat - (22 + 19 / 60 + 17.72 / 3600)) < 2e-6
