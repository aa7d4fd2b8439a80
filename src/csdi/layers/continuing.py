"""Continuing: which rows of a layer's new version are rows of the one before, told in some 50 bytes for each row.

A row continues another one that holds the same; where the source gives ids, one of the same id that holds the same. Rows are
known by their number in the order of the store, and by a digest of 16 bytes.
"""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any, TypeVar

import numpy as np
import orjson
import pyarrow as pa
import shapely
from numpy.typing import NDArray

from csdi.feature import Feature
from csdi.history import PRESENT_FIELDS

T = TypeVar("T")
Since = tuple[int, str]
"""The version in which a row began, and the moment."""
STAMPS = frozenset(f.name for f in PRESENT_FIELDS)
_BATCH = 5000
_NONE = -1


class Past:
    """The rows of the version before, in the order of the store."""

    def __init__(self, rows: Iterable[tuple[Feature, Since]], *, keyed: bool) -> None:
        """`keyed`: whether ids are the source's own, the same each time."""
        self._keyed = keyed
        self._beginnings: list[Since] = []
        self._since = array("I")
        tokens = self._read(rows)
        self.count = len(self._since)
        self._order = np.argsort(tokens, kind="stable").astype(np.uint32)
        self._tokens = tokens[self._order]
        names = _hashes(self._ids, self.count)
        self._by_name = np.argsort(names).astype(np.uint32)
        self._names = names[self._by_name]

    def _read(self, rows: Iterable[tuple[Feature, Since]]) -> NDArray[np.bytes_]:
        codes, tokens, ids = dict[Since, int](), bytearray(), list[pa.Array]()
        for some in _batches(rows):
            for row, since in some:
                tokens += self.token(row)
                self._since.append(codes.setdefault(since, len(codes)))
            ids.append(pa.array([row.id for row, _ in some], pa.large_string()))
        self._beginnings = list(codes)
        self._ids: pa.Array = pa.concat_arrays(ids) if ids else pa.array([], pa.large_string())
        return np.frombuffer(bytes(tokens), "S16")

    def token(self, row: Feature) -> bytes:
        """16 bytes by which a row is found again."""
        content = digest(row)
        return hashlib.blake2b(row.id.encode(errors="surrogatepass"), key=content, digest_size=16).digest() if self._keyed else content

    def id(self, number: int) -> str:
        """The id of a row."""
        return str(self._ids[number].as_py())

    def since(self, number: int) -> Since:
        """When a row began."""
        return self._beginnings[self._since[number]]

    def largest_number(self, numbers: NDArray[np.bool_]) -> int:
        """The largest id that is a number, of the rows that are chosen."""
        return max((int(text) for at in np.flatnonzero(numbers) if (text := self.id(int(at))).isdigit()), default=0)

    def named(self, id: str) -> int:
        """The number of the row of an id, -1 for none."""
        wanted = _hash(id)
        at = int(np.searchsorted(self._names, wanted))
        while at < self.count and self._names[at] == wanted:
            number = int(self._by_name[at])
            if self.id(number) == id:
                return number
            at += 1
        return _NONE

    def continued(self, rows: Iterable[Feature]) -> Continuing:
        """How new rows go on from these."""
        taken, found = np.zeros(self.count, np.uint32), array("q")
        stays, largest = np.zeros(self.count, bool), 0
        for some in _batches(rows):
            tokens = np.array([self.token(row) for row in some], "S16")
            for row, token, at in zip(some, tokens, np.searchsorted(self._tokens, tokens), strict=True):
                place = int(at) + (int(taken[at]) if at < self.count else 0)
                if place < self.count and self._tokens[place] == token:
                    taken[at] += 1
                    found.append(int(self._order[place]))
                    stays[found[-1]] = True
                else:
                    found.append(_NONE)
                    largest = max(largest, int(row.id) if row.id.isdigit() else 0)
        return Continuing(self, np.frombuffer(found, np.int64) if found else np.empty(0, np.int64), stays,
                          0 if self._keyed else max(largest, self.largest_number(stays)))

    @property
    def latest_version(self) -> int:
        """The version in which the last of the rows began, 1 for none."""
        return max((version for version, _ in self._beginnings), default=1)

    @property
    def keyed(self) -> bool:
        """Whether ids are the source's own."""
        return self._keyed


@dataclass(frozen=True, slots=True)
class Continuing:
    """How new rows go on from those of the version before.

    Attributes:
        rows: (n,) for each new row the number of the row that it continues, -1 where it begins.
        stays: (m,) for each row of the past whether it goes on.
        largest: number behind which ids are free.
    """

    past: Past
    rows: NDArray[np.int64]
    stays: NDArray[np.bool_]
    largest: int

    @property
    def began(self) -> int:
        """How many rows begin."""
        return int((self.rows == _NONE).sum())

    @property
    def ended(self) -> int:
        """How many rows end."""
        return int((~self.stays).sum())

    def told(self, features: Iterable[Feature]) -> Iterator[tuple[Feature, Since | None]]:
        """The new rows, in the order of before, under the ids that they have in this layer, and when they began; None for now.

        A row that begins keeps its own id where that is free, else it gets a number behind all others.
        """
        last = self.largest
        for one, number in zip(features, self.rows, strict=True):
            if number != _NONE:
                yield Feature(self.past.id(int(number)), one.geometry, one.properties), self.past.since(int(number))
                continue
            id, there = one.id, self.past.named(one.id)
            if not self.past.keyed and there != _NONE and self.stays[there]:
                last += 1
                id = str(last)
            yield Feature(id, one.geometry, one.properties), None


def digest(row: Feature) -> bytes:
    """What a row holds, in 16 bytes: its geometry, whether single or of many parts, and its properties without nulls and stamps."""
    said = {name: _plain(value) for name, value in row.properties.items() if value is not None and name not in STAMPS}
    made = hashlib.blake2b(orjson.dumps(said, option=orjson.OPT_SORT_KEYS), digest_size=16)
    if row.geometry is not None:
        coordinates = shapely.get_coordinates(row.geometry, include_z=bool(row.geometry.has_z))
        made.update(row.geometry.geom_type.removeprefix("Multi").encode())
        made.update(coordinates.tobytes())
    return made.digest()


def _plain(value: Any) -> Any:
    """Numbers and times in one spelling."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return int(value)
    if isinstance(value, str) and len(value) > 18 and value[10:11] == "T" and value.endswith("Z"):
        try:
            return datetime.fromisoformat(value).isoformat()
        except ValueError:
            return value
    return value


def _batches(rows: Iterable[T]) -> Iterator[Sequence[T]]:
    left = iter(rows)
    while some := list(islice(left, _BATCH)):
        yield some


def _hashes(ids: pa.Array, count: int) -> NDArray[np.uint64]:
    return np.fromiter((_hash(id.as_py()) for id in ids), np.uint64, count)


def _hash(id: str) -> np.uint64:
    return np.uint64(int.from_bytes(hashlib.blake2b(id.encode(errors="surrogatepass"), digest_size=8).digest()))
