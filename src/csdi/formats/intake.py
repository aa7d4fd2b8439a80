"""What a path holds: checked before any reader touches it, then told apart into vector layers and rasters."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from csdi.crs import crs as known_crs
from csdi.errors import (
    CrsError,
    CrsMissing,
    FileEmpty,
    FileTooLarge,
    FormatUnknown,
    PathIsDirectory,
    PathMissing,
)
from csdi.finding import Finding
from csdi.formats import archive, cityjson, encodings, geoparquet, gltf, raster, terrarium, vector
from csdi.formats.arrow_layer import ArrowLayer
from csdi.formats.tables import Coordinates, Table, read_table

FORMATS = ("a GeoPackage, GeoJSON, Shapefile, FlatGeobuf, GeoParquet, GML, KML, CSV, File Geodatabase, DXF, CityJSON, glTF sheet, "
           "GeoTIFF or ASCII grid, zipped or not")
_NOT_GIS = {".ifc": "a building model: use `csdi models add`", ".ifczip": "a building model: use `csdi models add`",
            ".ifcxml": "a building model in XML: export it as .ifc and use `csdi models add`"}
_VECTOR = {".gpkg", ".geojson", ".json", ".geojsonl", ".geojsons", ".ndjson", ".jsonl", ".shp", ".fgb", ".gml", ".kml", ".kmz", ".csv",
           ".tsv", ".dxf", ".tab", ".mif", ".gpx", ".jsonfg", ".topojson", *geoparquet.SUFFIXES, *cityjson.SUFFIXES}
_ELSEWHERE = (b"<OGRVRT", b"<VRTDataset", b"<GDAL_WMS", b"<OGRWFS", b"<OGRCSW", b"<WCS_GDAL", b"<GDAL_WMTS", b"<OGRNGW", b"<WMT_MS",
              b"gdal_streamed_alg")
"""Beginnings of files that only tell GDAL to open something else, anywhere."""


@dataclass(frozen=True, slots=True)
class Source:
    """One thing to publish: a vector layer or a raster, and what was noticed on opening it."""

    path: Path
    name: str
    layer: vector.VectorLayer | None = None
    raster: raster.Raster | None = None
    table: Table | None = None
    findings: tuple[Finding, ...] = ()


def sources(path: Path, scratch: Path, *, crs: str = "", limit_mb: int = 2048) -> list[Source]:
    """Everything in a file that can be published.

    Args:
        scratch: a folder for what is unpacked or converted; needed as long as the sources are.

    Raises:
        PathMissing, PathIsDirectory, FileEmpty, FileTooLarge, ArchiveHostile: it cannot be taken at all.
        FormatUnknown, FileBroken, CrsMissing: it is not GIS data that we can place.
    """
    check(path, limit_mb)
    if path.suffix.lower() == ".zip":
        return _several(path, archive.unpacked(path, scratch / "zip", limit_mb), crs, scratch)
    if path.is_dir() and path.suffix.lower() != ".gdb":
        return _several(path, sorted(one for one in path.rglob("*") if one.is_file()), crs, scratch)
    return _file(path, path.stem, crs, scratch)


def check(path: Path, limit_mb: int) -> None:
    """The path exists, is a file (or a File Geodatabase, or a folder of a 3D sheet or of tiles), has bytes, and not too many.

    Raises:
        PathMissing, PathIsDirectory, FileEmpty, FileTooLarge: with the remedy.
    """
    if not path.exists():
        raise PathMissing(f"{path}: there is no such file", file=str(path), remedy="check the path")
    if path.is_dir():
        if path.suffix.lower() == ".gdb" or any(_is_part(one) for one in path.rglob("*")):
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


def _is_part(path: Path) -> bool:
    """Whether it is only one of the many files of a 3D sheet or of a set of height tiles."""
    return path.suffix.lower() in gltf.SUFFIXES or (terrarium.tile_of(path) is not None and terrarium.is_packed(path))


def _several(path: Path, files: Sequence[Path], crs: str, scratch: Path) -> list[Source]:
    """What a zip or a folder holds; it gives its name to what is alone in it."""
    models = [one for one in files if one.suffix.lower() in gltf.SUFFIXES]
    tiles = [one for one in files if terrarium.tile_of(one) and terrarium.is_packed(one)]
    databases = sorted({parent for one in files for parent in one.parents if parent.suffix.lower() == ".gdb"})
    plain = [one for one in files if _is_dataset(one) and one not in tiles and not any(base in one.parents for base in databases)]
    if path.is_dir():
        plain, databases = [], []
    openers: list[Callable[[str], list[Source]]] = []
    if models:
        openers.append(lambda name: [_ours(path, name, gltf.read_gltf(models, name), crs)])
    if tiles:
        openers.append(lambda name: [_heights(path, name, tiles, crs, scratch)])
    openers.extend(partial(_file, one, crs=crs, scratch=scratch) for one in (*databases, *plain))
    if not openers:
        raise FormatUnknown(f"{path.name}: nothing in it is GIS data that we read", file=str(path), remedy=f"pack {FORMATS}")
    names = [*([path.stem] * (bool(models) + bool(tiles))), *(f"{path.stem}-{one.stem}" for one in (*databases, *plain))]
    if len(openers) == 1:
        names = [path.stem]
    return [replace(source, path=path) for opener, name in zip(openers, names, strict=True) for source in opener(name)]


def _is_dataset(path: Path) -> bool:
    name = path.name.lower()
    hidden = name.startswith((".", "._")) or "__MACOSX" in path.parts
    return not hidden and (path.suffix.lower() in _VECTOR | raster.SUFFIXES or name.endswith(cityjson.SUFFIXES))


def _file(path: Path, name: str, crs: str, scratch: Path) -> list[Source]:
    """Everything in one file."""
    suffix = path.suffix.lower()
    _refuse_pointers(path)
    if suffix in geoparquet.SUFFIXES:
        return [_ours(path, name, geoparquet.read_parquet(path), crs)]
    if suffix in gltf.SUFFIXES:
        return [_ours(path, name, gltf.read_gltf([path], name), crs)]
    if suffix in (".json", ".jsonl", ".cityjson", ".cityjsonl", ".cityjsonseq") and cityjson.is_cityjson(path):
        return [_ours(path, name.removesuffix(".city"), cityjson.read_cityjson(path), crs)]
    if suffix == ".png" and terrarium.tile_of(path) and terrarium.is_packed(path):
        return [_heights(path, name, [path], crs, scratch)]
    if suffix in raster.SUFFIXES:
        return [Source(path, name, raster=_raster(_unpacked(path, scratch), crs))]
    if suffix in (".csv", ".tsv"):
        return [_table(path, name, crs, scratch)]
    if suffix == ".dxf":
        drawing = encodings.drawing_in_utf8(path, scratch / path.name)
        vector.read_drawings_as_utf8()
        return [replace(source, path=path) for source in _vectors(drawing, name, crs)]
    return _vectors(path, name, crs)


def _refuse_pointers(path: Path) -> None:
    """A file that only names another one, or a server, is not opened: it could name anything that this machine can reach."""
    if path.is_dir():
        return
    with path.open("rb") as source:
        head = source.read(4096)
    if path.suffix.lower() == ".vrt" or any(mark in head for mark in _ELSEWHERE):
        raise FormatUnknown(f"{path.name}: it holds no data, it only points to data elsewhere", file=str(path),
                            remedy="add the data themselves")


def _vectors(path: Path, name: str, crs: str) -> list[Source]:
    suffix = path.suffix.lower()
    try:
        names = vector.layer_names(str(path))
    except FormatUnknown:
        return [_raster_after_all(path, name, crs)]
    if not names:
        raise FormatUnknown(f"{path.name}: there is no vector layer in it", file=str(path))
    options, findings = _encoding(path) if suffix in (".shp", ".dbf") else \
        (vector.GML_OPTIONS if suffix in (".gml", ".xml") else {}, ())
    opened = [vector.open_layer(str(path), one, options) for one in names]
    return [_vector(path, name if len(names) == 1 else f"{name}-{one}", layer, crs, findings)
            for one, layer in zip(names, opened, strict=True)]


def _encoding(path: Path) -> tuple[dict[str, str], tuple[Finding, ...]]:
    """How GDAL is to read the attributes of a Shapefile, and what is to be said of that."""
    found, stated = encodings.shapefile_encoding(path)
    if found == stated:
        return ({"ENCODING": encodings.iconv_name(found)}, ())
    if stated:
        said = Finding("encoding-overridden", "warning", f"the .cpg says {stated}, but the attributes are {found}", path.name,
                       measured=found, expected=stated, cure="correct the .cpg file")
    elif found == "utf-8":
        return {"ENCODING": "UTF-8"}, ()
    else:
        said = Finding("encoding-detected", "note", f"the file does not say its encoding; the attributes were read as {found}", path.name,
                       measured=found, cure="export it with a .cpg file")
    return {"ENCODING": encodings.iconv_name(found)}, (said,)


def _ours(path: Path, name: str, found: ArrowLayer, crs: str) -> Source:
    return _vector(path, name, vector.open_arrow_layer(str(path), found), crs, ())


def _vector(path: Path, name: str, layer: vector.VectorLayer, crs: str, findings: tuple[Finding, ...]) -> Source:
    """A layer as the file states it, or in the CRS that the caller names instead."""
    if not crs or not layer.geometry:
        return Source(path, name, layer=layer, findings=findings)
    if layer.crs and not _same_crs(layer.crs, crs):
        stated = layer.crs.splitlines()[0][:60]
        findings += (Finding("crs-overridden", "warning", f"the file says {stated}, {crs} was used as asked", path.name),)
    return Source(path, name, layer=vector.located(layer, crs, layer.geometry), findings=findings)


def _same_crs(stated: str, asked: str) -> bool:
    """Whether two spellings mean one CRS; axis order apart."""
    try:
        one, other = known_crs(stated).horizontal.code, known_crs(asked).horizontal.code
    except CrsError:
        return stated == asked
    return one == other or {one, other} == {"EPSG:4326", "OGC:CRS84"}


def _heights(path: Path, name: str, tiles: Sequence[Path], crs: str, scratch: Path) -> Source:
    scratch.mkdir(parents=True, exist_ok=True)
    return Source(path, name, raster=_raster(terrarium.mosaic(tiles, scratch / "heights.tif"), crs))


def _unpacked(path: Path, scratch: Path) -> Path:
    """A PNG called Terrarium, as metres; any other raster as it is."""
    if path.suffix.lower() != ".png" or not terrarium.is_packed(path):
        return path
    scratch.mkdir(parents=True, exist_ok=True)
    return terrarium.unpack(path, scratch / f"{path.stem}.tif")


def _raster(path: Path, crs: str) -> raster.Raster:
    found = raster.inspect(path, crs)
    if not found.crs:
        raise CrsMissing(f"{path.name}: the raster does not say its CRS", file=str(path), remedy="name it: --crs EPSG:2326")
    return found


def _raster_after_all(path: Path, name: str, crs: str) -> Source:
    try:
        return Source(path, name, raster=_raster(path, crs))
    except FormatUnknown:
        raise FormatUnknown(f"{path.name}: neither vector nor raster data that we read", file=str(path), remedy=f"give {FORMATS}") from None


def _table(path: Path, name: str, crs: str, scratch: Path) -> Source:
    """A CSV file; its first coordinate pair makes the geometries, or there are none."""
    encoding, file = encodings.file_encoding(path), path
    findings: tuple[Finding, ...] = ()
    if encoding != "utf-8":
        scratch.mkdir(parents=True, exist_ok=True)
        file = encodings.to_utf8(path, encoding, scratch / path.name)
        findings = (Finding("encoding-detected", "note", f"the text was read as {encoding}", path.name, measured=encoding,
                            expected="utf-8"),)
    table = read_table(file)
    pair = table.pairs[0] if table.pairs and not table.wkt else None
    options = {"AUTODETECT_TYPE": "YES", "AUTODETECT_SIZE_LIMIT": "0", "SEPARATOR": _separator(table.delimiter)}
    if pair:
        options |= {"X_POSSIBLE_NAMES": pair.x, "Y_POSSIBLE_NAMES": pair.y, "KEEP_GEOM_COLUMNS": "YES"}
    elif table.wkt:
        options |= {"GEOM_POSSIBLE_NAMES": table.wkt, "KEEP_GEOM_COLUMNS": "NO"}
    layer = vector.open_layer(str(file), vector.layer_names(str(file))[0], options)
    stated = crs or (pair.crs if pair else "")
    if pair and not stated:
        raise CrsMissing(f"{path.name}: columns {pair.x} and {pair.y} are coordinates, but their CRS is not known", file=str(path),
                         field=f"{pair.x},{pair.y}", remedy="name it: --crs EPSG:2326")
    geometry = "point" if pair else "geometry" if table.wkt else ""
    return Source(path, name, layer=vector.located(layer, stated, geometry), table=table,
                  findings=(*findings, *_assumed(path, pair, crs)))


def _assumed(path: Path, pair: Coordinates | None, crs: str) -> tuple[Finding, ...]:
    if pair is None or pair.certain or crs:
        return ()
    return (Finding("crs-assumed", "warning", f"columns {pair.x} and {pair.y} were taken as HK1980 Grid: all values lie in its area",
                    path.name, cure="name the CRS with --crs to be sure", data={"crs": pair.crs}),)


def _separator(delimiter: str) -> str:
    return {",": "COMMA", ";": "SEMICOLON", "\t": "TAB", "|": "PIPE"}[delimiter]

