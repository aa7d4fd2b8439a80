"""Steps: a route told to the person on it, turn by turn, in three languages."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from bim.indoor import MODES, Mode, Network
from twin.wayfinding.router import Route

Floats = NDArray[np.float64]
Text = Mapping[str, str]
LANGUAGES = ("en", "zh-Hant", "zh-Hans")
_CARRIED = frozenset({Mode.STAIR, Mode.RAMP, Mode.ESCALATOR, Mode.WALKWAY, Mode.LIFT})
_LEAST_M = 1.0
"""Shorter ways on foot are not told."""
_TURN = math.radians(35.0)
_BACK = math.radians(150.0)
_LEVEL_M = 0.5

_WORDS: Mapping[str, Text] = {
    "start": {"en": "Start at {origin}.", "zh-Hant": "由{origin}出發。", "zh-Hans": "从{origin}出发。"},
    "arrive": {"en": "You have arrived at {target}.", "zh-Hant": "已到達{target}。", "zh-Hans": "已到达{target}。"},
    "walk": {"en": "Walk {metres} m through {space}.", "zh-Hant": "在{space}步行{metres}米。", "zh-Hans": "在{space}步行{metres}米。"},
    "walk_on": {"en": "Walk {metres} m.", "zh-Hant": "步行{metres}米。", "zh-Hans": "步行{metres}米。"},
    "outdoor": {"en": "Follow {path} for {metres} m.", "zh-Hant": "沿{path}步行{metres}米。", "zh-Hans": "沿{path}步行{metres}米。"},
    "outside": {"en": "Walk {metres} m outside.", "zh-Hant": "在戶外步行{metres}米。", "zh-Hans": "在户外步行{metres}米。"},
    "door": {"en": "Go through {passage} into {next}.", "zh-Hant": "穿過{passage}進入{next}。", "zh-Hans": "穿过{passage}进入{next}。"},
    "open": {"en": "Continue into {next}.", "zh-Hant": "繼續前往{next}。", "zh-Hans": "继续前往{next}。"},
    "leave": {"en": "Leave the building through {passage}.", "zh-Hant": "經{passage}離開建築物。", "zh-Hans": "经{passage}离开建筑物。"},
    "enter": {"en": "Enter the building through {passage} into {next}.", "zh-Hant": "經{passage}進入建築物，到達{next}。",
              "zh-Hans": "经{passage}进入建筑物，到达{next}。"},
    "lift": {"en": "Take {passage} to {level}.", "zh-Hant": "乘搭{passage}前往{level}。", "zh-Hans": "乘坐{passage}前往{level}。"},
    "up": {"en": "Take {passage} up to {level}.", "zh-Hant": "使用{passage}上行至{level}。", "zh-Hans": "使用{passage}上行至{level}。"},
    "down": {"en": "Take {passage} down to {level}.", "zh-Hant": "使用{passage}下行至{level}。", "zh-Hans": "使用{passage}下行至{level}。"},
    "along": {"en": "Take {passage} for {metres} m.",
              "zh-Hant": "使用{passage}前行{metres}米。", "zh-Hans": "使用{passage}前行{metres}米。"},
    "left": {"en": "Turn left. ", "zh-Hant": "向左轉，", "zh-Hans": "向左转，"},
    "right": {"en": "Turn right. ", "zh-Hant": "向右轉，", "zh-Hans": "向右转，"},
    "back": {"en": "Turn around. ", "zh-Hant": "向後轉，", "zh-Hans": "向后转，"},
    "": {"en": "", "zh-Hant": "", "zh-Hans": ""},
}
_KINDS: Mapping[Mode, Text] = {
    Mode.DOOR: {"en": "the door", "zh-Hant": "門", "zh-Hans": "门"},
    Mode.STAIR: {"en": "the stairs", "zh-Hant": "樓梯", "zh-Hans": "楼梯"},
    Mode.RAMP: {"en": "the ramp", "zh-Hant": "斜道", "zh-Hans": "坡道"},
    Mode.ESCALATOR: {"en": "the escalator", "zh-Hant": "扶手電梯", "zh-Hans": "自动扶梯"},
    Mode.WALKWAY: {"en": "the moving walkway", "zh-Hant": "自動行人道", "zh-Hans": "自动人行道"},
    Mode.LIFT: {"en": "the lift", "zh-Hant": "升降機", "zh-Hans": "电梯"},
}


@dataclass(frozen=True)
class Leg:
    """One part of a route: along a space, through a door, up a stair.

    Attributes:
        points: (k, 3) in the frame of the network.
        passage: number, -1 for ways inside a space.
        space: number of the space that is walked through, -1 for none.
        into: number of the space where it ends, -1 for none.
        level: what the level is called where the leg begins; `to_level` where it ends.
        turn: `left`, `right`, `back` or "" at its beginning.
        told: what to do, by language; empty where it goes without saying.
    """

    mode: Mode
    points: Floats
    metres: float
    seconds: float
    passage: int
    space: int
    into: int
    level: str
    to_level: str
    turn: str = ""
    told: Text = field(default_factory=dict)


def legs_of(route: Route, network: Network) -> list[Leg]:
    """The legs of a route, in their order, each with what to do."""
    kinds = [_kind(network, int(way), int(space)) for way, space in zip(route.ways, route.spaces, strict=True)]
    bare = list(_grouped(route, network, kinds))
    return [_told(network, bare, at) for at in range(len(bare))]


def beginning(route: Route) -> Text:
    """What is said before the first leg."""
    return {tag: _WORDS["start"][tag].format(origin=route.origin.name[tag]) for tag in LANGUAGES}


def arrival(route: Route) -> Text:
    """What is said after the last leg."""
    return {tag: _WORDS["arrive"][tag].format(target=route.target.name[tag]) for tag in LANGUAGES}


def _kind(network: Network, way: int, space: int) -> tuple[Mode, int, int]:
    """(mode, passage, space): segments that agree in it and follow each other make one leg."""
    if way < 0:
        return (Mode.WALK, -1, space) if space >= 0 else (Mode.OUTDOOR, -1, -1)
    passage = int(network.through[way])
    mode = MODES[network.mode[way]]
    if passage < 0:
        return Mode.WALK, -1, space
    kind = network.passages[passage].mode
    if mode is Mode.ENTRANCE:
        return Mode.ENTRANCE, passage, -1
    return (kind, passage, -1) if kind in _CARRIED or mode is Mode.DOOR else (mode, passage, space)


def _grouped(route: Route, network: Network, kinds: list[tuple[Mode, int, int]]) -> Iterator[Leg]:
    at = 0
    for (mode, passage, space), some in groupby(kinds):
        count = len(list(some))
        rows = slice(at, at + count)
        points, rooms = route.points[at:at + count + 1], route.rooms[at:at + count + 1].tolist()
        at += count
        here = network.spaces[space].level if space >= 0 else ""
        yield Leg(Mode.DOOR if mode is Mode.WALK and passage >= 0 else mode, points, float(route.metres[rows].sum()),
                  float(route.seconds[rows].sum()), passage, space, rooms[-1], here or _level(network, rooms[0]),
                  here or _level(network, rooms[-1]))


def _level(network: Network, space: int) -> str:
    """What the level of a space is called."""
    return network.spaces[space].level if space >= 0 else ""


def _told(network: Network, legs: list[Leg], at: int) -> Leg:
    leg = legs[at]
    turn = _turn(legs[at - 1].points, leg.points) if at else ""
    name = _sentence(network, legs, at)
    if name == "" or (leg.mode in (Mode.WALK, Mode.OUTDOOR) and leg.metres < _LEAST_M):
        return replace(leg, turn=turn)
    said = {tag: _WORDS[turn if leg.mode in (Mode.WALK, Mode.OUTDOOR) else ""][tag]
            + _WORDS[name][tag].format(**_particulars(network, legs, at, tag)) for tag in LANGUAGES}
    return replace(leg, turn=turn, told=said)


def _sentence(network: Network, legs: list[Leg], at: int) -> str:
    leg = legs[at]
    if leg.mode is Mode.WALK:
        return "walk" if leg.space >= 0 else "walk_on"
    if leg.mode is Mode.OUTDOOR:
        return "outdoor" if leg.passage >= 0 and network.passages[leg.passage].name else "outside"
    if leg.mode is Mode.DOOR:
        named = network.passages[leg.passage].mode is Mode.DOOR
        return ("door" if named else "open") if _next_space(legs, at) >= 0 else ""
    if leg.mode is Mode.ENTRANCE:
        return "enter" if _next_space(legs, at) >= 0 else "leave"
    if leg.mode is Mode.LIFT:
        return "lift"
    rise = float(leg.points[-1, 2] - leg.points[0, 2])
    return "along" if abs(rise) < _LEVEL_M else "up" if rise > 0 else "down"


def _next_space(legs: list[Leg], at: int) -> int:
    """The space that a leg leads into."""
    if at + 1 < len(legs) and legs[at + 1].space >= 0:
        return legs[at + 1].space
    return legs[at].into


def _particulars(network: Network, legs: list[Leg], at: int, tag: str) -> dict[str, str]:
    leg = legs[at]
    following, space = _next_space(legs, at), leg.space
    height = f"{leg.points[-1, 2]:.1f} mPD"
    passage = network.passages[leg.passage] if leg.passage >= 0 else None
    name = passage.called(tag) if passage is not None else ""
    kind = passage.mode if passage is not None else leg.mode
    return {"metres": f"{leg.metres:.0f}", "space": network.spaces[space].called(tag) if space >= 0 else "",
            "next": network.spaces[following].called(tag) if following >= 0 else "", "level": leg.to_level or height,
            "path": name, "passage": name or _KINDS.get(kind, _WORDS[""])[tag]}


def _turn(before: Floats, after: Floats) -> str:
    """Which way one turns from one line to the next, seen from above."""
    one, other = _direction(before[::-1]), _direction(after)
    if one is None or other is None:
        return ""
    one = -one
    angle = math.atan2(one[0] * other[1] - one[1] * other[0], float(one @ other))
    return "" if abs(angle) < _TURN else "back" if abs(angle) > _BACK else "left" if angle > 0 else "right"


def _direction(points: Floats) -> Floats | None:
    """(2,) from the first point to the next that lies elsewhere in plan; None where there is none."""
    steps = points[1:, :2] - points[0, :2]
    far = np.flatnonzero(np.hypot(*steps.T) > 0.05)
    return np.asarray(steps[far[0]]) if len(far) else None
