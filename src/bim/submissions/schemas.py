"""The Collections that submissions are kept in."""

from __future__ import annotations

from bim.submissions.found import Found
from bim.submissions.submission import Submission
from bim.submissions.trail import Entry
from csdi.collection import Collection, Kind
from csdi.feature import Feature, Field, FieldType, Schema

SUBMISSIONS, FINDINGS, DECISIONS, TRAIL, HOOKS = "submissions", "findings", "submission-decisions", "audit-trail", "webhooks"
STATUSES = ("new", "persisting", "solved")
_f = Field.titled
FINDING_SCHEMA = Schema((
    _f("submission", "Submission", "呈交", "提交", indexed=True), _f("series", "Series of versions", "版本系列", "版本系列", indexed=True),
    _f("model", "Model", "模型", "模型", indexed=True), _f("rule", "Rule", "規則", "规则", indexed=True),
    _f("code", "Code", "代碼", "代码"), _f("severity", "Severity", "嚴重程度", "严重程度", indexed=True, enum=("error", "warning", "note")),
    _f("status", "Status", "狀態", "状态", indexed=True, enum=STATUSES),
    _f("message", "Message (English)", "訊息(英文)", "信息(英文)", text=True),
    _f("message_zh_hant", "Message (Traditional Chinese)", "訊息(繁體中文)", "信息(繁体中文)", text=True),
    _f("message_zh_hans", "Message (Simplified Chinese)", "訊息(簡體中文)", "信息(简体中文)", text=True),
    _f("subject", "Subject", "對象", "对象"), _f("global_id", "GlobalId", "GlobalId", "GlobalId", indexed=True),
    _f("ifc_class", "IFC class", "IFC 類別", "IFC 类别"), _f("measured", "Measured", "量得", "量得"),
    _f("expected", "Expected", "要求", "要求"), _f("cure", "What to do", "處理方法", "处理方法"),
    _f("decision", "Decision", "決定", "决定", indexed=True, enum=("", "accept", "waive", "must-fix", "lapsed")),
    _f("decision_reason", "Reason of the decision", "決定的理由", "决定的理由"), _f("decided_by", "Decided by", "決定人", "决定人"),
    _f("decided_at", "Decided at", "決定時間", "决定时间", FieldType.DATETIME),
    _f("first_seen", "First seen in", "首次出現於", "首次出现于"), _f("key", "Key", "鍵", "键", indexed=True),
    _f("content", "Content digest", "內容摘要", "内容摘要"), _f("data", "Particulars", "詳情", "详情", FieldType.JSON)),
    geometry="point", has_z=True)

_SUBMISSION_SCHEMA = Schema((
    *(Field(name, indexed=True) for name in ("series", "state", "applicant", "project", "lot", "stage", "previous")),
    Field("version", FieldType.INTEGER), Field("title"), Field("created", FieldType.DATETIME, indexed=True),
    Field("changed", FieldType.DATETIME, indexed=True), Field("content", FieldType.JSON)), geometry="")
_DECISION_SCHEMA = Schema((Field("series", indexed=True), Field("key", indexed=True), Field("content"), Field("choice", indexed=True),
                           Field("reason"), Field("by"), Field("at", FieldType.DATETIME), Field("submission")), geometry="")
_TRAIL_SCHEMA = Schema((Field("number", FieldType.INTEGER, indexed=True), Field("time"), Field("who", indexed=True),
                        Field("what", indexed=True), Field("submission", indexed=True), Field("particulars", FieldType.JSON),
                        Field("previous"), Field("digest", indexed=True)), geometry="")
_HOOK_SCHEMA = Schema((Field("submission", indexed=True), Field("url"), Field("secret"), Field("owner"),
                       Field("created", FieldType.DATETIME)), geometry="")


def collections() -> tuple[Collection, ...]:
    """All of them, empty. Findings are for readers, the rest for the program alone."""
    def kept(id: str, schema: Schema, en: str, hant: str, hans: str) -> Collection:
        return Collection(id, {"en": en, "zh-Hant": hant, "zh-Hans": hans}, schema, kind=Kind.SYSTEM, public=False)
    return (
        Collection(FINDINGS, {"en": "Findings on submissions", "zh-Hant": "呈交模型的審查結果", "zh-Hans": "提交模型的审查结果"},
                   FINDING_SCHEMA, "EPSG:2326", "EPSG:5738", Kind.BIM, public=False,
                   description={"en": "What the audits of submitted models found, and what was decided on it."}),
        kept(SUBMISSIONS, _SUBMISSION_SCHEMA, "Submissions", "呈交", "提交"),
        kept(DECISIONS, _DECISION_SCHEMA, "Decisions on findings", "審查結果的決定", "审查结果的决定"),
        kept(TRAIL, _TRAIL_SCHEMA, "Audit trail", "審計記錄", "审计记录"),
        kept(HOOKS, _HOOK_SCHEMA, "Webhooks", "網絡鉤子", "网络钩子"))


def submission_row(one: Submission) -> Feature:
    """A submission as it is kept."""
    said = one.to_dict()
    named = ("series", "state", "applicant", "project", "lot", "stage", "previous", "version", "title", "created", "changed")
    return Feature(one.id, None, {name: said[name] for name in named} | {"content": said})


def submission_of(row: Feature) -> Submission:
    """The submission that was kept."""
    return Submission.from_dict(row.properties["content"])


def entry_row(one: Entry) -> Feature:
    """An entry of the audit trail as it is kept; its id sorts as its number does."""
    return Feature(f"{one.number:012d}", None, one.to_dict())


def entry_of(row: Feature) -> Entry:
    """The entry that was kept."""
    found = row.properties
    return Entry(found["number"], found["time"], found["who"], found["what"], found.get("submission") or "",
                 found.get("particulars") or {}, found["previous"], found["digest"])


def found_properties(one: Found) -> dict[str, object]:
    """What a finding says of itself, by the fields of `FINDING_SCHEMA`."""
    texts = one.texts
    return {"model": one.model, "rule": one.rule, "code": one.code, "severity": one.severity, "message": texts.get("en", ""),
            "message_zh_hant": texts.get("zh-Hant", ""), "message_zh_hans": texts.get("zh-Hans", ""), "subject": one.subject,
            "global_id": one.global_id, "ifc_class": one.ifc_class, "measured": one.measured, "expected": one.expected, "cure": one.cure,
            "key": one.key, "content": one.content, "data": {k: v for k, v in one.data.items() if k != "texts"}}


def found_of(row: Feature) -> Found:
    """The finding of a row, as far as decisions need it."""
    p = row.properties
    texts = {"en": p["message"], "zh-Hant": p["message_zh_hant"], "zh-Hans": p["message_zh_hans"]}
    return Found(p["key"], p["content"], p["model"], p["rule"], p["code"], p["severity"], texts, p["subject"], p["global_id"],
                 p["ifc_class"], p["measured"], p["expected"], p["cure"], None, p.get("data") or {})
