"""Floor areas against plans whose areas are known."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import shapely

from bim.areas import AreaClass, Areas
from bim.intake import intake
from bim.shapes import Placement, Shapes
from bim.tables import ModelTables
from csdi.errors import ValueInvalid
from csdi.feature import Feature
from csdi.geometry import Mesh
from tests.bim.clash.bodies import Floats, box, item, joined, turned
from tests.bim.corpus import corpus_file

Bodies = dict[str, tuple[str, Mesh]]


def element(key: str, kind: str, **more: Any) -> Feature:
    return Feature(f"m:{key}", None, {"global_id": key, "ifc_class": kind, "storey": "S1", "building": "B", "name": key, "quantities": {},
                                      "psets": {}, "part_of": None, **more})


def areas(bodies: Bodies, spaces: dict[str, Mesh], *, rows: dict[str, dict[str, Any]] | None = None, classes: tuple[AreaClass, ...] = (),
          storeys: dict[str, float] | None = None, stated: dict[str, Any] | None = None, frame: Floats | None = None) -> Areas:
    """A model of those bodies (class and mesh) and spaces; `rows` adds fields to their rows."""
    more = rows or {}
    tables = ModelTables(
        {}, [element(key, kind, **more.get(key, {})) for key, (kind, _) in bodies.items()],
        [element(key, "IfcSpace", **more.get(key, {})) for key in spaces],
        [element(key, "IfcBuildingStorey", storey=key, elevation=level, quantities=stated or {}) for key, level in
         (storeys or {"S1": 0.0}).items()])
    place = np.eye(4) if frame is None else frame
    made = [Shapes([item(mesh) for mesh in meshes.values()], [Placement(key, n, place) for n, key in enumerate(meshes)])
            for meshes in ({key: mesh for key, (_, mesh) in bodies.items()}, spaces)]
    return Areas(tables, made[0], made[1], classes)


def house(level: float = 0.0, height: float = 3.0) -> Bodies:
    """Four walls, 0.2 m thick, around 10 x 6 m outside, with a door in the first one."""
    top = level + height
    front = joined(box((0, 0, level), (4, 0.2, top)), box((5, 0, level), (10, 0.2, top)), box((4, 0, level + 2.1), (5, 0.2, top)))
    return {"front": ("IfcWall", front), "back": ("IfcWall", box((0, 5.8, level), (10, 6, top))),
            "left": ("IfcWall", box((0, 0.2, level), (0.2, 5.8, top))), "right": ("IfcWall", box((9.8, 0.2, level), (10, 5.8, top)))}


ROOM = box((0.2, 0.2, 0), (9.8, 5.8, 2.8))
FLOOR = {"floor": ("IfcSlab", box((0, 0, -0.2), (10, 6, 0)))}


@pytest.mark.parametrize("frame", [np.eye(4), turned(28, (812_000, 819_000, 0))])
def test_a_space_is_measured_where_it_is_cut_and_compared_with_what_is_stated(frame: Floats) -> None:
    rows = {"R": {"quantities": {"Qto_SpaceBaseQuantities": {"NetFloorArea": 50.0, "GrossFloorArea": 53.7}}}}
    found = areas({}, {"R": ROOM}, rows=rows, frame=frame).spaces["R"]
    assert (found.measured_by, found.stated_by, found.stated) == ("section", "Qto_SpaceBaseQuantities.GrossFloorArea", 53.7)
    assert found.measured == pytest.approx(9.6 * 5.6, abs=1e-3)
    assert found.difference == pytest.approx(-0.06, abs=1e-3)


def test_a_room_under_a_sloping_roof_counts_what_is_high_enough() -> None:
    roof = Mesh(np.array([[0.0, 0, 0], [4, 0, 0], [4, 5, 0], [0, 5, 0], [4, 0, 2.4], [4, 5, 2.4]]),
                np.array([[0, 2, 1], [0, 3, 2], [0, 1, 4], [3, 5, 2], [1, 2, 5], [1, 5, 4], [0, 4, 5], [0, 5, 3]], np.int32))
    assert areas({}, {"R": roof}).spaces["R"].measured == pytest.approx(2 * 5)


def test_a_space_that_is_low_or_not_closed() -> None:
    low = areas({}, {"R": box((0, 0, 0), (3, 2, 0.9))}).spaces["R"]
    assert low.measured_by == "footprint"
    assert low.measured == pytest.approx(6.0)
    hollow = areas({}, {"R": Mesh(ROOM.vertices, ROOM.triangles[2:])}).spaces["R"]
    assert hollow.measured_by == "section"
    assert hollow.measured == pytest.approx(9.6 * 5.6)


def test_a_court_inside_a_space_is_left_out() -> None:
    court = box((3, 2, 0), (5, 4, 2.8))
    ring = joined(ROOM, Mesh(court.vertices, np.ascontiguousarray(court.triangles[:, ::-1])))
    assert areas({}, {"R": ring}).spaces["R"].measured == pytest.approx(9.6 * 5.6 - 4)


def test_a_space_without_a_shape_or_without_quantities_has_no_difference() -> None:
    found = areas({}, {"R": ROOM}).spaces["R"]
    assert (found.stated, found.stated_by, found.difference) == (None, "", None)
    tables = ModelTables({}, [], [element("R", "IfcSpace", quantities={"Q": {"NetFloorArea": 9.0}})], [element("S1", "x", elevation=0.0)])
    bare = Areas(tables, Shapes(), Shapes()).spaces["R"]
    assert (bare.measured, bare.difference, bare.best) == (None, None, 9.0)


@pytest.mark.parametrize("frame", [np.eye(4), turned(28, (812_000, 819_000, 0))])
@pytest.mark.parametrize(("spaces", "floor", "said"), [({"R": ROOM}, FLOOR, "walls and spaces"), ({}, FLOOR, "walls"), ({}, {}, "walls"),
                                                       ({"R": ROOM}, {}, "walls and spaces")])
def test_a_storey_reaches_to_the_outside_of_its_walls(spaces: dict[str, Mesh], floor: Bodies, said: str, frame: Floats) -> None:
    found = areas({**house(), **floor}, spaces, frame=frame).storeys["S1"]
    assert found.gross_by == said
    assert found.gross == pytest.approx(60.0, abs=1e-3)


def test_a_storey_without_walls_is_as_large_as_its_slabs() -> None:
    found = areas(FLOOR, {}).storeys["S1"]
    assert found.gross_by == "slabs"
    assert found.gross == pytest.approx(60.0)
    empty = areas({}, {}).storeys["S1"]
    assert (empty.gross, empty.gross_by, empty.difference) == (0.0, "", None)


def test_a_court_that_no_slab_covers_is_not_counted() -> None:
    inner = {f"c{n}": ("IfcWall", mesh) for n, mesh in enumerate((
        box((4, 2, 0), (6, 2.2, 3)), box((4, 3.8, 0), (6, 4, 3)), box((4, 2.2, 0), (4.2, 3.8, 3)), box((5.8, 2.2, 0), (6, 3.8, 3))))}
    floor = joined(box((0, 0, -0.2), (10, 2, 0)), box((0, 4, -0.2), (10, 6, 0)), box((0, 2, -0.2), (4, 4, 0)), box((6, 2, -0.2), (10, 4, 0)))
    found = areas({**house(), **inner, "floor": ("IfcSlab", floor)}, {}).storeys["S1"]
    assert found.gross == pytest.approx(60 - 1.6 * 1.6, abs=1e-3)


def test_walls_that_pass_several_storeys_enclose_each_of_them() -> None:
    found = areas(house(height=6.2), {}, storeys={"S1": 0.0, "S2": 3.1}).storeys
    assert [one.gross for one in found.values()] == pytest.approx([60.0, 60.0], abs=1e-3)


def test_what_belongs_to_another_building_or_ends_at_the_railing_encloses_nothing() -> None:
    other = {"other": ("IfcWall", box((20, 0, 0), (30, 10, 3))), "parapet": ("IfcWall", box((10, 0, 0), (13, 0.2, 1.1)))}
    found = areas({**house(), **other}, {}, rows={"other": {"building": "C"}}).storeys["S1"]
    assert found.gross == pytest.approx(60.0, abs=1e-3)


def test_classes_part_what_counts_from_what_does_not() -> None:
    spaces = {"flat": box((0.2, 0.2, 0), (5, 5.8, 2.8)), "plant": box((5, 0.2, 0), (9.8, 5.8, 2.8))}
    rows: dict[str, dict[str, Any]] = {"flat": {"long_name": "Living Room"}, "plant": {"psets": {"HK": {"Use": "PLANT"}}}}
    classes = tuple(AreaClass.of(row) for row in ({"field": "HK.Use", "like": "plant", "class": "exempted", "usable": "no"},
                                                  {"field": "long_name", "like": "*", "class": "accountable"}))
    found = areas({**house(), **FLOOR}, spaces, rows=rows, classes=classes).storeys["S1"]
    assert found.by_class == {"accountable": pytest.approx(4.8 * 5.6), "exempted": pytest.approx(4.8 * 5.6)}
    assert found.usable == pytest.approx(4.8 * 5.6)
    assert found.accountable == pytest.approx(60 - 4.8 * 5.6, abs=1e-3)


def test_classes_are_also_known_by_classification_and_a_row_that_says_nothing_is_refused() -> None:
    assert AreaClass("classification", "SL_90*").fits({"classifications": [{"code": "SL_90_10"}]})
    assert not AreaClass("name", "x").fits({"name": None})
    with pytest.raises(ValueInvalid, match="no field"):
        AreaClass.of({"class": "exempted"})


def test_what_a_storey_states_is_compared() -> None:
    found = areas({**house(), **FLOOR}, {}, stated={"Qto_BuildingStoreyBaseQuantities": {"GrossFloorArea": 61.0}}).storeys["S1"]
    assert found.stated_by == "Qto_BuildingStoreyBaseQuantities.GrossFloorArea"
    assert found.difference == pytest.approx(1.0, abs=1e-3)


def test_the_footprint_holds_all_that_is_built_over_the_ground() -> None:
    model = areas({**house(), "canopy": ("IfcSlab", box((10, 0, 2.8), (12, 6, 3)))}, {"R": ROOM})
    assert model.footprint().area == pytest.approx(72.0, abs=1e-3)
    assert model.footprint(["canopy"]).equals(shapely.box(10, 0, 12, 6))


def test_a_real_house_states_its_areas_rightly() -> None:
    read = intake(corpus_file("ifc/arch-fzk-haus-ifc4.ifc"), model="m")
    model = Areas(read.tables, read.shapes, read.space_shapes)
    alike = [abs(one.difference) <= max(0.1, 0.01 * one.measured) for one in model.spaces.values()
             if one.difference is not None and one.measured is not None]
    assert (len(alike), sum(alike)) == (7, 6)  # the attic states less than its room is wide
    ground = next(iter(model.storeys.values()))
    assert ground.gross == pytest.approx(12.0 * 10.0, abs=0.01)
