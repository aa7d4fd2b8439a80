"""Doors between the rooms beside them, and the line that is walked on stairs."""

from __future__ import annotations

import math

import numpy as np
import pytest
import shapely

from bim.indoor.doors import gate_of, read_door
from bim.indoor.graph import Room
from bim.indoor.stairs import walking_line
from tests.bim.siteplan.solids import box, turned

WEST, EAST = Room("w", shapely.box(0, 0, 5, 4), 0.0, 3.0), Room("e", shapely.box(5.3, 0, 9, 4), 0.0, 3.0)
DOOR = box((5.1, 1.0, 0.0), (5.2, 1.9, 2.1))


def test_a_door_between_two_rooms() -> None:
    gate = gate_of(read_door("d", DOOR), [WEST, EAST])
    assert gate is not None
    assert dict(gate.sides) == {"w": pytest.approx((5.0, 1.45, 0.0)), "e": pytest.approx((5.3, 1.45, 0.0))}


def test_a_door_to_the_outside_and_one_upstairs() -> None:
    outside = gate_of(read_door("d", DOOR), [WEST])
    assert outside is not None
    assert [room for room, _ in outside.sides] == ["w"]
    assert gate_of(read_door("d", DOOR + np.array([0, 0, 3.2])), [WEST, EAST]) is None


def test_rooms_drawn_to_the_middle_of_the_wall_or_over_all_of_it() -> None:
    """The first room reaches over the door, to the far face of the wall."""
    over = Room("w", shapely.box(0, 0, 5.3, 4), 0.0, 3.0)
    for rooms in ([over, EAST], [Room("w", shapely.box(0, 0, 5.15, 4), 0.0, 3.0), Room("e", shapely.box(5.15, 0, 9, 4), 0.0, 3.0)]):
        gate = gate_of(read_door("d", DOOR), rooms)
        assert gate is not None
        assert {room for room, _ in gate.sides} == {"w", "e"}
    alone = gate_of(read_door("d", DOOR), [over])
    assert alone is not None
    assert [room for room, _ in alone.sides] == ["w"]


def test_a_door_that_is_drawn_open() -> None:
    """Leaf and frame fill a square: the way through is where there are two rooms."""
    leaf = np.concatenate([box((5.1, 1.0, 0.0), (5.2, 1.9, 2.1)), box((5.1, 1.0, 0.0), (6.0, 1.05, 2.1))])
    gate = gate_of(read_door("d", leaf), [WEST, EAST])
    assert gate is not None
    assert {room for room, _ in gate.sides} == {"w", "e"}


def steps(count: int, rise: float, run: float) -> np.ndarray[tuple[int, int, int], np.dtype[np.float64]]:
    return np.concatenate([box((k * run, 0, k * rise), ((k + 1) * run, 1.2, (k + 1) * rise)) for k in range(count)])


def test_a_straight_flight() -> None:
    """Ten steps of 0.17 on 0.28 m: from the first tread to the last."""
    line = walking_line(turned(steps(10, 0.17, 0.28), 0.4))
    assert line is not None
    assert (len(line), line[0, 2], line[-1, 2]) == (10, pytest.approx(0.17), pytest.approx(1.7))
    assert np.linalg.norm(np.diff(line, axis=0), axis=1).sum() == pytest.approx(9 * math.hypot(0.17, 0.28))


def test_two_flights_with_a_landing_go_round_it() -> None:
    """Up to the east, across the landing, and back to the west."""
    first, back = steps(8, 0.17, 0.28), steps(8, 0.17, 0.28) * np.array([-1, 1, 1]) + np.array([8 * 0.28, 1.4, 9 * 0.17])
    landing = box((8 * 0.28, 0, 8 * 0.17), (8 * 0.28 + 1.2, 2.6, 9 * 0.17))
    line = walking_line(np.concatenate([first, back[:, ::-1], landing]))
    assert line is not None
    assert len(line) == 17
    assert line[8] == pytest.approx([8 * 0.28 + 0.6, 1.3, 9 * 0.17])
    assert line[-1, 0] < 0.3


def test_a_ramp_is_walked_along_its_slope() -> None:
    ramp = np.array([[[0, 0, 0], [12, 0, 1], [12, 2, 1]], [[0, 0, 0], [12, 2, 1], [0, 2, 0.0]]])
    line = walking_line(ramp)
    assert line is not None
    assert np.linalg.norm(line[-1] - line[0]) == pytest.approx(math.hypot(12, 1))


def test_a_slab_is_no_stair() -> None:
    assert walking_line(box((0, 0, 0), (5, 5, 0.3))) is None
