"""Structure of the terminal and of the remote concourses, IFC4, metres, z = mPD."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from pathlib import Path

from sample_models.ifc_building import OpenBuilding
from sample_models.ifc_data import (
    Classification,
    boolean,
    box_quantities,
    label,
    material,
    quantity_area,
    quantity_length,
    quantity_volume,
)
from sample_models.ifc_georef import Georeference
from sample_models.ifc_interior import FLOOR_FINISH_M
from sample_models.ifc_plan import Building
from sample_models.ifc_shapes import Shapes
from sample_models.ifc_step import Ref, enum
from sample_models.ifc_writer import Model
from sample_models.layout import B1, GF, L1, L2, L3, Frame, Layout, Level, Point, Wing

SLAB_M = 0.35
SLAB_BAYS = 3
_CAP = (3.0, 3.0, 1.5)
_BEAM_DEPTH_M = 1.0


def georeference(layout: Layout, plans: Sequence[Building]) -> Georeference:
    """Axes along the terminal, z = mPD, origin at the first building's."""
    return Georeference(Frame(layout.to_grid(*plans[0].base), layout.frame.bearing_deg), 0.0)


def write_structure(path: Path, layout: Layout, plans: Sequence[Building]) -> Model:
    """Writes the buildings' structure to `path`; the model id is the stem."""
    title = ("Passenger terminal, structure", "機場客運大樓 結構")
    with Model(path, "IFC4", path.stem, title, georeference(layout, plans)) as model:
        shapes, uniclass = Shapes(model), Classification(model)
        for plan in plans:
            _Structure(OpenBuilding(model, shapes, plan, layout), uniclass).write()
    return model


def column_lines(wing: Wing) -> list[float]:
    """Places of the columns across a wing, v in metres."""
    if L3 in wing.levels:
        return [i * wing.cross_bay_m - wing.width / 2 for i in range(wing.cross_bays + 1)]
    return [-wing.width / 2 + 1.0, -wing.width / 6, wing.width / 6, wing.width / 2 - 1.0]


def column_tiers(wing: Wing) -> list[tuple[Level, float, float]]:
    """Column lifts from the bottom: storey, height in metres and radius."""
    if L3 in wing.levels:
        return [(B1, L1.elevation_mpd - B1.elevation_mpd, 0.75), (L1, L3.elevation_mpd - L1.elevation_mpd, 0.6),
                (L3, wing.roof_mpd - L3.elevation_mpd, 0.45)]  # fmt: skip
    return [(B1, L1.elevation_mpd - B1.elevation_mpd, 0.5), (L1, wing.roof_mpd - L1.elevation_mpd, 0.35)]


class _Structure:
    """Writes the frame of one building."""

    def __init__(self, site: OpenBuilding, uniclass: Classification) -> None:
        self.site, self.model, self.shapes = site, site.model, site.shapes
        self._uniclass = uniclass
        self._kinds: dict[object, tuple[Ref, Ref]] = {}
        self._concrete = material(self.model, "Concrete C45/55", "concrete")
        self._steel = material(self.model, "Steel S355", "steel")

    def write(self) -> None:
        for wing in self.site.plan.wings:
            self._columns(wing)
            self._beams(wing)
            self._slabs(wing)
            self._bracing(wing)
        if self.site.plan.hall is not None:
            for level in (B1, GF, L1, L2):
                self._hall_slab(level, list(self.site.plan.hall))

    # --- columns and footings ---------------------------------------------------------------------------------

    def _columns(self, wing: Wing) -> None:
        lines = column_lines(wing)
        for frame in range(wing.bays + 1):
            u = min(max(frame * wing.bay_m, 0.6), wing.length - 0.6)
            for row, v in enumerate(lines):
                mark = f"{wing.key}/{frame}.{row}"
                for level, height, radius in column_tiers(wing):
                    self._column(mark, wing, level, (u, v), height, radius)
                self._footing(mark, wing, (u, v))

    def _column(self, mark: str, wing: Wing, level: Level, at: Point, height: float, radius: float) -> None:
        kind, source = self._column_kind(height, radius)
        placement = self.model.place(self.site.on(wing, level), *at, -FLOOR_FINISH_M)
        ref = self.model.element("IFCCOLUMN", self.site.key(f"column/{mark}/{level.code}"),
                                 f"Column {mark} {level.code} 柱", placement, self.shapes.mapped(source), enum("COLUMN"),
                                 storey=self.site.storeys[level.code], kind=kind)  # fmt: skip
        self.model.properties("Pset_ColumnCommon", {
            "IsExternal": boolean(False), "LoadBearing": boolean(True), "FireRating": label("120/-/-")}, ref)  # fmt: skip
        section = math.pi * radius * radius
        self.model.quantities("Qto_ColumnBaseQuantities", {
            "Length": quantity_length(self.model, height), "CrossSectionArea": quantity_area(section),
            "GrossVolume": quantity_volume(section * height)}, ref)  # fmt: skip
        self._uniclass.give("EF_20_10_30", "Framed structures", ref)

    def _column_kind(self, height: float, radius: float) -> tuple[Ref, Ref]:
        key = ("column", height, radius)
        if key not in self._kinds:
            profile = self.shapes.circle(radius)
            source = self.shapes.map(self.shapes.extrude(profile, height, colour="concrete"))
            name = f"Round column {round(radius * 2000)}"
            self._kinds[key] = self._kind("IFCCOLUMNTYPE", name, f"{name} x {height:g}", source, profile, "COLUMN", self._concrete)
        return self._kinds[key]

    def _footing(self, mark: str, wing: Wing, at: Point) -> None:
        source = self.shapes.box_map(_CAP, "concrete")
        placement = self.model.place(self.site.on(wing, B1), *at, -FLOOR_FINISH_M - 0.8 - _CAP[2])
        ref = self.model.element("IFCFOOTING", self.site.key(f"footing/{mark}"), f"Pile cap {mark} 樁帽", placement,
                                 self.shapes.mapped(source), enum("PILE_CAP"), storey=self.site.storeys["B1"])  # fmt: skip
        self.model.properties("Pset_FootingCommon", {"LoadBearing": boolean(True)}, ref)
        self.model.quantities("Qto_FootingBaseQuantities", box_quantities(self.model, *_CAP), ref)
        self.model.relate("material", self._concrete, ref)
        self._uniclass.give("EF_20_05_30", "Foundations", ref)

    # --- beams and bracing ------------------------------------------------------------------------------------

    def _beams(self, wing: Wing) -> None:
        """Cross beams on each column line and, over the main building, roof girders along it."""
        main = L3 in wing.levels
        floors = (L1, L2, L3) if main else (L1, L2)
        for level in floors:
            for frame in range(wing.bays + 1):
                self._cross_beams(wing, level, frame, -FLOOR_FINISH_M - SLAB_M)
        top = self.site.plan.roof_level(wing)
        if not main:
            for frame in range(wing.bays + 1):
                self._cross_beams(wing, top, frame, 0.0)
            return
        for row, v in enumerate(column_lines(wing)):
            for bay in range(wing.bays):
                mark = f"{wing.key}/{top.code}/girder/{row}.{bay}"
                self._beam(mark, wing, top, (bay * wing.bay_m, v), 0.0, wing.bay_m, along_u=True)

    def _cross_beams(self, wing: Wing, level: Level, frame: int, top: float) -> None:
        u = min(max(frame * wing.bay_m, 0.6), wing.length - 0.6)
        pieces, span = (wing.cross_bays, wing.cross_bay_m) if L3 in wing.levels else (1, wing.width - 0.8)
        for piece in range(pieces):
            v = piece * span - pieces * span / 2
            self._beam(f"{wing.key}/{level.code}/{frame}.{piece}", wing, level, (u, v), top, span, along_u=False)

    def _beam(self, mark: str, wing: Wing, level: Level, at: Point, top: float, span: float, *, along_u: bool) -> None:
        kind, source = self._beam_kind(span)
        placement = self.model.place(self.site.on(wing, level), *at, top - _BEAM_DEPTH_M / 2, 0.0 if along_u else 90.0)
        ref = self.model.element("IFCBEAM", self.site.key(f"beam/{mark}"), f"Beam {mark} 樑", placement,
                                 self.shapes.mapped(source), enum("BEAM"), storey=self.site.storeys[level.code],
                                 kind=kind)  # fmt: skip
        self.model.properties("Pset_BeamCommon", {
            "IsExternal": boolean(False), "LoadBearing": boolean(True), "FireRating": label("120/-/-")}, ref)  # fmt: skip
        self.model.quantities("Qto_BeamBaseQuantities", {"Length": quantity_length(self.model, span)}, ref)
        self._uniclass.give("EF_20_10_30", "Framed structures", ref)

    def _beam_kind(self, span: float) -> tuple[Ref, Ref]:
        key = ("beam", span)
        if key not in self._kinds:
            profile = self.shapes.i_shape(0.4, _BEAM_DEPTH_M, 0.02, 0.04)
            solid = self.shapes.extrude(profile, span, (0.0, 0.0, 0.0), (1.0, 0.0, 0.0), (0.0, 1.0, 0.0), "steel")
            self._kinds[key] = self._kind("IFCBEAMTYPE", "Plate girder 1000x400", f"Plate girder {span:g}",
                                          self.shapes.map(solid), profile, "BEAM", self._steel)  # fmt: skip
        return self._kinds[key]

    def _bracing(self, wing: Wing) -> None:
        """A pair of diagonals on both facades in the last bay, from the boarding level to the roof."""
        rise = wing.roof_mpd - L1.elevation_mpd
        span = math.hypot(wing.bay_m, rise)
        kind, source = self._brace_kind(span)
        x, z = wing.bay_m / span, rise / span
        for side in (1, -1):
            v = side * (wing.width / 2 - 0.6)
            for lean in (1, -1):
                start = (wing.length - (wing.bay_m if lean > 0 else 0.0), v, 0.0)
                axis = (lean * x, 0.0, z)
                placement = self.model.place_axes(self.site.on(wing, L1), start, axis, (0.0, 1.0, 0.0))
                key = self.site.key(f"brace/{wing.key}/{side}/{lean}")
                ref = self.model.element("IFCMEMBER", key, f"Brace {wing.key} 斜撐", placement, self.shapes.mapped(source),
                                         enum("BRACE"), storey=self.site.storeys["L1"], kind=kind)  # fmt: skip
                self.model.properties("Pset_MemberCommon", {"LoadBearing": boolean(True)}, ref)
                self._uniclass.give("EF_20_10_30", "Framed structures", ref)

    def _brace_kind(self, span: float) -> tuple[Ref, Ref]:
        key = ("brace", span)
        if key not in self._kinds:
            profile = self.shapes.hollow(0.3, 0.3, 0.016)
            source = self.shapes.map(self.shapes.extrude(profile, span, colour="steel"))
            self._kinds[key] = self._kind("IFCMEMBERTYPE", "Hollow section 300x300x16", f"Brace {span:.3f}", source,
                                          profile, "BRACE", self._steel)  # fmt: skip
        return self._kinds[key]

    def _kind(self, entity: str, name: str, key: str, source: Ref, profile: Ref, predefined: str, made_of: Ref) -> tuple[Ref, Ref]:
        """A type with its map and its material profile set."""
        kind = self.model.kind(entity, self.site.key(key), name, [source], enum(predefined))
        part = self.model.add("IFCMATERIALPROFILE", name, None, made_of, profile, None, None)
        self.model.relate("material", self.model.add("IFCMATERIALPROFILESET", name, None, [part], None), kind)
        return kind, source

    # --- slabs ------------------------------------------------------------------------------------------------

    def _slabs(self, wing: Wing) -> None:
        for level in wing.levels:
            depth = 0.8 if level == B1 else SLAB_M
            for first, bays in slab_fields(wing):
                size = (bays * wing.bay_m, wing.width, depth)
                at = (first + bays / 2) * wing.bay_m, 0.0, -FLOOR_FINISH_M - depth
                placement = self.model.place(self.site.on(wing, level), *at)
                shape = self.shapes.mapped(self.shapes.box_map(size, "concrete"))
                self._slab(f"slab/{wing.key}/{level.code}/{first}", level, placement, shape, size[0] * size[1], depth)

    def _hall_slab(self, level: Level, ring: list[Point]) -> None:
        depth = 0.8 if level == B1 else SLAB_M
        placement = self.model.place(self.site.storeys[level.code].placement, 0.0, 0.0, -FLOOR_FINISH_M - depth)
        solid = self.shapes.extrude(self.shapes.polygon(ring), depth, colour="concrete")
        twice = sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in zip(ring, ring[1:] + ring[:1], strict=True))
        self._slab(f"slab/hall/{level.code}", level, placement, self.shapes.product(solid), twice / 2, depth)

    def _slab(self, key: str, level: Level, placement: Ref, shape: Ref, area: float, depth: float) -> None:
        kind = enum("BASESLAB" if level == B1 else "FLOOR")
        ref = self.model.element("IFCSLAB", self.site.key(key), f"Structural slab {level.code} 結構板", placement, shape, kind,
                                 storey=self.site.storeys[level.code])  # fmt: skip
        self.model.properties("Pset_SlabCommon", {
            "Reference": label(f"S{round(depth * 1000)}"), "LoadBearing": boolean(True)}, ref)  # fmt: skip
        self.model.quantities("Qto_SlabBaseQuantities", {
            "Depth": quantity_length(self.model, depth), "GrossArea": quantity_area(area),
            "GrossVolume": quantity_volume(area * depth)}, ref)  # fmt: skip
        self.model.relate("material", self._concrete, ref)
        self._uniclass.give("EF_30_20", "Floors", ref)


def slab_fields(wing: Wing) -> Iterator[tuple[int, int]]:
    """First bay and number of bays of each structural slab along a wing."""
    for first in range(0, wing.bays, SLAB_BAYS):
        yield first, min(SLAB_BAYS, wing.bays - first)
