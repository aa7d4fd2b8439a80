"""Places of Hong Kong by name: what an address says, as a box on the map.

Boxes of the 18 districts are those of the census boundaries of 2001 (Census and Statistics Department), rounded outwards to
0.01 degree; coastal reclamation since then lies within that.
"""

from __future__ import annotations

import re

Box = tuple[float, float, float, float]
"""West, south, east, north in degrees, WGS 84."""

HONG_KONG: Box = (113.76, 22.13, 114.51, 22.58)

_DISTRICTS: tuple[tuple[tuple[str, ...], Box], ...] = (
    (("Central & Western", "Central and Western", "中西區", "中西区"), (114.11, 22.25, 114.17, 22.30)),
    (("Wan Chai", "灣仔", "湾仔"), (114.16, 22.25, 114.21, 22.29)),
    (("Eastern District", "東區", "东区"), (114.18, 22.24, 114.26, 22.30)),
    (("Southern District", "南區", "南区"), (114.11, 22.19, 114.27, 22.28)),
    (("Yau Tsim Mong", "油尖旺"), (114.15, 22.29, 114.19, 22.33)),
    (("Sham Shui Po", "深水埗"), (114.13, 22.31, 114.18, 22.35)),
    (("Kowloon City", "九龍城", "九龙城"), (114.17, 22.29, 114.22, 22.35)),
    (("Wong Tai Sin", "黃大仙", "黄大仙"), (114.17, 22.32, 114.23, 22.36)),
    (("Kwun Tong", "觀塘", "观塘"), (114.20, 22.28, 114.25, 22.34)),
    (("Kwai Tsing", "葵青"), (114.07, 22.31, 114.15, 22.39)),
    (("Tsuen Wan", "荃灣", "荃湾"), (113.99, 22.31, 114.17, 22.42)),
    (("Tuen Mun", "屯門", "屯门"), (113.87, 22.32, 114.07, 22.44)),
    (("Yuen Long", "元朗"), (113.93, 22.39, 114.13, 22.53)),
    (("North District", "北區", "北区"), (114.07, 22.46, 114.34, 22.57)),
    (("Tai Po", "大埔"), (114.11, 22.39, 114.45, 22.56)),
    (("Sha Tin", "沙田"), (114.14, 22.34, 114.26, 22.44)),
    (("Sai Kung", "西貢", "西贡"), (114.22, 22.23, 114.41, 22.45)),
    (("Islands District", "離島", "离岛", "Chek Lap Kok", "赤鱲角", "Lantau", "大嶼山", "大屿山"), (113.83, 22.15, 114.31, 22.33)),
)
_TERRITORY = re.compile(r"hong\s*kong|\bhksar\b|香港", re.IGNORECASE)


def place_of(text: str) -> tuple[str, Box] | None:
    """The smallest place of Hong Kong that an address names, and its box; None if it names none.

    >>> place_of("香港離島區赤鱲角 Chek Lap Kok")
    ('Islands District', (113.83, 22.15, 114.31, 22.33))
    >>> place_of("1 Main Street, Springfield")
    """
    for names, box in _DISTRICTS:
        if any(_names(name, text) for name in names):
            return names[0], box
    return ("Hong Kong", HONG_KONG) if _TERRITORY.search(text) else None


def _names(name: str, text: str) -> bool:
    if not name.isascii():
        return name in text
    return re.search(rf"\b{re.escape(name)}\b", text, re.IGNORECASE) is not None
