"""STAC over HTTP: rasters and building models as a SpatioTemporal Asset Catalog."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlencode

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from csdi.access import Action, may
from csdi.collection import Collection
from csdi.errors import CollectionMissing
from ogc_api.edge import body_of, in_thread, ogc_base, only, origin, principal_of, rendition, services_of
from ogc_api.items import readable
from ogc_api.methods import Methods
from ogc_api.parameters import once
from ogc_api.stac_documents import GEOJSON, Json, catalog, collection, collections, item, link, offered
from ogc_api.stac_documents import items as items_document
from ogc_api.stac_search import LONGEST, MEMBERS, Search, document_of, parsed, read_search, search

_JSON = "application/json"


async def root(request: Request) -> Response:
    """The catalogue."""
    only(request, "json")
    title = services_of(request).settings.site_names.get("en") or "CSDI Twin"
    return _answer(catalog(await _shown(request), ogc_base(request), title))


async def described(request: Request) -> Response:
    """One Collection."""
    only(request, "json")
    return _answer(collection(await _collection(request), ogc_base(request)))


async def listed(request: Request) -> Response:
    """All Collections that are offered."""
    only(request, "json")
    return _answer(collections(await _shown(request), ogc_base(request)))


async def items(request: Request) -> Response:
    """Items of a Collection, page by page."""
    found, here = await _collection(request), f"{ogc_base(request)}/stac/collections/{request.path_params['id']}/items"
    said = document_of(once(request.query_params, (*MEMBERS, "f", "lang")))
    rendition(request, "json")
    return await _found(request, [found], read_search(said), lambda token: _next(request, here, token))


async def search_by_parameters(request: Request) -> Response:
    """Items of all Collections, asked for by parameters."""
    here, said = f"{ogc_base(request)}/stac/search", document_of(once(request.query_params, (*MEMBERS, "f", "lang")))
    rendition(request, "json")
    return await _found(request, await _shown(request), read_search(said), lambda token: _next(request, here, token))


async def search_by_document(request: Request) -> Response:
    """Items of all Collections, asked for by JSON."""
    only(request)
    here = f"{ogc_base(request)}/stac/search"
    said = parsed(await body_of(request, LONGEST, f"a search has at most {LONGEST} bytes"), "body")
    return await _found(request, await _shown(request), read_search(said), lambda token: link("next", here, "Next page", GEOJSON) | {
        "method": "POST", "body": said | {"token": token}})


async def _found(request: Request, shown: list[Collection], asked: Search, following: Callable[[str], Json]) -> Response:
    """One page, with the link to the next one."""
    services, base, site = services_of(request), ogc_base(request), origin(request)

    def made() -> Json:
        with services.store.snapshot() as reader:
            found = search(reader, offered(shown), asked)
        links = [link("self", f"{origin(request)}{request.url.path}", "Items", GEOJSON), *([following(found.token)] if found.token else [])]
        return items_document(found.items, links, found.matched, base, site, services.heights)

    return _answer(await in_thread(made), GEOJSON)


def _next(request: Request, here: str, token: str) -> Json:
    kept = {name: value for name, value in request.query_params.items() if name != "token"} | {"token": token}
    return link("next", f"{here}?{urlencode(kept)}", "Next page", GEOJSON) | {"method": "GET"}


async def _shown(request: Request) -> list[Collection]:
    """The Collections that whoever asks may read."""
    principal = principal_of(request)
    return [one for one in await in_thread(services_of(request).store.collections) if may(principal, Action.READ, one)]


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
    return [Route("/ogc/stac", root), Route("/ogc/stac/search", Methods(GET=search_by_parameters, POST=search_by_document)),
            Route("/ogc/stac/collections", listed), Route(one, described),
            Route(f"{one}/items", items), Route(f"{one}/items/{{item:path}}", one_item)]
