"""The process `asset-find`: assets that answer plain criteria."""

from __future__ import annotations

from csdi.processes.description import Input, Process, text
from twin.questions.process_parts import ASSETS, CLASS, FILTER, LIMIT, OF, answer, metres

_TEXTS = {
    "text": ("Words", "文字", "文字"), "storey": ("Storey", "樓層", "楼层"), "space": ("Space", "空間", "空间"),
    "building": ("Building", "建築物", "建筑物"), "zone": ("Zone", "分區", "分区"), "lot": ("Lot", "地段", "地段"),
    "location": ("Location and below", "位置及其下級", "位置及其下级"), "system": ("System", "系統", "系统"),
    "same_system": ("Same system as", "同一系統", "同一系统"), "status": ("Status", "狀態", "状态"),
    "warranty_before": ("Warranty ends until", "保養期於此日或之前屆滿", "保修期于此日或之前届满"),
    "warranty_after": ("Warranty ends from", "保養期於此日或之後屆滿", "保修期于此日或之后届满"),
    "finding": ("With findings (error, warning, note or any)", "有審查發現", "有审查发现"),
    "selector": ("IfcOpenShell selector", "IfcOpenShell 選擇式", "IfcOpenShell 选择式")}

PROCESS = Process(
    "asset-find", text("Find assets", "尋找資產", "查找资产"),
    text("Assets by type, place, distance, system, words, warranty, condition and findings.",
         "按類型、位置、距離、系統、文字、保養期、狀況及審查發現尋找資產。",
         "按类型、位置、距离、系统、文字、保修期、状况及审查发现查找资产。"),
    (CLASS, *(Input(name, text(*titles), {"type": "string"}, least=0) for name, titles in _TEXTS.items()),
     Input("of", OF.title, OF.schema, least=0, description=OF.description),
     metres("within", "Within metres", "距離（米）之內", "距离（米）之内", 100_000, least=0),
     Input("condition", text("At least this condition (5 failed)", "狀況不優於", "状况不优于"),
           {"type": "integer", "minimum": 1, "maximum": 5}, least=0),
     FILTER, LIMIT),
    (ASSETS,), answer, keywords=("assets",))
