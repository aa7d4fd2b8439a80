"""The Collections of maintenance, with their fields in three languages."""

from __future__ import annotations

from csdi.collection import Collection, Kind
from csdi.feature import Field, FieldType, Schema
from csdi.history import PRESENT_FIELDS
from twin.maintenance.states import State

ORDERS, PLANS, INSPECTIONS, CHECKLISTS = "work-orders", "maintenance-plans", "inspections", "checklists"
REPORTS, CODES, FEEDS, HOOKS = "fault-reports", "asset-codes", "work-feeds", "work-hooks"

PRIORITIES = ("emergency", "urgent", "normal", "low")
ORIGINS = ("fault", "inspection", "plan", "manual", "import")

_f = Field.titled
_INT, _NUMBER, _JSON, _DATE, _MOMENT = FieldType.INTEGER, FieldType.NUMBER, FieldType.JSON, FieldType.DATE, FieldType.DATETIME

_REVISION = _f("revision", "Revision", "修訂", "修订", _INT)
_ASSET = (
    _f("asset", "Asset", "資產", "资产", indexed=True),
    _f("asset_tag", "Tag", "資產編號", "资产编号", text=True),
    _f("asset_name", "Name of the asset", "資產名稱", "资产名称", text=True),
    _f("asset_class", "Equipment type", "設備類型", "设备类型", indexed=True),
    _f("device", "Installed device", "現裝設備", "现装设备"),
    _f("location", "Location", "位置", "位置", indexed=True),
    _f("location_path", "Path of the location", "位置路徑", "位置路径", indexed=True),
    _f("storey_name", "Storey", "樓層", "楼层"),
    _f("space_name", "Space", "空間", "空间"),
)
_ORDER = (
    _f("number", "Number", "工單編號", "工单编号", indexed=True, text=True),
    _f("title", "Title", "標題", "标题", text=True),
    _f("description", "Description", "說明", "说明", text=True),
    _f("state", "State", "狀態", "状态", indexed=True, enum=tuple(State)),
    _f("priority", "Priority", "優先次序", "优先级", indexed=True, enum=PRIORITIES),
    _f("origin", "Origin", "來源", "来源", indexed=True, enum=ORIGINS),
    *_ASSET,
    _f("finding", "Finding", "檢查結果", "检查结果"),
    _f("plan", "Maintenance plan", "保養計劃", "保养计划", indexed=True),
    _f("inspection", "Inspection", "巡查", "巡检", indexed=True),
    _f("report", "Fault report", "故障報告", "故障报告", indexed=True),
    _f("assignee", "Assignee", "負責人", "负责人", indexed=True),
    _f("reported_by", "Reported by", "報告人", "报告人"),
    _f("reported_at", "Reported at", "報告時間", "报告时间", _MOMENT, indexed=True),
    _f("starts_on", "To be started on", "預定開始日期", "预定开始日期", _DATE),
    _f("due_at", "Due at", "限期", "期限", _MOMENT, indexed=True),
    _f("started_at", "Started at", "開始時間", "开始时间", _MOMENT),
    _f("done_at", "Done at", "完成時間", "完成时间", _MOMENT, indexed=True),
    _f("closed_at", "Closed at", "結案時間", "结案时间", _MOMENT),
    _f("hold_reason", "Waits for", "擱置原因", "挂起原因"),
    _f("cause", "Cause", "成因", "原因"),
    _f("remedy", "What was done", "處理方法", "处理方法"),
    _f("reopened", "Times reopened", "重開次數", "重开次数", _INT),
    _f("checklist", "Checklist", "檢查清單", "检查清单", _JSON),
    _f("attachments", "Attachments", "附件", "附件", _JSON),
    _f("parts", "Parts used", "所用備件", "所用备件", _JSON),
    _f("labour", "Labour", "工時記錄", "工时记录", _JSON),
    _f("labour_minutes", "Labour", "工時", "工时", _INT, unit="min"),
    _f("estimate_minutes", "Estimated labour", "預計工時", "预计工时", _INT, unit="min"),
    _f("comments", "Comments", "意見", "评论", _JSON),
    _f("external_system", "External system", "外部系統", "外部系统"),
    _f("external_id", "Id in the external system", "外部系統編號", "外部系统编号", indexed=True),
    _REVISION,
)
_PLAN = (
    _f("title", "Title", "標題", "标题", text=True),
    _f("asset", "Asset", "資產", "资产", indexed=True),
    _f("asset_class", "Equipment type", "設備類型", "设备类型", indexed=True),
    _f("location_path", "Path of the location", "位置路徑", "位置路径"),
    _f("rule", "Recurrence (RFC 5545)", "重複規則（RFC 5545）", "重复规则（RFC 5545）"),
    _f("starts_on", "Starts on", "開始日期", "开始日期", _DATE),
    _f("ends_on", "Ends on", "結束日期", "结束日期", _DATE),
    _f("every_hours", "Every so many hours run", "每運行時數", "每运行时数", _NUMBER, unit="h"),
    _f("lead_days", "Orders come so many days ahead", "提前日數", "提前天数", _INT, unit="d"),
    _f("priority", "Priority", "優先次序", "优先级", enum=PRIORITIES),
    _f("assignee", "Assignee", "負責人", "负责人"),
    _f("checklist", "Checklist", "檢查清單", "检查清单"),
    _f("instructions", "Instructions", "工作指引", "作业指引"),
    _f("estimate_minutes", "Estimated labour", "預計工時", "预计工时", _INT, unit="min"),
    _f("active", "Active", "生效", "启用", FieldType.BOOLEAN, indexed=True),
    _f("done_to", "Orders were made up to", "已開工單至", "已生成工单至", _DATE),
    _f("hours_at", "Hours run at the last order", "上次工單運行時數", "上次工单运行时数", _JSON),
    _REVISION,
)
_INSPECTION = (
    *_ASSET,
    _f("checklist", "Checklist", "檢查清單", "检查清单", indexed=True),
    _f("title", "Title", "標題", "标题", text=True),
    _f("order", "Work order", "維修工單", "维修工单", indexed=True),
    _f("at", "At", "時間", "时间", _MOMENT, indexed=True),
    _f("who", "Inspector", "巡查員", "巡检员"),
    _f("outcome", "Outcome", "結果", "结果", indexed=True, enum=("pass", "fail")),
    _f("results", "Results", "各項結果", "各项结果", _JSON),
    _f("orders", "Work orders opened", "所開工單", "所开工单", _JSON),
    _f("attachments", "Attachments", "附件", "附件", _JSON),
    _REVISION,
)
_CHECKLIST = (
    _f("title", "Title", "標題", "标题", _JSON),
    _f("asset_class", "Equipment type", "設備類型", "设备类型", indexed=True),
    _f("items", "Items", "項目", "项目", _JSON),
    _REVISION,
)
_REPORT = (
    *_ASSET,
    _f("number", "Number", "編號", "编号", indexed=True),
    _f("text", "What is wrong", "故障情況", "故障情况", text=True),
    _f("contact", "Contact", "聯絡方法", "联系方式"),
    _f("language", "Language", "語言", "语言"),
    _f("at", "At", "時間", "时间", _MOMENT, indexed=True),
    _f("from_where", "From where (digest)", "來源（摘要）", "来源（摘要）", indexed=True),
    _f("order", "Work order", "維修工單", "维修工单", indexed=True),
    _f("receipt", "Receipt (digest)", "收據（摘要）", "回执（摘要）", indexed=True),
    _f("attachments", "Attachments", "附件", "附件", _JSON),
    _REVISION,
)
_CODE = (
    _f("asset", "Asset", "資產", "资产", indexed=True),
    _f("created", "Created", "建立時間", "创建时间", _MOMENT),
    _f("revoked", "Revoked", "撤銷時間", "撤销时间", _MOMENT),
    _REVISION,
)
_FEED = (
    _f("owner", "Owner", "擁有人", "所有者", indexed=True),
    _f("title", "Title", "標題", "标题"),
    _f("assignee", "Assignee", "負責人", "负责人"),
    _f("asset", "Asset", "資產", "资产"),
    _f("location_path", "Path of the location", "位置路徑", "位置路径"),
    _f("language", "Language", "語言", "语言"),
    _f("created", "Created", "建立時間", "创建时间", _MOMENT),
    _REVISION,
)
_HOOK = (
    _f("url", "URL", "網址", "网址"), _f("secret", "Secret", "密鑰", "密钥"), _f("owner", "Owner", "擁有人", "所有者"),
    _f("created", "Created", "建立時間", "创建时间", _MOMENT), _REVISION,
)


def collections() -> tuple[Collection, ...]:
    """All of them, empty; orders stand where their Assets do (OGC:CRS84). None is public: who reads them has the role reader."""
    return (
        _kept(ORDERS, "Work orders", "維修工單", "维修工单", (*_ORDER, *PRESENT_FIELDS), geometry="geometry"),
        _kept(PLANS, "Maintenance plans", "保養計劃", "保养计划", (*_PLAN, *PRESENT_FIELDS)),
        _kept(INSPECTIONS, "Inspections", "巡查記錄", "巡检记录", _INSPECTION),
        _kept(CHECKLISTS, "Checklists", "檢查清單", "检查清单", _CHECKLIST),
        _kept(REPORTS, "Fault reports", "故障報告", "故障报告", _REPORT, kind=Kind.SYSTEM),
        _kept(CODES, "Codes on labels", "標籤代碼", "标签代码", _CODE, kind=Kind.SYSTEM),
        _kept(FEEDS, "Calendar feeds", "日曆訂閱", "日历订阅", _FEED, kind=Kind.SYSTEM),
        _kept(HOOKS, "Webhooks of maintenance", "維修通知掛鉤", "维修通知挂钩", _HOOK, kind=Kind.SYSTEM),
    )


def _kept(id: str, en: str, hant: str, hans: str, fields: tuple[Field, ...], *, geometry: str = "", kind: Kind = Kind.BIM) -> Collection:
    return Collection(id, {"en": en, "zh-Hant": hant, "zh-Hans": hans}, Schema(fields, geometry=geometry), "OGC:CRS84", "", kind,
                      keywords=("maintenance", "facility management"), public=False)
