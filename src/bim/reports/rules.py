"""What a report says of a rule: its title, its clause, and in which chapter it stands."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from bim import normative
from bim.audit.run import EXPRESS
from bim.packs import Pack
from bim.reports.words import text
from csdi.collection import Text

Chapter = Literal["schema", "quality", "regulation"]
CHAPTERS: tuple[Chapter, ...] = ("schema", "quality", "regulation")
_PRACTICE = "practice"


@dataclass(frozen=True, slots=True)
class RuleInfo:
    """A rule as reports speak of it.

    Attributes:
        title, cure: by language.
        clause: document and reference, one line; "" without.
        source: web address where it is published; "" without.
        basis: what the clause rests on: `standard`, `regulation`, `guideline` or `proposal`; "" where that is not said.
    """

    id: str
    title: Text
    chapter: Chapter
    clause: str = ""
    cure: Text = field(default_factory=dict)
    source: str = ""
    basis: str = ""


def rule_infos(packs: Iterable[Pack] = ()) -> Mapping[str, RuleInfo]:
    """Rule id -> what is said of it: the schema, the normative rules, and those of the packs."""
    known = {EXPRESS: RuleInfo(EXPRESS, text("express"), "schema")}
    for rule in normative.RULES.values():
        chapter: Chapter = "quality" if rule.kind == _PRACTICE else "schema"
        known[rule.id] = RuleInfo(rule.id, rule.titles, chapter, "buildingSMART", source=rule.source)
    for pack in packs:
        for own in pack.rules:
            chapter = next((one for one in CHAPTERS if one == own.group), "quality")
            known[own.id] = RuleInfo(own.id, own.title, chapter, _clause(own.clause), own.cure, basis=own.clause.get("basis", ""))
    return known


def _clause(clause: Mapping[str, str]) -> str:
    return ", ".join(filter(None, (clause.get("doc", ""), clause.get("ref", ""))))
