"""Reading an archive of BCF 2.0, 2.1 or 3.0: all of it, or an error that names the member and the line."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar
from xml.etree.ElementTree import Element

from bim.bcf.archive import DEFAULT_LIMITS, Limits, unpacked
from bim.bcf.extensions import words_of
from bim.bcf.layout import Layout, Place, put_in_order, read, xml_of
from bim.bcf.layouts import DOCUMENTS_30, EXTENSIONS_30, VERSIONS, FlatComponent, FlatView
from bim.bcf.model import Bcf, Coloring, Component, Extensions, Project, Topic, View, Viewpoint
from csdi.catalogue.reading.xml import parsed
from csdi.errors import CsdiError, FileBroken, FileTooLarge, FormatUnknown

T = TypeVar("T")

VERSION, PROJECT, MARKUP, EXTENSIONS, DOCUMENTS = "bcf.version", "project.bcfp", "markup.bcf", "extensions.xml", "documents.xml"
GUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def read_bcf(source: Path | str | bytes, limits: Limits = DEFAULT_LIMITS) -> Bcf:
    """The archive, in the version that it was written in; 2.0 viewpoints as the later versions say them.

    Raises:
        PathMissing, PathIsDirectory, FileEmpty, FileTooLarge: as they say.
        FormatUnknown: no BCF archive, or of a version that we do not read.
        ArchiveHostile: it grows beyond the limits, or leads out of itself.
        FileBroken: a member does not unpack, is missing, or is not what it must be; with `member`, and `line` in XML.
    """
    name, members = unpacked(Path(source) if isinstance(source, str) else source, limits)
    return _Reader(name, members, limits).archive()


class _Reader:
    """One archive while it is read; members that are understood go to `sources`."""

    def __init__(self, name: str, members: Mapping[str, bytes], limits: Limits) -> None:
        self._name = name
        self._members = members
        self._limits = limits
        self._sources: dict[str, bytes] = {}
        self._version = ""

    def archive(self) -> Bcf:
        self._version = self._read_version()
        project = self._optional(PROJECT, VERSIONS[self._version].project)
        topics = tuple(self._topic(folder) for folder in self._folders())
        documents = self._optional(DOCUMENTS, DOCUMENTS_30) if self._version == "3.0" else None
        extensions = self._extensions(project)
        rest = {path: content for path, content in self._members.items() if path not in self._sources}
        return Bcf(self._version, topics, project, extensions, documents, MappingProxyType(rest), MappingProxyType(self._sources))

    def _read_version(self) -> str:
        if VERSION not in self._members:
            raise FormatUnknown(f"{self._name}: not a BCF archive: it has no member {VERSION}", remedy="export it again as BCF 2.1 or 3.0",
                                file=self._name, member=VERSION)
        root, place = self._tree(VERSION, "Version")
        stated = root.get("VersionId", "").strip()
        for known in VERSIONS:
            if stated == known or stated.startswith(f"{known}."):
                return known
        fault = place.fault(root, f"the archive is of BCF version '{stated}'")
        raise FormatUnknown(f"{self._name}: {fault.message}, which is not read", remedy="export it as BCF 2.1 or 3.0", file=self._name,
                            member=VERSION, version=stated)

    def _folders(self) -> list[str]:
        """Folders of topics: those with a markup. One that looks like a topic, and has none, is an error."""
        tops = {path.partition("/")[0]: False for path in sorted(self._members) if "/" in path}
        for path in self._members:
            if path.endswith(".bcfv") and "/" in path:
                tops[path.partition("/")[0]] = True
        for folder, has_view in tops.items():
            if (has_view or GUID.fullmatch(folder)) and f"{folder}/{MARKUP}" not in self._members:
                raise FileBroken(f"{self._name}: topic {folder} has no {MARKUP}", remedy="export the archive again", file=self._name,
                                 member=f"{folder}/{MARKUP}")
        return [folder for folder in tops if f"{folder}/{MARKUP}" in self._members]

    def _topic(self, folder: str) -> Topic:
        topic = replace(self._part(f"{folder}/{MARKUP}", VERSIONS[self._version].markup), folder=folder)
        seen = tuple(self._viewpoint(topic, viewpoint) for viewpoint in topic.viewpoints)
        return replace(topic, viewpoints=seen)

    def _viewpoint(self, topic: Topic, viewpoint: Viewpoint) -> Viewpoint:
        path = topic.path(viewpoint.viewpoint)
        if not viewpoint.viewpoint or path not in self._members:
            return viewpoint
        view = self._part(path, VERSIONS[self._version].view)
        if isinstance(view, FlatView):
            inside = tuple(replace(one, reference=one.reference.removeprefix(topic.path(""))) for one in view.bitmaps)
            view = modern(replace(view, bitmaps=inside), viewpoint.guid)
        return replace(viewpoint, view=view)

    def _extensions(self, project: Project | None) -> Extensions | None:
        if self._version == "3.0":
            return self._optional(EXTENSIONS, EXTENSIONS_30)
        path = posixpath.normpath(project.extension_schema.strip()) if project and project.extension_schema.strip() else ""
        if path not in self._members:
            return None
        root, _ = self._tree(path, "{http://www.w3.org/2001/XMLSchema}schema")
        self._sources[path] = self._members[path]
        return words_of(root)

    def _optional(self, path: str, layout: Layout[T]) -> T | None:
        return self._part(path, layout) if path in self._members else None

    def _part(self, path: str, layout: Layout[T]) -> T:
        root, place = self._tree(path, layout.element)
        self._sources[path] = self._members[path]
        return read(layout, root, place)

    def _tree(self, path: str, element: str) -> tuple[Element, Place]:
        root, place = tree(self._members[path], path, self._limits.xml)
        if root.tag != element:
            raise place.fault(root, f"the outermost element is {root.tag}, not {element.rpartition('}')[2]}")
        if path == VERSION:
            self._sources[path] = self._members[path]
        return root, place


def tree(content: bytes, member: str, most: int = DEFAULT_LIMITS.xml) -> tuple[Element, Place]:
    """The outermost element of an XML part, and where its elements are. Raises FileBroken, FileTooLarge."""
    if len(content) > most:
        raise FileTooLarge(f"{member}: more than {most / 1e6:.0f} MB of XML", remedy="list fewer components in the viewpoint",
                           member=member, limit=most)
    lines: dict[Element, int] = {}
    try:
        root = parsed(content, member, lines)
    except FileBroken as error:
        line = error.data.get("line", 0)
        raise FileBroken(f"{member}, line {line}: {error.message.removeprefix(f'{member}: ')}", member=member, line=line,
                         remedy=error.remedy or "export the archive again") from None
    return root, Place(member, lines)


def modern(flat: FlatView, guid: str) -> View:
    """A 2.0 viewpoint as the later versions say it: selection, exceptions from what is visible by default, colours."""
    shown = [one for one in flat.components if one.visible is not False]
    hidden = [one for one in flat.components if one.visible is False]
    default = flat.default_visibility if flat.default_visibility is not None else True
    colors: dict[str, list[Component]] = {}
    for one in flat.components:
        if one.color:
            colors.setdefault(one.color, []).append(_component(one))
    return View(
        guid=guid, spaces_visible=flat.spaces_visible, space_boundaries_visible=flat.space_boundaries_visible,
        openings_visible=flat.openings_visible, selection=tuple(_component(one) for one in flat.components if one.selected),
        default_visibility=default if flat.components or flat.default_visibility is not None else None,
        exceptions=tuple(_component(one) for one in (hidden if default else shown)),
        coloring=tuple(Coloring(color, tuple(same)) for color, same in colors.items()),
        orthogonal_camera=flat.orthogonal_camera, perspective_camera=flat.perspective_camera, lines=flat.lines,
        clipping_planes=flat.clipping_planes, bitmaps=flat.bitmaps, others=flat.others)


def _component(flat: FlatComponent) -> Component:
    return Component(flat.ifc_guid, flat.originating_system, flat.authoring_tool_id, flat.others)


def as_received(content: bytes, member: str, layout: Layout[T], part: T) -> bytes | None:
    """An XML part as it was received, in the order of the schema, where it still says the same; None where it does not."""
    try:
        root, place = tree(content, member)
        if root.tag != layout.element or read(layout, root, place) != part:
            return None
        return xml_of(root) if put_in_order(layout, root) else content
    except CsdiError:
        return None
