"""OGC API - Environmental Data Retrieval over HTTP: values of rasters at positions, along lines and over areas."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import shapely
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from csdi.bootstrap import Services
from csdi.collection import Collection
from csdi.coverages import asking
from csdi.coverages.asking import Cells, Points
from csdi.coverages.coverage import Coverage, RangeField, open_coverage
from ogc_api.coverages import CACHE, at_that_time, chosen_format, raster
from ogc_api.edge import in_thread, services_of
from ogc_api.edr_parameters import GRID, Asked, box_levels, length_m, moments, read_box, read_polygons, read_query, read_shape
from ogc_api.edr_renditions import MEDIA, MOST_VALUES, rendered

Found = Points | Cells | None


@dataclass(frozen=True, slots=True)
class Question:
    """A query as it was asked, ready for an open coverage.

    Attributes:
        answer: gives the values; None beside the coverage.
        alone: whether one position was asked for.
        times: gives the times of so many points of a trajectory.
    """

    answer: Callable[[Coverage, Sequence[RangeField]], Found]
    alone: bool = False
    times: tuple[str, ...] | None = None


Read = Callable[[Asked, Collection], Question]


def position(asked: Asked, collection: Collection) -> Question:  # noqa: ARG001
    """Values at the points of `coords`."""
    shape = read_shape(asked, ("Point", "MultiPoint"), "POINT(114.17 22.3)")
    places = shapely.get_coordinates(shape)
    asking.require_points(len(places))
    return Question(lambda coverage, fields: asking.at_positions(coverage, fields, places, asked.crs, asked.levels),
                    alone=shape.geom_type == "Point")


def area(asked: Asked, collection: Collection) -> Question:  # noqa: ARG001
    """Values over the polygons of `coords`."""
    shape = read_polygons(asked)
    return Question(lambda coverage, fields: asking.in_area(coverage, fields, shape, asked.crs, scale=asked.scale, levels=asked.levels,
                                                              most=asked.most))


def cube(asked: Asked, collection: Collection) -> Question:
    """Values in `bbox`."""
    box, levels = read_box(asked), box_levels(asked, collection)
    return Question(lambda coverage, fields: asking.in_box(coverage, fields, box, asked.crs, scale=asked.scale, levels=levels,
                                                             most=asked.most))


def radius(asked: Asked, collection: Collection) -> Question:  # noqa: ARG001
    """Values within a distance of the point of `coords`."""
    place = shapely.get_coordinates(read_shape(asked, ("Point",), "POINT(114.17 22.3)"))[0]
    within = length_m(asked, "within", "within-units")

    def answer(coverage: Coverage, fields: Sequence[RangeField]) -> Found:
        shape = asking.circle(place, within, asked.crs)
        return asking.in_area(coverage, fields, shape, asked.crs, scale=asked.scale, levels=asked.levels, most=asked.most)

    return Question(answer)


def corridor(asked: Asked, collection: Collection) -> Question:  # noqa: ARG001
    """Values within half a width of the lines of `coords`."""
    line = read_shape(asked, ("LineString", "MultiLineString"), "LINESTRING(114.1 22.3,114.2 22.35)")
    width = length_m(asked, "corridor-width", "width-units")
    length_m(asked, "corridor-height", "height-units", required=False)

    def answer(coverage: Coverage, fields: Sequence[RangeField]) -> Found:
        near = asking.box_around(coverage, asked.crs)
        shape = None if near is None else asking.corridor(line, width, asked.crs, near)
        return None if shape is None else asking.in_area(coverage, fields, shape, asked.crs, scale=asked.scale, levels=asked.levels,
                                                         width_m=width, most=asked.most)

    return Question(answer)


def trajectory(asked: Asked, collection: Collection) -> Question:  # noqa: ARG001
    """Values along the line of `coords`: at its vertices and, where it has no times, in between."""
    line = shapely.get_coordinates(read_shape(asked, ("LineString",), "LINESTRING(114.1 22.3,114.2 22.35)"))
    times = moments(asked)
    if times is not None:
        return Question(lambda coverage, fields: asking.at_positions(coverage, fields, line, asked.crs, asked.levels), times=tuple(times))
    return Question(lambda coverage, fields: asking.along(coverage, fields, line, asked.crs, asked.levels)[0])


QUERIES: dict[str, tuple[Read, frozenset[str]]] = {
    "position": (position, frozenset({"coords"})),
    "area": (area, GRID | {"coords"}),
    "cube": (cube, GRID | {"bbox", "resolution-z"}),
    "radius": (radius, GRID | {"coords", "within", "within-units"}),
    "trajectory": (trajectory, frozenset({"coords"})),
    "corridor": (corridor, GRID | {"coords", "corridor-width", "width-units", "corridor-height", "height-units", "resolution-z"}),
}
"""Each query with its own parameters."""


async def query(request: Request) -> Response:
    """The answer to the query that the path names."""
    found = await raster(request)
    read, more = QUERIES[request.url.path.rpartition("/")[2]]
    form = chosen_format(request, MEDIA)
    asked = replace(read_query(request.query_params, found, more), most=MOST_VALUES.get(form, asking.MOST_CELLS))
    question = read(asked, found)
    body = await in_thread(_answer, services_of(request), found, asked, question, form)
    headers = {"Cache-Control": f"{'public' if found.public else 'private'}, {CACHE}", "Vary": "Accept",
               "Content-Crs": f"<{asked.crs.uri}>"}
    return Response(status_code=204, headers=headers) if body is None else Response(body, headers=headers, media_type=MEDIA[form])


def _answer(services: Services, collection: Collection, asked: Asked, question: Question, form: str) -> bytes | None:
    shown = at_that_time(collection, asked.interval)
    if shown is None:
        return None
    with open_coverage(services.blobs, shown) as coverage:
        fields = coverage.named(asked.names, "parameter-name")
        found = question.answer(coverage, fields)
    return None if found is None else rendered(found, fields, form, alone=question.alone, times=question.times)


def routes() -> list[BaseRoute]:
    """The queries of every raster Collection."""
    return [Route(f"/ogc/collections/{{id}}/{name}", query) for name in QUERIES]
