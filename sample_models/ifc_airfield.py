"""A taxiway on its alignment and the bridge that carries it over a road, IFC4X3_ADD2, metres, axes along the grid."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from sample_models.ifc_alignment import Alignment, AlignmentWriter
from sample_models.ifc_data import (
    Classification,
    boolean,
    identifier,
    label,
    material,
    quantity_area,
    quantity_length,
    quantity_volume,
)
from sample_models.ifc_georef import Georeference
from sample_models.ifc_shapes import Shapes
from sample_models.ifc_step import Ref, enum, typed
from sample_models.ifc_writer import Model, Spatial, Vector
from sample_models.layout import Frame, Layout

PAVEMENT_WIDTH_M = 44.0
COURSES = (("Wearing course", "瀝青面層", 0.12), ("Base course", "基層", 0.38), ("Subbase", "底基層", 0.40))
DECK_TOP_MPD = 6.45
_DECK_M, _GIRDER_M, _SEAT_MPD = 0.25, 1.25, 4.95
_FOOT_MPD = -1.9
_SAMPLE_M = 5.0


def georeference(layout: Layout) -> Georeference:
    """Axes along the grid, z = mPD, origin on a whole metre near station 0."""
    e, n = layout.taxiway.origin
    return Georeference(Frame((float(round(e)) - 100.0, float(round(n)) - 100.0), 90.0), 0.0)


def alignment(layout: Layout) -> Alignment:
    """The taxiway's centre line in model metres."""
    start = georeference(layout).to_model(*layout.taxiway.origin)
    return Alignment(start, math.radians(90.0 - layout.taxiway.bearing_deg) % (2 * math.pi), layout)


def write_airfield(path: Path, layout: Layout) -> Model:
    """Writes taxiway and bridge to `path`; the model id is the stem."""
    title = ("Taxiway K and its bridge", "滑行道及滑行道橋")
    with Model(path, "IFC4X3_ADD2", path.stem, title, georeference(layout)) as model:
        line = AlignmentWriter(model, alignment(layout))
        shapes, uniclass = Shapes(model), Classification(model)
        _Taxiway(model, shapes, uniclass, line, layout).write()
        _Bridge(model, shapes, uniclass, line, layout).write()
    return model


def chunks(layout: Layout) -> Iterator[tuple[float, float, bool]]:
    """Stations between which the pavement is cut, and whether the chunk lies on the bridge."""
    first, last = layout.BRIDGE_STATION_M
    stations = [0.0, 40.0, first, (first + last) / 2, last]
    while stations[-1] < alignment(layout).length - 0.1:
        stations.append(min(stations[-1] + 40.0, alignment(layout).length))
    for start, end in pairwise(stations):
        yield start, end, first <= start < last


class _Taxiway:
    """Pavement courses, markings, lights and stations."""

    def __init__(self, model: Model, shapes: Shapes, uniclass: Classification, line: AlignmentWriter, layout: Layout) -> None:
        self.model, self.shapes, self._uniclass, self._line, self._layout = model, shapes, uniclass, line, layout
        placement = model.place(model.site.placement, 0.0, 0.0)
        road = model.facility("IFCROAD", "taxiway", ("Taxiway K", "滑行道 K"), model.site.ref, placement, None)
        self._part = model.facility("IFCROADPART", "taxiway/part", ("Taxiway K pavement", "滑行道 K 道面"), road.ref,
                                    placement, enum("LONGITUDINAL"), enum("ROADSEGMENT"))  # fmt: skip
        self._asphalt = material(model, "Asphalt concrete", "asphalt")

    def write(self) -> None:
        for start, end, on_bridge in chunks(self._layout):
            self._chunk(start, end, on_bridge=on_bridge)
        spacing = 15.0 if self._layout.stretch > 0.5 else 30.0
        self._lights("centre", spacing, (0.0,), "Centre Line Light 中線燈")
        self._lights("edge", 2 * spacing, (-PAVEMENT_WIDTH_M / 2 + 1, PAVEMENT_WIDTH_M / 2 - 1), "Edge Light 邊燈")
        self._stations()

    def _chunk(self, start: float, end: float, *, on_bridge: bool) -> None:
        m, key = self.model, f"pavement/{start:g}"
        pavement = m.element("IFCPAVEMENT", key, f"Pavement {start:g}-{end:g} 道面", m.place(self._part.placement, 0.0, 0.0), None,
                             enum("FLEXIBLE"), storey=self._part)  # fmt: skip
        m.properties("Pset_PavementCommon", {"Reference": identifier("TWY-FLEX")}, pavement)
        depth = 0.0
        for number, (name, name_zh, thickness) in enumerate(COURSES[:1] if on_bridge else COURSES):
            shape = self._course_shape(start, end, depth, thickness, sectioned=number == 0 and start in (220.0, 260.0))
            course = m.element("IFCCOURSE", f"{key}/{number}", f"{name} {start:g} {name_zh}", m.place(self._part.placement, 0.0, 0.0),
                               shape, enum("PAVEMENT"), whole=pavement)  # fmt: skip
            area = (end - start) * PAVEMENT_WIDTH_M
            m.quantities("Qto_CourseBaseQuantities", {
                "Length": quantity_length(m, end - start), "Width": quantity_length(m, PAVEMENT_WIDTH_M),
                "Thickness": quantity_length(m, thickness), "GrossVolume": quantity_volume(area * thickness)}, course)  # fmt: skip
            m.relate("material", self._asphalt, course)
            self._uniclass.give("EF_30_60_95", "Vehicular paving", course)
            if number == 0:
                self._marking(start, end, course)
            depth += thickness

    def _course_shape(self, start: float, end: float, depth: float, thickness: float, *, sectioned: bool) -> Ref:
        if sectioned:
            return self._sectioned(start, end, depth, thickness)
        half = PAVEMENT_WIDTH_M / 2
        return self.shapes.product(self._ribbon(start, end, half, -depth, -depth - thickness, "asphalt"), kind="Tessellation")

    def _sectioned(self, start: float, end: float, depth: float, thickness: float) -> Ref:
        """The same as a solid swept along the alignment itself."""
        m = self.model
        centre = m.shared("IFCAXIS2PLACEMENT2D", m.point(0.0, -depth - thickness / 2), None)
        profile = m.shared("IFCRECTANGLEPROFILEDEF", enum("AREA"), None, centre, PAVEMENT_WIDTH_M, thickness)
        places = []
        for station in (start, end):
            distance = m.add("IFCPOINTBYDISTANCEEXPRESSION", typed("IFCLENGTHMEASURE", station), None, None, None, self._line.curve)
            places.append(m.add("IFCAXIS2PLACEMENTLINEAR", distance, None, None))
        solid = m.add("IFCSECTIONEDSOLIDHORIZONTAL", self._line.curve, [profile, profile], places)
        return self.shapes.product(self.shapes.paint(solid, "asphalt"), kind="AdvancedSweptSolid")

    def _ribbon(self, start: float, end: float, half: float, top: float, bottom: float, colour: str) -> Ref:
        """A solid between two stations: rings of four points every five metres."""
        line, count = self._line.alignment, max(1, math.ceil((end - start) / _SAMPLE_M))
        points: list[Vector] = []
        for i in range(count + 1):
            station = start + (end - start) * i / count
            points += [line.at(station, left, up) for left, up in ((half, top), (half, bottom), (-half, bottom), (-half, top))]
        faces: list[tuple[int, ...]] = [(3, 2, 1, 0)]
        for i in range(count):
            a, b = 4 * i, 4 * i + 4
            faces += [(a + j, a + (j + 1) % 4, b + (j + 1) % 4, b + j) for j in range(4)]
        last = 4 * count
        return self.shapes.brep(points, [*faces, (last, last + 1, last + 2, last + 3)], colour)

    def _marking(self, start: float, end: float, course: Ref) -> None:
        m = self.model
        shape = self.shapes.product(self._ribbon(start, end, 0.45, 0.01, 0.0, "marking"), kind="Tessellation")
        ref = m.element("IFCSURFACEFEATURE", f"marking/{start:g}", f"Centre line marking {start:g} 中線標誌",
                        m.place(self._part.placement, 0.0, 0.0), shape, enum("LINEMARKING"))  # fmt: skip
        m.rooted("IFCRELADHERESTOELEMENT", f"marking/{start:g}/adheres", None, None, course, [ref])

    def _lights(self, row: str, spacing: float, offsets: tuple[float, ...], name: str) -> None:
        m = self.model
        lamp = self.shapes.extrude(self.shapes.circle(0.15), 0.06 if row == "centre" else 0.35, colour="light")
        source = self.shapes.map(lamp)
        count = math.floor(self._line.alignment.length / spacing)
        for i in range(count):
            station = (i + 0.5) * spacing
            for left in offsets:
                ref = m.element("IFCLIGHTFIXTURE", f"light/{row}/{i}/{left:g}", f"{name} {station:g}",
                                self._line.place(station, left), self.shapes.mapped(source), enum("DIRECTIONSOURCE"),
                                storey=self._part)  # fmt: skip
                m.properties("CSDI_AirfieldLight", {"Circuit": label(f"{row.upper()}-{i % 2 + 1}")}, ref)
                self._uniclass.give("EF_70_80", "Lighting", ref)

    def _stations(self) -> None:
        m = self.model
        made = []
        for station in range(0, math.floor(self._line.alignment.length) + 1, 100):
            ref = m.rooted("IFCREFERENT", f"station/{station}", f"0+{station:03d}", None, None,
                           self._line.place(float(station)), None, enum("STATION"))  # fmt: skip
            m.properties("Pset_Stationing", {"Station": typed("IFCLENGTHMEASURE", float(station))}, ref)
            made.append(ref)
        m.rooted("IFCRELNESTS", "alignment/stations", None, None, self._line.ref, made)


class _Bridge:
    """Two spans of girders on abutments and a pier; x along the taxiway from the middle of the bridge."""

    def __init__(self, model: Model, shapes: Shapes, uniclass: Classification, line: AlignmentWriter, layout: Layout) -> None:
        self.model, self.shapes, self._uniclass, self._line, self._layout = model, shapes, uniclass, line, layout
        first, last = layout.BRIDGE_STATION_M
        self._middle, self._span = (first + last) / 2, (last - first) / 2
        x, y, _ = line.alignment.at(self._middle)
        turn = math.degrees(line.alignment.direction_at(self._middle))
        placement = model.place(model.site.placement, x, y, 0.0, turn)
        self._bridge = model.facility("IFCBRIDGE", "bridge", ("Taxiway Bridge", "滑行道橋"), model.site.ref, placement,
                                      enum("GIRDER"))  # fmt: skip
        self._deck = self._subpart("deck", ("Superstructure", "上部結構"), "SUPERSTRUCTURE")
        self._abutments = [self._subpart(f"abutment/{s}", (f"{s} abutment", zh), "ABUTMENT")
                           for s, zh in (("South", "南橋台"), ("North", "北橋台"))]  # fmt: skip
        self._pier = self._subpart("pier", ("Pier", "橋墩"), "PIER")
        self._concrete = material(model, "Concrete C50/60", "concrete")
        self._count = 12 if layout.stretch > 0.5 else 6
        model.properties("CSDI_Bridge", {"ClearHeight": typed("IFCLENGTHMEASURE", _SEAT_MPD - layout.UNDERPASS_MPD),
                                         "AircraftCode": label("F"), "OverRoad": boolean(True)}, self._bridge.ref)  # fmt: skip

    def write(self) -> None:
        self._superstructure()
        for sign, part in zip((-1, 1), self._abutments, strict=True):
            self._abutment(sign, part)
        self._middle_pier()
        self._road()

    def _subpart(self, key: str, name: tuple[str, str], kind: str) -> Spatial:
        placement = self.model.place(self._bridge.placement, 0.0, 0.0)
        return self.model.facility("IFCBRIDGEPART", f"bridge/{key}", name, self._bridge.ref, placement, enum("LONGITUDINAL"),
                                   enum(kind))  # fmt: skip

    def _box(self, entity: str, key: str, name: str, part: Spatial, at: Vector, size: Vector, *tail: Ref | str | None) -> Ref:
        shape = self.shapes.mapped(self.shapes.box_map(size, "concrete"))
        ref = self.model.element(entity, key, name, self.model.place(part.placement, *at), shape, *tail, storey=part)
        self.model.relate("material", self._concrete, ref)
        name, labels = _QUANTITIES[entity]
        values = zip(labels, (quantity_length(self.model, s) for s in size), strict=True)
        self.model.quantities(f"Qto_{name}BaseQuantities", {key: value for key, value in values if key}, ref)
        self._uniclass.give(*_UNICLASS[entity], ref)
        return ref

    def _superstructure(self) -> None:
        width, m = self._layout.BRIDGE_WIDTH_M, self.model
        profile = self.shapes.i_shape(1.0, _GIRDER_M, 0.25, 0.25)
        axis, across = (1.0, 0.0, 0.0), (0.0, 1.0, 0.0)
        source = self.shapes.map(self.shapes.extrude(profile, self._span - 0.2, (0.1, 0.0, 0.0), axis, across, "concrete"))
        bearing = self.shapes.box_map((0.6, 0.6, 0.15), "steel")
        for span in (0, 1):
            x0 = (span - 1) * self._span
            self._box("IFCSLAB", f"deck/{span}", f"Deck slab {span + 1} 橋面板", self._deck,
                      (x0 + self._span / 2, 0.0, DECK_TOP_MPD - _DECK_M), (self._span, width, _DECK_M), enum("FLOOR"))  # fmt: skip
            for i in range(self._count):
                y = (i + 0.5) * width / self._count - width / 2
                placement = m.place(self._deck.placement, x0, y, DECK_TOP_MPD - _DECK_M - _GIRDER_M / 2)
                girder = m.element("IFCBEAM", f"girder/{span}.{i}", f"Girder {span + 1}.{i + 1} 橋樑", placement,
                                   self.shapes.mapped(source), enum("GIRDER_SEGMENT"), storey=self._deck)  # fmt: skip
                m.properties("Pset_BeamCommon", {"LoadBearing": boolean(True), "Reference": identifier("G1250")}, girder)
                self._uniclass.give("EF_20_50_82", "Span", girder)
                for end in (0, 1):
                    self._bearing(span, i, end, y, bearing)
        for side in (-1, 1):
            self._box("IFCWALL", f"parapet/{side}", "Deck edge parapet 護牆", self._deck, (0.0, side * (width / 2 - 0.25), DECK_TOP_MPD),
                      (2 * self._span, 0.5, 0.6), enum("PARAPET"))  # fmt: skip

    def _bearing(self, span: int, i: int, end: int, y: float, source: Ref) -> None:
        """Placed along the alignment: under the deck, at the end of a girder."""
        station = self._middle + (span - 1 + end) * self._span + (0.6 if end == 0 else -0.6)
        top = self._line.alignment.at(station)[2]
        placement = self._line.place(station, y, _SEAT_MPD - 0.15 - top)
        ref = self.model.element("IFCBEARING", f"bearing/{span}.{i}.{end}", f"Bearing {span + 1}.{i + 1}.{end + 1} 支座", placement,
                                 self.shapes.mapped(source), enum("ELASTOMERIC"), storey=self._deck)  # fmt: skip
        self._uniclass.give("EF_20_50_07", "Bearings", ref)

    def _abutment(self, sign: int, part: Spatial) -> None:
        name, width = "South" if sign < 0 else "North", self._layout.BRIDGE_WIDTH_M
        x, top = sign * (self._span - 0.2), _SEAT_MPD - 0.15
        self._box("IFCWALL", f"{name}/stem", f"{name} abutment stem 橋台", part, (x + sign * 0.4, 0.0, _FOOT_MPD),
                  (2.0, width + 2.0, top - _FOOT_MPD), enum("RETAININGWALL"))  # fmt: skip
        self._box("IFCFOOTING", f"{name}/footing", f"{name} abutment footing 基礎", part, (x + sign * 1.0, 0.0, _FOOT_MPD - 1.5),
                  (7.0, width + 4.0, 1.5), enum("PAD_FOOTING"))  # fmt: skip
        for side in (-1, 1):
            self._box("IFCWALL", f"{name}/wing/{side}", f"{name} wing wall 翼牆", part,
                      (x + sign * 7.0, side * (width / 2 + 0.6), _FOOT_MPD), (12.0, 0.8, top + 1.2 - _FOOT_MPD),
                      enum("RETAININGWALL"))  # fmt: skip
        self._box("IFCSLAB", f"{name}/approach", f"{name} approach slab 橋頭板", part, (sign * (self._span + 3.0), 0.0, DECK_TOP_MPD - 0.9),
                  (6.0, width - 2.0, 0.3), enum("APPROACH_SLAB"))  # fmt: skip
        self._piles(name, part, x + sign * 1.0)

    def _middle_pier(self) -> None:
        width, cap = self._layout.BRIDGE_WIDTH_M, 1.2
        top = _SEAT_MPD - 0.15 - cap
        self._box("IFCBEAM", "pier/cap", "Pier cap 墩帽", self._pier, (0.0, 0.0, top), (2.2, width - 1.0, cap), enum("PIERCAP"))
        self._box("IFCFOOTING", "pier/footing", "Pier footing 基礎", self._pier, (0.0, 0.0, _FOOT_MPD - 1.5), (5.0, width, 1.5),
                  enum("PAD_FOOTING"))  # fmt: skip
        source = self.shapes.map(self.shapes.extrude(self.shapes.circle(0.75), top - _FOOT_MPD, colour="concrete"))
        for i in range(self._count // 2):
            y = (i + 0.5) * width / (self._count // 2) - width / 2
            ref = self.model.element("IFCCOLUMN", f"pier/column/{i}", f"Pier column {i + 1} 墩柱",
                                     self.model.place(self._pier.placement, 0.0, y, _FOOT_MPD), self.shapes.mapped(source),
                                     enum("PIERSTEM"), storey=self._pier)  # fmt: skip
            self.model.properties("Pset_ColumnCommon", {"LoadBearing": boolean(True)}, ref)
            self._uniclass.give("EF_20_50_64", "Piers", ref)
        self._piles("Pier", self._pier, 0.0)

    def _piles(self, name: str, part: Spatial, x: float) -> None:
        width, depth, radius = self._layout.BRIDGE_WIDTH_M, 22.0, 0.6
        source = self.shapes.map(self.shapes.extrude(self.shapes.circle(radius), depth, colour="concrete"))
        for i in range(self._count // 2):
            y = (i + 0.5) * width / (self._count // 2) - width / 2
            placement = self.model.place(part.placement, x, y, _FOOT_MPD - 1.5 - depth)
            ref = self.model.element("IFCPILE", f"{name}/pile/{i}", f"{name} pile {i + 1} 樁", placement,
                                     self.shapes.mapped(source), enum("BORED"), enum("CAST_IN_PLACE"), storey=part)  # fmt: skip
            self.model.quantities("Qto_PileBaseQuantities", {
                "Length": quantity_length(self.model, depth),
                "CrossSectionArea": quantity_area(math.pi * radius * radius)}, ref)  # fmt: skip
            self._uniclass.give("EF_20_05_30", "Foundations", ref)

    def _road(self) -> None:
        """The two carriageways that the bridge spans, along the bridge's y."""
        m = self.model
        placement = m.place(self._bridge.placement, 0.0, 0.0)
        road = m.facility("IFCROAD", "underpass", ("Midfield Underpass", "中場地下通道"), m.site.ref, placement, None)
        part = m.facility("IFCROADPART", "underpass/part", ("Underpass carriageways", "行車道"), road.ref, placement,
                          enum("LONGITUDINAL"), enum("CARRIAGEWAY"))  # fmt: skip
        for side in (-1, 1):
            self._box("IFCCOURSE", f"underpass/{side}", "Underpass pavement 道路", part,
                      (side * self._span / 2, 0.0, self._layout.UNDERPASS_MPD - 0.4), (14.0, 160.0, 0.4), enum("PAVEMENT"))  # fmt: skip


_QUANTITIES = {
    "IFCSLAB": ("Slab", ("Length", "Width", "Depth")), "IFCWALL": ("Wall", ("Length", "Width", "Height")),
    "IFCFOOTING": ("Footing", ("Length", "Width", "Height")), "IFCBEAM": ("Beam", ("", "Length", "")),
    "IFCCOURSE": ("Course", ("Width", "Length", "Thickness")),
}  # fmt: skip
"""Name of the quantity set of a class, and what its box's x, y and z are called in it."""
_UNICLASS = {
    "IFCSLAB": ("EF_30_70", "Bridge decks"), "IFCWALL": ("EF_20_50_01", "Abutments"),
    "IFCFOOTING": ("EF_20_05_30", "Foundations"), "IFCBEAM": ("EF_20_50_64", "Piers"),
    "IFCCOURSE": ("EF_30_60_95", "Vehicular paving"),
}  # fmt: skip
