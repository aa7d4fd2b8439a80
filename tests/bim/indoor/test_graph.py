"""Ways through rooms, doors and stairs, against lengths that geometry gives."""

from __future__ import annotations

import math

import numpy as np
import pytest
import shapely

from bim.indoor.graph import Gate, IndoorGraph, Room, Stair


def room(key: str, *ring: tuple[float, float], floor: float = 0.0) -> Room:
    return Room(key, shapely.Polygon(ring), floor, floor + 3.0)


def test_the_farthest_corner_of_a_room_with_one_door() -> None:
    graph = IndoorGraph([room("r", (0, 0), (6, 0), (6, 4), (0, 4))], [Gate("d", (("r", (1.0, 0.0, 0.0)),))])
    found = graph.to_exits(["d"]).farthest("r")
    assert found is not None
    assert (found.distance_m, found.exit) == (pytest.approx(math.hypot(5, 4), abs=1e-3), "d")
    assert found.place == pytest.approx((6, 4, 0), abs=1e-3)


def test_round_the_corner_of_an_l() -> None:
    """From (10, 4) to the door at (0, 9): round the inner corner at (4, 4), 6 m and then as the crow flies."""
    graph = IndoorGraph([room("r", (0, 0), (10, 0), (10, 4), (4, 4), (4, 10), (0, 10))], [Gate("d", (("r", (0.0, 9.0, 0.0)),))])
    found = graph.to_exits(["d"]).farthest("r")
    assert found is not None
    assert found.place == pytest.approx((10, 0, 0), abs=1e-3)
    assert found.distance_m == pytest.approx(math.hypot(6, 4) + math.hypot(4, 5), abs=1e-3)
    assert len(found.route) == 3


def test_between_two_doors_the_farthest_point_lies_in_the_middle() -> None:
    """A corridor 40 x 2 m with doors at both ends on one side: the middle of the other side."""
    graph = IndoorGraph([room("c", (0, 0), (40, 0), (40, 2), (0, 2))], [Gate("a", (("c", (0.0, 0.0, 0.0)),)), Gate("b", (("c", (40.0, 0.0, 0.0)),))])
    found = graph.to_exits(["a", "b"]).farthest("c", step_m=0.7)
    assert found is not None
    assert found.distance_m == pytest.approx(math.hypot(20, 2), abs=0.02)


def test_through_a_door_of_a_thick_wall_and_a_stair() -> None:
    """Upper room, door, landing, stair of 3 m rise on 4 m run, lower hall, exit."""
    upper, hall = room("u", (0, 0), (5, 0), (5, 5), (0, 5), floor=3.0), room("h", (5.3, 0), (20, 0), (20, 5), (5.3, 5))
    landing = room("l", (5.3, 0), (8, 0), (8, 5), (5.3, 5), floor=3.0)
    gates = [Gate("d", (("u", (5.0, 2.0, 3.0)), ("l", (5.3, 2.0, 3.0)))), Gate("x", (("h", (20.0, 2.0, 0.0)),))]
    stair = Stair("s", np.array([[12.0, 2.0, 0.0], [8.0, 2.0, 3.0]]), ((0, "h", (12.0, 2.0, 0.0)), (1, "l", (8.0, 2.0, 3.0))))
    ways = IndoorGraph([upper, landing, hall], gates, [stair]).to_exits(["x"])
    found = ways.farthest("u")
    assert found is not None
    assert found.distance_m == pytest.approx(math.hypot(5, 3) + 0.3 + 2.7 + 5 + 8, abs=1e-3)
    assert found.exit == "x"
    assert found.route[-1] == pytest.approx((20, 2, 0))


def test_a_pillar_stands_in_the_way() -> None:
    """A square pillar of 2 m in the middle of a room 10 x 10 m, the door right before it."""
    shape = shapely.box(0, 0, 10, 10).difference(shapely.box(4, 4, 6, 6))
    graph = IndoorGraph([Room("r", shape, 0.0, 3.0)], [Gate("d", (("r", (5.0, 0.0, 0.0)),))])
    behind = graph.to_exits(["d"])
    found = behind.farthest("r", 0.25)
    assert found is not None
    assert found.distance_m == pytest.approx(max(math.hypot(5, 10), math.hypot(1, 4) + math.hypot(1, 6)), abs=0.03)


def test_rooms_that_no_way_leads_out_of() -> None:
    rooms = [room("a", (0, 0), (1, 0), (1, 1)), room("b", (5, 5), (6, 5), (6, 6)), room("c", (7, 5), (8, 5), (8, 6))]
    graph = IndoorGraph(rooms, [Gate("d", (("b", (6.0, 5.5, 0.0)), ("c", (7.0, 5.0, 0.0))))])
    assert graph.without_gate() == ["a"]
    assert graph.to_exits(["d"]).farthest("a") is None
    assert graph.to_exits(["none"]).farthest("b") is None


def test_rooms_open_to_each_other_share_a_gate_of_no_length() -> None:
    rooms = [room("a", (0, 0), (5, 0), (5, 4), (0, 4)), room("b", (5, 0), (9, 0), (9, 4), (5, 4))]
    graph = IndoorGraph(rooms, [Gate("", (("a", (5.0, 2.0, 0.0)), ("b", (5.0, 2.0, 0.0)))), Gate("x", (("b", (9.0, 2.0, 0.0)),))])
    found = graph.to_exits(["x"]).farthest("a")
    assert found is not None
    assert found.distance_m == pytest.approx(math.hypot(5, 2) + 4, abs=1e-3)
