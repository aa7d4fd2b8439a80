"""One surface: a kind of limit, where it belongs to, and the pieces that it is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from csdi.limits.patch import Patch

Floats = NDArray[np.float64]

KINDS: Mapping[str, Mapping[str, str]] = {
    "strip": {"en": "Runway strip", "zh-Hant": "跑道升降帶", "zh-Hans": "跑道升降带"},
    "approach": {"en": "Approach surface", "zh-Hant": "進近面", "zh-Hans": "进近面"},
    "transitional": {"en": "Transitional surface", "zh-Hant": "過渡面", "zh-Hans": "过渡面"},
    "inner_horizontal": {"en": "Inner horizontal surface", "zh-Hant": "內水平面", "zh-Hans": "内水平面"},
    "conical": {"en": "Conical surface", "zh-Hant": "錐形面", "zh-Hans": "锥形面"},
    "takeoff_climb": {"en": "Take-off climb surface", "zh-Hant": "起飛爬升面", "zh-Hans": "起飞爬升面"},
    "inner_approach": {"en": "Inner approach surface", "zh-Hant": "內進近面", "zh-Hans": "内进近面"},
    "inner_transitional": {"en": "Inner transitional surface", "zh-Hant": "內過渡面", "zh-Hans": "内过渡面"},
    "balked_landing": {"en": "Balked landing surface", "zh-Hant": "複飛面", "zh-Hans": "复飞面"},
    "horizontal": {"en": "Horizontal surface", "zh-Hant": "水平面", "zh-Hans": "水平面"},
    "straight_in_approach": {"en": "Surface for straight-in approaches", "zh-Hant": "直線儀表進近面", "zh-Hans": "直线仪表进近面"},
    "precision_approach": {"en": "Surface for precision approaches", "zh-Hant": "精密進近面", "zh-Hans": "精密进近面"},
    "instrument_departure": {"en": "Surface for instrument departures", "zh-Hant": "儀表離場面", "zh-Hans": "仪表离场面"},
    "restricted_height": {"en": "Restricted height", "zh-Hant": "限制高度", "zh-Hans": "限制高度"},
}
"""Kind -> its name in three languages."""


@dataclass(frozen=True)
class Surface:
    """One surface.

    Attributes:
        kind: one of `KINDS`.
        runway: both designators; "" for what surrounds the whole aerodrome.
        end: designator of the end that it belongs to; "" where it belongs to both.
        patches: the pieces that it is made of.
        table: id of the set of tables; `source` names the document, `confidence` how well it is known.
    """

    kind: str
    patches: tuple[Patch, ...]
    runway: str = ""
    end: str = ""
    table: str = ""
    source: str = ""
    confidence: str = ""

    @property
    def id(self) -> str:
        """Such as `approach-07L`, unique within one aerodrome and set of tables."""
        return "-".join(filter(None, [self.kind.replace("_", "-"), (self.end or self.runway).replace("/", "-")]))

    @property
    def outline(self) -> BaseGeometry:
        """The ground that it covers."""
        return shapely.union_all([patch.outline for patch in self.patches])

    def levels(self, places: Floats) -> Floats:
        """Levels (n,) mPD at places (n, 2), the lowest where pieces overlap; NaN where it does not reach."""
        found = np.stack([patch.levels(places) for patch in self.patches])
        lowest = np.where(np.isnan(found), np.inf, found).min(axis=0)
        return np.where(np.isinf(lowest), np.nan, lowest)
