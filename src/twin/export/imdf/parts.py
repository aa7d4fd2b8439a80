"""Parts: single features of an archive, with every member of their type and an id that stays the same."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid5

import orjson
import shapely
from shapely.geometry.base import BaseGeometry

from twin.export.imdf.vocabulary import MEMBERS

_NAMESPACE = UUID("6ba7b811-9dad-11d1-80b4-00c04fd430c8")
"""That of URLs (RFC 9562, 6.6)."""


@dataclass(frozen=True, slots=True)
class Part:
    """A feature.

    Attributes:
        geometry: CRS84, None where its type has none.
        properties: all members of its type.
    """

    id: str
    type: str
    geometry: BaseGeometry | None
    properties: dict[str, Any]

    def to_dict(self) -> dict[str, Any]:
        """The GeoJSON form."""
        shape = None if self.geometry is None else _written(self.geometry)
        return {"id": self.id, "type": "Feature", "feature_type": self.type, "geometry": shape, "properties": self.properties}


def id_of(type: str, key: str) -> str:
    """The id of the feature of a type that is made from a key, for ever (UUID version 5)."""
    return str(uuid5(_NAMESPACE, f"imdf:{type}:{key}"))


def part(type: str, key: str, geometry: BaseGeometry | None, **said: Any) -> Part:
    """A feature with what is said of it; `display_point` True is a point on its surface."""
    point = said.get("display_point")
    if point is True:
        point = shapely.point_on_surface(geometry)
    if point is not None:
        said["display_point"] = _written(point)
    return Part(id_of(type, key), type, geometry, {name: said.get(name) for name in MEMBERS[type]})


def reference(type: str, id: str) -> dict[str, str]:
    """How relationships name a feature."""
    return {"id": id, "feature_type": type}


def _written(shape: BaseGeometry) -> dict[str, Any]:
    return dict(orjson.loads(shapely.to_geojson(shape)))
