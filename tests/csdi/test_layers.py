"""Publishing GIS files: what comes in, what is said of it, and what a bad file leaves behind."""

from __future__ import annotations

import json
import os
import warnings
import zipfile
from pathlib import Path

import numpy as np
import pyogrio
import pytest
import rasterio
import shapely
from rasterio.transform import from_origin

from csdi.blobs import Blobs
from csdi.collection import Kind
from csdi.layers import LayerOptions, LayerResult, add_layers, drop_layer, slug
from csdi.query import Query
from csdi.store import Store, open_store
from tests.corpus import corpus

TERMINAL = shapely.box(811200, 819500, 811400, 819700)


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    return open_store("memory:" if request.param == "memory" else f"sqlite:///{tmp_path}/site.gpkg")


@pytest.fixture
def blobs(tmp_path: Path) -> Blobs:
    return Blobs(f"file://{tmp_path}/blobs")


def write(path: Path, geometries: list[object], crs: str | None = "EPSG:2326", **columns: list[object]) -> Path:
    """A vector file of polygons or points with columns, in the format that its name says."""
    names = list(columns)
    kind = shapely.from_wkb(shapely.to_wkb(geometries[0])).geom_type if geometries else "Polygon"
    kind += " Z" if geometries and shapely.has_z(geometries[0]) else ""
    with warnings.catch_warnings(action="ignore"):
        pyogrio.raw.write(path, geometry=shapely.to_wkb(geometries), field_data=[np.array(columns[n]) for n in names], fields=names,
                          crs=crs, geometry_type=kind)
    return path


def add(store: Store, blobs: Blobs, path: Path, **options: object) -> list[LayerResult]:
    return list(add_layers(store, blobs, path, LayerOptions(**options)))  # type: ignore[arg-type]


@pytest.mark.corpus
def test_every_shared_file_is_taken_with_the_counts_of_its_source(store: Store, blobs: Blobs) -> None:
    for path in sorted(corpus("gis").iterdir()):
        results = add(store, blobs, path)
        if path.suffix == ".md":
            assert [r.error.code for r in results if r.error] == ["format-unknown"]
        elif path.suffix == ".tif":
            assert [(r.result, r.count) for r in results] == [("published", 1)]
        else:
            expected = [pyogrio.read_info(path, layer=name, force_feature_count=True)["features"] for name, _ in pyogrio.list_layers(path)]
            assert [r.count for r in results] == expected
            assert [store.count(r.collection, Query()) for r in results] == expected


@pytest.mark.corpus
def test_invalid_geometries_are_repaired_with_a_count_and_a_list(store: Store, blobs: Blobs) -> None:
    (result,) = add(store, blobs, corpus("gis", "hk_landcover_b50k_2326.gpkg"))
    finding = next(f for f in result.findings if f.code == "geometry-repaired")
    assert finding.data["count"] == len(finding.data["ids"]) == 259
    shapes = [f.geometry for f in store.search(result.collection, Query(limit=10_000)).features]
    lost = next((f.data["count"] for f in result.findings if f.code == "geometry-lost"), 0)
    assert sum(shape is None for shape in shapes) == lost
    assert shapely.is_valid([shape for shape in shapes if shape is not None]).all()


def test_coordinates_in_the_storage_crs_are_kept_bit_for_bit(store: Store, blobs: Blobs, tmp_path: Path) -> None:
    point = shapely.Point(811323.6000000001, 819614.9123456789)
    (result,) = add(store, blobs, write(tmp_path / "point.gpkg", [point]))
    assert result.crs == "EPSG:2326"
    assert store.search(result.collection, Query()).features[0].geometry == point


@pytest.mark.parametrize("suffix", [".gpkg", ".geojson", ".shp", ".fgb"])
def test_chinese_attributes_survive_every_format(store: Store, blobs: Blobs, tmp_path: Path, suffix: str) -> None:
    crs = "EPSG:4326" if suffix == ".geojson" else "EPSG:2326"
    shape = shapely.Point(113.93, 22.31) if suffix == ".geojson" else shapely.Point(811323.6, 819614.9)
    (result,) = add(store, blobs, write(tmp_path / f"names{suffix}", [shape], crs, name=["機場客運大樓"]))
    (feature,) = store.search(result.collection, Query(text="客運")).features
    assert feature.properties["name"] == "機場客運大樓"


def test_a_zipped_shapefile_in_big5_is_read(store: Store, blobs: Blobs, tmp_path: Path) -> None:
    path = tmp_path / "manholes.shp"
    pyogrio.raw.write(path, geometry=shapely.to_wkb([shapely.Point(811323.6, 819614.9)]), field_data=[np.array(["沙井 渠務署"])],
                      fields=["owner"], crs="EPSG:2326", geometry_type="Point", encoding="BIG5")
    with zipfile.ZipFile(tmp_path / "manholes.zip", "w") as archive:
        for part in tmp_path.glob("manholes.*"):
            if part.suffix != ".zip":
                archive.write(part, part.name)
    (result,) = add(store, blobs, tmp_path / "manholes.zip")
    assert result.result == "published", result.error
    assert store.search(result.collection, Query()).features[0].properties["owner"] == "沙井 渠務署"


def test_heights_of_hong_kong_layers_are_said_to_be_hkpd(store: Store, blobs: Blobs, tmp_path: Path) -> None:
    (result,) = add(store, blobs, write(tmp_path / "pipe.gpkg", [shapely.Point(811323.6, 819614.9, -2.5)]))
    assert store.collection(result.collection).vertical_crs == "EPSG:5738"
    assert [f.code for f in result.findings] == ["height-datum-assumed"]
    assert store.search(result.collection, Query()).features[0].geometry.z == -2.5  # type: ignore[union-attr]


def test_publishing_again_replaces_the_layer(store: Store, blobs: Blobs, tmp_path: Path) -> None:
    add(store, blobs, write(tmp_path / "lots.gpkg", [TERMINAL, TERMINAL], lot=["1", "2"]))
    (result,) = add(store, blobs, write(tmp_path / "again.gpkg", [TERMINAL], ref=[7]), id="lots")
    assert store.count("lots", Query()) == 1
    assert [f.name for f in store.collection("lots").schema] == ["ref", "since_version", "valid_from"]
    assert result.count == 1


def test_csv_columns_tell_their_crs_or_say_that_it_was_assumed(store: Store, blobs: Blobs, tmp_path: Path) -> None:
    (tmp_path / "sensors.csv").write_text("\ufeffname,E,N\n感應器,811323.6,819614.9\n", encoding="utf-8")
    (result,) = add(store, blobs, tmp_path / "sensors.csv")
    assert (result.crs, [f.code for f in result.findings]) == ("EPSG:2326", ["crs-assumed"])
    (tmp_path / "wgs.csv").write_text("name,lat,lon\na,22.31,113.93\n")
    (result,) = add(store, blobs, tmp_path / "wgs.csv")
    assert store.search(result.collection, Query()).features[0].geometry == shapely.Point(113.93, 22.31)


def raster(path: Path, crs: str | None) -> Path:
    profile = {"driver": "GTiff", "width": 64, "height": 48, "count": 1, "dtype": "float32", "crs": crs,
               "transform": from_origin(811000, 820000, 10, 10)}
    with rasterio.open(path, "w", **profile) as target:
        target.write(np.arange(64 * 48, dtype="float32").reshape(48, 64), 1)
    return path


@pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
def test_a_raster_is_a_footprint_and_a_blob_with_the_same_pixels(store: Store, blobs: Blobs, tmp_path: Path) -> None:
    (result,) = add(store, blobs, raster(tmp_path / "dtm.tif", "EPSG:2326"))
    collection = store.collection(result.collection)
    assert (collection.kind, collection.details["elevation"], collection.vertical_crs) == (Kind.COVERAGE, True, "EPSG:5738")
    with blobs.file(collection.details["blob"]) as path, rasterio.open(path) as kept:
        assert kept.crs.to_epsg() == 2326
        assert np.array_equal(kept.read(1), np.arange(64 * 48, dtype="float32").reshape(48, 64))


def _bad(kind: str, folder: Path) -> tuple[Path, str]:
    """A file that cannot be published, and the code of its error."""
    path = folder / "bad"
    if kind == "missing":
        return folder / "none.gpkg", "path-missing"
    if kind == "directory":
        (folder / "layers").mkdir()
        return folder / "layers", "path-is-directory"
    if kind == "empty":
        path = folder / "bad.gpkg"
        path.touch()
        return path, "file-empty"
    if kind == "text":
        path = folder / "bad.gpkg"
        path.write_text("this is no GeoPackage")
        return path, "format-unknown"
    if kind == "no prj":
        write(folder / "bad.shp", [TERMINAL], None)
        return folder / "bad.shp", "crs-missing"
    if kind == "raster without CRS":
        return raster(folder / "bad.tif", None), "crs-missing"
    if kind == "zip bomb":
        with zipfile.ZipFile(folder / "bad.zip", "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("bad.geojson", b" " * (300 << 20))
        return folder / "bad.zip", "archive-hostile"
    if kind == "truncated":
        write(folder / "bad.fgb", [TERMINAL] * 2000, name=["x" * 200] * 2000)
        os.truncate(folder / "bad.fgb", 60_000)
        return folder / "bad.fgb", "file-broken"
    if kind == "swapped axes":
        return write(folder / "bad.gpkg", [shapely.Point(22.3, 113.9)], "EPSG:4326"), "outside-area-of-use"
    if kind == "IFC":
        (folder / "bad.ifc").write_text("ISO-10303-21;")
        return folder / "bad.ifc", "format-unknown"
    if kind == "unknown CRS in CSV":
        (folder / "bad.csv").write_text("x,y\n1,2\n")
        return folder / "bad.csv", "crs-missing"
    raise AssertionError(kind)


@pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
@pytest.mark.parametrize("kind", ["missing", "directory", "empty", "text", "no prj", "raster without CRS", "zip bomb", "truncated",
                                  "swapped axes", "IFC", "unknown CRS in CSV"])
def test_a_bad_file_is_refused_with_cause_and_remedy_and_leaves_nothing(store: Store, blobs: Blobs, tmp_path: Path, kind: str) -> None:
    before = store.change()
    path, code = _bad(kind, tmp_path)
    (result,) = add(store, blobs, path)
    assert (result.result, result.error and result.error.code) == ("refused", code)
    assert result.error
    assert path.name in result.error.message
    assert result.error.remedy or code == "format-unknown"
    assert "\n" not in str(result.error)
    assert store.change() == before
    assert not store.collections()
    json.dumps(result.to_dict())


def test_a_bad_replacement_leaves_the_published_layer_as_it_was(store: Store, blobs: Blobs, tmp_path: Path) -> None:
    add(store, blobs, write(tmp_path / "lots.gpkg", [TERMINAL] * 3, name=["a", "b", "c"]))
    path, _ = _bad("truncated", tmp_path)
    (result,) = add(store, blobs, path, id="lots")
    assert result.result == "refused"
    assert store.count("lots", Query()) == 3


def test_a_crs_on_the_command_line_helps_a_shapefile_without_one(store: Store, blobs: Blobs, tmp_path: Path) -> None:
    path, _ = _bad("no prj", tmp_path)
    (result,) = add(store, blobs, path, crs="HK1980 Grid")
    assert (result.result, result.crs) == ("published", "EPSG:2326")


def test_only_layers_can_be_withdrawn(store: Store, blobs: Blobs, tmp_path: Path) -> None:
    (result,) = add(store, blobs, write(tmp_path / "lots.gpkg", [TERMINAL]))
    drop_layer(store, result.collection)
    assert not store.collections()


@pytest.mark.parametrize(("name", "expected"), [("LandsD Buildings (2024)", "landsd-buildings-2024"), ("3D", "layer-3d"),
                                                ("建築物", None), ("x" * 99, "x" * 63)])
def test_ids_are_made_from_names(name: str, expected: str | None) -> None:
    assert slug(name) == expected if expected else slug(name).startswith("layer-")
