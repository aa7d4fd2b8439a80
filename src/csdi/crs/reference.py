"""CRSs as values: a code that resolves, and what the registry says about it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Literal

import pyproj
from pyproj.exceptions import CRSError

from csdi.crs.likeness import is_same
from csdi.crs.names import code_of, components, folded, is_definition, joined, uri_of, urn_of
from csdi.errors import CrsMissing, CrsUnknown

AxisOrder = Literal["en", "ne"]
"""Order of the first two axes in the authority's definition: east first, or north first."""

_HORIZONTAL_OF_3D = {"EPSG:4979": "EPSG:4326", "OGC:CRS84h": "OGC:CRS84", "EPSG:8426": "EPSG:8427",
                     "EPSG:4480": "EPSG:4490", "EPSG:8430": "EPSG:8431"}


@dataclass(frozen=True, slots=True)
class CRS:
    """A coordinate reference system. Two are equal when their codes are; make one with `crs()`.

    Attributes:
        code: `EPSG:2326`, `EPSG:2326+5738`, `OGC:CRS84`, or `custom:<hash>` for a definition outside every registry.
        definition: what PROJ is given: the code, or the WKT of a custom CRS.
    """

    code: str
    definition: str = field(default="", compare=False, repr=False)

    def __str__(self) -> str:
        return self.code

    @property
    def uri(self) -> str:
        """The OGC URI; the URN `urn:ogc:def:crs,crs:EPSG::2326,crs:EPSG::5738` for a compound; "" for a custom CRS."""
        return uri_of(self.code)

    @property
    def urn(self) -> str:
        """The OGC URN, such as `urn:ogc:def:crs:EPSG::2326`; "" for a custom CRS."""
        return urn_of(self.code)

    @property
    def name(self) -> str:
        """The registry's name, such as "Hong Kong 1980 Grid System"."""
        return proj_crs(self).name

    @property
    def is_geographic(self) -> bool:
        """True if the horizontal axes are longitude and latitude."""
        return proj_crs(self).is_geographic

    @property
    def is_projected(self) -> bool:
        """True if the horizontal axes are on a map plane."""
        return proj_crs(self).is_projected

    @property
    def is_geocentric(self) -> bool:
        """True for Cartesian coordinates from the earth's centre."""
        return proj_crs(self).is_geocentric

    @property
    def is_vertical(self) -> bool:
        """True for a CRS of heights or depths alone."""
        return proj_crs(self).is_vertical and not proj_crs(self).is_compound

    @property
    def dims(self) -> int:
        """Number of axes: 2 or 3, and 1 for a vertical CRS."""
        return len(proj_crs(self).axis_info)

    @property
    def unit_name(self) -> str:
        """Unit of the first axis: "metre", "degree", "US survey foot"."""
        return proj_crs(self).axis_info[0].unit_name

    @property
    def unit_to_metre(self) -> float:
        """Metres in one unit of the first axis; radians in one unit for a geographic CRS."""
        return float(proj_crs(self).axis_info[0].unit_conversion_factor)

    @property
    def horizontal(self) -> CRS:
        """The two-dimensional part; the CRS itself if it is two-dimensional or geocentric.

        Raises:
            CrsMissing: this is a vertical CRS.
        """
        return _horizontal(self)

    @property
    def vertical(self) -> str | None:
        """Code of the vertical part of a compound CRS or of a vertical CRS; None if heights are ellipsoidal or absent."""
        if self.is_vertical:
            return self.code
        return _part(self, 1).code if proj_crs(self).is_compound else None

    @property
    def axis_order_authority(self) -> AxisOrder:
        """`"ne"` if the authority puts northing or latitude first, else `"en"`."""
        return _axis_order(self.definition or self.code)

    @property
    def area_of_use(self) -> tuple[float, float, float, float]:
        """West, south, east, north in degrees; the whole world where the registry is silent."""
        return _area(self)

    @property
    def wkt(self) -> str:
        """The definition as WKT2:2019."""
        return proj_crs(self).to_wkt()

    @property
    def wkt1(self) -> str:
        """The definition as WKT1 as GDAL writes it, for GeoPackage and old readers."""
        return proj_crs(self).to_wkt("WKT1_GDAL")

    @property
    def projjson(self) -> dict[str, Any]:
        """The definition as PROJJSON."""
        return dict(proj_crs(self).to_json_dict())


def crs(text: str | int | CRS) -> CRS:
    """The CRS that `text` spells: code, URN, URI, CURIE, compound, known name, WKT, PROJJSON or PROJ string.

    A definition that matches a registered CRS becomes that CRS: the `.prj` of a Hong Kong shapefile is `EPSG:2326`.

    Raises:
        CrsMissing: the text is empty.
        CrsUnknown: nothing by this name or code, or a definition that does not parse.

    >>> crs("Hong_Kong_1980_Grid").code, crs("urn:ogc:def:crs:EPSG::2326").code, crs(2326).code
    ('EPSG:2326', 'EPSG:2326', 'EPSG:2326')
    """
    if isinstance(text, CRS):
        return text
    return _resolve(str(text))


def proj_crs(reference: CRS) -> pyproj.CRS:
    """The PROJ object of a CRS; for this package alone."""
    return _load(reference.definition or reference.code)


def compound(horizontal: CRS, vertical: CRS) -> CRS:
    """The CRS of two parts, such as HK1980 Grid with HKPD heights.

    Raises:
        CrsUnknown: `horizontal` has no two axes, or `vertical` is no vertical CRS.
    """
    if not vertical.is_vertical or horizontal.dims != 2:
        raise CrsUnknown(f"{horizontal.code} and {vertical.code} do not make a compound CRS",
                         remedy="join a two-dimensional CRS with a vertical one, e.g. EPSG:2326 with EPSG:5738",
                         horizontal=horizontal.code, vertical=vertical.code)
    return crs(joined(horizontal.code, vertical.code))


@lru_cache(maxsize=2048)
def _resolve(text: str) -> CRS:
    if not text.strip():
        raise CrsMissing("the CRS is empty", remedy="name it, e.g. EPSG:2326")
    if is_definition(text):
        return _from_definition(text)
    if code := code_of(text):
        return _from_code(code, text)
    return _from_name(text)


def _from_code(code: str, text: str) -> CRS:
    try:
        found = _load(code)
    except CRSError:
        raise _unknown(text) from None
    authority = None if found.is_compound else found.to_authority()
    return CRS(":".join(authority) if authority else code)


def _from_definition(text: str) -> CRS:
    try:
        found = _load(text)
    except CRSError as error:
        raise CrsUnknown(f"the CRS definition does not parse: {str(error).split(': (')[-1].rstrip(')')[:160]}",
                         remedy="give a code such as EPSG:2326, or repair the WKT", value=text[:200]) from None
    if found.is_bound and found.source_crs is not None:
        found = found.source_crs
    code = _registered(found)
    if code:
        return CRS(code)
    wkt = found.to_wkt()
    return CRS("custom:" + hashlib.sha256(wkt.encode()).hexdigest()[:12], wkt)


def _registered(found: pyproj.CRS) -> str | None:
    """The code of a definition whose parameters, not only its name, agree with a registry entry."""
    if not found.is_compound or found.to_json_dict().get("id"):
        return _registered_single(found)
    parts = found.sub_crs_list
    codes = [code for part in parts if (code := _registered_single(part))]
    if len(codes) != len(parts):
        return None
    return joined(codes[0], codes[1])


def _registered_single(found: pyproj.CRS) -> str | None:
    """The first registered CRS, of those that the definition names or resembles, that equals it but for axis order."""
    for code in _resembling(found):
        try:
            if is_same(_load(code), found):
                return code
        except CRSError:
            continue
    return None


def _resembling(found: pyproj.CRS) -> Iterator[str]:
    stated = found.to_json_dict().get("id")
    if stated:
        yield _standard_code(f"{stated['authority']}:{stated['code']}")
    if named := code_of(found.name):
        yield named
    for match in found.list_authority(min_confidence=25):
        yield _standard_code(f"{match.auth_name}:{match.code}")


def _standard_code(code: str) -> str:
    """ESRI's and other codes of a CRS that EPSG has too become EPSG's."""
    return code_of(code) or code


def _from_name(text: str) -> CRS:
    """A name of the registry, letter for letter apart from case and punctuation; PROJ alone would guess."""
    try:
        found = _load(text)
    except CRSError:
        raise _unknown(text) from None
    code = _registered(found)
    if code is None or folded(found.name) != folded(text):
        raise _unknown(text)
    return CRS(code)


def _unknown(text: str) -> CrsUnknown:
    shown = text if len(text) <= 80 else text[:77] + "..."
    return CrsUnknown(f"no CRS is known as '{shown}'",
                      remedy="give an EPSG code such as EPSG:2326 (HK1980 Grid), EPSG:2326+5738 (with HKPD heights), "
                             "OGC:CRS84, or WKT", value=text[:200])


@lru_cache(maxsize=512)
def _load(definition: str) -> pyproj.CRS:
    return pyproj.CRS.from_user_input(definition)


def _part(whole: CRS, index: int) -> CRS:
    parts = components(whole.code)
    if len(parts) == 2:
        return crs(parts[index])
    return _from_definition(proj_crs(whole).sub_crs_list[index].to_wkt())


@lru_cache(maxsize=512)
def _horizontal(whole: CRS) -> CRS:
    if whole.is_vertical:
        raise CrsMissing(f"{whole.code} ({whole.name}) has heights only", remedy="name the horizontal CRS as well")
    if proj_crs(whole).is_compound:
        return _part(whole, 0)
    if whole.dims == 2 or whole.is_geocentric:
        return whole
    known = _HORIZONTAL_OF_3D.get(whole.code)
    return CRS(known) if known else _from_definition(proj_crs(whole).to_2d().to_wkt())


@lru_cache(maxsize=512)
def _axis_order(definition: str) -> AxisOrder:
    axes = _load(definition).axis_info[:2]
    directions = tuple(axis.direction.lower() for axis in axes)
    if directions == ("north", "east"):
        return "ne"
    polar = directions in (("south", "south"), ("north", "north"))
    return "ne" if polar and axes[0].name.lower().startswith("northing") else "en"


@lru_cache(maxsize=512)
def _area(whole: CRS) -> tuple[float, float, float, float]:
    area = proj_crs(whole).area_of_use or (None if whole.is_vertical else proj_crs(whole.horizontal).area_of_use)
    return (-180.0, -90.0, 180.0, 90.0) if area is None else (area.west, area.south, area.east, area.north)
