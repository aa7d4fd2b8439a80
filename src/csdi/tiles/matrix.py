"""Tile matrix sets: the grids that tiles are cut by, after OGC 17-083r4.

Three grids, all of 256 x 256 pixels and all with twice as many tiles along each axis from one level to the next:

* `WebMercatorQuad` and `WorldCRS84Quad`, registered by OGC;
* `HK1980Grid`, our own, in EPSG:2326. Its corner is 780 000 mE 880 000 mN; level 0 is one tile of 131 072 m with 512 m to
  the pixel, so level 9 has 1 m to the pixel and every cell size is a power of two. It ends at 911 072 mE 748 928 mN and
  holds the area of use of the grid. The registry writes northing first, and so does `pointOfOrigin`.

Inside, x is east or longitude and comes first, as everywhere in the project.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from csdi.crs import crs, transform
from csdi.errors import CsdiError, NotFound
from csdi.extent import BBox

PIXELS = 256
"""Width and height of a tile in nominal pixels."""
_PIXEL_M = 0.00028
"""The standardised rendering pixel of OGC 17-083r4, 6.2.1.1."""
_EARTH_M = 6378137.0
_DEGREE_M = math.pi * _EARTH_M / 180.0
FLATTEST = 85.06
"""Latitude just beyond the edge of the Mercator square; no grid but the geographic one reaches further."""
_REGISTER = "http://www.opengis.net/def/tilematrixset/OGC/1.0/"

Box = tuple[float, float, float, float]
Range = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class TileMatrix:
    """One level of a grid.

    Attributes:
        level: number of the level, also its identifier.
        cell: size of a pixel in units of the CRS.
        columns, rows: how many tiles; row 0 is the northernmost, column 0 the westernmost.
    """

    level: int
    cell: float
    columns: int
    rows: int

    @property
    def tile_size(self) -> float:
        """Width and height of a tile in units of the CRS."""
        return self.cell * PIXELS


@dataclass(frozen=True, slots=True)
class TileMatrixSet:
    """A grid.

    Attributes:
        uri: as registered by OGC, "" for our own.
        crs: code of the CRS.
        origin: (x, y) of the north-western corner, x = east or longitude first.
        cell: size of a pixel at level 0 in units of the CRS.
        columns, rows: tiles at level 0.
        levels: how many levels.
        unit_m: metres to the unit of the CRS.
    """

    id: str
    title: str
    uri: str
    crs: str
    axes: tuple[str, str]
    origin: tuple[float, float]
    cell: float
    columns: int
    rows: int
    levels: int
    unit_m: float
    well_known_scale_set: str = ""

    def matrix(self, level: int) -> TileMatrix:
        """One level.

        Raises:
            NotFound: there is no such level.
        """
        if not 0 <= level < self.levels:
            raise NotFound(f"{self.id} has no tile matrix {level}", remedy=f"tile matrices are 0 to {self.levels - 1}",
                           field="tileMatrix", value=level)
        return TileMatrix(level, self.cell / 2**level, self.columns << level, self.rows << level)

    def box(self, level: int, row: int, column: int) -> Box:
        """(minx, miny, maxx, maxy) of a tile in the CRS, x = east or longitude first.

        Raises:
            NotFound: there is no such tile.
        """
        matrix = self.matrix(level)
        if not (0 <= row < matrix.rows and 0 <= column < matrix.columns):
            raise NotFound(f"{self.id} has no tile {level}/{row}/{column}", field="tile", value=f"{level}/{row}/{column}",
                           remedy=f"rows are 0 to {matrix.rows - 1}, columns 0 to {matrix.columns - 1} at level {level}")
        west, north = self.origin
        size = matrix.tile_size
        return (west + column * size, north - (row + 1) * size, west + (column + 1) * size, north - row * size)

    def limits(self, box: Box, level: int) -> Range:
        """(first row, last row, first column, last column) of the tiles that meet a box in the CRS, cut to the grid."""
        matrix, (west, north) = self.matrix(level), self.origin
        size = matrix.tile_size
        rows = (_clamped((north - box[3]) / size, matrix.rows), _clamped((north - box[1]) / size, matrix.rows))
        columns = (_clamped((box[0] - west) / size, matrix.columns), _clamped((box[2] - west) / size, matrix.columns))
        return (*rows, *columns)

    def box_of(self, extent: BBox | None) -> Box | None:
        """An extent in CRS84 as a box in the CRS; None where the grid does not reach it.

        An extent that crosses the antimeridian becomes the whole width of the grid.
        """
        return None if extent is None else _box_of(self, extent)

    def _reached(self, extent: BBox) -> Box | None:
        whole, flattest = self.whole, 90.0 if crs(self.crs).is_geographic else FLATTEST
        west, east = (-180.0, 180.0) if extent.minx > extent.maxx else (extent.minx, extent.maxx)
        south, north = (min(max(y, -flattest), flattest) for y in (extent.miny, extent.maxy))
        try:
            found = transform("OGC:CRS84", self.crs).bbox((west, south, east, north))
        except CsdiError:
            return None
        cut = (max(found[0], whole[0]), max(found[1], whole[1]), min(found[2], whole[2]), min(found[3], whole[3]))
        return cut if cut[0] <= cut[2] and cut[1] <= cut[3] else None

    @property
    def whole(self) -> Box:
        """The box of the grid in the CRS, x = east or longitude first."""
        size = self.cell * PIXELS
        return (self.origin[0], self.origin[1] - self.rows * size, self.origin[0] + self.columns * size, self.origin[1])

    @property
    def crs_uri(self) -> str:
        """The CRS as a URI."""
        return crs(self.crs).uri

    def document(self, uri: str = "") -> dict[str, Any]:
        """The tile matrix set as OGC 17-083r4 writes it, axes in the authority's order; `uri` where none is registered."""
        body: dict[str, Any] = {"id": self.id, "title": self.title, "uri": self.uri or uri, "crs": self.crs_uri,
                                "orderedAxes": list(self.axes)}
        if self.well_known_scale_set:
            body["wellKnownScaleSet"] = self.well_known_scale_set
        return body | {"tileMatrices": [self._matrix_document(level) for level in range(self.levels)]}

    def _matrix_document(self, level: int) -> dict[str, Any]:
        matrix, (west, north) = self.matrix(level), self.origin
        northing_first = crs(self.crs).axis_order_authority == "ne"
        return {"id": str(level), "scaleDenominator": matrix.cell * self.unit_m / _PIXEL_M, "cellSize": matrix.cell,
                "cornerOfOrigin": "topLeft", "pointOfOrigin": [north, west] if northing_first else [west, north],
                "tileWidth": PIXELS, "tileHeight": PIXELS, "matrixWidth": matrix.columns, "matrixHeight": matrix.rows}


def tile_matrix_set(id: str) -> TileMatrixSet:
    """The grid of this name.

    Raises:
        NotFound: there is none.
    """
    for known in SETS:
        if known.id == id:
            return known
    raise NotFound(f"there is no tile matrix set '{id}'", remedy=f"known: {', '.join(known.id for known in SETS)}",
                   field="tileMatrixSet", value=id)


@lru_cache(maxsize=1024)
def _box_of(grid: TileMatrixSet, extent: BBox) -> Box | None:
    return grid._reached(extent)


def _clamped(place: float, count: int) -> int:
    return min(max(math.floor(place), 0), count - 1)


_HALF_M = math.pi * _EARTH_M

SETS = (
    TileMatrixSet("WebMercatorQuad", "Google Maps Compatible for the World", _REGISTER + "WebMercatorQuad", "EPSG:3857", ("X", "Y"),
                  (-_HALF_M, _HALF_M), 2 * _HALF_M / PIXELS, 1, 1, 25, 1.0,
                  "http://www.opengis.net/def/wkss/OGC/1.0/GoogleMapsCompatible"),
    TileMatrixSet("WorldCRS84Quad", "CRS84 for the World", _REGISTER + "WorldCRS84Quad", "OGC:CRS84", ("Lon", "Lat"),
                  (-180.0, 90.0), 180.0 / PIXELS, 2, 1, 24, _DEGREE_M, "http://www.opengis.net/def/wkss/OGC/1.0/GoogleCRS84Quad"),
    TileMatrixSet("HK1980Grid", "Hong Kong 1980 Grid System, cell sizes in powers of two metres", "", "EPSG:2326", ("N", "E"),
                  (780_000.0, 880_000.0), 512.0, 1, 1, 19, 1.0),
)
"""Every grid that tiles are offered in."""
