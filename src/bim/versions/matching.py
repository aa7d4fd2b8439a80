"""Which object of one version is which of another: by GlobalId, then by content, then by place."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import product

import numpy as np
from numpy.typing import NDArray

from bim.versions.bodies import Bodies, Body, same_shape
from csdi.feature import Feature

NEAR_M = 0.05
"""Objects of the same class and shape that are nearer than this are the same one."""

Floats = NDArray[np.float64]
Spot = Callable[[str], Floats | None]
"""Where the object of a key is: (3,) metres, model frame."""


@dataclass(slots=True)
class Matches:
    """Pairs of keys, old to new, and how each was found: `global_id`, `content` or `place`."""

    new_of: dict[str, str] = field(default_factory=dict)
    by: dict[str, str] = field(default_factory=dict)

    def add(self, old: str, new: str, by: str) -> None:
        """One more pair."""
        self.new_of[old], self.by[old] = new, by


@dataclass(frozen=True, slots=True)
class Side:
    """One version as it is matched.

    Attributes:
        rows: GlobalId -> row of one Collection.
        bodies: of its elements and spaces.
        spot: where an object is.
    """

    rows: Mapping[str, Feature]
    bodies: Bodies
    spot: Spot


def matched(old: Side, new: Side) -> Matches:
    """Pairs of one Collection's objects."""
    matches = Matches()
    for key in old.rows.keys() & new.rows.keys():
        matches.add(key, key, "global_id")
    lost = [key for key in old.rows if key not in matches.new_of]
    found = [key for key in new.rows if key not in old.rows]
    if lost and found:
        lost, found = _pairs(matches, "content", _content, old, lost, new, found)
        lost, found = _pairs(matches, "place", _kind, old, lost, new, found)
        _alone(matches, old, lost, new, found)
    return matches


def _content(row: Feature) -> tuple[object, ...]:
    p = row.properties
    return p.get("ifc_class"), p.get("name"), p.get("tag"), p.get("long_name")


def _kind(row: Feature) -> tuple[object, ...]:
    return (row.properties.get("ifc_class"),)


def _pairs(matches: Matches, by: str, alike: Callable[[Feature], tuple[object, ...]], old: Side, lost: list[str], new: Side,
           found: list[str]) -> tuple[list[str], list[str]]:
    """Pairs of those that are alike, at the same place and of the same shape; gives those that are left."""
    cells: dict[tuple[object, ...], list[str]] = defaultdict(list)
    for key in found:
        cells[(*alike(new.rows[key]), *_cell(new.spot(key)))].append(key)
    taken: set[str] = set()
    for key in lost:
        kind, spot = alike(old.rows[key]), old.spot(key)
        near = [one for cell in _around(_cell(spot)) for one in cells.get((*kind, *cell), ()) if one not in taken]
        best = min(near, key=lambda one: _apart(spot, new.spot(one)), default=None)
        if best is not None and _apart(spot, new.spot(best)) <= NEAR_M and _same_shape(old.bodies.of(key), new.bodies.of(best)):
            matches.add(key, best, by)
            taken.add(best)
    return [key for key in lost if key not in matches.new_of], [key for key in found if key not in taken]


def _alone(matches: Matches, old: Side, lost: list[str], new: Side, found: list[str]) -> None:
    """Pairs of those that alone on both sides have their class, name and tag, or else their class, tag and shape."""
    by_content = _grouped(found, lambda key: _content(new.rows[key]))
    for content, keys in _grouped(lost, lambda key: _content(old.rows[key])).items():
        others = by_content.get(content, [])
        if len(keys) == 1 and len(others) == 1 and any(content[1:]):
            matches.add(keys[0], others[0], "content")


def _grouped(keys: Iterable[str], alike: Callable[[str], tuple[object, ...]]) -> dict[tuple[object, ...], list[str]]:
    made: dict[tuple[object, ...], list[str]] = defaultdict(list)
    for key in keys:
        made[alike(key)].append(key)
    return made


def _cell(spot: Floats | None) -> tuple[int, ...]:
    return () if spot is None else tuple(np.floor(spot / NEAR_M).astype(int).tolist())


def _around(cell: tuple[int, ...]) -> Iterable[tuple[int, ...]]:
    return product(*((at, at - 1, at + 1) for at in cell))


def _apart(one: Floats | None, other: Floats | None) -> float:
    if one is None or other is None:
        return 0.0 if one is other else float("inf")
    return float(np.linalg.norm(one - other))


def _same_shape(one: Body | None, other: Body | None) -> bool:
    if one is None or other is None:
        return one is other
    return same_shape(one.centred(), other.centred())
