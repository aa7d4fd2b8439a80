"""A city without the buildings that models stand in for: tiles of its own where one is missing, those of the whole city elsewhere."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import chain

import orjson

from csdi.errors import BlobMissing
from twin.city.build import City, Plan
from twin.city.quadtree import Key
from twin.city.subtrees import subtrees
from twin.tileset import encoded


@dataclass(frozen=True, slots=True)
class Remainder:
    """What is left of a city.

    Attributes:
        whole: the plan of all its buildings.
        hidden: ids of those that are left out; all of them are in the plan.
    """

    city: City
    whole: Plan
    hidden: frozenset[str]

    @classmethod
    def of(cls, city: City, whole: Plan, hidden: Collection[str]) -> Remainder | None:
        """None where none of the hidden Features is drawn."""
        lost = frozenset(hidden).intersection(chain.from_iterable(whole.tiles.values()))
        return cls(city, whole, lost) if lost else None

    @classmethod
    def kept(cls, city: City, whole: Plan, version: str) -> Remainder:
        """The one whose tileset was asked for before. Raises BlobMissing."""
        return cls(city, whole, frozenset(orjson.loads(city.blobs.get(_list_of(city, version)))))

    @property
    def version(self) -> str:
        """That of the whole city, with what follows from what is left out."""
        return f"{self.whole.version}.{hashlib.blake2b(orjson.dumps(sorted(self.hidden)), digest_size=8).hexdigest()}"

    @property
    def tileset(self) -> str:
        """The blob of its root document, which never changes."""
        return f"{self._folder}/tileset.json"

    def publish(self) -> None:
        """Everything but content, once."""
        blobs = self.city.blobs
        if blobs.exists(self.tileset):
            return
        blobs.put_named(_list_of(self.city, self.version), orjson.dumps(sorted(self.hidden)))
        filled = [key for key in self.whole.tiles if self._left(key)]
        for (level, x, y), data in subtrees(self.whole.tiles.keys(), filled):
            blobs.put_named(f"{self._folder}/subtrees/{level}/{x}/{y}.subtree", data)
        blobs.put_named(self.tileset, encoded(self.whole.tileset("")))

    def tile(self, key: Key) -> bytes:
        """One tile, made when first asked for. Raises BlobMissing."""
        if len(left := self._left(key)) == len(self.whole.tiles.get(key, ())):
            return self.city.tile(self.whole, key)
        name = self._name(key)
        with suppress(BlobMissing):
            return self.city.blobs.get(name)
        if not left:
            raise BlobMissing(f"there is nothing in tile {key} of '{self.city.collection.id}'", key=name,
                              remedy="ask for tiles that subtrees list")
        data = self.city.drawn(self.whole, left)
        self.city.blobs.put_named(name, data)
        return data

    def build(self) -> None:
        """Every file of it, those of the whole city as well: from then on the blobs can be served as they are."""
        self.publish()
        for key in self.whole.tiles:
            if self._left(key) and not self.city.blobs.exists(self._name(key)):
                self.city.blobs.put_named(self._name(key), self.tile(key))

    @property
    def _folder(self) -> str:
        return f"{self.city.folder}/{self.version}"

    def _name(self, key: Key) -> str:
        return self.city.name_of(replace(self.whole, version=self.version), key)

    def _left(self, key: Key) -> list[str]:
        return [id for id in self.whole.tiles.get(key, ()) if id not in self.hidden]


def _list_of(city: City, version: str) -> str:
    return f"city/{city.collection.id}/{version}.json"
