"""Renditions of what EDR queries found: CoverageJSON, GeoJSON and CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Any

import numpy as np
import orjson

from csdi.coverages import covjson
from csdi.coverages.asking import Cells, Points
from csdi.coverages.coverage import RangeField
from csdi.crs import CRS, to_authority_order
from csdi.formats.pixels import Pixels

Json = dict[str, Any]
MEDIA = {"coveragejson": covjson.MEDIA, "covjson": covjson.MEDIA, "json": covjson.MEDIA, "geojson": "application/geo+json",
         "csv": "text/csv"}
"""Renditions by the name in `f`, in small letters; the first is the default."""
MOST_VALUES = {"geojson": 250_000, "csv": 1_000_000}
"""Values that an answer may have, by rendition, where that is fewer than `asking.MOST_CELLS`: some 40 MB."""
_DIGITS_DEGREES, _DIGITS_METRES = 9, 4


def rendered(found: Points | Cells, fields: Sequence[RangeField], form: str, *, alone: bool = False,
             times: Sequence[str] | None = None) -> bytes:
    """The answer in a rendition.

    Args:
        form: a key of `MEDIA`.
        alone: whether the one point was asked for as one.
        times: of the points of a trajectory.
    """
    if MEDIA[form] == covjson.MEDIA:
        return covjson.encoded(_coverage(found, fields, alone, times))
    points = found if isinstance(found, Points) else listed(found)
    return _geojson(points, fields, times) if form == "geojson" else _csv(points, fields, times)


def listed(cells: Cells) -> Points:
    """The cells that anything is known of, by the places of their middles, row by row from the north."""
    known = cells.pixels.known.any(axis=0)
    row, column = np.nonzero(known)
    xy = np.column_stack([cells.frame.x[column], cells.frame.y[row]])
    values = np.where(cells.pixels.known, cells.pixels.values, np.nan)[:, row, column]
    return Points(cells.frame.crs, xy, values)


def _coverage(found: Points | Cells, fields: Sequence[RangeField], alone: bool, times: Sequence[str] | None) -> Json:
    if isinstance(found, Cells):
        return covjson.grid(found.frame, fields, Pixels(found.pixels.values, found.pixels.known))
    if alone:
        return covjson.point(found.xy[0], found.crs, fields, found.values[:, 0])
    return covjson.points(found.xy, found.crs, fields, found.values, times=times)


def _geojson(points: Points, fields: Sequence[RangeField], times: Sequence[str] | None) -> bytes:
    """A FeatureCollection of points with the values as properties; coordinates as the authority of their CRS orders them."""
    columns = [_plain(values, one) for values, one in zip(points.values, fields, strict=True)]
    places = to_authority_order(_rounded(points), points.crs).tolist()
    features = []
    for number, place in enumerate(places):
        properties: Json = {one.name: column[number] for one, column in zip(fields, columns, strict=True)}
        if times is not None:
            properties["datetime"] = times[number]
        features.append({"type": "Feature", "id": number, "geometry": {"type": "Point", "coordinates": place}, "properties": properties})
    return orjson.dumps({"type": "FeatureCollection", "numberReturned": len(features), "features": features,
                         "parameters": covjson.parameters(fields)})


def _csv(points: Points, fields: Sequence[RangeField], times: Sequence[str] | None) -> bytes:
    """A row for each point: the coordinates, named, x = east or longitude first, then the values; nothing where none is known."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([*axis_columns(points.crs), *(["datetime"] if times is not None else []), *(one.name for one in fields)])
    columns = [_plain(values, one) for values, one in zip(points.values, fields, strict=True)]
    for number, place in enumerate(_rounded(points).tolist()):
        writer.writerow([*place, *([times[number]] if times is not None else []), *(column[number] for column in columns)])
    return text.getvalue().encode()


def axis_columns(reference: CRS) -> tuple[str, str]:
    """What the columns of coordinates are called."""
    return ("longitude", "latitude") if reference.is_geographic else ("easting", "northing")


def _plain(values: Any, one: RangeField) -> list[Any]:
    """Values as Python numbers, None where none is known; whole ones where the raster's are and they were not mixed."""
    whole = "int" in one.dtype
    return [None if value != value else int(value) if whole and value == int(value) else round(value, 6)
            for value in np.asarray(values, np.float64).tolist()]


def _rounded(points: Points) -> Any:
    return np.round(points.xy, _DIGITS_DEGREES if points.crs.is_geographic else _DIGITS_METRES)
