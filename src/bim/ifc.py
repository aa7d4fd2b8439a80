"""Opening an IFC file for reading its entities; the only door to ifcopenshell's data."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import ifcopenshell
import numpy as np
from numpy.typing import NDArray

from bim.finding import Finding
from csdi.errors import FileBroken, SchemaUnsupported

Entity = Any
"""An instance of the opened file: attributes by name, `is_a()`, `id()`. It lives no longer than its Model."""

FAULTS = (AttributeError, TypeError, ValueError, IndexError, KeyError, RuntimeError)
"""What reading an instance may raise where the file does not follow its schema: a value of another type, a missing one."""

NATIVE = ("IFC2X3", "IFC4", "IFC4X3_ADD2")
"""Schemas that the engine reads as they are."""

ALIASES = {
    "IFC2X3_TC1": "IFC2X3",
    "IFC2X3TC1": "IFC2X3",
    "IFC4_ADD1": "IFC4",
    "IFC4_ADD2": "IFC4",
    "IFC4_ADD2_TC1": "IFC4",
    "IFC4X3": "IFC4X3_ADD2",
    "IFC4X3_TC1": "IFC4X3_ADD2",
    "IFC4X3_ADD1": "IFC4X3_ADD2",
    "IFC4X3_RC1": "IFC4X3_ADD2",
    "IFC4X3_RC2": "IFC4X3_ADD2",
    "IFC4X3_RC3": "IFC4X3_ADD2",
    "IFC4X3_RC4": "IFC4X3_ADD2",
}
"""Schema ids that are read as another one, in a copy with the header's id rewritten."""

_DRAFTS = re.compile(r"IFC4X3_RC\d")
_SCHEMA_IN_HEADER = re.compile(rb"(FILE_SCHEMA\s*\(\s*\(\s*)'[^']*'")


def read_as(schema: str, *, name: str = "") -> str:
    """The schema that the engine reads this one as.

    Raises:
        SchemaUnsupported: none; the remedy names what to export instead.
    """
    if schema in NATIVE:
        return schema
    if schema in ALIASES:
        return ALIASES[schema]
    raise SchemaUnsupported(f"{name}: schema {schema} is not read" if name else f"schema {schema} is not read", value=schema,
                            remedy="export as IFC2X3, IFC4 (buildings) or IFC4X3 (infrastructure)")


@lru_cache(maxsize=8)
def class_names(schema: str) -> frozenset[str]:
    """Upper-case names of the schema's classes; empty for a schema that is not read."""
    try:
        declared = ifcopenshell.schema_by_name(read_as(schema)).entities()
    except SchemaUnsupported:
        return frozenset()
    return frozenset(entity.name().upper() for entity in declared)


@contextmanager
def readable(path: Path, schema: str) -> Iterator[tuple[Path, tuple[Finding, ...]]]:
    """A path that the engine can open, for the time of the context, and what was done to get it.

    Raises:
        SchemaUnsupported: the schema is neither native nor an alias of one.
    """
    target = read_as(schema)
    if target == schema:
        yield path, ()
        return
    with TemporaryDirectory(prefix="csdi-ifc-") as folder:
        copy = Path(folder) / path.name
        copy.write_bytes(_SCHEMA_IN_HEADER.sub(rb"\1'" + target.encode() + b"'", path.read_bytes(), count=1))
        yield copy, (_read_as_finding(path.name, schema, target),)


def _read_as_finding(name: str, schema: str, target: str) -> Finding:
    draft = bool(_DRAFTS.fullmatch(schema))
    doubt = "; the draft's attributes may differ in order" if draft else ""
    return Finding("SCH-001", "warning" if draft else "note", f"schema {schema} is read as {target}{doubt}", subject=name,
                   measured=schema, expected=target, cure=f"export as {target}" if draft else "")


@dataclass(frozen=True)
class Model:
    """An opened file.

    Attributes:
        name: how Findings call the file.
        file: the engine's file.
        schema: the schema that it is read as.
    """

    name: str
    file: Any
    schema: str

    def of(self, *classes: str) -> list[Entity]:
        """All instances of these classes and their subclasses; a class that the schema does not have gives none."""
        found: list[Entity] = []
        for name in classes:
            if name.upper() in class_names(self.schema):
                found.extend(self.file.by_type(name))
        return found

    def by_id(self, number: int) -> Entity:
        """The instance `#number`."""
        return self.file.by_id(number)

    @cached_property
    def project(self) -> Entity | None:
        """The IfcProject; the first one where a file has several."""
        projects = self.of("IfcProject")
        return projects[0] if projects else None

    @cached_property
    def keys(self) -> dict[int, str]:
        """Instance id -> GlobalId of every product, with `~2`, `~3`... where a GlobalId is used again."""
        seen: dict[str, int] = {}
        keys: dict[int, str] = {}
        for product in sorted(self.of("IfcProduct"), key=lambda p: int(p.id())):
            stated = product.GlobalId
            global_id = stated if isinstance(stated, str) and stated else f"#{product.id()}"
            seen[global_id] = seen.get(global_id, 0) + 1
            keys[product.id()] = global_id if seen[global_id] == 1 else f"{global_id}~{seen[global_id]}"
        return keys

    def fault(self, entity: Entity, error: Exception) -> Finding:
        """The Finding for an instance that cannot be read."""
        return Finding("SCH-002", "error", f"{entity.is_a()} does not follow the schema: {str(error)[:160]}", self.subject(entity),
                       cure="export it again with a current tool; this instance is left out")

    def subject(self, entity: Entity) -> str:
        """The path of an instance for a Finding: `file.ifc > #123 > GlobalId`."""
        return " > ".join(filter(None, [self.name, f"#{entity.id()}", self.keys.get(entity.id(), "")]))


def open_model(path: Path, schema: str, *, name: str = "") -> Model:
    """The opened file; `path` is one that `readable` gave.

    Raises:
        FileBroken: the engine refuses it.
    """
    try:
        file = ifcopenshell.open(str(path))
    except (RuntimeError, OSError, ifcopenshell.Error) as error:
        raise FileBroken(f"{name or path.name}: the IFC engine cannot open it: {error}", remedy="export it again",
                         file=name or path.name) from error
    return Model(name or path.name, file, read_as(schema))


def value_of(entity: Entity | None, attribute: str, default: Any = None) -> Any:
    """An attribute that the class may not have in this schema."""
    return getattr(entity, attribute, default) if entity is not None else default


def is_any(entity: Entity, classes: Iterable[str]) -> bool:
    """Whether the instance is of one of these classes or their subclasses."""
    return any(entity.is_a(name) for name in classes)


def placement_matrix(placement: Entity | None) -> NDArray[np.float64]:
    """(4, 4) float64 of an IfcObjectPlacement with all that it is relative to, in project length units.

    Only local placements are followed; a grid or linear placement counts as identity.
    """
    matrix = np.eye(4)
    for _ in range(1000):
        if placement is None or not placement.is_a("IfcLocalPlacement"):
            break
        matrix = axis_matrix(placement.RelativePlacement) @ matrix
        placement = placement.PlacementRelTo
    return matrix


def axis_matrix(axes: Entity | None) -> NDArray[np.float64]:
    """(4, 4) float64 of an IfcAxis2Placement2D or 3D, in project length units; identity where there is none."""
    matrix = np.eye(4)
    if axes is None:
        return matrix
    location = value_of(value_of(axes, "Location"), "Coordinates") or (0.0, 0.0, 0.0)
    z = _direction(value_of(axes, "Axis"), (0.0, 0.0, 1.0))
    x = _direction(value_of(axes, "RefDirection"), (1.0, 0.0, 0.0) if abs(z[0]) < 0.999 else (0.0, 1.0, 0.0))
    x = x - z * (x @ z)
    length = np.linalg.norm(x)
    if length > 1e-12:
        x = x / length
        matrix[:3, 0], matrix[:3, 1], matrix[:3, 2] = x, np.cross(z, x), z
    matrix[:len(location), 3] = location
    return matrix


def _direction(entity: Entity | None, default: Sequence[float]) -> NDArray[np.float64]:
    ratios = np.zeros(3)
    given = value_of(entity, "DirectionRatios") or default
    ratios[:len(given)] = given
    length = np.linalg.norm(ratios)
    return ratios / length if length > 1e-12 else np.asarray(default, dtype=np.float64)
