"""The ground of the sample site: shore lines, the airfield frame and one height for every point.

Everything here is an analytic function of easting and northing (EPSG:2326, metres) that gives heights in mPD, so that a
raster cell, a building base and a pipe depth never disagree. The shapes are our own; only runway ends lie where the
published aeronautical data put them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely
from shapely import Polygon
from shapely.geometry.base import BaseGeometry

from sample_models.layout import APRON_MPD, AXIS_BEARING_DEG

Array = npt.NDArray[np.float64]

AREA: tuple[float, float, float, float] = (805_000.0, 814_800.0, 813_600.0, 822_400.0)
"""West, south, east, north of the site and of its rasters, EPSG:2326."""


@dataclass(frozen=True, slots=True)
class Frame:
    """A rotated plan frame: `a` along a grid bearing, `c` across it to the left, metres from an origin in EPSG:2326."""

    east: float
    north: float
    bearing_deg: float

    def to_grid(self, points: npt.ArrayLike) -> Array:
        """(n, 2) points (a, c) as (n, 2) points (E, N)."""
        ac = np.asarray(points, dtype=float).reshape(-1, 2)
        sin, cos = self.direction
        return np.column_stack(
            (self.east + ac[:, 0] * sin - ac[:, 1] * cos, self.north + ac[:, 0] * cos + ac[:, 1] * sin)
        )

    def from_grid(self, points: npt.ArrayLike) -> Array:
        """(n, 2) points (E, N) as (n, 2) points (a, c)."""
        en = np.asarray(points, dtype=float).reshape(-1, 2) - (self.east, self.north)
        sin, cos = self.direction
        return np.column_stack((en[:, 0] * sin + en[:, 1] * cos, -en[:, 0] * cos + en[:, 1] * sin))

    def rectangle(self, a: float, c: float, length: float, width: float) -> Polygon:
        """A rectangle centred on (a, c), `length` along and `width` across, in EPSG:2326."""
        x, y = length / 2, width / 2
        return Polygon(self.to_grid([(a - x, c - y), (a + x, c - y), (a + x, c + y), (a - x, c + y)]))

    @property
    def direction(self) -> tuple[float, float]:
        """Sine and cosine of the bearing: the unit vector of `a` in (E, N)."""
        angle = math.radians(self.bearing_deg)
        return math.sin(angle), math.cos(angle)


AIRFIELD = Frame(809_256.5, 818_903.5, AXIS_BEARING_DEG)
"""Origin at the aerodrome reference point, `a` along the runways (grid bearing 71.00 degrees)."""

TOWN = Frame(811_600.0, 816_560.0, 80.0)
"""The street grid of the new town on the south shore."""


_PLATFORM_CORNERS = (
    (-2620, -820), (-2400, -1090), (300, -1090), (700, -1500), (1500, -1820), (2750, -1800), (3300, -1100),
    (3480, -300), (3420, 500), (2950, 1120), (2600, 1260), (1560, 1330), (1480, 1900), (1560, 2700), (1330, 2830),
    (-3050, 2830), (-3260, 2640), (-3200, 2080), (-2450, 1560), (-2380, 1250), (-2480, 300),
)  # fmt: skip
_PLATFORM_ROUNDING_M = 70.0

_COAST = np.array(
    [
        (790_000, 814_600), (803_800, 815_250), (804_900, 815_720), (805_900, 816_030), (806_700, 815_850),
        (807_500, 816_240), (808_300, 816_080), (809_100, 816_330), (809_900, 816_180), (810_450, 816_560),
        (811_200, 816_900), (812_100, 816_990), (812_800, 817_230), (813_700, 817_560), (816_000, 818_300),
        (870_000, 819_000),
    ],
    dtype=float,
)  # fmt: skip

_LEVEL_ACROSS = np.array(
    [(-1900, 5.6), (-1050, 6.4), (-793, 8.45), (-733, 8.45), (-340, APRON_MPD), (340, APRON_MPD), (747, 7.0),
     (807, 7.0), (1200, 6.0), (1700, 5.8), (2393, 7.05), (2453, 7.05), (2900, 5.7)]
)  # fmt: skip

_HILLS = np.array(
    [  # east, north, height above the flat (m), radius (m)
        (805_300, 814_350, 310, 620), (806_900, 814_500, 250, 520), (808_200, 814_250, 420, 680),
        (809_700, 814_500, 300, 560), (810_700, 814_150, 260, 520), (812_050, 813_900, 390, 720),
        (813_500, 814_600, 330, 640), (807_500, 815_350, 90, 300), (809_250, 815_500, 110, 320),
        (813_300, 815_900, 120, 380),
    ],
    dtype=float,
)  # fmt: skip
_KNOLL = (811_821.0, 817_999.0, 58.0, 100.0)
"""What was left of the island's own hill when the platform was levelled: east, north, height, radius."""


_COMPASS = np.column_stack([f(np.arange(64) * np.pi / 32) for f in (np.cos, np.sin)])


def platform() -> Polygon:
    """The reclaimed airport platform, EPSG:2326."""
    return Polygon(AIRFIELD.to_grid(_PLATFORM_CORNERS)).buffer(_PLATFORM_ROUNDING_M, quad_segs=6)


def polygon(shape: BaseGeometry) -> Polygon:
    """The largest polygon of a shape that an overlay left."""
    parts = [part for part in shapely.get_parts(shape) if isinstance(part, Polygon)]
    return max(parts, key=lambda part: part.area)


def lantau() -> Polygon:
    """The land south of the channel, cut at the site's area, EPSG:2326."""
    west, south, east, north = AREA
    shore = [(e, float(shore_north(np.array([e]))[0])) for e in np.linspace(west, east, 173)]
    land = Polygon([(west, south - 1.0), *shore, (east, south - 1.0)])
    return polygon(land & shapely.box(west, south, east, north))


def shore_north(east: Array) -> Array:
    """Northing of the south shore at each easting."""
    bays = 22 * np.sin(east / 173.0) + 14 * np.sin(east / 71.0 + 1.3)
    shore: Array = np.interp(east, _COAST[:, 0], _COAST[:, 1]) + bays * _town_free(east)
    return shore


def heights(east: Array, north: Array) -> Array:
    """Natural ground in mPD at each point (same shape as the inputs); exactly 0 on the sea."""
    east, north = np.asarray(east, dtype=float), np.asarray(north, dtype=float)
    inland, offshore = shore_north(east) - north, platform_distance(east, north)
    level = np.zeros(east.shape)
    reclaimed, natural = offshore < 0, inland > 0
    level[reclaimed] = _platform_level(east[reclaimed], north[reclaimed], -offshore[reclaimed])
    level[natural] = _lantau_level(east[natural], north[natural], inland[natural])
    return np.maximum(level, 0.0)


def platform_distance(east: Array, north: Array) -> Array:
    """Signed distance to the platform's shore in metres: negative on the platform."""
    corners = AIRFIELD.to_grid(_PLATFORM_CORNERS)
    inside = np.zeros(np.shape(east), dtype=bool)
    nearest = np.full(np.shape(east), np.inf)
    for (x0, y0), (x1, y1) in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        dx, dy = x1 - x0, y1 - y0
        t = np.clip(((east - x0) * dx + (north - y0) * dy) / (dx * dx + dy * dy), 0, 1)
        nearest = np.minimum(nearest, (east - x0 - t * dx) ** 2 + (north - y0 - t * dy) ** 2)
        if dy:
            inside ^= ((y0 > north) != (y1 > north)) & (east < x0 + (north - y0) * dx / dy)
    distance: Array = np.where(inside, -1.0, 1.0) * np.sqrt(nearest) - _PLATFORM_ROUNDING_M
    return distance


def noise(east: Array, north: Array, wavelength_m: float, seed: int = 0) -> Array:
    """Smooth gradient noise, about -1 to 1, with the given wavelength; the same value at the same place, always."""
    x, y = np.asarray(east) / wavelength_m, np.asarray(north) / wavelength_m
    column, row = np.floor(x), np.floor(y)
    x, y = x - column, y - row
    i, j = column.astype(np.uint32), row.astype(np.uint32)
    u, v = _smooth(x), _smooth(y)
    near = _slope(i, j, x, y, seed) * (1 - u) + _slope(i + 1, j, x - 1, y, seed) * u
    far = _slope(i, j + 1, x, y - 1, seed) * (1 - u) + _slope(i + 1, j + 1, x - 1, y - 1, seed) * u
    return 1.5 * (near * (1 - v) + far * v)


def _platform_level(east: Array, north: Array, inside: Array) -> Array:
    sin, cos = AIRFIELD.direction
    across = -(east - AIRFIELD.east) * cos + (north - AIRFIELD.north) * sin
    level = np.interp(across, _LEVEL_ACROSS[:, 0], _LEVEL_ACROSS[:, 1])
    e, n, height, radius = _KNOLL
    knoll = height * np.exp(-((east - e) ** 2 + (north - n) ** 2) / (2 * radius**2))
    knoll = np.where(knoll > 0.3, knoll * (1 + 0.12 * noise(east, north, 60, 5)), 0.0)
    ground: Array = (level + knoll) * np.clip(inside / 14.0, 0, 1)  # the seawall slopes over 14 m
    return ground


def _lantau_level(east: Array, north: Array, inland: Array) -> Array:
    flat = 4.8 + 0.0015 * np.clip(inland, 0, 900)
    hills = np.zeros(np.shape(east))
    for e, n, height, radius in _HILLS:
        hills += height * np.exp(-((east - e) ** 2 + (north - n) ** 2) / (2 * radius**2))
    ridges = _ridges(east, north)
    rise = _smooth(np.clip((inland - _flat_width(east)) / 800.0, 0, 1))
    return (flat + rise * (hills * (0.50 + 0.62 * ridges) + 14 * ridges)) * np.clip(inland / 12.0, 0, 1)


def _ridges(east: Array, north: Array) -> Array:
    """Sharp crests between rounded valleys, 0 to about 1, finer ones on the flanks of the coarse."""
    bent_e = east + 110 * noise(east, north, 700, 71)
    bent_n = north + 110 * noise(east, north, 700, 72)
    total, weight = np.zeros(np.shape(east)), np.ones(np.shape(east))
    for octave in range(2):
        crest = (1 - np.sqrt(noise(bent_e, bent_n, 760 / 2.1**octave, 73 + octave) ** 2 + 0.004)) ** 2
        total = total + crest * weight * 0.5**octave
        weight = np.clip(crest * 1.4, 0, 1)
    for octave in range(2, 5):
        total = total + noise(bent_e, bent_n, 760 / 2.1**octave, 73 + octave) * 0.6 / 2.0**octave
    return total / 1.5


def _flat_width(east: Array) -> Array:
    return 90 + 720 * np.exp(-(((east - 811_650) / 1050) ** 4))


def _town_free(east: Array) -> Array:
    return np.clip(np.abs(east - 811_500) / 900 - 0.9, 0, 1)


def _smooth(t: Array) -> Array:
    return t * t * (3 - 2 * t)


def _slope(i: npt.NDArray[np.uint32], j: npt.NDArray[np.uint32], x: Array, y: Array, seed: int) -> Array:
    """Height at (x, y) of the plane through a lattice node, its direction drawn from the node's number."""
    mixed = i * np.uint32(374_761_393) + j * np.uint32(668_265_263) + np.uint32(seed * 362_437)
    mixed = (mixed ^ (mixed >> np.uint32(13))) * np.uint32(1_274_126_177)
    turn = ((mixed >> np.uint32(16)) & np.uint32(63)).astype(np.intp)
    result: Array = _COMPASS[turn, 0] * x + _COMPASS[turn, 1] * y
    return result
