"""Height models: how far the HKPD surface lies above the WGS 84 ellipsoid, and how well that is known."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pyproj
from numpy.typing import ArrayLike, NDArray
from pyproj.exceptions import ProjError

from csdi.errors import OutsideAreaOfUse, ValueInvalid

EGM96_TO_HKPD_M = -0.579
"""HKPD surface minus EGM96 geoid, metres, calibrated on one official pair (22.32224 N 114.14118 E)."""

HK_UNCERTAINTY_M = 0.3
"""Uncertainty of the shipped model: one calibration point; the ellipsoid of HK1980, laid close to HKPD, says the same within
0.2 m (root mean square; 0.5 m at the edges of the territory)."""

_REMEDY = "use none, hk, constant:<metres> or grid:<path>, each with ?uncertainty=<metres> if it is known"


@dataclass(frozen=True, slots=True)
class HeightModel:
    """The undulation of HKPD: ellipsoidal height h minus HKPD height H, in metres (about -3.6 m at HKIA).

    Attributes:
        name: text that `parse` takes back: `none`, `hk`, `constant:-3.6`, `grid:/path`.
        title: one line for people.
        uncertainty_m: 1 sigma of the undulation, metres; None when nobody has stated it.
        steps: PROJ steps from (longitude, latitude in radians, H) to (longitude, latitude, h); empty for `none`.
        grid: path of the grid file, or None.
    """

    name: str
    title: str
    uncertainty_m: float | None
    steps: tuple[str, ...]
    grid: str | None = None

    @property
    def is_none(self) -> bool:
        """True if no relation between HKPD and ellipsoidal heights is claimed."""
        return not self.steps

    @classmethod
    def parse(cls, text: str) -> HeightModel:
        """The model that a setting names: `none`, `hk`, `constant:-3.6`, `grid:/path`; `?uncertainty=0.02` may follow.

        Raises:
            ValueInvalid: unknown form, number out of range, or a grid file that is missing or not readable.
        """
        kind, _, rest = text.strip().partition(":")
        if kind == "none" and not rest:
            return cls("none", "no height model", None, ())
        if kind == "hk" and not rest:
            return _hong_kong()
        if kind == "constant":
            return _constant(rest)
        if kind == "grid" and rest:
            return _grid(rest)
        raise ValueInvalid(f"height model '{text}' is not known", remedy=_REMEDY, field="height_model", value=text)

    def undulation(self, lon: ArrayLike, lat: ArrayLike) -> NDArray[np.float64]:
        """h minus H in metres at WGS 84 longitudes and latitudes in degrees; the shape is that of the inputs.

        Raises:
            OutsideAreaOfUse: a point is outside the model's grid.
            ValueInvalid: the model is `none`.
        """
        if self.is_none:
            raise ValueInvalid("the height model is 'none': HKPD and ellipsoidal heights are not related",
                               remedy=_REMEDY, field="height_model")
        lon_deg, lat_deg = np.broadcast_arrays(np.asarray(lon, float), np.asarray(lat, float))
        pipeline = "proj=pipeline step proj=unitconvert xy_in=deg xy_out=rad " + " ".join(f"step {s}" for s in self.steps)
        engine = pyproj.Transformer.from_pipeline(pipeline)
        result = np.asarray(engine.transform(lon_deg, lat_deg, np.zeros_like(lon_deg))[2], float)
        if not np.isfinite(result).all():
            raise OutsideAreaOfUse(f"height model {self.name} does not reach every point asked for",
                                   remedy="ask within the grid, or install one that covers the place")
        return result

    def to_dict(self) -> dict[str, Any]:
        """JSON-compatible description, stored beside every ellipsoidal height made with it."""
        return {"name": self.name, "title": self.title, "uncertainty_m": self.uncertainty_m}


def default_grid() -> Path:
    """Path of the shipped EGM96 clip for Hong Kong (GTX, 136 bytes)."""
    return Path(str(files("csdi").joinpath("data", "hk_egm96.gtx")))


def grid_steps(path: Path) -> tuple[str, ...]:
    """PROJ step that adds the grid's undulation to a height.

    Raises:
        ValueInvalid: PROJ cannot be given such a path.
    """
    text = str(path)
    if set(text) & set(',"{}'):
        raise ValueInvalid(f"height grid {path}: a comma, quote or brace in a path is not allowed",
                           remedy="rename the file or its folder", field="height_model", value=text)
    return (f'proj=vgridshift grids="{text}" multiplier=1' if " " in text else f"proj=vgridshift grids={text} multiplier=1",)


@lru_cache(maxsize=1)
def _hong_kong() -> HeightModel:
    path = default_grid()
    return HeightModel("hk", f"EGM96 {EGM96_TO_HKPD_M:+.3f} m, calibrated on one official point", HK_UNCERTAINTY_M,
                       (*grid_steps(path), f"proj=affine zoff={EGM96_TO_HKPD_M}"), path.name)


def _constant(text: str) -> HeightModel:
    number, uncertainty_m = _with_uncertainty(text)
    metres = _number(number)
    if metres is None or abs(metres) > 120.0:
        raise ValueInvalid(f"height model 'constant:{text}': the constant must be metres between -120 and 120",
                           remedy=_REMEDY, field="height_model", value=text)
    return HeightModel(f"constant:{text}", f"constant {metres:+g} m", uncertainty_m, (f"proj=affine zoff={metres!r}",))


def _grid(text: str) -> HeightModel:
    name, uncertainty_m = _with_uncertainty(text)
    path = Path(name).expanduser().absolute()
    if not path.is_file():
        raise ValueInvalid(f"height grid {path} does not exist", remedy=_REMEDY, field="height_model", value=str(path))
    steps = grid_steps(path)
    try:
        pyproj.Transformer.from_pipeline(steps[0])
    except ProjError:
        raise ValueInvalid(f"height grid {path} cannot be read by PROJ", remedy="give a GTX or GeoTIFF height grid",
                           field="height_model", value=str(path)) from None
    return HeightModel(f"grid:{text}", f"grid {path.name}", uncertainty_m, steps, path.name)


def _with_uncertainty(text: str) -> tuple[str, float | None]:
    """`-3.6?uncertainty=0.2` in its two parts."""
    value, separator, stated = text.partition("?uncertainty=")
    metres = _number(stated)
    if separator and (metres is None or metres < 0):
        raise ValueInvalid(f"height model '{text}': the uncertainty '{stated}' is no number of metres", remedy=_REMEDY,
                           field="height_model", value=text)
    return value, metres


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None
