"""Envelopes: what a storey or a model looks like from afar, in a few thousand triangles, with how far that is from the truth.

Every piece that is large against a cell keeps its own form: its vertices are gathered cell by cell, so that a wall becomes a sheet
and its small detail is gone. All others become boxes: large ones that are too thin for a cell each their own, the rest one for each
cell. What no box can stand for is drawn as it is. The cell grows until the budget holds. Nothing is left out, and each vertex of an
envelope still belongs to an element.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bim.shapes import Item
from csdi.geometry import Mesh
from twin.assembly import Assembled, Stage, axes_at
from twin.ellipsoid import Array
from twin.gltf import Look, Part
from twin.metadata import Table
from twin.palette import Rgba, colour_of
from twin.pieces import Pieces
from twin.surface import Ints, surfaces

BUDGET = 7_000
"""Triangles of an envelope: some 80 kB, a third of that after gzip."""

_WORTH = 4
_LEAST_CELL_M = 0.1
_CELLS_ACROSS = 120
_GROWTH = 1.4
_MOST_TRIES = 80
_LARGE = 2.0
_INNER = (2.0, 98.0)
_BOX = np.array([[0, 2, 1], [1, 2, 3], [4, 5, 6], [5, 7, 6], [0, 1, 4], [1, 5, 4], [2, 6, 3], [3, 6, 7], [0, 4, 2], [2, 4, 6],
                 [1, 3, 5], [3, 7, 5]])
_CORNERS = np.array([[x, y, z] for z in (0, 1) for y in (0, 1) for x in (0, 1)])
_DIRECTIONS = np.vstack([np.eye(3), -np.eye(3), 2.0 * _CORNERS - 1.0])


@dataclass(frozen=True, slots=True)
class Envelope:
    """Some pieces from afar, in the model frame.

    Attributes:
        vertices: (n, 3) float64, metres.
        triangles: (m, 3) indices.
        piece_of: (m,) the piece to which each triangle belongs.
        rgba: (m, 4) float64 display sRGB with opacity.
        error_m: the largest distance between what is drawn and what it stands for, as far as vertices and boxes tell.
    """

    vertices: Array
    triangles: Ints
    piece_of: Ints
    rgba: Array
    error_m: float


def envelope(items: Sequence[Item], pieces: Pieces, budget: int = BUDGET) -> Envelope | None:
    """The envelope of these pieces; None where its budget is not a quarter of what they are."""
    if int(pieces.triangles.sum()) < _WORTH * budget:
        return None
    cell_m = max(_reach(pieces) / _CELLS_ACROSS, _LEAST_CELL_M)
    for _ in range(_MOST_TRIES):
        found = _at(items, pieces, cell_m, budget)
        if found is not None:
            return found
        cell_m *= _GROWTH
    return None


def _reach(pieces: Pieces) -> float:
    """The diagonal of where most pieces are: a stray one does not make everything coarse."""
    low, high = np.percentile(pieces.boxes[:, 0], _INNER[0], axis=0), np.percentile(pieces.boxes[:, 1], _INNER[1], axis=0)
    return float(np.linalg.norm(high - low))


def _at(items: Sequence[Item], pieces: Pieces, cell_m: float, budget: int) -> Envelope | None:
    """The envelope with cells of this size; None when it is over the budget."""
    is_large = pieces.sizes >= _LARGE * cell_m
    formed = _formed(items, pieces, np.flatnonzero(is_large), cell_m)
    if len(formed.triangles) > budget:
        return None
    others = np.setdiff1d(np.arange(len(pieces)), formed.piece_of)
    thin, small = others[is_large[others]], others[~is_large[others]]
    corners = _item_corners(pieces, thin)
    slack_m = _slack(items, pieces, thin, corners)
    fits = slack_m <= cell_m
    if len(formed.triangles) + int(pieces.triangles[thin[~fits]].sum()) > budget:
        return None
    whole = _formed(items, pieces, thin[~fits], _LEAST_CELL_M / 100)
    alone = _boxes(items, pieces, thin[fits], corners[fits], float(slack_m[fits].max(initial=0.0)))
    made = _joined([formed, whole, alone, _together(items, pieces, small, cell_m)])
    return made if len(made.triangles) <= budget else None


def _joined(parts: Sequence[Envelope]) -> Envelope:
    starts = np.cumsum([0, *(len(part.vertices) for part in parts)])
    return Envelope(np.vstack([part.vertices for part in parts]),
                    np.vstack([part.triangles + start for part, start in zip(parts, starts, strict=False)]),
                    np.concatenate([part.piece_of for part in parts]), np.vstack([part.rgba for part in parts]),
                    max(part.error_m for part in parts))


def _item_corners(pieces: Pieces, chosen: Ints) -> Array:
    """(k, 8, 3) the corners of the items' own boxes where they are placed, model frame."""
    boxes, matrices = pieces.surfaces.boxes[pieces.item_of[chosen]], pieces.matrices[chosen]
    corners = boxes[:, :1] + _CORNERS * np.ptp(boxes, axis=1)[:, None]
    return np.asarray(np.einsum("kij,kcj->kci", matrices[:, :3, :3], corners) + matrices[:, None, :3, 3])


def _slack(items: Sequence[Item], pieces: Pieces, chosen: Ints, corners: Array) -> Array:
    """(k,) how far a corner of a piece's box is from the piece at most: from its vertices that lie furthest out in fourteen directions."""
    used, place = np.unique(pieces.item_of[chosen], return_inverse=True)
    if not len(used):
        return np.zeros(0)
    outmost = np.stack([_outmost(items[number].mesh.vertices) for number in used.tolist()])[place]
    matrices = pieces.matrices[chosen]
    points = np.einsum("kij,kdj->kdi", matrices[:, :3, :3], outmost) + matrices[:, None, :3, 3]
    nearest = np.full(corners.shape[:2], np.inf)
    for direction in range(points.shape[1]):
        np.minimum(nearest, np.linalg.norm(corners - points[:, direction, None], axis=2), out=nearest)
    return np.asarray(nearest.max(axis=1))


def _outmost(vertices: Array) -> Array:
    """(14, 3) the vertices that lie furthest out along the axes and the diagonals."""
    found = vertices[np.isfinite(vertices).all(axis=1)]
    return np.asarray(found[np.argmax(found @ _DIRECTIONS.T, axis=0)])


def _formed(items: Sequence[Item], pieces: Pieces, chosen: Ints, cell_m: float) -> Envelope:
    """These pieces with the vertices of each gathered cell by cell; flat ones become sheets, thin ones may vanish."""
    if not len(chosen):
        return Envelope(np.zeros((0, 3)), np.zeros((0, 3), dtype=np.int64), np.zeros(0, dtype=np.int64), np.zeros((0, 4)), 0.0)
    used = [items[number] for number in pieces.item_of[chosen].tolist()]
    sizes = np.array([len(item.mesh.vertices) for item in used])
    starts = np.cumsum(sizes) - sizes
    points = np.concatenate([item.mesh.vertices @ matrix[:3, :3].T + matrix[:3, 3]
                             for item, matrix in zip(used, pieces.matrices[chosen], strict=True)])
    triangles = np.concatenate([item.mesh.triangles + start for item, start in zip(used, starts, strict=True)]).astype(np.int64)
    owner = np.repeat(np.arange(len(chosen)), [len(item.mesh.triangles) for item in used])
    rgba = np.concatenate([_paints(item, _fallback(pieces, k)) for item, k in zip(used, chosen.tolist(), strict=True)])
    sound = np.isfinite(points[triangles]).all(axis=(1, 2))
    triangles, owner, rgba = triangles[sound], owner[sound], rgba[sound]
    places, joined, error_m = _gathered(points, np.repeat(np.arange(len(chosen)), sizes), triangles, cell_m)
    distinct = (joined[:, 0] != joined[:, 1]) & (joined[:, 1] != joined[:, 2]) & (joined[:, 2] != joined[:, 0])
    kept = np.flatnonzero(distinct)
    kept = np.sort(kept[np.unique(np.sort(joined[kept], axis=1), axis=0, return_index=True)[1]])
    return Envelope(places, joined[kept], chosen[owner[kept]], rgba[kept], error_m)


def _gathered(points: Array, owner: Ints, triangles: Ints, cell_m: float) -> tuple[Array, Ints, float]:
    """The middles of the vertices of each piece in each cell, the triangles between them, and how far a vertex has moved at most."""
    used, corners = np.unique(triangles, return_inverse=True)
    keys = np.column_stack([owner[used], np.floor(points[used] / cell_m).astype(np.int64)])
    order = np.lexsort(keys.T[::-1])
    fresh = np.concatenate([[True], (keys[order][1:] != keys[order][:-1]).any(axis=1)])
    number = np.empty(len(used), dtype=np.int64)
    number[order] = np.cumsum(fresh) - 1
    counts = np.bincount(number)
    places = np.stack([np.bincount(number, points[used, axis]) for axis in range(3)], axis=1) / counts[:, None]
    error_m = float(np.linalg.norm(points[used] - places[number], axis=1).max())
    return places, number[corners].reshape(-1, 3), error_m


def _together(items: Sequence[Item], pieces: Pieces, chosen: Ints, cell_m: float) -> Envelope:
    """A box around all of these pieces whose middles share a cell and that share a storey, painted as the largest of them."""
    storeys = np.unique([row.storey for row in pieces.rows], return_inverse=True)[1][pieces.row_of[chosen]]
    cells = np.floor(pieces.centres[chosen] / (_LARGE * cell_m)).astype(np.int64)
    number = np.unique(np.column_stack([storeys, cells]), axis=0, return_inverse=True)[1].reshape(-1)
    boxes = pieces.boxes[chosen]
    count = int(number.max()) + 1 if len(number) else 0
    low, high = np.full((count, 3), np.inf), np.full((count, 3), -np.inf)
    np.minimum.at(low, number, boxes[:, 0])
    np.maximum.at(high, number, boxes[:, 1])
    order = np.lexsort((chosen, -pieces.sizes[chosen], number))
    first = chosen[order[np.searchsorted(number[order], np.arange(count))]]
    corners = low[:, None] + _CORNERS * (high - low)[:, None]
    slack_m = _slack(items, pieces, chosen, boxes[:, :1] + _CORNERS * np.ptp(boxes, axis=1)[:, None])
    return _boxes(items, pieces, first, corners, _apart(boxes, slack_m, number, corners))


def _apart(boxes: Array, slack_m: Array, number: Ints, corners: Array) -> float:
    """How far a corner of a common box is from the nearest piece in it at most."""
    places = corners[number]
    outside = np.maximum(np.maximum(boxes[:, None, 0] - places, places - boxes[:, None, 1]), 0.0)
    nearest = np.full(corners.shape[:2], np.inf)
    np.minimum.at(nearest, number, np.linalg.norm(outside, axis=2) + slack_m[:, None])
    return float(nearest.max(initial=0.0))


def _boxes(items: Sequence[Item], pieces: Pieces, chosen: Ints, corners: Array, apart_m: float) -> Envelope:
    """(k, 8, 3) corners as boxes that are painted as these pieces; what lies in a box is no further from it than half of its least side."""
    triangles = (_BOX + 8 * np.arange(len(chosen))[:, None, None]).reshape(-1, 3)
    rgba = np.array([_paints(items[int(pieces.item_of[k])], _fallback(pieces, int(k)))[0] for k in chosen]).reshape(-1, 4)
    sides = np.linalg.norm(corners[:, [1, 2, 4]] - corners[:, :1], axis=2)
    error_m = max(apart_m, float(sides.min(axis=1).max(initial=0.0)) / 2)
    return Envelope(corners.reshape(-1, 3), triangles, np.repeat(chosen, 12), np.repeat(rgba, 12, axis=0), error_m)


def _fallback(pieces: Pieces, piece: int) -> Rgba:
    return colour_of(pieces.rows[int(pieces.row_of[piece])].ifc_class)


def _paints(item: Item, fallback: Rgba) -> Array:
    """(m, 4) the colour of each triangle."""
    return np.array([*(material.rgba for material in item.materials), fallback], dtype=np.float64)[item.material_of]


def drawn_envelope(stage: Stage, pieces: Pieces, made: Envelope) -> Assembled:
    """An envelope as the content of a tile: one part per paint, both sides seen, features as in any tile."""
    rows, row_of = np.unique(pieces.row_of[made.piece_of], return_inverse=True)
    paints, paint_of = np.unique(np.rint(made.rgba * 255).astype(np.int64), axis=0, return_inverse=True)
    pairs, pair_of = np.unique(np.column_stack([paint_of.reshape(-1), row_of]), axis=0, return_inverse=True)
    order = np.argsort(pair_of.reshape(-1), kind="stable")
    groups = np.split(order, np.flatnonzero(np.diff(pair_of.reshape(-1)[order])) + 1)
    shown = surfaces([_item(made, group) for group in groups])
    parts = []
    for paint, rgba in enumerate((paints / 255).tolist()):
        mine = [k for k in np.flatnonzero(pairs[:, 0] == paint).tolist() if len(shown[k].triangles)]
        if mine:
            sizes = [len(shown[k].positions) for k in mine]
            starts = np.cumsum(sizes) - sizes
            triangles = np.concatenate([shown[k].triangles + start for k, start in zip(mine, starts, strict=True)])
            parts.append(Part(Look((rgba[0], rgba[1], rgba[2], rgba[3]), True),
                              stage.points(np.concatenate([shown[k].positions for k in mine])),
                              np.concatenate([shown[k].normals for k in mine]) @ axes_at(stage, pieces).T, triangles,
                              np.repeat(pairs[mine, 1], sizes)))
    return _numbered(parts, [int(row) for row in rows], pieces, axes_at(stage, pieces))


def _item(made: Envelope, chosen: Ints) -> Item:
    used, corners = np.unique(made.triangles[chosen], return_inverse=True)
    return Item(Mesh(made.vertices[used], corners.reshape(-1, 3).astype(np.int32)), (), np.full(len(chosen), -1, dtype=np.int16))


def _numbered(parts: Sequence[Part], rows: Sequence[int], pieces: Pieces, axes: Array) -> Assembled:
    """The parts with a table of the features that are still in them."""
    left = np.unique(np.concatenate([part.feature_of for part in parts]))
    number = np.full(len(rows), -1)
    number[left] = np.arange(len(left))
    renumbered = tuple(Part(part.look, part.positions, part.normals, part.triangles, number[part.feature_of]) for part in parts)
    points = np.vstack([part.positions for part in parts])
    box = np.stack([points.min(axis=0), points.max(axis=0)])
    table = Table([pieces.rows[rows[k]] for k in left.tolist()])
    return Assembled(renumbered, (), table, box, 0.0, sum(len(part.triangles) for part in parts), axes)
