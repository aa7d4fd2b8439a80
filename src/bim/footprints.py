"""Footprints: the outline on the ground, the levels and the size of everything that has a shape."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from bim.shapes import Shapes

_EXACT_TRIANGLES = 600
"""Meshes of at most so many triangles get the union of their triangles, larger ones their convex hull."""
_GRID_M = 1e-5
_FEW_TRIANGLES = 60
_SAME_AREA = 1e-9
_SLIVER_M2 = 1e-9
_SIMPLIFY_M = 0.01
_LINE_WIDTH_M = 0.01
"""Width given to outlines without an area, such as that of a vertical sheet."""
_TILT_ERROR_M = 0.02
"""An item whose tilt moves its outline by less than this counts as upright."""
_MOST_TILT = 0.1
_BALANCED = 0.01
_TOGETHER = 1 << 16
"""Coordinates that are moved at once: few enough for the cache, and for one thread."""


@dataclass(frozen=True, slots=True)
class Outline:
    """One product's place in the model frame, metres.

    Attributes:
        polygon: outline seen from above, x and y of the model frame.
        box: (2, 3) lowest and highest corner in the model frame.
        placed: (2, 3) the same along the axes of the CRS, where that was asked for: exact, as `polygon`, which is simplified, is not.
    """

    polygon: BaseGeometry
    box: NDArray[np.float64]
    placed: NDArray[np.float64] | None = None


def outlines(shapes: Shapes, to_crs: NDArray[np.float64] | None = None) -> dict[str, Outline]:
    """GlobalId -> outline of every product that has a shape.

    Args:
        to_crs: (4, 4) from the model frame to the CRS, metres, for boxes along its axes too.
    """
    if not shapes.placements:
        return {}
    rows: dict[str, list[int]] = defaultdict(list)
    for row, placement in enumerate(shapes.placements):
        rows[placement.element].append(row)
    placed = _Placed(shapes)
    polygons = placed.polygons()
    whole = polygons[[of_one[0] for of_one in rows.values()]]
    for at, several in enumerate(rows.values()):
        if len(several) > 1:
            whole[at] = _overlaid(polygons[several])
    boxes = _joined(placed.boxes(), rows.values())
    on_crs = _joined(placed.boxes(to_crs), rows.values()) if to_crs is not None else [None] * len(rows)
    return {element: Outline(*of_one) for element, *of_one in zip(rows, _solids(whole), boxes, on_crs, strict=True)}


def _joined(boxes: NDArray[np.float64], rows: Iterable[list[int]]) -> NDArray[np.float64]:
    """(k, 2, 3) boxes around the boxes (n, 2, 3) of these rows."""
    return np.array([boxes[of_one[0]] if len(of_one) == 1 else (boxes[of_one, 0].min(axis=0), boxes[of_one, 1].max(axis=0))
                     for of_one in rows])


def content_box(shapes: Shapes) -> NDArray[np.float64] | None:
    """(2, 3) lowest and highest corner of all shapes in the model frame, metres; None where there are none."""
    if not shapes.placements:
        return None
    own = np.array([item.mesh.box for item in shapes.items])[[p.item for p in shapes.placements]]
    matrices = np.array([p.matrix for p in shapes.placements])
    middle = np.einsum("pij,pj->pi", matrices[:, :3, :3], own.mean(axis=1)) + matrices[:, :3, 3]
    reach = np.einsum("pij,pj->pi", np.abs(matrices[:, :3, :3]), np.ptp(own, axis=1) / 2)
    return np.array([(middle - reach).min(axis=0), (middle + reach).max(axis=0)])


def boxes_of(shapes: Shapes) -> NDArray[np.float64]:
    """(n, 2, 3) lowest and highest corner of each placement, in their order, model frame, metres; NaN for a mesh without vertices."""
    if not shapes.placements:
        return np.zeros((0, 2, 3))
    found = np.full((len(shapes.placements), 2, 3), np.nan)
    solid = [row for row, placement in enumerate(shapes.placements) if len(shapes.items[placement.item].mesh.vertices)]
    if solid:
        found[solid] = _Placed(Shapes(shapes.items, [shapes.placements[row] for row in solid])).boxes()
    return found


class _Placed:
    """All placements at once, (n,) in the order of the shapes; what depends on the item alone is made once."""

    def __init__(self, shapes: Shapes) -> None:
        self._meshes = [item.mesh for item in shapes.items]
        self._item = np.array([placement.item for placement in shapes.placements])
        self._matrices = np.array([placement.matrix for placement in shapes.placements])

    def boxes(self, onto: NDArray[np.float64] | None = None) -> NDArray[np.float64]:
        """(n, 2, 3) lowest and highest corner of each placement; along other axes with a matrix (4, 4) that leads there."""
        matrices = self._matrices if onto is None else onto @ self._matrices
        found = np.empty((len(self._item), 2, 3))
        order = np.argsort(self._item, kind="stable")
        for rows in np.split(order, np.flatnonzero(np.diff(self._item[order])) + 1):
            columns = np.ascontiguousarray(self._meshes[self._item[rows[0]]].vertices.T)
            together = max(1, _TOGETHER // columns.size)
            for some in (rows[at:at + together] for at in range(0, len(rows), together)):
                moved = matrices[some, :3, :3].reshape(-1, 3) @ columns
                found[some, 0], found[some, 1] = moved.min(axis=1).reshape(-1, 3), moved.max(axis=1).reshape(-1, 3)
        return np.asarray(found + matrices[:, None, :3, 3])

    def polygons(self) -> NDArray[np.object_]:
        """(n,) outline of each placement; that of an item that stands upright is made once, and moved."""
        upright = self._upright()
        standing = {item: _from_above(self._meshes[item].vertices, self._meshes[item].triangles)
                    for item in np.unique(self._item[upright]).tolist()}
        found = np.empty(len(self._item), dtype=object)
        found[upright] = _moved(np.array([standing[item] for item in self._item[upright].tolist()], dtype=object), self._matrices[upright])
        for row in np.flatnonzero(~upright).tolist():
            mesh, matrix = self._meshes[self._item[row]], self._matrices[row]
            found[row] = _from_above(mesh.vertices @ matrix[:3, :3].T + matrix[:3, 3], mesh.triangles)
        return found

    def _upright(self) -> NDArray[np.bool_]:
        """(n,) whether a placement's tilt leaves the outline as it is."""
        turns = np.abs(self._matrices[:, :3, :3])
        tilt = np.maximum(turns[:, 2, :2].max(axis=1), turns[:, :2, 2].max(axis=1))
        tall = np.array([np.abs(mesh.vertices[:, 2]).max() for mesh in self._meshes])
        return np.asarray((tilt * tall[self._item] <= _TILT_ERROR_M) & (tilt <= _MOST_TILT))


def _moved(polygons: NDArray[np.object_], matrices: NDArray[np.float64]) -> NDArray[np.object_]:
    """Polygons (n,) under the plan part of matrices (n, 4, 4)."""
    counts = shapely.get_num_coordinates(polygons)
    x, y = shapely.get_coordinates(polygons).T
    flat = np.repeat(matrices[:, :2], counts, axis=0)
    moved = flat[:, :, 0] * x[:, None] + flat[:, :, 1] * y[:, None] + flat[:, :, 3]
    return np.asarray(shapely.set_coordinates(polygons, moved))


def _from_above(vertices: NDArray[np.float64], triangles: NDArray[np.int32]) -> BaseGeometry:
    flat = vertices[:, :2]
    if len(triangles) <= _EXACT_TRIANGLES:
        seen = _seen_from_above(flat[triangles])
        if len(seen):
            return _tidy(_union(np.asarray(shapely.polygons(np.concatenate([seen, seen[:, :1]], axis=1)))))
    points: BaseGeometry = shapely.linestrings(flat)  # type: ignore[assignment]
    return _tidy(shapely.convex_hull(points))


def _union(triangles: NDArray[np.object_]) -> BaseGeometry:
    """Union of triangles; by their shared edges, which is quicker, where there are many and none lies on another."""
    if len(triangles) > _FEW_TRIANGLES:
        try:
            joined: BaseGeometry = shapely.coverage_union_all(triangles)
        except shapely.GEOSException:
            return _overlaid(triangles)
        area = float(shapely.area(triangles).sum())
        if joined.is_valid and abs(joined.area - area) <= _SAME_AREA * area:
            return joined
    return _overlaid(triangles)


def _overlaid(polygons: NDArray[np.object_]) -> BaseGeometry:
    """Union of polygons; on a grid where edges that nearly coincide, some nanometres apart, are too much for exact numbers."""
    try:
        return shapely.union_all(polygons)
    except shapely.GEOSException:
        return shapely.union_all(polygons, grid_size=_GRID_M)


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


def _solids(polygons: NDArray[np.object_]) -> NDArray[np.object_]:
    """Valid polygons or multipolygons, whatever came out."""
    broken = ~shapely.is_valid(polygons)
    polygons[broken] = shapely.make_valid(polygons[broken])
    areas = shapely.area(polygons)
    for at in np.flatnonzero((areas > 0) & (shapely.get_type_id(polygons) == shapely.GeometryType.GEOMETRYCOLLECTION)):
        parts = shapely.get_parts(polygons[at])
        polygons[at] = _overlaid(parts[shapely.area(parts) > 0])
    thin = areas <= 0
    polygons[thin] = shapely.buffer(polygons[thin], _LINE_WIDTH_M / 2, cap_style="square", join_style="mitre")
    return polygons


def hull(polygons: Iterable[BaseGeometry | None]) -> BaseGeometry | None:
    """Convex hull of several outlines; None for none."""
    points = shapely.get_coordinates([polygon for polygon in polygons if polygon is not None])
    if not len(points):
        return None
    path: BaseGeometry = shapely.linestrings(points)  # type: ignore[assignment]
    return shapely.convex_hull(path)
