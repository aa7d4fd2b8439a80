"""OGC API - Coverages as a part of the API: the values of every raster Collection."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from csdi.collection import Collection
from csdi.coverages.covjson import MEDIA as COVJSON
from ogc_api.coverage_documents import CONFORMANCE, fields, is_raster
from ogc_api.openapi.components import formats, parameter
from ogc_api.openapi.part import Part, answers, get, ref
from ogc_api.parameters import crs_of

Json = dict[str, Any]
_TAG = "coverages"
_TEXT: Json = {"type": "string"}
_BINARY: Json = {"type": "string", "format": "binary"}
TIFF = "image/tiff; application=geotiff"
_COG = f"{TIFF}; profile=cloud-optimized"
PLACE: Json = {
    "Content-Crs": {"description": "URI of the CRS of the answer, in angle brackets.", "schema": _TEXT},
    "Content-Bbox": {"description": "The box of the answer in that CRS, axes as its authority orders them.", "schema": _TEXT},
}
NOTHING: Json = {"204": {"description": "There is nothing of the collection there or then."}}

SCHEMAS: dict[str, Json] = {
    "coverageJson": {"type": "object", "required": ["type", "domain", "parameters", "ranges"], "properties": {
        "type": {"type": "string", "enum": ["Coverage"]}, "domain": {"type": "object"}, "parameters": {"type": "object"},
        "ranges": {"type": "object"}}},
}
PARAMETERS: dict[str, Json] = {
    "coverage-bbox": parameter("bbox", "Only what lies in this box: minimum and maximum of both axes, longitude and latitude unless "
                               "`bbox-crs` says otherwise.",
                               {"type": "array", "minItems": 4, "maxItems": 4, "items": {"type": "number"}}),
    "subset": parameter("subset", "Only what lies between: `Lat(22.3:22.4),Lon(114.1:114.2)` in degrees, or `E(800000:801000)` and so on "
                        "in metres of the collection's own CRS; `*` is an open end, a single number what lies there.",
                        {"type": "string", "format": "coverage-subset"}),
    "coverage-datetime": parameter("datetime", "Only if the collection is about this date, time or interval; one without times always is.",
                                   {"type": "string", "format": "datetime-interval"}),
    "scale-factor": parameter("scale-factor", "How many times as wide and as high pixels become: 2 halves their number along each axis.",
                              {"type": "number", "minimum": 1e-6, "maximum": 1e6}),
    "scale-axes": parameter("scale-axes", "As `scale-factor`, axis by axis: `E(2),N(4)`.", {"type": "string", "format": "axis-factors"}),
    "scale-size": parameter("scale-size", "How many pixels there are along the axes: `E(400),N(300)`; an axis that is not named keeps the "
                            "shape of pixels.", {"type": "string", "format": "axis-counts"}),
}


def crs_parameter(name: str, description: str, collection: Collection) -> Json:
    """A parameter that names one of the CRSs in which a Collection is offered."""
    return parameter(name, description, {"type": "string", "enum": [known.uri for known in crs_of(collection)]})


def _paths(collections: Sequence[Collection]) -> Json:
    return dict(path for collection in collections if is_raster(collection) for path in _of(collection))


def _of(collection: Collection) -> Iterator[tuple[str, Json]]:
    root, title, lang = f"/collections/{collection.id}", collection.title_in("en"), ref("parameters", "lang")
    names = [one.name for one in fields(collection)]
    chosen: Json = {"type": "array", "minItems": 1, "items": {"type": "string", "enum": names}}
    parameters = [
        *(ref("parameters", name) for name in PARAMETERS),
        crs_parameter("bbox-crs", "The CRS of `bbox`, in its authority's order of axes.", collection),
        crs_parameter("subset-crs", "The CRS of `subset`; without it the names of the axes say which.", collection),
        crs_parameter("crs", "The CRS of the answer; the collection's own without it.", collection),
        parameter("properties", "Only these values, in this order.", chosen), parameter("fields", "The same as `properties`.", chosen),
        formats("geotiff", "tiff", "cog", "covjson", "json", "png"), lang]
    yield f"{root}/coverage", get(
        _TAG, f"coverage_{collection.id}", f"{title}: values", parameters,
        answers("The values.", {TIFF: _BINARY, _COG: _BINARY, COVJSON: ref("schemas", "coverageJson"), "image/png": _BINARY},
                headers=PLACE) | NOTHING)
    yield f"{root}/coverage/schema", get(
        _TAG, f"coverageSchema_{collection.id}", f"{title}: which values there are", [formats("json"), lang],
        answers("The values as JSON Schema.", {"application/schema+json": {"type": "object"}}))
    yield f"{root}/coverage.tif", get(
        _TAG, f"coverageFile_{collection.id}", f"{title}: the whole raster", [], answers("The whole file.", {_COG: _BINARY})
        | {"206": {"description": "The bytes that a Range header asks for.", "content": {_COG: {"schema": _BINARY}}}})


PART = Part(tuple(CONFORMANCE), _paths, SCHEMAS, PARAMETERS, (_TAG, "Values of rasters: OGC API - Coverages."))
