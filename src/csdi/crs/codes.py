"""What the registry says about a code, and where a point lands when the datum shift is left out."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
import pyproj
from numpy.typing import ArrayLike
from pyproj._crs import Datum
from pyproj.database import get_codes
from pyproj.enums import PJType
from pyproj.exceptions import CRSError

from csdi.crs.reference import CRS, crs, proj_crs
from csdi.crs.transform import Floats, transform
from csdi.errors import CrsError


@lru_cache(maxsize=512)
def is_registered(code: str, *, datum: str = "") -> bool:
    """Whether `EPSG:2326` names a CRS of the registry; deprecated ones count.

    Args:
        datum: `geodetic` or `vertical`: a datum of that kind counts too.

    >>> is_registered("EPSG:2326"), is_registered("EPSG:6611", datum="geodetic"), is_registered("EPSG:5138", datum="vertical")
    (True, True, True)
    >>> is_registered("EPSG:0000"), is_registered("2326"), is_registered("EPSG:1234", datum="vertical")
    (False, False, False)
    """
    authority, _, number = code.strip().partition(":")
    if not number:
        return False
    try:
        pyproj.CRS.from_authority(authority, number)
    except CRSError:
        return bool(datum) and _is_datum(authority, number, datum)
    return True


def _is_datum(authority: str, number: str, kind: str) -> bool:
    try:
        found = Datum.from_authority(authority, number)
    except CRSError:
        return False
    return ("vertical" in found.type_name.lower()) == (kind == "vertical")


@lru_cache(maxsize=512)
def needs_epoch(code: str) -> bool:
    """Whether coordinates in a CRS mean something only together with their epoch, since its datum moves with the Earth's crust.

    >>> needs_epoch("EPSG:9000"), needs_epoch("EPSG:2326"), needs_epoch("no such thing")
    (True, False, False)
    """
    try:
        found = crs(code)
        datum = None if found.is_vertical else proj_crs(found.horizontal).datum
    except CrsError:
        return False
    return datum is not None and datum.type_name.startswith("Dynamic")


@lru_cache(maxsize=512)
def has_vertical(code: str) -> bool | None:
    """Whether a code is a vertical or a compound CRS; None where no CRS in force has it."""
    authority, _, number = code.strip().partition(":")
    if authority.upper() != "EPSG" or not _in_force(number):
        return None
    found = pyproj.CRS.from_authority("EPSG", number)
    return bool(found.is_vertical or found.is_compound)


def missing_shift(reference: CRS, points: ArrayLike) -> Floats:
    """How far points land from their place when WGS 84 longitude and latitude are projected without the datum shift.

    In HK1980 Grid that is about (+252, -169) m everywhere.

    Args:
        reference: a projected CRS.
        points: (n, 2) east and north in its unit, the right place.

    Returns:
        (n, 2) east and north, in its unit; zeros where the CRS is on WGS 84 or nothing is known of its datum.
    """
    right = np.asarray(points, dtype=np.float64)[:, :2]
    base = _geographic_of(reference)
    if base is None:
        return np.zeros_like(right)
    try:
        lonlat = transform(reference, "OGC:CRS84").points(right)
        return np.asarray(transform(base, reference).points(lonlat) - right)
    except CrsError:
        return np.zeros_like(right)


def scale_factor(reference: CRS, longitude: float, latitude: float) -> float:
    """Grid distance over ellipsoidal distance of a projected CRS at a point (degrees); 1 where it cannot be said."""
    factors = pyproj.Proj(proj_crs(reference.horizontal)).get_factors(longitude, latitude)
    found = math.sqrt(abs(factors.areal_scale))
    return found if math.isfinite(found) and found > 0 else 1.0


def _geographic_of(reference: CRS) -> CRS | None:
    base = proj_crs(reference.horizontal).geodetic_crs
    authority = base.to_2d().to_authority() if base is not None else None
    return crs(":".join(authority)) if authority and authority != ("EPSG", "4326") else None


@lru_cache(maxsize=512)
def _in_force(number: str) -> bool:
    kinds = (PJType.VERTICAL_CRS, PJType.COMPOUND_CRS, PJType.PROJECTED_CRS, PJType.GEOGRAPHIC_2D_CRS, PJType.GEOGRAPHIC_3D_CRS,
             PJType.GEOCENTRIC_CRS)
    return any(number in get_codes("EPSG", kind) for kind in kinds)
