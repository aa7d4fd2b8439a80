"""Tiles that were made once and are kept, beside the blobs: each is good until something changes in its own area."""

from __future__ import annotations

import gzip
import logging
import struct
import threading
import time
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b

from isal import igzip

from csdi.blobs import Blobs
from csdi.collection import Collection
from csdi.errors import BlobMissing, StoreUnavailable
from csdi.store.base import Store
from csdi.tiles.draw import BUDGET, Place, draw_layer

WORTH_KEEPING_S = 0.005
"""A tile that takes longer than this to make is kept. Others are made anew, so that whoever asks for every deep tile of a grid
fills no disk: a tile takes long only when there is much in it."""

_FORMAT = 1
"""Counted up when tiles come out differently from the same data; older ones are then made anew."""
_HEADER = struct.Struct("<8sQq16sI?")
"""Form, version and moment of the Collection, digest, features, whole."""
_LEVEL = 1
"""Of compression by ISA-L: zlib makes tiles a few per cent smaller and takes several times as long."""
_LOCKS = 64
_LOG = logging.getLogger("csdi")


@dataclass(frozen=True, slots=True)
class KeptTile:
    """A tile ready to be sent.

    Attributes:
        zipped: the tile, gzip; b"" for a tile with nothing in it.
        etag: 32 characters that depend on the content alone.
        features: how many Features are in the tile.
        whole: nothing that lies there was left out for want of room.
    """

    zipped: bytes
    etag: str
    features: int
    whole: bool

    @property
    def body(self) -> bytes:
        """The tile as it was encoded."""
        return gzip.decompress(self.zipped) if self.zipped else b""


class Shelf:
    """Tiles of every Collection. Safe to use from many threads and processes; a tile is made once by each process."""

    def __init__(self, store: Store, blobs: Blobs, *, worth_keeping_s: float = WORTH_KEEPING_S) -> None:
        self._store, self._blobs, self._worth_s = store, blobs, worth_keeping_s
        self._locks = [threading.Lock() for _ in range(_LOCKS)]

    def tile(self, collection: Collection, place: Place, budget: int = BUDGET) -> KeptTile:
        """The tile of a Collection, as large as `budget` bytes before compression.

        Raises:
            CollectionMissing, QueryError.
        """
        name = _name(collection, place, budget)
        kept = self._kept(name, collection, place)
        if kept is not None:
            return kept
        if place.seen(collection) is None:
            return _finished(b"", 0, whole=True)
        with self._locks[hash(name) % _LOCKS]:
            return self._kept(name, collection, place) or self._made(collection, place, budget, name)

    def at_hand(self, collection: Collection, place: Place) -> KeptTile | None:
        """The tile, if it is kept on this machine: got so quickly that nobody need wait in a thread for it."""
        return self._kept(_name(collection, place, BUDGET), collection, place) if self._blobs.is_near else None

    def forget(self, id: str) -> None:
        """Drop what is kept of a Collection; needed only to free space."""
        self._blobs.drop_folder(f"tiles/{id}")

    def _made(self, collection: Collection, place: Place, budget: int, name: str) -> KeptTile:
        began = time.perf_counter()
        with self._store.snapshot() as reader:
            collection = reader.collection(collection.id)
            body, features, whole = draw_layer(reader, collection, place, budget=budget)
        made = _finished(body, features, whole=whole)
        if time.perf_counter() - began >= self._worth_s:
            header = _HEADER.pack(_form(collection), collection.version, _moment(collection.updated), bytes.fromhex(made.etag),
                                  made.features, made.whole)
            self._keep(name, header + made.zipped)
        return made

    def _kept(self, name: str, collection: Collection, place: Place) -> KeptTile | None:
        """The tile, if it is kept and nothing has changed in it since."""
        try:
            content = self._blobs.get(name)
        except BlobMissing:
            return None
        if len(content) < _HEADER.size:
            return None
        form, version, moment, digest, features, whole = _HEADER.unpack_from(content)
        if form != _form(collection) or not _lasts(collection, version, moment, place):
            return None
        return KeptTile(content[_HEADER.size:], digest.hex(), features, whole)

    def _keep(self, name: str, content: bytes) -> None:
        """Keep a tile; a full disk is no reason not to answer."""
        try:
            self._blobs.put_named(name, content, replace=True)
        except StoreUnavailable as error:
            _LOG.warning("a tile is served, but not kept: %s", error)


def _lasts(collection: Collection, version: int, moment: int, place: Place) -> bool:
    """Whether a tile of this version of a Collection shows the present one too: whatever changed since lies outside it."""
    if (version, moment) == (collection.version, _moment(collection.updated)):
        return True
    known = [index for index, change in enumerate(collection.changes) if (change.version, _moment(change.at)) == (version, moment)]
    if not known:
        return False
    areas = [change.area for change in collection.changes[known[0] + 1:] if change.area is not None]
    if not areas:
        return True
    west, south, east, north = place.reach(collection.storage_crs)
    return not any(a[0] <= east and a[2] >= west and a[1] <= north and a[3] >= south for a in areas)


def _form(collection: Collection) -> bytes:
    """8 bytes that differ when the same Features would look different in tiles."""
    fields = ",".join([f"{f.name!r}:{f.type}" for f in collection.schema.fields if not f.path])
    facts = f"{_FORMAT} {collection.id} {collection.storage_crs} {collection.schema.geometry} {fields}"
    return blake2b(facts.encode(errors="replace"), digest_size=8).digest()


def _moment(at: datetime | None) -> int:
    """Microseconds."""
    return 0 if at is None else int(at.timestamp() * 1_000_000)


def _finished(body: bytes, features: int, *, whole: bool) -> KeptTile:
    zipped = igzip.compress(body, _LEVEL, mtime=0) if body else b""
    return KeptTile(zipped, blake2b(body, digest_size=16).hexdigest(), features, whole)


def _name(collection: Collection, place: Place, budget: int) -> str:
    size = "" if budget == BUDGET else f".{budget}"
    return f"tiles/{collection.id}/{place.grid.id}/{place.level}/{place.row}/{place.column}{size}"
