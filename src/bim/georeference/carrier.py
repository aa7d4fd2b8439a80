"""A carrier: one thing in an IFC file that says where the model lies, as far as it can be understood on its own."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import numpy as np

from bim.finding import Finding
from bim.georeference.conversion import Conversion
from bim.georeference.reading import Reading
from bim.ifc import Entity, Model, value_of
from csdi.crs import CRS, crs
from csdi.errors import CrsError


class Kind(StrEnum):
    """The kinds of carriers, from the strongest to the weakest."""

    MAP_CONVERSION = "map_conversion"
    PROPERTY_SETS = "property_sets"
    RIGID_OPERATION = "rigid_operation"
    WORLD_COORDINATE_SYSTEM = "world_coordinate_system"
    PLACEMENT = "placement"
    SITE_POSITION = "site_position"


_LARGEST = 1e15
"""Of a number that is a coordinate in any unit."""

LEVELS = {Kind.MAP_CONVERSION: 50, Kind.PROPERTY_SETS: 50, Kind.RIGID_OPERATION: 50, Kind.WORLD_COORDINATE_SYSTEM: 40,
          Kind.PLACEMENT: 30, Kind.SITE_POSITION: 20}
"""LoGeoRef level of each kind."""

ACCURACY = {Kind.MAP_CONVERSION: "design", Kind.PROPERTY_SETS: "design", Kind.RIGID_OPERATION: "design",
            Kind.WORLD_COORDINATE_SYSTEM: "unknown", Kind.PLACEMENT: "unknown", Kind.SITE_POSITION: "approximate"}


@dataclass(frozen=True, slots=True)
class Carrier:
    """One statement about the place.

    Attributes:
        entities: instance ids that make it up.
        subject: path to the leading one.
        crs_name, vertical_name: as the file writes them.
        crs, vertical_crs: what they resolve to, "" if they do not.
        readings: the file's own words first, then repairs in order of likelihood; empty if it cannot be used.
        problem: why it cannot be used.
        findings: faults that do not depend on the reading.
        given: the numbers of a map conversion, even where its target CRS is no use.
        anchor: point (x, y, z) of the model frame, metres, that the statement is about.
        context: instance id of the representation context that an operation starts from, 0 if it names none.
        elevation: RefElevation of a site in metres, None where it is absent.
        precision_m: how finely the statement is written.
    """

    kind: Kind
    entities: tuple[int, ...]
    subject: str
    crs_name: str = ""
    vertical_name: str = ""
    crs: str = ""
    vertical_crs: str = ""
    readings: tuple[Reading, ...] = ()
    problem: str = ""
    findings: tuple[Finding, ...] = ()
    given: Conversion | None = None
    anchor: tuple[float, float, float] = (0.0, 0.0, 0.0)
    context: int = 0
    elevation: float | None = None
    precision_m: float = 0.0

    @property
    def is_operation(self) -> bool:
        """Whether it is an IfcCoordinateOperation."""
        return self.kind in (Kind.MAP_CONVERSION, Kind.RIGID_OPERATION)

    @property
    def is_possible(self) -> bool:
        """Whether its numbers could be coordinates in some unit."""
        given = [] if self.given is None else [self.given.eastings, self.given.northings, self.given.height]
        numbers = [*self.anchor, self.elevation or 0.0, *given]
        return all(abs(number) <= _LARGEST for number in numbers) and all((np.abs(one.affine) <= _LARGEST).all() for one in self.readings)

    @property
    def level(self) -> int:
        """LoGeoRef level."""
        return LEVELS[self.kind]

    def to_dict(self) -> dict[str, Any]:
        """The JSON form, for reports."""
        return {
            "kind": self.kind.value, "level": self.level, "entities": list(self.entities), "subject": self.subject,
            "crs_name": self.crs_name, "crs": self.crs, "vertical_crs": self.vertical_crs, "problem": self.problem,
            "readings": [reading.to_dict() for reading in self.readings],
        }


@dataclass(frozen=True, slots=True)
class Target:
    """A target CRS as a file names it, resolved; `geographic` is its code where it has degrees, not metres."""

    name: str = ""
    vertical_name: str = ""
    reference: CRS | None = None
    vertical: str = ""
    problem: str = ""
    findings: tuple[Finding, ...] = field(default=())
    geographic: str | None = None

    @property
    def code(self) -> str:
        """Code of the horizontal CRS, its WKT where no registry has it, "" if it did not resolve."""
        return (self.reference.definition or self.reference.code) if self.reference else ""

    @property
    def unit_m(self) -> float:
        """Metres in one unit of the CRS."""
        return self.reference.unit_to_metre if self.reference and self.reference.is_projected else 1.0


def resolve_target(subject: str, name: str, vertical_name: str, wkt: str = "") -> Target:
    """The CRS that a file means by its name (or WKT) and its vertical datum's name."""
    if not name and not wkt:
        return Target(problem="the target CRS has no name")
    try:
        whole = crs(wkt or name)
    except CrsError as error:
        finding = Finding("GEO-013", "error", f"the CRS name '{name}' is not known", subject, measured=name,
                          expected="an EPSG code such as EPSG:2326", cure="write the EPSG code as the name of the CRS")
        return Target(name, vertical_name, problem=error.message, findings=(finding,))
    if whole.is_vertical or whole.is_geocentric:
        return Target(name, vertical_name, problem=f"{whole.code} is not a map projection")
    if whole.is_geographic:
        return Target(name, vertical_name, problem=f"{whole.code} is geographic: its coordinates are degrees, not metres",
                      geographic=whole.horizontal.code)
    vertical, findings = _vertical(subject, vertical_name)
    return Target(name, vertical_name, whole.horizontal, vertical or (whole.vertical or ""), findings=findings)


def text_of(entity: Entity | None, attribute: str) -> str:
    """A text attribute, "" where it is absent."""
    value = value_of(entity, attribute)
    return str(value).strip() if value is not None else ""


def subject_of(model: Model, entity: Entity) -> str:
    """The path of an instance."""
    return model.subject(entity)


def _vertical(subject: str, name: str) -> tuple[str, tuple[Finding, ...]]:
    if not name:
        return "", ()
    try:
        found = crs(name)
    except CrsError:
        return "", (_unknown_vertical(subject, name),)
    if found.vertical is None:
        return "", (_unknown_vertical(subject, name),)
    return found.vertical, ()


def _unknown_vertical(subject: str, name: str) -> Finding:
    return Finding("GEO-014", "warning", f"the vertical datum '{name}' is not a known vertical CRS", subject, measured=name,
                   expected="an EPSG code such as EPSG:5738", cure="write the EPSG code of the height datum")
