"""Sight lines: what stands between an eye and what it must see, without a new body and with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from embreex.mesh_construction import TriangleMesh
from embreex.rtcore_scene import EmbreeScene
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

Floats = NDArray[np.float64]
_SHORT_M = 0.05
"""Sight lines end so far before their target: it does not hide itself."""


class Scene:
    """Bodies that hide what lies behind them, about the eye: single precision is then 0.3 mm at 4 km."""

    def __init__(self, bodies: Sequence[Floats], eye: Floats) -> None:
        """`bodies` are triangles (m, 3, 3) each, `eye` (3,), in one frame, metres."""
        self._eye = eye
        corners = np.concatenate([*bodies, np.zeros((0, 3, 3))]) - eye
        self._body = np.repeat(np.arange(len(bodies)), [len(one) for one in bodies])
        self._rays = EmbreeScene(robust=True)
        self._mesh = TriangleMesh(self._rays, np.ascontiguousarray(corners, dtype=np.float32)) if len(corners) else None

    def first(self, targets: Floats, short_m: float = _SHORT_M) -> tuple[NDArray[np.int64], Floats]:
        """What hides targets (n, 3) from the eye: (n,) body that comes first, -1 for none, and (n, 3) where the line meets it.

        Args:
            short_m: how far before the target a line ends.
        """
        body, places = np.full(len(targets), -1), np.full((len(targets), 3), np.nan)
        away = targets - self._eye
        length = np.linalg.norm(away, axis=1)
        far = np.flatnonzero(length > short_m)
        if self._mesh is None or not len(far):
            return body, places
        reach = (1 - short_m / length[far]).astype(np.float32)
        found = self._rays.run(np.zeros((len(far), 3), np.float32), away[far].astype(np.float32), dists=reach, output=True)
        hit = np.flatnonzero((found["primID"] >= 0) & (found["tfar"] <= reach))
        rows = far[hit]
        body[rows] = self._body[found["primID"][hit]]
        places[rows] = self._eye + away[rows] * found["tfar"][hit, None]
        return body, places


@dataclass(frozen=True, slots=True)
class Blocked:
    """What an eye loses.

    Attributes:
        seen: (n,) whether each target is seen without the new bodies.
        body: (n,) new body that hides a target that was seen, -1 where none does.
        places: (n, 3) where its sight line meets it first, NaN elsewhere.
    """

    seen: NDArray[np.bool_]
    body: NDArray[np.int64]
    places: Floats


def newly_blocked(eye: Floats, targets: Floats, new: Sequence[Floats], standing: Sequence[Floats] = (),
                  ground: Sequence[Floats] = (), ground_step_m: float = 0.0) -> Blocked:
    """Targets (n, 3) that an eye (3,) sees past what stands there, and no longer once new bodies do.

    Args:
        new, standing, ground: bodies as triangles (m, 3, 3).
        ground_step_m: how coarse the ground is: the last two steps before a target do not count, where the ground is as high as it.
    """
    seen = Scene(standing, eye).first(targets)[0] < 0
    if ground:
        seen &= Scene(ground, eye).first(targets, max(_SHORT_M, 2 * ground_step_m))[0] < 0
    body, places = Scene(new, eye).first(targets)
    lost = seen & (body >= 0)
    return Blocked(seen, np.where(lost, body, -1), np.where(lost[:, None], places, np.nan))


def terrain_triangles(x: Floats, y: Floats, heights: Floats) -> Floats:
    """Triangles (m, 3, 3) of a grid of heights (rows, columns) at x (columns,), y (rows,); cells with an unknown corner are left out."""
    points = np.stack([*np.meshgrid(x, y), heights], axis=-1)
    a, b, c, d = points[:-1, :-1], points[:-1, 1:], points[1:, 1:], points[1:, :-1]
    triangles = np.concatenate([np.stack([a, b, c], axis=2).reshape(-1, 3, 3), np.stack([a, c, d], axis=2).reshape(-1, 3, 3)])
    return np.asarray(triangles[np.isfinite(triangles).all(axis=(1, 2))])


def prism(shape: BaseGeometry, low: float, high: float) -> Floats:
    """Triangles (m, 3, 3) of the walls and the roof over a polygon."""
    roofs = [shapely.get_coordinates(one)[:3] for one in shapely.get_parts(shapely.constrained_delaunay_triangles(shapely.force_2d(shape)))]
    made = [np.column_stack([roof, np.full(3, high)])[None] for roof in roofs]
    for part in shapely.get_parts(shape):
        for ring in (part.exterior, *part.interiors):
            xy = shapely.get_coordinates(ring)
            foot, top = (np.column_stack([xy, np.full(len(xy), level)]) for level in (low, high))
            made += [np.stack([foot[:-1], foot[1:], top[1:]], axis=1), np.stack([foot[:-1], top[1:], top[:-1]], axis=1)]
    return np.concatenate(made) if made else np.zeros((0, 3, 3))
