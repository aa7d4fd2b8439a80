"""Turns: vectors and rotations between z up, in which we compute, and y up, in which glTF stores."""

from __future__ import annotations

import numpy as np

from twin.ellipsoid import Array


def y_up(vectors: Array) -> Array:
    """(n, 3) vectors with z up as glTF has them, with y up: x, z, -y."""
    return np.stack([vectors[:, 0], vectors[:, 2], -vectors[:, 1]], axis=1)


def quaternions(rotations: Array) -> Array:
    """(k, 4) float64 x, y, z, w, of unit length, of (k, 3, 3) z-up rotations, turned to y up."""
    m = rotations
    w2 = 1 + m[:, 0, 0] + m[:, 1, 1] + m[:, 2, 2]
    x2 = 1 + m[:, 0, 0] - m[:, 1, 1] - m[:, 2, 2]
    y2 = 1 - m[:, 0, 0] + m[:, 1, 1] - m[:, 2, 2]
    z2 = 1 - m[:, 0, 0] - m[:, 1, 1] + m[:, 2, 2]
    wx, wy, wz = m[:, 2, 1] - m[:, 1, 2], m[:, 0, 2] - m[:, 2, 0], m[:, 1, 0] - m[:, 0, 1]
    xy, xz, yz = m[:, 1, 0] + m[:, 0, 1], m[:, 0, 2] + m[:, 2, 0], m[:, 2, 1] + m[:, 1, 2]
    rows = np.array([[x2, xy, xz, wx], [xy, y2, yz, wy], [xz, yz, z2, wz], [wx, wy, wz, w2]])
    best = rows[np.argmax(rows[range(4), range(4)], axis=0), :, np.arange(len(m))]
    best = best / np.linalg.norm(best, axis=1)[:, None]
    return np.column_stack([y_up(best[:, :3]), best[:, 3]])


def rotations_of(y_up_quaternions: Array) -> Array:
    """(k, 3, 3) z-up rotations of quaternions that `quaternions` made."""
    x, z, y, w = np.asarray(y_up_quaternions, dtype=np.float64).T
    y = -y
    return np.array([
        [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
        [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
        [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
    ]).transpose(2, 0, 1)
