"""Changes planted in an opened model, as a new version of it would have them; each says what it touched."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import ifcopenshell
import ifcopenshell.guid
import ifcopenshell.util.element as element_util

Planted = set[str]
"""GlobalIds of what was touched."""


def planted(source: Path, target: Path, *plants: Callable[[Any], Planted]) -> Planted:
    """Writes the source with changes; with none, it is only written again by the engine."""
    model: Any = ifcopenshell.open(str(source))
    touched: Planted = set()
    for plant in plants:
        touched |= plant(model)
    model.write(str(target))
    return touched


def own_placement(model: Any, product: Any) -> Any:
    """The product's relative placement, with a location that no other placement shares."""
    axes = product.ObjectPlacement.RelativePlacement
    copy = model.create_entity(axes.is_a(), Location=axes.Location, Axis=axes.Axis, RefDirection=axes.RefDirection)
    copy.Location = model.create_entity("IfcCartesianPoint", tuple(axes.Location.Coordinates))
    product.ObjectPlacement.RelativePlacement = copy
    return copy


def move(product: Any, model: Any, by: tuple[float, float, float]) -> Planted:
    """Moves a product in the frame that it stands in, in units of the file."""
    location = own_placement(model, product).Location
    location.Coordinates = tuple(a + b for a, b in zip(location.Coordinates, by, strict=True))
    return {product.GlobalId}


def carried_by(model: Any, product: Any) -> set[str]:
    """GlobalIds of the products that stand in its frame, however deep, with it."""
    found, todo = set(), [product.ObjectPlacement]
    while todo:
        placement = todo.pop()
        found |= {one.GlobalId for one in placement.PlacesObject}
        todo += list(placement.ReferencedByPlacements)
    return found


def new_global_ids(model: Any) -> Planted:
    """All rooted instances get new GlobalIds."""
    for rooted in model.by_type("IfcRoot"):
        rooted.GlobalId = ifcopenshell.guid.new()
    return {product.GlobalId for product in model.by_type("IfcProduct")}


def convert_unit(model: Any, to: str) -> Any:
    """The model with all lengths in another unit."""
    import ifcopenshell.util.unit
    return ifcopenshell.util.unit.convert_file_length_units(model, to)


def psets_of(product: Any) -> dict[str, Any]:
    """Property sets of a product itself."""
    return element_util.get_psets(product, psets_only=True, should_inherit=False)


def raise_storey(model: Any) -> Planted:
    """The highest storey, half a metre higher with all that it carries."""
    storey = model.by_type("IfcBuildingStorey")[-1]
    move(storey, model, (0.0, 0.0, 0.5))
    return carried_by(model, storey)


def remove_slab(model: Any) -> Planted:
    """A slab less."""
    slab = model.by_type("IfcSlab")[0]
    gone = str(slab.GlobalId)
    model.remove(slab)
    return {gone}
