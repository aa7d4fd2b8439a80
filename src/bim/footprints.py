"""Footprints: the outline on the ground, the levels and the size of everything that has a shape."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.affinity import affine_transform
from shapely.geometry.base import BaseGeometry

from bim.shapes import Item, Placement, Shapes

_EXACT_TRIANGLES = 600
"""Meshes of at most so many triangles get the union of their triangles, larger ones their convex hull."""
_SLIVER_M2 = 1e-9
_SIMPLIFY_M = 0.01
_LINE_WIDTH_M = 0.01
"""Width given to outlines without an area, such as that of a vertical sheet."""
_TILT_ERROR_M = 0.02
"""An item whose tilt moves its outline by less than this counts as upright."""
_MOST_TILT = 0.1
_BALANCED = 0.01


@dataclass(frozen=True, slots=True)
class Outline:
    """One product's place in the model frame, metres.

    Attributes:
        polygon: outline seen from above, x and y of the model frame.
        box: (2, 3) lowest and highest corner in the model frame.
    """

    polygon: BaseGeometry
    box: NDArray[np.float64]


def outlines(shapes: Shapes) -> dict[str, Outline]:
    """GlobalId -> outline of every product that has a shape."""
    by_element: dict[str, list[Placement]] = defaultdict(list)
    for placement in shapes.placements:
        by_element[placement.element].append(placement)
    maker = _Maker(shapes.items)
    return {element: maker.outline(placements) for element, placements in by_element.items()}


def content_box(shapes: Shapes) -> NDArray[np.float64] | None:
    """(2, 3) lowest and highest corner of all shapes in the model frame, metres; None where there are none."""
    if not shapes.placements:
        return None
    own = np.array([_box_corners(item.mesh.box) for item in shapes.items])[[p.item for p in shapes.placements]]
    matrices = np.array([p.matrix for p in shapes.placements])
    points = np.einsum("pij,pkj->pki", matrices[:, :3, :3], own) + matrices[:, None, :3, 3]
    return np.array([points.min(axis=(0, 1)), points.max(axis=(0, 1))])


class _Maker:
    """Makes outlines; the outline of an item that stands upright is made once."""

    def __init__(self, items: list[Item]) -> None:
        self._items = items
        self._upright: dict[int, BaseGeometry] = {}
        self._columns = [np.ascontiguousarray(item.mesh.vertices.T) for item in items]
        self._corners = [_box_corners(item.mesh.box) for item in items]

    def outline(self, placements: list[Placement]) -> Outline:
        boxes = [self._box(placement) for placement in placements]
        polygons = [self._polygon(placement) for placement in placements]
        polygon = polygons[0] if len(polygons) == 1 else shapely.union_all(np.array(polygons, dtype=object))
        box = np.array([np.min([b[0] for b in boxes], axis=0), np.max([b[1] for b in boxes], axis=0)])
        return Outline(_solid(polygon), box)

    def _box(self, placement: Placement) -> NDArray[np.float64]:
        moved = placement.matrix[:3, :3] @ self._columns[placement.item]
        return np.array([moved.min(axis=1), moved.max(axis=1)]) + placement.matrix[:3, 3]

    def _polygon(self, placement: Placement) -> BaseGeometry:
        matrix = placement.matrix
        mesh = self._items[placement.item].mesh
        tilt = max(np.abs(matrix[2, :2]).max(), np.abs(matrix[:2, 2]).max())
        if tilt * float(np.abs(self._corners[placement.item][:, 2]).max()) > _TILT_ERROR_M or tilt > _MOST_TILT:
            return _from_above(mesh.vertices @ matrix[:3, :3].T + matrix[:3, 3], mesh.triangles)
        if placement.item not in self._upright:
            self._upright[placement.item] = _from_above(mesh.vertices, mesh.triangles)
        flat = [*matrix[0, :2], *matrix[1, :2], *matrix[:2, 3]]
        return affine_transform(self._upright[placement.item], flat)


def _from_above(vertices: NDArray[np.float64], triangles: NDArray[np.int32]) -> BaseGeometry:
    flat = vertices[:, :2]
    if len(triangles) <= _EXACT_TRIANGLES:
        seen = _seen_from_above(flat[triangles])
        if len(seen):
            return _tidy(shapely.union_all(shapely.polygons(np.concatenate([seen, seen[:, :1]], axis=1))))
    points: BaseGeometry = shapely.multipoints(flat)  # type: ignore[assignment]
    return _tidy(shapely.convex_hull(points))


def _seen_from_above(corners: NDArray[np.float64]) -> NDArray[np.float64]:
    """Triangles (k, 3, 2) that cover the outline: those facing up, or all where up and down do not balance."""
    edges = corners[:, 1:] - corners[:, :1]
    area = 0.5 * (edges[:, 0, 0] * edges[:, 1, 1] - edges[:, 0, 1] * edges[:, 1, 0])
    up, down = area[area > 0].sum(), -area[area < 0].sum()
    if abs(up - down) <= _BALANCED * max(up, down):
        return np.asarray(corners[area > _SLIVER_M2])
    return np.asarray(corners[np.abs(area) > _SLIVER_M2])


def _tidy(polygon: BaseGeometry) -> BaseGeometry:
    simple = shapely.simplify(polygon, _SIMPLIFY_M)
    return simple if not simple.is_empty and simple.is_valid else shapely.convex_hull(polygon)


def _solid(polygon: BaseGeometry) -> BaseGeometry:
    """A valid polygon or multipolygon, whatever came out."""
    if not polygon.is_valid:
        polygon = shapely.make_valid(polygon)
    if polygon.area > 0:
        if polygon.geom_type == "GeometryCollection":
            return shapely.union_all([part for part in shapely.get_parts(polygon) if part.area > 0])
        return polygon
    return shapely.buffer(polygon, _LINE_WIDTH_M / 2, cap_style="square", join_style="mitre")


def _box_corners(box: NDArray[np.float64]) -> NDArray[np.float64]:
    """(8, 3) corners of a (2, 3) box."""
    (x0, y0, z0), (x1, y1, z1) = box
    return np.array([(x, y, z) for x in (x0, x1) for y in (y0, y1) for z in (z0, z1)])


def hull(polygons: Iterable[BaseGeometry]) -> BaseGeometry | None:
    """Convex hull of several outlines; None for none."""
    given = [polygon for polygon in polygons if polygon is not None and not polygon.is_empty]
    return shapely.convex_hull(shapely.geometrycollections(given)) if given else None
