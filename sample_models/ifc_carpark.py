"""The car park, IFC2X3, metres: its georeference is told by property sets on the project."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

from sample_models.ifc_data import (
    Classification,
    asset,
    boolean,
    box_quantities,
    count,
    label,
    layers,
    material,
    number,
    quantity_area,
)
from sample_models.ifc_georef import Georeference
from sample_models.ifc_shapes import Shapes
from sample_models.ifc_step import enum, typed
from sample_models.ifc_writer import Model, Spatial
from sample_models.layout import Frame, Layout, Level, Point

SLAB_M = 0.3
BAY_DEPTH_M, BAY_WIDTH_M = 5.0, 2.5
_PARAPET_M = 1.2
_COLUMN_M = 0.6
_RAMP_WIDTH_M = 6.0


def georeference(layout: Layout) -> Georeference:
    """Origin at the south-west corner of the lowest deck, axes along the terminal, z = 0 at 5.3 mPD."""
    park = layout.car_park
    return Georeference(Frame(layout.to_grid(*park.corners[0]), layout.frame.bearing_deg), park.levels[0].elevation_mpd)


def write_car_park(path: Path, layout: Layout) -> Model:
    """Writes the car park to `path`; the model id is the stem."""
    title = ("Car Park 4", "四號停車場")
    with Model(path, "IFC2X3", path.stem, title, georeference(layout)) as model:
        _CarPark(model, layout).write()
    return model


def parking_rows(layout: Layout) -> Iterator[tuple[str, float]]:
    """Letter and y of the middle of each parking row of a deck: two rows per cross bay."""
    park = layout.car_park
    for i in range(park.cross_bays):
        for j, offset in enumerate((BAY_DEPTH_M / 2, park.cross_bay_m - BAY_DEPTH_M / 2)):
            yield "ABCDEFGHJKLM"[2 * i + j], i * park.cross_bay_m + offset


class _CarPark:
    """x along the terminal from 0 to `length`, y from 0 to `width`."""

    def __init__(self, model: Model, layout: Layout) -> None:
        self.model, self.shapes, self._layout = model, Shapes(model), layout
        self._park = layout.car_park
        self._uniclass = Classification(model)
        self._building = model.building("building", ("Car Park 4", "四號停車場"), (0.0, 0.0, 0.0), 0.0)
        base = self._park.levels[0].elevation_mpd
        self._decks: list[tuple[Level, Spatial]] = [
            (x, model.storey(self._building, x.code, (x.code, f"{x.name} {x.name_zh}"), x.elevation_mpd - base))
            for x in self._park.levels
        ]
        self._height = self._park.levels[1].elevation_mpd - base
        self._concrete = material(model, "Concrete C40/50", "concrete")
        self._slab_layers = layers(model, "Parking deck", (
            ("Asphalt", "asphalt", 0.05), ("Concrete C40/50", "concrete", SLAB_M - 0.05)), "AXIS3")  # fmt: skip

    def write(self) -> None:
        for number_, (level, deck) in enumerate(self._decks):
            covered = number_ < len(self._decks) - 1
            self._slab(level, deck, ramp_hole=number_ > 0)
            self._parapets(level, deck)
            self._rows(level, deck)
            if covered:
                self._columns(level, deck)
                self._ramp(level, deck)
                self._stairs(level, deck)
                self._lights(level, deck)
        self._lifts()

    def _slab(self, level: Level, deck: Spatial, *, ramp_hole: bool) -> None:
        length, width = self._park.length, self._park.width
        ring = [(0.0, 0.0), (length, 0.0), (length, width), (0.0, width)]
        holes = [self._ramp_ring()] if ramp_hole else []
        solid = self.shapes.extrude(self.shapes.polygon(ring, holes), SLAB_M, (0.0, 0.0, -SLAB_M), *_UPRIGHT, "concrete")
        ref = self.model.element("IFCSLAB", f"slab/{level.code}", f"Parking deck {level.code} 停車場樓板",
                                 self.model.place(deck.placement, 0.0, 0.0), self.shapes.product(solid), enum("FLOOR"),
                                 storey=deck)  # fmt: skip
        area = length * width - (self._ramp_length() * _RAMP_WIDTH_M if ramp_hole else 0.0)
        self.model.properties("Pset_SlabCommon", {"LoadBearing": boolean(True), "IsExternal": boolean(False)}, ref)
        self.model.quantities("BaseQuantities", {"NetArea": quantity_area(area)}, ref)
        self.model.relate("material", self._slab_layers, ref)
        self._uniclass.give("EF_30_20", "Floors", ref)

    def _parapets(self, level: Level, deck: Spatial) -> None:
        length, width, t = self._park.length, self._park.width, 0.2
        sides = ((length / 2, t / 2, length, 0.0), (length / 2, width - t / 2, length, 0.0),
                 (t / 2, width / 2, width - 2 * t, 90.0), (length - t / 2, width / 2, width - 2 * t, 90.0))  # fmt: skip
        for number_, (x, y, span, turn) in enumerate(sides):
            size = (span, t, _PARAPET_M)
            ref = self.model.element("IFCWALL", f"parapet/{level.code}/{number_}", f"Parapet {level.code} 護牆",
                                     self.model.place(deck.placement, x, y, 0.0, turn),
                                     self.shapes.mapped(self.shapes.box_map(size, "concrete")), storey=deck)  # fmt: skip
            self.model.properties("Pset_WallCommon", {"IsExternal": boolean(True), "LoadBearing": boolean(False)}, ref)
            self.model.quantities("BaseQuantities", box_quantities(self.model, *size), ref)
            self.model.relate("material", self._concrete, ref)

    def _columns(self, level: Level, deck: Spatial) -> None:
        """On every second bay line along the deck and every line across it."""
        size = (_COLUMN_M, _COLUMN_M, self._height - SLAB_M)
        for i in range(0, self._park.bays + 1, 2):
            for j in range(self._park.cross_bays + 1):
                x = min(max(i * self._park.bay_m, 0.5), self._park.length - 0.5)
                y = min(max(j * self._park.cross_bay_m, 0.5), self._park.width - 0.5)
                ref = self.model.element("IFCCOLUMN", f"column/{level.code}/{i}.{j}", f"Column {level.code}-{i}.{j} 柱",
                                         self.model.place(deck.placement, x, y),
                                         self.shapes.mapped(self.shapes.box_map(size, "concrete")), storey=deck)  # fmt: skip
                self.model.properties("Pset_ColumnCommon", {"LoadBearing": boolean(True)}, ref)
                self.model.relate("material", self._concrete, ref)
                self._uniclass.give("EF_20_10_30", "Framed structures", ref)

    def _rows(self, level: Level, deck: Spatial) -> None:
        places = math.floor(self._park.length / BAY_WIDTH_M)
        size = (self._park.length - 1.0, BAY_DEPTH_M, 2.1)
        for letter, y in parking_rows(self._layout):
            ref = self.model.rooted(
                "IFCSPACE", f"row/{level.code}/{letter}", f"Parking Row {level.code}-{letter}", None, "Parking",
                self.model.place(deck.placement, self._park.length / 2, y),
                self.shapes.mapped(self.shapes.box_map(size, "space")), f"泊車行 {level.code}-{letter}", enum("ELEMENT"),
                enum("INTERNAL"), None)  # fmt: skip
            self.model.relate("aggregated", deck.ref, ref)
            self.model.properties("Pset_SpaceParking", {
                "ParkingUse": label("Private car"), "ParkingUnits": count(places)}, ref)  # fmt: skip
            self.model.quantities("BaseQuantities", {"NetFloorArea": quantity_area(size[0] * size[1])}, ref)

    # --- ways -------------------------------------------------------------------------------------------------

    def _ramp_length(self) -> float:
        return min(self._park.length - 12.0, self._height * 8.0)

    def _ramp_ring(self) -> list[Point]:
        x, y, length = 6.0, self._park.cross_bay_m / 2 - _RAMP_WIDTH_M / 2, self._ramp_length()
        return [(x, y), (x + length, y), (x + length, y + _RAMP_WIDTH_M), (x, y + _RAMP_WIDTH_M)]

    def _ramp(self, level: Level, deck: Spatial) -> None:
        """A sloping slab as a boundary representation, as IFC2X3 files have it."""
        (x0, y0), _, (x1, y1), _ = self._ramp_ring()
        rise, t = self._height, 0.25
        points = [(x0, y0, 0.0), (x1, y0, rise), (x1, y1, rise), (x0, y1, 0.0),
                  (x0, y0, -t), (x1, y0, rise - t), (x1, y1, rise - t), (x0, y1, -t)]  # fmt: skip
        faces = [(0, 1, 2, 3), (7, 6, 5, 4), (0, 4, 5, 1), (1, 5, 6, 2), (2, 6, 7, 3), (3, 7, 4, 0)]
        ref = self.model.element("IFCRAMP", f"ramp/{level.code}", f"Ramp {level.code} 斜道",
                                 self.model.place(deck.placement, 0.0, 0.0),
                                 self.shapes.product(self.shapes.brep(points, faces, "asphalt"), kind="Brep"),
                                 enum("STRAIGHT_RUN_RAMP"), storey=deck)  # fmt: skip
        self.model.properties("Pset_RampCommon", {
            "HandicapAccessible": boolean(False), "Reference": typed("IFCIDENTIFIER", "R1")}, ref)  # fmt: skip

    def _stairs(self, level: Level, deck: Spatial) -> None:
        steps = math.ceil(self._height / 0.17)
        riser = self._height / steps
        ring: list[Point] = [(0.0, 0.0)]
        for i in range(steps):
            ring += [(i * 0.28, (i + 1) * riser), ((i + 1) * 0.28, (i + 1) * riser)]
        ring += [(steps * 0.28, self._height - 0.35), (0.28, 0.0)]
        for number_, (x, y) in enumerate(self._corner_points()):
            flight = self.shapes.extrude(self.shapes.polygon(ring), 1.5, (0.0, 0.75, 0.0), (0.0, -1.0, 0.0), (1.0, 0.0, 0.0), "stair")
            ref = self.model.element("IFCSTAIR", f"stair/{level.code}/{number_}", f"Stair {level.code}-{number_ + 1} 樓梯",
                                     self.model.place(deck.placement, x - 3.0, y), self.shapes.product(flight),
                                     enum("STRAIGHT_RUN_STAIR"), storey=deck)  # fmt: skip
            self.model.properties("Pset_StairCommon", {
                "NumberOfRiser": count(steps), "HandicapAccessible": boolean(False)}, ref)  # fmt: skip

    def _corner_points(self) -> list[Point]:
        return [(self._park.length - 6.0, 2.5), (self._park.length - 6.0, self._park.width - 2.5)]

    def _lifts(self) -> None:
        height = self._height * (len(self._decks) - 1) + 3.0
        for i, (x, y) in enumerate(self._corner_points()):
            inward = 3.0 if y < self._park.width / 2 else -3.0
            ref = self.model.element("IFCTRANSPORTELEMENT", f"lift/{i}", f"Lift {i + 1} 升降機",
                                     self.model.place(self._decks[0][1].placement, x + 3.0, y + inward),
                                     self.shapes.mapped(self.shapes.box_map((2.2, 2.2, height), "glass")),
                                     enum("ELEVATOR"), 1600.0, 21.0,
                                     storey=self._decks[0][1])  # fmt: skip
            asset(self.model, f"CP4-LFT-{i + 1}", 900 + i, ref)

    def _lights(self, level: Level, deck: Spatial) -> None:
        source = self.shapes.box_map((1.5, 0.2, 0.08), "light")
        for i in range(1, self._park.bays, 3):
            at = i * self._park.bay_m, self._park.width / 2, self._height - SLAB_M - 0.2
            ref = self.model.element("IFCFLOWTERMINAL", f"light/{level.code}/{i}", f"Light {level.code}-{i} 照明",
                                     self.model.place(deck.placement, *at), self.shapes.mapped(source), storey=deck)  # fmt: skip
            self.model.properties("CSDI_Light", {"Wattage": number(36.0)}, ref)


_UPRIGHT = ((0.0, 0.0, 1.0), (1.0, 0.0, 0.0))
