"""Vector files as batches of Features: whatever GDAL reads, streamed through Arrow, nothing repaired silently."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
import pyogrio
import shapely
from numpy.typing import NDArray
from pyogrio.errors import DataLayerError, DataSourceError

from csdi.errors import FileBroken, FormatUnknown
from csdi.feature import Feature, Field
from csdi.finding import Finding
from csdi.formats.arrow_layer import GEOMETRY, ArrowLayer
from csdi.formats.columns import fields_of, reader_of
from csdi.formats.dirt import Dirt
from csdi.geometry import mended

BATCH = 5000
_OGR_GEOMETRY = {"point", "linestring", "polygon", "multipoint", "multilinestring", "multipolygon", "geometrycollection"}
GML_OPTIONS = {"DOWNLOAD_SCHEMA": "NO"}
"""A GML file may name a schema anywhere; it is not fetched."""
_LIST_LIMIT = 500
_LOOK = 2000


@dataclass(frozen=True, slots=True)
class VectorLayer:
    """One layer of a vector file.

    Attributes:
        path: what GDAL opens: a file, a `.gdb` folder or a `/vsizip/` path.
        layer: its name in the file.
        crs: the CRS as the file states it (authority code or WKT), "" if it does not.
        geometry: OGC type name in lower case, `geometry` when mixed, "" without geometry.
        fields: properties as they will be published.
        columns: published property name -> column in the file.
        options: GDAL open options (CSV coordinate columns).
        count: Features as the driver counts them, -1 when it cannot say without reading.
        arrow: a reader of ours, where GDAL does not read the file.
        key: the column that holds the ids, "" for the file's own row ids.
    """

    path: str
    layer: str
    crs: str
    geometry: str
    fields: tuple[Field, ...]
    columns: Mapping[str, str]
    options: Mapping[str, str]
    count: int
    findings: tuple[Finding, ...] = ()
    arrow: ArrowLayer | None = None
    key: str = ""

    @property
    def levels(self) -> tuple[str, str] | None:
        """Fields with the lowest and highest level of Features whose geometry is 2D."""
        return self.arrow.levels if self.arrow else None


@dataclass(slots=True)
class Survey:
    """What one pass over the geometries of a layer found; coordinates as in the file, x first.

    Attributes:
        bounds: (minx, miny, maxx, maxy) of all geometries, NaN when there are none.
        z: lowest and highest height, NaN when there is none.
        invalid: ids of Features whose geometry is not valid, at most 500; `invalid_count` counts all, `lost` those of which
            nothing is left when they are repaired.
        collapsed: ids of those that have no area, and are kept as the lines or points that are left; `collapsed_count` counts all.
        warnings: what the reader complained of.
        dirt: values that are no values.
    """

    count: int = 0
    empty: int = 0
    types: set[str] = field(default_factory=set)
    has_z: bool = False
    bounds: tuple[float, float, float, float] = (math.nan, math.nan, math.nan, math.nan)
    z: tuple[float, float] = (math.nan, math.nan)
    invalid: list[str] = field(default_factory=list)
    invalid_count: int = 0
    lost: int = 0
    warnings: set[str] = field(default_factory=set)
    dirt: list[Finding] = field(default_factory=list)
    collapsed: list[str] = field(default_factory=list)
    collapsed_count: int = 0


def layer_names(path: str) -> list[str]:
    """Names of the vector layers in a file that hold user data.

    Raises:
        FormatUnknown: GDAL does not recognise the file as vector data.
    """
    try:
        return [str(name) for name, _ in pyogrio.list_layers(path)]
    except DataSourceError as error:
        raise FormatUnknown(f"{path}: not a vector format that we read ({_line(error)})", file=path,
                            remedy="give a GeoPackage, GeoJSON, Shapefile, FlatGeobuf, GML, KML, CSV or GeoTIFF") from None


def open_layer(path: str, layer: str, options: Mapping[str, str] | None = None) -> VectorLayer:
    """Look at one layer without reading its Features.

    Raises:
        FileBroken: the layer cannot be opened.
    """
    options = dict(options or {})
    try:
        info = pyogrio.read_info(path, layer=layer, force_feature_count=False, **options)
        with _stream(path, layer, options, 1) as (_, reader):
            arrow = reader.schema
    except (DataSourceError, DataLayerError, pa.ArrowInvalid, ValueError) as error:
        raise FileBroken(f"{path}: layer '{layer}' cannot be read ({_line(error)})", file=path, layer=layer,
                         remedy="check that the file is complete, with all its side files") from None
    fields, columns, findings = fields_of(info, arrow, layer)
    return VectorLayer(path, layer, str(info["crs"] or ""), _geometry_name(info["geometry_type"]), fields, columns, options,
                       int(info["features"]), findings)


def read_drawings_as_utf8() -> None:
    """GDAL takes the text of every DXF of this process as UTF-8, whatever code page it names."""
    pyogrio.set_gdal_config_options({"DXF_ENCODING": "UTF-8"})


def open_arrow_layer(path: str, found: ArrowLayer) -> VectorLayer:
    """A layer that a reader of ours opened."""
    info = {"fields": found.schema.names, "ogr_subtypes": [found.subtypes.get(name, "") for name in found.schema.names]}
    fields, columns, findings = fields_of(info, found.schema, found.name)
    return VectorLayer(path, found.name, found.crs, found.geometry, fields, columns, {}, found.count, findings, found)


def located(layer: VectorLayer, crs: str, geometry: str) -> VectorLayer:
    """The same layer with its CRS and geometry type as given; for tables, where the driver knows neither."""
    return replace(layer, crs=crs, geometry=geometry)


def identified(layer: VectorLayer, key: str) -> VectorLayer:
    """The same layer with its ids from a column, which is then no property."""
    fields = tuple(f for f in layer.fields if layer.columns[f.name] != key)
    return replace(layer, fields=fields, columns={f.name: layer.columns[f.name] for f in fields}, key=key)


class Watcher(Protocol):
    """Something that looks over the shoulder of a survey."""

    def look(self, rows: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
        """The first rows, with all properties; gives the names of those that it wants of all rows."""

    def take(self, ids: Sequence[str], geometries: NDArray[np.object_] | None, rows: Sequence[Mapping[str, Any]]) -> None:
        """One batch, with at least the properties that it wanted."""


def survey(source: VectorLayer, progress: Callable[[int], None] | None = None, watcher: Watcher | None = None) -> Survey:
    """One pass over the geometries: how many, of which types, where, how many are not valid."""
    found = Survey()
    wanted = watcher.look(_first_rows(source)) if watcher and source.geometry else ()
    dirt = Dirt(source.fields, source.columns)
    for ids, geometries, rows in _batches(source, tuple(source.columns[name] for name in wanted), found.warnings, look=dirt.look):
        found.count += len(ids)
        if geometries is not None:
            _look_at(found, ids, geometries)
            if watcher:
                watcher.take(ids, geometries, rows)
        if progress:
            progress(found.count)
    found.dirt = dirt.findings(source.layer)
    if found.count < source.count and not source.path.lower().endswith(".gpkg"):
        raise FileBroken(f"{source.path}: layer '{source.layer}' promises {source.count} features and holds {found.count}",
                         file=source.path, layer=source.layer, value=found.count, remedy="the file is cut off: copy or export it again")
    return found


def features(source: VectorLayer, repair: bool = True) -> Iterator[Feature]:
    """All Features, streamed; ids are the file's own row ids.

    With `repair`, invalid geometries are made valid by structure (shells and holes), which may change their type; the caller
    reports them from `survey`. A geometry that GDAL hands over but GEOS cannot read, or with a coordinate that is no finite
    number, becomes None.
    """
    for ids, geometries, rows in _batches(source, columns=tuple(source.columns.values())):
        if geometries is None:
            shapes: list[Any] = [None] * len(ids)
        else:
            geometries[~_finite(geometries)] = None
            shapes = list(_valid(geometries) if repair else geometries)
        for id, shape, row in zip(ids, shapes, rows, strict=True):
            yield Feature(id, None if shape is None or shape.is_empty else shape, row)


def _first_rows(source: VectorLayer) -> list[dict[str, Any]]:
    """Properties of the first batch."""
    return next((rows for _, _, rows in _batches(source, tuple(source.columns.values()), set(), _LOOK)), [])


def _batches(source: VectorLayer, columns: tuple[str, ...], told: set[str] | None = None, size: int = BATCH,
             look: Callable[[Sequence[str], pa.RecordBatch], None] | None = None) \
        -> Iterator[tuple[list[str], NDArray[np.object_] | None, list[dict[str, Any]]]]:
    """(ids, geometries or None, property rows) per batch; what the reader complains of goes into `told`.

    With `look` every batch is shown with all its columns, whether or not they are wanted in rows.
    """
    told = set() if told is None else told
    readers = [(f.name, source.columns[f.name], reader_of(f)) for f in source.fields if source.columns[f.name] in columns]
    done = 0
    try:
        read_too = [source.key] if source.key else []
        with _opened(source, size, [*(source.columns.values() if look else columns), *read_too]) as (meta, reader):
            fid = meta["fid_column"] or "OGC_FID"
            shape = meta["geometry_name"] or "wkb_geometry"
            for batch in _quietly(reader, told):
                names = batch.schema.names
                ids = [str(i) for i in batch.column(source.key or fid).to_pylist()] if source.key or fid in names else \
                      [str(done + i) for i in range(1, batch.num_rows + 1)]
                if look:
                    look(ids, batch)
                geometries = None
                if source.geometry and shape in names:
                    wkb = np.array(batch.column(shape).to_pylist(), dtype=object)
                    geometries = shapely.from_wkb(wkb, on_invalid="ignore")
                values = [(name, [read(v) for v in batch.column(column).to_pylist()]) for name, column, read in readers]
                rows = _rows(values, len(ids))
                done += batch.num_rows
                yield ids, geometries, rows
    except (DataSourceError, DataLayerError, pa.ArrowInvalid, RuntimeError, UnicodeDecodeError) as error:
        raise FileBroken(f"{source.path}: layer '{source.layer}' breaks after feature {done} ({_line(error)})", file=source.path,
                         layer=source.layer, feature=done, remedy="the file is damaged or incomplete: export it again") from None


def _quietly(reader: Iterator[Any], told: set[str]) -> Iterator[Any]:
    """The reader's batches; its warnings are collected instead of printed."""
    while True:
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            batch = next(reader, None)
        told.update(str(warning.message) for warning in said)
        if batch is None:
            return
        yield batch


def _rows(values: list[tuple[str, list[Any]]], count: int) -> list[dict[str, Any]]:
    if not values:
        return [{} for _ in range(count)]
    names = [name for name, _ in values]
    return [dict(zip(names, row, strict=True)) for row in zip(*[column for _, column in values], strict=True)]


@contextmanager
def _opened(source: VectorLayer, size: int, columns: list[str]) -> Iterator[Any]:
    if source.arrow is not None:
        yield {"fid_column": "", "geometry_name": GEOMETRY}, source.arrow.batches(columns, size)
        return
    with _stream(source.path, source.layer, dict(source.options), size, columns) as opened:
        yield opened


@contextmanager
def _stream(path: str, layer: str, options: dict[str, str], size: int, columns: list[str] | None = None) -> Iterator[Any]:
    wanted: dict[str, Any] = {} if columns is None else {"columns": columns}
    arguments = {"layer": layer, "use_pyarrow": True, "return_fids": True, "batch_size": size, **wanted, **options}
    with pyogrio.open_arrow(path, **arguments) as opened:
        yield opened


def _look_at(found: Survey, ids: list[str], geometries: NDArray[np.object_]) -> None:
    missing = shapely.is_missing(geometries) | shapely.is_empty(geometries) | ~_finite(geometries)
    found.empty += int(missing.sum())
    there = geometries[~missing]
    if not len(there):
        return
    found.types |= {shapely.GeometryType(t).name.lower() for t in np.unique(shapely.get_type_id(there))}
    found.bounds = _join(found.bounds, shapely.total_bounds(there))
    if shapely.has_z(there).any():
        found.has_z = True
        heights = shapely.get_coordinates(there, include_z=True)[:, 2]
        heights = heights[np.isfinite(heights)]
        if len(heights):
            found.z = (float(np.nanmin([found.z[0], heights.min()])), float(np.nanmax([found.z[1], heights.max()])))
    bad = np.flatnonzero(~missing & ~shapely.is_valid(geometries))
    found.invalid_count += len(bad)
    found.invalid += [ids[i] for i in bad[: _LIST_LIMIT - len(found.invalid)]]
    if len(bad):
        mended = _valid(geometries[bad])
        found.lost += int(shapely.is_empty(mended).sum())
        less = bad[(shapely.get_dimensions(mended) < shapely.get_dimensions(geometries[bad])) & ~shapely.is_empty(mended)]
        found.collapsed_count += len(less)
        found.collapsed += [ids[i] for i in less[: _LIST_LIMIT - len(found.collapsed)]]


def _finite(geometries: NDArray[np.object_]) -> NDArray[np.bool_]:
    """Which have finite coordinates only; missing and empty ones count."""
    coordinates, index = shapely.get_coordinates(geometries, return_index=True)
    odd = index[~np.isfinite(coordinates).all(axis=1)]
    return np.asarray(~np.isin(np.arange(len(geometries)), odd))


def _join(one: tuple[float, float, float, float], two: NDArray[np.float64]) -> tuple[float, float, float, float]:
    if math.isnan(one[0]):
        return (float(two[0]), float(two[1]), float(two[2]), float(two[3]))
    return (min(one[0], float(two[0])), min(one[1], float(two[1])), max(one[2], float(two[2])), max(one[3], float(two[3])))


def _valid(geometries: NDArray[np.object_]) -> NDArray[np.object_]:
    bad = ~shapely.is_missing(geometries) & ~shapely.is_valid(geometries)
    if bad.any():
        geometries = geometries.copy()
        found = mended(geometries[bad])
        gone = shapely.is_empty(found)
        found[gone] = mended(geometries[bad][gone], keep_collapsed=True)
        geometries[bad] = found
    return geometries


def _geometry_name(ogr: str | None) -> str:
    if not ogr or ogr == "None":
        return ""
    name = str(ogr).lower().removeprefix("2.5d ").split(" ")[0]
    return name if name in _OGR_GEOMETRY else "geometry"


def _line(error: Exception) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__
