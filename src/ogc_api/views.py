"""The pages of Collections and items: what the API says of them, with maps, snippets, downloads and a CQL2 try-out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

import orjson
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from csdi.access import Action, may
from csdi.collection import Collection, Kind
from ogc_api import figures, items, pages, schemas
from ogc_api.coverage_documents import is_raster
from ogc_api.edge import in_thread, ogc_base, only, origin, principal_of, services_of
from ogc_api.renditions import DOWNLOADS
from ogc_api.snippets import snippets
from ogc_api.tryout import tryout
from ogc_api.words import WORDS

Json = dict[str, Any]
_GROUPS = (("group_layers", Kind.LAYER), ("group_rasters", Kind.COVERAGE), ("group_bim", Kind.BIM), ("catalogue", Kind.CATALOGUE))
_NAMES = {"en": re.compile(r"(name|title)_?(en|eng|english)$"), "zh-Hant": re.compile(r"(name|title)_?(tc|zh|chi|zh_?hant)$"),
          "zh-Hans": re.compile(r"(name|title)_?(sc|chs|zh_?hans)$")}
"""How properties end, in lower case, that hold what an item is called in a language."""
_NEXT = {"en": ("en",), "zh-Hant": ("zh-Hant", "zh-Hans"), "zh-Hans": ("zh-Hans", "zh-Hant")}
_PLAIN = ("name", "title", "long_name", "label")
"""Properties that hold it in any language."""
_SAID = ("matched", "all_shown", "remedy", "asking", "item")
"""Words that the script of the try-out needs."""


async def cards(request: Request, listed: Iterable[Json]) -> list[tuple[str, list[Json]]]:
    """(heading, Collections) for pages that list them, grouped by what they are for."""
    known = {one.id: one for one in await in_thread(services_of(request).store.collections)}
    words = WORDS[pages.language_of(request)]
    shown = [{"id": document["id"], "title": document["title"], "description": document.get("description", ""),
              "kind": known[document["id"]].kind,
              "count": known[document["id"]].count, "geometry": known[document["id"]].schema.geometry}
             for document in listed if document["id"] in known]
    return [(words[name], [one for one in shown if one["kind"] is kind]) for name, kind in _GROUPS]


async def collection_page(request: Request, collection: Collection, document: Json) -> Response:
    """The page of a Collection, with what its document says."""
    box = document.get("extent", {}).get("spatial", {"bbox": [[]]})["bbox"][0]
    base, language = ogc_base(request), pages.language_of(request)
    figure = await in_thread(figures.of_collection, await _shown(request), collection, base)
    return pages.page(request, "collection", base, document=document, box=box if len(box) != 6 else [box[0], box[1], box[3], box[4]],
                      figure=asdict(figure) if figure else None, snippets=snippets(collection, origin(request), language),
                      downloads=downloads(collection, base), count=collection.count)


async def use(request: Request) -> Response:
    """`/api/collections/{id}`: how a Collection is seen and used: its map, its downloads, and snippets."""
    only(request, "json")
    found = await in_thread(items.readable, services_of(request), principal_of(request), request.path_params["id"])
    base, language = ogc_base(request), pages.language_of(request)
    figure = await in_thread(figures.of_collection, await _shown(request), found, base)
    body = {"id": found.id, "count": found.count, "figure": figure, "snippets": snippets(found, origin(request), language),
            "downloads": [{"title": title, "href": href} for title, href in downloads(found, base)]}
    return Response(orjson.dumps(body), media_type="application/json", headers={"Vary": "Accept-Language"})


async def item_page(request: Request, collection: Collection, document: Json) -> Response:
    """The page of an item, given as GeoJSON in the CRS that was asked for."""
    base, language = ogc_base(request), pages.language_of(request)
    feature = document
    if document.get("geometry") and "crs" in request.query_params:
        plain = QueryParams([(name, value) for name, value in request.query_params.multi_items() if name != "crs"])
        body, _ = await in_thread(items.item, services_of(request), principal_of(request), collection.id, request.path_params["item"],
                                  plain, base)
        feature = orjson.loads(body)
    figure = await in_thread(figures.of_item, await _shown(request), collection, feature, base)
    return pages.page(request, "item", base, document=document, id=collection.id, title=collection.title_in(language),
                      heading=_name(document, language),
                      titles={f.name: f.title.get(language, "") for f in collection.schema},
                      units={f.name: f.unit for f in collection.schema}, figure=asdict(figure) if figure else None)


async def queryables_page(request: Request, collection: Collection) -> Response:
    """The page of what filters may name, where they can be tried."""
    base, language = ogc_base(request), pages.language_of(request)
    offered = await in_thread(lambda: tryout(services_of(request).store, collection, language))
    words = WORDS[language]
    return pages.page(request, "queryables", base, document=schemas.queryables(collection, base, language), id=collection.id,
                      tryout=offered, said={name: words[name] for name in _SAID})


def _name(document: Json, language: str) -> str:
    """What an item is called, in the language where it says so; else its id."""
    texts = {name.casefold(): text for name, text in document["properties"].items() if isinstance(text, str) and text.strip()}
    spoken = (text for tag in _NEXT[language] for name, text in texts.items() if _NAMES[tag].search(name))
    plain = (texts[name] for name in _PLAIN if name in texts)
    other = (text for name, text in texts.items() if any(ending.search(name) for ending in _NAMES.values()))
    ranked = (*plain, *spoken, *other) if language == "en" else (*spoken, *plain, *other)
    return next(iter(ranked), str(document["id"]))


async def _shown(request: Request) -> list[Collection]:
    """What the principal may read."""
    principal = principal_of(request)
    return [one for one in await in_thread(services_of(request).store.collections) if may(principal, Action.READ, one)]


def downloads(collection: Collection, base: str) -> list[tuple[str, str]]:
    """(format, URL) of the whole Collection, for those who want files."""
    root = f"{base}/collections/{collection.id}"
    if is_raster(collection):
        return [("GeoTIFF (COG)", f"{root}/coverage.tif")]
    if collection.kind is Kind.CATALOGUE:
        return [("DCAT-AP", f"{root}/items?f=dcat")]
    wanted: Mapping[str, Any] = DOWNLOADS
    return [(made.title, f"{root}/download?f={name}") for name, made in wanted.items()]


def routes() -> list[BaseRoute]:
    """What the portal asks about a Collection."""
    return [Route("/api/collections/{id}", use)]
