from __future__ import annotations

import colorsys
from typing import Any

import numpy as np
import pytest

from bim.shapes import Placement, Shapes
from tests.twin.models import box, element, item, moved
from tests.twin.test_tiler import build
from twin.gltf_reader import Decoded, read_glb
from twin.parts import Look, Part, drawn_together, joined, light_of


def plate(look: Look, feature: int = 0) -> Part:
    mesh = box((1.0, 1.0, 1.0))
    count = len(mesh.vertices)
    return Part(look, mesh.vertices, np.tile([0.0, 0.0, 1.0], (count, 1)), mesh.triangles.astype(np.int64), np.full(count, feature))


def display(linear: Any) -> Any:
    """Linear light as display sRGB."""
    return np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * np.maximum(linear, 1e-9) ** (1 / 2.4) - 0.055)


def painted(colours: list[tuple[float, float, float, float]], side_m: float = 1.0) -> Decoded:
    """One tile of boxes of these paints side by side."""
    shapes = Shapes([item(box((side_m, 1.0, 1.0 + k)), *rgba) for k, rgba in enumerate(colours)],
                    [Placement(f"b{k:03}", k, moved(2.0 * k, 0, 0)) for k in range(len(colours))])
    built, files = build(shapes, [element(f"b{k:03}", "IfcWall", "", "") for k in range(len(colours))])
    return read_glb(files[built.files[0]])


def test_fifty_paints_are_two_draw_calls_and_each_keeps_its_colour() -> None:
    colours = [(*colorsys.hsv_to_rgb(k / 50, 0.8, 0.1 + 0.018 * k), 1.0 if k % 3 else 0.1 + 0.018 * k) for k in range(50)]
    tile = painted(colours)
    assert sorted(part.material.get("alphaMode", "OPAQUE") for part in tile.drawn) == ["BLEND", "OPAQUE"]
    for part in tile.drawn:
        for feature in np.unique(part.feature_of).tolist():
            found = np.unique(part.colours[part.feature_of == feature], axis=0)
            assert len(found) == 1
            assert display(found[0, :3]) == pytest.approx(colours[feature][:3], abs=0.02)
            assert found[0, 3] == pytest.approx(colours[feature][3], abs=0.0045)


def test_one_paint_needs_no_colours_of_vertices() -> None:
    tile = painted([(0.2, 0.4, 0.6, 1.0)] * 3)
    (mesh,) = tile.document["meshes"]
    assert all("COLOR_0" not in primitive["attributes"] for primitive in mesh["primitives"])


def test_the_paints_of_a_copied_item_are_one_draw_call() -> None:
    two = item(box((1.0, 1.0, 1.0)), 0.9, 0.1, 0.1, 1.0)
    other = item(box((1.0, 1.0, 1.0)), 0.1, 0.1, 0.9, 1.0)
    both = type(two)(two.mesh, (*two.materials, *other.materials), (np.arange(len(two.mesh.triangles)) % 2).astype(np.int16))
    count = 100
    shapes = Shapes([both], [Placement(f"b{k:03}", 0, moved(2.0 * k, 0, 0)) for k in range(count)])
    built, files = build(shapes, [element(f"b{k:03}", "IfcWall", "", "") for k in range(count)])
    tile = read_glb(files[built.files[0]])
    assert built.copies == count
    assert [len(mesh["primitives"]) for mesh in tile.document["meshes"]] == [1]
    assert {tuple(np.rint(display(colour[:3]) * 10)) for colour in tile.drawn[0].colours} == {(9, 1, 1), (1, 1, 9)}


def test_a_paint_that_the_grid_does_not_hold_leaves_the_others_packed() -> None:
    shapes = Shapes([item(box((5.0, 5.0, 0.2)), 0.9, 0.1, 0.1, 1.0), item(box((4.0, 0.2, 3.0)), 0.1, 0.9, 0.1, 1.0),
                     item(box((0.0008, 0.0008, 0.0008)), 0.1, 0.1, 0.9, 1.0)],
                    [Placement("a", 0, moved(0, 0, 0)), Placement("b", 1, moved(0, 0, 0.2)), Placement("c", 2, moved(2.0003, 2.0003, 0.2003))])
    built, files = build(shapes, [element(key, "IfcWall", "", "") for key in "abc"])
    tile = read_glb(files[built.files[0]])
    is_packed = ["KHR_draco_mesh_compression" in primitive["extensions"] for mesh in tile.document["meshes"] for primitive in mesh["primitives"]]
    assert sorted(is_packed) == [False, True, True]
    assert set(np.concatenate([part.feature_of for part in tile.drawn]).tolist()) == {0, 1, 2}


def test_parts_are_drawn_together_where_backs_and_clearness_agree() -> None:
    looks = [Look((0.1, 0.2, 0.3, opacity), double) for opacity in (1.0, 0.5, 0.2) for double in (False, True)]
    groups = drawn_together([plate(look) for look in looks])
    assert sorted(len(group) for group in groups) == [1, 1, 2, 2]


def test_joined_parts_take_their_share_of_the_brightest() -> None:
    whole = joined([plate(Look((0.5, 0.0, 0.25, 0.8), True), 1), plate(Look((0.25, 0.0, 0.5, 0.4), True), 2)])
    assert whole.look == Look((0.5, 0.0, 0.5, 0.8), True)
    assert whole.colours is not None
    first = whole.colours[0] / 255 * light_of(whole.look)
    assert first == pytest.approx(light_of(Look((0.5, 0.0, 0.25, 0.8), True)), abs=0.002)
    assert whole.colours[-1].tolist()[3] == 128
    assert whole.triangles.max() == len(whole.positions) - 1
    assert np.unique(whole.feature_of).tolist() == [1, 2]
