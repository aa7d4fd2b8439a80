"""The filter tree: what a CQL2 expression says, before it is known which Collection it is asked of."""

from __future__ import annotations

from dataclasses import dataclass

from shapely.geometry.base import BaseGeometry


@dataclass(frozen=True, slots=True)
class Property:
    """A property of the Feature, by name."""

    name: str


@dataclass(frozen=True, slots=True)
class Literal:
    """A character, number or boolean literal."""

    value: str | float | int | bool


@dataclass(frozen=True, slots=True)
class Instant:
    """A `date` or `timestamp` literal as ISO 8601 text."""

    text: str


@dataclass(frozen=True, slots=True)
class Period:
    """An `interval` literal; each end is an Instant, a Property or None (open)."""

    start: Instant | Property | None
    end: Instant | Property | None


@dataclass(frozen=True, slots=True)
class Shape:
    """A geometry literal (or BBOX) in CRS84, longitude first, unless the API edge has brought it to another CRS."""

    geometry: BaseGeometry
    crs: str = "OGC:CRS84"


@dataclass(frozen=True, slots=True)
class Items:
    """An array literal or the list of an IN predicate."""

    items: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Op:
    """An operator or function with its arguments; names as in CQL2 JSON, lower case: `and`, `=`, `s_intersects`, ..."""

    name: str
    args: tuple[Expression, ...]


Expression = Property | Literal | Instant | Period | Shape | Items | Op
