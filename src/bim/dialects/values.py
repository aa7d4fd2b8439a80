"""Values of a STEP instance as text: split at the top level, and whether one can stand for an attribute of a schema."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import ifcopenshell

_PART = re.compile(rb"'(?:[^']|'')*'|/\*.*?\*/|[(),]", re.DOTALL)
_KIND_OF_SIMPLE = {"string": "string", "binary": "binary", "boolean": "logical", "logical": "logical", "real": "number",
                   "integer": "number", "number": "number"}
_LOGICALS = (b".T.", b".F.", b".U.")


@dataclass(frozen=True, slots=True)
class Attribute:
    """What an attribute takes.

    Attributes:
        kinds: of `reference`, `list`, `string`, `number`, `logical`, `enumeration`, `binary`, `typed`.
        enumeration: the enumeration's name, where it is one.
        members: its enumerators.
    """

    name: str
    kinds: frozenset[str]
    enumeration: str = ""
    members: frozenset[str] = frozenset()


def split(inside: bytes) -> list[bytes]:
    """The values between the outer brackets of an instance, blanks and comments around them taken off."""
    values: list[bytes] = []
    depth = start = 0
    for found in _PART.finditer(inside):
        mark = found[0]
        if mark == b"(":
            depth += 1
        elif mark == b")":
            depth -= 1
        elif mark == b"," and depth == 0:
            values.append(inside[start:found.start()].strip())
            start = found.end()
    last = inside[start:].strip()
    return [*values, last] if values or last else []


def kind(value: bytes) -> str:
    """The kind of a value; empty for `$` and `*`, which may stand for any."""
    first = value[:1]
    if first in (b"$", b"*", b""):
        return ""
    if first == b".":
        return "logical" if value.upper() in _LOGICALS else "enumeration"
    marks = {b"#": "reference", b"(": "list", b"'": "string", b'"': "binary"}
    return marks.get(first) or ("typed" if first.isalpha() else "number")


def fits(value: bytes, attribute: Attribute) -> bool:
    """Whether a value can stand for the attribute, an enumerator that the enumeration does not have included."""
    found = kind(value)
    return not found or found in attribute.kinds or (found == "typed" and b"(." in value and "enumeration" in attribute.kinds)


@lru_cache(maxsize=4096)
def attributes(schema: str, name: str) -> tuple[Attribute, ...]:
    """The attributes of a class in order, those of its supertypes first; empty for a class that the schema does not have."""
    declared = classes(schema).get(name.upper())
    if declared is None:
        return ()
    entity: Any = ifcopenshell.schema_by_name(schema).declaration_by_name(declared)
    return tuple(_attribute(one) for one in entity.all_attributes())


@lru_cache(maxsize=8)
def classes(schema: str) -> dict[str, str]:
    """Upper-case name -> name of every class of a schema that the engine knows."""
    return {entity.name().upper(): entity.name() for entity in ifcopenshell.schema_by_name(schema).entities()}


@lru_cache(maxsize=8)
def abstract_classes(schema: str) -> frozenset[str]:
    """Upper-case names of the classes that cannot have instances."""
    return frozenset(entity.name().upper() for entity in ifcopenshell.schema_by_name(schema).entities() if entity.is_abstract())


def _attribute(attribute: Any) -> Attribute:
    kinds, enumeration = _kinds(attribute.type_of_attribute())
    members = frozenset(enumeration.enumeration_items()) if enumeration is not None else frozenset()
    return Attribute(attribute.name(), kinds, enumeration.name() if enumeration is not None else "", members)


def _kinds(declared: Any) -> tuple[frozenset[str], Any]:
    """Kinds, and the enumeration where it is one."""
    if declared.as_aggregation_type() is not None:
        return frozenset(("list",)), None
    if (simple := declared.as_simple_type()) is not None:
        return frozenset((_KIND_OF_SIMPLE[str(simple.declared_type())],)), None
    return _kinds_of(declared.as_named_type().declared_type())


def _kinds_of(declaration: Any) -> tuple[frozenset[str], Any]:
    if declaration.as_entity() is not None:
        return frozenset(("reference",)), None
    if (enumeration := declaration.as_enumeration_type()) is not None:
        return frozenset(("enumeration",)), enumeration
    if (select := declaration.as_select_type()) is not None:
        members = {one for member in select.select_list() for one in _kinds_of(member)[0]}
        return frozenset(members & {"reference"} | ({"typed"} if members - {"reference"} else set())), None
    return _kinds(declaration.as_type_declaration().declared_type())
