"""Boolean operations on closed bodies: difference, union, intersection, and the trim by a plane."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import manifold3d
import numpy as np
from numpy.typing import NDArray

from bim.tessellation.body import Body, Refused
from bim.tessellation.rings import cross
from bim.tessellation.topology import compact, outwards, solid

_manifold: Any = manifold3d
_Floats = NDArray[np.float64]

_NEAR_M, _GROWTH_M, _SKIN_M = 5e-5, 1e-4, 1e-5
_ALIKE = 0.99
"""Cosine between two normals above which planes face the same way."""
_FEW_PLANES = 100
"""Planes up to which looking for equal ones takes longer than it saves."""
_PAIRS = 4_000_000
"""Vertex and plane pairs that are compared at once."""


@dataclass(frozen=True, slots=True)
class Margins:
    """Distances that decide what counts as the same place, in the length unit of the bodies.

    Attributes:
        weld: vertices nearer than this may be made one to close a body.
        near: a face of a tool that lies this near to a face of the host lies in it.
        growth: how far such a face is moved outwards, so that no razor-thin skin is left.
        skin: a part thinner than this is no part but what rounding left over.
    """

    weld: float
    near: float
    growth: float
    skin: float

    @classmethod
    def of(cls, length_m: float, weld: float) -> Margins:
        """For a length unit of `length_m` metres; `weld` in that unit."""
        return cls(weld, _NEAR_M / length_m, _GROWTH_M / length_m, _SKIN_M / length_m)


def one_thread() -> None:
    """Keeps the engine of the booleans to one thread in this process; to be called before its first use.

    It sizes its pool by the processors that the process may use at its first operation. On bodies as small as elements the pool
    burns twice the time it saves.
    """
    if not hasattr(os, "sched_setaffinity"):
        return
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(allowed)})
    try:
        (_manifold.Manifold.sphere(1.0, 32) - _manifold.Manifold.cube((1.0, 1.0, 1.0))).num_tri()
    finally:
        os.sched_setaffinity(0, allowed)


def subtracted(host: Body, tools: Sequence[Body], margins: Margins) -> Body:
    """The host without what lies in any of the tools; an empty body where nothing is left.

    Args:
        host, tools: closed bodies in one frame. Triangles of the host keep their style, cut faces get 0.

    Raises:
        Refused: `operand-not-manifold`.
    """
    tools = [tool for tool in tools if _boxes_meet(host, tool, margins.near)]
    if not tools:
        return host
    centre = (host.vertices.min(axis=0) + host.vertices.max(axis=0)) / 2
    near = _moved(host, -centre)
    tools = [_moved(outwards(tool) if tool.closed else compact(solid(tool, margins.weld)), -centre) for tool in tools]
    return _moved(_operated("Subtract", [near, *_all_grown(near, tools, margins)], margins), centre)


def united(bodies: Sequence[Body], margins: Margins) -> Body:
    """Closed bodies of one frame as one, without inner walls.

    Raises:
        Refused: `operand-not-manifold`.
    """
    return _operated("Add", bodies, margins)


def intersected(bodies: Sequence[Body], margins: Margins) -> Body:
    """What lies in all of the closed bodies.

    Raises:
        Refused: `operand-not-manifold`.
    """
    return _operated("Intersect", bodies, margins)


def trimmed(host: Body, normal: _Floats, point: _Floats, margins: Margins) -> Body:
    """The part of a closed body on the side of a plane to which `normal` (3,) points.

    Args:
        normal, point: of the plane, frame of the host.

    Raises:
        Refused: `operand-not-manifold`.
    """
    unit = normal / np.linalg.norm(normal)
    side = (host.vertices - point) @ unit
    if not len(side) or side.min() >= -margins.near:
        return host
    if side.max() <= margins.near:
        return _empty()
    frame = _Frame([host], margins)
    part = frame.taken(host).trim_by_plane(tuple(unit.tolist()), float(unit @ (point - frame.centre)))
    return frame.given(part)


def _operated(operation: str, bodies: Sequence[Body], margins: Margins) -> Body:
    frame = _Frame(bodies, margins)
    operands = [frame.taken(body) for body in bodies if len(body.triangles)]
    some_empty, first_empty = len(operands) < len(bodies), not len(bodies[0].triangles)
    if not operands or (operation == "Intersect" and some_empty) or (operation == "Subtract" and first_empty):
        return _empty()
    return frame.given(_manifold.Manifold.batch_boolean(operands, getattr(_manifold.OpType, operation)))


class _Frame:
    """The engine's frame for one operation: near the bodies, with the styles of their triangles."""

    def __init__(self, bodies: Sequence[Body], margins: Margins) -> None:
        corners = np.concatenate([body.vertices for body in bodies])
        self.centre = (corners.min(axis=0) + corners.max(axis=0)) / 2 if len(corners) else np.zeros(3)
        self._margins = margins
        self._style_of_run: dict[int, int] = {}

    def taken(self, body: Body) -> Any:
        """The engine's solid of a body."""
        made = self._solid(outwards(body)) if body.closed else None
        if made is None or made.status() != _manifold.Error.NoError:
            whole = solid(body, self._margins.weld)
            if not whole.closed:
                raise Refused("operand-not-manifold")
            made = self._solid(whole)
        if made.status() != _manifold.Error.NoError:
            raise Refused("operand-not-manifold", str(made.status()))
        return made

    def _solid(self, whole: Body) -> Any:
        style = np.zeros(len(whole.triangles), np.int64) if whole.style_of is None else whole.style_of
        order = np.argsort(style, kind="stable")
        distinct, first = np.unique(style[order], return_index=True)
        run = _manifold.Manifold.reserve_ids(len(distinct))
        self._style_of_run.update({run + number: int(value) for number, value in enumerate(distinct)})
        mesh = _manifold.Mesh64(
            np.ascontiguousarray(whole.vertices - self.centre),
            np.ascontiguousarray(whole.triangles[order].astype(np.uint64)),
            run_index=np.append(first * 3, len(order) * 3).astype(np.uint64),
            run_original_id=(run + np.arange(len(distinct))).astype(np.uint32),
        )
        return _manifold.Manifold(mesh)

    def given(self, made: Any) -> Body:
        """The body of an engine's solid, without skins."""
        if made.status() != _manifold.Error.NoError:
            raise Refused("boolean-failed", str(made.status()))
        mesh = _without_skins(made, self._margins.skin).to_mesh64()
        triangles = np.asarray(mesh.tri_verts).astype(np.int32).reshape(-1, 3)
        if not len(triangles):
            return _empty()
        vertices = np.asarray(mesh.vert_properties, dtype=np.float64)[:, :3] + self.centre
        return Body(vertices, triangles, True, self._styles(mesh, len(triangles)))

    def _styles(self, mesh: Any, count: int) -> NDArray[np.int64] | None:
        if not any(self._style_of_run.values()):
            return None
        ends = np.asarray(mesh.run_index, dtype=np.int64) // 3
        counts = ends[1:] - ends[:-1]
        styles = [self._style_of_run.get(int(run), 0) for run in mesh.run_original_id]
        given = np.repeat(np.array(styles, np.int64), counts)
        return given if len(given) == count else None


def _without_skins(made: Any, skin: float) -> Any:
    """Without separate parts that are thinner than `skin`."""
    if made.is_empty():
        return made
    parts = made.decompose()
    thick = [part for part in parts if part.volume() > skin * part.surface_area() / 2]
    return made if len(thick) == len(parts) else _manifold.Manifold.compose(thick)


def _all_grown(host: Body, tools: Sequence[Body], margins: Margins) -> list[Body]:
    """The tools, faces that lie in one of the host's moved outwards, and so those that abut another tool."""
    own = _planes(host)
    turned = [(-normals, -offsets) for normals, offsets in map(_planes, tools)]
    grown: list[Body] = []
    for at, tool in enumerate(tools):
        abutting = [other for other in range(len(tools)) if other != at and _boxes_meet(tool, tools[other], margins.near)]
        grown.append(_grown(tool, [own, *(turned[other] for other in abutting)], margins))
    return grown


def _grown(tool: Body, planes: Sequence[tuple[_Floats, _Floats]], margins: Margins) -> Body:
    """The tool with those of its faces moved outwards that lie in one of the planes and look the same way."""
    lies = _lying_in(tool, np.concatenate([p[0] for p in planes]), np.concatenate([p[1] for p in planes]), margins.near)
    if not lies.any():
        return tool
    normal = _unit_normals(tool)
    corner = tool.triangles.reshape(-1)
    weight = np.repeat(normal, 3, axis=0)
    square, side = np.zeros((len(tool.vertices), 3, 3)), np.zeros((len(tool.vertices), 3))
    np.add.at(square, corner, weight[:, :, None] * weight[:, None, :])
    np.add.at(side, corner, weight * np.repeat(lies, 3)[:, None] * margins.growth)
    # least squares over the planes at each vertex: a corner of a prism moves exactly with its faces
    moving = side.any(axis=1)
    vertices = tool.vertices.copy()
    vertices[moving] += np.einsum("ijk,ik->ij", np.linalg.pinv(square[moving], rcond=1e-3, hermitian=True), side[moving])
    return Body(vertices, tool.triangles, tool.closed, tool.style_of)


def _lying_in(tool: Body, normals: _Floats, offsets: _Floats, near: float) -> NDArray[np.bool_]:
    """(m,) whether each triangle of the tool lies in one of the planes and looks the same way."""
    own = _unit_normals(tool)
    lies = np.zeros(len(own), bool)
    step = max(1, _PAIRS // max(1, len(tool.vertices)))
    for first in range(0, len(normals), step):
        n, d = normals[first:first + step], offsets[first:first + step]
        close = np.abs(tool.vertices @ n.T - d) <= near
        lies |= (close[tool.triangles].all(axis=1) & (own @ n.T > _ALIKE)).any(axis=1)
    return lies


def _planes(body: Body) -> tuple[_Floats, _Floats]:
    """Planes of a body's faces, distinct ones where they are many: unit normals (p, 3), (p,) their distance from the origin along it."""
    normal = _unit_normals(body)
    full = normal.any(axis=1)
    normal, point = normal[full], body.vertices[body.triangles[full, 0]]
    offset = np.einsum("ij,ij->i", normal, point)
    if len(offset) <= _FEW_PLANES:
        return normal, offset
    scale = max(1.0, float(np.abs(offset).max(initial=0.0)))
    _, first = np.unique(np.round(np.column_stack([normal, offset / scale]) * 1e9).astype(np.int64), axis=0, return_index=True)
    return normal[first], offset[first]


def _unit_normals(body: Body) -> _Floats:
    a, b, c = (body.vertices[body.triangles[:, k]] for k in range(3))
    normal = cross(b - a, c - a)
    length = np.linalg.norm(normal, axis=1)[:, None]
    return np.asarray(np.divide(normal, length, out=np.zeros_like(normal), where=length > 0))


def _boxes_meet(a: Body, b: Body, near: float) -> bool:
    if not len(a.vertices) or not len(b.vertices):
        return False
    return bool((a.vertices.min(axis=0) <= b.vertices.max(axis=0) + near).all()
                and (b.vertices.min(axis=0) <= a.vertices.max(axis=0) + near).all())


def _moved(body: Body, by: _Floats) -> Body:
    return Body(body.vertices + by, body.triangles, body.closed, body.style_of)


def _empty() -> Body:
    return Body(np.zeros((0, 3)), np.zeros((0, 3), np.int32))
