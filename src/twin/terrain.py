"""Terrain: quantized-mesh tiles of any DTM on the whole globe, HKPD heights carried to the ellipsoid, sea elsewhere."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from pydelatin import Delatin

from csdi.crs import HeightModel
from csdi.errors import ValueInvalid
from twin.dtm import Sample
from twin.ellipsoid import Array, ecef, enu_matrix
from twin.quantized_mesh import Bounds, TerrainMesh, encode
from twin.surface import Ints

_GRID = 65
_LEVEL_0_ERROR_M = 77_067.34
"""What clients take as the error of a level-0 tile; it halves with each level."""

_WHOLE_GLOBE_LEVELS = 5
_REGULAR_LEVELS = 6
_DEEPEST_LEVEL = 18


@dataclass(frozen=True, slots=True)
class TerrainSource:
    """Where the ground's heights come from.

    Attributes:
        sample: heights in metres HKPD at longitudes and latitudes, NaN where none is known.
        bounds: west, south, east, north in degrees of where there are any.
        resolution_m: distance between heights on the ground.
        heights: the height model between HKPD and the ellipsoid; with `none` HKPD stands for ellipsoidal heights.
        sea_level_m: metres HKPD of the surface where no height is known.
    """

    sample: Sample
    bounds: Bounds
    resolution_m: float
    heights: HeightModel
    sea_level_m: float = 0.0

    @property
    def deepest_level(self) -> int:
        """The level whose grid is twice as fine as the heights, so that their own corners are not cut off."""
        spacing_m = 180 * 111_320.0 / (_GRID - 1)
        return min(max(math.ceil(math.log2(2 * spacing_m / self.resolution_m)), _REGULAR_LEVELS), _DEEPEST_LEVEL)

    @property
    def accuracy_m(self) -> float:
        """How far the finest tiles may be from the heights, where all around is known and slopes change by less than 0.4 per cell.

        A surface that is straight between places half a cell apart misses a bend of slope s by up to s * cell / 8.
        """
        return self.tolerance_m(self.deepest_level) + self.resolution_m / 20

    def tolerance_m(self, level: int) -> float:
        """How far a tile's surface may be from its grid of heights."""
        return max(_LEVEL_0_ERROR_M / float(2**level) / 20, 0.1)


def tile_bounds(z: int, x: int, y: int) -> Bounds:
    """West, south, east, north in degrees of a tile of the two-by-one global pyramid, y from the south."""
    side = 180 / 2**z
    return (-180 + x * side, -90 + y * side, -180 + (x + 1) * side, -90 + (y + 1) * side)


def terrain_tile(source: TerrainSource, z: int, x: int, y: int) -> bytes:
    """One quantized-mesh tile, uncompressed.

    Raises:
        ValueInvalid: the pyramid has no such tile.
    """
    if not has_tile(source, z, x, y):
        raise ValueInvalid(f"there is no terrain tile {z}/{x}/{y}", field="tile", value=f"{z}/{x}/{y}",
                           remedy="ask for tiles that layer.json lists")
    bounds = tile_bounds(z, x, y)
    if not _overlap(bounds, source.bounds):
        return encode(_regular(_Grid.of(source, bounds, _sea_cells(z) + 1), normals=False))
    grid = _Grid.of(source, bounds, _GRID)
    return encode(_regular(grid) if z < _REGULAR_LEVELS else _thinned(grid, source.tolerance_m(z)))


def has_tile(source: TerrainSource, z: int, x: int, y: int) -> bool:
    """Whether `layer.json` lists the tile."""
    if not 0 <= z <= source.deepest_level:
        return False
    west, south, east, north = _available(source, z)
    return west <= x <= east and south <= y <= north


def layer_json(source: TerrainSource, *, version: str = "1.0.0", attribution: str = "") -> dict[str, Any]:
    """The description that clients read first; tile addresses are relative to it."""
    accuracy = {"accuracy_m": round(source.accuracy_m, 3), "heights": source.heights.name}
    ranges = [_available(source, z) for z in range(source.deepest_level + 1)]
    document: dict[str, Any] = {
        "tilejson": "2.1.0", "name": "terrain", "version": version, "format": "quantized-mesh-1.0", "scheme": "tms",
        "projection": "EPSG:4326", "extensions": ["octvertexnormals"], "tiles": ["{z}/{x}/{y}.terrain?v={version}"],
        "bounds": [-180, -90, 180, 90], "minzoom": 0, "maxzoom": source.deepest_level,
        "available": [[{"startX": west, "startY": south, "endX": east, "endY": north}] for west, south, east, north in ranges],
        "extras": accuracy,
    }
    return document | ({"attribution": attribution} if attribution else {})


def _available(source: TerrainSource, z: int) -> tuple[int, int, int, int]:
    """First and last column and row: the globe at coarse levels, then the heights and one tile of sea around them.

    The ring keeps what surrounds the site about as fine as the site, so that the sea does not fall below it.
    """
    columns, rows = 2 ** (z + 1), 2**z
    if z <= _WHOLE_GLOBE_LEVELS:
        return (0, 0, columns - 1, rows - 1)
    west, south, east, north = source.bounds
    side = 180 / 2**z
    return (max(math.floor((west + 180) / side) - 1, 0), max(math.floor((south + 90) / side) - 1, 0),
            min(math.floor((east + 180) / side) + 1, columns - 1), min(math.floor((north + 90) / side) + 1, rows - 1))


def _sea_cells(z: int) -> int:
    """Cells along a side of a tile of sea: enough that chords stay close to the ellipsoid."""
    return max(32 >> (z // 2), 4)


def _overlap(one: Bounds, other: Bounds) -> bool:
    return one[0] <= other[2] and other[0] <= one[2] and one[1] <= other[3] and other[1] <= one[3]


@dataclass(frozen=True, slots=True)
class _Grid:
    """A tile's heights; [0, 0] in the south-west, rows go north.

    Attributes:
        places: (side, side, 3) longitude, latitude in degrees, ellipsoidal height in metres.
    """

    bounds: Bounds
    places: Array

    @classmethod
    def of(cls, source: TerrainSource, bounds: Bounds, side: int) -> _Grid:
        west, south, east, north = bounds
        lon, lat = np.meshgrid(np.linspace(west, east, side), np.linspace(south, north, side))
        heights = _ellipsoidal(source, np.stack([lon.ravel(), lat.ravel()], axis=1))
        return cls(bounds, np.stack([lon, lat, heights.reshape(side, side)], axis=2))

    @property
    def side(self) -> int:
        return len(self.places)


def _ellipsoidal(source: TerrainSource, lonlat: Array) -> Array:
    """Ellipsoidal heights of the ground or, where none is known, of the sea."""
    west, south, east, north = source.bounds
    near = np.clip(lonlat, (west, south), (east, north))
    inside = (near == lonlat).all(axis=1)
    heights = np.full(len(lonlat), source.sea_level_m)
    if inside.any():
        known = source.sample(lonlat[inside])
        heights[inside] = np.where(np.isfinite(known), known, source.sea_level_m)
    if source.heights.is_none:
        return heights
    return np.asarray(heights + source.heights.undulation(near[:, 0], near[:, 1]))


def _regular(grid: _Grid, *, normals: bool = True) -> TerrainMesh:
    """Every height a vertex."""
    side = grid.side
    corner = (np.arange(side - 1)[:, None] * side + np.arange(side - 1)).ravel()
    triangles = np.concatenate([np.stack([corner, corner + 1, corner + side + 1], axis=1),
                                np.stack([corner, corner + side + 1, corner + side], axis=1)])
    light = _normals(grid) if normals else _upwards(grid.places.reshape(-1, 3))
    return TerrainMesh(grid.bounds, grid.places.reshape(-1, 3), triangles, light)


def _thinned(grid: _Grid, tolerance_m: float) -> TerrainMesh:
    """As few vertices as keep within the tolerance, the earth's own curve counted as relief."""
    heights = _above_tangent(grid).astype(np.float32)
    mesh = Delatin(heights[::-1], max_error=tolerance_m)  # its rows run from north, its y from south
    columns, rows = mesh.vertices[:, 0].astype(np.int64), mesh.vertices[:, 1].astype(np.int64)
    triangles = _anticlockwise(columns, rows, mesh.triangles.astype(np.int64))
    chosen = rows * grid.side + columns
    return TerrainMesh(grid.bounds, grid.places.reshape(-1, 3)[chosen], triangles, _normals(grid)[chosen])


def _above_tangent(grid: _Grid) -> Array:
    """(side, side) metres above the plane that touches the ellipsoid at the tile's middle."""
    west, south, east, north = grid.bounds
    matrix = enu_matrix((west + east) / 2, (south + north) / 2, 0.0)
    return np.asarray(((ecef(grid.places.reshape(-1, 3)) - matrix[:3, 3]) @ matrix[:3, 2]).reshape(grid.side, grid.side))


def _anticlockwise(columns: Ints, rows: Ints, triangles: Ints) -> Ints:
    a, b, c = triangles.T
    area = (columns[b] - columns[a]) * (rows[c] - rows[a]) - (columns[c] - columns[a]) * (rows[b] - rows[a])
    return np.where((area < 0)[:, None], triangles[:, ::-1], triangles)


def _normals(grid: _Grid) -> Array:
    """(side * side, 3) unit normals of the relief, from differences between neighbours."""
    points = ecef(grid.places.reshape(-1, 3)).reshape(grid.side, grid.side, 3)
    across = np.cross(np.gradient(points, axis=1), np.gradient(points, axis=0)).reshape(-1, 3)
    length = np.linalg.norm(across, axis=1)[:, None]
    up = _upwards(grid.places.reshape(-1, 3))
    return np.where(length > 1e-6, across / np.where(length > 1e-6, length, 1), up)


def _upwards(places: Array) -> Array:
    lon, lat = np.radians(places[:, 0]), np.radians(places[:, 1])
    return np.stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)], axis=1)
