"""Exports over HTTP, below `/api/exports`: models, indoor maps, the site as CityJSON, and what moves as CZML; sent as they are read."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute, Route

from csdi.errors import ValueInvalid
from csdi.extent import instant
from ogc_api.calls import decimal
from ogc_api.edge import in_thread, only, origin, principal_of, services_of
from ogc_api.methods import Handler, Methods
from ogc_api.openapi.document import document as described
from ogc_api.openapi.exports import PART
from ogc_api.site import json_response
from twin.export import Selection, SiteWish, TrackWish
from twin.export.asking import ALL_FORMATS, SITE_FORMATS, Export, box_of

MEDIA = {"ifc": ("application/x-step", "ifc"), "gpkg": ("application/geopackage+sqlite3", "gpkg"),
         "csv": ("text/csv; charset=utf-8", "csv"),
         "cityjson": ("application/city+json", "city.json"), "cityjsonseq": ("application/city+json-seq", "city.jsonl"),
         "glb": ("model/gltf-binary", "glb"), "gltf": ("model/gltf-binary", "glb"), "geojson": ("application/geo+json", "geojson"),
         "imdf": ("application/zip", "imdf.zip"), "czml": ("application/json", "czml")}
MOST_IDS = 10_000
Work = Callable[[Request, Export, Path], tuple[str, str]]


def model(request: Request, export: Export, path: Path) -> tuple[str, str]:
    """A model, or a part of it: by `storey`, `class`, `filter`, `ids` and `bbox`, in the format `f`."""
    format = _format(request, tuple(name for name in ALL_FORMATS if name != "czml"), "cityjson",
                     ("storey", "class", "filter", "ids", "bbox", "frame"))
    asked = request.query_params
    ids = tuple(id for id in asked.get("ids", "").split(",") if id)
    if len(ids) > MOST_IDS:
        raise ValueInvalid(f"at most {MOST_IDS} ids are asked for at once", field="ids", value=len(ids), limit=MOST_IDS,
                           remedy="use a filter")
    name = request.path_params["model"]
    export.model(format, path, Selection(name, tuple(asked.getlist("storey")), tuple(asked.getlist("class")), asked.get("filter", ""), ids,
                                         box_of(asked.get("bbox", "")), asked.get("frame", "grid")))
    return format, name


def imdf(request: Request, export: Export, path: Path) -> tuple[str, str]:
    """The indoor map of the models that are named, or of all with rooms and a place."""
    only(request, "imdf", "zip", also=("model",))
    named = request.path_params.get("model")
    models = [named] if named else request.query_params.getlist("model")
    export.imdf(path, models)
    return "imdf", "-".join(models[:3]) or "site"


def site(request: Request, export: Export, path: Path) -> tuple[str, str]:
    """The site as CityJSON: `model`, `bbox`, `city`, `terrain`, `spacing`."""
    format = _format(request, SITE_FORMATS, "cityjson", ("model", "bbox", "city", "terrain", "spacing"))
    asked = request.query_params
    around = box_of(asked.get("bbox", ""))
    models = [one for one in asked.getlist("model") if one]
    wish = SiteWish(models or None, around.xy if around else None, _yes(asked.get("city", "true")), _yes(asked.get("terrain", "false")),
                    decimal("spacing", asked.get("spacing", "10"), 0.1, 10_000))
    export.site(format, path, wish)
    return format, "site"


def layer(request: Request, export: Export, path: Path) -> tuple[str, str]:
    """What moves in a layer of points, as CZML."""
    only(request, "czml", "json", also=("track", "time", "name", "filter", "bbox", "interpolation", "trail", "step"))
    asked, id = request.query_params, request.path_params["collection"]
    export.layer(path, id, TrackWish(asked.get("track", ""), asked.get("time", ""), asked.get("name", ""), asked.get("filter", ""),
                                     box_of(asked.get("bbox", "")), asked.get("interpolation", "linear"),
                                     decimal("trail", asked.get("trail", "300"), 0, 1e7), decimal("step", asked.get("step", "0"), 0, 1e7)))
    return "czml", id


def route(request: Request, export: Export, path: Path) -> tuple[str, str]:
    """A route as somebody who walks it, as CZML."""
    only(request, "czml", "json", also=("from", "to", "profile", "at"))
    asked = request.query_params
    if not asked.get("from"):
        raise ValueInvalid("a route needs from", field="from", remedy="for example  ?from=ID&to=exit")
    at = instant(asked.get("at", ""), field="at")
    export.route(path, asked["from"], asked.get("to", "exit"), asked.get("profile", "walking"), at)
    return "czml", "route"


def api(request: Request) -> Response:
    """What can be asked here, as OpenAPI."""
    only(request, "json")
    return json_response(described([PART], [], f"{origin(request)}/api", "Exports",
                                   "Models, indoor maps, the site and what moves, as files."))


def _format(request: Request, known: tuple[str, ...], usual: str, also: tuple[str, ...]) -> str:
    only(request, *known, also=also)
    return str(request.query_params.get("f", usual))


def _yes(text: str) -> bool:
    if text.lower() not in ("true", "false"):
        raise ValueInvalid("city and terrain are true or false", field="terrain", value=text[:40])
    return text.lower() == "true"


def _handler(work: Work) -> Handler:
    """Writes the file in a thread, and sends it in pieces; it is gone when it was sent."""
    def made(request: Request) -> Response:
        folder = tempfile.TemporaryDirectory(prefix="csdi-export-")
        path = Path(folder.name) / "export"
        try:
            format, name = work(request, Export(services_of(request), principal_of(request)), path)
        except BaseException:
            folder.cleanup()
            raise
        media, suffix = MEDIA[format]
        headers = {"Cache-Control": "private, no-cache", "Vary": "Authorization", "X-Content-Type-Options": "nosniff"}
        return FileResponse(path, media_type=media, filename=f"{name}.{suffix}", headers=headers, background=BackgroundTask(_gone, folder))

    async def handle(request: Request) -> Response:
        return await in_thread(made, request)
    return handle


def _gone(folder: tempfile.TemporaryDirectory[str]) -> None:
    with suppress(OSError):
        folder.cleanup()


def routes() -> list[BaseRoute]:
    """Everything below `/api/exports`, and the indoor map beside a model's item."""
    async def described_here(request: Request) -> Response:
        return await in_thread(api, request)

    def told() -> Iterator[Route]:
        for path, work in (("/models/{model}", model), ("/imdf", imdf), ("/site", site), ("/layers/{collection}/czml", layer),
                           ("/route", route)):
            yield Route(f"/api/exports{path}", Methods(GET=_handler(work)))
    return [Route("/ogc/collections/models/items/{model}/imdf", Methods(GET=_handler(imdf))),
            Route("/api/exports/openapi", Methods(GET=described_here)), *told()]
