"""XML as a tree of elements with their lines; documents that could do harm are refused before they are read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.parsers.expat import ExpatError, ParserCreate, errors

from csdi.errors import FileBroken, FileEmpty, FileTooLarge, FormatUnknown, PathIsDirectory, PathMissing

LARGEST_BYTES = 32 << 20
"""Files over it are refused; the largest published IDS has about 2 MB."""

_DEEPEST = 64
_MOST_ELEMENTS = 2_000_000


@dataclass(slots=True)
class Element:
    """One element.

    Attributes:
        space: its namespace; empty without one.
        name: its local name.
        attributes: local name -> value; with a namespace as `namespace name`.
        line: from 1.
        text: all characters directly inside it.
    """

    space: str
    name: str
    attributes: dict[str, str]
    line: int
    children: list[Element] = field(default_factory=list)
    text: str = ""

    def all(self, name: str) -> Iterator[Element]:
        """Children of this local name."""
        return (child for child in self.children if child.name == name)

    def first(self, name: str) -> Element | None:
        """The first child of this local name."""
        return next(self.all(name), None)


def read_tree(path: Path) -> Element:
    """The root element of an XML file.

    Raises:
        PathMissing, PathIsDirectory, FileEmpty, FileTooLarge: no file that could be read.
        FormatUnknown: not XML at all.
        FileBroken: not well-formed, nested too deep, or with a DOCTYPE, through which entities could grow or read other files.
    """
    return _Builder(path.name).parsed(_content(path))


def _content(path: Path) -> bytes:
    if path.is_dir():
        raise PathIsDirectory(f"{path.name} is a folder", remedy="name the .ids file in it", file=path.name)
    if not path.exists():
        raise PathMissing(f"there is no file {path.name}", remedy="check the path", file=path.name)
    size = path.stat().st_size
    if size > LARGEST_BYTES:
        raise FileTooLarge(f"{path.name} has {size} bytes, more than {LARGEST_BYTES}", remedy="split it into several IDS files",
                           file=path.name, limit=LARGEST_BYTES)
    content = path.read_bytes()
    if not content.strip():
        raise FileEmpty(f"{path.name} is empty", remedy="export the IDS again", file=path.name)
    return content


class _Builder:
    """Makes the tree from what the parser meets."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._open: list[Element] = []
        self._root: Element | None = None
        self._count = 0
        self._parser: Any = ParserCreate(namespace_separator=" ")
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._characters
        self._parser.StartDoctypeDeclHandler = self._doctype

    def parsed(self, content: bytes) -> Element:
        try:
            self._parser.Parse(content, True)
        except ExpatError as error:
            raise self._not_xml(content, error) from error
        except (LookupError, ValueError) as error:
            raise FileBroken(f"{self._name}: its encoding is unknown: {error}", remedy="save it as UTF-8", file=self._name) from error
        if self._root is None:
            raise FileBroken(f"{self._name} has no element", remedy="export the IDS again", file=self._name)
        return self._root

    def _not_xml(self, content: bytes, error: ExpatError) -> FileBroken | FormatUnknown:
        if not content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<") and content[:2] not in (b"\xff\xfe", b"\xfe\xff"):
            return FormatUnknown(f"{self._name} is not XML", remedy="give an .ids file", file=self._name)
        return FileBroken(f"{self._name}: line {error.lineno}: not well-formed XML: {errors.messages[error.code]}",
                          remedy="correct this line, or export the IDS again", file=self._name, line=error.lineno)

    def _fault(self, why: str, remedy: str) -> FileBroken:
        line = self._parser.CurrentLineNumber
        return FileBroken(f"{self._name}: line {line}: {why}", remedy=remedy, file=self._name, line=line)

    def _doctype(self, *_: Any) -> None:
        raise self._fault("a DOCTYPE is refused, as entities can harm who reads them", "remove the DOCTYPE; an IDS needs none")

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        self._count += 1
        if len(self._open) >= _DEEPEST or self._count > _MOST_ELEMENTS:
            raise self._fault("it is nested too deep, or has too many elements, for an IDS", "export the IDS again")
        space, _, name = tag.rpartition(" ")
        element = Element(space, name, attributes, self._parser.CurrentLineNumber)
        if self._open:
            self._open[-1].children.append(element)
        else:
            self._root = element
        self._open.append(element)

    def _end(self, _: str) -> None:
        self._open.pop()

    def _characters(self, text: str) -> None:
        if self._open:
            self._open[-1].text += text
