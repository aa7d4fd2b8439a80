"""Reading back the tiles that we write: positions in the tileset's frame, normals, features and their properties."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from csdi.errors import FileBroken
from twin.draco import Unpacked, unpacked
from twin.ellipsoid import Array
from twin.surface import Ints

Json = dict[str, Any]

_DTYPES = {5120: np.int8, 5121: np.uint8, 5122: np.int16, 5123: np.uint16, 5125: np.uint32, 5126: np.float32}
_LARGEST = {5120: 127.0, 5121: 255.0, 5122: 32_767.0, 5123: 65_535.0}
_WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4}
_Z_UP = np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]])


@dataclass(frozen=True, slots=True)
class Drawn:
    """One primitive as it is drawn; a copied one comes once per copy.

    Attributes:
        positions: (n, 3) float64, metres, z up, tileset's frame.
        normals: (n, 3) float64, z up.
        triangles: (m, 3) int64.
        feature_of: (n,) int64, row of the property table.
        material: the glTF material.
        colours: (n, 4) float64, linear light and opacity: the material's times the vertices' own.
    """

    positions: Array
    normals: Array
    triangles: Ints
    feature_of: Ints
    material: Json
    colours: Array


@dataclass(frozen=True, slots=True)
class Decoded:
    """A GLB of ours taken apart.

    Attributes:
        drawn: all primitives.
        table: one mapping per feature, enum values as their names, numbers as they are.
        document: the JSON part.
    """

    drawn: list[Drawn]
    table: list[dict[str, Any]]
    document: Json


def read_glb(data: bytes) -> Decoded:
    """Decodes a GLB.

    Raises:
        FileBroken: not a GLB, or its parts do not fit together.
    """
    try:
        document, binary = _chunks(data)
        reader = _Reader(document, binary)
        return Decoded([part for node in document["nodes"] for part in reader.node(node)], reader.table(), document)
    except (KeyError, IndexError, ValueError, TypeError, AttributeError, RecursionError, struct.error) as error:
        raise FileBroken(f"the GLB cannot be read: {error!r}", remedy="build the tileset again") from error


def _chunks(data: bytes) -> tuple[Json, bytes]:
    magic, version, total = struct.unpack_from("<4sII", data)
    if magic != b"glTF" or version != 2 or total != len(data):
        raise ValueError("no GLB header")
    length, kind = struct.unpack_from("<I4s", data, 12)
    if kind != b"JSON":
        raise ValueError("the first chunk is not JSON")
    start = 20 + length
    size, kind = struct.unpack_from("<I4s", data, start)
    if kind != b"BIN\0":
        raise ValueError("the second chunk is not binary")
    return json.loads(data[20:start]), data[start + 8:start + 8 + size]


@dataclass(frozen=True, slots=True)
class _Reader:
    document: Json
    binary: bytes

    def node(self, node: Json) -> Iterator[Drawn]:
        matrix = _turn(*node.get("rotation", [0.0, 0.0, 0.0, 1.0])) @ np.diag(node.get("scale", [1.0, 1.0, 1.0]))
        shift = np.array(node.get("translation", [0.0, 0.0, 0.0]))
        for primitive in self.document["meshes"][node["mesh"]]["primitives"]:
            held = self._held(primitive)
            if "EXT_mesh_gpu_instancing" in node.get("extensions", {}):
                yield from self._copies(node, primitive, held, matrix, shift)
            else:
                ids = held.attributes["_FEATURE_ID_0"][:, 0].astype(np.int64)
                yield self._drawn(primitive, held, matrix, shift, ids)

    def _held(self, primitive: Json) -> Unpacked:
        """The primitive's attributes and triangles, whether packed or not."""
        draco = primitive.get("extensions", {}).get("KHR_draco_mesh_compression")
        if draco is None:
            triangles = self.accessor(primitive["indices"]).astype(np.int64).reshape(-1, 3)
            return Unpacked({name: self.accessor(number) for name, number in primitive["attributes"].items()}, triangles)
        held = unpacked(self._bytes(draco["bufferView"]), draco["attributes"])
        accessors = {name: self.document["accessors"][number] for name, number in primitive["attributes"].items()}
        counts = {accessor["count"] for accessor in accessors.values()}
        told = self.document["accessors"][primitive["indices"]]["count"]
        if counts != {len(held.attributes["POSITION"])} or told != held.triangles.size:
            raise ValueError("packed data and their accessors differ in number")
        return Unpacked({name: _told(values, accessors[name]) for name, values in held.attributes.items()}, held.triangles)

    def _copies(self, node: Json, primitive: Json, held: Unpacked, matrix: Array, shift: Array) -> Iterator[Drawn]:
        names = node["extensions"]["EXT_mesh_gpu_instancing"]["attributes"]
        columns = [self.accessor(names[name]) for name in ("TRANSLATION", "ROTATION", "SCALE", "_FEATURE_ID_0")]
        for translation, rotation, scale, feature in zip(*columns, strict=True):
            turned = matrix @ _turn(*rotation) @ np.diag(scale)
            yield self._drawn(primitive, held, turned, matrix @ translation + shift, np.array([int(feature[0])]))

    def _drawn(self, primitive: Json, held: Unpacked, matrix: Array, shift: Array, feature_of: Ints) -> Drawn:
        positions = held.attributes["POSITION"] @ matrix.T + shift
        normals = held.attributes["NORMAL"] @ np.linalg.inv(matrix)
        normals /= np.linalg.norm(normals, axis=1)[:, None]
        material = self.document["materials"][primitive["material"]]
        factor = np.array(material.get("pbrMetallicRoughness", {}).get("baseColorFactor", [1.0] * 4))
        colours = factor * held.attributes.get("COLOR_0", np.ones((len(positions), 4)))
        return Drawn(positions @ _Z_UP.T, normals @ _Z_UP.T, held.triangles, np.broadcast_to(feature_of, len(positions)), material, colours)

    def accessor(self, number: int) -> Array:
        """(n, width) float64."""
        accessor = self.document["accessors"][number]
        view = self.document["bufferViews"][accessor["bufferView"]]
        dtype: np.dtype[Any] = np.dtype(_DTYPES[accessor["componentType"]])
        width, count = _WIDTHS[accessor["type"]], accessor["count"]
        stride = view.get("byteStride", dtype.itemsize * width)
        raw = np.frombuffer(self._bytes(accessor["bufferView"]), np.uint8)
        if count < 1 or stride < 1 or (count - 1) * stride + dtype.itemsize * width > len(raw):
            raise ValueError(f"accessor {number} ends behind its buffer view")
        rows = np.lib.stride_tricks.as_strided(raw, (count, dtype.itemsize * width), (stride, 1), writeable=False)
        return _told(np.ascontiguousarray(rows).view(dtype).astype(np.float64), accessor)

    def table(self) -> list[dict[str, Any]]:
        metadata = self.document["extensions"]["EXT_structural_metadata"]
        schema, table = metadata["schema"], metadata["propertyTables"][0]
        kinds = schema["classes"][table["class"]]["properties"]
        columns = {name: self._column(kinds[name], column, table["count"], schema)
                   for name, column in table["properties"].items()}
        return [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]

    def _column(self, kind: Json, column: Json, count: int, schema: Json) -> list[Any]:
        values = self._bytes(column["values"])
        if kind["type"] == "STRING":
            dtype = np.dtype({"UINT16": np.uint16, "UINT32": np.uint32}[column["stringOffsetType"]])
            ends: NDArray[Any] = np.frombuffer(self._bytes(column["stringOffsets"]), dtype, count + 1).astype(np.int64)
            return [values[a:b].decode() for a, b in pairwise(ends.tolist())]
        if kind["type"] == "SCALAR":
            return list(np.frombuffer(values, "<f4", count).tolist())
        names = {value["value"]: value["name"] for value in schema["enums"][kind["enumType"]]["values"]}
        found = [names[number] for number in np.frombuffer(values, np.uint16, count).tolist()]
        return [None if name == kind.get("noData") else name for name in found]

    def _bytes(self, view: int) -> bytes:
        place = self.document["bufferViews"][view]
        end = place["byteOffset"] + place["byteLength"]
        if end > len(self.binary):
            raise ValueError(f"buffer view {view} ends behind the buffer")
        return self.binary[place["byteOffset"]:end]


def _told(values: Array, accessor: Json) -> Array:
    """Stored values as the numbers that they stand for."""
    if not accessor.get("normalized"):
        return values
    return np.asarray(np.maximum(values / _LARGEST[accessor["componentType"]], -1.0))


def _turn(x: float, y: float, z: float, w: float) -> Array:
    """(3, 3) rotation of a unit quaternion."""
    return np.array([
        [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
        [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
        [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
    ])
