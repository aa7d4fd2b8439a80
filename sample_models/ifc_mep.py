"""Building services of the terminal and of the remote concourses, IFC4, metres, axes along the grid, z = mPD."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from sample_models.ifc_building import OpenBuilding
from sample_models.ifc_catalogue import PIPE_Z_M, Catalogue, catalogue
from sample_models.ifc_data import Classification
from sample_models.ifc_georef import Georeference
from sample_models.ifc_network import CHILLED, FIRE, POWER, Device, Medium, Network, Port
from sample_models.ifc_plan import Building, mark_of, spine_width
from sample_models.ifc_services import (
    CONCOURSE_ZONE_BAYS,
    FIRE_V,
    MAIN_ZONE_BAYS,
    RETURN_V,
    SUPPLY_V,
    Systems,
    Zone,
    ZoneServices,
)
from sample_models.ifc_shapes import Shapes
from sample_models.ifc_step import Ref
from sample_models.ifc_writer import Model, Vector
from sample_models.layout import B1, L3, Frame, Layout, Point, Wing

_ZONES_PER_CHILLER = 10
_FORKED = ("northwest", "southwest")


def georeference(layout: Layout, plans: Sequence[Building]) -> Georeference:
    """Axes along the grid, z = mPD, origin on a whole metre at the first building's main axis."""
    wing = plans[0].wings[-1]
    e, n = layout.to_grid(*wing.at(0.0, 0.0))
    return Georeference(Frame((float(round(e)), float(round(n))), 90.0), 0.0)


def write_services(path: Path, layout: Layout, plans: Sequence[Building]) -> Model:
    """Writes the buildings' services to `path`; the model id is the stem."""
    title = ("Passenger terminal, building services", "機場客運大樓 屋宇裝備")
    with Model(path, "IFC4", path.stem, title, georeference(layout, plans)) as model:
        shapes, uniclass = Shapes(model), Classification(model)
        parts = catalogue(shapes)
        for plan in plans:
            _Services(Network(OpenBuilding(model, shapes, plan, layout), uniclass), parts).write()
    return model


def runs(plan: Building) -> tuple[Wing, ...]:
    """What mains run along: the concourses, and strips of two cross bays of the main building."""
    strips: list[Wing] = []
    for wing in plan.wings:
        if L3 not in wing.levels:
            strips.append(wing)
            continue
        for i in range(wing.cross_bays // 2):
            v = (2 * i + 1) * wing.cross_bay_m - wing.width / 2
            strips.append(replace(wing, key=f"{wing.key}-{i + 1}", start=wing.at(0.0, v), cross_bays=2))
    return tuple(strips)


def zones(run: Wing) -> Iterator[Zone]:
    """The air handling zones along a run."""
    size = MAIN_ZONE_BAYS if L3 in run.levels else CONCOURSE_ZONE_BAYS
    letter = f"M{run.key.rsplit('-', 1)[1]}" if L3 in run.levels else mark_of(run)
    for number, first in enumerate(range(0, run.bays, size)):
        side = -1 if number % 2 == 0 else 1
        yield Zone(run, f"{letter}-{number + 1:02d}", first, min(size, run.bays - first), side)


@dataclass(frozen=True)
class _Mains:
    """Open ends of the mains: ports, and where they are in the frame of the building's basement."""

    supply: Ref
    back: Ref
    fire: Ref
    power: tuple[Ref, ...]
    at: Point


class _Services:
    """Writes plant, mains and zones of one building."""

    def __init__(self, network: Network, parts: Catalogue) -> None:
        self._net, self._parts = network, parts
        self._plan = network.site.plan
        self._floor = network.site.storeys[B1.code].placement
        self._runs = runs(self._plan)
        self._fed = [run for run in self._runs if run.key not in _FORKED]
        self._systems = Systems(
            network.system("chws", "Chilled Water Supply", "冷水供水系統", CHILLED),
            network.system("chwr", "Chilled Water Return", "冷水回水系統", CHILLED),
            network.system("fire", "Fire Sprinkler System", "消防灑水系統", FIRE),
            network.system("power", "Low Voltage Distribution", "低壓配電系統", POWER),
        )

    def write(self) -> None:
        ends = self._plant()
        for run, mains in zip(self._fed, ends, strict=True):
            far = self._run(run, self._feeders(run, mains))
            if run.key == "centre":
                self._fork(far)

    # --- plant ------------------------------------------------------------------------------------------------

    def _plant(self) -> list[_Mains]:
        """Chillers with pumps between two headers, fire pumps, switchboard; one outlet of each per run."""
        wing = self._plan.wings[0]
        x, y = wing.at(0.45 * wing.length if L3 in wing.levels else 12.0, 0.0)
        x, y = x - self._plan.base[0], y - self._plan.base[1]
        chillers = max(2, sum(1 for run in self._runs for _ in zones(run)) // _ZONES_PER_CHILLER)
        outlets = len(self._fed)
        board = self._switchboard((x + 12.0, y), outlets + 2 * chillers + 2)
        supply = self._header("supply", (x, y, PIPE_Z_M), chillers, outlets, self._systems.supply, CHILLED)
        back = self._header("return", (x, y, PIPE_Z_M + 0.6), outlets, chillers, self._systems.back, CHILLED)
        for i in range(chillers):
            self._chiller(i, (x, y + (i - (chillers - 1) / 2) * 5.0), back.ports[outlets + i], supply.ports[i],
                          board.ports[outlets + 2 * i : outlets + 2 * i + 2])  # fmt: skip
        fire = self._header("fire", (x + 6.0, y, PIPE_Z_M), 2, outlets, self._systems.fire, FIRE)
        for i in range(2):
            self._fire_pump(i, (x + 9.0, y - 1.5 + 3.0 * i), fire.ports[i], board.ports[outlets + 2 * chillers + i])
        return [_Mains(supply.ports[chillers + i], back.ports[i], fire.ports[2 + i], (board.ports[i],), (x, y))
                for i in range(outlets)]  # fmt: skip

    def _header(self, name: str, at: Vector, inlets: int, outlets: int, system: Ref, medium: Medium) -> Device:
        """A pipe across the plant room with all its inlets first, then its outlets."""
        x, y, z = at
        span = 3.0 * max(inlets, outlets)
        ports = [Port("SINK", medium, (x, y, z)) for _ in range(inlets)]
        ports += [Port("SOURCE", medium, (x, y, z)) for _ in range(outlets)]
        colour = "valve" if medium == FIRE else "chilled supply" if name == "supply" else "chilled return"
        pipe = self._net.shapes.pipe((x, y - span / 2, z), (x, y + span / 2, z), 0.35, colour)
        return self._net.device(self._parts["pipe"], f"header/{name}", f"Header {name}", self._floor, (0.0, 0.0, 0.0), B1,
                                ports, system, items=[pipe])  # fmt: skip

    def _chiller(self, i: int, at: Point, back: Ref, supply: Ref, power: tuple[Ref, ...]) -> None:
        """Return header, isolating valve, chiller, pump, isolating valve, supply header."""
        (x, y), net, mark = at, self._net, f"{i + 1:02d}"
        low, both = 0.9, (self._systems.supply, self._systems.back)
        chiller = net.device(self._parts["chiller"], f"chiller/{i}", mark, self._floor, (x - 9.0, y, 0.0), B1, (
            Port("SINK", CHILLED, (x - 6.4, y + 0.7, low)), Port("SOURCE", CHILLED, (x - 6.4, y - 0.7, low)),
            Port("SINK", POWER, (x - 11.6, y, low))), *both)  # fmt: skip
        inlet = self._valve(f"valve/chiller/{i}/in", f"CH{mark}-R", (x - 5.8, y + 0.7, low), CHILLED, self._systems.back)
        outlet = self._valve(f"valve/chiller/{i}/out", f"CH{mark}-S", (x - 1.5, y - 0.7, low), CHILLED, self._systems.supply)
        pump = net.device(self._parts["pump"], f"pump/{i}", mark, self._floor, (x - 4.0, y - 0.7, 0.0), B1, (
            Port("SINK", CHILLED, (x - 4.9, y - 0.7, 0.7)), Port("SOURCE", CHILLED, (x - 3.4, y - 0.7, 1.1)),
            Port("SINK", POWER, (x - 4.0, y - 0.7, 0.2))), self._systems.supply)  # fmt: skip
        net.connect(back, inlet.ports[0])
        net.connect(inlet.ports[1], chiller.ports[0])
        net.connect(chiller.ports[1], pump.ports[0])
        net.connect(pump.ports[1], outlet.ports[0])
        net.connect(outlet.ports[1], supply)
        net.connect(power[0], chiller.ports[2])
        net.connect(power[1], pump.ports[2])

    def _fire_pump(self, i: int, at: Point, header: Ref, power: Ref) -> None:
        x, y = at
        pump = self._net.device(self._parts["fire pump"], f"firepump/{i}", f"{i + 1:02d}", self._floor, (x, y, 0.0), B1, (
            Port("SINK", POWER, (x, y, 0.2)), Port("SOURCE", FIRE, (x, y, 1.1))), self._systems.fire)  # fmt: skip
        self._net.connect(power, pump.ports[0])
        self._net.connect(pump.ports[1], header)

    def _switchboard(self, at: Point, ways: int) -> Device:
        point = (*at, 0.0)
        ports = [Port("SOURCE", POWER, (*at, 1.5)) for _ in range(ways)]
        return self._net.device(self._parts["switchboard"], "switchboard", "01", self._floor, point, B1, ports, self._systems.power)

    def _valve(self, key: str, mark: str, at: Vector, medium: Medium, system: Ref) -> Device:
        x, y, z = at
        ports = (Port("SINK", medium, (x - 0.25, y, z)), Port("SOURCE", medium, (x + 0.25, y, z)))
        return self._net.device(self._parts["valve"], key, mark, self._floor, at, B1, ports, system)

    # --- mains ------------------------------------------------------------------------------------------------

    def _feeders(self, run: Wing, mains: _Mains) -> _Mains:
        """From the plant to the start of a run: an isolating valve and a pipe each, and a cable."""
        mark = run.key.upper()
        supply = self._feed(f"{mark}-S", run, SUPPLY_V, mains.supply, mains.at, CHILLED, self._systems.supply)
        back = self._feed(f"{mark}-R", run, RETURN_V, mains.back, mains.at, CHILLED, self._systems.back, backward=True)
        fire = self._feed(f"{mark}-F", run, FIRE_V, mains.fire, mains.at, FIRE, self._systems.fire)
        return _Mains(supply, back, fire, self._sub_board(run, mains), mains.at)

    def _feed(
        self, mark: str, run: Wing, v: float, source: Ref, start: Point, medium: Medium, system: Ref, *, backward: bool = False,
    ) -> Ref:  # fmt: skip
        """Valve at the plant, pipe to the run; gives the open port at the run."""
        end = self._at(run, 0.0, v)
        z = PIPE_Z_M + (0.3 if backward else 0.0)
        valve = self._valve(f"valve/feeder/{mark}", mark, (start[0] + 1.0, start[1], z), medium, system)
        near, far = Port("SINK", medium, (start[0] + 1.3, start[1], z)), Port("SOURCE", medium, (*end, PIPE_Z_M))
        ports = (near, far) if not backward else (replace(far, flow="SINK"), replace(near, flow="SOURCE"))
        colour = "valve" if medium == FIRE else "chilled return" if backward else "chilled supply"
        items = self._bent((start[0] + 1.3, start[1], z), (*end, z), 0.2, colour)
        pipe = self._net.device(self._parts["pipe"], f"feeder/{mark}", mark, self._floor, (0.0, 0.0, 0.0), B1, ports, system, items=items)
        if backward:
            self._net.connect(valve.ports[1], source)
            self._net.connect(pipe.ports[1], valve.ports[0])
            return pipe.ports[0]
        self._net.connect(source, valve.ports[0])
        self._net.connect(valve.ports[1], pipe.ports[0])
        return pipe.ports[1]

    def _bent(self, start: Vector, end: Vector, radius: float, colour: str) -> list[Ref]:
        """Straight pieces along y, then along x."""
        corner = (start[0], end[1], start[2])
        pieces = [(start, corner), (corner, end)]
        return [self._net.shapes.pipe(a, b, radius, colour) for a, b in pieces if _apart(a, b)]

    def _sub_board(self, run: Wing, mains: _Mains) -> tuple[Ref, ...]:
        """Cable from the switchboard and a board at the start of the run; gives its outgoing ports, one per zone first."""
        at = (*self._at(run, 3.0, -spine_width(run) / 2 + 0.6), 0.8)
        start, end = (mains.at[0] + 12.0, mains.at[1], 3.6), (at[0], at[1], 3.6)
        cable = self._cable(f"cable/{run.key}", run.key.upper(), self._floor, self._bent(start, end, 0.06, "electrical"), start, end)
        ways = sum(1 for _ in zones(run)) + len(_FORKED)
        ports = (Port("SINK", POWER, at), *(Port("SOURCE", POWER, at) for _ in range(ways)))
        board = self._net.device(self._parts["board"], f"board/{run.key}", f"{run.key.upper()}-00", self._floor, at, B1, ports,
                                 self._systems.power, turn=run.angle_deg)  # fmt: skip
        self._net.connect(mains.power[0], cable.ports[0])
        self._net.connect(cable.ports[1], board.ports[0])
        return board.ports[1:]

    def _cable(self, key: str, mark: str, parent: Ref, items: list[Ref], start: Vector, end: Vector) -> Device:
        ports = (Port("SINK", POWER, start), Port("SOURCE", POWER, end))
        return self._net.device(self._parts["cable"], key, mark, parent, (0.0, 0.0, 0.0), B1, ports, self._systems.power, items=items)

    def _run(self, run: Wing, mains: _Mains) -> _Mains:
        """Mains along a run with a tee each per zone; gives the open far ends."""
        low = self._net.site.on(run, B1)
        u = 0.0
        for number, zone in enumerate(zones(run)):
            services = ZoneServices(self._net, self._parts, self._systems, zone)
            supply = self._tee(zone, "S", low, u, SUPPLY_V, -0.5, mains.supply, self._systems.supply)
            back = self._tee(zone, "R", low, u, RETURN_V, 0.5, mains.back, self._systems.back, backward=True)
            fire = self._fire_main(zone, low, u, mains.fire)
            start = (3.0, -spine_width(run) / 2 + 0.6 + 0.15 * number, 3.6)
            board = (zone.first_bay * run.bay_m + 4.0, start[1], 3.6)
            drawn = [self._net.shapes.pipe(start, board, 0.06, "electrical")]
            cable = self._cable(f"cable/{run.key}/{zone.mark}", zone.mark, low, drawn, start, board)
            self._net.connect(mains.power[0], cable.ports[0])
            services.write(supply.ports[1], back.ports[1], fire.ports[1], cable.ports[1])
            mains = _Mains(supply.ports[2], back.ports[0], fire.ports[2], mains.power[1:], self._at(run, run.length, 0.0))
            u = zone.tee_u
        return mains

    def _tee(
        self, zone: Zone, letter: str, low: Ref, start_u: float, v: float, shift: float, open_end: Ref, system: Ref, *,
        backward: bool = False,
    ) -> Device:  # fmt: skip
        """A length of main and the tee at its end; ports of the tee: along the flow's way in, branch, way out."""
        u = zone.tee_u + shift
        start, end = (start_u + (shift if start_u else 0.0), v, PIPE_Z_M), (u, v, PIPE_Z_M)
        colour = "chilled return" if backward else "chilled supply"
        ends = (Port("SINK", CHILLED, start), Port("SOURCE", CHILLED, end))
        ports = ends if not backward else (replace(ends[1], flow="SINK"), replace(ends[0], flow="SOURCE"))
        key, mark = f"main/{zone.wing.key}/{zone.mark}/{letter}", f"CHW{letter}-{zone.mark}"
        pipe = self._net.device(self._parts["pipe"], key, mark, low, (0.0, 0.0, 0.0), B1, ports, system,
                                items=[self._net.shapes.pipe(start, end, 0.2, colour)])  # fmt: skip
        tee = self._net.device(self._parts["tee"], f"{key}/tee", mark, low, end, B1, (
            Port("SINK", CHILLED, end), Port("SINK" if backward else "SOURCE", CHILLED, end), Port("SOURCE", CHILLED, end)),
            system)  # fmt: skip
        if backward:
            self._net.connect(tee.ports[2], pipe.ports[0])
            self._net.connect(pipe.ports[1], open_end)
        else:
            self._net.connect(open_end, pipe.ports[0])
            self._net.connect(pipe.ports[1], tee.ports[0])
        return tee

    def _fire_main(self, zone: Zone, low: Ref, start_u: float, open_end: Ref) -> Device:
        shift = -2.0
        start, end = (start_u + (shift if start_u else 0.0), FIRE_V, PIPE_Z_M), (zone.tee_u + shift, FIRE_V, PIPE_Z_M)
        ports = (Port("SINK", FIRE, start), Port("SOURCE", FIRE, end), Port("SOURCE", FIRE, end))
        pipe = self._net.device(self._parts["pipe"], f"firemain/{zone.wing.key}/{zone.mark}", f"FS-{zone.mark}", low,
                                (0.0, 0.0, 0.0), B1, ports, self._systems.fire,
                                items=[self._net.shapes.pipe(start, end, 0.1, "valve")])  # fmt: skip
        self._net.connect(open_end, pipe.ports[0])
        return pipe

    def _fork(self, far: _Mains) -> None:
        """From the end of the central concourse into both arms: a fork per main, then feeders as from a plant."""
        arms = [run for run in self._runs if run.key in _FORKED]
        at = far.at
        supply = self._header_at("fork S", at, 1, 2, self._systems.supply, CHILLED)
        back = self._header_at("fork R", at, 2, 1, self._systems.back, CHILLED)
        fire = self._header_at("fork F", at, 1, 2, self._systems.fire, FIRE)
        self._net.connect(far.supply, supply.ports[0])
        self._net.connect(back.ports[2], far.back)
        self._net.connect(far.fire, fire.ports[0])
        for i, arm in enumerate(arms):
            mains = _Mains(supply.ports[1 + i], back.ports[i], fire.ports[1 + i], (far.power[i],), at)
            self._run(arm, self._feeders(arm, mains))

    def _header_at(self, name: str, at: Point, inlets: int, outlets: int, system: Ref, medium: Medium) -> Device:
        ports = [Port("SINK", medium, (*at, PIPE_Z_M)) for _ in range(inlets)]
        ports += [Port("SOURCE", medium, (*at, PIPE_Z_M)) for _ in range(outlets)]
        return self._net.device(self._parts["tee"], f"fork/{name}", name, self._floor, (*at, PIPE_Z_M), B1, ports, system)

    def _at(self, run: Wing, u: float, v: float) -> Point:
        """A point of a run in the frame of the building's basement."""
        x, y = run.at(u, v)
        return x - self._plan.base[0], y - self._plan.base[1]


def _apart(a: Vector, b: Vector) -> bool:
    return any(abs(p - q) > 0.01 for p, q in zip(a, b, strict=True))
