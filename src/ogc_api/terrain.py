"""Terrain over HTTP: quantized-mesh tiles from the elevation layers, made when first asked for and kept."""

from __future__ import annotations

import gzip
import threading

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from csdi.bootstrap import Services
from csdi.errors import BlobMissing
from ogc_api.edge import in_thread, services_of
from twin.elevation import Terrain, terrain_of
from twin.terrain import has_tile, layer_json, terrain_tile

FOREVER = "public, max-age=31536000, immutable"


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


async def describe(request: Request) -> Response:
    """layer.json."""
    cache = _cache(request)
    terrain = await in_thread(cache.current)
    document = layer_json(terrain.source, version=terrain.version, attribution=terrain.attribution)
    return Response(orjson.dumps(document), media_type="application/json", headers={"Cache-Control": "no-cache"})


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
