"""Faces on surfaces: loops of curved edges, flat faces and faces on cylinders, bounded planes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bim.tessellation.body import Body, Refused, joined
from bim.tessellation.half_spaces import plane
from bim.tessellation.rings import Rings, cleaned, normals, sound, triangulated
from bim.tessellation.topology import solid

if TYPE_CHECKING:
    from bim.tessellation.source import Source

_Floats = NDArray[np.float64]

_MOST_RAD = 0.5
_FLATTEST = 1e8
"""Radius in sagittas beyond which a circle is a slip: a hundred kilometres at 1 mm."""
_ARCS = frozenset({"IFCCIRCLE", "IFCELLIPSE"})
_SURFACE_FACES = frozenset({"IFCFACESURFACE", "IFCADVANCEDFACE"})


def arc(frame: _Floats, radii: tuple[float, float], start: _Floats, end: _Floats, sagitta: float) -> _Floats:
    """Points (n, 3) on an ellipse from start to end, both included, counter-clockwise about the frame's z axis.

    Args:
        frame: (4, 4) of the ellipse.
        radii: along its x and y axis.
        start, end: (3,) points on it; equal ones mean once round.
        sagitta: most distance between a chord and the ellipse, same unit.
    """
    first, last = (_angle(frame, radii, point) for point in (start, end))
    around = (last - first) % (2 * np.pi)
    if np.linalg.norm(end - start) <= sagitta or around < 1e-9:
        around = 2 * np.pi
    whole = around > 2 * np.pi - 1e-9
    angle = first + around * np.linspace(0, 1, _segments(max(radii), around, sagitta, whole) + 1)
    local = np.column_stack([radii[0] * np.cos(angle), radii[1] * np.sin(angle), np.zeros(len(angle))])
    points = local @ frame[:3, :3].T + frame[:3, 3]
    points[0], points[-1] = start, end
    return np.asarray(points)


def _angle(frame: _Floats, radii: tuple[float, float], point: _Floats) -> float:
    local = frame[:3, :3].T @ (point - frame[:3, 3])
    return float(np.arctan2(local[1] / radii[1], local[0] / radii[0]))


def _radius(source: Source, value: float) -> float:
    if not 0 < value < _FLATTEST * source.sagitta:
        raise Refused("curve:radius")
    return float(value)


def _off(frame: _Floats, radii: tuple[float, float], point: _Floats) -> float:
    """Distance of a point from the ellipse's point at the same angle."""
    angle = _angle(frame, radii, point)
    local = np.array([radii[0] * np.cos(angle), radii[1] * np.sin(angle), 0.0])
    return float(np.linalg.norm(frame[:3, :3] @ local + frame[:3, 3] - point))


def _segments(radius: float, angle: float, sagitta: float, whole: bool) -> int:
    step = min(_MOST_RAD, 2 * np.arccos(max(0.0, 1 - sagitta / radius)) if radius > sagitta else _MOST_RAD)
    count = int(np.ceil(angle / step - 1e-9))
    return max(12, -(-count // 4) * 4) if whole else max(1, count)


def on_cylinder(frame: _Floats, radius: float, rings: Sequence[_Floats], sagitta: float) -> Body:
    """The part of a cylinder inside a closed ring of points, without the holes; triangles use the given points only.

    Args:
        frame: (4, 4) whose z axis is the cylinder's.
        rings: outer ring (n, 3), then holes; on the cylinder, with chords of at most `sagitta`; a ring may run along the seam and back.
        sagitta: most distance between chord and cylinder.

    Raises:
        Refused: a ring runs round the cylinder, or the points alone do not describe the face closely enough.
    """
    together = _together(rings)
    flat = [_unrolled(frame, radius, ring) for ring in rings]
    for hole in flat[1:]:
        middle = (flat[0][:, 0].min() + flat[0][:, 0].max()) / 2
        hole[:, 0] -= np.round((hole[:, 0].mean() - middle) / (2 * np.pi * radius)) * 2 * np.pi * radius
    points = np.concatenate(flat)
    squeezed = np.column_stack([points[:, 0], points[:, 1] * _squeeze(points, radius), np.zeros(len(points))])
    ends = np.cumsum([len(ring) for ring in rings])
    whole = Rings.of([[list(range(end - len(ring), end)) for ring, end in zip(rings, ends, strict=True)]])
    triangles, _, crossing = triangulated(squeezed, cleaned(squeezed, whole))
    if crossing.any() or not len(triangles):
        raise Refused("face-on-cylinder")
    chords = np.abs(points[triangles, 0] - points[triangles[:, [1, 2, 0]], 0]) / radius
    if (radius * (1 - np.cos(np.minimum(chords, np.pi) / 2)) > 2 * sagitta + 1e-9 * radius).any() and (chords > _MOST_RAD + 1e-6).any():
        raise Refused("face-on-cylinder")
    return Body(together, triangles.astype(np.int32))


def _together(rings: Sequence[_Floats]) -> _Floats:
    points = np.concatenate(rings) if rings else np.zeros((0, 3))
    if not sound(points).all():
        raise Refused("point:not-finite")
    return points


def _unrolled(frame: _Floats, radius: float, ring: _Floats) -> _Floats:
    """(n, 2) arc length and height of the points of a ring, without jumps at the seam."""
    local = (ring - frame[:3, 3]) @ frame[:3, :3]
    angle = np.arctan2(local[:, 1], local[:, 0])
    turn = (np.diff(angle, append=angle[0]) + np.pi) % (2 * np.pi) - np.pi
    if abs(turn.sum()) > 1:
        raise Refused("face-on-cylinder", "a ring runs round")
    return np.column_stack([(angle[0] + np.concatenate([[0.0], np.cumsum(turn[:-1])])) * radius, local[:, 2]])


def _squeeze(points: _Floats, radius: float) -> float:
    """Makes a face flat along the axis, so that triangles join points at like angles."""
    return min(1.0, 0.01 * radius / max(float(np.ptp(points[:, 1])), 1e-300))


def edge_points(source: Source, number: int) -> _Floats:
    """Points (n, 3) of an edge from its start to its end, both included.

    Raises:
        Refused: its curve cannot be read, or does not run between its vertices.
    """
    kind, args = source.class_of(number), source.args(number)
    if kind == "IFCORIENTEDEDGE":
        if source.class_of(args[2]) == kind:
            raise Refused("edge:oriented-twice")
        points = edge_points(source, args[2])
        return points if args[3] is not False else points[::-1]
    start, end = (_vertex(source, vertex) for vertex in args[:2])
    if kind == "IFCEDGE" or (kind == "IFCEDGECURVE" and source.class_of(args[2]) == "IFCLINE"):
        return np.array([start, end])
    if kind != "IFCEDGECURVE":
        raise Refused(f"edge:{kind}")
    return _along(source, args[2], start, end, args[3] is not False)


def _vertex(source: Source, number: int) -> _Floats:
    if source.class_of(number) != "IFCVERTEXPOINT":
        raise Refused(f"vertex:{source.class_of(number)}")
    return source.point(source.args(number)[0])


def _along(source: Source, curve: int, start: _Floats, end: _Floats, forward: bool) -> _Floats:
    if source.class_of(curve) in _ARCS:
        position, *radii = source.args(curve)
        both = _radius(source, radii[0]), _radius(source, radii[-1])
        ends = (start, end) if forward else (end, start)
        frame = source.axes(position)
        if any(_off(frame, both, point) > 10 * source.precision for point in ends):
            raise Refused("edge:curve-and-vertices-differ")
        points = arc(frame, both, *ends, source.sagitta)
        return points if forward else points[::-1]
    points = source.curve(curve)
    points = points.copy() if forward else points[::-1].copy()
    near = 10 * source.precision
    if np.linalg.norm(end - start) <= near and np.linalg.norm(points[-1] - points[0]) > near:
        points = np.concatenate([points, points[:1]])
    if np.linalg.norm(points[0] - start) > near or np.linalg.norm(points[-1] - end) > near:
        raise Refused("edge:curve-and-vertices-differ")
    points[0], points[-1] = start, end
    return points


def loop_points(source: Source, number: int) -> _Floats:
    """Points (n, 3) of an IfcPolyLoop or IfcEdgeLoop; the first is not repeated.

    Raises:
        Refused: another loop, or edges that do not follow one another.
    """
    kind, args = source.class_of(number), source.args(number)
    if kind == "IFCPOLYLOOP":
        return source.points(args[0])
    if kind != "IFCEDGELOOP" or not args[0]:
        raise Refused(f"loop:{kind}")
    edges = [edge_points(source, edge) for edge in args[0]]
    for edge, following in zip(edges, [*edges[1:], edges[0]], strict=True):
        if np.linalg.norm(edge[-1] - following[0]) > 10 * source.precision:
            raise Refused("loop:gap")
    return np.concatenate([edge[:-1] for edge in edges])


def face_rings(source: Source, number: int) -> list[_Floats]:
    """Rings of a face, the largest first; each (n, 3).

    Raises:
        Refused: a loop cannot be read.
    """
    rings = []
    for bound in source.args(number)[0]:
        loop, forward = source.args(bound)[:2]
        points = _together([loop_points(source, loop)])
        rings.append(points if forward is not False else points[::-1])
    return sorted(rings, key=_area, reverse=True)


def _area(ring: _Floats) -> float:
    return float(np.linalg.norm(normals(ring, Rings.of([[list(range(len(ring)))]])))) if len(ring) else 0.0


def face(source: Source, number: int) -> Body:
    """One face, flat or on a cylinder.

    Raises:
        Refused: it lies on another surface, crosses itself, or cannot be read.
    """
    kind, args = source.class_of(number), source.args(number)
    if kind == "IFCFACE":
        return flat_face(face_rings(source, number))
    if kind not in _SURFACE_FACES:
        raise Refused(f"face:{kind}")
    surface = args[1]
    if source.class_of(surface) == "IFCPLANE":
        return flat_face(face_rings(source, number))
    if source.class_of(surface) == "IFCCYLINDRICALSURFACE":
        position, radius = source.args(surface)[:2]
        return on_cylinder(source.axes(position), _radius(source, radius), face_rings(source, number), source.sagitta)
    raise Refused(f"surface:{source.class_of(surface)}")


def flat_face(rings: Sequence[_Floats]) -> Body:
    """The body of one flat polygon with holes; rings (n, 3), the outer one first.

    Raises:
        Refused: it crosses itself.
    """
    points = _together(rings)
    ends = np.cumsum([len(ring) for ring in rings])
    whole = Rings.of([[list(range(end - len(ring), end)) for ring, end in zip(rings, ends, strict=True)]])
    triangles, _, crossing = triangulated(points, cleaned(points, whole))
    if crossing.any():
        raise Refused("face-crosses-itself")
    return Body(points, triangles.astype(np.int32))


def shell_of_faces(source: Source, faces: Sequence[int], *, closed: bool) -> Body:
    """The body of faces of any kind that is built here.

    Raises:
        Refused: a face is not, there are none, or the shell should be closed and is not.
    """
    if not faces:
        raise Refused("shell:empty")
    body = solid(joined([face(source, number) for number in faces]), source.precision)
    if closed and not body.closed:
        raise Refused("shell:open")
    return body


def curve_bounded_plane(source: Source, number: int) -> Body:
    """IfcCurveBoundedPlane: a flat sheet; boundaries lie in the frame of the plane.

    Raises:
        Refused: the basis is no plane, or a boundary crosses itself.
    """
    surface, outer, inner = [*source.args(number), None][:3]
    frame = plane(source, surface)
    rings = []
    for boundary in [outer, *(inner or [])]:
        local = source.curve(boundary)
        rings.append(local @ frame[:3, :3].T + frame[:3, 3])
    return flat_face(rings)


def rectangular_trimmed_surface(source: Source, number: int) -> Body:
    """IfcRectangularTrimmedSurface of a plane.

    Raises:
        Refused: the basis is no plane.
    """
    surface, u1, v1, u2, v2 = source.args(number)[:5]
    frame = plane(source, surface)
    local = np.array([[u1, v1, 0], [u2, v1, 0], [u2, v2, 0], [u1, v2, 0]], dtype=np.float64)
    return flat_face([local @ frame[:3, :3].T + frame[:3, 3]])


BUILDERS: dict[str, Callable[[Source, int], Body]] = {
    "IFCFACESURFACE": face,
    "IFCADVANCEDFACE": face,
    "IFCCURVEBOUNDEDPLANE": curve_bounded_plane,
    "IFCRECTANGULARTRIMMEDSURFACE": rectangular_trimmed_surface,
}
