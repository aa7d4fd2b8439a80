"""Values of COBie: names that are used once, stamps, ids and quantities."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from csdi.feature import Feature
from twin.handover.cobie_rules import NOTHING
from twin.handover.columns import printable

EPOCH = "1900-12-31T23:59:59"
"""What stands for a moment that is not known."""


class Names:
    """Names of one sheet, each used once; case does not count."""

    def __init__(self) -> None:
        self._used: set[str] = set()

    def of(self, *wanted: Any) -> str:
        """The first of the names that is free; the first with a number where none is."""
        names = [cleaned(one) for one in wanted if one not in (None, "")] or [NOTHING]
        free = next((one for one in names if one.casefold() not in self._used and one.casefold() != NOTHING), None)
        number = 2
        while free is None:
            made = f"{names[-1]} ({number})"
            free, number = (None if made.casefold() in self._used else made), number + 1
        self._used.add(free.casefold())
        return free


def cleaned(text: Any) -> str:
    """A name as COBie may have it: on one line, without blanks around it."""
    return " ".join(printable(str(text)).split())


def stamp(row: Feature) -> str:
    """When a row was last changed, as COBie writes it."""
    return str(row.properties.get("valid_from") or EPOCH)[:19]


def element_id(place: Feature | None) -> str:
    """GlobalId of a place, or its id where no model has it."""
    if place is None:
        return ""
    return str(place.properties.get("element") or "").partition(":")[2] or place.id


def rounded(value: Any) -> Any:
    """A number to a tenth of a millimetre; None for what is none."""
    return round(value, 4) if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def quantity(said: Mapping[str, Any], *names: str) -> Any:
    """The first of these quantities, in whichever set it is."""
    for name in names:
        for values in (said.get("quantities") or {}).values():
            if isinstance(values, Mapping) and isinstance(values.get(name), (int, float)):
                return values[name]
    return None


def shared_value(assets: Iterable[Feature], field: str) -> Any:
    """The value that all Assets have in a field; None where they differ."""
    values = {row.properties.get(field) for row in assets}
    return values.pop() if len(values) == 1 else None


def warranty_months(row: Feature) -> int | None:
    """Months of warranty from installation on."""
    start, end = row.properties.get("installed_on"), row.properties.get("warranty_end")
    if not start or not end:
        return None
    first, last = date.fromisoformat(start), date.fromisoformat(end)
    return max(0, (last.year - first.year) * 12 + last.month - first.month)


