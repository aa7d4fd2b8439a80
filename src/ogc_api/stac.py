"""STAC over HTTP: rasters and building models as a SpatioTemporal Asset Catalog."""

from __future__ import annotations

from urllib.parse import urlencode

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from csdi.access import Action, may
from csdi.collection import Collection
from csdi.errors import CollectionMissing
from ogc_api.edge import in_thread, ogc_base, only, origin, principal_of, services_of
from ogc_api.items import readable
from ogc_api.parameters import read_items_request
from ogc_api.stac_documents import GEOJSON, Json, catalog, collection, item, link, offered

_JSON = "application/json"


async def root(request: Request) -> Response:
    """The catalogue."""
    only(request, "json")
    services, principal = services_of(request), principal_of(request)
    shown = [one for one in await in_thread(services.store.collections) if may(principal, Action.READ, one)]
    return _answer(catalog(shown, ogc_base(request), services.settings.site_names.get("en") or "CSDI Twin"))


async def described(request: Request) -> Response:
    """One Collection."""
    only(request, "json")
    return _answer(collection(await _collection(request), ogc_base(request)))


async def items(request: Request) -> Response:
    """Items of a Collection, page by page: `limit`, `bbox`, `datetime` and `cursor` as of any Collection."""
    only(request, "json", also=("limit", "bbox", "cursor", "datetime"))
    services, found, base = services_of(request), await _collection(request), ogc_base(request)
    asked = read_items_request(request.query_params, found)
    page = await in_thread(services.store.search, found.id, asked.query)
    here = f"{base}/stac/collections/{found.id}/items"
    links = [link("self", here, "Items", GEOJSON), link("root", f"{base}/stac", "Catalogue")]
    if page.next:
        kept = {name: value for name, value in request.query_params.items() if name != "cursor"} | {"cursor": page.next}
        links.append(link("next", f"{here}?{urlencode(kept)}", "Next page", GEOJSON))
    site = origin(request)
    features = [item(feature, found, base, site, services.heights) for feature in page.features]
    return _answer({"type": "FeatureCollection", "features": features, "links": links, "numberMatched": page.matched,
                    "numberReturned": len(features)}, GEOJSON)


async def one_item(request: Request) -> Response:
    """One Item."""
    only(request, "json")
    services, found = services_of(request), await _collection(request)
    feature = await in_thread(services.store.feature, found.id, request.path_params["item"])
    return _answer(item(feature, found, ogc_base(request), origin(request), services.heights), GEOJSON)


async def _collection(request: Request) -> Collection:
    found = await in_thread(readable, services_of(request), principal_of(request), request.path_params["id"])
    if not offered([found]):
        raise CollectionMissing(f"'{found.id}' has no assets", remedy="see /ogc/stac", id=found.id)
    return found


def _answer(document: Json, media: str = _JSON) -> Response:
    return Response(orjson.dumps(document), media_type=media)


def routes() -> list[BaseRoute]:
    """Everything below `/ogc/stac`."""
    one = "/ogc/stac/collections/{id}"
    return [Route("/ogc/stac", root), Route(one, described), Route(f"{one}/items", items), Route(f"{one}/items/{{item:path}}", one_item)]
