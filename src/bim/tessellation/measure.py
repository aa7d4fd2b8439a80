"""Measures: how much of an element there is, from its shapes: volume, surface, length, width and height."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import manifold3d
import numpy as np
import shapely
from numpy.typing import NDArray

from bim.shapes import Item, Placement, Shapes
from bim.tessellation.rings import cross
from bim.tessellation.topology import is_closed, signed_volume, surface_area, weld, weld_near

_manifold: Any = manifold3d
_Floats = NDArray[np.float64]

_WELD_M = 1e-5
_TILTED, _TILTED_MEMBER = 0.15, 0.8
"""A box that does not stand upright is taken where its volume is less than this part of the upright one's: for most elements, so that
stairs and ramps keep their rise, and for slender ones."""
_SLENDER = 8.0
_NEARLY_UP = 0.99863
_RIGID = 1e-6
"""Times that a slender box is longer than its next side."""
_DIRECTIONS = 3
"""How many face directions of an element are tried as axes of a box, those with the most area."""
_MANY = 64
"""Points above which only those of the convex hull are looked at."""
_ROUGHLY = 100
"""Steps of a unit vector's parts within which two directions are one."""
_PLACES = np.array([1 << 20, 1 << 10, 1])
_UP = np.array([0.0, 0.0, 1.0])


@dataclass(frozen=True, slots=True)
class Measures:
    """Of one element, all its items together.

    The box of an element is the smallest upright one: height is vertical, length and width are the sides of the smallest rectangle
    around its plan, whatever the axes of model and element. Only where a tilted box is clearly smaller, as around a brace, a rafter
    or a thin roof panel, that is measured: length is its longest side, height the steeper of the other two.

    Attributes:
        volume_m3: sum over the items, overlaps counted twice; None where one is not closed.
        area_m2: sum over all triangles, thus both sides of a sheet that is modelled as a thin body and one side of an open shell.
        length_m, width_m, height_m: of the box.
    """

    volume_m3: float | None
    area_m2: float
    length_m: float
    width_m: float
    height_m: float


def measures(shapes: Shapes) -> dict[str, Measures]:
    """Element key (as in `Placement.element`) -> its measures, for every element that has a shape."""
    by_element: dict[str, list[Placement]] = defaultdict(list)
    for placement in shapes.placements:
        by_element[placement.element].append(placement)
    alike = _alike(shapes.placements)
    maker = _Maker(shapes.items)
    known: dict[tuple[int, int, bytes], Measures] = {}
    found: dict[str, Measures] = {}
    for element, placements in by_element.items():
        key = alike.get(id(placements[0])) if len(placements) == 1 else None
        if key is None:
            found[element] = maker.of(placements)
            continue
        if key not in known:
            known[key] = maker.of(placements)
        found[element] = known[key]
    return found


def _alike(placements: list[Placement]) -> dict[int, tuple[int, int, bytes]]:
    """A key for each placement that does not stretch: equal keys, equal measures; a turn about the vertical changes nothing."""
    if not placements:
        return {}
    turns = np.array([placement.matrix for placement in placements])[:, :3, :3]
    rigid = np.abs(np.einsum("nki,nkj->nij", turns, turns) - np.eye(3)).max(axis=(1, 2)) < _RIGID
    up = turns[:, 2]
    axis = np.abs(up).argmax(axis=1)
    leaning = np.take_along_axis(up, axis[:, None], axis=1)[:, 0]
    standing = np.abs(leaning) >= _NEARLY_UP
    sides = (np.sign(leaning).astype(int) * (axis + 1)).tolist()
    tilts = [b"" if stands else tilt.tobytes() for stands, tilt in zip(standing.tolist(), np.round(up, 6), strict=True)]
    return {id(one): (one.item, side, tilt)
            for one, side, tilt, fits in zip(placements, sides, tilts, rigid.tolist(), strict=True) if fits}


@dataclass(frozen=True, slots=True)
class _Own:
    """An item by itself: volume or None, area, points that span its hull (n, 3), directions (k, 3) scaled by their area."""

    volume: float | None
    area: float
    points: _Floats
    directions: _Floats


class _Maker:
    """Measures placements; what depends on the item alone, or on the item and its tilt, is worked out once."""

    def __init__(self, items: list[Item]) -> None:
        self._items = items
        self._own: dict[int, _Own] = {}
        self._size: dict[tuple[int, bytes], tuple[float, float, float]] = {}

    def of(self, placements: list[Placement]) -> Measures:
        volumes = [self._volume(placement) for placement in placements]
        known = [volume for volume in volumes if volume is not None]
        area = sum(self._area(placement) for placement in placements)
        return Measures(sum(known) if len(known) == len(volumes) else None, area, *self._sides(placements))

    def _volume(self, placement: Placement) -> float | None:
        own = self._item(placement.item).volume
        return None if own is None else own * abs(float(np.linalg.det(placement.matrix[:3, :3])))

    def _area(self, placement: Placement) -> float:
        turn = placement.matrix[:3, :3]
        gram = turn.T @ turn
        if np.allclose(gram, np.eye(3) * gram[0, 0], rtol=1e-9, atol=1e-9 * abs(gram[0, 0])):
            return self._item(placement.item).area * float(gram[0, 0])
        mesh = self._items[placement.item].mesh
        return surface_area(mesh.vertices @ turn.T, mesh.triangles)

    def _sides(self, placements: list[Placement]) -> tuple[float, float, float]:
        if len(placements) > 1:
            return self._measured(placements)
        turn = placements[0].matrix[:3, :3]
        upright = _upright(turn)
        if upright is not None:
            placements, turn = [replace(placements[0], matrix=upright)], upright[:3, :3]
        key = placements[0].item, np.round(np.vstack([turn[2], turn.T @ turn]), 6).tobytes()  # a turn about the vertical changes nothing
        if key not in self._size:
            self._size[key] = self._measured(placements)
        return self._size[key]

    def _measured(self, placements: list[Placement]) -> tuple[float, float, float]:
        own = [self._item(placement.item) for placement in placements]
        least = max((volume for volume in map(self._volume, placements) if volume is not None), default=0.0)
        points = [o.points @ p.matrix[:3, :3].T + p.matrix[:3, 3] for o, p in zip(own, placements, strict=True)]
        turned = [o.directions @ p.matrix[:3, :3].T for o, p in zip(own, placements, strict=True)]
        return _box_sides(np.concatenate(points), np.concatenate(turned), least)

    def _item(self, number: int) -> _Own:
        if number not in self._own:
            mesh = self._items[number].mesh
            volume = _volume(mesh.vertices, mesh.triangles)
            used = np.zeros(len(mesh.vertices), bool)
            used[mesh.triangles] = True
            area = surface_area(mesh.vertices, mesh.triangles)
            self._own[number] = _Own(volume, area, _spanning(mesh.vertices[used]), _directions(mesh.vertices, mesh.triangles))
        return self._own[number]


def _upright(turn: _Floats) -> _Floats | None:
    """(4, 4) that stands an item up which leans by less than 3 degrees, as sleepers do on a grade; None for any other."""
    if np.abs(turn.T @ turn - np.eye(3)).max() > _RIGID:
        return None
    axis = int(np.argmax(np.abs(turn[2])))
    if not _NEARLY_UP <= abs(turn[2, axis]) < 1.0 - 1e-12:
        return None
    up = np.sign(turn[2, axis])
    matrix = np.eye(4)
    matrix[:3, :3] = np.roll(np.eye(3), axis + 1, axis=1)
    matrix[2] *= up
    matrix[0] *= up
    return matrix


def _volume(vertices: _Floats, triangles: NDArray[np.int32]) -> float | None:
    closed = any(is_closed(corners, len(vertices)) for corners in _welded(vertices, triangles.astype(np.int64)))
    return abs(signed_volume(vertices, triangles)) if closed else None


def _welded(vertices: _Floats, triangles: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
    """Triangles as they are, with equal vertices made one, with near ones made one."""
    yield triangles
    yield weld(vertices)[triangles]
    yield weld_near(vertices, _WELD_M)[triangles]


def _spanning(points: _Floats) -> _Floats:
    """Points with the same convex hull, fewer where there are many."""
    if len(points) <= _MANY:
        return points
    hull = np.asarray(_manifold.Manifold.hull_points(np.ascontiguousarray(points)).to_mesh64().vert_properties, dtype=np.float64)
    return hull[:, :3] if len(hull) else points


def _directions(vertices: _Floats, triangles: NDArray[np.int32]) -> _Floats:
    """(k, 3) the directions in which most of the surface faces, opposite ones as one, each as long as its area."""
    a, b, c = (vertices[triangles[:, k]] for k in range(3))
    normal = cross(b - a, c - a) / 2
    area = np.linalg.norm(normal, axis=1)
    normal, area = normal[area > 0], area[area > 0]
    unit = normal / area[:, None]
    lead = unit[np.arange(len(unit)), np.argmax(np.abs(unit), axis=1)] if len(unit) else area
    unit *= np.sign(lead)[:, None]
    facing = np.round(unit * _ROUGHLY).astype(np.int64) @ _PLACES
    _, first, inverse = np.unique(facing, return_index=True, return_inverse=True)
    total = np.bincount(inverse, weights=area, minlength=len(first))
    most = np.argsort(-total, kind="stable")[:_DIRECTIONS]
    return np.asarray(unit[first[most]] * total[most, None])


def _box_sides(points: _Floats, directions: _Floats, least: float) -> tuple[float, float, float]:
    """Length, width and height of the box around points (n, 3) of a body with at least this volume."""
    height, (length, width), _ = _box_along(_UP, points)
    if least >= _TILTED_MEMBER * _size((height, (length, width), np.eye(3))):  # no box is so much smaller
        return length, width, height
    tilted = [_box_along(axis, points) for axis in _tilted_axes(directions)]
    smallest = min(tilted, key=_size, default=None)
    upright = (height, (length, width), np.eye(3))
    if smallest is None or _size(smallest) >= (_TILTED_MEMBER if _is_slender(smallest) else _TILTED) * _size(upright):
        return length, width, height
    along, sides, axes = smallest
    longest, *others = sorted(zip((along, *sides), axes[:, 2], strict=True), key=lambda side: -side[0])
    flatter, steeper = sorted(others, key=lambda side: abs(side[1]))
    return float(longest[0]), float(flatter[0]), float(steeper[0])


def _size(box: tuple[float, tuple[float, float], _Floats]) -> float:
    along, sides, _ = box
    return max(along, _WELD_M) * max(sides[0], _WELD_M) * max(sides[1], _WELD_M)


def _is_slender(box: tuple[float, tuple[float, float], _Floats]) -> bool:
    longest, following, _ = sorted((box[0], *box[1]), reverse=True)
    return longest > _SLENDER * following


def _tilted_axes(directions: _Floats) -> Iterable[_Floats]:
    length = np.linalg.norm(directions, axis=1)
    for number in np.argsort(-length, kind="stable")[:_DIRECTIONS]:
        if length[number] > 0 and 1e-3 < abs(directions[number, 2]) / length[number] < 1 - 1e-6:
            yield directions[number] / length[number]


def _box_along(axis: _Floats, points: _Floats) -> tuple[float, tuple[float, float], _Floats]:
    """The smallest box with one side along a unit axis: that side, the two others with the longer first, their (3, 3) axes as rows."""
    (u,) = cross(np.eye(3)[np.argmin(np.abs(axis))][None], axis[None])
    u /= np.linalg.norm(u)
    (v,) = cross(axis[None], u[None])
    flat = points @ np.column_stack([u, v])
    sides, (x, y) = _smallest_rectangle(flat - flat.mean(axis=0))
    along = float(np.ptp(points @ axis))
    return along, sides, np.array([axis, x * u + y * v, -y * u + x * v])


def _smallest_rectangle(flat: _Floats) -> tuple[tuple[float, float], _Floats]:
    """Sides of the smallest rectangle around points (n, 2), the longer first, and the unit direction of that one.

    It has a side along an edge of the convex hull (Freeman and Shapira, 1975), so all edges are tried.
    """
    hull = shapely.get_coordinates(shapely.convex_hull(shapely.linestrings(flat if len(flat) > 1 else np.repeat(flat, 2, axis=0))))
    edges = np.diff(hull, axis=0)
    length = np.linalg.norm(edges, axis=1)
    edges = edges[length > 0] / length[length > 0, None] if (length > 0).any() else np.array([[1.0, 0.0]])
    along = np.ptp(hull @ edges.T, axis=0)
    across = np.ptp(hull @ np.column_stack([-edges[:, 1], edges[:, 0]]).T, axis=0)
    best = int(np.argmin(np.maximum(along, _WELD_M) * np.maximum(across, _WELD_M)))
    direction = edges[best] if along[best] >= across[best] else np.array([-edges[best, 1], edges[best, 0]])
    return (float(max(along[best], across[best])), float(min(along[best], across[best]))), direction
