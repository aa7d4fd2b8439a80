"""The process `asset-nearest`: the assets nearest to a place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from csdi.processes.description import Process, Work, text
from twin.questions.process_parts import ASSETS, CLASS, FILTER, LIMIT, OF, answer


def run(inputs: Mapping[str, Any], work: Work) -> Mapping[str, Any]:
    """The nearest first, with their distances."""
    return answer(inputs, work, nearest=int(inputs.get("limit", 100)))


PROCESS = Process(
    "asset-nearest", text("Nearest assets", "最近的資產", "最近的资产"),
    text("The assets nearest to a place, in space, with their distances in metres.", "空間中距離某處最近的資產及其距離（米）。",
         "空间中距离某处最近的资产及其距离（米）。"),
    (OF, CLASS, FILTER, LIMIT), (ASSETS,), run, keywords=("assets",))
