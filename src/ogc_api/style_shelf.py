"""Styles that people put: kept by Collection and id in one form or both, and given in either."""

from __future__ import annotations

import hashlib
import re
from typing import Any

import orjson

from csdi.blobs import Blobs
from csdi.collection import Collection
from csdi.errors import BlobMissing, NotFound, ValueInvalid
from ogc_api.style_documents import DEFAULT, MEDIA, maplibre, parsed, sld, translated

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


def stylesheet(blobs: Blobs, collection: Collection, id: str, form: str, base: str) -> bytes:
    """A style of a Collection as `mapbox` or `sld`: as somebody put it, else the default one, or said in this form.

    Raises:
        NotFound: there is no such style, or it cannot be said in this form.
    """
    other = next(one for one in MEDIA if one != form)
    if (body := _put(blobs, collection, id, form)) is not None:
        return body
    if (body := _put(blobs, collection, id, other)) is not None:
        try:
            return translated(body, other, id, collection, base)
        except ValueInvalid as error:
            raise NotFound(f"the style '{id}' of '{collection.id}' is there as {other} and cannot be said as {form}: {error.message}",
                           style=id, remedy=error.remedy) from None
    if id != DEFAULT:
        raise NotFound(f"'{collection.id}' has no style '{id}'", style=id, remedy=f"see /ogc/collections/{collection.id}/styles")
    return orjson.dumps(maplibre(collection, base)) if form == "mapbox" else sld(collection).encode()


def drawing_of(blobs: Blobs, collection: Collection, id: str) -> tuple[dict[str, Any] | None, str]:
    """The style that maps are drawn with, as a MapLibre style, and its version; None for the default one that nobody put.

    Raises:
        NotFound: there is no such style.
        ValueInvalid: an SLD says what cannot be drawn.
    """
    for form in MEDIA:
        if (body := _put(blobs, collection, id, form)) is not None:
            return parsed(body, form, collection), hashlib.sha256(body).hexdigest()[:32]
    if id != DEFAULT:
        raise NotFound(f"'{collection.id}' has no style '{id}'", style=id, remedy=f"see /ogc/collections/{collection.id}/styles")
    return None, ""


def _put(blobs: Blobs, collection: Collection, id: str, form: str) -> bytes | None:
    """What somebody put; None where nobody did."""
    try:
        return blobs.get(name_of(collection, id, form))
    except BlobMissing:
        return None


def kept(blobs: Blobs, collection: Collection, base: str) -> dict[str, list[str]]:
    """The forms in which each style of a Collection can be had, by its id; the default one first."""
    ids = dict.fromkeys([DEFAULT, *(name.rpartition("/")[2].rpartition(".")[0] for name in sorted(blobs.names(f"styles/{collection.id}")))])
    return {id: [form for form in MEDIA if _there(blobs, collection, id, form, base)] for id in ids}


def _there(blobs: Blobs, collection: Collection, id: str, form: str, base: str) -> bool:
    try:
        stylesheet(blobs, collection, id, form, base)
    except NotFound:
        return False
    return True


def name_of(collection: Collection, id: str, form: str) -> str:
    """The name of the blob of a style. Raises NotFound for what cannot be an id."""
    if not _ID.fullmatch(id):
        raise NotFound(f"'{id}' cannot be the id of a style", style=id, remedy="1 to 64 letters, digits, dots, lines and underscores")
    return f"styles/{collection.id}/{id}.{form}"
