"""From a viewpoint's camera to the rays of a picture, and from places to pixels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bim.bcf.model import Camera

WIDTH, HEIGHT = 640, 400
"""Pixels of a picture."""


@dataclass(frozen=True, slots=True)
class Lens:
    """A perspective camera with its picture.

    Attributes:
        place: (3,) metres, counted from the origin of the scene.
        axes: (3, 3) right, up and forward, rows of length 1.
        slope: tangent of half the vertical field of view.
        width, height: pixels.
    """

    place: NDArray[np.float64]
    axes: NDArray[np.float64]
    slope: float
    width: int = WIDTH
    height: int = HEIGHT

    @classmethod
    def of(cls, camera: Camera, origin: NDArray[np.float64]) -> Lens:
        """The lens of a perspective camera that stands in the model's frame, metres."""
        assert camera.field_of_view is not None
        forward, up = np.asarray(camera.direction, float), np.asarray(camera.up_vector, float)
        axes = np.stack([np.cross(forward, up), up, forward])
        return cls(np.asarray(camera.view_point, float) - origin, axes, float(np.tan(np.radians(camera.field_of_view / 2))))

    def ways(self, samples: int) -> NDArray[np.float32]:
        """(height samples * width samples, 3) the directions of rays, length 1, row by row from the upper left."""
        columns = (np.arange(self.width * samples) + 0.5) / (self.width * samples) * 2 - 1
        rows = 1 - (np.arange(self.height * samples) + 0.5) / (self.height * samples) * 2
        right, up = np.meshgrid(columns * self.slope * self.width / self.height, rows * self.slope)
        ways = np.stack([right, up, np.ones_like(right)], axis=-1).reshape(-1, 3) @ self.axes
        unit: NDArray[np.float32] = (ways / np.linalg.norm(ways, axis=1, keepdims=True)).astype(np.float32)
        return unit

    def pixel(self, place: NDArray[np.float64]) -> tuple[float, float] | None:
        """Column and row where a place (3,), counted from the origin of the scene, is seen; None behind the camera."""
        right, up, depth = self.axes @ (place - self.place)
        if depth <= 0:
            return None
        scale = self.height / 2 / (self.slope * depth)
        return float(self.width / 2 + right * scale), float(self.height / 2 - up * scale)

    def metre(self, place: NDArray[np.float64]) -> float:
        """Pixels that a metre across the view has at the depth of a place."""
        return float(self.height / 2 / (self.slope * max(self.axes[2] @ (place - self.place), 1e-9)))
