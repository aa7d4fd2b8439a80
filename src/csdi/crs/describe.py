"""What a person or a client needs to know of a CRS, as JSON."""

from __future__ import annotations

from typing import Any

from csdi.crs.reference import CRS, crs, proj_crs

_KINDS = (("is_vertical", "vertical"), ("is_geocentric", "geocentric"), ("is_geographic", "geographic"),
          ("is_projected", "projected"))


def describe(reference: CRS | str | int) -> dict[str, Any]:
    """Code, URI, name, kind, axes, units, area of use and datum of a CRS, JSON-compatible.

    Raises:
        CrsUnknown: nothing by this name or code.
    """
    found = crs(reference)
    west, south, east, north = found.area_of_use
    datum = None if found.is_vertical else proj_crs(found.horizontal).datum
    return {
        "code": found.code,
        "uri": found.uri,
        "urn": found.urn,
        "name": found.name,
        "kind": next((name for attribute, name in _KINDS if getattr(found, attribute)), "other"),
        "dims": found.dims,
        "datum": datum.name if datum is not None else None,
        "horizontal": None if found.is_vertical else found.horizontal.code,
        "vertical": found.vertical,
        "axes": [{"name": axis.name, "abbreviation": axis.abbrev, "direction": axis.direction, "unit": axis.unit_name}
                 for axis in proj_crs(found).axis_info],
        "axis_order_authority": found.axis_order_authority,
        "axis_order_inside": "x = east or longitude, y = north or latitude",
        "unit": found.unit_name,
        "unit_to_metre": None if found.is_geographic else found.unit_to_metre,
        "area_of_use": {"west": west, "south": south, "east": east, "north": north},
        "wkt": found.wkt,
    }
