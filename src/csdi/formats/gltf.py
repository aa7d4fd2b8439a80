"""glTF 2.0 models that stand in a map grid, as in the 3D sheets of the Lands Department: footprints and levels of each.

Their axes are X = easting, Y = height, Z = -northing, in metres.
"""

from __future__ import annotations

import base64
import json
import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import numpy as np
import shapely
from numpy.typing import NDArray

from csdi.errors import FileBroken
from csdi.formats.arrow_layer import ArrowLayer
from csdi.formats.footprint import Body, body_layer, merged
from csdi.formats.tables import HONG_KONG_WINDOW

SUFFIXES = (".gltf", ".glb")
_COMPONENTS = {5120: "i1", 5121: "u1", 5122: "<i2", 5123: "<u2", 5125: "<u4", 5126: "<f4"}
_WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4}
_COMPRESSED = {"KHR_draco_mesh_compression", "EXT_meshopt_compression"}
_TO_GRID = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]])
"""From X, Y, Z of the file to easting, northing, height."""
Floats = NDArray[np.float64]


def read_gltf(paths: Sequence[Path], name: str) -> ArrowLayer:
    """The models of a sheet as one layer: a row for each node at the top of each file's scene.

    The CRS is EPSG:2326 when every model lies in the area of the HK1980 Grid, and not known otherwise.

    Raises:
        FileBroken: a file is no glTF, lacks a buffer, or is compressed.
    """
    bodies: list[Body] = []
    inside = True
    for path in paths:
        for body, box in _file_bodies(path):
            bodies.append(body)
            inside &= _in_grid(box)
    return body_layer(name, "EPSG:2326" if bodies and inside else "", bodies, "model")


def _file_bodies(path: Path) -> Iterator[tuple[Body, Floats]]:
    try:
        model = _open(path)
        roots = model.roots()
        for at, root in enumerate(roots):
            parts = list(model.triangles(root, np.eye(4)))
            if not parts:
                continue
            corners = np.concatenate(parts) @ _TO_GRID.T
            flat, heights = corners[:, :, :2], corners[:, :, 2]
            said = {"model": path.stem if len(roots) == 1 else f"{path.stem}:{at}", "name": model.name(root), "file": path.name,
                    "triangles": len(corners)}
            yield (Body(merged(shapely.polygons(flat)), (float(heights.min()), float(heights.max())), said, corners),
                   np.concatenate([flat.min(axis=(0, 1)), flat.max(axis=(0, 1))]))
    except (ValueError, KeyError, IndexError, TypeError, struct.error, OSError) as error:
        raise FileBroken(f"{path.name}: not readable as glTF ({type(error).__name__}: {error})", file=str(path),
                         remedy="check that its buffers lie beside it, uncompressed, or export it again") from None


@dataclass(frozen=True, slots=True)
class _Model:
    """A glTF document and its buffers."""

    document: Mapping[str, Any]
    buffers: tuple[bytes, ...]

    def roots(self) -> list[int]:
        scenes = self.document.get("scenes", [])
        if scenes:
            return list(scenes[self.document.get("scene", 0)].get("nodes", []))
        inner = {child for node in self.document.get("nodes", []) for child in node.get("children", [])}
        return [at for at in range(len(self.document.get("nodes", []))) if at not in inner]

    def name(self, node: int) -> str:
        return str(self.document["nodes"][node].get("name", ""))

    def triangles(self, node: int, above: Floats, depth: int = 0) -> Iterator[Floats]:
        """(n, 3, 3) corners of the triangles below a node, in the axes of the file."""
        if depth > 200:
            raise ValueError("nodes are nested more than 200 deep")
        said = self.document["nodes"][node]
        matrix = above @ _matrix(said)
        if "mesh" in said:
            for primitive in self.document["meshes"][said["mesh"]]["primitives"]:
                if primitive.get("mode", 4) in (4, 5, 6):
                    corners = self._corners(primitive)
                    yield corners @ matrix[:3, :3].T + matrix[:3, 3]
        for child in said.get("children", []):
            yield from self.triangles(child, matrix, depth + 1)

    def _corners(self, primitive: Mapping[str, Any]) -> Floats:
        points = self._values(primitive["attributes"]["POSITION"]).astype(np.float64)
        order = self._values(primitive["indices"])[:, 0].astype(np.int64) if "indices" in primitive else np.arange(len(points))
        mode = primitive.get("mode", 4)
        if mode == 5:
            order = np.column_stack([order[:-2], order[1:-1], order[2:]])
        elif mode == 6:
            order = np.column_stack([np.full(len(order) - 2, order[0]), order[1:-1], order[2:]])
        return np.asarray(points[order.reshape(-1, 3)])

    def _values(self, accessor: int) -> NDArray[Any]:
        said = self.document["accessors"][accessor]
        if "sparse" in said or "bufferView" not in said:
            raise ValueError("sparse accessors are not read")
        view = self.document["bufferViews"][said["bufferView"]]
        kind, width, count = np.dtype(_COMPONENTS[said["componentType"]]), _WIDTHS[said["type"]], said["count"]
        raw = self.buffers[view["buffer"]]
        start = view.get("byteOffset", 0) + said.get("byteOffset", 0)
        stride = view.get("byteStride") or kind.itemsize * width
        if count and start + stride * (count - 1) + kind.itemsize * width > len(raw):
            raise ValueError(f"accessor {accessor} reaches beyond its buffer")
        found = np.ndarray((count, width), kind, raw, start, (stride, kind.itemsize))
        if said.get("normalized"):
            return np.maximum(found / np.iinfo(kind).max, -1.0)
        return found


def _open(path: Path) -> _Model:
    raw, inner = path.read_bytes(), b""
    if raw[:4] == b"glTF":
        size = struct.unpack_from("<I", raw, 12)[0]
        text = raw[20:20 + size]
        if len(raw) >= 28 + size:
            inner = raw[28 + size:28 + size + struct.unpack_from("<I", raw, 20 + size)[0]]
        raw = text
    document = json.loads(raw)
    packed = _COMPRESSED & set(document.get("extensionsRequired", []))
    if packed:
        raise ValueError(f"compressed with {', '.join(sorted(packed))}")
    return _Model(document, tuple(_buffer(path, said, inner) for said in document.get("buffers", [])))


def _buffer(path: Path, said: Mapping[str, Any], inner: bytes) -> bytes:
    address = said.get("uri")
    if address is None:
        return inner
    if address.startswith("data:"):
        return base64.b64decode(address.partition(",")[2])
    beside = (path.parent / unquote(address)).resolve()
    if not beside.is_relative_to(path.parent.resolve()):
        raise ValueError(f"the buffer '{address}' lies outside the model's folder")
    return beside.read_bytes()


def _matrix(node: Mapping[str, Any]) -> Floats:
    if "matrix" in node:
        return np.array(node["matrix"], dtype=np.float64).reshape(4, 4).T
    x, y, z, w = node.get("rotation", (0.0, 0.0, 0.0, 1.0))
    turn = np.array([[1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
                     [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
                     [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)]])
    found = np.eye(4)
    found[:3, :3] = turn * np.array(node.get("scale", (1.0, 1.0, 1.0)))
    found[:3, 3] = node.get("translation", (0.0, 0.0, 0.0))
    return found


def _in_grid(box: Floats) -> bool:
    minx, miny, maxx, maxy = HONG_KONG_WINDOW
    return bool(minx <= box[0] and miny <= box[1] and box[2] <= maxx and box[3] <= maxy)
