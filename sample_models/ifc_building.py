"""A building opened in a model: its storeys, and where its wings stand."""

from __future__ import annotations

from sample_models.ifc_data import label, quantity_length
from sample_models.ifc_plan import Building
from sample_models.ifc_shapes import Shapes
from sample_models.ifc_step import Ref, typed
from sample_models.ifc_writer import Model, Spatial
from sample_models.layout import AXIS_BEARING_DEG, GF, Layout, Level, Wing


class OpenBuilding:
    """Storeys by level code and placements by wing and level; what all disciplines of a building share."""

    def __init__(self, model: Model, shapes: Shapes, plan: Building, layout: Layout) -> None:
        self.model, self.shapes, self.plan = model, shapes, plan
        self._wings: dict[tuple[str, str], Ref] = {}
        x, y = model.georeference.to_model(*layout.to_grid(*plan.base))
        turn = model.georeference.frame.bearing_deg - AXIS_BEARING_DEG
        self.spatial = model.building(plan.key, (plan.name, plan.name_zh), (x, y, 0.0), turn)
        self.storeys = {level.code: self._storey(level) for level in plan.levels}
        self._describe()

    def key(self, rest: str) -> str:
        """Key of a thing in this building."""
        return f"{self.plan.key}/{rest}"

    def z(self, level: Level) -> float:
        """Height of the level's floor in model metres."""
        return level.elevation_mpd - self.model.georeference.height_mpd

    def on(self, wing: Wing, level: Level) -> Ref:
        """Placement of the wing's u, v axes on the floor of a storey."""
        found = self._wings.get((wing.key, level.code))
        if found is None:
            x, y = wing.start[0] - self.plan.base[0], wing.start[1] - self.plan.base[1]
            parent = self.storeys[level.code].placement
            found = self.model.place(parent, x, y, 0.0, wing.angle_deg)
            self._wings[wing.key, level.code] = found
        return found

    def _storey(self, level: Level) -> Spatial:
        return self.model.storey(self.spatial, self.key(level.code), (level.code, f"{level.name} {level.name_zh}"),
                                 self.z(level))  # fmt: skip

    def _describe(self) -> None:
        self.model.properties("Pset_BuildingCommon", {
            "NumberOfStoreys": typed("IFCINTEGER", len(self.plan.levels) - 1),
            "OccupancyType": label("Airport passenger terminal")}, self.spatial.ref)  # fmt: skip
        for level, above in zip(self.plan.levels, self.plan.levels[1:], strict=False):
            storey = self.storeys[level.code].ref
            self.model.properties("Pset_BuildingStoreyCommon", {
                "EntranceLevel": typed("IFCBOOLEAN", level.code == "GF"),
                "AboveGround": typed("IFCLOGICAL", level.elevation_mpd >= GF.elevation_mpd)}, storey)  # fmt: skip
            height = quantity_length(self.model, above.elevation_mpd - level.elevation_mpd)
            self.model.quantities("Qto_BuildingStoreyBaseQuantities", {"GrossHeight": height}, storey)
