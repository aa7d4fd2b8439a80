"""Summary: the extent of a Collection while Features are added to it."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import UTC, datetime

import numpy as np
import shapely
from numpy.typing import NDArray

from csdi.collection import Collection
from csdi.crs import crs, transform
from csdi.errors import CrsError
from csdi.extent import BBox, Extent, Interval
from csdi.filter.instants import day_end, day_start
from csdi.store.values import Batch, level_range

Box = tuple[float, float, float, float]


@dataclass(slots=True)
class Summary:
    """Grows with each batch. `shrunk` says that Features were removed or changed, so it must be taken anew.

    Attributes:
        box: minx, miny, maxx, maxy in the storage CRS of what was added.
        levels: lowest and highest level of what was added.
        times: first and last time of what was added; None inside for an open end.
        touched: minx, miny, maxx, maxy in the storage CRS of what was added, removed or changed, before and after.
    """

    collection: Collection
    box: tuple[float, float, float, float] | None = None
    levels: tuple[float, float] | None = None
    first: str | None = None
    last: str | None = None
    open_end: bool = False
    shrunk: bool = field(default=False)
    touched: Box | None = None

    @classmethod
    def of(cls, collection: Collection) -> Summary:
        """Nothing added yet."""
        return cls(collection)

    def add(self, batch: Batch) -> None:
        """Take in a batch."""
        schema = self.collection.schema
        if schema.geometry:
            box = bounds_of(batch.geometries)
            self.add_box(box)
            self.touch(box)
        if schema.has_z or schema.levels:
            for geometry, properties in zip(batch.geometries, batch.properties, strict=True):
                self.add_levels(level_range(geometry, properties, schema))
        if schema.time:
            for properties in batch.properties:
                self._add_time(properties.get(schema.time), properties.get(schema.time_end or schema.time))

    def add_box(self, box: tuple[float, float, float, float] | None) -> None:
        """Take in a box in the storage CRS."""
        self.box = united(self.box, box)

    def touch(self, box: Box | None) -> None:
        """Take in where something was changed: a box in the storage CRS."""
        self.touched = united(self.touched, box)

    def add_levels(self, levels: tuple[float, float] | None) -> None:
        """Take in levels in metres of the Collection's datum."""
        if levels is not None:
            known = self.levels or levels
            self.levels = (min(known[0], levels[0]), max(known[1], levels[1]))

    def add_times(self, first: str | None, last: str | None, *, open_end: bool) -> None:
        """Take in the first and last date or time key of many Features."""
        if first is not None:
            self._add_time(first, last)
            self.open_end = self.open_end or open_end

    def _add_time(self, start: str | None, end: str | None) -> None:
        if start is None:
            return
        low = _moment_text(start, end=False)
        self.first = min(self.first or low, low)
        if end is None:
            self.open_end = True
        else:
            high = _moment_text(end, end=True)
            self.last = max(self.last or high, high)

    @property
    def extent(self) -> Extent:
        """The Collection's extent before, united with what was added."""
        before = self.collection.extent
        bbox = self._bbox()
        if bbox is not None:
            bbox = bbox.union(before.bbox)
        return Extent(bbox or before.bbox, self._interval(before.interval))

    def _bbox(self) -> BBox | None:
        if self.box is None:
            return None
        low, high = self.levels or (None, None)
        west, south, east, north = box_in_crs84(self.box, self.collection.storage_crs)
        return BBox(west, south, east, north, low, high)

    def _interval(self, before: Interval | None) -> Interval | None:
        if self.first is None:
            return before
        start = _parsed(self.first)
        end = None if self.open_end or self.last is None else _parsed(self.last)
        if before is not None:
            start = min(before.start, start) if before.start else start
            end = max(before.end, end) if before.end and end else None
        return Interval(start, end if end is None or end >= start else start)


def united(one: Box | None, other: Box | None) -> Box | None:
    """The box around both."""
    if one is None or other is None:
        return one or other
    return min(one[0], other[0]), min(one[1], other[1]), max(one[2], other[2]), max(one[3], other[3])


def bounds_of(geometries: NDArray[np.object_]) -> tuple[float, float, float, float] | None:
    """minx, miny, maxx, maxy of all geometries; None when there is nothing."""
    box = shapely.total_bounds(geometries) if len(geometries) else [math.nan]
    if math.isnan(box[0]):
        return None
    return float(box[0]), float(box[1]), float(box[2]), float(box[3])


def box_in_crs84(box: tuple[float, float, float, float], storage_crs: str) -> tuple[float, float, float, float]:
    """A box of the storage CRS in CRS84; the whole world where that cannot be said."""
    try:
        west, south, east, north = transform(crs(storage_crs).horizontal, "OGC:CRS84").bbox(box)[:4]
    except CrsError:
        return -180.0, -90.0, 180.0, 90.0
    return west, south, east, north


def _moment_text(text: str, *, end: bool) -> str:
    """Comparable text of a date or time as a store keeps it."""
    if len(text) == 10:
        return day_end(text) if end else day_start(text)
    bare = text.removesuffix("Z")
    return bare if "." in bare else bare + ".000"


def _parsed(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
