"""Nearness of Features: their boxes with heights, and the nearest of them in one order for every store."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from csdi.feature import Feature, Field, Schema
from csdi.filter.nearness import Place, Solid
from csdi.query import Query

FIRST_M, FAR_M = 2.0, 1e8
"""Around a place is searched to this distance first, and no farther than to that."""


def solid_of(feature: Feature, schema: Schema) -> Solid | None:
    """The box of a Feature with its levels, in its storage CRS; None without geometry."""
    if feature.geometry is None:
        return None
    return Solid.around(feature.geometry, *(feature.properties.get(name) for name in schema.levels or ()))


def unordered(query: Query) -> Query:
    """The query without an order and a beginning of its own."""
    return replace(query, cursor="", sort=(), offset=0)


def levels_of(schema: Schema) -> list[Field]:
    """The fields that hold the levels of a Feature, which its distance depends on."""
    return [schema.field(name) for name in schema.levels or ()]


def ranked(schema: Schema, numbered: Iterable[tuple[int, Feature]], place: Place) -> list[tuple[float, int]]:
    """(metres, row number) of Features with their levels and geometry, nearest first; what has no place is left out."""
    return sorted((place.distance(solid), row) for row, feature in numbered if (solid := solid_of(feature, schema)) is not None)


def shown(feature: Feature, query: Query) -> Feature:
    """The Feature, without its geometry where that is not wanted."""
    return feature if query.geometry else replace(feature, geometry=None)
