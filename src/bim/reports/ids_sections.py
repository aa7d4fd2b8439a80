"""IDS answers as judgements, so that a report tells them as it tells rules."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from bim.check import Judgement, Outcome
from bim.finding import Finding
from csdi.collection import Text, say

_OUTCOMES = {"pass": Outcome.PASS, "fail": Outcome.FAIL, "not_applicable": Outcome.NOT_APPLICABLE}


@dataclass(frozen=True, slots=True)
class Asked:
    """One specification of an IDS file, judged.

    Attributes:
        title: its name; the file's where the whole file was not read.
        file: the IDS file.
        failed: how many instances do not meet it; its findings are the first of them.
    """

    judgement: Judgement
    title: Text
    file: str
    failed: int = 0


def asked(answers: tuple[Mapping[str, Any], ...], model: str) -> Iterator[Asked]:
    """The specifications of all answers, one after another; a file that is invalid is one that fails as a whole.

    Args:
        model: how findings call the model's file.
    """
    for answer in answers:
        name = PurePath(str(answer["file"])).name
        if answer.get("reason") or answer["outcome"] == "invalid":
            yield _whole(answer, name)
        for one in answer["specifications"] if answer["outcome"] != "invalid" else ():
            yield _specification(one, name, model)


def _whole(answer: Mapping[str, Any], name: str) -> Asked:
    told = [Finding(**one) for one in answer.get("findings") or () if one.get("severity") == "error"]
    findings = told or [Finding("IDS", "error", str(answer.get("reason") or f"{name} is no valid IDS file"), name)]
    return Asked(Judgement(name, Outcome.FAIL, tuple(findings)), {"en": str(answer.get("title") or name)}, name, len(findings))


def _specification(one: Mapping[str, Any], file: str, model: str) -> Asked:
    rule = f"{file} {one['number']}"
    findings = [_failure(rule, requirement, failure, model) for requirement in one["requirements"] for failure in requirement["failures"]]
    if one["outcome"] == "fail" and not findings:
        reason = one.get("reason") or {"en": "it is not met"}
        findings = [Finding(rule, "error", say(reason, "en"), model, data={"texts": dict(reason)})]
    outcome = _OUTCOMES[one["outcome"]]
    if outcome is Outcome.PASS and not one["applicable"]:
        outcome = Outcome.NOT_APPLICABLE
    return Asked(Judgement(rule, outcome, tuple(findings), one["applicable"]), {"en": one["name"] or rule}, file,
                 sum(requirement["failed"] for requirement in one["requirements"]) or len(findings))


def _failure(rule: str, requirement: Mapping[str, Any], failure: Mapping[str, Any], model: str) -> Finding:
    reason = {key: str(text) for key, text in failure["reason"].items()}
    subject = " > ".join(filter(None, [model, f"#{failure['id']}" if failure.get("id") else "", failure.get("GlobalId") or ""]))
    data = {"global_id": failure.get("GlobalId"), "ifc_class": failure.get("class"), "name": failure.get("name"), "texts": reason,
            "asked": dict(requirement["text"])}
    return Finding(rule, "error", say(reason, "en"), subject, expected=say(requirement["text"], "en"),
                   data={key: value for key, value in data.items() if value})
