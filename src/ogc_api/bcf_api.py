"""BCF API 2.1 and 3.0: projects, archives in and out, topics, and what happened to them."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any
from urllib.parse import quote
from uuid import uuid4

from starlette.responses import Response
from starlette.routing import BaseRoute

from bim.bcf import bytes_of, read_bcf
from bim.bcf.archive import Limits
from bim.bcf.as_json import from_json
from bim.bcf.keeping import EVENT_SCHEMA, TOPIC_SCHEMA, KeptProject, KeptTopic
from bim.bcf.model import Extensions, Project, Topic
from csdi.access import Action, may
from csdi.errors import NotFound, ValueInvalid
from ogc_api import bcf_parts
from ogc_api.bcf_calls import Call, now, route, state_of, touched
from ogc_api.bcf_documents import (
    TOPIC_ACTIONS,
    Json,
    edited_topic,
    extensions_document,
    file_document,
    files_of,
    new_guid,
    project_document,
    topic_document,
)
from ogc_api.odata import Question

LARGEST_ARCHIVE = 256 << 20
"""Bytes of an archive or file that is sent."""

ARCHIVE = "application/octet-stream"
TOPIC_NAMES = ("guid", "title", "topic_type", "topic_status", "priority", "stage", "creation_author", "modified_author", "assigned_to",
               "server_assigned_id", "creation_date", "modified_date", "due_date", "index", "labels")
EVENT_NAMES = ("topic_guid", "comment_guid", "author", "type", "date")

_ID = re.compile(r"[^\x00-\x1f/\\?#]{1,200}")
_USUAL = Extensions(topic_types=("Error", "Warning", "Info", "Clash", "Request"), topic_statuses=("Open", "In Progress", "Closed"),
                    priorities=("Low", "Medium", "High"))


def projects(call: Call) -> Response:
    """Projects that the client may read."""
    shown = [one for one in call.board.projects() if one.public or may(call.principal, Action.READ)]
    return call.answer([project_document(one, call.edits) for one in shown])


def create_project(call: Call) -> Response:
    """A new project: of an archive with its topics, or of a JSON document with `name`."""
    call.check_edits()
    if call.body[:2] == b"PK":
        made = _imported(call)
    else:
        document = call.document()
        words = from_json(Extensions, document.get("extensions") or {})
        made = KeptProject(_project_id(document.get("project_id") or str(uuid4())), _named(document), bool(document.get("public", False)),
                           call.version, words if words != Extensions() else _USUAL)
        call.board.create(made)
    place = f"{str(call.request.url.replace(query='')).rstrip('/')}/{quote(made.id, safe='')}"
    return call.answer(project_document(made, True), 201, headers={"Location": place})


def _imported(call: Call) -> KeptProject:
    bcf = read_bcf(call.body, Limits(bytes=LARGEST_ARCHIVE))
    asked = call.request.query_params
    stated = bcf.project or Project()
    made = KeptProject(_project_id(asked.get("project_id") or stated.project_id.strip() or str(uuid4())),
                       asked.get("name") or stated.name, asked.get("public", "").lower() == "true", bcf.version)
    call.board.create(made)
    call.board.take_in(bcf, made, call.principal.id)
    return made


def _project_id(text: Any) -> str:
    if not isinstance(text, str) or not _ID.fullmatch(text):
        raise ValueInvalid("a project id has 1 to 200 characters without / \\ ? #", field="project_id", value=str(text)[:200])
    return text


def _named(document: Json) -> str:
    name = document.get("name")
    if not isinstance(name, str) or not name.strip():
        raise ValueInvalid("a project needs a name", field="name")
    return name


def project(call: Call) -> Response:
    """One project."""
    return call.answer(project_document(call.readable(), call.edits))


def change_project(call: Call) -> Response:
    """Rename a project; `public` says whether everybody may read it."""
    kept, document = call.editable(), call.document()
    name, public = _named(document), document.get("public")
    changed = call.board.change_project(kept.id, lambda was: replace(was, name=name, public=was.public if public is None else bool(public)))
    return call.answer(project_document(changed, True))


def extensions(call: Call) -> Response:
    """The words of a project."""
    return call.answer(extensions_document(call.readable().extensions, call.version, call.edits))


def export(call: Call) -> Response:
    """The project as an archive, in the version that `version` asks for."""
    kept = call.readable()
    asked = call.request.query_params.get("version", "")
    content, _ = bytes_of(call.board.archive(kept.id), asked or ("3.0" if kept.version == "3.0" else "2.1"))
    return call.file(content, ARCHIVE, f"{kept.name or kept.id}.bcf")


def take_in(call: Call) -> Response:
    """Put an archive into the project: new topics are added, others get what they have not."""
    kept = call.editable()
    new, known = call.board.take_in(read_bcf(call.body, Limits(bytes=LARGEST_ARCHIVE)), kept, call.principal.id)
    return call.answer({"project_id": kept.id, "created": new, "updated": known}, 201)


def topics(call: Call) -> Response:
    """Topics of a project, the oldest first."""
    kept, asked = call.readable(), call.question(TOPIC_SCHEMA, TOPIC_NAMES)
    found = call.board.topics(kept.id, asked.where, asked.sort, asked.top, asked.skip)
    return call.answer([_shown(call, one) for one in found])


def _shown(call: Call, kept: KeptTopic) -> Json:
    document = topic_document(kept.topic, call.version)
    if call.authorization:
        document["authorization"] = {"topic_actions": list(TOPIC_ACTIONS if call.edits else ())}
    return document


def create_topic(call: Call) -> Response:
    """A new topic."""
    kept, document = call.editable(), call.document()
    guid = new_guid(document)
    topic = edited_topic(Topic(guid=guid, creation_date=now(), creation_author=call.principal.id, folder=guid), document)
    made = call.board.add(kept.id, KeptTopic(topic), call.principal.id)
    return _topic_answer(call, made, 201)


def _topic_answer(call: Call, kept: KeptTopic, status: int = 200) -> Response:
    return call.answer(_shown(call, kept), status, state_of(kept))


def topic(call: Call) -> Response:
    """One topic."""
    call.readable()
    return _topic_answer(call, call.topic())


def change_topic(call: Call) -> Response:
    """Replace what a client may set of a topic; `If-Match` says which state it changes."""
    kept, document = call.editable(), call.document()

    def after(was: KeptTopic) -> KeptTopic:
        call.check_state(was)
        return KeptTopic(touched(call, edited_topic(was.topic, document)), was.files)

    return _topic_answer(call, call.board.change(kept.id, call.part("topic"), after, call.principal.id))


def delete_topic(call: Call) -> Response:
    """Remove a topic; what happened to it stays on record."""
    kept = call.editable()
    call.check_state(call.topic())
    call.board.delete(kept.id, call.part("topic"))
    return Response(status_code=200)


def snippet(call: Call) -> Response:
    """The file of a topic's snippet."""
    call.readable()
    kept = call.topic()
    found = kept.topic.bim_snippet
    if found is None or found.is_external or found.reference not in kept.files:
        raise NotFound(f"topic '{kept.topic.guid}' has no snippet of its own", topic=kept.topic.guid)
    return call.file(call.board.content(kept.files[found.reference]), ARCHIVE, found.reference)


def change_snippet(call: Call) -> Response:
    """Put the file of a topic's snippet, which its `bim_snippet` names."""
    kept, digest = call.editable(), call.board.keep(call.body)

    def after(was: KeptTopic) -> KeptTopic:
        found = was.topic.bim_snippet
        if found is None or found.is_external:
            raise ValueInvalid("the topic has no internal bim_snippet", field="bim_snippet", remedy="set it with PUT on the topic first")
        return KeptTopic(touched(call, was.topic), {**was.files, found.reference: digest})

    call.board.change(kept.id, call.part("topic"), after, call.principal.id)
    return Response(status_code=200)


def files(call: Call) -> Response:
    """The models that a topic is about."""
    call.readable()
    return call.answer([file_document(one, call.version) for one in call.topic().topic.files])


def change_files(call: Call) -> Response:
    """Replace the models that a topic is about."""
    kept, said = call.editable(), files_of(call.documents())

    def after(was: KeptTopic) -> KeptTopic:
        return KeptTopic(touched(call, replace(was.topic, files=said)), was.files)

    changed = call.board.change(kept.id, call.part("topic"), after, call.principal.id)
    return call.answer([file_document(one, call.version) for one in changed.topic.files])


def files_information(call: Call) -> Response:
    """The models that topics of the project are about, to choose from."""
    kept = call.readable()
    known = {file: None for one in call.board.topics(kept.id, limit=100_000) for file in one.topic.files}
    return call.answer([{
        "display_information": [{"field_display_name": "Model", "field_value": one.filename or one.ifc_project},
                                {"field_display_name": "Date", "field_value": one.date}],
        "file": file_document(one, call.version)} for one in known])


def topics_events(call: Call) -> Response:
    """What happened to the topics of a project."""
    kept = call.readable()
    return _events(call, kept.id, "topic", call.question(EVENT_SCHEMA, EVENT_NAMES), "", "")


def topic_events(call: Call) -> Response:
    """What happened to one topic."""
    kept = call.readable()
    return _events(call, kept.id, "topic", call.question(EVENT_SCHEMA, EVENT_NAMES), call.part("topic"), "")


def comments_events(call: Call) -> Response:
    """What happened to the comments of a project."""
    kept = call.readable()
    return _events(call, kept.id, "comment", call.question(EVENT_SCHEMA, EVENT_NAMES), "", "")


def comment_events(call: Call) -> Response:
    """What happened to one comment."""
    kept = call.readable()
    return _events(call, kept.id, "comment", call.question(EVENT_SCHEMA, EVENT_NAMES), call.part("topic"), call.part("comment"))


def _events(call: Call, project: str, about: str, asked: Question, topic: str, comment: str) -> Response:
    found = call.board.events(project, about, asked.where, asked.sort, asked.top, asked.skip, topic=topic, comment=comment)
    documents = []
    for one in found:
        document = {"topic_guid": one["topic_guid"], "date": one["date"], "author": one["author"],
                    "events": [{"type": one["type"], "value": one.get("value")}]}
        documents.append({"comment_guid": one["comment_guid"]} | document if about == "comment" else document)
    return call.answer(documents)


def routes() -> list[BaseRoute]:
    """Everything below `/bcf/{version}`; addresses that could be taken for others come first."""
    one = "/projects/{project}"
    topic_at = f"{one}/topics/{{topic}}"
    return [
        route("/projects", longest=LARGEST_ARCHIVE, GET=projects, POST=create_project), route(one, GET=project, PUT=change_project),
        route(f"{one}/extensions", GET=extensions),
        route(f"{one}/archive", longest=LARGEST_ARCHIVE, GET=export, POST=take_in),
        route(f"{one}/files_information", GET=files_information), route(f"{one}/topics/events", GET=topics_events),
        route(f"{one}/topics/comments/events", GET=comments_events), route(f"{one}/topics", GET=topics, POST=create_topic),
        route(topic_at, GET=topic, PUT=change_topic, DELETE=delete_topic), route(f"{topic_at}/events", GET=topic_events),
        route(f"{topic_at}/snippet", longest=LARGEST_ARCHIVE, GET=snippet, PUT=change_snippet),
        route(f"{topic_at}/files", GET=files, PUT=change_files),
        route(f"{topic_at}/comments/{{comment}}/events", GET=comment_events), *bcf_parts.routes(one, topic_at)]
