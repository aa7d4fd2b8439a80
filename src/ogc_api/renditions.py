"""Items in formats that GIS programs open: a page, or a whole Collection, in the memory of one page."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import orjson

from csdi.collection import Collection
from csdi.crs import CRS, CRS84, HeightModel, compound, crs
from csdi.feature import Feature
from csdi.formats import stream
from csdi.query import Page, Query
from ogc_api import geojson, jsonfg

CHUNK = 1 << 18
"""Bytes of a file that are sent at once."""
PAGE = 5000
"""Features that are in memory at once."""


@dataclass(frozen=True, slots=True)
class Rendition:
    """A format of items.

    Attributes:
        media: its media type.
        suffix: of files.
        title: for people.
        write: makes a file of it; None for text that is written as it is sent.
    """

    media: str
    suffix: str
    title: str
    write: Callable[[Path, stream.Sheet, stream.Pages], None] | None = None


FILES: Mapping[str, Rendition] = {
    "fgb": Rendition("application/vnd.flatgeobuf", "fgb", "FlatGeobuf", stream.write_flatgeobuf),
    "parquet": Rendition("application/vnd.apache.parquet", "parquet", "GeoParquet", stream.write_geoparquet),
    "gpkg": Rendition("application/geopackage+sqlite3", "gpkg", "GeoPackage", stream.write_geopackage),
    "csv": Rendition("text/csv; charset=utf-8; header=present", "csv", "CSV"),
}
"""Formats of a page of items and of whole Collections, by the value of `f`."""
TEXTS: Mapping[str, Rendition] = {
    "json": Rendition("application/geo+json", "geojson", "GeoJSON"),
    "jsonfg": Rendition(jsonfg.MEDIA, "json", "JSON-FG"),
}
"""Further formats of whole Collections."""
DOWNLOADS = {**FILES, **TEXTS}


@dataclass(frozen=True, slots=True)
class Content:
    """Which items of a Collection are asked for, and in which CRS.

    Attributes:
        pages: begins to give them as they are stored.
        fields: names of the properties; None for all.
        geometry: whether they come with their geometry.
        tolerance: of simplified geometries, in units of `target`; 0 for not simplified.
    """

    collection: Collection
    target: CRS
    heights: HeightModel
    pages: stream.Pages
    fields: tuple[str, ...] | None = None
    geometry: bool = True
    tolerance: float = 0.0

    def sheet(self) -> stream.Sheet:
        """The table that they are."""
        schema = self.collection.schema
        fields = tuple(f for f in schema.stored if self.fields is None or f.name in self.fields)
        known = _stated(self.collection, self.target)
        return stream.Sheet(self.collection.id, self.collection.title_in("en"), fields, schema.geometry if self.geometry else "",
                            schema.has_z, known.definition or known.code, None if known == CRS84 else known.projjson)

    def moved(self) -> Iterator[Sequence[Feature]]:
        """The pages with geometries in the CRS asked for, x = east or longitude first, whatever its authority says."""
        for page in self.pages():
            shapes = geojson.in_crs(page, self.collection, self.target, self.heights, self.tolerance)
            yield [replace(feature, geometry=shape) for feature, shape in zip(page, shapes, strict=True)]


def pages_of(ask: Callable[[Query], Page], query: Query) -> Iterator[Sequence[Feature]]:
    """Every Feature that answers the query, page after page by cursor."""
    query = replace(query, limit=PAGE, count=False, cursor="", offset=0)
    while True:
        page = ask(query)
        yield page.features
        if not page.next:
            return
        query = query.after(page.next)


def chunks_of(name: str, content: Content, base: str) -> Iterator[bytes]:
    """The items in a format of `DOWNLOADS`, chunk by chunk. What goes wrong at the beginning is raised here, not on the way."""
    rendition = DOWNLOADS[name]
    if rendition.write is not None:
        return _file(rendition, content)
    chunks = stream.csv_lines(content.sheet(), content.moved()) if name == "csv" else _document(name, content, base)
    return _begun(chunks)


def _file(rendition: Rendition, content: Content) -> Iterator[bytes]:
    """A format whose files are not written from beginning to end: made in a folder of its own that goes with the last byte."""
    folder = Path(tempfile.mkdtemp(prefix="csdi-download-"))
    try:
        path = folder / f"{content.collection.id}.{rendition.suffix}"
        assert rendition.write is not None
        rendition.write(path, content.sheet(), content.moved)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return _sent(path)


def _sent(path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb") as file:
            while chunk := file.read(CHUNK):
                yield chunk
    finally:
        shutil.rmtree(path.parent, ignore_errors=True)


def _document(name: str, content: Content, base: str) -> Iterator[bytes]:
    """A FeatureCollection as GeoJSON or JSON-FG."""
    head = jsonfg.head(content.collection, content.target, base) if name == "jsonfg" else {}
    encode = jsonfg.encode if name == "jsonfg" else geojson.encode
    yield orjson.dumps({"type": "FeatureCollection"} | head)[:-1] + b',"features":['
    separator, count = b"", 0
    for page in content.pages():
        encoded = encode(page, content.collection, content.target, content.heights, content.tolerance)
        if encoded:
            yield separator + b",\n".join(encoded)
            separator, count = b",\n", count + len(encoded)
    links = [{"rel": "collection", "type": "application/json", "title": content.collection.title_in("en"),
              "href": f"{base}/collections/{content.collection.id}"}]
    yield b"]," + orjson.dumps({"numberReturned": count, "links": links})[1:]


def _begun(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """The same chunks; the first two are made now."""
    first = [chunk for _, chunk in zip(range(2), chunks, strict=False)]

    def every() -> Iterator[bytes]:
        yield from first
        yield from chunks

    return every()


def _stated(collection: Collection, target: CRS) -> CRS:
    """The CRS as a file states it: with the height datum of heights that stay as they are stored."""
    if target.dims == 3 or not collection.schema.has_z or not collection.vertical_crs or target == CRS84:
        return target
    return compound(target, crs(collection.vertical_crs))


__all__ = ["CHUNK", "DOWNLOADS", "FILES", "PAGE", "TEXTS", "Content", "Rendition", "chunks_of", "pages_of"]
