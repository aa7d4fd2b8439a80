"""Transforms of arrays, geometries and boxes from one CRS to another; x = east or longitude first, always."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, overload

import numpy as np
import pyproj
import shapely
from numpy.typing import ArrayLike, NDArray
from shapely.geometry.base import BaseGeometry

from csdi.crs.boxes import transform_box
from csdi.crs.heights import HeightModel
from csdi.crs.hongkong import Leg, datum_of, is_hong_kong, leg_of
from csdi.crs.levels import LevelChange, level_change
from csdi.crs.operation import EXACT, Operation, joined_notes
from csdi.crs.reference import CRS, crs
from csdi.crs.registry import refused, registry_operation
from csdi.crs.steps import inverse, simplified
from csdi.errors import OutsideAreaOfUse, TransformRefused, ValueInvalid

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Transform:
    """Takes coordinates from `source` to `target`. Safe to share between threads.

    x is east or longitude, y is north or latitude, in metres or degrees, whatever the authority's axis order; a
    geocentric CRS has X, Y, Z. Heights that the operation does not change keep their bits: a CRS without a vertical
    part (EPSG:2326) carries z unchanged, and HKPD heights stay HKPD heights in a two-dimensional target. Where both sides
    define heights, verticals of Hong Kong stay what they are, 9 seconds of arc from those of WGS 84: 5 mm in 100 m.
    """

    source: CRS
    target: CRS
    operation: Operation
    _engine: pyproj.Transformer | None
    _feeds_z: bool

    @property
    def is_identity(self) -> bool:
        """True if coordinates come out as they went in."""
        return self._engine is None

    def points(self, xyz: ArrayLike) -> Floats:
        """Points in `target`; the same array if nothing changes.

        Args:
            xyz: (n, 2) or (n, 3) float64 in `source`, x = east or longitude first.

        Returns:
            float64, C-contiguous, as many columns as given; three if `target` is geocentric.

        Raises:
            OutsideAreaOfUse: a finite point has no image.
            ValueInvalid: wrong shape, or two columns from a geocentric CRS.
        """
        points = np.asarray(xyz, np.float64)
        if points.ndim != 2 or points.shape[1] not in (2, 3):
            raise ValueInvalid(f"points must have the shape (n, 2) or (n, 3), not {points.shape}", field="xyz",
                               remedy="give one row per point")
        if self._engine is None:
            return points
        columns = self._columns([points[:, i] for i in range(points.shape[1])])
        return np.stack(columns, axis=1)

    def xy(self, x: ArrayLike, y: ArrayLike, z: ArrayLike | None = None) -> tuple[Floats, ...]:
        """The coordinates in `target` as separate arrays, shaped like the inputs broadcast together.

        Raises:
            OutsideAreaOfUse: a finite point has no image.
        """
        given = np.broadcast_arrays(*(np.asarray(c, np.float64) for c in ((x, y) if z is None else (x, y, z))))
        if self._engine is None:
            return tuple(given)
        return tuple(column.reshape(given[0].shape) for column in self._columns([c.ravel() for c in given]))

    @overload
    def geometry(self, geometry: BaseGeometry) -> BaseGeometry: ...
    @overload
    def geometry(self, geometry: NDArray[np.object_]) -> NDArray[np.object_]: ...
    def geometry(self, geometry: Any) -> Any:
        """A geometry, or an array of geometries (None allowed), in `target`; z is kept.

        Raises:
            OutsideAreaOfUse: a vertex has no image.
            ValueInvalid: one of the CRSs is geocentric.
        """
        if self._engine is None:
            return geometry
        if self.source.is_geocentric or self.target.is_geocentric:
            raise ValueInvalid("geometries have no place in a geocentric CRS", field="geometry",
                               remedy="transform arrays of points, or choose a CRS with east, north and up")
        if not isinstance(geometry, np.ndarray):
            return shapely.transform(geometry, self.points, include_z=bool(shapely.has_z(geometry)))
        result = geometry.copy()
        for solid in (False, True):
            chosen = shapely.has_z(geometry) == solid
            if chosen.any():
                result[chosen] = shapely.transform(geometry[chosen], self.points, include_z=solid)
        return result

    def bbox(self, box: tuple[float, ...]) -> tuple[float, ...]:
        """A box in `target` that holds every point of `box`: (minx, miny, maxx, maxy) or six numbers with z.

        Edges are densified. A geographic box with minx > maxx crosses the antimeridian, coming in and going out.
        A box that reaches far beyond where `target` is defined is cut there first.

        Raises:
            OutsideAreaOfUse: no part of the box lies near the area of use of `target`.
        """
        return transform_box(self, box, transform)

    def inverse(self) -> Transform:
        """The transform back."""
        back = replace(self.operation, steps=inverse(self.operation.steps))
        return _assembled(self.target, self.source, back)

    def _columns(self, columns: list[Floats]) -> list[Floats]:
        """New columns; z is fed to PROJ only where it is a coordinate on both sides, and rides along otherwise."""
        fed = columns if self._feeds_z else columns[:2]
        if len(columns) == 2 and self.source.is_geocentric:
            raise ValueInvalid(f"{self.source.code} is geocentric: points need X, Y and Z", field="xyz",
                               remedy="give three columns")
        if len(columns) == 2 and self.target.is_geocentric:
            fed = [*columns, np.zeros_like(columns[0])]
        moved = self._run(fed)
        if not all(np.isfinite(column).all() for column in moved):
            self._explain(fed, moved)
        if len(columns) == 3 and not self._feeds_z:
            moved[2:] = [columns[2]]
        return moved

    def _run(self, columns: list[Floats]) -> list[Floats]:
        engine = self._engine
        assert engine is not None
        moved = [np.array(column, np.float64, copy=True, order="C") for column in columns]
        if len(moved) == 2:
            engine.transform(moved[0], moved[1], inplace=True)
        else:
            engine.transform(moved[0], moved[1], moved[2], inplace=True)
        return moved

    def _explain(self, given: list[Floats], moved: list[Floats]) -> None:
        """Refuse points that have no image; x and y of a point without a height are worked out without it."""
        flat = np.isfinite(given[0]) & np.isfinite(given[1])
        whole = flat if len(given) == 2 else flat & np.isfinite(given[2])
        _refuse_lost(self, given, whole & ~np.isfinite(np.stack(moved)).all(axis=0))
        for column in moved:
            column[~whole] = np.nan
        if len(given) == 3 and not (self.source.is_geocentric or self.target.is_geocentric):
            bare = flat & ~whole
            moved[0][bare], moved[1][bare] = self._run([given[0][bare], given[1][bare]])


def transform(source: str | int | CRS, target: str | int | CRS, *, epoch: float | None = None,
              heights: HeightModel | None = None) -> Transform:
    """The transform between two CRSs, made once and shared.

    Args:
        source: where coordinates are.
        target: where they go.
        epoch: decimal year of the coordinates in the moving frame (WGS 84 or an ITRF, as from a GNSS receiver today).
            Without it WGS 84 means what LandsD publishes, ITRF96 at 1998.121, and other ITRFs are refused.
        heights: how HKPD relates to ellipsoidal heights; the shipped Hong Kong model by default.

    Raises:
        CrsUnknown: a CRS that does not resolve.
        TransformRefused: nothing of known accuracy leads from one to the other.
        ValueInvalid: an epoch that is no year between 1980 and 2100.

    >>> transform("EPSG:2326", "OGC:CRS84").operation.code
    'EPSG:1825'
    """
    if epoch is not None and not 1980.0 <= epoch <= 2100.0:
        raise ValueInvalid(f"epoch {epoch} is no decimal year between 1980 and 2100", field="epoch", value=str(epoch),
                           remedy="give the date of the measurement, such as 2026.5")
    return _transform(crs(source), crs(target), epoch, heights or HeightModel.parse("hk"))


@lru_cache(maxsize=512)
def _transform(source: CRS, target: CRS, epoch: float | None, heights: HeightModel) -> Transform:
    return _assembled(source, target, find_operation(source, target, epoch, heights))


def find_operation(source: CRS, target: CRS, epoch: float | None, heights: HeightModel) -> Operation:
    """The operation for two CRSs: the allow-list if one is of the Hong Kong family, else the registry's best.

    Raises:
        TransformRefused: only a ballpark exists, an epoch is needed, or heights cannot be related.
    """
    if source == target:
        return Operation("same CRS")
    if source.is_vertical != target.is_vertical:
        raise refused(source, target, "one has heights only")
    if is_hong_kong(source) or is_hong_kong(target):
        change = level_change(source, target, heights)
        return _level_operation(change) if source.is_vertical else _through_wgs84(source, target, epoch, change)
    return registry_operation(source, target, epoch)


def _level_operation(change: LevelChange) -> Operation:
    if change.model:
        raise ValueInvalid("a height model needs positions", remedy="give compound CRSs such as EPSG:2326+5738",
                           field="crs")
    return Operation(change.name, height_accuracy_m=change.accuracy_m, steps=change.steps)


def _through_wgs84(source: CRS, target: CRS, epoch: float | None, change: LevelChange) -> Operation:
    """Source to WGS 84 longitude and latitude in radians, heights there, then on to the target."""
    if datum_of(source) == datum_of(target) and not change.model:
        epoch = None
    there, back = _legs(source, target, epoch)
    if there.datum == back.datum and not change.model:
        steps = simplified(there.to_base + inverse(back.to_base)) + change.steps
        return Operation(change.name or EXACT, height_accuracy_m=change.accuracy_m, note=change.note, steps=steps)
    names, codes, accuracy_m = _shift(there, back)
    steps = simplified(there.to_base + there.shift + change.steps + inverse(back.to_base + back.shift))
    return Operation(" + ".join(filter(None, [*names, change.name])) or EXACT, " + ".join(filter(None, codes)), accuracy_m,
                     change.grid, change.model, change.accuracy_m, joined_notes(there.note, back.note, change.note), steps)


def _legs(source: CRS, target: CRS, epoch: float | None) -> tuple[Leg, Leg]:
    try:
        return leg_of(source, epoch), leg_of(target, epoch)
    except TransformRefused as error:
        raise refused(source, target, error.data.get("why", ""), error.remedy) from error


def _shift(there: Leg, back: Leg) -> tuple[list[str], list[str], float | None]:
    """Names, codes and accuracy of the change of datum. The two legs share one tie to WGS 84, so the larger counts."""
    if there.datum == back.datum:
        return [], [], 0.0
    if {there.datum, back.datum} == {"HK80", "HK96"}:
        return ["Hong Kong 1980 to Hong Kong Geodetic CS (1)"], ["EPSG:9913"], 1.0
    accuracies = [leg.accuracy_m for leg in (there, back)]
    known = [accuracy for accuracy in accuracies if accuracy is not None]
    return ([there.name, back.name], [there.code, back.code],
            max(known) if len(known) == 2 else None)


def _assembled(source: CRS, target: CRS, operation: Operation) -> Transform:
    steps = simplified(operation.steps)
    engine = pyproj.Transformer.from_pipeline(operation.pipeline) if steps else None
    return Transform(source, target, operation, engine, _feeds_z(source, target))


def _feeds_z(source: CRS, target: CRS) -> bool:
    """True if z is a coordinate on both sides. Otherwise positions must not depend on it, or round trips would not close."""
    return source.is_geocentric or target.is_geocentric or (source.dims != 2 and target.dims != 2)


def _refuse_lost(transform: Transform, given: list[Floats], lost: NDArray[np.bool_]) -> None:
    if not lost.any():
        return
    first = int(np.argmax(lost))
    place = ", ".join(f"{column[first]:.9g}" for column in given)
    raise OutsideAreaOfUse(
        f"{int(lost.sum())} of {lost.size} points cannot be transformed from {transform.source.code} to "
        f"{transform.target.code}; the first is number {first} at ({place})",
        remedy="check the CRS of the source and the order of its axes", source=transform.source.code,
        target=transform.target.code, index=first, count=int(lost.sum()))
