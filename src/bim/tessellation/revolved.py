"""Revolved solids: rings turned about an axis in their plane."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bim.tessellation.body import Body, Refused, joined
from bim.tessellation.curves import arc_steps
from bim.tessellation.instances import Ref
from bim.tessellation.profiles import Part
from bim.tessellation.source import reference
from bim.tessellation.sweeps import following
from bim.tessellation.topology import signed_volume, weld

if TYPE_CHECKING:
    from bim.tessellation.source import Builder, Source

Floats = NDArray[np.float64]
_FULL = 2 * math.pi


def revolved(source: Source, id: int) -> Body:
    """IfcRevolvedAreaSolid. Raises Refused."""
    area, position, axis, angle = source.args(id)[:4]
    frame = source.axes(reference(axis, "axis"))
    turn = float(angle) * source.angle_rad
    if not 1e-6 < abs(turn) < _FULL + 1e-6:
        raise Refused("revolved:angle")
    profile = source.profile(reference(area, "profile"))
    body = joined([_turned(source, part, frame, turn) for part in profile.parts])
    return body.placed(source.axes(position)) if isinstance(position, Ref) else body


def _turned(source: Source, part: Part, frame: Floats, turn: float) -> Body:
    """One part of a profile turned about the z axis of a frame."""
    flat = np.column_stack([part.points, np.zeros(len(part.points))])
    local = (flat - frame[:3, 3]) @ frame[:3, :3]
    radii = np.hypot(local[:, 0], local[:, 1])
    full = abs(abs(turn) - _FULL) < 1e-6
    steps = arc_steps(float(radii.max()), turn, source.sagitta, full=full)
    angles = np.linspace(0.0, turn, steps + 1)[:-1] if full else np.linspace(0.0, turn, steps + 1)
    cos, sin = np.cos(angles)[:, None], np.sin(angles)[:, None]
    x, y = local[:, 0], local[:, 1]
    turned = np.stack([cos * x - sin * y, sin * x + cos * y, np.broadcast_to(local[:, 2], (len(angles), len(x)))], axis=2)
    vertices = turned.reshape(-1, 3) @ frame[:3, :3].T + frame[:3, 3]
    return _closed(vertices, _skin(part, len(angles), full))


def _skin(part: Part, count: int, full: bool) -> NDArray[np.int32]:
    n = len(part.points)
    a, b = np.arange(n, dtype=np.int64), following(part.sizes).astype(np.int64)
    found = []
    for k in range(count if full else count - 1):
        low, high = k * n, (k + 1) % count * n
        found += [np.column_stack([a + low, b + low, b + high]), np.column_stack([a + low, b + high, a + high])]
    if not full:
        found += [part.cap[:, ::-1].astype(np.int64), part.cap.astype(np.int64) + (count - 1) * n]
    return np.concatenate(found).astype(np.int32)


def _closed(vertices: Floats, triangles: NDArray[np.int32]) -> Body:
    """Points on the axis fall together: welded, flat triangles left out, faces outwards."""
    to = weld(vertices)
    merged: NDArray[np.int32] = to[triangles].astype(np.int32)
    keep = (merged[:, 0] != merged[:, 1]) & (merged[:, 1] != merged[:, 2]) & (merged[:, 2] != merged[:, 0])
    merged = np.asarray(merged[keep], dtype=np.int32)
    if not len(merged):
        raise Refused("revolved:flat")
    if signed_volume(vertices, merged) < 0:
        merged = np.ascontiguousarray(merged[:, ::-1])
    return Body(vertices, merged, closed=True)


BUILDERS: dict[str, Builder] = {"IFCREVOLVEDAREASOLID": revolved}
