"""Sources that speak OGC API - Records: a landing page, a catalogue or its items, page by page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urljoin

from csdi.catalogue.harvest.fetching import JSON, fetched, json_of
from csdi.catalogue.harvest.source import Found, Source, Watch
from csdi.catalogue.reading.ogc import own_url, read_ogc
from csdi.errors import SourceUnavailable, ValueInvalid
from csdi.outgoing import Outgoing

PAGE = 100


def read_records(source: Source, asker: Outgoing, watch: Watch) -> Iterator[Found]:
    """Every record of every catalogue there.

    Raises:
        SourceUnavailable: the server cannot be reached, or its first page is not what it should be.
        ValueInvalid: there is no catalogue at the address, or it lies inside this network.
    """
    for url in catalogues(source.url, asker):
        yield from _items(url, asker, watch, named=url == source.url)


def catalogues(url: str, asker: Outgoing) -> list[str]:
    """Where the items of the catalogues at an address are."""
    answer = fetched(url, asker, accept=JSON, named=True)
    document = json_of(answer)
    if not isinstance(document, dict):
        raise _none(url)
    if document.get("type") in ("FeatureCollection", "Feature"):
        return [url]
    if "collections" not in document and (found := _link(document, "items", answer.url)):
        return [found]
    if "collections" not in document:
        data = _link(document, "data", answer.url) or f"{answer.url.partition('?')[0].rstrip('/')}/collections"
        answer = fetched(data, asker, accept=JSON)
        document = json_of(answer)
    listed = document.get("collections") if isinstance(document, dict) else None
    kept = [one for one in listed or () if isinstance(one, dict) and _is_catalogue(one)]
    if not kept:
        raise _none(url)
    root = answer.url.partition("?")[0].rstrip("/")
    return [_link(one, "items", answer.url) or f"{root}/{one['id']}/items" for one in kept]


def _items(url: str, asker: Outgoing, watch: Watch, *, named: bool) -> Iterator[Found]:
    asked, params, seen = url, {"limit": str(PAGE)}, set[str]()
    while asked and asked not in seen:
        try:
            answer = fetched(asked, asker, params if not seen and "limit=" not in asked else None, accept=JSON, named=named and not seen)
            document = json_of(answer)
        except (SourceUnavailable, ValueInvalid) as error:
            if not seen:
                raise
            watch.miss(f"a page could not be read: {error.message}", asked, cure="harvest again")
            return
        seen.add(asked)
        features = [document] if isinstance(document, dict) and document.get("type") == "Feature" else _features(document, asked)
        if len(seen) == 1 and isinstance(matched := document.get("numberMatched"), int):
            watch.total += matched
        yield from (_found(one, answer.url) for one in features if isinstance(one, dict))
        asked = _link(document, "next", answer.url) if features else ""


def _features(document: Any, url: str) -> list[Any]:
    features = document.get("features") if isinstance(document, dict) else None
    if not isinstance(features, list):
        raise SourceUnavailable(f"{url}: no page of records", url=url, remedy="name the kind of the source")
    return features


def _found(feature: Mapping[str, Any], page: str) -> Found:
    here = own_url(feature)
    return Found(str(feature.get("id") or ""), read_ogc(feature), urljoin(page, here) if here else "")


def _is_catalogue(collection: Mapping[str, Any]) -> bool:
    kind = collection.get("itemType")
    kinds = kind if isinstance(kind, list) else [kind]
    return "record" in [str(one).casefold() for one in kinds] and bool(collection.get("id"))


def _link(document: Mapping[str, Any], rel: str, base: str) -> str:
    """The link of a relation, the one to JSON where there are several."""
    links = document.get("links")
    found = [one for one in links if isinstance(one, dict) and one.get("rel") in (rel, f"http://www.opengis.net/def/rel/ogc/1.0/{rel}")
             and isinstance(one.get("href"), str)] if isinstance(links, list) else []
    found.sort(key=lambda one: ("geo+json" not in str(one.get("type")), "json" not in str(one.get("type", "json"))))
    return urljoin(base, found[0]["href"]) if found else ""


def _none(url: str) -> ValueInvalid:
    return ValueInvalid(f"{url}: there is no catalogue of records", field="url", value=url,
                        remedy="name a landing page, a catalogue or its items")
