"""EDR as an API of its own, below `/edr`: for clients that take every collection of an API for one that answers EDR queries."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from csdi.access import Action, Principal, may
from csdi.bootstrap import Services
from csdi.collection import Collection, say
from csdi.crs import CRS84
from csdi.extent import Interval, rfc3339
from ogc_api import edr, edr_documents
from ogc_api.coverage_documents import is_raster
from ogc_api.coverages import raster
from ogc_api.edge import in_thread, ogc_base, only, origin, principal_of, services_of
from ogc_api.openapi import Description
from ogc_api.pages import language_of
from ogc_api.parameters import crs_of

Json = dict[str, Any]
_JSON, OPENAPI = "application/json", "application/vnd.oai.openapi+json;version=3.0"
_ROOT_PATHS = ("/", "/conformance", "/openapi", "/collections")


async def landing(request: Request) -> Response:
    """Where everything is."""
    only(request, "json")
    base, name = _base(request), services_of(request).settings.site_names.get("en") or "CSDI Twin"
    links = [_link("self", f"{base}?f=json", "This document"), _link("service-desc", f"{base}/openapi?f=json", "The API", OPENAPI),
             _link("service-doc", f"{ogc_base(request)}/openapi?f=html", "The API as a page", "text/html"),
             _link("conformance", f"{base}/conformance?f=json", "What this API conforms to"),
             _link("data", f"{base}/collections?f=json", "Collections that answer queries"),
             _link("alternate", f"{ogc_base(request)}?f=html", "The whole of the data as pages", "text/html")]
    return _json({"title": f"{name}: environmental data retrieval", "description": "Values of rasters at places.", "links": links})


async def conformance(request: Request) -> Response:
    """The conformance classes."""
    only(request, "json")
    return _json({"conformsTo": [*edr_documents.COMMON, *edr_documents.CONFORMANCE]})


async def openapi(request: Request) -> Response:
    """The API definition: what the whole one says of the collections that answer queries."""
    only(request, "json")
    description: Description = request.app.state.description
    whole = orjson.loads(await in_thread(description.bytes_for, ogc_base(request)))
    ids = [path.split("/")[2] for path in whole["paths"] if path.endswith("/position")]
    kept = {*_ROOT_PATHS, *(f"/collections/{id}" for id in ids), *(f"/collections/{id}/{name}" for id in ids for name in edr.QUERIES)}
    paths = {path: item for path, item in whole["paths"].items() if path in kept}
    components = _used(paths, whole["components"])
    tags = {tag for item in paths.values() for tag in item["get"]["tags"]}
    document = whole | {"servers": [{"url": _base(request)}], "paths": paths, "components": components,
                        "tags": [tag for tag in whole["tags"] if tag["name"] in tags]}
    return Response(orjson.dumps(document), media_type=OPENAPI)


async def collections(request: Request) -> Response:
    """The collections that answer queries."""
    only(request, "json")
    shown = await in_thread(_shown, services_of(request), principal_of(request))
    links = [_link("self", f"{_base(request)}/collections?f=json", "This document"),
             _link("alternate", f"{ogc_base(request)}/collections?f=html", "All collections as a page", "text/html")]
    return _json({"collections": [_document(request, one) for one in shown], "links": links})


async def collection(request: Request) -> Response:
    """One collection that answers queries."""
    only(request, "json")
    return _json(_document(request, await raster(request)))


def _shown(services: Services, principal: Principal) -> list[Collection]:
    return [one for one in services.store.collections() if is_raster(one) and may(principal, Action.READ, one)]


def _document(request: Request, found: Collection) -> Json:
    """What a collection is, where, and what can be asked of it."""
    base, language = _base(request), language_of(request)
    whole, here, title = f"{ogc_base(request)}/collections/{found.id}", f"{base}/collections/{found.id}", found.title_in(language)
    more = edr_documents.members(found, base)
    box = found.extent.bbox
    extent: Json = {"spatial": {"bbox": [list(box.xy) if box else [-180.0, -90.0, 180.0, 90.0]], "crs": CRS84.uri}}
    interval = found.extent.interval or Interval()
    ends = [None if end is None else rfc3339(end) for end in (interval.start, interval.end)]
    extent["temporal"] = {"interval": [ends], "trs": edr_documents.CALENDAR}
    links = [_link("self", f"{here}?f=json", title), _link("alternate", f"{whole}?f=html", title, "text/html"),
             _link("collection", f"{whole}?f=json", f"{title}: everything that is offered of it"),
             *(_link("data", one["link"]["href"], one["link"]["title"], one["link"]["type"]) for one in more["data_queries"].values())]
    return {"id": found.id, "title": title, "description": say(found.description, language) or title, "keywords": list(found.keywords),
            "links": links, "crs": [known.uri for known in crs_of(found) if known.uri]} | more | {"extent": extent | more["extent"]}


def _used(paths: Json, components: Mapping[str, Json]) -> Json:
    """The components that paths refer to, and those that these refer to."""
    found: dict[str, Json] = {}
    texts = [orjson.dumps(paths).decode()]
    while texts:
        for kind, name in re.findall(r'"#/components/(\w+)/([^"]+)"', texts.pop()):
            if name not in found.setdefault(kind, {}):
                found[kind][name] = components[kind][name]
                texts.append(orjson.dumps(components[kind][name]).decode())
    return found


def _base(request: Request) -> str:
    return f"{origin(request)}/edr"


def _link(rel: str, href: str, title: str, media: str = _JSON) -> Json:
    return {"rel": rel, "type": media, "title": title, "href": href}


def _json(document: Json) -> Response:
    return Response(orjson.dumps(document), media_type=_JSON)


def routes() -> list[BaseRoute]:
    """Everything below `/edr`."""
    return [Route("/edr", landing), Route("/edr/", landing), Route("/edr/conformance", conformance), Route("/edr/openapi", openapi),
            Route("/edr/collections", collections), Route("/edr/collections/{id}", collection),
            *(Route(f"/edr/collections/{{id}}/{name}", edr.query) for name in edr.QUERIES)]
