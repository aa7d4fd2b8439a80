"""Runways and restricted heights as a site's layers state them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from csdi.errors import ValueInvalid
from csdi.feature import Feature
from csdi.limits.patch import Plane
from csdi.limits.runway import Runway, RunwayEnd
from csdi.limits.surface import Surface

_NAME = ("designator", "designators", "name", "name_en", "id")


def read_runways(features: Sequence[Feature]) -> tuple[list[Runway], float]:
    """The runways of a layer, and the aerodrome's reference level, mPD.

    A Feature is the pavement (a polygon, whose longer middle line counts) or the centre line, HK1980 Grid, with the fields
    `designator_low` and `designator_high`, or `designator` as `07L/25R`; `threshold_low_mpd` and `threshold_high_mpd`, or
    `elevation_mpd` of both; `displaced_low_m` and `displaced_high_m`, or `displaced_threshold_m` of both; `approach_low`,
    `approach_high`, `clearway_low_m`, `clearway_high_m`, `code_number`, `code_letter`, `design_group`, `aerodrome_mpd`. The low
    end is the one whose designator has the lower number. Without `aerodrome_mpd` the highest end counts (ICAO: the highest point
    of the landing area).

    Raises:
        ValueInvalid: names the Feature and the field that is missing or cannot be used.
    """
    runways = [_runway(feature) for feature in features]
    if not runways:
        raise ValueInvalid("the layer of runways has no runway", field="runways")
    stated = [level for feature in features if (level := _number(feature.properties, "aerodrome_mpd")) is not None]
    return runways, max(stated) if stated else max(end.level for runway in runways for end in runway.ends)


def _runway(feature: Feature) -> Runway:
    given = feature.properties
    if feature.geometry is None or feature.geometry.is_empty or shapely.get_dimensions(feature.geometry) < 1:
        raise ValueInvalid(f"runway {feature.id} is neither a line nor an area", field="geometry",
                           remedy="give its pavement or centre line")
    low, high = _designators(feature.id, given)
    ends = centre_line(feature.geometry)
    if _heading_off(ends, low) > 90.0:
        ends = ends[::-1]
    made = [_end(feature.id, given, which, designator, (float(end[0]), float(end[1])))
            for which, designator, end in zip(("low", "high"), (low, high), ends, strict=True)]
    return Runway((made[0], made[1]), int(_number(given, "code_number") or 4), str(given.get("code_letter") or "F"),
                  str(given.get("design_group") or ""))


def _end(id: str, given: Mapping[str, Any], which: str, designator: str, place: tuple[float, float]) -> RunwayEnd:
    level = _number(given, f"threshold_{which}_mpd", "elevation_mpd", "elevation")
    if level is None:
        raise ValueInvalid(f"runway {id}: the level of end {designator} is not given", field=f"threshold_{which}_mpd",
                           remedy="give threshold_low_mpd and threshold_high_mpd, or elevation_mpd")
    displaced = _number(given, f"displaced_{which}_m", "displaced_threshold_m") or 0.0
    end = RunwayEnd(designator, place, level, displaced, clearway_m=_number(given, f"clearway_{which}_m") or 0.0)
    approach = given.get(f"approach_{which}", given.get("approach"))
    return end if approach is None else replace(end, approach=str(approach))


def _designators(id: str, given: Mapping[str, Any]) -> tuple[str, str]:
    low, high = given.get("designator_low"), given.get("designator_high")
    if not low or not high:
        named = next((str(given[name]) for name in _NAME if "/" in str(given.get(name, ""))), "")
        low, high = named.split("/")[:2] if named else ("", "")
    numbers = ["".join(filter(str.isdigit, str(one))) for one in (low, high)]
    if not all(numbers):
        raise ValueInvalid(f"runway {id}: its two designators are not given", field="designator_low",
                           remedy="give designator_low and designator_high, or a name such as 07L/25R")
    return (str(low), str(high)) if int(numbers[0]) <= int(numbers[1]) else (str(high), str(low))


def _heading_off(ends: np.ndarray[Any, np.dtype[np.float64]], designator: str) -> float:
    """Degrees between the direction from the first end to the second and that of a designator."""
    east, north = ends[1] - ends[0]
    heading = np.degrees(np.arctan2(east, north))
    meant = 10.0 * int("".join(filter(str.isdigit, designator)))
    return float(abs((heading - meant + 180.0) % 360.0 - 180.0))


def centre_line(shape: BaseGeometry) -> np.ndarray[Any, np.dtype[np.float64]]:
    """(2, 2) ends of a line, or of the middle line between the short sides of a polygon's smallest rectangle."""
    if shape.geom_type.endswith("LineString"):
        points = shapely.get_coordinates(shape)
        return np.array([points[0], points[-1]])
    corners = shapely.get_coordinates(shapely.minimum_rotated_rectangle(shape))[:4]
    if np.hypot(*(corners[1] - corners[0])) > np.hypot(*(corners[2] - corners[1])):
        corners = np.roll(corners, -1, axis=0)
    return np.array([(corners[0] + corners[1]) / 2, (corners[2] + corners[3]) / 2])


def _number(given: Mapping[str, Any], *names: str) -> float | None:
    values = (given.get(name) for name in names)
    return next((float(value) for value in values
                 if isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)), None)


def limit_surfaces(features: Iterable[Feature], field: str, source: str = "") -> list[Surface]:
    """Level limits over polygons, HK1980 Grid, at the height, mPD, that a field of each gives; those without one limit nothing.

    `source` is the layer that they come from. Polygons are cut into triangles, so that each piece is convex.
    """
    return [Surface("restricted_height", pieces, end=feature.id, source=source) for feature in features
            if (level := _number(feature.properties, field)) is not None and feature.geometry is not None
            and (pieces := tuple(_pieces(feature.geometry, level)))]


def _pieces(shape: BaseGeometry, level: float) -> Iterable[Plane]:
    triangles = shapely.constrained_delaunay_triangles(shapely.force_2d(shape))
    for part in shapely.get_parts(triangles):
        corners = shapely.get_coordinates(shapely.orient_polygons(part))[:-1]
        yield Plane(corners, np.zeros(2), np.array([*corners[0], level]))
