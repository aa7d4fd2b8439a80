"""Swept disks: a circle along a polyline, mitred at its corners."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from bim.tessellation.body import Body, Refused
from bim.tessellation.curves import circle_points, is_closed, path_of
from bim.tessellation.profiles import Part, part
from bim.tessellation.source import reference
from bim.tessellation.sweeps import following

if TYPE_CHECKING:
    from bim.tessellation.source import Builder, Source

Floats = NDArray[np.float64]
_SHARPEST = -0.98
"""Cosine of the sharpest corner that is mitred."""


def swept_disk(source: Source, id: int) -> Body:
    """IfcSweptDiskSolid over its whole directrix; IfcSweptDiskSolidPolygonal without fillets. Raises Refused."""
    directrix, radius, inner, start, end, *more = [*source.args(id), None, None, None][:6]
    if more and more[0]:
        raise Refused("disk:fillet")
    curve = reference(directrix, "curve")
    path = path_of(source, curve)
    _whole(source, curve, start, end)
    outer = float(radius)
    if outer <= 0 or (inner is not None and not 0 < float(inner) < outer):
        raise Refused("disk:radius")
    ring = circle_points(outer, source.sagitta)
    holes = [circle_points(float(inner), source.sagitta)] if inner is not None else []
    return tube(part(ring, holes), path, closed=is_closed(source, curve))


def tube(section: Part, path: Floats, *, closed: bool) -> Body:
    """A closed body: a section swept along (n, 3) points, in the plane that halves each corner.

    Raises:
        Refused: `disk:sharp-corner`, or a closed path whose section does not come back to itself.
    """
    if closed:
        path = path[:-1]
    steps = (np.roll(path, -1, axis=0) - path) if closed else np.diff(path, axis=0)
    directions = steps / np.linalg.norm(steps, axis=1, keepdims=True)
    before = np.roll(directions, 1, axis=0) if closed else np.vstack([directions[:1], directions])
    after = directions if closed else np.vstack([directions, directions[-1:]])
    if (np.einsum("ij,ij->i", before, after) < _SHARPEST).any():
        raise Refused("disk:sharp-corner")
    normals = before + after
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    rings = [_first(section.points, path[0], after[0], normals[0])]
    for k in range(1, len(path)):
        rings.append(_onto(rings[-1], directions[k - 1], path[k], normals[k]))
    if closed:
        again = _onto(rings[-1], directions[-1], path[0], normals[0])
        if np.abs(again - rings[0]).max() > 1e-3 * np.abs(section.points).max():
            raise Refused("disk:twisted")
    return Body(np.concatenate(rings), _skin(section, len(path), closed), closed=True)


def _first(points: Floats, at: Floats, along: Floats, normal: Floats) -> Floats:
    """The section normal to `along`, projected along it onto the plane with `normal`."""
    helper = np.eye(3)[int(np.argmin(np.abs(along)))]
    x = np.cross(helper, along)
    x /= np.linalg.norm(x)
    ring = at + np.outer(points[:, 0], x) + np.outer(points[:, 1], np.cross(along, x))
    return _onto(ring, along, at, normal)


def _onto(ring: Floats, along: Floats, at: Floats, normal: Floats) -> Floats:
    """Points moved along a direction onto a plane."""
    far = ((at - ring) @ normal) / float(along @ normal)
    return np.asarray(ring + np.outer(far, along))


def _skin(section: Part, count: int, closed: bool) -> NDArray[np.int32]:
    n = len(section.points)
    a, b = np.arange(n, dtype=np.int64), following(section.sizes).astype(np.int64)
    found = []
    for k in range(count if closed else count - 1):
        low, high = k * n, (k + 1) % count * n
        found += [np.column_stack([a + low, b + low, b + high]), np.column_stack([a + low, b + high, a + high])]
    if not closed:
        found += [section.cap[:, ::-1].astype(np.int64), section.cap.astype(np.int64) + (count - 1) * n]
    return np.concatenate(found).astype(np.int32)


def _whole(source: Source, curve: int, start: Any, end: Any) -> None:
    """Trims that leave the whole directrix: none, its full range, or 0 to 1, which exporters write for the whole of any curve."""
    if start is None and end is None:
        return
    args = source.args(curve)
    kind = source.class_of(curve)
    last = len(args[0]) - 1.0 if kind == "IFCPOLYLINE" else float(len(args[0])) if kind == "IFCCOMPOSITECURVE" else 1.0
    if (start or 0.0) != 0.0 or (end is not None and all(abs(float(end) - one) > 1e-9 for one in (last, 1.0))):
        raise Refused("disk:trimmed")


BUILDERS: dict[str, Builder] = {"IFCSWEPTDISKSOLID": swept_disk, "IFCSWEPTDISKSOLIDPOLYGONAL": swept_disk}
