"""Storey plans against numbers that are known, and against the rooms and doors of real models."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import shapely

from bim.intake import Intake, intake
from bim.plans import CUT_M, plans_collection, sections, storey_plans
from bim.plans.cutting import treads
from bim.plans.doors import swing
from bim.shapes import Item, Placement, Shapes
from csdi.crs import transform
from csdi.feature import Feature
from csdi.geometry import Mesh
from tests.bim.corpus import corpus_file
from tests.ogc_api.site import SMALL


def box(x: float, y: float, z: float, size: tuple[float, float, float]) -> Mesh:
    corners = np.array([[a, b, c] for c in (0, 1) for b in (0, 1) for a in (0, 1)], dtype=np.float64) * size + (x, y, z)
    faces = [[0, 2, 1], [1, 2, 3], [4, 5, 6], [5, 7, 6], [0, 1, 4], [1, 5, 4], [2, 6, 3], [3, 6, 7], [0, 4, 2], [2, 4, 6], [1, 3, 5],
             [3, 7, 5]]
    return Mesh(corners, np.array(faces, dtype=np.int32))


def joined(*meshes: Mesh) -> Mesh:
    starts = np.cumsum([0, *(len(one.vertices) for one in meshes)])
    return Mesh(np.vstack([one.vertices for one in meshes]),
                np.vstack([one.triangles + start for one, start in zip(meshes, starts, strict=False)]).astype(np.int32))


def placed(*meshes: Mesh, matrix: np.ndarray | None = None) -> Shapes:
    items = [Item(mesh, (), np.full(len(mesh.triangles), -1, np.int16)) for mesh in meshes]
    return Shapes(items, [Placement(f"E{number}", number, np.eye(4) if matrix is None else matrix) for number in range(len(items))])


def test_a_wall_is_cut_to_its_exact_footprint() -> None:
    found = sections(placed(box(2.0, 3.0, 0.0, (5.0, 0.2, 3.0))), {0: 1.2})
    assert shapely.equals_exact(shapely.normalize(found[0]), shapely.normalize(shapely.box(2.0, 3.0, 7.0, 3.2)), 1e-4) \
        or found[0].symmetric_difference(shapely.box(2.0, 3.0, 7.0, 3.2)).area < 1e-6


def test_a_tube_keeps_its_hole_and_what_stands_in_the_hole() -> None:
    outer, inner, core = box(0, 0, 0, (4.0, 4.0, 2.0)), box(1, 1, 0, (2.0, 2.0, 2.0)), box(1.5, 1.5, 0, (1.0, 1.0, 2.0))
    (area,) = sections(placed(joined(outer, Mesh(inner.vertices, inner.triangles[:, ::-1].copy()), core)), {0: 1.0}).values()
    assert area.area == pytest.approx(16 - 4 + 1, abs=1e-6)


def test_solids_of_one_mesh_that_cross_each_other_are_one_area() -> None:
    (area,) = sections(placed(joined(box(0, 0, 0, (4.0, 1.0, 2.0)), box(1, -1, 0, (1.0, 3.0, 2.0)))), {0: 1.0}).values()
    assert area.is_valid
    assert area.area == pytest.approx(4 + 3 - 1, abs=0.02)


def test_a_sheet_gives_a_line_and_what_the_plane_misses_gives_nothing() -> None:
    sheet = Mesh(np.array([[0, 0, 0], [3, 0, 0], [3, 0, 2], [0, 0, 2.0]]), np.array([[0, 1, 2], [0, 2, 3]], np.int32))
    found = sections(placed(sheet, box(0, 0, 5, (1.0, 1.0, 1.0))), {0: 1.0, 1: 1.0})
    assert set(found) == {0}
    assert found[0].length == pytest.approx(3.0)
    assert found[0].area == 0


def test_a_plane_through_the_corners_of_a_mesh_still_cuts_it() -> None:
    (area,) = sections(placed(joined(box(0, 0, 0, (2.0, 1.0, 1.2)), box(0, 0, 1.2, (2.0, 1.0, 1.0)))), {0: 1.2}).values()
    assert area.area == pytest.approx(2.0, abs=1e-6)


def test_turned_and_far_away_models_are_cut_as_exactly() -> None:
    turn = np.eye(4)
    turn[:2, :2] = [[np.cos(0.7), -np.sin(0.7)], [np.sin(0.7), np.cos(0.7)]]
    turn[:3, 3] = (811_000.0, 819_000.0, 6.0)
    (area,) = sections(placed(box(0, 0, 0, (5.0, 0.2, 3.0)), matrix=turn), {0: 7.2}).values()
    assert area.area == pytest.approx(1.0, abs=2e-3)
    assert area.is_valid


def test_treads_are_the_levels_of_a_stair() -> None:
    steps = joined(*(box(0.3 * number, 0, 0.15 * number, (0.3, 1.0, 0.15)) for number in range(8)))
    lines = treads(steps.vertices[steps.triangles])
    assert lines is not None
    assert shapely.total_bounds(lines) == pytest.approx([0, 0, 2.4, 1.0])
    assert treads(box(0, 0, 0, (3.0, 1.0, 0.2)).vertices[box(0, 0, 0, (3.0, 1.0, 0.2)).triangles]) is None


@pytest.mark.parametrize(("kind", "hinge", "open_to"), [("SINGLE_SWING_LEFT", (0.0, 0.1), (0.0, 1.0)), ("SINGLE_SWING_RIGHT", (0.9, 0.1), (0.9, 1.0))])
def test_a_leaf_hangs_on_the_side_that_its_operation_names(kind: str, hinge: tuple[float, float], open_to: tuple[float, float]) -> None:
    leaf = box(0, 0, 0, (0.9, 0.1, 2.1))
    drawn = swing({"type": kind, "axis": [1.0, 0.0]}, leaf.vertices[leaf.triangles])
    assert drawn is not None
    straight = shapely.get_coordinates(shapely.get_parts(drawn)[0])
    assert straight == pytest.approx(np.array([hinge, open_to]))
    assert drawn.bounds == pytest.approx((0.0, 0.1, 0.9, 1.0))


def test_doors_that_slide_have_no_swing() -> None:
    leaf = box(0, 0, 0, (0.9, 0.1, 2.1))
    corners = leaf.vertices[leaf.triangles]
    assert swing({"type": "SLIDING_TO_LEFT", "axis": [1.0, 0.0]}, corners) is None
    assert swing(None, corners) is None


@pytest.fixture(scope="module")
def terminal() -> Intake:
    return intake(SMALL / "terminal-arch.ifc", model="terminal-arch")


@pytest.fixture(scope="module")
def plans(terminal: Intake) -> list[Feature]:
    return storey_plans(terminal.tables, terminal.shapes, terminal.georeference, "terminal-arch")


def of(plans: list[Feature], storey: str, kind: str) -> list[Feature]:
    return [row for row in plans if row.properties["storey_name"] == storey and row.properties["kind"] == kind]


def test_every_room_and_every_door_is_in_the_plan_of_its_storey(terminal: Intake, plans: list[Feature]) -> None:
    for rows, kind in ((terminal.tables.spaces, "space"), ([r for r in terminal.tables.elements if r.properties["ifc_class"] == "IfcDoor"], "door")):
        expected = {(row.id, row.properties["storey"]) for row in rows}
        assert {(row.properties["element"], row.properties["storey"]) for row in plans if row.properties["kind"] == kind} == expected
    room = next(row for row in of(plans, "B1", "space") if row.properties["name"] == "Baggage Basement South")
    assert room.properties["name_zh"] == "南行李地庫"
    assert room.properties["area"] == pytest.approx(708.44)
    assert room.properties["level"] == pytest.approx(0.5)


def test_what_is_drawn_fits_the_collection_and_is_valid(plans: list[Feature]) -> None:
    fields = {field.name for field in plans_collection().schema}
    kinds = set(next(field for field in plans_collection().schema if field.name == "kind").enum)
    assert len({row.id for row in plans}) == len(plans) > 500
    for row in plans:
        assert set(row.properties) <= fields
        assert row.properties["kind"] in kinds
        assert row.geometry is not None
        assert row.geometry.is_valid
        assert not row.geometry.is_empty


def test_walls_have_no_area_where_their_doors_are(terminal: Intake, plans: list[Feature]) -> None:
    hosted = {row.id for row in terminal.tables.elements if row.properties["ifc_class"] == "IfcDoor" and row.properties["host"]}
    grid = transform("OGC:CRS84", "EPSG:2326")
    walls = shapely.union_all([grid.geometry(row.geometry) for row in of(plans, "B1", "wall") if row.geometry is not None])
    doors = [row for row in of(plans, "B1", "door") if row.properties["element"] in hosted]
    assert doors
    for door in doors:
        assert door.geometry is not None
        leaf = grid.geometry(door.geometry)
        assert shapely.intersection(leaf, walls).area < 0.05 * leaf.area


def test_columns_are_in_every_storey_that_they_rise_through() -> None:
    read = intake(SMALL / "terminal-structure.ifc", model="terminal-structure")
    drawn = storey_plans(read.tables, read.shapes, read.georeference, "terminal-structure")
    floors = {row.properties["global_id"]: row.properties["elevation"] for row in read.tables.storeys}
    boxes = {row.id: row.properties["box"] for row in read.tables.elements if row.properties["ifc_class"] == "IfcColumn"}
    found = {(row.properties["element"], row.properties["storey"]) for row in drawn if row.properties["kind"] == "column"}
    lift = read.georeference.affine[2, 3]
    expected = {(id, key) for id, reach in boxes.items() for key, floor in floors.items()
                if reach[2] < floor + lift + 0.29 and reach[5] > floor + lift + CUT_M + 0.01}
    assert expected
    assert expected <= found


def test_only_some_elements_can_be_drawn_anew(terminal: Intake, plans: list[Feature]) -> None:
    wall = next(row for row in plans if row.properties["kind"] == "wall")
    key = str(wall.properties["element"]).partition(":")[2]
    again = storey_plans(terminal.tables, terminal.shapes, terminal.georeference, "terminal-arch", only={key})
    assert [(row.id, row.geometry) for row in again] == [(row.id, row.geometry) for row in plans if row.properties["element"] == wall.properties["element"]]


def test_a_model_without_a_place_has_no_plan_on_the_map(terminal: Intake) -> None:
    nowhere = replace(terminal.georeference, crs="")
    assert not nowhere.placed
    assert storey_plans(terminal.tables, terminal.shapes, nowhere, "terminal-arch") == []


@pytest.mark.corpus
def test_doors_of_an_older_model_swing_as_their_style_says() -> None:
    read = intake(corpus_file("ifc/geo-duplex-georeferenced-ifc2x3.ifc"), model="duplex")
    drawn = storey_plans(read.tables, read.shapes, read.georeference, "duplex")
    doors = {row.properties["element"] for row in drawn if row.properties["kind"] == "door"}
    assert len(doors) == 14
    assert {row.properties["element"] for row in drawn if row.properties["kind"] == "door-swing"} == doors
    assert sum(row.properties["kind"] == "tread" for row in drawn) == 2


def test_lines_that_lie_on_each_other_are_drawn_too() -> None:
    """A small real model: GEOS gives up on the area of one of its parts, whose lines overlap."""
    name = "tricky-cjk-unicode-ifc2x3.ifc"
    read = intake(corpus_file(f"ifc/{name}"), model="c", name=name)
    rows = storey_plans(read.tables, read.shapes, read.georeference, read.model)
    assert len(rows) > 10
    assert all(row.geometry is None or shapely.is_valid(row.geometry) for row in rows)
