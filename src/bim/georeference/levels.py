"""Heights of a placed model: the datum that it names, the size of its levels, and RefElevation as the second witness."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from bim.finding import Finding
from bim.georeference.carrier import Carrier, Kind
from bim.georeference.reading import Reading
from bim.georeference.witness import in_hong_kong
from csdi.crs import HeightModel, crs
from csdi.errors import CrsError

HKPD = "EPSG:5738"
_LOWEST_M, _HIGHEST_M = -60.0, 1000.0
"""Levels that something built in Hong Kong can have, mPD."""
_AGREE_M = 0.02
_LIKE_M = 0.4
_CHART_M = 0.146
_UNITS = ((1000.0, "millimetres"), (1 / 0.3048, "feet"), (100.0, "centimetres"))


def level_findings(carrier: Carrier, carriers: Sequence[Carrier], reading: Reading, box: NDArray[np.float64],
                   lonlat: tuple[float, float] | None) -> list[Finding]:
    """What is doubtful about the heights of a placed model.

    Args:
        box: (2, 3) content in the model frame, metres.
        lonlat: where it stands, degrees; None where that is not known.
    """
    found = [*_datum(carrier, lonlat), *_elevations(carrier, carriers, reading, lonlat)]
    if lonlat is not None and in_hong_kong(lonlat) and not any(f.code == "GEO-015" for f in found):
        found += _range(carrier, reading, box)
    return found


def _datum(carrier: Carrier, lonlat: tuple[float, float] | None) -> Iterator[Finding]:
    if not carrier.vertical_crs or lonlat is None:
        return
    here = in_hong_kong(lonlat)
    try:
        known = crs(carrier.vertical_crs)
        west, south, east, north = known.area_of_use
    except CrsError:
        return
    inside = west - 1 <= lonlat[0] <= east + 1 and south - 1 <= lonlat[1] <= north + 1
    if (here and carrier.vertical_crs != HKPD) or not inside:
        why = f"{known.name} is not the datum that levels are given in here" if inside else f"{known.name} is not used here"
        yield Finding("GEO-014", "error", f"the vertical datum {carrier.vertical_crs} is wrong: {why}", carrier.subject,
                      measured=carrier.vertical_name or carrier.vertical_crs, expected=HKPD if here else "a datum of the place",
                      cure="set VerticalDatum to EPSG:5738 and give OrthogonalHeight in mPD" if here
                      else "set VerticalDatum to the height datum of the place")


def _elevations(carrier: Carrier, carriers: Sequence[Carrier], reading: Reading, lonlat: tuple[float, float] | None) -> Iterator[Finding]:
    """RefElevation of the sites against the heights of the operation, at the site's origin."""
    if carrier.kind is Kind.SITE_POSITION:
        return
    for site in carriers:
        if site.kind is not Kind.SITE_POSITION or site.elevation is None:
            continue
        height = float(reading.at(np.array(site.anchor))[2])
        off = height - site.elevation
        if abs(off) <= _AGREE_M:
            continue
        default = site.elevation == 0.0
        yield Finding("GEO-015", "note" if default else "warning",
                      f"OrthogonalHeight and the site's RefElevation differ by {off:+.3f} m" + _why(height, site.elevation, lonlat),
                      site.subject, measured=f"{height:.3f} m by the operation, RefElevation {site.elevation:.3f} m",
                      expected=f"the same, within {_AGREE_M} m", cure=_cure(height, site.elevation, default, lonlat),
                      data={"difference_m": round(off, 4)})


def _why(height: float, elevation: float, lonlat: tuple[float, float] | None) -> str:
    if unit := _ratio(height, elevation):
        return f": one of them is in {unit}"
    if _is_undulation(height - elevation, lonlat):
        return ": about what lies between HKPD and the ellipsoid; one of them is an ellipsoidal (GNSS) height"
    if abs(abs(height - elevation) - _CHART_M) < _AGREE_M:
        return ": what lies between HKPD and chart datum; one of them is above chart datum"
    return ": RefElevation is zero, as if it were never set" if elevation == 0.0 else ""


def _cure(height: float, elevation: float, default: bool, lonlat: tuple[float, float] | None) -> str:
    if unit := _ratio(height, elevation):
        return f"give OrthogonalHeight in the map unit and RefElevation in the project's unit, not in {unit}"
    if _is_undulation(height - elevation, lonlat):
        return "give both as HKPD levels (mPD); turn the ellipsoidal height with the height model first"
    return "set RefElevation to the site's level" if default else "make OrthogonalHeight and RefElevation the same level of the same datum"


def _ratio(height: float, elevation: float) -> str:
    """The unit in which one of two levels seems to be written, "" if neither."""
    if abs(height) < 1e-6 or abs(elevation) < 1e-6:
        return ""
    ratio = height / elevation
    return next((name for factor, name in _UNITS if min(abs(ratio / factor - 1.0), abs(ratio * factor - 1.0)) < 5e-3), "")


def _is_undulation(off: float, lonlat: tuple[float, float] | None) -> bool:
    if lonlat is None or not in_hong_kong(lonlat):
        return False
    undulation = float(HeightModel.parse("hk").undulation(lonlat[0], lonlat[1]))
    return abs(abs(off) - abs(undulation)) < _LIKE_M


def _range(carrier: Carrier, reading: Reading, box: NDArray[np.float64]) -> Iterator[Finding]:
    low, high = (float(reading.at(np.array([*box.mean(axis=0)[:2], z]))[2]) for z in (box[0, 2], box[1, 2]))
    if low >= _LOWEST_M and high <= _HIGHEST_M:
        return
    offset = float(reading.affine[2, 3])
    scaled = next((name for factor, name in _UNITS if _LOWEST_M <= offset / factor + low - offset <= high - offset + offset / factor
                   <= _HIGHEST_M and abs(offset) > _HIGHEST_M / 2), "")
    yield Finding("GEO-016", "error", f"the model lies at {low:.1f} to {high:.1f} mPD, which nothing in Hong Kong does"
                  + (f": OrthogonalHeight seems to be in {scaled}" if scaled else ""), carrier.subject,
                  measured=f"{low:.3f} to {high:.3f} m", expected=f"{_LOWEST_M:.0f} to {_HIGHEST_M:.0f} mPD",
                  cure="give OrthogonalHeight in the map unit (metres)" if scaled else "check OrthogonalHeight and the placements")
