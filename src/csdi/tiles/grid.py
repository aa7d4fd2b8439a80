"""Geometries on the integer grid of a tile: clipped, rounded, and polygons valid after rounding.

Tile units: x to the right, y downwards, (0, 0) the north-western corner, `EXTENT` units across. Everything is done for whole
arrays; single geometries are looked at only where rounding has broken them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

EXTENT = 4096
"""Units across a tile."""
BUFFER = 64
"""Units around a tile that are kept, so that outlines and symbols do not end at the tile's edge."""
_LOW, _HIGH = -float(BUFFER), float(EXTENT + BUFFER)
POINT, LINE, POLYGON = 1, 2, 3
"""Kinds of geometry, numbered as Mapbox Vector Tile 2.1 does."""

_TOLERANCE = 0.25
"""Vertices closer than this to the line without them are left out, in units: with rounding, no outline moves by a whole one."""
_FINE = 256.0
"""Before broken polygons are repaired their coordinates are rounded to a unit's 256th: none is then too small to compute with."""
_MANY = 16
"""Only geometries with more vertices are worth simplifying."""
_KIND_OF = np.array([0, POINT, LINE, LINE, POLYGON, POINT, LINE, POLYGON, 0], np.uint8)
"""By shapely's type id + 1; -1 is a missing geometry, 7 a collection."""
_COLLECTION = 7
_JOIN: dict[int, Callable[..., shapely.Geometry]] = {
    POINT: shapely.MultiPoint, LINE: shapely.MultiLineString, POLYGON: shapely.MultiPolygon}

Shapes = NDArray[np.object_]
Indexes = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Drawn:
    """Geometries of one kind with whole-number coordinates in tile units.

    Attributes:
        kind: `POINT`, `LINE` or `POLYGON`.
        shapes: (n,) shapely geometries; polygons valid, exteriors with positive area by the surveyor's formula in tile units.
        source: (n,) which of the given geometries each came from, ascending.
    """

    kind: int
    shapes: Shapes
    source: Indexes


def drawn(geometries: Shapes, place: Callable[[NDArray[np.float64]], NDArray[np.float64]]) -> list[Drawn]:
    """What can be seen of the geometries in the tile, by kind; collections appear under every kind they hold.

    Nothing that lies in the tile vanishes: what rounding would reduce to nothing becomes one unit wide.

    Args:
        geometries: (n,) shapely geometries or None, in any CRS.
        place: takes (m, 2) coordinates to tile units, not yet rounded.
    """
    parts, source = _without_collections(geometries)
    kinds = _KIND_OF[shapely.get_type_id(parts) + 1]
    found = []
    for kind, rounded in ((POINT, _points), (LINE, _lines), (POLYGON, _polygons)):
        chosen = np.flatnonzero(kinds == kind)
        if len(chosen):
            shapes, kept = _inside(shapely.transform(parts[chosen], place), kind)
            if len(kept):
                found.append(Drawn(kind, rounded(shapes), source[chosen[kept]]))
    return found


def cut(shapes: Shapes, box: tuple[float, float, float, float]) -> Shapes:
    """What of the shapes lies in a box (minx, miny, maxx, maxy) of their own coordinates."""
    try:
        return np.asarray(shapely.clip_by_rect(shapes, *box), object)
    except shapely.errors.GEOSException:
        return np.array([*map(_cut_alone, shapes, [box] * len(shapes)), None], object)[:-1]


def _cut_alone(shape: shapely.Geometry, box: tuple[float, float, float, float]) -> shapely.Geometry:
    """The same for one that is broken; nothing of it where it cannot be mended."""
    try:
        return shapely.intersection(shapely.make_valid(shape, method="structure", keep_collapsed=False), shapely.box(*box))
    except shapely.errors.GEOSException:
        return shapely.GeometryCollection()


def _without_collections(geometries: Shapes) -> tuple[Shapes, Indexes]:
    """Geometries of one kind each, and where they came from: a collection becomes one geometry for each kind it holds."""
    source = np.arange(len(geometries))
    mixed = shapely.get_type_id(geometries) == _COLLECTION
    if not mixed.any():
        return geometries, source
    extra, origin = [], []
    for index in np.flatnonzero(mixed):
        for kind, members in _members(geometries[index]).items():
            extra.append(_JOIN[kind](members))
            origin.append(int(index))
    parts = np.concatenate([geometries[~mixed], np.array([*extra, None], object)[:-1]])
    source = np.concatenate([source[~mixed], np.array(origin, np.int64)])
    order = np.argsort(source, kind="stable")
    return parts[order], source[order]


def _members(collection: shapely.Geometry) -> dict[int, list[shapely.Geometry]]:
    """The single geometries in a collection, however deep, by kind."""
    found: dict[int, list[shapely.Geometry]] = {}
    for part in shapely.get_parts(collection):
        if shapely.get_type_id(part) == _COLLECTION:
            for kind, members in _members(part).items():
                found.setdefault(kind, []).extend(members)
        elif not part.is_empty:
            found.setdefault(int(_KIND_OF[shapely.get_type_id(part) + 1]), []).extend(shapely.get_parts(part))
    return found


def _inside(shapes: Shapes, kind: int) -> tuple[Shapes, Indexes]:
    """What lies in the tile and its buffer, and which of the shapes that is."""
    bounds = shapely.bounds(shapes)
    meets = np.asarray((bounds[:, :2] <= _HIGH).all(axis=1) & (bounds[:, 2:] >= _LOW).all(axis=1))
    whole = (bounds[:, :2] >= _LOW).all(axis=1) & (bounds[:, 2:] <= _HIGH).all(axis=1)
    cut = np.flatnonzero(meets & ~whole)
    if len(cut):
        shapes = shapes.copy()
        shapes[cut] = _clipped(shapes[cut], kind)
        meets[cut] = ~shapely.is_empty(shapes[cut])
    kept = np.flatnonzero(meets)
    return shapes[kept], kept


def _clipped(shapes: Shapes, kind: int) -> Shapes:
    """The parts of their kind that lie in the square; empty geometries where there are none."""
    return _of_kind(cut(shapes, (_LOW, _LOW, _HIGH, _HIGH)), kind)


def _of_kind(shapes: Shapes, kind: int) -> Shapes:
    """The parts of this kind alone."""
    strange = np.flatnonzero(_KIND_OF[shapely.get_type_id(shapes) + 1] != kind)
    for index in strange:
        members = _members(shapes[index]).get(kind, []) if shapely.get_type_id(shapes[index]) == _COLLECTION else []
        shapes[index] = _JOIN[kind](members)
    return shapes


def _points(shapes: Shapes) -> Shapes:
    return np.asarray(shapely.transform(shapes, np.rint), object)


def _lines(shapes: Shapes) -> Shapes:
    rounded = np.asarray(shapely.transform(_simplified(shapes), np.rint), object)
    for index in np.flatnonzero(shapely.length(rounded) == 0):
        x, y = np.clip(shapely.get_coordinates(rounded[index])[0], _LOW, _HIGH - 1)
        rounded[index] = shapely.LineString([(x, y), (x + 1, y)])
    return rounded


def _polygons(shapes: Shapes) -> Shapes:
    shapes = _simplified(shapes)
    rounded = np.asarray(shapely.transform(shapes, np.rint), object)
    broken = np.flatnonzero(~shapely.is_valid(rounded))
    if len(broken):
        rounded[broken] = _repaired(shapes[broken])
    return np.asarray(shapely.orient_polygons(rounded), object)


def _repaired(shapes: Shapes) -> Shapes:
    """Valid polygons on the grid for those that plain rounding would break; a unit square where nothing is left."""
    fine = np.asarray(shapely.transform(shapes, lambda c: np.rint(c * _FINE) / _FINE), object)
    try:
        snapped = _snapped(fine)
    except shapely.errors.GEOSException:
        snapped = np.concatenate([_snapped_alone(shape) for shape in fine])
    for index in np.flatnonzero(shapely.is_empty(snapped)):
        x, y = np.clip(np.floor(shapely.get_coordinates(shapes[index])[0]), _LOW, _HIGH - 1)
        snapped[index] = shapely.box(x, y, x + 1, y + 1)
    return snapped


def _snapped(shapes: Shapes) -> Shapes:
    """Polygons made valid and brought to the grid; empty where nothing is left. Raises GEOSException."""
    sound = _of_kind(np.asarray(shapely.make_valid(shapes, method="structure", keep_collapsed=False), object), POLYGON)
    bounds = shapely.bounds(sound)
    out = (bounds[:, :2] < _LOW).any(axis=1) | (bounds[:, 2:] > _HIGH).any(axis=1)  # a hole outside its polygon has become one
    if out.any():
        sound[out] = shapely.intersection(sound[out], shapely.box(_LOW, _LOW, _HIGH, _HIGH))
    return _of_kind(np.asarray(shapely.set_precision(_of_kind(sound, POLYGON), 1.0), object), POLYGON)


def _snapped_alone(shape: shapely.Geometry) -> Shapes:
    try:
        return _snapped(np.array([shape], object))
    except shapely.errors.GEOSException:
        return np.array([shapely.MultiPolygon()], object)


def _simplified(shapes: Shapes) -> Shapes:
    """The shapes without the vertices that do not show; each keeps at least something. Only valid ones come out as they should."""
    many = np.flatnonzero(shapely.get_num_coordinates(shapes) > _MANY)
    many = many[shapely.is_valid(shapes[many])]
    if not len(many):
        return shapes
    simple = np.asarray(shapely.simplify(shapes[many], _TOLERANCE, preserve_topology=False), object)
    kept = ~shapely.is_empty(simple) & (shapely.get_type_id(simple) != _COLLECTION)
    shapes = shapes.copy()
    shapes[many[kept]] = simple[kept]
    return shapes
