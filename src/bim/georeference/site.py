"""The weakest carrier: a site's latitude and longitude with the direction of true north."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from bim.finding import Finding
from bim.georeference.carrier import Carrier, Kind, Target
from bim.georeference.places import HONG_KONG
from bim.georeference.reading import Reading
from bim.ifc import Entity, Model, placement_matrix, value_of
from bim.units import Units
from csdi.crs import crs, transform

_TOOL_DEFAULTS = ((42.3584, -71.0598, "Boston"), (51.5, -0.1167, "London"), (51.4779, 0.0, "Greenwich"), (0.0, 0.0, "0, 0"),
                  (52.1499, 5.3829, "Amersfoort"), (48.85, 2.35, "Paris"), (37.795, -122.3940, "San Francisco"))
"""Places where authoring tools put a site that nobody placed."""
_DEFAULT_RADIUS_DEG = 0.006

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
    west, south, east, north = HONG_KONG
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
    return stated_true_north(model) or (0.0, 1.0)


def stated_true_north(model: Model) -> tuple[float, float] | None:
    """Direction of true north in model x, y, as the file states it; None where it does not."""
    for context in model.of("IfcGeometricRepresentationContext"):
        if not context.is_a("IfcGeometricRepresentationSubContext") and context.ContextType in (None, "Model"):
            ratios = value_of(value_of(context, "TrueNorth"), "DirectionRatios")
            if not isinstance(ratios, tuple) or len(ratios) < 2 or not all(isinstance(one, int | float) for one in ratios[:2]):
                continue
            if 1e-9 < math.hypot(ratios[0], ratios[1]) < math.inf:
                return float(ratios[0]), float(ratios[1])
    return None


def angular_operation(model: Model, operation: Entity, target: Target, angles: tuple[float, float]) -> Carrier:
    """A rigid operation whose coordinates are angles (radians): the model's origin at that latitude and longitude, y to the north.

    Angles are in the axis order of the target CRS, which must be geographic; metres cannot be added to degrees otherwise.
    """
    subject = model.subject(operation)
    reference = target.geographic
    context = int(operation.SourceCRS.id()) if value_of(operation, "SourceCRS") is not None else 0
    if reference is None:
        finding = Finding("GEO-009", "error", "the rigid operation's coordinates are plane angles, but its target CRS is not geographic",
                          subject, measured=", ".join(f"{math.degrees(a):.6f} deg" for a in angles),
                          expected="lengths in a projected CRS", cure="use a map conversion to a projected CRS, such as EPSG:2326")
        return Carrier(Kind.RIGID_OPERATION, (operation.id(),), subject, target.name, target.vertical_name,
                       problem="its coordinates are angles, its target CRS is not geographic", findings=(finding,), context=context)
    first, second = map(math.degrees, angles)
    latitude, longitude = (first, second) if crs(reference).axis_order_authority == "ne" else (second, first)
    ((longitude, latitude),) = transform(reference, "OGC:CRS84").points(np.array([[longitude, latitude]]))
    code = projected_code(longitude, latitude)
    matrix = _turned(code, longitude, latitude, 0.0, np.zeros(3), float(value_of(operation, "Height") or 0.0))
    return Carrier(Kind.RIGID_OPERATION, (operation.id(),), subject, target.name, target.vertical_name, code, target.vertical,
                   (Reading(f"latitude {latitude:.6f}, longitude {longitude:.6f}, y to the north", matrix),), context=context)


def _carrier(model: Model, units: Units, site: Entity, latitude: float, longitude: float) -> Carrier:
    subject = model.subject(site)
    said = f"latitude {latitude:.6f}, longitude {longitude:.6f}"
    default = next((name for lat, lon, name in _TOOL_DEFAULTS
                    if abs(lat - latitude) < _DEFAULT_RADIUS_DEG and abs(lon - longitude) < _DEFAULT_RADIUS_DEG), "")
    if default or not (-80 <= latitude <= 84 and -180 <= longitude <= 180):
        why = f"an authoring tool's default ({default})" if default else "not a place on Earth that can be mapped"
        return Carrier(Kind.SITE_POSITION, (site.id(),), subject, crs_name=said, problem=f"the site's {said} is {why}",
                       findings=(_default_finding(subject, said, why, latitude, longitude),))
    code = projected_code(longitude, latitude)
    origin = placement_matrix(value_of(site, "ObjectPlacement"))[:3, 3] * units.length
    stated = value_of(site, "RefElevation")
    elevation = float(stated) * units.length if stated is not None else None
    matrix = _turned(code, longitude, latitude, math.atan2(*true_north(model)), origin, elevation or 0.0)
    return Carrier(Kind.SITE_POSITION, (site.id(),), subject, crs_name=said, crs=code,
                   readings=(Reading("site's latitude and longitude, true north", matrix),), elevation=elevation,
                   anchor=(float(origin[0]), float(origin[1]), float(origin[2])),
                   precision_m=max(_precision_m(value_of(site, "RefLatitude")), _precision_m(value_of(site, "RefLongitude"))))


def _precision_m(parts: Sequence[int] | None) -> float:
    """Half of the last unit that the angle is written in, metres: 16 m for whole seconds, 926 m for whole minutes."""
    given = [abs(part) for part in parts or ()]
    if len(given) > 3 and given[3]:
        return 0.5
    return 926.0 if len(given) < 3 or not given[2] else 16.0


def _turned(code: str, longitude: float, latitude: float, turn: float, origin: NDArray[np.float64],
            elevation: float) -> NDArray[np.float64]:
    """Model metres to grid metres: `origin` (3,) lies at the position, true north (`turn` radians right of y) turned to the grid."""
    ((easting, northing),) = transform("OGC:CRS84", code).points(np.array([[longitude, latitude]])) * crs(code).unit_to_metre
    turn += math.radians(grid_azimuth_deg(code, easting, northing))
    cos, sin = math.cos(turn), math.sin(turn)
    matrix = np.eye(4)
    matrix[:2, :2] = [[cos, -sin], [sin, cos]]
    matrix[:3, 3] = np.array([easting, northing, elevation]) - matrix[:3, :3] @ origin
    return matrix


def _default_finding(subject: str, said: str, why: str, latitude: float, longitude: float) -> Finding:
    swapped = -90 <= longitude <= 90 < abs(latitude) <= 180
    cure = "RefLatitude and RefLongitude are swapped: exchange them" if swapped else \
        "set the site's position, or better a map conversion to EPSG:2326"
    return Finding("GEO-020", "warning" if swapped else "note", f"the site's {said} is {why} and is not used", subject, measured=said,
                   cure=cure)
