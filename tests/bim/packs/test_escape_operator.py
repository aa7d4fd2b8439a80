"""Escape distances of models, against lengths that geometry gives."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from bim.audit import Plan, audit
from bim.check import Judgement, Outcome
from tests.bim.corpus import corpus_file
from tests.bim.packs.test_judge import judged, pack
from tests.bim.small import Small, _box

E, N, Z = 812_000.0, 819_000.0, 6.5
OFFICE, HALL = "00000000000000000000S1", "00000000000000000000S2"
Sizes = tuple[float, float, float]


def thing(number: int, kind: str, key: str, at: Sizes, size: Sizes, more: str) -> str:
    """A box of a class with its corner at a place of the storey."""
    n = number * 100
    return f"""{_box(n + 1, *size)}
#{n}=IFCCARTESIANPOINT(({at[0]!r},{at[1]!r},{at[2]!r}));
#{n + 90}=IFCAXIS2PLACEMENT3D(#{n},$,$);
#{n + 91}=IFCLOCALPLACEMENT(#15,#{n + 90});
#{n + 92}={kind}('{key}',$,'{kind} {number}',$,$,#{n + 91},#{(n + 1) * 10 + 5},{more});
"""


def building(*, exit_door: bool = True, stated: str = "") -> Small:
    """An office 5 x 4 m and a hall 6 x 4 m behind a wall of 0.2 m, a door between them 1 m from the south, one out of the hall.

    The boxes are 3 m high and stand at the storey's level; both doors are 0.9 m wide.
    """
    spaces = (thing(11, "IFCSPACE", OFFICE, (0.0, 0.0, 0.0), (5.0, 4.0, 3.0), "$,.ELEMENT.,.INTERNAL.,$")
              + thing(12, "IFCSPACE", HALL, (5.2, 0.0, 0.0), (6.0, 4.0, 3.0), "$,.ELEMENT.,.INTERNAL.,$"))
    elements = (thing(13, "IFCWALL", "00000000000000000000W1", (5.0, 0.0, 0.0), (0.2, 4.0, 3.0), "$,$")
                + thing(14, "IFCDOOR", "00000000000000000000D1", (5.05, 0.55, 0.0), (0.1, 0.9, 2.1), "$,$,$,$,$,$"))
    contained = "#1392,#1492"
    if exit_door:
        elements += thing(15, "IFCDOOR", "00000000000000000000D2", (11.25, 2.55, 0.0), (0.1, 0.9, 2.1), "$,$,$,$,$,$")
        contained += ",#1592"
    relations = f"""#9001=IFCRELAGGREGATES('00000000000000000000R1',$,$,$,#16,(#1192,#1292));
#9002=IFCRELCONTAINEDINSPATIALSTRUCTURE('00000000000000000000R2',$,$,$,({contained}),#16);
"""
    return Small(extra=spaces + elements + relations + stated)


def measured(tmp_path: Path, model: Small, **measure: object) -> Judgement:
    (found,) = judged(tmp_path, {"select": "IfcSpace", "measure": {"op": "travel_distance", **measure}, "require": {"max": 1.0}}, model=model)
    return found


def test_through_a_door_to_the_exit(tmp_path: Path) -> None:
    """The farthest place of the office is its north-west corner: to the door, through the wall, across the hall."""
    found = measured(tmp_path, building())
    values = {one.data["global_id"]: one.data for one in found.findings}
    assert values[OFFICE]["value"] == pytest.approx(math.hypot(5, 3) + 0.2 + math.hypot(6, 2), abs=1e-3)
    assert values[HALL]["value"] == pytest.approx(math.hypot(6, 3), abs=1e-3)
    assert values[OFFICE]["other"] == "00000000000000000000D2"
    assert values[OFFICE]["place"] == pytest.approx({"easting": E, "northing": N + 4, "height": Z}, abs=1e-3)
    assert values[OFFICE]["route"][-1] == pytest.approx([E + 11.2, N + 3, Z], abs=1e-3)


def test_exits_that_the_rule_names(tmp_path: Path) -> None:
    found = measured(tmp_path, building(), exits="IfcDoor, Name=/IFCDOOR 14/")
    values = {one.data["global_id"]: one.data["value"] for one in found.findings}
    assert values == {OFFICE: pytest.approx(math.hypot(5, 3), abs=1e-3), HALL: pytest.approx(math.hypot(6, 3), abs=1e-3)}


def test_a_fire_exit_that_the_model_states(tmp_path: Path) -> None:
    stated = """#9010=IFCPROPERTYSINGLEVALUE('FireExit',$,IFCBOOLEAN(.T.),$);
#9011=IFCPROPERTYSET('00000000000000000000P1',$,'Pset_DoorCommon',$,(#9010));
#9012=IFCRELDEFINESBYPROPERTIES('00000000000000000000R3',$,$,$,(#1492),#9011);
"""
    values = {one.data["global_id"]: one.data["value"] for one in measured(tmp_path, building(stated=stated)).findings}
    assert values[OFFICE] == pytest.approx(math.hypot(5, 3), abs=1e-3)


def test_without_an_exit_nothing_is_measured(tmp_path: Path) -> None:
    found = measured(tmp_path, building(exit_door=False))
    assert found.outcome == Outcome.NOT_CHECKED
    assert "no exits" in found.reason


@pytest.mark.parametrize(("file", "rooms", "least", "most"), [
    ("ifc/arch-fzk-haus-ifc4.ifc", 7, 10.0, 20.0), ("ifc/geo-duplex-georeferenced-ifc2x3.ifc", 20, 15.0, 30.0)])
def test_rooms_of_real_houses_are_reached_over_their_stairs(tmp_path: Path, file: str, rooms: int, least: float, most: float) -> None:
    """The upper floors too; the roof of the duplex has no way down."""
    given = {"id": "T", "title": "t", "select": "IfcSpace", "measure": {"op": "travel_distance"}, "require": {"max": 0.5}}
    plan = Plan(packs=(pack(tmp_path / "pack", given),), normative=False, express=False, workers=2)
    (found,) = audit(corpus_file(file), plan).report.rules
    assert found.measured == rooms
    assert least < max(one.data["value"] for one in found.findings) < most


def test_a_door_to_a_room_that_is_not_modelled_is_no_exit_where_another_is_said_to_be_external(tmp_path: Path) -> None:
    """A cupboard door in the west wall of the office has a room on one side only, too."""
    cupboard = thing(16, "IFCDOOR", "00000000000000000000D3", (-0.15, 1.55, 0.0), (0.1, 0.9, 2.1), "$,$,$,$,$,$")
    stated = f"""{cupboard}#9003=IFCRELCONTAINEDINSPATIALSTRUCTURE('00000000000000000000R4',$,$,$,(#1692),#16);
#9010=IFCPROPERTYSINGLEVALUE('IsExternal',$,IFCBOOLEAN(.T.),$);
#9011=IFCPROPERTYSET('00000000000000000000P1',$,'Pset_DoorCommon',$,(#9010));
#9012=IFCRELDEFINESBYPROPERTIES('00000000000000000000R3',$,$,$,(#1592),#9011);
"""
    values = {one.data["global_id"]: one.data["value"] for one in measured(tmp_path, building(stated=stated)).findings}
    assert values[OFFICE] == pytest.approx(math.hypot(5, 3) + 0.2 + math.hypot(6, 2), abs=1e-3)
