"""Ways through a terminal building: stairs, lifts, escalators, moving walkways, and the furniture of its halls."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

from sample_models.ifc_building import OpenBuilding
from sample_models.ifc_data import Classification, asset, boolean, count, label
from sample_models.ifc_plan import Building, mark_of, spine_width
from sample_models.ifc_step import Ref, enum
from sample_models.layout import GF, L1, L3, Level, Point, Wing

CORE_EVERY_BAYS = 4
WALKWAY_M = 22.0
_RISER_M = 0.17
_TREAD_M = 0.28
_LIFT = (2.4, 2.4)


@dataclass(frozen=True)
class Core:
    """A vertical core: lift, stair and escalators about one point of a wing."""

    mark: str
    wing: Wing
    at: Point
    reach: float


def cores(plan: Building) -> Iterator[Core]:
    """Cores of a building: in the passage of concourses, and four in the main building."""
    for wing in plan.wings:
        letter = mark_of(wing)
        if L3 in wing.levels:
            for i, (fu, fv) in enumerate(((0.2, -0.3), (0.2, 0.3), (0.75, -0.3), (0.75, 0.3))):
                u = min(max(fu * wing.length, 18.0), wing.length - 16.0)
                yield Core(f"{letter}{i + 1}", wing, (u, fv * wing.width), 8.0)
            continue
        for i, bay in enumerate(range(1, wing.bays, CORE_EVERY_BAYS)):
            yield Core(f"{letter}{i + 1}", wing, ((bay + 0.5) * wing.bay_m, 0.0), spine_width(wing))


class Circulation:
    """Writes the ways and the furniture of one building."""

    def __init__(self, site: OpenBuilding, uniclass: Classification) -> None:
        self.site, self.model, self.shapes = site, site.model, site.shapes
        self._uniclass = uniclass
        self._maps: dict[object, Ref] = {}
        self._serial = 100

    def write(self) -> None:
        """Writes all of it."""
        for core in cores(self.site.plan):
            self._lift(core)
            levels = core.wing.levels
            for lower, upper in pairwise(levels):
                self._stair(core, lower, upper)
                if lower.elevation_mpd >= GF.elevation_mpd:
                    self._escalator(core, lower, upper)
        for wing in self.site.plan.wings:
            if L3 in wing.levels:
                self._hall_furniture(wing)
            else:
                self._walkways(wing)

    def _lift(self, core: Core) -> None:
        wing, lowest = core.wing, core.wing.levels[0]
        height = wing.levels[-1].elevation_mpd - lowest.elevation_mpd + 3.0
        placement = self.model.place(self.site.on(wing, lowest), *core.at)
        shape = self.shapes.mapped(self.shapes.box_map((*_LIFT, height), "glass"))
        key = self.site.key(f"lift/{core.mark}")
        ref = self.model.element("IFCTRANSPORTELEMENT", key, f"Lift {core.mark} 升降機", placement, shape, enum("ELEVATOR"),
                                 storey=self.site.storeys[lowest.code])  # fmt: skip
        self.model.properties("Pset_TransportElementCommon", {
            "Reference": label("LIFT-1600"), "CapacityPeople": count(21), "FireExit": boolean(False)}, ref)  # fmt: skip
        self.model.properties("CSDI_Transport", {
            "ServesLevels": label(" ".join(x.code for x in wing.levels)), "StepFree": boolean(True)}, ref)  # fmt: skip
        self._asset(f"LFT-{core.mark}", ref)
        self._uniclass.give("EF_80_50", "Lifts", ref)

    def _stair(self, core: Core, lower: Level, upper: Level) -> None:
        rise = upper.elevation_mpd - lower.elevation_mpd
        at = core.at[0] + 4.0, core.at[1] + core.reach * 0.25
        placement = self.model.place(self.site.on(core.wing, lower), *at)
        key = self.site.key(f"stair/{core.mark}/{lower.code}")
        stair = self.model.element("IFCSTAIR", key, f"Stair {core.mark} {lower.code}-{upper.code} 樓梯", placement, None,
                                   enum("STRAIGHT_RUN_STAIR"), storey=self.site.storeys[lower.code])  # fmt: skip
        steps = math.ceil(rise / _RISER_M)
        source = self._map(("flight", rise), partial(self._flight, rise, steps))
        flight = self.model.place(placement, 0.0, 0.0)
        m = self.model
        m.element("IFCSTAIRFLIGHT", f"{key}/flight", "Flight", flight, self.shapes.mapped(source), steps, steps - 1,
                  m.length(rise / steps), m.length(_TREAD_M), enum("STRAIGHT"), whole=stair)  # fmt: skip
        m.element("IFCRAILING", f"{key}/railing", "Railing", m.place(placement, 0.0, 1.05),
                  self.shapes.mapped(self._map(("rail", rise), partial(self._railing, rise, steps))),
                  enum("HANDRAIL"), whole=stair)  # fmt: skip
        m.properties("Pset_StairCommon", {
            "NumberOfRiser": count(steps), "NumberOfTreads": count(steps - 1), "HandicapAccessible": boolean(False),
            "FireExit": boolean(True)}, stair)  # fmt: skip
        m.properties("CSDI_Transport", {
            "ServesLevels": label(f"{lower.code} {upper.code}"), "StepFree": boolean(False)}, stair)  # fmt: skip
        self._uniclass.give("EF_35_10", "Stairs", stair)

    def _flight(self, rise: float, steps: int) -> list[Ref]:
        """Saw-tooth flight two metres wide, rising along x, extruded across."""
        riser = rise / steps
        ring: list[Point] = [(0.0, 0.0)]
        for i in range(steps):
            ring += [(i * _TREAD_M, (i + 1) * riser), ((i + 1) * _TREAD_M, (i + 1) * riser)]
        ring += [(steps * _TREAD_M, rise - 0.35), (_TREAD_M, 0.0)]
        return [self._upright(ring, 2.0, "stair")]

    def _railing(self, rise: float, steps: int) -> list[Ref]:
        run = steps * _TREAD_M
        return [self._upright([(0.0, 0.9), (run, rise + 0.9), (run, rise + 1.0), (0.0, 1.0)], 0.06, "aluminium")]

    def _upright(self, ring: list[Point], width: float, colour: str) -> Ref:
        """A profile in the x-z plane, extruded `width` across, about y = 0."""
        across = (0.0, -1.0, 0.0)
        return self.shapes.extrude(self.shapes.polygon(ring), width, (0.0, width / 2, 0.0), across, (1.0, 0.0, 0.0), colour)

    def _escalator(self, core: Core, lower: Level, upper: Level) -> None:
        rise = upper.elevation_mpd - lower.elevation_mpd
        at = core.at[0] - 4.0, core.at[1] - core.reach * 0.25
        placement = self.model.place(self.site.on(core.wing, lower), *at, 0.0, 180.0)
        source = self._map(("escalator", rise), partial(self._truss, rise))
        key = self.site.key(f"escalator/{core.mark}/{lower.code}")
        mark = f"{core.mark}-{lower.code}"
        ref = self.model.element("IFCTRANSPORTELEMENT", key, f"Escalator {mark} 扶手電梯", placement,
                                 self.shapes.mapped(source), enum("ESCALATOR"), storey=self.site.storeys[lower.code])  # fmt: skip
        self.model.properties("CSDI_Transport", {
            "ServesLevels": label(f"{lower.code} {upper.code}"), "StepFree": boolean(False)}, ref)  # fmt: skip
        self._asset(f"ESC-{mark}", ref)
        self._uniclass.give("EF_80_20", "Conveyors", ref)

    def _truss(self, rise: float) -> list[Ref]:
        run = rise / math.tan(math.radians(30.0))
        ring = [(-1.2, 0.0), (0.0, 0.0), (run, rise), (run + 1.2, rise), (run + 1.2, rise - 0.9), (run, rise - 0.9),
                (0.9, -0.35), (-1.2, -0.35)]  # fmt: skip
        side = [(-1.0, 0.9), (0.0, 0.9), (run, rise + 0.9), (run + 1.0, rise + 0.9), (run, rise), (0.0, 0.0), (-1.0, 0.0)]
        balustrade = self.shapes.polygon(side)
        sides = [
            self.shapes.extrude(balustrade, 0.05, (0.0, y, 0.0), (0.0, -1.0, 0.0), (1.0, 0.0, 0.0), "glass")
            for y in (0.6, -0.55)
        ]
        return [self._upright(ring, 1.2, "transport"), *sides]

    def _walkways(self, wing: Wing) -> None:
        """A pair of moving walkways in each bay without a core."""
        cored = set(range(1, wing.bays, CORE_EVERY_BAYS))
        source = self.shapes.box_map((WALKWAY_M, 1.4, 0.12), "transport")
        for bay in range(wing.bays):
            if bay in cored:
                continue
            for side in (1, -1):
                at = (bay + 0.5) * wing.bay_m, side * spine_width(wing) * 0.15
                mark = f"{mark_of(wing)}{bay + 1}{'L' if side > 0 else 'R'}"
                key = self.site.key(f"walkway/{wing.key}/{bay}/{side}")
                ref = self.model.element("IFCTRANSPORTELEMENT", key, f"Moving Walkway {mark} 自動行人道",
                                         self.model.place(self.site.on(wing, L1), *at), self.shapes.mapped(source),
                                         enum("MOVINGWALKWAY"), storey=self.site.storeys["L1"])  # fmt: skip
                self._asset(f"MWK-{mark}", ref)
                self._uniclass.give("EF_80_20", "Conveyors", ref)

    # --- furniture --------------------------------------------------------------------------------------------

    def _hall_furniture(self, wing: Wing) -> None:
        """Check-in islands at departures, reclaim belts at arrivals, lanes at security."""
        counter = self._map("counter", lambda: [
            self.shapes.box((1.8, 0.8, 1.1), colour="furniture"),
            self.shapes.box((0.9, 2.2, 0.4), (0.0, 1.5, 0.0), "transport")])  # fmt: skip
        belt = self._map("belt", lambda: [
            self.shapes.extrude(self.shapes.hollow(24.0, 6.0, 1.1, 2.9), 0.45, colour="transport")])  # fmt: skip
        aisles = wing.cross_bays
        for aisle in range(aisles):
            v = (aisle + 0.5) * wing.cross_bay_m - wing.width / 2
            letter = "ABCDEFGHJKLM"[aisle]
            for desk in range(6):
                at = wing.length * 0.62 + 3.0 * desk, v
                self._furniture(f"counter/{letter}{desk + 1}", f"Check-in Counter {letter}{desk + 1} 登記櫃檯", wing, L3, at, counter)
            at = wing.length * 0.17, v
            self._furniture(f"belt/{aisle + 5}", f"Reclaim Belt {aisle + 5} 行李輸送帶", wing, GF, at, belt)

    def _furniture(self, key: str, name: str, wing: Wing, level: Level, at: Point, source: Ref) -> None:
        placement = self.model.place(self.site.on(wing, level), *at)
        ref = self.model.element("IFCFURNITURE", self.site.key(key), name, placement, self.shapes.mapped(source), None,
                                 storey=self.site.storeys[level.code])  # fmt: skip
        self._asset(key.upper().replace("/", "-"), ref)
        self._uniclass.give("EF_40_30", "Furnishings", ref)

    def _asset(self, code: str, ref: Ref) -> None:
        self._serial += 1
        asset(self.model, f"T1-{code}" if self.site.plan.key == "terminal" else f"{self.site.plan.key}-{code}", self._serial, ref)

    def _map(self, key: object, items: Callable[[], list[Ref]]) -> Ref:
        if key not in self._maps:
            self._maps[key] = self.shapes.map(*items())
        return self._maps[key]
