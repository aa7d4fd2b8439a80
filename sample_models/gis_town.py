"""The new town: a street grid on the south shore whose blocks fill outward as the scale grows, EPSG:2326."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import shapely
from shapely import LineString, Polygon

from sample_models.gis_ground import AREA, TOWN, Array, heights, platform_distance, shore_north

Indices = npt.NDArray[np.int64]

PLOT_M = 62.0
STREET_M = 20.0
PLOTS_PER_SCALE = 216
_ALONG, _ACROSS = 3, 2
"""Plots of one block, along and across the shore."""
_PITCH = (_ALONG * PLOT_M + STREET_M, _ACROSS * PLOT_M + STREET_M)
_HIGHWAY = -405.0
"""South of this line of the street grid the coast highway passes."""
_WINDOW = (799_500.0, 800_500.0, 867_500.0, 847_500.0)
"""Where the Hong Kong 1980 Grid is defined, with a margin: plots never leave it."""

STREETS = (
    ("Tide", "潮"), ("Lantern", "燈"), ("Heron", "鷺"), ("Banyan", "榕"), ("Harbour", "港"), ("Jade", "玉"),
    ("Kite", "鳶"), ("Lotus", "蓮"), ("Maple", "楓"), ("Orchid", "蘭"), ("Pearl", "珠"), ("Plum", "梅"),
    ("Sail", "帆"), ("Cedar", "杉"), ("Swan", "鵠"), ("Willow", "柳"), ("Coral", "珊"), ("Cloud", "雲"),
)  # fmt: skip
ESTATES = (
    ("Bright Bay", "明灣"), ("Calm Sea", "靜海"), ("East Wind", "東風"), ("Fair View", "怡景"), ("Green Hill", "青山"),
    ("High Tide", "高潮"), ("Morning Light", "晨光"), ("New Shore", "新岸"), ("South Star", "南星"), ("Spring", "泉"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Plot:
    """One building plot of the grid.

    Attributes:
        number: order of filling, from 1.
        column, row: place in the grid of plots.
        shape: the plot, EPSG:2326.
        ground_mpd: ground level at its centre.
    """

    number: int
    column: int
    row: int
    centre: tuple[float, float]
    ground_mpd: float

    @property
    def shape(self) -> Polygon:
        """The plot, EPSG:2326."""
        return TOWN.rectangle(*self.centre, PLOT_M - 1.0, PLOT_M - 1.0)

    @property
    def block(self) -> tuple[int, int]:
        """Column and row of its block."""
        return self.column // _ALONG, self.row // _ACROSS

    @property
    def address(self) -> tuple[str, str]:
        """Street address in English and Chinese."""
        _, row = self.block
        name_en, name_tc = street_name(row)
        number = 1 + 2 * (self.column % 97) + (self.row % 2)
        return f"{number} {name_en}", f"{name_tc}{number}號"


def street_name(index: int) -> tuple[str, str]:
    """Name of the street below block row `index`, English and Chinese."""
    name_en, name_tc = STREETS[index % len(STREETS)]
    turn = index // len(STREETS)
    suffix = "" if turn == 0 else f" {turn % 90 + 10}"
    return f"{name_en} Street{suffix}", f"{name_tc}街{suffix.strip()}"


def avenue_name(index: int) -> tuple[str, str]:
    """Name of the avenue west of block column `index`, English and Chinese."""
    name_en, name_tc = STREETS[(index * 5 + 7) % len(STREETS)]
    turn = index // len(STREETS)
    suffix = "" if turn == 0 else f" {turn % 90 + 10}"
    return f"{name_en} Avenue{suffix}", f"{name_tc}道{suffix.strip()}"


def plots(scale: float) -> list[Plot]:
    """The `PLOTS_PER_SCALE * scale` plots nearest to the town centre; those on dry flat land come first."""
    return _plots(max(12, round(PLOTS_PER_SCALE * scale)))


def streets(scale: float) -> Iterator[tuple[str, str, str, LineString]]:
    """Streets and avenues round every used block, one per side: kind, name, Chinese name, centre line."""
    blocks = {plot.block for plot in plots(scale)}
    for row, column in sorted({(r + up, c) for c, r in blocks for up in (0, 1)}):
        yield "local", *street_name(row), _grid_line((column, row), (column + 1, row))
    for column, row in sorted({(c + right, r) for c, r in blocks for right in (0, 1)}):
        yield "distributor", *avenue_name(column), _grid_line((column, row), (column, row + 1))


def _grid_line(start: tuple[int, int], end: tuple[int, int]) -> LineString:
    corners = np.array([start, end]) * _PITCH - STREET_M / 2
    return LineString(TOWN.to_grid(corners))


@lru_cache(maxsize=4)
def _plots(count: int) -> list[Plot]:
    reach = 12 + int(2.2 * np.sqrt(count))
    column, row = (v.ravel() for v in np.meshgrid(np.arange(-reach, reach), np.arange(-reach, reach)))
    centres = np.column_stack((_offset(column, _ALONG, 0), _offset(row, _ACROSS, 1)))
    grid = TOWN.to_grid(centres)
    ground = heights(grid[:, 0], grid[:, 1])
    order = np.argsort(_rank(column, row, _unfit(grid, ground)), kind="stable")[:count]
    return [
        Plot(n, int(column[i]), int(row[i]), (float(centres[i, 0]), float(centres[i, 1])), round(float(ground[i]), 2))
        for n, i in enumerate(order, start=1)
    ]


def _rank(column: Indices, row: Indices, unfit: Array) -> Array:
    """Order of filling: whole blocks, fit ones first, each group outward from the centre."""
    block_column, block_row = column // _ALONG, row // _ACROSS
    width = int(block_row.max() - block_row.min()) + 1
    block = (block_column - block_column.min()) * width + block_row - block_row.min()
    worst = np.zeros(int(block.max()) + 1)
    np.maximum.at(worst, block, unfit)
    away = np.hypot((block_column + 0.5) * _PITCH[0] * 0.62, (block_row + 0.5) * _PITCH[1])
    rank: Array = away + 1e7 * worst[block]
    return rank


def _offset(index: Indices, per_block: int, axis: int) -> Array:
    block, inner = np.divmod(index, per_block)
    place: Array = block * _PITCH[axis] + (inner + 0.5) * PLOT_M
    return place


def _unfit(grid: Array, ground: Array) -> Array:
    """0 for flat dry land inside the site, 1 for hills and water, 2 for the airport or outside the grid."""
    east, north = grid[:, 0], grid[:, 1]
    west, south, far_east, far_north = AREA
    inland = shore_north(east) - north
    inside = (east > west + 60) & (east < far_east - 60) & (north > south)
    flat = inside & (inland > 95) & (ground < 16) & (TOWN.from_grid(grid)[:, 1] > _HIGHWAY)
    low, bottom, high, top = _WINDOW
    outside = (east < low) | (east > high) | (north < bottom) | (north > top)
    airport = (platform_distance(east, north) < 250) | (north > far_north)
    return np.where(outside | airport, 2.0, np.where(flat, 0.0, 1.0))


def promenade() -> LineString:
    """The waterfront walk in front of the town."""
    east = np.linspace(810_500.0, 813_500.0, 121)
    return shapely.LineString(np.column_stack((east, shore_north(east) - 16.0)))
