"""The shapes of models as they were kept, and whether the surfaces of an element stand in a straight line."""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from bim.georeference import Georeference
from bim.shapes import Item, Material, Placement, Shapes
from csdi.blobs import Blobs
from csdi.crs import crs, transform
from csdi.errors import BlobMissing, FeatureMissing, FileBroken, PathMissing
from csdi.store.base import Reader

Floats = NDArray[np.float64]
_AT_ONCE = 4
"""Models whose shapes stay in memory."""
_SEE_THROUGH = 0.8
"""Opacity up to which a surface hides nothing."""
_GLASS = re.compile(r"(?<!fiber)(?<!fibre)(?<!fiber )glass(?!.?(wool|fib))|\bglas\b|glaz|verglas|\bverre\b|\bvetro\b|vidrio|"
                    r"玻璃(?!纖維|纤维|棉)", re.I)
"""What a material is called that one looks through, whatever opacity its colour states."""
_TOUCH_M = 0.01
_FLAT = 1e-12


@dataclass(frozen=True)
class ModelShapes:
    """Shapes of one model as they were kept, by element."""

    shapes: Shapes
    _opaque: dict[int, tuple[Floats, bool]] = field(default_factory=dict)

    @cached_property
    def placements(self) -> Mapping[str, Sequence[Placement]]:
        """GlobalId -> where its items stand."""
        made: dict[str, list[Placement]] = {}
        for one in self.shapes.placements:
            made.setdefault(one.element, []).append(one)
        return made

    def opaque(self, item: int) -> tuple[Floats, bool]:
        """Triangles (m, 3, 3) of an item that nobody looks through, in its own frame, and whether it has others."""
        if item not in self._opaque:
            self._opaque[item] = _opaque(self.shapes.items[item])
        return self._opaque[item]

    def stands_in(self, element: str, line: Floats, *, is_window: bool = False) -> bool:
        """Whether an opaque surface of an element crosses a line, ends apart.

        A window of which no surface is transparent does not tell its panes from its frame: it hides nothing.

        Args:
            line: (2, 3) both ends in the frame of the model, metres.
        """
        given = [(self.opaque(one.item), one.matrix) for one in self.placements.get(element, ())]
        if is_window and not any(clear for (_, clear), _ in given):
            return False
        length = max(float(np.linalg.norm(line[1] - line[0])), _FLAT)
        return any(_crosses(triangles, _into(matrix, line), _TOUCH_M / length) for (triangles, _), matrix in given if len(triangles))


class KeptShapes:
    """Shapes of the models of a state, as far as they were kept. Safe to share between threads."""

    def __init__(self, reader: Reader, blobs: Blobs) -> None:
        self._reader, self._blobs = reader, blobs
        self._models: dict[str, tuple[ModelShapes, Georeference] | None] = {}

    def of(self, model: str) -> tuple[ModelShapes, Georeference] | None:
        """Shapes and place of a model; None where none are kept."""
        if model not in self._models:
            self._models[model] = self._read(model)
        return self._models[model]

    def line(self, model: str, ends: Floats, storage: str) -> Floats | None:
        """A line (2, 3) of a storage CRS, x first, heights in metres, in the frame of a model; None where no shapes of it are kept."""
        found = self.of(model)
        if found is None:
            return None
        place = found[1]
        if not place.placed:
            return ends
        horizontal = crs(place.crs).horizontal
        plan = transform(crs(storage).horizontal, horizontal).points(ends[:, :2]) * horizontal.unit_to_metre
        return _into(place.affine, np.column_stack([plan, ends[:, 2]]))

    def stands_in(self, model: str, element: str, line: Floats, *, is_window: bool = False) -> bool:
        """As `ModelShapes.stands_in`, of a model whose shapes are kept."""
        found = self.of(model)
        return found is not None and found[0].stands_in(element, line, is_window=is_window)

    def _read(self, model: str) -> tuple[ModelShapes, Georeference] | None:
        try:
            row: Mapping[str, Any] = self._reader.feature("models", model).properties
            kept, place = row.get("kept"), row.get("georeference")
            return (_shapes_at(self._blobs, str(kept)), Georeference.read(place)) if kept and place and "affine" in place else None
        except (FeatureMissing, BlobMissing, PathMissing, FileBroken):
            return None


_CACHES: WeakKeyDictionary[Blobs, OrderedDict[str, ModelShapes]] = WeakKeyDictionary()
_LOCK = threading.Lock()


def _shapes_at(blobs: Blobs, kept: str) -> ModelShapes:
    """What was kept under a name, which never changes. Raises BlobMissing, PathMissing, FileBroken."""
    with _LOCK:
        cache = _CACHES.setdefault(blobs, OrderedDict())
        if kept in cache:
            cache.move_to_end(kept)
            return cache[kept]
    with blobs.folder(kept) as folder:
        made = ModelShapes(Shapes.load(Path(folder, "shapes.npz")))
    with _LOCK:
        cache[kept] = made
        while len(cache) > _AT_ONCE:
            cache.popitem(last=False)
    return made


def _opaque(item: Item) -> tuple[Floats, bool]:
    clear = np.array([*(_is_clear(one) for one in item.materials), False], dtype=bool)[item.material_of]
    return item.mesh.vertices[item.mesh.triangles[~clear]], bool(clear.any())


def _is_clear(material: Material) -> bool:
    return material.rgba[3] <= _SEE_THROUGH or bool(_GLASS.search(material.name))


def _into(matrix: Floats, points: Floats) -> Floats:
    """Points (n, 3) in the frame that a matrix leads out of."""
    return np.asarray(np.linalg.solve(matrix, np.column_stack([points, np.ones(len(points))]).T).T[:, :3], dtype=np.float64)


def _crosses(triangles: Floats, line: Floats, ends: float) -> bool:
    """Whether a line (2, 3) crosses one of the triangles (m, 3, 3) (Möller and Trumbore, 1997), further in than a share of its length."""
    start, way = line[0], line[1] - line[0]
    first, second = triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0]
    across = np.cross(way, second)
    size = np.einsum("ij,ij->i", first, across)
    with np.errstate(divide="ignore", invalid="ignore"):
        inverse = 1.0 / size
        out = start - triangles[:, 0]
        u = np.einsum("ij,ij->i", out, across) * inverse
        around = np.cross(out, first)
        v = around @ way * inverse
        t = np.einsum("ij,ij->i", second, around) * inverse
        hit = (np.abs(size) > _FLAT * np.linalg.norm(way)) & (u >= 0) & (v >= 0) & (u + v <= 1) & (t > ends) & (t < 1 - ends)
    return bool(hit.any())
