"""Layers on disk: one writer for GeoPackage, GeoJSON, FlatGeobuf, Shapefile and CSV, the same bytes every time.

Coordinates come in as EPSG:2326 (x = easting, y = northing, metres, z in mPD) and are written in the layer's own CRS.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyogrio
import rasterio.warp
import shapely
from pyogrio.raw import write as write_ogr
from shapely.geometry.base import BaseGeometry

GRID = "EPSG:2326"
LONLAT = "OGC:CRS84"
WRITTEN_ON = "2026-01-01"
"""The date that formats with a date in their header carry, so that a second run gives the same bytes."""

Fields = Mapping[str, Sequence[Any] | npt.NDArray[Any]]


class Names(NamedTuple):
    """One name in the three languages of the site."""

    en: str
    zh_hant: str
    zh_hans: str


@dataclass(frozen=True, slots=True)
class Layer:
    """Features of one kind, ready to be written.

    Attributes:
        id: collection id.
        file: file name; its suffix chooses the format.
        shapes: (n,) shapely geometries, EPSG:2326, z in mPD where present.
        fields: columns of length n, in file order.
        crs: CRS of the file: `GRID` or `LONLAT`.
        heights: how heights are given, empty when there are none.
    """

    id: str
    file: str
    title: Names
    description: str
    keywords: tuple[str, ...]
    shapes: npt.NDArray[np.object_]
    fields: Fields
    crs: str = GRID
    heights: str = ""
    encoding: str = field(default="UTF-8")

    def __len__(self) -> int:
        return len(self.shapes)


def write_layer(layer: Layer, folder: Path) -> Path:
    """Write `layer` into `folder`, replacing what was there, and return the path."""
    path = folder / layer.file
    path.unlink(missing_ok=True)  # an updated GeoPackage differs from a fresh one
    if path.suffix == ".csv":
        path.write_text(_csv(layer), encoding="utf-8", newline="")
        return path
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": f"{WRITTEN_ON}T00:00:00.000Z"})
    shapes = layer.shapes if layer.crs == GRID else shapely.transform(layer.shapes, to_crs84)
    write_ogr(
        path, shapely.to_wkb(shapes), [_column(c) for c in layer.fields.values()], list(layer.fields),
        geometry_type=_geometry_type(shapes), crs=layer.crs, **_options(path.suffix, layer),
    )  # fmt: skip
    return path


def geometries(shapes: Sequence[BaseGeometry]) -> npt.NDArray[np.object_]:
    """A 1-d object array of `shapes`, also for an empty sequence."""
    result = np.empty(len(shapes), dtype=object)
    result[:] = list(shapes)
    return result


def to_crs84(points: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """(n, 2) points (E, N) of EPSG:2326 as (n, 2) points (longitude, latitude), degrees, WGS 84."""
    lon, lat = rasterio.warp.transform(GRID, LONLAT, points[:, 0], points[:, 1])
    return np.column_stack((lon, lat))


def _options(suffix: str, layer: Layer) -> dict[str, Any]:
    if suffix == ".gpkg":
        return {"driver": "GPKG", "layer": layer.id, "layer_options": {"FID": "fid", "GEOMETRY_NAME": "geom"}}
    if suffix == ".geojson":
        precision = {"COORDINATE_PRECISION": "8", "RFC7946": "YES"}
        return {"driver": "GeoJSON", "layer": layer.id, "layer_options": precision}
    if suffix == ".fgb":
        return {"driver": "FlatGeobuf", "layer": layer.id}
    options = {"DBF_DATE_LAST_UPDATE": WRITTEN_ON, "RESIZE": "YES"}
    return {"driver": "ESRI Shapefile", "encoding": layer.encoding, "layer_options": options}


def _column(values: Sequence[Any] | npt.NDArray[Any]) -> npt.NDArray[Any]:
    column = np.asarray(values)
    return column.astype(object) if column.dtype.kind == "U" else column


def _geometry_type(shapes: npt.NDArray[np.object_]) -> str:
    kind: str = shapes[0].geom_type
    return f"{kind} Z" if shapes[0].has_z else kind


def _csv(layer: Layer) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(layer.fields)
    writer.writerows(zip(*layer.fields.values(), strict=True))
    return text.getvalue()
