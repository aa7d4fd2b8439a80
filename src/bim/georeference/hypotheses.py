"""Hypotheses: what a carrier's numbers would mean if one or more of the usual mistakes had been made with them.

Each mistake is one step of a chain (unit, order, form, datum); a hypothesis is a chain with at least one mistake in it, and
its cost says how many. Nothing here decides: `bim.georeference.resolve` tests them against areas of use and witnesses.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from bim.finding import Finding
from bim.georeference.carrier import Carrier, Kind
from bim.georeference.conversion import affine_of
from bim.georeference.reading import Reading, moved
from bim.georeference.site import projected_code
from bim.units import Units
from csdi.crs import crs, missing_shift, transform
from csdi.errors import CrsError

HK_GRID = "EPSG:2326"
HK_WINDOW = (799_000.0, 799_000.0, 868_000.0, 848_000.0)
"""Eastings and northings of Hong Kong in HK1980 Grid, metres: west, south, east, north."""
_NEARBY_CODES = ("EPSG:2326", "EPSG:3857", "EPSG:32649", "EPSG:32650", "EPSG:4547", "EPSG:4526", "EPSG:4546", "EPSG:4548", "EPSG:8433")
"""CRSs that data of Hong Kong comes in."""
_UNITS = ((1e-3, "millimetres"), (1e-2, "centimetres"), (0.3048, "feet"), (1.0, "metres"), (1e3, "kilometres"))
_FALSE_EIGHT = 800_000.0
_NEAR_M = 30_000.0
_FAR_M = 5_000.0


@dataclass(frozen=True, slots=True)
class _Chain:
    """Coordinates on the way: numbers, the CRS that they are in, what was undone and what that costs."""

    east: float
    north: float
    height: float
    code: str
    said: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    cost: float = 0.0

    def step(self, east: float, north: float, said: str, finding: Finding, cost: float = 1.0, *, height: float | None = None,
             code: str = "") -> _Chain:
        return replace(self, east=east, north=north, height=self.height if height is None else height, code=code or self.code,
                       said=(*self.said, said), findings=(*self.findings, finding), cost=self.cost + cost)


def hypotheses(carrier: Carrier, centre: NDArray[np.float64], origin: NDArray[np.float64], units: Units,
               near: Sequence[tuple[float, float]] = ()) -> list[Reading]:
    """All chains with at least one mistake, cheapest first.

    Args:
        centre: (3,) middle of the content, model frame metres.
        origin: (3,) origin of the site's placement, model frame metres.
        near: longitudes and latitudes that witnesses name; CRSs of those places are tried too.
    """
    if carrier.given is not None and carrier.given.direction() is not None:
        found = _of_operation(carrier, centre, origin, units, near)
    elif carrier.kind in (Kind.PLACEMENT, Kind.WORLD_COORDINATE_SYSTEM):
        found = _of_placement(carrier, centre, near)
    else:
        return []
    return sorted(found, key=lambda reading: reading.cost)


def _of_operation(carrier: Carrier, centre: NDArray[np.float64], origin: NDArray[np.float64], units: Units,
                  near: Sequence[tuple[float, float]]) -> Iterator[Reading]:
    given = carrier.given
    assert given is not None
    axes = affine_of(given, 1.0, 1.0)
    stated = tuple(f for reading in carrier.readings[:1] for f in reading.findings)
    for chain in _in_units(carrier, units):
        for ordered in _ordered(chain, carrier):
            for formed in _formed(ordered, carrier, near):
                for shifted in _shifted(formed, carrier):
                    if shifted.cost:
                        affine = moved(axes, shifted.east, shifted.north, shifted.height)
                        yield Reading(", ".join(shifted.said), affine, (*stated, *shifted.findings), shifted.code, shifted.cost, True)
    yield from _doubled(carrier, centre, origin)


def _of_placement(carrier: Carrier, centre: NDArray[np.float64], near: Sequence[tuple[float, float]]) -> Iterator[Reading]:
    """Placements that hold map coordinates: the same mistakes, undone by moving the whole model."""
    if not carrier.readings:
        return
    origin = np.array(carrier.anchor)
    if carrier.kind is Kind.WORLD_COORDINATE_SYSTEM:
        origin = carrier.readings[0].affine[:3, 3]
    point = origin if math.hypot(origin[0], origin[1]) > _FAR_M else centre
    if math.hypot(point[0], point[1]) <= _FAR_M:
        return
    begin = _Chain(float(point[0]), float(point[1]), 0.0, HK_GRID)
    for ordered in _ordered(begin, carrier):
        for formed in _formed(ordered, carrier, near):
            for shifted in _shifted(formed, carrier):
                if shifted.cost:
                    affine = carrier.readings[0].affine.copy()
                    affine[:2, 3] += [shifted.east - point[0], shifted.north - point[1]]
                    yield Reading(", ".join(shifted.said), affine, shifted.findings, shifted.code, shifted.cost, True)


def _in_units(carrier: Carrier, units: Units) -> Iterator[_Chain]:
    """The numbers in the unit that the file states, then in others."""
    given = carrier.given
    assert given is not None
    crs_unit = _unit_of(carrier.crs)
    stated = given.map_unit_m or crs_unit
    yield _Chain(given.eastings * stated, given.northings * stated, given.height * stated, carrier.crs)
    tried = [stated]
    for unit_m, name in ((crs_unit, "the unit of the CRS"), (units.length, "the project's unit"), *_UNITS):
        if all(abs(unit_m / known - 1.0) > 1e-4 for known in tried):
            tried.append(unit_m)
            finding = Finding("GEO-005", "warning", f"the eastings and northings are in {name} ({unit_m:.9g} m), not in the unit stated",
                              carrier.subject, measured=f"Eastings {given.eastings:.3f}", expected=f"a unit of {stated:.9g} m",
                              cure="set MapUnit of the projected CRS, or give Eastings, Northings and OrthogonalHeight in its unit")
            yield _Chain(given.eastings * unit_m, given.northings * unit_m, given.height * unit_m, carrier.crs,
                         (f"eastings in {name}",), (finding,), 1.0 if unit_m in (crs_unit, units.length) else 1.2)


def _ordered(chain: _Chain, carrier: Carrier) -> Iterator[_Chain]:
    yield chain
    yield chain.step(chain.north, chain.east, "eastings and northings swapped",
                     Finding("GEO-030", "error", "eastings and northings are swapped", carrier.subject,
                             measured=f"E {chain.east:.3f}, N {chain.north:.3f}", expected=f"E {chain.north:.3f}, N {chain.east:.3f}",
                             cure="exchange Eastings and Northings: x is east"))


def _formed(chain: _Chain, carrier: Carrier, near: Sequence[tuple[float, float]]) -> Iterator[_Chain]:
    """As they are, without leading digits, with turned signs, in degrees, in another CRS."""
    if chain.code:
        yield chain
        yield from _truncated(chain, carrier, near)
        yield from _turned_signs(chain, carrier)
    yield from _in_degrees(chain, carrier)
    yield from _in_another_crs(chain, carrier, near)


def _truncated(chain: _Chain, carrier: Carrier, near: Sequence[tuple[float, float]]) -> Iterator[_Chain]:
    """Leading digits that were left out: the 8 of Hong Kong, or whatever round number leads to a witness."""
    offsets = {(_FALSE_EIGHT if 0 <= chain.east < 1e5 else 0.0, _FALSE_EIGHT if 0 <= chain.north < 1e5 else 0.0)} \
        if chain.code == HK_GRID else set()
    for lonlat in near:
        if (place := _projected(chain.code, lonlat)) is not None:
            offsets.add((round((place[0] - chain.east) / 1e5) * 1e5, round((place[1] - chain.north) / 1e5) * 1e5))
    for east, north in sorted(offsets - {(0.0, 0.0)}):
        yield chain.step(chain.east + east, chain.north + north, "leading digits missing",
                         Finding("GEO-031", "error", "the leading digits of the coordinates are missing (truncated)"
                                 + (": the leading 8 of HK1980 Grid" if {east, north} <= {0.0, _FALSE_EIGHT} else ""),
                                 carrier.subject, measured=f"E {chain.east:.3f}, N {chain.north:.3f}",
                                 expected=f"E {chain.east + east:.3f}, N {chain.north + north:.3f}",
                                 cure=f"add {east:.0f} m to the easting and {north:.0f} m to the northing"))


def _turned_signs(chain: _Chain, carrier: Carrier) -> Iterator[_Chain]:
    for east, north in ((-1.0, 1.0), (1.0, -1.0), (-1.0, -1.0)):
        if (east < 0 and chain.east == 0) or (north < 0 and chain.north == 0):
            continue
        yield chain.step(chain.east * east, chain.north * north, "sign turned",
                         Finding("GEO-036", "error", "the sign of the coordinates is turned", carrier.subject,
                                 measured=f"E {chain.east:.3f}, N {chain.north:.3f}",
                                 expected=f"E {chain.east * east:.3f}, N {chain.north * north:.3f}",
                                 cure="give eastings to the east and northings to the north as positive"), 1.5)


def _in_degrees(chain: _Chain, carrier: Carrier) -> Iterator[_Chain]:
    """Longitude and latitude in the place of metres; the other order is the swapped chain."""
    given = carrier.given
    if given is None or any("eastings in" in said for said in chain.said):
        return
    swapped = bool(chain.said)
    lon, lat = (given.northings, given.eastings) if swapped else (given.eastings, given.northings)
    if not (abs(lon) <= 180 and abs(lat) <= 90) or (lon == 0 and lat == 0):
        return
    code = chain.code if chain.code and _projected(chain.code, (lon, lat)) is not None else projected_code(lon, lat)
    place = _projected(code, (lon, lat))
    if place is not None:
        finding = Finding("GEO-034", "error", "the eastings and northings are degrees (longitude and latitude), not metres",
                          carrier.subject, measured=f"Eastings {given.eastings}, Northings {given.northings}",
                          expected=f"E {place[0]:.3f}, N {place[1]:.3f} in {code}",
                          cure=f"transform longitude and latitude to {code} and give metres")
        begin = replace(chain, said=(), findings=(), cost=0.2 if swapped else 0.0, height=given.height)
        yield begin.step(place[0], place[1], "degrees in the place of metres" + (", latitude first" if swapped else ""), finding, code=code)


def _in_another_crs(chain: _Chain, carrier: Carrier, near: Sequence[tuple[float, float]]) -> Iterator[_Chain]:
    codes = dict.fromkeys([*_NEARBY_CODES, *(projected_code(lon, lat) for lon, lat in near)])
    for rank, code in enumerate(codes):
        if code != chain.code:
            finding = Finding("GEO-035", "error", f"the coordinates are in {code}" + (
                f", not in {carrier.crs_name or carrier.crs}" if carrier.crs_name or carrier.crs else "; the file names no CRS"),
                carrier.subject, measured=carrier.crs_name or "no CRS", expected=code,
                cure=f"name {code} as the projected CRS, or transform the coordinates to the CRS that is named")
            yield chain.step(chain.east, chain.north, f"coordinates in {code}", finding, 1.0 if rank == 0 else 1.3 + rank / 100, code=code)


def _shifted(chain: _Chain, carrier: Carrier) -> Iterator[_Chain]:
    """As they are, and with the datum shift that was left out (or made twice) undone."""
    yield chain
    unit_m = _unit_of(chain.code)
    try:
        dx, dy = missing_shift(crs(chain.code), [[chain.east / unit_m, chain.north / unit_m]])[0] * unit_m
    except CrsError:
        return
    if not math.hypot(dx, dy) > 1.0 or not math.isfinite(dx + dy):
        return
    for sign, how in ((1.0, "left out"), (-1.0, "made twice")):
        finding = Finding("GEO-032", "error", f"the datum shift between WGS 84 and {chain.code} was {how}: "
                          f"{sign * dx:+.1f} m east, {sign * dy:+.1f} m north", carrier.subject,
                          measured=f"E {chain.east:.3f}, N {chain.north:.3f}",
                          expected=f"E {chain.east - sign * dx:.3f}, N {chain.north - sign * dy:.3f}",
                          cure="transform with the datum shift (in Hong Kong EPSG:1825), not by the map projection alone",
                          data={"east_m": round(float(sign * dx), 3), "north_m": round(float(sign * dy), 3)})
        yield chain.step(chain.east - sign * dx, chain.north - sign * dy, f"datum shift {how}", finding, 1.0 if sign > 0 else 1.4)


def _doubled(carrier: Carrier, centre: NDArray[np.float64], origin: NDArray[np.float64]) -> Iterator[Reading]:
    """The placements hold map coordinates already, and the operation adds them again: the placements' are taken away."""
    if not carrier.readings or carrier.given is None:
        return
    plain = carrier.readings[0].affine
    written = plain[:2, 3]
    if math.hypot(*written) <= _FAR_M or math.hypot(*(written - centre[:2])) >= _NEAR_M:
        return
    twice = np.zeros(3)
    twice[:2] = origin[:2] if math.hypot(*(written - origin[:2])) < _NEAR_M else written
    affine = plain.copy()
    affine[:3, 3] -= affine[:3, :3] @ twice
    finding = Finding("GEO-033", "error", "the model is georeferenced twice (double offset): its placements hold map coordinates, "
                      "and the coordinate operation adds them again", carrier.subject,
                      measured=f"content at {centre[0]:.1f}, {centre[1]:.1f}; the operation adds {written[0]:.1f}, {written[1]:.1f}",
                      expected="local placements near the origin, or an operation of zero",
                      cure="move the site's placement to the origin, or set Eastings and Northings to zero")
    yield Reading("double offset: the offset of the placements taken away", affine, (finding,), carrier.crs, 1.0, False)


def _projected(code: str, lonlat: tuple[float, float]) -> tuple[float, float] | None:
    """Easting and northing in metres of a longitude and latitude; None where the CRS does not reach."""
    try:
        ((east, north),) = transform("OGC:CRS84", code).points(np.array([lonlat])) * _unit_of(code)
    except CrsError:
        return None
    return (float(east), float(north)) if math.isfinite(east + north) else None


def _unit_of(code: str) -> float:
    """Metres in one unit of a projected CRS, 1 where there is none."""
    if not code:
        return 1.0
    reference = crs(code)
    return reference.unit_to_metre if reference.is_projected else 1.0
