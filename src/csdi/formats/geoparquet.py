"""GeoParquet, and Parquet with a column of WKB: read in batches of rows, whatever the size of the file."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import shapely

from csdi.errors import FileBroken
from csdi.formats.arrow_layer import GEOMETRY, ArrowLayer

SUFFIXES = (".parquet", ".geoparquet", ".pq")
_POINTS = {"point": 0, "linestring": 1, "polygon": 2, "multipoint": 1, "multilinestring": 2, "multipolygon": 3}
"""GeoArrow encodings of GeoParquet 1.1, with the lists around their coordinates."""
_KINDS = {"point": shapely.GeometryType.POINT, "linestring": shapely.GeometryType.LINESTRING,
          "polygon": shapely.GeometryType.POLYGON, "multipoint": shapely.GeometryType.MULTIPOINT,
          "multilinestring": shapely.GeometryType.MULTILINESTRING, "multipolygon": shapely.GeometryType.MULTIPOLYGON}


def read_parquet(path: Path) -> ArrowLayer:
    """Look at a Parquet file. Without the `geo` key it is a table of attributes.

    Raises:
        FileBroken: it is no Parquet, or its statement about geometry is not right.
    """
    try:
        file = pq.ParquetFile(path)
    except (pa.ArrowInvalid, OSError) as error:
        raise FileBroken(f"{path.name}: not a readable Parquet file ({str(error).splitlines()[0]})", file=str(path),
                         remedy="the file is damaged or incomplete: export it again") from None
    with file:
        schema, count = file.schema_arrow, file.metadata.num_rows
    column, said = _geometry(path, schema)
    encoding = str(said.get("encoding", "WKB"))
    left_out = {column, *_coverings(said)}
    plain = pa.schema([field for field in schema if field.name not in left_out])

    def batches(columns: Sequence[str], size: int) -> Iterator[pa.RecordBatch]:
        return _batches(path, [*columns, *([column] if column else [])], column, encoding, size)

    return ArrowLayer(path.stem, _crs(said) if column else "", _kind(said) if column else "", plain, count, batches, {})


def _geometry(path: Path, schema: pa.Schema) -> tuple[str, Mapping[str, Any]]:
    """The column of geometries and what is said of it; "" for none."""
    raw = (schema.metadata or {}).get(b"geo")
    if raw is None:
        return "", {}
    try:
        said = json.loads(raw)
        column = str(said["primary_column"])
        described = said["columns"][column]
        schema.field(column)
    except (ValueError, KeyError, TypeError) as error:
        raise FileBroken(f"{path.name}: the `geo` metadata are not those of GeoParquet ({error})", file=str(path), field="geo",
                         remedy="write it with a program that knows GeoParquet 1.0 or 1.1") from None
    encoding = str(described.get("encoding", "WKB"))
    if encoding != "WKB" and encoding not in _POINTS:
        raise FileBroken(f"{path.name}: geometries are encoded as '{encoding}'", file=str(path), field="encoding",
                         remedy="write them as WKB")
    return column, described


def _coverings(said: Mapping[str, Any]) -> set[str]:
    """Columns that only repeat the boxes of the geometries."""
    return {str(paths[0]) for paths in said.get("covering", {}).get("bbox", {}).values() if paths}


def _crs(said: Mapping[str, Any]) -> str:
    """Without `crs` the standard means CRS84; null means that nobody knows."""
    if "crs" not in said:
        return "OGC:CRS84"
    stated = said["crs"]
    if stated is None:
        return ""
    id = stated.get("id", {})
    return f"{id['authority']}:{id['code']}" if "authority" in id and "code" in id else json.dumps(stated)


def _kind(said: Mapping[str, Any]) -> str:
    kinds = {str(kind).removesuffix(" Z").lower() for kind in said.get("geometry_types", [])}
    return kinds.pop() if len(kinds) == 1 else "geometry"


def _batches(path: Path, columns: list[str], geometry: str, encoding: str, size: int) -> Iterator[pa.RecordBatch]:
    with pq.ParquetFile(path) as file:
        names = file.schema_arrow.names
        for batch in file.iter_batches(batch_size=size, columns=columns):
            arrays, kept = [], []
            for name in [name for name in names if name in columns]:
                array = batch.column(name)
                arrays.append(_wkb(array, encoding) if name == geometry else array)
                kept.append(GEOMETRY if name == geometry else name)
            yield pa.RecordBatch.from_arrays(arrays, kept) if kept else batch


def _wkb(array: pa.Array, encoding: str) -> pa.Array:
    """A column of geometries as WKB."""
    if encoding == "WKB":
        return array
    depth, offsets, values = _POINTS[encoding], [], array
    there = np.asarray(array.is_valid())
    filled = array.filter(pa.array(there))
    values = filled
    for _ in range(depth):
        starts = np.asarray(values.offsets, dtype=np.int64)
        offsets.append(starts - starts[0])
        values = values.flatten()
    axes = [values.field(i).to_numpy(zero_copy_only=False) for i in range(min(values.type.num_fields, 3))]
    shapes = np.full(len(array), None, dtype=object)
    shapes[there] = shapely.from_ragged_array(_KINDS[encoding], np.column_stack(axes), tuple(reversed(offsets)) or None)
    return pa.array(list(shapely.to_wkb(shapes)), pa.binary())
