"""The authority's axis order, for the API edge alone; everything inside has x = east or longitude first."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from csdi.crs.reference import CRS, crs


def to_authority_order(value: Any, reference: CRS | str) -> Any:
    """`value` with its first two axes as the authority of `reference` orders them.

    Args:
        value: float array (..., 2|3), a geometry or an array of them, or a box as a sequence of four or six numbers; all
            with x = east or longitude first.
        reference: the CRS of the coordinates; EPSG:2326 puts northing first, EPSG:4326 latitude, OGC:CRS84 longitude.

    >>> to_authority_order((812000.0, 819000.0, 813000.0, 820000.0), "EPSG:2326")
    (819000.0, 812000.0, 820000.0, 813000.0)
    """
    return _swapped(value) if crs(reference).axis_order_authority == "ne" else value


def from_authority_order(value: Any, reference: CRS | str) -> Any:
    """`value`, given in the axis order of the authority, with x = east or longitude first; undoes `to_authority_order`."""
    return to_authority_order(value, reference)


def _swapped(value: Any) -> Any:
    if isinstance(value, tuple | list):
        half = len(value) // 2
        return (value[1], value[0], *value[2:half], value[half + 1], value[half], *value[half + 2:])
    if isinstance(value, np.ndarray) and value.dtype != object:
        return value[..., [1, 0, *range(2, value.shape[-1])]]
    if isinstance(value, np.ndarray):
        result = value.copy()
        for solid in (False, True):
            chosen = shapely.has_z(value) == solid
            result[chosen] = shapely.transform(value[chosen], _columns_swapped, include_z=solid)
        return result
    return shapely.transform(value, _columns_swapped, include_z=bool(shapely.has_z(value)))


def _columns_swapped(points: NDArray[np.float64]) -> NDArray[np.float64]:
    return points[:, [1, 0, *range(2, points.shape[1])]]
