from __future__ import annotations

import gzip
import hashlib
import json
import os
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bim.shapes import Item, Placement, Shapes
from csdi.crs import HeightModel
from csdi.geometry import Mesh
from tests.twin.models import NOWHERE, T1, Georeference, box, cylinder, element, item, moved, terminal
from tests.twin.tiles_schemas import schema_errors
from twin.ellipsoid import ecef
from twin.frame import Frame, Reprojection
from twin.gltf_reader import Drawn, read_glb
from twin.tiler import BuiltTileset, build_tileset
from twin.tileset import SiteModel, site_tileset
from twin.verify import inspect_tileset

HK = HeightModel.parse("hk")
CORPUS = Path(os.environ.get("CSDI_CORPUS", Path(__file__).parents[3] / "shared" / "data"))


def build(shapes: Shapes, elements: Any, georeference: Any = None, **options: Any) -> tuple[BuiltTileset, dict[str, bytes]]:
    files: dict[str, bytes] = {}
    built = build_tileset(shapes, elements, georeference or Georeference(), HK, files.__setitem__, **options)
    return built, files


def contents(tile: Any, *, replaced: bool) -> list[str]:
    """The content below a tile: envelopes that their children replace, or all else."""
    is_replaced = tile.get("refine") == "REPLACE"
    own = [tile["content"]["uri"]] if "content" in tile and is_replaced == replaced else []
    return own + [uri for child in tile.get("children", []) for uri in contents(child, replaced=replaced)]


def drawn_by_id(built: BuiltTileset, files: dict[str, bytes]) -> dict[str, list[np.ndarray[Any, Any]]]:
    """Positions in EPSG:4978, per feature id, of all that is drawn as it is."""
    found: dict[str, list[np.ndarray[Any, Any]]] = {}
    for name in contents(json.loads(files[built.root])["root"], replaced=False):
        decoded = read_glb(files[name])
        for part in decoded.drawn:
            for row in np.unique(part.feature_of):
                points = built.frame.to_ecef(part.positions[part.feature_of == row])
                found.setdefault(str(decoded.table[row]["id"]), []).append(points)
    return found


def farthest(points: np.ndarray[Any, Any], others: np.ndarray[Any, Any]) -> float:
    """The largest distance of any of `points` to its nearest of `others`."""
    return float(max(np.linalg.norm(others - point, axis=1).min() for point in points))


@pytest.mark.parametrize("instancing", [True, False])
def test_every_vertex_of_a_terminal_is_within_5_mm_of_its_own_reprojection(instancing: bool) -> None:
    shapes, elements = terminal()
    built, files = build(shapes, elements, instancing=instancing)
    reprojection = Reprojection(Georeference().affine, "EPSG:2326+5738", HK)
    found = drawn_by_id(built, files)
    worst = 0.0
    for placement in shapes.placements:
        if "space" in placement.element:
            continue
        exact = ecef(reprojection.geodetic(shapes.items[placement.item].mesh.placed(placement.matrix).vertices))
        worst = max(worst, farthest(exact, np.vstack(found[f"t1-arch:{placement.element}"])))
    assert worst <= 0.005
    assert built.residual_m <= 0.005
    assert (built.copies > 0) == instancing


def test_equal_input_gives_equal_bytes_under_names_that_are_their_hashes() -> None:
    one, files = build(*terminal())
    shapes, elements = terminal()
    other, again = build(Shapes(shapes.items, shapes.placements[::-1]), elements[::-1])
    assert files == again
    assert one == other
    assert all(name.startswith(hashlib.sha256(data).hexdigest()[:32]) for name, data in files.items())


def test_a_tileset_passes_inspection_and_draws_every_element() -> None:
    shapes, elements = terminal()
    built, files = build(shapes, elements)
    found = inspect_tileset(files.__getitem__, built.root)
    assert found.findings == []
    assert found.features == {row["id"] for row in elements if row["ifc_class"] != "IfcSpace"}
    assert (found.tiles, found.triangles) == (built.tiles, built.triangles)
    assert built.spaces
    rooms = inspect_tileset(files.__getitem__, built.spaces.root)
    assert rooms.findings == []
    assert len(rooms.features) == 9


def test_inspection_names_a_box_that_is_too_small_and_an_error_that_grows() -> None:
    built, files = build(*terminal())
    document = json.loads(files[built.root])
    storey = document["root"]["children"][0]
    storey["geometricError"] = 9999.0
    storey["children"][0]["children"][0]["boundingVolume"]["box"][3] = 1.0
    files["bad.json"] = json.dumps(document).encode()
    codes = {finding.code for finding in inspect_tileset(files.__getitem__, "bad.json").findings}
    assert codes == {"TIL-101", "TIL-105"}


def test_tiles_split_by_storey_and_budget() -> None:
    built, files = build(*terminal(), budget=1000, instancing=False)
    assert inspect_tileset(files.__getitem__, built.root).findings == []
    for name in built.files[:-1]:
        decoded = read_glb(files[name])
        assert len({row["storey"] for row in decoded.table}) == 1
        assert sum(len(part.triangles) for part in decoded.drawn) <= 1000


def test_properties_survive_in_chinese_and_missing_ones_are_none() -> None:
    rows = [element("2O2Fr$t4X7Zf8NOew3FLOH", "IfcPump", "水泵 機場客運大樓", ""), element("b", "IfcDuctSegment", "", "L1")]
    shapes = Shapes([item(box((1, 1, 1)))], [Placement("2O2Fr$t4X7Zf8NOew3FLOH", 0, moved(0, 0, 0)), Placement("b", 0, moved(3, 0, 0))])
    built, files = build(shapes, rows)
    table = {row["id"]: row for name in built.files[:-1] for row in read_glb(files[name]).table}
    assert table["t1-arch:2O2Fr$t4X7Zf8NOew3FLOH"] == {
        "id": "t1-arch:2O2Fr$t4X7Zf8NOew3FLOH", "global_id": "2O2Fr$t4X7Zf8NOew3FLOH", "name": "水泵 機場客運大樓",
        "ifc_class": "IfcPump", "storey": None}
    assert table["t1-arch:b"]["name"] == ""
    assert table["t1-arch:b"]["storey"] == "L1"


def outward(part: Drawn) -> float:
    """Signed volume: positive when triangles face out."""
    a, b, c = (part.positions[part.triangles[:, k]] for k in range(3))
    return float(np.einsum("ij,ij->", a - part.positions.mean(axis=0), np.cross(b - a, c - a)) / 6)


@pytest.mark.parametrize("mirror", [1.0, -1.0])
def test_a_mirrored_placement_still_faces_outwards(mirror: float) -> None:
    matrix = moved(5, 5, 0)
    matrix[0, 0] = mirror
    built, files = build(Shapes([item(box((1, 2, 3)))], [Placement("a", 0, matrix)]), [element("a", "IfcWall", "", "")])
    (part,) = read_glb(files[built.files[0]]).drawn
    assert outward(part) == pytest.approx(6.0, abs=0.01)
    centre = (part.positions.min(axis=0) + part.positions.max(axis=0)) / 2
    assert (np.einsum("ij,ij->i", part.positions - centre, part.normals) > 0).all()


def test_normals_are_smooth_round_a_pipe_and_sharp_at_its_ends() -> None:
    built, files = build(Shapes([item(cylinder(0.2, 3.0, 24))], [Placement("a", 0, moved(0, 0, 0))]),
                         [element("a", "IfcPipeSegment", "", "")])
    (part,) = read_glb(files[built.files[0]]).drawn
    assert len(part.positions) == 4 * 24
    assert set(np.round(np.abs(part.normals[:, 2]), 1)) == {0.0, 1.0}


def test_a_model_without_a_place_stays_in_its_own_frame() -> None:
    built, files = build(*terminal(), NOWHERE)
    assert built.frame == Frame("local")
    assert built.bbox is None
    assert "transform" not in json.loads(files[built.root])["root"]
    found = inspect_tileset(files.__getitem__, built.root)
    assert found.findings == []
    lowest = min(part.positions[:, 2].min() for name in built.files[:-1] for part in read_glb(files[name]).drawn)
    assert lowest == pytest.approx(0.0, abs=0.002)


def test_a_local_model_far_from_its_origin_keeps_its_millimetres() -> None:
    shapes = Shapes([item(box((1, 1, 1)))], [Placement("a", 0, moved(812345.678, 819000.123, 5.0))])
    built, files = build(shapes, [element("a", "IfcWall", "", "")], NOWHERE)
    (part,) = read_glb(files[built.files[0]]).drawn
    assert part.positions.min(axis=0) == pytest.approx([812345.678, 819000.123, 5.0], abs=0.001)


def test_what_cannot_be_drawn_is_named_and_the_rest_is_built() -> None:
    broken = np.full((4, 4), np.nan)
    hole = Item(Mesh(np.array([[0, 0, 0], [1, 0, 0], [np.nan, 1, 0]]), np.array([[0, 1, 2]], dtype=np.int32)), (),
                np.array([-1], dtype=np.int16))
    shapes = Shapes([item(box((1, 1, 1))), hole], [
        Placement("a", 0, moved(0, 0, 0)), Placement("b", 0, moved(2, 0, 0)), Placement("nan", 0, broken),
        Placement("far", 0, moved(10_000, 0, 0)), Placement("lost", 0, moved(0, 5e7, 0)), Placement("hole", 1, moved(0, 0, 0)),
        Placement("stranger", 0, moved(0, 0, 0)), Placement("flat", 0, np.diag([1.0, 1.0, 0.0, 1.0])),
        Placement("opening", 0, moved(0, 0, 0))])
    rows = [element(key, "IfcWall", "", "") for key in ("a", "b", "nan", "far", "lost", "hole", "flat")]
    rows.append(element("opening", "IfcOpeningElement", "", ""))
    built, files = build(shapes, rows)
    found = inspect_tileset(files.__getitem__, built.root)
    assert found.findings == []
    assert found.features == {"t1-arch:a", "t1-arch:b", "t1-arch:far"}
    codes = Counter((finding.code, finding.severity) for finding in built.findings)
    assert codes == {("TIL-003", "error"): 2, ("TIL-003", "warning"): 1, ("TIL-004", "error"): 1, ("TIL-004", "warning"): 1, ("TIL-005", "warning"): 1}


def test_a_model_without_shapes_has_no_tileset() -> None:
    built, files = build(Shapes(), [])
    assert built.root == ""
    assert files == {}


def test_a_missing_height_datum_means_hkpd_in_hong_kong_and_is_said() -> None:
    said, _ = build(*terminal(), Georeference(vertical_crs=""))
    known, _ = build(*terminal())
    assert said.frame == known.frame
    assert [finding.code for finding in said.findings] == ["TIL-002"]


def test_a_crs_without_a_way_to_the_globe_leaves_the_model_local() -> None:
    built, _ = build(*terminal(), Georeference("EPSG:999999", ""))
    assert built.frame.kind == "local"
    assert [finding.code for finding in built.findings] == ["TIL-001"]


def test_the_box_of_a_model_is_where_the_model_is() -> None:
    built, _ = build(*terminal())
    assert built.bbox
    corner = Reprojection(np.eye(4), "EPSG:2326+5738", HK).geodetic(np.array([T1]))[0]
    assert built.bbox.minx < corner[0] < built.bbox.maxx
    assert built.bbox.miny < corner[1] < built.bbox.maxy
    assert built.bbox.minz == pytest.approx(corner[2], abs=0.2)


@pytest.mark.corpus
def test_tilesets_follow_the_published_schemas() -> None:
    built, files = build(*terminal())
    assert built.spaces
    local, local_files = build(*terminal(), NOWHERE)
    site = site_tileset([SiteModel(f"../{built.root}", built.box, built.error_m)])
    for document in (json.loads(files[built.root]), json.loads(files[built.spaces.root]), json.loads(local_files[local.root]),
                     site, site_tileset([])):
        assert schema_errors(document) == []
    assert schema_errors({"asset": {"version": "1.1"}, "root": {}}) != []


def test_a_site_holds_its_models() -> None:
    built, _ = build(*terminal())
    site = site_tileset([SiteModel(f"../{built.root}", built.box, built.error_m)])
    x, y, z, radius = site["root"]["boundingVolume"]["sphere"]
    middle = built.frame.to_ecef(np.zeros((1, 3)))[0]
    assert np.linalg.norm(middle - (x, y, z)) < radius
    assert site["root"]["children"][0]["content"]["uri"] == f"../{built.root}"
    assert site["geometricError"] >= built.error_m


def test_repeated_items_cost_a_fraction_of_merged_ones() -> None:
    shapes, elements = terminal()
    _, copied = build(shapes, elements)
    _, merged = build(shapes, elements, instancing=False)
    size = [sum(len(gzip.compress(data, mtime=0)) for data in files.values()) for files in (copied, merged)]
    assert size[0] < 0.65 * size[1]


def test_a_site_says_that_without_its_tileset_all_of_a_model_is_left_out() -> None:
    """The root of a model with an envelope has a small error; a client must not take that for the error of drawing nothing."""
    built, _ = build(*terminal())
    (child,) = site_tileset([SiteModel("a.json", built.box, 0.5)])["root"]["children"]
    sides = 2 * np.linalg.norm(np.array(built.box[3:]).reshape(3, 3), axis=1)
    assert child["geometricError"] == pytest.approx(sides.max(), abs=0.001)


def test_mirrored_ones_do_not_keep_the_others_from_being_copies() -> None:
    mirror = np.diag([-1.0, 1, 1, 1])
    placements = [Placement(f"p{k}", 0, moved(3.0 * k, 0, 0) @ (mirror if k % 3 == 0 else np.eye(4))) for k in range(12)]
    built, files = build(Shapes([item(cylinder(0.5, 2.0, 64))], placements), [element(p.element, "IfcColumn", "", "") for p in placements])
    assert built.copies == 8
    for name in built.files[:-1]:
        for part in read_glb(files[name]).drawn:
            a, b, c = (part.positions[part.triangles[:, k]] for k in range(3))
            assert (np.einsum("ij,ij->i", np.cross(b - a, c - a), part.normals[part.triangles[:, 0]]) > 0).all()
