"""Inside of a terminal building: spaces with zones, walls, doors with space boundaries, floors."""

from __future__ import annotations

from collections import defaultdict

from sample_models.ifc_building import OpenBuilding
from sample_models.ifc_data import (
    Classification,
    boolean,
    box_quantities,
    count,
    label,
    layers,
    quantity_area,
    quantity_length,
    quantity_volume,
)  # fmt: skip
from sample_models.ifc_plan import CEILING_VOID_M, WALL_M, Partition, Room
from sample_models.ifc_step import Ref, enum
from sample_models.layout import Level, Wing

FLOOR_FINISH_M = 0.15
_DOORS = {
    "door": ("D1", "Single Door", 0.95, 2.1, "SINGLE_SWING_LEFT"),
    "double": ("D2", "Double Door", 1.8, 2.1, "DOUBLE_DOOR_SINGLE_SWING"),
    "auto": ("D4", "Automatic Sliding Door", 3.6, 2.6, "DOUBLE_DOOR_SLIDING"),
    "gate": ("D3", "Boarding Gate Door", 2.0, 2.4, "DOUBLE_DOOR_SINGLE_SWING"),
}
_ZONES = {"landside": ("Landside", "公眾範圍"), "airside": ("Airside", "禁區"), "customs": ("Customs Control", "海關管制區")}
_UNVOIDED_LEVELS = ("B1", "GF")


class Interior:
    """Writes spaces, partitions and floors of one building; remembers the spaces by room key."""

    def __init__(self, site: OpenBuilding, uniclass: Classification) -> None:
        self.site, self.model, self.shapes = site, site.model, site.shapes
        self._uniclass = uniclass
        self.spaces: dict[str, Ref] = {}
        self._wings = {w.key: w for w in site.plan.wings}
        self._levels = {level.code: level for level in site.plan.levels}
        self._door_types = {name: self._door_type(name) for name in _DOORS}
        self._wall_type = self.model.kind("IFCWALLTYPE", site.key("wall"), "Partition 200", [], enum("PARTITIONING"))
        self._wall_layers = layers(self.model, "Partition 200", (
            ("Gypsum board", "gypsum", 0.025), ("Mineral wool", "insulation", 0.15), ("Gypsum board", "gypsum", 0.025)),
            "AXIS2")  # fmt: skip
        self._floor_layers = layers(self.model, "Terrazzo floor", (
            ("Terrazzo", "stone", 0.03), ("Screed", "concrete", 0.12)), "AXIS3")  # fmt: skip

    def write(self) -> None:
        """Writes all of it."""
        for room in self.site.plan.rooms:
            self.spaces[room.key] = self._space(room)
        self._zones()
        for partition in self.site.plan.partitions:
            self._partition(partition)
        for wing in self.site.plan.wings:
            for level in wing.levels:
                self._floor(wing, level)
        if self.site.plan.hall is not None:
            for level in self.site.plan.wings[-1].levels:
                self._hall_floor(level)

    # --- spaces -----------------------------------------------------------------------------------------------

    def _space(self, room: Room) -> Ref:
        level = self._levels[room.level]
        placement, shape, area, height = (
            self._hall_space(room, level) if room.ring else self._box_space(room, level)
        )
        ref = self.model.rooted("IFCSPACE", self.site.key(room.key), room.name, None, room.zone, placement, shape,
                                room.name_zh, enum("ELEMENT"), enum("INTERNAL"), None)  # fmt: skip
        self.model.relate("aggregated", self.site.storeys[room.level].ref, ref)
        self.model.quantities("Qto_SpaceBaseQuantities", {
            "Height": quantity_length(self.model, height), "NetFloorArea": quantity_area(area),
            "NetVolume": quantity_volume(area * height)}, ref)  # fmt: skip
        self._describe_space(room, ref, area)
        return ref

    def _describe_space(self, room: Room, ref: Ref, area: float) -> None:
        self.model.properties("Pset_SpaceCommon", {
            "IsExternal": boolean(False), "PubliclyAccessible": boolean(room.zone != "customs" and room.level != "B1"),
            "HandicapAccessible": boolean(True)}, ref)  # fmt: skip
        values = {"Zone": label(room.zone), "DesignOccupancy": count(max(1, round(area / 10)))}
        if room.gate:
            values["Gate"] = label(room.gate)
        self.model.properties("CSDI_TerminalSpace", values, ref)
        if room.gate:
            self._uniclass.give("SL_80_10_09", "Boarding areas", ref)
        elif room.key.endswith("/spine"):
            self._uniclass.give("SL_80_10_16", "Concourses", ref)

    def _box_space(self, room: Room, level: Level) -> tuple[Ref, Ref, float, float]:
        wing = self._wings[room.wing]
        u0, v0, u1, v1 = room.box
        height = self.site.plan.height_of(wing, level) - CEILING_VOID_M
        size = (u1 - u0 - WALL_M, v1 - v0 - WALL_M, height)
        placement = self.model.place(self.site.on(wing, level), *room.middle)
        shape = self.shapes.mapped(self.shapes.box_map(size, "space"))
        return placement, shape, size[0] * size[1], height

    def _hall_space(self, room: Room, level: Level) -> tuple[Ref, Ref, float, float]:
        ring = list(room.ring or ())
        height = self.site.plan.height_of(self.site.plan.wings[-1], level) - CEILING_VOID_M
        solid = self.shapes.extrude(self.shapes.polygon(ring), height, colour="space")
        twice = sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in zip(ring, ring[1:] + ring[:1], strict=True))
        placement = self.model.place(self.site.storeys[level.code].placement, 0.0, 0.0)
        return placement, self.shapes.product(solid), twice / 2, height

    def _zones(self) -> None:
        members: dict[str, list[Ref]] = defaultdict(list)
        for room in self.site.plan.rooms:
            members[room.zone].append(self.spaces[room.key])
        for zone, spaces in members.items():
            name, zh = _ZONES[zone]
            ref = self.model.rooted("IFCZONE", self.site.key(f"zone/{zone}"), name, zh, "Security zone", zh)
            self.model.relate("grouped", ref, *spaces)
            self.model.properties("Pset_ZoneCommon", {"PubliclyAccessible": boolean(zone == "landside")}, ref)

    # --- walls and doors --------------------------------------------------------------------------------------

    def _partition(self, partition: Partition) -> None:
        if partition.opening == "open":
            self._open_edge(partition)
            return
        wing, level = self._wings[partition.wing], self._levels[partition.level]
        span = max(abs(partition.end[0] - partition.start[0]), abs(partition.end[1] - partition.start[1])) - WALL_M
        height = self.site.plan.height_of(wing, level) - CEILING_VOID_M
        turn = 0.0 if partition.along_u else 90.0
        placement = self.model.place(self.site.on(wing, level), *partition.middle, 0.0, turn)
        wall = self.wall(partition.key, placement, level, (span, WALL_M, height))
        if partition.opening != "none":
            self._door(partition, wall, placement, level)

    def wall(self, key: str, placement: Ref, level: Level, size: tuple[float, float, float]) -> Ref:
        """An inner wall of `size` about the middle of its foot."""
        shape = self.shapes.mapped(self.shapes.box_map(size, "plaster"))
        ref = self.model.element("IFCWALL", self.site.key(key), "Partition 間隔牆", placement, shape, enum("PARTITIONING"),
                                 storey=self.site.storeys[level.code], kind=self._wall_type)  # fmt: skip
        self.model.properties("Pset_WallCommon", {
            "Reference": label("P200"), "IsExternal": boolean(False), "LoadBearing": boolean(False),
            "FireRating": label("60/60/60")}, ref)  # fmt: skip
        self.model.quantities("Qto_WallBaseQuantities", box_quantities(self.model, *size), ref)
        self.model.relate("material", self._wall_layers, ref)
        self._uniclass.give("EF_25_10", "Walls", ref)
        return ref

    def _door(self, partition: Partition, wall: Ref, wall_placement: Ref, level: Level) -> None:
        key = f"{partition.key}/door"
        cut = level.code not in _UNVOIDED_LEVELS or partition.wing == "main"
        parent = self.model.place(wall_placement, 0.0, 0.0) if cut else wall_placement
        door = self.door(key, f"Door {partition.key.removesuffix('/front')}", partition.opening,
                         self.model.place(parent, 0.0, 0.0), level)  # fmt: skip
        if cut:
            _, _, width, height, _ = _DOORS[partition.opening]
            hole = self.shapes.mapped(self.shapes.box_map((width, WALL_M + 0.2, height), "space"))
            self.model.void(wall, self.site.key(f"{key}/opening"), parent, hole, door)
        self._bound(partition, door, physical=True)

    def door(self, key: str, name: str, kind: str, placement: Ref, level: Level, *, external: bool = False) -> Ref:
        """A door of one of the kinds, about the middle of its threshold."""
        door_type, source = self._door_types[kind]
        _, _, width, height, operation = _DOORS[kind]
        m = self.model
        ref = m.element("IFCDOOR", self.site.key(key), name, placement, self.shapes.mapped(source), m.length(height),
                        m.length(width), enum("DOOR"), enum(operation), None, storey=self.site.storeys[level.code],
                        kind=door_type, description="登機閘口" if kind == "gate" else "門")  # fmt: skip
        self.model.properties("Pset_DoorCommon", {
            "IsExternal": boolean(external), "FireExit": boolean(external), "HandicapAccessible": boolean(True),
            "FireRating": label("-/60/30" if external else "-/30/30")}, ref)  # fmt: skip
        self.model.quantities("Qto_DoorBaseQuantities", {
            "Width": quantity_length(m, width), "Height": quantity_length(m, height),
            "Area": quantity_area(width * height)}, ref)  # fmt: skip
        self._uniclass.give("EF_25_30", "Doors and windows", ref)
        return ref

    def _door_type(self, name: str) -> tuple[Ref, Ref]:
        mark, title, width, height, operation = _DOORS[name]
        leaf = self.shapes.box((width - 0.1, 0.06, height - 0.05), colour="door")
        jambs = [self.shapes.box((0.05, 0.14, height), (s * (width - 0.05) / 2, 0.0, 0.0), "aluminium") for s in (-1, 1)]
        source = self.shapes.map(leaf, *jambs)
        key = self.site.key(f"door/{mark}")
        ref = self.model.kind("IFCDOORTYPE", key, title, [source], enum("DOOR"), enum(operation), None, None)
        return ref, source

    def _open_edge(self, partition: Partition) -> None:
        wing, level = self._wings[partition.wing], self._levels[partition.level]
        placement = self.model.place(self.site.on(wing, level), *partition.middle)
        key = self.site.key(f"{partition.key}/edge")
        ref = self.model.element("IFCVIRTUALELEMENT", key, "Open edge", placement, None,
                                 storey=self.site.storeys[level.code])  # fmt: skip
        self._bound(partition, ref, physical=False)

    def _bound(self, partition: Partition, element: Ref, *, physical: bool) -> None:
        for number, room in enumerate(partition.rooms):
            if room is not None:
                key = self.site.key(f"{partition.key}/boundary/{number}")
                self.model.boundary(self.spaces[room], element, key, physical=physical)

    # --- floors -----------------------------------------------------------------------------------------------

    def _floor(self, wing: Wing, level: Level) -> None:
        size = (wing.length, wing.width, FLOOR_FINISH_M)
        placement = self.model.place(self.site.on(wing, level), wing.length / 2, 0.0, -FLOOR_FINISH_M)
        shape = self.shapes.product(self.shapes.box(size, colour="concrete"))
        self._slab(f"{wing.key}/{level.code}/floor", f"Floor {wing.name} {level.code}", placement, shape, level,
                   wing.length * wing.width)  # fmt: skip

    def _hall_floor(self, level: Level) -> None:
        ring = list(self.site.plan.hall or ())
        placement = self.model.place(self.site.storeys[level.code].placement, 0.0, 0.0, -FLOOR_FINISH_M)
        solid = self.shapes.extrude(self.shapes.polygon(ring), FLOOR_FINISH_M, colour="concrete")
        twice = sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in zip(ring, ring[1:] + ring[:1], strict=True))
        self._slab(f"hall/{level.code}/floor", f"Floor West Hall {level.code}", placement,
                   self.shapes.product(solid), level, twice / 2)  # fmt: skip

    def _slab(self, key: str, name: str, placement: Ref, shape: Ref, level: Level, area: float) -> None:
        ref = self.model.element("IFCSLAB", self.site.key(key), name, placement, shape, enum("FLOOR"),
                                 storey=self.site.storeys[level.code], description="樓板")  # fmt: skip
        self.model.relate("material", self._floor_layers, ref)
        self.model.properties("Pset_SlabCommon", {
            "Reference": label("F150"), "IsExternal": boolean(False), "LoadBearing": boolean(False)}, ref)  # fmt: skip
        self.model.quantities("Qto_SlabBaseQuantities", {
            "Depth": quantity_length(self.model, FLOOR_FINISH_M), "GrossArea": quantity_area(area),
            "GrossVolume": quantity_volume(area * FLOOR_FINISH_M)}, ref)  # fmt: skip
        self._uniclass.give("EF_30_20", "Floors", ref)
