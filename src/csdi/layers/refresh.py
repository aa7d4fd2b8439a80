"""Refresh: remote layers are read from their source again, on demand or when they are due."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from csdi.blobs import Blobs
from csdi.collection import Collection, Kind
from csdi.errors import CollectionMissing, ValueInvalid
from csdi.layers.publish import REFRESH_EVERY, LayerOptions, LayerResult, Progress
from csdi.layers.remote import add_remote
from csdi.store.base import Reader, Store

SHORTEST_S = 60
"""A layer is not read more often than this."""
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}


def refresh(store: Store, blobs: Blobs, id: str, spool: Path, progress: Progress | None = None, *, internal: bool = False,
            limit_mb: int = 2048) -> LayerResult:
    """Read a layer from its source again; titles and the like stay, what changed goes into its history.

    Raises:
        CollectionMissing: there is no such layer.
        ValueInvalid: it came from a file: nobody knows where that is now.
    """
    found = store.collection(id)
    if found.kind is not Kind.LAYER:
        raise CollectionMissing(f"'{id}' is not a layer", remedy="see `csdi layers list`", id=id)
    if not found.provenance.get("source"):
        raise ValueInvalid(f"the layer '{id}' came from a file, not from a server", field="id", value=id,
                           remedy="publish the file again with `csdi layers add`")
    options = LayerOptions(id=id, title=found.title, description=found.description, keywords=found.keywords, licence=found.licence,
                           limit_mb=limit_mb)
    (result,) = add_remote(store, blobs, str(found.provenance["source"]), spool, options, progress, internal=internal)
    return result


def due(store: Reader, now: datetime) -> list[str]:
    """Ids of the layers whose time has come."""
    return [one.id for one in store.collections() if one.kind is Kind.LAYER and _is_due(one, now)]


def seconds_of(text: str) -> int:
    """A time span: `30m`, `24h`, `7d`; "" is 0.

    >>> seconds_of("24h")
    86400

    Raises:
        ValueInvalid: it is none, or shorter than a minute.
    """
    if not text:
        return 0
    number, unit = text[:-1], text[-1]
    if not number.isdecimal() or unit not in _UNITS or int(number) * _UNITS[unit] < SHORTEST_S:
        raise ValueInvalid(f"'{text}' is no time span of a minute or more", field="refresh_every", value=text,
                           remedy="write 30m, 24h or 7d")
    return int(number) * _UNITS[unit]


def _is_due(layer: Collection, now: datetime) -> bool:
    every, published = layer.details.get(REFRESH_EVERY), layer.provenance.get("published")
    return bool(every and published and layer.provenance.get("source")
                and datetime.fromisoformat(str(published)) + timedelta(seconds=int(every)) <= now)
