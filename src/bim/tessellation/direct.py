"""Products tessellated from the attributes of a STEP text: maps as instances, openings cut out, what cannot be done exactly refused."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bim.tessellation.body import Body, Refused, joined
from bim.tessellation.booleans import Margins, one_thread
from bim.tessellation.face_sets import indexed_colour
from bim.tessellation.instances import Instances, Ref
from bim.tessellation.openings import opened
from bim.tessellation.placements import ObjectPlacements
from bim.tessellation.source import Source, reference
from bim.tessellation.styles import Style, Styles

Floats = NDArray[np.float64]
_DEEPEST_MAP = 8
_MALFORMED = (TypeError, ValueError, IndexError, KeyError, AttributeError, OverflowError)
_FLAT = ("Axis", "FootPrint", "Box", "Annotation", "Plan", "CoG", "Reference", "Profile", "Lighting", "Clearance")


@dataclass(frozen=True, slots=True)
class Mesh:
    """One distinct mesh, metres, frame of its map or of its product.

    Attributes:
        key: equal for equal meshes.
        style_of: (m,) int16, index into `styles` of each triangle, -1 for none.
    """

    key: str
    vertices: Floats
    triangles: NDArray[np.int32]
    styles: tuple[Style, ...]
    style_of: NDArray[np.int16]


@dataclass(frozen=True, slots=True)
class Placed:
    """A mesh where it stands for a product; matrix (4, 4) mesh frame to model frame, metres."""

    product: int
    mesh: Mesh
    matrix: Floats


@dataclass(frozen=True, slots=True)
class Left:
    """A product without a mesh: refused for a reason, or wholly eaten by its openings (reason "")."""

    product: int
    reason: str


@dataclass(frozen=True, slots=True)
class _Group:
    """Items that share a frame: those of one map, or those of the representation itself."""

    key: str
    items: tuple[int, ...]
    matrix: Floats
    style: Style | None


class Direct:
    """One file."""

    def __init__(self, path: Path, length_m: float, angle_rad: float) -> None:
        one_thread()
        self.source = Source(Instances.read(path), length_m, angle_rad)
        self._placements = ObjectPlacements(self.source)
        self._styles = Styles(self.source)
        self._listed: dict[int, list[Any]] = {}
        self._maps: dict[int, tuple[Floats, int]] = {}
        self._meshes: dict[tuple[str, Style | None], Mesh | Refused] = {}

    def tessellated(self, wanted: Sequence[tuple[int, int]]) -> Iterator[Placed | Left]:
        """Meshes of (product, representation) pairs; each product ends as one or more Placed, or as one Left."""
        for product, representation in wanted:
            try:
                made = self._product(product, representation)
            except Refused as refused:
                yield Left(product, refused.reason)
            except _MALFORMED:
                yield Left(product, "malformed")
            else:
                if not made:
                    yield Left(product, "")
                yield from made

    def _product(self, product: int, representation: int) -> list[Placed]:
        placement = self._placements.matrix(self.source.args(product)[5])
        fallback = self._styles.of_product(product)
        groups = self._groups(representation, np.eye(4), None, 0)
        if not groups:
            raise Refused("representation:empty")
        openings = self._openings_of(product)
        if openings:
            return self._cut(product, placement, groups, openings, fallback)
        return [Placed(product, mesh, self._metres(placement @ group.matrix)) for group in groups
                if len((mesh := self._mesh(group, fallback)).triangles)]

    def _groups(self, representation: int, matrix: Floats, style: Style | None, depth: int) -> list[_Group]:
        """The groups of a representation: its own items together, each map apart."""
        if depth > _DEEPEST_MAP:
            raise Refused("map:too-deep")
        own: list[int] = []
        found: list[_Group] = []
        for item in self._items(representation):
            if self.source.class_of(item) == "IFCMAPPEDITEM":
                source, target = self.source.args(item)[:2]
                back, mapped = self._map(reference(source, "map"))
                inner = self.source.axes(reference(target, "operator")) @ back
                found += self._groups(mapped, matrix @ inner, self._styles.of_item(item) or style, depth + 1)
            else:
                own.append(int(reference(item, "item")))
        if own:
            found.insert(0, _Group(f"{representation}", tuple(own), matrix, style))
        return found

    def _items(self, representation: int) -> list[Any]:
        """Items of a representation, each once; those of a map are read once."""
        if representation not in self._listed:
            self._listed[representation] = list(dict.fromkeys(self.source.args(representation)[3] or []))
        return self._listed[representation]

    def _map(self, source: int) -> tuple[Floats, int]:
        """Inverse of a map's origin, and its representation."""
        if source not in self._maps:
            origin, mapped = self.source.args(source)[:2]
            self._maps[source] = np.asarray(np.linalg.inv(self.source.axes(origin)), np.float64), reference(mapped, "representation")
        return self._maps[source]

    def _mesh(self, group: _Group, fallback: Style | None) -> Mesh:
        key = group.key, group.style or fallback
        if key not in self._meshes:
            try:
                bodies = [(item, self.source.body(item)) for item in group.items]
                self._meshes[key] = self._finished(f"{group.key}/{key[1]}", bodies, group.style, fallback)
            except Refused as refused:
                self._meshes[key] = refused
        found = self._meshes[key]
        if isinstance(found, Refused):
            raise found
        return found

    def _cut(self, product: int, placement: Floats, groups: list[_Group], openings: list[int], fallback: Style | None) -> list[Placed]:
        """The product with its openings taken out, as one mesh of its own."""
        back = np.linalg.inv(placement)
        tools = [body.placed(back @ matrix) for opening in openings for body, matrix in self._opening(opening)]
        margins = Margins.of(self.source.length_m, self.source.precision)
        placed: list[Placed] = []
        for number, group in enumerate(groups):
            bodies = [(item, opened(self.source.body(item).placed(group.matrix), tools, margins)) for item in group.items]
            mesh = self._finished(f"{product}/{number}", bodies, group.style, fallback)
            if len(mesh.triangles):
                placed.append(Placed(product, mesh, self._metres(placement)))
        return placed

    def _opening(self, opening: int) -> list[tuple[Body, Floats]]:
        """Bodies of an opening with their matrices to the model frame, file units."""
        args = self.source.args(opening)
        if not isinstance(args[6], Ref):
            return []
        placement = self._placements.matrix(args[5])
        found = []
        for representation in self.source.args(args[6])[2] or []:
            identifier = self.source.args(representation)[1]
            if identifier in _FLAT:
                continue
            for group in self._groups(int(representation), np.eye(4), None, 0):
                found += [(self.source.body(item), placement @ group.matrix) for item in group.items]
        return found

    def _openings_of(self, product: int) -> list[int]:
        """Openings of the product, and of the elements that it is a part of."""
        found: list[int] = []
        for _ in range(100):
            found += self._voids.get(product, [])
            if product not in self._wholes:
                break
            product = self._wholes[product]
        return found

    @cached_property
    def _voids(self) -> dict[int, list[int]]:
        found: dict[int, list[int]] = {}
        for id in self.source.instances.of("IFCRELVOIDSELEMENT"):
            args = self.source.args(id)
            if len(args) > 5 and isinstance(args[4], Ref) and isinstance(args[5], Ref):
                found.setdefault(int(args[4]), []).append(int(args[5]))
        return found

    @cached_property
    def _wholes(self) -> dict[int, int]:
        """Part -> whole, where the whole has openings somewhere up."""
        if not self._voids:
            return {}
        found: dict[int, int] = {}
        for id in self.source.instances.of("IFCRELAGGREGATES"):
            args = self.source.args(id)
            if len(args) > 5 and isinstance(args[4], Ref) and isinstance(args[5], list):
                found.update({int(part): int(args[4]) for part in args[5] if isinstance(part, Ref)})
        return found

    def _finished(self, key: str, bodies: list[tuple[int, Body]], style: Style | None, fallback: Style | None) -> Mesh:
        """Bodies of items as one mesh in metres, with the style of each triangle."""
        styles: dict[Style, int] = {}
        parts = [self._style_of(item, body, style, fallback, styles) for item, body in bodies]
        whole = joined([body for _, body in bodies])
        return Mesh(key, whole.vertices * self.source.length_m, whole.triangles, tuple(styles),
                    np.concatenate(parts) if parts else np.zeros(0, np.int16))

    def _style_of(self, item: int, body: Body, style: Style | None, fallback: Style | None, styles: dict[Style, int]) -> NDArray[np.int16]:
        def index(one: Style | None) -> int:
            return -1 if one is None else styles.setdefault(one, len(styles))

        plain = index(self._styles.of_item(item) or style or fallback)
        found = np.full(len(body.triangles), plain, np.int16)
        if body.style_of is not None:
            for own in np.unique(body.style_of):
                if own:
                    found[body.style_of == own] = index(self._coloured(int(own)))
        return found

    def _coloured(self, own: int) -> Style | None:
        """A triangle's own style: an instance, or an indexed colour where the number is negative."""
        return self._styles.of_instance(own) if own > 0 else Style("", indexed_colour(self.source, own))

    def _metres(self, matrix: Floats) -> Floats:
        found: Any = matrix.copy()
        found[:3, 3] *= self.source.length_m
        return np.asarray(found)
