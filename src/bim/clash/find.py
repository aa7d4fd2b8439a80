"""Finding clashes: candidates by their boxes, exclusions, then the shapes themselves, within a limit of time and number."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

import numpy as np
from numpy.typing import NDArray

from bim.clash.boxes import pairs_within
from bim.clash.clash import Clash, Clashes, Kind, Unmeasured, counted, group_of
from bim.clash.compare import distance, is_same, overlap
from bim.clash.exclusions import DEFAULT, Exclusions, Related
from bim.clash.scene import Body, Scene
from bim.clash.triangles import TooMany

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

HARD_M = 0.002
SAME_M = 0.001
_TOLD = 10_000
_RANK = {"duplicate": 0, "hard": 1, "clearance": 2}


@dataclass(frozen=True)
class Side:
    """Some bodies of a scene.

    Attributes:
        classes: IFC classes with wildcards; empty for all.
        models: names of members; empty for all.
        elements: GlobalIds; None for all.
    """

    classes: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    elements: frozenset[str] | None = None

    def holds(self, body: Body) -> bool:
        """Whether the body is one of them."""
        if self.models and body.model not in self.models:
            return False
        if self.elements is not None and body.element not in self.elements:
            return False
        return not self.classes or any(fnmatchcase(str(body.row.get("ifc_class", "")), name) for name in self.classes)


ANY = Side()


@dataclass(frozen=True)
class Test:
    """What to look for between two sides, whichever of a pair is on which.

    Attributes:
        limit_m: hard: thickness up to which what both fill counts as touching; clearance: the distance that is asked for;
            duplicate: how far corners may lie apart.
        between_models: only pairs of two models.
    """

    kind: Kind
    limit_m: float
    one: Side = ANY
    other: Side = ANY
    between_models: bool = False

    __test__ = False


@dataclass(frozen=True)
class Limits:
    """How much is done.

    Attributes:
        pairs: most pairs whose shapes are compared.
        seconds: after which no further pair is begun.
        clock: tells seconds.
    """

    pairs: int = 200_000
    seconds: float = 300.0
    clock: Callable[[], float] = field(default=time.monotonic, compare=False)


DEFAULT_LIMITS = Limits()


def find_clashes(scene: Scene, tests: Sequence[Test] = (Test("duplicate", SAME_M), Test("hard", HARD_M)), exclusions: Exclusions = DEFAULT,
                 limits: Limits = DEFAULT_LIMITS) -> Clashes:
    """The clashes of a scene.

    A pair is told once, by the first of duplicate, hard, clearance that it is: bodies that fill the same space have no clearance
    besides. What was not measured, because time or number ran out or the surfaces are too dense, is told with the result.
    """
    return _Search(scene, sorted(tests, key=lambda test: _RANK[test.kind]), exclusions, limits).run()


class _Search:
    """One run over a scene."""

    def __init__(self, scene: Scene, tests: Sequence[Test], exclusions: Exclusions, limits: Limits) -> None:
        self._scene, self._tests, self._limits = scene, tests, limits
        self._related = Related(scene.rows, exclusions)
        self._excluded: Counter[str] = Counter()
        self._found: list[Clash] = []
        self._left: list[tuple[int, int, str]] = []
        self._models = np.array([body.model for body in scene.bodies], dtype=object)

    def run(self) -> Clashes:
        pairs, asked = self._candidates()
        kept = np.array([self._is_kept(a, b) for a, b in pairs.tolist()], dtype=bool)
        measured = self._measure(pairs[kept], asked[kept])
        bodies = self._scene.bodies
        told = tuple(Unmeasured(bodies[a].element, bodies[b].element, why) for a, b, why in self._left[:_TOLD])
        found = tuple(sorted(self._found, key=lambda one: (_RANK[one.kind], -(one.depth_m or 0.0), one.distance_m or 0.0, one.a, one.b)))
        return Clashes(found, len(bodies), len(pairs), measured, dict(sorted(self._excluded.items())), told,
                       counted([why for _, _, why in self._left]))

    def _candidates(self) -> tuple[Ints, Bools]:
        """Pairs (k, 2) that some test asks for, those whose boxes overlap the most first; (k, tests) which tests do."""
        boxes = self._scene.boxes
        reach = [test.limit_m if test.kind == "clearance" else 0.0 for test in self._tests]
        sides = [tuple(np.array([side.holds(body) for body in self._scene.bodies], dtype=bool) for side in (test.one, test.other))
                 for test in self._tests]
        found, asked = [np.zeros((0, 2), np.int64)], [np.zeros((0, len(self._tests)), bool)]
        for pairs in pairs_within(boxes, max(reach)) if self._tests else ():
            which = np.column_stack([self._asks(test, pairs, one, other) for test, (one, other) in zip(self._tests, sides, strict=True)])
            some = which.any(axis=1)
            found.append(pairs[some])
            asked.append(which[some])
        pairs, which = np.concatenate(found), np.concatenate(asked)
        order = np.lexsort((pairs[:, 1], pairs[:, 0], -_shared(boxes, pairs)))
        return pairs[order], which[order]

    def _asks(self, test: Test, pairs: Ints, one: Bools, other: Bools) -> Bools:
        a, b = pairs.T
        asked = (one[a] & other[b]) | (one[b] & other[a])
        if test.between_models:
            asked &= self._models[a] != self._models[b]
        low, high = self._scene.boxes[:, 0], self._scene.boxes[:, 1]
        if test.kind == "clearance":
            near = (low[a] - test.limit_m <= high[b]).all(axis=1) & (low[b] <= high[a] + test.limit_m).all(axis=1)
            return np.asarray(asked & near)
        if test.kind == "duplicate":
            apart = np.maximum(np.abs(low[a] - low[b]), np.abs(high[a] - high[b])).max(axis=1)
            return np.asarray(asked & (apart <= test.limit_m))
        return np.asarray(asked & (low[a] < high[b]).all(axis=1) & (low[b] < high[a]).all(axis=1))

    def _is_kept(self, a: int, b: int) -> bool:
        why = self._related.why(self._scene.bodies[a], self._scene.bodies[b])
        if why:
            self._excluded[why] += 1
        return not why

    def _measure(self, pairs: Ints, asked: Bools) -> int:
        """Compares pairs until time or number run out; gives how many."""
        begun, measured = self._limits.clock(), 0
        rows: Iterable[tuple[list[int], list[bool]]] = zip(pairs.tolist(), asked.tolist(), strict=True)
        for (a, b), which in rows:
            if measured >= self._limits.pairs:
                self._left.append((a, b, f"more than {self._limits.pairs} pairs"))
            elif self._limits.clock() - begun > self._limits.seconds:
                self._left.append((a, b, f"not within {self._limits.seconds:g} s"))
            else:
                measured += self._compare(a, b, [test for test, wanted in zip(self._tests, which, strict=True) if wanted])
        return measured

    def _compare(self, a: int, b: int, tests: Sequence[Test]) -> bool:
        try:
            for test in tests:
                found = self._tried(test, a, b)
                if found is not None:
                    self._found.append(found)
                    break
        except TooMany:
            self._left.append((a, b, "too many triangles near each other"))
            return False
        return True

    def _tried(self, test: Test, a: int, b: int) -> Clash | None:
        if test.kind == "duplicate":
            same = is_same(self._scene, a, b, test.limit_m)
            return self._clash(test, a, b, self._scene.boxes[[a, b]].mean(axis=(0, 1))) if same else None
        if test.kind == "hard":
            both = overlap(self._scene, a, b, test.limit_m)
            if both is None:
                return None
            return self._clash(test, a, b, both.point, depth=both.depth_m, volume=both.volume_m3)
        near = distance(self._scene, a, b, test.limit_m)
        if near is None and (inside := self._enclosed(a, b)) is not None:
            near = 0.0, inside
        return None if near is None or near[0] >= test.limit_m else self._clash(test, a, b, near[1], away=near[0])

    def _enclosed(self, a: int, b: int) -> Floats | None:
        """The middle of what two bodies both fill though their surfaces are far apart: one of them lies inside the other."""
        low, high = self._scene.boxes[:, 0], self._scene.boxes[:, 1]
        nested = any((low[i] <= low[j]).all() and (high[i] >= high[j]).all() for i, j in ((a, b), (b, a)))
        both = overlap(self._scene, a, b, 0.0) if nested else None
        return None if both is None else both.point

    def _clash(self, test: Test, a: int, b: int, point: Floats, *, depth: float | None = None, volume: float | None = None,
               away: float | None = None) -> Clash:
        one, other = sorted((self._scene.bodies[a], self._scene.bodies[b]), key=lambda body: (body.element, body.model))
        x, y, z = (point + self._scene.origin).tolist()
        by = "triangles" if test.kind == "clearance" or (test.kind == "hard" and volume is None) else "solids"
        return Clash(test.kind, one.element, other.element, (x, y, z), depth, away, test.limit_m, volume, by,
                     group_of(test.kind, one.row, other.row), one.model, other.model)


def _shared(boxes: Floats, pairs: Ints) -> Floats:
    """(k,) volume that the boxes of pairs share, 0 where they do not meet."""
    low = np.maximum(boxes[pairs[:, 0], 0], boxes[pairs[:, 1], 0])
    high = np.minimum(boxes[pairs[:, 0], 1], boxes[pairs[:, 1], 1])
    return np.asarray(np.maximum(high - low, 0.0).prod(axis=1))
