"""CSG primitives (ISO 16739-1, 8.8.3.3): block, pyramid, cylinder, cone, sphere."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bim.tessellation.body import Body, Refused
from bim.tessellation.curves import arc_steps, circle_points
from bim.tessellation.profiles import part
from bim.tessellation.source import reference
from bim.tessellation.sweeps import prism

if TYPE_CHECKING:
    from bim.tessellation.source import Builder, Source


def _sizes(source: Source, id: int) -> tuple[int, list[float]]:
    position, *sizes = source.args(id)
    numbers = [float(size) for size in sizes]
    if not all(number > 0 for number in numbers):
        raise Refused("primitive:size")
    return reference(position, "placement"), numbers


def block(source: Source, id: int) -> Body:
    """IfcBlock: from its corner. Raises Refused."""
    position, (x, y, z) = _sizes(source, id)
    base = part(np.array([[0.0, 0.0], [x, 0.0], [x, y], [0.0, y]]))
    return prism(base, base.points, np.array([0.0, 0.0, z])).placed(source.axes(position))


def pyramid(source: Source, id: int) -> Body:
    """IfcRectangularPyramid: base from its corner, apex over its middle. Raises Refused."""
    position, (x, y, z) = _sizes(source, id)
    vertices = np.array([[0, 0, 0], [x, 0, 0], [x, y, 0], [0, y, 0], [x / 2, y / 2, z]], dtype=np.float64)
    triangles = np.array([[0, 2, 1], [0, 3, 2], [0, 1, 4], [1, 2, 4], [2, 3, 4], [3, 0, 4]], dtype=np.int32)
    return Body(vertices, triangles, closed=True).placed(source.axes(position))


def cylinder(source: Source, id: int) -> Body:
    """IfcRightCircularCylinder. Raises Refused."""
    position, (height, radius) = _sizes(source, id)
    base = part(circle_points(radius, source.sagitta))
    return prism(base, base.points, np.array([0.0, 0.0, height])).placed(source.axes(position))


def cone(source: Source, id: int) -> Body:
    """IfcRightCircularCone. Raises Refused."""
    position, (height, radius) = _sizes(source, id)
    base = part(circle_points(radius, source.sagitta))
    n = len(base.points)
    vertices = np.vstack([np.column_stack([base.points, np.zeros(n)]), [[0.0, 0.0, height]]])
    a = np.arange(n)
    sides = np.column_stack([a, (a + 1) % n, np.full(n, n)])
    return Body(vertices, np.concatenate([base.cap[:, ::-1], sides]).astype(np.int32), closed=True).placed(source.axes(position))


def sphere(source: Source, id: int) -> Body:
    """IfcSphere: circles of latitude and longitude. Raises Refused."""
    position, (radius,) = _sizes(source, id)
    around = arc_steps(radius, 0.0, source.sagitta, full=True)
    upwards = around // 2
    angles = np.linspace(-np.pi / 2, np.pi / 2, upwards + 1)[1:-1]
    turns = np.arange(around) * (2 * np.pi / around)
    rings = [np.column_stack([np.cos(t) * np.cos(turns), np.cos(t) * np.sin(turns), np.full(around, np.sin(t))]) for t in angles]
    vertices = radius * np.vstack([*rings, [[0.0, 0.0, -1.0], [0.0, 0.0, 1.0]]])
    a = np.arange(around)
    b = (a + 1) % around
    low, high = len(vertices) - 2, len(vertices) - 1
    found = [np.column_stack([b, a, np.full(around, low)])]
    for k in range(len(rings) - 1):
        found += [np.column_stack([a, b, b + around]) + k * around, np.column_stack([a, b + around, a + around]) + k * around]
    last = (len(rings) - 1) * around
    found.append(np.column_stack([a + last, b + last, np.full(around, high)]))
    return Body(vertices, np.concatenate(found).astype(np.int32), closed=True).placed(source.axes(position))


BUILDERS: dict[str, Builder] = {
    "IFCBLOCK": block, "IFCRECTANGULARPYRAMID": pyramid, "IFCRIGHTCIRCULARCYLINDER": cylinder, "IFCRIGHTCIRCULARCONE": cone,
    "IFCSPHERE": sphere,
}
