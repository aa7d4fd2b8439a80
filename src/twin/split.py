"""The split of a model into tiles: by storey, by shell and detail, by size, then in space until each fits its budget.

A tile can be taken over from the version before only if it holds the same pieces. Halves of equal weight shift with every
piece that comes or goes, and then all tiles differ. Cells of a fixed grid do not shift, but fill badly: buildings are flat and
long, and their pieces lie in clusters. So the first version is cut in halves, which fills tiles best, and its cuts are kept as
planes of the model frame. Later versions are cut by the same planes; only a tile that has outgrown the budget is cut further,
and two that together fill no more than three quarters of it become one. Both happen where the change is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin.ellipsoid import Array
from twin.palette import SHELL_CLASSES
from twin.pieces import Pieces
from twin.surface import Ints

TRIANGLE_BUDGET = 100_000
_PLACED_SHARE = 4
"""Copies of a mesh are stored once: a tile draws up to four times as many triangles as it stores."""

_FEATURE_BUDGET = 30_000
_REACH_M = 2_000.0
"""Pieces further apart than this share no tile, so that a stray one does not spoil the boxes of the others."""

_SIZE_BOUNDS_M = (1.0, 4.0)
_MERGED_SHARE = 0.75
_LITTLE_SHARE = 0.02
"""Of the budget: two thousand triangles weigh some 3 kB, a tile of their own a kilobyte more."""

_DEEPEST = 64
_BY_ID = 3


@dataclass(frozen=True, slots=True)
class Leaf:
    """What one tile holds: numbers of pieces, and the largest dimension among them in metres."""

    pieces: Ints
    size_m: float


@dataclass(frozen=True, slots=True)
class Cut:
    """Where a set of pieces is parted.

    Attributes:
        axis: 0 to 2, an axis of the model frame along which middles are compared; 3 compares element ids.
        value: metres, or an id; what is below it lies in `low`, all else in `high`.
        low, high: how the two parts are cut further; None for a tile.
    """

    axis: int
    value: float | str
    low: Cut | None = None
    high: Cut | None = None

    def to_list(self) -> list[Any]:
        """The JSON form."""
        return [self.axis, self.value, *(part.to_list() if part else None for part in (self.low, self.high))]

    @classmethod
    def read(cls, written: Sequence[Any] | None) -> Cut | None:
        """What `to_list` wrote."""
        return cls(written[0], written[1], cls.read(written[2]), cls.read(written[3])) if written else None


@dataclass(frozen=True, slots=True)
class StoreyCuts:
    """How the tiles of one storey were parted: the shell, and the detail, whole or by size (smallest first), or none of its own."""

    shell: Cut | None = None
    detail: tuple[Cut | None, ...] = (None,)

    @property
    def by_size(self) -> bool:
        """Whether the detail is parted by size."""
        return len(self.detail) > 1

    def to_list(self) -> list[Any]:
        """The JSON form."""
        return [cut.to_list() if cut else None for cut in (self.shell, *self.detail)]

    @classmethod
    def read(cls, written: Sequence[Any]) -> StoreyCuts:
        """What `to_list` wrote."""
        shell, *detail = map(Cut.read, written)
        return cls(shell, tuple(detail))


@dataclass(frozen=True, slots=True)
class Storey:
    """The tiles of one storey: the shell is always seen, detail when its size matters on the screen.

    Where no piece is of a class that makes a shell, as in models of pipes, what is large enough takes its place. Detail that is
    hardly worth a request lies in the shell's tile.

    Attributes:
        name: of the storey.
        seen: the pieces that stand for it from afar, without such detail.
        shell, detail: its tiles.
        cuts: how they were parted.
    """

    name: str
    seen: Ints
    shell: tuple[Leaf, ...]
    detail: tuple[Leaf, ...]
    cuts: StoreyCuts


def storeys(pieces: Pieces, budget: int = TRIANGLE_BUDGET, kept: Mapping[str, StoreyCuts] | None = None, *,
            instancing: bool = True) -> list[Storey]:
    """The model's tiles, storeys in the order of their names.

    Args:
        budget: triangles that a tile stores; one piece is never cut.
        kept: the cuts of the version before by storey, made with the same budget.
        instancing: whether equal items of a tile are stored once; it may then draw four times as many triangles.
    """
    split = _Split(pieces, budget, instancing=instancing)
    names = np.array([row.storey for row in pieces.rows], dtype=object)
    is_shell = np.array([row.ifc_class in SHELL_CLASSES for row in pieces.rows], dtype=bool)[pieces.row_of]
    order, storey_of = np.unique(names[pieces.row_of].astype(str), return_inverse=True)
    result = []
    for k, name in enumerate(map(str, order)):
        mine, before = np.flatnonzero(storey_of == k), (kept or {}).get(name)
        is_seen = split.seen(mine, is_shell[mine])
        shell, shell_cut = split.leaves(mine[is_seen], before.shell if before else None)
        if len(shell) == 1 and split.is_little(mine, ~is_seen, before):
            whole = split.whole(mine)
            result.append(Storey(name, mine[is_seen], (whole,), (), StoreyCuts(None, ())))
            continue
        detail, detail_cuts = split.by_size(mine[~is_seen], before)
        result.append(Storey(name, mine[is_seen], tuple(shell), tuple(detail), StoreyCuts(shell_cut, detail_cuts)))
    return result


class _Split:
    """The split of some pieces, with the columns that it asks for again and again."""

    def __init__(self, pieces: Pieces, budget: int, *, instancing: bool) -> None:
        self._pieces, self._budget, self._instancing = pieces, budget, instancing
        self._centres, self._sizes = pieces.centres, pieces.sizes

    def seen(self, chosen: Ints, is_shell: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Which of these pieces stand for the storey: its shell, or else what is large, or else all."""
        if is_shell.any():
            return is_shell
        is_large = np.asarray(self._sizes[chosen] >= _SIZE_BOUNDS_M[0])
        return is_large if is_large.any() else ~is_large

    def whole(self, chosen: Ints) -> Leaf:
        """All of these pieces in one tile."""
        return Leaf(chosen, float(self._sizes[chosen].max()))

    def is_little(self, chosen: Ints, is_detail: NDArray[np.bool_], before: StoreyCuts | None) -> bool:
        """Whether these pieces fit one tile, with so little detail that a request of its own costs more."""
        share = _LITTLE_SHARE * (1 if before is None else 2 if not before.detail else 1 / 2)
        return bool(is_detail.any() and self._pieces.triangles[chosen[is_detail]].sum() <= share * self._budget
                    and self._fits(chosen, 1.0 if before is None or not before.detail else _MERGED_SHARE))

    def by_size(self, chosen: Ints, before: StoreyCuts | None) -> tuple[list[Leaf], tuple[Cut | None, ...]]:
        """Leaves of like-sized pieces, so that screws do not load when ducts do; small sets stay whole."""
        weight = self._pieces.triangles[chosen].sum()
        if weight <= self._budget * (1 / 4 if before is None else 1 / 8 if before.by_size else 3 / 8):
            leaves, cut = self.leaves(chosen, before.detail[0] if before and len(before.detail) == 1 else None)
            return leaves, (cut,)
        bins = np.digitize(self._sizes[chosen], _SIZE_BOUNDS_M)
        kept = before.detail if before and before.by_size else (None,) * (len(_SIZE_BOUNDS_M) + 1)
        parts = [self.leaves(chosen[bins == k], cut) for k, cut in enumerate(kept)]
        return [leaf for leaves, _ in reversed(parts) for leaf in leaves], tuple(cut for _, cut in parts)

    def leaves(self, chosen: Ints, kept: Cut | None, depth: int = 0) -> tuple[list[Leaf], Cut | None]:
        """Parts of these pieces that each fit a tile, and how they were cut."""
        if not len(chosen):
            return [], None
        if depth >= _DEEPEST:
            kept = None
        whole = [self.whole(chosen)]
        if self._fits(chosen, 1.0 if kept is None else _MERGED_SHARE):
            return whole, None
        cut = kept or self._halving(chosen)
        if cut is None:
            return whole, None
        is_low = self._is_low(cut, chosen)
        if is_low.all() or not is_low.any():
            return self.leaves(chosen, cut.low if is_low.all() else cut.high, depth + 1)
        low, low_cut = self.leaves(chosen[is_low], cut.low, depth + 1)
        high, high_cut = self.leaves(chosen[~is_low], cut.high, depth + 1)
        return [*low, *high], Cut(cut.axis, cut.value, low_cut, high_cut)

    def _fits(self, chosen: Ints, share: float) -> bool:
        return len(chosen) == 1 or bool(self._draws_little(chosen, share * self._budget)
                                        and len(chosen) <= share * _FEATURE_BUDGET
                                        and np.ptp(self._centres[chosen], axis=0).max() <= _REACH_M)

    def _draws_little(self, chosen: Ints, budget: float) -> bool:
        """Whether a tile of these pieces keeps to a budget of triangles, and to a multiple of it where it draws copies."""
        placed = self._pieces.triangles[chosen]
        if placed.sum() <= budget:
            return True
        if not self._instancing or placed.sum() > _PLACED_SHARE * budget:
            return False
        return bool(placed[np.unique(self._pieces.item_of[chosen], return_index=True)[1]].sum() <= budget)

    def _is_low(self, cut: Cut, chosen: Ints) -> NDArray[np.bool_]:
        if cut.axis == _BY_ID:
            return np.array([self._pieces.rows[row].id < str(cut.value) for row in self._pieces.row_of[chosen]], dtype=bool)
        return np.asarray(self._centres[chosen, cut.axis] < cut.value)

    def _halving(self, chosen: Ints) -> Cut | None:
        """The cut across the longest axis: in its widest gap where that is out of reach of a tile, else into halves of equal triangles.

        By id where all lie in one place; None for one element.
        """
        centres = self._centres[chosen]
        reach = np.ptp(centres, axis=0)
        if not reach.any():
            rows = self._pieces.row_of[chosen]
            at = self._middle(chosen, rows.astype(np.float64))
            return None if at is None else Cut(_BY_ID, self._pieces.rows[int(rows[at[1]])].id)
        axis = int(np.argmax(reach))
        along = np.sort(centres[:, axis])
        gap = int(np.argmax(np.diff(along)))
        if along[gap + 1] - along[gap] > _REACH_M / 2:
            return Cut(axis, _between(float(along[gap]), float(along[gap + 1])))
        at = self._middle(chosen, centres[:, axis])
        return None if at is None else Cut(axis, _between(*(float(centres[k, axis]) for k in at)))

    def _middle(self, chosen: Ints, along: Array) -> tuple[int, int] | None:
        """The places in `chosen` of the last piece of the lower half and the first of the upper; equal ones are not parted."""
        order = np.argsort(along, kind="stable")
        reached, along = np.cumsum(self._pieces.triangles[chosen][order] + 1), along[order]
        cut = int(np.clip(np.searchsorted(reached, reached[-1] / 2), 1, len(chosen) - 1))
        ends = np.searchsorted(along, along[cut], "left"), np.searchsorted(along, along[cut], "right")
        possible = [int(end) for end in ends if 0 < end < len(chosen)]
        if not possible:
            return None
        cut = min(possible, key=lambda end: abs(float(reached[end - 1]) - float(reached[-1]) / 2))
        return int(order[cut - 1]), int(order[cut])


def _between(low: float, high: float) -> float:
    """The middle of two different numbers, never the lower one."""
    middle = (low + high) / 2
    return middle if middle > low else high
