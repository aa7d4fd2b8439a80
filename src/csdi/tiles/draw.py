"""One Collection drawn into one tile: what lies there, most important first, as much as a tile may hold."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import shapely

from csdi.collection import Collection
from csdi.crs import crs, transform
from csdi.errors import CsdiError
from csdi.extent import BBox
from csdi.feature import Field, FieldType
from csdi.query import Query
from csdi.store.base import Reader, Sheet
from csdi.tiles import mvt
from csdi.tiles.grid import BUFFER, EXTENT, Drawn, cut, drawn
from csdi.tiles.matrix import FLATTEST, Box, TileMatrixSet
from csdi.tiles.projection import affine, placer

BUDGET = 500_000
"""Bytes that a tile may have before compression."""
FEW, MOST = 6_000, 24_000
"""Features that are considered for one tile: the budget mostly leaves room for fewer than `FEW`; `MOST` where they are small."""

_WIDE, _NARROW = 0.5, 0.05
"""Margins around a window, of its size: a polynomial follows the CRS far out, an affine transformation does not."""


@dataclass(frozen=True, slots=True)
class Scene:
    """Features of one Collection that lie in a tile, most important first, and as many of them as it has room for.

    Attributes:
        columns: their properties by name.
        shapes: what is drawn of them.
        layer: the layer, b"" when nothing lies in the tile.
        whole: nothing is left out.
    """

    collection: Collection
    ids: Sequence[str]
    columns: Mapping[str, Sequence[Any]]
    shapes: Sequence[Drawn]
    layer: mvt.Layer
    whole: bool


@dataclass(frozen=True, slots=True)
class Place:
    """Where a tile is.

    Attributes:
        box: in the CRS of the grid, x = east or longitude first.
    """

    grid: TileMatrixSet
    level: int
    row: int
    column: int
    box: Box

    @classmethod
    def of(cls, grid: TileMatrixSet, level: int, row: int, column: int) -> Place:
        """The tile of this address. Raises NotFound."""
        return cls(grid, level, row, column, grid.box(level, row, column))

    def seen(self, collection: Collection) -> Box | None:
        """The tile with its buffer, cut to the Collection's extent, in the CRS of the grid; None when they do not meet."""
        extent = self.grid.box_of(collection.extent.bbox)
        if extent is None:
            return None
        edge = (self.box[2] - self.box[0]) * BUFFER / EXTENT
        west, south = max(self.box[0], extent[0]) - edge, max(self.box[1], extent[1]) - edge
        east, north = min(self.box[2], extent[2]) + edge, min(self.box[3], extent[3]) + edge
        return (west, south, east, north) if west <= east and south <= north else None


    def reach(self, storage: str) -> Box:
        """The tile with its buffer as a box in another CRS; everywhere when that cannot be said."""
        edge = (self.box[2] - self.box[0]) * BUFFER / EXTENT
        around = (self.box[0] - edge, self.box[1] - edge, self.box[2] + edge, self.box[3] + edge)
        try:
            west, south, east, north = transform(self.grid.crs, storage).bbox(around)[:4]
        except CsdiError:
            return (-math.inf, -math.inf, math.inf, math.inf)
        return (west, south, east, north) if west <= east else (-math.inf, south, math.inf, north)


def draw(store: Reader, collection: Collection, place: Place, *, query: Query | None = None, budget: int = BUDGET) -> Scene | None:
    """What lies in the tile of one Collection, and its layer; None when nothing can lie there.

    Raises:
        CollectionMissing, QueryError.
    """
    window = _window(collection, place)
    if window is None:
        return None
    scene = _drawn(store, collection, place, window, query or Query(), FEW, budget)
    return scene if scene.whole or not scene.layer.whole else _drawn(store, collection, place, window, query or Query(), MOST, budget)


def draw_layer(store: Reader, collection: Collection, place: Place, *, budget: int = BUDGET) -> tuple[bytes, int, bool]:
    """The tile of one Collection: its layer (b"" for none), how many Features are in it, and whether nothing is left out.

    The layer is named as the Collection, the largest Features come first. Every Feature has a number that is the same in all
    tiles, and its own id among its properties. What finds no room in `budget` bytes are the smallest Features.
    A store that can draws the layer itself, unless there is too much for one tile.

    Raises:
        CollectionMissing, QueryError.
    """
    window = _window(collection, place)
    if window is None:
        return b"", 0, True
    domain = _around(window, _NARROW, collection.storage_crs)
    placed = affine(collection.storage_crs, place.grid.crs, place.box, domain)
    if placed is not None:
        sheet = Sheet(collection.id, id_key(collection), placed, domain, EXTENT, BUFFER)
        made = store.tile_layer(collection.id, _question(collection, window, Query(), FEW), sheet)
        if made is not None and len(made.body) <= budget:
            return made.body, made.features, True
    scene = draw(store, collection, place, budget=budget)
    return (b"", 0, True) if scene is None else (scene.layer.body, scene.layer.features, scene.whole)


def shown_fields(collection: Collection, names: Sequence[str] | None = None) -> list[Field]:
    """The fields whose values tiles carry: those that are single values. Documents (JSON) are left to the item."""
    return [f for f in collection.schema.stored if f.type is not FieldType.JSON and (names is None or f.name in names)]


def id_key(collection: Collection) -> str:
    """The property under which tiles carry the Feature's id; a field of the same name has precedence."""
    names, key = {f.name for f in collection.schema}, "id"
    while key in names:
        key = f"feature_{key}"
    return key


def _window(collection: Collection, place: Place) -> Box | None:
    """Where Features of the tile lie, in the storage CRS."""
    seen = place.seen(collection) if collection.schema.geometry else None
    if seen is None:
        return None
    try:
        west, south, east, north = transform(place.grid.crs, collection.storage_crs).bbox(seen)[:4]
    except CsdiError:
        return None
    return (west, south, east, north) if west <= east else (-180.0, south, 180.0, north)


def _drawn(store: Reader, collection: Collection, place: Place, window: Box, query: Query, limit: int, budget: int) -> Scene:
    """The scene from no more than `limit` Features."""
    found = store.largest(collection.id, _question(collection, window, query, limit))
    geometries, domain = found.geometries, _around(window, _WIDE, collection.storage_crs)
    bounds = shapely.bounds(geometries)
    far = (bounds[:, :2] < domain[:2]).any(axis=1) | (bounds[:, 2:] > domain[2:]).any(axis=1)
    if far.any():
        geometries = geometries.copy()
        geometries[far] = cut(geometries[far], domain)
    shapes = drawn(geometries, placer(collection.storage_crs, place.grid.crs, place.box, domain))
    columns = {id_key(collection): found.ids, **found.properties}
    made = mvt.layer(collection.id, found.ids, columns, shapes, budget)
    return Scene(collection, found.ids, columns, shapes, made, made.whole and not found.more)


def _question(collection: Collection, window: Box, query: Query, limit: int) -> Query:
    fields = tuple(f.name for f in shown_fields(collection, query.fields))
    return replace(query, bbox=BBox(*window, crs=collection.storage_crs), fields=fields, limit=limit)


def _around(box: Box, margin: float, storage: str) -> Box:
    """A box in the storage CRS with a margin on every side, so that what is cut there is cut outside the tile.

    In degrees it ends at the antimeridian, and before the poles, which most CRSs do not reach; but it always holds the box.
    """
    dx, dy = margin * (box[2] - box[0]) + 1e-9, margin * (box[3] - box[1]) + 1e-9
    west, south, east, north = box[0] - dx, box[1] - dy, box[2] + dx, box[3] + dy
    if crs(storage).is_geographic:
        west, east = max(west, min(-180.0, box[0])), min(east, max(180.0, box[2]))
        south, north = max(south, min(-FLATTEST, box[1])), min(north, max(FLATTEST, box[3]))
    return (west, south, east, north)
