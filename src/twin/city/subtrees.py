"""Subtrees of implicit tiling: which tiles there are, as 3D Tiles 1.1 writes it in bits along a Morton curve."""

from __future__ import annotations

import json
import struct
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from csdi.errors import FileBroken
from twin.city.quadtree import Key

LEVELS = 5
"""Of one subtree: 341 tiles."""
_MAGIC = b"subt"
_HEADER = struct.Struct("<4sIQQ")
Bits = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Subtree:
    """What a subtree lists.

    Attributes:
        tiles: that there are.
        filled: those with content.
        below: roots of the subtrees that follow.
        document: its JSON part.
    """

    tiles: list[Key]
    filled: list[Key]
    below: list[Key]
    document: dict[str, Any]


def subtrees(tiles: Collection[Key], filled: Collection[Key] | None = None) -> Iterator[tuple[Key, bytes]]:
    """Every subtree with the key of its root.

    Args:
        tiles: with every tile its parent.
        filled: those with content; None where all have some.
    """
    with_content = None if filled is None else frozenset(filled)
    roots: dict[Key, list[Key]] = {}
    for level, x, y in tiles:
        up = level % LEVELS
        roots.setdefault((level - up, x >> up, y >> up), []).append((level, x, y))
    for root, inside in sorted(roots.items()):
        drawn = inside if with_content is None else [key for key in inside if key in with_content]
        yield root, _encoded(_tile_bits(root, inside), _tile_bits(root, drawn), _child_bits(root, roots))


def tiles_of(data: bytes, root: Key) -> tuple[list[Key], list[Key]]:
    """The tiles with content of a subtree, and the roots of the subtrees below it. Raises FileBroken."""
    found = read_subtree(data, root)
    return found.filled, found.below


def read_subtree(data: bytes, root: Key) -> Subtree:
    """A subtree with one content for a tile and all bits inside.

    Raises:
        FileBroken: it is no such subtree.
    """
    try:
        magic, version, length, size = _HEADER.unpack_from(data)
        if magic != _MAGIC or version != 1 or len(data) != _HEADER.size + length + size:
            raise ValueError("no header of a subtree")
        said: dict[str, Any] = json.loads(data[_HEADER.size:_HEADER.size + length])
        inner = data[_HEADER.size + length:]
        tiles, contents, children = (_read(one, said, inner, count) for one, count in (
            (said["tileAvailability"], (4**LEVELS - 1) // 3), (said["contentAvailability"][0], (4**LEVELS - 1) // 3),
            (said["childSubtreeAvailability"], 4**LEVELS)))
    except (struct.error, ValueError, KeyError, IndexError, TypeError) as error:
        raise FileBroken(f"not a subtree: {error!r}", remedy="build the city again") from error
    return Subtree(_keys(root, tiles), _keys(root, contents), [_key(root, LEVELS, int(at)) for at in np.flatnonzero(children)], said)


def _keys(root: Key, bits: Bits) -> list[Key]:
    return [_key(root, level, at) for level in range(LEVELS) for at in range(4**level) if bits[(4**level - 1) // 3 + at]]


def _tile_bits(root: Key, inside: Collection[Key]) -> Bits:
    bits = np.zeros((4**LEVELS - 1) // 3, dtype=bool)
    for level, x, y in inside:
        down = level - root[0]
        bits[(4**down - 1) // 3 + _morton(x - (root[1] << down), y - (root[2] << down))] = True
    return bits


def _child_bits(root: Key, roots: Collection[Key]) -> Bits:
    bits = np.zeros(4**LEVELS, dtype=bool)
    for level, x, y in roots:
        if level == root[0] + LEVELS and (x >> LEVELS, y >> LEVELS) == root[1:]:
            bits[_morton(x - (root[1] << LEVELS), y - (root[2] << LEVELS))] = True
    return bits


def _encoded(tiles: Bits, contents: Bits, children: Bits) -> bytes:
    views: list[dict[str, int]] = []
    chunks: list[bytes] = []

    def told(bits: Bits) -> dict[str, int]:
        count = int(bits.sum())
        if count in (0, len(bits)):
            return {"constant": int(bool(count))}
        packed = np.packbits(bits, bitorder="little").tobytes()
        views.append({"buffer": 0, "byteOffset": sum(map(len, chunks)), "byteLength": len(packed)})
        chunks.append(packed + b"\0" * (-len(packed) % 8))
        return {"bitstream": len(views) - 1, "availableCount": count}

    there = told(tiles)
    filled = there if (tiles == contents).all() else told(contents)
    document: dict[str, Any] = {"tileAvailability": there, "contentAvailability": [filled], "childSubtreeAvailability": told(children)}
    inner = b"".join(chunks)
    if views:
        document = {"buffers": [{"byteLength": len(inner)}], "bufferViews": views, **document}
    text = json.dumps(document, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return _HEADER.pack(_MAGIC, 1, len(text), len(inner)) + text + inner


def _read(said: dict[str, int], document: dict[str, Any], inner: bytes, count: int) -> Bits:
    if "constant" in said:
        return np.full(count, bool(said["constant"]))
    view = document["bufferViews"][said["bitstream"]]
    raw = np.frombuffer(inner, np.uint8, view["byteLength"], view["byteOffset"])
    bits: Bits = np.unpackbits(raw, bitorder="little")[:count].astype(bool)
    if len(bits) != count or bits.sum() != said.get("availableCount", bits.sum()):
        raise ValueError("another number of bits than it says")
    return bits


def _morton(x: int, y: int) -> int:
    """The bits of a column and a row by turns, those of the column first."""
    return sum((x >> bit & 1) << 2 * bit | (y >> bit & 1) << 2 * bit + 1 for bit in range(LEVELS + 1))


def _key(root: Key, down: int, at: int) -> Key:
    x = sum((at >> 2 * bit & 1) << bit for bit in range(down))
    y = sum((at >> 2 * bit + 1 & 1) << bit for bit in range(down))
    return root[0] + down, (root[1] << down) + x, (root[2] << down) + y
