"""Refinement: long edges cut, so that large flat faces follow the earth's curve between their corners as well."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from twin.surface import Ints, Surface

LONGEST_EDGE_M = 300.0
"""The middle of an edge this long lies 1.8 mm below the curve on which its ends are (d²/8R)."""


def refined(surface: Surface, longest_m: float = LONGEST_EDGE_M) -> Surface:
    """The same surface with every edge at most `longest_m`; the very same one when nothing is longer."""
    if not len(surface.positions) or np.linalg.norm(np.ptp(surface.box, axis=0)) <= longest_m:
        return surface
    while True:
        halves = _halved(surface, longest_m)
        if halves is None:
            return surface
        surface = halves


def _halved(surface: Surface, longest_m: float) -> Surface | None:
    """Every long edge cut at its middle; faces on both sides are cut alike, so no gap opens. None when none is long."""
    triangles = surface.triangles
    ends = np.stack([triangles, np.roll(triangles, -1, axis=1)], axis=2)
    lengths = np.linalg.norm(surface.positions[ends[:, :, 0]] - surface.positions[ends[:, :, 1]], axis=2)
    long = lengths > longest_m
    if not long.any():
        return None
    edges, number = np.unique(np.sort(ends[long], axis=1), axis=0, return_inverse=True)
    middles = np.full(triangles.shape, -1, dtype=np.int64)
    middles[long] = len(surface.positions) + number.reshape(-1)
    normals = surface.normals[edges].mean(axis=1)
    normals /= np.maximum(np.linalg.norm(normals, axis=1), 1e-9)[:, None]
    cut, origin = _cut(triangles, middles)
    return replace(surface, positions=np.vstack([surface.positions, surface.positions[edges].mean(axis=1)]),
                   normals=np.vstack([surface.normals, normals]), triangles=cut, material_of=surface.material_of[origin])


def _cut(triangles: Ints, middles: Ints) -> tuple[Ints, Ints]:
    """Triangles after cutting, in the order of those that they come from, and the numbers of those."""
    count = (middles >= 0).sum(axis=1)
    # turned so that a single cut is on the first edge and a single whole edge is the last
    turn = np.where(count == 1, np.argmax(middles >= 0, axis=1), (np.argmin(middles >= 0, axis=1) + 1) % 3)
    order = (turn[:, None] + np.arange(3)) % 3
    a, b, c = np.take_along_axis(triangles, order, axis=1).T
    ab, bc, ca = np.take_along_axis(middles, order, axis=1).T
    patterns = {0: [(a, b, c)], 1: [(a, ab, c), (ab, b, c)], 2: [(a, ab, bc), (ab, b, bc), (a, bc, c)],
                3: [(a, ab, ca), (ab, b, bc), (ca, bc, c), (ab, bc, ca)]}
    parts, origins = [], []
    for cuts, faces in patterns.items():
        mine = np.flatnonzero(count == cuts)
        for face in faces:
            parts.append(np.stack([corner[mine] for corner in face], axis=1))
            origins.append(mine)
    origin = np.concatenate(origins)
    order = np.argsort(origin, kind="stable")
    return np.concatenate(parts)[order], origin[order]
