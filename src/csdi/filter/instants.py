"""Keys of dates and times: text whose order is the order of time, the same in every store.

A date's key is `YYYY-MM-DD`; a time's key is `YYYY-MM-DDTHH:MM:SS.mmm` in UTC, with six decimals where microseconds count.
"""

from __future__ import annotations

from datetime import UTC, date, datetime

START = "-infinity"
"""Sorts before every key."""
END = "infinity"
"""Sorts after every key."""


def date_key(text: str) -> str:
    """The key of an ISO 8601 date. Raises ValueError."""
    return date.fromisoformat(text).isoformat()


def datetime_key(text: str) -> str:
    """The key of an ISO 8601 time; without a zone it is UTC. Raises ValueError."""
    try:
        return moment_key(datetime.fromisoformat(text))
    except OverflowError as error:  # 0001-01-01T00:00:00+08:00 has no UTC year
        raise ValueError(str(error)) from None


def moment_key(moment: datetime) -> str:
    """The key of a moment; without a zone it is UTC."""
    utc = moment.astimezone(UTC) if moment.tzinfo else moment
    precision = "milliseconds" if utc.microsecond % 1000 == 0 else "microseconds"
    return utc.replace(tzinfo=None).isoformat(timespec=precision)


def rfc3339_of(key: str) -> str:
    """A time's key as RFC 3339, without decimals that say nothing: `2024-05-01T08:00:00Z`."""
    return key.removesuffix(".000") + "Z"


def key_of(rfc3339: str) -> str:
    """The key of a time that `rfc3339_of` wrote."""
    bare = rfc3339.removesuffix("Z")
    return bare if "." in bare else bare + ".000"


def day_start(key: str) -> str:
    """The first moment of a date."""
    return key + "T00:00:00.000" if key not in (START, END) else key


def day_end(key: str) -> str:
    """The last moment of a date."""
    return key + "T23:59:59.999999" if key not in (START, END) else key
