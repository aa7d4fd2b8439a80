"""The project: its units, what it declares, and how everything in it is identified."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from functools import lru_cache

from bim.ifc import Entity, is_any, is_instance, value_of
from bim.normative.context import Context, instances_of, text_of
from bim.normative.rule import Fault, Judge, Result, table
from bim.units import unit_scale

_GLOBAL_ID = re.compile(r"[0-3][0-9A-Za-z_$]{21}")
_SI_NAMES = {"AREAUNIT": "SQUARE_METRE", "LENGTHUNIT": "METRE", "VOLUMEUNIT": "CUBIC_METRE", "PLANEANGLEUNIT": "RADIAN"}
_DECLARED = ("IfcActor", "IfcControl", "IfcGroup", "IfcProcess", "IfcProjectLibrary", "IfcPropertySetTemplate", "IfcResource",
             "IfcTypeObject")
_SAME = 1e-6


def _units(context: Context) -> Result:
    """PJS001."""
    units = [unit for project in context.model.of("IfcProject")
             for unit in instances_of(value_of(value_of(project, "UnitsInContext"), "Units")) if unit.is_a("IfcConversionBasedUnit")]
    return Result(len(units), (fault for unit in units for fault in _unit_faults(unit, context.schema)))


@lru_cache(maxsize=4)
def _standard_units(schema: str) -> dict[str, tuple[float, ...]]:
    """Lower-case name -> factors to SI: the exact one, and the rounded one that the standard prints."""
    return {row["name"]: tuple(float(row[column]) for column in ("si", "published") if row[column])
            for row in table("conversion_based_units") if schema in row["schemas"].split()}


def _unit_faults(unit: Entity, schema: str) -> Iterator[Fault]:
    standard, name, kind = _standard_units(schema), text_of(unit, "Name"), unit.UnitType
    factors = standard.get(name.lower())
    if factors is None and kind in _SI_NAMES:
        yield Fault(unit, f"'{name}' is no standard name of a unit", name, "one of " + ", ".join(standard), "use the standard's name")
    component = value_of(unit.ConversionFactor, "UnitComponent")
    if not is_instance(component) or not component.is_a("IfcSIUnit"):
        kind_of = component.is_a() if is_instance(component) else "none"
        yield Fault(unit, f"'{name}' is not converted to an SI unit", kind_of, "IfcSIUnit", "state the factor to the SI unit")
    elif kind in _SI_NAMES and component.Name != _SI_NAMES[kind]:
        yield Fault(unit, f"'{name}' is converted to {component.Name}", component.Name, _SI_NAMES[kind], "state the factor to the SI unit")
    else:
        value = value_of(value_of(unit.ConversionFactor, "ValueComponent"), "wrappedValue")
        si = value * (unit_scale(component) or math.nan) if isinstance(value, int | float) else math.nan
        if factors is not None and not any(math.isclose(si, one, rel_tol=_SAME) for one in factors):
            yield Fault(unit, f"the factor of '{name}' is {si:.9g} in SI units", f"{si:.9g}", f"{factors[0]:.9g}", "correct the factor")


def _declarations(context: Context) -> Result:
    """PJS002."""
    declared = [one for rel in context.model.of("IfcRelDeclares") if is_instance(rel.RelatingContext)
                and rel.RelatingContext.is_a("IfcProject") for one in instances_of(rel.RelatedDefinitions)]
    return Result(len(declared), (Fault(one, f"the project declares an {one.is_a()}", one.is_a(), ", ".join(_DECLARED),
                                        "aggregate or contain it in the spatial structure instead")
                                  for one in declared if not is_any(one, _DECLARED)))


def _global_ids(context: Context) -> Result:
    """PJS003."""
    rooted = context.model.of("IfcRoot")
    stated = ((one, value_of(one, "GlobalId")) for one in rooted)
    return Result(len(rooted), (Fault(one, f"'{id}' is no GlobalId", str(id), "22 characters of 0-9 A-Z a-z _ $, the first one 0 to 3",
                                      "write the 128 bits of a UUID in base 64")
                                for one, id in stated if not isinstance(id, str) or _GLOBAL_ID.fullmatch(id) is None))


def _one_project(context: Context) -> Result:
    """PJS101."""
    projects = context.model.of("IfcProject")
    if len(projects) == 1:
        return Result(1)
    return Result(1, [Fault(projects[1] if projects else None, f"the file has {len(projects)} projects", str(len(projects)), "1",
                            "write one IfcProject to a file")])


RULES: dict[str, Judge] = {"PJS001": _units, "PJS002": _declarations, "PJS003": _global_ids, "PJS101": _one_project}
