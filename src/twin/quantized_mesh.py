"""Quantized-mesh 1.0: the codec of terrain tiles, in numpy, with light-shading normals."""

from __future__ import annotations

import struct
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from csdi.errors import FileBroken
from twin.ellipsoid import SEMI_MAJOR_M, SEMI_MINOR_M, Array, ecef
from twin.surface import Ints

Bounds = tuple[float, float, float, float]

STEPS = 32_767
_HEADER = struct.Struct("<3d2f4d3d")
_NORMALS_EXTENSION = 1
_SCALED_LIMIT = 1000.0


@dataclass(frozen=True, slots=True)
class TerrainMesh:
    """The ground of one tile.

    Attributes:
        bounds: west, south, east, north in degrees.
        positions: (n, 3) float64: longitude and latitude in degrees, ellipsoidal height in metres.
        triangles: (m, 3) int64, counter-clockwise from above.
        normals: (n, 3) float64, unit length, EPSG:4978 axes; None where light is not wanted.
    """

    bounds: Bounds
    positions: Array
    triangles: Ints
    normals: Array | None = None


def encode(mesh: TerrainMesh) -> bytes:
    """The tile's bytes, uncompressed."""
    order, triangles = _by_first_use(mesh.triangles)
    positions = mesh.positions[order]
    low, high = _range_as_stored(positions[:, 2])
    grid = _quantized(positions, mesh.bounds, low, high)
    parts = [_header(positions, low, high), struct.pack("<I", len(grid))]
    parts += [_zigzag(np.diff(column, prepend=0)).astype("<u2").tobytes() for column in grid.T]
    kind = "<u4" if len(grid) > 65_536 else "<u2"
    parts.append(b"\0" * (-sum(map(len, parts)) % np.dtype(kind).itemsize))
    parts += [struct.pack("<I", len(triangles)), _high_water_marks(triangles.reshape(-1)).astype(kind).tobytes()]
    for axis, value in ((0, 0), (1, 0), (0, STEPS), (1, STEPS)):
        edge = np.flatnonzero(grid[:, axis] == value)
        parts += [struct.pack("<I", len(edge)), edge.astype(kind).tobytes()]
    if mesh.normals is not None:
        light = _octahedral(mesh.normals[order]).tobytes()
        parts += [struct.pack("<BI", _NORMALS_EXTENSION, len(light)), light]
    return b"".join(parts)


def decode(data: bytes, bounds: Bounds) -> TerrainMesh:
    """The mesh that `encode` wrote, to the precision of its grid; normals are left aside.

    Raises:
        FileBroken: the bytes are not a quantized mesh.
    """
    try:
        low, high = _HEADER.unpack_from(data)[3:5]
        (count,) = struct.unpack_from("<I", data, _HEADER.size)
        start = _HEADER.size + 4
        columns = np.frombuffer(data, "<u2", 3 * count, start).reshape(3, count).astype(np.int64)
        u, v, h = np.cumsum((columns >> 1) ^ -(columns & 1), axis=1) / STEPS
        kind = np.dtype("<u4" if count > 65_536 else "<u2")
        start += 6 * count
        start += -start % kind.itemsize
        (faces,) = struct.unpack_from("<I", data, start)
        triangles = _from_high_water_marks(np.frombuffer(data, kind, 3 * faces, start + 4).astype(np.int64))
    except (struct.error, ValueError) as error:
        raise FileBroken(f"not a quantized mesh: {error}", remedy="build the terrain again") from error
    west, south, east, north = bounds
    positions = np.stack([west + u * (east - west), south + v * (north - south), low + h * (high - low)], axis=1)
    return TerrainMesh(bounds, positions, triangles.reshape(-1, 3))


def heights_on(mesh: TerrainMesh, lonlat: Array) -> Array:
    """(n,) ellipsoidal heights of the surface at (n, 2) longitudes and latitudes; NaN beside the tile."""
    a, b, c = (mesh.positions[mesh.triangles[:, k]] for k in range(3))
    area = _doubled_area(a, b, c)
    result = np.full(len(lonlat), np.nan)
    for k, place in enumerate(lonlat):
        shares = np.stack([_doubled_area(place[None], b, c), _doubled_area(a, place[None], c), _doubled_area(a, b, place[None])])
        with np.errstate(divide="ignore", invalid="ignore"):
            shares = shares / area
        inside = np.flatnonzero((shares >= -1e-9).all(axis=0))
        if len(inside):
            first = inside[0]
            result[k] = shares[:, first] @ np.array([a[first, 2], b[first, 2], c[first, 2]])
    return result


def _doubled_area(a: Array, b: Array, c: Array) -> Array:
    return np.asarray((b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (c[:, 0] - a[:, 0]) * (b[:, 1] - a[:, 1]))


def _by_first_use(triangles: Ints) -> tuple[Ints, Ints]:
    """Vertices in the order in which triangles first name them, and the triangles in that numbering."""
    used, first, inverse = np.unique(triangles.reshape(-1), return_index=True, return_inverse=True)
    order: Ints = np.argsort(first)
    number = np.empty(len(order), dtype=np.int64)
    number[order] = np.arange(len(order))
    return used[order], number[inverse].reshape(-1, 3)


def _range_as_stored(heights: Array) -> tuple[float, float]:
    """Lowest and highest, rounded outwards to the float32 of the header, so that both ends read the same grid."""
    low, high = np.float32(heights.min()), np.float32(heights.max())
    return float(np.nextafter(low, np.float32(-np.inf))), float(np.nextafter(high, np.float32(np.inf)))


def _quantized(positions: Array, bounds: Bounds, low: float, high: float) -> Ints:
    west, south, east, north = bounds
    origin = np.array([west, south, low])
    span = np.array([east - west, north - south, max(high - low, 1e-6)])
    cells: Ints = np.clip(np.rint((positions - origin) / span * STEPS), 0, STEPS).astype(np.int64)
    return cells


def _zigzag(values: Ints) -> Ints:
    return np.asarray((values << 1) ^ (values >> 63))


def _high_water_marks(indices: Ints) -> Ints:
    """Each index as its distance below the next new one; indices appear in ascending order of first use."""
    fresh = np.zeros(len(indices), dtype=np.int64)
    fresh[np.unique(indices, return_index=True)[1]] = 1
    return np.asarray(np.cumsum(fresh) - fresh - indices)


def _from_high_water_marks(codes: Ints) -> Ints:
    fresh = codes == 0
    return np.asarray(np.cumsum(fresh) - fresh - codes)


def _header(positions: Array, low: float, high: float) -> bytes:
    points = ecef(positions)
    centre = (points.min(axis=0) + points.max(axis=0)) / 2
    radius = np.linalg.norm(points - centre, axis=1).max()
    return _HEADER.pack(*centre, low, high, *centre, radius, *_occlusion_point(points, centre))


def _occlusion_point(points: Array, centre: Array) -> Array:
    """The point, in units of the ellipsoid's radii, below the horizon whenever the whole tile is.

    Points under the ellipsoid count as on it, which only shows a tile that could be hidden. A tile that reaches round
    the earth has no such point; it gets one far out, which is never hidden from where the tile can be seen.
    """
    radii = np.array([SEMI_MAJOR_M, SEMI_MAJOR_M, SEMI_MINOR_M])
    scaled, towards = points / radii, centre / radii
    towards = towards / max(float(np.linalg.norm(towards)), 1e-12)
    length = np.linalg.norm(scaled, axis=1)
    direction = scaled / length[:, None]
    length = np.maximum(length, 1.0)
    cos_a, sin_a = direction @ towards, np.linalg.norm(np.cross(direction, towards), axis=1)
    cos_b, sin_b = 1 / length, np.sqrt(length**2 - 1) / length
    shrink = cos_a * cos_b - sin_a * sin_b
    reach = np.where(shrink > 1 / _SCALED_LIMIT, 1 / np.maximum(shrink, 1 / _SCALED_LIMIT), _SCALED_LIMIT)
    return np.asarray(towards * reach.max())


def _octahedral(normals: Array) -> NDArray[np.uint8]:
    """(n, 2) bytes: unit vectors folded onto a square."""
    x, y, z = (normals / np.abs(normals).sum(axis=1)[:, None]).T
    folded_x = (1 - np.abs(y)) * np.where(x >= 0, 1, -1)
    folded_y = (1 - np.abs(x)) * np.where(y >= 0, 1, -1)
    square = np.stack([np.where(z < 0, folded_x, x), np.where(z < 0, folded_y, y)], axis=1)
    return np.rint((square + 1) / 2 * 255).astype(np.uint8)
