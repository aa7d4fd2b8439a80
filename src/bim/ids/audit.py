"""Whether an IDS can be used: each name, type and value against the IFC schemas that it is for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bim.finding import Finding
from bim.ids import document as doc
from bim.ids.audit_facets import Classes, FacetAudit
from bim.ids.document import IFC_VERSIONS, Cardinality, Ids, Specification


def audit(ids: Ids, schemas: Iterable[str] = IFC_VERSIONS) -> list[Finding]:
    """All that is wrong with an IDS, the faults in its structure first; it is invalid if one of them is an error.

    Args:
        schemas: IFC versions to judge by; of those that a specification names, only these count.
    """
    wanted = tuple(schemas)
    return [*ids.findings, *(finding for one in ids.specifications for finding in specification_findings(one, ids.name, wanted))]


def specification_findings(specification: Specification, file: str, schemas: Iterable[str] = IFC_VERSIONS) -> list[Finding]:
    """What is wrong with one specification; `file` is how Findings call the document."""
    wanted = set(schemas)
    versions = tuple(version for version in specification.versions if version in wanted)
    return list(_Audit(specification, file, versions).findings())


class _Audit:
    def __init__(self, specification: Specification, file: str, versions: tuple[str, ...]) -> None:
        self._specification = specification
        self._versions = versions
        self._facets = FacetAudit(file, specification.name or f"specification {specification.number}", versions)

    def findings(self) -> Iterator[Finding]:
        one = self._specification
        place = self._facets.place("specification")
        if not one.applicability:
            yield place.finding("IDS-012", "error", "says of nothing what it applies to", one.line, should="one facet at least",
                                cure="name the class in its applicability")
        if one.usage is Cardinality.PROHIBITED and one.requirements:
            yield place.finding("IDS-015", "error", "forbids what it applies to, and requires something of it", one.line,
                                cure="remove the requirements, or do not forbid it")
        applies: Classes = dict.fromkeys(self._versions)
        for facet in one.applicability:
            yield from self._facets.findings(facet, applies)
            applies = self._narrowed(applies, facet)
        yield from self._excluding("applicability", one.applicability, applies)
        requires: Classes = dict.fromkeys(self._versions)
        for facet in one.requirements:
            yield from self._facets.findings(facet, applies)
            yield from self._facets.cardinality_findings(facet)
            if facet.cardinality is Cardinality.REQUIRED:
                requires = self._narrowed(requires, facet)
                yield from self._impossible(applies, self._narrowed(dict.fromkeys(self._versions), facet), facet)
        binding = tuple(facet for facet in one.requirements if facet.cardinality is Cardinality.REQUIRED)
        yield from self._excluding("requirements", binding, requires)

    def _narrowed(self, classes: Classes, facet: doc.Facet) -> Classes:
        """The classes, by version, that a facet leaves; None where any class is possible."""
        return {version: _both(left, self._facets.classes(facet, version)) for version, left in classes.items()}

    def _impossible(self, applies: Classes, possible: Classes, facet: doc.Facet) -> Iterator[Finding]:
        """A requirement that nothing it applies to can meet; said once, of the first version."""
        for version, wanted in possible.items():
            there = applies[version]
            if there and wanted is not None and wanted and not (there & wanted):
                yield self._facets.place(self._facets.called(facet)).finding(
                    "IDS-015", "error", f"can be met by nothing that the specification applies to, in {version}", facet.line,
                    measured=_listed(there), should=_listed(wanted), cure="require it of another class, or leave it out")
                return

    def _excluding(self, called: str, facets: tuple[doc.Facet, ...], left: Classes) -> Iterator[Finding]:
        """Facets of which each fits some class, but all together none; said once, of the first version."""
        for version, classes in left.items():
            if classes is not None and not classes and all(self._facets.classes(one, version) != frozenset() for one in facets):
                yield self._facets.place(called).finding("IDS-015", "error", f"cannot be met in {version}: its facets exclude each other",
                                                         self._specification.line, cure="remove one of the facets")
                return


def _both(left: frozenset[str] | None, right: frozenset[str] | None) -> frozenset[str] | None:
    if left is None or right is None:
        return left if right is None else right
    return left & right


def _listed(classes: frozenset[str]) -> str:
    return ", ".join(sorted(classes)) if len(classes) <= 5 else f"{len(classes)} classes"
