"""Days and moments as people write them; a day is one in Hong Kong."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from csdi.errors import ValueInvalid

ZONE = ZoneInfo("Asia/Hong_Kong")


def day(value: Any, field: str) -> date:
    """A date from `2030-06-30`. Raises ValueInvalid."""
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise ValueInvalid(f"'{str(value)[:60]}' is no date", field=field, remedy="write it as 2030-06-30") from None


def moment(value: Any, field: str) -> datetime:
    """A moment from `2030-06-30T12:00:00Z`; a date alone is the end of that day. Raises ValueInvalid."""
    try:
        found = datetime.fromisoformat(str(value))
        if "T" not in str(value):
            found = end_of(found.date())
        found = found if found.tzinfo else found.replace(tzinfo=ZONE)
        found.astimezone(ZoneInfo("UTC"))
    except (ValueError, OverflowError):
        raise ValueInvalid(f"'{str(value)[:60]}' is no moment", field=field, remedy="write it as 2030-06-30T12:00:00Z") from None
    return found


def start_of(one: date) -> datetime:
    """The first moment of a day in Hong Kong."""
    return datetime.combine(one, time(), ZONE)


def end_of(one: date) -> datetime:
    """The last second of a day in Hong Kong."""
    return datetime.combine(one, time(23, 59, 59), ZONE)


def today(now: datetime) -> date:
    """The day that it is in Hong Kong at a moment."""
    return now.astimezone(ZONE).date()
