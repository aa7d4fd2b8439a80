"""The arithmetic of map conversions: eastings, northings, axes, scale and units as one affine, and its likely repairs."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bim.finding import Finding
from bim.georeference.reading import Reading

_NEAR_ONE = 0.01
"""A combined scale factor is within this of 1; anything further is a matter of units."""


@dataclass(frozen=True, slots=True)
class Conversion:
    """The numbers of an IfcMapConversion (or of the property sets that stand for it), as the file gives them.

    Attributes:
        map_unit_m: metres in one unit of the map coordinates, None where the file does not say.
        scale: None where it is absent.
        factors: of IfcMapConversionScaled, 1 otherwise.
    """

    eastings: float
    northings: float
    height: float
    abscissa: float | None = None
    ordinate: float | None = None
    scale: float | None = None
    factors: tuple[float, float, float] = (1.0, 1.0, 1.0)
    map_unit_m: float | None = None

    def direction(self) -> tuple[float, float] | None:
        """Unit vector of the model's x axis in east, north; None if the file gives none that can be used."""
        if self.abscissa is None and self.ordinate is None:
            return 1.0, 0.0
        if self.abscissa is None or self.ordinate is None:
            return None
        length = math.hypot(self.abscissa, self.ordinate)
        return (self.abscissa / length, self.ordinate / length) if length > 1e-9 else None


def readings(given: Conversion, subject: str, project_unit_m: float, crs_unit_m: float) -> tuple[Reading, ...]:
    """The ways to understand the numbers: as written first, then the usual mistakes with units.

    Args:
        project_unit_m: metres in one length unit of the project.
        crs_unit_m: metres in one unit of the target CRS.
    """
    if given.direction() is None:
        return ()
    made: list[Reading] = []
    for unit_m, label in _map_units(given, project_unit_m, crs_unit_m):
        factor = (given.scale if given.scale is not None else 1.0) * unit_m / project_unit_m
        if abs(factor - 1.0) <= _NEAR_ONE:
            finding = None if not made and label == "as written" else _map_unit_finding(subject, given, unit_m, label)
            made.append(Reading(label, affine_of(given, unit_m, factor), (finding,) if finding else (), cost=1.0 if finding else 0.0))
        else:
            found = (_scale_finding(subject, given, project_unit_m / unit_m),
                     *((_map_unit_finding(subject, given, unit_m, label),) if label != "as written" else ()))
            made.append(Reading(f"{label}, scale taken from the units", affine_of(given, unit_m, 1.0), found, cost=0.5 + len(found) / 2))
    return tuple(sorted(made, key=lambda reading: len(reading.findings)))


def _map_units(given: Conversion, project_unit_m: float, crs_unit_m: float) -> list[tuple[float, str]]:
    if given.map_unit_m is not None:
        candidates = [(given.map_unit_m, "as written")]
        others = [(crs_unit_m, "eastings in the unit of the CRS"), (project_unit_m, "eastings in the project's unit")]
    else:
        candidates = [(crs_unit_m, "as written")]
        others = [(project_unit_m, "eastings in the project's unit")]
    for unit_m, label in others:
        if all(abs(unit_m / known - 1.0) > 1e-4 for known, _ in candidates):
            candidates.append((unit_m, label))
    return candidates


def affine_of(given: Conversion, unit_m: float, factor: float) -> NDArray[np.float64]:
    """(4, 4) float64 of a conversion whose numbers are in units of `unit_m` metres and whose axes are stretched by `factor`."""
    direction = given.direction()
    assert direction is not None
    a, b = direction
    fx, fy, fz = given.factors
    matrix = np.eye(4)
    matrix[:3, :3] = factor * np.array([[a * fx, -b * fy, 0.0], [b * fx, a * fy, 0.0], [0.0, 0.0, fz]])
    matrix[:3, 3] = np.array([given.eastings, given.northings, given.height]) * unit_m
    return matrix


def _scale_finding(subject: str, given: Conversion, expected: float) -> Finding:
    measured = "absent" if given.scale is None else f"{given.scale:.9g}"
    return Finding("GRF-005", "warning",
                   f"the map conversion's Scale is {measured}, but the units of project and map ask for {expected:.9g}",
                   subject, measured=measured, expected=f"{expected:.9g}", cure="set Scale to project unit / map unit")


def _map_unit_finding(subject: str, given: Conversion, unit_m: float, label: str) -> Finding:
    return Finding("GEO-005", "warning", f"the map conversion fits only with {label} ({unit_m:.9g} m)", subject,
                   measured=f"eastings {given.eastings:.3f}", expected="eastings in the unit of the CRS",
                   cure="set MapUnit of the projected CRS, or give eastings in its unit")
