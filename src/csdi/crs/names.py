"""The spellings of a CRS: codes, URNs, URIs, CURIEs and the names that people type. Text only, no PROJ."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

_ALIASES: dict[str, tuple[str, ...]] = {
    "EPSG:2326": ("hk1980", "hk80", "hk1980grid", "hk80grid", "hongkong1980grid", "hongkong1980gridsystem",
                  "hk1980gridsystem", "hongkong80grid", "hkgrid", "hkgrid80", "hkgrid1980", "hk1980gridcoordinatesystem",
                  "esri102140", "香港1980方格網", "香港1980方格网", "香港一九八零方格網", "香港1980坐標系統"),
    "EPSG:4611": ("hongkong1980", "gcshongkong1980", "hk1980geographic", "hk80geographic", "hk1980datum", "hk80datum"),
    "EPSG:5738": ("hkpd", "mpd", "hkpdheight", "hongkongprincipaldatum", "hongkongprincipaldatumheight",
                  "principaldatum", "香港主水平基準", "香港主水平基准", "主水平基準", "主水平基准"),
    "EPSG:5739": ("hkcd", "mcd", "hkcddepth", "hongkongchartdatum", "hongkongchartdatumdepth", "香港海圖基準", "海圖基準面"),
    "EPSG:2326+5738": ("hk1980gridhkpd", "hk80gridhkpd", "hk80hkpd", "hk1980hkpd", "hongkong1980gridsystemhkpdheight",
                       "hongkong1980gridhkpd"),
    "EPSG:4326": ("wgs84", "wgs1984", "gcswgs1984", "worldgeodeticsystem1984", "latlon"),
    "EPSG:4979": ("wgs843d",),
    "EPSG:4978": ("ecef", "wgs84geocentric", "wgs84ecef"),
    "EPSG:3857": ("webmercator", "googlemercator", "sphericalmercator", "pseudomercator", "wgs84pseudomercator",
                  "wgs1984webmercatorauxiliarysphere", "epsg900913", "epsg102100", "epsg3785", "esri102100", "esri102113"),
    "EPSG:4490": ("cgcs2000", "chinageodeticcoordinatesystem2000", "gcschinageodeticcoordinatesystem2000", "國家2000", "国家2000"),
    "EPSG:8427": ("hongkonggeodeticcs", "hkgeodeticcs", "hk96"),
    "EPSG:8433": ("macaugrid", "macaogrid", "macao1920macaogrid"),
    "EPSG:8434": ("macaoheight", "macauheight"),
    "OGC:CRS84": ("crs84", "lonlat", "ogccrs84"),
    "OGC:CRS84h": ("crs84h", "ogccrs84h", "wgs84longitudelatitudeheight"),
}
_BY_ALIAS = {alias: code for code, aliases in _ALIASES.items() for alias in aliases}
_CODE = re.compile(r"(?P<authority>[A-Za-z][\w.-]*?)::?(?P<code>\w+)")
_URN = re.compile(r"urn:(?:x-)?ogc:def:crs:(?P<authority>\w+):(?P<version>[\w.]*):(?P<code>\w+)", re.IGNORECASE)
_URI = re.compile(r"https?://(?:www\.)?opengis\.net/def/crs/(?P<authority>\w+)/(?P<version>[\w.]+)/(?P<code>\w+)/?",
                  re.IGNORECASE)
_REGISTRY_PAGE = re.compile(r"https?://(?:www\.)?(?:epsg\.io|spatialreference\.org/ref/epsg|epsg\.org/crs_?)/(\d+)\S*",
                            re.IGNORECASE)
_GML = re.compile(r"https?://www\.opengis\.net/gml/srs/epsg\.xml#(\d+)", re.IGNORECASE)
_COMPOUND_URN = re.compile(r"urn:(?:x-)?ogc:def:crs,(.+)", re.IGNORECASE)
_DEFINITION = re.compile(r"\s*(?:[A-Za-z_]\w*\s*[\[(]\s*[\"“{]|\{|\+?(?:proj|init)=)")


def is_definition(text: str) -> bool:
    """True for WKT, PROJJSON or a PROJ string: text that defines a CRS rather than names one."""
    return _DEFINITION.match(text) is not None


def folded(name: str) -> str:
    """A name without case, spaces and punctuation: `Hong_Kong_1980_Grid` becomes `hongkong1980grid`."""
    return "".join(character for character in name.casefold() if character.isalnum())


def code_of(text: str) -> str | None:
    """The code that `text` spells, such as `EPSG:2326+5738`, or None if it is no known spelling.

    The code is not checked against a registry here.

    >>> code_of("urn:ogc:def:crs,crs:EPSG::2326,crs:EPSG::5738")
    'EPSG:2326+5738'
    """
    text = text.strip()
    if text.startswith("[") and text.endswith("]"):
        text = text[1:-1].strip()
    return _compound(text) or _single(text)


def uri_of(code: str) -> str:
    """The OGC URI of a code, and "" for a CRS outside every registry.

    Of a compound it is the URN: the `crs-compound?1=...&2=...` form ends at its `&` where somebody writes it into a query as it is,
    and its `?` is taken for a pattern by OGC's conformance suite.
    """
    if code.startswith("custom:"):
        return ""
    parts = components(code)
    return _uri_of_single(parts[0]) if len(parts) == 1 else urn_of(code)


def urn_of(code: str) -> str:
    """The OGC URN of a code: `urn:ogc:def:crs:EPSG::2326`; "" for a CRS outside every registry."""
    if code.startswith("custom:"):
        return ""
    parts = ["crs:" + part.replace(":", "::") for part in components(code)]
    return "urn:ogc:def:" + parts[0] if len(parts) == 1 else "urn:ogc:def:crs," + ",".join(parts)


def components(code: str) -> list[str]:
    """The parts of a code: `EPSG:2326+5738` gives `["EPSG:2326", "EPSG:5738"]`."""
    first, *rest = code.split("+")
    authority = first.split(":")[0]
    return [first, *(part if ":" in part else f"{authority}:{part}" for part in rest)]


def joined(horizontal: str, vertical: str) -> str:
    """The compound code of two codes: the second authority is left out when it is the first's."""
    authority, _, number = vertical.partition(":")
    return f"{horizontal}+{number if horizontal.startswith(authority + ':') else vertical}"


def _uri_of_single(code: str) -> str:
    authority, _, number = code.partition(":")
    version = "1.3" if code in ("OGC:CRS84", "OGC:CRS83", "OGC:CRS27") else "0"
    return f"http://www.opengis.net/def/crs/{authority}/{version}/{number}"


def _compound(text: str) -> str | None:
    parts = _compound_parts(text)
    if len(parts) != 2:
        return None
    first, second = parts
    if first and re.fullmatch(r"\d+", second):
        authority = (_single(first) or "").partition(":")[0]
        second = f"{authority}:{second}"
    codes = (_single(first), _single(second))
    return joined(codes[0], codes[1]) if codes[0] and codes[1] else None


def _compound_parts(text: str) -> list[str]:
    if urn := _COMPOUND_URN.fullmatch(text):
        return [part if part.lower().startswith("urn:") else f"urn:ogc:def:{part}" for part in urn[1].split(",")]
    if "def/crs-compound" in text:
        query = parse_qs(urlsplit(text).query)
        return [query[key][0] for key in sorted(query)]
    if text.lower().startswith("http"):
        return []
    return [part.strip() for part in re.split(r"\+|;|\s/\s(?=HKPD)", text)]


def _single(text: str) -> str | None:
    if text.isdecimal():
        return f"EPSG:{int(text)}"
    for pattern in (_URN, _URI):
        if match := pattern.fullmatch(text):
            return _canonical(match["authority"], match["code"])
    for pattern in (_REGISTRY_PAGE, _GML):
        if match := pattern.fullmatch(text):
            return f"EPSG:{match[1]}"
    if alias := _BY_ALIAS.get(folded(text)):
        return alias
    match = _CODE.fullmatch(text)
    return _canonical(match["authority"], match["code"]) if match else None


def _canonical(authority: str, code: str) -> str:
    authority = authority.upper()
    if authority in ("OGC", "CRS") and code.upper() in ("84", "CRS84"):
        return "OGC:CRS84"
    if authority in ("OGC", "CRS") and code.upper() == "CRS84H":
        return "OGC:CRS84h"
    return _BY_ALIAS.get(folded(f"{authority}{code}"), f"{authority}:{code}")
