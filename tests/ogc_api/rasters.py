"""A site with rasters of known values: heights, a photograph, classes and a raster in degrees."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import rasterio
from affine import Affine
from starlette.testclient import TestClient

from tests.csdi.coverages.rasters import COLUMNS, ROWS, UPRIGHT, centres, plane, write
from tests.ogc_api.site import client as served

DEGREES = Affine(0.0005, 0, 113.9, 0, -0.0004, 22.4)
"""Corner and pixel of `degrees`, 200 x 150: its value is 100 * longitude + latitude."""
HOLE = (slice(150, 160), slice(200, 220))
"""Rows and columns of `dtm` without data."""


def heights(path: Path) -> Path:
    """The plane in float32 with a hole, said to be heights."""
    values = np.asarray(plane(*centres(UPRIGHT, COLUMNS, ROWS)), "float32")[None]
    values[(0, *HOLE)] = -9999
    write(path, values, nodata=-9999.0)
    with rasterio.open(path, "r+") as target:
        target.update_tags(VERTICAL_DATUM="HKPD")
    return path


@contextmanager
def client(home: Path) -> Iterator[TestClient]:
    """The application over `dtm`, `photo`, `classes`, `degrees` and the lots of the sample."""
    files = home / "files"
    files.mkdir()
    rng = np.random.default_rng(11)
    x, y = centres(DEGREES, 200, 150)
    made = [heights(files / "dtm.tif"),
            write(files / "photo.tif", rng.integers(0, 255, (3, ROWS, COLUMNS), dtype="uint8")),
            write(files / "classes.tif", rng.choice(np.array([1, 7, 9], "uint8"), (1, ROWS, COLUMNS)), nodata=0),
            write(files / "degrees.tif", (100 * x + y)[None], affine=DEGREES, epsg=4326)]
    with served(home, layers=(*(str(path) for path in made), "lots.gpkg")) as opened:
        yield opened
