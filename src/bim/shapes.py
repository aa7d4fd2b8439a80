"""Shapes: the tessellated geometry of one Model, each distinct item once, with the places where it stands."""

from __future__ import annotations

import hashlib
from collections.abc import Set
from dataclasses import dataclass, field
from os import PathLike
from typing import Any
from zipfile import BadZipFile

import numpy as np
import orjson
from numpy.typing import NDArray

from csdi.errors import FileBroken, PathMissing, ValueInvalid
from csdi.finding import Finding
from csdi.geometry import Mesh

_VERSION = 2
_GRID_M = 1e-6
"""Vertices that agree to this are the same when meshes are compared."""


@dataclass(frozen=True, slots=True)
class Material:
    """A surface colour as the model gives it.

    Attributes:
        name: the style's or material's name, empty when it has none.
        rgba: red, green, blue, opacity, each 0 to 1; colours as IFC states them (display sRGB).
    """

    name: str
    rgba: tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Item:
    """One distinct mesh with its materials.

    Attributes:
        mesh: triangles in the item's own frame, metres, vertices near its origin.
        materials: what the triangles refer to; empty when the model gives no colour.
        material_of: (m,) int16, index into `materials` of each triangle, -1 for none.
    """

    mesh: Mesh
    materials: tuple[Material, ...]
    material_of: NDArray[np.int16]
    _known: bytes = field(default=b"", init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.material_of.shape != (len(self.mesh.triangles),):
            raise ValueInvalid("an item has one material index per triangle", field="material_of",
                               value=str(self.material_of.shape))
        if len(self.material_of) and not -1 <= self.material_of.min() <= self.material_of.max() < len(self.materials):
            raise ValueInvalid("an item refers to a material that it does not have", field="material_of",
                               value=int(self.material_of.max()), limit=len(self.materials))

    @property
    def digest(self) -> bytes:
        """16 bytes, equal for items that agree to a micrometre in mesh and materials."""
        if not self._known:
            object.__setattr__(self, "_known", self._digest())
        return self._known

    def _digest(self) -> bytes:
        digest = hashlib.blake2b(digest_size=16)
        digest.update(np.round(self.mesh.vertices / _GRID_M).astype(np.int64).tobytes())
        digest.update(self.mesh.triangles.tobytes())
        digest.update(self.material_of.tobytes())
        digest.update(repr(self.materials).encode())
        return digest.digest()


@dataclass(frozen=True, slots=True)
class Placement:
    """Where an item stands for an element.

    Attributes:
        element: the GlobalId, with its suffix when the file uses one twice.
        item: index into `Shapes.items`.
        matrix: (4, 4) float64, item frame to model frame, metres.
    """

    element: str
    item: int
    matrix: NDArray[np.float64]


@dataclass(slots=True)
class Shapes:
    """All items of a Model, their placements, and what went wrong on the way."""

    items: list[Item] = field(default_factory=list)
    placements: list[Placement] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    def part(self, elements: Set[str]) -> Shapes:
        """The shapes of some elements, with the items that they need; findings stay here."""
        placements = [placement for placement in self.placements if placement.element in elements]
        order = {item: number for number, item in enumerate(dict.fromkeys(placement.item for placement in placements))}
        return Shapes([self.items[item] for item in order], [Placement(p.element, order[p.item], p.matrix) for p in placements])

    def corners(self, elements: Set[str]) -> dict[str, NDArray[np.float64]]:
        """GlobalId -> triangles (m, 3, 3) in the model's frame, metres, of those of the elements that have a shape."""
        found: dict[str, list[NDArray[np.float64]]] = {}
        for placement in self.placements:
            if placement.element in elements:
                mesh = self.items[placement.item].mesh.placed(placement.matrix)
                found.setdefault(placement.element, []).append(mesh.vertices[mesh.triangles])
        return {element: np.concatenate(several) for element, several in found.items()}

    def settle(self) -> None:
        """Puts items and placements in the order of elements, so that equal shapes are stored alike."""
        placements = sorted(self.placements, key=lambda p: (p.element, p.matrix.tobytes()))
        order: dict[int, int] = {}
        for placement in placements:
            order.setdefault(placement.item, len(order))
        self.items[:] = [self.items[old] for old in order]
        self.placements[:] = [Placement(p.element, order[p.item], p.matrix) for p in placements]

    def with_others(self, others: Shapes) -> Shapes:
        """These shapes and those of other elements, equal items once; the others' findings too."""
        if not self.items:
            made = Shapes(others.items[:], others.placements[:], [*self.findings, *others.findings])
            made.settle()
            return made
        known = {item.digest: number for number, item in enumerate(self.items)}
        items, moved = list(self.items), []
        for item in others.items:
            number = known.setdefault(item.digest, len(items))
            if number == len(items):
                items.append(item)
            moved.append(number)
        made = Shapes(items, [*self.placements, *(Placement(p.element, moved[p.item], p.matrix) for p in others.placements)],
                      [*self.findings, *others.findings])
        made.settle()
        return made

    def save(self, path: str | PathLike[str]) -> None:
        """Writes one array archive; equal shapes give equal bytes."""
        with open(path, "wb") as file:
            np.savez(file, allow_pickle=False, **_arrays(self))

    @classmethod
    def load(cls, path: str | PathLike[str]) -> Shapes:
        """What `save` wrote.

        Raises:
            PathMissing: nothing at `path`.
            FileBroken: the file is not one of ours, or is damaged.
        """
        try:
            with open(path, "rb") as file, np.load(file, allow_pickle=False) as archive:
                return _shapes({name: archive[name] for name in archive.files})
        except FileNotFoundError as error:
            raise PathMissing(f"{path}: there is no such file", file=str(path)) from error
        except (BadZipFile, EOFError, KeyError, OSError, ValueError) as error:
            raise FileBroken(f"{path}: not a shapes archive, or damaged: {error}",
                             remedy="load the model again", file=str(path)) from error


def _arrays(shapes: Shapes) -> dict[str, NDArray[Any]]:
    items, placements = shapes.items, shapes.placements
    text = {
        "version": _VERSION,
        "materials": [[[material.name, *material.rgba] for material in item.materials] for item in items],
        "elements": [placement.element for placement in placements],
        "findings": [finding.to_dict() for finding in shapes.findings],
    }
    return {
        "text": np.frombuffer(orjson.dumps(text), dtype=np.uint8),
        "vertices": _stacked([item.mesh.vertices for item in items], (0, 3), np.float64),
        "triangles": _stacked([item.mesh.triangles for item in items], (0, 3), np.int32),
        "material_of": _stacked([item.material_of for item in items], (0,), np.int16),
        "digests": np.frombuffer(b"".join(item.digest for item in items), np.uint8).reshape(-1, 16),
        "vertex_counts": np.array([len(item.mesh.vertices) for item in items], dtype=np.int64),
        "triangle_counts": np.array([len(item.mesh.triangles) for item in items], dtype=np.int64),
        "placed_items": np.array([placement.item for placement in placements], dtype=np.int64),
        "matrices": np.array([placement.matrix for placement in placements], dtype=np.float64).reshape(-1, 4, 4),
    }


def _stacked(parts: list[NDArray[Any]], empty: tuple[int, ...], dtype: Any) -> NDArray[Any]:
    return np.concatenate(parts).astype(dtype, copy=False) if parts else np.zeros(empty, dtype)


def _shapes(arrays: dict[str, NDArray[Any]]) -> Shapes:
    text = orjson.loads(arrays["text"].tobytes())
    if text["version"] != _VERSION:
        raise ValueError(f"version {text['version']}, this program reads {_VERSION}")
    vertices = _parted(arrays["vertices"], arrays["vertex_counts"])
    triangles = _parted(arrays["triangles"], arrays["triangle_counts"])
    material_of = _parted(arrays["material_of"], arrays["triangle_counts"])
    items = [
        _item(Mesh(v, t), tuple(Material(name, (r, g, b, a)) for name, r, g, b, a in materials), m, digest.tobytes())
        for v, t, m, materials, digest in zip(vertices, triangles, material_of, text["materials"], arrays["digests"], strict=True)
    ]
    placements = [
        Placement(element, int(item), matrix)
        for element, item, matrix in zip(text["elements"], arrays["placed_items"], arrays["matrices"], strict=True)
    ]
    return Shapes(items, placements, [Finding(**finding) for finding in text["findings"]])


def _item(mesh: Mesh, materials: tuple[Material, ...], material_of: NDArray[np.int16], digest: bytes) -> Item:
    """An item whose digest is known."""
    item = Item(mesh, materials, material_of)
    object.__setattr__(item, "_known", digest)
    return item


def _parted(stacked: NDArray[Any], counts: NDArray[np.int64]) -> list[NDArray[Any]]:
    return np.split(stacked, np.cumsum(counts)[:-1]) if len(counts) else []
