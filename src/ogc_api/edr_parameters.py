"""Parameters of OGC API - Environmental Data Retrieval, read once at the border.

Coordinates in `coords` and `bbox` are in the authority's order of axes of `crs`; CRS84, longitude first, without it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry
from starlette.datastructures import QueryParams

from csdi.collection import Collection
from csdi.coverages.asking import MOST_CELLS, Levels
from csdi.coverages.frame import Box
from csdi.coverages.subset import Scale
from csdi.crs import CRS, CRS84, from_authority_order
from csdi.errors import ValueInvalid
from csdi.extent import Interval
from ogc_api.parameters import asked_crs, number, once, whole

COMMON = frozenset({"crs", "datetime", "f", "lang", "parameter-name", "z"})
GRID = frozenset({"resolution-x", "resolution-y"})
METRES = {"m": 1.0, "km": 1000.0, "mi": 1609.344, "nmi": 1852.0, "ft": 0.3048, "yd": 0.9144}
"""Units of lengths, by symbol; 1 mile is 1609.344 m, 1 nautical mile 1852 m."""
_SPOKEN = {"metre": "m", "meter": "m", "kilometre": "km", "kilometer": "km", "mile": "mi", "nauticalmile": "nmi", "nm": "nmi", "foot": "ft",
           "feet": "ft", "yard": "yd"}
MOST_STEPS = 1000
"""Cells along a side that `resolution-x` and `resolution-y` may ask for."""
_FARTHEST_M = 500_000.0
_MOST_VERTICES = 10_000
_MOST_COORDS = 1_000_000
_WRITTEN_BY_CLIENTS = {"parameter_names": "parameter-name"}
"""What clients in use write (OWSLib 0.35), and what the standard calls it."""
_OPEN = ("", "..", "null")
_REPEATED = re.compile(r"[Rr](\d{1,5})/([^/]+)/([^/]+)")


@dataclass(frozen=True, slots=True)
class Asked:
    """What every query may say.

    Attributes:
        crs: of the coordinates in the request and in the answer.
        names: of the parameters that are wanted, None for all.
        levels: heights that are wanted.
        scale: how fine a grid is.
        most: values that the answer may have.
    """

    crs: CRS
    names: tuple[str, ...] | None
    interval: Interval | None
    levels: Levels | None
    scale: Scale
    single: Mapping[str, str]
    most: int = MOST_CELLS


def has_heights(collection: Collection) -> bool:
    """Whether the values of a raster are heights above a known datum, so that `z` means something."""
    return bool(collection.vertical_crs and collection.details.get("elevation"))


def read_query(params: QueryParams, collection: Collection, more: Iterable[str]) -> Asked:
    """The parameters that all queries share; `more` are those of this one.

    Raises:
        ValueInvalid, CrsError: naming the parameter and what is allowed.
    """
    written = QueryParams([(_WRITTEN_BY_CLIENTS.get(name, name), value) for name, value in params.multi_items()])
    single = once(written, COMMON | frozenset(more))
    reference = asked_crs(single["crs"], "crs", collection).horizontal if "crs" in single else CRS84
    names = single.get("parameter-name")
    counts = {name[-1]: _count(single[name], name) for name in ("resolution-x", "resolution-y", "resolution-z") if name in single}
    scale = Scale(counts={axis: count for axis, count in counts.items() if count and axis != "z"})
    return Asked(reference, None if names is None else tuple(name.strip() for name in names.split(",")), _interval(single.get("datetime")),
                 _levels(single["z"], collection) if "z" in single else None, scale, single)


def read_shape(asked: Asked, kinds: tuple[str, ...], example: str) -> BaseGeometry:
    """`coords`: Well-Known Text of one of these kinds, x = east or longitude first; heights and measures as written.

    Raises:
        ValueInvalid: missing, not such text, empty, or with numbers that are no places.
    """
    text = asked.single.get("coords", "")
    remedy = f"write coords={example}, the axes as {asked.crs.code} orders them"
    if not text.strip():
        raise ValueInvalid("coords is missing", field="coords", remedy=remedy)
    shape = _wkt(text) if len(text) <= _MOST_COORDS else None
    if shape is None or shape.is_empty or shape.geom_type not in kinds:
        raise ValueInvalid(f"coords '{text[:80]}' is no {' or '.join(kinds)}", field="coords", value=text[:200], remedy=remedy)
    places = shapely.get_coordinates(shape)
    if not np.isfinite(places).all() or len(places) > _MOST_VERTICES * (10 if shape.geom_type == "MultiPoint" else 1):
        raise ValueInvalid("coords has too many or infinite coordinates", field="coords", limit=_MOST_VERTICES, remedy=remedy)
    turned: BaseGeometry = from_authority_order(shapely.force_2d(shape), asked.crs)
    if asked.crs.is_geographic and (abs(shapely.get_coordinates(turned)[:, 1]) > 90).any():
        raise ValueInvalid("coords has latitudes beyond 90 degrees", field="coords", value=text[:200], remedy=remedy)
    return turned


def moments(asked: Asked) -> list[str] | None:
    """The times of the vertices of a LINESTRING M or ZM in `coords`, seconds since 1970 (EDR 1.1, 8.2.10); None without them."""
    shape = _wkt(asked.single.get("coords", ""))
    if shape is None or not shape.has_m:
        return None
    seconds = shapely.get_coordinates(shape, include_m=True)[:, -1]
    if not (np.abs(seconds) < 2.5e11).all():
        raise ValueInvalid("coords has measures that are no seconds since 1970", field="coords")
    return [str(np.datetime64(round(second), "s")) + "Z" for second in seconds]


def read_polygons(asked: Asked) -> BaseGeometry:
    """`coords` as polygons; those that cross themselves are mended."""
    shape = read_shape(asked, ("Polygon", "MultiPolygon"), "POLYGON((114.1 22.3,114.2 22.3,114.2 22.4,114.1 22.3))")
    sound = shape if shape.is_valid else shapely.make_valid(shape)
    if not sound.area:
        raise ValueInvalid("coords has no area", field="coords", value=asked.single["coords"][:200],
                           remedy="give a ring that goes around one")
    return sound


def read_box(asked: Asked) -> Box:
    """`bbox` of 4 numbers, or of 6 whose heights `read_levels` takes. Raises ValueInvalid."""
    numbers = _numbers(asked)
    west, south, *_ = numbers
    east, north = numbers[len(numbers) // 2], numbers[len(numbers) // 2 + 1]
    if west > east or south > north:
        raise ValueInvalid("a bbox gives its minimum before its maximum", field="bbox", value=asked.single["bbox"],
                           remedy=f"write them in the order of axes of {asked.crs.code}; ask for each side of the antimeridian by itself")
    return (west, south, east, north)


def box_levels(asked: Asked, collection: Collection) -> Levels | None:
    """The heights that `z`, or else a `bbox` of six numbers, asks for."""
    numbers = _numbers(asked)
    if asked.levels is not None or len(numbers) == 4:
        return asked.levels
    return _levels(f"{numbers[2]!r}/{numbers[5]!r}", collection)


def length_m(asked: Asked, name: str, unit: str, *, required: bool = True) -> float:
    """A length, metres; one that need not be there is 0 where it is missing, and in metres where its unit is.

    Raises:
        ValueInvalid: missing, no positive number, in no unit of length, or too long.
    """
    if not required and name not in asked.single:
        return 0.0
    for missing in (name, unit) if required else ():
        if missing not in asked.single:
            raise ValueInvalid(f"{missing} is missing", field=missing, remedy=f"write {name}=100&{unit}=m")
    text, metres = asked.single[name], _metres(asked.single.get(unit, "m"), unit)
    try:
        metres *= number(text)
    except ValueError:
        metres = math.nan
    if not 0 < metres <= _FARTHEST_M:
        raise ValueInvalid(f"{name} is a number above 0 and at most {_FARTHEST_M / 1000:.0f} km, not '{text}'", field=name, value=text)
    return metres


def _count(text: str, parameter: str) -> int:
    count = whole(text, parameter, 0)
    if count > MOST_STEPS:
        raise ValueInvalid(f"{parameter}: {count} cells along a side are too many", field=parameter, value=text, limit=MOST_STEPS,
                           remedy=f"at most {MOST_STEPS}")
    return count


def _metres(text: str, parameter: str) -> float:
    """Metres in a unit of length by its symbol or its English name."""
    spoken = text.strip().lower().replace(" ", "").replace("_", "")
    symbol = _SPOKEN.get(spoken) or _SPOKEN.get(spoken.rstrip("s")) or spoken
    if symbol not in METRES:
        raise ValueInvalid(f"{parameter} '{text}' is no unit of length", field=parameter, value=text, remedy=f"one of {', '.join(METRES)}")
    return METRES[symbol]


def _wkt(text: str) -> BaseGeometry | None:
    try:
        with np.errstate(all="ignore"):
            found: BaseGeometry = shapely.from_wkt(text)
    except (shapely.errors.ShapelyError, ValueError, UnicodeEncodeError):
        return None
    return found


def _numbers(asked: Asked) -> tuple[float, ...]:
    text = asked.single.get("bbox", "")
    try:
        numbers = [number(part) for part in text.split(",")]
    except ValueError:
        numbers = []
    if len(numbers) not in (4, 6):
        raise ValueInvalid(f"bbox '{text}' is no box" if text else "bbox is missing", field="bbox", value=text,
                           remedy="write four numbers with commas between them, or six with heights")
    turned: tuple[float, ...] = from_authority_order(tuple(numbers), asked.crs)
    return turned


def _interval(text: str | None) -> Interval | None:
    """`datetime`; clients that write null for an open end are understood."""
    if text is None:
        return None
    ends = text.split("/")
    if all(end.strip() in _OPEN for end in ends) and len(ends) == 2:
        return None
    return Interval.parse("/".join(".." if end.strip() == "null" else end for end in ends))


def _levels(text: str, collection: Collection) -> Levels:
    """`z`: `low/high`, one level, a list, or `Rn/low/step`; metres above the datum of the collection's heights.

    Heights of a surface are its values: a list means all that lies between the lowest and the highest of it.
    """
    if not has_heights(collection):
        raise ValueInvalid(f"z: '{collection.id}' has no heights", field="z", value=text, remedy="leave z out")
    try:
        repeated = _REPEATED.fullmatch(text.strip())
        if repeated:
            first, step = number(repeated[2]), number(repeated[3])
            ends = [first, first + step * int(repeated[1])]
        elif "/" in text:
            low, high = (part.strip() for part in text.split("/"))
            ends = [-math.inf if low in _OPEN else number(low), math.inf if high in _OPEN else number(high)]
        else:
            ends = [number(part) for part in text.split(",")]
    except ValueError:
        raise ValueInvalid(f"z '{text}' is no height and no interval", field="z", value=text, remedy="write z=0/100, in metres") from None
    if "/" in text and not repeated and ends[0] > ends[1]:
        raise ValueInvalid("z gives its lower end first", field="z", value=text)
    return min(ends), max(ends)
