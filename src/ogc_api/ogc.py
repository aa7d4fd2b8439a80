"""Routes below `/ogc`: our own where bytes are ready-made, pygeoapi for the rest."""

from __future__ import annotations

import math

import orjson
from pygeoapi.api import APIRequest
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from csdi.collection import Collection
from csdi.errors import BlobMissing, FeatureMissing, ValueInvalid
from csdi.formats.render import tile_png
from ogc_api import items as features
from ogc_api import schemas
from ogc_api.edge import bytes_answer, in_thread, ogc_base, principal_of, services_of, wants_json
from ogc_api.engine import Engine
from ogc_api.items import readable

TILE_CACHE = "public, max-age=3600"


async def _by_engine(request: Request, name: str, *arguments: str) -> Response:
    engine: Engine = request.app.state.engine
    locales = await in_thread(lambda: engine.locales)
    asked = await APIRequest.from_starlette(request, locales)
    headers, status, body = await in_thread(engine.call, name, asked, ogc_base(request), *arguments)
    return bytes_answer(body, headers, status)


async def landing(request: Request) -> Response:
    """The landing page."""
    return await _by_engine(request, "landing")


async def openapi(request: Request) -> Response:
    """The API definition."""
    return await _by_engine(request, "openapi")


async def conformance(request: Request) -> Response:
    """The conformance classes."""
    return await _by_engine(request, "conformance")


async def collections(request: Request) -> Response:
    """All Collections."""
    return await _by_engine(request, "collections")


async def collection(request: Request) -> Response:
    """One Collection."""
    return await _by_engine(request, "collection", await _id(request))


async def schema(request: Request) -> Response:
    """The schema of a Collection's items."""
    found = await _collection(request)
    return _described(request, schemas.schema(found, ogc_base(request))) if wants_json(request) \
        else await _by_engine(request, "schema", found.id)


async def queryables(request: Request) -> Response:
    """What a filter on a Collection may name."""
    found = await _collection(request)
    return _described(request, schemas.queryables(found, ogc_base(request))) if wants_json(request) \
        else await _by_engine(request, "queryables", found.id)


def _described(request: Request, document: dict[str, object]) -> Response:
    if len(request.query_params) > int("f" in request.query_params) + int("lang" in request.query_params):
        raise ValueInvalid("only the parameters f and lang are known here", field=str(request.query_params))
    return Response(orjson.dumps(document), media_type=schemas.MEDIA)


async def items(request: Request) -> Response:
    """A page of items: GeoJSON by us, other renditions by pygeoapi."""
    id = await _id(request)
    if not wants_json(request):
        return await _by_engine(request, "items", id)
    return bytes_answer(*await in_thread(features.items, services_of(request), principal_of(request), id, request.query_params,
                                         ogc_base(request)))


async def item(request: Request) -> Response:
    """One item: GeoJSON by us, other renditions by pygeoapi."""
    id, feature_id = await _id(request), request.path_params["item"]
    if not wants_json(request):
        await in_thread(services_of(request).store.feature, id, feature_id)
        return await _by_engine(request, "item", id, feature_id)
    return bytes_answer(*await in_thread(features.item, services_of(request), principal_of(request), id, feature_id,
                                         request.query_params, ogc_base(request)))


async def coverage_file(request: Request) -> Response:
    """The raster itself, a Cloud Optimized GeoTIFF, whole or by byte range."""
    services = services_of(request)
    blob = await _blob(request)
    size = await in_thread(services.blobs.size, blob)
    start, end = byte_range(request.headers.get("range", ""), size)
    body = await in_thread(services.blobs.get_range, blob, start, end - start + 1)
    headers = {"Content-Type": "image/tiff; application=geotiff; profile=cloud-optimized", "Accept-Ranges": "bytes",
               "ETag": f'"{blob[:32]}"'}
    if (start, end) == (0, size - 1):
        return Response(body, 200, headers)
    return Response(body, 206, headers | {"Content-Range": f"bytes {start}-{end}/{size}"})


async def map_tile(request: Request) -> Response:
    """One PNG map tile of a raster Collection in WebMercatorQuad; 204 where there is none."""
    z, x, y = (request.path_params[name] for name in ("z", "x", "y"))
    if not 0 <= z <= 24 or not (0 <= x < 2**z and 0 <= y < 2**z):
        raise ValueInvalid(f"there is no tile {z}/{y}/{x} in WebMercatorQuad", field="tile",
                           remedy="zoom is 0 to 24, row and column 0 to 2^zoom - 1")
    body = await in_thread(_render, request, await _blob(request), z, x, y)
    if body is None:
        return Response(status_code=204, headers={"Cache-Control": TILE_CACHE})
    return Response(body, headers={"Cache-Control": TILE_CACHE}, media_type="image/png")


def _render(request: Request, blob: str, z: int, x: int, y: int) -> bytes | None:
    services = services_of(request)
    details = services.store.collection(request.path_params["id"]).details
    band = details["bands"][0]
    with services.blobs.file(blob) as path:
        return tile_png(path, z, x, y, band.get("min"), band.get("max"))


def byte_range(header: str, size: int) -> tuple[int, int]:
    """(first, last) byte that a Range header asks for; everything when there is none or it cannot be met."""
    unit, _, span = header.partition("=")
    first, dash, last = span.partition("-")
    if unit.strip() != "bytes" or not dash or "," in span or not (first + last).strip().isdigit():
        return 0, size - 1
    if not first.strip():
        return max(0, size - int(last)), size - 1
    start, end = int(first), min(int(last) if last.strip() else math.inf, size - 1)
    return (start, int(end)) if start <= end else (0, size - 1)


async def _blob(request: Request) -> str:
    found = await _collection(request)
    blob = found.details.get("blob")
    if not blob:
        raise BlobMissing(f"'{found.id}' is not a raster", id=found.id)
    return str(blob)


async def _id(request: Request) -> str:
    return (await _collection(request)).id


async def _collection(request: Request) -> Collection:
    return await in_thread(readable, services_of(request), principal_of(request), request.path_params["id"])


async def slashed(request: Request) -> Response:
    """`/ogc/` is `/ogc`."""
    return RedirectResponse(ogc_base(request), 308)


async def missing(request: Request) -> Response:
    """Nothing is here."""
    raise FeatureMissing(f"there is nothing at /ogc/{request.path_params['path']}", remedy="start at /ogc")


def routes() -> list[BaseRoute]:
    """Everything below `/ogc`."""
    c = "/ogc/collections/{id}"
    return [
        Route("/ogc", landing), Route("/ogc/", slashed), Route("/ogc/openapi", openapi), Route("/ogc/conformance", conformance),
        Route("/ogc/collections", collections), Route(c, collection), Route(f"{c}/schema", schema), Route(f"{c}/queryables", queryables),
        Route(f"{c}/items", items), Route(f"{c}/items/{{item:path}}", item), Route(f"{c}/coverage.tif", coverage_file),
        Route(f"{c}/map/tiles/WebMercatorQuad/{{z:int}}/{{y:int}}/{{x:int}}.png", map_tile),
        Route(f"{c}/map/tiles/WebMercatorQuad/{{z:int}}/{{y:int}}/{{x:int}}", map_tile),
        Route("/ogc/{path:path}", missing),
    ]
