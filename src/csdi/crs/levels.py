"""Heights: HKPD, chart datum and ellipsoidal heights, and the steps between them."""

from __future__ import annotations

from dataclasses import dataclass

from csdi.crs.heights import HeightModel, default_grid, grid_steps
from csdi.crs.reference import CRS
from csdi.crs.steps import Steps, inverse, simplified
from csdi.errors import TransformRefused

_UPSIDE_DOWN = "proj=axisswap order=1,2,-3"
HONG_KONG_LEVELS: dict[str, Steps] = {
    "EPSG:5738": (),
    "EPSG:7976": (_UPSIDE_DOWN,),
    "EPSG:5739": ("proj=affine zoff=0.146", _UPSIDE_DOWN),
}
"""Steps from each height or depth of Hong Kong to HKPD height. Chart datum lies 0.146 m below HKPD (EPSG:7977)."""

_EGM96 = "EPSG:5773"
_EGM96_UNCERTAINTY_M = 0.3
ELLIPSOIDAL = "ellipsoidal"


@dataclass(frozen=True, slots=True)
class LevelChange:
    """What happens to heights, at WGS 84 longitude and latitude in radians."""

    steps: Steps = ()
    name: str = ""
    model: str | None = None
    grid: str | None = None
    accuracy_m: float | None = None
    note: str = ""


def level_of(reference: CRS) -> str | None:
    """Code of the vertical CRS, `"ellipsoidal"`, or None if the CRS says nothing of heights."""
    if reference.vertical:
        return reference.vertical
    return ELLIPSOIDAL if reference.dims == 3 else None


def level_change(source: CRS, target: CRS, heights: HeightModel) -> LevelChange:
    """How heights get from the level of `source` to that of `target`.

    Raises:
        TransformRefused: the two levels cannot be related, or only by a height model and there is none.
    """
    here, there = level_of(source), level_of(target)
    if here == there:
        return LevelChange()
    if here is None:
        return LevelChange(note=f"{source.code} says nothing of heights: z is carried unchanged as {_title(there)}")
    if there is None:
        return LevelChange(note=f"heights stay {_title(here)}")
    if here in HONG_KONG_LEVELS and there in HONG_KONG_LEVELS:
        steps = simplified(HONG_KONG_LEVELS[here] + inverse(HONG_KONG_LEVELS[there]))
        return LevelChange(steps, f"{_title(here)} to {_title(there)}", accuracy_m=0.0)
    if heights.is_none:
        raise _refused(source, target, "no height model is chosen; the difference is about 3 m in Hong Kong")
    steps = simplified(_to_ellipsoid(here, source, target, heights) + inverse(_to_ellipsoid(there, source, target, heights)))
    return LevelChange(steps, f"{_title(here)} to {_title(there)} by {heights.title}", heights.name, heights.grid,
                       heights.uncertainty_m if _EGM96 not in (here, there) else _EGM96_UNCERTAINTY_M)


def _to_ellipsoid(level: str, source: CRS, target: CRS, heights: HeightModel) -> Steps:
    if level == ELLIPSOIDAL:
        return ()
    if level in HONG_KONG_LEVELS:
        return HONG_KONG_LEVELS[level] + heights.steps
    if level == _EGM96:
        return grid_steps(default_grid())
    raise _refused(source, target, f"heights {level} have no stated relation to HKPD")


def _title(level: str | None) -> str:
    names = {"EPSG:5738": "HKPD height", "EPSG:7976": "HKPD depth", "EPSG:5739": "chart datum depth",
             _EGM96: "EGM96 height", ELLIPSOIDAL: "ellipsoidal height"}
    return names.get(level or "", level or "")


def _refused(source: CRS, target: CRS, why: str) -> TransformRefused:
    return TransformRefused(f"heights of {source.code} cannot become those of {target.code}: {why}",
                            remedy="set CSDI_HEIGHT_MODEL to hk, constant:<metres> or grid:<path>, or use heights in HKPD",
                            source=source.code, target=target.code)
