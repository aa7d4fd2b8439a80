"""Validity of shapes: whether an element's geometry encloses a volume, crosses itself, or lies where nothing of the model is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import MutableMapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from bim.clash.boxes import pairs_within
from bim.clash.triangles import crossings_of, triangle_boxes
from bim.footprints import boxes_of
from bim.shapes import Item, Shapes
from bim.tessellation.topology import open_edges, signed_volume, surface_area, weld_near

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_WELD_M = 1e-5
_THIN_M = 1e-6
"""A triangle that is flatter than this has no area."""
_HOLLOW_M = 1e-5
"""A closed body that is thinner than this on average (twice its volume over its surface) has no volume."""
_FAR_M = 10_000.0
_MOST_PAIRS = 400_000
"""Pairs of triangles of one item that are tried for crossings."""
FAULTS = ("empty", "open", "self-intersecting", "inverted", "zero-volume", "degenerate", "duplicate-faces", "box-only", "far")
"""What can be wrong with a shape, the gravest first; `degenerate` and `box-only` may be intended."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What one item's mesh is, in its own frame, metres.

    Attributes:
        open_edges: edges, after vertices within 0.01 mm were made one, along which not as many triangles run one way as the other.
        degenerate: triangles flatter than a micrometre.
        duplicates: triangles that lie on another of the same three corners.
        crossings: pairs of triangles of one connected part that go through each other; None where there are too many to try.
        parts: connected parts.
        volume_m3: signed, negative where faces look inwards; None where the mesh is open.
        is_box: whether it is one cuboid.
    """

    triangles: int
    open_edges: int
    degenerate: int
    duplicates: int
    crossings: int | None
    parts: int
    area_m2: float
    volume_m3: float | None
    is_box: bool

    @property
    def faults(self) -> tuple[str, ...]:
        """Those of `FAULTS` that the mesh alone shows."""
        volume, closed = self.volume_m3, self.triangles > 0 and not self.open_edges
        thin = volume is not None and 2 * abs(volume) <= _HOLLOW_M * self.area_m2
        has = {"empty": not self.triangles, "open": self.open_edges > 0, "self-intersecting": bool(self.crossings),
               "inverted": closed and not thin and volume is not None and volume < 0, "zero-volume": closed and thin,
               "degenerate": self.degenerate > 0, "duplicate-faces": self.duplicates > 0, "box-only": self.is_box}
        return tuple(fault for fault in FAULTS if has.get(fault))


@dataclass(frozen=True, slots=True)
class Validity:
    """What an element's shape is.

    Attributes:
        element: GlobalId.
        faults: those of `FAULTS` that it has.
        items: what was measured of each of its items.
        centre: (3,) of its box, model frame, metres.
        away_m: from the middle of the model's elements.
    """

    element: str
    faults: tuple[str, ...]
    items: tuple[Measured, ...]
    centre: tuple[float, float, float]
    away_m: float

    def to_dict(self) -> dict[str, Any]:
        """The numbers, JSON-compatible."""
        return {"faults": list(self.faults), "away_m": round(self.away_m, 3), "items": [asdict(one) for one in self.items]}


def validities(shapes: Shapes, known: MutableMapping[bytes, Measured] | None = None, far_m: float = _FAR_M) -> dict[str, Validity]:
    """GlobalId -> what the shape of each element is.

    Args:
        known: digest of an item -> what was measured of it, kept by the caller from run to run; filled here.
        far_m: an element whose centre is further from the middle (median) of all is far.
    """
    known = {} if known is None else known
    rows: dict[str, list[int]] = defaultdict(list)
    for row, placement in enumerate(shapes.placements):
        rows[placement.element].append(row)
    if not rows:
        return {}
    boxes = boxes_of(shapes)
    whole = np.array([[boxes[some, 0].min(axis=0), boxes[some, 1].max(axis=0)] for some in rows.values()])
    centres = whole.mean(axis=1)
    solid = np.isfinite(centres).all(axis=1)
    middle = np.median(centres[solid], axis=0) if solid.any() else np.zeros(3)
    away = np.linalg.norm(centres - middle, axis=1)
    return {element: _validity(element, [_known(shapes.items[shapes.placements[row].item], known) for row in some], centres[at],
                               float(away[at]), far_m)
            for at, (element, some) in enumerate(rows.items())}


def _validity(element: str, items: list[Measured], centre: Floats, away: float, far_m: float) -> Validity:
    found = {fault for item in items for fault in item.faults}
    if len(items) > 1:
        found.discard("box-only")
    if any(item.triangles for item in items):
        found.discard("empty")
    if away > far_m:
        found.add("far")
    x, y, z = centre.tolist()
    return Validity(element, tuple(fault for fault in FAULTS if fault in found), tuple(items), (x, y, z), away)


def _known(item: Item, known: MutableMapping[bytes, Measured]) -> Measured:
    if item.digest not in known:
        known[item.digest] = measured(item)
    return known[item.digest]


def measured(item: Item) -> Measured:
    """What the item's mesh is; time is bounded by its number of triangles, not by how they lie."""
    vertices, triangles = item.mesh.vertices, item.mesh.triangles
    if not len(triangles):
        return Measured(0, 0, 0, 0, 0, 0, 0.0, None, False)
    welded = weld_near(vertices, _WELD_M)[triangles]
    corners = vertices[triangles]
    flat = _is_flat(corners)
    whole = (welded[:, 0] != welded[:, 1]) & (welded[:, 1] != welded[:, 2]) & (welded[:, 2] != welded[:, 0])
    sound = welded[whole]
    loose = int((open_edges(sound, len(vertices))[2] > 0).sum()) if len(sound) else 0
    part = _parts(welded, len(vertices))
    usable = whole & ~flat
    return Measured(
        len(triangles), loose, int(flat.sum()), len(sound) - len(np.unique(np.sort(sound, axis=1), axis=0)) if len(sound) else 0,
        _crossings(corners[usable], welded[usable], part[usable]), len(np.unique(part)), surface_area(vertices, triangles),
        None if loose else signed_volume(vertices, triangles), not loose and _is_box(vertices[np.unique(sound)], corners[usable]))


def _is_flat(corners: Floats) -> NDArray[np.bool_]:
    """(m,) triangles whose height over their longest edge is less than a micrometre."""
    edges = corners - np.roll(corners, 1, axis=1)
    longest = np.sqrt((edges * edges).sum(axis=2)).max(axis=1)
    doubled = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1)
    return np.asarray(doubled <= _THIN_M * longest)


def _parts(welded: Ints, count: int) -> Ints:
    """(m,) connected part of each triangle."""
    start, end = welded[:, [0, 1]].reshape(-1), welded[:, [1, 2]].reshape(-1)
    graph = coo_matrix((np.ones(len(start), np.int8), (start, end)), shape=(count, count))
    return np.asarray(connected_components(graph, directed=False)[1][welded[:, 0]], dtype=np.int64)


def _crossings(corners: Floats, welded: Ints, part: Ints) -> int | None:
    """Pairs of triangles of one part that share no corner and go through each other; None for too many to try."""
    kept, count = [np.zeros((0, 2), np.int64)], 0
    for pairs in pairs_within(triangle_boxes(corners)):
        apart = (welded[pairs[:, 0], :, None] != welded[pairs[:, 1], None, :]).all(axis=(1, 2))
        kept.append(pairs[apart & (part[pairs[:, 0]] == part[pairs[:, 1]])])
        count += len(kept[-1])
        if count > _MOST_PAIRS:
            return None
    return len(crossings_of(corners, corners, np.concatenate(kept)).pairs)


def _is_box(points: Floats, corners: Floats) -> bool:
    """Whether triangles over eight corners are the six sides of a cuboid."""
    if len(points) != 8 or len(corners) != 12:
        return False
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normals /= np.linalg.norm(normals, axis=1)[:, None]
    along = np.abs(normals @ normals.T)
    return bool(((along < 1e-6) | (along > 1 - 1e-6)).all() and ((along > 0.5).sum(axis=1) == 4).all())
