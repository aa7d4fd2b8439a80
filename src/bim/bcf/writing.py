"""Writing an archive of BCF 2.1 or 3.0: what has not changed since it was read byte for byte, the rest from the model."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple
from xml.etree.ElementTree import Element, SubElement

from bim.bcf.archive import packed
from bim.bcf.converting import SCHEMA_MEMBER, converted
from bim.bcf.extensions import schema_of, words_of
from bim.bcf.layout import Layout, put_in_order, write, xml_of
from bim.bcf.layouts import DOCUMENTS_30, EXTENSIONS_30, VERSIONS
from bim.bcf.model import Bcf, Documents, Extensions, Topic
from bim.bcf.reading import DOCUMENTS, EXTENSIONS, MARKUP, PROJECT, VERSION, as_received, tree
from csdi.errors import CsdiError, ValueInvalid
from csdi.finding import Finding


def write_bcf(bcf: Bcf, path: Path | str, version: str = "") -> list[Finding]:
    """Write the archive, in its own version or in another; gives what that version cannot say or says otherwise.

    The file is written whole or not at all. A 2.0 archive is written as 2.1 unless another version is asked for.

    Raises:
        ValueInvalid: we do not write this version, or a member's path leads out of the archive.
    """
    content, findings = bytes_of(bcf, version)
    target = Path(path)
    beside = target.with_name(f".{target.name}.part")
    beside.write_bytes(content)
    beside.replace(target)
    return findings


def bytes_of(bcf: Bcf, version: str = "") -> tuple[bytes, list[Finding]]:
    """(the archive as bytes, what the version cannot say). Raises as `write_bcf`."""
    version = version or ("2.1" if bcf.version == "2.0" else bcf.version)
    same = unchanged(bcf) if version == bcf.version else {}
    fitted, findings = converted(bcf, version, frozenset(same))
    members = dict(fitted.members)
    for part in _parts(fitted):
        members[part.path] = same.get(part.path) or part.content()
    members[VERSION] = same.get(VERSION) or _version(version)
    for path in members:
        if path.startswith("/") or ".." in path.split("/") or "\\" in path or "\x00" in path or not path.strip("/"):
            raise ValueInvalid(f"'{path}' cannot be a member of an archive", field="members", value=path)
    return packed(members), findings


class _Part(NamedTuple):
    """One XML part of an archive."""

    path: str
    layout: Layout[Any] | None
    value: Any

    def content(self) -> bytes:
        """The part from the model."""
        if self.layout is None:
            return schema_of(self.value)
        root = write(self.layout, self.value, Element(self.layout.element))
        put_in_order(self.layout, root)
        return xml_of(root)

    def received(self, source: bytes) -> bytes | None:
        """The source, where it still says the same."""
        if self.layout is not None:
            return as_received(source, self.path, self.layout, self.value)
        try:
            return source if words_of(tree(source, self.path)[0]) == self.value else None
        except CsdiError:
            return None


def _parts(bcf: Bcf) -> Iterator[_Part]:
    layouts = VERSIONS[bcf.version]
    if bcf.project is not None:
        yield _Part(PROJECT, layouts.project, bcf.project)
    if bcf.version == "3.0":
        yield _Part(EXTENSIONS, EXTENSIONS_30, bcf.extensions or Extensions())
        if bcf.documents is not None:
            yield _Part(DOCUMENTS, DOCUMENTS_30, bcf.documents or Documents())
    elif bcf.extensions is not None:
        yield _Part(bcf.project.extension_schema.strip() if bcf.project else SCHEMA_MEMBER, None, bcf.extensions)
    for topic in bcf.topics:
        yield _Part(topic.path(MARKUP), layouts.markup, _markup(topic))
        for one in topic.viewpoints:
            if one.view is not None:
                yield _Part(topic.path(one.viewpoint), layouts.view, one.view)


def _markup(topic: Topic) -> Topic:
    """The topic as its markup alone says it."""
    return replace(topic, folder="", viewpoints=tuple(replace(one, view=None) for one in topic.viewpoints))


def unchanged(bcf: Bcf) -> dict[str, bytes]:
    """The XML parts by path that still say what they said when the archive was read, as they were received."""
    if bcf.version == "2.0":
        return {}
    same = {VERSION: bcf.sources[VERSION]} if VERSION in bcf.sources else {}
    for part in _parts(bcf):
        if part.path in bcf.sources and (source := part.received(bcf.sources[part.path])) is not None:
            same[part.path] = source
    return same


def _version(version: str) -> bytes:
    root = Element("Version", {"VersionId": version})
    if version == "2.1":
        SubElement(root, "DetailedVersion").text = version
    return xml_of(root)
