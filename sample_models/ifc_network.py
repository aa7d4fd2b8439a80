"""Distribution networks: devices with ports, connections between ports, systems and circuits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from sample_models.ifc_building import OpenBuilding
from sample_models.ifc_data import MANUFACTURERS, Classification, asset, label
from sample_models.ifc_step import Ref, enum
from sample_models.ifc_writer import Vector
from sample_models.layout import Level

Flow = Literal["SOURCE", "SINK", "SOURCEANDSINK"]


@dataclass(frozen=True)
class Medium:
    """What flows: the type of port and the type of system in IFC's words."""

    port: str
    system: str


CHILLED = Medium("PIPE", "CHILLEDWATER")
FIRE = Medium("PIPE", "FIREPROTECTION")
AIR = Medium("DUCT", "AIRCONDITIONING")
POWER = Medium("CABLE", "ELECTRICAL")
LIGHTING = Medium("CABLE", "LIGHTING")
_UNICLASS = {
    CHILLED: ("EF_60_40", "Space heating and cooling"),
    FIRE: ("EF_55_30", "Fire extinguishing supply"),
    AIR: ("EF_65_80", "Air conditioning"),
    POWER: ("EF_70_30", "Electricity distribution and transmission"),
    LIGHTING: ("EF_70_80", "Lighting"),
}
"""Classification of a device by what leaves it."""
_CONTROL = ("EF_75_70", "Control and management")


@dataclass(frozen=True)
class Port:
    """Where a device is connected: `at` in the frame of the placement it is written on."""

    flow: Flow
    medium: Medium
    at: Vector


@dataclass(frozen=True)
class Device:
    """A written device and its ports, in the order in which they were given."""

    ref: Ref
    ports: tuple[Ref, ...]


@dataclass(frozen=True)
class Part:
    """An entry of the catalogue: class, predefined type, names and what it looks like; maintained if it has a prefix."""

    entity: str
    predefined: str
    name: str
    name_zh: str
    items: Callable[[], list[Ref]] | None = None
    asset_prefix: str | None = None


class Network:
    """Writes devices and connections of one building."""

    def __init__(self, site: OpenBuilding, uniclass: Classification) -> None:
        self.site, self.model, self.shapes = site, site.model, site.shapes
        self._uniclass = uniclass
        self._kinds: dict[str, tuple[Ref, Ref | None]] = {}
        self._serial = 0
        self._links = 0

    def system(self, key: str, name: str, name_zh: str, medium: Medium) -> Ref:
        """IfcDistributionSystem that serves the building."""
        ref = self.model.rooted("IFCDISTRIBUTIONSYSTEM", self.site.key(f"system/{key}"), name, None, None, name_zh,
                                enum(medium.system))  # fmt: skip
        self.model.relate("served", ref, self.site.spatial.ref)
        return ref

    def circuit(self, key: str, name: str, name_zh: str, medium: Medium, system: Ref) -> Ref:
        """IfcDistributionCircuit, a member of its system."""
        ref = self.model.rooted("IFCDISTRIBUTIONCIRCUIT", self.site.key(f"circuit/{key}"), name, None, None, name_zh,
                                enum(medium.system))  # fmt: skip
        self.model.relate("grouped", system, ref)
        return ref

    def device(
        self, part: Part, key: str, mark: str, parent: Ref, at: Vector, level: Level, ports: Sequence[Port], *systems: Ref,
        turn: float = 0.0, items: Sequence[Ref] | None = None,
    ) -> Device:  # fmt: skip
        """A device at a point of the frame `parent`, of its catalogue shape or of `items` of its own."""
        kind, source = self._kind(part)
        placement = self.model.place(parent, *at, turn)
        shape = self.shapes.product(*items) if items is not None else self.shapes.mapped(source) if source else None
        ref = self.model.element(part.entity, self.site.key(key), f"{part.name} {mark} {part.name_zh}", placement, shape,
                                 enum(part.predefined), storey=self.site.storeys[level.code], kind=kind, tag=mark)  # fmt: skip
        for system in systems:
            self.model.relate("grouped", system, ref)
        self._uniclass.give(*_classification(ports), ref)
        if part.asset_prefix is not None:
            self._serial += 1
            asset(self.model, f"{part.asset_prefix}-{mark}", self._serial, ref)
        return Device(ref, self._ports(key, ref, parent, ports))

    def connect(self, upstream: Ref, downstream: Ref) -> None:
        """Connects two ports; the first is where the flow comes from."""
        self._links += 1
        key = self.site.key(f"link/{self._links}")
        self.model.rooted("IFCRELCONNECTSPORTS", key, None, None, upstream, downstream, None)

    def chain(self, *devices: Device) -> None:
        """Connects devices in line: the last port of each with the first of the next."""
        for before, after in pairwise(devices):
            self.connect(before.ports[-1], after.ports[0])

    def _ports(self, key: str, ref: Ref, parent: Ref, ports: Sequence[Port]) -> tuple[Ref, ...]:
        made = []
        for number, port in enumerate(ports):
            placement = self.model.place(parent, *port.at)
            made.append(self.model.rooted(
                "IFCDISTRIBUTIONPORT", self.site.key(f"{key}/port/{number}"), f"Port {number + 1}", None, None, placement,
                None, enum(port.flow), enum(port.medium.port), enum(port.medium.system)))  # fmt: skip
        if made:
            self.model.rooted("IFCRELNESTS", self.site.key(f"{key}/ports"), None, None, ref, made)
        return tuple(made)

    def _kind(self, part: Part) -> tuple[Ref, Ref | None]:
        if part.name not in self._kinds:
            source = self.shapes.map(*part.items()) if part.items is not None else None
            maker = MANUFACTURERS[len(self._kinds) % len(MANUFACTURERS)]
            key = self.site.key(part.name)
            psets = [self.model.pset(key, "Pset_ManufacturerTypeInformation", {
                "Manufacturer": label(maker), "ModelLabel": label(part.name)})]  # fmt: skip
            maps = [] if source is None else [source]
            kind = self.model.kind(f"{part.entity}TYPE", key, part.name, maps, enum(part.predefined), psets=psets)
            self._kinds[part.name] = kind, source
        return self._kinds[part.name]


def _classification(ports: Sequence[Port]) -> tuple[str, str]:
    leaving = [port for port in ports if port.flow == "SOURCE"] or ports
    return _UNICLASS[leaving[-1].medium] if leaving else _CONTROL
