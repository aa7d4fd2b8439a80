"""Bodies: the shapes of the chosen products, as they were kept or made anew from the stored file, in the grid's metres."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from bim.georeference import Georeference
from bim.intake import Intake, intake
from bim.shapes import Shapes
from csdi.errors import ValueInvalid
from csdi.feature import Feature
from csdi.finding import Finding
from twin.assembly import Stage, assemble
from twin.ellipsoid import Array
from twin.frame import LOCAL
from twin.gltf import write_glb
from twin.pieces import moved_boxes, pieces_of
from twin.prepared import Surfaces

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Bodies:
    """Shapes with the place of their model.

    Attributes:
        shapes: placements in the CRS, metres, less `origin`.
        origin: easting, northing, mPD of their zero, whole metres; zeros for a model without a place.
        crs, vertical_crs: of `origin`, "" without a place.
    """

    shapes: Shapes
    origin: tuple[float, float, float]
    crs: str
    vertical_crs: str


def bodies(path: Path, model: str, keys: Iterable[str], place: Georeference, *, workers: int = 2, time_limit_s: float = 600.0) -> Bodies:
    """Tessellates a file's products with these keys and puts them where the model lies."""
    read = intake(path, model=model, workers=workers, time_limit_s=time_limit_s)
    return placed_bodies(read, keys, place)


def placed_bodies(read: Intake, keys: Iterable[str], place: Georeference) -> Bodies:
    """The shapes of some products of what was read, put where the model lies."""
    wanted = set(keys)
    both = _joined(read.shapes, read.space_shapes)
    placements = [p for p in both.placements if p.element in wanted]
    matrices = np.array([p.matrix for p in placements], dtype=np.float64).reshape(-1, 4, 4)
    placed = place.affine @ matrices
    origin = _origin(placed, both, [p.item for p in placements]) if place.placed else np.zeros(3)
    placed[:, :3, 3] -= origin
    moved = [replace(p, matrix=matrix) for p, matrix in zip(placements, placed, strict=True)]
    return Bodies(Shapes(both.items, moved, both.findings), (float(origin[0]), float(origin[1]), float(origin[2])), place.crs,
                  place.vertical_crs)


def glb(made: Bodies, rows: Iterable[Feature]) -> tuple[bytes, list[Finding]]:
    """One GLB of all bodies, y up, metres from the origin; the origin and the CRS stand in `extras` of the scene.

    Raises:
        ValueInvalid: nothing to draw, or more than 65,535 products.
    """
    pieces, findings = pieces_of(made.shapes, Surfaces(made.shapes.items), map(_told, rows))
    if not len(pieces):
        raise nothing_to_draw()
    content = assemble(Stage(made.shapes.items, LOCAL, None), pieces)
    return write_glb(content.parts, content.copies, content.table, extras=_extras(made)).data, findings


def nothing_to_draw() -> ValueInvalid:
    """What is said where nothing that was chosen can be drawn."""
    return ValueInvalid("nothing that was chosen has a shape", field="filter", remedy="choose elements with has_shape = true")


def _extras(made: Bodies) -> Json:
    east, north, level = made.origin
    return {"crs": made.crs, "vertical_crs": made.vertical_crs, "origin": [east, north, level],
            "axes": "x east, y up, z south; easting = x + origin[0], northing = origin[1] - z, level = y + origin[2]"}


def _joined(one: Shapes, other: Shapes) -> Shapes:
    shifted = [replace(p, item=p.item + len(one.items)) for p in other.placements]
    return Shapes([*one.items, *other.items], [*one.placements, *shifted], [*one.findings, *other.findings])


def _origin(placed: Array, shapes: Shapes, items: list[int]) -> Array:
    """Whole metres at the lowest corner of what is placed."""
    if not items:
        return np.zeros(3)
    boxes = np.array([shapes.items[item].mesh.box for item in items], dtype=np.float64).reshape(-1, 2, 3)
    return np.asarray(np.floor(moved_boxes(boxes, placed)[:, 0].min(axis=0)))


def _told(feature: Feature) -> Mapping[str, Any]:
    p = feature.properties
    return {"id": feature.id, "global_id": p["global_id"], "name": p["name"] or "", "ifc_class": p["ifc_class"],
            "storey": p["storey_name"] or ""}
