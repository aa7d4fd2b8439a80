"""The process `isolate`: what loses its medium when valves or breakers are closed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from csdi.processes.description import GEOJSON, Output, Process, Work, text
from csdi.processes.features import COLLECTION
from twin.networks.process_inputs import ELEMENTS, INFER, answers_of, elements_of


def run(inputs: Mapping[str, Any], work: Work) -> Mapping[str, Any]:
    """What is without service, and lines to draw it."""
    found = answers_of(inputs, work).isolate(elements_of(inputs))
    lines = found.pop("lines")
    return {"isolation": found, "lines": lines}


PROCESS = Process(
    "isolate", text("Isolate", "隔離", "隔离"),
    text("What loses its medium when valves, dampers or breakers are closed together: what no source reaches any more, what stops because "
         "the flow cannot get on, what depends on equipment that stops, and the rooms without service.",
         "閥門、風閘或斷路器一併關閉時的後果：不再獲供應的構件、因去路受阻而停流的構件、依賴停運設備的構件，以及失去服務的房間。",
         "阀门、风阀或断路器一并关闭时的后果：不再获供应的构件、因去路受阻而停流的构件、依赖停运设备的构件，以及失去服务的房间。"),
    (ELEMENTS, INFER),
    (Output("isolation", text("What follows", "後果", "后果"), {"type": "object", "required": ["closed", "isolated", "stopped", "spaces"]}),
     Output("lines", text("Lines", "線段", "线段"), COLLECTION, media=GEOJSON)),
    run, keywords=("network", "MEP", "maintenance"))
