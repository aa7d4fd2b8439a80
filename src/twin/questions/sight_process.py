"""The process `asset-sight`: the assets that are seen from a place."""

from __future__ import annotations

from csdi.processes.description import Process, text
from twin.questions.process_parts import ASSETS, CLASS, FILTER, LIMIT, OF, answer, metres
from twin.questions.sight import LOOKED_AT

PROCESS = Process(
    "asset-sight", text("Assets in sight", "可見的資產", "可见的资产"),
    text("The assets whose middle is seen from a place; elements hide what is behind them, glass does not.",
         "從某處可見其中心的資產；構件會遮擋其後的物件，玻璃則不會。", "从某处可见其中心的资产；构件会遮挡其后的物件，玻璃则不会。"),
    (OF, metres("sees", "Look how far", "觀看距離（米）", "观看距离（米）", LOOKED_AT), CLASS, FILTER, LIMIT), (ASSETS,), answer,
    keywords=("assets",))
