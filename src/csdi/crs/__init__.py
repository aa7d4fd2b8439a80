"""The only door to PROJ: CRSs as values, transforms that are right or refuse, height models, axis order, self-test.

Inside the project x is east or longitude, always first; the authority's order exists at the API edge only
(`to_authority_order`). Heights are HKPD unless a name says ellipsoidal.
"""

from csdi.crs.axes import from_authority_order, to_authority_order
from csdi.crs.codes import has_vertical, is_registered, missing_shift, needs_epoch, scale_factor
from csdi.crs.describe import describe
from csdi.crs.grids import InstalledGrid, install_grid
from csdi.crs.heights import HeightModel
from csdi.crs.operation import Operation
from csdi.crs.reference import CRS, AxisOrder, compound, crs
from csdi.crs.selftest import CheckResult, self_test
from csdi.crs.transform import Transform, transform

CRS84 = CRS("OGC:CRS84")
"""WGS 84, longitude then latitude in degrees."""
CRS84H = CRS("OGC:CRS84h")
"""WGS 84, longitude, latitude, ellipsoidal height."""
HK80 = CRS("EPSG:2326")
"""HK1980 Grid, metres, no heights."""
HK80_HKPD = CRS("EPSG:2326+5738")
"""HK1980 Grid with HKPD heights, metres: the CRS that everything is placed in."""
WGS84_3D = CRS("EPSG:4979")
"""WGS 84 with ellipsoidal height; the authority puts latitude first."""
ECEF = CRS("EPSG:4978")
"""WGS 84 geocentric X, Y, Z in metres."""
WEB_MERCATOR = CRS("EPSG:3857")
"""WGS 84 / Pseudo-Mercator, metres."""

__all__ = [
    "CRS",
    "CRS84",
    "CRS84H",
    "ECEF",
    "HK80",
    "HK80_HKPD",
    "WEB_MERCATOR",
    "WGS84_3D",
    "AxisOrder",
    "CheckResult",
    "HeightModel",
    "InstalledGrid",
    "Operation",
    "Transform",
    "compound",
    "crs",
    "describe",
    "from_authority_order",
    "has_vertical",
    "install_grid",
    "is_registered",
    "missing_shift",
    "needs_epoch",
    "scale_factor",
    "self_test",
    "to_authority_order",
    "transform",
]
