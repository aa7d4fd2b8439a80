"""Attribute columns that tell a place a second time: grid coordinates, longitude and latitude, Building CSUIDs, levels.

A column is known by its name and only believed by its values; nothing depends on the names of a particular publisher.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

_EAST = re.compile(r"^(e|east|easting|eastings|x|xcoord|coordx|xcoordinate|pointx|gride|坐標e|橫坐標|横坐标|東距|东距)$")
_NORTH = re.compile(r"^(n|north|northing|northings|y|ycoord|coordy|ycoordinate|pointy|gridn|坐標n|縱坐標|纵坐标|北距)$")
_LON = re.compile(r"^(lon|lng|long|longitude|經度|经度)$")
_LAT = re.compile(r"^(lat|latitude|緯度|纬度)$")
_CSUID_NAME = re.compile(r"csuid|buildingcs", re.IGNORECASE)
_CSUID = re.compile(r"\d{10}(?:[A-Z]\d{8})?")
_LONG_CSUID = re.compile(r"\d{10}[A-Z]\d{8}")
_LEVEL = re.compile(r"mpd|hkpd|orthometric|elev|level|height|invert|cover|ground|高程|標高|标高|水平", re.IGNORECASE)
_NOT_LEVEL = re.compile(r"top|num|limit|_ft$|feet|gross|ceiling|depth|storey|floor", re.IGNORECASE)
_AFFIX = re.compile(
    r"(?:^|[_\s-])(wgs ?84|wgs1984|hk ?80|hk1980|hkgrid|epsg\d*|\d{4,5}|deg|dd|dms|coord|coordinate|grid|m)(?=$|[_\s-])", re.IGNORECASE
)
_CODE = re.compile(r"(?<!\d)(2326|4326|4611|3857|4490|4979|32649|32650|4547|2056|27700|28992)(?!\d)")
_DMS = re.compile(
    r"^\s*([NSEW])?\s*(\d{1,3})\s*[-°:\s]\s*(\d{1,2})\s*[-'’′:\s]\s*(\d{1,2}(?:\.\d+)?)\s*[\"”″]?\s*([NSEW])?\s*$", re.IGNORECASE
)
_ENOUGH = 0.6


@dataclass(frozen=True, slots=True)
class Pair:
    """Two columns that hold a position, x first; `crs` is "" where names and values do not tell it."""

    x: str
    y: str
    geographic: bool
    crs: str


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of a layer that are witnesses of place."""

    pairs: tuple[Pair, ...] = ()
    csuid: str = ""
    levels: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """All of them, each once."""
        return tuple(
            dict.fromkeys(
                [*(name for pair in self.pairs for name in (pair.x, pair.y)), *([self.csuid] if self.csuid else []), *self.levels]
            )
        )


def witness_columns(rows: Sequence[Mapping[str, Any]]) -> Columns:
    """The witness columns among the properties of some rows."""
    if not rows:
        return Columns()
    names = list(rows[0])
    values = {name: [row.get(name) for row in rows] for name in names}
    return Columns(
        tuple(_pairs(names, values)),
        _csuid_column(names, values),
        tuple(n for n in names if _LEVEL.search(n) and not _NOT_LEVEL.search(n) and _numeric(values[n], 12_000.0)),
    )


def numbers(values: Sequence[Any]) -> NDArray[np.float64]:
    """(n,) float64 of column values: numbers, texts of numbers, degrees-minutes-seconds; NaN for anything else.

    >>> numbers([811323.6, "22-18-44", "", None]).tolist()
    [811323.6, 22.31222222222222, nan, nan]
    """
    return np.array([_number(value) for value in values], dtype=np.float64)


def csuid_positions(values: Sequence[Any]) -> NDArray[np.float64]:
    """(n, 2) easting and northing (EPSG:2326, metres) that Building CSUIDs start with, both less 800 000; NaN where there is none.

    >>> csuid_positions(["1132319614T20050430", "?"]).tolist()
    [[811323.0, 819614.0], [nan, nan]]
    """
    found = [_CSUID.fullmatch(_padded(value)) if value is not None else None for value in values]
    return np.array(
        [[800_000 + int(m[0][:5]), 800_000 + int(m[0][5:10])] if m else [math.nan, math.nan] for m in found], dtype=np.float64
    ).reshape(-1, 2)


def _pairs(names: list[str], values: dict[str, list[Any]]) -> list[Pair]:
    found = []
    for first, second, geographic, limit in ((_LON, _LAT, True, (180.0, 90.0)), (_EAST, _NORTH, False, (1e8, 1e8))):
        xs = {_stem(name)[1]: name for name in names if first.match(_stem(name)[0])}
        ys = {_stem(name)[1]: name for name in names if second.match(_stem(name)[0])}
        for affix in xs.keys() & ys.keys():
            x, y = xs[affix], ys[affix]
            if _numeric(values[x], limit[0], dms=geographic) and _numeric(
                values[y], limit[1] + (90.0 if geographic else 0.0), dms=geographic
            ):
                found.append(Pair(x, y, geographic, _crs_of(x, values[x], values[y], geographic)))
    return sorted(found, key=lambda pair: pair.x)


def _stem(name: str) -> tuple[str, str]:
    """A column's name without what says its CRS or unit, and that."""
    affixes = "".join(sorted(part.casefold() for part in _AFFIX.findall(name)))
    return re.sub(r"[\s_-]", "", _AFFIX.sub("", name)).casefold(), affixes


def _crs_of(name: str, xs: list[Any], ys: list[Any], geographic: bool) -> str:
    code = _CODE.search(name)
    if code:
        return "OGC:CRS84" if code[1] == "4326" else f"EPSG:{code[1]}"
    if geographic:
        return "EPSG:4611" if re.search(r"hk ?(19)?80", name, re.IGNORECASE) else "OGC:CRS84"
    x, y = numbers(xs), numbers(ys)
    inside = (x > 799_000) & (x < 868_000) & (y > 799_000) & (y < 848_000)
    known = np.isfinite(x) & np.isfinite(y)
    return "EPSG:2326" if known.any() and inside[known].mean() > _ENOUGH else ""


def _csuid_column(names: list[str], values: dict[str, list[Any]]) -> str:
    for name in names:
        texts = [_padded(v) for v in values[name] if v not in (None, "")]
        pattern = _CSUID if _CSUID_NAME.search(name) else _LONG_CSUID
        if texts and sum(pattern.fullmatch(text) is not None for text in texts) >= _ENOUGH * len(texts):
            return name
    return ""


def _padded(value: Any) -> str:
    """The text of a CSUID; one that was stored as a number gets its leading zero back."""
    text = str(value).strip()
    return text.zfill(10) if isinstance(value, int) and not isinstance(value, bool) and 6 <= len(text) < 10 else text


def _numeric(values: Sequence[Any], limit: float, *, dms: bool = False) -> bool:
    texts = [v for v in values if v not in (None, "")]
    if not dms and any(isinstance(v, str) and not _is_number(v) for v in texts[:50]):
        return False
    known = numbers(texts)
    known = known[np.isfinite(known)]
    return len(known) >= max(1, _ENOUGH * len(texts)) and bool(np.median(np.abs(known)) <= limit)


def _number(value: Any) -> float:
    if isinstance(value, bool) or value is None:
        return math.nan
    if isinstance(value, int | float):
        return float(value)
    if not isinstance(value, str):
        return math.nan
    if _is_number(value):
        return float(value)
    found = _DMS.match(value)
    if not found:
        return math.nan
    degrees = int(found[2]) + int(found[3]) / 60 + float(found[4]) / 3600
    return -degrees if (found[1] or found[5] or "").upper() in ("S", "W") else degrees


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
