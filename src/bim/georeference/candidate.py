"""A candidate: one reading of one carrier, where it puts the model, and which witnesses agree."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bim.georeference.carrier import Carrier
from bim.georeference.hypotheses import HK_GRID, HK_WINDOW
from bim.georeference.reading import Reading
from bim.georeference.witness import Witness
from csdi.crs import crs, transform
from csdi.errors import CrsError

_MARGIN_DEG = 0.2


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far from a witness's place a candidate lies."""

    witness: Witness
    distance_m: float
    tolerance_m: float

    @property
    def agrees(self) -> bool:
        """Within the tolerance."""
        return self.distance_m <= self.tolerance_m

    @property
    def said(self) -> str:
        """One clause for a person."""
        how = "agrees with" if self.agrees else f"{self.distance_m:.0f} m from"
        return f"{how} {self.witness.label}"


@dataclass(frozen=True, slots=True)
class Candidate:
    """Where a reading puts the model.

    Attributes:
        crs: code of the CRS.
        place: (3,) easting, northing, height of the content's middle, metres.
        lonlat: the same in degrees; None where the CRS does not reach.
        inside: it lies in the area of use.
        said: the place in words.
        agreements: one for each witness.
    """

    carrier: Carrier
    reading: Reading
    crs: str
    place: NDArray[np.float64]
    lonlat: tuple[float, float] | None
    inside: bool
    said: str
    agreements: tuple[Agreement, ...] = ()

    def distance_m(self, other: Candidate) -> float:
        """Metres between the two places: in the plane of a common CRS, else over the ground."""
        if self.crs == other.crs:
            return float(np.linalg.norm(self.place - other.place))
        if self.lonlat is None or other.lonlat is None:
            return float("inf")
        here = transform("OGC:CRS84", "EPSG:4978").points([[*self.lonlat, 0.0], [*other.lonlat, 0.0]])
        return float(np.linalg.norm(here[1] - here[0]))

    def to_dict(self) -> dict[str, Any]:
        """The JSON form."""
        return {
            "carrier": self.carrier.kind.value, "subject": self.carrier.subject, "level": self.carrier.level, "label": self.reading.label,
            "crs": self.crs, "easting": round(float(self.place[0]), 4), "northing": round(float(self.place[1]), 4),
            "height": round(float(self.place[2]), 4), "longitude": self.lonlat and round(self.lonlat[0], 9),
            "latitude": self.lonlat and round(self.lonlat[1], 9), "inside": self.inside, "cost": self.reading.cost,
            "affine": self.reading.affine.tolist(),
            "agreements": [{"witness": a.witness.label, "distance_m": round(a.distance_m, 3), "agrees": a.agrees} for a in self.agreements],
            "findings": [finding.to_dict() for finding in self.reading.findings],
        }


def candidate(carrier: Carrier, reading: Reading, box: NDArray[np.float64], witnesses: Iterable[Witness], code: str = "") -> Candidate:
    """Where a reading puts the content, and what the witnesses say to that.

    Args:
        box: (2, 3) content in the model frame, metres.
        code: the CRS where neither reading nor carrier names one.
    """
    code = reading.crs or code or carrier.crs
    place = reading.at(box.mean(axis=0))
    lonlat = lonlat_of(code, place) if code else None
    inside, said = in_area_of_use(code, place, lonlat)
    agreements = tuple(_agreement(witness, reading, code, box, lonlat) for witness in witnesses) if inside else ()
    return Candidate(carrier, reading, code, place, lonlat, inside, said, tuple(a for a in agreements if a is not None))


def ranked(found: Sequence[Candidate]) -> list[Candidate]:
    """Most agreement first, then least cost."""
    return sorted(found, key=lambda one: (-sum(a.agrees for a in one.agreements), one.reading.cost))


def in_area_of_use(code: str, metres: NDArray[np.float64], lonlat: tuple[float, float] | None) -> tuple[bool, str]:
    """Whether a point (easting, northing in metres) lies where the CRS is used, and how to say it."""
    said = f"E {metres[0]:.1f}, N {metres[1]:.1f}"
    if not code:
        return False, f"{said} in no CRS"
    if code == HK_GRID:
        west, south, east, north = HK_WINDOW
        inside = bool(west <= metres[0] <= east and south <= metres[1] <= north)
        return inside, said if inside else f"{said} is outside Hong Kong"
    if lonlat is None:
        return False, f"{said} cannot be brought to longitude and latitude from {shown(code)}"
    west, south, east, north = crs(code).area_of_use
    lon, lat = lonlat
    inside = west - _MARGIN_DEG <= lon <= east + _MARGIN_DEG and south - _MARGIN_DEG <= lat <= north + _MARGIN_DEG
    return inside, said if inside else f"{said} is longitude {lon:.3f}, latitude {lat:.3f}, outside the area of use of {shown(code)}"


def shown(code: str) -> str:
    """A CRS for people: its code, or its name where it is known by its well-known text only."""
    return code if len(code) < 40 else crs(code).name


def lonlat_of(code: str, metres: NDArray[np.float64]) -> tuple[float, float] | None:
    """Longitude and latitude, WGS 84 degrees, of a point (easting, northing in metres); None where the CRS does not reach."""
    try:
        lon, lat = transform(code, "OGC:CRS84").points(metres[None, :2] / crs(code).unit_to_metre)[0]
    except CrsError:
        return None
    return (float(lon), float(lat)) if np.isfinite([lon, lat]).all() else None


def _agreement(witness: Witness, reading: Reading, code: str, box: NDArray[np.float64],
               lonlat: tuple[float, float] | None) -> Agreement | None:
    tested = lonlat if witness.anchor is None else lonlat_of(code, reading.at(np.array(witness.anchor)))
    if tested is None:
        return None
    return Agreement(witness, witness.distance_m(tested), witness.reach_m(box))


__all__ = ["Agreement", "Candidate", "candidate", "in_area_of_use", "lonlat_of", "ranked"]
