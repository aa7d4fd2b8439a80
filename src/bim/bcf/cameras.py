"""Cameras that see a box whole, and the plane that opens the view into it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bim.bcf.model import Camera, ClippingPlane, Vector

FROM_SOUTH_WEST: Vector = (1.0, 1.0, -1.0)
"""The way a camera looks that stands south-west of the box, above it."""

FIELD_OF_VIEW = 50.0
"""Degrees, vertical; 2.1 allows 45 to 60."""

ASPECT = 4 / 3
LEAST_M = 1.0
"""No box is looked at as smaller than this."""

MARGIN = 1.2
"""How much wider the picture is than the box."""


class Box(NamedTuple):
    """An upright box: its lowest and its highest corner, metres in the frame of the model."""

    lowest: Vector
    highest: Vector

    @property
    def centre(self) -> NDArray[np.float64]:
        """(3,) the middle."""
        middle: NDArray[np.float64] = (np.asarray(self.lowest, float) + np.asarray(self.highest, float)) / 2
        return middle


def around(boxes: list[Box]) -> Box:
    """The box around boxes, at least one."""
    lowest, highest = np.min([box.lowest for box in boxes], axis=0), np.max([box.highest for box in boxes], axis=0)
    return Box(_vector(lowest), _vector(highest))


def perspective_on(box: Box, direction: Vector = FROM_SOUTH_WEST, aspect: float = ASPECT) -> Camera:
    """A perspective camera in whose picture the whole box lies, as near as it can stand.

    The distance follows from the corners: one at `right`, `up` and `depth` from the centre, along the camera's axes, is in the
    picture of a camera at distance d when |up| <= (d + depth) tan(fov / 2), and |right| <= (d + depth) tan(fov / 2) aspect.
    """
    view = _View(box, direction)
    half = np.tan(np.radians(FIELD_OF_VIEW / 2)) / MARGIN
    distance = float(np.max([np.abs(view.up) / half - view.depth, np.abs(view.right) / (half * aspect) - view.depth]))
    return Camera(view.place(distance), _vector(view.axes[2]), _vector(view.axes[1]), field_of_view=FIELD_OF_VIEW, aspect_ratio=aspect)


def orthogonal_on(box: Box, direction: Vector = FROM_SOUTH_WEST, aspect: float = ASPECT) -> Camera:
    """An orthogonal camera in whose picture the whole box lies; it stands outside of the box."""
    view = _View(box, direction)
    height = 2 * MARGIN * float(max(np.abs(view.up).max(), np.abs(view.right).max() / aspect))
    distance = 2 * float(np.abs(view.depth).max()) + LEAST_M
    return Camera(view.place(distance), _vector(view.axes[2]), _vector(view.axes[1]), view_to_world_scale=height, aspect_ratio=aspect)


def section_above(box: Box) -> ClippingPlane:
    """A horizontal plane a little above the box that takes away what is over it."""
    x, y, _ = box.centre
    return ClippingPlane((float(x), float(y), float(box.highest[2]) + 0.1), (0.0, 0.0, 1.0))


class _View:
    """The corners of a box as seen along a direction.

    Attributes:
        axes: (3, 3) right, up and forward of the camera, rows of length 1.
        right, up, depth: (8,) metres of each corner from the centre along them.
    """

    def __init__(self, box: Box, direction: Vector) -> None:
        forward = np.asarray(direction, float) / np.linalg.norm(direction)
        level = np.array([0.0, 1.0, 0.0]) if abs(forward[2]) > 0.999 else np.array([0.0, 0.0, 1.0])
        right = np.cross(forward, level)
        right /= np.linalg.norm(right)
        self.axes = np.stack([right, np.cross(right, forward), forward])
        self._centre = box.centre
        half = np.maximum((np.asarray(box.highest, float) - np.asarray(box.lowest, float)) / 2, LEAST_M / 2)
        corners = half * np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)])
        self.right, self.up, self.depth = self.axes @ corners.T

    def place(self, distance: float) -> Vector:
        """Where the camera stands at this distance from the centre."""
        return _vector(self._centre - distance * self.axes[2])


def _vector(values: NDArray[np.float64]) -> Vector:
    return (float(values[0]), float(values[1]), float(values[2]))
