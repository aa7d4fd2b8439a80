"""Feature tables as files that GIS programs open: GeoPackage through GDAL, CSV as text."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import pyogrio
import shapely
from numpy.typing import NDArray

from csdi.feature import Feature, Field, FieldType

_GEOMETRY = "geom"
_ARROW: Mapping[FieldType, pa.DataType] = {
    FieldType.INTEGER: pa.int64(), FieldType.NUMBER: pa.float64(), FieldType.BOOLEAN: pa.bool_(),
}
Move = Callable[[NDArray[np.float64]], NDArray[np.float64]]


@dataclass(frozen=True, slots=True)
class Layer:
    """A table to write.

    Attributes:
        name: of the layer.
        title: for people.
        fields: columns, in order; `id` comes before them.
        features: rows; geometries in any CRS.
    """

    name: str
    title: str
    fields: Sequence[Field]
    features: Sequence[Feature]


def write_geopackage(path: Path, layers: Iterable[Layer], crs: str, move: Move) -> None:
    """Writes a new GeoPackage; layers without any geometry are tables of attributes.

    Args:
        crs: authority code of the geometries as they are written.
        move: (n, 2) coordinates of the features' geometries in that CRS, x first.
    """
    path.unlink(missing_ok=True)
    for at, layer in enumerate(layers):
        geometries = [feature.geometry for feature in layer.features]
        there = any(one is not None for one in geometries)
        columns = {"id": pa.array([feature.id for feature in layer.features], pa.string())}
        columns |= {field.name: _column(field, layer.features) for field in layer.fields}
        if there:
            placed = shapely.transform(np.array(geometries, dtype=object), move)
            columns[_GEOMETRY] = pa.array([None if one is None else shapely.to_wkb(one) for one in placed], pa.binary())
        pyogrio.write_arrow(pa.table(columns), path, layer=layer.name, driver="GPKG", append=at > 0,
                            geometry_name=_GEOMETRY if there else None, geometry_type="Unknown" if there else None,
                            crs=crs if there else None, layer_options={"IDENTIFIER": layer.title, "FID": "fid"})


def write_csv(path: Path, layer: Layer, move: Move) -> None:
    """Writes one table as UTF-8 text with a header line: `id`, every field, `wkt`; lists and mappings as JSON."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", *(field.name for field in layer.fields), "wkt"])
        for feature in layer.features:
            geometry = feature.geometry
            wkt = shapely.to_wkt(shapely.transform(geometry, move), rounding_precision=4) if geometry is not None else ""
            writer.writerow([feature.id, *(_text(feature.properties.get(field.name)) for field in layer.fields), wkt])


def _column(field: Field, features: Sequence[Feature]) -> pa.Array:
    kind = _ARROW.get(field.type)
    values = [feature.properties.get(field.name) for feature in features]
    return pa.array(values, kind) if kind is not None else pa.array([_text(value) or None for value in values], pa.string())


def _text(value: Any) -> str:
    """A value in a cell; empty for none and for empty lists."""
    if value is None or value in ([], {}):
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else str(value) if isinstance(value, int | float) else orjson.dumps(value).decode()
