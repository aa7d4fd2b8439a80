"""Heights of a layer against its level columns and against what can be: datum, unit, sign."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from csdi.crs import HeightModel
from csdi.finding import Finding
from csdi.placement.evidence import Evidence
from csdi.placement.hypotheses import HONG_KONG

_LOWEST_M, _HIGHEST_M = -200.0, 1500.0
_CHART_M = 0.146
_LIKE_M = 0.6
_STEADY_M = 0.15
_ENOUGH = 5


def height_findings(evidence: Evidence, lonlat: NDArray[np.float64], name: str) -> list[Finding]:
    """What is doubtful about heights; only of layers in Hong Kong.

    Args:
        lonlat: (n, 2) places, degrees.
    """
    west, south, east, north = HONG_KONG
    with np.errstate(invalid="ignore"):
        here = (lonlat[:, 0] > west) & (lonlat[:, 0] < east) & (lonlat[:, 1] > south) & (lonlat[:, 1] < north) & np.isfinite(evidence.z)
    if here.sum() < 1 or here.sum() < 0.5 * len(lonlat):
        return []
    for column, levels in zip(evidence.columns.levels, evidence.levels, strict=True):
        found = _against(evidence.z, levels, here & np.isfinite(levels), lonlat, name, column)
        if found is not None:
            return [found]
    return _range(evidence.z[here], name)


def _against(
    z: NDArray[np.float64], levels: NDArray[np.float64], known: NDArray[np.bool_], lonlat: NDArray[np.float64], name: str, column: str
) -> Finding | None:
    """Geometry against one level column: a steady difference or ratio that has a known cause."""
    if known.sum() < _ENOUGH or np.ptp(levels[known]) < 0.5:
        return None
    height, level = z[known], levels[known]
    off = np.median(height - level)
    spread = float(np.median(np.abs(height - level - off)))
    if spread < _STEADY_M and abs(off) > 0.05:
        undulation = float(np.median(HeightModel.parse("hk").undulation(*lonlat[known].T)))
        for size, datum in ((undulation, "the ellipsoid (GNSS heights)"), (_CHART_M, "chart datum")):
            if abs(abs(off) - abs(size)) < (_LIKE_M if size is undulation else 0.02):
                return Finding(
                    "height-datum-wrong",
                    "error",
                    f"heights of the geometry are {off:+.3f} m from '{column}': one of them is above {datum}",
                    name,
                    f"{off:+.3f} m",
                    "0 m",
                    "give both as mPD",
                    {"count": int(known.sum()), "offset_m": round(float(off), 4)},
                )
    usable = np.abs(level) > 0.5
    if usable.sum() < _ENOUGH:
        return None
    ratio = float(np.median(height[usable] / level[usable]))
    steady = float(np.median(np.abs(height[usable] / level[usable] - ratio))) < 0.01 * abs(ratio)
    for factor, said, kind in (
        (-1.0, "with the sign turned (depths)", "height-sign-turned"),
        (1 / 0.3048, "in feet", "height-unit-wrong"),
        (1000.0, "in millimetres", "height-unit-wrong"),
        (100.0, "in centimetres", "height-unit-wrong"),
        (0.3048, "metres, and the column feet", "height-unit-wrong"),
    ):
        if steady and abs(ratio / factor - 1.0) < 0.01:
            return Finding(
                kind,
                "error",
                f"heights of the geometry are {said}, by '{column}'",
                name,
                f"ratio {ratio:.4f}",
                "1",
                "give both as metres above HKPD",
                {"count": int(known.sum()), "ratio": round(ratio, 5)},
            )
    return None


def _range(z: NDArray[np.float64], name: str) -> list[Finding]:
    odd = (z < _LOWEST_M) | (z > _HIGHEST_M)
    if not odd.any():
        return []
    unit = next(
        (
            said
            for factor, said in ((1000.0, "millimetres"), (100.0, "centimetres"))
            if odd.mean() > 0.5 and _LOWEST_M <= np.median(z) / factor <= 600.0
        ),
        "",
    )
    return [
        Finding(
            "height-unit-wrong" if unit else "height-implausible",
            "warning",
            f"{int(odd.sum())} features lie at heights that nothing in Hong Kong has" + (f": they seem to be in {unit}" if unit else ""),
            name,
            f"{z.min():.1f} to {z.max():.1f} m",
            f"{_LOWEST_M:.0f} to {_HIGHEST_M:.0f} mPD",
            "give metres above HKPD",
            {"count": int(odd.sum())},
        )
    ]
