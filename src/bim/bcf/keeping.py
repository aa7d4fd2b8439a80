"""Where topics are kept: projects, topics and what happened to them as Features of three Collections, their files as blobs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import count
from pathlib import PurePosixPath
from types import MappingProxyType
from typing import Any, Protocol
from uuid import uuid4

from bim.bcf.as_json import from_json, to_json
from bim.bcf.converting import converted, with_list
from bim.bcf.events import events_between
from bim.bcf.model import Bcf, Documents, Extensions, Project, Topic
from csdi.collection import Collection, Kind
from csdi.errors import CollectionMissing, Conflict, FeatureMissing, NotFound
from csdi.extent import rfc3339
from csdi.feature import Feature, Field, FieldType, Schema
from csdi.filter import Expression, Literal, Op, Property
from csdi.query import MAX_LIMIT, Query, Sort
from csdi.store import Reader, Store, Transaction, scan
from csdi.store.base import has_collection

PROJECTS, TOPICS, EVENTS = "bcf-projects", "bcf-topics", "bcf-events"

_WORDS = ("guid", "title", "topic_type", "topic_status", "priority", "stage", "creation_author", "modified_author", "assigned_to",
          "server_assigned_id")
_MOMENTS = ("creation_date", "modified_date", "due_date")

TOPIC_SCHEMA = Schema((
    Field("project", indexed=True), *(Field(name, indexed=True) for name in _WORDS),
    *(Field(name, FieldType.DATETIME, indexed=True) for name in _MOMENTS), Field("index", FieldType.INTEGER),
    Field("labels", FieldType.JSON), Field("topic", FieldType.JSON), Field("files", FieldType.JSON)), geometry="")
EVENT_SCHEMA = Schema((
    Field("project", indexed=True), Field("topic_guid", indexed=True), Field("comment_guid", indexed=True),
    Field("date", FieldType.DATETIME, indexed=True), Field("number", FieldType.INTEGER), Field("author", indexed=True),
    Field("type", indexed=True), Field("value"), Field("about", indexed=True)), geometry="")
PROJECT_SCHEMA = Schema((Field("name"), Field("public", FieldType.BOOLEAN), Field("content", FieldType.JSON)), geometry="")
_SCHEMAS = {PROJECTS: PROJECT_SCHEMA, TOPICS: TOPIC_SCHEMA, EVENTS: EVENT_SCHEMA}
_TITLES = {
    PROJECTS: {"en": "BCF projects", "zh-Hant": "BCF 項目", "zh-Hans": "BCF 项目"},
    TOPICS: {"en": "BCF topics", "zh-Hant": "BCF 議題", "zh-Hans": "BCF 议题"},
    EVENTS: {"en": "What happened to BCF topics", "zh-Hant": "BCF 議題事件", "zh-Hans": "BCF 议题事件"},
}


class Shelf(Protocol):
    """Where bytes are kept under their digest, as `csdi.blobs.Blobs` keeps them."""

    def put_bytes(self, data: bytes) -> str:
        """Keep bytes; gives their digest."""
        ...

    def get(self, key: str) -> bytes:
        """The bytes under a digest."""
        ...


@dataclass(frozen=True, slots=True)
class KeptProject:
    """A project without its topics.

    Attributes:
        public: whether everybody may read it.
        version: of the archive that it came from; what it is written in when nothing else is asked for.
        files: path in the archive -> digest, of members outside of the topics' folders.
    """

    id: str
    name: str = ""
    public: bool = False
    version: str = "2.1"
    extensions: Extensions = field(default_factory=Extensions)
    documents: Documents = field(default_factory=Documents)
    files: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class KeptTopic:
    """A topic, and name in its folder -> digest of its files."""

    topic: Topic
    files: Mapping[str, str] = field(default_factory=dict)


class Board:
    """The projects of a site, in its store and blobs. Changes are one transaction each."""

    def __init__(self, store: Store, blobs: Shelf) -> None:
        self._store = store
        self._blobs = blobs

    def projects(self) -> list[KeptProject]:
        """All projects, by id."""
        if not has_collection(self._store, PROJECTS):
            return []
        return sorted((_project(one) for one in scan(self._store, PROJECTS)), key=lambda one: one.id)

    def project(self, id: str) -> KeptProject:
        """One project. Raises NotFound."""
        try:
            return _project(self._store.feature(PROJECTS, id))
        except (CollectionMissing, FeatureMissing):
            raise NotFound(f"there is no project '{id}'", remedy="list the projects to see their ids", project=id) from None

    def create(self, project: KeptProject) -> None:
        """A new project. Raises Conflict where its id is taken."""
        with self._store.transaction() as change:
            _make(change, self._store)
            if _found(self._store, PROJECTS, project.id) is not None:
                raise Conflict(f"there is a project '{project.id}' already", project=project.id, remedy="import into that project")
            change.write(PROJECTS, [_project_feature(project)])

    def change_project(self, id: str, after: Callable[[KeptProject], KeptProject]) -> KeptProject:
        """The project after a change of what it was. Raises NotFound."""
        with self._store.transaction() as change:
            changed = after(self.project(id))
            change.write(PROJECTS, [_project_feature(changed)])
            return changed

    def topics(self, project: str, where: Expression | None = None, sort: tuple[Sort, ...] = (), limit: int = 1000,
               offset: int = 0) -> list[KeptTopic]:
        """Topics of a project that fulfil a condition on the fields of `TOPIC_SCHEMA`; the oldest first unless sorted otherwise."""
        if not has_collection(self._store, TOPICS):
            return []
        query = Query(filter=_and(_is("project", project), where), sort=sort or (Sort("creation_date"),), limit=limit, offset=offset,
                      count=False, geometry=False)
        return [_topic(one) for one in self._store.search(TOPICS, query).features]

    def topic(self, project: str, guid: str) -> KeptTopic:
        """One topic. Raises NotFound."""
        try:
            return _topic(self._store.feature(TOPICS, _key(project, guid)))
        except (CollectionMissing, FeatureMissing):
            raise NotFound(f"there is no topic '{guid}' in project '{project}'", project=project, topic=guid) from None

    def add(self, project: str, kept: KeptTopic, author: str) -> KeptTopic:
        """A new topic, with an id for people if it has none. Raises NotFound, Conflict where its guid is taken."""
        with self._store.transaction() as change:
            self.project(project)
            if _found(self._store, TOPICS, _key(project, kept.topic.guid)) is not None:
                raise Conflict(f"there is a topic '{kept.topic.guid}' already", topic=kept.topic.guid, remedy="leave the guid out")
            return self._write(change, project, [(None, kept)], author)[0]

    def change(self, project: str, guid: str, after: Callable[[KeptTopic], KeptTopic], author: str) -> KeptTopic:
        """The topic after a change of what it was; what happened is noted. Raises NotFound, and what `after` raises."""
        with self._store.transaction() as change:
            before = self.topic(project, guid)
            return self._write(change, project, [(before.topic, after(before))], author)[0]

    def delete(self, project: str, guid: str) -> None:
        """Remove a topic; what happened to it stays on record. Raises NotFound."""
        with self._store.transaction() as change:
            self.topic(project, guid)
            change.delete(TOPICS, ids=[_key(project, guid)])

    def events(self, project: str, about: str, where: Expression | None = None, sort: tuple[Sort, ...] = (), limit: int = 1000,
               offset: int = 0, *, topic: str = "", comment: str = "") -> list[Mapping[str, Any]]:
        """What happened to topics (`about` is `topic`) or comments (`comment`): fields of `EVENT_SCHEMA`, the oldest first.

        `topic` and `comment` are guids of the only ones that are wanted.
        """
        if not has_collection(self._store, EVENTS):
            return []
        condition = _and(_and(_is("project", project), _is("about", about)), where)
        for name, guid in (("topic_guid", topic), ("comment_guid", comment)):
            condition = _and(condition, _is(name, guid)) if guid else condition
        query = Query(filter=condition, sort=(*(sort or (Sort("date"),)), Sort("number")), limit=limit, offset=offset, count=False,
                      geometry=False)
        return [one.properties for one in self._store.search(EVENTS, query).features]

    def keep(self, content: bytes) -> str:
        """Keep a file; gives its digest."""
        return self._blobs.put_bytes(content)

    def content(self, digest: str) -> bytes:
        """A file by its digest. Raises BlobMissing."""
        return self._blobs.get(digest)

    def take_in(self, bcf: Bcf, project: KeptProject, author: str) -> tuple[int, int]:
        """Put an archive into a project that exists: (new topics, topics that were there).

        A topic that is there gets the comments and viewpoints that it has not, and its attributes where the archive's are newer.
        """
        bcf = _as_kept(bcf)
        files: dict[str, dict[str, str]] = {topic.path(""): {} for topic in bcf.topics}
        loose = {}
        for path, content in bcf.members.items():
            folder, slash, name = path.partition("/")
            if (own := files.get(folder + slash)) is not None:
                own[name] = self.keep(content)
            else:
                loose[path] = self.keep(content)
        with self._store.transaction() as change:
            kept = self.project(project.id)
            change.write(PROJECTS, [_project_feature(_joined(kept, bcf, loose))])
            was = {topic.guid: _topic(one) for topic in bcf.topics if (one := _found(self._store, TOPICS, _key(project.id, topic.guid)))}
            taken = dict(was)
            for topic in bcf.topics:
                taken[topic.guid] = _joined_topic(taken.get(topic.guid), topic, files[topic.path("")])
            self._write(change, project.id, [(was[guid].topic if guid in was else None, one) for guid, one in taken.items()], author)
        return len(taken) - len(was), len(was)

    def archive(self, id: str) -> Bcf:
        """A whole project as an archive, with its documents as 3.0 has them. Raises NotFound, BlobMissing."""
        project = self.project(id)
        kept = [_topic(one) for one in scan(self._store, TOPICS, Query(filter=_is("project", id), sort=(Sort("creation_date"),)))]
        members = {path: self.content(digest) for path, digest in project.files.items()}
        for one in kept:
            members |= {one.topic.path(name): self.content(digest) for name, digest in one.files.items()}
        documents = project.documents if project.documents.documents else None
        return Bcf("3.0", tuple(one.topic for one in kept), Project(project.id, project.name), project.extensions, documents,
                   MappingProxyType(members))

    def _write(self, change: Transaction, project: str, changes: list[tuple[Topic | None, KeptTopic]], author: str) -> list[KeptTopic]:
        """Topics before and after, written; those without an id for people get the next numbers that are free."""
        taken = {id for id, _ in self._store.values(TOPICS, "server_assigned_id", Query(filter=_is("project", project)), MAX_LIMIT)}
        free = (str(number) for number in count(len(taken) + 1) if str(number) not in taken)
        kept = [one if one.topic.server_assigned_id else replace(one, topic=replace(one.topic, server_assigned_id=next(free)))
                for _, one in changes]
        change.write(TOPICS, [_topic_feature(project, one) for one in kept])
        happened = [event for (before, _), one in zip(changes, kept, strict=True)
                    for event in _happened(project, before, one.topic, author)]
        if happened:
            change.write(EVENTS, happened)
        return kept


def _happened(project: str, before: Topic | None, after: Topic, author: str) -> list[Feature]:
    moment = rfc3339(datetime.now(UTC))
    return [Feature(str(uuid4()), None, {
        "project": project, "topic_guid": after.guid, "comment_guid": event.comment, "date": moment, "number": n, "author": author,
        "type": event.type, "value": event.value, "about": "comment" if event.comment else "topic"})
        for n, event in enumerate(events_between(before, after))]


def _joined_topic(was: KeptTopic | None, topic: Topic, files: Mapping[str, str]) -> KeptTopic:
    """A topic of an archive with its files, joined to the copy that is there."""
    if was is None:
        return KeptTopic(topic, files)
    topic, own = _beside(was, topic, files)
    return KeptTopic(_merged(was.topic, topic), {**own, **was.files})


def _as_kept(bcf: Bcf) -> Bcf:
    """The archive as it is kept: guids in small letters and nowhere missing, documents as 3.0 has them."""
    version = "3.0" if bcf.version == "3.0" else "2.1"
    bcf, _ = converted(bcf, version)
    if version != "3.0":
        bcf = with_list(bcf, [])
    return replace(bcf, topics=tuple(_lowered(topic) for topic in bcf.topics))


def _lowered(topic: Topic) -> Topic:
    return replace(
        topic, guid=topic.guid.lower(), related_topics=tuple(one.lower() for one in topic.related_topics),
        comments=tuple(replace(one, guid=one.guid.lower(), viewpoint=one.viewpoint.lower()) for one in topic.comments),
        viewpoints=tuple(replace(one, guid=one.guid.lower()) for one in topic.viewpoints))


def _beside(was: KeptTopic, topic: Topic, files: Mapping[str, str]) -> tuple[Topic, dict[str, str]]:
    """Another copy of a topic, with new viewpoints and pictures under names that the copy at hand does not use for something else."""
    known = {one.guid for one in was.topic.viewpoints}
    taken = {one.viewpoint for one in was.topic.viewpoints} - {""}
    renamed, kept = [], dict(files)
    for one in topic.viewpoints:
        if one.guid not in known and one.viewpoint in taken:
            one = replace(one, viewpoint=f"viewpoint-{one.guid}.bcfv")
        if one.guid not in known and one.snapshot in was.files and was.files[one.snapshot] != files.get(one.snapshot):
            name = f"snapshot-{one.guid}{PurePosixPath(one.snapshot).suffix}"
            if one.snapshot in files:
                kept[name] = files[one.snapshot]
            one = replace(one, snapshot=name)
        renamed.append(one)
    return replace(topic, viewpoints=tuple(renamed)), kept


def _merged(was: Topic, new: Topic) -> Topic:
    """A topic with what another copy of it has besides; of attributes those of the copy that was changed last."""
    later, earlier = (new, was) if _moment(new.modified_date) > _moment(was.modified_date) else (was, new)
    comments = {one.guid: one for one in (*earlier.comments, *later.comments)}
    viewpoints = {one.guid: one for one in (*new.viewpoints, *was.viewpoints)}
    return replace(later, comments=tuple(sorted(comments.values(), key=lambda one: _moment(one.date))), folder=was.folder,
                   viewpoints=tuple(viewpoints.values()), server_assigned_id=was.server_assigned_id)


def _joined(kept: KeptProject, bcf: Bcf, files: Mapping[str, str]) -> KeptProject:
    words = bcf.extensions or Extensions()
    joined = {name: tuple(dict.fromkeys((*getattr(kept.extensions, name), *getattr(words, name)))) for name in (
        "topic_types", "topic_statuses", "priorities", "topic_labels", "users", "snippet_types", "stages", "others")}
    listed = {one.guid: one for one in (*kept.documents.documents, *(bcf.documents.documents if bcf.documents else ()))}
    return replace(kept, extensions=Extensions(**joined), documents=replace(kept.documents, documents=tuple(listed.values())),
                   files={**files, **kept.files})


def _key(project: str, guid: str) -> str:
    return f"{project}/{guid.lower()}"


def _topic_feature(project: str, kept: KeptTopic) -> Feature:
    topic = kept.topic
    moments = {name: _moment(getattr(topic, name)) or None for name in _MOMENTS}
    return Feature(_key(project, topic.guid), None, {
        "project": project, **{name: getattr(topic, name) or None for name in _WORDS}, **moments, "index": topic.index,
        "labels": list(topic.labels), "topic": to_json(topic), "files": dict(kept.files)})


def _topic(feature: Feature) -> KeptTopic:
    return KeptTopic(from_json(Topic, feature.properties["topic"]), feature.properties.get("files") or {})


def _project_feature(project: KeptProject) -> Feature:
    content = {"version": project.version, "extensions": to_json(project.extensions), "documents": to_json(project.documents),
               "files": dict(project.files)}
    return Feature(project.id, None, {"name": project.name, "public": project.public, "content": content})


def _project(feature: Feature) -> KeptProject:
    content = feature.properties["content"]
    return KeptProject(feature.id, feature.properties.get("name") or "", bool(feature.properties.get("public")), content["version"],
                       from_json(Extensions, content["extensions"]), from_json(Documents, content["documents"]), content["files"])


def _moment(text: str) -> str:
    """A moment in UTC, for order; "" for what is none."""
    try:
        moment = datetime.fromisoformat(text.strip())
        return rfc3339(moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment)
    except (ValueError, OverflowError):
        return ""


def _make(change: Transaction, store: Reader) -> None:
    for id, schema in _SCHEMAS.items():
        if not has_collection(store, id):
            change.create(Collection(id, _TITLES[id], schema, kind=Kind.SYSTEM, public=False))


def _found(store: Reader, id: str, feature: str) -> Feature | None:
    try:
        return store.feature(id, feature)
    except (CollectionMissing, FeatureMissing):
        return None


def _is(name: str, value: str) -> Expression:
    return Op("=", (Property(name), Literal(value)))


def _and(one: Expression, other: Expression | None) -> Expression:
    return one if other is None else Op("and", (one, other))
