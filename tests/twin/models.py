"""Small made-up models for the tests of the twin."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from bim.shapes import Item, Material, Placement, Shapes
from csdi.geometry import Mesh
from twin.ellipsoid import Array

T1 = (812_300.0, 819_400.0, 5.1)
"""Easting, northing, mPD of a corner of the terminal."""


@dataclass(frozen=True)
class Georeference:
    crs: str = "EPSG:2326"
    vertical_crs: str = "EPSG:5738"
    affine: Array = field(default_factory=lambda: turned(-23.5, T1))


NOWHERE = Georeference("", "", np.eye(4))


def turned(degrees: float, origin: tuple[float, float, float]) -> Array:
    matrix = np.eye(4)
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    matrix[:2, :2] = [[c, -s], [s, c]]
    matrix[:3, 3] = origin
    return matrix


def moved(x: float, y: float, z: float, degrees: float = 0.0) -> Array:
    return turned(degrees, (x, y, z))


def box(size: tuple[float, float, float]) -> Mesh:
    corners = np.array([[x, y, z] for z in (0, 1) for y in (0, 1) for x in (0, 1)], dtype=np.float64) * size
    faces = [[0, 2, 1], [1, 2, 3], [4, 5, 6], [5, 7, 6], [0, 1, 4], [1, 5, 4], [2, 6, 3], [3, 6, 7], [0, 4, 2], [2, 4, 6],
             [1, 3, 5], [3, 7, 5]]
    return Mesh(corners, np.array(faces, dtype=np.int32))


def cylinder(radius: float, length: float, sides: int = 24) -> Mesh:
    angle = np.linspace(0, 2 * np.pi, sides, endpoint=False)
    ring = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)
    vertices = np.vstack([np.column_stack([ring, np.full(sides, z)]) for z in (0.0, length)])
    faces = []
    for k in range(sides):
        after = (k + 1) % sides
        faces += [[k, after, sides + after], [k, sides + after, sides + k]]
        if 0 < k < sides - 1:
            faces += [[0, k + 1, k], [sides, sides + k, sides + k + 1]]
    return Mesh(vertices, np.array(faces, dtype=np.int32))


def item(mesh: Mesh, *rgba: float) -> Item:
    materials = (Material("paint", (rgba[0], rgba[1], rgba[2], rgba[3])),) if rgba else ()
    return Item(mesh, materials, np.full(len(mesh.triangles), len(materials) - 1, dtype=np.int16))


def element(key: str, ifc_class: str, name: str, storey: str, model: str = "t1-arch") -> dict[str, str | None]:
    return {"id": f"{model}:{key}", "global_id": key, "name": name, "ifc_class": ifc_class, "storey": storey}


def terminal() -> tuple[Shapes, list[dict[str, str | None]]]:
    """A building 1.3 km long: slabs as single plates, columns and pumps as copies, a glass wall, spaces."""
    length, width = 1300.0, 120.0
    items = [item(box((length, width, 0.4)), 0.7, 0.7, 0.7, 1), item(cylinder(0.6, 6.0)), item(box((length, 0.1, 6.0)), 0.5, 0.7, 0.8, 0.4),
             item(cylinder(0.3, 1.2, 32), 0.1, 0.4, 0.7, 1), item(box((20.0, 20.0, 5.0))), item(box((1.0, 0.2, 2.1)))]
    shapes, elements = Shapes(items), []

    def place(key: str, number: int, matrix: Array, ifc_class: str, name: str, storey: str) -> None:
        shapes.placements.append(Placement(key, number, matrix))
        elements.append(element(key, ifc_class, name, storey))

    for level in range(3):
        storey, z = f"storey-{level}", 7.0 * level
        place(f"slab{level}", 0, moved(0, 0, z), "IfcSlab", f"樓板 {level}", storey)
        place(f"glass{level}", 2, moved(0, 0, z), "IfcWall", "幕牆", storey)
        for k in range(40):
            place(f"column{level}-{k}", 1, moved(10 + 32 * k, 10, z + 0.4), "IfcColumn", f"Column {k}", storey)
            place(f"pump{level}-{k}", 3, moved(15 + 32 * k, 50, z + 0.4, 7.0 * k), "IfcPump", f"水泵 {k}", storey)
        for k in range(3):
            place(f"door{level}-{k}", 5, moved(400 * k, 3, z + 0.4, 90), "IfcDoor", "", storey)
            place(f"space{level}-{k}", 4, moved(400 * k, 30, z + 0.4), "IfcSpace", "候機室", storey)
    return shapes, elements
