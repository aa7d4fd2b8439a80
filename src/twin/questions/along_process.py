"""The process `asset-along`: assets along a line."""

from __future__ import annotations

from csdi.processes.description import Input, Process, text
from twin.questions.process_parts import ASSETS, CLASS, FILTER, LIMIT, answer, metres

PROCESS = Process(
    "asset-along", text("Assets along a line", "沿線資產", "沿线资产"),
    text("The assets within a distance of a route or line.", "距離路線某範圍內的資產。", "距离路线某范围内的资产。"),
    (Input("along", text("Line (WKT, longitude latitude level)", "線（WKT，經度 緯度 高程）", "线（WKT，经度 纬度 高程）"),
           {"type": "string", "minLength": 1}),
     metres("corridor", "Metres to each side", "每側距離（米）", "每侧距离（米）", 10_000, least=0), CLASS, FILTER, LIMIT),
    (ASSETS,), answer, keywords=("assets",))
