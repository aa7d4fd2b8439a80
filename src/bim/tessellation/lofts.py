"""Bodies and surfaces through sections that stand along a curve."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bim.tessellation.body import Body, Refused
from bim.tessellation.profiles import Part
from bim.tessellation.sweeps import following
from bim.tessellation.topology import signed_volume

Floats = NDArray[np.float64]
_CORNER = 1e-5
_SHARPEST = 0.2
"""Cosine of half the sharpest corner that is mitred."""
_MOST = 20_000


def placed(rings: Floats, origin: Floats, x: Floats, y: Floats) -> Floats:
    """(n, k, 3) points of n sections: rings (n, k, 2), origins and axes (n, 3) each. Raises Refused: not finite."""
    found: Floats = origin[:, None] + rings[:, :, :1] * x[:, None] + rings[:, :, 1:] * y[:, None]
    if not np.isfinite(found).all():
        raise Refused("sections:not-finite")
    return found


def mitred(points: Floats, origin: Floats, before: Floats, after: Floats) -> Floats:
    """Sections at corners moved along the way in, onto the plane that halves the corner.

    Args:
        points: (n, k, 3) sections that stand on the way in; origin: (n, 3).
        before, after: (n, 3) unit directions of the way in and of the way out.

    Raises:
        Refused: a corner too sharp for a mitre.
    """
    corner = np.linalg.norm(before - after, axis=1) > _CORNER
    if not corner.any():
        return points
    normal = before[corner] + after[corner]
    length = np.linalg.norm(normal, axis=1)
    if (length < 2 * _SHARPEST).any():
        raise Refused("sections:sharp-corner")
    normal = normal / length[:, None]
    far = np.einsum("nkj,nj->nk", origin[corner][:, None] - points[corner], normal)
    share = far / np.einsum("nj,nj->n", before[corner], normal)[:, None]
    found = points.copy()
    found[corner] += share[:, :, None] * before[corner][:, None]
    if not np.isfinite(found).all():
        raise Refused("sections:not-finite")
    return found


def untwisted(distance: Floats, points: Floats, along: Floats, sagitta: float) -> Floats:
    """Distances so close that the two triangles between two sections leave the surface between their edges by less than the sagitta.

    Where an edge turns out of its surface by t over a step, they leave it by t / 4.

    Args:
        distance: (n,) of sections (n, k, 3); along: (n, 3) the way in.
    """
    edges = np.roll(points, -1, axis=1) - points
    normal = np.cross(edges[:-1] + edges[1:], along[:-1, None])
    length = np.maximum(np.linalg.norm(normal, axis=2), 1e-12)
    twist = np.abs(np.einsum("nkj,nkj->nk", edges[1:] - edges[:-1], normal)) / length / 4.0
    counts = np.maximum(1, np.ceil(twist.max(axis=1) / sagitta - 1e-6)).astype(np.int64)
    if counts.sum() > _MOST:
        raise Refused("sections:too-many")
    pieces = [np.linspace(low, high, count + 1)[1:] for low, high, count in zip(distance[:-1], distance[1:], counts, strict=True)]
    return np.concatenate([distance[:1], *pieces])


def solid(points: Floats, first: Part, last: Part) -> Body:
    """A closed body through (n, k, 3) sections with the rings of the parts, which cap its ends."""
    count, n = points.shape[:2]
    a, b = np.arange(n, dtype=np.int64), following(first.sizes).astype(np.int64)
    triangles = np.concatenate([_strips(a, b, n, count), first.cap[:, ::-1], last.cap + (count - 1) * n]).astype(np.int32)
    flat = points.reshape(-1, 3)
    outwards = signed_volume(flat - flat[0], triangles) > 0
    return Body(flat, triangles if outwards else np.ascontiguousarray(triangles[:, ::-1]), closed=True)


def ring(points: Floats, section: Part) -> Body:
    """A closed body without ends through (n, k, 3) sections, the last of which leads to the first."""
    count, n = points.shape[:2]
    a, b = np.arange(n, dtype=np.int64), following(section.sizes).astype(np.int64)
    triangles = (_strips(a, b, n, count + 1) % (count * n)).astype(np.int32)
    flat = points.reshape(-1, 3)
    outwards = signed_volume(flat - flat[0], triangles) > 0
    return Body(flat, triangles if outwards else np.ascontiguousarray(triangles[:, ::-1]), closed=True)


def sheet(points: Floats) -> Body:
    """An open surface through (n, k, 3) sections, seen from above where they run to the left."""
    count, n = points.shape[:2]
    a = np.arange(n - 1, dtype=np.int64)
    return Body(points.reshape(-1, 3), _strips(a + 1, a, n, count).astype(np.int32))


def _strips(a: NDArray[np.int64], b: NDArray[np.int64], n: int, count: int) -> NDArray[np.int64]:
    """Two triangles for each edge a-b between one section of n points and the next."""
    low = (np.arange(count - 1) * n)[:, None]
    one = np.stack([a + low, b + low, b + low + n], axis=2).reshape(-1, 3)
    other = np.stack([a + low, b + low + n, a + low + n], axis=2).reshape(-1, 3)
    return np.concatenate([one, other])
