"""Solids: structures as triangles with upright walls and flat roofs, or as their own bodies, ready for a tile."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import mapbox_earcut
import numpy as np
import shapely

from twin.city.structures import COLUMNS, Structure
from twin.ellipsoid import Array
from twin.frame import Frame, Reprojection
from twin.gltf import write_glb
from twin.metadata import Table
from twin.parts import Look, Part
from twin.surface import Ints

_LOOKS = (Look((0.80, 0.75, 0.67, 1.0), False), Look((0.70, 0.67, 0.62, 1.0), False))
"""Of buildings, and of podiums."""
_OWN = Look((0.80, 0.75, 0.67, 1.0), True)
"""Of bodies of their own, whose faces may look either way."""


@dataclass(frozen=True, slots=True)
class Faces:
    """Corners of triangles of one structure.

    Attributes:
        places: (n, 3) float64: x, y in the storage CRS, x first, and height in metres of its datum.
        triangles: (m, 3) int64, counter-clockwise from outside.
    """

    places: Array
    triangles: Ints


def city_tile(structures: Sequence[Structure], reprojection: Reprojection, frame: Frame) -> bytes:
    """A binary glTF of structures with their property table, packed; every corner is carried to the frame on its own.

    Raises:
        CrsError: corners that cannot be carried to the globe.
        ValueInvalid: none to draw, or more than 65,535.
    """
    groups: dict[Look, list[tuple[int, Faces]]] = {}
    for number, structure in enumerate(structures):
        groups.setdefault(_look(structure), []).append((number, faces(structure)))
    parts = [_part(look, group, reprojection, frame) for look, group in sorted(groups.items())]
    return write_glb(parts, [], Table(structures, COLUMNS), axes=np.eye(3)).data


def faces(structure: Structure) -> Faces:
    """The triangles of a structure: no corner is shared between faces, so that edges are sharp."""
    if structure.body is not None:
        places = structure.body.reshape(-1, 3)
        return Faces(places, np.arange(len(places)).reshape(-1, 3))
    made = [piece for part in shapely.get_parts(structure.shape) for piece in _extruded(part, structure.base, structure.top)]
    starts = np.cumsum([0, *(len(piece.places) for piece in made)])
    return Faces(np.concatenate([piece.places for piece in made]),
                 np.concatenate([piece.triangles + start for piece, start in zip(made, starts, strict=False)]))


def _extruded(polygon: shapely.Polygon, base: float, top: float) -> Iterator[Faces]:
    """The roof, then the walls around it and around its courtyards."""
    rings = [shapely.get_coordinates(ring)[:-1] for ring in (polygon.exterior, *polygon.interiors)]
    corners = np.concatenate(rings)
    ends = np.cumsum([len(ring) for ring in rings]).astype(np.uint32)
    roof = mapbox_earcut.triangulate_float64(corners - corners[0], ends).astype(np.int64).reshape(-1, 3)
    yield Faces(_at(corners, top), _anticlockwise(corners, roof))
    for ring in rings:
        yield _walls(ring, base, top)


def _walls(ring: Array, base: float, top: float) -> Faces:
    """Four corners and two triangles for each side of a ring that has the building on its left."""
    after, count = np.roll(ring, -1, axis=0), len(ring)
    places = np.stack([_at(ring, base), _at(after, base), _at(after, top), _at(ring, top)], axis=1).reshape(-1, 3)
    first = 4 * np.arange(count)[:, None]
    return Faces(places, np.concatenate([first + np.array([0, 1, 2]), first + np.array([0, 2, 3])]))


def _at(corners: Array, height: float) -> Array:
    return np.column_stack([corners, np.full(len(corners), height)])


def _anticlockwise(corners: Array, triangles: Ints) -> Ints:
    a, b, c = (corners[triangles[:, k]] for k in range(3))
    area = (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (c[:, 0] - a[:, 0]) * (b[:, 1] - a[:, 1])
    return np.where((area < 0)[:, None], triangles[:, ::-1], triangles)


def _look(structure: Structure) -> Look:
    if structure.body is not None:
        return _OWN
    return _LOOKS[structure.kind.casefold() in ("podium", "p")]


def _part(look: Look, group: Sequence[tuple[int, Faces]], reprojection: Reprojection, frame: Frame) -> Part:
    places = np.concatenate([one.places for _, one in group])
    starts = np.cumsum([0, *(len(one.places) for _, one in group)])
    triangles = np.concatenate([one.triangles + start for (_, one), start in zip(group, starts, strict=False)])
    positions = reprojection.into(frame, places)
    feature_of = np.repeat([number for number, _ in group], np.diff(starts))
    return Part(look, positions, _normals(positions, triangles), triangles, feature_of)


def _normals(positions: Array, triangles: Ints) -> Array:
    """Of the faces at their corners; upwards where a face has no area."""
    a, b, c = (positions[triangles[:, k]] for k in range(3))
    across = np.cross(b - a, c - a)
    length = np.linalg.norm(across, axis=1)[:, None]
    across = np.where(length > 1e-9, across / np.where(length > 1e-9, length, 1.0), (0.0, 0.0, 1.0))
    normals = np.tile((0.0, 0.0, 1.0), (len(positions), 1))
    normals[triangles.reshape(-1)] = np.repeat(across, 3, axis=0)
    return normals
