"""What a builder gives: a triangulated body in the frame and the length unit of its representation, or a refusal."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


class Refused(Exception):
    """A representation item that is not built here; a kernel has to do it.

    Attributes:
        reason: stable, short: `curve:IFCBSPLINECURVE`, `operand-not-manifold`, `profile:IFCCRANERAILASHAPEPROFILEDEF`.
    """

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Body:
    """Triangles of one representation item, in the length unit of the file.

    Attributes:
        vertices: (n, 3) float64, frame of the representation.
        triangles: (m, 3) int32, counter-clockwise seen from outside where the body is closed.
        closed: every edge belongs to two triangles that run along it in opposite directions.
        style_of: (m,) int64, instance id of each triangle's own style (an indexed colour: negative, see `Source`), 0 for the
            style of the item; None where all have that.
    """

    vertices: NDArray[np.float64]
    triangles: NDArray[np.int32]
    closed: bool = False
    style_of: NDArray[np.int64] | None = None

    def placed(self, matrix: NDArray[np.float64]) -> Body:
        """This body under a (4, 4) affine; triangles keep facing outwards under a mirror."""
        vertices = self.vertices @ matrix[:3, :3].T + matrix[:3, 3]
        mirrored = np.linalg.det(matrix[:3, :3]) < 0
        triangles = np.ascontiguousarray(self.triangles[:, ::-1]) if mirrored else self.triangles
        return Body(vertices, triangles, self.closed, self.style_of)


def present(body: Body) -> Body:
    """The body, which has a surface.

    Raises:
        Refused: `empty`: no triangle came of it, and nothing took it away.
    """
    if not len(body.triangles):
        raise Refused("empty")
    return body


def joined(bodies: list[Body]) -> Body:
    """Several bodies as one, without uniting their volumes."""
    if len(bodies) == 1:
        return bodies[0]
    offsets = np.cumsum([0, *(len(body.vertices) for body in bodies)])
    styled = any(body.style_of is not None for body in bodies)
    styles = [np.zeros(len(b.triangles), np.int64) if b.style_of is None else b.style_of for b in bodies]
    return Body(
        np.concatenate([body.vertices for body in bodies]) if bodies else np.zeros((0, 3)),
        np.concatenate([body.triangles + offset for body, offset in zip(bodies, offsets, strict=False)]).astype(np.int32)
        if bodies else np.zeros((0, 3), np.int32),
        bool(bodies) and all(body.closed for body in bodies),
        np.concatenate(styles) if styled else None,
    )
