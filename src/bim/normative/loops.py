"""Many small polygons at once: points that repeat, edges that cross, and how far each is from being plane."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

_TOGETHER = 1 << 19
"""Pairs of edges that are compared at once."""
_ULPS = 4.0
_STRAIGHT = 1e-6
_FARTHEST = 1e100
"""Beyond, squares of coordinates are no numbers any more; such loops are not said to be uneven."""


@dataclass(frozen=True, slots=True)
class Loops:
    """Polygons, or polylines, one after another.

    Attributes:
        ids: (r,) number of the instance that each belongs to.
        points: (t, 3) corners, loop after loop, in the file's length unit.
        counts: (r,) corners of each.
    """

    ids: Ints
    points: Floats
    counts: Ints

    @classmethod
    def of(cls, loops: Sequence[tuple[int, Floats]]) -> Loops:
        """From pairs of an id and (n, 2) or (n, 3) corners."""
        solid = [np.pad(points, ((0, 0), (0, 3 - points.shape[1]))) for _, points in loops]
        return cls(np.array([id for id, _ in loops], np.int64), np.concatenate([np.zeros((0, 3)), *solid]),
                   np.array([len(points) for points in solid], np.int64))

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def starts(self) -> Ints:
        """(r,) where the corners of each begin."""
        return np.cumsum(self.counts) - self.counts

    def picked(self, keep: Flags) -> Loops:
        """Only the loops where `keep` (r,) is true."""
        return Loops(self.ids[keep], self.points[np.repeat(keep, self.counts)], self.counts[keep])

    def without_repeats(self, tolerance: float) -> Loops:
        """Without corners that lie within the tolerance of the next one, the last one's next being the first."""
        after = np.arange(len(self.points)) + 1
        full = self.counts > 0
        after[(self.starts + self.counts - 1)[full]] = self.starts[full]
        stays = np.linalg.norm(self.points[after] - self.points, axis=1) > tolerance
        loop = np.repeat(np.arange(len(self)), self.counts)
        return Loops(self.ids, self.points[stays], np.bincount(loop[stays], minlength=len(self)).astype(np.int64))

    def judged(self, test: Callable[[Floats], Flags]) -> Flags:
        """(r,) what a test of (m, n, 3) loops with as many corners each says of every loop."""
        found = np.zeros(len(self), bool)
        for rows, corners in self._alike():
            found[rows] = test(corners)
        return found

    def _alike(self) -> Iterator[tuple[Ints, Floats]]:
        """Rows of loops with equally many corners, and their corners (m, n, 3)."""
        starts = self.starts
        for count in np.unique(self.counts).tolist():
            rows = np.flatnonzero(self.counts == count)
            step = max(1, _TOGETHER // max(1, count * count))
            for at in range(0, len(rows), step):
                some = rows[at:at + step]
                yield some, self.points[starts[some, None] + np.arange(count)]


def repeating(corners: Floats, tolerance: float) -> Flags:
    """(m,) whether two corners of a loop (m, n, 3) lie within the tolerance of each other."""
    found = np.zeros(len(corners), bool)
    for first, second in _pairs(corners.shape[1], 1, closed=False):
        apart = corners[:, first] - corners[:, second]
        found |= (_dot(apart, apart) <= tolerance * tolerance).any(axis=1)
    return found


def crossing(corners: Floats, tolerance: float) -> Flags:
    """(m,) whether a closed loop (m, n, 3) meets itself: edges that are no neighbours come within the tolerance, or neighbours fold back.

    No corner may lie within the tolerance of the next one.
    """
    count = corners.shape[1]
    if count < 3:
        return np.zeros(len(corners), bool)
    ends, over = np.roll(corners, -1, axis=1), np.roll(corners, -2, axis=1)
    folded = (_to_segment(over, corners, ends) <= tolerance) | (_to_segment(corners, ends, over) <= tolerance)
    found: Flags = np.asarray(folded.any(axis=1))
    rest = np.flatnonzero(~found & ~_convex(ends - corners, over - ends))
    corners, ends = corners[rest], ends[rest]
    for first, second in _pairs(count, 2, closed=True):
        apart = _between(corners[:, first], ends[:, first], corners[:, second], ends[:, second])
        found[rest] |= (apart <= tolerance).any(axis=1)
    return found


def _convex(edges: Floats, following: Floats) -> Flags:
    """(m,) whether loops with these edges (m, n, 3) are plane and convex: only then their corners turn by 2 pi in all (Fenchel)."""
    across, along = np.cross(edges, following), _dot(edges, following)
    turned = np.arctan2(np.sqrt(_dot(across, across)), along).sum(axis=1)
    return np.asarray(turned <= 2 * np.pi + _STRAIGHT)


def uneven(corners: Floats, tolerance: float) -> Flags:
    """(m,) whether corners (m, n, 3) lie farther than the tolerance from the plane that fits them best (least squares)."""
    if corners.shape[1] < 4:
        return np.zeros(len(corners), bool)
    local = corners - corners.mean(axis=1, keepdims=True)
    local[~(np.abs(local) < _FARTHEST).all(axis=(1, 2))] = 0.0
    normals = np.linalg.eigh(np.einsum("mni,mnj->mij", local, local))[1][:, :, 0]
    distance = np.abs(np.einsum("mni,mi->mn", local, normals)).max(axis=1)
    return np.asarray(distance > tolerance + _ULPS * np.spacing(np.abs(corners).max(axis=(1, 2))))


@lru_cache(maxsize=256)
def _all_pairs(count: int, apart: int, closed: bool) -> tuple[Ints, Ints]:
    first, second = np.triu_indices(count, apart)
    keep = second - first <= count - apart if closed else np.ones(len(first), bool)
    return first[keep], second[keep]


def _pairs(count: int, apart: int, *, closed: bool) -> Iterator[tuple[Ints, Ints]]:
    """Pairs of places at least `apart` from each other, in closed loops both ways round; large loops in pieces."""
    if count * count <= _TOGETHER:
        yield _all_pairs(count, apart, closed)
        return
    for first in range(count - apart):
        last = min(count, count + first - apart + 1) if closed else count
        second = np.arange(first + apart, last)
        yield np.full(len(second), first), second


def _dot(a: Floats, b: Floats) -> Floats:
    """(...) of vectors (..., 3)."""
    return np.asarray(np.einsum("...i,...i->...", a, b))


def _to_segment(point: Floats, start: Floats, end: Floats) -> Floats:
    """Distances (...) from points to segments (..., 3)."""
    along, off = end - start, point - start
    part = np.clip(_dot(off, along) / np.maximum(_dot(along, along), 1e-300), 0.0, 1.0)
    off = off - part[..., None] * along
    return np.asarray(np.sqrt(_dot(off, off)))


def _between(a: Floats, b: Floats, c: Floats, d: Floats) -> Floats:
    """Distances (...) between segments a-b and c-d, (..., 3) each: where the lines meet, if inside both, else from one of the ends."""
    u, v, w = b - a, d - c, a - c
    uu, uv, vv, uw, vw = _dot(u, u), _dot(u, v), _dot(v, v), _dot(u, w), _dot(v, w)
    det = uu * vv - uv * uv
    slanted = det > 1e-14 * uu * vv
    safe = np.where(slanted, det, 1.0)
    s, t = (uv * vw - vv * uw) / safe, (uu * vw - uv * uw) / safe
    inside = slanted & (s >= 0) & (s <= 1) & (t >= 0) & (t <= 1)
    gap = w + s[..., None] * u - t[..., None] * v
    ends = np.minimum.reduce([_to_segment(a, c, d), _to_segment(b, c, d), _to_segment(c, a, b), _to_segment(d, a, b)])
    return np.asarray(np.where(inside, np.sqrt(_dot(gap, gap)), ends))
