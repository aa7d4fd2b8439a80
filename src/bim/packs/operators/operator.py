"""What an operator is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bim.packs.measurement import Measurement
from bim.packs.subject import Subject
from csdi.feature import Feature

Measure = Callable[[Subject, Sequence[Feature], Mapping[str, Any]], Iterable[Measurement]]
"""(model, selected rows, arguments) -> one measurement or more of each row, or some of the model as a whole."""


@dataclass(frozen=True, slots=True)
class Operator:
    """Something that a rule can measure.

    Attributes:
        arguments: name -> what it means; `needs` are those without a default.
        unit: UCUM sign of what it gives, "" for no number.
        stage: the earliest stage at which it can be measured.
    """

    name: str
    measure: Measure
    summary: str
    arguments: Mapping[str, str] = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    unit: str = ""
    stage: str = "model"
