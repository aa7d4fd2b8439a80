"""The self-test at start: published check points through our own transforms; a wrong one stops the server."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from csdi.crs.transform import transform
from csdi.errors import SelfTestFailed


@dataclass(frozen=True, slots=True)
class CheckPoint:
    """One published pair: `given` in `source` becomes `expected` in `target` within `tolerance_m` metres."""

    name: str
    source: str
    target: str
    given: tuple[float, ...]
    expected: tuple[float, ...]
    tolerance_m: float = 0.002


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What came out at one check point: how far off, and whether that is within its tolerance."""

    name: str
    off_m: float
    tolerance_m: float

    @property
    def passed(self) -> bool:
        """True if the point is where it should be."""
        return self.off_m <= self.tolerance_m

    def to_dict(self) -> dict[str, Any]:
        """JSON-compatible form."""
        return {"name": self.name, "off_m": round(self.off_m, 5), "tolerance_m": self.tolerance_m, "passed": self.passed}


_HK80_ORIGIN = (114 + 10 / 60 + 42.80 / 3600, 22 + 18 / 60 + 43.68 / 3600)
_SHAM_SHUI_PO = (832591.320, 820351.389)

CHECK_POINTS = (
    CheckPoint("projection origin", "EPSG:2326", "EPSG:4611", (836694.05, 819069.80), _HK80_ORIGIN, 0.0005),
    CheckPoint("LandsD tool, grid to HK80", "EPSG:2326", "EPSG:4611", _SHAM_SHUI_PO,
               (114 + 8 / 60 + 19.44596 / 3600, 22 + 19 / 60 + 25.32636 / 3600), 0.001),
    CheckPoint("LandsD service, grid to WGS 84", "EPSG:2326", "OGC:CRS84", (835411.431, 817266.016),
               (114.168562005, 22.294313001)),
    CheckPoint("LandsD tool, grid to WGS 84", "EPSG:2326", "OGC:CRS84", _SHAM_SHUI_PO, (114.141187917, 22.322172084)),
    CheckPoint("LandsD service, airport", "EPSG:2326", "EPSG:4326", (813259.7, 818940.16), (113.953573028, 22.309278113)),
    CheckPoint("LandsD service, WGS 84 to grid", "OGC:CRS84", "EPSG:2326", (114.00876443, 22.2580467),
               (818940.161, 813259.701)),
    CheckPoint("grid to CGCS2000 is shifted", "EPSG:2326", "EPSG:4490", (813259.7, 818940.16),
               (113.953573028, 22.309278113)),
    CheckPoint("LandsD service, ellipsoidal height to HKPD", "EPSG:4979", "EPSG:2326+5738", (114.14118, 22.32224, 23.128),
               (832590.508, 820358.91, 26.009), 0.005),
    CheckPoint("LandsD service, HKPD to ellipsoidal height", "EPSG:2326+5738", "OGC:CRS84h",
               (832590.508, 820358.91, 26.009), (114.14118, 22.32224, 23.128), 0.005),
    CheckPoint("HKPD to chart datum", "EPSG:5738", "EPSG:5739", (0.0, 0.0, -10.0), (0.0, 0.0, 9.854), 1e-6),
)


def self_test() -> list[CheckResult]:
    """How far our transforms are from the published check points.

    Raises:
        SelfTestFailed: a point is further off than its tolerance, naming the first.
    """
    results = [_run(point) for point in CHECK_POINTS]
    for result in results:
        if not result.passed:
            raise SelfTestFailed(f"check point '{result.name}' is {result.off_m:.4f} m off, {result.tolerance_m} m allowed",
                                 remedy="reinstall pyproj and csdi; the PROJ database or the height grid is damaged",
                                 check=result.name, off_m=result.off_m)
    return results


def _run(point: CheckPoint) -> CheckResult:
    moved = transform(point.source, point.target).points([point.given])[0]
    scale = _metres_per_unit(point)
    return CheckResult(point.name, math.dist([a * s for a, s in zip(moved, scale, strict=True)],
                                             [b * s for b, s in zip(point.expected, scale, strict=True)]), point.tolerance_m)


def _metres_per_unit(point: CheckPoint) -> tuple[float, ...]:
    x, y, *rest = point.expected
    horizontal = (1.0, 1.0) if abs(x) > 180 else (111320.0 * math.cos(math.radians(y)), 110750.0)
    return (*horizontal, *(1.0 for _ in rest))
