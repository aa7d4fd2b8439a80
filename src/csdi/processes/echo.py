"""The process `echo`: every kind of input comes back unchanged; for clients and conformance suites to try the API with."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from csdi.processes.description import Input, Json, Output, Process, Work, text
from csdi.processes.features import GEOMETRY

LONGEST_S = 60
_KINDS: dict[str, tuple[Mapping[str, str], Json]] = {
    "text": (text("Text", "文字", "文本"), {"type": "string"}),
    "number": (text("Number", "數字", "数字"), {"type": "number"}),
    "whole": (text("Whole number", "整數", "整数"), {"type": "integer"}),
    "truth": (text("True or false", "真或假", "真或假"), {"type": "boolean"}),
    "choice": (text("One of three", "三選一", "三选一"), {"anyOf": [{"type": "string", "enum": ["red", "green", "blue"]}]}),
    "moment": (text("Date and time", "日期及時間", "日期及时间"), {"anyOf": [{"type": "string", "format": "date-time"}]}),
    "list": (text("Whole numbers", "整數列", "整数列"), {"type": "array", "items": {"type": "integer"}, "minItems": 1, "maxItems": 1000}),
    "object": (text("Any object", "任何物件", "任意对象"), {"type": "object"}),
    "bbox": (text("Box", "範圍框", "范围框"), {
        "type": "object", "format": "ogc-bbox", "required": ["bbox"], "additionalProperties": False, "properties": {
            "bbox": {"type": "array", "items": {"type": "number"}, "oneOf": [{"minItems": 4, "maxItems": 4},
                                                                             {"minItems": 6, "maxItems": 6}]},
            "crs": {"type": "string", "default": "http://www.opengis.net/def/crs/OGC/1.3/CRS84"}}}),
    "geometry": (text("Geometry", "幾何", "几何"), {"anyOf": [GEOMETRY]}),
    "picture": (text("Binary content", "二進位內容", "二进制内容"), {"type": "string", "contentEncoding": "base64",
                                                                "contentMediaType": "image/png"}),
    "mixed": (text("Text or object", "文字或物件", "文本或对象"), {"oneOf": [
        {"type": "string", "contentMediaType": "application/xml"}, {"type": "object"}]}),
}
_PAUSE = Input("pause", text("Pause", "停頓", "停顿"), {"type": "number", "minimum": 0, "maximum": LONGEST_S, "default": 0}, least=0,
               description=text("Seconds to wait before the answer.", "回應前等候的秒數。", "回应前等候的秒数。"))


def run(inputs: Mapping[str, Any], work: Work) -> Mapping[str, Any]:
    """What was given, after the pause."""
    begin, pause = time.monotonic(), float(inputs.get("pause", 0))
    while (waited := time.monotonic() - begin) < pause:
        work.progress("pause", waited / pause)
        time.sleep(min(0.2, pause - waited))
    return {name: value for name, value in inputs.items() if name != "pause"}


PROCESS = Process(
    "echo", text("Echo", "回聲", "回声"),
    text("Gives back its inputs unchanged, after a pause if one is asked for.", "原樣傳回輸入；可先停頓指定的秒數。",
         "原样返回输入；可先停顿指定的秒数。"),
    (*(Input(id, title, schema, least=0) for id, (title, schema) in _KINDS.items()), _PAUSE),
    tuple(Output(id, title, schema, media={"picture": "image/png", "text": "text/plain", "choice": "text/plain",
                                           "moment": "text/plain", "mixed": "application/xml"}.get(id, "application/json"))
          for id, (title, schema) in _KINDS.items()),
    run, keywords=("test",))
