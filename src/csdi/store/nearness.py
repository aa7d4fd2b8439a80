"""Nearness of Features: their boxes with heights, and the nearest of them in one order for every store."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from csdi.feature import Feature, Field, Schema
from csdi.filter.nearness import Solid
from csdi.query import Query


def solid_of(feature: Feature, schema: Schema) -> Solid | None:
    """The box of a Feature with its levels, in its storage CRS; None without geometry."""
    if feature.geometry is None:
        return None
    return Solid.around(feature.geometry, *(feature.properties.get(name) for name in schema.levels or ()))


def measured(schema: Schema, numbered: Iterable[tuple[int, Feature]], fields: Sequence[Field], query: Query,
             place: Solid) -> list[tuple[Feature, float]]:
    """The nearest of some whole Features, with their distances; of those equally far by row number. They show the fields wanted."""
    names, found = [field.name for field in fields], []
    for row, feature in numbered:
        if (solid := solid_of(feature, schema)) is not None:
            found.append((place.distance(solid), row, feature))
    found.sort(key=lambda one: one[:2])
    return [(Feature(feature.id, feature.geometry if query.geometry else None, {name: feature.properties[name] for name in names}), metres)
            for metres, _, feature in found[:query.limit]]
