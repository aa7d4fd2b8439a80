"""Rasters that a process measures on: a coverage Collection, its pixels around a place, in its own CRS or on a plane in metres."""

from __future__ import annotations

import math
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from csdi.collection import Collection, Kind
from csdi.crs import CRS, CRS84, crs, transform
from csdi.errors import CollectionMissing, ValueInvalid
from csdi.formats.grid import Grid, read_grid
from csdi.processes.description import Input, Json, Work, text
from csdi.processes.features import readable

Floats = NDArray[np.float64]
Box = tuple[float, float, float, float]
HKPD = "EPSG:5738"

COVERAGE_INPUT = Input(
    "coverage", text("Raster", "柵格", "栅格"), {"type": "string", "minLength": 1}, least=0,
    description=text("Id of a raster collection; without it the only terrain model here.",
                     "柵格資料集的識別碼；不填則用本伺服器唯一的地形模型。",
                     "栅格数据集的标识；不填则用本服务器唯一的地形模型。"))


@dataclass(frozen=True, slots=True)
class Coverage:
    """An open raster Collection.

    Attributes:
        path: its file; only while the `with` block lasts.
        crs: of the raster, without heights.
        datum: code of the height datum of its values; "" where they are no heights.
        pixel: width and height of a pixel, units of `crs`.
    """

    collection: Collection
    path: Path
    crs: CRS
    datum: str
    pixel: tuple[float, float]
    _open: ExitStack

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._open.close()

    @property
    def metric(self) -> bool:
        """Whether its CRS is a plane in metres."""
        return self.crs.is_projected and abs(self.crs.unit_to_metre - 1) < 1e-9

    def grid(self, box: Box, *, band: int = 1) -> Grid | None:
        """The pixels around a box in `crs`; None beside the raster. Raises ValueInvalid for too many."""
        return read_grid(self.path, box, band=band)

    def on(self, plane: CRS, box: Box) -> Grid | None:
        """The raster on a plane in metres: its own pixels where it lies on that plane, else square ones as fine as its own.

        Args:
            plane: a projected CRS in metres.
            box: minx, miny, maxx, maxy in `plane`.
        """
        if plane == self.crs:
            return self.grid(box)
        known = self.grid(_box(transform(plane, self.crs).bbox(box)))
        if known is None:
            return None
        step = self.step_m(plane, box)
        columns, rows = math.ceil((box[2] - box[0]) / step), math.ceil((box[3] - box[1]) / step)
        x = box[0] + (np.arange(columns) + 0.5) * step
        y = box[3] - (np.arange(rows) + 0.5) * step
        places = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
        values = known.at(transform(plane, self.crs).points(places)).reshape(rows, columns)
        return Grid(values, (step, 0.0, box[0], 0.0, -step, box[3]))

    def step_m(self, plane: CRS, box: Box) -> float:
        """The shorter side of a pixel in the middle of a box of `plane`, metres."""
        middle = np.array([[(box[0] + box[2]) / 2, (box[1] + box[3]) / 2]])
        here = transform(plane, self.crs).points(middle)
        around = transform(self.crs, plane).points(here + np.array([[0, 0], [self.pixel[0], 0], [0, self.pixel[1]]]))
        return float(np.linalg.norm(around[1:] - around[0], axis=1).min())


def open_coverage(inputs: Mapping[str, Any], work: Work) -> Coverage:
    """The raster that the input `coverage` names, for a `with` block.

    Raises:
        CollectionMissing: there is none, or not for this principal; or none is named and there are several or none.
        ValueInvalid: the Collection is no raster.
    """
    found = readable(inputs["coverage"], "coverage", work) if "coverage" in inputs else _only_terrain(work)
    blob = found.details.get("blob")
    if found.kind is not Kind.COVERAGE or not blob:
        raise ValueInvalid(f"coverage: '{found.id}' is no raster", field="coverage", collection=found.id, remedy="name a raster collection")
    opened = ExitStack()
    path = opened.enter_context(work.services.blobs.file(str(blob)))
    width, height = (float(size) for size in found.details.get("resolution") or (1.0, 1.0))
    return Coverage(found, path, crs(found.storage_crs).horizontal, found.vertical_crs, (width, height), opened)


def described(coverage: Coverage) -> Json:
    """What results say of the raster that they were measured on."""
    return {"coverage": coverage.collection.id, "crs": coverage.crs.code, "vertical_crs": coverage.datum,
            "unit": "mPD" if coverage.datum == HKPD else "m" if coverage.datum else ""}


def lonlat_of(xy: Floats, source: CRS) -> Floats:
    """(n, 2) longitude and latitude of points in `source`, x = east first."""
    return transform(source, CRS84).points(xy)


def _only_terrain(work: Work) -> Collection:
    known = [c for c in work.services.store.collections() if c.kind is Kind.COVERAGE and c.details.get("elevation")]
    seen = []
    for collection in known:
        try:
            seen.append(readable(collection.id, "coverage", work))
        except CollectionMissing:
            continue
    if len(seen) != 1:
        names = ", ".join(c.id for c in seen)
        raise CollectionMissing("coverage: no terrain model is named, and " + (f"there are several: {names}" if seen else "there is none"),
                                field="coverage", remedy="name a raster collection")
    return seen[0]


def _box(numbers: tuple[float, ...]) -> Box:
    return (numbers[0], numbers[1], numbers[2], numbers[3])
