"""Mapbox Vector Tile 2.1: layers of Features as Protocol Buffers, written with arrays instead of object by object."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from csdi.tiles import varint
from csdi.tiles.grid import EXTENT, POINT, POLYGON, Drawn
from csdi.tiles.varint import Tokens

MEDIA = "application/vnd.mapbox-vector-tile"

_MOVE_ONCE, _CLOSE, _LINE_TO = 9, 15, 2
_HASHED = 1 << 52
"""Identifiers that are no small number are hashed to numbers from here on; all stay exact in JavaScript (below 2^53)."""
Counts = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer of a tile.

    Attributes:
        body: the layer as it stands in a tile; tiles are joined by writing their layers one after the other.
        features: how many Features it holds.
        last: which of the given Features is the last one in it, -1 for none; those behind it found no room.
    """

    body: bytes
    features: int
    last: int = -1


@dataclass(frozen=True, slots=True)
class _Runs:
    """Runs of tokens, one run for each Feature.

    Attributes:
        tokens: all of them.
        starts, counts: where each run begins, and how many tokens it has.
    """

    tokens: Tokens
    starts: Counts
    counts: Counts


def layer(name: str, ids: Sequence[str], columns: dict[str, Sequence[Any]], shapes: Sequence[Drawn], budget: int) -> Layer:
    """A layer of no more than `budget` bytes: the Features that come first, as many as fit.

    Args:
        ids: of n Features.
        columns: n values by name: text, bool, int or float; None is left out.
        shapes: what is drawn of them.
        budget: bytes that the layer may have.
    """
    source, kinds, geometry = _merged(shapes)
    if not len(source):
        return Layer(b"", 0)
    tags, values = _tagged(list(columns.values()), source)
    features, ends = _features(np.array([numbered(ids[i]) for i in source], np.uint64), kinds, tags, geometry)
    frame = b"".join([b"\x78\x02\x0a", _framed(name.encode()), *(b"\x1a" + _framed(key.encode()) for key in columns), b"\x28",
                      varint.one(EXTENT)])
    used = tags.tokens[1::2].astype(np.int64)
    highest = np.maximum.accumulate(np.append(used, -1)) + 1 if len(used) else np.zeros(1, np.int64)
    needed = np.where(tags.starts + tags.counts > 0, highest[(tags.starts + tags.counts) // 2 - 1], 0)
    lengths = np.cumsum([0, *(len(value) for value in values)])
    total = len(frame) + 8 + ends + lengths[needed]
    kept = int(np.searchsorted(total, budget, side="right"))
    if not kept:
        return Layer(b"", 0)
    body = b"".join([frame, features[:ends[kept - 1]].tobytes(), *values[:needed[kept - 1]]])
    return Layer(b"\x1a" + _framed(body), len(np.unique(source[:kept])), int(source[kept - 1]))


def numbered(id: str) -> int:
    """The number of a Feature in tiles: its id where that is a whole number, else a hash of it. The same in every tile.

    >>> numbered("17"), numbered("017") == 17
    (17, False)
    """
    if id.isdigit() and id.isascii() and len(id) <= 15 and (id[0] != "0" or id == "0"):
        return int(id)
    return _HASHED + int.from_bytes(blake2b(id.encode(), digest_size=7).digest(), "big") % _HASHED


class _Codes:
    """Numbers for values. Values of different types are different values, however equal Python finds them."""

    def __init__(self) -> None:
        self._known: dict[type, dict[Any, int]] = {}
        self._count = 0

    def of(self, column: Sequence[Any]) -> Counts:
        """The number of each value, -1 for None; new values get new numbers."""
        result = np.full(len(column), -1, np.int64)
        kinds = {*map(type, column)} - {type(None)}
        for kind in kinds:
            known = self._known.setdefault(kind, {})
            if len(kinds) == 1 and None not in (mine := dict.fromkeys(column)):
                self._learn(known, mine)
                return np.fromiter(map(known.__getitem__, column), np.int64, len(column))
            at = [i for i, value in enumerate(column) if type(value) is kind]
            chosen = [column[i] for i in at]
            self._learn(known, dict.fromkeys(chosen))
            result[at] = np.fromiter(map(known.__getitem__, chosen), np.int64, len(at))
        return result

    def _learn(self, known: dict[Any, int], values: Iterable[Any]) -> None:
        new = [value for value in values if value not in known]
        known.update(zip(new, range(self._count, self._count + len(new)), strict=True))
        self._count += len(new)

    @property
    def values(self) -> NDArray[np.object_]:
        """Every value as it stands in a layer, by its number."""
        result = np.empty(self._count, object)
        for kind, known in self._known.items():
            written = np.empty(len(known), object)
            written[:] = _WRITERS.get(kind, _written_texts)(list(known))
            result[np.fromiter(known.values(), np.int64, len(known))] = written
        return result


def _written_texts(values: Sequence[Any]) -> list[bytes]:
    bodies = [str(value).encode(errors="replace") for value in values]
    return [b"\x22%c\x0a%c%b" % (len(body) + 2, len(body), body) if len(body) < 126 else b"\x22" + _framed(b"\x0a" + _framed(body))
            for body in bodies]


def _written_integers(values: Sequence[int]) -> list[bytes]:
    return [b"\x22" + _framed(b"\x20" + varint.one(value) if value >= 0 else b"\x30" + varint.one(~value << 1 | 1)) for value in values]


def _written_numbers(values: Sequence[float]) -> list[bytes]:
    packed = struct.pack(f"<{len(values)}d", *values)
    return [b"\x22\x09\x19" + packed[i:i + 8] for i in range(0, len(packed), 8)]


def _written_truths(values: Sequence[bool]) -> list[bytes]:
    return [b"\x22\x02\x38\x01" if value else b"\x22\x02\x38\x00" for value in values]


_WRITERS: dict[type, Callable[[Sequence[Any]], list[bytes]]] = {
    int: _written_integers, float: _written_numbers, bool: _written_truths}


def _merged(shapes: Sequence[Drawn]) -> tuple[Counts, NDArray[np.uint8], _Runs]:
    """All kinds together in the order of their Features: source, kind and geometry of each."""
    if not shapes:
        return np.empty(0, np.int64), np.empty(0, np.uint8), _Runs(np.empty(0, np.uint64), np.empty(0, np.int64), np.empty(0, np.int64))
    runs = [_commands(some) for some in shapes]
    before = np.cumsum([0, *(len(run.tokens) for run in runs)])
    source = np.concatenate([some.source for some in shapes])
    kinds = np.concatenate([np.full(len(some.source), some.kind, np.uint8) for some in shapes])
    order = np.argsort(source, kind="stable")
    return source[order], kinds[order], _Runs(
        np.concatenate([run.tokens for run in runs]),
        np.concatenate([run.starts + offset for run, offset in zip(runs, before, strict=False)])[order],
        np.concatenate([run.counts for run in runs])[order])


def _commands(some: Drawn) -> _Runs:
    """The drawing commands of each shape, MVT 2.1 section 4.3."""
    points, part_of, shape_of = _parts(some)
    part_size = np.bincount(part_of, minlength=len(shape_of))
    first = np.diff(part_of, prepend=-1) > 0
    shape = shape_of[part_of]
    steps = np.diff(points, axis=0, prepend=np.zeros((1, 2), np.int64))
    steps[np.diff(shape, prepend=-1) > 0] = points[np.diff(shape, prepend=-1) > 0]
    overhead = {POINT: 1, POLYGON: 3}.get(some.kind, 2)
    size = 2 * part_size + overhead
    begin = np.cumsum(size) - size
    tokens = np.empty(int(size.sum()), np.uint64)
    rank = np.arange(len(points)) - (np.cumsum(part_size) - part_size)[part_of]
    if some.kind == POINT:
        tokens[begin] = part_size.astype(np.uint64) << np.uint64(3) | np.uint64(1)
        place = begin[part_of] + 1 + 2 * rank
    else:
        tokens[begin] = _MOVE_ONCE
        tokens[begin + 3] = (part_size - 1).astype(np.uint64) << np.uint64(3) | np.uint64(_LINE_TO)
        place = begin[part_of] + 2 + 2 * rank - first
    if some.kind == POLYGON:
        tokens[begin + size - 1] = _CLOSE
    moves = varint.zigzag(steps)
    tokens[place], tokens[place + 1] = moves[:, 0], moves[:, 1]
    counts = np.bincount(shape_of, weights=size, minlength=len(some.shapes)).astype(np.int64)
    return _Runs(tokens, np.cumsum(counts) - counts, counts)


def _parts(some: Drawn) -> tuple[Counts, Counts, Counts]:
    """Vertices (m, 2), the part of each vertex, the shape of each part: points as they are, lines and rings without repeated
    vertices, rings without the last one."""
    if some.kind == POINT:
        coordinates, shape = shapely.get_coordinates(some.shapes, return_index=True)
        return coordinates.astype(np.int64), shape, np.arange(len(some.shapes))
    parts, shape_of = shapely.get_parts(some.shapes, return_index=True)
    if some.kind == POLYGON:
        parts, polygon = shapely.get_rings(parts, return_index=True)
        shape_of = shape_of[polygon]
    coordinates, part_of = shapely.get_coordinates(parts, return_index=True)
    points = coordinates.astype(np.int64)
    kept = np.append(True, (np.diff(points, axis=0) != 0).any(axis=1) | (np.diff(part_of) > 0))
    if some.kind == POLYGON:
        kept[np.append(np.flatnonzero(np.diff(part_of)), len(part_of) - 1)] = False
        kept = _closing(points, part_of, kept)
    points, part_of = points[kept], part_of[kept]
    long_enough = np.bincount(part_of, minlength=len(parts)) >= (3 if some.kind == POLYGON else 2)
    kept = long_enough[part_of]
    renumbered = np.cumsum(long_enough) - 1
    return points[kept], renumbered[part_of[kept]], shape_of[long_enough]


def _closing(points: Counts, part_of: Counts, kept: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """`kept` without vertices at the end of a ring that repeat its first one."""
    starts = np.append(0, np.flatnonzero(np.diff(part_of)) + 1)
    at_start = (points == points[starts][part_of]).all(axis=1)
    return np.asarray(kept & ~(at_start & (np.diff(part_of, prepend=-1) == 0)), np.bool_)


def _tagged(columns: list[Sequence[Any]], source: Counts) -> tuple[_Runs, list[bytes]]:
    """Pairs of key and value number for each drawn Feature, and the values, numbered in the order of their first use."""
    codes = _Codes()
    table = np.column_stack([codes.of(column)[source] for column in columns] or [np.empty((len(source), 0), np.int64)])
    there = table >= 0
    counts = 2 * there.sum(axis=1)
    used = table[there]
    found, first, inverse = np.unique(used, return_index=True, return_inverse=True)
    order = np.argsort(first)
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    tokens = np.empty(2 * len(used), np.uint64)
    tokens[0::2] = np.nonzero(there)[1]
    tokens[1::2] = rank[inverse]
    return _Runs(tokens, np.cumsum(counts) - counts, counts), codes.values[found[order]].tolist()


def _features(ids: Tokens, kinds: NDArray[np.uint8], tags: _Runs, geometry: _Runs) -> tuple[NDArray[np.uint8], Counts]:
    """The Features in their frames, one after the other, and where each ends."""
    tag_size, drawing_size = _run_sizes(tags), _run_sizes(geometry)
    tagged = tags.counts > 0
    tag_frame = np.where(tagged, 1 + varint.sizes(tag_size.astype(np.uint64)) + tag_size, 0)
    inner = 1 + varint.sizes(ids) + tag_frame + 2 + 1 + varint.sizes(drawing_size.astype(np.uint64)) + drawing_size
    counts = 4 + np.where(tagged, 2 + tags.counts, 0) + 4 + geometry.counts
    ends = np.cumsum(counts)
    at = ends - counts
    tokens = np.empty(int(ends[-1]), np.uint64)
    tokens[at], tokens[at + 1], tokens[at + 2], tokens[at + 3] = 0x12, inner, 0x08, ids
    some = at[tagged] + 4
    tokens[some], tokens[some + 1] = 0x12, tag_size[tagged]
    _copy(tags, tokens, at + 6)
    drawing = ends - geometry.counts
    tokens[drawing - 4], tokens[drawing - 3], tokens[drawing - 2], tokens[drawing - 1] = 0x18, kinds, 0x22, drawing_size
    _copy(geometry, tokens, drawing)
    size = varint.sizes(tokens)
    return varint.encoded(tokens, size), np.cumsum(size)[ends - 1]


def _run_sizes(runs: _Runs) -> Counts:
    """Bytes of each run."""
    ends = np.append(0, np.cumsum(varint.sizes(runs.tokens)))
    return np.asarray(ends[runs.starts + runs.counts] - ends[runs.starts], np.int64)


def _copy(runs: _Runs, target: Tokens, at: Counts) -> None:
    """Write each run into `target` at its place."""
    steps = np.arange(int(runs.counts.sum())) - np.repeat(np.cumsum(runs.counts) - runs.counts, runs.counts)
    target[np.repeat(at, runs.counts) + steps] = runs.tokens[np.repeat(runs.starts, runs.counts) + steps]


def _framed(body: bytes) -> bytes:
    """Bytes behind their length."""
    return varint.one(len(body)) + body
