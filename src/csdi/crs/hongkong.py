"""The allow-list for Hong Kong: how each datum of the region reaches WGS 84, written out and checked at start."""

from __future__ import annotations

from dataclasses import dataclass

from csdi.crs.levels import HONG_KONG_LEVELS
from csdi.crs.operation import EXACT
from csdi.crs.reference import CRS, crs, proj_crs
from csdi.crs.registry import refused, registry_operation
from csdi.crs.steps import TO_RADIANS, Steps, inverse
from csdi.errors import TransformRefused

REFERENCE_EPOCH = 1998.121
"""Epoch at which Hong Kong fixed its coordinates in ITRF96; "WGS 84" from LandsD means this."""

PLATE_SPEED_M_PER_YEAR = 0.029
"""Speed of the ground in Hong Kong in a present ITRF."""

_HELMERT = ("proj=helmert x=-162.619 y=-276.959 z=-161.764 rx=-0.067753 ry=2.243648 rz=1.158828 s=-1.094246 "
            "convention=coordinate_frame")
_HK80_TO_WGS84: Steps = ("proj=push v_3", "proj=cart ellps=intl", _HELMERT, "inv proj=cart ellps=WGS84", "proj=pop v_3")
_EURA_RATE_ARCSEC = (-0.000085, -0.000531, 0.000770)
"""Rotation of the Eurasian plate per year about x, y, z (ITRF2014 plate motion model)."""
_PLATE_UNCERTAINTY_M_PER_YEAR = 0.005
_ITRF96_GEOCENTRIC = CRS("EPSG:4917")

_DATUMS = {"Hong Kong 1980": "HK80", "Hong Kong Geodetic": "HK96", "China 2000": "CGCS2000",
           "World Geodetic System 1984 ensemble": "WGS84", "World Geodetic System 1984": "WGS84"}
_BASES = {"HK80": ("EPSG:4611", ""), "HK96": ("EPSG:8427", "EPSG:8426"), "CGCS2000": ("EPSG:4490", "EPSG:4480"),
          "WGS84": ("EPSG:4326", "EPSG:4979")}
_ITRF_PREFIX = "International Terrestrial Reference Frame "
_ITRF_CODES = {"88": (4910, 8988, 7900), "89": (4911, 8989, 7901), "90": (4912, 8990, 7902), "91": (4913, 8991, 7903),
               "92": (4914, 8992, 7904), "93": (4915, 8993, 7905), "94": (4916, 8994, 7906), "96": (4917, 8995, 7907),
               "97": (4918, 8996, 7908), "2000": (4919, 8997, 7909), "2005": (4896, 8998, 7910),
               "2008": (5332, 8999, 7911), "2014": (7789, 9000, 7912), "2020": (9988, 9990, 9989)}
"""Codes of each ITRF: geocentric, two-dimensional, three-dimensional."""


@dataclass(frozen=True, slots=True)
class Leg:
    """The way from one CRS to WGS 84 longitude and latitude in radians.

    Attributes:
        datum: short name of the datum; legs of the same datum need no shift.
        to_base: steps to longitude and latitude (radians) on the CRS's own datum.
        shift: steps from there to WGS 84 as Hong Kong uses it.
        name: name of the shift; "" if there is none.
        code: code of the shift in the registry, if it has one.
        accuracy_m: stated accuracy of the shift, metres.
        note: what a user must know.
    """

    datum: str
    to_base: Steps
    shift: Steps = ()
    name: str = ""
    code: str = ""
    accuracy_m: float | None = 0.0
    note: str = ""


def datum_of(reference: CRS) -> str:
    """Short name of the datum: HK80, HK96, WGS84, CGCS2000, ITRF2014, or the registry's own name."""
    horizontal = proj_crs(reference.horizontal)
    datum = horizontal.datum
    name = datum.name if datum is not None else horizontal.name
    if name.startswith(_ITRF_PREFIX):
        return "ITRF" + name.removeprefix(_ITRF_PREFIX).removeprefix("19")
    return _DATUMS.get(name, name)


def is_hong_kong(reference: CRS) -> bool:
    """True if only the allow-list may transform this CRS."""
    if reference.vertical in HONG_KONG_LEVELS:
        return True
    return not reference.is_vertical and datum_of(reference) in ("HK80", "HK96", "CGCS2000")


def leg_of(reference: CRS, epoch: float | None) -> Leg:
    """The leg of `reference` to WGS 84.

    Raises:
        TransformRefused: no way of known accuracy, or the epoch is needed and missing.
    """
    datum = datum_of(reference)
    if datum == "WGS84":
        return _wgs84(reference, epoch)
    if datum == "HK80":
        return Leg(datum, _to_base(reference, datum), _HK80_TO_WGS84, "Hong Kong 1980 to WGS 84 (1)", "EPSG:1825", 1.0)
    if datum == "HK96":
        return Leg(datum, _to_base(reference, datum), (), "Hong Kong Geodetic CS to WGS 84 (1)", "EPSG:8439", 1.0)
    if datum == "CGCS2000":
        return Leg(datum, _to_base(reference, datum), (), "null shift of CGCS2000 and WGS 84", "", 1.0,
                   "CGCS2000 (epoch 2000.0) and Hong Kong's WGS 84 (epoch 1998.121) are taken as one, within 1 m")
    if datum.startswith("ITRF"):
        return _itrf(reference, datum.removeprefix("ITRF"), epoch)
    return _elsewhere(reference, datum, epoch)


def _to_base(reference: CRS, datum: str) -> Steps:
    """Steps to longitude and latitude in radians on the CRS's own datum; exact."""
    flat, solid = _BASES[datum]
    if reference.is_geocentric:
        return (*registry_operation(reference, crs(solid)).steps, TO_RADIANS)
    horizontal = reference.horizontal
    return (TO_RADIANS,) if horizontal.is_geographic else (*registry_operation(horizontal, crs(flat)).steps, TO_RADIANS)


def _wgs84(reference: CRS, epoch: float | None) -> Leg:
    base = _to_base(reference, "WGS84")
    if epoch is None:
        return Leg("WGS84", base, note=f"WGS 84 means ITRF96 at epoch {REFERENCE_EPOCH}, as LandsD publishes it")
    return Leg("WGS84", base, _motion(reference, inverse(_plate(epoch))), "plate motion of Hong Kong", "",
               _motion_uncertainty(epoch), _motion_note(epoch))


def _itrf(reference: CRS, year: str, epoch: float | None) -> Leg:
    geocentric, _, solid = (crs(code) for code in _ITRF_CODES[year])
    to_base: Steps = (TO_RADIANS,) if reference.is_geographic else (*registry_operation(reference, solid).steps, TO_RADIANS)
    if epoch is None and year != "96":
        raise _needs_epoch(reference)
    at = REFERENCE_EPOCH if epoch is None else epoch
    if at == REFERENCE_EPOCH and year == "96":
        return Leg("ITRF96", to_base, (), "null shift of ITRF96 and WGS 84 of Hong Kong", "", 1.0,
                   f"ITRF96 at epoch {REFERENCE_EPOCH}")
    frame = registry_operation(_ITRF96_GEOCENTRIC, geocentric, at).steps if year != "96" else ()
    shift = _motion(reference, inverse(_plate(at) + frame))
    return Leg(f"ITRF{year}", to_base, shift, f"plate motion of Hong Kong + ITRF96 to ITRF{year}", "",
               1.0 + _motion_uncertainty(at), _motion_note(at))


def _motion(reference: CRS, geocentric: Steps) -> Steps:
    """Geocentric steps between radians; heights stay as they are unless the CRS has ellipsoidal ones."""
    if not geocentric:
        return ()
    steps: Steps = ("proj=cart ellps=GRS80", *geocentric, "inv proj=cart ellps=GRS80")
    return steps if reference.dims == 3 and reference.vertical is None else ("proj=push v_3", *steps, "proj=pop v_3")


def _plate(epoch: float) -> Steps:
    """Geocentric rotation of the plate from the reference epoch to `epoch`."""
    years = epoch - REFERENCE_EPOCH
    if years == 0:
        return ()
    rx, ry, rz = (rate * years for rate in _EURA_RATE_ARCSEC)
    return (f"proj=helmert rx={rx:.9f} ry={ry:.9f} rz={rz:.9f} convention=position_vector",)


def _motion_uncertainty(epoch: float) -> float:
    return round(abs(epoch - REFERENCE_EPOCH) * _PLATE_UNCERTAINTY_M_PER_YEAR, 3)


def _motion_note(epoch: float) -> str:
    metres = abs(epoch - REFERENCE_EPOCH) * PLATE_SPEED_M_PER_YEAR
    return f"epoch {epoch:g}: Eurasian plate motion since {REFERENCE_EPOCH} applied, about {metres:.2f} m"


def _needs_epoch(reference: CRS) -> TransformRefused:
    metres = (2026.9 - REFERENCE_EPOCH) * PLATE_SPEED_M_PER_YEAR
    return refused(reference, CRS("EPSG:4326"),
                   f"{reference.name} moves: Hong Kong's coordinates of {REFERENCE_EPOCH} are about {metres:.2f} m off by "
                   f"the end of 2026 ({PLATE_SPEED_M_PER_YEAR * 1000:.0f} mm a year)",
                   "give the epoch of the coordinates as a decimal year, e.g. 2026.5")


def _elsewhere(reference: CRS, datum: str, epoch: float | None) -> Leg:
    """A CRS of another region: the registry's operation to WGS 84."""
    solid = reference.dims == 3 and reference.vertical is None
    source = reference if solid else reference.horizontal
    operation = registry_operation(source, crs("EPSG:4979" if solid else "EPSG:4326"), epoch)
    name = operation.name if operation.name != EXACT else ""
    return Leg(datum, (), (*operation.steps, TO_RADIANS), name, operation.code, operation.accuracy_m, operation.note)


