"""3D Tiles over HTTP: immutable bytes under names that follow from content, and the few documents that follow the catalogue."""

from __future__ import annotations

import hashlib
import re
import threading
from collections import OrderedDict
from pathlib import PurePosixPath

import numpy as np
import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from csdi.access import Action, Principal, may
from csdi.bootstrap import Services
from csdi.collection import Collection
from csdi.errors import BlobMissing, CollectionMissing, CsdiError
from csdi.extent import Interval
from csdi.history import AsOf
from ogc_api.edge import in_thread, principal_of, services_of
from ogc_api.etags import is_known
from ogc_api.parameters import once
from twin.city import City, Plan, Remainder, is_city, replaced
from twin.elevation import Terrain, terrain_of
from twin.ellipsoid import ecef
from twin.frame import Frame
from twin.tasks import model_rows
from twin.tileset import SiteModel, box_numbers, encoded, site_tileset

FOREVER = "public, max-age=31536000, immutable"
PRIVATE = "private, max-age=31536000, immutable"
ASK_AGAIN = "no-cache"
MEDIA = {".json": "application/json", ".glb": "model/gltf-binary"}
_RANGE = re.compile(r"bytes=(\d*)-(\d*)$")
_PLANS_KEPT = 8
_SAG_M = 10.0
"""More than the globe bends between the points that a region's box is put around."""


class Cities:
    """The plans of Collections of buildings, the latest in memory; made one at a time. Thread-safe."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._lock = threading.Lock()
        self._plans: OrderedDict[str, Plan] = OrderedDict()
        self._ground: tuple[int, Terrain | None] = (-1, None)

    def city(self, collection: Collection) -> City:
        """A Collection as it is now. Raises CollectionMissing when it is not one of buildings."""
        if not is_city(collection):
            raise CollectionMissing(f"'{collection.id}' has no buildings in three dimensions", id=collection.id,
                                    remedy="publish polygons with base and top levels, CityJSON or glTF")
        change, ground = self._services.store.change(), self._ground
        if ground[0] != change:
            ground = self._ground = (change, terrain_of(self._services))
        return City.of(self._services, collection, ground[1])

    def plan(self, city: City) -> Plan:
        """Its plan. Raises CrsError when nothing of it can be carried to the globe."""
        name = f"{city.collection.id}/{city.version}"
        with self._lock:
            if name not in self._plans:
                self._plans[name] = city.plan()
                while len(self._plans) > _PLANS_KEPT:
                    self._plans.popitem(last=False)
            self._plans.move_to_end(name)
            return self._plans[name]

    def shown(self, principal: Principal) -> list[tuple[City, Plan]]:
        """All with something to draw that a principal may see; one that cannot be carried to the globe is left out."""
        found = []
        for collection in self._services.store.collections():
            if is_city(collection) and may(principal, Action.READ, collection):
                try:
                    city = self.city(collection)
                    plan = self.plan(city)
                except CsdiError:
                    continue
                if plan.tiles:
                    found.append((city, plan))
        return found


def cities_of(request: Request) -> Cities:
    """Those of this application."""
    found: Cities | None = getattr(request.app.state, "cities", None)
    if found is None:
        found = request.app.state.cities = Cities(services_of(request))
    return found


async def tile(request: Request) -> Response:
    """A tileset or tile content by its content-addressed name; what belongs to a city is for those who may read its Collection."""
    public = not request.path_params["path"].startswith("city/") or (await in_thread(_readable, request)).public
    name = f"tiles3d/{request.path_params['path']}"
    body = await in_thread(services_of(request).blobs.get, name)
    tag = PurePosixPath(name).stem[:40]
    return answer(request, body, MEDIA.get(PurePosixPath(name).suffix, "application/octet-stream"), tag, FOREVER if public else PRIVATE)


async def site(request: Request) -> Response:
    """The root tileset: every placed model and every city as an external tileset; with `datetime` the models as they stood then."""
    asked = once(request.query_params, {"datetime"}).get("datetime")
    as_of = AsOf.of(Interval.parse(asked) if asked is not None else None, None)
    body = await in_thread(_site, services_of(request), cities_of(request), principal_of(request), as_of)
    return answer(request, body, "application/json", hashlib.sha256(body).hexdigest()[:32], ASK_AGAIN)


async def city_tileset(request: Request) -> Response:
    """The root of a city: names its present version."""
    city, plan = await in_thread(_city, request)
    body = encoded(plan.tileset(plan.version))
    return answer(request, body, "application/json", plan.version, ASK_AGAIN if city.collection.public else f"private, {ASK_AGAIN}")


async def city_findings(request: Request) -> Response:
    """What was found on the buildings of a city."""
    city, plan = await in_thread(_city, request)
    findings = [one.to_dict() for one in plan.findings]
    told = {"version": plan.version, "buildings": plan.count, "tiles": len(plan.tiles), "findings": findings}
    cache = ASK_AGAIN if city.collection.public else f"private, {ASK_AGAIN}"
    return answer(request, orjson.dumps(told), "application/json", plan.version, cache)


async def city_tile(request: Request) -> Response:
    """One tile of a city, made when first asked for."""
    body, public = await in_thread(_city_tile, request)
    p = request.path_params
    tag = f"{p['version']}-{p['level']}-{p['x']}-{p['y']}"
    return answer(request, body, "model/gltf-binary", tag, FOREVER if public else PRIVATE)


def answer(request: Request, body: bytes, media: str, tag: str, cache: str) -> Response:
    """Bytes with their entity tag: whole, one range of them (RFC 9110, 14), or the word that the client has them already."""
    headers = {"Cache-Control": cache, "ETag": f'"{tag}"', "Accept-Ranges": "bytes"}
    if is_known(request.headers.get("if-none-match", ""), f'"{tag}"'):
        return Response(status_code=304, headers=headers)
    wanted = _range(request.headers.get("range", ""), len(body))
    if wanted is None or request.headers.get("if-range", f'"{tag}"') != f'"{tag}"':
        return Response(body, media_type=media, headers=headers)
    start, end = wanted
    if start >= end:
        return Response(status_code=416, headers=headers | {"Content-Range": f"bytes */{len(body)}"})
    return Response(body[start:end], 206, media_type=media, headers=headers | {"Content-Range": f"bytes {start}-{end - 1}/{len(body)}"})


def _range(header: str, size: int) -> tuple[int, int] | None:
    """The first byte and the one after the last of a single range, equal where there is nothing; None where all is to be sent."""
    match = _RANGE.match(header.strip())
    if not match or not (match[1] or match[2]):
        return None
    if not match[1]:
        return max(size - int(match[2]), 0), size if int(match[2]) else 0
    start, end = int(match[1]), min(int(match[2]) + 1, size) if match[2] else size
    if match[2] and int(match[2]) < int(match[1]):
        return None
    return (start, end) if start < size else (size, size)


def _site(services: Services, cities: Cities, principal: Principal, as_of: AsOf | None) -> bytes:
    models = []
    for row in model_rows(services.store, as_of):
        tiles = (row.properties.get("tiles") or {}).get("bodies") or {}
        if row.properties.get("placement") == "georeferenced" and tiles.get("root") and tiles.get("box"):
            models.append(SiteModel(f"/{tiles['root']}", tiles["box"], tiles["error_m"]))
    models += [SiteModel(_remaining(services, city, plan, as_of), box_of(plan), plan.tileset("")["geometricError"])
               for city, plan in cities.shown(principal)]
    return encoded(site_tileset(models))


def _remaining(services: Services, city: City, plan: Plan, as_of: AsOf | None) -> str:
    """The address of a city beside its models: without what they replace."""
    left = Remainder.of(city, plan, replaced(services.store, services.blobs, city.collection, as_of))
    if left is None:
        return tileset_of(city.collection)
    left.publish()
    return f"/{left.tileset}"


def tileset_of(collection: Collection) -> str:
    """The address of a city's tileset on this host."""
    return f"/tiles3d/city/{collection.id}/tileset.json"


def box_of(plan: Plan) -> list[float]:
    """The 12 numbers of a box around a city's region, EPSG:4978 metres."""
    west, south, east, north = plan.region.box
    lon, lat, height = np.meshgrid(np.linspace(west, east, 9), np.linspace(south, north, 9), [plan.region.low, plan.region.high])
    frame = Frame("enu", (*plan.region.centre, 0.0))
    points = frame.from_ecef(ecef(np.stack([lon.ravel(), lat.ravel(), height.ravel()], axis=1)))
    return box_numbers(np.stack([points.min(axis=0) - _SAG_M, points.max(axis=0) + _SAG_M]), frame.matrix)


def _readable(request: Request) -> Collection:
    params = request.path_params
    collection = services_of(request).store.collection(params.get("collection") or params["path"].split("/")[1])
    if not may(principal_of(request), Action.READ, collection):
        raise CollectionMissing(f"there is no collection '{collection.id}'", id=collection.id)
    return collection


def _city(request: Request) -> tuple[City, Plan]:
    cities = cities_of(request)
    city = cities.city(_readable(request))
    return city, cities.plan(city)


def _city_tile(request: Request) -> tuple[bytes, bool]:
    """A tile of the present version, or one that is still kept of the version before."""
    collection, p = _readable(request), request.path_params
    cities, key = cities_of(request), (p["level"], p["x"], p["y"])
    name = f"tiles3d/city/{collection.id}/{p['version']}/content/{'/'.join(map(str, key))}.glb"
    try:
        return services_of(request).blobs.get(name), collection.public
    except BlobMissing:
        city, (version, _, without) = cities.city(collection), p["version"].partition(".")
        if city.version != version:
            raise
        plan = cities.plan(city)
        data = Remainder.kept(city, plan, p["version"]).tile(key) if without else city.tile(plan, key)
        return data, collection.public


def routes() -> list[BaseRoute]:
    """Everything below `/tiles3d`."""
    city = "/tiles3d/city/{collection}"
    return [Route("/tiles3d/site/tileset.json", site), Route(f"{city}/tileset.json", city_tileset),
            Route(f"{city}/findings.json", city_findings),
            Route(f"{city}/{{version}}/content/{{level:int}}/{{x:int}}/{{y:int}}.glb", city_tile),
            Route("/tiles3d/{path:path}", tile)]
