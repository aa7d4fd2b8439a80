"""Rows of products: elements, spaces, storeys, buildings and zones with a place of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any

from bim.finding import Finding
from bim.ifc import FAULTS, Entity, Model, placement_matrix, stated, value_of
from bim.tables import descriptions as says
from bim.tables.fitting import fitted
from bim.tables.links import Links
from bim.tables.properties import Properties
from bim.tables.relations import Relations, collect
from bim.units import Units, project_units
from csdi.feature import Feature

_AREAS = ("NetFloorArea", "GrossFloorArea", "NSA", "GSA Space Areas")
_ROLES = (("IfcFeatureElement", "opening"), ("IfcElement", "element"), ("IfcPort", "port"), ("IfcProxy", "element"),
          ("IfcAnnotation", "annotation"), ("IfcGrid", "grid"), ("IfcPositioningElement", "positioning"),
          ("IfcLinearElement", "positioning"), ("IfcStructuralItem", "structural"), ("IfcStructuralActivity", "structural"))
"""The first class that fits gives the role; everything else is `other`."""

_FARTHEST_M = 1e8
_UPRIGHT = 0.1
"""A door whose x axis is shorter than this in plan lies on its side."""
_NONE: Mapping[str, Feature] = MappingProxyType({})


class Products:
    """Makes rows; everything that is shared is read once."""

    def __init__(self, model: Model, slug: str) -> None:
        self.units: Units = project_units(model)
        self.model = model
        self.slug = slug
        self.relations: Relations = collect(model)
        self.findings: list[Finding] = list(self.relations.findings)
        self.properties = Properties(self.relations, self.units, self.findings)
        self._links = Links(model, self.relations, self.key)
        self._roles: dict[str, str] = {}
        self._places: dict[int, dict[str, Any]] = {}

    def all(self, products: Iterable[Entity], read: Callable[[Entity], dict[str, Any]],
            kept: Mapping[str, Feature] = _NONE) -> list[Feature]:
        """A row for each product that can be read, a Finding for the others.

        Args:
            kept: rows by GlobalId that are taken as they are.
        """
        made = []
        for product in products:
            same = kept.get(self.model.keys.get(product.id(), ""))
            if same is not None:
                made.append(same)
                continue
            try:
                row = self.fitted(product, read(product))
                made.append(Feature(f"{self.slug}:{row['global_id']}", None, row))
            except FAULTS as error:
                self.findings.append(self.model.fault(product, error))
        return made

    def fitted(self, thing: Entity, row: dict[str, Any]) -> dict[str, Any]:
        """The row as its Collection can keep it; a Finding for each value that is left out."""
        row, unfit = fitted(row)
        self.findings.extend(self.model.unfit(thing, field, why) for field, why in unfit)
        return row

    def element(self, element: Entity) -> dict[str, Any]:
        """A product that is no spatial structure."""
        return {"role": self._role(element), **self._common(element), "operation": self._operation(element)}

    def _operation(self, element: Entity) -> dict[str, Any] | None:
        """How a door opens: the type of its operation, and the x axis of its placement in plan, model frame; None for all others."""
        if not element.is_a("IfcDoor"):
            return None
        kind, placement = self.relations.type_of.get(element.id()), value_of(element, "ObjectPlacement")
        said = value_of(element, "OperationType") or (value_of(kind, "OperationType") if kind is not None else None)
        if said in (None, "NOTDEFINED") or placement is None:
            return None
        axis = placement_matrix(placement)[:2, 0]
        length = float((axis @ axis) ** 0.5)
        return {"type": str(said), "axis": [round(float(part) / length, 9) for part in axis]} if length > _UPRIGHT else None

    def space(self, space: Entity) -> dict[str, Any]:
        """A room."""
        row = self._common(space)
        row["area"] = _quantity(row["quantities"], _AREAS)
        row["volume"] = _quantity(row["quantities"], ("NetVolume", "GrossVolume"))
        return row

    def storey(self, storey: Entity) -> dict[str, Any]:
        """A storey, with its elevation in metres of the model."""
        row = self._common(storey)
        row["storey"], row["storey_name"] = self.key(storey), says.spoken_name(storey)
        row["elevation"] = self._elevation(storey)
        return row

    def _elevation(self, storey: Entity) -> float:
        """In metres of the model: that of its placement, else the stated one; 0, and a Finding, where that is no level on Earth."""
        placement, stated_level = value_of(storey, "ObjectPlacement"), value_of(storey, "Elevation")
        level = stated_level if placement is None and stated_level is not None else float(placement_matrix(placement)[2, 3])
        if isinstance(level, int | float) and abs(level * self.units.length) <= _FARTHEST_M:
            return float(level * self.units.length)
        self.findings.append(self.model.unfit(storey, "elevation", "is no level on Earth; 0 is taken"))
        return 0.0

    def building(self, place: Entity) -> dict[str, Any]:
        """A site, a building, another facility or a part of one."""
        row = self._common(place)
        row["composition"] = value_of(place, "CompositionType")
        row["address"] = says.address(value_of(place, "BuildingAddress") or value_of(place, "SiteAddress"))
        return row

    def spatial_zone(self, zone: Entity) -> dict[str, Any]:
        """A zone with a place of its own."""
        members = [self.key(one) for one in self.relations.reached_by.get(zone.id(), ())]
        return {**self._common(zone), "members": members, "member_count": len(members), "serves": []}

    def key(self, entity: Entity) -> str:
        """The GlobalId as the tables write it."""
        return self.model.keys.get(entity.id()) or str(entity.GlobalId)

    def described(self, thing: Entity, kind: Entity | None) -> dict[str, Any]:
        """What elements, groups and types have in common: materials, groups, classifications, documents, properties."""
        said = self.properties.of(thing) if kind is not thing else self.properties.of_type(thing)
        other = kind if kind is not thing else None
        return {
            "materials": self._tried(thing, "materials", lambda: says.materials(thing, kind, self.relations)),
            **says.groups(thing, self.relations),
            "classifications": self._tried(thing, "classifications", lambda: says.classifications(thing, other, self.relations)),
            "documents": self._tried(thing, "documents", lambda: says.documents(thing, other, self.relations)),
            "psets": said.psets, "quantities": said.quantities, "measures": said.measures,
        }

    def _tried(self, thing: Entity, field: str, read: Callable[[], list[Any]]) -> list[Any]:
        """One field of a row; nothing, and a Finding, where what it leads to cannot be read."""
        try:
            return read()
        except FAULTS as error:
            self.findings.append(self.model.unfit(thing, field, f"cannot be read: {str(error)[:160]}"))
            return []

    def _role(self, product: Entity) -> str:
        name = product.is_a()
        if name not in self._roles:
            self._roles[name] = next((role for base, role in _ROLES if product.is_a(base)), "other")
        return self._roles[name]

    def _common(self, product: Entity) -> dict[str, Any]:
        kind = self.relations.type_of.get(product.id())
        return {
            "model": self.slug,
            "global_id": self.key(product),
            "ifc_class": product.is_a(),
            "predefined_type": says.predefined_type(product, kind),
            "name": stated(product, "Name"),
            "long_name": value_of(product, "LongName"),
            "description": stated(product, "Description"),
            "object_type": value_of(product, "ObjectType"),
            "tag": value_of(product, "Tag"),
            "type_name": stated(kind, "Name") if kind is not None else None,
            "type_id": stated(kind, "GlobalId") if kind is not None else None,
            **self._place(product),
            **self._links.of(product),
            "layers": self._tried(product, "layers", lambda: self._links.layers(product)),
            **self.described(product, kind),
        }

    def _place(self, product: Entity) -> dict[str, Any]:
        """Where a product is; worked out once for all that share a container."""
        container = self.relations.container_of(product)
        number = container.id() if container is not None else 0
        if number not in self._places:
            self._places[number] = self._place_in(self.relations.containment(product))
        return self._places[number]

    def _place_in(self, path: list[Entity]) -> dict[str, Any]:
        inner = {kind: _innermost(path, kind) for kind in ("IfcBuildingStorey", "IfcSpace", "IfcBuilding", "IfcSite")}
        storey, space = inner["IfcBuildingStorey"], inner["IfcSpace"]
        return {
            "storey": self.key(storey) if storey is not None else None,
            "storey_name": says.spoken_name(storey) if storey is not None else None,
            "space": self.key(space) if space is not None else None,
            "building": says.spoken_name(inner["IfcBuilding"]) if inner["IfcBuilding"] is not None else None,
            "site": says.spoken_name(inner["IfcSite"]) if inner["IfcSite"] is not None else None,
            "containment": says.containment(path, self.key),
        }


def _innermost(path: Iterable[Entity], kind: str) -> Entity | None:
    found = [one for one in path if one.is_a(kind)]
    return found[-1] if found else None


def _quantity(quantities: dict[str, dict[str, Any]], names: Iterable[str]) -> float | None:
    for name in names:
        for values in quantities.values():
            if isinstance(values.get(name), int | float):
                return float(values[name])
    return None
