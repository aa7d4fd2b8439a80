"""Swings of doors: the open leaf and the arc of its edge, as the model's operation type says (ISO 16739-1, IfcDoorTypeOperationEnum)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

Floats = NDArray[np.float64]
_STEPS = 9
_NARROW = 0.65
"""A box that is not flatter than this is drawn with its leaf open: where its wall lies is not known."""


def swing(operation: Mapping[str, Any] | None, corners: Floats) -> BaseGeometry | None:
    """The leaves and arcs of a door with triangles (m, 3, 3), plan of the model's frame; None for doors that do not swing.

    Seen along the y axis of its placement the hinges of a left door are on the left, that is at the lower end of the x axis, and
    the leaf opens towards +y, whatever the panel is drawn like.

    Args:
        operation: `type`, of the enumeration, and `axis`, the x axis of the door's placement in plan.
    """
    leaves = _LEAVES.get(str((operation or {}).get("type") or "").upper())
    if operation is None or leaves is None:
        return None
    along = np.array(operation["axis"], dtype=np.float64)
    across = np.array([-along[1], along[0]])
    points = corners.reshape(-1, 3)[:, :2]
    x, y = points @ along, points @ across
    if np.ptp(y) > _NARROW * np.ptp(x):
        return None
    lines = [line for begin, end, side in leaves for line in _leaf(x, y, (begin, end, side))]
    return shapely.MultiLineString([line @ np.stack([along, across]) for line in lines])


def _leaf(x: Floats, y: Floats, leaf: tuple[float, float, int]) -> Iterator[Floats]:
    """The open leaf and its arc in the axes of the door; a leaf hangs at `begin` and reaches to `end`, both parts of the width."""
    begin, end, side = leaf
    low, width = x.min(), np.ptp(x)
    hinge = np.array([low + begin * width, y.max() if side > 0 else y.min()])
    reach = (end - begin) * width
    angle = np.linspace(0.0, np.pi / 2, _STEPS)
    arc = hinge + np.stack([reach * np.cos(angle), side * abs(reach) * np.sin(angle)], axis=1)
    yield np.stack([hinge, arc[-1]])
    yield arc


_LEFT, _RIGHT = (0.0, 1.0, 1), (1.0, 0.0, 1)
_PAIR = ((0.0, 0.5, 1), (1.0, 0.5, 1))
_BACK = ((0.0, 0.5, -1), (1.0, 0.5, -1))
_LEAVES: Mapping[str, tuple[tuple[float, float, int], ...]] = {
    "SINGLE_SWING_LEFT": (_LEFT,), "SINGLE_SWING_RIGHT": (_RIGHT,), "DOUBLE_DOOR_SINGLE_SWING": _PAIR,
    "DOUBLE_SWING_LEFT": (_LEFT, (0.0, 1.0, -1)), "DOUBLE_SWING_RIGHT": (_RIGHT, (1.0, 0.0, -1)),
    "DOUBLE_DOOR_DOUBLE_SWING": (*_PAIR, *_BACK), "DOUBLE_PANEL_SINGLE_SWING": _PAIR, "DOUBLE_PANEL_DOUBLE_SWING": (*_PAIR, *_BACK),
    "DOUBLE_DOOR_SINGLE_SWING_OPPOSITE_LEFT": (_PAIR[0], _BACK[1]), "DOUBLE_DOOR_SINGLE_SWING_OPPOSITE_RIGHT": (_BACK[0], _PAIR[1]),
    "DOUBLE_PANEL_SINGLE_SWING_OPPOSITE_LEFT": (_PAIR[0], _BACK[1]), "DOUBLE_PANEL_SINGLE_SWING_OPPOSITE_RIGHT": (_BACK[0], _PAIR[1]),
    "SWING_FIXED_LEFT": ((0.0, 0.5, 1),), "SWING_FIXED_RIGHT": ((1.0, 0.5, 1),),
}
