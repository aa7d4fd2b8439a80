"""A scene: the bodies of one model or several in one frame, with the geometry that comparing them needs, made once."""

from __future__ import annotations

from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from bim.clash.solids import Solid, solid_of, united
from bim.footprints import boxes_of
from bim.georeference import Georeference
from bim.shapes import Placement, Shapes
from csdi.errors import ValueInvalid
from csdi.extent import BBox
from csdi.feature import Feature

Floats = NDArray[np.float64]
_Key = TypeVar("_Key")
_Value = TypeVar("_Value")

_KEPT = 4096
"""Solids that are kept at once."""
_NOT_BODIES = frozenset({"IfcVirtualElement", "IfcSpace", "IfcGrid", "IfcAnnotation", "IfcOpeningElement", "IfcOpeningStandardCase"})


@dataclass(frozen=True)
class Member:
    """One model of a scene.

    Attributes:
        name: what tells it from the other models; the model's slug.
        shapes: of its elements, model frame, metres.
        rows: GlobalId -> row of its elements, systems and classes in it; those of other roles than `element` are no bodies.
        georeference: where it lies; several models can only be compared where all have one, in the same CRS and height datum.
    """

    name: str
    shapes: Shapes
    rows: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    georeference: Georeference | None = None

    @classmethod
    def of(cls, name: str, shapes: Shapes, elements: Iterable[Feature], georeference: Georeference | None = None) -> Member:
        """A model with the rows of its elements, as `ModelTables` gives them."""
        return cls(name, shapes, {str(row.properties["global_id"]): row.properties for row in elements}, georeference)


@runtime_checkable
class Neighbours(Protocol):
    """A site that has models that were accepted before."""

    def neighbours(self, box: BBox, /) -> Sequence[Member]:
        """Those of them with something inside a box, in HK1980 Grid and mPD."""
        ...


@dataclass(frozen=True, slots=True)
class Body:
    """One element of a scene.

    Attributes:
        model: name of its member.
        element: GlobalId.
        row: what the model says of it; empty where it says nothing.
    """

    model: str
    element: str
    row: Mapping[str, Any]


class Scene:
    """The bodies of some members in the frame of the first one, about a local origin.

    Attributes:
        bodies: each element that has a shape.
        boxes: (n, 2, 3) lowest and highest corner of each, metres, less `origin`.
        origin: (3,) in the frame of the first member.
        rows: GlobalId -> row, of all members.
    """

    def __init__(self, members: Sequence[Member]) -> None:
        """The scene of some models.

        Raises:
            ValueInvalid: several models, and one has no georeference, or lies in another CRS or height datum.
        """
        moves = _moves(members)
        self._items = [item for member in members for item in member.shapes.items]
        placed = _placed(members, moves)
        boxes = boxes_of(Shapes(self._items, [placement for _, placement in placed]))
        self.origin = _middle(boxes)
        rows: dict[tuple[int, str], list[int]] = defaultdict(list)
        for number, (member, placement) in enumerate(placed):
            rows[member, placement.element].append(number)
        self.bodies = [Body(members[member].name, element, members[member].rows.get(element, {})) for member, element in rows]
        self.boxes = np.array([[boxes[some, 0].min(axis=0), boxes[some, 1].max(axis=0)] for some in rows.values()]).reshape(-1, 2, 3)
        self.boxes -= self.origin
        self.rows = {key: row for member in members for key, row in member.rows.items()}
        self._placements = [[placed[row][1] for row in some] for some in rows.values()]
        self._solids: _Kept[int, Solid | None] = _Kept(self._solid)
        self._item_solids: _Kept[int, Solid | None] = _Kept(lambda number: solid_of(self._items[number].mesh))
        self._corners: _Kept[int, Floats] = _Kept(self._made_corners)

    def __len__(self) -> int:
        return len(self.bodies)

    def solid(self, body: int) -> Solid | None:
        """What a body fills, less `origin`; None where its surface is not closed."""
        return self._solids[body]

    def corners(self, body: int) -> Floats:
        """Triangles (m, 3, 3) of a body, less `origin`."""
        return self._corners[body]

    def pose(self, body: int) -> tuple[tuple[bytes, Floats], ...]:
        """Digest of each item of a body and the matrix (4, 4) under which it stands."""
        return tuple((self._items[one.item].digest, one.matrix) for one in self._placements[body])

    def _local(self, placement: Placement) -> Floats:
        matrix = placement.matrix.copy()
        matrix[:3, 3] -= self.origin
        return matrix

    def _solid(self, body: int) -> Solid | None:
        parts = []
        for placement in self._placements[body]:
            own = self._item_solids[placement.item]
            if own is None:
                return None
            parts.append(own.placed(self._local(placement)))
        return united(parts)

    def _made_corners(self, body: int) -> Floats:
        meshes = [self._items[one.item].mesh.placed(self._local(one)) for one in self._placements[body]]
        return np.concatenate([mesh.vertices[mesh.triangles] for mesh in meshes])


class _Kept(Generic[_Key, _Value]):
    """What was made last, so that it is not made again; the oldest goes first."""

    def __init__(self, make: Callable[[_Key], _Value]) -> None:
        self._make, self._held = make, OrderedDict[_Key, _Value]()

    def __getitem__(self, key: _Key) -> _Value:
        if key in self._held:
            self._held.move_to_end(key)
            return self._held[key]
        made = self._held[key] = self._make(key)
        if len(self._held) > _KEPT:
            self._held.popitem(last=False)
        return made


def why_apart(one: Member, other: Member) -> str:
    """Why two models cannot be put into one frame; "" where they can."""
    for member in (one, other):
        if member.georeference is None or not member.georeference.placed:
            return f"{member.name} has no georeference"
    first, second = one.georeference, other.georeference
    assert first is not None
    assert second is not None
    if first.crs != second.crs:
        return f"{one.name} lies in {first.crs}, {other.name} in {second.crs}"
    if first.vertical_crs != second.vertical_crs:
        heights = [place.vertical_crs or "no datum" for place in (first, second)]
        return f"heights of {one.name} are in {heights[0]}, those of {other.name} in {heights[1]}"
    return ""


def _moves(members: Sequence[Member]) -> list[Floats]:
    """(4, 4) from the frame of each member to that of the first; far coordinates are taken off before they cost digits."""
    moves = [np.eye(4)][:len(members)]
    for member in members[1:]:
        if why := why_apart(members[0], member):
            raise ValueInvalid(f"models cannot be compared: {why}", field="georeference",
                               remedy="give both models a map conversion to one CRS and height datum")
        assert members[0].georeference is not None
        assert member.georeference is not None
        first, own = members[0].georeference.affine.copy(), member.georeference.affine.copy()
        shift = first[:3, 3].copy()
        first[:3, 3] -= shift
        own[:3, 3] -= shift
        moves.append(np.linalg.inv(first) @ own)
    return moves


def _placed(members: Sequence[Member], moves: Sequence[Floats]) -> list[tuple[int, Placement]]:
    """Member and placement, in the frame of the first and with its item counted over all, of everything that is a body."""
    placed, first = [], 0
    for number, (member, move) in enumerate(zip(members, moves, strict=True)):
        for one in member.shapes.placements:
            row = member.rows.get(one.element, {})
            solid = len(member.shapes.items[one.item].mesh.triangles) > 0
            if solid and row.get("role", "element") == "element" and row.get("ifc_class") not in _NOT_BODIES:
                placed.append((number, Placement(one.element, first + one.item, move @ one.matrix if number else one.matrix)))
        first += len(member.shapes.items)
    return placed


def _middle(boxes: Floats) -> Floats:
    """(3,) whole metres about the middle of boxes (n, 2, 3), not moved by one that lies far off."""
    if not len(boxes):
        return np.zeros(3)
    return np.asarray(np.floor(np.median(boxes.mean(axis=1), axis=0)))
