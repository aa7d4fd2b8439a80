"""Candidates among boxes are those that comparing all with all gives."""

from __future__ import annotations

import time

import numpy as np
import pytest

from bim.clash.boxes import gaps, pairs_between, pairs_within


def _boxes(count: int, seed: int, reach: float = 40.0, size: float = 3.0) -> np.ndarray:
    chance = np.random.default_rng(seed)
    low = chance.uniform(0, reach, (count, 3))
    return np.stack([low, low + chance.uniform(0, size, (count, 3))], axis=1)


def _all_with_all(one: np.ndarray, other: np.ndarray, margin: float) -> set[tuple[int, int]]:
    meets = ((one[:, None, 0] - margin <= other[None, :, 1]) & (other[None, :, 0] <= one[:, None, 1] + margin)).all(axis=2)
    return {(a, b) for a, b in np.argwhere(meets).tolist()}


@pytest.mark.parametrize("margin", [0.0, 0.5])
@pytest.mark.parametrize(("n", "m"), [(3, 5), (400, 700), (900, 60)])
def test_pairs_are_those_of_comparing_all_and_come_once(n: int, m: int, margin: float) -> None:
    one, other = _boxes(n, 1), _boxes(m, 2)
    found = np.concatenate([*pairs_between(one, other, margin), np.zeros((0, 2), np.int64)])
    pairs = list(map(tuple, found.tolist()))
    assert len(pairs) == len(set(pairs))
    assert set(pairs) == _all_with_all(one, other, margin)


def test_a_tall_shaft_among_storeys_meets_what_it_passes() -> None:
    storeys = _boxes(600, 3)
    boxes = np.concatenate([storeys, [[[10.0, 10, 0], [12, 12, 50]], [[np.nan] * 3, [np.nan] * 3]]])
    found = {tuple(pair) for pairs in pairs_within(boxes) for pair in pairs.tolist()}
    assert found == {(a, b) for a, b in _all_with_all(boxes, boxes, 0.0) if a < b}
    assert sum(600 in pair for pair in found) > 1
    assert not any(601 in pair for pair in found)


def test_boxes_that_share_a_face_on_the_border_of_a_band_meet_once() -> None:
    low = np.array([[x, y, z] for x in range(8) for y in range(8) for z in range(8)], dtype=float)
    boxes = np.stack([low, low + 1], axis=1)
    found = [tuple(pair) for pairs in pairs_within(boxes) for pair in pairs.tolist()]
    assert len(found) == len(set(found)) == (22 ** 3 - 512) // 2


def test_a_hundred_thousand_boxes_in_forty_storeys_take_seconds() -> None:
    chance = np.random.default_rng(4)
    low = np.column_stack([chance.uniform(0, 100, (100_000, 2)), 3.0 * chance.integers(0, 40, 100_000)])
    boxes = np.stack([low, low + np.array([0.8, 0.8, 2.5])], axis=1)
    begun = time.process_time()
    count = sum(len(pairs) for pairs in pairs_within(boxes))
    assert count > 10_000
    assert time.process_time() - begun < 10


def test_the_gap_between_boxes_is_that_of_their_nearest_corners() -> None:
    one = np.array([[[0.0, 0, 0], [1, 1, 1]]] * 3)
    other = np.array([[[4.0, 5, 0], [6, 6, 1]], [[0.5, 0.5, 3], [2, 2, 4]], [[1.0, 1, 1], [2, 2, 2]]])
    assert gaps(one, other).tolist() == [5.0, 2.0, 0.0]
