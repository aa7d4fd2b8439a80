"""One pass over the relationships of a model: who belongs to what, and who is joined to whom."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from bim.finding import Finding
from bim.ifc import FAULTS, Entity, Model, is_any, is_instance, referred_classes, stated, value_of

_DEEP = 64
"""Longest chain of wholes that is followed; a longer one is a circle."""

Many = dict[int, list[Entity]]


def _many() -> Many:
    return defaultdict(list)


@dataclass(slots=True)
class Relations:
    """Related instances by instance id.

    Attributes:
        model: that they are of.
        container: element -> the spatial structure that contains it.
        whole: part -> what it is aggregated or nested into, the opening it fills, or the host it voids.
        referenced, reached_by: element -> further spatial structures that it reaches, and back.
        type_of: occurrence -> its type object.
        occurrences: type object -> its occurrences.
        definitions: occurrence -> property sets and quantities, in file order.
        material: occurrence or type -> its material definition.
        groups: member -> groups, systems and zones.
        members: group -> its members.
        serves: system -> the spatial structures that it serves.
        classifications: occurrence or type -> classification references.
        documents: object or type -> document references.
        parts, part_of: whole -> aggregated or nested parts, and back.
        openings, host: element -> what voids or projects from it, and back.
        filled, fills: opening -> what fills it, and back.
        ports, port_of: element -> its ports, and back.
        port_links: port -> ports that it is connected to.
        realized: two connected ports -> the element that realizes their connection.
        links: element -> (element that it is connected to or covers, class of the relationship).
        bounded: element -> (space that it bounds, whether the other side is outside).
    """

    model: Model
    container: dict[int, Entity] = field(default_factory=dict)
    whole: dict[int, Entity] = field(default_factory=dict)
    referenced: Many = field(default_factory=_many)
    reached_by: Many = field(default_factory=_many)
    type_of: dict[int, Entity] = field(default_factory=dict)
    occurrences: Many = field(default_factory=_many)
    definitions: Many = field(default_factory=_many)
    material: dict[int, Entity] = field(default_factory=dict)
    groups: Many = field(default_factory=_many)
    members: Many = field(default_factory=_many)
    serves: Many = field(default_factory=_many)
    classifications: Many = field(default_factory=_many)
    documents: Many = field(default_factory=_many)
    parts: Many = field(default_factory=_many)
    part_of: dict[int, Entity] = field(default_factory=dict)
    openings: Many = field(default_factory=_many)
    host: dict[int, Entity] = field(default_factory=dict)
    filled: Many = field(default_factory=_many)
    fills: dict[int, Entity] = field(default_factory=dict)
    ports: Many = field(default_factory=_many)
    port_of: dict[int, Entity] = field(default_factory=dict)
    port_links: Many = field(default_factory=_many)
    realized: dict[frozenset[int], Entity] = field(default_factory=dict)
    links: dict[int, list[tuple[Entity, str]]] = field(default_factory=lambda: defaultdict(list))
    bounded: dict[int, list[tuple[Entity, bool]]] = field(default_factory=lambda: defaultdict(list))
    findings: list[Finding] = field(default_factory=list)

    def referred(self, rel: Entity, attribute: str) -> Any:
        """What a relationship refers to, an instance or several; those of a wrong class are a Finding, and left out."""
        given = stated(rel, attribute)
        allowed = referred_classes(rel.is_a(True), attribute)
        many = given if isinstance(given, tuple) else () if given is None else (given,)
        sound = tuple(one for one in many if is_instance(one) and is_any(one, allowed))
        if len(sound) < len(many):
            wrong = next(one for one in many if one not in sound)
            called = f"#{wrong.id()}, {wrong.is_a()}" if is_instance(wrong) else repr(wrong)[:40]
            others = f" and {len(many) - len(sound) - 1} more of the kind" if len(many) - len(sound) > 1 else ""
            self.findings.append(self.model.unfit(rel, attribute, f"is {called}{others}, where {' or '.join(allowed)} is required"))
        return sound if isinstance(given, tuple) else next(iter(sound), None)

    def containment(self, product: Entity) -> list[Entity]:
        """The spatial structure around a product, from the outermost (the site) inwards; without the project."""
        path: list[Entity] = []
        at: Entity | None = self.container_of(product)
        while at is not None and len(path) < _DEEP:
            if not at.is_a("IfcProject"):
                path.append(at)
            at = self.whole.get(at.id())
        return path[::-1]

    def container_of(self, product: Entity) -> Entity | None:
        """The innermost spatial structure around a product, its own or that of the whole that it is a part of."""
        at: Entity | None = product
        for _ in range(_DEEP):
            if at is None:
                return None
            if at is not product and is_spatial(at):
                return at
            found = self.container.get(at.id())
            if found is not None:
                return found
            at = self.whole.get(at.id()) or self.port_of.get(at.id())
        return None


def collect(model: Model) -> Relations:
    """All relations of the model that tell what a product is and where it belongs; one that cannot be read is a Finding."""
    made = Relations(model)
    for name, read in (*_belongings(made), *_descriptions(made), *_connections(made)):
        for rel in model.of(name):
            try:
                read(rel)
            except FAULTS as error:
                made.findings.append(model.fault(rel, error))
    return made


Reader = tuple[str, Callable[[Entity], None]]


def _belongings(made: Relations) -> Iterable[Reader]:
    """Containment and wholes, in order of strength: the first one that tells a part's whole counts."""
    def contained(rel: Entity) -> None:
        _first(made.container, made.referred(rel, "RelatedElements"), made.referred(rel, "RelatingStructure"))

    def reaching(rel: Entity) -> None:
        elements, structure = made.referred(rel, "RelatedElements"), made.referred(rel, "RelatingStructure")
        _append(made.referenced, elements, [structure])
        _append(made.reached_by, [structure], elements)

    def parts(rel: Entity) -> None:
        whole, related = made.referred(rel, "RelatingObject"), made.referred(rel, "RelatedObjects")
        _first(made.whole, related, whole)
        ports = [one for one in related or () if one.is_a("IfcPort")]
        if ports:
            _both(made.port_of, made.ports, ports, whole)
            related = [one for one in related if not one.is_a("IfcPort")]
        if whole is not None and not whole.is_a("IfcContext") and not whole.is_a("IfcProject"):
            _both(made.part_of, made.parts, related, whole)

    def filling(rel: Entity) -> None:
        element, opening = made.referred(rel, "RelatedBuildingElement"), made.referred(rel, "RelatingOpeningElement")
        _first(made.whole, [element], opening)
        _both(made.fills, made.filled, [element], opening)

    def voiding(feature: str, host: str) -> Callable[[Entity], None]:
        def read(rel: Entity) -> None:
            related, whole = made.referred(rel, feature), made.referred(rel, host)
            related = related if isinstance(related, tuple) else (related,)
            _first(made.whole, related, whole)
            _both(made.host, made.openings, related, whole)
        return read

    yield "IfcRelContainedInSpatialStructure", contained
    yield "IfcRelReferencedInSpatialStructure", reaching
    yield "IfcRelAggregates", parts
    yield "IfcRelNests", parts
    yield "IfcRelFillsElement", filling
    yield "IfcRelVoidsElement", voiding("RelatedOpeningElement", "RelatingBuildingElement")
    yield "IfcRelProjectsElement", voiding("RelatedFeatureElement", "RelatingElement")
    yield "IfcRelAdheresToElement", voiding("RelatedSurfaceFeatures", "RelatingElement")


def _descriptions(made: Relations) -> Iterable[Reader]:
    def typed(rel: Entity) -> None:
        _both(made.type_of, made.occurrences, made.referred(rel, "RelatedObjects"), made.referred(rel, "RelatingType"))

    def grouped(rel: Entity) -> None:
        members, group = made.referred(rel, "RelatedObjects"), made.referred(rel, "RelatingGroup")
        _append(made.groups, members, [group])
        _append(made.members, [group], members)

    def described(table: Many, by: str) -> Callable[[Entity], None]:
        return lambda rel: _append(table, made.referred(rel, "RelatedObjects"), _unpacked(made.referred(rel, by)))

    def materials(rel: Entity) -> None:
        _first(made.material, made.referred(rel, "RelatedObjects"), made.referred(rel, "RelatingMaterial"))

    def serving(rel: Entity) -> None:
        _append(made.serves, [made.referred(rel, "RelatingSystem")], made.referred(rel, "RelatedBuildings"))

    yield "IfcRelDefinesByType", typed
    yield "IfcRelDefinesByProperties", described(made.definitions, "RelatingPropertyDefinition")
    yield "IfcRelAssociatesMaterial", materials
    yield "IfcRelAssociatesClassification", described(made.classifications, "RelatingClassification")
    yield "IfcRelAssociatesDocument", described(made.documents, "RelatingDocument")
    yield "IfcRelAssignsToGroup", grouped
    yield "IfcRelServicesBuildings", serving


def _connections(made: Relations) -> Iterable[Reader]:
    def linked(one: str, other: str) -> Callable[[Entity], None]:
        def read(rel: Entity) -> None:
            _link(made.links, made.referred(rel, one), made.referred(rel, other), rel.is_a())
        return read

    def port_linked(rel: Entity) -> None:
        one, other = made.referred(rel, "RelatingPort"), made.referred(rel, "RelatedPort")
        _append(made.port_links, [one], [other])
        _append(made.port_links, [other], [one])
        element = made.referred(rel, "RealizingElement")
        if element is not None and one is not None and other is not None:
            made.realized[frozenset((one.id(), other.id()))] = element

    def bounding(rel: Entity) -> None:
        space, element = made.referred(rel, "RelatingSpace"), made.referred(rel, "RelatedBuildingElement")
        outside = str(value_of(rel, "InternalOrExternalBoundary")).startswith("EXTERNAL")
        if space is not None and element is not None and (space, outside) not in made.bounded[element.id()]:
            made.bounded[element.id()].append((space, outside))

    yield "IfcRelSpaceBoundary", bounding
    yield ("IfcRelConnectsPortToElement",
           lambda rel: _both(made.port_of, made.ports, [made.referred(rel, "RelatingPort")], made.referred(rel, "RelatedElement")))
    yield "IfcRelConnectsPorts", port_linked
    yield "IfcRelConnectsElements", linked("RelatingElement", "RelatedElement")
    yield "IfcRelConnectsStructuralMember", linked("RelatingStructuralMember", "RelatedStructuralConnection")
    yield "IfcRelCoversBldgElements", linked("RelatingBuildingElement", "RelatedCoverings")
    yield "IfcRelFlowControlElements", linked("RelatingFlowElement", "RelatedControlElements")
    yield "IfcRelInterferesElements", linked("RelatingElement", "RelatedElement")


def _first(table: dict[int, Entity], related: Iterable[Entity | None] | None, relating: Entity | None) -> None:
    for one in related or ():
        if one is not None and relating is not None:
            table.setdefault(one.id(), relating)


def _both(table: dict[int, Entity], back: Many, related: Iterable[Entity | None] | None, relating: Entity | None) -> None:
    """Each related instance gets its first relating one, and that one gets it, once."""
    if relating is None:
        return
    for one in related or ():
        if one is not None and one.id() not in table:
            table[one.id()] = relating
            back[relating.id()].append(one)


def _append(table: Many, related: Iterable[Entity | None] | None, relating: Iterable[Entity | None] | None) -> None:
    there = [one for one in relating or () if one is not None]
    for one in related or ():
        if one is not None:
            table[one.id()].extend(there)


def _link(table: dict[int, list[tuple[Entity, str]]], one: Entity | None, others: Any, by: str) -> None:
    if one is None:
        return
    for other in others if isinstance(others, tuple) else (others,):
        if other is not None:
            table[one.id()].append((other, by))
            table[other.id()].append((one, by))


def _unpacked(definition: Entity | None) -> list[Entity | None]:
    if definition is not None and definition.is_a("IfcPropertySetDefinitionSet"):
        return list(definition.wrappedValue)
    return [definition]


def is_spatial(entity: Entity) -> bool:
    """Whether an instance is part of a spatial structure: a site, facility, storey, space or zone in space."""
    return is_any(entity, ("IfcSpatialStructureElement", "IfcSpatialElement"))
