"""Evidence: what one pass over a layer says of its places, kept small whatever the layer's size."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from csdi.placement.columns import Columns, csuid_positions, numbers, witness_columns

CAP = 200_000
"""Features that are kept; of larger layers every second, fourth, ... feature is."""
_LOOK = 2000
"""Rows that are looked at to find the witness columns."""
_PLACEHOLDERS = (-9999.0, 9999.0, -99999.0, 99999.0, -999999.0, 1e20, -1e20, 1.7976931348623157e308, -1.7976931348623157e308, 999999.0)


@dataclass(slots=True)
class Watch:
    """Takes the batches of a survey as they come.

    Attributes:
        columns: the witness columns; set from the first rows.
        placeholders: ids of features whose coordinates are stand-ins for a missing value.
    """

    columns: Columns = field(default_factory=Columns)
    placeholders: list[str] = field(default_factory=list)
    _ids: list[str] = field(default_factory=list)
    _parts: list[NDArray[np.float64]] = field(default_factory=list)
    _kept: int = 0
    _seen: int = 0
    _stride: int = 1

    def look(self, rows: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
        """Finds the witness columns in some rows; gives the names that `take` wants to see."""
        self.columns = witness_columns(rows[:_LOOK])
        return self.columns.names

    def take(self, ids: Sequence[str], geometries: NDArray[np.object_] | None, rows: Sequence[Mapping[str, Any]]) -> None:
        """One batch: ids, geometries in the file's own coordinates (x first), rows with at least the witness columns."""
        if geometries is None:
            return
        chosen = np.flatnonzero((np.arange(len(ids)) + self._seen) % self._stride == 0)
        self._seen += len(ids)
        there = chosen[~(shapely.is_missing(geometries[chosen]) | shapely.is_empty(geometries[chosen]))]
        if not len(there):
            return
        table = np.column_stack([_places(geometries[there]), *self._witnesses([rows[i] for i in there])])
        odd = (
            ~np.isfinite(table[:, :2]).all(axis=1)
            | np.isin(table[:, 0], _PLACEHOLDERS)
            | np.isin(table[:, 1], _PLACEHOLDERS)
            | (np.abs(table[:, :2]) > 1e15).any(axis=1)
        )
        self.placeholders += [ids[i] for i in there[odd]]
        self._ids += [ids[i] for i in there[~odd]]
        self._parts.append(table[~odd])
        self._kept += int((~odd).sum())
        if self._kept > CAP:
            self._thin()

    def evidence(self) -> Evidence:
        """What was seen."""
        width = 4 + 2 * len(self.columns.pairs) + 2 * bool(self.columns.csuid) + len(self.columns.levels)
        table = np.concatenate(self._parts) if self._parts else np.zeros((0, width))
        pairs = [table[:, 4 + 2 * i : 6 + 2 * i] for i in range(len(self.columns.pairs))]
        at = 4 + 2 * len(pairs)
        csuid = table[:, at : at + 2] if self.columns.csuid else None
        at += 2 * bool(self.columns.csuid)
        levels = [table[:, at + i] for i in range(len(self.columns.levels))]
        return Evidence(
            self._ids,
            table[:, :2],
            table[:, 2],
            table[:, 3],
            self.columns,
            pairs,
            csuid,
            levels,
            self._seen,
            self._stride,
            self.placeholders,
        )

    def _witnesses(self, rows: Sequence[Mapping[str, Any]]) -> list[NDArray[np.float64]]:
        found = [numbers([row.get(name) for row in rows]) for pair in self.columns.pairs for name in (pair.x, pair.y)]
        if self.columns.csuid:
            found.append(csuid_positions([row.get(self.columns.csuid) for row in rows]))
        return [*found, *(numbers([row.get(name) for row in rows]) for name in self.columns.levels)]

    def _thin(self) -> None:
        table = np.concatenate(self._parts)[::2]
        self._ids = self._ids[::2]
        self._parts, self._kept, self._stride = [table], len(table), self._stride * 2


@dataclass(frozen=True, slots=True)
class Evidence:
    """Places of a layer's features and of their witnesses.

    Attributes:
        ids: (n) feature ids.
        xy: (n, 2) a point of each feature, in the file's own coordinates, x first.
        z: (n,) its mean height, NaN where there is none.
        radius: (n,) half the size of the feature, in the file's unit.
        pairs: for each `columns.pairs`, (n, 2) as in the column, x first.
        csuid: (n, 2) EPSG:2326 metres, or None.
        levels: for each `columns.levels`, (n,).
        seen: features of the whole layer; one in `stride` of them is here.
        placeholders: ids of features without usable coordinates.
    """

    ids: list[str]
    xy: NDArray[np.float64]
    z: NDArray[np.float64]
    radius: NDArray[np.float64]
    columns: Columns
    pairs: list[NDArray[np.float64]]
    csuid: NDArray[np.float64] | None
    levels: list[NDArray[np.float64]]
    seen: int = 0
    stride: int = 1
    placeholders: list[str] = field(default_factory=list)


def _places(geometries: NDArray[np.object_]) -> NDArray[np.float64]:
    """(n, 4): x, y of the middle, mean height, half the diagonal of the box."""
    box = shapely.bounds(geometries)
    box[~np.isfinite(box).all(axis=1)] = np.nan
    middle = (box[:, :2] + box[:, 2:]) / 2
    z = np.full(len(geometries), np.nan)
    solid = np.flatnonzero(shapely.has_z(geometries))
    if len(solid):
        coordinates, index = shapely.get_coordinates(geometries[solid], include_z=True, return_index=True)
        height = np.where(np.isfinite(coordinates[:, 2]), coordinates[:, 2], 0.0)
        z[solid] = np.bincount(index, height, len(solid)) / np.maximum(np.bincount(index, minlength=len(solid)), 1)
    return np.column_stack([middle, z, np.hypot(box[:, 2] - box[:, 0], box[:, 3] - box[:, 1]) / 2])
