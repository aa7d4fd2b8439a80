"""Straight lines through boxes: what stands in the way, and what only touches."""

from __future__ import annotations

import numpy as np
import pytest

from twin.questions.sight import inside_m

WALL = np.array([[[4.0, -5.0, 0.0], [4.2, 5.0, 3.0]]])


@pytest.mark.parametrize("start,end,blocked", [
    ((0, 0, 1), (10, 0, 1), True), ((0, 0, 1), (3.9, 0, 1), False), ((0, 0, 3.5), (10, 0, 3.5), False), ((0, 6, 1), (10, 6, 1), False),
    ((0, 5, 1), (10, 5, 1), False), ((0, 0, 1), (10, 0, 8), False), ((0, 0, 1), (10, 0, 4), True), ((4.1, 0, 10), (4.1, 0, 1), True),
    ((10, 0, 1), (0, 0, 1), True), ((0, 0, 1), (0, 0, 1), False)])
def test_a_wall_hides_what_is_behind_it(start: tuple[float, ...], end: tuple[float, ...], blocked: bool) -> None:
    assert (inside_m(np.array(start, float), np.array(end, float), WALL) > 0.01).tolist() == [blocked]


def test_it_is_what_many_points_along_the_line_say() -> None:
    chance = np.random.default_rng(4)
    low = chance.uniform(0, 10, (400, 3))
    boxes = np.stack([low, low + chance.uniform(0.2, 4, (400, 3))], axis=1)
    for _ in range(20):
        start, end = chance.uniform(0, 12, (2, 3))
        points = start + (end - start) * np.linspace(0, 1, 4001)[:, None]
        inside = ((points[None] > boxes[:, None, 0]) & (points[None] < boxes[:, None, 1])).all(axis=2).sum(axis=1)
        length = inside / 4000 * np.linalg.norm(end - start)
        clear = abs(length - 0.01) > 0.008
        assert ((inside_m(start, end, boxes) > 0.01) == (length > 0.01))[clear].all()
