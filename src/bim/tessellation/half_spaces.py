"""Half-spaces as the second operand of a boolean operation: a plane with a side, or a prism that the plane cuts off."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bim.tessellation.body import Body, Refused
from bim.tessellation.booleans import Margins, intersected, subtracted, trimmed, united
from bim.tessellation.rings import Rings, cleaned, sound, triangulated

if TYPE_CHECKING:
    from bim.tessellation.source import Source

_Floats = NDArray[np.float64]

CLASSES = frozenset({"IFCHALFSPACESOLID", "IFCBOXEDHALFSPACE", "IFCPOLYGONALBOUNDEDHALFSPACE"})


@dataclass(frozen=True, slots=True)
class HalfSpace:
    """All points on one side of a plane, inside a prism without ends where one bounds it.

    Attributes:
        point: (3,) on the plane.
        outward: (3,) unit normal that points away from the material.
        boundary: (k, 2) ring of the prism in the plane z = 0 of `position`; None for the whole side.
        position: (4, 4) frame of the boundary; its z axis is the direction of the prism.
    """

    point: _Floats
    outward: _Floats
    boundary: _Floats | None = None
    position: _Floats | None = None

    def taken_from(self, host: Body, margins: Margins) -> Body:
        """The host without the half-space.

        Raises:
            Refused: the host is no manifold, or the boundary is no polygon.
        """
        if not len(host.triangles):
            return host
        if self.boundary is None:
            return trimmed(host, self.outward, self.point, margins)
        return subtracted(host, [self.within(host, margins)], margins)

    def kept_of(self, host: Body, margins: Margins) -> Body:
        """The part of the host inside the half-space.

        Raises:
            Refused: the host is no manifold, or the boundary is no polygon.
        """
        if not len(host.triangles):
            return host
        if self.boundary is None:
            return trimmed(host, -self.outward, self.point, margins)
        return intersected([host, self.within(host, margins)], margins)

    def within(self, host: Body, margins: Margins) -> Body:
        """The bounded half-space as a closed body that reaches beyond the host on all sides it has no bound on."""
        if self.boundary is None or self.position is None:
            raise Refused("half-space:unbounded")
        local = (host.vertices - self.position[:3, 3]) @ np.linalg.inv(self.position[:3, :3]).T
        low, high = float(local[:, 2].min()), float(local[:, 2].max())
        beyond = high - low + 100 * margins.growth
        return trimmed(prism(self.boundary, low - beyond, high + beyond).placed(self.position), -self.outward, self.point, margins)


def prism(ring: _Floats, low: float, high: float) -> Body:
    """A closed body over a ring (k, 2) that runs either way, from z = low to z = high.

    Raises:
        Refused: `boundary-crosses-itself`, or `boundary-degenerate`.
    """
    count = len(ring)
    following = np.roll(ring, -1, axis=0)
    if float(np.sum(ring[:, 0] * following[:, 1] - ring[:, 1] * following[:, 0])) < 0:
        ring = ring[::-1]
    points = np.concatenate([np.column_stack([ring, np.full(count, low)]), np.column_stack([ring, np.full(count, high)])])
    if not sound(points).all():
        raise Refused("point:not-finite")
    rings = cleaned(points, Rings.of([[list(range(count, 2 * count))]]))
    if not len(rings.sizes):
        raise Refused("boundary-degenerate")
    top, _, crossing = triangulated(points, rings)
    if crossing.any():
        raise Refused("boundary-crosses-itself")
    corners = rings.corners
    after = np.roll(corners, -1)
    sides = np.concatenate([np.column_stack([corners - count, after - count, after]), np.column_stack([corners - count, after, corners])])
    return Body(points, np.concatenate([top, top[:, ::-1] - count, sides]).astype(np.int32), True)


def half_space(source: Source, number: int) -> HalfSpace:
    """The half-space with that instance id.

    Raises:
        Refused: its surface is no plane, or its boundary cannot be read.
    """
    kind, args = source.class_of(number), source.args(number)
    if kind not in CLASSES or len(args) < 2:
        raise Refused(f"half-space:{kind}")
    frame = plane(source, args[0])
    outward = frame[:3, 2] if args[1] is not False else -frame[:3, 2]
    if kind != "IFCPOLYGONALBOUNDEDHALFSPACE":
        return HalfSpace(frame[:3, 3], outward)
    boundary = source.curve(args[3])[:, :2]
    if len(boundary) > 1 and np.abs(boundary[0] - boundary[-1]).max() <= source.precision:
        boundary = boundary[:-1]
    return HalfSpace(frame[:3, 3], outward, boundary, source.axes(args[2]))


def plane(source: Source, number: int) -> _Floats:
    """(4, 4) frame of an IfcPlane; its z axis is the normal.

    Raises:
        Refused: another surface.
    """
    if source.class_of(number) != "IFCPLANE":
        raise Refused(f"surface:{source.class_of(number)}")
    return source.axes(source.args(number)[0])


def combined(operator: str, host: Body, other: Body | HalfSpace, margins: Margins) -> Body:
    """The host after UNION, DIFFERENCE or INTERSECTION with a body or a half-space.

    Raises:
        Refused: a union with a half-space, an operand that is no manifold, another operator.
    """
    if operator == "DIFFERENCE":
        return other.taken_from(host, margins) if isinstance(other, HalfSpace) else subtracted(host, [other], margins)
    if operator == "INTERSECTION":
        return other.kept_of(host, margins) if isinstance(other, HalfSpace) else intersected([host, other], margins)
    if operator == "UNION" and isinstance(other, Body):
        return united([host, other], margins)
    raise Refused(f"boolean:{operator}")
