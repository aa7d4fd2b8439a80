"""Pairwise disagreement of carriers: how many metres and degrees lie between two statements of one place."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bim.georeference.candidate import Candidate, candidate
from bim.georeference.carrier import Carrier


@dataclass(frozen=True, slots=True)
class Disagreement:
    """How far two carriers, each in its own words, put the content apart.

    Attributes:
        metres: over the ground, for the middle of the content.
        degrees: between their x axes, counter-clockwise; None where they are in different CRSs.
        height_m: second minus first; None where one of them says nothing of heights.
    """

    first: str
    second: str
    metres: float
    degrees: float | None
    height_m: float | None

    def to_dict(self) -> dict[str, Any]:
        """The JSON form."""
        return {"first": self.first, "second": self.second, "metres": round(self.metres, 4),
                "degrees": None if self.degrees is None else round(self.degrees, 6),
                "height_m": None if self.height_m is None else round(self.height_m, 4)}


def disagreements(carriers: Sequence[Carrier], centre: NDArray[np.float64]) -> Iterator[Disagreement]:
    """Each two carriers that name a place.

    Args:
        centre: (3,) middle of the content, model frame metres.
    """
    box = np.array([centre, centre])
    said = [candidate(carrier, carrier.readings[0], box, ()) for carrier in carriers if carrier.readings and carrier.crs]
    for one, other in combinations([c for c in said if c.lonlat is not None], 2):
        metres = one.distance_m(other) if one.crs != other.crs else math.hypot(*(other.place - one.place)[:2])
        same = one.crs == other.crs
        heights = _states_height(one) and _states_height(other)
        yield Disagreement(_named(one), _named(other), metres, _turn(other) - _turn(one) if same else None,
                           float(other.place[2] - one.place[2]) if heights else None)


def _states_height(one: Candidate) -> bool:
    return one.carrier.given is not None or one.carrier.elevation is not None


def _named(one: Candidate) -> str:
    return f"{one.carrier.kind.value} {one.carrier.subject}"


def _turn(one: Candidate) -> float:
    return math.degrees(math.atan2(one.reading.affine[1, 0], one.reading.affine[0, 0]))
