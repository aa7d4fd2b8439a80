"""glTF: drawable parts and a thin property table as one binary file, the same bytes for the same input."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from csdi.errors import ValueInvalid
from twin.draco import Packed, packed
from twin.edges import edge_marks, marks_of, packed_marks
from twin.ellipsoid import Array
from twin.metadata import Table, table_extension
from twin.parts import Copies, Look, Part, drawn_together, joined, light_of
from twin.surface import Ints
from twin.turns import quaternions, rotations_of, y_up

Json = dict[str, Any]
Packs = dict[tuple[bytes, float], list[tuple[Part, Packed | None]]]

_FINEST_STEP_M = 2.0**-13
_COARSEST_STEP_M = 2.0**-9
"""A 16-bit grid of this step (1.95 mm) is at most 1.7 mm off in space; a larger part keeps float32."""

_PACKED_STEP_M = 2.0**-9
_COPIED_STEP_M = 2.0**-10
"""Steps of packed positions: at most 1.7 mm off in space, and 0.85 mm where they are stored once for many copies."""

_SAME_SIZE = 0.01
"""Part of a doubling by which the scale of a map may enlarge copies without a finer step."""

_LEVELS = 65_535
_BYTE, _UBYTE, _USHORT, _UINT, _FLOAT = 5120, 5121, 5123, 5125, 5126
_VERTICES, _INDICES = 34962, 34963

_INK = Look((0.2, 0.24, 0.27, 1.0), double_sided=False)
"""Of lines along edges."""


@dataclass(frozen=True, slots=True)
class Glb:
    """A written file.

    Attributes:
        data: its bytes.
        error_m: the largest distance between a stored position of a part and the one given, metres.
        copy_error_m: the same for the parts of copies, where they are drawn largest; their placements come on top.
    """

    data: bytes
    error_m: float
    copy_error_m: float = 0.0


def write_glb(parts: Sequence[Part], copies: Sequence[Copies], table: Table, *, axes: Array | None = None,
              packs: Packs | None = None, extras: Json | None = None, edges: bool = False) -> Glb:
    """One GLB: every part and copy as a node of one scene, y up as glTF wants, features in a property table.

    Args:
        axes: (3, 3) float64 rotation from the axes along which most edges run into those of the parts. Where given, meshes are
            packed (KHR_draco_mesh_compression), parts on a grid along these axes; without, any reader of glTF can take the file.
        packs: parts of copies that were packed for another file, and those of this one afterwards.
        extras: what the scene says of itself besides, such as where its origin lies.
        edges: whether edges that are worth a line are marked (EXT_mesh_primitive_edge_visibility).

    Raises:
        ValueInvalid: nothing to draw, or more than 65,535 features.
    """
    if not parts and not copies:
        raise ValueInvalid("a tile needs something to draw", field="parts")
    if len(table.rows) > _LEVELS:
        raise ValueInvalid("a tile holds at most 65,535 features", field="table", value=len(table.rows))
    writer = _Writer(table, axes=axes, packs={} if packs is None else packs, edges=edges)
    return Glb(writer.document(parts, copies, extras), writer.error_m, writer.copy_error_m)


def with_table(data: bytes, table: Table) -> bytes:
    """A file that `write_glb` wrote, with another property table of as many rows: what it would have written with that one.

    Raises:
        ValueInvalid: the number of rows differs.
    """
    length = struct.unpack_from("<I", data, 12)[0]
    document: Json = json.loads(data[20:20 + length])
    (old,) = document["extensions"]["EXT_structural_metadata"]["propertyTables"]
    if old["count"] != len(table.rows):
        raise ValueInvalid("the table has another number of rows", field="table", value=len(table.rows), limit=old["count"])
    views = document["bufferViews"]
    first = min(view for column in old["properties"].values() for name, view in column.items() if name in ("values", "stringOffsets"))
    start = 20 + length + 8
    size = views[first]["byteOffset"]
    writer = _Writer(table, chunks=[data[start:start + size]], size=size, views=views[:first])
    document["extensions"]["EXT_structural_metadata"] = table_extension(table, writer._view)
    document["bufferViews"], document["buffers"] = writer.views, [{"byteLength": writer.size}]
    return _container(document, b"".join(writer.chunks))


@dataclass(slots=True)
class _Writer:
    table: Table
    axes: Array | None = None
    packs: Packs = field(default_factory=dict)
    edges: bool = False
    chunks: list[bytes] = field(default_factory=list)
    size: int = 0
    views: list[Json] = field(default_factory=list)
    accessors: list[Json] = field(default_factory=list)
    materials: dict[Look, int] = field(default_factory=dict)
    meshes: list[Json] = field(default_factory=list)
    nodes: list[Json] = field(default_factory=list)
    extensions: set[str] = field(default_factory=set)
    error_m: float = 0.0
    copy_error_m: float = 0.0

    def document(self, parts: Sequence[Part], copies: Sequence[Copies], extras: Json | None = None) -> bytes:
        for part in self._packed_node(parts) if self.axes is not None and parts else parts:
            self._plain_node(part)
        for group in copies:
            self._copies_node(group)
        metadata = table_extension(self.table, self._view)
        required = self.extensions & {"KHR_draco_mesh_compression", "KHR_mesh_quantization", "EXT_mesh_gpu_instancing"}
        document: Json = {
            "asset": {"version": "2.0", "generator": "csdi"},
            "scene": 0,
            "scenes": [{"nodes": list(range(len(self.nodes)))} | ({"extras": extras} if extras else {})],
            "nodes": self.nodes,
            "meshes": self.meshes,
            "materials": [_material(look) for look in self.materials],
            "accessors": self.accessors,
            "bufferViews": self.views,
            "buffers": [{"byteLength": self.size}],
            "extensions": {"EXT_structural_metadata": metadata},
            "extensionsUsed": sorted(self.extensions | {"EXT_structural_metadata"}),
        }
        if required:
            document["extensionsRequired"] = sorted(required)
        return _container(document, b"".join(self.chunks))

    def _packed_node(self, parts: Sequence[Part]) -> list[Part]:
        """All parts on one grid along `axes`, in a node that turns it back; returns those that the grid does not hold."""
        turn = quaternions(np.asarray(self.axes)[None])
        back = rotations_of(turn)[0]
        origin = np.floor(np.min([(part.positions @ back).min(axis=0) for part in parts], axis=0))
        primitives, left = list[Json](), list[Part]()
        for part, found in _few(parts, lambda part: packed(
                y_up(part.positions @ back - origin), y_up(part.normals @ back), part.triangles, part.feature_of, part.colours,
                step=_PACKED_STEP_M)):
            if found is None:
                left.append(part)
                continue
            self.error_m = max(self.error_m, found.error_m)
            primitives.append(self._packed_primitive(found, part.look))
            self._set_features(primitives[-1], part.feature_of)
        if primitives:
            place = y_up((back @ origin)[None])[0].tolist()
            self.nodes.append({"mesh": self._mesh(primitives), "translation": place, "rotation": turn[0].tolist()})
        return left

    def _set_features(self, primitive: Json, feature_of: Ints) -> None:
        primitive.setdefault("extensions", {})["EXT_mesh_features"] = {"featureIds": [self._feature_ids(feature_of)]}
        self.extensions.add("EXT_mesh_features")

    def _packed_primitive(self, found: Packed, look: Look) -> Json:
        """Accessors without a buffer view, and the extension that fills them."""
        kinds: dict[str, Json] = {
            "POSITION": {"componentType": _FLOAT, "type": "VEC3", "min": found.low.tolist(), "max": found.high.tolist()},
            "NORMAL": {"componentType": _FLOAT, "type": "VEC3"},
            "COLOR_0": {"componentType": _UBYTE, "type": "VEC4", "normalized": True},
            "_FEATURE_ID_0": {"componentType": _USHORT, "type": "SCALAR"},
        }
        first = len(self.accessors)
        named = sorted(found.ids)
        self.accessors += [{**kinds[name], "count": found.vertices} for name in named]
        index_kind = _USHORT if found.vertices < _LEVELS else _UINT
        self.accessors.append({"componentType": index_kind, "type": "SCALAR", "count": 3 * found.triangles})
        self.extensions.add("KHR_draco_mesh_compression")
        primitive: Json = {
            "attributes": {name: first + k for k, name in enumerate(named)},
            "indices": first + len(named),
            "material": self.materials.setdefault(look, len(self.materials)),
            "extensions": {"KHR_draco_mesh_compression": {"bufferView": self._view(found.data), "attributes": dict(found.ids)}},
        }
        if self.edges:
            self._set_edges(primitive, marks_of(found))
        return primitive

    def _set_edges(self, primitive: Json, marks: NDArray[np.uint8]) -> None:
        primitive.setdefault("extensions", {})["EXT_mesh_primitive_edge_visibility"] = {
            "visibility": self._accessor(packed_marks(marks), _UBYTE, "SCALAR", target=None),
            "material": self.materials.setdefault(_INK, len(self.materials))}
        self.extensions.add("EXT_mesh_primitive_edge_visibility")

    def _plain_node(self, part: Part) -> None:
        """A part on a 16-bit grid where that is fine enough, else as float32 around its centre."""
        points = y_up(part.positions)
        low, high = points.min(axis=0), points.max(axis=0)
        step = grid_step(float((high - low).max()))
        if step is None:
            origin = np.rint((low + high) / 2)
            stored: NDArray[Any] = (points - origin).astype(np.float32)
            position = self._accessor(stored, _FLOAT, "VEC3", bounds=True)
            node: Json = {"translation": origin.tolist()}
        else:
            origin = np.floor(low / step) * step
            stored = np.rint((points - origin) / step).astype(np.uint16)
            position = self._accessor(stored, _USHORT, "VEC3", bounds=True)
            node = {"translation": origin.tolist(), "scale": [step] * 3}
            self.extensions.add("KHR_mesh_quantization")
        off = np.linalg.norm(stored.astype(np.float64) * (step or 1.0) + origin - points, axis=1)
        self.error_m = max(self.error_m, float(off.max()))
        primitive = self._primitive(part, position)
        primitive["attributes"]["_FEATURE_ID_0"] = self._accessor(part.feature_of.astype(np.uint16), _USHORT, "SCALAR")
        self._set_features(primitive, part.feature_of)
        self.nodes.append({"mesh": self._mesh([primitive]), **node})

    def _copies_node(self, copies: Copies) -> None:
        """A mesh with its copies; without packing float32 throughout, since it is stored once."""
        largest = float(np.abs(copies.scales).max())
        primitives = [self._copied_primitive(part, found, largest) for part, found in self._packed_copies(copies, largest)]
        centre = y_up(copies.translations)
        origin = np.rint((centre.min(axis=0) + centre.max(axis=0)) / 2)
        attributes = {
            "TRANSLATION": self._accessor((centre - origin).astype(np.float32), _FLOAT, "VEC3", target=None),
            "ROTATION": self._accessor(quaternions(copies.rotations).astype(np.float32), _FLOAT, "VEC4", target=None),
            "SCALE": self._accessor(copies.scales[:, [0, 2, 1]].astype(np.float32), _FLOAT, "VEC3", target=None),
            "_FEATURE_ID_0": self._accessor(copies.feature_of.astype(np.float32), _FLOAT, "SCALAR", target=None),
        }
        self.extensions |= {"EXT_mesh_gpu_instancing", "EXT_instance_features"}
        self.nodes.append({
            "mesh": self._mesh(primitives),
            "translation": origin.tolist(),
            "extensions": {
                "EXT_mesh_gpu_instancing": {"attributes": attributes},
                "EXT_instance_features": {"featureIds": [self._feature_ids(copies.feature_of)]},
            },
        })

    def _packed_copies(self, copies: Copies, largest: float) -> list[tuple[Part, Packed | None]]:
        """The parts of copies, packed where that is asked for; many tiles may show the same ones."""
        if self.axes is None:
            return [(part, None) for part in copies.parts]
        step = _COPIED_STEP_M / 2.0 ** np.ceil(np.log2(max(largest, 1.0)) - _SAME_SIZE)
        key = copies.key, float(step)
        if not copies.key or key not in self.packs:
            self.packs[key] = list(_few(copies.parts, lambda part: packed(
                y_up(part.positions), y_up(part.normals), part.triangles, part.feature_of, part.colours, step=step)))
        return self.packs[key]

    def _copied_primitive(self, part: Part, found: Packed | None, largest: float) -> Json:
        """A part of copies, which are up to `largest` times as large."""
        if found is None:
            return self._primitive(part, self._accessor(y_up(part.positions).astype(np.float32), _FLOAT, "VEC3", bounds=True))
        self.copy_error_m = max(self.copy_error_m, found.error_m * largest)
        return self._packed_primitive(found, part.look)

    def _feature_ids(self, feature_of: Ints) -> Json:
        return {"featureCount": len(np.unique(feature_of)), "attribute": 0, "propertyTable": 0}

    def _mesh(self, primitives: list[Json]) -> int:
        self.meshes.append({"primitives": primitives})
        return len(self.meshes) - 1

    def _primitive(self, part: Part, position: int) -> Json:
        """Attributes, indices and material; normals as signed bytes, about half a degree fine."""
        normals = np.rint(y_up(part.normals) * 127).astype(np.int8)
        self.extensions.add("KHR_mesh_quantization")
        dtype, kind = (np.uint16, _USHORT) if len(part.positions) < _LEVELS else (np.uint32, _UINT)
        primitive: Json = {
            "attributes": {"POSITION": position, "NORMAL": self._accessor(normals, _BYTE, "VEC3", normalized=True)},
            "indices": self._accessor(part.triangles.reshape(-1).astype(dtype), kind, "SCALAR", target=_INDICES),
            "material": self.materials.setdefault(part.look, len(self.materials)),
        }
        if self.edges:
            self._set_edges(primitive, edge_marks(part.positions, part.normals, part.triangles, part.feature_of))
        return primitive

    def _accessor(self, values: NDArray[Any], component: int, kind: str, *, bounds: bool = False,
                  normalized: bool = False, target: int | None = _VERTICES) -> int:
        accessor: Json = {"componentType": component, "count": len(values), "type": kind}
        if bounds:
            accessor |= {"min": values.min(axis=0).tolist(), "max": values.max(axis=0).tolist()}
        if normalized:
            accessor["normalized"] = True
        accessor["bufferView"] = self._attribute_view(values) if target == _VERTICES else self._view(
            np.ascontiguousarray(values).tobytes(), target)
        self.accessors.append(accessor)
        return len(self.accessors) - 1

    def _attribute_view(self, values: NDArray[Any]) -> int:
        """Vertex attributes start every element on a multiple of four bytes."""
        rows = values.reshape(len(values), -1)
        width = rows.shape[1] * rows.itemsize
        stride = -(-width // 4) * 4
        padded = np.zeros((len(rows), stride), dtype=np.uint8)
        padded[:, :width] = np.ascontiguousarray(rows).view(np.uint8)
        view = self._view(padded.tobytes(), _VERTICES)
        self.views[view]["byteStride"] = stride
        return view

    def _view(self, data: bytes, target: int | None = None) -> int:
        """Appends bytes, aligned to eight as property tables ask, and returns the number of their view."""
        view: Json = {"buffer": 0, "byteOffset": self.size, "byteLength": len(data)}
        if target is not None:
            view["target"] = target
        padded = data + b"\0" * (-len(data) % 8)
        self.chunks.append(padded)
        self.size += len(padded)
        self.views.append(view)
        return len(self.views) - 1


def _few(parts: Sequence[Part], pack: Callable[[Part], Packed | None]) -> Iterator[tuple[Part, Packed | None]]:
    """As few packed parts as can be; where a group of looks does not pack as one, each of its parts is tried alone."""
    for group in drawn_together(parts):
        whole = joined(group)
        found = pack(whole)
        if found is None and len(group) > 1:
            yield from ((part, pack(part)) for part in group)
        else:
            yield whole, found


def grid_step(extent_m: float) -> float | None:
    """The power of two, in metres, on whose 16-bit grid this extent fits; None when that would be too coarse."""
    step = _FINEST_STEP_M
    while step * (_LEVELS - 1) < extent_m:
        step *= 2
        if step > _COARSEST_STEP_M:
            return None
    return step


def _material(look: Look) -> Json:
    material: Json = {
        "pbrMetallicRoughness": {
            "baseColorFactor": list(light_of(look)),
            "metallicFactor": 0.0,
            "roughnessFactor": 0.85,
        },
    }
    if look.double_sided:
        material["doubleSided"] = True
    if look.rgba[3] < 1:
        material["alphaMode"] = "BLEND"
    return material


def _container(document: Json, binary: bytes) -> bytes:
    text = json.dumps(document, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()
    text += b" " * (-len(text) % 8)
    total = 12 + 8 + len(text) + 8 + len(binary)
    return b"".join([struct.pack("<4sII", b"glTF", 2, total), struct.pack("<I4s", len(text), b"JSON"), text,
                     struct.pack("<I4s", len(binary), b"BIN\0"), binary])
