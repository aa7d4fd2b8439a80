"""Runways as the surfaces around them need them: ends, thresholds, levels, code, kind of approach."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from csdi.errors import ValueInvalid

Floats = NDArray[np.float64]

APPROACHES = ("non-instrument", "non-precision", "precision-1", "precision-2-3")
"""How an end is approached: the columns of ICAO Annex 14 Volume I, Table 4-1."""

GROUPS = ("I", "IIA", "IIB", "IIC", "III", "IV", "V")
"""Aeroplane design groups, by wing span and speed over the threshold: ICAO Annex 14 Volume I, Table 1-2 from 21 November 2030."""
_GROUP_OF_LETTER = {"A": "I", "B": "IIA", "C": "IIC", "D": "III", "E": "IV", "F": "V"}


@dataclass(frozen=True, slots=True)
class RunwayEnd:
    """One end of a runway.

    Attributes:
        designator: such as `07L`: the direction of landing at this end.
        end: (2,) east, north of the end of the pavement, HK1980 Grid, metres.
        level: mPD of the end.
        displaced_m: how far the landing threshold lies inside the end.
        threshold_level: mPD of the threshold; that of the end without it.
        approach: one of `APPROACHES`; "" where nothing lands here.
        takeoff: whether aircraft take off towards this end.
        clearway_m: how far the clearway reaches beyond the end.
    """

    designator: str
    end: tuple[float, float]
    level: float
    displaced_m: float = 0.0
    threshold_level: float | None = None
    approach: str = "precision-1"
    takeoff: bool = True
    clearway_m: float = 0.0

    def __post_init__(self) -> None:
        if self.approach and self.approach not in APPROACHES:
            raise ValueInvalid(f"runway end {self.designator}: approach '{self.approach}' is not known", field="approach",
                               value=self.approach, remedy=f"one of {', '.join(APPROACHES)}, or nothing")

    @property
    def threshold_mpd(self) -> float:
        """Level of the landing threshold, mPD."""
        return self.level if self.threshold_level is None else self.threshold_level


@dataclass(frozen=True)
class Runway:
    """A runway, a ruler along which its surfaces are built.

    Attributes:
        ends: the two ends; the ruler starts at the first.
        code: ICAO code number, 1 to 4.
        letter: ICAO code letter, A to F.
        group: aeroplane design group, one of `GROUPS`; without it that whose wing span is nearest to the code letter's, and the faster.
    """

    ends: tuple[RunwayEnd, RunwayEnd]
    code: int = 4
    letter: str = "F"
    group: str = ""

    def __post_init__(self) -> None:
        if self.code not in (1, 2, 3, 4):
            raise ValueInvalid(f"runway {self.name}: code number {self.code} is not known", field="code", value=self.code, remedy="1 to 4")
        if self.design_group not in GROUPS:
            raise ValueInvalid(f"runway {self.name}: design group '{self.group}' of letter '{self.letter}' is not known",
                               field="group", value=self.group, remedy=f"one of {', '.join(GROUPS)}; code letters are A to F")
        if self.length_m < 1.0:
            raise ValueInvalid(f"runway {self.name}: its ends are the same place", field="end", remedy="give both ends, HK1980 Grid")
        if sum(end.displaced_m for end in self.ends) >= self.length_m:
            raise ValueInvalid(f"runway {self.name}: its thresholds are displaced by more than its length", field="displaced_m")

    @property
    def name(self) -> str:
        """Both designators: `07L/25R`."""
        return "/".join(end.designator for end in self.ends)

    @property
    def design_group(self) -> str:
        """The aeroplane design group that counts."""
        return self.group or _GROUP_OF_LETTER.get(self.letter, "")

    @cached_property
    def length_m(self) -> float:
        """From end to end."""
        return float(np.hypot(*np.subtract(self.ends[1].end, self.ends[0].end)))

    @cached_property
    def along(self) -> Floats:
        """(2,) unit vector from the first end to the second, in the grid."""
        return np.subtract(self.ends[1].end, self.ends[0].end) / self.length_m

    @cached_property
    def across(self) -> Floats:
        """(2,) unit vector to the left of `along`."""
        return np.array([-self.along[1], self.along[0]])

    def place(self, along_m: float, across_m: float = 0.0) -> Floats:
        """(2,) east, north of a place on the ruler, metres from the first end and to the left."""
        return np.asarray(self.ends[0].end + self.along * along_m + self.across * across_m)

    def threshold(self, end: int) -> float:
        """Where the landing threshold of an end (0 or 1) lies on the ruler."""
        return self.ends[0].displaced_m if end == 0 else self.length_m - self.ends[1].displaced_m

    @cached_property
    def profile(self) -> tuple[Floats, Floats]:
        """Metres along the ruler and levels, mPD, of the centre line as far as it is known: ends and thresholds."""
        stations = {0.0: self.ends[0].level, self.length_m: self.ends[1].level}
        stations |= {self.threshold(end): self.ends[end].threshold_mpd for end in (0, 1) if self.ends[end].displaced_m > 0}
        order = sorted(stations)
        return np.array(order), np.array([stations[one] for one in order])
