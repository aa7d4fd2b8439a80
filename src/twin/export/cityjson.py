"""CityJSON 2.0: bodies as city objects under their building or bridge, coordinates in whole millimetres."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from csdi.feature import Feature
from twin.export.bodies import Bodies

Json = dict[str, Any]

_STEP_M = 0.001
_LOD = "3"
_WHOLES = {"IfcBuilding": "Building", "IfcBridge": "Bridge"}
_OTHER = "OtherConstruction"
_CONSTRUCTION = (
    "IfcBeam", "IfcBuildingElement", "IfcBuiltElement", "IfcChimney", "IfcColumn", "IfcCovering", "IfcCurtainWall", "IfcDoor",
    "IfcElementAssembly", "IfcFooting", "IfcMember", "IfcPile", "IfcPlate", "IfcRailing", "IfcRamp", "IfcRoof", "IfcSlab",
    "IfcStair", "IfcWall", "IfcWindow",
)
_FURNITURE = ("IfcFurni", "IfcSystemFurniture")
_TOLD = ("global_id", "ifc_class", "predefined_type", "name", "long_name", "description", "type_name", "storey_name", "tag",
         "base_level", "top_level", "materials", "classifications", "psets", "quantities", "area", "volume", "elevation")


def cityjson(made: Bodies, rows: Mapping[str, list[Feature]], title: str) -> Json:
    """The document: buildings and bridges, their storeys, rooms, constructive elements, installations and furniture.

    What is in neither a building nor a bridge is an OtherConstruction of its own. Heights are the model's height datum, which
    CityJSON has no place for besides the CRS; `metadata.verticalReferenceSystem` names it.
    """
    city = _City(rows)
    vertices = Vertices()
    shapes: dict[str, list[tuple[NDArray[np.float64], NDArray[np.int64]]]] = defaultdict(list)
    for placement in made.shapes.placements:
        mesh = made.shapes.items[placement.item].mesh
        points = mesh.vertices @ placement.matrix[:3, :3].T + placement.matrix[:3, 3]
        shapes[placement.element].append((points, mesh.triangles.astype(np.int64)))
    for feature in (*rows["elements"], *rows["spaces"]):
        parts = shapes.get(feature.properties["global_id"])
        if parts:
            city.add(feature, vertices.surface(parts))
    return _document(city.objects, vertices, made, title)


class _City:
    """City objects by id, each known to its parent."""

    def __init__(self, rows: Mapping[str, list[Feature]]) -> None:
        self.objects: dict[str, Json] = {}
        self._wholes: dict[str, str] = {}
        for whole in rows["buildings"]:
            kind = _WHOLES.get(whole.properties["ifc_class"])
            if kind is not None:
                self.objects[whole.id] = {"type": kind, "attributes": _attributes(whole), "children": []}
                self._wholes[whole.properties["global_id"]] = whole.id
        for storey in rows["storeys"]:
            self._child(storey, "Storey")

    def add(self, feature: Feature, boundaries: list[list[list[int]]]) -> None:
        """A product with its triangles."""
        made = self._child(feature, _role(feature.properties["ifc_class"]))
        if boundaries:
            made["geometry"] = [{"type": "MultiSurface", "lod": _LOD, "boundaries": boundaries}]

    def _child(self, feature: Feature, role: str) -> Json:
        parent = self._parent(feature)
        made: Json = {"type": _OTHER, "attributes": _attributes(feature)}
        kind = self.objects[parent]["type"] if parent else ""
        if parent and not (kind == "Bridge" and role == "Storey"):
            made["type"], made["parents"] = kind + role, [parent]
            self.objects[parent]["children"].append(feature.id)
        elif role == "Storey":
            return made
        self.objects[feature.id] = made
        return made

    def _parent(self, feature: Feature) -> str | None:
        inner = [self._wholes[one["id"]] for one in feature.properties["containment"] if one["id"] in self._wholes]
        return inner[-1] if inner else None


class Vertices:
    """All corners in whole steps, each once."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[int, int, int], int] = {}

    @property
    def corners(self) -> list[tuple[int, int, int]]:
        """Steps from the origin, in order of their numbers."""
        return list(self._numbers)

    def __len__(self) -> int:
        return len(self._numbers)

    @property
    def array(self) -> NDArray[np.float64]:
        """(n, 3) the corners, metres."""
        return np.array(self.corners, dtype=np.float64).reshape(-1, 3) * _STEP_M

    def numbers(self, points: NDArray[np.float64]) -> NDArray[np.int64]:
        """(n,) the numbers of points (n, 3), metres; equal ones share theirs."""
        unique, back = np.unique(np.round(points / _STEP_M).astype(np.int64), axis=0, return_inverse=True)
        numbers = np.array([self._numbers.setdefault(tuple(corner), len(self._numbers)) for corner in unique.tolist()], np.int64)
        return numbers[back.reshape(-1)]

    def surface(self, parts: Iterable[tuple[NDArray[np.float64], NDArray[np.int64]]]) -> list[list[list[int]]]:
        """Triangles as boundaries of a MultiSurface; those that a step makes vanish are left out."""
        made: list[list[list[int]]] = []
        for points, triangles in parts:
            a, b, c = (np.round(points / _STEP_M)[triangles[:, k]] for k in range(3))
            kept = triangles[(a != b).any(axis=1) & (b != c).any(axis=1) & (a != c).any(axis=1)]
            used, back = np.unique(kept, return_inverse=True)
            made += [[triangle] for triangle in self.numbers(points[used])[back.reshape(-1, 3)].tolist()]
        return made


def _document(objects: dict[str, Json], vertices: Vertices, made: Bodies, title: str) -> Json:
    corners = vertices.corners
    metadata: Json = {"title": title}
    if made.crs:
        metadata["referenceSystem"] = crs_url(made.crs)
    if made.vertical_crs:
        metadata["verticalReferenceSystem"] = crs_url(made.vertical_crs)
    if corners:
        array = np.array(corners, dtype=np.float64) * _STEP_M + np.array(made.origin)
        metadata["geographicalExtent"] = [round(value, 3) for value in (*array.min(axis=0).tolist(), *array.max(axis=0).tolist())]
    for one in objects.values():
        if one.get("children") == []:
            del one["children"]
    return {"type": "CityJSON", "version": "2.0", "transform": {"scale": [_STEP_M] * 3, "translate": list(made.origin)},
            "metadata": metadata, "CityObjects": objects, "vertices": corners}


def crs_url(code: str) -> str:
    """How CityJSON names a CRS of an authority."""
    authority, _, number = code.partition(":")
    return f"https://www.opengis.net/def/crs/{authority}/0/{number}"


def _role(ifc_class: str) -> str:
    if ifc_class == "IfcSpace":
        return "Room"
    if ifc_class.startswith(_FURNITURE):
        return "Furniture"
    return "ConstructiveElement" if ifc_class.startswith(_CONSTRUCTION) else "Installation"


def _attributes(feature: Feature) -> Json:
    return {name: value for name in _TOLD if (value := feature.properties.get(name)) not in (None, "", [], {})}
