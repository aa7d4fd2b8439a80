"""OGC API - Styles: how Collections are to be drawn, as MapLibre styles and as SLD; a default for each, and styles that people put."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from csdi.access import Action, may, require
from csdi.blobs import Blobs
from csdi.collection import Collection, Kind
from csdi.errors import FormatUnknown, NotFound, ValueInvalid
from ogc_api.edge import body_of, in_thread, ogc_base, only, principal_of, services_of
from ogc_api.etags import etag, is_known
from ogc_api.items import readable
from ogc_api.map_documents import styled
from ogc_api.methods import Methods
from ogc_api.style_documents import DEFAULT, MEDIA, check_style, site_maplibre, sld
from ogc_api.style_shelf import kept, name_of, stylesheet

LONGEST = 4 * 2**20
"""Bytes of the largest style."""
_HIDDEN = (Kind.SYSTEM, Kind.CATALOGUE)


def listed(blobs: Blobs, collection: Collection, base: str) -> dict[str, Any]:
    """The styles of a Collection, each with links to its forms and to its map."""
    root, title = f"{base}/collections/{collection.id}", collection.title_in("en")
    here = f"{root}/styles"
    return {"default": DEFAULT, "links": [{"rel": "self", "type": "application/json", "title": f"Styles of {title}", "href": here}],
            "styles": [{"id": id, "title": f"{title}: {id}",
                        "links": [*_links(f"{here}/{id}", forms), *styled(collection, f"{here}/{id}", f"{title}: {id}")]}
                       for id, forms in kept(blobs, collection, base).items()]}


def _links(here: str, forms: list[str]) -> Iterator[dict[str, str]]:
    for form in forms:
        yield {"rel": "stylesheet", "type": MEDIA[form], "title": {"mapbox": "MapLibre style", "sld": "SLD 1.0"}[form],
               "href": f"{here}?f={form}"}


async def styles(request: Request) -> Response:
    """The styles of a Collection."""
    only(request, "json")
    found = await _collection(request)
    return Response(orjson.dumps(await in_thread(listed, services_of(request).blobs, found, ogc_base(request))),
                    media_type="application/json")


async def style(request: Request) -> Response:
    """One style, in the form that `f` or Accept asks for; MapLibre without either."""
    only(request, *MEDIA)
    found = await _collection(request)
    form = _asked(request)
    body = await in_thread(stylesheet, services_of(request).blobs, found, request.path_params["style"], form, ogc_base(request))
    return _stylesheet(request, body, form)


async def site_styles(request: Request) -> Response:
    """The styles of everything that the client may read: one, in two forms."""
    only(request, "json")
    here = f"{ogc_base(request)}/styles"
    title = _site(request)
    document = {"default": DEFAULT, "links": [{"rel": "self", "type": "application/json", "title": "Styles", "href": here}],
                "styles": [{"id": DEFAULT, "title": title, "links": list(_links(f"{here}/{DEFAULT}", list(MEDIA)))}]}
    return Response(orjson.dumps(document), media_type="application/json")


async def site_style(request: Request) -> Response:
    """Everything that the client may read in its default looks, as one style."""
    only(request, *MEDIA)
    if request.path_params["style"] != DEFAULT:
        raise NotFound("there is one style of everything: 'default'", remedy="see /ogc/styles, and the styles of each collection")
    services, principal = services_of(request), principal_of(request)
    shown = [one for one in await in_thread(services.store.collections)
             if one.schema.geometry and one.kind not in _HIDDEN and may(principal, Action.READ, one)]
    form = _asked(request)
    style = site_maplibre(shown, ogc_base(request), _site(request)) if form == "mapbox" else sld(*shown)
    return _stylesheet(request, style.encode() if isinstance(style, str) else orjson.dumps(style), form)


def _site(request: Request) -> str:
    return services_of(request).settings.site_names.get("en") or "CSDI Twin"


def _asked(request: Request) -> str:
    return request.query_params.get("f") or ("sld" if "sld" in request.headers.get("accept", "") else "mapbox")


def _stylesheet(request: Request, body: bytes, form: str) -> Response:
    tag = etag(hashlib.sha256(body).hexdigest()[:32], form)
    if is_known(request.headers.get("if-none-match", ""), tag):
        return Response(status_code=304, headers={"ETag": tag, "Vary": "Accept"})
    return Response(body, headers={"Content-Type": MEDIA[form], "ETag": tag, "Vary": "Accept"})


async def put_style(request: Request) -> Response:
    """Keep a style of a Collection under an id: 204. The media type says which form it is."""
    only(request)
    services, found = services_of(request), await _collection(request)
    require(principal_of(request), Action.EDIT, found)
    form, body = _form(request.headers.get("content-type", "")), await _body(request)
    name = name_of(found, request.path_params["style"], form)
    check_style(body, form)
    await in_thread(services.blobs.put_named, name, body, replace=True)
    return Response(status_code=204)


async def delete_style(request: Request) -> Response:
    """Forget a style that somebody put: 204. The default one is as it was at first."""
    only(request)
    services, found, id = services_of(request), await _collection(request), request.path_params["style"]
    require(principal_of(request), Action.EDIT, found)
    names = [name for form in MEDIA if await in_thread(services.blobs.exists, name := name_of(found, id, form))]
    if not names:
        raise NotFound(f"nobody put a style '{id}' of '{found.id}'", style=id)
    for name in names:
        await in_thread(services.blobs.delete, name)
    return Response(status_code=204)


def _form(content_type: str) -> str:
    media = content_type.partition(";")[0].strip().lower()
    known = {value.partition(";")[0]: form for form, value in MEDIA.items()} | {"application/json": "mapbox"}
    if media not in known:
        raise FormatUnknown(f"a style is not read from '{media}'", field="Content-Type", value=media,
                            remedy=f"send {' or '.join(sorted(known))}")
    return known[media]


async def _body(request: Request) -> bytes:
    body = await body_of(request, LONGEST, f"a style has at most {LONGEST} bytes")
    if not body:
        raise ValueInvalid("the body is empty", field="body")
    return body


async def _collection(request: Request) -> Collection:
    return await in_thread(readable, services_of(request), principal_of(request), request.path_params["id"])


def routes() -> list[BaseRoute]:
    """The styles of each Collection, and of all together."""
    root = "/ogc/collections/{id}/styles"
    return [Route("/ogc/styles", site_styles), Route("/ogc/styles/{style}", site_style), Route(root, styles),
            Route(f"{root}/{{style}}", Methods(GET=style, PUT=put_style, DELETE=delete_style))]
