"""Extents: where and when something is. Pure values, no I/O."""

from __future__ import annotations

import math
import re
from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Self

from csdi.errors import ValueInvalid


@dataclass(frozen=True, slots=True)
class BBox:
    """A box in one CRS, x = east or longitude first, whatever the CRS's own axis order.

    `minz`/`maxz` are both given or both None; metres in the CRS's vertical part (HKPD for `EPSG:2326+5738`).
    A geographic box with `minx > maxx` crosses the antimeridian.
    """

    minx: float
    miny: float
    maxx: float
    maxy: float
    minz: float | None = None
    maxz: float | None = None
    crs: str = "OGC:CRS84"

    def __post_init__(self) -> None:
        numbers = [n for n in (self.minx, self.miny, self.maxx, self.maxy, self.minz, self.maxz) if n is not None]
        if not all(math.isfinite(n) for n in numbers):
            raise ValueInvalid("a box needs finite numbers", field="bbox", value=str(numbers))
        if (self.minz is None) != (self.maxz is None):
            raise ValueInvalid("a 3D box needs both its lowest and its highest height", field="bbox")
        if self.miny > self.maxy or (self.minz is not None and self.maxz is not None and self.minz > self.maxz):
            raise ValueInvalid("a box gives its minimum before its maximum", field="bbox", value=str(numbers),
                               remedy="write minx,miny,maxx,maxy or minx,miny,minz,maxx,maxy,maxz")

    @classmethod
    def of(cls, numbers: Sequence[float], crs: str = "OGC:CRS84") -> Self:
        """From 4 numbers (minx, miny, maxx, maxy) or 6 (minx, miny, minz, maxx, maxy, maxz), x = east first.

        Raises:
            ValueInvalid: another count of numbers, NaN, or a minimum above its maximum.
        """
        if len(numbers) == 4:
            return cls(numbers[0], numbers[1], numbers[2], numbers[3], crs=crs)
        if len(numbers) == 6:
            return cls(numbers[0], numbers[1], numbers[3], numbers[4], numbers[2], numbers[5], crs=crs)
        raise ValueInvalid(f"a box has 4 or 6 numbers, not {len(numbers)}", field="bbox", value=str(list(numbers)),
                           remedy="write minx,miny,maxx,maxy or minx,miny,minz,maxx,maxy,maxz")

    @property
    def xy(self) -> tuple[float, float, float, float]:
        """(minx, miny, maxx, maxy)."""
        return (self.minx, self.miny, self.maxx, self.maxy)

    @property
    def numbers(self) -> list[float]:
        """4 or 6 numbers in the order of OGC API bbox."""
        if self.minz is None or self.maxz is None:
            return list(self.xy)
        return [self.minx, self.miny, self.minz, self.maxx, self.maxy, self.maxz]

    @property
    def is_3d(self) -> bool:
        """Whether the box has heights."""
        return self.minz is not None

    def union(self, other: BBox | None) -> BBox:
        """The smallest box that holds both, in this box's CRS; heights are kept where either has them."""
        if other is None:
            return self
        if other.crs != self.crs:
            raise ValueInvalid(f"boxes in {self.crs} and {other.crs} have no union", field="crs", value=other.crs)
        low = [z for z in (self.minz, other.minz) if z is not None]
        high = [z for z in (self.maxz, other.maxz) if z is not None]
        return BBox(min(self.minx, other.minx), min(self.miny, other.miny), max(self.maxx, other.maxx),
                    max(self.maxy, other.maxy), min(low, default=None), max(high, default=None), self.crs)

    def outward(self, decimals: int) -> BBox:
        """The smallest box that holds this one and needs no more decimals in x and y.

        >>> BBox(113.87334375280182, 22.5, 113.95693420195038, 22.5).outward(7).xy
        (113.8733437, 22.5, 113.9569343, 22.5)
        """
        def cut(number: float, way: str) -> float:
            return float(Decimal(repr(float(number))).quantize(Decimal(1).scaleb(-decimals), rounding=way))

        return replace(self, minx=cut(self.minx, ROUND_FLOOR), miny=cut(self.miny, ROUND_FLOOR),
                       maxx=cut(self.maxx, ROUND_CEILING), maxy=cut(self.maxy, ROUND_CEILING))


@dataclass(frozen=True, slots=True)
class Interval:
    """A closed interval of time, UTC; None is open-ended.

    >>> Interval.parse("2024-01-01/..").start.year
    2024
    """

    start: datetime | None = None
    end: datetime | None = None

    def __post_init__(self) -> None:
        for moment in (self.start, self.end):
            if moment is not None and moment.tzinfo is None:
                raise ValueInvalid("a time needs its zone", field="datetime", value=moment.isoformat())
        if self.start and self.end and self.start > self.end:
            raise ValueInvalid("an interval ends before it starts", field="datetime", value=self.text)

    @classmethod
    def parse(cls, text: str) -> Self:
        """From OGC `datetime`: an RFC 3339 instant or date, or two with a slash; `..` or nothing is open.

        One side of an interval may be an ISO 8601 duration, counted from the other side.

        Raises:
            ValueInvalid: not a date or time.

        >>> Interval.parse("2024-01-31/P1M").text
        '2024-01-31T00:00:00Z/2024-02-29T00:00:00Z'
        """
        parts = text.strip().split("/")
        if len(parts) > 2 or not text.strip():
            raise ValueInvalid(f"'{text}' is not a time or an interval", field="datetime", value=text,
                               remedy="write 2024-05-01, 2024-05-01T08:00:00Z or start/end with .. for open")
        if len(parts) == 2 and any(part.startswith("P") for part in parts):
            return cls(*_counted(*parts))
        start = instant(parts[0], end=False)
        end = instant(parts[-1], end=True)
        return cls(start, end)

    @property
    def text(self) -> str:
        """`start/end` as RFC 3339 with `..` for open ends."""
        return "/".join(".." if moment is None else rfc3339(moment) for moment in (self.start, self.end))

    def contains(self, moment: datetime) -> bool:
        """Whether the moment lies in the interval, ends included."""
        return (self.start is None or moment >= self.start) and (self.end is None or moment <= self.end)


def rfc3339(moment: datetime) -> str:
    """The moment in UTC, with Z; whole milliseconds with three decimals and whole seconds with none, as stores give it back."""
    utc = moment.astimezone(UTC).replace(tzinfo=None)
    precision = "microseconds" if utc.microsecond % 1000 else "milliseconds" if utc.microsecond else "seconds"
    return utc.isoformat(timespec=precision) + "Z"


def instant(text: str, *, end: bool = False, field: str = "datetime") -> datetime | None:
    """A date or moment as RFC 3339 writes it, in UTC where it says no zone; None for "" and `..`.

    `end`: a date means the end of its day. Raises ValueInvalid, which names the `field`.
    """
    if text in ("", ".."):
        return None
    try:
        moment = datetime.fromisoformat(text)
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):  # 0001-01-01T00:00:00+08:00 has no UTC year
        raise ValueInvalid(f"'{text}' is not a date or time", field=field, value=text[:40],
                           remedy="write 2024-05-01 or 2024-05-01T08:00:00Z") from None
    if len(text) <= 10 and end:
        moment = moment.replace(hour=23, minute=59, second=59, microsecond=999999)
    return moment


_DURATION = re.compile(r"P(?=.)(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?"
                       r"(?:T(?=.)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?", re.ASCII)
"""ISO 8601: years, months, weeks, days, hours, minutes, seconds."""


def _counted(first: str, last: str) -> tuple[datetime, datetime]:
    """(start, end) of an interval with a duration on one side."""
    backwards = first.startswith("P")
    moment, duration = instant(last if backwards else first, end=False), first if backwards else last
    found = _DURATION.fullmatch(duration)
    if found is None or moment is None:
        raise ValueInvalid(f"'{first}/{last}' is not an interval", field="datetime", value=f"{first}/{last}",
                           remedy="a duration, such as P1M or PT12H30M, stands beside a date or time")
    sign = -1 if backwards else 1
    try:
        years, months, weeks, days, hours, minutes = (int(part or 0) for part in found.groups()[:6])
        span = timedelta(days=days + 7 * weeks, hours=hours, minutes=minutes, seconds=float(found[7] or 0))
        other = _months_later(moment, sign * (12 * years + months)) + sign * span
    except (OverflowError, ValueError):
        raise ValueInvalid(f"'{first}/{last}' leaves the years 1 to 9999", field="datetime", value=f"{first}/{last}") from None
    return (other, moment) if backwards else (moment, other)


def _months_later(moment: datetime, months: int) -> datetime:
    """The same day of another month, or that month's last day where it is shorter."""
    year, month = divmod(moment.year * 12 + moment.month - 1 + months, 12)
    return moment.replace(year=year, month=month + 1, day=min(moment.day, monthrange(year, month + 1)[1]))


@dataclass(frozen=True, slots=True)
class Extent:
    """Where (CRS84, heights where known) and when a Collection's Features are; None where it has none."""

    bbox: BBox | None = None
    interval: Interval | None = None
