"""Feature tables written as they come, page after page, so that a Collection of any size needs the memory of one page."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pyogrio
import shapely

from csdi.feature import Feature, Field, FieldType

Pages = Callable[[], Iterable[Sequence[Feature]]]
"""Begins to give the Features, page by page; called anew for each pass over them."""

_GEOPARQUET = "1.1.0"
_ARROW: Mapping[FieldType, pa.DataType] = {
    FieldType.INTEGER: pa.int64(), FieldType.NUMBER: pa.float64(), FieldType.BOOLEAN: pa.bool_(), FieldType.DATE: pa.date32(),
    FieldType.DATETIME: pa.timestamp("us", "UTC"),
}
_OGR_TYPES = {"point": "Point", "linestring": "LineString", "polygon": "Polygon", "multipoint": "MultiPoint",
              "multilinestring": "MultiLineString", "multipolygon": "MultiPolygon", "geometrycollection": "GeometryCollection"}


@dataclass(frozen=True, slots=True)
class Sheet:
    """What the table is, apart from its rows.

    Attributes:
        name: of the layer.
        title: for people.
        fields: columns, in order; the Feature's id comes before them, the geometry after them.
        geometry: OGC type in lower case, `geometry` for any, "" for none.
        has_z: geometries may have heights.
        crs: what PROJ reads: an authority code or WKT; coordinates are x = east or longitude first, whatever the authority says.
        projjson: the same CRS as PROJJSON; None for OGC:CRS84.
    """

    name: str
    title: str
    fields: tuple[Field, ...]
    geometry: str
    has_z: bool
    crs: str
    projjson: Mapping[str, Any] | None = None

    @property
    def id_name(self) -> str:
        """The column of ids: `id`, or another name where a field has that."""
        return self.free("id")

    def free(self, name: str) -> str:
        """The name, or with lines behind it until no field has it, whatever the case."""
        taken = {field.name.casefold() for field in self.fields}
        while name.casefold() in taken:
            name += "_"
        return name


def write_geopackage(path: Path, sheet: Sheet, pages: Pages) -> None:
    """Writes a GeoPackage 1.2 with one layer, its name with `_` for `-`; without geometry it is a table of attributes.

    Nothing of later versions is needed, and readers of 1.2 do not know their triggers.
    """
    geometry = sheet.free("geom")
    options = {"IDENTIFIER": sheet.title, "FID": sheet.free("fid")} | ({"GEOMETRY_NAME": geometry} if sheet.geometry else {})
    _write_ogr(path, replace(sheet, name=sheet.name.replace("-", "_")), pages(), "GPKG", geometry, options, {"VERSION": "1.2"})


def write_flatgeobuf(path: Path, sheet: Sheet, pages: Pages) -> None:
    """Writes a FlatGeobuf, with its spatial index unless a Feature has no geometry: the format's index has no place for those.

    A table without geometry has a column of none: GDAL makes no file of an empty one otherwise.
    """
    whole = not sheet.geometry or any(feature.geometry is None or feature.geometry.is_empty for page in pages() for feature in page)
    sheet = replace(sheet, geometry=sheet.geometry or "geometry")
    _write_ogr(path, sheet, pages(), "FlatGeobuf", sheet.free("geometry"), {"SPATIAL_INDEX": "NO" if whole else "YES"})


def write_geoparquet(path: Path, sheet: Sheet, pages: Pages) -> None:
    """Writes GeoParquet 1.1 with geometries in WKB, a row group for each page; the types and the box are those of what is in it."""
    name, schema = sheet.free("geometry"), _schema(sheet, sheet.free("geometry"))
    kinds: set[str] = set()
    box = np.array([np.inf, np.inf, -np.inf, -np.inf])
    with pq.ParquetWriter(path, schema, compression="zstd", store_schema=False) as writer:
        for page in pages():
            writer.write_batch(_batch(sheet, schema, page))
            shapes = np.array([feature.geometry for feature in page], dtype=object)
            shapes = shapes[~shapely.is_missing(shapes)] if len(shapes) else shapes
            kinds |= {shape.geom_type + (" Z" if shape.has_z else "") for shape in shapes}
            bounds = shapely.total_bounds(shapes) if len(shapes) else box
            box = np.concatenate([np.fmin(box[:2], bounds[:2]), np.fmax(box[2:], bounds[2:])])
        if sheet.geometry:
            column = {"encoding": "WKB", "geometry_types": sorted(kinds)} | ({"crs": sheet.projjson} if sheet.projjson else {})
            column |= {"bbox": box.tolist()} if np.isfinite(box).all() else {}
            writer.add_key_value_metadata({"geo": json.dumps({"version": _GEOPARQUET, "primary_column": name, "columns": {name: column}})})


def csv_lines(sheet: Sheet, pages: Iterable[Sequence[Feature]]) -> Iterator[bytes]:
    """UTF-8 text as RFC 4180 has it: a header line, then the id, every field, and the geometry as WKT; lists and mappings as JSON."""
    yield _csv_row([sheet.id_name, *(field.name for field in sheet.fields), *([sheet.free("wkt")] if sheet.geometry else [])])
    for page in pages:
        rows = ([feature.id, *(_text(feature.properties.get(field.name)) for field in sheet.fields),
                 *([_wkt(feature)] if sheet.geometry else [])] for feature in page)
        yield b"".join(map(_csv_row, rows))


def _write_ogr(path: Path, sheet: Sheet, pages: Iterable[Sequence[Feature]], driver: str, geometry: str,
               options: Mapping[str, str], whole: Mapping[str, str] | None = None) -> None:
    """`options` are GDAL's for the layer, `whole` those for the file."""
    schema = _schema(sheet, geometry)
    failed: list[Exception] = []

    def batches() -> Iterator[pa.RecordBatch]:
        try:
            for page in pages:
                yield _batch(sheet, schema, page)
        except Exception as error:
            failed.append(error)  # the stream says only that there was one
            raise

    reader = pa.RecordBatchReader.from_batches(schema, batches())
    there: dict[str, Any] = {"dataset_options": dict(whole)} if whole else {}
    if sheet.geometry:
        kind = _OGR_TYPES.get(sheet.geometry, "Unknown")
        there |= {"geometry_name": geometry, "crs": sheet.crs,
                  "geometry_type": f"{kind} Z" if sheet.has_z and kind != "Unknown" else kind}
    try:
        pyogrio.write_arrow(reader, path, layer=sheet.name, driver=driver, layer_options=dict(options), **there)
    except RuntimeError:
        if failed:
            raise failed[0] from None
        raise


def _schema(sheet: Sheet, geometry: str) -> pa.Schema:
    columns = [(sheet.id_name, pa.string()), *((field.name, _ARROW.get(field.type, pa.string())) for field in sheet.fields)]
    return pa.schema([*columns, *([(geometry, pa.binary())] if sheet.geometry else [])])


def _batch(sheet: Sheet, schema: pa.Schema, page: Sequence[Feature]) -> pa.RecordBatch:
    arrays = [pa.array([feature.id for feature in page], pa.string())]
    arrays += [pa.array([_cell(feature.properties.get(field.name), field.type) for feature in page], schema.field(at).type)
               for at, field in enumerate(sheet.fields, start=1)]
    if sheet.geometry:
        shapes = np.array([feature.geometry for feature in page], dtype=object)
        arrays.append(pa.array(shapely.to_wkb(shapes, flavor="iso"), pa.binary()))
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def _cell(value: Any, kind: FieldType) -> Any:
    if value is None:
        return None
    if kind is FieldType.DATE:
        return date.fromisoformat(value)
    if kind is FieldType.DATETIME:
        return datetime.fromisoformat(value)
    return json.dumps(value, ensure_ascii=False) if kind is FieldType.JSON else value


def _csv_row(cells: Sequence[Any]) -> bytes:
    line = io.StringIO()
    csv.writer(line).writerow(cells)
    return line.getvalue().encode()


def _text(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else value


def _wkt(feature: Feature) -> str:
    return "" if feature.geometry is None else str(shapely.to_wkt(feature.geometry, rounding_precision=-1))
