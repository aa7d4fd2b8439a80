"""Surfaces: item meshes made ready for drawing, with smooth or creased normals, split by material."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bim.shapes import Item
from twin.ellipsoid import Array

Ints = NDArray[np.int64]

CREASE_DEG = 38.0
"""Faces that meet at less than this angle share a normal; an octagon's sides (45 degrees) do not."""

_WELD_M = 1e-5
_LEAST_AREA_M2 = 1e-12
_CHUNK_TRIANGLES = 400_000


@dataclass(frozen=True, slots=True)
class Surface:
    """One item as it is drawn.

    Attributes:
        positions: (n, 3) float64, metres, item frame.
        normals: (n, 3) float64, unit length, item frame.
        triangles: (m, 3) int64, indices into positions.
        material_of: (m,) int64, index into the item's materials, -1 for none.
        is_open: whether an edge has a face on one side only.
    """

    positions: Array
    normals: Array
    triangles: Ints
    material_of: Ints
    is_open: bool

    @property
    def box(self) -> Array:
        """(2, 3) lowest and highest corner; NaN when nothing is drawn."""
        if not len(self.positions):
            return np.full((2, 3), np.nan)
        return bounds(self.positions)


def bounds(points: Array) -> Array:
    """(2, 3) lowest and highest numbers of (n, 3) points; column by column, which is several times as fast as by axis."""
    return np.array([[points[:, axis].min() for axis in range(3)], [points[:, axis].max() for axis in range(3)]])


def surfaces(items: list[Item], crease_deg: float = CREASE_DEG) -> list[Surface]:
    """Every item's surface, in order; triangles without area or with broken numbers are left out."""
    result: list[Surface] = []
    start = 0
    while start < len(items):
        end, total = start, 0
        while end < len(items) and (end == start or total + len(items[end].mesh.triangles) <= _CHUNK_TRIANGLES):
            total += len(items[end].mesh.triangles)
            end += 1
        result += _together(items[start:end], crease_deg)
        start = end
    return result


def _together(items: list[Item], crease_deg: float) -> list[Surface]:
    """All items as one soup: the same few array operations serve a thousand bolts or one roof."""
    counts = np.array([len(item.mesh.vertices) for item in items])
    offsets = np.concatenate([[0], np.cumsum(counts)[:-1]])
    vertices = np.concatenate([item.mesh.vertices for item in items])
    triangles = np.concatenate([item.mesh.triangles.astype(np.int64) + offset
                                for item, offset in zip(items, offsets, strict=True)])
    item_of = np.repeat(np.arange(len(items)), [len(item.mesh.triangles) for item in items])
    made = shaded(vertices, np.repeat(np.arange(len(items)), counts), triangles, item_of, crease_deg)
    material_of = np.concatenate([item.material_of for item in items])[made.origin].astype(np.int64)
    is_open = np.zeros(len(items), dtype=bool)
    is_open[item_of[made.origin[made.lonely]]] = True
    starts = np.searchsorted(made.item_of, np.arange(len(items) + 1))
    faces = np.searchsorted(item_of[made.origin], np.arange(len(items) + 1))
    return [Surface(made.positions[a:b], made.normals[a:b], made.triangles[c:d] - a, material_of[c:d], bool(is_open[k]))
            for k, (a, b, c, d) in enumerate(zip(starts, starts[1:], faces, faces[1:], strict=False))]


@dataclass(frozen=True, slots=True)
class Shaded:
    """Triangles of many items with normals.

    Attributes:
        positions: (n, 3) float64, as the vertices they come from, item by item.
        normals: (n, 3) float64, unit length.
        item_of: (n,) the item of each position, ascending.
        triangles: (m, 3) indices into positions.
        origin: (m,) which of the given triangles each was, ascending.
        lonely: the numbers of those that have an edge without a neighbour.
    """

    positions: Array
    normals: Array
    item_of: Ints
    triangles: Ints
    origin: Ints
    lonely: Ints


def shaded(vertices: Array, owner: Ints, triangles: Ints, item_of: Ints, crease_deg: float = CREASE_DEG) -> Shaded:
    """Triangles with area as they are drawn; normals are shared inside an item, where its faces meet at less than the crease.

    Args:
        vertices: (n, 3) float64, metres.
        owner: (n,) the item of each vertex.
        triangles: (m, 3) indices; those of an item stand together, items ascending.
        item_of: (m,) the item of each triangle.
    """
    welded, crosses = weld(vertices, owner), _crosses(vertices, triangles)
    corners = welded[triangles]
    good = (np.einsum("ij,ij->i", crosses, crosses) > (2 * _LEAST_AREA_M2) ** 2) & (
        (corners[:, 0] != corners[:, 1]) & (corners[:, 1] != corners[:, 2]) & (corners[:, 2] != corners[:, 0]))
    origin = np.flatnonzero(good)
    triangles, corners, crosses = triangles[origin], corners[origin], crosses[origin]
    first, second, lonely = neighbours(corners)
    twice_area = np.linalg.norm(crosses, axis=1)
    unit = crosses / twice_area[:, None]
    lowest = _groups(corners, unit, first, second, crease_deg)
    is_lowest = lowest == np.arange(len(lowest))
    labels, group_of = np.flatnonzero(is_lowest), (np.cumsum(is_lowest) - 1)[lowest]
    normals = _normals(vertices, triangles, unit, twice_area, group_of, len(labels))
    return Shaded(vertices[triangles.reshape(-1)[labels]], normals, item_of[origin[labels // 3]], group_of.reshape(-1, 3), origin, lonely)


def weld(vertices: Array, item_of: Ints) -> Ints:
    """For each of (n, 3) vertices, metres, a number that equal ones of the same item share."""
    if not len(vertices):
        return np.zeros(0, dtype=np.int64)
    safe = np.nan_to_num(vertices, nan=0.0, posinf=0.0, neginf=0.0)
    keys = np.column_stack([item_of, np.rint(safe / _WELD_M).astype(np.int64)])
    order = np.lexsort(keys.T[::-1])
    ordered = keys[order]
    fresh = np.concatenate([[True], (ordered[1:] != ordered[:-1]).any(axis=1)])
    welded = np.empty(len(vertices), dtype=np.int64)
    welded[order] = np.cumsum(fresh) - 1
    return welded


def _crosses(vertices: Array, triangles: Ints) -> Array:
    """(m, 3) face normals, twice the area long; zero where a number is not finite."""
    a, b, c = (vertices[triangles[:, k]] for k in range(3))
    with np.errstate(invalid="ignore", over="ignore"):
        (ux, uy, uz), (vx, vy, vz) = (b - a).T, (c - a).T
        crosses = np.stack([uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx], axis=1)
        crosses[~np.isfinite(crosses.sum(axis=1))] = 0.0
    return crosses


def neighbours(corners: Ints) -> tuple[Ints, Ints, Ints]:
    """Half-edges that run along the same edge of (m, 3) corners, in pairs, and the faces that have an edge without a partner.

    Half-edge h of face h // 3 runs from its corner h % 3 to the next one.
    """
    tail, head = corners.reshape(-1), np.roll(corners, -1, axis=1).reshape(-1)
    low, high = np.minimum(tail, head), np.maximum(tail, head)
    edge = low * (int(high.max(initial=0)) + 1) + high
    order = _order(edge)
    same = np.diff(edge[order]) == 0
    first, second = order[:-1][same], order[1:][same]
    alone = np.ones(len(order), dtype=bool)
    alone[first] = alone[second] = False
    return first, second, np.flatnonzero(alone) // 3


def _order(keys: Ints) -> Ints:
    """The stable order of numbers that are not negative: where both fit 63 bits they are sorted with their places in the lowest ones."""
    bits = len(keys).bit_length()
    if int(keys.max(initial=0)) >> (63 - bits):
        return np.argsort(keys, kind="stable")
    return np.asarray(np.sort(keys << bits | np.arange(len(keys))) & ((1 << bits) - 1))


def _groups(corners: Ints, unit: Array, first: Ints, second: Ints, crease_deg: float) -> Ints:
    """For each corner (3 per face) the lowest corner with which it shares its vertex and its normal."""
    smooth = np.einsum("ij,ij->i", unit[first // 3], unit[second // 3]) > np.cos(np.radians(crease_deg))
    first, second = first[smooth], second[smooth]
    vertex = corners.reshape(-1)
    opposed = vertex[first] != vertex[second]
    ends = np.where(opposed, _next(second), second), np.where(opposed, second, _next(second))
    one = np.concatenate([first, _next(first)])
    other = np.concatenate(ends)
    return _lowest(one, other, corners.size)


def _lowest(one: Ints, other: Ints, count: int) -> Ints:
    """For each of `count` numbers the lowest with which pairs of `one` and `other` connect it."""
    lowest = np.arange(count)
    while True:
        one, other = lowest[one], lowest[other]
        apart = one != other
        if not apart.any():
            return lowest
        one, other = one[apart], other[apart]
        np.minimum.at(lowest, np.maximum(one, other), np.minimum(one, other))
        while not np.array_equal(lower := lowest[lowest], lowest):
            lowest = lower


def _next(half_edge: Ints) -> Ints:
    """The half-edge that follows in the same face; its first corner is where this one ends."""
    return half_edge - half_edge % 3 + (half_edge + 1) % 3


def _normals(vertices: Array, triangles: Ints, unit: Array, twice_area: Array, group_of: Ints, count: int) -> Array:
    """(count, 3) unit normals: face normals averaged by the angle that each face has at the corner."""
    corners = [vertices[triangles[:, k]] for k in range(3)]
    sides = [corners[(k + 1) % 3] - corners[k] for k in range(3)]
    cosines = np.stack([np.einsum("ij,ij->i", sides[k], -sides[k - 1]) for k in range(3)], axis=1)
    angle = np.arctan2(twice_area[:, None], cosines)
    total = np.stack([np.bincount(group_of, (unit[:, axis, None] * angle).reshape(-1), minlength=count) for axis in range(3)], axis=1)
    length = np.linalg.norm(total, axis=1)
    cancelled = length <= 1e-9
    if cancelled.any():
        total[cancelled], length[cancelled] = unit[_first_face(group_of, count)[cancelled]], 1.0
    return np.asarray(total / length[:, None])


def _first_face(group_of: Ints, count: int) -> Ints:
    face = np.zeros(count, dtype=np.int64)
    face[group_of[::-1]] = np.arange(len(group_of))[::-1] // 3
    return face
