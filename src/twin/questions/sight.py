"""Sight: which Features are seen from a place, when elements stand in the way: their shapes, or their boxes where no shapes are kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import shapely
from numpy.typing import NDArray

from csdi.collection import Collection
from csdi.crs import crs, transform
from csdi.errors import FilterInvalid
from csdi.feature import Feature, Schema
from csdi.filter import Literal, Op, Property, Shape
from csdi.filter.nearness import Place, Solid
from csdi.query import Query
from csdi.store.base import Reader
from twin.questions.shapes_kept import KeptShapes

Floats = NDArray[np.float64]
LOOKED_AT = 200.0
"""Metres that one may look."""
_MOST = 20_000
_WINDOW = "IFCWINDOW"
_NOTHING = ("IFCSPACE", "IFCOPENINGELEMENT", "IFCVIRTUALELEMENT", "IFCSPATIALZONE", "IFCGRID", "IFCANNOTATION")
"""What stands in nobody's way."""
_TOUCH = 0.01


@dataclass(frozen=True)
class _Standing:
    """What stands around a place: boxes (n, 6) in the storage CRS with levels, ids, and whether each is a window."""

    boxes: Floats
    ids: list[str]
    windows: list[bool]


def seen(reader: Reader, collection: Collection, elements: Collection, query: Query, place: Place, metres: float,
         own: set[str], shapes: KeptShapes | None = None) -> list[str]:
    """Ids of the Features of a query whose middle is seen from the middle of a place.

    Args:
        collection, elements: what is looked at, and what stands in the way, both in the storage CRS of the place.
        query: what is looked at; within the distance.
        own: ids that stand in nobody's way: what one looks from.
        shapes: of the models; what has none of them kept stands in the way with its box, but for windows.

    Raises:
        FilterInvalid: too much stands around.
    """
    levels = collection.schema.levels or ()
    fields = tuple(name for name in ("element", "global_id", *levels) if name in collection.schema)
    aims = _some(reader, collection.id, replace(query, fields=fields, limit=_MOST, sort=(), cursor="", offset=0))
    standing = _standing(reader, elements, collection.storage_crs, place, metres)
    blockers = _metres(standing.boxes, place)
    found = []
    for feature in aims:
        solid = _solid(feature, collection.schema)
        if solid is None:
            continue
        mine = own | {feature.id, str(feature.properties.get("element")), f":{feature.properties.get('global_id')}"}
        inside = inside_m(_middle(place.solid, place), _middle(solid, place), blockers)
        met = {one: inside[one] for one in np.flatnonzero(inside > -_TOUCH).tolist()
               if not mine & {standing.ids[one], f":{standing.ids[one].rpartition(':')[2]}"}}
        ends = np.array([place.solid.numbers, solid.numbers]).reshape(2, 2, 3).mean(axis=1)
        if not _is_hidden(standing, met, ends, collection.storage_crs, shapes):
            found.append(feature.id)
    return found


def _is_hidden(standing: _Standing, met: Mapping[int, float], ends: Floats, storage: str, shapes: KeptShapes | None) -> bool:
    """Whether one of the elements whose boxes a line (2, 3) meets, with how far it is inside, stands in it; where it only touches a
    box, the box does not."""
    lines: dict[str, Floats | None] = {}
    for one, inside in met.items():
        model, _, element = standing.ids[one].partition(":")
        if shapes is not None and model not in lines:
            lines[model] = shapes.line(model, ends, storage)
        line = lines.get(model)
        if line is None or shapes is None:
            hides = inside > _TOUCH and not standing.windows[one]
        else:
            hides = shapes.stands_in(model, element, line, is_window=standing.windows[one])
        if hides:
            return True
    return False


def inside_m(start: Floats, end: Floats, boxes: Floats) -> Floats:
    """(n,) metres of the straight line between two points that are inside boxes (slab method); below 0 where it misses one.

    Args:
        start, end: (3,) points.
        boxes: (n, 2, 3) lowest and highest corners.
    """
    way = end - start
    with np.errstate(divide="ignore", invalid="ignore"):
        times = (boxes - start) / way
    flat = np.abs(way) < 1e-12
    within = (boxes[:, 0] < start) & (start < boxes[:, 1])
    entry = np.where(flat, np.where(within, -np.inf, np.inf), times.min(axis=1))
    leave = np.where(flat, np.where(within, np.inf, -np.inf), times.max(axis=1))
    first, last = np.maximum(entry.max(axis=1, initial=-np.inf), 0.0), np.minimum(leave.min(axis=1, initial=np.inf), 1.0)
    length = max(float(np.linalg.norm(way)), 1e-9)
    inside: Floats = (last - first) * length
    return inside


def _standing(reader: Reader, elements: Collection, storage: str, place: Place, metres: float) -> _Standing:
    """Elements with known heights around a place; what is no body is left out."""
    around = place.solid
    line = shapely.LineString([(around.minx, around.miny, around.minz), (around.maxx, around.maxy, around.maxz)])
    near = Op("near", (Property("geometry"), Shape(line, crs(storage).horizontal.code), Literal(metres)))
    levels = elements.schema.levels or ()
    found = _some(reader, elements.id, Query(filter=near, fields=("ifc_class", *levels), limit=_MOST, count=False))
    change = transform(crs(elements.storage_crs).horizontal, crs(storage).horizontal)
    boxes, ids, windows = [], [], []
    for feature in found:
        kind = str(feature.properties.get("ifc_class")).upper()
        if kind in _NOTHING or feature.geometry is None:
            continue
        solid = _solid(feature if change.is_identity else replace(feature, geometry=change.geometry(feature.geometry)), elements.schema)
        if solid is not None and solid.maxz - solid.minz < 1e8:
            boxes.append(solid.numbers)
            ids.append(feature.id)
            windows.append(kind.startswith(_WINDOW))
    return _Standing(np.array(boxes, float).reshape(-1, 6), ids, windows)


def _some(reader: Reader, id: str, query: Query) -> list[Feature]:
    page = reader.search(id, replace(query, geometry=True, count=False))
    if page.next:
        raise FilterInvalid(f"more than {_MOST} features of {id} are around", remedy="look less far, or add conditions", field="filter")
    return page.features


def _solid(feature: Feature, schema: Schema) -> Solid | None:
    if feature.geometry is None:
        return None
    return Solid.around(feature.geometry, *(feature.properties.get(name) for name in schema.levels or ()))


def _middle(solid: Solid, place: Place) -> Floats:
    """(3,) the middle of a box, in metres from a corner of the place."""
    return _metres(np.array([solid.numbers]), place)[0].mean(axis=0)  # type: ignore[no-any-return]


def _metres(boxes: Floats, place: Place) -> Floats:
    """(n, 2, 3) lowest and highest corners in metres from a corner of the place."""
    moved: Floats = (boxes.reshape(-1, 2, 3) - np.array([place.solid.minx, place.solid.miny, 0.0])) * np.array([*place.scale, 1.0])
    return moved
