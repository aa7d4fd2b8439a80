"""Lines of sight and the surfaces of elements: panes, holes, windows, and shapes as they were kept of a real model."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from bim.georeference import Georeference
from bim.shapes import Item, Material, Placement, Shapes
from csdi.bootstrap import Services, open_services
from csdi.crs import transform
from csdi.geometry import Mesh
from csdi.settings import read_settings
from tests.twin.networks.site import SMALL, publish
from twin.questions.shapes_kept import KeptShapes, ModelShapes

Floats = NDArray[np.float64]
OPAQUE, PANE, NAMED = Material("Concrete", (0.5, 0.5, 0.5, 1.0)), Material("Clear", (0.8, 0.9, 1.0, 0.3)), Material("Glass, grey", (0.5, 0.5, 0.5, 1.0))
MOVED = np.array([[0.0, -1.0, 0.0, 100.0], [1.0, 0.0, 0.0, 200.0], [0.0, 0.0, 1.0, 5.0], [0.0, 0.0, 0.0, 1.0]])


def strips(*materials: Material) -> Item:
    """Upright strips of 1 m by 3 m side by side in the plane y = 0, from x = 0 on, each with its material."""
    corners = [[(x, 0, 0), (x + 1, 0, 0), (x + 1, 0, 3), (x, 0, 3)] for x in range(len(materials))]
    triangles = [(4 * x + a, 4 * x + b, 4 * x + c) for x in range(len(materials)) for a, b, c in ((0, 1, 2), (0, 2, 3))]
    return Item(Mesh(np.array(corners, float).reshape(-1, 3), np.array(triangles, np.int32)), materials,
                np.repeat(np.arange(len(materials)), 2).astype(np.int16))


def through(x: float, z: float = 1.0) -> Floats:
    """A line across the strips, in the frame that they are moved into."""
    return np.array([[x, -4.0, z], [x, 4.0, z]]) @ MOVED[:3, :3].T + MOVED[:3, 3]


def stands(item: Item, line: Floats, *, is_window: bool = False) -> bool:
    return ModelShapes(Shapes([item], [Placement("E", 0, MOVED)])).stands_in("E", line, is_window=is_window)


@pytest.mark.parametrize("x,z,hidden", [(0.5, 1.0, True), (1.5, 1.0, False), (2.5, 1.0, False), (3.5, 1.0, True), (0.5, 3.1, False), (-0.1, 1.0, False)])
def test_opaque_surfaces_hide_and_glass_does_not(x: float, z: float, hidden: bool) -> None:
    assert stands(strips(OPAQUE, PANE, NAMED, OPAQUE), through(x, z)) is hidden


def test_a_surface_at_the_end_of_a_line_or_beyond_it_hides_nothing() -> None:
    whole = through(0.5)
    middle, far = whole.mean(axis=0), whole[1]
    assert not stands(strips(OPAQUE), np.array([whole[0], middle]))
    assert not stands(strips(OPAQUE), np.array([middle, far]))
    assert not stands(strips(OPAQUE), np.array([middle, middle]))


def test_a_window_hides_with_its_frame_where_its_panes_are_told() -> None:
    assert stands(strips(OPAQUE, PANE), through(0.5), is_window=True)
    assert not stands(strips(OPAQUE, PANE), through(1.5), is_window=True)
    assert not stands(strips(OPAQUE, OPAQUE), through(0.5), is_window=True), "which part is the pane is not told"


@pytest.mark.parametrize("name,clear", [("Glas", True), ("Verglasung", True), ("透明玻璃", True), ("Fiberglass", False), ("Glass wool", False), ("玻璃纖維", False),
                                        ("Glasfaser", False), ("Brick", False)])
def test_glass_is_told_by_the_name_of_its_material(name: str, clear: bool) -> None:
    assert stands(strips(Material(name, (0.5, 0.5, 0.5, 1.0))), through(0.5)) is not clear


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Services:
    return open_services(read_settings(home=Path(tmp_path_factory.mktemp("home"))))


def test_lines_in_degrees_meet_the_surfaces_of_a_model_where_it_lies(services: Services) -> None:
    """From 20 cm before a face to 20 cm behind it, both in longitude, latitude and mPD; and beside it."""
    publish(services, SMALL / "carpark.ifc", "c")
    kept = KeptShapes(services.store, services.blobs)
    found, place = kept.of("c") or pytest.fail("no shapes")
    assert isinstance(place, Georeference)
    told = []
    for one in list(found.placements.values())[:20]:
        item, matrix = found.shapes.items[one[0].item], one[0].matrix
        corners = item.mesh.placed(matrix).vertices[item.mesh.triangles[0]]
        normal = np.cross(corners[1] - corners[0], corners[2] - corners[0])
        normal /= np.linalg.norm(normal)
        centre = corners.mean(axis=0)
        across = np.array([centre - 0.2 * normal, centre + 0.2 * normal])
        glass = any(material.rgba[3] < 1 for material in item.materials)
        told.append(glass)
        assert kept.stands_in("c", one[0].element, line(kept, place, across)) is not glass
        before = across + 0.3 * normal
        assert not found.stands_in(one[0].element, line(kept, place, np.array([before[0], before[0] + 1e-6])))
    assert set(told) == {True, False}


def line(kept: KeptShapes, place: Georeference, ends: Floats) -> Floats:
    """A line of the model's frame, put into degrees and found again by what is kept."""
    grid = place.to_crs(ends)
    degrees = np.column_stack([transform(place.crs, "OGC:CRS84").points(np.ascontiguousarray(grid[:, :2])), grid[:, 2]])
    again = kept.line("c", degrees, "OGC:CRS84")
    assert again is not None
    assert np.abs(again - ends).max() < 1e-3
    return again


def test_of_a_model_without_kept_shapes_nothing_is_told(services: Services) -> None:
    assert KeptShapes(services.store, services.blobs).line("nowhere", np.zeros((2, 3)), "OGC:CRS84") is None
