"""Spatial structure: what is part of what, and what is contained where."""

from __future__ import annotations

from collections.abc import Iterator

from bim.ifc import Entity, class_names, is_any, is_instance, value_of
from bim.normative.context import Context, is_empty
from bim.normative.rule import Fault, Judge, Result, table

_COORDINATION = "COORDINATIONVIEW_V2.0"
_ROLES = ("Nests", "Decomposes", "ContainedInStructure", "AdheresToElement")
_UNSHOWN = {"IfcBuildingStorey": ("IFC2X3", "IFC4", "IFC4X3"), "IfcSite": ("IFC4", "IFC4X3"), "IfcBridge": ("IFC4X3",),
            "IfcMarineFacility": ("IFC4X3",), "IfcRailway": ("IFC4X3",), "IfcRoad": ("IFC4X3",)}
"""Spatial class -> schemas in which it is shown by what it contains."""
_DEEPEST = 50


def _basic(context: Context) -> Result:
    """SPS001."""
    if context.schema != "IFC2X3" or _COORDINATION not in (view.upper() for view in context.views):
        return Result(0)
    sites, buildings = context.model.of("IfcSite"), context.model.of("IfcBuilding")
    faults = [Fault(one, "a coordination view has at most one site", str(len(sites)), "1", "merge the sites") for one in sites[1:]]
    if not buildings:
        faults.append(Fault(None, "a coordination view has a building", "none", "at least 1", "add the building to the spatial structure"))
    whole = "IfcSite" if sites else "IfcProject"
    faults += [Fault(one, f"the building is no part of the {whole}", _called(context.wholes(one)), whole, f"aggregate it to the {whole}")
               for one in buildings if not _leads_to(context, one, whole)]
    return Result(1 + len(sites) + len(buildings), faults)


def _leads_to(context: Context, part: Entity, whole: str, depth: int = 0) -> bool:
    """Whether a building is part of such a whole, be it by way of a building complex."""
    return depth < _DEEPEST and any(one.is_a(whole) or (one.is_a("IfcBuilding") and _leads_to(context, one, whole, depth + 1))
                                    for one in context.wholes(part))


def _called(entities: Iterator[Entity]) -> str:
    return ", ".join(one.is_a() for one in entities) or "none"


def _breakdown(context: Context) -> Result:
    """SPS002."""
    if context.schema == "IFC2X3":
        return Result(0)
    parts = context.model.of("IfcSpatialElement", "IfcProject")
    pairs = ((part, whole, _wholes_of(part)) for part in parts for whole in context.wholes(part))
    return Result(len(parts), (Fault(part, f"{part.is_a()} is no part of {whole.is_a()}", whole.is_a(), ", ".join(allowed) or "nothing",
                                     "aggregate it as the spatial composition table says")
                               for part, whole, allowed in pairs if allowed is not None and not is_any(whole, allowed)))


def _wholes_of(part: Entity) -> tuple[str, ...] | None:
    """Classes that such a part may be aggregated to; None where the table does not speak of it."""
    if part.is_a("IfcProject"):
        return ()
    rows = [row for row in table("spatial_composition") if is_any(part, (row["part"],))]
    own = [row for row in rows if row["part"] == part.is_a()] or rows
    return tuple(row["whole"] for row in own) or None


def _assemblies(context: Context) -> Result:
    """SPS003."""
    parts = [one for one in context.model.of("IfcElement") if _has(context, one, "Decomposes")]
    return Result(len(parts), (_contained_too(one) for one in parts if one.id() in context.containers))


def _contained_too(part: Entity) -> Fault:
    return Fault(part, f"{part.is_a()} is part of a whole, and contained in a spatial structure besides",
                 "IfcRelContainedInSpatialStructure", "only the whole is contained", "remove the part from the container")


def _one_or_the_other(context: Context) -> Result:
    """SPS004."""
    if context.schema != "IFC4X3":
        return Result(0)
    products = [(one, one.id() in context.containers, not is_empty(one, "PositionedRelativeTo")) for one in context.model.of("IfcProduct")]
    concerned = [found for found in products if found[1] or found[2]]
    return Result(len(concerned), (Fault(one, "it is contained in a spatial structure and positioned as well", cure="keep one of the two")
                                   for one, contained, positioned in concerned if contained and positioned))


def _single_role(context: Context) -> Result:
    """SPS005."""
    elements = context.model.of("IfcElement")
    faults = []
    for one in elements:
        roles = [role for role in _ROLES if _has(context, one, role)]
        if len(roles) > 1 or (not roles and not one.is_a("IfcFeatureElement")):
            faults.append(Fault(one, f"{one.is_a()} has {len(roles)} places in the spatial structure", ", ".join(roles) or "none",
                                f"one of {', '.join(_ROLES)}", "contain it in a storey, or make it part of one element"))
    return Result(len(elements), faults)


def _has(context: Context, element: Entity, role: str) -> bool:
    """Whether an element plays the part of a child that an inverse attribute tells of."""
    if role == "ContainedInStructure":
        return element.id() in context.containers
    if role in ("Nests", "Decomposes"):
        relations = ("IfcRelNests",) if role == "Nests" else ("IfcRelAggregates",)
        return any(is_any(rel, relations) for rel in context.parents.get(element.id(), ()))
    return not is_empty(element, role)


def _referenced(context: Context) -> Result:
    """SPS006."""
    if context.schema != "IFC4X3":
        return Result(0)
    elements = context.model.of("IfcElement")
    positioned = [one for one in elements if not is_empty(one, "PositionedRelativeTo")]
    return Result(len(elements), (Fault(one, "it is positioned, but no spatial structure refers to it", "none",
                                        "IfcRelReferencedInSpatialStructure", "refer to it from the spatial structure")
                                  for one in positioned if is_empty(one, "ReferencedInStructures")))


def _containment(context: Context) -> Result:
    """SPS007."""
    model = context.model
    elements = model.of("IfcElement")
    needing = [*model.of("IfcGrid", "IfcAnnotation"), *(one for one in elements if not one.is_a("IfcFeatureElement"))]
    faults = [Fault(one, f"{one.is_a()} is in no spatial structure", "none", "IfcRelContainedInSpatialStructure", "contain it in a storey")
              for one in needing if not _hosted(context, one)]
    faults += [_contained_too(one) for one in elements
               if one.id() in context.containers and any(whole.is_a("IfcElement") for whole in context.wholes(one))]
    others = [one for one in model.of("IfcProduct") if not is_any(one, ("IfcElement", "IfcGrid", "IfcAnnotation"))]
    faults += [Fault(one, f"{one.is_a()} is contained in a spatial structure", "IfcRelContainedInSpatialStructure", "none",
                     "aggregate or reference it instead") for one in others if not is_empty(one, "ContainedInStructure")]
    return Result(len(needing) + len(others), faults)


def _hosted(context: Context, one: Entity, depth: int = 0) -> bool:
    """Whether a spatial structure contains it, or it is part of, nested in or held by something else."""
    if any(is_instance(rel.RelatingStructure) for rel in context.containers.get(one.id(), ())):
        return True
    if one.is_a("IfcElement") and (_has(context, one, "Decomposes") or not is_empty(one, "AdheresToElement")):
        return True
    return depth < _DEEPEST and any(_hosted(context, whole, depth + 1) for relation in ("IfcRelAggregates", "IfcRelNests")
                                    for whole in context.wholes(one, relation))


def _unshown(context: Context) -> Result:
    """SPS008."""
    judged = [one for name, schemas in _UNSHOWN.items() if context.schema in schemas and name.upper() in class_names(context.model.schema)
              for one in context.model.of(name)]
    return Result(len(judged), (Fault(one, f"{one.is_a()} has a representation of its own", "a representation", "none",
                                      "let what it contains show it: terrain as IfcGeographicElement")
                                for one in judged if value_of(one, "Representation") is not None))


RULES: dict[str, Judge] = {
    "SPS001": _basic, "SPS002": _breakdown, "SPS003": _assemblies, "SPS004": _one_or_the_other, "SPS005": _single_role,
    "SPS006": _referenced, "SPS007": _containment, "SPS008": _unshown,
}
