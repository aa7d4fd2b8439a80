"""Services of one zone: its air handling unit, ducts, chilled water branch, board, lights and sprinklers."""

from __future__ import annotations

from dataclasses import dataclass

from sample_models.ifc_catalogue import DUCT_Z_M, PIPE_Z_M, Catalogue
from sample_models.ifc_network import AIR, CHILLED, FIRE, LIGHTING, POWER, Device, Medium, Network, Port
from sample_models.ifc_plan import spine_width
from sample_models.ifc_step import Ref
from sample_models.ifc_writer import Vector
from sample_models.layout import B1, L1, L2, Level, Wing

CONCOURSE_ZONE_BAYS = 2
MAIN_ZONE_BAYS = 4
SUPPLY_V, RETURN_V, FIRE_V = 1.0, 1.8, -1.4
"""Places of the mains across a wing."""


@dataclass(frozen=True)
class Zone:
    """Some bays of a wing served by one air handling unit."""

    wing: Wing
    mark: str
    first_bay: int
    bays: int
    side: int

    @property
    def tee_u(self) -> float:
        """Where its branches leave the mains."""
        return (self.first_bay + 0.5) * self.wing.bay_m

    @property
    def ahu_at(self) -> Vector:
        """Place of the air handling unit on the basement floor of the wing."""
        half = spine_width(self.wing) / 2
        return self.tee_u, self.side * (half + self.wing.width / 2) / 2, 0.0


@dataclass(frozen=True)
class Systems:
    """The systems that cross zones."""

    supply: Ref
    back: Ref
    fire: Ref
    power: Ref


class ZoneServices:
    """Writes one zone; the mains come from outside."""

    def __init__(self, network: Network, parts: Catalogue, systems: Systems, zone: Zone) -> None:
        self._net, self._parts, self._systems, self.zone = network, parts, systems, zone
        self._low = network.site.on(zone.wing, B1)
        self._high = network.site.on(zone.wing, L1)
        self._key = f"{zone.wing.key}/{zone.mark}"
        self.ahu = self._air_handling_unit()

    def write(self, supply_tee: Ref, return_tee: Ref, fire_tap: Ref, feeder: Ref) -> None:
        """Connects the zone: chilled water from and to the tees, sprinklers to the tap, the board to the feeder."""
        self._chilled(supply_tee, return_tee)
        self._air()
        self._sprinklers(fire_tap)
        self._electrical(feeder)

    def _air_handling_unit(self) -> Device:
        u, v, _ = self.zone.ahu_at
        ports = (Port("SINK", CHILLED, (u - 0.5, v, 2.4)), Port("SOURCE", CHILLED, (u + 0.5, v, 2.4)),
                 Port("SINK", POWER, (u - 2.2, v, 1.0)), Port("SOURCE", AIR, (u + 1.6, v, 3.2)))  # fmt: skip
        return self._net.device(self._parts["ahu"], f"ahu/{self._key}", self.zone.mark, self._low, self.zone.ahu_at, B1,
                                ports, self._systems.supply, self._systems.back)  # fmt: skip

    # --- chilled water ----------------------------------------------------------------------------------------

    def _chilled(self, supply_tee: Ref, return_tee: Ref) -> None:
        """Main, isolating valve, branch, coil; and back through control valve, branch and isolating valve."""
        valve, branch = self._branch("S", SUPPLY_V, -0.5, self._systems.supply, outward=True)
        self._net.connect(supply_tee, valve.ports[0])
        self._net.chain(valve, branch)
        self._net.connect(branch.ports[1], self.ahu.ports[0])
        back_valve, back = self._branch("R", RETURN_V, 0.5, self._systems.back, outward=False)
        control = self._control_valve()
        self._net.connect(self.ahu.ports[1], control.ports[0])
        self._net.chain(control, back, back_valve)
        self._net.connect(back_valve.ports[1], return_tee)

    def _branch(self, letter: str, main_v: float, shift: float, system: Ref, *, outward: bool) -> tuple[Device, Device]:
        u, (_, v, _) = self.zone.tee_u + shift, self.zone.ahu_at
        valve_v = main_v + self.zone.side * 0.8
        near, joint = (u, valve_v - self.zone.side * 0.25, PIPE_Z_M), (u, valve_v + self.zone.side * 0.25, PIPE_Z_M)
        over, coil = (u, v, PIPE_Z_M), (u, v, 2.4 if outward else 3.0)
        colour = "chilled supply" if outward else "chilled return"
        mark = f"CHW{letter}-{self.zone.mark}"
        valve = self._net.device(self._parts["valve"], f"valve/{self._key}/{letter}", mark, self._low,
                                 (u, valve_v, PIPE_Z_M), B1, _ends(near, joint, CHILLED, outward), system, turn=90.0)  # fmt: skip
        s = self._net.shapes
        items = [s.pipe(joint, over, 0.1, colour), s.pipe(over, coil, 0.1, colour)]
        pipe = self._net.device(self._parts["pipe"], f"branch/{self._key}/{letter}", mark, self._low, (0.0, 0.0, 0.0), B1,
                                _ends(joint, coil, CHILLED, outward), system, items=items)  # fmt: skip
        return valve, pipe

    def _control_valve(self) -> Device:
        u, v, _ = self.zone.ahu_at
        at = (u + 0.5, v, 2.7)
        ports = (Port("SINK", CHILLED, (u + 0.5, v, 2.4)), Port("SOURCE", CHILLED, (u + 0.5, v, 3.0)))
        return self._net.device(self._parts["control valve"], f"control/{self._key}", self.zone.mark, self._low, at, B1,
                                ports, self._systems.back)  # fmt: skip

    # --- air --------------------------------------------------------------------------------------------------

    def _air(self) -> None:
        zone, net = self.zone, self._net
        system = net.system(f"air/{self._key}", f"Supply Air {zone.mark}", f"送風系統 {zone.mark}", AIR)
        net.model.relate("grouped", system, self.ahu.ref)
        u, v, _ = zone.ahu_at
        riser_v = zone.side * (spine_width(zone.wing) / 2 + 1.0)
        top = L1.elevation_mpd - B1.elevation_mpd + DUCT_Z_M
        start = (u + 1.6, riser_v, 3.6)
        first = self._duct("out", (u + 1.6, v, 3.6), start, B1, system)
        damper = net.device(self._parts["fire damper"], f"firedamper/{self._key}", zone.mark, self._low,
                            (u + 1.6, riser_v, 4.2), B1, _ends(start, (u + 1.6, riser_v, 4.6), AIR), system)  # fmt: skip
        riser = self._duct("riser", (u + 1.6, riser_v, 4.6), (u + 1.6, riser_v, top - 0.5), B1, system)
        bend = net.device(self._parts["elbow"], f"bend/{self._key}", zone.mark, self._high, (u + 1.6, riser_v, DUCT_Z_M), L1,
                          _ends((u + 1.6, riser_v, DUCT_Z_M - 0.5), (u + 1.6, riser_v, DUCT_Z_M), AIR), system)  # fmt: skip
        across = self._duct("across", (u + 1.6, riser_v, DUCT_Z_M), (u + 1.6, 0.0, DUCT_Z_M), L1, system)
        net.connect(self.ahu.ports[3], first.ports[0])
        net.chain(first, damper, riser, bend, across)
        self._runs(across, system)

    def _runs(self, before: Device, system: Ref) -> None:
        """The main duct along the zone: one junction per bay, a branch to either side."""
        start = self.zone.tee_u + 1.6
        for bay in range(self.zone.bays):
            u = (self.zone.first_bay + bay + 0.75) * self.zone.wing.bay_m
            run = self._duct(f"run{bay}", (start, 0.0, DUCT_Z_M), (u - 0.6, 0.0, DUCT_Z_M), L1, system)
            ports = (Port("SINK", AIR, (u - 0.6, 0.0, DUCT_Z_M)), Port("SOURCE", AIR, (u, 0.6, DUCT_Z_M)),
                     Port("SOURCE", AIR, (u, -0.6, DUCT_Z_M)), Port("SOURCE", AIR, (u + 0.6, 0.0, DUCT_Z_M)))  # fmt: skip
            junction = self._net.device(self._parts["junction"], f"junction/{self._key}/{bay}", f"{self.zone.mark}.{bay + 1}",
                                        self._high, (u, 0.0, DUCT_Z_M), L1, ports, system)  # fmt: skip
            self._net.chain(before, run, junction)
            for side, port in ((1, 1), (-1, 2)):
                self._outlet(junction.ports[port], u, side, bay, system)
            before, start = junction, u + 0.6

    def _outlet(self, source: Ref, u: float, side: int, bay: int, system: Ref) -> None:
        reach = side * (spine_width(self.zone.wing) / 2 + 4.0)
        mark = f"{self.zone.mark}.{bay + 1}{'L' if side > 0 else 'R'}"
        inner, outer, end = (u, side * 0.6, DUCT_Z_M), (u, side * 0.9, DUCT_Z_M), (u, reach, DUCT_Z_M)
        damper = self._net.device(self._parts["damper"], f"damper/{self._key}/{bay}/{side}", mark, self._high,
                                  (u, side * 0.75, DUCT_Z_M), L1, _ends(inner, outer, AIR), system)  # fmt: skip
        duct = self._duct(f"branch{bay}.{side}", outer, end, L1, system, 0.6)
        diffuser = self._net.device(self._parts["diffuser"], f"diffuser/{self._key}/{bay}/{side}", mark, self._high, end, L1,
                                    (Port("SINK", AIR, end),), system)  # fmt: skip
        self._net.connect(source, damper.ports[0])
        self._net.chain(damper, duct, diffuser)

    def _duct(self, name: str, start: Vector, end: Vector, level: Level, system: Ref, size: float = 1.0) -> Device:
        s, on = self._net.shapes, self._low if level is B1 else self._high
        span = sum(abs(b - a) for a, b in zip(start, end, strict=True))
        axis = tuple((b - a) / span for a, b in zip(start, end, strict=True))
        beside = (1.0, 0.0, 0.0) if abs(axis[0]) < 0.5 else (0.0, 1.0, 0.0)
        solid = s.extrude(s.rectangle(size, size * 0.8), span, start, (axis[0], axis[1], axis[2]), beside, "duct")
        where = B1 if level is B1 else L1
        return self._net.device(self._parts["duct"], f"duct/{self._key}/{name}", f"{self.zone.mark}-{name}", on,
                                (0.0, 0.0, 0.0), where, _ends(start, end, AIR), system, items=[solid])  # fmt: skip

    # --- fire -------------------------------------------------------------------------------------------------

    def _sprinklers(self, tap: Ref) -> None:
        zone, net = self.zone, self._net
        u, z = zone.tee_u - 2.0, 4.7
        foot, head = (u, FIRE_V, PIPE_Z_M), (u, FIRE_V, L1.elevation_mpd - B1.elevation_mpd + z)
        valve = net.device(self._parts["valve"], f"valve/{self._key}/F", f"FS-{zone.mark}", self._low,
                           (u, FIRE_V, PIPE_Z_M + 0.6), B1, _ends(foot, (u, FIRE_V, PIPE_Z_M + 0.9), FIRE), self._systems.fire)  # fmt: skip
        net.connect(tap, valve.ports[0])
        riser_foot = (u, FIRE_V, PIPE_Z_M + 0.9)
        before = net.device(self._parts["pipe"], f"firepipe/{self._key}/riser", f"FS-{zone.mark}", self._low, (0.0, 0.0, 0.0),
                            B1, _ends(riser_foot, head, FIRE), self._systems.fire,
                            items=[net.shapes.pipe(riser_foot, head, 0.06, "valve")])  # fmt: skip
        net.chain(valve, before)
        for bay in range(zone.bays):
            before = self._sprinkler_pipe(before, (u, FIRE_V, z), bay)
            u = self._reach(bay)

    def _reach(self, bay: int) -> float:
        """Where the sprinkler pipe of a bay of the zone ends."""
        return min((self.zone.first_bay + bay + 1.4) * self.zone.wing.bay_m, self.zone.wing.length - 1.0)

    def _sprinkler_pipe(self, before: Device, start: Vector, bay: int) -> Device:
        """A pipe along one bay with three sprinklers on it."""
        net, zone = self._net, self.zone
        end = (self._reach(bay), start[1], start[2])
        heads = [(start[0] + (end[0] - start[0]) * f, start[1], start[2]) for f in (0.2, 0.5, 0.8)]
        if bay == zone.bays - 1:
            end = (heads[-1][0] + 0.2, start[1], start[2])
        ports = (Port("SINK", FIRE, start), *(Port("SOURCE", FIRE, h) for h in heads), Port("SOURCE", FIRE, end))
        pipe = net.device(self._parts["pipe"], f"firepipe/{self._key}/{bay}", f"FS-{zone.mark}.{bay + 1}", self._high,
                          (0.0, 0.0, 0.0), L1, ports, self._systems.fire, items=[net.shapes.pipe(start, end, 0.04, "valve")])  # fmt: skip
        net.chain(before, pipe)
        for number, head in enumerate(heads):
            mark = f"{zone.mark}.{bay + 1}.{number + 1}"
            sprinkler = net.device(self._parts["sprinkler"], f"sprinkler/{self._key}/{bay}.{number}", mark, self._high, head, L1,
                                   (Port("SINK", FIRE, head),), self._systems.fire)  # fmt: skip
            net.connect(pipe.ports[number + 1], sprinkler.ports[0])
        return pipe

    # --- electrical -------------------------------------------------------------------------------------------

    def _electrical(self, feeder: Ref) -> None:
        zone, net = self.zone, self._net
        half = spine_width(zone.wing) / 2
        at = (zone.first_bay * zone.wing.bay_m + 2.0, -zone.side * (half - 0.3), 0.8)
        ports = (Port("SINK", POWER, at), *(Port("SOURCE", m, at) for m in (LIGHTING, LIGHTING, POWER, POWER)))
        board = net.device(self._parts["board"], f"board/{self._key}", zone.mark, self._high, at, L1, ports, self._systems.power)
        net.connect(feeder, board.ports[0])
        fed = [self._lights("L1", half), self._lights("L2", half), self._outlets(half)]
        circuit = net.circuit(f"{self._key}/ahu", f"{zone.mark}/4 Air handling unit", "空調電路", POWER, self._systems.power)
        net.model.relate("grouped", circuit, self.ahu.ref)
        sensor = (at[0] + 6.0, at[1], 1.4)
        net.device(self._parts["sensor"], f"sensor/{self._key}", zone.mark, self._high, sensor, L1, ())
        media = (LIGHTING, LIGHTING, POWER, POWER)
        for number, (medium, (first, on)) in enumerate(zip(media, [*fed, (self.ahu.ports[2], circuit)], strict=True), 1):
            breaker = self._breaker(number, at, medium, on)
            net.connect(board.ports[number], breaker.ports[0])
            net.connect(breaker.ports[1], first)

    def _breaker(self, number: int, board: Vector, medium: Medium, circuit: Ref) -> Device:
        """The breaker of an outgoing way of the board, a member of its circuit."""
        at = (board[0] + 0.12 * (number - 2.5), board[1], board[2] + 0.5)
        return self._net.device(self._parts["breaker"], f"breaker/{self._key}/{number}", f"{self.zone.mark}/{number}", self._high, at, L1,
                                _ends(at, at, medium), self._systems.power, circuit)  # fmt: skip

    def _lights(self, code: str, half: float) -> tuple[Ref, Ref]:
        """A circuit of lights in line, two per bay on the boarding level and one on the transfer level; gives its open end, and it."""
        zone, net = self.zone, self._net
        level, rows = (L1, (0.5, -0.5)) if code == "L1" else (L2, (0.0,))
        number = 1 if code == "L1" else 2
        circuit = net.circuit(f"{self._key}/{code}", f"{zone.mark}/{number} Lighting {code}", f"照明電路 {code}", LIGHTING,
                              self._systems.power)  # fmt: skip
        on, lights = net.site.on(zone.wing, level), list[Device]()
        for bay in range(zone.bays):
            for row in rows:
                at = ((zone.first_bay + bay + 0.25) * zone.wing.bay_m, row * half, 4.3)
                key, mark = f"light/{self._key}/{code}/{bay}.{row}", f"{zone.mark}.{code}.{bay + 1}"
                lights.append(net.device(self._parts["light"], key, mark, on, at, level, _ends(at, at, LIGHTING), circuit))
        net.chain(*lights)
        return lights[0].ports[0], circuit

    def _outlets(self, half: float) -> tuple[Ref, Ref]:
        """A circuit of outlets in line, one per bay; gives its open end, and it."""
        zone, net = self.zone, self._net
        circuit = net.circuit(f"{self._key}/power", f"{zone.mark}/3 Small power", "插座電路", POWER, self._systems.power)
        outlets: list[Device] = []
        for bay in range(zone.bays):
            at = ((zone.first_bay + bay + 0.1) * zone.wing.bay_m, -zone.side * (half - 0.15), 0.3)
            outlets.append(net.device(self._parts["outlet"], f"outlet/{self._key}/{bay}", f"{zone.mark}.{bay + 1}", self._high, at, L1,
                                      _ends(at, at, POWER), circuit))  # fmt: skip
        net.chain(*outlets)
        return outlets[0].ports[0], circuit


def _ends(start: Vector, end: Vector, medium: Medium, outward: bool = True) -> tuple[Port, Port]:
    """Two ports in the direction of flow: from start to end, or back."""
    first, last = (start, end) if outward else (end, start)
    return Port("SINK", medium, first), Port("SOURCE", medium, last)
