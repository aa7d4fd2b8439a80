"""GeoJSON in CRS84: the text of geometries, 8 decimals, and of whole Features."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from csdi.crs import crs, transform
from csdi.feature import Feature, Field

DECIMALS = 8
"""Of longitudes and latitudes: about 1 mm."""


def geometry_texts(geometries: NDArray[np.object_], storage_crs: str) -> list[str | None]:
    """Each geometry as GeoJSON in CRS84, None where there is none; heights stay as they are.

    Raises:
        OutsideAreaOfUse: a vertex has no place in CRS84.
    """
    return list(shapely.to_geojson(crs84(geometries, storage_crs)))


def crs84(geometries: NDArray[np.object_], storage_crs: str) -> NDArray[np.object_]:
    """The geometries in CRS84, rounded to 8 decimals."""
    change = transform(crs(storage_crs).horizontal, "OGC:CRS84")

    def rounded(points: NDArray[np.float64]) -> NDArray[np.float64]:
        moved = np.array(change.points(points))
        moved[:, :2] = moved[:, :2].round(DECIMALS)
        return moved

    result = geometries.copy()
    solid = shapely.has_z(geometries)
    for chosen, z in ((~solid, False), (solid, True)):
        if chosen.any():
            result[chosen] = shapely.transform(geometries[chosen], rounded, include_z=z)
    return result


def feature_bytes(feature: Feature, geometry: str | None, fields: list[Field]) -> bytes:
    """A GeoJSON Feature from its parts; `geometry` is GeoJSON text."""
    return "".join(feature_parts(feature.id, geometry, {field.name: feature.properties.get(field.name) for field in fields})).encode()


def json_text(value: Any) -> str:
    """Compact JSON, letters as they are."""
    return _text(value)


def feature_parts(id: str, geometry: str | None, properties: dict[str, Any]) -> tuple[str, str]:
    """A GeoJSON Feature cut before the value of its properties; `geometry` is GeoJSON text."""
    return (f'{{"type":"Feature","id":{_text(id)},"geometry":{geometry or "null"},"properties":', _text(properties) + "}")


_text = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
