from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pytest

from bim.shapes import Item, Placement, Shapes
from csdi.crs import HeightModel
from csdi.errors import BlobMissing
from tests.twin.models import NOWHERE, T1, Georeference, box, cylinder, element, item, moved, terminal, turned
from twin.gltf_reader import read_glb
from twin.shelf import Shelf
from twin.tiler import BuiltTileset, build_tileset
from twin.verify import inspect_tileset

HK = HeightModel.parse("hk")
Rows = list[dict[str, str | None]]
BUDGET = 2000


@dataclass
class Site:
    """Builds version after version of one model; the shelf goes through JSON as it does between jobs."""

    files: dict[str, bytes] = field(default_factory=dict)
    written: list[str] = field(default_factory=list)
    shelf: str = "null"

    def build(self, shapes: Shapes, rows: Rows, georeference: Any = None, **options: Any) -> BuiltTileset:
        self.written = []
        built = build_tileset(shapes, rows, georeference or Georeference(), HK, self._keep, shelf=Shelf.read(json.loads(self.shelf)),
                              **{"budget": BUDGET, "source": self.files.__getitem__, **options})
        assert built.shelf is not None
        self.shelf = json.dumps(built.shelf.to_dict())
        for one in filter(None, (built, built.spaces)):
            assert one.reused + one.built == one.tiles
            if one.root:
                assert inspect_tileset(self.files.__getitem__, one.root).findings == []
        return built

    def afresh(self, shapes: Shapes, rows: Rows, georeference: Any = None, **options: Any) -> tuple[BuiltTileset, dict[str, bytes]]:
        """All tiles built anew, in the frame and with the cuts on the shelf."""
        files: dict[str, bytes] = {}
        shelf = Shelf.read(json.loads(self.shelf))
        assert shelf is not None
        built = build_tileset(shapes, rows, georeference or Georeference(), HK, files.__setitem__, shelf=replace(shelf, tiles={}),
                              **{"budget": BUDGET, **options})
        assert built.reused == 0
        return built, files

    def _keep(self, name: str, data: bytes) -> None:
        self.files[name] = data
        self.written.append(name)

    def holding(self, built: BuiltTileset, *keys: str) -> set[str]:
        """The content files in which these elements are drawn."""
        return {name for name in built.files if name.endswith(".glb")
                and {row["global_id"] for row in read_glb(self.files[name]).table} & set(keys)}


def with_matrix(shapes: Shapes, key: str, matrix: Any) -> Shapes:
    return Shapes(shapes.items, [replace(p, matrix=matrix) if p.element == key else p for p in shapes.placements])


def with_item(shapes: Shapes, key: str, made: Item) -> Shapes:
    """One element gets another shape, which comes first: every item has another number then."""
    placements = [replace(p, item=0 if p.element == key else p.item + 1) for p in shapes.placements]
    return Shapes([made, *shapes.items], placements)


def without(shapes: Shapes, rows: Rows, key: str) -> tuple[Shapes, Rows]:
    return Shapes(shapes.items, [p for p in shapes.placements if p.element != key]), [row for row in rows if row["global_id"] != key]


def names_of(built: BuiltTileset) -> set[str]:
    return {name for name in built.files if name.endswith(".glb")}


def test_the_same_model_again_builds_no_tile_and_has_the_same_root() -> None:
    site = Site()
    shapes, rows = terminal()
    first = site.build(shapes, rows)
    assert (first.reused, first.built) == (0, first.tiles)
    order = np.random.default_rng(1).permutation(len(shapes.items)).tolist()
    shuffled = Shapes([shapes.items[old] for old in order],
                      [Placement(p.element, order.index(p.item), p.matrix.copy()) for p in shapes.placements[::-1]])
    second = site.build(shuffled, rows[::-1])
    assert second.spaces
    assert first.spaces
    assert (second.built, second.spaces.built) == (0, 0)
    assert site.written == [second.root, second.spaces.root]
    same = replace(second, reused=0, built=first.built, spaces=replace(second.spaces, reused=0, built=first.spaces.built))
    assert same == first


def test_an_element_that_moves_builds_the_tiles_of_its_old_and_its_new_place_alone() -> None:
    site = Site()
    shapes, rows = terminal()
    first = site.build(shapes, rows, instancing=False)
    assert first.tiles > 20
    second = site.build(with_matrix(shapes, "column0-3", moved(10 + 32 * 31.5, 10, 0.4)), rows, instancing=False)
    left, entered = site.holding(first, "column0-3"), site.holding(second, "column0-3")
    neighbours = {row["global_id"] for name in left for row in read_glb(site.files[name]).table} - {"column0-3"}
    assert left.isdisjoint(entered)
    assert neighbours
    assert names_of(second) - names_of(first) == entered | site.holding(second, *map(str, neighbours))
    assert second.built == 2


@pytest.mark.parametrize("change", [
    pytest.param(lambda shapes, rows: (with_item(shapes, "pump1-7", item(cylinder(0.4, 1.1, 16))), rows), id="shape"),
    pytest.param(lambda shapes, rows: (with_matrix(shapes, "pump1-7", moved(15 + 32 * 7, 50.1, 7.4)), rows), id="moved a little"),
    pytest.param(lambda shapes, rows: without(shapes, rows, "pump1-7"), id="gone"),
    pytest.param(lambda shapes, rows: (Shapes(shapes.items, [*shapes.placements, Placement("new", 3, moved(240, 52, 7.4))]),
                                       [*rows, element("new", "IfcPump", "新", "storey-1")]), id="new"),
])
@pytest.mark.parametrize("instancing", [True, False])
def test_a_change_builds_one_tile_and_gives_what_building_all_gives(change: Callable[[Shapes, Rows], tuple[Shapes, Rows]],
                                                                    instancing: bool) -> None:
    site = Site()
    shapes, rows = terminal()
    first = site.build(shapes, rows, instancing=instancing)
    shapes, rows = change(shapes, rows)
    whole, files = site.afresh(shapes, rows, instancing=instancing)
    second = site.build(shapes, rows, instancing=instancing)
    assert (second.built, second.renamed) == (1, 0)
    assert len(names_of(first) - names_of(second)) == 1
    assert second.root == whole.root
    assert {name: site.files[name] for name in files} == files
    assert replace(second, reused=0, built=whole.built, spaces=None) == replace(whole, spaces=None)


def test_a_new_name_changes_the_table_and_keeps_the_geometry() -> None:
    site = Site()
    shapes, rows = terminal()
    site.build(shapes, rows)
    renamed = [{**row, "name": "冷卻水泵"} if row["global_id"] == "pump1-7" else row for row in rows]
    whole, files = site.afresh(shapes, renamed)
    second = site.build(shapes, renamed)
    assert (second.built, second.renamed) == (1, 1)
    assert second.root == whole.root
    assert {name: site.files[name] for name in files} == files
    (tile,) = site.holding(second, "pump1-7")
    assert {row["global_id"]: row["name"] for row in read_glb(site.files[tile]).table}["pump1-7"] == "冷卻水泵"


@pytest.mark.parametrize("source", ["none", "gone", "damaged"])
def test_a_name_changes_also_where_the_old_file_cannot_be_read(source: str) -> None:
    def read(name: str) -> bytes:
        if source == "gone":
            raise BlobMissing(f"no {name}", key=name)
        return site.files[name][:-4] + b"oops"

    site = Site()
    shapes, rows = terminal()
    site.build(shapes, rows)
    rows[5]["name"] = "renamed"
    whole, _ = site.afresh(shapes, rows)
    second = site.build(shapes, rows, source=None if source == "none" else read)
    assert (second.built, second.renamed, second.root) == (1, 0, whole.root)


def test_a_tile_whose_file_is_gone_is_built_again() -> None:
    site = Site()
    first = site.build(*terminal())
    gone = first.files[3]
    shelf = Shelf.read(json.loads(site.shelf), lambda name: name != gone)
    written: list[str] = []
    second = build_tileset(*terminal(), Georeference(), HK, lambda name, _data: written.append(name), budget=BUDGET, shelf=shelf)
    assert second.built == 1
    assert second.root == first.root
    assert gone in written


@pytest.mark.parametrize("other", [
    pytest.param(Georeference(affine=turned(-23.5, (T1[0] + 0.01, T1[1], T1[2]))), id="a centimetre east"),
    pytest.param(Georeference("EPSG:32650", "", turned(0.0, (206_000.0, 2_470_000.0, 5.0))), id="another CRS"),
    pytest.param(NOWHERE, id="none"),
])
def test_another_georeference_builds_all_tiles(other: Any) -> None:
    site = Site()
    shapes, rows = terminal()
    first = site.build(shapes, rows)
    second = site.build(shapes, rows, other)
    assert (second.reused, second.built) == (0, second.tiles)
    assert second.frame != first.frame
    back = site.build(shapes, rows)
    assert (back.reused, back.root) == (0, first.root)


def test_another_way_of_drawing_builds_all_tiles() -> None:
    site = Site()
    shapes, rows = terminal()
    site.build(shapes, rows)
    assert site.build(shapes, rows, instancing=False).reused == 0


def test_a_shelf_of_another_format_is_left_aside() -> None:
    site = Site()
    site.build(*terminal())
    assert Shelf.read({**json.loads(site.shelf), "format": 0}) is None
    assert Shelf.read(None) is None
    assert Shelf.read({}) is None


def shifted(rows: Rows, shapes: Shapes, metres: float) -> tuple[Shapes, Rows]:
    return Shapes(shapes.items, [replace(p, matrix=moved(0, metres, 0) @ p.matrix) for p in shapes.placements]), rows


@pytest.mark.parametrize(("metres", "stays"), [(400.0, True), (600.0, False)])
def test_the_frame_stays_while_the_middle_of_the_content_is_near(metres: float, stays: bool) -> None:
    site = Site()
    shapes, rows = terminal()
    first = site.build(shapes, rows)
    second = site.build(*shifted(rows, shapes, metres))
    assert (second.frame == first.frame) == stays
    assert second.residual_m <= 0.005


def test_the_frame_does_not_creep_away() -> None:
    site = Site()
    shapes, rows = terminal()
    first = site.build(shapes, rows)
    assert site.build(*shifted(rows, shapes, 300.0)).frame == first.frame
    assert site.build(*shifted(rows, shapes, 600.0)).frame != first.frame


def row_of_boxes(places: list[float]) -> tuple[Shapes, Rows]:
    shapes = Shapes([item(box((1, 1, 1)))], [Placement(f"b{x:08.2f}", 0, moved(x, 0, 0)) for x in places])
    return shapes, [element(p.element, "IfcWall", "", "L1") for p in shapes.placements]


def sizes(site: Site, built: BuiltTileset) -> list[int]:
    return [sum(len(part.triangles) for part in read_glb(site.files[name]).drawn) for name in built.files if name.endswith(".glb")]


def test_a_tile_that_outgrows_the_budget_is_cut_and_the_others_stay() -> None:
    site = Site()
    places = [2.0 * k for k in range(64)]
    first = site.build(*row_of_boxes(places), budget=120, instancing=False)
    assert sizes(site, first) == [96] * 8
    second = site.build(*row_of_boxes([*places, *(20.0 + 0.1 * k for k in range(1, 8))]), budget=120, instancing=False)
    assert second.built == 2
    assert max(sizes(site, second)) <= 120
    assert len(names_of(first) & names_of(second)) == 7


def test_tiles_that_have_become_nearly_empty_are_joined() -> None:
    site = Site()
    places = [2.0 * k for k in range(64)]
    first = site.build(*row_of_boxes(places), budget=120, instancing=False)
    second = site.build(*row_of_boxes([*places[:5], *places[16:]]), budget=120, instancing=False)
    assert (first.tiles, second.tiles, second.built) == (8, 7, 1)
    third = site.build(*row_of_boxes(places[16:]), budget=120, instancing=False)
    assert (third.tiles, third.built) == (6, 0)


def test_a_model_that_grows_for_many_versions_keeps_its_tiles_full() -> None:
    site, places = Site(), [0.0, 2.0]
    for version in range(60):
        places += [4.0 + 6 * version + 2 * k for k in range(3)]
        built = site.build(*row_of_boxes(places), budget=120, instancing=False)
        assert built.built <= 2
    fresh = Site().build(*row_of_boxes(places), budget=120, instancing=False)
    assert built.tiles <= 1.5 * fresh.tiles + 1
    assert max(sizes(site, built)) <= 120


def test_elements_in_one_place_are_parted_by_their_ids() -> None:
    shapes = Shapes([item(box((1, 1, 1)))], [Placement(f"b{k:03}", 0, moved(0, 0, 0)) for k in range(100)])
    rows = [element(p.element, "IfcWall", "", "L1") for p in shapes.placements]
    site = Site()
    first = site.build(shapes, rows, budget=120, instancing=False)
    assert max(sizes(site, first)) <= 120
    fewer = Shapes(shapes.items, [p for p in shapes.placements if p.element != "b050"])
    assert site.build(fewer, rows, budget=120, instancing=False).built == 1


def test_surfaces_are_prepared_only_for_what_is_assembled(monkeypatch: pytest.MonkeyPatch) -> None:
    import twin.prepared

    prepared: list[int] = []
    real = twin.prepared.surfaces

    def counted(items: list[Item]) -> Any:
        prepared.append(len(items))
        return real(items)

    site = Site()
    shapes, rows = terminal()
    site.build(shapes, rows)
    monkeypatch.setattr(twin.prepared, "surfaces", counted)
    site.build(shapes, rows)
    assert sum(prepared) == 0
    second = site.build(with_matrix(shapes, "door0-0", moved(0, 3.2, 0.4, 90)), rows)
    (tile,) = site.holding(second, "door0-0")
    drawn = {row["global_id"] for row in read_glb(site.files[tile]).table}
    assert sum(prepared) == len({p.item for p in shapes.placements if p.element in drawn}) < len(shapes.items)


def test_copies_fill_a_tile_up_to_four_times_its_budget_and_no_further() -> None:
    boxes = row_of_boxes([0.5 * k for k in range(44)])
    built = [Site().build(boxes[0], boxes[1], budget=120, instancing=instancing) for instancing in (True, False)]
    assert [made.triangles for made in built] == [44 * 12] * 2
    assert [made.tiles for made in built] == [2, 8]


def test_little_detail_lies_in_the_tile_of_its_storeys_shell_until_it_grows() -> None:
    """A fiftieth of the budget are 40 triangles; what was parted stays parted down to half of that, what was not up to twice."""
    site = Site()

    def tiles(pumps: int) -> int:
        shapes, rows = row_of_boxes([2.0 * k for k in range(20)])
        shapes.placements += [Placement(f"p{k}", 0, moved(3.0 * k, 5.0, 0)) for k in range(pumps)]
        rows += [element(f"p{k}", "IfcPump", "", "L1") for k in range(pumps)]
        built = site.build(shapes, rows, instancing=False)
        assert built.features == 20 + pumps
        assert sum(sizes(site, built)) == 12 * (20 + pumps)
        return built.tiles

    assert [tiles(pumps) for pumps in (1, 3, 6, 7, 6, 2, 1, 2)] == [1, 1, 1, 2, 2, 2, 1, 1]


def test_an_envelope_is_blind_for_detail_that_lies_in_the_tile_of_the_shell() -> None:
    site = Site()
    shapes, rows = row_of_boxes([2.0 * k for k in range(300)])
    shapes.placements.append(Placement("p", 0, moved(5.0, 5.0, 0)))
    rows.append(element("p", "IfcPump", "", "L1"))
    first = site.build(shapes, rows, budget=10_000, far=400)
    root = json.loads(site.files[first.root])["root"]
    assert root["refine"] == "REPLACE"
    assert "p" not in {row["global_id"] for row in read_glb(site.files[root["content"]["uri"]]).table}
    shapes.placements[-1] = Placement("p", 0, moved(6.0, 5.0, 0))
    second = site.build(shapes, rows, budget=10_000, far=400)
    assert (second.built, second.reused) == (1, 1)
