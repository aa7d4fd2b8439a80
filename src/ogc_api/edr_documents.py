"""OGC API - EDR in words: what a Collection's document says of its queries, parameters and heights, and conformance classes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from csdi.collection import Collection
from csdi.coverages.coverage import RangeField
from csdi.coverages.covjson import description, parameter
from csdi.crs import crs
from ogc_api.coverage_documents import fields, is_raster
from ogc_api.edr_parameters import METRES
from ogc_api.parameters import crs_of

Json = dict[str, Any]
_SPEC = "http://www.opengis.net/spec/ogcapi-edr-1/1.1/conf/"
CONFORMANCE = [_SPEC + name for name in (
    "core", "collections", "json", "geojson", "covjson", "oas30", "queries", "position", "area", "cube", "radius", "corridor",
    "trajectory")]
CONFORMANCE += [f"http://www.opengis.net/spec/ogcapi-edr-1/1.0/conf/{name}" for name in ("core", "collections", "json", "covjson", "oas30")]
"""What is true of the queries (OGC 19-086r6, and r4 where it holds too)."""
COMMON = [f"http://www.opengis.net/spec/ogcapi-common-{part}/1.0/conf/{name}" for part, name in (
    (1, "core"), (1, "landing-page"), (1, "json"), (1, "oas30"), (2, "collections"))]
"""What is true of an API that has nothing but the queries."""
CALENDAR = "http://www.opengis.net/def/uom/ISO-8601/0/Gregorian"
FORMATS = ("CoverageJSON", "GeoJSON", "CSV")
QUERIES = {"position": "Values at positions", "area": "Values over an area", "cube": "Values in a box", "radius": "Values in a circle",
           "trajectory": "Values along a line", "corridor": "Values around a line"}
_UNITS = {"radius": ("within_units",), "corridor": ("width_units", "height_units")}


def members(collection: Collection, base: str) -> Json:
    """What a raster Collection's document says beside the rest; `extent` is to be joined to what is said there. {} for others."""
    if not is_raster(collection):
        return {}
    shown = fields(collection)
    return {"data_queries": {name: _query(collection, base, name) for name in QUERIES},
            "parameter_names": {one.name: _parameter(one) for one in shown},
            "output_formats": list(FORMATS),
            "extent": _vertical(shown)}


def _query(collection: Collection, base: str, name: str) -> Json:
    variables: Json = {"title": QUERIES[name], "query_type": name, "output_formats": list(FORMATS), "default_output_format": FORMATS[0],
                       "crs_details": [{"crs": known.uri, "wkt": known.wkt} for known in crs_of(collection) if known.uri]}
    variables |= {units: list(METRES) for units in _UNITS.get(name, ())}
    return {"link": {"href": f"{base}/collections/{collection.id}/{name}", "rel": "data", "type": "application/prs.coverage+json",
                     "title": QUERIES[name], "templated": False, "variables": variables}}


def _parameter(one: RangeField) -> Json:
    """EDR writes descriptions and labels as plain text."""
    body = parameter(one)
    body |= {"description": description(one)["en"], "label": one.title, "data-type": "integer" if "int" in one.dtype else "float"}
    body["observedProperty"] = {"label": body["observedProperty"]["label"]["en"]}
    if "unit" in body:
        body["unit"] = body["unit"] | {"label": body["unit"]["label"]["en"]}
    return body


def _vertical(shown: Iterable[RangeField]) -> Json:
    heights = [one for one in shown if one.datum and one.span]
    if not heights:
        return {}
    low, high = heights[0].span or (0.0, 0.0)
    return {"vertical": {"interval": [[f"{low:g}", f"{high:g}"]], "vrs": crs(heights[0].datum).wkt}}
