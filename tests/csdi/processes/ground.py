"""Rasters with heights that a formula gives, published in a store of their own, and a process run on them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from rasterio.transform import from_origin

from csdi.access import ANYBODY, Principal
from csdi.bootstrap import Services, open_services
from csdi.crs import transform
from csdi.layers import LayerOptions, add_layers
from csdi.processes.description import Work
from csdi.processes.registry import process
from csdi.processes.request import checked_inputs
from csdi.settings import read_settings

EAST, NORTH = 812_000.0, 818_000.0
"""North-western corner of the rasters, HK1980 Grid."""
SMALL = Path(__file__).parents[3] / "sample_models" / "small"


@contextmanager
def site(home: Path) -> Iterator[Services]:
    """Empty services in a folder."""
    with open_services(read_settings(home=home)) as services:
        yield services


def publish(services: Services, folder: Path, name: str, height: Callable[[Any, Any], Any], *, size: int = 200, pixel: float = 1.0,
            hole: tuple[slice, slice] | None = None, geographic: bool = False) -> None:
    """A terrain model whose pixel middles have the height of a formula of metres east and south of the corner."""
    middles = (np.arange(size) + 0.5) * pixel
    east, south = np.meshgrid(middles, middles)
    values = np.broadcast_to(np.asarray(height(east, south), dtype=np.float32), (size, size)).copy()
    if hole:
        values[hole] = -9999
    path = folder / f"{name}.tif"
    crs, corner, step = "EPSG:2326", (EAST, NORTH), pixel
    if geographic:
        (lon, lat), = transform("EPSG:2326", "OGC:CRS84").points([[EAST, NORTH]])
        crs, corner, step = "EPSG:4326", (lon, lat), pixel / 111_000
    with rasterio.open(path, "w", driver="GTiff", height=size, width=size, count=1, dtype="float32", crs=crs, nodata=-9999,
                       transform=from_origin(*corner, step, step)) as target:
        target.write(values, 1)
        target.update_tags(VERTICAL="HKPD")
    (result,) = add_layers(services.store, services.blobs, path, LayerOptions(id=name))
    assert result.result == "published", result.error


def layer(services: Services, name: str) -> None:
    """A layer of the small sample."""
    (result,) = add_layers(services.store, services.blobs, SMALL / name, LayerOptions())
    assert result.result == "published", result.error


def run(services: Services, id: str, /, principal: Principal = ANYBODY, **inputs: Any) -> Any:
    """The outputs of a process, its inputs checked as a request's are."""
    asked = process(id)
    return asked.run(checked_inputs(asked, inputs), Work(services, principal))


def lonlat(east: float, south: float) -> list[float]:
    """Longitude and latitude of a place, metres east and south of the corner of the rasters."""
    (place,) = transform("EPSG:2326", "OGC:CRS84").points([[EAST + east, NORTH - south]])
    return [float(n) for n in place]


def grid(east: float, south: float) -> list[float]:
    """Easting and northing of such a place."""
    return [EAST + east, NORTH - south]
