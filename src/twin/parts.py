"""Parts: what a tile draws, triangles by look, placed once or as copies; looks that can share a draw call become colours of vertices."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin.ellipsoid import Array
from twin.surface import Ints


@dataclass(frozen=True, slots=True, order=True)
class Look:
    """How a part is painted: display sRGB with opacity, 0 to 1, and whether its back is seen."""

    rgba: tuple[float, float, float, float]
    double_sided: bool


@dataclass(frozen=True, slots=True)
class Part:
    """Triangles with one look.

    Attributes:
        look: its paint.
        positions: (n, 3) float64, metres, z up; in the tileset's frame, or in the item's for a part of `Copies`.
        normals: (n, 3) float64, unit length.
        triangles: (m, 3) int64, counter-clockwise from outside.
        feature_of: (n,) int64, row of the property table of each vertex; empty for a part of `Copies`.
        colours: (n, 4) uint8, what of the look's light and opacity each vertex has, 255 for all of it; None for all everywhere.
    """

    look: Look
    positions: Array
    normals: Array
    triangles: Ints
    feature_of: Ints
    colours: NDArray[np.uint8] | None = None


@dataclass(frozen=True, slots=True)
class Copies:
    """Parts drawn many times.

    Attributes:
        parts: in the item's frame.
        translations: (k, 3) float64, metres, tileset's frame.
        rotations: (k, 3, 3) float64, orthonormal, right-handed.
        scales: (k, 3) float64, along the item's axes, before the rotation.
        feature_of: (k,) int64, row of the property table of each copy.
        key: tells the parts from others, so that they are packed once for many files; empty where nothing does.
    """

    parts: tuple[Part, ...]
    translations: Array
    rotations: Array
    scales: Array
    feature_of: Ints
    key: bytes = b""


def drawn_together(parts: Sequence[Part]) -> list[list[Part]]:
    """The parts in as few groups as can each be one draw call: opaque or clear, with or without their backs."""
    groups: dict[tuple[bool, bool], list[Part]] = defaultdict(list)
    for part in parts:
        groups[part.look.double_sided, part.look.rgba[3] < 1].append(part)
    return list(groups.values())


def joined(parts: Sequence[Part]) -> Part:
    """Parts of a group as one; its look is the brightest of each component, which vertices take their share of."""
    first = parts[0]
    if len(parts) == 1:
        return first
    red, green, blue, opacity = np.max([part.look.rgba for part in parts], axis=0).tolist()
    look = Look((red, green, blue, opacity), first.look.double_sided)
    sizes = [len(part.positions) for part in parts]
    shares = np.array([_share(part.look, look) for part in parts])
    starts = np.cumsum(sizes) - sizes
    return Part(look, np.concatenate([part.positions for part in parts]), np.concatenate([part.normals for part in parts]),
                np.concatenate([part.triangles + start for part, start in zip(parts, starts.tolist(), strict=True)]),
                np.concatenate([part.feature_of for part in parts]), np.repeat(np.rint(shares * 255).astype(np.uint8), sizes, axis=0))


def _share(look: Look, whole: Look) -> list[float]:
    return [one / all_of_it if all_of_it else 1.0 for one, all_of_it in zip(light_of(look), light_of(whole), strict=True)]


def light_of(look: Look) -> tuple[float, float, float, float]:
    """Linear red, green and blue as glTF's factors are, and opacity, to five decimals."""
    red, green, blue, opacity = look.rgba
    return round(_linear(red), 5), round(_linear(green), 5), round(_linear(blue), 5), round(opacity, 5)


def _linear(value: float) -> float:
    """A display sRGB component as linear light (IEC 61966-2-1)."""
    value = min(max(value, 0.0), 1.0)
    return value / 12.92 if value <= 0.04045 else float(((value + 0.055) / 1.055) ** 2.4)
