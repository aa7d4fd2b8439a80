"""A report as people read it: summary, chapters, sections of findings by storey, what was not checked, and what judged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import groupby

from bim.audit import Report, Stage
from bim.check import Judgement, Outcome
from bim.finding import Finding, Severity
from bim.packs import Pack
from bim.reports.ids_sections import asked
from bim.reports.located import Element, Elements, key_of
from bim.reports.rules import CHAPTERS, Chapter, RuleInfo, rule_infos
from bim.reports.words import has, text, words
from bim.tables import ModelTables
from csdi.collection import Text, say

_SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")
_QUALITY_STAGES = ("shapes",)
_SAID = {"nothing": "value_nothing", "a value": "value_present"}
_COLUMNS = ("element", "value", "limit", "place", "picture", "cure")


@dataclass(frozen=True, slots=True)
class Line:
    """One finding in the language of the report.

    Attributes:
        key: `key_of` the finding, by which its picture is known.
        element: None for the whole model.
        subject: what it is on where that is no element: `#123`, a line, a file.
        value, limit, place, cure: as text; "" without.
        picture: number of its picture in the report, from 1; 0 without.
    """

    key: str
    severity: Severity
    text: str
    element: Element | None
    subject: str
    value: str
    limit: str
    place: str
    cure: str
    picture: int = 0

    @property
    def storey(self) -> str:
        """The name of its storey; "" where that is not known."""
        return self.element.storey if self.element else ""


def _said_in(line: Line) -> Iterator[str]:
    """The columns that a line has something to say in."""
    said = (line.element or line.subject, line.value, line.limit, line.place, line.picture, line.cure)
    return (name for name, one in zip(_COLUMNS, said, strict=True) if one)


@dataclass(frozen=True, slots=True)
class Section:
    """One rule, stage or specification.

    Attributes:
        lines: findings that are told, the gravest first.
        more: how many are not.
        cure: what all findings say is to be done; "" where they say different things.
    """

    id: str
    title: str
    chapter: Chapter
    outcome: str
    clause: str = ""
    basis: str = ""
    source: str = ""
    measured: int = 0
    reason: str = ""
    lines: tuple[Line, ...] = ()
    more: int = 0
    cure: str = ""

    @property
    def storeys(self) -> list[tuple[str, list[Line]]]:
        """Storey -> its lines; those without a storey last."""
        ordered = sorted(self.lines, key=lambda line: (not line.storey, line.storey))
        return [(storey, list(lines)) for storey, lines in groupby(ordered, key=lambda line: line.storey)]

    @property
    def columns(self) -> tuple[str, ...]:
        """Which of element, value, limit, place, picture and cure any line has something to say in."""
        said = {name for line in self.lines for name in _said_in(line)} - ({"cure"} if self.cure else set())
        return tuple(name for name in _COLUMNS if name in said)

    @property
    def total(self) -> int:
        """Findings, told or not."""
        return len(self.lines) + self.more


@dataclass(frozen=True, slots=True)
class Document:
    """A whole report in one language.

    Attributes:
        sections: all that has something to say, in the order of chapters, the gravest first.
        rest: rules that found nothing, by outcome.
        pictures: of number n at n - 1: the line that it shows, and its PNG.
        steps: what to do next, one sentence each.
    """

    report: Report
    language: str
    words: Mapping[str, str]
    sections: tuple[Section, ...]
    rest: Mapping[str, tuple[Section, ...]]
    pictures: tuple[tuple[Line, bytes], ...]
    steps: tuple[str, ...]
    said: str
    findings: Mapping[str, int]
    when: str = ""
    chapters: tuple[Chapter, ...] = field(default=CHAPTERS)

    def chapter(self, chapter: Chapter) -> list[Section]:
        """The sections of one chapter."""
        return [section for section in self.sections if section.chapter == chapter]

    def counts(self, chapter: Chapter) -> Mapping[str, int]:
        """Outcome -> how many rules of a chapter."""
        every = [*self.sections, *(section for rest in self.rest.values() for section in rest)]
        return Counter(section.outcome for section in every if section.chapter == chapter)


def document(report: Report, language: str, *, packs: Iterable[Pack] = (), tables: ModelTables | None = None,
             pictures: Mapping[str, bytes] | None = None, when: str = "", most: int = 200) -> Document:
    """The report in a language, told to people.

    Args:
        language: `en`, `zh-Hant` or `zh-Hans`.
        packs: those that judged, for titles and clauses of their rules.
        tables: of the model, for names and storeys of elements.
        pictures: PNG by `key_of` the finding.
        when: the time it was made, as it is shown.
        most: findings of one rule that are told.

    Raises:
        ValueInvalid: a language that there are no words in.
    """
    said = words(language)
    teller = _Teller(language, rule_infos(packs), Elements(tables), most)
    every = [*teller.stages(report.stages), *teller.rules(report.rules), *teller.ids(report)]
    every.sort(key=_gravity)
    shown, drawn = _numbered([one for one in every if one.lines], pictures or {})
    rest = {outcome: tuple(sorted((one for one in every if one.outcome == outcome and not one.lines), key=lambda one: one.id))
            for outcome in ("refer", "not_checked", "pass", "not_applicable", "fail")}
    counted = Counter[str](finding.severity for finding in all_findings(report))
    key = "refused" if report.result == "refused" else str(report.outcome)
    return Document(report, language, said, shown, rest, drawn, tuple(_steps(report, said, every, counted)), said[f"said_{key}"],
                    {severity: counted[severity] for severity in _SEVERITIES}, when)


def all_findings(report: Report) -> Iterator[Finding]:
    """The findings of stages, rules and IDS files, in this order."""
    for stage in report.stages:
        yield from stage.findings
    for rule in report.rules:
        yield from rule.findings
    for one in asked(report.ids, report.file):
        yield from one.judgement.findings


class _Teller:
    """Tells judgements in one language."""

    def __init__(self, language: str, infos: Mapping[str, RuleInfo], elements: Elements, most: int) -> None:
        self._language, self._infos, self._elements, self._most = language, infos, elements, most

    def stages(self, stages: Iterable[Stage]) -> Iterator[Section]:
        for stage in stages:
            if not stage.findings:
                continue
            name = f"stage_{stage.id}"
            title = text(name) if has(name) else {"en": stage.id}
            info = RuleInfo(stage.id, title, "quality" if stage.id in _QUALITY_STAGES else "schema")
            yield self._section(Judgement(stage.id, stage.outcome, stage.findings, 1, stage.reason), info)

    def rules(self, rules: Iterable[Judgement]) -> Iterator[Section]:
        for rule in rules:
            yield self._section(rule, self._infos.get(rule.rule) or RuleInfo(rule.rule, {"en": rule.rule}, "quality"))

    def ids(self, report: Report) -> Iterator[Section]:
        for one in asked(report.ids, report.file):
            section = self._section(one.judgement, RuleInfo(one.judgement.rule, one.title, "quality", one.file))
            yield replace(section, more=max(section.more, one.failed - len(section.lines)))

    def _section(self, judgement: Judgement, info: RuleInfo) -> Section:
        ordered = sorted(judgement.findings, key=lambda finding: _SEVERITIES.index(finding.severity))
        lines = tuple(self._line(finding, info) for finding in ordered[:self._most])
        cures = {line.cure for line in lines}
        return Section(judgement.rule, say(info.title, self._language), info.chapter, str(judgement.outcome), info.clause, info.basis,
                       info.source, judgement.measured, judgement.reason, lines, len(ordered) - len(lines),
                       cures.pop() if len(cures) == 1 else "")

    def _line(self, finding: Finding, info: RuleInfo) -> Line:
        element = self._elements.of(finding)
        said: Text = finding.data.get("texts") or {}
        asks: Text = finding.data.get("asked") or {}
        subject = " > ".join(part for part in finding.subject.split(" > ")[1:] if element is None or part != element.global_id)
        subject = subject or ("" if element or " > " in finding.subject else finding.subject)
        return Line(key_of(finding), finding.severity, say(said, self._language) or finding.message, element, subject,
                    self._said(finding.measured), say(asks, self._language) or self._said(finding.expected), _place(finding),
                    say(info.cure, self._language) or finding.cure)


    def _said(self, measured: str) -> str:
        """A value as text, where it is one that is said with a word of ours."""
        return say(text(_SAID[measured]), self._language) if measured in _SAID else measured


def _place(finding: Finding) -> str:
    """East, north and height in metres to the millimetre."""
    place = finding.data.get("place")
    parts = [place.get(key) for key in ("easting", "northing", "height")] if isinstance(place, Mapping) else []
    return " / ".join(f"{part:.3f}" for part in parts if isinstance(part, (int, float)))


def _gravity(section: Section) -> tuple[int, int, int, str]:
    """Chapters in their order, the gravest sections of each first, then those that found more."""
    outcomes = (Outcome.FAIL, Outcome.REFER, Outcome.WARNING, Outcome.NOT_CHECKED, Outcome.PASS, Outcome.NOT_APPLICABLE)
    severity = min((_SEVERITIES.index(line.severity) for line in section.lines), default=len(_SEVERITIES))
    return CHAPTERS.index(section.chapter), severity * len(outcomes) + outcomes.index(Outcome(section.outcome)), -section.total, section.id


def _numbered(sections: list[Section], pictures: Mapping[str, bytes]) -> tuple[tuple[Section, ...], tuple[tuple[Line, bytes], ...]]:
    """The sections with the numbers of their pictures, and those; two findings with the same picture share it."""
    drawn: list[tuple[Line, bytes]] = []
    numbers: dict[bytes, int] = {}

    def numbered(line: Line) -> Line:
        made = pictures.get(line.key)
        if made is None:
            return line
        if made not in numbers:
            drawn.append((line, made))
            numbers[made] = len(drawn)
        return replace(line, picture=numbers[made])

    return tuple(replace(one, lines=tuple(map(numbered, one.lines))) for one in sections), tuple(drawn)


def _steps(report: Report, said: Mapping[str, str], every: list[Section], counted: Mapping[str, int]) -> Iterator[str]:
    if report.result == "refused":
        yield said["do_refused"]
        return
    failing = [one for one in every if any(line.severity == "error" for line in one.lines)]
    if counted["error"]:
        yield said["do_errors"].format(n=counted["error"], rules=len(failing))
    if counted["warning"]:
        yield said["do_warnings"].format(n=counted["warning"])
    for outcome in ("refer", "not_checked"):
        if number := sum(one.outcome == outcome for one in every):
            yield said[f"do_{outcome}"].format(n=number)
    if not counted["error"] and not counted["warning"]:
        yield said["do_nothing"]
