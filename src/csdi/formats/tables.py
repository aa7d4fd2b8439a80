"""CSV tables: which columns are coordinates, and in which CRS, told by their names and checked by their values."""

from __future__ import annotations

import csv
import math
import re
from dataclasses import dataclass
from pathlib import Path

from csdi.errors import FileBroken

SAMPLE_ROWS = 2000
_GEOGRAPHIC = (("lon", "lat"), ("lng", "lat"), ("long", "lat"), ("longitude", "latitude"), ("lon_wgs84", "lat_wgs84"),
               ("longitude_deg", "latitude_deg"), ("wgs84_lon", "wgs84_lat"), ("經度", "緯度"), ("经度", "纬度"))
_GRID = (("e", "n"), ("easting", "northing"), ("eastings", "northings"), ("hk80_e", "hk80_n"), ("hk1980_e", "hk1980_n"),
         ("east", "north"), ("grid_e", "grid_n"), ("坐標_e", "坐標_n"), ("x", "y"))
_CODE = re.compile(r"_(?:epsg_?)?(\d{4,6})$")
_GEOMETRY = re.compile(r"(?:SRID=\d+;)?(?:MULTI)?(?:POINT|LINESTRING|POLYGON|GEOMETRYCOLLECTION)\s*(?:Z|M|ZM)?\s*(?:\(|EMPTY)",
                       re.IGNORECASE)
HONG_KONG_WINDOW = (799_000.0, 799_000.0, 868_000.0, 848_000.0)
"""Area of use of the HK1980 Grid, (minx, miny, maxx, maxy), metres, east first (EPSG:2326)."""


@dataclass(frozen=True, slots=True)
class Coordinates:
    """A pair of coordinate columns; `crs` is "" when neither names nor values tell it, `certain` is False when only values do."""

    x: str
    y: str
    crs: str
    certain: bool


@dataclass(frozen=True, slots=True)
class Table:
    """A CSV file's header, what its coordinate columns are, best pair first, and the column of geometries as WKT, "" for none."""

    columns: tuple[str, ...]
    delimiter: str
    pairs: tuple[Coordinates, ...]
    wkt: str = ""


def read_table(path: Path) -> Table:
    """Look at the header and the first rows.

    Raises:
        FileBroken: not text, or no header.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="", errors="replace") as source:
            first = source.readline()
            delimiter = max(",;\t|", key=first.count)
            columns = next(csv.reader([first], delimiter=delimiter), [])
            rows = [row for _, row in zip(range(SAMPLE_ROWS), csv.reader(source, delimiter=delimiter), strict=False)]
    except (csv.Error, OSError) as error:
        raise FileBroken(f"{path.name}: line 1 is not a CSV header ({error})", file=str(path), line=1) from error
    if not columns or "\x00" in first:
        raise FileBroken(f"{path.name}: line 1 is not a CSV header", file=str(path), line=1,
                         remedy="the first line must name the columns")
    return Table(tuple(columns), delimiter, tuple(_pairs(columns, rows)), _wkt(columns, rows))


def _wkt(columns: list[str], rows: list[list[str]]) -> str:
    """The column whose values are all WKT or blank."""
    for at, column in enumerate(columns):
        texts = [row[at].strip() for row in rows if len(row) > at and row[at].strip()]
        if texts and all(map(_GEOMETRY.match, texts)):
            return column
    return ""


def _pairs(columns: list[str], rows: list[list[str]]) -> list[Coordinates]:
    """All coordinate pairs: those whose CRS is named first, then geographic ones, then grids known by their values."""
    found: list[tuple[int, Coordinates]] = []
    plain = {_CODE.sub("", c.strip().casefold()): c for c in reversed(columns)}
    exact = {c.strip().casefold(): c for c in columns}
    for x, y in _GEOGRAPHIC:
        if x in exact and y in exact and _numbers(columns, rows, exact[x], 180) and _numbers(columns, rows, exact[y], 90):
            found.append((1, Coordinates(exact[x], exact[y], "OGC:CRS84", True)))
    for x, y in (*_GRID, *_GEOGRAPHIC):
        if x not in plain or y not in plain or ((x, y) in _GEOGRAPHIC and x in exact):
            continue
        code = _CODE.search(plain[x].strip().casefold())
        if code and _numbers(columns, rows, plain[x], math.inf):
            found.append((0, Coordinates(plain[x], plain[y], f"EPSG:{code.group(1)}", True)))
        elif not code and (x, y) in _GRID and (eastings := _numbers(columns, rows, plain[x], math.inf)):
            northings = _numbers(columns, rows, plain[y], math.inf)
            known = _in_hong_kong(eastings, northings)
            found.append((2 if known else 3, Coordinates(plain[x], plain[y], "EPSG:2326" if known else "", False)))
    return [pair for _, pair in sorted(found, key=lambda entry: entry[0])]


def _numbers(columns: list[str], rows: list[list[str]], column: str, limit: float) -> list[float]:
    """The column's values in the sample, [] when one is not a number up to the limit or all are blank."""
    index = columns.index(column)
    texts = [row[index].strip() for row in rows if len(row) > index]
    try:
        values = [float(text) for text in texts if text]
    except ValueError:
        return []
    return values if all(math.isfinite(v) and abs(v) <= limit for v in values) else []


def _in_hong_kong(eastings: list[float], northings: list[float]) -> bool:
    minx, miny, maxx, maxy = HONG_KONG_WINDOW
    return bool(eastings and northings) and all(minx <= e <= maxx for e in eastings) and all(miny <= n <= maxy for n in northings)
