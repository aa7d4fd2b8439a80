"""Parameters of OGC API - Coverages and Maps, read once at the border into a subset, a scale, fields and CRSs.

This is where an authority's order of axes comes in for them: `bbox` in `bbox-crs`. `subset` names its axes instead.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

from starlette.datastructures import QueryParams

from csdi.collection import Collection
from csdi.coverages.subset import Scale, Side, Subset
from csdi.crs import CRS, CRS84, crs, from_authority_order
from csdi.errors import ValueInvalid
from csdi.extent import Interval
from ogc_api.parameters import asked_crs, number, once, whole

CUT = frozenset({"bbox", "bbox-crs", "crs", "datetime", "f", "fields", "lang", "properties", "scale-axes", "scale-factor", "scale-size",
                 "subset", "subset-crs"})
"""Parameters of `/coverage`."""
_DRAFT = {"scaleSize": "scale-size", "scaleFactor": "scale-factor", "scaleAxes": "scale-axes"}
"""What an early draft called them, and GDAL's client (3.12) still does."""
_X_GEOGRAPHIC, _Y_GEOGRAPHIC = ("lon", "long", "longitude"), ("lat", "latitude")
_X_PROJECTED, _Y_PROJECTED = ("e", "easting"), ("n", "northing")
_TIME = ("time", "datetime", "t")
_X, _Y = ("x", *_X_GEOGRAPHIC, *_X_PROJECTED), ("y", *_Y_GEOGRAPHIC, *_Y_PROJECTED)
_GEOGRAPHIC, _PROJECTED = _X_GEOGRAPHIC + _Y_GEOGRAPHIC, _X_PROJECTED + _Y_PROJECTED
_PART = re.compile(r"\s*([A-Za-z]+)\s*\(([^()]*)\)\s*")
_MOST_FACTOR = 1e6


@dataclass(frozen=True, slots=True)
class CutRequest:
    """A parsed request for a part of a coverage.

    Attributes:
        subset: None for all of it.
        names: of the fields that are wanted, None for all.
        target: the CRS of the answer.
        interval: when; None for any time.
        exact: whether the answer is just the box of the subset, also beyond the raster.
    """

    subset: Subset | None
    scale: Scale
    names: tuple[str, ...] | None
    target: CRS
    interval: Interval | None
    exact: bool = False


def read_cut_request(params: QueryParams, collection: Collection) -> CutRequest:
    """All parameters of `/collections/{id}/coverage`.

    A client that writes `scaleSize` expects so many pixels over just its `bbox`, in the CRS of that.

    Raises:
        ValueInvalid, CrsError: naming the parameter and what is allowed.
    """
    single = once(QueryParams([(_DRAFT.get(name, name), value) for name, value in params.multi_items()]), CUT)
    subset, moment = read_subset(single, collection)
    exact = "scaleSize" in params and "bbox" in single
    native = subset.crs if exact and subset else crs(collection.storage_crs)
    target = asked_crs(single["crs"], "crs", collection) if "crs" in single else native
    return CutRequest(subset, _scale(single), _names(single), target.horizontal, moment, exact and "crs" not in single)


def read_subset(single: Mapping[str, str], collection: Collection) -> tuple[Subset | None, Interval | None]:
    """`bbox` or `subset` with their CRSs, and the time from `datetime` or `subset`.

    Raises:
        ValueInvalid, CrsError.
    """
    box_crs = asked_crs(single["bbox-crs"], "bbox-crs", collection).horizontal if "bbox-crs" in single else CRS84
    stated = asked_crs(single["subset-crs"], "subset-crs", collection).horizontal if "subset-crs" in single else None
    moment = Interval.parse(single["datetime"]) if "datetime" in single else None
    if "subset" not in single:
        return (_box(single["bbox"], box_crs) if "bbox" in single else None), moment
    if "bbox" in single:
        raise ValueInvalid("bbox and subset exclude each other", field="subset", remedy="say where once, by bbox or by subset")
    sides = dict(_axes(single["subset"], "subset"))
    time = next((sides.pop(name) for name in list(sides) if name in _TIME), None)
    if time is not None:
        if moment is not None:
            raise ValueInvalid("datetime and a time in subset exclude each other", field="subset", remedy="say when once")
        moment = Interval.parse(_slashed(time))
    return _subset(sides, stated, crs(collection.storage_crs).horizontal), moment


def axis_names(reference: CRS) -> tuple[str, str]:
    """What `subset` calls the axes of a CRS here: x and y."""
    return ("Lon", "Lat") if reference.is_geographic else ("E", "N")


def _slashed(time: str) -> str:
    """`"2024-01-01":"2024-02-01"` as an interval of `datetime`; `*` is open."""
    ends = [text or ".." for text, _ in re.findall(r'"([^"]*)"|(\*)', time)]
    return "/".join(ends) if ends else time


def _box(text: str, reference: CRS) -> Subset:
    try:
        numbers = [number(part) for part in text.split(",")]
    except ValueError:
        raise ValueInvalid(f"bbox '{text}' is not a list of numbers", field="bbox", value=text,
                           remedy="write four numbers with commas between them") from None
    if len(numbers) != 4:
        raise ValueInvalid(f"the bbox of a coverage has 4 numbers, not {len(numbers)}", field="bbox", value=text,
                           remedy="write minimum and maximum of both axes, in the order of the axes of bbox-crs")
    west, south, east, north = from_authority_order(tuple(numbers), reference)
    if west > east or south > north:
        across = west > east and reference.is_geographic
        raise ValueInvalid("a bbox gives its minimum before its maximum", field="bbox", value=text,
                           remedy="ask for each side of the antimeridian by itself" if across else
                           f"the order of axes is that of {reference.code}: "
                           f"{'north before east' if reference.axis_order_authority == 'ne' else 'east before north'}")
    return Subset(reference, (west, east), (south, north))


def _subset(sides: Mapping[str, str], stated: CRS | None, native: CRS) -> Subset | None:
    x = [name for name in sides if name in _X]
    y = [name for name in sides if name in _Y]
    unknown = [name for name in sides if name not in _X and name not in _Y]
    reference = stated or _meant(sides, native)
    known = ", ".join((*axis_names(reference), "time"))
    if unknown:
        raise ValueInvalid(f"subset: there is no axis '{unknown[0]}'", field="subset", value=unknown[0], remedy=f"axes are {known}")
    strange = _PROJECTED if reference.is_geographic else _GEOGRAPHIC
    wrong = [name for name in sides if name in strange]
    if wrong or len(x) > 1 or len(y) > 1:
        raise ValueInvalid(f"subset: '{(wrong or x[1:] or y[1:])[0]}' does not go with the other axes or with {reference.code}",
                           field="subset", value=",".join(sides), remedy=f"the axes of {reference.code} are {known}")
    if not x and not y:
        return None
    return Subset(reference, _side(sides[x[0]], x[0]) if x else (None, None), _side(sides[y[0]], y[0]) if y else (None, None))


def _meant(sides: Mapping[str, str], native: CRS) -> CRS:
    """The CRS that axes speak of where `subset-crs` does not say it."""
    if any(name in _GEOGRAPHIC for name in sides):
        return native if native.is_geographic else CRS84
    if any(name in _PROJECTED for name in sides) and native.is_geographic:
        raise ValueInvalid(f"subset: {native.code}, the CRS of this coverage, has no easting and northing", field="subset",
                           remedy="use Lat and Lon, or name the CRS by subset-crs")
    return native


def _side(text: str, name: str) -> Side:
    """`low:high`, `*` for open, or one coordinate."""
    parts = [part.strip() for part in text.split(":")]
    try:
        if len(parts) > 2:
            raise ValueError
        ends = [None if part == "*" else number(part) for part in parts]
    except ValueError:
        raise ValueInvalid(f"subset: '{text}' is no range of {name}", field="subset", value=text,
                           remedy=f"write {name}(low:high) with * for an open end, or {name}(value)") from None
    low, high = ends[0], ends[-1]
    if low is not None and high is not None and low > high:
        raise ValueInvalid(f"subset: {name} begins at {low:g} and ends before that, at {high:g}", field="subset", value=text,
                           remedy="write the lower end first")
    return low, high


def _axes(text: str, parameter: str) -> list[tuple[str, str]]:
    """(axis in small letters, what stands in its brackets) of each part."""
    found: list[tuple[str, str]] = []
    place = 0
    while place < len(text):
        part = _PART.match(text, place)
        end = part.end() if part else 0
        if part is None or (end < len(text) and text[end] != ","):
            break
        found.append((part[1].lower(), part[2].strip()))
        place = end + 1
    if not found or place != len(text) + 1:
        raise ValueInvalid(f"{parameter} '{text}' cannot be read", field=parameter, value=text,
                           remedy=f"write {parameter}=Lat({'22.3:22.4' if parameter == 'subset' else '200'}),"
                                  f"Lon({'114.1:114.2' if parameter == 'subset' else '300'})")
    names = [name for name, _ in found]
    if len(set(names)) < len(names):
        raise ValueInvalid(f"{parameter} names an axis twice", field=parameter, value=text)
    return found


def _scale(single: Mapping[str, str]) -> Scale:
    given = [name for name in ("scale-factor", "scale-axes", "scale-size") if name in single]
    if len(given) > 1:
        raise ValueInvalid(f"{given[0]} and {given[1]} exclude each other", field=given[1], remedy="say the scale once")
    if "scale-size" in single:
        return Scale(counts={axis: whole(text, "scale-size", 1) for axis, text in _by_axis(single["scale-size"], "scale-size")})
    if "scale-axes" in single:
        return Scale({axis: _factor(text, "scale-axes") for axis, text in _by_axis(single["scale-axes"], "scale-axes")})
    if "scale-factor" in single:
        factor = _factor(single["scale-factor"], "scale-factor")
        return Scale({"x": factor, "y": factor})
    return Scale()


def _by_axis(text: str, parameter: str) -> list[tuple[str, str]]:
    found = []
    for name, value in _axes(text, parameter):
        if name not in _X and name not in _Y:
            raise ValueInvalid(f"{parameter}: there is no axis '{name}'", field=parameter, value=name,
                               remedy="axes are Lat and Lon, or E and N")
        found.append(("x" if name in _X else "y", value))
    if len({axis for axis, _ in found}) < len(found):
        raise ValueInvalid(f"{parameter} names an axis twice", field=parameter, value=text)
    return found


def _factor(text: str, parameter: str) -> float:
    try:
        factor = number(text)
    except ValueError:
        factor = math.nan
    if not 1 / _MOST_FACTOR <= factor <= _MOST_FACTOR:
        raise ValueInvalid(f"{parameter} is a positive number, not '{text}'", field=parameter, value=text,
                           remedy="2 halves the pixels along each axis, 0.5 doubles them")
    return factor


def _names(single: Mapping[str, str]) -> tuple[str, ...] | None:
    if "properties" in single and "fields" in single:
        raise ValueInvalid("properties and fields are the same", field="fields", remedy="give one of them")
    text = single.get("properties", single.get("fields"))
    return None if text is None else tuple(name.strip() for name in text.split(","))
