import dataclasses
from pathlib import Path

import numpy as np
import pytest
import shapely

from bim.footprints import content_box, outlines
from bim.intake import STAGES, Intake, intake
from bim.meshing.box import box_mesh
from bim.shapes import Item, Placement, Shapes
from csdi.crs import transform
from csdi.errors import CsdiError, FileBroken, PathMissing, SchemaUnsupported
from csdi.geometry import Mesh
from sample_models.ifc_known import known_positions
from tests.bim.corpus import ROOT, corpus_file, ifc_names
from tests.bim.small import Small

SAMPLES = ROOT / "sample_models" / "small"
SAMPLE_SCALE = 0.1


def by_global_id(read: Intake) -> dict[str, dict[str, object]]:
    return {row.properties["global_id"]: dict(row.properties) for row in (*read.tables.elements, *read.tables.spaces)}


def test_a_small_model_is_read_whole(tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    read = intake(Small().write(tmp_path), model="small", progress=lambda *what: told.append(what))
    slab, pump = sorted(read.tables.elements, key=lambda row: row.id)
    assert read.result == "loaded"
    assert slab.id == "small:000000000000000000000A"
    assert (slab.properties["base_level"], slab.properties["top_level"]) == (6.5, 7.0)
    assert (slab.properties["length"], slab.properties["width"], slab.properties["height"]) == (10.0, 6.0, 0.5)
    assert (pump.properties["easting"], pump.properties["northing"]) == (812002.5, 819002.5)
    assert pump.properties["name"] == "水泵 P-1"
    assert pump.properties["building"] == "機場客運大樓"
    assert [stage for stage in STAGES if stage in {name for name, _, _ in told}] == list(STAGES)
    assert ("shapes", 2, 2) in told


def test_footprints_lie_where_the_grid_says(tmp_path: Path) -> None:
    read = intake(Small(conversion="812000.,819000.,6.5,0.6,0.8,$").write(tmp_path), model="small")
    slab = next(row for row in read.tables.elements if row.properties["ifc_class"] == "IfcSlab")
    on_grid = transform("OGC:CRS84", "EPSG:2326").geometry(slab.geometry)
    expected = shapely.Polygon([(812000 + 0.6 * x - 0.8 * y, 819000 + 0.8 * x + 0.6 * y) for x, y in
                                [(0, 0), (10, 0), (10, 6), (0, 6)]])
    assert shapely.hausdorff_distance(on_grid, expected) < 0.001


def test_storeys_reach_to_the_next_one(tmp_path: Path) -> None:
    above = ("#700=IFCCARTESIANPOINT((0.,0.,4.2));\n#701=IFCAXIS2PLACEMENT3D(#700,$,$);\n#702=IFCLOCALPLACEMENT(#13,#701);\n"
             "#703=IFCBUILDINGSTOREY('000000000000000000000F',$,'L2',$,$,#702,$,$,.ELEMENT.,4.2);\n"
             "#704=IFCRELAGGREGATES('000000000000000000000G',$,$,$,#14,(#703));\n")
    read = intake(Small(extra=above).write(tmp_path), model="small")
    first, second = sorted(read.tables.storeys, key=lambda row: row.properties["elevation"])
    assert (first.properties["base_level"], first.properties["top_level"]) == (6.5, 10.7)
    assert first.properties["element_count"] == 2
    assert first.geometry is not None
    assert second.properties["base_level"] == 10.7
    assert second.geometry is None


def test_a_model_without_a_place_has_sizes_but_no_footprints(tmp_path: Path) -> None:
    read = intake(Small(georeferenced=False).write(tmp_path), model="small")
    assert not read.georeference.placed
    for row in read.tables.elements:
        assert row.geometry is None
        assert row.properties["base_level"] is None
        assert row.properties["height"] > 0
        assert row.properties["has_shape"]


def test_an_intake_is_handed_over_through_a_folder(tmp_path: Path) -> None:
    read = intake(Small().write(tmp_path), model="small")
    read.save(tmp_path / "kept")
    back = Intake.load(tmp_path / "kept")
    assert back.report()["counts"] == read.counts
    assert [row.id for row in back.tables.elements] == [row.id for row in read.tables.elements]
    assert [dict(row.properties) for row in back.tables.elements] == [dict(row.properties) for row in read.tables.elements]
    assert all(a.geometry.equals(b.geometry) for a, b in zip(back.tables.elements, read.tables.elements, strict=True))  # type: ignore[union-attr]
    assert len(back.shapes.placements) == len(read.shapes.placements)
    assert (back.georeference.crs, back.model) == ("EPSG:2326", "small")
    with pytest.raises(PathMissing):
        Intake.load(tmp_path)


def test_equal_files_give_equal_shapes(tmp_path: Path) -> None:
    path = Small().write(tmp_path)
    intake(path, model="a").shapes.save(tmp_path / "1.npz")
    intake(path, model="a").shapes.save(tmp_path / "2.npz")
    assert (tmp_path / "1.npz").read_bytes() == (tmp_path / "2.npz").read_bytes()


def test_unread_schemas_are_refused_with_a_remedy(tmp_path: Path) -> None:
    with pytest.raises(SchemaUnsupported, match=r"small\.ifc: line 5: schema IFC2X2_FINAL.*export as"):
        intake(Small(schema="IFC2X2_FINAL").write(tmp_path), model="small")


def test_a_newer_schema_id_is_read_with_a_note(tmp_path: Path) -> None:
    read = intake(Small(schema="IFC4X3").write(tmp_path), model="small")
    assert read.counts["shapes"] == 2
    assert [(f.code, f.severity) for f in read.findings] == [("SCH-001", "note")]


def test_a_cancel_in_any_stage_stops_the_intake(tmp_path: Path) -> None:
    path = Small().write(tmp_path)

    class Cancelled(Exception):
        pass

    for stage in STAGES:
        def cancel(told: str, _done: int, _total: int, at: str = stage) -> None:
            if told == at:
                raise Cancelled

        with pytest.raises(Cancelled):
            intake(path, model="small", progress=cancel)


def test_the_outline_of_a_tilted_box_is_its_shadow() -> None:
    matrix = np.eye(4)
    matrix[:3, :3] = [[1, 0, 0], [0, 0.6, -0.8], [0, 0.8, 0.6]]
    item = Item(box_mesh(np.array([-1.0, -1.0, -1.0]), np.array([1.0, 1.0, 1.0])), (), np.full(12, -1, np.int16))
    found = outlines(Shapes([item], [Placement("e", 0, matrix)]))["e"]
    assert found.polygon.area == pytest.approx(2 * 2.8)
    np.testing.assert_allclose(found.box[:, 2], [-1.4, 1.4])


def test_a_vertical_sheet_still_has_an_outline() -> None:
    sheet = Mesh(np.array([[0.0, 0, 0], [4, 0, 0], [4, 0, 3]]), np.array([[0, 1, 2]], np.int32))
    found = outlines(Shapes([Item(sheet, (), np.array([-1], np.int16))], [Placement("e", 0, np.eye(4))]))["e"]
    assert 0 < found.polygon.area < 0.1
    assert found.polygon.is_valid


def test_an_l_shaped_slab_keeps_its_corner() -> None:
    corners = np.array([(0, 0), (4, 0), (4, 1), (1, 1), (1, 4), (0, 4)], float)
    top = np.column_stack([corners, np.ones(6)])
    triangles = np.array([(0, 1, 2), (0, 2, 3), (0, 3, 5), (3, 4, 5)], np.int32)
    item = Item(Mesh(top, triangles), (), np.full(4, -1, np.int16))
    found = outlines(Shapes([item], [Placement("e", 0, np.eye(4))]))["e"]
    assert found.polygon.area == pytest.approx(7.0)
    assert content_box(Shapes()) is None


@pytest.mark.parametrize("name", ["terminal-arch", "terminal-structure", "terminal-mep", "carpark", "taxiway-bridge"])
def test_the_sample_stands_where_its_layout_says(name: str) -> None:
    path = SAMPLES / f"{name}.ifc"
    if not path.exists():
        pytest.skip("the small sample has not been generated")
    read = intake(path, model=name)
    rows = by_global_id(read)
    known = [k for k in known_positions(SAMPLE_SCALE) if k.model == name]
    assert known
    assert (read.georeference.crs, read.georeference.vertical_crs) == ("EPSG:2326", "EPSG:5738")
    assert read.counts["shapes"] == read.counts["wanted"]
    for one in known:
        row = rows[one.global_id]
        middle = (row["base_level"] + row["top_level"]) / 2  # type: ignore[operator]
        np.testing.assert_allclose([row["easting"], row["northing"], middle], [one.e, one.n, one.h_mpd], atol=0.01)


EATEN = {"ifc/arch-janesville-restaurant-ifc2x3.ifc": 2}
"""Walls that their openings take whole."""


@pytest.mark.corpus
@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:Best transformation is not available")
@pytest.mark.parametrize("name", ifc_names("arch-", "mep-", "geo-"))
def test_real_files_load_with_a_stated_result(name: str) -> None:
    read = intake(corpus_file(name), model="m")
    assert read.counts["wanted"] == read.counts["shapes"]
    assert read.result == "loaded"
    assert sum(f.code == "MSH-004" for f in read.findings) == EATEN.get(name, 0)
    assert sum(read.timings.values()) < 120
    placed = [row for row in read.tables.elements if row.geometry is not None]
    assert bool(placed) == read.georeference.placed
    assert all(row.geometry.is_valid for row in placed)  # type: ignore[union-attr]
    assert read.georeference.placed or "GEO-001" in {f.code for f in read.findings}


@pytest.mark.corpus
@pytest.mark.slow
@pytest.mark.parametrize(("name", "crs"), [
    ("geo-earthworks-12d-ifc4x3rc3-epsg7856", "EPSG:7856"), ("infra-rail-track10-ifc4x3-epsg3065", "EPSG:3065"),
])
def test_models_whose_shapes_hold_map_coordinates_are_placed_by_their_content(name: str, crs: str) -> None:
    assert intake(corpus_file(f"ifc/{name}.ifc"), model="m").georeference.crs == crs


@pytest.mark.parametrize("damage", ["half", "bracket", "endsec", "twice"])
def test_damage_is_refused_before_any_engine(tmp_path: Path, damage: str) -> None:
    text = Small().text
    broken = {"half": text[: len(text) // 2], "bracket": text.replace("#5);", "#5;", 1),
              "endsec": text.replace("ENDSEC;", "", 1), "twice": text.replace("#7=", "#6=", 1)}[damage]
    path = tmp_path / "broken.ifc"
    path.write_text(broken)
    with pytest.raises(FileBroken) as caught:
        intake(path, model="m")
    assert caught.value.data["line"] > 0


def test_a_broken_file_never_reaches_the_store_as_half_a_model(tmp_path: Path) -> None:
    """An intake is a value: it is there whole, or there is an error."""
    assert dataclasses.is_dataclass(Intake)
    for text in ("", "hello", "ISO-10303-21;"):
        path = tmp_path / "x.ifc"
        path.write_text(text)
        with pytest.raises(CsdiError):
            intake(path, model="m")


@pytest.mark.parametrize(("good", "bad"), [
    ("#50=IFCSLAB('000000000000000000000A'", "#50=IFCSLAB(7"),
    ("(#504));", "(#2));"),
    ("IFCRELAGGREGATES('0000000000000000000006',$,$,$,#12,(#14))", "IFCRELAGGREGATES('0000000000000000000006',$,$,$,$,$)"),
    ("#2=IFCSIUNIT(*,.LENGTHUNIT.,$,.METRE.)", "#2=IFCSIUNIT(*,.LENGTHUNIT.,$,$)"),
    ("(#10,#20,812000.", "(#10,#2,812000."),
    ("#8=IFCCARTESIANPOINT((0.0,0.0,0.0))", "#8=IFCCARTESIANPOINT($)"),
])
def test_instances_that_break_their_schema_cost_themselves_alone(tmp_path: Path, good: str, bad: str) -> None:
    text = Small().text
    assert good in text
    path = tmp_path / "odd.ifc"
    path.write_text(text.replace(good, bad))
    read = intake(path, model="odd")
    assert read.counts["elements"] >= 1
    assert read.findings or read.counts["shapes"] == 2


def test_an_outline_that_exact_overlay_gives_up_on_is_made_on_a_grid(monkeypatch: pytest.MonkeyPatch) -> None:
    overlay = shapely.union_all

    def gives_up(parts: object, grid_size: float | None = None) -> object:
        if grid_size is None:
            raise shapely.GEOSException("TopologyException: Ring edge missing")
        return overlay(parts, grid_size=grid_size)

    item = Item(box_mesh(np.array([-1.0, -2.0, 0.0]), np.array([1.0, 2.0, 3.0])), (), np.full(12, -1, np.int16))
    monkeypatch.setattr(shapely, "union_all", gives_up)
    found = outlines(Shapes([item, item], [Placement("e", 0, np.eye(4)), Placement("e", 1, np.eye(4))]))["e"]
    assert found.polygon.area == pytest.approx(8.0, abs=1e-3)
