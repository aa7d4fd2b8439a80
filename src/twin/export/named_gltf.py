"""glTF for modelling programs: a node for each element with its name and what is said of it, equal shapes once."""

from __future__ import annotations

import json
import struct
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bim.shapes import Item
from csdi.crs import HeightModel
from csdi.errors import CrsError, ValueInvalid
from csdi.feature import Feature
from twin.ellipsoid import Array
from twin.export.bodies import Bodies, nothing_to_draw
from twin.frame import Reprojection, frame_at
from twin.palette import colour_of

Json = dict[str, Any]
FRAMES = ("grid", "enu")
MOST_NODES = 500_000
_TOLD = ("global_id", "ifc_class", "predefined_type", "name", "long_name", "type_name", "storey_name", "tag", "base_level", "top_level",
         "psets")
_Y_UP = np.array([[1, 0, 0, 0], [0, 0, 1, 0], [0, -1, 0, 0], [0, 0, 0, 1]], dtype=np.float64)
_FLOAT, _UINT, _VERTICES, _INDICES = 5126, 5125, 34962, 34963
_PAINTS = tuple[tuple[float, float, float, float], ...]


def named_glb(made: Bodies, rows: Iterable[Feature], frame: str, heights: HeightModel) -> bytes:
    """A binary glTF, y up, metres from the origin that `extras` of the scene and of the root node name.

    Args:
        frame: `grid` or `enu`: what x east and z south mean.

    Raises:
        ValueInvalid: an unknown frame, nothing to draw, too many elements, or `enu` for a model without a place on the earth.
    """
    if frame not in FRAMES:
        raise ValueInvalid(f"'{frame}' is no frame of a glTF", field="frame", value=frame, remedy=f"one of {', '.join(FRAMES)}")
    if not made.shapes.placements:
        raise nothing_to_draw()
    if len(made.shapes.placements) > MOST_NODES:
        raise ValueInvalid(f"a glTF has at most {MOST_NODES} nodes", field="filter", value=len(made.shapes.placements), limit=MOST_NODES,
                           remedy="choose fewer elements, or the format glb")
    turn, told = _orientation(made, frame, heights)
    writer = _Writer()
    root = writer.node({"name": "csdi", "extras": told, "matrix": (_Y_UP @ turn).T.reshape(-1).tolist()})
    parts: dict[str, list[tuple[int, Array]]] = defaultdict(list)
    for placement in made.shapes.placements:
        parts[placement.element].append((placement.item, placement.matrix))
    by_key = {str(row.properties["global_id"]): row for row in rows}
    writer.nodes[root]["children"] = [
        writer.element(by_key[key], some, made.shapes.items) for key, some in parts.items() if key in by_key]
    return writer.written(root, told)


def _orientation(made: Bodies, frame: str, heights: HeightModel) -> tuple[Array, Json]:
    """(4, 4) from the grid's axes to those of the frame, and what is said of it. Raises ValueInvalid."""
    east, north, level = made.origin
    told: Json = {"crs": made.crs, "vertical_crs": made.vertical_crs, "origin": [east, north, level], "frame": frame}
    if frame == "enu":
        source = f"{made.crs}+{made.vertical_crs.removeprefix('EPSG:')}" if made.vertical_crs else made.crs
        try:
            way = Reprojection(np.eye(4), source, heights)
            place = frame_at(way, np.array(made.origin))
            slopes = way.affines(place, np.array([made.origin]))[0, :3, :3]
        except (CrsError, ValueInvalid) as error:
            raise ValueInvalid(f"the model has no place on the earth: {error.message}", field="frame", value=frame,
                               remedy="ask for the frame grid") from error
        lon, lat, height = place.origin
        turn = np.eye(4)
        turn[:3, :3] = _rotation(slopes)
        return turn, told | {"longitude": lon, "latitude": lat, "ellipsoidal_height": height, "axes": "x east, y up, z south"}
    return np.eye(4), told | {"axes": "x east, y up, z south by the grid; easting = x + origin[0], northing = origin[1] - z, "
                                      "level = y + origin[2]"}


def _rotation(slopes: Array) -> Array:
    """The turn about the vertical that is nearest to slopes (3, 3), with one scale, so that a node can have it."""
    angle = np.arctan2(slopes[1, 0] - slopes[0, 1], slopes[0, 0] + slopes[1, 1])
    scale = float(np.sqrt(abs(np.linalg.det(slopes[:2, :2]))))
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]]) * scale


class _Writer:
    """Nodes, meshes, materials and their bytes as they grow."""

    def __init__(self) -> None:
        self.nodes: list[Json] = []
        self._meshes: list[Json] = []
        self._materials: list[Json] = []
        self._accessors: list[Json] = []
        self._views: list[Json] = []
        self._binary = bytearray()
        self._mesh_of: dict[tuple[int, Any], int] = {}
        self._paint_of: dict[tuple[float, ...], int] = {}

    def node(self, told: Json) -> int:
        """The number of a new node."""
        self.nodes.append(told)
        return len(self.nodes) - 1

    def element(self, row: Feature, parts: Sequence[tuple[int, Array]], items: Sequence[Item]) -> int:
        """The node of an element: with its mesh, or with a child for each of its shapes."""
        told: Json = {"name": str(row.properties.get("name") or row.properties["global_id"]), "extras": _said(row)}
        bare = colour_of(str(row.properties["ifc_class"]))
        drawn = [one for item, matrix in parts for one in self._shape(item, matrix, items[item], bare)]
        if len(drawn) == 1:
            return self.node(told | drawn[0])
        return self.node(told | {"children": [self.node(one) for one in drawn]} if drawn else told)

    def _shape(self, number: int, matrix: Array, item: Item, bare: tuple[float, ...]) -> list[Json]:
        if not len(item.mesh.triangles):
            return []
        rigid = np.allclose(matrix[:3, :3] @ matrix[:3, :3].T, np.eye(3) * np.square(np.linalg.det(matrix[:3, :3])) ** (1 / 3), atol=1e-6)
        if rigid and np.linalg.det(matrix[:3, :3]) > 0:
            return [{"mesh": self._mesh((number, bare), item, None, bare), "matrix": matrix.T.reshape(-1).tolist()}]
        return [{"mesh": self._mesh((number, matrix.tobytes()), item, matrix, bare)}]

    def _mesh(self, key: tuple[int, Any], item: Item, matrix: Array | None, bare: tuple[float, ...]) -> int:
        if key not in self._mesh_of:
            mesh = item.mesh if matrix is None else item.mesh.placed(matrix)
            self._meshes.append({"primitives": [self._primitive(mesh.vertices, mesh.triangles[item.material_of == paint],
                                                                item.materials[paint].rgba if paint >= 0 else bare)
                                                for paint in np.unique(item.material_of).tolist()]})
            self._mesh_of[key] = len(self._meshes) - 1
        return self._mesh_of[key]

    def _primitive(self, vertices: Array, triangles: NDArray[np.int32], rgba: tuple[float, ...]) -> Json:
        """Triangles with corners of their own and the normals of their faces."""
        corners = vertices[triangles].reshape(-1, 3, 3)
        normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
        length = np.linalg.norm(normals, axis=1)
        flat = length > 0
        if flat.any():
            corners, normals = corners[flat], normals[flat] / length[flat, None]
        else:
            normals = np.tile([0.0, 0.0, 1.0], (len(corners), 1))
        every = np.hstack([corners.reshape(-1, 3), np.repeat(normals, 3, axis=0)]).astype(np.float32)
        unique, back = np.unique(every, axis=0, return_inverse=True)
        return {"attributes": {"POSITION": self._accessor(unique[:, :3], "VEC3", _VERTICES),
                               "NORMAL": self._accessor(unique[:, 3:], "VEC3", _VERTICES)},
                "indices": self._accessor(back.reshape(-1).astype(np.uint32), "SCALAR", _INDICES), "material": self._material(rgba)}

    def _material(self, rgba: tuple[float, ...]) -> int:
        if rgba not in self._paint_of:
            linear = [_linear(part) for part in rgba[:3]]
            made: Json = {"pbrMetallicRoughness": {"baseColorFactor": [*linear, rgba[3]], "metallicFactor": 0, "roughnessFactor": 0.9},
                          "doubleSided": True}
            self._materials.append(made | ({"alphaMode": "BLEND"} if rgba[3] < 1 else {}))
            self._paint_of[rgba] = len(self._materials) - 1
        return self._paint_of[rgba]

    def _accessor(self, values: NDArray[Any], kind: str, target: int) -> int:
        data = np.ascontiguousarray(values)
        self._views.append({"buffer": 0, "byteOffset": len(self._binary), "byteLength": data.nbytes, "target": target})
        self._binary += data.tobytes()
        made: Json = {"bufferView": len(self._views) - 1, "componentType": _FLOAT if data.dtype == np.float32 else _UINT,
                      "count": len(data), "type": kind}
        if kind == "VEC3":
            made |= {"min": data.min(axis=0).tolist(), "max": data.max(axis=0).tolist()}
        self._accessors.append(made)
        return len(self._accessors) - 1

    def written(self, root: int, extras: Json) -> bytes:
        """The file."""
        document = {"asset": {"version": "2.0", "generator": "CSDI Twin"}, "scene": 0, "scenes": [{"nodes": [root], "extras": extras}],
                    "nodes": self.nodes, "meshes": self._meshes, "materials": self._materials, "accessors": self._accessors,
                    "bufferViews": self._views, "buffers": [{"byteLength": len(self._binary)}]}
        text = json.dumps({name: value for name, value in document.items() if value != []}, ensure_ascii=False, default=str).encode()
        text += b" " * (-len(text) % 4)
        binary = bytes(self._binary) + b"\0" * (-len(self._binary) % 4)
        size = 12 + 8 + len(text) + 8 + len(binary)
        return b"".join([struct.pack("<4sII", b"glTF", 2, size), struct.pack("<I4s", len(text), b"JSON"), text,
                         struct.pack("<I4s", len(binary), b"BIN\0"), binary])


def _said(row: Feature) -> Mapping[str, Any]:
    return {"id": row.id} | {name: value for name in _TOLD if (value := row.properties.get(name)) not in (None, "", [], {})}


def _linear(value: float) -> float:
    """An sRGB component as light (IEC 61966-2-1)."""
    return round(value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4, 6)
