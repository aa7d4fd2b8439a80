"""Nearness of Features: their boxes with heights, and the nearest of them in one order for every store."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace

import shapely

from csdi.feature import Feature, Field, Schema
from csdi.filter.nearness import Place, Solid, heights
from csdi.query import Query

METRES_PER_DEGREE = 111_000.0
"""About so long is a degree: what indexes of boxes multiply degrees by."""


def unordered(query: Query) -> Query:
    """The query without an order and a beginning of its own."""
    return replace(query, cursor="", sort=(), offset=0)


def others_of(schema: Schema, fields: list[Field]) -> list[Field]:
    """The fields that hold the levels of a Feature, which its distance depends on, without those that are among `fields`."""
    return [field for name in schema.levels or () if (field := schema.field(name)) not in fields]


def ranked(schema: Schema, numbered: Iterable[tuple[int, Feature]], place: Place) -> list[tuple[float, int]]:
    """(metres, row number) of Features with their levels and geometry, nearest first; what has no place is left out."""
    rows, names, found = list(numbered), schema.levels or (), []
    boxes = shapely.bounds([feature.geometry for _, feature in rows]).reshape(-1, 4).tolist()
    for (row, feature), (west, south, east, north) in zip(rows, boxes, strict=True):
        if feature.geometry is not None and not math.isnan(west):
            low, high = heights(feature.geometry, *map(feature.properties.get, names))
            found.append((place.distance(Solid(west, south, low, east, north, high)), row))
    return sorted(found)


def shown(feature: Feature, query: Query, fields: list[Field]) -> Feature:
    """The Feature with these fields, without its geometry where that is not wanted."""
    return Feature(feature.id, feature.geometry if query.geometry else None,
                   {field.name: feature.properties[field.name] for field in fields})
