"""A schematic as SVG: one symbol for each kind of thing, lines with arrows, texts in three languages."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from xml.sax.saxutils import escape, quoteattr

from bim.networks.model import Element, Network
from bim.networks.schematic import Run, Schematic, Symbol

STEP_X, STEP_Y, MARGIN, HEAD = 118, 64, 56, 74
_LETTERS = 17
_MOST_APART = 3
"""Lines on one side of a symbol that are drawn apart."""

_COLOURS = {"pipe": "#0b6e99", "duct": "#5f6b2e", "cable": "#a63d1f", "": "#555555"}
SHAPES = {
    "valve": "M-9,-7 9,7 9,-7 -9,7z", "control valve": "M-9,-7 9,7 9,-7 -9,7z M0,0 V-10 M-5,-10 H5",
    "check": "M-9,-7 9,0 -9,7z M9,-8 V8", "damper": "M-9,-7 H9 V7 H-9z M-8,6 8,-6", "box": "M-10,-7 H10 V7 H-10z M-6,0 H6",
    "breaker": "M-10,0 H-4 L7,-8 M6,0 H10 M3,-3 9,3 M9,-3 3,3", "switch": "M-10,0 H-4 L7,-8 M6,0 H10",
    "boiler": "M-12,-12 H12 V12 H-12z M0,-8 C8,0 6,8 0,8 C-6,8 -8,0 0,-8z",
    "chiller": "M-14,-10 H14 V10 H-14z M-7,0 H7 M0,-7 V7 M-5,-5 5,5 M5,-5 -5,5", "tower": "M-12,-12 H12 L8,0 12,12 H-12 L-8,0z",
    "solar": "M-12,-8 H12 V8 H-12z M-4,-8 V8 M4,-8 V8 M-12,0 H12",
    "generator": "M0,-12 A12,12 0 1 0 0.1,-12z M-6,0 q3,-8 6,0 q3,8 6,0",
    "transformer": "M-5,-9 A9,9 0 1 0 -4.9,-9z M5,-9 A9,9 0 1 0 5.1,-9z",
    "ahu": "M-17,-11 H17 V11 H-17z M-6,-11 V11 M-17,11 -6,-11 M6,0 m-6,0 a6,6 0 1 0 12,0 a6,6 0 1 0 -12,0",
    "exchanger": "M-12,-10 H12 V10 H-12z M-12,10 -4,-10 4,10 12,-10", "pump": "M0,-11 A11,11 0 1 0 0.1,-11z M-5,-9 11,0 -5,9",
    "fan": "M0,-11 A11,11 0 1 0 0.1,-11z M0,0 C-2,-8 8,-9 4,-2z M0,0 C8,2 5,10 0,4z M0,0 C-8,4 -10,-4 -4,-3z",
    "tank": "M-10,-9 C-10,-14 10,-14 10,-9 V9 C10,14 -10,14 -10,9z", "battery": "M-10,-6 H10 V6 H-10z M10,-2 H13 V2 H10",
    "board": "M-11,-11 H11 V11 H-11z M-11,11 11,-11", "switchboard": "M-17,-11 H17 V11 H-17z M-17,11 17,-11",
    "diffuser": "M-10,-10 H10 V10 H-10z M-10,-10 10,10 M10,-10 -10,10", "sanitary": "M-10,-6 H10 C10,8 -10,8 -10,-6z",
    "sprinkler": "M0,-9 A9,9 0 1 0 0.1,-9z M-5,0 H5 M0,-5 V5", "light": "M0,-10 A10,10 0 1 0 0.1,-10z M-7,-7 7,7 M7,-7 -7,7",
    "outlet": "M-9,4 A9,9 0 0 1 9,4z M0,-5 V-11", "appliance": "M-10,-8 H10 V8 H-10z",
    "radiator": "M-13,-8 H13 V8 H-13z M-6,-8 V8 M0,-8 V8 M6,-8 V8", "terminal": "M-9,-9 H9 V9 H-9z",
    "coil": "M-10,-10 H10 V10 H-10z M-10,10 10,-10", "equipment": "M-12,-9 H12 V9 H-12z", "fitting": "M0,-4 A4,4 0 1 0 0.1,-4z",
    "segment": "M-8,-3 H8 V3 H-8z", "meter": "M0,-9 A9,9 0 1 0 0.1,-9z M-4,4 4,-4", "filter": "M-9,-7 H9 V7 H-9z M0,-7 V7",
    "silencer": "M-11,-7 H11 V7 H-11z M-7,-7 V7 M0,-7 V7 M7,-7 V7", "chamber": "M-9,-9 H9 V9 H-9z M-6,-6 H6 V6 H-6z",
}  # fmt: skip
"""Paths of symbols around (0, 0), units of the drawing."""

WORDS: Mapping[str, tuple[str, str, str]] = {
    "valve": ("Valve", "閥門", "阀门"), "control valve": ("Control valve", "調節閥", "调节阀"),
    "check": ("Check valve", "止回閥", "止回阀"), "damper": ("Damper", "風閘", "风阀"),
    "box": ("Terminal box", "末端風箱", "末端装置"), "breaker": ("Breaker", "斷路器", "断路器"), "switch": ("Switch", "開關", "开关"),
    "boiler": ("Boiler", "鍋爐", "锅炉"), "chiller": ("Chiller", "冷水機組", "冷水机组"),
    "tower": ("Cooling tower", "冷卻塔", "冷却塔"), "solar": ("Solar device", "太陽能裝置", "太阳能装置"),
    "generator": ("Generator", "發電機", "发电机"), "transformer": ("Transformer", "變壓器", "变压器"),
    "ahu": ("Air handling unit", "空氣處理機組", "空气处理机组"), "exchanger": ("Heat exchanger", "熱交換器", "换热器"),
    "pump": ("Pump", "水泵", "水泵"), "fan": ("Fan", "風機", "风机"),
    "tank": ("Tank", "水缸", "水箱"), "battery": ("Storage", "儲能裝置", "储能装置"),
    "board": ("Distribution board", "配電箱", "配电箱"), "switchboard": ("Switchboard", "總電掣櫃", "主配电柜"),
    "diffuser": ("Air terminal", "風口", "风口"), "sanitary": ("Sanitary terminal", "潔具", "洁具"),
    "sprinkler": ("Sprinkler", "灑水頭", "喷头"), "light": ("Light", "照明燈具", "灯具"), "outlet": ("Outlet", "插座", "插座"),
    "appliance": ("Appliance", "電器", "电器"), "radiator": ("Radiator", "散熱器", "散热器"), "terminal": ("Terminal", "末端", "末端"),
    "coil": ("Coil", "盤管", "盘管"), "equipment": ("Equipment", "設備", "设备"), "fitting": ("Junction", "分支", "分支"),
    "segment": ("Segment", "管段", "管段"), "meter": ("Meter", "儀錶", "仪表"), "filter": ("Filter", "過濾器", "过滤器"),
    "silencer": ("Silencer", "消聲器", "消声器"), "chamber": ("Chamber", "沙井", "检查井"),
    "stated": ("as stated", "按模型註明", "按模型注明"), "computed": ("computed", "推算", "推算"),
    "unknown": ("not known", "未知", "未知"), "inferred": ("joined by inference", "推斷相接", "推断相接"),
    "flow": ("Flow", "流向", "流向"), "schematic": ("Schematic", "系統圖", "系统图"), "elements": ("elements", "個構件", "个构件"),
    "nothing": ("Nothing is connected here.", "此處沒有相接的構件。", "此处没有相接的构件。"),
}  # fmt: skip
LANGUAGES = ("en", "zh-Hant", "zh-Hans")
_DASHES = {"stated": "", "computed": "7 4", "unknown": "2 4", "inferred": "10 3 2 3"}


def svg(network: Network, made: Schematic, title: str, language: str = "en") -> str:
    """The picture: sources left, what they feed to the right; a title and a description for those who cannot see it.

    Args:
        language: en, zh-Hant or zh-Hans; another one is read as en.
    """
    at = LANGUAGES.index(language) if language in LANGUAGES else 0
    used = list(dict.fromkeys(network.elements[one.elements[0]].kind.symbol for one in made.symbols))
    wide, high = max(2 * MARGIN + STEP_X * max(made.layers - 1, 0) + 60, 640), 2 * MARGIN + HEAD + STEP_Y * max(made.rows - 1, 0)
    key, below = _key(used, [one for one in _DASHES if any(run.basis == one for run in made.runs)], at, wide, high)
    text = f"{WORDS['schematic'][at]}: {title}"
    about = f"{len(network.elements)} {WORDS['elements'][at]}"
    empty = "" if made.symbols else f'<text x="{MARGIN}" y="{HEAD + 20}">{escape(WORDS["nothing"][at])}</text>'
    lanes, shifts = _lanes(made), _shifts(network, made)
    lines = "".join(_line(network, made, one, at, lanes, shifts[number]) for number, one in enumerate(made.runs))
    said = Counter(_name(network, one) for one in made.symbols)
    things = "".join(_thing(network, one, at, said) for one in made.symbols)
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {below}" width="{wide}" height="{below}" role="img" '
            f'lang="{LANGUAGES[at]}" aria-labelledby="title about">'
            f'<title id="title">{escape(text)}</title><desc id="about">{escape(about)}</desc>{_STYLE}'
            f'<rect width="100%" height="100%" fill="#fff"/>'
            f'<text class="head" x="{MARGIN - 20}" y="34">{escape(text)}</text>'
            f'<text class="note" x="{MARGIN - 20}" y="54">{escape(about)}</text>'
            f'{empty}<g class="lines">{lines}</g>{things}{key}</svg>')


_STYLE = ("<style>text{font:11px 'Noto Sans','Noto Sans CJK HK','Noto Sans TC',sans-serif;fill:#1c2530}"
          ".head{font-size:17px;font-weight:600}"
          ".note{fill:#4d5a66}.name{text-anchor:middle}.mark{text-anchor:middle;fill:#4d5a66;font-size:10px}"
          ".thing path{fill:#fff;stroke-width:1.6;stroke-linejoin:round}.lines path{fill:none;stroke-width:1.6}"
          ".lines path.arrow{stroke:none;fill:var(--c)}</style>")


def _place(one: Symbol) -> tuple[float, float]:
    return MARGIN + 20 + one.layer * STEP_X, HEAD + MARGIN + one.row * STEP_Y


def _lanes(made: Schematic) -> dict[int, float]:
    """Where the lines that leave a symbol to the right turn, as a part of the way to the next layer: apart from those of others."""
    reach: dict[int, list[float]] = {}
    for run in made.runs:
        a, b = sorted((run.a, run.b), key=lambda one: made.symbols[one].layer)
        if made.symbols[a].layer < made.symbols[b].layer and made.symbols[a].row != made.symbols[b].row:
            reach.setdefault(a, [made.symbols[a].row]).append(made.symbols[b].row)
    lanes: dict[int, float] = {}
    for layer in range(made.layers):
        taken: list[float] = []
        chosen: dict[int, int] = {}
        for one in sorted((one for one in reach if made.symbols[one].layer == layer), key=lambda one: (min(reach[one]), max(reach[one]))):
            lane = next((number for number, low in enumerate(taken) if low < min(reach[one])), len(taken))
            taken[lane:lane + 1] = [max(reach[one])]
            chosen[one] = lane
        lanes.update({one: 0.32 + 0.36 * (lane + 0.5) / len(taken) for one, lane in chosen.items()})
    return lanes


def _shifts(network: Network, made: Schematic) -> list[tuple[float, float]]:
    """How far each line meets its two symbols beside their middle, so that several on one side of a symbol can be told apart."""
    sides: dict[tuple[int, bool], list[tuple[float, int, int]]] = {}
    for number, run in enumerate(made.runs):
        for end, (one, other) in enumerate(((run.a, run.b), (run.b, run.a))):
            right = made.symbols[other].layer >= made.symbols[one].layer
            sides.setdefault((one, right), []).append((made.symbols[other].row, number, end))
    made_of: list[list[float]] = [[0.0, 0.0] for _ in made.runs]
    for (one, _), lines in sides.items():
        if network.elements[made.symbols[one].elements[0]].kind.role in ("fitting", "segment") or len(lines) > _MOST_APART:
            continue
        for place, (_, number, end) in enumerate(sorted(lines)):
            made_of[number][end] = (place - (len(lines) - 1) / 2) * 9
    return [(first, second) for first, second in made_of]


def _line(network: Network, made: Schematic, run: Run, at: int, lanes: Mapping[int, float], shift: tuple[float, float]) -> str:
    """From symbol to symbol in three straight pieces, with an arrow where the flow goes; inside one layer around the side."""
    a, b = made.symbols[run.a], made.symbols[run.b]
    if a.layer > b.layer or (a.layer == b.layer and a.row > b.row):
        return _line(network, made, Run(run.b, run.a, run.elements, -run.way, run.basis), at, lanes, shift[::-1])
    (x1, y1), (x2, y2) = _place(a), _place(b)
    y1, y2 = y1 + shift[0], y2 + shift[1]
    colour = _COLOURS[_carrier(network, made, run)]
    lane = x1 + STEP_X * lanes.get(run.a, 0.5) if a.layer < b.layer else x1 + 30 + 3 * (run.a % 4)
    path = f"M{x1:.1f},{y1:.1f} H{lane:.1f} V{y2:.1f} H{x2:.1f}" if abs(y1 - y2) > 0.5 else f"M{x1:.1f},{y1:.1f} H{x2:.1f}"
    dash = f' stroke-dasharray="{_DASHES[run.basis]}"' if _DASHES[run.basis] else ""
    told = f"<title>{len(run.elements)} {escape(WORDS['elements'][at])}</title>"
    arrow = _arrow(run.way, lane, x1, x2, y1, y2, colour)
    ids = quoteattr(" ".join(network.elements[one].id for one in run.elements))
    return f'<g data-elements={ids}>{told}<path d="{path}" stroke="{colour}"{dash}/>{arrow}</g>'


def _arrow(way: int, lane: float, x1: float, x2: float, y1: float, y2: float, colour: str) -> str:
    if not way:
        return ""
    left = x2 < lane
    x, y = ((lane + x2) / 2, y2) if abs(y1 - y2) > 0.5 else ((x1 + x2) / 2, y1)
    size = 5 * way * (-1 if left else 1)
    return f'<path class="arrow" style="--c:{colour}" d="M{x - size:.1f},{y - 4:.1f} {x + size:.1f},{y:.1f} {x - size:.1f},{y + 4:.1f}z"/>'


def _carrier(network: Network, made: Schematic, run: Run) -> str:
    near = [network.elements[one].kind.carrier for one in (*run.elements, *made.symbols[run.a].elements, *made.symbols[run.b].elements)]
    found = next((one for one in near if one), "")
    return found or next((gives[0] for end in (run.a, run.b) if (gives := network.elements[made.symbols[end].elements[0]].kind.gives)), "")


def _name(network: Network, one: Symbol) -> str:
    first = network.elements[one.elements[0]]
    return first.tag or first.name


def _thing(network: Network, one: Symbol, at: int, said: Mapping[str, int]) -> str:
    first = network.elements[one.elements[0]]
    x, y = _place(one)
    kind = first.kind
    colour = _COLOURS[kind.carrier or (kind.gives[0] if kind.gives else "")]
    word = WORDS.get(kind.symbol, WORDS["equipment"])[at]
    told = f"{word}: {first.name}" if len(one.elements) == 1 else f"{len(one.elements)} × {word}"
    label = "" if kind.role in ("fitting", "segment") else _label(first, one, word, said[_name(network, one)] > 1)
    ids = quoteattr(" ".join(network.elements[each].id for each in one.elements))
    return (f'<g class="thing" transform="translate({x:.1f} {y:.1f})" data-elements={ids}><title>{escape(told)}</title>'
            f'<path d="{SHAPES.get(kind.symbol, SHAPES["equipment"])}" stroke="{colour}"/>{label}</g>')


def _label(first: Element, one: Symbol, word: str, often: bool) -> str:
    """Its mark, else its name; where others are called the same, its type in the user's words."""
    own = first.predefined_type if often and not first.predefined_type.isupper() else ""
    name = f"{len(one.elements)} × {word}" if len(one.elements) > 1 else own or first.tag or first.name
    return f'<text class="name" y="26">{escape(_short(name))}</text>'


def _short(name: str) -> str:
    """As much of a name as has room; a Chinese character takes that of two others."""
    room, made = _LETTERS, ""
    for letter in name:
        room -= 2 if ord(letter) > 0x2E80 else 1
        if room < 0:
            return made.rstrip() + "…"
        made += letter
    return made


def _key(used: list[str], bases: list[str], at: int, wide: float, top: float) -> tuple[str, float]:
    """What the symbols and lines mean, below the drawing; and where it ends."""
    across = max(1, int((wide - 2 * MARGIN + 60) // 150))
    made = []
    entries = [one for one in used if one not in ("fitting", "segment")] + bases
    for number, name in enumerate(entries):
        x, y = MARGIN + 150 * (number % across), top + 26 + 36 * (number // across)
        if name in _DASHES:
            drawn = f'<path d="M-14,0 H14" fill="none" stroke="#333" stroke-width="1.6" stroke-dasharray="{_DASHES[name] or "none"}"/>'
            word = WORDS[name][at] if name == "inferred" else f"{WORDS['flow'][at]}: {WORDS[name][at]}"
        else:
            drawn = f'<path d="{SHAPES.get(name, SHAPES["equipment"])}" fill="#fff" stroke="#333" stroke-width="1.4"/>'
            word = WORDS.get(name, WORDS["equipment"])[at]
        made.append(f'<g transform="translate({x} {y})">{drawn}<text x="24" y="4">{escape(word)}</text></g>')
    return "".join(made), top + 40 + 36 * ((len(entries) - 1) // across + 1)
