"""Solids: the faces of bodies as triangles, and a file that keeps those of a layer by the names of its rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import mapbox_earcut
import numpy as np
import orjson
from numpy.typing import NDArray

from csdi.errors import FileBroken

Floats = NDArray[np.float64]
BODIES = "bodies"
"""The particular of a Collection that names the blob of the solids of its Features."""
_NONE: Floats = np.zeros((0, 3, 3))


def triangulated(surfaces: Iterable[Sequence[Floats]]) -> Floats:
    """The triangles of flat faces in space, holes left open, each looking the way of its face.

    A face is cut in the plane that its outer ring is nearest to (Newell's normal); faces without area give nothing.

    Args:
        surfaces: each with its outer ring first, then its holes: (n, 3) x, y, z; a ring may end where it begins.

    Returns:
        (m, 3, 3) corners.
    """
    found = [made for rings in surfaces if len(made := _face([_open(ring) for ring in rings]))]
    return np.concatenate(found) if found else _NONE


def _open(ring: Floats) -> Floats:
    return ring[:-1] if len(ring) > 1 and (ring[0] == ring[-1]).all() else ring


def _face(rings: Sequence[Floats]) -> Floats:
    kept = [ring for ring in rings if len(ring) > 2]
    if not kept or len(rings[0]) < 3:
        return _NONE
    origin = rings[0][0]
    outer = rings[0] - origin
    normal = np.cross(outer, np.roll(outer, -1, axis=0)).sum(axis=0)
    size = float(np.linalg.norm(normal))
    if not np.isfinite(size) or size < 1e-12:
        return _NONE
    corners = np.concatenate(kept) - origin
    flat = corners @ _plane(normal / size)
    ends = np.cumsum([len(ring) for ring in kept]).astype(np.uint32)
    triangles = mapbox_earcut.triangulate_float64(np.ascontiguousarray(flat), ends).astype(np.int64).reshape(-1, 3)
    a, b, c = (flat[triangles[:, k]] for k in range(3))
    turned = (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) < (c[:, 0] - a[:, 0]) * (b[:, 1] - a[:, 1])
    triangles = np.where(turned[:, None], triangles[:, ::-1], triangles)
    return np.asarray(corners[triangles] + origin)


def _plane(normal: Floats) -> Floats:
    """(3, 2) two directions in the plane, so that its normal is up when they are east and north."""
    beside = np.eye(3)[int(np.argmin(np.abs(normal)))]
    east = np.cross(beside, normal)
    east /= np.linalg.norm(east)
    return np.stack([east, np.cross(normal, east)], axis=1)


@dataclass(frozen=True, slots=True)
class Solids:
    """The triangles of a layer's rows.

    Attributes:
        field: the property that names a row.
        places: name -> first triangle and how many.
        triangles: (m, 3, 3) float64, CRS of the layer, x first.
    """

    field: str
    places: Mapping[str, tuple[int, int]]
    triangles: Floats

    @classmethod
    def of(cls, field: str, rows: Iterable[tuple[str, Floats]]) -> Solids:
        """Of named rows; those without triangles are left out, and of two with one name the first counts."""
        kept: dict[str, Floats] = {}
        for name, triangles in rows:
            if len(triangles):
                kept.setdefault(name, triangles)
        starts = [0, *np.cumsum([len(one) for one in kept.values()]).tolist()]
        places = {name: (start, end - start) for name, (start, end) in zip(kept, pairwise(starts), strict=True)}
        return cls(field, places, np.concatenate(list(kept.values())) if kept else _NONE)

    def named(self, name: str) -> Floats | None:
        """The (n, 3, 3) triangles of a row; None where it has none."""
        place = self.places.get(name)
        return None if place is None else np.asarray(self.triangles[place[0]:place[0] + place[1]])

    def to_bytes(self) -> bytes:
        """As `read_solids` reads it."""
        head = orjson.dumps({"field": self.field, "names": list(self.places), "counts": [count for _, count in self.places.values()]})
        head += b" " * (-len(head) % 8)
        return len(head).to_bytes(8, "little") + head + np.ascontiguousarray(self.triangles, "<f8").tobytes()


def read_solids(path: Path) -> Solids:
    """The solids of a layer; their triangles stay in the file until they are asked for.

    Raises:
        FileBroken: it is not what `Solids.to_bytes` wrote.
    """
    try:
        with path.open("rb") as source:
            length = int.from_bytes(source.read(8), "little")
            head = orjson.loads(source.read(length))
        starts = [0, *np.cumsum(head["counts"], dtype=np.int64).tolist()]
        places = {name: (start, count) for name, start, count in zip(head["names"], starts, head["counts"], strict=False)}
        triangles = np.memmap(path, "<f8", "r", 8 + length, (starts[-1], 3, 3)) if starts[-1] else _NONE
        return Solids(head["field"], places, triangles)
    except (ValueError, KeyError, OSError, MemoryError, OverflowError) as error:
        raise FileBroken(f"solids are not readable: {error}", file=str(path), remedy="publish the layer again") from None
