"""Schema: an official release, nothing deprecated in it, and no instance that nothing leads to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from bim.ifc import Entity, class_names, value_of
from bim.normative.context import Context, is_empty
from bim.normative.rule import Fault, Judge, Result, table

_OFFICIAL = ("IFC2X3", "IFC4", "IFC4X3_ADD2")
_TOLD = 1000


def _official(context: Context) -> Result:
    """IFC101."""
    if context.declared in _OFFICIAL:
        return Result(1)
    return Result(1, [Fault(None, f"{context.declared} is no official release of IFC", context.declared, ", ".join(_OFFICIAL),
                            "export with one of the official releases")])


def _deprecated(context: Context) -> Result:
    """IFC102."""
    rows = [row for row in table("deprecated") if row["schema"] == context.schema]
    known = class_names(context.model.schema)
    return Result(1, (fault for row in rows if row["class"].upper() in known for fault in _deprecated_faults(context, **row)))


def _deprecated_faults(context: Context, **row: str) -> Iterator[Fault]:
    name, attribute, values = row["class"], row["attribute"], row["values"].split()
    if row["kind"] == "class":
        yield from (Fault(one, f"{name} is deprecated in {context.schema}", name, "another class", "use what replaces it in the standard")
                    for one in context.model.file.by_type(name, include_subtypes=False))
    elif row["kind"] == "attribute":
        yield from (Fault(one, f"{attribute} of {name} is deprecated in {context.schema}", str(value_of(one, attribute))[:80], "null",
                          "leave it out; state it in a property set") for one in context.model.of(name) if not is_empty(one, attribute))
    else:
        yield from (Fault(one, f"the {attribute} {value_of(one, attribute)} of {name} is deprecated in {context.schema}",
                          str(value_of(one, attribute)), "another value", "use what replaces it in the standard")
                    for one in context.model.of(name) if value_of(one, attribute) in values)


def _led_to(context: Context) -> Result:
    """IFC105 and IFC106."""
    loose = context.loose.tolist()
    if len(loose) <= _TOLD:
        return Result(1, (Fault(one, f"nothing leads to this {one.is_a()}", cure="leave it out, or refer to it")
                          for one in map(context.model.by_id, loose)))
    kinds: dict[str, list[Entity]] = defaultdict(list)
    for one in map(context.model.by_id, loose):
        kinds[one.is_a()].append(one)
    return Result(1, (Fault(found[0], f"nothing leads to {len(found)} {kind}, the first is named", str(len(found)), "0",
                            "leave out what nothing refers to") for kind, found in sorted(kinds.items())))


RULES: dict[str, Judge] = {"IFC101": _official, "IFC102": _deprecated, "IFC105": _led_to, "IFC106": _led_to}
