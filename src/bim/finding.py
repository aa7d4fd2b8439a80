"""Findings of models, the same as those of layers; many of a kind are told as one."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace

from csdi.finding import Finding, Severity

__all__ = ["Finding", "Severity", "few"]

_TOLD = 50
_SUBJECTS = 1000


def few(findings: Iterable[Finding], name: str) -> list[Finding]:
    """The first 50 of each code, and one for the rest, with their subjects; `name` is the file."""
    kinds: dict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        kinds[finding.code].append(finding)
    told: list[Finding] = []
    for same in kinds.values():
        told += same[:_TOLD]
        if rest := same[_TOLD:]:
            subjects = [one.subject for one in rest[:_SUBJECTS]]
            told.append(replace(rest[0], message=f"{len(rest)} more such as: {rest[0].message}", subject=name, measured=str(len(rest)),
                                expected="", data={"count": len(rest), "subjects": subjects}))
    return told
