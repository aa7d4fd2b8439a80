"""Region: a query's box, brought into the storage CRS and height datum of a Collection."""

from __future__ import annotations

import math
from dataclasses import dataclass

import shapely
from shapely.geometry.base import BaseGeometry

from csdi.collection import Collection
from csdi.crs import CRS, HeightModel, crs, transform
from csdi.errors import CrsError, QueryError
from csdi.extent import BBox

Box = tuple[float, float, float, float]
_PIECES_PER_EDGE = 32
_PIECE_DEG = 0.0005
"""An edge of this length bends by less than a tenth of a millimetre, so it is not cut further."""
_MARGIN_DEG = 0.001
_FAR = 1e10
"""No CRS has coordinates on Earth beyond this, whatever its unit."""


@dataclass(frozen=True, slots=True)
class Part:
    """One piece of a region, x = east or longitude first in the storage CRS.

    Attributes:
        shape: the exact outline.
        outer: the box around it (minx, miny, maxx, maxy).
        inner: a box that lies wholly inside, None if none was found. What lies in it needs no exact test.
    """

    shape: BaseGeometry
    outer: Box
    inner: Box | None


@dataclass(frozen=True, slots=True)
class Region:
    """Where Features are wanted.

    Attributes:
        parts: one or two pieces.
        heights: lowest and highest in metres of the Collection's datum, None for all.
        holds_all: every Feature with a place lies inside; only heights are left to be asked.
    """

    parts: tuple[Part, ...]
    heights: tuple[float, float] | None = None
    holds_all: bool = False

    @property
    def shape(self) -> BaseGeometry:
        """All parts as one geometry."""
        shapes = [part.shape for part in self.parts]
        return shapes[0] if len(shapes) == 1 else shapely.union_all(shapes)


def region_of(box: BBox, collection: Collection, heights: HeightModel | None) -> Region | None:
    """The region of a box; None when no Feature of the Collection can lie in it.

    Raises:
        QueryError: heights of the box and of the Collection cannot be related.
    """
    levels = _levels(box, collection, heights)
    flat, storage = crs(box.crs).horizontal, crs(collection.storage_crs).horizontal
    if flat == storage or transform(flat, storage).is_identity:
        pieces = _pieces(box, flat)
        return Region(tuple(map(_exact, pieces)), levels, _holds(shapely.union_all([_rectangle(*p) for p in pieces]), box, collection))
    extent = collection.extent.bbox
    if extent is None:
        return None
    wanted = _in_crs84(box, flat, extent)
    near = _around(extent)
    cut = wanted if shapely.covers(near, wanted) else shapely.intersection(wanted, near)
    if cut.is_empty:
        return None
    try:
        moved = transform("OGC:CRS84", storage).geometry(shapely.segmentize(cut, _longest(cut)))
    except CrsError as error:
        raise QueryError(f"the box cannot be brought into {storage.code}: {error.message}", field="bbox",
                         remedy=error.remedy) from None
    parts = [part for part in shapely.get_parts(moved) if shapely.area(part) > 0] or [moved]
    return Region(tuple(Part(p, p.bounds, _inside(p)) for p in parts), levels, _holds(wanted, box, collection))


def has_heights(collection: Collection) -> bool:
    """Whether Features of the Collection can have heights."""
    return collection.schema.has_z or collection.schema.levels is not None


def _holds(wanted: BaseGeometry, box: BBox, collection: Collection) -> bool:
    """Whether a box in longitudes and latitudes covers the Collection's extent."""
    extent = collection.extent.bbox
    if extent is None or extent.minx > extent.maxx or not crs(box.crs).is_geographic:
        return False
    minx, miny, maxx, maxy = wanted.bounds or (math.nan,) * 4
    if not (minx <= extent.minx and miny <= extent.miny and extent.maxx <= maxx and extent.maxy <= maxy):
        return False
    return bool(transform(crs(box.crs).horizontal, "OGC:CRS84").is_identity and shapely.covers(wanted, shapely.box(*extent.xy)))


def _exact(box: Box) -> Part:
    return Part(_rectangle(*box), box, box)


def _rectangle(minx: float, miny: float, maxx: float, maxy: float) -> BaseGeometry:
    """The box as a polygon; one without width or height is a line or a point, which meets what it lies on."""
    if minx < maxx and miny < maxy:
        return shapely.box(minx, miny, maxx, maxy)
    return shapely.Point(minx, miny) if minx == maxx and miny == maxy else shapely.LineString([(minx, miny), (maxx, maxy)])


def _pieces(box: BBox, reference: CRS) -> list[Box]:
    west, south, east, north = (min(max(number, -_FAR), _FAR) for number in box.xy)
    if west <= east:
        return [(west, south, east, north)]
    if not reference.is_geographic:
        raise QueryError("only a box in longitudes may cross the antimeridian (minx > maxx)", field="bbox", value=str(box.numbers))
    return [(west, south, 180.0, north), (-180.0, south, east, north)]


def _in_crs84(box: BBox, reference: CRS, extent: BBox) -> BaseGeometry:
    """The box in CRS84, its edges densified where they bend; of a box that reaches beyond its CRS, what may meet the extent."""
    pieces = [_rectangle(*piece) for piece in _pieces(box, reference)]
    shape = pieces[0] if len(pieces) == 1 else shapely.union_all(pieces)
    change = transform(reference, "OGC:CRS84")
    if change.is_identity:
        return shape
    try:
        return change.geometry(shapely.segmentize(shape, _longest(shape)))
    except CrsError:
        near = shapely.intersection(shape, _extent_in(reference, extent))
        return change.geometry(shapely.segmentize(near, _longest(near))) if not near.is_empty else near


def _extent_in(reference: CRS, extent: BBox) -> BaseGeometry:
    """The box around an extent in another CRS."""
    try:
        west, south, east, north = transform("OGC:CRS84", reference).bbox(_around(extent).bounds)[:4]
    except CrsError as error:
        raise QueryError(f"the box cannot be brought into CRS84: {error.message}", field="bbox",
                         remedy="check the CRS of the box and the order of its axes") from None
    return shapely.box(west, south, east, north)


def _around(extent: BBox) -> BaseGeometry:
    west, south, east, north = extent.xy
    if west > east:
        west, east = -180.0, 180.0
    return shapely.box(west - _MARGIN_DEG, south - _MARGIN_DEG, east + _MARGIN_DEG, north + _MARGIN_DEG)


def _longest(shape: BaseGeometry) -> float:
    minx, miny, maxx, maxy = shape.bounds
    return max(max(maxx - minx, maxy - miny) / _PIECES_PER_EDGE, _PIECE_DEG)


def _inside(shape: BaseGeometry) -> Box | None:
    """A large box inside a slightly bent box."""
    minx, miny, maxx, maxy = shape.bounds
    for share in (0.003, 0.01, 0.03, 0.1, 0.25):  # Hong Kong's grid turns by 1.3 m in 1 000 m at most
        dx, dy = share * (maxx - minx), share * (maxy - miny)
        box = (minx + dx, miny + dy, maxx - dx, maxy - dy)
        if shapely.covers(shape, shapely.box(*box)):
            return box
    return None


def _levels(box: BBox, collection: Collection, heights: HeightModel | None) -> tuple[float, float] | None:
    """The box's heights in the Collection's datum; None where heights play no part."""
    if box.minz is None or box.maxz is None or not has_heights(collection):
        return None
    source = crs(box.crs)
    target = collection.vertical_crs or crs(collection.storage_crs).vertical or ""
    if source.dims == 2 or source.vertical == target:
        return box.minz, box.maxz
    if not target:
        raise QueryError(f"the heights of collection {collection.id} have no known datum", field="bbox",
                         remedy="ask with a box of four numbers")
    # The datum holds only in its own area: no other place can tell how it relates to the box's heights.
    extent = collection.extent.bbox
    if extent is None:
        return box.minz, box.maxz
    place = shapely.intersection(_in_crs84(box, source.horizontal, extent), shapely.box(*crs(target).area_of_use))
    place = shapely.intersection(place, _around(extent))
    if place.is_empty:
        return box.minz, box.maxz
    west, south, east, north = place.bounds
    try:
        level = transform("OGC:CRS84h" if source.vertical is None else f"EPSG:4326+{source.vertical.removeprefix('EPSG:')}",
                          f"EPSG:4326+{target.removeprefix('EPSG:')}", heights=heights)
        moved = level.bbox((west, south, box.minz, east, north, box.maxz))
    except CrsError as error:
        raise QueryError(f"heights of the box ({box.crs}) cannot become heights of the collection ({target}): "
                         f"{error.message}", field="bbox", remedy=error.remedy) from None
    return moved[2], moved[5]
