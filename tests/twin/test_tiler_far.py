"""What is seen from afar: envelopes, when they give way, and that they stay out of the way of what changes."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from trimesh.triangles import closest_point

from bim.shapes import Placement, Shapes
from tests.twin.models import NOWHERE, box, cylinder, element, item, moved
from tests.twin.test_tiler import build, contents
from tests.twin.test_tiler_versions import Site, with_matrix
from tests.twin.tiles_schemas import schema_errors
from twin.envelope import envelope
from twin.gltf_reader import read_glb
from twin.pieces import Pieces, pieces_of
from twin.prepared import Surfaces
from twin.verify import inspect_tileset

FAR = 400


def tower(storeys: int = 3, columns: int = 60) -> tuple[Shapes, list[dict[str, str | None]]]:
    """Slabs, round columns and walls with a pump beside each, 80 m across."""
    items = [item(box((80.0, 30.0, 0.3))), item(cylinder(0.4, 3.0, 32), 0.7, 0.2, 0.2, 1), item(box((0.2, 30.0, 3.0))), item(cylinder(0.2, 0.5, 16))]
    shapes, rows = Shapes(items), []
    for level in range(storeys):
        z = 3.5 * level
        things = [("slab", 0, moved(0, 0, z), "IfcSlab"), ("wall", 2, moved(0, 0, z + 0.3), "IfcWall")]
        for k in range(columns):
            x, y = 1.3 * k, 2.0 + 5.0 * (k % 6)
            things += [(f"column{k}-", 1, moved(x, y, z + 0.3), "IfcColumn"), (f"pump{k}-", 3, moved(x + 0.5, y, z + 0.3), "IfcPump")]
        for name, number, matrix, ifc_class in things:
            shapes.placements.append(Placement(f"{name}{level}", number, matrix))
            rows.append(element(f"{name}{level}", ifc_class, name, f"L{level}"))
    return shapes, rows


def pieces(shapes: Shapes, rows: Any) -> Pieces:
    found, _ = pieces_of(shapes, Surfaces(shapes.items), rows)
    return found.finished(cut=False)


def corners_of(shapes: Shapes, some: Pieces) -> Any:
    """(m, 3, 3) the corners of all triangles, model frame."""
    meshes = [shapes.items[number].mesh.placed(matrix) for number, matrix in zip(some.item_of.tolist(), some.matrices, strict=True)]
    return np.concatenate([mesh.vertices[mesh.triangles] for mesh in meshes])


def farthest_from(corners: Any, points: Any) -> float:
    """The largest distance of any of the points to the nearest of the triangles."""
    worst = 0.0
    for point in points:
        nearest: Any = closest_point(corners, np.broadcast_to(point, (len(corners), 3)))  # type: ignore[no-untyped-call]
        worst = max(worst, float(np.linalg.norm(nearest - point, axis=1).min()))
    return worst


def turned_tower() -> tuple[Shapes, list[dict[str, str | None]]]:
    """Every second column lies aslant, so that boxes along the axes fit badly."""
    shapes, rows = tower()
    tilt = np.eye(4)
    tilt[:3, :3] = [[0.36, 0.48, -0.8], [-0.8, 0.6, 0.0], [0.48, 0.64, 0.6]]
    aslant = [replace(p, matrix=p.matrix @ tilt @ np.diag([1, 1, 1 + k % 4, 1])) if k % 2 else p for k, p in enumerate(shapes.placements)]
    return Shapes(shapes.items, aslant), rows


@pytest.mark.parametrize("budget", [200, 400, 1500])
@pytest.mark.parametrize("model", [tower, turned_tower])
def test_an_envelope_is_as_near_to_the_truth_as_it_says(model: Any, budget: int) -> None:
    shapes, rows = model()
    some = pieces(shapes, rows)
    made = envelope(shapes.items, some, budget)
    assert made is not None
    assert len(made.triangles) <= budget
    far = made.vertices[made.triangles]
    truth = corners_of(shapes, some)
    assert farthest_from(far, truth.reshape(-1, 3)[::37]) <= made.error_m + 1e-6
    assert farthest_from(truth, far.reshape(-1, 3)[::7]) <= made.error_m + 1e-6
    assert made.error_m <= 40.0


def test_a_finer_envelope_is_nearer() -> None:
    shapes, rows = tower()
    coarse, fine = (envelope(shapes.items, pieces(shapes, rows), budget) for budget in (100, 2000))
    assert coarse
    assert fine
    assert fine.error_m < coarse.error_m


def test_a_stray_element_does_not_coarsen_the_envelope() -> None:
    shapes, rows = tower()
    near = envelope(shapes.items, pieces(shapes, rows), FAR)
    shapes.placements.append(Placement("stray", 1, moved(10_000, 0, 0)))
    strayed = envelope(shapes.items, pieces(shapes, [*rows, element("stray", "IfcColumn", "", "L0")]), FAR)
    assert near
    assert strayed
    assert strayed.error_m <= 2 * near.error_m


def test_from_afar_a_model_is_one_tile_that_its_storeys_replace() -> None:
    built, files = build(*tower(), far=FAR, budget=5000, instancing=False)
    document = json.loads(files[built.root])
    root = document["root"]
    assert root["refine"] == "REPLACE"
    assert 0 < root["geometricError"] < document["geometricError"]
    assert inspect_tileset(files.__getitem__, built.root).findings == []
    assert len(files[root["content"]["uri"]]) <= 100_000
    assert sum(len(part.triangles) for part in read_glb(files[root["content"]["uri"]]).drawn) <= FAR
    far, near = contents(root, replaced=True), contents(root, replaced=False)
    assert len(far) + len(near) == built.tiles == len(set(far + near))
    drawn = {row["id"] for uri in near for row in read_glb(files[uri]).table}
    assert len(drawn) == built.features
    assert {row["id"] for uri in far for row in read_glb(files[uri]).table} <= drawn


def test_a_storey_of_many_tiles_has_an_envelope_of_its_own() -> None:
    built, files = build(*tower(columns=120), far=FAR, budget=2000, instancing=False)
    root = json.loads(files[built.root])["root"]
    storeys = [child for child in root["children"] if child.get("refine") == "REPLACE"]
    assert len(storeys) == 3
    assert all(child["geometricError"] <= root["geometricError"] for child in storeys)
    assert inspect_tileset(files.__getitem__, built.root).findings == []


def test_a_small_model_needs_no_envelope() -> None:
    built, files = build(*tower())
    assert contents(json.loads(files[built.root])["root"], replaced=True) == []


def test_a_model_of_pipes_alone_shows_the_large_ones_first() -> None:
    shapes = Shapes([item(cylinder(0.2, 6.0)), item(cylinder(0.05, 0.1))])
    rows = []
    for k in range(40):
        for number, name, ifc_class in ((0, "pipe", "IfcPipeSegment"), (1, "joint", "IfcPipeFitting")):
            shapes.placements.append(Placement(f"{name}{k}", number, moved(2.0 * k, 0.5 * number, 0)))
            rows.append(element(f"{name}{k}", ifc_class, "", "L0"))
    built, files = build(shapes, rows, far=200, instancing=False)
    root = json.loads(files[built.root])["root"]
    assert root["refine"] == "REPLACE"
    (shell,) = root["children"]
    assert {row["ifc_class"] for row in read_glb(files[shell["content"]["uri"]]).table} == {"IfcPipeSegment"}
    assert shell["children"]


def test_storeys_are_groups_of_content() -> None:
    for place in (None, NOWHERE):
        built, files = build(*tower(), place, far=FAR, instancing=False)
        document = json.loads(files[built.root])
        names = [group["properties"]["storey"] for group in document["groups"]]
        assert names == ["L0", "L1", "L2"]
        pending, seen = [document["root"]], set()
        while pending:
            tile = pending.pop()
            pending += tile.get("children", [])
            content = tile.get("content", {})
            if "group" in content:
                storey = names[content["group"]]
                assert {row["storey"] for row in read_glb(files[content["uri"]]).table} == {storey}
                seen.add(storey)
        assert seen == {"L0", "L1", "L2"}


@pytest.mark.corpus
def test_tilesets_with_groups_and_envelopes_follow_the_published_schemas() -> None:
    built, files = build(*tower(), far=FAR)
    assert schema_errors(json.loads(files[built.root])) == []


def test_what_happens_inside_leaves_the_envelope_alone() -> None:
    site = Site()
    shapes, rows = tower()
    first = site.build(shapes, rows, far=FAR)
    second = site.build(with_matrix(shapes, "pump7-1", moved(9.8, 7.2, 3.8)), rows, far=FAR)
    assert (second.built, second.reused) == (1, first.tiles - 1)


def test_a_column_that_moves_builds_its_tile_and_the_envelopes_of_its_storey_and_model() -> None:
    site = Site()
    shapes, rows = tower()
    first = site.build(shapes, rows, far=FAR, budget=500)
    changed = with_matrix(shapes, "column7-1", moved(9.3, 12.3, 3.8))
    whole, files = site.afresh(changed, rows, far=FAR, budget=500)
    second = site.build(changed, rows, far=FAR, budget=500)
    assert (second.built, second.reused) == (3, first.tiles - 3)
    assert second.root == whole.root
    assert {name: site.files[name] for name in files} == files
    assert replace(second, reused=0, built=whole.built) == whole


def test_an_element_ten_kilometres_away_has_a_tile_of_its_own() -> None:
    shapes, rows = tower()
    near, _ = build(shapes, rows)
    shapes.placements.append(Placement("stray", 1, moved(10_000, 0, 0)))
    rows.append(element("stray", "IfcColumn", "", "L0"))
    built, files = build(shapes, rows)
    assert [finding.code for finding in built.findings] == ["TIL-004"]
    assert np.linalg.norm(np.subtract(near.frame.to_ecef(np.zeros((1, 3))), built.frame.to_ecef(np.zeros((1, 3))))) < 30.0
    holding = [name for name in built.files[:-1] if "stray" in {row["global_id"] for row in read_glb(files[name]).table}]
    assert len(holding) == 1
    assert len(read_glb(files[holding[0]]).table) == 1
    assert built.residual_m <= 0.002


def test_an_envelope_costs_little() -> None:
    built, files = build(*tower(columns=120), far=FAR, instancing=False)
    root = json.loads(files[built.root])["root"]
    far = sum(len(gzip.compress(files[uri], 6)) for uri in contents(root, replaced=True))
    assert far < 0.35 * sum(len(gzip.compress(data, 6)) for data in files.values())
