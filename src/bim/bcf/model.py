"""What a BCF archive says: project, topics, comments, viewpoints, and every file beside them, the same for all versions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

Vector = tuple[float, float, float]
"""x, y, z. Places are metres in the frame of the model that the viewpoint looks at; directions have no unit."""


@dataclass(frozen=True, slots=True)
class Other:
    """An attribute or element that the version does not know; it is kept, and written back where it was.

    Attributes:
        at: path of the element that holds it, from the outermost element of the part: `Topic[0]/Labels[0]/Label[2]`; "" for itself.
        xml: the element as XML text; "" for an attribute.
        name: of the attribute, `{namespace}local`.
        value: of the attribute.
    """

    at: str
    xml: str = ""
    name: str = ""
    value: str = ""


Others = tuple[Other, ...]


@dataclass(frozen=True, slots=True)
class Component:
    """One element of a model, by its GlobalId or by the id of the tool that it comes from."""

    ifc_guid: str = ""
    originating_system: str = ""
    authoring_tool_id: str = ""
    others: Others = ()


@dataclass(frozen=True, slots=True)
class Coloring:
    """Components in one colour: `RRGGBB` or `AARRGGBB`, hexadecimal."""

    color: str = ""
    components: tuple[Component, ...] = ()
    others: Others = ()


@dataclass(frozen=True, slots=True)
class Camera:
    """Where a viewpoint is looked from.

    Attributes:
        view_point: place of the camera.
        direction: the way it looks.
        up_vector: what is up in the picture; neither zero nor along `direction`.
        field_of_view: the whole vertical angle in degrees, of a perspective camera; None of an orthogonal one.
        view_to_world_scale: the whole height of the picture in metres, of an orthogonal camera; None of a perspective one.
        aspect_ratio: width of the picture by its height; None where a version before 3.0 leaves it open.
    """

    view_point: Vector = (0.0, 0.0, 0.0)
    direction: Vector = (0.0, 1.0, 0.0)
    up_vector: Vector = (0.0, 0.0, 1.0)
    field_of_view: float | None = None
    view_to_world_scale: float | None = None
    aspect_ratio: float | None = None
    others: Others = ()


@dataclass(frozen=True, slots=True)
class Line:
    """A line drawn into the scene; a point where both ends are the same."""

    start_point: Vector = (0.0, 0.0, 0.0)
    end_point: Vector = (0.0, 0.0, 0.0)
    others: Others = ()


@dataclass(frozen=True, slots=True)
class ClippingPlane:
    """A plane that cuts the scene; `direction` points to the side that is taken away."""

    location: Vector = (0.0, 0.0, 0.0)
    direction: Vector = (0.0, 0.0, 1.0)
    others: Others = ()


@dataclass(frozen=True, slots=True)
class Bitmap:
    """A picture that stands in the scene.

    Attributes:
        format: `png` or `jpg`.
        reference: name of the file in the topic's folder.
        location: its centre.
        height: metres.
    """

    format: str = ""
    reference: str = ""
    location: Vector = (0.0, 0.0, 0.0)
    normal: Vector = (0.0, 0.0, 1.0)
    up: Vector = (0.0, 1.0, 0.0)
    height: float | None = None
    others: Others = ()


@dataclass(frozen=True, slots=True)
class View:
    """What a viewpoint shows: the content of one `.bcfv` member. None where the archive does not say it.

    Attributes:
        default_visibility: whether components that are no exceptions are shown; None where not said.
    """

    guid: str = ""
    spaces_visible: bool | None = None
    space_boundaries_visible: bool | None = None
    openings_visible: bool | None = None
    selection: tuple[Component, ...] = ()
    default_visibility: bool | None = None
    exceptions: tuple[Component, ...] = ()
    coloring: tuple[Coloring, ...] = ()
    orthogonal_camera: Camera | None = None
    perspective_camera: Camera | None = None
    lines: tuple[Line, ...] = ()
    clipping_planes: tuple[ClippingPlane, ...] = ()
    bitmaps: tuple[Bitmap, ...] = ()
    others: Others = ()

    @property
    def camera(self) -> Camera | None:
        """The perspective camera, else the orthogonal one."""
        return self.perspective_camera or self.orthogonal_camera

    @property
    def has_components(self) -> bool:
        """Whether anything is said of components."""
        flags = (self.spaces_visible, self.space_boundaries_visible, self.openings_visible, self.default_visibility)
        return bool(self.selection or self.exceptions or self.coloring) or any(flag is not None for flag in flags)


@dataclass(frozen=True, slots=True)
class Viewpoint:
    """A viewpoint of a topic.

    Attributes:
        viewpoint: name of its `.bcfv` member in the topic's folder; "" without.
        snapshot: name of its picture in the topic's folder; "" without.
        view: what the `.bcfv` member says; None without one.
    """

    guid: str = ""
    viewpoint: str = ""
    snapshot: str = ""
    index: int | None = None
    view: View | None = None
    others: Others = ()


@dataclass(frozen=True, slots=True)
class HeaderFile:
    """A model that a topic is about. `is_external` is None where not said, which means true."""

    ifc_project: str = ""
    ifc_spatial_structure_element: str = ""
    is_external: bool | None = None
    filename: str = ""
    date: str = ""
    reference: str = ""
    others: Others = ()


@dataclass(frozen=True, slots=True)
class BimSnippet:
    """A piece of data of some schema; in the topic's folder unless it is external."""

    snippet_type: str = ""
    is_external: bool | None = None
    reference: str = ""
    reference_schema: str = ""
    others: Others = ()


@dataclass(frozen=True, slots=True)
class DocumentReference:
    """A document that a topic points to.

    Attributes:
        document_guid: of a `Document` inside the archive (3.0).
        url: of a document elsewhere; before 3.0 also the path of a member, as seen from the topic's folder, where not `is_external`.
    """

    guid: str = ""
    document_guid: str = ""
    url: str = ""
    is_external: bool | None = None
    description: str = ""
    others: Others = ()


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment on a topic. Dates are ISO 8601 text as received. The last four are of 2.0 only."""

    guid: str = ""
    date: str = ""
    author: str = ""
    comment: str = ""
    viewpoint: str = ""
    modified_date: str = ""
    modified_author: str = ""
    verbal_status: str = ""
    status: str = ""
    topic: str = ""
    reply_to: str = ""
    others: Others = ()


@dataclass(frozen=True, slots=True)
class Topic:
    """One issue: the content of one `markup.bcf` and of the viewpoints that it names.

    Attributes:
        folder: name of its folder in the archive; mostly, not always, its guid.
        files: the models that it is about.
    """

    guid: str = ""
    topic_type: str = ""
    topic_status: str = ""
    server_assigned_id: str = ""
    title: str = ""
    priority: str = ""
    index: int | None = None
    labels: tuple[str, ...] = ()
    creation_date: str = ""
    creation_author: str = ""
    modified_date: str = ""
    modified_author: str = ""
    due_date: str = ""
    assigned_to: str = ""
    stage: str = ""
    description: str = ""
    reference_links: tuple[str, ...] = ()
    bim_snippet: BimSnippet | None = None
    document_references: tuple[DocumentReference, ...] = ()
    related_topics: tuple[str, ...] = ()
    files: tuple[HeaderFile, ...] = ()
    comments: tuple[Comment, ...] = ()
    viewpoints: tuple[Viewpoint, ...] = ()
    folder: str = ""
    others: Others = ()

    def path(self, name: str) -> str:
        """The member that a name inside the topic's folder means."""
        return f"{self.folder or self.guid}/{name}"


@dataclass(frozen=True, slots=True)
class Document:
    """A document inside the archive (3.0), kept as member `documents/<guid>`."""

    guid: str = ""
    filename: str = ""
    description: str = ""
    others: Others = ()


@dataclass(frozen=True, slots=True)
class Documents:
    """The list of documents (3.0): the content of `documents.xml`."""

    documents: tuple[Document, ...] = ()
    others: Others = ()


@dataclass(frozen=True, slots=True)
class Project:
    """The project. `extension_schema` names the member with the extensions before 3.0."""

    project_id: str = ""
    name: str = ""
    extension_schema: str = ""
    others: Others = ()


@dataclass(frozen=True, slots=True)
class Extensions:
    """The words that a project uses; a kind without words is open."""

    topic_types: tuple[str, ...] = ()
    topic_statuses: tuple[str, ...] = ()
    priorities: tuple[str, ...] = ()
    topic_labels: tuple[str, ...] = ()
    users: tuple[str, ...] = ()
    snippet_types: tuple[str, ...] = ()
    stages: tuple[str, ...] = ()
    others: Others = ()


def _nothing() -> Mapping[str, bytes]:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Bcf:
    """A whole archive.

    Attributes:
        version: `2.0`, `2.1` or `3.0`: the version that it was read in, or is meant for.
        project: None where the archive names none.
        extensions: None where the archive has none.
        documents: None where the archive has no list of them.
        members: every member that is not one of the parts above, by its path: snapshots, bitmaps, snippets, documents, anything unknown.
        sources: the XML parts as received, by path; what has not changed since is written back byte for byte.
    """

    version: str = "2.1"
    topics: tuple[Topic, ...] = ()
    project: Project | None = None
    extensions: Extensions | None = None
    documents: Documents | None = None
    members: Mapping[str, bytes] = field(default_factory=_nothing)
    sources: Mapping[str, bytes] = field(default_factory=_nothing, compare=False, repr=False)

    def topic(self, guid: str) -> Topic | None:
        """The topic of this guid, in any case of letters."""
        return next((topic for topic in self.topics if topic.guid.lower() == guid.lower()), None)

    def snapshot(self, topic: Topic, viewpoint: Viewpoint) -> bytes | None:
        """The picture of a viewpoint; None without."""
        return self.members.get(topic.path(viewpoint.snapshot)) if viewpoint.snapshot else None
