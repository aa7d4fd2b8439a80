"""Outside of a terminal building: curtain wall, outer walls with windows, vaulted roofs, gates and boarding bridges."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from sample_models.ifc_building import OpenBuilding
from sample_models.ifc_data import Classification, boolean, box_quantities, label, layers, number, quantity_area
from sample_models.ifc_interior import Interior
from sample_models.ifc_plan import EXTERIOR_WALL_M, Room
from sample_models.ifc_step import Ref, enum, typed
from sample_models.layout import GF, L1, L3, Gate, Level, Point, Wing

PANEL_M = 5.0
BRIDGE_LENGTH_M = 26.0
_ROOF_M = 0.35
_ARC_STEPS = 12


@dataclass(frozen=True)
class _Side:
    """A side of a wing as a directed line of bays in its u, v; outside lies to the left."""

    mark: str
    start: Point
    turn_deg: float
    bays: int
    bay_m: float

    def at(self, along: float, out: float = 0.0) -> Point:
        """The point `along` the side, `out` of it."""
        c, s = math.cos(math.radians(self.turn_deg)), math.sin(math.radians(self.turn_deg))
        return self.start[0] + c * along - s * out, self.start[1] + s * along + c * out


class Facade:
    """Writes the outside of one building."""

    def __init__(self, site: OpenBuilding, interior: Interior, uniclass: Classification) -> None:
        self.site, self.model, self.shapes = site, site.model, site.shapes
        self._interior, self._uniclass = interior, uniclass
        self._maps: dict[object, Ref] = {}
        self._roof_layers = layers(self.model, "Roof", (
            ("Aluminium standing seam", "aluminium", 0.002), ("Mineral wool", "insulation", 0.2),
            ("Steel deck", "steel", 0.148)), "AXIS3")  # fmt: skip
        self._wall_layers = layers(self.model, "Outer wall 300", (
            ("Aluminium panel", "aluminium", 0.004), ("Mineral wool", "insulation", 0.096),
            ("Concrete", "concrete", 0.2)), "AXIS2")  # fmt: skip

    def write(self) -> None:
        """Writes all of it."""
        for wing in self.site.plan.wings:
            self._outer_walls(wing)
            self._glazing(wing)
            self._roof(wing)
        if self.site.plan.hall is not None:
            self._hall_walls()
            self._hall_roof(self.site.plan.hall)
        for gate in self.site.plan.gates:
            self._gate(gate)
        for room in self.site.plan.rooms:
            if room.level == GF.code and room.zone == "landside":
                self._entrance(room)

    # --- outer walls ------------------------------------------------------------------------------------------

    def _outer_walls(self, wing: Wing) -> None:
        """Solid walls below the curtain wall: basement everywhere, and the ground floor of concourses."""
        for level in wing.levels:
            if level.elevation_mpd >= L1.elevation_mpd or (wing.levels[-1] == L3 and level == GF):
                continue
            for side in self._sides(wing):
                for number_, (start, stop, bottom) in enumerate(self._fields(wing, side)):
                    if bottom == 0.0 and stop - start > 0.5:
                        self._outer_wall(wing, level, f"{side.mark}{number_}", side, (start, stop), number_ % 3 == 1)

    def _outer_wall(self, wing: Wing, level: Level, mark: str, side: _Side, span: tuple[float, float], lit: bool) -> None:
        key = f"{wing.key}/{level.code}/outer/{mark}"
        size = (span[1] - span[0], EXTERIOR_WALL_M, self.site.plan.height_of(wing, level))
        at = side.at(sum(span) / 2, -EXTERIOR_WALL_M / 2)
        placement = self.model.place(self.site.on(wing, level), *at, 0.0, side.turn_deg)
        wall = self._solid_wall(key, level, placement, size)
        if lit and level == GF and size[0] > 10.0:
            self._window(key, wall, placement, level)

    def _solid_wall(self, key: str, level: Level, placement: Ref, size: tuple[float, float, float]) -> Ref:
        shape = self.shapes.mapped(self.shapes.box_map(size, "concrete"))
        wall = self.model.element("IFCWALL", self.site.key(key), f"Outer wall {level.code}", placement, shape,
                                  enum("SOLIDWALL"), storey=self.site.storeys[level.code], description="外牆")  # fmt: skip
        self.model.properties("Pset_WallCommon", {
            "Reference": label("X300"), "IsExternal": boolean(True), "LoadBearing": boolean(level != GF)}, wall)  # fmt: skip
        self.model.quantities("Qto_WallBaseQuantities", box_quantities(self.model, *size), wall)
        self.model.relate("material", self._wall_layers, wall)
        self._uniclass.give("EF_25_10", "Walls", wall)
        return wall

    def _hall_walls(self) -> None:
        """The two short sides of the west hall that show beside the central concourse."""
        plan = self.site.plan
        centre = next(w for w in plan.wings if w.key == "centre")
        outer, inner = abs((plan.hall or ())[0][1]), centre.width / 2
        for level in centre.levels:
            height = plan.height_of(centre, level)
            for side in (1, -1):
                at = (centre.length - EXTERIOR_WALL_M / 2 + EXTERIOR_WALL_M, side * (inner + outer) / 2)
                placement = self.model.place(self.site.on(centre, level), *at, 0.0, 90.0)
                self._solid_wall(f"hall/{level.code}/outer/{side}", level, placement, (outer - inner, EXTERIOR_WALL_M, height))

    def _window(self, key: str, wall: Ref, wall_placement: Ref, level: Level) -> None:
        width, height = 6.0, 1.5
        hole = self.model.place(wall_placement, 0.0, 0.0, 1.2)
        frame = self._map(("window", width, height), lambda: [
            self.shapes.box((width, 0.05, height), colour="glass"),
            self.shapes.box((width, 0.12, 0.08), colour="aluminium"),
            self.shapes.box((width, 0.12, 0.08), (0.0, 0.0, height - 0.08), "aluminium")])  # fmt: skip
        m = self.model
        window = m.element("IFCWINDOW", self.site.key(f"{key}/window"), "Window 窗", m.place(hole, 0.0, 0.0),
                           self.shapes.mapped(frame), m.length(height), m.length(width), enum("WINDOW"),
                           enum("SINGLE_PANEL"), None, storey=self.site.storeys[level.code])  # fmt: skip
        m.properties("Pset_WindowCommon", {"IsExternal": boolean(True), "GlazingAreaFraction": number(0.9)}, window)
        cut = self.shapes.mapped(self.shapes.box_map((width, EXTERIOR_WALL_M + 0.2, height), "space"))
        m.void(wall, self.site.key(f"{key}/opening"), hole, cut, window)
        self._uniclass.give("EF_25_30", "Doors and windows", window)

    # --- curtain wall -----------------------------------------------------------------------------------------

    def _glazing(self, wing: Wing) -> None:
        """Curtain wall on every side; before a wing that joins, only what rises above that wing's roof."""
        level = GF if wing.levels[-1] == L3 else L1
        for side in self._sides(wing):
            for number_, (start, stop, bottom) in enumerate(self._fields(wing, side)):
                if stop - start > 0.5 and wing.roof_mpd - max(level.elevation_mpd, bottom) > 1.0:
                    self._curtain(wing, level, f"{side.mark}{number_}", side, (start, stop), bottom)

    def _sides(self, wing: Wing) -> Iterator[_Side]:
        """The free sides of a wing, with its outside to the left of their direction."""
        length, half = wing.length, wing.width / 2
        yield _Side("L", (0.0, half), 0.0, wing.bays, wing.bay_m)
        yield _Side("R", (length, -half), 180.0, wing.bays, wing.bay_m)
        if wing.levels[-1] == L3 or self.site.plan.hall is None:
            yield _Side("W", (0.0, -half), 90.0, wing.cross_bays, wing.cross_bay_m)
        if wing.key != "centre":
            yield _Side("E", (length, half), 270.0, wing.cross_bays, wing.cross_bay_m)

    def _fields(self, wing: Wing, side: _Side) -> Iterator[tuple[float, float, float]]:
        """Start, stop along a side and the height from which it is free, mPD: its bays, cut where wings join."""
        joined = [x for x in (self._joined(wing, side, other) for other in self.site.plan.wings) if x is not None]
        cuts = {i * side.bay_m for i in range(side.bays + 1)} | {t for a, b, _ in joined for t in (a, b)}
        for start, stop in pairwise(sorted(cuts)):
            middle = (start + stop) / 2
            yield start, stop, max([roof for a, b, roof in joined if a < middle < b], default=0.0)

    def _joined(self, wing: Wing, side: _Side, other: Wing) -> tuple[float, float, float] | None:
        """Where along the side the start of another wing stands against it, and that wing's roof."""
        if other.key == wing.key or self.site.plan.hall is None:
            return None
        x0, y0 = wing.at(*side.start)
        angle = math.radians(wing.angle_deg + side.turn_deg)
        c, s = math.cos(angle), math.sin(angle)
        ends = [(c * (x - x0) + s * (y - y0), c * (y - y0) - s * (x - x0)) for x, y in (other.corners[0], other.corners[3])]
        if any(abs(off) > 0.1 or not -0.1 < along < side.bays * side.bay_m + 0.1 for along, off in ends):
            return None
        return min(ends)[0], max(ends)[0], other.roof_mpd

    def _curtain(self, wing: Wing, level: Level, mark: str, side: _Side, span: tuple[float, float], bottom: float) -> None:
        """One field of curtain wall, from the floor of the level or from `bottom`, to the roof."""
        base, width = max(level.elevation_mpd, bottom), span[1] - span[0]
        key = f"{wing.key}/curtain/{mark}"
        placement = self.model.place(self.site.on(wing, level), *side.at(sum(span) / 2), base - level.elevation_mpd, side.turn_deg)
        wall = self.model.element("IFCCURTAINWALL", self.site.key(key), f"Curtain wall {mark} 玻璃幕牆", placement, None,
                                  None, storey=self.site.storeys[level.code])  # fmt: skip
        self.model.properties("Pset_CurtainWallCommon", {
            "Reference": label("CW1"), "IsExternal": boolean(True),
            "ThermalTransmittance": typed("IFCTHERMALTRANSMITTANCEMEASURE", 1.6)}, wall)  # fmt: skip
        self._uniclass.give("EF_25_10", "Walls", wall)
        self._curtain_parts(key, wall, placement, width, wing.roof_mpd - base)

    def _curtain_parts(self, key: str, wall: Ref, placement: Ref, width: float, height: float) -> None:
        half = height / 2
        glass = self._map(("glass", width, half), lambda: [self.shapes.box((width - 0.1, 0.03, half - 0.1), colour="glass")])
        for number_, z in enumerate((0.05, half + 0.05)):
            self._part("IFCPLATE", f"{key}/plate/{number_}", "Glazing", wall, placement, glass, "CURTAIN_PANEL", z)
        count = max(1, round(width / PANEL_M))
        posts = self._map(("mullions", width, height), lambda: [
            self.shapes.box((0.08, 0.2, height), (i * width / count - width / 2, 0.0, 0.0), "aluminium")
            for i in range(count)])  # fmt: skip
        rails = self._map(("transoms", width, height), lambda: [
            self.shapes.box((width, 0.12, 0.1), (0.0, 0.0, z), "aluminium") for z in (0.0, half - 0.05, height - 0.1)])  # fmt: skip
        self._part("IFCMEMBER", f"{key}/mullions", "Mullions", wall, placement, posts, "MULLION", 0.0)
        self._part("IFCMEMBER", f"{key}/transoms", "Transoms", wall, placement, rails, "MULLION", 0.0)

    def _part(self, entity: str, key: str, name: str, wall: Ref, parent: Ref, source: Ref, kind: str, z: float) -> None:
        placement = self.model.place(parent, 0.0, 0.0, z)
        self.model.element(entity, self.site.key(key), name, placement, self.shapes.mapped(source), enum(kind), whole=wall)

    # --- roofs ------------------------------------------------------------------------------------------------

    def _roof(self, wing: Wing) -> None:
        """Barrel vaults along the wing: one over a concourse, one per cross bay over the main building."""
        level = self.site.plan.roof_level(wing)
        vaults = wing.cross_bays if wing.levels[-1] == L3 else 1
        span, rise = wing.width / vaults, wing.top_mpd - wing.roof_mpd
        roof = self._roof_element(f"{wing.key}/roof", f"Roof {wing.name} 屋頂", self.site.on(wing, level))
        shell = self._map(("vault", span, rise, wing.bay_m), lambda: [self._vault(span, rise, wing.bay_m)])
        gable = self._map(("gable", span, rise), lambda: [self._gable(span, rise)])
        for vault in range(vaults):
            v = (vault + 0.5) * span - wing.width / 2
            for bay in range(wing.bays):
                key = f"{wing.key}/roof/{vault}.{bay}"
                self._roof_slab(key, roof, self.model.place(self.site.on(wing, level), bay * wing.bay_m, v), shell)
            for end in (0.0, wing.length - 0.05):
                placement = self.model.place(self.site.on(wing, level), end, v)
                key = self.site.key(f"{wing.key}/gable/{vault}.{'E' if end else 'W'}")
                self.model.element("IFCPLATE", key, "Gable glazing", placement, self.shapes.mapped(gable),
                                   enum("SHEET"), storey=self.site.storeys[level.code])  # fmt: skip

    def _roof_element(self, key: str, name: str, placement: Ref) -> Ref:
        level = self.site.plan.levels[-1]
        roof = self.model.element("IFCROOF", self.site.key(key), name, placement, None, enum("BARREL_ROOF"),
                                  storey=self.site.storeys[level.code])  # fmt: skip
        self.model.properties("Pset_RoofCommon", {"IsExternal": boolean(True), "FireRating": label("-/60/60")}, roof)
        self._uniclass.give("EF_30_10", "Roofs", roof)
        return roof

    def _roof_slab(self, key: str, roof: Ref, placement: Ref, source: Ref) -> None:
        ref = self.model.element("IFCSLAB", self.site.key(key), "Roof vault", placement, self.shapes.mapped(source),
                                 enum("ROOF"), whole=roof)  # fmt: skip
        self.model.relate("material", self._roof_layers, ref)

    def _vault(self, span: float, rise: float, length: float) -> Ref:
        outer, inner = arc(span, rise), arc(span - 2 * _ROOF_M, rise - _ROOF_M)
        profile = self.shapes.polygon([*outer, *reversed(inner)])
        return self.shapes.extrude(profile, length, (0.0, 0.0, 0.0), (1.0, 0.0, 0.0), (0.0, 1.0, 0.0), "roof")

    def _gable(self, span: float, rise: float) -> Ref:
        profile = self.shapes.polygon(arc(span - 2 * _ROOF_M, rise - _ROOF_M))
        return self.shapes.extrude(profile, 0.05, (0.0, 0.0, 0.0), (1.0, 0.0, 0.0), (0.0, 1.0, 0.0), "glass")

    def _hall_roof(self, ring: tuple[Point, ...]) -> None:
        level = self.site.plan.roof_level(self.site.plan.wings[-1])
        storey = self.site.storeys[level.code]
        roof = self._roof_element("hall/roof", "Roof West Hall 屋頂", self.model.place(storey.placement, 0.0, 0.0))
        solid = self.shapes.extrude(self.shapes.polygon(list(ring)), _ROOF_M, colour="roof")
        ref = self.model.element("IFCSLAB", self.site.key("hall/roof/0"), "Roof West Hall",
                                 self.model.place(storey.placement, 0.0, 0.0), self.shapes.product(solid), enum("ROOF"),
                                 whole=roof)  # fmt: skip
        self.model.relate("material", self._roof_layers, ref)
        twice = sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in zip(ring, ring[1:] + ring[:1], strict=True))
        self.model.quantities("Qto_SlabBaseQuantities", {"GrossArea": quantity_area(twice / 2)}, ref)

    # --- gates ------------------------------------------------------------------------------------------------

    def _gate(self, gate: Gate) -> None:
        wing = next(w for w in self.site.plan.wings if w.key == gate.wing)
        on = self.site.on(wing, L1)
        turn = 0.0 if gate.side > 0 else 180.0
        placement = self.model.place(on, gate.u, gate.side * wing.width / 2, 0.0, turn)
        door = self._interior.door(f"gate/{gate.number}", f"Gate {gate.number}", "gate", placement, L1, external=True)
        lounge = next(r.key for r in self.site.plan.rooms if r.gate == gate.number)
        self.model.boundary(self._interior.spaces[lounge], door, self.site.key(f"gate/{gate.number}/boundary"), external=True)
        self.model.properties("CSDI_Gate", {"GateNumber": label(gate.number), "AircraftCode": label("E")}, door)
        bridge = self._map("bridge", self._bridge)
        at = self.model.place(on, gate.u, gate.side * (wing.width / 2 + 0.3), 0.0, turn)
        ref = self.model.element("IFCBUILDINGELEMENTPROXY", self.site.key(f"bridge/{gate.number}"),
                                 f"Boarding Bridge {gate.number} 登機橋", at, self.shapes.mapped(bridge), enum("ELEMENT"),
                                 storey=self.site.storeys["L1"], object_type="PassengerBoardingBridge")  # fmt: skip
        self._uniclass.give("EF_80", "Transport functions", ref)

    def _entrance(self, room: Room) -> None:
        """The door of a public hall on the ground floor to the forecourt, where the hall reaches the end of its wing."""
        wing = next(w for w in self.site.plan.wings if w.key == room.wing)
        if room.box[2] < wing.length:
            return
        placement = self.model.place(self.site.on(wing, GF), wing.length, room.middle[1], 0.0, 90.0)
        door = self._interior.door(f"{room.key}/entrance", f"Entrance {room.name} 入口", "auto", placement, GF, external=True)
        self.model.boundary(self._interior.spaces[room.key], door, self.site.key(f"{room.key}/entrance/boundary"), external=True)

    def _bridge(self) -> list[Ref]:
        """Rotunda, tunnel, cab and wheel column; y points away from the facade."""
        s, ground = self.shapes, -(L1.elevation_mpd - 5.1)
        return [
            s.extrude(s.circle(2.4), 3.2, (0.0, 3.0, -0.2), colour="bridge"),
            s.extrude(s.circle(0.6), -ground, (0.0, 3.0, ground), colour="steel"),
            s.box((2.6, BRIDGE_LENGTH_M - 8.0, 2.8), (0.0, BRIDGE_LENGTH_M / 2 + 1.0, 0.0), "bridge"),
            s.box((3.6, 4.0, 3.0), (0.0, BRIDGE_LENGTH_M - 1.0, -0.1), "bridge"),
            s.box((3.0, 1.2, -ground), (0.0, BRIDGE_LENGTH_M - 6.0, ground), "steel"),
        ]

    def _map(self, key: object, items: Callable[[], list[Ref]]) -> Ref:
        if key not in self._maps:
            self._maps[key] = self.shapes.map(*items())
        return self._maps[key]


def arc(span: float, rise: float) -> list[Point]:
    """Points of a circular arc over `span` with this rise, from right to left."""
    radius = (span * span / 4 + rise * rise) / (2 * rise)
    half = math.asin(span / 2 / radius)
    angles = [half - 2 * half * i / _ARC_STEPS for i in range(_ARC_STEPS + 1)]
    return [(radius * math.sin(a), radius * math.cos(a) - radius + rise) for a in angles]

