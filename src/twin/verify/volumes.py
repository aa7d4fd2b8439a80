"""Bounding volumes of 3D Tiles in the frame of the whole tileset: whether points lie in them, and points to ask others with."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from twin.ellipsoid import Array, ecef, geodetic

SLACK_M = 0.02
_EARTH_M = 6_378_137.0
_SIGNS = np.array(np.meshgrid([-1.0, 1.0], [-1.0, 1.0], [-1.0, 1.0])).reshape(3, 8).T
_LENGTHS = {"box": 12, "region": 6, "sphere": 4}
_STEPS = 9


@dataclass(frozen=True, slots=True, eq=False)
class Volume:
    """A bounding volume.

    Attributes:
        kind: as its document calls it.
        numbers: as in its document; a region's are radians and metres.
        matrix: (4, 4) float64, from its tile's frame into that of the whole; regions are not moved by it.
    """

    kind: Literal["box", "region", "sphere"]
    numbers: Array
    matrix: Array

    @classmethod
    def of(cls, document: Any, matrix: Array) -> Volume:
        """From a document. Raises ValueError when it is none."""
        kinds = [kind for kind in _LENGTHS if kind in document]
        if len(kinds) != 1:
            raise ValueError("a bounding volume is one of box, region and sphere")
        numbers = np.array(document[kinds[0]], dtype=np.float64)
        if numbers.shape != (_LENGTHS[kinds[0]],) or not np.isfinite(numbers).all():
            raise ValueError(f"a {kinds[0]} has {_LENGTHS[kinds[0]]} finite numbers")
        found = cls(kinds[0], numbers, matrix)  # type: ignore[arg-type]
        if (found.kind == "sphere" and numbers[3] < 0) or (found.kind == "region" and (numbers[1] > numbers[3] or numbers[4] > numbers[5])):
            raise ValueError(f"a {found.kind} with nothing in it")
        return found

    def holds(self, points: Array) -> bool:
        """Whether (n, 3) points of the whole's frame lie in it, with 2 cm of slack."""
        if not len(points):
            return True
        kinds: dict[str, Callable[[Array], bool]] = {"box": self._box_holds, "region": self._region_holds, "sphere": self._sphere_holds}
        return kinds[self.kind](points)

    def samples(self) -> Array:
        """(n, 3) points of the whole's frame that reach as far as it does."""
        if self.kind == "region":
            west, south, east, north, low, high = self.numbers
            lon, lat, height = np.meshgrid(np.linspace(west, east, _STEPS), np.linspace(south, north, _STEPS), [low, high])
            return ecef(np.column_stack([np.degrees(lon.ravel()), np.degrees(lat.ravel()), height.ravel()]))
        if self.kind == "sphere":
            reach = np.vstack([np.eye(3), -np.eye(3)]) * self.numbers[3]
            return self._moved(self.numbers[:3] + reach)
        return self._moved(self.numbers[:3] + _SIGNS @ self.numbers[3:].reshape(3, 3))

    def divided(self, level: int, x: int, y: int) -> Volume:
        """That of a tile of implicit tiling in four, counted from its low corner."""
        share = 1 / 2**level
        if self.kind == "region":
            west, south, east, north, low, high = self.numbers
            width, depth = (east - west) * share, (north - south) * share
            return replace(self, numbers=np.array([west + x * width, south + y * depth, west + (x + 1) * width,
                                                   south + (y + 1) * depth, low, high]))
        axes = self.numbers[3:].reshape(3, 3)
        centre = self.numbers[:3] + ((2 * x + 1) * share - 1) * axes[0] + ((2 * y + 1) * share - 1) * axes[1]
        return replace(self, numbers=np.concatenate([centre, axes[0] * share, axes[1] * share, axes[2]]))

    def _moved(self, points: Array) -> Array:
        return points @ self.matrix[:3, :3].T + self.matrix[:3, 3]

    def _box_holds(self, points: Array) -> bool:
        axes = self.numbers[3:].reshape(3, 3) @ self.matrix[:3, :3].T
        lengths = np.linalg.norm(axes, axis=1)
        along = np.abs((points - self._moved(self.numbers[None, :3])) @ (axes / np.where(lengths > 0, lengths, 1)[:, None]).T)
        return bool((along <= lengths + SLACK_M).all())

    def _sphere_holds(self, points: Array) -> bool:
        reach = self.numbers[3] * float(np.linalg.norm(self.matrix[:3, :3], axis=0).max())
        return bool((np.linalg.norm(points - self._moved(self.numbers[None, :3]), axis=1) <= reach + SLACK_M).all())

    def _region_holds(self, points: Array) -> bool:
        west, south, east, north, low, high = self.numbers
        places = geodetic(points)
        lon, lat, height = np.radians(places[:, 0]), np.radians(places[:, 1]), places[:, 2]
        slack = SLACK_M / _EARTH_M
        width = east - west if east >= west else east - west + 2 * math.pi
        wide = slack / max(float(np.cos(lat).min()), 1e-6)
        inside = ((lon - west + wide) % (2 * math.pi) <= width + 2 * wide) & (lat >= south - slack) & (lat <= north + slack)
        return bool((inside & (height >= low - SLACK_M) & (height <= high + SLACK_M)).all())
