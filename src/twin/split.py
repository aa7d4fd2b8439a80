"""The split of a model into tiles: by storey, by shell and detail, by size, then in space until each fits its budget."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from twin.palette import SHELL_CLASSES
from twin.pieces import Pieces
from twin.surface import Ints

TRIANGLE_BUDGET = 100_000
_FEATURE_BUDGET = 30_000
_SIZE_BOUNDS_M = (1.0, 4.0)


@dataclass(frozen=True, slots=True)
class Leaf:
    """What one tile holds: numbers of pieces, and the largest dimension among them in metres."""

    pieces: Ints
    size_m: float


@dataclass(frozen=True, slots=True)
class Storey:
    """The tiles of one storey: the shell is always seen, detail when its size matters on the screen."""

    name: str
    shell: tuple[Leaf, ...]
    detail: tuple[Leaf, ...]


def storeys(pieces: Pieces, budget: int = TRIANGLE_BUDGET) -> list[Storey]:
    """The model's tiles, storeys in the order of their names."""
    names = np.array([row.storey for row in pieces.rows], dtype=object)
    is_shell = np.array([row.ifc_class in SHELL_CLASSES for row in pieces.rows], dtype=bool)
    order, storey_of = np.unique(names[pieces.row_of].astype(str), return_inverse=True)
    result = []
    for k, name in enumerate(order):
        mine = np.flatnonzero(storey_of == k)
        shell = is_shell[pieces.row_of[mine]]
        result.append(Storey(str(name), tuple(_leaves(pieces, mine[shell], budget)),
                             tuple(_by_size(pieces, mine[~shell], budget))))
    return result


def _by_size(pieces: Pieces, chosen: Ints, budget: int) -> list[Leaf]:
    """Leaves of like-sized pieces, so that screws do not load when ducts do; small sets stay whole."""
    if pieces.triangles[chosen].sum() <= budget // 4:
        return _leaves(pieces, chosen, budget)
    bins = np.digitize(pieces.sizes[chosen], _SIZE_BOUNDS_M)
    return [leaf for k in reversed(range(len(_SIZE_BOUNDS_M) + 1)) for leaf in _leaves(pieces, chosen[bins == k], budget)]


def _leaves(pieces: Pieces, chosen: Ints, budget: int) -> list[Leaf]:
    """Halves along the longest axis, equal in triangles, until each is within budget; an element is not cut."""
    if not len(chosen):
        return []
    weights = pieces.triangles[chosen]
    if len(chosen) == 1 or (weights.sum() <= budget and len(chosen) <= _FEATURE_BUDGET):
        return [Leaf(np.sort(chosen), float(pieces.sizes[chosen].max()))]
    centres = pieces.centres[chosen]
    axis = int(np.argmax(np.ptp(centres, axis=0)))
    order = np.argsort(centres[:, axis], kind="stable")
    reached = np.cumsum(weights[order] + 1)
    cut = int(np.clip(np.searchsorted(reached, reached[-1] / 2), 1, len(chosen) - 1))
    return [*_leaves(pieces, chosen[order[:cut]], budget), *_leaves(pieces, chosen[order[cut:]], budget)]
