"""Mapbox Vector Tile 2.1: layers of Features as Protocol Buffers, written with arrays instead of object by object."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import md5
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from csdi.tiles import varint
from csdi.tiles.grid import EXTENT, POINT, POLYGON, Drawn
from csdi.tiles.runs import Bytes, Counts, Runs, laid_out
from csdi.tiles.values import tagged
from csdi.tiles.varint import Tokens

MEDIA = "application/vnd.mapbox-vector-tile"

_MOVE_ONCE, _CLOSE, _LINE_TO = 9, 15, 2
_HASHED = 1 << 52
"""Identifiers that are no small number are hashed to numbers from here on; all stay exact in JavaScript (below 2^53)."""


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer of a tile.

    Attributes:
        body: the layer as it stands in a tile; tiles are joined by writing their layers one after the other.
        features: how many Features it holds.
        last: which of the given Features is the last one in it, -1 for none.
        whole: nothing that was given was left out for want of room.
    """

    body: bytes
    features: int = 0
    last: int = -1
    whole: bool = True


def layer(name: str, ids: Sequence[str], columns: Mapping[str, Sequence[Any]], shapes: Sequence[Drawn], budget: int) -> Layer:
    """A layer of no more than `budget` bytes: the Features that come first, as many as fit.

    Args:
        ids: of n Features.
        columns: n values by name: text, bool, int or float; None is left out.
        shapes: what is drawn of them.
        budget: bytes that the layer may have.
    """
    source, kinds, geometry = _merged(shapes)
    if not len(source):
        return Layer(b"")
    tags, values = tagged(list(columns.values()), source)
    features, ends = _features(_numbers(ids)[source], kinds, tags, geometry)
    frame = b"".join([b"\x78\x02\x0a", _framed(name.encode()), *(b"\x1a" + _framed(key.encode()) for key in columns), b"\x28",
                      varint.one(EXTENT)])
    needed = _values_needed(tags)
    total = len(frame) + 8 + ends + np.append(0, np.cumsum(values.counts))[needed]
    kept = int(np.searchsorted(total, budget, side="right"))
    if not kept:
        return Layer(b"", whole=False)
    written = values.chosen(np.arange(needed[kept - 1])).joined()
    body = b"".join([frame, features[:ends[kept - 1]].tobytes(), written.tobytes()])
    return Layer(b"\x1a" + _framed(body), len(np.unique(source[:kept])), int(source[kept - 1]), kept == len(source))


def numbered(id: str) -> int:
    """The number of a Feature in tiles: its id where that is a whole number, else a hash of it. The same in every tile.

    >>> numbered("17"), numbered("017") == 17
    (17, False)
    """
    if id.isdigit() and id.isascii() and len(id) <= 15 and (id[0] != "0" or id == "0"):
        return int(id)
    return _HASHED + int(md5(id.encode(), usedforsecurity=False).hexdigest()[:13], 16)


def _numbers(ids: Sequence[str]) -> Tokens:
    return np.fromiter(map(numbered, ids), np.uint64, len(ids))


def _values_needed(tags: Runs) -> Counts:
    """For each Feature, how many values it and those before it use. Values are numbered in the order of their first use."""
    highest = np.maximum.accumulate(np.append(tags.tokens[1::2].astype(np.int64), -1)) + 1
    pairs = (tags.starts + tags.counts) // 2
    return np.where(pairs > 0, highest[pairs - 1], 0)


def _merged(shapes: Sequence[Drawn]) -> tuple[Counts, NDArray[np.uint8], Runs]:
    """All kinds together in the order of their Features: source, kind and geometry of each."""
    runs = [commands(some) for some in shapes]
    if len(shapes) == 1:
        return shapes[0].source, np.full(len(shapes[0].source), shapes[0].kind, np.uint8), runs[0]
    if not shapes:
        return np.empty(0, np.int64), np.empty(0, np.uint8), Runs.empty(np.uint64)
    before = np.cumsum([0, *(len(run.tokens) for run in runs)])
    source = np.concatenate([some.source for some in shapes])
    kinds = np.concatenate([np.full(len(some.source), some.kind, np.uint8) for some in shapes])
    order = np.argsort(source, kind="stable")
    together = Runs(np.concatenate([run.tokens for run in runs]),
                    np.concatenate([run.starts + offset for run, offset in zip(runs, before, strict=False)]),
                    np.concatenate([run.counts for run in runs]))
    return source[order], kinds[order], together.chosen(order)


def commands(some: Drawn) -> Runs:
    """The drawing commands of each shape, MVT 2.1 section 4.3."""
    points, part_of, shape_of = _parts(some)
    part_size = np.bincount(part_of, minlength=len(shape_of))
    opening = np.cumsum(part_size) - part_size
    new_shape = np.diff(shape_of, prepend=-1) > 0
    steps = np.empty_like(points)
    steps[0] = points[0]
    np.subtract(points[1:], points[:-1], out=steps[1:])
    steps[opening[new_shape]] = points[opening[new_shape]]
    overhead = {POINT: 1, POLYGON: 3}.get(some.kind, 2)
    size = 2 * part_size + overhead
    begin = np.cumsum(size) - size
    tokens = np.empty(int(size.sum()), np.uint64)
    place = 2 * np.arange(len(points)) + np.repeat(begin - 2 * opening + (1 if some.kind == POINT else 2), part_size)
    if some.kind == POINT:
        tokens[begin] = part_size.astype(np.uint64) << np.uint64(3) | np.uint64(1)
    else:
        place[opening] -= 1
        tokens[begin] = _MOVE_ONCE
        tokens[begin + 3] = (part_size - 1).astype(np.uint64) << np.uint64(3) | np.uint64(_LINE_TO)
    if some.kind == POLYGON:
        tokens[begin + size - 1] = _CLOSE
    moves = varint.zigzag(steps)
    tokens[place], tokens[place + 1] = moves[:, 0], moves[:, 1]
    return laid_out(tokens, np.bincount(shape_of, weights=size, minlength=len(some.shapes)).astype(np.int64))


def _parts(some: Drawn) -> tuple[Counts, Counts, Counts]:
    """Vertices (m, 2), the part of each vertex, the shape of each part: points as they are, lines and rings without repeated
    vertices, rings without the last one."""
    if some.kind == POINT:
        coordinates, shape = shapely.get_coordinates(some.shapes, return_index=True)
        return coordinates.astype(np.int64), shape, np.arange(len(some.shapes))
    parts, shape_of = _single(some)
    coordinates, part_of = shapely.get_coordinates(parts, return_index=True)
    points = coordinates.astype(np.int64)
    moved = (points[1:] != points[:-1])
    new_part = np.append(True, part_of[1:] != part_of[:-1])
    kept = np.append(True, moved[:, 0] | moved[:, 1]) | new_part
    if some.kind == POLYGON:
        kept &= new_part | ~_at_start(points, part_of, new_part)
    points, part_of = points[kept], part_of[kept]
    size = np.bincount(part_of, minlength=len(parts))
    enough = size >= (3 if some.kind == POLYGON else 2)
    if enough.all():
        return points, part_of, shape_of
    kept = enough[part_of]
    return points[kept], (np.cumsum(enough) - 1)[part_of[kept]], shape_of[enough]


def _single(some: Drawn) -> tuple[NDArray[np.object_], Counts]:
    """Lines or rings, and the shape that each belongs to. A polygon without holes stands for its ring."""
    parts, shape_of = some.shapes, np.arange(len(some.shapes))
    if (shapely.get_type_id(parts) > POLYGON).any():
        parts, shape_of = shapely.get_parts(parts, return_index=True)
    if some.kind == POLYGON and shapely.get_num_interior_rings(parts).any():
        parts, polygon = shapely.get_rings(parts, return_index=True)
        shape_of = shape_of[polygon]
    return parts, shape_of


def _at_start(points: Counts, part_of: Counts, new_part: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Whether a vertex lies where its ring begins."""
    equal = points == points[new_part][part_of]
    return np.asarray(equal[:, 0] & equal[:, 1])


def _features(ids: Tokens, kinds: NDArray[np.uint8], tags: Runs, geometry: Runs) -> tuple[Bytes, Counts]:
    """The Features in their frames, one after the other, and where each ends."""
    tag_size, drawing_size = tags.sums(varint.sizes(tags.tokens)), geometry.sums(varint.sizes(geometry.tokens))
    some = tags.counts > 0
    tag_frame = np.where(some, 1 + varint.sizes(tag_size.astype(np.uint64)) + tag_size, 0)
    inner = 1 + varint.sizes(ids) + tag_frame + 2 + 1 + varint.sizes(drawing_size.astype(np.uint64)) + drawing_size
    counts = 4 + np.where(some, 2 + tags.counts, 0) + 4 + geometry.counts
    ends = np.cumsum(counts)
    at = ends - counts
    tokens = np.empty(int(ends[-1]), np.uint64)
    tokens[at], tokens[at + 1], tokens[at + 2], tokens[at + 3] = 0x12, inner, 0x08, ids
    tokens[at[some] + 4], tokens[at[some] + 5] = 0x12, tag_size[some]
    tags.copy_to(tokens, at + 6)
    drawing = ends - geometry.counts
    tokens[drawing - 4], tokens[drawing - 3], tokens[drawing - 2], tokens[drawing - 1] = 0x18, kinds, 0x22, drawing_size
    geometry.copy_to(tokens, drawing)
    size = varint.sizes(tokens)
    return varint.encoded(tokens, size), np.cumsum(size)[ends - 1]


def _framed(body: bytes) -> bytes:
    """Bytes behind their length."""
    return varint.one(len(body)) + body
