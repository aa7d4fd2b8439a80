"""Features in request bodies: GeoJSON in the CRS of Content-Crs becomes a Feature of its Collection, checked part by part."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

import numpy as np
import orjson
import shapely
from shapely.geometry.base import BaseGeometry

from csdi.collection import Collection
from csdi.crs import CRS, CRS84, HeightModel, compound, crs, from_authority_order, transform
from csdi.errors import FeatureInvalid, FormatUnknown, ValueInvalid
from csdi.feature import Feature
from csdi.history import SINCE_VERSION, VALID_FROM, is_versioned
from csdi.store.values import batches
from ogc_api.geojson import geometry_object
from ogc_api.parameters import asked_crs

Json = dict[str, Any]
LONGEST = 16 * 2**20
"""Bytes of the largest body."""
FEATURE_MEDIA = frozenset({"application/geo+json", "application/json"})
PATCH_MEDIA = frozenset({"application/merge-patch+json", "application/json"})
_DEPTH = {"Point": 0, "MultiPoint": 1, "LineString": 1, "MultiLineString": 2, "Polygon": 2, "MultiPolygon": 3}
"""How many lists stand around the positions of a geometry's coordinates."""


def read_json(body: bytes, content_type: str, expected: frozenset[str]) -> Json:
    """The document of a request body.

    Raises:
        FormatUnknown: another media type than those expected.
        ValueInvalid: it is no JSON object.
    """
    media = content_type.partition(";")[0].strip().lower()
    if media not in expected:
        raise FormatUnknown(f"a feature is not read from '{media}'", field="Content-Type", value=media,
                            remedy=f"send {' or '.join(sorted(expected))}")
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise ValueInvalid(f"the body is not JSON: {error}", field="body") from None
    if not isinstance(document, dict):
        raise ValueInvalid("the body is not a JSON object", field="body", remedy="send one GeoJSON Feature")
    return document


def read_content_crs(header: str | None, collection: Collection) -> CRS:
    """The CRS of the body's coordinates from `Content-Crs: <uri>`; CRS84 without the header. Raises ValueInvalid."""
    return CRS84 if header is None else asked_crs(header.strip().removeprefix("<").removesuffix(">"), "Content-Crs", collection)


def new_feature(document: Json, collection: Collection, source: CRS, heights: HeightModel, id: str = "") -> Feature:
    """The Feature that a whole GeoJSON Feature describes, as the store will keep it.

    Args:
        source: CRS of the coordinates, which are in its authority's axis order.
        id: the one it must have; "" where the document may name one, and gets a new one else.

    Raises:
        FeatureInvalid: naming the member or property, and what is wrong with it.
    """
    if document.get("type") != "Feature":
        raise FeatureInvalid(f"the body is no Feature: its type is {document.get('type')!r}", field="type",
                             remedy='send one object with "type": "Feature"')
    for name in ("geometry", "properties"):
        if name not in document:
            raise FeatureInvalid(f"the Feature has no member '{name}'", field=name, remedy=f'a Feature without it says "{name}": null')
    geometry = read_geometry(document["geometry"], collection, source, heights)
    named = _id(document, id)
    return as_kept(Feature(named or str(uuid4()), geometry, _properties(document["properties"], collection)), collection)


def patched(before: Feature, patch: Json, collection: Collection, source: CRS, heights: HeightModel) -> Feature:
    """The Feature after a JSON Merge Patch (RFC 7396) of its GeoJSON; a geometry that the patch does not name stays bit for bit.

    Raises:
        FeatureInvalid: as `new_feature`.
    """
    if patch.get("type", "Feature") != "Feature":
        raise FeatureInvalid("a Feature stays a Feature", field="type")
    _id(patch, before.id)
    geometry = before.geometry
    if "geometry" in patch:
        shown = geometry_object(before, collection, source, heights) if isinstance(patch["geometry"], dict) else None
        geometry = read_geometry(merged(shown, patch["geometry"]), collection, source, heights)
    properties = merged(dict(before.properties), patch["properties"]) if "properties" in patch else before.properties
    return as_kept(Feature(before.id, geometry, _properties(properties, collection)), collection)


def merged(target: Any, patch: Any) -> Any:
    """A JSON value after a merge patch, as RFC 7396 section 2 defines it."""
    if not isinstance(patch, Mapping):
        return patch
    result = dict(target) if isinstance(target, Mapping) else {}
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = merged(result.get(name), value)
    return result


def as_kept(feature: Feature, collection: Collection) -> Feature:
    """The Feature with its values as the store keeps them. Raises FeatureInvalid where one does not fit the schema."""
    for field in collection.schema.stored:
        value = feature.properties.get(field.name)
        if field.enum and value is not None and value not in field.enum:
            raise FeatureInvalid(f"property '{field.name}' is none of its values: {value!r}"[:200], field=field.name,
                                 remedy=f"one of {', '.join(map(str, field.enum[:20]))}")
    try:
        (batch,) = batches([feature], collection)
    except ValueInvalid as error:
        raise FeatureInvalid(error.message, remedy=error.remedy, **error.data) from None
    return batch.feature(0)


def read_geometry(document: Any, collection: Collection, source: CRS, heights: HeightModel) -> BaseGeometry | None:
    """A GeoJSON geometry in the storage CRS, x = east or longitude first.

    Heights: those of a 3D `source` are converted to the Collection's height datum, those of a 2D one are metres above it already.

    Raises:
        FeatureInvalid: not a geometry, or one that is not valid, with the reason and the place.
        CrsError: it has no place in the storage CRS.
    """
    if document is None:
        return None
    _check_geometry(document, "geometry")
    shape = shapely.from_geojson(json.dumps(document))
    if shape.is_empty:
        raise FeatureInvalid("the geometry has no coordinates", field="geometry", remedy='a Feature without geometry says "geometry": null')
    if not shape.is_valid:
        raise FeatureInvalid(f"the geometry is not valid: {shapely.is_valid_reason(shape)}", field="geometry",
                             remedy="repair it; the place is in the CRS and axis order of the body")
    placed = np.array([from_authority_order(shape, source)], dtype=object)
    target = _stored_in(collection, source)
    moved: BaseGeometry = placed[0] if source == target else transform(source, target, heights=heights).geometry(placed)[0]
    return moved


def _stored_in(collection: Collection, source: CRS) -> CRS:
    """The storage CRS, with the Collection's heights where the coordinates come with heights of a CRS."""
    storage = crs(collection.storage_crs)
    solid = source.dims == 3 and collection.vertical_crs and storage.dims == 2
    return compound(storage, crs(collection.vertical_crs)) if solid else storage


def _check_geometry(document: Any, where: str) -> None:
    """That the document has the form of a GeoJSON geometry (RFC 7946 section 3.1), with finite coordinates."""
    kind = document.get("type") if isinstance(document, dict) else None
    if kind == "GeometryCollection":
        parts = document.get("geometries")
        if not isinstance(parts, list):
            raise FeatureInvalid(f"{where} has no list 'geometries'", field=where)
        for at, part in enumerate(parts):
            if isinstance(part, dict) and part.get("type") == "GeometryCollection":
                raise FeatureInvalid(f"{where}.geometries[{at}] is a collection inside a collection", field=where)
            _check_geometry(part, f"{where}.geometries[{at}]")
        return
    if not isinstance(kind, str) or kind not in _DEPTH:
        raise FeatureInvalid(f"{where} is no GeoJSON geometry: its type is {kind!r}", field=where, remedy=f"one of {', '.join(_DEPTH)}")
    least = 2 if kind.endswith("LineString") else 4 if kind.endswith("Polygon") else 0
    _check_positions(document.get("coordinates"), _DEPTH[kind], least, f"{where}.coordinates", ring=least == 4)


def _check_positions(value: Any, depth: int, least: int, where: str, *, ring: bool) -> None:
    if not isinstance(value, list):
        raise FeatureInvalid(f"{where} is no list", field="geometry")
    if depth == 0:
        if not 2 <= len(value) <= 3 or not all(type(one) in (int, float) and math.isfinite(one) for one in value):
            raise FeatureInvalid(f"{where} is no position of two or three numbers: {value!r}"[:200], field="geometry")
        return
    for at, inner in enumerate(value):
        _check_positions(inner, depth - 1, least, f"{where}[{at}]", ring=ring)
    if depth == 1 and len(value) < least:
        raise FeatureInvalid(f"{where} has {len(value)} positions; it needs at least {least}", field="geometry")
    if depth == 1 and len({len(position) for position in value}) > 1:
        raise FeatureInvalid(f"{where} has positions with and without heights", field="geometry")
    if depth == 1 and ring and value[0] != value[-1]:
        raise FeatureInvalid(f"{where} is a ring that does not end where it begins", field="geometry", remedy="repeat the first position")


def _id(document: Json, required: str) -> str:
    given = document.get("id")
    if given is None or given == "":
        return required
    if isinstance(given, bool) or not isinstance(given, str | int | float):
        raise FeatureInvalid("the id is neither text nor a number", field="id")
    if required and str(given) != required:
        raise FeatureInvalid(f"the id of the body is '{given}', that of the path '{required}'", field="id",
                             remedy="leave the id out of the body")
    return str(given)


def _properties(given: Any, collection: Collection) -> Json:
    """The properties as given, without those that the server keeps by itself."""
    if given is not None and not isinstance(given, Mapping):
        raise FeatureInvalid("the properties are no JSON object", field="properties")
    kept = (VALID_FROM, SINCE_VERSION) if is_versioned(collection) else ()
    return {name: value for name, value in (given or {}).items() if name not in kept}
