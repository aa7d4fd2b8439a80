from __future__ import annotations

import gzip
import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bim.intake import intake
from bim.shapes import Placement, Shapes
from csdi.crs import HeightModel
from csdi.errors import FileBroken
from tests.bim.corpus import corpus_file
from tests.twin.glb_validation import validated
from tests.twin.models import Georeference, box, cylinder, element, item, moved, terminal
from tests.twin.test_tiler import build, drawn_by_id, farthest
from twin.draco import packed, unpacked
from twin.ellipsoid import ecef
from twin.frame import Reprojection
from twin.gltf import with_table, write_glb
from twin.gltf_reader import read_glb
from twin.tiler import BuiltTileset, build_tileset
from twin.verify import inspect_tileset

HK = HeightModel.parse("hk")
STEP = 2.0**-9


def tiled(path: Path) -> tuple[BuiltTileset, dict[str, bytes]]:
    """The tiles of an IFC file."""
    read = intake(path, model="m", workers=1)
    files: dict[str, bytes] = {}
    rows = [{"id": f.id, **f.properties, "storey": f.properties.get("storey_name") or ""} for f in read.tables.elements]
    return build_tileset(read.shapes, rows, read.georeference, HK, files.__setitem__), files


def document_of(data: bytes) -> Any:
    return json.loads(data[20:20 + struct.unpack_from("<I", data, 12)[0]])


def flat(count: int) -> np.ndarray[Any, Any]:
    return np.tile([0.0, 0.0, 1.0], (count, 1))


def test_packed_vertices_lie_on_the_grid_and_keep_their_features() -> None:
    mesh = cylinder(0.35, 2.2)
    points = np.vstack([mesh.vertices, mesh.vertices + np.array([7.123, 0, 0])])
    count = len(mesh.vertices)
    triangles = np.vstack([mesh.triangles, mesh.triangles + count]).astype(np.int64)
    made = packed(points, flat(2 * count), triangles, np.repeat([3, 65_000], count), step=STEP)
    assert made is not None
    assert made.error_m <= STEP * np.sqrt(3) / 2 + 1e-6
    back = unpacked(made.data, made.ids)
    features = back.attributes["_FEATURE_ID_0"][:, 0]
    for feature, exact in ((3, points[:count]), (65_000, points[count:])):
        found = back.attributes["POSITION"][features == feature]
        assert farthest(exact, found) <= made.error_m
        assert farthest(found, exact) <= made.error_m
    assert len(back.triangles) == made.triangles == len(triangles)


def test_triangles_that_vanish_on_the_grid_are_left_out_but_never_a_feature() -> None:
    points = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [2, 0, 0], [2.0001, 0, 0], [2, 0.0001, 0]])
    triangles = np.array([[0, 1, 2], [3, 4, 5]])
    one = packed(points, flat(6), triangles, np.zeros(6, dtype=np.int64), step=STEP)
    assert one is not None
    assert one.triangles == 1
    assert packed(points, flat(6), triangles, np.array([0, 0, 0, 1, 1, 1]), step=STEP) is None


def test_what_is_too_large_for_the_grid_is_not_packed_and_still_drawn() -> None:
    points = box((20_000.0, 1.0, 1.0))
    assert packed(points.vertices, flat(8), points.triangles.astype(np.int64), np.zeros(8, dtype=np.int64), step=STEP) is None
    built, files = build(Shapes([item(points)], [Placement("a", 0, moved(0, 0, 0))]), [element("a", "IfcWall", "", "")])
    assert inspect_tileset(files.__getitem__, built.root).features == {"t1-arch:a"}


def test_an_element_smaller_than_the_grid_is_still_drawn() -> None:
    shapes = Shapes([item(box((5.0, 5.0, 0.2))), item(box((0.0008, 0.0008, 0.0008)))],
                    [Placement("slab", 0, moved(0, 0, 0)), Placement("speck", 1, moved(2.0003, 2.0003, 0.2003))])
    built, files = build(shapes, [element("slab", "IfcSlab", "", ""), element("speck", "IfcSlab", "", "")])
    assert inspect_tileset(files.__getitem__, built.root).features == {"t1-arch:slab", "t1-arch:speck"}
    assert built.residual_m <= 0.002


def test_damaged_packed_data_are_a_broken_file() -> None:
    built, files = build(*terminal())
    data = bytearray(files[built.files[0]])
    at = data.index(b"DRACO")
    data[at:at + 5] = b"OCARD"
    with pytest.raises(FileBroken):
        read_glb(bytes(data))


def test_packed_counts_that_do_not_fit_their_accessors_are_a_broken_file() -> None:
    built, files = build(*terminal())
    data = files[built.files[0]]
    document = document_of(data)
    number = document["meshes"][0]["primitives"][0]["indices"]
    old = f'"count":{document["accessors"][number]["count"]}}}'.encode()
    assert len(old) > 11
    with pytest.raises(FileBroken, match="differ in number"):
        read_glb(data.replace(old, old[:-2] + bytes([ord("0") + (old[-2] - ord("0") + 1) % 10]) + b"}"))


def test_without_axes_a_file_needs_no_decoder() -> None:
    from tests.twin.models import box as plate
    from twin.metadata import Row, Table
    from twin.parts import Look, Part

    mesh = plate((1.0, 2.0, 3.0))
    part = Part(Look((1.0, 0.5, 0.2, 1.0), False), mesh.vertices, flat(8), mesh.triangles.astype(np.int64), np.zeros(8, dtype=np.int64))
    table = Table([Row("m:a", "a", "", "IfcWall", "")])
    plain, small = (document_of(write_glb([part], [], table, axes=axes).data) for axes in (None, np.eye(3)))
    assert "KHR_draco_mesh_compression" not in plain["extensionsUsed"]
    assert "KHR_draco_mesh_compression" in small["extensionsRequired"]


def test_a_renamed_tile_keeps_its_packed_bytes() -> None:
    from dataclasses import replace

    from twin.metadata import Row, Table

    built, files = build(*terminal())
    data = files[built.files[0]]
    before = read_glb(data)
    rows = [Row.of({**row, "storey": row["storey"] or ""}) for row in before.table]
    after = read_glb(with_table(data, Table([replace(row, name="另一名稱") for row in rows])))
    assert {row["name"] for row in after.table} == {"另一名稱"}
    for one, other in zip(before.drawn, after.drawn, strict=True):
        assert np.array_equal(one.positions, other.positions)
        assert np.array_equal(one.feature_of, other.feature_of)


def test_colour_and_transparency_survive() -> None:
    built, files = build(*terminal())
    wall = [part.material for name in built.files[:-1] for part in read_glb(files[name]).drawn if part.material.get("alphaMode") == "BLEND"]
    assert wall
    for material in wall:
        red, green, blue, opacity = material["pbrMetallicRoughness"]["baseColorFactor"]
        assert opacity == pytest.approx(0.4, abs=0.003)
        assert (red, green, blue) == pytest.approx([0.214, 0.448, 0.604], abs=0.005)


def test_a_position_that_is_a_centimetre_off_is_noticed() -> None:
    shapes, elements = terminal()
    built, files = build(shapes, elements)
    found = drawn_by_id(built, files)
    way = Reprojection(Georeference().affine, "EPSG:2326+5738", HK)
    slab = next(p for p in shapes.placements if p.element == "slab0")
    shifted = ecef(way.geodetic(shapes.items[slab.item].mesh.placed(slab.matrix).vertices + np.array([0.01, 0, 0])))
    assert farthest(shifted, np.vstack(found["t1-arch:slab0"])) > 0.005


def test_a_turned_model_is_packed_along_its_own_axes() -> None:
    """Boxes that lie along the axes of their model cost the same however the model is turned on the map."""
    from tests.twin.models import T1, turned

    rng = np.random.default_rng(5)
    shapes = Shapes([item(box(tuple(rng.uniform(0.1, 4.0, 3)))) for _ in range(200)],
                    [Placement(f"w{k}", k, moved(rng.uniform(0, 60), rng.uniform(0, 60), 0.0)) for k in range(200)])
    rows = [element(p.element, "IfcWall", "", "") for p in shapes.placements]
    sizes = []
    for degrees in (0.0, 33.7):
        built, _ = build(shapes, rows, Georeference(affine=turned(degrees, T1)))
        sizes.append(built.bytes)
    assert sizes[1] <= 1.03 * sizes[0]


@pytest.mark.parametrize("instancing", [True, False])
def test_tiles_have_no_fault_that_the_gltf_validator_finds(tmp_path: Path, instancing: bool) -> None:
    _, files = build(*terminal(), instancing=instancing, far=400)
    assert [(one["errors"], one["warnings"]) for one in validated(files, tmp_path)] == [(0, 0)] * (len(files) - 2)


def test_the_gltf_validator_finds_a_fault(tmp_path: Path) -> None:
    built, files = build(*terminal())
    data = files[built.files[0]]
    (said,) = validated({"bad.glb": data.replace(b'"version":"2.0"', b'"version":"9.0"')}, tmp_path)
    assert said["errors"] > 0


@pytest.mark.corpus
@pytest.mark.parametrize(("name", "most_bytes"), [
    ("str-bernts-steel-ifc2x3", 1.0), ("str-hhs-office-ifc2x3", 2.0), ("arch-office-a-ifc2x3", 2.1)])
def test_tiles_of_real_models_are_sound_valid_and_small(tmp_path: Path, name: str, most_bytes: float) -> None:
    built, files = tiled(corpus_file(f"ifc/{name}.ifc"))
    found = inspect_tileset(files.__getitem__, built.root)
    assert found.findings == []
    assert len(found.features) == built.features
    assert {one["errors"] for one in validated(files, tmp_path)} == {0}
    assert sum(len(gzip.compress(data, 6)) for data in files.values()) <= most_bytes * built.triangles
