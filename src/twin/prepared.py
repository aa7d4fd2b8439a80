"""Prepared surfaces: what is drawn of each item, made in bulk and only when needed; known extents stand in for the rest."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from bim.shapes import Item
from twin.ellipsoid import Array
from twin.refine import refined
from twin.surface import Ints, Surface, surfaces


@dataclass(frozen=True, slots=True, eq=False)
class Extents:
    """What is known of items without preparing them, by their digests.

    Attributes:
        lines: digest -> line of the columns.
        boxes: (k, 2, 3) float64, metres, item frame; NaN where nothing is drawn.
        triangles: (k,) triangles of each.
        refined: whether they were counted with long edges cut.
    """

    lines: Mapping[bytes, int]
    boxes: Array
    triangles: Ints
    refined: bool


NOTHING_KNOWN = Extents({}, np.zeros((0, 2, 3)), np.zeros(0, dtype=np.int64), False)


class Surfaces:
    """The surfaces of a model's items by item number; equal items share that of the first of them.

    Attributes:
        digests: of all items.
        first: (n,) int64, the number of the first item that is equal.
        boxes: (n, 2, 3) float64, metres, item frame; NaN where nothing is drawn.
        triangles: (n,) int64, triangles of each.
    """

    def __init__(self, items: Sequence[Item], known: Extents = NOTHING_KNOWN) -> None:
        self._items, self._known = items, known
        self._made: dict[int, Surface] = {}
        self._cut = False
        with np.errstate(invalid="ignore"):
            self.digests = [item.digest for item in items]
        places: dict[bytes, int] = {}
        self.first = np.array([places.setdefault(digest, number) for number, digest in enumerate(self.digests)], dtype=np.int64)
        self._places = places
        self.boxes = np.full((len(items), 2, 3), np.nan)
        self.triangles = np.zeros(len(items), dtype=np.int64)
        found = [(number, known.lines[digest]) for digest, number in places.items() if digest in known.lines]
        if found:
            numbers, lines = np.array(found).T
            self.boxes[numbers], self.triangles[numbers] = known.boxes[lines], known.triangles[lines]
        self.prepare(number for digest, number in places.items() if digest not in known.lines)
        for number, surface in self._made.items():
            self.boxes[number] = surface.box
        self._count()

    def __len__(self) -> int:
        return len(self._items)

    def __getitem__(self, number: int) -> Surface:
        """The item's surface."""
        first = int(self.first[number])
        self.prepare([first])
        return self._made[first]

    def prepare(self, numbers: Iterable[int]) -> None:
        """Makes those of these surfaces that are not made yet, all at once."""
        missing = sorted({int(self.first[number]) for number in numbers} - self._made.keys())
        made = surfaces([self._items[number] for number in missing])
        self._made.update((number, refined(surface) if self._cut else surface) for number, surface in zip(missing, made, strict=True))

    def finish(self, *, cut: bool) -> None:
        """Settles whether long edges are cut, and with that the number of triangles; asked once, before any is drawn."""
        self._cut = cut
        if cut:
            self._made = {number: refined(surface) for number, surface in self._made.items()}
        if cut != self._known.refined:
            self.prepare(self._places.values())
        self._count()

    def extents(self) -> Extents:
        """What the next version of the model need not find out again."""
        numbers = list(self._places.values())
        return Extents({digest: line for line, digest in enumerate(self._places)}, self.boxes[numbers], self.triangles[numbers],
                       self._cut)

    def _count(self) -> None:
        for number, surface in self._made.items():
            self.triangles[number] = len(surface.triangles)
        self.boxes, self.triangles = self.boxes[self.first], self.triangles[self.first]
