"""A reading: one way to understand the numbers of a carrier."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bim.finding import Finding


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to understand a carrier's numbers.

    Attributes:
        label: what was assumed.
        affine: (4, 4) float64, model frame metres to easting, northing, height in metres.
        findings: what is wrong with the file if this reading is the right one; none for the file's own words.
        crs: code of the CRS that the numbers are in, "" for the one that the carrier names.
        cost: how much has to be wrong at once: 0 for the file's own words.
        witnessed: it may be taken only where a second witness agrees with it; a range alone does not prove it.
    """

    label: str
    affine: NDArray[np.float64]
    findings: tuple[Finding, ...] = ()
    crs: str = ""
    cost: float = 0.0
    witnessed: bool = False

    def at(self, point: NDArray[np.float64]) -> NDArray[np.float64]:
        """Where a point (3,) of the model frame, metres, lies: easting, northing, height, metres."""
        return np.asarray(self.affine[:3, :3] @ point + self.affine[:3, 3])

    def to_dict(self) -> dict[str, Any]:
        """The JSON form."""
        return {"label": self.label, "affine": self.affine.tolist()}


def moved(affine: NDArray[np.float64], east: float, north: float, height: float | None = None) -> NDArray[np.float64]:
    """The same axes with another origin: easting, northing (and height, else as it is), metres."""
    other = affine.copy()
    other[0, 3], other[1, 3] = east, north
    if height is not None:
        other[2, 3] = height
    return other
