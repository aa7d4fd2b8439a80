"""Features as GeoJSON bytes in the CRS that was asked for; axis order as that CRS's authority has it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import orjson
import shapely
from numpy.typing import NDArray

from csdi.collection import Collection
from csdi.crs import CRS, CRS84, HeightModel, compound, crs, to_authority_order, transform
from csdi.feature import Feature


def encode(features: Sequence[Feature], collection: Collection, target: CRS, heights: HeightModel, tolerance: float = 0.0) -> list[bytes]:
    """Each Feature as GeoJSON; coordinates transformed in one call, never rounded when the CRS is the storage CRS.

    Heights: in a 3D target they are converted to its height system; in a 2D target they stay as stored, metres above
    the Collection's height datum. `tolerance`: see `in_crs`.
    """
    shapes = in_crs(features, collection, target, heights, tolerance)
    there = ~shapely.is_missing(shapes)
    if there.any():
        shapes[there] = to_authority_order(shapes[there], target)
    return [orjson.dumps(_object(feature, shape, target)) for feature, shape in zip(features, shapes, strict=True)]


def in_crs(features: Sequence[Feature], collection: Collection, target: CRS, heights: HeightModel,
           tolerance: float = 0.0) -> NDArray[np.object_]:
    """(n,) geometries in the CRS `target`, x = east or longitude first whatever its authority says; heights as `encode` has them.

    With a `tolerance` in units of `target` they are simplified (Douglas and Peucker) as far as each stays valid by itself.
    """
    shapes = np.array([feature.geometry for feature in features], dtype=object)
    there = ~shapely.is_missing(shapes)
    storage = crs(collection.storage_crs)
    source = compound(storage, crs(collection.vertical_crs)) if target.dims == 3 and collection.vertical_crs \
        and storage.dims == 2 else storage
    if there.any() and source != target:
        shapes[there] = transform(source, target, heights=heights).geometry(shapes[there])
    if tolerance > 0 and there.any():
        shapes[there] = shapely.simplify(shapes[there], tolerance, preserve_topology=True)
    return shapes


def geometry_object(feature: Feature, collection: Collection, target: CRS, heights: HeightModel) -> Any:
    """The geometry of a Feature as a GeoJSON object, as `encode` has it; None for none."""
    return orjson.loads(encode([feature], collection, target, heights)[0])["geometry"]


def encode_one(feature: Feature, collection: Collection, target: CRS, heights: HeightModel,
               extra: dict[str, Any] | None = None, tolerance: float = 0.0) -> bytes:
    """One Feature as GeoJSON, with further members such as links."""
    body = encode([feature], collection, target, heights, tolerance)[0]
    return body[:-1] + b"," + orjson.dumps(extra)[1:] if extra else body


def _object(feature: Feature, shape: Any, target: CRS) -> dict[str, Any]:
    body: dict[str, Any] = {"type": "Feature", "id": feature.id, "geometry": None, "properties": dict(feature.properties)}
    if shape is not None:
        body["geometry"] = orjson.Fragment(shapely.to_geojson(_rounded(shape) if target == CRS84 else shape))
    return body


def _rounded(shape: Any) -> Any:
    """Degrees to 8 decimals, about a millimetre, as the ready-made geometries have them."""
    return shapely.transform(shape, lambda c: np.round(c, 8) if c.shape[1] == 2 else
                             np.column_stack([np.round(c[:, :2], 8), c[:, 2:]]), include_z=bool(shapely.has_z(shape)))
