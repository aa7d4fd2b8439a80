"""Opening an IFC file for reading its entities; the only door to ifcopenshell's data."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import ifcopenshell
import numpy as np
from numpy.typing import NDArray

from bim.dialects import DIALECTS, classes_of, rewritten
from bim.encoding import escaped
from bim.finding import Finding
from bim.mending import may_need_mending, mended, mending_findings, mends
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
    **{schema: dialect.target for schema, dialect in DIALECTS.items()},
}
"""Schema ids that are read as another one, in a copy with the header's id rewritten, and its instances where `DIALECTS` says so."""

_NONE = object()
_ENGINE: Any = ifcopenshell.entity_instance
_REMEDIES = {
    "IFC2X": "export as IFC2X3 or IFC4; IFC2X and IFC2X2 files have other attributes, which no engine here reads",
    "IFC2X4": "export as IFC4; IFC2X4 is a draft of it",
}
_LONGEST_SHOWN = 60
_SCHEMA_IN_HEADER = re.compile(rb"(FILE_SCHEMA\s*\(\s*\(\s*)'[^']*'")


def read_as(schema: str, *, name: str = "", line: int = 0) -> str:
    """The schema that the engine reads this one as.

    Args:
        name, line: where the file states it, for the message.

    Raises:
        SchemaUnsupported: none; the remedy names what to export instead.
    """
    if schema in NATIVE:
        return schema
    if schema in ALIASES:
        return ALIASES[schema]
    remedy = next((said for start, said in sorted(_REMEDIES.items(), reverse=True) if schema.startswith(start)),
                  "export as IFC2X3, IFC4 (buildings) or IFC4X3 (infrastructure)")
    where = (f"{name}: " if name else "") + (f"line {line}: " if line else "")
    said = schema[:_LONGEST_SHOWN]
    particulars = {"file": name, "line": line} if line else {}
    raise SchemaUnsupported(f"{where}schema {said} is not read", value=said, remedy=remedy, **particulars)


@lru_cache(maxsize=8)
def class_names(schema: str) -> frozenset[str]:
    """Upper-case names of the schema's classes; empty for a schema that is not read."""
    if schema in DIALECTS:
        return classes_of(DIALECTS[schema])
    try:
        declared = ifcopenshell.schema_by_name(read_as(schema)).entities()
    except SchemaUnsupported:
        return frozenset()
    return frozenset(entity.name().upper() for entity in declared)


@lru_cache(maxsize=256)
def derived_classes(schema: str, name: str) -> frozenset[str]:
    """Upper-case names of a class and everything derived from it; of a schema that is read as another, those of both.

    Args:
        schema: "" for all native ones together, where rows of models of several schemas are looked at.
    """
    if not schema:
        return frozenset().union(*(derived_classes(one, name) for one in NATIVE))
    target, made = read_as(schema), set()
    for entity in ifcopenshell.schema_by_name(target).entities():
        at: Any = entity
        while at is not None and at.name() != name:
            at = at.supertype()
        if at is not None:
            made.add(entity.name())
    dialect = DIALECTS.get(schema)
    made |= {old for old, new in dialect.classes.items() if new in made} if dialect else set()
    return frozenset(one.upper() for one in made)


@contextmanager
def readable(path: Path, schema: str) -> Iterator[tuple[Path, tuple[Finding, ...]]]:
    """A path that the engine can open, for the time of the context, and what was done to get it.

    That is the file itself where its schema is native, its text ASCII and nothing in it to mend; else a copy.

    Raises:
        SchemaUnsupported: the schema is neither native nor an alias of one.
    """
    target = read_as(schema)
    text, encoding = escaped(path.read_bytes())
    made = list(mends(text)) if may_need_mending(text) else []
    if target == schema and not encoding and not made:
        del text  # it would stay for as long as the context
        yield path, ()
        return
    told = mending_findings(text, made, name=path.name)
    text, done = _converted(path.name, mended(text, made), schema, target)
    with TemporaryDirectory(prefix="csdi-ifc-") as folder:
        copy = Path(folder) / path.name
        copy.write_bytes(text)
        del text
        yield copy, (*done, *told, *_encoding_finding(path.name, encoding))


def _converted(name: str, text: bytes, schema: str, target: str) -> tuple[bytes, tuple[Finding, ...]]:
    """The text as one of the target's schema, and what was done."""
    if target == schema:
        return text, ()
    text = _SCHEMA_IN_HEADER.sub(rb"\1'" + target.encode() + b"'", text, count=1)
    dialect = DIALECTS.get(schema)
    text, done = rewritten(text, dialect, name=name) if dialect else (text, ())
    return text, (_read_as_finding(name, schema, target, bool(dialect and dialect.draft)), *done)


def _encoding_finding(name: str, encoding: str) -> tuple[Finding, ...]:
    if encoding in ("", "UTF-8"):
        return ()
    return (Finding("STP-005", "warning", f"raw characters are read as {encoding}, which the file does not state", subject=name,
                    measured=encoding, expected="ASCII with \\X2\\ escapes", cure="export with a tool that writes \\X2\\ escapes"),)


def _read_as_finding(name: str, schema: str, target: str, draft: bool) -> Finding:
    return Finding("SCH-001", "warning" if draft else "note",
                   f"schema {schema} is read as {target}" + (", a draft as what became of it" if draft else ""), subject=name,
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
            own = stated(product, "GlobalId")
            global_id = own if isinstance(own, str) and own else f"#{product.id()}"
            seen[global_id] = seen.get(global_id, 0) + 1
            keys[product.id()] = global_id if seen[global_id] == 1 else f"{global_id}~{seen[global_id]}"
        return keys

    def fault(self, entity: Entity, error: Exception) -> Finding:
        """The Finding for an instance that cannot be read."""
        return Finding("SCH-002", "error", f"{entity.is_a()} does not follow the schema: {str(error)[:160]}", self.subject(entity),
                       cure="export it again with a current tool; this instance is left out")

    def unfit(self, entity: Entity, field: str, why: str) -> Finding:
        """The Finding for one field of an instance, whose value cannot be what it should be."""
        return Finding("SCH-006", "error", f"{entity.is_a()}: {field} {why}", self.subject(entity),
                       cure="export it again with a current tool; this value is left out", data={"field": field})

    def subject(self, entity: Entity) -> str:
        """The path of an instance for a Finding: `file.ifc > #123 > GlobalId`."""
        key = self.keys.get(entity.id()) or value_of(entity, "GlobalId")
        return " > ".join(filter(None, [self.name, f"#{entity.id()}", key if isinstance(key, str) else ""]))


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
    if not isinstance(entity, _ENGINE):
        return getattr(entity, attribute, default)
    place = _place(entity.is_a(True), attribute)
    if place is None:
        return default
    return entity.get_argument(place) if place >= 0 else getattr(entity, attribute, default)


def stated(entity: Entity, attribute: str) -> Any:
    """An attribute that every class asked has; four times as fast as by the engine's own look-up of the name.

    Raises:
        AttributeError: this class has none of that name, as where the file refers to an instance of a wrong class.
    """
    found = value_of(entity, attribute, _NONE)
    if found is _NONE:
        raise AttributeError(f"{entity.is_a() if hasattr(entity, 'is_a') else type(entity).__name__} has no {attribute}")
    return found


@lru_cache(maxsize=1 << 14)
def _place(kind: str, attribute: str) -> int | None:
    """Where an attribute stands in a class (`IFC4.IfcWall`); -1 for what the engine has to work out, None for none such."""
    schema, _, name = kind.partition(".")
    entity: Any = ifcopenshell.schema_by_name(schema).declaration_by_name(name).as_entity()
    if entity is None:
        return 0 if attribute == "wrappedValue" else _of_engine(attribute)
    names: list[str] = [one.name() for one in entity.all_attributes()]
    if attribute in names and not entity.derived()[names.index(attribute)]:
        return names.index(attribute)
    inverse = (one.name() for one in entity.all_inverse_attributes())
    return -1 if attribute in names or attribute in inverse else _of_engine(attribute)


@lru_cache(maxsize=1 << 10)
def referred_classes(kind: str, attribute: str) -> tuple[str, ...]:
    """What an attribute of a class (`IFC4.IfcWall`) may refer to; all that is rooted counts as the same, as real files mix it up."""
    schema, _, name = kind.partition(".")
    entity: Any = ifcopenshell.schema_by_name(schema).declaration_by_name(name).as_entity()
    declared = next(one.type_of_attribute() for one in entity.all_attributes() if one.name() == attribute)
    while declared.as_aggregation_type() is not None:
        declared = declared.as_aggregation_type().type_of_element()
    names = _members(declared.as_named_type().declared_type())
    return tuple(dict.fromkeys("IfcRoot" if _derives(f"{schema}.{one}", ("IfcRoot",)) else one for one in names))


def _members(declaration: Any) -> list[str]:
    """Names of what a select type chooses from, however deep; of any other its own name."""
    select = declaration.as_select_type()
    return [name for one in select.select_list() for name in _members(one)] if select is not None else [declaration.name()]


def _of_engine(attribute: str) -> int | None:
    return -1 if hasattr(_ENGINE, attribute) else None


def is_instance(value: Any) -> bool:
    """Whether an attribute's value is an instance, or a value with a type of its own."""
    return isinstance(value, _ENGINE)


def is_any(entity: Entity, classes: tuple[str, ...]) -> bool:
    """Whether the instance is of one of these classes or their subclasses."""
    return _derives(entity.is_a(True), classes)


@lru_cache(maxsize=1 << 12)
def _derives(kind: str, classes: tuple[str, ...]) -> bool:
    """Whether a class (`IFC4.IfcWall`) is one of some, or derived from one."""
    schema, _, name = kind.partition(".")
    at: Any = ifcopenshell.schema_by_name(schema).declaration_by_name(name).as_entity()
    if at is None:
        return name in classes
    while at is not None:
        if at.name() in classes:
            return True
        at = at.supertype()
    return False


def placement_matrix(placement: Entity | None) -> NDArray[np.float64]:
    """(4, 4) float64 of an IfcObjectPlacement with all that it is relative to, in project length units.

    Only local placements are followed; a grid or linear placement counts as identity.
    """
    matrix = np.eye(4)
    for _ in range(1000):
        if not isinstance(placement, _ENGINE) or not placement.is_a("IfcLocalPlacement"):
            break
        matrix = axis_matrix(placement.RelativePlacement) @ matrix
        placement = placement.PlacementRelTo
    return matrix


def axis_matrix(axes: Entity | None) -> NDArray[np.float64]:
    """(4, 4) float64 of an IfcAxis2Placement2D or 3D, in project length units; identity where there is none."""
    matrix = np.eye(4)
    if axes is None:
        return matrix
    location = (value_of(value_of(axes, "Location"), "Coordinates") or (0.0, 0.0, 0.0))[:3]
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
    given = (value_of(entity, "DirectionRatios") or default)[:3]
    ratios[:len(given)] = given
    ratios /= max(np.abs(ratios).max(), 1e-300)
    length = np.linalg.norm(ratios)
    return ratios / length if length > 1e-12 else np.asarray(default, dtype=np.float64)
