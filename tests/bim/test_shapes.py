from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bim.shapes import Item, Material, Placement, Shapes
from csdi.errors import FileBroken, PathMissing, ValueInvalid
from csdi.finding import Finding
from csdi.geometry import Mesh


def tetrahedron() -> Mesh:
    return Mesh(np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1.5]], dtype=np.float64),
                np.array([[0, 2, 1], [0, 1, 3], [1, 2, 3], [0, 3, 2]], dtype=np.int32))


def pump() -> Shapes:
    steel = Material("不銹鋼", (0.7, 0.7, 0.72, 1.0))
    item = Item(tetrahedron(), (steel,), np.array([0, 0, -1, 0], dtype=np.int16))
    bare = Item(tetrahedron(), (), np.full(4, -1, dtype=np.int16))
    moved = np.eye(4)
    moved[:3, 3] = (812_300.25, 819_400.5, 6.125)
    return Shapes([item, bare], [Placement("3cUkl32yn9qRSPvBJVyWYp", 0, moved), Placement("水泵~2", 1, np.eye(4))],
                  [Finding("GEM-101", "warning", "a face is missing", data={"face": 3})])


def test_shapes_come_back_as_they_were_saved(tmp_path: Path) -> None:
    pump().save(tmp_path / "a.shapes")
    loaded = Shapes.load(tmp_path / "a.shapes")
    assert [item.materials for item in loaded.items] == [item.materials for item in pump().items]
    assert [placement.element for placement in loaded.placements] == ["3cUkl32yn9qRSPvBJVyWYp", "水泵~2"]
    assert np.array_equal(loaded.placements[0].matrix, pump().placements[0].matrix)
    assert np.array_equal(loaded.items[0].mesh.vertices, tetrahedron().vertices)
    assert loaded.items[0].material_of.tolist() == [0, 0, -1, 0]
    assert loaded.findings == pump().findings


def test_equal_shapes_give_equal_bytes(tmp_path: Path) -> None:
    pump().save(tmp_path / "a")
    pump().save(tmp_path / "b")
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_a_model_without_geometry_has_empty_shapes(tmp_path: Path) -> None:
    Shapes().save(tmp_path / "a")
    assert Shapes.load(tmp_path / "a") == Shapes()


@pytest.mark.parametrize("content", [b"", b"ISO-10303-21;", b"PK\x03\x04 cut"])
def test_a_damaged_archive_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a").write_bytes(content)
    with pytest.raises(FileBroken, match="a: not a shapes archive"):
        Shapes.load(tmp_path / "a")


def test_a_missing_archive_is_named(tmp_path: Path) -> None:
    with pytest.raises(PathMissing):
        Shapes.load(tmp_path / "absent")


def test_an_item_refers_only_to_its_own_materials() -> None:
    with pytest.raises(ValueInvalid):
        Item(tetrahedron(), (), np.zeros(4, dtype=np.int16))
