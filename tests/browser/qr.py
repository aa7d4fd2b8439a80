"""Reads an undamaged QR code as a phone does: from its picture to its text, by ISO/IEC 18004, so that a label is held against what it says."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Modules = NDArray[np.bool_]

_MASKS: tuple[Callable[[int, int], bool], ...] = (
    lambda i, j: (i + j) % 2 == 0, lambda i, j: i % 2 == 0, lambda i, j: j % 3 == 0, lambda i, j: (i + j) % 3 == 0,
    lambda i, j: (i // 2 + j // 3) % 2 == 0, lambda i, j: i * j % 2 + i * j % 3 == 0, lambda i, j: (i * j % 2 + i * j % 3) % 2 == 0,
    lambda i, j: ((i + j) % 2 + i * j % 3) % 2 == 0)
"""Which modules are turned over, by row and column: table 10."""
_Q, _H = 0b11, 0b10
_BLOCKS = {
    _Q: {1: ((1, 13),), 2: ((1, 22),), 3: ((2, 17),), 4: ((2, 24),), 5: ((2, 15), (2, 16)), 6: ((4, 19),), 7: ((2, 14), (4, 15)),
         8: ((4, 18), (2, 19))},
    _H: {1: ((1, 9),), 2: ((1, 16),), 3: ((2, 13),), 4: ((4, 9),), 5: ((2, 11), (2, 12)), 6: ((4, 15),), 7: ((4, 13), (1, 14)),
         8: ((4, 14), (2, 15))}}
"""Error correction and version -> blocks and data codewords in each: table 9."""
_ALIGNED: dict[int, tuple[int, ...]] = {1: (), 2: (6, 18), 3: (6, 22), 4: (6, 26), 5: (6, 30), 6: (6, 34), 7: (6, 22, 38), 8: (6, 24, 42)}
"""Version -> middles of the alignment patterns: annex E."""
_FORMAT_MASK = 0b101010000010010
_BYTES = 0b0100


def read(png: bytes) -> str:
    """The text of a picture of a QR code with error correction Q or H, up to version 8. Raises ValueError for anything else."""
    modules = _modules(png)
    version = (len(modules) - 17) // 4
    level, mask = _format(modules)
    if level not in _BLOCKS or version not in _BLOCKS[level]:
        raise ValueError(f"a QR code of version {version} with error correction {level:02b}")
    bits = [bool(modules[i, j]) != _MASKS[mask](i, j) for i, j in _path(len(modules), _taken(version))]
    codewords = [sum(bit << 7 - k for k, bit in enumerate(bits[at:at + 8])) for at in range(0, len(bits) - 7, 8)]
    return _text(_ordered(codewords, _BLOCKS[level][version]))


def _modules(png: bytes) -> Modules:
    """Dark modules, without the quiet zone: the run of the first finder pattern is seven of them long."""
    dark = np.asarray(Image.open(io.BytesIO(png)).convert("L")) < 128
    rows, columns = np.where(dark.any(axis=1))[0], np.where(dark.any(axis=0))[0]
    inner = dark[rows[0]:rows[-1] + 1, columns[0]:columns[-1] + 1]
    run = int(np.argmin(inner[0]))
    count = 17 + 4 * round((7 * inner.shape[0] / run - 17) / 4)
    middles = ((np.arange(count) + 0.5) * inner.shape[0] / count).astype(int)
    found: Modules = inner[np.ix_(middles, middles)]
    return found


def _format(modules: Modules) -> tuple[int, int]:
    """Level of error correction and number of the mask, from beside the first finder pattern."""
    places = [*((8, j) for j in (0, 1, 2, 3, 4, 5, 7, 8)), *((i, 8) for i in (7, 5, 4, 3, 2, 1, 0))]
    said = sum(int(modules[place]) << 14 - k for k, place in enumerate(places)) ^ _FORMAT_MASK
    return said >> 13, said >> 10 & 0b111


def _taken(version: int) -> Modules:
    """Modules that carry no data: patterns, format and version."""
    size = 17 + 4 * version
    taken = np.zeros((size, size), dtype=bool)
    taken[:9, :9] = taken[:9, -8:] = taken[-8:, :9] = True
    taken[6, :] = taken[:, 6] = True
    for i in _ALIGNED[version]:
        for j in _ALIGNED[version]:
            if not ((i < 9 and (j < 9 or j > size - 10)) or (i > size - 10 and j < 9)):
                taken[i - 2:i + 3, j - 2:j + 3] = True
    if version >= 7:
        taken[:6, -11:-8] = taken[-11:-8, :6] = True
    return taken


def _path(size: int, taken: Modules) -> Iterator[tuple[int, int]]:
    """Modules in the order of the bits: pairs of columns from the right, up and down in turn."""
    up = True
    for right in (*range(size - 1, 6, -2), 5, 3, 1):
        for i in range(size - 1, -1, -1) if up else range(size):
            yield from ((i, j) for j in (right, right - 1) if not taken[i, j])
        up = not up


def _ordered(codewords: list[int], shape: tuple[tuple[int, int], ...]) -> bytes:
    """Data codewords block after block: they stand interleaved."""
    sizes = [size for count, size in shape for _ in range(count)]
    blocks: list[list[int]] = [[] for _ in sizes]
    stream = iter(codewords)
    for at in range(max(sizes)):
        for block, size in zip(blocks, sizes, strict=True):
            if at < size:
                block.append(next(stream))
    return bytes(one for block in blocks for one in block)


def _text(data: bytes) -> str:
    bits = "".join(f"{one:08b}" for one in data)
    if int(bits[:4], 2) != _BYTES:
        raise ValueError(f"a segment of mode {bits[:4]}")
    count = int(bits[4:12], 2)
    return bytes(int(bits[12 + 8 * k:20 + 8 * k], 2) for k in range(count)).decode()
