"""The seam: what every store can do. Two roles, a transaction, and the catalogue's change counter.

All coordinates are in the Collection's storage CRS, x = east or longitude first; see `Feature`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from csdi.collection import Collection
from csdi.errors import CollectionMissing, FeatureMissing
from csdi.feature import Feature
from csdi.filter import Expression
from csdi.filter.nearness import Solid
from csdi.query import Page, Query


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a store does natively."""

    persistent: bool
    many_processes: bool
    spatial_index: bool
    full_text: bool


@dataclass(frozen=True, slots=True)
class Columns:
    """Features side by side, for work on all of them at once.

    Attributes:
        ids: of n Features.
        geometries: (n,) shapely objects in the storage CRS, x = east or longitude first; none is missing or empty.
        properties: n values for each field, as `Feature.properties` has them.
        more: the limit left some out.
    """

    ids: Sequence[str]
    geometries: NDArray[np.object_]
    properties: Mapping[str, Sequence[Any]]
    more: bool = False


@dataclass(frozen=True, slots=True)
class Sheet:
    """Where a vector tile lies, and how its layer is to look.

    Attributes:
        name: of the layer.
        id_key: the property under which a Feature's id stands.
        affine: (a, b, c, d, e, f) from the storage CRS, x = east or longitude first, to tile units, x to the right and y
            downwards: x' = a x + b y + c, y' = d x + e y + f.
        domain: (minx, miny, maxx, maxy) in the storage CRS, where `affine` holds: the tile and more around it. What lies outside
            is cut off before anything else.
        extent, buffer: units across the tile, and units around it that are drawn too.
    """

    name: str
    id_key: str
    affine: tuple[float, float, float, float, float, float]
    domain: tuple[float, float, float, float]
    extent: int
    buffer: int


@dataclass(frozen=True, slots=True)
class TileLayer:
    """A layer of a vector tile: its bytes in MVT 2.1, b"" for nothing, and how many Features are in it."""

    body: bytes
    features: int


@dataclass(frozen=True, slots=True)
class JsonPage:
    """One part of an answer as GeoJSON in CRS84.

    Attributes:
        body: the Features with commas between them.
        returned: how many they are.
        matched: how many Features match in all, None when not asked for.
        next: cursor of the next page, "" when this is the last one.
    """

    body: bytes
    returned: int
    matched: int | None = None
    next: str = ""


@dataclass(frozen=True, slots=True)
class JsonFeature:
    """One Feature as GeoJSON in CRS84, with what its state is made of.

    Attributes:
        body: the whole Feature.
        properties: its properties alone, as JSON.
        wkb: its geometry in the storage CRS, x = east or longitude first: ISO WKB, little-endian; None where it has none.
    """

    collection: Collection
    body: bytes
    properties: bytes
    wkb: bytes | None


Asking = Query | Callable[[Collection], Query]
"""A question, or what gives it once the Collection is known; what that raises goes through."""


class Reader(Protocol):
    """Questions. Safe to call from many threads at once; each call sees one committed state."""

    def collections(self) -> list[Collection]:
        """All published Collections, by id."""
        ...

    def collection(self, id: str) -> Collection:
        """One Collection. Raises CollectionMissing."""
        ...

    def search(self, id: str, query: Query) -> Page:
        """The Features that answer the query. Raises CollectionMissing, QueryError."""
        ...

    def search_json(self, id: str, query: Asking) -> JsonPage:
        """As `search`, ready-made: GeoJSON in CRS84."""
        ...

    def largest(self, id: str, query: Query) -> Columns:
        """The Features whose box meets the query's box and that answer the rest of it: the `limit` largest ones, largest first.

        Size is the longer side of the Feature's box. Of Features of one size those that are left out are spread evenly, and
        they are the same each time. `sort`, `cursor` and `offset` play no part. Raises CollectionMissing, QueryError.
        """
        ...

    def tile_layer(self, id: str, query: Query, sheet: Sheet) -> TileLayer | None:
        """The Features that `largest` gives, drawn and encoded by the database itself; None where it cannot do that as
        `csdi.tiles` does, or there are more than the limit. Raises CollectionMissing, QueryError.
        """
        ...

    def nearest(self, id: str, query: Query, solid: Solid) -> list[tuple[Feature, float]]:
        """The `limit` Features that answer the query and are nearest to a box in the storage CRS, with their distances in metres.

        Nearest first; of those equally far in the store's own order. Distances are those between boxes with heights; where heights
        are not known, seen from above. Features without geometry are far from everywhere. `sort`, `cursor` and `offset` play no part.
        In a CRS of degrees they are measured as `csdi.filter.nearness.Place` says. Raises CollectionMissing, QueryError.
        """
        ...

    def feature(self, id: str, feature_id: str) -> Feature:
        """One Feature. Raises CollectionMissing, FeatureMissing."""
        ...

    def feature_json(self, id: str, feature_id: str, permit: Callable[[Collection], object]) -> JsonFeature:
        """One Feature, ready-made; `permit` sees the Collection first, and what it raises goes through.

        Raises CollectionMissing, FeatureMissing.
        """
        ...

    def count(self, id: str, query: Query) -> int:
        """How many Features match, whatever the query's limit."""
        ...

    def values(self, id: str, field: str, query: Query | None = None, limit: int = 1000) -> list[tuple[Any, int]]:
        """Distinct values of a property with their counts, most frequent first (facets)."""
        ...

    def counts(self, id: str, fields: Sequence[str], query: Query | None = None, limit: int = 100_000) -> list[tuple[tuple[Any, ...], int]]:
        """Combinations of values that properties have together, with their counts, most frequent first.

        At once where the Schema says that they are `counted`, and the query tests nothing but counted fields.
        """
        ...

    def change(self) -> int:
        """A number that grows with every commit of any process; cheap enough to ask on every request."""
        ...


class Transaction(Protocol):
    """Changes that become visible together, or not at all. One writer at a time; readers are never blocked."""

    def create(self, collection: Collection) -> None:
        """Make an empty Collection. Raises CollectionExists."""
        ...

    def describe(self, collection: Collection) -> None:
        """Change what is known of a Collection; schema fields may only be added. Raises CollectionMissing."""
        ...

    def drop(self, id: str) -> None:
        """Remove a Collection and its Features. Raises CollectionMissing."""
        ...

    def write(self, id: str, features: Iterable[Feature]) -> int:
        """Insert or replace Features by id, streamed; gives how many. Raises CollectionMissing, ValueInvalid."""
        ...

    def delete(self, id: str, filter: Expression | None = None, ids: Iterable[str] | None = None) -> int:
        """Delete Features by filter and/or ids; gives how many. Without either, all."""
        ...

    def replace(self, collection: Collection, features: Iterable[Feature]) -> int:
        """Make the Collection hold exactly these Features with this description, whether or not it existed."""
        ...


class Store(Reader, Protocol):
    """Where Features are kept."""

    @property
    def url(self) -> str:
        """The URL that opened this store, without a password."""
        ...

    @property
    def capabilities(self) -> Capabilities:
        """What it does natively."""
        ...

    def snapshot(self, *, held: bool = False) -> AbstractContextManager[Reader]:
        """One committed state for all questions inside the `with` block, whatever is published meanwhile; one thread at a time.

        `held` says that the block may last as long as somebody far away takes to read: there are few of those, and whoever
        comes too many waits, then gets StoreUnavailable.
        """
        ...

    def transaction(self) -> AbstractContextManager[Transaction]:
        """Begin; commit at the end of the `with` block, roll back when it raises."""
        ...

    def close(self) -> None:
        """Free connections; the store cannot be used afterwards."""
        ...


def has_collection(store: Reader, id: str) -> bool:
    """Whether there is a Collection with this id."""
    try:
        store.collection(id)
    except CollectionMissing:
        return False
    return True


def scan(store: Reader, id: str, query: Query | None = None, page: int = 5000,
         progress: Callable[[int], None] | None = None) -> Iterator[Feature]:
    """Every Feature that matches, page by page with cursors; memory stays bounded."""
    query = replace(query or Query(), limit=page, count=False, offset=0, cursor="")
    done = 0
    while True:
        answer = store.search(id, query)
        yield from answer.features
        done += len(answer.features)
        if progress:
            progress(done)
        if not answer.next:
            return
        query = query.after(answer.next)


def query_of(asking: Asking, collection: Collection) -> Query:
    """The question, now that the Collection is known."""
    return asking if isinstance(asking, Query) else asking(collection)


def scattered(rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Row numbers in an order that has nothing to do with when they were written, and stays the same (Knuth's multiplier)."""
    return rows * 2654435761 % 4294967296


def collection_missing(id: str) -> CollectionMissing:
    """The error for a Collection that is not there."""
    return CollectionMissing(f"there is no collection '{id}'", remedy="list the collections to see their ids", collection=id)


def feature_missing(id: str, feature_id: str) -> FeatureMissing:
    """The error for a Feature that is not there."""
    return FeatureMissing(f"there is no feature '{feature_id}' in collection '{id}'", collection=id, feature=feature_id)
