"""Sectioned solids: profiles carried along an alignment, sections set where a chord would leave the curve by a millimetre."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from bim.tessellation.alignment import Directrix, alignment_of, stations
from bim.tessellation.body import Body, Refused, joined
from bim.tessellation.linear_placement import LinearPoint, linear_point
from bim.tessellation.profiles import Part
from bim.tessellation.source import reference
from bim.tessellation.sweeps import following
from bim.tessellation.topology import signed_volume

if TYPE_CHECKING:
    from bim.tessellation.source import Builder, Source

Floats = NDArray[np.float64]


def sectioned_solid(source: Source, id: int) -> Body:
    """IfcSectionedSolidHorizontal whose sections have the same rings and stand upright on the curve. Raises Refused."""
    directrix, sections, positions = source.args(id)[:3]
    alignment = alignment_of(source, reference(directrix, "curve"))
    points = [_position(source, one, int(directrix)) for one in positions]
    profiles = [source.profile(reference(one, "profile")) for one in sections]
    if len(points) != len(profiles) or len(points) < 2 or len({tuple(part.sizes for part in one.parts) for one in profiles}) != 1:
        raise Refused("sections:differ")
    parts = zip(*(one.parts for one in profiles), strict=True)
    return joined([_lofted(alignment, list(part), points, source.sagitta) for part in parts])


def _position(source: Source, id: Any, directrix: int) -> LinearPoint:
    location, *directions = source.args(reference(id, "position"))[:3]
    if any(direction is not None for direction in directions):
        raise Refused("sections:turned")
    point = linear_point(source, reference(location, "location"))
    if point.curve != directrix:
        raise Refused("sections:other-curve")
    return point


def _lofted(alignment: Directrix, parts: list[Part], points: list[LinearPoint], sagitta: float) -> Body:
    """One area from section to section; between two of them everything changes linearly with distance."""
    given = np.array([point.distance for point in points])
    if (np.diff(given) <= 0).any():
        raise Refused("sections:order")
    distance = np.unique(np.concatenate([stations(alignment, a, b, sagitta) for a, b in pairwise(given)]))
    offsets = np.array([[point.left, point.up, point.along] for point in points])
    rings = np.stack([part.points for part in parts])
    row = np.clip(np.searchsorted(given, distance, side="right") - 1, 0, len(given) - 2)
    share = ((distance - given[row]) / (given[row + 1] - given[row]))[:, None]
    moved = offsets[row] * (1 - share) + offsets[row + 1] * share
    shape = rings[row] * (1 - share[:, :, None]) + rings[row + 1] * share[:, :, None]
    at = alignment.at(distance)
    origin = at.points + moved[:, :1] * at.left + moved[:, 1:2] * at.up + moved[:, 2:] * at.along
    vertices = origin[:, None] + shape[:, :, :1] * at.left[:, None] + shape[:, :, 1:] * at.up[:, None]
    triangles = _skin(parts[0], parts[-1], len(distance))
    flat = vertices.reshape(-1, 3)
    return Body(flat, triangles if signed_volume(flat - flat[0], triangles) > 0 else np.ascontiguousarray(triangles[:, ::-1]), closed=True)


def _skin(first: Part, last: Part, count: int) -> NDArray[np.int32]:
    n = len(first.points)
    a, b = np.arange(n, dtype=np.int64), following(first.sizes).astype(np.int64)
    low = (np.arange(count - 1) * n)[:, None]
    one = np.stack([a + low, b + low, b + low + n], axis=2).reshape(-1, 3)
    other = np.stack([a + low, b + low + n, a + low + n], axis=2).reshape(-1, 3)
    return np.concatenate([one, other, first.cap[:, ::-1], last.cap + (count - 1) * n]).astype(np.int32)


BUILDERS: dict[str, Builder] = {"IFCSECTIONEDSOLIDHORIZONTAL": sectioned_solid}
