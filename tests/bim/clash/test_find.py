"""Finding clashes in scenes of one model and of several: who clashes, who may, what keeps its id, what was left."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations
from typing import Any

import numpy as np
import pytest

from bim.clash import Exclusions, Limits, Member, Scene, Side, Test, changes, clash_id, find_clashes
from bim.georeference import HK_GRID, HKPD, Georeference
from bim.intake import intake
from bim.shapes import Placement, Shapes
from csdi.errors import ValueInvalid
from csdi.geometry import Mesh
from tests.bim.clash.bodies import Floats, box, item, shapes, tube, turned
from tests.bim.corpus import corpus_file

WALL = box((0, 0, 0), (5, 0.2, 3))
DOOR = box((1, -0.05, 0), (2, 0.25, 2.1))
PIPE = tube((4, -1, 1.5), (4, 2, 1.5), 0.05)
HARD = [Test("hard", 0.002)]


def row(kind: str = "IfcWall", **more: Any) -> dict[str, Any]:
    return {"role": "element", "ifc_class": kind, "storey_name": "L1", "host": None, "openings": [], "filled_by": [], "part_of": None,
            "connected_to": [], "systems": [], **more}


def member(elements: Mapping[str, Mesh], rows: Mapping[str, Mapping[str, Any]] | None = None, name: str = "m") -> Member:
    return Member(name, shapes(elements), rows or {key: row() for key in elements})


def pairs(found: Any) -> set[tuple[str, str]]:
    return {(one.a, one.b) for one in found.found}


def test_a_pipe_through_a_wall_is_one_clash_with_its_place_group_and_id() -> None:
    rows = {"wall": row(), "pipe": row("IfcPipeSegment", systems=[{"name": "CHW"}], storey_name=None)}
    result = find_clashes(Scene([member({"wall": WALL, "pipe": PIPE}, rows)]))
    (found,) = result.found
    assert (found.kind, found.a, found.b, found.by) == ("hard", "pipe", "wall", "solids")
    assert found.point == pytest.approx((4, 0.1, 1.5), abs=1e-6)
    assert found.group == "hard: CHW x IfcWall @ L1"
    assert found.id == clash_id("hard", "wall", "pipe")
    assert (result.bodies, result.candidates, result.measured, result.is_whole) == (2, 1, 1, True)
    assert result.to_dict()["clashes"][0]["depth_m"] == pytest.approx(0.0995, abs=1e-4)


@pytest.mark.parametrize(("rows", "why"), [
    ({"b": row("IfcDoor", host="a")}, "host"),
    ({"a": row(openings=[{"id": "o", "filled_by": ["b"]}])}, "host"),
    ({"a": row(filled_by=["b"])}, "host"),
    ({"a": row(part_of={"id": "w", "class": "IfcWall"}), "b": row(part_of={"id": "w", "class": "IfcWall"})}, "assembly"),
    ({"a": row(part_of={"id": "b", "class": "IfcWall"})}, "assembly"),
    ({"a": row(part_of={"id": "p", "class": "IfcPlate"}), "p": row(part_of={"id": "b", "class": "IfcCurtainWall"})}, "assembly"),
    ({"a": row(connected_to=[{"id": "b", "by": "port"}])}, "connected"),
    ({"b": row("IfcCovering", connected_to=[{"id": "a", "by": "IfcRelCoversBldgElements"}])}, "covering"),
    ({"b": row("IfcReinforcingBar"), "a": row("IfcSlab")}, "classes"),
    ({"b": row("IfcDoor", host="w"), "a": row(part_of={"id": "w", "class": "IfcWall"})}, "host"),
])
def test_what_belongs_together_is_no_clash_and_is_counted(rows: dict[str, Any], why: str) -> None:
    result = find_clashes(Scene([Member("m", shapes({"a": WALL, "b": DOOR}), {"a": row(), "b": row(), **rows})]))
    assert (result.found, dict(result.excluded)) == ((), {why: 1})


def test_parts_of_a_storey_are_no_assembly() -> None:
    within = {"id": "s", "class": "IfcBuildingStorey"}
    result = find_clashes(Scene([member({"a": WALL, "b": DOOR}, {key: row(part_of=within) for key in "ab"})]))
    assert pairs(result) == {("a", "b")}


def test_exclusions_are_data() -> None:
    together = Scene([member({"a": WALL, "b": DOOR}, {"a": row(), "b": row("IfcDoor", host="a")})])
    assert pairs(find_clashes(together, HARD, Exclusions(relations=()))) == {("a", "b")}
    assert find_clashes(together, HARD, Exclusions((), (("IfcD*", "IfcWall"),))).excluded == {"classes": 1}


def test_openings_and_spaces_are_no_bodies() -> None:
    rows = {"a": row(), "b": row("IfcOpeningElement", role="opening"), "c": row("IfcVirtualElement")}
    assert len(Scene([member({"a": WALL, "b": DOOR, "c": DOOR}, rows)])) == 1


def test_the_same_element_twice_is_a_duplicate_and_no_hard_clash_besides() -> None:
    result = find_clashes(Scene([member({"a": WALL, "b": WALL, "c": WALL.placed(turned(0, (0.05, 0, 0)))})]))
    assert [(one.kind, one.a, one.b) for one in result.found if one.kind == "duplicate"] == [("duplicate", "a", "b")]
    assert {(one.a, one.b) for one in result.found if one.kind == "hard"} == {("a", "c"), ("b", "c")}


def test_clearance_is_asked_between_classes_and_a_hard_clash_is_none_besides() -> None:
    bodies = {"wall": WALL, "near": tube((0, 0.28, 1), (5, 0.28, 1), 0.05), "through": PIPE, "far": tube((0, 0.5, 1), (5, 0.5, 1), 0.05)}
    rows = {key: row("IfcWall" if key == "wall" else "IfcPipeSegment") for key in bodies}
    asked = Test("clearance", 0.1, Side(("IfcWall*",)), Side(("IfcPipe*",)))
    result = find_clashes(Scene([member(bodies, rows)]), [asked, Test("hard", 0.002, Side(("IfcWall",)), Side(("IfcPipe*",)))])
    assert [(one.kind, one.a, one.b) for one in result.found] == [("hard", "through", "wall"), ("clearance", "near", "wall")]
    assert result.found[1].distance_m == pytest.approx(0.03, abs=1e-3)
    assert result.found[1].point[1] == pytest.approx(0.215, abs=1e-3)


def test_a_body_inside_another_has_no_clearance() -> None:
    inside = Scene([member({"a": box((0, 0, 0), (9, 9, 9)), "b": box((4, 4, 4), (5, 5, 5))})])
    (found,) = find_clashes(inside, [Test("clearance", 0.1)]).found
    assert found.distance_m == 0.0


def grid(east: float, degrees: float, vertical: str = HKPD, crs: str = HK_GRID) -> Georeference:
    return Georeference(crs, vertical, turned(degrees, (east, 819_000.0, 6.5)))


def framed(name: str, element: str, mesh: Mesh, place: Georeference | None) -> Member:
    """A model that holds, in its own frame, a body that is given in HK1980 Grid less (812 000, 819 000, 0)."""
    matrix = np.eye(4) if place is None else np.linalg.inv(place.affine) @ turned(0, (812_000.0, 819_000.0, 0.0))
    return Member(name, shapes({element: mesh}, matrix), {element: row()}, place)


def test_models_meet_on_the_grid_whatever_their_own_frames_are() -> None:
    first, second = grid(812_000.0, 0), grid(811_500.0, 37)
    result = find_clashes(Scene([framed("arch", "wall", WALL, first), framed("mep", "pipe", PIPE, second)]))
    (found,) = result.found
    assert (found.a, found.model_a, found.b, found.model_b) == ("pipe", "mep", "wall", "arch")
    assert found.depth_m == pytest.approx(2 * 0.05, rel=0.01)
    assert first.to_crs(np.array([found.point]))[0] == pytest.approx([812_004.0, 819_000.1, 1.5], abs=1e-4)


def test_only_pairs_of_two_models_where_that_is_asked() -> None:
    both = [Member(name, shapes({f"{name}1": WALL, f"{name}2": DOOR}), {f"{name}1": row(), f"{name}2": row("IfcDoor")}, grid(812_000.0, 0))
            for name in ("a", "b")]
    result = find_clashes(Scene(both), [Test("hard", 0.002, between_models=True)])
    assert {(one.model_a, one.model_b) for one in result.found} == {("a", "b")}
    assert len(result.found) == 4


@pytest.mark.parametrize(("other", "why"), [(None, "no georeference"), (grid(812_000.0, 0, "EPSG:5773"), "EPSG:5773"),
                                            (grid(812_000.0, 0, "EPSG:5738", "EPSG:32650"), "EPSG:32650")])
def test_models_that_share_no_frame_are_not_compared(other: Georeference | None, why: str) -> None:
    with pytest.raises(ValueInvalid, match=why):
        Scene([framed("arch", "wall", WALL, grid(812_000.0, 0)), framed("mep", "pipe", PIPE, other)])


def test_a_list_against_an_earlier_one_tells_new_persisting_and_solved() -> None:
    bodies = {"wall": WALL, "pipe": PIPE, "door": DOOR}
    before = find_clashes(Scene([member(bodies)]))
    moved = find_clashes(Scene([member({**bodies, "pipe": PIPE.placed(turned(0, (5, 0, 0))), "duct": box((3, -1, 2), (3.4, 1, 2.4))})]))
    found = changes(moved, [one.id for one in before.found])
    assert found.new == (clash_id("hard", "duct", "wall"),)
    assert found.persisting == (clash_id("hard", "door", "wall"),)
    assert found.solved == (clash_id("hard", "pipe", "wall"),)


def test_what_the_limits_leave_out_is_told_and_is_not_solved() -> None:
    whole = Scene([member({"wall": WALL, "pipe": PIPE, "door": DOOR})])
    before = [one.id for one in find_clashes(whole).found]
    some = find_clashes(whole, limits=Limits(pairs=1))
    assert (some.measured, dict(some.unmeasured_count), some.is_whole) == (1, {"more than 1 pairs": 1}, False)
    assert changes(some, before).solved == ()
    assert len(changes(some, before).unknown) == 1
    times = iter(range(0, 1000, 100))
    late = find_clashes(whole, limits=Limits(seconds=50, clock=lambda: float(next(times))))
    assert (late.measured, sum(late.unmeasured_count.values())) == (0, 2)


@pytest.mark.parametrize("members", [[], [Member("m", Shapes())]])
def test_a_scene_without_bodies_and_a_run_without_tests_find_nothing(members: list[Member]) -> None:
    assert find_clashes(Scene(members)).to_dict()["clashes"] == []
    assert find_clashes(Scene([member({"wall": WALL, "pipe": PIPE})]), []).candidates == 0


def test_the_order_of_elements_changes_nothing() -> None:
    bodies = {"wall": WALL, "pipe": PIPE, "door": DOOR, "beam": box((0, -1, 1.4), (0.3, 1, 1.6))}
    turned_round = dict(reversed(bodies.items()))
    assert find_clashes(Scene([member(bodies)])).to_dict() == find_clashes(Scene([member(turned_round)])).to_dict()


def test_all_clashes_of_a_crowd_are_those_of_comparing_all_with_all() -> None:
    chance = np.random.default_rng(11)
    unit = item(box((-0.5, -0.5, -0.5), (0.5, 0.5, 0.5)))
    matrices: list[Floats] = [turned(chance.uniform(0, 360), tuple(chance.uniform(0, 9, 3)), chance.uniform(0, 90)) for _ in range(150)]
    crowd = Scene([Member("m", Shapes([unit], [Placement(f"E{n:03}", 0, matrix) for n, matrix in enumerate(matrices)]))])
    wanted = {(f"E{a:03}", f"E{b:03}") for a, b in combinations(range(150), 2) if _cubes_meet(matrices[a], matrices[b])}
    assert pairs(find_clashes(crowd, HARD)) == wanted
    assert len(wanted) > 20


def _cubes_meet(one: Floats, other: Floats) -> bool:
    """Whether unit cubes share more than 2 mm along every axis that could part them (separating axes)."""
    first, second = one[:3, :3].T, other[:3, :3].T
    axes = [*first, *second, *(np.cross(a, b) for a in first for b in second)]
    between = other[:3, 3] - one[:3, 3]
    for axis in (axis / np.linalg.norm(axis) for axis in axes if np.linalg.norm(axis) > 1e-9):
        reach = 0.5 * (np.abs(first @ axis).sum() + np.abs(second @ axis).sum())
        if abs(between @ axis) > reach - 0.002:
            return False
    return True


@pytest.mark.parametrize("name", ["geo-duplex-georeferenced-ifc2x3", "arch-kit-edc-spaceboundaries-ifc4"])
def test_doors_and_windows_of_real_models_do_not_clash_with_the_walls_that_they_stand_in(name: str) -> None:
    read = intake(corpus_file(f"ifc/{name}.ifc"), model="m")
    whole = Scene([Member.of("m", read.shapes, read.tables.elements)])
    result = find_clashes(whole)
    hosts = {str(one.properties["global_id"]): one.properties["host"] for one in read.tables.elements if one.properties["host"]}
    assert result.is_whole
    assert result.excluded["host"] > 20
    assert not any(hosts.get(one.a) == one.b or hosts.get(one.b) == one.a for one in result.found)
    assert len(find_clashes(whole, exclusions=Exclusions((), ())).found) >= len(result.found)
