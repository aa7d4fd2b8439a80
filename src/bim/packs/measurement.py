"""What an operator measured of one object, and how it stands to what a rule requires."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Measurement:
    """One thing measured.

    Attributes:
        element: GlobalId of what it was measured on, "" for the whole model.
        value: number, text, boolean, or None where there is nothing to measure (a property that is absent).
        unit: UCUM sign of a number; "" for others.
        place: (3,) HK1980 Grid east, north, mPD, metres, of the place that decides; None where it has none.
        other: GlobalId or feature id of a second object, such as the one that it clashes with.
        unknown: why it could not be measured, "" where it could.
        limit: what the value is held against where each place has its own (a height limit), same unit.
        source: of the limit: dataset, clause, surface.
        data: further particulars for the finding, JSON-compatible.
    """

    element: str
    value: float | str | bool | None
    unit: str = ""
    place: tuple[float, float, float] | None = None
    other: str = ""
    unknown: str = ""
    limit: float | None = None
    source: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)


def unmeasured(element: str, why: str) -> Measurement:
    """What could not be measured."""
    return Measurement(element, None, unknown=why)
