"""Values of properties as Mapbox Vector Tiles hold them: each once, numbered in the order in which Features first use them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from csdi.tiles import varint
from csdi.tiles.runs import Bytes, Counts, Runs, laid_out, side_by_side

_VALUES = 0x22
"""Field `values` of a layer; the fields inside a value are those of MVT 2.1, section 4.1."""
_STRING, _DOUBLE, _INT, _SINT, _BOOL = 0x0A, 0x19, 0x20, 0x30, 0x38


def tagged(columns: Sequence[Sequence[Any]], source: Counts) -> tuple[Runs, Runs]:
    """Pairs of key and value number for each drawn Feature, and the values as they stand in a layer, in the order of their numbers.

    Values of different types are different values, however equal Python finds them.

    Args:
        columns: values of n Features: text, int, float, bool; None is left out, anything else is written as text.
        source: which Feature each drawn one is.
    """
    codes = _Codes()
    table = np.column_stack([codes.of(column)[source] for column in columns] or [np.empty((len(source), 0), np.int64)])
    there = table >= 0
    counts, used = 2 * there.sum(axis=1), table[there]
    first = np.full(codes.count, len(used))
    first[used[::-1]] = np.arange(len(used) - 1, -1, -1)  # of several writes to one place the last one stays: the earliest use
    order = np.argsort(first)[:int((first < len(used)).sum())]
    rank = np.empty(codes.count, np.int64)
    rank[order] = np.arange(len(order))
    tokens = np.empty(2 * len(used), np.uint64)
    tokens[0::2] = np.nonzero(there)[1]
    tokens[1::2] = rank[used]
    return Runs(tokens, np.cumsum(counts) - counts, counts), codes.written().chosen(order)


class _Codes:
    """Numbers for values."""

    def __init__(self) -> None:
        self._known: dict[type, dict[Any, int]] = {}
        self.count = 0

    def of(self, column: Sequence[Any]) -> Counts:
        """The number of each value, -1 for None; new values get new numbers."""
        kinds = {*map(type, column)}
        if len(kinds) == 1 and None not in column[:1]:
            return self._numbers(kinds.pop(), column)
        result = np.full(len(column), -1, np.int64)
        for kind in kinds - {type(None)}:
            at = [i for i, value in enumerate(column) if type(value) is kind]
            result[at] = self._numbers(kind, [column[i] for i in at])
        return result

    def _numbers(self, kind: type, values: Sequence[Any]) -> Counts:
        known = self._known.setdefault(kind, {})
        new: Iterable[Any] = dict.fromkeys(values)
        if known:
            new = [value for value in new if value not in known]
        known.update(zip(new, range(self.count, self.count + len(values)), strict=False))
        self.count = sum(map(len, self._known.values()))
        return np.fromiter(map(known.__getitem__, values), np.int64, len(values))

    def written(self) -> Runs:
        """Every value as it stands in a layer, by its number."""
        if not self._known:
            return Runs.empty(np.uint8)
        groups = [_WRITERS.get(kind, _texts)(list(known)) for kind, known in self._known.items()]
        code = np.concatenate([np.fromiter(known.values(), np.int64, len(known)) for known in self._known.values()])
        offsets = np.cumsum([0, *(len(group.tokens) for group in groups)])
        back = np.argsort(code)
        starts = np.concatenate([group.starts + offset for group, offset in zip(groups, offsets, strict=False)])[back]
        return Runs(np.concatenate([group.tokens for group in groups]), starts, np.concatenate([group.counts for group in groups])[back])


def _texts(values: Sequence[Any]) -> Runs:
    """Encoded together, with NUL between them; one by one where a text holds NUL itself."""
    together = "\0".join(map(str, values)).encode(errors="replace")
    found: Bytes = np.frombuffer(together, np.uint8)
    between = np.flatnonzero(found == 0)
    if len(between) != len(values) - 1:
        parts = [str(value).encode(errors="replace") for value in values]
        found = np.frombuffer(b"".join(parts), np.uint8)
        counts = np.array([len(part) for part in parts], np.int64)
    else:
        counts = np.diff(between, prepend=-1, append=len(found)) - 1
        found = found[found != 0]
    size = counts.astype(np.uint64)
    inner = 1 + varint.sizes(size) + counts
    head = np.column_stack([np.full(len(size), _VALUES, np.uint64), inner.astype(np.uint64), np.full(len(size), _STRING, np.uint64), size])
    return side_by_side(_encoded_rows(head), laid_out(found, counts))


def _integers(values: Sequence[int]) -> Runs:
    """Negative ones in zigzag, which keeps them short."""
    numbers = np.array(values, np.int64)
    body = np.where(numbers < 0, varint.zigzag(numbers), numbers.astype(np.uint64))
    kind = np.where(numbers < 0, _SINT, _INT).astype(np.uint64)
    return _encoded_rows(np.column_stack([np.full(len(body), _VALUES, np.uint64), (1 + varint.sizes(body)).astype(np.uint64), kind, body]))


def _numbers(values: Sequence[float]) -> Runs:
    rows = np.empty((len(values), 11), np.uint8)
    rows[:, :3] = (_VALUES, 9, _DOUBLE)
    rows[:, 3:] = np.array(values, "<f8").view(np.uint8).reshape(-1, 8)
    return laid_out(rows.ravel(), np.full(len(values), 11))


def _truths(values: Sequence[bool]) -> Runs:
    return _encoded_rows(np.array([(_VALUES, 2, _BOOL, int(value)) for value in values], np.uint64))


def _encoded_rows(rows: NDArray[np.uint64]) -> Runs:
    """Each row of numbers as one run of varints."""
    sizes = varint.sizes(rows.ravel())
    return laid_out(varint.encoded(rows.ravel(), sizes), sizes.reshape(rows.shape).sum(axis=1))


_WRITERS: dict[type, Callable[[Sequence[Any]], Runs]] = {int: _integers, float: _numbers, bool: _truths}
