"""What coordinates without a CRS may be in."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from csdi.placement.ground import Floats, inside
from csdi.placement.hypotheses import HK_GRID, HONG_KONG, NEARBY, hypotheses, lonlat_of

_NEARLY_ALL = 0.9


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A CRS that coordinates without one may be in, and why."""

    crs: str
    why: str


def suggestions(xy: Floats, z: Floats | None = None) -> list[Suggestion]:
    """CRSs, or mistakes, that would put coordinates without a CRS into Hong Kong, likeliest first; empty if none does.

    Args:
        xy: (n, 2) as in the file, x first.
    """
    z = np.full(len(xy), np.nan) if z is None else z
    found = [Suggestion(code, "they lie in Hong Kong") for code in NEARBY if _in_hong_kong(lonlat_of(code, xy))]
    if not found:
        found = [
            Suggestion(h.crs, h.said)
            for base in (HK_GRID, "OGC:CRS84")
            for h in hypotheses(base, xy, z)
            if h.regional and h.cost < 2.0 and h.crs == base and _in_hong_kong(h.lonlat())
        ]
    return found


def _in_hong_kong(lonlat: Floats) -> bool:
    return bool(len(lonlat) and inside(lonlat, HONG_KONG).mean() >= _NEARLY_ALL)
