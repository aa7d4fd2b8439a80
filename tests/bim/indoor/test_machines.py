"""Lifts, escalators and moving walkways: where they carry people, and where one gets on."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
import shapely

from bim.indoor import Gate, Mode, Room
from bim.indoor.machines import escalator, floors_behind, heading_of, is_lift_door, lift, machine_of, walkway
from tests.bim.siteplan.solids import box, turned


def floors(*levels: float, west: float = 0.0, key: str = "r") -> list[Room]:
    return [Room(f"{key}{level:g}", shapely.box(west, 0, west + 10, 10), level, level + 3) for level in levels]


def test_a_lift_stops_at_every_floor_that_it_passes() -> None:
    """A shaft from the pit under the lowest floor to the top of the third; the fourth floor lies above it."""
    found = lift("l", box((4, 4, -1.2), (6, 6, 10.5)), floors(0, 4, 8, 12), [])
    assert found is not None
    assert (found.mode, [room for _, room, _ in found.landings]) == (Mode.LIFT, ["r0", "r4", "r8"])
    assert found.line == pytest.approx(np.array([[5, 5, 0], [5, 5, 4], [5, 5, 8]]))


def test_a_lift_in_a_shaft_is_boarded_through_the_doors_to_it() -> None:
    """Rooms on both sides of the shaft, 0.2 m away; the doors are on the east side, which is a little farther."""
    west, east = floors(0, 4, west=-10.2, key="w"), floors(0, 4, west=2.3, key="e")
    gates = [Gate(f"d{level:g}", ((f"e{level:g}", (2.3, 1.0, level)),)) for level in (0.0, 4.0)]
    shaft = box((0, 0, 0), (2, 2, 7))
    without, through = lift("l", shaft, [*west, *east], []), lift("l", shaft, [*west, *east], gates)
    assert without is not None
    assert through is not None
    assert [room for _, room, _ in without.landings] == ["w0", "w4"]
    assert [(room, point) for _, room, point in through.landings] == [("e0", (2.3, 1.0, 0.0)), ("e4", (2.3, 1.0, 4.0))]


def test_a_cabin_on_one_floor_serves_the_floors_that_the_model_says() -> None:
    cabin, rooms = box((4, 4, 0), (6, 6, 2.4)), floors(0, 4, 8)
    assert lift("l", cabin, rooms, []) is None
    found = lift("l", cabin, rooms, [], stops=rooms[1:])
    assert found is not None
    assert [room for _, room, _ in found.landings] == ["r0", "r4", "r8"]


def slab(run: float, rise: float) -> np.ndarray[tuple[int, int, int], np.dtype[np.float64]]:
    """A truss: level at both ends, a slope between, 1.2 m wide, with narrow balustrades 0.9 m over it."""
    def strip(points: list[tuple[float, float]], low: float, high: float) -> list[list[tuple[float, float, float]]]:
        return [corner for (x0, z0), (x1, z1) in pairwise(points)
                for corner in ([(x0, low, z0), (x1, low, z1), (x1, high, z1)], [(x0, low, z0), (x1, high, z1), (x0, high, z0)])]

    line = [(-1.2, 0.0), (0.0, 0.0), (run, rise), (run + 1.2, rise)]
    rail = [(x, z + 0.9) for x, z in line]
    return np.array([*strip(line, 0.0, 1.2), *strip(rail, -0.06, 0.0), *strip(rail, 1.2, 1.26)])


@pytest.mark.parametrize("angle", [0.0, 1.1])
def test_an_escalator_is_walked_along_its_slope_not_its_balustrade(angle: float) -> None:
    run, rise = 4.0 / math.tan(math.radians(30)), 4.0
    truss = turned(slab(run, rise), angle)
    end = turned(np.array([[[run + 1, 0.6, rise]] * 3]), angle)[0, 0]
    lower = Room("a", shapely.Point(0, 0).buffer(3.0), 0.0, 3.5)
    upper = Room("b", shapely.Point(*end[:2]).buffer(3.0), 4.0, 7.5)
    found = escalator("e", truss, [lower, upper], -1)
    assert found is not None
    assert (found.mode, found.heading, [room for _, room, _ in found.landings]) == (Mode.ESCALATOR, -1, ["a", "b"])
    assert np.linalg.norm(found.line[-1] - found.line[0]) == pytest.approx(math.hypot(run, rise))
    assert escalator("e", truss, [lower]) is None


def test_a_moving_walkway_leads_along_its_room() -> None:
    hall = Room("h", shapely.box(-5, -5, 40, 5), 0.0, 4.0)
    found = walkway("w", turned(box((0, -0.7, 0), (22, 0.7, 0.12)), 0.1), [hall])
    assert found is not None
    assert (found.mode, {room for _, room, _ in found.landings}) == (Mode.WALKWAY, {"h"})
    assert np.linalg.norm(found.line[1] - found.line[0]) == pytest.approx(22.0, abs=0.01)
    assert walkway("w", box((0, -0.7, 9), (22, 0.7, 9.12)), [hall]) is None


@pytest.mark.parametrize(("said", "heading"), [("UP", 1), ("down", -1), ("Reversible", 0), (3, 0)])
def test_which_way_a_machine_runs_is_what_a_property_says(said: object, heading: int) -> None:
    assert heading_of({"Any_Set": {"Name": "x", "TravelDirection": said}}) == heading
    assert heading_of({"Any_Set": {"Other": said}}) == 0


@pytest.mark.parametrize("ifc_class, name, predefined, mode", [
    ("IfcTransportElement", "T", "ELEVATOR", Mode.LIFT), ("IfcTransportElement", "Aufzug 3", "NOTDEFINED", Mode.LIFT), ("IfcTransportElement", "Crane", None, None),
    ("IfcFlowTerminal", "M_Elevator-Hydraulic:3500 lbs:215470", "3500 lbs", Mode.LIFT), ("IfcFlowTerminal", "M_Elevator Door-Center:48", None, None),
    ("IfcBuildingElementProxy", "升降機 L2", None, Mode.LIFT), ("IfcBuildingElementProxy", "Lift shaft wall", None, None), ("IfcBuildingElementProxy", "电梯井", None, None),
    ("IfcBuildingElementProxy", "Escalator ESC-01", None, Mode.ESCALATOR), ("IfcBuildingElementProxy", "自動行人道 1", None, Mode.WALKWAY),
    ("IfcBuildingElementProxy", "Forklift", None, None), ("IfcBuildingElementProxy", "Shoplifter sign", None, None), ("IfcWall", "Lift", "ELEVATOR", None)])
def test_machines_are_known_by_their_type_else_by_their_name(ifc_class: str, name: str, predefined: str | None, mode: Mode | None) -> None:
    assert machine_of({"ifc_class": ifc_class, "name": name, "predefined_type": predefined}) is mode


@pytest.mark.parametrize("ifc_class, name, expected", [
    ("IfcFlowTerminal", "M_Elevator Door-Center", True), ("IfcDoor", "Lift door L1", True), ("IfcBuildingElementProxy", "升降機門", True),
    ("IfcDoor", "Door 1", False), ("IfcFlowTerminal", "M_Elevator-Hydraulic", False), ("IfcWall", "Elevator door", False)])
def test_doors_of_lifts_are_known_by_their_name(ifc_class: str, name: str, expected: bool) -> None:
    assert is_lift_door({"ifc_class": ifc_class, "name": name}) is expected


def test_a_cab_stops_where_doors_of_lifts_stand_over_it() -> None:
    """The cab stands on the lowest floor alone; doors of the next two are drawn above it, one far away is another lift's."""
    cab, rooms = box((4, 4, 0), (6, 6, 2.5)), floors(0, 4, 8, 12)
    doors = [box((4.5, 3.8, level), (5.5, 4, level + 2)) for level in (4.0, 8.0)] + [box((0, 0, 12.0), (1, 0.2, 14))]
    found = lift("l", cab, rooms, [], floors_behind(doors, cab, rooms))
    assert found is not None
    assert [room for _, room, _ in found.landings] == ["r0", "r4", "r8"]
