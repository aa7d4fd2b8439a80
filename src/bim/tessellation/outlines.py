"""Outlines of the parameterised profiles (ISO 16739-1, 8.15): rings about the middle of their box, fillets and rounded edges as arcs."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from bim.tessellation.body import Refused
from bim.tessellation.curves import arc_steps

Floats = NDArray[np.float64]
Outline = Callable[[Sequence[float], float], list[Floats]]
"""(dimensions as in the definition after Position, sagitta) -> rings, the outer one first."""


def rounded(corners: Sequence[tuple[float, float]], radii: Sequence[float], sagitta: float) -> Floats:
    """(n, 2) polygon whose corners are replaced by arcs of these radii, tangent to both sides.

    Raises:
        Refused: `profile:radius`: an arc is longer than a side.
    """
    points = np.array(corners, dtype=np.float64)
    made: list[Floats] = []
    for i, radius in enumerate(radii):
        corner = points[i]
        if radius <= 0:
            made.append(corner[None])
            continue
        before, after = points[i - 1] - corner, points[(i + 1) % len(points)] - corner
        lengths = np.linalg.norm(before), np.linalg.norm(after)
        u, v = before / lengths[0], after / lengths[1]
        half = math.acos(max(-1.0, min(1.0, float(u @ v)))) / 2
        reach = radius / math.tan(half)
        if reach > min(lengths) * (1 + 1e-9):
            raise Refused("profile:radius")
        centre = corner + (u + v) / np.linalg.norm(u + v) * radius / math.sin(half)
        made.append(_arc(centre, corner + u * reach, corner + v * reach, radius, sagitta))
    return _distinct(np.concatenate(made))


def _arc(centre: Floats, start: Floats, end: Floats, radius: float, sagitta: float) -> Floats:
    a, b = start - centre, end - centre
    turn = math.atan2(a[0] * b[1] - a[1] * b[0], float(a @ b))
    count = arc_steps(radius, turn, sagitta)
    angles = math.atan2(a[1], a[0]) + np.linspace(0.0, turn, count + 1)
    return np.asarray(centre + radius * np.column_stack([np.cos(angles), np.sin(angles)]))


def _distinct(points: Floats) -> Floats:
    step = points - np.concatenate([points[-1:], points[:-1]])
    return np.asarray(points[np.einsum("ij,ij->i", step, step) > (1e-9 * (1.0 + np.abs(points).max())) ** 2])


def _box(x: float, y: float, radius: float, sagitta: float) -> Floats:
    _positive(x, y)
    return rounded([(-x / 2, -y / 2), (x / 2, -y / 2), (x / 2, y / 2), (-x / 2, y / 2)], [radius] * 4, sagitta)


def _rectangle(d: Sequence[float], s: float) -> list[Floats]:
    return [_box(d[0], d[1], 0.0, s)]


def _rounded_rectangle(d: Sequence[float], s: float) -> list[Floats]:
    return [_box(d[0], d[1], d[2], s)]


def _hollow_rectangle(d: Sequence[float], s: float) -> list[Floats]:
    x, y, wall, inner, outer = (*d, 0.0, 0.0)[:5]
    return [_box(x, y, outer, s), _box(x - 2 * wall, y - 2 * wall, inner, s)]


def _circle(d: Sequence[float], s: float) -> list[Floats]:
    return [_ellipse_ring(d[0], d[0], s)]


def _hollow_circle(d: Sequence[float], s: float) -> list[Floats]:
    return [_ellipse_ring(d[0], d[0], s), _ellipse_ring(d[0] - d[1], d[0] - d[1], s)]


def _ellipse(d: Sequence[float], s: float) -> list[Floats]:
    return [_ellipse_ring(d[0], d[1], s)]


def _ellipse_ring(a: float, b: float, sagitta: float) -> Floats:
    _positive(a, b)
    count = arc_steps(max(a, b), 2 * math.pi, sagitta, full=True)
    angles = np.arange(count) * (2 * math.pi / count)
    return np.column_stack([a * np.cos(angles), b * np.sin(angles)])


def _i_shape(d: Sequence[float], s: float) -> list[Floats]:
    width, depth, web, flange, fillet, edge, slope = (*d, 0.0, 0.0, 0.0)[:7]
    return _i(width, width, depth, web, (flange, flange), (fillet, fillet), (edge, edge), (slope, slope), s)


def _asymmetric_i(d: Sequence[float], s: float) -> list[Floats]:
    """IFC4 order; that of IFC2X3 is the same up to the centre of gravity, which stands in the place of an edge radius."""
    bottom, depth, web, flange, fillet, top, top_flange, top_fillet, *rest = d
    edges = (rest[0], rest[2]) if len(rest) >= 4 else (0.0, 0.0)
    slopes = (rest[1], rest[3]) if len(rest) >= 4 else (0.0, 0.0)
    return _i(bottom, top, depth, web, (flange, top_flange or flange), (fillet, top_fillet), edges, slopes, s)


def _i(bottom: float, top: float, depth: float, web: float, flange: tuple[float, float], fillet: tuple[float, float],
       edge: tuple[float, float], slope: tuple[float, float], s: float) -> list[Floats]:
    _positive(bottom, top, depth, web, *flange)
    _level(*slope)
    b, t, w, y = bottom / 2, top / 2, web / 2, depth / 2
    low, high = -y + flange[0], y - flange[1]
    corners = [(-b, -y), (b, -y), (b, low), (w, low), (w, high), (t, high), (t, y), (-t, y), (-t, high), (-w, high), (-w, low), (-b, low)]
    radii = [0, 0, edge[0], fillet[0], fillet[1], edge[1], 0, 0, edge[1], fillet[1], fillet[0], edge[0]]
    return [rounded(corners, radii, s)]


def _l_shape(d: Sequence[float], s: float) -> list[Floats]:
    depth, width, thick, fillet, edge, slope = (*d, 0.0, 0.0, 0.0)[:6]
    width = width or depth
    _positive(depth, width, thick)
    _level(slope)
    x, y = width / 2, depth / 2
    corners = [(-x, -y), (x, -y), (x, -y + thick), (-x + thick, -y + thick), (-x + thick, y), (-x, y)]
    return [rounded(corners, [0, 0, edge, fillet, edge, 0], s)]


def _u_shape(d: Sequence[float], s: float) -> list[Floats]:
    depth, width, web, flange, fillet, edge, slope = (*d, 0.0, 0.0, 0.0)[:7]
    _positive(depth, width, web, flange)
    _level(slope)
    x, y = width / 2, depth / 2
    corners = [(-x, -y), (x, -y), (x, -y + flange), (-x + web, -y + flange), (-x + web, y - flange), (x, y - flange), (x, y), (-x, y)]
    return [rounded(corners, [0, 0, edge, fillet, fillet, edge, 0, 0], s)]


def _t_shape(d: Sequence[float], s: float) -> list[Floats]:
    depth, width, web, flange, fillet, edge, web_edge, web_slope, slope = (*d, 0.0, 0.0, 0.0, 0.0, 0.0)[:9]
    _positive(depth, width, web, flange)
    _level(web_slope, slope)
    x, y, w = width / 2, depth / 2, web / 2
    corners = [(-w, -y), (w, -y), (w, y - flange), (x, y - flange), (x, y), (-x, y), (-x, y - flange), (-w, y - flange)]
    return [rounded(corners, [web_edge, web_edge, fillet, edge, 0, 0, edge, fillet], s)]


def _z_shape(d: Sequence[float], s: float) -> list[Floats]:
    depth, width, web, flange, fillet, edge = (*d, 0.0, 0.0)[:6]
    _positive(depth, width, web, flange)
    w, y, x = web / 2, depth / 2, width - web / 2
    corners = [(-w, -y), (x, -y), (x, -y + flange), (w, -y + flange), (w, y), (-x, y), (-x, y - flange), (-w, y - flange)]
    return [rounded(corners, [0, 0, edge, fillet, 0, 0, edge, fillet], s)]


def _c_shape(d: Sequence[float], s: float) -> list[Floats]:
    depth, width, wall, girth, fillet = (*d, 0.0)[:5]
    _positive(depth, width, wall, girth)
    x, y, outer = width / 2, depth / 2, fillet + wall if fillet else 0.0
    corners = [(-x, -y), (x, -y), (x, -y + girth), (x - wall, -y + girth), (x - wall, -y + wall), (-x + wall, -y + wall),
               (-x + wall, y - wall), (x - wall, y - wall), (x - wall, y - girth), (x, y - girth), (x, y), (-x, y)]
    return [rounded(corners, [outer, outer, 0, 0, fillet, fillet, fillet, fillet, 0, 0, outer, outer], s)]


def _trapezium(d: Sequence[float], _s: float) -> list[Floats]:
    bottom, top, height, offset = d[:4]
    _positive(bottom, top, height)
    left = -bottom / 2
    return [np.array([[left, -height / 2], [-left, -height / 2], [left + offset + top, height / 2], [left + offset, height / 2]])]


def _positive(*sizes: float) -> None:
    if not all(isinstance(size, int | float) and math.isfinite(size) and size > 0 for size in sizes):
        raise Refused("profile:size")


def _level(*slopes: float) -> None:
    if any(abs(slope) > 1e-9 for slope in slopes):
        raise Refused("profile:sloped-flange")


OUTLINES: dict[str, Outline] = {
    "IFCRECTANGLEPROFILEDEF": _rectangle, "IFCROUNDEDRECTANGLEPROFILEDEF": _rounded_rectangle,
    "IFCRECTANGLEHOLLOWPROFILEDEF": _hollow_rectangle, "IFCCIRCLEPROFILEDEF": _circle, "IFCCIRCLEHOLLOWPROFILEDEF": _hollow_circle,
    "IFCELLIPSEPROFILEDEF": _ellipse, "IFCISHAPEPROFILEDEF": _i_shape, "IFCASYMMETRICISHAPEPROFILEDEF": _asymmetric_i,
    "IFCLSHAPEPROFILEDEF": _l_shape, "IFCUSHAPEPROFILEDEF": _u_shape, "IFCTSHAPEPROFILEDEF": _t_shape, "IFCZSHAPEPROFILEDEF": _z_shape,
    "IFCCSHAPEPROFILEDEF": _c_shape, "IFCTRAPEZIUMPROFILEDEF": _trapezium,
}
