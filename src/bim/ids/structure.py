"""Whether the elements of an IDS stand where IDS 1.0 wants them, told so that an author can correct it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from bim.finding import Finding
from bim.ids.document import IFC_VERSIONS, RELATIONS
from bim.ids.xml import Element

IDS_SPACE = "http://standards.buildingsmart.org/IDS"
XML_SCHEMA = "http://www.w3.org/2001/XMLSchema"

_INSTANCE = "http://www.w3.org/2001/XMLSchema-instance"
_CARDINALITIES = ("required", "optional", "prohibited")
_ANY: tuple[str, ...] = ()
_UNBOUNDED = 1 << 30
_SHOWN = 80
CONSTRAINTS = ("enumeration", "pattern", "length", "minLength", "maxLength", "minInclusive", "maxInclusive", "minExclusive",
               "maxExclusive", "totalDigits", "fractionDigits", "whiteSpace")
"""XML facets that can stand in a restriction."""


@dataclass(frozen=True, slots=True)
class _Rule:
    """What an element holds.

    Attributes:
        children: name, least and most number, in order.
        attributes: name -> allowed values, or none where any is.
        needed: attributes that must be there.
        ordered: whether the order of the children counts.
    """

    children: tuple[tuple[str, int, int], ...] = ()
    attributes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    needed: tuple[str, ...] = ()
    ordered: bool = True


_VALUE = _Rule((("simpleValue", 0, 1), ("restriction", 0, 1)), ordered=False)
_CONSTRAINT = _Rule((), dict.fromkeys(("value", "fixed", "id"), _ANY), ("value",))
_FACETS = ("entity", "partOf", "classification", "attribute", "property", "material")
_WANTED = {"instructions": _ANY, "cardinality": _CARDINALITIES}
_RULES: Mapping[str, _Rule] = {
    "ids": _Rule((("info", 1, 1), ("specifications", 1, 1))),
    "info": _Rule((("title", 1, 1), *((name, 0, 1) for name in ("copyright", "version", "description", "author", "date", "purpose",
                                                                 "milestone")))),
    "specifications": _Rule((("specification", 1, _UNBOUNDED),)),
    "specification": _Rule((("applicability", 1, 1), ("requirements", 0, 1)),
                           dict.fromkeys(("name", "ifcVersion", "identifier", "description", "instructions"), _ANY),
                           ("name", "ifcVersion")),
    "applicability": _Rule(tuple((name, 0, 1 if name == "entity" else _UNBOUNDED) for name in _FACETS),
                           {"minOccurs": _ANY, "maxOccurs": _ANY}),
    "requirements": _Rule(tuple((name, 0, _UNBOUNDED) for name in _FACETS), {"description": _ANY}, ordered=False),
    "entity": _Rule((("name", 1, 1), ("predefinedType", 0, 1))),
    "partOf": _Rule((("entity", 1, 1),), {"relation": RELATIONS}),
    "classification": _Rule((("value", 0, 1), ("system", 1, 1)), {"uri": _ANY}),
    "attribute": _Rule((("name", 1, 1), ("value", 0, 1))),
    "property": _Rule((("propertySet", 1, 1), ("baseName", 1, 1), ("value", 0, 1)), {"dataType": _ANY, "uri": _ANY}),
    "material": _Rule((("value", 0, 1),), {"uri": _ANY}),
    "restriction": _Rule((("annotation", 0, 1), *((name, 0, _UNBOUNDED) for name in CONSTRAINTS)), {"base": _ANY}, ordered=False),
    **dict.fromkeys(("name", "predefinedType", "value", "system", "propertySet", "baseName"), _VALUE),
}
_IN_REQUIREMENTS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "entity": {"instructions": _ANY},
    "partOf": {**_WANTED, "cardinality": ("required", "prohibited")},
    **dict.fromkeys(("classification", "attribute", "property", "material"), _WANTED),
}
_TEXT = ("title", "copyright", "version", "description", "author", "date", "purpose", "milestone", "simpleValue")


def structure_findings(root: Element, name: str) -> list[Finding]:
    """Faults in the structure; `name` is the file."""
    return list(_Structure(name).of(root, "ids", None))


def expected(message: str, where: str, line: int, *, measured: str = "", should: str = "", cure: str = "") -> Finding:
    """The finding of a fault in the structure; `where` is the file."""
    return Finding("IDS-001", "error", f"line {line}: {message}", f"{where} > line {line}", measured[:_SHOWN], should,
                   cure or "follow the IDS 1.0 schema; current IDS editors write it", {"line": line})


class _Structure:
    def __init__(self, file: str) -> None:
        self._file = file

    def of(self, element: Element, kind: str, inside: str | None) -> Iterator[Finding]:
        rule = _RULES.get(kind)
        if rule is None:
            yield from self._text(element, kind)
            return
        yield from self._attributes(element, kind, inside, rule)
        yield from self._children(element, kind, rule)
        for child in element.children:
            if self._known(child, rule):
                yield from self.of(child, child.name, "requirements" if kind == "requirements" else kind)
        if kind == "specification":
            yield from self._versions(element)
        if rule is _VALUE and len(element.children) != 1:
            yield self._fault(f"{element.name} needs one simpleValue or one xs:restriction", element, f"{len(element.children)} elements")

    def _fault(self, message: str, element: Element, measured: str = "", should: str = "", cure: str = "") -> Finding:
        return expected(message, self._file, element.line, measured=measured, should=should, cure=cure)

    def _known(self, child: Element, rule: _Rule) -> bool:
        space = XML_SCHEMA if child.name in ("restriction", "annotation", *CONSTRAINTS) else IDS_SPACE
        return child.space == space and any(child.name == name for name, _, _ in rule.children)

    def _children(self, element: Element, kind: str, rule: _Rule) -> Iterator[Finding]:
        names = [name for name, _, _ in rule.children]
        for child in element.children:
            if not self._known(child, rule):
                called = child.name if child.space in (IDS_SPACE, XML_SCHEMA) else f"{child.name} of namespace {child.space or '(none)'}"
                yield self._fault(f"{kind} cannot hold {called}", child, called, ", ".join(names))
        there = [child.name for child in element.children if child.name in names]
        for name, least, most in rule.children:
            if not least <= there.count(name) <= most:
                yield self._fault(f"{kind} needs {name}" if there.count(name) < least else f"{kind} can have one {name} only", element,
                                  str(there.count(name)), f"{least} to {'any number' if most == _UNBOUNDED else most}")
        if rule.ordered and there != sorted(there, key=names.index):
            yield self._fault(f"the elements in {kind} are out of order", element, ", ".join(there), ", ".join(names))
        if element.text.strip():
            yield self._fault(f"{kind} cannot hold text of its own", element, element.text.strip())

    def _attributes(self, element: Element, kind: str, inside: str | None, rule: _Rule) -> Iterator[Finding]:
        allowed = {**rule.attributes, **(_IN_REQUIREMENTS.get(kind, {}) if inside == "requirements" else {})}
        for name, value in element.attributes.items():
            if name.startswith((f"{_INSTANCE} ", "http://www.w3.org/XML/1998/namespace ")) or (rule is _RULES["ids"] and " " in name):
                continue
            if name not in allowed:
                where = "in applicability " if inside == "applicability" else ""
                yield self._fault(f"{kind} {where}has no attribute {name}", element, name, ", ".join(allowed))
            elif allowed[name] and value not in allowed[name]:
                yield self._fault(f"{kind}: {name} cannot be {value[:_SHOWN]!r}", element, value, " | ".join(allowed[name]))
        for name in rule.needed:
            if name not in element.attributes:
                yield self._fault(f"{kind} needs the attribute {name}", element, should=name)

    def _versions(self, element: Element) -> Iterator[Finding]:
        stated = element.attributes.get("ifcVersion")
        unknown = [one for one in (stated or "").split() if one not in IFC_VERSIONS]
        if stated is not None and (unknown or not stated.split()):
            yield Finding("IDS-003", "error", f"line {element.line}: ifcVersion {' '.join(unknown) or '(empty)'} is unknown",
                          f"{self._file} > line {element.line}", stated[:_SHOWN], " ".join(IFC_VERSIONS),
                          "name one or more of the three versions, with spaces between them", {"line": element.line})

    def _text(self, element: Element, kind: str) -> Iterator[Finding]:
        """Faults in an element that holds text only, or in a constraint, which holds its value in an attribute."""
        if kind in CONSTRAINTS:
            yield from self._attributes(element, f"xs:{kind}", None, _CONSTRAINT)
            held = element.text.strip() or next((child.name for child in element.children if child.name != "annotation"), "")
            if held:
                yield self._fault(f"xs:{kind} has its value in an attribute, and cannot hold anything", element, held)
        if kind in _TEXT:
            yield from self._attributes(element, kind, None, _Rule())
            if element.children:
                yield self._fault(f"{kind} can hold text only", element, element.children[0].name)
        if kind == "author" and not re.fullmatch(r"[^@]+@[^.]+\..+", element.text):
            yield self._fault("the author must be an e-mail address", element, element.text, "name@example.org")
        if kind == "date" and not re.fullmatch(r"\s*-?\d{4,}-\d\d-\d\d(Z|[+-]\d\d:\d\d)?\s*", element.text):
            yield self._fault("the date must be a date of XML Schema", element, element.text, "2026-01-31")
