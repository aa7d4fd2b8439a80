"""The quadtree of a city: which structure is drawn by which tile, by a budget of triangles; large ones first."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from twin.ellipsoid import Array
from twin.surface import Ints

Key = tuple[int, int, int]
"""Level, column from the west, row from the south."""

TRIANGLES = 24_000
"""What a tile may draw before it is divided."""
MOST_FEATURES = 65_535
_HEAD_SHARE = 0.25
_DEEPEST = 16
_METRES_PER_DEGREE = 111_320.0
_SLACK_DEGREES = 1e-6
"""A decimetre: sides of polygons are straight in the storage CRS, not along parallels."""
_HEIGHT_STEP_M, _HEIGHT_SLACK_M = 10.0, 1.0


@dataclass(frozen=True, slots=True)
class Region:
    """A box on the globe.

    Attributes:
        box: west, south, east, north in degrees.
        low, high: metres above the ellipsoid.
    """

    box: tuple[float, float, float, float]
    low: float
    high: float

    @classmethod
    def around(cls, boxes: Array, heights: Array) -> Region:
        """A region that stays the same while things inside it change: its sides lie on a coarse grid.

        Args:
            boxes: (n, 4) west, south, east, north in degrees.
            heights: (n, 2) lowest and highest, metres above the ellipsoid.
        """
        low, high = boxes[:, :2].min(axis=0) - _SLACK_DEGREES, boxes[:, 2:].max(axis=0) + _SLACK_DEGREES
        step = 2.0 ** math.ceil(math.log2(float((high - low).max()) / 8))
        west, south = (math.floor(float(value) / step) * step for value in low)
        east, north = (math.ceil(float(value) / step) * step for value in high)
        bottom = math.floor((float(heights[:, 0].min()) - _HEIGHT_SLACK_M) / _HEIGHT_STEP_M) * _HEIGHT_STEP_M
        top = math.ceil((float(heights[:, 1].max()) + _HEIGHT_SLACK_M) / _HEIGHT_STEP_M) * _HEIGHT_STEP_M
        return cls((west, south, east, north), bottom, top)

    @property
    def centre(self) -> tuple[float, float]:
        """Longitude and latitude in degrees."""
        west, south, east, north = self.box
        return ((west + east) / 2, (south + north) / 2)

    def numbers(self) -> list[float]:
        """As 3D Tiles write it: west, south, east, north in radians, lowest and highest in metres."""
        return [*(math.radians(degrees) for degrees in self.box), self.low, self.high]


@dataclass(frozen=True, slots=True)
class Outlines:
    """What the tree needs to know of n structures.

    Attributes:
        boxes: (n, 4) float64, west, south, east, north in degrees.
        heights: (n, 2) float64, lowest and highest, metres above the ellipsoid.
        triangles: (n,) int64.
    """

    boxes: Array
    heights: Array
    triangles: Ints

    @property
    def sizes(self) -> Array:
        """(n,) the largest dimension of each, metres."""
        across = (self.boxes[:, 2:] - self.boxes[:, :2]) * _METRES_PER_DEGREE
        across[:, 0] *= np.cos(np.radians(self.boxes[:, 1]))
        return np.asarray(np.maximum(across.max(axis=1), self.heights[:, 1] - self.heights[:, 0]))


@dataclass(frozen=True, slots=True)
class Quadtree:
    """The tiles of a city.

    Attributes:
        tiles: key -> numbers of the structures that it draws, largest first; every tile's parent is there too.
        error_m: geometric error of the root: halved with each level it is never less than the largest structure left out.
        left_out: structures that no tile has room for.
    """

    tiles: Mapping[Key, Ints]
    error_m: float
    left_out: Ints

    @property
    def levels(self) -> int:
        """How many there are."""
        return max(level for level, _, _ in self.tiles) + 1


def quadtree(outlines: Outlines, region: Region, budget: int = TRIANGLES) -> Quadtree:
    """The tiles of at least one structure; each lies inside the tile that draws it."""
    sizes = outlines.sizes
    order = np.lexsort((np.arange(len(sizes)), -sizes))
    tiles: dict[Key, Ints] = {}
    error, left_out = 0.0, []
    for key, drawn, below in _divided(outlines, region, order, budget):
        tiles[key] = drawn[:MOST_FEATURES]
        left_out.append(drawn[MOST_FEATURES:])
        if len(below):
            error = max(error, float(sizes[below].max()) * 2 ** key[0])
    return Quadtree(tiles, round(error, 3), np.concatenate(left_out))


def _divided(outlines: Outlines, region: Region, order: Ints, budget: int) -> Iterator[tuple[Key, Ints, Ints]]:
    """Each tile with what it draws, and with what its children draw."""
    waiting: list[tuple[Key, tuple[float, float, float, float], Ints]] = [((0, 0, 0), region.box, order)]
    while waiting:
        (level, x, y), (west, south, east, north), mine = waiting.pop()
        if outlines.triangles[mine].sum() <= budget or level == _DEEPEST:
            yield (level, x, y), mine, mine[:0]
            continue
        middle, centre = (west + east) / 2, (south + north) / 2
        side = _side(outlines.boxes[mine, 0], outlines.boxes[mine, 2], middle)
        upper = _side(outlines.boxes[mine, 1], outlines.boxes[mine, 3], centre)
        goes_down = _below(outlines.triangles[mine], (side >= 0) & (upper >= 0), budget)
        yield (level, x, y), mine[~goes_down], mine[goes_down]
        for column, (left, right) in enumerate(((west, middle), (middle, east))):
            for row, (bottom, top) in enumerate(((south, centre), (centre, north))):
                inside = mine[goes_down & (side == column) & (upper == row)]
                if len(inside):
                    waiting.append(((level + 1, 2 * x + column, 2 * y + row), (left, bottom, right, top), inside))


def _side(low: Array, high: Array, middle: float) -> Ints:
    """(n,) 0 below a line, 1 above, -1 across it."""
    return np.where(high <= middle - _SLACK_DEGREES, 0, np.where(low >= middle + _SLACK_DEGREES, 1, -1))


def _below(triangles: Ints, fits: np.ndarray[tuple[int], np.dtype[np.bool_]], budget: int) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Which of a tile's structures its children draw: all that fit into one, but for the largest."""
    spare = max(_HEAD_SHARE * budget - float(triangles[~fits].sum()), 0.0)
    head = fits & (np.cumsum(np.where(fits, triangles, 0)) <= spare)
    if fits.all() and not head.any():
        head[0] = True
    return fits & ~head
