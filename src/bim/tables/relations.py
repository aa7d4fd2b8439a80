"""One pass over the relationships of a model: who belongs to what."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from bim.ifc import Entity, Model, value_of

_DEEP = 64
"""Longest chain of wholes that is followed; a longer one is a circle."""


@dataclass(slots=True)
class Relations:
    """Related instances by instance id.

    Attributes:
        container: element -> the spatial structure that contains it.
        whole: part -> what it is aggregated or nested into, the opening it fills, or the host it voids.
        type_of: occurrence -> its type object.
        definitions: occurrence -> property sets and quantities, in file order.
        material: occurrence or type -> its material definition.
        groups: member -> groups, systems and zones.
        classifications: occurrence or type -> classification references.
    """

    container: dict[int, Entity] = field(default_factory=dict)
    whole: dict[int, Entity] = field(default_factory=dict)
    type_of: dict[int, Entity] = field(default_factory=dict)
    definitions: dict[int, list[Entity]] = field(default_factory=lambda: defaultdict(list))
    material: dict[int, Entity] = field(default_factory=dict)
    groups: dict[int, list[Entity]] = field(default_factory=lambda: defaultdict(list))
    classifications: dict[int, list[Entity]] = field(default_factory=lambda: defaultdict(list))

    def containment(self, product: Entity) -> list[Entity]:
        """The spatial structure around a product, from the outermost (the site) inwards; without the project."""
        path: list[Entity] = []
        at: Entity | None = self._first_container(product)
        while at is not None and len(path) < _DEEP:
            if not at.is_a("IfcProject"):
                path.append(at)
            at = self.whole.get(at.id())
        return path[::-1]

    def _first_container(self, product: Entity) -> Entity | None:
        at: Entity | None = product
        for _ in range(_DEEP):
            if at is None:
                return None
            if at is not product and _is_spatial(at):
                return at
            found = self.container.get(at.id())
            if found is not None:
                return found
            at = self.whole.get(at.id())
        return None


def collect(model: Model) -> Relations:
    """All relations of the model that tell what a product is and where it belongs."""
    made = Relations()
    for rel in model.of("IfcRelContainedInSpatialStructure"):
        _first(made.container, rel.RelatedElements, rel.RelatingStructure)
    _wholes(model, made.whole)
    for rel in model.of("IfcRelDefinesByType"):
        _first(made.type_of, rel.RelatedObjects, rel.RelatingType)
    for rel in model.of("IfcRelDefinesByProperties"):
        _append(made.definitions, rel.RelatedObjects, _unpacked(rel.RelatingPropertyDefinition))
    for rel in model.of("IfcRelAssociatesMaterial"):
        if rel.RelatingMaterial is not None:
            _first(made.material, rel.RelatedObjects, rel.RelatingMaterial)
    for rel in model.of("IfcRelAssignsToGroup"):
        _append(made.groups, rel.RelatedObjects, [rel.RelatingGroup])
    for rel in model.of("IfcRelAssociatesClassification"):
        _append(made.classifications, rel.RelatedObjects, [rel.RelatingClassification])
    return made


def _wholes(model: Model, whole: dict[int, Entity]) -> None:
    for name in ("IfcRelAggregates", "IfcRelNests"):
        for rel in model.of(name):
            _first(whole, rel.RelatedObjects, rel.RelatingObject)
    for rel in model.of("IfcRelFillsElement"):
        _first(whole, [rel.RelatedBuildingElement], rel.RelatingOpeningElement)
    for rel in model.of("IfcRelVoidsElement"):
        _first(whole, [rel.RelatedOpeningElement], rel.RelatingBuildingElement)
    for rel in model.of("IfcRelAdheresToElement"):
        _first(whole, value_of(rel, "RelatedSurfaceFeatures"), rel.RelatingElement)


def _first(table: dict[int, Entity], related: Iterable[Entity] | None, relating: Entity | None) -> None:
    for one in related or ():
        if one is not None and relating is not None:
            table.setdefault(one.id(), relating)


def _append(table: dict[int, list[Entity]], related: Iterable[Entity] | None, relating: Iterable[Entity | None]) -> None:
    there = [one for one in relating if one is not None]
    for one in related or ():
        if one is not None:
            table[one.id()].extend(there)


def _unpacked(definition: Entity | None) -> list[Entity]:
    if definition is not None and definition.is_a("IfcPropertySetDefinitionSet"):
        return list(definition.wrappedValue)
    return [definition]


def _is_spatial(entity: Entity) -> bool:
    return bool(entity.is_a("IfcSpatialStructureElement") or entity.is_a("IfcSpatialElement"))
