"""Values: what a property may hold and how a store keeps it, the same for every store; batches of checked Features."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from csdi.collection import Collection
from csdi.errors import ValueInvalid
from csdi.feature import Feature, Field, FieldType, Schema
from csdi.filter.instants import date_key, datetime_key, rfc3339_of

BATCH = 5000

_KINDS = ("point", "linestring", "linearring", "polygon", "multipoint", "multilinestring", "multipolygon", "geometrycollection")
_MULTI: dict[str, Callable[..., BaseGeometry]] = {
    "multipoint": shapely.MultiPoint, "multilinestring": shapely.MultiLineString, "multipolygon": shapely.MultiPolygon}
_SINGLE_OF = {"multipoint": "point", "multilinestring": "linestring", "multipolygon": "polygon"}


@dataclass(frozen=True, slots=True)
class Batch:
    """Some Features, checked and in columns.

    Attributes:
        ids: no id twice; of two Features with one id the later is kept.
        geometries: (n,) shapely objects or None, in the storage CRS.
        properties: for each Feature every stored field of the schema; times as RFC 3339 in UTC.
        given: how many Features came in.
    """

    ids: list[str]
    geometries: NDArray[np.object_]
    properties: list[dict[str, Any]]
    given: int

    def feature(self, index: int) -> Feature:
        """One of them."""
        return Feature(self.ids[index], self.geometries[index], self.properties[index])


def batches(features: Iterable[Feature], collection: Collection, size: int = BATCH) -> Iterator[Batch]:
    """The Features in checked batches.

    Raises:
        ValueInvalid: naming the Feature and the field that does not fit the schema.
    """
    checker = _Checker(collection)
    source = iter(features)
    while chunk := list(islice(source, size)):
        latest = {feature.id: feature for feature in chunk}
        kept = list(latest.values())
        properties = [checker.properties(feature) for feature in kept]
        geometries = np.empty(len(kept), object)
        geometries[:] = [feature.geometry for feature in kept]
        yield Batch(list(latest), checker.geometries(geometries, kept), properties, len(chunk))


def misfit(value: Any, kind: FieldType) -> str:
    """Why a value cannot be a property of this type: "is not text", "holds a NUL character"; empty where it can, as None always can."""
    check = _json_text if kind is FieldType.JSON else _CHECKS[kind]
    try:
        if value is not None:
            check(value)
    except _Unfit as unfit:
        return str(unfit)
    return ""


def level_range(geometry: BaseGeometry | None, properties: Mapping[str, Any], schema: Schema) -> tuple[float, float] | None:
    """Lowest and highest level of a Feature in metres of the Collection's height datum; None where nothing is known.

    From the fields of `Schema.levels` (one of the two stands for both), else from the z of the geometry.
    """
    if schema.levels:
        known = [value for name in schema.levels if (value := properties.get(name)) is not None]
        if known:
            return min(known), max(known)
    if geometry is None or not shapely.has_z(geometry):
        return None
    heights = shapely.get_coordinates(geometry, include_z=True)[:, 2]
    heights = heights[np.isfinite(heights)]
    return (float(heights.min()), float(heights.max())) if len(heights) else None


class _Checker:
    def __init__(self, collection: Collection) -> None:
        self._id = collection.id
        self._schema = collection.schema
        self._checks = {f.name: _CHECKS[f.type] for f in collection.schema.stored}
        self._required = [f.name for f in collection.schema.stored if f.required]

    def properties(self, feature: Feature) -> dict[str, Any]:
        given = feature.properties
        if type(feature.id) is not str or not _is_text(feature.id) or not feature.id:
            raise ValueInvalid(f"collection {self._id}: {feature.id!r} cannot be a feature id", field="id",
                               remedy="text of at least one character, without NUL")
        kept: dict[str, Any] = dict.fromkeys(self._checks)
        for name, value in given.items():  # mostly a few of many fields
            if value is not None and name in kept:
                try:
                    kept[name] = self._checks[name](value)
                except _Unfit as unfit:
                    raise self._refused(feature, name, str(unfit)) from None
        for name in self._required:
            if kept[name] is None:
                raise self._refused(feature, name, "is missing, but required")
        if not kept.keys() >= given.keys():
            raise self._refused(feature, next(name for name in given if name not in kept), "is not a stored field of the schema")
        return kept

    def _refused(self, feature: Feature, name: str, why: str) -> ValueInvalid:
        value = repr(feature.properties.get(name))[:80]
        return ValueInvalid(f"collection {self._id}, feature {feature.id}: property '{name}' {why}: {value}", field=name,
                            value=value, feature=feature.id, collection=self._id)

    def geometries(self, geometries: NDArray[np.object_], features: list[Feature]) -> NDArray[np.object_]:
        types = shapely.get_type_id(geometries)
        self._check_coordinates(geometries, features)
        if shapely.has_m(geometries).any():
            measured = shapely.has_m(geometries)
            geometries[measured] = [_without_m(g) for g in geometries[measured]]
        if (types == 2).any():
            geometries[types == 2] = shapely.linestrings(
                [shapely.get_coordinates(g, include_z=bool(shapely.has_z(g))) for g in geometries[types == 2]])
        return self._of_kind(geometries, features)

    def _of_kind(self, geometries: NDArray[np.object_], features: list[Feature]) -> NDArray[np.object_]:
        kind = self._schema.geometry
        present = geometries != np.array(None)
        if kind == "geometry" or not present.any():
            return geometries
        types = shapely.get_type_id(geometries)
        wanted = _KINDS.index(kind) if kind else -2
        if kind in _SINGLE_OF:
            single = types == _KINDS.index(_SINGLE_OF[kind])
            geometries[single] = [_promoted(g, kind) for g in geometries[single]]
            types[single] = wanted
        wrong = present & (types != wanted)
        if wrong.any():
            first = int(np.argmax(wrong))
            raise ValueInvalid(
                f"collection {self._id}, feature {features[first].id}: a {_KINDS[types[first]]} in a collection of "
                f"{kind or 'features without geometry'}", field="geometry", feature=features[first].id, collection=self._id,
                remedy="declare the schema's geometry as 'geometry'")
        return geometries

    def _check_coordinates(self, geometries: NDArray[np.object_], features: list[Feature]) -> None:
        solid = shapely.has_z(geometries)
        if solid.any() and not self._schema.has_z:
            first = features[int(np.argmax(solid))]
            raise ValueInvalid(f"collection {self._id}, feature {first.id}: the geometry has heights, the schema says none",
                               field="geometry", feature=first.id, collection=self._id, remedy="declare has_z")
        coordinates, owner = shapely.get_coordinates(geometries, include_z=bool(solid.any()), return_index=True)
        bad = ~np.isfinite(coordinates[:, :2]).all(axis=1)
        if coordinates.shape[1] == 3:
            bad |= ~np.isfinite(coordinates[:, 2]) & solid[owner]
        if bad.any():
            first = features[int(owner[np.argmax(bad)])]
            raise ValueInvalid(f"collection {self._id}, feature {first.id}: the geometry has a coordinate that is not finite",
                               field="geometry", feature=first.id, collection=self._id)


class _Unfit(Exception):
    """A value that its field cannot hold; says why."""


def _string(value: Any) -> str:
    if not isinstance(value, str):
        raise _Unfit("is not text")
    if not value.isascii() or "\x00" in value:
        _check_text(value)
    return value


def _is_text(value: str) -> bool:
    try:
        _check_text(value)
    except _Unfit:
        return False
    return True


def _check_text(value: str) -> None:
    if "\x00" in value:
        raise _Unfit("holds a NUL character")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise _Unfit("holds half of a surrogate pair") from None


def _integer(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int | np.integer):
        raise _Unfit("is not a whole number")
    if not -(2**63) <= value < 2**63:
        raise _Unfit("is beyond 64 bits")
    return int(value)


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | np.number):
        raise _Unfit("is not a number")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise _Unfit("is not a finite number")
    return number


def _boolean(value: Any) -> bool:
    if not isinstance(value, bool | np.bool_):
        raise _Unfit("is not true or false")
    return bool(value)


def _date(value: Any) -> str:
    try:
        return date_key(value)
    except (ValueError, TypeError):
        raise _Unfit("is not a date as YYYY-MM-DD") from None


def _datetime(value: Any) -> str:
    try:
        return rfc3339_of(datetime_key(value))
    except (ValueError, TypeError):
        raise _Unfit("is not a time in ISO 8601") from None


def _json(value: Any) -> Any:
    """A copy that nobody else can change."""
    return json.loads(_json_text(value))


def _json_text(value: Any) -> str:
    try:
        text = json.dumps(value, allow_nan=False, ensure_ascii=False)
        text.encode()
    except (ValueError, TypeError, RecursionError):
        raise _Unfit("is not JSON (NaN and infinity are not)") from None
    if "\\u0000" in text:
        raise _Unfit("holds a NUL character")
    return text


_CHECKS: dict[FieldType, Callable[[Any], Any]] = {
    FieldType.STRING: _string, FieldType.INTEGER: _integer, FieldType.NUMBER: _number, FieldType.BOOLEAN: _boolean,
    FieldType.DATE: _date, FieldType.DATETIME: _datetime, FieldType.JSON: _json,
}


def _promoted(geometry: BaseGeometry, kind: str) -> BaseGeometry:
    """A single geometry as a collection of one."""
    parts = [] if geometry.is_empty else [geometry]
    multi: BaseGeometry = _MULTI[kind](parts)
    return multi


def _without_m(geometry: BaseGeometry) -> BaseGeometry:
    return shapely.from_wkb(shapely.to_wkb(geometry, output_dimension=3 if shapely.has_z(geometry) else 2))


def stored_names(schema: Schema, wanted: tuple[str, ...] | None) -> list[Field]:
    """The stored fields that a query asks for, in the schema's order. Raises PropertyUnknown."""
    if wanted is None:
        return list(schema.stored)
    names = {schema.field(name).name for name in wanted}
    return [field for field in schema.stored if field.name in names]
