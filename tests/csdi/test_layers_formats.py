"""Every format of layers goes through one command: what is inside comes out, whatever wraps or encodes it."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pyogrio
import pyproj
import pytest
import rasterio
import shapely
from hypothesis import given
from hypothesis import strategies as st

from csdi.blobs import Blobs
from csdi.collection import Kind
from csdi.formats.encodings import detected
from csdi.formats.terrarium import HALF_WORLD_M, metres
from csdi.layers import LayerOptions, LayerResult, add_layers
from csdi.query import Query
from csdi.store import Store, open_store

NAMES = ["機場客運大樓", "水泵房"]
GRID = [shapely.box(811200, 819500, 811400, 819700), shapely.box(811500, 819500, 811700, 819700)]
DEGREES = [shapely.box(113.93, 22.31, 113.94, 22.32), shapely.box(113.95, 22.31, 113.96, 22.32)]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store(f"sqlite:///{tmp_path}/site.gpkg")


@pytest.fixture
def blobs(tmp_path: Path) -> Blobs:
    return Blobs(f"file://{tmp_path}/blobs")


def add(store: Store, blobs: Blobs, path: Path, **options: object) -> list[LayerResult]:
    return list(add_layers(store, blobs, path, LayerOptions(**options)))  # type: ignore[arg-type]


def by_gdal(path: Path, driver: str, geographic: bool = False, encoding: str | None = None, **options: str) -> Path:
    pyogrio.raw.write(path, geometry=shapely.to_wkb(DEGREES if geographic else GRID), field_data=[np.array(NAMES), np.array([1, 2])],
                      fields=["name", "storeys"], crs="EPSG:4326" if geographic else "EPSG:2326", geometry_type="Polygon", driver=driver,
                      encoding=encoding, **options)
    return path


def parquet(path: Path) -> Path:
    table = pa.table({"name": NAMES, "storeys": [1, 2], "geometry": pa.array(shapely.to_wkb(GRID).tolist(), pa.binary())})
    column = {"encoding": "WKB", "geometry_types": ["Polygon"], "crs": pyproj.CRS(2326).to_json_dict()}
    geo = {"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": column}}
    pq.write_table(table.replace_schema_metadata({"geo": json.dumps(geo)}), path)
    return path


def geoarrow_parquet(path: Path) -> Path:
    """GeoParquet 1.1 with native polygons and a null."""
    shapes = [[[{"x": x, "y": y} for x, y in shape.exterior.coords]] for shape in GRID]
    point = pa.struct([("x", pa.float64()), ("y", pa.float64())])
    table = pa.table({"name": [*NAMES, None], "storeys": [1, 2, None], "geometry": pa.array([*shapes, None], pa.list_(pa.list_(point)))})
    column = {"encoding": "polygon", "geometry_types": ["Polygon"], "crs": pyproj.CRS(2326).to_json_dict()}
    geo = {"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": column}}
    pq.write_table(table.replace_schema_metadata({"geo": json.dumps(geo)}).slice(0, 3), path)
    return path


def zipped(path: Path, files: list[Path]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for file in files:
            archive.write(file, f"資料/{file.relative_to(path.parent)}")
    return path


def shapefile(path: Path, encoding: str, cpg: bool) -> Path:
    by_gdal(path, "ESRI Shapefile", encoding=encoding)
    if not cpg:
        path.with_suffix(".cpg").unlink()
        table = bytearray(path.with_suffix(".dbf").read_bytes())
        table[29] = 0  # the language driver id
        path.with_suffix(".dbf").write_bytes(table)
    return path


MAKERS: dict[str, Callable[[Path], Path]] = {
    "geopackage": lambda f: by_gdal(f / "a.gpkg", "GPKG"),
    "geojson": lambda f: by_gdal(f / "a.geojson", "GeoJSON", geographic=True),
    "geojsonseq": lambda f: by_gdal(f / "a.geojsons", "GeoJSONSeq", geographic=True),
    "flatgeobuf": lambda f: by_gdal(f / "a.fgb", "FlatGeobuf"),
    "gml": lambda f: by_gdal(f / "a.gml", "GML"),
    "gml 3.2": lambda f: by_gdal(f / "a.gml", "GML", FORMAT="GML3.2"),
    "kml": lambda f: by_gdal(f / "a.kml", "LIBKML", geographic=True),
    "kmz": lambda f: by_gdal(f / "a.kmz", "LIBKML", geographic=True),
    "file geodatabase": lambda f: by_gdal(f / "a.gdb", "OpenFileGDB"),
    "zipped file geodatabase": lambda f: zipped(f / "z.zip", sorted(by_gdal(f / "a.gdb", "OpenFileGDB").iterdir())),
    "zipped geojson": lambda f: zipped(f / "z.zip", [by_gdal(f / "a.geojson", "GeoJSON", geographic=True)]),
    "geoparquet": lambda f: parquet(f / "a.parquet"),
    "native geoparquet": lambda f: geoarrow_parquet(f / "a.parquet"),
}


def shapefile_maker(encoding: str, cpg: bool, packed: bool) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        path = shapefile(folder / "a.shp", encoding, cpg)
        return zipped(folder / "z.zip", sorted(folder.glob("a.*"))) if packed else path
    return make


MAKERS |= {f"{'zipped ' * packed}shapefile in {encoding}{' without cpg' * (not cpg)}": shapefile_maker(encoding, cpg, packed)
           for packed in (False, True) for encoding in ("UTF-8", "BIG5", "GBK") for cpg in (True, False)}


@pytest.mark.filterwarnings("ignore::RuntimeWarning", "ignore::UserWarning")
@pytest.mark.parametrize("kind", MAKERS)
def test_a_layer_of_any_format_keeps_names_place_and_count(store: Store, blobs: Blobs, tmp_path: Path, kind: str) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    (result,) = add(store, blobs, MAKERS[kind](folder))
    assert result.result == "published", result.error
    found = store.search(result.collection, Query(text="客運")).features
    name = "name" if "name" in found[0].properties else "Name"
    assert [f.properties[name] for f in found] == ["機場客運大樓"]
    shape = found[0].geometry
    assert shape is not None
    expected = DEGREES[0] if result.crs in ("EPSG:4326", "OGC:CRS84") else GRID[0]
    assert shapely.force_2d(shape).symmetric_difference(expected).area < expected.area * 1e-6
    assert result.crs in ("EPSG:4326", "OGC:CRS84", "EPSG:2326")
    assert result.count >= 2


def test_a_shapefile_whose_cpg_is_wrong_is_read_as_its_bytes_say(store: Store, blobs: Blobs, tmp_path: Path) -> None:
    path = shapefile(tmp_path / "a.shp", "BIG5", True)
    path.with_suffix(".cpg").write_text("UTF-8")
    (result,) = add(store, blobs, path)
    assert [f.code for f in result.findings] == ["encoding-overridden"]
    assert store.search("a", Query(text="水泵")).features[0].properties["name"] == "水泵房"


@pytest.mark.parametrize("encoding", ["big5", "gbk", "utf-16", "utf-8-sig"])
def test_csv_of_any_encoding_is_read(store: Store, blobs: Blobs, tmp_path: Path, encoding: str) -> None:
    text = "名稱,lat,lon\n水泵房,22.31,113.93\n" if encoding != "gbk" else "名称,lat,lon\n水泵房门口,22.31,113.93\n"
    (tmp_path / "泵.csv").write_bytes(text.encode(encoding))
    (result,) = add(store, blobs, tmp_path / "泵.csv", id="pumps")
    assert ("encoding-detected" in [f.code for f in result.findings]) == (encoding != "utf-8-sig")
    (found,) = store.search("pumps", Query(text="水泵")).features
    assert found.geometry == shapely.Point(113.93, 22.31)


def test_csv_with_wkt_has_geometries_of_any_type(store: Store, blobs: Blobs, tmp_path: Path) -> None:
    (tmp_path / "w.csv").write_text('name,shape\n管,"LINESTRING (811200 819500, 811300 819500)"\n井,POINT (811200 819500)\n')
    (result,) = add(store, blobs, tmp_path / "w.csv", crs="EPSG:2326")
    assert {f.geometry.geom_type for f in store.search(result.collection, Query()).features if f.geometry} == {"LineString", "Point"}


COMMON = "".join(chr(c) for c in range(0x4E00, 0x9FFF) if len(chr(c).encode("big5", "ignore")) == 2
                 and 0xA4 <= chr(c).encode("big5")[0] <= 0xC6)


@given(st.text(alphabet=COMMON, min_size=4))
def test_everyday_chinese_in_big5_is_known_as_such(text: str) -> None:
    assert detected(text.encode("big5")).startswith(("big5", "utf-8"))


DXF = """0\nSECTION\n2\nENTITIES\n0\nLWPOLYLINE\n8\n建築物\n90\n3\n70\n1\n10\n811200\n20\n819500\n10\n811400\n20\n819500\n10\n811400
20\n819700\n0\nTEXT\n8\nLABELS\n10\n811300\n20\n819600\n40\n2.5\n1\n水泵房\n0\nENDSEC\n0\nEOF\n"""


HEADER = "0\nSECTION\n2\nHEADER\n9\n$ACADVER\n1\n{version}\n9\n$DWGCODEPAGE\n3\n{page}\n0\nENDSEC\n"


@pytest.mark.parametrize(("header", "encoding"), [
    ("", "utf-8"), ("", "big5"), ("", "gbk"), (HEADER.format(version="AC1015", page="ANSI_950"), "big5"),
    (HEADER.format(version="AC1015", page="ANSI_1252"), "big5"), (HEADER.format(version="AC1027", page="ANSI_950"), "utf-8")])
def test_a_drawing_is_placed_by_the_crs_that_is_named(store: Store, blobs: Blobs, tmp_path: Path, header: str, encoding: str) -> None:
    body = DXF if encoding != "gbk" else DXF.replace("建築物", "建筑物")
    (tmp_path / "plan.dxf").write_bytes((header + body).encode(encoding))
    (refused,) = add(store, blobs, tmp_path / "plan.dxf")
    assert refused.error
    assert refused.error.remedy == "name it: --crs EPSG:2326"
    (result,) = add(store, blobs, tmp_path / "plan.dxf", crs="EPSG:2326")
    assert (result.result, result.count) == ("published", 2)
    assert store.search(result.collection, Query(text="水泵")).features[0].geometry == shapely.Point(811300, 819600)


def cityjson(path: Path) -> Path:
    walls = [[[0, 1, 5, 4]], [[1, 2, 6, 5]], [[2, 3, 7, 6]], [[3, 0, 4, 7]]]
    corners = [[x, y, z] for z in (5000, 25000) for x, y in ((0, 0), (10000, 0), (10000, 10000), (0, 10000))]
    document = {"type": "CityJSON", "version": "2.0", "transform": {"scale": [0.001] * 3, "translate": [811200, 819500, 0]},
                "metadata": {"referenceSystem": "https://www.opengis.net/def/crs/EPSG/0/2326"}, "vertices": corners,
                "CityObjects": {"T1": {"type": "Building", "attributes": {"name": "機場客運大樓", "year": 1998, "uses": ["a"]}, "geometry": [
                    {"type": "Solid", "lod": "1", "boundaries": [[[[0, 1, 2, 3]], [[4, 5, 6, 7]], *walls]]}]}}}
    if path.suffix != ".jsonl":
        path.write_text(json.dumps(document))
        return path
    head = document | {"CityObjects": {}, "vertices": []}
    feature = {"type": "CityJSONFeature", "id": "T1", "CityObjects": document["CityObjects"], "vertices": corners}
    path.write_text(json.dumps(head) + "\n" + json.dumps(feature) + "\n")
    return path


@pytest.mark.parametrize("name", ["t.city.json", "plain.json", "t.city.jsonl"])
def test_city_objects_are_footprints_with_levels(store: Store, blobs: Blobs, tmp_path: Path, name: str) -> None:
    (result,) = add(store, blobs, cityjson(tmp_path / name))
    assert (result.result, result.crs) == ("published", "EPSG:2326"), result.error
    collection = store.collection(result.collection)
    assert (collection.schema.levels, collection.vertical_crs) == (("base_level", "top_level"), "EPSG:5738")
    (found,) = store.search(result.collection, Query(text="客運")).features
    assert found.geometry is not None
    assert found.geometry.equals(shapely.box(811200, 819500, 811210, 819510))
    assert (found.properties["base_level"], found.properties["top_level"], found.properties["year"]) == (5.0, 25.0, 1998)


def cube(path: Path, east: float, north: float, height: float) -> Path:
    """A glTF of a box of 10 m by 10 m by 20 m, X = easting, Y = height, Z = -northing."""
    corners = np.array([(x, y, -z) for x in (0, 10) for y in (0, 20) for z in (0, 10)], dtype="<f4")
    faces = np.array([[0, 1, 3], [0, 3, 2], [4, 6, 7], [4, 7, 5], [0, 4, 5], [0, 5, 1], [2, 3, 7], [2, 7, 6], [0, 2, 6], [0, 6, 4],
                      [1, 5, 7], [1, 7, 3]], dtype="<u2")
    path.parent.mkdir(parents=True)
    path.with_suffix(".bin").write_bytes(corners.tobytes() + faces.tobytes())
    path.write_text(json.dumps({
        "asset": {"version": "2.0"}, "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0, "name": "客運大樓", "translation": [east, height, -north]}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0}, "indices": 1}]}],
        "accessors": [{"bufferView": 0, "componentType": 5126, "count": 8, "type": "VEC3"},
                      {"bufferView": 1, "componentType": 5123, "count": 36, "type": "SCALAR"}],
        "bufferViews": [{"buffer": 0, "byteLength": 96}, {"buffer": 0, "byteOffset": 96, "byteLength": 72}],
        "buffers": [{"byteLength": 168, "uri": path.with_suffix(".bin").name}]}))
    return path


@pytest.mark.parametrize("as_zip", [True, False])
def test_a_3d_sheet_is_one_layer_of_its_models(store: Store, blobs: Blobs, tmp_path: Path, as_zip: bool) -> None:
    sheet = tmp_path / "9-SE-3C"
    for at in range(3):
        cube(sheet / f"B{at}" / f"B{at}.gltf", 811200 + 100 * at, 819500, 5.5)
    if as_zip:
        sheet = zipped(tmp_path / "9-SE-3C.zip", sorted(sheet.rglob("*.*")))
    (result,) = add(store, blobs, sheet)
    assert (result.result, result.count, result.crs) == ("published", 3, "EPSG:2326"), result.error
    found = {f.properties["model"]: f for f in store.search(result.collection, Query()).features}
    assert found["B1"].geometry is not None
    assert found["B1"].geometry.equals(shapely.box(811300, 819500, 811310, 819510))
    assert (found["B1"].properties["base_level"], found["B1"].properties["top_level"]) == (5.5, 25.5)


def test_a_gltf_may_not_name_files_outside_its_folder(store: Store, blobs: Blobs, tmp_path: Path) -> None:
    path = cube(tmp_path / "m" / "m.gltf", 811200, 819500, 0)
    path.write_text(path.read_text().replace("m.bin", "../../m.bin"))
    (result,) = add(store, blobs, path)
    assert result.error
    assert result.error.code == "file-broken"


@pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
def test_terrarium_tiles_are_one_raster_of_metres_with_overviews(store: Store, blobs: Blobs, tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    for x, y in ((13381, 7151), (13381, 7150), (13382, 7151), (13383, 7150)):
        packed = np.round((rng.random((256, 256)) * 900 - 20 + 32768) * 256).astype(np.int64)
        path = tmp_path / "tiles" / "14" / str(x) / f"{y}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        with rasterio.open(path, "w", driver="PNG", width=256, height=256, count=3, dtype="uint8") as out:
            out.write(np.array([packed >> 16, packed >> 8 & 255, packed & 255], dtype=np.uint8))
        if x == 13382:
            expected = packed / 256 - 32768
    (result,) = add(store, blobs, tmp_path / "tiles")
    assert (result.result, result.crs) == ("published", "EPSG:3857"), result.error
    collection = store.collection(result.collection)
    assert (collection.kind, collection.details["elevation"]) == (Kind.COVERAGE, True)
    with blobs.file(collection.details["blob"]) as path, rasterio.open(path) as kept:
        assert kept.overviews(1)
        assert kept.bounds.left == pytest.approx(-HALF_WORLD_M + 13381 * 2 * HALF_WORLD_M / 2**14)
        assert np.allclose(kept.read(1)[256:, 256:512], expected, atol=1e-2)


def test_terrarium_colours_are_metres() -> None:
    assert metres(np.array([128, 0, 128], dtype=np.uint8).reshape(3, 1, 1)) == 0.5


@pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
def test_an_ascii_grid_is_taken_with_its_gaps(store: Store, blobs: Blobs, tmp_path: Path) -> None:
    (tmp_path / "dtm.asc").write_text("ncols 3\nnrows 2\nxllcorner 811000\nyllcorner 819000\ncellsize 100\nNODATA_value -9999\n"
                                      "1 2 3\n4 5 -9999\n")
    (result,) = add(store, blobs, tmp_path / "dtm.asc", crs="EPSG:2326")
    assert result.result == "published", result.error
    with blobs.file(store.collection("dtm").details["blob"]) as path, rasterio.open(path) as kept:
        assert kept.read(1, masked=True).tolist() == [[1, 2, 3], [4, 5, None]]


@pytest.mark.parametrize("text", ["<OGRVRTDataSource><OGRVRTLayer name='x'><SrcDataSource>other.gpkg</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>",
                                  "<VRTDataset rasterXSize='1' rasterYSize='1'/>", "<GDAL_WMS><Service name='TMS'/></GDAL_WMS>"])
@pytest.mark.parametrize("name", ["a.vrt", "a.json", "a.tif"])
def test_a_file_that_points_elsewhere_is_not_followed(store: Store, blobs: Blobs, tmp_path: Path, text: str, name: str) -> None:
    (tmp_path / name).write_text(text)
    (result,) = add(store, blobs, tmp_path / name)
    assert result.error
    assert result.error.code == "format-unknown"


def test_a_zip_may_not_write_outside_its_folder(store: Store, blobs: Blobs, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("../../evil.geojson", "{}")
    (result,) = add(store, blobs, tmp_path / "a.zip")
    assert result.error
    assert result.error.code == "archive-hostile"


def test_all_layers_of_a_zip_are_published_under_names_of_their_own(store: Store, blobs: Blobs, tmp_path: Path) -> None:
    files = [by_gdal(tmp_path / "lots.fgb", "FlatGeobuf"), by_gdal(tmp_path / "roads.gpkg", "GPKG")]
    results = add(store, blobs, zipped(tmp_path / "site.zip", files))
    assert sorted(r.collection for r in results) == ["site-lots", "site-roads"]
