"""Places: where the pixels of a frame lie in another CRS, exact to a small part of a pixel and fast."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from csdi.coverages.frame import Frame
from csdi.crs import CRS, transform

Floats = NDArray[np.float64]
_CLOSE = 1e-4
"""How far a place may lie from the exact one, in pixels of the raster."""
_STEP = 32
"""Pixels between the nodes that are transformed exactly, to begin with."""


def places(frame: Frame, target: CRS, pixel: tuple[float, float], *, close: float = _CLOSE) -> tuple[Floats, Floats]:
    """The middles of the pixels of a frame in another CRS.

    Args:
        target: that CRS.
        pixel: width and height there of what counts as a pixel.
        close: how far off a place may be, in such pixels.

    Returns:
        x and y, each (rows, columns) float64, x = east or longitude first.

    Raises:
        OutsideAreaOfUse: a place has no image.
    """
    change = transform(frame.crs, target)
    if change.is_identity:
        x, y = np.meshgrid(frame.x, frame.y)
        return x, y
    step = _STEP
    while step >= 4 and frame.size > 4 * step * step:
        found = _between(frame, target, step, pixel, close)
        if found is not None:
            return found
        step //= 4
    x, y = np.meshgrid(frame.x, frame.y)
    x, y = change.xy(x, y)
    return x, y


def _between(frame: Frame, target: CRS, step: int, pixel: tuple[float, float], close: float) -> tuple[Floats, Floats] | None:
    """Places between nodes that are transformed exactly; None where the middles of the meshes would be too far off."""
    change = transform(frame.crs, target)
    columns, rows = _nodes(frame.columns, step), _nodes(frame.rows, step)
    x, y = np.meshgrid(_at(frame.x, columns), _at(frame.y, rows))
    node_x, node_y = change.xy(x, y)
    if np.ptp(node_x) > 180 and frame.crs != target and abs(node_x).max() <= 180:
        return None
    middle_c, middle_r = (columns[1:] + columns[:-1]) / 2, (rows[1:] + rows[:-1]) / 2
    exact = change.xy(*np.meshgrid(_at(frame.x, middle_c), _at(frame.y, middle_r)))
    for nodes, true, size in zip((node_x, node_y), exact, pixel, strict=True):
        if np.abs(_bilinear(nodes, rows, columns, middle_r, middle_c) - true).max() > close * size:
            return None
    all_c, all_r = np.arange(frame.columns, dtype=np.float64), np.arange(frame.rows, dtype=np.float64)
    return _bilinear(node_x, rows, columns, all_r, all_c), _bilinear(node_y, rows, columns, all_r, all_c)


def _nodes(count: int, step: int) -> Floats:
    """Numbers of pixels, evenly spaced from the first to the last, at least two of them."""
    return np.linspace(0, max(count - 1, 1), max(2, -(-count // step) + 1))


def _at(axis: Floats, numbers: Floats) -> Floats:
    """Coordinates at numbers of pixels that need not be whole."""
    width = axis[1] - axis[0] if len(axis) > 1 else 0.0
    return np.asarray(axis[0] + numbers * width, np.float64)


def _bilinear(nodes: Floats, rows: Floats, columns: Floats, wanted_rows: Floats, wanted_columns: Floats) -> Floats:
    """(wanted rows, wanted columns) between (rows, columns) nodes."""
    top, down = _between_nodes(rows, wanted_rows)
    left, across = _between_nodes(columns, wanted_columns)
    lines = nodes[top] * (1 - down)[:, None] + nodes[top + 1] * down[:, None]
    return np.asarray(lines[:, left] * (1 - across) + lines[:, left + 1] * across)


def _between_nodes(nodes: Floats, wanted: Floats) -> tuple[NDArray[np.int64], Floats]:
    """The number of the node before each wanted place, and how far on to the next one it is, 0 to 1."""
    place = (wanted - nodes[0]) / (nodes[1] - nodes[0])
    first = np.clip(np.floor(place), 0, len(nodes) - 2).astype(np.int64)
    return first, place - first
