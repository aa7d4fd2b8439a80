import numpy as np
import pytest
import shapely

from bim.footprints import content_box, hull, outlines
from bim.shapes import Item, Placement, Shapes
from csdi.geometry import Mesh


def sheet(columns: int, rows: int, height: float = 0.0, at: float = 0.0) -> Mesh:
    """A level sheet of 1 m squares, all of it facing up."""
    x, y = np.meshgrid(np.arange(columns + 1.0), np.arange(rows + 1.0), indexing="ij")
    number = np.arange(x.size).reshape(x.shape)
    a, b, c, d = (part.reshape(-1) for part in (number[:-1, :-1], number[1:, :-1], number[1:, 1:], number[:-1, 1:]))
    vertices = np.column_stack([x.reshape(-1) + at, y.reshape(-1), np.full(x.size, height)])
    return Mesh(vertices, np.concatenate([np.column_stack([a, b, c]), np.column_stack([a, c, d])]).astype(np.int32))


def both(one: Mesh, other: Mesh) -> Mesh:
    return Mesh(np.concatenate([one.vertices, other.vertices]), np.concatenate([one.triangles, other.triangles + len(one.vertices)]))


def shapes_of(*meshes: Mesh, matrices: list[np.ndarray] | None = None) -> Shapes:
    items = [Item(mesh, (), np.full(len(mesh.triangles), -1, np.int16)) for mesh in meshes]
    placed = matrices or [np.eye(4)] * len(items)
    return Shapes(items, [Placement(f"機場{number}", number % len(items), matrix) for number, matrix in enumerate(placed)])


def moved(turn: float, east: float, up: float = 0.0) -> np.ndarray:
    matrix = np.eye(4)
    matrix[:2, :2] = [[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]
    matrix[:3, 3] = east, -east, up
    return matrix


@pytest.mark.parametrize("columns", [2, 20])
def test_a_sheet_has_the_outline_of_its_triangles_however_many(columns: int) -> None:
    found = outlines(shapes_of(sheet(columns, 5)))["機場0"].polygon
    assert shapely.symmetric_difference(found, shapely.box(0, 0, columns, 5)).area == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("columns", [2, 20])
def test_sheets_over_each_other_cover_the_ground_once(columns: int) -> None:
    found = outlines(shapes_of(both(sheet(columns, 5), sheet(columns, 5, 3.0, at=0.5))))["機場0"].polygon
    assert shapely.symmetric_difference(found, shapely.box(0, 0, columns + 0.5, 5)).area == pytest.approx(0, abs=1e-9)


def test_a_sheet_with_a_hole_keeps_it() -> None:
    whole = sheet(20, 5)
    middle = np.abs(whole.vertices[whole.triangles].mean(axis=1)[:, :2] - (10.5, 2.5)).max(axis=1) < 0.5
    found = outlines(shapes_of(Mesh(whole.vertices, whole.triangles[~middle])))["機場0"].polygon
    assert found.area == pytest.approx(99)
    assert len(found.interiors) == 1


def test_every_placement_of_an_item_has_its_own_outline_and_box() -> None:
    mesh = sheet(20, 5, 2.0)
    matrices = [moved(0.3 * number, 800_000.0 + number, number) for number in range(7)]
    found = outlines(shapes_of(mesh, matrices=matrices))
    for number, matrix in enumerate(matrices):
        points = mesh.placed(matrix).vertices
        one = found[f"機場{number}"]
        assert one.polygon.area == pytest.approx(100)
        assert one.polygon.bounds == pytest.approx((*points[:, :2].min(axis=0), *points[:, :2].max(axis=0)))
        np.testing.assert_allclose(one.box, [points.min(axis=0), points.max(axis=0)], atol=1e-9)


def test_the_box_of_all_content_holds_every_placement() -> None:
    mesh = sheet(3, 2, 1.0)
    matrices = [moved(0.5 * np.pi * number, 10.0 * number, number) for number in range(4)]
    points = np.concatenate([mesh.placed(matrix).vertices for matrix in matrices])
    found = content_box(shapes_of(mesh, matrices=matrices))
    np.testing.assert_allclose(found, [points.min(axis=0), points.max(axis=0)], atol=1e-9)


def test_a_hull_goes_around_all_outlines() -> None:
    around = hull([shapely.box(0, 0, 1, 1), None, shapely.Polygon(), shapely.box(3, 0, 4, 1)])
    assert around is not None
    assert around.equals(shapely.box(0, 0, 4, 1))
    assert hull([None, shapely.Polygon()]) is None


def test_boxes_on_the_grid_are_exact_where_outlines_are_simplified() -> None:
    angle = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    ring = np.column_stack([0.1 * np.cos(angle), 0.1 * np.sin(angle)])
    points = np.vstack([np.column_stack([np.full(24, x), ring]) for x in (0.0, 8.0)])
    after = np.roll(np.arange(24), -1)
    sides = np.vstack([np.column_stack([np.arange(24), after, after + 24]), np.column_stack([np.arange(24), after + 24, np.arange(24) + 24])])
    turn = np.eye(4)
    turn[:2, :2], turn[:3, 3] = [[0.6, -0.8], [0.8, 0.6]], (812_000, 819_000, 5)
    found = outlines(shapes_of(Mesh(points, sides.astype(np.int32))), turn)["機場0"]
    placed = points @ turn[:3, :3].T + turn[:3, 3]
    assert found.placed == pytest.approx(np.array([placed.min(axis=0), placed.max(axis=0)]), abs=1e-6)
