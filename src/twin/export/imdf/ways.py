"""Ways between levels as relationships: lifts, escalators, stairs, ramps and moving walkways, from room to room."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence, Set
from itertools import pairwise

import numpy as np

from bim.indoor import MODES, Mode, Network
from twin.export.imdf.parts import Part, id_of, part, reference

_KINDS = {Mode.LIFT: "elevator", Mode.ESCALATOR: "escalator", Mode.STAIR: "stairs", Mode.RAMP: "ramp", Mode.WALKWAY: "movingwalkway"}
_LEVEL_M = 0.5


def relationships(networks: Sequence[Network], units: Set[str]) -> Iterator[Part]:
    """One for each pair of rooms that a passage leads between, from the lower to the upper; directed where it runs one way."""
    for network in networks:
        for number, kind in _passages(network).items():
            passage, stops = network.passages[number], _stops(network, number)
            machine = id_of("unit", passage.id)
            between = [reference("unit", machine)] if machine in units else None
            headings = {int(one) for one in network.heading[network.through == number].tolist()}
            for one, other in pairwise(stops):
                way = (other, one) if headings == {-1} else (one, other)
                ends = [id_of("unit", network.spaces[space].id) for space in way]
                if all(end in units for end in ends):
                    yield part("relationship", f"{passage.id}/{network.spaces[one].id}/{network.spaces[other].id}", None, category=kind,
                               direction="undirected" if 0 in headings else "directed", origin=reference("unit", ends[0]),
                               intermediary=between, destination=reference("unit", ends[1]))


def _passages(network: Network) -> dict[int, str]:
    """Number of each passage between levels -> its category."""
    found: dict[int, str] = {}
    for through, mode in zip(network.through.tolist(), network.mode.tolist(), strict=True):
        kind = _KINDS.get(MODES[mode])
        if through >= 0 and kind is not None:
            found.setdefault(through, kind)
    return found


def _stops(network: Network, number: int) -> list[int]:
    """The rooms that a passage leads to, from the lowest up."""
    ways = np.flatnonzero(network.through == number)
    ends = np.unique(np.concatenate([network.one[ways], network.other[ways]]))
    heights: dict[int, list[float]] = defaultdict(list)
    for point in ends.tolist():
        if network.space_of[point] >= 0:
            heights[int(network.space_of[point])].append(float(network.points[point, 2]))
    return sorted(heights, key=lambda space: (round(np.mean(heights[space]) / _LEVEL_M), network.spaces[space].id))
