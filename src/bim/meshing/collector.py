"""Gathering what the children send into Shapes: each distinct mesh once, near its own origin."""

from __future__ import annotations

from collections.abc import Mapping
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bim.mesher.wire import Message
from bim.shapes import Item, Material, Placement, Shapes
from csdi.geometry import Mesh

_FARTHEST_M = 1e8
"""Of a coordinate: more than twice round the Earth."""


class Collector:
    """Takes `item` and `placed` messages of one kernel run at a time; safe to use from several threads.

    Attributes:
        got: products that have a shape, or rightly none.
        refused: why the direct tessellator left a product to a kernel.
        stray: products whose coordinates are beyond the Earth, or no numbers.
        eaten: products that openings take whole.
    """

    def __init__(self, keys: Mapping[int, str]) -> None:
        self.shapes = Shapes()
        self.got: set[int] = set()
        self.refused: dict[int, str] = {}
        self.stray: set[int] = set()
        self.eaten: list[int] = []
        self._keys = keys
        self._lock = Lock()
        self._by_geometry: dict[tuple[str, str], tuple[int, NDArray[np.float64]] | None] = {}
        self._stray_geometry: set[tuple[str, str]] = set()
        self._by_content: dict[bytes, int] = {}
        self._placed: set[tuple[int, int, bytes]] = set()

    def take(self, kernel: str, message: Message) -> None:
        """Adds what the message brings."""
        with self._lock:
            if message.kind == "item":
                key = (kernel, message.data["geometry"])
                if key not in self._by_geometry:
                    self._by_geometry[key] = self._item(key, message)
            elif message.kind == "placed":
                self._place_known(int(message.data["product"]), (kernel, message.data["geometry"]), message.arrays["matrix"])
            elif message.kind == "placements":
                self._place_all(kernel, message)
            elif message.kind == "left":
                self._leave(message.data)

    def _place_all(self, kernel: str, message: Message) -> None:
        products, geometries = message.data["products"], message.data["geometries"]
        for product, geometry, matrix in zip(products, geometries, message.arrays["matrices"], strict=True):
            self._place_known(int(product), (kernel, geometry), matrix)

    def _place_known(self, product: int, geometry: tuple[str, str], matrix: NDArray[np.float64]) -> None:
        known = self._by_geometry.get(geometry)
        if known is not None:
            self._place(product, *known, matrix)
        elif geometry in self._stray_geometry:
            self.stray.add(product)

    def _leave(self, data: dict[str, Any]) -> None:
        """Products without a mesh: those that openings take whole are done, the others wait for a kernel."""
        for product, reason in zip(data["products"], data["reasons"], strict=True):
            if reason:
                self.refused[int(product)] = str(reason)
            else:
                self.got.add(int(product))
                self.eaten.append(int(product))

    def add(self, product: int, item: Item, matrix: NDArray[np.float64]) -> None:
        """Adds a shape that was made here and not in a child."""
        with self._lock:
            self._place(product, self._index(item), np.zeros(3), matrix)

    def settle(self) -> None:
        """Puts items and placements in an order that does not depend on which child was faster."""
        self.shapes.settle()

    def _item(self, key: tuple[str, str], message: Message) -> tuple[int, NDArray[np.float64]] | None:
        arrays, materials = message.arrays, message.data["materials"]
        vertices = arrays["vertices"]
        if not len(arrays["triangles"]):
            return None
        if not _on_earth(vertices):
            self._stray_geometry.add(key)
            return None
        centre = (vertices.min(axis=0) + vertices.max(axis=0)) / 2
        mesh = Mesh(vertices - centre, arrays["triangles"])
        return self._index(Item(mesh, _materials(materials), _clipped(arrays["material_of"], len(materials)))), centre

    def _index(self, item: Item) -> int:
        digest = item.digest
        if digest not in self._by_content:
            self._by_content[digest] = len(self.shapes.items)
            self.shapes.items.append(item)
        return self._by_content[digest]

    def _place(self, product: int, item: int, centre: NDArray[np.float64], matrix: NDArray[np.float64]) -> None:
        moved = np.array(matrix, dtype=np.float64)
        moved[:3, 3] += moved[:3, :3] @ centre
        same = (product, item, moved.tobytes())
        if same in self._placed or product not in self._keys:
            return
        if not _on_earth(moved):
            self.stray.add(product)
            return
        self._placed.add(same)
        self.got.add(product)
        self.shapes.placements.append(Placement(self._keys[product], item, moved))


def _on_earth(numbers: NDArray[np.float64]) -> bool:
    """Whether all are finite and not beyond what a coordinate on Earth can be."""
    return bool((np.abs(numbers) <= _FARTHEST_M).all())


def _materials(given: list[list[Any]]) -> tuple[Material, ...]:
    return tuple(Material(name, (r, g, b, a)) for name, r, g, b, a in given)


def _clipped(material_of: NDArray[np.int16], count: int) -> NDArray[np.int16]:
    return np.where((material_of >= 0) & (material_of < count), material_of, -1).astype(np.int16)
