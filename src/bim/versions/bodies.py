"""Bodies of elements as they are compared between two versions: where their corners are, and what they wear."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from bim.shapes import Placement, Shapes

Floats = NDArray[np.float64]
SAME_M = 2e-4
"""Corners nearer than this are the same."""

SAGITTA_M = 3e-3
"""Chords of arcs in two scales may lie so far apart."""

_COARSE = 0.02
_SHIFT = 2e-6
"""Part of its size by which the centroid of a surface may shift when it is only cut otherwise into triangles."""

_DIRECTIONS = np.array([[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 0], [0, 1, 1], [1, 0, 1], [1, 2, 3]], dtype=np.float64).T
_DIRECTIONS = _DIRECTIONS / np.linalg.norm(_DIRECTIONS, axis=0)


@dataclass(frozen=True)
class Body:
    """The shape of one element.

    Attributes:
        corners: (n, 3) vertices of all its items, model frame, metres.
        triangles: (m, 3) indices into corners.
        look: (rgba in 1/255) -> triangles that wear it.
        exact: digests of items with their matrices: equal for bodies that are equal to the bit.
    """

    corners: Floats
    triangles: NDArray[np.int64]
    look: Counter[tuple[int, ...]]
    exact: frozenset[tuple[bytes, bytes]]

    @cached_property
    def box(self) -> Floats:
        """(2, 3) lowest and highest corner, model frame, metres."""
        return np.array([self.corners.min(axis=0), self.corners.max(axis=0)])

    @property
    def centre(self) -> Floats:
        """(3,) middle of the box."""
        return np.asarray(self.box.mean(axis=0))

    def seen_from(self, matrix: Floats) -> Body:
        """The same body in the frame that a (4, 4) placement gives."""
        turned = (self.corners - matrix[:3, 3]) @ np.linalg.inv(matrix[:3, :3]).T
        return replace(self, corners=turned, exact=frozenset())

    def centred(self) -> Body:
        """The same body around the origin."""
        return replace(self, corners=self.corners - self.centre, exact=frozenset())

    def grown(self, scale: float) -> Body:
        """The same body with all lengths scaled."""
        return replace(self, corners=self.corners * scale, exact=frozenset())


class Bodies:
    """The bodies of a version, made when asked for."""

    def __init__(self, *shapes: Shapes) -> None:
        self._placements: dict[str, list[tuple[Shapes, Placement]]] = defaultdict(list)
        for one in shapes:
            for placement in one.placements:
                self._placements[placement.element].append((one, placement))
        self._digests: dict[int, bytes] = {}
        self._made: dict[str, Body | None] = {}

    def of(self, key: str) -> Body | None:
        """The body of an element or space; None where it has no shape."""
        if key not in self._made:
            self._made[key] = self._body(self._placements[key]) if key in self._placements else None
        return self._made[key]

    def _body(self, placements: list[tuple[Shapes, Placement]]) -> Body:
        corners, triangles, look, exact = [], [], Counter[tuple[int, ...]](), []
        count = 0
        for shapes, placement in placements:
            item, matrix = shapes.items[placement.item], placement.matrix
            corners.append(item.mesh.vertices @ matrix[:3, :3].T + matrix[:3, 3])
            triangles.append(item.mesh.triangles.astype(np.int64) + count)
            count += len(item.mesh.vertices)
            for number, count in zip(*np.unique(item.material_of, return_counts=True), strict=True):
                rgba = item.materials[number].rgba if number >= 0 else ()
                look[tuple(round(255 * part) for part in rgba)] += int(count)
            exact.append((self._digests.setdefault(id(item), item.digest), matrix.tobytes()))
        return Body(np.concatenate(corners), np.concatenate(triangles), look, frozenset(exact))


def same_shape(one: Body, other: Body) -> bool:
    """Whether two bodies fill the same space, whatever the order of their corners and the cut into triangles.

    With as many corners on both sides these are compared by their distances along seven directions: sets that agree in all
    of them differ only by design. Where they do not agree, the surfaces are compared by box, area, centroid and spread, which do not depend
    on the triangles.
    """
    if len(one.corners) == len(other.corners):
        apart = np.sort(one.corners @ _DIRECTIONS, axis=0) - np.sort(other.corners @ _DIRECTIONS, axis=0)
        if not len(apart) or np.abs(apart).max() <= SAME_M:
            return True
    if np.abs(one.box - other.box).max() > SAME_M:
        return False
    (area, centre, spread), (area_2, centre_2, spread_2) = _surface(one), _surface(other)
    size = float(np.ptp(one.box, axis=0).max())
    return bool(abs(area - area_2) <= 1e-5 * area and np.abs(centre - centre_2).max() <= _SHIFT * size
                and np.abs(spread - spread_2).max() <= _SHIFT * size * size)


def _surface(body: Body) -> tuple[float, Floats, Floats]:
    """Area, centroid (3,) and covariance (3, 3) of a surface, by exact integrals over its triangles."""
    points = body.corners[body.triangles] - body.centre
    areas = np.linalg.norm(np.cross(points[:, 1] - points[:, 0], points[:, 2] - points[:, 0]), axis=1) / 2
    total = float(areas.sum()) or 1.0
    middles = points.mean(axis=1)
    centre = areas @ middles / total
    second = np.einsum("m,mki,mkj->ij", areas / 12, points, points) + np.einsum("m,mi,mj->ij", areas * 9 / 12, middles, middles)
    return total, centre, second / total - np.outer(centre, centre)


def same_outline(one: Body, other: Body) -> bool:
    """Whether two bodies have the same box, as near as arcs of other chords allow."""
    slack = _COARSE * float(np.ptp(other.box, axis=0).max()) + SAGITTA_M
    return bool(np.abs(one.box - other.box).max() <= slack)


def same_look(one: Body, other: Body) -> bool:
    """Whether both wear the same colours, on as many triangles where they have as many."""
    if one.look.total() == other.look.total():
        return one.look == other.look
    return one.look.keys() == other.look.keys()
