"""Property and quantity sets: what is named like a set of the standard is that set."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bim.ifc import Entity, is_any, is_instance, value_of
from bim.normative.context import Context, instances_of, text_of
from bim.normative.rule import Fault, Judge, Result
from bim.normative.templates import SetTemplate, templates

_LOOKS_STANDARD = re.compile(r"pset", re.IGNORECASE)
_NOT_ON_TYPES = ("PSET_OCCURRENCEDRIVEN", "PSET_PERFORMANCEDRIVEN", "QTO_OCCURRENCEDRIVEN")
_NOT_ON_OCCURRENCES = ("PSET_TYPEDRIVENONLY", "QTO_TYPEDRIVENONLY")
_METHOD = "BaseQuantities"


def _standard_properties(context: Context) -> Result:
    """PSE001."""
    sets = [one for one in context.model.of("IfcPropertySet") if text_of(one, "Name").startswith("Pset_")]
    return Result(len(sets), (fault for one in sets for fault in _set_faults(context, one, "HasProperties")))


def _own_properties(context: Context) -> Result:
    """PSE002."""
    named = ((one, text_of(one, "Name")) for one in context.model.of("IfcPropertySet"))
    own = [(one, name) for one, name in named if name and not name.startswith("Pset_")]
    return Result(len(own), (Fault(one, f"'{name}' is named almost like a set of the standard", name, "another beginning than Pset",
                                   "name the set after its owner: HKIA_...") for one, name in own if _LOOKS_STANDARD.match(name)))


def _standard_quantities(context: Context) -> Result:
    """QTY001; IFC2X3 defines no quantity sets."""
    if context.schema == "IFC2X3":
        return Result(0)
    sets = [one for one in context.model.of("IfcElementQuantity") if text_of(one, "Name").startswith("Qto_")]
    return Result(len(sets), (fault for one in sets for fault in (*_set_faults(context, one, "Quantities"), *_method_faults(one))))


def _method_faults(one: Entity) -> Iterator[Fault]:
    method = text_of(one, "MethodOfMeasurement")
    if method != _METHOD:
        yield Fault(one, f"'{one.Name}' states another method of measurement than {_METHOD}", method or "none", _METHOD,
                    f"write {_METHOD}")


def _set_faults(context: Context, one: Entity, members: str) -> Iterator[Fault]:
    template = templates(context.schema).get(one.Name)
    if template is None:
        yield Fault(one, f"'{one.Name}' is no set of {context.schema}", one.Name, "a set of the standard",
                    "use the standard's name, or a name of your own that does not begin so")
        return
    for described in _described(context, one):
        yield from _applied(context, one, described, template)
    for member in instances_of(value_of(one, members)):
        yield from _member_faults(member, template)


def _described(context: Context, one: Entity) -> list[Entity]:
    """Occurrences and types that have a set."""
    return [*context.described.get(one.id(), ()), *instances_of(value_of(one, "DefinesType"))]


def _applied(context: Context, one: Entity, described: Entity, template: SetTemplate) -> Iterator[Fault]:
    """Whether a set may be where it is."""
    is_type = described.is_a("IfcTypeObject")
    if template.driven in (_NOT_ON_TYPES if is_type else _NOT_ON_OCCURRENCES):
        yield Fault(one, f"'{one.Name}' is not for {'types' if is_type else 'occurrences'}, but {described.is_a()} has it",
                    described.is_a(), "an occurrence" if is_type else "a type", "move it")
    fitting = [predefined for name, predefined in template.applicable if _fits(described, name, is_type)]
    if not fitting:
        expected = ", ".join(f"{name}/{predefined}".strip("/") for name, predefined in template.applicable)
        yield Fault(one, f"'{one.Name}' is not for {described.is_a()}", described.is_a(), expected, "use a set that applies to this class")
    elif "" not in fitting and (own := _predefined_type(context, described).upper()) not in fitting:
        yield Fault(one, f"'{one.Name}' is not for {described.is_a()} of the predefined type {own or 'none'}", own or "none",
                    ", ".join(sorted(set(fitting))), "set the predefined type, or use another set")


def _fits(described: Entity, name: str, is_type: bool) -> bool:
    return is_any(described, (name, f"{name}Type", f"{name}Style") if is_type else (name,))


def _predefined_type(context: Context, described: Entity) -> str:
    """The predefined type that holds for an object: its own, else that of its type; a user's own word where it is USERDEFINED."""
    kind = context.types.get(described.id())
    for one in (described, kind) if kind is not None else (described,):
        stated = text_of(one, "PredefinedType")
        if stated == "USERDEFINED":
            return text_of(one, "ObjectType") or text_of(one, "ElementType")
        if stated:
            return stated
    return ""


def _member_faults(member: Entity, template: SetTemplate) -> Iterator[Fault]:
    name = text_of(member, "Name")
    standard = template.properties.get(name)
    if standard is None:
        yield Fault(member, f"'{template.name}' has no '{name}'", name, ", ".join(template.properties), "move it to a set of your own")
    elif standard.kind and not member.is_a(standard.kind):
        yield Fault(member, f"'{name}' of '{template.name}' is an {member.is_a()}", member.is_a(), standard.kind,
                    f"write it as {standard.kind}")
    elif member.is_a("IfcPropertySingleValue"):
        value = value_of(member, "NominalValue")
        if is_instance(value) and standard.measure and value.is_a() != standard.measure:
            yield Fault(member, f"'{name}' of '{template.name}' is given as {value.is_a()}", value.is_a(), standard.measure,
                        f"write it as {standard.measure}")
    elif member.is_a("IfcPropertyEnumeratedValue") and standard.values:
        given = [str(value_of(value, "wrappedValue")) for value in value_of(member, "EnumerationValues") or ()]
        yield from (Fault(member, f"'{name}' of '{template.name}' cannot be '{value}'", value, ", ".join(sorted(standard.values)),
                          "use a value of the enumeration") for value in given if value not in standard.values)


RULES: dict[str, Judge] = {"PSE001": _standard_properties, "PSE002": _own_properties, "QTY001": _standard_quantities}
