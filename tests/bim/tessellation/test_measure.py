import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bim.shapes import Item, Placement, Shapes
from bim.tessellation.body import Body
from bim.tessellation.half_spaces import prism
from bim.tessellation.measure import Measures, measures
from csdi.geometry import Mesh

from .solids import box, turned


def shapes_of(*bodies, matrices=None) -> Shapes:
    items = [Item(Mesh(b.vertices, b.triangles), (), np.full(len(b.triangles), -1, np.int16)) for b in bodies]
    placed = matrices or [np.eye(4)] * len(items)
    return Shapes(items, [Placement("水泵", number, matrix) for number, matrix in enumerate(placed)])


def of(*bodies, matrices=None) -> Measures:
    return measures(shapes_of(*bodies, matrices=matrices))["水泵"]


def cylinder(radius, length, count=64) -> Body:
    angle = 2 * np.pi * np.arange(count) / count
    ring = np.column_stack([radius * np.cos(angle), radius * np.sin(angle)])
    return prism(ring, 0, length)


def test_a_wall_measures_its_length_thickness_and_height():
    wall = of(box((0, 0, 0), (5, 0.2, 3)))
    assert wall == Measures(pytest.approx(3), pytest.approx(2 * (15 + 1 + 0.6)), pytest.approx(5), pytest.approx(0.2), pytest.approx(3))


@settings(max_examples=40, deadline=None)
@given(st.floats(-7, 7), st.floats(-1e6, 1e6))
def test_a_wall_measures_the_same_however_it_stands_on_the_map(angle, east):
    matrix = np.eye(4)
    matrix[:2, :2] = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
    matrix[0, 3] = east
    wall = of(box((0, 0, 0), (5, 0.2, 3)), matrices=[matrix])
    assert (wall.length_m, wall.width_m, wall.height_m) == pytest.approx((5, 0.2, 3))
    assert wall.volume_m3 == pytest.approx(3)


def test_the_turn_may_be_in_the_mesh_instead_of_the_placement():
    wall = of(turned(box((0, 0, 0), (5, 0.2, 3)), 0.7))
    assert (wall.length_m, wall.width_m, wall.height_m) == pytest.approx((5, 0.2, 3))


def test_a_brace_is_measured_along_itself():
    brace = of(turned(turned(box((0, 0, 0), (6, 0.2, 0.3)), 0.8, axis=1), 0.4))
    assert (brace.length_m, brace.width_m, brace.height_m) == pytest.approx((6, 0.2, 0.3))


def test_a_sloping_pipe_is_measured_along_itself():
    pipe = of(turned(turned(cylinder(0.1, 4), 1.0, axis=1), 0.4))
    assert (pipe.length_m, pipe.width_m, pipe.height_m) == pytest.approx((4, 0.2, 0.2), rel=0.01)


def test_a_column_is_as_high_as_it_is_tall():
    column = of(box((0, 0, 0), (0.4, 0.5, 3)))
    assert (column.length_m, column.width_m, column.height_m) == pytest.approx((0.5, 0.4, 3))


def test_an_open_shell_has_an_area_and_no_volume():
    wall = box((0, 0, 0), (5, 0.2, 3))
    shell = of(Body(wall.vertices, wall.triangles[2:]))
    assert shell.volume_m3 is None
    assert shell.area_m2 == pytest.approx(2 * (15 + 1 + 0.6) - 1)


def test_a_flat_sheet_has_no_height():
    sheet = of(Body(np.array([[0, 0, 7], [2, 0, 7], [2, 1, 7], [0, 1, 7.0]]), np.array([[0, 1, 2], [0, 2, 3]], np.int32)))
    assert (sheet.length_m, sheet.width_m, sheet.height_m) == pytest.approx((2, 1, 0))


def test_a_mirror_and_a_scale_count():
    mirrored = np.diag([-2.0, 1, 1, 1])
    wide = of(box((0, 0, 0), (1, 1, 1)), matrices=[mirrored])
    assert wide.volume_m3 == pytest.approx(2)
    assert wide.area_m2 == pytest.approx(10)
    assert wide.length_m == pytest.approx(2)


def test_items_of_one_element_count_together():
    both = of(box((0, 0, 0), (1, 1, 1)), box((0, 0, 0), (1, 1, 1)), matrices=[np.eye(4), np.diag([1, 1, 1, 1.0]) + np.eye(4, k=3) * 3])
    assert both.volume_m3 == pytest.approx(2)
    assert both.length_m == pytest.approx(4)
    half = of(box((0, 0, 0), (1, 1, 1)), Body(np.eye(3), np.array([[0, 1, 2]], np.int32)))
    assert half.volume_m3 is None


def test_many_points_measure_as_their_hull():
    drum = of(cylinder(0.5, 2, 720))
    assert (drum.length_m, drum.width_m, drum.height_m) == pytest.approx((1, 1, 2), rel=1e-4)
    assert drum.volume_m3 == pytest.approx(np.pi / 2, rel=1e-3)


def test_no_shapes_no_measures():
    assert measures(Shapes()) == {}


def test_a_slightly_sloping_beam_is_measured_along_itself():
    beam = of(turned(box((0, 0, 0), (6, 0.2, 0.3)), 0.1, axis=1))
    assert (beam.length_m, beam.width_m, beam.height_m) == pytest.approx((6, 0.2, 0.3))


def test_a_thin_roof_panel_is_measured_in_its_plane():
    panel = of(turned(box((0, 0, 0), (5, 8, 0.1)), 0.6, axis=1))
    assert (panel.length_m, panel.width_m, panel.height_m) == pytest.approx((8, 5, 0.1))


def test_a_stair_flight_keeps_its_rise():
    steps = np.array([[x, z] for k in range(10) for x, z in ((0.3 * k, 0.18 * k), (0.3 * k, 0.18 * (k + 1)))] + [[3.0, 1.8], [3.0, 1.6], [0.4, 0]])
    flight = of(turned(prism(steps, 0, 1.2), np.pi / 2, axis=0))
    assert (flight.length_m, flight.width_m, flight.height_m) == pytest.approx((3, 1.2, 1.8))
    assert flight.volume_m3 is not None
