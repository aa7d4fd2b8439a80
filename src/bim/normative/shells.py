"""Shells: edges that join two faces, faces that hang together, and faces that are plane."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bim.ifc import Entity, value_of
from bim.normative.context import Context, instances_of
from bim.normative.curves import point_table
from bim.normative.loops import Flags, Ints, Loops, uneven
from bim.normative.outlines import polygons
from bim.normative.rule import Fault, Judge, Result
from bim.tessellation.shells import FaceTables
from bim.tessellation.topology import weld


@dataclass(frozen=True, slots=True)
class _Corners:
    """The corners of the plain faces of a file, bound after bound.

    Attributes:
        bounds: (t,) number of the bound that each belongs to, counted over all faces.
        faces: (t,) row of its face.
        points: (t,) row of its point.
        forward: (t,) whether the bound runs as its loop does.
    """

    bounds: Ints
    faces: Ints
    points: Ints
    forward: Flags

    @classmethod
    def of(cls, tables: FaceTables) -> _Corners:
        face_of = np.repeat(np.arange(len(tables.faces.ids)), tables.faces.counts)
        bound = tables.bounds.rows(tables.faces.targets)
        known = bound >= 0
        bound, face_of = bound[known], face_of[known]
        loop = tables.loops.rows(tables.bounds.targets[bound])
        known = loop >= 0
        bound, face_of, loop = bound[known], face_of[known], loop[known]
        places, number = tables.loops.spread(loop)
        point = np.searchsorted(tables.point_ids, tables.loops.targets[places])
        point = np.minimum(point, max(len(tables.point_ids) - 1, 0))
        there = tables.point_ids[point] == tables.loops.targets[places] if len(tables.point_ids) else np.zeros(0, bool)
        number, point = number[there], point[there]
        return cls(number, face_of[number], point, tables.forward[bound][number])


def _shared_edges(context: Context) -> Result:
    """GEM001."""
    breps = [one for name in ("Outer", "Voids") for brep in context.model.of("IfcFacetedBrep") for one in _shells_of(brep, name)]
    sets = [one for one in context.model.of("IfcTriangulatedFaceSet", "IfcPolygonalFaceSet") if value_of(one, "Closed") is True]
    faulty = _open_shells(context, np.array(sorted({one.id() for one in breps}), np.int64)) if breps else []
    faults = [_unshared(context.model.by_id(id)) for id in faulty]
    faults += [_unshared(one) for one in sets if _is_open(one)]
    return Result(len(breps) + len(sets), faults)


def _shells_of(brep: Entity, attribute: str) -> list[Entity]:
    value = value_of(brep, attribute)
    return instances_of(value if isinstance(value, tuple) else (value,))


def _unshared(one: Entity) -> Fault:
    return Fault(one, "an edge of the closed shell does not join two faces that run it in opposite directions", "an unshared edge",
                 "each edge twice, once each way", "close the shell and turn its faces outwards")


def _open_shells(context: Context, ids: Ints) -> list[int]:
    """Ids of those shells that have an edge which is not run once each way; points in the same place are one."""
    tables = context.faces
    corners, rows = _Corners.of(tables), tables.shells.rows(ids)
    ids, rows = ids[rows >= 0], rows[rows >= 0]
    places, number = tables.shells.spread(rows)
    face = tables.faces.rows(tables.shells.targets[places])
    plain = np.bincount(number, face >= 0, len(rows)) == np.bincount(number, minlength=len(rows))
    shell_of = np.full(len(tables.faces.ids), -1)
    shell_of[face[face >= 0]] = number[face >= 0]
    start = weld(tables.points)[corners.points]
    shell, end = shell_of[corners.faces], start[_following(corners.bounds)]
    turned = ~corners.forward
    start[turned], end[turned] = end[turned], start[turned].copy()
    used = (shell >= 0) & (start != end)
    bad = _misused(shell[used], start[used], end[used])
    return [int(id) for id in ids[np.isin(np.arange(len(ids)), bad) & plain]]


def _following(bounds: Ints) -> Ints:
    """(t,) place of the next corner in the same bound; bounds stand one after another."""
    after = np.arange(len(bounds)) + 1
    last = np.flatnonzero(np.diff(bounds, append=-1) != 0)
    first = np.concatenate([[0], last[:-1] + 1]) if len(last) else last
    after[last] = first
    return after


def _misused(shell: Ints, start: Ints, end: Ints) -> Ints:
    """Numbers of the shells with an edge that is not run exactly once in each direction."""
    _, way, ways = np.unique(np.column_stack([shell, start, end]), axis=0, return_inverse=True, return_counts=True)
    low, high = np.minimum(start, end), np.maximum(start, end)
    _, edge, edges = np.unique(np.column_stack([shell, low, high]), axis=0, return_inverse=True, return_counts=True)
    return np.unique(shell[(ways[way.ravel()] != 1) | (edges[edge.ravel()] != 2)])


def _is_open(face_set: Entity) -> bool:
    """Whether a face set has an edge that is not run once each way."""
    points = point_table(value_of(face_set, "Coordinates"))
    rings = polygons(face_set, len(points))
    place = weld(points)
    start = np.concatenate([np.zeros(0, np.int64), *(place[at] for _, at in rings)])
    bounds = np.repeat(np.arange(len(rings)), [len(at) for _, at in rings])
    end = start[_following(bounds)]
    used = start != end
    return bool(len(_misused(np.zeros(int(used.sum()), np.int64), start[used], end[used])))


def _connected(context: Context) -> Result:
    """BRP002."""
    tables = context.faces
    corners = _Corners.of(tables)
    face_of_shell = tables.faces.rows(tables.shells.targets)
    shell = np.repeat(np.arange(len(tables.shells.ids)), tables.shells.counts)[face_of_shell >= 0]
    faces = face_of_shell[face_of_shell >= 0]
    parts = _parts(shell, faces, corners.faces, weld(tables.points)[corners.points])
    lone = np.unique(np.column_stack([shell, parts]), axis=0)[:, 0] if len(shell) else np.zeros(0, np.int64)
    counts = np.bincount(lone, minlength=len(tables.shells.ids))
    return Result(len(tables.shells.ids), (
        Fault(context.model.by_id(id), "the faces of the shell do not hang together", f"{count} parts", "1 part",
              "write a shell for each part")
        for id, count in zip(tables.shells.ids.tolist(), counts.tolist(), strict=True) if count > 1))


def _parts(shell: Ints, faces: Ints, corner_faces: Ints, places: Ints) -> Ints:
    """(u,) label of the connected part that each use of a face by a shell belongs to; faces of one shell meet in places."""
    order = np.argsort(corner_faces, kind="stable")
    corner_faces, places = corner_faces[order], places[order]
    first, last = np.searchsorted(corner_faces, faces), np.searchsorted(corner_faces, faces, side="right")
    counts = last - first
    at = np.repeat(first - np.cumsum(counts) + counts, counts) + np.arange(int(counts.sum()))
    use = np.repeat(np.arange(len(faces)), counts)
    node = np.unique(shell[use] * (int(places.max(initial=0)) + 1) + places[at], return_inverse=True)[1].ravel()
    return _labels(use, node, len(faces))


def _labels(use: Ints, node: Ints, count: int) -> Ints:
    """(count,) the least number of those that each is linked to through nodes, over any number of steps.

    Args:
        use, node: (l,) links; `use` ascends.
    """
    labels = np.arange(count)
    if not len(use):
        return labels
    by_node = np.argsort(node, kind="stable")
    node_starts = np.flatnonzero(np.diff(node[by_node], prepend=-1))
    use_starts = np.flatnonzero(np.diff(use, prepend=-1))
    linked = use[use_starts]
    while True:
        least = np.minimum.reduceat(labels[use[by_node]], node_starts)
        new = labels.copy()
        new[linked] = np.minimum(labels[linked], np.minimum.reduceat(least[node], use_starts))
        new = new[new]
        if (new == labels).all():
            return labels
        labels = new


def _plane(context: Context) -> Result:
    """BRP003."""
    tables = context.faces
    corners = _Corners.of(tables)
    order = np.argsort(corners.faces, kind="stable")
    counts = np.bincount(corners.faces, minlength=len(tables.faces.ids)).astype(np.int64)
    loops = Loops(tables.faces.ids, tables.points[corners.points[order]], counts)
    bent = loops.ids[loops.judged(lambda found: uneven(found, context.precision))]
    return Result(int((counts > 0).sum()), (Fault(context.model.by_id(id), "the face is not plane within the precision", "bent", "plane",
                                                  "split it into triangles") for id in bent.tolist()))


RULES: dict[str, Judge] = {"BRP002": _connected, "BRP003": _plane, "GEM001": _shared_edges}
