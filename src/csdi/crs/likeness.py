"""Whether two definitions are the same CRS: names aside, and parameters to more digits than any file keeps."""

from __future__ import annotations

import math

import pyproj

from csdi.crs.names import folded


def is_same(one: pyproj.CRS, other: pyproj.CRS) -> bool:
    """True if both place every point alike to within a micrometre, whatever the order of their axes."""
    if one.equals(other, ignore_axis_order=True):
        return True
    if not (one.is_projected and other.is_projected) or one.is_compound or other.is_compound:
        return False
    return _same_datum(one, other) and _same_unit(one, other) and _same_conversion(one, other)


def _same_datum(one: pyproj.CRS, other: pyproj.CRS) -> bool:
    first, second = one.datum, other.datum
    if first is None or second is None or first.ellipsoid is None or second.ellipsoid is None:
        return False
    return folded(first.name) == folded(second.name) and math.isclose(
        first.ellipsoid.semi_major_metre, second.ellipsoid.semi_major_metre, rel_tol=1e-12) and math.isclose(
        first.ellipsoid.inverse_flattening, second.ellipsoid.inverse_flattening, rel_tol=1e-10)


def _same_unit(one: pyproj.CRS, other: pyproj.CRS) -> bool:
    return math.isclose(one.axis_info[0].unit_conversion_factor, other.axis_info[0].unit_conversion_factor, rel_tol=1e-9)


def _same_conversion(one: pyproj.CRS, other: pyproj.CRS) -> bool:
    first, second = one.coordinate_operation, other.coordinate_operation
    if first is None or second is None or first.method_name != second.method_name:
        return False
    return _parameters(first).keys() == _parameters(second).keys() and all(
        math.isclose(value, _parameters(second)[name], rel_tol=1e-12, abs_tol=1e-13)
        for name, value in _parameters(first).items())


def _parameters(conversion: object) -> dict[str, float]:
    """Values in metres and radians by name."""
    return {parameter.name: parameter.value * parameter.unit_conversion_factor
            for parameter in getattr(conversion, "params", ())}
