"""OWSLib's clients of Coverages, EDR and Maps, and GDAL's of Coverages and Maps."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
import rasterio
from owslib.ogcapi.coverages import Coverages
from owslib.ogcapi.edr import EnvironmentalDataRetrieval
from owslib.ogcapi.maps import Maps
from PIL import Image

from csdi.crs import transform
from csdi.formats.raster import sample
from tests.acceptance.shell import Server
from tests.ogc_api.site import SMALL

TERRAIN = SMALL / "terrain.tif"


def heights(lonlat: np.ndarray) -> np.ndarray:
    return sample(TERRAIN, transform("OGC:CRS84", "EPSG:2326").points(lonlat))


def test_owslib_reads_coverages(server: Server) -> None:
    client = Coverages(f"{server.url}/ogc")
    assert {"terrain", "aerial"} <= set(client.coverages())
    body = client.coverage("terrain", subset={"E": [806000, 807000], "N": [816000, 817000]})
    with rasterio.open(io.BytesIO(body.getvalue())) as found, rasterio.open(TERRAIN) as source:
        assert tuple(found.bounds) == (806000, 816000, 807000, 817000)
        window = rasterio.windows.from_bounds(*found.bounds, source.transform)
        assert (found.read(1) == source.read(1, window=window)).all()


def test_owslib_asks_for_values_at_a_position(server: Server) -> None:
    client = EnvironmentalDataRetrieval(f"{server.url}/ogc")
    assert {"terrain", "aerial"} <= set(client.data())
    found = client.query_data("terrain", "position", coords="POINT(113.93 22.285)", parameter_names=["elevation"])
    assert found["ranges"]["elevation"]["values"] == pytest.approx(heights(np.array([[113.93, 22.285]])), abs=1e-3)


def test_owslib_draws_maps(server: Server) -> None:
    body = Maps(f"{server.url}/ogc").map("aerial", bbox=[113.9, 22.29, 113.92, 22.31], width=100, height=80, transparent=False)
    assert Image.open(io.BytesIO(body.getvalue())).size == (100, 80)


@pytest.fixture
def translate() -> str:
    command = shutil.which("gdal_translate")
    formats = subprocess.run(["gdalinfo", "--formats"], capture_output=True, text=True, check=False).stdout if command else ""
    if command is None or "OGCAPI" not in formats:
        pytest.skip("gdal_translate with the OGCAPI driver is not installed (apt-get install gdal-bin)")
    return command


@pytest.mark.parametrize(("api", "id"), [("COVERAGE", "terrain"), ("MAP", "aerial")])
def test_gdal_puts_pixels_where_they_belong(server: Server, translate: str, tmp_path: Path, api: str, id: str) -> None:
    target = tmp_path / "found.tif"
    subprocess.run([translate, "-q", "-outsize", "256", "256", f"OGCAPI:{server.url}/ogc/collections/{id}", str(target), "-oo", f"API={api}",
                    "--config", "GDAL_DEFAULT_WMS_CACHE_PATH", str(tmp_path)], check=True, timeout=100)
    with rasterio.open(target) as found, rasterio.open(SMALL / f"{id}.tif") as source:
        values = found.read(1).astype(float)
        column, row = np.meshgrid(np.arange(20, found.width - 20, 9) + 0.5, np.arange(20, found.height - 20, 9) + 0.5)
        lon, lat = found.transform @ (column.ravel(), row.ravel())
        x, y = transform("OGC:CRS84", source.crs.to_wkt()).xy(lon, lat)
        expected = np.array([value[0] for value in source.sample(zip(x, y, strict=True))], float)
    here = values[row.astype(int).ravel(), column.astype(int).ravel()]
    assert np.corrcoef(here, expected)[0, 1] > (0.97 if api == "COVERAGE" else 0.8), json.dumps([here[:9].tolist(), expected[:9].tolist()])
