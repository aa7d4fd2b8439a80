"""How triangles hang together: welding of equal vertices, closedness, one orientation, volume."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bim.tessellation.body import Body
from bim.tessellation.rings import cross

_Ints = NDArray[np.int64]
_Floats = NDArray[np.float64]

_MIXERS = (np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F), np.uint64(0x165667B19E3779F9))

_SLANTED = np.array([0.6180339887, 0.4142135624, 0.6686])
"""A direction of about unit length that no model is aligned to; its parts sum up to less than 2."""


def weld(points: _Floats) -> _Ints:
    """(n,) for each point (n, 3) the index of the first one with exactly the same coordinates."""
    plain = np.ascontiguousarray(points, dtype=np.float64) + 0.0  # minus zero becomes zero
    mixed = np.zeros(len(plain), np.uint64)
    for column, mixer in zip(plain.view(np.uint64).T, _MIXERS, strict=True):
        mixed = (mixed ^ (column + (column >> np.uint64(29)))) * mixer
        mixed ^= mixed >> np.uint64(32)
    _, first, inverse = np.unique(mixed, return_index=True, return_inverse=True)
    to = first[inverse]
    if not np.array_equal(plain[to], plain, equal_nan=True):  # two points with one hash
        _, first, inverse = np.unique(plain, axis=0, return_index=True, return_inverse=True)
        to = first[inverse.reshape(-1)]
    return np.asarray(to, dtype=np.int64)


def weld_near(points: _Floats, tolerance: float) -> _Ints:
    """(n,) for each point (n, 3) the index of one that stands for all within `tolerance` of it along every axis.

    Cells of two tolerances, on a grid that is moved by one along each axis: such points share a cell of one of the eight grids.
    """
    to = np.arange(len(points))
    for shift in np.ndindex(2, 2, 2):
        to = to[weld(np.floor(points[to] / (2 * tolerance) + np.array(shift) / 2))]
    return to


def open_edges(triangles: _Ints, count: int) -> tuple[_Ints, _Ints, _Ints]:
    """The edges of triangles (m, 3) over `count` vertices.

    Returns:
        (e,) a triangle at each distinct edge; (e,) how many triangles it has; (e,) how many more run along it one way than the other.
    """
    start, end = triangles.reshape(-1), triangles[:, [1, 2, 0]].reshape(-1)
    key = np.minimum(start, end) * np.int64(count) + np.maximum(start, end)
    order = np.argsort(key, kind="stable")
    first = np.flatnonzero(np.diff(key[order], prepend=-1) != 0)
    sense = np.sign(end - start)[order]
    uses = np.diff(np.append(first, len(key)))
    excess = np.add.reduceat(sense, first) if len(first) else sense
    return order[first] // 3, uses, np.abs(excess)


def is_closed(triangles: _Ints, count: int) -> bool:
    """Whether along every edge as many triangles run one way as the other; False for no triangles."""
    return bool(len(triangles)) and not open_edges(triangles.astype(np.int64), count)[2].any()


def signed_volume(vertices: _Floats, triangles: NDArray[np.integer]) -> float:
    """Volume inside closed triangles, negative where they face inwards (divergence theorem, about the centre of the box)."""
    if not len(triangles):
        return 0.0
    local = vertices - (vertices.min(axis=0) + vertices.max(axis=0)) / 2
    a, b, c = (local[triangles[:, k]] for k in range(3))
    return float(np.einsum("ij,ij->", a, cross(b, c)) / 6)


def surface_area(vertices: _Floats, triangles: NDArray[np.integer]) -> float:
    """Sum of the areas of the triangles."""
    a, b, c = (vertices[triangles[:, k]] for k in range(3))
    return float(np.linalg.norm(cross(b - a, c - a), axis=1).sum() / 2)


def solid(body: Body, tolerance: float) -> Body:
    """The same surface, welded and facing outwards where it can be shown to be closed; else as it was.

    Tried in turn: equal vertices made one, vertices within `tolerance` made one, triangles turned to run the same way.
    """
    welded = _welded(body, weld(body.vertices))
    found = _closed(welded)
    if found is None and _any_near(welded.vertices, tolerance):
        found = _closed(_welded(body, weld_near(body.vertices, tolerance)))
    return found or Body(body.vertices, body.triangles, False, body.style_of)


def _closed(body: Body) -> Body | None:
    """The body facing outwards where it is closed as it is, or once its triangles are turned alike; else None."""
    if is_closed(body.triangles.astype(np.int64), len(body.vertices)):
        return outwards(body)
    return _turned_alike(body)


def _any_near(points: _Floats, tolerance: float) -> bool:
    """Whether two of the points (n, 3) may be within two tolerances along every axis; False only where none are.

    Such points lie near each other along any direction, and along a slanted one others seldom do.
    """
    if len(points) < 2:
        return False
    along = np.sort(points @ _SLANTED)
    return bool((along[1:] - along[:-1]).min() <= 4.0 * tolerance)


def outwards(body: Body) -> Body:
    """A closed body with positive volume."""
    triangles = body.triangles
    if signed_volume(body.vertices, triangles) < 0:
        triangles = np.ascontiguousarray(triangles[:, ::-1])
    return Body(body.vertices, triangles, True, body.style_of)


def compact(body: Body) -> Body:
    """Without triangles that have two corners in one vertex, and without vertices that nothing uses."""
    t = body.triangles
    whole = (t[:, 0] != t[:, 1]) & (t[:, 1] != t[:, 2]) & (t[:, 2] != t[:, 0])
    used, inverse = np.unique(t[whole], return_inverse=True)
    style = None if body.style_of is None else body.style_of[whole]
    return Body(body.vertices[used], inverse.reshape(-1, 3).astype(np.int32), body.closed, style)


def _welded(body: Body, to: _Ints) -> Body:
    return compact(Body(body.vertices, to[body.triangles].astype(np.int32), body.closed, body.style_of))


def _turned_alike(body: Body) -> Body | None:
    """Each connected part turned to run one way and outwards; None where an edge has not two triangles, or a part has one side only."""
    triangles = body.triangles.astype(np.int64)
    if not len(triangles) or (open_edges(triangles, len(body.vertices))[1] != 2).any():
        return None
    turned = turned_alike(body.vertices, triangles, np.zeros(len(triangles), np.int64))
    return Body(body.vertices, turned.astype(np.int32), True, body.style_of) if is_closed(turned, len(body.vertices)) else None


def turned_alike(vertices: _Floats, triangles: _Ints, owner: _Ints) -> _Ints:
    """Triangles turned so that each connected part runs one way, and outwards where it has an inside; many bodies at once.

    Args:
        vertices: (n, 3).
        triangles: (m, 3), two at every edge.
        owner: (m,) body of each triangle; bodies share no vertices.
    """
    partner, opposite = _neighbours(triangles, len(vertices))
    turn, part = _spread(partner, opposite, owner)
    turned = np.where((turn == 1)[:, None], triangles[:, ::-1], triangles)
    inwards = part_volumes(vertices, turned, part) < 0
    return np.where(inwards[part][:, None], turned[:, ::-1], turned)


def part_volumes(vertices: _Floats, triangles: _Ints, part: _Ints) -> _Floats:
    """(parts,) signed volume inside the triangles of each part, about one of its vertices."""
    if not len(part):
        return np.zeros(0)
    origin = np.zeros((int(part.max()) + 1, 3))
    origin[part] = vertices[triangles[:, 0]]
    a, b, c = (vertices[triangles[:, k]] - origin[part] for k in range(3))
    six = (a[:, 0] * (b[:, 1] * c[:, 2] - b[:, 2] * c[:, 1]) + a[:, 1] * (b[:, 2] * c[:, 0] - b[:, 0] * c[:, 2])
           + a[:, 2] * (b[:, 0] * c[:, 1] - b[:, 1] * c[:, 0]))
    return np.bincount(part, weights=six / 6, minlength=len(origin)).astype(np.float64)


def _neighbours(triangles: _Ints, count: int) -> tuple[_Ints, NDArray[np.bool_]]:
    """(m, 3) triangle across each edge of a mesh with two triangles at every edge, and whether it runs the opposite way."""
    start, end = triangles.reshape(-1), triangles[:, [1, 2, 0]].reshape(-1)
    order = np.argsort(np.minimum(start, end) * np.int64(count) + np.maximum(start, end), kind="stable")
    other = np.empty(len(order), np.int64)
    other[order[0::2]], other[order[1::2]] = order[1::2], order[0::2]
    return (other // 3).reshape(-1, 3), (start == end[other]).reshape(-1, 3)


def _spread(partner: _Ints, opposite: NDArray[np.bool_], owner: _Ints) -> tuple[_Ints, _Ints]:
    """(m,) 1 for triangles to turn, and (m,) connected part; breadth first, from one triangle of every owner at a time."""
    turn, part = np.full(len(owner), -1), np.full(len(owner), -1)
    parts = 0
    while len(unseen := np.flatnonzero(turn < 0)):
        edge = unseen[np.unique(owner[unseen], return_index=True)[1]]
        turn[edge], part[edge] = 0, parts + np.arange(len(edge))
        parts += len(edge)
        while len(edge):
            near, fine, source = partner[edge].reshape(-1), opposite[edge].reshape(-1), np.repeat(edge, 3)
            fresh = turn[near] < 0
            near, fine, source = near[fresh], fine[fresh], source[fresh]
            turn[near], part[near] = np.where(fine, turn[source], 1 - turn[source]), part[source]
            edge = np.unique(near)
    return turn, part
