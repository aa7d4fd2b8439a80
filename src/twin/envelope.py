"""Envelopes: what a storey or a model looks like from afar, in a few thousand triangles, with how far that is from the truth.

Every piece that is large against a cell keeps its own form: its vertices are gathered cell by cell, so that a wall becomes a sheet
and its small detail is gone. All others become boxes: large ones that are too thin for a cell each their own, the rest one for each
cell. What no box can stand for is drawn as it is. The cell grows until the budget holds. Nothing is left out, and each vertex of an
envelope still belongs to an element.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bim.shapes import Item
from twin.assembly import Assembled, Stage, axes_at
from twin.ellipsoid import Array
from twin.metadata import Table
from twin.palette import Rgba, colour_of
from twin.parts import Look, Part
from twin.pieces import Pieces
from twin.surface import Ints, Shaded, shaded

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
    cast = _Cast(items, pieces, cell_m)
    for _ in range(_MOST_TRIES):
        found = _at(cast, cell_m, budget)
        if isinstance(found, Envelope):
            return found
        cell_m *= _GROWTH ** max(1, int(math.log(found / budget, _GROWTH**2)))
    return None


def _reach(pieces: Pieces) -> float:
    """The diagonal of where most pieces are: a stray one does not make everything coarse."""
    low, high = np.percentile(pieces.boxes[:, 0], _INNER[0], axis=0), np.percentile(pieces.boxes[:, 1], _INNER[1], axis=0)
    return float(np.linalg.norm(high - low))


class _Cast:
    """Some pieces with what each try asks of them, found once.

    Attributes:
        items, pieces: as given.
        points: (n, 3) float64, the vertices of the pieces that are large against the finest cell, model frame, metres.
        owner: (n,) their pieces.
        triangles: (m, 3) indices into `points`, without those that have numbers that are not finite.
        face_owner: (m,) their pieces.
        rgba: (m, 4) their colours.
    """

    def __init__(self, items: Sequence[Item], pieces: Pieces, finest_m: float) -> None:
        self.items, self.pieces = items, pieces
        large = np.flatnonzero(pieces.sizes >= _LARGE * finest_m)
        used = [items[number] for number in pieces.item_of[large].tolist()]
        sizes = np.array([len(item.mesh.vertices) for item in used], dtype=np.int64)
        starts = np.cumsum(sizes) - sizes
        self.points = np.concatenate([np.zeros((0, 3)), *(
            item.mesh.vertices @ matrix[:3, :3].T + matrix[:3, 3] for item, matrix in zip(used, pieces.matrices[large], strict=True))])
        self.owner = np.repeat(large, sizes)
        triangles = np.concatenate([np.zeros((0, 3), dtype=np.int64), *(
            item.mesh.triangles.astype(np.int64) + start for item, start in zip(used, starts.tolist(), strict=True))])
        sound = np.isfinite(self.points).all(axis=1)[triangles].all(axis=1)
        self.triangles = triangles[sound]
        self.face_owner = np.repeat(large, [len(item.mesh.triangles) for item in used])[sound]
        self.rgba = np.concatenate([np.zeros((0, 4)), *(
            _paints(item, _fallback(pieces, k)) for item, k in zip(used, large.tolist(), strict=True))])[sound]
        self._slack_m: dict[str, Array] = {}

    def item_corners(self, chosen: Ints) -> Array:
        """(k, 8, 3) the corners of the items' own boxes where they are placed, model frame."""
        boxes, matrices = self.pieces.surfaces.boxes[self.pieces.item_of[chosen]], self.pieces.matrices[chosen]
        corners = boxes[:, :1] + _CORNERS * np.ptp(boxes, axis=1)[:, None]
        return np.asarray(np.einsum("kij,kcj->kci", matrices[:, :3, :3], corners) + matrices[:, None, :3, 3])

    def corners(self, chosen: Ints) -> Array:
        """(k, 8, 3) the corners of the boxes along the model's axes."""
        boxes = self.pieces.boxes[chosen]
        return np.asarray(boxes[:, :1] + _CORNERS * np.ptp(boxes, axis=1)[:, None])

    def slack_m(self, chosen: Ints, kind: str) -> Array:
        """(k,) how far a corner of a piece's box, the item's `own` or one along the `axes`, is from the piece at most."""
        known = self._slack_m.setdefault(kind, np.full(len(self.pieces), np.nan))
        missing = chosen[np.isnan(known[chosen])]
        if len(missing):
            known[missing] = self._slack_of(missing, self.item_corners(missing) if kind == "own" else self.corners(missing))
        return known[chosen]

    def _slack_of(self, chosen: Ints, corners: Array) -> Array:
        """From the vertices that lie furthest out in fourteen directions."""
        used, place = np.unique(self.pieces.item_of[chosen], return_inverse=True)
        outmost = np.stack([_outmost(self.items[number].mesh.vertices) for number in used.tolist()])[place]
        matrices = self.pieces.matrices[chosen]
        points = np.einsum("kij,kdj->kdi", matrices[:, :3, :3], outmost) + matrices[:, None, :3, 3]
        nearest = np.full(corners.shape[:2], np.inf)
        for direction in range(points.shape[1]):
            np.minimum(nearest, np.linalg.norm(corners - points[:, direction, None], axis=2), out=nearest)
        return np.asarray(nearest.max(axis=1))


def _at(cast: _Cast, cell_m: float, budget: int) -> Envelope | int:
    """The envelope with cells of this size; where it is over the budget, how many triangles it has at least."""
    pieces = cast.pieces
    is_large = pieces.sizes >= _LARGE * cell_m
    formed = _formed(cast, np.flatnonzero(is_large), cell_m)
    if len(formed.triangles) > budget:
        return len(formed.triangles)
    others = np.setdiff1d(np.arange(len(pieces)), formed.piece_of)
    thin, small = others[is_large[others]], others[~is_large[others]]
    slack_m = cast.slack_m(thin, "own")
    fits = slack_m <= cell_m
    least = len(formed.triangles) + int(pieces.triangles[thin[~fits]].sum())
    if least > budget:
        return least
    whole = _formed(cast, thin[~fits], _LEAST_CELL_M / 100)
    alone = _boxes(cast, thin[fits], cast.item_corners(thin[fits]), float(slack_m[fits].max(initial=0.0)))
    made = _joined([formed, whole, alone, _together(cast, small, cell_m)])
    return made if len(made.triangles) <= budget else len(made.triangles)


def _joined(parts: Sequence[Envelope]) -> Envelope:
    starts = np.cumsum([0, *(len(part.vertices) for part in parts)])
    return Envelope(np.vstack([part.vertices for part in parts]),
                    np.vstack([part.triangles + start for part, start in zip(parts, starts, strict=False)]),
                    np.concatenate([part.piece_of for part in parts]), np.vstack([part.rgba for part in parts]),
                    max(part.error_m for part in parts))


def _outmost(vertices: Array) -> Array:
    """(14, 3) the vertices that lie furthest out along the axes and the diagonals."""
    found = vertices[np.isfinite(vertices).all(axis=1)]
    return np.asarray(found[np.argmax(found @ _DIRECTIONS.T, axis=0)])


def _formed(cast: _Cast, chosen: Ints, cell_m: float) -> Envelope:
    """These pieces with the vertices of each gathered cell by cell; flat ones become sheets, thin ones may vanish."""
    is_chosen = np.zeros(len(cast.pieces), dtype=bool)
    is_chosen[chosen] = True
    faces = np.flatnonzero(is_chosen[cast.face_owner])
    if not len(faces):
        return Envelope(np.zeros((0, 3)), np.zeros((0, 3), dtype=np.int64), np.zeros(0, dtype=np.int64), np.zeros((0, 4)), 0.0)
    places, joined, error_m = _gathered(cast, cast.triangles[faces], cell_m)
    distinct = (joined[:, 0] != joined[:, 1]) & (joined[:, 1] != joined[:, 2]) & (joined[:, 2] != joined[:, 0])
    faces, joined = faces[distinct], joined[distinct]
    fresh = np.sort(np.unique(_row_numbers(np.sort(joined, axis=1)), return_index=True)[1])
    return Envelope(places, joined[fresh], cast.face_owner[faces[fresh]], cast.rgba[faces[fresh]], error_m)


def _gathered(cast: _Cast, triangles: Ints, cell_m: float) -> tuple[Array, Ints, float]:
    """The middles of the vertices of each piece in each cell, the triangles between them, and how far a vertex has moved at most."""
    is_used = np.zeros(len(cast.points), dtype=bool)
    is_used[triangles] = True
    used = np.flatnonzero(is_used)
    points = cast.points[used]
    cells = _row_numbers(np.column_stack([cast.owner[used], np.floor(points / cell_m).astype(np.int64)]))
    number = np.unique(cells, return_inverse=True)[1]
    counts = np.bincount(number)
    places = np.stack([np.bincount(number, points[:, axis]) for axis in range(3)], axis=1) / counts[:, None]
    error_m = float(np.linalg.norm(points - places[number], axis=1).max())
    of_vertex = np.zeros(len(cast.points), dtype=np.int64)
    of_vertex[used] = number
    return places, of_vertex[triangles], error_m


def _row_numbers(columns: Ints) -> Ints:
    """(n,) a number for each of (n, k) rows, the same for equal ones, in the order of the rows."""
    result, count = np.zeros(len(columns), dtype=np.int64), 1
    for column in columns.T if len(columns) else ():
        column = column - column.min()
        span = int(column.max()) + 1
        if count * span >= 2**62:
            result, column = (np.unique(part, return_inverse=True)[1] for part in (result, column))
            count, span = int(result.max()) + 1, int(column.max()) + 1
        result, count = result * span + column, count * span
    return result


def _together(cast: _Cast, chosen: Ints, cell_m: float) -> Envelope:
    """A box around all of these pieces whose middles share a cell and that share a storey, painted as the largest of them."""
    pieces = cast.pieces
    storeys = np.unique([row.storey for row in pieces.rows], return_inverse=True)[1][pieces.row_of[chosen]]
    cells = np.floor(pieces.centres[chosen] / (_LARGE * cell_m)).astype(np.int64)
    number = np.unique(_row_numbers(np.column_stack([storeys, cells])), return_inverse=True)[1]
    boxes = pieces.boxes[chosen]
    count = int(number.max()) + 1 if len(number) else 0
    low, high = np.full((count, 3), np.inf), np.full((count, 3), -np.inf)
    np.minimum.at(low, number, boxes[:, 0])
    np.maximum.at(high, number, boxes[:, 1])
    order = np.lexsort((chosen, -pieces.sizes[chosen], number))
    first = chosen[order[np.searchsorted(number[order], np.arange(count))]]
    corners = low[:, None] + _CORNERS * (high - low)[:, None]
    return _boxes(cast, first, corners, _apart(boxes, cast.slack_m(chosen, "axes"), number, corners))


def _apart(boxes: Array, slack_m: Array, number: Ints, corners: Array) -> float:
    """How far a corner of a common box is from the nearest piece in it at most."""
    places = corners[number]
    outside = np.maximum(np.maximum(boxes[:, None, 0] - places, places - boxes[:, None, 1]), 0.0)
    nearest = np.full(corners.shape[:2], np.inf)
    np.minimum.at(nearest, number, np.linalg.norm(outside, axis=2) + slack_m[:, None])
    return float(nearest.max(initial=0.0))


def _boxes(cast: _Cast, chosen: Ints, corners: Array, apart_m: float) -> Envelope:
    """(k, 8, 3) corners as boxes that are painted as these pieces; what lies in a box is no further from it than half of its least side."""
    triangles = (_BOX + 8 * np.arange(len(chosen))[:, None, None]).reshape(-1, 3)
    rgba = np.array([_paint(cast.items[int(cast.pieces.item_of[k])], _fallback(cast.pieces, k)) for k in chosen.tolist()]).reshape(-1, 4)
    sides = np.linalg.norm(corners[:, [1, 2, 4]] - corners[:, :1], axis=2)
    error_m = max(apart_m, float(sides.min(axis=1).max(initial=0.0)) / 2)
    return Envelope(corners.reshape(-1, 3), triangles, np.repeat(chosen, 12), np.repeat(rgba, 12, axis=0), error_m)


def _fallback(pieces: Pieces, piece: int) -> Rgba:
    return colour_of(pieces.rows[int(pieces.row_of[piece])].ifc_class)


def _paints(item: Item, fallback: Rgba) -> Array:
    """(m, 4) the colour of each triangle."""
    return np.array([*(material.rgba for material in item.materials), fallback], dtype=np.float64)[item.material_of]


def _paint(item: Item, fallback: Rgba) -> Rgba:
    """The colour of the first triangle."""
    number = int(item.material_of[0])
    return item.materials[number].rgba if number >= 0 else fallback


def drawn_envelope(stage: Stage, pieces: Pieces, made: Envelope) -> Assembled:
    """An envelope as the content of a tile: one part per paint, both sides seen, features as in any tile."""
    axes = axes_at(stage, pieces)
    rows, row_of = np.unique(pieces.row_of[made.piece_of], return_inverse=True)
    paints, paint_of = np.unique(np.rint(made.rgba * 255).astype(np.int64), axis=0, return_inverse=True)
    pairs, pair_of = np.unique(paint_of.reshape(-1) * len(rows) + row_of, return_inverse=True)
    shown = _shaded(made, pair_of)
    paint_of, row_of = np.divmod(pairs, len(rows))
    points, normals = stage.points(shown.positions), shown.normals @ axes.T
    starts = np.searchsorted(paint_of[shown.item_of], np.arange(len(paints) + 1))
    faces = np.searchsorted(paint_of[shown.item_of[shown.triangles[:, 0]]], np.arange(len(paints) + 1))
    parts = [Part(Look((red, green, blue, opacity), True), points[a:b], normals[a:b], shown.triangles[c:d] - a,
                  row_of[shown.item_of[a:b]])
             for (red, green, blue, opacity), a, b, c, d in zip((paints / 255).tolist(), starts, starts[1:], faces, faces[1:], strict=False)
             if b > a]
    return _numbered(parts, [int(row) for row in rows], pieces, axes)


def _shaded(made: Envelope, item_of: Ints) -> Shaded:
    """The triangles with normals that are shared inside these items alone."""
    order = np.argsort(item_of, kind="stable")
    item_of = item_of[order]
    vertices, corners = np.unique(made.triangles[order] + item_of[:, None] * len(made.vertices), return_inverse=True)
    owner, used = np.divmod(vertices, len(made.vertices))
    return shaded(made.vertices[used], owner, corners.reshape(-1, 3), item_of)


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
