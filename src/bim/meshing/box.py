"""The last resort: the bounding box that a product states of itself, or the box of the points that its surfaces are made of."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from ifcopenshell.util.placement import get_cartesiantransformationoperator3d
from numpy.typing import NDArray

from bim.ifc import Entity, axis_matrix, is_instance, placement_matrix, value_of
from bim.meshing.wanted import body_of
from bim.shapes import Item
from csdi.geometry import Mesh

_LEAST_POINTS = 3
_THIN_M = 1e-3
_DEEPEST = 8
_MOST_REACHED = 200_000
_FACES = [(0, 2, 1), (0, 3, 2), (4, 5, 6), (4, 6, 7), (0, 1, 5), (0, 5, 4), (1, 2, 6), (1, 6, 5), (2, 3, 7), (2, 7, 6), (3, 0, 4),
          (3, 4, 7)]


def box_mesh(low: NDArray[np.float64], high: NDArray[np.float64]) -> Mesh:
    """The closed box between two corners, metres, faces outwards."""
    x0, y0, z0 = low
    x1, y1, z1 = high
    corners = [(x0, y0, z0), (x1, y0, z0), (x1, y1, z0), (x0, y1, z0), (x0, y0, z1), (x1, y0, z1), (x1, y1, z1), (x0, y1, z1)]
    return Mesh(np.array(corners, dtype=np.float64), np.array(_FACES, dtype=np.int32))


def stated_box(product: Entity, scale: float) -> tuple[Item, NDArray[np.float64]] | None:
    """The product's IfcBoundingBox as an item with its matrix to the model frame, metres; None if it states none.

    Args:
        scale: metres in one length unit of the project.
    """
    box = _bounding_box(product)
    if box is None:
        return None
    low = np.asarray(box.Corner.Coordinates, dtype=np.float64) * scale
    size = np.array([box.XDim, box.YDim, box.ZDim], dtype=np.float64) * scale
    if low.shape != (3,) or not (size > 0).all():
        return None
    return _placed(product, low, size, scale)


def box_of_points(product: Entity, scale: float) -> tuple[Item, NDArray[np.float64]] | None:
    """The box of the corners of the product's own surfaces, as `stated_box`; None where it has no corners of its own.

    Only points in space count, not those of profiles, which lie elsewhere once they are swept.
    """
    body = body_of(product)
    points = [corner for item in (body.Items if body is not None else ()) for corner in _corners(item, np.eye(4), 0)]
    if len(points) < _LEAST_POINTS:
        return None
    low, high = (np.asarray(found, dtype=np.float64) * scale for found in (np.min(points, axis=0), np.max(points, axis=0)))
    size = np.maximum(high - low, _THIN_M)
    if not np.isfinite(size).all() or np.count_nonzero(size > _THIN_M) < 2:
        return None
    return _placed(product, low, size, scale)


def _corners(item: Entity, matrix: NDArray[np.float64], depth: int) -> Iterator[NDArray[np.float64]]:
    """Points of an item's surfaces, in units of the file, in the frame of the representation."""
    if item.is_a("IfcMappedItem"):
        if depth < _DEEPEST:
            source = item.MappingSource
            back = np.linalg.inv(axis_matrix(source.MappingOrigin))
            moved = matrix @ get_cartesiantransformationoperator3d(item.MappingTarget) @ back
            for inner in source.MappedRepresentation.Items or ():
                yield from _corners(inner, moved, depth + 1)
        return
    reached = _reached(item)
    origins = {one.Location.id() for one in reached if one.is_a("IfcPlacement") and one.Location is not None}
    for one in reached:
        found: list[Any] = []
        if one.is_a("IfcCartesianPoint") and one.id() not in origins:
            found = [one.Coordinates]
        elif one.is_a("IfcCartesianPointList3D"):
            found = list(one.CoordList)
        for point in found:
            if len(point) == 3:
                yield matrix[:3, :3] @ np.asarray(point, dtype=np.float64) + matrix[:3, 3]


def _reached(item: Entity) -> list[Entity]:
    """All instances that an item leads to; not by the engine's own walk, which dies of a long chain."""
    found: dict[int, Entity] = {}
    waiting: list[Any] = [item]
    while waiting and len(found) < _MOST_REACHED:
        one = waiting.pop()
        if isinstance(one, tuple):
            waiting.extend(reversed(one))
        elif is_instance(one) and one.id() and one.id() not in found:
            found[one.id()] = one
            waiting.extend(reversed(list(one)))
    return list(found.values())


def _placed(product: Entity, low: NDArray[np.float64], size: NDArray[np.float64],
            scale: float) -> tuple[Item, NDArray[np.float64]]:
    """A box, metres, product frame, where the product stands."""
    matrix = placement_matrix(value_of(product, "ObjectPlacement"))
    matrix[:3, 3] *= scale
    mesh = box_mesh(-size / 2, size / 2)
    matrix[:3, 3] += matrix[:3, :3] @ (low + size / 2)
    return Item(mesh, (), np.full(len(mesh.triangles), -1, np.int16)), matrix


def _bounding_box(product: Entity) -> Entity | None:
    shape = value_of(product, "Representation")
    for representation in value_of(shape, "Representations") or ():
        for item in representation.Items or ():
            if item.is_a("IfcBoundingBox"):
                return item
    return None
