"""Face sets over a point list: polygonal and triangulated ones, irregular networks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from bim.tessellation.body import Body, Refused, present
from bim.tessellation.rings import Rings, cleaned, sound, triangulated
from bim.tessellation.topology import solid, weld

if TYPE_CHECKING:
    from bim.tessellation.source import Source

_CACHE = "indexed-colours"
_Floats = NDArray[np.float64]
_Ints = NDArray[np.int64]


def polygonal(points: _Floats, faces: Sequence[Sequence[Sequence[int]]], tolerance: float) -> tuple[Body, _Ints]:
    """The body of polygons, and (m,) the polygon of each of its triangles.

    Args:
        points: (n, 3) file units.
        faces: of each face the outer ring, then holes; indices into `points`.
        tolerance: distance within which vertices may be made one to close the body, file units.

    Raises:
        Refused: `face-set:index`, or a polygon crosses itself.
    """
    rings = Rings.of([[list(ring) for ring in face] for face in faces])
    _check(rings.corners, points)
    welded = Rings(weld(points)[rings.corners], rings.sizes, rings.faces) if len(points) else rings
    triangles, face, crossing = triangulated(points, cleaned(points, welded))
    if crossing.any():
        raise Refused("face-set:crosses-itself")
    return _settled(points, triangles, face, tolerance)


def triangular(points: _Floats, triangles: _Ints, tolerance: float) -> tuple[Body, _Ints]:
    """The body of triangles (m, 3) over points (n, 3), and for each of its triangles the number of the given one.

    Raises:
        Refused: `face-set:index`.
    """
    _check(triangles, points)
    welded = weld(points)[triangles] if len(points) else triangles
    whole = (welded[:, 0] != welded[:, 1]) & (welded[:, 1] != welded[:, 2]) & (welded[:, 2] != welded[:, 0])
    return _settled(points, welded[whole], np.flatnonzero(whole), tolerance)


def _check(corners: _Ints, points: _Floats) -> None:
    if not _within(corners, len(points)):
        raise Refused("face-set:index")
    if not sound(points).all():
        raise Refused("point:not-finite")


def _within(numbers: _Ints, count: int) -> bool:
    return not numbers.size or bool(0 <= numbers.min() <= numbers.max() < count)


def _settled(points: _Floats, triangles: _Ints, face: _Ints, tolerance: float) -> tuple[Body, _Ints]:
    """The number of the face travels as the style of its triangles, because closing a body may drop some of them."""
    used, corners = np.unique(triangles, return_inverse=True)
    body = solid(Body(points[used], corners.reshape(-1, 3).astype(np.int32), False, face), tolerance)
    return Body(body.vertices, body.triangles, body.closed), face if body.style_of is None else body.style_of


def polygonal_face_set(source: Source, number: int) -> Body:
    """IfcPolygonalFaceSet: faces with and without voids.

    Raises:
        Refused: an index points nowhere, a face crosses itself, or the instance is broken.
    """
    coordinates, _closed, faces, indirect = [*source.args(number), None, None, None, None][:4]
    points = _points(source, coordinates)
    rings = [_face_rings(source, face, _list(indirect)) for face in _list(faces)]
    body, face = polygonal(points, rings, source.precision)
    return present(_coloured(source, number, body, face))


def _face_rings(source: Source, face: int, indirect: list[Any]) -> list[list[int]]:
    args = source.args(face)
    voids = _list(args[1]) if source.class_of(face) == "IFCINDEXEDPOLYGONALFACEWITHVOIDS" and len(args) > 1 else []
    return [_indices(ring, indirect).tolist() for ring in [args[0] if args else None, *voids]]


def triangulated_face_set(source: Source, number: int) -> Body:
    """IfcTriangulatedFaceSet and IfcTriangulatedIrregularNetwork; triangles that a network flags as void or hole are left out.

    Raises:
        Refused: an index points nowhere, or the instance is broken.
    """
    args = [*source.args(number), None, None, None, None, None, None]
    points = _points(source, args[0])
    triangles = _indices(args[3], _list(args[4]))
    if triangles.ndim != 2 or triangles.shape[1] != 3:
        raise Refused("face-set:index")
    shown = np.arange(len(triangles))
    if source.class_of(number) == "IFCTRIANGULATEDIRREGULARNETWORK" and len(_list(args[5])) == len(triangles):
        shown = np.flatnonzero(np.array(args[5]) >= 0)
    body, face = triangular(points, triangles[shown], source.precision)
    return present(_coloured(source, number, body, shown[face]))


def _points(source: Source, number: Any) -> _Floats:
    points = source.point_list(number)
    return np.column_stack([points, np.zeros((len(points), 3 - points.shape[1]))]) if points.shape[1] < 3 else points


def _indices(given: Any, indirect: list[Any]) -> _Ints:
    """Indices from zero; through the list of point numbers where there is one."""
    try:
        numbers = np.array(given, dtype=np.int64) - 1
        if not indirect:
            return numbers
        if not _within(numbers, len(indirect)):
            raise Refused("face-set:index")
        return np.asarray(np.array(indirect, dtype=np.int64)[numbers] - 1)
    except (TypeError, ValueError, OverflowError) as error:
        raise Refused("face-set:index") from error


def _list(given: Any) -> list[Any]:
    return given if isinstance(given, list) else []


def _coloured(source: Source, number: int, body: Body, face: _Ints) -> Body:
    """With the indexed colours of the faces (m,), where the file gives any."""
    style = _colours(source).styles.get(number)
    if style is None:
        return body
    known = np.append(style, 0)
    return Body(body.vertices, body.triangles, body.closed, known[np.minimum(face, len(style))])


@dataclass(frozen=True, slots=True)
class _Colours:
    """Indexed colours of a file: the style of every face by face set, and what the styles -1, -2, ... look like."""

    styles: dict[int, _Ints]
    looks: list[tuple[float, float, float, float]]


def indexed_colour(source: Source, style: int) -> tuple[float, float, float, float]:
    """Red, green, blue and opacity, 0 to 1, of a negative value in `Body.style_of`."""
    return _colours(source).looks[-style - 1]


def _colours(source: Source) -> _Colours:
    """All IfcIndexedColourMap of the file, read at the first call; one that cannot be read colours nothing."""
    if _CACHE not in source.cache:
        found = source.cache[_CACHE] = _Colours({}, [])
        for number in source.instances.of("IFCINDEXEDCOLOURMAP"):
            try:
                _take(source, number, found)
            except (Refused, TypeError, ValueError, IndexError):
                continue
    known: _Colours = source.cache[_CACHE]
    return known


def _take(source: Source, number: int, found: _Colours) -> None:
    face_set, opacity, colours, index = source.args(number)[:4]
    table = np.clip(np.array(source.args(colours)[0], dtype=np.float64), 0, 1)
    of_face = np.array(index, dtype=np.int64)
    if table.ndim != 2 or table.shape[1] != 3 or not np.isfinite(table).all() or of_face.ndim != 1:
        raise Refused("colour-map")
    alpha = min(max(float(opacity), 0.0), 1.0) if isinstance(opacity, float | int) and np.isfinite(opacity) else 1.0
    within = (of_face >= 1) & (of_face <= len(table))
    found.styles[int(face_set)] = np.where(within, -(len(found.looks) + of_face), 0)
    found.looks.extend((r, g, b, alpha) for r, g, b in table.tolist())


BUILDERS: dict[str, Callable[[Source, int], Body]] = {
    "IFCPOLYGONALFACESET": polygonal_face_set,
    "IFCTRIANGULATEDFACESET": triangulated_face_set,
    "IFCTRIANGULATEDIRREGULARNETWORK": triangulated_face_set,
}
