"""Coverage: an open raster Collection, its Fields, where it lies, and what its heights are measured from."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from csdi.blobs import Blobs
from csdi.collection import Collection, Kind
from csdi.coverages.frame import Box, Frame
from csdi.crs import CRS, crs
from csdi.errors import NotFound, ValueInvalid
from csdi.formats.pixels import Affine6, Band, Raster, open_raster

HKPD = "EPSG:5738"
MPD = "mPD"
"""Metres above Hong Kong Principal Datum, as Hong Kong writes it."""


@dataclass(frozen=True, slots=True)
class RangeField:
    """One value that the coverage has at every place: a band.

    Attributes:
        name: letters, digits and _; unique in the coverage.
        band: its number, from 1.
        unit: as written: m, mPD; "" where none is stated.
        datum: code of the height datum that the values are heights above; "" where they are no heights.
        span: least and greatest value, as far as known.
    """

    name: str
    title: str
    band: int
    dtype: str
    unit: str = ""
    datum: str = ""
    nodata: float | None = None
    span: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Shape:
    """Where the pixels of a raster are, whatever way they lie.

    Attributes:
        affine: see `csdi.formats.pixels.Header`.
    """

    crs: CRS
    affine: Affine6
    columns: int
    rows: int

    @property
    def upright(self) -> bool:
        """Whether the first row is the northernmost and the first column the westernmost."""
        a, b, _, d, e, _ = self.affine
        return b == d == 0 and a > 0 > e

    @property
    def box(self) -> Box:
        """minx, miny, maxx, maxy, x = east first."""
        a, b, c, d, e, f = self.affine
        xs = [a * column + b * row + c for column in (0, self.columns) for row in (0, self.rows)]
        ys = [d * column + e * row + f for column in (0, self.columns) for row in (0, self.rows)]
        return (min(xs), min(ys), max(xs), max(ys))

    @property
    def pixel(self) -> tuple[float, float]:
        """Width and height of a pixel along x and y, units of the CRS."""
        a, b, _, d, e, _ = self.affine
        if self.upright:
            return a, -e
        side = abs(a * e - b * d) ** 0.5
        return (abs(a), abs(e)) if b == d == 0 else (side, side)

    @property
    def frame(self) -> Frame:
        """The pixels themselves where they are upright, else an upright grid as fine over the same box."""
        if self.upright:
            a, _, c, _, e, f = self.affine
            return Frame(self.crs, c, f, a, -e, self.columns, self.rows)
        (width, height), box = self.pixel, self.box
        return Frame.over(self.crs, box, max(1, round((box[2] - box[0]) / width)), max(1, round((box[3] - box[1]) / height)))


@dataclass(frozen=True, slots=True, eq=False)
class Coverage:
    """An open raster Collection.

    Attributes:
        smooth: whether values between pixels mean anything; they do not for classes.
        photo: whether the bands are colours for the eye.
    """

    collection: Collection
    shape: Shape
    fields: tuple[RangeField, ...]
    bands: tuple[Band, ...]
    raster: Raster = field(repr=False)
    smooth: bool = True
    photo: bool = False

    @property
    def crs(self) -> CRS:
        """Of the pixels, without heights."""
        return self.shape.crs

    def named(self, names: Sequence[str] | None, parameter: str) -> tuple[RangeField, ...]:
        """The fields with these names (or band numbers), in that order; all without names.

        Raises:
            ValueInvalid: naming the request's parameter.
        """
        if names is None:
            return self.fields
        known = {f.name: f for f in self.fields} | {str(f.band): f for f in self.fields}
        for name in names:
            if name not in known:
                raise ValueInvalid(f"{parameter}: '{name}' is not a value of {self.collection.id}", field=parameter, value=name,
                                   remedy=f"one or more of {', '.join(f.name for f in self.fields)}")
        return tuple(known[name] for name in dict.fromkeys(names))


@contextmanager
def open_coverage(blobs: Blobs, collection: Collection) -> Iterator[Coverage]:
    """A Collection as a coverage, for a `with` block.

    Raises:
        NotFound: the Collection is no raster.
        FileBroken: its file cannot be read.
    """
    blob = collection.details.get("blob")
    if collection.kind is not Kind.COVERAGE or not blob:
        raise NotFound(f"'{collection.id}' is no raster", id=collection.id, remedy="coverages are collections with a link to `coverage`")
    with blobs.file(str(blob)) as path, open_raster(path) as raster:
        header = raster.header
        shape = Shape(crs(collection.storage_crs).horizontal, header.affine, header.width, header.height)
        bands = header.bands
        yield Coverage(collection, shape, fields_of(collection, bands), bands, raster, _is_smooth(collection, bands), is_photo(bands))


def fields_of(collection: Collection, bands: Sequence[Band]) -> tuple[RangeField, ...]:
    """The fields of a raster Collection with these bands."""
    known = list(collection.details.get("bands", ()))
    heights = bool(collection.details.get("elevation"))
    found: list[RangeField] = []
    for number, band in enumerate(bands, start=1):
        said = known[number - 1] if number <= len(known) else {}
        title = band.name or ("elevation" if heights else f"band {number}")
        name = _name("elevation" if heights else title, {f.name for f in found})
        low, high = said.get("min"), said.get("max")
        datum = collection.vertical_crs if heights else ""
        found.append(RangeField(name, title, number, band.dtype, MPD if datum == HKPD else band.unit or ("m" if heights else ""), datum,
                                band.nodata, None if low is None or high is None else (float(low), float(high))))
    return tuple(found)


def bands_of(collection: Collection) -> tuple[Band, ...]:
    """The bands as the catalogue knows them, without opening the raster."""
    return tuple(Band("" if said["name"] == f"band {number}" else said["name"], said["dtype"], said.get("unit") or "", said.get("nodata"))
                 for number, said in enumerate(collection.details.get("bands", ()), start=1))


def is_photo(bands: Sequence[Band]) -> bool:
    """Whether three or four bands of bytes are colours."""
    return len(bands) in (3, 4) and all(band.dtype == "uint8" for band in bands)


def _is_smooth(collection: Collection, bands: Sequence[Band]) -> bool:
    if any(band.colours for band in bands):
        return False
    return bool(collection.details.get("elevation")) or len(bands) > 1 or bands[0].dtype not in ("uint8", "int8")


def _name(title: str, taken: set[str]) -> str:
    plain = re.sub(r"\W+", "_", title).strip("_") or "value"
    plain = f"v_{plain}" if plain[0].isdigit() else plain
    return next(name for name in (plain, *(f"{plain}_{n}" for n in range(2, 10_000))) if name not in taken)
