"""All triangles of a model in one structure that rays are shot into, and where each element lies in it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import NamedTuple

import numpy as np
from embreex.mesh_construction import TriangleMesh
from embreex.rtcore_scene import EmbreeScene
from numpy.typing import NDArray

from bim.bcf.cameras import Box
from bim.shapes import Placement, Shapes

Floats = NDArray[np.float32]


class Hits(NamedTuple):
    """What rays meet first.

    Attributes:
        distance: (n,) float32 metres along each ray, infinite where it meets nothing.
        normal: (n, 3) float32 unit normal of the triangle, as its corners turn; zero where nothing is met.
        triangle: (n,) int32 number of the triangle, -1 where nothing is met.
    """

    distance: Floats
    normal: Floats
    triangle: NDArray[np.int32]


class Body:
    """Triangles that rays are shot into, in coordinates near the origin.

    Args:
        corners: (m, 3, 3) float32 metres.
    """

    def __init__(self, corners: Floats) -> None:
        self.corners = corners

    @cached_property
    def _structure(self) -> EmbreeScene:
        structure = EmbreeScene()
        TriangleMesh(structure, np.ascontiguousarray(self.corners))
        return structure

    def hits(self, starts: Floats, ways: Floats) -> Hits:
        """What rays meet first.

        Args:
            starts, ways: (n, 3) float32 metres in the frame of the corners; ways of length 1.
        """
        if not len(self.corners):
            return Hits(np.full(len(ways), np.inf, np.float32), np.zeros_like(ways), np.full(len(ways), -1, np.int32))
        found = self._structure.run(starts, ways, output=1)
        triangle = found["primID"]
        met = triangle >= 0
        length = np.linalg.norm(found["Ng"], axis=1, keepdims=True)
        normal = np.where(met[:, None], found["Ng"] / np.maximum(length, 1e-30), 0)
        return Hits(np.where(met, found["tfar"], np.inf).astype(np.float32), normal.astype(np.float32), triangle)


class Scene:
    """A model's shapes as triangles, with spaces apart: those are shown only where they are what is looked at.

    Attributes:
        origin: (3,) float64, the place in the model's frame, metres, that all coordinates of bodies are counted from: they are
            float32, and a model may lie far from its own origin.
        body: the triangles of elements.
        element_of: (m,) int32, index into `names` of each triangle of the body.
        names: GlobalIds, as `Placement.element` has them.
    """

    def __init__(self, shapes: Shapes, spaces: Shapes | None = None) -> None:
        self._placed = _by_element(shapes), _by_element(spaces or Shapes())
        self._shapes = shapes, spaces or Shapes()
        self._boxes: dict[str, Box | None] = {}
        self.names: Sequence[str] = tuple(self._placed[0])
        self.origin = _middle(shapes if shapes.placements else spaces or shapes)

    @cached_property
    def _whole(self) -> tuple[Body, NDArray[np.int32]]:
        parts = [self._corners(name) for name in self.names]
        counts = [len(part) for part in parts]
        return Body(_joined(parts)), np.repeat(np.arange(len(parts), dtype=np.int32), counts)

    @property
    def body(self) -> Body:
        """The triangles of all elements."""
        return self._whole[0]

    @property
    def element_of(self) -> NDArray[np.int32]:
        """(m,) index into `names` of each triangle of the body."""
        return self._whole[1]

    def part(self, names: Iterable[str]) -> Body:
        """The triangles of some elements or spaces."""
        return Body(_joined([self._corners(name) for name in names if name in self]))

    def __contains__(self, name: str) -> bool:
        return name in self._placed[0] or name in self._placed[1]

    def box(self, name: str) -> Box | None:
        """The box around an element or a space, metres in the model's frame; None where it has no shape."""
        if name not in self._boxes:
            points = self._corners(name).reshape(-1, 3).astype(np.float64) + self.origin if name in self else np.zeros((0, 3))
            low, high = (points.min(axis=0), points.max(axis=0)) if len(points) else (None, None)
            self._boxes[name] = None if low is None or high is None else Box(tuple(low.tolist()), tuple(high.tolist()))
        return self._boxes[name]

    def _corners(self, name: str) -> Floats:
        """(m, 3, 3) corners of an element's or a space's triangles, from the origin of the scene."""
        parts = []
        for placed, shapes in zip(self._placed, self._shapes, strict=True):
            for placement in placed.get(name, ()):
                mesh = shapes.items[placement.item].mesh.placed(placement.matrix)
                parts.append((mesh.vertices - self.origin).astype(np.float32)[mesh.triangles])
        return _joined(parts)


def _by_element(shapes: Shapes) -> dict[str, list[Placement]]:
    placed: dict[str, list[Placement]] = defaultdict(list)
    for placement in shapes.placements:
        placed[placement.element].append(placement)
    return {name: placed[name] for name in sorted(placed)}


def _joined(parts: list[Floats]) -> Floats:
    return np.concatenate(parts) if parts else np.zeros((0, 3, 3), np.float32)


def _middle(shapes: Shapes) -> NDArray[np.float64]:
    """The median of where items stand: one that is lost far away does not move it."""
    places = [placement.matrix[:3, 3] for placement in shapes.placements]
    return np.round(np.median(places, axis=0)) if places else np.zeros(3)
