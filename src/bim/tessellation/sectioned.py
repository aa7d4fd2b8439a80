"""Sectioned solids and surfaces: profiles carried along a directrix, sections set where a chord would leave the curve by a millimetre.

ISO 16739-1:2024, IfcSectionedSolidHorizontal and IfcSectionedSurface: the profile's x axis points to the left of the directrix,
its y axis up. Between two sections shape, offsets and orientation against the curve change linearly with distance. Sections with a
vertical Axis stand upright all along, others lean with the grade and the cant of the curve.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from bim.tessellation import lofts
from bim.tessellation.alignment import Directrix, Stations, alignment_of, stations
from bim.tessellation.body import Body, Refused, joined
from bim.tessellation.instances import Ref
from bim.tessellation.linear_placement import LinearPoint, linear_point
from bim.tessellation.source import reference

if TYPE_CHECKING:
    from bim.tessellation.source import Builder, Source

Floats = NDArray[np.float64]
_UPRIGHT = 1e-9
_FACES_ALONG = 0.5
"""Least cosine between the normal of a section and the curve."""


@dataclass(frozen=True, slots=True)
class _Position:
    """Where a section stands, and the directions that it was given in the curve's coordinates."""

    point: LinearPoint
    axis: Floats | None
    ref: Floats | None


def sectioned_solid(source: Source, id: int) -> Body:
    """IfcSectionedSolidHorizontal whose sections have the same rings. Raises Refused."""
    directrix, sections, positions = source.args(id)[:3]
    profiles = [source.profile(reference(one, "profile")) for one in sections]
    if len({tuple(part.sizes for part in one.parts) for one in profiles}) != 1:
        raise Refused("sections:differ")
    way = _Way.of(source, reference(directrix, "curve"), positions, len(profiles))
    return joined([lofts.solid(way.through([part.points for part in parts]), parts[0], parts[-1])
                   for parts in zip(*(one.parts for one in profiles), strict=True)])


def sectioned_surface(source: Source, id: int) -> Body:
    """IfcSectionedSurface whose sections have the same points, by number or by tag. Raises Refused."""
    directrix, positions, sections = source.args(id)[:3]
    outlines = [_open_profile(source, reference(one, "profile")) for one in sections]
    if len({len(points) for points, _ in outlines}) != 1 or len({tags for _, tags in outlines}) != 1:
        raise Refused("sections:differ")
    way = _Way.of(source, reference(directrix, "curve"), positions, len(outlines))
    return lofts.sheet(way.through([points for points, _ in outlines]))


def sectioned_spine(source: Source, id: int) -> Body:
    """IfcSectionedSpine whose spine runs straight from section to section. Raises Refused."""
    from bim.tessellation.curves import path_of
    spine, sections, positions = source.args(id)[:3]
    profiles = [source.profile(reference(one, "profile")) for one in sections]
    if len(profiles) < 2 or len(positions) != len(profiles) or len({tuple(part.sizes for part in one.parts) for one in profiles}) != 1:
        raise Refused("sections:differ")
    if len(path_of(source, reference(spine, "curve"))) > len(profiles):
        raise Refused("sections:curved-spine")
    axes = np.array([source.axes(reference(one, "position")) for one in positions])
    made = []
    for parts in zip(*(one.parts for one in profiles), strict=True):
        rings = np.stack([part.points for part in parts])
        made.append(lofts.solid(lofts.placed(rings, axes[:, :3, 3], axes[:, :3, 0], axes[:, :3, 1]), parts[0], parts[-1]))
    return joined(made)


@dataclass(frozen=True, slots=True)
class _Way:
    """A directrix with the positions of the sections on it.

    Attributes:
        given: (m,) distances of the sections; offsets: (m, 3) to the left, up and along; turns: (m, 3, 3) their axes in the curve's.
        upright: sections stand upright.
    """

    curve: Directrix
    given: Floats
    offsets: Floats
    turns: Floats
    upright: bool
    sagitta: float

    @classmethod
    def of(cls, source: Source, directrix: int, positions: Sequence[Any], count: int) -> _Way:
        """Reads the positions, in order along the curve."""
        found = [_position(source, one, directrix) for one in positions]
        if len(found) != count or count < 2:
            raise Refused("sections:differ")
        given = np.array([one.point.distance for one in found])
        if (np.diff(given) <= 0).any():
            raise Refused("sections:order")
        curve = alignment_of(source, directrix)
        upright = all(one.axis is not None and abs(one.axis[2] - 1.0) < _UPRIGHT for one in found)
        offsets = np.array([[one.point.left, one.point.up, one.point.along] for one in found])
        return cls(curve, given, offsets, _turns(_frames(curve.at(given), upright), found), upright, source.sagitta)

    def through(self, rings: list[Floats]) -> Floats:
        """(n, k, 3) points of all the sections that it takes, rings (k, 2) of the given ones between."""
        shapes = np.stack(rings)
        reach = float(np.abs(shapes).max() + np.abs(self.offsets).max())
        distance = np.unique(np.concatenate([stations(self.curve, a, b, self.sagitta, reach) for a, b in pairwise(self.given)]))
        standing = self._standing(shapes, distance)
        closer = lofts.untwisted(distance, standing[0], standing[2], self.sagitta)
        if len(closer) > len(distance):
            standing = self._standing(shapes, closer)
        points, origin, before = standing
        ahead = _frames(self.curve.at(closer, ahead=True), self.upright)[:, :, 0]
        ahead[-1], before[0] = before[-1], ahead[0]
        return lofts.mitred(points, origin, before, ahead)

    def _standing(self, shapes: Floats, distance: Floats) -> tuple[Floats, Floats, Floats]:
        """Sections (n, k, 3) square to the way in, points of the curve and the way in, (n, 3) each."""
        row = np.clip(np.searchsorted(self.given, distance, side="right") - 1, 0, len(self.given) - 2)
        share = (distance - self.given[row]) / (self.given[row + 1] - self.given[row])
        at = self.curve.at(distance)
        frames = _frames(at, self.upright)
        axes = np.einsum("nij,njk->nik", frames, _squared(_between(self.turns, row, share)))
        origin = at.points + np.einsum("nij,nj->ni", frames, _between(self.offsets, row, share)[:, [2, 0, 1]])
        return lofts.placed(_between(shapes, row, share), origin, axes[:, :, 1], axes[:, :, 2]), at.points, frames[:, :, 0].copy()


def _position(source: Source, id: Any, directrix: int) -> _Position:
    location, *directions = source.args(reference(id, "position"))[:3]
    point = linear_point(source, reference(location, "location"))
    if point.curve != directrix:
        raise Refused("sections:other-curve")
    axis, ref = (source.direction(one) if isinstance(one, Ref) else None for one in (*directions, None, None)[:2])
    return _Position(point, axis, ref)


def _frames(at: Stations, upright: bool) -> Floats:
    """(n, 3, 3) along, left and up as columns; turned level where sections stand upright."""
    if not upright:
        return np.stack([at.along, at.left, at.up], axis=2)
    flat = at.along * [1.0, 1.0, 0.0]
    flat = flat / np.linalg.norm(flat, axis=1, keepdims=True)
    up = np.tile([0.0, 0.0, 1.0], (len(flat), 1))
    return np.stack([flat, np.cross(up, flat), up], axis=2)


def _turns(frames: Floats, positions: list[_Position]) -> Floats:
    """(m, 3, 3) axes of each section in the frame of the curve there."""
    from bim.tessellation.placements import frame
    found = np.tile(np.eye(3), (len(frames), 1, 1))
    for row, (own, one) in enumerate(zip(frames, positions, strict=True)):
        if one.axis is None and one.ref is None:
            continue
        given = frame(np.zeros(3), own[:, 2] if one.axis is None else one.axis, own[:, 0] if one.ref is None else one.ref)[:3, :3]
        found[row] = own.T @ given
        if found[row, 0, 0] < _FACES_ALONG:
            raise Refused("sections:turned")
    return found


def _between(values: Floats, row: NDArray[np.int64], share: Floats) -> Floats:
    """Values of the sections around each station, mixed."""
    weight = share.reshape(-1, *[1] * (values.ndim - 1))
    found: Floats = values[row] * (1 - weight) + values[row + 1] * weight
    return found


def _squared(turns: Floats) -> Floats:
    """Mixed axes made orthogonal again: up as it is, then left."""
    up = turns[:, :, 2] / np.linalg.norm(turns[:, :, 2], axis=1, keepdims=True)
    along = np.cross(turns[:, :, 1], up)
    along = along / np.linalg.norm(along, axis=1, keepdims=True)
    return np.stack([along, np.cross(up, along), up], axis=2)


def _open_profile(source: Source, id: int) -> tuple[Floats, tuple[str, ...]]:
    """(k, 2) points of an open profile, and their tags."""
    from bim.tessellation.curves import path_of
    kind, args = source.class_of(id), source.args(id)
    if kind == "IFCOPENCROSSPROFILEDEF":
        return _cross_profile(source, args)
    if kind == "IFCARBITRARYOPENPROFILEDEF":
        return path_of(source, reference(args[2], "curve"))[:, :2], ()
    raise Refused(f"profile:{kind or 'missing'}")


def _cross_profile(source: Source, args: list[Any]) -> tuple[Floats, tuple[str, ...]]:
    """Widths and slopes from the offset point on; a slope is the angle from the profile's x axis, which points to the left."""
    horizontal, widths, slopes, tags, start = [*args[2:7], None, None][:5]
    angles = np.array([float(one) for one in slopes]) * source.angle_rad
    steps = np.array([float(one) for one in widths])
    if len(steps) != len(angles) or not len(steps) or (steps < 0).any():
        raise Refused("profile:widths")
    if horizontal:
        if (np.abs(np.cos(angles)) < _UPRIGHT).any():
            raise Refused("profile:upright-slope")
        steps = steps / np.abs(np.cos(angles))
    ways = np.column_stack([steps * np.cos(angles), steps * np.sin(angles)])
    first = source.point(int(start))[:2] if isinstance(start, Ref) else np.zeros(2)
    names = tuple(str(one) for one in tags or ())
    if names and (len(names) != len(steps) + 1 or len(set(names)) != len(names)):
        raise Refused("profile:tags")
    return first + np.concatenate([np.zeros((1, 2)), np.cumsum(ways, axis=0)]), names


BUILDERS: dict[str, Builder] = {"IFCSECTIONEDSOLIDHORIZONTAL": sectioned_solid, "IFCSECTIONEDSURFACE": sectioned_surface,
                                "IFCSECTIONEDSPINE": sectioned_spine}
