"""Tiles that were made once and are kept: beside the blobs, valid as long as the Collection they were drawn from."""

from __future__ import annotations

import gzip
import logging
import struct
import threading
import time
from dataclasses import dataclass
from hashlib import blake2b

from csdi.blobs import Blobs
from csdi.collection import Collection
from csdi.errors import BlobMissing, StoreUnavailable
from csdi.store.base import Reader
from csdi.tiles.draw import BUDGET, Place, draw_layer

WORTH_KEEPING_S = 0.005
"""A tile that takes longer than this to make is kept. Others are made anew, so that whoever asks for every deep tile of a grid
fills no disk: a tile takes long only when there is much in it."""

_FORMAT = 1
"""Counted up when tiles come out differently from the same data; older ones are then made anew."""
_HEADER = struct.Struct("<16s16sI?")
_LEVEL = 1
"""Of compression: the highest levels make tiles 7 % smaller and take three times as long."""
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

    def __init__(self, store: Reader, blobs: Blobs, *, worth_keeping_s: float = WORTH_KEEPING_S) -> None:
        self._store, self._blobs, self._worth_s = store, blobs, worth_keeping_s
        self._locks = [threading.Lock() for _ in range(_LOCKS)]

    def tile(self, collection: Collection, place: Place, budget: int = BUDGET) -> KeptTile:
        """The tile of a Collection, as large as `budget` bytes before compression.

        Raises:
            CollectionMissing, QueryError.
        """
        name, stamp = _name(collection, place, budget), stamp_of(collection)
        kept = self._kept(name, stamp)
        if kept is not None:
            return kept
        if place.seen(collection) is None:
            return _finished(b"", 0, whole=True)
        with self._locks[hash(name) % _LOCKS]:
            return self._kept(name, stamp) or self._made(collection, place, budget, name, stamp)

    def at_hand(self, collection: Collection, place: Place) -> KeptTile | None:
        """The tile, if it is kept on this machine: got so quickly that nobody need wait in a thread for it."""
        if not self._blobs.is_near:
            return None
        return self._kept(_name(collection, place, BUDGET), stamp_of(collection))

    def _made(self, collection: Collection, place: Place, budget: int, name: str, stamp: bytes) -> KeptTile:
        began = time.perf_counter()
        body, features, whole = draw_layer(self._store, collection, place, budget=budget)
        made = _finished(body, features, whole=whole)
        if time.perf_counter() - began >= self._worth_s:
            self._keep(name, _HEADER.pack(stamp, bytes.fromhex(made.etag), made.features, made.whole) + made.zipped)
        return made

    def _kept(self, name: str, stamp: bytes) -> KeptTile | None:
        try:
            content = self._blobs.get(name)
        except BlobMissing:
            return None
        if len(content) < _HEADER.size:
            return None
        found, digest, features, whole = _HEADER.unpack_from(content)
        return KeptTile(content[_HEADER.size:], digest.hex(), features, whole) if found == stamp else None

    def _keep(self, name: str, content: bytes) -> None:
        """Keep a tile; a full disk is no reason not to answer."""
        try:
            self._blobs.put_named(name, content, replace=True)
        except (OSError, StoreUnavailable) as error:
            _LOG.warning("tile %s cannot be kept: %s", name, error)

    def forget(self, id: str) -> None:
        """Drop what is kept of a Collection; needed only to free space."""
        self._blobs.drop_folder(f"tiles/{id}")


def stamp_of(collection: Collection) -> bytes:
    """16 bytes that differ whenever the Collection's tiles may differ."""
    fields = ",".join([f"{f.name!r}:{f.type}" for f in collection.schema.fields if not f.path])
    facts = f"{_FORMAT} {collection.id} {collection.version} {collection.updated} {collection.storage_crs} {fields}"
    return blake2b(facts.encode(errors="replace"), digest_size=16).digest()


def _finished(body: bytes, features: int, *, whole: bool) -> KeptTile:
    zipped = gzip.compress(body, _LEVEL, mtime=0) if body else b""
    return KeptTile(zipped, blake2b(body, digest_size=16).hexdigest(), features, whole)


def _name(collection: Collection, place: Place, budget: int) -> str:
    size = "" if budget == BUDGET else f".{budget}"
    return f"tiles/{collection.id}/{place.grid.id}/{place.level}/{place.row}/{place.column}{size}"
