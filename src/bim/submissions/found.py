"""Findings of a submission: what the audits of its models found, under keys that are the same in the next version."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

_NUMBER = re.compile(r"#\d+\s*(?:=\s*)?")
_GUID = re.compile(r"(?<![0-9A-Za-z_$])[0-3][0-9A-Za-z_$]{21}(?![0-9A-Za-z_$])")
_UNTRUE = ("", None)
LANGUAGES = ("en", "zh-Hant", "zh-Hans")


@dataclass(frozen=True, slots=True)
class Found:
    """One finding on one model of a submission.

    Attributes:
        key: digest of model, rule, code and element, the same in every version of the submission.
        content: digest of what it was found on: the element's state in the file where that is known, and what was measured.
        model: name of the model.
        rule: id of the rule, of the IDS specification, or of the stage.
        texts: the message by language.
        place: east, north, height: HK1980 Grid (EPSG:2326) and mPD, metres; None where it has none.
        data: particulars, JSON.
    """

    key: str
    content: str
    model: str
    rule: str
    code: str
    severity: str
    texts: Mapping[str, str]
    subject: str = ""
    global_id: str = ""
    ifc_class: str = ""
    measured: str = ""
    expected: str = ""
    cure: str = ""
    place: tuple[float, float, float] | None = None
    data: Mapping[str, Any] = field(default_factory=dict)


def findings_of(report: Mapping[str, Any], model: str, states: Mapping[str, int] | None = None) -> list[Found]:
    """All findings of an audit's report (`bim.audit.Report.to_dict`), notes included, in its order.

    Args:
        model: name of the model in the submission.
        states: GlobalId -> digest of the element as it stands in the file (`bim.versions.states.States`).
    """
    raw = list(_raw(report))
    times: Counter[str] = Counter()
    found = []
    for rule, one in sorted(raw, key=lambda pair: (pair[0], str(pair[1].get("message")))):
        global_id = _global_id(one)
        said = "\0".join((model, rule, str(one.get("code")), global_id or _bare(str(one.get("subject") or ""))))
        times[said] += 1
        key = hashlib.sha256(f"{said}\0{times[said]}".encode()).hexdigest()
        found.append(_found(one, key, _content(one, global_id, states or {}), model, rule, global_id))
    return found


def _raw(report: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """(rule, finding) of stages, rules and IDS."""
    for stage in report.get("stages") or ():
        for one in stage.get("findings") or ():
            yield str(stage["id"]), one
    for rule in report.get("rules") or ():
        for one in rule.get("findings") or ():
            yield str(rule["id"]), one
    for answer in report.get("ids") or ():
        yield from _of_ids(answer)


def _of_ids(answer: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """What an IDS file asks for and the model has not; one finding for each element and requirement."""
    file = str(answer.get("file") or "").replace("\\", "/").rpartition("/")[2]
    if answer.get("outcome") == "invalid":
        yield file, {"code": "IDS-invalid", "severity": "error",
                     "message": f"{file} cannot be used: {answer.get('reason') or 'it is invalid'}"}
    for specification in answer.get("specifications") or ():
        rule = f"{file}: {specification.get('identifier') or specification.get('name') or specification.get('number')}"
        if specification.get("outcome") == "fail" and specification.get("reason"):
            yield rule, _ids_finding("IDS", specification["reason"], {})
        for n, requirement in enumerate(specification.get("requirements") or (), 1):
            for failure in requirement.get("failures") or ():
                yield rule, _ids_finding(f"IDS-{n}", failure.get("reason"), failure)


def _ids_finding(code: str, reason: Any, failure: Mapping[str, Any]) -> dict[str, Any]:
    texts = dict(reason) if isinstance(reason, Mapping) else {"en": str(reason)}
    return {"code": code, "severity": "error", "message": texts.get("en") or next(iter(texts.values()), ""),
            "data": {"global_id": failure.get("GlobalId") or "", "ifc_class": failure.get("class") or "", "texts": texts}}


def _found(one: Mapping[str, Any], key: str, content: str, model: str, rule: str, global_id: str) -> Found:
    data = dict(one.get("data") or {})
    message = str(one.get("message") or "")
    texts = {language: str((data.get("texts") or {}).get(language) or message) for language in LANGUAGES}
    return Found(key, content, model, rule, str(one.get("code") or ""), str(one.get("severity") or "error"), texts,
                 str(one.get("subject") or ""), global_id, str(data.get("ifc_class") or ""), str(one.get("measured") or ""),
                 str(one.get("expected") or ""), str(one.get("cure") or ""), _place(data.get("place")), data)


def _global_id(one: Mapping[str, Any]) -> str:
    given = (one.get("data") or {}).get("global_id")
    if given not in _UNTRUE:
        return str(given)
    named = _GUID.findall(str(one.get("subject") or ""))
    return str(named[-1]) if named else ""


def _bare(subject: str) -> str:
    """A subject without the name of the file and the numbers of instances, which are others in every export."""
    return _NUMBER.sub("", subject.partition(" > ")[2])


def _content(one: Mapping[str, Any], global_id: str, states: Mapping[str, int]) -> str:
    what = [f"{states[global_id]:016x}"] if global_id in states else [_NUMBER.sub("", str(one.get("message") or ""))]
    said = [*what, one.get("measured") or "", one.get("expected") or ""]
    return hashlib.sha256(orjson.dumps(said)).hexdigest()


def _place(given: Any) -> tuple[float, float, float] | None:
    if not isinstance(given, Mapping) or not {"easting", "northing", "height"} <= set(given):
        return None
    return float(given["easting"]), float(given["northing"]), float(given["height"])


def compared(now: Iterable[Found], before: Iterable[str]) -> tuple[dict[str, str], set[str]]:
    """(key -> `new` or `persisting` of what is found now, keys of the version before that are solved)."""
    old = set(before)
    status = {one.key: "persisting" if one.key in old else "new" for one in now}
    return status, old - set(status)
