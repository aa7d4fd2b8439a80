"""Variable-length integers of Protocol Buffers, whole arrays at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Tokens = NDArray[np.uint64]


def sizes(values: Tokens) -> NDArray[np.int64]:
    """Bytes that each number takes: 1 to 10. Same shape as `values`."""
    found = np.ones(values.shape, np.int64)
    for bits in range(7, 64, 7):
        larger = values >= np.uint64(1 << bits)
        if not larger.any():
            break
        found += larger
    return found


def encoded(values: Tokens, size: NDArray[np.int64] | None = None) -> NDArray[np.uint8]:
    """The numbers one after the other, least significant seven bits first; `size` is what `sizes` says, if known."""
    size = sizes(values) if size is None else size
    ends = np.cumsum(size)
    out = np.empty(int(ends[-1]) if len(ends) else 0, np.uint8)
    place, rest, left = ends - size, values, size
    while len(rest):
        more = left > 1
        out[place] = (rest & np.uint64(0x7F)).astype(np.uint8) | (more.astype(np.uint8) << 7)
        place, rest, left = place[more] + 1, rest[more] >> np.uint64(7), left[more] - 1
    return out


def zigzag(values: NDArray[np.int64]) -> Tokens:
    """Signed numbers as unsigned ones: 0, -1, 1, -2 become 0, 1, 2, 3."""
    return ((values << 1) ^ (values >> 63)).astype(np.uint64)


def one(value: int) -> bytes:
    """A single number."""
    parts = bytearray()
    while value > 0x7F:
        parts.append(value & 0x7F | 0x80)
        value >>= 7
    parts.append(value)
    return bytes(parts)
