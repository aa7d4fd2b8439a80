"""Pictures of all findings of a report, a few of each rule, and of the groups that become BCF topics."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor

from bim.audit import Report
from bim.bcf import Group
from bim.finding import Finding
from bim.reports.ids_sections import asked
from bim.reports.located import Located, key_of
from bim.reports.picture import Shot, picture

_AT_ONCE = 2
"""Pictures drawn side by side: the rays are traced without the interpreter's lock."""


def pictures(report: Report, located: Located, *, each: int = 12, most: int = 200) -> Mapping[str, bytes]:
    """PNG pictures by `key_of` the finding, of those that are somewhere.

    Args:
        located: the model, as it was read for the audit.
        each: pictures of one rule, the gravest findings first.
        most: pictures in all.

    Findings that show the same share one picture.
    """
    shots: dict[str, Shot] = {}
    wanted: dict[Shot, None] = {}
    for findings in _by_rule(report):
        own: set[Shot] = set()
        for finding in sorted(findings, key=lambda one: ("error", "warning", "note").index(one.severity)):
            shot = located.shot([finding])
            if shot is None or (shot not in own and (len(own) >= each or (shot not in wanted and len(wanted) >= most))):
                continue
            own.add(shot)
            wanted.setdefault(shot)
            shots[key_of(finding)] = shot
    drawn = dict(zip(wanted, _all_drawn(located, list(wanted)), strict=True))
    return {key: drawn[shot] for key, shot in shots.items()}


def snapshots(groups: list[Group], located: Located, most: int = 200) -> list[bytes | None]:
    """A PNG picture of each of the first groups, in their order; None of one that is nowhere."""
    shots = [located.shot([spot.finding for spot in group.spots]) for group in groups[:most]]
    wanted = [shot for shot in dict.fromkeys(shots) if shot is not None]
    drawn = dict(zip(wanted, _all_drawn(located, wanted), strict=True))
    return [drawn[shot] if shot else None for shot in shots] + [None] * (len(groups) - len(shots))


def _all_drawn(located: Located, shots: list[Shot]) -> list[bytes]:
    if not shots:
        return []
    first = picture(located.scene, shots[0])
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return [first, *pool.map(lambda shot: picture(located.scene, shot), shots[1:])]


def _by_rule(report: Report) -> Iterator[tuple[Finding, ...]]:
    for rule in report.rules:
        yield rule.findings
    for one in asked(report.ids, report.file):
        yield one.judgement.findings
    for stage in report.stages:
        yield stage.findings
