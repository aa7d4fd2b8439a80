"""Shells of flat faces: all of a file at once, from references between instances to closed or open bodies."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from bim.tessellation.body import Body, Refused
from bim.tessellation.rings import Rings, cleaned, normals, sound, triangulated
from bim.tessellation.topology import open_edges, part_volumes, solid, turned_alike, weld

_Ints = NDArray[np.int64]
_Floats = NDArray[np.float64]
_Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Table:
    """Instances of one kind with the instances that each refers to.

    Attributes:
        ids: (n,) ascending instance ids.
        targets: (t,) ids referred to, instance after instance.
        counts: (n,) how many each refers to.
    """

    ids: _Ints
    targets: _Ints
    counts: _Ints

    @classmethod
    def of(cls, rows: dict[int, list[int]]) -> Table:
        """From id -> ids referred to."""
        order = sorted(rows)
        return cls(np.array(order, np.int64), np.array([t for n in order for t in rows[n]], np.int64),
                   np.array([len(rows[n]) for n in order], np.int64))

    @property
    def starts(self) -> _Ints:
        """(n,) where the targets of each instance begin."""
        return np.cumsum(self.counts) - self.counts

    def rows(self, ids: _Ints) -> _Ints:
        """Row of each id, -1 where there is none."""
        return _found(self.ids, ids)

    def picked(self, rows: _Ints) -> Table:
        """Only some rows, given in ascending order."""
        return Table(self.ids[rows], self.targets[self.spread(rows)[0]], self.counts[rows])

    def spread(self, rows: _Ints) -> tuple[_Ints, _Ints]:
        """Places in `targets` of the given rows, one after another, and for each the number of the row it comes from."""
        return _ranges(self.starts[rows], self.counts[rows])


@dataclass(frozen=True, slots=True)
class FaceTables:
    """What the faces of a file say, before any geometry.

    Attributes:
        point_ids, points: (p,) ascending ids and (p, 3) coordinates, file units.
        loops: IfcPolyLoop to points.
        bounds: IfcFaceBound and IfcFaceOuterBound to their one loop.
        forward, outer: (bounds,) orientation flag, and whether it is an IfcFaceOuterBound.
        faces: IfcFace to bounds.
        shells: IfcClosedShell, IfcOpenShell and IfcConnectedFaceSet to faces.
    """

    point_ids: _Ints
    points: _Floats
    loops: Table
    bounds: Table
    forward: _Flags
    outer: _Flags
    faces: Table
    shells: Table


class Shells:
    """The bodies of all shells of a file."""

    def __init__(self, tables: FaceTables, tolerance: float) -> None:
        """`tolerance`: distance within which vertices may be made one to close a shell, file units."""
        fine = sound(tables.points)
        tables = replace(tables, point_ids=tables.point_ids[fine], points=tables.points[fine])
        self._tolerance, self._shells, self._points = tolerance, tables.shells, tables.points
        rings, lost = _rings(tables, weld(tables.points))
        rings = _outer_first(tables.points, cleaned(tables.points, rings))
        self._made = _all(tables, lost, *triangulated(tables.points, rings))

    def body(self, number: int) -> Body:
        """The shell with that instance id; closed ones face outwards.

        Raises:
            Refused: it has a face that is no plain face, that refers to what is missing, or that crosses itself.
        """
        row = int(self._shells.rows(np.array([number]))[0])
        if row < 0:
            raise Refused("shell:missing")
        made = self._made
        if made.fault[row]:
            raise Refused(_FAULTS[int(made.fault[row])])
        first, last = made.vertex_starts[row:row + 2]
        triangles = made.triangles[made.triangle_starts[row]:made.triangle_starts[row + 1]]
        vertices = self._points[made.vertices[first:last]]
        body = Body(vertices, triangles, bool(made.closed[row]))
        return body if body.closed else solid(body, self._tolerance)


_FAULTS = {1: "shell:face-class", 2: "shell:face-broken", 3: "shell:face-crosses-itself"}
UNREAD = frozenset({_FAULTS[1], _FAULTS[2]})
"""Reasons for which a shell may still be built face by face: its faces are no plain ones, or have loops of another kind."""


@dataclass(frozen=True, slots=True)
class _Made:
    """Triangles of all shells, shell after shell; `fault` 0 where nothing is wrong; `vertices` are indices of points."""

    vertices: _Ints
    vertex_starts: _Ints
    triangles: NDArray[np.int32]
    triangle_starts: _Ints
    closed: _Flags
    fault: NDArray[np.int8]


def _all(tables: FaceTables, lost: _Flags, triangles: _Ints, of_face: _Ints, crossing: _Flags) -> _Made:
    """The shells from the triangles of all faces; `lost`: (faces,) which cannot be read."""
    shells = tables.shells
    first = np.searchsorted(of_face, np.arange(len(tables.faces.ids) + 1))
    place, shell = shells.spread(np.arange(len(shells.ids)))
    face = tables.faces.rows(shells.targets[place])
    fault = np.zeros(len(shells.ids), np.int8)
    fault[shells.counts == 0] = 2
    fault[shell[face < 0]] = 1
    known = face >= 0
    fault[shell[known][lost[face[known]]]] = 2
    face, shell = face[known], shell[known]
    picked, entry = _ranges(first[face], first[face + 1] - first[face])
    owner = shell[entry]
    crossed = np.bincount(owner, weights=crossing[picked], minlength=len(shells.ids))
    fault[(crossed > 0) & (fault == 0)] = 3
    return _compacted(tables.points, triangles[picked], owner, fault)


def _compacted(points: _Floats, triangles: _Ints, owner: _Ints, fault: NDArray[np.int8]) -> _Made:
    """Every shell with vertices of its own, and turned outwards where it is closed."""
    count, width = len(fault), np.int64(max(1, len(points)))
    key, inverse = np.unique(owner[:, None] * width + triangles, return_inverse=True)
    corners = inverse.reshape(-1, 3)
    vertex_starts = np.searchsorted(key // width, np.arange(count + 1))
    triangle_starts = np.searchsorted(owner, np.arange(count + 1))
    at, uses, excess = open_edges(corners, max(1, len(key)))
    closed, simple = (triangle_starts[1:] > triangle_starts[:-1] for _ in range(2))
    closed[owner[at[excess > 0]]] = False
    simple[owner[at[uses != 2]]] = False
    corners, closed = _facing_outwards(points[key % width], corners, owner, closed, simple & ~closed)
    corners = corners - vertex_starts[owner][:, None]
    return _Made(key % width, vertex_starts, corners.astype(np.int32), triangle_starts, closed, fault)


def _facing_outwards(vertices: _Floats, triangles: _Ints, owner: _Ints, closed: _Flags, mixed: _Flags) -> tuple[_Ints, _Flags]:
    """Triangles of closed shells turned outwards, those of `mixed` ones made to run one way first; and which are closed now."""
    inwards = np.zeros(len(closed), bool)
    volume = part_volumes(vertices, triangles, owner)
    inwards[:len(volume)] = closed[:len(volume)] & (volume < 0)
    triangles = np.where(inwards[owner][:, None], triangles[:, ::-1], triangles)
    part = mixed[owner]
    triangles[part] = turned_alike(vertices, triangles[part], owner[part])
    at, _, excess = open_edges(triangles[part], max(1, len(vertices)))
    still_mixed = np.zeros(len(closed), bool)
    still_mixed[owner[part][at[excess > 0]]] = True
    return triangles, closed | (mixed & ~still_mixed)


def _rings(tables: FaceTables, to: _Ints) -> tuple[Rings, _Flags]:
    """One ring per bound of each face, flagged outer ones first, and (faces,) which faces refer to what is missing."""
    place, face = tables.faces.spread(np.arange(len(tables.faces.ids)))
    bound = tables.bounds.rows(tables.faces.targets[place])
    loop = np.where(bound >= 0, tables.loops.rows(tables.bounds.targets[np.maximum(bound, 0)]), -1) if len(tables.bounds.ids) else bound
    point = _found(tables.point_ids, tables.loops.targets)
    bad_loop = np.zeros(len(tables.loops.ids) + 1, bool)
    bad_loop[np.repeat(np.arange(len(tables.loops.ids)), tables.loops.counts)[point < 0]] = True
    bad_loop[:-1] |= tables.loops.counts == 0
    bad_loop[-1] = True
    lost = np.zeros(len(tables.faces.ids), bool)
    lost[face[bad_loop[loop]]] = True
    lost[tables.faces.counts == 0] = True
    order = np.lexsort((~tables.outer[np.maximum(bound, 0)], face)) if len(tables.bounds.ids) else np.arange(0)
    order = order[~lost[face[order]]]
    face, bound, loop = face[order], bound[order], loop[order]
    places, _ = tables.loops.spread(loop)
    rings = Rings(to[point[places]], tables.loops.counts[loop], face)
    return rings.turned(~tables.forward[bound]), lost


def _outer_first(points: _Floats, rings: Rings) -> Rings:
    """Where a face has several rings, the largest one leads: it is the outer one, whatever it is called."""
    shared = np.isin(rings.faces, rings.faces[1:][np.diff(rings.faces) == 0])
    if not shared.any():
        return rings
    area = np.zeros(len(rings.sizes))
    area[shared] = np.linalg.norm(normals(points, rings.picked(shared)), axis=1)
    order = np.lexsort((-area, rings.faces))
    places, _ = _ranges(rings.starts[order], rings.sizes[order])
    return Rings(rings.corners[places], rings.sizes[order], rings.faces[order])


def _found(ids: _Ints, wanted: _Ints) -> _Ints:
    """Index of each wanted id among ascending ids, -1 where it is not there."""
    if not len(ids):
        return np.full(len(wanted), -1, np.int64)
    at = np.minimum(np.searchsorted(ids, wanted), len(ids) - 1)
    return np.where(ids[at] == wanted, at, -1)


def _ranges(starts: _Ints, counts: _Ints) -> tuple[_Ints, _Ints]:
    """start, start + 1, ... of every range laid end to end, and the number of the range of each."""
    number = np.repeat(np.arange(len(counts)), counts)
    return starts[number] + np.arange(len(number)) - (np.cumsum(counts) - counts)[number], number
