"""OGC API - 3D GeoVolumes (draft) below `/geovolumes`: the site, every model and every city as a volume that has a 3D Tiles tileset.

It is an API of its own because its boxes have six numbers, which clients of features do not expect.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from csdi.access import Action, Principal, may
from csdi.bootstrap import Services
from csdi.collection import Text, say
from csdi.errors import CollectionMissing, ValueInvalid
from csdi.extent import BBox
from ogc_api.edge import in_thread, ogc_base, only, origin, principal_of, services_of
from ogc_api.openapi.components import RESPONSES
from ogc_api.openapi.part import answers, get
from ogc_api.pages import language_of
from ogc_api.parameters import number, once
from ogc_api.site import SITE_NAME
from ogc_api.tiles3d import Cities, cities_of, tileset_of
from twin.ellipsoid import geodetic
from twin.tasks import model_rows

Json = dict[str, Any]
CRS84H = "http://www.opengis.net/def/crs/OGC/0/CRS84h"
CONFORMS = ("http://www.opengis.net/spec/ogcapi-common-1/1.0/conf/core", "http://www.opengis.net/spec/ogcapi-common-2/1.0/conf/collections",
            *(f"http://www.opengis.net/spec/ogcapi-geovolumes-1/1.0/conf/{name}" for name in ("core", "3d-tiles")))
"""The classes of GeoVolumes are those of a draft: their names may still change."""
SITE = "site"
_JSON, _OPENAPI = "application/json", "application/vnd.oai.openapi+json;version=3.0"
_DESCRIPTIONS: dict[str, Text] = {
    "site": {"en": "All models and buildings of the site.", "zh-Hant": "場地的所有模型及建築物。", "zh-Hans": "场地的所有模型及建筑物。"},
    "model": {"en": "A building model.", "zh-Hant": "建築模型。", "zh-Hans": "建筑模型。"},
    "city": {"en": "Buildings in three dimensions.", "zh-Hant": "三維建築物。", "zh-Hans": "三维建筑物。"}}


@dataclass(frozen=True, slots=True)
class Volume:
    """Something with a place in three dimensions and a tileset.

    Attributes:
        kind: site, model or city.
        box: west, south, lowest, east, north, highest in degrees and metres above the ellipsoid.
        tileset: the path of `tileset.json` on this host.
        related: (path below `/ogc`, what it is) of the Features that it shows.
    """

    id: str
    kind: str
    title: Text
    box: tuple[float, ...]
    tileset: str
    related: tuple[str, str] | None = None

    def meets(self, box: BBox) -> bool:
        """Whether the two have a point in common; heights count where the other one has them."""
        mine, lower = BBox.of(list(self.box)), box.xy
        flat = mine.minx <= lower[2] and lower[0] <= mine.maxx and mine.miny <= lower[3] and lower[1] <= mine.maxy
        given = box.numbers
        return flat and (not box.is_3d or (self.box[2] <= given[5] and given[2] <= self.box[5]))


def volumes(services: Services, cities: Cities, principal: Principal) -> list[Volume]:
    """All that a principal may see, the site first; none where nothing has a place."""
    parts = [*_models(services, principal), *_cities(cities, principal)]
    if not parts:
        return []
    boxes = np.array([part.box for part in parts])
    whole = (*boxes[:, :3].min(axis=0).tolist(), *boxes[:, 3:].max(axis=0).tolist())
    return [Volume(SITE, "site", services.settings.site_names or SITE_NAME, whole, "/tiles3d/site/tileset.json"), *parts]


def _models(services: Services, principal: Principal) -> Iterator[Volume]:
    shown = {c.id for c in services.store.collections() if may(principal, Action.READ, c)}
    for row in model_rows(services.store) if "models" in shown else ():
        p = row.properties
        tiles = (p.get("tiles") or {}).get("bodies") or {}
        if p.get("placement") == "georeferenced" and tiles.get("root") and tiles.get("box"):
            title = p.get("title") or {"en": str(p.get("name") or row.id)}
            yield Volume(f"model-{row.id}", "model", title, _around(tiles["box"]), f"/{tiles['root']}",
                         (f"collections/models/items/{row.id}", "The model as a feature"))


def _cities(cities: Cities, principal: Principal) -> Iterator[Volume]:
    for city, plan in cities.shown(principal):
        collection = city.collection
        title = collection.title or {"en": collection.id}
        yield Volume(f"city-{collection.id}", "city", title, plan.box, tileset_of(collection),
                     (f"collections/{collection.id}", "The same buildings as features"))


def _around(numbers: Sequence[float]) -> tuple[float, ...]:
    """West, south, lowest, east, north, highest around the corners of a box of 3D Tiles (EPSG:4978 metres)."""
    box = np.array(numbers, dtype=np.float64)
    signs = np.array(np.meshgrid([-1, 1], [-1, 1], [-1, 1])).reshape(3, 8).T
    places = geodetic(box[:3] + signs @ box[3:].reshape(3, 3))
    return (*places.min(axis=0).tolist(), *places.max(axis=0).tolist())


async def landing(request: Request) -> Response:
    """Where everything is."""
    only(request, "json")
    base, name = _base(request), say(services_of(request).settings.site_names or SITE_NAME, language_of(request))
    links = [_link("self", f"{base}?f=json", "This document"), _link("service-desc", f"{base}/api?f=json", "The API", _OPENAPI),
             _link("service-doc", f"{ogc_base(request)}/openapi?f=html", "The whole server's API as a page", "text/html"),
             _link("conformance", f"{base}/conformance?f=json", "What this API conforms to"),
             _link("data", f"{base}/collections?f=json", "Volumes")]
    return _json({"title": f"{name}: 3D GeoVolumes (draft)", "description": "Models and buildings as 3D Tiles.", "links": links})


async def conformance(request: Request) -> Response:
    """The conformance classes."""
    only(request, "json")
    return _json({"conformsTo": list(CONFORMS)})


async def api(request: Request) -> Response:
    """The API definition."""
    only(request, "json")
    plain: Json = {"type": "object"}
    box = {"name": "bbox", "in": "query", "style": "form", "explode": False, "schema": {
        "type": "array", "minItems": 4, "maxItems": 6, "items": {"type": "number"}}}
    id = {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
    tag, content = "geovolumes", {_JSON: plain}
    document = {
        "openapi": "3.0.3", "info": {"title": "3D GeoVolumes (draft)", "version": "0.1"}, "servers": [{"url": _base(request)}],
        "paths": {"/": get(tag, "getVolumesLanding", "Where everything is", [], answers("Links.", content, found=False)),
                  "/conformance": get(tag, "getVolumesConformance", "Conformance", [], answers("Classes.", content, found=False)),
                  "/collections": get(tag, "getVolumes", "All volumes", [box], answers("Volumes.", content, found=False)),
                  "/collections/{id}": get(tag, "getVolume", "One volume", [id], answers("The volume.", content))},
        "components": {"responses": RESPONSES, "schemas": {"problem": plain}}}
    return Response(orjson.dumps(document), media_type=_OPENAPI)


async def collections(request: Request) -> Response:
    """All volumes, or those that meet a box."""
    only(request, "json", also=("bbox",))
    asked = _bbox(once(request.query_params).get("bbox"))
    found = await in_thread(volumes, services_of(request), cities_of(request), principal_of(request))
    shown = [_document(request, one) for one in found if asked is None or one.meets(asked)]
    return _json({"collections": shown, "links": [_link("self", f"{_base(request)}/collections?f=json", "This document")]})


async def collection(request: Request) -> Response:
    """One volume."""
    only(request, "json")
    id = request.path_params["id"]
    found = await in_thread(volumes, services_of(request), cities_of(request), principal_of(request))
    one = next((volume for volume in found if volume.id == id), None)
    if one is None:
        raise CollectionMissing(f"there is no volume '{id}'", id=id, remedy=f"see {_base(request)}/collections")
    return _json(_document(request, one))


def _document(request: Request, one: Volume) -> Json:
    settings, base, language = services_of(request).settings, _base(request), language_of(request)
    title = say(one.title, language) or one.id
    links = [_link("self", f"{base}/collections/{one.id}?f=json", title),
             _link(settings.geovolumes_rel, f"{origin(request)}{one.tileset}", f"{title}: 3D Tiles", settings.geovolumes_media)]
    if one.related:
        links.append(_link("related", f"{ogc_base(request)}/{one.related[0]}?f=json", one.related[1]))
    if one.id != SITE:
        links.append(_link("up", f"{base}/collections/{SITE}?f=json", "The site"))
    box = [round(value, 3 if at in (2, 5) else 8) for at, value in enumerate(one.box)]
    return {"id": one.id, "title": title, "description": say(_DESCRIPTIONS[one.kind], language), "collectionType": "3d-container",
            "extent": {"spatial": {"bbox": [box], "crs": CRS84H}}, "links": links}


def _bbox(text: str | None) -> BBox | None:
    """A box in CRS84, with heights above the ellipsoid where it has six numbers. Raises ValueInvalid."""
    if text is None:
        return None
    try:
        return BBox.of([number(part) for part in text.split(",")])
    except ValueError:
        raise ValueInvalid(f"bbox '{text}' is not a list of numbers", field="bbox", value=text,
                           remedy="write four or six numbers with commas between them") from None


def _base(request: Request) -> str:
    return f"{origin(request)}/geovolumes"


def _link(rel: str, href: str, title: str, media: str = _JSON) -> Json:
    return {"rel": rel, "type": media, "title": title, "href": href}


def _json(document: Json) -> Response:
    return Response(orjson.dumps(document), media_type=_JSON)


def routes() -> list[BaseRoute]:
    """Everything below `/geovolumes`."""
    return [Route("/geovolumes", landing), Route("/geovolumes/", landing), Route("/geovolumes/api", api),
            Route("/geovolumes/conformance", conformance), Route("/geovolumes/collections", collections),
            Route("/geovolumes/collections/{id}", collection)]
