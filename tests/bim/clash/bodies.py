"""Analytic bodies for the tests of shapes: boxes, prisms, cylinders, turned and open."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from bim.shapes import Item, Placement, Shapes
from csdi.geometry import Mesh

Floats = NDArray[np.float64]
_CORNERS = np.array([[x, y, z] for z in (0.0, 1.0) for y in (0.0, 1.0) for x in (0.0, 1.0)])
_SIDES = np.array([[0, 2, 3], [0, 3, 1], [4, 5, 7], [4, 7, 6], [0, 1, 5], [0, 5, 4], [1, 3, 7], [1, 7, 5], [3, 2, 6], [3, 6, 7],
                   [2, 0, 4], [2, 4, 6]], dtype=np.int32)


def box(low: tuple[float, float, float], high: tuple[float, float, float]) -> Mesh:
    """The closed cuboid between two corners."""
    return Mesh(np.array(low) + _CORNERS * (np.array(high) - np.array(low)), _SIDES)


def tube(start: tuple[float, float, float], end: tuple[float, float, float], radius: float, sides: int = 32, capped: bool = True) -> Mesh:
    """A cylinder as a prism of that many sides; without caps it is open."""
    along = np.array(end) - np.array(start)
    unit = along / np.linalg.norm(along)
    first = np.cross(unit, [0.0, 0.0, 1.0] if abs(unit[2]) < 0.9 else [1.0, 0.0, 0.0])
    first /= np.linalg.norm(first)
    second = np.cross(unit, first)
    angle = 2 * np.pi * np.arange(sides) / sides
    ring = radius * (np.cos(angle)[:, None] * first + np.sin(angle)[:, None] * second)
    number = np.arange(sides)
    following = (number + 1) % sides
    walls = [np.column_stack([number, following, following + sides]), np.column_stack([number, following + sides, number + sides])]
    zero = np.zeros(sides - 2, np.int64)
    caps = [np.column_stack([zero, number[2:], number[1:-1]]), np.column_stack([zero, number[1:-1], number[2:]]) + sides] if capped else []
    return Mesh(np.concatenate([ring + start, ring + end]), np.concatenate([*walls, *caps]).astype(np.int32))


def joined(*meshes: Mesh) -> Mesh:
    """Several meshes as one."""
    offsets = np.cumsum([0, *(len(mesh.vertices) for mesh in meshes)])
    return Mesh(np.concatenate([mesh.vertices for mesh in meshes]),
                np.concatenate([mesh.triangles + offset for mesh, offset in zip(meshes, offsets, strict=False)]).astype(np.int32))


def turned(degrees: float, at: tuple[float, float, float] = (0.0, 0.0, 0.0), tilt: float = 0.0) -> Floats:
    """(4, 4) a turn about the vertical, after a tilt about x, then a move."""
    turn, lean = np.deg2rad(degrees), np.deg2rad(tilt)
    about_z = np.array([[np.cos(turn), -np.sin(turn), 0], [np.sin(turn), np.cos(turn), 0], [0, 0, 1]])
    about_x = np.array([[1, 0, 0], [0, np.cos(lean), -np.sin(lean)], [0, np.sin(lean), np.cos(lean)]])
    matrix = np.eye(4)
    matrix[:3, :3], matrix[:3, 3] = about_z @ about_x, at
    return matrix


def item(mesh: Mesh) -> Item:
    """A mesh without materials."""
    return Item(mesh, (), np.full(len(mesh.triangles), -1, np.int16))


def shapes(elements: Mapping[str, Mesh], matrix: Floats | None = None) -> Shapes:
    """One element for each mesh, all under one matrix."""
    place = np.eye(4) if matrix is None else matrix
    return Shapes([item(mesh) for mesh in elements.values()], [Placement(key, number, place) for number, key in enumerate(elements)])
