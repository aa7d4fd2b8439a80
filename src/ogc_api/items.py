"""OGC API - Features, items and item as GeoJSON: straight from the store, ahead of pygeoapi."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from urllib.parse import quote, urlencode

import orjson
from starlette.datastructures import QueryParams

from csdi import history
from csdi.access import Action, Principal, require
from csdi.bootstrap import Services
from csdi.collection import Collection
from csdi.crs import CRS, CRS84, HeightModel
from csdi.errors import CollectionMissing, CsdiError
from csdi.feature import Feature
from ogc_api import geojson
from ogc_api.etags import etag, state_of
from ogc_api.parameters import ItemsRequest, read_as_of, read_crs, read_items_request

MEDIA = "application/geo+json"


def items(services: Services, principal: Principal, id: str, params: QueryParams, base: str) -> tuple[bytes, dict[str, str]]:
    """(body, headers) of one page of items; `base` is the URL of the OGC API.

    Raises:
        CollectionMissing, AccessDenied, ValueInvalid, QueryError, CrsError.
    """
    collection = readable(services, principal, id)
    asked = read_items_request(params, collection)
    if asked.target == CRS84 and asked.as_of is None:
        features, matched, following = services.store.search_json(id, asked.query)
    else:
        page = (services.store.search(id, asked.query) if asked.as_of is None
                else history.search(services.store, collection, asked.query, asked.as_of))
        features, matched, following = geojson.encode(page.features, collection, asked.target, services.heights), page.matched, page.next
    body = _collection_bytes(features, matched, _links(asked, base, id, following))
    return body, {"Content-Type": MEDIA, "Content-Crs": f"<{asked.target.uri}>"}


def item(services: Services, principal: Principal, id: str, feature_id: str, params: QueryParams,
         base: str) -> tuple[bytes, dict[str, str]]:
    """(body, headers) of one item.

    Raises:
        CollectionMissing, FeatureMissing, AccessDenied, ValueInvalid, CrsError.
    """
    collection = readable(services, principal, id)
    target = read_crs(params, collection)
    as_of = read_as_of(params, collection)
    feature = (services.store.feature(id, feature_id) if as_of is None
               else history.feature(services.store, collection, feature_id, as_of))
    return item_answer(feature, collection, target, services.heights, base)


def item_answer(feature: Feature, collection: Collection, target: CRS, heights: HeightModel, base: str) -> tuple[bytes, dict[str, str]]:
    """(body, headers) of an item that was found, in the CRS `target`."""
    root = f"{base}/collections/{collection.id}"
    here = f"{root}/items/{quote(feature.id, safe=':$~')}"
    links = [{"rel": "self", "type": MEDIA, "title": "This document", "href": here},
             {"rel": "alternate", "type": "text/html", "title": "This item as HTML", "href": f"{here}?f=html"},
             {"rel": "collection", "type": "application/json", "title": collection.title_in("en"), "href": root}]
    body = geojson.encode_one(feature, collection, target, heights, {"links": links})
    return body, {"Content-Type": MEDIA, "Content-Crs": f"<{target.uri}>", "ETag": etag(state_of(feature), "json", target.code)}


def readable(services: Services, principal: Principal, id: str) -> Collection:
    """The Collection, if this principal may read it; one that must not be seen does not exist.

    Raises:
        CollectionMissing: there is none, or not for this principal.
    """
    collection = services.store.collection(id)
    try:
        require(principal, Action.READ, collection)
    except CsdiError:
        raise CollectionMissing(f"there is no collection '{id}'", id=id, remedy="see /ogc/collections") from None
    return collection


def _collection_bytes(features: Iterable[bytes], matched: int | None, links: list[dict[str, str]]) -> bytes:
    features = list(features)
    counts = f'"numberReturned":{len(features)}' + (f',"numberMatched":{matched}' if matched is not None else "")
    head = b'{"type":"FeatureCollection",' + counts.encode() + b',"timeStamp":' + orjson.dumps(_now()) + b',"links":'
    return b"".join((head, orjson.dumps(links), b',"features":[', b",".join(features), b"]}"))


def _links(asked: ItemsRequest, base: str, id: str, following: str) -> list[dict[str, str]]:
    here = f"{base}/collections/{id}/items"
    kept = {name: value for name, value in asked.parameters.items() if name not in ("cursor", "offset", "f")}
    now = {name: value for name, value in asked.parameters.items() if name != "f"}
    links = [{"rel": "self", "type": MEDIA, "title": "This document", "href": _href(here, now)},
             {"rel": "alternate", "type": "text/html", "title": "These items as HTML", "href": _href(here, now | {"f": "html"})},
             {"rel": "collection", "type": "application/json", "title": id, "href": f"{base}/collections/{id}"}]
    if following:
        links.append({"rel": "next", "type": MEDIA, "title": "Next page", "href": _href(here, kept | {"cursor": following})})
    return links


def _href(url: str, parameters: dict[str, str]) -> str:
    return f"{url}?{urlencode(parameters)}" if parameters else url


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
