"""Coverages in words: the schema of their values, domain and range in the Collection's document, links and conformance classes."""

from __future__ import annotations

from typing import Any

from csdi.collection import Collection, Kind
from csdi.coverages.coverage import RangeField, bands_of, fields_of
from csdi.coverages.covjson import MEDIA as COVJSON
from csdi.coverages.covjson import UCUM, description
from csdi.crs import crs
from ogc_api.coverage_parameters import axis_names

Json = dict[str, Any]
_SPEC = "http://www.opengis.net/spec/ogcapi-coverages-1/1.0/conf/"
CONFORMANCE = [_SPEC + name for name in (
    "core", "subsetting", "scaling", "fieldselection", "crs", "geotiff", "coveragejson", "png", "oas30")]
"""What is true of the coverages, by the class names of the draft OGC 19-087."""
_REL = "http://www.opengis.net/def/rel/ogc/1.0/"
_TIFF = "image/tiff; application=geotiff"
_WHOLE = {"uint8": (0, 255), "uint16": (0, 65535), "uint32": (0, 2**32 - 1), "int8": (-128, 127), "int16": (-32768, 32767),
          "int32": (-(2**31), 2**31 - 1)}


def is_raster(collection: Collection) -> bool:
    """Whether a Collection is a coverage."""
    return collection.kind is Kind.COVERAGE and bool(collection.details.get("blob"))


def fields(collection: Collection) -> tuple[RangeField, ...]:
    """The fields of a raster Collection, as the catalogue knows them."""
    return fields_of(collection, bands_of(collection))


def members(collection: Collection, base: str) -> Json:  # noqa: ARG001
    """What a raster Collection's document says beside the rest: its axes and its fields. {} for others."""
    if not is_raster(collection):
        return {}
    return {"dataType": "coverage", "domainset": domain(collection), "rangetype": range_type(collection)}


def schema(collection: Collection, base: str, language: str = "en") -> Json:
    """The values at every place as JSON Schema, with unit, datum and the number for no data."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": f"{base}/collections/{collection.id}/coverage/schema",
            "type": "object", "title": collection.title_in(language),
            "properties": {one.name: _property(one, number, language) for number, one in enumerate(fields(collection), start=1)}}


def links(collection: Collection, base: str) -> list[Json]:
    """Where the coverage is, for the Collection's document."""
    root = f"{base}/collections/{collection.id}/coverage"
    return [
        {"rel": _REL + "coverage", "type": _TIFF, "title": "The coverage as GeoTIFF", "href": f"{root}?f=geotiff"},
        {"rel": _REL + "coverage", "type": COVJSON, "title": "The coverage as CoverageJSON", "href": f"{root}?f=covjson"},
        {"rel": _REL + "schema", "type": "application/schema+json", "title": "The values of the coverage", "href": f"{root}/schema?f=json"},
    ]


def domain(collection: Collection) -> Json:
    """The axes: names, bounds, resolution and count, in the coverage's own CRS, x = east or longitude named as `subset` does."""
    native, details = crs(collection.storage_crs).horizontal, collection.details
    affine, width, height = details.get("affine"), details.get("width"), details.get("height")
    if not affine or not width or not height:
        return {}
    a, b, c, d, e, f = (float(number) for number in affine)
    names = axis_names(native)
    if b or d:
        return {"type": "TransformedGrid", "srsName": native.uri, "affine": [a, b, c, d, e, f], "size": [width, height]}
    axes = [_axis(names[0], native.unit_name, c, a, width), _axis(names[1], native.unit_name, f, e, height)]
    ordered = axes[::-1] if native.axis_order_authority == "ne" else axes
    return {"type": "RegularGrid", "srsName": native.uri, "axisLabels": [axis["axisLabel"] for axis in ordered], "axes": ordered}


def native_box(collection: Collection) -> tuple[float, float, float, float] | None:
    """Outer edges of an upright raster in its own CRS: minx, miny, maxx, maxy, x = east first; None of any other Collection."""
    said = domain(collection)
    if said.get("type") != "RegularGrid":
        return None
    axes = {axis["axisLabel"]: axis for axis in said["axes"]}
    x, y = (axes[name] for name in axis_names(crs(collection.storage_crs).horizontal))
    return (x["lowerBound"], y["lowerBound"], x["upperBound"], y["upperBound"])


def range_type(collection: Collection) -> Json:
    """The fields: name, unit, type and the number for no data."""
    return {"type": "DataRecord", "field": [
        {"name": one.name, "label": one.title, "description": description(one)["en"], "dataType": one.dtype, "uom": one.unit,
         "nilValues": [] if one.nodata is None else [one.nodata]} for one in fields(collection)]}


def _axis(name: str, unit: str, edge: float, step: float, count: int) -> Json:
    low, high = sorted((edge, edge + step * count))
    return {"type": "RegularAxis", "axisLabel": name, "lowerBound": low, "upperBound": high, "resolution": abs(step), "cellsCount": count,
            "uomLabel": unit}


def _property(one: RangeField, number: int, language: str) -> Json:
    whole = one.dtype.startswith(("int", "uint"))
    said = description(one)
    body: Json = {"type": "integer" if whole else "number", "title": one.title, "description": said.get(language, said["en"]),
                  "x-ogc-propertySeq": number, "x-ogc-dataType": one.dtype}
    if one.dtype in _WHOLE:
        body |= dict(zip(("minimum", "maximum"), _WHOLE[one.dtype], strict=True))
    if one.unit:
        body |= {"x-ogc-unit": "m" if one.unit == "mPD" else one.unit, "x-ogc-unitLang": "UCUM", "x-ogc-definition": UCUM}
    if one.datum:
        body["x-ogc-verticalDatum"] = crs(one.datum).uri
    if one.nodata is not None:
        body["x-ogc-nilValues"] = [one.nodata]
    return body
