"""How the parts of an archive stand in XML, version by version."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

from bim.bcf.layout import FLAG, INTEGER, POINT, REAL, Layout, Slot
from bim.bcf.model import (
    BimSnippet,
    Bitmap,
    Camera,
    ClippingPlane,
    Coloring,
    Comment,
    Component,
    Document,
    DocumentReference,
    Documents,
    Extensions,
    HeaderFile,
    Line,
    Others,
    Project,
    Topic,
    View,
    Viewpoint,
)

_COMPONENT = Layout(Component, (
    Slot("ifc_guid", "@IfcGuid"), Slot("originating_system", "OriginatingSystem"), Slot("authoring_tool_id", "AuthoringToolId")))
_LINE = Layout(Line, (Slot("start_point", "StartPoint", POINT), Slot("end_point", "EndPoint", POINT)))
_PLANE = Layout(ClippingPlane, (Slot("location", "Location", POINT), Slot("direction", "Direction", POINT)))


def _bitmap(format: str) -> Layout[Bitmap]:
    return Layout(Bitmap, (
        Slot("format", format), Slot("reference", "Reference", blank=True), Slot("location", "Location", POINT),
        Slot("normal", "Normal", POINT), Slot("up", "Up", POINT), Slot("height", "Height", REAL)))


def _camera(range: Slot, *, aspect: bool) -> Layout[Camera]:
    seen = (Slot("view_point", "CameraViewPoint", POINT), Slot("direction", "CameraDirection", POINT),
            Slot("up_vector", "CameraUpVector", POINT), range)
    return Layout(Camera, (*seen, Slot("aspect_ratio", "AspectRatio", REAL)) if aspect else seen)


def _cameras(*, aspect: bool) -> tuple[Slot, Slot]:
    wide, flat = Slot("field_of_view", "FieldOfView", REAL), Slot("view_to_world_scale", "ViewToWorldScale", REAL)
    return (Slot("orthogonal_camera", "OrthogonalCamera", _camera(flat, aspect=aspect)),
            Slot("perspective_camera", "PerspectiveCamera", _camera(wide, aspect=aspect)))


_DRAWN = (Slot("lines", "Lines/Line[]", _LINE), Slot("clipping_planes", "ClippingPlanes/ClippingPlane[]", _PLANE))


def _hints(holder: str) -> tuple[Slot, ...]:
    return (Slot("spaces_visible", f"{holder}/ViewSetupHints/@SpacesVisible", FLAG),
            Slot("space_boundaries_visible", f"{holder}/ViewSetupHints/@SpaceBoundariesVisible", FLAG),
            Slot("openings_visible", f"{holder}/ViewSetupHints/@OpeningsVisible", FLAG))


_SELECTION = Slot("selection", "Components/Selection/Component[]", _COMPONENT)
_DEFAULT = Slot("default_visibility", "Components/Visibility/@DefaultVisibility", FLAG)
_EXCEPTIONS = Slot("exceptions", "Components/Visibility/Exceptions/Component[]", _COMPONENT)

VIEW_21 = Layout(View, (
    Slot("guid", "@Guid"), *_hints("Components"), _SELECTION, _DEFAULT, _EXCEPTIONS,
    Slot("coloring", "Components/Coloring/Color[]",
         Layout(Coloring, (Slot("color", "@Color"), Slot("components", "Component[]", _COMPONENT)))),
    *_cameras(aspect=False), *_DRAWN, Slot("bitmaps", "Bitmap[]", _bitmap("Bitmap"))), "VisualizationInfo")

VIEW_30 = Layout(View, (
    Slot("guid", "@Guid"), _SELECTION, *_hints("Components/Visibility"), _DEFAULT, _EXCEPTIONS,
    Slot("coloring", "Components/Coloring/Color[]",
         Layout(Coloring, (Slot("color", "@Color"), Slot("components", "Components/Component[]", _COMPONENT)))),
    *_cameras(aspect=True), *_DRAWN, Slot("bitmaps", "Bitmaps/Bitmap[]", _bitmap("Format"))), "VisualizationInfo")


@dataclass(frozen=True, slots=True)
class FlatComponent:
    """A component as 2.0 has it: with its state."""

    ifc_guid: str = ""
    selected: bool | None = None
    visible: bool | None = None
    color: str = ""
    originating_system: str = ""
    authoring_tool_id: str = ""
    others: Others = ()


@dataclass(frozen=True, slots=True)
class FlatView:
    """A viewpoint as 2.0 has it: one list of components with their states."""

    components: tuple[FlatComponent, ...] = ()
    default_visibility: bool | None = None
    spaces_visible: bool | None = None
    space_boundaries_visible: bool | None = None
    openings_visible: bool | None = None
    orthogonal_camera: Camera | None = None
    perspective_camera: Camera | None = None
    lines: tuple[Line, ...] = ()
    clipping_planes: tuple[ClippingPlane, ...] = ()
    bitmaps: tuple[Bitmap, ...] = ()
    others: Others = ()


VIEW_20 = Layout(FlatView, (
    Slot("default_visibility", "Components/@DefaultVisibilityComponents", FLAG),
    Slot("spaces_visible", "Components/@DefaultVisibilitySpaces", FLAG),
    Slot("space_boundaries_visible", "Components/@DefaultVisibilitySpaceBoundaries", FLAG),
    Slot("openings_visible", "Components/@DefaultVisibilityOpenings", FLAG),
    Slot("components", "Components/Component[]", Layout(FlatComponent, (
        Slot("ifc_guid", "@IfcGuid"), Slot("selected", "@Selected", FLAG), Slot("visible", "@Visible", FLAG), Slot("color", "@Color"),
        Slot("originating_system", "OriginatingSystem"), Slot("authoring_tool_id", "AuthoringToolId")))),
    *_cameras(aspect=False), *_DRAWN, Slot("bitmaps", "Bitmaps[]", _bitmap("Bitmap"))), "VisualizationInfo")


def _file(external: str) -> Layout[HeaderFile]:
    return Layout(HeaderFile, (
        Slot("ifc_project", "@IfcProject"), Slot("ifc_spatial_structure_element", "@IfcSpatialStructureElement"),
        Slot("is_external", f"@{external}", FLAG), Slot("filename", "Filename"), Slot("date", "Date"), Slot("reference", "Reference")))


def _snippet(external: str) -> Layout[BimSnippet]:
    return Layout(BimSnippet, (
        Slot("snippet_type", "@SnippetType", blank=True), Slot("is_external", f"@{external}", FLAG),
        Slot("reference", "Reference", blank=True), Slot("reference_schema", "ReferenceSchema", blank=True)))


_REFERENCE_2 = Layout(DocumentReference, (
    Slot("guid", "@Guid"), Slot("is_external", "@isExternal", FLAG), Slot("url", "ReferencedDocument"),
    Slot("description", "Description")))
_REFERENCE_30 = Layout(DocumentReference, (
    Slot("guid", "@Guid"), Slot("document_guid", "DocumentGuid"), Slot("url", "Url"), Slot("description", "Description")))

_VIEWPOINT = Layout(Viewpoint, (
    Slot("guid", "@Guid"), Slot("viewpoint", "Viewpoint"), Slot("snapshot", "Snapshot"), Slot("index", "Index", INTEGER)))

_SAID = (Slot("date", "Date"), Slot("author", "Author", blank=True))
_LINKED = Slot("viewpoint", "Viewpoint/@Guid")
_CHANGED = (Slot("modified_date", "ModifiedDate"), Slot("modified_author", "ModifiedAuthor"))
_COMMENT_20 = Layout(Comment, (
    Slot("guid", "@Guid"), Slot("verbal_status", "VerbalStatus"), Slot("status", "Status"), *_SAID, Slot("comment", "Comment", blank=True),
    Slot("topic", "Topic/@Guid"), Slot("reply_to", "ReplyToComment/@Guid"), _LINKED, *_CHANGED))
_COMMENT_21 = Layout(Comment, (Slot("guid", "@Guid"), *_SAID, Slot("comment", "Comment", blank=True), _LINKED, *_CHANGED))
_COMMENT_30 = Layout(Comment, (Slot("guid", "@Guid"), *_SAID, Slot("comment", "Comment"), _LINKED, *_CHANGED))


def _dates() -> tuple[Slot, ...]:
    return (Slot("creation_date", "Topic/CreationDate"), Slot("creation_author", "Topic/CreationAuthor", blank=True),
            Slot("modified_date", "Topic/ModifiedDate"), Slot("modified_author", "Topic/ModifiedAuthor"))


def _kind_of_topic() -> tuple[Slot, ...]:
    return (Slot("guid", "Topic/@Guid"), Slot("topic_type", "Topic/@TopicType"), Slot("topic_status", "Topic/@TopicStatus"))


_TITLE = Slot("title", "Topic/Title", blank=True)
_ORDER = (Slot("priority", "Topic/Priority"), Slot("index", "Topic/Index", INTEGER))
_ASSIGNED = Slot("assigned_to", "Topic/AssignedTo")
_STAGED = (Slot("due_date", "Topic/DueDate"), _ASSIGNED, Slot("stage", "Topic/Stage"))
_DESCRIBED = Slot("description", "Topic/Description")

MARKUP_20 = Layout(Topic, (
    Slot("files", "Header/File[]", _file("isExternal")), *_kind_of_topic(), Slot("reference_links", "Topic/ReferenceLink[]"), _TITLE,
    *_ORDER, Slot("labels", "Topic/Labels[]"), *_dates(), _ASSIGNED, _DESCRIBED,
    Slot("bim_snippet", "Topic/BimSnippet", _snippet("isExternal")),
    Slot("document_references", "Topic/DocumentReferences[]", _REFERENCE_2), Slot("related_topics", "Topic/RelatedTopics[]/@Guid"),
    Slot("comments", "Comment[]", _COMMENT_20), Slot("viewpoints", "Viewpoints[]", _VIEWPOINT)), "Markup")

MARKUP_21 = Layout(Topic, (
    Slot("files", "Header/File[]", _file("isExternal")), *_kind_of_topic(), Slot("reference_links", "Topic/ReferenceLink[]"), _TITLE,
    *_ORDER, Slot("labels", "Topic/Labels[]"), *_dates(), *_STAGED, _DESCRIBED,
    Slot("bim_snippet", "Topic/BimSnippet", _snippet("isExternal")),
    Slot("document_references", "Topic/DocumentReference[]", _REFERENCE_2), Slot("related_topics", "Topic/RelatedTopic[]/@Guid"),
    Slot("comments", "Comment[]", _COMMENT_21), Slot("viewpoints", "Viewpoints[]", _VIEWPOINT)), "Markup")

MARKUP_30 = Layout(Topic, (
    Slot("files", "Header/Files/File[]", _file("IsExternal")), *_kind_of_topic(),
    Slot("server_assigned_id", "Topic/@ServerAssignedId"), Slot("reference_links", "Topic/ReferenceLinks/ReferenceLink[]"), _TITLE,
    *_ORDER, Slot("labels", "Topic/Labels/Label[]"), *_dates(), *_STAGED, _DESCRIBED,
    Slot("bim_snippet", "Topic/BimSnippet", _snippet("IsExternal")),
    Slot("document_references", "Topic/DocumentReferences/DocumentReference[]", _REFERENCE_30),
    Slot("related_topics", "Topic/RelatedTopics/RelatedTopic[]/@Guid"), Slot("comments", "Topic/Comments/Comment[]", _COMMENT_30),
    Slot("viewpoints", "Topic/Viewpoints/ViewPoint[]", _VIEWPOINT)), "Markup")

_NAMED = (Slot("project_id", "Project/@ProjectId"), Slot("name", "Project/Name"))
PROJECT_2 = Layout(Project, (*_NAMED, Slot("extension_schema", "ExtensionSchema", blank=True)), "ProjectExtension")
PROJECT_30 = Layout(Project, _NAMED, "ProjectInfo")

EXTENSIONS_30 = Layout(Extensions, (
    Slot("topic_types", "TopicTypes/TopicType[]"), Slot("topic_statuses", "TopicStatuses/TopicStatus[]"),
    Slot("priorities", "Priorities/Priority[]"), Slot("topic_labels", "TopicLabels/TopicLabel[]"), Slot("users", "Users/User[]"),
    Slot("snippet_types", "SnippetTypes/SnippetType[]"), Slot("stages", "Stages/Stage[]")), "Extensions")

DOCUMENTS_30 = Layout(Documents, (
    Slot("documents", "Documents/Document[]",
         Layout(Document, (Slot("guid", "@Guid"), Slot("filename", "Filename", blank=True), Slot("description", "Description")))),),
    "DocumentInfo")


class Version(NamedTuple):
    """The layouts of one version."""

    markup: Layout[Topic]
    view: Layout[Any]
    project: Layout[Project]


VERSIONS = {"2.0": Version(MARKUP_20, VIEW_20, PROJECT_2), "2.1": Version(MARKUP_21, VIEW_21, PROJECT_2),
            "3.0": Version(MARKUP_30, VIEW_30, PROJECT_30)}
"""What we read; the last two are written too."""
