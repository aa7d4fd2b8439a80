"""From an .ids file to the specifications in it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from bim.finding import Finding
from bim.ids import document as doc
from bim.ids.document import Cardinality, Ids, Specification, Value
from bim.ids.structure import CONSTRAINTS, IDS_SPACE, XML_SCHEMA, structure_findings
from bim.ids.xml import Element, read_tree
from csdi.errors import FormatUnknown

_LOCATION = "http://www.w3.org/2001/XMLSchema-instance schemaLocation"
_OCCURS = {("1", "unbounded"): Cardinality.REQUIRED, ("0", "unbounded"): Cardinality.OPTIONAL, ("0", "0"): Cardinality.PROHIBITED}


def read_ids(path: Path) -> Ids:
    """The specifications of an IDS 1.0 file.

    A fault inside it is a Finding of the result: what can be read is read, and `audit` and `check` call the document invalid.

    Raises:
        PathMissing, PathIsDirectory, FileEmpty, FileTooLarge: no file that could be read.
        FormatUnknown: not XML, or XML of another kind.
        FileBroken: not well-formed XML, or XML that could do harm.
    """
    root = read_tree(path)
    if (root.space, root.name) != (IDS_SPACE, "ids"):
        kind = f"{root.name} of namespace {root.space or '(none)'}"
        raise FormatUnknown(f"{path.name}: line {root.line}: the root element is {kind}, not ids of {IDS_SPACE}",
                            remedy="give an IDS 1.0 file", file=path.name, line=root.line)
    return _Reader(path).read(root)


class _Reader:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._findings: list[Finding] = []

    def read(self, root: Element) -> Ids:
        self._findings += structure_findings(root, self._path.name)
        self._location(root)
        info = root.first("info")
        head = {child.name: child.text.strip() for child in info.children} if info is not None else {}
        holder = root.first("specifications")
        elements = list(holder.all("specification")) if holder is not None else []
        specifications = tuple(self._specification(number, one) for number, one in enumerate(elements, 1))
        return Ids(self._path, head, specifications, tuple(self._findings))

    def _location(self, root: Element) -> None:
        stated = root.attributes.get(_LOCATION, "").split()
        at = dict(zip(stated[::2], stated[1::2], strict=False)).get(IDS_SPACE, "")
        if at.startswith(IDS_SPACE) and "/1.0/" not in at:
            self._findings.append(Finding(
                "IDS-001", "warning", f"line {root.line}: schemaLocation names another version than IDS 1.0, by which it is read",
                f"{self._path.name} > line {root.line}", at, f"{IDS_SPACE}/1.0/ids.xsd", "save it as IDS 1.0", {"line": root.line}))

    def _specification(self, number: int, element: Element) -> Specification:
        given = element.attributes
        applies, wants = element.first("applicability"), element.first("requirements")
        return Specification(
            number, given.get("name", ""), tuple(one for one in given.get("ifcVersion", "").split() if one in doc.IFC_VERSIONS),
            self._usage(applies) if applies is not None else Cardinality.REQUIRED,
            self._facets(applies), self._facets(wants), given.get("identifier", ""), given.get("description", ""),
            given.get("instructions", ""), element.line)

    def _usage(self, applies: Element) -> Cardinality:
        """Whether it must, may or must not be there; where maxOccurs is not stated it is taken to be unbounded, with a warning."""
        least, most = (applies.attributes.get(name, default).strip() for name, default in (("minOccurs", "1"), ("maxOccurs", "unbounded")))
        known = _OCCURS.get((least, most))
        if known is None or "maxOccurs" not in applies.attributes:
            why = "maxOccurs is not stated" if known else f"minOccurs {least} with maxOccurs {most} is not allowed"
            self._findings.append(Finding(
                "IDS-002", "warning" if known else "error", f"line {applies.line}: {why}", f"{self._path.name} > line {applies.line}",
                f"{least}..{most}"[:80], "1..unbounded (required), 0..unbounded (optional), 0..0 (prohibited)",
                "state one of the three", {"line": applies.line}))
        return known or Cardinality.REQUIRED

    def _facets(self, holder: Element | None) -> tuple[doc.Facet, ...]:
        found = (self._facet(child) for child in holder.children if child.space == IDS_SPACE) if holder is not None else ()
        return tuple(one for one in found if one is not None)

    def _facet(self, element: Element) -> doc.Facet | None:
        """The facet; None for one without the parameters that it needs, of which the structure tells."""
        given, value = element.attributes, self._value(element, "value")
        try:
            cardinality = Cardinality(given.get("cardinality", "required"))
        except ValueError:
            return None
        common: dict[str, Any] = {"line": element.line, "cardinality": cardinality, "instructions": given.get("instructions", "")}
        name, system, group = self._value(element, "name"), self._value(element, "system"), self._value(element, "propertySet")
        base_name = self._value(element, "baseName")
        if element.name == "entity" and name is not None:
            return doc.EntityFacet(name, self._value(element, "predefinedType"), **common)
        if element.name == "partOf":
            return self._part_of(element, common)
        if element.name == "classification" and system is not None:
            return doc.ClassificationFacet(system, value, **common)
        if element.name == "attribute" and name is not None:
            return doc.AttributeFacet(name, value, **common)
        if element.name == "property" and group is not None and base_name is not None:
            return doc.PropertyFacet(group, base_name, given.get("dataType", ""), value, **common)
        return doc.MaterialFacet(value, **common) if element.name == "material" else None

    def _part_of(self, element: Element, common: dict[str, Any]) -> doc.PartOfFacet | None:
        inner = element.first("entity")
        whole = self._facet(inner) if inner is not None else None
        if not isinstance(whole, doc.EntityFacet):
            return None
        return doc.PartOfFacet(whole, element.attributes.get("relation", ""), **common)

    def _value(self, element: Element, name: str) -> Value | None:
        holder = element.first(name)
        if holder is None or not holder.children:
            return None
        inner = holder.children[0]
        if inner.name == "simpleValue":
            return Value(inner.text, line=inner.line)
        found = tuple((child.name, child.attributes.get("value", "")) for child in inner.children
                      if child.name in CONSTRAINTS and child.space == XML_SCHEMA)
        return Value(None, inner.attributes.get("base", "").rpartition(":")[2], found, inner.line)
