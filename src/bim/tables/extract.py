"""From one pass over the relations of a Model to the rows of its elements, spaces and storeys."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from bim.finding import Finding
from bim.ifc import FAULTS, Entity, Model, is_any, placement_matrix, value_of
from bim.tables import descriptions as says
from bim.tables.properties import Properties
from bim.tables.relations import Relations, collect
from bim.units import Units, project_units
from csdi.feature import Feature

_NOT_ELEMENTS = ("IfcFeatureElement", "IfcPort")
_AREAS = ("NetFloorArea", "GrossFloorArea", "NSA", "GSA Space Areas")


@dataclass(frozen=True, slots=True)
class ModelTables:
    """What the model says of its parts.

    Attributes:
        project: name, long name, schema, units and what else describes the whole model.
        elements, spaces, storeys: Features without geometry; ids are `model:GlobalId`.
        findings: faults in the rows, such as a GlobalId that is used twice.
    """

    project: dict[str, Any]
    elements: list[Feature]
    spaces: list[Feature]
    storeys: list[Feature]
    findings: list[Finding] = field(default_factory=list)


def extract_tables(model: Model, slug: str) -> ModelTables:
    """The rows of the model; `slug` is the Model's id in feature ids and in the field `model`."""
    rows = _Rows(model, slug)
    elements = [e for e in model.of("IfcElement", "IfcProxy") if not is_any(e, _NOT_ELEMENTS)]
    tables = ModelTables(
        project=_project(model, rows.units),
        elements=rows.all(elements, rows.element),
        spaces=rows.all(model.of("IfcSpace"), rows.space),
        storeys=rows.all(model.of("IfcBuildingStorey"), rows.storey),
        findings=rows.findings,
    )
    tables.findings.extend(_duplicates(model))
    tables.findings.extend(_without_storey(model, tables.elements))
    return tables


class _Rows:
    """Makes rows; everything that is shared is read once."""

    def __init__(self, model: Model, slug: str) -> None:
        self.units: Units = project_units(model)
        self._model = model
        self._slug = slug
        self._relations: Relations = collect(model)
        self._properties = Properties(self._relations, self.units)
        self.findings: list[Finding] = list(self._relations.findings)

    def all(self, products: Iterable[Entity], read: Callable[[Entity], Feature]) -> list[Feature]:
        """A row for each product that can be read, a Finding for the others."""
        made = []
        for product in products:
            try:
                made.append(read(product))
            except FAULTS as error:
                self.findings.append(self._model.fault(product, error))
        return made

    def element(self, element: Entity) -> Feature:
        return self._feature(self._common(element))

    def space(self, space: Entity) -> Feature:
        row = self._common(space)
        row["area"] = _quantity(row["quantities"], _AREAS)
        row["volume"] = _quantity(row["quantities"], ("NetVolume", "GrossVolume"))
        return self._feature(row)

    def storey(self, storey: Entity) -> Feature:
        row = self._common(storey)
        row["storey"], row["storey_name"] = self._key(storey), says.spoken_name(storey)
        placed = placement_matrix(value_of(storey, "ObjectPlacement"))[2, 3] * self.units.length
        stated = value_of(storey, "Elevation")
        row["elevation"] = float(placed if value_of(storey, "ObjectPlacement") is not None or stated is None
                                 else stated * self.units.length)
        return self._feature(row)

    def _feature(self, row: dict[str, Any]) -> Feature:
        return Feature(f"{self._slug}:{row['global_id']}", None, row)

    def _key(self, entity: Entity) -> str:
        return self._model.keys.get(entity.id()) or str(entity.GlobalId)

    def _common(self, product: Entity) -> dict[str, Any]:
        kind = self._relations.type_of.get(product.id())
        psets, quantities = self._properties.of(product)
        return {
            "model": self._slug,
            "global_id": self._key(product),
            "ifc_class": product.is_a(),
            "predefined_type": says.predefined_type(product, kind),
            "name": product.Name,
            "long_name": value_of(product, "LongName"),
            "description": product.Description,
            "object_type": value_of(product, "ObjectType"),
            "tag": value_of(product, "Tag"),
            "type_name": kind.Name if kind is not None else None,
            "type_id": kind.GlobalId if kind is not None else None,
            **self._place(product),
            "materials": says.materials(product, kind, self._relations),
            "systems": says.groups(product, self._relations, zones=False),
            "zones": says.groups(product, self._relations, zones=True),
            "classifications": says.classifications(product, kind, self._relations),
            "psets": psets,
            "quantities": quantities,
        }

    def _place(self, product: Entity) -> dict[str, Any]:
        path = self._relations.containment(product)
        inner = {kind: _innermost(path, kind) for kind in ("IfcBuildingStorey", "IfcSpace", "IfcBuilding", "IfcSite")}
        storey, space = inner["IfcBuildingStorey"], inner["IfcSpace"]
        return {
            "storey": self._key(storey) if storey is not None else None,
            "storey_name": says.spoken_name(storey) if storey is not None else None,
            "space": self._key(space) if space is not None else None,
            "building": says.spoken_name(inner["IfcBuilding"]) if inner["IfcBuilding"] is not None else None,
            "site": says.spoken_name(inner["IfcSite"]) if inner["IfcSite"] is not None else None,
            "containment": says.containment(path, self._key),
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


def _project(model: Model, units: Units) -> dict[str, Any]:
    project = model.project
    return {
        "name": value_of(project, "Name"),
        "long_name": value_of(project, "LongName"),
        "description": value_of(project, "Description"),
        "global_id": value_of(project, "GlobalId"),
        "schema": model.schema,
        "units": dict(units.names),
        "length_unit_m": units.length,
        "sites": [says.spoken_name(one) for one in model.of("IfcSite")],
        "buildings": [says.spoken_name(one) for one in model.of("IfcBuilding", "IfcFacility")],
    }


def _duplicates(model: Model) -> list[Finding]:
    used: dict[str, list[int]] = {}
    for number, key in model.keys.items():
        used.setdefault(key.split("~")[0], []).append(number)
    return [
        Finding("GID-001", "error", f"GlobalId {global_id} is used by {len(numbers)} products",
                model.subject(model.by_id(numbers[1])), measured=str(len(numbers)), expected="1",
                cure="give each product its own GlobalId; until then the later ones are told apart by ~2, ~3",
                data={"global_id": global_id, "instances": numbers})
        for global_id, numbers in used.items() if len(numbers) > 1
    ]


def _without_storey(model: Model, elements: list[Feature]) -> list[Finding]:
    loose = Counter(str(e.properties["ifc_class"]) for e in elements if not e.properties["containment"])
    if not loose:
        return []
    classes = ", ".join(f"{count} {name}" for name, count in loose.most_common(8))
    return [Finding("SPS-001", "warning", f"{loose.total()} elements are in no spatial structure: {classes}", model.name,
                    measured=str(loose.total()), expected="0", cure="assign them to a storey, space or facility")]
