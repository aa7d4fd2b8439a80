"""From one pass over the relations of a Model to the rows of everything in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from types import MappingProxyType
from typing import Any

from bim.finding import Finding, few
from bim.ifc import Entity, Model, is_any, value_of
from bim.tables import descriptions as says
from bim.tables.collectives import Collectives
from bim.tables.products import Products
from bim.units import Units
from csdi.feature import Feature

_FACILITIES = ("IfcSite", "IfcBuilding", "IfcFacility", "IfcFacilityPart")
_PLACES_OF_THEIR_OWN = ("IfcSpace", "IfcBuildingStorey", *_FACILITIES)
_SPATIAL = ("IfcSpatialStructureElement", "IfcSpatialElement")


@dataclass(frozen=True, slots=True)
class ModelTables:
    """What the model says of its parts.

    Attributes:
        project: name, long name, schema, units and what else describes the whole model.
        elements: every product that is no spatial structure; the field `role` tells elements from openings, ports and so on.
        spaces, storeys: rooms and storeys.
        buildings: sites, buildings, other facilities and their parts.
        systems: systems and other groups.
        zones: groups of spaces, and zones with a place of their own.
        types: type objects.
        findings: faults in the rows, such as a GlobalId that is used twice.
    All rows are Features without geometry; ids are `model:GlobalId`.
    """

    project: dict[str, Any]
    elements: list[Feature] = field(default_factory=list)
    spaces: list[Feature] = field(default_factory=list)
    storeys: list[Feature] = field(default_factory=list)
    buildings: list[Feature] = field(default_factory=list)
    systems: list[Feature] = field(default_factory=list)
    zones: list[Feature] = field(default_factory=list)
    types: list[Feature] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    @classmethod
    def of(cls, project: dict[str, Any], parts: Mapping[str, list[Feature]]) -> ModelTables:
        """The tables with these parts, as `parts` gives them."""
        return replace(cls(project), **parts)  # type: ignore[arg-type]

    @property
    def parts(self) -> Mapping[str, list[Feature]]:
        """Collection id -> its rows, in the order in which they are written."""
        return {name: getattr(self, name) for name in PARTS}


PARTS = tuple(one.name for one in fields(ModelTables) if one.name not in ("project", "findings"))
"""Ids of the Collections that a model has rows in."""
_NOTHING: Mapping[str, Mapping[str, Feature]] = MappingProxyType({})


def extract_tables(model: Model, slug: str, kept: Mapping[str, Mapping[str, Feature]] = _NOTHING, *, partial: bool = False) -> ModelTables:
    """The rows of the model.

    Args:
        slug: the Model's id in feature ids and in the field `model`.
        kept: Collection id -> GlobalId -> row of what is as it was in the version before; such rows are taken as they are.
        partial: whether the model is only the part of a file that the other rows need; then all that are kept are taken.
    """
    rows = Products(model, slug)
    same = {name: kept.get(name, {}) for name in PARTS}
    groups = Collectives(rows)
    others = [one for one in model.of(*_SPATIAL) if not is_any(one, _PLACES_OF_THEIR_OWN)]
    seen: set[int] = set()
    tables = ModelTables(
        project=_project(model, rows),
        elements=rows.all(_once(_not_spatial(model), seen), rows.element, same["elements"]),
        spaces=rows.all(_once(model.of("IfcSpace"), seen), rows.space, same["spaces"]),
        storeys=rows.all(_once(model.of("IfcBuildingStorey"), seen), rows.storey, same["storeys"]),
        buildings=rows.all(_once(model.of(*_FACILITIES), seen), rows.building, same["buildings"]),
        systems=groups.all((one for one in model.of("IfcGroup") if says.group_kind(one) != "zones"), same["systems"]),
        zones=[*groups.all(model.of("IfcZone"), same["zones"]), *rows.all(_once(others, seen), rows.spatial_zone, same["zones"])],
        types=groups.types(model.of("IfcTypeObject"), same["types"]),
        findings=rows.findings,
    )
    if partial:
        whole = {name: _completed(rows, same[name]) for name, rows in tables.parts.items()}
        tables = replace(ModelTables.of(tables.project, whole), findings=tables.findings)
    found = [*tables.findings, *_without_unit(model, rows.units), *_duplicates(model), *_without_storey(model, tables.elements)]
    return replace(tables, findings=few(found, model.name))


def _completed(rows: list[Feature], kept: Mapping[str, Feature]) -> list[Feature]:
    """All kept rows, and those that are not kept behind them."""
    return [*kept.values(), *(row for row in rows if kept.get(row.properties["global_id"]) is not row)]


def _not_spatial(model: Model) -> list[Entity]:
    products = [one for one in model.of("IfcProduct") if not is_any(one, _SPATIAL)]
    return sorted(products, key=_standing)


def _standing(product: Entity) -> bool:
    """Elements come before openings, ports, annotations and the like."""
    return not is_any(product, ("IfcElement",)) or is_any(product, ("IfcFeatureElement",))


def _once(products: list[Entity], seen: set[int]) -> list[Entity]:
    """Those that are not seen yet, each once: a class and its base may both have been asked for."""
    made = {one.id(): one for one in products if one.id() not in seen}
    seen.update(made)
    return list(made.values())


def _project(model: Model, rows: Products) -> dict[str, Any]:
    project, units = model.project, rows.units
    row = {
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
    return rows.fitted(project, row) if project is not None else row


def _without_unit(model: Model, units: Units) -> list[Finding]:
    if "LENGTHUNIT" in units.names:
        return []
    subject = model.subject(model.project) if model.project is not None else model.name
    return [Finding("UNT-001", "error", "the file names no length unit that can be read; metres are assumed", subject,
                    expected="a length unit", cure="assign the project's length unit; all sizes and places depend on it")]


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
    loose = Counter(str(e.properties["ifc_class"]) for e in elements
                    if e.properties["role"] == "element" and not e.properties["containment"])
    if not loose:
        return []
    classes = ", ".join(f"{count} {name}" for name, count in loose.most_common(8))
    return [Finding("SPS-001", "warning", f"{loose.total()} elements are in no spatial structure: {classes}", model.name,
                    measured=str(loose.total()), expected="0", cure="assign them to a storey, space or facility")]
