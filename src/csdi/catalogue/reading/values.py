"""Moments, intervals, boxes and frequencies in the many ways in which catalogues write them."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from typing import Any

import shapely
from shapely.errors import ShapelyError
from shapely.geometry.base import BaseGeometry

from csdi.catalogue.codes import FREQUENCIES
from csdi.extent import rfc3339

_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_FOUR = re.compile(rf"^\s*({_NUMBER})[\s,]+({_NUMBER})[\s,]+({_NUMBER})[\s,]+({_NUMBER})\s*$")
_LIMITS = re.compile(rf"(westlimit|southlimit|eastlimit|northlimit)\s*=\s*({_NUMBER})", re.IGNORECASE)
_WKT = re.compile(r"^\s*(?:<([^>]*)>|SRID=(\d+);)?\s*([A-Z]+\s*Z?\s*\(.*\))\s*$", re.IGNORECASE | re.DOTALL)
_EDGE_DEG = 1e-6
"""How far a box may reach over the edge of the world, by rounding."""

_FREQUENCY_WORDS = {
    "continual": ("continual", "continuous", "cont", "realtime", "real-time", "update_cont", "hourly", "即時", "实时", "實時", "r/pt1s",
                  "每小時", "每分鐘", "minutely", "as soon as available"),
    "daily": ("daily", "day", "r/p1d", "每日", "每天"),
    "weekly": ("weekly", "week", "r/p1w", "r/p7d", "每週", "每周", "每星期"),
    "fortnightly": ("fortnightly", "biweekly", "r/p2w", "r/p14d", "每兩週", "每两周", "semimonthly"),
    "monthly": ("monthly", "month", "r/p1m", "每月"),
    "quarterly": ("quarterly", "quarter", "r/p3m", "每季", "每季度"),
    "biannually": ("biannually", "semiannual", "semi-annually", "half-yearly", "annual_2", "r/p6m", "每半年"),
    "annually": ("annually", "annual", "yearly", "r/p1y", "每年"),
    "asNeeded": ("asneeded", "as needed", "as required", "as and when necessary", "as and when required", "按需要", "有需要時", "按需",
                 "other"),
    "irregular": ("irregular", "irreg", "ad hoc", "ad-hoc", "不定期", "不定時"),
    "notPlanned": ("notplanned", "not planned", "never", "one-off", "once", "static", "一次性", "不更新"),
    "unknown": ("unknown", "不詳", "不详"),
}
_FREQUENCY_OF = {word: code for code, words in _FREQUENCY_WORDS.items() for word in words} | {c.casefold(): c for c in FREQUENCIES}


def frequency_of(text: Any) -> str:
    """The ISO 19115 code of an update frequency: from a code, a URI, an ISO 8601 repetition, or words; "" when it is none.

    >>> frequency_of("http://publications.europa.eu/resource/authority/frequency/ANNUAL"), frequency_of("每日"), frequency_of("R/P1W")
    ('annually', 'daily', 'weekly')
    """
    plain = str(text or "").strip().casefold()
    if plain.startswith(("http://", "https://")):
        plain = re.split(r"[/#]", plain)[-1]
    return _FREQUENCY_OF.get(plain, "")


def moment_of(value: Any) -> str | None:
    """A time as RFC 3339 in UTC, from a date or time with or without a zone (UTC is taken); None when it is none."""
    if isinstance(value, date) and not isinstance(value, datetime):
        value = value.isoformat()
    text = value.isoformat() if isinstance(value, datetime) else str(value or "").strip()
    if re.fullmatch(r"\d{4}", text):
        text += "-01-01"
    elif re.fullmatch(r"\d{4}-\d{2}", text):
        text += "-01"
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return rfc3339(found if found.tzinfo else found.replace(tzinfo=UTC)) if found.year > 1 else None


def span_of(start: Any, end: Any) -> str | None:
    """An interval from two times, either of which may be missing; None when both are, or end comes before start.

    An end that is a date alone means the end of that day.
    """
    first, last = moment_of(start), moment_of(end)
    text = str(end or "").strip()
    if last and re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        last = f"{text}T23:59:59Z"
    if not first and not last:
        return None
    if first and last and datetime.fromisoformat(first) > datetime.fromisoformat(last):
        return None
    return f"{first or '..'}/{last or '..'}"


def box_of(value: Any) -> list[float] | None:
    """[west, south, east, north] in degrees, longitude first; None when there is no such box.

    From GeoJSON (as text too), WKT (with a CRS in front, whose axis order counts), `west,south,east,north`, a DCMI box, or a list
    of four or six numbers.
    """
    if isinstance(value, str):
        return _box_in(value)
    if isinstance(value, dict):
        if isinstance(value.get("bbox"), list) and "coordinates" not in value:
            return box_of(value["bbox"])
        return bounds_of(_geojson(value))
    if isinstance(value, list | tuple) and len(value) in (4, 6):
        half = len(value) // 2
        return sides(value[0], value[1], value[half], value[half + 1])
    return None


def sides(west: Any, south: Any, east: Any, north: Any) -> list[float] | None:
    """The box of four sides, if it lies on the Earth; south and north in the wrong order are put right."""
    try:
        w, s, e, n = (float(one) for one in (west, south, east, north))
    except (TypeError, ValueError):
        return None
    if not all(math.isfinite(one) for one in (w, s, e, n)) or (w, s, e, n) == (0, 0, 0, 0):
        return None
    s, n = min(s, n), max(s, n)
    limits = ((w, 180.0), (e, 180.0), (s, 90.0), (n, 90.0))
    if any(abs(one) > limit + _EDGE_DEG for one, limit in limits):
        return None
    return [max(-limit, min(limit, one)) for one, limit in ((w, 180.0), (s, 90.0), (e, 180.0), (n, 90.0))]


def bounds_of(shape: BaseGeometry | None) -> list[float] | None:
    """The box around a shape in CRS84. Two parts that touch the antimeridian from both sides are one box over it."""
    if shape is None or shape.is_empty:
        return None
    parts = [part.bounds for part in getattr(shape, "geoms", [shape]) if not part.is_empty]
    west_of_it, east_of_it = [b for b in parts if b[2] == 180.0], [b for b in parts if b[0] == -180.0]
    if len(parts) == len(west_of_it) + len(east_of_it) and west_of_it and east_of_it and not set(west_of_it) & set(east_of_it):
        return sides(min(b[0] for b in west_of_it), min(b[1] for b in parts), max(b[2] for b in east_of_it), max(b[3] for b in parts))
    return sides(*shape.bounds)


def first(values: Iterable[Any]) -> Any:
    """The first value that there is, else None."""
    return next((value for value in values if value not in (None, "", [], {})), None)


def _box_in(text: str) -> list[float] | None:
    if found := _FOUR.match(text):
        return sides(*found.groups())
    if text.lstrip().startswith("{"):
        try:
            return box_of(json.loads(text))
        except (ValueError, RecursionError):
            return None
    if len(limits := {name.lower(): number for name, number in _LIMITS.findall(text)}) == 4:
        return sides(*(limits[f"{side}limit"] for side in ("west", "south", "east", "north")))
    return _wkt_box(text)


def _wkt_box(text: str) -> list[float] | None:
    found = _WKT.match(text)
    if not found:
        return None
    try:
        shape = shapely.from_wkt(found[3])
    except (ShapelyError, ValueError):
        return None
    latitude_first = (found[1] or "").rstrip("/").endswith("EPSG/0/4326")
    return bounds_of(shapely.transform(shape, lambda at: at[:, ::-1]) if latitude_first else shape)


def _geojson(value: dict[str, Any]) -> BaseGeometry | None:
    coordinates = value.get("coordinates")
    if value.get("type") == "envelope" and isinstance(coordinates, Sequence) and len(coordinates) == 2:
        value = {"type": "MultiPoint", "coordinates": coordinates}
    try:
        shape: BaseGeometry = shapely.from_geojson(json.dumps(value))
    except (ShapelyError, ValueError, TypeError, RecursionError):
        return None
    return shape
