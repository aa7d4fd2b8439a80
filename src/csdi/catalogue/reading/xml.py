"""XML from elsewhere as a tree: nothing that it could make the reader fetch or blow up is let in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NoReturn
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from csdi.errors import FileBroken

DEEPEST = 200
"""Elements inside elements."""


def parsed(body: bytes, name: str = "XML", lines: dict[Element, int] | None = None) -> Element:
    """The outermost element; names are `{namespace}local`. Where `lines` is given, the line of every element is noted in it.

    Raises:
        FileBroken: not well-formed, with the line; or it has a document type, with which entities would come; or nested too deep.
    """
    builder, depth = TreeBuilder(), 0
    parser = expat.ParserCreate(namespace_separator="}")
    parser.buffer_text = True

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > DEEPEST:
            raise FileBroken(f"{name}: elements nested deeper than {DEEPEST}", line=parser.CurrentLineNumber)
        element = builder.start(_name(tag), {_name(key): value for key, value in attributes.items()})
        if lines is not None:
            lines[element] = parser.CurrentLineNumber

    def end(tag: str) -> None:
        nonlocal depth
        depth -= 1
        builder.end(_name(tag))

    def refuse(*_: object) -> NoReturn:
        raise FileBroken(f"{name}: it has a document type, which is not read", line=parser.CurrentLineNumber,
                         remedy="write it without <!DOCTYPE")

    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, builder.data
    parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = refuse
    try:
        parser.Parse(body, True)
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise FileBroken(f"{name}: {error}", line=parser.CurrentLineNumber) from None
    return builder.close()


def local(element: Element) -> str:
    """The name of an element without its namespace."""
    return element.tag.rpartition("}")[2]


def all_of(element: Element | None, path: str) -> list[Element]:
    """Elements along a path of local names: `a/b`, `.//b` at any depth."""
    return [] if element is None else element.findall(_wild(path))


def one_of(element: Element | None, path: str) -> Element | None:
    """The first element along a path of local names."""
    return next(iter(all_of(element, path)), None)


def words_at(element: Element | None, path: str) -> Iterator[str]:
    """Words in the elements along a path."""
    for found in all_of(element, path):
        words = "".join(found.itertext()).strip()
        if words:
            yield words


def word_at(element: Element | None, path: str) -> str:
    """Words in the first element along a path that has some, else ""."""
    return next(words_at(element, path), "")


def attribute(element: Element | None, name: str) -> str:
    """An attribute by its local name, "" without it."""
    if element is None:
        return ""
    return next((value for key, value in element.attrib.items() if key.rpartition("}")[2] == name), "")


def _wild(path: str) -> str:
    return "/".join(f"{{*}}{step}" if step and step != "." and not step.startswith("{") else step for step in path.split("/"))


def _name(name: str) -> str:
    return "{" + name if "}" in name else name
