"""Rooms: in which space of its own model an element stands, by shapes alone, in the frame of the model."""

from __future__ import annotations

from collections.abc import Mapping, Set

import numpy as np
import shapely
from numpy.typing import NDArray

from bim.footprints import Outline

_STEP_M = 0.3
"""How far above or below a space the middle of something may be and still belong to it."""
_BESIDE_M = 0.25
"""How far from a space the middle of something on or in its walls may be."""
_THROUGH_M = 0.5
"""How far from a space the middle of a door may be that leads into it."""

Floats = NDArray[np.float64]


def rooms_of(elements: Mapping[str, Outline], spaces: Mapping[str, Outline], doors: Set[str] = frozenset()) -> dict[str, str]:
    """GlobalId of each element that has a room -> that of the space.

    That is the smallest space around its middle; else the nearest one beside it, as of a socket in a wall; of a door the smallest of
    those that it leads into.

    Args:
        elements, spaces: outlines in the frame of the model, metres.
        doors: those of the elements that stand between spaces.
    """
    keys, rooms = list(elements), list(spaces)
    if not keys or not rooms:
        return {}
    shapes = np.array([spaces[one].polygon for one in rooms], dtype=object)
    tree, levels = shapely.STRtree(shapes), np.array([spaces[one].box[:, 2] for one in rooms])
    is_door = np.array([one in doors for one in keys], dtype=bool)
    seen = shapely.point_on_surface(np.array([elements[one].polygon for one in keys], dtype=object))
    middle = np.array([elements[one].box[:, 2].mean() for one in keys])
    number, room = tree.query(seen, predicate="dwithin", distance=np.where(is_door, _THROUGH_M, _BESIDE_M))
    level = (levels[room, 0] - _STEP_M <= middle[number]) & (middle[number] <= levels[room, 1] + _STEP_M)
    number, room = number[level], room[level]
    away = np.where(is_door[number], 0.0, shapely.distance(seen[number], shapes[room]))
    order = np.lexsort((room, shapely.area(shapes[room]), away, number))
    number, room = number[order], room[order]
    first = np.flatnonzero(np.diff(number, prepend=-1))
    return {keys[one]: rooms[other] for one, other in zip(number[first].tolist(), room[first].tolist(), strict=True)}
