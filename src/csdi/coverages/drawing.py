"""Drawing: Features of a vector Collection as a picture over a frame, in one plain colour."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from csdi.collection import Collection
from csdi.coverages.frame import Box, Frame, meet
from csdi.coverages.look import Picture
from csdi.coverages.subset import carried
from csdi.crs import CRS84, crs, transform
from csdi.errors import CsdiError
from csdi.extent import BBox
from csdi.formats.pixels import cover
from csdi.query import Query
from csdi.store.base import Reader

Colour = tuple[int, int, int]
MOST = 20_000
"""Features that are drawn, the largest first."""
_FINE = 3
"""Each pixel is drawn as so many by so many, for smooth edges."""
_EDGE_PX = 6
"""Pixels around a picture in which Features are drawn too, so that no outline is cut along its edge."""
_LINE_PX, _OUTLINE_PX, _DOT_PX = 1.6, 0.9, 3.5
_FILL, _STROKE = 0.35, 0.95


@dataclass(frozen=True, slots=True)
class Pen:
    """How Features are drawn: the colour of lines and points, and of areas, which let the ground shine through."""

    colour: Colour


def draw_features(store: Reader, collection: Collection, frame: Frame, pen: Pen) -> Picture:
    """The Features that lie in a frame, transparent around them.

    Raises:
        CollectionMissing.
    """
    wide = frame.part((-_EDGE_PX, frame.columns + _EDGE_PX, -_EDGE_PX, frame.rows + _EDGE_PX))
    shapes = _placed(store, collection, wide)
    picture = _painted(shapes, wide.rows, wide.columns, pen)
    return picture[_EDGE_PX:-_EDGE_PX, _EDGE_PX:-_EDGE_PX]


def _placed(store: Reader, collection: Collection, frame: Frame) -> NDArray[np.object_]:
    """Geometries in pixels of the frame, x to the right and y downwards."""
    box = _seen(collection, frame)
    if box is None or not collection.schema.geometry:
        return np.array([], object)
    storage = crs(collection.storage_crs).horizontal
    found = store.largest(collection.id, Query(bbox=BBox(*box, crs=storage.code), fields=(), limit=MOST)).geometries
    around = _grown(box)
    bounds = shapely.bounds(found)
    far = (bounds[:, :2] < around[:2]).any(axis=1) | (bounds[:, 2:] > around[2:]).any(axis=1)
    if far.any():
        found = found.copy()
        found[far] = shapely.clip_by_rect(found[far], *around)
    onto = transform(storage, frame.crs)

    def place(points: NDArray[np.float64]) -> NDArray[np.float64]:
        moved = onto.points(points)
        return np.column_stack([(moved[:, 0] - frame.west) / frame.width, (frame.north - moved[:, 1]) / frame.height])

    shapes = shapely.transform(shapely.force_2d(found[~shapely.is_empty(found)]), place)
    return np.asarray(shapes, object)


def _seen(collection: Collection, frame: Frame) -> Box | None:
    """What the frame and the Collection share, in its storage CRS."""
    extent, storage = collection.extent.bbox, crs(collection.storage_crs).horizontal
    if extent is None:
        return None
    west, east = (extent.minx, extent.maxx) if extent.minx <= extent.maxx else (-180.0, 180.0)
    try:
        shared = meet(_inside(carried(frame.box, frame.crs, CRS84)), (west, extent.miny, east, extent.maxy))
        return None if shared is None else carried(shared, CRS84, storage)
    except CsdiError:
        return None


def _inside(box: Box) -> Box:
    return (max(box[0], -180.0), max(box[1], -90.0), min(box[2], 180.0), min(box[3], 90.0))


def _grown(box: Box) -> Box:
    dx, dy = 0.5 * (box[2] - box[0]) + 1e-9, 0.5 * (box[3] - box[1]) + 1e-9
    return (box[0] - dx, box[1] - dy, box[2] + dx, box[3] + dy)


def _painted(shapes: NDArray[np.object_], rows: int, columns: int, pen: Pen) -> Picture:
    parts = shapely.get_parts(shapely.get_parts(shapes))
    kinds = shapely.get_dimensions(parts)
    areas, lines, dots = parts[kinds == 2], parts[kinds == 1], parts[kinds == 0]
    fill = _share(list(areas), rows, columns)
    strokes = [*_strokes(shapely.boundary(areas), _OUTLINE_PX), *_strokes(lines, _LINE_PX), *shapely.buffer(dots, _DOT_PX, quad_segs=6)]
    stroke = _share(strokes, rows, columns)
    opacity = 1 - (1 - _FILL * fill) * (1 - _STROKE * stroke)
    picture = np.zeros((rows, columns, 4), np.uint8)
    picture[..., :3] = pen.colour
    picture[..., 3] = np.rint(255 * opacity)
    picture[picture[..., 3] == 0] = 0
    return picture


def _strokes(lines: NDArray[np.object_], width: float) -> list[shapely.Geometry]:
    """Lines as wide as they are to be seen; vertices nearer than a third of a pixel to the line are left out."""
    if not len(lines):
        return []
    simple = shapely.simplify(lines, 1 / _FINE, preserve_topology=False)
    return list(shapely.buffer(simple, width / 2, quad_segs=1, cap_style="square", join_style="mitre", mitre_limit=2))


def _share(shapes: Sequence[shapely.Geometry], rows: int, columns: int) -> NDArray[np.float64]:
    """(rows, columns) 0 to 1: what part of each pixel the shapes cover."""
    given = np.array([*shapes, None], object)[:-1]
    kept = given[~(shapely.is_empty(given) | shapely.is_missing(given))]
    if not len(kept):
        return np.zeros((rows, columns))
    fine = shapely.transform(kept, lambda points: points * _FINE)
    covered = cover(list(fine), rows * _FINE, columns * _FINE)
    return np.asarray(covered.reshape(rows, _FINE, columns, _FINE).mean(axis=(1, 3)), np.float64)
