"""From findings to topics: one for each rule, storey and cluster, with a viewpoint that shows it, the same at every check."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

import numpy as np

from bim.bcf.cameras import ASPECT, Box, around, orthogonal_on, perspective_on, section_above
from bim.bcf.fitting import FIRST_SNAPSHOT, FIRST_VIEWPOINT, guid_of
from bim.bcf.model import Bcf, Coloring, Comment, Component, Extensions, HeaderFile, Project, Topic, View, Viewpoint
from bim.finding import Finding, Severity
from csdi.collection import Text, say

LANGUAGES = ("en", "zh-Hant", "zh-Hans")
CELL_M = 10.0
"""Places nearer than this, in plan, are one cluster."""

MOST = 1000
"""Components in a viewpoint; the format asks for no more."""

_TYPES: dict[Severity, str] = {"error": "Error", "warning": "Warning", "note": "Info"}
_PRIORITIES: dict[Severity, str] = {"error": "High", "warning": "Medium", "note": "Low"}
_COLORS: dict[Severity, str] = {"error": "D32F2F", "warning": "F57C00", "note": "1976D2"}
_ORDER: tuple[Severity, ...] = ("error", "warning", "note")
_SEEN = {"en": "Elements", "zh-Hant": "構件數", "zh-Hans": "构件数"}
_STATUSES = ("Open", "Closed")


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """The model that findings are about.

    Attributes:
        project_id: of the BCF project; topics of one project keep their guids from check to check.
        filename: name of the IFC file.
        date: of the file, ISO 8601 with time; "" when not known.
        ifc_project: GlobalId of its IfcProject; "" when not known.
    """

    project_id: str
    project_name: str = ""
    filename: str = ""
    date: str = ""
    ifc_project: str = ""


@dataclass(frozen=True, slots=True)
class Spot:
    """One finding and where it is.

    Attributes:
        global_id: of the element; "" for a finding on the whole model.
        box: around the element, metres in the frame of the model (its world coordinates, not the map's); None without a shape.
        storey: name of its storey; "" when not known.
    """

    finding: Finding
    global_id: str = ""
    box: Box | None = None
    storey: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """What becomes one topic.

    Attributes:
        rule: id of the rule.
        key: what tells this group from others of the rule, the same at every check: the topic's guid follows from it.
        title: by language.
        description: by language; what the rule asks for.
        snapshot: a PNG or JPEG picture of it; None without.
    """

    rule: str
    key: str
    title: Text
    spots: tuple[Spot, ...]
    description: Text = field(default_factory=dict)
    snapshot: bytes | None = None

    @property
    def severity(self) -> Severity:
        """The gravest of the findings."""
        return min((spot.finding.severity for spot in self.spots), key=_ORDER.index, default="note")


@dataclass(frozen=True, slots=True)
class Style:
    """How topics are written.

    Attributes:
        author: who is said to have made them.
        when: ISO 8601 with time.
        titles: languages of a title, joined; the description has all three.
        orthogonal: cameras without perspective.
        section: whether what lies over the elements is cut away.
        aspect: width of a picture by its height.
    """

    author: str
    when: str
    titles: tuple[str, ...] = ("en",)
    orthogonal: bool = False
    section: bool = False
    aspect: float = ASPECT


def grouped(spots: Iterable[Spot], titles: Mapping[str, Text]) -> list[Group]:
    """Groups of rule (the finding's code), storey and cluster, in that order; `titles` by rule, else the first finding's message.

    A cluster is what lies in cells of 10 m that touch, in plan; its key is the first GlobalId in it by alphabet.
    """
    same: dict[tuple[str, str, int], list[Spot]] = defaultdict(list)
    kinds: dict[tuple[str, str], list[Spot]] = defaultdict(list)
    for spot in spots:
        kinds[spot.finding.code, spot.storey].append(spot)
    for (rule, storey), kind in kinds.items():
        for spot, cluster in zip(kind, _clusters(kind), strict=True):
            same[rule, storey, cluster].append(spot)
    groups = []
    for (rule, storey, _), members in same.items():
        first = min((spot.global_id or spot.finding.subject for spot in members), default="")
        title = titles.get(rule) or {"en": members[0].finding.message}
        groups.append(Group(rule, f"{storey}|{first}", {tag: f"{text}, {storey}" if storey else text for tag, text in title.items()},
                            tuple(members)))
    return sorted(groups, key=lambda group: (group.rule, group.key))


def _clusters(spots: list[Spot]) -> list[int]:
    """The number of the cluster of each spot; all without a box are one."""
    cells: dict[tuple[int, int], list[int]] = defaultdict(list)
    for n, spot in enumerate(spots):
        if spot.box is not None:
            x, y = np.floor(spot.box.centre[:2] / CELL_M).astype(int)
            cells[int(x), int(y)].append(n)
    numbers = [0] * len(spots)
    left, cluster = set(cells), 0
    for start in cells:
        if start not in left:
            continue
        cluster += 1
        left.discard(start)
        edge = [start]
        while edge:
            x, y = edge.pop()
            for n in cells[x, y]:
                numbers[n] = cluster
            near = {(x + i, y + j) for i in (-1, 0, 1) for j in (-1, 0, 1)} & left
            left -= near
            edge += near
    return numbers


def topics_of(groups: Iterable[Group], model: ModelInfo, style: Style, version: str = "2.1") -> Bcf:
    """The archive with one topic for each group.

    Viewpoints are in metres in the model's own world coordinates, as BCF has them: what IfcMapConversion says is not applied.
    Write it with `write_bcf`, which fits it to the version. A viewpoint never changes: where a later check sees something else, it
    has another guid, and so has the comment that tells of it.
    """
    topics, members = [], {}
    for n, group in enumerate(groups):
        topic = _topic(group, model, style, n)
        topics.append(topic)
        if group.snapshot:
            members[topic.path(topic.viewpoints[0].snapshot)] = group.snapshot
    words = Extensions(
        topic_types=tuple(_TYPES.values()), topic_statuses=_STATUSES, priorities=tuple(_PRIORITIES.values()),
        topic_labels=tuple(sorted({label for topic in topics for label in topic.labels})), users=(style.author,))
    return Bcf(version, tuple(topics), Project(model.project_id, model.project_name), words, members=MappingProxyType(members))


def topic_guid(model: ModelInfo, group: Group) -> str:
    """The guid of a group's topic: the same at every check of the same project."""
    return guid_of(model.project_id, group.rule, group.key)


def _topic(group: Group, model: ModelInfo, style: Style, n: int) -> Topic:
    guid = topic_guid(model, group)
    viewpoint = _viewpoint(group, style, guid)
    titles = list(dict.fromkeys(say(group.title, tag) for tag in style.titles))
    told = _told(group)
    comment = Comment(guid_of(guid, viewpoint.guid, told), style.when, style.author, told, viewpoint=viewpoint.guid)
    storeys = sorted({spot.storey for spot in group.spots if spot.storey})
    return Topic(
        guid=guid, topic_type=_TYPES[group.severity], topic_status="Open", title=" · ".join(titles) or group.rule,
        priority=_PRIORITIES[group.severity], index=n, labels=(group.rule, *storeys), creation_date=style.when,
        creation_author=style.author, description=_described(group), comments=(comment,), viewpoints=(viewpoint,), folder=guid,
        files=(HeaderFile(ifc_project=model.ifc_project, is_external=True, filename=model.filename, date=model.date),))


def _described(group: Group) -> str:
    """Title, description and count in each of the three languages."""
    count = len({spot.global_id for spot in group.spots if spot.global_id}) or len(group.spots)
    parts = []
    for tag in LANGUAGES:
        words = [say(group.title, tag), say(group.description, tag), f"{_SEEN[tag]}: {count}"]
        parts.append("\n".join(word for word in words if word))
    return "\n\n".join([f"{group.rule}", *parts])


def _told(group: Group) -> str:
    """The findings of a group as text, the first ten in full."""
    lines = []
    for spot in group.spots[:10]:
        finding = spot.finding
        measured = f" [{finding.measured} / {finding.expected}]" if finding.measured or finding.expected else ""
        lines.append(f"{finding.message}{measured}{f' ({spot.global_id})' if spot.global_id else ''}")
    more = len(group.spots) - len(lines)
    return "\n".join([*lines, *([f"+ {more}"] if more else [])])


def _viewpoint(group: Group, style: Style, topic: str) -> Viewpoint:
    elements = tuple(Component(one) for one in dict.fromkeys(spot.global_id for spot in group.spots if spot.global_id))[:MOST]
    boxes = [spot.box for spot in group.spots if spot.box is not None]
    box = around(boxes) if boxes else None
    look = orthogonal_on if style.orthogonal else perspective_on
    camera = look(box, aspect=style.aspect) if box else None
    view = View(
        spaces_visible=False, space_boundaries_visible=False, openings_visible=False, selection=elements, default_visibility=True,
        coloring=(Coloring(_COLORS[group.severity], elements),) if elements else (),
        perspective_camera=None if style.orthogonal else camera, orthogonal_camera=camera if style.orthogonal else None,
        clipping_planes=(section_above(box),) if style.section and box else ())
    guid = guid_of(topic, repr(view))
    return Viewpoint(guid, FIRST_VIEWPOINT, _snapshot_name(group.snapshot), 0, replace(view, guid=guid))


def _snapshot_name(snapshot: bytes | None) -> str:
    if not snapshot:
        return ""
    return FIRST_SNAPSHOT if not snapshot.startswith(b"\xff\xd8") else "snapshot.jpg"
