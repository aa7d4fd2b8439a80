"""Where a model's content lies in its own frame, estimated without making shapes: a sample of products and of their points."""

from __future__ import annotations

from contextlib import suppress

import numpy as np
from numpy.typing import NDArray

from bim.ifc import FAULTS, Entity, Model, axis_matrix, is_any, placement_matrix, value_of

_PRODUCTS = 300
_INSTANCES = 400
_POINTS = 60
FARTHEST_M = 1e8
"""Of a coordinate: more than twice round the Earth."""
_NO_PLACE = ("IfcFeatureElement", "IfcVirtualElement", "IfcAnnotation", "IfcGrid", "IfcPort")


def content_of(model: Model, scale: float) -> NDArray[np.float64]:
    """(2, 3) box of the content, model frame metres; zeros where there is none.

    The box is an estimate, good for telling on which part of the map the content lies: placements of all products, and of up to
    300 products some points of their representations.

    Args:
        scale: metres in one length unit of the project.
    """
    products = [p for p in model.of("IfcElement") or model.of("IfcProduct") if not is_any(p, _NO_PLACE)]
    shaped = [p for p in products if value_of(p, "Representation") is not None] or products
    chosen = shaped[::max(1, len(shaped) // _PRODUCTS)]
    farthest = FARTHEST_M / scale
    boxes = [box for product in chosen if (box := _box(product, farthest)) is not None]
    if not boxes:
        boxes = [box for product in products[::max(1, len(products) // _PRODUCTS)] if (box := _box(product, farthest)) is not None]
    if not boxes:
        return np.zeros((2, 3))
    return np.array([np.min([b[0] for b in boxes], axis=0), np.max([b[1] for b in boxes], axis=0)]) * scale


def _box(product: Entity, farthest: float) -> NDArray[np.float64] | None:
    with suppress(*FAULTS):
        placement = value_of(product, "ObjectPlacement")
        matrix = placement_matrix(placement)
        if (base := _base(placement)) is not None:  # linear and grid placements: their curve lies where the product does
            matrix[:3, 3] += _middle(_of_placement(base))
        points = _of_shape(value_of(product, "Representation"))
        placed = points @ matrix[:3, :3].T + matrix[:3, 3] if len(points) else matrix[None, :3, 3]
        if (np.abs(placed) <= farthest).all():
            return np.array([placed.min(axis=0), placed.max(axis=0)])
    return None


def _base(placement: Entity | None) -> Entity | None:
    """The first placement of a chain that is not a local one."""
    for _ in range(1000):
        if placement is None or not placement.is_a("IfcLocalPlacement"):
            return placement
        placement = placement.PlacementRelTo
    return None


def _middle(points: NDArray[np.float64]) -> NDArray[np.float64]:
    return (points.min(axis=0) + points.max(axis=0)) / 2 if len(points) else np.zeros(3)


def _of_placement(placement: Entity) -> NDArray[np.float64]:
    """Points near a linear or grid placement, in the frame of the placement that it is relative to."""
    linear = value_of(value_of(placement, "RelativePlacement"), "Location")
    curve = value_of(linear, "BasisCurve") or value_of(placement, "PlacementMeasuredAlong")
    return _of_item(curve) if curve is not None else np.zeros((0, 3))


def _of_shape(shape: Entity | None) -> NDArray[np.float64]:
    """Points of a product's representations, in its own frame."""
    items = [item for representation in value_of(shape, "Representations") or () for item in (representation.Items or ())[:4]]
    return _stacked([_of_item(item) for item in items[:8]])


def _of_item(item: Entity | None, depth: int = 0) -> NDArray[np.float64]:
    """Some points of a representation item in the frame of its representation; the size of profiles is left out."""
    if item is None or depth > 12:
        return np.zeros((0, 3))
    if item.is_a("IfcMappedItem"):
        source = item.MappingSource
        matrix = _operator(item.MappingTarget) @ np.linalg.inv(axis_matrix(source.MappingOrigin))
        inner = _stacked([_of_item(one, depth + 1) for one in (source.MappedRepresentation.Items or ())[:4]])
        return inner @ matrix[:3, :3].T + matrix[:3, 3]
    for attribute in ("FirstOperand", "TreeRootExpression", "BaseCurve", "Directrix"):
        if (inner_item := value_of(item, attribute)) is not None:
            return _of_item(inner_item, depth + 1)
    if (position := value_of(item, "Position")) is not None and not is_any(item, ("IfcConic",)):
        matrix = axis_matrix(position)
        inner = _below(value_of(value_of(item, "SweptArea"), "OuterCurve"))
        return (inner if len(inner) else np.zeros((1, 3))) @ matrix[:3, :3].T + matrix[:3, 3]
    if item.is_a("IfcCurveSegment"):
        return axis_matrix(item.Placement)[None, :3, 3]
    segments = value_of(item, "Segments")
    if segments and value_of(segments[0], "Placement") is not None:
        return _stacked([axis_matrix(one.Placement)[None, :3, 3] for one in segments[::max(1, len(segments) // 20)]])
    return _below(item)


def _operator(target: Entity) -> NDArray[np.float64]:
    """Where an IfcCartesianTransformationOperator puts its origin; its axes and scales are left out."""
    matrix = np.eye(4)
    origin = target.LocalOrigin.Coordinates
    matrix[:len(origin), 3] = origin
    return matrix


def _below(entity: Entity | None) -> NDArray[np.float64]:
    """(n, 3) points that a definition leads to, all in one frame."""
    if entity is None:
        return np.zeros((0, 3))
    found: list[tuple[float, ...]] = []
    waiting = [entity]
    for _ in range(_INSTANCES):
        if not waiting or len(found) >= _POINTS:
            break
        one = waiting.pop()
        if one.is_a("IfcCartesianPoint"):
            found.append(one.Coordinates)
        elif one.is_a("IfcCartesianPointList"):
            found.extend(one.CoordList[::max(1, len(one.CoordList) // 20)])
        else:
            waiting.extend(reversed(_references(one)))
    return np.array([(*point, 0.0, 0.0)[:3] for point in found], dtype=np.float64).reshape(-1, 3)


def _references(entity: Entity) -> list[Entity]:
    """Instances that an instance refers to, a few of each list."""
    found: list[Entity] = []
    for value in entity:
        parts = value[::max(1, len(value) // 8)] if isinstance(value, tuple) else (value,)
        found.extend(part for part in parts if value_of(part, "is_a") is not None and part.id())
    return found


def _stacked(parts: list[NDArray[np.float64]]) -> NDArray[np.float64]:
    return np.concatenate(parts) if parts else np.zeros((0, 3))
