"""Feature edges: which edges of triangles are worth a line, marked with two bits each as EXT_mesh_primitive_edge_visibility does.

An edge is worth a line where the light breaks: where the normals on its two sides differ. Whether they do was settled when normals were
made (`twin.surface`): faces that meet at less than the crease angle share theirs, so neither the diagonals of flat faces nor the sides of
a pipe are marked. Edges with a face on one side only are marked too; those are the borders of open surfaces and the seams of materials.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from twin.draco import Packed, unpacked
from twin.ellipsoid import Array
from twin.surface import Ints, neighbours, weld

HIDDEN, HARD, REPEATED = 0, 2, 3
"""The extension's numbers: no line, a line, and a line that another triangle of the same primitive has told already."""

_BREAK_DEG = 12.0
"""Normals that are stored within about a degree and differ by this much do so on purpose."""


def edge_marks(points: Array, normals: Array, triangles: Ints, feature_of: Ints) -> NDArray[np.uint8]:
    """What each edge of each triangle is.

    Args:
        points: (n, 3) float64, metres, any frame; vertices of one feature that lie on each other count as one.
        normals: (n, 3) float64, unit length, the same frame.
        triangles: (m, 3) indices.
        feature_of: (n,) feature ids, elements of which share no edge; empty for none.

    Returns:
        (m, 3) of `HIDDEN`, `HARD`, `REPEATED`; edge k of a triangle runs from its corner k to the next one.
    """
    tail = triangles.reshape(-1)
    head = np.roll(triangles, -1, axis=1).reshape(-1)
    welded = weld(points, feature_of.astype(np.int64) if len(feature_of) else np.zeros(len(points), dtype=np.int64))
    one, other, _ = neighbours(welded[triangles])
    opposed = welded[tail[one]] != welded[tail[other]]
    along = _agree(normals, tail[one], np.where(opposed, head[other], tail[other]), opposed)
    back = _agree(normals, head[one], np.where(opposed, tail[other], head[other]), opposed)
    smooth = along & back
    marks = np.full(triangles.size, HARD, dtype=np.uint8)
    marks[one[smooth]] = marks[other[smooth]] = HIDDEN
    marks[one[~smooth]] = HARD
    marks[other[~smooth]] = REPEATED
    return marks.reshape(-1, 3)


def marks_of(found: Packed) -> NDArray[np.uint8]:
    """The marks of a packed primitive, (m, 3), on the triangles and corners in the order in which a reader unpacks them."""
    mesh = unpacked(found.data, found.ids)
    features = mesh.attributes.get("_FEATURE_ID_0", np.zeros(0))
    return edge_marks(mesh.attributes["POSITION"], mesh.attributes["NORMAL"], mesh.triangles, features.reshape(-1).astype(np.int64))


def _agree(normals: Array, one: Ints, other: Ints, opposed: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Whether the normals at these vertices are the same; faces that are turned against each other have opposite ones."""
    cosine = np.einsum("ij,ij->i", normals[one], normals[other])
    return np.asarray(np.where(opposed, cosine, -cosine) > np.cos(np.radians(_BREAK_DEG)))


def packed_marks(marks: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """(m, 3) marks as the extension stores them: four to a byte, the first in its lowest bits, the rest of the last byte zero."""
    flat = marks.reshape(-1)
    fours = np.concatenate([flat, np.zeros(-len(flat) % 4, dtype=np.uint8)]).reshape(-1, 4)
    return np.asarray(fours[:, 0] | fours[:, 1] << 2 | fours[:, 2] << 4 | fours[:, 3] << 6, dtype=np.uint8)
