"""The ground of a site, from a store and from files: on the grid, in mPD, whatever the layer's own CRS."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import rasterio
import shapely
from rasterio.transform import from_origin

from bim.packs.ground import StoreGround, file_ground
from csdi.blobs import Blobs
from csdi.collection import Collection
from csdi.crs import CRS84, HK80, transform
from csdi.errors import CsdiError, ValueInvalid
from csdi.extent import BBox
from csdi.feature import Feature, Field, FieldType, Schema
from csdi.store.memory import MemoryStore

E, N = 812_000.0, 819_000.0


def geojson(path: Path, *squares: tuple[str, float, float]) -> Path:
    """Squares of 100 m, in longitude and latitude."""
    way = transform(HK80, CRS84)
    rows = [{"type": "Feature", "properties": {"lot": name}, "geometry": json.loads(shapely.to_geojson(
        way.geometry(shapely.box(east, north, east + 100, north + 100))))} for name, east, north in squares]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": rows}))
    return path


def terrain(path: Path, crs: str = "EPSG:2326") -> Path:
    """A plane that rises by 1 in 10 to the east, 5 m at E."""
    x = E - 50 + 2.0 * (np.arange(100) + 0.5)
    values = np.repeat((5 + 0.1 * (x - E))[None], 80, axis=0).astype(np.float32)
    with rasterio.open(path, "w", driver="GTiff", width=100, height=80, count=1, dtype="float32", crs=crs,
                       transform=from_origin(E - 50, N + 120, 2, 2), nodata=-9999.0) as target:
        target.write(values, 1)
        target.set_band_unit(1, "m")
        target.set_band_description(1, "elevation")
    return path


def test_a_file_in_longitude_and_latitude_lies_on_the_grid(tmp_path: Path) -> None:
    with file_ground([("lots", geojson(tmp_path / "a.geojson", ("A", E, N), ("B", E + 5000, N)))]) as ground:
        every = ground.layer("lots")
        near = ground.layer("lots", BBox(E + 10, N + 10, E + 20, N + 20, crs="EPSG:2326"))
        assert ground.layer("parks") is None
    assert every is not None
    assert near is not None
    assert [row.properties["lot"] for row in every] == ["A", "B"]
    assert [row.properties["lot"] for row in near] == ["A"]
    assert near[0].geometry is not None
    assert near[0].geometry.bounds == pytest.approx((E, N, E + 100, N + 100), abs=1e-3)


def test_heights_of_a_terrain_model(tmp_path: Path) -> None:
    with file_ground([("dtm", terrain(tmp_path / "dtm.tif"))]) as ground:
        found = ground.heights("dtm", np.array([[E, N], [E + 50, N + 10], [E + 5000, N]]))
        assert ground.heights("other", np.array([[E, N]])) is None
    assert found is not None
    assert found[:2] == pytest.approx([5.0, 10.0], abs=1e-4)
    assert np.isnan(found[2])


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.gpkg").write_bytes(b"no such thing")
    with pytest.raises(CsdiError), file_ground([("lots", tmp_path / "a.gpkg")]):
        pass


def store_with(schema_z: bool, storage: str, vertical: str, shape: shapely.Geometry) -> StoreGround:
    store = MemoryStore()
    with store.transaction() as changes:
        changes.create(Collection("pipes", {"en": "Pipes"}, Schema((Field("class", FieldType.STRING),), "linestring", schema_z), storage,
                                  vertical))
        changes.write("pipes", [Feature("p1", shape, {"class": "water"})])
    return StoreGround(store, Blobs("memory://"), lambda one: one.public)


def test_heights_come_along_only_where_their_datum_is_known() -> None:
    line = shapely.LineString([(E, N, -3.0), (E + 10, N, -3.5)])
    known, unknown = (store_with(True, "EPSG:2326", datum, line).layer("pipes") for datum in ("EPSG:5738", ""))
    assert known is not None
    assert unknown is not None
    assert shapely.get_coordinates(known[0].geometry, include_z=True)[1].tolist() == pytest.approx([E + 10, N, -3.5])
    assert not shapely.has_z(unknown[0].geometry)


def test_depths_below_chart_datum_become_levels_in_mpd() -> None:
    """Hong Kong Chart Datum lies 0.146 m below Principal Datum; EPSG:5739 counts downwards."""
    found = store_with(True, "EPSG:2326", "EPSG:5739", shapely.LineString([(E, N, 2.0), (E + 10, N, 2.0)])).layer("pipes")
    assert found is not None
    assert shapely.get_coordinates(found[0].geometry, include_z=True)[0, 2] == pytest.approx(-2.0 - 0.146, abs=1e-3)


def test_a_raster_without_heights_is_no_terrain(tmp_path: Path) -> None:
    path = tmp_path / "classes.tif"
    with rasterio.open(path, "w", driver="GTiff", width=10, height=10, count=1, dtype="uint8", crs="EPSG:2326",
                       transform=from_origin(E, N, 2, 2)) as target:
        target.write(np.ones((10, 10), np.uint8), 1)
    with file_ground([("classes", path)]) as ground, pytest.raises(ValueInvalid, match="no heights"):
        ground.heights("classes", np.array([[E + 3, N - 3]]))
