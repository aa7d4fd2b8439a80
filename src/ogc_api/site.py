"""What the web UI asks for besides the OGC API: the site as one document, search over everything, jobs."""

from __future__ import annotations

from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from bim.plans import STOREY_PLANS
from csdi import history
from csdi.access import ANYBODY, Action, Principal, may, require
from csdi.bootstrap import Services
from csdi.cli import job_dict
from csdi.collection import Collection, Kind
from csdi.crs import transform
from csdi.errors import CsdiError, ValueInvalid
from csdi.extent import BBox
from csdi.filter import Items, Literal, Op, Property
from csdi.history import AsOf, is_versioned
from csdi.query import Query
from csdi.store.base import scan
from ogc_api.class_words import classes_called
from ogc_api.edge import in_thread, principal_of, services_of
from ogc_api.parameters import asked_state
from ogc_api.style import layer_style
from ogc_api.tiles3d import tileset_of
from twin.city import is_city, replaced
from twin.elevation import elevation_layers

SITE_NAME = {"en": "Digital twin", "zh-Hant": "數碼孿生", "zh-Hans": "数字孪生"}
HONG_KONG = BBox(113.82, 22.15, 114.45, 22.57)
REGISTER = "asset-register"
SEARCHED = ("elements", "spaces", "storeys", "models")
_REPEATING = frozenset({STOREY_PLANS})
"""Collections whose Features are called as others are, which are found already."""
SEARCH_LIMIT = 50
_SAID_OF_MODELS = ("title", "name", "placement", "placement_reason", "crs", "tileset", "tiles", "elements", "vertical_crs", "schema",
                   "finding_count")
_SUBTITLE = ("ifc_class", "long_name", "name_zh", "storey_name", "model")


async def site(request: Request) -> Response:
    """The site: name, place, terrain, imagery, layers, models."""
    return json_response(await in_thread(describe_site, services_of(request), principal_of(request)))


async def search(request: Request) -> Response:
    """Elements, spaces, storeys, models and layers whose words match `q`; with `datetime` as they were then."""
    text = request.query_params.get("q", "").strip()
    try:
        limit = int(request.query_params.get("limit", "20"))
    except ValueError:
        raise ValueInvalid("limit is not a whole number", field="limit") from None
    if not 1 <= limit <= SEARCH_LIMIT:
        raise ValueInvalid(f"limit is 1 to {SEARCH_LIMIT}", field="limit", value=limit)
    as_of = asked_state({"datetime": then}) if (then := request.query_params.get("datetime")) is not None else None
    found = await in_thread(find, services_of(request), principal_of(request), text, limit, as_of) if text else []
    return json_response({"results": found})


async def jobs(request: Request) -> Response:
    """The latest jobs; for those who may see them."""
    services = services_of(request)
    require(principal_of(request), Action.SEE_JOBS)
    limit = int(request.query_params.get("limit", "20")) if request.query_params.get("limit", "20").isdigit() else 20
    found = await in_thread(services.jobs.jobs, limit=min(max(limit, 1), 200), with_args=True)
    return json_response({"jobs": [job_dict(job) for job in found]})


async def job(request: Request) -> Response:
    """One job."""
    require(principal_of(request), Action.SEE_JOBS)
    return json_response(job_dict(await in_thread(services_of(request).jobs.job, request.path_params["id"])))


def describe_site(services: Services, principal: Principal) -> dict[str, Any]:
    """The document behind `/api/site`; boxes in CRS84, the centre with its ellipsoidal height in metres."""
    shown = [c for c in services.store.collections() if may(principal, Action.READ, c)]
    models = _models(services) if any(c.id == "models" for c in shown) else []
    box = _site_box(shown, models)
    lon, lat = (box.minx + box.maxx) / 2, (box.miny + box.maxy) / 2
    return {
        "name": services.settings.site_names or SITE_NAME, "bbox": list(box.xy), "centre": [lon, lat, ground_height(services, lon, lat)],
        "change": services.store.change(),
        "terrain": {"url": "/terrain/"} if elevation_layers(services.store) else None,
        "tileset": "/tiles3d/site/tileset.json" if any(m["tileset"] for m in models) or any(map(is_city, shown)) else None,
        "imagery": [imagery(c) for c in shown if c.kind is Kind.COVERAGE and not c.details.get("elevation")],
        "layers": [_layer(c) for c in shown if c.kind is Kind.LAYER],
        "upload": {"open": bool(services.settings.token), "limit_mb": services.settings.upload_limit_mb},
        "models": models,
        "city": [{"collection": c.id, "tileset": tileset_of(c), "replaced": replaced(services.store, services.blobs, c)}
                 for c in shown if is_city(c)],
    }


def find(services: Services, principal: Principal, text: str, limit: int, as_of: AsOf | None = None) -> list[dict[str, Any]]:
    """Search results over models, their parts and layers, in that order of collections, at most `limit` of each kind.

    Features of Collections that keep their history are found by what they were with `as_of`.
    """
    shown = {c.id: c for c in services.store.collections() if may(principal, Action.READ, c)}
    results: list[dict[str, Any]] = []
    for id in SEARCHED:
        if id in shown:
            results += _called(services, shown[id], text, limit, as_of) if id == "elements" else []
            results += _hits(services, shown[id], text, limit, as_of)
    results = list({(one["collection"], one["id"]): one for one in results}.values())
    wanted = text.casefold()
    results += [{"collection": c.id, "id": None, "title": dict(c.title), "subtitle": c.schema.geometry or str(c.kind),
                 "bbox": list(c.extent.bbox.xy) if c.extent.bbox else None}
                for c in shown.values() if any(wanted in t.casefold() for t in (c.id, *c.title.values()))][:limit]
    for id, collection in shown.items():
        if len(results) >= limit:
            break
        if id not in SEARCHED and id not in _REPEATING and any(f.text for f in collection.schema):
            results += _hits(services, collection, text, max(1, (limit - len(results)) // 2), as_of)
    return results[:limit]


def ground_height(services: Services, lon: float, lat: float) -> float:
    """Ellipsoidal height of HKPD zero at a place, metres; 0 without a height model."""
    try:
        point = transform("EPSG:4326+5738", "EPSG:4979", heights=services.heights).points([[lon, lat, 0.0]])
    except CsdiError:
        return 0.0
    return round(float(point[0][2]), 3)


def _called(services: Services, collection: Collection, text: str, limit: int, as_of: AsOf | None) -> list[dict[str, Any]]:
    """Elements of the classes that the text names in one of the three languages, whatever they are called themselves."""
    classes = classes_called(text)
    if not classes:
        return []
    named = Op("in", (Property("ifc_class"), Items(tuple(Literal(one) for one in classes))))
    return _found(services, collection, Query(filter=named, limit=limit, count=False), as_of)


def _hits(services: Services, collection: Collection, text: str, limit: int, as_of: AsOf | None) -> list[dict[str, Any]]:
    return _found(services, collection, Query(text=text, limit=limit, count=False), as_of)


def _found(services: Services, collection: Collection, query: Query, as_of: AsOf | None) -> list[dict[str, Any]]:
    then = as_of if is_versioned(collection) else None
    page = services.store.search(collection.id, query) if then is None else history.search(services.store, collection, query, then)
    to_crs84 = transform(collection.storage_crs, "OGC:CRS84")
    hits = []
    for feature in page.features:
        p = feature.properties
        title = next((p[k] for k in ("name", "title", "name_en", "long_name") if p.get(k)), feature.id)
        subtitle = " · ".join(str(p[k]) for k in _SUBTITLE if p.get(k) and p[k] != title)
        box = None if feature.geometry is None else [round(n, 8) for n in to_crs84.bbox(feature.geometry.bounds)[:4]]
        hits.append({"collection": collection.id, "id": feature.id, "title": title, "subtitle": subtitle, "bbox": box})
    return hits


def _models(services: Services) -> list[dict[str, Any]]:
    found = []
    for feature in scan(services.store, "models", Query(fields=_SAID_OF_MODELS)):
        p = feature.properties
        box = None if feature.geometry is None else [round(n, 8) for n in feature.geometry.bounds]
        spaces = ((p.get("tiles") or {}).get("spaces") or {}).get("root")
        found.append({"id": feature.id, "title": p.get("title") or {"en": p.get("name") or feature.id}, "name": p.get("name"),
                      "placement": p.get("placement"), "reason": p.get("placement_reason"), "crs": p.get("crs"),
                      "tileset": f"/{p['tileset']}" if p.get("tileset") else None, "spaces": f"/{spaces}" if spaces else None,
                      "bbox": box, "count": p.get("elements", 0),
                      "height_datum": p.get("vertical_crs"), "schema": p.get("schema"), "findings": p.get("finding_count", 0)})
    return found


def _site_box(shown: list[Collection], models: list[dict[str, Any]]) -> BBox:
    """Where to look first: the models near each other, else the smaller layers, else Hong Kong."""
    boxes = [BBox.of(m["bbox"]) for m in models if m["bbox"]]
    if boxes:
        return _cluster(boxes)
    extents = [c.extent.bbox for c in shown if c.extent.bbox]
    if not extents:
        return HONG_KONG
    return min((BBox.of(list(e.xy)) for e in extents), key=lambda b: (b.maxx - b.minx) * (b.maxy - b.miny))


def _cluster(boxes: list[BBox], reach: float = 0.1) -> BBox:
    """The union of the largest group of boxes whose centres lie within `reach` degrees of one of them."""
    def near(one: BBox, other: BBox) -> bool:
        return abs(one.minx + one.maxx - other.minx - other.maxx) < 2 * reach and \
            abs(one.miny + one.maxy - other.miny - other.maxy) < 2 * reach
    group = max(([b for b in boxes if near(a, b)] for a in boxes), key=len)
    whole = group[0]
    for box in group[1:]:
        whole = whole.union(box)
    return whole


def _layer(collection: Collection) -> dict[str, Any]:
    return {"id": collection.id, "title": dict(collection.title), "geometry": collection.schema.geometry, "count": collection.count,
            "bbox": list(collection.extent.bbox.xy) if collection.extent.bbox else None,
            "items": f"/ogc/collections/{collection.id}/items", "style": layer_style(collection)}


def imagery(collection: Collection) -> dict[str, Any]:
    """A raster as viewers need it: where its picture tiles are, their levels, its box in CRS84, and whether it is a photograph."""
    d = collection.details
    return {"id": collection.id, "title": dict(collection.title), "min_zoom": d.get("min_zoom", 0), "max_zoom": d.get("max_zoom", 18),
            "bbox": list(collection.extent.bbox.xy) if collection.extent.bbox else None, "photo": len(d.get("bands", ())) >= 3,
            "url": f"/ogc/collections/{collection.id}/map/tiles/WebMercatorQuad/{{z}}/{{y}}/{{x}}.png"}


def json_response(document: dict[str, Any]) -> Response:
    """A document as JSON that browsers ask for again each time."""
    return Response(orjson.dumps(document, option=orjson.OPT_NON_STR_KEYS), media_type="application/json",
                    headers={"Cache-Control": "no-cache"})


def routes() -> list[BaseRoute]:
    """Everything below `/api`."""
    return [Route("/api/site", site), Route("/api/search", search), Route("/api/jobs", jobs), Route("/api/jobs/{id}", job)]


__all__ = ["ANYBODY", "describe_site", "find", "routes"]
