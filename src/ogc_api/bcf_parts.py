"""BCF API 2.1 and 3.0: the parts of a topic: comments, viewpoints with their pictures, related topics, documents."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import TypeVar

from starlette.responses import Response
from starlette.routing import BaseRoute

from bim.bcf.keeping import KeptProject, KeptTopic
from bim.bcf.model import Comment, Document, DocumentReference, Topic, View, Viewpoint
from csdi.errors import Conflict, NotFound, ValueInvalid
from csdi.extent import rfc3339
from csdi.feature import Field, FieldType, Schema
from csdi.filter import Row, bind, matches
from csdi.query import Sort
from ogc_api.bcf_calls import Call, now, route, touched
from ogc_api.bcf_documents import (
    COMMENT_ACTIONS,
    Json,
    bitmap_guid,
    coloring_document,
    comment_document,
    edited_comment,
    new_guid,
    new_viewpoint,
    picture_type,
    reference_document,
    reference_of,
    selection_document,
    viewpoint_document,
    visibility_document,
)
from ogc_api.odata import Question

T = TypeVar("T", Comment, Viewpoint, DocumentReference)

LARGEST_FILE = 256 << 20
COMMENT_SCHEMA = Schema((Field("author"), Field("date", FieldType.DATETIME), Field("modified_author"),
                         Field("modified_date", FieldType.DATETIME), Field("comment"), Field("viewpoint_guid"), Field("guid")), geometry="")
_MEDIA = {"png": "image/png", "jpg": "image/jpeg"}
_NAMED = re.compile(r"""filename\s*=\s*(?:"([^"]*)"|([^;\s]+))""", re.IGNORECASE)


def _one(parts: tuple[T, ...], guid: str, what: str) -> T:
    """The part of this guid. Raises NotFound."""
    for one in parts:
        if one.guid.lower() == guid:
            return one
    raise NotFound(f"there is no {what} '{guid}' in this topic", **{what.replace(" ", "_"): guid})


def _change(call: Call, after: Callable[[Topic], Topic], files: dict[str, str] | None = None) -> Topic:
    """The topic of the path after a change; it was changed now by who asks."""
    kept = call.editable()
    changed = call.board.change(kept.id, call.part("topic"),
                                lambda was: KeptTopic(touched(call, after(was.topic)), {**was.files, **(files or {})}), call.principal.id)
    return changed.topic


def comments(call: Call) -> Response:
    """Comments of a topic, the oldest first."""
    call.readable()
    topic = call.topic().topic
    shown = [_comment(call, one, topic) for one in topic.comments]
    return call.answer(_asked(shown, call.question(COMMENT_SCHEMA, tuple(field.name for field in COMMENT_SCHEMA))))


def _asked(documents: list[Json], asked: Question) -> list[Json]:
    """Documents of comments that a question is about."""
    if asked.where is not None:
        fits = matches(bind(asked.where, COMMENT_SCHEMA))
        documents = [one for one in documents if fits(Row("", None, _row(one)))]
    for sort in reversed(asked.sort or (Sort("date"),)):
        documents = sorted(documents, key=lambda one: str(_row(one).get(sort.field) or ""), reverse=sort.descending)
    return documents[asked.skip:asked.skip + asked.top]


def _row(document: Json) -> Json:
    """A comment with its dates in UTC, for order."""
    return document | {name: _utc(document.get(name)) for name in ("date", "modified_date")}


def _utc(text: str | None) -> str | None:
    try:
        moment = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return rfc3339(moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment)


def _comment(call: Call, comment: Comment, topic: Topic) -> Json:
    document = comment_document(comment, topic.guid)
    if call.authorization:
        document["authorization"] = {"comment_actions": list(COMMENT_ACTIONS if call.edits else ())}
    return document


def create_comment(call: Call) -> Response:
    """A new comment."""
    call.check_edits()
    document = call.document()
    guid = new_guid(document)

    def after(topic: Topic) -> Topic:
        _check_free(topic.comments, guid)
        made = edited_comment(Comment(guid, now(), call.principal.id), document, topic)
        return replace(topic, comments=(*topic.comments, made))

    topic = _change(call, after)
    return call.answer(_comment(call, _one(topic.comments, guid, "comment"), topic), 201)


def _check_free(parts: tuple[Comment, ...] | tuple[Viewpoint, ...], guid: str) -> None:
    if any(one.guid.lower() == guid for one in parts):
        raise Conflict(f"guid '{guid}' is taken", field="guid", remedy="leave it out to get one")


def comment(call: Call) -> Response:
    """One comment."""
    call.readable()
    topic = call.topic().topic
    return call.answer(_comment(call, _one(topic.comments, call.part("comment"), "comment"), topic))


def change_comment(call: Call) -> Response:
    """Replace a comment's text and viewpoint."""
    call.check_edits()
    document, guid = call.document(), call.part("comment")

    def after(topic: Topic) -> Topic:
        before = _one(topic.comments, guid, "comment")
        changed = replace(edited_comment(before, document, topic), modified_date=now(), modified_author=call.principal.id)
        return replace(topic, comments=tuple(changed if one is before else one for one in topic.comments))

    topic = _change(call, after)
    return call.answer(_comment(call, _one(topic.comments, guid, "comment"), topic))


def delete_comment(call: Call) -> Response:
    """Remove a comment."""
    guid = call.part("comment")

    def after(topic: Topic) -> Topic:
        gone = _one(topic.comments, guid, "comment")
        return replace(topic, comments=tuple(one for one in topic.comments if one is not gone))

    _change(call, after)
    return Response(status_code=200)


def viewpoints(call: Call) -> Response:
    """Viewpoints of a topic."""
    call.readable()
    return call.answer([viewpoint_document(one, call.version) for one in call.topic().topic.viewpoints])


def create_viewpoint(call: Call) -> Response:
    """A new viewpoint; it never changes."""
    kept = call.editable()
    document = call.document()
    found, files = new_viewpoint(document, call.topic().topic, call.board.keep)

    def after(topic: Topic) -> Topic:
        _check_free(topic.viewpoints, found.guid)
        taken = {name for one in topic.viewpoints for name in (one.viewpoint, one.snapshot) if name}
        if taken & {found.viewpoint, found.snapshot}:
            raise Conflict("another viewpoint was made at the same time", remedy="send it again")
        return replace(topic, viewpoints=(*topic.viewpoints, found))

    call.board.change(kept.id, call.part("topic"), lambda was: KeptTopic(touched(call, after(was.topic)), {**was.files, **files}),
                      call.principal.id)
    return call.answer(viewpoint_document(found, call.version), 201)


def viewpoint(call: Call) -> Response:
    """One viewpoint."""
    return call.answer(viewpoint_document(_viewpoint(call)[1], call.version))


def _viewpoint(call: Call) -> tuple[KeptTopic, Viewpoint]:
    call.readable()
    kept = call.topic()
    return kept, _one(kept.topic.viewpoints, call.part("viewpoint"), "viewpoint")


def delete_viewpoint(call: Call) -> Response:
    """Remove a viewpoint; comments on it stay, without it."""
    guid = call.part("viewpoint")

    def after(topic: Topic) -> Topic:
        gone = _one(topic.viewpoints, guid, "viewpoint")
        said = tuple(replace(one, viewpoint="") if one.viewpoint.lower() == guid else one for one in topic.comments)
        return replace(topic, comments=said, viewpoints=tuple(one for one in topic.viewpoints if one is not gone))

    _change(call, after)
    return Response(status_code=200)


def snapshot(call: Call) -> Response:
    """The picture of a viewpoint."""
    kept, found = _viewpoint(call)
    if not found.snapshot or found.snapshot not in kept.files:
        raise NotFound(f"viewpoint '{found.guid}' has no snapshot", viewpoint=found.guid)
    return call.file(call.board.content(kept.files[found.snapshot]), _MEDIA[picture_type(found.snapshot)])


def bitmap(call: Call) -> Response:
    """A picture that stands in a viewpoint's scene."""
    kept, found = _viewpoint(call)
    for one in found.view.bitmaps if found.view else ():
        if bitmap_guid(found, one) == call.part("bitmap") and one.reference in kept.files:
            return call.file(call.board.content(kept.files[one.reference]), _MEDIA[picture_type(one.reference)])
    raise NotFound(f"there is no bitmap '{call.part('bitmap')}' in this viewpoint", bitmap=call.part("bitmap"))


def _of_view(document: Callable[[View | None], Json]) -> Callable[[Call], Response]:
    return lambda call: call.answer(document(_viewpoint(call)[1].view))


def related_topics(call: Call) -> Response:
    """Topics that have to do with a topic."""
    call.readable()
    return call.answer([{"related_topic_guid": one} for one in call.topic().topic.related_topics])


def change_related_topics(call: Call) -> Response:
    """Replace the topics that have to do with a topic."""
    kept = call.editable()
    guids = tuple(new_guid({"guid": one.get("related_topic_guid") if isinstance(one, dict) else None}) for one in call.documents())
    for guid in guids:
        call.board.topic(kept.id, guid)
    topic = _change(call, lambda was: replace(was, related_topics=guids))
    return call.answer([{"related_topic_guid": one} for one in topic.related_topics])


def document_references(call: Call) -> Response:
    """Documents that a topic points to."""
    call.readable()
    return call.answer([reference_document(one) for one in call.topic().topic.document_references])


def create_document_reference(call: Call) -> Response:
    """A new reference to a document of the project, or to one elsewhere."""
    kept, document = call.editable(), call.document()
    made = reference_of(document, new_guid(document), _documents(kept))
    _change(call, lambda was: replace(was, document_references=(*was.document_references, made)))
    return call.answer(reference_document(made), 201)


def change_document_reference(call: Call) -> Response:
    """Replace a reference to a document."""
    kept, guid = call.editable(), call.part("reference")
    made = reference_of(call.document(), guid, _documents(kept))

    def after(topic: Topic) -> Topic:
        before = _one(topic.document_references, guid, "document reference")
        return replace(topic, document_references=tuple(made if one is before else one for one in topic.document_references))

    _change(call, after)
    return call.answer(reference_document(made))


def _documents(kept: KeptProject) -> frozenset[str]:
    return frozenset(one.guid for one in kept.documents.documents)


def documents(call: Call) -> Response:
    """Documents of a project."""
    return call.answer([{"guid": one.guid, "filename": one.filename} for one in call.readable().documents.documents])


def create_document(call: Call) -> Response:
    """A new document: the body is the file, `Content-Disposition` says its name."""
    kept = call.editable()
    match = _NAMED.search(call.request.headers.get("content-disposition", ""))
    name = ((match[1] or match[2]) if match else "").replace("\\", "/").rpartition("/")[2].strip()
    if not name:
        raise ValueInvalid("the document has no name", field="Content-Disposition", remedy='send attachment; filename="name.pdf"')
    made = Document(new_guid(call.request.query_params), name)
    digest = call.board.keep(call.body)

    def after(was: KeptProject) -> KeptProject:
        if made.guid in _documents(was):
            raise Conflict(f"guid '{made.guid}' is taken", field="guid", remedy="leave it out to get one")
        listed = replace(was.documents, documents=(*was.documents.documents, made))
        return replace(was, documents=listed, files={**was.files, f"documents/{made.guid}": digest})

    call.board.change_project(kept.id, after)
    return call.answer({"guid": made.guid, "filename": made.filename}, 201)


def document(call: Call) -> Response:
    """The file of a document."""
    kept, guid = call.readable(), call.part("document")
    for one in kept.documents.documents:
        if one.guid.lower() == guid and (digest := kept.files.get(f"documents/{one.guid}")):
            return call.file(call.board.content(digest), "application/octet-stream", one.filename)
    raise NotFound(f"there is no document '{guid}' in this project", document=guid)


def routes(project_at: str, topic_at: str) -> list[BaseRoute]:
    """Addresses below those of a project and a topic."""
    view_at = f"{topic_at}/viewpoints/{{viewpoint}}"
    return [
        route(f"{topic_at}/comments", GET=comments, POST=create_comment),
        route(f"{topic_at}/comments/{{comment}}", GET=comment, PUT=change_comment, DELETE=delete_comment),
        route(f"{topic_at}/viewpoints", GET=viewpoints, POST=create_viewpoint), route(view_at, GET=viewpoint, DELETE=delete_viewpoint),
        route(f"{view_at}/snapshot", GET=snapshot), route(f"{view_at}/bitmaps/{{bitmap}}", GET=bitmap),
        route(f"{view_at}/selection", GET=_of_view(selection_document)), route(f"{view_at}/coloring", GET=_of_view(coloring_document)),
        route(f"{view_at}/visibility", GET=_of_view(visibility_document)),
        route(f"{topic_at}/related_topics", GET=related_topics, PUT=change_related_topics),
        route(f"{topic_at}/document_references", GET=document_references, POST=create_document_reference),
        route(f"{topic_at}/document_references/{{reference}}", PUT=change_document_reference),
        route(f"{project_at}/documents", longest=LARGEST_FILE, GET=documents, POST=create_document),
        route(f"{project_at}/documents/{{document}}", GET=document)]
