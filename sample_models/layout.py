"""Layout: where things stand on the sample site, shared by its building models and its GIS layers. Pure values.

All plans are drawn in the *terminal frame*: origin at `Layout.origin` (EPSG:2326), x along the runways towards
east-north-east (grid bearing 71.0 deg), y to its left towards north-north-west, metres. `Layout.to_grid` takes
them to HK1980 Grid eastings and northings. Heights are mPD (HKPD, EPSG:5738).

The plan is homothetic below scale 1 (bays keep their size, their number falls), full size at scale 1, and gains
remote concourses (`Layout.satellites`) above it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from csdi.errors import ValueInvalid

Point = tuple[float, float]

AXIS_BEARING_DEG = 71.0
"""Grid bearing of the runways and of the terminal axis."""
BAY_M = 30.0
"""Bay of the terminal along a wing."""
CROSS_BAY_M = 24.0
"""Bay of a concourse across it."""
APRON_MPD = 5.1
GROUND_FLOOR_MPD = 6.5
ARM_ANGLE_DEG = 40.0
"""Angle of the two western arms against the terminal axis."""
SATELLITES_PER_SCALE = 3.0
MAX_SCALE = 1000.0


@dataclass(frozen=True)
class Frame:
    """A plane frame on the grid: `origin` (E, N) and the grid bearing of its x axis; y lies to the left of x."""

    origin: Point
    bearing_deg: float

    @property
    def axis(self) -> Point:
        """Unit vector of x in (E, N): the XAxisAbscissa and XAxisOrdinate of an IfcMapConversion."""
        angle = math.radians(90.0 - self.bearing_deg)
        return math.cos(angle), math.sin(angle)

    def to_grid(self, x: float, y: float) -> Point:
        """(E, N) in EPSG:2326, metres, of the point x, y of this frame, metres."""
        ax, ay = self.axis
        return self.origin[0] + ax * x - ay * y, self.origin[1] + ay * x + ax * y

    def ring_to_grid(self, ring: Iterable[Point]) -> list[Point]:
        """The ring's points as (E, N); closed only if the ring was."""
        return [self.to_grid(x, y) for x, y in ring]


@dataclass(frozen=True)
class Level:
    """A storey: `elevation_mpd` is its finished floor level."""

    code: str
    name: str
    name_zh: str
    elevation_mpd: float


@dataclass(frozen=True)
class Wing:
    """A rectangular part of a building, `bays` x `cross_bays`, on its own axis.

    Attributes:
        start: middle of its first short side, terminal frame.
        angle_deg: direction of its axis, counter-clockwise from x of the terminal frame.
        levels: its storeys from the lowest, without the roof.
        roof_mpd: top of the storeys, springing of the roof; `top_mpd` is the crown of the roof.
    """

    key: str
    name: str
    name_zh: str
    start: Point
    angle_deg: float
    bays: int
    bay_m: float
    cross_bays: int
    cross_bay_m: float
    levels: tuple[Level, ...]
    roof_mpd: float
    top_mpd: float

    @property
    def length(self) -> float:
        """Metres along the axis."""
        return self.bays * self.bay_m

    @property
    def width(self) -> float:
        """Metres across the axis."""
        return self.cross_bays * self.cross_bay_m

    def at(self, u: float, v: float) -> Point:
        """Terminal-frame point `u` metres along the axis and `v` metres to its left."""
        c, s = math.cos(math.radians(self.angle_deg)), math.sin(math.radians(self.angle_deg))
        return self.start[0] + c * u - s * v, self.start[1] + s * u + c * v

    @property
    def corners(self) -> list[Point]:
        """Four corners in the terminal frame, counter-clockwise, not closed."""
        half = self.width / 2
        return [self.at(0, -half), self.at(self.length, -half), self.at(self.length, half), self.at(0, half)]


@dataclass(frozen=True)
class Gate:
    """A boarding gate on a facade: `point` and `outward_deg` (counter-clockwise from x) in the terminal frame."""

    number: str
    wing: str
    u: float
    side: int
    point: Point
    outward_deg: float


@dataclass(frozen=True)
class Runway:
    """A runway between its two ends (E, N): `west` carries the first designator."""

    designators: tuple[str, str]
    west: Point
    east: Point
    elevation_mpd: float
    displaced_m: float
    width_m: float = 60.0

    @property
    def thresholds(self) -> tuple[Point, Point]:
        """Landing thresholds (E, N), inward of the two ends by `displaced_m`."""
        (we, wn), (ee, en) = self.west, self.east
        f = self.displaced_m / math.dist(self.west, self.east)
        return (we + (ee - we) * f, wn + (en - wn) * f), (ee - (ee - we) * f, en - (en - wn) * f)


@dataclass(frozen=True)
class Lot:
    """A land lot: `ring` in (E, N), counter-clockwise, not closed."""

    number: str
    name: str
    name_zh: str
    ring: tuple[Point, ...]


B1 = Level("B1", "Basement 1", "地庫一層", 0.5)
GF = Level("GF", "Ground Floor Arrivals", "地面層 入境大堂", GROUND_FLOOR_MPD)
L1 = Level("L1", "Level 1 Boarding", "一樓 登機層", 12.0)
L2 = Level("L2", "Level 2 Transfer", "二樓 轉機層", 17.0)
L3 = Level("L3", "Level 3 Departures", "三樓 離境大堂", 22.0)
CONCOURSE_LEVELS = (B1, GF, L1, L2)
PROCESSOR_LEVELS = (B1, GF, L1, L2, L3)
CONCOURSE_ROOF_MPD, CONCOURSE_TOP_MPD = 22.0, 24.5
PROCESSOR_ROOF_MPD, PROCESSOR_TOP_MPD = 36.0, 40.4


@dataclass(frozen=True)
class Layout:
    """The site at one scale: 0.1 is the small committed set, 1 the full-size terminal, above 1 remote concourses.

    Raises:
        ValueInvalid: `scale` is not in (0, 1000].
    """

    scale: float = 1.0

    def __post_init__(self) -> None:
        if not 0 < self.scale <= MAX_SCALE:
            raise ValueInvalid(
                f"scale {self.scale} of the sample site is outside 0 to {MAX_SCALE:g}",
                remedy="use 0.1 for a small set, 1 for the full terminal",
                field="scale",
                value=self.scale,
            )

    # --- terminal ---------------------------------------------------------------------------------------------

    @property
    def frame(self) -> Frame:
        """The terminal frame; its origin is the centre of the main building."""
        return Frame((811324.0, 819615.0), AXIS_BEARING_DEG)

    @property
    def terminal_origin(self) -> Point:
        """Origin of the terminal frame, (E, N)."""
        return self.frame.origin

    def to_grid(self, x: float, y: float) -> Point:
        """(E, N) of a terminal-frame point."""
        return self.frame.to_grid(x, y)

    @property
    def stretch(self) -> float:
        """Linear size against the full terminal, 0 to 1; chosen so that element counts follow the scale."""
        return float(min(self.scale, 1.0) ** 0.8)

    def _bays(self, full: int, least: int) -> int:
        return max(least, round(full * self.stretch))

    @cached_property
    def wings(self) -> tuple[Wing, ...]:
        """Main building, two piers, central concourse and the two western arms."""
        main = self._main
        half_length, half_width = main.length / 2, main.width / 2
        across = self._bays(2, 1)
        pier, centre, arm = self._bays(5, 2), self._bays(27, 4), self._bays(11, 2)
        pier_x = -36.0 * self.stretch
        width = across * CROSS_BAY_M
        west = -half_length - centre * BAY_M
        arm_x, arm_y = west - width / 2 * _sin(ARM_ANGLE_DEG), width / 2 * _cos(ARM_ANGLE_DEG)
        return (
            main,
            _concourse("north", "North Pier", "北翼", (pier_x, half_width), 90.0, pier, across),
            _concourse("south", "South Pier", "南翼", (pier_x, -half_width), -90.0, pier, across),
            _concourse("centre", "Central Concourse", "中央客運廊", (-half_length, 0.0), 180.0, centre, across),
            _concourse("northwest", "North-west Arm", "西北客運廊", (arm_x, arm_y), 180 - ARM_ANGLE_DEG, arm, across),
            _concourse("southwest", "South-west Arm", "西南客運廊", (arm_x, -arm_y), 180 + ARM_ANGLE_DEG, arm, across),
        )

    @property
    def _main(self) -> Wing:
        bays, cross = self._bays(7, 2), 2 * self._bays(5, 2)
        return Wing(
            "main", "Main Building", "客運大樓主樓", (-bays * BAY_M / 2, 0.0), 0.0, bays, BAY_M, cross, BAY_M,
            PROCESSOR_LEVELS, PROCESSOR_ROOF_MPD, PROCESSOR_TOP_MPD,
        )  # fmt: skip

    def wing(self, key: str) -> Wing:
        """The wing of the terminal with this key."""
        return next(w for w in self.wings if w.key == key)

    @cached_property
    def west_hall(self) -> tuple[Point, ...]:
        """Triangular hall between the concourse and the two arms, terminal frame, counter-clockwise."""
        north, south = self.wing("northwest"), self.wing("southwest")
        return (north.corners[0], north.corners[3], south.corners[3])

    @cached_property
    def footprint_ring(self) -> tuple[Point, ...]:
        """Outline of the whole terminal, terminal frame, counter-clockwise, not closed."""
        main, north, _, centre, northwest, _ = self.wings
        lower = [main.corners[1]]
        upper = [main.corners[2], *north.corners]
        upper += [main.corners[3], *centre.corners[:2]]
        upper += [northwest.corners[0], northwest.corners[1], northwest.corners[2]]
        junction = northwest.corners[3]
        mirrored = [(x, -y) for x, y in reversed(upper[1:])]
        return (*lower, *upper, junction, *mirrored)

    @property
    def footprint(self) -> list[Point]:
        """Outline of the whole terminal, (E, N), counter-clockwise, not closed."""
        return self.frame.ring_to_grid(self.footprint_ring)

    @property
    def main_footprint(self) -> list[Point]:
        """Outline of the main building, (E, N): base 5.1, top 40.4 mPD."""
        return self.frame.ring_to_grid(self._main.corners)

    @property
    def concourse_footprints(self) -> dict[str, list[Point]]:
        """Outline of each concourse by wing key, and of the west hall, (E, N): base 5.1, top 24.5 mPD."""
        rings = {w.key: self.frame.ring_to_grid(w.corners) for w in self.wings if w.key != "main"}
        return rings | {"west-hall": self.frame.ring_to_grid(self.west_hall)}

    @cached_property
    def gates(self) -> tuple[Gate, ...]:
        """Boarding gates in the numbering of the place: N and S beside the axis, W on the western arms."""
        plan = (
            ("north", -1, "N", 5, 1), ("north", 1, "N", 12, 2), ("centre", -1, "N", 24, 2), ("centre", 1, "S", 23, 2),
            ("south", 1, "S", 1, 1), ("south", -1, "S", 11, 2),
            ("northwest", -1, "N", 60, 2), ("northwest", 1, "W", 40, 2),
            ("southwest", 1, "S", 61, 2), ("southwest", -1, "W", 61, 2),
        )  # fmt: skip
        return tuple(gate for row in plan for gate in gates_along(self.wing(row[0]), *row[1:]))

    # --- neighbours -------------------------------------------------------------------------------------------

    @property
    def car_park(self) -> Wing:
        """Multi-storey car park north of the forecourt; `start` in the terminal frame."""
        bays = self._bays(12, 4)
        decks = tuple(
            Level(f"P{i}", f"Parking Deck {i}", f"停車場{_ZH_DIGITS[i]}層", 5.3 + 2.8 * i) for i in range(5)
        )
        return Wing(
            "carpark", "Car Park 4", "四號停車場", (74.0 - bays * 4.0, 301.0), 0.0, bays, 8.0, self._bays(6, 3), 16.0,
            decks, 5.3 + 2.8 * 4, 19.3,
        )  # fmt: skip

    @property
    def car_park_footprint(self) -> list[Point]:
        """Outline of the car park, (E, N): base 5.3, top 19.3 mPD."""
        return self.frame.ring_to_grid(self.car_park.corners)

    @property
    def taxiway(self) -> Frame:
        """Frame of the taxiway bridge: origin at station 0, x along its first straight, towards 341 deg."""
        return Frame(self.to_grid(-1650.0, 60.0), AXIS_BEARING_DEG - 90.0 + 360.0)

    TAXIWAY_STRAIGHT_M = 200.0
    TAXIWAY_CLOTHOID_M = 60.0
    TAXIWAY_ARC_M = 120.0
    TAXIWAY_RADIUS_M = 300.0
    BRIDGE_STATION_M = (80.0, 140.0)
    BRIDGE_WIDTH_M = 60.0
    BRIDGE_DECK_MPD = 6.6
    UNDERPASS_MPD = -0.4

    @property
    def bridge_footprint(self) -> list[Point]:
        """Outline of the taxiway bridge deck, (E, N): deck surface about 6.6 mPD."""
        (a, b), half = self.BRIDGE_STATION_M, self.BRIDGE_WIDTH_M / 2
        return self.taxiway.ring_to_grid([(a, -half), (b, -half), (b, half), (a, half)])

    @property
    def underpass(self) -> list[Point]:
        """Centre line of the road under the bridge, (E, N), along the runways; sunk to about -0.4 mPD under the deck."""
        middle = sum(self.BRIDGE_STATION_M) / 2
        return self.taxiway.ring_to_grid([(middle, 600.0), (middle, -600.0)])

    @property
    def runways(self) -> tuple[Runway, ...]:
        """The three runways, 3800 x 60 m on grid bearing 71.0 deg, north to south."""
        return (
            _runway(("07L", "25R"), (807550.0, 820878.0), 7.0, 174.6),
            _runway(("07C", "25C"), (809163.0, 819693.0), 7.0, 174.0),
            _runway(("07R", "25L"), (809325.0, 818120.0), 8.5, 0.0),
        )

    @property
    def lots(self) -> tuple[Lot, ...]:
        """Land lots that tile the site between the centre and the south runway, in the terminal frame's directions."""
        rows = (
            ("CLK-1", "Passenger Terminal 1", "一號客運大樓", -1290, -420, 120, 420),
            ("CLK-2", "Landside Forecourt and Transport Centre", "機場交通中心", 120, -200, 330, 200),
            ("CLK-3", "North Car Parks", "北停車場", 120, 200, 330, 420),
            ("CLK-4", "Airport Commercial District", "航天城", 330, -420, 1150, 420),
            ("CLK-5", "South Service Area", "南服務區", 120, -420, 330, -200),
            ("CLK-6", "North Apron and Taxiways", "北停機坪", -2300, 420, 1150, 620),
            ("CLK-7", "South Apron and Taxiways", "南停機坪", -2300, -620, 1150, -420),
            ("CLK-8", "Midfield", "中場範圍", -2300, -420, -1290, 420),
        )
        return tuple(
            Lot(no, name, zh, tuple(self.frame.ring_to_grid([(w, s), (e, s), (e, n), (w, n)])))
            for no, name, zh, w, s, e, n in rows
        )

    @cached_property
    def satellites(self) -> tuple[Wing, ...]:
        """Remote concourses, present above scale 1; `start` in the terminal frame."""
        count = round(max(0.0, self.scale - 1.0) * SATELLITES_PER_SCALE)
        return tuple(_satellite(i) for i in range(count))


_ZH_DIGITS = "零一二三四五六七八九"


def _sin(deg: float) -> float:
    return math.sin(math.radians(deg))


def _cos(deg: float) -> float:
    return math.cos(math.radians(deg))


def _concourse(key: str, name: str, zh: str, start: Point, angle: float, bays: int, across: int) -> Wing:
    return Wing(
        key, name, zh, start, angle, bays, BAY_M, across, CROSS_BAY_M,
        CONCOURSE_LEVELS, CONCOURSE_ROOF_MPD, CONCOURSE_TOP_MPD,
    )  # fmt: skip


def _satellite(index: int) -> Wing:
    """Five abreast, rows 130 m apart, north of the centre runway; the strip of the north runway stays free."""
    row, column = divmod(index, 5)
    y = 1000.0 + 130.0 * row
    if y > 2150.0:
        y += 520.0
    number = index + 1
    return _concourse(
        f"satellite-{number:03d}", f"Remote Concourse {number}", f"衛星客運廊{number}號",
        (-300.0 - 820.0 * column, y), 180.0, 24, 3,
    )  # fmt: skip


def gates_along(wing: Wing, side: int, letter: str, first: int, step: int) -> list[Gate]:
    """One gate per two bays on the left (side 1) or right (side -1) facade, not in the first bay."""
    gates = []
    for i in range(wing.bays // 2):
        u = (2 * i + 1.5) * wing.bay_m
        point = wing.at(u, side * wing.width / 2)
        gates.append(Gate(f"{letter}{first + i * step}", wing.key, u, side, point, wing.angle_deg + 90.0 * side))
    return gates


def _runway(designators: tuple[str, str], middle: Point, elevation: float, displaced: float) -> Runway:
    frame = Frame(middle, AXIS_BEARING_DEG)
    return Runway(designators, frame.to_grid(-1900.0, 0.0), frame.to_grid(1900.0, 0.0), elevation, displaced)
