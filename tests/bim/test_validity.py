"""Validity: each fault is found on a body that has it, with its number, and on none that has not."""

from __future__ import annotations

import time

import numpy as np
import pytest

from bim.intake import intake
from bim.shapes import Placement, Shapes
from bim.validity import Measured, measured, validities
from csdi.geometry import Mesh
from tests.bim.clash.bodies import box, item, joined, shapes, tube, turned
from tests.bim.corpus import corpus_file

CUBE = box((0, 0, 0), (2, 3, 4))
PIPE = tube((0, 0, 0), (1, 2, 3), 0.2)


def faults(mesh: Mesh) -> tuple[str, ...]:
    return measured(item(mesh)).faults


def test_a_closed_body_has_no_fault_and_its_volume() -> None:
    found = measured(item(PIPE))
    assert found.faults == ()
    assert (found.open_edges, found.crossings, found.parts) == (0, 0, 1)
    assert found.volume_m3 == pytest.approx(14 ** 0.5 * 16 * 0.04 * np.sin(2 * np.pi / 32))


def test_a_body_without_caps_is_open_along_both_rims() -> None:
    found = measured(item(tube((0, 0, 0), (0, 0, 1), 0.5, 12, capped=False)))
    assert (found.faults, found.open_edges, found.volume_m3) == (("open",), 24, None)


def test_corners_that_are_not_shared_are_made_one() -> None:
    soup = Mesh(CUBE.vertices[CUBE.triangles].reshape(-1, 3) + np.random.default_rng(1).uniform(-2e-6, 2e-6, (36, 3)),
                np.arange(36, dtype=np.int32).reshape(-1, 3))
    assert measured(item(soup)).open_edges == 0


def test_a_body_turned_inside_out_is_inverted() -> None:
    found = measured(item(Mesh(PIPE.vertices, np.ascontiguousarray(PIPE.triangles[:, ::-1]))))
    assert found.faults == ("inverted",)
    assert found.volume_m3 is not None
    assert found.volume_m3 < 0


def test_a_surface_there_and_back_has_no_volume() -> None:
    sheet = np.array([[0, 1, 2], [0, 2, 1]], np.int32)
    assert "zero-volume" in faults(Mesh(np.array([[0.0, 0, 0], [1, 0, 0], [0, 1, 0]]), sheet))


def test_a_mesh_without_triangles_is_empty() -> None:
    assert faults(Mesh(np.zeros((0, 3)), np.zeros((0, 3), np.int32))) == ("empty",)


def test_a_face_that_lies_twice_and_one_without_an_area() -> None:
    twice = Mesh(PIPE.vertices, np.concatenate([PIPE.triangles, PIPE.triangles[:1]]))
    assert measured(item(twice)).duplicates == 1
    assert {"duplicate-faces", "open"} <= set(faults(twice))
    needle = np.concatenate([PIPE.vertices, [(PIPE.vertices[0] + PIPE.vertices[1]) / 2]])
    found = measured(item(Mesh(needle, np.concatenate([PIPE.triangles, [[0, len(needle) - 1, 1]]]).astype(np.int32))))
    assert found.degenerate == 1


def test_a_tube_bent_through_itself_crosses_itself() -> None:
    bow = np.array([[0.0, 0], [2, 2], [2, 0], [0, 2]])
    low, high = (np.column_stack([bow, np.full(4, z)]) for z in (0.0, 1.0))
    walls = [[i, (i + 1) % 4, (i + 1) % 4 + 4] for i in range(4)] + [[i, (i + 1) % 4 + 4, i + 4] for i in range(4)]
    found = measured(item(Mesh(np.concatenate([low, high]), np.array(walls, np.int32))))
    assert found.crossings
    assert "self-intersecting" in found.faults


def test_bodies_of_one_item_may_reach_into_each_other() -> None:
    found = measured(item(joined(CUBE, box((1, 1, 1), (5, 2, 2)))))
    assert (found.parts, found.crossings, found.faults) == (2, 0, ())


@pytest.mark.parametrize(("degrees", "tilt"), [(0, 0), (33, 0), (12, 40)])
def test_a_cuboid_is_told_from_other_bodies_however_it_stands(degrees: float, tilt: float) -> None:
    assert faults(CUBE.placed(turned(degrees, (1, 2, 3), tilt))) == ("box-only",)
    assert not measured(item(tube((0, 0, 0), (1, 0, 0), 0.2, 6))).is_box
    leaning = Mesh(CUBE.vertices + CUBE.vertices[:, 2:] * [0.3, 0, 0], CUBE.triangles)
    assert not measured(item(leaning)).is_box


def test_what_lies_kilometres_away_is_far_and_says_how_far() -> None:
    placed = [Placement(f"E{n}", 0, turned(0, (n, 0, 0))) for n in range(5)] + [Placement("lost", 0, turned(0, (0, 30_000, 0)))]
    found = validities(Shapes([item(PIPE)], placed))
    assert [key for key, one in found.items() if "far" in one.faults] == ["lost"]
    assert found["lost"].away_m == pytest.approx(30_000, abs=1)


def test_each_item_is_measured_once_and_what_is_known_is_taken() -> None:
    known: dict[bytes, Measured] = {}
    several = Shapes([item(PIPE)], [Placement(f"E{n}", 0, turned(n)) for n in range(50)])
    first = validities(several, known)
    assert len(known) == 1
    (digest,) = known
    known[digest] = Measured(9, 7, 0, 0, 0, 1, 1.0, None, False)
    assert validities(several, known)["E3"].items[0].open_edges == 7 != first["E3"].items[0].open_edges


def test_a_dense_tangle_is_given_up_in_bounded_time() -> None:
    chance = np.random.default_rng(2)
    points = chance.uniform(0, 1, (1500, 3, 3)).reshape(-1, 3)
    chain = np.arange(4500, dtype=np.int32).reshape(-1, 3)
    chain[1:, 0] = chain[:-1, 2]
    begun = time.process_time()
    assert measured(item(Mesh(points, chain))).crossings is None
    assert time.process_time() - begun < 5


def test_an_element_of_two_boxes_is_not_box_only() -> None:
    several = shapes({"a": CUBE, "b": PIPE})
    several.placements.append(Placement("a", 0, turned(0, (9, 9, 9))))
    assert validities(several)["a"].faults == ()


def test_every_shape_of_real_models_is_measured() -> None:
    for name, closed in (("geo-duplex-georeferenced-ifc2x3", 100), ("mep-hvac-heating-ifc4", 150)):
        read = intake(corpus_file(f"ifc/{name}.ifc"), model="m")
        found = validities(read.shapes)
        assert set(found) == {one.element for one in read.shapes.placements}
        assert sum("open" not in one.faults for one in found.values()) > closed
