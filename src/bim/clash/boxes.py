"""Boxes that meet: the candidates among many, found with a tree in bands of height."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import shapely
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_FEW = 1 << 14
"""Pairs of boxes that are compared without a tree."""
_MOST_BANDS = 256
_BAND_OF_SIZE = 4.0
"""Height of a band, in mean heights of a box: then a box lies in little more than one."""
_TOGETHER = 20_000


def pairs_between(one: Floats, other: Floats, margin_m: float = 0.0) -> Iterator[Ints]:
    """Pairs of boxes that meet, or come within a margin of each other along every axis; each pair once, in no order.

    Args:
        one, other: (n, 2, 3) and (m, 2, 3) lowest and highest corners, one frame; a box with NaN meets nothing.

    Yields:
        (k, 2) rows of `one` and of `other`.
    """
    if not len(one) or not len(other):
        return
    if len(one) * len(other) <= _FEW:
        yield np.argwhere(_meet(one[:, None], other[None], margin_m)).astype(np.int64)
        return
    grown = np.stack([one[:, 0] - margin_m, one[:, 1] + margin_m], axis=1)
    for band, first, second in _bands(grown, other):
        yield from _in_band(grown, other, band, first, second)


def pairs_within(boxes: Floats, margin_m: float = 0.0) -> Iterator[Ints]:
    """Pairs (k, 2) of boxes of one set that meet, or come within a margin; each once, the lower row first."""
    for pairs in pairs_between(boxes, boxes, margin_m):
        yield pairs[pairs[:, 0] < pairs[:, 1]]


def gaps(one: Floats, other: Floats) -> Floats:
    """(k,) distances between boxes (k, 2, 3) and as many others; 0 where they meet."""
    apart = np.maximum(0.0, np.maximum(other[:, 0] - one[:, 1], one[:, 0] - other[:, 1]))
    return np.asarray(np.sqrt((apart * apart).sum(axis=1)))


def _meet(one: Floats, other: Floats, margin: float) -> NDArray[np.bool_]:
    """Boxes (..., 2, 3) against others of a shape that fits."""
    low_meets = (one[..., 0, :] - margin <= other[..., 1, :]).all(axis=-1)
    return np.asarray(low_meets & (other[..., 0, :] <= one[..., 1, :] + margin).all(axis=-1))


def _bands(one: Floats, other: Floats) -> Iterator[tuple[tuple[float, float], Ints, Ints]]:
    """Bands of height (base, height of band), with the rows of both sets that reach into each."""
    rows = [np.flatnonzero(np.isfinite(boxes).all(axis=(1, 2))) for boxes in (one, other)]
    if not len(rows[0]) or not len(rows[1]):
        return
    levels = np.concatenate([one[rows[0], :, 2], other[rows[1], :, 2]])
    base, extent = float(levels.min()), float(np.ptp(levels))
    height = max(_BAND_OF_SIZE * float(np.mean(levels[:, 1] - levels[:, 0])), extent / _MOST_BANDS, 1e-9)
    spread = [_spread(boxes, some, base, height) for boxes, some in zip((one, other), rows, strict=True)]
    for band in range(int(extent / height) + 1):
        first, second = (some[order[np.searchsorted(number, band):np.searchsorted(number, band, "right")]]
                         for some, order, number in spread)
        if len(first) and len(second):
            yield (base + band * height, height), first, second


def _spread(boxes: Floats, rows: Ints, base: float, height: float) -> tuple[Ints, Ints, Ints]:
    """Rows repeated for each band that they reach into; the order that sorts them by band; the bands so sorted."""
    low, high = (np.floor((boxes[rows, at, 2] - base) / height).astype(np.int64) for at in (0, 1))
    count = high - low + 1
    repeated = np.repeat(rows, count)
    band = np.repeat(low, count) + np.arange(len(repeated)) - np.repeat(np.cumsum(count) - count, count)
    order = np.argsort(band, kind="stable")
    return repeated, order, band[order]


def _in_band(one: Floats, other: Floats, band: tuple[float, float], first: Ints, second: Ints) -> Iterator[Ints]:
    """Pairs whose meeting begins in the band: so none comes twice."""
    tree = shapely.STRtree(_flat(other[second]))
    base, height = band
    for at in range(0, len(first), _TOGETHER):
        some = first[at:at + _TOGETHER]
        left, right = tree.query(_flat(one[some]))
        a, b = some[left], second[right]
        begins = np.maximum(one[a, 0, 2], other[b, 0, 2])
        here = (begins <= np.minimum(one[a, 1, 2], other[b, 1, 2])) & (begins >= base) & (begins < base + height)
        yield np.column_stack([a[here], b[here]])


def _flat(boxes: Floats) -> NDArray[np.object_]:
    return np.asarray(shapely.box(boxes[:, 0, 0], boxes[:, 0, 1], boxes[:, 1, 0], boxes[:, 1, 1]))
