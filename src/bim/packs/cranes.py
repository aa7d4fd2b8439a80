"""Cranes: which elements are one, and the air that each sweeps while it stands.

A slewing crane may reach every place within its jib's radius, so what stands in a limit is not the jib as it is drawn but the
disc, or the sector, that its top sweeps about the mast.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from csdi.feature import Feature

Floats = NDArray[np.float64]

_TYPED = re.compile(r"crane|derrick|塔式起|塔吊|天秤|起重機|起重机|吊機|吊机", re.IGNORECASE)
_NAMED = re.compile(r"(tower|mobile|crawler|luffing|jib|slewing|climbing)[\s_-]*crane|^crane\b(?!\s+[a-z])|derrick|塔式起|塔吊|天秤"
                    r"|起重機|起重机|吊機|吊机", re.IGNORECASE)
_NOT_SLEWING = re.compile(r"crane\s?way|overhead|gantry|bridge crane|橋式|桥式|龍門|龙门|天車|天车", re.IGNORECASE)
_KINDS = ("object_type", "predefined_type", "type_name")
_RADIUS = frozenset(("jibradius", "jiblength", "jibreach", "slewradius", "slewingradius", "operatingradius", "workingradius",
                     "maximumradius", "maxradius"))
_HEIGHT = frozenset(("jibheight", "tipheight", "maximumheight", "maxheight", "topheight", "craneheight"))
_LEVEL = frozenset(("jiblevel", "toplevel", "maximumlevel", "jiblevelmpd", "toplevelmpd", "maximumlevelmpd"))
_SLEW_FROM, _SLEW_TO = frozenset(("slewfrom", "slewstart")), frozenset(("slewto", "slewend"))
_FROM = frozenset(("startdate", "datefrom", "fromdate", "erectiondate", "erectedon"))
_TO = frozenset(("enddate", "dateto", "todate", "dismantlingdate", "removaldate"))
_STEP = math.radians(0.5)
"""Angle between two points of the rim: at 100 m the chord lies within a millimetre of the arc."""


@dataclass(frozen=True, slots=True)
class Crane:
    """What an element says of itself as a crane.

    Attributes:
        radius: metres from the mast that the jib reaches; None where it does not say.
        height: metres of the highest part above the element's placement; `level` the same as mPD.
        slew: bearings from grid north, clockwise, degrees, between which it slews; None all round.
        start, end: ISO dates on which it comes and goes, "" where it does not say.
    """

    radius: float | None = None
    height: float | None = None
    level: float | None = None
    slew: tuple[float, float] | None = None
    start: str = ""
    end: str = ""


@dataclass(frozen=True, eq=False)
class Envelope:
    """What a crane sweeps.

    Attributes:
        mast: (2,) east, north, HK1980 Grid, metres.
        radius: metres.
        level: mPD of the highest part of the jib.
        slew: as `Crane.slew`.
    """

    mast: Floats
    radius: float
    level: float
    slew: tuple[float, float] | None

    @property
    def corners(self) -> Floats:
        """(m, 3, 3) triangles of the disc or sector, east, north, mPD, each with a corner over the mast."""
        start, stop = (0.0, 360.0) if self.slew is None else (self.slew[0], self.slew[0] + (self.slew[1] - self.slew[0]) % 360.0)
        span = math.radians(stop - start)
        bearings = math.radians(start) + np.linspace(0.0, span, 1 + max(math.ceil(span / _STEP), 1))
        rim = self.mast + self.radius * np.column_stack([np.sin(bearings), np.cos(bearings)])
        fan = np.stack([np.broadcast_to(self.mast, rim[1:].shape), rim[1:], rim[:-1]], axis=1)
        return np.concatenate([fan, np.full((*fan.shape[:2], 1), self.level)], axis=2)

    def to_dict(self) -> dict[str, Any]:
        """JSON form."""
        east, north = self.mast.tolist()
        return {"mast": [round(east, 3), round(north, 3)], "radius_m": round(self.radius, 3), "level_mpd": round(self.level, 3),
                "slew": self.slew}


def crane_of(row: Feature) -> Crane | None:
    """The crane that an element is: it names itself one, or a property tells its jib's radius; None for anything else."""
    name, kinds = str(row.properties.get("name") or ""), " ".join(str(row.properties.get(kind) or "") for kind in _KINDS)
    values = dict(_values(row.properties))
    radius = _length(values, _RADIUS)
    if radius is None and (not (_NAMED.search(name) or _TYPED.search(kinds)) or _NOT_SLEWING.search(f"{name} {kinds}")):
        return None
    start, stop = _angle(values, _SLEW_FROM), _angle(values, _SLEW_TO)
    slew = None if start is None or stop is None or abs(stop - start) >= 360.0 else (start, stop)
    return Crane(radius, _length(values, _HEIGHT), _length(values, _LEVEL), slew, _date(values, _FROM), _date(values, _TO))


def envelope(crane: Crane, mast: Floats, body: Floats | None) -> Envelope | None:
    """What a crane sweeps; None where neither its properties nor its shape tell how far and how high it reaches.

    Args:
        mast: (3,) east, north, mPD of its placement.
        body: (m, 3, 3) its shape, which counts for what the properties do not tell: it is turned about the mast.
    """
    radius, level = crane.radius, crane.level if crane.height is None else float(mast[2]) + crane.height
    if body is not None and len(body):
        points = body.reshape(-1, 3)
        radius = float(np.hypot(*(points[:, :2] - mast[:2]).T).max()) if radius is None else radius
        level = float(points[:, 2].max()) if level is None else level
    return None if radius is None or level is None or radius <= 0 else Envelope(mast[:2], radius, level, crane.slew)


def _values(properties: Mapping[str, Any]) -> Iterator[tuple[str, tuple[Any, bool]]]:
    """Name in small letters -> value, and whether it is in SI units; what has a unit last, since it counts."""
    for held in (properties.get("psets"), properties.get("quantities")):
        for values in (held or {}).values():
            yield from ((_plain(name), (value, False)) for name, value in values.items())
    for values in (properties.get("measures") or {}).values():
        yield from ((_plain(name), (value.get("value"), True)) for name, value in values.items())


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.casefold())


def _number(values: Mapping[str, tuple[Any, bool]], names: frozenset[str]) -> tuple[float, bool] | None:
    found = [(float(value), si) for name, (value, si) in values.items()
             if name in names and isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)]
    return max(found, default=None)


def _length(values: Mapping[str, tuple[Any, bool]], names: frozenset[str]) -> float | None:
    """The largest of them, metres; plain numbers are metres."""
    found = _number(values, names)
    return found[0] if found else None


def _angle(values: Mapping[str, tuple[Any, bool]], names: frozenset[str]) -> float | None:
    """Degrees; plain numbers are degrees, angles in SI units radians."""
    found = _number(values, names)
    return None if found is None else math.degrees(found[0]) if found[1] else found[0]


def _date(values: Mapping[str, tuple[Any, bool]], names: frozenset[str]) -> str:
    return next((str(value)[:10] for name, (value, _) in values.items() if name in names and value), "")
