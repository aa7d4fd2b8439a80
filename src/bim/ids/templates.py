"""The standard property and quantity sets of buildingSMART: which properties they have, of which types, for which classes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import ifcopenshell
import ifcopenshell.util.schema

from bim.ids.facts import Facts, facts

_FILES = {"IFC2X3": "Pset_IFC2X3.ifc", "IFC4": "Pset_IFC4_ADD2.ifc", "IFC4X3_ADD2": "Pset_IFC4X3.ifc"}
_QUANTITIES = {"Q_LENGTH": "IFCLENGTHMEASURE", "Q_AREA": "IFCAREAMEASURE", "Q_VOLUME": "IFCVOLUMEMEASURE", "Q_COUNT": "IFCCOUNTMEASURE",
               "Q_WEIGHT": "IFCMASSMEASURE", "Q_TIME": "IFCTIMEMEASURE", "Q_NUMBER": "IFCNUMERICMEASURE"}


@dataclass(frozen=True, slots=True)
class StandardSet:
    """One set.

    Attributes:
        properties: name -> data types in capitals that its values can have; empty where any can be.
        stated: classes in capitals, as the template names them; empty where it is for all.
    """

    name: str
    properties: Mapping[str, frozenset[str]]
    stated: frozenset[str]


@lru_cache(maxsize=8)
def standard_sets(schema: str) -> Mapping[str, StandardSet]:
    """Name -> set, of an IFC version."""
    file = ifcopenshell.open(str(Path(ifcopenshell.util.schema.__file__).parent / "schema" / _FILES[schema]))
    known = facts(schema)
    made = (_made(one, known) for one in file.by_type("IfcPropertySetTemplate"))
    return {one.name: one for one in made}


def _made(template: Any, known: Facts) -> StandardSet:
    stated = (template.ApplicableEntity or "").replace(";", ",").split(",")
    classes = frozenset(part.split("/")[0].split("[")[0].strip().upper() for part in stated) - {""}
    properties = {one.Name: _types(one) for one in template.HasPropertyTemplates or ()}
    sound = {name: types if types <= known.data_types.keys() else frozenset[str]() for name, types in properties.items()}
    return StandardSet(template.Name, sound, classes if classes <= known.classes.keys() else frozenset())


@lru_cache(maxsize=1024)
def classes_of(schema: str, name: str) -> frozenset[str]:
    """The classes that a set is for, with what derives from them, occurrences for their types and back; empty where it is for all."""
    known, classes = facts(schema), standard_sets(schema)[name].stated
    derived = {name for name in known.classes if not classes.isdisjoint(known.lineage(name))}
    made_by_type = {name for name, occurrence in known.occurrence_classes.items() if occurrence in derived or f"{name}TYPE" in derived}
    both = derived | made_by_type | {known.occurrence_classes[name] for name in made_by_type if f"{name}TYPE" in derived}
    types = {f"{name}{ending}" for name in both for ending in ("TYPE", "STYLE")}
    occurrences = {name.removesuffix("TYPE").removesuffix("STYLE") for name in both}
    return frozenset((both | types | occurrences) & known.classes.keys())


def _types(one: Any) -> frozenset[str]:
    if not one.is_a("IfcSimplePropertyTemplate"):
        return frozenset()
    kind = one.TemplateType or ""
    if kind in _QUANTITIES:
        return frozenset([_QUANTITIES[kind]])
    stated = {measure.upper() for measure in (one.PrimaryMeasureType, one.SecondaryMeasureType) if measure}
    if kind == "P_ENUMERATEDVALUE":
        stated.add("IFCLABEL")
    return frozenset(stated) if kind != "P_REFERENCEVALUE" else frozenset()
