"""Drawing: Features of a vector Collection as a picture over a frame, layer after layer, each Feature as its layer says."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import shapely
from numpy.typing import NDArray

from csdi import history
from csdi.collection import Collection
from csdi.coverages.frame import Box, Frame, meet
from csdi.coverages.lettering import Text, lettered
from csdi.coverages.look import METRES_PER_DEGREE, Picture
from csdi.coverages.subset import carried
from csdi.crs import CRS84, crs, transform
from csdi.errors import CsdiError
from csdi.extent import BBox, Interval
from csdi.formats.pixels import numbered
from csdi.query import Query
from csdi.store.base import Columns, Reader

Colour = tuple[float, float, float, float]
"""Red, green and blue from 0 to 255, and opacity from 0 to 1."""
Kind = Literal["fill", "line", "circle", "symbol"]
MOST = 20_000
"""Features that are drawn, the largest first."""
GEOMETRY = "$geometry"
"""Under this name a Feature's properties say what it is: Point, LineString or Polygon."""
_FINE = 3
"""Each pixel is drawn as so many by so many, for smooth edges."""
_EDGE_PX = 6
"""Pixels around a picture in which Features are drawn too, so that no outline is cut along its edge."""
_WIDEST_PX = 200.0
_LINE_PX, _OUTLINE_PX, _DOT_PX = 1.6, 0.9, 3.5
_FILL, _STROKE = 0.35, 0.95
_NAMES = ("Point", "LineString", "Polygon")
_DRAWS: dict[str, tuple[int, ...]] = {"fill": (2,), "line": (1, 2), "circle": (0,), "symbol": (0, 1, 2)}
"""Dimensions of the geometries that a layer of each kind draws."""


@dataclass(frozen=True, slots=True)
class Mark:
    """How one Feature is drawn.

    Attributes:
        colour: of the area, the line, the dot or the letters.
        size: in pixels: width of a line, radius of a dot, height of letters.
        edge: colour of the outline of an area or a dot, or of the halo of letters; None without one.
        edge_size: width of that outline or halo in pixels.
        text: the letters.
    """

    colour: Colour
    size: float = 1.0
    edge: Colour | None = None
    edge_size: float = 1.0
    text: str = ""


@dataclass(frozen=True, slots=True)
class Layer:
    """What is drawn at once, over the layers before it.

    Attributes:
        mark: of a Feature by its properties and `GEOMETRY`, and the zoom of web maps (tiles of 512 pixels); None where it is not drawn.
        fields: names of the properties that `mark` looks at.
    """

    kind: Kind
    mark: Callable[[Mapping[str, Any], float], Mark | None]
    fields: frozenset[str] = frozenset()


def plain(red: int, green: int, blue: int) -> list[Layer]:
    """One colour for lines and points, and for areas, which let the ground shine through; 0 to 255."""
    fill, stroke = Mark((red, green, blue, _FILL)), (red, green, blue, _STROKE)
    line, outline, dot = Mark(stroke, _LINE_PX), Mark(stroke, _OUTLINE_PX), Mark(stroke, _DOT_PX)
    return [Layer("fill", lambda _, __: fill), Layer("line", lambda one, _: outline if one[GEOMETRY] == "Polygon" else line),
            Layer("circle", lambda _, __: dot)]


def draw_features(store: Reader, collection: Collection, frame: Frame, layers: Sequence[Layer],
                  interval: Interval | None = None) -> Picture:
    """The Features that lie in a frame, transparent around them; `interval` says when, for Features with times or a history.

    Raises:
        CollectionMissing.
    """
    wide = frame.part((-_EDGE_PX, frame.columns + _EDGE_PX, -_EDGE_PX, frame.rows + _EDGE_PX))
    fields = frozenset[str]().union(*(layer.fields for layer in layers))
    shapes, properties = _placed(store, collection, wide, tuple(sorted(fields & set(_names(collection)))), interval)
    canvas, zoom = np.zeros((wide.rows, wide.columns, 4)), zoom_of(frame)
    drawn = _Drawn(shapes, properties)
    for layer in layers:
        drawn.onto(canvas, layer, zoom)
    return _finished(canvas[_EDGE_PX:-_EDGE_PX, _EDGE_PX:-_EDGE_PX])


def zoom_of(frame: Frame) -> float:
    """The zoom of web maps (tiles of 512 pixels) at which a pixel is as large on the ground as in the middle of the frame."""
    west, south, east, north = frame.box
    try:
        latitude = float(transform(frame.crs, CRS84).xy((west + east) / 2, (south + north) / 2)[1])
    except CsdiError:
        latitude = 0.0
    latitude = min(max(latitude, -85.0), 85.0)
    metres = frame.height * (METRES_PER_DEGREE if frame.crs.is_geographic else frame.crs.unit_to_metre)
    mercator = metres if frame.crs.code == "EPSG:3857" else metres / math.cos(math.radians(latitude))
    return math.log2(2 * math.pi * 6378137 / 512 / max(mercator, 1e-9))


class _Drawn:
    """Parts of Features in pixels, each with the properties of its Feature."""

    def __init__(self, shapes: NDArray[np.object_], properties: Sequence[Mapping[str, Any]]) -> None:
        one, first = shapely.get_parts(shapes, return_index=True)
        self._parts, second = shapely.get_parts(one, return_index=True)
        self._owner = first[second]
        self._dimension = shapely.get_dimensions(self._parts)
        self._properties = properties

    def onto(self, canvas: NDArray[np.float64], layer: Layer, zoom: float) -> None:
        """Draw a layer over what is on the canvas: (rows, columns, 4), colours 0 to 255 times opacity, and opacity 0 to 1."""
        marks: dict[tuple[int, int], Mark | None] = {}
        chosen, by_part = [], []
        for at in np.flatnonzero(np.isin(self._dimension, _DRAWS[layer.kind])):
            owner, dimension = int(self._owner[at]), int(self._dimension[at])
            if (owner, dimension) not in marks:
                marks[owner, dimension] = layer.mark({**self._properties[owner], GEOMETRY: _NAMES[dimension]}, zoom)
            mark = marks[owner, dimension]
            if mark is not None:
                chosen.append(at)
                by_part.append(mark)
        parts = self._parts[chosen]
        if layer.kind == "symbol":
            _letter(canvas, parts, by_part, self._owner[chosen])
        elif layer.kind == "fill":
            _paint(canvas, parts, [mark.colour for mark in by_part])
            _paint(canvas, *_edges(shapely.boundary(parts), by_part))
        elif layer.kind == "line":
            lines = np.where(self._dimension[chosen] == 2, shapely.boundary(parts), parts)
            _paint(canvas, _strokes(lines, [mark.size for mark in by_part]), [mark.colour for mark in by_part])
        else:
            round_ = shapely.buffer(parts, np.minimum([mark.size for mark in by_part], _WIDEST_PX), quad_segs=6)
            _paint(canvas, np.asarray(round_, object), [mark.colour for mark in by_part])
            _paint(canvas, *_edges(shapely.boundary(round_), by_part))


def _edges(lines: NDArray[np.object_], marks: Sequence[Mark]) -> tuple[NDArray[np.object_], list[Colour]]:
    edged = [(at, mark.edge, mark.edge_size) for at, mark in enumerate(marks) if mark.edge is not None and mark.edge_size > 0]
    chosen = np.asarray(lines, object)[[at for at, _, _ in edged]]
    return _strokes(chosen, [size for _, _, size in edged]), [colour for _, colour, _ in edged]


def _strokes(lines: NDArray[np.object_], widths: Sequence[float]) -> NDArray[np.object_]:
    """Lines as wide as they are to be seen; vertices nearer than a third of a pixel to the line are left out."""
    simple = shapely.simplify(lines, 1 / _FINE, preserve_topology=False)
    half = np.minimum(np.asarray(widths, np.float64), _WIDEST_PX) / 2
    return np.asarray(shapely.buffer(simple, half, quad_segs=1, cap_style="square", join_style="mitre", mitre_limit=2), object)


def _paint(canvas: NDArray[np.float64], shapes: NDArray[np.object_], colours: Sequence[Colour]) -> None:
    """Lay shapes over the canvas; where they cover each other the last one is seen."""
    kept = np.flatnonzero(~(shapely.is_empty(shapes) | shapely.is_missing(shapes)))
    if not len(kept):
        return
    rows, columns = canvas.shape[:2]
    fine = shapely.transform(shapes[kept], lambda points: points * _FINE)
    number = numbered(list(fine), rows * _FINE, columns * _FINE)
    table = np.zeros((len(kept) + 1, 4))
    table[1:] = np.asarray(colours, np.float64)[kept]
    table[:, :3] *= table[:, 3:]
    for row in range(0, rows, _STRIP):
        part = table[number[row * _FINE:(row + _STRIP) * _FINE]]
        _over(canvas[row:row + _STRIP], part.reshape(-1, _FINE, columns, _FINE, 4).mean(axis=(1, 3)))


_STRIP = 128
"""Rows of pixels that are laid over the canvas at once."""


def _over(canvas: NDArray[np.float64], paint: NDArray[np.float64]) -> None:
    canvas *= 1 - paint[..., 3:]
    canvas += paint


def _letter(canvas: NDArray[np.float64], parts: NDArray[np.object_], marks: Sequence[Mark], owners: NDArray[np.int64]) -> None:
    """One text for each Feature, at its largest part."""
    largest: dict[int, int] = {}
    extent = np.ptp(shapely.bounds(parts).reshape(-1, 2, 2), axis=1).max(axis=1) if len(parts) else np.array([])
    for at, owner in enumerate(owners):
        if marks[at].text and (int(owner) not in largest or extent[at] > extent[largest[int(owner)]]):
            largest[int(owner)] = at
    places = shapely.point_on_surface(parts[list(largest.values())])
    texts = [Text(mark.text, (float(x), float(y)), min(mark.size, _WIDEST_PX), mark.colour, mark.edge, mark.edge_size)
             for mark, x, y in zip([marks[at] for at in largest.values()], shapely.get_x(places), shapely.get_y(places), strict=True)]
    for paint, (top, left) in lettered(texts, canvas.shape[0], canvas.shape[1]):
        _over(canvas[top:top + paint.shape[0], left:left + paint.shape[1]], paint)


def _finished(canvas: NDArray[np.float64]) -> Picture:
    picture = np.zeros(canvas.shape, np.uint8)
    picture[..., 3] = np.rint(255 * canvas[..., 3])
    picture[..., :3] = np.rint(np.clip(canvas[..., :3] / np.maximum(canvas[..., 3:], 1e-9), 0, 255))
    picture[picture[..., 3] == 0] = 0
    return picture


def _names(collection: Collection) -> list[str]:
    return [field.name for field in collection.schema]


def _placed(store: Reader, collection: Collection, frame: Frame, fields: tuple[str, ...],
            interval: Interval | None) -> tuple[NDArray[np.object_], list[dict[str, Any]]]:
    """Geometries in pixels of the frame, x to the right and y downwards, and the properties of each."""
    past = interval is not None and history.is_versioned(collection)  # what ended may lie where nothing is now
    box = _seen(collection, frame, BBox(-180, -90, 180, 90) if past else collection.extent.bbox)
    if box is None or not collection.schema.geometry:
        return np.array([], object), []
    storage = crs(collection.storage_crs).horizontal
    rows = _found(store, collection, Query(bbox=BBox(*box, crs=storage.code), interval=interval, fields=fields, limit=MOST))
    found, around = rows.geometries, _grown(box)
    bounds = shapely.bounds(found)
    far = (bounds[:, :2] < around[:2]).any(axis=1) | (bounds[:, 2:] > around[2:]).any(axis=1)
    if far.any():
        found = found.copy()
        found[far] = shapely.clip_by_rect(found[far], *around)
    onto = transform(storage, frame.crs)

    def place(points: NDArray[np.float64]) -> NDArray[np.float64]:
        moved = onto.points(points)
        return np.column_stack([(moved[:, 0] - frame.west) / frame.width, (frame.north - moved[:, 1]) / frame.height])

    shapes = shapely.transform(shapely.force_2d(found), place)
    names = [name for name in fields if name in rows.properties]
    properties = [{name: rows.properties[name][at] for name in names} for at in range(len(found))]
    return np.asarray(shapes, object), properties


def _found(store: Reader, collection: Collection, query: Query) -> Columns:
    as_of = history.AsOf.of(query.interval, None) if history.is_versioned(collection) else None
    return store.largest(collection.id, query) if as_of is None else history.largest(store, collection, query, as_of)


def _seen(collection: Collection, frame: Frame, extent: BBox | None) -> Box | None:
    """What the frame and the extent of the Collection share, in its storage CRS."""
    storage = crs(collection.storage_crs).horizontal
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
