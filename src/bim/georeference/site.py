"""The weakest carrier: a site's latitude and longitude with the direction of true north."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from bim.finding import Finding
from bim.georeference.carrier import Carrier, Kind, Reading
from bim.ifc import Entity, Model, placement_matrix, value_of
from bim.units import Units
from csdi.crs import crs, transform

_TOOL_DEFAULTS = ((42.3584, -71.0598, "Boston"), (51.5, -0.1167, "London"), (51.4779, 0.0, "Greenwich"), (0.0, 0.0, "0, 0"),
                  (52.1499, 5.3829, "Amersfoort"), (48.85, 2.35, "Paris"), (37.795, -122.3940, "San Francisco"))
"""Places where authoring tools put a site that nobody placed."""
_DEFAULT_RADIUS_DEG = 0.006
_HONG_KONG = (113.76, 22.13, 114.51, 22.58)
_STEP_M = 500.0


def site_positions(model: Model, units: Units) -> Iterable[Carrier]:
    """One carrier per site that states a latitude and a longitude."""
    for site in model.of("IfcSite"):
        latitude, longitude = degrees(value_of(site, "RefLatitude")), degrees(value_of(site, "RefLongitude"))
        if latitude is not None and longitude is not None:
            yield _carrier(model, units, site, latitude, longitude)


def degrees(parts: Sequence[int] | None) -> float | None:
    """Decimal degrees of an IfcCompoundPlaneAngleMeasure; mixed signs are read with the sign of the first non-zero part."""
    if not parts:
        return None
    sign = next((math.copysign(1.0, part) for part in parts if part), 1.0)
    d, m, s, millionths = ([abs(part) for part in parts] + [0, 0, 0])[:4]
    return sign * (d + m / 60.0 + (s + millionths / 1e6) / 3600.0)


def projected_code(longitude: float, latitude: float) -> str:
    """The CRS in which a place known by longitude and latitude is set up: HK1980 Grid, or the UTM zone."""
    west, south, east, north = _HONG_KONG
    if west <= longitude <= east and south <= latitude <= north:
        return "EPSG:2326"
    zone = int((longitude + 180.0) // 6.0) % 60 + 1
    return f"EPSG:{32600 + zone if latitude >= 0 else 32700 + zone}"


def grid_azimuth_deg(code: str, easting: float, northing: float) -> float:
    """Azimuth of grid north from true north at a point of a projected CRS in metres, degrees clockwise."""
    unit_m = crs(code).unit_to_metre
    there = np.array([[easting, northing - _STEP_M], [easting, northing + _STEP_M]]) / unit_m
    (lon0, lat0), (lon1, lat1) = transform(code, "OGC:CRS84").points(there)
    return math.degrees(math.atan2((lon1 - lon0) * math.cos(math.radians((lat0 + lat1) / 2)), lat1 - lat0))


def true_north(model: Model) -> tuple[float, float]:
    """Direction of true north in model x, y; (0, 1) where the file does not say."""
    for context in model.of("IfcGeometricRepresentationContext"):
        if not context.is_a("IfcGeometricRepresentationSubContext") and context.ContextType in (None, "Model"):
            ratios = value_of(value_of(context, "TrueNorth"), "DirectionRatios")
            if ratios and math.hypot(ratios[0], ratios[1]) > 1e-9:
                return float(ratios[0]), float(ratios[1])
    return 0.0, 1.0


def _carrier(model: Model, units: Units, site: Entity, latitude: float, longitude: float) -> Carrier:
    subject = model.subject(site)
    said = f"latitude {latitude:.6f}, longitude {longitude:.6f}"
    default = next((name for lat, lon, name in _TOOL_DEFAULTS
                    if abs(lat - latitude) < _DEFAULT_RADIUS_DEG and abs(lon - longitude) < _DEFAULT_RADIUS_DEG), "")
    if default or not (-80 <= latitude <= 84 and -180 <= longitude <= 180):
        why = f"an authoring tool's default ({default})" if default else "not a place on Earth that can be mapped"
        return Carrier(Kind.SITE_POSITION, (site.id(),), subject, problem=f"the site's {said} is {why}",
                       findings=(_default_finding(subject, said, why),))
    code = projected_code(longitude, latitude)
    matrix = _affine(model, units, site, code, longitude, latitude)
    return Carrier(Kind.SITE_POSITION, (site.id(),), subject, crs_name=said, crs=code,
                   readings=(Reading("site's latitude and longitude, true north", matrix),))


def _affine(model: Model, units: Units, site: Entity, code: str, longitude: float, latitude: float) -> NDArray[np.float64]:
    """Model metres to grid metres: the site's placement lies at the position, true north turned to the grid."""
    ((easting, northing),) = transform("OGC:CRS84", code).points(np.array([[longitude, latitude]]))
    x, y = true_north(model)
    turn = math.atan2(x, y) + math.radians(grid_azimuth_deg(code, easting, northing))
    cos, sin = math.cos(turn), math.sin(turn)
    origin = placement_matrix(value_of(site, "ObjectPlacement"))[:3, 3] * units.length
    matrix = np.eye(4)
    matrix[:2, :2] = [[cos, -sin], [sin, cos]]
    elevation = float(value_of(site, "RefElevation") or 0.0) * units.length
    matrix[:3, 3] = np.array([easting, northing, elevation]) - matrix[:3, :3] @ origin
    return matrix


def _default_finding(subject: str, said: str, why: str) -> Finding:
    return Finding("GEO-020", "note", f"the site's {said} is {why} and is not used", subject, measured=said,
                   cure="set the site's position, or better a map conversion to EPSG:2326")
