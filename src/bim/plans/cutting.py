"""Cutting: where a horizontal plane meets meshes, as areas, and as lines where a mesh is open."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.errors import GEOSException
from shapely.geometry.base import BaseGeometry

from bim.shapes import Shapes

Floats = NDArray[np.float64]
_GRID_M = 1e-4
_COARSE_M = 1e-3
"""Lines that do not close on the fine grid are joined on this one."""
_OPEN_SHARE = 0.02
"""Share of the cut's length that may be missing from the outline of its area."""
_TOGETHER = 1 << 18
"""Coordinates that are moved at once."""
_LEVEL = 0.98
_RISER_M = 0.05
_LEAST_TREADS = 3
_LEAST_TREAD_M2 = 0.005


def sections(shapes: Shapes, cuts: Mapping[int, float]) -> dict[int, BaseGeometry]:
    """What a level plane shows of placements: polygons of closed meshes, lines of open ones; x and y of the model's frame, metres.

    Args:
        cuts: number of a placement -> height of the plane, model frame. Those that it misses have no entry in the answer.
    """
    owners, ends = _segments(shapes, cuts)
    if not len(owners):
        return {}
    steps = np.round(ends / _GRID_M).astype(np.int64)
    rows = np.unique(np.column_stack([owners, _forward(steps.reshape(-1, 4))]), axis=0)
    rows = rows[(rows[:, 1] != rows[:, 3]) | (rows[:, 2] != rows[:, 4])]
    if not len(rows):
        return {}
    keys, numbers = np.unique(rows[:, 0], return_inverse=True)
    lines = shapely.linestrings(rows[:, 1:].reshape(-1, 2, 2) * _GRID_M)
    drawn = np.asarray(shapely.multilinestrings(lines, indices=numbers.reshape(-1)))
    return dict(zip(keys.tolist(), _areas(drawn), strict=True))


def _forward(lines: NDArray[np.int64]) -> NDArray[np.int64]:
    """Lines (k, 4) from their lesser to their greater end."""
    back = (lines[:, 0] > lines[:, 2]) | ((lines[:, 0] == lines[:, 2]) & (lines[:, 1] > lines[:, 3]))
    return np.where(back[:, None], lines[:, [2, 3, 0, 1]], lines)


def _areas(drawn: NDArray[np.object_]) -> NDArray[np.object_]:
    """The areas that lines (n,) enclose, each with its holes; with lines, or lines alone, where they do not close."""
    made = _each(lambda lines: np.asarray(shapely.build_area(lines)), drawn, lambda _: shapely.Polygon())
    open_ = np.flatnonzero(~_closed(made, drawn))
    if len(open_):
        made[open_] = _each(_joined, drawn[open_], shapely.line_merge)
    return made


def _joined(drawn: NDArray[np.object_]) -> NDArray[np.object_]:
    """As `_areas`, of lines that are joined where they lie within a coarse grid."""
    noded = np.asarray(shapely.unary_union(np.asarray(shapely.set_precision(drawn, _COARSE_M))[:, None], axis=1))
    again = np.asarray(shapely.build_area(noded))
    again[shapely.is_empty(again)] = shapely.Polygon()
    rest = shapely.line_merge(shapely.difference(noded, shapely.buffer(shapely.boundary(again), 2 * _COARSE_M)))
    loose = shapely.length(rest) > _OPEN_SHARE * shapely.length(noded)
    again[loose] = shapely.union(again, rest)[loose]
    return again


def _each(make: Callable[[NDArray[np.object_]], NDArray[np.object_]], lines: NDArray[np.object_],
          otherwise: Callable[[BaseGeometry], BaseGeometry]) -> NDArray[np.object_]:
    """What is made of lines (n,); one by one where the engine fails on any, with something else for each that it fails on."""
    try:
        return make(lines)
    except GEOSException:
        made = np.empty(len(lines), dtype=object)
        for number in range(len(lines)):
            try:
                made[number] = make(lines[number:number + 1])[0]
            except GEOSException:
                made[number] = otherwise(lines[number])
        return made


def _closed(made: NDArray[np.object_], drawn: NDArray[np.object_]) -> NDArray[np.bool_]:
    """(n,) whether areas are valid and have all lines in their outlines."""
    outline = shapely.length(shapely.boundary(made))
    return np.asarray(shapely.is_valid(made) & (outline >= (1 - _OPEN_SHARE) * shapely.length(drawn)))


def _segments(shapes: Shapes, cuts: Mapping[int, float]) -> tuple[NDArray[np.int64], Floats]:
    """(k,) number of the placement and (k, 2, 2) ends of each segment in which a plane cuts a triangle."""
    placements = np.array(list(cuts), dtype=np.int64)
    if not len(placements):
        return np.zeros(0, np.int64), np.zeros((0, 2, 2))
    heights = np.array(list(cuts.values()))
    items = np.array([shapes.placements[row].item for row in placements.tolist()])
    owners, ends = [], []
    order = np.argsort(items, kind="stable")
    for rows in np.split(order, np.flatnonzero(np.diff(items[order])) + 1):
        mesh = shapes.items[items[rows[0]]].mesh
        together = max(1, _TOGETHER // max(1, mesh.vertices.size))
        for some in (rows[at:at + together] for at in range(0, len(rows), together)):
            matrices = np.array([shapes.placements[row].matrix for row in placements[some].tolist()])
            of, found = _cut(mesh.vertices, mesh.triangles, matrices, heights[some])
            owners.append(placements[some][of])
            ends.append(found)
    return np.concatenate(owners), np.concatenate(ends)


def _cut(vertices: Floats, triangles: NDArray[np.int32], matrices: Floats, heights: Floats) -> tuple[NDArray[np.int64], Floats]:
    """(k,) row of the matrix, (k, 2, 2) ends. The corner that stands alone on its side of the plane has both cut edges."""
    moved = vertices @ matrices[:, :3, :3].transpose(0, 2, 1) + matrices[:, None, :3, 3]
    above = moved[:, :, 2] >= heights[:, None]
    count = above[:, triangles].sum(axis=2)
    row, number = np.nonzero((count > 0) & (count < 3))
    corners = triangles[number]
    side = above[row[:, None], corners]
    alone = np.argmax(side == (count[row, number] == 1)[:, None], axis=1)
    tip = corners[np.arange(len(row)), alone]
    ends = np.empty((len(row), 2, 2))
    for at in (1, 2):
        other = corners[np.arange(len(row)), (alone + at) % 3]
        up = above[row, tip]
        low, high = moved[row, np.where(up, other, tip)], moved[row, np.where(up, tip, other)]
        share = (heights[row] - low[:, 2]) / (high[:, 2] - low[:, 2])
        ends[:, at - 1] = low[:, :2] + share[:, None] * (high[:, :2] - low[:, :2])
    return row, ends


def treads(corners: Floats) -> BaseGeometry | None:
    """The steps of a stair, from triangles (m, 3, 3): the outline of what faces up on each level; None for less than three levels."""
    edges = corners[:, 1:] - corners[:, :1]
    normals = np.cross(edges[:, 0], edges[:, 1])
    flat = corners[(normals[:, 2] > _LEVEL * np.linalg.norm(normals, axis=1)) & (normals[:, 2] > _LEAST_TREAD_M2)]
    levels = np.round(flat[:, :, 2].mean(axis=1) / _RISER_M).astype(np.int64)
    if len(np.unique(levels)) < _LEAST_TREADS:
        return None
    steps = np.round(flat[:, :, :2] / _COARSE_M).astype(np.int64)
    sides = np.concatenate([steps[:, [0, 1]], steps[:, [1, 2]], steps[:, [2, 0]]]).reshape(-1, 4)
    once, count = np.unique(np.column_stack([np.tile(levels, 3), _forward(sides)]), axis=0, return_counts=True)
    outline = once[count == 1, 1:].reshape(-1, 2, 2) * _COARSE_M
    return shapely.line_merge(shapely.MultiLineString(list(outline)))

