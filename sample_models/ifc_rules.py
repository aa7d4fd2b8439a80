"""Small models for trying rules: a house that keeps them, a bare site, a works site on an airfield. `write_rule_samples` writes them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sample_models.ifc_data import boolean, identifier, label, material, quantity_area, quantity_length
from sample_models.ifc_georef import Georeference
from sample_models.ifc_shapes import Shapes
from sample_models.ifc_step import Ref, enum, typed
from sample_models.ifc_writer import Model, Spatial, Vector
from sample_models.layout import Frame

_PLACE = Georeference(Frame((812000.0, 819000.0), 90.0), 5.25)
"""East along x; the ground floor lies at 5.25 mPD."""
_LENGTH, _WIDTH, _WALL, _SLAB, _RISE = 10.0, 8.0, 0.2, 0.2, 3.6
_RISER, _GOING, _FLIGHT = 0.15, 0.23, 1.1
_CODES = {
    "IFCWALL": ("EF_25_10", "Walls"), "IFCSLAB": ("EF_30_20", "Floors"), "IFCDOOR": ("EF_25_30", "Doors and windows"),
    "IFCWINDOW": ("EF_25_30", "Doors and windows"), "IFCSTAIR": ("EF_35_10", "Stairs"), "IFCPILE": ("EF_20_05", "Substructure"),
}  # fmt: skip


def write_rule_samples(folder: Path) -> list[Path]:
    """Writes `house.ifc`, `bare.ifc` and `works.ifc` into the folder."""
    made = [folder / name for name in ("house.ifc", "bare.ifc", "works.ifc")]
    _House(made[0]).write()
    with Model(made[1], "IFC4", "bare", ("Bare site", "空置地盤"), _PLACE, 0.001):
        pass
    _Works(made[2]).write()
    return made


@dataclass(frozen=True)
class _Opening:
    """A door or window in a wall: along the wall from its start, above the floor, metres."""

    entity: str
    name: str
    along: float
    sill: float
    width: float
    height: float


class _Parts:
    """What both sites write: boxes with type, material and classification."""

    def __init__(self, model: Model) -> None:
        self.model, self.shapes = model, Shapes(model)
        self._kinds: dict[str, Ref] = {}
        self._systems: dict[str, Ref] = {}

    def box(self, entity: str, name: str, storey: Spatial, at: Vector, size: Vector, predefined: str, *tail: object,
            kind: str = "concrete") -> Ref:
        """A box whose lowest corner is at `at` in its storey."""
        return self.put(entity, name, storey, at, self.body(size), predefined, *tail, kind=kind)

    def put(self, entity: str, name: str, storey: Spatial, at: Vector, shape: Ref, predefined: str, *tail: object,
            kind: str = "concrete") -> Ref:
        """An element in its storey; its type says what it is predefined as."""
        model = self.model
        placement = model.place(storey.placement, *at)
        ref = model.element(entity, name, name, placement, shape, *(tail or (None,)), storey=storey,
                            kind=self._kind(entity, predefined), tag=name[:12])
        model.relate("material", material(model, "Concrete C40" if kind == "concrete" else kind, kind), ref)
        if entity in _CODES:
            self.classify("Uniclass 2015", *_CODES[entity], ref)
        return ref

    def body(self, size: Vector) -> Ref:
        """A box with its corner at the origin."""
        return self.shapes.product(self.shapes.box(size, (size[0] / 2, size[1] / 2, 0.0)))

    def classify(self, system: str, code: str, title: str, *objects: Ref) -> None:
        """Gives the objects a code."""
        model = self.model
        if system not in self._systems:
            self._systems[system] = model.add("IFCCLASSIFICATION", None, None, None, system, None, None, None)
        reference = model.shared("IFCCLASSIFICATIONREFERENCE", None, code, title, self._systems[system], None, None)
        model.relate("classified", reference, *objects)

    def space(self, storey: Spatial, number: str, name: str, use: str, at: Vector, size: Vector) -> Ref:
        """A room with its quantities."""
        model = self.model
        ref = model.rooted("IFCSPACE", f"space/{number}", number, None, use, model.place(storey.placement, *at), self.body(size), name,
                           enum("ELEMENT"), enum("INTERNAL"), None)  # fmt: skip
        model.relate("aggregated", storey.ref, ref)
        area = round(size[0] * size[1], 3)
        model.quantities("Qto_SpaceBaseQuantities", {"Height": quantity_length(model, size[2]), "NetFloorArea": quantity_area(area),
                                                     "GrossFloorArea": quantity_area(area)}, ref)
        return ref

    def _kind(self, entity: str, predefined: str) -> Ref:
        key = f"{entity}/{predefined}"
        if key not in self._kinds:
            name = f"{entity[3:].capitalize()} {predefined.lower().replace('_', ' ')}"
            panel = {"IFCDOOR": "SINGLE_SWING_LEFT", "IFCWINDOW": "SINGLE_PANEL"}.get(entity)
            more = (enum(predefined), *((enum(panel), None, None) if panel else ()))
            self._kinds[key] = self.model.kind(f"{entity}TYPE", key, name, [], *more)
        return self._kinds[key]


class _House:
    """Two floors and a roof, 10 x 8 m, in millimetres."""

    def __init__(self, path: Path) -> None:
        self._model = Model(path, "IFC4", "house", ("House for trying rules", "規則測試房屋"), _PLACE, 0.001)
        self._parts = _Parts(self._model)

    def write(self) -> None:
        """Writes the file."""
        with self._model as model:
            house = model.building("house", ("House", "房屋"), (0.0, 0.0, 0.0), 0.0)
            self._describe(house)
            for number, name in enumerate(("G/F", "1/F")):
                self._floor(model.storey(house, name, (name, ("地下", "一樓")[number]), number * _RISE), name, number)
            self._roof(model.storey(house, "R/F", ("R/F", "天台"), 2 * _RISE))

    def _describe(self, house: Spatial) -> None:
        model = self._model
        model.properties("Pset_SiteCommon", {"TotalArea": typed("IFCAREAMEASURE", 180.0)}, model.site.ref)
        model.properties("Pset_LandRegistration", {"LandTitleID": identifier("IL 9001")}, model.site.ref)
        model.properties("Pset_BuildingCommon", {
            "GrossPlannedArea": typed("IFCAREAMEASURE", 160.0), "OccupancyType": label("5b"),
            "NumberOfStoreys": typed("IFCINTEGER", 2), "IsLandmarked": typed("IFCLOGICAL", False)}, house.ref)  # fmt: skip

    def _floor(self, storey: Spatial, name: str, number: int) -> None:
        inner, high = _WIDTH - 2 * _WALL, _RISE - _SLAB
        self._slab(storey, f"Slab {name}", "FLOOR", stairwell=number > 0)
        door = _Opening("IFCDOOR", f"Exit door {name}", 1.0, 0.0, 1.05, 2.1) if number == 0 else None
        self._wall(storey, f"Wall {name} south", (0.0, 0.0, 0.0), (_LENGTH, _WALL, high), door, external=True)
        window = _Opening("IFCWINDOW", f"Window {name}", 6.5, 0.9, 2.0, 1.5)
        self._wall(storey, f"Wall {name} north", (0.0, _WIDTH - _WALL, 0.0), (_LENGTH, _WALL, high), window, external=True)
        self._wall(storey, f"Wall {name} west", (0.0, _WALL, 0.0), (_WALL, inner, high), None, external=True)
        self._wall(storey, f"Wall {name} east", (_LENGTH - _WALL, _WALL, 0.0), (_WALL, inner, high), None, external=True)
        middle = _Opening("IFCDOOR", f"Inner door {name}", 1.0, 0.0, 0.9, 2.1)
        self._wall(storey, f"Wall {name} middle", (4.0, _WALL, 0.0), (_WALL, inner, high), middle, external=False)
        self._rooms(storey, number, inner, high)

    def _rooms(self, storey: Spatial, number: int, inner: float, high: float) -> None:
        lobby, room = (("Staircase and lobby", "CIRC"), ("Shop", "SHOP")) if number == 0 else (("Staircase", "CIRC"), ("Office", "OFF"))
        made = [self._parts.space(storey, f"{number}-01", *lobby, (_WALL, _WALL, 0.0), (3.8, inner, high)),
                self._parts.space(storey, f"{number}-02", *room, (4.2, _WALL, 0.0), (5.6, inner, high))]
        for ref, category in zip(made, ("disregarded", "accountable"), strict=True):
            self._model.properties("HK_Space", {"GFACategory": label(category)}, ref)
        stair = self._parts.put("IFCSTAIR", f"Stair {number}", storey, (0.5, 1.5, 0.0), self._flight(), "STRAIGHT_RUN_STAIR")
        self._model.properties("Pset_StairCommon", {"FireExit": boolean(True), "NumberOfRiser": typed("IFCCOUNTMEASURE", 24)}, stair)
        self._parts.classify("OmniClass", "21-02 10 80", "Stairs", stair)

    def _flight(self) -> Ref:
        """Steps up along y."""
        treads = round(_RISE / _RISER) - 1
        steps = [point for i in range(treads) for point in ((i * _GOING, (i + 1) * _RISER), ((i + 1) * _GOING, (i + 1) * _RISER))]
        profile = self._parts.shapes.polygon([(0.0, 0.0), *steps, (treads * _GOING, 0.0)])
        return self._parts.shapes.product(self._parts.shapes.extrude(profile, _FLIGHT, z=(1.0, 0.0, 0.0), x=(0.0, 1.0, 0.0)))

    def _slab(self, storey: Spatial, name: str, predefined: str, *, stairwell: bool) -> None:
        slab = self._parts.box("IFCSLAB", name, storey, (0.0, 0.0, -_SLAB), (_LENGTH, _WIDTH, _SLAB), predefined)
        if stairwell:
            placement = self._model.place(storey.placement, 0.5, 1.5, -_SLAB)
            self._model.void(slab, f"{name}/well", placement, self._parts.body((_FLIGHT, (round(_RISE / _RISER) - 1) * _GOING, _SLAB)))

    def _wall(self, storey: Spatial, name: str, at: Vector, size: Vector, opening: _Opening | None, *, external: bool) -> None:
        model = self._model
        wall = self._parts.box("IFCWALL", name, storey, at, size, "SOLIDWALL")
        model.properties("Pset_WallCommon", {"IsExternal": boolean(external), "LoadBearing": boolean(True),
                                             "FireRating": label("-/60/60")}, wall)
        if opening is not None:
            self._opening(storey, wall, at, size, opening, external=external)

    def _opening(self, storey: Spatial, wall: Ref, at: Vector, size: Vector, one: _Opening, *, external: bool) -> None:
        model, turned = self._model, size[0] < size[1]
        place = (at[0], at[1] + one.along, one.sill) if turned else (at[0] + one.along, at[1], one.sill)
        hole = (_WALL, one.width, one.height) if turned else (one.width, _WALL, one.height)
        tail = (model.length(one.height), model.length(one.width), None, None, None)
        filling = self._parts.box(one.entity, one.name, storey, place, hole, one.entity[3:], *tail, kind="timber")
        model.void(wall, f"{one.name}/hole", model.place(storey.placement, *place), self._parts.body(hole), filling)
        sort = one.entity[3:].capitalize()
        model.properties(f"Pset_{sort}Common", {
            "IsExternal": boolean(external), "FireRating": label("-/30/30"),
            **({"FireExit": boolean(external)} if sort == "Door" else {})}, filling)  # fmt: skip
        model.quantities(f"Qto_{sort}BaseQuantities", {"Width": quantity_length(model, one.width),
                                                       "Height": quantity_length(model, one.height)}, filling)

    def _roof(self, storey: Spatial) -> None:
        self._slab(storey, "Slab R/F", "ROOF", stairwell=True)
        self._wall(storey, "Parapet", (0.0, 0.0, 0.0), (_LENGTH, _WALL, 1.1), None, external=True)
        ref = self._parts.space(storey, "2-01", "Flat roof", "ROOF", (0.0, _WALL, 0.0), (_LENGTH, _WIDTH - _WALL, 2.6))
        self._model.properties("HK_Space", {"GFACategory": label("disregarded")}, ref)


class _Works:
    """A block, its services, a stand and a tower crane beside a runway, in metres."""

    def __init__(self, path: Path) -> None:
        self._model = Model(path, "IFC4", "works", ("Works for trying rules", "規則測試工程"), _PLACE)
        self._parts = _Parts(self._model)

    def write(self) -> None:
        """Writes the file."""
        with self._model as model:
            block = model.building("block", ("Satellite block", "衛星大樓"), (0.0, 0.0, 0.0), 0.0)
            storey = model.storey(block, "G/F", ("G/F", "地下"), 0.0)
            self._block(storey)
            self._services(storey)
            self._apron(storey)
            self._crane(storey)

    def _block(self, storey: Spatial) -> None:
        self._parts.box("IFCSLAB", "Ground slab", storey, (0.0, 0.0, -0.3), (30.0, 20.0, 0.3), "BASESLAB")
        wall = self._parts.box("IFCWALL", "Block wall", storey, (0.0, 0.0, 0.0), (30.0, 0.3, 12.0), "SOLIDWALL")
        self._model.properties("Pset_WallCommon", {"IsExternal": boolean(True)}, wall)
        self._parts.box("IFCPILE", "Pile P1", storey, (4.0, 4.0, -20.3), (1.0, 1.0, 20.0), "BORED", None, None)

    def _services(self, storey: Spatial) -> None:
        model = self._model
        system = model.rooted("IFCDISTRIBUTIONSYSTEM", "CHW", "CHW-1", None, None, "冷凍水系統", enum("CHILLEDWATER"))
        pump = self._parts.box("IFCPUMP", "Pump CHWP-01", storey, (10.0, 10.0, 0.0), (1.0, 1.0, 1.2), "CIRCULATOR", kind="steel")
        pipe = self._parts.box("IFCPIPESEGMENT", "Pipe CHW-01", storey, (12.0, 10.0, 3.0), (6.0, 0.2, 0.2), "RIGIDSEGMENT",
                               kind="steel")
        model.relate("grouped", system, pump, pipe)
        model.relate("served", system, model.site.ref)
        model.properties("CSDI_Asset", {"AssetCode": identifier("CHWP-01"), "Manufacturer": label("Pearl Valve Works"),
                                        "InstallationDate": typed("IFCDATE", "2026-01-05")}, pump)
        model.properties("Pset_ManufacturerOccurrence", {"SerialNumber": identifier("SN-000001")}, pump)

    def _apron(self, storey: Spatial) -> None:
        model = self._model
        stands = [self._parts.space(storey, name, f"Stand {name}", "AircraftStand", (x, 40.0, 0.0), (40.0, 50.0, 5.0))
                  for name, x in (("N12", 0.0), ("N14", 45.0))]
        gate = self._parts.space(storey, "12", "Gate 12", "Gate", (2.0, 12.0, 0.0), (6.0, 6.0, 3.0))
        hall = self._parts.space(storey, "H1", "Check-in hall", "Hall", (10.0, 12.0, 0.0), (6.0, 6.0, 3.0))
        for name, title, members in (("Airside", "禁區", (*stands, gate)), ("Landside", "非禁區", (hall,))):
            zone = model.rooted("IFCZONE", name, name, None, "Security zone", title)
            model.relate("grouped", zone, *members)

    def _crane(self, storey: Spatial) -> None:
        model = self._model
        crane = self._parts.box("IFCBUILDINGELEMENTPROXY", "Tower crane TC1", storey, (60.0, 10.0, 0.0), (2.0, 2.0, 30.0),
                                "ELEMENT", kind="steel")
        model.properties("CSDI_Crane", {
            "JibRadius": typed("IFCPOSITIVELENGTHMEASURE", 25.0), "JibHeight": typed("IFCPOSITIVELENGTHMEASURE", 30.0),
            "StartDate": typed("IFCDATE", "2026-03-01"), "EndDate": typed("IFCDATE", "2026-09-30"),
            "ObstacleLight": boolean(True)}, crane)  # fmt: skip
