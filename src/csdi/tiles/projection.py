"""From the CRS of a Collection to the units of one tile, fast: exact where it must be, a fitted polynomial where that is as good."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from csdi.crs import transform
from csdi.tiles.grid import EXTENT
from csdi.tiles.matrix import Box

Floats = NDArray[np.float64]
Affine = tuple[float, float, float, float, float, float]

_CLOSE_UNITS = 0.01
"""How far a fitted point may lie from the exact one, in tile units."""
_NEAR_UNITS = 0.25
"""How far a point may lie from the exact one where only an affine transformation can be used; rounding moves it twice as far."""
_WORTH = 500
"""From so many points on, fitting costs less than transforming each."""
_NODES = 8


def placer(storage: str, grid: str, tile: Box, domain: Box) -> Callable[[Floats], Floats]:
    """A function that takes (n, 2) coordinates in the storage CRS to tile units (x right, y down), not rounded.

    Args:
        storage: code of the CRS of the coordinates, x = east or longitude first.
        grid: code of the CRS of the tile.
        tile: the tile in the CRS of the grid.
        domain: where the coordinates lie, in the storage CRS.
    """
    change = transform(storage, grid)
    scale = EXTENT / (tile[2] - tile[0])

    def exact(points: Floats) -> Floats:
        moved = change.points(points)
        return np.column_stack([(moved[:, 0] - tile[0]) * scale, (tile[3] - moved[:, 1]) * scale])

    if change.is_identity:
        return exact

    def place(points: Floats) -> Floats:
        if len(points) < _WORTH:
            return exact(points)
        return (_fitted(exact, domain) or exact)(points)

    return place


def affine(storage: str, grid: str, tile: Box, window: Box) -> Affine | None:
    """(a, b, c, d, e, f) that takes coordinates in the window of the storage CRS to tile units (x' = a x + b y + c, y downwards),
    where no point moves by more than `_NEAR_UNITS`; None where that is not so."""
    change, scale = transform(storage, grid), EXTENT / (tile[2] - tile[0])
    between = _ground()[1]
    centre = np.array([(window[0] + window[2]) / 2, (window[1] + window[3]) / 2])
    half = np.array([max(window[2] - window[0], 1e-12) / 2, max(window[3] - window[1], 1e-12) / 2])
    moved = change.points(between * half + centre)
    units = np.column_stack([(moved[:, 0] - tile[0]) * scale, (tile[3] - moved[:, 1]) * scale])
    terms = np.column_stack([between, np.ones(len(between))])
    factors, *_ = np.linalg.lstsq(terms, units, rcond=None)
    if np.abs(terms @ factors - units).max() > _NEAR_UNITS:
        return None
    (a, d), (b, e) = (factors[:2] / half[:, None]).tolist()
    (c, f) = (factors[2] - (factors[:2] / half[:, None]).T @ centre).tolist()
    return (a, b, c, d, e, f)


def _fitted(exact: Callable[[Floats], Floats], domain: Box) -> Callable[[Floats], Floats] | None:
    """A cubic polynomial in both coordinates that agrees with `exact` over the domain; None when none does."""
    centre = np.array([(domain[0] + domain[2]) / 2, (domain[1] + domain[3]) / 2])
    half = np.array([max(domain[2] - domain[0], 1e-12) / 2, max(domain[3] - domain[1], 1e-12) / 2])
    nodes, between, solution = _ground()
    factors = solution @ exact(nodes * half + centre)
    if np.abs(_computed(between, factors) - exact(between * half + centre)).max() > _CLOSE_UNITS:
        return None
    return lambda points: _computed((points - centre) / half, factors)


@lru_cache(maxsize=1)
def _ground() -> tuple[Floats, Floats, Floats]:
    """Where a square is looked at, where the fit is proved, and what turns values at the nodes into factors of least error."""
    nodes = _square(np.cos(np.pi * np.arange(_NODES) / (_NODES - 1)))
    return nodes, _square(np.linspace(-1, 1, _NODES + 2)), np.asarray(np.linalg.pinv(_terms(nodes)), np.float64)


def _computed(points: Floats, factors: Floats) -> Floats:
    """The polynomial, by Horner's rule in x."""
    x, y = points[:, 0], points[:, 1]
    result = np.empty_like(points)
    for column in (0, 1):
        one, a, b, aa, ab, bb, aaa, aab, abb, bbb = factors[:, column]
        result[:, column] = ((aaa * x + (aab * y + aa)) * x + ((abb * y + ab) * y + a)) * x + (((bbb * y + bb) * y + b) * y + one)
    return result


def _square(steps: Floats) -> Floats:
    x, y = np.meshgrid(steps, steps)
    return np.column_stack([x.ravel(), y.ravel()])


def _terms(points: Floats) -> Floats:
    """(n, 10): all products of x and y up to the third degree."""
    x, y = points[:, 0], points[:, 1]
    return np.column_stack([np.ones_like(x), x, y, x * x, x * y, y * y, x * x * x, x * x * y, x * y * y, y * y * y])
