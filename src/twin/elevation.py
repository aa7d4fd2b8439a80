"""Elevation: the height models of a site as one ground, at each place the finest that knows it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from csdi.bootstrap import Services
from csdi.collection import Collection, Kind
from csdi.crs import CRS84, crs, transform
from csdi.formats.raster import sample
from csdi.store.base import Reader
from twin.ellipsoid import Array
from twin.terrain import TerrainSource

FORMAT = "3"
"""Part of the version of tiles; raised when the way they are made changes."""
HKPD = "EPSG:5738"
_METRES_PER_DEGREE = 111_320.0


def elevation_layers(store: Reader) -> list[Collection]:
    """The public elevation layers in HKPD, finest first."""
    found = [c for c in store.collections() if c.kind is Kind.COVERAGE and c.public and c.details.get("elevation")
             and c.vertical_crs == HKPD and c.extent.bbox]
    return sorted(found, key=_cell_m)


@dataclass(frozen=True, slots=True)
class Terrain:
    """The elevation layers as one source, the version of its tiles, and whom they come from."""

    source: TerrainSource
    version: str
    attribution: str = ""


def terrain_of(services: Services) -> Terrain | None:
    """All elevation layers as one source; None where there is none."""
    layers = elevation_layers(services.store)
    if not layers:
        return None
    boxes = np.array([layer.extent.bbox.xy for layer in layers if layer.extent.bbox])
    bounds = (float(boxes[:, 0].min()), float(boxes[:, 1].min()), float(boxes[:, 2].max()), float(boxes[:, 3].max()))
    said = "|".join([FORMAT, services.heights.name, *(str(layer.details["blob"]) for layer in layers)])
    source = TerrainSource(lambda lonlat: _heights(services, layers, lonlat), bounds, _cell_m(layers[0]), services.heights)
    thanks = " · ".join(dict.fromkeys(layer.attribution for layer in layers if layer.attribution))
    return Terrain(source, hashlib.sha256(said.encode()).hexdigest()[:16], thanks)


def _heights(services: Services, layers: Sequence[Collection], lonlat: Array) -> Array:
    """(n,) metres HKPD at (n, 2) longitude, latitude; NaN where no layer knows."""
    answer = np.full(len(lonlat), np.nan)
    for layer in layers:
        missing = np.isnan(answer)
        if not missing.any():
            break
        places = transform(CRS84, layer.storage_crs).points(lonlat[missing])
        with services.blobs.file(str(layer.details["blob"])) as path:
            answer[missing] = sample(path, places)
    return answer


def _cell_m(layer: Collection) -> float:
    """Size of a cell on the ground, metres."""
    size = float(layer.details["resolution"][0])
    return size * _METRES_PER_DEGREE if crs(layer.storage_crs).is_geographic else size
