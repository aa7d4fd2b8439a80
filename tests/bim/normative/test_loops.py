"""Polygons: which repeat a point, which meet themselves, which are plane."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from bim.normative.loops import Loops, crossing, repeating, uneven

Floats = NDArray[np.float64]
_NEAR = 1e-5


Outline = list[tuple[float, float]]


def _turned(points: Outline) -> Floats:
    """The outline on a slanted plane far from the origin."""
    turn = np.linalg.qr(np.array([[1.0, 2.0, 0.5], [0.3, 1.0, -1.0], [0.2, 0.1, 1.0]]))[0]
    return np.asarray(np.pad(np.array(points, np.float64), ((0, 0), (0, 1))) @ turn.T + [800.0, 500.0, 20.0])


_SIMPLE: dict[str, Outline] = {
    "square": [(0, 0), (1, 0), (1, 1), (0, 1)],
    "a point on an edge": [(0, 0), (2, 0), (3, 0), (3, 2), (0, 2)],
    "a narrow notch": [(0, 1), (0, 0), (1, 0), (1, 1), (0.501, 1), (0.5, 0.1), (0.499, 1)],
    "a spike wider than the precision": [(0, 0), (3, 0), (2, 0.001), (2, 2), (0, 2)],
}
_MEETING: dict[str, Outline] = {
    "a bow tie": [(0, 0), (1, 0), (0, 1), (1, 1)],
    "a fold": [(0, 0), (3, 0), (2, 0), (2, 2), (0, 2)],
    "a notch that touches": [(0, 1), (0, 0), (1, 0), (1, 1), (0.6, 1), (0.5, 0), (0.4, 1)],
    "a notch within the precision": [(0, 1), (0, 0), (1, 0), (1, 1), (0.6, 1), (0.5, 1e-10), (0.4, 1)],
    "a star": [(0, 1), (0.6, -0.8), (-0.95, 0.3), (0.95, 0.3), (-0.6, -0.8)],
}


@pytest.mark.parametrize("name", [*_SIMPLE, *_MEETING])
@pytest.mark.parametrize("first", range(4))
def test_outlines_that_meet_themselves_are_found_wherever_they_begin(name: str, first: int) -> None:
    outline = _turned((_SIMPLE | _MEETING)[name])
    rolled = np.roll(outline, first, axis=0)
    for way in (rolled, rolled[::-1]):
        assert bool(crossing(way[None], _NEAR)[0]) == (name in _MEETING)


def test_a_large_outline_is_judged_in_pieces() -> None:
    angles = np.linspace(0, 2 * np.pi, 1500, endpoint=False)
    circle = np.column_stack([np.cos(angles), np.sin(angles), np.zeros(1500)]) * 100
    assert not crossing(circle[None], _NEAR)[0]
    circle[[700, 200]] = circle[[200, 700]]
    assert crossing(circle[None], _NEAR)[0]


def test_loops_keep_their_answers_apart() -> None:
    loops = Loops.of([(7, _turned(_SIMPLE["square"])), (9, _turned(_MEETING["a star"])), (8, _turned(_MEETING["a bow tie"]))])
    assert loops.judged(lambda corners: crossing(corners, _NEAR)).tolist() == [False, True, True]
    assert loops.picked(np.array([False, True, False])).ids.tolist() == [9]


def test_corners_that_repeat_are_left_out_before_crossings_are_sought() -> None:
    square = np.array([(0.0, 0, 0), (0, 0, 0), (1, 0, 0), (1, 1, 0), (1, 1, 1e-9), (0, 1, 0), (0, 1e-9, 0)])
    clean = Loops.of([(1, square), (2, square[:1])]).without_repeats(_NEAR)
    assert clean.counts.tolist() == [4, 0]
    assert not clean.judged(lambda corners: crossing(corners, _NEAR)).any()


def test_points_that_come_twice() -> None:
    loop = np.array([(0.0, 0, 0), (1, 0, 0), (1, 1, 0), (1, 2e-6, 0)])
    assert repeating(loop[None], _NEAR)[0]
    assert not repeating(loop[None], 1e-6)[0]


def test_how_far_a_polygon_is_from_plane() -> None:
    square = _turned(_SIMPLE["square"])
    bent = square.copy()
    bent[2] += [0.0, 0.0, 1e-3]
    assert uneven(np.stack([square, bent]), _NEAR).tolist() == [False, True]
    assert not uneven(bent[None, :3], _NEAR)[0]
    assert not uneven(bent[None] + 1e12, _NEAR)[0], "the coordinates cannot say it any finer"
