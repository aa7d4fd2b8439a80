"""OGC API - Features, items and item as GeoJSON: straight from the store, ahead of pygeoapi."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import quote, urlencode

import orjson
from starlette.datastructures import QueryParams

from csdi import history
from csdi.access import Action, Principal, may, require
from csdi.bootstrap import Services
from csdi.collection import Collection
from csdi.crs import CRS, CRS84, HeightModel, crs
from csdi.errors import CollectionMissing, CsdiError, ValueInvalid
from csdi.feature import Feature
from csdi.query import Page, Query
from csdi.store.base import JsonFeature, JsonPage, Reader
from ogc_api import geojson, jsonfg
from ogc_api.etags import etag, state_of, state_of_parts
from ogc_api.parameters import SIMPLER, ItemsRequest, read_as_of, read_crs, read_items_request, read_tolerance
from ogc_api.renditions import DOWNLOADS, FILES, Content, chunks_of, pages_of
from twin.questions.expanding import Asker, expanded
from twin.questions.specs import mentions

MEDIA = "application/geo+json"
_MEDIA = {"jsonfg": jsonfg.MEDIA} | {name: made.media for name, made in FILES.items()}
_ALTERNATES = [("jsonfg", jsonfg.MEDIA, "These items as JSON-FG"),
               *((name, made.media, f"These items as {made.title}") for name, made in FILES.items())]
"""Renditions besides GeoJSON and HTML: name, media type and the title of their link."""
_AS_KEPT = frozenset({"crs", "datetime", "version", *SIMPLER})
"""Parameters that may ask for Features in another CRS, of another time or simplified; without them they are sent as they are kept."""


def items(services: Services, principal: Principal, id: str, params: QueryParams, base: str) -> tuple[bytes, dict[str, str]]:
    """(body, headers) of one page of items; `base` is the URL of the OGC API.

    Raises:
        CollectionMissing, AccessDenied, ValueInvalid, QueryError, CrsError.
    """
    if _AS_KEPT.isdisjoint(params) and not is_expanded(params):
        return _ready_items(services, principal, id, params, base)
    with services.store.snapshot() as reader:
        collection = readable(services, principal, id, reader)
        asked = _request(services, principal, reader, collection, params)
        page = _asker(reader, collection, asked)(asked.query)
        features = geojson.encode(page.features, collection, asked.target, services.heights, asked.tolerance)
    return _answer(JsonPage(b",".join(features), len(features), page.matched, page.next), asked, id, base)


def _ready_items(services: Services, principal: Principal, id: str, params: QueryParams, base: str) -> tuple[bytes, dict[str, str]]:
    """As `items`, of the present state in CRS84, which is ready-made: one question to the store."""
    asked: ItemsRequest | None = None

    def ask(collection: Collection) -> Query:
        nonlocal asked
        asked = read_items_request(params, permitted(principal, collection))
        return asked.query

    page = services.store.search_json(id, ask)
    assert asked is not None
    return _answer(page, asked, id, base)


def _answer(page: JsonPage, asked: ItemsRequest, id: str, base: str) -> tuple[bytes, dict[str, str]]:
    body = _collection_bytes(page, _links(asked, base, id, page.next))
    return body, {"Content-Type": MEDIA, "Content-Crs": f"<{asked.target.uri}>"}


def items_as(name: str, services: Services, principal: Principal, id: str, params: QueryParams,
             base: str) -> tuple[Iterator[bytes], dict[str, str]]:
    """(chunks, headers) of one page of items in a format of `renditions.FILES` or `jsonfg`. Raises as `items`."""
    with services.store.snapshot() as reader:
        collection = readable(services, principal, id, reader)
        asked = _request(services, principal, reader, collection, params)
        page = _asker(reader, collection, asked)(asked.query)
    links = _links(asked, base, id, page.next, name)
    if name == "jsonfg":
        encoded = jsonfg.encode(page.features, collection, asked.target, services.heights, asked.tolerance)
        head = orjson.dumps(jsonfg.head(collection, asked.target, base))[1:-1] + b","
        answer = JsonPage(b",".join(encoded), len(encoded), page.matched, page.next)
        return iter([_collection_bytes(answer, links, head)]), _headers(jsonfg.MEDIA, asked)
    content = Content(collection, asked.target, services.heights, lambda: [page.features], asked.query.fields,
                      asked.query.geometry, asked.tolerance)
    counts = {"OGC-NumberReturned": str(len(page.features))} | ({} if page.matched is None else {"OGC-NumberMatched": str(page.matched)})
    said = [f'<{link["href"]}>; rel="{link["rel"]}"; type="{link["type"]}"' for link in links if link["rel"] in ("self", "next")]
    return chunks_of(name, content, base), _headers(FILES[name].media, asked) | counts | {
        "Link": ", ".join(said), "Content-Disposition": f'attachment; filename="{id}.{FILES[name].suffix}"'}


def download(name: str, services: Services, principal: Principal, id: str, params: QueryParams,
             base: str) -> tuple[Iterator[bytes], dict[str, str]]:
    """(chunks, headers) of all items that are asked for, in a format of `renditions.DOWNLOADS`.

    Files are in the storage CRS unless `crs` says otherwise; GeoJSON and JSON-FG in CRS84.

    Raises:
        ValueInvalid: also for the parameters of pages, since there are none.
    """
    for paged in ("limit", "offset", "cursor", "resulttype"):
        if paged in params:
            raise ValueInvalid(f"a download has no pages, so there is no parameter '{paged}'", field=paged,
                               remedy=f"ask {id}/items for pages")
    with ExitStack() as holding:
        reader = holding.enter_context(services.store.snapshot(held=True))
        collection = readable(services, principal, id, reader)
        asked = _request(services, principal, reader, collection, params)
        if name in FILES and "crs" not in params:
            storage = crs(collection.storage_crs)
            asked = replace(asked, target=storage, tolerance=read_tolerance(asked.parameters, storage))
        ask = _asker(reader, collection, asked)
        content = Content(collection, asked.target, services.heights, lambda: pages_of(ask, asked.query), asked.query.fields,
                          asked.query.geometry, asked.tolerance)
        made = DOWNLOADS[name]
        named = {"Content-Disposition": f'attachment; filename="{id}.{made.suffix}"'}
        chunks = chunks_of(name, content, base)
        if made.write is None:
            chunks = _until_sent(chunks, holding.pop_all())
    return chunks, _headers(made.media, asked) | named


def _until_sent(chunks: Iterator[bytes], holding: ExitStack) -> Iterator[bytes]:
    """The same chunks; what they need is held until the last one, or until nobody wants them any more."""
    def every() -> Iterator[bytes]:
        with holding:
            yield b""
            yield from chunks

    sent = every()
    next(sent)  # it has begun, so it ends also when nobody asks for a chunk
    return sent


def _headers(media: str, asked: ItemsRequest) -> dict[str, str]:
    return {"Content-Type": media, "Content-Crs": f"<{asked.target.uri}>"}


def is_expanded(params: QueryParams) -> bool:
    """Whether a filter may use functions that look things up first."""
    return "selector" in params or mentions(params.get("filter", ""))


def _request(services: Services, principal: Principal, reader: Reader, collection: Collection, params: QueryParams) -> ItemsRequest:
    """The request with what its functions name looked up, as far as who asks may read it."""
    asked = read_items_request(params, collection)
    if not is_expanded(params):
        return asked
    asker = Asker(reader, lambda found: may(principal, Action.READ, found), services.blobs)
    return replace(asked, query=expanded(asker, collection, asked.query))


def _asker(reader: Reader, collection: Collection, asked: ItemsRequest) -> Callable[[Query], Page]:
    """Questions about the state that is asked for."""
    as_of = asked.as_of
    if as_of is None:
        return lambda query: reader.search(collection.id, query)
    return lambda query: history.search(reader, collection, query, as_of)


def item(services: Services, principal: Principal, id: str, feature_id: str, params: QueryParams,
         base: str, name: str = "json") -> tuple[bytes, dict[str, str]]:
    """(body, headers) of one item, as GeoJSON or `jsonfg`.

    Raises:
        CollectionMissing, FeatureMissing, AccessDenied, ValueInvalid, CrsError.
    """
    if name == "json" and _AS_KEPT.isdisjoint(params):
        return _ready_item(services.store.feature_json(id, feature_id, lambda found: read_crs(params, permitted(principal, found))),
                           feature_id, base)
    with services.store.snapshot() as reader:
        collection = readable(services, principal, id, reader)
        target = read_crs(params, collection)
        as_of = read_as_of(params, collection)
        feature = reader.feature(id, feature_id) if as_of is None else history.feature(reader, collection, feature_id, as_of)
    return item_answer(feature, collection, target, services.heights, base, name, read_tolerance(params, target))


def _ready_item(found: JsonFeature, id: str, base: str) -> tuple[bytes, dict[str, str]]:
    """(body, headers) of an item in CRS84, which is ready-made."""
    state = state_of_parts(id, orjson.loads(found.properties), found.wkb)
    headers = {"Content-Type": MEDIA, "Content-Crs": f"<{CRS84.uri}>", "ETag": etag(state, "json", CRS84.code)}
    return found.body[:-1] + b',"links":' + orjson.dumps(_item_links(found.collection, id, base)) + b"}", headers


def _item_links(collection: Collection, id: str, base: str) -> list[dict[str, str]]:
    root = f"{base}/collections/{collection.id}"
    here = f"{root}/items/{quote(id, safe=':$~')}"
    return [{"rel": "self", "type": MEDIA, "title": "This document", "href": here},
            {"rel": "alternate", "type": "text/html", "title": "This item as HTML", "href": f"{here}?f=html"},
            {"rel": "collection", "type": "application/json", "title": collection.title_in("en"), "href": root}]


def item_answer(feature: Feature, collection: Collection, target: CRS, heights: HeightModel, base: str,
                name: str = "json", tolerance: float = 0.0) -> tuple[bytes, dict[str, str]]:
    """(body, headers) of an item that was found, in the CRS `target`, as GeoJSON or `jsonfg`."""
    links = _item_links(collection, feature.id, base)
    headers = {"Content-Type": MEDIA, "Content-Crs": f"<{target.uri}>",
               "ETag": etag(state_of(feature), name, target.code, *([f"{tolerance!r}"] if tolerance else []))}
    if name == "jsonfg":
        one = jsonfg.encode([feature], collection, target, heights, tolerance)[0]
        said = orjson.dumps(jsonfg.head(collection, target, base) | {"links": links})
        return one[:-1] + b"," + said[1:], headers | {"Content-Type": jsonfg.MEDIA}
    return geojson.encode_one(feature, collection, target, heights, {"links": links}, tolerance), headers


def readable(services: Services, principal: Principal, id: str, reader: Reader | None = None) -> Collection:
    """The Collection as a reader sees it, else as it is now, if this principal may read it; one that must not be seen does not exist.

    Raises:
        CollectionMissing: there is none, or not for this principal.
    """
    return permitted(principal, (reader or services.store).collection(id))


def permitted(principal: Principal, collection: Collection) -> Collection:
    """The Collection, if this principal may read it. Raises as `readable`."""
    try:
        require(principal, Action.READ, collection)
    except CsdiError:
        raise CollectionMissing(f"there is no collection '{collection.id}'", id=collection.id, remedy="see /ogc/collections") from None
    return collection


def _collection_bytes(page: JsonPage, links: list[dict[str, str]], head: bytes = b"") -> bytes:
    counts = f'"numberReturned":{page.returned}' + (f',"numberMatched":{page.matched}' if page.matched is not None else "")
    head = b'{"type":"FeatureCollection",' + head + counts.encode() + b',"timeStamp":' + orjson.dumps(_now()) + b',"links":'
    return b"".join((head, orjson.dumps(links), b',"features":[', page.body, b"]}"))


def _links(asked: ItemsRequest, base: str, id: str, following: str, name: str = "json") -> list[dict[str, str]]:
    here, media = f"{base}/collections/{id}/items", _MEDIA.get(name, MEDIA)
    now = {key: value for key, value in asked.parameters.items() if key != "f"}
    said = urlencode(now)
    links = [{"rel": "self", "type": media, "title": "This document", "href": _href(here, said, "" if name == "json" else name)},
             {"rel": "alternate", "type": "text/html", "title": "These items as HTML", "href": _href(here, said, "html")},
             *({"rel": "alternate", "type": other_media, "title": title, "href": _href(here, said, other)}
               for other, other_media, title in _ALTERNATES if other != name),
             {"rel": "collection", "type": "application/json", "title": id, "href": f"{base}/collections/{id}"}]
    if following:
        kept = {key: value for key, value in now.items() if key not in ("cursor", "offset")}
        there = kept | ({} if name == "json" else {"f": name}) | {"cursor": following}
        links.append({"rel": "next", "type": media, "title": "Next page", "href": f"{here}?{urlencode(there)}"})
    return links


def _href(url: str, parameters: str, form: str) -> str:
    """The URL with parameters as they are encoded already and, where it is said, a rendition."""
    more = "&".join(filter(None, (parameters, form and f"f={form}")))
    return f"{url}?{more}" if more else url


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
