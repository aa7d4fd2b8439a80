"""The parameters of facets against an IFC schema: names of classes, attributes, properties, data types and relations."""

from __future__ import annotations

from collections.abc import Iterator

from bim.finding import Finding
from bim.ids import document as doc
from bim.ids.audit_values import Place, value_findings
from bim.ids.document import Cardinality, Value
from bim.ids.facts import AttributeFact, facts
from bim.ids.pattern import PatternInvalid, pattern
from bim.ids.templates import StandardSet, classes_of, standard_sets
from bim.ids.values import allowed

Classes = dict[str, frozenset[str] | None]
"""IFC version -> classes that are possible, in capitals; None where any is."""

_RESERVED = ("Pset_", "Qto_")
_RELATED = {
    "IFCRELAGGREGATES": (("IFCOBJECTDEFINITION",), ("IFCOBJECTDEFINITION",)),
    "IFCRELASSIGNSTOGROUP": (("IFCOBJECTDEFINITION",), ("IFCGROUP",)),
    "IFCRELCONTAINEDINSPATIALSTRUCTURE": (("IFCPRODUCT",), ("IFCSPATIALSTRUCTUREELEMENT", "IFCSPATIALELEMENT")),
    "IFCRELNESTS": (("IFCOBJECTDEFINITION",), ("IFCOBJECTDEFINITION",)),
    "IFCRELVOIDSELEMENT IFCRELFILLSELEMENT": (("IFCELEMENT",), ("IFCELEMENT",)),
}
"""Relation -> base classes of the part and of the whole; no relation: any of them."""

_CALLED: dict[type[doc.Facet], str] = {
    doc.EntityFacet: "entity", doc.PartOfFacet: "partOf", doc.ClassificationFacet: "classification", doc.AttributeFacet: "attribute",
    doc.PropertyFacet: "property", doc.MaterialFacet: "material"}
_CLASSIFIED = ("HasAssociations", "HasExternalReference", "HasExternalReferences", "ClassifiedAs")
_DESCRIBED = ("IsDefinedBy", "HasPropertySets", "HasProperties")
_DESCRIBED_2X3 = ("IFCMATERIAL", "IFCPROFILEDEF")


class FacetAudit:
    """Judges the facets of one specification by the IFC versions that it names."""

    def __init__(self, file: str, specification: str, versions: tuple[str, ...]) -> None:
        self._file = file
        self._specification = specification
        self._versions = versions

    def place(self, called: str) -> Place:
        """Where something in the specification is, for Findings."""
        return Place(self._file, self._specification, called)

    def called(self, facet: doc.Facet) -> str:
        """The name of the facet's kind: `property`."""
        return _CALLED[type(facet)]

    def findings(self, facet: doc.Facet, classes: Classes) -> Iterator[Finding]:
        """Faults in one facet; `classes` are those that what it speaks of can be of."""
        place = self.place(self.called(facet))
        if isinstance(facet, doc.EntityFacet):
            yield from self._entity(facet, place)
        elif isinstance(facet, doc.PartOfFacet):
            yield from self._entity(facet.entity, place.named("entity"))
            yield from self._whole(facet, place)
        elif isinstance(facet, doc.AttributeFacet):
            yield from self._attribute(facet, classes, place)
        elif isinstance(facet, doc.PropertyFacet):
            yield from self._property(facet, place)
        elif isinstance(facet, doc.ClassificationFacet):
            yield from value_findings(facet.system, ("string",), place.named("system"))
            yield from value_findings(facet.value, ("string",), place.named("value")) if facet.value else ()
        elif isinstance(facet, doc.MaterialFacet) and facet.value:
            yield from value_findings(facet.value, ("string",), place.named("value"))

    def cardinality_findings(self, facet: doc.Facet) -> Iterator[Finding]:
        """Faults in how a requirement binds: one that cannot fail, or forbids only part of what it names."""
        cure = ""
        if isinstance(facet, doc.PropertyFacet):
            if facet.cardinality is Cardinality.OPTIONAL and not facet.data_type:
                cure = "state the dataType that it has if it is there"
            elif facet.cardinality is Cardinality.PROHIBITED and (facet.data_type or facet.value):
                cure = "leave out dataType and value to forbid the property, or require other values"
        elif (isinstance(facet, doc.AttributeFacet | doc.ClassificationFacet | doc.MaterialFacet)
              and facet.cardinality is Cardinality.OPTIONAL and facet.value is None):
            cure = "state the value that it has if it is there"
        if cure:
            yield self.place(self.called(facet)).finding("IDS-012", "error", f"cannot be {facet.cardinality} as it stands", facet.line,
                                                         measured=str(facet.cardinality), cure=cure)

    def classes(self, facet: doc.Facet, version: str) -> frozenset[str] | None:
        """The classes that can meet a facet, of an IFC version; None where it does not tell."""
        known = facts(version)
        if isinstance(facet, doc.EntityFacet):
            return allowed(facet.name).among(known.concrete)
        if isinstance(facet, doc.PartOfFacet):
            return known.derived(*(base for part, _ in self._related(facet) for base in part))
        if isinstance(facet, doc.AttributeFacet):
            return frozenset(name for name in known.concrete if any(
                fact.in_file and allowed(facet.name).name(fact.name) for fact in known.attributes(name).values()))
        if isinstance(facet, doc.PropertyFacet):
            of_sets = [classes_of(version, name) for name in facet.group.literals if name in standard_sets(version)]
            if of_sets and len(of_sets) == len(facet.group.literals) and all(of_sets):
                return frozenset().union(*of_sets)
            return known.having(*_DESCRIBED) | known.derived(*_DESCRIBED_2X3)
        return known.having(*_CLASSIFIED)

    def _named(self, value: Value, known: dict[str, frozenset[str]], code: str, place: Place, what: str,
               other: frozenset[str] = frozenset()) -> Iterator[Finding]:
        """Faults of a value that must name something: one that is spelled out must be there, and one at least in each version.

        Args:
            other: names that cannot match, but do no harm beside one that can.
        """
        yield from value_findings(value, ("string",), place)
        everywhere = frozenset().union(*known.values())
        missing = [name for name in value.literals if name not in everywhere]
        for name in missing:
            near = next((one for one in everywhere if one.lower() == name.lower()), "")
            harmless = name in other and len(missing) < len(value.literals)
            yield place.finding(code, "warning" if harmless else "error", f"{name!r} is no {what} of {' or '.join(known)}", value.line,
                                measured=name, should=near,
                                cure=f"write {near}" if near else f"name {what} of the IFC schema")
        for version, names in known.items():
            if not missing and not allowed(value).among(names):
                yield place.finding(code, "error", f"names no {what} of {version}", value.line, measured=str(value),
                                    cure=f"take {version} out of ifcVersion, or name what it has")

    def _entity(self, facet: doc.EntityFacet, place: Place) -> Iterator[Finding]:
        concrete = {version: facts(version).concrete for version in self._versions}
        yield from self._named(facet.name, concrete, "IDS-004", place.named("name"), "class with instances")
        if facet.predefined is None:
            return
        yield from value_findings(facet.predefined, ("string",), place.named("predefinedType"))
        for version in self._versions:
            names = self.classes(facet, version) or frozenset()
            values = {value for name in names for value in facts(version).predefined(name)}
            if names and "USERDEFINED" not in values and not self._all_named(facet.predefined, values):
                yield place.named("predefinedType").finding(
                    "IDS-005", "error", f"{facet.predefined} is none of {facet.name} in {version}", facet.predefined.line,
                    measured=str(facet.predefined), should=", ".join(sorted(values)), cure="name one that the class has, or leave it out")
                return

    def _all_named(self, value: Value, names: set[str]) -> bool:
        if value.literals:
            return all(one in names for one in value.literals)
        return any(allowed(value).name(one) for one in names)

    def _related(self, facet: doc.PartOfFacet) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
        return [_RELATED[facet.relation]] if facet.relation in _RELATED else list(_RELATED.values())

    def _whole(self, facet: doc.PartOfFacet, place: Place) -> Iterator[Finding]:
        bases = [base for _, whole in self._related(facet) for base in whole]
        for version in self._versions:
            named = self.classes(facet.entity, version)
            if named and not named & facts(version).derived(*bases):
                yield place.named("entity").finding(
                    "IDS-016", "error", f"{facet.entity.name} cannot be the whole of {facet.relation or 'any relation'}", facet.line,
                    measured=str(facet.entity.name), should=" or ".join(dict.fromkeys(bases)), cure="name another relation or class")
                return

    def _attribute(self, facet: doc.AttributeFacet, classes: Classes, place: Place) -> Iterator[Finding]:
        of_classes = {version: facts(version).attributes_of(there) if (there := classes.get(version)) else facts(version).all_attributes
                      for version in self._versions}
        names = {version: frozenset(fact.name for fact in found) for version, found in of_classes.items()}
        other = frozenset(fact.name for version in self._versions for fact in facts(version).all_attributes)
        yield from self._named(facet.name, names, "IDS-006", place.named("name"), "attribute that a file states for this class", other)
        if facet.value is None:
            return
        matched = [fact for found in of_classes.values() for fact in found if allowed(facet.name).name(fact.name)]
        yield from _attribute_value(facet, matched, facet.value, place.named("value"))

    def _property(self, facet: doc.PropertyFacet, place: Place) -> Iterator[Finding]:
        yield from value_findings(facet.group, ("string",), place.named("propertySet"))
        yield from value_findings(facet.name, ("string",), place.named("baseName"))
        if facet.value is not None and not facet.data_type:
            yield place.finding("IDS-012", "error", "has a value without a dataType", facet.line, cure="state the dataType of the value")
        if facet.data_type:
            yield from self._data_type(facet, place)
        elif facet.value is not None:
            yield from value_findings(facet.value, (), place.named("value"))
        if facet.cardinality is Cardinality.REQUIRED:
            yield from self._standard(facet, place)

    def _data_type(self, facet: doc.PropertyFacet, place: Place) -> Iterator[Finding]:
        for version in self._versions:
            known = facts(version).data_types
            if facet.data_type not in known:
                near = facet.data_type.upper() if facet.data_type.upper() in known else ""
                cure = f"write {near}" if near else "name a type of the IFC schema"
                yield place.finding("IDS-011", "error", f"has a dataType {facet.data_type!r} that {version} does not have", facet.line,
                                    measured=facet.data_type, should=near, cure=cure)
                return
        bases = [facts(version).data_types[facet.data_type] for version in self._versions]
        if facet.value is not None:
            yield from value_findings(facet.value, bases, place.named("value"))

    def _standard(self, facet: doc.PropertyFacet, place: Place) -> Iterator[Finding]:
        """Faults of what uses the names of buildingSMART's own sets."""
        for version in self._versions:
            sets = standard_sets(version)
            found = [sets[name] for name in facet.group.literals if name in sets]
            if found and len(found) == len(facet.group.literals):
                yield from self._in_sets(facet, found, version, place)
        named = [name for name in facet.group.literals if name.startswith(_RESERVED)]
        unknown = [name for name in named if not any(name in standard_sets(version) for version in self._versions)]
        for name in unknown:
            yield place.named("propertySet").finding("IDS-013", "error" if name.startswith("Pset_") else "warning",
                                                     f"{name} has a reserved prefix, but is no set of buildingSMART", facet.group.line,
                                                     measured=name, cure="give a set of your own another prefix")
        if any(_can_begin(one, "Pset_") for one in facet.group.of("pattern")):
            yield place.named("propertySet").finding("IDS-013", "warning", "allows names with the reserved prefix Pset_", facet.group.line,
                                                     measured=str(facet.group), cure="let the pattern begin with a prefix of your own")

    def _in_sets(self, facet: doc.PropertyFacet, sets: list[StandardSet], version: str, place: Place) -> Iterator[Finding]:
        matched = {name: types for one in sets for name, types in one.properties.items() if allowed(facet.name).name(name)}
        if not matched:
            yield place.named("baseName").finding(
                "IDS-014", "error", f"{facet.name} is no property of {facet.group} in {version}", facet.name.line, measured=str(facet.name),
                should=", ".join(sorted(name for one in sets for name in one.properties)),
                cure="name one that the set has, or use a set of your own")
            return
        types = frozenset().union(*matched.values())
        if facet.data_type and all(matched.values()) and facet.data_type not in types:
            yield place.finding("IDS-014", "error", f"has another dataType than {facet.group}.{facet.name} in {version}", facet.line,
                                measured=facet.data_type, should=" or ".join(sorted(types)), cure="state the type of the standard")


def _attribute_value(facet: doc.AttributeFacet, matched: list[AttributeFact], value: Value, place: Place) -> Iterator[Finding]:
    """Faults of a value for attributes that it can be of."""
    with_value = [fact for fact in matched if fact.kind in ("value", "logical")]
    if matched and not with_value:
        kinds = ", ".join(sorted({fact.kind for fact in matched}))
        yield place.finding("IDS-007", "error", f"cannot be checked: {facet.name} is a {kinds}", value.line, measured=kinds,
                            cure="leave out the value; only whether it is there can be checked")
        return
    yield from value_findings(value, [fact.base for fact in with_value], place)
    items = sorted({item for fact in with_value for item in fact.values})
    for literal in value.literals if with_value and all(fact.values for fact in with_value) else ():
        if literal not in items:
            yield place.finding("IDS-008", "warning", f"{literal!r} is none that {facet.name} can have", value.line, measured=literal,
                                should=", ".join(items), cure="name one of these")


def _can_begin(text: str, prefix: str) -> bool:
    try:
        return pattern(text).can_begin(prefix)
    except PatternInvalid:
        return False
