"""Plans of the terminal buildings: which rooms and doors there are and where. Pure values, no IFC.

Coordinates are those of a wing: u along its axis, v to its left, metres; heights are mPD.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from sample_models.layout import L3, Gate, Layout, Level, Point, Wing, gates_along

ZoneName = Literal["landside", "airside", "customs"]
WALL_M = 0.2
EXTERIOR_WALL_M = 0.3
CEILING_VOID_M = 0.6


@dataclass(frozen=True)
class Room:
    """A space: `box` is (u0, v0, u1, v1) between wall centre lines; the west hall has a `ring` instead."""

    key: str
    wing: str
    level: str
    box: tuple[float, float, float, float]
    name: str
    name_zh: str
    zone: ZoneName
    side: int = 0
    gate: str | None = None
    ring: tuple[Point, ...] | None = None

    @property
    def middle(self) -> Point:
        """Centre of the box."""
        return (self.box[0] + self.box[2]) / 2, (self.box[1] + self.box[3]) / 2


@dataclass(frozen=True)
class Partition:
    """A wall with a door, or an open edge, between two rooms; runs from `start` to `end` on one wing."""

    key: str
    wing: str
    level: str
    start: Point
    end: Point
    rooms: tuple[str, str | None]
    opening: Literal["door", "double", "auto", "none", "open"]

    @property
    def middle(self) -> Point:
        """Where the door is."""
        return (self.start[0] + self.end[0]) / 2, (self.start[1] + self.end[1]) / 2

    @property
    def along_u(self) -> bool:
        """Whether it runs along the wing."""
        return self.start[1] == self.end[1]


@dataclass(frozen=True)
class Building:
    """One building: its wings, gates and, for the terminal, the triangular hall at the fork.

    `base` is the origin of its placement, terminal frame; the placement has the terminal frame's directions.
    """

    key: str
    name: str
    name_zh: str
    wings: tuple[Wing, ...]
    gates: tuple[Gate, ...]
    hall: tuple[Point, ...] | None
    base: Point = (0.0, 0.0)

    @property
    def levels(self) -> tuple[Level, ...]:
        """Storeys from the lowest, with the roof."""
        highest = max(self.wings, key=lambda w: w.roof_mpd)
        roof = Level("RF", "Roof", "屋頂", highest.roof_mpd)
        return (*highest.levels, roof)

    def height_of(self, wing: Wing, level: Level) -> float:
        """Floor to floor height of the level in this wing, or to the springing of its roof."""
        above = [x.elevation_mpd for x in wing.levels if x.elevation_mpd > level.elevation_mpd]
        return min([*above, wing.roof_mpd]) - level.elevation_mpd

    def roof_level(self, wing: Wing) -> Level:
        """The storey that the wing's roof belongs to."""
        return next(x for x in self.levels if x.elevation_mpd >= wing.roof_mpd)

    def gates_of(self, wing: Wing) -> list[Gate]:
        """Gates on the wing's facades."""
        return [g for g in self.gates if g.wing == wing.key]

    @cached_property
    def rooms(self) -> tuple[Room, ...]:
        """All spaces."""
        return tuple(_rooms(self))

    @cached_property
    def partitions(self) -> tuple[Partition, ...]:
        """All inner walls, doors and open edges."""
        return tuple(_partitions(self))


def terminal(layout: Layout) -> Building:
    """Passenger Terminal 1."""
    return Building("terminal", "Passenger Terminal 1", "一號客運大樓", layout.wings, layout.gates, layout.west_hall)


def remote_concourse(wing: Wing) -> Building:
    """One remote concourse, a straight wing with gates on both sides."""
    number = int(wing.key.rsplit("-", 1)[1])
    gates = (*gates_along(wing, 1, f"R{number}A", 1, 1), *gates_along(wing, -1, f"R{number}B", 1, 1))
    return Building(wing.key, wing.name, wing.name_zh, (wing,), gates, None, wing.start)


def mark_of(wing: Wing) -> str:
    """Short letters of a wing for numbering what is in it: C, NW, R12."""
    if wing.key.startswith("satellite"):
        return f"R{int(wing.key.rsplit('-', 1)[1])}"
    return {"northwest": "NW", "southwest": "SW"}.get(wing.key, wing.key[0].upper())


def spine_width(wing: Wing) -> float:
    """Width of the middle passage of a concourse."""
    return wing.width / 3


_SIDE_ROOMS: dict[str, tuple[tuple[str, str, ZoneName], ...]] = {
    "B1": (("AHU Plant Room", "空調機房", "airside"), ("Pump Room", "泵房", "airside"),
           ("Baggage Handling Hall", "行李處理大堂", "airside"), ("Store Room", "貯物室", "airside")),
    "GF": (("Ramp Operations Office", "停機坪運作室", "airside"), ("Electrical Switch Room", "電掣房", "airside"),
           ("Crew Room", "機組人員室", "airside"), ("Ground Equipment Store", "地勤設備室", "airside")),
    "L1": (("Duty Free Shop", "免稅店", "airside"), ("Restaurant", "餐廳", "airside"),
           ("Female Toilet", "女洗手間", "airside"), ("Male Toilet", "男洗手間", "airside"),
           ("Nursing Room", "育嬰室", "airside")),
    "L2": (("Airline Lounge", "航空公司貴賓室", "airside"), ("Transfer Desk", "轉機櫃檯", "airside"),
           ("Prayer Room", "祈禱室", "airside"), ("Airline Office", "航空公司辦公室", "airside")),
}  # fmt: skip
_SPINES: dict[str, tuple[str, str, ZoneName]] = {
    "B1": ("Service Tunnel", "服務隧道", "airside"),
    "GF": ("Apron Service Corridor", "停機坪服務走廊", "airside"),
    "L1": ("Boarding Concourse", "登機客運廊", "airside"),
    "L2": ("Transfer Corridor", "轉機走廊", "airside"),
}
_Strip = tuple[float, float, tuple[tuple[str, str, ZoneName], ...]]
_MAIN: dict[str, tuple[_Strip, ...]] = {
    "B1": (
        (0.0, 0.3, (("Baggage Basement South", "南行李地庫", "airside"), ("People Mover Platform", "旅客捷運月台", "airside"),
                    ("Baggage Basement North", "北行李地庫", "airside"))),
        (0.3, 0.6, (("Fire Pump Room", "消防泵房", "landside"), ("Chiller Plant Room", "製冷機房", "landside"),
                    ("Water Tank Room", "水缸房", "landside"))),
        (0.6, 1.0, (("Main Switch Room", "總電掣房", "landside"), ("Loading Dock", "卸貨區", "landside"),
                    ("Refuse Room", "垃圾房", "landside"))),
    ),
    "GF": (
        (0.0, 0.35, (("Baggage Reclaim Hall South", "南行李認領大堂", "customs"),
                     ("Baggage Reclaim Hall North", "北行李認領大堂", "customs"))),
        (0.35, 0.5, (("Customs Hall South", "南海關大堂", "customs"), ("Customs Examination Room", "海關檢查室", "customs"),
                     ("Customs Hall North", "北海關大堂", "customs"))),
        (0.5, 1.0, (("Arrivals Hall A", "接機大堂 A", "landside"), ("Arrivals Hall B", "接機大堂 B", "landside"))),
    ),
    "L1": (
        (0.0, 0.4, (("East Hall South", "東大堂南", "airside"), ("Retail Plaza", "購物廣場", "airside"),
                    ("East Hall North", "東大堂北", "airside"))),
        (0.4, 0.7, (("Arrivals Immigration Hall South", "南入境檢查大堂", "customs"), ("Port Health Office", "港口衞生處", "customs"),
                    ("Arrivals Immigration Hall North", "北入境檢查大堂", "customs"))),
        (0.7, 1.0, (("Airport Offices", "機場辦事處", "landside"), ("Lost Property Office", "失物待領處", "landside"))),
    ),
    "L2": (
        (0.0, 0.4, (("Transfer Hall", "轉機大堂", "airside"), ("Transfer Security", "轉機保安檢查", "airside"))),
        (0.4, 1.0, (("Airport Control Room", "機場控制中心", "landside"), ("Training Centre", "培訓中心", "landside"),
                    ("Staff Canteen", "員工餐廳", "landside"))),
    ),
    "L3": (
        (0.0, 0.3, (("Departures Hall South", "南離境大堂", "airside"), ("Food Court", "美食廣場", "airside"),
                    ("Departures Hall North", "北離境大堂", "airside"))),
        (0.3, 0.5, (("Departures Immigration South", "南離境檢查大堂", "customs"), ("Security Screening", "保安檢查", "customs"),
                    ("Departures Immigration North", "北離境檢查大堂", "customs"))),
        (0.5, 1.0, (("Check-in Hall South", "南值機大堂", "landside"), ("Check-in Hall North", "北值機大堂", "landside"))),
    ),
}  # fmt: skip


def _rooms(building: Building) -> Iterator[Room]:
    for wing in building.wings:
        for level in wing.levels:
            yield from _main_rooms(wing, level) if L3 in wing.levels else _concourse_rooms(building, wing, level)
    if building.hall is not None:
        for level in building.wings[-1].levels:
            name, zh, zone = _SPINES[level.code]
            yield Room(f"hall/{level.code}", "hall", level.code, (0, 0, 0, 0), f"West Hall {name}", f"西大堂{zh}", zone,
                       ring=building.hall)  # fmt: skip


def _main_rooms(wing: Wing, level: Level) -> Iterator[Room]:
    for i, (start, stop, parts) in enumerate(_MAIN[level.code]):
        step = wing.width / len(parts)
        for j, (name, zh, zone) in enumerate(parts):
            v0 = -wing.width / 2 + j * step
            box = (start * wing.length, v0, stop * wing.length, v0 + step)
            yield Room(f"{wing.key}/{level.code}/{i}.{j}", wing.key, level.code, box, name, zh, zone)


def _concourse_rooms(building: Building, wing: Wing, level: Level) -> Iterator[Room]:
    half = spine_width(wing) / 2
    name, zh, zone = _SPINES[level.code]
    prefix = f"{wing.key}/{level.code}"
    yield Room(f"{prefix}/spine", wing.key, level.code, (0.0, -half, wing.length, half),
               f"{wing.name} {name}", f"{wing.name_zh}{zh}", zone)  # fmt: skip
    gates = {(round(g.u / wing.bay_m - 0.5), g.side): g for g in building.gates_of(wing)} if level.code == "L1" else {}
    kinds = _SIDE_ROOMS[level.code]
    for bay in range(wing.bays):
        for side in (1, -1):
            v0, v1 = (half, wing.width / 2) if side > 0 else (-wing.width / 2, -half)
            box = (bay * wing.bay_m, v0, (bay + 1) * wing.bay_m, v1)
            key = f"{prefix}/{bay}{'L' if side > 0 else 'R'}"
            gate = gates.get((bay, side))
            if gate is None:
                name, zh, zone = kinds[(bay + (side > 0) * 2) % len(kinds)]
                mark = f" {mark_of(wing)}{bay + 1}{'L' if side > 0 else 'R'}"
                yield Room(key, wing.key, level.code, box, name + mark, zh + mark, zone, side)
            else:
                yield Room(key, wing.key, level.code, box, f"Gate Lounge {gate.number}", f"候機室 {gate.number}",
                           "airside", side, gate.number)  # fmt: skip


def _partitions(building: Building) -> Iterator[Partition]:
    for wing in building.wings:
        rooms = [r for r in building.rooms if r.wing == wing.key]
        for level in wing.levels:
            here = [r for r in rooms if r.level == level.code]
            if L3 in wing.levels:
                yield from _main_partitions(wing, level, here)
            else:
                yield from _concourse_partitions(wing, level, here)
                if building.hall is not None:
                    yield _joint(building, wing, level)
                    if wing.key == "centre":
                        yield _fork(wing, level)


def _concourse_partitions(wing: Wing, level: Level, rooms: list[Room]) -> Iterator[Partition]:
    spine = f"{wing.key}/{level.code}/spine"
    for room in rooms:
        if room.side == 0:
            continue
        u0, _, u1, _ = room.box
        v = room.side * spine_width(wing) / 2
        opening: Literal["open", "double", "door"] = (
            "open" if room.gate else "double" if level.code in ("L1", "L2") else "door"
        )
        yield Partition(f"{room.key}/front", wing.key, level.code, (u0, v), (u1, v), (room.key, spine), opening)
        if u1 < wing.length - 0.1:
            ends = (u1, room.box[1]), (u1, room.box[3])
            yield Partition(f"{room.key}/side", wing.key, level.code, *ends, (room.key, None), "none")


def _main_partitions(wing: Wing, level: Level, rooms: list[Room]) -> Iterator[Partition]:
    for room in rooms:
        u0, v0, u1, v1 = room.box
        if v1 < wing.width / 2 - 0.1:
            beside = _room_at(rooms, room.middle[0], v1 + 1.0)
            yield Partition(f"{room.key}/left", wing.key, level.code, (u0, v1), (u1, v1), (room.key, beside), "double")
        if u1 < wing.length - 0.1:
            ahead = _room_at(rooms, u1 + 1.0, room.middle[1])
            yield Partition(f"{room.key}/end", wing.key, level.code, (u1, v0), (u1, v1), (room.key, ahead), "auto")


def _room_at(rooms: list[Room], u: float, v: float) -> str:
    return next(r.key for r in rooms if r.box[0] <= u < r.box[2] and r.box[1] <= v < r.box[3])


def _joint(building: Building, wing: Wing, level: Level) -> Partition:
    """Open edge at the start of a concourse: to the main building, or for the arms to the west hall."""
    half = spine_width(wing) / 2
    if wing.key in ("northwest", "southwest"):
        other = f"hall/{level.code}"
    else:
        main = building.wings[0]
        mains = [r for r in building.rooms if r.wing == main.key and r.level == level.code]
        inward = wing.at(-2.0, 0.0)
        other = _room_at(mains, inward[0] - main.start[0], inward[1] - main.start[1])
    ends = (0.0, -half), (0.0, half)
    rooms = (f"{wing.key}/{level.code}/spine", other)
    return Partition(f"{wing.key}/{level.code}/joint", wing.key, level.code, *ends, rooms, "open")


def _fork(wing: Wing, level: Level) -> Partition:
    """Open edge at the far end of the central concourse, to the west hall."""
    half = spine_width(wing) / 2
    ends = (wing.length, -half), (wing.length, half)
    rooms = (f"{wing.key}/{level.code}/spine", f"hall/{level.code}")
    return Partition(f"{wing.key}/{level.code}/fork", wing.key, level.code, *ends, rooms, "open")
