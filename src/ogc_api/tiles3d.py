"""3D Tiles and terrain over HTTP: immutable bytes under content-addressed names, and the two documents that change."""

from __future__ import annotations

import gzip
import hashlib
from functools import lru_cache
from pathlib import Path

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
from ogc_api.edge import in_thread, services_of

FOREVER = "public, max-age=31536000, immutable"
MEDIA = {".json": "application/json", ".glb": "model/gltf-binary", ".terrain": "application/vnd.quantized-mesh"}


async def tile(request: Request) -> Response:
    """A tileset or tile content by its content-addressed name."""
    name = f"tiles3d/{request.path_params['path']}"
    body = await in_thread(services_of(request).blobs.get, name)
    return Response(body, headers={"Cache-Control": FOREVER}, media_type=MEDIA.get(Path(name).suffix, "application/octet-stream"))


def routes() -> list[BaseRoute]:
    """Everything below `/tiles3d` and `/terrain`."""
    return [Route("/tiles3d/{path:path}", tile)]
