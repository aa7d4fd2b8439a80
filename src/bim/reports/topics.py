"""The findings of a report as BCF topics: one for each rule, storey and cluster, with viewpoint and picture."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from bim.audit import Report
from bim.bcf import Bcf, Group, ModelInfo, Spot, Style, grouped, topics_of
from bim.finding import Finding, Severity
from bim.packs import Pack
from bim.reports.document import all_findings
from bim.reports.drawing import snapshots
from bim.reports.ids_sections import asked
from bim.reports.located import Located
from bim.reports.picture import ASPECT
from bim.reports.rules import RuleInfo, rule_infos
from csdi.collection import Text

_TOLD: tuple[Severity, ...] = ("error", "warning")


def bcf_of(report: Report, *, when: str, located: Located | None = None, packs: Iterable[Pack] = (), project_id: str = "",
           author: str = "csdi", version: str = "2.1", titles: tuple[str, ...] = ("en",), pictures: bool = True,
           severities: tuple[Severity, ...] = _TOLD) -> Bcf:
    """The archive; `bim.bcf.write_bcf` writes it.

    Args:
        when: ISO 8601 with time, that topics are said to be made at; guids do not depend on it.
        located: the model as it was read; without it, topics have neither viewpoint camera nor picture.
        packs: those that judged, for the titles of their rules.
        project_id: of the BCF project; topics of one project keep their guids from audit to audit. The model's IfcProject, else
            its file name, where it is empty.
        version: 2.1 or 3.0.
        titles: languages of a topic's title, joined.
        pictures: whether topics have snapshots.
        severities: of the findings that become topics.
    """
    project = located.project if located else {}
    info = ModelInfo(project_id or str(project.get("global_id") or report.file), str(project.get("name") or ""), report.file,
                     ifc_project=str(project.get("global_id") or ""))
    groups = _groups(report, located, rule_infos(packs), severities)
    if located is not None and pictures:
        groups = [replace(group, snapshot=drawn) for group, drawn in zip(groups, snapshots(groups, located), strict=True)]
    return topics_of(groups, info, Style(author, when, titles, section=True, aspect=ASPECT), version)


def _groups(report: Report, located: Located | None, infos: Mapping[str, RuleInfo], severities: tuple[Severity, ...]) -> list[Group]:
    told = [finding for finding in all_findings(report) if finding.severity in severities]
    spots = [located.spot(finding) if located else _unplaced(finding) for finding in told]
    titles: dict[str, Text] = {id: {tag: f"{id} {said}" for tag, said in info.title.items()} for id, info in infos.items()}
    titles |= {one.judgement.rule: one.title for one in asked(report.ids, report.file)}
    return [replace(group, description=_asked(group, infos)) for group in grouped(spots, titles)]


def _unplaced(finding: Finding) -> Spot:
    return Spot(finding, str(finding.data.get("global_id") or ""), storey=str(finding.data.get("storey") or ""))


def _asked(group: Group, infos: Mapping[str, RuleInfo]) -> Text:
    """The clause and the cure of a group's rule, by language."""
    info = infos.get(group.rule)
    first = group.spots[0].finding
    if info is None:
        return {"en": first.cure} if first.cure else {}
    cures = info.cure or ({"en": first.cure} if first.cure else {"en": ""})
    return {tag: "\n".join(filter(None, [info.clause, cure])) for tag, cure in cures.items()}
