"""XML by table: which attribute of a dataclass stands where in which element, read and written by the same table."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any, Generic, NamedTuple, TypeVar
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from bim.bcf.model import Other, Vector
from csdi.errors import FileBroken

T = TypeVar("T")

SCHEMA_INSTANCE = "{http://www.w3.org/2001/XMLSchema-instance}"
"""Attributes of this namespace speak to the parser, not of the content; they are not kept apart."""

_TRUE, _FALSE = ("true", "1"), ("false", "0")
_UNWRITABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_INTEGER = re.compile(r"[+-]?\d{1,18}")
_REAL = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")


class Kind(NamedTuple):
    """How a value is read from text, and written as it."""

    read: Callable[[str], Any]
    write: Callable[[Any], str]
    says: str


def _flag(text: str) -> bool:
    if text.strip().lower() not in _TRUE + _FALSE:
        raise ValueError
    return text.strip().lower() in _TRUE


def _integer(text: str) -> int:
    if not _INTEGER.fullmatch(text.strip()):
        raise ValueError
    return int(text)


def _real(text: str) -> float:
    if not _REAL.fullmatch(text.strip()):
        raise ValueError
    value = float(text)
    if value in (float("inf"), float("-inf")):
        raise ValueError
    return value


def _writable(text: str) -> str:
    """The text without characters that XML 1.0 cannot hold (section 2.2)."""
    return _UNWRITABLE.sub("", text)


TEXT = Kind(str, _writable, "text")
FLAG = Kind(_flag, lambda value: "true" if value else "false", "true or false")
INTEGER = Kind(_integer, str, "a whole number")
REAL = Kind(_real, repr, "a number")


class _Point(NamedTuple):
    says: str = "X, Y and Z"


POINT = _Point()
"""An element with X, Y and Z in it."""


@dataclass(frozen=True, slots=True)
class Slot:
    """One attribute of a dataclass.

    Attributes:
        name: of the attribute.
        path: elements down from the part's own, `/` between them; `[]` after the one that repeats; `@name` at the end for an attribute.
        kind: of the text there, or the layout of the element there.
        blank: whether an empty text is written; else it is left out.
    """

    name: str
    path: str
    kind: Kind | _Point | Layout[Any] = TEXT
    blank: bool = False

    @property
    def steps(self) -> list[str]:
        """The elements of the path, the repeating one with its `[]`."""
        return [step for step in self.path.split("/") if step and not step.startswith("@")]

    @property
    def attribute(self) -> str:
        """The attribute at the end of the path, "" where the value is the element's own."""
        return self.path.partition("@")[2]

    @property
    def repeats(self) -> bool:
        """Whether the value is a tuple."""
        return "[]" in self.path


@dataclass(frozen=True, slots=True)
class Layout(Generic[T]):
    """How a dataclass stands in XML: the slots in the order in which they are written."""

    made: Callable[..., T]
    slots: tuple[Slot, ...]
    element: str = ""

    @property
    def names(self) -> frozenset[str]:
        """Attributes of the dataclass that this layout can say."""
        return frozenset(slot.name for slot in self.slots)

    def unsaid(self, value: T, beside: frozenset[str] = frozenset()) -> Iterator[str]:
        """Paths of attributes that hold something, here or further in, and that this layout cannot say; not those named in `beside`."""
        for one in fields(value):  # type: ignore[arg-type]
            held = getattr(value, one.name) not in (None, "", ())
            if held and one.name not in self.names and one.name != "others" and one.name not in beside:
                yield one.name
        for slot in self.slots:
            if isinstance(slot.kind, Layout):
                content = getattr(value, slot.name)
                inner = {path for each in (content if slot.repeats else (content,)) if each is not None
                         for path in slot.kind.unsaid(each, beside)}
                yield from (f"{slot.name}.{path}" for path in sorted(inner))


class Place(NamedTuple):
    """Where the reader is: for messages."""

    member: str
    lines: Mapping[Element, int]

    def fault(self, element: Element, message: str) -> FileBroken:
        """The error of an element."""
        line = self.lines.get(element, 0)
        return FileBroken(f"{self.member}, line {line}: {message}", remedy="export the archive again", member=self.member, line=line)


def read(layout: Layout[T], element: Element, place: Place) -> T:
    """The dataclass that an element says.

    Raises:
        FileBroken: a value is not what it must be, or an element that may be there once is there twice; with member and line.
    """
    seen: set[tuple[Element, str]] = set()
    values = {slot.name: _value(slot, element, place, seen) for slot in layout.slots}
    found = {name: value for name, value in values.items() if value is not None}
    return layout.made(**found, others=tuple(_unknown(element, "", seen)))


def _value(slot: Slot, element: Element, place: Place, seen: set[tuple[Element, str]]) -> Any:
    holders = [element]
    for step in slot.steps:
        name, many = step.removesuffix("[]"), step.endswith("[]")
        found = [child for holder in holders for child in holder if child.tag == name]
        if len(found) > 1 and not many and len(holders) == 1:
            raise place.fault(found[1], f"{name} is there twice")
        seen |= {(child, "") for child in found}
        holders = found
    values = [value for holder in holders if (value := _single(slot, holder, place, seen)) is not None]
    if slot.repeats:
        return tuple(values)
    return values[0] if values else None


def _single(slot: Slot, holder: Element, place: Place, seen: set[tuple[Element, str]]) -> Any:
    if isinstance(slot.kind, Layout):
        seen.add((holder, "*"))
        return read(slot.kind, holder, place)
    if isinstance(slot.kind, _Point):
        return _point(holder, place, seen)
    if slot.attribute:
        seen.add((holder, slot.attribute))
        text = holder.get(slot.attribute)
    else:
        text = holder.text or ""
    return None if text is None else _parsed(slot, text, holder, place)


def _parsed(slot: Slot, text: str, holder: Element, place: Place) -> Any:
    assert isinstance(slot.kind, Kind)
    if slot.kind is not TEXT and not text.strip():
        return None
    try:
        return slot.kind.read(text)
    except ValueError:
        name = slot.attribute or holder.tag
        raise place.fault(holder, f"{name} is '{text.strip()[:40]}', not {slot.kind.says}") from None


def _point(holder: Element, place: Place, seen: set[tuple[Element, str]]) -> Vector:
    numbers = []
    for name in ("X", "Y", "Z"):
        found = holder.findall(name)
        if len(found) != 1:
            raise place.fault(holder, f"{holder.tag} has {'more than one' if found else 'no'} {name}")
        child = found[0]
        seen.add((child, ""))
        value = _parsed(Slot(name, name, REAL), child.text or "", child, place)
        if value is None:
            raise place.fault(child, f"{name} is empty")
        numbers.append(value)
    return (numbers[0], numbers[1], numbers[2])


def _unknown(element: Element, at: str, seen: set[tuple[Element, str]]) -> Iterable[Other]:
    """Attributes and elements that no slot has read, with the path of their holder."""
    for name, value in element.attrib.items():
        if (element, name) not in seen and not name.startswith(SCHEMA_INSTANCE):
            yield Other(at, name=name, value=value)
    count: dict[str, int] = {}
    for child in element:
        number = count[child.tag] = count.get(child.tag, -1) + 1
        if (child, "") not in seen:
            yield Other(at, xml=_text_of(child))
        elif (child, "*") not in seen:
            yield from _unknown(child, f"{at}/{child.tag}[{number}]".removeprefix("/"), seen)


def _text_of(element: Element) -> str:
    tail, element.tail = element.tail, None
    text = ElementTree.tostring(element, encoding="unicode")
    element.tail = tail
    return text


def write(layout: Layout[T], value: T, element: Element) -> Element:
    """The element, filled with what the dataclass says. What the layout cannot say is left out: see `Layout.unsaid`."""
    for slot in layout.slots:
        content = getattr(value, slot.name)
        contents = content if slot.repeats else (content,)
        for one in contents:
            if one is not None and (one != "" or slot.blank):
                _put(slot, one, element)
    known = _paths(layout)
    for other in getattr(value, "others", ()):
        _put_other(other, element, known)
    return element


def _paths(layout: Layout[Any]) -> frozenset[str]:
    """Every path of elements that the layout speaks of, and every beginning of one."""
    steps = [[step.removesuffix("[]") for step in slot.steps] for slot in layout.slots]
    return frozenset("/".join(path[:n]) for path in steps for n in range(1, len(path) + 1))


def _put(slot: Slot, value: Any, element: Element) -> None:
    for step in slot.steps:
        name, many = step.removesuffix("[]"), step.endswith("[]")
        found = None if many else element.find(name)
        element = SubElement(element, name) if found is None else found
    if isinstance(slot.kind, Layout):
        write(slot.kind, value, element)
    elif isinstance(slot.kind, _Point):
        for name, number in zip(("X", "Y", "Z"), value, strict=True):
            SubElement(element, name).text = repr(float(number))
    elif slot.attribute:
        element.set(slot.attribute, slot.kind.write(value))
    else:
        element.text = slot.kind.write(value)


def _put_other(other: Other, element: Element, known: frozenset[str]) -> None:
    """Put it into its holder; where the version has no such element, into the nearest one around it."""
    path = ""
    for step in other.at.split("/") if other.at else ():
        name, _, number = step.removesuffix("]").partition("[")
        path = f"{path}/{name}".removeprefix("/")
        found = element.findall(name)
        if not found and path not in known:
            break
        element = found[min(int(number), len(found) - 1)] if found else SubElement(element, name)
    if other.xml:
        element.append(ElementTree.fromstring(other.xml))
    else:
        element.set(other.name, other.value)


def xml_of(root: Element) -> bytes:
    """An XML document in UTF-8, indented."""
    ElementTree.indent(root)
    content: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return content


def put_in_order(layout: Layout[Any], element: Element) -> bool:
    """Put the known elements inside into the order of the slots, unknown ones last; gives whether any moved.

    Schemas insist on the order, some writers do not.
    """
    ranks: dict[str, int] = {}
    inner: dict[str, Layout[Any]] = {}
    for slot in layout.slots:
        path = ""
        for step in slot.steps:
            path = f"{path}/{step.removesuffix('[]')}"
            ranks.setdefault(path, len(ranks))
        if isinstance(slot.kind, Layout):
            inner[path] = slot.kind
    return _order(element, "", ranks, inner)


def _order(element: Element, at: str, ranks: Mapping[str, int], inner: Mapping[str, Layout[Any]]) -> bool:
    before = list(element)
    after = sorted(before, key=lambda child: ranks.get(f"{at}/{child.tag}", len(ranks)))
    known = [child for child in before if f"{at}/{child.tag}" in ranks]
    moved = known != [child for child in after if f"{at}/{child.tag}" in ranks]
    if moved:
        element[:] = after
    for child in known:
        path = f"{at}/{child.tag}"
        moved |= put_in_order(inner[path], child) if path in inner else _order(child, path, ranks, inner)
    return moved
