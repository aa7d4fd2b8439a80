"""Nearness of Features: their boxes with heights, and the nearest of them in one order for every store."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
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


def measured(schema: Schema, numbered: Iterable[tuple[int, Feature]], fields: Sequence[Field], query: Query,
             place: Place) -> list[tuple[Feature, float]]:
    """The nearest of some whole Features, with their distances; of those equally far by row number. They show the fields wanted."""
    names, found = [field.name for field in fields], []
    for row, feature in numbered:
        if (solid := solid_of(feature, schema)) is not None:
            found.append((place.distance(solid), row, feature))
    found.sort(key=lambda one: one[:2])
    return [(Feature(feature.id, feature.geometry if query.geometry else None, {name: feature.properties[name] for name in names}), metres)
            for metres, _, feature in found[:query.limit]]
