"""Assembly of a tile: pieces carried into the tileset's frame, repeated items as copies, the rest merged by look."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from bim.shapes import Item
from twin.ellipsoid import Array
from twin.frame import Frame, Reprojection
from twin.metadata import Row, Table
from twin.palette import Rgba, colour_of
from twin.parts import Copies, Look, Part
from twin.pieces import Pieces
from twin.surface import Ints, Surface, bounds
from twin.turns import quaternions, rotations_of

_LEAST_SAVED_TRIANGLES = 300
"""A group of copies costs a draw call and some 200 bytes, which are a hundred packed triangles."""

_LEAST_ALONE_TRIANGLES = 1_500
"""What is as heavy stands alone even where it stands once: other tiles may show the same, and it is packed once for all of them."""

_MOST_GROUPS = 24
_COPY_ERROR_M = 0.002


@dataclass(frozen=True, slots=True)
class Assembled:
    """One tile's content in the tileset's frame, before it is written.

    Attributes:
        parts: merged geometry, one part per look.
        copies: repeated items.
        table: the elements in it.
        box: (2, 3) float64, metres, tileset's frame.
        copy_error_m: how far copies are from reprojecting each vertex, measured.
        triangles: as drawn, copies counted each time.
        axes: (3, 3) float64 rotation from the model's axes, along which most edges run, into the tileset's.
    """

    parts: tuple[Part, ...]
    copies: tuple[Copies, ...]
    table: Table
    box: Array
    copy_error_m: float
    triangles: int
    axes: Array


@dataclass(frozen=True, slots=True)
class Stage:
    """What carries pieces into tiles: the items' paint, and the way from the model frame into the tileset's.

    Attributes:
        items: the model's items, for their materials.
        frame: the tileset's frame.
        reprojection: None for a model in its own frame.
        molds: the parts of items that were copied, by item and the colour of what has none.
    """

    items: Sequence[Item]
    frame: Frame
    reprojection: Reprojection | None
    molds: dict[tuple[int, Rgba], tuple[Part, ...]] = field(default_factory=dict, compare=False, repr=False)

    def points(self, points: Array) -> Array:
        """(n, 3) model points in the tileset's frame, each reprojected."""
        return points if self.reprojection is None else self.reprojection.into(self.frame, points)

    def affines(self, at: Array) -> Array:
        """(k, 4, 4) model frame to the tileset's, exact at the given model points."""
        if self.reprojection is None:
            return np.broadcast_to(np.eye(4), (len(at), 4, 4))
        return self.reprojection.affines(self.frame, at)

    def looks(self, item: int, surface: Surface, fallback: Rgba) -> list[tuple[Look, Ints]]:
        """The item's paints, each with the triangles that wear it."""
        materials = self.items[item].materials
        chosen: dict[Look, list[int]] = defaultdict(list)
        for number in np.unique(surface.material_of).tolist():
            rgba = materials[number].rgba if number >= 0 else fallback
            chosen[Look(_rounded(rgba), surface.is_open)].append(number)
        if len(chosen) == 1:
            return [(look, np.arange(len(surface.triangles))) for look in chosen]
        return [(look, np.flatnonzero(np.isin(surface.material_of, numbers))) for look, numbers in chosen.items()]


    def mold(self, item: int, surface: Surface, fallback: Rgba) -> tuple[Part, ...]:
        """The item's parts in its own frame."""
        if (item, fallback) not in self.molds:
            self.molds[item, fallback] = tuple(_part(look, surface, faces) for look, faces in self.looks(item, surface, fallback))
        return self.molds[item, fallback]


def assemble(stage: Stage, pieces: Pieces, *, instancing: bool = True) -> Assembled:
    """The content of one tile."""
    table, feature_of = table_of(pieces), np.unique(pieces.row_of, return_inverse=True)[1]
    slope = stage.affines(pieces.centres.mean(axis=0)[None])[0, :3, :3]
    is_copied = np.zeros(len(pieces), dtype=bool)
    copies: list[Copies] = []
    error_m = 0.0
    groups = _repeated(pieces) if instancing else []
    for group, made, group_error_m in _copied(stage, pieces, groups, feature_of, table.rows):
        if group_error_m <= _COPY_ERROR_M:
            copies.append(made)
            is_copied[group] = True
            error_m = max(error_m, group_error_m)
    parts = _merged(stage, pieces.where(~is_copied), feature_of[~is_copied], table.rows, slope)
    return Assembled(tuple(parts), tuple(copies), table, _box(parts, copies), error_m, int(pieces.triangles.sum()), _axes(slope))


def table_of(pieces: Pieces) -> Table:
    """The elements of these pieces, each once, in the order of their ids."""
    return Table([pieces.rows[row] for row in np.unique(pieces.row_of)])


def axes_at(stage: Stage, pieces: Pieces) -> Array:
    """(3, 3) the rotation nearest to the way from the model frame into the tileset's, where these pieces are."""
    return _axes(stage.affines(pieces.centres.mean(axis=0)[None])[0, :3, :3])


def _axes(slope: Array) -> Array:
    left, _, right = np.linalg.svd(slope)
    return np.asarray(left @ np.diag([1.0, 1.0, np.sign(np.linalg.det(left @ right))]) @ right)


def _repeated(pieces: Pieces) -> list[Ints]:
    """Pieces that share an item which is worth a draw call of its own, those first that save most; none is mirrored."""
    upright = np.flatnonzero(np.linalg.det(pieces.matrices[:, :3, :3]) > 0)
    order = upright[np.argsort(pieces.item_of[upright], kind="stable")]
    groups = np.split(order, np.flatnonzero(np.diff(pieces.item_of[order])) + 1) if len(order) else []
    saved = [(-(len(group) - 1) * int(pieces.triangles[group[0]]), int(group[0]), group) for group in groups]
    worth = sorted((line for line in saved if -line[0] >= _LEAST_SAVED_TRIANGLES or pieces.triangles[line[1]] >= _LEAST_ALONE_TRIANGLES),
                   key=lambda line: line[:2])
    return [group for _, _, group in worth[:_MOST_GROUPS]]


def _copied(stage: Stage, pieces: Pieces, groups: Sequence[Ints], feature_of: Ints,
            rows: Sequence[Row]) -> Iterator[tuple[Ints, Copies, float]]:
    """Each group as copies of its item, and how far these are from reprojecting their vertices one by one, in metres."""
    if not groups:
        return
    chosen = np.concatenate(groups)
    matrices = stage.affines(pieces.centres[chosen]) @ pieces.matrices[chosen]
    linear = matrices[:, :3, :3]
    scales = np.linalg.norm(linear, axis=1)
    left, _, right = np.linalg.svd(linear / scales[:, None, :])
    turns, made = left @ right, list[Copies]()
    ends = np.cumsum([len(group) for group in groups])
    for group, end in zip(groups, ends.tolist(), strict=True):
        mine = slice(end - len(group), end)
        item, fallback = int(pieces.item_of[group[0]]), colour_of(rows[int(feature_of[group[0]])].ifc_class)
        key = pieces.surfaces.digests[item] + repr(fallback).encode()
        made.append(Copies(stage.mold(item, pieces.surfaces[item], fallback), matrices[mine, :3, 3], turns[mine], scales[mine],
                           feature_of[group], key))
    yield from zip(groups, made, _copy_errors(stage, pieces, groups, made), strict=True)


def _part(look: Look, surface: Surface, faces: Ints) -> Part:
    used, triangles = _compact(surface.triangles[faces], len(surface.positions))
    return Part(look, surface.positions[used], surface.normals[used], triangles, np.zeros(0, dtype=np.int64))


def _compact(triangles: Ints, count: int) -> tuple[Ints, Ints]:
    """Which of `count` vertices these triangles use, ascending, and the triangles counted in those."""
    is_used = np.zeros(count, dtype=bool)
    is_used[triangles] = True
    return np.flatnonzero(is_used), (np.cumsum(is_used) - 1)[triangles]


def _copy_errors(stage: Stage, pieces: Pieces, groups: Sequence[Ints], made: Sequence[Copies]) -> list[float]:
    """For each group, measured on the vertices furthest out, at every copy, with the numbers as they are stored."""
    samples = [_outmost(pieces.surfaces[int(pieces.item_of[group[0]])].positions) for group in groups]
    placed = [(sample @ pieces.matrices[group, :3, :3].transpose(0, 2, 1) + pieces.matrices[group, None, :3, 3]).reshape(-1, 3)
              for group, sample in zip(groups, samples, strict=True)]
    ends = np.cumsum([len(points) for points in placed])
    exact = np.split(stage.points(np.concatenate(placed)), ends[:-1])
    return [float(np.linalg.norm(_drawn(copies, sample) - points, axis=1).max())
            for copies, sample, points in zip(made, samples, exact, strict=True)]


def _outmost(positions: Array) -> Array:
    """(k, 3) the positions that lie furthest out along the axes."""
    columns = [positions[:, axis] for axis in range(3)]
    return positions[sorted({int(at) for column in columns for at in (column.argmin(), column.argmax())})]


def _drawn(copies: Copies, sample: Array) -> Array:
    """Where a reader puts these points of the item, copy by copy."""
    stored = rotations_of(quaternions(copies.rotations).astype(np.float32)) * copies.scales.astype(np.float32)[:, None, :]
    drawn = np.einsum("kij,sj->ksi", stored, sample.astype(np.float32)) + copies.translations[:, None, :]
    return np.asarray(drawn.reshape(-1, 3))


def _merged(stage: Stage, pieces: Pieces, feature_of: Ints, rows: Sequence[Row], slope: Array) -> list[Part]:
    """All pieces in one frame, then cut by look."""
    if not len(pieces):
        return []
    batches = _batches(stage, pieces, feature_of, rows)
    points = stage.points(np.concatenate([batch.positions for batch in batches]))
    normals = np.concatenate([batch.normals for batch in batches]) @ np.linalg.inv(slope)
    normals /= np.linalg.norm(normals, axis=1)[:, None]
    features = np.concatenate([batch.feature_of for batch in batches])
    offsets = np.cumsum([0, *(len(batch.positions) for batch in batches)])
    by_look: dict[Look, list[Ints]] = defaultdict(list)
    for batch, offset in zip(batches, offsets, strict=False):
        for look, triangles in batch.triangles:
            by_look[look].append(triangles + offset)
    parts = []
    for look in sorted(by_look):
        used, triangles = _compact(np.concatenate(by_look[look]), len(points))
        parts.append(Part(look, points[used], normals[used], triangles, features[used]))
    return parts


@dataclass(frozen=True, slots=True)
class _Batch:
    """All merged pieces of one item: model frame, normals of any length, triangles by look counted from the batch's first vertex."""

    positions: Array
    normals: Array
    feature_of: Ints
    triangles: list[tuple[Look, Ints]]


def _batches(stage: Stage, pieces: Pieces, feature_of: Ints, rows: Sequence[Row]) -> list[_Batch]:
    colours = [colour_of(row.ifc_class) for row in rows]
    groups: dict[tuple[int, Rgba], list[int]] = defaultdict(list)
    for k, (item, feature) in enumerate(zip(pieces.item_of.tolist(), feature_of.tolist(), strict=True)):
        groups[item, colours[feature]].append(k)
    linear = pieces.matrices[:, :3, :3]
    back, is_mirrored = np.linalg.inv(linear).astype(np.float64, copy=False), np.linalg.det(linear) < 0
    return [_batch(surface, stage.looks(item, surface, colour), pieces.matrices[group], back[group], is_mirrored[group], feature_of[group])
            for (item, colour), group in groups.items() for surface in (pieces.surfaces[item],)]


def _batch(surface: Surface, looks: Sequence[tuple[Look, Ints]], matrices: Array, back: Array, is_mirrored: NDArray[np.bool_],
           feature_of: Ints) -> _Batch:
    count, size = len(matrices), len(surface.positions)
    positions = surface.positions @ matrices[:, :3, :3].transpose(0, 2, 1) + matrices[:, None, :3, 3]
    starts = np.arange(count) * size
    triangles = []
    for look, faces in looks:
        corners = surface.triangles[faces] + starts[:, None, None]
        corners[is_mirrored] = corners[is_mirrored][:, :, ::-1]
        triangles.append((look, corners.reshape(-1, 3)))
    return _Batch(positions.reshape(-1, 3), (surface.normals @ back).reshape(-1, 3), np.repeat(feature_of, size), triangles)


def _rounded(rgba: Rgba) -> Rgba:
    red, green, blue, opacity = (round(min(max(float(c), 0.0), 1.0) * 255) / 255 for c in rgba)
    return (red, green, blue, opacity)


def _box(parts: Sequence[Part], copies: Sequence[Copies]) -> Array:
    """Around everything drawn; for copies around the item's box at each place."""
    boxes = [bounds(part.positions) for part in parts]
    for group in copies:
        low, high = bounds(np.concatenate([bounds(part.positions) for part in group.parts]))
        linear = group.rotations * group.scales[:, None, :]
        centre = linear @ ((low + high) / 2) + group.translations
        reach = np.abs(linear) @ ((high - low) / 2)
        boxes.append(np.stack([(centre - reach).min(axis=0), (centre + reach).max(axis=0)]))
    return np.stack([np.min([box[0] for box in boxes], axis=0), np.max([box[1] for box in boxes], axis=0)])
