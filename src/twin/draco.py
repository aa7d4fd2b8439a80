"""Draco: triangles, normals and feature ids on a grid of known steps, packed for KHR_draco_mesh_compression and unpacked again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import DracoPy
import numpy as np
from numpy.typing import NDArray

from twin.ellipsoid import Array
from twin.surface import Ints, bounds

_LEVEL = 10
_NORMAL_BITS = 7
_MOST_BITS = 21
"""Grid numbers stay exact in float32, in which decoders hold them."""

_KINDS = {0: "POSITION", 1: "NORMAL", 2: "COLOR_0", 4: "_FEATURE_ID_0"}
"""Draco's attribute types, as glTF calls what we put into them."""


@dataclass(frozen=True, slots=True)
class Packed:
    """A packed primitive.

    Attributes:
        data: the Draco bytes.
        ids: glTF attribute -> id in them.
        vertices, triangles: as they decode.
        low, high: (3,) float64, bounds of the positions as they decode.
        error_m: the largest distance between a position and what it decodes to.
    """

    data: bytes
    ids: Mapping[str, int]
    vertices: int
    triangles: int
    low: Array
    high: Array
    error_m: float


@dataclass(frozen=True, slots=True)
class Unpacked:
    """What a packed primitive holds: glTF attribute -> (n, width) float64, and (m, 3) triangles."""

    attributes: Mapping[str, Array]
    triangles: Ints


def packed(points: Array, normals: Array, triangles: Ints, feature_of: Ints, colours: NDArray[np.uint8] | None = None, *,
           step: float) -> Packed | None:
    """Packs one primitive; triangles that vanish on the grid are left out.

    Args:
        points: (n, 3) float64, metres.
        normals: (n, 3) float64, unit length; they come back within about a degree.
        triangles: (m, 3) indices.
        feature_of: (n,) feature ids below 65,536; empty for none.
        colours: (n, 4) linear light and opacity; None for none.
        step: of the grid, metres, a power of two; its origin is at whole multiples of it.

    Returns:
        None where the grid does not hold it: it is too large for its step, or a feature would vanish.
    """
    low = np.floor(bounds(points)[0] / step)
    cells = np.rint(points / step) - low
    bits = max(int(cells.max()).bit_length(), 1)
    if bits > _MOST_BITS or np.abs(low).max() >= 2**_MOST_BITS:
        return None
    kept = _with_area(cells.astype(np.int64), triangles)
    if not len(kept) or _loses(feature_of, triangles, kept):
        return None
    is_used = np.zeros(len(points), dtype=bool)
    is_used[kept] = True
    used, corners = np.flatnonzero(is_used), (np.cumsum(is_used) - 1)[kept]
    generic = {0: feature_of[used].astype(np.uint16).reshape(-1, 1)} if len(feature_of) else None
    data = DracoPy.encode(
        (cells[used] + low) * step, corners.astype(np.uint32), quantization_bits=bits, compression_level=_LEVEL,
        quantization_range=step * (2**bits - 1), quantization_origin=(low * step).tolist(), normals=normals[used],
        normal_quantization_bits=_NORMAL_BITS, generic_attributes=generic, colors=None if colours is None else colours[used])
    return _checked(data, kept, points[used], (cells[used] + low) * step, step)


def _with_area(cells: Ints, triangles: Ints) -> Ints:
    """The triangles whose corners are three different cells."""
    number = (cells[:, 0] << 2 * _MOST_BITS) | (cells[:, 1] << _MOST_BITS) | cells[:, 2]
    a, b, c = (number[triangles[:, k]] for k in range(3))
    kept: Ints = triangles[(a != b) & (b != c) & (c != a)]
    return kept


def _loses(feature_of: Ints, triangles: Ints, kept: Ints) -> bool:
    if not len(feature_of) or len(kept) == len(triangles):
        return False
    return len(np.unique(feature_of[triangles[:, 0]])) != len(np.unique(feature_of[kept[:, 0]]))


def _checked(data: bytes, triangles: Ints, exact: Array, stored: Array, step: float) -> Packed | None:
    """The bytes with what they decode to; None where that is not what went in."""
    mesh = DracoPy.decode(data)
    points = np.asarray(mesh.points, dtype=np.float64)
    low, high = bounds(points)
    noise_m = float(np.abs(np.array([low, high]) - bounds(stored)).max())
    if len(mesh.faces) != len(triangles) or noise_m > step / 8:
        return None
    ids = {_KINDS[attribute["attribute_type"]]: int(attribute["unique_id"]) for attribute in mesh.attributes}
    error_m = float(np.linalg.norm(stored - exact, axis=1).max()) + 2 * noise_m
    return Packed(bytes(data), ids, len(points), len(mesh.faces), low, high, error_m)


def unpacked(data: bytes, ids: Mapping[str, int]) -> Unpacked:
    """Decodes one primitive.

    Args:
        ids: glTF attribute -> id, as the extension lists them.

    Raises:
        ValueError: not Draco, or an attribute is missing.
    """
    try:
        mesh: Any = DracoPy.decode(data)
    except (DracoPy.FileTypeException, DracoPy.EncodingFailedException) as error:
        raise ValueError(f"Draco data cannot be decoded: {error}") from error
    by_id = {int(attribute["unique_id"]): attribute["data"] for attribute in mesh.attributes}
    missing = sorted(name for name, number in ids.items() if number not in by_id)
    if missing:
        raise ValueError(f"Draco data lack {', '.join(missing)}")
    attributes = {name: _column(by_id[number]) for name, number in ids.items()}
    return Unpacked(attributes, np.asarray(mesh.faces, dtype=np.int64).reshape(-1, 3))


def _column(values: NDArray[Any]) -> Array:
    return np.asarray(values, dtype=np.float64).reshape(len(values), -1)
