"""The content of a tile as GeoJSON: the same Features as in the vector tile, at the same places, in longitude and latitude."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import orjson
import shapely
from numpy.typing import NDArray

from csdi.collection import Collection
from csdi.crs import transform
from csdi.store.base import Reader
from csdi.tiles.draw import Place, Scene, draw, id_key
from csdi.tiles.grid import EXTENT

_DECIMALS = 8


def draw_json(store: Reader, shown: Sequence[Collection], place: Place) -> tuple[bytes, int, bool]:
    """A FeatureCollection (RFC 7946), how many Features are in it, and whether nothing is left out.

    What is left out of the vector tile for want of room is left out here too; only where nothing is, `numberMatched` is given.
    With several Collections, each Feature says its own in the member `collection`.

    Raises:
        CollectionMissing, QueryError.
    """
    scenes = [scene for c in shown if (scene := draw(store, c, place)) is not None]
    features = [feature for scene in scenes for feature in _features(scene, place, named=len(shown) > 1)]
    whole = all(scene.whole for scene in scenes)
    matched = f'"numberMatched":{len(features)},' if whole else ""
    head = f'{{"type":"FeatureCollection","numberReturned":{len(features)},{matched}"features":['
    return head.encode() + b",".join(features) + b"]}", len(features), whole


def _features(scene: Scene, place: Place, *, named: bool) -> list[bytes]:
    key, geometries = id_key(scene.collection), dict[int, list[shapely.Geometry]]()
    for some in scene.shapes:
        kept = some.source <= scene.layer.last
        for index, shape in zip(some.source[kept], _in_degrees(some.shapes[kept], place), strict=True):
            geometries.setdefault(int(index), []).append(shape)
    names = [name for name in scene.columns if name != key]
    member = {"collection": scene.collection.id} if named else {}
    return [orjson.dumps({"type": "Feature", "id": scene.ids[i], **member, "geometry": orjson.Fragment(shapely.to_geojson(_joined(parts))),
                          "properties": {name: scene.columns[name][i] for name in names}}) for i, parts in sorted(geometries.items())]


def _joined(parts: list[shapely.Geometry]) -> shapely.Geometry:
    return parts[0] if len(parts) == 1 else shapely.GeometryCollection(parts)


def _in_degrees(shapes: NDArray[np.object_], place: Place) -> NDArray[np.object_]:
    """Tile units to longitude and latitude; exteriors counterclockwise."""
    scale = (place.box[2] - place.box[0]) / EXTENT
    there = transform(place.grid.crs, "OGC:CRS84")

    def move(units: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.round(there.points(np.column_stack([place.box[0] + units[:, 0] * scale, place.box[3] - units[:, 1] * scale])), _DECIMALS)

    return np.asarray(shapely.orient_polygons(shapely.transform(shapes, move)), object)
