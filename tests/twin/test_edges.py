"""Feature edges: what is marked, and how tiles carry the marks."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from csdi.crs import HeightModel
from csdi.geometry import Mesh
from tests.twin.glb_validation import validated
from tests.twin.models import Georeference, box, cylinder, item, terminal
from twin.draco import packed, unpacked
from twin.edges import HARD, HIDDEN, REPEATED, edge_marks, marks_of, packed_marks
from twin.gltf import write_glb
from twin.metadata import Row, Table
from twin.parts import Copies, Look, Part
from twin.surface import Surface, surfaces
from twin.tiler import build_tileset

NO_IDS = np.zeros(0, dtype=np.int64)
GREY = Look((0.6, 0.6, 0.6, 1.0), double_sided=False)
EXTENSION = "EXT_mesh_primitive_edge_visibility"

Edges = set[frozenset[tuple[float, ...]]]


def surface(mesh: Mesh) -> Surface:
    return surfaces([item(mesh)])[0]


def marks(made: Surface, feature_of: NDArray[np.int64] = NO_IDS) -> NDArray[np.uint8]:
    return edge_marks(made.positions, made.normals, made.triangles, feature_of)


def lines(points: NDArray[Any], triangles: NDArray[Any], told: NDArray[np.uint8], which: tuple[int, ...] = (HARD,)) -> Edges:
    """Edges with one of these marks, as pairs of positions."""
    ends = np.stack([points[triangles], np.roll(points[triangles], -1, axis=1)], axis=2)
    return {frozenset(tuple(float(v) for v in np.round(end, 3) + 0.0) for end in pair) for pair in ends[np.isin(told, which)]}


def drawn(mesh: Mesh) -> Edges:
    made = surface(mesh)
    return lines(made.positions, made.triangles, marks(made))


def bent(degrees: float, *, flipped: bool = False) -> Mesh:
    """Two unit squares along the x axis that meet at this angle, 0 for one plane; the second may be wound the other way."""
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    vertices = np.array([[0, -1, 0], [1, -1, 0], [1, 0, 0], [0, 0, 0], [1, c, s], [0, c, s]])
    second = [[3, 4, 2], [3, 5, 4]] if flipped else [[3, 2, 4], [3, 4, 5]]
    return Mesh(vertices, np.array([[0, 1, 2], [0, 2, 3], *second], dtype=np.int32))


def test_a_box_has_twelve_lines_and_no_diagonals() -> None:
    found = drawn(box((4.0, 3.0, 2.0)))
    assert len(found) == 12
    assert all(sum(a != b for a, b in zip(*edge, strict=True)) == 1 for edge in found)


@pytest.mark.parametrize("sides", [12, 16, 24, 48])
def test_a_pipe_shows_its_rims_and_no_facet(sides: int) -> None:
    found = drawn(cylinder(0.2, 3.0, sides))
    assert len(found) == 2 * sides
    assert all(len({z for _, _, z in edge}) == 1 for edge in found)


@pytest.mark.parametrize("sides", [4, 6, 8])
def test_a_prism_shows_its_upright_edges_too(sides: int) -> None:
    found = drawn(cylinder(0.2, 3.0, sides))
    assert len(found) == 3 * sides


@pytest.mark.parametrize(("degrees", "seen"), [(0.0, False), (5.0, False), (25.0, False), (45.0, True), (90.0, True), (150.0, True)])
def test_an_edge_is_drawn_where_faces_meet_at_an_angle(degrees: float, seen: bool) -> None:
    found = drawn(bent(degrees))
    assert (frozenset({(0.0, 0.0, 0.0), (1.0, 0.0, 0.0)}) in found) is seen
    assert len(found) == 6 + seen


@pytest.mark.parametrize(("degrees", "seen"), [(0.0, False), (45.0, True), (90.0, True), (150.0, True)])
def test_faces_that_are_wound_against_each_other_are_judged_by_where_they_lie(degrees: float, seen: bool) -> None:
    assert (frozenset({(0.0, 0.0, 0.0), (1.0, 0.0, 0.0)}) in drawn(bent(degrees, flipped=True))) is seen


def test_where_two_elements_touch_both_keep_their_outline() -> None:
    made = surface(bent(0.0))
    shared = lines(made.positions, made.triangles, marks(made))
    points = np.concatenate([made.positions[made.triangles[:2]].reshape(-1, 3), made.positions[made.triangles[2:]].reshape(-1, 3)])
    triangles, normals = np.arange(12).reshape(-1, 3), np.tile([0.0, 0.0, 1.0], (12, 1))
    apart = lines(points, triangles, edge_marks(points, normals, triangles, np.repeat([0, 1], 6)))
    assert apart - shared == {frozenset({(0.0, 0.0, 0.0), (1.0, 0.0, 0.0)})}


def test_a_line_is_told_once_and_repeated_by_the_other_side() -> None:
    made = surface(box((1.0, 1.0, 1.0)))
    told = marks(made)
    assert (told == HARD).sum() == (told == REPEATED).sum() == 12
    assert lines(made.positions, made.triangles, told) == lines(made.positions, made.triangles, told, (REPEATED,))


def test_three_faces_at_one_edge_draw_it() -> None:
    fan = Mesh(np.array([[0, 0, 0], [1, 0, 0], [0.5, 1, 0], [0.5, -1, 0.2], [0.5, 0, 1]]),
               np.array([[0, 1, 2], [1, 0, 3], [0, 1, 4]], dtype=np.int32))
    assert frozenset({(0.0, 0.0, 0.0), (1.0, 0.0, 0.0)}) in drawn(fan)


def test_marks_lie_four_to_a_byte_from_the_lowest_bits() -> None:
    told = np.array([[HARD, HIDDEN, REPEATED], [HIDDEN, HARD, HARD]], dtype=np.uint8)
    assert packed_marks(told).tolist() == [0b00_11_00_10, 0b00_00_10_10]
    for count in range(1, 9):
        assert len(packed_marks(np.zeros((count, 3), dtype=np.uint8))) == -(-6 * count // 8)


def test_marks_follow_the_order_in_which_a_reader_unpacks() -> None:
    made = surface(box((4.0, 3.0, 2.0)))
    found = packed(made.positions, made.normals, made.triangles, np.full(len(made.positions), 7), step=2.0**-9)
    assert found is not None
    mesh = unpacked(found.data, found.ids)
    assert lines(mesh.attributes["POSITION"], mesh.triangles, marks_of(found)) == drawn(box((4.0, 3.0, 2.0)))


def part(mesh: Mesh, ids: bool = True) -> Part:
    made = surface(mesh)
    return Part(GREY, made.positions, made.normals, made.triangles, np.zeros(len(made.positions), dtype=np.int64) if ids else NO_IDS)


def file_with(axes: NDArray[Any] | None, *, edges: bool) -> bytes:
    """A box, and a pipe three times."""
    pipe = Copies((part(cylinder(0.1, 2.0), ids=False),), np.array([[float(k), 5.0, 0.0] for k in range(3)]),
                  np.tile(np.eye(3), (3, 1, 1)), np.ones((3, 3)), np.array([1, 1, 1]))
    rows = [Row.of({"id": f"m:{k}", "global_id": str(k), "name": "", "ifc_class": "IfcWall", "storey": ""}) for k in "ab"]
    return write_glb([part(box((4.0, 3.0, 2.0)))], [pipe], Table(rows), axes=axes, edges=edges).data


def document_of(data: bytes) -> Any:
    return json.loads(data[20:20 + struct.unpack_from("<I", data, 12)[0]])


@pytest.mark.parametrize("axes", [None, np.eye(3)], ids=["plain", "packed"])
def test_every_primitive_of_a_file_carries_its_marks(axes: NDArray[Any] | None) -> None:
    document = document_of(file_with(axes, edges=True))
    primitives = [primitive for mesh in document["meshes"] for primitive in mesh["primitives"]]
    assert len(primitives) == 2
    for primitive in primitives:
        told = document["accessors"][primitive["extensions"][EXTENSION]["visibility"]]
        triangles = document["accessors"][primitive["indices"]]["count"] // 3
        assert (told["componentType"], told["type"], told["count"]) == (5121, "SCALAR", -(-6 * triangles // 8))
        assert document["materials"][primitive["extensions"][EXTENSION]["material"]]["pbrMetallicRoughness"]
    assert EXTENSION in document["extensionsUsed"]
    assert EXTENSION not in document.get("extensionsRequired", [])


@pytest.mark.parametrize("axes", [None, np.eye(3)], ids=["plain", "packed"])
def test_files_with_marks_are_valid(axes: NDArray[Any] | None, tmp_path: Path) -> None:
    (said,) = validated({"a.glb": file_with(axes, edges=True)}, tmp_path)
    assert (said["errors"], said["warnings"]) == (0, 0), said["messages"]


def test_nothing_is_marked_unless_it_is_asked_for() -> None:
    assert EXTENSION not in file_with(np.eye(3), edges=False).decode("latin-1")


def test_a_build_with_marks_takes_over_no_tile_without_them() -> None:
    shapes, elements = terminal()
    files: dict[str, bytes] = {}
    plain = build_tileset(shapes, elements, Georeference(), HeightModel.parse("hk"), files.__setitem__)
    marked = build_tileset(shapes, elements, Georeference(), HeightModel.parse("hk"), files.__setitem__, shelf=plain.shelf, edges=True)
    again = build_tileset(shapes, elements, Georeference(), HeightModel.parse("hk"), files.__setitem__, shelf=marked.shelf, edges=True)
    assert (marked.reused, again.built) == (0, 0)
    told = [name for name in marked.files if name.endswith(".glb") and EXTENSION in document_of(files[name])["extensionsUsed"]]
    assert len(told) == marked.tiles
    assert not any(EXTENSION in files[name].decode("latin-1") for name in plain.files)
