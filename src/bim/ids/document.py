"""What an IDS says: specifications of facets, whose values are single words or restrictions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from bim.finding import Finding

IFC_VERSIONS = ("IFC2X3", "IFC4", "IFC4X3_ADD2")
"""Schemas that a specification can name in `ifcVersion`; the same ids that models are read as."""

RELATIONS = ("IFCRELAGGREGATES", "IFCRELASSIGNSTOGROUP", "IFCRELCONTAINEDINSPATIALSTRUCTURE", "IFCRELNESTS",
             "IFCRELVOIDSELEMENT IFCRELFILLSELEMENT")
"""Relations that a partOf facet can name."""


class Cardinality(StrEnum):
    """How a requirement, or what a specification applies to, binds."""

    REQUIRED = "required"
    OPTIONAL = "optional"
    PROHIBITED = "prohibited"


@dataclass(frozen=True, slots=True)
class Value:
    """What a parameter of a facet allows.

    Attributes:
        simple: the one value that is allowed; None where `constraints` say it.
        base: XML base type of the restriction without prefix (`double`); empty where none is stated.
        constraints: XML facet and its value, in file order: (`enumeration`, `A`), (`pattern`, `A.*`), (`minInclusive`, `1`).
        line: where it stands in the file, from 1.
    """

    simple: str | None = None
    base: str = ""
    constraints: tuple[tuple[str, str], ...] = ()
    line: int = 0

    def of(self, kind: str) -> tuple[str, ...]:
        """Values of the constraints of one kind."""
        return tuple(value for name, value in self.constraints if name == kind)

    @property
    def literals(self) -> tuple[str, ...]:
        """The values that are spelled out: the simple one, or those of an enumeration."""
        return (self.simple,) if self.simple is not None else self.of("enumeration")

    def __str__(self) -> str:
        if self.simple is not None:
            return self.simple
        if names := self.of("enumeration"):
            return " | ".join(names)
        return ", ".join(f"{kind} {value}" for kind, value in self.constraints)


@dataclass(frozen=True, slots=True, kw_only=True)
class Facet:
    """What all facets have.

    Attributes:
        line: where it stands in the file, from 1.
        cardinality: of a requirement; what a specification applies to is always `required`.
        instructions: of the author of the IDS to that of the model.
    """

    line: int = 0
    cardinality: Cardinality = Cardinality.REQUIRED
    instructions: str = ""


@dataclass(frozen=True, slots=True)
class EntityFacet(Facet):
    """A class, in capitals, and what it is predefined as."""

    name: Value
    predefined: Value | None = None


@dataclass(frozen=True, slots=True)
class PartOfFacet(Facet):
    """A whole that it is a part of, by one of `RELATIONS`, or by any where `relation` is empty."""

    entity: EntityFacet
    relation: str = ""


@dataclass(frozen=True, slots=True)
class ClassificationFacet(Facet):
    """A code of a classification system."""

    system: Value
    value: Value | None = None


@dataclass(frozen=True, slots=True)
class AttributeFacet(Facet):
    """An attribute of the class, and its value in SI units."""

    name: Value
    value: Value | None = None


@dataclass(frozen=True, slots=True)
class PropertyFacet(Facet):
    """A property or quantity in a set, its IFC type in capitals, and its value in SI units."""

    group: Value
    name: Value
    data_type: str = ""
    value: Value | None = None


@dataclass(frozen=True, slots=True)
class MaterialFacet(Facet):
    """A material, by its name or category."""

    value: Value | None = None


@dataclass(frozen=True, slots=True)
class Specification:
    """What some part of a model must be like.

    Attributes:
        number: its place in the file, from 1.
        versions: IFC versions that it is for.
        usage: whether the model must, may or must not have what it applies to.
        line: where it stands in the file, from 1.
    """

    number: int
    name: str
    versions: tuple[str, ...]
    usage: Cardinality
    applicability: tuple[Facet, ...]
    requirements: tuple[Facet, ...]
    identifier: str = ""
    description: str = ""
    instructions: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class Ids:
    """A document of specifications.

    Attributes:
        path: the file.
        info: what its head says: `title`, `author`, `date`, ...
        findings: faults in its structure; one with an error is invalid.
    """

    path: Path
    info: Mapping[str, str]
    specifications: tuple[Specification, ...]
    findings: tuple[Finding, ...] = field(default=())

    @property
    def name(self) -> str:
        """How Findings call it."""
        return self.path.name
