"""Survey: what is kept of each structure while a city is planned, and which of them belong to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import compress

import numpy as np

from csdi.errors import CrsError, ValueInvalid
from twin.city.quadtree import Outlines
from twin.city.structures import Structure, Tally
from twin.ellipsoid import Array, ecef
from twin.frame import Reprojection
from twin.pieces import LOST_M

_FAR = 20
"""Times the distance that half of the structures are within."""


@dataclass(slots=True)
class Survey:
    """What is kept of each structure while a plan is made."""

    ids: list[str] = field(default_factory=list)
    digests: list[bytes] = field(default_factory=list)
    boxes: list[Array] = field(default_factory=list)
    heights: list[Array] = field(default_factory=list)
    triangles: list[int] = field(default_factory=list)

    def add(self, structures: Sequence[Structure], reprojection: Reprojection, tally: Tally) -> None:
        """All at once; where that fails one by one, and those that fail are in the tally."""
        if not structures:
            return
        try:
            boxes, heights = _outlines(structures, reprojection)
        except (CrsError, ValueInvalid):
            if len(structures) > 1:
                half = len(structures) // 2
                self.add(structures[:half], reprojection, tally)
                self.add(structures[half:], reprojection, tally)
            else:
                tally.add("CTY-007", structures[0].id)
            return
        for number, structure in enumerate(structures):
            if not np.isfinite(boxes[number]).all() or not np.isfinite(heights[number]).all():
                tally.add("CTY-007", structure.id)
                continue
            self.ids.append(structure.id)
            self.digests.append(structure.digest)
            self.triangles.append(structure.triangles)
            self.boxes.append(boxes[number])
            self.heights.append(heights[number])

    def without_lost(self, tally: Tally) -> None:
        """Leaves out what lies so far from the rest that it cannot belong to the city: its region would be half a continent."""
        if not self.ids:
            return
        boxes = np.array(self.boxes)
        places = ecef(np.column_stack([(boxes[:, :2] + boxes[:, 2:]) / 2, np.zeros(len(boxes))]))
        away = np.linalg.norm(places - np.median(places, axis=0), axis=1)
        stays = away <= max(LOST_M, _FAR * float(np.median(away)))
        for number in np.flatnonzero(~stays).tolist():
            tally.add("CTY-011", self.ids[number])
        self.ids, self.digests = list(compress(self.ids, stays)), list(compress(self.digests, stays))
        self.boxes, self.heights = list(compress(self.boxes, stays)), list(compress(self.heights, stays))
        self.triangles = list(compress(self.triangles, stays))

    def outlines(self) -> Outlines:
        """What the tree needs to know of them."""
        return Outlines(np.array(self.boxes), np.array(self.heights), np.array(self.triangles, dtype=np.int64))


def _outlines(structures: Sequence[Structure], reprojection: Reprojection) -> tuple[Array, Array]:
    """Boxes in degrees (n, 4) and ellipsoidal heights (n, 2) of structures."""
    corners = [one.places() for one in structures]
    places = reprojection.geodetic(np.concatenate(corners))
    starts = np.cumsum([0, *(len(one) for one in corners[:-1])])
    low, high = np.minimum.reduceat(places, starts), np.maximum.reduceat(places, starts)
    return np.concatenate([low[:, :2], high[:, :2]], axis=1), np.stack([low[:, 2], high[:, 2]], axis=1)
