"""Terrain over HTTP: quantized-mesh tiles from the elevation layers, made when first asked for and kept."""

from __future__ import annotations

import gzip
import hashlib
import threading
from dataclasses import dataclass

import numpy as np
import orjson
from numpy.typing import NDArray
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from csdi.bootstrap import Services
from csdi.collection import Collection, Kind
from csdi.crs import CRS84, crs, transform
from csdi.errors import BlobMissing
from csdi.formats.raster import sample
from csdi.store.base import Reader
from ogc_api.edge import in_thread, services_of
from twin.terrain import TerrainSource, has_tile, layer_json, terrain_tile

FORMAT = "2"
"""Part of the version of tiles; raised when the way they are made changes."""
HKPD = "EPSG:5738"
FOREVER = "public, max-age=31536000, immutable"
_METRES_PER_DEGREE = 111_320.0


def terrain_layers(store: Reader) -> list[Collection]:
    """The public elevation layers in HKPD, finest first."""
    found = [c for c in store.collections() if c.kind is Kind.COVERAGE and c.public and c.details.get("elevation")
             and c.vertical_crs == HKPD and c.extent.bbox]
    return sorted(found, key=_cell_m)


@dataclass(frozen=True, slots=True)
class Terrain:
    """The elevation layers as one source, and the version of its tiles."""

    source: TerrainSource
    version: str


class TerrainCache:
    """The terrain of the current catalogue; rebuilt when the elevation layers change. Thread-safe."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._lock = threading.Lock()
        self._known: tuple[int, Terrain | None] = (-1, None)

    def current(self) -> Terrain:
        """The terrain. Raises BlobMissing when there is no elevation layer."""
        with self._lock:
            change = self._services.store.change()
            if self._known[0] != change:
                self._known = (change, terrain_of(self._services))
            terrain = self._known[1]
        if terrain is None:
            raise BlobMissing("there is no terrain", remedy="publish a height model:  csdi layers add dtm.tif")
        return terrain

    def tile(self, z: int, x: int, y: int) -> bytes:
        """One tile, gzipped. Raises BlobMissing where there is none."""
        terrain = self.current()
        if not has_tile(terrain.source, z, x, y):
            raise BlobMissing(f"there is no terrain tile {z}/{x}/{y}", remedy="ask for tiles that layer.json lists")
        name = f"terrain/{terrain.version}/{z}/{x}/{y}.terrain"
        blobs = self._services.blobs
        try:
            return blobs.get(name)
        except BlobMissing:
            body = gzip.compress(terrain_tile(terrain.source, z, x, y), 6, mtime=0)
            blobs.put_named(name, body)
            return body


def terrain_of(services: Services) -> Terrain | None:
    """All elevation layers as one source: at each place the finest that knows it."""
    layers = terrain_layers(services.store)
    if not layers:
        return None
    boxes = np.array([layer.extent.bbox.xy for layer in layers if layer.extent.bbox])
    bounds = (float(boxes[:, 0].min()), float(boxes[:, 1].min()), float(boxes[:, 2].max()), float(boxes[:, 3].max()))
    said = "|".join([FORMAT, services.heights.name, *(str(layer.details["blob"]) for layer in layers)])
    source = TerrainSource(lambda lonlat: _heights(services, layers, lonlat), bounds, _cell_m(layers[0]), services.heights)
    return Terrain(source, hashlib.sha256(said.encode()).hexdigest()[:16])


def _heights(services: Services, layers: list[Collection], lonlat: NDArray[np.float64]) -> NDArray[np.float64]:
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


async def describe(request: Request) -> Response:
    """layer.json."""
    cache = _cache(request)
    terrain = await in_thread(cache.current)
    return Response(orjson.dumps(layer_json(terrain.source, version=terrain.version)), media_type="application/json",
                    headers={"Cache-Control": "no-cache"})


async def tile(request: Request) -> Response:
    """One quantized-mesh tile."""
    z, x, y = (request.path_params[name] for name in ("z", "x", "y"))
    body = await in_thread(_cache(request).tile, z, x, y)
    return Response(body, media_type="application/vnd.quantized-mesh",
                    headers={"Content-Encoding": "gzip", "Cache-Control": FOREVER, "Vary": "Accept-Encoding"})


def _cache(request: Request) -> TerrainCache:
    found: TerrainCache | None = getattr(request.app.state, "terrain", None)
    if found is None:
        found = request.app.state.terrain = TerrainCache(services_of(request))
    return found


def routes() -> list[BaseRoute]:
    """Everything below `/terrain`."""
    return [Route("/terrain/layer.json", describe), Route("/terrain/{z:int}/{x:int}/{y:int}.terrain", tile)]
