"""Rooms: which of many spaces is around each of many elements, found for all of them at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from csdi.feature import Feature

STEP_M = 0.3
"""How far above or below a space something may be and still belong to it."""


@dataclass(frozen=True, slots=True)
class Space:
    """A space that can be around something.

    Attributes:
        location: id of the location that it stands for.
        storey: id of the location that this lies in, "" for none.
        low, high: mPD.
        area: of its shape, in squares of the shape's units.
        shape: in the storage CRS, x = longitude first.
    """

    location: str
    storey: str
    low: float
    high: float
    area: float
    shape: Any


class Rooms:
    """Spaces by where they are."""

    def __init__(self, spaces: Sequence[Space]) -> None:
        self._spaces = spaces
        self._tree = shapely.STRtree([one.shape for one in spaces])
        self._low, self._high, self._area = (np.array([getattr(one, name) for one in spaces], float) for name in ("low", "high", "area"))
        self._numbers: dict[str, int] = {}
        self._storeys = np.array([self._numbers.setdefault(one.storey, len(self._numbers)) if one.storey else -1 for one in spaces],
                                 np.int64)

    def around(self, rows: Sequence[Feature], storeys: Sequence[str]) -> Iterator[tuple[int, str]]:
        """(number of the element, location of the space around it), where there is one; of several the smallest on its own storey first.

        Args:
            rows: elements with a shape in the spaces' CRS, and their levels in mPD.
            storeys: locations in which they are said to be, "" for none.
        """
        shapes = np.empty(len(rows), object)
        shapes[:] = [row.geometry for row in rows]
        whose, which = self._tree.query(shapely.point_on_surface(shapes), predicate="intersects")
        own = np.array([self._numbers.get(one, -2) for one in storeys], np.int64)
        levels = np.array([_middle(row) for row in rows], float)[whose]
        same = own[whose] == self._storeys[which]
        fits = same | ((self._low[which] - STEP_M <= levels) & (levels <= self._high[which] + STEP_M))
        whose, which, same = whose[fits], which[fits], same[fits]
        order = np.lexsort((self._area[which], ~same, whose))
        found, first = np.unique(whose[order], return_index=True)
        yield from ((int(n), self._spaces[int(at)].location) for n, at in zip(found, which[order][first], strict=True))


def _middle(row: Feature) -> float:
    """Level of the middle of an element in mPD; NaN where it is not known."""
    bottom, top = row.properties.get("base_level"), row.properties.get("top_level")
    return (bottom + top) / 2 if bottom is not None and top is not None else np.nan
