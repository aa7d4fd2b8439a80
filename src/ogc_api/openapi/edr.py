"""OGC API - Environmental Data Retrieval as a part of the API: the queries of every raster Collection."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from csdi.collection import Collection
from csdi.coverages.covjson import MEDIA as COVJSON
from ogc_api.coverage_documents import fields, is_raster
from ogc_api.edr_documents import CONFORMANCE, FORMATS, QUERIES
from ogc_api.edr_parameters import METRES, MOST_STEPS, has_heights
from ogc_api.openapi.components import parameter
from ogc_api.openapi.coverages import NOTHING, crs_parameter
from ogc_api.openapi.part import Part, answers, get, ref

Json = dict[str, Any]
_TAG = "edr"
_KINDS = {"position": ("a POINT or MULTIPOINT", "wkt-point"), "area": ("a POLYGON or MULTIPOLYGON", "wkt-polygon"),
          "radius": ("a POINT", "wkt-point"), "trajectory": ("a LINESTRING, LINESTRINGZ, LINESTRINGM or LINESTRINGZM", "wkt-line"),
          "corridor": ("a LINESTRING", "wkt-line")}
_UNIT: Json = {"type": "string", "enum": list(METRES)}


def _length(name: str, description: str, *, required: bool = True) -> Json:
    return parameter(name, description, {"type": "number", "minimum": 0.001, "maximum": 100}) | {"required": required}


def _unit(name: str, description: str, *, required: bool = True) -> Json:
    return parameter(name, description, _UNIT) | {"required": required}


def _count(name: str, along: str) -> Json:
    return parameter(name, f"How many cells the answer has along {along}; 0, as without it, as fine as the raster.",
                     {"type": "integer", "minimum": 0, "maximum": MOST_STEPS})


PARAMETERS: dict[str, Json] = {
    "resolution-x": _count("resolution-x", "x"), "resolution-y": _count("resolution-y", "y"),
    "resolution-z": parameter("resolution-z", "Taken and without effect: a surface has one height at a place.",
                              {"type": "integer", "minimum": 0, "maximum": MOST_STEPS}),
    "within": _length("within", "The radius."), "within-units": _unit("within-units", "The unit of `within`."),
    "corridor-width": _length("corridor-width", "The width of the corridor, both sides together."),
    "width-units": _unit("width-units", "The unit of `corridor-width`."),
    "corridor-height": _length("corridor-height", "Taken and without effect: a surface has one height at a place.", required=False),
    "height-units": _unit("height-units", "The unit of `corridor-height`.", required=False),
    "edr-f": parameter("f", "The rendition; without it the Accept header decides.",
                       {"type": "string", "enum": [*FORMATS, "covjson", "json"]}),
}
_GRID = ("resolution-x", "resolution-y")
_MORE: dict[str, tuple[str, ...]] = {
    "position": (), "area": _GRID, "cube": (*_GRID, "resolution-z"), "radius": ("within", "within-units", *_GRID), "trajectory": (),
    "corridor": ("corridor-width", "width-units", "corridor-height", "height-units", *_GRID, "resolution-z")}


def _paths(collections: Sequence[Collection]) -> Json:
    return dict(path for collection in collections if is_raster(collection) for path in _of(collection))


def _of(collection: Collection) -> Iterator[tuple[str, Json]]:
    title = collection.title_in("en")
    content: Json = {COVJSON: ref("schemas", "coverageJson"), "application/geo+json": {"type": "object"}, "text/csv": {"type": "string"}}
    crs_header: Json = {"Content-Crs": {"description": "URI of the CRS of the answer, in angle brackets.", "schema": {"type": "string"}}}
    for name, text in QUERIES.items():
        described = get(_TAG, f"{name}_{collection.id}", f"{title}: {text[0].lower()}{text[1:]}", list(_parameters(collection, name)),
                        answers("The values.", content, headers=crs_header) | NOTHING)
        yield f"/collections/{collection.id}/{name}", described | _of_the_path(collection, name)


def _parameters(collection: Collection, name: str) -> Iterator[Json]:
    if name == "cube":
        yield parameter("bbox", "The box, four numbers with commas between them, axes as the authority of `crs` orders them; six where "
                        "there are heights, which are the third and the sixth.", {"type": "string", "format": "box"}) | {"required": True}
    else:
        kind, form = _KINDS[name]
        yield parameter("coords", f"Well-Known Text of {kind}, axes as the authority of `crs` orders them.",
                        {"type": "string", "format": form}) | {"required": True}
    names = [one.name for one in fields(collection)]
    yield parameter("parameter-name", "Only these values.", {"type": "array", "minItems": 1, "items": {"type": "string", "enum": names}})
    yield crs_parameter("crs", "The CRS of the coordinates asked for and answered; without it longitude, latitude.", collection)
    yield ref("parameters", "coverage-datetime")
    yield ref("parameters", "edr-f")
    yield ref("parameters", "lang")


def _of_the_path(collection: Collection, name: str) -> Json:
    """The parameters that belong to one query or to heights; the suite of OGC judges those of operations by other queries' rules."""
    own = [ref("parameters", one) for one in _MORE[name]]
    if has_heights(collection):
        own.append(parameter("z", "Only heights in this interval `low/high`, or from the lowest to the highest of a list, metres.",
                             {"type": "string", "format": "height-interval"}))
    return {"parameters": own} if own else {}


PART = Part(tuple(CONFORMANCE), _paths, {}, PARAMETERS, (_TAG, "Values at places: OGC API - Environmental Data Retrieval."))
