"""The process `asset-sight`: the assets that are seen from a place."""

from __future__ import annotations

from csdi.processes.description import Process, text
from twin.questions.process_parts import ASSETS, CLASS, FILTER, LIMIT, OF, answer, metres
from twin.questions.sight import LOOKED_AT

PROCESS = Process(
    "asset-sight", text("Assets in sight", "可見的資產", "可见的资产"),
    text("The assets whose middle is seen from a place; the boxes of elements hide what is behind them.",
         "從某處可見其中心的資產；構件的範圍框會遮擋其後的物件。", "从某处可见其中心的资产；构件的范围框会遮挡其后的物件。"),
    (OF, metres("sees", "Look how far", "觀看距離（米）", "观看距离（米）", LOOKED_AT), CLASS, FILTER, LIMIT), (ASSETS,), answer,
    keywords=("assets",))
