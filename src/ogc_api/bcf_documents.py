"""BCF over HTTP as JSON: topics, comments, viewpoints and what goes with them, there and back."""

from __future__ import annotations

import base64
import binascii
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any
from uuid import uuid4

from bim.bcf.as_json import from_json, to_json
from bim.bcf.fitting import FIRST_SNAPSHOT, FIRST_VIEWPOINT, guid_of
from bim.bcf.keeping import KeptProject
from bim.bcf.model import (
    BimSnippet,
    Bitmap,
    Camera,
    ClippingPlane,
    Coloring,
    Comment,
    Component,
    DocumentReference,
    Extensions,
    HeaderFile,
    Line,
    Topic,
    Vector,
    View,
    Viewpoint,
)
from bim.bcf.reading import GUID
from csdi.errors import ValueInvalid

Json = dict[str, Any]

PROJECT_ACTIONS = ("update", "createTopic", "createDocument")
TOPIC_ACTIONS = ("update", "updateBimSnippet", "updateRelatedTopics", "updateDocumentReferences", "updateFiles", "createComment",
                 "createViewpoint", "delete")
COMMENT_ACTIONS = ("update", "delete")

_EDITED = ("topic_type", "topic_status", "reference_links", "title", "priority", "index", "labels", "assigned_to", "stage", "description",
           "due_date", "bim_snippet")
_TOPIC = ("guid", "server_assigned_id", *_EDITED, "creation_date", "creation_author", "modified_date", "modified_author")
_COMMENT = ("guid", "date", "author", "comment", "modified_date", "modified_author")
_PICTURES = {"png": b"\x89PNG\r\n\x1a\n", "jpg": b"\xff\xd8"}
_COLOR = re.compile(r"#?([0-9A-Fa-f]{6}([0-9A-Fa-f]{2})?)")


def project_document(project: KeptProject, edits: bool) -> Json:
    """A project, with what the client may do to it."""
    return {"project_id": project.id, "name": project.name, "authorization": {"project_actions": list(PROJECT_ACTIONS if edits else ())}}


def extensions_document(words: Extensions, version: str, edits: bool) -> Json:
    """The words of a project, under the names of the version, and what the client may do by default."""
    users, stages = ("users", "stages") if version == "3.0" else ("user_id_type", "stage")
    return {
        "topic_type": list(words.topic_types), "topic_status": list(words.topic_statuses), "topic_label": list(words.topic_labels),
        "snippet_type": list(words.snippet_types), "priority": list(words.priorities), users: list(words.users),
        stages: list(words.stages), "project_actions": list(PROJECT_ACTIONS if edits else ()),
        "topic_actions": list(TOPIC_ACTIONS if edits else ()), "comment_actions": list(COMMENT_ACTIONS if edits else ())}


def topic_document(topic: Topic, version: str) -> Json:
    """A topic without what has addresses of its own."""
    document = to_json(topic)
    named = {name: document[name] for name in _TOPIC if name in document and (name != "server_assigned_id" or version == "3.0")}
    if topic.bim_snippet is not None:
        named["bim_snippet"].pop("others", None)
        named["bim_snippet"].setdefault("is_external", False)
    return named


def edited_topic(before: Topic, document: Json) -> Topic:
    """The topic with every attribute that a client may set as the document says it; those that it leaves out are emptied.

    Raises:
        ValueInvalid: naming the attribute.
    """
    given = {name: document[name] for name in _EDITED if document.get(name) is not None}
    said = from_json(Topic, given)
    if not said.title.strip():
        raise ValueInvalid("a topic needs a title", field="title")
    if said.bim_snippet is not None:
        _check_snippet(said.bim_snippet, given["bim_snippet"])
    return replace(before, **{name: getattr(said, name) for name in _EDITED})


def _check_snippet(snippet: BimSnippet, given: Json) -> None:
    missing = [name for name in ("snippet_type", "is_external", "reference", "reference_schema") if given.get(name) in (None, "")]
    if missing:
        raise ValueInvalid(f"a bim_snippet needs {', '.join(missing)}", field=f"bim_snippet.{missing[0]}")
    if not snippet.is_external and ("/" in snippet.reference or "\\" in snippet.reference or snippet.reference.startswith(".")):
        raise ValueInvalid("the reference of an internal bim_snippet is the name of a file", field="bim_snippet.reference")


def comment_document(comment: Comment, topic: str) -> Json:
    """A comment."""
    document = to_json(comment)
    linked = {"viewpoint_guid": comment.viewpoint} if comment.viewpoint else {}
    answered = {"reply_to_comment_guid": comment.reply_to} if comment.reply_to else {}
    return {name: document[name] for name in _COMMENT if name in document} | {"topic_guid": topic} | linked | answered


def edited_comment(before: Comment, document: Json, topic: Topic) -> Comment:
    """The comment as the document says it. Raises ValueInvalid."""
    text, linked = _text(document, "comment"), _text(document, "viewpoint_guid")
    if not text.strip() and not linked:
        raise ValueInvalid("a comment needs a text or a viewpoint", field="comment")
    if linked and linked.lower() not in {one.guid.lower() for one in topic.viewpoints}:
        raise ValueInvalid(f"there is no viewpoint '{linked}' in this topic", field="viewpoint_guid", value=linked)
    return replace(before, comment=text, viewpoint=linked, reply_to=_text(document, "reply_to_comment_guid"))


def file_document(file: HeaderFile, version: str) -> Json:
    """A model that a topic is about."""
    document = {"ifc_project": file.ifc_project, "ifc_spatial_structure_element": file.ifc_spatial_structure_element,
                "filename" if version == "3.0" else "file_name": file.filename, "date": file.date, "reference": file.reference}
    return {name: value for name, value in document.items() if value}


def files_of(documents: list[Any]) -> tuple[HeaderFile, ...]:
    """The models in a list of documents. Raises ValueInvalid."""
    files = []
    for one in documents:
        given = {"filename": one.get("filename", one.get("file_name"))} | one if isinstance(one, dict) else one
        files.append(replace(from_json(HeaderFile, given), is_external=True, others=()))
    return tuple(files)


def reference_document(reference: DocumentReference) -> Json:
    """A document that a topic points to."""
    document = {"guid": reference.guid, "document_guid": reference.document_guid, "url": reference.url,
                "description": reference.description}
    return {name: value for name, value in document.items() if value}


def reference_of(document: Json, guid: str, known: frozenset[str]) -> DocumentReference:
    """The reference in a document; `known` are guids of documents of the project. Raises ValueInvalid."""
    url, inside = _text(document, "url"), _text(document, "document_guid")
    if bool(url) == bool(inside):
        raise ValueInvalid("a document reference has either url or document_guid", field="url")
    if inside and inside not in known:
        raise ValueInvalid(f"there is no document '{inside}' in this project", field="document_guid", value=inside)
    return DocumentReference(guid, inside, url, description=_text(document, "description"))


def viewpoint_document(viewpoint: Viewpoint, version: str) -> Json:
    """A viewpoint without its components, which have addresses of their own."""
    document: Json = {"guid": viewpoint.guid}
    if viewpoint.index is not None:
        document["index"] = viewpoint.index
    if viewpoint.snapshot:
        document["snapshot"] = {"snapshot_type": picture_type(viewpoint.snapshot)}
    view = viewpoint.view
    if view is None:
        return document
    for name in ("perspective_camera", "orthogonal_camera"):
        if (camera := getattr(view, name)) is not None:
            document[name] = _camera_document(camera, version)
    if view.lines:
        document["lines"] = [{"start_point": _point(one.start_point), "end_point": _point(one.end_point)} for one in view.lines]
    if view.clipping_planes:
        document["clipping_planes"] = [{"location": _point(one.location), "direction": _point(one.direction)}
                                       for one in view.clipping_planes]
    if view.bitmaps:
        document["bitmaps"] = [_bitmap_document(viewpoint, one) for one in view.bitmaps]
    return document


def bitmap_guid(viewpoint: Viewpoint, bitmap: Bitmap) -> str:
    """What a bitmap is called; archives do not say it."""
    return guid_of(viewpoint.guid, bitmap.reference)


def picture_type(name: str) -> str:
    """`png` or `jpg`, by the name of a file."""
    return "jpg" if name.lower().endswith((".jpg", ".jpeg")) else "png"


def _bitmap_document(viewpoint: Viewpoint, bitmap: Bitmap) -> Json:
    return {"guid": bitmap_guid(viewpoint, bitmap), "bitmap_type": bitmap.format.lower() or picture_type(bitmap.reference),
            "location": _point(bitmap.location), "normal": _point(bitmap.normal), "up": _point(bitmap.up), "height": bitmap.height}


def _camera_document(camera: Camera, version: str) -> Json:
    document: Json = {"camera_view_point": _point(camera.view_point), "camera_direction": _point(camera.direction),
                      "camera_up_vector": _point(camera.up_vector)}
    for name in ("field_of_view", "view_to_world_scale"):
        if (value := getattr(camera, name)) is not None:
            document[name] = value
    if version == "3.0":
        document["aspect_ratio"] = camera.aspect_ratio or 1.0
    return document


def selection_document(view: View | None) -> Json:
    """The selected components."""
    return {"selection": _components(view.selection if view else ())}


def coloring_document(view: View | None) -> Json:
    """The coloured components."""
    return {"coloring": [{"color": one.color, "components": _components(one.components)} for one in (view.coloring if view else ())]}


def visibility_document(view: View | None) -> Json:
    """Which components are shown."""
    view = view or View(default_visibility=True)
    default = not view.exceptions if view.default_visibility is None else view.default_visibility
    return {"visibility": {
        "default_visibility": default, "exceptions": _components(view.exceptions),
        "view_setup_hints": {"spaces_visible": bool(view.spaces_visible), "openings_visible": bool(view.openings_visible),
                             "space_boundaries_visible": bool(view.space_boundaries_visible)}}}


def _components(components: tuple[Component, ...]) -> list[Json]:
    return [{name: value for name, value in to_json(one).items() if name != "others"} for one in components]


def new_guid(document: Mapping[str, Any]) -> str:
    """The guid that a document asks for, else a new one. Raises ValueInvalid for one that is none."""
    given = _text(document, "guid")
    if given and not GUID.fullmatch(given):
        raise ValueInvalid(f"'{given}' is no guid", field="guid", value=given, remedy="leave it out to get one")
    return given.lower() or str(uuid4())


def new_viewpoint(document: Json, topic: Topic, keep: Callable[[bytes], str]) -> tuple[Viewpoint, dict[str, str]]:
    """(the viewpoint in a document, name -> digest of its pictures, which `keep` keeps).

    Raises:
        ValueInvalid: it has neither a camera nor a snapshot, two cameras, or a part that is not what it must be.
    """
    guid = new_guid(document)
    cameras = [name for name in ("perspective_camera", "orthogonal_camera") if document.get(name) is not None]
    if len(cameras) > 1 or (not cameras and document.get("snapshot") is None):
        raise ValueInvalid("a viewpoint has one camera, a snapshot, or both", field="perspective_camera")
    files: dict[str, str] = {}
    snapshot = _snapshot(document.get("snapshot"), topic, guid, files, keep)
    names = {one.viewpoint for one in topic.viewpoints}
    name = f"viewpoint-{guid}.bcfv" if FIRST_VIEWPOINT in names else FIRST_VIEWPOINT
    shown: Json = _shown(_object(document, "components")) | {one: _camera(document[one], one) for one in cameras}
    view = View(
        guid, **shown,
        lines=tuple(Line(_vector(one, "start_point"), _vector(one, "end_point")) for one in _objects(document, "lines")),
        clipping_planes=tuple(ClippingPlane(_vector(one, "location"), _vector(one, "direction", direction=True))
                              for one in _objects(document, "clipping_planes")),
        bitmaps=tuple(_bitmap(one, f"bitmap-{guid}-{n}", files, keep) for n, one in enumerate(_objects(document, "bitmaps"))))
    index = from_json(Viewpoint, {"index": document.get("index")}).index
    said = bool(cameras) or view != View(guid)
    return Viewpoint(guid, name if said else "", snapshot, index, view if said else None), files


def _snapshot(document: Any, topic: Topic, guid: str, files: dict[str, str], keep: Callable[[bytes], str]) -> str:
    if document is None:
        return ""
    kind, content = _picture(document, "snapshot")
    first = FIRST_SNAPSHOT if not topic.viewpoints and kind == "png" else f"snapshot-{guid}.{kind}"
    files[first] = keep(content)
    return first


def _picture(document: Any, what: str) -> tuple[str, bytes]:
    kind, data = (document.get(f"{what}_type"), document.get(f"{what}_data")) if isinstance(document, dict) else (None, None)
    if kind not in _PICTURES or not isinstance(data, str):
        raise ValueInvalid(f"a {what} has {what}_type png or jpg, and {what}_data in base64", field=what)
    try:
        content = base64.b64decode(data, validate=True)
    except (binascii.Error, ValueError):
        raise ValueInvalid(f"{what}_data is not base64", field=f"{what}_data") from None
    if not content.startswith(_PICTURES[kind]):
        raise ValueInvalid(f"{what}_data is no {kind} picture", field=f"{what}_data")
    return kind, content


def _bitmap(document: Json, name: str, files: dict[str, str], keep: Callable[[bytes], str]) -> Bitmap:
    kind, content = _picture(document, "bitmap")
    files[f"{name}.{kind}"] = keep(content)
    return Bitmap(kind, f"{name}.{kind}", _vector(document, "location"), _vector(document, "normal", direction=True),
                  _vector(document, "up", direction=True), _number(document, "height", least=0.0))


def _camera(document: Any, name: str) -> Camera:
    if not isinstance(document, dict):
        raise ValueInvalid(f"{name} is no JSON object", field=name)
    wide = name == "perspective_camera"
    aspect = _number(document, "aspect_ratio", least=0.0) if document.get("aspect_ratio") is not None else None
    return Camera(
        _vector(document, "camera_view_point"), _vector(document, "camera_direction", direction=True),
        _vector(document, "camera_up_vector", direction=True),
        field_of_view=_number(document, "field_of_view", least=0.0, most=180.0) if wide else None,
        view_to_world_scale=None if wide else _number(document, "view_to_world_scale", least=0.0), aspect_ratio=aspect)


def _shown(components: Json) -> Json:
    """The attributes of a View that `components` says."""
    visibility = _object(components, "visibility")
    hints = _object(visibility, "view_setup_hints")
    said = from_json(View, {name: hints.get(name) for name in ("spaces_visible", "space_boundaries_visible", "openings_visible")}
                     | {"default_visibility": visibility.get("default_visibility", False if visibility else None)})
    coloring = tuple(Coloring(_color(one), _of_components(one, "components")) for one in _objects(components, "coloring"))
    return {"selection": _of_components(components, "selection"), "exceptions": _of_components(visibility, "exceptions"),
            "coloring": coloring, "default_visibility": said.default_visibility, "spaces_visible": said.spaces_visible,
            "space_boundaries_visible": said.space_boundaries_visible, "openings_visible": said.openings_visible}


def _color(document: Json) -> str:
    match = _COLOR.fullmatch(_text(document, "color"))
    if match is None:
        raise ValueInvalid("a color has 6 or 8 hexadecimal digits", field="color", value=document.get("color"))
    return match[1].upper()


def _of_components(document: Json, name: str) -> tuple[Component, ...]:
    return tuple(replace(from_json(Component, one), others=()) for one in _objects(document, name))


def _object(document: Json, name: str) -> Json:
    value = document.get(name)
    if value is not None and not isinstance(value, dict):
        raise ValueInvalid(f"{name} is no JSON object", field=name)
    return value or {}


def _objects(document: Json, name: str) -> list[Json]:
    value = document.get(name)
    if value is not None and (not isinstance(value, list) or not all(isinstance(one, dict) for one in value)):
        raise ValueInvalid(f"{name} is no list of JSON objects", field=name)
    return value or []


def _text(document: Mapping[str, Any], name: str) -> str:
    value = document.get(name)
    if value is not None and not isinstance(value, str):
        raise ValueInvalid(f"{name} is no text", field=name)
    return value or ""


def _number(document: Json, name: str, *, least: float = -math.inf, most: float = math.inf) -> float:
    value = document.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or not least < value < most:
        raise ValueInvalid(f"{name} is a number{f' above {least:g}' if least > -math.inf else ''}"
                           f"{f' and below {most:g}' if most < math.inf else ''}, not {value!r}"[:200], field=name)
    return float(value)


def _vector(document: Json, name: str, *, direction: bool = False) -> Vector:
    value = _object(document, name)
    vector = (_number(value, "x"), _number(value, "y"), _number(value, "z"))
    if direction and not any(vector):
        raise ValueInvalid(f"{name} is a direction, and has no length", field=name)
    return vector


def _point(vector: Vector) -> Json:
    return {"x": vector[0], "y": vector[1], "z": vector[2]}
