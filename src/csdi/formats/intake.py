"""What a path holds: checked before any reader touches it, then told apart into vector layers and rasters."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from pathlib import Path

from csdi.crs import crs as known_crs
from csdi.errors import (
    ArchiveHostile,
    CrsError,
    CrsMissing,
    FileBroken,
    FileEmpty,
    FileTooLarge,
    FormatUnknown,
    PathIsDirectory,
    PathMissing,
)
from csdi.finding import Finding
from csdi.formats import raster, vector
from csdi.formats.tables import Coordinates, Table, read_table

ARCHIVE_RATIO = 200
"""An archive that unpacks to more than this many times its size is refused."""
_NOT_GIS = {".ifc": "a building model: use `csdi models add`", ".ifczip": "a building model: use `csdi models add`",
            ".ifcxml": "a building model in XML: export it as .ifc and use `csdi models add`"}


@dataclass(frozen=True, slots=True)
class Source:
    """One thing to publish: a vector layer or a raster, and what was noticed on opening it."""

    path: Path
    name: str
    layer: vector.VectorLayer | None = None
    raster: raster.Raster | None = None
    table: Table | None = None
    findings: tuple[Finding, ...] = ()


def sources(path: Path, *, crs: str = "", limit_mb: int = 2048) -> list[Source]:
    """Everything in a file that can be published.

    Raises:
        PathMissing, PathIsDirectory, FileEmpty, FileTooLarge, ArchiveHostile: it cannot be taken at all.
        FormatUnknown, FileBroken, CrsMissing: it is not GIS data that we can place.
    """
    check(path, limit_mb)
    opened = _inside(path, limit_mb)
    if path.suffix.lower() in raster.SUFFIXES:
        return [Source(path, path.stem, raster=_raster(path, crs))]
    if path.suffix.lower() in (".csv", ".tsv"):
        return [_table(path, crs)]
    try:
        names = vector.layer_names(opened)
    except FormatUnknown:
        return [_raster_after_all(path, crs)]
    if not names:
        raise FormatUnknown(f"{path.name}: there is no vector layer in it", file=str(path))
    return [_vector(path, path.stem if len(names) == 1 else f"{path.stem}-{name}", vector.open_layer(opened, name), crs)
            for name in names]


def check(path: Path, limit_mb: int) -> None:
    """The path exists, is a file (or a File Geodatabase), has bytes, and not too many.

    Raises:
        PathMissing, PathIsDirectory, FileEmpty, FileTooLarge: with the remedy.
    """
    if not path.exists():
        raise PathMissing(f"{path}: there is no such file", file=str(path), remedy="check the path")
    if path.is_dir():
        if path.suffix.lower() == ".gdb":
            return
        raise PathIsDirectory(f"{path}: a directory", file=str(path), remedy=f"name the files in it, for example {path}/*")
    size = path.stat().st_size
    if size == 0:
        raise FileEmpty(f"{path.name}: the file is empty (0 bytes)", file=str(path), remedy="export or copy it again")
    if size > limit_mb << 20:
        raise FileTooLarge(f"{path.name}: {size >> 20} MB is over the limit of {limit_mb} MB", file=str(path), limit=limit_mb,
                           remedy="raise CSDI_UPLOAD_LIMIT_MB or split the file")
    if path.suffix.lower() in _NOT_GIS:
        raise FormatUnknown(f"{path.name}: this is {_NOT_GIS[path.suffix.lower()]}", file=str(path))


def _inside(path: Path, limit_mb: int) -> str:
    """What GDAL opens: the path, or the inside of an archive whose size was checked first."""
    if path.suffix.lower() not in (".zip", ".kmz") or path.is_dir():
        return str(path)
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except zipfile.BadZipFile:
        raise FileBroken(f"{path.name}: not a readable zip archive", file=str(path), remedy="pack it again") from None
    unpacked = sum(m.file_size for m in members)
    if unpacked > limit_mb << 20 or unpacked > ARCHIVE_RATIO * max(path.stat().st_size, 1 << 20):
        raise ArchiveHostile(f"{path.name}: would unpack to {unpacked >> 20} MB", file=str(path), limit=limit_mb,
                             remedy="unpack it yourself and add the files")
    return str(path) if path.suffix.lower() == ".kmz" else f"/vsizip/{path}"


def _vector(path: Path, name: str, layer: vector.VectorLayer, crs: str) -> Source:
    """A layer as the file states it, or in the CRS that the caller names instead."""
    if not crs or not layer.geometry:
        return Source(path, name, layer=layer)
    findings: tuple[Finding, ...] = ()
    if layer.crs and not _same_crs(layer.crs, crs):
        stated = layer.crs.splitlines()[0][:60]
        findings = (Finding("crs-overridden", "warning", f"the file says {stated}, {crs} was used as asked", path.name),)
    return Source(path, name, layer=vector.located(layer, crs, layer.geometry), findings=findings)


def _same_crs(stated: str, asked: str) -> bool:
    """Whether two spellings mean one CRS; axis order apart."""
    try:
        one, other = known_crs(stated).horizontal.code, known_crs(asked).horizontal.code
    except CrsError:
        return stated == asked
    return one == other or {one, other} == {"EPSG:4326", "OGC:CRS84"}


def _raster(path: Path, crs: str) -> raster.Raster:
    found = raster.inspect(path, crs)
    if not found.crs:
        raise CrsMissing(f"{path.name}: the raster does not say its CRS", file=str(path), remedy="name it: --crs EPSG:2326")
    return found


def _raster_after_all(path: Path, crs: str) -> Source:
    try:
        return Source(path, path.stem, raster=_raster(path, crs))
    except FormatUnknown:
        raise FormatUnknown(f"{path.name}: neither vector nor raster data that we read", file=str(path),
                            remedy="give a GeoPackage, GeoJSON, Shapefile, FlatGeobuf, GML, KML, CSV or GeoTIFF") from None


def _table(path: Path, crs: str) -> Source:
    """A CSV file; its first coordinate pair makes the geometries, or there are none."""
    table = read_table(path)
    pair = table.pairs[0] if table.pairs else None
    options = {"AUTODETECT_TYPE": "YES", "AUTODETECT_SIZE_LIMIT": "0", "SEPARATOR": _separator(table.delimiter)}
    if pair:
        options |= {"X_POSSIBLE_NAMES": pair.x, "Y_POSSIBLE_NAMES": pair.y, "KEEP_GEOM_COLUMNS": "YES"}
    layer = vector.open_layer(str(path), vector.layer_names(str(path))[0], options)
    stated = crs or (pair.crs if pair else "")
    if pair and not stated:
        raise CrsMissing(f"{path.name}: columns {pair.x} and {pair.y} are coordinates, but their CRS is not known", file=str(path),
                         field=f"{pair.x},{pair.y}", remedy="name it: --crs EPSG:2326")
    return Source(path, path.stem, layer=vector.located(layer, stated, "point" if pair else ""), table=table,
                  findings=_assumed(path, pair, crs))


def _assumed(path: Path, pair: Coordinates | None, crs: str) -> tuple[Finding, ...]:
    if pair is None or pair.certain or crs:
        return ()
    return (Finding("crs-assumed", "warning", f"columns {pair.x} and {pair.y} were taken as HK1980 Grid: all values lie in its area",
                    path.name, cure="name the CRS with --crs to be sure", data={"crs": pair.crs}),)


def _separator(delimiter: str) -> str:
    return {",": "COMMA", ";": "SEMICOLON", "\t": "TAB", "|": "PIPE"}[delimiter]

