"""3D Tiles over HTTP: immutable bytes under content-addressed names, and the site's root that follows the catalogue."""

from __future__ import annotations

from pathlib import PurePosixPath

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from csdi.bootstrap import Services
from ogc_api.edge import in_thread, services_of
from twin.tasks import model_rows
from twin.tileset import SiteModel, encoded, site_tileset

FOREVER = "public, max-age=31536000, immutable"
MEDIA = {".json": "application/json", ".glb": "model/gltf-binary"}


async def tile(request: Request) -> Response:
    """A tileset or tile content by its content-addressed name."""
    name = f"tiles3d/{request.path_params['path']}"
    body = await in_thread(services_of(request).blobs.get, name)
    return Response(body, media_type=MEDIA.get(PurePosixPath(name).suffix, "application/octet-stream"),
                    headers={"Cache-Control": FOREVER, "ETag": f'"{PurePosixPath(name).stem[:40]}"'})


async def site(request: Request) -> Response:
    """The root tileset: every placed model as an external tileset."""
    body = await in_thread(_site, services_of(request))
    return Response(body, media_type="application/json", headers={"Cache-Control": "no-cache"})


def _site(services: Services) -> bytes:
    models = []
    for row in model_rows(services.store):
        tiles = (row.properties.get("tiles") or {}).get("bodies") or {}
        if row.properties.get("placement") == "georeferenced" and tiles.get("root") and tiles.get("box"):
            models.append(SiteModel(f"/{tiles['root']}", tiles["box"], tiles["error_m"]))
    return encoded(site_tileset(models))


def routes() -> list[BaseRoute]:
    """Everything below `/tiles3d`."""
    return [Route("/tiles3d/site/tileset.json", site), Route("/tiles3d/{path:path}", tile)]
