"""Runs: many short sequences in one array, cut out, put in order and laid side by side without loops."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import DTypeLike, NDArray

Counts = NDArray[np.int64]
Bytes = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Runs:
    """n runs.

    Attributes:
        tokens: what they are made of: numbers or bytes.
        starts, counts: (n,) where each run begins, and how long it is.
    """

    tokens: NDArray[Any]
    starts: Counts
    counts: Counts

    @classmethod
    def empty(cls, dtype: DTypeLike) -> Self:
        """No runs."""
        return cls(np.empty(0, dtype), np.empty(0, np.int64), np.empty(0, np.int64))

    def chosen(self, which: NDArray[Any]) -> Runs:
        """Some of the runs, in this order, the tokens as they were."""
        return Runs(self.tokens, self.starts[which], self.counts[which])

    def copy_to(self, target: NDArray[Any], at: Counts) -> None:
        """Write each run into `target`, beginning at its place."""
        target[self._spread(at)] = self.joined()

    def joined(self) -> NDArray[Any]:
        """All runs one after the other."""
        if not len(self.starts):
            return self.tokens[:0]
        if (self.starts[1:] == self.starts[:-1] + self.counts[:-1]).all():
            return self.tokens[self.starts[0]:self.starts[-1] + self.counts[-1]]
        return np.asarray(self.tokens[self._spread(self.starts)])

    def _spread(self, at: Counts) -> Counts:
        """The places of all tokens when each run begins at its place."""
        return np.arange(int(self.counts.sum())) + np.repeat(at - np.cumsum(self.counts) + self.counts, self.counts)

    def sums(self, weights: Counts) -> Counts:
        """For each run the sum over its tokens of a weight that every token has."""
        ends = np.append(0, np.cumsum(weights))
        return np.asarray(ends[self.starts + self.counts] - ends[self.starts], np.int64)


def laid_out(tokens: NDArray[Any], counts: Counts) -> Runs:
    """Tokens that stand one run after the other."""
    return Runs(tokens, np.cumsum(counts) - counts, np.asarray(counts, np.int64))


def side_by_side(left: Runs, right: Runs) -> Runs:
    """Each run of the left with the run of the right behind it."""
    counts = left.counts + right.counts
    tokens = np.empty(int(counts.sum()), left.tokens.dtype)
    starts = np.cumsum(counts) - counts
    left.copy_to(tokens, starts)
    right.copy_to(tokens, starts + left.counts)
    return Runs(tokens, starts, counts)
