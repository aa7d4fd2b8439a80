"""The last resort: the bounding box that a product states of itself."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bim.ifc import Entity, placement_matrix, value_of
from bim.shapes import Item
from csdi.geometry import Mesh

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
