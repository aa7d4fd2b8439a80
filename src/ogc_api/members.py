"""Members: what the documents of Collections say besides what every Collection's says, by what the Collection is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from csdi.collection import Collection
from ogc_api import coverage_documents, edr_documents
from ogc_api.renditions import DOWNLOADS
from ogc_api.schemas import MEDIA as SCHEMA

Json = dict[str, Any]

_REL = "http://www.opengis.net/def/rel/ogc/1.0"


def members(collection: Collection, base: str) -> Json:
    """Further members of a Collection's document; `extent` and `links` are to be joined to those it has.

    A part of `extent` that is None is not there: nothing is known of the place of a Collection without anything in it.
    """
    found = coverage_documents.members(collection, base) | edr_documents.members(collection, base)
    nowhere = {} if collection.extent.bbox else {"spatial": None}
    return found | {"extent": nowhere | found.get("extent", {}), "links": links(collection, base)}


def links(collection: Collection, base: str) -> list[Json]:
    """Links of a Collection to all of its items as files, to what items can be sorted by, and to styles."""
    root = f"{base}/collections/{collection.id}"
    found = [{"rel": f"{_REL}/sortables", "type": SCHEMA, "title": "What items can be sorted by", "href": f"{root}/sortables"}]
    if collection.schema.geometry:
        found.append({"rel": f"{_REL}/styles", "type": "application/json", "title": "Styles", "href": f"{root}/styles"})
    return found + [{"rel": "enclosure", "type": made.media, "title": f"All items as {made.title}", "href": f"{root}/download?f={name}"}
                    for name, made in DOWNLOADS.items()]


def with_members(content: str | bytes, known: Mapping[str, Json]) -> str | bytes:
    """The document of a Collection or of several, with the members of each by its id."""
    document = orjson.loads(content)
    found = [one for one in (document, *document.get("collections", ())) if known.get(one.get("id", ""))]
    for one in found:
        more = known[one["id"]]
        extent = {name: part for name, part in (one.pop("extent", {}) | more["extent"]).items() if part is not None}
        one |= more | {"extent": extent, "links": [*one.get("links", ()), *more["links"]]}
        if not extent:
            del one["extent"]
    return orjson.dumps(document) if found else content
