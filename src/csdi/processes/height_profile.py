"""The process `height-profile`: heights of the ground along a line."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import LineString

from csdi.crs import CRS, transform
from csdi.errors import ValueInvalid
from csdi.processes.coverage import COVERAGE_INPUT, Coverage, described, open_coverage
from csdi.processes.description import GEOJSON, Input, Json, Output, Process, Work, text
from csdi.processes.features import CRS_INPUT, FEATURE, crs_of, features_input, read_features
from csdi.processes.plane import by_plane

Floats = NDArray[np.float64]
MOST_POINTS = 100_000


@dataclass(frozen=True, slots=True, eq=False)
class Profile:
    """A line on the ground.

    Attributes:
        distances: (n,) metres from the start, along the line on the map.
        xy: (n, 2) in the CRS of the request, x = east or longitude first.
        heights: (n,) metres above the datum of the raster; NaN where it knows none.
    """

    distances: Floats
    xy: Floats
    heights: Floats


def run(inputs: Mapping[str, Any], work: Work) -> Mapping[str, Any]:
    """The profile as numbers, and the line with its heights."""
    known = crs_of(inputs)
    with open_coverage(inputs, work) as coverage:
        profile = _measured(inputs, known, coverage, work)
        about = described(coverage)
    points = [{"distance": round(float(d), 3), "height": _number(h), "coordinates": [float(x), float(y)]}
              for d, (x, y), h in zip(profile.distances, profile.xy, profile.heights, strict=True)]
    return {"profile": about | _summary(profile) | {"points": points}, "line": _line(profile, about)}


def _measured(inputs: Mapping[str, Any], known: CRS, coverage: Coverage, work: Work) -> Profile:
    features = read_features(inputs["line"], "line", known, work)
    if len(features.ids) != 1 or not features.there[0] or features.shapes[0].geom_type != "LineString":
        raise ValueInvalid("line: one LineString is needed", field="line", remedy="give a GeoJSON LineString, or a Feature with one")
    (_, (line,), plane), = by_plane(shapely.force_2d(features.shapes), features.crs)
    distances, xy = _stations(line, float(inputs.get("spacing") or coverage.step_m(plane, line.bounds)))
    places = transform(plane, coverage.crs).points(xy)
    low, high = places.min(axis=0), places.max(axis=0)
    grid = coverage.grid((low[0], low[1], high[0], high[1]))
    heights = np.full(len(xy), math.nan) if grid is None else grid.at(places)
    if np.isnan(heights).all():
        raise ValueInvalid(f"line: the raster '{coverage.collection.id}' knows no height on it", field="line",
                           remedy="is the line in the CRS that is named, and in the extent of the raster?")
    return Profile(distances, transform(plane, known).points(xy), heights)


def _stations(line: LineString, spacing: float) -> tuple[Floats, Floats]:
    """(distances, points) on a line in metres: every vertex, and between them steps of at most `spacing`."""
    vertices = shapely.get_coordinates(line)
    lengths = np.linalg.norm(np.diff(vertices, axis=0), axis=1)
    pieces = np.maximum(np.ceil(lengths / spacing - 1e-9), 1)
    if pieces.sum() >= MOST_POINTS:
        raise ValueInvalid(f"spacing: {int(pieces.sum()) + 1} points are too many, the limit is {MOST_POINTS}", field="spacing",
                           limit=MOST_POINTS, remedy="ask for a larger spacing or a shorter line")
    counts = pieces.astype(np.int64)
    first = np.concatenate([[0.0], np.cumsum(lengths)[:-1]])
    share = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    part = share / np.repeat(pieces, counts)
    distances = np.repeat(first, counts) + part * np.repeat(lengths, counts)
    xy = np.repeat(vertices[:-1], counts, axis=0) + part[:, None] * np.repeat(np.diff(vertices, axis=0), counts, axis=0)
    return np.append(distances, lengths.sum()), np.vstack([xy, vertices[-1]])


def _summary(profile: Profile) -> Json:
    known = profile.heights[np.isfinite(profile.heights)]
    rises = np.diff(known)
    return {"length": round(float(profile.distances[-1]), 3), "lowest": _number(known.min()), "highest": _number(known.max()),
            "ascent": _number(rises[rises > 0].sum()), "descent": _number(-rises[rises < 0].sum()),
            "unknown": int(np.isnan(profile.heights).sum())}


def _line(profile: Profile, about: Json) -> Json:
    """The line with heights, without the points that have none."""
    there = np.isfinite(profile.heights)
    coordinates = [[float(x), float(y), round(float(h), 3)]
                   for (x, y), h in zip(profile.xy[there], profile.heights[there], strict=True)]
    geometry = {"type": "LineString", "coordinates": coordinates} if len(coordinates) > 1 else None
    return {"type": "Feature", "geometry": geometry, "properties": {"vertical_crs": about["vertical_crs"], "coverage": about["coverage"]}}


def _number(value: float) -> float | None:
    return round(float(value), 3) if math.isfinite(value) else None


PROCESS = Process(
    "height-profile", text("Height profile", "高程剖面", "高程剖面"),
    text("Heights of the ground along a line, read between the pixels of a terrain model. Hong Kong's are metres above Principal Datum "
         "(mPD); distances are metres on the map plane.",
         "沿線的地面高程，由地形模型的像元內插；香港的高程為主水平基準以上公尺（mPD）；距離為平面公尺。",
         "沿线的地面高程，由地形模型的像元内插；香港的高程为主水平基准以上米（mPD）；距离为平面米。"),
    (features_input("line", text("Line", "線", "线")), COVERAGE_INPUT, CRS_INPUT,
     Input("spacing", text("Spacing", "間距", "间距"), {"type": "number", "minimum": 0.001}, least=0,
           description=text("Metres between points at most; vertices of the line are always among them. Without it a pixel of the raster.",
                            "點與點之間的最大公尺數；線的頂點必包括在內。不填則為一個像元。",
                            "点与点之间的最大米数；线的顶点必包括在内。不填则为一个像元。"))),
    (Output("profile", text("Profile", "剖面", "剖面"), {"type": "object", "required": ["points", "length"], "properties": {
        "points": {"type": "array", "items": {"type": "object"}}, "length": {"type": "number"}}}),
     Output("line", text("Line with heights", "帶高程的線", "带高程的线"), FEATURE, media=GEOJSON)),
    run, keywords=("terrain",))
