"""Extruded solids: straight, sheared and tapered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from bim.tessellation.body import Body, Refused, joined
from bim.tessellation.instances import Ref
from bim.tessellation.profiles import Part, Profile
from bim.tessellation.source import reference

if TYPE_CHECKING:
    from bim.tessellation.source import Builder, Source

Floats = NDArray[np.float64]
_FLAT = 1e-6


def prism(bottom: Part, top: Floats, lift: Floats) -> Body:
    """A closed body between a part at z = 0 and the same rings with the points `top`, moved by `lift`.

    Args:
        top: (n, 2), as many points as the part has.
        lift: (3,), z not zero.
    """
    n = len(bottom.points)
    vertices = np.zeros((2 * n, 3))
    vertices[:n, :2] = bottom.points
    vertices[n:, :2] = top
    vertices[n:] += lift
    a = np.arange(n, dtype=np.int32)
    b = following(bottom.sizes)
    triangles = np.concatenate([bottom.cap[:, ::-1], bottom.cap + n, np.column_stack([a, b, b + n]), np.column_stack([a, b + n, a + n])])
    return Body(vertices, (triangles if lift[2] > 0 else triangles[:, ::-1]).astype(np.int32), closed=True)


def following(sizes: tuple[int, ...]) -> NDArray[np.int32]:
    """(n,) index of the next point of its ring, for each point of rings laid end to end."""
    after = np.arange(1, sum(sizes) + 1, dtype=np.int32)
    ends = np.cumsum(sizes)
    after[ends - 1] = ends - np.array(sizes)
    return after


def extruded(source: Source, id: int) -> Body:
    """IfcExtrudedAreaSolid. Raises Refused."""
    area, position, direction, depth = source.args(id)[:4]
    profile = source.profile(reference(area, "profile"))
    return _placed(source, position, _swept(source, profile, profile, direction, depth))


def tapered(source: Source, id: int) -> Body:
    """IfcExtrudedAreaSolidTapered, where both profiles have the same rings. Raises Refused."""
    area, position, direction, depth, end = source.args(id)[:5]
    first, last = source.profile(reference(area, "profile")), source.profile(reference(end, "profile"))
    if [part.sizes for part in first.parts] != [part.sizes for part in last.parts]:
        raise Refused("tapered:rings-differ")
    return _placed(source, position, _swept(source, first, last, direction, depth))


def _swept(source: Source, first: Profile, last: Profile, direction: Any, depth: Any) -> Body:
    lift = source.direction(reference(direction, "direction")) * float(depth)
    if abs(lift[2]) < _FLAT * max(abs(float(depth)), 1e-12) or float(depth) <= 0:
        raise Refused("extrusion:flat")
    return joined([prism(one, other.points, lift) for one, other in zip(first.parts, last.parts, strict=True)])


def _placed(source: Source, position: Any, body: Body) -> Body:
    return body.placed(source.axes(position)) if isinstance(position, Ref) else body


BUILDERS: dict[str, Builder] = {"IFCEXTRUDEDAREASOLID": extruded, "IFCEXTRUDEDAREASOLIDTAPERED": tapered}
