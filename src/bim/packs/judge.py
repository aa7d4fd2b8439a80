"""Rules on a model: what each measured, and the outcome that follows."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from bim.check import Judgement, Outcome, not_checked
from bim.finding import Finding
from bim.ifc import FAULTS
from bim.packs.measurement import Measurement
from bim.packs.operators import OPERATORS
from bim.packs.rule import LANGUAGES, Rule
from bim.packs.subject import Subject
from csdi.errors import CsdiError
from csdi.feature import Feature

_MOST = 1000
"""Findings of one rule that are kept; their number is in the reason."""
_COARSE, _FINE = 3, 9
"""Decimals of numbers in messages; more where the rule is about decimals."""
_AGAINST = {"error": Outcome.FAIL, "warning": Outcome.WARNING, "refer": Outcome.REFER, "note": Outcome.PASS}
_SEVERITY = {"error": "error", "warning": "warning", "refer": "warning", "note": "note"}


def judge(rules: Sequence[Rule], subject: Subject, only: Collection[str] | None = None) -> list[Judgement]:
    """What the rules say of the model, in their order.

    Args:
        only: ids of rules; all of them without it.

    A rule whose operator cannot measure, or fails, is not checked and says why; none of them is raised.
    """
    return [_judged(rule, subject) for rule in rules if only is None or rule.id in only]


def _judged(rule: Rule, subject: Subject) -> Judgement:
    rows = rule.select.rows(subject.tables, subject.schema) if rule.select else []
    if rule.select and not rows and rule.operator != "count":
        return _of_nothing(rule, subject)
    try:
        found = [_with_limit(rule, one) for one in OPERATORS[rule.operator].measure(subject, rows, rule.arguments)]
    except CsdiError as error:
        return not_checked(rule.id, error.message)
    except (*FAULTS, ArithmeticError) as error:
        return not_checked(rule.id, f"it could not be measured: {type(error).__name__}: {str(error)[:160]}")
    return _outcome(rule, subject, found)


def _of_nothing(rule: Rule, subject: Subject) -> Judgement:
    if rule.when_none == "fail":
        return Judgement(rule.id, Outcome.FAIL, (_finding(rule, subject, Measurement("", 0, "1")),))
    return Judgement(rule.id, Outcome.NOT_APPLICABLE, reason=f"the model has no {rule.select.text if rule.select else 'such thing'}")


def _with_limit(rule: Rule, found: Measurement) -> Measurement:
    """The measurement; where the rule holds it against a limit of its own and it brings none, as not measured."""
    if not rule.require.limit or found.unknown or found.value is None or found.limit is not None:
        return found
    return replace(found, unknown="no limit is known for it")


def _outcome(rule: Rule, subject: Subject, found: list[Measurement]) -> Judgement:
    known = [one for one in found if not one.unknown]
    against = [one for one in known if not rule.require.holds(one)]
    findings = tuple(_finding(rule, subject, one) for one in against[:_MOST])
    unknown = [one for one in found if one.unknown]
    reason = f"{len(unknown)} of {len(found)} could not be measured: {unknown[0].unknown}" if unknown else ""
    if against:
        more = f"{len(against)} in all, {_MOST} are told" if len(against) > _MOST else ""
        return Judgement(rule.id, _AGAINST[rule.severity], findings, len(known), "; ".join(filter(None, (more, reason))))
    if unknown:
        return Judgement(rule.id, Outcome.NOT_CHECKED, (), len(known), reason)
    return Judgement(rule.id, Outcome.PASS if known else Outcome.NOT_APPLICABLE, (), len(known))


def _finding(rule: Rule, subject: Subject, found: Measurement) -> Finding:
    row = subject.rows.get(found.element)
    words = _words(rule, row, found) | {"other": _named(subject.rows.get(found.other)) or found.other}
    said = {language: _filled(rule.message.get(language) or rule.title.get(language, ""), words) for language in LANGUAGES}
    place = None if found.place is None else {"easting": found.place[0], "northing": found.place[1], "height": found.place[2]}
    data: dict[str, Any] = {
        "global_id": found.element or None, "ifc_class": row.properties.get("ifc_class") if row else None,
        "storey": row.properties.get("storey_name") if row else None, "place": place, "other": found.other or None,
        "value": found.value, "unit": found.unit or None, "limit": found.limit, "source": found.source or None,
        "texts": {key: text for key, text in said.items() if text}, "clause": dict(rule.clause) or None, **found.data}
    return Finding(rule.id, _SEVERITY[rule.severity], said["en"] or rule.id,  # type: ignore[arg-type]
                   " > ".join(filter(None, [subject.scan.file, found.element, str(row.properties.get("name") or "") if row else ""])),
                   words["value"], rule.require.expected if found.limit is None else words["limit"], rule.cure.get("en", ""),
                   {key: value for key, value in data.items() if value is not None})


def _named(row: Feature | None) -> str:
    return str(row.properties.get("name") or row.properties.get("ifc_class") or "") if row else ""


def _words(rule: Rule, row: Feature | None, found: Measurement) -> dict[str, str]:
    name = _named(row) or found.element or "the model"
    place = "" if found.place is None else f"{found.place[0]:.3f} E, {found.place[1]:.3f} N, {found.place[2]:.3f} mPD"
    digits = _FINE if rule.require.decimals is not None else _COARSE
    return {"element": name, "value": _said(found.value, found.unit, digits), "limit": _said(found.limit, found.unit), "place": place,
            "other": found.other, "source": found.source, "expected": rule.require.expected}


def _said(value: Any, unit: str, digits: int = _COARSE) -> str:
    if value is None:
        return "nothing"
    text = f"{value:.{digits}f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
    return f"{text} {unit}" if unit and unit != "1" else text


def _filled(text: str, words: Mapping[str, str]) -> str:
    for name, word in words.items():
        text = text.replace("{" + name + "}", word)
    return text
