"""Which products of a model should have a shape, through which representations, and in which batches."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass

from bim.finding import Finding
from bim.ifc import FAULTS, Entity, Model, is_any, stated, value_of

_NO_SHAPE = ("IfcFeatureElement", "IfcVirtualElement", "IfcAnnotation", "IfcGrid", "IfcPort")
_FLAT = {"Curve", "Curve2D", "Curve3D", "Annotation2D", "BoundingBox", "Point", "PointCloud", "FillArea", "Text", "LightSource",
         "GeometricCurveSet", "Segment", "Lighting", "Style"}
_FLAT_USES = {"Axis", "FootPrint", "Box", "Annotation", "Plan", "CoG", "Reference", "Profile", "Lighting", "Clearance"}
_PREFERRED = ("Body", "Facetation", "Tessellation", "Surface", "SurfaceModel", "Body-Fallback")
BATCH = 100
"""Products of one batch, unless they share a map."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A product that should have a shape.

    Attributes:
        product: instance id.
        ifc_class: its class.
        representation: instance id of the representation that gives its body.
        context: instance id of that representation's context.
        source: what decides its geometry: equal for products that can share a mesh.
    """

    product: int
    ifc_class: str
    representation: int
    context: int
    source: tuple[int, ...]


def wanted_elements(model: Model, findings: list[Finding] | None = None, kept: Set[str] = frozenset()) -> list[Wanted]:
    """Elements (and proxies of old schemas) with a body; no openings, grids, annotations, ports or alignments.

    Args:
        findings: takes one for each product whose representation cannot be read.
        kept: GlobalIds of products whose shapes are there already.
    """
    return list(_wanted(model, model.of("IfcElement", "IfcProxy"), findings, kept))


def wanted_spaces(model: Model, findings: list[Finding] | None = None, kept: Set[str] = frozenset()) -> list[Wanted]:
    """Spaces with a body; see `wanted_elements`."""
    return list(_wanted(model, model.of("IfcSpace"), findings, kept))


def batches(wanted: Iterable[Wanted], size: int = BATCH) -> list[list[Wanted]]:
    """Batches of about `size` products; those that share a source stay together, so that it is tessellated once."""
    by_source: dict[tuple[int, ...], list[Wanted]] = defaultdict(list)
    for one in wanted:
        by_source[one.source].append(one)
    made: list[list[Wanted]] = []
    for group in by_source.values():
        if made and len(made[-1]) + len(group) <= size:
            made[-1].extend(group)
        else:
            made.append(list(group))
    return made


def body_of(product: Entity) -> Entity | None:
    """The representation that gives the product's body: surfaces or solids, the preferred one where there are several."""
    shape = value_of(product, "Representation")
    bodies = [r for r in (value_of(shape, "Representations") or ()) if _is_body(r)]
    return min(bodies, key=_rank, default=None)


def _wanted(model: Model, products: Iterable[Entity], findings: list[Finding] | None, kept: Set[str]) -> Iterator[Wanted]:
    for product in products:
        if (kept and model.keys.get(product.id()) in kept) or is_any(product, _NO_SHAPE):
            continue
        try:
            body = body_of(product)
            if body is None:
                continue
            one = Wanted(product.id(), product.is_a(), body.id(), stated(body, "ContextOfItems").id(), _source(body))
        except FAULTS as error:
            if findings is not None:
                findings.append(model.fault(product, error))
        else:
            yield one


def _is_body(representation: Entity) -> bool:
    if stated(representation, "RepresentationType") in _FLAT or stated(representation, "RepresentationIdentifier") in _FLAT_USES:
        return False
    items = stated(representation, "Items") or ()
    return any(_is_solid_or_surface(item) for item in items)


def _is_solid_or_surface(item: Entity, depth: int = 0) -> bool:
    if is_any(item, ("IfcMappedItem",)):
        mapped = stated(stated(stated(item, "MappingSource"), "MappedRepresentation"), "Items") or ()
        return depth < 8 and any(_is_solid_or_surface(inner, depth + 1) for inner in mapped)
    if is_any(item, ("IfcGeometricSet",)):
        return any(element.is_a("IfcSurface") for element in item.Elements)
    return not is_any(item, ("IfcCurve", "IfcPoint", "IfcAnnotationFillArea", "IfcTextLiteral", "IfcBoundingBox", "IfcLightSource",
                             "IfcSegment"))


def _rank(representation: Entity) -> int:
    identifier = stated(representation, "RepresentationIdentifier")
    return _PREFERRED.index(identifier) if identifier in _PREFERRED else len(_PREFERRED)


def _source(body: Entity) -> tuple[int, ...]:
    items = stated(body, "Items")
    if all(is_any(item, ("IfcMappedItem",)) for item in items):
        return tuple(sorted(stated(item, "MappingSource").id() for item in items))
    return (body.id(),)
