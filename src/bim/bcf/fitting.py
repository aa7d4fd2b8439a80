"""Topics fitted to a version: values that it requires filled in, words and guids in its spelling; each change is told."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import fields, replace
from datetime import datetime
from typing import Any, TypeVar
from uuid import NAMESPACE_URL, uuid5

from bim.bcf.findings import filled, lost
from bim.bcf.model import BimSnippet, Bitmap, Comment, Component, DocumentReference, Extensions, HeaderFile, Topic, View, Viewpoint
from bim.bcf.reading import GUID
from csdi.finding import Finding

H = TypeVar("H", HeaderFile, Component)

UNKNOWN = "Unknown"
FIRST_VIEWPOINT, FIRST_SNAPSHOT = "viewpoint.bcfv", "snapshot.png"
"""Names that some readers insist on for the first viewpoint of a topic."""

_IFC_GUID = re.compile(r"[0-9A-Za-z_$]{22}")
_MOMENT = re.compile(r"-?\d{4,}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?")
_NO_DATE = "1970-01-01T00:00:00Z"


def guid_of(*key: str) -> str:
    """The guid that always follows from the same words."""
    return str(uuid5(NAMESPACE_URL, "bcf:" + "\x1f".join(key)))


def _is_moment(text: str) -> bool:
    """Whether a text is a date with time as XML schema has it, and there is such a date."""
    try:
        datetime.fromisoformat(text.strip())
    except ValueError:
        return False
    return bool(_MOMENT.fullmatch(text.strip()))


class Fitter:
    """Fits the parts of one topic to a version, and notes what it changes."""

    def __init__(self, version: str, subject: str) -> None:
        self._strict = version == "3.0"
        self._version = version
        self._subject = subject
        self.findings: list[Finding] = []

    def topic(self, topic: Topic) -> Topic:
        """The topic as the version wants it; its viewpoints' views are fitted apart."""
        last = topic.comments[-1] if topic.comments else Comment()
        dates = [topic.creation_date, topic.modified_date, *(one.date for one in topic.comments)]
        date = next((day for day in dates if _is_moment(day)), _NO_DATE)
        viewpoints, guid = self._viewpoints(topic), self.guid(topic.guid, "guid", topic.folder)
        return replace(
            topic, guid=guid, title=self._needed(topic.title, "title", guid),
            topic_type=self._needed(topic.topic_type or last.status, "topic_type", UNKNOWN),
            topic_status=self._needed(topic.topic_status or last.verbal_status, "topic_status", UNKNOWN),
            creation_date=self._date(topic.creation_date, "creation_date", date),
            creation_author=self._needed(topic.creation_author, "creation_author", UNKNOWN),
            modified_date=self._date(topic.modified_date, "modified_date"), due_date=self._date(topic.due_date, "due_date"),
            server_assigned_id=self._clean(topic.server_assigned_id), priority=self._clean(topic.priority),
            modified_author=self._clean(topic.modified_author), assigned_to=self._clean(topic.assigned_to),
            stage=self._clean(topic.stage), description=self._clean(topic.description),
            labels=self._texts(topic.labels), reference_links=self._texts(topic.reference_links),
            bim_snippet=self._snippet(topic.bim_snippet),
            related_topics=tuple(self.guid(one, "related_topics", topic.guid, one) for one in topic.related_topics),
            document_references=tuple(self._reference(one, topic, n) for n, one in enumerate(topic.document_references)),
            files=tuple(self._file(one) for one in topic.files),
            comments=tuple(self._comment(one, topic, n, date) for n, one in enumerate(topic.comments)), viewpoints=viewpoints)

    def _viewpoints(self, topic: Topic) -> tuple[Viewpoint, ...]:
        named = {one.viewpoint for one in topic.viewpoints}
        views: dict[str, View] = {}
        found = []
        for n, one in enumerate(topic.viewpoints):
            guid = self.guid(one.guid, "viewpoint guid", topic.guid, one.viewpoint or str(n))
            name = one.viewpoint
            if one.view is not None:
                if not name or "/" in name or "\\" in name or views.get(name, one.view) != one.view:
                    name = FIRST_VIEWPOINT if FIRST_VIEWPOINT not in {*named, *views} else f"viewpoint-{guid}.bcfv"
                views[name] = one.view
            found.append(replace(one, guid=guid, viewpoint=self._clean(name), snapshot=self._clean(one.snapshot)))
        return tuple(found)

    def _comment(self, comment: Comment, topic: Topic, n: int, date: str) -> Comment:
        linked = self.guid(comment.viewpoint, "viewpoint", topic.guid) if comment.viewpoint else ""
        return replace(
            comment, guid=self.guid(comment.guid, "comment guid", topic.guid, str(n), comment.date), topic="",
            date=self._date(comment.date, "comment date", date), author=self._needed(comment.author, "comment author", UNKNOWN),
            comment=self._clean(comment.comment), viewpoint=linked,
            modified_date=self._date(comment.modified_date, "modified_date"), modified_author=self._clean(comment.modified_author))

    def _reference(self, reference: DocumentReference, topic: Topic, n: int) -> DocumentReference:
        if not reference.guid and not self._strict:
            return reference
        return replace(reference, guid=self.guid(reference.guid, "reference guid", topic.guid, str(n), reference.url),
                       description=self._clean(reference.description), url=self._clean(reference.url))

    def _snippet(self, snippet: BimSnippet | None) -> BimSnippet | None:
        if snippet is None:
            return None
        return replace(snippet, snippet_type=self._needed(snippet.snippet_type, "bim_snippet.snippet_type", UNKNOWN),
                       reference=self._needed(snippet.reference, "bim_snippet.reference", UNKNOWN),
                       reference_schema=self._needed(snippet.reference_schema, "bim_snippet.reference_schema", UNKNOWN))

    def _file(self, file: HeaderFile) -> HeaderFile:
        structure = self._ifc_guid(file.ifc_spatial_structure_element)
        return replace(file, ifc_project=self._ifc_guid(file.ifc_project), ifc_spatial_structure_element=structure,
                       date=self._date(file.date, "file date"), filename=self._clean(file.filename), reference=self._clean(file.reference))

    def words(self, words: Extensions) -> Extensions:
        """The words of a project; 3.0 has no blank ones."""
        kinds = [one.name for one in fields(words) if one.name != "others"]
        kept: dict[str, Any] = {kind: self._texts(getattr(words, kind)) for kind in kinds}
        return replace(words, **kept)

    def component(self, component: Component) -> Component:
        """A component with a GlobalId that is one."""
        return replace(component, ifc_guid=self._ifc_guid(component.ifc_guid), authoring_tool_id=self._clean(component.authoring_tool_id),
                       originating_system=self._clean(component.originating_system))

    def bitmap(self, bitmap: Bitmap) -> Bitmap:
        """A bitmap with its format in the version's spelling."""
        format = {"jpeg": "jpg"}.get(bitmap.format.strip().lower(), bitmap.format.strip().lower())
        if format not in ("png", "jpg"):
            self.note(filled, "bitmap format", "png", bitmap.format)
            format = "png"
        if bitmap.height is None:
            self.note(filled, "bitmap height", "1.0")
        reference = self._needed(bitmap.reference, "bitmap reference", UNKNOWN)
        return replace(bitmap, format=format if self._strict else format.upper(), reference=reference,
                       height=1.0 if bitmap.height is None else bitmap.height)

    def note(self, kind: Callable[..., Finding], what: str, *more: str) -> None:
        """Note a change of this topic."""
        self.findings.append(kind(self._subject, what, self._version, *more))

    def guid(self, guid: str, what: str, *key: str) -> str:
        """A guid in the spelling of the version; one that is none is made from the key."""
        stated = guid.strip().strip("{}")
        if GUID.fullmatch(stated):
            return stated.lower() if self._strict else stated
        made = guid_of(what, *key)
        self.note(filled, what, made, guid)
        return made

    def _ifc_guid(self, guid: str) -> str:
        if not guid or _IFC_GUID.fullmatch(guid.strip()):
            return guid.strip()
        self.note(lost, "a GlobalId that is not one", guid)
        return ""

    def _needed(self, text: str, what: str, otherwise: str) -> str:
        if text.strip() or not self._strict:
            return text
        self.note(filled, what, otherwise)
        return otherwise

    def _date(self, text: str, what: str, otherwise: str = "") -> str:
        if _is_moment(text) or (not text.strip() and not otherwise):
            return text.strip()
        if otherwise:
            self.note(filled, what, otherwise, text)
        else:
            self.note(lost, f"{what} '{text}'")
        return otherwise

    def _clean(self, text: str) -> str:
        """3.0 has no blank texts."""
        return text if text.strip() or not self._strict else ""

    def _texts(self, texts: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(text for text in texts if text.strip())
