"""A model being written: project, units, spatial structure, elements and the relations between them."""

from __future__ import annotations

import math
import uuid
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

from sample_models.ifc_georef import Georeference, compound_angle
from sample_models.ifc_step import DERIVED, Raw, Ref, StepFile, enum, typed

Schema = Literal["IFC2X3", "IFC4", "IFC4X3_ADD2"]
Properties = Mapping[str, Raw]
Vector = tuple[float, float, float]

_NAMESPACE = uuid.UUID("6f0d6f0a-3c54-5c1e-9f83-0b6f3a0f2326")
_BASE64 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_$"
_PAIRS = [a + b for a in _BASE64 for b in _BASE64]
_VIEWS = {"IFC2X3": "CoordinationView_V2.0", "IFC4": "DesignTransferView_V1.0", "IFC4X3_ADD2": "AbRV_V1.2"}
_RELATIONS_PER_INSTANCE = 5000


def global_id(model: str, key: str) -> str:
    """GlobalId of the thing with this key in this model, the same on every run."""
    number = uuid.uuid5(_NAMESPACE, f"{model}/{key}").int
    return "".join([_PAIRS[(number >> shift) & 4095] for shift in range(120, -1, -12)])


@dataclass(frozen=True)
class Spatial:
    """A written spatial element: its instance and its placement."""

    ref: Ref
    placement: Ref


class Model:
    """One IFC file. Lengths are given in metres and written in the file's own unit.

    Args:
        slug: model id, the stem of the file; the root of all its GlobalIds.
        metres_per_unit: 1.0, or 0.001 for a file in millimetres.
    """

    def __init__(
        self, path: Path, schema: Schema, slug: str, title: tuple[str, str], georeference: Georeference,
        metres_per_unit: float = 1.0,
    ) -> None:  # fmt: skip
        self.slug, self.schema, self.georeference = slug, schema, georeference
        self.metres_per_unit = metres_per_unit
        self.units_per_metre = round(1.0 / metres_per_unit)
        self.counts: Counter[str] = Counter()
        self.elements = 0
        self.step = StepFile(path, schema, _VIEWS[schema])
        self._related: dict[str, dict[Any, list[Ref]]] = defaultdict(lambda: defaultdict(list))
        self.add, self.shared = self.step.add, self.step.shared
        self.history = self._owner_history()
        self.unit_refs = self._units()
        self.context, self.body, self.axis = self._contexts()
        self.project = self._root("IFCPROJECT", "project", title[0], None, None, title[1], None,
                                  [self.context], self.unit_refs)  # fmt: skip
        self.crs = self._map_conversion() if schema != "IFC2X3" else self._map_properties()
        self.site = self._site()

    # --- values -----------------------------------------------------------------------------------------------

    def length(self, metres: float) -> float:
        """A length in the unit of the file."""
        return float(metres * self.units_per_metre)

    def point(self, *metres: float) -> Ref:
        """IfcCartesianPoint, 2D or 3D."""
        return self.shared("IFCCARTESIANPOINT", tuple(float(m * self.units_per_metre) for m in metres))

    def direction(self, *ratios: float) -> Ref:
        """IfcDirection, 2D or 3D."""
        return self.shared("IFCDIRECTION", tuple(float(r) for r in ratios))

    def axes(self, at: Vector, z: Vector | None = None, x: Vector | None = None) -> Ref:
        """IfcAxis2Placement3D; `z` and `x` are both given or both absent."""
        z_ref, x_ref = (None, None) if z is None or x is None else (self.direction(*z), self.direction(*x))
        return self.shared("IFCAXIS2PLACEMENT3D", self.point(*at), z_ref, x_ref)

    def place(self, parent: Ref | None, x: float, y: float, z: float = 0.0, angle_deg: float = 0.0) -> Ref:
        """IfcLocalPlacement turned about z."""
        if angle_deg == 0.0:
            return self.add("IFCLOCALPLACEMENT", parent, self.axes((x, y, z)))
        angle = math.radians(angle_deg)
        turned = self.axes((x, y, z), (0.0, 0.0, 1.0), (math.cos(angle), math.sin(angle), 0.0))
        return self.add("IFCLOCALPLACEMENT", parent, turned)

    def place_axes(self, parent: Ref | None, at: Vector, z: Vector, x: Vector) -> Ref:
        """IfcLocalPlacement with free axes."""
        return self.add("IFCLOCALPLACEMENT", parent, self.axes(at, z, x))

    def id_of(self, key: str) -> str:
        """GlobalId of the thing with this key in this model."""
        return global_id(self.slug, key)

    # --- things -----------------------------------------------------------------------------------------------

    def _root(self, entity: str, key: str, *values: Any) -> Ref:
        self.counts[entity] += 1
        return self.add(entity, self.id_of(key), self.history, *values)

    rooted = _root

    def element(
        self, entity: str, key: str, name: str, placement: Ref, shape: Ref | None, *tail: Any,
        storey: Spatial | None = None, whole: Ref | None = None, kind: Ref | None = None,
        object_type: str | None = None, description: str | None = None, tag: str | None = None,
    ) -> Ref:  # fmt: skip
        """Writes an element with its place in the structure: in a storey, or part of a whole."""
        ref = self._root(entity, key, name, description, object_type, placement, shape, tag, *tail)
        self.elements += entity not in _FEATURES
        if storey is not None:
            self.relate("contained", storey.ref, ref)
        if whole is not None:
            self.relate("aggregated", whole, ref)
        if kind is not None:
            self.relate("typed", kind, ref)
        return ref

    def kind(self, entity: str, key: str, name: str, maps: list[Ref], *tail: Any, psets: Iterable[Ref] = ()) -> Ref:
        """Writes a type object."""
        sets = list(psets) or None
        values = (name, None, None, sets, maps or None, None, None, *tail)
        return self.add(entity, self.id_of(f"type/{key}"), self.history, *values)

    def building(self, key: str, name: tuple[str, str], at: Vector, angle_deg: float, *tail: Any) -> Spatial:
        """IfcBuilding, part of the site; `at` in model metres."""
        placement = self.place(self.site.placement, *at, angle_deg)
        ref = self._root("IFCBUILDING", key, name[0], None, None, placement, None, name[1], enum("ELEMENT"),
                         *(tail or (None, None, None)))  # fmt: skip
        self.relate("aggregated", self.site.ref, ref)
        return Spatial(ref, placement)

    def storey(self, building: Spatial, key: str, name: tuple[str, str], z: float) -> Spatial:
        """IfcBuildingStorey at `z` metres above the building's placement."""
        placement = self.place(building.placement, 0.0, 0.0, z)
        elevation = self.length(z)
        ref = self._root("IFCBUILDINGSTOREY", key, name[0], None, None, placement, None, name[1],
                         enum("ELEMENT"), elevation)  # fmt: skip
        self.relate("aggregated", building.ref, ref)
        return Spatial(ref, placement)

    def facility(self, entity: str, key: str, name: tuple[str, str], whole: Ref, placement: Ref, *tail: Any) -> Spatial:
        """A facility or facility part of IFC4X3; `tail` follows CompositionType."""
        ref = self._root(entity, key, name[0], None, None, placement, None, name[1], enum("ELEMENT"), *tail)
        self.relate("aggregated", whole, ref)
        return Spatial(ref, placement)

    # --- relations --------------------------------------------------------------------------------------------

    def relate(self, relation: str, one: Any, *many: Ref) -> None:
        """Notes a one-to-many relation: contained, aggregated, typed, material, classified, grouped, served."""
        self._related[relation][one].extend(many)

    def properties(self, name: str, values: Properties, *objects: Ref) -> None:
        """Gives the objects a property set; equal sets are written once."""
        self._related["properties"][name, tuple(values.items())].extend(objects)

    def quantities(self, name: str, values: Properties, *objects: Ref) -> None:
        """Gives the objects a quantity set; values come from `ifc_data`; equal sets are written once."""
        self._related["quantities"][name, tuple(values.items())].extend(objects)

    def void(self, host: Ref, key: str, placement: Ref, shape: Ref, filling: Ref | None = None) -> None:
        """Cuts an opening into the host, with what fills it."""
        tail = () if self.schema == "IFC2X3" else (enum("OPENING"),)
        opening = self._root("IFCOPENINGELEMENT", key, "Opening", None, None, placement, shape, None, *tail)
        self._root("IFCRELVOIDSELEMENT", f"{key}/voids", None, None, host, opening)
        if filling is not None:
            self._root("IFCRELFILLSELEMENT", f"{key}/fills", None, None, opening, filling)

    def boundary(self, space: Ref, element: Ref, key: str, *, physical: bool = True, external: bool = False) -> None:
        """IfcRelSpaceBoundary between a space and the door, window or virtual element that bounds it."""
        how, where = enum("PHYSICAL" if physical else "VIRTUAL"), enum("EXTERNAL" if external else "INTERNAL")
        self._root("IFCRELSPACEBOUNDARY", key, "1stLevel", None, space, element, None, how, where)

    def pset(self, key: str, name: str, values: Properties) -> Ref:
        """An IfcPropertySet of its own, for types."""
        return self._root("IFCPROPERTYSET", f"pset/{key}", name, None, self._single_values(values.items()))

    def _single_values(self, items: Iterable[tuple[str, Raw]]) -> list[Ref]:
        return [self.shared("IFCPROPERTYSINGLEVALUE", name, None, value, None) for name, value in items]

    # --- the frame of the file --------------------------------------------------------------------------------

    def _owner_history(self) -> Ref:
        person = self.add("IFCPERSON", None, "Sample", None, None, None, None, None, None)
        organization = self.add("IFCORGANIZATION", None, "Sample site", None, None, None)
        both = self.add("IFCPERSONANDORGANIZATION", person, organization, None)
        application = self.add("IFCAPPLICATION", organization, "1", "csdi sample_models", "csdi-sample")
        return self.add("IFCOWNERHISTORY", both, application, None, enum("NOCHANGE"), None, None, None, 1767225600)

    def _units(self) -> Ref:
        si = [("LENGTHUNIT", "MILLI" if self.units_per_metre == 1000 else None, "METRE"),
              ("AREAUNIT", None, "SQUARE_METRE"), ("VOLUMEUNIT", None, "CUBIC_METRE"),
              ("PLANEANGLEUNIT", None, "RADIAN"), ("MASSUNIT", "KILO", "GRAM"), ("TIMEUNIT", None, "SECOND"),
              ("THERMODYNAMICTEMPERATUREUNIT", None, "DEGREE_CELSIUS"), ("POWERUNIT", None, "WATT"),
              ("PRESSUREUNIT", None, "PASCAL"), ("ELECTRICVOLTAGEUNIT", None, "VOLT"),
              ("ELECTRICCURRENTUNIT", None, "AMPERE")]  # fmt: skip
        units = [self.shared("IFCSIUNIT", DERIVED, enum(k), p and enum(p), enum(n)) for k, p, n in si]
        return self.add("IFCUNITASSIGNMENT", units)

    def _contexts(self) -> tuple[Ref, Ref, Ref]:
        north = self.direction(*self.georeference.true_north)
        world = self.axes((0.0, 0.0, 0.0))
        model = self.add("IFCGEOMETRICREPRESENTATIONCONTEXT", None, "Model", 3, 1e-5, world, north)
        body, axis = (
            self.add("IFCGEOMETRICREPRESENTATIONSUBCONTEXT", name, "Model", DERIVED, DERIVED, DERIVED, DERIVED,
                     model, None, enum(view), None)
            for name, view in (("Body", "MODEL_VIEW"), ("Axis", "GRAPH_VIEW"))
        )  # fmt: skip
        return model, body, axis

    def _map_conversion(self) -> Ref:
        metre = self.shared("IFCSIUNIT", DERIVED, enum("LENGTHUNIT"), None, enum("METRE"))
        crs = self.add("IFCPROJECTEDCRS", "EPSG:2326", "Hong Kong 1980 Grid System", "EPSG:4611", "EPSG:5738",
                       "Transverse Mercator", None, metre)  # fmt: skip
        (e, n), (ax, ay) = self.georeference.frame.origin, self.georeference.frame.axis
        self.add("IFCMAPCONVERSION", self.context, crs, e, n, self.georeference.height_mpd, ax, ay,
                 self.metres_per_unit)  # fmt: skip
        return crs

    def _map_properties(self) -> Ref:
        (e, n), (ax, ay) = self.georeference.frame.origin, self.georeference.frame.axis
        self.properties("ePSet_MapConversion", {
            "Eastings": typed("IFCREAL", e), "Northings": typed("IFCREAL", n),
            "OrthogonalHeight": typed("IFCREAL", self.georeference.height_mpd),
            "XAxisAbscissa": typed("IFCREAL", ax), "XAxisOrdinate": typed("IFCREAL", ay),
            "Scale": typed("IFCREAL", self.metres_per_unit)}, self.project)  # fmt: skip
        self.properties("ePSet_ProjectedCRS", {
            "Name": typed("IFCLABEL", "EPSG:2326"), "Description": typed("IFCTEXT", "Hong Kong 1980 Grid System"),
            "GeodeticDatum": typed("IFCIDENTIFIER", "EPSG:4611"), "VerticalDatum": typed("IFCIDENTIFIER", "EPSG:5738"),
            "MapProjection": typed("IFCIDENTIFIER", "Transverse Mercator"),
            "MapUnit": typed("IFCIDENTIFIER", "METRE")}, self.project)  # fmt: skip
        return self.project

    def _site(self) -> Spatial:
        lon, lat = self.georeference.longitude_latitude
        placement = self.place(None, 0.0, 0.0)
        ref = self._root("IFCSITE", "site", "Airport Island", None, None, placement, None, "機場島",
                         enum("ELEMENT"), compound_angle(lat), compound_angle(lon),
                         self.length(self.georeference.height_mpd), None, None)  # fmt: skip
        self.relate("aggregated", self.project, ref)
        return Spatial(ref, placement)

    # --- closing ----------------------------------------------------------------------------------------------

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None,
                 trace: TracebackType | None) -> None:  # fmt: skip
        if kind is None:
            self._write_relations()
        self.step.__exit__(kind, fault, trace)

    def _write_relations(self) -> None:
        for relation, entity, many_first in _RELATIONS:
            for one, many in self._related[relation].items():
                for part in _parts(many):
                    self._relation(relation, entity, one, part, many_first)
        for number, ((name, items), objects) in enumerate(self._related["properties"].items()):
            key = f"properties/{number}"
            definition = self._root("IFCPROPERTYSET", key, name, None, self._single_values(items))
            self._define(key, definition, objects)
        for number, ((name, items), objects) in enumerate(self._related["quantities"].items()):
            key = f"quantities/{number}"
            values = [self.shared(quantity.split("(")[0], label, None, None, Raw(quantity.split("(")[1][:-1]), *(
                () if self.schema == "IFC2X3" else (None,))) for label, quantity in items]  # fmt: skip
            definition = self._root("IFCELEMENTQUANTITY", key, name, None, None, values)
            self._define(key, definition, objects)

    def _relation(self, relation: str, entity: str, one: Ref, many: list[Ref], many_first: bool) -> None:
        number = self.counts[entity]
        ends = (many, one) if many_first else (one, many)
        if relation == "grouped":
            ends = (many, None, one)  # type: ignore[assignment]
        self._root(entity, f"{relation}/{number}", None, None, *ends)

    def _define(self, key: str, definition: Ref, objects: list[Ref]) -> None:
        for number, part in enumerate(_parts(objects)):
            self._root("IFCRELDEFINESBYPROPERTIES", f"{key}/{number}", None, None, part, definition)


_FEATURES = ("IFCSURFACEFEATURE",)
_RELATIONS = (
    ("aggregated", "IFCRELAGGREGATES", False),
    ("contained", "IFCRELCONTAINEDINSPATIALSTRUCTURE", True),
    ("typed", "IFCRELDEFINESBYTYPE", True),
    ("material", "IFCRELASSOCIATESMATERIAL", True),
    ("classified", "IFCRELASSOCIATESCLASSIFICATION", True),
    ("grouped", "IFCRELASSIGNSTOGROUP", True),
    ("served", "IFCRELSERVICESBUILDINGS", False),
)


def _parts(many: list[Ref]) -> Iterable[list[Ref]]:
    for start in range(0, len(many), _RELATIONS_PER_INSTANCE):
        yield many[start : start + _RELATIONS_PER_INSTANCE]
