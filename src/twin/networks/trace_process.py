"""The process `trace`: what elements of a network feed, or what feeds them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from csdi.processes.description import GEOJSON, Input, Output, Process, Work, text
from csdi.processes.features import COLLECTION
from twin.networks.process_inputs import ELEMENTS, INFER, answers_of, elements_of


def run(inputs: Mapping[str, Any], work: Work) -> Mapping[str, Any]:
    """What was reached, and lines to draw it."""
    along = str(inputs.get("direction", "downstream"))
    found = answers_of(inputs, work).trace(elements_of(inputs), along, beyond=bool(inputs.get("beyond")))
    lines = found.pop("lines")
    return {"trace": found, "lines": lines}


PROCESS = Process(
    "trace", text("Trace a network", "追蹤網絡", "追踪网络"),
    text("What elements of a distribution network feed, or what feeds them, with the rooms that are reached.",
         "配送網絡中某些構件供應甚麼、或由甚麼供應，以及所及的房間。", "配送网络中某些构件供应什么、或由什么供应，以及所及的房间。"),
    (ELEMENTS,
     Input("direction", text("Direction", "方向", "方向"),
           {"type": "string", "enum": ["downstream", "upstream", "both"], "default": "downstream"}, least=0),
     Input("beyond", text("Go on through equipment", "穿過設備繼續", "穿过设备继续"), {"type": "boolean", "default": False}, least=0),
     INFER),
    (Output("trace", text("What was reached", "追蹤結果", "追踪结果"),
            {"type": "object", "required": ["elements", "connections", "spaces"]}),
     Output("lines", text("Lines", "線段", "线段"), COLLECTION, media=GEOJSON)),
    run, keywords=("network", "MEP"))
