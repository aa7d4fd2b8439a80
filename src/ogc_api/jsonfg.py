"""Items as JSON-FG (OGC Features and Geometries JSON): places in any CRS and with heights, times, and the type of things."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson

from csdi.collection import Collection
from csdi.crs import CRS, CRS84, HeightModel, crs
from csdi.feature import Feature, FieldType
from ogc_api import geojson
from ogc_api.parameters import METRES_PER_DEGREE

MEDIA = "application/fg+json"
_SPEC = "http://www.opengis.net/spec/json-fg-1/1.0/conf"
CONFORMANCE = tuple(f"{_SPEC}/{name}" for name in ("core", "types-schemas"))
API_CONFORMANCE = (*CONFORMANCE, f"{_SPEC}/api")
_DIMENSION = {"point": 0, "multipoint": 0, "linestring": 1, "multilinestring": 1, "polygon": 2, "multipolygon": 2}
_DATES = {FieldType.DATE: "date", FieldType.DATETIME: "timestamp"}


def head(collection: Collection, target: CRS, base: str) -> dict[str, Any]:
    """What holds for all Features of a document: conformance, CRS, type and its schema, dimension of geometries.

    `coordRefSys` of a compound CRS is the list of its parts.
    """
    uris = [target.uri] if "+" not in target.code else [target.horizontal.uri, crs(target.vertical or "").uri]
    said: dict[str, Any] = {"conformsTo": list(CONFORMANCE), "coordRefSys": uris[0] if len(uris) == 1 else uris,
                            "featureType": collection.id, "featureSchema": f"{base}/collections/{collection.id}/schema"}
    dimension = _DIMENSION.get(collection.schema.geometry)
    return said | ({} if dimension is None else {"geometryDimension": dimension})


def encode(features: Sequence[Feature], collection: Collection, target: CRS, heights: HeightModel, tolerance: float = 0.0) -> list[bytes]:
    """Each Feature as JSON-FG: in CRS84 its geometry is `geometry`; in another CRS `place` is in that one, in its authority's
    axis order, and `geometry` in CRS84 for readers of GeoJSON."""
    degrees = tolerance if target.is_geographic else tolerance * target.unit_to_metre / METRES_PER_DEGREE
    plain = [orjson.loads(one) for one in geojson.encode(features, collection, CRS84, heights, degrees)]
    places: Sequence[Any] = [None] * len(plain) if target == CRS84 else [
        orjson.loads(one)["geometry"] for one in geojson.encode(features, collection, target, heights, tolerance)]
    return [orjson.dumps({"type": "Feature", "id": one["id"], "time": time_of(feature, collection), "place": place,
                          "geometry": one["geometry"], "properties": one["properties"]})
            for feature, one, place in zip(features, plain, places, strict=True)]


def time_of(feature: Feature, collection: Collection) -> dict[str, Any] | None:
    """The time of a Feature as JSON-FG: a date, a timestamp, or an interval of two of one kind with `..` for an open side."""
    schema = collection.schema
    if not schema.time:
        return None
    start = feature.properties.get(schema.time)
    if not schema.time_end:
        return None if start is None else {_DATES[schema.field(schema.time).type]: start}
    end = feature.properties.get(schema.time_end)
    return None if start is None and end is None else {"interval": [start or "..", end or ".."]}
