"""Routes below `/ogc`: our own where bytes are ready-made, pygeoapi for the rest."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable
from typing import Any

import orjson
from pygeoapi.api import APIRequest
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from csdi.collection import Collection
from csdi.errors import BlobMissing, FeatureMissing, NotFound
from csdi.feature import FieldType
from ogc_api import filter_functions, pages, schemas, transactions, views
from ogc_api import items as features
from ogc_api.edge import bytes_answer, in_thread, ogc_base, only, principal_of, rendition, services_of, wants_html
from ogc_api.engine import Engine
from ogc_api.etags import etag, is_known
from ogc_api.items import readable
from ogc_api.methods import Methods
from ogc_api.openapi import Description
from ogc_api.renditions import DOWNLOADS, FILES
from ogc_api.words import WORDS

OPENAPI = "application/vnd.oai.openapi+json;version=3.0"
VARY = "Accept"
FORMS = ("jsonfg", *FILES)
"""Renditions of items besides GeoJSON and HTML."""
MEDIA_OF = {name: made.media for name, made in DOWNLOADS.items()}

_EXAMPLES = {"string": "{} LIKE 'A%'", "integer": "{} > 0", "number": "{} > 0", "boolean": "{} = TRUE"}


async def _by_engine(request: Request, name: str, *arguments: str) -> Response:
    engine: Engine = request.app.state.engine
    locales = await in_thread(lambda: engine.locales)
    asked = await APIRequest.from_starlette(request, locales)
    headers, status, body = await in_thread(engine.call, name, asked, ogc_base(request), *arguments)
    return bytes_answer(body, headers, status)


async def _document(request: Request, name: str, *arguments: str) -> dict[str, Any]:
    """What pygeoapi answers as JSON in the language of the page. Raises NotFound for what it does not list."""
    engine: Engine = request.app.state.engine
    locales = await in_thread(lambda: engine.locales)
    plain = Request({**request.scope, "query_string": f"f=json&lang={pages.language_of(request)}".encode()}, _no_body)
    asked = await APIRequest.from_starlette(plain, locales)
    _, status, body = await in_thread(engine.call, name, asked, ogc_base(request), *arguments)
    if status != 200:
        raise NotFound(f"there is no page of {request.url.path}", remedy="see /ogc/collections")
    return dict(orjson.loads(body))


async def _no_body() -> dict[str, Any]:
    """A request without content; the real one's can be read only once."""
    return {"type": "http.request", "body": b"", "more_body": False}


async def landing(request: Request) -> Response:
    """The landing page."""
    only(request, "json", "jsonld", "html")
    if not wants_html(request):
        return await _by_engine(request, "landing")
    listed = await _document(request, "collections")
    return pages.page(request, "landing", ogc_base(request), document=await _document(request, "landing"),
                      groups=await views.cards(request, listed["collections"]))


async def openapi(request: Request) -> Response:
    """The API definition."""
    only(request, "json", "html")
    body = await in_thread(_description(request).bytes_for, ogc_base(request))
    if not wants_html(request):
        return Response(body, media_type=OPENAPI)
    return pages.page(request, "openapi", ogc_base(request), document=orjson.loads(body))


async def conformance(request: Request) -> Response:
    """The conformance classes."""
    only(request, "json", "html")
    document = {"conformsTo": _description(request).conforms}
    if not wants_html(request):
        return Response(orjson.dumps(document), media_type="application/json")
    return pages.page(request, "conformance", ogc_base(request), document=document)


def _description(request: Request) -> Description:
    found: Description = request.app.state.description
    return found


async def collections(request: Request) -> Response:
    """All Collections."""
    only(request, "json", "jsonld", "html")
    if not wants_html(request):
        return await _by_engine(request, "collections")
    listed = await _document(request, "collections")
    return pages.page(request, "collections", ogc_base(request), groups=await views.cards(request, listed["collections"]))


async def collection(request: Request) -> Response:
    """One Collection."""
    only(request, "json", "jsonld", "html")
    found = await _collection(request)
    if not wants_html(request):
        return await _by_engine(request, "collection", found.id)
    return await views.collection_page(request, found, await _document(request, "collection", found.id))


async def schema(request: Request) -> Response:
    """The schema of a Collection's items."""
    return await _described(request, "schema", schemas.schema)


async def queryables(request: Request) -> Response:
    """What a filter on a Collection may name."""
    if wants_html(request):
        only(request, "json", "html")
        return await views.queryables_page(request, await _collection(request))
    return await _described(request, "queryables", schemas.queryables)


async def sortables(request: Request) -> Response:
    """What items of a Collection can be sorted by."""
    return await _described(request, "sortables", schemas.sortables)


async def functions(request: Request) -> Response:
    """The functions that filters may use."""
    only(request, "json")
    return Response(orjson.dumps({"functions": filter_functions.described()}), media_type="application/json")


async def _described(request: Request, name: str, describe: Callable[[Collection, str, str], dict[str, Any]]) -> Response:
    only(request, "json", "html")
    found, language = await _collection(request), pages.language_of(request)
    document = describe(found, ogc_base(request), language)
    if wants_html(request):
        return pages.page(request, "schema", ogc_base(request), document=document, id=found.id, heading=WORDS[language][name])
    return Response(orjson.dumps(document), media_type=schemas.MEDIA)


async def items(request: Request) -> Response:
    """A page of items as GeoJSON or HTML."""
    name = form_of(request, *FORMS)
    if name == "json":
        return bytes_answer(*await in_thread(features.items, services_of(request), principal_of(request), request.path_params["id"],
                                             request.query_params, ogc_base(request)))
    found = await _collection(request)
    if name != "html":
        chunks, headers = await in_thread(features.items_as, name, services_of(request), principal_of(request), found.id,
                                          request.query_params, ogc_base(request))
        return StreamingResponse(chunks, headers=headers | {"Vary": VARY})
    params = request.query_params
    if not params.get("filter", "x").strip():
        params = QueryParams([(name, value) for name, value in params.multi_items() if name != "filter"])
    body, _ = await in_thread(features.items, services_of(request), principal_of(request), found.id, params, ogc_base(request))
    document, language = orjson.loads(body), pages.language_of(request)
    columns = [f.name for f in found.schema.stored if f.type is not FieldType.JSON][:8]
    example = next((_EXAMPLES[f.type].format(f.name) for f in found.schema if f.type in _EXAMPLES), "")
    following = next((link["href"] for link in document["links"] if link["rel"] == "next"), "")
    return pages.page(request, "items", ogc_base(request), document=document, id=found.id, title=found.title_in(language), columns=columns,
                      filter=params.get("filter", ""), example=example, following=f"{following}&f=html" if following else "",
                      first=f"{request.url.path}?f=html" if "cursor" in params else "")


async def item(request: Request) -> Response:
    """One item as GeoJSON or HTML."""
    id, feature_id, name = request.path_params["id"], request.path_params["item"], form_of(request, "jsonfg")
    body, headers = await in_thread(features.item, services_of(request), principal_of(request), id, feature_id, request.query_params,
                                    ogc_base(request), "jsonfg" if name == "jsonfg" else "json")
    if not wants_html(request):
        if is_known(request.headers.get("if-none-match", ""), headers["ETag"]):
            return Response(status_code=304, headers={"ETag": headers["ETag"], "Vary": VARY})
        return bytes_answer(body, headers | {"Vary": VARY})
    return await views.item_page(request, await _collection(request), orjson.loads(body))


async def download(request: Request) -> Response:
    """All items of a Collection as a file, or those that the parameters select."""
    found, name = await _collection(request), form_of(request, *DOWNLOADS, html=False)
    asked = f"{found.version} {name} {sorted(request.query_params.multi_items())}"
    tag = etag(hashlib.sha256(asked.encode("utf-8", "replace")).hexdigest()[:32], name)
    if is_known(request.headers.get("if-none-match", ""), tag):
        return Response(status_code=304, headers={"ETag": tag, "Vary": VARY})
    chunks, headers = await in_thread(features.download, name, services_of(request), principal_of(request), found.id,
                                      request.query_params, ogc_base(request))
    return StreamingResponse(chunks, headers=headers | {"ETag": tag, "Vary": VARY})


def form_of(request: Request, *more: str, html: bool = True) -> str:
    """The rendition that is asked for with `f`, or with Accept: `json`, `html` or one of those named.

    Raises:
        ValueInvalid: `f` names another one.
    """
    rendition(request, "json", "geojson", *(("html",) if html else ()), *more)
    if asked := request.query_params.get("f"):
        return "json" if asked == "geojson" else asked
    if html and wants_html(request):
        return "html"
    accepted = request.headers.get("accept", "")
    return next((name for name in more if name != "json" and MEDIA_OF[name].partition(";")[0] in accepted), "json")


async def coverage_file(request: Request) -> Response:
    """The raster itself, a Cloud Optimized GeoTIFF, whole or by byte range."""
    only(request)
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


async def _collection(request: Request) -> Collection:
    return await in_thread(readable, services_of(request), principal_of(request), request.path_params["id"])


async def missing(request: Request) -> Response:
    """Nothing is here."""
    raise FeatureMissing(f"there is nothing at /ogc/{request.path_params['path']}", remedy="start at /ogc")


def item_routes() -> list[BaseRoute]:
    """Items of a Collection: what is asked for most, so it is looked for first."""
    c = "/ogc/collections/{id}"
    return [Route(f"{c}/items", Methods(GET=items, POST=transactions.create, OPTIONS=transactions.options_of_items)),
            Route(f"{c}/items/{{item:path}}", Methods(GET=item, PUT=transactions.replace, PATCH=transactions.update,
                                                      DELETE=transactions.delete, OPTIONS=transactions.options_of_item))]


def routes() -> list[BaseRoute]:
    """Everything else below `/ogc`."""
    c = "/ogc/collections/{id}"
    return [
        Route("/ogc", landing), Route("/ogc/", landing), Route("/ogc/openapi", openapi), Route("/ogc/conformance", conformance),
        Route("/ogc/collections", collections), Route(c, collection), Route(f"{c}/schema", schema), Route(f"{c}/queryables", queryables),
        Route(f"{c}/sortables", sortables), Route("/ogc/functions", functions),
        Route(f"{c}/download", download), Route(f"{c}/coverage.tif", coverage_file),
        Route("/ogc/{path:path}", missing),
    ]
