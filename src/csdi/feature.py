"""Feature, Field, Schema: one row, and what its properties may be; a row knows nothing of where it is kept."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Self

from shapely.geometry.base import BaseGeometry

from csdi.errors import PropertyUnknown, ValueInvalid

FIELD_NAME = re.compile(r"^[^\x00-\x1f\"]{1,63}$")


class FieldType(StrEnum):
    """What a property holds. Dates and datetimes travel as ISO 8601 text, datetimes in UTC with Z."""

    STRING = "string"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    DATE = "date"
    DATETIME = "datetime"
    JSON = "json"


@dataclass(frozen=True, slots=True)
class Field:
    """One property of a Schema.

    Attributes:
        path: for a derived field, where its value lies inside a JSON field: `("psets", "Pset_WallCommon", "FireRating")`.
            A derived field is read-only, can be filtered and sorted by, and is not part of `Feature.properties`.
        indexed: the store keeps an index, so filters and sorts on it are fast at any size.
        text: its words are part of the full-text index.
        unit: UCUM code where the value is a quantity.
        title: language tag -> short name for people.
    """

    name: str
    type: FieldType = FieldType.STRING
    title: Mapping[str, str] = field(default_factory=dict)
    description: str = ""
    unit: str = ""
    required: bool = False
    indexed: bool = False
    text: bool = False
    enum: tuple[str | int | float, ...] = ()
    path: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not FIELD_NAME.match(self.name):
            raise ValueInvalid(f"'{self.name}' cannot be a property name", field="name", value=self.name,
                               remedy="1 to 63 characters without control characters or double quotes")

    @classmethod
    def titled(cls, name: str, en: str, hant: str, hans: str, type: FieldType = FieldType.STRING, **more: Any) -> Self:
        """A field with its title in English, traditional and simplified Chinese; `more` are further attributes."""
        return cls(name, type, {"en": en, "zh-Hant": hant, "zh-Hans": hans}, **more)


@dataclass(frozen=True, slots=True)
class Schema:
    """The properties of a Collection's Features, in order, and its geometry.

    Attributes:
        geometry: OGC type name in lower case (`point`, `linestring`, `polygon`, `multi...`, `geometrycollection`,
            `geometry` for any), or "" for Features without geometry.
        has_z: geometries may carry heights.
        time: name of the field that says when a Feature is valid (or where its interval starts), "" if none.
        time_end: name of the field where the interval ends, "" if Features are instants.
        levels: names of two number fields that hold the lowest and highest level of a Feature in metres of the
            Collection's height datum, where its geometry is 2D (footprints of elements); None otherwise.
        counted: combinations of stored fields, by whose values the store keeps count of Features: facets at any size.
    """

    fields: tuple[Field, ...] = ()
    geometry: str = "geometry"
    has_z: bool = False
    time: str = ""
    time_end: str = ""
    levels: tuple[str, str] | None = None
    counted: tuple[tuple[str, ...], ...] = ()

    def __post_init__(self) -> None:
        names = [f.name.casefold() for f in self.fields]
        if len(set(names)) != len(names):
            twice = sorted({n for n in names if names.count(n) > 1})
            raise ValueInvalid(f"properties that differ only in case or not at all: {', '.join(twice)}", field="schema")

    def __iter__(self) -> Iterator[Field]:
        return iter(self.fields)

    def __contains__(self, name: object) -> bool:
        return any(f.name == name for f in self.fields)

    def field(self, name: str) -> Field:
        """The field of this exact name.

        Raises:
            PropertyUnknown: names the property and lists the nearest ones.
        """
        for candidate in self.fields:
            if candidate.name == name:
                return candidate
        known = ", ".join(f.name for f in self.fields[:20])
        raise PropertyUnknown(f"there is no property '{name}'", remedy=f"known properties: {known}", field=name)

    @property
    def stored(self) -> tuple[Field, ...]:
        """Fields that are kept as given (not derived by path)."""
        return tuple(f for f in self.fields if not f.path)


@dataclass(frozen=True, slots=True)
class Feature:
    """One row: id, geometry or none, properties.

    `geometry` is in the storage CRS of its Collection, x = east or longitude first, z in metres of its height datum.
    `properties` hold JSON-compatible values (str, int, float, bool, None, list, dict); dates as ISO 8601 text.
    """

    id: str
    geometry: BaseGeometry | None
    properties: Mapping[str, Any]
