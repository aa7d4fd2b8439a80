"""Witnesses of a layer: Building CSUIDs and coordinate columns, as places with tolerances."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from csdi.crs import crs
from csdi.errors import CrsError
from csdi.placement.evidence import Evidence
from csdi.placement.ground import Floats
from csdi.placement.hypotheses import HK_GRID, lonlat_of

_LEAST_M = 0.3
_METRES_PER_DEGREE = 111_195.0
_CSUID_SLACK_M = 25.0
_NEARLY_ALL = 0.95


@dataclass(frozen=True, slots=True)
class Witness:
    """What else says where the features are: label, (n, 2) longitude and latitude, (n,) tolerance in metres."""

    label: str
    lonlat: Floats
    tolerance_m: Floats
    is_csuid: bool
    crs: str
    raw: Floats


def witnesses(e: Evidence, code: str) -> Iterator[Witness]:
    """All of a layer that is labelled `code`."""
    radius = e.radius * (_METRES_PER_DEGREE if crs(code).is_geographic else crs(code).unit_to_metre)
    if e.csuid is not None:
        yield Witness(
            f"the Building CSUID in '{e.columns.csuid}'", lonlat_of(HK_GRID, e.csuid), radius + _CSUID_SLACK_M, True, HK_GRID, e.csuid
        )
    for pair, values in zip(e.columns.pairs, e.pairs, strict=True):
        if pair.crs and not np.array_equal(values, e.xy):
            try:
                yield Witness(
                    f"the columns '{pair.x}' and '{pair.y}'",
                    lonlat_of(pair.crs, values),
                    radius + _LEAST_M + _precision_m(values, geographic=pair.geographic),
                    False,
                    pair.crs,
                    values,
                )
            except CrsError:
                continue


def _precision_m(values: Floats, *, geographic: bool) -> float:
    """Half of the last digit that columns are written with, as a distance: 22 m for whole seconds, 79 m for three decimals."""
    known = values[np.isfinite(values).all(axis=1)]
    if not len(known):
        return 0.0
    unit_m = _METRES_PER_DEGREE if geographic else 1.0
    steps = [10.0**-decimals for decimals in range(10)] + ([1.0 / 60.0, 1.0 / 3600.0, 0.1 / 3600.0] if geographic else [])
    for step in sorted(steps, reverse=True):
        if (np.abs(known / step - np.round(known / step)).max(axis=1) < 1e-3).mean() >= _NEARLY_ALL and step * unit_m >= _LEAST_M:
            return float(step * unit_m / 2 * np.sqrt(2.0))
    return 0.0
